package urltext

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// files writes a certificate, its key and a text that is neither, and returns their paths.
func files(t *testing.T) (cert, key, other string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"other.example"}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		write("key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})),
		write("other", []byte("sEcreT"))
}

// made returns the configuration for options, based on old.
func made(t *testing.T, old *tls.Config, scheme string, options map[string]string) (*tls.Config, error) {
	t.Helper()
	var c TLS
	for name, value := range options {
		if !c.Option(name, value) {
			t.Errorf("%s is not taken", name)
		}
	}
	return c.Apply(old, scheme)
}

// Each option changes the configuration in its own way.
func TestTLS(t *testing.T) {
	t.Parallel()
	cert, key, _ := files(t)
	for name, c := range map[string]struct {
		old     *tls.Config
		options map[string]string
		insecure, anyName,
		roots, pair bool
	}{
		"nothing":             {},
		"required":            {options: map[string]string{"ssl_cert_reqs": "required"}},
		"none":                {options: map[string]string{"ssl_cert_reqs": "None"}, insecure: true},
		"the name is checked": {options: map[string]string{"ssl_check_hostname": "yes"}},
		"any name": {options: map[string]string{"ssl_check_hostname": "no"}, insecure: true,
			anyName: true},
		"roots": {options: map[string]string{"ssl_ca_certs": cert}, roots: true},
		"own certificate": {options: map[string]string{"ssl_certfile": cert, "ssl_keyfile": key},
			pair: true},
		"insecure before": {old: &tls.Config{InsecureSkipVerify: true}, insecure: true},
		"insecure, and asked": {old: &tls.Config{InsecureSkipVerify: true},
			options: map[string]string{"ssl_cert_reqs": "optional"}},
		"none, no name either": {
			options: map[string]string{"ssl_cert_reqs": "none", "ssl_check_hostname": "no"}, insecure: true},
	} {
		got, err := made(t, c.old, "rediss", c.options)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.InsecureSkipVerify != c.insecure || (got.VerifyConnection != nil) != c.anyName ||
			(got.RootCAs != nil) != c.roots || (len(got.Certificates) == 1) != c.pair {
			t.Errorf("%s: insecure %v, checks itself %v, roots %v, %d certificates", name,
				got.InsecureSkipVerify, got.VerifyConnection != nil, got.RootCAs != nil,
				len(got.Certificates))
		}
		if got == c.old {
			t.Errorf("%s: the configuration of before is changed", name)
		}
	}
}

// Without the scheme rediss the configuration stays unchanged, and TLS options are a fault.
func TestTLSNeedsTheScheme(t *testing.T) {
	t.Parallel()
	old := new(tls.Config)
	if got, err := made(t, old, "redis", nil); got != old || err != nil {
		t.Errorf("no options: %v, %v", got, err)
	}
	if _, err := made(t, old, "redis", map[string]string{"ssl_cert_reqs": "none"}); err == nil ||
		!strings.Contains(err.Error(), "rediss") {
		t.Errorf("options without the scheme: %v", err)
	}
	if new(TLS).Option("timeout", "1") {
		t.Error("an option of something else is taken")
	}
}

// Wrong options give a fault that shows neither a path nor a part of a file.
func TestTLSFaults(t *testing.T) {
	t.Parallel()
	cert, key, other := files(t)
	for name, c := range map[string]struct {
		options map[string]string
		want    Fault
	}{
		"unknown word": {map[string]string{"ssl_cert_reqs": "sEcreT"},
			Fault{"ssl_cert_reqs", "must be none, optional or required"}},
		"contradiction": {map[string]string{"ssl_cert_reqs": "none", "ssl_check_hostname": "yes"},
			Fault{"ssl_check_hostname", "contradicts"}},
		"no such file": {map[string]string{"ssl_ca_certs": other + "sEcreT"},
			Fault{"ssl_ca_certs", "cannot be read: "}},
		"no certificate": {map[string]string{"ssl_ca_certs": other},
			Fault{"ssl_ca_certs", "holds no certificate"}},
		"certificate alone": {map[string]string{"ssl_certfile": cert},
			Fault{"ssl_certfile", "go together"}},
		"key alone": {map[string]string{"ssl_keyfile": key}, Fault{"ssl_certfile", "go together"}},
		"not a pair": {map[string]string{"ssl_certfile": cert, "ssl_keyfile": other},
			Fault{"ssl_certfile", "cannot be used"}},
		"no such certificate": {map[string]string{"ssl_certfile": other + "sEcreT", "ssl_keyfile": key},
			Fault{"ssl_certfile", "cannot be used: "}},
	} {
		_, err := made(t, nil, "rediss", c.options)
		var f *Fault
		if !errors.As(err, &f) || f.Option != c.want.Option || !strings.Contains(f.Reason, c.want.Reason) ||
			strings.Contains(f.Reason, "sEcreT") {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// If the name does not matter, the chain of the certificate is still checked, and so is a check of the
// caller.
func TestTLSAnyNameChecksTheChain(t *testing.T) {
	t.Parallel()
	cert, key, _ := files(t)
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	state := tls.ConnectionState{PeerCertificates: []*x509.Certificate{pair.Leaf}}
	own := errors.New("the caller's own")
	for name, c := range map[string]struct {
		ca   string
		own  error
		want string
	}{
		"known":           {cert, nil, ""},
		"unknown":         {"", nil, "certificate"},
		"refused by own":  {cert, own, own.Error()},
		"unknown and own": {"", own, "certificate"},
	} {
		cfg, err := made(t, &tls.Config{VerifyConnection: func(tls.ConnectionState) error {
			return c.own
		}}, "rediss",
			map[string]string{"ssl_check_hostname": "no", "ssl_ca_certs": c.ca})
		if err != nil {
			t.Fatal(err)
		}
		if err = cfg.VerifyConnection(state); (err != nil) != (c.want != "") ||
			err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		var unknown *tls.CertificateVerificationError
		if c.want == "certificate" && !errors.As(err, &unknown) {
			t.Errorf("%s: the error is %T", name, err)
		}
	}
}
