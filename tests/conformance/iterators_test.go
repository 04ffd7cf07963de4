package conformance

import (
	"errors"
	"iter"
	"strconv"

	"github.com/redpoll-go/redpoll"
)

// iterators give each element that was there all the time, at least once.
var iterators = tests{
	"ScanIter": func(t *T) {
		pattern := "*" + t.Word("scan") + "*"
		pipe := t.Client.Pipeline()
		for i := range many {
			pipe.Set(t.Key(t.Word("scan")+strconv.Itoa(i)), i)
		}
		t.OK(pipe.Exec(t.Context()))
		t.Synced()
		all(t, many, t.Client.ScanIter(t.Context(), redpoll.Match(pattern), redpoll.Count(500)),
			func(key string) string { return key })
	},
	"Walk, in many parts": func(t *T) {
		word, ctx := t.Word("walk"), t.Context()
		pipe := t.Client.Pipeline()
		for i := range many {
			pipe.Set(t.Key(word+strconv.Itoa(i)), i)
		}
		t.OK(pipe.Exec(ctx))
		t.Synced()
		found, state, parts := make(map[string]bool), "", 0
		for over := false; !over; parts++ {
			w := t.Client.Walk(redpoll.Match("*"+word+"*"), redpoll.Count(300), redpoll.From(state))
			over = true
			n := 0
			for key, err := range w.Keys(ctx) {
				if err != nil {
					t.Fatal(err)
				}
				found[key] = true
				if n++; n == 400 {
					over = false
					break
				}
			}
			state = w.State()
		}
		if len(found) != many || parts < 3 {
			t.Errorf("%d elements were found in %d parts, want %d", len(found), parts, many)
		}
		for key, err := range t.Client.Walk(redpoll.Match("*"+word+"*"), redpoll.From(state)).Keys(ctx) {
			t.Errorf("a walk that is over gives %q and %v", key, err)
		}
		var de *redpoll.DataError
		for _, w := range []*redpoll.Walk{
			t.Client.Walk(redpoll.From(state)),       // would leave out keys
			t.Client.Walk(redpoll.From("x" + state)), // is none
		} {
			for key, err := range w.Keys(ctx) {
				if key != "" || !errors.As(err, &de) || de.Argument != "From" {
					t.Errorf("got %q and %v", key, err)
				}
			}
		}
	},
	"HScanIter": func(t *T) {
		pipe := t.Client.Pipeline()
		for i := range many {
			pipe.HSet(t.Key("h"), i, i)
		}
		t.OK(pipe.Exec(t.Context()))
		t.Synced()
		all(t, many, t.Client.HScanIter(t.Context(), t.Key("h")),
			func(f redpoll.FieldValue) string { return f.Field })
	},
	"SScanIter": func(t *T) {
		pipe := t.Client.Pipeline()
		for i := range many {
			pipe.SAdd(t.Key("s"), "member"+strconv.Itoa(i))
		}
		t.OK(pipe.Exec(t.Context()))
		t.Synced()
		all(t, many, t.Client.SScanIter(t.Context(), t.Key("s")), func(m string) string { return m })
	},
	"ZScanIter": func(t *T) {
		pipe := t.Client.Pipeline()
		for i := range many {
			pipe.ZAdd(t.Key("z"), []redpoll.Z{{Member: strconv.Itoa(i), Score: 1}})
		}
		t.OK(pipe.Exec(t.Context()))
		t.Synced()
		all(t, many, t.Client.ZScanIter(t.Context(), t.Key("z")), func(z redpoll.Z) string { return z.Member })
	},
}

// many is more than what a server keeps in one piece, or gives in one page.
const many = 2000

// all checks that n different elements come.
func all[E any](t *T, n int, from iter.Seq2[E, error], name func(E) string) {
	t.Helper()
	found := make(map[string]bool)
	for e, err := range from {
		if err != nil {
			t.Fatal(err)
		}
		found[name(e)] = true
	}
	if len(found) != n {
		t.Errorf("%d elements were found, want %d", len(found), n)
	}
}
