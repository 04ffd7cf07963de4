package pubsub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// lines gives what is in a queue, and takes it.
func lines(q *queue) (list []string) {
	for {
		var e Event
		ok, err := q.poll(&e)
		switch {
		case err != nil:
			return append(list, err.Error())
		case !ok:
			return list
		case e.Kind.Published():
			list = append(list, e.Payload)
		case e.Kind == Gap && e.More.Hole.Err == nil:
			list = append(list, fmt.Sprintf("dropped %d", e.More.Hole.Dropped))
		case e.Kind == Gap:
			list = append(list, "cut")
		case e.Kind == Restored:
			list = append(list, "back")
		default:
			list = append(list, "event")
		}
	}
}

func message(payload string) Event { return Event{Kind: Message, Payload: payload} }

func cut() Event { return Event{Kind: Gap, More: &More{Hole: Hole{Err: io.EOF}}} }

// puts fills a queue: "cut" is a gap, "back" the return, "event" a confirmation, anything else a message.
func puts(q *queue, words string) (burst bool) {
	for _, w := range strings.Fields(words) {
		e := message(w)
		switch w {
		case "cut":
			e = cut()
		case "event":
			e = Event{Kind: Subscribe, More: new(More)}
		case "back":
			e = Event{Kind: Restored, More: new(More)}
		}
		burst = q.put([]Event{e}, 0, 1, true) || burst
	}
	return burst
}

// Dropped messages are counted at their place, and other events are kept.
func TestQueueOverflow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		overflow Overflow
		most     int
		bytes    int
		put      string
		want     string
	}{
		{"all have room", DropOldest, 4, 100, "a b c d", "a b c d"},
		{"nobody drops anything", Wait, 2, 100, "a b c d", "a b c d"},
		{"oldest", DropOldest, 2, 100, "a b c d e", "dropped·3 d e"},
		{"oldest, around a cut", DropOldest, 2, 100, "a cut b c d", "dropped·1 cut dropped·1 c d"},
		{"oldest, and a confirmation", DropOldest, 2, 100, "event a b c", "event dropped·1 b c"},
		{"oldest by bytes", DropOldest, 100, 4, "aa bb cc", "dropped·1 bb cc"},
		{"oldest, one for several", DropOldest, 100, 4, "a b c d eee", "dropped·3 d eee"},
		{"oldest, larger than the bound", DropOldest, 100, 4, "a b ccccccc", "dropped·2 ccccccc"},
		{"newest", DropNewest, 2, 100, "a b c d e", "a b dropped·3"},
		{"newest, around a cut", DropNewest, 2, 100, "a b c cut d", "a b dropped·1 cut dropped·1"},
		{"newest by bytes", DropNewest, 100, 4, "aa bb c", "aa bb dropped·1"},
		{"newest, larger than the bound", DropNewest, 100, 4, "ccccccc a", "ccccccc dropped·1"},
		{"oldest, and confirmations", DropOldest, 2, 100, "event a event b event", "event a event b event"},
		{"newest, and confirmations", DropNewest, 2, 100, "event a event b event c",
			"event a event b event dropped·1"},
		{"the end", End, 2, 100, "a event cut back b event c d",
			"a event cut back b event " + strings.ReplaceAll(ErrFull.Error(), " ", "·")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var q queue
			q.init(c.overflow, c.most, c.bytes)
			if burst := puts(&q, c.put); burst != (c.overflow == End) {
				t.Errorf("burst: %v", burst)
			}
			got := lines(&q)
			for i := range got {
				got[i] = strings.ReplaceAll(got[i], " ", "·")
			}
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("got %q, want %q", text, c.want)
			}
			s := q.counters()
			if s.Waiting+s.WaitingBytes != 0 || s.Received != s.Delivered+s.Dropped {
				t.Errorf("the counters are %+v", s)
			}
		})
	}
}

// However long nobody reads, and whatever comes, a queue that drops stays bounded, the numbers stay true, and
// neither the newest gap nor the newest return is lost.
func TestQueueStaysBounded(t *testing.T) {
	t.Parallel()
	for _, o := range []Overflow{DropOldest, DropNewest} {
		for _, most := range []int{8, 5000} {
			var q queue
			q.init(o, most, 100_000)
			const times = 4000
			first := cut()
			first.More.Hole.Since = time.Unix(1, 0)
			q.put([]Event{message("m"), first}, 0, 1, true)
			for range times {
				puts(&q, "event back cut event m")
			}
			puts(&q, "cut back event")
			s := q.counters()
			if s.Waiting > 2*mostNotices+5*most {
				t.Errorf("%d events wait", s.Waiting)
			}
			var dropped, gaps uint64
			messages, newest, open := 0, Message, time.Time{}
			for {
				var e Event
				if ok, _ := q.poll(&e); !ok {
					break
				}
				switch e.Kind {
				case Message:
					messages++
				case Gap:
					gaps++
					dropped += e.More.Hole.Dropped
					if open.IsZero() && e.More.Hole.Err != nil {
						open = e.More.Hole.Since
					}
					newest = Gap
				case Restored:
					newest = Restored
				}
			}
			if messages+int(dropped) != times+1 {
				t.Errorf("%d messages and %d that were dropped, want %d together", messages, dropped, times+1)
			}
			if newest != Restored || !open.Before(time.Unix(2, 0)) {
				t.Errorf("the newest is of kind %d, and the first gap begins at %v", newest, open)
			}
			if gaps != s.Gaps || gaps == 0 {
				t.Errorf("%d gaps, and %d are counted", gaps, s.Gaps)
			}
		}
	}
}

// Readers that wait are woken, each for one event, and by the end.
func TestQueueReaders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var q queue
		q.init(Wait, 100, 100)
		q.put(nil, 0, 1, true)
		var readers sync.WaitGroup
		var mu sync.Mutex
		var got []string
		read := func(mode Mode) {
			readers.Go(func() {
				var e Event
				err := q.next(context.Background(), &Reader{mode: mode}, &e)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					got = append(got, err.Error())
				} else {
					got = append(got, e.Payload)
				}
			})
		}
		for range 3 {
			read(Used)
		}
		ctx, cancel := context.WithCancel(context.Background())
		readers.Go(func() {
			if err := q.next(ctx, new(Reader), new(Event)); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		cancel()
		q.put([]Event{message("a"), message("b"), message("c")}, 0, 1, true)
		readers.Wait()
		slices.Sort(got)
		if !slices.Equal(got, []string{"a", "b", "c"}) {
			t.Errorf("got %q", got)
		}
		got = nil
		read(UntilIdle)
		read(UntilIdle)
		synctest.Wait()
		q.put(nil, 0, 0, true)
		readers.Wait()
		read(Used)
		read(Open)
		synctest.Wait()
		q.end(nil)
		readers.Wait()
		slices.Sort(got)
		idle, unused := ErrIdle.Error(), ErrUnused.Error()
		want := []string{idle, idle, idle, unused}
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
		q.end(io.EOF)
		if _, err := q.poll(new(Event)); !errors.Is(err, io.EOF) {
			t.Errorf("got %v", err)
		}
	})
}

// The reader of the connection waits while a queue is full, and goes on when there is room for more than one,
// when a call needs its confirmation, or at the end.
func TestQueueRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for name, free := range map[string]func(q *queue){
			"messages are taken":  func(q *queue) { _, _ = q.poll(new(Event)); _, _ = q.poll(new(Event)) },
			"a call is under way": func(q *queue) { q.put(nil, 1, 1, true) },
			"the end":             func(q *queue) { q.end(nil) },
		} {
			var q queue
			q.init(Wait, 8, 100)
			open := func() bool { return false }
			q.awaitRoom(open, func(bool) { t.Errorf("%s: an empty queue is full", name) })
			puts(&q, "a b c d e f g h")
			var stalls []bool
			done := false
			go func() {
				q.awaitRoom(open, func(on bool) { stalls = append(stalls, on) })
				done = true
			}()
			synctest.Wait()
			if done {
				t.Errorf("%s: it does not wait", name)
			}
			free(&q)
			synctest.Wait()
			if !done || !slices.Equal(stalls, []bool{true, false}) {
				t.Errorf("%s: it went on: %v, stalled: %v", name, done, stalls)
			}
			q.end(nil)
		}
	})
}

// A message costs its payload: one piece of memory, from the frame to the reader.
func TestMessageAllocs(t *testing.T) {
	l := NewLink(Config{})
	sub := l.NewSub(SubConfig{Most: 1000, MostBytes: 1000})
	s := &session{link: l, line: l.home}
	l.home.now = s
	for class := range classes {
		n := sub.add(l.home, class, Named{"c", "c"})
		n.want(true)
		n.set(true)
	}
	sub.used = true
	for _, frame := range []string{
		">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$4\r\ntext\r\n",
		"*4\r\n$8\r\npmessage\r\n$1\r\nc\r\n$2\r\ncc\r\n$4\r\ntext\r\n",
		">3\r\n$8\r\nsmessage\r\n$1\r\nc\r\n$4\r\ntext\r\n",
	} {
		wire := []byte(frame)
		var e Event
		if n := testing.AllocsPerRun(1000, func() {
			l.mu.Lock()
			err := s.take(wire)
			l.unlock()
			if ok, err2 := sub.Poll(&e); !ok || err != nil || err2 != nil || e.Payload != "text" {
				t.Fatalf("got %+v, %v, %v, %v", e, ok, err, err2)
			}
		}); n > 1 {
			t.Errorf("%q: %v allocations", frame, n)
		}
	}
}
