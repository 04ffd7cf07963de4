package sentinel

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/follow"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/pubsub"
)

// channels are those of events that may change a view, or the list of Sentinels.
var channels = []string{"+switch-master", "+slave", "-slave", "+sdown", "-sdown", "+odown", "-odown",
	"+convert-to-slave", "+role-change", "-role-change", "+reboot", "+sentinel", "+sentinel-address-switch"}

// Bounds of the pauses between attempts to listen to a Sentinel, and how long it may be silent.
const (
	leastPause = 20 * time.Millisecond
	mostPause  = time.Second
	silence    = 5 * time.Second
	queued     = 1024
	queuedSize = 1 << 20
)

// Watch listens to every Sentinel that is known, until the context ends.
func (s *Source) Watch(ctx context.Context, news func(follow.View) bool) {
	listening := make(map[string]context.CancelFunc)
	var all sync.WaitGroup
	defer all.Wait()
	for ctx.Err() == nil {
		s.mu.Lock()
		addrs, changed := slices.Clone(s.addrs), s.changed
		s.mu.Unlock()
		for addr, stop := range listening {
			if !slices.Contains(addrs, addr) {
				stop()
				delete(listening, addr)
			}
		}
		for _, addr := range addrs {
			if listening[addr] == nil {
				within, stop := context.WithCancel(ctx)
				listening[addr] = stop
				all.Go(func() { s.listen(within, addr, news) })
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
	for _, stop := range listening {
		stop()
	}
}

// listen hears the events of one Sentinel. Each time when all subscriptions are in force it asks the Sentinel
// too, since events may have been missed before.
func (s *Source) listen(ctx context.Context, addr string, news func(follow.View) bool) {
	names := make([]pubsub.Named, len(channels))
	for i, c := range channels {
		names[i] = pubsub.Named{Text: c, Raw: c}
	}
	for n := 1; ctx.Err() == nil; n++ {
		within, end := context.WithCancel(ctx)
		link := pubsub.NewLink(pubsub.Config{
			Context: within, Ended: pool.ErrClosed, Node: addr,
			Open:     s.opener(addr),
			MinPause: leastPause, MaxPause: mostPause,
			For: 1<<63 - 1, Permanent: func(error) bool { return false },
			WriteTimeout: silence,
		})
		sub := link.NewSub(pubsub.SubConfig{Own: true, Most: queued, MostBytes: queuedSize, Silence: silence,
			Overflow: pubsub.DropOldest})
		if sub.Subscribe(within, pubsub.Channel, names, nil, true) == nil {
			s.hear(within, addr, sub, news)
		}
		sub.Close()
		end()
		backoff.Wait(ctx, backoff.Doubling(n, leastPause, mostPause), nil) // the Sentinel has refused
	}
}

// hear takes the events of one Sentinel until its subscriptions fail for good.
func (s *Source) hear(ctx context.Context, addr string, sub *pubsub.Sub, news func(follow.View) bool) {
	confirmed := 0
	reader := sub.Reader(pubsub.Open)
	for {
		var e pubsub.Event
		if reader.Next(ctx, &e) != nil {
			return
		}
		switch e.Kind {
		case pubsub.Failure:
			return
		case pubsub.Subscribe:
			if confirmed++; confirmed == len(channels) {
				s.look(ctx, addr, news)
			}
		case pubsub.Restored:
			s.look(ctx, addr, news)
		case pubsub.Gap:
			if e.More.Hole.Dropped > 0 {
				s.look(ctx, addr, news)
			}
		case pubsub.Message:
			s.event(ctx, addr, e.Name.Text, e.Payload, news)
		}
	}
}

// look asks a Sentinel for the view with all its servers, and for the other Sentinels. If its view is not
// believed, perhaps because it watches another deployment, the Sentinels that it names do not count either.
func (s *Source) look(ctx context.Context, addr string, news func(follow.View) bool) {
	v, err := s.view(ctx, addr)
	if err == nil && v.Members == nil {
		v.Members, _, err = s.replicas(ctx, addr)
	}
	if err == nil && news(v) {
		s.discover(ctx, addr)
	}
}

// event takes one event. The Sentinel is asked for the view, because only an answer has the number of the
// configuration, which shows whether it is newer than the view that is known.
func (s *Source) event(ctx context.Context, addr, channel, text string, news func(follow.View) bool) {
	switch {
	case !s.concerns(channel, text):
	case channel == "+switch-master":
		if v, err := s.view(ctx, addr); err == nil { // nothing else first
			news(v)
		}
	default:
		s.look(ctx, addr, news)
	}
}

// concerns reports whether an event is about the service. The names of other services may begin with the same
// letters, and names may have blanks in them. The forms are
//
//	name old-ip old-port new-ip new-port     for +switch-master
//	master name ip port
//	slave server ip port @ name ip port      and the same for Sentinels
func (s *Source) concerns(channel, text string) bool {
	words := 2
	if channel == "+switch-master" {
		words = 4
	} else if _, of, ok := strings.Cut(text, " @ "); ok {
		text = of
	} else {
		text = strings.TrimPrefix(text, "master ")
	}
	rest, ours := strings.CutPrefix(text, s.cfg.Name+" ")
	return ours && strings.Count(rest, " ") == words-1
}

// opener opens connections to listen to a Sentinel.
func (s *Source) opener(addr string) func(context.Context) (*conn.Stream, error) {
	return func(ctx context.Context) (*conn.Stream, error) { return s.peers.Stream(ctx, addr) }
}
