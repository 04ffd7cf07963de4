// Package redpoll is a client for Redis and Valkey.
//
// New makes a [Client] from [Options], and [Open] from a URL. It connects when the first command needs a
// connection, and is shared by all goroutines of a program. Its methods are the server's commands:
//
//	rdb, err := redpoll.Open("redis://localhost:6379/0")
//	defer rdb.Close()
//
//	err = rdb.Set(ctx, "foo", "bar", redpoll.EX(time.Minute), redpoll.NX) // redpoll.Nil when NX was not met
//	v, err := rdb.Get(ctx, "foo")                                        // redpoll.Nil when missing
//	n, err := redpoll.Int(rdb.Get(ctx, "hits"))                          // converters take (string, error)
//	ns, err := redpoll.Ints(rdb.LRange(ctx, "scores", 0, -1))            // and lists of them
//	vs, err := rdb.MGet(ctx, "a", "b")                                   // []redpoll.Null[string]
//	zs, err := rdb.ZRangeWithScores(ctx, "board", 0, -1)                 // []redpoll.Z
//	x, err := rdb.Do(ctx, "FOO", "x", 1)                                 // other commands: a redpoll.Value
//	for key, err := range rdb.ScanIter(ctx, redpoll.Match("user:*")) {}  // all keys, page by page
//
// # Input
//
// Keys are strings, and so are the members of sorted sets and geo sets. Counts, indexes and other numbers of
// a command are int64, its scores float64. Values are of type any:
//
//	string, []byte, integers, floats   as they are; named types such as type ID string, too
//	*big.Int                           its digits
//	encoding.TextMarshaler             its text, encoded by Options.Text; wins over BinaryMarshaler
//	encoding.BinaryMarshaler           its bytes
//	time.Time                          RFC 3339 with nanoseconds; [Time] reads it
//	JSONText                           the result of [JSON] for any value
//
// Any other type is a [*DataError] that names the place in the list and the remedy, and nothing is sent: bool
// (pass 1 or 0), time.Duration (pass a number in the unit you want), nil, maps ([Pairs]), slices ([Spread]),
// structs ([HSetFrom], or JSON for one document). Methods of values are called on a copy of the value; for a
// pointer, on a copy of the value that it points to. Options of commands are values such as [NX] or [EX]; an
// option that the command does not have does not compile. Options can be compared by ==, except those that
// hold a list, and print as the words that are sent: EX(time.Minute) is "EX 60". Spans of time have the type
// time.Duration. A span below a millisecond, such as 5 without a unit, is a DataError that suggests the unit.
// This includes the time-outs of blocking commands.
//
// A []byte belongs to the caller again when the method returns, even with an error; in a [Pipeline], as soon
// as the command is queued. Values of 64 KiB and more are sent without a copy, over a connection of their
// own, so that other calls do not wait behind them.
//
// # Output
//
// Replies are plain Go values. A command that only answers OK returns just an error. If a single value is
// missing, the error is [Nil]; in a list, a missing value is a [Null] that is not valid.
//
// # Errors
//
// Every error says what happened to the command, see [OutcomeOf]:
//
//	_, err := rdb.Incr(ctx, "hits")
//	switch {
//	case err == nil:
//	case errors.Is(err, redpoll.ErrNotSent):       // safe to repeat
//	case errors.Is(err, redpoll.ErrRefused):       // the server said no: see *redpoll.ServerError
//	case errors.Is(err, redpoll.ErrMaybeExecuted): // sent, and no reply came
//	}
//
// The text of an error names the package, the command and the node, and often says what to do. It contains
// values or secrets only if the server's reply repeats them:
//
//	redpoll: HEXPIRE on h:6379: ERR unknown command 'HEXPIRE' (needs server 7.4 or Valkey 9.0;
//	this one is 7.0.15)
//
// The client repeats a command that was provably not sent, within the context and a bound. It repeats a write
// that may have run only if Options.RetryWrites allows it.
//
// # Connections
//
// The commands of all callers share one connection, which makes them cheap. Commands that block have a
// connection of their own while they run, and [Client.Conn] reserves a connection. Options.Exclusive gives
// every command its own connection, with the limits of a classic pool. Commands that would change a shared
// connection are refused with a [*StateError].
//
// # Pipelines, transactions, scripts, locks
//
// A [Pipeline] has the same methods, which queue commands. Exec sends the commands in one go, as a
// transaction unless [NoTransaction] is given:
//
//	pipe := rdb.Pipeline()
//	set, hits := pipe.Set("foo", "bar"), pipe.Incr("hits") // *redpoll.Status, *redpoll.Reply[int64]
//	err = pipe.Exec(ctx)
//	fmt.Println(set.Err(), hits.Val())
//
// [Client.Transaction] watches keys and executes its commands only if the keys are unchanged; otherwise it
// starts again. [Client.RegisterScript] makes a Lua script that is loaded on servers that lack it.
// [Client.Lock] makes a lock that several machines can share.
//
// # Subscriptions
//
// A [PubSub] subscribes to channels and patterns, and subscribes again after a lost connection. Its stream
// tells where messages may be missing:
//
//	sub := rdb.PubSub()
//	defer sub.Close()
//	err = sub.Subscribe(ctx, "news") // returns when the server has confirmed
//	for m, err := range sub.Listen(ctx) {
//		...
//	}
//
// [Client.KeyEvents] reads events of keys in the same way: a key was set, was deleted, or has expired.
//
// # Several servers
//
// A Client has the same methods wherever it leads to. [NewSentinel] makes clients for primaries that
// Sentinels watch, [NewReplicated] one for a primary with replicas, and [NewCluster] one for a Redis Cluster.
// For servers that know nothing of each other, [NewRing] spreads the keys over them, and [NewCopy] keeps all
// keys on each of them. [Open] makes each of these from a URL. [Client.Nodes] has a client for each server.
//
// # Order
//
// A call that begins after another call has returned its reply is executed after that call, even on another
// connection. Calls that overlap in time have no order. A call that ended without a reply may still be
// executed later, even after newer calls. If this would harm, use conditional writes ([Client.Transaction],
// the fencing number of a [Held], [IfEq]). The commands of one pipeline on one key are executed in their
// order; a refused command is not sent again if a later command on its key was executed. A [Conn] keeps its
// calls in order. Replies and push messages of one connection are delivered in the order in which they came.
//
// # Contexts
//
// Every method honours the deadline and the cancellation of its context at once, and without harm to other
// callers. Without a deadline, the time-outs of Options end every call.
package redpoll
