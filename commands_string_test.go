package redpoll_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Covers: F57, F58, F67, F68, E64
func TestSetOptions(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.ok(t.rdb.Set(ctx, "a", 1, redpoll.NX))
		t.isNil(nil, t.rdb.Set(ctx, "a", 2, redpoll.NX))
		t.isNil(nil, t.rdb.Set(ctx, "b", 1, redpoll.XX))
		t.want("1")(t.rdb.Get(ctx, "a"))
		t.ok(t.rdb.Set(ctx, "a", 3, redpoll.EX(10*time.Second)))
		t.between(time.Second, 10*time.Second)(t.rdb.TTL(ctx, "a"))
		t.ok(t.rdb.Set(ctx, "a", 4, redpoll.KeepTTL))
		t.between(time.Second, 10*time.Second)(t.rdb.TTL(ctx, "a"))
		t.ok(t.rdb.Set(ctx, "a", 3, redpoll.PX(10*time.Second)))
		t.between(time.Millisecond, 10*time.Second)(t.rdb.PTTL(ctx, "a"))
		t.ok(t.rdb.Set(ctx, "a", 5))
		t.want(redpoll.NoExpiry)(t.rdb.TTL(ctx, "a"))

		at := time.Now().Add(time.Hour).Truncate(time.Second)
		t.ok(t.rdb.Set(ctx, "a", 6, redpoll.EXAT(at), redpoll.XX))
		t.want(at)(t.rdb.ExpireTime(ctx, "a"))
		at = at.Add(7 * time.Millisecond)
		t.ok(t.rdb.Set(ctx, "a", 6, redpoll.PXAT(at)))
		t.want(at)(t.rdb.PExpireTime(ctx, "a"))

		t.want("6")(t.rdb.SetGet(ctx, "a", 7))
		t.isNil(t.rdb.SetGet(ctx, "new", 1, redpoll.EX(time.Minute)))
		t.want("1")(t.rdb.SetGet(ctx, "new", 2, redpoll.NX))
		t.want("1")(t.rdb.Get(ctx, "new"))
	})
}

func TestSetIfEqual(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "8.4", "8.1")
	eachProtocol(t, func(t *commandTest) {
		t.ok(t.rdb.Set(ctx, "k", "old"))
		t.isNil(nil, t.rdb.Set(ctx, "k", "new", redpoll.IfEq("other")))
		t.want("old")(t.rdb.Get(ctx, "k"))
		t.ok(t.rdb.Set(ctx, "k", "new", redpoll.IfEq("old"), redpoll.EX(time.Hour)))
		t.want("new")(t.rdb.SetGet(ctx, "k", "newer", redpoll.IfEq("old")))
		t.want("new")(t.rdb.SetGet(ctx, "k", "newer", redpoll.IfEq("new"), redpoll.KeepTTL))
		t.want("newer")(t.rdb.Get(ctx, "k"))
		t.between(time.Minute, time.Hour)(t.rdb.TTL(ctx, "k"))
		t.isNil(nil, t.rdb.Set(ctx, "none", "new", redpoll.IfEq("")))
		t.isNil(t.rdb.SetGet(ctx, "none", "new", redpoll.IfEq("")))
		t.want(0)(t.rdb.Exists(ctx, "none"))
	})
}

func TestDelIfEqual(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "9.0")
	eachProtocol(t, func(t *commandTest) {
		t.ok(t.rdb.Set(ctx, "k", "v"))
		t.want(false)(t.rdb.DelIfEq(ctx, "k", "other"))
		t.want(false)(t.rdb.DelIfEq(ctx, "none", "v"))
		t.want(true)(t.rdb.DelIfEq(ctx, "k", "v"))
		t.want(0)(t.rdb.Exists(ctx, "k"))
	})
}

func TestSetForms(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.want(true)(t.rdb.SetNX(ctx, "a", "1"))
		t.want(false)(t.rdb.SetNX(ctx, "a", "2"))
		t.ok(t.rdb.SetEx(ctx, "a", time.Minute, "3"))
		t.between(time.Second, time.Minute)(t.rdb.TTL(ctx, "a"))
		t.ok(t.rdb.PSetEx(ctx, "a", 90*time.Second+5*time.Millisecond, "4"))
		t.between(time.Minute, 91*time.Second)(t.rdb.PTTL(ctx, "a"))
		t.want("4")(t.rdb.GetSet(ctx, "a", "5"))
		t.isNil(t.rdb.GetSet(ctx, "b", "5"))
		t.want("5")(t.rdb.GetDel(ctx, "b"))
		t.isNil(t.rdb.GetDel(ctx, "b"))
		t.want("5")(t.rdb.GetEx(ctx, "a", redpoll.EX(time.Minute)))
		t.between(time.Second, time.Minute)(t.rdb.TTL(ctx, "a"))
		t.want("5")(t.rdb.GetEx(ctx, "a", redpoll.Persist))
		t.want(redpoll.NoExpiry)(t.rdb.TTL(ctx, "a"))
		t.isNil(t.rdb.GetEx(ctx, "none"))
	})
}

// Covers: F395, F402, E16
func TestManyKeys(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.ok(t.rdb.MSet(ctx, redpoll.Pairs(map[string]int{"b": 2, "a": 1})...))
		t.want(false)(t.rdb.MSetNX(ctx, "b", 9, "c", 3))
		t.want("2")(t.rdb.Get(ctx, "b"))
		t.isNil(t.rdb.Get(ctx, "c"))
		t.want(true)(t.rdb.MSetNX(ctx, "c", 3, "d", 4.5))
		t.srv.Do("LPUSH", "list", "x")
		t.want(nulls("1", "<nil>", "<nil>", "4.5"))(t.rdb.MGet(ctx, "a", "none", "list", "d"))
		t.want([][]byte{[]byte("1"), nil, []byte("3")})(t.rdb.MGetBytes(ctx, "a", "none", "c"))
		t.want([]redpoll.Null[string]{})(t.rdb.MGet(ctx))
		t.want([][]byte{})(t.rdb.MGetBytes(ctx))
	})
}

// Covers: E58
func TestCounters(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.want(-1)(t.rdb.Decr(ctx, "a"))
		t.want(-6)(t.rdb.DecrBy(ctx, "a", 5))
		t.want(3)(t.rdb.IncrBy(ctx, "b", 3))
		t.want(4)(t.rdb.Incr(ctx, "b"))
		t.want(5.5)(t.rdb.IncrByFloat(ctx, "b", 1.5))
		t.want(-4.5)(t.rdb.IncrByFloat(ctx, "b", -1e1))
		t.ok(t.rdb.Set(ctx, "c", int64(math.MaxInt64)))
		t.want(int64(math.MaxInt64))(t.rdb.IncrBy(ctx, "c", 0))
		if _, err := t.rdb.Incr(ctx, "c"); !errors.As(err, new(*redpoll.ServerError)) {
			t.Errorf("an overflow gives %v, want a ServerError", err)
		}
	})
}

// Covers: E60, E68
func TestParts(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.ok(t.rdb.Set(ctx, "a", "foo"))
		t.want("foo")(t.rdb.GetRange(ctx, "a", 0, 2))
		t.want("oo")(t.rdb.GetRange(ctx, "a", -2, -1))
		t.want("")(t.rdb.GetRange(ctx, "none", 0, 2))
		t.want([]byte("fo"))(t.rdb.GetRangeBytes(ctx, "a", 0, 1))
		t.want(8)(t.rdb.SetRange(ctx, "missing", 5, "foo"))
		t.want("\x00\x00\x00\x00\x00foo")(t.rdb.Get(ctx, "missing"))
		t.ok(t.rdb.Set(ctx, "d", "0123456789"))
		t.want("23456789")(t.rdb.SubStr(ctx, "d", 2, -1))
		t.want("345")(t.rdb.SubStr(ctx, "d", 3, 5))
		t.want(5)(t.rdb.Append(ctx, "a", []byte("\r\n")))
		t.want(5)(t.rdb.StrLen(ctx, "a"))
		t.want(0)(t.rdb.StrLen(ctx, "none"))
	})
}

// Covers: F53, F63
func TestBytes(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		all := make([]byte, 256)
		for i := range all {
			all[i] = byte(i)
		}
		t.ok(t.rdb.Set(ctx, "k\r\n\x00\xff", all))
		t.want(all)(t.rdb.GetBytes(ctx, "k\r\n\x00\xff"))
		t.want(string(all))(t.rdb.Get(ctx, "k\r\n\x00\xff"))
		t.isNil(t.rdb.GetBytes(ctx, "none"))
		t.want([]byte{})(t.rdb.GetRangeBytes(ctx, "none", 0, 1))
	})
}

func TestAppendReads(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.ok(t.rdb.Set(ctx, "a", "value"))
		t.want(1)(t.rdb.HSet(ctx, "h", "f", "field"))
		t.want([]byte("x=value"))(t.rdb.GetAppend(ctx, "a", []byte("x=")))
		t.want([]byte("x=al"))(t.rdb.GetRangeAppend(ctx, "a", 1, 2, []byte("x=")))
		t.want([]byte("x=field"))(t.rdb.HGetAppend(ctx, "h", "f", []byte("x=")))
		dst := []byte("kept")
		got, err := t.rdb.GetAppend(ctx, "none", dst)
		t.isNil(got, err)
		if string(got) != "kept" {
			t.Errorf("a missing key turns dst into %q", got)
		}
		t.is(redpoll.ErrWrongType)(t.rdb.GetAppend(ctx, "h", nil))
	})
}

func TestLCS(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.ok(t.rdb.MSet(ctx, "a", "ohmytext", "b", "mynewtext"))
		t.want("mytext")(t.rdb.LCS(ctx, "a", "b"))
		t.want("")(t.rdb.LCS(ctx, "a", "none"))
		t.want(6)(t.rdb.LCSLen(ctx, "a", "b"))
		text := redpoll.LCSMatch{First: redpoll.LCSRange{Start: 4, End: 7}, Second: redpoll.LCSRange{Start: 5, End: 8}, Len: 4}
		my := redpoll.LCSMatch{First: redpoll.LCSRange{Start: 2, End: 3}, Second: redpoll.LCSRange{Start: 0, End: 1}, Len: 2}
		t.want(redpoll.LCSMatches{Len: 6, Matches: []redpoll.LCSMatch{text, my}})(t.rdb.LCSIdx(ctx, "a", "b"))
		t.want(redpoll.LCSMatches{Len: 6, Matches: []redpoll.LCSMatch{text}})(t.rdb.LCSIdx(ctx, "a", "b", redpoll.MinMatchLen(3)))
		t.srv.Do("RPUSH", "list", "x")
		for _, err := range []error{first(t.rdb.LCS(ctx, "a", "list")), first(t.rdb.LCSLen(ctx, "list", "b")), first(t.rdb.LCSIdx(ctx, "a", "list"))} {
			if !errors.Is(err, redpoll.ErrRefused) || errors.Is(err, redpoll.ErrWrongType) {
				t.Errorf("a list gives %v, want an error that is not ErrWrongType", err)
			}
		}
	})
}

func TestStringWrongType(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.srv.Do("LPUSH", "list", "x")
		t.is(redpoll.ErrWrongType)(t.rdb.Get(ctx, "list"))
		t.is(redpoll.ErrWrongType)(t.rdb.SetGet(ctx, "list", "v"))
		t.is(redpoll.ErrWrongType)(t.rdb.Incr(ctx, "list"))
	})
}
