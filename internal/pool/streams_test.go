package pool

import (
	"context"
	"errors"
	"testing"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// Streams are counted, closed by Disconnect, and end with the pool.
func TestOpenStream(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, p *Pool, s *testkit.Played) {
		first, err := p.OpenStream(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if n := p.Stats(); n.Streams != 1 || n.Dials != 1 {
			t.Errorf("the counters are %+v", n)
		}
		p.Disconnect()
		if err := first.Err(); !errors.Is(err, conn.ErrClosed) {
			t.Errorf("disconnected with %v", err)
		}
		second, err := p.OpenStream(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		s.Refuse(errors.New("no"))
		if _, err := p.OpenStream(context.Background()); err == nil {
			t.Error("a stream to nobody")
		}
		if n := p.Stats(); n.Streams != 1 || n.Dials != 3 || n.DialErrors != 1 || n.Closed != 1 {
			t.Errorf("the counters are %+v", n)
		}
		p.Close()
		if err := second.Err(); !errors.Is(err, ErrClosed) {
			t.Errorf("closed with %v", err)
		}
		if _, err := p.OpenStream(context.Background()); !errors.Is(err, ErrClosed) {
			t.Errorf("a stream of a closed pool gives %v", err)
		}
	})
}
