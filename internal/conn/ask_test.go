package conn

import (
	"context"
	"errors"
	"testing"

	"github.com/redpoll-go/redpoll/resp"
)

func TestAsk(t *testing.T) {
	t.Parallel()
	p := newPeer(t)
	c := p.dial(p.config())
	got := ""
	take := func(frame []byte) { got = string(frame) }
	if err := c.Ask(context.Background(), resp.AppendCommand(nil, "ECHO", "x"), take); err != nil ||
		got != "$1\r\nx\r\n" {
		t.Errorf("got %q, %v", got, err)
	}
	var refused *Refused
	if err := c.Ask(context.Background(), resp.AppendCommand(nil, "NOSUCH"), take); !errors.As(err,
		&refused) || refused.Text != "ERR unknown command" {
		t.Errorf("an error reply: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	got = ""
	err := c.Ask(ctx, resp.AppendCommand(nil, "ECHO", "y"), take)
	if gone := (*GaveUp)(nil); !errors.As(err, &gone) || got != "" {
		t.Errorf("in a context that is over: %v, %q", err, got)
	}
	c.Close()
	if err := c.Ask(context.Background(), resp.AppendCommand(nil, "ECHO", "z"), take); !errors.Is(err,
		ErrClosed) {
		t.Errorf("on a closed connection: %v", err)
	}
}
