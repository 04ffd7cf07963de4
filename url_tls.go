package redpoll

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"strings"
)

// urlTLS collects the TLS options of a URL.
type urlTLS struct {
	certReqs, checkName, ca, cert, key string
	any                                bool
}

func (t *urlTLS) option(name, value string) bool {
	switch name {
	case "ssl_cert_reqs":
		t.certReqs = value
	case "ssl_check_hostname":
		t.checkName = value
	case "ssl_ca_certs":
		t.ca = value
	case "ssl_certfile":
		t.cert = value
	case "ssl_keyfile":
		t.key = value
	default:
		return false
	}
	t.any = true
	return true
}

// apply makes the TLS configuration, on top of the one that the options have.
func (t *urlTLS) apply(o *Options, on bool) error {
	if !on {
		if t.any {
			return &OptionError{"URL", "ssl_ options need the scheme rediss"}
		}
		return nil
	}
	cfg := &tls.Config{}
	if o.TLS != nil {
		cfg = o.TLS.Clone()
	}
	if err := t.load(cfg); err != nil {
		return err
	}
	switch strings.ToLower(t.certReqs) {
	case "", "required", "optional":
		if t.checkName != "" && !boolWord(t.checkName) {
			skipHostName(cfg)
		}
	case "none":
		cfg.InsecureSkipVerify = true
	default:
		return &OptionError{"ssl_cert_reqs", "must be none, optional or required"}
	}
	o.TLS = cfg
	return nil
}

// load reads the files.
func (t *urlTLS) load(cfg *tls.Config) error {
	if t.ca != "" {
		pem, err := os.ReadFile(t.ca)
		if err != nil {
			return &OptionError{"ssl_ca_certs", "cannot be read: " + errText(err)}
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return &OptionError{"ssl_ca_certs", "holds no certificate in PEM form"}
		}
		cfg.RootCAs = pool
	}
	if (t.cert == "") != (t.key == "") {
		return &OptionError{"ssl_certfile", "and ssl_keyfile go together: give both or none"}
	}
	if t.cert != "" {
		pair, err := tls.LoadX509KeyPair(t.cert, t.key)
		if err != nil {
			return &OptionError{"ssl_certfile", "or ssl_keyfile cannot be used: " + errText(err)}
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return nil
}

// errText gives the reason of a file error, without the path.
func errText(err error) string {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// skipHostName makes a configuration verify the certificate's chain but not the name in it.
func skipHostName(cfg *tls.Config) {
	roots := cfg.RootCAs
	cfg.InsecureSkipVerify = true
	cfg.VerifyConnection = func(s tls.ConnectionState) error {
		opts := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
		for _, c := range s.PeerCertificates[1:] {
			opts.Intermediates.AddCert(c)
		}
		_, err := s.PeerCertificates[0].Verify(opts)
		if err != nil {
			return &tls.CertificateVerificationError{UnverifiedCertificates: s.PeerCertificates, Err: err}
		}
		return nil
	}
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
