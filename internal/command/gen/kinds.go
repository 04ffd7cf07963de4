package main

import "strings"

// argKind says how a method's argument looks in Go and how it is sent.
type argKind struct {
	goType string // of the parameter
	list   bool   // a slice, or variadic; it counts its own words
	put    string // the encoder's call; see render
}

// argKinds are the kinds of arguments. In put, $x is the argument, $n its
// quoted name and $p the quoted parameter of the kind.
var argKinds = map[string]argKind{
	"key":        {"string", false, "e.key($x)"},
	"text":       {"string", false, "e.string($x)"},
	"word":       {"string", false, "e.word($x)"},
	"value":      {"any", false, "e.value($n, $x)"},
	"bound":      {"any", false, "e.bound($n, $x)"},
	"lex":        {"string", false, "e.lex($x)"},
	"int":        {"int64", false, "e.int($x)"},
	"cursor":     {"uint64", false, "e.uint($x)"},
	"float":      {"float64", false, "e.float($x)"},
	"bit":        {"int", false, "e.bit($n, $x)"},
	"seconds":    {"time.Duration", false, "e.seconds($n, $x, $p)"},
	"ttlSeconds": {"time.Duration", false, "e.secondsAbove0($n, $x, $p)"},
	"millis":     {"time.Duration", false, "e.millis($n, $x)"},
	"ttlMillis":  {"time.Duration", false, "e.millisAbove0($n, $x)"},
	"ttlOrNone":  {"time.Duration", false, "e.millisFrom0($n, $x)"},
	"unix":       {"time.Time", false, "e.unix($n, $x, $p)"},
	"unixmilli":  {"time.Time", false, "e.unixMilli($n, $x)"},
	"wait":       {"time.Duration", false, "e.wait($x)"},
	"waitmillis": {"time.Duration", false, "e.waitMillis($n, $x)"},

	"Side":         {"Side", false, "e.choice($n, int($x), sideWords[:])"},
	"Where":        {"Where", false, "e.choice($n, int($x), whereWords[:])"},
	"MinMax":       {"MinMax", false, "e.choice($n, int($x), minMaxWords[:])"},
	"BitOperation": {"BitOperation", false, "e.choice($n, int($x), bitOperationWords[:])"},

	"keys":      {"string", true, "e.list($n, $x)"},
	"texts":     {"string", true, "e.list($n, $x)"},
	"texts?":    {"string", true, "e.anyList($x)"},
	"group":     {"string", true, "e.list($n, $x)"},
	"values":    {"any", true, "e.values($n, $x)"},
	"anyvalues": {"any", true, "e.anyValues($n, $x)"},
	"pairs":     {"any", true, "e.pairs($n, $x)"},
	"scored":    {"Z", true, "e.scored($n, $x)"},
	"bitops":    {"BitFieldOp", true, "e.bitOps($n, $x, false)"},
	"bitreads":  {"BitFieldOp", true, "e.bitOps($n, $x, true)"},

	// Connections, ACL, cluster administration, Sentinel. Rules of an ACL are at least one word, and count the others.
	"slot":           {"int64", false, "e.slot($n, $x)"},
	"millisfrom0":    {"time.Duration", false, "e.pause($n, $x)"},
	"SlotMetric":     {"SlotMetric", false, "e.choice($n, int($x), slotMetricWords[:])"},
	"aclrules":       {"ACLRules", false, "e.aclRules(&$x)"},
	"words":          {"string", true, "e.words($n, $x)"},
	"words?":         {"string", true, "e.anyWords($x)"},
	"slots":          {"int64", true, "e.slots($n, $x)"},
	"slotranges":     {"SlotRange", true, "e.slotRanges($n, $x)"},
	"migrations":     {"SlotMigration", true, "e.migrations($n, $x)"},
	"clientfilters":  {"ClientFilter", true, "e.clientFilters($n, $x, true)"},
	"clientfilters?": {"ClientFilter", true, "e.clientFilters($n, $x, false)"},
	"plainpairs":     {"any", true, "e.plainPairs($n, $x)"},
	"crashes":        {"SentinelCrash", true, "e.crashes($n, $x)"},
}

// replyKind says what a method returns and which shape decodes it.
type replyKind struct {
	goType string // "" when the method returns only an error
	shape  string // a variable of the type *shape[goType]; or "rare:" and one of the type unbox, or a decode function
}

// rare gives the variable that decodes a reply which has no shape of its own, "" for others.
func (k replyKind) rare() string {
	name, found := strings.CutPrefix(k.shape, "rare:")
	if !found {
		return ""
	}
	if of, found := strings.CutPrefix(name, "decode"); found {
		return "unbox" + of
	}
	return name
}

var replyKinds = map[string]replyKind{
	"ok":         {"", "okShape"},
	"pong":       {"", "pongShape"},
	"string":     {"string", "stringShape"},
	"word":       {"string", "wordShape"},
	"words":      {"[]string", "wordsShape"},
	"bytes":      {"[]byte", "bytesShape"},
	"raw":        {"[]byte", "bytesShape"},
	"byteslist":  {"[][]byte", "bytesListShape"},
	"int":        {"int64", "intShape"},
	"ints":       {"[]int64", "intsShape"},
	"nullints":   {"[]Null[int64]", "nullIntsShape"},
	"bool":       {"bool", "boolShape"},
	"bools":      {"[]bool", "boolsShape"},
	"float":      {"float64", "floatShape"},
	"nullfloats": {"[]Null[float64]", "nullFloatsShape"},
	"strings":    {"[]string", "stringsShape"},
	"nulls":      {"[]Null[string]", "nullsShape"},
	"groups":     {"[][]Null[string]", "nullsShape"},
	"map":        {"map[string]string", "mapShape"},
	"fields":     {"[]FieldValue", "fieldsShape"},
	"keyvalue":   {"KeyValue", "keyValueShape"},
	"keyvalues":  {"KeyValues", "keyValuesShape"},
	"z":          {"Z", "zShape"},
	"zs":         {"[]Z", "zsShape"},
	"keyz":       {"KeyZ", "keyZShape"},
	"keyzs":      {"KeyZs", "keyZsShape"},
	"rankscore":  {"RankScore", "rankScoreShape"},
	"page":       {"Page[string]", "pageShape"},
	"fieldpage":  {"Page[FieldValue]", "fieldPageShape"},
	"zpage":      {"Page[Z]", "zPageShape"},
	"ttl":        {"time.Duration", "ttlShape"},
	"pttl":       {"time.Duration", "pttlShape"},
	"ttls":       {"[]time.Duration", "ttlsShape"},
	"pttls":      {"[]time.Duration", "pttlsShape"},
	"secs":       {"time.Duration", "secondsShape"},
	"at":         {"time.Time", "expireTimeShape"},
	"atmilli":    {"time.Time", "pexpireTimeShape"},
	"ats":        {"[]Null[time.Time]", "expireTimesShape"},
	"atmillis":   {"[]Null[time.Time]", "pexpireTimesShape"},
	"time":       {"time.Time", "timeShape"},
	"lcs":        {"LCSMatches", "rare:lcsRare"},
	"moved":      {"bool", "movedShape"},
	"aofacks":    {"AOFAcks", "rare:aofAcksRare"},

	// Connections, ACL, cluster administration, Sentinel.
	"clientinfo":      {"ClientInfo", "rare:decodeClientInfo"},
	"clientinfos":     {"[]ClientInfo", "rare:decodeClientInfos"},
	"trackinginfo":    {"TrackingInfo", "rare:decodeTrackingInfo"},
	"dryrun":          {"string", "rare:decodeDryRun"},
	"acluser":         {"ACLUser", "rare:decodeACLUser"},
	"acllog":          {"[]ACLLogEntry", "rare:decodeACLLog"},
	"bumpepoch":       {"ClusterEpoch", "rare:decodeClusterEpoch"},
	"clusterinfo":     {"ClusterInfo", "rare:decodeClusterInfo"},
	"clusterlinks":    {"[]ClusterLink", "rare:decodeClusterLinks"},
	"clusternodes":    {"[]ClusterNode", "rare:decodeClusterNodes"},
	"clusternodelist": {"[]ClusterNode", "rare:decodeClusterNodeList"},
	"clustershards":   {"[]ClusterShard", "rare:decodeClusterShards"},
	"clusterslots":    {"[]ClusterSlotNodes", "rare:decodeClusterSlots"},
	"slotstats":       {"[]SlotStats", "rare:decodeSlotStats"},
	"slotmigrations":  {"[]SlotMigrationState", "rare:decodeSlotMigrations"},
	"migrationtask":   {"MigrationTask", "rare:decodeMigrationTask"},
	"migrationtasks":  {"[]MigrationTask", "rare:decodeMigrationTasks"},
	"address":         {"Address", "rare:decodeAddress"},
	"plainmap":        {"map[string]string", "rare:decodePlainMap"},
	"debugtimes":      {"map[string]time.Duration", "rare:decodeDebugTimes"},
	"infocache":       {"map[string][]CachedInfo", "rare:decodeInfoCache"},
	"masterdown":      {"MasterDown", "rare:decodeMasterDown"},
	"sentinelstate":   {"SentinelState", "rare:decodeSentinelState"},
	"sentinelstates":  {"[]SentinelState", "rare:decodeSentinelStates"},
	"sentinelmap":     {"map[string]SentinelState", "rare:decodeSentinelMap"},
	"sentinelscripts": {"[]SentinelScript", "rare:decodeSentinelScripts"},
}
