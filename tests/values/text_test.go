package values_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Covers: F2, F64, E2
func TestTextReplies(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{Text: redpoll.UTF8Strict})
	if err := rdb.Set(t.Context(), "foo", "bär"); err != nil {
		t.Fatal(err)
	}
	if got := srv.Do("GET", "foo"); got != "bär" {
		t.Errorf("the server holds %q", got)
	}
	if got, err := rdb.Get(t.Context(), "foo"); got != "bär" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// Covers: F64, F65
func TestBadBytes(t *testing.T) {
	t.Parallel()
	const bad = "a\xffb"
	for _, tt := range []struct {
		name string
		text redpoll.TextEncoding
		want string
		fail bool
	}{
		{"as they are", nil, bad, false},
		{"strict", redpoll.UTF8Strict, "", true},
		{"replaced", redpoll.UTF8Replace, "a\uFFFDb", false},
		{"ignored", redpoll.UTF8Ignore, "ab", false},
		{"Latin-1", redpoll.Latin1, "aÿb", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rdb, srv := clients.Shared(t, redpoll.Options{Text: tt.text})
			srv.Do("SET", "k", bad)
			srv.Do("RPUSH", "list", "good", bad, "good")
			id := clients.ID(t, rdb)
			check := func(what, got string, err error, want string) {
				t.Helper()
				switch {
				case !tt.fail && (got != want || err != nil):
					t.Errorf("%s gives %q, %v, want %q", what, got, err, want)
				case tt.fail &&
					(!errors.As(err, new(*redpoll.ReplyError)) || redpoll.OutcomeOf(err) != redpoll.Executed):
					t.Errorf("%s gives %q, %v, want a *ReplyError", what, got, err)
				}
			}
			got, err := rdb.Get(t.Context(), "k")
			check("GET", got, err, tt.want)
			v, err := rdb.Do(t.Context(), "GET", "k")
			check("Do", fmt.Sprint(v.Any()), err, tt.want)
			list, err := rdb.LRange(t.Context(), "list", 0, -1)
			check("LRANGE", strings.Join(list, " "), err, "good "+tt.want+" good")
			v, err = rdb.Do(t.Context(), "EVAL", "return {{redis.call('GET', KEYS[1])}, 'end'}", 1, "k")
			check("a nested reply", fmt.Sprint(v.Any()), err, "[["+tt.want+"] end]")
			if raw, err := rdb.GetBytes(t.Context(), "k"); string(raw) != bad || err != nil {
				t.Errorf("GetBytes gives %q, %v", raw, err)
			}
			if got := clients.ID(t, rdb); got != id {
				t.Errorf("the connection is %d, was %d", got, id)
			}
		})
	}
}

// UTF8Replace writes replacement characters where Python does: for each byte that cannot be a part of a
// character, and for each incomplete character.
//
// Covers: F65
func TestReplacedBytes(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"a\xe2\x82b": "a?b", "\xf0\x9f\x98": "?", "\xf0\x90\x80A": "?A", "\xc3": "?",
		"\xe2\x82\xe2\x82\xac": "?\u20ac",
		"\xed\xa0\x80":         "???", "\xf4\x90\x80\x80": "????", "\xe0\x80\x80": "???", "\xc0\xaf": "??",
		"\xff\xfe": "??", "\xf5\x80": "??",
		"\xf1\x80\x80\xc3\xa4": "?\u00e4", "\x80\x80": "??", "\xed\x9f": "?", "\xf4\x8f\xbf": "?", "": "",
	} {
		got, err := redpoll.UTF8Replace.AppendDecode(nil, []byte(raw))
		if string(got) != strings.ReplaceAll(want, "?", "\ufffd") || err != nil {
			t.Errorf("%q gives %q, %v, want %q", raw, got, err, want)
		}
		got, err = redpoll.UTF8Ignore.AppendDecode(nil, []byte(raw))
		if string(got) != strings.ReplaceAll(want, "?", "") || err != nil {
			t.Errorf("%q without what is invalid gives %q, %v", raw, got, err)
		}
	}
}

// Encoding parameters in a URL change no byte of a reply, unless the URL has decode_responses.
//
// Covers: F10, F43, F48, F63, F64, F65
func TestTextOptionsOfURLs(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{})
	const raw, other = "\xff\x00abc", "\xfe\x00abc"
	srv.Do("SET", raw, raw)
	srv.Do("SET", other, "b\u00e4r")
	srv.Do("HSET", "h", raw, raw)
	for _, tt := range []struct {
		query, want string // want is empty for an error
		lost        bool   // bytes of the keys are lost
	}{
		{"", raw, false}, {"charset=utf-8", raw, false},
		{"encoding=utf-8&encoding_errors=strict", raw, false},
		{"encoding_errors=ignore", raw, false}, {"errors=replace", raw, false},
		{"encoding=utf8&errors=ignore&decode_responses=False", raw, false},
		{"decode_responses=True", "", false}, {"decode_responses=True&encoding_errors=strict", "", false},
		{"decode_responses=1&errors=ignore", "\x00abc", true},
		{"decode_responses=1&encoding_errors=replace", "\ufffd\x00abc", true},
		{"encoding=latin-1", "\u00ff\x00abc", false},
		{"charset=latin1&decode_responses=True", "\u00ff\x00abc", false},
	} {
		t.Run(tt.query, func(t *testing.T) {
			t.Parallel()
			rdb, err := redpoll.Open(srv.URL() + "?" + tt.query)
			if err != nil {
				t.Fatal(err)
			}
			defer rdb.Close()
			v, err := rdb.Do(t.Context(), "GET", []byte(raw))
			h, hErr := rdb.HGetAll(t.Context(), "h")
			keys, keysErr := rdb.Keys(t.Context(), "*abc")
			if tt.want == "" {
				for _, err := range []error{err, hErr, keysErr} {
					if !errors.As(err, new(*redpoll.ReplyError)) {
						t.Errorf("got %v, %v or %v, and the error %v", v, h, keys, err)
					}
				}
				return
			}
			if v.Any() != tt.want || err != nil {
				t.Errorf("GET gives %v, %v, want %q", v, err, tt.want)
			}
			if h[tt.want] != tt.want || hErr != nil {
				t.Errorf("HGetAll gives %q, %v", h, hErr)
			}
			if len(keys) != 2 || keysErr != nil || (keys[0] == keys[1]) != tt.lost {
				t.Errorf("Keys gives %q, %v", keys, keysErr)
			}
			for _, key := range keys {
				if tt.lost {
					break // here the texts are not names of keys any more, as requested
				}
				got, err := rdb.Get(t.Context(), key)
				if err == nil {
					err = rdb.Set(t.Context(), key, got)
				}
				if err != nil || srv.Do("GET", raw) != raw || srv.Do("GET", other) != "b\u00e4r" {
					t.Errorf("reading %q and writing it back gives %v", key, err)
				}
			}
		})
	}
}

// Covers: F54, F59, F66
func TestLatin1(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{Text: redpoll.Latin1})
	if err := rdb.Set(t.Context(), "schlüssel", "größe"); err != nil {
		t.Fatal(err)
	}
	if got := srv.Do("GET", "schl\xfcssel"); got != "gr\xf6\xdfe" {
		t.Errorf("the server holds %q", got)
	}
	if got, err := rdb.Do(t.Context(), "get", "schlüssel"); got.Any() != "größe" || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if err := rdb.Set(t.Context(), "raw", []byte("größe")); err != nil {
		t.Fatal(err)
	}
	if got := srv.Do("GET", "raw"); got != "größe" {
		t.Errorf("bytes were translated: %q", got)
	}
	var de *redpoll.DataError
	for _, err := range []error{rdb.Set(t.Context(), "k", "日本"), rdb.Set(t.Context(), "日本", "v")} {
		if !errors.As(err, &de) || de.Command != "SET" || strings.Contains(err.Error(), "日本") {
			t.Errorf("got %v of type %T", err, err)
		}
	}
	clients.Usable(t, rdb)
}

// Covers: F65
func TestStrictTextRefusesToSendBadBytes(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{Text: redpoll.UTF8Strict})
	if err := rdb.Set(t.Context(), "k", "a\xff"); !errors.As(err, new(*redpoll.DataError)) {
		t.Errorf("got %v", err)
	}
	if got := srv.Do("EXISTS", "k"); got != int64(0) {
		t.Error("it was sent all the same")
	}
	if err := rdb.Set(t.Context(), "k", []byte("a\xff")); err != nil {
		t.Errorf("bytes are refused: %v", err)
	}
}

// An encoding applies to user data only. Commands, options and the server's own texts are not translated.
//
// Covers: F59, F66
func TestOwnEncoding(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{Text: clients.UpsideDown{}})
	if err := rdb.Set(t.Context(), "abc", "value", redpoll.NX); err != nil {
		t.Fatal(err)
	}
	if got := srv.Do("GET", "cba"); got != "eulav" {
		t.Errorf("the server holds %q", got)
	}
	if got, err := rdb.Type(t.Context(), "abc"); got != "string" || err != nil {
		t.Errorf("TYPE gives %q, %v", got, err)
	}
	if got, err := rdb.ObjectEncoding(t.Context(), "abc"); got != "embstr" || err != nil {
		t.Errorf("OBJECT ENCODING gives %q, %v", got, err)
	}
	clients.Usable(t, rdb)
}

// wildText panics on every reply.
type wildText struct{ redpoll.TextEncoding }

func (wildText) AppendDecode(dst, raw []byte) ([]byte, error) { panic("out of order") }

// If a user's encoding panics, its call returns an error. The connection and other callers are not affected.
func TestPanicOfATextEncoding(t *testing.T) {
	t.Parallel()
	rdb, _ := clients.Shared(t, redpoll.Options{Text: wildText{redpoll.UTF8Strict}})
	if err := rdb.Set(t.Context(), "k", "v"); err != nil {
		t.Fatal(err)
	}
	var reply *redpoll.ReplyError
	if _, err := rdb.Get(t.Context(), "k"); !errors.As(err, &reply) {
		t.Errorf("got %v", err)
	}
	if n, err := rdb.Incr(t.Context(), "n"); n != 1 || err != nil {
		t.Errorf("the next call gives %d, %v", n, err)
	}
	if n := rdb.Stats().Dials; n != 1 {
		t.Errorf("%d connections were made", n)
	}
}
