package commands_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Covers: F57, F58, F67, F68, E64
func TestSetOptions(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.Set(ctx, "a", 1, redpoll.NX))
		t.IsNil(nil, t.Client.Set(ctx, "a", 2, redpoll.NX))
		t.IsNil(nil, t.Client.Set(ctx, "b", 1, redpoll.XX))
		t.Want("1")(t.Client.Get(ctx, "a"))
		t.OK(t.Client.Set(ctx, "a", 3, redpoll.EX(10*time.Second)))
		t.Between(time.Second, 10*time.Second)(t.Client.TTL(ctx, "a"))
		t.OK(t.Client.Set(ctx, "a", 4, redpoll.KeepTTL))
		t.Between(time.Second, 10*time.Second)(t.Client.TTL(ctx, "a"))
		t.OK(t.Client.Set(ctx, "a", 3, redpoll.PX(10*time.Second)))
		t.Between(time.Millisecond, 10*time.Second)(t.Client.PTTL(ctx, "a"))
		t.OK(t.Client.Set(ctx, "a", 5))
		t.Want(redpoll.NoExpiry)(t.Client.TTL(ctx, "a"))

		at := time.Now().Add(time.Hour).Truncate(time.Second)
		t.OK(t.Client.Set(ctx, "a", 6, redpoll.EXAT(at), redpoll.XX))
		t.Want(at)(t.Client.ExpireTime(ctx, "a"))
		at = at.Add(7 * time.Millisecond)
		t.OK(t.Client.Set(ctx, "a", 6, redpoll.PXAT(at)))
		t.Want(at)(t.Client.PExpireTime(ctx, "a"))

		t.Want("6")(t.Client.SetGet(ctx, "a", 7))
		t.IsNil(t.Client.SetGet(ctx, "new", 1, redpoll.EX(time.Minute)))
		t.Want("1")(t.Client.SetGet(ctx, "new", 2, redpoll.NX))
		t.Want("1")(t.Client.Get(ctx, "new"))
	})
}

func TestSetIfEqual(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "8.4", "8.1")
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.Set(ctx, "k", "old"))
		t.IsNil(nil, t.Client.Set(ctx, "k", "new", redpoll.IfEq("other")))
		t.Want("old")(t.Client.Get(ctx, "k"))
		t.OK(t.Client.Set(ctx, "k", "new", redpoll.IfEq("old"), redpoll.EX(time.Hour)))
		t.Want("new")(t.Client.SetGet(ctx, "k", "newer", redpoll.IfEq("old")))
		t.Want("new")(t.Client.SetGet(ctx, "k", "newer", redpoll.IfEq("new"), redpoll.KeepTTL))
		t.Want("newer")(t.Client.Get(ctx, "k"))
		t.Between(time.Minute, time.Hour)(t.Client.TTL(ctx, "k"))
		t.IsNil(nil, t.Client.Set(ctx, "none", "new", redpoll.IfEq("")))
		t.IsNil(t.Client.SetGet(ctx, "none", "new", redpoll.IfEq("")))
		t.Want(0)(t.Client.Exists(ctx, "none"))
	})
}

func TestDelIfEqual(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "9.0")
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.Set(ctx, "k", "v"))
		t.Want(false)(t.Client.DelIfEq(ctx, "k", "other"))
		t.Want(false)(t.Client.DelIfEq(ctx, "none", "v"))
		t.Want(true)(t.Client.DelIfEq(ctx, "k", "v"))
		t.Want(0)(t.Client.Exists(ctx, "k"))
	})
}

func TestSetForms(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(true)(t.Client.SetNX(ctx, "a", "1"))
		t.Want(false)(t.Client.SetNX(ctx, "a", "2"))
		t.OK(t.Client.SetEx(ctx, "a", time.Minute, "3"))
		t.Between(time.Second, time.Minute)(t.Client.TTL(ctx, "a"))
		t.OK(t.Client.PSetEx(ctx, "a", 90*time.Second+5*time.Millisecond, "4"))
		t.Between(time.Minute, 91*time.Second)(t.Client.PTTL(ctx, "a"))
		t.Want("4")(t.Client.GetSet(ctx, "a", "5"))
		t.IsNil(t.Client.GetSet(ctx, "b", "5"))
		t.Want("5")(t.Client.GetDel(ctx, "b"))
		t.IsNil(t.Client.GetDel(ctx, "b"))
		t.Want("5")(t.Client.GetEx(ctx, "a", redpoll.EX(time.Minute)))
		t.Between(time.Second, time.Minute)(t.Client.TTL(ctx, "a"))
		t.Want("5")(t.Client.GetEx(ctx, "a", redpoll.Persist))
		t.Want(redpoll.NoExpiry)(t.Client.TTL(ctx, "a"))
		t.IsNil(t.Client.GetEx(ctx, "none"))
	})
}

// Covers: F395, F402, E16
func TestManyKeys(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.MSet(ctx, redpoll.Pairs(map[string]int{"b": 2, "a": 1})...))
		t.Want(false)(t.Client.MSetNX(ctx, "b", 9, "c", 3))
		t.Want("2")(t.Client.Get(ctx, "b"))
		t.IsNil(t.Client.Get(ctx, "c"))
		t.Want(true)(t.Client.MSetNX(ctx, "c", 3, "d", 4.5))
		t.Server.Do("LPUSH", "list", "x")
		t.Want(clients.Nulls("1", "<nil>", "<nil>", "4.5"))(t.Client.MGet(ctx, "a", "none", "list", "d"))
		t.Want([][]byte{[]byte("1"), nil, []byte("3")})(t.Client.MGetBytes(ctx, "a", "none", "c"))
		t.Want([]redpoll.Null[string]{})(t.Client.MGet(ctx))
		t.Want([][]byte{})(t.Client.MGetBytes(ctx))
	})
}

// Covers: E58
func TestCounters(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(-1)(t.Client.Decr(ctx, "a"))
		t.Want(-6)(t.Client.DecrBy(ctx, "a", 5))
		t.Want(3)(t.Client.IncrBy(ctx, "b", 3))
		t.Want(4)(t.Client.Incr(ctx, "b"))
		t.Want(5.5)(t.Client.IncrByFloat(ctx, "b", 1.5))
		t.Want(-4.5)(t.Client.IncrByFloat(ctx, "b", -1e1))
		t.OK(t.Client.Set(ctx, "c", int64(math.MaxInt64)))
		t.Want(int64(math.MaxInt64))(t.Client.IncrBy(ctx, "c", 0))
		if _, err := t.Client.Incr(ctx, "c"); !errors.As(err, new(*redpoll.ServerError)) {
			t.Errorf("an overflow gives %v, want a ServerError", err)
		}
	})
}

// Covers: E60, E68
func TestParts(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.Set(ctx, "a", "foo"))
		t.Want("foo")(t.Client.GetRange(ctx, "a", 0, 2))
		t.Want("oo")(t.Client.GetRange(ctx, "a", -2, -1))
		t.Want("")(t.Client.GetRange(ctx, "none", 0, 2))
		t.Want([]byte("fo"))(t.Client.GetRangeBytes(ctx, "a", 0, 1))
		t.Want(8)(t.Client.SetRange(ctx, "missing", 5, "foo"))
		t.Want("\x00\x00\x00\x00\x00foo")(t.Client.Get(ctx, "missing"))
		t.OK(t.Client.Set(ctx, "d", "0123456789"))
		t.Want("23456789")(t.Client.SubStr(ctx, "d", 2, -1))
		t.Want("345")(t.Client.SubStr(ctx, "d", 3, 5))
		t.Want(5)(t.Client.Append(ctx, "a", []byte("\r\n")))
		t.Want(5)(t.Client.StrLen(ctx, "a"))
		t.Want(0)(t.Client.StrLen(ctx, "none"))
	})
}

// Covers: F53, F63
func TestBytes(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		all := make([]byte, 256)
		for i := range all {
			all[i] = byte(i)
		}
		t.OK(t.Client.Set(ctx, "k\r\n\x00\xff", all))
		t.Want(all)(t.Client.GetBytes(ctx, "k\r\n\x00\xff"))
		t.Want(string(all))(t.Client.Get(ctx, "k\r\n\x00\xff"))
		t.IsNil(t.Client.GetBytes(ctx, "none"))
		t.Want([]byte{})(t.Client.GetRangeBytes(ctx, "none", 0, 1))
	})
}

func TestAppendReads(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.Set(ctx, "a", "value"))
		t.Want(1)(t.Client.HSet(ctx, "h", "f", "field"))
		t.Want([]byte("x=value"))(t.Client.GetAppend(ctx, "a", []byte("x=")))
		t.Want([]byte("x=al"))(t.Client.GetRangeAppend(ctx, "a", 1, 2, []byte("x=")))
		t.Want([]byte("x=field"))(t.Client.HGetAppend(ctx, "h", "f", []byte("x=")))
		dst := []byte("kept")
		got, err := t.Client.GetAppend(ctx, "none", dst)
		t.IsNil(got, err)
		if string(got) != "kept" {
			t.Errorf("a missing key turns dst into %q", got)
		}
		t.Is(redpoll.ErrWrongType)(t.Client.GetAppend(ctx, "h", nil))
	})
}

func TestLCS(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.MSet(ctx, "a", "ohmytext", "b", "mynewtext"))
		t.Want("mytext")(t.Client.LCS(ctx, "a", "b"))
		t.Want("")(t.Client.LCS(ctx, "a", "none"))
		t.Want(6)(t.Client.LCSLen(ctx, "a", "b"))
		text := redpoll.LCSMatch{
			First: redpoll.LCSRange{Start: 4, End: 7}, Second: redpoll.LCSRange{Start: 5, End: 8}, Len: 4,
		}
		my := redpoll.LCSMatch{
			First: redpoll.LCSRange{Start: 2, End: 3}, Second: redpoll.LCSRange{Start: 0, End: 1}, Len: 2,
		}
		t.Want(redpoll.LCSMatches{Len: 6, Matches: []redpoll.LCSMatch{text, my}})(
			t.Client.LCSIdx(ctx, "a", "b"))
		t.Want(redpoll.LCSMatches{Len: 6, Matches: []redpoll.LCSMatch{text}})(
			t.Client.LCSIdx(ctx, "a", "b", redpoll.MinMatchLen(3)))
		t.Server.Do("RPUSH", "list", "x")
		for _, err := range []error{
			testkit.Err(t.Client.LCS(ctx, "a", "list")), testkit.Err(t.Client.LCSLen(ctx, "list", "b")),
			testkit.Err(t.Client.LCSIdx(ctx, "a", "list")),
		} {
			if !errors.Is(err, redpoll.ErrRefused) || errors.Is(err, redpoll.ErrWrongType) {
				t.Errorf("a list gives %v, want an error that is not ErrWrongType", err)
			}
		}
	})
}

func TestStringWrongType(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Server.Do("LPUSH", "list", "x")
		t.Is(redpoll.ErrWrongType)(t.Client.Get(ctx, "list"))
		t.Is(redpoll.ErrWrongType)(t.Client.SetGet(ctx, "list", "v"))
		t.Is(redpoll.ErrWrongType)(t.Client.Incr(ctx, "list"))
	})
}
