package redpoll

import (
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/floattext"
)

// ServerInfo is what a server tells about itself. The fields are those that programs ask
// for most, zero when their section was not asked for; Get finds all others:
//
//	info, err := rdb.Info(ctx)
//	peak, err := info.Get("used_memory_peak").Int()
type ServerInfo struct {
	// Version is the server's own one: "7.0.15". Valkey gives its own, too.
	Version string
	// Mode is "standalone", "cluster" or "sentinel".
	Mode string
	// RunID changes with every start of the server.
	RunID string
	// Uptime is how long the server runs, in whole seconds.
	Uptime time.Duration
	// ConnectedClients and BlockedClients are numbers of connections.
	ConnectedClients, BlockedClients int64
	// UsedMemory and MaxMemory are bytes; MaxMemory is 0 without a limit.
	UsedMemory, MaxMemory int64
	// Loading says that the server still reads its data from disk.
	Loading bool
	// Role is "master" or "slave".
	Role string
	// Replicas are those of a primary, in the server's order.
	Replicas []InfoReplica
	// Commands are the commands that ran since the start, by name: "get", "config|get". It needs
	// the section "commandstats".
	Commands map[string]InfoCommand
	// Errors is how many error replies the server has sent, by code.
	Errors map[string]int64
	// Keyspace is the databases that hold keys, by number.
	Keyspace map[int]InfoKeyspace
	// Sections has every field of every section, by the section's name in lower case:
	// "memory". Whole numbers are of KindInt, others of KindFloat, values such as "a=1,b=2" are of KindMap, and
	// all others of KindString. The field "module" is an array, with a map for each module.
	Sections map[string]map[string]Value
	// Lines are the lines that are neither a field nor a section's name.
	Lines []string
}

// InfoReplica is a replica as its primary sees it.
type InfoReplica struct {
	Host  string
	Port  int64
	State string
	// Offset is how far it has confirmed the replication.
	Offset int64
	// Lag is the time since its last sign of life, in whole seconds.
	Lag time.Duration
}

// InfoCommand is how often a command ran.
type InfoCommand struct {
	// Calls counts the runs, Rejected what was refused before it ran, Failed the runs that
	// ended in an error. The latter two need server 6.2.
	Calls, Rejected, Failed int64
	// Duration is the time of all runs together.
	Duration time.Duration
}

// InfoKeyspace is the size of a database.
type InfoKeyspace struct {
	// Keys is the number of keys, Expires how many of them expire.
	Keys, Expires int64
	// AverageTTL is the average time that those still live, an estimate.
	AverageTTL time.Duration
}

// Get returns a field of any section, a nil Value if there is none.
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

// textLines lists the lines of a text. The iterators of package strings would be compiled into each function that uses them.
func textLines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// parseInfo takes the reply of INFO apart.
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

// cutInfo cuts a line at its colon. Old servers count requests that begin with "Host:"
// as a command of that name, which has a colon of its own.
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

// isInfoName tells the name of a nested value from text that has a = by chance.
func isInfoName(s string) bool {
	for _, c := range []byte(s) {
		switch {
		case c == '_', c == '-', c == '.', c == '|', '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		default:
			return false
		}
	}
	return s != ""
}

// infoScalar reads a number or text. A number whose text would be lost, such as a version
// of all zeros, stays text; Value.Int reads it all the same.
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

// wellKnown fills the fields of the record out of the sections.
func (i *ServerInfo) wellKnown() {
	server, clients, memory := i.Sections["server"], i.Sections["clients"], i.Sections["memory"]
	i.Version, i.Mode, i.RunID = infoText(server, "redis_version"), infoText(server, "redis_mode"), infoText(server, "run_id")
	if own := infoText(server, "valkey_version"); own != "" {
		i.Version = own
	}
	if mode := infoText(server, "server_mode"); mode != "" {
		i.Mode = mode
	}
	i.Uptime = decode.Span(infoInt(server, "uptime_in_seconds"), time.Second)
	i.ConnectedClients, i.BlockedClients = infoInt(clients, "connected_clients"), infoInt(clients, "blocked_clients")
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
			Calls: infoInt(m, "calls"), Rejected: infoInt(m, "rejected_calls"), Failed: infoInt(m, "failed_calls"),
			Duration: decode.Span(infoInt(m, "usec"), time.Microsecond),
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
			Host: infoText(m, "ip"), Port: infoInt(m, "port"), State: infoText(m, "state"), Offset: infoInt(m, "offset"),
			Lag: decode.Span(infoInt(m, "lag"), time.Second),
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
			Keys: infoInt(m, "keys"), Expires: infoInt(m, "expires"), AverageTTL: decode.Span(infoInt(m, "avg_ttl"), time.Millisecond),
		}
	}
}

// infoText and infoInt give a field, zero if it is missing or of another kind.
func infoText(m map[string]Value, field string) string {
	s, _ := m[field].Text()
	return s
}

func infoInt(m map[string]Value, field string) int64 {
	n, _ := m[field].Int()
	return n
}
