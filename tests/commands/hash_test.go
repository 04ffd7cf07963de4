package commands_test

import (
	"slices"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Covers: E61
func TestHSet(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(1)(t.Client.HSet(ctx, "h", "f", 1))
		t.Want(0)(t.Client.HSet(ctx, "h", "f", 2))
		t.Want(false)(t.Client.HSetNX(ctx, "h", "f", 3))
		t.Want(true)(t.Client.HSetNX(ctx, "h", "g", 3))
		t.Want(2)(t.Client.HSet(ctx, "h", redpoll.Pairs(map[string]any{"x": 1.5, "y": "text", "f": "4"})...))
		t.Want("4")(t.Client.HGet(ctx, "h", "f"))
		t.Want([]byte("1.5"))(t.Client.HGetBytes(ctx, "h", "x"))
		t.IsNil(t.Client.HGet(ctx, "h", "none"))
		t.IsNil(t.Client.HGet(ctx, "none", "f"))
		t.Want(clients.Nulls("4", "<nil>", "text"))(t.Client.HMGet(ctx, "h", "f", "none", "y"))
		t.OK(t.Client.HMSet(ctx, "m", "a", 1, "b", 2))
		t.Want(map[string]string{"a": "1", "b": "2"})(t.Client.HGetAll(ctx, "m"))
		t.Want(map[string]string{})(t.Client.HGetAll(ctx, "none"))
	})
}

func TestHashFields(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(2)(t.Client.HSet(ctx, "h", "a", "one", "b", "two"))
		keys, err := t.Client.HKeys(ctx, "h")
		slices.Sort(keys)
		t.Want([]string{"a", "b"})(keys, err)
		vals, err := t.Client.HVals(ctx, "h")
		slices.Sort(vals)
		t.Want([]string{"one", "two"})(vals, err)
		t.Want([]string{})(t.Client.HKeys(ctx, "none"))
		t.Want(2)(t.Client.HLen(ctx, "h"))
		t.Want(true)(t.Client.HExists(ctx, "h", "a"))
		t.Want(false)(t.Client.HExists(ctx, "h", "c"))
		t.Want(3)(t.Client.HStrLen(ctx, "h", "a"))
		t.Want(0)(t.Client.HStrLen(ctx, "h", "none"))
		t.Want(5)(t.Client.HIncrBy(ctx, "h", "n", 5))
		t.Want(5.25)(t.Client.HIncrByFloat(ctx, "h", "n", 0.25))
		t.Want(2)(t.Client.HDel(ctx, "h", "a", "n", "none"))
		t.Holds(int64(1), "HLEN", "h")
		t.OK(t.Client.Set(ctx, "s", 1))
		t.Is(redpoll.ErrWrongType)(t.Client.HGet(ctx, "s", "f"))
	})
}

func TestHRandField(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.IsNil(t.Client.HRandField(ctx, "none"))
		t.Want([]string{})(t.Client.HRandFieldN(ctx, "none", 2))
		t.Want([]redpoll.FieldValue{})(t.Client.HRandFieldWithValues(ctx, "none", 2))
		t.Want(1)(t.Client.HSet(ctx, "h", "a", "one"))
		t.Want("a")(t.Client.HRandField(ctx, "h"))
		t.Want([]string{"a"})(t.Client.HRandFieldN(ctx, "h", 5))
		t.Want([]string{"a", "a"})(t.Client.HRandFieldN(ctx, "h", -2))
		one := redpoll.FieldValue{Field: "a", Value: "one"}
		t.Want([]redpoll.FieldValue{one})(t.Client.HRandFieldWithValues(ctx, "h", 5))
		t.Want([]redpoll.FieldValue{one, one})(t.Client.HRandFieldWithValues(ctx, "h", -2))
	})
}

func TestHScan(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(3)(t.Client.HSet(ctx, "h", "a1", "one", "a2", "two", "b", "three"))
		page, err := t.Client.HScan(ctx, "h", 0, redpoll.Match("a*"), redpoll.Count(10))
		slices.SortFunc(page.Items,
			func(a, b redpoll.FieldValue) int { return slices.Compare([]string{a.Field}, []string{b.Field}) })
		t.Want(redpoll.ScanPage[redpoll.FieldValue]{Items: []redpoll.FieldValue{{Field: "a1",
			Value: "one"}, {Field: "a2", Value: "two"}}})(page, err)
		t.Want(redpoll.ScanPage[redpoll.FieldValue]{Items: []redpoll.FieldValue{}})(
			t.Client.HScan(ctx, "none", 0))
	})
}

func TestHashFieldExpiry(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "7.4", "9.0")
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(3)(t.Client.HSet(ctx, "h", "a", 1, "b", 2, "c", 3))
		t.Want([]int64{1, -2})(t.Client.HExpire(ctx, "h", time.Minute, []string{"a", "none"}))
		t.Want([]int64{0})(t.Client.HPExpire(ctx, "h", time.Minute, []string{"a"}, redpoll.NX))
		at := time.Now().Add(time.Hour).Truncate(time.Second)
		t.Want([]int64{1})(t.Client.HExpireAt(ctx, "h", at, []string{"b"}))
		t.Want([]redpoll.Null[time.Time]{{V: at, Valid: true}, {Valid: true}, {}})(
			t.Client.HExpireTime(ctx, "h", "b", "c", "none"))
		t.Want([]int64{1})(t.Client.HPExpireAt(ctx, "h", at, []string{"b"}))
		t.Want([]redpoll.Null[time.Time]{{V: at, Valid: true}})(t.Client.HPExpireTime(ctx, "h", "b"))
		ttls, err := t.Client.HTTL(ctx, "h", "a", "c", "none")
		if err != nil || len(ttls) != 3 || ttls[0] <= 0 || ttls[1] != redpoll.NoExpiry ||
			ttls[2] != redpoll.NoKey {
			t.Errorf("HTTL gives %v and %v", ttls, err)
		}
		ttls, err = t.Client.HPTTL(ctx, "h", "a")
		if err != nil || len(ttls) != 1 || ttls[0] <= 0 {
			t.Errorf("HPTTL gives %v and %v", ttls, err)
		}
		t.Want([]int64{1, -1, -2})(t.Client.HPersist(ctx, "h", "a", "c", "none"))
		page, err := t.Client.HScanNoValues(ctx, "h", 0, redpoll.Match("c"))
		t.Want(redpoll.ScanPage[string]{Items: []string{"c"}})(page, err)
	})
}

func TestHashFieldsWithTheirExpiry(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "8.0", "9.1")
	clients.EachProtocol(t, func(t *clients.Test) {
		at := time.Now().Add(time.Hour).Truncate(time.Second)
		t.Want(true)(t.Client.HSetEx(ctx, "h", []any{"a", 1, "b", "two"}, redpoll.EXAT(at)))
		t.Want([]redpoll.Null[time.Time]{{V: at, Valid: true}, {V: at, Valid: true}})(
			t.Client.HExpireTime(ctx, "h", "a", "b"))
		t.Want(false)(t.Client.HSetEx(ctx, "h", []any{"a", 9, "new", 9}, redpoll.FNX))
		t.Want(false)(t.Client.HSetEx(ctx, "h", []any{"a", 9, "new", 9}, redpoll.FXX))
		t.Want(clients.Nulls("1", "<nil>"))(t.Client.HMGet(ctx, "h", "a", "new"))
		t.Want(true)(t.Client.HSetEx(ctx, "h", []any{"a", 2}, redpoll.FXX, redpoll.KeepTTL))
		t.Want([]redpoll.Null[time.Time]{{V: at, Valid: true}})(t.Client.HExpireTime(ctx, "h", "a"))
		t.Want(true)(t.Client.HSetEx(ctx, "h", []any{"a", 3}))
		if t.Server.AtLeastRelease("", "9.1") {
			t.Want(false)(t.Client.HSetEx(ctx, "h", []any{"a", 4}, redpoll.NX))
			t.Want(false)(t.Client.HSetEx(ctx, "new", []any{"a", 4}, redpoll.XX))
			t.Want(true)(t.Client.HSetEx(ctx, "h", []any{"other", 4}, redpoll.XX, redpoll.FNX))
			t.Want(1)(t.Client.HDel(ctx, "h", "other"))
		}
		t.Want([]time.Duration{redpoll.NoExpiry})(t.Client.HTTL(ctx, "h", "a"))

		later := at.Add(time.Hour + 7*time.Millisecond)
		t.Want(clients.Nulls("3", "<nil>"))(
			t.Client.HGetEx(ctx, "h", []string{"a", "none"}, redpoll.PXAT(later)))
		t.Want([]redpoll.Null[time.Time]{{V: later, Valid: true}, {}})(
			t.Client.HPExpireTime(ctx, "h", "a", "none"))
		t.Want(clients.Nulls("3"))(t.Client.HGetEx(ctx, "h", []string{"a"}))
		t.Want([]redpoll.Null[time.Time]{{V: later, Valid: true}})(t.Client.HPExpireTime(ctx, "h", "a"))
		t.Want(clients.Nulls("3"))(t.Client.HGetEx(ctx, "h", []string{"a"}, redpoll.Persist))
		t.Want([]time.Duration{redpoll.NoExpiry})(t.Client.HPTTL(ctx, "h", "a"))
		t.Want(clients.Nulls("<nil>"))(t.Client.HGetEx(ctx, "none", []string{"a"}, redpoll.EX(time.Hour)))

		t.Want(clients.Nulls("3", "<nil>"))(t.Client.HGetDel(ctx, "h", "a", "none"))
		t.Want(clients.Nulls("two"))(t.Client.HGetDel(ctx, "h", "b"))
		t.Want(0)(t.Client.Exists(ctx, "h"))
		t.OK(t.Client.Set(ctx, "s", 1))
		t.Is(redpoll.ErrWrongType)(t.Client.HGetDel(ctx, "s", "a"))
		t.Is(redpoll.ErrWrongType)(t.Client.HGetEx(ctx, "s", []string{"a"}))
		t.Is(redpoll.ErrWrongType)(t.Client.HSetEx(ctx, "s", []any{"a", 1}))
		t.Is(redpoll.ErrWrongType)(t.Client.HTTL(ctx, "s", "a"))
	})
}
