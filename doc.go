// Package redpoll is a client for Redis and Valkey.
//
// A [Client] is made from [Options] or a URL, connects when the first command needs it, and is shared by all goroutines
// of a program. Its methods are the server's commands:
//
//	rdb, err := redpoll.Open("redis://localhost:6379/0")
//	defer rdb.Close()
//
//	err = rdb.Set(ctx, "foo", "bar", redpoll.EX(time.Minute), redpoll.NX) // redpoll.Nil when NX was not met
//	v, err := rdb.Get(ctx, "foo")                                        // redpoll.Nil when missing
//	n, err := redpoll.Int(rdb.Get(ctx, "hits"))                          // converters wrap any (string, error)
//	vs, err := rdb.MGet(ctx, "a", "b")                                   // []redpoll.Null[string]
//	zs, err := rdb.ZRangeWithScores(ctx, "board", 0, -1)                 // []redpoll.Z
//	x, err := rdb.Do(ctx, "FOO", "x", 1)                                 // any other command: a redpoll.Value
//	for key, err := range rdb.ScanIter(ctx, redpoll.Match("user:*")) {}  // all keys, page by page
//
// # Input
//
// Keys are strings. Values are of type any, and must be a string, []byte, an integer, a float or a *big.Int; anything
// else is a [*DataError], and nothing is sent. Options of commands are values such as [NX] or [EX]; one that a command
// does not have does not compile. Spans are of the type time.Duration; one under a millisecond, such as 5 without its
// unit, is a DataError that asks what was meant, also where the server may block.
//
// A []byte is the caller's again when the method returns, whatever its error says; in a [Pipeline], as soon as the command
// is queued. Values of 64 KiB and more are sent from where they are, without being copied, over a connection of their own, so
// that nobody waits behind them.
//
// # Output
//
// Replies are plain Go values. A command whose only success is OK returns just the error. A single value that is missing
// is the error [Nil]; in a list it is a [Null] that is not valid.
//
// # Errors
//
// Every failure says what is known of the command, see [OutcomeOf]:
//
//	_, err := rdb.Incr(ctx, "hits")
//	switch {
//	case err == nil:
//	case errors.Is(err, redpoll.ErrNotSent):       // safe to repeat
//	case errors.Is(err, redpoll.ErrRefused):       // the server said no: see *redpoll.ServerError
//	case errors.Is(err, redpoll.ErrMaybeExecuted): // sent, and no reply came
//	}
//
// What was provably not sent is repeated by the client itself, within the context and a bound; a write that may have
// run never is, unless Options.RetryWrites allows it.
//
// # Connections
//
// The commands of all callers travel together on one connection, which makes them cheap. Commands that block have a
// connection of their own while they run, and [Client.Conn] pins one. Options.Exclusive gives every command its own
// connection, with the limits of a classic pool. Commands that would change a shared connection are refused with a
// [*StateError].
//
// # Pipelines, transactions, scripts, locks
//
// A [Pipeline] has the same methods, which queue; Exec sends them in one go, as a transaction unless [NoTransaction] is
// given:
//
//	pipe := rdb.Pipeline()
//	set, hits := pipe.Set("foo", "bar"), pipe.Incr("hits") // *redpoll.Status, *redpoll.Reply[int64]
//	err = pipe.Exec(ctx)
//	fmt.Println(set.Err(), hits.Val())
//
// [Client.Transaction] reads, queues and executes only if the keys it has read are unchanged, and starts again if not.
// [Client.RegisterScript] makes a Lua script that is loaded where it is missing, and [Client.Lock] a lock over several
// machines.
//
// # Order
//
// A call that begins after another one has returned its reply is executed after it, whatever connections they used. Calls that overlap
// in time have no order. A call that ended without a reply may still be executed later, also after calls that were
// answered since: writes that must not be overtaken so are conditional ([Client.Transaction], the fencing number of a [Held], [IfEq]).
// The commands of one pipeline on one key are executed in their order; one that the server has refused is not sent again if a
// later one on its key was executed. A [Conn] keeps its calls in order. On one connection what a server pushes and what it answers
// are handed on in the order in which they came.
//
// # Contexts
//
// Every method honours the deadline and the cancellation of its context at once, wherever it waits, and without harm to
// other callers. Without a deadline every call still ends, by the time-outs of Options.
package redpoll
