package commands_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestACL(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		t.Want("default")(t.Client.ACLWhoAmI(ctx))
		t.Want([]string{"default"})(t.Client.ACLUsers(ctx))
		t.IsNil(t.Client.ACLGetUser(ctx, "bob"))
		t.Want(0)(t.Client.ACLDelUser(ctx, "bob"))
		t.Says("'default' user cannot be removed")(t.Client.ACLDelUser(ctx, "default"))
		t.OK(t.Client.ACLSetUser(ctx, "bob", "on", ">secret", "~a*", "+@read", "-get"))
		t.OK(t.Client.ACLSetUser(ctx, "ann"))
		t.Says("Syntax error")(nil, t.Client.ACLSetUser(ctx, "bob", "nonsense"))
		u, err := t.Client.ACLGetUser(ctx, "bob")
		if err != nil || !u.Enabled || !slices.Contains(u.Flags, "on") || len(u.Passwords) != 1 ||
			!reflect.DeepEqual(u.Keys, []string{"~a*"}) {
			t.Errorf("got %+v and %v", u, err)
		}
		if !slices.Contains(u.Categories, "+@read") || !slices.Contains(u.Commands, "-get") ||
			len(u.Rules) != len(u.Categories)+len(u.Commands) {
			t.Errorf("got %+v, want +@read and -get", u)
		}
		list, err := t.Client.ACLList(ctx)
		if err != nil || len(list) != 3 || !strings.HasPrefix(list[0], "user ann off") {
			t.Errorf("got %q and %v, want three users, ann off", list, err)
		}
		t.Want(2)(t.Client.ACLDelUser(ctx, "ann", "bob", "nobody"))
		cats, err := t.Client.ACLCat(ctx)
		if err != nil || !slices.Contains(cats, "read") {
			t.Errorf("got %q and %v, want read among them", cats, err)
		}
		cmds, err := t.Client.ACLCatCommands(ctx, "hash")
		if err != nil || !slices.Contains(cmds, "hget") {
			t.Errorf("got %q and %v, want hget among them", cmds, err)
		}
		t.Says("Unknown category")(t.Client.ACLCatCommands(ctx, "nonsense"))
		if pass, err := t.Client.ACLGenPass(ctx); err != nil || len(pass) != 64 {
			t.Errorf("got %q and %v, want 64 digits", pass, err)
		}
		if pass, err := t.Client.ACLGenPassBits(ctx, 5); err != nil || len(pass) != 2 {
			t.Errorf("got %q and %v, want 2 digits", pass, err)
		}
		t.Starts("ACL ")(t.Client.ACLHelp(ctx))
		t.Says("not configured to use an ACL file")(nil, t.Client.ACLSave(ctx))
		t.Says("not configured to use an ACL file")(nil, t.Client.ACLLoad(ctx))
	})
}

func TestACLRules(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		rules := redpoll.ACLRules{
			Enabled: true, Passwords: []string{"+one", "+two"},
			ACLPermissions: redpoll.ACLPermissions{
				Categories: []string{"+read", "-@dangerous"},
				Commands:   []string{"+set", "-get", "+acl|whoami"}, Keys: []string{"a*", "%R~r*"},
				Channels: []string{"news.*"},
			},
			Selectors: []redpoll.ACLPermissions{{Commands: []string{"+get"}, Keys: []string{"b*"}}},
		}
		t.OK(t.Client.ACLSetUserRules(ctx, "bob", rules))
		u, err := t.Client.ACLGetUser(ctx, "bob")
		if err != nil {
			t.Fatal(err)
		}
		if !u.Enabled || len(u.Passwords) != 2 || !reflect.DeepEqual(u.Keys, []string{"~a*", "%R~r*"}) ||
			!reflect.DeepEqual(u.Channels, []string{"&news.*"}) {
			t.Errorf("got %+v", u)
		}
		// The server may rewrite rules to equivalent ones.
		for _, rule := range []string{"+@read", "+set", "-get", "+acl|whoami"} {
			if !slices.Contains(u.Rules, rule) {
				t.Errorf("got the rules %q, want %q among them", u.Rules, rule)
			}
		}
		want := []redpoll.ACLSelector{{Rules: []string{"-@all", "+get"}, Categories: []string{"-@all"},
			Commands: []string{"+get"}, Keys: []string{"~b*"}, Channels: []string{}, AllDatabases: true}}
		if !reflect.DeepEqual(u.Selectors, want) {
			t.Errorf("got the selectors %+v, want %+v", u.Selectors, want)
		}
		if !u.AllDatabases || u.Databases != nil || u.Extra != nil {
			t.Errorf("got %+v, want a user of all databases", u)
		}
		t.Want("")(t.Client.ACLDryRun(ctx, "bob", "get", "b1"))
		t.Want("")(t.Client.ACLDryRun(ctx, "bob", "set", "a1", 5))
		if why, err := t.Client.ACLDryRun(ctx, "bob", "get", "a1"); err != nil ||
			!strings.Contains(why, "permission") {
			t.Errorf("got %q and %v, want a reason", why, err)
		}
		t.Says("not found")(t.Client.ACLDryRun(ctx, "nobody", "get", "a1"))

		bob := clients.New(t.T, redpoll.Options{Addr: t.Server.Addr(), Username: "bob", Password: "two"})
		t.Want("bob")(bob.ACLWhoAmI(ctx))
		t.OK(t.Client.ACLSetUserRules(ctx, "bob", redpoll.ACLRules{
			Enabled: true, ResetPasswords: true, ResetKeys: true, NoPass: true,
		}))
		if u, err = t.Client.ACLGetUser(ctx, "bob"); err != nil || len(u.Passwords) != 0 ||
			len(u.Keys) != 0 || !slices.Contains(u.Flags, "nopass") {
			t.Errorf("got %+v and %v, want no password and no keys", u, err)
		}
		t.OK(t.Client.ACLSetUserRules(ctx, "bob", redpoll.ACLRules{}))
		if u, err = t.Client.ACLGetUser(ctx, "bob"); err != nil || u.Enabled ||
			!slices.Contains(u.Flags, "off") {
			t.Errorf("got %+v and %v, want a disabled user", u, err)
		}
	})
}

// Since Valkey 9.1 a user or a selector can be restricted to some databases.
func TestACLDatabases(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "", "9.1")
	clients.OwnServer(t, redpolltest.ServerOptions{}, func(t *clients.Test) {
		t.OK(t.Client.ACLSetUserRules(ctx, "bob", redpoll.ACLRules{
			Enabled: true, NoPass: true, ACLPermissions: redpoll.ACLPermissions{
				Categories: []string{"+all"}, Keys: []string{"*"}, Databases: []int64{1, 2},
			},
			Selectors: []redpoll.ACLPermissions{
				{Commands: []string{"+get"}, Keys: []string{"*"}, Databases: []int64{3}},
				{Commands: []string{"+select"}},
			},
		}))
		bob := func(db int) *redpoll.Client {
			return clients.New(t.T, redpoll.Options{
				Addr: t.Server.Addr(), Username: "bob", Password: "x", DB: db,
			})
		}
		t.OK(bob(2).Set(ctx, "k", 1))
		t.IsNil(bob(3).Get(ctx, "k"))
		t.Is(redpoll.ErrNoPerm)(nil, bob(3).Set(ctx, "k", 1))
		u := testkit.Must[redpoll.ACLUser](t)(t.Client.ACLGetUser(ctx, "bob"))
		if u.AllDatabases || !slices.Equal(u.Databases, []int64{1, 2}) || u.Extra != nil ||
			len(u.Selectors) != 2 {
			t.Fatalf("got %+v, want the databases 1 and 2", u)
		}
		one, two := u.Selectors[0], u.Selectors[1]
		if one.AllDatabases || !slices.Equal(one.Databases, []int64{3}) || !two.AllDatabases ||
			two.Databases != nil {
			t.Errorf("got %+v, want database 3, and all", u.Selectors)
		}
		t.OK(t.Client.ACLSetUser(ctx, "bob", "resetdbs"))
		if u := testkit.Must[redpoll.ACLUser](t)(t.Client.ACLGetUser(ctx, "bob")); u.AllDatabases ||
			u.Databases != nil {
			t.Errorf("got %+v, want no database", u)
		}
		log := testkit.Must[[]redpoll.ACLLogEntry](t)(t.Client.ACLLog(ctx))
		if len(log) == 0 || log[0].Reason != "command" && log[0].Reason != "database" {
			t.Errorf("got %+v, want the refusal", log)
		}
	})
}

func TestACLLog(t *testing.T) {
	t.Parallel()
	clients.OwnServer(t, redpolltest.ServerOptions{Users: []redpolltest.User{{Name: "bob", Password: "x",
		Rules: "~a* +@all"}}}, func(t *clients.Test) {
		t.Want([]redpoll.ACLLogEntry{})(t.Client.ACLLog(ctx))
		bob := clients.New(t.T, redpoll.Options{
			Addr: t.Server.Addr(), Username: "bob", Password: "x", ClientName: "b=c",
		})
		t.Is(redpoll.ErrNoPerm)(bob.Get(ctx, "k"))
		t.Is(redpoll.ErrNoPerm)(bob.Get(ctx, "k"))
		liar := clients.New(t.T, redpoll.Options{Addr: t.Server.Addr(), Username: "bob", Password: "wrong"})
		t.Is(redpoll.ErrAuth)(nil, liar.Ping(ctx))
		log, err := t.Client.ACLLog(ctx)
		if err != nil || len(log) != 2 {
			t.Fatalf("got %+v and %v, want two entries", log, err)
		}
		if e := log[0]; e.Reason != "auth" || e.Username != "bob" || e.Count < 1 {
			t.Errorf("got %+v, want a refused login", e)
		}
		e := log[1]
		if e.Reason != "key" || e.Context != "toplevel" || e.Object != "k" || e.Username != "bob" ||
			e.Count != 2 || e.Client.Name != "b=c" || e.Client.User != "bob" {
			t.Errorf("got %+v, want two refused reads of k", e)
		}
		if e.Age < 0 || e.Age > time.Minute {
			t.Errorf("got the age %v", e.Age)
		}
		if one, err := t.Client.ACLLogN(ctx, 1); err != nil || len(one) != 1 || one[0].Reason != "auth" {
			t.Errorf("got %+v and %v, want the last entry", one, err)
		}
		t.OK(t.Client.ACLLogReset(ctx))
		t.Want([]redpoll.ACLLogEntry{})(t.Client.ACLLog(ctx))
	})
}

func TestACLFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "users.acl")
	if err := os.WriteFile(path, []byte("user bob on nopass ~* +@all\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	srv := redpolltest.Start(t, redpolltest.ServerOptions{Config: []string{"aclfile " + path}})
	c := &clients.Test{T: t, Client: clients.New(t, redpoll.Options{Addr: srv.Addr()}), Server: srv}
	c.Want([]string{"bob", "default"})(c.Client.ACLUsers(ctx))
	c.OK(c.Client.ACLSetUser(ctx, "ann", "on"))
	c.OK(c.Client.ACLSave(ctx))
	c.Want(2)(c.Client.ACLDelUser(ctx, "ann", "bob"))
	c.OK(c.Client.ACLLoad(ctx))
	c.Want([]string{"ann", "bob", "default"})(c.Client.ACLUsers(ctx))
	if err := os.WriteFile(path, []byte("nonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Says("users.acl:1")(nil, c.Client.ACLLoad(ctx))
	c.Want([]string{"ann", "bob", "default"})(c.Client.ACLUsers(ctx))
}

// The permissions of a role have the same form as those of a user.
func TestACLRoles(t *testing.T) {
	t.Parallel()
	const role = "$8 commands $12 -@all·+@read $4 keys $13 ~app:*·~own:* $8 channels $5 &news $9 " +
		"selectors *1 selector " +
		"$8 commands $5 +info $4 keys $2 ~x $8 channels $2 &c $5 users *1 $5 alice $3 new :7"
	testRecorded(t, []recordedCall{{
		"ACLGetRole", func(rdb *redpoll.Client) (any, error) { return rdb.ACLGetRole(ctx, "reader") },
		"ACL GETROLE reader",
		"*12 " + strings.Replace(role, "selector ", "*6 ", 1),
		"%6 " + strings.Replace(role, "selector ", "%3 ", 1),
		redpoll.ACLRole{
			ACLSelector: redpoll.ACLSelector{
				Rules: []string{"-@all", "+@read"}, Categories: []string{"-@all", "+@read"},
				Keys: []string{"~app:*", "~own:*"}, Channels: []string{"&news"}, AllDatabases: true,
			},
			Selectors: []redpoll.ACLSelector{{Rules: []string{"+info"}, Commands: []string{"+info"},
				Keys: []string{"~x"}, Channels: []string{"&c"}, AllDatabases: true}},
			Users: []string{"alice"}, Extra: extra(t, "new"),
		},
	}})
}
