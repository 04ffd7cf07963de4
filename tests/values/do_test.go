package values_test

import (
	"context"
	"errors"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Covers: F17
func TestDo(t *testing.T) {
	t.Parallel()
	for _, protocol := range []int{2, 3} {
		rdb, srv := clients.Shared(t, redpoll.Options{Protocol: protocol})
		for _, tt := range []struct {
			name string
			args []any
			want any
		}{
			{"no arguments", []any{"PING"}, "PONG"},
			{"arguments of all kinds", []any{"RPUSH", "list", "text", []byte("bytes"), 1, int64(-2), uint8(3),
				1.5, math.Inf(1), big.NewInt(9)}, int64(8)},
			{"small letters",
				[]any{"lrange", "list", 0, "-1"}, []any{"text", "bytes", "1", "-2", "3", "1.5", "inf", "9"}},
			{"blank in the command", []any{"OBJECT ENCODING", "list"}, srv.Do("OBJECT", "ENCODING", "list")},
			{"more blanks", []any{"  object   encoding ", "list"}, nil},
			{"subcommand apart", []any{"OBJECT", "ENCODING", "list"}, nil},
			{"no value", []any{"GET", "missing"}, nil},
			{"text of any bytes", []any{"ECHO", "a\r\nb\x00 c"}, "a\r\nb\x00 c"},
		} {
			v, err := rdb.Do(t.Context(), tt.args...)
			if strings.Contains(strings.ToLower(tt.args[0].(string)), "object") {
				tt.want = srv.Do("OBJECT", "ENCODING", "list")
			}
			if got := v.Any(); err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("RESP%d, %s: got %#v, %v, want %#v", protocol, tt.name, got, err, tt.want)
			}
		}
		v, err := rdb.Do(t.Context(), "CONFIG GET", "databases")
		if err != nil {
			t.Fatal(err)
		}
		if m, err := v.Map(); err != nil || m["databases"].IsNil() {
			t.Errorf("RESP%d: CONFIG GET gives %v, %v", protocol, v, err)
		}
	}
}

// Servers before 7.2 write NaN as their C library does. Each spelling can be read, and the connection stays
// open.
func TestNumbersWithoutDigits(t *testing.T) {
	t.Parallel()
	for _, protocol := range []int{2, 3} {
		rdb, srv := clients.Shared(t, redpoll.Options{Protocol: protocol})
		id := clients.ID(t, rdb)
		for number, want := range map[string]float64{
			"0/0": math.NaN(), "-(0/0)": math.NaN(), "1/0": math.Inf(1), "-1/0": math.Inf(-1), "1.5": 1.5,
		} {
			v, err := rdb.Do(t.Context(), "EVAL", "redis.setresp(3) return {double = "+number+"}", 0)
			if err != nil {
				t.Fatalf("RESP%d: %s gives %v", protocol, number, err)
			}
			if f, err := v.Float(); err != nil || !equalOrNaN(f, want) {
				t.Errorf("RESP%d: %s comes as %v, which is read as %v, %v", protocol, number, v, f, err)
			}
			text, err := rdb.Do(t.Context(), "EVAL", "return tostring("+number+")", 0)
			if f, odd := text.Float(); err != nil || odd != nil || !equalOrNaN(f, want) {
				t.Errorf("RESP%d: the text of %s comes as %v, %v, which is read as %v, %v",
					protocol, number, text, err, f, odd)
			}
			if f, err := redpoll.Float(text.Text()); err != nil || !equalOrNaN(f, want) {
				t.Errorf("RESP%d: the text %v is read as %v, %v", protocol, text, f, err)
			}
		}
		srv.Do("HSET", "nan", "balance", "-nan", "Ratio", "+Infinity")
		row, err := redpoll.HGetAllAs[account](t.Context(), rdb, "nan")
		if err != nil || !math.IsNaN(row.Balance) || !math.IsInf(float64(row.Ratio), 1) {
			t.Errorf("RESP%d: fields of a struct are %v and %v, %v", protocol, row.Balance, row.Ratio, err)
		}
		if got := clients.ID(t, rdb); got != id {
			t.Errorf("RESP%d: a number cost the connection", protocol)
		}
	}
}

// Covers: F51, F81
func TestDoRefusesArguments(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, testkit.Friendly)
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr()})
	for _, tt := range []struct {
		name string
		args []any
		says string
	}{
		{"nothing", nil, "name"},
		{"empty command", []any{""}, "command"},
		{"blank command", []any{"  "}, "command"},
		{"command that is not a string", []any{[]byte("PING")}, "string"},
		{"nil", []any{"SET", "k", nil}, "argument 2"},
		{"bool", []any{"SET", "k", true}, "argument 2"},
		{"duration", []any{"SET", "k", time.Second}, "time.Duration"},
		{"channel", []any{"SET", make(chan int), "v"}, "argument 1"},
		{"list", []any{"DEL", []string{"a", "b"}}, "argument 1"},
		{"struct", []any{"SET", "k", struct{ A int }{1}}, "argument 2"},
		{"pointer", []any{"SET", "k", new(int)}, "argument 2"},
		{"error", []any{"SET", "k", errors.New("x")}, "argument 2"},
	} {
		_, err := rdb.Do(t.Context(), tt.args...)
		if !errors.As(err, new(*redpoll.DataError)) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v of type %T, want it to say %q", tt.name, err, err, tt.says)
		}
	}
	if p.Accepted() != 0 {
		t.Error("something was sent")
	}
}

// A blocking command in Do has a connection of its own, so it holds up no other calls, and may wait as long
// as its timeout says.
func TestDoBlocks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		args []any
		push []string
		want any
	}{
		{"time-out last", []any{"BLPOP", "k", 60}, []string{"RPUSH", "k", "v"}, []any{"k", "v"}},
		{"time-out as text", []any{"brpop", "k", "60.5"}, []string{"RPUSH", "k", "v"}, []any{"k", "v"}},
		{"without end", []any{"BLPOP", "k", 0}, []string{"RPUSH", "k", "v"}, []any{"k", "v"}},
		{"time-out first",
			[]any{"BLMPOP", 60, 1, "k", "LEFT"}, []string{"RPUSH", "k", "v"}, []any{"k", []any{"v"}}},
		{"time-out behind a word", []any{"XREAD", "COUNT", 1, "block", 60000, "STREAMS", "k", "$"},
			[]string{"XADD", "k", "1-1", "f", "v"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := redpoll.Options{ReplyTimeout: clients.Brief}
			rdb, srv := clients.Shared(t, o)
			type result struct {
				v   redpoll.Value
				err error
			}
			done := make(chan result, 1)
			go func() {
				v, err := rdb.Do(t.Context(), tt.args...)
				done <- result{v, err}
			}()
			redpolltest.Await(t, "the command waits", func() bool { return testkit.Blocked(srv) })
			clients.Usable(t, rdb)
			if s := rdb.Stats(); s.SharedConns != 1 || s.LentConns != 1 {
				t.Errorf("the connections are %+v", s)
			}
			clients.Outlast(t, o) // ReplyTimeout does not end a command that may wait
			srv.Do(tt.push...)
			got := <-done
			if got.err != nil || got.v.IsNil() || tt.want != nil && !reflect.DeepEqual(got.v.Any(), tt.want) {
				t.Errorf("got %v, %v", got.v, got.err)
			}
		})
	}
}

// A blocking command that is given up does not take an element and lose it.
func TestDoBlockingIsCancelled(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := rdb.Do(ctx, "BLPOP", "k", 0)
		done <- err
	}()
	redpolltest.Await(t, "the command waits", func() bool { return testkit.Blocked(srv) })
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) || !errors.Is(err, redpoll.ErrMaybeExecuted) {
		t.Errorf("got %v", err)
	}
	redpolltest.Await(t, "the server knows", func() bool { return !testkit.Blocked(srv) })
	srv.Do("RPUSH", "k", "v")
	if got := srv.Do("LLEN", "k"); got != int64(1) {
		t.Errorf("the list has %v elements", got)
	}
	clients.Usable(t, rdb)
}

// If the reply is lost, Do retries reads. It does not retry commands that it does not know.
//
// Covers: F89
func TestDoAndRetries(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args  []any
		heard int
	}{
		{[]any{"GET", "k"}, 2}, {[]any{"get", "k"}, 2}, {[]any{"FOO", "k"}, 1}, {[]any{"INCR", "k"}, 1},
		{[]any{"SET", "k", "v", "NX"}, 1},
	} {
		name := tt.args[0].(string)
		p := testkit.Listen(t, func(n int, args []string) string {
			if n == 1 && args[0] == name {
				return testkit.HangUp
			}
			return testkit.Friendly(n, args)
		})
		rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), RetryWrites: true})
		_, err := rdb.Do(t.Context(), tt.args...)
		if n := p.Count(name); n != tt.heard || (err == nil) != (n == 2) {
			t.Errorf("%v: %d attempts, %v", tt.args, n, err)
		}
	}
}

// Only the name of a known command is split at its blank: data in the first argument never becomes words, and
// the error does not repeat it.
func TestDoSplitsOnlyKnownCommands(t *testing.T) {
	t.Parallel()
	rdb, _ := clients.Shared(t, redpoll.Options{})
	for name, shown := range map[string]string{
		"SET zz hello": `"SET ..."`, "GET zz": `"GET ..."`, "CONFIG GET port": `"CONFIG ..."`,
		"NOSUCH secret": `"NOSUCH ..."`, "CONFIG secret": `"CONFIG ..."`,
	} {
		want := "redpoll: Do: " + shown + " is not the name of a command; pass the arguments one by one"
		pipe := rdb.Pipeline()
		queued := pipe.Do(name)
		_, err := rdb.Do(t.Context(), name)
		for _, err := range []error{err, queued.Err(), pipe.Exec(t.Context())} {
			if !errors.As(err, new(*redpoll.DataError)) && !errors.Is(err, redpoll.ErrNotExecuted) {
				t.Errorf("%s: got %v, want a DataError", name, err)
			}
		}
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := rdb.Do(t.Context(), " config  get ", "port"); err != nil {
		t.Error(err)
	}
}
