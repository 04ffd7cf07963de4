// Package urltext reads the URLs of redpoll, as far as this needs no type of its options.
package urltext

import (
	"maps"
	"math"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/floattext"
)

// Fault says what is wrong with a URL. It names the option, never the value, and no part of the URL. It
// becomes a redpoll.OptionError.
type Fault struct {
	Option string // name in the URL
	Reason string // the mistake and its remedy
}

// Error returns the reason.
func (f *Fault) Error() string { return f.Reason }

// URL has the settings of a URL.
type URL struct {
	Scheme         string // redis, rediss or unix
	User, Password string
	Network, Addr  string // tcp or unix, as net.Dial takes them
	DB             int
	HasDB          bool
	Options        map[string]string // of the query, except those that became fields
}

// Parse reads a URL. If an option is given twice, the first one counts; an empty option counts as missing.
func Parse(raw string) (*URL, error) {
	u, err := split(raw)
	if err != nil {
		return nil, err
	}
	query, err := url.ParseQuery(u.query)
	if err != nil {
		return nil, &Fault{"URL",
			"the query is not well formed: options are name=value, joined by &, and % is written %25"}
	}
	l := &URL{Scheme: u.scheme, Options: make(map[string]string, len(query))}
	for name, values := range query {
		if values[0] != "" {
			l.Options[name] = values[0]
		}
	}
	if err := u.decode(l.Options); err != nil {
		return nil, err
	}
	if err := l.authority(u, l.Options); err != nil {
		return nil, err
	}
	if err := l.database(u, l.Options); err != nil {
		return nil, err
	}
	return l, contradiction(l.Options)
}

// Names lists the options in their order, so that always the same one of several faults is found.
func (l *URL) Names() []string { return slices.Sorted(maps.Keys(l.Options)) }

// parts are the raw parts of a URL. Package net/url is not used, because its errors quote the URL with the
// password.
type parts struct {
	scheme, user, password, host, port, path, query string
	colon, bracketed                                bool // of the host
}

func split(raw string) (u parts, err error) {
	scheme, rest, ok := strings.Cut(raw, "://")
	control := func(r rune) bool { return r < ' ' || r == 0x7f }
	switch {
	case raw == "":
		return u, &Fault{"URL", "is empty: write redis://host:port"}
	case strings.ContainsFunc(strings.TrimRight(raw, "\r\n"), control):
		return u, &Fault{"URL",
			"must not contain control characters; in user and password they are written as %0A, for example"}
	case strings.ContainsFunc(raw, control):
		return u, &Fault{"URL",
			"ends with a line end, as files of secrets often do; such control characters are not part of a " +
				"URL: cut it off"}
	case strings.TrimSpace(raw) != raw:
		return u, &Fault{"URL", "begins or ends with a blank: cut it off, or write it as %20"}
	}
	if u.scheme, err = schemeOf(strings.ToLower(scheme), ok); err != nil {
		return u, err
	}
	if strings.Contains(rest, "#") {
		return u, &Fault{"URL", "must not have a fragment; write # as %23"}
	}
	before, after, _ := strings.Cut(rest, "?")
	if !strings.Contains(before, "@") && strings.Contains(after, "@") {
		// This is probably a password with a question mark. The text behind it must not be taken for options,
		// because errors show the names of options.
		return u, &Fault{"URL",
			"has a ? in front of its @: write ? in user and password as %3F, and @ behind it as %40"}
	}
	rest, u.query, _ = strings.Cut(rest, "?")
	authority := rest
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		authority, u.path = rest[:i], rest[i:]
	}
	if (u.scheme != "unix" || authority != "" && !strings.Contains(authority, "@")) &&
		strings.Contains(u.path, "@") {
		// This is probably a password with a slash. The text in front of the slash must not be taken for the
		// host.
		return u, &Fault{"URL",
			"has a / in front of its @: write / in user and password as %2F, and @ behind the host as %40"}
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		u.user, u.password, _ = strings.Cut(authority[:i], ":")
		authority = authority[i+1:]
	}
	if u.scheme == "unix" && authority != "" {
		return u, &Fault{"URL", "a unix URL has no host or port before the path: unix:///run/redis.sock"}
	}
	if strings.Contains(authority, ",") {
		return u, &Fault{"URL", severalHosts}
	}
	if u.host, u.port, u.colon, u.bracketed, ok = cutPort(authority); !ok ||
		!u.bracketed && strings.ContainsAny(u.host, ":[]") {
		return u, &Fault{"URL",
			"the host has more than one colon, or a bracket: write host:port; an IPv6 address stands in " +
				"brackets, as in redis://[::1]:6379"}
	}
	return u, nil
}

// schemeOf returns redis, rediss or unix for a scheme with the same meaning.
func schemeOf(scheme string, ok bool) (string, error) {
	switch scheme {
	case "redis", "valkey":
		scheme = "redis"
	case "rediss", "valkeys":
		scheme = "rediss"
	case "unix", "redis+unix", "valkey+unix":
		scheme = "unix"
	default:
		_, kind, _ := strings.Cut(strings.ReplaceAll(scheme, "-", "+"), "+")
		if kind == "" {
			kind = scheme
		}
		switch kind {
		case "sentinel", "replicas", "cluster":
			if ok {
				return "", &Fault{"URL",
					"the scheme is that of several servers (" + kind + "), and these are the options " +
						"of one: Open makes clients for several"}
			}
		case "ring", "copy", "srv":
			if ok {
				return "", &Fault{"URL",
					"the scheme is that of several servers (" + kind +
						"); clients for those are not there yet: give the URL of one server, " +
						"redis://host:port"}
			}
		}
		ok = false
	}
	if !ok {
		return "", &Fault{"URL",
			"must begin with redis://, rediss:// or unix://; valkey://, valkeys:// and valkey+unix:// mean " +
				"the same, and Open also takes redis+sentinel:// and redis+replicas://"}
	}
	return scheme, nil
}

// contradiction finds options that contradict each other.
func contradiction(options map[string]string) error {
	for _, pair := range [...][2]string{
		{"socket_timeout", "reply_timeout"}, {"socket_timeout", "write_timeout"},
		{"socket_connect_timeout", "dial_timeout"},
		{"timeout", "wait_timeout"}, {"max_connections", "max_conns"}, {"socket_keepalive", "keep_alive"},
		{"charset", "encoding"}, {"errors", "encoding_errors"}, {"no_retry", "max_retries"},
	} {
		a, named := options[pair[0]]
		b, also := options[pair[1]]
		if named && also && (a != b || pair[0] == "no_retry") {
			return &Fault{pair[0], "and " + pair[1] +
				" set the same thing in different ways: give one of them"}
		}
	}
	if wait, ok := options["wait_for_conn"]; ok && !Bool(wait) {
		for _, name := range [...]string{"timeout", "wait_timeout"} {
			if _, ok := options[name]; ok {
				return &Fault{"wait_for_conn",
					"is false, and " + name + " says how long to wait: give one of them"}
			}
		}
	}
	return nil
}

// decode resolves percent escapes unless the query turns this off.
func (u *parts) decode(query map[string]string) error {
	keep := false
	if v, ok := query["decode_components"]; ok {
		keep = !Bool(v)
		delete(query, "decode_components")
	}
	if keep {
		return nil
	}
	for _, part := range []*string{&u.user, &u.password, &u.host, &u.path} {
		plain, err := url.PathUnescape(*part)
		if err != nil {
			return &Fault{"URL", "holds a % that begins no escape: write % as %25"}
		}
		*part = plain
	}
	return nil
}

// authority finds address, user and password. The body of the URL overrides the query.
func (l *URL) authority(u parts, query map[string]string) error {
	take := func(body *string, name string) {
		if *body == "" {
			*body = query[name]
		}
		delete(query, name)
	}
	take(&u.user, "username")
	take(&u.password, "password")
	l.User, l.Password = u.user, u.password
	if u.scheme == "unix" {
		take(&u.path, "path")
		if u.path == "" || u.path == "/" {
			return &Fault{"URL", "a unix URL needs the path of the socket: unix:///run/redis.sock"}
		}
		l.Network, l.Addr = "unix", u.path
		return nil
	}
	take(&u.host, "host")
	take(&u.port, "port")
	delete(query, "path")
	host, port, reason := checked(lowerHost(u.host), u.port, u.colon, u.bracketed)
	if reason != "" {
		return &Fault{"URL", reason}
	}
	if host == "" {
		host = "localhost"
	}
	if port == "" {
		port = "6379"
	}
	l.Network, l.Addr = "tcp", net.JoinHostPort(host, port)
	return nil
}

func (l *URL) database(u parts, query map[string]string) error {
	text, named := query["db"]
	delete(query, "db")
	if path := strings.Trim(u.path, "/"); !named && u.scheme != "unix" && path != "" {
		text, named = path, true
	}
	if !named {
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return &Fault{"URL", "the database must be a number, as in redis://localhost/2 or ?db=2"}
	}
	l.DB, l.HasDB = int(n), true
	return nil
}

// Bool reads a boolean as redis-py does: certain words are false, all others are true.
func Bool(s string) bool {
	switch strings.ToUpper(s) {
	case "", "0", "F", "FALSE", "N", "NO":
		return false
	}
	return true
}

// Switch reads a switch that redis-py does not have: redis-py's words for booleans, on and off. ok is false
// for any other text.
func Switch(s string) (on, ok bool) {
	switch strings.ToUpper(s) {
	case "1", "T", "TRUE", "Y", "YES", "ON":
		return true, true
	case "OFF":
		return false, true
	}
	return false, !Bool(s)
}

// Time reads a time: a number of seconds, a Go duration such as 200ms, or one of the words none and forever
// in any case, for which endless is true.
func Time(name, value string) (d time.Duration, endless bool, err error) {
	if isWord(value, "none") || isWord(value, "forever") {
		return 0, true, nil
	}
	if f, err := floattext.Parse(value, 64); err == nil {
		if f >= 0 && f < 1e9 {
			return time.Duration(math.Round(f * float64(time.Second))), false, nil
		}
	} else if d, err := time.ParseDuration(value); err == nil && d >= 0 {
		return d, false, nil
	}
	return 0, false, &Fault{name,
		"must be a time that is not negative, in seconds or such as 200ms, or none for no limit"}
}

// Number reads a whole number that is not less than least. If least is 0, the word none means 0.
func Number(name, value string, least int) (int, error) {
	if least == 0 && isWord(value, "none") {
		return 0, nil
	}
	n, err := strconv.ParseUint(value, 10, 31)
	switch {
	case err != nil:
		return 0, &Fault{name, "must be a whole number that is not negative"}
	case int(n) < least:
		return 0, &Fault{name, "must be " + strconv.Itoa(least) + " at least; leave it out for the default"}
	}
	return int(n), nil
}

// Nearest returns the option that is meant by a name which is that of another client, or a common mistake; ""
// if there is no such option.
func Nearest(name string) string { return nearest[name] }

var nearest = map[string]string{
	"pool_size": "max_conns", "max_active": "max_conns", "max_active_conns": "max_conns",
	"max_connection": "max_connections", "max_conn": "max_conns",
	"max_idle": "idle_timeout", "conn_max_idle_time": "idle_timeout", "idle_time": "idle_timeout",
	"conn_max_lifetime": "max_conn_age", "max_conn_lifetime": "max_conn_age",
	"pool_timeout": "wait_timeout", "read_timeout": "reply_timeout", "connect_timeout": "dial_timeout",
	"socket_time": "socket_timeout", "min_retry_backoff": "min_backoff", "max_retry_backoff": "max_backoff",
	"retries": "max_retries", "max_retry": "max_retries", "keepalive": "keep_alive",
	"database": "db", "dbnum": "db", "db_num": "db", "db_index": "db", "dbs": "db", "bd": "db",
	"user": "username", "user_name": "username", "pass": "password", "passwd": "password", "name": "client_name",
	"clientname": "client_name", "resp": "protocol", "skip_verify": "ssl_cert_reqs",
}

func isWord(value, word string) bool { return strings.EqualFold(value, word) }
