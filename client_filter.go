package redpoll

import "time"

// ClientFilter chooses connections for [Client.ClientList] and [Client.ClientKillFilter]. Several filters choose those that
// fit all of them.
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
	filterID: "ID", filterType: "TYPE", filterUser: "USER", filterAddr: "ADDR", filterLAddr: "LADDR", filterName: "NAME", filterFlags: "FLAGS",
	filterLibName: "LIB-NAME", filterLibVer: "LIB-VER", filterDB: "DB", filterCapa: "CAPA", filterIP: "IP", filterMaxAge: "MAXAGE",
	filterIdle: "IDLE", filterSkipMe: "SKIPME",
}

// ClientIDs chooses the connections with these numbers. To kill, more than one needs Valkey 8.1.
func ClientIDs(ids ...int64) ClientFilter { return ClientFilter{kind: filterID, ids: ids} }

// ClientOfKind chooses connections of one kind.
func ClientOfKind(kind ClientKind) ClientFilter {
	return ClientFilter{kind: filterType, order: int(kind)}
}

// ClientUser chooses connections that are logged in as this user. To list it needs Valkey 8.1.
func ClientUser(name string) ClientFilter { return ClientFilter{kind: filterUser, text: name} }

// ClientAddr chooses the connection from this "ip:port". To list it needs Valkey 8.1.
func ClientAddr(addr string) ClientFilter { return ClientFilter{kind: filterAddr, text: addr} }

// ClientLAddr chooses connections to this "ip:port" of the server. It needs server 6.2, and to list Valkey 8.1.
func ClientLAddr(addr string) ClientFilter { return ClientFilter{kind: filterLAddr, text: addr} }

// ClientName chooses connections of this name. It needs Valkey 9.0.
func ClientName(name string) ClientFilter { return ClientFilter{kind: filterName, text: name} }

// ClientFlags chooses connections that have all of these flags, letters as in [ClientInfo]. It needs Valkey 9.0.
func ClientFlags(flags string) ClientFilter { return ClientFilter{kind: filterFlags, text: flags} }

// ClientLibName chooses connections of this library. It needs Valkey 9.0.
func ClientLibName(name string) ClientFilter { return ClientFilter{kind: filterLibName, text: name} }

// ClientLibVer chooses connections whose library has this version. It needs Valkey 9.0.
func ClientLibVer(version string) ClientFilter {
	return ClientFilter{kind: filterLibVer, text: version}
}

// ClientDB chooses connections that use this database. It needs Valkey 9.0.
func ClientDB(n int64) ClientFilter { return ClientFilter{kind: filterDB, ids: []int64{n}} }

// ClientCapa chooses connections that announced these capabilities, letters such as "r". It needs Valkey 9.0.
func ClientCapa(capa string) ClientFilter { return ClientFilter{kind: filterCapa, text: capa} }

// ClientIP chooses connections from this IP address. It needs Valkey 9.0.
func ClientIP(ip string) ClientFilter { return ClientFilter{kind: filterIP, text: ip} }

// ClientMaxAge chooses connections that are at least this old, in whole seconds: anything finer is a DataError. It needs
// server 7.4 or Valkey 8.0, and to list Valkey 8.1.
func ClientMaxAge(age time.Duration) ClientFilter { return ClientFilter{kind: filterMaxAge, span: age} }

// ClientMinIdle chooses connections that have been idle for at least this long, in whole seconds: anything finer is a
// DataError. It needs Valkey 9.0.
func ClientMinIdle(idle time.Duration) ClientFilter {
	return ClientFilter{kind: filterIdle, span: idle}
}

// ClientSkipMe says whether the connection that the call runs on is left out. Default: true to kill, false to list. To list
// it needs Valkey 8.1.
func ClientSkipMe(skip bool) ClientFilter {
	if skip {
		return ClientFilter{kind: filterSkipMe, text: "yes"}
	}
	return ClientFilter{kind: filterSkipMe, text: "no"}
}

// Not chooses the connections that the filter does not choose. It needs Valkey 9.0. Filters by time, and ClientSkipMe, have
// no opposite: a DataError.
func (f ClientFilter) Not() ClientFilter {
	f.not = !f.not
	return f
}

// putClientFilters writes filters; the words are counted. Numbers of connections come last, because the server takes all
// numbers that follow.
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
