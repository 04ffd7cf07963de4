package pool

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/redpoll-go/redpoll/internal/backoff"
	"github.com/redpoll-go/redpoll/resp"
)

// Stream runs a user's stream of credentials and keeps the latest credentials.
type Stream struct {
	call  func(ctx context.Context, next func(username, password string)) error
	ctx   context.Context // ends with the first pool
	log   *slog.Logger
	ended error // error for a stream that returned nil
	once  sync.Once

	mu       sync.Mutex
	pools    []*Pool // whose connections are renewed
	user     string
	password string
	known    bool
	ends     int // how often the stream has ended since its last credentials
	failed   error
	// Closed when there are new credentials or the stream has failed; then another channel replaces it.
	changed chan struct{} // closed at the next change
}

// NewStream makes a Stream from the user's function. ended is the error if the function returns nil too
// early. The function is called when credentials are needed for the first time, and ends with the first pool
// of Bind.
func NewStream(call func(ctx context.Context, next func(username, password string)) error, ended error,
	log *slog.Logger) *Stream {
	return &Stream{call: call, ended: ended, log: log, changed: make(chan struct{})}
}

// Bind renews the connections of a pool, and of those that were bound before, whenever new credentials come.
// Call it before the pool is used.
func (s *Stream) Bind(p *Pool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx == nil {
		s.ctx = p.ctx
	}
	s.pools = append(slices.DeleteFunc(s.pools, func(old *Pool) bool { return old.ctx.Err() != nil }), p)
}

// renew sends a command with new credentials over the connections of all pools.
func (s *Stream) renew(wire []byte) {
	s.mu.Lock()
	pools := slices.Clone(s.pools)
	s.mu.Unlock()
	for _, p := range pools {
		p.Authenticate(wire)
	}
}

// Get returns the latest credentials. It waits for the first ones.
func (s *Stream) Get(ctx context.Context) (username, password string, err error) {
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

// These constants bound the pause before a stream that has ended is called again.
const (
	minStreamPause = time.Second
	maxStreamPause = time.Minute
)

// run calls the stream again and again until the pool is closed.
func (s *Stream) run() {
	for s.ctx.Err() == nil {
		s.expect()
		err := s.call(s.ctx, s.set)
		if s.ctx.Err() != nil {
			return
		}
		if err == nil {
			err = s.ended
		}
		s.log.Warn("redpoll: the stream of credentials has ended and is called again", "error", err)
		if !backoff.Wait(s.ctx, backoff.Doubling(s.fail(err), minStreamPause, maxStreamPause), nil) {
			return
		}
	}
}

// set takes new credentials from the stream. The stream may call it from any goroutine.
func (s *Stream) set(username, password string) {
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

// expect notes that the stream is called, so that Get waits for new credentials instead of returning the old
// failure.
func (s *Stream) expect() {
	s.mu.Lock()
	s.failed = nil
	s.mu.Unlock()
}

// fail notes that the stream has ended. It returns how often the stream has ended since its last credentials.
func (s *Stream) fail(err error) (ends int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ends++
	s.failed = err
	s.announce()
	return s.ends
}

// announce wakes all callers that wait. mu is held.
func (s *Stream) announce() {
	close(s.changed)
	s.changed = make(chan struct{})
}
