package wire_test

import (
	"github.com/redpoll-go/redpoll/internal/testkit/ledger"

	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/wire"
	"github.com/redpoll-go/redpoll/redpolltest"
	"github.com/redpoll-go/redpoll/resp"
)

// sampleCall is one call of a method, with a different key for each argument that takes one.
type sampleCall struct {
	keys []string // in the order of the arguments
	in   []reflect.Value
}

// key returns the next key.
func (s *sampleCall) key() string {
	s.keys = append(s.keys, fmt.Sprintf("key-%d", len(s.keys)+1))
	return s.keys[len(s.keys)-1]
}

// argument returns a value for an argument of a kind. A list has several values.
func (s *sampleCall) argument(kind string) []any {
	switch kind {
	case "key":
		return []any{s.key()}
	case "keys", "keys?", "bitsources":
		return []any{s.key(), s.key()}
	case "pairs":
		if len(s.keys) == 0 { // keys as in MSET, or fields as in HSET
			return []any{s.key(), "v", s.key(), "v"}
		}
		return []any{"f", "v"}
	case "streams":
		return []any{redpoll.StreamFrom{Key: s.key(), ID: "0"}, redpoll.StreamFrom{Key: s.key(), ID: "0"}}
	case "points":
		return []any{redpoll.TSPoint{Key: s.key(), Value: 1}, redpoll.TSPoint{Key: s.key(), Value: 2}}
	case "jsonentries":
		return []any{redpoll.JSONEntry{Key: s.key(), Path: "$", JSON: "1"},
			redpoll.JSONEntry{Key: s.key(), Path: "$", JSON: "2"}}
	}
	return sampleArguments[kind]
}

// sampleArguments are values of kinds without a key. Some look like words that announce keys.
var sampleArguments = map[string][]any{
	"text": {"STORE"}, "word": {"STREAMS"}, "value": {"v"}, "bound": {1}, "lex": {"-"}, "int": {int64(1)},
	"int-1": {int64(1)}, "int0": {int64(1)}, "int1": {int64(1)}, "nonzero": {int64(1)}, "uint": {uint64(1)},
	"float": {1.5}, "bit": {1}, "seconds": {time.Minute}, "ttlSeconds": {time.Minute},
	"millis": {time.Minute}, "ttlMillis": {time.Minute}, "millisfrom0": {time.Minute},
	"unix": {time.Unix(1e9, 0)}, "unixmilli": {time.Unix(1e9, 0)}, "after1970": {time.Unix(1e9, 0)},
	"wait": {time.Second}, "waitmillis": {time.Second}, "busy": {time.Second}, "lifetime": {time.Minute},
	"timeout": {time.Second}, "texts": {"KEYS", "t"}, "texts?": {"KEYS"}, "words": {"w"}, "words?": {"w"},
	"group": {"t", "u"}, "values": {"v"}, "anyvalues": {"v"}, "scored": {redpoll.Z{Member: "m", Score: 1}},
	"settings": {"a", "b"}, "floats": {1.0}, "ranks": {int64(1)},
	"itemcounts": {redpoll.ItemCount{Item: "i", Count: 1}}, "json": {"1"}, "jsons": {"1"},
	"vector": {redpoll.VectorValues(1, 2)}, "query": {redpoll.VectorElement("e")},
	"TSCursor": {redpoll.TSFrom(time.Unix(1, 0))}, "from": {time.Unix(1, 0)}, "until": {time.Unix(2, 0)},
	"sampletime": {time.Unix(1, 0)}, "bucket": {time.Minute}, "TSAggregator": {redpoll.TSAggAvg},
	"reducer": {redpoll.TSAggAvg}, "geopoints": {redpoll.GeoLocation{Member: "m"}},
	"polygon": {redpoll.GeoPoint{}, redpoll.GeoPoint{Longitude: 2},
		redpoll.GeoPoint{Longitude: 2, Latitude: 2}},
	"newid": {"*"}, "elements": {redpoll.ArrayElement{Index: 1, Value: "v"}},
	"ranges": {redpoll.ArrayRange{Start: 1, Stop: 2}}, "predicates": {redpoll.ArrayEquals("v")},
	"indexes": {uint64(1)}, "bitops": {redpoll.BitSet("u8", 0, 1)}, "bitreads": {redpoll.BitGet("u8", 0)},
	"ListSide": {redpoll.Left}, "ListWhere": {redpoll.Before}, "ZMinMax": {redpoll.ZMin},
	"GeoUnit":      {redpoll.Meters},
	"BitOperation": {redpoll.BitAnd}, "StreamNackMode": {redpoll.NackFail}, "producer": {"p"},
	"one(GeoFrom)": {redpoll.FromMember("STORE")}, "one(GeoBy)": {redpoll.ByRadius(1, redpoll.Meters)},
	"one(XTrimBy)": {redpoll.MaxLen(5)}, "one(XCfgSetOption)": {redpoll.IDMPMaxSize(5)},
}

// newSampleCall returns a call of a method with arguments of these kinds. ok is false for methods without a
// key.
func newSampleCall(method reflect.Method, kinds string) (call sampleCall, ok bool) {
	typ := method.Type // its first parameter is the pipeline
	for kind := range strings.FieldsSeq(kinds) {
		at := len(call.in) + 1
		values := call.argument(kind)
		for _, v := range values {
			call.in = append(call.in, reflect.ValueOf(v))
		}
		if at >= typ.NumIn() || typ.IsVariadic() && at == typ.NumIn()-1 {
			continue
		}
		if list := typ.In(at); list.Kind() == reflect.Slice {
			s := reflect.Append(reflect.MakeSlice(list, 0, len(values)), call.in[at-1:]...)
			call.in = append(call.in[:at-1], s)
		}
	}
	return call, len(call.keys) > 0
}

// sampleSent is the command that was sent for a call of a method.
type sampleSent struct {
	method  string
	command string   // name of the command in the client
	words   []string // words on the wire
	keys    []string // keys in the arguments
}

// sendSamples calls each method that takes a key.
func sendSamples(t *testing.T) (sent []sampleSent) {
	t.Helper()
	r := newRecorder(t, nil)
	for method := range reflect.TypeFor[*redpoll.Pipeline]().Methods() {
		kinds := ledger.Methods[method.Name].Args
		call, ok := newSampleCall(method, kinds)
		if !ok {
			continue
		}
		name, words, err := r.named(t, func(p *redpoll.Pipeline) {
			defer func() {
				if v := recover(); v != nil {
					t.Fatalf("%s(%s): %v", method.Name, kinds, v)
				}
			}()
			method.Func.Call(append([]reflect.Value{reflect.ValueOf(p)}, call.in...))
		})
		if err != nil {
			t.Errorf("%s(%s): %v", method.Name, kinds, err)
			continue
		}
		sent = append(sent, sampleSent{method.Name, name, words, call.keys})
	}
	return sent
}

// keysIn returns the keys that the table finds in the words of a command.
func keysIn(info *command.Info, words []string) (keys []string, err error) {
	w, _ := wire.Begin(resp.AppendCommand(nil, words...), nil, 0)
	found, err := info.AppendKeys(nil, w)
	for _, key := range found {
		keys = append(keys, string(key))
	}
	return keys, err
}

// For each method, the command table finds exactly the keys of its arguments in the encoded command. Methods
// that use a command in a special way have an Info of their own with the same name.
func TestMethodKeys(t *testing.T) {
	t.Parallel()
	sent := sendSamples(t)
	for _, s := range sent {
		slices.Sort(s.keys)
		infos := 0
		for i := range command.Infos {
			info := &command.Infos[i]
			if info.Name != s.command {
				continue
			}
			infos++
			got, err := keysIn(info, s.words)
			slices.Sort(got)
			if err != nil || !slices.Equal(got, s.keys) {
				t.Errorf("%s sends %q: found the keys %q, error %v, its arguments name %q",
					s.method, s.words, got, err, s.keys)
			}
		}
		if infos == 0 {
			t.Errorf("%s sends %s, which is not in the table", s.method, s.command)
		}
	}
	if len(sent) < 400 {
		t.Errorf("only %d methods with keys were looked at", len(sent))
	}
}

// For each method with keys, the server finds the same keys in the command.
func TestKeysAsTheServerFindsThem(t *testing.T) {
	t.Parallel()
	c := redpolltest.Dial(t, redpolltest.Shared(t).Addr())
	n, unknown := 0, 0
	for _, s := range sendSamples(t) {
		info := command.Lookup(s.command)
		if info == nil {
			continue // TestMethodKeys reports it, here and below
		}
		got, err := keysIn(info, s.words)
		if err != nil {
			continue
		}
		reply, err := c.Do(append([]string{"COMMAND", "GETKEYS"}, s.words...)...)
		list, isList := reply.([]any)
		if !isList {
			if unknown++; !strings.Contains(fmt.Sprint(reply), "Invalid command") {
				t.Logf("%s: %v %v", s.command, reply, err) // the method sends a newer form
			}
			continue
		}
		n++
		var want []string
		for _, k := range list {
			want = append(want, fmt.Sprint(k))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s sends %q: found the keys %q, the server finds %q", s.method, s.words, got, want)
		}
	}
	if n < 200 {
		t.Errorf("only %d methods were compared", n)
	}
	t.Logf("%d methods were compared, %d are of commands that the server does not know", n, unknown)
}
