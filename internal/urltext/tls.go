package urltext

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"strings"
)

// TLS collects the TLS options of a URL.
type TLS struct {
	certReqs, checkName, ca, cert, key string
	any                                bool
}

// Option takes a TLS option; it returns false for other options.
func (t *TLS) Option(name, value string) bool {
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

// Apply makes a TLS configuration from an old one and the options. Without the scheme rediss it returns the
// old one.
func (t *TLS) Apply(old *tls.Config, scheme string) (*tls.Config, error) {
	if scheme != "rediss" {
		if t.any {
			return nil, &Fault{"URL", "ssl_ options need the scheme rediss"}
		}
		return old, nil
	}
	cfg := &tls.Config{}
	if old != nil {
		cfg = old.Clone()
	}
	if err := t.load(cfg); err != nil {
		return nil, err
	}
	switch strings.ToLower(t.certReqs) {
	case "", "required", "optional":
		if t.certReqs != "" || t.checkName != "" {
			cfg.InsecureSkipVerify = false // of the old configuration; the URL decides
		}
		if t.checkName != "" && !Bool(t.checkName) {
			skipHostName(cfg)
		}
	case "none":
		if Bool(t.checkName) {
			return nil, &Fault{"ssl_check_hostname",
				"contradicts ssl_cert_reqs=none: the name in a certificate that is not checked proves " +
					"nothing; give one of them"}
		}
		cfg.InsecureSkipVerify = true
	default:
		return nil, &Fault{"ssl_cert_reqs", "must be none, optional or required"}
	}
	return cfg, nil
}

// load reads the files.
func (t *TLS) load(cfg *tls.Config) error {
	if t.ca != "" {
		pem, err := os.ReadFile(t.ca)
		if err != nil {
			return &Fault{"ssl_ca_certs", "cannot be read: " + errText(err)}
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return &Fault{"ssl_ca_certs", "holds no certificate in PEM form"}
		}
		cfg.RootCAs = pool
	}
	if (t.cert == "") != (t.key == "") {
		return &Fault{"ssl_certfile", "and ssl_keyfile go together: give both or none"}
	}
	if t.cert != "" {
		pair, err := tls.LoadX509KeyPair(t.cert, t.key)
		if err != nil {
			return &Fault{"ssl_certfile", "or ssl_keyfile cannot be used: " + errText(err)}
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return nil
}

// errText returns the reason of a file error, without the path.
func errText(err error) string {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// skipHostName makes a configuration verify the certificate's chain but not the name in it.
func skipHostName(cfg *tls.Config) {
	roots, own := cfg.RootCAs, cfg.VerifyConnection
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
		if own != nil {
			return own(s)
		}
		return nil
	}
}
