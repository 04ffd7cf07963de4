package redpoll

import (
	"strconv"
	"time"
)

// words writes words of the protocol; there must be one at least. They are
// counted.
func (e *encoder) words(argument string, list []string) {
	e.some(argument, len(list), 0)
	e.anyWords(list)
}

// anyWords is words for a list that may be empty.
func (e *encoder) anyWords(list []string) {
	e.n += len(list)
	for _, s := range list {
		e.word(s)
	}
}

// countedAny writes the length of a list of keys and then the list, which may
// be empty.
func (e *encoder) countedAny(_ string, list []string) {
	e.n++
	e.int(int64(len(list)))
	e.anyList(list)
	e.nkeys = len(list)
}

// anyInts writes whole numbers; they are counted.
func (e *encoder) anyInts(list []int64) {
	e.n += len(list)
	for _, n := range list {
		e.int(n)
	}
}

// countedInts writes how many numbers follow and then the numbers, at least one.
func (e *encoder) countedInts(argument string, list []int64) {
	e.some(argument, len(list), 0)
	e.n++
	e.int(int64(len(list)))
	e.anyInts(list)
}

// settings writes names and values of the configuration in turn, which no text
// encoding concerns; the words are counted.
func (e *encoder) settings(argument string, list []any) {
	switch {
	case len(list) == 0:
		e.fail(argument, "needs at least one name and its value")
	case len(list)%2 != 0:
		e.fail(argument, "has a name without a value: "+strconv.Itoa(len(list))+" is not an even number")
	}
	e.n += len(list)
	for _, v := range list {
		if s, ok := v.(string); ok {
			e.word(s)
		} else {
			e.value(argument, v)
		}
	}
}

// moduleConfig writes settings of a module; the words are counted.
func (e *encoder) moduleConfig(list []ModuleConfig) {
	e.n += 3 * len(list)
	for i := range list {
		e.word("CONFIG")
		e.word(list[i].Name)
		e.word(list[i].Value)
	}
}

// moduleArgs writes the arguments of a module; the words are counted.
func (e *encoder) moduleArgs(list []string) {
	if len(list) > 0 {
		e.n++
		e.word("ARGS")
		e.anyWords(list)
	}
}

// hotKeyMetrics writes how many metrics follow, and their names; all but the first
// word are counted.
func (e *encoder) hotKeyMetrics(argument string, m HotKeyMetrics) {
	n := int64(m&HotKeysCPU/HotKeysCPU + m&HotKeysNet/HotKeysNet)
	if n == 0 || m&^(HotKeysCPU|HotKeysNet) != 0 {
		e.fail(argument, "must be HotKeysCPU, HotKeysNet or both, joined with |")
		return
	}
	e.int(n)
	e.n += int(n)
	if m&HotKeysCPU != 0 {
		e.word("CPU")
	}
	if m&HotKeysNet != 0 {
		e.word("NET")
	}
}

// secondsSpan writes how long something shall last, in whole seconds.
func (e *encoder) secondsSpan(argument string, d time.Duration) {
	if d <= 0 {
		e.fail(argument, d.String()+" must be more than 0")
		return
	}
	e.seconds(argument, d, "d.Truncate(time.Second), there is no finer unit")
}

// timeoutMillis writes a time-out in milliseconds, rounded up.
func (e *encoder) timeoutMillis(argument string, d time.Duration) {
	if d <= 0 {
		e.fail(argument, d.String()+" must be more than 0")
		return
	}
	e.int(roundUpMillis(d))
}
