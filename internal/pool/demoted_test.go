package pool

import (
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// The first refusal as a replica retires the connections of the pool, and later refusals over these
// connections allow another attempt without another reset. A refusal over a connection made after the reset
// is final for a second.
func TestDemoted(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		shared := func() *conn.Conn {
			t.Helper()
			c, err := p.Shared(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		old := shared()
		lent, err := p.Get(t.Context(), conn.Session)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if !p.Demoted(old) || !p.Demoted(lent) {
				t.Error("a refusal over an old connection is final")
			}
		}
		p.Put(lent)
		next := shared()
		if next == old || s.Dials() != 3 || p.Stats().Idle != 0 {
			t.Errorf("%d connections were made, %d are idle", s.Dials(), p.Stats().Idle)
		}
		if p.Demoted(next) || p.Demoted(old) {
			t.Error("a refusal over the new connection is not final")
		}
		testkit.Pass(believed - time.Millisecond)
		if p.Demoted(next) || shared() != next {
			t.Error("it is forgotten too early")
		}
		testkit.Pass(2 * time.Millisecond)
		if !p.Demoted(next) || shared() == next {
			t.Error("it is not tried again")
		}
	})
}

// A pool for replicas expects refusals of writes.
func TestReplicasAreNotDemoted(t *testing.T) {
	inBubble(t, func(cfg *Config) {
		cfg.Conn.Role = conn.Replica
	}, func(t *testing.T, p *Pool, _ *testkit.Played) {
		c, err := p.Shared(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if p.Demoted(c) || c.Down() {
			t.Error("the connection was retired")
		}
	})
}
