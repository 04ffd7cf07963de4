package redpoll

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/wire"
	"github.com/redpoll-go/redpoll/redpolltest"
	"github.com/redpoll-go/redpoll/resp"
)

// sampleCall is one call of a method, with a key of its own in each place that takes one.
type sampleCall struct {
	method string
	keys   []string // in the order of the arguments
}

// key makes the next key.
func (s *sampleCall) key() string {
	s.keys = append(s.keys, fmt.Sprintf("key-%d", len(s.keys)+1))
	return s.keys[len(s.keys)-1]
}

// argument gives a value for an argument of some kind; several if the kind is a list.
func (s *sampleCall) argument(kind string) []any {
	switch kind {
	case "key":
		return []any{s.key()}
	case "keys", "keys?", "bitsources":
		return []any{s.key(), s.key()}
	case "pairs":
		if len(s.keys) == 0 { // as in MSET; else fields, as in HSET
			return []any{s.key(), "v", s.key(), "v"}
		}
		return []any{"f", "v"}
	case "streams":
		return []any{StreamFrom{s.key(), "0"}, StreamFrom{s.key(), "0"}}
	case "points":
		return []any{TSPoint{Key: s.key(), Value: 1}, TSPoint{Key: s.key(), Value: 2}}
	case "jsonentries":
		return []any{JSONEntry{s.key(), "$", "1"}, JSONEntry{s.key(), "$", "2"}}
	}
	return sampleArguments[kind]
}

// sampleArguments are values of kinds that hold no key. Some look like the words that announce keys.
var sampleArguments = map[string][]any{
	"text": {"STORE"}, "word": {"STREAMS"}, "value": {"v"}, "bound": {1}, "lex": {"-"},
	"int": {int64(1)}, "int-1": {int64(1)}, "int0": {int64(1)}, "int1": {int64(1)}, "nonzero": {int64(1)}, "uint": {uint64(1)},
	"float": {1.5}, "bit": {1}, "seconds": {time.Minute}, "ttlSeconds": {time.Minute}, "millis": {time.Minute}, "ttlMillis": {time.Minute},
	"millisfrom0": {time.Minute}, "unix": {time.Unix(1e9, 0)}, "unixmilli": {time.Unix(1e9, 0)}, "after1970": {time.Unix(1e9, 0)},
	"wait": {time.Second}, "waitmillis": {time.Second}, "busy": {time.Second}, "lifetime": {time.Minute}, "timeout": {time.Second},
	"texts": {"KEYS", "t"}, "texts?": {"KEYS"}, "words": {"w"}, "words?": {"w"}, "group": {"t", "u"}, "values": {"v"}, "anyvalues": {"v"},
	"scored": {Z{"m", 1}}, "settings": {"a", "b"}, "floats": {1.0}, "ranks": {int64(1)}, "itemcounts": {ItemCount{"i", 1}},
	"json": {"1"}, "jsons": {"1"}, "vector": {VectorValues(1, 2)}, "query": {VectorElement("e")}, "TSCursor": {TSFrom(time.Unix(1, 0))},
	"from": {time.Unix(1, 0)}, "until": {time.Unix(2, 0)}, "sampletime": {time.Unix(1, 0)}, "bucket": {time.Minute},
	"TSAggregator": {TSAggAvg}, "reducer": {TSAggAvg}, "geopoints": {GeoLocation{Member: "m"}}, "polygon": {GeoPoint{1, 1}, GeoPoint{2, 1}, GeoPoint{2, 2}},
	"newid": {"*"}, "elements": {ArrayElement{1, "v"}}, "ranges": {ArrayRange{1, 2}}, "predicates": {ArrayEquals("v")}, "indexes": {uint64(1)},
	"bitops": {BitSet("u8", 0, 1)}, "bitreads": {BitGet("u8", 0)}, "Side": {Left}, "Where": {Before}, "MinMax": {Min}, "GeoUnit": {Meters},
	"BitOperation": {BitAnd}, "NackMode": {NackFail}, "producer": {"p"},
	"one(GeoFrom)": {FromMember("STORE")}, "one(GeoBy)": {ByRadius(1, Meters)}, "one(XTrimBy)": {MaxLen(5)}, "one(XCfgSetOption)": {IDMPMaxSize(5)},
}

// sampleWire encodes a call of a method with an argument of each kind. It reports false for methods without a key.
func sampleWire(t *testing.T, method, kinds string) (call sampleCall, text []byte, info *command.Info, ok bool) {
	var err error
	t.Helper()
	call.method = method
	p := &Pipeline{c: new(Client)}
	p.enc.Reset(nil, nil)
	f := reflect.ValueOf(p).MethodByName(method)
	if !f.IsValid() {
		return call, nil, nil, false
	}
	var in []reflect.Value
	for kind := range strings.FieldsSeq(kinds) {
		values := call.argument(kind)
		for _, v := range values {
			in = append(in, reflect.ValueOf(v))
		}
		if at := len(in) - len(values); at < f.Type().NumIn() {
			if list := f.Type().In(at); list.Kind() == reflect.Slice && !(f.Type().IsVariadic() && at == f.Type().NumIn()-1) {
				s := reflect.MakeSlice(list, 0, len(values))
				in = append(in[:at], reflect.Append(s, in[at:]...))
			}
		}
	}
	if len(call.keys) == 0 {
		return call, nil, nil, false
	}
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("%s(%s): %v", method, kinds, p)
		}
	}()
	f.Call(in)
	info = p.enc.Info
	text, err = p.enc.Finish()
	if err != nil {
		t.Errorf("%s(%s): %v", method, kinds, err)
		return call, nil, nil, false
	}
	return call, text, info, true
}

// keysIn gives the keys that the table finds in a command.
func keysIn(info *command.Info, b []byte) (keys []string, err error) {
	w, _ := wire.Begin(b, nil, 0)
	found, err := info.AppendKeys(nil, w)
	for _, key := range found {
		keys = append(keys, string(key))
	}
	return keys, err
}

// For each method the table finds in the encoded command just the words that its arguments name as keys.
func TestMethodKeys(t *testing.T) {
	t.Parallel()
	n := 0
	for method, kinds := range methodArguments {
		call, text, info, ok := sampleWire(t, method, kinds)
		if !ok {
			continue
		}
		n++
		got, err := keysIn(info, text)
		slices.Sort(got)
		slices.Sort(call.keys)
		if err != nil || !slices.Equal(got, call.keys) {
			t.Errorf("%s sends %q: found the keys %q, error %v, its arguments name %q", method, text, got, err, call.keys)
		}
	}
	if n < 400 {
		t.Errorf("only %d methods with keys were looked at", n)
	}
}

// For each method with keys the server finds the same ones in the command.
func TestKeysAsTheServerFindsThem(t *testing.T) {
	t.Parallel()
	c := redpolltest.Dial(t, redpolltest.Shared(t).Addr())
	n, unknown := 0, 0
	for method, kinds := range methodArguments {
		_, text, info, ok := sampleWire(t, method, kinds)
		if !ok {
			continue
		}
		got, err := keysIn(info, text)
		if err != nil {
			continue // TestMethodKeys tells
		}
		words, err := resp.NewReader(bytes.NewReader(text), 0, resp.Limits{}).ReadCommand()
		if err != nil {
			t.Fatalf("%s: %v", method, err)
		}
		args := []string{"COMMAND", "GETKEYS"}
		for _, w := range words {
			args = append(args, string(w))
		}
		reply, err := c.Do(args...)
		list, isList := reply.([]any)
		if !isList {
			if unknown++; !strings.Contains(fmt.Sprint(reply), "Invalid command") {
				t.Logf("%s: %v %v", info.Name, reply, err) // its method sends a newer form
			}
			continue
		}
		n++
		var want []string
		for _, k := range list {
			want = append(want, fmt.Sprint(k))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s sends %q: found the keys %q, the server finds %q", method, text, got, want)
		}
	}
	if n < 200 {
		t.Errorf("only %d methods were compared", n)
	}
	t.Logf("%d methods were compared, %d are of commands that the server does not know", n, unknown)
}
