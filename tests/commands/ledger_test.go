package commands_test

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/testkit"
	encoded "github.com/redpoll-go/redpoll/internal/wire"
	"github.com/redpoll-go/redpoll/redpolltest"
	"github.com/redpoll-go/redpoll/resp"
)

// pendingFamilies are groups of commands, with the server's names, that do not have all their typed methods
// yet. TestLedger fails if a group here is complete, so the list can only become shorter.
var pendingFamilies = []string{}

// withoutMethod are commands without a typed method, and the reason.
var withoutMethod = map[string]string{
	"PFDEBUG":           "looks into the server's own format, for its developers",
	"PFSELFTEST":        "tests the server itself, for its developers",
	"RESTORE-ASKING":    "sent by cluster nodes to each other",
	"REPLCONF":          "sent by replicas",
	"CLUSTER SYNCSLOTS": "sent by cluster nodes to each other",
	"DEBUG":             "for the server's developers, but for DEBUG OBJECT; Do runs the rest",
	"STRALGO":           "server 6 only, LCS replaced it",
	"XIDMPRECORD":       "the server's own, for its append-only file",
}

// undocumented are commands that are not in the table, by the beginning of their names, and the reason.
var undocumented = map[string]string{
	"PH": "path hashes of Valkey 9.2: their names and replies were still under discussion where they " +
		"are described; Do runs them",
}

// The replacement for a command that changes its connection exists.
func TestAdviceNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	types := map[string]reflect.Type{
		"Client": reflect.TypeFor[*redpoll.Client](), "Conn": reflect.TypeFor[*redpoll.Conn](),
		"Pipeline": reflect.TypeFor[*redpoll.Pipeline](), "Options": reflect.TypeFor[redpoll.Options](),
	}
	// A function, and a field of its options.
	others := map[string]any{"NewCluster": redpoll.NewCluster, "ReadFrom": redpoll.ClusterOptions{}.ReadFrom}
	page, err := os.ReadFile("../../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\b([A-Z][a-z]\w*)(?:\.(\w+))?`)
	n := 0
	rows := regexp.MustCompile(`(?m)^\| ([A-Z][A-Z -]+) \|`)
	for _, row := range rows.FindAllStringSubmatch(string(page), -1) {
		info := command.Lookup(row[1])
		if info == nil {
			t.Errorf("%s is not in the table", row[1])
			continue
		}
		for _, m := range named.FindAllStringSubmatch(info.Instead, -1) {
			n++
			typ, known := types[m[1]]
			known = known || others[m[1]] != nil
			if known && m[2] != "" {
				_, known = typ.MethodByName(m[2])
				if typ.Kind() == reflect.Struct && !known {
					_, known = typ.FieldByName(m[2])
				}
			}
			if !known {
				t.Errorf("%s: there is no %s: %s", info.Name, m[0], info.Instead)
			}
		}
	}
	if n == 0 {
		t.Error("nothing is named")
	}
}

// otherArity has arities of other servers: those that changed after 7.0, and those of Valkey.
var otherArity = map[string]int64{
	"ZRANK": 3, "ZREVRANK": 3, // before WITHSCORE
	"COMMAND GETKEYS": -4, "COMMAND GETKEYSANDFLAGS": -4,
	"SENTINEL CONFIG":   -3, // although a single word is an error
	"SENTINEL FAILOVER": 3,  // before COORDINATED
	"DELEX":             4,  // in Valkey, which requires a condition
	"CLUSTER REPLICATE": -3, // in Valkey, for NO ONE
	"SCRIPT DEBUG":      -3, // in Valkey, which has several engines
}

// otherFlags are flags that a command has on some servers only.
var otherFlags = map[string]string{
	"CLUSTER SYNCSLOTS": "admin", // in Valkey
}

// serverCommand is the description of a command by COMMAND and COMMAND DOCS.
type serverCommand struct {
	name                string
	arity               int64
	flags               []string
	first, last, step   int64
	container           bool
	group               string
	requests, responses string // tips for clusters: request_policy, response_policy
}

// askServer returns a function that sends commands to a server or a Sentinel. An error reply fails the test.
func askServer(t *testing.T, addr string) func(args ...string) any {
	t.Helper()
	conn := redpolltest.Dial(t, addr)
	return func(args ...string) any {
		t.Helper()
		reply, err := conn.Do(args...)
		if err != nil {
			t.Fatal(err)
		}
		return reply
	}
}

// serverCommands returns the commands of a server.
func serverCommands(t *testing.T, ask func(args ...string) any) []serverCommand {
	t.Helper()
	groups := map[string]string{}
	collectGroups(ask("COMMAND", "DOCS"), groups)
	var list []serverCommand
	var add func(entry any, group string)
	add = func(entry any, group string) {
		f := entry.([]any)
		c := serverCommand{
			name: strings.ToUpper(strings.ReplaceAll(f[0].(string), "|", " ")), arity: f[1].(int64),
			first: f[3].(int64), last: f[4].(int64), step: f[5].(int64),
		}
		for _, flag := range f[2].([]any) {
			c.flags = append(c.flags, flag.(string))
		}
		if own := groups[c.name]; own != "" {
			group = own
		}
		c.group = group
		for _, tip := range f[7].([]any) {
			name, value, _ := strings.Cut(tip.(string), ":")
			switch name {
			case "request_policy":
				c.requests = value
			case "response_policy":
				c.responses = value
			}
		}
		subs := f[9].([]any)
		c.container = len(subs) > 0
		list = append(list, c)
		for _, sub := range subs {
			add(sub, group)
		}
	}
	for _, entry := range ask("COMMAND").([]any) {
		add(entry, "unknown")
	}
	return list
}

// collectGroups adds the group of each command in the reply to COMMAND DOCS.
func collectGroups(docs any, groups map[string]string) {
	list := docs.([]any)
	for i := 0; i+1 < len(list); i += 2 {
		name := strings.ToUpper(strings.ReplaceAll(list[i].(string), "|", " "))
		fields := list[i+1].([]any)
		for j := 0; j+1 < len(fields); j += 2 {
			switch fields[j] {
			case "group":
				groups[name] = fields[j+1].(string)
			case "subcommands":
				collectGroups(fields[j+1], groups)
			}
		}
	}
}

// commandMethods returns the methods of each command, from the generated docs/commands.md.
func commandMethods(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	methods := map[string][]string{}
	row := regexp.MustCompile("(?m)^\\| ([A-Z][^|]*?) \\| `(\\w+)` \\| `")
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		methods[m[1]] = append(methods[m[1]], m[2])
	}
	if len(methods) < 150 {
		t.Fatalf("docs/commands.md lists %d commands with methods", len(methods))
	}
	return methods
}

// The command table has every command of the server, and describes it as the server does.
func TestLedger(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	client := reflect.TypeFor[*redpoll.Conn]() // has all methods of a client, and a few more
	for name, list := range commandMethods(t) {
		for _, m := range list {
			if _, ok := client.MethodByName(m); !ok {
				t.Errorf("%s: the client has no method %s", name, m)
			}
		}
	}
	pending := compareCommands(t, askServer(t, redpolltest.Shared(t).Addr()))
	for _, family := range pendingFamilies {
		if pending[family] == 0 {
			t.Errorf("the family %s is complete: take it off pendingFamilies", family)
		}
	}
}

// Covers: F176
func TestPipelineHasEveryCommand(t *testing.T) {
	t.Parallel()
	pipe := reflect.TypeFor[*redpoll.Pipeline]()
	client := reflect.TypeFor[*redpoll.Conn]()
	have := map[string]bool{}
	for m := range pipe.Methods() {
		have[m.Name] = true
	}
	for command, methods := range commandMethods(t) {
		for _, name := range methods {
			m, _ := client.MethodByName(name)
			if have[name] || unqueueable[name] != "" {
				continue
			}
			t.Errorf("%s: Client.%s (%v) is not on a pipeline", command, name, m.Type)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(unqueueable)) {
		if have[name] {
			t.Errorf("%s is on a pipeline and in the list of those that are not", name)
		}
	}
}

// unqueueable are methods that a pipeline cannot have, and the reason.
var unqueueable = map[string]string{
	"Shutdown": "its success is the end of the connection, which nothing could tell from a failure of " +
		"the others",
}

// differs reports a difference between the table and the server. It is an error for releases that the table
// was compared with, and only logged for newer ones.
func differs(t *testing.T, format string, args ...any) {
	t.Helper()
	if srv := redpolltest.Shared(t); srv.AtLeastRelease("8.1", "9.2") {
		t.Logf("new in "+fmt.Sprint(srv.Release())+": "+format, args...)
		return
	}
	t.Errorf(format, args...)
}

// The command table has every command of a Sentinel. Some of them exist on no other server.
func TestSentinelLedger(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	ask := askServer(t, testkit.StartSentinel(t).Addr)
	compareCommands(t, ask)
	own := 0
	for _, name := range ask("COMMAND", "LIST").([]any) {
		if strings.HasPrefix(name.(string), "sentinel|") {
			own++
		}
	}
	if own < 20 {
		t.Errorf("the Sentinel lists %d SENTINEL commands", own)
	}
}

// compareCommands compares all commands of a server with the table. It returns the number of commands without
// a method, by group.
func compareCommands(t *testing.T, ask func(args ...string) any) map[string]int {
	t.Helper()
	pending, methods := map[string]int{}, commandMethods(t)
	listed := map[string]bool{}
	for _, name := range ask("COMMAND", "LIST").([]any) {
		listed[strings.ToUpper(strings.ReplaceAll(name.(string), "|", " "))] = true
	}
	commands := serverCommands(t, ask)
	for _, c := range commands {
		if !listed[c.name] && !slices.Contains(c.flags, "module") {
			t.Errorf("%s is not in COMMAND LIST", c.name)
		}
		delete(listed, c.name)
		info := command.Lookup(c.name)
		isUndocumented := slices.ContainsFunc(slices.Collect(maps.Keys(undocumented)),
			func(s string) bool { return strings.HasPrefix(c.name, s) })
		if info == nil && isUndocumented {
			continue
		}
		if info == nil {
			differs(t, "%s is not in the table", c.name)
			continue
		}
		compareWithServer(t, info, c)
		if c.container || len(methods[c.name]) > 0 || info.Instead != "" || withoutMethod[c.name] != "" {
			continue
		}
		pending[c.group]++
		if !slices.Contains(pendingFamilies, c.group) {
			differs(t, "%s (%s) has neither a method nor a reason", c.name, c.group)
		}
	}
	for name := range listed {
		t.Errorf("%s is in COMMAND LIST, but COMMAND does not describe it", name)
	}
	t.Logf("%d commands, pending: %v", len(commands), pending)
	return pending
}

// docs/commands.md does not say that a command of this server was added in a later release. The releases are
// from documents, which can be wrong.
func TestLedgerSince(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	text, err := os.ReadFile("../../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	srv := redpolltest.Shared(t)
	known := map[string]bool{}
	for _, c := range serverCommands(t, srv.Do) {
		known[c.name] = true
	}
	since := map[string][]string{} // releases of all forms of a command
	rows := regexp.MustCompile(`(?m)^\| ([A-Z][^|]*?) \|[^|]*\|[^|]*\| ([^|]*?) \|`)
	for _, m := range rows.FindAllStringSubmatch(string(text), -1) {
		since[m[1]] = append(since[m[1]], m[2])
	}
	came := func(releases string) bool {
		for release := range strings.SplitSeq(releases, ", ") {
			own, valkey := strings.CutPrefix(release, "Valkey ")
			if valkey == srv.IsValkey() && srv.AtLeastRelease(own, own) {
				return true
			}
			if srv.IsValkey() && !valkey && srv.Version().AtLeast(releaseNumbers(t, own)) {
				return true // Valkey has everything of the Redis version that it reports
			}
		}
		return false
	}
	compared := 0
	for name, releases := range since {
		if !known[name] {
			continue
		}
		compared++
		if !slices.ContainsFunc(releases, came) {
			differs(t, "%s came with %q, says docs/commands.md, but %v has it", name, releases, srv.Release())
		}
	}
	if compared < 200 {
		t.Errorf("only %d commands were compared", compared)
	}
}

// routedOtherwise are commands whose routing in the table differs from the server's tips, and the reason.
var routedOtherwise = map[string]string{
	"MSETNX": "sets all keys or none, which several nodes cannot do", "MSETEX": "the same, with NX or XX",
	"CLIENT SETINFO":  "belongs to one connection, and is refused",
	"CLIENT SETNAME":  "belongs to one connection, and is refused",
	"CLUSTERSCAN":     "its cursor names the slot, which the table has as a key",
	"RANDOMKEY":       "a server without keys answers with a null: any other answer is better",
	"ACL LOAD":        "reads what ACL SAVE wrote, on all nodes",
	"PUBSUB CHANNELS": "each node answers for its own subscribers", "PUBSUB NUMSUB": "the same",
	"PUBSUB NUMPAT": "the same", "PUBSUB SHARDCHANNELS": "the same", "PUBSUB SHARDNUMSUB": "the same",
	"LATENCY RESET": "its reply is a number; before 7.2 the tip is that of a status",
}

// The command table spreads commands over the nodes of a cluster, and merges their replies, as the server's
// tips say.
func TestLedgerRouting(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	policies := map[command.Policy]string{
		command.ByShard: "multi_shard", command.AllShards: "all_shards", command.AllNodes: "all_nodes",
		command.Walk: "special",
	}
	merges := map[command.Merge]string{
		command.MergeSame: "all_succeeded", command.MergeSum: "agg_sum", command.MergeMin: "agg_min",
		command.MergeAnd: "agg_logical_and", command.MergeOne: "one_succeeded",
	}
	srv := redpolltest.Shared(t)
	for _, c := range serverCommands(t, srv.Do) {
		info := command.Lookup(c.name)
		if info == nil {
			continue // TestLedger reports it
		}
		// "special" means that replies cannot be merged by a rule. In the table such a command has no rule.
		if c.requests == "" && info.Flags.Has(command.Admin) && !srv.Version().AtLeast(7, 2) {
			continue // many of them had no tips then
		}
		got := policies[info.Policy] + " " + merges[info.Merge]
		want := c.requests + " " + strings.TrimPrefix(c.responses, "special")
		if got != want && routedOtherwise[c.name] == "" {
			t.Errorf("%s: the table says %q, the server %q", c.name, got, want)
		}
	}
}

// releaseNumbers parses a release in the form of docs/commands.md.
func releaseNumbers(t *testing.T, release string) (major, minor int) {
	t.Helper()
	if _, err := fmt.Sscanf(release, "%d.%d", &major, &minor); err != nil {
		t.Fatalf("%q: %v", release, err)
	}
	return major, minor
}

// compareWithServer checks arity, flags and key positions.
func compareWithServer(t *testing.T, info *command.Info, c serverCommand) {
	t.Helper()
	if int64(info.Arity) != c.arity && c.arity != otherArity[c.name] && !slices.Contains(c.flags, "module") {
		differs(t, "%s has arity %d, the server says %d", c.name, info.Arity, c.arity)
	}
	for _, f := range []struct {
		flag string
		bit  command.Flags
	}{
		{"readonly", command.Read}, {"write", command.Write}, {"blocking", command.Blocking},
		{"admin", command.Admin}, {"pubsub", command.PubSub},
		{"fast", command.Fast},
	} {
		if f.flag == "blocking" && (c.name == "WAIT" || c.name == "WAITAOF") {
			continue // these block, but the server does not say so
		}
		got, want := info.Flags.Has(f.bit), slices.Contains(c.flags, f.flag)
		if got != want && otherFlags[c.name] != f.flag {
			differs(t, "%s: flag %s is %v, the server says %v", c.name, f.flag, got, want)
		}
	}
	if info.Flags.Has(command.Container) != c.container {
		differs(t, "%s: container is %v, the server says %v", c.name, info.Flags.Has(command.Container),
			c.container)
	}
	k := info.Keys
	if k.Num > 0 && k.First == 0 {
		// If the keys are counted, the server has the step in its key specifications only, see
		// TestLedgerMovableKeys.
		k.Step = 0
	}
	if int64(k.First) != c.first || int64(k.Last) != c.last || int64(k.Step) != c.step {
		differs(t, "%s has keys %d %d %d, the server says %d %d %d", c.name, k.First, k.Last, k.Step, c.first,
			c.last, c.step)
	}
	movable := slices.Contains(c.flags, "movablekeys")
	if movable != (k.Num > 0 || k.After != nil) && c.name != "SORT_RO" {
		differs(t, "%s: that its keys move is %v, says the server; the table has %+v", c.name, movable, k)
	}
}

// The table finds the same keys in real commands as the server.
func TestLedgerMovableKeys(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	srv := redpolltest.Shared(t)
	list := []string{
		"BLMPOP 0 2 a b LEFT", "BZMPOP 0 1 a MIN", "LMPOP 2 a b LEFT", "ZMPOP 1 a MIN", "ZDIFF 2 a b",
		"ZINTER 1 a", "ZUNION 2 a b WITHSCORES",
		"ZINTERCARD 2 a b LIMIT 1", "SINTERCARD 2 a b", "ZDIFFSTORE d 2 a b", "ZINTERSTORE d 1 a",
		"ZUNIONSTORE d 2 a b WEIGHTS 1 2",
		"EVAL script 2 a b arg", "EVALSHA sha 1 a", "FCALL f 1 a arg", "EVAL_RO script 1 a",
		"EVALSHA_RO sha 1 a", "FCALL_RO f 1 a",
		"XREAD COUNT 1 STREAMS a b 0 0", "xread block 0 streams streams 0",
		"XREADGROUP GROUP g c STREAMS a >", "XREADGROUP GROUP STREAMS c STREAMS a >",
		"XREADGROUP GROUP g STREAMS COUNT 1 NOACK STREAMS a b > >",
		"SORT a BY w STORE d", "SORT a BY STORE", "SORT a GET STORE store d",
		"SORT a LIMIT 0 1 STORE d STORE e", "SORT STORE STORE STORE",
		"MIGRATE h 1 a 0 10", `MIGRATE h 1 "" 0 10 COPY KEYS a b`, `MIGRATE h 1 "" 0 10 AUTH KEYS KEYS a b`,
		`MIGRATE h 1 "" 0 10 AUTH2 KEYS KEYS keys a`,
		"MSET a 1 b 2", "BLPOP a b 0", "OBJECT ENCODING a", "BITOP AND d a b", "XGROUP CREATE a g $",
		"MEMORY USAGE a SAMPLES 5",
		"GEORADIUS a 1 1 1 m STORE d", "GEORADIUSBYMEMBER a STORE 1 m STOREDIST d",
		"GEORADIUSBYMEMBER STORE STOREDIST 1 m STORE STORE",
	}
	if srv.AtLeastRelease("8.4", "9.1") {
		list = append(list, "MSETEX 2 a 1 b 2 EX 10", "MSETEX 1 a 1")
	}
	for _, words := range list {
		args := strings.Fields(words)
		for i, w := range args {
			args[i] = strings.Trim(w, `"`)
		}
		want := srv.Do(append([]string{"COMMAND", "GETKEYS"}, args...)...)
		w, _ := encoded.Begin(resp.AppendCommand(nil, args...), nil, 0)
		keys, err := command.LookupArgs(args[0], args[1]).AppendKeys(nil, w)
		var got []any
		for _, key := range keys {
			got = append(got, string(key))
		}
		if err != nil || !reflect.DeepEqual(any(got), want) {
			t.Errorf("%s: the table finds the keys %v, error %v, the server %v", words, got, err, want)
		}
	}
}
