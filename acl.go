package redpoll

import (
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// ACLPermissions are the permissions of a user or a selector. They apply in the order of the fields.
type ACLPermissions struct {
	// Categories of commands, each with + to allow or - to forbid it: "+read", "-@dangerous".
	Categories []string
	// Commands, each with + to allow or - to forbid it: "+get", "-config|set".
	Commands []string
	// Keys are glob-style patterns of allowed keys: "user:*". "%R~user:*" allows only reads, "%W~user:*" only
	// writes; both need server 7.0.
	Keys []string
	// Channels are glob-style patterns of allowed channels: "news.*". They need server 6.2.
	Channels []string
	// Databases are the numbers of the allowed databases; they replace earlier ones. A new user, or selector,
	// may use all databases. They need Valkey 9.1.
	Databases []int64
}

// ACLRules are rules for [Client.ACLSetUserRules]. They are sent in the order of the fields. The zero value
// disables a user and changes nothing else.
type ACLRules struct {
	// Reset removes all passwords, permissions and selectors of the user.
	Reset bool
	// ResetKeys and ResetChannels remove the permissions for keys and channels.
	ResetKeys, ResetChannels bool
	// ResetPasswords removes all passwords, and NoPass as well.
	ResetPasswords bool
	// Enabled lets the user log in. If it is false, the user cannot log in any more; open connections stay
	// logged in.
	Enabled bool
	// Passwords, each with + to add or - to remove it: "+secret".
	Passwords []string
	// HashedPasswords are SHA-256 sums in lower-case hexadecimal, each with + to add or - to remove it.
	HashedPasswords []string
	// NoPass lets the user log in with any password. NoPass together with passwords is a DataError.
	NoPass bool
	// ACLPermissions are the user's own permissions.
	ACLPermissions
	// Selectors are further sets of permissions; a command is allowed if one set allows all of it. They need
	// server 7.0.
	Selectors []ACLPermissions
}

// ACLUser is a user and its permissions.
type ACLUser struct {
	// Flags are "on" or "off", "nopass", and others.
	Flags []string
	// Enabled is true if the flags have "on".
	Enabled bool
	// Passwords are SHA-256 sums in hexadecimal.
	Passwords []string
	// ACLSelector has the user's own permissions.
	ACLSelector
	// Selectors are further sets of permissions.
	Selectors []ACLSelector
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

// ACLRole is a role and its permissions.
type ACLRole struct {
	// ACLSelector has the role's own permissions.
	ACLSelector
	// Selectors are further sets of permissions.
	Selectors []ACLSelector
	// Users are the users that have the role.
	Users []string
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

// ACLSelector is a set of permissions in a reply.
type ACLSelector struct {
	// Rules are all rules about commands, in their order: "-@all", "+get".
	Rules []string
	// Categories are the Rules about categories, Commands the other ones. Their common order, which may
	// matter, is only in Rules.
	Categories, Commands []string
	// Keys are patterns of keys with the sign of the permission: "~user:*", "%R~log:*".
	Keys []string
	// Channels are patterns of channels with their sign: "&news.*".
	Channels []string
	// AllDatabases is true if every database may be used. It is always true on servers without rules about
	// databases, Redis and Valkey before 9.1.
	AllDatabases bool
	// Databases are the numbers of the allowed databases, if AllDatabases is false.
	Databases []int64
	// Extra are the fields that redpoll does not know; nil if there are none. It is always nil in an ACLUser
	// or an ACLRole, which have their own.
	Extra map[string]Value
}

// ACLLogEntry is one kind of refused command or login.
type ACLLogEntry struct {
	// Count is the number of refusals within a minute.
	Count int64
	// Reason is the kind of refusal: "auth", "command", "key", "channel" or, by Valkey 9.1, "database".
	Reason string
	// Context is "toplevel", "multi", "lua" or "module".
	Context string
	// Object is the refused command, key, channel or database. Keys and channels are as the server has them;
	// Options.Text does not apply.
	Object string
	// Username is the user that was refused, or the name of a failed login.
	Username string
	// Age is the time since the last refusal.
	Age time.Duration
	// Client describes the connection.
	Client ClientInfo
	// EntryID is the number of the entry; needs server 7.2.
	EntryID int64
	// Created and Updated are the times of the first and the last refusal; they need server 7.2.
	Created, Updated time.Time
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *ACLLogEntry) slots() []slot {
	return []slot{
		{"count", &r.Count}, {"reason", &r.Reason}, {"context", &r.Context}, {"object", &r.Object},
		{"username", &r.Username}, {"age-seconds", decode.Seconds(&r.Age)},
		{"entry-id", &r.EntryID}, {"timestamp-created", &r.Created},
		{"timestamp-last-updated", &r.Updated}, {"client-info", &r.Client}, {others, &r.Extra},
	}
}

// putACLRules writes rules in the order of the fields: resets come first. The first word is counted already,
// because "on" or "off" is always there.
func putACLRules(e *encoder, r *ACLRules) {
	words := make([]string, 0, 8)
	for _, f := range []struct {
		given bool
		word  string
	}{{r.Reset, "reset"}, {r.ResetKeys, "resetkeys"}, {r.ResetChannels, "resetchannels"},
		{r.ResetPasswords, "resetpass"}, {r.Enabled, "on"}, {!r.Enabled, "off"}} {
		if f.given {
			words = append(words, f.word)
		}
	}
	if r.NoPass && len(r.Passwords)+len(r.HashedPasswords) > 0 {
		e.Fail("NoPass", "and passwords exclude each other")
		return
	}
	words = signed(e, words, "Passwords", r.Passwords, ">", "<")
	words = signed(e, words, "HashedPasswords", r.HashedPasswords, "#", "!")
	if r.NoPass {
		words = append(words, "nopass")
	}
	words = aclPermissions(e, words, &r.ACLPermissions)
	for i := range r.Selectors {
		inner := aclPermissions(e, nil, &r.Selectors[i])
		if len(inner) == 0 {
			e.Fail("Selectors", "contain an empty one")
			return
		}
		words = append(words, "("+strings.Join(inner, " ")+")")
	}
	e.AnyWords(words)
	e.N--
}

// aclPermissions appends the rules of a user, or of a selector.
func aclPermissions(e *encoder, words []string, p *ACLPermissions) []string {
	for _, c := range p.Categories {
		if len(c) > 1 && c[1] != '@' {
			c = c[:1] + "@" + c[1:]
		}
		words = signed(e, words, "Categories", []string{c}, "+", "-")
	}
	words = signed(e, words, "Commands", p.Commands, "+", "-")
	for _, k := range p.Keys {
		if !strings.HasPrefix(k, "%") {
			k = "~" + k
		}
		words = append(words, k)
	}
	for _, c := range p.Channels {
		words = append(words, "&"+c)
	}
	for i, n := range p.Databases {
		if n < 0 {
			e.Fail("Databases", "contain a negative number")
			return words
		}
		sep := ","
		if i == 0 {
			words = append(words, "db")
			sep = "="
		}
		words[len(words)-1] += sep + strconv.FormatInt(n, 10)
	}
	return words
}

// signed appends the additions and removals of a list, with the server's signs for them. The fault does not
// show the text, which may be a password.
func signed(e *encoder, words []string, argument string, list []string, add, remove string) []string {
	for _, s := range list {
		switch {
		case len(s) > 1 && s[0] == '+':
			words = append(words, add+s[1:])
		case len(s) > 1 && s[0] == '-':
			words = append(words, remove+s[1:])
		default:
			e.Fail(argument, "must each begin with + to add or - to remove")
		}
	}
	return words
}

func decodeACLUser(d *reply, v *ACLUser) error {
	if d.Null() {
		return decode.ErrMissing
	}
	v.AllDatabases = true
	err := fillNamed(d, append(v.slots(), slot{others, &v.Extra}, slot{"flags", &v.Flags},
		slot{"passwords", &v.Passwords},
		slot{"selectors", listInto(func(n int) { v.Selectors = make([]ACLSelector, n) },
			func(d *reply, i int) error { return decodeACLSelector(d, &v.Selectors[i]) })}))
	for _, f := range v.Flags {
		v.Enabled = v.Enabled || f == "on"
	}
	v.sort()
	return err
}

func decodeACLSelector(d *reply, v *ACLSelector) error {
	v.AllDatabases = true
	err := fillNamed(d, append(v.slots(), slot{others, &v.Extra}))
	v.sort()
	return err
}

func (s *ACLSelector) slots() []slot {
	return []slot{{"commands", keptWords(&s.Rules, "")}, {"keys", keptWords(&s.Keys, "~")},
		{"channels", keptWords(&s.Channels, "&")}, {"databases", s.databases}}
}

// databases reads "alldbs", "db=1,2", or an empty text if no database may be used.
func (s *ACLSelector) databases(d *reply) error {
	text, err := d.Text()
	if err != nil {
		return err
	}
	s.AllDatabases = false
	for _, word := range decode.Split(text, " ") {
		list, some := strings.CutPrefix(word, "db=")
		if !some {
			s.AllDatabases = word == "alldbs"
			continue
		}
		for _, digits := range strings.Split(list, ",") {
			n, err := strconv.ParseInt(digits, 10, 64)
			if err != nil {
				return &resp.TypeError{Want: "numbers of databases", Got: resp.KindBulk}
			}
			s.Databases = append(s.Databases, n)
		}
	}
	return nil
}

// sort separates rules about categories from rules about commands.
func (s *ACLSelector) sort() {
	for _, r := range s.Rules {
		if len(r) > 1 && r[1] == '@' {
			s.Categories = append(s.Categories, r)
		} else {
			s.Commands = append(s.Commands, r)
		}
	}
}

// keptWords reads words from a list or from one text. sign comes before every word; servers before 7.0 leave
// it out.
func keptWords(v *[]string, sign string) func(d *reply) error {
	return func(d *reply) error {
		if d.Kind() != resp.KindArray && d.Kind() != resp.KindSet {
			text, err := d.Text()
			*v = decode.Split(text, " ") // patterns may contain other blanks
			return err
		}
		err := decode.Words(d, v)
		for i, w := range *v {
			if !strings.HasPrefix(w, sign) {
				(*v)[i] = sign + w
			}
		}
		return err
	}
}

// decodeDryRun reads the reply of ACL DRYRUN: OK, or the reason of the refusal.
func decodeDryRun(d *reply, v *string) (err error) {
	if *v, err = d.Text(); *v == "OK" {
		*v = ""
	}
	return err
}

// decodeACLRole reads the reply of ACL GETROLE.
func decodeACLRole(d *reply, v *ACLRole) error {
	if d.Null() {
		return decode.ErrMissing
	}
	selectors := listInto(func(n int) { v.Selectors = make([]ACLSelector, n) },
		func(d *reply, i int) error { return decodeACLSelector(d, &v.Selectors[i]) })
	v.AllDatabases = true
	// Drafts of the command have members in the place of users.
	err := fillNamed(d, append(v.slots(), slot{others, &v.Extra}, slot{"selectors", selectors},
		slot{"users", &v.Users}, slot{"members", &v.Users}))
	v.sort()
	return err
}
