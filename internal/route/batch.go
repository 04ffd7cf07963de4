package route

import (
	"context"
	"slices"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
)

// resend sends those commands of a plain pipeline once more that were refused, though not for good, when its first part has come to
// its end. Policy.For counts from the first refusal on. over is closed with the client.
func (p *Policy) resend(ctx context.Context, r Router, ch chooser, b Batch, first *conn.Call, over <-chan struct{}) {
	tried := attempts{over: over}
	call, mayRun := first, false
	for {
		mayRun = mayRun || call.MayRun
		v, refused := refusedParts(ch, call.Conn(), b)
		if len(refused) == 0 {
			return
		}
		tried.n = call.Repeats
		tried.failed(nil)
		pause := p.pause(&tried, v, false)
		if !tried.inTime(p, pause) {
			if mayRun && len(refused) == b.Len() {
				// "Not now" is not an answer to what became of the attempt before.
				first.Refuse(b.Refusal(refused[0]))
				first.Unanswered(&Refusal{first.Refusal})
				first.Sent = first.Size()
			}
			return
		}
		tried.n++
		if !tried.rest(ctx, pause) {
			gone := conn.NewGaveUp(ctx, conn.NotSent) // an answer, also one that says "not now", proves that they did not run
			gone.Node, gone.Cause, gone.Repeats = call.Node(), &Refusal{b.Refusal(refused[0])}, call.Repeats
			if mayRun {
				gone.Outcome = conn.MaybeExecuted
			}
			b.Part(refused).GaveUp(gone)
			return
		}
		part := b.Part(refused)
		call = part.Call()
		call.Repeats = tried.n
		if gone := Do(ctx, r, call); gone != nil {
			if mayRun {
				gone.Outcome, gone.Unsent = conn.MaybeExecuted, 0
			}
			part.GaveUp(gone)
			return
		}
		if call.Err != nil { // the loop of calls has done what can be done
			if mayRun {
				call.Outcome, call.Phase, call.Sent = conn.MaybeExecuted, conn.PhaseRead, call.Size()
			}
			return
		}
	}
}

// refusedParts gives the commands of a plain pipeline that were refused, last over c, and may be sent again, in their order, with the verdict on
// them. A command is left out if a later one on one of its keys was executed: the two would have changed places.
func refusedParts(ch chooser, c *conn.Conn, b Batch) (last verdict, again []int) {
	if !b.Refused() {
		return last, nil
	}
	var later touched
	for i := b.Len() - 1; i >= 0; i-- {
		v := verdict{}
		info := b.Command(i)
		if text := b.Refusal(i); text != "" {
			v = ch.judge(c, info, text)
		}
		switch {
		case v.do == final:
			later.add(b, i)
		case !later.overlaps(b, i):
			last, again = v, append(again, i)
		}
	}
	slices.Reverse(again)
	return last, again
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
