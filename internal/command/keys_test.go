package command

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll/internal/wire"
	"github.com/redpoll-go/redpoll/resp"
)

func begun(b []byte) wire.Words {
	w, _ := wire.Begin(b, nil, 0)
	return w
}

// keysOf returns the keys of a command whose words are separated by blanks. The text "" is an empty word.
func keysOf(t *testing.T, text string) ([]string, error) {
	t.Helper()
	args := strings.Fields(text)
	for i, w := range args {
		args[i] = strings.Trim(w, `"`)
	}
	sub := ""
	if len(args) > 1 {
		sub = args[1]
	}
	info := LookupArgs(args[0], sub)
	if info == nil {
		t.Fatalf("%s is not in the table", args[0])
	}
	w := begun(resp.AppendCommand(nil, args...))
	found, err := info.AppendKeys(nil, w)
	var keys []string
	for _, key := range found {
		keys = append(keys, string(key))
	}
	first, ok := info.FirstKey(w)
	switch {
	case ok != (len(keys) > 0):
		t.Errorf("%s: FirstKey finds one: %v, AppendKeys finds %q", text, ok, keys)
	case ok && string(first) != keys[0]:
		t.Errorf("%s: FirstKey finds %q, AppendKeys %q", text, first, keys)
	}
	return keys, err
}

// In many of these commands an argument looks like the word that announces keys.
func TestAppendKeys(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"GET a":           "a",
		"get a":           "a",
		"DBSIZE":          "",
		"mset a 1 b 2":    "a b",
		"BLPOP a b 0":     "a b",
		"JSON.MSET a . 1": "a",
		"JSON.MGET a b .": "a b",

		"object encoding a":   "a",
		"OBJECT HELP":         "",
		"XINFO STREAM a FULL": "a",

		"ZUNIONSTORE d 2 a b WEIGHTS 1 2": "d a b",
		"EVAL script 0 arg":               "",
		"EVAL script 2 a b arg":           "a b",
		"MSETEX 2 a 1 b 2 EX 10":          "a b",
		"BLMPOP 0 2 a b LEFT":             "a b",
		"CMS.MERGE d 2 a b WEIGHTS 1 2":   "d a b",

		"XREAD STREAMS a b 0 0":                                      "a b",
		"xread count 1 streams a 0":                                  "a",
		"XREAD BLOCK 0 STREAMS streams 0":                            "streams",
		"XREADGROUP GROUP STREAMS c STREAMS a >":                     "a",
		"XREADGROUP GROUP g STREAMS COUNT 1 NOACK STREAMS a b > >":   "a b",
		"XREADGROUP GROUP count block CLAIM 5 STREAMS a STREAMS > >": "a STREAMS",
		"SORT a BY STORE":                                            "a",
		"SORT a GET STORE store d":                                   "a d",
		"SORT a LIMIT 0 1 STORE d STORE e":                           "a e",
		"SORT STORE STORE STORE":                                     "STORE STORE",
		"SORT a STORE store LIMIT 0 1":                               "a store",
		"SORT a STORE store STORE d":                                 "a d",
		"GEORADIUS a 1 1 1 m STORE STOREDIST COUNT 1":                "a STOREDIST",
		"GEORADIUS a 1 1 1 m STOREDIST d":                            "a d",
		"GEORADIUS a 1 1 1 m STORE d STOREDIST e":                    "a e",
		"GEORADIUSBYMEMBER a STORE 1 m":                              "a",
		"GEORADIUSBYMEMBER STORE STOREDIST 1 m STOREDIST d":          "STORE d",
		"GEORADIUSBYMEMBER a m 1 m STORE STORE":                      "a STORE",
		"MIGRATE h 1 a 0 10":                                         "a",
		`MIGRATE h 1 "" 0 10 COPY KEYS a KEYS`:                       "a KEYS",
		`MIGRATE h 1 "" 0 10 AUTH KEYS KEYS a b`:                     "a b",
		`MIGRATE h 1 "" 0 10 REPLACE AUTH2 KEYS KEYS keys a`:         "a",
		"MIGRATE h 1 a 0 10 AUTH KEYS":                               "a",
		"STRALGO LCS KEYS a b LEN":                                   "a b",
		"STRALGO LCS STRINGS KEYS b":                                 "",
		"PUBLISH news hello":                                         "",
		"SPUBLISH news hello":                                        "news",
		"BITOP NOT d a":                                              "d a",
		"PFDEBUG ENCODING a":                                         "a",
		"MEMORY USAGE a SAMPLES 5":                                   "a",
		"TS.MADD a 1 1 b 2 2":                                        "a b",
		"GEOSEARCHSTORE d a FROMMEMBER m BYRADIUS 1 m ASC STOREDIST": "d a",
		"VSIM a VALUES 2 1 2":                                        "a",
		"SET a " + strings.Repeat("x", 1000):                         "a",
		"SINTERCARD 1 a LIMIT 3":                                     "a",
		"DEL" + strings.Repeat(" k", 100):                            strings.Repeat(" k", 100),
		"FCALL f 3 a b c d":                                          "a b c",
		"COPY a b DB 3":                                              "a b",
		"ZRANGESTORE d a 0 -1":                                       "d a",
		"LMOVE a b LEFT RIGHT":                                       "a b",
		"XGROUP CREATE a g $":                                        "a",
		"RESTORE a 0 x ABSTTL":                                       "a",
		"SUNSUBSCRIBE":                                               "",
		"BITFIELD a GET u8 0":                                        "a",
		"ZMPOP 1 a MIN":                                              "a",
		"HSETEX a FIELDS 1 f v":                                      "a",
		"TDIGEST.MERGE d 1 a":                                        "d a",
		"JSON.DEBUG MEMORY a":                                        "a",
		"JSON.DEBUG HELP":                                            "",

		"XREAD STREAMS" + strings.Repeat(" s", 20) + strings.Repeat(" 0", 20): strings.Repeat(" s", 20),
	} {
		keys, err := keysOf(t, text)
		if err != nil || !slices.Equal(keys, strings.Fields(want)) {
			t.Errorf("%s: the keys are %q, error %v, want %q", text, keys, err, want)
		}
	}
}

// A command that the server refuses is an error, whose keys nobody uses.
func TestAppendKeysOfContradictions(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"EVAL s 3 a b", "EVAL s -1 a", "EVAL s x a", "LMPOP 2 a", "MSETEX 2 a 1 b", "EVAL s 99999999999 a",
		"ZUNIONSTORE d +1 a",
	} {
		if keys, err := keysOf(t, text); !errors.Is(err, ErrWords) {
			t.Errorf("%s: keys %q, error %v", text, keys, err)
		}
	}
	info := Lookup("MSET")
	for _, text := range []string{
		"", "*", "*2\r\n", "*2\r\n$4\r\nMSET\r\n$", "*2\r\n$4\r\nMSET\r\n$9\r\na\r\n",
		"*3\r\n$4\r\nMSET\r\n$1\r\na\r\n", "+OK\r\n", "*-1\r\n", "*2\r\n:1\r\n:2\r\n",
	} {
		if keys, err := info.AppendKeys(nil, begun([]byte(text))); !errors.Is(err, ErrWords) {
			t.Errorf("%q: keys %q, error %v", text, keys, err)
		}
		if key, ok := info.FirstKey(begun([]byte(text))); ok && len(key) > len(text) {
			t.Errorf("%q: first key %q", text, key)
		}
	}
}

func TestChannel(t *testing.T) {
	t.Parallel()
	w := begun(resp.AppendCommand(nil, "PUBLISH", "news", "hello"))
	if got, ok := Lookup("publish").Channel(w); !ok || string(got) != "news" {
		t.Errorf("channel %q, %v", got, ok)
	}
	if got, ok := Lookup("GET").Channel(w); ok {
		t.Errorf("GET has the channel %q", got)
	}
}

func TestFirstKeyAllocations(t *testing.T) {
	info, b := Lookup("GET"), resp.AppendCommand(nil, "GET", "key")
	if n := testing.AllocsPerRun(100, func() {
		if _, ok := info.FirstKey(begun(b)); !ok {
			t.Error("no key")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzAppendKeys(f *testing.F) {
	for _, text := range []string{
		"*2\r\n$3\r\nGET\r\n$1\r\na\r\n", "*3\r\n$1\r\nx\r\n$0\r\n\r\n$1\r\n1\r\n",
		"*2\r\n$4\r\nMSET\r\n$9\r\na\r\n",
	} {
		f.Add("XREADGROUP", []byte(text))
		f.Add("MIGRATE", []byte(text))
		f.Add("EVAL", []byte(text))
	}
	f.Fuzz(func(t *testing.T, name string, text []byte) {
		info := Lookup(name)
		if info == nil {
			return
		}
		keys, err := info.AppendKeys(nil, begun(text))
		for _, k := range keys {
			if !bytes.Contains(text, k) {
				t.Fatalf("key %q, which is not in the command", k)
			}
		}
		first, ok := info.FirstKey(begun(text))
		if err == nil && ok != (len(keys) > 0) || ok && err == nil && !bytes.Equal(first, keys[0]) {
			t.Fatalf("first key %q %v, keys %q", first, ok, keys)
		}
	})
}

// A key behind a large argument is found, and so is a large key.
func TestKeysAroundHoles(t *testing.T) {
	t.Parallel()
	large := bytes.Repeat([]byte("x"), wire.Large)
	b := []byte("*5\r\n$4\r\nMSET\r\n$1\r\na\r\n$65536\r\n")
	holes := []wire.Hole{{At: len(b), Data: large}}
	b = append(b, "\r\n$65536\r\n"...)
	holes = append(holes, wire.Hole{At: len(b), Data: large})
	b = append(b, "\r\n$1\r\nv\r\n"...)
	w, ok := wire.Begin(b, holes, 0)
	keys, err := Lookup("MSET").AppendKeys(nil, w)
	if !ok || err != nil || len(keys) != 2 || string(keys[0]) != "a" || &keys[1][0] != &large[0] {
		t.Errorf("found %d keys, %v", len(keys), err)
	}
	text := wire.Append(nil, b, holes)
	if at := holes[0].At; len(text) != wire.Size(b, holes) || string(text[at:][:3]) != "xxx" {
		t.Error("the command is not whole")
	}
}

func BenchmarkFirstKey(b *testing.B) {
	info, text := Lookup("SET"), resp.AppendCommand(nil, "SET", "user:1000", strings.Repeat("x", 64))
	b.ReportAllocs()
	for b.Loop() {
		info.FirstKey(begun(text))
	}
}
