package python_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// redisPy is a process that runs redis-py on a database of a server, see testdata/redispy.py.
type redisPy struct {
	t   testing.TB
	in  io.Writer
	out *bufio.Scanner
}

// findRedisPy returns the Python that has redis-py, or a text that says what is missing.
var findRedisPy = sync.OnceValues(func() (python, missing string) {
	if python = os.Getenv("REDPOLL_PYTHON"); python == "" {
		python = "/usr/bin/python3"
	}
	if out, err := exec.Command(python, "-c", "import redis").CombinedOutput(); err != nil {
		missing = "no redis-py, so nothing is compared with it: " + python + ": " + err.Error() + " " +
			string(out) +
			"(scripts/install-redis-py.sh installs it, or set REDPOLL_PYTHON)"
	}
	return python, missing
})

// newRedisPy starts redis-py with a text encoding, by its name in Python. Without redis-py the test is
// skipped, or fails if CI is set in the environment and not "false". REDPOLL_PYTHON names the Python to use.
// The default is the system's Python, for which scripts/install-redis-py.sh installs redis-py.
func newRedisPy(t testing.TB, srv *redpolltest.Server, encoding string) *redisPy {
	t.Helper()
	python, missing := findRedisPy()
	// The same condition as in scripts/test.sh.
	if ci := os.Getenv("CI"); missing != "" && ci != "" && ci != "false" {
		t.Fatal(missing)
	} else if missing != "" {
		t.Skip(missing)
	}
	cmd := exec.Command(python, "testdata/redispy.py", strconv.Itoa(srv.Port()), strconv.Itoa(srv.DB),
		encoding)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // the end of its input ends the process
		if err := cmd.Wait(); err != nil {
			t.Errorf("redis-py: %v", err)
		}
	})
	p := &redisPy{t, in, bufio.NewScanner(out)}
	p.out.Buffer(nil, 1<<20)
	t.Logf("redis-py %v", p.answer().value)
	return p
}

// pyAnswer is the result of a request: a value, or an exception with the name of its class.
type pyAnswer struct {
	value     any
	unordered bool // the value is a set, whose elements are sorted
	class     string
	text      string
}

func (p *redisPy) answer() pyAnswer {
	p.t.Helper()
	if !p.out.Scan() {
		p.t.Fatalf("redis-py has ended: %v", p.out.Err())
	}
	var a []any
	if err := json.Unmarshal(p.out.Bytes(), &a); err != nil {
		p.t.Fatal(err)
	}
	if a[0] == "ok" || a[0] == "set" {
		return pyAnswer{value: a[1], unordered: a[0] == "set"}
	}
	return pyAnswer{class: a[1].(string), text: a[2].(string)}
}

func (p *redisPy) ask(request ...any) {
	p.t.Helper()
	line, err := json.Marshal(request)
	if err == nil {
		_, err = p.in.Write(append(line, '\n'))
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// pyKeywords are the keyword arguments of a method.
type pyKeywords map[string]any

// do calls a method of the client or of the lock, and returns the result.
func (p *redisPy) do(of, method string, keywords pyKeywords, args ...any) pyAnswer {
	p.t.Helper()
	if args == nil {
		args = []any{}
	}
	if keywords == nil {
		keywords = pyKeywords{}
	}
	p.ask(of, method, args, keywords)
	return p.answer()
}

// want calls a method and compares the result with a value, or with the class of an exception.
func (p *redisPy) want(want any, of, method string, keywords pyKeywords, args ...any) {
	p.t.Helper()
	got := p.do(of, method, keywords, args...)
	if got.value != want && (got.class == "" || got.class != want) {
		p.t.Errorf("redis-py: %s of %v gives %v %s %s, want %v",
			method, args, got.value, got.class, got.text, want)
	}
}

func (p *redisPy) tell(request ...any) {
	p.t.Helper()
	p.ask(request...)
	if a := p.answer(); a.class != "" {
		p.t.Errorf("redis-py: %v: %s %s", request, a.class, a.text)
	}
}

// Processes with redis-py and goroutines that change a counter under the same lock lose no change.
func TestLockExcludesRedisPy(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{})
	const processes, goroutines, rounds = 2, 4, 40
	var python []*redisPy
	for range processes {
		python = append(python, newRedisPy(t, srv, "utf-8"))
	}
	for _, p := range python {
		p.ask("count", "job", "n", rounds)
	}
	lock := rdb.Lock("job", redpoll.LockOptions{TTL: time.Minute, Pause: 2 * time.Millisecond})
	count := func(ctx context.Context) error {
		n, err := redpoll.Int(rdb.Get(ctx, "n"))
		if err != nil && !errors.Is(err, redpoll.Nil) {
			return err
		}
		return rdb.Set(ctx, "n", n+1)
	}
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for range rounds {
				// Do would give a release one second, and a busy machine may need longer.
				held, err := lock.Acquire(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				if err := count(ctx); err != nil {
					t.Error(err)
				}
				if err := held.Release(ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, p := range python {
		if a := p.answer(); a.class != "" {
			t.Errorf("redis-py: %s %s", a.class, a.text)
		}
	}
	if got, want := srv.Do("GET", "n"), strconv.Itoa((processes+goroutines)*rounds); got != want {
		t.Errorf("counted to %v, want %s", got, want)
	}
}

// A lock of one library can be used by the other one through its token, whatever the encodings of both are.
//
// Covers: F352, F357
func TestLockSharedWithRedisPy(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		encoding string
		text     redpoll.TextEncoding
		token    string
		raw      string // token in the lock's key
	}{
		{"utf-8", nil, "té", "té"},
		{"utf-8", redpoll.UTF8Strict, "té", "té"},
		{"latin-1", redpoll.Latin1, "té", "t\xe9"},
		{"latin-1", redpoll.Latin1, "0123abcd", "0123abcd"},
	} {
		t.Run(tt.encoding+" "+tt.token, func(t *testing.T) {
			t.Parallel()
			test := clients.NewTest(t, redpoll.Options{Text: tt.text})
			p := newRedisPy(t, test.Server, tt.encoding)
			o := redpoll.LockOptions{TTL: time.Minute, Token: tt.token}

			held := clients.Acquire(t, test.Client, "job", o)
			test.Holds(tt.raw, "GET", "job")
			p.tell("new", "job", pyKeywords{"timeout": 30})
			p.want(false, "lock", "acquire", pyKeywords{"blocking": false})
			p.want(true, "lock", "locked", nil)
			p.want(false, "lock", "owned", nil)
			p.tell("adopt", tt.token)
			p.want(true, "lock", "owned", nil)
			p.want(true, "lock", "extend", nil, 10)
			p.want(true, "lock", "extend", pyKeywords{"replace_ttl": true}, 20)
			p.want(true, "lock", "reacquire", nil)
			test.Want(true)(held.Owned(ctx))
			test.OK(held.Extend(ctx, time.Second))
			p.want(nil, "lock", "release", nil)
			test.Want(false)(held.Owned(ctx))
			clients.LockError(t, held.Release(ctx), "job", redpoll.ErrNotOwned)

			p.want(true, "lock", "acquire", pyKeywords{"token": tt.token})
			_, err := test.Client.Lock("job", o).TryAcquire(ctx)
			clients.LockError(t, err, "job", redpoll.ErrNotAcquired)
			adopted := test.Client.Lock("job", o).Adopt(tt.token)
			test.Want(true)(adopted.Owned(ctx))
			test.OK(adopted.Reacquire(ctx))
			test.OK(adopted.Extend(ctx, time.Second))
			test.OK(adopted.ExtendTo(ctx, time.Minute))
			p.want(true, "lock", "owned", nil)
			test.OK(adopted.Release(ctx))
			p.want("LockNotOwnedError", "lock", "release", nil)
			p.want("LockError", "lock", "release", nil)
		})
	}
}

// docs/python.md is true about deliberate differences. Unless the table says otherwise, redpoll refuses the
// call before anything is sent.
func TestDifferencesFromRedisPy(t *testing.T) {
	t.Parallel()
	test := clients.NewTest(t, redpoll.Options{})
	rdb := test.Client
	p := newRedisPy(t, test.Server, "utf-8")
	test.Server.Do("XADD", "x", "1-1", "f", "v")
	test.Server.Do("XGROUP", "CREATE", "x", "g", "0")
	for _, tt := range []struct {
		method   string
		args     []any
		keywords pyKeywords
		his      any // value or exception of redis-py
		mine     error
		want     error
	}{
		{"setbit", []any{"bits", 0, 5},
			nil, 0.0, testkit.Err(rdb.SetBit(ctx, "bits", 0, 5)), redpoll.ErrNotSent},
		{"georadius", []any{"g", 1, 1, 10}, pyKeywords{"count": 0},
			"ResponseError", testkit.Err(rdb.GeoRadius(ctx, "g", 1, 1, 10, redpoll.Meters, redpoll.Count(0))),
			redpoll.ErrNotSent},
		{"xclaim", []any{"x", "g", "c", 0, []string{"9-9"}}, pyKeywords{"idle": -1, "justid": true}, "[]",
			testkit.Err(rdb.XClaimJustID(ctx, "x", "g", "c", 0, []string{"9-9"},
				redpoll.XIdle(-time.Millisecond))), redpoll.ErrNotSent},
		{"xadd", []any{"y", pyDict{"f", "v"}}, pyKeywords{"maxlen": 0},
			"DataError", testkit.Err(rdb.XAdd(ctx, "y", "*", []any{"f", "v"}, redpoll.MaxLen(0))), nil},
		{"delete", nil, nil, "ResponseError", testkit.Err(rdb.Del(ctx)), redpoll.ErrNotSent},
		{"sadd", []any{"s"}, nil, "ResponseError", testkit.Err(rdb.SAdd(ctx, "s")), redpoll.ErrNotSent},
		{"zadd", []any{"z", pyDict{}},
			nil, "DataError", testkit.Err(rdb.ZAdd(ctx, "z", nil)), redpoll.ErrNotSent},
		{"set", []any{"k", true}, nil, "DataError", rdb.Set(ctx, "k", uintptr(1)), redpoll.ErrNotSent},
	} {
		got := p.do("call", tt.method, tt.keywords, tt.args...)
		if fmt.Sprint(got.value) != fmt.Sprint(tt.his) && got.class != tt.his {
			t.Errorf("redis-py: %s %v gives %v %s %s, want %v",
				tt.method, tt.args, got.value, got.class, got.text, tt.his)
		}
		if !errors.Is(tt.mine, tt.want) {
			t.Errorf("%s %v gives %v here, want %v", tt.method, tt.args, tt.mine, tt.want)
		}
	}
	test.Want(0)(rdb.XLen(ctx, "y"))

	// Only redis-py's text contains the arguments of an unknown command.
	text := p.do("call", "execute_command", nil, "NOSUCH", "secret").text
	var se *redpoll.ServerError
	_, err := rdb.Do(ctx, "NOSUCH", "secret")
	if !errors.As(err, &se) || !strings.HasPrefix(text, se.Message+", with args beginning with: ") ||
		strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v; redis-py: %s", err, text)
	}
}

// Locks of both libraries differ on purpose here, or only seem to.
//
// Covers: F342, F349
func TestLockDifferencesFromRedisPy(t *testing.T) {
	t.Parallel()
	test := clients.NewTest(t, redpoll.Options{})
	p := newRedisPy(t, test.Server, "utf-8")
	test.Server.Do("SET", "taken", "other")

	// blocking_timeout=0 is a single attempt.
	p.tell("new", "taken", pyKeywords{"blocking_timeout": 0})
	p.want(false, "lock", "acquire", nil)
	_, err := test.Client.Lock("taken", redpoll.LockOptions{TTL: time.Hour}).TryAcquire(ctx)
	clients.LockError(t, err, "taken", redpoll.ErrNotAcquired)

	// A lock without an end can be neither extended nor reacquired: a LockError in both libraries.
	p.tell("new", "endless", pyKeywords{})
	p.want(true, "lock", "acquire", nil)
	p.want("LockError", "lock", "extend", nil, 1)
	p.want("LockError", "lock", "reacquire", nil)
	held := clients.Acquire(t, test.Client, "own", redpoll.LockOptions{TTL: redpoll.Forever})
	clients.LockError(t, held.Extend(ctx, time.Second), "own", redpoll.ErrNotSent)
	clients.LockError(t, held.Reacquire(ctx), "own", redpoll.ErrNotSent)

	// For a time of zero or less redis-py reports success, even if the lock is gone then.
	p.tell("new", "job", pyKeywords{"timeout": 2})
	p.want(true, "lock", "acquire", nil)
	p.want(true, "lock", "extend", nil, 0)
	p.want(true, "lock", "extend", nil, -3)
	p.want(false, "lock", "owned", nil)
	held = clients.Acquire(t, test.Client, "job", redpoll.LockOptions{TTL: time.Hour})
	for _, by := range []time.Duration{0, -3 * time.Second} {
		if err := held.Extend(ctx, by); !errors.Is(err, redpoll.ErrNotSent) ||
			!strings.Contains(err.Error(), "ExtendTo") {
			t.Errorf("got %v", err)
		}
	}
	test.Want(true)(held.Owned(ctx))
	p.tell("new", "zero", pyKeywords{"timeout": 0})
	p.want(true, "lock", "acquire", nil)
	p.want("LockNotOwnedError", "lock", "extend", nil, 1)
	p.want(true, "lock", "reacquire", nil)
	p.want(false, "lock", "owned", nil)
	zero := test.Client.Lock("zero", redpoll.LockOptions{})
	if _, err := zero.TryAcquire(ctx); !errors.Is(err, redpoll.ErrNotSent) {
		t.Errorf("got %v", err)
	}
}
