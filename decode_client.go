package redpoll

import (
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/resp"
)

// parse reads a line of CLIENT LIST. Values may contain "=", names do not.
func (c *ClientInfo) parse(line string) bool {
	return lines(strings.Fields(line), "=", &c.Extra, c.target)
}

func (c *ClientInfo) target(name string) any {
	switch name {
	case "age":
		return spanTarget{&c.Age, time.Second}
	case "idle":
		return spanTarget{&c.Idle, time.Second}
	}
	for _, f := range []struct {
		name string
		text *string
	}{
		{"addr", &c.Addr}, {"laddr", &c.LAddr}, {"name", &c.Name}, {"flags", &c.Flags}, {"events", &c.Events}, {"cmd", &c.Cmd},
		{"user", &c.User}, {"lib-name", &c.LibName}, {"lib-ver", &c.LibVer},
	} {
		if f.name == name {
			return f.text
		}
	}
	for _, f := range []struct {
		name   string
		number *int64
	}{
		{"id", &c.ID}, {"fd", &c.FD}, {"db", &c.DB}, {"sub", &c.Sub}, {"psub", &c.PSub}, {"ssub", &c.SSub}, {"multi", &c.Multi},
		{"watch", &c.Watch}, {"qbuf", &c.QueryBuffer}, {"qbuf-free", &c.QueryBufferFree}, {"argv-mem", &c.ArgvMem},
		{"multi-mem", &c.MultiMem}, {"rbs", &c.ReplyBuffer}, {"rbp", &c.ReplyBufferPeak}, {"obl", &c.OutputBuffer},
		{"oll", &c.OutputList}, {"omem", &c.OutputMem}, {"tot-mem", &c.TotalMem}, {"redir", &c.Redir}, {"resp", &c.Resp},
		{"io-thread", &c.IOThread}, {"tot-net-in", &c.TotalNetIn}, {"tot-net-out", &c.TotalNetOut}, {"tot-cmds", &c.TotalCommands},
	} {
		if f.name == name {
			return f.number
		}
	}
	return nil
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
	return d.named(&v.Extra, func(name string) any {
		switch name {
		case "flags":
			return &v.Flags
		case "redirect":
			return &v.Redirect
		case "prefixes":
			return &v.Prefixes
		}
		return nil
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
	err := d.named(&v.Extra, func(name string) any {
		switch name {
		case "flags":
			return &v.Flags
		case "passwords":
			return &v.Passwords
		case "selectors":
			return nestedTarget(func(d *reply) error {
				return notNil(decodeList(d, &v.Selectors, decodeACLSelector), "a list of selectors")
			})
		}
		return v.target(name)
	})
	for _, f := range v.Flags {
		v.Enabled = v.Enabled || f == "on"
	}
	v.sort()
	return err
}

func decodeACLSelector(d *reply, v *ACLSelector) error {
	err := d.named(&v.Extra, v.target)
	v.sort()
	return err
}

func (s *ACLSelector) target(name string) any {
	switch name {
	case "commands":
		return keptWords{list: &s.Rules}
	case "keys":
		return keptWords{list: &s.Keys, sign: "~"}
	case "channels":
		return keptWords{list: &s.Channels, sign: "&"}
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

func decodeACLLog(d *reply, v *[]ACLLogEntry) error { return decodeList(d, v, decodeACLLogEntry) }

func decodeACLLogEntry(d *reply, v *ACLLogEntry) error {
	return d.named(&v.Extra, func(name string) any {
		switch name {
		case "count":
			return &v.Count
		case "reason":
			return &v.Reason
		case "context":
			return &v.Context
		case "object":
			return &v.Object
		case "username":
			return &v.Username
		case "age-seconds":
			return spanTarget{&v.Age, time.Second}
		case "client-info":
			return parsedTarget(v.Client.parse)
		case "entry-id":
			return &v.EntryID
		case "timestamp-created":
			return instantTarget{&v.Created, time.Millisecond}
		case "timestamp-last-updated":
			return instantTarget{&v.Updated, time.Millisecond}
		}
		return nil
	})
}
