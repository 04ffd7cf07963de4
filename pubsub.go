package redpoll

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/encode"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/pubsub"
)

// Defaults of [PubSubOptions].
const (
	DefaultQueueMessages  = 65536
	DefaultQueueBytes     = 16 << 20
	DefaultSilenceTimeout = 5 * time.Second
)

// PubSub subscribes to channels and patterns, and reads the published messages. [Client.PubSub] makes one. It
// does no I/O before the first call that needs the server. From then on a goroutine reads the connection
// while there are subscriptions, and up to ten seconds longer, so a lost connection is noticed and replaced
// even if no method is called. Close ends it, and must be called.
//
// Subscribe and similar methods return when the server has confirmed. If their context ends before, the names
// are not subscribed: the PubSub unsubscribes those that the server may have accepted. After each loss of the
// connection the names are subscribed again, until they are unsubscribed. If calls about the same name
// overlap, the last one decides.
//
// [PubSub.Message], [PubSub.Poll], [PubSub.Listen] and [PubSub.Run] read messages, confirmations and gaps, in
// the order in which they came. A channel or pattern may have a [Handler], which runs inside these calls, on
// the goroutine of the caller.
//
// Servers keep nothing for subscribers: messages that are published while the connection is lost do not
// arrive. In this place there is a [Message] of KindGap, and one of KindRestored when all subscriptions are
// in force again. A program that then reads the data that its messages are about has missed nothing.
//
// On a cluster channels and patterns are subscribed at any one node, and sharded channels at the nodes of
// their slots, see [PubSub.SSubscribe]. On a copy all of them are subscribed at one node. On a ring
// Subscribe and similar methods are not there yet: their error is a [*StateError].
//
// A PubSub is safe for concurrent use. Each message goes to one reader.
type PubSub struct {
	c        *Client
	sub      *pubsub.Sub
	err      error // error of every call, if the client is nil or zero
	noWait   bool  // as in PubSubOptions
	keepOpen bool
}

// PubSubOptions configure a [PubSub]. The zero value has a connection of its own, and stops reading it while
// the queue is full.
type PubSubOptions struct {
	// Shared makes all PubSubs of a client with this option use one connection, on which each name is
	// subscribed once. A PubSub with a slow reader does not delay the others: its queue overflows. Default:
	// false, a connection of its own.
	Shared bool
	// QueueMessages and QueueBytes bound the queue of unread published messages. The bytes are those of
	// payloads and of channels that patterns have matched; an empty queue takes a message of any size.
	// Unlimited removes the bound of messages. Messages that were read in one go are queued together, so a
	// queue under QueueWait may exceed its bounds by these; and while a call waits for its confirmation,
	// which comes behind the messages, the bounds are four times as high.
	//
	// Other messages do not count. If more than 1,024 of them wait, and one more for each name, QueueWait
	// stops reading as for a full queue. The other treatments drop further confirmations and pongs then,
	// uncounted, and make one of gaps that have no published message in between: with the first Since and
	// the last Err. Default: 65,536 messages and 16 MiB.
	QueueMessages int
	QueueBytes    int
	// Overflow says what happens to a message when the queue is full. Default: QueueWait, with Shared
	// QueueDropOldest.
	Overflow QueueOverflow
	// HideConfirmations hides messages of the kinds of confirmations from readers. Default: false.
	HideConfirmations bool
	// NoWait makes Subscribe, Unsubscribe and similar methods return without waiting for the confirmation.
	// The call that reads then returns an error of the server, or of connecting. Default: false.
	NoWait bool
	// KeepOpen makes Listen go on without subscriptions, until its context ends or the PubSub is closed.
	// Default: false.
	KeepOpen bool
	// SilenceTimeout is the time of silence after which the connection counts as dead. The PubSub sends a
	// PING after a third of this time. All received data ends the silence, and silence does not count while
	// the reader has stopped because of a full queue. If several PubSubs share a connection, the shortest
	// time counts. Forever turns it off. Default: 5 s.
	SilenceTimeout time.Duration
}

// QueueOverflow says what happens to a message when the queue of a [PubSub] is full.
type QueueOverflow uint8

// Treatments of a full queue.
const (
	// QueueDefault is QueueWait, and with Shared QueueDropOldest.
	QueueDefault QueueOverflow = iota
	// QueueWait stops reading the connection until there is room. Nothing is lost while the server keeps the
	// waiting messages; at its own bound (client-output-buffer-limit pubsub) it closes the connection, which
	// causes a gap. It cannot be used with Shared.
	QueueWait
	// QueueDropOldest drops the oldest messages, and puts a KindGap with their number in their place.
	QueueDropOldest
	// QueueDropNewest drops new messages while the queue is full, and puts a KindGap with their number in
	// their place.
	QueueDropNewest
	// QueueEnd ends all subscriptions. Waiting messages can still be read; behind them the error of each
	// reading call is ErrOverflow, until the PubSub subscribes again or is closed.
	QueueEnd
)

// MessageKind is the kind of a [Message].
type MessageKind uint8

// The kinds of messages.
const (
	// KindMessage is a message published to a subscribed channel.
	KindMessage MessageKind = iota + 1
	// KindPMessage is a message published to a channel that matches a subscribed pattern.
	KindPMessage
	// KindSMessage is a message published to a subscribed sharded channel.
	KindSMessage
	// KindSubscribe and the following kinds confirm calls. Channel is the channel or pattern. Count is the
	// number of subscriptions afterwards: channels and patterns together, sharded channels by themselves.
	KindSubscribe
	KindPSubscribe
	KindSSubscribe
	KindUnsubscribe
	KindPUnsubscribe
	KindSUnsubscribe
	// KindPong is the answer to [PubSub.Ping]; Payload is its text.
	KindPong
	// KindGap means that messages may be missing here, see [Gap].
	KindGap
	// KindRestored means that all subscriptions are in force again after a gap. It comes behind their
	// confirmations and before all later messages.
	KindRestored
)

// String returns the server's word for the kind, such as "message" or "psubscribe", or "gap" and "restored".
func (k MessageKind) String() string {
	words := [...]string{"", "message", "pmessage", "smessage", "subscribe", "psubscribe", "ssubscribe",
		"unsubscribe", "punsubscribe", "sunsubscribe", "pong", "gap", "restored"}
	if int(k) < len(words) {
		return words[k]
	}
	return fmt.Sprintf("MessageKind(%d)", uint8(k))
}

// Published reports whether it is the kind of a published message.
func (k MessageKind) Published() bool { return k >= KindMessage && k <= KindSMessage }

// Confirmation reports whether it is the kind of a confirmation.
func (k MessageKind) Confirmation() bool { return k >= KindSubscribe && k <= KindSUnsubscribe }

// Message is an event that a [PubSub] has read: a published message, a confirmation, or a gap. It belongs to
// the caller.
type Message struct {
	Kind    MessageKind
	Channel string // of a published message, or the channel or pattern of a confirmation
	Pattern string // matching pattern of a KindPMessage; otherwise ""
	Payload string // the published text
	Count   int    // of a confirmation: number of subscriptions
	Again   bool   // of a confirmation: subscribed again after a lost connection
	Gap     *Gap   // of KindGap and KindRestored; otherwise nil
}

// Gap says since when and why messages may be missing.
//
// After the loss of a connection a KindGap comes at once, and another one with the same Since if connecting
// fails with another error. Then come the confirmations of the new subscriptions, and KindRestored.
type Gap struct {
	Since   time.Time // first moment of missing messages, by this machine's clock
	Err     error     // error of the connection; nil if messages were dropped
	Dropped uint64    // number of messages that were dropped because the queue was full
}

// Handler handles messages of a channel or pattern. ctx is that of the reading call, which also returns the
// error of the Handler.
type Handler func(ctx context.Context, m Message) error

// PubSub makes a [PubSub] with a connection of its own and the defaults of [PubSubOptions]. It sends nothing.
func (c *Client) PubSub() *PubSub {
	p, err := c.PubSubWith(PubSubOptions{})
	if err != nil {
		p = &PubSub{err: err}
	}
	return p
}

// PubSubWith is PubSub with options. The error is an [*OptionError], or the [*DataError] of a nil or zero
// Client.
func (c *Client) PubSubWith(o PubSubOptions) (*PubSub, error) {
	if c.unmade() {
		return nil, noClient("PubSub")
	}
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if o.Shared {
		return newPubSub(c, o, c.subs.shared()), nil
	}
	return newPubSub(c, o, c.subs.link()), nil
}

// newPubSub makes an object on a link. Defaults have been filled in.
func newPubSub(c *Client, o PubSubOptions, link *pubsub.Link) *PubSub {
	return &PubSub{c: c, noWait: o.NoWait, keepOpen: o.KeepOpen, sub: link.NewSub(pubsub.SubConfig{
		Own: !o.Shared, Hide: o.HideConfirmations, Overflow: pubsub.Overflow(o.Overflow - QueueWait),
		Most: o.QueueMessages, MostBytes: o.QueueBytes, Silence: o.SilenceTimeout,
	})}
}

// withDefaults returns a checked copy with all defaults filled in. Forever becomes 0.
func (o PubSubOptions) withDefaults() (PubSubOptions, error) {
	switch {
	case o.QueueMessages < 0:
		return o, &OptionError{"QueueMessages", "must not be negative"}
	case o.QueueBytes < 0:
		return o, &OptionError{"QueueBytes", "must not be negative"}
	case o.SilenceTimeout < 0:
		return o, &OptionError{"SilenceTimeout",
			"must not be negative; 0 is the default, Forever means no limit"}
	case o.Overflow > QueueEnd:
		return o, &OptionError{"Overflow", "is not one of the constants"}
	case o.Overflow == QueueWait && o.Shared:
		return o, &OptionError{"Overflow",
			"QueueWait contradicts Shared: the other objects on the connection would wait as well"}
	}
	if err := meant("SilenceTimeout", o.SilenceTimeout, time.Millisecond, time.Second); err != nil {
		return o, err
	}
	o.QueueMessages = cmp.Or(o.QueueMessages, DefaultQueueMessages)
	o.QueueBytes = cmp.Or(o.QueueBytes, DefaultQueueBytes)
	o.SilenceTimeout = cmp.Or(o.SilenceTimeout, DefaultSilenceTimeout)
	if o.SilenceTimeout == Forever {
		o.SilenceTimeout = 0
	}
	if o.Overflow == QueueDefault {
		o.Overflow = QueueWait
		if o.Shared {
			o.Overflow = QueueDropOldest
		}
	}
	return o, nil
}

// Subscribe subscribes to channels and returns when the server has confirmed all of them. If the server
// refuses one of them, as an ACL may, none of the call is subscribed, and the error is a [*ServerError]. If
// connecting fails it is repeated as for a command, see Options.RetryFor. If the confirmation does not come
// within Options.ReplyTimeout, while the connection is read, the connection is closed and replaced. While a
// full queue keeps the connection from being read, the call ends after that time and the connection stays.
// Use [PubSub.Message] and similar methods to read the messages. A channel that is subscribed already is
// confirmed again, and loses its handler.
//
// SUBSCRIBE, server 2.0.0.
func (p *PubSub) Subscribe(ctx context.Context, channels ...string) error {
	return p.subscribe(ctx, pubsub.Channel, nil, channels)
}

// SubscribeFunc is Subscribe with a handler for the messages of the channel. It replaces an earlier handler.
// A nil handler is a [*DataError].
func (p *PubSub) SubscribeFunc(ctx context.Context, channel string, h Handler) error {
	return p.handle(ctx, pubsub.Channel, h, channel)
}

// PSubscribe subscribes to all channels that match glob-style patterns. Everything else is as for Subscribe.
// A message that matches a channel and a pattern comes once for each.
//
// PSUBSCRIBE, server 2.0.0.
func (p *PubSub) PSubscribe(ctx context.Context, patterns ...string) error {
	return p.subscribe(ctx, pubsub.Pattern, nil, patterns)
}

// PSubscribeFunc is PSubscribe with a handler for the messages of the pattern.
func (p *PubSub) PSubscribeFunc(ctx context.Context, pattern string, h Handler) error {
	return p.handle(ctx, pubsub.Pattern, h, pattern)
}

// SSubscribe subscribes to sharded channels, for messages of [Client.SPublish]. Everything else is as for
// Subscribe.
//
// On a cluster the channels may have any slots. Each is subscribed at the primary of its slot, over a
// connection to each node that is needed, with one command per slot, and follows the slot when it moves or
// its node fails. This causes a KindGap, and a KindRestored when all subscriptions are in force again. The
// messages of different nodes have no order. While a slot has no owner, the call is tried again as commands
// are.
//
// SSUBSCRIBE, server 7.0.0.
func (p *PubSub) SSubscribe(ctx context.Context, channels ...string) error {
	return p.subscribe(ctx, pubsub.Shard, nil, channels)
}

// SSubscribeFunc is SSubscribe with a handler for the messages of the channel.
func (p *PubSub) SSubscribeFunc(ctx context.Context, channel string, h Handler) error {
	return p.handle(ctx, pubsub.Shard, h, channel)
}

// Unsubscribe ends subscriptions to channels, or without names to all channels, and returns when the server
// has confirmed. Messages that came before can still be read. If ctx ends first, or has ended before, the
// channels are unsubscribed nevertheless. A channel that is not subscribed is confirmed at once; while the
// connection is lost, all channels are, and Count is the number of names that will be subscribed again.
//
// UNSUBSCRIBE, server 2.0.0.
func (p *PubSub) Unsubscribe(ctx context.Context, channels ...string) error {
	return p.unsubscribe(ctx, pubsub.Channel, channels)
}

// PUnsubscribe is Unsubscribe for patterns.
//
// PUNSUBSCRIBE, server 2.0.0.
func (p *PubSub) PUnsubscribe(ctx context.Context, patterns ...string) error {
	return p.unsubscribe(ctx, pubsub.Pattern, patterns)
}

// SUnsubscribe is Unsubscribe for sharded channels.
//
// SUNSUBSCRIBE, server 7.0.0.
func (p *PubSub) SUnsubscribe(ctx context.Context, channels ...string) error {
	return p.unsubscribe(ctx, pubsub.Shard, channels)
}

// handle is subscribe with a handler, which must not be nil.
func (p *PubSub) handle(ctx context.Context, class pubsub.Class, h Handler, name string) error {
	if h == nil {
		return &DataError{class.Command(true), "handler",
			"is nil: the call without Func subscribes without one"}
	}
	return p.subscribe(ctx, class, h, []string{name})
}

func (p *PubSub) subscribe(ctx context.Context, class pubsub.Class, h Handler, names []string) error {
	command := class.Command(true)
	if len(names) == 0 {
		return &DataError{command, "channel", "needs at least one"}
	}
	encoded, err := p.encoded(command, names)
	if err != nil {
		return err
	}
	if p.c.subs.c.ring != nil {
		return unbuilt(command)
	}
	return p.call(ctx, command, func(ctx context.Context) error {
		return p.sub.Subscribe(ctx, class, encoded, h, p.noWait)
	})
}

func (p *PubSub) unsubscribe(ctx context.Context, class pubsub.Class, names []string) error {
	command := class.Command(false)
	encoded, err := p.encoded(command, names)
	if err != nil {
		return err
	}
	return p.call(ctx, command, func(ctx context.Context) error {
		return p.sub.Unsubscribe(ctx, class, encoded, p.noWait)
	})
}

// encoded returns names as they are on the server.
func (p *PubSub) encoded(command string, names []string) ([]pubsub.Named, error) {
	if p == nil || p.sub == nil {
		return nil, p.unmade(command)
	}
	list := make([]pubsub.Named, len(names))
	for i, name := range names {
		list[i] = pubsub.Named{Text: name, Raw: name}
		if p.c.text == nil {
			continue
		}
		raw, err := p.c.text.AppendEncode(nil, name)
		if err != nil {
			return nil, &DataError{command, "channel", encode.Unwritable(err)}
		}
		list[i].Raw = string(raw)
	}
	return list, nil
}

// unmade returns the error of a PubSub without a client.
func (p *PubSub) unmade(command string) error {
	if p != nil && p.err != nil {
		return p.err
	}
	return &DataError{command, "PubSub", "is nil or a zero value: Client.PubSub makes them"}
}

// call calls do, which asks the server something, with the hooks around it.
func (p *PubSub) call(ctx context.Context, command string, do func(ctx context.Context) error) error {
	c := p.c
	if c.subs.refuses(p.sub) {
		return p.failed(command, pool.ErrClosed)
	}
	if c.hooks == nil {
		return p.failed(command, do(ctx))
	}
	end := CommandEnd{CommandStart: CommandStart{Command: command, Database: c.db}, Node: c.subs.node().Addr}
	began := conn.Now()
	ctx = c.hooks.start(ctx, end.CommandStart)
	var err error
	if refused := c.allow(ctx, &end.CommandStart); refused != nil {
		err = refused
	} else {
		end.Attempts = 1
		err = p.failed(command, do(ctx))
	}
	end.Duration, end.Outcome, end.Err = conn.Now()-began, OutcomeOf(err), err
	c.hooks.end(ctx, end)
	return err
}

// failed translates an error of the layer below.
func (p *PubSub) failed(command string, err error) error { return p.c.subs.failed(command, err) }

// Message waits for the next message. Messages with a handler go to the handler, and Message waits on; if the
// handler returns an error, Message returns it unchanged. Messages of the kinds in skip are read and dropped.
// When ctx ends no message is lost: the next call continues.
//
// If there was no subscription since the PubSub was made or closed, the error is a [*StateError]. After the
// client is closed it matches [ErrClosed]. If the client's encoding cannot read a payload, the error is a
// [*ReplyError]; the next call reads the next message. The loss of a connection is not an error but a message
// of KindGap.
func (p *PubSub) Message(ctx context.Context, skip ...MessageKind) (Message, error) {
	if p == nil || p.sub == nil {
		return Message{}, p.unmade("Message")
	}
	reader := p.sub.Later(pubsub.Used)
	var e pubsub.Event
	for {
		if err := reader.Next(ctx, &e); err != nil {
			return Message{}, p.unread(ctx, "Message", err)
		}
		if m, show, err := p.serve(ctx, &e); show && !slices.Contains(skip, m.Kind) || err != nil {
			return m, err
		}
	}
}

// Poll returns the next message if there is one, and does not wait. Each call reads at most one message: ok
// is false if there was none, and also if it went to its handler or is hidden. The errors are those of
// Message.
func (p *PubSub) Poll(ctx context.Context, skip ...MessageKind) (m Message, ok bool, err error) {
	if p == nil || p.sub == nil {
		return Message{}, false, p.unmade("Poll")
	}
	if ctx.Err() != nil {
		return Message{}, false, p.unread(ctx, "Poll", ctx.Err())
	}
	var e pubsub.Event
	ok, err = p.sub.Poll(&e)
	if err != nil || !ok {
		return Message{}, false, p.unread(ctx, "Poll", err)
	}
	m, ok, err = p.serve(ctx, &e)
	return m, ok && !slices.Contains(skip, m.Kind), err
}

// Listen returns an iterator over the messages. It waits for each one, like Message. It ends when there is no
// subscription and no Subscribe is under way, even at once, and when the PubSub is closed. With
// PubSubOptions.KeepOpen only Close ends it. If ctx ends, or the client is closed, the last element is this
// error. An error of a handler, or of a message that cannot be read, comes together with the message, and the
// loop may go on. Leaving the loop keeps unread messages for the next reader.
func (p *PubSub) Listen(ctx context.Context) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		if p == nil || p.sub == nil {
			yield(Message{}, p.unmade("Listen"))
			return
		}
		mode := pubsub.UntilIdle
		if p.keepOpen {
			mode = pubsub.Open
		}
		reader := p.sub.Reader(mode)
		var e pubsub.Event
		for {
			err := reader.Next(ctx, &e)
			switch {
			case errors.Is(err, pubsub.ErrIdle):
				return
			case err != nil:
				yield(Message{}, p.unread(ctx, "Listen", err))
				return
			}
			if m, show, err := p.serve(ctx, &e); (show || err != nil) && !yield(m, err) {
				return
			}
		}
	}
}

// PubSubRunOptions are options of [PubSub.RunWith].
type PubSubRunOptions struct {
	// OnError gets the error of a handler, or of a message that cannot be read, together with the message. If
	// it returns an error, Run ends with it. It does not get ErrOverflow, which always ends Run. Default: Run
	// ends with the first error.
	OnError func(ctx context.Context, m Message, err error) error
	// OnEvent gets all messages that are not published: gaps, and confirmations unless they are hidden.
	// Default: they are dropped.
	OnEvent func(ctx context.Context, m Message)
}

// Run reads messages and calls their handlers, until ctx ends or the PubSub is closed; then the error is nil.
// An error of a handler ends it too; if ctx has ended and the error is that of ctx, it is nil. At its end it
// closes the PubSub, unless that has been done already. To stop it and wait for its end:
//
//	ctx, stop := context.WithCancel(ctx)
//	done := make(chan error, 1)
//	go func() { done <- sub.Run(ctx) }()
//	...
//	stop()
//	err := <-done
//
// The error is [ErrNoHandler] if a channel or pattern has no handler, and a [*StateError] if there is no
// subscription; [ErrOverflow] as for Message. Messages of a channel that is subscribed later without a
// handler are dropped. A lost connection does not end Run.
func (p *PubSub) Run(ctx context.Context) error { return p.RunWith(ctx, PubSubRunOptions{}) }

// RunWith is Run with options.
func (p *PubSub) RunWith(ctx context.Context, o PubSubRunOptions) error {
	if p == nil || p.sub == nil {
		return p.unmade("Run")
	}
	reader := p.sub.Reader(pubsub.Used)
	if !p.sub.Active() && !p.sub.Full() {
		return p.unread(ctx, "Run", pubsub.ErrUnused)
	}
	handled := func(tag any) bool {
		h, _ := tag.(Handler)
		return h != nil
	}
	if class, name, found := p.sub.Untagged(handled); found {
		return fmt.Errorf("%w: %s of %q", ErrNoHandler, class.Command(true), name)
	}
	defer p.sub.CloseFor(&reader)
	var e pubsub.Event
	for {
		err := reader.Next(ctx, &e)
		switch {
		case errors.Is(err, pubsub.ErrUnused), err != nil && ctx.Err() != nil:
			return nil
		case err != nil:
			return p.unread(ctx, "Run", err)
		}
		m, show, err := p.serve(ctx, &e)
		switch {
		case err != nil && o.OnError != nil:
			err = o.OnError(ctx, m, err)
		case err == nil && show && !m.Kind.Published() && o.OnEvent != nil:
			o.OnEvent(ctx, m)
		}
		switch {
		case err == nil:
		case ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx))):
			return nil // the handler was stopped as well
		default:
			return err
		}
	}
}

// Ping sends PING on the connection of the subscriptions, and waits for the answer. It opens the connection
// if there is none. On a cluster it asks every node with subscriptions, and waits for all of them. The answer
// is also a message of KindPong, which HideConfirmations does not hide.
func (p *PubSub) Ping(ctx context.Context, message string) error {
	named, err := p.encoded("PING", []string{message})
	if err != nil {
		return err
	}
	return p.call(ctx, "PING", func(ctx context.Context) error { return p.sub.Ping(ctx, named[0], true) })
}

// CheckHealth sends PING and waits for the answer, which readers do not see. The PubSub itself does the same
// during silence, see PubSubOptions.SilenceTimeout. If there was no subscription, the error is a
// [*StateError].
func (p *PubSub) CheckHealth(ctx context.Context) error {
	if p == nil || p.sub == nil {
		return p.unmade("CheckHealth")
	}
	if !p.sub.Used() && !p.c.subs.refuses(p.sub) {
		return p.unread(ctx, "CheckHealth", pubsub.ErrUnused)
	}
	return p.call(ctx, "PING", func(ctx context.Context) error {
		return p.sub.Ping(ctx, pubsub.Named{Raw: "redpoll"}, false)
	})
}

// Close ends all subscriptions and drops all unread messages. Calls that wait for a confirmation fail, loops
// of Listen and Run end, and Message returns a [*StateError], also if somebody subscribes again at once.
// The connection is closed; a shared connection is closed after some seconds without use. The PubSub may
// subscribe again afterwards. The error is always nil.
func (p *PubSub) Close() error {
	if p != nil && p.sub != nil {
		p.sub.Close()
	}
	return nil
}

// Subscribed reports whether there are subscriptions. They count from the call of Subscribe until the server
// has confirmed their end.
func (p *PubSub) Subscribed() bool { return p != nil && p.sub != nil && p.sub.Active() }

// Channels returns the channels that are subscribed, or about to be.
func (p *PubSub) Channels() []string { return p.wanted(pubsub.Channel) }

// Patterns returns the patterns that are subscribed, or about to be.
func (p *PubSub) Patterns() []string { return p.wanted(pubsub.Pattern) }

// ShardChannels returns the sharded channels that are subscribed, or about to be.
func (p *PubSub) ShardChannels() []string { return p.wanted(pubsub.Shard) }

func (p *PubSub) wanted(class pubsub.Class) []string {
	if p == nil || p.sub == nil {
		return nil
	}
	return p.sub.Wanted(class)
}

// PubSubStats are the counters of a [PubSub] since it was made.
type PubSubStats struct {
	Received     uint64 // received published messages
	Delivered    uint64 // published messages that were read
	Dropped      uint64 // published messages that were dropped because the queue was full
	Gaps         uint64 // messages of KindGap that were read or wait; several that became one count once
	Waiting      int    // messages of all kinds in the queue
	WaitingBytes int    // their bytes, as for QueueBytes
}

// Stats returns the counters. Messages that were unread when the PubSub was closed count as received, and
// neither as delivered nor as dropped.
func (p *PubSub) Stats() PubSubStats {
	if p == nil || p.sub == nil {
		return PubSubStats{}
	}
	return PubSubStats(p.sub.Stats())
}

// serve passes a message to its handler, or returns it; show says whether the caller gets it.
func (p *PubSub) serve(ctx context.Context, e *pubsub.Event) (m Message, show bool, err error) {
	m = Message{Kind: MessageKind(e.Kind), Channel: e.Channel, Payload: e.Payload, Again: e.Again}
	if e.Kind.Published() {
		if e.Kind == pubsub.PMessage {
			m.Pattern = e.Name.Text
		} else {
			m.Channel = e.Name.Text
		}
		if e.More != nil {
			return m, true, &ReplyError{Command: m.Kind.String(), Err: e.More.Err}
		}
		if h, _ := e.Name.Tag().(Handler); h != nil {
			return m, false, h(ctx, m)
		}
		return m, true, nil
	}
	switch e.Kind {
	case pubsub.Failure:
		return Message{}, true, p.failed("SUBSCRIBE", e.More.Err)
	case pubsub.Gap, pubsub.Restored:
		hole := &e.More.Hole
		m.Gap = &Gap{Since: hole.Since, Dropped: hole.Dropped, Err: p.failed("", hole.Err)}
	case pubsub.Pong:
	default:
		m.Channel, m.Count = e.More.Text, e.More.Count
	}
	return m, true, nil
}

// unread returns the error of a call that reads.
func (p *PubSub) unread(ctx context.Context, method string, err error) error {
	switch {
	case err == nil:
		return nil
	case p.c.subs.over():
		return p.failed(method, pool.ErrClosed)
	case errors.Is(err, pubsub.ErrUnused):
		return &StateError{Command: method, reason: "nothing has been subscribed: Subscribe comes first"}
	case ctx.Err() != nil:
		return p.failed(method, conn.NewGaveUp(ctx, conn.NotSent))
	}
	return p.failed(method, err)
}

// ChannelCount is a channel and the number of its subscribers.
type ChannelCount struct {
	Channel string
	Count   int64
}

func decodeChannelCounts(d *reply, v *[]ChannelCount) error {
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	list := make([]ChannelCount, n)
	for i := range list {
		if list[i].Channel, err = d.UserText(); err != nil {
			return err
		}
		if list[i].Count, err = d.Int(); err != nil {
			return err
		}
	}
	*v = list
	return nil
}
