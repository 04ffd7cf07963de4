package redpoll_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// says demands a server's error with a certain text.
func (t *commandTest) says(text string) func(got any, err error) {
	return func(got any, err error) {
		t.Helper()
		var server *redpoll.ServerError
		if !errors.As(err, &server) || !strings.Contains(err.Error(), text) {
			t.Errorf("got %#v and the error %v, want a server's error that says %q", got, err, text)
		}
	}
}

// starts demands lines of help that begin so.
func (t *commandTest) starts(text string) func(got []string, err error) {
	return func(got []string, err error) {
		t.Helper()
		if err != nil || len(got) < 3 || !strings.HasPrefix(got[0], text) {
			t.Errorf("got %q and the error %v, want lines that begin with %q", got, err, text)
		}
	}
}

func TestClientInfoAndList(t *testing.T) {
	t.Parallel()
	for name, protocol := range map[string]int{"RESP2": 2, "RESP3": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCommandTest(t, redpoll.Options{Protocol: protocol, ClientName: "a=b=c"})
			id, err := c.rdb.ClientID(ctx)
			if err != nil {
				t.Fatal(err)
			}
			info, err := c.rdb.ClientInfo(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if info.ID != id || info.Name != "a=b=c" || info.DB != int64(c.srv.DB) || info.LAddr != c.srv.Addr() || info.User != "default" || info.Multi != -1 {
				t.Errorf("got %+v, want connection %d, a=b=c, database %d, %s, default, no transaction", info, id, c.srv.DB, c.srv.Addr())
			}
			if !strings.HasPrefix(info.Addr, "127.0.0.1:") || info.FD == 0 || info.TotalMem == 0 || !strings.EqualFold(info.Cmd, "client|info") || info.Flags != "N" {
				t.Errorf("got %+v, want an address, a descriptor, memory, client|info, no flags", info)
			}
			if c.srv.Version().AtLeast(7, 0) && info.Resp != int64(protocol) {
				t.Errorf("got protocol %d, want %d", info.Resp, protocol)
			}
			list, err := c.rdb.ClientList(ctx, redpoll.ClientIDs(id))
			if err != nil || len(list) != 1 || list[0].ID != id || list[0].Name != "a=b=c" {
				t.Errorf("got %+v and %v, want connection %d alone", list, err, id)
			}
			all, err := c.rdb.ClientList(ctx)
			if err != nil || !slices.ContainsFunc(all, func(i redpoll.ClientInfo) bool { return i.ID == id }) {
				t.Errorf("got %+v and %v, want connection %d among them", all, err, id)
			}
			normal, err := c.rdb.ClientList(ctx, redpoll.ClientOfKind(redpoll.NormalClient))
			if err != nil || !slices.ContainsFunc(normal, func(i redpoll.ClientInfo) bool { return i.ID == id }) {
				t.Errorf("got %+v and %v, want connection %d among them", normal, err, id)
			}
			c.want([]redpoll.ClientInfo{})(c.rdb.ClientList(ctx, redpoll.ClientOfKind(redpoll.MasterClient)))
			c.want([]redpoll.ClientInfo{})(c.rdb.ClientList(ctx, redpoll.ClientIDs(1<<50)))
			c.want(int64(-1))(c.rdb.ClientGetRedir(ctx))
			c.want(redpoll.TrackingInfo{Flags: []string{"off"}, Redirect: -1, Prefixes: []string{}})(c.rdb.ClientTrackingInfo(ctx))
			c.starts("CLIENT ")(c.rdb.ClientHelp(ctx))
		})
	}
}

func TestClientKill(t *testing.T) {
	t.Parallel()
	ownServer(t, redpolltest.ServerOptions{Users: []redpolltest.User{{Name: "bob", Password: "x"}}}, func(t *commandTest) {
		// victim makes a connection of user bob.
		victim := func() redpoll.ClientInfo {
			rdb := newClient(t.T, redpoll.Options{Addr: t.srv.Addr(), Username: "bob", Password: "x"})
			info, err := rdb.ClientInfo(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return info
		}
		gone := func(info redpoll.ClientInfo) {
			t.Helper()
			t.want([]redpoll.ClientInfo{})(t.rdb.ClientList(ctx, redpoll.ClientIDs(info.ID)))
		}
		v := victim()
		t.ok(t.rdb.ClientKill(ctx, v.Addr))
		gone(v)
		t.says("No such client")(nil, t.rdb.ClientKill(ctx, "1.2.3.4:5"))

		v = victim()
		t.want(1)(t.rdb.ClientKillFilter(ctx, redpoll.ClientIDs(v.ID)))
		gone(v)
		t.want(0)(t.rdb.ClientKillFilter(ctx, redpoll.ClientIDs(v.ID)))
		v = victim()
		t.want(0)(t.rdb.ClientKillFilter(ctx, redpoll.ClientAddr(v.Addr), redpoll.ClientUser("default")))
		t.want(0)(t.rdb.ClientKillFilter(ctx, redpoll.ClientAddr(v.Addr), redpoll.ClientOfKind(redpoll.PubSubClient)))
		t.want(1)(t.rdb.ClientKillFilter(ctx, redpoll.ClientAddr(v.Addr), redpoll.ClientUser("bob"), redpoll.ClientLAddr(v.LAddr), redpoll.ClientOfKind(redpoll.NormalClient)))
		gone(v)
		// The connection of the call itself lives, unless it is asked for.
		me, err := t.rdb.ClientID(ctx)
		if err != nil {
			t.Fatal(err)
		}
		t.want(0)(t.rdb.ClientKillFilter(ctx, redpoll.ClientIDs(me)))
		t.want(1)(t.rdb.ClientKillFilter(ctx, redpoll.ClientIDs(me), redpoll.ClientSkipMe(false)))
		await(t.T, "another connection", func() bool {
			id, err := t.rdb.ClientID(ctx)
			return err == nil && id != me
		})
		t.says("No such user")(t.rdb.ClientKillFilter(ctx, redpoll.ClientUser("nobody")))
	})
}

func TestClientKillByAge(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "7.4", "8.0")
	ownServer(t, redpolltest.ServerOptions{}, func(t *commandTest) {
		victim := newClient(t.T, redpoll.Options{Addr: t.srv.Addr()})
		id := must[int64](t)(victim.ClientID(ctx))
		t.want(0)(t.rdb.ClientKillFilter(ctx, redpoll.ClientMaxAge(1000*time.Hour)))
		await(t.T, "a connection that is a second old", func() bool {
			n, err := t.rdb.ClientKillFilter(ctx, redpoll.ClientMaxAge(time.Second), redpoll.ClientIDs(id))
			return err == nil && n == 1
		})
		t.want([]redpoll.ClientInfo{})(t.rdb.ClientList(ctx, redpoll.ClientIDs(id)))
	})
}

// Valkey lists with the filters that elsewhere only kill, several at once, and kills several connections by number.
func TestClientFilters(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "8.1")
	ownServer(t, redpolltest.ServerOptions{Users: []redpolltest.User{{Name: "bob", Password: "x"}}}, func(t *commandTest) {
		var bobs [2]redpoll.ClientInfo
		for i := range bobs {
			rdb := newClient(t.T, redpoll.Options{Addr: t.srv.Addr(), Username: "bob", Password: "x"})
			bobs[i] = must[redpoll.ClientInfo](t)(rdb.ClientInfo(ctx))
		}
		me := must[int64](t)(t.rdb.ClientID(ctx))
		for name, c := range map[string]struct {
			filters []redpoll.ClientFilter
			want    []int64
		}{
			"user":           {[]redpoll.ClientFilter{redpoll.ClientUser("bob")}, []int64{bobs[0].ID, bobs[1].ID}},
			"address":        {[]redpoll.ClientFilter{redpoll.ClientAddr(bobs[1].Addr)}, []int64{bobs[1].ID}},
			"server address": {[]redpoll.ClientFilter{redpoll.ClientLAddr(t.srv.Addr()), redpoll.ClientUser("bob")}, []int64{bobs[0].ID, bobs[1].ID}},
			"two filters":    {[]redpoll.ClientFilter{redpoll.ClientUser("bob"), redpoll.ClientAddr("1.2.3.4:5")}, nil},
			"kind and IDs":   {[]redpoll.ClientFilter{redpoll.ClientIDs(me, bobs[0].ID), redpoll.ClientOfKind(redpoll.NormalClient)}, []int64{me, bobs[0].ID}},
			"others":         {[]redpoll.ClientFilter{redpoll.ClientIDs(me, bobs[0].ID), redpoll.ClientSkipMe(true)}, []int64{bobs[0].ID}},
			"age":            {[]redpoll.ClientFilter{redpoll.ClientMaxAge(1000 * time.Hour)}, nil},
		} {
			var got []int64
			for _, info := range must[[]redpoll.ClientInfo](t)(t.rdb.ClientList(ctx, c.filters...)) {
				got = append(got, info.ID)
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: got the connections %v, want %v", name, got, c.want)
			}
		}
		t.srv.Do("CLIENT", "CAPA", "redirect")
		able := must[[]redpoll.ClientInfo](t)(t.rdb.ClientList(ctx, redpoll.ClientIDs(t.srv.Do("CLIENT", "ID").(int64))))
		if len(able) != 1 || able[0].Capa != "r" || able[0].TotalCommands == 0 || able[0].Extra != nil {
			t.Errorf("got %+v, want a connection that follows redirections", able)
		}
		t.want(2)(t.rdb.ClientKillFilter(ctx, redpoll.ClientIDs(bobs[0].ID, bobs[1].ID, 1<<40)))
		t.want([]redpoll.ClientInfo{})(t.rdb.ClientList(ctx, redpoll.ClientUser("bob")))
	})
}

func TestClientPause(t *testing.T) {
	t.Parallel()
	ownServer(t, redpolltest.ServerOptions{}, func(t *commandTest) {
		redpolltest.RequireVersion(t.T, 6, 2)
		t.ok(t.rdb.ClientUnpause(ctx))
		t.ok(t.rdb.ClientPause(ctx, time.Hour, redpoll.PauseWrite))
		t.isNil(t.rdb.Get(ctx, "k")) // reads go on
		other := newClient(t.T, redpoll.Options{Addr: t.srv.Addr()})
		written := make(chan error, 1)
		go func() { written <- other.Set(ctx, "k", 1) }()
		await(t.T, "a write that waits", func() bool {
			list, err := t.rdb.ClientList(ctx)
			return err == nil && slices.ContainsFunc(list, func(c redpoll.ClientInfo) bool { return strings.Contains(c.Flags, "b") })
		})
		t.isNil(t.rdb.Get(ctx, "k"))
		t.ok(t.rdb.ClientUnpause(ctx))
		t.ok(<-written)
		t.want("1")(t.rdb.Get(ctx, "k"))
		t.ok(t.rdb.ClientPause(ctx, time.Millisecond))
		t.ok(t.rdb.ClientPause(ctx, time.Millisecond, redpoll.PauseAll))
		t.want("1")(t.rdb.Get(ctx, "k")) // as soon as it is over
	})
}

func TestClientUnblock(t *testing.T) {
	t.Parallel()
	ownServer(t, redpolltest.ServerOptions{}, func(t *commandTest) {
		t.want(false)(t.rdb.ClientUnblock(ctx, 1<<50))
		for _, c := range []struct {
			opts []redpoll.ClientUnblockOption
			says string // "" for Nil
		}{
			{nil, ""}, {[]redpoll.ClientUnblockOption{redpoll.UnblockTimeout}, ""}, {[]redpoll.ClientUnblockOption{redpoll.UnblockError}, "UNBLOCKED"},
		} {
			result := make(chan error, 1)
			go func() { result <- first(t.rdb.BLPop(ctx, time.Hour, "jobs")) }()
			var id int64
			await(t.T, "a pop that waits", func() bool {
				list, err := t.rdb.ClientList(ctx)
				i := slices.IndexFunc(list, func(c redpoll.ClientInfo) bool { return strings.Contains(c.Flags, "b") })
				if err != nil || i < 0 {
					return false
				}
				id = list[i].ID
				return true
			})
			t.want(true)(t.rdb.ClientUnblock(ctx, id, c.opts...))
			if c.says == "" {
				t.isNil(nil, <-result)
			} else {
				t.says(c.says)(nil, <-result)
			}
		}
	})
}

// State commands are not lost: each names what to use instead.
func TestClientStateCommands(t *testing.T) {
	t.Parallel()
	rdb := newClient(t, redpoll.Options{Addr: "127.0.0.1:1"})
	for _, words := range []string{
		"CLIENT SETNAME x", "CLIENT SETINFO lib-name x", "CLIENT NO-EVICT on", "CLIENT NO-TOUCH on", "CLIENT REPLY off", "CLIENT TRACKING on", "CLIENT CACHING yes",
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

func TestACL(t *testing.T) {
	t.Parallel()
	ownServer(t, redpolltest.ServerOptions{}, func(t *commandTest) {
		t.want("default")(t.rdb.ACLWhoAmI(ctx))
		t.want([]string{"default"})(t.rdb.ACLUsers(ctx))
		t.isNil(t.rdb.ACLGetUser(ctx, "bob"))
		t.want(0)(t.rdb.ACLDelUser(ctx, "bob"))
		t.says("'default' user cannot be removed")(t.rdb.ACLDelUser(ctx, "default"))
		t.ok(t.rdb.ACLSetUser(ctx, "bob", "on", ">secret", "~a*", "+@read", "-get"))
		t.ok(t.rdb.ACLSetUser(ctx, "ann"))
		t.says("Syntax error")(nil, t.rdb.ACLSetUser(ctx, "bob", "nonsense"))
		u, err := t.rdb.ACLGetUser(ctx, "bob")
		if err != nil || !u.Enabled || !slices.Contains(u.Flags, "on") || len(u.Passwords) != 1 || !reflect.DeepEqual(u.Keys, []string{"~a*"}) {
			t.Errorf("got %+v and %v", u, err)
		}
		if !slices.Contains(u.Categories, "+@read") || !slices.Contains(u.Commands, "-get") || len(u.Rules) != len(u.Categories)+len(u.Commands) {
			t.Errorf("got %+v, want +@read and -get", u)
		}
		list, err := t.rdb.ACLList(ctx)
		if err != nil || len(list) != 3 || !strings.HasPrefix(list[0], "user ann off") {
			t.Errorf("got %q and %v, want three users, ann off", list, err)
		}
		t.want(2)(t.rdb.ACLDelUser(ctx, "ann", "bob", "nobody"))
		cats, err := t.rdb.ACLCat(ctx)
		if err != nil || !slices.Contains(cats, "read") {
			t.Errorf("got %q and %v, want read among them", cats, err)
		}
		cmds, err := t.rdb.ACLCatCommands(ctx, "hash")
		if err != nil || !slices.Contains(cmds, "hget") {
			t.Errorf("got %q and %v, want hget among them", cmds, err)
		}
		t.says("Unknown category")(t.rdb.ACLCatCommands(ctx, "nonsense"))
		if pass, err := t.rdb.ACLGenPass(ctx); err != nil || len(pass) != 64 {
			t.Errorf("got %q and %v, want 64 digits", pass, err)
		}
		if pass, err := t.rdb.ACLGenPassBits(ctx, 5); err != nil || len(pass) != 2 {
			t.Errorf("got %q and %v, want 2 digits", pass, err)
		}
		t.starts("ACL ")(t.rdb.ACLHelp(ctx))
		t.says("not configured to use an ACL file")(nil, t.rdb.ACLSave(ctx))
		t.says("not configured to use an ACL file")(nil, t.rdb.ACLLoad(ctx))
	})
}

func TestACLRules(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	ownServer(t, redpolltest.ServerOptions{}, func(t *commandTest) {
		rules := redpoll.ACLRules{
			Enabled: true, Passwords: []string{"+one", "+two"},
			ACLPermissions: redpoll.ACLPermissions{Categories: []string{"+read", "-@dangerous"}, Commands: []string{"+set", "-get", "+acl|whoami"}, Keys: []string{"a*", "%R~r*"}, Channels: []string{"news.*"}},
			Selectors:      []redpoll.ACLPermissions{{Commands: []string{"+get"}, Keys: []string{"b*"}}},
		}
		t.ok(t.rdb.ACLSetUserRules(ctx, "bob", rules))
		u, err := t.rdb.ACLGetUser(ctx, "bob")
		if err != nil {
			t.Fatal(err)
		}
		if !u.Enabled || len(u.Passwords) != 2 || !reflect.DeepEqual(u.Keys, []string{"~a*", "%R~r*"}) || !reflect.DeepEqual(u.Channels, []string{"&news.*"}) {
			t.Errorf("got %+v", u)
		}
		// The server rewrites rules to others that mean the same.
		for _, rule := range []string{"+@read", "+set", "-get", "+acl|whoami"} {
			if !slices.Contains(u.Rules, rule) {
				t.Errorf("got the rules %q, want %q among them", u.Rules, rule)
			}
		}
		want := []redpoll.ACLSelector{{Rules: []string{"-@all", "+get"}, Categories: []string{"-@all"}, Commands: []string{"+get"}, Keys: []string{"~b*"}, Channels: []string{}, AllDatabases: true}}
		if !reflect.DeepEqual(u.Selectors, want) {
			t.Errorf("got the selectors %+v, want %+v", u.Selectors, want)
		}
		if !u.AllDatabases || u.Databases != nil || u.Extra != nil {
			t.Errorf("got %+v, want a user of all databases", u)
		}
		t.want("")(t.rdb.ACLDryRun(ctx, "bob", "get", "b1"))
		t.want("")(t.rdb.ACLDryRun(ctx, "bob", "set", "a1", 5))
		if why, err := t.rdb.ACLDryRun(ctx, "bob", "get", "a1"); err != nil || !strings.Contains(why, "permission") {
			t.Errorf("got %q and %v, want a reason", why, err)
		}
		t.says("not found")(t.rdb.ACLDryRun(ctx, "nobody", "get", "a1"))

		bob := newClient(t.T, redpoll.Options{Addr: t.srv.Addr(), Username: "bob", Password: "two"})
		t.want("bob")(bob.ACLWhoAmI(ctx))
		t.ok(t.rdb.ACLSetUserRules(ctx, "bob", redpoll.ACLRules{Enabled: true, ResetPasswords: true, ResetKeys: true, NoPass: true}))
		if u, err = t.rdb.ACLGetUser(ctx, "bob"); err != nil || len(u.Passwords) != 0 || len(u.Keys) != 0 || !slices.Contains(u.Flags, "nopass") {
			t.Errorf("got %+v and %v, want no password and no keys", u, err)
		}
		t.ok(t.rdb.ACLSetUserRules(ctx, "bob", redpoll.ACLRules{}))
		if u, err = t.rdb.ACLGetUser(ctx, "bob"); err != nil || u.Enabled || !slices.Contains(u.Flags, "off") {
			t.Errorf("got %+v and %v, want a disabled user", u, err)
		}
	})
}

// Since Valkey 9.1 a user, and a selector, may be kept to some databases.
func TestACLDatabases(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "9.1")
	ownServer(t, redpolltest.ServerOptions{}, func(t *commandTest) {
		t.ok(t.rdb.ACLSetUserRules(ctx, "bob", redpoll.ACLRules{
			Enabled: true, NoPass: true, ACLPermissions: redpoll.ACLPermissions{Categories: []string{"+all"}, Keys: []string{"*"}, Databases: []int64{1, 2}},
			Selectors: []redpoll.ACLPermissions{{Commands: []string{"+get"}, Keys: []string{"*"}, Databases: []int64{3}}, {Commands: []string{"+select"}}},
		}))
		bob := func(db int) *redpoll.Client {
			return newClient(t.T, redpoll.Options{Addr: t.srv.Addr(), Username: "bob", Password: "x", DB: db})
		}
		t.ok(bob(2).Set(ctx, "k", 1))
		t.isNil(bob(3).Get(ctx, "k"))
		t.is(redpoll.ErrNoPerm)(nil, bob(3).Set(ctx, "k", 1))
		u := must[redpoll.ACLUser](t)(t.rdb.ACLGetUser(ctx, "bob"))
		if u.AllDatabases || !slices.Equal(u.Databases, []int64{1, 2}) || u.Extra != nil || len(u.Selectors) != 2 {
			t.Fatalf("got %+v, want the databases 1 and 2", u)
		}
		if one, two := u.Selectors[0], u.Selectors[1]; one.AllDatabases || !slices.Equal(one.Databases, []int64{3}) || !two.AllDatabases || two.Databases != nil {
			t.Errorf("got %+v, want database 3, and all", u.Selectors)
		}
		t.ok(t.rdb.ACLSetUser(ctx, "bob", "resetdbs"))
		if u := must[redpoll.ACLUser](t)(t.rdb.ACLGetUser(ctx, "bob")); u.AllDatabases || u.Databases != nil {
			t.Errorf("got %+v, want no database", u)
		}
		log := must[[]redpoll.ACLLogEntry](t)(t.rdb.ACLLog(ctx))
		if len(log) == 0 || log[0].Reason != "command" && log[0].Reason != "database" {
			t.Errorf("got %+v, want the refusal", log)
		}
	})
}

func TestACLLog(t *testing.T) {
	t.Parallel()
	ownServer(t, redpolltest.ServerOptions{Users: []redpolltest.User{{Name: "bob", Password: "x", Rules: "~a* +@all"}}}, func(t *commandTest) {
		t.want([]redpoll.ACLLogEntry{})(t.rdb.ACLLog(ctx))
		bob := newClient(t.T, redpoll.Options{Addr: t.srv.Addr(), Username: "bob", Password: "x", ClientName: "b=c"})
		t.is(redpoll.ErrNoPerm)(bob.Get(ctx, "k"))
		t.is(redpoll.ErrNoPerm)(bob.Get(ctx, "k"))
		liar := newClient(t.T, redpoll.Options{Addr: t.srv.Addr(), Username: "bob", Password: "wrong"})
		t.is(redpoll.ErrAuth)(nil, liar.Ping(ctx))
		log, err := t.rdb.ACLLog(ctx)
		if err != nil || len(log) != 2 {
			t.Fatalf("got %+v and %v, want two entries", log, err)
		}
		if e := log[0]; e.Reason != "auth" || e.Username != "bob" || e.Count < 1 {
			t.Errorf("got %+v, want a refused login", e)
		}
		e := log[1]
		if e.Reason != "key" || e.Context != "toplevel" || e.Object != "k" || e.Username != "bob" || e.Count != 2 || e.Client.Name != "b=c" || e.Client.User != "bob" {
			t.Errorf("got %+v, want two refused reads of k", e)
		}
		if e.Age < 0 || e.Age > time.Minute {
			t.Errorf("got the age %v", e.Age)
		}
		if one, err := t.rdb.ACLLogN(ctx, 1); err != nil || len(one) != 1 || one[0].Reason != "auth" {
			t.Errorf("got %+v and %v, want the last entry", one, err)
		}
		t.ok(t.rdb.ACLLogReset(ctx))
		t.want([]redpoll.ACLLogEntry{})(t.rdb.ACLLog(ctx))
	})
}

// Blanks in the path of the server's socket and in names of users belong to them.
func TestClientsWithBlanks(t *testing.T) {
	dir, err := os.MkdirTemp("", "s p=x ")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("TMPDIR", dir) // where servers have their sockets
	const user, pattern = "x\u3000y\u00a0z", "a\u3000b\u00a0c"
	for name, protocol := range map[string]int{"RESP2": 2, "RESP3": 3} {
		t.Run(name, func(t *testing.T) {
			srv := redpolltest.Start(t, redpolltest.ServerOptions{})
			path, addr := srv.Socket(), socketAddr(srv)
			rdb := newClient(t, redpoll.Options{Addr: srv.Addr(), Protocol: protocol})
			local := newClient(t, redpoll.Options{Network: "unix", Addr: path, Protocol: protocol, ClientName: "local"})
			c := &commandTest{t, rdb, srv}
			c.ok(rdb.ACLSetUser(ctx, user, "on", ">pw", "~"+pattern, "&"+pattern, "+@all"))
			if u, err := rdb.ACLGetUser(ctx, user); err != nil || !slices.Equal(u.Keys, []string{"~" + pattern}) || !slices.Equal(u.Channels, []string{"&" + pattern}) {
				t.Errorf("got %+v and %v, want one pattern of each kind", u, err)
			}
			odd := newClient(t, redpoll.Options{Network: "unix", Addr: path, Protocol: protocol, Username: user, Password: "pw", ClientName: "odd"})
			c.is(redpoll.ErrNoPerm)(odd.Get(ctx, "k"))
			info, err := local.ClientInfo(ctx)
			if err != nil || info.Addr != addr || info.LAddr != addr || info.FD == 0 || info.Name != "local" || info.User != "default" {
				t.Errorf("got %+v and %v, want a connection through %s", info, err, addr)
			}
			list, err := rdb.ClientList(ctx)
			one := slices.IndexFunc(list, func(i redpoll.ClientInfo) bool { return i.Name == "odd" })
			if err != nil || len(list) < 3 || one < 0 || list[one].User != user || list[one].Addr != addr {
				t.Errorf("got %+v and %v, want one of %q through %s", list, err, user, addr)
			}
			log, err := rdb.ACLLog(ctx)
			if err != nil || len(log) != 1 || log[0].Username != user || log[0].Client.User != user || log[0].Client.Addr != addr {
				t.Errorf("got %+v and %v, want one refusal of %q", log, err, user)
			}
			usable(t, local)
			// The address is the one that the server knows the connections by.
			c.want(2)(rdb.ClientKillFilter(ctx, redpoll.ClientAddr(info.Addr)))
		})
	}
}

func TestACLFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "users.acl")
	if err := os.WriteFile(path, []byte("user bob on nopass ~* +@all\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	srv := redpolltest.Start(t, redpolltest.ServerOptions{Config: []string{"aclfile " + path}})
	c := &commandTest{t, newClient(t, redpoll.Options{Addr: srv.Addr()}), srv}
	c.want([]string{"bob", "default"})(c.rdb.ACLUsers(ctx))
	c.ok(c.rdb.ACLSetUser(ctx, "ann", "on"))
	c.ok(c.rdb.ACLSave(ctx))
	c.want(2)(c.rdb.ACLDelUser(ctx, "ann", "bob"))
	c.ok(c.rdb.ACLLoad(ctx))
	c.want([]string{"ann", "bob", "default"})(c.rdb.ACLUsers(ctx))
	if err := os.WriteFile(path, []byte("nonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.says("users.acl:1")(nil, c.rdb.ACLLoad(ctx))
	c.want([]string{"ann", "bob", "default"})(c.rdb.ACLUsers(ctx))
}
