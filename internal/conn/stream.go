package conn

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"sync"
	"time"
)

// Stream is a connection that one holder reads and writes frame by frame: for subscriptions and MONITOR,
// where the server sends frames without being asked. It never carries commands whose callers wait for
// replies.
//
// One goroutine may write while another one reads; any goroutine may call Close. The error that ended a
// stream stays.
type Stream struct {
	c *Conn

	mu  sync.Mutex
	err error // why the stream is unusable; nil if it is usable
}

// OpenStream opens a connection as Dial does.
func OpenStream(ctx context.Context, cfg *Config) (*Stream, error) {
	c, err := Dial(ctx, cfg.forStream())
	if err != nil {
		return nil, err
	}
	if c.lazy != nil {
		// On a stream the writer may wait for the socket.
		c.lazy.mu.Lock()
		c.lazy.on = false
		c.lazy.mu.Unlock()
	}
	return &Stream{c: c}, nil
}

// forStream is the configuration of a stream. A line of MONITOR holds a whole command, so that it may be as
// long as a frame. A bound of lines that the user has set stays.
func (c *Config) forStream() *Config {
	other := c.copied()
	other.base = c
	if other.Limits.Line <= 0 {
		other.Limits.Line = math.MaxInt // Limits.Frame bounds it
	}
	return other
}

// Info returns the result of the handshake.
func (s *Stream) Info() ServerInfo { return s.c.Info() }

// Node returns the address of the server.
func (s *Stream) Node() string { return s.c.cfg.Addr }

// OnEnd sets what hears of the end, on the goroutine that ends the stream. If it has ended by then it is told
// at once.
func (s *Stream) OnEnd(f func(End)) { s.c.OnEnd(f) }

// Counts returns the counters of the connection. Bytes that the holder sends do not count.
func (s *Stream) Counts() Counts { return s.c.Counts() }

// Received returns the number of bytes that have come, unfinished frames included. It costs next to nothing.
func (s *Stream) Received() uint64 { return s.c.came.Load() }

// Err returns why the stream is unusable, nil if it is usable.
func (s *Stream) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Close ends the stream. A read or write in progress fails with ErrClosed.
func (s *Stream) Close() { s.fail(ErrClosed) }

// Fail ends the stream as Close does, with an error of the caller's.
func (s *Stream) Fail(err error) { s.fail(err) }

// fail ends the stream with an error, and returns the first error of the stream.
func (s *Stream) fail(err error) error {
	s.mu.Lock()
	if s.err == nil {
		s.err = err
	}
	err = s.err
	s.mu.Unlock()
	s.c.Fail(err)
	return err
}

// ReadFrame waits for the next frame, a reply or a push. The frame is lent until the next call. If the
// context ends first, the error is a *GaveUp and nothing is lost: the received part of a frame stays, and the
// next call continues there. Any other error ends the stream. A user's own connection without deadlines is
// closed at the end of the context.
func (s *Stream) ReadFrame(ctx context.Context) ([]byte, error) {
	for {
		frame, err := s.c.rd.Next()
		if err != nil {
			return nil, s.fail(&DesyncError{Reason: "the server broke the protocol", Err: err})
		}
		if frame != nil {
			return frame, nil
		}
		s.c.rd.Shrink() // frees what a large frame needed, unless a part of the next one has come
		if err := s.fill(ctx); err != nil {
			return nil, err
		}
	}
}

// Next returns a frame that has come already, as ReadFrame does, or nil if there is none.
func (s *Stream) Next() ([]byte, error) {
	frame, err := s.c.rd.Next()
	if err != nil {
		return nil, s.fail(&DesyncError{Reason: "the server broke the protocol", Err: err})
	}
	return frame, nil
}

// Buffered reports whether there are received bytes behind the last frame, so that ReadFrame may return
// without waiting.
func (s *Stream) Buffered() bool { return s.c.rd.Buffered() > 0 }

// fill reads once.
func (s *Stream) fill(ctx context.Context) error {
	if ctx.Err() != nil {
		return NewGaveUp(ctx, NotSent)
	}
	over, err := s.bounded(ctx, s.c.sock.SetReadDeadline, s.c.rd.Fill)
	switch {
	case err == nil:
		return nil
	case over && errors.Is(err, os.ErrDeadlineExceeded) && s.Err() == nil:
		return NewGaveUp(ctx, NotSent)
	}
	return s.fail(readError(err))
}

// Write sends whole frames. If the context ends before all bytes are sent, the stream ends too, because a
// part of a frame may have been sent; the error is a *GaveUp then.
func (s *Stream) Write(ctx context.Context, wire []byte) error {
	if ctx.Err() != nil {
		return NewGaveUp(ctx, NotSent)
	}
	if err := s.Err(); err != nil {
		return err
	}
	over, err := s.bounded(ctx, s.c.sock.SetWriteDeadline, func() error {
		_, err := s.c.nc.Write(wire)
		return err
	})
	switch {
	case err == nil:
		return nil
	case over && errors.Is(err, os.ErrDeadlineExceeded):
		s.fail(fmt.Errorf("%w: a write was given up", ErrClosed))
		return NewGaveUp(ctx, MaybeExecuted)
	}
	return s.fail(err)
}

// bounded runs a read or a write that ends when the context does. It reports whether the context has ended.
func (s *Stream) bounded(ctx context.Context, deadline func(time.Time) error,
	do func() error) (over bool, err error) {
	if ctx.Done() == nil {
		return false, do()
	}
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		if deadline(past) != nil {
			s.Close() // some tunnels know no deadlines
		}
		close(interrupted)
	})
	err = do()
	if stop() {
		return false, err
	}
	<-interrupted
	deadline(time.Time{})
	return true, err
}
