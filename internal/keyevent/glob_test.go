package keyevent

import (
	"math/rand/v2"
	"testing"

	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestFits(t *testing.T) {
	t.Parallel()
	for glob, texts := range map[string][2][]string{
		"":          {{""}, {"a"}},
		"*":         {{"", "a", "a__:b"}, nil},
		"a*b":       {{"ab", "aab", "a*b", "axxb"}, {"a", "abc"}},
		"a?":        {{"ab", "a?"}, {"a", "abc"}},
		"[a-c]x":    {{"ax", "bx"}, {"dx", "x", "-x"}},
		"[^a]":      {{"b", "^"}, {"a", ""}},
		`[\]]`:      {{"]"}, {`\`, "["}},
		`\*\[a\]`:   {{"*[a]"}, {"xa", "*a"}},
		"[a":        {{"a"}, {"b", "[a"}},
		`a\`:        {{`a\`}, {"a"}},
		"[z-a]":     {{"a", "m", "z"}, {"A"}},
		"k\xff*\n?": {{"k\xff\nx", "k\xffxx\n\n"}, {"k\xff\n"}},
	} {
		for i, list := range texts {
			for _, text := range list {
				if got := Fits(glob, text); got != (i == 0) {
					t.Errorf("Fits(%q, %q) is %v", glob, text, got)
				}
			}
		}
	}
}

// The server has the last word about its patterns.
func TestFitsAsServersDo(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	const alphabet = `ab-^*?[]\`
	text := func(most int) string {
		b := make([]byte, 1+rand.IntN(most))
		for i := range b {
			b[i] = alphabet[rand.IntN(len(alphabet))]
		}
		return string(b)
	}
	for range 2000 {
		glob, key := text(6), text(4)
		if rand.IntN(3) == 0 {
			glob = Quote(key)
		}
		srv.Do("SET", key, "v")
		n := len(srv.Do("KEYS", glob).([]any))
		if got := Fits(glob, key); got != (n == 1) {
			t.Errorf("Fits(%q, %q) is %v, the server says %v", glob, key, got, n == 1)
		}
		srv.Do("DEL", key)
	}
}

func FuzzFits(f *testing.F) {
	f.Add("a*b", "axb")
	f.Add("[a-c]?*", `\`)
	f.Fuzz(func(t *testing.T, glob, text string) {
		_ = Fits(glob, text)
		if !Fits(Quote(text), text) {
			t.Errorf("Quote(%q) does not fit it", text)
		}
	})
}
