package route

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
)

// sentPart is a part of a pipeline that has its replies.
type sentPart struct {
	call     *conn.Call
	commands []int // nil means all
}

// resend sends the refused commands of a plain pipeline again, when the parts that were sent first have
// ended and the refusals are not final. Each command goes where its verdict says. Commands that go to the
// same place form one part; parts for one node are sent one after the other, and the nodes do not wait for
// each other. The bounds count all attempts together. send is the retry loop for one part; over is closed
// with the client.
func (p *Policy) resend(ctx context.Context, ch chooser, send sender, b Batch, sent []sentPart,
	over <-chan struct{}) {
	all := resending{policy: p, send: send, b: b, tried: attempts{over: over},
		conns: make([]*conn.Conn, b.Len())}
	for i := range sent {
		all.first(&sent[i])
	}
	of, changing := ch.(mapped)
	for {
		if changing {
			all.tried.news = of.changes()
		}
		refused, v := all.refused(ch, sent)
		if len(refused) == 0 {
			return
		}
		pause, more := p.nextRound(ctx, &all.tried, v)
		if !more {
			for i := range sent {
				all.unsure(&sent[i], refused)
			}
			return
		}
		if !all.tried.backOff(ctx, pause, v) {
			giveUp(ctx, b, refused, all.last, all.mayRun)
			return
		}
		parts := refusedParts(ch, refused, b) // after the pause, when the nodes are known again
		for len(parts) > 0 {
			n := sideBySide(parts, b)
			if !all.round(ctx, parts[:n]) {
				return // the commands behind it stay refused
			}
			parts = parts[n:]
		}
	}
}

// resending is the state of resend.
type resending struct {
	policy *Policy
	send   sender
	b      Batch
	tried  attempts
	conns  []*conn.Conn // of the replies
	last   *conn.Call   // the one sent last
	mayRun bool         // an attempt before the last one may have run
}

// first takes a part of the first attempt.
func (a *resending) first(s *sentPart) {
	if s.commands == nil {
		s.commands = make([]int, a.b.Len())
		for i := range s.commands {
			s.commands[i] = i
		}
	}
	for _, i := range s.commands {
		a.conns[i] = s.call.Conn()
	}
	a.last = s.call
	a.tried.n = max(a.tried.n, s.call.Repeats)
	if a.tried.since == 0 {
		a.tried.since = s.call.Since
	}
	a.mayRun = a.mayRun || s.call.MayRun
}

// refused returns the refused commands that may be sent again. slowest is the verdict that decides about the
// pause.
func (a *resending) refused(ch chooser, sent []sentPart) (list []refusal, slowest verdict) {
	for i := range sent {
		list = append(list, refusals(ch, a.conns, a.b, sent[i].commands)...)
	}
	slices.SortFunc(list, func(x, y refusal) int { return x.command - y.command })
	for _, one := range list {
		if slowest.do != wait {
			slowest = one.v
		}
	}
	return list, slowest
}

// unsure ends a part of which all commands are refused for now, while an earlier attempt may have run: the
// refusal does not say what became of that attempt.
func (a *resending) unsure(s *sentPart, refused []refusal) {
	for _, i := range s.commands {
		if !a.mayRun || !slices.ContainsFunc(refused, func(r refusal) bool { return r.command == i }) {
			return
		}
	}
	s.call.Refuse(a.b.Refusal(s.commands[0]))
	s.call.Unanswered(&Refusal{s.call.Refusal})
	s.call.Sent = s.call.Size()
}

// round sends parts again, and waits for them. It returns false if not all of them have their replies.
func (a *resending) round(ctx context.Context, parts []refusedPart) (ok bool) {
	var chains []*chain
	for i := range parts {
		n := slices.IndexFunc(chains, func(c *chain) bool { return c.to == parts[i].node() })
		if n < 0 {
			n = len(chains)
			chains = append(chains, &chain{to: parts[i].node(), tried: a.tried})
		}
		one := a.b.Part(parts[i].commands) // not while others are under way
		one.Call().Route = parts[i].route
		chains[n].links = append(chains[n].links, link{one, &parts[i]})
	}
	var running sync.WaitGroup
	for _, c := range chains[1:] {
		running.Go(func() { c.run(ctx, a) })
	}
	chains[0].run(ctx, a)
	running.Wait()
	ok = true
	for _, c := range chains {
		ok = ok && !c.ended && !c.lost
		a.mayRun = a.mayRun || c.mayRun
		a.last = c.last
		a.tried.n = max(a.tried.n, c.tried.n)
		a.tried.moves = max(a.tried.moves, c.tried.moves)
		a.tried.reruns = max(a.tried.reruns, c.tried.reruns)
		a.tried.timeouts = max(a.tried.timeouts, c.tried.timeouts)
		for _, l := range c.links[:c.sent] {
			for _, i := range l.of.commands {
				a.conns[i] = l.part.Call().Conn()
			}
		}
	}
	return ok
}

// chain is parts for one node, which are sent one after the other.
type chain struct {
	to    *Node
	links []link
	tried attempts

	sent   int        // number of parts that have ended
	last   *conn.Call // the one sent last
	mayRun bool
	ended  bool // the context has ended
	lost   bool // a part has no replies
}

type link struct {
	part Part
	of   *refusedPart
}

// run sends the parts.
func (c *chain) run(ctx context.Context, a *resending) {
	c.mayRun = a.mayRun
	for _, l := range c.links {
		c.last = l.part.Call()
		c.last.Repeats, c.last.Since = c.tried.n-1, c.tried.since
		a.policy.repeats(c.last)
		c.tried.maybe, c.tried.sent = false, 0
		gone := a.send(ctx, c.last, l.of.v, &c.tried)
		switch {
		case gone != nil:
			if c.mayRun {
				gone.Outcome, gone.Unsent = conn.MaybeExecuted, 0
			}
			l.part.GaveUp(gone)
			c.ended = true
			return
		case c.last.Err != nil: // the loop has tried everything it may
			if c.mayRun {
				c.last.Outcome, c.last.Phase, c.last.Sent = conn.MaybeExecuted, conn.PhaseRead, c.last.Size()
			}
			c.lost = true
		}
		c.mayRun = c.mayRun || c.last.MayRun
		c.sent++
	}
}

// sideBySide returns the number of the first parts that nothing orders: two of them on one key are for the
// same node.
func sideBySide(parts []refusedPart, b Batch) int {
	for n := range parts {
		for e := range parts[:n] {
			if parts[e].node() != parts[n].node() && slices.ContainsFunc(parts[n].commands,
				func(i int) bool { return parts[e].keys.overlaps(b, i) }) {
				return n
			}
		}
	}
	return len(parts)
}

// sender sends a call that has a verdict and earlier attempts.
type sender func(ctx context.Context, call *conn.Call, v verdict, tried *attempts) *conn.GaveUp

// nextRound reports whether refused commands are sent again, and after which pause.
func (p *Policy) nextRound(ctx context.Context, a *attempts, v verdict) (pause time.Duration, ok bool) {
	if !a.follows(v) {
		return 0, false
	}
	pause = p.pause(a, v, false)
	if !a.inTime(p.within(ctx), pause) {
		return 0, false
	}
	a.count(v)
	return pause, true
}

// giveUp tells refused commands that the context ended before they were sent again. last is the call that was
// sent last.
func giveUp(ctx context.Context, b Batch, refused []refusal, last *conn.Call, mayRun bool) {
	var all []int
	for _, one := range refused {
		all = append(all, one.command)
	}
	// A reply, even a refusal for now, proves that the command did not run.
	gone := conn.NewGaveUp(ctx, conn.NotSent)
	gone.Node, gone.Cause, gone.Repeats = last.Node(), &Refusal{b.Refusal(all[0])}, last.Repeats
	if mayRun {
		gone.Outcome = conn.MaybeExecuted
	}
	b.Part(all).GaveUp(gone)
}

// refusal is a refused command of a pipeline that is sent again, as the verdict on it says.
type refusal struct {
	command int
	v       verdict
}

// refusals returns those of some commands of a plain pipeline that are refused and may be sent again. The
// commands are in ascending order; conns has the connections of all replies. A command is left out if a later
// one on one of its keys was executed: the two would change places.
func refusals(ch chooser, conns []*conn.Conn, b Batch, commands []int) (list []refusal) {
	var later touched
	for _, i := range slices.Backward(commands) {
		v := verdict{}
		if text := b.Refusal(i); text != "" {
			v = ch.judge(conns[i], b.Command(i), text)
		}
		switch {
		case v.do == final:
			later.add(b, i)
		case !later.overlaps(b, i):
			list = append(list, refusal{i, v})
		}
	}
	return list
}

// refusedPart is a set of refused commands of a pipeline that go to the same place now.
type refusedPart struct {
	v        verdict
	home     *Node       // if v does not name a node
	route    *conn.Route // nil for routers with one node
	commands []int
	keys     touched
}

// node returns the node of the part, nil for routers with one node.
func (p *refusedPart) node() *Node {
	if p.v.at != nil {
		return p.v.at
	}
	return p.home
}

// placer is a chooser for which the keys of a command decide about its node.
type placer interface{ homeOf(key []byte) *Node }

// refusedParts puts refused commands into parts. Commands on one key keep
// their order.
func refusedParts(ch chooser, refused []refusal, b Batch) (parts []refusedPart) {
	of, placing := ch.(placer)
	var keys [][]byte
	for _, one := range refused {
		next := refusedPart{v: one.v}
		if placing {
			if keys, _ = b.AppendKeys(keys[:0], one.command); len(keys) > 0 {
				next.home = of.homeOf(keys[0])
				next.route = &conn.Route{To: conn.ToKeys, Keys: [][]byte{bytes.Clone(keys[0])}}
			}
		}
		part := partFor(parts, b, one.command, &next)
		if part == nil {
			parts = append(parts, next)
			part = &parts[len(parts)-1]
		}
		part.commands = append(part.commands, one.command)
		part.keys.add(b, one.command)
	}
	return parts
}

// partFor returns the part that a command can join, nil if there is none: the part goes to the same place,
// and no part behind it has one of the command's keys. ASKING counts for one command only, so no command
// joins a part with a prelude.
func partFor(parts []refusedPart, b Batch, i int, next *refusedPart) *refusedPart {
	for n := len(parts) - 1; n >= 0 && next.v.prelude == nil; n-- {
		part := &parts[n]
		if part.v.prelude == nil && part.v.at == next.v.at && (part.v.at != nil || part.home == next.home) {
			return part
		}
		if part.keys.overlaps(b, i) {
			break
		}
	}
	return nil
}

// touched is the set of keys that some commands use.
type touched struct {
	keys map[string]bool
	all  bool // a command may have used any key
	list [][]byte
}

// add adds the keys of a command.
func (t *touched) add(b Batch, i int) {
	if t.all = t.all || concernsAll(b.Command(i)); t.all || !t.find(b, i) {
		t.all = true
		return
	}
	if t.keys == nil {
		t.keys = make(map[string]bool)
	}
	for _, key := range t.list {
		t.keys[string(key)] = true
	}
}

// overlaps reports whether a command uses one of the keys.
func (t *touched) overlaps(b Batch, i int) bool {
	switch {
	case t.all:
		return true
	case concernsAll(b.Command(i)) || !t.find(b, i):
		return len(t.keys) > 0
	}
	return slices.ContainsFunc(t.list, func(key []byte) bool { return t.keys[string(key)] })
}

// find puts the keys of a command into list. It returns false if the keys are unknown.
func (t *touched) find(b Batch, i int) bool {
	var err error
	t.list, err = b.AppendKeys(t.list[:0], i)
	return err == nil
}

// concernsAll reports whether a command may use keys that it does not name.
func concernsAll(info *command.Info) bool {
	return info == nil || info.Flags.Has(command.Script) || info.Flags.Has(command.Write) && !info.HasKeys()
}
