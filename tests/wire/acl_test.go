package wire_test

import (
	"slices"
	"testing"

	"github.com/redpoll-go/redpoll"
)

// aclRows are the calls of methods for ACL users and roles.
var aclRows = []row{
	{"ACLCat", func(p *redpoll.Pipeline) { p.ACLCat() }, "ACL CAT"},
	{"ACLCatCommands", func(p *redpoll.Pipeline) { p.ACLCatCommands("read") }, "ACL CAT read"},
	{"ACLDelRole", func(p *redpoll.Pipeline) { p.ACLDelRole(keys...) }, "ACL DELROLE a b"},
	{"ACLDelUser", func(p *redpoll.Pipeline) { p.ACLDelUser(keys...) }, "ACL DELUSER a b"},
	{"ACLDryRun", func(p *redpoll.Pipeline) { p.ACLDryRun("bob", "ping") }, "ACL DRYRUN bob ping"},
	{"ACLDryRun", func(p *redpoll.Pipeline) { p.ACLDryRun("bob", "set", "k", 1) }, "ACL DRYRUN bob set k 1"},
	{"ACLGenPass", func(p *redpoll.Pipeline) { p.ACLGenPass() }, "ACL GENPASS"},
	{"ACLGenPassBits", func(p *redpoll.Pipeline) { p.ACLGenPassBits(32) }, "ACL GENPASS 32"},
	{"ACLGetRole", func(p *redpoll.Pipeline) { p.ACLGetRole("reader") }, "ACL GETROLE reader"},
	{"ACLGetUser", func(p *redpoll.Pipeline) { p.ACLGetUser("bob") }, "ACL GETUSER bob"},
	{"ACLHelp", func(p *redpoll.Pipeline) { p.ACLHelp() }, "ACL HELP"},
	{"ACLList", func(p *redpoll.Pipeline) { p.ACLList() }, "ACL LIST"},
	{"ACLLoad", func(p *redpoll.Pipeline) { p.ACLLoad() }, "ACL LOAD"},
	{"ACLLog", func(p *redpoll.Pipeline) { p.ACLLog() }, "ACL LOG"},
	{"ACLLogN", func(p *redpoll.Pipeline) { p.ACLLogN(5) }, "ACL LOG 5"},
	{"ACLLogReset", func(p *redpoll.Pipeline) { p.ACLLogReset() }, "ACL LOG RESET"},
	{"ACLRoles", func(p *redpoll.Pipeline) { p.ACLRoles() }, "ACL ROLES"},
	{"ACLSave", func(p *redpoll.Pipeline) { p.ACLSave() }, "ACL SAVE"},
	{"ACLSetRole", func(p *redpoll.Pipeline) { p.ACLSetRole("reader") }, "ACL SETROLE reader"},
	{"ACLSetRole", func(p *redpoll.Pipeline) {
		p.ACLSetRole("reader", "~app:*", "+@read", "(+info)")
	}, "ACL SETROLE reader ~app:* +@read (+info)"},
	{"ACLSetUser", func(p *redpoll.Pipeline) { p.ACLSetUser("bob") }, "ACL SETUSER bob"},
	{"ACLSetUser", func(p *redpoll.Pipeline) {
		p.ACLSetUser("bob", "on", ">pw", "~a*", "+@read")
	}, "ACL SETUSER bob on >pw ~a* +@read"},
	{"ACLSetUserRules", func(p *redpoll.Pipeline) {
		p.ACLSetUserRules("bob", redpoll.ACLRules{})
	}, "ACL SETUSER bob off"},
	{"ACLSetUserRules", func(p *redpoll.Pipeline) {
		p.ACLSetUserRules("bob", redpoll.ACLRules{
			ACLPermissions: redpoll.ACLPermissions{
				Databases: []int64{0, 12}, Keys: []string{"a*", "%R~r*"}, Channels: []string{"news.*"},
				Commands:   []string{"+get", "-config|set"},
				Categories: []string{"+read", "-write", "+@hash", "-@dangerous"},
			},
			HashedPasswords: []string{"+00ff", "-11ee"}, Passwords: []string{"+new", "-old"},
			Enabled: true, ResetPasswords: true, ResetChannels: true, ResetKeys: true, Reset: true,
		})
	}, "ACL SETUSER bob reset resetkeys resetchannels resetpass on >new <old #00ff !11ee +@read -@write " +
		"+@hash -@dangerous +get -config|set ~a* %R~r* &news.* db=0,12"},
	{"ACLSetUserRules", func(p *redpoll.Pipeline) {
		p.ACLSetUserRules("bob", redpoll.ACLRules{Enabled: true, NoPass: true})
	}, "ACL SETUSER bob on nopass"},
	{"ACLUsers", func(p *redpoll.Pipeline) { p.ACLUsers() }, "ACL USERS"},
	{"ACLWhoAmI", func(p *redpoll.Pipeline) { p.ACLWhoAmI() }, "ACL WHOAMI"},
}

// A selector is one word that contains blanks.
func TestWireACLSelectors(t *testing.T) {
	t.Parallel()
	got, err := newRecorder(t, nil).sent(t, func(p *redpoll.Pipeline) {
		p.ACLSetUserRules("bob", redpoll.ACLRules{Enabled: true, Selectors: []redpoll.ACLPermissions{
			{Commands: []string{"+get"}, Keys: []string{"b*"}},
			{Categories: []string{"+read"}, Channels: []string{"c*"}, Databases: []int64{3}},
		}})
	})
	want := []string{"ACL", "SETUSER", "bob", "on", "(+get ~b*)", "(+@read &c* db=3)"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q and %v, want %q", got, err, want)
	}
}

// An error does not contain a password.
func TestACLRefused(t *testing.T) {
	t.Parallel()
	rules := func(r redpoll.ACLRules) func(p *redpoll.Pipeline) {
		return func(p *redpoll.Pipeline) { p.ACLSetUserRules("bob", r) }
	}
	testRefused(t, []refused{
		{"no users", "at least one", func(p *redpoll.Pipeline) { p.ACLDelUser() }},
		{"NoPass and a password", "exclude each other",
			rules(redpoll.ACLRules{NoPass: true, Passwords: []string{"+secret"}})},
		{"NoPass and a hash", "exclude each other",
			rules(redpoll.ACLRules{NoPass: true, HashedPasswords: []string{"-00"}})},
		{"password without sign", "begin with +", rules(redpoll.ACLRules{Passwords: []string{"secret"}})},
		{"empty password", "begin with +", rules(redpoll.ACLRules{Passwords: []string{""}})},
		{"hash without sign", "begin with +", rules(redpoll.ACLRules{HashedPasswords: []string{"secret"}})},
		{"category without sign", "begin with +",
			rules(redpoll.ACLRules{ACLPermissions: redpoll.ACLPermissions{Categories: []string{"@read"}}})},
		{"command without sign", "begin with +",
			rules(redpoll.ACLRules{ACLPermissions: redpoll.ACLPermissions{Commands: []string{"get"}}})},
		{"command without sign in a selector", "begin with +",
			rules(redpoll.ACLRules{Selectors: []redpoll.ACLPermissions{{Commands: []string{"get"}}}})},
		{"database below zero", "negative",
			rules(redpoll.ACLRules{ACLPermissions: redpoll.ACLPermissions{Databases: []int64{0, -1}}})},
		{"empty selector", "an empty one", rules(redpoll.ACLRules{Selectors: []redpoll.ACLPermissions{{}}})},
		{"no roles", "at least one", func(p *redpoll.Pipeline) { p.ACLDelRole() }},
	})
}
