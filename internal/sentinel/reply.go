package sentinel

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/redpoll-go/redpoll/resp"
)

// master is what a Sentinel says about one server: a primary, a replica or another Sentinel.
type master struct {
	ip, port string
	flags    []string
	link     string // of a replica: the state of its link to the primary
	epoch    uint64 // of the configuration
	others   int    // number of other Sentinels
}

// read reads the pairs of a record. Fields that are not known are skipped.
func (m *master) read(d *resp.Decoder) error {
	pairs, err := d.MapLen()
	for range pairs {
		if err != nil {
			break
		}
		var name, value string
		if name, err = d.Text(); err != nil {
			break
		}
		if d.Kind() != resp.KindBulk {
			err = d.Skip()
			continue
		}
		value, err = d.Text()
		m.set(name, value)
	}
	return err
}

// named reports whether the record has an address.
func (m *master) named() bool { return m.ip != "" && m.port != "" }

func (m *master) set(name, value string) {
	switch name {
	case "ip":
		m.ip = value
	case "port":
		m.port = value
	case "flags":
		m.flags = strings.Split(value, ",")
	case "master-link-status":
		m.link = value
	case "config-epoch":
		m.epoch, _ = strconv.ParseUint(value, 10, 64)
	case "num-other-sentinels":
		m.others, _ = strconv.Atoi(value)
	}
}

func (m *master) addr() string { return net.JoinHostPort(m.ip, m.port) }

func (m *master) has(flag string) bool { return slices.Contains(m.flags, flag) }

// unfit says why a server cannot be used as the primary, "" if it can.
func (m *master) unfit(minOthers int) string {
	switch {
	case !m.named():
		return "names no address"
	case !m.has("master"):
		return "names " + m.addr() + ", which is not a primary: " + strings.Join(m.flags, ",")
	case m.has("s_down"), m.has("o_down"):
		return "says that " + m.addr() + " is down: " + strings.Join(m.flags, ",")
	case m.others < minOthers:
		return fmt.Sprintf("knows %d other Sentinels, and MinOtherSentinels demands %d", m.others, minOthers)
	}
	return ""
}

// fitReplica reports whether reads may go to a replica.
func (m *master) fitReplica() bool {
	return !m.has("s_down") && !m.has("o_down") && !m.has("disconnected") && (m.link == "" || m.link == "ok")
}

// each reads a list of records. Those without an address are left out.
func each(d *resp.Decoder, f func(*master)) error {
	n, err := d.Len()
	for range n {
		if err != nil {
			break
		}
		var m master
		if err = m.read(d); err == nil && m.named() {
			f(&m)
		}
	}
	return err
}
