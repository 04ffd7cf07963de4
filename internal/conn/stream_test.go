package conn

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"

	"github.com/redpoll-go/redpoll/resp"
)

// streamTo opens a stream and returns its other end.
func streamTo(t *testing.T, cfg *Config) (*Stream, net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	cfg.Network, cfg.Addr, cfg.RESP2 = "tcp", ln.Addr().String(), true
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s, err := OpenStream(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	other, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	return s, other
}

func send(t *testing.T, to net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(to, text); err != nil {
		t.Fatal(err)
	}
}

// Both directions carry whole frames, pushes and replies alike.
func TestStream(t *testing.T) {
	t.Parallel()
	s, other := streamTo(t, &Config{})
	if err := s.Write(context.Background(), resp.AppendCommand(nil, "SUBSCRIBE", "news")); err != nil {
		t.Fatal(err)
	}
	if args, err := resp.NewReader(other, 0, resp.Limits{}).ReadCommand(); err != nil || len(args) != 2 ||
		string(args[1]) != "news" {
		t.Errorf("the server got %q, %v", args, err)
	}
	want := []string{"*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n", ">2\r\n$7\r\nmessage\r\n$1\r\nx\r\n",
		"+PONG\r\n", "-ERR no\r\n"}
	for _, frame := range want {
		send(t, other, frame)
	}
	for _, frame := range want {
		if got, err := s.ReadFrame(context.Background()); err != nil || string(got) != frame {
			t.Errorf("got %q, %v; want %q", got, err, frame)
		}
	}
}

// A reader that polls with contexts that end loses nothing, wherever a frame is cut in two.
func TestStreamPolled(t *testing.T) {
	t.Parallel()
	s, other := streamTo(t, &Config{})
	const frame = ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$5\r\nhello\r\n"
	for cut := range len(frame) {
		send(t, other, frame[:cut])
		for range 3 {
			ctx, cancel := context.WithCancel(context.Background())
			var waiting sync.WaitGroup
			waiting.Go(func() {
				got, err := s.ReadFrame(ctx)
				if gone := (*GaveUp)(nil); !errors.As(err, &gone) || !errors.Is(err, context.Canceled) {
					t.Errorf("cut at %d: got %q, %v", cut, got, err)
				}
			})
			cancel() // before the read, or during it
			waiting.Wait()
		}
		send(t, other, frame[cut:])
		if got, err := s.ReadFrame(context.Background()); err != nil || string(got) != frame {
			t.Fatalf("cut at %d: got %q, %v", cut, got, err)
		}
	}
}

// Every call after the end of a stream returns its first error.
func TestStreamEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  func(t *testing.T, s *Stream, other net.Conn)
		want func(err error) bool
	}{
		"by the server": {func(_ *testing.T, _ *Stream, other net.Conn) {
			other.Close()
		}, func(err error) bool { return errors.Is(err, io.EOF) }},
		"inside a frame": {func(t *testing.T, _ *Stream, other net.Conn) {
			send(t, other, "$5\r\nhe")
			other.Close()
		},
			func(err error) bool { return errors.Is(err, io.EOF) }},
		"by nonsense": {func(t *testing.T, _ *Stream, other net.Conn) { send(t, other, "HTTP/1.1 400\r\n") },
			func(err error) bool { return errors.As(err, new(*DesyncError)) }},
		"by Close": {func(_ *testing.T, s *Stream, _ net.Conn) {
			s.Close()
		}, func(err error) bool { return errors.Is(err, ErrClosed) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, other := streamTo(t, &Config{})
			var reader sync.WaitGroup
			reader.Go(func() {
				if frame, err := s.ReadFrame(context.Background()); !c.want(err) {
					t.Errorf("got %q, %v", frame, err)
				}
			})
			c.end(t, s, other)
			reader.Wait()
			if _, err := s.ReadFrame(context.Background()); !c.want(err) {
				t.Errorf("the next read: %v", err)
			}
			if err := s.Write(context.Background(), []byte("x")); !c.want(err) {
				t.Errorf("a write: %v", err)
			}
			if !c.want(s.Err()) {
				t.Errorf("Err: %v", s.Err())
			}
		})
	}
}

// A write that the other side does not read ends with its context. The stream ends too, because a part of a
// frame may have been sent.
func TestStreamWriteGivenUp(t *testing.T) {
	t.Parallel()
	s, other := streamTo(t, &Config{})
	ctx, cancel := context.WithCancel(context.Background())
	var writer sync.WaitGroup
	writer.Go(func() {
		err := s.Write(ctx, make([]byte, 64<<20))
		if gone := (*GaveUp)(nil); !errors.As(err, &gone) || gone.Outcome != MaybeExecuted {
			t.Errorf("the write: %v", err)
		}
	})
	if _, err := other.Read(make([]byte, 1)); err != nil { // then a part has been sent
		t.Error(err)
	}
	cancel()
	writer.Wait()
	if s.Err() == nil {
		t.Error("the stream goes on behind a part of a frame")
	}
}

// Frames that have come together are taken without waiting, and what has come of the next one is counted.
func TestStreamNext(t *testing.T) {
	t.Parallel()
	s, other := streamTo(t, &Config{})
	const frames = "+a\r\n+b\r\n$5\r\nhe"
	send(t, other, frames)
	if got, err := s.ReadFrame(context.Background()); err != nil || string(got) != "+a\r\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if n := s.Received(); n != uint64(len(frames)) { // so few bytes are one segment
		t.Errorf("%d bytes came, want %d", n, len(frames))
	}
	if got, err := s.Next(); err != nil || string(got) != "+b\r\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := s.Next(); err != nil || got != nil {
		t.Errorf("got %q, %v of an unfinished frame", got, err)
	}
	ended := make(chan End, 1)
	s.OnEnd(func(e End) { ended <- e })
	s.Fail(io.ErrNoProgress)
	if e := <-ended; !errors.Is(e.Err, io.ErrNoProgress) || e.Own {
		t.Errorf("the end was told as %+v", e)
	}
	if _, err := s.ReadFrame(context.Background()); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("got %v", err)
	}
}
