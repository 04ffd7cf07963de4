package conn

import (
	"errors"
	"log/slog"
	"testing"

	"github.com/redpoll-go/redpoll/internal/testkit"
)

// A server that must take writes is asked for its role. One that does not tell is believed.
func TestRoleOfAPrimary(t *testing.T) {
	for name, tt := range map[string]struct {
		reply any
		good  bool
	}{
		"primary":  {[]any{"master", 0, []any{}}, true},
		"replica":  {[]any{"slave", "h", 1, "connected", 0}, false},
		"Sentinel": {[]any{"sentinel", []any{"m"}}, false},
		"refused":  {testkit.Refusal("NOPERM this user has no permissions to run the 'role' command"), true},
		"nonsense": {1, true},
		"empty":    {[]any{}, true},
		"numbers":  {[]any{1, 2}, false},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.Bubble(t, func(t *testing.T) {
				replies := map[string]string{"ROLE": testkit.Reply(2, tt.reply)}
				s := &testkit.Played{Answer: testkit.Answering(replies)}
				cfg := &Config{Network: "tcp", Addr: "n:1", RESP2: true, Dial: s.Dial, Leads: true}
				cfg.Logger = slog.New(slog.DiscardHandler)
				c, err := Dial(t.Context(), cfg)
				if c != nil {
					c.Close()
				}
				if (err == nil) != tt.good || !tt.good && !errors.Is(err, ErrNotPrimary) {
					t.Errorf("got %v", err)
				}
				c, err = Dial(t.Context(), cfg.Anyone())
				if err != nil {
					t.Fatal(err)
				}
				c.Close()
				if n := s.Count("ROLE"); n != 1 {
					t.Errorf("%d questions, want one", n)
				}
			})
		})
	}
}
