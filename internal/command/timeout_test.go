package command

import (
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/resp"
)

func TestWithTimeout(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"BLPOP q 30":                                   "BLPOP q 1.5",
		"blpop a b 0.25":                               "blpop a b 1.5",
		"BLMPOP 30 1 q LEFT":                           "BLMPOP 1.5 1 q LEFT",
		"BZPOPMIN z 5":                                 "BZPOPMIN z 1.5",
		"BLMOVE a b LEFT LEFT 7":                       "BLMOVE a b LEFT LEFT 1.5",
		"WAIT 1 30000":                                 "WAIT 1 1500",
		"XREAD COUNT 1 BLOCK 30000 STREAMS s 0":        "XREAD COUNT 1 BLOCK 1500 STREAMS s 0",
		"XREAD STREAMS BLOCK 0":                        "XREAD STREAMS BLOCK 0",
		"XREADGROUP GROUP BLOCK c BLOCK 9 STREAMS s >": "XREADGROUP GROUP BLOCK c BLOCK 1500 STREAMS s >",
		"XREADGROUP GROUP g BLOCK STREAMS s >":         "XREADGROUP GROUP g BLOCK STREAMS s >",
		"GET k":                                        "GET k",
	} {
		args := strings.Fields(text)
		wire := resp.AppendCommand(nil, args...)
		got := LookupArgs(args[0], args[1]).WithTimeout(wire, 1500*time.Millisecond)
		if string(got) != string(resp.AppendCommand(nil, strings.Fields(want)...)) {
			t.Errorf("%s became %q", text, got)
		}
	}
	got := Lookup("BLPOP").WithTimeout(resp.AppendCommand(nil, "BLPOP", "q", "30"), time.Nanosecond)
	if want := resp.AppendCommand(nil, "BLPOP", "q", "0.001"); string(got) != string(want) {
		t.Errorf("a nanosecond became %q", got)
	}
}
