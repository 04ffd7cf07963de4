package commands_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Covers: F72, F73, F76, F77, F78, F79
func TestErrorReplies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reply, code, message string
		class                error
	}{
		{"ERR plain", "ERR", "plain", nil},
		{"WRONGTYPE Operation against a key", "WRONGTYPE", "Operation against a key", redpoll.ErrWrongType},
		{"no code at all", "", "no code at all", nil},
		{"NOAUTH Authentication required.", "NOAUTH", "Authentication required.", redpoll.ErrAuth},
		{"WRONGPASS invalid", "WRONGPASS", "invalid", redpoll.ErrAuth},
		{"ERR invalid password", "ERR", "invalid password", redpoll.ErrAuth},
		{"ERR operation not permitted", "ERR", "operation not permitted", redpoll.ErrAuth},
		{"NOPERM this user", "NOPERM", "this user", redpoll.ErrNoPerm},
		{"LOADING Redis is loading", "LOADING", "Redis is loading", redpoll.ErrLoading},
		{"ERR max number of clients reached", "ERR", "max number of clients reached", redpoll.ErrMaxClients},
		{"READONLY You can't write", "READONLY", "You can't write", redpoll.ErrReadOnly},
		{"NOSCRIPT No matching script.", "NOSCRIPT", "No matching script.", redpoll.ErrNoScript},
		{"EXECABORT Transaction discarded", "EXECABORT", "Transaction discarded", redpoll.ErrExecAbort},
		{"BUSYKEY Target key", "BUSYKEY", "Target key", redpoll.ErrBusyKey},
		{"BUSY Redis is busy", "BUSY", "Redis is busy", redpoll.ErrBusy},
		{"OOM command not allowed", "OOM", "command not allowed", redpoll.ErrOutOfMemory},
		{"CLUSTERDOWN Hash slot", "CLUSTERDOWN", "Hash slot", redpoll.ErrClusterDown},
		{"TRYAGAIN Multiple keys", "TRYAGAIN", "Multiple keys", redpoll.ErrTryAgain},
		{"MOVED 3999 127.0.0.1:6381", "MOVED", "3999 127.0.0.1:6381", redpoll.ErrMoved},
		{"ASK 3999 127.0.0.1:6381", "ASK", "3999 127.0.0.1:6381", redpoll.ErrMoved},
		{"CROSSSLOT Keys in request", "CROSSSLOT", "Keys in request", redpoll.ErrCrossSlot},
	} {
		t.Run(tt.reply, func(t *testing.T) {
			t.Parallel()
			p := testkit.Listen(t, testkit.Answering(map[string]string{"INCR": "-" + tt.reply + "\r\n"}))
			rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), NoRetry: true})
			_, err := rdb.Incr(t.Context(), "n")
			var se *redpoll.ServerError
			if !errors.As(err, &se) {
				t.Fatalf("got %v of type %T", err, err)
			}
			if se.Code != tt.code || se.Message != tt.message {
				t.Errorf("code %q, message %q", se.Code, se.Message)
			}
			if want := "redpoll: INCR on " + p.Addr() + ": " + tt.reply; err.Error() != want &&
				!strings.HasPrefix(err.Error(), want+" (") {
				t.Errorf("got %q, want %q", err, want)
			}
			if se.Command != "INCR" || se.Node != p.Addr() {
				t.Errorf("the error is that of %q on %q", se.Command, se.Node)
			}
			if !errors.Is(err, redpoll.ErrRefused) || redpoll.OutcomeOf(err) != redpoll.Refused {
				t.Errorf("%v is not refused", err)
			}
			for _, class := range classes {
				if errors.Is(err, class) != (class == tt.class) {
					t.Errorf("does it match %v? %v", class, errors.Is(err, class))
				}
			}
			clients.Usable(t, rdb)
			want := []string{"HELLO 3; INCR n; PING"}
			if tt.class == redpoll.ErrReadOnly {
				// The name may lead to another server by now.
				want = []string{"HELLO 3; INCR n", "HELLO 3; PING"}
			}
			p.ExpectSessions(t, want...)
		})
	}
}

// classes are all classes of error replies.
var classes = []error{
	redpoll.ErrAuth, redpoll.ErrNoPerm, redpoll.ErrLoading, redpoll.ErrMaxClients, redpoll.ErrReadOnly,
	redpoll.ErrNoScript,
	redpoll.ErrExecAbort, redpoll.ErrWrongType, redpoll.ErrBusyKey, redpoll.ErrBusy, redpoll.ErrOutOfMemory,
	redpoll.ErrClusterDown, redpoll.ErrTryAgain, redpoll.ErrMoved, redpoll.ErrCrossSlot,
}

// A real server returns the same classes of errors.
//
// Covers: F78, F79
func TestErrorRepliesOfAServer(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{
		Users: []redpolltest.User{{Name: "reader", Password: "pw", Rules: "~* +@read +@connection"}},
	})
	rdb := clients.New(t, redpoll.Options{Addr: srv.Addr()})
	reader := clients.New(t, redpoll.Options{Addr: srv.Addr(), Username: "reader", Password: "pw"})
	srv.Do("RPUSH", "list", "x")
	srv.Do("CONFIG", "SET", "maxmemory-policy", "noeviction")
	for _, tt := range []struct {
		name string
		run  func(ctx context.Context) error
		want error
	}{
		{"wrong type", func(ctx context.Context) error { _, err := rdb.Get(ctx, "list"); return err },
			redpoll.ErrWrongType},
		{"no script", func(ctx context.Context) error {
			_, err := rdb.Do(ctx, "EVALSHA", strings.Repeat("0", 40), 0)
			return err
		}, redpoll.ErrNoScript},
		{"no permission", func(ctx context.Context) error { return reader.Set(ctx, "k", "v") },
			redpoll.ErrNoPerm},
		{"key exists", func(ctx context.Context) error {
			dump, err := rdb.Dump(ctx, "list")
			if err != nil {
				return err
			}
			_, err = rdb.Do(ctx, "RESTORE", "list", 0, dump)
			return err
		}, redpoll.ErrBusyKey},
		{"out of memory", func(ctx context.Context) error {
			srv.Do("CONFIG", "SET", "maxmemory", "1")
			defer srv.Do("CONFIG", "SET", "maxmemory", "0")
			return rdb.Set(ctx, "k", "v")
		}, redpoll.ErrOutOfMemory},
		{"replica", func(ctx context.Context) error {
			srv.Do("REPLICAOF", "127.0.0.1", "1")
			defer srv.Do("REPLICAOF", "NO", "ONE")
			return rdb.Set(ctx, "k", "v")
		}, redpoll.ErrReadOnly},
	} {
		if err := tt.run(t.Context()); !errors.Is(err, tt.want) || !errors.Is(err, redpoll.ErrRefused) {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
	clients.Usable(t, rdb)
}

// Covers: F76
func TestTransientRefusalsAreRepeated(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"LOADING", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			left := make(chan struct{}, 2)
			left <- struct{}{}
			left <- struct{}{}
			p := testkit.Listen(t, func(n int, args []string) string {
				if args[0] == "INCR" {
					select {
					case <-left:
						return "-" + code + " not now\r\n"
					default:
					}
				}
				return testkit.Friendly(n, args)
			})
			rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), MaxBackoff: 5 * time.Millisecond})
			if n, err := rdb.Incr(t.Context(), "n"); n != 1 || err != nil {
				t.Errorf("INCR gives %d, %v", n, err)
			}
			if n := p.Count("INCR"); n != 3 || p.Accepted() != 1 {
				t.Errorf("%d attempts on %d connections", n, p.Accepted())
			}
			left <- struct{}{}
			left <- struct{}{}
			once := clients.New(t, redpoll.Options{
				Addr: p.Addr(), RetryFor: time.Millisecond, MaxBackoff: 5 * time.Millisecond,
			})
			if _, err := once.Incr(t.Context(), "n"); !strings.Contains(fmt.Sprint(err), code) ||
				!errors.Is(err, redpoll.ErrRefused) {
				t.Errorf("after the last attempt: %v", err)
			}
		})
	}
	t.Run("handshake", func(t *testing.T) {
		t.Parallel()
		p := testkit.Listen(t, func(n int, args []string) string {
			if n == 1 {
				return "-LOADING Redis is loading the dataset in memory\r\n"
			}
			return testkit.Friendly(n, args)
		})
		clients.Usable(t, clients.New(t, redpoll.Options{Addr: p.Addr()}))
	})
}

// Covers: F70, F80, F145
func TestGarbageClosesOneConnection(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ reply, says string }{
		"unknown kind":         {"?what\r\n", "?what"},
		"a web server":         {"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1.1"},
		"negative length":      {"$-5\r\n", "-5"},
		"length without bound": {"$99999999999999\r\n", "99999999999999"},
		"no number":            {":one\r\n", "one"},
		"two replies":          {":1\r\n:2\r\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := testkit.Listen(t, func(n int, args []string) string {
				if n == 1 && args[0] == "INCR" {
					return tt.reply
				}
				return testkit.Friendly(n, args)
			})
			rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
			n, err := rdb.Incr(t.Context(), "n")
			if tt.says == "" {
				if n != 1 || err != nil { // the first reply belongs to the command
					t.Errorf("INCR gives %d, %v", n, err)
				}
			} else {
				clients.ConnError(t, err, redpoll.PhaseRead, redpoll.MaybeExecuted)
				if !errors.Is(err, redpoll.ErrProtocol) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("got %v, want it to say %q", err, tt.says)
				}
			}
			clients.Usable(t, rdb)
			p.ExpectSessions(t, "HELLO 3; INCR n", "HELLO 3; PING")
		})
	}
}

// If a reply has a type that the command cannot have, the call returns an error, and the connection stays
// open.
func TestReplyOfAnotherShape(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, testkit.Answering(map[string]string{"INCR": "*1\r\n:1\r\n"}))
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
	_, err := rdb.Incr(t.Context(), "n")
	var re *redpoll.ReplyError
	if !errors.As(err, &re) || re.Command != "INCR" || redpoll.OutcomeOf(err) != redpoll.Executed ||
		!strings.Contains(err.Error(), "array") {
		t.Errorf("got %v of type %T", err, err)
	}
	clients.Usable(t, rdb)
	if n := p.Accepted(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// An error among the elements of a reply means that the command was executed in part, and not refused.
func TestErrorAmongElements(t *testing.T) {
	t.Parallel()
	const reply = "*3\r\n:1\r\n:0\r\n-WRONGTYPE non scaling filter is full\r\n"
	p := testkit.Listen(t, testkit.Answering(map[string]string{"BF.MADD": reply, "CF.INSERT": reply}))
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
	errs := map[string]error{
		"BFMAdd":   testkit.Err(rdb.BFMAdd(ctx, "k", "a", "b", "c")),
		"CFInsert": testkit.Err(rdb.CFInsert(ctx, "k", []any{"a", "b", "c"})),
	}
	pipe := rdb.Pipeline(redpoll.NoTransaction)
	h := pipe.BFMAdd("k", "a", "b", "c")
	errs["pipeline"] = pipe.Exec(ctx)
	errs["handle"] = h.Err()
	for name, err := range errs {
		var se *redpoll.ServerError
		if redpoll.OutcomeOf(err) != redpoll.Executed || errors.Is(err, redpoll.ErrRefused) {
			t.Errorf("%s: %v is %v; is it refused? %v",
				name, err, redpoll.OutcomeOf(err), errors.Is(err, redpoll.ErrRefused))
		}
		if !errors.As(err, &se) || se.Code != "WRONGTYPE" || !errors.Is(err, redpoll.ErrWrongType) ||
			!errors.As(err, new(*redpoll.ReplyError)) {
			t.Errorf("%s: %v of type %T has lost what the server says", name, err, err)
		}
	}
}

// If a proxy cannot reach the server of a key, the element of the key is an error. The caller gets the other
// elements, and an error with the position and the proxy's text.
func TestErrorsInPlaceOfElements(t *testing.T) {
	t.Parallel()
	const (
		down    = "-no upstream host\r\n"
		strings = "*4\r\n$1\r\na\r\n" + down + "$-1\r\n-UPSTREAM failure\r\n"
		numbers = "*4\r\n:1\r\n" + down + ":0\r\n!16\r\nUPSTREAM failure\r\n"
		full    = "*4\r\n$1\r\na\r\n" + down + "$1\r\nc\r\n-UPSTREAM failure\r\n"
	)
	var queueing atomic.Bool
	plain := testkit.Answering(map[string]string{
		"MGET": strings, "HMGET": strings,
		"ZMSCORE": "*4\r\n$1\r\n1\r\n" + down + "$-1\r\n-UPSTREAM failure\r\n", "SMISMEMBER": numbers,
		"SCRIPT": numbers, "LRANGE": full,
		"HGETALL": "*8\r\n+f\r\n+a\r\n+g\r\n" + down + "+h\r\n+c\r\n+i\r\n-UPSTREAM failure\r\n",
	})
	p := testkit.Listen(t, func(conn int, args []string) string {
		switch {
		case args[0] == "MULTI":
			queueing.Store(true)
		case args[0] == "EXEC":
			queueing.Store(false)
			return "*1\r\n" + strings
		case queueing.Load():
			return "+QUEUED\r\n"
		}
		return plain(conn, args)
	})
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
	type null = redpoll.Null[string]
	type result struct {
		got any
		err error
	}
	of := func(got any, err error) result { return result{got, err} }
	pipe := rdb.Pipeline(redpoll.NoTransaction, redpoll.CollectErrors)
	mget, member, all := pipe.MGet("a", "b", "c", "d"), pipe.SMIsMember("s", 1, 2, 3, 4), pipe.HGetAll("h")
	piped := pipe.Exec(ctx)
	if piped != nil {
		t.Errorf("the pipeline ends with %v", piped)
	}
	results := pipe.Results()
	tx := rdb.Pipeline(redpoll.CollectErrors)
	nested := tx.MGet("a", "b", "c", "d")
	if err := tx.Exec(ctx); err != nil {
		t.Errorf("the transaction ends with %v", err)
	}
	texts := []null{{V: "a", Valid: true}, {}, {}, {}}
	for name, tt := range map[string]struct{ got, want any }{
		"MGET": {of(rdb.MGet(ctx, "a", "b", "c", "d")), texts},
		"MGET of bytes": {of(rdb.MGetBytes(ctx, "a", "b", "c", "d")),
			[][]byte{[]byte("a"), nil, nil, nil}},
		"MGET in a pipeline":    {of(mget.Val(), mget.Err()), texts},
		"MGET in the results":   {of(results[0].Val, results[0].Err), texts},
		"MGET in a transaction": {of(nested.Val(), nested.Err()), texts},
		"HMGET":                 {of(rdb.HMGet(ctx, "h", "a", "b", "c", "d")), texts},
		"ZMSCORE": {of(rdb.ZMScore(ctx, "z", "a", "b", "c", "d")),
			[]redpoll.Null[float64]{{V: 1, Valid: true}, {}, {}, {}}},
		"SMISMEMBER": {of(rdb.SMIsMember(ctx, "s", 1, 2, 3, 4)),
			[]bool{true, false, false, false}},
		"SMISMEMBER, a pipeline": {of(member.Val(), member.Err()), []bool{true, false, false, false}},
		"SCRIPT EXISTS": {of(rdb.ScriptExists(ctx, "a", "b", "c", "d")),
			[]bool{true, false, false, false}},
		"LRANGE":                {of(rdb.LRange(ctx, "l", 0, -1)), []string{"a", "", "c", ""}},
		"HGETALL":               {of(rdb.HGetAll(ctx, "h")), map[string]string{"f": "a", "h": "c"}},
		"HGETALL in a pipeline": {of(all.Val(), all.Err()), map[string]string{"f": "a", "h": "c"}},
	} {
		r := tt.got.(result)
		if !reflect.DeepEqual(r.got, tt.want) {
			t.Errorf("%s: got %v, want %v", name, r.got, tt.want)
		}
		var re *redpoll.ReplyError
		var se *redpoll.ServerError
		if !errors.As(r.err, &re) || !errors.As(r.err, &se) || se.Error() != "redpoll: no upstream host" {
			t.Fatalf("%s: got %v of type %T", name, r.err, r.err)
		}
		if len(re.Elements) != 2 || re.Elements[0].Index != 1 || re.Elements[1].Index != 3 ||
			re.Elements[1].Err.Code != "UPSTREAM" {
			t.Errorf("%s: the missing elements are %v", name, re.Elements)
		}
		if want := "element 1: no upstream host; element 3: UPSTREAM failure"; r.err.Error() != "redpoll: "+
			re.Command+": "+want {
			t.Errorf("%s: %v does not say %s", name, r.err, want)
		}
		if redpoll.OutcomeOf(r.err) != redpoll.Executed || errors.Is(r.err, redpoll.ErrRefused) {
			t.Errorf("%s: %v is %v", name, r.err, redpoll.OutcomeOf(r.err))
		}
	}
	clients.Usable(t, rdb)
}

// If the result has no place for the other elements, the error still has its text.
func TestErrorsInsideOtherReplies(t *testing.T) {
	t.Parallel()
	const down = "-UPSTREAM no host\r\n"
	type hash struct{ A, B string }
	p := testkit.Listen(t, testkit.Answering(map[string]string{
		"HMGET": "*2\r\n+a\r\n" + down, "HGETALL": "*4\r\n+a\r\n+1\r\n+b\r\n" + down,
		"ZRANGE": "*4\r\n+m\r\n+1\r\n+n\r\n" + down, "GEOPOS": "*2\r\n*-1\r\n" + down,
		"XRANGE": "*1\r\n*2\r\n+1-0\r\n" + down, "SCAN": "*2\r\n+0\r\n*2\r\n+k\r\n" + down,
		"LMPOP": "*2\r\n+k\r\n*2\r\n+a\r\n" + down,
		"TIME":  "*2\r\n+1\r\n" + down, "COMMAND": "*1\r\n*2\r\n+get\r\n" + down,
	}))
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
	for name, err := range map[string]error{
		"HMGetAs":                 testkit.Err(redpoll.HMGetAs[hash](ctx, rdb, "h")),
		"HGetAllAs":               testkit.Err(redpoll.HGetAllAs[hash](ctx, rdb, "h")),
		"ZRangeWithScores":        testkit.Err(rdb.ZRangeWithScores(ctx, "z", 0, -1)),
		"GEOPOS":                  testkit.Err(rdb.GeoPos(ctx, "g", "a", "b")),
		"XRANGE":                  testkit.Err(rdb.XRange(ctx, "x", "-", "+")),
		"SCAN":                    testkit.Err(rdb.Scan(ctx, 0)),
		"LMPOP":                   testkit.Err(rdb.LMPop(ctx, []string{"k"}, redpoll.Left)),
		"TIME":                    testkit.Err(rdb.Time(ctx)),
		"COMMAND GETKEYSANDFLAGS": testkit.Err(rdb.CommandGetKeysAndFlags(ctx, "GET", "k")),
	} {
		var se *redpoll.ServerError
		var re *redpoll.ReplyError
		if !errors.As(err, &re) || re.Elements != nil || !errors.As(err, &se) || se.Code != "UPSTREAM" ||
			redpoll.OutcomeOf(err) != redpoll.Executed {
			t.Errorf("%s: got %v of type %T", name, err, err)
		}
	}
	clients.Usable(t, rdb)
}

// If a reply is not the expected status, the error has both texts.
func TestReplyInsteadOfAStatus(t *testing.T) {
	t.Parallel()
	for came, reply := range map[string]string{
		"an integer": ":1\r\n", "a map": "%1\r\n+a\r\n:1\r\n", "an array": "*1\r\n:1\r\n",
		"a status": "+NO\r\n", "a bulk string": "$2\r\nno\r\n",
	} {
		t.Run(came, func(t *testing.T) {
			t.Parallel()
			p := testkit.Listen(t, testkit.Answering(map[string]string{"SET": reply, "MIGRATE": reply}))
			rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
			want := "SET: resp: got " + came + ", expected the status OK"
			if err := rdb.Set(ctx, "k", "v"); err == nil || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("got %v, want %s", err, want)
			}
			want = "MIGRATE: resp: got " + came + ", expected the status OK or NOKEY"
			if err := testkit.Err(rdb.Migrate(ctx, "h", 1, []string{"k"}, 0, time.Second)); err == nil ||
				!strings.HasSuffix(err.Error(), want) {
				t.Errorf("got %v, want %s", err, want)
			}
			clients.Usable(t, rdb)
		})
	}
}

// Covers: F71, F81
func TestOutcomeOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		err  error
		want redpoll.Outcome
		is   error // sentinel of the outcome
	}{
		{"success", nil, redpoll.Executed, nil},
		{"nil", redpoll.Nil, redpoll.Executed, nil},
		{"wrapped nil", fmt.Errorf("user 7: %w", redpoll.Nil), redpoll.Executed, nil},
		{"reply of another shape", &redpoll.ReplyError{Err: io.EOF}, redpoll.Executed, nil},
		{"an element of a reply", &redpoll.ElementError{Err: &redpoll.ServerError{Code: "ERR"}},
			redpoll.Executed, nil},
		{"error reply", &redpoll.ServerError{Code: "ERR"}, redpoll.Refused, redpoll.ErrRefused},
		{"bad argument", &redpoll.DataError{}, redpoll.NotSent, redpoll.ErrNotSent},
		{"state", &redpoll.StateError{}, redpoll.NotSent, redpoll.ErrNotSent},
		{"not sent", &redpoll.ConnError{Outcome: redpoll.NotSent, Err: io.EOF},
			redpoll.NotSent, redpoll.ErrNotSent},
		{"refused", &redpoll.ConnError{Outcome: redpoll.Refused, Err: io.EOF},
			redpoll.Refused, redpoll.ErrRefused},
		{"maybe", fmt.Errorf("order 7: %w", &redpoll.ConnError{Outcome: redpoll.MaybeExecuted, Err: io.EOF}),
			redpoll.MaybeExecuted, redpoll.ErrMaybeExecuted},
		{"the sentinel itself", fmt.Errorf("order 7: %w", redpoll.ErrMaybeExecuted), redpoll.MaybeExecuted,
			redpoll.ErrMaybeExecuted},
		{"refused, the sentinel itself", redpoll.ErrRefused, redpoll.Refused, redpoll.ErrRefused},
		{"from elsewhere", io.EOF, redpoll.MaybeExecuted, nil},
		{"from elsewhere in a pipeline", &redpoll.PipelineError{Err: io.EOF}, redpoll.MaybeExecuted, nil},
		{"bad argument in a pipeline", &redpoll.PipelineError{Err: &redpoll.DataError{}},
			redpoll.NotSent, redpoll.ErrNotSent},
	} {
		if got := redpoll.OutcomeOf(tt.err); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
		for _, sentinel := range []error{redpoll.ErrNotSent, redpoll.ErrRefused, redpoll.ErrMaybeExecuted} {
			if errors.Is(tt.err, sentinel) != (sentinel == tt.is) {
				t.Errorf("%s: does it match %v? %v", tt.name, sentinel, errors.Is(tt.err, sentinel))
			}
		}
	}
}

// Covers: F69
func TestEveryErrorIsOfThePackage(t *testing.T) {
	t.Parallel()
	all := append([]error{
		redpoll.Nil, redpoll.ErrClosed, redpoll.ErrConnClosed, redpoll.ErrPoolExhausted,
		redpoll.ErrPoolTimeout, redpoll.ErrLimited, redpoll.ErrProtocol,
		redpoll.ErrNotSent, redpoll.ErrRefused, redpoll.ErrMaybeExecuted,
		&redpoll.ServerError{Message: "m"}, &redpoll.ConnError{Err: io.EOF}, &redpoll.DataError{},
		&redpoll.StateError{},
		&redpoll.OptionError{}, &redpoll.ReplyError{Err: io.EOF},
	}, classes...)
	for _, err := range all {
		var own redpoll.Error
		if !errors.As(fmt.Errorf("wrapped: %w", err), &own) || own.Error() == "" {
			t.Errorf("%T %v is not a redpoll.Error", err, err)
		}
	}
	if errors.As(io.EOF, new(redpoll.Error)) {
		t.Error("an error from elsewhere passes for one of ours")
	}
}

// Covers: F71
func TestTimeoutsAreToldApart(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cause   error
		timeout bool
	}{
		"deadline of a socket":  {os.ErrDeadlineExceeded, true},
		"deadline of a context": {context.DeadlineExceeded, true},
		"cancelled":             {context.Canceled, false},
		"closed by the server":  {io.EOF, false},
	} {
		err := error(&redpoll.ConnError{
			Node: "n:1", Command: "GET", Err: fmt.Errorf("somewhere: %w", tt.cause),
		})
		var ne interface{ Timeout() bool }
		if !errors.As(err, &ne) || ne.Timeout() != tt.timeout || !errors.Is(err, tt.cause) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// If the failure of another call ended the context, as with errgroup, its outcome is not the outcome of this
// call.
func TestCauseOfAContextIsNoOutcome(t *testing.T) {
	t.Parallel()
	own := errors.New("the caller's own reason")
	for _, cause := range []error{
		redpoll.Nil, own, &redpoll.ServerError{Code: "WRONGTYPE", Message: "m"},
		&redpoll.ReplyError{Command: "GET", Err: io.EOF},
		&redpoll.ConnError{Outcome: redpoll.MaybeExecuted, Err: redpoll.ErrClosed},
		fmt.Errorf("wrapped: %w", redpoll.ErrPoolTimeout),
	} {
		t.Run(cause.Error(), func(t *testing.T) {
			t.Parallel()
			p := testkit.Listen(t, testkit.Answering(map[string]string{"GET": testkit.Silence}))
			rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
			clients.Usable(t, rdb)
			ctx, cancel := context.WithCancelCause(t.Context())
			done := make(chan error, 1)
			go func() { _, err := rdb.Get(ctx, "k"); done <- err }()
			redpolltest.Await(t, "GET is sent", func() bool { return p.Count("GET") == 1 })
			cancel(cause)
			sent := <-done
			_, unsent := rdb.Get(ctx, "k")
			clients.MaybeExecuted(context.Canceled).Check(t, sent)
			clients.NotSent(context.Canceled).Check(t, unsent)
			for _, err := range []error{sent, unsent} {
				if errors.Is(err, cause) != (cause == own) || errors.Is(err, redpoll.Nil) ||
					!strings.Contains(err.Error(), strings.ReplaceAll(cause.Error(), "redpoll: ", "")) {
					t.Errorf("%v: the reason of the context is %v", err, cause)
				}
			}
		})
	}
}

// Covers: F81
func TestDataErrorSendsNothing(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, testkit.Friendly)
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
	_, doErr := rdb.Do(t.Context(), "SET", "k", struct{}{})
	for _, err := range []error{rdb.Set(t.Context(), "k", true), doErr} {
		var de *redpoll.DataError
		if !errors.As(err, &de) || de.Command != "SET" || de.Argument == "" || de.Reason == "" {
			t.Errorf("got %v of type %T", err, err)
		}
		if !errors.Is(err, redpoll.ErrNotSent) {
			t.Errorf("%v does not match ErrNotSent", err)
		}
	}
	if n := p.Accepted(); n != 0 || rdb.Stats().Commands != 0 {
		t.Errorf("%d connections were made", n)
	}
}

// Covers: F88
func TestConnErrorText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  *redpoll.ConnError
		want string
	}{
		{&redpoll.ConnError{
			Node: "h:1", Command: "INCR", Phase: redpoll.PhaseRead, Elapsed: 1500 * time.Microsecond,
			Outcome: redpoll.MaybeExecuted, Err: io.EOF,
		},
			"redpoll: INCR on h:1: read after 1.5ms: EOF (maybe executed)"},
		{&redpoll.ConnError{
			Node: "h:1", Phase: redpoll.PhaseDial, Outcome: redpoll.NotSent,
			Err: &net.OpError{Op: "dial", Err: io.EOF},
		},
			"redpoll: h:1: dial: dial: EOF (not sent)"},
		{&redpoll.ConnError{
			Node: "/s", Command: "GET", Phase: redpoll.PhaseHandshake, Outcome: redpoll.Refused,
			Err: &redpoll.ServerError{Code: "NOAUTH", Message: "m"},
		},
			"redpoll: GET on /s: handshake: NOAUTH m (the server asks for a password: Options.Password, " +
				"or redis://:password@host in a URL) (refused)"},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

// Commands that change their connection are refused before they reach one. The error says what to do.
//
// Covers: F159
func TestStateCommandsAreRefused(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	m := srv.Monitor()
	for _, args := range [][]any{
		{"MULTI"}, {"EXEC"}, {"DISCARD"}, {"WATCH", "k"}, {"UNWATCH"}, {"SELECT", 1}, {"select", "1"},
		{"SUBSCRIBE", "c"}, {"PSUBSCRIBE", "c"},
		{"SSUBSCRIBE", "c"}, {"UNSUBSCRIBE"}, {"MONITOR"}, {"AUTH", "pw"}, {"HELLO", 2}, {"RESET"}, {"QUIT"},
		{"CLIENT REPLY", "OFF"},
		{"CLIENT", "REPLY", "OFF"}, {"client", []byte("setname"), "x"}, {"CLIENT TRACKING", "ON"}, {"ASKING"},
		{"READONLY"}, {"SYNC"},
	} {
		for _, c := range []*redpoll.Client{rdb, &clients.Pin(t, rdb).Client} {
			_, err := c.Do(t.Context(), args...)
			var se *redpoll.StateError
			name := strings.Fields(strings.ToUpper(fmt.Sprint(args[0])))[0]
			if !errors.As(err, &se) || se.Instead == "" || !strings.Contains(err.Error(), se.Instead) ||
				!errors.Is(err, redpoll.ErrNotSent) {
				t.Errorf("%v gives %v of type %T", args, err, err)
			} else if !strings.HasPrefix(se.Command, name) {
				t.Errorf("%v is called %s", args, se.Command)
			}
		}
	}
	clients.Usable(t, rdb)
	for _, args := range m.Commands() {
		if args[0] == "CLIENT" && args[1] == "SETINFO" || args[0] == "SELECT" {
			continue // these are sent on new connections
		}
		if args[0] != "PING" {
			t.Errorf("the server saw %q", args)
		}
	}
}
