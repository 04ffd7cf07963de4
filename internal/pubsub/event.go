// Package pubsub keeps subscriptions in force. A Link is the listening connection to one server; the names
// that its Subs want are subscribed on it, and again after each cut. A Sub is one object of the user's: its
// names, its counts, and the queue of what has come for it.
//
// While anything is wanted one goroutine per link connects, reads, and hands over what it has read, whether
// anybody consumes or not: so the end of a connection is noticed at once. It runs no code of the user's but
// text encodings.
//
// Lock order: Link.mu, queue.mu. Neither is held while anything waits, and no user code runs under them but
// text encodings, under Link.mu.
package pubsub

import (
	"sync/atomic"
	"time"
)

// Kind says what an Event is.
type Kind uint8

// The kinds of events.
const (
	Message      Kind = iota + 1 // published to a channel
	PMessage                     // published to a channel that a pattern fits
	SMessage                     // published to a sharded channel
	Subscribe                    // confirmations
	PSubscribe                   //
	SSubscribe                   //
	Unsubscribe                  //
	PUnsubscribe                 //
	SUnsubscribe                 //
	Pong                         // the answer to a Ping of the user's
	Gap                          // messages may be missing here
	Restored                     // everything is in force again
	Failure                      // an error for whoever reads
)

// Published reports whether an event is a published message.
func (k Kind) Published() bool { return k <= SMessage }

// Class says what a name stands for.
type Class uint8

// The classes of names. Each has commands of its own.
const (
	Channel Class = iota
	Pattern
	Shard
	classes
)

// commands are the names of the commands by class: to subscribe, and the opposite.
var commands = [classes][2]string{
	{"UNSUBSCRIBE", "SUBSCRIBE"},
	{"PUNSUBSCRIBE", "PSUBSCRIBE"},
	{"SUNSUBSCRIBE", "SSUBSCRIBE"},
}

// Command is the name of the command that subscribes, or unsubscribes, names of a class.
func (c Class) Command(on bool) string {
	if on {
		return commands[c][1]
	}
	return commands[c][0]
}

func (c Class) confirmation(on bool) Kind {
	if on {
		return Subscribe + Kind(c)
	}
	return Unsubscribe + Kind(c)
}

// Event is what a Sub hands to its reader.
type Event struct {
	Kind    Kind
	Again   bool   // of a confirmation: after a cut, without having been asked for
	Name    *Name  // the subscription that it is about; nil if there is none
	Channel string // of PMessage: where it was published
	Payload string
	More    *More // the fields of other events; nil for a message
}

// More is the part of an Event that published messages do not have.
type More struct {
	Text  string // the name of a confirmation
	Count int    // of a confirmation: how many names the Sub has
	Hole  Hole   // of Gap and Restored
	Err   error  // of Failure, and of a message that could not be translated
}

// Hole says where messages may be missing.
type Hole struct {
	Since   time.Time
	Err     error  // why; nil when messages were dropped
	Dropped uint64 // messages that this side dropped
}

// size is what counts against the bound of bytes.
func (e *Event) size() int {
	if !e.Kind.Published() {
		return 0
	}
	return len(e.Payload) + len(e.Channel)
}

// Name is a subscription of a Sub.
type Name struct {
	Text string // as the user has given it

	class Class
	raw   string // as the server knows it
	sub   *Sub
	at    int // its place in Sub.names
	tag   atomic.Pointer[any]

	// Guarded by Link.mu.
	entry   *entry
	wanted  bool // the user's last word
	kept    bool // it has been confirmed: it survives cuts
	settled bool // a call that asked for it has ended well: it survives those that fail
	on      bool // it is in force: messages are delivered, and it counts
	lost    bool // it was in force before the last cut
	acks    int  // confirmations of it that are awaited
	left    bool // the Sub has forgotten it
}

// Node is the server of a name that is subscribed at several; "" for others.
func (n *Name) Node() string {
	l := n.sub.link
	if !l.cfg.Everywhere {
		return ""
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return n.entry.line.server.Node
}

// Tag is what came with the newest registration.
func (n *Name) Tag() any {
	if p := n.tag.Load(); p != nil {
		return *p
	}
	return nil
}
