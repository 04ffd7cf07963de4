package redpoll

import (
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/floattext"
)

// ServerInfo is the reply to INFO. It has a field for each value that programs use most; the field is zero if
// its section was not requested. Get finds all other values:
//
//	info, err := rdb.Info(ctx)
//	peak, err := info.Get("used_memory_peak").Int64()
type ServerInfo struct {
	// Version is the server's version: "7.0.15". For Valkey it is the version of Valkey.
	Version string
	// Mode is "standalone", "cluster" or "sentinel".
	Mode string
	// RunID changes with every start of the server.
	RunID string
	// Uptime is the time since the server started, in whole seconds.
	Uptime time.Duration
	// ConnectedClients and BlockedClients are numbers of connections.
	ConnectedClients, BlockedClients int64
	// UsedMemory and MaxMemory are bytes; MaxMemory is 0 without a limit.
	UsedMemory, MaxMemory int64
	// Loading says that the server still reads its data from disk.
	Loading bool
	// Role is "master" or "slave".
	Role string
	// Replicas are the replicas of a primary, in the server's order.
	Replicas []InfoReplica
	// Commands are the commands that ran since the start, by name: "get", "config|get". It needs the section
	// "commandstats".
	Commands map[string]InfoCommand
	// Errors has the number of error replies by code.
	Errors map[string]int64
	// Keyspace has the databases with keys, by number.
	Keyspace map[int]InfoKeyspace
	// Sections has every field of every section, by the section's name in lower case: "memory". Whole numbers
	// are of KindInt, other numbers of KindFloat, values such as "a=1,b=2" of KindMap, and all others of
	// KindString. The field "module" is an array, with a map for each module.
	Sections map[string]map[string]Value
	// Lines are the lines that are neither fields nor names of sections.
	Lines []string
}

// InfoReplica is a replica as its primary sees it.
type InfoReplica struct {
	Host  string
	Port  int64
	State string
	// Offset is the position of the replication that it has confirmed.
	Offset int64
	// Lag is the time since its last sign of life, in whole seconds.
	Lag time.Duration
}

// InfoCommand has the counters of a command.
type InfoCommand struct {
	// Calls is the number of runs, Rejected that of refusals before a run, and Failed that of runs with an
	// error. The latter two need server 6.2.
	Calls, Rejected, Failed int64
	// Duration is the sum of the times of all runs.
	Duration time.Duration
}

// InfoKeyspace is the size of a database.
type InfoKeyspace struct {
	// Keys is the number of keys, Expires the number of keys with an expiry.
	Keys, Expires int64
	// AverageTTL is an estimate of the average time to live of keys with an expiry.
	AverageTTL time.Duration
}

// Get returns a field of any section; a nil Value if there is none.
func (i *ServerInfo) Get(field string) Value {
	for _, section := range i.Sections {
		if v, ok := section[field]; ok {
			return v
		}
	}
	return Value{}
}

func decodeInfo(d *reply, v *ServerInfo) error {
	text, err := d.Text()
	if err == nil {
		*v = parseInfo(text)
	}
	return err
}

// textLines returns the lines of a text. The iterators of package strings would be compiled into each
// function that uses them.
func textLines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// parseInfo parses the reply of INFO.
func parseInfo(text string) ServerInfo {
	i := ServerInfo{Sections: map[string]map[string]Value{}}
	section := ""
	for _, line := range textLines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			continue
		}
		if title, ok := strings.CutPrefix(line, "#"); ok {
			section = strings.ToLower(strings.TrimSpace(title))
			i.section(section)
			continue
		}
		field, value, ok := cutInfo(line)
		if !ok {
			i.Lines = append(i.Lines, line)
			continue
		}
		fields := i.section(section)
		v := infoValue(value)
		if field == "module" {
			v = Value{kind: KindArray, elems: append(fields[field].elems, v)}
		}
		fields[field] = v
	}
	i.wellKnown()
	return i
}

func (i *ServerInfo) section(name string) map[string]Value {
	fields := i.Sections[name]
	if fields == nil {
		fields = map[string]Value{}
		i.Sections[name] = fields
	}
	return fields
}

// cutInfo cuts a line at its colon. Old servers count requests that begin with "Host:" as a command with that
// name, which itself has a colon.
func cutInfo(line string) (field, value string, ok bool) {
	const host = "cmdstat_host:"
	if rest, found := strings.CutPrefix(line, host); found && strings.HasPrefix(rest, ":") {
		return host, rest[1:], true
	}
	return strings.Cut(line, ":")
}

// infoValue reads a value: a number, names and values such as "a=1,b=2", or text.
func infoValue(text string) Value {
	parts := strings.Split(text, ",")
	elems := make([]Value, 0, 2*len(parts))
	for _, part := range parts {
		name, value, ok := strings.Cut(part, "=")
		if !ok || !isInfoName(name) {
			return infoScalar(text)
		}
		elems = append(elems, Value{kind: KindString, text: name}, infoScalar(value))
	}
	return Value{kind: KindMap, elems: elems}
}

// isInfoName tells the name of a nested value from text that contains a = by chance.
func isInfoName(s string) bool {
	for _, c := range []byte(s) {
		switch {
		case c == '_', c == '-', c == '.', c == '|', '0' <= c && c <= '9', 'a' <= c && c <= 'z',
			'A' <= c && c <= 'Z':
		default:
			return false
		}
	}
	return s != ""
}

// infoScalar reads a number or text. A number that would lose digits of its text, such as a version of zeros,
// stays text; Value.Int reads it nevertheless.
func infoScalar(text string) Value {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
		return Value{kind: KindInt, num: n}
	}
	if strings.Contains(text, ".") && strings.Trim(text, "-0123456789.e+") == "" {
		if f, err := floattext.Parse(text, 64); err == nil {
			return Value{kind: KindFloat, float: f, text: text}
		}
	}
	return Value{kind: KindString, text: text}
}

// wellKnown fills the fields of ServerInfo from the sections.
func (i *ServerInfo) wellKnown() {
	server, clients, memory := i.Sections["server"], i.Sections["clients"], i.Sections["memory"]
	i.Version, i.Mode, i.RunID = infoText(server, "redis_version"), infoText(server, "redis_mode"),
		infoText(server, "run_id")
	if own := infoText(server, "valkey_version"); own != "" {
		i.Version = own
	}
	if mode := infoText(server, "server_mode"); mode != "" {
		i.Mode = mode
	}
	i.Uptime = decode.Span(infoInt(server, "uptime_in_seconds"), time.Second)
	i.ConnectedClients, i.BlockedClients = infoInt(clients, "connected_clients"),
		infoInt(clients, "blocked_clients")
	i.UsedMemory, i.MaxMemory = infoInt(memory, "used_memory"), infoInt(memory, "maxmemory")
	i.Loading = infoInt(i.Sections["persistence"], "loading") != 0
	i.replicas(i.Sections["replication"])
	for field, v := range i.Sections["commandstats"] {
		name, ok := strings.CutPrefix(field, "cmdstat_")
		m, err := v.Map()
		if !ok || err != nil {
			continue
		}
		if i.Commands == nil {
			i.Commands = map[string]InfoCommand{}
		}
		i.Commands[name] = InfoCommand{
			Calls: infoInt(m, "calls"), Rejected: infoInt(m, "rejected_calls"),
			Failed: infoInt(m, "failed_calls"), Duration: decode.Span(infoInt(m, "usec"), time.Microsecond),
		}
	}
	for field, v := range i.Sections["errorstats"] {
		code, ok := strings.CutPrefix(field, "errorstat_")
		m, err := v.Map()
		if !ok || err != nil {
			continue
		}
		if i.Errors == nil {
			i.Errors = map[string]int64{}
		}
		i.Errors[code] = infoInt(m, "count")
	}
	i.keyspace(i.Sections["keyspace"])
}

func (i *ServerInfo) replicas(section map[string]Value) {
	i.Role = infoText(section, "role")
	for n := 0; ; n++ {
		m, err := section["slave"+strconv.Itoa(n)].Map()
		if err != nil {
			return
		}
		i.Replicas = append(i.Replicas, InfoReplica{
			Host: infoText(m, "ip"), Port: infoInt(m, "port"), State: infoText(m, "state"),
			Offset: infoInt(m, "offset"), Lag: decode.Span(infoInt(m, "lag"), time.Second),
		})
	}
}

func (i *ServerInfo) keyspace(section map[string]Value) {
	for field, v := range section {
		digits, ok := strings.CutPrefix(field, "db")
		db, bad := strconv.Atoi(digits)
		m, err := v.Map()
		if !ok || bad != nil || err != nil {
			continue
		}
		if i.Keyspace == nil {
			i.Keyspace = map[int]InfoKeyspace{}
		}
		i.Keyspace[db] = InfoKeyspace{
			Keys: infoInt(m, "keys"), Expires: infoInt(m, "expires"),
			AverageTTL: decode.Span(infoInt(m, "avg_ttl"), time.Millisecond),
		}
	}
}

// infoText and infoInt return a field; zero if it is missing or of another kind.
func infoText(m map[string]Value, field string) string {
	s, _ := m[field].Text()
	return s
}

func infoInt(m map[string]Value, field string) int64 {
	n, _ := m[field].Int64()
	return n
}
