package main

import (
	"strconv"
	"strings"
)

// argKind is a kind of arguments: their type in Go, and the statements that send them. The statements are
// templates, see fill.
type argKind struct {
	goType  string // of the parameter or of a list's elements; "" if the kind's parameter is the type
	list    bool   // a slice or variadic; the call counts its own words
	counts  bool   // the call counts its own words
	put     string // the statement that sends the argument
	counted string // the statement that sends a list's length and the list, "" if there is none
	blocks  bool   // a time for which the server may block
	secret  bool   // not shown in texts
}

// countsWords reports whether the encoder's call counts its own words.
func (k argKind) countsWords() bool { return k.list || k.counts }

// fill puts an argument into a template. {value} is the Go expression for the argument, {name} its quoted
// name for error texts, {param} the quoted parameter of its kind, and {other} this parameter without quotes:
// the name of another argument.
func fill(template, value, name, param string) string {
	return strings.NewReplacer("{value}", value, "{name}", strconv.Quote(name),
		"{param}", strconv.Quote(strings.ReplaceAll(param, "/", " or ")), "{other}", param).Replace(template)
}

// call returns the statement that sends an argument of this kind.
func (k argKind) call(value, name, param string) string { return fill(k.put, value, name, param) }

// argKinds are the kinds of arguments, by their words in the table.
var argKinds = map[string]argKind{
	"key":         {goType: "string", put: "e.Key({value})"},
	"text":        {goType: "string", put: "e.Text({value})"},
	"word":        {goType: "string", put: "e.Word({value})"},
	"value":       {goType: "any", put: "e.Value({name}, {value})"},
	"bound":       {goType: "any", put: "e.Bound({name}, {value})"},
	"lex":         {goType: "string", put: "e.Lex({value})"},
	"int":         {goType: "int64", put: "e.Int({value})"},
	"int-1":       {goType: "int64", put: "e.IntAtLeast({name}, {value}, -1)"},
	"int0":        {goType: "int64", put: "e.IntAtLeast({name}, {value}, 0)"},
	"int1":        {goType: "int64", put: "e.IntAtLeast({name}, {value}, 1)"},
	"nonzero":     {goType: "int64", put: "e.Nonzero({name}, {value})"},
	"uint":        {goType: "uint64", put: "e.Uint({value})"},
	"float":       {goType: "float64", put: "e.Float({value})"},
	"bit":         {goType: "int", put: "e.Bit({name}, {value})"},
	"seconds":     {goType: "time.Duration", put: "e.Seconds({name}, {value}, {param})"},
	"ttlSeconds":  {goType: "time.Duration", put: "e.SecondsAbove0({name}, {value}, {param})"},
	"millis":      {goType: "time.Duration", put: "e.Millis({name}, {value})"},
	"ttlMillis":   {goType: "time.Duration", put: "e.MillisAbove0({name}, {value})"},
	"ttl":         {goType: "time.Duration", put: "e.Lifetime({name}, {value})"},
	"lifetime":    {goType: "time.Duration", put: "e.MillisDown({name}, {value})"},
	"millisfrom0": {goType: "time.Duration", put: "e.MillisFrom0({name}, {value})"},
	"unix":        {goType: "time.Time", put: "e.Unix({name}, {value}, {param})"},
	"unixmilli":   {goType: "time.Time", put: "e.UnixMilli({name}, {value})"},
	"after1970":   {goType: "time.Time", put: "e.UnixMilliAbove0({name}, {value})"},
	"wait":        {goType: "time.Duration", put: "e.Timeout({value})", blocks: true},
	"waitmillis":  {goType: "time.Duration", put: "e.WaitMillis({name}, {value})", blocks: true},

	"ListSide":     {goType: "ListSide", put: "e.Choice({name}, int({value}), sideWords[:])"},
	"ListWhere":    {goType: "ListWhere", put: "e.Choice({name}, int({value}), whereWords[:])"},
	"ZMinMax":      {goType: "ZMinMax", put: "e.Choice({name}, int({value}), minMaxWords[:])"},
	"BitOperation": {goType: "BitOperation", put: "e.Choice({name}, int({value}), bitOperationWords[:])"},

	"keys":       {goType: "string", list: true, put: "e.List({name}, {value})", counted: "e.Counted({name}, {value})"},
	"texts":      {goType: "string", list: true, put: "e.List({name}, {value})", counted: "e.Counted({name}, {value})"},
	"texts?":     {goType: "string", list: true, put: "e.AnyList({value})"},
	"group":      {goType: "string", list: true, put: "e.List({name}, {value})"},
	"values":     {goType: "any", list: true, put: "e.Values({name}, {value})"},
	"anyvalues":  {goType: "any", list: true, put: "e.AnyValues({name}, {value})"},
	"pairs":      {goType: "any", list: true, put: "e.Pairs({name}, {value})", counted: "e.CountedPairs({name}, {value})"},
	"scored":     {goType: "Z", list: true, put: "putScored(e, {name}, {value})"},
	"bitsources": {goType: "string", list: true, put: "e.BitSources({name}, {value}, bitOperationWords[:], int({other}))"},
	"bitops":     {goType: "BitFieldOp", list: true, put: "putBitOps(e, {name}, {value}, false)"},
	"bitreads":   {goType: "BitFieldOp", list: true, put: "putBitOps(e, {name}, {value}, true)"},

	// Server, scripts, functions.
	"words":         {goType: "string", list: true, put: "e.Words({name}, {value})", counted: "e.CountedWords({name}, {value})"},
	"words?":        {goType: "string", list: true, put: "e.AnyWords({value})"},
	"keys?":         {goType: "string", list: true, put: "e.AnyList({value})", counted: "e.CountedAny({name}, {value})"},
	"settings":      {goType: "any", list: true, put: "e.Settings({name}, {value})"},
	"numbers":       {goType: "int64", list: true, put: "e.AnyInts({value})"},
	"moduleconfig":  {goType: "ModuleConfig", list: true, put: "putModuleConfig(e, {value})"},
	"moduleargs":    {goType: "string", list: true, put: "e.ModuleArgs({value})"},
	"CommandLog":    {goType: "CommandLog", put: "e.Choice({name}, int({value}), commandLogWords[:])"},
	"HotKeyMetrics": {goType: "HotKeyMetrics", put: "putHotKeyMetrics(e, {name}, {value})"},

	// JSON, vector sets, time series, Bloom and its relatives. The parameter of a reducer is the list of
	// options.
	"json":         {goType: "any", put: "putJSON(e, {name}, {value})"},
	"jsons":        {goType: "any", list: true, put: "putJSONs(e, {name}, {value})"},
	"jsonentries":  {goType: "JSONEntry", list: true, put: "putJSONEntries(e, {name}, {value})"},
	"vector":       {goType: "Vector", put: "putVector(e, {name}, {value})"},
	"query":        {goType: "VectorQuery", put: "putVectorQuery(e, {name}, {value})"},
	"from":         {goType: "time.Time", put: `e.InstantOr({value}, "-")`},
	"until":        {goType: "time.Time", put: `e.InstantOr({value}, "+")`},
	"sampletime":   {goType: "time.Time", put: `e.InstantOr({value}, "*")`},
	"bucket":       {goType: "time.Duration", put: "e.Bucket({name}, {value})"},
	"TSCursor":     {goType: "TSCursor", put: "putTSCursor(e, {value})"},
	"TSAggregator": {goType: "TSAggregator", put: "e.Choice({name}, int({value}), tsAggregatorWords[:])"},
	"reducer":      {goType: "TSAggregator", put: "putReducer(e, {name}, {value}, {other})"},
	"points":       {goType: "TSPoint", list: true, put: "putPoints(e, {name}, {value})"},
	"floats":       {goType: "float64", list: true, put: "e.Floats({name}, {value})"},
	"ranks":        {goType: "int64", list: true, put: "e.Ints({name}, {value})"},
	"itemcounts":   {goType: "ItemCount", list: true, put: "putItemCounts(e, {name}, {value})"},

	// Search: structs of options.
	"ftcreate":     {goType: "FTCreateOptions", counts: true, put: "putFTCreate(e, &{value})"},
	"ftfields":     {goType: "FTField", list: true, put: "putFTFields(e, {value})"},
	"ftsearch":     {goType: "FTSearchOptions", counts: true, put: "putFTSearch(e, &{value})"},
	"ftaggregate":  {goType: "FTAggregateOptions", counts: true, put: "putFTAggregate(e, &{value})"},
	"ftsteps":      {goType: "FTStep", list: true, put: "putFTSteps(e, {value})"},
	"fthybrid":     {goType: "FTHybridQuery", counts: true, put: "putFTHybrid(e, &{value})"},
	"ftspellcheck": {goType: "FTSpellCheckOptions", counts: true, put: "putFTSpellCheck(e, &{value})"},

	// Geo, streams and arrays. The producer is an argument of IDMP.
	"geopoints":      {goType: "GeoLocation", list: true, put: "putGeoMembers(e, {name}, {value})"},
	"polygon":        {goType: "GeoPoint", list: true, put: "putVertices(e, {value})", counted: "putCountedVertices(e, {name}, {value})"},
	"GeoUnit":        {goType: "GeoUnit", put: "e.Choice({name}, int({value}), geoUnitWords[:])"},
	"newid":          {goType: "string", put: "e.NewID({name}, {value})"},
	"producer":       {goType: "string", put: "e.Producer({value})"},
	"streams":        {goType: "StreamFrom", list: true, put: "putStreams(e, {name}, {value})"},
	"StreamNackMode": {goType: "StreamNackMode", put: "e.Choice({name}, int({value}), nackModeWords[:])"},
	"indexes":        {goType: "uint64", list: true, put: "e.Indexes({name}, {value})"},
	"elements":       {goType: "ArrayElement", list: true, put: "putElements(e, {name}, {value})"},
	"ranges":         {goType: "ArrayRange", list: true, put: "putRanges(e, {name}, {value})"},
	"predicates":     {goType: "ArrayPredicate", list: true, put: "putPredicates(e, {name}, {value})"},

	// Connections, ACL, cluster administration, Sentinel. The parameter of slotfrom is the last slot. The
	// words of aclrules after the first one are counted by the call.
	"slot":              {goType: "int64", put: "e.Slot({name}, {value})"},
	"slotfrom":          {goType: "int64", put: "e.SlotFrom({name}, {value}, {other})"},
	"ClusterSlotMetric": {goType: "ClusterSlotMetric", put: "e.Choice({name}, int({value}), slotMetricWords[:])"},
	"aclrules":          {goType: "ACLRules", put: "putACLRules(e, &{value})"},
	"slots":             {goType: "int64", list: true, put: "e.Slots({name}, {value})"},
	"slotranges":        {goType: "SlotRange", list: true, put: "putSlotRanges(e, {name}, {value})"},
	"migrations":        {goType: "ClusterSlotMigration", list: true, put: "putMigrations(e, {name}, {value})"},
	"clientfilters":     {goType: "ClientFilter", list: true, put: "putClientFilters(e, {name}, {value}, true)"},
	"clientfilters?":    {goType: "ClientFilter", list: true, put: "putClientFilters(e, {name}, {value}, false)"},
	"crashes":           {goType: "SentinelCrash", list: true, put: "putCrashes(e, {name}, {value})"},

	// Options. The kind one is exactly one option of the type in its parameter. The words before each are
	// repeated for each element. The server may be busy with the command until the time of busy and
	// busyfrom0.
	"one":            {counts: true, put: "putOne(e, {name}, {value})"},
	"each":           {goType: "string", list: true},
	"idle":           {goType: "time.Duration", put: "e.Idle({name}, {value})"},
	"spanseconds":    {goType: "time.Duration", put: "e.SecondsSpan({name}, {value})"},
	"timeout":        {goType: "time.Duration", put: "e.TimeoutMillis({name}, {value})"},
	"password":       {goType: "string", put: "e.Word({value})", secret: true},
	"busy":           {goType: "time.Duration", put: "e.BusyMillis({name}, {value})"},
	"busyfrom0":      {goType: "time.Duration", put: "e.BusyMillisFrom0({name}, {value})"},
	"weights":        {goType: "float64", list: true, put: "e.Weights({value})"},
	"intweights":     {goType: "int64", list: true, put: "e.IntWeights({value})"},
	"countedints":    {goType: "int64", list: true, put: "e.CountedInts({name}, {value})"},
	"FloatType":      {goType: "FloatType", put: "e.Choice({name}, int({value}), floatTypeWords[:])"},
	"instants":       {goType: "time.Time", list: true, put: "e.Instants({name}, {value})"},
	"labels":         {goType: "map[string]string", counts: true, put: "e.Labels({value})"},
	"TSPolicy":       {goType: "TSPolicy", put: "e.Choice({name}, int({value}), tsPolicyWords[:])"},
	"aggregators":    {goType: "TSAggregator", list: true, put: "putAggregators(e, {name}, {value})"},
	"keyaggregators": {goType: "[]TSAggregator", list: true, put: "putKeyAggregators(e, {name}, {value})"},
	"MoveOrder":      {goType: "MoveOrder", put: "e.Choice({name}, int({value}), moveOrderWords[:])"},
}

// replyKind is a kind of replies: the result of a method, and the code that reads it.
type replyKind struct {
	name   string // part of the names of the variable kindString and the function intoString
	goType string // of the result; "" if the method returns only an error
	// The reply is read by one of the next three. The others are "" or false.
	decode string // a function that decodes into a *goType
	record bool   // decodeRecord reads the reply into the fields or elements of goType
	fill   string // an expression for the filler if it depends on arguments; {size} is the one in parentheses
	// handle is the type of a queued command's handle, if it is neither Reply[goType] nor Status. Types of
	// results that few commands have get such a type, because every package that imports redpoll compiles the
	// methods of a generic type again for each type of result. Handles are part of the API.
	handle string
	hot    bool // programs may need it in a hot path, so only the result itself is allocated
	counts bool // the result tells how much has changed, so a second execution may return another one
}

// variable returns the name of the variable with the kind in package redpoll.
func (k replyKind) variable() string { return "kind" + k.name }

// filler returns the name of the function that decodes a reply through a pointer, "nil" if the filler depends
// on the call's arguments.
func (k replyKind) filler() string {
	switch {
	case k.record:
		return "decodeRecord"
	case k.decode != "":
		return "into" + k.name
	}
	return "nil"
}

// handleType returns the type of the handles, which methods of Pipeline return as a pointer.
func (k replyKind) handleType() string {
	switch {
	case k.handle != "":
		return k.handle
	case k.goType == "":
		return "Status"
	}
	return "Reply[" + k.goType + "]"
}

// replyKinds are the kinds of replies, by their words in the table.
var replyKinds = map[string]replyKind{
	"ok":         {name: "OK", decode: "decode.OK"},
	"pong":       {name: "Pong", decode: "decode.Pong"},
	"string":     {name: "String", goType: "string", decode: "decode.String", hot: true},
	"word":       {name: "Word", goType: "string", decode: "decode.Word", hot: true},
	"words":      {name: "Words", goType: "[]string", decode: "decode.Words", hot: true},
	"seen":       {name: "Seen", goType: "string", decode: "decode.Seen"},
	"bytes":      {name: "Bytes", goType: "[]byte", decode: "decode.Bytes", hot: true},
	"byteslist":  {name: "BytesList", goType: "[][]byte", decode: "decode.BytesList", hot: true},
	"int":        {name: "Int", goType: "int64", decode: "decode.Int", counts: true, hot: true},
	"ints":       {name: "Ints", goType: "[]int64", decode: "decode.Ints", counts: true, hot: true},
	"nullints":   {name: "NullInts", goType: "[]Null[int64]", decode: "decodeNullInts", hot: true},
	"bool":       {name: "Bool", goType: "bool", decode: "decode.Bool", counts: true, hot: true},
	"bools":      {name: "Bools", goType: "[]bool", decode: "decode.Bools", hot: true},
	"float":      {name: "Float", goType: "float64", decode: "decode.Float", hot: true},
	"nullfloats": {name: "NullFloats", goType: "[]Null[float64]", decode: "decodeNullFloats"},
	"strings":    {name: "Strings", goType: "[]string", decode: "decode.Strings", hot: true},
	"nulls":      {name: "Nulls", goType: "[]Null[string]", decode: "decodeNulls", hot: true},
	"groups":     {name: "Groups", goType: "[][]Null[string]", fill: "intoGroups(len({size}))", handle: "GroupsReply"},
	"map":        {name: "Map", goType: "map[string]string", decode: "decode.Map", hot: true},
	"fields":     {name: "Fields", goType: "[]FieldValue", decode: "decodeFields", hot: true},
	"keyvalue":   {name: "KeyValue", goType: "KeyValue", decode: "decodeKeyValue"},
	"keyvalues":  {name: "KeyValues", goType: "KeyValues", decode: "decodeKeyValues"},
	"z":          {name: "Z", goType: "Z", decode: "decodeZ", hot: true},
	"zs":         {name: "Zs", goType: "[]Z", decode: "decodeZs", hot: true},
	"keyz":       {name: "KeyZ", goType: "KeyZ", decode: "decodeKeyZ"},
	"keyzs":      {name: "KeyZs", goType: "KeyZs", decode: "decodeKeyZs"},
	"rankscore":  {name: "RankScore", goType: "RankScore", decode: "decodeRankScore"},
	"page":       {name: "Page", goType: "ScanPage[string]", decode: "decodePage"},
	"fieldpage":  {name: "FieldPage", goType: "ScanPage[FieldValue]", decode: "decodeFieldPage"},
	"zpage":      {name: "ZPage", goType: "ScanPage[Z]", decode: "decodeZPage"},
	"ttl":        {name: "TTL", goType: "time.Duration", decode: "decodeTTL", hot: true},
	"pttl":       {name: "PTTL", goType: "time.Duration", decode: "decodePTTL", hot: true},
	"ttls":       {name: "TTLs", goType: "[]time.Duration", decode: "decodeTTLs"},
	"pttls":      {name: "PTTLs", goType: "[]time.Duration", decode: "decodePTTLs"},
	"secs":       {name: "Seconds", goType: "time.Duration", decode: "decodeSeconds", hot: true},
	"at":         {name: "ExpireTime", goType: "time.Time", decode: "decodeExpireTime"},
	"atmilli":    {name: "PExpireTime", goType: "time.Time", decode: "decodePExpireTime"},
	"ats":        {name: "ExpireTimes", goType: "[]Null[time.Time]", decode: "decodeExpireTimes"},
	"atmillis":   {name: "PExpireTimes", goType: "[]Null[time.Time]", decode: "decodePExpireTimes"},
	"time":       {name: "Time", goType: "time.Time", decode: "decode.Time"},
	"lcs":        {name: "LCS", goType: "LCSMatches", record: true, handle: "LCSMatchesReply"},
	"moved":      {name: "Moved", goType: "bool", decode: "decode.Moved", hot: true},

	// Server, scripts, functions, publish and subscribe.
	"value":            {name: "Value", goType: "Value", decode: "decodeValue", hot: true},
	"done":             {name: "Done", decode: "decodeDone"},
	"gone":             {name: "Gone", decode: "decodeGone"},
	"info":             {name: "Info", goType: "ServerInfo", decode: "decodeInfo", handle: "ServerInfoReply"},
	"wordmap":          {name: "WordMap", goType: "map[string]string", record: true},
	"commandinfos":     {name: "CommandInfos", goType: "[]CommandInfo", record: true, handle: "CommandInfosReply"},
	"nullcommandinfos": {name: "NullCommandInfos", goType: "[]Null[CommandInfo]", record: true, handle: "NullCommandInfosReply"},
	"commanddocs":      {name: "CommandDocs", goType: "map[string]CommandDoc", record: true, handle: "CommandDocsReply"},
	"keyflags":         {name: "KeyFlags", goType: "[]CommandKeyFlags", record: true, handle: "CommandKeyFlagsReply"},
	"slowlog":          {name: "SlowLog", goType: "[]SlowLogEntry", record: true, handle: "SlowLogEntriesReply"},
	"commandlog":       {name: "CommandLog", goType: "[]CommandLogEntry", record: true, handle: "CommandLogEntriesReply"},
	"histograms":       {name: "Histograms", goType: "map[string]LatencyHistogram", record: true, handle: "LatencyHistogramsReply"},
	"latencysamples":   {name: "LatencySamples", goType: "[]LatencySample", record: true, handle: "LatencySamplesReply"},
	"latencyevents":    {name: "LatencyEvents", goType: "[]LatencyEvent", record: true, handle: "LatencyEventsReply"},
	"memorystats":      {name: "MemoryStats", goType: "MemoryStats", decode: "decodeMemoryStats", handle: "MemoryStatsReply"},
	"role":             {name: "Role", goType: "RoleInfo", decode: "decodeRole", handle: "RoleInfoReply"},
	"modules":          {name: "Modules", goType: "[]ModuleInfo", record: true, handle: "ModuleInfosReply"},
	"backupstatus":     {name: "BackupStatus", goType: "BackupStatus", record: true, handle: "BackupStatusReply"},
	"hotkeys":          {name: "HotKeys", goType: "HotKeys", decode: "decodeHotKeys", handle: "HotKeysReply"},
	"hotkeyrates":      {name: "HotKeyRates", goType: "[]HotKeyRate", record: true, handle: "HotKeyRatesReply"},
	"debugobject":      {name: "DebugObject", goType: "DebugObject", decode: "decodeDebugObject", handle: "DebugObjectReply"},
	"libraries":        {name: "Libraries", goType: "[]FunctionLibrary", record: true, handle: "FunctionLibrariesReply"},
	"functionstats":    {name: "FunctionStats", goType: "FunctionStats", record: true, handle: "FunctionStatsReply"},
	"channelcounts":    {name: "ChannelCounts", goType: "[]ChannelCount", decode: "decodeChannelCounts", handle: "ChannelCountsReply"},
	"aofacks":          {name: "AOFAcks", goType: "WaitAOFResult", record: true, handle: "WaitAOFResultReply"},

	// JSON, vector sets, time series, Bloom and its relatives.
	"jsontexts":   {name: "JSONTexts", goType: "[]Null[string]", decode: "decodeJSONTexts"},
	"jsonints":    {name: "JSONInts", goType: "[]Null[int64]", decode: "decodeJSONInts"},
	"jsonfloats":  {name: "JSONFloats", goType: "[]Null[float64]", decode: "decodeJSONFloats"},
	"jsonbools":   {name: "JSONBools", goType: "[]Null[bool]", decode: "decodeJSONBools", handle: "JSONBoolsReply"},
	"jsontypes":   {name: "JSONTypes", goType: "[]string", decode: "decode.JSONTypes"},
	"jsonkeys":    {name: "JSONKeys", goType: "[]Null[[]string]", fill: "jsonKeys(path)", handle: "JSONKeysReply"},
	"matches":     {name: "VectorMatches", goType: "[]VectorMatch", decode: "decodeVectorMatches", handle: "VectorMatchesReply"},
	"floatlist":   {name: "FloatList", goType: "[]float64", decode: "decode.FloatList", handle: "FloatListReply"},
	"vectorraw":   {name: "RawVector", goType: "RawVector", decode: "decodeRawVector", handle: "RawVectorReply"},
	"links":       {name: "Links", goType: "[][]string", decode: "decode.Links", handle: "VectorLinksReply"},
	"zlinks":      {name: "ZLinks", goType: "[][]Z", decode: "decodeZLinks", handle: "VectorScoredLinksReply"},
	"vectorinfo":  {name: "VectorSetInfo", goType: "VectorSetInfo", record: true, handle: "VectorSetInfoReply"},
	"tstime":      {name: "Milli", goType: "time.Time", decode: "decode.Milli"},
	"added":       {name: "TSAdded", goType: "[]TSAdded", decode: "decodeTSAdded", handle: "TSAddedReply"},
	"sample":      {name: "TSSample", goType: "TSSample", decode: "decodeTSSample", handle: "TSSampleReply"},
	"samples":     {name: "TSSamples", goType: "[]TSSample", decode: "decodeTSSamples", handle: "TSSamplesReply"},
	"rows":        {name: "TSRows", goType: "[]TSRow", decode: "decodeTSRows", handle: "TSRowsReply"},
	"series":      {name: "TSSeries", goType: "[]TSSeries", decode: "decodeTSSeries", handle: "TSSeriesReply"},
	"tsinfo":      {name: "TSInfo", goType: "TSSeriesInfo", record: true, handle: "TSSeriesInfoReply"},
	"marks":       {name: "Marks", goType: "[]bool", decode: "decodeMarks", counts: true},
	"inserted":    {name: "Inserted", goType: "[]int64", decode: "decodeInserted"},
	"filterchunk": {name: "FilterChunk", goType: "FilterChunk", decode: "decodeFilterChunk", handle: "FilterChunkReply"},
	"itemcounts":  {name: "ItemCounts", goType: "[]ItemCount", decode: "decodeItemCounts", handle: "ItemCountsReply"},
	"bfinfo":      {name: "BloomInfo", goType: "BloomInfo", record: true, handle: "BloomInfoReply"},
	"cfinfo":      {name: "CuckooInfo", goType: "CuckooInfo", record: true, handle: "CuckooInfoReply"},
	"cmsinfo":     {name: "CMSInfo", goType: "CMSSketchInfo", record: true, handle: "CMSSketchInfoReply"},
	"topkinfo":    {name: "TopKInfo", goType: "TopKListInfo", record: true, handle: "TopKListInfoReply"},
	"tdigestinfo": {name: "TDigestInfo", goType: "TDigestSketchInfo", record: true, handle: "TDigestSketchInfoReply"},

	// Search.
	"ftsearch":           {name: "FTSearch", goType: "FTSearchResult", fill: "ftSearchReply(&options)", handle: "FTSearchResultReply"},
	"ftsearchprofile":    {name: "FTSearchProfile", goType: "FTProfile[FTSearchResult]", fill: "ftSearchProfile(&options)", handle: "FTSearchProfileReply"},
	"ftaggregate":        {name: "FTAggregate", goType: "FTAggregateResult", decode: "decodeFTAggregate", handle: "FTAggregateResultReply"},
	"ftaggregateprofile": {name: "FTAggregateProfile", goType: "FTProfile[FTAggregateResult]", decode: "decodeFTAggregateProfile", handle: "FTAggregateProfileReply"},
	"fthybrid":           {name: "FTRows", goType: "FTAggregateResult", decode: "decodeFTRows", handle: "FTAggregateResultReply"},
	"fthybridprofile":    {name: "FTRowsProfile", goType: "FTProfile[FTAggregateResult]", decode: "decodeFTRowsProfile", handle: "FTAggregateProfileReply"},
	"ftindex":            {name: "FTIndex", goType: "FTIndex", decode: "decodeFTIndex", handle: "FTIndexReply"},
	"ftmisspelled":       {name: "FTMisspelled", goType: "[]FTMisspelled", decode: "decodeFTMisspelled", handle: "FTMisspelledReply"},
	"ftsynonyms":         {name: "FTSynonyms", goType: "map[string][]string", decode: "decode.FTSynonyms", handle: "FTSynonymsReply"},
	"ftconfig":           {name: "Settings", goType: "map[string]string", decode: "decode.Settings"},
	"ftsuggestions":      {name: "FTSuggestions", goType: "[]FTSuggestion", decode: "decodeFTSuggestions", handle: "FTSuggestionsReply"},

	// Geo, streams, arrays and what came after server 7.4.
	"nullwords":      {name: "NullWords", goType: "[]Null[string]", record: true},
	"positions":      {name: "Positions", goType: "[]Null[GeoPoint]", record: true, handle: "GeoPointsReply"},
	"locations":      {name: "Locations", goType: "[]GeoLocation", fill: "locations(opts)", handle: "GeoLocationsReply"},
	"entries":        {name: "Entries", goType: "[]StreamEntry", decode: "decodeEntries", hot: true},
	"claims":         {name: "Claims", goType: "[]StreamEntry", decode: "decodeClaims"},
	"streams":        {name: "Streams", goType: "[]StreamEntries", decode: "decodeStreams", hot: true},
	"claimed":        {name: "Claimed", goType: "StreamClaimedEntries", decode: "decodeClaimed", handle: "StreamClaimedEntriesReply"},
	"claimedids":     {name: "ClaimedIDs", goType: "StreamClaimedIDs", decode: "decodeClaimedIDs", handle: "StreamClaimedIDsReply"},
	"pending":        {name: "Pending", goType: "StreamPendingSummary", decode: "decodePending", handle: "StreamPendingSummaryReply"},
	"pendings":       {name: "Pendings", goType: "[]StreamPendingEntry", record: true, handle: "StreamPendingEntriesReply"},
	"streaminfo":     {name: "StreamInfo", goType: "StreamInfo", record: true, handle: "StreamInfoReply"},
	"streaminfofull": {name: "StreamInfoFull", goType: "StreamInfoFull", record: true, handle: "StreamInfoFullReply"},
	"groupinfos":     {name: "GroupInfos", goType: "[]StreamGroup", record: true, handle: "StreamGroupsReply"},
	"consumerinfos":  {name: "ConsumerInfos", goType: "[]StreamConsumer", record: true, handle: "StreamConsumersReply"},
	"index":          {name: "Index", goType: "uint64", decode: "decode.Index", handle: "ArrayIndexReply"},
	"indexes":        {name: "Indexes", goType: "[]uint64", decode: "decode.Indexes", handle: "ArrayIndexesReply"},
	"elements":       {name: "Elements", goType: "[]ArrayElement", decode: "decodeElements", handle: "ArrayElementsReply"},
	"arrayinfo":      {name: "ArrayInfo", goType: "ArrayInfo", record: true, handle: "ArrayInfoReply"},
	"increment":      {name: "Increment", goType: "IncrExResult", record: true, handle: "IncrExResultReply"},
	"floatincrement": {name: "FloatIncrement", goType: "IncrExFloatResult", record: true, handle: "IncrExFloatResultReply"},

	// Connections, ACL, cluster administration, Sentinel.
	"clientinfo":      {name: "ClientInfo", goType: "ClientInfo", decode: "decodeClientInfo", handle: "ClientInfoReply"},
	"clientinfos":     {name: "ClientInfos", goType: "[]ClientInfo", decode: "decodeClientInfos", handle: "ClientInfosReply"},
	"trackinginfo":    {name: "TrackingInfo", goType: "TrackingInfo", record: true, handle: "TrackingInfoReply"},
	"dryrun":          {name: "DryRun", goType: "string", decode: "decodeDryRun"},
	"acluser":         {name: "ACLUser", goType: "ACLUser", decode: "decodeACLUser", handle: "ACLUserReply"},
	"aclrole":         {name: "ACLRole", goType: "ACLRole", decode: "decodeACLRole", handle: "ACLRoleReply"},
	"acllog":          {name: "ACLLog", goType: "[]ACLLogEntry", record: true, handle: "ACLLogEntriesReply"},
	"bumpepoch":       {name: "ClusterEpoch", goType: "ClusterEpoch", decode: "decodeClusterEpoch", handle: "ClusterEpochReply"},
	"clusterinfo":     {name: "ClusterInfo", goType: "ClusterInfo", decode: "decodeClusterInfo", handle: "ClusterInfoReply"},
	"clusterlinks":    {name: "ClusterLinks", goType: "[]ClusterLink", record: true, handle: "ClusterLinksReply"},
	"clusternodes":    {name: "ClusterNodes", goType: "[]ClusterNode", decode: "decodeClusterNodes", handle: "ClusterNodesReply"},
	"clusternodelist": {name: "ClusterNodeList", goType: "[]ClusterNode", decode: "decodeClusterNodeList", handle: "ClusterNodesReply"},
	"clustershards":   {name: "ClusterShards", goType: "[]ClusterShard", record: true, handle: "ClusterShardsReply"},
	"clusterpage":     {name: "ClusterPage", goType: "ClusterPage", record: true, handle: "ClusterPageReply"},
	"clusterslots":    {name: "ClusterSlots", goType: "[]ClusterSlotNodes", record: true, handle: "ClusterSlotNodesReply"},
	"slotstats":       {name: "SlotStats", goType: "[]ClusterSlotStats", decode: "decodeSlotStats", handle: "ClusterSlotStatsReply"},
	"slotmigrations":  {name: "SlotMigrations", goType: "[]ClusterSlotMigrationState", record: true, handle: "ClusterSlotMigrationStatesReply"},
	"migrationtask":   {name: "MigrationTask", goType: "ClusterMigrationTask", decode: "decodeMigrationTask", handle: "ClusterMigrationTaskReply"},
	"migrationtasks":  {name: "MigrationTasks", goType: "[]ClusterMigrationTask", record: true, handle: "ClusterMigrationTasksReply"},
	"address":         {name: "Address", goType: "HostPort", record: true, handle: "HostPortReply"},
	"debugtimes":      {name: "DebugTimes", goType: "map[string]time.Duration", record: true, handle: "DebugTimesReply"},
	"infocache":       {name: "InfoCache", goType: "map[string][]SentinelCachedInfo", record: true, handle: "SentinelCachedInfosReply"},
	"masterdown":      {name: "MasterDown", goType: "SentinelMasterDown", decode: "decodeMasterDown", handle: "SentinelMasterDownReply"},
	"sentinelstate":   {name: "SentinelState", goType: "SentinelState", record: true, handle: "SentinelStateReply"},
	"sentinelstates":  {name: "SentinelStates", goType: "[]SentinelState", record: true, handle: "SentinelStatesReply"},
	"sentinelmap":     {name: "SentinelMap", goType: "map[string]SentinelState", decode: "decodeSentinelMap", handle: "SentinelStateMapReply"},
	"sentinelscripts": {name: "SentinelScripts", goType: "[]SentinelScript", record: true, handle: "SentinelScriptsReply"},
}
