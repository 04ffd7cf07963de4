// Package urltext takes the URLs apart that redpoll is given, with all that needs no type of its options.
package urltext

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/floattext"
)

// Fault says what is wrong with a URL. It names the option, never the value, and no part of the URL. It becomes a
// redpoll.OptionError.
type Fault struct {
	Option string // its name in the URL
	Reason string // what is wrong and what to do
}

// Error gives the reason.
func (f *Fault) Error() string { return f.Reason }

// URL is what a URL says.
type URL struct {
	Scheme         string // redis, rediss or unix
	User, Password string
	Network, Addr  string // tcp or unix, as net.Dial takes them
	DB             int
	HasDB          bool
	Options        map[string]string // of the query, but for those that became fields
}

// Parse takes a URL apart. Of an option given twice the first one counts; an empty one counts as not given.
func Parse(raw string) (*URL, error) {
	u, err := split(raw)
	if err != nil {
		return nil, err
	}
	query, err := url.ParseQuery(u.query)
	if err != nil {
		return nil, &Fault{"URL", "the query is not well formed: options are name=value, joined by &, and % is written %25"}
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
	return l, l.database(u, l.Options)
}

// parts are the raw parts of a URL. net/url is not used for this: its errors quote the URL, password and all.
type parts struct {
	scheme, user, password, host, port, path, query string
}

func split(raw string) (u parts, err error) {
	scheme, rest, ok := strings.Cut(raw, "://")
	u.scheme = strings.ToLower(scheme)
	switch {
	case !ok, u.scheme != "redis" && u.scheme != "rediss" && u.scheme != "unix":
		return u, &Fault{"URL", "must begin with redis://, rediss:// or unix://"}
	case strings.ContainsFunc(raw, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return u, &Fault{"URL", "must not contain control characters"}
	case strings.Contains(rest, "#"):
		return u, &Fault{"URL", "must not have a fragment; write # as %23"}
	}
	before, after, _ := strings.Cut(rest, "?")
	if !strings.Contains(before, "@") && strings.Contains(after, "@") {
		// Most likely a password with a question mark in it: what follows must not be taken, and shown, for options.
		return u, &Fault{"URL", "has a ? in front of its @: write ? in user and password as %3F, and @ behind it as %40"}
	}
	rest, u.query, _ = strings.Cut(rest, "?")
	authority := rest
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		authority, u.path = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		u.user, u.password, _ = strings.Cut(authority[:i], ":")
		authority = authority[i+1:]
	}
	if u.scheme == "unix" && authority != "" {
		return u, &Fault{"URL", "a unix URL has no host or port before the path: unix:///run/redis.sock"}
	}
	u.host = authority
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") {
		u.host, u.port = authority[:i], authority[i+1:]
	}
	switch bracketed := strings.HasPrefix(u.host, "["); {
	case bracketed && !strings.HasSuffix(u.host, "]"), !bracketed && strings.ContainsAny(u.host, ":[]"):
		return u, &Fault{"URL", "an IPv6 address stands in brackets: redis://[::1]:6379"}
	case bracketed:
		u.host = u.host[1 : len(u.host)-1]
	}
	return u, nil
}

// decode resolves percent escapes unless the query says not to.
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

// authority works out address, user and password. What stands in the body of the URL wins over the query.
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
	l.Network = "tcp"
	host, port := strings.ToLower(u.host), u.port
	if host == "" {
		host = "localhost"
	}
	if port == "" {
		port = "6379"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return &Fault{"URL", "the port must be a number from 1 to 65535"}
	}
	l.Addr = net.JoinHostPort(host, port)
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

// Bool reads the words that redis-py takes for booleans: everything but these is true.
func Bool(s string) bool {
	switch strings.ToUpper(s) {
	case "", "0", "F", "FALSE", "N", "NO":
		return false
	}
	return true
}

// Seconds reads a time: a number of seconds, or a Go duration such as 200ms.
func Seconds(name, value string) (time.Duration, error) {
	if f, err := floattext.Parse(value, 64); err == nil {
		if f >= 0 && f < 1e9 {
			return time.Duration(f * float64(time.Second)), nil
		}
	} else if d, err := time.ParseDuration(value); err == nil && d >= 0 {
		return d, nil
	}
	return 0, &Fault{name, "must be a time that is not negative, in seconds or such as 200ms"}
}

// Number reads a whole number that is not negative.
func Number(name, value string) (int, error) {
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return 0, &Fault{name, "must be a whole number that is not negative"}
	}
	return int(n), nil
}
