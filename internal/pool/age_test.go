package pool

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// A shared connection that is too old stays until there is another one, and then ends with its last call in
// flight. A lent connection ends when it is given back, an idle one at once.
func TestConnectionsEndAtAnAge(t *testing.T) {
	inBubble(t, func(cfg *Config) { cfg.MaxAge = time.Hour }, func(t *testing.T, p *Pool, s *testkit.Played) {
		old, err := p.Shared(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		held, err := p.Get(t.Context(), conn.Session)
		if err != nil {
			t.Fatal(err)
		}
		idle, err := p.Get(t.Context(), conn.Blocking)
		if err != nil {
			t.Fatal(err)
		}
		p.Put(idle)
		testkit.Pass(50 * time.Minute)
		if c, err := p.Shared(t.Context()); err != nil || c != old || s.Dials() != 3 {
			t.Errorf("before its time: %v, %d dials", err, s.Dials())
		}
		release := s.Hold() // the next dial takes some time
		testkit.Pass(17 * time.Minute)
		synctest.Wait()
		if c, err := p.Shared(t.Context()); err != nil || c != old || old.Down() {
			t.Errorf("while another one is being made: %v, down %v", err, old.Down())
		}
		if idle.Err() == nil || held.Down() {
			t.Errorf("idle: %v, held: %v", idle.Err(), held.Err())
		}
		release()
		synctest.Wait()
		c, err := p.Shared(t.Context())
		if err != nil || c == old || old.Err() == nil || s.Dials() != 4 {
			t.Errorf("behind that: %v, the same %v, the old one %v, %d dials", err, c == old, old.Err(),
				s.Dials())
		}
		p.Put(held)
		if held.Err() == nil || p.Stats().Lent != 0 {
			t.Error("a connection that was held for too long was put back")
		}
	})
}

// While no other connection can be made, the old one stays in use, and the pool tries again.
func TestOldConnectionsOutliveFailedDials(t *testing.T) {
	inBubble(t, func(cfg *Config) { cfg.MaxAge = time.Hour }, func(t *testing.T, p *Pool, s *testkit.Played) {
		old, err := p.Shared(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		s.Refuse(errRefused)
		testkit.Pass(67 * time.Minute)
		if got, err := p.Shared(t.Context()); err != nil || got != old || s.Dials() < 2 || s.Dials() > 30 {
			t.Errorf("%v, the same %v, %d dials", err, got == old, s.Dials())
		}
		s.Refuse(nil)
		testkit.Pass(time.Minute)
		if got, err := p.Shared(t.Context()); err != nil || got == old {
			t.Errorf("%v, the same %v", err, got == old)
		}
	})
}
