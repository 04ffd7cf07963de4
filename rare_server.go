package redpoll

// Replies about the server, of scripts and functions, without shapes of their own. They are written out because
// a generic function of a record costs many times its code.

func doneRare(d *reply) (any, error) { return nil, decodeDone(d) }

func goneRare(d *reply) (any, error) { return nil, decodeGone(d) }

func slowLogRare(d *reply) (v any, err error) {
	var r []SlowLogEntry
	err = decodeSlowLog(d, &r)
	return r, err
}

func commandLogRare(d *reply) (v any, err error) {
	var r []CommandLogEntry
	err = decodeCommandLog(d, &r)
	return r, err
}

func histogramsRare(d *reply) (v any, err error) {
	var r map[string]LatencyHistogram
	err = decodeHistograms(d, &r)
	return r, err
}

func latencySamplesRare(d *reply) (v any, err error) {
	var r []LatencySample
	err = decodeLatencySamples(d, &r)
	return r, err
}

func latencyEventsRare(d *reply) (v any, err error) {
	var r []LatencyEvent
	err = decodeLatencyEvents(d, &r)
	return r, err
}

func memoryStatsRare(d *reply) (v any, err error) {
	var r MemoryStats
	err = decodeMemoryStats(d, &r)
	return r, err
}

func roleRare(d *reply) (v any, err error) {
	var r Role
	err = decodeRole(d, &r)
	return r, err
}

func modulesRare(d *reply) (v any, err error) {
	var r []Module
	err = decodeModules(d, &r)
	return r, err
}

func hotKeysRare(d *reply) (v any, err error) {
	var r HotKeys
	err = decodeHotKeys(d, &r)
	return r, err
}

func debugObjectRare(d *reply) (v any, err error) {
	var r DebugObject
	err = decodeDebugObject(d, &r)
	return r, err
}

func librariesRare(d *reply) (v any, err error) {
	var r []FunctionLibrary
	err = decodeLibraries(d, &r)
	return r, err
}

func functionStatsRare(d *reply) (v any, err error) {
	var r FunctionStats
	err = decodeFunctionStats(d, &r)
	return r, err
}

func channelCountsRare(d *reply) (v any, err error) {
	var r []ChannelCount
	err = decodeChannelCounts(d, &r)
	return r, err
}

func infoRare(d *reply) (v any, err error) {
	var r ServerInfo
	err = decodeInfo(d, &r)
	return r, err
}

func wordMapRare(d *reply) (v any, err error) {
	var r map[string]string
	err = decodeWordMap(d, &r)
	return r, err
}

func commandInfosRare(d *reply) (v any, err error) {
	var r []CommandInfo
	err = decodeCommandInfos(d, &r)
	return r, err
}

func nullCommandInfosRare(d *reply) (v any, err error) {
	var r []Null[CommandInfo]
	err = decodeNullCommandInfos(d, &r)
	return r, err
}

func commandDocsRare(d *reply) (v any, err error) {
	var r map[string]CommandDoc
	err = decodeCommandDocs(d, &r)
	return r, err
}

func keyFlagsRare(d *reply) (v any, err error) {
	var r []KeyFlags
	err = decodeKeyFlags(d, &r)
	return r, err
}
