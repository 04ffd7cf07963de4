package urltext

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// The parts of a URL become the right settings.
func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		raw  string
		want URL
	}{
		{"redis://", URL{Scheme: "redis", Network: "tcp", Addr: "localhost:6379"}},
		{"redis://h", URL{Scheme: "redis", Network: "tcp", Addr: "h:6379"}},
		{"REDIS://H:7", URL{Scheme: "redis", Network: "tcp", Addr: "h:7"}},
		{"valkey://:7", URL{Scheme: "redis", Network: "tcp", Addr: "localhost:7"}},
		{"rediss://h", URL{Scheme: "rediss", Network: "tcp", Addr: "h:6379"}},
		{"valkeys://h", URL{Scheme: "rediss", Network: "tcp", Addr: "h:6379"}},
		{"redis://[::1]", URL{Scheme: "redis", Network: "tcp", Addr: "[::1]:6379"}},
		{"redis://[::1]:7", URL{Scheme: "redis", Network: "tcp", Addr: "[::1]:7"}},
		{"redis://u@h", URL{Scheme: "redis", Network: "tcp", Addr: "h:6379", User: "u"}},
		{"redis://u:p@h", URL{Scheme: "redis", Network: "tcp", Addr: "h:6379", User: "u", Password: "p"}},
		{"redis://:p@h", URL{Scheme: "redis", Network: "tcp", Addr: "h:6379", Password: "p"}},
		{"redis://u:p:q@h", URL{Scheme: "redis", Network: "tcp", Addr: "h:6379", User: "u", Password: "p:q"}},
		{"redis://u:p@q@h", URL{Scheme: "redis", Network: "tcp", Addr: "h:6379", User: "u", Password: "p@q"}},
		{"redis://u%40:p%2Fq@h",
			URL{Scheme: "redis", Network: "tcp", Addr: "h:6379", User: "u@", Password: "p/q"}},
		{"redis://:p%2Fq@h?decode_components=no",
			URL{Scheme: "redis", Network: "tcp", Addr: "h:6379", Password: "p%2Fq"}},
		{"redis://h?username=u&password=p",
			URL{Scheme: "redis", Network: "tcp", Addr: "h:6379", User: "u", Password: "p"}},
		{"redis://u:p@h?username=x&password=y",
			URL{Scheme: "redis", Network: "tcp", Addr: "h:6379", User: "u", Password: "p"}},
		{"redis://?host=h&port=7", URL{Scheme: "redis", Network: "tcp", Addr: "h:7"}},
		{"redis://h:7?host=x&port=8&path=y", URL{Scheme: "redis", Network: "tcp", Addr: "h:7"}},
		{"redis://h/3", URL{Scheme: "redis", Network: "tcp", Addr: "h:6379", DB: 3, HasDB: true}},
		{"redis://h/0", URL{Scheme: "redis", Network: "tcp", Addr: "h:6379", HasDB: true}},
		{"redis://h/", URL{Scheme: "redis", Network: "tcp", Addr: "h:6379"}},
		{"redis://h/3?db=4", URL{Scheme: "redis", Network: "tcp", Addr: "h:6379", DB: 4, HasDB: true}},
		{"unix:///s", URL{Scheme: "unix", Network: "unix", Addr: "/s"}},
		{"redis+unix:///s", URL{Scheme: "unix", Network: "unix", Addr: "/s"}},
		{"valkey+unix://u:p@/s?db=2",
			URL{Scheme: "unix", Network: "unix", Addr: "/s", User: "u", Password: "p", DB: 2, HasDB: true}},
		{"unix://?path=/s", URL{Scheme: "unix", Network: "unix", Addr: "/s"}},
		{"unix:///a%20b", URL{Scheme: "unix", Network: "unix", Addr: "/a b"}},
		{"unix:///a@b", URL{Scheme: "unix", Network: "unix", Addr: "/a@b"}},
		{"redis://h?a=1&b=2&a=3&c=",
			URL{Scheme: "redis", Network: "tcp", Addr: "h:6379",
				Options: map[string]string{"a": "1", "b": "2"}}},
		{"redis://h?a=1%262", URL{Scheme: "redis", Network: "tcp", Addr: "h:6379",
			Options: map[string]string{"a": "1&2"}}},
	} {
		got, err := Parse(c.raw)
		if err != nil {
			t.Errorf("%s: %v", c.raw, err)
			continue
		}
		if got.Scheme != c.want.Scheme || got.User != c.want.User || got.Password != c.want.Password ||
			got.Network != c.want.Network ||
			got.Addr != c.want.Addr || got.DB != c.want.DB || got.HasDB != c.want.HasDB ||
			!maps.Equal(got.Options, c.want.Options) {
			t.Errorf("%s: %+v, want %+v", c.raw, *got, c.want)
		}
	}
}

// A wrong URL gives a fault that shows no part of it, because URLs have passwords.
func TestParseFaults(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]Fault{
		"":                             {"URL", "is empty"},
		"sEcreT":                       {"URL", "must begin with redis://"},
		"redis:sEcreT":                 {"URL", "must begin with redis://"},
		"http://sEcreT@h":              {"URL", "must begin with redis://"},
		"redis+sentinel://sEcreT@h":    {"URL", "Open makes clients for several"},
		"rediss-cluster://sEcreT@h":    {"URL", "Open makes clients for several"},
		"srv://sEcreT@h":               {"URL", "(srv); clients for those are not there yet"},
		"redis://sE\ncreT@h":           {"URL", "must not contain control characters"},
		"redis://sEcreT@h\n":           {"URL", "ends with a line end"},
		" redis://sEcreT@h":            {"URL", "begins or ends with a blank"},
		"redis://sEcreT@h#x":           {"URL", "must not have a fragment"},
		"redis://:sEc?reT@h":           {"URL", "has a ? in front of its @"},
		"redis://:sEc/reT@h":           {"URL", "has a / in front of its @"},
		"unix://h/s":                   {"URL", "no host or port before the path"},
		"redis://:sEcreT@a:b:1":        {"URL", "more than one colon, or a bracket"},
		"redis://:sEcreT@[::1":         {"URL", "more than one colon, or a bracket"},
		"redis://:sEcreT@[::1]x":       {"URL", "more than one colon, or a bracket"},
		"redis://:sEcreT%@h":           {"URL", "a % that begins no escape"},
		"redis://:sEcreT@h?a=%":        {"URL", "the query is not well formed"},
		"redis://:sEcreT@h?a;b":        {"URL", "the query is not well formed"},
		"redis://:sEcreT@h:x":          {"URL", badPort},
		"redis://:sEcreT@h:0":          {"URL", badPort},
		"redis://:sEcreT@h:65536":      {"URL", badPort},
		"redis://:sEcreT@h:":           {"URL", noPort},
		"redis://:sEcreT@a,b":          {"URL", severalHosts},
		"redis://:sEcreT@$HOST":        {"URL", notExpanded},
		"redis://:sEcreT@[h]":          {"URL", onlyIPv6},
		"redis://:sEcreT@h%20":         {"URL", blankInHost},
		"redis://:sEcreT@h/x":          {"URL", "the database must be a number"},
		"redis://:sEcreT@h/-1":         {"URL", "the database must be a number"},
		"redis://:sEcreT@h/2147483648": {"URL", "the database must be a number"},
		"redis://:sEcreT@h?db=x":       {"URL", "the database must be a number"},
		"unix://:sEcreT@":              {"URL", "needs the path of the socket"},
		"unix://:sEcreT@/":             {"URL", "needs the path of the socket"},
		"redis://h?timeout=1&wait_timeout=2&password=sEcreT": {"timeout",
			"and wait_timeout set the same thing"},
		"redis://h?no_retry=1&max_retries=1": {"no_retry", "and max_retries set the same thing"},
		"redis://h?wait_for_conn=no&timeout=1": {"wait_for_conn",
			"is false, and timeout says how long to wait"},
		"redis://h?wait_for_conn=0&wait_timeout=1": {"wait_for_conn",
			"is false, and wait_timeout says how long to wait"},
	} {
		_, err := Parse(raw)
		var f *Fault
		if !errors.As(err, &f) || f.Option != want.Option || !strings.Contains(f.Error(), want.Reason) {
			t.Errorf("%q: %v, want %v", raw, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "creT") {
			t.Errorf("%q: the fault shows a part of it: %v", raw, err)
		}
	}
}

// Options that set the same thing are a fault only if they contradict each other.
func TestNoContradiction(t *testing.T) {
	t.Parallel()
	for _, query := range []string{
		"timeout=1&wait_timeout=1", "max_connections=7&max_conns=7", "wait_for_conn=yes&timeout=1",
		"charset=latin-1&encoding=latin-1", "no_retry=1",
	} {
		if u, err := Parse("redis://h?" + query); err != nil || len(u.Names()) == 0 ||
			!slices.IsSorted(u.Names()) {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// Certain words are false; all others are true.
func TestBool(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": false, "0": false, "f": false, "F": false, "False": false, "n": false, "NO": false,
		"1": true, "true": true, "yes": true, "off": true, "00": true, " ": true,
	} {
		if got := Bool(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// Times are seconds or Go durations, or endless.
func TestTime(t *testing.T) {
	t.Parallel()
	for text, c := range map[string]struct {
		want    time.Duration
		endless bool
		fault   bool
	}{
		"0": {}, "5": {want: 5 * time.Second}, "0.25": {want: 250 * time.Millisecond},
		"1e3":   {want: 1000 * time.Second},
		"200ms": {want: 200 * time.Millisecond}, "1m30s": {want: 90 * time.Second}, "0s": {},
		"none": {endless: true}, "None": {endless: true}, "FOREVER": {endless: true},
		"999999999": {want: 999999999 * time.Second},
		"-1":        {fault: true}, "1000000000": {fault: true}, "inf": {fault: true}, "nan": {fault: true},
		"-1s": {fault: true},
		"":    {fault: true}, "x": {fault: true}, "5 s": {fault: true},
	} {
		d, endless, err := Time("option", text)
		if d != c.want || endless != c.endless || (err != nil) != c.fault {
			t.Errorf("%q: %v, endless %v, %v", text, d, endless, err)
		}
		var f *Fault
		if err != nil && (!errors.As(err, &f) || f.Option != "option") {
			t.Errorf("%q: the fault is %#v", text, err)
		}
	}
}

// Whole numbers have a least value; none is 0 where 0 is allowed.
func TestNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		least int
		want  int
		fault string
	}{
		{"0", 0, 0, ""}, {"7", 0, 7, ""}, {"none", 0, 0, ""}, {"NONE", 0, 0, ""}, {"1", 1, 1, ""},
		{"2147483647", 0, 1<<31 - 1, ""},
		{"none", 1, 0, "whole number"}, {"0", 1, 0, "1 at least"}, {"1", 2, 0, "2 at least"},
		{"-1", 0, 0, "whole number"},
		{"1.0", 0, 0, "whole number"}, {"", 0, 0, "whole number"}, {"2147483648", 0, 0, "whole number"},
	} {
		n, err := Number("option", c.text, c.least)
		if n != c.want || (err != nil) != (c.fault != "") ||
			err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%q, at least %d: %d, %v", c.text, c.least, n, err)
		}
	}
}
