package redpoll

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ParseURL reads options from a URL of one of the forms
//
//	redis://[user][:password]@host:port/db?option=value
//	rediss://...                              the same over TLS
//	unix://[user][:password]@/path/to/socket?db=0&option=value
//
// Every part but the scheme may be left out. Percent escapes are decoded, so that a password may hold any
// character; the query option decode_components=false keeps user, password, host and path as they stand.
//
// The database is the one of the query, or else of the path. The authority part wins over the options host, port,
// username, password and path of the query. Of an option given twice the first one counts; an empty one
// counts as not given. An unknown option, or a value that does not fit, is an [*OptionError]: it names the option,
// never the value, and no part of the URL.
//
// Options are those of redis-py (socket_timeout, socket_connect_timeout, socket_keepalive, retry_on_timeout,
// max_connections, timeout, health_check_interval, client_name, encoding, encoding_errors, decode_responses,
// ssl_cert_reqs, ssl_check_hostname, ssl_ca_certs, ssl_certfile, ssl_keyfile) with times in seconds, and the fields
// of [Options] in lower case with underscores (dial_timeout, reply_timeout, max_conns, exclusive ...), whose times
// are written as 1.5s or 200ms, or in seconds.
func ParseURL(rawURL string) (Options, error) { return Options{}.WithURL(rawURL) }

// WithURL gives a copy of the options with everything the URL says put in place. See [ParseURL].
func (o Options) WithURL(rawURL string) (Options, error) {
	u, err := splitURL(rawURL)
	if err != nil {
		return Options{}, err
	}
	query, err := url.ParseQuery(u.query)
	if err != nil {
		return Options{}, &OptionError{"URL", "the query is not well formed: options are name=value, joined by &, and % is written %25"}
	}
	first := make(map[string]string, len(query))
	for name, values := range query {
		if values[0] != "" {
			first[name] = values[0]
		}
	}
	if err := u.decode(first); err != nil {
		return Options{}, err
	}
	s := urlSetter{o: &o, tls: u.scheme == "rediss"}
	if err := s.authority(u, first); err != nil {
		return Options{}, err
	}
	if err := s.database(u, first); err != nil {
		return Options{}, err
	}
	for name, value := range first {
		if err := s.option(name, value); err != nil {
			return Options{}, err
		}
	}
	if err := s.finish(); err != nil {
		return Options{}, err
	}
	return o, nil
}

// urlParts are the raw parts of a URL. net/url is not used for this: its errors quote the URL, password and all.
type urlParts struct {
	scheme, user, password, host, port, path, query string
	hasUserinfo                                     bool
}

func splitURL(raw string) (u urlParts, err error) {
	scheme, rest, ok := strings.Cut(raw, "://")
	u.scheme = strings.ToLower(scheme)
	switch {
	case !ok, u.scheme != "redis" && u.scheme != "rediss" && u.scheme != "unix":
		return u, &OptionError{"URL", "must begin with redis://, rediss:// or unix://"}
	case strings.ContainsFunc(raw, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return u, &OptionError{"URL", "must not contain control characters"}
	case strings.Contains(rest, "#"):
		return u, &OptionError{"URL", "must not have a fragment; write # as %23"}
	}
	before, after, _ := strings.Cut(rest, "?")
	if !strings.Contains(before, "@") && strings.Contains(after, "@") {
		// Most likely a password with a question mark in it: what follows must not be taken, and shown, for options.
		return u, &OptionError{"URL", "has a ? in front of its @: write ? in user and password as %3F, and @ behind it as %40"}
	}
	rest, u.query, _ = strings.Cut(rest, "?")
	authority := rest
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		authority, u.path = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		u.user, u.password, _ = strings.Cut(authority[:i], ":")
		u.hasUserinfo = true
		authority = authority[i+1:]
	}
	if u.scheme == "unix" && authority != "" {
		return u, &OptionError{"URL", "a unix URL has no host or port before the path: unix:///run/redis.sock"}
	}
	u.host = authority
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") {
		u.host, u.port = authority[:i], authority[i+1:]
	}
	switch bracketed := strings.HasPrefix(u.host, "["); {
	case bracketed && !strings.HasSuffix(u.host, "]"), !bracketed && strings.ContainsAny(u.host, ":[]"):
		return u, &OptionError{"URL", "an IPv6 address stands in brackets: redis://[::1]:6379"}
	case bracketed:
		u.host = u.host[1 : len(u.host)-1]
	}
	return u, nil
}

// decode resolves percent escapes unless the query says not to.
func (u *urlParts) decode(query map[string]string) error {
	keep := false
	if v, ok := query["decode_components"]; ok {
		keep = !boolWord(v)
		delete(query, "decode_components")
	}
	if keep {
		return nil
	}
	for _, part := range []*string{&u.user, &u.password, &u.host, &u.path} {
		plain, err := url.PathUnescape(*part)
		if err != nil {
			return &OptionError{"URL", "holds a % that begins no escape: write % as %25"}
		}
		*part = plain
	}
	return nil
}

// boolWord reads the words that redis-py takes for booleans: everything but these is true.
func boolWord(s string) bool {
	switch strings.ToUpper(s) {
	case "", "0", "F", "FALSE", "N", "NO":
		return false
	}
	return true
}

// urlSetter puts the parts of a URL into Options.
type urlSetter struct {
	o      *Options
	tls    bool
	seen   urlTLS
	encode urlText
}

// authority sets address, user and password. What stands in the body of the URL wins over the query.
func (s *urlSetter) authority(u urlParts, query map[string]string) error {
	take := func(body *string, name string) {
		if *body == "" {
			*body = query[name]
		}
		delete(query, name)
	}
	take(&u.user, "username")
	take(&u.password, "password")
	if u.user != "" || u.password != "" {
		s.o.Username, s.o.Password = u.user, u.password
		s.o.Credentials = nil
	}
	if u.scheme == "unix" {
		take(&u.path, "path")
		if u.path == "" || u.path == "/" {
			return &OptionError{"URL", "a unix URL needs the path of the socket: unix:///run/redis.sock"}
		}
		s.o.Network, s.o.Addr = "unix", u.path
		return nil
	}
	take(&u.host, "host")
	take(&u.port, "port")
	delete(query, "path")
	s.o.Network = "tcp"
	host, port := strings.ToLower(u.host), u.port
	if host == "" {
		host = "localhost"
	}
	if port == "" {
		port = "6379"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return &OptionError{"URL", "the port must be a number from 1 to 65535"}
	}
	s.o.Addr = net.JoinHostPort(host, port)
	return nil
}

func (s *urlSetter) database(u urlParts, query map[string]string) error {
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
		return &OptionError{"URL", "the database must be a number, as in redis://localhost/2 or ?db=2"}
	}
	s.o.DB = int(n)
	return nil
}

// option sets one option of the query.
func (s *urlSetter) option(name, value string) (err error) {
	o := s.o
	switch name {
	case "socket_timeout":
		if o.ReplyTimeout, err = seconds(name, value); err == nil {
			o.WriteTimeout = o.ReplyTimeout
		}
	case "reply_timeout":
		o.ReplyTimeout, err = seconds(name, value)
	case "write_timeout":
		o.WriteTimeout, err = seconds(name, value)
	case "socket_connect_timeout", "dial_timeout":
		o.DialTimeout, err = seconds(name, value)
	case "timeout", "wait_timeout":
		o.WaitTimeout, err = seconds(name, value)
		o.WaitForConn = true
	case "idle_timeout":
		o.IdleTimeout, err = seconds(name, value)
	case "health_check_interval":
		o.HealthCheckInterval, err = seconds(name, value)
	case "keep_alive":
		o.KeepAlive, err = seconds(name, value)
	case "min_backoff":
		o.MinBackoff, err = seconds(name, value)
	case "max_backoff":
		o.MaxBackoff, err = seconds(name, value)
	case "spin":
		o.Spin, err = seconds(name, value)
	case "max_connections", "max_conns":
		o.MaxConns, err = number(name, value)
	case "max_retries":
		o.MaxRetries, err = number(name, value)
	case "conns":
		o.Conns, err = number(name, value)
	case "protocol":
		o.Protocol, err = number(name, value)
	case "client_name":
		o.ClientName = value
	case "socket_keepalive":
		o.KeepAlive = Forever
		if boolWord(value) {
			o.KeepAlive = DefaultKeepAlive
		}
	case "retry_on_timeout":
		o.RetryOnTimeout = boolWord(value)
	case "retry_writes":
		o.RetryWrites = boolWord(value)
	case "no_retry":
		o.NoRetry = boolWord(value)
	case "no_client_info":
		o.NoClientInfo = boolWord(value)
	case "no_evict":
		o.NoEvict = boolWord(value)
	case "no_touch":
		o.NoTouch = boolWord(value)
	case "exclusive":
		o.Exclusive = boolWord(value)
	case "wait_for_conn":
		o.WaitForConn = boolWord(value)
	default:
		return s.otherOption(name, value)
	}
	return err
}

// otherOption sets the options that only have a meaning together.
func (s *urlSetter) otherOption(name, value string) error {
	switch {
	case s.seen.option(name, value), s.encode.option(name, value):
		return nil
	}
	if len(name) > 32 || strings.ContainsFunc(name, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
		// No option looks like this: it may be a part of something that was not meant to be seen.
		return &OptionError{"URL", "unknown option; names are lower case words joined by _"}
	}
	return &OptionError{"URL", "unknown option " + strconv.Quote(name)}
}

func (s *urlSetter) finish() error {
	if err := s.seen.apply(s.o, s.tls); err != nil {
		return err
	}
	return s.encode.apply(s.o)
}

// seconds reads a time: a number of seconds, or a Go duration such as 200ms.
func seconds(name, value string) (time.Duration, error) {
	if f, err := strconv.ParseFloat(value, 64); err == nil {
		if f >= 0 && f < 1e9 {
			return time.Duration(f * float64(time.Second)), nil
		}
	} else if d, err := time.ParseDuration(value); err == nil && d >= 0 {
		return d, nil
	}
	return 0, &OptionError{name, "must be a time that is not negative, in seconds or such as 200ms"}
}

func number(name, value string) (int, error) {
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return 0, &OptionError{name, "must be a whole number that is not negative"}
	}
	return int(n), nil
}
