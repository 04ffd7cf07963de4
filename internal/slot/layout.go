package slot

import (
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/redpoll-go/redpoll/resp"
)

// Node is one node of a cluster.
type Node struct {
	ID   string // "" if the server did not send it
	Addr string // host:port
	Zone string // availability zone; "" if the server did not send it
}

// Range is a range of slots with their nodes.
type Range struct {
	First, Last int // both included
	Primary     Node
	Replicas    []Node
}

// Layout says which nodes own which slots.
type Layout struct {
	Ranges []Range
	// Covered is the number of slots that have a primary with a known address.
	Covered int
}

// Errors of ParseLayout.
var (
	errEmpty   = errors.New("no node owns a slot")
	errOverlap = errors.New("two nodes own one slot")
)

// maxRanges is the most ranges of an answer: one per slot.
const maxRanges = Count

// maxNodes is the most nodes of a range. Clusters have at most a thousand nodes.
const maxNodes = 1000

// ParseLayout reads the reply to CLUSTER SLOTS. A node without a host has the host of the server that was
// asked, and ranges whose primary is not known ("?" or null) are left out. An answer that contradicts itself
// is an error.
func ParseLayout(frame []byte, asked string) (Layout, error) {
	host, _, _ := net.SplitHostPort(asked)
	d := resp.NewDecoder(frame)
	n, err := d.Len()
	if err != nil {
		return Layout{}, err
	}
	if n > maxRanges {
		return Layout{}, fmt.Errorf("%d ranges are more than there are slots", n)
	}
	var l Layout
	var seen [Count]bool
	for range n {
		r, known, err := readRange(&d, host)
		if err != nil {
			return Layout{}, err
		}
		for s := r.First; s <= r.Last; s++ {
			if seen[s] {
				return Layout{}, fmt.Errorf("%w: %d", errOverlap, s)
			}
			seen[s] = true
		}
		if known {
			l.Ranges = append(l.Ranges, r)
			l.Covered += r.Last - r.First + 1
		}
	}
	if l.Covered == 0 {
		return Layout{}, errEmpty
	}
	return l, nil
}

// readRange reads one range. known is false if the address of its primary is not known.
func readRange(d *resp.Decoder, host string) (r Range, known bool, err error) {
	n, err := d.Len()
	if err == nil && (n < 3 || n > 2+maxNodes) {
		err = fmt.Errorf("a range has %d fields", n)
	}
	first, last := int64(0), int64(0)
	if err == nil {
		first, err = d.Int()
	}
	if err == nil {
		last, err = d.Int()
	}
	if err == nil && (first < 0 || last < first || last >= Count) {
		err = fmt.Errorf("%d-%d is not a range of slots", first, last)
	}
	if err != nil {
		return r, false, err
	}
	r.First, r.Last = int(first), int(last)
	for i := range n - 2 {
		node, ok, err := readNode(d, host)
		switch {
		case err != nil:
			return r, false, err
		case i == 0:
			r.Primary, known = node, ok
		case ok:
			r.Replicas = append(r.Replicas, node)
		}
	}
	return r, known, nil
}

// readNode reads host, port, ID and more of a node.
func readNode(d *resp.Decoder, host string) (node Node, known bool, err error) {
	n, err := d.Len()
	if err == nil && n < 2 {
		err = fmt.Errorf("a node has %d fields", n)
	}
	if err != nil {
		return node, false, err
	}
	name, known := host, true
	if !d.Null() {
		if name, err = d.Text(); err != nil {
			return node, false, err
		}
		if name == "" {
			name = host
		}
		known = name != "?"
	}
	port, err := d.Int()
	if err != nil {
		return node, false, err
	}
	known = known && port > 0 && port <= 65535
	for i := 2; i < n; i++ {
		switch kind := d.Kind(); {
		case i == 2 && kind == resp.KindBulk:
			node.ID, err = d.Text()
		case i == 3 && (kind == resp.KindArray || kind == resp.KindMap):
			node.Zone, err = readZone(d)
		default:
			err = d.Skip()
		}
		if err != nil {
			return node, false, err
		}
	}
	node.Addr = net.JoinHostPort(name, strconv.FormatInt(port, 10))
	return node, known, nil
}

// readZone reads further facts of a node, host names and the like, and returns its availability zone.
func readZone(d *resp.Decoder) (zone string, err error) {
	pairs, err := d.MapLen()
	for range pairs {
		if err != nil {
			break
		}
		var name string
		if name, err = d.Text(); err != nil {
			break
		}
		if name == "availability-zone" && d.Kind() == resp.KindBulk {
			zone, err = d.Text()
		} else {
			err = d.Skip()
		}
	}
	return zone, err
}

// Redirect is an error reply that says which node has a slot.
type Redirect struct {
	Ask  bool // only for one command
	Slot int
	Addr string
}

// ParseRedirect reads "MOVED slot host:port" or "ASK slot host:port". A redirect without a host leads to the
// host of the server that sent it.
func ParseRedirect(refusal, from string) (r Redirect, ok bool) {
	code, rest := resp.SplitError(refusal)
	if code != "MOVED" && code != "ASK" {
		return r, false
	}
	r.Ask = code == "ASK"
	var number, addr string
	for i := range len(rest) {
		if rest[i] == ' ' {
			number, addr = rest[:i], rest[i+1:]
			break
		}
	}
	slot, err := strconv.Atoi(number)
	if err != nil || slot < 0 || slot >= Count {
		return r, false
	}
	host, port, ok := cutPort(addr)
	if n, err := strconv.ParseUint(port, 10, 16); !ok || err != nil || n == 0 || host == "?" {
		return r, false
	}
	if host == "" {
		host, _, _ = net.SplitHostPort(from)
	}
	r.Slot, r.Addr = slot, net.JoinHostPort(host, port)
	return r, true
}

// cutPort takes an address apart. Servers write IPv6 addresses without brackets.
func cutPort(addr string) (host, port string, ok bool) {
	for i := len(addr) - 1; i >= 0; i-- {
		if addr[i] == ':' {
			host, port = addr[:i], addr[i+1:]
			if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
				host = host[1 : len(host)-1]
			}
			return host, port, true
		}
	}
	return "", "", false
}
