package redpoll

import (
	"strconv"
	"strings"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// parse reads a line of CLIENT LIST. Values may contain "=", names do not.
func (c *ClientInfo) parse(line string) bool { return linesInto(decode.ClientFields(line), "=", c) }

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

// decodeDryRun reads the reply of ACL DRYRUN: OK, or why not.
func decodeDryRun(d *reply, v *string) (err error) {
	if *v, err = d.Text(); *v == "OK" {
		*v = ""
	}
	return err
}

func decodeACLUser(d *reply, v *ACLUser) error {
	if d.Null() {
		return Nil
	}
	v.AllDatabases = true
	err := fillNamed(d, &v.Extra, append(v.slots(), slot{"flags", &v.Flags}, slot{"passwords", &v.Passwords},
		slot{"selectors", listInto(func(n int) { v.Selectors = make([]ACLSelector, n) }, func(d *reply, i int) error { return decodeACLSelector(d, &v.Selectors[i]) })}))
	for _, f := range v.Flags {
		v.Enabled = v.Enabled || f == "on"
	}
	v.sort()
	return err
}

func decodeACLSelector(d *reply, v *ACLSelector) error {
	v.AllDatabases = true
	err := fillNamed(d, &v.Extra, v.slots())
	v.sort()
	return err
}

func (s *ACLSelector) slots() []slot {
	return []slot{{"commands", keptWords(&s.Rules, "")}, {"keys", keptWords(&s.Keys, "~")}, {"channels", keptWords(&s.Channels, "&")},
		{"databases", s.databases}}
}

// databases reads "alldbs", "db=1,2", or nothing when no database may be used.
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

// sort tells rules about categories and commands apart.
func (s *ACLSelector) sort() {
	for _, r := range s.Rules {
		if len(r) > 1 && r[1] == '@' {
			s.Categories = append(s.Categories, r)
		} else {
			s.Commands = append(s.Commands, r)
		}
	}
}

// keptWords reads words from a list or from one text. sign stands before every word; servers before 7.0 leave it out.
func keptWords(v *[]string, sign string) func(d *reply) error {
	return func(d *reply) error {
		if d.Kind() != resp.KindArray && d.Kind() != resp.KindSet {
			text, err := d.Text()
			*v = decode.Split(text, " ") // other blanks may stand in patterns
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
