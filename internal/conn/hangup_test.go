package conn

import (
	"context"
	"log/slog"
	"testing"

	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/resp"
)

// After a protocol error the server closes the connection. The connection takes no more calls as soon as the
// error has come, so no call is cut.
func TestProtocolErrorEndsTheConnection(t *testing.T) {
	testkit.Bubble(t, func(t *testing.T) {
		server := &testkit.Played{Answer: func(_ int, words []string) string {
			return "-ERR Protocol error: invalid bulk length\r\n"
		}}
		c, err := Dial(t.Context(), &Config{
			Network: "tcp", Addr: "played", RESP2: true, Dial: server.Dial,
			Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		n := &noting{note: func([]byte) {}}
		n.call.Reset()
		n.call.Sink, n.call.Wire = n, resp.AppendCommand(nil, "SET", "k", "v")
		if gone := c.Do(context.Background(), &n.call); gone != nil || !n.call.Refused() || !c.Down() {
			t.Errorf("%v, %v, down %v", gone, n.call.Err, c.Down())
		}
	})
}
