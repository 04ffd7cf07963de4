package redpoll

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/structs"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/resp"
)

// decodeTest is one reply in both protocols, and what becomes of it. An empty
// RESP2 or RESP3 form is not looked at.
type decodeTest struct {
	name         string
	resp2, resp3 string
	decode       func(d *reply) (any, error)
	want         any // a value, or an error that must match
}

// with makes a decode function out of one of the shapes.
func with[T any](decode func(d *reply, v *T) error) func(d *reply) (any, error) {
	return func(d *reply) (any, error) {
		var v T
		err := decode(d, &v)
		return v, err
	}
}

// unboxer decodes a reply into a new value, see with.
type unboxer = func(d *reply) (any, error)

// allLocations is with for members of geo searches with all that can be asked for.
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
		{"OK", "+OK", "+OK", with(decode.OK), struct{}{}},
		{"no OK", "$-1", "_", with(decode.OK), Nil},
		{"PONG", "+PONG", "+PONG", with(decode.Pong), struct{}{}},
		{"string", "$1 x", "$1 x", with(decode.String), "x"},
		{"verbatim string", "", "=5 txt:x", with(decode.String), "x"},
		{"number as a string", ":5", ":5", with(decode.String), "5"},
		{"no string", "$-1", "_", with(decode.String), Nil},
		{"word", "+list", "+list", with(decode.Word), "list"},
		{"no word", "$-1", "_", with(decode.Word), Nil},
		{"bytes", "$1 x", "$1 x", with(decode.Bytes), []byte("x")},
		{"no bytes", "$-1", "_", with(decode.Bytes), Nil},
		{"int", ":-5", ":-5", with(decode.Int), int64(-5)},
		{"no int", "$-1", "_", with(decode.Int), Nil},
		{"float", "$3 1.5", ",1.5", with(decode.Float), 1.5},
		{"infinite float", "$4 -inf", ",-inf", with(decode.Float), math.Inf(-1)},
		{"no float", "$-1", "_", with(decode.Float), Nil},
		{"true", ":1", "#t", with(decode.Bool), true},
		{"false", ":0", "#f", with(decode.Bool), false},
		{"moved", "+OK", "+OK", with(decode.Moved), true},
		{"nothing to move", "+NOKEY", "+NOKEY", with(decode.Moved), false},
		{"strings", "*2 $1 a $1 b", "~2 $1 a $1 b", with(decode.Strings), []string{"a", "b"}},
		{"empty list", "*0", "~0", with(decode.Strings), []string{}},
		{"no list", "*-1", "_", with(decode.Strings), Nil},
		{"words", "*1 +a", "*1 +a", with(decode.Words), []string{"a"}},
		{"nulls", "*2 $1 a $-1", "*2 $1 a _", with(decodeNulls), []Null[string]{present("a"), {}}},
		{"list of bytes", "*2 $1 a $-1", "*2 $1 a _", with(decode.BytesList), [][]byte{[]byte("a"), nil}},
		{"ints", "*2 :1 :-2", "*2 :1 :-2", with(decode.Ints), []int64{1, -2}},
		{"ints that may be missing", "*2 :1 $-1", "*2 :1 _", with(decodeNullInts), []Null[int64]{present(int64(1)), {}}},
		{"floats that may be missing", "*2 $3 1.5 $-1", "*2 ,1.5 _", with(decodeNullFloats), []Null[float64]{present(1.5), {}}},
		{"bools", "*2 :1 :0", "*2 #t #f", with(decode.Bools), []bool{true, false}},
		{"map", "*2 $1 f $1 v", "%1 $1 f $1 v", with(decode.Map), map[string]string{"f": "v"}},
		{"empty map", "*0", "%0", with(decode.Map), map[string]string{}},
		{"fields", "*2 $1 f $1 v", "*1 *2 $1 f $1 v", with(decodeFields), []FieldValue{{"f", "v"}}},
		{"members", "*4 $1 a $1 1 $1 b $3 2.5", "*2 *2 $1 a ,1 *2 $1 b ,2.5", with(decodeZs), zs},
		{"no members", "*0", "*0", with(decodeZs), []Z{}},
		{"member", "*2 $1 a $1 1", "*2 $1 a ,1", with(decodeZ), zs[0]},
		{"no member", "*0", "*0", with(decodeZ), Nil},
		{"key and value", "*2 $1 k $1 v", "*2 $1 k $1 v", with(decodeKeyValue), KeyValue{"k", "v"}},
		{"no key and value", "*-1", "_", with(decodeKeyValue), Nil},
		{"key and values", "*2 $1 k *1 $1 v", "*2 $1 k *1 $1 v", with(decodeKeyValues), KeyValues{"k", []string{"v"}}},
		{"no key and values", "*-1", "_", with(decodeKeyValues), Nil},
		{"key and member", "*3 $1 k $1 a $1 1", "*3 $1 k $1 a ,1", with(decodeKeyZ), KeyZ{"k", zs[0]}},
		{"no key and member", "*-1", "_", with(decodeKeyZ), Nil},
		{"key and members", "*2 $1 k *1 *2 $1 a $1 1", "*2 $1 k *1 *2 $1 a ,1", with(decodeKeyZs), KeyZs{"k", zs[:1]}},
		{"no key and members", "*-1", "_", with(decodeKeyZs), Nil},
		{"rank and score", "*2 :3 $3 1.5", "*2 :3 ,1.5", with(decodeRankScore), RankScore{3, 1.5}},
		{"no rank and score", "*-1", "_", with(decodeRankScore), Nil},
		{"page", "*2 $2 17 *1 $1 a", "*2 $2 17 *1 $1 a", with(decodePage), Page[string]{17, []string{"a"}}},
		{"largest cursor", "*2 $20 18446744073709551615 *0", "*2 $20 18446744073709551615 *0", with(decodePage), Page[string]{math.MaxUint64, []string{}}},
		{"page of fields", "*2 $1 0 *2 $1 f $1 v", "*2 $1 0 *2 $1 f $1 v", with(decodeFieldPage), Page[FieldValue]{0, []FieldValue{{"f", "v"}}}},
		{"page of members", "*2 $1 0 *2 $1 a $1 1", "*2 $1 0 *2 $1 a $1 1", with(decodeZPage), Page[Z]{0, zs[:1]}},
		{"matches", "*4 $7 matches *1 *3 *2 :4 :7 *2 :5 :8 :4 $3 len :6", "%2 $7 matches *1 *3 *2 :4 :7 *2 :5 :8 :4 $3 len :6", with(record[LCSMatches]),
			LCSMatches{Len: 6, Matches: []LCSMatch{{LCSRange{4, 7}, LCSRange{5, 8}, 4}}}},
		{"acknowledgements", "*2 :1 :2", "*2 :1 :2", with(record[AOFAcks]), AOFAcks{1, 2}},
		{"seconds to live", ":5", ":5", with(decodeTTL), 5 * time.Second},
		{"no expiry", ":-1", ":-1", with(decodeTTL), NoExpiry},
		{"no key", ":-2", ":-2", with(decodePTTL), NoKey},
		{"milliseconds to live", ":1500", ":1500", with(decodePTTL), 1500 * time.Millisecond},
		{"more than a Duration", ":9223372036854775807", ":9223372036854775807", with(decodeTTL), time.Duration(math.MaxInt64)},
		{"fields' seconds to live", "*3 :5 :-1 :-2", "*3 :5 :-1 :-2", with(decodeTTLs), []time.Duration{5 * time.Second, NoExpiry, NoKey}},
		{"fields' milliseconds to live", "*1 :5", "*1 :5", with(decodePTTLs), []time.Duration{5 * time.Millisecond}},
		{"idle time", ":5", ":5", with(decodeSeconds), 5 * time.Second},
		{"no idle time", "$-1", "_", with(decodeSeconds), Nil},
		{"expiry", ":1700000000", ":1700000000", with(decodeExpireTime), time.Unix(1700000000, 0)},
		{"expiry in milliseconds", ":1700000000123", ":1700000000123", with(decodePExpireTime), time.UnixMilli(1700000000123)},
		{"key without expiry", ":-1", ":-1", with(decodeExpireTime), time.Time{}},
		{"expiry of no key", ":-2", ":-2", with(decodePExpireTime), Nil},
		{"fields' expiry", "*3 :1700000000 :-1 :-2", "*3 :1700000000 :-1 :-2", with(decodeExpireTimes),
			[]Null[time.Time]{present(time.Unix(1700000000, 0)), {Valid: true}, {}}},
		{"fields' expiry in milliseconds", "*1 :1700000000123", "*1 :1700000000123", with(decodePExpireTimes),
			[]Null[time.Time]{present(time.UnixMilli(1700000000123))}},
		{"time", "*2 $10 1700000000 $6 123456", "*2 $10 1700000000 $6 123456", with(decode.Time), time.Unix(1700000000, 123456000)},
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

// A reply of another shape is an error that is not Nil, whatever it is.
func TestDecodeWrongShape(t *testing.T) {
	t.Parallel()
	shapes := map[string]func(d *reply) (any, error){
		"OK": with(decode.OK), "string": with(decode.String), "int": with(decode.Int), "float": with(decode.Float),
		"bool": with(decode.Bool), "moved": with(decode.Moved), "strings": with(decode.Strings), "nulls": with(decodeNulls),
		"ints": with(decode.Ints), "map": with(decode.Map), "fields": with(decodeFields), "members": with(decodeZs),
		"member": with(decodeZ), "key and value": with(decodeKeyValue), "key and values": with(decodeKeyValues),
		"key and member": with(decodeKeyZ), "key and members": with(decodeKeyZs), "rank and score": with(decodeRankScore),
		"page": with(decodePage), "page of members": with(decodeZPage), "matches": with(record[LCSMatches]), "acknowledgements": with(record[AOFAcks]),
		"time to live": with(decodeTTL), "expiry": with(decodeExpireTime), "expiries": with(decodeExpireTimes), "time": with(decode.Time),
	}
	for _, form := range []string{
		"*3 *1 $1 a :1 _", "*1 *0", "%1 *0 *0", "*2 $7 matches *1 *1 *0", "*2 *0 *0", "*1 -ERR", "*5 $1 a $1 b $1 c $1 d *0",
	} {
		for name, decode := range shapes {
			got, err := decode(&reply{Decoder: resp.NewDecoder(testkit.Frame(form))})
			if err == nil || errors.Is(err, Nil) {
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
		{"map", resp.AppendBulk(resp.AppendBulk(resp.AppendMap(nil, 1), utf16("f")), utf16("v")), with(decode.Map), map[string]string{"f": "v"}},
		{"bytes are left alone", resp.AppendBulk(nil, "ab"), with(decode.Bytes), []byte("ab")},
		{"words are left alone", resp.AppendStatus(nil, "list"), with(decode.Word), "list"},
	} {
		got, err := c.decode(&reply{Decoder: resp.NewDecoder(c.reply), Encoding: wide{}})
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %#v and %v, want %#v", c.name, got, err, c.want)
		}
	}
	if got, err := with(decode.String)(&reply{Decoder: resp.NewDecoder(resp.AppendBulk(nil, "odd")), Encoding: wide{}}); err == nil {
		t.Errorf("text that the encoding cannot read gives %q", got)
	}
}

// The number of allocations is the number of things returned.
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

// readInto makes a decode function that writes to the same place again and again.
func into[T any](decode func(d *reply, v *T) error) func(d *reply) error {
	v := new(T)
	return func(d *reply) error { return decode(d, v) }
}

// A null in the place of a value that servers always send is an error of shape: no zero, and not Nil, which would mean that
// the whole reply is missing.
func TestDecodeNullInside(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		form   string
		decode func(d *reply) (any, error)
	}{
		{"*1 *2 _ _", with(record[[]Null[GeoPoint]])}, {"*1 *2 :1 _", with(record[[]Null[GeoPoint]])}, {"*1 *3 :1 :2 :3", with(record[[]Null[GeoPoint]])},
		{"*2 _ _", with(record[Address])}, {"*2 $1 h _", with(record[Address])}, {"*2 _ _", with(record[Increment])}, {"*2 _ _", with(record[FloatIncrement])},
		{"*2 _ :1", with(record[AOFAcks])}, {"*2 :1 _", with(record[AOFAcks])},
		{"*1 _", with(record[[]SlowLogEntry])}, {"*1 *4 _ _ _ _", with(record[[]SlowLogEntry])}, {"*1 *4 :1 :1 :1 _", with(record[[]SlowLogEntry])},
		{"*1 *6 :1 :1 :1 *0 _ _", with(record[[]CommandLogEntry])}, {"*1 *2 _ :1", with(record[[]LatencySample])}, {"*1 *4 $1 e :1 :1 _", with(record[[]LatencyEvent])},
		{"*1 *4 _ _ _ _", with(record[[]PendingEntry])}, {"*1 *2 $1 k _", with(record[[]KeyFlags])}, {"*4 :1 $3 1-0 $3 1-0 *1 *2 _ _", with(decodePending)},
		{"%1 $1 a _", with(record[map[string]string])}, {"%1 $1 a _", with(record[map[string]time.Duration])}, {"%1 $1 m _", with(record[map[string][]CachedInfo])},
		{"%1 $3 get %1 $14 histogram_usec %1 :1 _", with(record[map[string]LatencyHistogram])},
		{"*1 _", with(decodeEntries)}, {"*1 *2 $1 s *1 _", with(decodeStreams)}, {"%1 $7 entries *1 _", with(record[StreamInfoFull])},
		{"*1 $6 master", with(decodeRole)}, {"*2 $6 master :1", with(decodeRole)}, {"*3 $6 master _ *0", with(decodeRole)}, {"*3 $6 master :1 _", with(decodeRole)},
		{"*3 $6 master :1 *1 *3 _ _ _", with(decodeRole)}, {"*2 $5 slave $1 h", with(decodeRole)}, {"*5 $5 slave _ :1 $1 x :1", with(decodeRole)},
		{"*1 $8 sentinel", with(decodeRole)}, {"*2 $8 sentinel _", with(decodeRole)}, {"*1 $6 monkey", with(decodeRole)},
		{"*2 $14 by-cpu-time-us *3 $1 a :5 $1 b", with(decodeHotKeys)}, {"*2 $14 by-cpu-time-us *2 $1 a _", with(decodeHotKeys)}, {"*2 $12 by-net-bytes *1 $1 a", with(decodeHotKeys)},
		{"*2 $1 k _", with(decodeKeyValues)}, {"*2 $1 k _", with(decodeKeyZs)}, {"*2 $1 0 _", with(decodePage)}, {"*2 $1 0 _", with(decodeFieldPage)}, {"*2 $1 0 _", with(decodeZPage)},
		{"*1 _", with(decode.Links)}, {"*1 _", with(decodeZLinks)}, {"%1 $1 t _", with(decode.FTSynonyms)}, {"*1 *2 :1 _", with(decodeTSRows)},
		{"%1 $13 total_results _", with(ftLayout{}.decode)}, {"%1 $7 results _", with(ftLayout{}.decode)}, {"%1 $7 results *1 _", with(ftLayout{}.decode)},
		{"%1 $7 results _", with(decodeFTRows)}, {"%1 $7 results %1 $1 x _", with(decodeFTMisspelled)},
	} {
		got, err := c.decode(&reply{Decoder: resp.NewDecoder(testkit.Frame(c.form))})
		var shape *resp.TypeError
		if !errors.As(err, &shape) || errors.Is(err, Nil) {
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
		{"*2 _ *2 $3 1-0 _", with(func(d *reply, v *[]StreamEntry) error { return claims(d, v) }), two},
		{"*2 $3 0-0 *2 _ *2 $3 1-0 _", with(decodeClaimed), ClaimedEntries{Next: "0-0", Entries: two}},
		{"*3 $3 0-0 _ _", with(decodeClaimed), ClaimedEntries{Next: "0-0", Entries: []StreamEntry{}, Deleted: []string{}}},
		{"%1 $1 m *1 *2 :1 _", with(record[map[string][]CachedInfo]), map[string][]CachedInfo{"m": {{Age: time.Millisecond}}}},
		{"%2 $4 name $1 f $11 description _", with(record[Function]), Function{Name: "f"}},
		{"%2 $14 running_script _ $7 engines %0", with(record[FunctionStats]), FunctionStats{Engines: map[string]FunctionEngine{}}},
		{"%3 $6 length :0 $11 first-entry _ $10 last-entry _", with(record[StreamInfo]), StreamInfo{}},
		{"%2 $12 entries-read _ $3 lag _", with(record[GroupInfo]), GroupInfo{}},
		{"%2 $9 sourceKey _ $12 totalSamples :5", with(record[TSSeriesInfo]), TSSeriesInfo{Samples: 5}},
		{"*2 _ *2 :1 :2", with(record[[]Null[GeoPoint]]), []Null[GeoPoint]{{}, present(GeoPoint{1, 2})}},
	} {
		got, err := c.decode(&reply{Decoder: resp.NewDecoder(testkit.Frame(c.form))})
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q gives %#v and %v, want %#v", c.form, got, err, c.want)
		}
	}
}
