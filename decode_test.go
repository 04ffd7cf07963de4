package redpoll

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/structs"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/resp"
)

// decodeTest is one reply in both protocols, and its result. An empty RESP2 or RESP3 form is not tested.
type decodeTest struct {
	name         string
	resp2, resp3 string
	decode       func(d *reply) (any, error)
	want         any // a value, or an error that must match
}

// with makes a decode function for one of the shapes.
func with[T any](decode func(d *reply, v *T) error) func(d *reply) (any, error) {
	return func(d *reply) (any, error) {
		var v T
		err := decode(d, &v)
		return v, err
	}
}

// status is with for replies that are only a success or an error.
func status(decode func(d *reply) error) unboxer {
	return with(func(d *reply, _ *struct{}) error { return decode(d) })
}

// unboxer decodes a reply into a new value, see with.
type unboxer = func(d *reply) (any, error)

// allLocations is with for members of geo searches with all values that can be requested.
var allLocations = with(func(d *reply, v *[]GeoLocation) error {
	return locations([]GeoLocationOption{WithCoord, WithDist, WithHash})(d, v)
})

// unboxFields is with for the fillers of hashes that are read into structs.
func unboxFields(fill filler) unboxer {
	return with(func(d *reply, v *[]structs.Raw) error { return fill(d, v) })
}

// record is decodeRecord for one type.
func record[T any](d *reply, v *T) error { return decodeRecord(d, v) }

func present[T any](v T) Null[T] { return Null[T]{V: v, Valid: true} }

// Covers: F63, F66, F67, F68
func TestDecode(t *testing.T) {
	t.Parallel()
	zs := []Z{{"a", 1}, {"b", 2.5}}
	for _, c := range []decodeTest{
		{"OK", "+OK", "+OK", status(decode.OK), struct{}{}},
		{"no OK", "$-1", "_", status(decode.OK), decode.ErrMissing},
		{"PONG", "+PONG", "+PONG", status(decode.Pong), struct{}{}},
		{"string", "$1 x", "$1 x", with(decode.String), "x"},
		{"verbatim string", "", "=5 txt:x", with(decode.String), "x"},
		{"number as a string", ":5", ":5", with(decode.String), "5"},
		{"no string", "$-1", "_", with(decode.String), decode.ErrMissing},
		{"word", "+list", "+list", with(decode.Word), "list"},
		{"no word", "$-1", "_", with(decode.Word), decode.ErrMissing},
		{"bytes", "$1 x", "$1 x", with(decode.Bytes), []byte("x")},
		{"no bytes", "$-1", "_", with(decode.Bytes), decode.ErrMissing},
		{"int", ":-5", ":-5", with(decode.Int), int64(-5)},
		{"no int", "$-1", "_", with(decode.Int), decode.ErrMissing},
		{"float", "$3 1.5", ",1.5", with(decode.Float), 1.5},
		{"infinite float", "$4 -inf", ",-inf", with(decode.Float), math.Inf(-1)},
		{"no float", "$-1", "_", with(decode.Float), decode.ErrMissing},
		{"true", ":1", "#t", with(decode.Bool), true},
		{"false", ":0", "#f", with(decode.Bool), false},
		{"moved", "+OK", "+OK", with(decode.Moved), true},
		{"nothing to move", "+NOKEY", "+NOKEY", with(decode.Moved), false},
		{"strings", "*2 $1 a $1 b", "~2 $1 a $1 b", with(decode.Strings), []string{"a", "b"}},
		{"empty list", "*0", "~0", with(decode.Strings), []string{}},
		{"no list", "*-1", "_", with(decode.Strings), decode.ErrMissing},
		{"words", "*1 +a", "*1 +a", with(decode.Words), []string{"a"}},
		{"nulls", "*2 $1 a $-1", "*2 $1 a _", with(decodeNulls), []Null[string]{present("a"), {}}},
		{"list of bytes", "*2 $1 a $-1", "*2 $1 a _", with(decode.BytesList), [][]byte{[]byte("a"), nil}},
		{"ints", "*2 :1 :-2", "*2 :1 :-2", with(decode.Ints), []int64{1, -2}},
		{"ints that may be missing", "*2 :1 $-1", "*2 :1 _", with(decodeNullInts),
			[]Null[int64]{present(int64(1)), {}}},
		{"floats that may be missing", "*2 $3 1.5 $-1", "*2 ,1.5 _", with(decodeNullFloats),
			[]Null[float64]{present(1.5), {}}},
		{"bools", "*2 :1 :0", "*2 #t #f", with(decode.Bools), []bool{true, false}},
		{"map", "*2 $1 f $1 v", "%1 $1 f $1 v", with(decode.Map), map[string]string{"f": "v"}},
		{"empty map", "*0", "%0", with(decode.Map), map[string]string{}},
		{"fields", "*2 $1 f $1 v", "*1 *2 $1 f $1 v", with(decodeFields), []FieldValue{{"f", "v"}}},
		{"members", "*4 $1 a $1 1 $1 b $3 2.5", "*2 *2 $1 a ,1 *2 $1 b ,2.5", with(decodeZs), zs},
		{"no members", "*0", "*0", with(decodeZs), []Z{}},
		{"member", "*2 $1 a $1 1", "*2 $1 a ,1", with(decodeZ), zs[0]},
		{"no member", "*0", "*0", with(decodeZ), decode.ErrMissing},
		{"key and value", "*2 $1 k $1 v", "*2 $1 k $1 v", with(decodeKeyValue), KeyValue{"k", "v"}},
		{"no key and value", "*-1", "_", with(decodeKeyValue), decode.ErrMissing},
		{"key and values", "*2 $1 k *1 $1 v", "*2 $1 k *1 $1 v", with(decodeKeyValues),
			KeyValues{"k", []string{"v"}}},
		{"no key and values", "*-1", "_", with(decodeKeyValues), decode.ErrMissing},
		{"key and member", "*3 $1 k $1 a $1 1", "*3 $1 k $1 a ,1", with(decodeKeyZ), KeyZ{"k", zs[0]}},
		{"no key and member", "*-1", "_", with(decodeKeyZ), decode.ErrMissing},
		{"key and members", "*2 $1 k *1 *2 $1 a $1 1", "*2 $1 k *1 *2 $1 a ,1", with(decodeKeyZs),
			KeyZs{"k", zs[:1]}},
		{"no key and members", "*-1", "_", with(decodeKeyZs), decode.ErrMissing},
		{"rank and score", "*2 :3 $3 1.5", "*2 :3 ,1.5", with(decodeRankScore), RankScore{3, 1.5}},
		{"no rank and score", "*-1", "_", with(decodeRankScore), decode.ErrMissing},
		{"page", "*2 $2 17 *1 $1 a", "*2 $2 17 *1 $1 a", with(decodePage),
			ScanPage[string]{17, []string{"a"}}},
		{"largest cursor", "*2 $20 18446744073709551615 *0", "*2 $20 18446744073709551615 *0",
			with(decodePage), ScanPage[string]{math.MaxUint64, []string{}}},
		{"page of fields", "*2 $1 0 *2 $1 f $1 v", "*2 $1 0 *2 $1 f $1 v", with(decodeFieldPage),
			ScanPage[FieldValue]{0, []FieldValue{{"f", "v"}}}},
		{"page of members", "*2 $1 0 *2 $1 a $1 1", "*2 $1 0 *2 $1 a $1 1", with(decodeZPage),
			ScanPage[Z]{0, zs[:1]}},
		{"matches", "*4 $7 matches *1 *3 *2 :4 :7 *2 :5 :8 :4 $3 len :6",
			"%2 $7 matches *1 *3 *2 :4 :7 *2 :5 :8 :4 $3 len :6", with(record[LCSMatches]),
			LCSMatches{Len: 6, Matches: []LCSMatch{{LCSRange{4, 7}, LCSRange{5, 8}, 4}}}},
		{"acknowledgements", "*2 :1 :2", "*2 :1 :2", with(record[WaitAOFResult]), WaitAOFResult{1, 2}},
		{"seconds to live", ":5", ":5", with(decodeTTL), 5 * time.Second},
		{"no expiry", ":-1", ":-1", with(decodeTTL), NoExpiry},
		{"no key", ":-2", ":-2", with(decodePTTL), NoKey},
		{"milliseconds to live", ":1500", ":1500", with(decodePTTL), 1500 * time.Millisecond},
		{"more than a Duration", ":9223372036854775807", ":9223372036854775807", with(decodeTTL),
			time.Duration(math.MaxInt64)},
		{"fields' seconds to live", "*3 :5 :-1 :-2", "*3 :5 :-1 :-2", with(decodeTTLs),
			[]time.Duration{5 * time.Second, NoExpiry, NoKey}},
		{"fields' milliseconds to live", "*1 :5", "*1 :5", with(decodePTTLs),
			[]time.Duration{5 * time.Millisecond}},
		{"idle time", ":5", ":5", with(decodeSeconds), 5 * time.Second},
		{"no idle time", "$-1", "_", with(decodeSeconds), decode.ErrMissing},
		{"expiry", ":1700000000", ":1700000000", with(decodeExpireTime), time.Unix(1700000000, 0)},
		{"expiry in milliseconds", ":1700000000123", ":1700000000123", with(decodePExpireTime),
			time.UnixMilli(1700000000123)},
		{"key without expiry", ":-1", ":-1", with(decodeExpireTime), time.Time{}},
		{"expiry of no key", ":-2", ":-2", with(decodePExpireTime), decode.ErrMissing},
		{"fields' expiry", "*3 :1700000000 :-1 :-2", "*3 :1700000000 :-1 :-2", with(decodeExpireTimes),
			[]Null[time.Time]{present(time.Unix(1700000000, 0)), {Valid: true}, {}}},
		{"fields' expiry in milliseconds", "*1 :1700000000123", "*1 :1700000000123", with(decodePExpireTimes),
			[]Null[time.Time]{present(time.UnixMilli(1700000000123))}},
		{"time", "*2 $10 1700000000 $6 123456", "*2 $10 1700000000 $6 123456", with(decode.Time),
			time.Unix(1700000000, 123456000)},
	} {
		for protocol, form := range map[string]string{"RESP2": c.resp2, "RESP3": c.resp3} {
			if form == "" {
				continue
			}
			t.Run(c.name+"/"+protocol, func(t *testing.T) {
				d := &reply{Decoder: resp.NewDecoder(testkit.Frame(form))}
				got, err := c.decode(d)
				if want, ok := c.want.(error); ok {
					if !errors.Is(err, want) {
						t.Errorf("got %#v and %v, want the error %v", got, err, want)
					}
				} else if err != nil || !reflect.DeepEqual(got, c.want) {
					t.Errorf("got %#v and %v, want %#v", got, err, c.want)
				}
				if err == nil && d.More() {
					t.Error("a part of the reply was not read")
				}
			})
		}
	}
}

// A reply of another shape is an error that is not Missing.
func TestDecodeWrongShape(t *testing.T) {
	t.Parallel()
	shapes := map[string]func(d *reply) (any, error){
		"OK": status(decode.OK), "string": with(decode.String), "int": with(decode.Int),
		"float": with(decode.Float), "bool": with(decode.Bool), "moved": with(decode.Moved),
		"strings": with(decode.Strings), "nulls": with(decodeNulls), "ints": with(decode.Ints),
		"map": with(decode.Map), "fields": with(decodeFields), "members": with(decodeZs),
		"member": with(decodeZ), "key and value": with(decodeKeyValue),
		"key and values": with(decodeKeyValues), "key and member": with(decodeKeyZ),
		"key and members": with(decodeKeyZs), "rank and score": with(decodeRankScore),
		"page": with(decodePage), "page of members": with(decodeZPage), "matches": with(record[LCSMatches]),
		"acknowledgements": with(record[WaitAOFResult]), "time to live": with(decodeTTL),
		"expiry": with(decodeExpireTime), "expiries": with(decodeExpireTimes), "time": with(decode.Time),
	}
	for _, form := range []string{
		"*3 *1 $1 a :1 _", "*1 *0", "%1 *0 *0", "*2 $7 matches *1 *1 *0", "*2 *0 *0", "*1 -ERR",
		"*5 $1 a $1 b $1 c $1 d *0",
	} {
		for name, read := range shapes {
			got, err := read(&reply{Decoder: resp.NewDecoder(testkit.Frame(form))})
			if err == nil || errors.Is(err, decode.ErrMissing) {
				t.Errorf("%s out of %q gives %#v and the error %v", name, form, got, err)
			}
		}
	}
}

// Covers: F64
func TestDecodeText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		reply  []byte
		decode func(d *reply) (any, error)
		want   any
	}{
		{"string", resp.AppendBulk(nil, utf16("é€")), with(decode.String), "é€"},
		{"list", resp.AppendBulk(resp.AppendArray(nil, 1), utf16("é")), with(decode.Strings), []string{"é"}},
		{"map", resp.AppendBulk(resp.AppendBulk(resp.AppendMap(nil, 1), utf16("f")), utf16("v")),
			with(decode.Map), map[string]string{"f": "v"}},
		{"bytes are left alone", resp.AppendBulk(nil, "ab"), with(decode.Bytes), []byte("ab")},
		{"words are left alone", resp.AppendStatus(nil, "list"), with(decode.Word), "list"},
	} {
		got, err := c.decode(&reply{Decoder: resp.NewDecoder(c.reply), Encoding: wide{}})
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %#v and %v, want %#v", c.name, got, err, c.want)
		}
	}
	odd := &reply{Decoder: resp.NewDecoder(resp.AppendBulk(nil, "odd")), Encoding: wide{}}
	if got, err := with(decode.String)(odd); err == nil {
		t.Errorf("text that the encoding cannot read gives %q", got)
	}
}

// The number of allocations is the number of returned objects.
func TestDecodeAllocations(t *testing.T) {
	list := func(n int, element string) string { return strings.Repeat(" "+element, n) }
	for _, c := range []struct {
		name   string
		reply  string
		decode func(d *reply) error
		want   float64
	}{
		{"string", "$2 ab", into(decode.String), 1},
		{"strings", "*50" + list(50, "$2 ab"), into(decode.Strings), 51},
		{"nulls", "*50" + list(50, "$2 ab"), into(decodeNulls), 51},
		{"members", "*50" + list(50, "*2 $2 ab ,1.5"), into(decodeZs), 51},
		{"flat members", "*100" + list(50, "$2 ab $3 1.5"), into(decodeZs), 51},
		{"fields", "*100" + list(50, "$2 ab $2 cd"), into(decodeFields), 101},
		{"ints", "*50" + list(50, ":12345"), into(decode.Ints), 1},
	} {
		d, wire := new(reply), testkit.Frame(c.reply)
		allocs := testing.AllocsPerRun(100, func() {
			d.Reset(wire)
			if err := c.decode(d); err != nil {
				t.Error(c.name, err)
			}
		})
		if allocs != c.want {
			t.Errorf("%s: %v allocations, want %v", c.name, allocs, c.want)
		}
	}
}

// into makes a decode function that writes to the same place again and again.
func into[T any](decode func(d *reply, v *T) error) func(d *reply) error {
	v := new(T)
	return func(d *reply) error { return decode(d, v) }
}

// A null in the place of a value that servers always send is an error of shape: neither a zero, nor Missing,
// which would mean that the whole reply is missing.
func TestDecodeNullInside(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		form   string
		decode func(d *reply) (any, error)
	}{
		{"*1 *2 _ _", with(record[[]Null[GeoPoint]])}, {"*1 *2 :1 _", with(record[[]Null[GeoPoint]])},
		{"*1 *3 :1 :2 :3", with(record[[]Null[GeoPoint]])}, {"*2 _ _", with(record[HostPort])},
		{"*2 $1 h _", with(record[HostPort])}, {"*2 _ _", with(record[IncrExResult])},
		{"*2 _ _", with(record[IncrExFloatResult])}, {"*2 _ :1", with(record[WaitAOFResult])},
		{"*2 :1 _", with(record[WaitAOFResult])}, {"*1 _", with(record[[]SlowLogEntry])},
		{"*1 *4 _ _ _ _", with(record[[]SlowLogEntry])}, {"*1 *4 :1 :1 :1 _", with(record[[]SlowLogEntry])},
		{"*1 *6 :1 :1 :1 *0 _ _", with(record[[]CommandLogEntry])},
		{"*1 *2 _ :1", with(record[[]LatencySample])}, {"*1 *4 $1 e :1 :1 _", with(record[[]LatencyEvent])},
		{"*1 *4 _ _ _ _", with(record[[]StreamPendingEntry])},
		{"*1 *2 $1 k _", with(record[[]CommandKeyFlags])},
		{"*4 :1 $3 1-0 $3 1-0 *1 *2 _ _", with(decodePending)},
		{"%1 $1 a _", with(record[map[string]string])}, {"%1 $1 a _", with(record[map[string]time.Duration])},
		{"%1 $1 m _", with(record[map[string][]SentinelCachedInfo])},
		{"%1 $3 get %1 $14 histogram_usec %1 :1 _", with(record[map[string]LatencyHistogram])},
		{"*1 _", with(decodeEntries)}, {"*1 *2 $1 s *1 _", with(decodeStreams)},
		{"%1 $7 entries *1 _", with(record[StreamInfoFull])}, {"*1 $6 master", with(decodeRole)},
		{"*2 $6 master :1", with(decodeRole)}, {"*3 $6 master _ *0", with(decodeRole)},
		{"*3 $6 master :1 _", with(decodeRole)}, {"*3 $6 master :1 *1 *3 _ _ _", with(decodeRole)},
		{"*2 $5 slave $1 h", with(decodeRole)}, {"*5 $5 slave _ :1 $1 x :1", with(decodeRole)},
		{"*1 $8 sentinel", with(decodeRole)}, {"*2 $8 sentinel _", with(decodeRole)},
		{"*1 $6 monkey", with(decodeRole)}, {"*2 $14 by-cpu-time-us *3 $1 a :5 $1 b", with(decodeHotKeys)},
		{"*2 $14 by-cpu-time-us *2 $1 a _", with(decodeHotKeys)},
		{"*2 $12 by-net-bytes *1 $1 a", with(decodeHotKeys)}, {"*2 $1 k _", with(decodeKeyValues)},
		{"*2 $1 k _", with(decodeKeyZs)}, {"*2 $1 0 _", with(decodePage)},
		{"*2 $1 0 _", with(decodeFieldPage)}, {"*2 $1 0 _", with(decodeZPage)}, {"*1 _", with(decode.Links)},
		{"*1 _", with(decodeZLinks)}, {"%1 $1 t _", with(decode.FTSynonyms)},
		{"*1 *2 :1 _", with(decodeTSRows)}, {"%1 $13 total_results _", with(ftLayout{}.decode)},
		{"%1 $7 results _", with(ftLayout{}.decode)}, {"%1 $7 results *1 _", with(ftLayout{}.decode)},
		{"%1 $7 results _", with(decodeFTRows)}, {"%1 $7 results %1 $1 x _", with(decodeFTMisspelled)},
	} {
		got, err := c.decode(&reply{Decoder: resp.NewDecoder(testkit.Frame(c.form))})
		var shape *resp.TypeError
		if !errors.As(err, &shape) || errors.Is(err, decode.ErrMissing) {
			t.Errorf("%q gives %#v and %v, want an error of shape", c.form, got, err)
		}
	}
}

// Servers do send nulls in these places.
func TestDecodeNullAllowed(t *testing.T) {
	t.Parallel()
	two := []StreamEntry{{}, {ID: "1-0"}}
	for _, c := range []struct {
		form   string
		decode func(d *reply) (any, error)
		want   any
	}{
		{"*2 _ *2 $3 1-0 _", with(func(d *reply, v *[]StreamEntry) error { return decodeClaims(d, v) }), two},
		{"*2 $3 0-0 *2 _ *2 $3 1-0 _", with(decodeClaimed), StreamClaimedEntries{Next: "0-0", Entries: two}},
		{"*3 $3 0-0 _ _", with(decodeClaimed), StreamClaimedEntries{Next: "0-0", Entries: []StreamEntry{},
			Deleted: []string{}}},
		{"%1 $1 m *1 *2 :1 _", with(record[map[string][]SentinelCachedInfo]),
			map[string][]SentinelCachedInfo{"m": {{Age: time.Millisecond}}}},
		{"%2 $4 name $1 f $11 description _", with(record[FunctionInfo]), FunctionInfo{Name: "f"}},
		{"%2 $14 running_script _ $7 engines %0", with(record[FunctionStats]),
			FunctionStats{Engines: map[string]FunctionEngine{}}},
		{"%3 $6 length :0 $11 first-entry _ $10 last-entry _", with(record[StreamInfo]), StreamInfo{}},
		{"%2 $12 entries-read _ $3 lag _", with(record[StreamGroup]), StreamGroup{}},
		{"%2 $9 sourceKey _ $12 totalSamples :5", with(record[TSSeriesInfo]), TSSeriesInfo{Samples: 5}},
		{"*2 _ *2 :1 :2", with(record[[]Null[GeoPoint]]), []Null[GeoPoint]{{}, present(GeoPoint{1, 2})}},
	} {
		got, err := c.decode(&reply{Decoder: resp.NewDecoder(testkit.Frame(c.form))})
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q gives %#v and %v, want %#v", c.form, got, err, c.want)
		}
	}
}

// records are all types with slots or elements.
var records = []any{
	new(WaitAOFResult), new(HostPort), new(SentinelCachedInfo), new(DebugObject), new(IncrExFloatResult),
	new(IncrExResult), new(StreamPendingConsumer), new(StreamPendingEntry), new(ACLLogEntry), new(ArrayInfo),
	new(BloomInfo), new(CMSSketchInfo), new(ClientInfo), new(ClusterInfo), new(ClusterLink),
	new(ClusterShard), new(ClusterShardNode), new(CommandArgument), new(CommandChange), new(CommandDoc),
	new(CommandInfo), new(CommandLogEntry), new(StreamConsumer), new(StreamConsumerFull), new(CuckooInfo),
	new(FunctionInfo), new(FunctionEngine), new(FunctionLibrary), new(FunctionStats), new(StreamGroup),
	new(StreamGroupFull), new(HotKeys), new(CommandKeyFlags), new(CommandKeySpec), new(LCSMatches),
	new(LatencyEvent), new(LatencyHistogram), new(LatencySample), new(MemoryDB), new(MemoryStats),
	new(ClusterMigrationTask), new(ModuleInfo), new(RoleInfoReplica), new(RunningFunction),
	new(SentinelScript), new(SentinelState), new(ClusterSlotMigrationState), new(ClusterSlotStats),
	new(SlowLogEntry), new(StreamInfo), new(StreamInfoFull), new(TDigestSketchInfo), new(TSChunk),
	new(TSSeriesInfo), new(TopKListInfo), new(TrackingInfo), new(VectorSetInfo), new(BackupStatus),
	new(ClusterPage), new(HotKeyRate),
}

// Each name is in a record only once, and every place has a type that readInto knows; otherwise readInto
// would recurse without end.
func TestSlots(t *testing.T) {
	t.Parallel()
	for _, p := range records {
		extra := reflect.ValueOf(p).Elem().FieldByName("Extra")
		var places []any
		switch p := p.(type) {
		case named:
			seen := map[string]bool{}
			for _, s := range p.slots() {
				if seen[s.name] {
					t.Errorf("%T has two slots for %q", p, s.name)
				}
				if seen[s.name] = true; s.name != others {
					places = append(places, s.into)
				} else if extra.IsValid() && s.into != extra.Addr().Interface() {
					t.Errorf("%T has another place than Extra for others", p)
				}
			}
			if extra.IsValid() && !seen[others] {
				t.Errorf("%T does not fill Extra", p)
			}
		case listed:
			least, into, rest := p.elements()
			if least < 1 || least > len(into) || extra.IsValid() != (rest != nil) {
				t.Errorf("%T has %d of %d elements at least, Extra is filled: %v", p, least, len(into),
					rest != nil)
			}
			for _, place := range into {
				if o, ok := place.(orNull); ok {
					place = o.into
				}
				places = append(places, place)
			}
		default:
			t.Errorf("%T has no description", p)
		}
		for _, place := range places {
			_ = readInto(&reply{Decoder: resp.NewDecoder(testkit.Frame(":1"))}, place)
		}
	}
}

// testRecord is a record with all kinds of slots.
type testRecord struct {
	Name  string
	Age   time.Duration
	Port  int64
	Extra map[string]Value
}

func (r *testRecord) slots() []slot {
	return []slot{
		{"name", decode.User(&r.Name)}, {"age", decode.Seconds(&r.Age)}, {"unused", nil},
		{"spec", inside(slot{"port", &r.Port}, slot{others, &r.Extra})}, {others, &r.Extra},
	}
}

// testList is testRecord for arrays.
type testList struct {
	Name, Kind string
	Extra      []Value
}

func (r *testList) elements() (least int, into []any, rest *[]Value) {
	return 1, []any{orNull{&r.Name}, &r.Kind}, &r.Extra
}

// Records are filled by name or by place, and all other values become an Extra.
func TestReadRecord(t *testing.T) {
	t.Parallel()
	seven := Value{kind: KindInt, num: 7}
	for name, c := range map[string]struct {
		reply string
		into  any
		want  any
	}{
		"names": {"%2 $4 name $1 a $3 age $3 1.5", new(testRecord),
			testRecord{Name: "a", Age: 1500 * time.Millisecond}},
		"names in turn": {"*4 $4 name $1 a $6 unused :1", new(testRecord), testRecord{Name: "a"}},
		"a null":        {"%1 $4 name _", new(testRecord), testRecord{}},
		"inside":        {"%1 $4 spec %1 $4 port :7", new(testRecord), testRecord{Port: 7}},
		"others":        {"%1 $1 x :7", new(testRecord), testRecord{Extra: map[string]Value{"x": seven}}},
		"others inside": {"%1 $4 spec %1 $1 x :7", new(testRecord),
			testRecord{Extra: map[string]Value{"x": seven}}},
		"an empty name":  {"%1 $0  :7", new(testRecord), testRecord{Extra: map[string]Value{"": seven}}},
		"a wrong value":  {"%1 $3 age $1 x", new(testRecord), nil},
		"no record":      {":1", new(testRecord), nil},
		"elements":       {"*2 $1 a $1 b", new(testList), testList{Name: "a", Kind: "b"}},
		"fewer":          {"*1 $1 a", new(testList), testList{Name: "a"}},
		"a null element": {"*2 _ $1 b", new(testList), testList{Kind: "b"}},
		"more": {"*3 $1 a $1 b :7", new(testList),
			testList{Name: "a", Kind: "b", Extra: []Value{seven}}},
		"too few":         {"*0", new(testList), nil},
		"a wrong null":    {"*2 $1 a _", new(testList), nil},
		"list of records": {"*1 *1 $1 a", new([]testList), []testList{{Name: "a"}}},
	} {
		err := decodeRecord(&reply{Decoder: resp.NewDecoder(testkit.Frame(c.reply))}, c.into)
		got := reflect.ValueOf(c.into).Elem().Interface()
		if (err == nil) != (c.want != nil) || err == nil && !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v and %v, want %+v", name, got, err, c.want)
		}
	}
	var r testRecord
	if !linesInto([]string{"name=a", "else=x", "age=long"}, "=", r.slots()) || r.Name != "a" ||
		len(r.Extra) != 2 {
		t.Errorf("out of text: %+v", r)
	}
	if linesInto([]string{"name=a", "x"}, "=", r.slots()) {
		t.Error("a part without its sign is taken")
	}
}

// A missing record is Missing, and not of the wrong shape.
func TestDecodeRecordMissing(t *testing.T) {
	t.Parallel()
	for _, p := range records {
		for _, null := range []string{"*-1", "_"} {
			err := decodeRecord(&reply{Decoder: resp.NewDecoder(testkit.Frame(null))}, p)
			if !errors.Is(err, decode.ErrMissing) {
				t.Errorf("%T out of %q gives %v, want Missing", p, null, err)
			}
		}
	}
}

// Geo, stream and array replies of another shape are errors that are not Missing.
func TestDecodeStreamWrongShape(t *testing.T) {
	t.Parallel()
	decoders := map[string]func(d *reply) (any, error){
		"positions": with(record[[]Null[GeoPoint]]), "locations": allLocations,
		"entries": with(decodeEntries), "streams": with(decodeStreams), "claimed": with(decodeClaimed),
		"claimed IDs": with(decodeClaimedIDs), "pending": with(decodePending),
		"pending entries": with(record[[]StreamPendingEntry]), "stream": with(record[StreamInfo]),
		"full stream": with(record[StreamInfoFull]), "groups": with(record[[]StreamGroup]),
		"consumers": with(record[[]StreamConsumer]), "index": with(decode.Index),
		"indexes": with(decode.Indexes), "elements": with(decodeElements), "array": with(record[ArrayInfo]),
		"increment": with(record[IncrExResult]), "float increment": with(record[IncrExFloatResult]),
		"words": with(record[[]Null[string]]),
	}
	for _, form := range []string{"*3 *1 *0 :1 _", "*1 *1 *0", "%1 *1 *0 *1 *0", "*2 *1 *0 *1 *0", "-ERR",
		"*1 -ERR", "*4 *1 *0 *1 *0 *1 *0 *1 *0"} {
		for name, read := range decoders {
			got, err := read(&reply{Decoder: resp.NewDecoder(testkit.Frame(form))})
			if err == nil || errors.Is(err, decode.ErrMissing) {
				t.Errorf("%s out of %q gives %#v and the error %v", name, form, got, err)
			}
		}
	}
}

// Names of groups and fields are user data and translated; IDs and the server's own names are not.
func TestDecodeStreamText(t *testing.T) {
	t.Parallel()
	u := func(s string) string { return string(utf16(s)) }
	entries := resp.AppendArray(nil, 1)
	entries = resp.AppendArray(entries, 2)
	entries = resp.AppendBulk(entries, "1-0")
	entries = resp.AppendBulk(resp.AppendBulk(resp.AppendArray(entries, 2), u("é")), u("v"))
	groups := resp.AppendMap(resp.AppendArray(nil, 1), 2)
	groups = resp.AppendBulk(resp.AppendBulk(groups, "name"), u("é"))
	groups = resp.AppendBulk(resp.AppendBulk(groups, "last-delivered-id"), "1-0")
	for _, c := range []struct {
		name   string
		frame  []byte
		decode func(d *reply) (any, error)
		want   any
	}{
		{"entries", entries, with(decodeEntries), []StreamEntry{{ID: "1-0",
			Fields: []FieldValue{{"é", "v"}}}}},
		{"groups", groups, with(record[[]StreamGroup]), []StreamGroup{{Name: "é", LastDeliveredID: "1-0"}}},
	} {
		got, err := c.decode(&reply{Decoder: resp.NewDecoder(c.frame), Encoding: wide{}})
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %#v and %v, want %#v", c.name, got, err, c.want)
		}
	}
}

// A null is an empty list for reads, and Missing for other lists.
func TestDecodeStreamNull(t *testing.T) {
	t.Parallel()
	for _, null := range []string{"*-1", "_"} {
		got, err := with(decodeStreams)(&reply{Decoder: resp.NewDecoder(testkit.Frame(null))})
		if err != nil || !reflect.DeepEqual(got, []StreamEntries{}) {
			t.Errorf("%q gives %#v and %v", null, got, err)
		}
		_, err = allLocations(&reply{Decoder: resp.NewDecoder(testkit.Frame(null))})
		if !errors.Is(err, decode.ErrMissing) {
			t.Errorf("%q gives %v, want Missing", null, err)
		}
	}
}

// Additional fields of newer servers do not affect the known ones.
func TestDecodeStreamUnknownFields(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(5)
	for _, c := range []struct {
		name, form string
		decode     func(d *reply) (any, error)
		want       any
	}{
		{"summary", "*5 :1 $3 1-0 $3 2-0 *1 *3 $1 c $1 1 :9 :8", with(decodePending),
			StreamPendingSummary{Count: 1, Min: "1-0", Max: "2-0",
				Consumers: []StreamPendingConsumer{{"c", 1}}}},
		{"empty summary", "*5 :0 _ _ _ :8", with(decodePending), StreamPendingSummary{}},
		{"entry", "*1 *5 $3 1-0 $1 c :5 :1 :9", with(record[[]StreamPendingEntry]),
			[]StreamPendingEntry{{"1-0", "c", 5 * time.Millisecond, 1}}},
		{"group", "%1 $6 groups *1 %1 $7 pending *2 *5 $3 1-0 $1 c :5 :1 :9 *4 $3 2-0 $1 - :0 :1",
			with(record[StreamInfoFull]),
			StreamInfoFull{Groups: []StreamGroupFull{{Pending: []StreamPendingDelivery{
				{ID: "1-0", Consumer: "c", Delivered: at, Deliveries: 1},
				{ID: "2-0", Consumer: "-", Deliveries: 1}}}}}},
		{"consumer", "%1 $6 groups *1 %1 $9 consumers *1 %1 $7 pending *1 *4 $3 1-0 :5 :1 :9",
			with(record[StreamInfoFull]),
			StreamInfoFull{Groups: []StreamGroupFull{{Consumers: []StreamConsumerFull{{
				Pending: []StreamPendingDelivery{{ID: "1-0", Delivered: at, Deliveries: 1}}}}}}}},
		{"LCS", "%2 $3 len :6 $3 new :7", with(record[LCSMatches]),
			LCSMatches{Len: 6, Extra: map[string]Value{"new": {kind: KindInt, num: 7}}}},
	} {
		d := &reply{Decoder: resp.NewDecoder(testkit.Frame(c.form))}
		if got, err := c.decode(d); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %#v and %v, want %#v", c.name, got, err, c.want)
		}
	}
}

func ftProfileDecoder(d *reply) (any, error) {
	v := new(FTProfile[FTSearchResult])
	err := ftSearchProfile(&FTSearchOptions{})(d, v)
	return v, err
}

// FuzzDecode passes every whole reply to every decode function: they may refuse it, and must neither panic
// nor read beyond it.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"+OK", "-ERR x", ":5", "$1 x", "$-1", "*-1", "_", ",1.5", "#t", "=5 txt:x", "*2 $1 a $1 b", "~1 $1 a",
		"%1 $1 f $1 v", "*2 *2 $1 a ,1 *2 $1 b ,2.5", "*2 $2 17 *1 $1 a", "*2 $1 k *1 *2 $1 a $1 1",
		"*3 $1 k $1 a $1 1", "*2 :3 $3 1.5", "%2 $7 matches *1 *3 *2 :4 :7 *2 :5 :8 :4 $3 len :6",
		"|1 $1 a $1 b :1", "*1 *1 *1 *0", "$8 [4,null]", "*2 *2 $1 a $1 b $-1", "%1 $1 a *2 ,1 $-1",
		"*1 *2 :1000 +1.5", "%1 $1 k *3 %1 $1 a $1 b %1 $7 sources *1 $1 k *1 *2 :1 ,1.5",
		"*1 *3 $1 k *1 *2 $10 __source__ $3 a,b *2 :1 +1.5", "*2 $5 rules *1 *4 $1 k :1 +AVG :0",
		"*2 :1 -ERR x", "%1 $5 rules %1 $1 k *3 :1 +AVG :0",
		// Search.
		"*3 :1 $1 a *2 $1 f $1 v",
		"%2 $13 total_results :1 $7 results *1 %1 $16 extra_attributes %1 $1 f $1 v",
		"*2 *2 :1 *2 $1 f $1 v :17", "*1 *3 $4 TERM $1 a *1 *2 ,1 $1 b",
		"%1 $10 attributes *1 *2 $4 type $3 TAG", "*1 *4 $1 m $3 1.5 :7 *2 $1 1 $1 2",
		"*1 *2 $1 s *1 *2 $3 1-0 *2 $1 f $1 v", "%1 $1 s *1 *4 $3 1-0 *-1 :5 :2",
		"*3 $3 0-0 *1 *2 $3 1-0 *2 $1 f $1 v *1 $3 2-0", "*4 :1 $3 1-0 $3 1-0 *1 *2 $1 c $1 1",
		"*1 *4 $3 1-0 $1 c :5 :1", "*4 $6 length :1 $6 groups *1 *2 $7 pending *1 *4 $3 1-0 $1 c :5 :1",
		"*2 *2 :0 $1 a *2 :5 $1 b",
	} {
		f.Add(testkit.Frame(s))
	}
	decoders := []unboxer{
		status(decode.OK), status(decode.Pong), with(decode.String), with(decode.Word), with(decode.Bytes),
		with(decodeLent), with(decode.Int), with(decode.Float), with(decode.Bool), with(decode.Moved),
		with(decode.Strings), with(decode.Words), with(decodeNulls), with(decode.BytesList),
		with(decode.Ints), with(decodeNullInts), with(decodeNullFloats), with(decode.Bools), with(decode.Map),
		with(decodeFields), with(decodeKeyValue), with(decodeKeyValues), with(decodeZ), with(decodeZs),
		with(decodeKeyZ), with(decodeKeyZs), with(decodeRankScore), with(decodePage), with(decodeFieldPage),
		with(decodeZPage), with(record[LCSMatches]), with(record[WaitAOFResult]), with(decodeTTL),
		with(decodePTTL), with(decodeTTLs), with(decodeSeconds), with(decodeExpireTime),
		with(decodePExpireTime), with(decodeExpireTimes), with(decodePExpireTimes), with(decode.Time),
		// JSON, vector sets, time series, Bloom and its relatives.
		with(decodeJSONTexts), with(decodeJSONInts), with(decodeJSONFloats), with(decodeJSONBools),
		with(decode.JSONTypes), func(d *reply) (any, error) {
			var v []Null[[]string]
			return v, jsonKeys(".")(d, &v)
		},
		with(decodeVectorMatches), with(decode.FloatList), with(decodeRawVector), with(decode.Links),
		with(decodeZLinks), with(record[VectorSetInfo]), with(decode.Milli), with(decodeTSAdded),
		with(decodeTSSample), with(decodeTSSamples), with(decodeTSRows), with(decodeTSSeries),
		with(record[TSSeriesInfo]), with(decodeMarks), with(decodeInserted), with(decodeFilterChunk),
		with(decodeItemCounts), with(record[BloomInfo]), with(record[CuckooInfo]),
		with(record[CMSSketchInfo]), with(record[TopKListInfo]), with(record[TDigestSketchInfo]),
		// Search.
		with(ftLayout{}.decode), with(ftLayout{scores: true, payloads: true}.decode), ftProfileDecoder,
		with(decodeFTAggregate), with(decodeFTAggregateProfile), with(decodeFTRows), with(decodeFTIndex),
		with(decodeFTMisspelled), with(decode.FTSynonyms), with(decode.Settings), with(decodeFTSuggestions),
		// Geo, streams, arrays.
		with(record[[]Null[string]]), with(record[[]Null[GeoPoint]]), allLocations, with(decodeEntries),
		with(decodeStreams), with(decodeClaimed), with(decodeClaimedIDs), with(decodePending),
		with(record[[]StreamPendingEntry]), with(record[StreamInfo]), with(record[StreamInfoFull]),
		with(record[[]StreamGroup]), with(record[[]StreamConsumer]), with(decode.Index), with(decode.Indexes),
		with(decodeElements), with(record[ArrayInfo]), with(record[IncrExResult]),
		with(record[IncrExFloatResult]),
	}
	decoders = append(decoders, adminDecoders...)
	f.Fuzz(func(t *testing.T, data []byte) {
		var s resp.Scanner
		s.Init(resp.Limits{})
		n, err := s.Scan(data)
		if err != nil || n == 0 {
			return
		}
		for _, text := range []TextEncoding{nil, UTF8Strict} {
			for _, decode := range decoders {
				_, _ = decode(&reply{Decoder: resp.NewDecoder(data[:n:n]), Encoding: text})
			}
		}
	})
}

type fuzzed struct {
	S   string
	B   []byte
	I   int64
	I8  int8
	U   uint64
	F   float64
	F32 float32
	Yes bool
	At  time.Time
	For time.Duration
	P   *string
	N   Null[int16]
	Inner
}

// Inner is embedded.
type Inner struct {
	Deep string `redis:"a field,omitempty"`
}

// A struct that is written and read back is unchanged.
func FuzzStruct(f *testing.F) {
	f.Add("s", []byte{0, 1}, int64(-5), int8(-128), uint64(1<<63), 0.1, float32(0.1), true, int64(1700000000),
		int64(123456789), int64(-1), int16(9), "x")
	f.Add("", []byte{}, int64(0), int8(0), uint64(0), -1e300, float32(0), false, int64(-62135596800),
		int64(0), int64(1<<62), int16(0), "")
	f.Fuzz(func(t *testing.T, s string, b []byte, i int64, i8 int8, u uint64, fl float64, f32 float32,
		yes bool, sec, nano, d int64, n int16, deep string) {
		at := time.Unix(sec%(1<<36), nano%1e9).UTC()
		if y := at.Year(); y < 0 || y > 9999 || fl != fl || f32 != f32 {
			t.Skip("has no form")
		}
		want := fuzzed{S: s, B: b, I: i, I8: i8, U: u, F: fl, F32: f32, Yes: yes, At: at,
			For: time.Duration(d), Inner: Inner{deep}}
		if yes {
			want.P, want.N = &s, Null[int16]{n, true}
		}
		fields, err := Fields(&want)
		if err != nil {
			t.Fatal(err)
		}
		m, err := structs.Of(reflect.TypeFor[fuzzed]())
		if err != nil {
			t.Fatal(err)
		}
		var got fuzzed
		for j := 0; j < len(fields); j += 2 {
			var e encoder
			e.Value("value", fields[j+1])
			raw, err := (&reply{Decoder: resp.NewDecoder(e.Buf)}).UserBytes()
			if err != nil || e.Err != nil {
				t.Fatal(err, e.Err)
			}
			field := m.ByName[fields[j].(string)]
			if err := field.Set(reflect.ValueOf(&got).Elem(), raw, nil); err != nil {
				t.Fatalf("%s: %v", field.Path, err)
			}
		}
		if !bytes.Equal(got.B, want.B) {
			t.Errorf("got the bytes %q, want %q", got.B, want.B)
		}
		got.B, want.B = nil, nil
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

// BenchmarkDecode is the client's work on one reply: it finds the end of the reply, and decodes it.
func BenchmarkDecode(b *testing.B) {
	for _, c := range []struct {
		name   string
		wire   []byte
		decode func(d *reply) error
	}{
		{"LRange100", repeated('*', 100, 1, "$"), into(decode.Strings)},
		{"MGet100", repeated('*', 100, 1, "$"), into(decodeNulls)},
		{"HGetAll50", repeated('%', 50, 2, "$$"), into(decode.Map)},
		{"ZRange100/RESP3", repeated('*', 100, 1, "*$,"), into(decodeZs)},
		{"ZRange100/RESP2", repeated('*', 100, 2, "$."), into(decodeZs)},
		{"Ints100", repeated('*', 100, 1, ":"), into(decode.Ints)},
		{"Bulk", resp.AppendBulk(nil, strings.Repeat("x", 64)), into(decode.String)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var s resp.Scanner
			d := new(reply)
			for b.Loop() {
				n, err := s.Scan(c.wire)
				if err != nil || n != len(c.wire) {
					b.Fatal(n, err)
				}
				d.Reset(c.wire)
				if err := c.decode(d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// repeated makes an aggregate with n repetitions of pattern: a bulk string, a score as a bulk string (.) or a
// double (,), an integer, or the header of a pair (*).
func repeated(kind byte, n, each int, pattern string) []byte {
	count := n
	if kind == '*' {
		count = n * each
	}
	wire := append(strconv.AppendInt([]byte{kind}, int64(count), 10), "\r\n"...)
	for i := range n {
		for _, c := range pattern {
			switch c {
			case '$':
				wire = resp.AppendBulk(wire, "member-"+strconv.Itoa(i))
			case '.':
				wire = resp.AppendBulk(wire, strconv.Itoa(i)+".5")
			case ',':
				wire = resp.AppendDouble(wire, float64(i)+0.5)
			case ':':
				wire = resp.AppendInteger(wire, int64(i*i*i))
			case '*':
				wire = resp.AppendArray(wire, 2)
			}
		}
	}
	return wire
}

// Replies that the server of the tests does not send, and unknown fields of newer servers.
func TestDecodeServer(t *testing.T) {
	t.Parallel()
	at := time.Unix(1700000000, 0)
	extra := map[string]Value{"new": {kind: KindInt, num: 7}}
	for _, c := range []struct {
		name         string
		resp2, resp3 string
		decode       unboxer
		want         any
	}{
		{"slow log", "*1 *6 :5 :1700000000 :12 *2 $3 GET $1 a $9 127.0.0.1 $1 n", "",
			with(record[[]SlowLogEntry]),
			[]SlowLogEntry{{ID: 5, At: at, Duration: 12 * time.Microsecond, Args: []string{"GET", "a"},
				ClientAddr: "127.0.0.1", ClientName: "n"}}},
		{"slow log of server 3", "*1 *4 :5 :1700000000 :12 *1 $4 PING", "", with(record[[]SlowLogEntry]),
			[]SlowLogEntry{{ID: 5, At: at, Duration: 12 * time.Microsecond, Args: []string{"PING"}}}},
		{"slow log of a newer server", "*1 *7 :5 :1700000000 :12 *1 $4 PING $1 a $1 n :7", "",
			with(record[[]SlowLogEntry]),
			[]SlowLogEntry{{ID: 5, At: at, Duration: 12 * time.Microsecond, Args: []string{"PING"},
				ClientAddr: "a", ClientName: "n", Extra: []Value{{kind: KindInt, num: 7}}}}},
		{"command log", "*1 *6 :5 :1700000000 :1234 *1 $4 PING $1 a $0 ", "", with(record[[]CommandLogEntry]),
			[]CommandLogEntry{{ID: 5, At: at, Cost: 1234, Args: []string{"PING"}, ClientAddr: "a"}}},
		{"latency of Valkey", "*1 *6 $7 command :1700000000 :254 :1005 :1259 :2", "",
			with(record[[]LatencyEvent]),
			[]LatencyEvent{{Event: "command", At: at, Latency: 254 * time.Millisecond,
				Max: 1005 * time.Millisecond, Sum: 1259 * time.Millisecond, Count: 2}}},
		{"histogram", "*2 $3 set *4 $5 calls :3 $14 histogram_usec *4 :1 :2 :33 :3",
			"%1 $3 set %2 $5 calls :3 $14 histogram_usec %2 :1 :2 :33 :3",
			with(record[map[string]LatencyHistogram]),
			map[string]LatencyHistogram{"set": {Calls: 3,
				Buckets: []LatencyBucket{{time.Microsecond, 2}, {33 * time.Microsecond, 3}}}}},
		{"memory", "*6 $10 keys.count :2 $13 fragmentation $3 1.5 $3 new :7",
			"%3 $10 keys.count :2 $13 fragmentation ,1.5 $3 new :7", with(decodeMemoryStats),
			MemoryStats{Keys: 2, Fragmentation: 1.5, DBs: map[int]MemoryDB{}, Extra: extra}},
		{"memory of a database", "*2 $4 db.3 *4 $23 overhead.hashtable.main :5 $3 new :7",
			"%1 $4 db.3 %2 $23 overhead.hashtable.main :5 $3 new :7", with(decodeMemoryStats),
			MemoryStats{DBs: map[int]MemoryDB{3: {Keys: 5, Extra: extra}}}},
		{"primary", "*3 $6 master :10 *1 *3 $1 h $4 6380 $1 9", "", with(decodeRole),
			RoleInfo{Name: "master", Offset: 10, Replicas: []RoleInfoReplica{{"h", 6380, 9}}}},
		{"replica", "*6 $5 slave $1 h :6379 $9 connected :12 $1 x", "", with(decodeRole),
			RoleInfo{Name: "slave", PrimaryHost: "h", PrimaryPort: 6379, State: "connected", Offset: 12,
				Extra: []Value{{kind: KindString, text: "x"}}}},
		{"sentinel", "*2 $8 sentinel *2 $1 a $1 b", "", with(decodeRole),
			RoleInfo{Name: "sentinel", Primaries: []string{"a", "b"}}},
		{"modules", "*1 *10 $4 name $1 m $3 ver :3 $4 path $5 /m.so $4 args *1 $1 a $3 new :7",
			"*1 %5 $4 name $1 m $3 ver :3 $4 path $5 /m.so $4 args *1 $1 a $3 new :7",
			with(record[[]ModuleInfo]),
			[]ModuleInfo{{Name: "m", Version: 3, Path: "/m.so", Args: []string{"a"}, Extra: extra}}},
		{"hot keys", "*1 *20 $15 tracking-active :1 $12 sample-ratio :1 $14 selected-slots *1 *2 :0 :16383 " +
			"$25 all-commands-all-slots-us :103 " +
			"$32 net-bytes-all-commands-all-slots :2042 $29 collection-start-time-unix-ms :1700000000123 " +
			"$22 collection-duration-ms :5 " +
			"$22 total-cpu-time-user-ms :23 $14 by-cpu-time-us *4 $1 a :29 $1 b :25 $12 by-net-bytes *2 $1 " +
			"a :100",
			"*1 %10 $15 tracking-active :1 $12 sample-ratio :1 $14 selected-slots *1 *2 :0 :16383 $25 " +
				"all-commands-all-slots-us :103 " +
				"$32 net-bytes-all-commands-all-slots :2042 $29 collection-start-time-unix-ms " +
				":1700000000123 $22 collection-duration-ms :5 " +
				"$22 total-cpu-time-user-ms :23 $14 by-cpu-time-us *4 $1 a :29 $1 b :25 $12 by-net-bytes " +
				"*2 $1 a :100", with(decodeHotKeys),
			HotKeys{Active: true, SampleRatio: 1, Slots: [][2]int64{{0, 16383}}, CPU: 103 * time.Microsecond,
				Net: 2042, Start: time.UnixMilli(1700000000123), Duration: 5 * time.Millisecond,
				CPUUser: 23 * time.Millisecond,
				ByCPU:   []HotKeyTime{{"a", 29 * time.Microsecond}, {"b", 25 * time.Microsecond}},
				ByNet:   []HotKeyBytes{{"a", 100}}}},
		{"hot keys without an array around them", "*4 $14 selected-slots *2 :5 *1 :9 $3 new :7",
			"%2 $14 selected-slots *2 :5 *1 :9 $3 new :7", with(decodeHotKeys),
			HotKeys{Slots: [][2]int64{{5, 5}, {9, 9}}, Extra: extra}},
		{"command of server 5", "*1 *6 $3 get :2 *1 +fast :1 :1 :1", "", with(record[[]CommandInfo]),
			[]CommandInfo{{Name: "get", Arity: 2, Flags: []string{"fast"}, FirstKey: 1,
				LastKey: 1, Step: 1}}},
		{"documentation", "*2 $1 c *4 $7 summary $1 s $3 new :7", "%1 $1 c %2 $7 summary $1 s $3 new :7",
			with(record[map[string]CommandDoc]),
			map[string]CommandDoc{"c": {Summary: "s", Extra: extra}}},
		{"libraries", "*1 *6 $12 library_name $1 l $9 functions *1 *6 $4 name $1 f $11 description $-1 $5 " +
			"flags *0 $3 new :7",
			"*1 %3 $12 library_name $1 l $9 functions *1 %3 $4 name $1 f $11 description _ $5 flags ~0 $3 " +
				"new :7", with(record[[]FunctionLibrary]),
			[]FunctionLibrary{{Name: "l", Functions: []FunctionInfo{{Name: "f", Flags: []string{}}},
				Extra: extra}}},
		{"engines", "*4 $14 running_script $-1 $7 engines *2 $3 LUA *4 $15 libraries_count :1 $3 new :7",
			"%2 $14 running_script _ $7 engines %1 $3 LUA %2 $15 libraries_count :1 $3 new :7",
			with(record[FunctionStats]),
			FunctionStats{Engines: map[string]FunctionEngine{"LUA": {Libraries: 1, Extra: extra}}}},
		{"subscribers", "*4 $1 a :1 $1 b :0", "%2 $1 a :1 $1 b :0", with(decodeChannelCounts),
			[]ChannelCount{{"a", 1}, {"b", 0}}},
		{"settings", "*2 $4 save $0 ", "%1 $4 save $0 ", with(record[map[string]string]),
			map[string]string{"save": ""}},
	} {
		for protocol, form := range map[string]string{"RESP2": c.resp2, "RESP3": c.resp3} {
			if form == "" {
				continue
			}
			d := &reply{Decoder: resp.NewDecoder(testkit.Frame(form))}
			got, err := c.decode(d)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s, %s: got %+v and %v, want %+v", c.name, protocol, got, err, c.want)
			}
			if d.More() {
				t.Errorf("%s, %s: a part of the reply was not read", c.name, protocol)
			}
		}
	}
}

var serverDecoders = map[string]unboxer{
	"done": status(decodeDone), "gone": status(decodeGone), "info": with(decodeInfo),
	"settings": with(record[map[string]string]), "commands": with(record[[]CommandInfo]),
	"commands that may be unknown": with(record[[]Null[CommandInfo]]),
	"documentation":                with(record[map[string]CommandDoc]),
	"keys and flags":               with(record[[]CommandKeyFlags]), "slow log": with(record[[]SlowLogEntry]),
	"command log": with(record[[]CommandLogEntry]),
	"histograms":  with(record[map[string]LatencyHistogram]), "latency samples": with(record[[]LatencySample]),
	"latency events": with(record[[]LatencyEvent]), "memory": with(decodeMemoryStats),
	"role": with(decodeRole), "modules": with(record[[]ModuleInfo]), "hot keys": with(decodeHotKeys),
	"debug object": with(decodeDebugObject), "libraries": with(record[[]FunctionLibrary]),
	"function stats": with(record[FunctionStats]), "subscribers": with(decodeChannelCounts),
	"all fields": unboxFields(structs.AllFields), "some fields": unboxFields(structs.SomeFields),
}

// A reply of another shape is an error that is not Missing.
func TestDecodeServerWrongShape(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"*1 *1 *0", "*1 *2 *0 *0", "#t", "*3 *0 :1 %0"} {
		for name, read := range serverDecoders {
			if name == "info" && form[0] != '*' {
				continue
			}
			if got, err := read(&reply{Decoder: resp.NewDecoder(testkit.Frame(form))}); err == nil ||
				errors.Is(err, decode.ErrMissing) {
				t.Errorf("%s out of %q gives %#v and the error %v", name, form, got, err)
			}
		}
	}
}

// FuzzDecodeServer passes every whole reply to every decode function of this family.
func FuzzDecodeServer(f *testing.F) {
	for _, s := range []string{
		"+OK", ":5", "*1 *6 :5 :1700000000 :12 *2 $3 GET $1 a $1 x $1 n",
		"*3 $6 master :10 *1 *3 $1 h $4 6380 $1 9",
		"%1 $3 set %2 $5 calls :3 $14 histogram_usec %2 :1 :2 :33 :3",
		"*2 $14 by-cpu-time-us *3 $1 a :29 $1 b", "*2 $12 by-net-bytes *1 $1 a",
		"*1 *10 $3 get :2 *0 :1 :1 :1 *0 *0 *1 *2 $12 begin_search *4 $4 type $5 index $4 spec *2 $5 index " +
			":1 *0", "+Value",
		"%1 $1 c %1 $9 arguments *1 %1 $9 arguments *0", "*2 $4 db.3 *2 $23 overhead.hashtable.main :5",
		"=9 txt:#a b:1",
	} {
		f.Add(testkit.Frame(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var s resp.Scanner
		s.Init(resp.Limits{})
		n, err := s.Scan(data)
		if err != nil || n == 0 {
			return
		}
		for _, decode := range serverDecoders {
			_, _ = decode(&reply{Decoder: resp.NewDecoder(data[:n:n])})
		}
	})
}

// Covers: F66
func TestParseInfo(t *testing.T) {
	t.Parallel()
	info := parseInfo(strings.ReplaceAll(`# Server
redis_version:7.2.4
valkey_version:8.1.0
server_name:valkey
redis_git_sha1:00000000
os:Linux 6.1 x86_64
executable:/opt/a=b,c=d/redis-server
uptime_in_seconds:61

# Clients
blocked_clients:3
# Memory
mem_fragmentation_ratio:1.50
allocator_frag_ratio:-nan
used_memory_peak_perc:99.51%
maxmemory:-5
# Modules
module:name=ft,ver=20811,api=1,filters=0,usedby=[],using=[ReJSON],options=[handle-io-errors]
module:name=bf,ver=3
# Replication
slave0:ip=::1,port=7001,state=online,offset=14,lag=2
# Commandstats
cmdstat_config|get:calls=2,usec=30,usec_per_call=15.00,rejected_calls=1,failed_calls=0
cmdstat_host::calls=1,usec=5,usec_per_call=5.00
# Errorstats
errorstat_ERR:count=5
# Keyspace
db0:keys=10,expires=2,avg_ttl=1500,subexpiry=0
a line of its own
`, "\n", "\r\n"))
	if info.Version != "8.1.0" || info.Uptime != 61*time.Second || info.BlockedClients != 3 ||
		info.MaxMemory != -5 {
		t.Errorf("got %+v", info)
	}
	for field, want := range map[string]any{
		"redis_version": "7.2.4", "redis_git_sha1": "00000000", "os": "Linux 6.1 x86_64",
		"executable": "/opt/a=b,c=d/redis-server", "uptime_in_seconds": int64(61),
		"mem_fragmentation_ratio": 1.5, "used_memory_peak_perc": "99.51%",
		"errorstat_ERR": map[any]any{"count": int64(5)},
		"module": []any{
			map[any]any{"name": "ft", "ver": int64(20811), "api": int64(1), "filters": int64(0),
				"usedby": "[]", "using": "[ReJSON]", "options": "[handle-io-errors]"},
			map[any]any{"name": "bf", "ver": int64(3)},
		},
	} {
		if got := info.Get(field).Any(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %#v, want %#v", field, got, want)
		}
	}
	if f, err := info.Get("allocator_frag_ratio").Float(); !math.IsNaN(f) || err != nil {
		t.Errorf("a ratio of nothing is %v, %v", f, err)
	}
	if n, err := info.Get("redis_git_sha1").Int(); n != 0 || err != nil {
		t.Errorf("zeros as a number are %v and %v", n, err)
	}
	for name, c := range map[string]struct{ got, want any }{
		"replicas": {info.Replicas, []InfoReplica{{Host: "::1", Port: 7001, State: "online", Offset: 14,
			Lag: 2 * time.Second}}},
		"commands": {info.Commands, map[string]InfoCommand{"config|get": {Calls: 2, Rejected: 1,
			Duration: 30 * time.Microsecond}, "host:": {Calls: 1, Duration: 5 * time.Microsecond}}},
		"errors": {info.Errors, map[string]int64{"ERR": 5}},
		"keyspace": {info.Keyspace, map[int]InfoKeyspace{0: {Keys: 10, Expires: 2,
			AverageTTL: 1500 * time.Millisecond}}},
		"lines": {info.Lines, []string{"a line of its own"}},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("the %s are %+v, want %+v", name, c.got, c.want)
		}
	}
	if none := parseInfo(""); len(none.Sections) != 0 || none.Lines != nil {
		t.Errorf("nothing gives %+v", none)
	}
}

func FuzzParseInfo(f *testing.F) {
	f.Add("# A\r\na:1\r\nb:x=1,y=2.5\r\n")
	f.Add("module:name=x\nmodule:\ncmdstat_host::\n:\n#\ndb:x=1\n")
	f.Fuzz(func(t *testing.T, text string) {
		info := parseInfo(text)
		for _, fields := range info.Sections {
			for field := range fields {
				_ = info.Get(field).Any()
			}
		}
	})
}

// A time or a count that the server could not compute is 0, and not the result of a conversion of NaN or
// infinity.
func TestSpansOfOddNumbers(t *testing.T) {
	t.Parallel()
	for f, want := range map[float64]time.Duration{
		1.5: 1500 * time.Millisecond, 1e300: math.MaxInt64 - 1023, -1e300: -(math.MaxInt64 - 1023),
		math.Inf(1): math.MaxInt64 - 1023, math.Inf(-1): -(math.MaxInt64 - 1023),
	} {
		if got := decode.FloatSpan(f, time.Second); got != want {
			t.Errorf("%v seconds are %d, want %d", f, got, want)
		}
	}
	nan := facts{"n": {kind: KindString, text: "-nan(ind)"}}
	if got := decode.FloatSpan(math.NaN(), time.Second); got != 0 || nan.int("n") != 0 || len(nan) != 0 {
		t.Errorf("NaN seconds are %v; what is left of the facts is %v", got, nan)
	}
}

// adminDecoders are the decode functions for connections, ACL users, clusters and Sentinels.
var adminDecoders = []unboxer{
	with(record[[]ACLLogEntry]), with(decodeACLUser), with(record[HostPort]), with(decodeClientInfo),
	with(decodeClientInfos), with(decodeClusterEpoch), with(decodeClusterInfo), with(record[[]ClusterLink]),
	with(decodeClusterNodeList), with(decodeClusterNodes), with(record[[]ClusterShard]),
	with(record[[]ClusterSlotNodes]), with(record[map[string]time.Duration]), with(decodeDryRun),
	with(record[map[string][]SentinelCachedInfo]), with(decodeMasterDown), with(decodeMigrationTask),
	with(record[[]ClusterMigrationTask]), with(record[map[string]string]), with(decodeSentinelMap),
	with(record[[]SentinelScript]), with(record[SentinelState]), with(record[[]SentinelState]),
	with(record[[]ClusterSlotMigrationState]), with(decodeSlotStats), with(record[TrackingInfo]),
}

func text(s string) Value { return Value{kind: KindString, text: s} }

const (
	nodeID  = "07c37dfeb235213a872192d90877d0cd55635b91"
	otherID = "67ed2db8d677e59ec4a4cefb06858cf2a1a89fa1"
)

// Replies of newer servers, or of servers in rare states, from their documentation and source.
func TestDecodeAdmin(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1700000000123)
	sec := time.Unix(1700000000, 0)
	for _, c := range []struct {
		name   string
		reply  any // see testkit.Reply
		decode unboxer
		want   any
	}{
		{"connections with new fields",
			testkit.Verbatim("id=7 addr=[::1]:5 name=a=b lib-name=x(y=z) age=3 idle=1 flags=N db=2 " +
				"multi=-1 io-thread=2 tot-cmds=9 new=1=2 fd=many\n\nid=8 addr=/tmp/s:0\n"),
			with(decodeClientInfos), []ClientInfo{
				{ID: 7, Addr: "[::1]:5", Name: "a=b", LibName: "x(y=z)", Age: 3 * time.Second,
					Idle: time.Second, Flags: "N", DB: 2, Multi: -1, IOThread: 2,
					TotalCommands: 9, Extra: map[string]Value{"new": text("1=2"), "fd": text("many")}},
				{ID: 8, Addr: "/tmp/s:0"},
			}},
		{"connections with blanks",
			"id=7 addr=/s p/a=b  c.sock:0 laddr=/s p/laddr.sock:0 fd=8 name= user=x\u3000y lib-ver=\n" +
				"id=8 addr=/a: b.sock:0 fd=9 new=one two=2 three\nid=9 addr= laddr=?:0\n" +
				"id=10 addr=/a fd=9 \n",
			with(decodeClientInfos), []ClientInfo{
				{ID: 7, Addr: "/s p/a=b  c.sock:0", LAddr: "/s p/laddr.sock:0", FD: 8, User: "x\u3000y"},
				{ID: 8, Addr: "/a: b.sock:0", FD: 9,
					Extra: map[string]Value{"new": text("one"), "two": text("2 three")}},
				{ID: 9, LAddr: "?:0"},
				{ID: 10, Addr: "/a", FD: 9},
			}},
		{"no connections", "", with(decodeClientInfos), []ClientInfo{}},
		{"user of server 6", testkit.Map{"flags", []any{"off", "allkeys"}, "passwords", []any{}, "commands",
			"+@all -get", "keys", []any{"a*", "b\u3000"}, "channels", []any{"c*"}, "new", 1},
			with(decodeACLUser), ACLUser{Flags: []string{"off", "allkeys"}, Passwords: []string{},
				ACLSelector: ACLSelector{
					Rules: []string{"+@all", "-get"}, Categories: []string{"+@all"},
					Commands: []string{"-get"}, Keys: []string{"~a*", "~b\u3000"}, Channels: []string{"&c*"},
					AllDatabases: true,
				}, Extra: map[string]Value{"new": {kind: KindInt, num: 1}}}},
		{"user of some databases", testkit.Map{"databases", "db=0,12", "selectors",
			[]any{testkit.Map{"databases", "alldbs"}, testkit.Map{"databases", ""},
				testkit.Map{"keys", []any{"a*"}}}}, with(decodeACLUser),
			ACLUser{ACLSelector: ACLSelector{Databases: []int64{0, 12}}, Selectors: []ACLSelector{
				{AllDatabases: true}, {}, {Keys: []string{"~a*"}, AllDatabases: true},
			}}},
		{"entry of the log of server 7.2", []any{testkit.Map{"count", 2, "reason", "key", "context",
			"toplevel", "object", "k", "username", "bob", "age-seconds", 0.25, "client-info", "id=9 addr=a:1",
			"entry-id", 4, "timestamp-created", 1700000000123,
			"timestamp-last-updated", 1700000000123, "new", "x"}}, with(record[[]ACLLogEntry]),
			[]ACLLogEntry{{Count: 2, Reason: "key", Context: "toplevel", Object: "k", Username: "bob",
				Age: 250 * time.Millisecond, Client: ClientInfo{ID: 9, Addr: "a:1"}, EntryID: 4, Created: at,
				Updated: at,
				Extra:   map[string]Value{"new": text("x")}}}},
		{"nodes", nodeID + " 127.0.0.1:30004@31004,host,shard-id=s1 slave,fail? " + otherID +
			" 1700000000123 1700000000123 4 disconnected\n" +
			otherID + " ::1:30001@31001 myself,master - 0 0 1 connected 0-99 200 [5->-" + nodeID + "] [6-<-" +
			nodeID + "]\n" +
			nodeID + " :0@0 noflags - 0 0 0 connected\n" + nodeID +
			" 1.2.3.4:6379 master,nofailover - 0 0 0 connected\n", with(decodeClusterNodes), []ClusterNode{
			{ID: nodeID, Host: "127.0.0.1", Port: 30004, BusPort: 31004, Hostname: "host",
				Flags: []string{"slave", "fail?"}, Master: otherID, PingSent: at,
				PongReceived: at, Epoch: 4, Extra: map[string]Value{"shard-id": text("s1")}},
			{ID: otherID, Host: "::1", Port: 30001, BusPort: 31001, Flags: []string{"myself", "master"},
				Epoch: 1, Connected: true, Slots: []SlotRange{{0, 99}, {200, 200}},
				Migrating: []ClusterMovingSlot{{5, nodeID}}, Importing: []ClusterMovingSlot{{6, nodeID}}},
			{ID: nodeID, Connected: true},
			{ID: nodeID, Host: "1.2.3.4", Port: 6379, Flags: []string{"master", "nofailover"},
				Connected: true},
		}},
		{"replicas", []any{nodeID + " a:1@2 slave " + otherID + " 0 1700000000123 4 connected"},
			with(decodeClusterNodeList), []ClusterNode{
				{ID: nodeID, Host: "a", Port: 1, BusPort: 2, Flags: []string{"slave"}, Master: otherID,
					PongReceived: at, Epoch: 4, Connected: true},
			}},
		{"slots", []any{
			[]any{0, 99, []any{"a", 1, nodeID, testkit.Map{"hostname", "host", "ip", "1.2.3.4"}, 7},
				[]any{nil, 2, otherID, []any{}}, []any{"?", 3}},
			[]any{100, 100},
		}, with(record[[]ClusterSlotNodes]), []ClusterSlotNodes{
			{Start: 0, End: 99, Nodes: []ClusterEndpoint{{Host: "a", Port: 1, ID: nodeID,
				Metadata: map[string]string{"hostname": "host", "ip": "1.2.3.4"}},
				{Port: 2, ID: otherID, Metadata: map[string]string{}}, {Host: "?", Port: 3}}},
			{Start: 100, End: 100, Nodes: []ClusterEndpoint{}},
		}},
		{"shards", []any{testkit.Map{"slots", []any{0, 99, 200, 200}, "nodes",
			[]any{testkit.Map{"id", nodeID, "port", 1, "tls-port", 2, "ip", "1.2.3.4", "endpoint", "host",
				"hostname", "host", "role", "replica", "replication-offset", 72156, "health", "online",
				"availability-zone", "z"}}, "id", otherID, "new", 1}}, with(record[[]ClusterShard]),
			[]ClusterShard{{ID: otherID, Slots: []SlotRange{{0, 99}, {200, 200}},
				Nodes: []ClusterShardNode{{ID: nodeID, Port: 1, TLSPort: 2, IP: "1.2.3.4",
					Hostname: "host", Endpoint: "host", Role: "replica", ReplicationOffset: 72156,
					Health: "online", Extra: map[string]Value{"availability-zone": text("z")}}},
				Extra: map[string]Value{"new": {kind: KindInt, num: 1}}}}},
		{"links", []any{testkit.Map{"direction", "to", "node", nodeID, "create-time", 1700000000123, "events",
			"rw", "send-buffer-allocated", 4512, "send-buffer-used", 5, "new", "x"}},
			with(record[[]ClusterLink]), []ClusterLink{{Direction: "to", Node: nodeID, Created: at,
				Events: "rw", SendBufferAllocated: 4512, SendBufferUsed: 5,
				Extra: map[string]Value{"new": text("x")}}}},
		{"bumped", testkit.Status("BUMPED 7"), with(decodeClusterEpoch),
			ClusterEpoch{Epoch: 7, Bumped: true}},
		{"still", testkit.Status("STILL 7"), with(decodeClusterEpoch), ClusterEpoch{Epoch: 7}},
		{"counters of slots", []any{[]any{5, testkit.Map{"key-count", 3, "cpu-usec", 40, "memory-bytes", 50,
			"network-bytes-in", 6, "network-bytes-out", 7, "new", 8}}, []any{6, testkit.Map{"key-count", 0}}},
			with(decodeSlotStats), []ClusterSlotStats{{Slot: 5, KeyCount: 3, CPU: 40 * time.Microsecond,
				Memory: 50, NetworkIn: 6, NetworkOut: 7,
				Extra: map[string]Value{"new": {kind: KindInt, num: 8}}}, {Slot: 6}}},
		{"migrations of Valkey", []any{testkit.Map{"name", nodeID, "operation", "EXPORT", "slot_ranges",
			"0-10 20-20", "target_node", otherID, "source_node", nodeID, "create_time", 1700000000,
			"last_update_time", 1700000000, "last_ack_time", 0, "state", "success", "message", "", "cow_size",
			9, "new", "x"}}, with(record[[]ClusterSlotMigrationState]),
			[]ClusterSlotMigrationState{{Name: nodeID, Operation: "EXPORT",
				Slots: []SlotRange{{0, 10}, {20, 20}}, Target: otherID, Source: nodeID, Created: sec,
				Updated: sec,
				State:   "success", CowSize: 9, Extra: map[string]Value{"new": text("x")}}}},
		{"migrations of Redis", migrationReply, with(record[[]ClusterMigrationTask]),
			[]ClusterMigrationTask{migrationRecord(at)}},
		{"migration of Redis", migrationReply, with(decodeMigrationTask), migrationRecord(at)},
		{"no such migration", []any{}, with(decodeMigrationTask), decode.ErrMissing},
		{"a Sentinel", testkit.Map{"name", nodeID, "ip", "h", "port", "26379", "runid", nodeID, "flags",
			"s_down,sentinel,master_down,disconnected", "link-pending-commands", "3", "link-refcount", "1",
			"last-ping-sent", "10", "last-ok-ping-reply", "20", "last-ping-reply", "30", "s-down-time", "40",
			"down-after-milliseconds", "5000", "last-hello-message", "60",
			"voted-leader", "?", "voted-leader-epoch", "0", "new", "x"}, with(record[SentinelState]),
			SentinelState{Name: nodeID, Addr: HostPort{"h", 26379}, RunID: nodeID,
				Flags: []string{"s_down", "sentinel", "master_down", "disconnected"}, IsSentinel: true,
				IsSDown: true, IsMasterDown: true, IsDisconnected: true, LinkPendingCommands: 3,
				LinkRefCount: 1, LastPingSent: 10 * time.Millisecond, LastOKPingReply: 20 * time.Millisecond,
				LastPingReply: 30 * time.Millisecond, SDownTime: 40 * time.Millisecond,
				DownAfter: 5 * time.Second, LastHello: 60 * time.Millisecond, VotedLeader: "?",
				Extra: map[string]Value{"new": text("x")}}},
		{"a master that is down", []any{testkit.Map{"name", "m", "flags",
			"s_down,o_down,master,failover_in_progress", "o-down-time", "50", "failover-state", "wait_start",
			"config-epoch", "2"}}, with(decodeSentinelMap),
			map[string]SentinelState{"m": {Name: "m",
				Flags: []string{"s_down", "o_down", "master", "failover_in_progress"}, IsMaster: true,
				IsSDown: true, IsODown: true,
				ODownTime: 50 * time.Millisecond, FailoverState: "wait_start", ConfigEpoch: 2}}},
		{"a vote", []any{1, nodeID, 4}, with(decodeMasterDown),
			SentinelMasterDown{Down: true, Leader: nodeID, LeaderEpoch: 4}},
		{"scripts", []any{testkit.Map{"argv", []any{"/s", "a"}, "flags", "running", "pid", "5", "run-time",
			"1500", "retry-num", "1"},
			testkit.Map{"argv", []any{"/s"}, "flags", "scheduled", "pid", "0", "run-delay", "20", "retry-num",
				"2", "new", "x"}}, with(record[[]SentinelScript]),
			[]SentinelScript{{Argv: []string{"/s", "a"}, Flags: "running", PID: 5,
				RunTime: 1500 * time.Millisecond, Retries: 1},
				{Argv: []string{"/s"}, Flags: "scheduled", RunDelay: 20 * time.Millisecond, Retries: 2,
					Extra: map[string]Value{"new": text("x")}}}},
		{"answers to INFO", testkit.Map{"m", []any{[]any{2597, "# Server"}, []any{0, nil}}},
			with(record[map[string][]SentinelCachedInfo]),
			map[string][]SentinelCachedInfo{"m": {{2597 * time.Millisecond, "# Server"}, {}}}},
		{"may not", "This user has no permissions", with(decodeDryRun), "This user has no permissions"},
		{"tracking", testkit.Map{"flags", testkit.Set{"on", "bcast"}, "redirect", 7, "prefixes", []any{"a:"},
			"new", "x"}, with(record[TrackingInfo]),
			TrackingInfo{Flags: []string{"on", "bcast"}, Redirect: 7, Prefixes: []string{"a:"},
				Extra: map[string]Value{"new": text("x")}}},
		{"no address", testkit.NullArray{}, with(record[HostPort]), decode.ErrMissing},
	} {
		for _, protocol := range []int{2, 3} {
			d := &reply{}
			d.Reset([]byte(testkit.Reply(protocol, c.reply)))
			got, err := c.decode(d)
			if want, ok := c.want.(error); ok {
				if !errors.Is(err, want) {
					t.Errorf("%s, RESP%d: got %#v and %v, want %v", c.name, protocol, got, err, want)
				}
				continue
			}
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s, RESP%d: got\n%#v and %v, want\n%#v", c.name, protocol, got, err, c.want)
			}
			if d.More() {
				t.Errorf("%s, RESP%d: leaves a rest", c.name, protocol)
			}
		}
	}
}

var migrationReply = []any{testkit.Map{"id", nodeID, "slots", "0-10 20-20", "source", nodeID, "dest", otherID,
	"operation", "migrate", "state", "completed", "last_error", "", "retries", 1, "create_time",
	1700000000123, "start_time", 1700000000123, "end_time", 0, "write_pause_ms", 7,
	"new", "x"}}

func migrationRecord(at time.Time) ClusterMigrationTask {
	return ClusterMigrationTask{ID: nodeID, Slots: []SlotRange{{0, 10}, {20, 20}}, Source: nodeID,
		Dest: otherID, Operation: "migrate", State: "completed", Retries: 1,
		Created: at, Started: at, WritePause: 7 * time.Millisecond, Extra: map[string]Value{"new": text("x")}}
}

// Replies that make no sense are errors of shape, and neither Nil nor half a record.
func TestDecodeAdminRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, reply string // see testkit.Frame
		decode      unboxer
	}{
		{"connection without fields", "$0 ", with(decodeClientInfo)},
		{"connection without =", "$2 id", with(decodeClientInfo)},
		{"field of a cluster without :", "$4 id=1", with(decodeClusterInfo)},
		{"line without =", "$7 id=1\nid", with(decodeClientInfos)},
		{"number in place of a map", ":1", with(decodeACLUser)},
		{"database that is not a number", "*2 $9 databases $6 db=1,x", with(decodeACLUser)},
		{"text in place of a number", "*1 *2 $5 count $1 x", with(record[[]ACLLogEntry])},
		{"bad connection in the log", "*1 *2 $11 client-info $1 x", with(record[[]ACLLogEntry])},
		{"short line of a node", "$3 a·b", with(decodeClusterNodes)},
		{"node without a port", "$32 id·host·master·-·0·0·1·connected", with(decodeClusterNodes)},
		{"bad port of the bus", "$33 id·a:1@x·master·-·0·0·1·connected", with(decodeClusterNodeList)},
		{"bad slot of a node", "$33 id·a:1·master·-·0·0·1·connected·x", with(decodeClusterNodes)},
		{"bad moving slot", "$34 id·a:1·master·-·0·0·1·connected·[5", with(decodeClusterNodes)},
		{"range without an end", "*1 *1 :0", with(record[[]ClusterSlotNodes])},
		{"odd slots of a shard", "*1 *2 $5 slots *1 :1", with(record[[]ClusterShard])},
		{"unknown word about an epoch", "+MOVED·7", with(decodeClusterEpoch)},
		{"no epoch", "+STILL", with(decodeClusterEpoch)},
		{"bad ranges", "*1 *2 $5 slots $3 1-x", with(decodeMigrationTask)},
		{"port missing", "*1 $1 h", with(record[HostPort])},
		{"empty state of a cluster", "$0 ", with(decodeClusterInfo)},
		{"blank state of a cluster", "$2  ", with(decodeClusterInfo)},
	} {
		d := &reply{}
		d.Reset(testkit.Frame(c.reply))
		if got, err := c.decode(d); err == nil || errors.Is(err, decode.ErrMissing) {
			t.Errorf("%s: got %#v and %v, want an error of shape", c.name, got, err)
		}
	}
}
