package redpolltest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Certificates are an authority for one test and certificates signed by it, in memory and as PEM files. They
// are valid for a day. Read only.
type Certificates struct {
	Pool   *x509.CertPool  // the authority, for RootCAs and ClientCAs
	Server tls.Certificate // for the names given, by default localhost, 127.0.0.1 and ::1
	Client tls.Certificate // for clients, name "client"
	Other  tls.Certificate // a server certificate for other.example only

	CAFile                        string
	ServerCertFile, ServerKeyFile string
	ClientCertFile, ClientKeyFile string
	OtherCertFile, OtherKeyFile   string

	authority *x509.Certificate
	key       *ecdsa.PrivateKey
}

// NewCertificates makes a new authority and its certificates. The server's certificate is for names, by
// default localhost, 127.0.0.1 and ::1. The files are deleted with the test. Servers from [Start] do not
// trust this authority.
func NewCertificates(t testing.TB, names ...string) *Certificates {
	t.Helper()
	c, err := newCertificates(t.TempDir(), names)
	if err != nil {
		t.Fatalf("redpolltest: %v", err)
	}
	return c
}

func newCertificates(dir string, names []string) (*Certificates, error) {
	if len(names) == 0 {
		names = []string{"localhost", "127.0.0.1", "::1"}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := certificateTemplate("redpolltest authority")
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage |= x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	c := &Certificates{key: key, Pool: x509.NewCertPool(), CAFile: filepath.Join(dir, "ca.pem")}
	if c.authority, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	c.Pool.AddCert(c.authority)
	if err := writePEM(c.CAFile, "CERTIFICATE", der); err != nil {
		return nil, err
	}
	for _, leaf := range []struct {
		cert     *tls.Certificate
		certFile *string
		keyFile  *string
		name     string
		names    []string
	}{
		{&c.Server, &c.ServerCertFile, &c.ServerKeyFile, "server", names},
		{&c.Client, &c.ClientCertFile, &c.ClientKeyFile, "client", nil},
		{&c.Other, &c.OtherCertFile, &c.OtherKeyFile, "other", []string{"other.example"}},
	} {
		*leaf.certFile = filepath.Join(dir, leaf.name+".pem")
		*leaf.keyFile = filepath.Join(dir, leaf.name+".key")
		if *leaf.cert, err = c.issue(leaf.name, leaf.names, *leaf.certFile, *leaf.keyFile); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// issue signs a certificate for names, or for a client if there are none.
func (c *Certificates) issue(subject string, names []string, certFile,
	keyFile string) (tls.Certificate, error) {
	var none tls.Certificate
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return none, err
	}
	template := certificateTemplate(subject)
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if len(names) == 0 {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, c.authority, &key.PublicKey, c.key)
	if err != nil {
		return none, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return none, err
	}
	if err := writePEM(certFile, "CERTIFICATE", der); err != nil {
		return none, err
	}
	if err := writePEM(keyFile, "PRIVATE KEY", keyDER); err != nil {
		return none, err
	}
	return tls.LoadX509KeyPair(certFile, keyFile)
}

func certificateTemplate(subject string) *x509.Certificate {
	serial := new(big.Int).SetBytes([]byte(rand.Text()))
	return &x509.Certificate{
		SerialNumber: serial.Rsh(serial, 80), // RFC 5280 allows 20 bytes
		Subject:      pkix.Name{CommonName: subject, Organization: []string{"redpolltest"}},
		NotBefore:    time.Now().Add(-time.Hour), // clocks of peers may differ
		NotAfter:     time.Now().Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

func writePEM(file, kind string, der []byte) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

// ClientConfig returns a new configuration for clients: it trusts the authority, and shows Client if asked.
// The caller sets ServerName.
func (c *Certificates) ClientConfig() *tls.Config {
	return &tls.Config{RootCAs: c.Pool, Certificates: []tls.Certificate{c.Client},
		MinVersion: tls.VersionTLS12}
}

// ServerConfig returns a new configuration for a scripted server: it shows Server and asks for no client
// certificate.
func (c *Certificates) ServerConfig() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{c.Server}, ClientCAs: c.Pool,
		MinVersion: tls.VersionTLS12}
}
