package redpoll_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
)

// Covers: F2, F64, E2
func TestTextReplies(t *testing.T) {
	t.Parallel()
	rdb, srv := sharedClient(t, redpoll.Options{Text: redpoll.UTF8Strict})
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
			rdb, srv := sharedClient(t, redpoll.Options{Text: tt.text})
			srv.Do("SET", "k", bad)
			srv.Do("RPUSH", "list", "good", bad, "good")
			id := clientID(t, rdb)
			check := func(what, got string, err error, want string) {
				t.Helper()
				switch {
				case !tt.fail && (got != want || err != nil):
					t.Errorf("%s gives %q, %v, want %q", what, got, err, want)
				case tt.fail && (!errors.As(err, new(*redpoll.ReplyError)) || redpoll.OutcomeOf(err) != redpoll.Executed):
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
			if got := clientID(t, rdb); got != id {
				t.Errorf("the connection is %d, was %d", got, id)
			}
		})
	}
}

// Covers: F54, F59, F66
func TestLatin1(t *testing.T) {
	t.Parallel()
	rdb, srv := sharedClient(t, redpoll.Options{Text: redpoll.Latin1})
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
	usable(t, rdb)
}

// Covers: F65
func TestStrictTextRefusesToSendBadBytes(t *testing.T) {
	t.Parallel()
	rdb, srv := sharedClient(t, redpoll.Options{Text: redpoll.UTF8Strict})
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

// upsideDown is a user's own encoding.
type upsideDown struct{}

func (upsideDown) AppendEncode(dst []byte, s string) ([]byte, error) {
	for i := len(s) - 1; i >= 0; i-- {
		dst = append(dst, s[i])
	}
	return dst, nil
}

func (u upsideDown) AppendDecode(dst, raw []byte) ([]byte, error) {
	return u.AppendEncode(dst, string(raw))
}

// An encoding concerns user data only: command words, options and what the server says of itself stay as they are.
//
// Covers: F59, F66
func TestOwnEncoding(t *testing.T) {
	t.Parallel()
	rdb, srv := sharedClient(t, redpoll.Options{Text: upsideDown{}})
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
	usable(t, rdb)
}

// wildText panics on every reply.
type wildText struct{ redpoll.TextEncoding }

func (wildText) AppendDecode(dst, raw []byte) ([]byte, error) { panic("out of order") }

// A panic of the user's encoding is an error of its call, and costs neither the connection nor other callers.
func TestPanicOfATextEncoding(t *testing.T) {
	t.Parallel()
	rdb, _ := sharedClient(t, redpoll.Options{Text: wildText{redpoll.UTF8Strict}})
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
