package redpoll

import (
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

// Replies that the server at hand does not give, and the unknown fields of newer ones.
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
		{"slow log", "*1 *6 :5 :1700000000 :12 *2 $3 GET $1 a $9 127.0.0.1 $1 n", "", with(record[[]SlowLogEntry]),
			[]SlowLogEntry{{ID: 5, At: at, Duration: 12 * time.Microsecond, Args: []string{"GET", "a"}, ClientAddr: "127.0.0.1", ClientName: "n"}}},
		{"slow log of server 3", "*1 *4 :5 :1700000000 :12 *1 $4 PING", "", with(record[[]SlowLogEntry]),
			[]SlowLogEntry{{ID: 5, At: at, Duration: 12 * time.Microsecond, Args: []string{"PING"}}}},
		{"slow log of a newer server", "*1 *7 :5 :1700000000 :12 *1 $4 PING $1 a $1 n :7", "", with(record[[]SlowLogEntry]),
			[]SlowLogEntry{{ID: 5, At: at, Duration: 12 * time.Microsecond, Args: []string{"PING"}, ClientAddr: "a", ClientName: "n", Extra: []Value{{kind: KindInt, num: 7}}}}},
		{"command log", "*1 *6 :5 :1700000000 :1234 *1 $4 PING $1 a $0 ", "", with(record[[]CommandLogEntry]),
			[]CommandLogEntry{{ID: 5, At: at, Cost: 1234, Args: []string{"PING"}, ClientAddr: "a"}}},
		{"latency of Valkey", "*1 *6 $7 command :1700000000 :254 :1005 :1259 :2", "", with(record[[]LatencyEvent]),
			[]LatencyEvent{{Event: "command", At: at, Latency: 254 * time.Millisecond, Max: 1005 * time.Millisecond, Sum: 1259 * time.Millisecond, Count: 2}}},
		{"histogram", "*2 $3 set *4 $5 calls :3 $14 histogram_usec *4 :1 :2 :33 :3", "%1 $3 set %2 $5 calls :3 $14 histogram_usec %2 :1 :2 :33 :3", with(record[map[string]LatencyHistogram]),
			map[string]LatencyHistogram{"set": {Calls: 3, Buckets: []LatencyBucket{{time.Microsecond, 2}, {33 * time.Microsecond, 3}}}}},
		{"memory", "*6 $10 keys.count :2 $13 fragmentation $3 1.5 $3 new :7", "%3 $10 keys.count :2 $13 fragmentation ,1.5 $3 new :7", with(decodeMemoryStats),
			MemoryStats{Keys: 2, Fragmentation: 1.5, DBs: map[int]MemoryDB{}, Extra: extra}},
		{"memory of a database", "*2 $4 db.3 *4 $23 overhead.hashtable.main :5 $3 new :7", "%1 $4 db.3 %2 $23 overhead.hashtable.main :5 $3 new :7", with(decodeMemoryStats),
			MemoryStats{DBs: map[int]MemoryDB{3: {Keys: 5, Extra: extra}}}},
		{"primary", "*3 $6 master :10 *1 *3 $1 h $4 6380 $1 9", "", with(decodeRole),
			Role{Name: "master", Offset: 10, Replicas: []RoleReplica{{"h", 6380, 9}}}},
		{"replica", "*6 $5 slave $1 h :6379 $9 connected :12 $1 x", "", with(decodeRole),
			Role{Name: "slave", PrimaryHost: "h", PrimaryPort: 6379, State: "connected", Offset: 12, Extra: []Value{{kind: KindString, text: "x"}}}},
		{"sentinel", "*2 $8 sentinel *2 $1 a $1 b", "", with(decodeRole), Role{Name: "sentinel", Primaries: []string{"a", "b"}}},
		{"modules", "*1 *10 $4 name $1 m $3 ver :3 $4 path $5 /m.so $4 args *1 $1 a $3 new :7",
			"*1 %5 $4 name $1 m $3 ver :3 $4 path $5 /m.so $4 args *1 $1 a $3 new :7", with(record[[]Module]),
			[]Module{{Name: "m", Version: 3, Path: "/m.so", Args: []string{"a"}, Extra: extra}}},
		{"hot keys", "*1 *20 $15 tracking-active :1 $12 sample-ratio :1 $14 selected-slots *1 *2 :0 :16383 $25 all-commands-all-slots-us :103 " +
			"$32 net-bytes-all-commands-all-slots :2042 $29 collection-start-time-unix-ms :1700000000123 $22 collection-duration-ms :5 " +
			"$22 total-cpu-time-user-ms :23 $14 by-cpu-time-us *4 $1 a :29 $1 b :25 $12 by-net-bytes *2 $1 a :100",
			"*1 %10 $15 tracking-active :1 $12 sample-ratio :1 $14 selected-slots *1 *2 :0 :16383 $25 all-commands-all-slots-us :103 " +
				"$32 net-bytes-all-commands-all-slots :2042 $29 collection-start-time-unix-ms :1700000000123 $22 collection-duration-ms :5 " +
				"$22 total-cpu-time-user-ms :23 $14 by-cpu-time-us *4 $1 a :29 $1 b :25 $12 by-net-bytes *2 $1 a :100", with(decodeHotKeys),
			HotKeys{Active: true, SampleRatio: 1, Slots: [][2]int64{{0, 16383}}, CPU: 103 * time.Microsecond, Net: 2042, Start: time.UnixMilli(1700000000123),
				Duration: 5 * time.Millisecond, CPUUser: 23 * time.Millisecond, ByCPU: []HotKeyTime{{"a", 29 * time.Microsecond}, {"b", 25 * time.Microsecond}},
				ByNet: []HotKeyBytes{{"a", 100}}}},
		{"hot keys without an array around them", "*4 $14 selected-slots *2 :5 *1 :9 $3 new :7", "%2 $14 selected-slots *2 :5 *1 :9 $3 new :7", with(decodeHotKeys),
			HotKeys{Slots: [][2]int64{{5, 5}, {9, 9}}, Extra: extra}},
		{"command of server 5", "*1 *6 $3 get :2 *1 +fast :1 :1 :1", "", with(record[[]CommandInfo]),
			[]CommandInfo{{Name: "get", Arity: 2, Flags: []string{"fast"}, FirstKey: 1, LastKey: 1, Step: 1}}},
		{"documentation", "*2 $1 c *4 $7 summary $1 s $3 new :7", "%1 $1 c %2 $7 summary $1 s $3 new :7", with(record[map[string]CommandDoc]),
			map[string]CommandDoc{"c": {Summary: "s", Extra: extra}}},
		{"libraries", "*1 *6 $12 library_name $1 l $9 functions *1 *6 $4 name $1 f $11 description $-1 $5 flags *0 $3 new :7",
			"*1 %3 $12 library_name $1 l $9 functions *1 %3 $4 name $1 f $11 description _ $5 flags ~0 $3 new :7", with(record[[]FunctionLibrary]),
			[]FunctionLibrary{{Name: "l", Functions: []Function{{Name: "f", Flags: []string{}}}, Extra: extra}}},
		{"engines", "*4 $14 running_script $-1 $7 engines *2 $3 LUA *4 $15 libraries_count :1 $3 new :7",
			"%2 $14 running_script _ $7 engines %1 $3 LUA %2 $15 libraries_count :1 $3 new :7", with(record[FunctionStats]),
			FunctionStats{Engines: map[string]FunctionEngine{"LUA": {Libraries: 1, Extra: extra}}}},
		{"subscribers", "*4 $1 a :1 $1 b :0", "%2 $1 a :1 $1 b :0", with(decodeChannelCounts), []ChannelCount{{"a", 1}, {"b", 0}}},
		{"settings", "*2 $4 save $0 ", "%1 $4 save $0 ", with(record[map[string]string]), map[string]string{"save": ""}},
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
	"done": with(decodeDone), "gone": with(decodeGone), "info": with(decodeInfo), "settings": with(record[map[string]string]), "commands": with(record[[]CommandInfo]),
	"commands that may be unknown": with(record[[]Null[CommandInfo]]), "documentation": with(record[map[string]CommandDoc]), "keys and flags": with(record[[]KeyFlags]),
	"slow log": with(record[[]SlowLogEntry]), "command log": with(record[[]CommandLogEntry]), "histograms": with(record[map[string]LatencyHistogram]), "latency samples": with(record[[]LatencySample]),
	"latency events": with(record[[]LatencyEvent]), "memory": with(decodeMemoryStats), "role": with(decodeRole), "modules": with(record[[]Module]), "hot keys": with(decodeHotKeys),
	"debug object": with(decodeDebugObject), "libraries": with(record[[]FunctionLibrary]), "function stats": with(record[FunctionStats]), "subscribers": with(decodeChannelCounts),
	"all fields": unboxFields(structs.AllFields), "some fields": unboxFields(structs.SomeFields),
}

// A reply of another shape is an error that is not Nil.
func TestDecodeServerWrongShape(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"*1 *1 *0", "*1 *2 *0 *0", "#t", "*3 *0 :1 %0"} {
		for name, decode := range serverDecoders {
			if name == "info" && form[0] != '*' {
				continue
			}
			if got, err := decode(&reply{Decoder: resp.NewDecoder(testkit.Frame(form))}); err == nil || err == Nil {
				t.Errorf("%s out of %q gives %#v and the error %v", name, form, got, err)
			}
		}
	}
}

// FuzzDecodeServer gives every whole reply to every decode function of this family.
func FuzzDecodeServer(f *testing.F) {
	for _, s := range []string{
		"+OK", ":5", "*1 *6 :5 :1700000000 :12 *2 $3 GET $1 a $1 x $1 n", "*3 $6 master :10 *1 *3 $1 h $4 6380 $1 9",
		"%1 $3 set %2 $5 calls :3 $14 histogram_usec %2 :1 :2 :33 :3", "*2 $14 by-cpu-time-us *3 $1 a :29 $1 b", "*2 $12 by-net-bytes *1 $1 a",
		"*1 *10 $3 get :2 *0 :1 :1 :1 *0 *0 *1 *2 $12 begin_search *4 $4 type $5 index $4 spec *2 $5 index :1 *0", "+Value",
		"%1 $1 c %1 $9 arguments *1 %1 $9 arguments *0", "*2 $4 db.3 *2 $23 overhead.hashtable.main :5", "=9 txt:#a b:1",
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
	if info.Version != "8.1.0" || info.Uptime != 61*time.Second || info.BlockedClients != 3 || info.MaxMemory != -5 {
		t.Errorf("got %+v", info)
	}
	for field, want := range map[string]any{
		"redis_version": "7.2.4", "redis_git_sha1": "00000000", "os": "Linux 6.1 x86_64", "executable": "/opt/a=b,c=d/redis-server",
		"uptime_in_seconds": int64(61), "mem_fragmentation_ratio": 1.5, "used_memory_peak_perc": "99.51%",
		"errorstat_ERR": map[any]any{"count": int64(5)},
		"module": []any{
			map[any]any{"name": "ft", "ver": int64(20811), "api": int64(1), "filters": int64(0), "usedby": "[]", "using": "[ReJSON]", "options": "[handle-io-errors]"},
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
		"replicas": {info.Replicas, []InfoReplica{{Host: "::1", Port: 7001, State: "online", Offset: 14, Lag: 2 * time.Second}}},
		"commands": {info.Commands, map[string]InfoCommand{"config|get": {Calls: 2, Rejected: 1, Duration: 30 * time.Microsecond}, "host:": {Calls: 1, Duration: 5 * time.Microsecond}}},
		"errors":   {info.Errors, map[string]int64{"ERR": 5}},
		"keyspace": {info.Keyspace, map[int]InfoKeyspace{0: {Keys: 10, Expires: 2, AverageTTL: 1500 * time.Millisecond}}},
		"lines":    {info.Lines, []string{"a line of its own"}},
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

// A time or a count that the server could not work out is none, and not the number that the machine makes of it.
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
