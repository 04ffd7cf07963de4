package legacy

import (
	"strings"

	"github.com/redpoll-go/redpoll"
)

// ParseURL is [redpoll.ParseURL], but takes every unknown scheme for redis://, as redis-py 2.10 does:
// tcp://host:6379/0 is a plain connection. A mistyped rediss:// is a plain connection too, even with a
// password: for this reason redpoll itself refuses unknown schemes.
//
// One default of 2.x is not restored, because it is dangerous: certificates are checked. To turn the check
// off, write rediss://host:6379/0?ssl_cert_reqs=none, which works in both functions.
func ParseURL(rawURL string) (redpoll.Options, error) {
	scheme, rest, ok := strings.Cut(rawURL, "://")
	if ok && isScheme(scheme) && !known(scheme) {
		rawURL = "redis://" + rest
	}
	return redpoll.ParseURL(rawURL)
}

// known reports whether redpoll handles a scheme. This includes forms such as redis+name, because they name a
// topology, and not just a transport.
func known(scheme string) bool {
	name, _, _ := strings.Cut(strings.ToLower(scheme), "+")
	return name == "redis" || name == "rediss" || name == "valkey" || name == "valkeys" || name == "unix"
}

// isScheme reports whether a text has the form of a scheme: letters, and then also digits and the signs + -
// and the dot.
func isScheme(s string) bool {
	for i, r := range strings.ToLower(s) {
		letter := 'a' <= r && r <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", r)) {
			return false
		}
	}
	return s != ""
}
