package keyevents_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

const setting = "notify-keyspace-events"

// set gives the server another setting.
func set(srv *redpolltest.Server, letters string) { srv.Do("CONFIG", "SET", setting, letters) }

// letters is the setting of the server, in alphabetical order.
func letters(srv *redpolltest.Server) string {
	list := srv.Do("CONFIG", "GET", setting).([]any)
	all := strings.Split(list[1].(string), "")
	slices.Sort(all)
	return strings.Join(all, "")
}

// A server that does not publish the events is an error that says what to set; Enable adds it, and takes
// nothing away.
func TestSetting(t *testing.T) {
	over(t, redpolltest.ServerOptions{}, func(t *testing.T, srv *redpolltest.Server, proto int) {
		rdb := to(t, srv.Addr(), proto)
		for _, c := range []struct {
			before          string
			o               redpoll.KeyEventsOptions
			missing, needed string // "": nothing is missing
		}{
			{"", redpoll.KeyEventsOptions{}, "AE", "AE"},
			{"", redpoll.KeyEventsOptions{Keys: []string{"k"}}, "AK", "AK"},
			{"A", redpoll.KeyEventsOptions{}, "E", "AE"},
			{"Kgm", redpoll.KeyEventsOptions{Events: []string{"expired"}}, "Ex", "EKgmx"},
			{"KEgx", redpoll.KeyEventsOptions{Events: []string{"expired", "del"}}, "", "EKgx"},
			{"Kx", redpoll.KeyEventsOptions{Events: []string{"set"}, Patterns: []string{"*"}}, "$", "$Kx"},
			{"KEA", redpoll.KeyEventsOptions{Events: []string{"keymiss"}}, "m", "AEKm"},
		} {
			set(srv, c.before)
			before := letters(srv)
			ev, err := rdb.KeyEvents(guarded(t), c.o)
			var ke *redpoll.KeyEventsError
			switch {
			case c.missing == "":
				ok(t, err)
				ok(t, ev.Close())
			case !errors.As(err, &ke) || ev != nil:
				t.Fatalf("with %q: got %v", c.before, err)
			case sorted(ke.Setting) != before || sorted(ke.Missing) != c.missing ||
				sorted(ke.Needed) != c.needed || ke.Node != srv.Addr() || !strings.Contains(ke.Error(),
				ke.Needed):
				t.Errorf("with %q: got %+v: %v", c.before, ke, ke)
			}
			if now := letters(srv); now != before {
				t.Errorf("%q has become %q without being asked", before, now)
			}
			c.o.Enable = true
			ok(t, events(t, rdb, c.o).Close())
			if now := letters(srv); now != c.needed {
				t.Errorf("%q has become %q, want %q", before, now, c.needed)
			}
			if n := rdb.Stats().Streams; n != 0 {
				t.Errorf("%d connections are left", n)
			}
		}
		var own redpoll.Error = &redpoll.KeyEventsError{}
		if redpoll.OutcomeOf(own) != redpoll.NotSent {
			t.Errorf("the outcome is %v", redpoll.OutcomeOf(own))
		}
	})
}

func sorted(letters string) string {
	all := strings.Split(letters, "")
	slices.Sort(all)
	return strings.Join(all, "")
}

// A program that reads at KindRestored what the events are about, and goes by the events from then on, has
// missed no write (case P15).
func TestReadAtReturnMissesNothing(t *testing.T) {
	over(t, every, func(t *testing.T, srv *redpolltest.Server, proto int) {
		proxy := redpolltest.NewProxy(t, srv.Addr())
		rdb := to(t, srv.Addr(), proto)
		ev := events(t, to(t, proxy.Addr(), proto), redpoll.KeyEventsOptions{Keys: []string{"n"}})
		for cut := range 20 {
			stop, written := make(chan struct{}), make(chan int64, 1)
			go func() {
				last := int64(0)
				for {
					select {
					case <-stop:
						written <- last
						return
					default:
						last, _ = srv.Do("INCR", "n").(int64)
					}
				}
			}()
			proxy.DropAll([]redpolltest.How{redpolltest.Close, redpolltest.Reset}[cut%2])
			restored(t, ev)
			known, err := redpoll.Int(rdb.Get(guarded(t), "n"))
			ok(t, err)
			close(stop)
			// Each write is in the value or an event behind it. Those that came while it was read are both.
			for last := <-written; int64(known) < last; known++ {
				want(t, ev, `incrby "n" in 0`)
			}
			// The others are read up to a mark.
			srv.Do("SET", "n", "0")
			for e, err := range ev.Listen(guarded(t)) {
				if ok(t, err); e.Event == "set" {
					break
				}
			}
		}
	})
}

// A gap has the reason and the time, and hooks hear of it as of other subscriptions.
func TestCut(t *testing.T) {
	over(t, every, func(t *testing.T, srv *redpolltest.Server, proto int) {
		proxy := redpolltest.NewProxy(t, srv.Addr())
		h := &hook{}
		rdb := to(t, proxy.Addr(), proto, func(o *redpoll.Options) { o.Hooks = []redpoll.Hook{h} })
		ev := events(t, rdb, redpoll.KeyEventsOptions{Keys: []string{"k"}, Patterns: []string{"k*"}})
		srv.Do("SET", "k", "v")
		want(t, ev, `set "k" in 0`)
		proxy.DropAll(redpolltest.Reset)
		gap := restored(t, ev)
		if gap == nil || gap.Since.IsZero() || !errors.As(gap.Err, new(*redpoll.ConnError)) {
			t.Errorf("the gap is %+v", gap)
		}
		srv.Do("SET", "k", "v")
		srv.Do("SET", "k", "v")
		want(t, ev, `set "k" in 0`, `set "k" in 0`)
		if s := ev.Stats(); s.Gaps != 1 || rdb.Stats().Streams != 1 {
			t.Errorf("%d gaps, %d connections", s.Gaps, rdb.Stats().Streams)
		}
		redpolltest.Await(t, "the hook has heard of the return", func() bool {
			return slices.Contains(h.list(), "restored")
		})
		commands := []string{"SUBSCRIBE", "PSUBSCRIBE"}
		changes := []string{"subscribe", "psubscribe", "gap", "subscribe", "psubscribe", "restored"}
		if got := h.list(); !slices.Equal(got, append(commands, changes...)) && !slices.Equal(got,
			append([]string{"SUBSCRIBE", "subscribe", "PSUBSCRIBE"}, changes[1:]...)) {
			t.Errorf("the hook heard %q", got)
		}
	})
}

// hook hears of calls and of subscriptions.
type hook struct {
	mu    sync.Mutex
	heard []string
}

func (h *hook) hear(what string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard = append(h.heard, what)
}

func (h *hook) list() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.heard)
}

func (h *hook) CommandStarted(ctx context.Context, e redpoll.CommandStart) context.Context {
	h.hear(e.Command)
	return ctx
}

func (h *hook) CommandEnded(context.Context, redpoll.CommandEnd) {}

func (h *hook) PubSubChanged(_ context.Context, e redpoll.PubSubEvent) {
	if e.Kind != 0 {
		h.hear(e.Kind.String())
	}
}

// Servers 7.0 do not name the letter of new keys behind an A. Its events come, and the setting is not known.
func TestSettingThatIsNotNamed(t *testing.T) {
	redpolltest.RequireVersion(t, 7, 0)
	over(t, redpolltest.ServerOptions{}, func(t *testing.T, srv *redpolltest.Server, proto int) {
		set(srv, "AKEmn")
		o := redpoll.KeyEventsOptions{Events: []string{"new", "keymiss"}}
		ev := events(t, to(t, srv.Addr(), proto), o)
		if named := strings.Contains(letters(srv), "n"); ev.Checked() != named {
			t.Errorf("checked: %v, while the setting is %s", ev.Checked(), letters(srv))
		}
		srv.Do("SET", "k", "v")
		want(t, ev, `new "k" in 0`)
		// Anything else is an error as ever.
		set(srv, "AKn")
		_, err := to(t, srv.Addr(), proto).KeyEvents(guarded(t), o)
		if ke := (*redpoll.KeyEventsError)(nil); !errors.As(err, &ke) {
			t.Errorf("got %v", err)
		}
	})
}

// A restarted server has lost its setting: a gap says so, and nothing is in force before it is there again.
func TestRestartedServerHasLostTheSetting(t *testing.T) {
	over(t, redpolltest.ServerOptions{}, func(t *testing.T, srv *redpolltest.Server, proto int) {
		rdb := to(t, srv.Addr(), proto)
		set(srv, "KA")
		ev := events(t, rdb, redpoll.KeyEventsOptions{Keys: []string{"k"}})
		srv.Kill()
		srv.Restart()
		var ke *redpoll.KeyEventsError
		for e, err := range ev.Listen(guarded(t)) {
			ok(t, err)
			if e.Kind != redpoll.KindGap {
				t.Fatalf("got %q while the setting is lost", short(e))
			}
			if ev.Checked() {
				t.Error("the setting counts as checked in an outage")
			}
			if errors.As(e.Gap.Err, &ke) {
				break
			}
		}
		if ke == nil || sorted(ke.Missing) != "AK" || ke.Setting != "" {
			t.Errorf("got %+v", ke)
		}
		set(srv, "KEA")
		want(t, ev, "restored")
		if !ev.Checked() {
			t.Error("the setting was not checked")
		}
		srv.Do("SET", "k", "v")
		want(t, ev, `set "k" in 0`)
	})
}

// With Enable the setting is made again, before it is told that all is in force.
func TestRestartedServerIsEnabledAgain(t *testing.T) {
	over(t, redpolltest.ServerOptions{}, func(t *testing.T, srv *redpolltest.Server, proto int) {
		rdb := to(t, srv.Addr(), proto)
		ev := events(t, rdb, redpoll.KeyEventsOptions{Keys: []string{"k"}, Enable: true})
		srv.Kill()
		srv.Restart()
		restored(t, ev)
		if got := letters(srv); got != "AK" {
			t.Errorf("the setting is %q", got)
		}
		srv.Do("SET", "k", "v")
		want(t, ev, `set "k" in 0`)
	})
}

// A user who may not read the setting goes on without knowing; one who may not change it, or may not hear
// the channels, gets the refusal.
func TestRefusedByACL(t *testing.T) {
	users := redpolltest.ServerOptions{Config: every.Config, Users: []redpolltest.User{
		{Name: "blind", Password: "pw", Rules: "~* &* +@all -config"},
		{Name: "reader", Password: "pw", Rules: "~* &* +@all -config +config|get"},
		{Name: "deaf", Password: "pw", Rules: "~* resetchannels &__keyspace@0__:mine +@all"},
	}}
	redpolltest.RequireVersion(t, 7, 0)
	over(t, users, func(t *testing.T, srv *redpolltest.Server, proto int) {
		as := func(name string) *redpoll.Client {
			return to(t, srv.Addr(), proto, func(o *redpoll.Options) { o.Username, o.Password = name, "pw" })
		}
		ev := events(t, as("blind"), redpoll.KeyEventsOptions{Keys: []string{"k"}})
		srv.Do("SET", "k", "v")
		want(t, ev, `set "k" in 0`)
		if ev.Checked() {
			t.Error("the setting was checked")
		}
		if !events(t, as("reader"), redpoll.KeyEventsOptions{Enable: true}).Checked() {
			t.Error("the setting was not checked")
		}
		set(srv, "")
		for name, o := range map[string]redpoll.KeyEventsOptions{
			"blind":  {Enable: true},
			"reader": {Enable: true},
			"deaf":   {Keys: []string{"mine"}, Patterns: []string{"*"}},
		} {
			if name == "deaf" {
				set(srv, "KEA")
				ok(t, events(t, as(name), redpoll.KeyEventsOptions{Keys: []string{"mine"}}).Close())
			}
			rdb := as(name)
			ev, err := rdb.KeyEvents(guarded(t), o)
			is(t, err, redpoll.ErrNoPerm)
			if ev != nil || rdb.Stats().Streams != 0 {
				t.Errorf("%s: got %v, %d connections", name, ev, rdb.Stats().Streams)
			}
			set(srv, "")
		}
	})
}

// Managed services take CONFIG away altogether.
func TestServerWithoutConfig(t *testing.T) {
	without := redpolltest.ServerOptions{Config: append([]string{`rename-command CONFIG ""`},
		every.Config...)}
	over(t, without, func(t *testing.T, srv *redpolltest.Server, proto int) {
		rdb := to(t, srv.Addr(), proto)
		ev := events(t, rdb, redpoll.KeyEventsOptions{})
		ok(t, rdb.Set(guarded(t), "k", "v"))
		want(t, ev, `set "k" in 0`)
		if ev.Checked() {
			t.Error("the setting was checked")
		}
		_, err := rdb.KeyEvents(guarded(t), redpoll.KeyEventsOptions{Enable: true})
		is(t, err, redpoll.ErrRefused)
	})
}
