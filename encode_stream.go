package redpoll

// putStreams writes STREAMS, the keys and their IDs; the words are counted.
func putStreams(e *encoder, argument string, list []StreamFrom) {
	e.Some(argument, len(list), 0)
	e.Literal("$7\r\nSTREAMS\r\n", 1+2*len(list))
	for i := range list {
		e.Key(list[i].Key)
	}
	for i := range list {
		if list[i].ID == "" {
			e.Fail(argument, `has no ID; "0" is the beginning of a stream`)
			return
		}
		e.OnceIfLast(list[i].ID)
		e.Word(list[i].ID)
	}
}

// putOne writes an option that must be given.
func putOne(e *encoder, argument string, o any) {
	if optionID(o) == 0 {
		e.Fail(argument, "is nil")
		return
	}
	putOption(e, o)
}

// needOptions refuses a call without options, for commands that do nothing then.
func needOptions(e *encoder, n int) {
	if n == 0 {
		e.Fail("options", "need at least one")
	}
}
