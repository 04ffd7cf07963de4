package redpoll

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/encode"
	"github.com/redpoll-go/redpoll/internal/keyevent"
	"github.com/redpoll-go/redpoll/internal/pubsub"
	"github.com/redpoll-go/redpoll/resp"
)

// KeyEvents reads events of keys: a key was set, was deleted, or has expired. [Client.KeyEvents] makes one.
// It subscribes to the keyspace notifications of the server over a connection of its own, and subscribes
// again after a lost connection, like a [PubSub]. Close ends it, and must be called.
//
// On a cluster each primary publishes the events of its own keys. KeyEvents subscribes at all primaries, and
// follows failovers, new primaries and nodes that leave. Events of different nodes have no order. A node that
// has become a primary causes a KindGap: its events are missing from the last moment when the client knew the
// cluster without it. On a copy KeyEvents subscribes at one node. On a ring it is not there yet: the error is
// a [*StateError].
//
// Servers publish these events only if their setting notify-keyspace-events says so: it needs the letter K if
// there are Keys or Patterns, otherwise E, and the letters of the events, of which A means most. KeyEvents
// checks the setting of each new connection, because a restarted server may have lost it.
//
// Servers publish each event once, and keep nothing for subscribers that are away. Where events may be
// missing, there is a [KeyEvent] of KindGap, and one of KindRestored when all subscriptions are in force
// again. A program that then reads the keys that it needs has missed nothing. FLUSHDB, FLUSHALL and SWAPDB
// cause no events. The event of an expired key comes when the server removes the key, which may be much
// later.
//
// KeyEvents are safe for concurrent use. Each event goes to one reader.
type KeyEvents struct {
	p      *PubSub // its subscriptions; on a cluster, at every primary
	kind   keyevent.Kind
	events []string      // the events to show; nil for all
	turn   chan struct{} // capacity 1; the goroutine that reads has put an element in

	mu     sync.Mutex
	unsure map[string]bool // servers that do not show their setting, by address

	// The next fields belong to the goroutine that reads.
	last map[string]*lastEvent // by node
	over error                 // error of all further reads
}

// lastEvent is the last message of a node.
type lastEvent struct {
	keyMessage
	seen []*pubsub.Name // the names through which it has come
}

// keyMessage is a message of the server. It comes once through each name that matches.
type keyMessage struct{ channel, payload string }

// KeyEventsOptions select the events of [Client.KeyEvents]. The zero value means all events of all keys in
// the client's database.
type KeyEventsOptions struct {
	// Keys and Patterns select the keys: by their names, in which no character has a special meaning, and by
	// glob-style patterns. Default: all keys.
	Keys     []string
	Patterns []string
	// Events are the server's names of events, in lower case: "set", "del", "expired". They depend on the
	// server's release. A name that is not known here, such as that of a module's event, is taken as it is.
	// Default: all events of the letter A of notify-keyspace-events. This leaves out "keymiss", "new" and
	// others, which must be named.
	Events []string
	// AllDatabases selects the events of all databases. Default: false, the database of Options.DB.
	AllDatabases bool
	// Enable adds the letters that these events need to the server's notify-keyspace-events, by CONFIG SET.
	// On a cluster it does so at every primary, also at those that become one later. It removes no letters,
	// even at the end, because other clients may rely on them. Default: false, if letters are missing the
	// error is a [*KeyEventsError].
	Enable bool
	// QueueMessages, QueueBytes, Overflow and SilenceTimeout are as in [PubSubOptions]. QueueBytes counts the
	// names of keys and events.
	QueueMessages  int
	QueueBytes     int
	Overflow       QueueOverflow
	SilenceTimeout time.Duration
}

// KeyEvent is an event of a key, or a gap. It belongs to the caller.
type KeyEvent struct {
	Kind  MessageKind // KindMessage for an event; KindGap; KindRestored
	DB    int         // the number of the database
	Key   string      // the key, in the client's text encoding
	Event string      // the server's name of the event: "set", "del", "expired"
	Node  string      // of an event on a cluster: the address of its primary; otherwise ""
	Gap   *Gap        // of KindGap and KindRestored; otherwise nil
}

// KeyEventsError means that a server does not publish the selected events. The remedy is CONFIG SET
// notify-keyspace-events with the value of Needed, or KeyEventsOptions.Enable. [Client.KeyEvents] returns it.
// It is also the error of a [Gap] if a server has lost the setting.
type KeyEventsError struct {
	Node    string // the address of the server
	Setting string // its notify-keyspace-events
	Missing string // the letters that the setting lacks
	Needed  string // the setting with the missing letters
}

// Error names the missing letters and says what to do.
func (e *KeyEventsError) Error() string {
	return fmt.Sprintf("redpoll: KeyEvents on %s: its notify-keyspace-events is %q and lacks %q: "+
		"set it to %q there, or have KeyEventsOptions.Enable do so", e.Node, e.Setting, e.Missing, e.Needed)
}

func (e *KeyEventsError) redpollError() {}

// KeyEvents subscribes to events of keys, and returns when the server has confirmed: from then on no event is
// missed. If connecting fails it is repeated as for a command, see Options.RetryFor. If the server's setting
// lacks letters for the events, the error is a [*KeyEventsError]. If the server refuses, as an ACL may, the
// error is a [*ServerError].
//
// Some servers do not let their users read the setting, above all managed ones. KeyEvents then succeeds
// although events may never come, and [KeyEvents.Checked] returns false; with Enable the refusal is the
// error.
func (c *Client) KeyEvents(ctx context.Context, o KeyEventsOptions) (*KeyEvents, error) {
	if c.unmade() {
		return nil, noClient(wordKeyEvents)
	}
	if c.subs.c.ring != nil {
		return nil, unbuilt(wordKeyEvents)
	}
	po, err := PubSubOptions{HideConfirmations: true,
		QueueMessages: o.QueueMessages, QueueBytes: o.QueueBytes,
		Overflow: o.Overflow, SilenceTimeout: o.SilenceTimeout}.withDefaults()
	if err != nil {
		return nil, err
	}
	k := &KeyEvents{kind: keyevent.Event, turn: make(chan struct{}, 1), unsure: make(map[string]bool),
		last: make(map[string]*lastEvent)}
	if len(o.Keys)+len(o.Patterns) > 0 {
		k.kind, k.events = keyevent.Keyspace, slices.Clone(o.Events)
	}
	channels, patterns, err := k.names(c, &o)
	if err != nil {
		return nil, err
	}
	link := k.link(c, keyevent.Needed(k.kind, o.Events...), o.Enable)
	k.p = newPubSub(c, po, link)
	if err := c.subs.ready(ctx); err != nil {
		return nil, err
	}
	if err = k.subscribe(ctx, pubsub.Channel, channels); err == nil {
		err = k.subscribe(ctx, pubsub.Pattern, patterns)
	}
	if err != nil {
		_ = k.p.Close()
		return nil, err
	}
	return k, nil
}

func (k *KeyEvents) subscribe(ctx context.Context, class pubsub.Class, names []pubsub.Named) error {
	if len(names) == 0 {
		return nil
	}
	return k.p.call(ctx, class.Command(true), func(ctx context.Context) error {
		return k.p.sub.Subscribe(ctx, class, names, nil, false)
	})
}

const wordKeyEvents = "KeyEvents"

// names returns the channels and patterns to subscribe to. Keys are encoded as in commands; the server's own
// words around them are not.
func (k *KeyEvents) names(c *Client, o *KeyEventsOptions) (channels, patterns []pubsub.Named, err error) {
	glob := func(glob string) {
		name := keyevent.Pattern(k.kind, c.db, glob)
		if o.AllDatabases {
			name = keyevent.PatternOfAll(k.kind, glob)
		}
		patterns = append(patterns, pubsub.Named{Text: name, Raw: name})
	}
	exact := func(text string) {
		if o.AllDatabases {
			glob(keyevent.Quote(text))
			return
		}
		name := keyevent.Channel{Kind: k.kind, DB: c.db, Name: text}.String()
		channels = append(channels, pubsub.Named{Text: name, Raw: name})
	}
	for _, event := range o.Events {
		switch lower := strings.ToLower(event); {
		case event == "":
			return nil, nil, &OptionError{"Events", "has an empty name"}
		case event != lower:
			return nil, nil, &OptionError{"Events",
				fmt.Sprintf("has %q: servers write events in lower case, %q", event, lower)}
		}
	}
	add := func(option string, keys []string, add func(string)) error {
		for _, key := range keys {
			if c.text != nil {
				raw, err := c.text.AppendEncode(nil, key)
				if err != nil {
					return &DataError{wordKeyEvents, option, encode.Unwritable(err)}
				}
				key = string(raw)
			}
			add(key)
		}
		return nil
	}
	switch {
	case k.kind == keyevent.Keyspace:
		if err = add("Keys", o.Keys, exact); err == nil {
			err = add("Patterns", o.Patterns, glob)
		}
	case len(o.Events) > 0:
		for _, event := range o.Events {
			exact(event)
		}
	default:
		glob("*")
	}
	return channels, patterns, err
}

// link makes the link. It checks the setting on each new connection before it subscribes: so the setting is
// that of the server that sends the events, and KindRestored comes only if the setting is right.
func (k *KeyEvents) link(c *Client, needed keyevent.Setting, enable bool) *pubsub.Link {
	cfg := c.subs.config()
	cfg.Decode = nil // only the key in the name of a channel is encoded
	cfg.Everywhere = cfg.Places != nil
	permanent := cfg.Permanent
	patience := c.home.opts.ReplyTimeout
	cfg.Prepare = func(ctx context.Context, stream *conn.Stream) error {
		within := ctx
		if patience > 0 {
			var cancel context.CancelFunc
			within, cancel = context.WithTimeout(ctx, patience)
			defer cancel()
		}
		err := k.check(within, stream, needed, enable)
		if errors.As(err, new(*conn.GaveUp)) && ctx.Err() == nil {
			err = conn.ErrSilent
		}
		return err
	}
	cfg.Permanent = func(err error) bool {
		if errors.As(err, new(*conn.DialError)) || !errors.As(err, new(Error)) {
			return permanent(err)
		}
		return !errors.Is(err, ErrLoading) && !errors.Is(err, ErrBusy)
	}
	return pubsub.NewLink(cfg)
}

const notifications = "notify-keyspace-events"

var allClasses, _ = keyevent.ParseSetting("A")

// check reads the setting of a server, and adds the missing letters if enable is true.
func (k *KeyEvents) check(ctx context.Context, stream *conn.Stream, needed keyevent.Setting,
	enable bool) error {
	d, err := ask(ctx, stream, "CONFIG GET", "CONFIG", "GET", notifications)
	var refused *ServerError
	if errors.As(err, &refused) && !enable && (refused.Code == "NOPERM" || refused.Code == "ERR") {
		k.doubt(stream, true)
		return nil
	}
	if err != nil {
		return err
	}
	var text string
	n, err := d.MapLen()
	if n > 0 && err == nil {
		if _, err = d.Text(); err == nil {
			text, err = d.Text()
		}
	}
	var setting keyevent.Setting
	if err == nil {
		setting, err = keyevent.ParseSetting(text)
	}
	if err != nil {
		return &ReplyError{Command: "CONFIG GET", Err: err}
	}
	missing := needed.Without(setting)
	// Servers 7.0 leave the letter n out behind an A.
	unsure := !enable && (n == 0 || missing.String() == "n" && setting.With(allClasses) == setting)
	k.doubt(stream, unsure)
	switch {
	case missing == 0, unsure:
		return nil
	case enable:
		_, err := ask(ctx, stream, "CONFIG SET", "CONFIG", "SET", notifications,
			setting.With(needed).String())
		return err
	}
	return &KeyEventsError{Node: stream.Node(), Setting: text, Missing: missing.String(),
		Needed: setting.With(needed).String()}
}

// doubt notes whether a server does not show its setting.
func (k *KeyEvents) doubt(stream *conn.Stream, unsure bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if unsure {
		k.unsure[stream.Node()] = true
	} else {
		delete(k.unsure, stream.Node())
	}
}

// ask sends a command over a stream without subscriptions, and waits for the reply, which is valid until the
// stream is read again.
func ask(ctx context.Context, stream *conn.Stream, command string, words ...string) (resp.Decoder, error) {
	if err := stream.Write(ctx, resp.AppendCommand(nil, words...)); err != nil {
		return resp.Decoder{}, err
	}
	for {
		frame, err := stream.ReadFrame(ctx)
		if err != nil {
			return resp.Decoder{}, err
		}
		d := resp.NewDecoder(frame)
		if d.IsError() {
			text, _ := d.ErrorText()
			return d, replied(stream.Info(), stream.Node(), command, text)
		}
		if d.Kind() != resp.KindPush {
			return d, nil
		}
	}
}

// Next waits for the next event. When ctx ends no event is lost: the next call continues.
//
// The loss of a connection is not an error but an event of KindGap. If the server has lost its setting
// afterwards, there is another KindGap, whose Gap has the [*KeyEventsError]; KeyEvents asks the server again
// until it has the setting. If the client's encoding cannot read a key, the error is a [*ReplyError], beside
// an event without the key; the next call reads the next event. If the KeyEvents are closed the error matches
// [ErrConnClosed], and if the client is closed, [ErrClosed]. With QueueEnd it may be [ErrOverflow], which
// each further call returns too.
func (k *KeyEvents) Next(ctx context.Context) (KeyEvent, error) {
	if k.unmade() {
		return KeyEvent{}, &DataError{"Next", "KeyEvents",
			"is nil or a zero value: Client.KeyEvents makes them"}
	}
	if ctx.Err() == nil { // else select may choose the other way
		select {
		case k.turn <- struct{}{}:
			defer func() { <-k.turn }()
		case <-ctx.Done():
		}
	}
	if err := ctx.Err(); err != nil {
		return KeyEvent{}, k.p.unread(ctx, wordKeyEvents, err)
	}
	reader := k.p.sub.Once(pubsub.Open)
	var e pubsub.Event
	for k.over == nil {
		err := reader.Next(ctx, &e)
		switch {
		case errors.Is(err, pubsub.ErrFull):
			k.over = k.p.failed(wordKeyEvents, err)
			_ = k.p.Close()
		case errors.Is(err, pubsub.ErrIdle):
			return KeyEvent{}, k.p.failed(wordKeyEvents, pubsub.ErrLeft)
		case err != nil:
			return KeyEvent{}, k.p.unread(ctx, wordKeyEvents, err)
		case e.Kind == pubsub.Failure:
			k.over = k.p.failed(wordKeyEvents, e.More.Err)
			_ = k.p.Close()
		case e.Kind.Published():
			if event, show, err := k.read(&e); show || err != nil {
				return event, err
			}
		case e.Kind == pubsub.Gap, e.Kind == pubsub.Restored:
			clear(k.last)
			m, _, _ := k.p.serve(ctx, &e)
			return KeyEvent{Kind: m.Kind, Gap: m.Gap}, nil
		}
	}
	return KeyEvent{}, k.over
}

// read reads a message; show reports whether it is a new event. An event comes once through each name that
// matches it, one directly after the other among the messages of its node. A second message through the same
// name is therefore a new event.
func (k *KeyEvents) read(e *pubsub.Event) (event KeyEvent, show bool, err error) {
	m := keyMessage{e.Channel, e.Payload}
	if e.Kind == pubsub.Message {
		m.channel = e.Name.Text
	}
	channel, ok := keyevent.ParseChannel(m.channel)
	if !ok || !fits(e, channel) {
		return event, false, nil
	}
	node := e.Name.Node()
	last := k.last[node]
	if last == nil {
		last = new(lastEvent)
		k.last[node] = last
	}
	if m == last.keyMessage && !slices.Contains(last.seen, e.Name) {
		last.seen = append(last.seen, e.Name)
		return event, false, nil
	}
	last.keyMessage, last.seen = m, append(last.seen[:0], e.Name)
	event = KeyEvent{Kind: KindMessage, DB: channel.DB, Key: channel.Name, Event: m.payload, Node: node}
	if k.kind == keyevent.Event {
		event.Key, event.Event = m.payload, channel.Name
	}
	if k.events != nil && !slices.Contains(k.events, event.Event) {
		return event, false, nil
	}
	if text := k.p.c.text; text != nil {
		if event.Key, err = decode.Text(text, []byte(event.Key)); err != nil {
			event.Key = ""
			return event, true, &ReplyError{Command: MessageKind(e.Kind).String(), Err: err}
		}
	}
	return event, true, nil
}

// fits reports whether an event really belongs to its pattern. The asterisk for the database in a pattern of
// all databases also matches the beginning of a key that contains "__:".
func fits(e *pubsub.Event, channel keyevent.Channel) bool {
	glob, all := strings.CutPrefix(e.Name.Text, keyevent.PatternOfAll(channel.Kind, ""))
	return !all || !strings.Contains(channel.Name, "__:") || keyevent.Fits(glob, channel.Name)
}

// Listen returns an iterator over the events. It waits for each one, like Next. It ends without an error when
// Close is called. If ctx ends, or the client is closed, the last element is this error. A *ReplyError does
// not end it. Leaving the loop keeps unread events for the next reader.
func (k *KeyEvents) Listen(ctx context.Context) iter.Seq2[KeyEvent, error] {
	return func(yield func(KeyEvent, error) bool) {
		for {
			event, err := k.Next(ctx)
			if errors.Is(err, ErrConnClosed) {
				return
			}
			if !yield(event, err) || err != nil && !errors.As(err, new(*ReplyError)) {
				return
			}
		}
	}
}

// Checked reports whether there is a connection whose server has said that it publishes the events, on a
// cluster one to every primary. Otherwise events may never come. It is false in a gap, after Close, and if
// the server does not say: servers 7.0 do not name the event "new" in a setting with the letter A.
func (k *KeyEvents) Checked() bool {
	if k.unmade() || !k.p.sub.Connected() {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.unsure) == 0
}

// Stats returns the counters. An event counts once for each key and pattern that it matches, even if Events
// leave it out.
func (k *KeyEvents) Stats() PubSubStats {
	if k.unmade() {
		return PubSubStats{}
	}
	return k.p.Stats()
}

// Close ends the subscriptions, closes their connection, and drops unread events. A Next under way ends with
// [ErrConnClosed]. It may be called again. The error is always nil.
func (k *KeyEvents) Close() error {
	if !k.unmade() {
		_ = k.p.Close()
	}
	return nil
}

// unmade reports whether k was not made by Client.KeyEvents.
func (k *KeyEvents) unmade() bool { return k == nil || k.p == nil }
