package pubsub

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/resp"
)

// session is one connection of a Link. Whatever belongs to it ends with it: frames, confirmations that are
// awaited, what is to be written. So nothing of an older connection reaches a Sub.
type session struct {
	link   *Link
	line   *line
	stream *conn.Stream
	made   time.Duration
	over   atomic.Bool // it is not the present one any more

	// Guarded by Link.mu.
	awaited  []*command // in their order
	again    int        // commands that subscribe once more, and have not been answered
	restored bool       // there were none left at some time
	out      []byte
	writing  bool
	heard    time.Duration // when a frame came last
	timer    *time.Timer
	seen     uint64        // bytes received at the last look
	asked    bool          // a PING has been sent since then
	unneeded time.Duration // since when nothing is wanted; 0: something is

	stalled atomic.Bool  // the reader waits for room in a queue
	turned  atomic.Int64 // when that changed last, by conn.Now
}

// command is a command whose answers are awaited.
type command struct {
	class    Class
	on       bool
	again    bool // it subscribes once more what was in force before
	elements []*element
	at       int   // the next one
	ping     bool  // it is a PING
	call     *call // whose; nil: our own
	since    time.Duration
}

var (
	errSilent   = fmt.Errorf("the server has not answered a PING: %w", os.ErrDeadlineExceeded)
	errOverdue  = fmt.Errorf("the server has not answered in time: %w", os.ErrDeadlineExceeded)
	errUnread   = fmt.Errorf("%w: %w", errStalled, os.ErrDeadlineExceeded)
	errUnneeded = fmt.Errorf("%w: nothing was subscribed", conn.ErrClosed)
)

const (
	// idleFor is how long a connection on which nothing is subscribed stays open.
	idleFor = 10 * time.Second
	// lookEvery is how often the timer of a connection looks when the server may be silent.
	lookEvery = 2500 * time.Millisecond
	// marker is the argument of our own PINGs.
	marker = "redpoll"
)

// subscribe sends a command of its own for a name that was in force before. Link.mu is held.
func (s *session) subscribe(class Class, el *element) {
	s.send(&command{class: class, on: true, again: true, elements: []*element{el}})
}

// subscribeAgain subscribes entries of one class that were in force before. Link.mu is held.
func (s *session) subscribeAgain(entries []*entry) {
	elements := make([]*element, len(entries))
	for i, e := range entries {
		elements[i] = e.again()
	}
	for _, part := range s.link.parts(elements) {
		for part := range slices.Chunk(part, mostNames) {
			s.send(&command{class: part[0].entry.class, on: true, again: true, elements: part})
		}
	}
}

// send sends a command. Link.mu is held.
func (s *session) send(c *command) {
	words := make([]string, 1, 1+len(c.elements))
	words[0] = c.class.Command(c.on)
	for _, el := range c.elements {
		words = append(words, el.entry.raw)
	}
	if c.again {
		s.again++
	}
	s.queue(c, words...)
}

// ping sends a PING, for a call or for ourselves. Link.mu is held.
func (s *session) ping(c *call) {
	words := []string{"PING", marker}
	if c != nil {
		c.sent = true
		words = append(words[:1], c.raw)
		if c.raw == "" {
			words = words[:1]
		}
	}
	s.queue(&command{ping: true, call: c}, words...)
}

func (s *session) queue(c *command, words ...string) {
	c.since = conn.Now()
	s.awaited = append(s.awaited, c)
	s.out = resp.AppendCommand(s.out, words...)
	if !s.writing {
		s.writing = true
		go s.write()
	}
}

// write sends what is queued, in a goroutine that exists only meanwhile: the server may take its time, and
// somebody has to read.
func (s *session) write() {
	l := s.link
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(s.out) > 0 && !s.over.Load() {
		out := s.out
		s.out = nil
		l.mu.Unlock()
		s.writeOut(out)
		l.mu.Lock()
	}
	s.writing = false
}

func (s *session) writeOut(out []byte) {
	ctx := context.Background()
	if d := s.link.cfg.WriteTimeout; d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d)
		defer cancel()
	}
	_ = s.stream.Write(ctx, out) // an error ends the stream, which the reader sees
}

// read reads until the connection ends, and gives the reason.
func (s *session) read() error {
	l := s.link
	for {
		frame, err := s.stream.ReadFrame(context.Background())
		if err != nil {
			return err
		}
		l.mu.Lock()
		if s.line.now != s {
			l.unlock()
			return conn.ErrClosed
		}
		s.heard = conn.Now()
		for frame != nil && err == nil {
			if err = s.take(frame); err == nil {
				frame, err = s.stream.Next()
			}
		}
		l.unlock()
		if err != nil {
			s.stream.Fail(err)
			return err
		}
		if l.own != nil {
			l.own.q.awaitRoom(s.over.Load, s.stall)
		}
	}
}

// stall notes that the reader waits for room in a queue, or waits no more.
func (s *session) stall(on bool) {
	s.turned.Store(int64(conn.Now()))
	s.stalled.Store(on)
}

// take handles a frame. Link.mu is held.
func (s *session) take(frame []byte) error {
	d := resp.NewDecoder(frame)
	switch d.Kind() {
	case resp.KindPush, resp.KindArray:
		n, err := d.Len()
		if err != nil || n == 0 {
			return err
		}
		word, err := d.Bytes()
		if err != nil {
			return nil // it concerns others
		}
		return s.push(word, n, &d)
	case resp.KindError, resp.KindBlobError:
		text, err := d.ErrorText()
		if err != nil {
			return err
		}
		return s.refuse(text)
	default:
		s.pong() // in whatever form it comes
		return nil
	}
}

// push handles a message, a confirmation or the answer to a PING. It makes no string of the word: a message
// costs the memory of its payload alone.
func (s *session) push(word []byte, n int, d *resp.Decoder) error {
	var class Class
	var kind Kind
	of := 3
	switch string(word) {
	case "message":
		class, kind = Channel, Message
	case "pmessage":
		class, kind, of = Pattern, PMessage, 4
	case "smessage":
		class, kind = Shard, SMessage
	case "pong":
		s.pong()
		return nil
	}
	switch {
	case kind != 0 && n != of:
		return desync(fmt.Errorf("a message has %d elements, want %d", n, of))
	case kind != 0:
		return s.message(class, kind, d)
	case n == 3:
		for class := range classes {
			for i, command := range commands[class] {
				if strings.EqualFold(string(word), command) {
					return s.confirm(class, i == 1, d)
				}
			}
		}
	}
	return nil
}

// message hands a message to those who have subscribed.
func (s *session) message(class Class, kind Kind, d *resp.Decoder) error {
	l := s.link
	name, err := d.Bytes()
	if err != nil {
		return desync(err)
	}
	e := s.line.entries[class][string(name)]
	var channel []byte
	if class == Pattern {
		if channel, err = d.Bytes(); err != nil {
			return desync(err)
		}
	}
	payload, err := d.Bytes()
	if err != nil {
		return desync(err)
	}
	if e == nil {
		return nil
	}
	event := Event{Kind: kind}
	made := false
	for _, n := range e.names {
		if !n.on {
			continue
		}
		if !made {
			made = true
			l.translate(&event, channel, payload)
		}
		event.Name = n
		n.sub.message(&event)
	}
	return nil
}

// translate puts the strings of a message into the memory of the event, one piece for both.
func (l *Link) translate(e *Event, channel, payload []byte) {
	if decode := l.cfg.Decode; decode != nil {
		var err, err2 error
		e.Payload, err = decode(payload)
		if len(channel) > 0 {
			e.Channel, err2 = decode(channel)
		}
		if err = errors.Join(err, err2); err != nil {
			e.Payload = ""
			e.More = &More{Err: err}
		}
		return
	}
	if len(channel) == 0 {
		e.Payload = string(payload)
		return
	}
	both := string(append(append(make([]byte, 0, len(channel)+len(payload)), channel...), payload...))
	e.Channel, e.Payload = both[:len(channel)], both[len(channel):]
}

// desync is the error of a frame that is not what its first word says.
func desync(err error) error {
	return &conn.DesyncError{Reason: "the server broke the protocol of subscriptions", Err: err}
}

// confirm handles the server's confirmation for one name.
func (s *session) confirm(class Class, on bool, d *resp.Decoder) error {
	if d.IsNull() {
		return nil
	}
	raw, err := d.Bytes()
	if err != nil {
		return desync(err)
	}
	for i, c := range s.awaited {
		if c.ping || c.class != class || c.on != on || c.elements[c.at].entry.raw != string(raw) {
			continue
		}
		el := c.elements[c.at]
		if c.at++; c.at == len(c.elements) {
			s.settle(i)
			s.line.note(Note{Kind: class.confirmation(on), Names: len(c.elements), Again: c.again})
		}
		s.confirmed(el, c.again)
		return nil
	}
	if e := s.line.entries[class][string(raw)]; e != nil && !on && e.told && e.tail == nil {
		s.taken(e)
	}
	return nil
}

// settle takes a command out that has been answered.
func (s *session) settle(i int) {
	if s.awaited[i].again {
		s.again--
	}
	s.awaited = append(s.awaited[:i], s.awaited[i+1:]...)
	if s.again == 0 {
		s.restored = true
	}
}

// confirmed gives all who wait for it the confirmation of a name.
func (s *session) confirmed(el *element, again bool) {
	l, e := s.link, el.entry
	if e.tail == el {
		e.tail = nil
	}
	for _, a := range el.acks {
		l.give(a, again && a.call == nil)
	}
	l.tidy(e)
}

// taken notes that the server has ended a subscription of itself, as it does when a slot moves. It is
// subscribed anew, where it belongs now: a server that is not the right one redirects.
func (s *session) taken(e *entry) {
	l := s.link
	e.told = false
	s.line.away(e, &Hole{Since: time.Now(), Err: s.line.failure(errTaken)})
	if to := l.placeOf(e.class, e.raw); to != s.line {
		l.move(e, to)
	} else if e.wanted() {
		s.subscribe(e.class, e.again())
	}
}

var errTaken = errors.New("the server has ended the subscription")

// pong handles the answer to the first PING that has none.
func (s *session) pong() {
	for i, c := range s.awaited {
		if !c.ping {
			continue
		}
		s.settle(i)
		if c.call != nil {
			s.answered(c.call)
		}
		return
	}
}

// answered notes that the server has answered the PING of a call.
func (s *session) answered(c *call) {
	i := slices.Index(c.lines, s.line)
	if c.over || i < 0 {
		return
	}
	c.lines = slices.Delete(c.lines, i, i+1)
	if c.left--; c.left > 0 {
		return
	}
	if c.shown {
		c.sub.emit(Event{Kind: Pong, Payload: c.text})
	}
	s.link.finish(c, nil)
}

// refuse handles an error reply: it is the answer to the first command that has none.
func (s *session) refuse(text string) error {
	l := s.link
	err := &Refused{text, s.line.node(), s.stream.Info()}
	verdict, slot := Final, 0
	if l.cfg.Places != nil {
		verdict, slot = l.cfg.Places.Judge(text, s.stream.Node())
	}
	switch {
	case verdict == Moved && !s.awaits(slot):
		return nil // it has come in the place of the answer already that the subscription is over
	case len(s.awaited) == 0:
		return err // the server says why it is about to hang up
	}
	c := s.awaited[0]
	s.settle(0)
	switch {
	case c.ping:
		if c.call != nil {
			l.finish(c.call, err)
		}
		return nil
	case verdict != Final && c.class == Shard:
		s.redirected(c, verdict, err)
		return nil
	case c.again && len(c.elements) > 1:
		// One of them is refused, and with it all: each is tried by itself, so that the others come back.
		for _, el := range c.elements[c.at:] {
			if el.entry.tail == el {
				s.subscribe(c.class, el)
			} else {
				_ = s.refused(c, el, err)
			}
		}
		return nil
	}
	for _, el := range c.elements[c.at:] {
		if e := el.entry; e.tail == el {
			e.tail, e.told = nil, false
		}
	}
	var others []ack
	for _, el := range c.elements[c.at:] {
		others = append(others, s.refused(c, el, err)...)
	}
	for len(others) > 0 {
		// A call that wants a name as well is not refused what another one may not have.
		call := others[0].call
		var names []*Name
		others = slices.DeleteFunc(others, func(a ack) bool {
			if a.call == call {
				names = append(names, a.name)
			}
			return a.call == call
		})
		l.resume(call, names)
	}
	return nil
}

// refused ends the call that a command belongs to, or all that wait for the confirmation of a name if it is
// ours. A name that was in force before stays wanted, and is tried again. It gives the confirmations that
// other calls still await.
func (s *session) refused(c *command, el *element, err *Refused) (others []ack) {
	l, e := s.link, el.entry
	for _, a := range el.acks {
		n := a.name
		switch {
		case n.gone():
			n.acks--
		case !c.on: // unsubscribing: nothing is delivered any more
			n.acks--
			n.set(false)
			if a.call != nil {
				l.finish(a.call, err)
			}
			l.tidyName(n)
		case !a.on:
			l.give(a, false)
		case a.call != nil && a.call != c.call && c.call != nil && !a.call.over && n.wanted:
			others = append(others, a)
		case a.call != nil:
			n.acks--
			l.finish(a.call, err)
			l.tidyName(n)
		default:
			n.acks--
			if n.wanted && !e.told {
				e.refused = true
				if n.sub.gap != nil && !same(n.sub.gap.Err, err) {
					n.sub.tellGap(err)
				}
			}
			l.tidyName(n)
		}
	}
	l.tidy(e)
	return others
}

// watch starts the timer of the connection: it notices silence, and that nobody needs the connection. Link.mu
// is held.
func (s *session) watch() {
	s.seen = s.stream.Received()
	s.timer = time.AfterFunc(s.period(), s.look)
}

// period is the time between two looks: a server is silent, or late, for at most three of them.
func (s *session) period() time.Duration {
	every := lookEvery
	for _, d := range []time.Duration{s.silence(), s.link.cfg.ReplyTimeout} {
		if d > 0 {
			every = min(every, d/3)
		}
	}
	return every
}

// overdue reports whether the oldest answer that is awaited should have come. While the reader has stopped no
// answer can come. Link.mu is held.
func (s *session) overdue(now time.Duration) bool {
	patience := s.link.cfg.ReplyTimeout
	if patience <= 0 || len(s.awaited) == 0 || s.stalled.Load() {
		return false
	}
	return now-max(s.awaited[0].since, time.Duration(s.turned.Load())) >= patience
}

// relieve ends the calls that have waited for long while the reader stood still: the connection is not to
// blame, but their answers stand behind messages that nobody reads. A call that nobody waits for may go on.
// Link.mu is held.
func (s *session) relieve(now time.Duration) {
	patience := s.link.cfg.ReplyTimeout
	if patience <= 0 || !s.stalled.Load() || now-time.Duration(s.turned.Load()) < patience {
		return
	}
	for c := range s.link.calls {
		if !c.quiet && now-c.began >= patience {
			s.link.finish(c, errUnread)
		}
	}
}

// silence is how long the server may be silent, 0 for ever: the shortest that a Sub wants.
func (s *session) silence() (d time.Duration) {
	for sub := range s.link.subs {
		if sub.silence > 0 && (d == 0 || sub.silence < d) {
			d = sub.silence
		}
	}
	return d
}

// look is what the timer does. Traffic is a sign of life, and so is a reader that has stopped reading.
func (s *session) look() {
	l := s.link
	l.mu.Lock()
	defer l.unlock()
	if s.line.now != s {
		return
	}
	received, now := s.stream.Received(), conn.Now()
	switch needed := s.line.needed(); {
	case needed:
		s.unneeded = 0
	case s.unneeded == 0:
		s.unneeded = now
	case now-s.unneeded >= idleFor:
		s.line.leave(s)
		s.line.takeBack(s)
		l.closing = append(l.closing, closing{s.stream, errUnneeded})
		return
	}
	s.relieve(now)
	switch {
	case s.overdue(now):
		l.closing = append(l.closing, closing{s.stream, errOverdue})
		return
	case s.silence() == 0, s.stalled.Load(), received != s.seen:
		s.seen, s.asked = received, false
	case s.asked:
		l.closing = append(l.closing, closing{s.stream, errSilent})
		return
	default:
		s.asked = true
		s.ping(nil)
	}
	for class := range classes {
		for _, e := range s.line.entries[class] {
			if e.refused && e.wanted() && !e.told {
				s.subscribe(class, e.again())
			}
		}
	}
	s.timer.Reset(s.period())
}
