package urltext

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// These texts say what is wrong with an address, and what to do. None of them shows a part of the address.
const (
	badPort     = "the port must be a number from 1 to 65535"
	noPort      = "has a colon and no port behind it: write the port, or leave the colon out for 6379"
	badBrackets = "must be host:port, or [address]:port for IPv6"
	manyColons  = "has more than one colon: must be host:port, or [address]:port for IPv6"
	portOrGroup = "is an IPv6 address that ends with 6379: if this is the port write [address]:6379, else " +
		"[address]"
	onlyIPv6    = "has brackets, which are for IPv6 addresses only"
	blankInHost = "has a blank or a line end in the host or the port; texts out of files often end with " +
		"one: cut it off"
	severalHosts = "names several servers: give one of them; for several of them there are " +
		"redis+sentinel://, redis+replicas://, redis+cluster://, redis+ring:// and redis+copy://, or " +
		"NewSentinel, NewReplicated, NewCluster, NewRing and NewCopy"
	notExpanded = "has a $ in the host or the port: is it a variable that nobody has replaced?"
	badHost     = "has a character that no host name has"
)

// HostPort cuts a TCP address into its parts: host, host:port, :port, an IPv6 address, or one in brackets
// with or without a port. A missing part is empty. reason says what is wrong with the address; "" if it is
// correct.
func HostPort(addr string) (host, port, reason string) {
	host, port, colon, bracketed, ok := cutPort(addr)
	if !ok {
		return "", "", badBrackets
	}
	if !bracketed && colon && strings.Contains(host, ":") {
		// Without brackets the whole text is the address.
		host, port, colon = addr, "", false
		if strings.Contains(addr, "::") && strings.HasSuffix(addr, ":6379") && isIPv6(addr) {
			return "", "", portOrGroup
		}
	}
	return checked(host, port, colon, bracketed)
}

// cutPort cuts the port and the brackets off an address. ok is false if the text behind the brackets is not a
// port.
func cutPort(addr string) (host, port string, colon, bracketed, ok bool) {
	host, ok = addr, true
	if strings.HasPrefix(addr, "[") {
		if host, port, ok = strings.Cut(addr[1:], "]"); !ok {
			return "", "", false, true, false
		}
		if port == "" {
			return host, "", false, true, true
		}
		port, ok = strings.CutPrefix(port, ":")
		return host, port, true, true, ok
	}
	if i := strings.LastIndexByte(addr, ':'); i >= 0 {
		host, port, colon = addr[:i], addr[i+1:], true
	}
	return host, port, colon, false, true
}

// checked checks the parts of an address. It returns the port in its shortest form, and a host in lower case
// keeps its form.
func checked(host, port string, colon, bracketed bool) (_, _, reason string) {
	name := host
	switch {
	case bracketed && !isIPv6(host):
		reason = onlyIPv6
		if strings.Contains(host, ":") {
			reason = badBrackets
		}
	case !bracketed && strings.Contains(host, ":") && !isIPv6(host):
		reason = manyColons
	case strings.Contains(host, ":"):
		_, name, _ = strings.Cut(host, "%") // the zone of the address
	}
	for _, text := range []string{host, port} {
		switch {
		case strings.ContainsFunc(text, isBlank):
			reason = blankInHost
		case strings.Contains(text, ","):
			reason = severalHosts
		case strings.Contains(text, "$"):
			reason = notExpanded
		}
	}
	switch {
	case reason != "":
	case strings.ContainsFunc(name, isNoNamePart):
		reason = badHost
	case colon && port == "":
		reason = noPort
	case port != "":
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			reason = badPort
		}
		port = strconv.FormatUint(n, 10)
	}
	return host, port, reason
}

func isIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6()
}

func isBlank(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

// isNoNamePart reports whether a character cannot be a part of a name. Names may have letters of any
// language, and underscores.
func isNoNamePart(r rune) bool {
	switch {
	case r == '.', r == '-', r == '_', '0' <= r && r <= '9', 'a' <= r|0x20 && r|0x20 <= 'z':
		return false
	}
	return r == utf8.RuneError || r < utf8.RuneSelf || !unicode.In(r, unicode.L, unicode.M, unicode.N)
}

// lowerHost puts a host in lower case, except the zone of an IPv6 address.
func lowerHost(host string) string {
	if !strings.Contains(host, ":") {
		return strings.ToLower(host)
	}
	address, zone, found := strings.Cut(host, "%")
	if found {
		zone = "%" + zone
	}
	return strings.ToLower(address) + zone
}
