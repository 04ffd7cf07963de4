package redpoll

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/notes"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/pubsub"
	"github.com/redpoll-go/redpoll/internal/route"
)

// subscribers are the subscriptions of a client and of its Conns. A zero value with a client has none.
type subscribers struct {
	c     *Client
	hooks []PubSubHook

	mu sync.Mutex
	// ctx ends with the client; nil before the first subscription.
	ctx    context.Context
	cancel context.CancelFunc
	sealed bool         // no PubSub may begin
	one    *pubsub.Link // link of all PubSubs with the option Shared
	notes  *notes.Queue[pubsub.Note]
}

// node returns the server of the subscriptions: in a cluster any node, see also pubsub.Config.Places; on a
// copy one that can be reached.
func (s *subscribers) node() *route.Node {
	if s.c.copied != nil {
		return s.c.copied.listener().home.node
	}
	return s.c.home.node
}

// context returns a context that ends with the client. mu is held.
func (s *subscribers) context() context.Context {
	if s.ctx == nil {
		s.ctx, s.cancel = context.WithCancel(s.c.home.node.Pool.Context())
		if s.c.closed.Load() {
			s.cancel()
		}
	}
	return s.ctx
}

// close ends all subscriptions.
func (s *subscribers) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.context()
	s.cancel()
}

// seal refuses new PubSubs.
func (s *subscribers) seal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sealed = true
}

// over reports whether the client is closed.
func (s *subscribers) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.context().Err() != nil
}

// refuses reports whether calls of a PubSub are refused because the client is closed, or about to be.
func (s *subscribers) refuses(sub *pubsub.Sub) bool {
	s.mu.Lock()
	sealed, over := s.sealed, s.context().Err() != nil
	s.mu.Unlock()
	return over || sealed && !sub.Used()
}

// shared returns the link of all PubSubs with the option Shared.
func (s *subscribers) shared() *pubsub.Link {
	s.mu.Lock()
	one := s.one
	s.mu.Unlock()
	if one != nil {
		return one
	}
	made := s.link()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.one == nil {
		s.one = made
	}
	return s.one
}

// ready waits until the nodes are known, if there are several.
func (s *subscribers) ready(ctx context.Context) error {
	places, ok := s.places()
	call := conn.Call{Info: infoPSubscribe}
	if !ok || places.Ready(ctx, &call) {
		return nil
	}
	return failure(&call)
}

var infoPSubscribe = command.Lookup("PSUBSCRIBE")

// places says where names belong on a cluster. ok is false for other clients.
func (s *subscribers) places() (p route.Places, ok bool) {
	if of := s.c.of; of != nil && of.cluster != nil {
		return route.Places{Cluster: of.cluster}, true
	}
	return p, false
}

// link makes a link.
func (s *subscribers) link() *pubsub.Link { return pubsub.NewLink(s.config()) }

// config returns the configuration of a link.
func (s *subscribers) config() pubsub.Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	node := s.node()
	settings := node.Pool.Config()
	cfg := pubsub.Config{
		Context: s.context(), Ended: pool.ErrClosed, Node: node.Addr, Open: node.Pool.OpenStream,
		MinPause: settings.BackoffMin, MaxPause: settings.BackoffMax,
		For: s.c.policy.For, Undated: s.c.policy.Undated, Permanent: route.Permanent,
		WriteTimeout: settings.Conn.WriteTimeout, ReplyTimeout: s.c.home.opts.ReplyTimeout,
	}
	if places, ok := s.places(); ok {
		cfg.Places = places
	}
	if text := s.c.text; text != nil {
		cfg.Decode = func(raw []byte) (string, error) { return decode.Text(text, raw) }
	}
	log := settings.Conn.Logger
	if log.Handler() != slog.DiscardHandler || len(s.hooks) > 0 {
		if s.notes == nil {
			s.notes = notes.New(func(n pubsub.Note) { s.tell(log, n) })
		}
		cfg.Note = s.notes.Offer
	}
	return cfg
}

// tell reports an event to the log and to hooks.
func (s *subscribers) tell(log *slog.Logger, n pubsub.Note) {
	level, text, attrs := slog.LevelDebug, "", []slog.Attr{slog.String("node", n.Node)}
	switch n.Kind {
	case pubsub.Gap:
		level, text = slog.LevelWarn, "redpoll: subscriptions lost"
	case pubsub.Restored:
		level, text = slog.LevelInfo, "redpoll: subscriptions are back"
		attrs = append(attrs, slog.Duration("away", n.Away))
	case pubsub.Failure:
		text = "redpoll: no connection for subscriptions"
	default:
		text = "redpoll: " + MessageKind(n.Kind).String() + " confirmed"
		attrs = append(attrs, slog.Int("names", n.Names), slog.Bool("again", n.Again))
	}
	if n.Err != nil {
		attrs = append(attrs, slog.Any("error", n.Err))
	}
	log.LogAttrs(context.Background(), level, text, attrs...)
	e := PubSubEvent{Node: n.Node, Kind: MessageKind(n.Kind), Names: n.Names, Again: n.Again,
		Away: n.Away, Err: s.failed("", n.Err)}
	if n.Kind == pubsub.Failure {
		e.Kind = 0
	}
	for _, hook := range s.hooks {
		hook.PubSubChanged(context.Background(), e)
	}
}

// errUnsubscribed is the cause of the error of a Subscribe that another call has undone.
//
//houserules:ok family: the cause of a ConnError
var errUnsubscribed = errors.New("another call has unsubscribed it before the server had confirmed it")

func (s *subscribers) failed(command string, err error) error {
	node := s.node().Addr
	var sent *pubsub.Unanswered
	if errors.As(err, &sent) {
		err = s.failed(command, sent.Err)
		if e, ok := err.(*ConnError); ok {
			e.Outcome = MaybeExecuted
			if e.Phase == PhaseQueue {
				e.Phase = PhaseRead
			}
		}
		return err
	}
	var (
		at      *pubsub.NodeError
		refused *pubsub.Refused
		dial    *conn.DialError
		own     Error
	)
	if errors.As(err, &at) {
		node, err = at.Node, at.Err
	}
	gone, ok := err.(*conn.GaveUp)
	switch {
	case ok: // before all others: its cause may be a failure to connect
		gone.Node = node
		return abandonment(command, gone)
	case err == nil:
		return nil
	case errors.As(err, &dial):
		failure := unconnected(&route.Unreached{Node: node, Err: err})
		if e, ok := failure.(*ConnError); ok {
			e.Command = command
		}
		return failure
	case errors.As(err, &own): // of the check that KeyEvents makes
		return err
	case errors.As(err, &refused):
		return replied(refused.Server, cmp.Or(refused.Node, node), command, refused.Text)
	case errors.Is(err, pubsub.ErrFull):
		return ErrOverflow
	case errors.Is(err, pubsub.ErrSuperseded):
		return &ConnError{Node: node, Command: command, Phase: PhaseQueue, Outcome: NotSent,
			Err: errUnsubscribed}
	case errors.Is(err, pubsub.ErrLeft):
		return &ConnError{Node: node, Command: command, Phase: PhaseQueue, Outcome: NotSent,
			Err: ErrConnClosed}
	case errors.Is(err, pool.ErrClosed):
		return &ConnError{Node: node, Command: command, Phase: PhaseQueue, Outcome: NotSent, Err: ErrClosed}
	}
	return &ConnError{Node: node, Command: command, Phase: PhaseRead, Err: cause(node, command, err)}
}
