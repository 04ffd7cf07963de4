package encode

import (
	"math"
	"testing"
	"time"
)

// A span below the shortest valid one is most likely a number without its unit.
func TestSpanWithoutUnit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		d, least, unit time.Duration
		want           string
	}{
		{0, time.Millisecond, time.Second, ""},
		{5, time.Millisecond, time.Second, "5ns: did you mean 5*time.Second?"},
		{500, time.Millisecond, time.Millisecond, "500ns: did you mean 500*time.Millisecond?"},
		{5, time.Microsecond, time.Microsecond, "5ns: did you mean 5*time.Microsecond?"},
		{-5, time.Millisecond, time.Second, "-5ns: did you mean -5*time.Second?"},
		{time.Millisecond, time.Millisecond, time.Second, ""},
		{time.Millisecond - 1, time.Millisecond, time.Second,
			"999.999µs is shorter than 1ms, the least that is possible."},
		{60000, time.Millisecond, time.Millisecond, "60µs: did you mean 60000*time.Millisecond?"},
		{-time.Millisecond, time.Millisecond, time.Second, ""},
		{time.Microsecond, time.Microsecond, time.Second, ""},
	} {
		if got := ForgottenUnit(c.d, c.least, c.unit); got != c.want {
			t.Errorf("%v, at least %v: %q, want %q", c.d, c.least, got, c.want)
		}
	}
}

// Each form of a span of time: its range, and its faults.
func TestSpans(t *testing.T) {
	t.Parallel()
	const ms, s = time.Millisecond, time.Second
	span := func(write func(e *Encoder, d time.Duration), d time.Duration) func(e *Encoder) {
		return one(func(e *Encoder) { write(e, d) })
	}
	seconds := func(e *Encoder, d time.Duration) { e.Seconds("t", d, "PExpire") }
	secondsAbove0 := func(e *Encoder, d time.Duration) { e.SecondsAbove0("t", d, "PSetEx") }
	millis := func(e *Encoder, d time.Duration) { e.Millis("t", d) }
	millisAbove0 := func(e *Encoder, d time.Duration) { e.MillisAbove0("t", d) }
	millisFrom0 := func(e *Encoder, d time.Duration) { e.MillisFrom0("t", d) }
	millisDown := func(e *Encoder, d time.Duration) { e.MillisDown("t", d) }
	idle := func(e *Encoder, d time.Duration) { e.Idle("t", d) }
	timeout := func(e *Encoder, d time.Duration) { e.Timeout(d) }
	waitMillis := func(e *Encoder, d time.Duration) { e.WaitMillis("t", d) }
	secondsSpan := func(e *Encoder, d time.Duration) { e.SecondsSpan("t", d) }
	timeoutMillis := func(e *Encoder, d time.Duration) { e.TimeoutMillis("t", d) }
	lifetime := func(e *Encoder, d time.Duration) { e.Lifetime("t", d) }
	bucket := func(e *Encoder, d time.Duration) { e.Bucket("t", d) }
	check(t, []encoding{
		{"Seconds", span(seconds, 90*s), "90", ""},
		{"Seconds of 0", span(seconds, 0), "0", ""},
		{"Seconds below 0", span(seconds, -s), "-1", ""},
		{"Seconds with a fraction", span(seconds, 1500*ms), "",
			"t 1.5s is not a whole number of seconds; use PExpire"},
		{"Seconds without a unit", span(seconds, 5), "",
			"t 5ns: did you mean 5*time.Second? The server takes whole seconds"},
		{"SecondsAbove0", span(secondsAbove0, s), "1", ""},
		{"SecondsAbove0 of 0", span(secondsAbove0, 0), "", "t 0s is not a time to live"},
		{"Millis", span(millis, 1500*ms), "1500", ""},
		{"Millis below 0", span(millis, -ms), "-1", ""},
		{"Millis with a fraction", span(millis, ms+1), "",
			"t 1.000001ms is not a whole number of milliseconds"},
		{"Millis without a unit", span(millis, 5), "", "t 5ns: did you mean 5*time.Millisecond?"},
		{"MillisAbove0", span(millisAbove0, ms), "1", ""},
		{"MillisAbove0 of 0", span(millisAbove0, 0), "", "t 0s is not a time to live"},
		{"MillisFrom0 of 0", span(millisFrom0, 0), "0", ""},
		{"MillisFrom0 below 0", span(millisFrom0, -ms), "", "t -1ms is negative"},
		{"MillisDown", span(millisDown, 2*ms-1), "1", ""},
		{"MillisDown without a unit", span(millisDown, 5), "", "t 5ns: did you mean 5*time.Second?"},
		{"Idle", span(idle, s), "1", ""},
		{"Idle below 0", span(idle, -s), "", "t -1s is negative"},
		{"Timeout", span(timeout, 5*s), "5", ""},
		{"Timeout for ever", span(timeout, 0), "0", ""},
		{"Timeout with a fraction", span(timeout, 1250*ms), "1.25", ""},
		{"Timeout of milliseconds", span(timeout, 7*ms), "0.007", ""},
		{"Timeout is rounded up", span(timeout, ms+1), "0.002", ""},
		{"Timeout rounded to a second", span(timeout, s-1), "1", ""},
		{"Timeout below 0", span(timeout, -s), "", "timeout -1s is negative; 0 waits for ever"},
		{"Timeout without a unit", span(timeout, 5), "", "timeout 5ns: did you mean 5*time.Second?"},
		{"WaitMillis", span(waitMillis, ms+1), "2", ""},
		{"WaitMillis for ever", span(waitMillis, 0), "0", ""},
		{"WaitMillis below 0", span(waitMillis, -ms), "", "t -1ms is negative"},
		{"WaitMillis without a unit", span(waitMillis, 5), "", "t 5ns: did you mean 5*time.Millisecond?"},
		{"SecondsSpan", span(secondsSpan, s), "1", ""},
		{"SecondsSpan of 0", span(secondsSpan, 0), "", "t 0s must be more than 0"},
		{"TimeoutMillis", span(timeoutMillis, ms+1), "2", ""},
		{"TimeoutMillis of 0", span(timeoutMillis, 0), "", "t 0s must be more than 0"},
		{"TimeoutMillis without a unit", span(timeoutMillis, 5), "",
			"t 5ns: did you mean 5*time.Millisecond?"},
		{"Bucket", span(bucket, s), "1000", ""},
		{"Bucket of 0", span(bucket, 0), "", "t 0s is not a length of a bucket"},
		{"Lifetime", span(lifetime, 1500*ms+1), "1500", ""},
		{"Lifetime of 0", span(lifetime, 0), "", "t 0s is not a time to live"},
		{"Lifetime without a unit", span(lifetime, 5), "", "t 5ns: did you mean 5*time.Second?"},
	})
}

// Points in time: the zero time is a fault unless it has a meaning, and no int64 overflows.
func TestInstants(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1500)
	far, before := time.Unix(math.MaxInt64/1000, 0), time.Unix(-math.MaxInt64/1000, 0)
	check(t, []encoding{
		{"Unix", one(func(e *Encoder) { e.Unix("at", time.Unix(7, 0), "X") }), "7", ""},
		{"Unix with a fraction", one(func(e *Encoder) { e.Unix("at", at, "PExpireAt") }), "",
			"at has a fraction of a second; use PExpireAt"},
		{"Unix of the zero time", one(func(e *Encoder) { e.Unix("at", time.Time{}, "X") }), "",
			"at is the zero time"},
		{"Unix too far", one(func(e *Encoder) { e.Unix("at", far, "X") }), "",
			"at is further away from 1970"},
		{"Unix too long ago", one(func(e *Encoder) { e.Unix("at", before, "X") }), "",
			"at is further away from 1970"},
		{"UnixMilli", one(func(e *Encoder) { e.UnixMilli("at", at.Add(999)) }), "1500", ""},
		{"UnixMilli of the zero time", one(func(e *Encoder) { e.UnixMilli("at", time.Time{}) }), "",
			"at is the zero time"},
		{"UnixMilli before 1970", one(func(e *Encoder) { e.UnixMilli("at", time.UnixMilli(-5)) }), "-5", ""},
		{"UnixMilli too far", one(func(e *Encoder) { e.UnixMilli("at", far) }), "",
			"at is further away from 1970"},
		{"UnixMilliAbove0", one(func(e *Encoder) { e.UnixMilliAbove0("at", time.UnixMilli(1)) }), "1", ""},
		{"UnixMilliAbove0 of 1970", one(func(e *Encoder) { e.UnixMilliAbove0("at", time.Unix(0, 999)) }), "",
			"at is not after the beginning of 1970"},
		{"UnixMilliAbove0 before", one(func(e *Encoder) { e.UnixMilliAbove0("at", time.Unix(-1, 0)) }), "",
			"at is not after the beginning of 1970"},
		{"UnixMilliAbove0 of the zero time", one(func(e *Encoder) { e.UnixMilliAbove0("at", time.Time{}) }),
			"", "at is the zero time"},
		{"Instants", func(e *Encoder) { e.Instants("times", []time.Time{at, at}) }, "1500 1500", ""},
		{"Instants of none", func(e *Encoder) { e.Instants("times", nil) }, "", "times needs at least one"},
		{"InstantOr", one(func(e *Encoder) { e.InstantOr(at, "-") }), "1500", ""},
		{"InstantOr of the zero time", one(func(e *Encoder) { e.InstantOr(time.Time{}, "-") }), "-", ""},
		{"InstantOr too far", one(func(e *Encoder) { e.InstantOr(far, "+") }), "",
			"until is further away from 1970"},
		{"AlignStart", func(e *Encoder) { e.N++; e.InstantOr(at, "-"); e.AlignStart() }, "1500 ALIGN -", ""},
		{"AlignStart without a limit", func(e *Encoder) { e.InstantOr(time.Time{}, "-"); e.AlignStart() }, "",
			"TSAlignStart needs a range with a limit there"},
		{"AlignEnd", func(e *Encoder) { e.N++; e.InstantOr(at, "+"); e.AlignEnd() }, "1500 ALIGN +", ""},
		{"AlignEnd without a limit", func(e *Encoder) { e.InstantOr(time.Time{}, "+"); e.AlignEnd() }, "",
			"TSAlignEnd needs a range with a limit there"},
	})
}

// The time for which the server may hold a command back, or work on it.
func TestBlocks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		write  func(e *Encoder)
		blocks bool
		wait   time.Duration
		busy   bool
	}{
		"nothing":              {func(*Encoder) {}, false, 0, false},
		"it waits":             {func(e *Encoder) { e.Block(time.Second) }, true, time.Second, false},
		"it waits without end": {func(e *Encoder) { e.Block(0) }, true, 0, false},
		"it works":             {func(e *Encoder) { e.Work(time.Second) }, true, time.Second, true},
		"it works for no time": {func(e *Encoder) { e.Work(0) }, false, 0, false},
		"urgent":               {func(e *Encoder) { e.Urgent() }, true, 1, false},
		"a time to work": {func(e *Encoder) { e.BusyMillis("t", time.Second) }, true,
			time.Second, true},
		"a time from 0": {func(e *Encoder) { e.BusyMillisFrom0("t", time.Second) }, true,
			time.Second, true},
		"no time": {func(e *Encoder) { e.BusyMillisFrom0("t", 0) }, false, 0, false},
		"it waits at the end": {func(e *Encoder) { e.Work(time.Minute); e.Block(time.Second) }, true,
			time.Second, false},
	} {
		e := new(Encoder)
		e.Reset(nil, nil)
		c.write(e)
		if e.Blocks != c.blocks || e.Wait != c.wait || e.Busy != c.busy || e.Err != nil {
			t.Errorf("%s: blocks %v, waits %v, busy %v, %v", name, e.Blocks, e.Wait, e.Busy, e.Err)
		}
	}
}
