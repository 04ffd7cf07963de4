package urltext

import (
	"strings"
	"testing"
)

// An address is cut into its parts. A missing part is empty.
func TestHostPort(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string][2]string{
		"":                    {},
		"h":                   {"h", ""},
		"h:7":                 {"h", "7"},
		"h:007":               {"h", "7"},
		":7":                  {"", "7"},
		"Db.Example:7":        {"Db.Example", "7"},
		"redis_1":             {"redis_1", ""},
		"bücher.example":      {"bücher.example", ""},
		"127.0.0.1:65535":     {"127.0.0.1", "65535"},
		"::1":                 {"::1", ""},
		"[::1]":               {"::1", ""},
		"[::1]:7":             {"::1", "7"},
		"[fe80::1%eth0]:7":    {"fe80::1%eth0", "7"},
		"fe80::1%eth0":        {"fe80::1%eth0", ""},
		"[::1]:6379":          {"::1", "6379"},
		"1:2:3:4:5:6:7:6379":  {"1:2:3:4:5:6:7:6379", ""},
		"[::ffff:127.0.0.1]":  {"::ffff:127.0.0.1", ""},
		"::ffff:127.0.0.1":    {"::ffff:127.0.0.1", ""},
		"xn--bcher-kva.local": {"xn--bcher-kva.local", ""},
	} {
		host, port, reason := HostPort(addr)
		if reason != "" || host != want[0] || port != want[1] {
			t.Errorf("%q: %q, %q, %s", addr, host, port, reason)
		}
	}
}

// Wrong addresses give a reason.
func TestHostPortFaults(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"h:":           noPort,
		":":            noPort,
		"[::1]:":       noPort,
		"h:x":          badPort,
		"h:0":          badPort,
		"h:65536":      badPort,
		"h:-1":         badPort,
		"h:+1":         badPort,
		"[::1":         badBrackets,
		"[::1]7":       badBrackets,
		"[a:b]:7":      badBrackets,
		"[h]:7":        onlyIPv6,
		"[127.0.0.1]":  onlyIPv6,
		"[]":           onlyIPv6,
		"a:b:7":        manyColons,
		"::1:6379":     portOrGroup,
		"h:7 ":         blankInHost,
		" h":           blankInHost,
		"h\n":          blankInHost,
		"h\x00":        blankInHost,
		"a:1,b:2":      severalHosts,
		"a,b":          severalHosts,
		"$HOST:7":      notExpanded,
		"h:$PORT":      notExpanded,
		"h/1":          badHost,
		"u@h":          badHost,
		"a*b":          badHost,
		"h\xff":        badHost,
		"fe80::1%a/b":  badHost,
		"redis%2Fhost": badHost,
	} {
		if host, port, reason := HostPort(addr); reason != want {
			t.Errorf("%q: %q, %q, %q; want %q", addr, host, port, reason, want)
		}
	}
}

// Hosts are put in lower case, except the zone of an IPv6 address, which is the name of an interface.
func TestLowerHost(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{"": "", "DB.Example": "db.example", "FE80::A": "fe80::a",
		"FE80::A%wlanA": "fe80::a%wlanA"} {
		if got := lowerHost(host); got != want {
			t.Errorf("%q: %q", host, got)
		}
	}
	if u, err := Parse("redis://[FE80::A%25wlanA]"); err != nil ||
		!strings.HasPrefix(u.Addr, "[fe80::a%wlanA]") {
		t.Errorf("in a URL: %+v, %v", u, err)
	}
}
