package encode

import (
	"math"
	"strconv"
	"time"
)

// ForgottenUnit finds spans of time that are most likely a number without its unit, such as 5 for 5 seconds.
// All checks of spans use it. It returns the beginning of an error's text, or "" if the span is valid. least
// is the shortest valid span, and unit the one that it suggests. It never refuses 0, which has a meaning of
// its own.
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

// forgotten refuses a span without its unit, for an argument in seconds or milliseconds.
func (e *Encoder) forgotten(argument string, d, unit time.Duration, takes string) bool {
	text := ForgottenUnit(d, time.Millisecond, unit)
	if text == "" {
		return false
	}
	e.Fail(argument, text+" The server takes "+takes)
	return true
}

// Seconds writes a duration in whole seconds. It refuses a fraction; instead is the method that accepts
// fractions.
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

// SecondsAbove0 is Seconds for commands that need a time to live.
func (e *Encoder) SecondsAbove0(argument string, d time.Duration, instead string) {
	if d <= 0 {
		e.Fail(argument, d.String()+" is not a time to live; it must be more than 0")
		return
	}
	e.Seconds(argument, d, instead)
}

// Millis writes a duration in whole milliseconds, the smallest unit of the server.
func (e *Encoder) Millis(argument string, d time.Duration) {
	if e.forgotten(argument, d, time.Millisecond, "whole milliseconds") {
		return
	}
	if d%time.Millisecond != 0 {
		e.Fail(argument, d.String()+" is not a whole number of milliseconds; the server has no finer unit, "+
			"use d.Truncate(time.Millisecond)")
		return
	}
	e.Int(d.Milliseconds())
}

// MillisAbove0 is Millis for commands that need a time to live.
func (e *Encoder) MillisAbove0(argument string, d time.Duration) {
	if d <= 0 {
		e.Fail(argument, d.String()+" is not a time to live; it must be more than 0")
		return
	}
	e.Millis(argument, d)
}

// MillisDown is Millis for spans of any length. It drops fractions of a millisecond.
func (e *Encoder) MillisDown(argument string, d time.Duration) {
	if !e.forgotten(argument, d, time.Second, "no less than a millisecond") {
		e.Int(d.Milliseconds())
	}
}

// Lifetime is MillisDown for a time to live, which must be more than 0.
func (e *Encoder) Lifetime(argument string, d time.Duration) {
	if d <= 0 {
		e.Fail(argument, d.String()+" is not a time to live; it must be more than 0")
		return
	}
	e.MillisDown(argument, d)
}

// MillisFrom0 writes a span of any length that is not negative. It drops fractions of a millisecond.
func (e *Encoder) MillisFrom0(argument string, d time.Duration) {
	if d < 0 {
		e.Fail(argument, d.String()+" is negative")
		return
	}
	if !e.forgotten(argument, d, time.Millisecond, "whole milliseconds") {
		e.Int(d.Milliseconds())
	}
}

// Idle writes a time since the last use.
func (e *Encoder) Idle(argument string, d time.Duration) {
	if d < 0 {
		e.Fail(argument, d.String()+" is negative")
		return
	}
	e.Seconds(argument, d, "d.Truncate(time.Second), there is no finer unit")
}

// maxInstant is the highest number of seconds since or before 1970 that servers can store in milliseconds.
const maxInstant = math.MaxInt64/1000 - 1

// tellable refuses a point in time that cannot be stored in milliseconds, and returns false for it.
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

// UnixMilli writes a point in time in milliseconds. It drops the digits behind them, which clocks always
// have: the instant is at most a millisecond early.
func (e *Encoder) UnixMilli(argument string, t time.Time) {
	if t.IsZero() {
		e.Fail(argument, "is the zero time")
		return
	}
	e.instant(argument, t)
}

// UnixMilliAbove0 is UnixMilli for commands that refuse times before 1970, and for which 1970 itself means no
// time.
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

// Timeout writes the time-out of a blocking command, in seconds with a fraction; 0 means for ever. It is
// rounded up to whole milliseconds, because some servers drop smaller fractions.
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

// WaitMillis writes the time-out of a blocking command in milliseconds, rounded up; 0 means for ever.
func (e *Encoder) WaitMillis(argument string, d time.Duration) {
	if e.waitable(argument, d, time.Millisecond) {
		e.Int(roundUpMillis(d))
	}
}

// waitable refuses an invalid time-out of a blocking command.
func (e *Encoder) waitable(argument string, d, unit time.Duration) bool {
	if d < 0 {
		e.Fail(argument, d.String()+" is negative; 0 waits for ever")
		return false
	}
	return !e.forgotten(argument, d, unit, "no less than a millisecond")
}

// SecondsSpan writes a length of time, in whole seconds.
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

// BusyMillis is TimeoutMillis for a time in which the server works on the command.
func (e *Encoder) BusyMillis(argument string, d time.Duration) {
	e.TimeoutMillis(argument, d)
	e.Work(d)
}

// BusyMillisFrom0 is MillisFrom0 for a time in which the server works on the command.
func (e *Encoder) BusyMillisFrom0(argument string, d time.Duration) {
	e.MillisFrom0(argument, d)
	e.Work(d)
}

// InstantOr writes a point in time in milliseconds; for the zero time it writes instead.
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

// AlignStart aligns buckets with the start of the range of times before them; the words are counted.
func (e *Encoder) AlignStart() { e.align("TSAlignStart", "-", e.NoStart) }

// AlignEnd aligns buckets with the end of the range; the words are counted.
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
		e.Fail(argument, d.String()+" is not a length of a bucket; it must be more than 0")
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
