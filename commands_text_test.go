package redpoll_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"
	"unicode/utf16"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
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

// utf16Text is an encoding in which no word of the protocol is what it is in ASCII.
type utf16Text struct{}

func (utf16Text) AppendEncode(dst []byte, s string) ([]byte, error) {
	for _, c := range utf16.Encode([]rune(s)) {
		dst = binary.LittleEndian.AppendUint16(dst, c)
	}
	return dst, nil
}

func (utf16Text) AppendDecode(dst, raw []byte) ([]byte, error) {
	if len(raw)%2 != 0 {
		return dst, fmt.Errorf("%d bytes are no UTF-16", len(raw))
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(raw[2*i:])
	}
	return append(dst, string(utf16.Decode(units))...), nil
}

// What the server says in its own words, names that it takes in ASCII only, and commands that it shows can be read whatever
// the encoding of texts is, and whatever others have sent.
//
// Covers: F66
func TestRepliesBesideTheEncoding(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	for _, protocol := range []int{2, 3} {
		srv := redpolltest.Start(t, redpolltest.ServerOptions{Config: []string{"slowlog-log-slower-than -1"}})
		ct := &commandTest{t, newClient(t, redpoll.Options{Addr: srv.Addr(), Text: utf16Text{}, Protocol: protocol, ClientName: "u16"}), srv}
		ct.want("u16")(ct.rdb.ClientGetName(ctx))
		if info, err := ct.rdb.ClientInfo(ctx); info.Name != "u16" || err != nil {
			t.Errorf("got %+v and %v", info, err)
		}
		ct.ok(ct.rdb.Set(ctx, "schlüssel", "größe"))
		ct.want([]string{"schlüssel"})(ct.rdb.Keys(ctx, "*"))

		// A library of somebody else, whose text is ASCII.
		srv.Do("FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function{function_name='f', callback=function(k) return redis.call('GET', k[1]) end, description='plain'}")
		list := must[[]redpoll.FunctionLibrary](ct)(ct.rdb.FunctionList(ctx, redpoll.LibraryName("l*"), redpoll.WithCode))
		if len(list) != 1 || list[0].Name != "lib" || list[0].Code[:5] != "#!lua" || list[0].Functions[0].Name != "f" || list[0].Functions[0].Description != "plain" {
			t.Errorf("got %+v", list)
		}
		v := must[redpoll.Value](ct)(ct.rdb.FCall(ctx, "f", []string{"schlüssel"}))
		ct.want("größe")(v.Text())
		ct.ok(ct.rdb.FunctionDelete(ctx, "lib"))
		if srv.AtLeastRelease("", "8.0") {
			sum := srv.Do("SCRIPT", "LOAD", "return 'ä'").(string)
			ct.want("return 'ä'")(newClient(t, redpoll.Options{Addr: srv.Addr(), Text: redpoll.UTF8Strict}).ScriptShow(ctx, sum))
			sum = srv.Do("SCRIPT", "LOAD", "return 77").(string)
			ct.want("return 77")(ct.rdb.ScriptShow(ctx, sum))
		}

		srv.Do("CONFIG", "SET", "slowlog-log-slower-than", "0")
		srv.Do("SET", "odd", "\xff")
		ct.ok(ct.rdb.Set(ctx, "schlüssel", "\u2713"))
		srv.Do("CONFIG", "SET", "slowlog-log-slower-than", "-1")
		strict := newClient(t, redpoll.Options{Addr: srv.Addr(), Text: redpoll.UTF8Strict, Protocol: protocol})
		for name, c := range map[string]struct {
			rdb  *redpoll.Client
			want []string
		}{"UTF-16": {ct.rdb, []string{"SET", "schlüssel", "\u2713"}}, "UTF-8": {strict, []string{"SET", "odd", "\xff"}}} {
			var got [][]string
			for _, e := range must[[]redpoll.SlowLogEntry](ct)(c.rdb.SlowLogGet(ctx, -1)) {
				got = append(got, e.Args)
			}
			if !slices.ContainsFunc(got, func(args []string) bool { return slices.Equal(args, c.want) }) {
				t.Errorf("%s: got %q, want %q among them", name, got, c.want)
			}
		}
	}
}
