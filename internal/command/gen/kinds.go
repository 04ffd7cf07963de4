package main

import (
	"slices"
	"strconv"
	"strings"
)

// argKind says how a method's argument looks in Go and how it is sent.
type argKind struct {
	goType string // of the parameter
	list   bool   // a slice, or variadic; it counts its own words
	put    string // see call. A + in front says that it counts its own words
}

// counts says that the encoder's call counts its own words.
func (k argKind) counts() bool { return k.list || strings.HasPrefix(k.put, "+") }

// call is the encoder's call for an argument: x is the Go expression, name what faults call it.
func (k argKind) call(x, name, param string) string {
	return strings.NewReplacer("$x", x, "$n", strconv.Quote(name), "$p", strconv.Quote(strings.ReplaceAll(param, "/", " or ")), "$a", param).Replace(strings.TrimPrefix(k.put, "+"))
}

// argKinds are the kinds of arguments. In put, $x is the argument, $n its
// quoted name, $p the quoted parameter of the kind, and $a that parameter as the
// name of another argument.
var argKinds = map[string]argKind{
	"key":         {"string", false, "e.Key($x)"},
	"text":        {"string", false, "e.Text($x)"},
	"word":        {"string", false, "e.Word($x)"},
	"value":       {"any", false, "e.Value($n, $x)"},
	"bound":       {"any", false, "e.Bound($n, $x)"},
	"lex":         {"string", false, "e.Lex($x)"},
	"int":         {"int64", false, "e.Int($x)"},
	"int-1":       {"int64", false, "e.IntAtLeast($n, $x, -1)"},
	"int0":        {"int64", false, "e.IntAtLeast($n, $x, 0)"},
	"int1":        {"int64", false, "e.IntAtLeast($n, $x, 1)"},
	"nonzero":     {"int64", false, "e.Nonzero($n, $x)"},
	"uint":        {"uint64", false, "e.Uint($x)"},
	"float":       {"float64", false, "e.Float($x)"},
	"bit":         {"int", false, "e.Bit($n, $x)"},
	"seconds":     {"time.Duration", false, "e.Seconds($n, $x, $p)"},
	"ttlSeconds":  {"time.Duration", false, "e.SecondsAbove0($n, $x, $p)"},
	"millis":      {"time.Duration", false, "e.Millis($n, $x)"},
	"ttlMillis":   {"time.Duration", false, "e.MillisAbove0($n, $x)"},
	"lifetime":    {"time.Duration", false, "e.MillisDown($n, $x)"},
	"millisfrom0": {"time.Duration", false, "e.MillisFrom0($n, $x)"},
	"unix":        {"time.Time", false, "e.Unix($n, $x, $p)"},
	"unixmilli":   {"time.Time", false, "e.UnixMilli($n, $x)"},
	"after1970":   {"time.Time", false, "e.UnixMilliAbove0($n, $x)"},
	"wait":        {"time.Duration", false, "e.Timeout($x)"},
	"waitmillis":  {"time.Duration", false, "e.WaitMillis($n, $x)"},

	"Side":         {"Side", false, "e.Choice($n, int($x), sideWords[:])"},
	"Where":        {"Where", false, "e.Choice($n, int($x), whereWords[:])"},
	"MinMax":       {"MinMax", false, "e.Choice($n, int($x), minMaxWords[:])"},
	"BitOperation": {"BitOperation", false, "e.Choice($n, int($x), bitOperationWords[:])"},

	"keys":       {"string", true, "e.List($n, $x)"},
	"texts":      {"string", true, "e.List($n, $x)"},
	"texts?":     {"string", true, "e.AnyList($x)"},
	"group":      {"string", true, "e.List($n, $x)"},
	"values":     {"any", true, "e.Values($n, $x)"},
	"anyvalues":  {"any", true, "e.AnyValues($n, $x)"},
	"pairs":      {"any", true, "e.Pairs($n, $x)"},
	"scored":     {"Z", true, "putScored(e, $n, $x)"},
	"bitsources": {"string", true, "e.BitSources($n, $x, bitOperationWords[:], int($a))"},
	"bitops":     {"BitFieldOp", true, "putBitOps(e, $n, $x, false)"},
	"bitreads":   {"BitFieldOp", true, "putBitOps(e, $n, $x, true)"},

	// Server, scripts, functions.
	"words":         {"string", true, "e.Words($n, $x)"},
	"words?":        {"string", true, "e.AnyWords($x)"},
	"keys?":         {"string", true, "e.AnyList($x)"},
	"settings":      {"any", true, "e.Settings($n, $x)"},
	"numbers":       {"int64", true, "e.AnyInts($x)"},
	"moduleconfig":  {"ModuleConfig", true, "putModuleConfig(e, $x)"},
	"moduleargs":    {"string", true, "e.ModuleArgs($x)"},
	"CommandLog":    {"CommandLog", false, "e.Choice($n, int($x), commandLogWords[:])"},
	"HotKeyMetrics": {"HotKeyMetrics", false, "putHotKeyMetrics(e, $n, $x)"},
	// JSON, vector sets, time series, Bloom and its relatives.
	"json":         {"any", false, "putJSON(e, $n, $x)"},
	"jsons":        {"any", true, "putJSONs(e, $n, $x)"},
	"jsonentries":  {"JSONEntry", true, "putJSONEntries(e, $n, $x)"},
	"vector":       {"Vector", false, "putVector(e, $n, $x)"},
	"query":        {"VectorQuery", false, "putVectorQuery(e, $n, $x)"},
	"from":         {"time.Time", false, "e.InstantOr($x, \"-\")"},
	"until":        {"time.Time", false, "e.InstantOr($x, \"+\")"},
	"sampletime":   {"time.Time", false, "e.InstantOr($x, \"*\")"},
	"bucket":       {"time.Duration", false, "e.Bucket($n, $x)"},
	"TSCursor":     {"TSCursor", false, "putTSCursor(e, $x)"},
	"TSAggregator": {"TSAggregator", false, "e.Choice($n, int($x), tsAggregatorWords[:])"},
	"reducer":      {"TSAggregator", false, "putReducer(e, $n, $x, $a)"}, // the parameter is the list of options
	"points":       {"TSPoint", true, "putPoints(e, $n, $x)"},
	"floats":       {"float64", true, "e.Floats($n, $x)"},
	"ranks":        {"int64", true, "e.Ints($n, $x)"},
	"itemcounts":   {"ItemCount", true, "putItemCounts(e, $n, $x)"},
	// Search: structs of options.
	"ftcreate":     {"FTCreateOptions", false, "+putFTCreate(e, &$x)"},
	"ftfields":     {"FTField", true, "putFTFields(e, $x)"},
	"ftsearch":     {"FTSearchOptions", false, "+putFTSearch(e, &$x)"},
	"ftaggregate":  {"FTAggregateOptions", false, "+putFTAggregate(e, &$x)"},
	"ftsteps":      {"FTStep", true, "putFTSteps(e, $x)"},
	"fthybrid":     {"FTHybridQuery", false, "+putFTHybrid(e, &$x)"},
	"ftspellcheck": {"FTSpellCheckOptions", false, "+putFTSpellCheck(e, &$x)"},

	// Geo, streams and arrays.
	"geopoints":  {"GeoLocation", true, "putGeoMembers(e, $n, $x)"},
	"polygon":    {"GeoPoint", true, "putVertices(e, $x)"},
	"GeoUnit":    {"GeoUnit", false, "e.Choice($n, int($x), geoUnitWords[:])"},
	"newid":      {"string", false, "e.NewID($n, $x)"},
	"producer":   {"string", false, "e.Producer($x)"}, // of IDMP
	"streams":    {"StreamFrom", true, "putStreams(e, $n, $x)"},
	"NackMode":   {"NackMode", false, "e.Choice($n, int($x), nackModeWords[:])"},
	"indexes":    {"uint64", true, "e.Indexes($n, $x)"},
	"elements":   {"ArrayElement", true, "putElements(e, $n, $x)"},
	"ranges":     {"ArrayRange", true, "putRanges(e, $n, $x)"},
	"predicates": {"ArrayPredicate", true, "putPredicates(e, $n, $x)"},

	// Connections, ACL, cluster administration, Sentinel. Rules of an ACL are at least one word, and count the others.
	"slot":           {"int64", false, "e.Slot($n, $x)"},
	"slotfrom":       {"int64", false, "e.SlotFrom($n, $x, $a)"}, // the parameter is the slot that is not to be after it
	"SlotMetric":     {"SlotMetric", false, "e.Choice($n, int($x), slotMetricWords[:])"},
	"aclrules":       {"ACLRules", false, "putACLRules(e, &$x)"},
	"slots":          {"int64", true, "e.Slots($n, $x)"},
	"slotranges":     {"SlotRange", true, "putSlotRanges(e, $n, $x)"},
	"migrations":     {"SlotMigration", true, "putMigrations(e, $n, $x)"},
	"clientfilters":  {"ClientFilter", true, "putClientFilters(e, $n, $x, true)"},
	"clientfilters?": {"ClientFilter", true, "putClientFilters(e, $n, $x, false)"},
	"crashes":        {"SentinelCrash", true, "putCrashes(e, $n, $x)"},

	// Of options only.
	"one":            {"", false, "+putOne(e, $n, $x)"}, // exactly one; the parameter is their type
	"each":           {"string", true, ""},              // the words before it are repeated for each
	"idle":           {"time.Duration", false, "e.Idle($n, $x)"},
	"spanseconds":    {"time.Duration", false, "e.SecondsSpan($n, $x)"},
	"timeout":        {"time.Duration", false, "e.TimeoutMillis($n, $x)"},
	"busy":           {"time.Duration", false, "e.BusyMillis($n, $x)"}, // the server is busy with the command until then
	"busyfrom0":      {"time.Duration", false, "e.BusyMillisFrom0($n, $x)"},
	"weights":        {"float64", true, "e.Weights($x)"},
	"intweights":     {"int64", true, "e.IntWeights($x)"},
	"countedints":    {"int64", true, "e.CountedInts($n, $x)"},
	"FloatType":      {"FloatType", false, "e.Choice($n, int($x), floatTypeWords[:])"},
	"instants":       {"time.Time", true, "e.Instants($n, $x)"},
	"labels":         {"map[string]string", false, "+e.Labels($x)"},
	"TSPolicy":       {"TSPolicy", false, "e.Choice($n, int($x), tsPolicyWords[:])"},
	"aggregators":    {"TSAggregator", true, "putAggregators(e, $n, $x)"},
	"keyaggregators": {"[]TSAggregator", true, "putKeyAggregators(e, $n, $x)"},
	"MoveOrder":      {"MoveOrder", false, "e.Choice($n, int($x), moveOrderWords[:])"},
}

// countCalls are the encoder's calls that write a list behind its length, where that is not Counted.
var countCalls = map[string]string{
	"keys?":   "e.CountedAny(",
	"pairs":   "e.CountedPairs(",
	"polygon": "putCountedVertices(e, ",
	"words":   "e.CountedWords(",
}

// replyKind says what a method returns and how it is decoded.
type replyKind struct {
	goType string // "" when the method returns only an error
	// decode is a function that decodes into a *goType. A kind whose commands no program runs in a hot path has "rare:" in
	// front: its records share one pool. Instead of a function there may then be an expression of the type filler.
	// "record:" is rare as well, and gives the name of the kind: its replies are read by readRecord.
	decode string
}

// rare says that the kind's records have no pool of their own.
func (k replyKind) rare() bool { return strings.HasPrefix(k.decode, "rare:") || k.record() != "" }

// record is the name of a kind whose replies are read after fieldsOf, "" for others.
func (k replyKind) record() string {
	name, _ := strings.CutPrefix(k.decode, "record:")
	if name == k.decode {
		return ""
	}
	return name
}

// function is the name of the decode function, "" if there is none.
func (k replyKind) function() string {
	name := strings.TrimPrefix(k.decode, "rare:")
	if strings.HasPrefix(name, "decode") {
		return name
	}
	return ""
}

// name is the name of the decode function without its beginning, "" if there is none.
func (k replyKind) name() string {
	return strings.TrimPrefix(strings.TrimPrefix(k.function(), "decode"), ".")
}

// filler is the expression that a kind has instead of a decode function, "" for others.
func (k replyKind) filler() string {
	if k.function() != "" || k.record() != "" {
		return ""
	}
	return strings.TrimPrefix(k.decode, "rare:")
}

// handle is the type that a method of Pipeline returns a pointer to. What only rare commands answer has a handle type of
// its own: the methods of a generic type are compiled once more for each type of result, in every package that imports
// this one.
func (k replyKind) handle() string {
	switch {
	case k.goType == "":
		return "Status"
	case k.common():
		return "Reply[" + k.goType + "]"
	case k.record() != "":
		return k.record() + "Reply"
	case k.function() != "":
		return k.name() + "Reply"
	}
	name, _, _ := strings.Cut(k.filler(), "(")
	name = strings.TrimSuffix(name, "Reply")
	if rest, ok := strings.CutPrefix(name, "ft"); ok {
		name = "FT" + rest
	}
	if rest, ok := strings.CutPrefix(name, "json"); ok {
		name = "JSON" + rest
	}
	return strings.ToUpper(name[:1]) + name[1:] + "Reply"
}

// common says that the handles of this type are of the type Reply.
func (k replyKind) common() bool { return slices.Contains(replyTypes, k.goType) }

// replyTypes are the types of results whose handles are of the type Reply. It is part of the API, whatever is rare.
var replyTypes = []string{
	"string", "[]byte", "int64", "float64", "bool", "time.Duration", "time.Time", "Value", "Z",
	"[]string", "[][]byte", "[]int64", "[]bool", "[]time.Duration", "map[string]string",
	"[]Null[string]", "[]Null[int64]", "[]Null[float64]", "[]Null[time.Time]",
	"[]FieldValue", "[]Z", "KeyValue", "KeyValues", "KeyZ", "KeyZs", "RankScore",
	"Page[string]", "Page[FieldValue]", "Page[Z]", "[]StreamEntry", "[]StreamEntries",
}

// resultNames are the types of results that are not rare, as the names of functions have them.
var resultNames = map[string]string{
	"string": "String", "[]byte": "Bytes", "int64": "Int", "float64": "Float", "bool": "Bool", "time.Duration": "Duration",
	"Value": "Value", "Z": "Z", "[]string": "Strings", "[][]byte": "BytesList", "[]int64": "Ints", "[]bool": "Bools",
	"map[string]string": "Map", "[]Null[string]": "Nulls", "[]Null[int64]": "NullInts", "[]FieldValue": "Fields", "[]Z": "Zs",
	"[]StreamEntry": "Entries", "[]StreamEntries": "Streams",
}

// distinct says that only this kind has its type of result, and that it is rare.
func (k replyKind) distinct() bool {
	for _, other := range replyKinds {
		if other.goType == k.goType && other.decode != k.decode {
			return false
		}
	}
	return k.rare() && k.function() != "" && k.goType != ""
}

var replyKinds = map[string]replyKind{
	"ok":         {"", "decode.OK"},
	"pong":       {"", "decode.Pong"},
	"string":     {"string", "decode.String"},
	"word":       {"string", "decode.Word"},
	"words":      {"[]string", "decode.Words"},
	"seen":       {"string", "rare:decode.Seen"},
	"bytes":      {"[]byte", "decode.Bytes"},
	"raw":        {"[]byte", "decode.Bytes"},
	"byteslist":  {"[][]byte", "decode.BytesList"},
	"int":        {"int64", "decode.Int"},
	"ints":       {"[]int64", "decode.Ints"},
	"nullints":   {"[]Null[int64]", "decodeNullInts"},
	"bool":       {"bool", "decode.Bool"},
	"bools":      {"[]bool", "decode.Bools"},
	"float":      {"float64", "decode.Float"},
	"nullfloats": {"[]Null[float64]", "rare:decodeNullFloats"},
	"strings":    {"[]string", "decode.Strings"},
	"nulls":      {"[]Null[string]", "decodeNulls"},
	"groups":     {"[][]Null[string]", "rare:groups"},
	"map":        {"map[string]string", "decode.Map"},
	"fields":     {"[]FieldValue", "decodeFields"},
	"keyvalue":   {"KeyValue", "rare:decodeKeyValue"},
	"keyvalues":  {"KeyValues", "rare:decodeKeyValues"},
	"z":          {"Z", "decodeZ"},
	"zs":         {"[]Z", "decodeZs"},
	"keyz":       {"KeyZ", "rare:decodeKeyZ"},
	"keyzs":      {"KeyZs", "rare:decodeKeyZs"},
	"rankscore":  {"RankScore", "rare:decodeRankScore"},
	"page":       {"Page[string]", "rare:decodePage"},
	"fieldpage":  {"Page[FieldValue]", "rare:decodeFieldPage"},
	"zpage":      {"Page[Z]", "rare:decodeZPage"},
	"ttl":        {"time.Duration", "decodeTTL"},
	"pttl":       {"time.Duration", "decodePTTL"},
	"ttls":       {"[]time.Duration", "rare:decodeTTLs"},
	"pttls":      {"[]time.Duration", "rare:decodePTTLs"},
	"secs":       {"time.Duration", "decodeSeconds"},
	"at":         {"time.Time", "rare:decodeExpireTime"},
	"atmilli":    {"time.Time", "rare:decodePExpireTime"},
	"ats":        {"[]Null[time.Time]", "rare:decodeExpireTimes"},
	"atmillis":   {"[]Null[time.Time]", "rare:decodePExpireTimes"},
	"time":       {"time.Time", "rare:decode.Time"},
	"lcs":        {"LCSMatches", "record:LCS"},
	"moved":      {"bool", "decode.Moved"},

	// Server, scripts, functions, publish and subscribe.
	"value":            {"Value", "decodeValue"},
	"done":             {"", "rare:decodeDone"},
	"gone":             {"", "rare:decodeGone"},
	"info":             {"ServerInfo", "rare:decodeInfo"},
	"wordmap":          {"map[string]string", "record:WordMap"},
	"commandinfos":     {"[]CommandInfo", "record:CommandInfos"},
	"nullcommandinfos": {"[]Null[CommandInfo]", "record:NullCommandInfos"},
	"commanddocs":      {"map[string]CommandDoc", "record:CommandDocs"},
	"keyflags":         {"[]KeyFlags", "record:KeyFlags"},
	"slowlog":          {"[]SlowLogEntry", "record:SlowLog"},
	"commandlog":       {"[]CommandLogEntry", "record:CommandLog"},
	"histograms":       {"map[string]LatencyHistogram", "record:Histograms"},
	"latencysamples":   {"[]LatencySample", "record:LatencySamples"},
	"latencyevents":    {"[]LatencyEvent", "record:LatencyEvents"},
	"memorystats":      {"MemoryStats", "rare:decodeMemoryStats"},
	"role":             {"Role", "rare:decodeRole"},
	"modules":          {"[]Module", "record:Modules"},
	"backupstatus":     {"BackupStatus", "record:BackupStatus"},
	"hotkeys":          {"HotKeys", "rare:decodeHotKeys"},
	"hotkeyrates":      {"[]HotKeyRate", "record:HotKeyRates"},
	"debugobject":      {"DebugObject", "rare:decodeDebugObject"},
	"libraries":        {"[]FunctionLibrary", "record:Libraries"},
	"functionstats":    {"FunctionStats", "record:FunctionStats"},
	"channelcounts":    {"[]ChannelCount", "rare:decodeChannelCounts"},
	"aofacks":          {"AOFAcks", "record:AOFAcks"},

	// JSON, vector sets, time series, Bloom and its relatives.
	"jsontexts":   {"[]Null[string]", "rare:decodeJSONTexts"},
	"jsonints":    {"[]Null[int64]", "rare:decodeJSONInts"},
	"jsonfloats":  {"[]Null[float64]", "rare:decodeJSONFloats"},
	"jsonbools":   {"[]Null[bool]", "rare:decodeJSONBools"},
	"jsontypes":   {"[]string", "rare:decode.JSONTypes"},
	"jsonkeys":    {"[]Null[[]string]", "rare:jsonKeys(path)"},
	"jsonvalue":   {"Value", "decodeValue"},
	"matches":     {"[]VectorMatch", "rare:decodeVectorMatches"},
	"floatlist":   {"[]float64", "rare:decode.FloatList"},
	"vectorraw":   {"RawVector", "rare:decodeRawVector"},
	"links":       {"[][]string", "rare:decode.Links"},
	"zlinks":      {"[][]Z", "rare:decodeZLinks"},
	"vectorinfo":  {"VectorSetInfo", "record:VectorSetInfo"},
	"tstime":      {"time.Time", "rare:decode.Milli"},
	"added":       {"[]TSAdded", "rare:decodeTSAdded"},
	"sample":      {"TSSample", "rare:decodeTSSample"},
	"samples":     {"[]TSSample", "rare:decodeTSSamples"},
	"rows":        {"[]TSRow", "rare:decodeTSRows"},
	"series":      {"[]TSSeries", "rare:decodeTSSeries"},
	"tsinfo":      {"TSSeriesInfo", "record:TSInfo"},
	"marks":       {"[]bool", "rare:decodeMarks"},
	"inserted":    {"[]int64", "rare:decodeInserted"},
	"filterchunk": {"FilterChunk", "rare:decodeFilterChunk"},
	"itemcounts":  {"[]ItemCount", "rare:decodeItemCounts"},
	"bfinfo":      {"BloomInfo", "record:BloomInfo"},
	"cfinfo":      {"CuckooInfo", "record:CuckooInfo"},
	"cmsinfo":     {"CMSSketchInfo", "record:CMSInfo"},
	"topkinfo":    {"TopKListInfo", "record:TopKInfo"},
	"tdigestinfo": {"TDigestSketchInfo", "record:TDigestInfo"},

	// Search.
	"ftsearch":           {"FTSearchResult", "rare:ftSearchReply(&options)"},
	"ftsearchprofile":    {"FTProfile[FTSearchResult]", "rare:ftSearchProfile(&options)"},
	"ftaggregate":        {"FTAggregateResult", "rare:decodeFTAggregate"},
	"ftaggregateprofile": {"FTProfile[FTAggregateResult]", "rare:decodeFTAggregateProfile"},
	"fthybrid":           {"FTAggregateResult", "rare:decodeFTRows"},
	"fthybridprofile":    {"FTProfile[FTAggregateResult]", "rare:ftAggregateProfileReply"},
	"ftindex":            {"FTIndex", "rare:decodeFTIndex"},
	"ftmisspelled":       {"[]FTMisspelled", "rare:decodeFTMisspelled"},
	"ftsynonyms":         {"map[string][]string", "rare:decode.FTSynonyms"},
	"ftconfig":           {"map[string]string", "rare:decode.Settings"},
	"ftsuggestions":      {"[]FTSuggestion", "rare:decodeFTSuggestions"},

	// Geo, streams, arrays and what came after server 7.4.
	"nullwords":      {"[]Null[string]", "record:NullWords"},
	"positions":      {"[]Null[GeoPoint]", "record:Positions"},
	"locations":      {"[]GeoLocation", "rare:locations(opts)"},
	"entries":        {"[]StreamEntry", "decodeEntries"},
	"claims":         {"[]StreamEntry", "rare:claims"},
	"streams":        {"[]StreamEntries", "decodeStreams"},
	"claimed":        {"ClaimedEntries", "rare:decodeClaimed"},
	"claimedids":     {"ClaimedIDs", "rare:decodeClaimedIDs"},
	"pending":        {"PendingSummary", "rare:decodePending"},
	"pendings":       {"[]PendingEntry", "record:Pendings"},
	"streaminfo":     {"StreamInfo", "record:StreamInfo"},
	"streaminfofull": {"StreamInfoFull", "record:StreamInfoFull"},
	"groupinfos":     {"[]GroupInfo", "record:GroupInfos"},
	"consumerinfos":  {"[]ConsumerInfo", "record:ConsumerInfos"},
	"index":          {"uint64", "rare:decode.Index"},
	"indexes":        {"[]uint64", "rare:decode.Indexes"},
	"elements":       {"[]ArrayElement", "rare:decodeElements"},
	"arrayinfo":      {"ArrayInfo", "record:ArrayInfo"},
	"increment":      {"Increment", "record:Increment"},
	"floatincrement": {"FloatIncrement", "record:FloatIncrement"},

	// Connections, ACL, cluster administration, Sentinel.
	"clientinfo":      {"ClientInfo", "rare:decodeClientInfo"},
	"clientinfos":     {"[]ClientInfo", "rare:decodeClientInfos"},
	"trackinginfo":    {"TrackingInfo", "record:TrackingInfo"},
	"dryrun":          {"string", "rare:decodeDryRun"},
	"acluser":         {"ACLUser", "rare:decodeACLUser"},
	"aclrole":         {"ACLRole", "rare:decodeACLRole"},
	"acllog":          {"[]ACLLogEntry", "record:ACLLog"},
	"bumpepoch":       {"ClusterEpoch", "rare:decodeClusterEpoch"},
	"clusterinfo":     {"ClusterInfo", "rare:decodeClusterInfo"},
	"clusterlinks":    {"[]ClusterLink", "record:ClusterLinks"},
	"clusternodes":    {"[]ClusterNode", "rare:decodeClusterNodes"},
	"clusternodelist": {"[]ClusterNode", "rare:decodeClusterNodeList"},
	"clustershards":   {"[]ClusterShard", "record:ClusterShards"},
	"clusterpage":     {"ClusterPage", "record:ClusterPage"},
	"clusterslots":    {"[]ClusterSlotNodes", "record:ClusterSlots"},
	"slotstats":       {"[]SlotStats", "rare:decodeSlotStats"},
	"slotmigrations":  {"[]SlotMigrationState", "record:SlotMigrations"},
	"migrationtask":   {"MigrationTask", "rare:decodeMigrationTask"},
	"migrationtasks":  {"[]MigrationTask", "record:MigrationTasks"},
	"address":         {"Address", "record:Address"},
	"debugtimes":      {"map[string]time.Duration", "record:DebugTimes"},
	"infocache":       {"map[string][]CachedInfo", "record:InfoCache"},
	"masterdown":      {"MasterDown", "rare:decodeMasterDown"},
	"sentinelstate":   {"SentinelState", "record:SentinelState"},
	"sentinelstates":  {"[]SentinelState", "record:SentinelStates"},
	"sentinelmap":     {"map[string]SentinelState", "rare:decodeSentinelMap"},
	"sentinelscripts": {"[]SentinelScript", "record:SentinelScripts"},
}
