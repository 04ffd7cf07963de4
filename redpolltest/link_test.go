package redpolltest

import (
	"io"
	"testing"
	"time"
)

// newLane returns a lane to the client of a proxy without sockets, on which data has arrived.
func newLane(data ...string) *lane {
	p := &Proxy{links: map[*link]struct{}{}, changed: make(chan struct{})}
	l := newLink(p, nil)
	p.links[l] = struct{}{}
	ln := &l.lanes[ToClient]
	for _, d := range data {
		ln.arrive([]byte(d), nil)
	}
	return ln
}

func TestLaneDecisions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		lane *lane
		set  func(ln *lane, p *Proxy)
		act  action
		data string
	}{
		{"nothing arrived", newLane(), nil, actWait, ""},
		{"data", newLane("abc", "def"), nil, actPass, "abc"},
		{"end", newLane(), func(ln *lane, _ *Proxy) { ln.arrive(nil, io.EOF) }, actEnd, ""},
		{"proxy closing", newLane("abc"), func(ln *lane, _ *Proxy) { ln.l.dead = true }, actNothing, ""},
		{"held", newLane("abc"), func(_ *lane, p *Proxy) { p.Hold(ToClient) }, actWait, ""},
		{"other direction held", newLane("abc"), func(_ *lane, p *Proxy) {
			p.Hold(ToServer)
		}, actPass, "abc"},
		{"black hole", newLane("abc"), func(_ *lane, p *Proxy) { p.BlackHole(ToClient) }, actWait, ""},
		{"black hole, then cleared", newLane("abc"), func(ln *lane, p *Proxy) {
			p.BlackHole(ToClient)
			ln.next(time.Now())
			p.set(ToClient, func(r *rules) { *r = rules{} })
			ln.arrive([]byte("def"), nil)
		}, actWait, ""},
		{"black hole set and cleared while nothing came", newLane(), func(ln *lane, p *Proxy) {
			p.BlackHole(ToClient)
			ln.next(time.Now())
			p.set(ToClient, func(r *rules) { *r = rules{} })
			ln.arrive([]byte("def"), nil)
		}, actPass, "def"},
		{"cut before it", newLane("abc"), func(_ *lane, p *Proxy) {
			p.CutAfter(ToClient, 2, Close)
		}, actPass, "ab"},
		{"cut at it", newLane("abc"),
			func(ln *lane, p *Proxy) { ln.count(2); p.CutAfter(ToClient, 2, Close) }, actCut, ""},
		{"cut behind it", newLane(), func(ln *lane, p *Proxy) {
			ln.count(3)
			p.CutAfter(ToClient, 2, Close)
		}, actCut, ""},
		{"cut after 0 bytes, none arrived", newLane(),
			func(_ *lane, p *Proxy) { p.CutAfter(ToClient, 0, Close) }, actWait, ""},
		{"cut after 0 bytes, some arrived", newLane("abc"),
			func(_ *lane, p *Proxy) { p.CutAfter(ToClient, 0, Close) }, actCut, ""},
		{"cut from now", newLane("abc"),
			func(ln *lane, p *Proxy) { ln.count(5); p.CutAfter(ToClient, 1, Close, FromNow) }, actPass, "a"},
		{"cut of what is held", newLane("abc"),
			func(_ *lane, p *Proxy) { p.Hold(ToClient); p.CutAfter(ToClient, 0, Close) }, actCut, ""},
		{"truncate", newLane("abc"), func(_ *lane, p *Proxy) { p.Truncate(ToClient, 1) }, actPass, "a"},
		{"truncate at it", newLane("abc"), func(ln *lane, p *Proxy) {
			ln.count(1)
			p.Truncate(ToClient, 1)
		}, actWait, ""},
		{"truncated stream ends", newLane(),
			func(ln *lane, p *Proxy) { ln.lost = true; ln.arrive(nil, io.EOF) }, actNothing, ""},
		{"garbage first", newLane("abc"), func(_ *lane, p *Proxy) {
			p.Garbage(ToClient, 0, []byte("?"))
		}, actInsert, "?"},
		{"garbage without data", newLane(), func(_ *lane, p *Proxy) {
			p.Garbage(ToClient, 0, []byte("?"))
		}, actInsert, "?"},
		{"garbage once", newLane("abc"), func(ln *lane, p *Proxy) {
			p.Garbage(ToClient, 0, []byte("?"))
			ln.next(time.Now())
		}, actPass, "abc"},
		{"lifted", newLane("abc"), func(_ *lane, p *Proxy) {
			p.CutAfter(ToClient, 0, Close).Lift()
		}, actPass, "abc"},
		{"replaced", newLane("abc"), func(_ *lane, p *Proxy) {
			old := p.CutAfter(ToClient, 0, Close)
			p.Truncate(ToClient, 2)
			old.Lift() // it is not set any more, so this does nothing
		}, actPass, "ab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.set != nil {
				c.set(c.lane, c.lane.l.p)
			}
			act, data, _ := c.lane.next(time.Now())
			if act != c.act || string(data) != c.data {
				t.Errorf("got action %d with %q, want %d with %q", act, data, c.act, c.data)
			}
		})
	}
}

// A delay is a latency: bytes that arrive together leave together.
func TestDelaysDoNotAddUp(t *testing.T) {
	t.Parallel()
	ln := newLane("a", "b", "c")
	p := ln.l.p
	p.Delay(ToClient, time.Minute)
	last := ln.queue[2].at
	if act, _, wait := ln.next(last); act != actWait || wait != time.Minute-last.Sub(ln.queue[0].at) {
		t.Errorf("at once: action %d, wait %v", act, wait)
	}
	for _, want := range []string{"a", "b", "c"} {
		act, data, _ := ln.next(last.Add(time.Minute))
		if act != actPass || string(data) != want {
			t.Fatalf("a minute later: action %d with %q, want %q", act, data, want)
		}
		ln.took(len(data), nil)
	}
}

func TestFaultString(t *testing.T) {
	t.Parallel()
	p := newLane().l.p
	for want, f := range map[string]*Fault{
		"close after 0 bytes to server":              p.CutAfter(ToServer, 0, Close),
		"reset after 17 bytes to client":             p.CutAfter(ToClient, 17, Reset),
		"truncate after 1 bytes to client":           p.Truncate(ToClient, 1),
		"3 bytes of garbage after 2 bytes to server": p.Garbage(ToServer, 2, []byte("???")),
	} {
		if got := f.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
