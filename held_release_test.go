package redpoll_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
)

// overtaken is a hook that has something happen before the commands of one context are sent.
type overtaken struct{ first func() }

type overtakenKey struct{}

func (o *overtaken) CommandStarted(ctx context.Context, _ redpoll.CommandStart) context.Context {
	if ctx.Value(overtakenKey{}) != nil {
		o.first()
	}
	return ctx
}

func (*overtaken) CommandEnded(context.Context, redpoll.CommandEnd) {}

// Whoever renews or looks after a lock while its holder releases it hears of the release, and not of a loss.
func TestReleaseOvertakesARenewal(t *testing.T) {
	t.Parallel()
	slow := context.WithValue(ctx, overtakenKey{}, true)
	for name, use := range map[string]func(h *redpoll.Held) error{
		"Extend":    func(h *redpoll.Held) error { return h.Extend(slow, time.Second) },
		"ExtendTo":  func(h *redpoll.Held) error { return h.ExtendTo(slow, time.Second) },
		"Reacquire": func(h *redpoll.Held) error { return h.Reacquire(slow) },
		"Context": func(h *redpoll.Held) error {
			c, stop := h.Context(slow)
			defer stop()
			<-c.Done()
			return context.Cause(c)
		},
	} {
		for _, extend := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				hook := new(overtaken)
				rdb, _ := sharedClient(t, redpoll.Options{Hooks: []redpoll.Hook{hook}})
				h := acquire(t, rdb, "job", redpoll.LockOptions{TTL: 600 * time.Millisecond, AutoExtend: extend})
				released := errors.New("not released")
				hook.first = func() {
					if released != nil {
						released = h.Release(ctx)
					}
				}
				err := use(h)
				if !errors.Is(err, redpoll.ErrNotHeld) || errors.Is(err, redpoll.ErrNotOwned) {
					t.Errorf("got %v", err)
				}
				if released != nil {
					t.Errorf("the release gives %v", released)
				}
			})
		}
	}
}
