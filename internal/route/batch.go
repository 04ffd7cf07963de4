package route

import (
	"context"
	"slices"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
)

// resend sends those commands of a plain pipeline once more that were refused, though not for good, when its first part has come to
// its end: each where the verdict on it says, in parts of those that go the same way. What all attempts have met counts together.
// send is the loop for one part; over is closed with the client.
func (p *Policy) resend(ctx context.Context, ch chooser, send sender, b Batch, first *conn.Call, over <-chan struct{}) {
	tried := attempts{n: first.Repeats, since: first.Since, over: over}
	last, mayRun := first, first.MayRun
	for {
		parts, v := refusedParts(ch, last.Conn(), b)
		if len(parts) == 0 {
			return
		}
		pause, more := p.nextRound(&tried, v)
		if !more {
			if mayRun && together(parts) == b.Len() {
				// "Not now" is not an answer to what became of the attempt before.
				first.Refuse(b.Refusal(parts[0].commands[0]))
				first.Unanswered(&Refusal{first.Refusal})
				first.Sent = first.Size()
			}
			return
		}
		if !tried.rest(ctx, pause) {
			giveUp(ctx, b, parts, last, mayRun)
			return
		}
		lost := false
		for _, part := range parts {
			one := b.Part(part.commands)
			last = one.Call()
			last.Repeats, last.Since = tried.n-1, tried.since
			p.repeats(last)
			tried.maybe, tried.sent = false, 0
			gone := send(ctx, last, part.v, &tried)
			switch {
			case gone != nil:
				if mayRun {
					gone.Outcome, gone.Unsent = conn.MaybeExecuted, 0
				}
				one.GaveUp(gone)
				return // what was to follow stays refused
			case last.Err != nil: // the loop has done what can be done
				if mayRun {
					last.Outcome, last.Phase, last.Sent = conn.MaybeExecuted, conn.PhaseRead, last.Size()
				}
				lost = true
			}
			mayRun = mayRun || last.MayRun
		}
		if lost {
			return
		}
	}
}

// sender sends a call on which a verdict has been given, after other attempts.
type sender func(ctx context.Context, call *conn.Call, v verdict, tried *attempts) *conn.GaveUp

// nextRound reports whether refused commands are sent again, and after which pause.
func (p *Policy) nextRound(a *attempts, v verdict) (pause time.Duration, ok bool) {
	if !a.follows(v) {
		return 0, false
	}
	pause = p.pause(a, v, false)
	if !a.inTime(p, pause) {
		return 0, false
	}
	a.count(v)
	return pause, true
}

// giveUp tells the parts that the context has ended before they were sent. last is the call that was sent last.
func giveUp(ctx context.Context, b Batch, parts []refusedPart, last *conn.Call, mayRun bool) {
	var all []int
	for _, part := range parts {
		all = append(all, part.commands...)
	}
	slices.Sort(all)
	gone := conn.NewGaveUp(ctx, conn.NotSent) // an answer, also one that says "not now", proves that they did not run
	gone.Node, gone.Cause, gone.Repeats = last.Node(), &Refusal{b.Refusal(all[0])}, last.Repeats
	if mayRun {
		gone.Outcome = conn.MaybeExecuted
	}
	b.Part(all).GaveUp(gone)
}

// refusedPart is commands of a pipeline that were refused and go the same way now.
type refusedPart struct {
	v        verdict
	commands []int
	keys     touched
}

// together is the number of commands of all parts.
func together(parts []refusedPart) (n int) {
	for _, part := range parts {
		n += len(part.commands)
	}
	return n
}

// refusedParts gives the commands of a plain pipeline that were refused, last over c, and may be sent again, in parts that are to be
// sent one after the other, with the verdict that decides about the pause. A command is left out if a later one on one of its keys
// was executed: the two would have changed places. Those on one key stay in their order.
func refusedParts(ch chooser, c *conn.Conn, b Batch) (parts []refusedPart, slowest verdict) {
	if !b.Refused() {
		return nil, slowest
	}
	verdicts := make([]verdict, b.Len())
	var later touched
	for i := b.Len() - 1; i >= 0; i-- {
		v := verdict{}
		if text := b.Refusal(i); text != "" {
			v = ch.judge(c, b.Command(i), text)
		}
		switch {
		case v.do == final:
			later.add(b, i)
		case !later.overlaps(b, i):
			verdicts[i] = v
		}
	}
	for i, v := range verdicts {
		if v.do == final {
			continue
		}
		if slowest.do != wait {
			slowest = v
		}
		part := partFor(parts, b, i, v)
		if part == nil {
			parts = append(parts, refusedPart{v: v})
			part = &parts[len(parts)-1]
		}
		part.commands = append(part.commands, i)
		part.keys.add(b, i)
	}
	return parts, slowest
}

// partFor gives the part that a command can join: one that goes the same way, and no part behind it has one of its keys. nil if there is
// none. ASKING is for one command, so that nobody joins it.
func partFor(parts []refusedPart, b Batch, i int, v verdict) *refusedPart {
	for n := len(parts) - 1; n >= 0 && v.prelude == nil; n-- {
		part := &parts[n]
		if part.v.prelude == nil && part.v.at == v.at {
			return part
		}
		if part.keys.overlaps(b, i) {
			break
		}
	}
	return nil
}

// touched is a set of the keys that some commands concern.
type touched struct {
	keys map[string]bool
	all  bool // a command may have concerned any key
	list [][]byte
}

// add notes the keys of a command.
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

// overlaps reports whether a command concerns one of the keys.
func (t *touched) overlaps(b Batch, i int) bool {
	switch {
	case t.all:
		return true
	case concernsAll(b.Command(i)) || !t.find(b, i):
		return len(t.keys) > 0
	}
	return slices.ContainsFunc(t.list, func(key []byte) bool { return t.keys[string(key)] })
}

// find puts a command's keys into list. It reports false if they cannot be told.
func (t *touched) find(b Batch, i int) bool {
	var err error
	t.list, err = b.AppendKeys(t.list[:0], i)
	return err == nil
}

// concernsAll reports whether a command may concern keys that it does not name.
func concernsAll(info *command.Info) bool {
	return info == nil || info.Flags.Has(command.Script) || info.Flags.Has(command.Write) && !info.HasKeys()
}
