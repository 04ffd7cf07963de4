package reliability_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// contentOf returns the value that the choppy server has under a key. The key decides the size, which is
// mostly small, and each key has a different value.
func contentOf(key string) string {
	h := fnv.New64a()
	io.WriteString(h, key)
	n := h.Sum64()
	size := int(n % 50)
	switch n / 50 % 40 {
	case 0:
		size = int(n % 200_000)
	case 1, 2, 3:
		size = int(n % 5000)
	}
	return key + ":" + strings.Repeat(string(rune('a'+n%26)), size)
}

// choppy starts a server that knows GET, MGET, EXISTS, MULTI, EXEC and HELLO. It writes its replies in pieces
// of random length. On RESP3 it puts push messages and attributes between the replies.
func choppy(t *testing.T) *redpolltest.Peer {
	return redpolltest.Scripted(t, func(nc net.Conn) {
		in := bufio.NewReader(nc)
		c := redpolltest.WrapConn(readFrom{nc, in})
		pushes := false
		var out []byte
		var say session
		for {
			args, err := c.Command()
			if err != nil {
				return
			}
			if args[0] == "HELLO" {
				pushes = true
				out = append(out, "%1\r\n+proto\r\n:3\r\n"...)
			} else {
				if pushes && rand.IntN(20) == 0 {
					out = append(out, ">2\r\n+noise\r\n$3\r\nabc\r\n"...)
				}
				if pushes && rand.IntN(50) == 0 {
					out = append(out, "|1\r\n+ttl\r\n:3600\r\n"...)
				}
				out = say.reply(out, args)
			}
			// Now and then several replies are collected, so that one read returns many of them.
			if rand.IntN(4) == 0 && nc.SetReadDeadline(time.Now().Add(50*time.Microsecond)) == nil {
				_, err := in.Peek(1) // A whole command is read without a deadline, which could cut it.
				_ = nc.SetReadDeadline(time.Time{})
				if err == nil {
					if args, err = c.Command(); err != nil {
						return
					}
					out = say.reply(out, args)
				} else if !errors.Is(err, os.ErrDeadlineExceeded) {
					return
				}
			}
			if !writeChopped(c, out) {
				return
			}
			out = out[:0]
		}
	})
}

// readFrom is a connection that is read through a buffer.
type readFrom struct {
	net.Conn
	in *bufio.Reader
}

func (r readFrom) Read(b []byte) (int, error) { return r.in.Read(b) }

// session is a connection of the choppy server.
type session struct {
	multi  bool
	queued [][]string
}

func (s *session) reply(out []byte, args []string) []byte {
	switch {
	case args[0] == "MULTI":
		s.multi = true
		return append(out, "+OK\r\n"...)
	case args[0] == "EXEC":
		out = fmt.Appendf(out, "*%d\r\n", len(s.queued))
		for _, args := range s.queued {
			out = appendReply(out, args)
		}
		*s = session{}
		return out
	case s.multi:
		s.queued = append(s.queued, args)
		return append(out, "+QUEUED\r\n"...)
	}
	return appendReply(out, args)
}

func appendReply(out []byte, args []string) []byte {
	switch {
	case args[0] == "GET" && args[1] == "missing":
		return append(out, "$-1\r\n"...)
	case args[0] == "GET" && args[1] == "wrong":
		return append(out, "-WRONGTYPE no string\r\n"...)
	case args[0] == "GET":
		v := contentOf(args[1])
		return fmt.Appendf(out, "$%d\r\n%s\r\n", len(v), v)
	case args[0] == "MGET":
		out = fmt.Appendf(out, "*%d\r\n", len(args)-1)
		for _, key := range args[1:] {
			out = appendReply(out, []string{"GET", key})
		}
		return out
	case args[0] == "EXISTS":
		return fmt.Appendf(out, ":%d\r\n", len(contentOf(args[1])))
	}
	return fmt.Appendf(out, "-ERR unknown command %q\r\n", args[0])
}

func writeChopped(w io.Writer, b []byte) bool {
	for len(b) > 0 {
		n := len(b)
		if n > 1 && rand.IntN(3) == 0 {
			n = 1 + rand.IntN(min(n, 1+rand.IntN(n)))
		}
		if _, err := w.Write(b[:n]); err != nil {
			return false
		}
		b = b[n:]
	}
	return true
}

// askFor makes a random kind of call, and checks that it gets the reply to its own request.
func askFor(ctx context.Context, c *redpoll.Client, key string) error {
	switch rand.IntN(8) {
	case 6, 7:
		return askForMany(ctx, c, key)
	case 0:
		if _, err := c.Get(ctx, "missing"); !errors.Is(err, redpoll.Nil) {
			return wrongUnlessCanceled("GET missing", "", err)
		}
	case 1:
		if _, err := c.Get(ctx, "wrong"); !errors.Is(err, redpoll.ErrWrongType) {
			return wrongUnlessCanceled("GET wrong", "", err)
		}
	case 2:
		n, err := c.Exists(ctx, key)
		if err != nil || n != int64(len(contentOf(key))) {
			return wrongUnlessCanceled("EXISTS "+key, strconv.FormatInt(n, 10), err)
		}
	case 3:
		keys := []string{key, "missing", key + "2"}
		vs, err := c.MGet(ctx, keys...)
		want := []redpoll.Null[string]{
			{V: contentOf(key), Valid: true}, {}, {V: contentOf(key + "2"), Valid: true},
		}
		if err != nil || !slices.Equal(vs, want) {
			return wrongUnlessCanceled("MGET", fmt.Sprint(vs), err)
		}
	case 4:
		v, err := c.Do(ctx, "GET", key)
		if text, _ := v.Text(); err != nil || text != contentOf(key) {
			return wrongUnlessCanceled("Do GET "+key, text, err)
		}
	default:
		v, err := c.Get(ctx, key)
		if err != nil || v != contentOf(key) {
			return wrongUnlessCanceled("GET "+key, v, err)
		}
	}
	return nil
}

func wrongUnlessCanceled(what, got string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return fmt.Errorf("%s gave %.60q, %w", what, got, err)
}

// Each reply reaches the caller who asked for it: with any size of replies and of their pieces, any number of
// callers, and calls that are given up.
//
// Covers: F157
func TestEachReplyReachesItsCaller(t *testing.T) {
	t.Parallel()
	peer := choppy(t)
	modes := map[string]redpoll.Options{
		"RESP3":             {},
		"RESP2":             {Protocol: 2},
		"three connections": {Conns: 3},
		"exclusive":         {Exclusive: true},
		"spinning":          {Spin: 50 * time.Microsecond},
		"own dialer": {Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
			nc, err := new(net.Dialer).DialContext(ctx, network, addr)
			return struct{ net.Conn }{nc}, err // hides the descriptor
		}},
	}
	for mode, o := range modes {
		o.Addr = peer.Addr()
		for _, callers := range []int{1, 2, 7, 100} {
			t.Run(fmt.Sprintf("%s/%d callers", mode, callers), func(t *testing.T) {
				t.Parallel()
				o := o
				var log lines
				o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
				c := clients.New(t, o)
				var wg sync.WaitGroup
				calls := 600/callers + 6
				for i := range callers {
					wg.Go(func() {
						for n := range calls {
							ctx, cancel := context.Background(), context.CancelFunc(func() {})
							switch rand.IntN(4) {
							case 0:
								ctx, cancel = context.WithTimeout(ctx, rand.N(2*time.Millisecond))
							case 1:
								ctx, cancel = context.WithCancel(ctx)
								time.AfterFunc(rand.N(time.Millisecond), cancel)
							}
							err := askFor(ctx, c, fmt.Sprintf("%d.%d", i, n))
							cancel()
							if err != nil {
								t.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
				// There are up to 8 connections, because of large replies. There is one more if the server
				// got no CPU time for so long that the link looked dead.
				if s := c.Stats(); !o.Exclusive && s.Dials > 8+min(s.Suspects, 1) {
					t.Errorf("%d connections were made, %+v:\n%s", s.Dials, s, log.String())
				}
			})
		}
	}
}

// lines collects the lines of many goroutines.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// The caller that writes a batch may get its reply before the write ends, and other callers may have queued
// behind it. Here many callers with large requests use a server that reads slowly. The replies of all must be
// read.
func TestLargeRequestsOfManyCallers(t *testing.T) {
	t.Parallel()
	for _, kind := range clients.WireKinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := clients.NewWire(t, kind)
			c := w.Client(t)
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() {
					for n := range 6 {
						key := fmt.Sprintf("%d.%d", i, n)
						value := strings.Repeat(key, 1+rand.IntN(60_000))
						if err := c.Set(background, key, value); err != nil {
							t.Error(err)
						}
						if got, err := c.Get(background, key); err != nil || got != value {
							t.Errorf("GET %s gave %d bytes of %d, %v", key, len(got), len(value), err)
						}
					}
				})
				wg.Go(func() {
					for n := range int64(40) {
						if got, err := c.Incr(background, fmt.Sprint("n", i)); err != nil || got != n+1 {
							t.Errorf("INCR number %d gave %d, %v", n+1, got, err)
							return
						}
					}
				})
			}
			wg.Wait()
		})
	}
}
