package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// argKind says how a method's argument looks in Go and how it is sent.
type argKind struct {
	goType string // of the parameter
	list   bool   // a slice, or variadic; it counts its own words
	put    string // the encoder's call; see render
	// count is the encoder's call that writes a list behind its length, "counted" when it is empty.
	count string
}

// countCall is the call that writes a list of this kind behind its length.
func (k argKind) countCall() string {
	if k.count == "" {
		return "counted"
	}
	return k.count
}

// argKinds are the kinds of arguments. In put, $x is the argument, $n its
// quoted name and $p the quoted parameter of the kind.
var argKinds = map[string]argKind{
	"key":        {"string", false, "e.key($x)", ""},
	"text":       {"string", false, "e.string($x)", ""},
	"word":       {"string", false, "e.word($x)", ""},
	"value":      {"any", false, "e.value($n, $x)", ""},
	"bound":      {"any", false, "e.bound($n, $x)", ""},
	"lex":        {"string", false, "e.lex($x)", ""},
	"int":        {"int64", false, "e.int($x)", ""},
	"cursor":     {"uint64", false, "e.uint($x)", ""},
	"float":      {"float64", false, "e.float($x)", ""},
	"bit":        {"int", false, "e.bit($n, $x)", ""},
	"seconds":    {"time.Duration", false, "e.seconds($n, $x, $p)", ""},
	"ttlSeconds": {"time.Duration", false, "e.secondsAbove0($n, $x, $p)", ""},
	"millis":     {"time.Duration", false, "e.millis($n, $x)", ""},
	"ttlMillis":  {"time.Duration", false, "e.millisAbove0($n, $x)", ""},
	"ttlOrNone":  {"time.Duration", false, "e.millisFrom0($n, $x)", ""},
	"unix":       {"time.Time", false, "e.unix($n, $x, $p)", ""},
	"unixmilli":  {"time.Time", false, "e.unixMilli($n, $x)", ""},
	"wait":       {"time.Duration", false, "e.wait($x)", ""},
	"waitmillis": {"time.Duration", false, "e.waitMillis($n, $x)", ""},

	"Side":         {"Side", false, "e.choice($n, int($x), sideWords[:])", ""},
	"Where":        {"Where", false, "e.choice($n, int($x), whereWords[:])", ""},
	"MinMax":       {"MinMax", false, "e.choice($n, int($x), minMaxWords[:])", ""},
	"BitOperation": {"BitOperation", false, "e.choice($n, int($x), bitOperationWords[:])", ""},

	"keys":      {"string", true, "e.list($n, $x)", ""},
	"texts":     {"string", true, "e.list($n, $x)", ""},
	"texts?":    {"string", true, "e.anyList($x)", ""},
	"group":     {"string", true, "e.list($n, $x)", ""},
	"values":    {"any", true, "e.values($n, $x)", ""},
	"anyvalues": {"any", true, "e.anyValues($n, $x)", ""},
	"pairs":     {"any", true, "e.pairs($n, $x)", "countedPairs"},
	"scored":    {"Z", true, "e.scored($n, $x)", ""},
	"bitops":    {"BitFieldOp", true, "e.bitOps($n, $x, false)", ""},
	"bitreads":  {"BitFieldOp", true, "e.bitOps($n, $x, true)", ""},

	// One option that must be given: the parameter is its type.
	"one": {"", false, "e.one($n, $x)", ""},

	// Geo, streams and arrays.
	"geopoints":  {"GeoLocation", true, "e.geoMembers($n, $x)", ""},
	"polygon":    {"GeoPoint", true, "e.vertices($x)", "countedVertices"},
	"GeoUnit":    {"GeoUnit", false, "e.choice($n, int($x), geoUnitWords[:])", ""},
	"words":      {"string", true, "e.words($n, $x)", "countedWords"},
	"idlemillis": {"time.Duration", false, "e.idleMillis($n, $x)", ""},
	"streams":    {"StreamFrom", true, "e.streams($n, $x)", ""},
	"NackMode":   {"NackMode", false, "e.choice($n, int($x), nackModeWords[:])", ""},
	"index":      {"uint64", false, "e.uint($x)", ""},
	"indexes":    {"uint64", true, "e.indexes($n, $x)", ""},
	"elements":   {"ArrayElement", true, "e.elements($n, $x)", ""},
	"ranges":     {"ArrayRange", true, "e.ranges($n, $x)", ""},
	"predicates": {"ArrayPredicate", true, "e.predicates($n, $x)", ""},
}

// replyKind says what a method returns and which shape decodes it.
type replyKind struct {
	goType string // "" when the method returns only an error
	// shape is a variable of the type *shape[goType]; or "rare:" and a decode function, for which a function of the
	// type unbox is generated.
	shape string
}

// rare gives what decodes a reply which has no shape of its own, "" for others.
func (k replyKind) rare() string {
	name, found := strings.CutPrefix(k.shape, "rare:")
	if !found {
		return ""
	}
	return strings.Replace(name, "decode", "unbox", 1)
}

// unboxFile writes a function of the type unbox for each reply that names its decode function. A generic one would
// cost 20 KB of compiled package for each type of reply.
func unboxFile() []byte {
	var b bytes.Buffer
	b.WriteString(header + "package redpoll\n\n")
	for _, name := range slices.Sorted(maps.Keys(replyKinds)) {
		k := replyKinds[name]
		if decode, found := strings.CutPrefix(k.shape, "rare:decode"); found {
			fmt.Fprintf(&b, "func unbox%s(d *reply) (any, error) {\nvar v %s\nerr := decode%s(d, &v)\nreturn v, err\n}\n\n", decode, k.goType, decode)
		}
	}
	return b.Bytes()
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
	"lcs":        {"LCSMatches", "rare:decodeLCS"},
	"moved":      {"bool", "movedShape"},
	"aofacks":    {"AOFAcks", "rare:decodeAOFAcks"},

	// Geo, streams, arrays and what came after server 7.4.
	"nullwords":      {"[]Null[string]", "rare:decodeNullWords"},
	"positions":      {"[]Null[GeoPoint]", "rare:decodePositions"},
	"locations":      {"[]GeoLocation", "rare:decodeLocations"},
	"entries":        {"[]StreamEntry", "entriesShape"},
	"streams":        {"[]StreamEntries", "streamsShape"},
	"claimed":        {"ClaimedEntries", "rare:decodeClaimed"},
	"claimedids":     {"ClaimedIDs", "rare:decodeClaimedIDs"},
	"pending":        {"PendingSummary", "rare:decodePending"},
	"pendings":       {"[]PendingEntry", "rare:decodePendings"},
	"streaminfo":     {"StreamInfo", "rare:decodeStreamInfo"},
	"streaminfofull": {"StreamInfoFull", "rare:decodeStreamInfoFull"},
	"groupinfos":     {"[]GroupInfo", "rare:decodeGroupInfos"},
	"consumerinfos":  {"[]ConsumerInfo", "rare:decodeConsumerInfos"},
	"index":          {"uint64", "rare:decodeIndex"},
	"indexes":        {"[]uint64", "rare:decodeIndexes"},
	"elements":       {"[]ArrayElement", "rare:decodeElements"},
	"arrayinfo":      {"ArrayInfo", "rare:decodeArrayInfo"},
	"increment":      {"Increment", "rare:decodeIncrement"},
	"floatincrement": {"FloatIncrement", "rare:decodeFloatIncrement"},
}
