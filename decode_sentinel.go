package redpoll

import (
	"strings"
)

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

func decodeSentinelMap(d *reply, v *map[string]SentinelState) error {
	var list []SentinelState
	if err := decodeRecord(d, &list); err != nil {
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
