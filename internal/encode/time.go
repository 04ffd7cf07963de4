package encode

import (
	"math"
	"strconv"
	"time"
)

// ForgottenUnit tells a span of time that is a number without its unit, most likely: 5 is 5ns, and 5 seconds were meant.
// It decides for every span that the package takes, and gives the beginning of the error's text; "" is no error. least is
// the shortest span that can be meant, and unit the one that the caller may have had in mind. 0 has a meaning of its own
// wherever it is allowed, and is never refused here.
func ForgottenUnit(d, least, unit time.Duration) string {
	if d == 0 || d >= least || d <= -least {
		return ""
	}
	const most = 100_000 // somewhat more than a day, in seconds
	if unit == time.Second && (d > most || d < -most) {
		return d.String() + " is shorter than " + least.String() + ", the least that is possible."
	}
	name := "time.Microsecond"
	switch unit {
	case time.Second:
		name = "time.Second"
	case time.Millisecond:
		name = "time.Millisecond"
	}
	return d.String() + ": did you mean " + strconv.FormatInt(int64(d), 10) + "*" + name + "?"
}

// forgotten refuses a span without its unit, for an argument that the server takes in seconds or milliseconds.
func (e *Encoder) forgotten(argument string, d, unit time.Duration, takes string) bool {
	text := ForgottenUnit(d, time.Millisecond, unit)
	if text == "" {
		return false
	}
	e.Fail(argument, text+" The server takes "+takes)
	return true
}

// Seconds writes a duration in whole seconds. What seconds cannot hold is
// refused, and instead names the way that can.
func (e *Encoder) Seconds(argument string, d time.Duration, instead string) {
	if e.forgotten(argument, d, time.Second, "whole seconds") {
		return
	}
	if d%time.Second != 0 {
		e.Fail(argument, d.String()+" is not a whole number of seconds; use "+instead)
		return
	}
	e.Int(int64(d / time.Second))
}

// SecondsAbove0 is seconds for commands that need a time to live.
func (e *Encoder) SecondsAbove0(argument string, d time.Duration, instead string) {
	if d <= 0 {
		e.Fail(argument, d.String()+" is no time to live; it must be more than 0")
		return
	}
	e.Seconds(argument, d, instead)
}

// Millis writes a duration in whole milliseconds, the smallest unit of the
// server.
func (e *Encoder) Millis(argument string, d time.Duration) {
	if e.forgotten(argument, d, time.Millisecond, "whole milliseconds") {
		return
	}
	if d%time.Millisecond != 0 {
		e.Fail(argument, d.String()+" is not a whole number of milliseconds; the server has no finer unit, use d.Truncate(time.Millisecond)")
		return
	}
	e.Int(d.Milliseconds())
}

// MillisAbove0 is millis for commands that need a time to live.
func (e *Encoder) MillisAbove0(argument string, d time.Duration) {
	if d <= 0 {
		e.Fail(argument, d.String()+" is no time to live; it must be more than 0")
		return
	}
	e.Millis(argument, d)
}

// MillisDown is Millis for spans of any length: what is finer than a millisecond is dropped.
func (e *Encoder) MillisDown(argument string, d time.Duration) {
	if !e.forgotten(argument, d, time.Second, "no less than a millisecond") {
		e.Int(d.Milliseconds())
	}
}

// Lifetime writes a time to live of any length: in seconds if these hold it, else in milliseconds, without what is finer.
// The words are counted.
func (e *Encoder) Lifetime(d time.Duration) {
	switch {
	case d <= 0:
		e.Fail("TTL", d.String()+" is no time to live; it must be more than 0")
	case d%time.Second == 0:
		e.Literal("$2\r\nEX\r\n", 2)
		e.Int(int64(d / time.Second))
	default:
		e.Literal("$2\r\nPX\r\n", 2)
		e.MillisDown("TTL", d)
	}
}

// MillisFrom0 is millis for what may be 0.
func (e *Encoder) MillisFrom0(argument string, d time.Duration) {
	if d < 0 {
		e.Fail(argument, d.String()+" is negative")
		return
	}
	e.Millis(argument, d)
}

// Idle writes a time since the last use.
func (e *Encoder) Idle(argument string, d time.Duration) {
	if d < 0 {
		e.Fail(argument, d.String()+" is negative")
		return
	}
	e.Seconds(argument, d, "d.Truncate(time.Second), there is no finer unit")
}

// maxInstant is the number of seconds since 1970, or before, that can be told in milliseconds, as servers do.
const maxInstant = math.MaxInt64/1000 - 1

// tellable reports whether a point in time can be told in milliseconds, and refuses one that cannot.
func (e *Encoder) tellable(argument string, t time.Time) bool {
	sec := t.Unix()
	if sec > maxInstant || sec < -maxInstant {
		e.Fail(argument, "is further away from 1970 than an int64 can tell in milliseconds")
		return false
	}
	return true
}

// Unix writes a point in time in whole seconds.
func (e *Encoder) Unix(argument string, t time.Time, instead string) {
	switch {
	case t.IsZero():
		e.Fail(argument, "is the zero time")
	case t.Nanosecond() != 0:
		e.Fail(argument, "has a fraction of a second; use "+instead+" or t.Truncate(time.Second)")
	case e.tellable(argument, t):
		e.Int(t.Unix())
	}
}

// UnixMilli writes a point in time in milliseconds. Clocks always show
// more digits than that, so they are dropped: the instant is at most a
// millisecond early.
func (e *Encoder) UnixMilli(argument string, t time.Time) {
	if t.IsZero() {
		e.Fail(argument, "is the zero time")
		return
	}
	e.instant(argument, t)
}

// UnixMilliAbove0 is UnixMilli for commands that take 1970 for no time at all, and refuse what was before.
func (e *Encoder) UnixMilliAbove0(argument string, t time.Time) {
	if !t.IsZero() && (t.Unix() < 0 || t.UnixMilli() == 0) {
		e.Fail(argument, "is not after the beginning of 1970, which would mean that the key never expires")
		return
	}
	e.UnixMilli(argument, t)
}

func (e *Encoder) instant(argument string, t time.Time) {
	if e.tellable(argument, t) {
		e.Int(t.UnixMilli())
	}
}

// Timeout writes how long the server may block, in seconds with a fraction; 0 is
// for ever. It is rounded up to whole milliseconds, because some servers
// cut smaller fractions down.
func (e *Encoder) Timeout(d time.Duration) {
	if !e.waitable("timeout", d, time.Second) {
		return
	}
	ms := roundUpMillis(d)
	if ms%1000 == 0 {
		e.Int(ms / 1000)
		return
	}
	var digits [24]byte
	b := strconv.AppendInt(digits[:0], ms/1000, 10)
	b = append(b, '.', byte('0'+ms/100%10), byte('0'+ms/10%10), byte('0'+ms%10))
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	e.BulkBytes(b)
}

// WaitMillis writes how long the server may block, in milliseconds, rounded
// up; 0 is for ever.
func (e *Encoder) WaitMillis(argument string, d time.Duration) {
	if e.waitable(argument, d, time.Millisecond) {
		e.Int(roundUpMillis(d))
	}
}

// waitable refuses what is no time for the server to block.
func (e *Encoder) waitable(argument string, d, unit time.Duration) bool {
	if d < 0 {
		e.Fail(argument, d.String()+" is negative; 0 waits for ever")
		return false
	}
	return !e.forgotten(argument, d, unit, "no less than a millisecond")
}

// SecondsSpan writes how long something shall last, in whole seconds.
func (e *Encoder) SecondsSpan(argument string, d time.Duration) {
	if d <= 0 {
		e.Fail(argument, d.String()+" must be more than 0")
		return
	}
	e.Seconds(argument, d, "d.Truncate(time.Second), there is no finer unit")
}

// TimeoutMillis writes a time-out in milliseconds, rounded up.
func (e *Encoder) TimeoutMillis(argument string, d time.Duration) {
	if d <= 0 {
		e.Fail(argument, d.String()+" must be more than 0")
		return
	}
	if !e.forgotten(argument, d, time.Millisecond, "whole milliseconds") {
		e.Int(roundUpMillis(d))
	}
}

// BusyMillis is TimeoutMillis for the time that the server may work on the command.
func (e *Encoder) BusyMillis(argument string, d time.Duration) {
	e.TimeoutMillis(argument, d)
	e.Work(d)
}

// BusyMillisFrom0 is MillisFrom0 for the time that the server may work on the command.
func (e *Encoder) BusyMillisFrom0(argument string, d time.Duration) {
	e.MillisFrom0(argument, d)
	e.Work(d)
}

// InstantOr writes a point in time in milliseconds, or instead for the zero time.
func (e *Encoder) InstantOr(t time.Time, instead string) {
	argument := "at"
	switch instead {
	case "-":
		argument, e.NoStart = "from", t.IsZero()
	case "+":
		argument, e.NoEnd = "until", t.IsZero()
	}
	if t.IsZero() {
		e.Word(instead)
		return
	}
	e.instant(argument, t)
}

// AlignStart and AlignEnd write that buckets start at an end of the range of times before them; the words are counted.
func (e *Encoder) AlignStart() { e.align("TSAlignStart", "-", e.NoStart) }

// AlignEnd is AlignStart for the other end.
func (e *Encoder) AlignEnd() { e.align("TSAlignEnd", "+", e.NoEnd) }

func (e *Encoder) align(option, to string, unlimited bool) {
	if unlimited {
		e.Fail(option, "needs a range with a limit there, and the time is zero")
		return
	}
	e.Literal("$5\r\nALIGN\r\n", 2)
	e.Word(to)
}

// Instants writes points in time in milliseconds; the words are counted.
func (e *Encoder) Instants(argument string, times []time.Time) {
	e.Some(argument, len(times), 1)
	for _, t := range times {
		e.UnixMilli(argument, t)
	}
}

// Bucket writes the length of a bucket in milliseconds.
func (e *Encoder) Bucket(argument string, d time.Duration) {
	if d <= 0 {
		e.Fail(argument, d.String()+" is no length of a bucket; it must be more than 0")
		return
	}
	e.Millis(argument, d)
}

func roundUpMillis(d time.Duration) int64 {
	ms := d.Milliseconds()
	if d%time.Millisecond != 0 {
		ms++
	}
	return ms
}
