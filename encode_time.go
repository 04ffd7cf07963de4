package redpoll

import (
	"strconv"
	"time"
)

// seconds writes a duration in whole seconds. What seconds cannot hold is
// refused, and instead names the way that can.
func (e *encoder) seconds(argument string, d time.Duration, instead string) {
	if d%time.Second != 0 {
		e.fail(argument, d.String()+" is not a whole number of seconds; use "+instead)
		return
	}
	e.int(int64(d / time.Second))
}

// secondsAbove0 is seconds for commands that need a time to live.
func (e *encoder) secondsAbove0(argument string, d time.Duration, instead string) {
	if d <= 0 {
		e.fail(argument, d.String()+" is no time to live; it must be more than 0")
		return
	}
	e.seconds(argument, d, instead)
}

// millis writes a duration in whole milliseconds, the smallest unit of the
// server.
func (e *encoder) millis(argument string, d time.Duration) {
	if d%time.Millisecond != 0 {
		e.fail(argument, d.String()+" is not a whole number of milliseconds; the server has no finer unit, use d.Truncate(time.Millisecond)")
		return
	}
	e.int(d.Milliseconds())
}

// millisAbove0 is millis for commands that need a time to live.
func (e *encoder) millisAbove0(argument string, d time.Duration) {
	if d <= 0 {
		e.fail(argument, d.String()+" is no time to live; it must be more than 0")
		return
	}
	e.millis(argument, d)
}

// millisFrom0 is millis for what may be 0.
func (e *encoder) millisFrom0(argument string, d time.Duration) {
	if d < 0 {
		e.fail(argument, d.String()+" is negative")
		return
	}
	e.millis(argument, d)
}

// idle writes a time since the last use.
func (e *encoder) idle(argument string, d time.Duration) {
	if d < 0 {
		e.fail(argument, d.String()+" is negative")
		return
	}
	e.seconds(argument, d, "d.Truncate(time.Second), there is no finer unit")
}

// unix writes a point in time in whole seconds.
func (e *encoder) unix(argument string, t time.Time, instead string) {
	switch {
	case t.IsZero():
		e.fail(argument, "is the zero time")
	case t.Nanosecond() != 0:
		e.fail(argument, "has a fraction of a second; use "+instead+" or t.Truncate(time.Second)")
	default:
		e.int(t.Unix())
	}
}

// unixMilli writes a point in time in milliseconds. Clocks always show
// more digits than that, so they are dropped: the instant is at most a
// millisecond early.
func (e *encoder) unixMilli(argument string, t time.Time) {
	if t.IsZero() {
		e.fail(argument, "is the zero time")
		return
	}
	e.int(t.UnixMilli())
}

// timeout writes how long the server may block, in seconds with a fraction; 0 is
// for ever. It is rounded up to a millisecond, because some servers
// cut smaller fractions down to 0 and would block for ever.
func (e *encoder) timeout(d time.Duration) {
	if d < 0 {
		e.fail("timeout", d.String()+" is negative; 0 waits for ever")
		return
	}
	ms := roundUpMillis(d)
	if ms%1000 == 0 {
		e.int(ms / 1000)
		return
	}
	var digits [24]byte
	b := strconv.AppendInt(digits[:0], ms/1000, 10)
	b = append(b, '.', byte('0'+ms/100%10), byte('0'+ms/10%10), byte('0'+ms%10))
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	e.bulkBytes(b)
}

// waitMillis writes how long the server may block, in milliseconds, rounded
// up; 0 is for ever.
func (e *encoder) waitMillis(argument string, d time.Duration) {
	if d < 0 {
		e.fail(argument, d.String()+" is negative; 0 waits for ever")
		return
	}
	e.int(roundUpMillis(d))
}

func roundUpMillis(d time.Duration) int64 {
	ms := d.Milliseconds()
	if d%time.Millisecond != 0 {
		ms++
	}
	return ms
}
