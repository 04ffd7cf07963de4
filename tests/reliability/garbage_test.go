package reliability_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// misbehaving starts a server whose first connection answers the first command with bad, again and again if
// endless. Later connections and the commands of the handshake get correct replies.
func misbehaving(t *testing.T, bad string, endless bool) *redpolltest.Peer {
	var spoilt atomic.Bool
	bytes := []byte(bad)
	return redpolltest.Scripted(t, func(nc net.Conn) {
		c := redpolltest.WrapConn(nc)
		for {
			args, err := c.Command()
			if err != nil {
				return
			}
			switch {
			case args[0] == "HELLO":
				_, err = io.WriteString(c, "%1\r\n+proto\r\n:3\r\n")
			case !spoilt.Swap(true):
				_, err = c.Write(bytes)
				for endless && err == nil {
					_, err = c.Write(bytes)
				}
			case args[0] == "GET":
				_, err = io.WriteString(c, "$4\r\ngood\r\n")
			default:
				_, err = io.WriteString(c, ":7\r\n")
			}
			if err != nil {
				return
			}
		}
	})
}

// badReply is a reply that a server must not send.
type badReply struct {
	name    string
	bytes   string
	endless bool
}

var badReplies = []badReply{
	{name: "garbage", bytes: "HTTP/1.1 400 Bad Request\r\n\r\n"},
	{name: "binary", bytes: "\x00\x01\x02\xff\xfe\r\n"},
	{name: "empty line", bytes: "\r\n"},
	{name: "no number", bytes: ":abc\r\n"},
	{name: "number too large", bytes: ":99999999999999999999999\r\n"},
	{name: "length is not a number", bytes: "$abc\r\n"},
	{name: "bulk of negative length", bytes: "$-2\r\n"},
	{name: "array of negative length", bytes: "*-5\r\n"},
	{name: "map of negative length", bytes: "%-1\r\n"},
	{name: "bulk of absurd length", bytes: "$99999999999999999\r\n"},
	{name: "bulk of overflowing length", bytes: "$9223372036854775807\r\n"},
	{name: "array of absurd length", bytes: "*1000000000000\r\n"},
	{name: "array of overflowing length", bytes: "*9223372036854775807\r\n"},
	{name: "map of overflowing length", bytes: "%4611686018427387904\r\n"},
	{name: "bulk without its line end", bytes: "$3\r\nabcdefgh\r\n"},
	{name: "endless line", bytes: strings.Repeat("+OK and on ", 1000), endless: true},
	{name: "endless number", bytes: ":" + strings.Repeat("1", 1000), endless: true},
	{name: "endless length", bytes: "$" + strings.Repeat("0", 1000), endless: true},
	{name: "nested arrays", bytes: strings.Repeat("*1\r\n", 1_000_000)},
	{name: "nested maps", bytes: strings.Repeat("%1\r\n+k\r\n", 100_000)},
	{name: "nested attributes", bytes: strings.Repeat("|1\r\n+k\r\n", 100_000)},
	{name: "two replies", bytes: "$4\r\ngood\r\n$5\r\nextra\r\n"},
	{name: "reply and the beginning of another", bytes: "$4\r\ngood\r\n$5\r\nex"},
	{name: "push of nothing but a length", bytes: ">-1\r\n"},
	{name: "streamed string", bytes: "$?\r\n;4\r\ngood\r\n;0\r\n"},
}

// A protocol error costs one call and one connection. The next call works.
//
// Covers: F80
func TestProtocolBreachCostsOneConnection(t *testing.T) {
	t.Parallel()
	calls := map[string]func(c *redpoll.Client) error{
		"GET":  func(c *redpoll.Client) error { _, err := c.Get(background, "k"); return err },
		"INCR": func(c *redpoll.Client) error { _, err := c.Incr(background, "k"); return err },
		"Do":   func(c *redpoll.Client) error { _, err := c.Do(background, "MGET", "k"); return err },
	}
	for _, bad := range badReplies {
		for name, call := range calls {
			if bad.endless && name != "GET" || len(bad.bytes) > 10_000 && name != "Do" {
				continue
			}
			t.Run(bad.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				peer := misbehaving(t, bad.bytes, bad.endless)
				c := clients.New(t, redpoll.Options{
					Addr: peer.Addr(), NoRetry: true, ReplyTimeout: 10 * time.Second,
				})
				err := ended(t, name, func(context.Context) error { return call(c) })
				whole := strings.HasPrefix(bad.bytes, "$4\r\ngood\r\n") // the call itself has its reply
				if !whole {
					clients.MaybeExecuted(redpoll.ErrProtocol).Check(t, err)
				}
				if v, err := c.Get(background, "k"); err != nil || v != "good" {
					t.Errorf("the next call gave %q, %v", v, err)
				}
				if n := peer.Accepted(); n != 2 {
					t.Errorf("%d connections, want the one that was given up and its replacement", n)
				}
			})
		}
	}
}

// A read is retried after a protocol error, a write is not.
func TestProtocolBreachAndRepeats(t *testing.T) {
	t.Parallel()
	peer := misbehaving(t, "garbage\r\n", false)
	c := clients.New(t, redpoll.Options{Addr: peer.Addr()})
	if v, err := c.Get(background, "k"); err != nil || v != "good" {
		t.Errorf("GET gave %q, %v", v, err)
	}
	peer = misbehaving(t, "garbage\r\n", false)
	c = clients.New(t, redpoll.Options{Addr: peer.Addr(), RetryWrites: true})
	_, err := c.Incr(background, "k")
	clients.MaybeExecuted(redpoll.ErrProtocol).Check(t, err)
	if n := peer.Accepted(); n != 1 {
		t.Errorf("%d connections for a write that must not be repeated", n)
	}
}

// A correct reply whose type does not fit the command is an error, but the connection stays open.
func TestReplyOfAnotherShapeKeepsTheConnection(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		bytes string
		call  func(c *redpoll.Client) error
	}{
		"array for GET": {"*2\r\n+a\r\n+b\r\n",
			func(c *redpoll.Client) error { _, err := c.Get(background, "k"); return err }},
		"text for INCR": {"+hello\r\n",
			func(c *redpoll.Client) error { _, err := c.Incr(background, "k"); return err }},
		"nothing for INCR": {"$-1\r\n",
			func(c *redpoll.Client) error { _, err := c.Incr(background, "k"); return err }},
		"no list for INCR": {"*-1\r\n",
			func(c *redpoll.Client) error { _, err := c.Incr(background, "k"); return err }},
		"map for INCR": {"%1\r\n+a\r\n:1\r\n",
			func(c *redpoll.Client) error { _, err := c.Incr(background, "k"); return err }},
		"integer for LRANGE": {":1\r\n",
			func(c *redpoll.Client) error { _, err := c.LRange(background, "k", 0, -1); return err }},
		"nested for LRANGE": {"*1\r\n*1\r\n+a\r\n",
			func(c *redpoll.Client) error { _, err := c.LRange(background, "k", 0, -1); return err }},
		"odd list for HGETALL": {"*3\r\n+a\r\n+b\r\n+c\r\n",
			func(c *redpoll.Client) error { _, err := c.HGetAll(background, "k"); return err }},
		"integer for HGETALL": {":1\r\n",
			func(c *redpoll.Client) error { _, err := c.HGetAll(background, "k"); return err }},
		"odd double for ZSCORE": {",many\r\n",
			func(c *redpoll.Client) error { _, err := c.ZScore(background, "k", "m"); return err }},
		"empty double for Do": {",\r\n",
			func(c *redpoll.Client) error { _, err := c.Do(background, "FOO"); return err }},
		"huge double for Do": {",1e400\r\n",
			func(c *redpoll.Client) error { _, err := c.Do(background, "FOO"); return err }},
		"odd double in a list": {"*2\r\n*2\r\n+a\r\n,0x1p4\r\n*2\r\n+b\r\n,1\r\n",
			func(c *redpoll.Client) error {
				_, err := c.ZRangeWithScores(background, "k", 0, -1)
				return err
			}},
		"number for PING": {"*0\r\n", func(c *redpoll.Client) error { return c.Ping(background) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			peer := misbehaving(t, tc.bytes, false)
			c := clients.New(t, redpoll.Options{Addr: peer.Addr()})
			err := tc.call(c)
			var re *redpoll.ReplyError
			if !errors.As(err, &re) && !errors.Is(err, redpoll.Nil) {
				t.Errorf("got %T %v, want a *ReplyError", err, err)
			}
			if redpoll.OutcomeOf(err) != redpoll.Executed {
				t.Errorf("the outcome of %v is %v", err, redpoll.OutcomeOf(err))
			}
			if v, err := c.Get(background, "k"); err != nil || v != "good" {
				t.Errorf("the next call gave %q, %v", v, err)
			}
			if n := peer.Accepted(); n != 1 {
				t.Errorf("%d connections, want one", n)
			}
		})
	}
}

// A protocol error in the handshake is reported as such, and nothing was sent.
func TestProtocolBreachInHandshake(t *testing.T) {
	t.Parallel()
	for name, hello := range map[string]string{
		"garbage":            "SSH-2.0-OpenSSH_9.6\r\n",
		"status":             "+OK\r\n",
		"integer":            ":3\r\n",
		"odd list":           "*1\r\n+proto\r\n",
		"wrong types":        "%1\r\n*0\r\n*0\r\n",
		"protocol is a list": "%1\r\n+proto\r\n*0\r\n",
		"huge":               "%99999999999\r\n",
		"one reply too many": "%1\r\n+proto\r\n:3\r\n$5\r\nstray\r\n",
		"half a reply more":  "%1\r\n+proto\r\n:3\r\n$5\r\nst",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			peer := testkit.Listen(t, func(_ int, words []string) string {
				if words[0] == "HELLO" {
					return hello
				}
				return "$4\r\ngood\r\n"
			})
			for _, exclusive := range []bool{false, true} {
				c := clients.New(t, redpoll.Options{Addr: peer.Addr(), Exclusive: exclusive})
				v, err := c.Get(background, "k")
				if err == nil {
					t.Errorf("GET gave %q", v)
					continue
				}
				clients.NotSent(redpoll.ErrProtocol).Check(t, err)
			}
			if n := peer.Accepted(); n != 2 {
				t.Errorf("%d connections for two calls", n)
			}
		})
	}
}

// A reply without a request, on an idle connection, reaches no caller.
func TestUnaskedReplyWhileIdle(t *testing.T) {
	t.Parallel()
	for _, kind := range clients.WireKinds {
		for name, stray := range map[string]string{
			"whole":    "$5\r\nstray\r\n",
			"half":     "$5\r\nst",
			"line end": "\r\n",
			"garbage":  "?",
		} {
			if kind == "TLS" && name != "garbage" {
				continue // the proxy cannot write inside TLS, only spoil it
			}
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				w := clients.NewWire(t, kind)
				c := w.Client(t)
				clients.Warm(t, c)
				fault := w.Proxy.Garbage(redpolltest.ToClient, 0, []byte(stray), redpolltest.FromNow,
					redpolltest.Once)
				fault.Wait()
				testkit.Unused()
				for n := range 5 {
					want := fmt.Sprint("echo ", n)
					v, err := c.Echo(background, want)
					switch {
					case err == nil && v != want:
						t.Errorf("ECHO of %q gave %q", want, v)
					case err != nil && n > 0:
						t.Errorf("the stray reply cost a second call: %v", err)
					case err != nil && kind != "TLS":
						clients.NotSent(redpoll.ErrProtocol).Check(t, err)
					}
				}
				if s := c.Stats(); s.Dials != 2 {
					t.Errorf("%d connections, want the spoilt one and its replacement", s.Dials)
				}
			})
		}
	}
}

// If a caller never pauses, an additional reply cannot be told from the expected one. It must not shift the
// replies of its connection for ever.
func TestStrayReplyDoesNotShiftForEver(t *testing.T) {
	t.Parallel()
	for _, callers := range []int{1, 8} {
		t.Run(fmt.Sprint(callers, " callers"), func(t *testing.T) {
			t.Parallel()
			w := clients.NewWire(t, "TCP")
			c := w.Client(t)
			clients.Warm(t, c)
			errs := make(chan error, callers)
			var wrong atomic.Int64
			for i := range callers {
				go func() {
					for n := 0; ; n++ {
						want := fmt.Sprint(i, ".", n)
						v, err := c.Echo(background, want)
						if err != nil || n > 100 && wrong.Load() == 0 && c.Stats().Dials > 1 {
							errs <- err
							return
						}
						if v != want && wrong.Add(1) > 3000 {
							errs <- fmt.Errorf("after %d replies to wrong callers ECHO of %q gave %q",
								wrong.Load(), want, v)
							return
						}
						if wrong.Load() > 0 && c.Stats().Dials > 1 {
							errs <- nil
							return
						}
					}
				}()
			}
			w.Proxy.Garbage(redpolltest.ToClient, 0, []byte("$5\r\nstray\r\n"), redpolltest.FromNow,
				redpolltest.Once).Wait()
			for range callers {
				if err := <-errs; err != nil && !errors.Is(err, redpoll.ErrProtocol) {
					t.Error(err)
				}
			}
			t.Logf("%d replies reached the wrong caller before the connection was given up", wrong.Load())
		})
	}
}

// Memory is allocated for bytes that have arrived, not for the length that a reply announces. Not parallel:
// the test measures the process.
func TestMemoryGrowsWithWhatArrived(t *testing.T) {
	for name, bad := range map[string]badReply{
		"bulk":                    {bytes: "$500000000\r\nabc"},
		"array":                   {bytes: "*1000000\r\n$1\r\na\r\n"},
		"map":                     {bytes: "%500000\r\n$1\r\na\r\n"},
		"set":                     {bytes: "~1000000\r\n$1\r\na\r\n"},
		"push":                    {bytes: ">1000000\r\n$1\r\na\r\n"},
		"arrays in arrays":        {bytes: strings.Repeat("*1000000\r\n", 20)},
		"a million arrays":        {bytes: strings.Repeat("*1\r\n", 1_000_000)},
		"endless line":            {bytes: "+" + strings.Repeat("x", 4095), endless: true},
		"endless error":           {bytes: "-" + strings.Repeat("x", 4095), endless: true},
		"endless length":          {bytes: "$" + strings.Repeat("1", 4095), endless: true},
		"endless length of a map": {bytes: "%" + strings.Repeat("0", 4095), endless: true},
	} {
		t.Run(name, func(t *testing.T) {
			const most = 4 << 20 // for both sides together
			limit := uint64(most + 4*len(bad.bytes))
			least := allocatedFor(t, bad)
			// Other work in the process is counted too, so the smallest of a few results counts.
			for try := 1; try < 3 && least > limit; try++ {
				least = min(least, allocatedFor(t, bad))
			}
			if least > limit {
				t.Errorf("%d bytes were allocated for a reply of which %d arrived", least, len(bad.bytes))
			}
		})
	}
}

// allocatedFor returns the bytes that were allocated while a client read a bad reply. The client must still
// work.
func allocatedFor(t *testing.T, bad badReply) uint64 {
	t.Helper()
	peer := misbehaving(t, bad.bytes, bad.endless)
	c := clients.New(t, redpoll.Options{Addr: peer.Addr(), NoRetry: true, ReplyTimeout: clients.Brief})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := c.Do(background, "MGET", "k")
	runtime.ReadMemStats(&after)
	clients.MaybeExecuted(nil).Check(t, err)
	if v, err := c.Get(background, "k"); err != nil || v != "good" {
		t.Errorf("the next call gave %q, %v", v, err)
	}
	return after.TotalAlloc - before.TotalAlloc
}

// Random bytes instead of replies give an error or a reply, never a panic or a hang, and the client recovers.
func TestRandomBytesInPlaceOfReplies(t *testing.T) {
	t.Parallel()
	const alphabet = "+-:$*_,#!=(%~|>;.0123456789\r\n\r\n\r\nabtf?"
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var b strings.Builder
		for range 1 + rng.IntN(60) {
			b.WriteByte(alphabet[rng.IntN(len(alphabet))])
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			peer := misbehaving(t, b.String(), false)
			c := clients.New(t, redpoll.Options{
				Addr: peer.Addr(), NoRetry: true, ReplyTimeout: 100 * time.Millisecond,
			})
			_ = ended(t, b.String(),
				func(ctx context.Context) error { _, err := c.Do(ctx, "GET", "k"); return err })
			testkit.Unused()
			var v string
			err := errors.New("not called")
			for n := 0; n < 3 && err != nil; n++ {
				v, err = c.Get(background, "k")
				var ce *redpoll.ConnError
				if errors.As(err, &ce) && ce.Timeout() {
					n-- // a busy machine, or a reply that never came; another connection ends it
				}
			}
			if err != nil || v != "good" {
				t.Errorf("after %q GET gave %q, %v", b.String(), v, err)
			}
		})
	}
}
