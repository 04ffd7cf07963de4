package redpoll_test

import (
	"slices"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Covers: E61
func TestHSet(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.want(1)(t.rdb.HSet(ctx, "h", "f", 1))
		t.want(0)(t.rdb.HSet(ctx, "h", "f", 2))
		t.want(false)(t.rdb.HSetNX(ctx, "h", "f", 3))
		t.want(true)(t.rdb.HSetNX(ctx, "h", "g", 3))
		t.want(2)(t.rdb.HSet(ctx, "h", redpoll.Pairs(map[string]any{"x": 1.5, "y": "text", "f": "4"})...))
		t.want("4")(t.rdb.HGet(ctx, "h", "f"))
		t.want([]byte("1.5"))(t.rdb.HGetBytes(ctx, "h", "x"))
		t.isNil(t.rdb.HGet(ctx, "h", "none"))
		t.isNil(t.rdb.HGet(ctx, "none", "f"))
		t.want(nulls("4", "<nil>", "text"))(t.rdb.HMGet(ctx, "h", "f", "none", "y"))
		t.ok(t.rdb.HMSet(ctx, "m", "a", 1, "b", 2))
		t.want(map[string]string{"a": "1", "b": "2"})(t.rdb.HGetAll(ctx, "m"))
		t.want(map[string]string{})(t.rdb.HGetAll(ctx, "none"))
	})
}

func TestHashFields(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.want(2)(t.rdb.HSet(ctx, "h", "a", "one", "b", "two"))
		keys, err := t.rdb.HKeys(ctx, "h")
		slices.Sort(keys)
		t.want([]string{"a", "b"})(keys, err)
		vals, err := t.rdb.HVals(ctx, "h")
		slices.Sort(vals)
		t.want([]string{"one", "two"})(vals, err)
		t.want([]string{})(t.rdb.HKeys(ctx, "none"))
		t.want(2)(t.rdb.HLen(ctx, "h"))
		t.want(true)(t.rdb.HExists(ctx, "h", "a"))
		t.want(false)(t.rdb.HExists(ctx, "h", "c"))
		t.want(3)(t.rdb.HStrLen(ctx, "h", "a"))
		t.want(0)(t.rdb.HStrLen(ctx, "h", "none"))
		t.want(5)(t.rdb.HIncrBy(ctx, "h", "n", 5))
		t.want(5.25)(t.rdb.HIncrByFloat(ctx, "h", "n", 0.25))
		t.want(2)(t.rdb.HDel(ctx, "h", "a", "n", "none"))
		t.holds(int64(1), "HLEN", "h")
		t.ok(t.rdb.Set(ctx, "s", 1))
		t.is(redpoll.ErrWrongType)(t.rdb.HGet(ctx, "s", "f"))
	})
}

func TestHRandField(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.isNil(t.rdb.HRandField(ctx, "none"))
		t.want([]string{})(t.rdb.HRandFieldN(ctx, "none", 2))
		t.want([]redpoll.FieldValue{})(t.rdb.HRandFieldWithValues(ctx, "none", 2))
		t.want(1)(t.rdb.HSet(ctx, "h", "a", "one"))
		t.want("a")(t.rdb.HRandField(ctx, "h"))
		t.want([]string{"a"})(t.rdb.HRandFieldN(ctx, "h", 5))
		t.want([]string{"a", "a"})(t.rdb.HRandFieldN(ctx, "h", -2))
		one := redpoll.FieldValue{Field: "a", Value: "one"}
		t.want([]redpoll.FieldValue{one})(t.rdb.HRandFieldWithValues(ctx, "h", 5))
		t.want([]redpoll.FieldValue{one, one})(t.rdb.HRandFieldWithValues(ctx, "h", -2))
	})
}

func TestHScan(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *commandTest) {
		t.want(3)(t.rdb.HSet(ctx, "h", "a1", "one", "a2", "two", "b", "three"))
		page, err := t.rdb.HScan(ctx, "h", 0, redpoll.Match("a*"), redpoll.Count(10))
		slices.SortFunc(page.Items, func(a, b redpoll.FieldValue) int { return slices.Compare([]string{a.Field}, []string{b.Field}) })
		t.want(redpoll.Page[redpoll.FieldValue]{Items: []redpoll.FieldValue{{Field: "a1", Value: "one"}, {Field: "a2", Value: "two"}}})(page, err)
		t.want(redpoll.Page[redpoll.FieldValue]{Items: []redpoll.FieldValue{}})(t.rdb.HScan(ctx, "none", 0))
	})
}

func TestHashFieldExpiry(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "7.4", "9.0")
	eachProtocol(t, func(t *commandTest) {
		t.want(3)(t.rdb.HSet(ctx, "h", "a", 1, "b", 2, "c", 3))
		t.want([]int64{1, -2})(t.rdb.HExpire(ctx, "h", time.Minute, []string{"a", "none"}))
		t.want([]int64{0})(t.rdb.HPExpire(ctx, "h", time.Minute, []string{"a"}, redpoll.NX))
		at := time.Now().Add(time.Hour).Truncate(time.Second)
		t.want([]int64{1})(t.rdb.HExpireAt(ctx, "h", at, []string{"b"}))
		t.want([]redpoll.Null[time.Time]{{V: at, Valid: true}, {Valid: true}, {}})(t.rdb.HExpireTime(ctx, "h", "b", "c", "none"))
		t.want([]int64{1})(t.rdb.HPExpireAt(ctx, "h", at, []string{"b"}))
		t.want([]redpoll.Null[time.Time]{{V: at, Valid: true}})(t.rdb.HPExpireTime(ctx, "h", "b"))
		ttls, err := t.rdb.HTTL(ctx, "h", "a", "c", "none")
		if err != nil || len(ttls) != 3 || ttls[0] <= 0 || ttls[1] != redpoll.NoExpiry || ttls[2] != redpoll.NoKey {
			t.Errorf("HTTL gives %v and %v", ttls, err)
		}
		ttls, err = t.rdb.HPTTL(ctx, "h", "a")
		if err != nil || len(ttls) != 1 || ttls[0] <= 0 {
			t.Errorf("HPTTL gives %v and %v", ttls, err)
		}
		t.want([]int64{1, -1, -2})(t.rdb.HPersist(ctx, "h", "a", "c", "none"))
		page, err := t.rdb.HScanNoValues(ctx, "h", 0, redpoll.Match("c"))
		t.want(redpoll.Page[string]{Items: []string{"c"}})(page, err)
	})
}

func TestHashFieldsWithTheirExpiry(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "8.0", "9.1")
	eachProtocol(t, func(t *commandTest) {
		at := time.Now().Add(time.Hour).Truncate(time.Second)
		t.want(true)(t.rdb.HSetEx(ctx, "h", []any{"a", 1, "b", "two"}, redpoll.EXAT(at)))
		t.want([]redpoll.Null[time.Time]{{V: at, Valid: true}, {V: at, Valid: true}})(t.rdb.HExpireTime(ctx, "h", "a", "b"))
		t.want(false)(t.rdb.HSetEx(ctx, "h", []any{"a", 9, "new", 9}, redpoll.FNX))
		t.want(false)(t.rdb.HSetEx(ctx, "h", []any{"a", 9, "new", 9}, redpoll.FXX))
		t.want(nulls("1", "<nil>"))(t.rdb.HMGet(ctx, "h", "a", "new"))
		t.want(true)(t.rdb.HSetEx(ctx, "h", []any{"a", 2}, redpoll.FXX, redpoll.KeepTTL))
		t.want([]redpoll.Null[time.Time]{{V: at, Valid: true}})(t.rdb.HExpireTime(ctx, "h", "a"))
		t.want(true)(t.rdb.HSetEx(ctx, "h", []any{"a", 3}))
		if t.srv.AtLeastRelease("", "9.1") {
			t.want(false)(t.rdb.HSetEx(ctx, "h", []any{"a", 4}, redpoll.NX))
			t.want(false)(t.rdb.HSetEx(ctx, "new", []any{"a", 4}, redpoll.XX))
			t.want(true)(t.rdb.HSetEx(ctx, "h", []any{"other", 4}, redpoll.XX, redpoll.FNX))
			t.want(1)(t.rdb.HDel(ctx, "h", "other"))
		}
		t.want([]time.Duration{redpoll.NoExpiry})(t.rdb.HTTL(ctx, "h", "a"))

		later := at.Add(time.Hour + 7*time.Millisecond)
		t.want(nulls("3", "<nil>"))(t.rdb.HGetEx(ctx, "h", []string{"a", "none"}, redpoll.PXAT(later)))
		t.want([]redpoll.Null[time.Time]{{V: later, Valid: true}, {}})(t.rdb.HPExpireTime(ctx, "h", "a", "none"))
		t.want(nulls("3"))(t.rdb.HGetEx(ctx, "h", []string{"a"}))
		t.want([]redpoll.Null[time.Time]{{V: later, Valid: true}})(t.rdb.HPExpireTime(ctx, "h", "a"))
		t.want(nulls("3"))(t.rdb.HGetEx(ctx, "h", []string{"a"}, redpoll.Persist))
		t.want([]time.Duration{redpoll.NoExpiry})(t.rdb.HPTTL(ctx, "h", "a"))
		t.want(nulls("<nil>"))(t.rdb.HGetEx(ctx, "none", []string{"a"}, redpoll.EX(time.Hour)))

		t.want(nulls("3", "<nil>"))(t.rdb.HGetDel(ctx, "h", "a", "none"))
		t.want(nulls("two"))(t.rdb.HGetDel(ctx, "h", "b"))
		t.want(0)(t.rdb.Exists(ctx, "h"))
		t.ok(t.rdb.Set(ctx, "s", 1))
		t.is(redpoll.ErrWrongType)(t.rdb.HGetDel(ctx, "s", "a"))
		t.is(redpoll.ErrWrongType)(t.rdb.HGetEx(ctx, "s", []string{"a"}))
		t.is(redpoll.ErrWrongType)(t.rdb.HSetEx(ctx, "s", []any{"a", 1}))
		t.is(redpoll.ErrWrongType)(t.rdb.HTTL(ctx, "s", "a"))
	})
}
