package sentinel

import (
	"slices"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll/internal/conn"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/redpolltest"
	"github.com/redpoll-go/redpoll/resp"
)

func TestMain(m *testing.M) { redpolltest.Main(m) }

func TestConcerns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, channel, text string
		want                bool
	}{
		{"m", "+switch-master", "m 1.1.1.1 1 2.2.2.2 2", true},
		{"m", "+switch-master", "m2 1.1.1.1 1 2.2.2.2 2", false},
		{"m", "+switch-master", "m x 1.1.1.1 1 2.2.2.2 2", false},
		{"m x", "+switch-master", "m x 1.1.1.1 1 2.2.2.2 2", true},
		{"m", "+sdown", "master m 1.1.1.1 1", true},
		{"m", "+sdown", "master m2 1.1.1.1 1", false},
		{"m", "+odown", "master m 1.1.1.1 1 #quorum 2/2", false},
		{"m", "+slave", "slave 2.2.2.2:2 2.2.2.2 2 @ m 1.1.1.1 1", true},
		{"m", "+slave", "slave 2.2.2.2:2 2.2.2.2 2 @ other 1.1.1.1 1", false},
		{"m", "+sentinel", "sentinel id 2.2.2.2 2 @ m 1.1.1.1 1", true},
		{"@ m", "+slave", "slave 2.2.2.2:2 2.2.2.2 2 @ @ m 1.1.1.1 1", true},
		{"master", "+sdown", "master master 1.1.1.1 1", true},
		{"m", "+slave", "", false},
		{"m", "+switch-master", "m", false},
	} {
		s := New(Config{Name: tt.name})
		if got := s.concerns(tt.channel, tt.text); got != tt.want {
			t.Errorf("%q, %s %q: %v", tt.name, tt.channel, tt.text, got)
		}
	}
}

// Records may have any fields in any order and form, over both protocols.
func TestRecords(t *testing.T) {
	t.Parallel()
	record := testkit.Map{"flags", "slave,s_down", "future", []any{1, "x"}, "port", "7", "ip", "::1", "other", 5,
		"config-epoch", "x", "num-other-sentinels", "", "master-link-status", "err"}
	for _, proto := range []int{2, 3} {
		var got []string
		list := []any{record, testkit.Map{"flags", "slave"}, record}
		d := resp.NewDecoder([]byte(testkit.Reply(proto, list)))
		err := each(&d, func(m *master) {
			got = append(got, m.addr())
			if m.fitReplica() || m.epoch != 0 || m.others != 0 || !m.has("s_down") {
				t.Errorf("got %+v", m)
			}
		})
		if err != nil || strings.Join(got, " ") != "[::1]:7 [::1]:7" {
			t.Errorf("RESP%d: got %v and %v", proto, got, err)
		}
	}
}

// The seeds are never forgotten, others are as soon as nobody names them, and their number has a bound.
func TestKnownSentinels(t *testing.T) {
	t.Parallel()
	s := New(Config{Seeds: []string{"a:1", "b:1", "a:1"}, Sentinel: func(string) *conn.Config { return nil }})
	defer s.Close()
	check := func(want ...string) {
		t.Helper()
		if got := s.list(); !slices.Equal(got, want) {
			t.Errorf("the Sentinels are %v, want %v", got, want)
		}
	}
	check("a:1", "b:1")
	changed := s.changed
	s.known([]string{"c:1", "a:1"})
	check("a:1", "b:1", "c:1")
	<-changed
	s.prefer("c:1")
	check("c:1", "a:1", "b:1")
	changed = s.changed
	s.known([]string{"c:1"})
	if changed != s.changed {
		t.Error("a change was told, and there is none")
	}
	s.known([]string{"d:1"})
	check("a:1", "b:1", "d:1")
	s.known(nil)
	check("a:1", "b:1")
	many := make([]string, 1000)
	for i := range many {
		many[i] = strings.Repeat("x", i) + ":1"
	}
	s.known(many)
	if n := len(s.list()); n > 3+mostKnown {
		t.Errorf("%d Sentinels", n)
	}
}
