package redpoll

import (
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/urltext"
)

// ParseURL reads options from a URL of one of the forms
//
//	redis://[user][:password]@host:port/db?option=value
//	rediss://...                              the same over TLS
//	unix://[user][:password]@/path/to/socket?db=0&option=value
//
// valkey://, valkeys:// and valkey+unix:// mean the same. Every part except the scheme may be left out.
// Percent escapes are decoded, so that a password may have any character; the query option
// decode_components=false keeps user, password, host and path unchanged. Text that is not allowed in a URL is
// refused; the error tells how to write it.
//
// The database is that of the query, or else of the path. The authority part wins over the options host,
// port, username, password and path of the query. If an option is given twice, the first one counts; an empty
// option counts as missing. An unknown option, an invalid value, or two options that contradict each other
// are an [*OptionError]. It names the option, and contains neither the value nor any part of the URL.
//
// Options are those of redis-py (socket_timeout, socket_connect_timeout, socket_keepalive, retry_on_timeout,
// max_connections, timeout, health_check_interval, client_name, encoding, encoding_errors, decode_responses,
// ssl_cert_reqs, ssl_check_hostname, ssl_ca_certs, ssl_certfile, ssl_keyfile) with times in seconds, and the
// fields of [Options] in lower case with underscores (dial_timeout, reply_timeout, max_conns, exclusive ...),
// whose times are written as 1.5s or 200ms, or in seconds.
//
// An option that is left out has its default. The value none, or forever, is [Forever] for a time-out, no
// probes for keep_alive, and off for health_check_interval and spin. max_retries=none or 0 is NoRetry, and
// max_connections, max_conns or max_blocking=none or 0 is [Unlimited]. A 0 that would end each call at once
// is refused.
//
// The text options translate nothing unless decode_responses is true, as in redis-py. If it is true, encoding
// and encoding_errors select [UTF8Strict], which is the default, [UTF8Replace] or [UTF8Ignore]. The one
// exception is encoding=latin-1, which is [Latin1] in both directions, because it does not lose any byte. For
// other encodings set Options.Text.
func ParseURL(rawURL string) (Options, error) { return Options{}.WithURL(rawURL) }

// WithURL returns a copy of the options with the values of the URL. See [ParseURL].
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
	for _, name := range u.Names() {
		if err := s.option(name, u.Options[name]); err != nil {
			return err
		}
	}
	if s.unlimited && (o.WaitForConn || o.FailAtMaxConns || o.WaitTimeout != 0) {
		return &OptionError{"max_connections",
			"is none, and then there is no connection to wait for: give a number, or leave it out"}
	}
	if o.TLS, err = s.tls.Apply(o.TLS, u.Scheme); err != nil {
		return err
	}
	return s.text.apply(o)
}

// urlSetter puts the parts of a URL into Options.
type urlSetter struct {
	o         *Options
	tls       urltext.TLS
	text      urlText
	unlimited bool // the URL removes the bound of connections
	noRetry   bool // the URL turns repeats off
}

// option sets one option of the query.
func (s *urlSetter) option(name, value string) (err error) {
	o := s.o
	switch name {
	case "socket_timeout":
		if err = timeLimit(name, value, &o.ReplyTimeout, time.Millisecond); err == nil {
			o.WriteTimeout = o.ReplyTimeout
		}
	case "reply_timeout":
		err = timeLimit(name, value, &o.ReplyTimeout, time.Millisecond)
	case "write_timeout":
		err = timeLimit(name, value, &o.WriteTimeout, time.Millisecond)
	case "socket_connect_timeout", "dial_timeout":
		err = timeLimit(name, value, &o.DialTimeout, time.Millisecond)
	case "timeout", "wait_timeout":
		err = timeLimit(name, value, &o.WaitTimeout, time.Millisecond)
		o.WaitForConn = true
	case "idle_timeout":
		err = timeLimit(name, value, &o.IdleTimeout, time.Millisecond)
	case "max_conn_age":
		err = timeLimit(name, value, &o.MaxConnAge, time.Millisecond)
	case "keep_alive":
		err = timeLimit(name, value, &o.KeepAlive, time.Millisecond)
	case "min_backoff":
		err = pause(name, value, &o.MinBackoff)
	case "max_backoff":
		err = pause(name, value, &o.MaxBackoff)
	case "health_check_interval":
		o.HealthCheckInterval, _, err = urltext.Time(name, value)
	case "spin":
		o.Spin, _, err = urltext.Time(name, value)
	case "max_connections", "max_conns":
		o.MaxConns, err = atMost(name, value)
		s.unlimited = o.MaxConns == Unlimited
	case "max_blocking":
		o.MaxBlocking, err = atMost(name, value)
	case "max_retries":
		o.MaxRetries, err = urltext.Number(name, value, 0)
		s.retry(o.MaxRetries == 0)
	case "no_retry":
		no, ok := urltext.Switch(value)
		if !ok {
			return notASwitch(name)
		}
		s.retry(no)
	case "retry_for":
		if !s.noRetry {
			o.NoRetry = false
		}
		err = timeLimit(name, value, &o.RetryFor, time.Millisecond)
	case "conns":
		o.Conns, err = urltext.Number(name, value, 1)
	case "protocol":
		o.Protocol, err = urltext.Number(name, value, 2)
	case "client_name":
		o.ClientName = value
	case "socket_keepalive":
		o.KeepAlive = Forever
		if urltext.Bool(value) {
			o.KeepAlive = DefaultKeepAlive
		}
	default:
		return s.otherOption(name, value)
	}
	return err
}

// retry turns repeats off or on, and drops earlier options about repeats.
func (s *urlSetter) retry(off bool) {
	s.o.NoRetry, s.noRetry = off, off
	if off {
		s.o.MaxRetries, s.o.RetryFor = 0, 0
	}
}

// atMost reads a number of connections; none and 0 mean no bound.
func atMost(name, value string) (int, error) {
	n, err := urltext.Number(name, value, 0)
	if err == nil && n == 0 {
		n = Unlimited
	}
	return n, err
}

// timeLimit sets a time that must not be 0, because 0 is the default of the field.
func timeLimit(name, value string, d *time.Duration, least time.Duration) error {
	t, endless, err := urltext.Time(name, value)
	switch {
	case err != nil:
		return err
	case endless:
		t = Forever
	case t == 0:
		return &OptionError{name, "must not be 0: leave it out for the default, or write none for no limit"}
	case t < least:
		return &OptionError{name, "must be at least " + least.String() + "; a number counts in seconds"}
	}
	*d = t
	return nil
}

// pause is timeLimit for a time that must end.
func pause(name, value string, d *time.Duration) error {
	err := timeLimit(name, value, d, time.Microsecond)
	if err == nil && *d == Forever {
		return &OptionError{name,
			"must have an end: a repeat would never come; max_retries=none turns repeats off"}
	}
	return err
}

// flag returns the field of a switch; nil if there is none.
func (s *urlSetter) flag(name string) *bool {
	o := s.o
	switch name {
	case "retry_on_timeout":
		return &o.RetryOnTimeout
	case "retry_writes":
		return &o.RetryWrites
	case "no_client_info":
		return &o.NoClientInfo
	case "no_evict":
		return &o.NoEvict
	case "no_touch":
		return &o.NoTouch
	case "exclusive":
		return &o.Exclusive
	case "wait_for_conn":
		return &o.WaitForConn
	case "fail_at_max_conns":
		return &o.FailAtMaxConns
	}
	return nil
}

func notASwitch(name string) error { return &OptionError{name, "must be true or false"} }

// otherOption sets the switches, and the options that depend on one another.
func (s *urlSetter) otherOption(name, value string) error {
	if flag := s.flag(name); flag != nil {
		on, ok := urltext.Switch(value)
		if name == "retry_on_timeout" { // this name of redis-py is read as redis-py does
			on, ok = urltext.Bool(value), true
		}
		if !ok {
			return notASwitch(name)
		}
		*flag = on
		return nil
	}
	switch {
	case s.tls.Option(name, value), s.text.option(name, value):
		return nil
	}
	if len(name) > 32 || strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && (r < 'a' || r > 'z')
	}) {
		// A known option never looks like this, so the text may be part of a secret.
		return &OptionError{"URL", "unknown option; names are lower case words joined by _"}
	}
	reason := "unknown option " + strconv.Quote(name)
	if near := urltext.Nearest(name); near != "" {
		reason += "; did you mean " + near + "?"
	}
	return &OptionError{"URL", reason}
}

// urlText collects the text options of a URL, and the names under which they were given.
type urlText struct{ encoding, encodingName, errors, errorsName, decode string }

func (t *urlText) option(name, value string) bool {
	switch name {
	case "encoding", "charset":
		t.encoding, t.encodingName = value, name
	case "encoding_errors", "errors":
		t.errors, t.errorsName = value, name
	case "decode_responses":
		t.decode = value
	default:
		return false
	}
	return true
}

// apply selects the encoding. In redis-py the options only matter for replies, and only if these are decoded;
// otherwise no byte of a reply is refused or lost. They do not change sent strings, which are UTF-8 or bytes.
func (t *urlText) apply(o *Options) error {
	if t.encoding == "" && t.errors == "" && t.decode == "" {
		return nil
	}
	var text TextEncoding
	switch strings.ToLower(t.errors) {
	case "", "strict":
		text = UTF8Strict
	case "replace":
		text = UTF8Replace
	case "ignore":
		text = UTF8Ignore
	default:
		return &OptionError{t.errorsName, "must be strict, replace or ignore"}
	}
	other := false
	switch strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(t.encoding)) {
	case "utf8", "utf", "u8":
	case "latin1", "latin", "l1", "iso88591", "cp819":
		o.Text, other = Latin1, true
	case "":
		if o.Text != nil {
			_, utf8 := o.Text.(utf8Text)
			other = !utf8
		}
	default:
		return &OptionError{t.encodingName,
			"must be utf-8 or latin-1 in a URL; for others set Options.Text to a TextEncoding"}
	}
	switch {
	case other && t.errors != "" && text != UTF8Strict:
		return &OptionError{t.errorsName,
			"must be strict but for utf-8: the others would leave out characters of what is sent"}
	case other:
	case t.decode == "" && o.Text != nil, t.decode != "" && urltext.Bool(t.decode):
		o.Text = text
	default:
		o.Text = nil
	}
	return nil
}
