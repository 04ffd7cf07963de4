package keyevent

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func TestChannels(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Channel{
		"__keyspace@0__:key":               {Keyspace, 0, "key"},
		"__keyspace@15__:a:b c\r\n\xff":    {Keyspace, 15, "a:b c\r\n\xff"},
		"__keyspace@3__:__keyevent@0__:x":  {Keyspace, 3, "__keyevent@0__:x"},
		"__keyspace@0__:":                  {Keyspace, 0, ""},
		"__keyevent@0__:expired":           {Event, 0, "expired"},
		"__keyevent@2__:xgroup-create":     {Event, 2, "xgroup-create"},
		"__keyspace@0__:__:":               {Keyspace, 0, "__:"},
		"__keyevent@2147483647__:expired ": {Event, 2147483647, "expired "},
	} {
		got, ok := ParseChannel(name)
		if !ok || got != want || got.String() != name {
			t.Errorf("%q: got %+v, %v", name, got, ok)
		}
	}
	for _, name := range []string{"", "news", "__keyspace@0_:k", "__keyspace@__:k", "__keyspace@x__:k",
		"__keyspace@-1__:k", "__keyspace@1", "x__keyspace@0__:k",
		"__keyevent@99999999999__:set"} {
		if got, ok := ParseChannel(name); ok {
			t.Errorf("%q: got %+v", name, got)
		}
	}
}

func FuzzChannel(f *testing.F) {
	f.Add("__keyspace@0__:key")
	f.Add("__keyevent@15__:__:")
	f.Fuzz(func(t *testing.T, name string) {
		c, ok := ParseChannel(name)
		if again, _ := ParseChannel(c.String()); ok && again != c {
			t.Errorf("%q: %+v and %+v", name, c, again)
		}
	})
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		Pattern(Keyspace, 3, "user:*"):         "__keyspace@3__:user:*",
		Pattern(Event, 0, "expired"):           "__keyevent@0__:expired",
		PatternOfAll(Event, "*"):               "__keyevent@*__:*",
		Pattern(Keyspace, 0, Quote(`a*[b]?\`)): `__keyspace@0__:a\*\[b\]\?\\`,
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "AKE": "AKE", "KEA": "AKE", "g$lshzxetdK": "AK", "Kx": "Kx", "xE": "Ex", "KEnmA": "AKEmn",
		"Kqx": "Kxq", "KQ": "KQ",
	} {
		s, err := ParseSetting(text)
		if err != nil || s.String() != want {
			t.Errorf("%q: got %q, %v, want %q", text, s, err, want)
		}
	}
	for _, text := range []string{"A K", "K1", "é"} {
		if s, err := ParseSetting(text); err == nil {
			t.Errorf("%q: got %q", text, s)
		}
	}
}

func TestNeeded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind           Kind
		events         string
		has            string
		needed, lacked string
	}{
		{Event, "expired", "", "Ex", "Ex"},
		{Event, "expired", "AKE", "Ex", ""},
		{Event, "expired del set", "Kx", "Eg$x", "Eg$"},
		{Keyspace, "", "gKE", "AK", "$lshzxetd"},
		{Keyspace, "someday", "AE", "AK", "K"},
		{Event, "keymiss new", "AKE", "Emn", "mn"},
	} {
		has, err := ParseSetting(c.has)
		if err != nil {
			t.Fatal(err)
		}
		needed := Needed(c.kind, strings.Fields(c.events)...)
		if lacked := needed.Without(has); needed.String() != c.needed || lacked.String() != c.lacked {
			t.Errorf("%q: %s is needed and %s lacks, want %s and %s", c.events, needed, lacked, c.needed,
				c.lacked)
		}
		if both := has.With(needed); needed.Without(both) != 0 || has.Without(both) != 0 {
			t.Errorf("%q: %s with %s is %s", c.events, has, needed, both)
		}
	}
}

// A server publishes an event if its setting has what is said to be needed for it, writes settings as they
// are written here, and fits quoted keys alone.
func TestWithServer(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	sub := redpolltest.Dial(t, srv.Addr())
	const key = `a*[b]?\`
	if _, err := sub.Do("PSUBSCRIBE", PatternOfAll(Event, "*")); err != nil {
		t.Fatal(err)
	}
	byKey := redpolltest.Dial(t, srv.Addr())
	// the test must end if an event does not come
	for _, c := range []*redpolltest.Conn{sub, byKey} {
		if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := byKey.Do("PSUBSCRIBE", Pattern(Keyspace, srv.DB, Quote(key))); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		event string
		do    []string
	}{
		{"set", []string{"SET", key, "v"}}, {"append", []string{"APPEND", key, "v"}}, {"setbit",
			[]string{"SETBIT", key, "0", "1"}},
		{"expire", []string{"EXPIRE", key, "100"}}, {"persist", []string{"PERSIST", key}}, {"copy_to",
			[]string{"COPY", "other", key, "REPLACE"}},
		{"rename_to", []string{"RENAME", "other", key}}, {"del", []string{"DEL", key}}, {"pfadd",
			[]string{"PFADD", key, "x"}},
		{"lpush", []string{"LPUSH", key, "x"}}, {"lset", []string{"LSET", key, "0", "x"}}, {"sadd",
			[]string{"SADD", key, "x"}}, {"spop", []string{"SPOP", key}},
		{"hset", []string{"HSET", key, "f", "v"}}, {"hincrby", []string{"HINCRBY", key, "n", "1"}}, {"zadd",
			[]string{"ZADD", key, "1", "x"}},
		{"zpopmin", []string{"ZPOPMIN", key}}, {"xadd", []string{"XADD", key, "1-1", "f", "v"}},
		{"xgroup-create", []string{"XGROUP", "CREATE", key, "g", "$"}},
		{"keymiss", []string{"GET", key}},
	} {
		srv.Do("CONFIG", "SET", "notify-keyspace-events", "")
		switch c.do[0] {
		case "PFADD", "LPUSH", "SADD", "HSET", "ZADD", "XADD", "GET":
			srv.Do("DEL", key)
		}
		srv.Do("SET", "other", "v")
		needed := Needed(Event, c.event).With(Needed(Keyspace, c.event))
		srv.Do("CONFIG", "SET", "notify-keyspace-events", needed.String())
		if got := srv.Do("CONFIG", "GET", "notify-keyspace-events").([]any)[1]; !sameLetters(got.(string),
			needed) {
			t.Errorf("%s: the server says %q of %q", c.event, got, needed)
		}
		srv.Do(c.do...)
		for conn, want := range map[*redpolltest.Conn]Channel{sub: {Event, srv.DB, c.event}, byKey: {Keyspace,
			srv.DB, key}} {
			message, err := conn.Reply()
			if err != nil {
				t.Fatalf("%s: %v", c.event, err)
			}
			// a command can have several events
			for want.Kind == Event && message.([]any)[2] != want.String() {
				if message, err = conn.Reply(); err != nil {
					t.Fatalf("%s: %v", c.event, err)
				}
			}
			if got, ok := ParseChannel(message.([]any)[2].(string)); !ok || got != want {
				t.Errorf("%s: %q came, want %q", c.event, message, want)
			}
		}
	}
}

func sameLetters(text string, s Setting) bool {
	got, err := ParseSetting(text)
	letters := []byte(text)
	slices.Sort(letters)
	return err == nil && got == s && len(slices.Compact(letters)) == len(text)
}
