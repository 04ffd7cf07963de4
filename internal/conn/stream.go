package conn

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// Stream is a connection that one holder reads and writes itself, frame by frame: for subscriptions and MONITOR, where
// the server sends what nobody asked for. It never carries commands whose replies somebody awaits.
//
// One goroutine may write while another one reads; Close may be called by any. The error that ends a stream stays.
type Stream struct {
	c *Conn

	mu  sync.Mutex
	err error // why it cannot be used any more
}

// OpenStream opens a connection as Dial does.
func OpenStream(ctx context.Context, cfg *Config) (*Stream, error) {
	c, err := Dial(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if c.lazy != nil {
		// Here whoever writes may wait for the socket.
		c.lazy.mu.Lock()
		c.lazy.on = false
		c.lazy.mu.Unlock()
	}
	return &Stream{c: c}, nil
}

// Info tells what the handshake learnt.
func (s *Stream) Info() ServerInfo { return s.c.Info() }

// Node is the address of the server.
func (s *Stream) Node() string { return s.c.cfg.Addr }

// Err is why the stream cannot be used any more, nil if it can.
func (s *Stream) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Close ends the stream. A read or write under way ends with ErrClosed.
func (s *Stream) Close() { s.fail(ErrClosed) }

// fail ends the stream for a reason, and gives the first reason that there was.
func (s *Stream) fail(err error) error {
	s.mu.Lock()
	if s.err == nil {
		s.err = err
	}
	err = s.err
	s.mu.Unlock()
	s.c.Close()
	return err
}

// ReadFrame waits for the next frame, a reply or a push. The frame is lent until the next call. When the context ends
// first the error is a *GaveUp and nothing is lost: what has arrived of a frame stays, and the next call goes on there. Any
// other error ends the stream. A connection of the user's own that knows no deadlines is closed with the context.
func (s *Stream) ReadFrame(ctx context.Context) ([]byte, error) {
	for {
		frame, err := s.c.rd.Next()
		if err != nil {
			return nil, s.fail(&DesyncError{Reason: "the server broke the protocol", Err: err})
		}
		if frame != nil {
			return frame, nil
		}
		if err := s.fill(ctx); err != nil {
			return nil, err
		}
	}
}

// Buffered reports whether more bytes have been read than frames were taken, so that ReadFrame may not have to wait.
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

// Write sends whole frames. When the context ends before all bytes have left, the stream ends too, since a part of a frame
// may have left; the error is a *GaveUp then.
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

// bounded runs a read or a write, which ends when the context does. It reports whether the context has ended.
func (s *Stream) bounded(ctx context.Context, deadline func(time.Time) error, do func() error) (over bool, err error) {
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
