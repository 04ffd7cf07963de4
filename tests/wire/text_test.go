package wire_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// Names and words of the protocol are not user data, and are not translated.
func TestPlainWordsAreNotTranslated(t *testing.T) {
	t.Parallel()
	plainly, inLatin := newRecorder(t, nil), newRecorder(t, redpoll.Latin1)
	for name, put := range map[string]func(p *redpoll.Pipeline){
		"ACLSetUser":  func(p *redpoll.Pipeline) { p.ACLSetUser("é", "~é") },
		"SentinelSet": func(p *redpoll.Pipeline) { p.SentinelSet("é", "auth-pass", "é") },
		"ClientList":  func(p *redpoll.Pipeline) { p.ClientList(redpoll.ClientUser("é")) },
	} {
		plain, err := plainly.sent(t, put)
		latin, err2 := inLatin.sent(t, put)
		if err := errors.Join(err, err2); err != nil || !slices.Equal(plain, latin) {
			t.Errorf("%s: sends %q with an encoding, %q without (%v)", name, latin, plain, err)
		}
	}
}

// The text encoding does not translate IDs and other words of the protocol. It translates keys, members and
// groups.
func TestStreamWordsAreNotTranslated(t *testing.T) {
	t.Parallel()
	r := newRecorder(t, clients.UpsideDown{})
	for _, c := range []struct {
		name string
		put  func(p *redpoll.Pipeline)
		want []string
	}{
		{"XDel", func(p *redpoll.Pipeline) { p.XDel("key", ids...) }, []string{"XDEL", "yek", "1-0", "2-0"}},
		{"XAckDel", func(p *redpoll.Pipeline) { p.XAckDel("key", "group", ids[:1]) },
			[]string{"XACKDEL", "yek", "puorg", "IDS", "1", "1-0"}},
		{"XRead", func(p *redpoll.Pipeline) { p.XRead([]redpoll.StreamFrom{{Key: "key", ID: "5-1"}}) },
			[]string{"XREAD", "STREAMS", "yek", "5-1"}},
		{"XTrim", func(p *redpoll.Pipeline) { p.XTrim("key", redpoll.MinID("5-0")) },
			[]string{"XTRIM", "yek", "MINID", "5-0"}},
		{"GeoSearch", func(p *redpoll.Pipeline) {
			p.GeoSearch("key", redpoll.FromMember("member"), redpoll.ByRadius(1, redpoll.Miles))
		}, []string{"GEOSEARCH", "yek", "FROMMEMBER", "rebmem", "BYRADIUS", "1.0", "mi"}},
	} {
		got, err := r.sent(t, c.put)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q and %v, want %q", c.name, got, err, c.want)
		}
	}
}

// User data is translated. Vectors and the words of the protocol are not.
func TestSearchTextEncoding(t *testing.T) {
	t.Parallel()
	q := redpoll.FTHybridQuery{Text: "é", Field: "@é", Vector: []byte("é")}
	steps := []redpoll.FTStep{redpoll.FTSortBy{Keys: []redpoll.FTSortKey{{Property: "@é"}}}}
	r := newRecorder(t, redpoll.Latin1)
	got, err := r.sent(t, func(p *redpoll.Pipeline) { p.FTHybrid("é", q, steps...) })
	want := []string{"FT.HYBRID", "\xe9", "SEARCH", "\xe9", "VSIM", "@\xe9", "$vector", "PARAMS", "2",
		"vector", "é", "SORTBY", "2", "@\xe9", "ASC"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q and %v, want %q", got, err, want)
	}
}
