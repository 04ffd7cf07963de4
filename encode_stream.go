package redpoll

// countedWords writes the length of a list and then the list.
func (e *encoder) countedWords(argument string, list []string) {
	e.n++
	e.int(int64(len(list)))
	e.words(argument, list)
}

// countedPairs writes the number of pairs and then the pairs.
func (e *encoder) countedPairs(argument string, list []any) {
	e.n++
	e.int(int64(len(list) / 2))
	e.pairs(argument, list)
}

// streams writes STREAMS, the keys and their IDs; the words are counted.
func (e *encoder) streams(argument string, list []StreamFrom) {
	e.some(argument, len(list), 0)
	e.literal("$7\r\nSTREAMS\r\n", 1+2*len(list))
	for i := range list {
		e.key(list[i].Key)
	}
	for i := range list {
		if list[i].ID == "" {
			e.fail(argument, `has no ID; "0" is the beginning of a stream`)
			return
		}
		e.word(list[i].ID)
	}
}

// one writes an option that must be given.
func (e *encoder) one(argument string, o any) {
	if optionID(o) == 0 {
		e.fail(argument, "is nil")
		return
	}
	putOption(e, o)
}

// someOptions refuses a call without options, for commands that do nothing then.
func (e *encoder) someOptions(n int) {
	if n == 0 {
		e.fail("options", "need at least one")
	}
}
