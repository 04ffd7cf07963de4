package commands_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// asksForUnit checks that a duration of 5ns was refused before anything was sent, and that the error has the
// duration that was probably meant.
func asksForUnit(t *testing.T, name string, err error, unit string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), "5ns: did you mean 5*"+unit) ||
		redpoll.OutcomeOf(err) != redpoll.NotSent ||
		!errors.As(err, new(*redpoll.DataError)) && !errors.As(err, new(*redpoll.OptionError)) {
		t.Errorf("%s: got %v, want it to ask whether 5*%s was meant", name, err, unit)
	}
}

// plausible returns an argument of a type that every method accepts.
func plausible(typ reflect.Type, span time.Duration) reflect.Value {
	if typ == reflect.TypeFor[time.Duration]() {
		return reflect.ValueOf(span)
	}
	if typ == reflect.TypeFor[time.Time]() {
		return reflect.ValueOf(time.Unix(1700000000, 0))
	}
	v := reflect.New(typ).Elem()
	switch typ.Kind() {
	case reflect.String:
		v.SetString("k")
	case reflect.Int64:
		v.SetInt(1)
	case reflect.Slice:
		v.Set(reflect.Append(v, plausible(typ.Elem(), span)))
	case reflect.Interface:
		v.Set(reflect.ValueOf("v"))
	}
	return v
}

// spanned calls a method of a new pipeline with span for each duration. It returns the error of Exec, and
// false for methods without a duration.
func spanned(t *testing.T, rdb *redpoll.Client, i int, span time.Duration) (*redpoll.Pipeline, bool) {
	t.Helper()
	p := rdb.Pipeline()
	m := reflect.ValueOf(p).Method(i)
	if !slices.Contains(slices.Collect(m.Type().Ins()), reflect.TypeFor[time.Duration]()) {
		return p, false
	}
	var args []reflect.Value
	for n := range m.Type().NumIn() {
		in := m.Type().In(n)
		if n == m.Type().NumIn()-1 && m.Type().IsVariadic() {
			if in.Elem().Kind() != reflect.Interface {
				args = append(args, plausible(in.Elem(), span))
			}
			break
		}
		args = append(args, plausible(in, span))
	}
	m.Call(args)
	return p, true
}

// Every method refuses a duration without its unit before anything is sent.
//
// Covers: F60
func TestSpanWithoutUnitInMethods(t *testing.T) {
	t.Parallel()
	rdb := unconnected(t)
	pipeline, n := reflect.TypeFor[*redpoll.Pipeline](), 0
	for i := range pipeline.NumMethod() {
		name := pipeline.Method(i).Name
		p, has := spanned(t, rdb, i, 5)
		if !has {
			continue
		}
		n++
		asksForUnit(t, name, p.Exec(ctx), "time.")
		if p, _ = spanned(t, rdb, i, time.Second); p.Len() != 1 {
			t.Errorf("%s: a whole second is not queued", name)
		}
		p.Discard()
	}
	if n < 30 {
		t.Errorf("only %d methods have a span", n)
	}
}

// Options refuse it too. The unit in the advice is the one of the command.
func TestSpanWithoutUnitInOptions(t *testing.T) {
	t.Parallel()
	rdb := unconnected(t)
	const seconds, millis = "time.Second", "time.Millisecond"
	none := redpoll.StreamFrom{Key: "s", ID: "0"}
	for _, tt := range []struct {
		name, unit string
		err        error
	}{
		{"EX", seconds, rdb.Set(ctx, "k", 1, redpoll.EX(5))},
		{"PX", millis, rdb.Set(ctx, "k", 1, redpoll.PX(5))},
		{"TTL", seconds, rdb.Set(ctx, "k", 1, redpoll.TTL(5))},
		{"ExpireIn", seconds, testkit.Err(rdb.ExpireIn(ctx, "k", 5))},
		{"HExpireIn", seconds, testkit.Err(rdb.HExpireIn(ctx, "k", 5, []string{"f"}))},
		{"GetEx", seconds, testkit.Err(rdb.GetEx(ctx, "k", redpoll.EX(5)))},
		{"HSetEx", millis, testkit.Err(rdb.HSetEx(ctx, "k", []any{"f", 1}, redpoll.PX(5)))},
		{"SetEx", seconds, rdb.SetEx(ctx, "k", 5, 1)},
		{"PSetEx", millis, rdb.PSetEx(ctx, "k", 5, 1)},
		{"Expire", seconds, testkit.Err(rdb.Expire(ctx, "k", 5))},
		{"PExpire", millis, testkit.Err(rdb.PExpire(ctx, "k", 5))},
		{"HExpire", seconds, testkit.Err(rdb.HExpire(ctx, "k", 5, []string{"f"}))},
		{"HPExpire", millis, testkit.Err(rdb.HPExpire(ctx, "k", 5, []string{"f"}))},
		{"BLPop", seconds, testkit.Err(rdb.BLPop(ctx, 5, "k"))},
		{"BLMove", seconds, testkit.Err(rdb.BLMove(ctx, "a", "b", redpoll.Left, redpoll.Right, 5))},
		{"BLMPop", seconds, testkit.Err(rdb.BLMPop(ctx, 5, []string{"k"}, redpoll.Left))},
		{"BZPopMin", seconds, testkit.Err(rdb.BZPopMin(ctx, 5, "k"))},
		{"BZMPop", seconds, testkit.Err(rdb.BZMPop(ctx, 5, []string{"k"}, redpoll.ZMin))},
		{"XReadBlock", millis, testkit.Err(rdb.XReadBlock(ctx, 5, []redpoll.StreamFrom{none}))},
		{"XReadGroupBlock", millis,
			testkit.Err(rdb.XReadGroupBlock(ctx, 5, "g", "c", []redpoll.StreamFrom{none}))},
		{"Wait", millis, testkit.Err((new(redpoll.Conn)).Wait(ctx, 1, 5))},
		{"WaitAOF", millis, testkit.Err((new(redpoll.Conn)).WaitAOF(ctx, 1, 1, 5))},
		{"XAutoClaim", millis, testkit.Err(rdb.XAutoClaim(ctx, "s", "g", "c", 5, "0"))},
		{"XClaim idle", millis,
			testkit.Err(rdb.XClaim(ctx, "s", "g", "c", 0, []string{"1-0"}, redpoll.XIdle(5)))},
		{"XPending idle", millis,
			testkit.Err(rdb.XPendingRange(ctx, "s", "g", "-", "+", 1, redpoll.XIdle(5)))},
		{"XReadGroup claim", millis,
			testkit.Err(rdb.XReadGroup(ctx, "g", "c", []redpoll.StreamFrom{none}, redpoll.ClaimIdle(5)))},
		{"Restore", millis, rdb.Restore(ctx, "k", 5, "x")},
		{"Restore idle", seconds, rdb.Restore(ctx, "k", 0, "x", redpoll.RestoreIdleTime(5))},
		{"Migrate", millis, testkit.Err(rdb.Migrate(ctx, "h", 1, []string{"k"}, 0, 5))},
		{"ClientPause", millis, rdb.ClientPause(ctx, 5)},
		{"ClientList age", seconds, testkit.Err(rdb.ClientList(ctx, redpoll.ClientMaxAge(5)))},
		{"ClientList idle", seconds, testkit.Err(rdb.ClientList(ctx, redpoll.ClientMinIdle(5)))},
		{"Failover", millis, rdb.Failover(ctx, redpoll.FailoverTimeout(5))},
		{"Failover force", millis, rdb.Failover(ctx, redpoll.FailoverTo("h", 1), redpoll.FailoverForce(5))},
		{"XCfgSet", seconds, rdb.XCfgSet(ctx, "s", redpoll.IDMPDuration(5))},
		{"TS.CREATE retention", millis, rdb.TSCreate(ctx, "t", redpoll.TSRetention(5))},
		{"TS.CREATE ignore", millis, rdb.TSCreate(ctx, "t", redpoll.TSIgnore(5, 1))},
		{"TS.RANGE bucket", millis, testkit.Err(rdb.TSRange(ctx, "t", time.Time{}, time.Time{},
			redpoll.TSAggregation(5, redpoll.TSAggAvg)))},
		{"TS.CREATERULE bucket", millis, rdb.TSCreateRule(ctx, "a", "b", redpoll.TSAggAvg, 5)},
		{"FT.SEARCH timeout", millis,
			testkit.Err(rdb.FTSearch(ctx, "i", "q", redpoll.FTSearchOptions{Timeout: 5}))},
		{"FT.CREATE temporary", seconds,
			rdb.FTCreate(ctx, "i", redpoll.FTCreateOptions{Temporary: 5}, redpoll.FTText{Name: "f"})},
	} {
		asksForUnit(t, tt.name, tt.err, tt.unit+"?")
	}
}

// Options of clients, locks and transactions refuse it too, unless very short pauses make sense.
func TestSpanWithoutUnitInSettings(t *testing.T) {
	t.Parallel()
	rdb := unconnected(t)
	for name, o := range map[string]redpoll.Options{
		"DialTimeout": {DialTimeout: 5}, "ReplyTimeout": {ReplyTimeout: 5}, "WriteTimeout": {WriteTimeout: 5},
		"KeepAlive":           {KeepAlive: 5},
		"HealthCheckInterval": {HealthCheckInterval: 5}, "WaitTimeout": {WaitForConn: true, WaitTimeout: 5},
		"IdleTimeout": {IdleTimeout: 5},
		"MinBackoff":  {MinBackoff: 5}, "MaxBackoff": {MaxBackoff: 5}, "Spin": {Spin: 5},
	} {
		_, err := redpoll.New(o)
		asksForUnit(t, name, err, "time.")
		var oe *redpoll.OptionError
		if !errors.As(err, &oe) || oe.Option != name {
			t.Errorf("%s: got %v of type %T", name, err, err)
		}
	}
	if _, err := redpoll.New(redpoll.Options{DialTimeout: 5000}); err == nil ||
		!strings.Contains(err.Error(), "5µs: did you mean 5000*time.Second?") {
		t.Errorf("got %v", err)
	}
	for name, o := range map[string]redpoll.LockOptions{
		"TTL": {TTL: 5}, "Wait": {TTL: time.Second, Wait: 5}, "Pause": {TTL: time.Second, Pause: 5},
		"Margin": {TTL: time.Second, Margin: 5},
	} {
		asksForUnit(t, name, testkit.Err(rdb.Lock("l", o).Acquire(ctx)), "time.")
	}
	held := rdb.Lock("l", redpoll.LockOptions{TTL: time.Second}).Adopt("token")
	asksForUnit(t, "Extend", held.Extend(ctx, 5), "time.Second")
	asksForUnit(t, "ExtendTo", held.ExtendTo(ctx, 5), "time.Second")
	fn := func(*redpoll.Tx) error { return nil }
	asksForUnit(t, "Delay", rdb.TransactionWith(ctx, redpoll.TxOptions{Delay: 5}, fn), "time.Millisecond")
	for _, o := range []redpoll.Options{
		{HealthCheckInterval: time.Microsecond}, {MinBackoff: 50 * time.Microsecond},
		{Spin: 60 * time.Microsecond}, {DialTimeout: time.Millisecond},
	} {
		clients.New(t, o)
	}
}

// If the unit cannot express a duration, the advice names a type that can.
func TestAdviceOnSpansOfAnyLength(t *testing.T) {
	t.Parallel()
	rdb := unconnected(t)
	ttl := time.Minute / 7
	for says, err := range map[string]error{
		"use TTL or PX":              rdb.Set(ctx, "k", 1, redpoll.EX(ttl)),
		"use PSetEx or Set with TTL": rdb.SetEx(ctx, "k", ttl, 1),
		"use ExpireIn or PExpire":    testkit.Err(rdb.Expire(ctx, "k", ttl)),
		"use HExpireIn or HPExpire":  testkit.Err(rdb.HExpire(ctx, "k", ttl, []string{"f"})),
		"given twice":                rdb.Set(ctx, "k", 1, redpoll.TTL(time.Minute), redpoll.EX(time.Minute)),
		"must be more than 0":        rdb.Set(ctx, "k", 1, redpoll.TTL(0)),
		"exclude each other":         rdb.Set(ctx, "k", 1, redpoll.TTL(ttl), redpoll.KeepTTL),
	} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %s", err, says)
		}
	}
}

// The advice repeats the number with its sign. A number that is not a multiple of the unit gets other advice.
func TestAdviceOnSpansWithoutUnit(t *testing.T) {
	t.Parallel()
	rdb := unconnected(t)
	for says, err := range map[string]error{
		"60ns: did you mean 60*time.Second? The server takes whole seconds": rdb.Set(ctx, "k",
			1, redpoll.EX(60)),
		"60µs: did you mean 60000*time.Millisecond? The server takes whole milliseconds": rdb.Set(ctx, "k",
			1, redpoll.PX(60000)),
		"-1ns: did you mean -1*time.Second?": testkit.Err(rdb.Expire(ctx, "k", -1)),
		"999.999µs is shorter than 1ms, the least that is possible.": testkit.Err(rdb.BLPop(ctx,
			time.Millisecond-1, "q")),
		"-5ns is negative; 0 waits for ever":                 testkit.Err(rdb.BLPop(ctx, -5, "q")),
		"-5ns is not a time to live; it must be more than 0": rdb.Set(ctx, "k", 1, redpoll.EX(-5)),
	} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %s", err, says)
		}
	}
}
