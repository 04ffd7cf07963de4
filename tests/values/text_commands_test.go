package values_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"
	"unicode/utf16"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// Covers: F54, F59, F64, F65
func TestTextEncodings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		text redpoll.TextEncoding
		want string // the bytes a, ff, b as text; empty for an error
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
				ct := clients.NewTest(t, redpoll.Options{Text: c.text, Protocol: protocol})
				raw := []byte("a\xffb")
				ct.OK(ct.Client.Set(ctx, "k", raw))
				_, err := ct.Client.HSet(ctx, "h", raw, raw)
				ct.OK(err)
				ct.Want(raw)(ct.Client.GetBytes(ctx, "k"))
				text, err := ct.Client.Get(ctx, "k")
				all, errAll := ct.Client.HGetAll(ctx, "h")
				if c.want == "" {
					if !errors.As(err, new(*redpoll.ReplyError)) ||
						!errors.As(errAll, new(*redpoll.ReplyError)) {
						t.Errorf("got %q, %q, %v and %v, want errors", text, all, err, errAll)
					}
					continue
				}
				ct.Want(c.want)(text, err)
				ct.Want(map[string]string{c.want: c.want})(all, errAll)
				// Text that was received can be sent again.
				ct.OK(ct.Client.Set(ctx, text, text))
				ct.Want(text)(ct.Client.Get(ctx, text))
			}
		})
	}
}

// Covers: F54
func TestLatin1OnTheWire(t *testing.T) {
	t.Parallel()
	ct := clients.NewTest(t, redpoll.Options{Text: redpoll.Latin1})
	ct.OK(ct.Client.Set(ctx, "é", "ü"))
	ct.Holds("\xfc", "GET", "\xe9")
	if err := ct.Client.Set(ctx, "k", "€"); !errors.As(err, new(*redpoll.DataError)) {
		t.Errorf("text beyond Latin-1 gives %v, want a DataError", err)
	}
}

// utf16Text is an encoding in which no word of the protocol looks like ASCII.
type utf16Text struct{}

func (utf16Text) AppendEncode(dst []byte, s string) ([]byte, error) {
	for _, c := range utf16.Encode([]rune(s)) {
		dst = binary.LittleEndian.AppendUint16(dst, c)
	}
	return dst, nil
}

func (utf16Text) AppendDecode(dst, raw []byte) ([]byte, error) {
	if len(raw)%2 != 0 {
		return dst, fmt.Errorf("%d bytes are not UTF-16", len(raw))
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(raw[2*i:])
	}
	return append(dst, string(utf16.Decode(units))...), nil
}

// With any text encoding, and whatever other clients have sent, users can read the server's own texts, names
// that are always ASCII, and commands that the server shows.
//
// Covers: F66
func TestRepliesBesideTheEncoding(t *testing.T) {
	t.Parallel()
	redpolltest.RequireVersion(t, 7, 0)
	for _, protocol := range []int{2, 3} {
		srv := redpolltest.Start(t, redpolltest.ServerOptions{Config: []string{"slowlog-log-slower-than -1"}})
		ct := &clients.Test{T: t, Client: clients.New(t, redpoll.Options{Addr: srv.Addr(), Text: utf16Text{},
			Protocol: protocol, ClientName: "u16"}), Server: srv}
		ct.Want("u16")(ct.Client.ClientGetName(ctx))
		if info, err := ct.Client.ClientInfo(ctx); info.Name != "u16" || err != nil {
			t.Errorf("got %+v and %v", info, err)
		}
		ct.OK(ct.Client.Set(ctx, "schlüssel", "größe"))
		ct.Want([]string{"schlüssel"})(ct.Client.Keys(ctx, "*"))

		// This library belongs to another client, and its text is ASCII.
		srv.Do("FUNCTION", "LOAD",
			"#!lua name=lib\nredis.register_function{function_name='f', callback=function(k) return "+
				"redis.call('GET', k[1]) end, description='plain'}")
		list := testkit.Must[[]redpoll.FunctionLibrary](ct)(
			ct.Client.FunctionList(ctx, redpoll.LibraryName("l*"), redpoll.WithCode))
		if len(list) != 1 || list[0].Name != "lib" || list[0].Code[:5] != "#!lua" ||
			list[0].Functions[0].Name != "f" || list[0].Functions[0].Description != "plain" {
			t.Errorf("got %+v", list)
		}
		v := testkit.Must[redpoll.Value](ct)(ct.Client.FCall(ctx, "f", []string{"schlüssel"}))
		ct.Want("größe")(v.Text())
		ct.OK(ct.Client.FunctionDelete(ctx, "lib"))
		if srv.AtLeastRelease("", "8.0") {
			sum := srv.Do("SCRIPT", "LOAD", "return 'ä'").(string)
			ct.Want("return 'ä'")(clients.New(t,
				redpoll.Options{Addr: srv.Addr(), Text: redpoll.UTF8Strict}).ScriptShow(ctx, sum))
			sum = srv.Do("SCRIPT", "LOAD", "return 77").(string)
			ct.Want("return 77")(ct.Client.ScriptShow(ctx, sum))
		}

		srv.Do("CONFIG", "SET", "slowlog-log-slower-than", "0")
		srv.Do("SET", "odd", "\xff")
		ct.OK(ct.Client.Set(ctx, "schlüssel", "\u2713"))
		srv.Do("CONFIG", "SET", "slowlog-log-slower-than", "-1")
		strict := clients.New(t, redpoll.Options{
			Addr: srv.Addr(), Text: redpoll.UTF8Strict, Protocol: protocol,
		})
		for name, c := range map[string]struct {
			rdb  *redpoll.Client
			want []string
		}{
			"UTF-16": {ct.Client, []string{"SET", "schlüssel", "\u2713"}},
			"UTF-8":  {strict, []string{"SET", "odd", "\xff"}},
		} {
			var got [][]string
			for _, e := range testkit.Must[[]redpoll.SlowLogEntry](ct)(c.rdb.SlowLogGet(ctx, -1)) {
				got = append(got, e.Args)
			}
			if !slices.ContainsFunc(got, func(args []string) bool { return slices.Equal(args, c.want) }) {
				t.Errorf("%s: got %q, want %q among them", name, got, c.want)
			}
		}
	}
}
