package follow

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/pool"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestMain(m *testing.M) { redpolltest.Main(m) }

// source is a Source whose answers the test gives.
type source struct {
	answers chan View // an answer without a primary is an error

	mu        sync.Mutex
	questions []Question
	news      func(View) bool
	closed    bool
}

func (s *source) Ask(ctx context.Context, q Question) (View, error) {
	s.mu.Lock()
	s.questions = append(s.questions, q)
	s.mu.Unlock()
	select {
	case v := <-s.answers:
		if v.Primary == "" {
			return View{}, &Unknown{Service: "m"}
		}
		return v, nil
	case <-ctx.Done():
		return View{}, ctx.Err()
	}
}

func (s *source) Watch(ctx context.Context, news func(View) bool) {
	s.mu.Lock()
	s.news = news
	s.mu.Unlock()
	<-ctx.Done()
}

func (s *source) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// tell is news of the source. The Follower's goroutines begin to listen first. The channel has whether the
// news were believed, once that is decided.
func (s *source) tell(v View) <-chan bool {
	synctest.Wait()
	s.mu.Lock()
	news := s.news
	s.mu.Unlock()
	believed := make(chan bool, 1)
	go func() { believed <- news(v) }()
	synctest.Wait()
	return believed
}

func (s *source) asked() []Question {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.questions)
}

// following runs a test with virtual time and a Follower.
func following(t *testing.T, test func(t *testing.T, f *Follower, s *source)) {
	t.Helper()
	testkit.Bubble(t, func(t *testing.T) {
		s := &source{answers: make(chan View)}
		f := New(Config{
			Source: s, Every: time.Hour, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
			Node: func(addr string) *conn.Config { return &conn.Config{Addr: "mapped " + addr} },
		})
		defer f.Close()
		test(t, f, s)
	})
}

// current calls Current in a goroutine.
func current(ctx context.Context, f *Follower) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := f.Current(ctx)
		done <- err
	}()
	synctest.Wait()
	return done
}

func TestFollowerAsksOnceForManyCallers(t *testing.T) {
	following(t, func(t *testing.T, f *Follower, s *source) {
		if len(s.asked()) > 0 {
			t.Error("the source is used before the first call")
		}
		var all []<-chan error
		for range 50 {
			all = append(all, current(t.Context(), f))
		}
		gone, cancel := context.WithCancel(t.Context())
		left := current(gone, f)
		cancel()
		var gaveUp *conn.GaveUp
		if err := <-left; !errors.As(err, &gaveUp) || gaveUp.Outcome != conn.NotSent {
			t.Errorf("a caller that gave up has %v", err)
		}
		s.answers <- View{Primary: "a", Epoch: 1}
		for _, done := range all {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if v, err := f.Current(t.Context()); err != nil || v.Primary != "a" || len(s.asked()) != 1 {
			t.Errorf("got %v and %v after %d questions", v, err, len(s.asked()))
		}
	})
}

func TestFollowerKeepsTheNewestView(t *testing.T) {
	following(t, func(t *testing.T, f *Follower, s *source) {
		done := current(t.Context(), f)
		changed := f.Changed()
		believed := s.tell(View{Primary: "b", Epoch: 5}) // while the question is under way
		s.answers <- View{Primary: "a", Epoch: 4, Members: []string{"b", "c"}}
		if err := <-done; err != nil || !<-believed || f.View().Primary != "b" {
			t.Errorf("got %v, and %v is the view", err, f.View())
		}
		select {
		case <-changed:
		default:
			t.Error("the change was not told")
		}
		changed = f.Changed()
		s.tell(View{Primary: "a", Epoch: 4})
		s.tell(View{Primary: "b", Epoch: 6})
		select {
		case <-changed:
			t.Error("a change was told, and there is none")
		default:
		}
		if <-s.tell(View{Primary: "c", Epoch: 5}) {
			t.Error("a server of the deployment is believed with an older number")
		}
		checked := s.tell(View{Primary: "x", Epoch: 7}) // everyone is asked about a stranger
		s.answers <- View{Primary: "b", Epoch: 6}
		if <-checked || f.View().Primary != "b" {
			t.Errorf("one word suffices for %v", f.View())
		}
		checked = s.tell(View{Primary: "x", Epoch: 7})
		s.answers <- View{Primary: "c", Epoch: 1, Anew: true}
		<-checked
		if v := f.View(); v.Primary != "c" || v.Epoch != 1 || v.Anew {
			t.Errorf("%+v is the view after the numbers began anew", v)
		}
	})
}

func TestFollowerInDoubt(t *testing.T) {
	following(t, func(t *testing.T, f *Follower, s *source) {
		done := current(t.Context(), f)
		s.answers <- View{Primary: "a", Epoch: 1}
		<-done
		primary := f.Primary()
		primary.Doubt("mapped x", io.EOF) // not the primary
		primary.Doubt("a", io.EOF)        // its address is another one here
		if err := <-current(t.Context(), f); err != nil || len(s.asked()) != 1 {
			t.Errorf("a doubt about others led to a question: %v", err)
		}
		primary.Doubt("mapped a", io.EOF)
		done = current(t.Context(), f)
		if q := s.asked()[1]; q.Refuted != "a" || !q.Thorough || q.Prior.Primary != "a" {
			t.Errorf("the question is %+v", q)
		}
		s.answers <- View{}
		var unknown *Unknown
		if err := <-done; !errors.As(err, &unknown) {
			t.Errorf("got %v", err)
		}
		located := make(chan error)
		go func() {
			list, err := primary.Locate(t.Context())
			if err == nil && (len(list) != 1 || list[0].Addr != "mapped b") {
				err = errors.New("another list")
			}
			located <- err
		}()
		s.answers <- View{Primary: "b", Epoch: 2}
		if err := <-located; err != nil {
			t.Error(err)
		}
	})
}

func TestFollowerAsksFromTimeToTime(t *testing.T) {
	following(t, func(t *testing.T, f *Follower, s *source) {
		done := current(t.Context(), f)
		s.answers <- View{Primary: "a"}
		<-done
		began := time.Now()
		s.answers <- View{Primary: "b"}
		testkit.Took(t, "the next question", began, time.Hour/2, 3*time.Hour/2)
		synctest.Wait()
		if q := s.asked()[1]; !q.Thorough || f.View().Primary != "b" {
			t.Errorf("the question was %+v, and %+v is the view", q, f.View())
		}
	})
}

func TestFollowerTellsPools(t *testing.T) {
	following(t, func(t *testing.T, f *Follower, s *source) {
		server := new(testkit.Played)
		f.cfg.Node = func(addr string) *conn.Config {
			return &conn.Config{Network: "tcp", Addr: addr, RESP2: true, Dial: server.Dial, Logger: f.cfg.Logger}
		}
		p := pool.New(pool.Config{Conn: &conn.Config{Addr: "m", Logger: f.cfg.Logger}, Locator: f.Primary()})
		defer p.Close()
		f.Lead(p)
		go func() { s.answers <- View{Primary: "a", Epoch: 1, Members: []string{"b"}} }()
		first, err := p.Shared(t.Context())
		if err != nil || first.Node() != "a" {
			t.Fatalf("got %v and %v", first, err)
		}
		s.tell(View{Primary: "a", Epoch: 2, Replicas: []string{"b"}})
		if first.Down() {
			t.Error("the pool was told of a move, and the primary is the same")
		}
		s.tell(View{Primary: "b", Epoch: 3})
		next, err := p.Shared(t.Context())
		if err != nil || next.Node() != "b" || !first.Down() {
			t.Errorf("got %v and %v; the old connection is in use: %v", next, err, !first.Down())
		}
	})
}

func TestFollowerClosesDuringAQuestion(t *testing.T) {
	following(t, func(t *testing.T, f *Follower, s *source) {
		done := current(t.Context(), f)
		f.Close()
		if err := <-done; !errors.Is(err, pool.ErrClosed) || !s.closed {
			t.Errorf("the question ends with %v, and the source is closed: %v", err, s.closed)
		}
		if _, err := f.Current(t.Context()); !errors.Is(err, pool.ErrClosed) {
			t.Errorf("got %v", err)
		}
		f.Close()
	})
}

// Replicas that failed lately come last, and the primary comes last of all.
func TestReplicasOrder(t *testing.T) {
	following(t, func(t *testing.T, f *Follower, s *source) {
		r := f.Replicas(2)
		order := func() (list []string) {
			t.Helper()
			configs, err := r.Locate(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for i, cfg := range configs {
				list = append(list, cfg.Addr)
				if short := cfg.DialTimeout == shortDial; cfg.Leads || short != (i < len(configs)-1) {
					t.Errorf("configuration %d: %+v", i, cfg)
				}
			}
			return list
		}
		f.cfg.Node = func(addr string) *conn.Config {
			return &conn.Config{Addr: addr, Leads: true, DialTimeout: 5 * time.Second}
		}
		go func() { s.answers <- View{Primary: "p", Replicas: []string{"a", "b", "c"}} }()
		if got, want := order(), []string{"c", "a", "b", "p"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		r.Doubt("a", io.EOF)
		if got, want := order(), []string{"b", "c", "a", "p"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		testkit.Pass(avoided)
		r.Doubt("x", io.EOF)
		if got, want := order(), []string{"b", "c", "a", "p"}; !slices.Equal(got, want) || len(r.avoid) != 1 {
			t.Errorf("got %v, want %v; %d servers are avoided", got, want, len(r.avoid))
		}
	})
}
