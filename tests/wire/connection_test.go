package wire_test

import (
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
)

// connectionRows are the calls of methods for connections and their clients.
var connectionRows = []row{
	{"Ping", func(p *redpoll.Pipeline) { p.Ping() }, "PING"},
	{"PingMessage", func(p *redpoll.Pipeline) { p.PingMessage("m") }, "PING m"},
	{"Echo", func(p *redpoll.Pipeline) { p.Echo("m") }, "ECHO m"},
	{"ClientID", func(p *redpoll.Pipeline) { p.ClientID() }, "CLIENT ID"},
	{"ClientGetName", func(p *redpoll.Pipeline) { p.ClientGetName() }, "CLIENT GETNAME"},
	{"ClientGetRedir", func(p *redpoll.Pipeline) { p.ClientGetRedir() }, "CLIENT GETREDIR"},
	{"ClientHelp", func(p *redpoll.Pipeline) { p.ClientHelp() }, "CLIENT HELP"},
	{"ClientInfo", func(p *redpoll.Pipeline) { p.ClientInfo() }, "CLIENT INFO"},
	{"ClientKill", func(p *redpoll.Pipeline) { p.ClientKill("127.0.0.1:5") }, "CLIENT KILL 127.0.0.1:5"},
	{"ClientKillFilter", func(p *redpoll.Pipeline) {
		p.ClientKillFilter(redpoll.ClientIDs(7))
	}, "CLIENT KILL ID 7"},
	{"ClientKillFilter", func(p *redpoll.Pipeline) {
		p.ClientKillFilter([]redpoll.ClientFilter{
			redpoll.ClientIDs(1, 2), redpoll.ClientOfKind(redpoll.PubSubClient), redpoll.ClientUser("bob"),
			redpoll.ClientAddr("a:1"), redpoll.ClientLAddr("b:2"), redpoll.ClientSkipMe(false),
			redpoll.ClientMaxAge(time.Minute),
		}...)
	}, "CLIENT KILL TYPE pubsub USER bob ADDR a:1 LADDR b:2 SKIPME no MAXAGE 60 ID 1 2"},
	{"ClientKillFilter", func(p *redpoll.Pipeline) {
		p.ClientKillFilter([]redpoll.ClientFilter{
			redpoll.ClientName("n"), redpoll.ClientMinIdle(2 * time.Second), redpoll.ClientFlags("bx"),
			redpoll.ClientLibName("l"), redpoll.ClientLibVer("1.2"), redpoll.ClientDB(3),
			redpoll.ClientCapa("r"),
			redpoll.ClientIP("1.2.3.4"), redpoll.ClientSkipMe(true),
		}...)
	}, "CLIENT KILL NAME n IDLE 2 FLAGS bx LIB-NAME l LIB-VER 1.2 DB 3 CAPA r IP 1.2.3.4 SKIPME yes"},
	{"ClientList", func(p *redpoll.Pipeline) { p.ClientList() }, "CLIENT LIST"},
	{"ClientList", func(p *redpoll.Pipeline) {
		p.ClientList(redpoll.ClientOfKind(redpoll.NormalClient))
	}, "CLIENT LIST TYPE normal"},
	{"ClientList", func(p *redpoll.Pipeline) {
		p.ClientList(redpoll.ClientOfKind(redpoll.MasterClient))
	}, "CLIENT LIST TYPE master"},
	{"ClientList", func(p *redpoll.Pipeline) {
		p.ClientList(redpoll.ClientIDs(1, 2, 3))
	}, "CLIENT LIST ID 1 2 3"},
	{"ClientList", func(p *redpoll.Pipeline) {
		p.ClientList([]redpoll.ClientFilter{
			redpoll.ClientIDs(5).Not(), redpoll.ClientUser("u"), redpoll.ClientUser("bob").Not(),
			redpoll.ClientOfKind(redpoll.ReplicaClient).Not(), redpoll.ClientAddr("a:1").Not(),
			redpoll.ClientLAddr("b:2").Not(),
			redpoll.ClientName("n").Not(), redpoll.ClientFlags("b").Not(), redpoll.ClientLibName("l").Not(),
			redpoll.ClientLibVer("1").Not(), redpoll.ClientDB(3).Not(), redpoll.ClientCapa("r").Not(),
			redpoll.ClientIP("i").Not(),
		}...)
	}, "CLIENT LIST USER u NOT-USER bob NOT-TYPE replica NOT-ADDR a:1 NOT-LADDR b:2 NOT-NAME n NOT-FLAGS " +
		"b NOT-LIB-NAME l NOT-LIB-VER 1 NOT-DB 3 NOT-CAPA r NOT-IP i NOT-ID 5"},
	{"ClientList", func(p *redpoll.Pipeline) {
		p.ClientList(redpoll.ClientName("n").Not().Not())
	}, "CLIENT LIST NAME n"},
	{"ClientPause", func(p *redpoll.Pipeline) {
		p.ClientPause(1500 * time.Millisecond)
	}, "CLIENT PAUSE 1500"},
	{"ClientPause", func(p *redpoll.Pipeline) {
		p.ClientPause(0, redpoll.PauseWrite)
	}, "CLIENT PAUSE 0 WRITE"},
	{"ClientPause", func(p *redpoll.Pipeline) {
		p.ClientPause(time.Second, redpoll.PauseAll)
	}, "CLIENT PAUSE 1000 ALL"},
	{"ClientTrackingInfo", func(p *redpoll.Pipeline) { p.ClientTrackingInfo() }, "CLIENT TRACKINGINFO"},
	{"ClientUnblock", func(p *redpoll.Pipeline) { p.ClientUnblock(7) }, "CLIENT UNBLOCK 7"},
	{"ClientUnblock", func(p *redpoll.Pipeline) {
		p.ClientUnblock(7, redpoll.UnblockError)
	}, "CLIENT UNBLOCK 7 ERROR"},
	{"ClientUnblock", func(p *redpoll.Pipeline) {
		p.ClientUnblock(7, redpoll.UnblockTimeout)
	}, "CLIENT UNBLOCK 7 TIMEOUT"},
	{"ClientUnpause", func(p *redpoll.Pipeline) { p.ClientUnpause() }, "CLIENT UNPAUSE"},
}

func TestClientRefused(t *testing.T) {
	t.Parallel()
	filters := func(list ...redpoll.ClientFilter) func(p *redpoll.Pipeline) {
		return func(p *redpoll.Pipeline) { p.ClientKillFilter(list...) }
	}
	testRefused(t, []refused{
		{"no filter", "at least one", filters()},
		{"empty filter", "an empty one", filters(redpoll.ClientFilter{})},
		{"empty filters", "an empty one", filters(redpoll.ClientFilter{}, redpoll.ClientFilter{})},
		{"filter without IDs", "ID without a number", filters(redpoll.ClientIDs())},
		{"filter twice", "USER twice", filters(redpoll.ClientUser("a"), redpoll.ClientUser("b"))},
		{"not younger", "no NOT-MAXAGE", filters(redpoll.ClientMaxAge(time.Second).Not())},
		{"not idle", "no NOT-IDLE", filters(redpoll.ClientMinIdle(time.Second).Not())},
		{"not skipping", "no NOT-SKIPME", filters(redpoll.ClientSkipMe(true).Not())},
		{"age in milliseconds", "whole number of seconds", filters(redpoll.ClientMaxAge(time.Millisecond))},
		{"negative database", "at least 0", filters(redpoll.ClientDB(-1))},
		{"no such kind", "none of its constants", filters(redpoll.ClientOfKind(9))},
		{"no such kind to list", "none of its constants", func(p *redpoll.Pipeline) {
			p.ClientList(redpoll.ClientOfKind(9))
		}},
		{"negative pause", "negative", func(p *redpoll.Pipeline) { p.ClientPause(-time.Second) }},
		{"tiny pause", "milliseconds", func(p *redpoll.Pipeline) { p.ClientPause(time.Microsecond) }},
		{"two ways to pause", "exclude each other", func(p *redpoll.Pipeline) {
			p.ClientPause(0, redpoll.PauseAll, redpoll.PauseWrite)
		}},
		{"two ways to unblock", "exclude each other", func(p *redpoll.Pipeline) {
			p.ClientUnblock(1, redpoll.UnblockError, redpoll.UnblockTimeout)
		}},
	})
}
