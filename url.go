package redpoll

import (
	"strconv"
	"strings"

	"github.com/redpoll-go/redpoll/internal/urltext"
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
	if err := o.setURL(rawURL); err != nil {
		if f, ok := err.(*urltext.Fault); ok {
			err = (*OptionError)(f)
		}
		return Options{}, err
	}
	return o, nil
}

func (o *Options) setURL(rawURL string) error {
	u, err := urltext.Parse(rawURL)
	if err != nil {
		return err
	}
	o.Network, o.Addr = u.Network, u.Addr
	if u.User != "" || u.Password != "" {
		o.Username, o.Password, o.Credentials = u.User, u.Password, nil
	}
	if u.HasDB {
		o.DB = u.DB
	}
	s := urlSetter{o: o}
	for name, value := range u.Options {
		if err := s.option(name, value); err != nil {
			return err
		}
	}
	if o.TLS, err = s.tls.Apply(o.TLS, u.Scheme); err != nil {
		return err
	}
	return s.text.apply(o)
}

// urlSetter puts the parts of a URL into Options.
type urlSetter struct {
	o    *Options
	tls  urltext.TLS
	text urlText
}

// option sets one option of the query.
func (s *urlSetter) option(name, value string) (err error) {
	o := s.o
	switch name {
	case "socket_timeout":
		if o.ReplyTimeout, err = urltext.Seconds(name, value); err == nil {
			o.WriteTimeout = o.ReplyTimeout
		}
	case "reply_timeout":
		o.ReplyTimeout, err = urltext.Seconds(name, value)
	case "write_timeout":
		o.WriteTimeout, err = urltext.Seconds(name, value)
	case "socket_connect_timeout", "dial_timeout":
		o.DialTimeout, err = urltext.Seconds(name, value)
	case "timeout", "wait_timeout":
		o.WaitTimeout, err = urltext.Seconds(name, value)
		o.WaitForConn = true
	case "idle_timeout":
		o.IdleTimeout, err = urltext.Seconds(name, value)
	case "health_check_interval":
		o.HealthCheckInterval, err = urltext.Seconds(name, value)
	case "keep_alive":
		o.KeepAlive, err = urltext.Seconds(name, value)
	case "min_backoff":
		o.MinBackoff, err = urltext.Seconds(name, value)
	case "max_backoff":
		o.MaxBackoff, err = urltext.Seconds(name, value)
	case "spin":
		o.Spin, err = urltext.Seconds(name, value)
	case "max_connections", "max_conns":
		o.MaxConns, err = urltext.Number(name, value)
	case "max_retries":
		o.MaxRetries, err = urltext.Number(name, value)
	case "conns":
		o.Conns, err = urltext.Number(name, value)
	case "protocol":
		o.Protocol, err = urltext.Number(name, value)
	case "client_name":
		o.ClientName = value
	case "socket_keepalive":
		o.KeepAlive = Forever
		if urltext.Bool(value) {
			o.KeepAlive = DefaultKeepAlive
		}
	case "retry_on_timeout":
		o.RetryOnTimeout = urltext.Bool(value)
	case "retry_writes":
		o.RetryWrites = urltext.Bool(value)
	case "no_retry":
		o.NoRetry = urltext.Bool(value)
	case "no_client_info":
		o.NoClientInfo = urltext.Bool(value)
	case "no_evict":
		o.NoEvict = urltext.Bool(value)
	case "no_touch":
		o.NoTouch = urltext.Bool(value)
	case "exclusive":
		o.Exclusive = urltext.Bool(value)
	case "wait_for_conn":
		o.WaitForConn = urltext.Bool(value)
	default:
		return s.otherOption(name, value)
	}
	return err
}

// otherOption sets the options that only have a meaning together.
func (s *urlSetter) otherOption(name, value string) error {
	switch {
	case s.tls.Option(name, value), s.text.option(name, value):
		return nil
	}
	if len(name) > 32 || strings.ContainsFunc(name, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
		// No option looks like this: it may be a part of something that was not meant to be seen.
		return &OptionError{"URL", "unknown option; names are lower case words joined by _"}
	}
	return &OptionError{"URL", "unknown option " + strconv.Quote(name)}
}

// urlText collects the text options of a URL. In redpoll string replies always are strings, so
// decode_responses changes nothing.
type urlText struct{ encoding, errors string }

func (t *urlText) option(name, value string) bool {
	switch name {
	case "encoding", "charset":
		t.encoding = value
	case "encoding_errors", "errors":
		t.errors = value
	case "decode_responses":
	default:
		return false
	}
	return true
}

func (t *urlText) apply(o *Options) error {
	switch strings.ToLower(strings.ReplaceAll(t.encoding, "_", "-")) {
	case "":
		if t.errors == "" {
			return nil
		}
	case "utf-8", "utf8":
	case "latin-1", "latin1", "iso-8859-1":
		o.Text = Latin1
		return nil
	default:
		return &OptionError{"encoding", "must be utf-8 or latin-1 in a URL; set Options.Text for others"}
	}
	switch strings.ToLower(t.errors) {
	case "", "strict":
		o.Text = UTF8Strict
	case "replace":
		o.Text = UTF8Replace
	case "ignore":
		o.Text = UTF8Ignore
	default:
		return &OptionError{"encoding_errors", "must be strict, replace or ignore"}
	}
	return nil
}
