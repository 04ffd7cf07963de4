package failover_test

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Addresses of the usual world: three servers and three Sentinels.
const (
	a, b, c = "10.0.0.1:6379", "10.0.0.2:6379", "10.0.0.3:6379"
	x, y, z = "10.0.1.1:26379", "10.0.1.2:26379", "10.0.1.3:26379"
)

// world has played servers, each at an address. They share their data, as if replication took no time.
type world struct {
	mu    sync.Mutex
	nodes map[string]*node
	data  map[string]string
}

// state is how a node treats connections.
type state int

const (
	up      state = iota
	refuses       // no connection can be made
	hole          // attempts to connect get no answer
	mute          // connections are made, and nothing is answered
)

// node is a played server or Sentinel. The fields are guarded by world.mu.
type node struct {
	w        *world
	addr     string
	state    state
	role     string // master, slave or sentinel
	password string // demanded by AUTH or HELLO, "" if none is needed
	noHello  bool   // HELLO is an unknown command
	tls      *tls.Config
	// answer gives another reply to a command than the usual one, if ok. It may block. "" is none.
	answer func(words []string) (reply string, ok bool)

	views map[string]*view // of a Sentinel, by service

	dials int
	heard []string
	links map[*link]bool
}

// view is what a Sentinel says about a service.
type view struct {
	primary   string
	flags     string
	epoch     int
	replicas  []record
	sentinels []string
	fewer     int // it knows fewer other Sentinels than it lists
}

// record is a replica in the words of a Sentinel.
type record struct{ addr, flags, link string }

// link is a connection to a node.
type link struct {
	net.Conn
	n      *node
	proto  int
	authed bool
	subs   map[string]bool
}

// play runs a test with virtual time and the usual world: a is the primary of the service m, b and c are its
// replicas, x, y and z the Sentinels.
func play(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	testkit.BubbleAlone(t, func(t *testing.T) {
		w := &world{nodes: make(map[string]*node), data: make(map[string]string)}
		for _, addr := range []string{a, b, c} {
			w.add(addr, "slave")
		}
		w.nodes[a].role = "master"
		for _, addr := range []string{x, y, z} {
			w.add(addr, "sentinel").views = map[string]*view{"m": {
				primary: a, flags: "master", epoch: 1, sentinels: without([]string{x, y, z}, addr),
				replicas: []record{{b, "slave", "ok"}, {c, "slave", "ok"}},
			}}
		}
		test(t, w)
	})
}

func without(list []string, addr string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(one string) bool { return one == addr })
}

func (w *world) add(addr, role string) *node {
	n := &node{w: w, addr: addr, role: role, links: make(map[*link]bool)}
	w.mu.Lock()
	w.nodes[addr] = n
	w.mu.Unlock()
	return n
}

// at returns the node at an address.
func (w *world) at(addr string) *node {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.nodes[addr]
}

// set changes the world.
func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// say makes Sentinels give another answer about m.
func (w *world) say(change func(v *view), sentinels ...string) {
	w.set(func() {
		for _, addr := range sentinels {
			change(w.nodes[addr].views["m"])
		}
	})
}

// demote makes one server the primary and another one its replica, and the Sentinels do not know it yet.
func (w *world) demote(old, now string) {
	w.set(func() { w.nodes[old].role, w.nodes[now].role = "slave", "master" })
}

// know makes Sentinels say that the primary is another one.
func (w *world) know(old, now string, epoch int, sentinels ...string) {
	w.say(func(v *view) {
		v.primary, v.epoch = now, epoch
		for i := range v.replicas {
			if v.replicas[i].addr == now {
				v.replicas[i].addr = old
			}
		}
	}, sentinels...)
}

// move is a failover that everyone has noticed.
func (w *world) move(old, now string, epoch int) {
	w.demote(old, now)
	w.know(old, now, epoch, x, y, z)
	for _, addr := range []string{x, y, z} {
		w.at(addr).publish("+switch-master", "m "+blank(old)+" "+blank(now))
	}
	synctest.Wait()
}

// blank writes an address as Sentinels do in events.
func blank(addr string) string { return strings.ReplaceAll(addr, ":", " ") }

// turn puts nodes into a state. Connections to those that refuse are cut.
func (w *world) turn(s state, addrs ...string) {
	for _, addr := range addrs {
		n := w.at(addr)
		w.set(func() { n.state = s })
		if s == refuses {
			n.cut()
		}
	}
}

// Dial makes a connection; it fits redpoll.Options.Dialer.
func (w *world) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	w.mu.Lock()
	n := w.nodes[addr]
	s := refuses
	if n != nil {
		n.dials++
		s = n.state
	}
	w.mu.Unlock()
	switch s {
	case refuses:
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	case hole:
		<-ctx.Done()
		return nil, ctx.Err()
	}
	theirs, ours := net.Pipe()
	if n.tls != nil {
		ours = tls.Server(ours, n.tls)
	}
	l := &link{Conn: ours, n: n, proto: 2, subs: make(map[string]bool)}
	w.set(func() { n.links[l] = true })
	go l.serve()
	return theirs, nil
}

func (l *link) serve() {
	n := l.n
	defer func() {
		_ = l.Close()
		n.w.set(func() { delete(n.links, l) })
	}()
	in := redpolltest.WrapConn(l.Conn)
	for {
		words, err := in.Command()
		if err != nil {
			return
		}
		n.w.mu.Lock()
		n.heard = append(n.heard, strings.Join(words, " "))
		answer, muted := n.answer, n.state == mute
		n.w.mu.Unlock()
		reply, done := "", muted
		if !done && answer != nil {
			reply, done = answer(words)
		}
		if !done {
			n.w.mu.Lock()
			reply = l.usual(words)
			n.w.mu.Unlock()
		}
		if _, err := l.Write([]byte(reply)); err != nil {
			return
		}
	}
}

// usual is what a server, or a Sentinel, answers. world.mu is held.
func (l *link) usual(words []string) string {
	n := l.n
	say := func(v any) string { return testkit.Reply(l.proto, v) }
	switch words[0] {
	case "HELLO":
		if n.noHello {
			return say(testkit.Refusal("ERR unknown command `HELLO`, with args beginning with: `3`"))
		}
		if n.password != "" && !l.authed && !slices.Contains(words, n.password) {
			return say(testkit.Refusal("NOAUTH HELLO must be called with the client already authenticated"))
		}
		l.authed, l.proto = true, 3
		return testkit.HelloReply("7.0.15")
	case "AUTH":
		if l.authed = words[len(words)-1] == n.password; !l.authed {
			return say(testkit.Refusal("WRONGPASS invalid username-password pair or user is disabled."))
		}
		return "+OK\r\n"
	}
	if n.password != "" && !l.authed {
		return say(testkit.Refusal("NOAUTH Authentication required."))
	}
	switch words[0] {
	case "PING":
		if l.proto == 2 && len(l.subs) > 0 {
			return say([]any{"pong", strings.Join(words[1:], "")})
		}
		return "+PONG\r\n"
	case "ROLE":
		if n.role == "master" {
			return say([]any{n.role, 0, []any{}})
		}
		return say([]any{n.role, "10.0.0.1", 6379, "connected", 0})
	case "SENTINEL":
		return say(n.sentinel(words))
	case "SUBSCRIBE":
		reply := ""
		for _, name := range words[1:] {
			l.subs[name] = true
			reply += l.push("subscribe", name, len(l.subs))
		}
		return reply
	case "SET", "INCR", "RPUSH":
		if n.role != "master" {
			return say(testkit.Refusal("READONLY You can't write against a read only replica."))
		}
		if words[0] == "SET" {
			n.w.data[words[1]] = words[2]
			return "+OK\r\n"
		}
		i, _ := strconv.Atoi(n.w.data[words[1]])
		n.w.data[words[1]] = strconv.Itoa(i + 1)
		return say(i + 1)
	case "GET":
		if v, ok := n.w.data[words[1]]; ok {
			return say(v)
		}
		return say(nil)
	case "DBSIZE":
		return say(len(n.w.data))
	}
	return "+OK\r\n"
}

// sentinel is the reply of a Sentinel. world.mu is held.
func (n *node) sentinel(words []string) any {
	v := n.views[words[len(words)-1]]
	if v == nil {
		return testkit.Refusal("ERR No such master with that name")
	}
	fields := func(addr, flags string, more ...any) testkit.Map {
		host, port, _ := net.SplitHostPort(addr)
		return append(testkit.Map{"name", "m", "ip", host, "port", port, "flags", flags}, more...)
	}
	list := []any{}
	switch words[1] {
	case "MASTER":
		return fields(v.primary, v.flags, "config-epoch", strconv.Itoa(v.epoch), "num-other-sentinels",
			strconv.Itoa(len(v.sentinels)-v.fewer), "field-of-the-future", "x")
	case "REPLICAS":
		for _, r := range v.replicas {
			list = append(list, fields(r.addr, r.flags, "master-link-status", r.link))
		}
	case "SENTINELS":
		for _, s := range v.sentinels {
			list = append(list, fields(s, "sentinel"))
		}
	}
	return list
}

// push is a frame of the kind that subscriptions have.
func (l *link) push(elements ...any) string {
	frame := testkit.Reply(2, []any(elements))
	if l.proto == 3 {
		frame = ">" + frame[1:]
	}
	return frame
}

// publish sends an event to those who have subscribed to it.
func (n *node) publish(channel, text string) {
	var to []*link
	n.w.set(func() {
		for l := range n.links {
			if l.subs[channel] && n.state == up {
				to = append(to, l)
			}
		}
	})
	for _, l := range to {
		_, _ = l.Write([]byte(l.push("message", channel, text)))
	}
}

// cut closes all connections to a node.
func (n *node) cut() {
	n.w.mu.Lock()
	defer n.w.mu.Unlock()
	for l := range n.links {
		_ = l.Close()
	}
}

// count returns how often a command that begins with these words came so far.
func (n *node) count(prefix string) (times int) {
	n.w.mu.Lock()
	defer n.w.mu.Unlock()
	for _, line := range n.heard {
		if line == prefix || strings.HasPrefix(line, prefix+" ") {
			times++
		}
	}
	return times
}

// forget empties the records of all nodes.
func (w *world) forget() {
	w.set(func() {
		for _, n := range w.nodes {
			n.heard, n.dials = nil, 0
		}
	})
}

// options are those for a world.
func (w *world) options() redpoll.SentinelOptions {
	return redpoll.SentinelOptions{Addrs: []string{x, y, z}, Node: redpoll.Options{Dialer: w.Dial}}
}

// open makes a Sentinel, which is closed with the test.
func (w *world) open(t testing.TB, o redpoll.SentinelOptions) *redpoll.Sentinel {
	t.Helper()
	s, err := redpoll.NewSentinel(o)
	ok(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// primary makes a client for the primary of m.
func (w *world) primary(t testing.TB) *redpoll.Client {
	t.Helper()
	return w.open(t, w.options()).MasterFor("m")
}

// reading makes a client with a policy for reads.
func (w *world) reading(t testing.TB, from redpoll.ReadFrom) *redpoll.Client {
	t.Helper()
	o := w.options()
	o.ReadFrom = from
	return w.open(t, o).MasterFor("m")
}

// answers makes a node give one reply to a command in place of the usual ones; "" is none at all.
func (w *world) answers(addr, command string, v any) {
	n := w.at(addr)
	w.set(func() {
		n.answer = func(words []string) (string, bool) {
			if words[0] != command {
				return "", false
			}
			if v == nil {
				return "", true
			}
			return testkit.Reply(2, v), true
		}
	})
}
