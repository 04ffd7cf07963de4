package redpoll

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/resp"
)

// secrets runs a user's stream of credentials and keeps the latest ones.
type secrets struct {
	stream func(ctx context.Context, next func(username, password string)) error
	ctx    context.Context // ends with the pool
	renew  func(wire []byte)
	log    *slog.Logger
	once   sync.Once

	mu       sync.Mutex
	user     string
	password string
	known    bool
	ends     int // how often the stream has ended since it gave something last
	failed   error
	changed  chan struct{} // closed when there are credentials, or the stream has failed; then there is another one
}

// get gives the latest credentials. It waits for the first ones.
func (s *secrets) get(ctx context.Context) (username, password string, err error) {
	s.once.Do(func() { go s.run() })
	for {
		s.mu.Lock()
		user, password, known, failed, changed := s.user, s.password, s.known, s.failed, s.changed
		s.mu.Unlock()
		switch {
		case known:
			return user, password, nil
		case failed != nil:
			return "", "", failed
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", "", ctx.Err()
		}
	}
}

// The pauses before a stream that has ended is called again.
const (
	minStreamPause = time.Second
	maxStreamPause = time.Minute
)

// run calls the stream, again and again until the pool is closed.
func (s *secrets) run() {
	for s.ctx.Err() == nil {
		s.expect()
		err := s.stream(s.ctx, s.set)
		if s.ctx.Err() != nil {
			return
		}
		if err == nil {
			err = errStreamEnded
		}
		s.log.Warn("redpoll: the stream of credentials has ended and is called again", "error", err)
		if !backoff.Wait(s.ctx, backoff.Doubling(s.fail(err), minStreamPause, maxStreamPause), nil) {
			return
		}
	}
}

var errStreamEnded error = &OptionError{"CredentialStream", "has returned before its context ended, without an error: it has to run as long as that"}

// set takes credentials, from whichever goroutine the stream gives them.
func (s *secrets) set(username, password string) {
	s.mu.Lock()
	first := !s.known
	same := s.known && s.user == username && s.password == password
	s.user, s.password, s.known = username, password, true
	s.ends = 0
	s.announce()
	s.mu.Unlock()
	if first || same {
		return
	}
	if username == "" {
		s.renew(resp.AppendCommand(nil, "AUTH", password))
	} else {
		s.renew(resp.AppendCommand(nil, "AUTH", username, password))
	}
}

// expect notes that the stream is called, so that those who ask wait for what it gives.
func (s *secrets) expect() {
	s.mu.Lock()
	s.failed = nil
	s.mu.Unlock()
}

// fail notes that the stream has ended. It gives the number of ends since the stream gave something last.
func (s *secrets) fail(err error) (ends int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ends++
	s.failed = err
	s.announce()
	return s.ends
}

// announce tells those who wait. mu is held.
func (s *secrets) announce() {
	close(s.changed)
	s.changed = make(chan struct{})
}
