package redpoll

import (
	"strings"

	"github.com/redpoll-go/redpoll/resp"
)

// parse reads a line of CLIENT LIST. Values may contain "=", names do not.
func (c *ClientInfo) parse(line string) bool {
	return lines(strings.Fields(line), "=", &c.Extra, c.slots())
}

func (c *ClientInfo) slots() []slot {
	return []slot{
		{"age", secondsInto{&c.Age}}, {"idle", secondsInto{&c.Idle}}, {"addr", &c.Addr}, {"laddr", &c.LAddr},
		{"name", &c.Name}, {"flags", &c.Flags}, {"events", &c.Events}, {"cmd", &c.Cmd}, {"user", &c.User},
		{"lib-name", &c.LibName}, {"lib-ver", &c.LibVer}, {"capa", &c.Capa}, {"id", &c.ID}, {"fd", &c.FD}, {"db", &c.DB}, {"sub", &c.Sub},
		{"psub", &c.PSub}, {"ssub", &c.SSub}, {"multi", &c.Multi}, {"watch", &c.Watch}, {"qbuf", &c.QueryBuffer},
		{"qbuf-free", &c.QueryBufferFree}, {"argv-mem", &c.ArgvMem}, {"multi-mem", &c.MultiMem}, {"rbs", &c.ReplyBuffer},
		{"rbp", &c.ReplyBufferPeak}, {"obl", &c.OutputBuffer}, {"oll", &c.OutputList}, {"omem", &c.OutputMem},
		{"tot-mem", &c.TotalMem}, {"redir", &c.Redir}, {"resp", &c.Resp}, {"io-thread", &c.IOThread},
		{"tot-net-in", &c.TotalNetIn}, {"tot-net-out", &c.TotalNetOut}, {"tot-cmds", &c.TotalCommands},
	}
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
	for line := range strings.Lines(text) {
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

func decodeTrackingInfo(d *reply, v *TrackingInfo) error {
	return d.fill(&v.Extra, []slot{
		{"flags", &v.Flags},
		{"redirect", &v.Redirect},
		{"prefixes", &v.Prefixes},
	})
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
	err := d.fill(&v.Extra, append(v.slots(), slot{"flags", &v.Flags}, slot{"passwords", &v.Passwords},
		slot{"selectors", listInto(func(n int) { v.Selectors = make([]ACLSelector, n) }, func(d *reply, i int) error { return decodeACLSelector(d, &v.Selectors[i]) })}))
	for _, f := range v.Flags {
		v.Enabled = v.Enabled || f == "on"
	}
	v.sort()
	return err
}

func decodeACLSelector(d *reply, v *ACLSelector) error {
	err := d.fill(&v.Extra, v.slots())
	v.sort()
	return err
}

func (s *ACLSelector) slots() []slot {
	return []slot{{"commands", keptWords(&s.Rules, "")}, {"keys", keptWords(&s.Keys, "~")}, {"channels", keptWords(&s.Channels, "&")}}
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

func decodeACLLog(d *reply, v *[]ACLLogEntry) error {
	n, err := d.listLen()
	list := make([]ACLLogEntry, n)
	for i := 0; i < n && err == nil; i++ {
		err = decodeACLLogEntry(d, &list[i])
	}
	*v = list
	return err
}

func decodeACLLogEntry(d *reply, v *ACLLogEntry) error {
	return d.fill(&v.Extra, []slot{
		{"count", &v.Count},
		{"reason", &v.Reason},
		{"context", &v.Context},
		{"object", &v.Object},
		{"username", &v.Username},
		{"age-seconds", secondsInto{&v.Age}},
		{"client-info", parsedInto(v.Client.parse)},
		{"entry-id", &v.EntryID},
		{"timestamp-created", &v.Created},
		{"timestamp-last-updated", &v.Updated},
	})
}

// keptWords reads words from a list or from one text. sign stands before every word; servers before 7.0 leave it out.
func keptWords(v *[]string, sign string) func(d *reply) error {
	return func(d *reply) error {
		if d.Kind() != resp.KindArray && d.Kind() != resp.KindSet {
			text, err := d.Text()
			*v = strings.Fields(text)
			return err
		}
		err := decodeWords(d, v)
		for i, w := range *v {
			if !strings.HasPrefix(w, sign) {
				(*v)[i] = sign + w
			}
		}
		return err
	}
}
