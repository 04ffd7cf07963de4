package redpolltest

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// heldBytes is how much a lane reads from its sender without passing it on.
const heldBytes = 256 << 10

// link is one connection through a proxy: the client's end, the server's end, and a lane for each direction.
// The proxy's mu guards its fields.
type link struct {
	p      *Proxy
	client net.Conn
	from   string   // the client's address without the port
	server net.Conn // nil before the dial
	lanes  [2]lane

	dead        bool // the proxy is closing
	frozen      bool // nothing is passed on for now
	cutting     bool // cut was called
	how         How
	faults      []*Fault // the faults that cut it, for their Done
	clientEnded bool     // the proxy has ended the client's side
	clientGone  bool     // nothing more can come from the client
	serverGone  bool     // nothing more can come from the server
}

// lane is one direction of a link. A reader appends received bytes to queue, and a writer passes them on.
type lane struct {
	l      *link
	dir    Direction
	moved  *sync.Cond // signals changes; uses the proxy's mu
	queue  []chunk
	queued int // bytes in queue

	passed   int64  // bytes passed on since the connection's start
	base     int64  // where the current fault starts to count
	struckBy *Fault // the fault that has hit
	lost     bool   // bytes were swallowed, so nothing can follow
	over     bool   // nothing more is passed on
	finished bool   // the writer has ended
}

// chunk is a piece of traffic, or its end.
type chunk struct {
	data []byte
	at   time.Time // when it arrived
	end  error     // io.EOF or the failure; data is empty then
}

func newLink(p *Proxy, client net.Conn) *link {
	l := &link{p: p, client: client}
	for dir := range l.lanes {
		l.lanes[dir] = lane{l: l, dir: Direction(dir), moved: sync.NewCond(&p.mu)}
	}
	return l
}

// run passes traffic on until both sides have ended.
func (l *link) run(d door) {
	p := l.p
	defer p.wg.Done()
	if d == doorOpen {
		l.connect()
	}
	if l.server != nil {
		l.passBoth()
	} else {
		l.swallowAll(d)
	}
	_ = l.client.Close()
	if l.server != nil {
		_ = l.server.Close()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	l.clientGone, l.serverGone, l.clientEnded = true, true, true
	l.settle()
	delete(p.links, l)
	p.note()
}

// connect dials the target. If the dial fails, or the link was cut in the meantime, server stays nil.
func (l *link) connect() {
	var d net.Dialer
	ctx, cancel := context.WithTimeout(l.p.ctx, patience)
	defer cancel()
	l.p.mu.Lock()
	target := l.p.target
	l.p.mu.Unlock()
	server, err := d.DialContext(ctx, network(target), target)
	if err != nil {
		return
	}
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	if l.dead || l.cutting {
		_ = server.Close()
		return
	}
	l.server = server
}

// swallowAll handles a link without a server.
func (l *link) swallowAll(d door) {
	l.p.mu.Lock()
	l.lanes[ToServer].lost, l.serverGone = true, true
	refused := d == doorOpen && !l.cutting
	l.p.mu.Unlock()
	switch {
	case refused:
		reset(l.client) // similar to the target, which had accepted before
	case d == doorClose:
		l.cut(Close, ToServer, nil)
	}
	l.lanes[ToServer].read(l.client)
}

func (l *link) passBoth() {
	var wg sync.WaitGroup
	wg.Go(func() { l.lanes[ToServer].read(l.client) })
	wg.Go(func() { l.lanes[ToClient].read(l.server) })
	wg.Go(func() { l.lanes[ToServer].write(l.server) })
	wg.Go(func() { l.lanes[ToClient].write(l.client) })
	wg.Wait()
}

// abandon closes everything at once. The proxy's mu is held.
func (l *link) abandon() {
	l.dead = true
	_ = l.client.Close()
	if l.server != nil {
		_ = l.server.Close()
	}
	l.lanes[ToServer].wake()
	l.lanes[ToClient].wake()
}

// wake makes reader and writer look again. The proxy's mu is held.
func (ln *lane) wake() { ln.moved.Broadcast() }

// read queues received bytes until the stream ends.
func (ln *lane) read(src net.Conn) {
	p := ln.l.p
	buf := make([]byte, 32<<10)
	for {
		n, err := src.Read(buf)
		p.mu.Lock()
		ln.arrive(buf[:n], err)
		for ln.queued > heldBytes && !ln.over && !ln.lost && !ln.l.dead {
			ln.moved.Wait()
		}
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// arrive queues a copy of data, and the end of the stream. The proxy's mu is held.
func (ln *lane) arrive(data []byte, err error) {
	now := time.Now()
	ln.l.p.arrived[ln.dir] += int64(len(data))
	if len(data) > 0 && !ln.over && !ln.lost {
		ln.queue = append(ln.queue, chunk{data: append([]byte(nil), data...), at: now})
		ln.queued += len(data)
	}
	if err != nil {
		ln.queue = append(ln.queue, chunk{at: now, end: err})
		if ln.dir == ToServer {
			ln.l.clientGone = true
		} else {
			ln.l.serverGone = true
		}
		ln.l.settle()
	}
	ln.wake()
	ln.l.p.note()
}

// settle reports to the faults that their work is done when both sides have seen the end. The proxy's mu is
// held.
func (l *link) settle() {
	if l.clientEnded && l.serverGone {
		for _, f := range l.faults {
			f.finish()
		}
	}
}

// action is the next step of a lane's writer.
type action int

const (
	actWait    action = iota // until a change, or for the given time
	actPass                  // pass on data
	actInsert                // insert garbage
	actCut                   // end the link
	actEnd                   // pass on the end of the stream
	actNothing               // stop for good
)

// next decides the next step of the writer, and drops swallowed bytes. The proxy's mu is held, so the
// decision and its marks are one step for all others.
func (ln *lane) next(now time.Time) (act action, data []byte, wait time.Duration) {
	r := &ln.l.p.rules[ln.dir]
	if ln.l.dead {
		return actNothing, nil, 0
	}
	if ln.over || ln.lost {
		return ln.swallow(), nil, 0
	}
	most := int64(-1) // bytes that may still pass; -1 means any number
	if f := r.fault; f != nil && f != ln.struckBy {
		most = f.after - (ln.passed - ln.base)
		if most <= 0 && (f.kind == faultGarbage || ln.queued > 0 ||
			f.kind == faultCut && ln.passed > ln.base) {
			return ln.struck(f)
		}
	}
	if r.hole && len(ln.queue) > 0 {
		ln.lost = true
		return ln.swallow(), nil, 0
	}
	if r.hold || ln.l.frozen || ln.l.p.apart[ln.l.from] || len(ln.queue) == 0 {
		return actWait, nil, 0
	}
	first := &ln.queue[0]
	if wait = first.at.Add(r.delay).Sub(now); wait > 0 {
		return actWait, nil, wait
	}
	if first.end != nil {
		return actEnd, nil, 0
	}
	data = first.data
	if most >= 0 && int64(len(data)) > most {
		data = data[:most]
	}
	return actPass, data, 0
}

// struck marks the lane as hit by f and returns the next step.
func (ln *lane) struck(f *Fault) (act action, data []byte, wait time.Duration) {
	ln.struckBy = f
	f.strike()
	switch f.kind {
	case faultTruncate:
		ln.lost = true
		f.finish()
		return ln.swallow(), nil, 0
	case faultGarbage:
		return actInsert, f.garbage, 0
	default:
		return actCut, nil, 0
	}
}

// swallow drops the received bytes.
func (ln *lane) swallow() action {
	ended := len(ln.queue) > 0 && ln.queue[len(ln.queue)-1].end != nil
	ln.queue, ln.queued = nil, 0
	ln.wake() // the reader may wait for room
	if ended {
		return actNothing
	}
	return actWait
}

// write follows next until nothing is left to do.
func (ln *lane) write(dst net.Conn) {
	l, p := ln.l, ln.l.p
	p.mu.Lock()
	defer p.mu.Unlock()
	defer func() { ln.finished = true }()
	for {
		act, data, wait := ln.next(time.Now())
		fault := ln.struckBy
		switch act {
		case actWait:
			ln.await(wait)
		case actPass:
			// The bytes are counted before they are written: a reader of these bytes may then set a fault
			// that counts from now on.
			ln.count(len(data))
			p.mu.Unlock()
			n, err := dst.Write(data)
			p.mu.Lock()
			ln.count(n - len(data))
			ln.took(n, err)
		case actInsert:
			p.mu.Unlock()
			_, err := dst.Write(data)
			p.mu.Lock()
			ln.took(0, err)
			fault.finish()
		case actCut:
			p.mu.Unlock()
			l.cut(fault.how, ln.dir, fault)
			p.mu.Lock()
		case actEnd:
			p.mu.Unlock()
			ln.passEnd(dst)
			p.mu.Lock()
			return
		case actNothing:
			return
		}
	}
}

// await waits for a change, for at most d if that is not 0.
func (ln *lane) await(d time.Duration) {
	if d > 0 {
		defer time.AfterFunc(d, func() {
			ln.l.p.mu.Lock() // not before Wait has released it
			defer ln.l.p.mu.Unlock()
			ln.wake()
		}).Stop()
	}
	ln.moved.Wait()
}

func (ln *lane) count(n int) {
	ln.passed += int64(n)
	ln.l.p.passed[ln.dir] += int64(n)
	ln.l.p.note()
}

// took removes n passed bytes from the queue. After a failed write the lane is over.
func (ln *lane) took(n int, err error) {
	if n > 0 {
		first := &ln.queue[0]
		first.data = first.data[n:]
		ln.queued -= n
		if len(first.data) == 0 {
			ln.queue = ln.queue[1:]
		}
	}
	if err != nil {
		ln.over = true
		ln.breakSender()
	}
	ln.wake()
}

// breakSender resets the sender's connection, because its receiver has gone. While the other lane runs it
// does this itself: it may have more to pass on before the end.
func (ln *lane) breakSender() {
	l := ln.l
	if l.cutting || !l.lanes[1-ln.dir].finished {
		return
	}
	if ln.dir == ToServer {
		reset(l.client)
	} else {
		reset(l.server)
	}
}

// passEnd passes on the end of the stream, orderly or not.
func (ln *lane) passEnd(dst net.Conn) {
	l := ln.l
	l.p.mu.Lock()
	end := ln.queue[0].end
	cutting, how := l.cutting, l.how
	l.p.mu.Unlock()
	switch {
	case cutting: // only with AfterReplies: the server has finished
		l.endClient(how, true)
	case errors.Is(end, io.EOF):
		closeWrite(dst)
	default:
		reset(dst)
	}
}

// cut ends the link because of f, which struck in direction dir, or because the test asked for it (f is nil).
// See [Proxy.CutAfter] for the effect.
func (l *link) cut(how How, dir Direction, f *Fault) {
	p := l.p
	p.mu.Lock()
	if f != nil {
		l.faults = append(l.faults, f)
	}
	if l.cutting || l.dead {
		l.settle()
		p.mu.Unlock()
		return
	}
	l.cutting, l.how = true, how
	l.lanes[ToServer].over = true
	repliesFirst := f != nil && dir == ToServer && f.options&AfterReplies != 0
	l.lanes[ToClient].over = !repliesFirst
	server := l.server
	l.lanes[ToServer].wake()
	l.lanes[ToClient].wake()
	p.mu.Unlock()
	if !repliesFirst {
		l.endClient(how, f != nil)
	}
	if server != nil {
		closeWrite(server)
	}
}

// endClient ends the client's side; with delivered, only after its system has all bytes.
func (l *link) endClient(how How, delivered bool) {
	if how == Close {
		closeWrite(l.client) // the reader goes on and swallows further bytes
	} else {
		if delivered {
			awaitDelivered(l.client)
		}
		reset(l.client)
	}
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	l.clientEnded = true
	l.settle()
}

// closeWrite lets the peer read the end of the stream. An error means that the peer has read it already.
func closeWrite(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

// reset closes c such that the peer gets ECONNRESET. When it returns, the peer has got the reset. Close alone
// is not enough: if another thread waits for the descriptor in epoll_wait, this thread closes it some time
// later.
func reset(c net.Conn) {
	switch c := c.(type) {
	case *net.TCPConn:
		_ = c.SetLinger(0)
		disconnect(c)
	case *net.UnixConn:
		_ = c.CloseWrite()
		_ = c.CloseRead()
	}
	_ = c.Close()
}
