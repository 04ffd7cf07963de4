package redpoll

import (
	"strings"
	"time"
)

func decodeAddress(d *reply, v *Address) (err error) {
	if d.Null() {
		return Nil
	}
	if err = d.ExpectLen(2, "a host and a port"); err != nil {
		return err
	}
	if v.Host, err = d.Text(); err == nil {
		v.Port, err = d.Int()
	}
	return err
}

func decodeDebugTimes(d *reply, v *map[string]time.Duration) error {
	*v = map[string]time.Duration{}
	return d.Named(func(name string) error {
		ms, err := d.Int()
		(*v)[name] = span(ms, time.Millisecond)
		return err
	})
}

// decodeInfoCache reads names of services, and for each a list of pairs of age and text.
func decodeInfoCache(d *reply, v *map[string][]CachedInfo) error {
	*v = map[string][]CachedInfo{}
	return d.Named(func(name string) error {
		var list []CachedInfo
		err := readInto(d, listInto(func(n int) { list = make([]CachedInfo, n) }, func(d *reply, i int) error { return elementCachedInfo(d, &list[i]) }))
		(*v)[name] = list
		return err
	})
}

func elementCachedInfo(d *reply, v *CachedInfo) error {
	if err := d.ExpectLen(2, "an age and a text"); err != nil {
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
	if err = d.ExpectLen(3, "a state, a leader and an epoch"); err != nil {
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
	n, err := listLen(d)
	list := make([]SentinelState, n)
	for i := 0; i < n && err == nil; i++ {
		err = decodeSentinelState(d, &list[i])
	}
	*v = list
	return err
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
	return fillNamed(d, &v.Extra, v.slots())
}

func (s *SentinelState) slots() []slot {
	return []slot{
		{"name", &s.Name}, {"ip", &s.Addr.Host}, {"port", &s.Addr.Port}, {"runid", &s.RunID},
		{"flags", parsedInto(s.parseFlags)}, {"link-pending-commands", &s.LinkPendingCommands},
		{"link-refcount", &s.LinkRefCount}, {"last-ping-sent", &s.LastPingSent}, {"last-ok-ping-reply", &s.LastOKPingReply},
		{"last-ping-reply", &s.LastPingReply}, {"s-down-time", &s.SDownTime}, {"o-down-time", &s.ODownTime},
		{"down-after-milliseconds", &s.DownAfter}, {"info-refresh", &s.InfoRefresh}, {"role-reported", &s.RoleReported},
		{"role-reported-time", &s.RoleReportedTime}, {"config-epoch", &s.ConfigEpoch}, {"num-slaves", &s.NumReplicas},
		{"num-other-sentinels", &s.NumOtherSentinels}, {"quorum", &s.Quorum}, {"failover-timeout", &s.FailoverTimeout},
		{"parallel-syncs", &s.ParallelSyncs}, {"failover-state", &s.FailoverState},
		{"master-host", parsedInto(s.parseMasterHost)}, {"master-port", &s.Master.Port},
		{"master-link-status", &s.MasterLinkStatus}, {"master-link-down-time", &s.MasterLinkDownTime},
		{"slave-priority", &s.ReplicaPriority}, {"slave-repl-offset", &s.ReplicaOffset},
		{"last-hello-message", &s.LastHello}, {"voted-leader", &s.VotedLeader}, {"voted-leader-epoch", &s.VotedLeaderEpoch},
	}
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
