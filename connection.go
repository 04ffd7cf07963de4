package redpoll

import (
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// HostPort is the address of a server.
type HostPort struct {
	// Host is an IP address or a name.
	Host string
	Port int64
}

func (a *HostPort) elements() (least int, into []any, rest *[]Value) {
	return 2, []any{&a.Host, &a.Port}, nil
}

// String returns the address as "host:port".
func (a HostPort) String() string { return net.JoinHostPort(a.Host, strconv.FormatInt(a.Port, 10)) }

// ClientInfo describes a connection of the server, which calls it a client. Fields that the server does not
// report are zero.
type ClientInfo struct {
	// ID is a number that the server never uses again for another connection.
	ID int64
	// Addr and LAddr are the client's and the server's end of the connection, as "ip:port". For a Unix socket
	// both are its path with ":0", which Valkey 9.1 puts in brackets: "[/path:0]:0". They keep the server's
	// form, because [Client.ClientKill], [ClientAddr] and [ClientLAddr] compare them as text.
	Addr, LAddr string
	// FD is the server's file descriptor.
	FD int64
	// Name is the connection's name; "" if it has none.
	Name string
	// Age is the time since the connection was made, in whole seconds.
	Age time.Duration
	// Idle is the time since the last command, in whole seconds.
	Idle time.Duration
	// Flags are letters, "N" for none: "b" waits in a blocking command, "P" subscribes, "S" is a replica, "M"
	// a master, "x" is in a transaction, "t" tracks keys. See the documentation of CLIENT LIST for all of
	// them.
	Flags string
	// DB is the number of the database in use.
	DB int64
	// Sub, PSub and SSub are the numbers of subscribed channels, patterns and shard channels.
	Sub, PSub, SSub int64
	// Multi is the number of queued commands of a transaction; -1 outside of a transaction.
	Multi int64
	// Watch is the number of watched keys.
	Watch int64
	// QueryBuffer and QueryBufferFree are the used and the free bytes of the buffer for commands.
	QueryBuffer, QueryBufferFree int64
	// ArgvMem and MultiMem are the bytes of the next command and of queued commands.
	ArgvMem, MultiMem int64
	// ReplyBuffer is the size of the buffer for replies in bytes, ReplyBufferPeak the highest recent use of
	// it.
	ReplyBuffer, ReplyBufferPeak int64
	// OutputBuffer is the used part of the buffer for replies, in bytes.
	OutputBuffer int64
	// OutputList is the number of replies that did not fit into the buffer, and OutputMem their bytes.
	OutputList, OutputMem int64
	// TotalMem is all memory of the connection in bytes.
	TotalMem int64
	// Events are "r" if the server waits until the socket is readable, and "w" for writable.
	Events string
	// Cmd is the last command, "client|list", or "NULL".
	Cmd string
	// User is the ACL user of the connection.
	User string
	// Redir is the ID of the connection that gets the invalidation messages; -1 for none.
	Redir int64
	// Resp is the version of the protocol.
	Resp int64
	// LibName and LibVer are the name and version that the client's library has reported.
	LibName, LibVer string
	// Capa are letters for the capabilities that the client has announced, "r" for following redirections;
	// Valkey only.
	Capa string
	// IOThread is the thread that serves the connection.
	IOThread int64
	// TotalNetIn and TotalNetOut are the bytes received and sent, TotalCommands the number of commands.
	TotalNetIn, TotalNetOut, TotalCommands int64
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (c *ClientInfo) slots() []slot {
	return []slot{
		{"age", decode.Seconds(&c.Age)}, {"idle", decode.Seconds(&c.Idle)}, {"addr", &c.Addr},
		{"laddr", &c.LAddr}, {"name", &c.Name}, {"flags", &c.Flags}, {"events", &c.Events},
		{"cmd", &c.Cmd}, {"user", &c.User}, {"lib-name", &c.LibName}, {"lib-ver", &c.LibVer},
		{"capa", &c.Capa}, {"id", &c.ID}, {"fd", &c.FD}, {"db", &c.DB}, {"sub", &c.Sub},
		{"psub", &c.PSub}, {"ssub", &c.SSub}, {"multi", &c.Multi}, {"watch", &c.Watch},
		{"qbuf", &c.QueryBuffer}, {"qbuf-free", &c.QueryBufferFree}, {"argv-mem", &c.ArgvMem},
		{"multi-mem", &c.MultiMem}, {"rbs", &c.ReplyBuffer}, {"rbp", &c.ReplyBufferPeak},
		{"obl", &c.OutputBuffer}, {"oll", &c.OutputList}, {"omem", &c.OutputMem},
		{"tot-mem", &c.TotalMem}, {"redir", &c.Redir}, {"resp", &c.Resp},
		{"io-thread", &c.IOThread}, {"tot-net-in", &c.TotalNetIn}, {"tot-net-out", &c.TotalNetOut},
		{"tot-cmds", &c.TotalCommands}, {others, &c.Extra},
	}
}

// ClientKind is a kind of connection.
type ClientKind uint8

// The kinds of connections.
const (
	// NormalClient is an ordinary client, or one that runs MONITOR.
	NormalClient ClientKind = iota
	// MasterClient is the link to the master of this replica.
	MasterClient
	// ReplicaClient is a replica of this server.
	ReplicaClient
	// PubSubClient has subscriptions.
	PubSubClient
)

var clientKindWords = [...]string{NormalClient: "normal", MasterClient: "master", ReplicaClient: "replica",
	PubSubClient: "pubsub"}

// TrackingInfo describes the server's tracking of keys for the client-side cache of a connection.
type TrackingInfo struct {
	// Flags are "on" or "off", and with "on" the mode: "bcast", "optin", "optout", "noloop", ...
	Flags []string
	// Redirect is the ID of the connection that gets the messages: 0 for this one, -1 for none.
	Redirect int64
	// Prefixes are the prefixes of tracked keys in the mode bcast.
	Prefixes []string
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *TrackingInfo) slots() []slot {
	return []slot{
		{"flags", &r.Flags}, {"redirect", &r.Redirect}, {"prefixes", &r.Prefixes},
		{others, &r.Extra},
	}
}

// parse reads a line of CLIENT LIST. Values may contain "=", names may not.
func (c *ClientInfo) parse(line string) bool {
	return linesInto(decode.ClientFields(line), "=", c.slots())
}

func decodeClientInfo(d *reply, v *ClientInfo) error {
	text, err := d.Text()
	if err != nil {
		return err
	}
	if text = strings.TrimSuffix(text, "\n"); text == "" || !v.parse(text) {
		return &resp.TypeError{Want: "the fields of a connection", Got: resp.KindBulk}
	}
	return nil
}

func decodeClientInfos(d *reply, v *[]ClientInfo) error {
	text, err := d.Text()
	if err != nil {
		return err
	}
	list := []ClientInfo{}
	for _, line := range textLines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			continue
		}
		var c ClientInfo
		if !c.parse(line) {
			return &resp.TypeError{Want: "a line for each connection", Got: resp.KindBulk}
		}
		list = append(list, c)
	}
	*v = list
	return nil
}

// ClientFilter selects connections for [Client.ClientList] and [Client.ClientKillFilter]. Several filters
// select the connections that match all of them.
type ClientFilter struct {
	kind  clientFilterKind
	not   bool
	text  string
	ids   []int64
	span  time.Duration
	order int // of an enumeration
}

type clientFilterKind uint8

const (
	_ clientFilterKind = iota
	filterID
	filterType
	filterUser
	filterAddr
	filterLAddr
	filterName
	filterFlags
	filterLibName
	filterLibVer
	filterDB
	filterCapa
	filterIP
	filterMaxAge
	filterIdle
	filterSkipMe
)

var clientFilterWords = [...]string{
	filterID: "ID", filterType: "TYPE", filterUser: "USER", filterAddr: "ADDR", filterLAddr: "LADDR",
	filterName: "NAME", filterFlags: "FLAGS", filterLibName: "LIB-NAME", filterLibVer: "LIB-VER",
	filterDB: "DB", filterCapa: "CAPA", filterIP: "IP", filterMaxAge: "MAXAGE", filterIdle: "IDLE",
	filterSkipMe: "SKIPME",
}

// ClientIDs selects the connections with these IDs. To kill, several IDs need Valkey 8.1.
func ClientIDs(ids ...int64) ClientFilter { return ClientFilter{kind: filterID, ids: ids} }

// ClientOfKind selects connections of one kind.
func ClientOfKind(kind ClientKind) ClientFilter {
	return ClientFilter{kind: filterType, order: int(kind)}
}

// ClientUser selects connections that are logged in as this user. To list, it needs Valkey 8.1.
func ClientUser(name string) ClientFilter { return ClientFilter{kind: filterUser, text: name} }

// ClientAddr selects the connection from this "ip:port". To list, it needs Valkey 8.1.
func ClientAddr(addr string) ClientFilter { return ClientFilter{kind: filterAddr, text: addr} }

// ClientLAddr selects connections to this "ip:port" of the server. It needs server 6.2, and to list, Valkey
// 8.1.
func ClientLAddr(addr string) ClientFilter { return ClientFilter{kind: filterLAddr, text: addr} }

// ClientName selects connections with this name. It needs Valkey 9.0.
func ClientName(name string) ClientFilter { return ClientFilter{kind: filterName, text: name} }

// ClientFlags selects connections that have all of these flags, letters as in [ClientInfo]. It needs Valkey
// 9.0.
func ClientFlags(flags string) ClientFilter { return ClientFilter{kind: filterFlags, text: flags} }

// ClientLibName selects connections of this library. It needs Valkey 9.0.
func ClientLibName(name string) ClientFilter { return ClientFilter{kind: filterLibName, text: name} }

// ClientLibVer selects connections whose library has this version. It needs Valkey 9.0.
func ClientLibVer(version string) ClientFilter {
	return ClientFilter{kind: filterLibVer, text: version}
}

// ClientDB selects connections that use this database. It needs Valkey 9.0.
func ClientDB(n int64) ClientFilter { return ClientFilter{kind: filterDB, ids: []int64{n}} }

// ClientCapa selects connections that announced these capabilities, letters such as "r". It needs Valkey 9.0.
func ClientCapa(capa string) ClientFilter { return ClientFilter{kind: filterCapa, text: capa} }

// ClientIP selects connections from this IP address. It needs Valkey 9.0.
func ClientIP(ip string) ClientFilter { return ClientFilter{kind: filterIP, text: ip} }

// ClientMaxAge selects connections that are at least this old. A fraction of a second is a DataError. It
// needs server 7.4 or Valkey 8.0, and to list, Valkey 8.1.
func ClientMaxAge(age time.Duration) ClientFilter { return ClientFilter{kind: filterMaxAge, span: age} }

// ClientMinIdle selects connections that have been idle for at least this long. A fraction of a second is a
// DataError. It needs Valkey 9.0.
func ClientMinIdle(idle time.Duration) ClientFilter {
	return ClientFilter{kind: filterIdle, span: idle}
}

// ClientSkipMe says whether to leave out the connection of the call itself. Default: true to kill, false to
// list. To list, it needs Valkey 8.1.
func ClientSkipMe(skip bool) ClientFilter {
	if skip {
		return ClientFilter{kind: filterSkipMe, text: "yes"}
	}
	return ClientFilter{kind: filterSkipMe, text: "no"}
}

// Not selects the connections that the filter does not select. It needs Valkey 9.0. For filters by time, and
// for ClientSkipMe, it is a DataError.
func (f ClientFilter) Not() ClientFilter {
	f.not = !f.not
	return f
}

// putClientFilters writes filters; the words are counted. The IDs of connections come last, because the
// server takes all following numbers as IDs.
func putClientFilters(e *encoder, argument string, list []ClientFilter, some bool) {
	if some && len(list) == 0 {
		e.Fail(argument, "needs at least one")
		return
	}
	var given [2]uint32
	for _, last := range []bool{false, true} {
		for i := range list {
			f := &list[i]
			if (f.kind == filterID) != last {
				continue
			}
			which, bit := 0, uint32(1)<<f.kind
			if f.not {
				which = 1
			}
			if f.kind != 0 && given[which]&bit != 0 {
				e.Fail(argument, "have "+clientFilterWords[f.kind]+" twice")
				return
			}
			given[which] |= bit
			putClientFilter(e, argument, f)
		}
	}
}

func putClientFilter(e *encoder, argument string, f *ClientFilter) {
	word := clientFilterWords[f.kind]
	if f.not {
		word = "NOT-" + word
	}
	switch f.kind {
	case 0:
		e.Fail(argument, "contain an empty one; make them with ClientUser and its relatives")
		return
	case filterMaxAge, filterIdle, filterSkipMe:
		if f.not {
			e.Fail(argument, "have no "+word)
			return
		}
	}
	e.Word(word)
	e.N += 2
	switch f.kind {
	case filterID, filterDB:
		if len(f.ids) == 0 {
			e.Fail(argument, "have "+word+" without a number")
			return
		}
		e.N += len(f.ids) - 1
		for _, id := range f.ids {
			e.IntAtLeast(argument, id, 0)
		}
	case filterType:
		e.Choice(argument, f.order, clientKindWords[:])
	case filterMaxAge, filterIdle:
		e.Idle(argument, f.span)
	default:
		e.Word(f.text)
	}
}
