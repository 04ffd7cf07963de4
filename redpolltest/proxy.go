package redpolltest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Direction is a direction of traffic through a [Proxy].
type Direction int

// These are the directions of traffic.
const (
	ToServer Direction = iota // requests
	ToClient                  // replies
)

// String returns "to server" or "to client".
func (d Direction) String() string {
	if d == ToServer {
		return "to server"
	}
	return "to client"
}

// How is a way to end a connection.
type How int

// These are the ways to end a connection.
const (
	Close How = iota // the client reads the end of the stream
	Reset            // the client gets ECONNRESET; on unix sockets like Close
)

// String returns "close" or "reset".
func (h How) String() string {
	if h == Close {
		return "close"
	}
	return "reset"
}

// Proxy stands between clients and a server and disturbs their traffic like a bad network. Without a fault it
// passes everything on, including ends of streams and resets.
//
// All faults can be set and cleared at any time, from any goroutine. They apply to open connections and to
// later ones, unless they say otherwise. Each direction of a connection has its own goroutine, which applies
// the faults in this order: a byte fault ([Proxy.CutAfter], [Proxy.Truncate], [Proxy.Garbage]),
// [Proxy.BlackHole], [Proxy.Hold] or [Proxy.Freeze], [Proxy.Delay].
//
// Swallowed bytes are lost: because TCP cannot leave out bytes, this direction of the connection stays silent
// for ever, even after [Proxy.Clear]. [Proxy.Hold] and [Proxy.Freeze] lose nothing.
type Proxy struct {
	t      testing.TB
	port   int
	socket string

	wg        sync.WaitGroup  // all goroutines
	accepting sync.WaitGroup  // the goroutines that accept
	ctx       context.Context // ends with the proxy, for current dials
	cancel    context.CancelFunc

	mu       sync.Mutex
	target   string
	apart    map[string]bool // addresses whose connections are held, see setApart
	rules    [2]rules
	door     door
	doors    []net.Listener // open listeners
	links    map[*link]struct{}
	accepted int
	arrived  [2]int64
	passed   [2]int64
	changed  chan struct{} // closed and replaced when a counter has changed
	closed   bool
}

// rules are the faults of one direction.
type rules struct {
	fault *Fault
	delay time.Duration
	hold  bool
	hole  bool
}

// door is the treatment of new connections.
type door int

const (
	doorOpen   door = iota
	doorShut        // nobody listens
	doorSilent      // accepted, but never answered
	doorClose       // accepted and closed
	doorReset       // accepted and reset
)

// NewProxy starts a proxy to target, a host:port or the path of a unix socket. It listens on a TCP port of
// 127.0.0.1 and on a unix socket, and ends with the test. The target need not exist yet.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	p, err := openProxy(t, target)
	if err != nil {
		t.Fatalf("redpolltest: proxy: %v", err)
	}
	t.Cleanup(p.close)
	return p
}

// openProxy is NewProxy for a caller that closes the proxy itself.
func openProxy(t testing.TB, target string) (*Proxy, error) {
	dir, err := os.MkdirTemp("", "redpoll")
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		t: t, target: target, socket: filepath.Join(dir, "p"),
		links: map[*link]struct{}{}, changed: make(chan struct{}),
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	for range 20 {
		if p.port, err = takePort(); err != nil {
			break
		}
		p.mu.Lock()
		err = p.listen()
		p.mu.Unlock()
		if err == nil {
			return p, nil
		}
		returnPort(p.port)
	}
	p.cancel()
	_ = os.RemoveAll(dir)
	return nil, err
}

// setTarget sets the target of later connections.
func (p *Proxy) setTarget(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// setApart holds everything on connections from an address, open ones and later ones, or ends this.
func (p *Proxy) setApart(host string, apart bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.apart == nil {
		p.apart = map[string]bool{}
	}
	p.apart[host] = apart
	p.wake()
}

// Addr returns the host:port on which the proxy listens.
func (p *Proxy) Addr() string { return loopback(p.port) }

// Socket returns the path of the unix socket on which the proxy listens.
func (p *Proxy) Socket() string { return p.socket }

// listen opens both listeners. p.mu is held.
func (p *Proxy) listen() error {
	tcp, err := net.Listen("tcp", p.Addr())
	if err != nil {
		return err
	}
	if err := os.Remove(p.socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		_ = tcp.Close()
		return err
	}
	unix, err := net.Listen("unix", p.socket)
	if err != nil {
		_ = tcp.Close()
		return err
	}
	// A socket file without a listener refuses connections, like a closed TCP port.
	unix.(*net.UnixListener).SetUnlinkOnClose(false)
	p.doors = []net.Listener{tcp, unix}
	for _, l := range p.doors {
		p.wg.Add(1)
		p.accepting.Add(1)
		go p.accept(l)
	}
	return nil
}

func (p *Proxy) accept(l net.Listener) {
	defer p.wg.Done()
	defer p.accepting.Done()
	for {
		client, err := l.Accept()
		if err != nil {
			return // closed by Refuse or close
		}
		p.admit(client)
	}
}

// admit treats a new connection as the door says.
func (p *Proxy) admit(client net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.accepted++
	p.note()
	switch {
	case p.closed || p.door == doorShut || p.door == doorReset:
		reset(client)
	default:
		l := newLink(p, client)
		if addr, ok := client.RemoteAddr().(*net.TCPAddr); ok {
			l.from = addr.IP.String()
		}
		p.links[l] = struct{}{}
		p.wg.Add(1)
		go l.run(p.door)
	}
}

// note wakes the goroutines that wait for a counter. p.mu is held.
func (p *Proxy) note() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// Delay makes every byte of this direction arrive later by d. The delay is a latency: bytes do not wait for
// each other. 0 ends it.
func (p *Proxy) Delay(dir Direction, d time.Duration) {
	p.set(dir, func(r *rules) { r.delay = d })
}

// Hold holds back all bytes and ends of streams of this direction until Clear. The proxy reads at most 256
// KiB per connection; then the sender's writes block.
func (p *Proxy) Hold(dir Direction) {
	p.set(dir, func(r *rules) { r.hold = true })
}

// Freeze is Hold in both directions for the connections that are open now. Later connections work. A firewall
// that has forgotten its connections behaves like this. Clear ends it.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.frozen = true
	}
}

// BlackHole silently swallows all bytes and ends of streams of this direction. Connections stay open.
func (p *Proxy) BlackHole(dir Direction) {
	p.set(dir, func(r *rules) { r.hole = true })
}

func (p *Proxy) set(dir Direction, change func(*rules)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.rules[dir])
	p.wake()
}

// wake makes every connection look at the rules again. p.mu is held.
func (p *Proxy) wake() {
	for l := range p.links {
		l.lanes[ToServer].wake()
		l.lanes[ToClient].wake()
	}
}

// Refuse closes the proxy's port: new connections are refused. Open ones go on.
func (p *Proxy) Refuse() {
	p.setDoor(doorShut)
	p.accepting.Wait() // while a goroutine accepts, the port is open
}

// Silence accepts new connections, swallows their bytes and never answers.
func (p *Proxy) Silence() { p.setDoor(doorSilent) }

// Reject accepts new connections and ends them at once. A reset can come so early that the dial fails with
// it.
func (p *Proxy) Reject(how How) {
	if how == Reset {
		p.setDoor(doorReset)
	} else {
		p.setDoor(doorClose)
	}
}

func (p *Proxy) setDoor(d door) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.door == d {
		return
	}
	was := p.door
	p.door = d
	if d == doorShut {
		p.shut()
	} else if was == doorShut {
		err := p.listen()
		// Another process that looks for a free port may hold this one for a moment.
		for end := time.Now().Add(patience); err != nil && time.Now().Before(end); err = p.listen() {
			time.Sleep(time.Millisecond)
		}
		if err != nil {
			p.t.Errorf("redpolltest: proxy: cannot listen again: %v", err)
		}
	}
}

// shut closes the listeners. p.mu is held.
func (p *Proxy) shut() {
	for _, l := range p.doors {
		closeListener(l)
	}
	p.doors = nil
}

// Clear ends all faults and opens the port again. Held and delayed bytes are passed on at once.
func (p *Proxy) Clear() {
	p.t.Helper()
	p.mu.Lock()
	p.rules = [2]rules{}
	for l := range p.links {
		l.frozen = false
	}
	p.wake()
	p.mu.Unlock()
	p.setDoor(doorOpen)
}

// DropAll ends all open connections, and bytes in transit are lost. When it returns, the client's ends have
// ended.
func (p *Proxy) DropAll(how How) {
	p.mu.Lock()
	links := make([]*link, 0, len(p.links))
	for l := range p.links {
		links = append(links, l)
	}
	p.mu.Unlock()
	for _, l := range links {
		l.cut(how, ToServer, nil)
	}
}

// Accepted returns the number of connections accepted so far, including rejected ones.
func (p *Proxy) Accepted() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accepted
}

// Open returns the number of connections that the client has not closed, whatever the proxy has done to them.
// Reset connections do not count.
func (p *Proxy) Open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for l := range p.links {
		if !l.clientGone {
			n++
		}
	}
	return n
}

// Bytes returns the number of bytes passed on in this direction so far, over all connections. Bytes of
// [Proxy.Garbage] do not count.
func (p *Proxy) Bytes(dir Direction) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passed[dir]
}

// Arrived returns the number of bytes from the sender in this direction so far, over all connections: those
// of Bytes and those that were held or swallowed.
func (p *Proxy) Arrived(dir Direction) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.arrived[dir]
}

// Await waits until ok, which may call the counters of p, returns true; it calls ok again whenever a counter
// changes. After half a minute it marks t as failed and returns false.
func (p *Proxy) Await(ok func() bool) bool {
	p.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		p.mu.Lock()
		changed := p.changed
		p.mu.Unlock()
		if ok() {
			return true
		}
		select {
		case <-changed:
		case <-timer.C:
			p.t.Errorf("redpolltest: proxy: waited in vain: %s", p.state())
			return false
		}
	}
}

func (p *Proxy) state() string {
	return fmt.Sprintf("%d connections accepted, %d open, bytes to server %d of %d passed on, to client %d "+
		"of %d",
		p.Accepted(), p.Open(), p.Bytes(ToServer), p.Arrived(ToServer), p.Bytes(ToClient),
		p.Arrived(ToClient))
}

// close ends everything, waits for the goroutines and removes the socket.
func (p *Proxy) close() {
	p.mu.Lock()
	p.closed = true
	p.cancel()
	p.shut()
	for l := range p.links {
		l.abandon()
	}
	p.mu.Unlock()
	p.wg.Wait()
	returnPort(p.port)
	_ = os.RemoveAll(filepath.Dir(p.socket))
}
