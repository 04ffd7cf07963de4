package patience_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

var errRefused = errors.New("connection refused")

// If nobody listens, a call takes RetryFor, or until its deadline if this is earlier.
func TestServerDown(t *testing.T) {
	const pause = redpoll.DefaultMaxBackoff
	for name, c := range map[string]struct {
		o        redpoll.Options
		deadline time.Duration
		want     error
		took     time.Duration
	}{
		"default, no deadline": {redpoll.Options{}, 0, errRefused, redpoll.DefaultRetryFor},
		"default, a far deadline": {redpoll.Options{},
			10 * time.Second, errRefused, redpoll.DefaultRetryFor},
		"default, a near deadline": {redpoll.Options{},
			time.Second, context.DeadlineExceeded, time.Second},
		"more repeats change nothing": {redpoll.Options{MaxRetries: 100},
			0, errRefused, redpoll.DefaultRetryFor},
		"a cache": {redpoll.Options{RetryFor: 100 * time.Millisecond},
			10 * time.Second, errRefused, 100 * time.Millisecond},
		"a queue": {redpoll.Options{RetryFor: redpoll.Forever},
			10 * time.Minute, context.DeadlineExceeded, 10 * time.Minute},
		"no repeats": {redpoll.Options{NoRetry: true}, 10 * time.Second, errRefused, 0},
		"exclusive, a far deadline": {redpoll.Options{Exclusive: true},
			10 * time.Second, errRefused, redpoll.DefaultRetryFor},
		"exclusive, for longer": {redpoll.Options{Exclusive: true, RetryFor: time.Minute},
			0, errRefused, time.Minute},
		"exclusive, without a repeats": {redpoll.Options{Exclusive: true, NoRetry: true}, 0, errRefused, 0},
	} {
		for kind, call := range map[string]func(ctx context.Context, rdb *redpoll.Client) error{
			"SET": func(ctx context.Context, rdb *redpoll.Client) error {
				return rdb.Set(ctx, "k", "v")
			},
			"BLPOP": func(ctx context.Context, rdb *redpoll.Client) error {
				_, err := rdb.BLPop(ctx, 0, "l")
				return err
			},
			"Conn": func(ctx context.Context, rdb *redpoll.Client) error {
				_, err := rdb.Conn(ctx)
				return err
			},
			"transaction": func(ctx context.Context, rdb *redpoll.Client) error {
				return rdb.Transaction(ctx, increase(ctx), "n")
			},
			"pipeline": func(ctx context.Context, rdb *redpoll.Client) error {
				p := rdb.Pipeline()
				p.Set("k", "v")
				return p.Exec(ctx)
			},
		} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				play(t, c.o, func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
					s.Refuse(errRefused)
					ctx := t.Context()
					if c.deadline > 0 {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, c.deadline)
						defer cancel()
					}
					began := time.Now()
					wantNotSent(t, call(ctx, rdb), c.want)
					testkit.Took(t, "the call", began, max(0, c.took-pause), c.took)
				})
			})
		}
	}
}

// If a server does not answer attempts to connect, a call takes one DialTimeout when this is more than
// RetryFor. With a longer RetryFor, it tries again.
func TestServerThatDoesNotAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		o     redpoll.Options
		dials int
		took  time.Duration
	}{
		"default":              {redpoll.Options{}, 1, redpoll.DefaultDialTimeout},
		"a short dial":         {redpoll.Options{DialTimeout: time.Second}, 3, redpoll.DefaultRetryFor},
		"longer than the dial": {redpoll.Options{RetryFor: 12 * time.Second}, 3, 12 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, c.o, func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
				defer s.Hold()()
				began := time.Now()
				err := rdb.Set(t.Context(), "k", "v")
				wantNotSent(t, err)
				testkit.Took(t, "the call", began, c.took, c.took)
				if s.Dials() != c.dials {
					t.Errorf("%d dials, want %d: %v", s.Dials(), c.dials, err)
				}
			})
		})
	}
}

// If a server is away for 0.3 s, callers with the default options lose time but get no errors, whatever the
// server says when it comes back, and even with short deadlines.
func TestRestartCostsTimeOnly(t *testing.T) {
	for name, o := range map[string]redpoll.Options{
		"shared": {}, "several": {Conns: 3},
		// The client cannot see that idle pipes of a played server were closed, so each of them costs a
		// retry.
		"exclusive": {Exclusive: true, MaxRetries: 100},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, o, func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
				var loading, stop atomic.Bool
				s.Answer = func(n int, words []string) string {
					if loading.Load() {
						return "-LOADING Redis is loading the dataset in memory\r\n"
					}
					return answer(n, words)
				}
				var all sync.WaitGroup
				var calls atomic.Int64
				for i := range 16 {
					all.Go(func() {
						for !stop.Load() {
							ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
							if i%2 == 0 {
								_, err := rdb.Get(ctx, "k")
								if err != nil {
									t.Error(err)
								}
							} else if _, err := rdb.Incr(ctx, "k"); err != nil &&
								!errors.Is(err, redpoll.ErrMaybeExecuted) {
								t.Error(err) // a call that was under way when the server died may have run
							}
							cancel()
							calls.Add(1)
							testkit.Pass(time.Millisecond)
						}
					})
				}
				for range 5 {
					testkit.Pass(100 * time.Millisecond)
					s.Refuse(errRefused)
					s.Cut()
					testkit.Pass(200 * time.Millisecond)
					loading.Store(true)
					s.Refuse(nil)
					testkit.Pass(100 * time.Millisecond)
					loading.Store(false)
				}
				testkit.Pass(time.Second)
				stop.Store(true)
				all.Wait()
				if n := calls.Load(); n < 16*5*50 {
					t.Errorf("only %d calls", n)
				}
			})
		})
	}
}

// MaxRetries limits only the retries of calls that may have run.
func TestMaxRetriesCountsWhatMayHaveRun(t *testing.T) {
	for name, c := range map[string]struct {
		o      redpoll.Options
		answer string
		want   int // number of attempts; 0 for many
	}{
		"a lost reply, default": {redpoll.Options{}, testkit.HangUp, 1 + redpoll.DefaultMaxRetries},
		"a lost reply, set":     {redpoll.Options{MaxRetries: 7}, testkit.HangUp, 8},
		"a lost reply, for ever": {redpoll.Options{RetryFor: redpoll.Forever},
			testkit.HangUp, 1 + redpoll.DefaultMaxRetries},
		"a lost reply, no repeats": {redpoll.Options{NoRetry: true}, testkit.HangUp, 1},
		"loading, one repeat":      {redpoll.Options{MaxRetries: 1}, "-LOADING x\r\n", 0},
		"loading, no repeats":      {redpoll.Options{NoRetry: true}, "-LOADING x\r\n", 1},
		"a final error, for ever":  {redpoll.Options{RetryFor: redpoll.Forever}, "-WRONGTYPE x\r\n", 1},
		"a lost reply, by RetryFor": {redpoll.Options{RetryFor: time.Millisecond},
			testkit.HangUp, 1 + redpoll.DefaultMaxRetries},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, c.o, func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
				var n atomic.Int64
				s.Answer = func(int, []string) string { n.Add(1); return c.answer }
				if _, err := rdb.Get(t.Context(), "k"); err == nil {
					t.Error("no error")
				}
				if got := int(n.Load()); c.want > 0 && got != c.want || c.want == 0 && got < 10 {
					t.Errorf("%d attempts, want %d", got, c.want)
				}
			})
		})
	}
}

// When a plain pipeline with a blocking command is sent again, its time starts again too: the command's
// timeout plus ReplyTimeout. It does not end earlier, and does not wait without end for a silent server.
func TestResentBlockingPipeline(t *testing.T) {
	o := redpoll.Options{
		ReplyTimeout: time.Second, MinBackoff: time.Millisecond, MaxBackoff: time.Millisecond,
	}
	play(t, o, func(t *testing.T, rdb *redpoll.Client, s *testkit.Played) {
		s.Answer = func(n int, words []string) string {
			if words[0] == "BLPOP" && s.Count("BLPOP") == 1 {
				return "-LOADING Redis is loading the dataset in memory\r\n"
			}
			return answer(n, words)
		}
		p := rdb.Pipeline(redpoll.NoTransaction)
		p.Incr("n")
		pop := p.BLPop(10*time.Second, "q")
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		began := time.Now()
		err := p.Exec(ctx)
		testkit.Took(t, "the pipeline", began, 11*time.Second, 12*time.Second)
		for _, err := range []error{err, pop.Err()} {
			var ce *redpoll.ConnError
			if !errors.As(err, &ce) || !ce.Timeout() || ce.Outcome != redpoll.MaybeExecuted {
				t.Errorf("got %v, want a time-out", err)
			}
		}
		s.Expect(t, "INCR n", "BLPOP q 10", "BLPOP q 10")
	})
}
