package commands_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestClientInfoAndList(t *testing.T) {
	t.Parallel()
	for name, protocol := range map[string]int{"RESP2": 2, "RESP3": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clients.NewTest(t, redpoll.Options{Protocol: protocol, ClientName: "a=b=c"})
			id, err := c.Client.ClientID(ctx)
			if err != nil {
				t.Fatal(err)
			}
			info, err := c.Client.ClientInfo(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if info.ID != id || info.Name != "a=b=c" || info.DB != int64(c.Server.DB) ||
				info.LAddr != c.Server.Addr() || info.User != "default" || info.Multi != -1 {
				t.Errorf("got %+v, want connection %d, a=b=c, database %d, %s, default, no transaction",
					info, id, c.Server.DB, c.Server.Addr())
			}
			if !strings.HasPrefix(info.Addr, "127.0.0.1:") || info.FD == 0 || info.TotalMem == 0 ||
				!strings.EqualFold(info.Cmd, "client|info") || info.Flags != "N" {
				t.Errorf("got %+v, want an address, a descriptor, memory, client|info, no flags", info)
			}
			if c.Server.Version().AtLeast(7, 0) && info.Resp != int64(protocol) {
				t.Errorf("got protocol %d, want %d", info.Resp, protocol)
			}
			list, err := c.Client.ClientList(ctx, redpoll.ClientIDs(id))
			if err != nil || len(list) != 1 || list[0].ID != id || list[0].Name != "a=b=c" {
				t.Errorf("got %+v and %v, want connection %d alone", list, err, id)
			}
			all, err := c.Client.ClientList(ctx)
			if err != nil ||
				!slices.ContainsFunc(all, func(i redpoll.ClientInfo) bool { return i.ID == id }) {
				t.Errorf("got %+v and %v, want connection %d among them", all, err, id)
			}
			normal, err := c.Client.ClientList(ctx, redpoll.ClientOfKind(redpoll.NormalClient))
			if err != nil ||
				!slices.ContainsFunc(normal, func(i redpoll.ClientInfo) bool { return i.ID == id }) {
				t.Errorf("got %+v and %v, want connection %d among them", normal, err, id)
			}
			c.Want([]redpoll.ClientInfo{})(
				c.Client.ClientList(ctx, redpoll.ClientOfKind(redpoll.MasterClient)))
			c.Want([]redpoll.ClientInfo{})(c.Client.ClientList(ctx, redpoll.ClientIDs(1<<50)))
			c.Want(int64(-1))(c.Client.ClientGetRedir(ctx))
			c.Want(redpoll.TrackingInfo{Flags: []string{"off"}, Redirect: -1, Prefixes: []string{}})(
				c.Client.ClientTrackingInfo(ctx))
			c.Starts("CLIENT ")(c.Client.ClientHelp(ctx))
		})
	}
}

func TestClientKill(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{Users: []redpolltest.User{{Name: "bob", Password: "x"}}},
		func(t *clients.Test) {
			// victim opens a connection of user bob.
			victim := func() redpoll.ClientInfo {
				rdb := clients.New(t.T, redpoll.Options{
					Addr: t.Server.Addr(), Username: "bob", Password: "x",
				})
				info, err := rdb.ClientInfo(ctx)
				if err != nil {
					t.Fatal(err)
				}
				return info
			}
			gone := func(info redpoll.ClientInfo) {
				t.Helper()
				t.Want([]redpoll.ClientInfo{})(t.Client.ClientList(ctx, redpoll.ClientIDs(info.ID)))
			}
			v := victim()
			t.OK(t.Client.ClientKill(ctx, v.Addr))
			gone(v)
			t.Says("No such client")(nil, t.Client.ClientKill(ctx, "1.2.3.4:5"))

			v = victim()
			t.Want(1)(t.Client.ClientKillFilter(ctx, redpoll.ClientIDs(v.ID)))
			gone(v)
			t.Want(0)(t.Client.ClientKillFilter(ctx, redpoll.ClientIDs(v.ID)))
			v = victim()
			t.Want(0)(
				t.Client.ClientKillFilter(ctx, redpoll.ClientAddr(v.Addr), redpoll.ClientUser("default")))
			t.Want(0)(t.Client.ClientKillFilter(ctx, redpoll.ClientAddr(v.Addr),
				redpoll.ClientOfKind(redpoll.PubSubClient)))
			t.Want(1)(t.Client.ClientKillFilter(ctx, redpoll.ClientAddr(v.Addr), redpoll.ClientUser("bob"),
				redpoll.ClientLAddr(v.LAddr), redpoll.ClientOfKind(redpoll.NormalClient)))
			gone(v)
			// The connection of the call itself stays open, unless the call says otherwise.
			me, err := t.Client.ClientID(ctx)
			if err != nil {
				t.Fatal(err)
			}
			t.Want(0)(t.Client.ClientKillFilter(ctx, redpoll.ClientIDs(me)))
			t.Want(1)(t.Client.ClientKillFilter(ctx, redpoll.ClientIDs(me), redpoll.ClientSkipMe(false)))
			redpolltest.Await(t.T, "another connection", func() bool {
				id, err := t.Client.ClientID(ctx)
				return err == nil && id != me
			})
			t.Says("No such user")(t.Client.ClientKillFilter(ctx, redpoll.ClientUser("nobody")))
		})
}

func TestClientKillByAge(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "7.4", "8.0")
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		victim := clients.New(t.T, redpoll.Options{Addr: t.Server.Addr()})
		id := testkit.Must[int64](t)(victim.ClientID(ctx))
		t.Want(0)(t.Client.ClientKillFilter(ctx, redpoll.ClientMaxAge(1000*time.Hour)))
		redpolltest.Await(t.T, "a connection that is a second old", func() bool {
			n, err := t.Client.ClientKillFilter(ctx, redpoll.ClientMaxAge(time.Second), redpoll.ClientIDs(id))
			return err == nil && n == 1
		})
		t.Want([]redpoll.ClientInfo{})(t.Client.ClientList(ctx, redpoll.ClientIDs(id)))
	})
}

// In Valkey, CLIENT LIST has the filters of CLIENT KILL, which can be combined, and connections can be killed
// by several IDs.
func TestClientFilters(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "8.1")
	clients.OwnServer(t, redpolltest.ServerOptions{Users: []redpolltest.User{{Name: "bob", Password: "x"}}},
		func(t *clients.Test) {
			var bobs [2]redpoll.ClientInfo
			for i := range bobs {
				rdb := clients.New(t.T, redpoll.Options{
					Addr: t.Server.Addr(), Username: "bob", Password: "x",
				})
				bobs[i] = testkit.Must[redpoll.ClientInfo](t)(rdb.ClientInfo(ctx))
			}
			me := testkit.Must[int64](t)(t.Client.ClientID(ctx))
			for name, c := range map[string]struct {
				filters []redpoll.ClientFilter
				want    []int64
			}{
				"user": {[]redpoll.ClientFilter{redpoll.ClientUser("bob")},
					[]int64{bobs[0].ID, bobs[1].ID}},
				"address": {[]redpoll.ClientFilter{redpoll.ClientAddr(bobs[1].Addr)},
					[]int64{bobs[1].ID}},
				"server address": {[]redpoll.ClientFilter{redpoll.ClientLAddr(t.Server.Addr()),
					redpoll.ClientUser("bob")}, []int64{bobs[0].ID, bobs[1].ID}},
				"two filters": {[]redpoll.ClientFilter{redpoll.ClientUser("bob"),
					redpoll.ClientAddr("1.2.3.4:5")}, nil},
				"kind and IDs": {[]redpoll.ClientFilter{redpoll.ClientIDs(me,
					bobs[0].ID), redpoll.ClientOfKind(redpoll.NormalClient)}, []int64{me, bobs[0].ID}},
				"others": {[]redpoll.ClientFilter{redpoll.ClientIDs(me,
					bobs[0].ID), redpoll.ClientSkipMe(true)}, []int64{bobs[0].ID}},
				"age": {[]redpoll.ClientFilter{redpoll.ClientMaxAge(1000 * time.Hour)}, nil},
			} {
				var got []int64
				list := testkit.Must[[]redpoll.ClientInfo](t)(t.Client.ClientList(ctx, c.filters...))
				for _, info := range list {
					got = append(got, info.ID)
				}
				slices.Sort(got)
				slices.Sort(c.want)
				if !slices.Equal(got, c.want) {
					t.Errorf("%s: got the connections %v, want %v", name, got, c.want)
				}
			}
			t.Server.Do("CLIENT", "CAPA", "redirect")
			able := testkit.Must[[]redpoll.ClientInfo](t)(
				t.Client.ClientList(ctx, redpoll.ClientIDs(t.Server.Do("CLIENT", "ID").(int64))))
			if len(able) != 1 || able[0].Capa != "r" || able[0].TotalCommands == 0 || able[0].Extra != nil {
				t.Errorf("got %+v, want a connection that follows redirections", able)
			}
			t.Want(2)(t.Client.ClientKillFilter(ctx, redpoll.ClientIDs(bobs[0].ID, bobs[1].ID, 1<<40)))
			t.Want([]redpoll.ClientInfo{})(t.Client.ClientList(ctx, redpoll.ClientUser("bob")))
		})
}

func TestClientPause(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		redpolltest.RequireVersion(t.T, 6, 2)
		t.OK(t.Client.ClientUnpause(ctx))
		t.OK(t.Client.ClientPause(ctx, time.Hour, redpoll.PauseWrite))
		t.IsNil(t.Client.Get(ctx, "k")) // reads still work
		other := clients.New(t.T, redpoll.Options{Addr: t.Server.Addr()})
		written := make(chan error, 1)
		go func() { written <- other.Set(ctx, "k", 1) }()
		redpolltest.Await(t.T, "a write that waits", func() bool {
			list, err := t.Client.ClientList(ctx)
			return err == nil && slices.ContainsFunc(list,
				func(c redpoll.ClientInfo) bool { return strings.Contains(c.Flags, "b") })
		})
		t.IsNil(t.Client.Get(ctx, "k"))
		t.OK(t.Client.ClientUnpause(ctx))
		t.OK(<-written)
		t.Want("1")(t.Client.Get(ctx, "k"))
		t.OK(t.Client.ClientPause(ctx, time.Millisecond))
		t.OK(t.Client.ClientPause(ctx, time.Millisecond, redpoll.PauseAll))
		t.Want("1")(t.Client.Get(ctx, "k")) // as soon as the pause is over
	})
}

func TestClientUnblock(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		t.Want(false)(t.Client.ClientUnblock(ctx, 1<<50))
		for _, c := range []struct {
			opts []redpoll.ClientUnblockOption
			says string // empty for Nil
		}{
			{nil, ""}, {[]redpoll.ClientUnblockOption{redpoll.UnblockTimeout}, ""},
			{[]redpoll.ClientUnblockOption{redpoll.UnblockError}, "UNBLOCKED"},
		} {
			result := make(chan error, 1)
			go func() { result <- testkit.Err(t.Client.BLPop(ctx, time.Hour, "jobs")) }()
			var id int64
			redpolltest.Await(t.T, "a pop that waits", func() bool {
				list, err := t.Client.ClientList(ctx)
				i := slices.IndexFunc(list,
					func(c redpoll.ClientInfo) bool { return strings.Contains(c.Flags, "b") })
				if err != nil || i < 0 {
					return false
				}
				id = list[i].ID
				return true
			})
			t.Want(true)(t.Client.ClientUnblock(ctx, id, c.opts...))
			if c.says == "" {
				t.IsNil(nil, <-result)
			} else {
				t.Says(c.says)(nil, <-result)
			}
		}
	})
}

// Each command that changes the connection names its replacement.
func TestClientStateCommands(t *testing.T) {
	t.Parallel()
	rdb := clients.New(t, redpoll.Options{Addr: "127.0.0.1:1"})
	for _, words := range []string{
		"CLIENT SETNAME x", "CLIENT SETINFO lib-name x", "CLIENT NO-EVICT on", "CLIENT NO-TOUCH on",
		"CLIENT REPLY off", "CLIENT TRACKING on", "CLIENT CACHING yes",
		"CLIENT IMPORT-SOURCE on", "CLIENT CAPA redirect", "READONLY", "READWRITE", "ASKING",
	} {
		var args []any
		for _, w := range strings.Fields(words) {
			args = append(args, w)
		}
		_, err := rdb.Do(context.Background(), args...)
		var state *redpoll.StateError
		if !errors.As(err, &state) || state.Instead == "" {
			t.Errorf("%s: got %v, want a StateError that names another way", words, err)
		}
	}
}

// Blanks in the path of a socket and in user names are preserved.
func TestClientsWithBlanks(t *testing.T) {
	dir, err := os.MkdirTemp("", "s p=x ")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("TMPDIR", dir) // the directory of the servers' sockets
	const user, pattern = "x\u3000y\u00a0z", "a\u3000b\u00a0c"
	for name, protocol := range map[string]int{"RESP2": 2, "RESP3": 3} {
		t.Run(name, func(t *testing.T) {
			srv := redpolltest.Start(t, redpolltest.ServerOptions{})
			path, addr := srv.Socket(), testkit.SocketAddr(srv)
			rdb := clients.New(t, redpoll.Options{Addr: srv.Addr(), Protocol: protocol})
			local := clients.New(t, redpoll.Options{
				Network: "unix", Addr: path, Protocol: protocol, ClientName: "local",
			})
			c := &clients.Test{T: t, Client: rdb, Server: srv}
			c.OK(rdb.ACLSetUser(ctx, user, "on", ">pw", "~"+pattern, "&"+pattern, "+@all"))
			if u, err := rdb.ACLGetUser(ctx, user); err != nil ||
				!slices.Equal(u.Keys, []string{"~" + pattern}) ||
				!slices.Equal(u.Channels, []string{"&" + pattern}) {
				t.Errorf("got %+v and %v, want one pattern of each kind", u, err)
			}
			odd := clients.New(t, redpoll.Options{
				Network: "unix", Addr: path, Protocol: protocol, Username: user, Password: "pw",
				ClientName: "odd",
			})
			c.Is(redpoll.ErrNoPerm)(odd.Get(ctx, "k"))
			info, err := local.ClientInfo(ctx)
			if err != nil || info.Addr != addr || info.LAddr != addr || info.FD == 0 ||
				info.Name != "local" || info.User != "default" {
				t.Errorf("got %+v and %v, want a connection through %s", info, err, addr)
			}
			list, err := rdb.ClientList(ctx)
			one := slices.IndexFunc(list, func(i redpoll.ClientInfo) bool { return i.Name == "odd" })
			if err != nil || len(list) < 3 || one < 0 || list[one].User != user || list[one].Addr != addr {
				t.Errorf("got %+v and %v, want one of %q through %s", list, err, user, addr)
			}
			log, err := rdb.ACLLog(ctx)
			if err != nil || len(log) != 1 || log[0].Username != user || log[0].Client.User != user ||
				log[0].Client.Addr != addr {
				t.Errorf("got %+v and %v, want one refusal of %q", log, err, user)
			}
			clients.Usable(t, local)
			// CLIENT KILL needs the address that the server has for the connections.
			c.Want(2)(rdb.ClientKillFilter(ctx, redpoll.ClientAddr(info.Addr)))
		})
	}
}
