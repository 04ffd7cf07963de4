package redpoll

import (
	"strings"
	"time"
)

func decodeAddress(d *reply, v *Address) (err error) {
	if d.Null() {
		return Nil
	}
	if err = d.expectLen(2, "a host and a port"); err != nil {
		return err
	}
	if v.Host, err = d.Text(); err == nil {
		v.Port, err = d.Int()
	}
	return err
}

// decodePlainMap reads settings, which no text encoding concerns.
func decodePlainMap(d *reply, v *map[string]string) error {
	*v = map[string]string{}
	return d.texts(v)
}

func decodeDebugTimes(d *reply, v *map[string]time.Duration) error {
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	m := make(map[string]time.Duration, n)
	for range n {
		name, err := d.Text()
		if err != nil {
			return err
		}
		ms, err := d.Int()
		if err != nil {
			return err
		}
		m[name] = span(ms, time.Millisecond)
	}
	*v = m
	return nil
}

// decodeInfoCache reads names of services, and for each a list of pairs of age and text.
func decodeInfoCache(d *reply, v *map[string][]CachedInfo) error {
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	m := make(map[string][]CachedInfo, n)
	for range n {
		name, err := d.Text()
		if err != nil {
			return err
		}
		var list []CachedInfo
		if err := notNil(decodeList(d, &list, elementCachedInfo), "a list of answers"); err != nil {
			return err
		}
		m[name] = list
	}
	*v = m
	return nil
}

func elementCachedInfo(d *reply, v *CachedInfo) error {
	if err := d.expectLen(2, "an age and a text"); err != nil {
		return err
	}
	ms, err := d.Int()
	if err != nil {
		return err
	}
	v.Age = span(ms, time.Millisecond)
	if !d.Null() {
		v.Info, err = d.Text()
	}
	return err
}

func decodeMasterDown(d *reply, v *MasterDown) (err error) {
	if err = d.expectLen(3, "a state, a leader and an epoch"); err != nil {
		return err
	}
	if v.Down, err = d.Bool(); err != nil {
		return err
	}
	if v.Leader, err = d.Text(); err != nil {
		return err
	}
	if v.Leader == "*" {
		v.Leader = ""
	}
	v.LeaderEpoch, err = d.Int()
	return err
}

func decodeSentinelStates(d *reply, v *[]SentinelState) error {
	return decodeList(d, v, decodeSentinelState)
}

func decodeSentinelMap(d *reply, v *map[string]SentinelState) error {
	var list []SentinelState
	if err := decodeSentinelStates(d, &list); err != nil {
		return err
	}
	m := make(map[string]SentinelState, len(list))
	for i := range list {
		m[list[i].Name] = list[i]
	}
	*v = m
	return nil
}

func decodeSentinelState(d *reply, v *SentinelState) error {
	return d.named(&v.Extra, v.target)
}

func (s *SentinelState) target(name string) any {
	for _, f := range []struct {
		name   string
		target any
	}{
		{"name", &s.Name}, {"ip", &s.Addr.Host}, {"port", &s.Addr.Port}, {"runid", &s.RunID}, {"flags", parsedTarget(s.parseFlags)},
		{"link-pending-commands", &s.LinkPendingCommands}, {"link-refcount", &s.LinkRefCount},
		{"last-ping-sent", spanTarget{&s.LastPingSent, time.Millisecond}},
		{"last-ok-ping-reply", spanTarget{&s.LastOKPingReply, time.Millisecond}},
		{"last-ping-reply", spanTarget{&s.LastPingReply, time.Millisecond}},
		{"s-down-time", spanTarget{&s.SDownTime, time.Millisecond}}, {"o-down-time", spanTarget{&s.ODownTime, time.Millisecond}},
		{"down-after-milliseconds", spanTarget{&s.DownAfter, time.Millisecond}},
		{"info-refresh", spanTarget{&s.InfoRefresh, time.Millisecond}},
		{"role-reported", &s.RoleReported}, {"role-reported-time", spanTarget{&s.RoleReportedTime, time.Millisecond}},
		{"config-epoch", &s.ConfigEpoch}, {"num-slaves", &s.NumReplicas}, {"num-other-sentinels", &s.NumOtherSentinels},
		{"quorum", &s.Quorum}, {"failover-timeout", spanTarget{&s.FailoverTimeout, time.Millisecond}},
		{"parallel-syncs", &s.ParallelSyncs}, {"failover-state", &s.FailoverState},
		{"master-host", parsedTarget(s.parseMasterHost)}, {"master-port", &s.Master.Port}, {"master-link-status", &s.MasterLinkStatus},
		{"master-link-down-time", spanTarget{&s.MasterLinkDownTime, time.Millisecond}},
		{"slave-priority", &s.ReplicaPriority}, {"slave-repl-offset", &s.ReplicaOffset},
		{"last-hello-message", spanTarget{&s.LastHello, time.Millisecond}},
		{"voted-leader", &s.VotedLeader}, {"voted-leader-epoch", &s.VotedLeaderEpoch},
	} {
		if f.name == name {
			return f.target
		}
	}
	return nil
}

// parseMasterHost leaves out "?", which stands for a host that is not known.
func (s *SentinelState) parseMasterHost(text string) bool {
	if text != "?" {
		s.Master.Host = text
	}
	return true
}

func (s *SentinelState) parseFlags(text string) bool {
	s.Flags = strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
	for _, f := range s.Flags {
		switch f {
		case "master":
			s.IsMaster = true
		case "slave":
			s.IsReplica = true
		case "sentinel":
			s.IsSentinel = true
		case "s_down":
			s.IsSDown = true
		case "o_down":
			s.IsODown = true
		case "disconnected":
			s.IsDisconnected = true
		case "master_down":
			s.IsMasterDown = true
		}
	}
	return true
}

func decodeSentinelScripts(d *reply, v *[]SentinelScript) error {
	return decodeList(d, v, func(d *reply, v *SentinelScript) error {
		return d.named(&v.Extra, func(name string) any {
			switch name {
			case "argv":
				return &v.Argv
			case "flags":
				return &v.Flags
			case "pid":
				return &v.PID
			case "run-time":
				return spanTarget{&v.RunTime, time.Millisecond}
			case "run-delay":
				return spanTarget{&v.RunDelay, time.Millisecond}
			case "retry-num":
				return &v.Retries
			}
			return nil
		})
	})
}
