package redpoll_test

import (
	"errors"
	"testing"

	"github.com/redpoll-go/redpoll"
)

// Covers: F54, F59, F64, F65
func TestTextEncodings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		text redpoll.TextEncoding
		want string // what the bytes a, ff, b become; "" for an error
	}{
		{"none", nil, "a\xffb"},
		{"strict", redpoll.UTF8Strict, ""},
		{"replace", redpoll.UTF8Replace, "a\ufffdb"},
		{"ignore", redpoll.UTF8Ignore, "ab"},
		{"latin1", redpoll.Latin1, "aÿb"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, protocol := range []int{2, 3} {
				ct := newCommandTest(t, redpoll.Options{Text: c.text, Protocol: protocol})
				raw := []byte("a\xffb")
				ct.ok(ct.rdb.Set(ctx, "k", raw))
				_, err := ct.rdb.HSet(ctx, "h", raw, raw)
				ct.ok(err)
				ct.want(raw)(ct.rdb.GetBytes(ctx, "k"))
				text, err := ct.rdb.Get(ctx, "k")
				all, errAll := ct.rdb.HGetAll(ctx, "h")
				if c.want == "" {
					if !errors.As(err, new(*redpoll.ReplyError)) || !errors.As(errAll, new(*redpoll.ReplyError)) {
						t.Errorf("got %q, %q, %v and %v, want errors", text, all, err, errAll)
					}
					continue
				}
				ct.want(c.want)(text, err)
				ct.want(map[string]string{c.want: c.want})(all, errAll)
				// What came as text can be sent as text.
				ct.ok(ct.rdb.Set(ctx, text, text))
				ct.want(text)(ct.rdb.Get(ctx, text))
			}
		})
	}
}

// Covers: F54
func TestLatin1OnTheWire(t *testing.T) {
	t.Parallel()
	ct := newCommandTest(t, redpoll.Options{Text: redpoll.Latin1})
	ct.ok(ct.rdb.Set(ctx, "é", "ü"))
	ct.holds("\xfc", "GET", "\xe9")
	if err := ct.rdb.Set(ctx, "k", "€"); !errors.As(err, new(*redpoll.DataError)) {
		t.Errorf("text beyond Latin-1 gives %v, want a DataError", err)
	}
}
