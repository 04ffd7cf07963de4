package pool

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll/internal/testkit"
)

// A stream that ends is called again, after a pause that doubles until the stream gives credentials. During a
// pause Get fails with the stream's error; while the stream runs, Get waits for credentials.
func TestCredentialStreamIsCalledAgain(t *testing.T) {
	testkit.Bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		broken := errors.New("broken")
		began := time.Now()
		var calls []time.Duration
		s := NewStream(nil, errors.New("ended"), slog.New(slog.DiscardHandler))
		s.ctx = ctx
		s.call = func(ctx context.Context, next func(username, password string)) error {
			calls = append(calls, time.Since(began))
			switch len(calls) {
			case 3:
				testkit.Pass(10 * time.Second)
				given := make(chan struct{})
				go func() { // in any goroutine
					next("user", "one")
					close(given)
				}()
				<-given
				return broken
			case 4:
				<-ctx.Done()
				return nil
			}
			return broken
		}
		if _, _, err := s.Get(ctx); !errors.Is(err, broken) {
			t.Errorf("in the first pause: %v", err)
		}
		testkit.Pass(4 * time.Second) // the third call is running
		user, password, err := s.Get(ctx)
		if waited := time.Since(began); err != nil || user != "user" || password != "one" ||
			waited < 10*time.Second {
			t.Errorf("while it runs: %q, %q, %v, after %v", user, password, err, waited)
		}
		testkit.Pass(time.Minute)
		synctest.Wait()
		if len(calls) != 4 || !slices.IsSorted(calls) {
			t.Fatalf("called at %v", calls)
		}
		// Each pause is shortened at random by up to a half; before the last pause the stream worked for 10
		// s.
		for i, pause := range []time.Duration{calls[1], calls[2] - calls[1],
			calls[3] - calls[2] - 10*time.Second} {
			most := []time.Duration{time.Second, 2 * time.Second, time.Second}[i]
			if pause < most/2 || pause > most {
				t.Errorf("pause %d is %v, want between %v and %v", i, pause, most/2, most)
			}
		}
	})
}
