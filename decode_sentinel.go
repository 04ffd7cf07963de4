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

// setFlags sets Flags and what is made of them.
func (s *SentinelState) setFlags(text string) {
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
}
