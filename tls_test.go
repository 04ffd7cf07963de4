package redpoll_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// wantUntrusted demands a refused certificate, told at once: nothing was sent and nothing repeated.
func wantUntrusted(t *testing.T, err error) {
	t.Helper()
	connError(t, err, redpoll.PhaseHandshake, redpoll.NotSent)
	if !errors.As(err, new(*tls.CertificateVerificationError)) {
		t.Errorf("got %v, want a *tls.CertificateVerificationError", err)
	}
}

// Covers: F8, F122, F123, F124, F401, E8
func TestTLSChecks(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{TLS: true})
	elsewhere := redpolltest.Start(t, redpolltest.ServerOptions{TLS: true, TLSNames: []string{"other.example"}})
	for _, tt := range []struct {
		name    string
		srv     *redpolltest.Server
		cfg     *tls.Config
		network string
		trusted bool
		cause   any // the type that the error wraps
	}{
		{"not trusted by default", srv, &tls.Config{}, "", false, new(x509.UnknownAuthorityError)},
		{"checks turned off", srv, &tls.Config{InsecureSkipVerify: true}, "", true, nil},
		{"trusted", srv, &tls.Config{RootCAs: srv.Certificates().Pool}, "", true, nil},
		{"trusted, IPv4 only", srv, &tls.Config{RootCAs: srv.Certificates().Pool}, "tcp4", true, nil},
		{"trusted under another name", elsewhere, &tls.Config{RootCAs: elsewhere.Certificates().Pool}, "", false, new(x509.HostnameError)},
		{"the other name is meant", elsewhere, &tls.Config{RootCAs: elsewhere.Certificates().Pool, ServerName: "other.example"}, "", true, nil},
		{"a name that the certificate lacks is meant", srv, &tls.Config{RootCAs: srv.Certificates().Pool, ServerName: "other.example"}, "", false, new(x509.HostnameError)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rdb := newClient(t, redpoll.Options{Addr: tt.srv.TLSAddr(), Network: tt.network, TLS: tt.cfg})
			err := rdb.Ping(t.Context())
			if tt.trusted {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantUntrusted(t, err)
			if !errors.As(err, tt.cause) {
				t.Errorf("%v does not wrap a %T", err, tt.cause)
			}
			if s := rdb.Stats(); s.Dials != 1 {
				t.Errorf("%d attempts with the same certificate", s.Dials)
			}
		})
	}
}

// TLS against a plain port, and the other way round, is an error and no hang.
func TestTLSOnOneSideOnly(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{TLS: true})
	rdb := newClient(t, redpoll.Options{Addr: srv.Addr(), TLS: srv.ClientTLS(), DialTimeout: brief})
	if err := rdb.Ping(t.Context()); err == nil {
		t.Error("TLS to a plain port works")
	} else {
		connError(t, err, redpoll.PhaseHandshake, redpoll.NotSent)
	}
	rdb = newClient(t, redpoll.Options{Addr: srv.TLSAddr(), NoRetry: true})
	if err := rdb.Ping(t.Context()); err == nil {
		t.Error("plain text to a TLS port works")
	} else {
		connError(t, err, redpoll.PhaseHandshake, redpoll.NotSent)
	}
}

// Covers: F8, F125
func TestTLSClientCertificate(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{TLS: true, RequireClientCert: true})
	rdb := newClient(t, redpoll.Options{Addr: srv.TLSAddr(), TLS: srv.ClientTLS()})
	usable(t, rdb)
	without := srv.ClientTLS()
	without.Certificates = nil
	rdb = newClient(t, redpoll.Options{Addr: srv.TLSAddr(), TLS: without, NoRetry: true})
	if err := rdb.Ping(t.Context()); err == nil {
		t.Error("the server takes a client without a certificate")
	} else {
		connError(t, err, redpoll.PhaseHandshake, redpoll.NotSent)
	}
}

// Covers: F8, F122, F124, F125
func TestTLSByURL(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{TLS: true, RequireClientCert: true, TLSNames: []string{"other.example"}})
	certs := srv.Certificates()
	pair := url.Values{"ssl_certfile": {certs.ClientCertFile}, "ssl_keyfile": {certs.ClientKeyFile}}
	for _, tt := range []struct {
		name    string
		with    map[string]string
		trusted bool
	}{
		{"defaults", nil, false},
		{"authority, wrong name", map[string]string{"ssl_ca_certs": certs.CAFile}, false},
		{"required, wrong name", map[string]string{"ssl_ca_certs": certs.CAFile, "ssl_cert_reqs": "REQUIRED"}, false},
		{"authority without the name", map[string]string{"ssl_ca_certs": certs.CAFile, "ssl_check_hostname": "false"}, true},
		{"name not asked for, but no authority", map[string]string{"ssl_check_hostname": "false"}, false},
		{"none", map[string]string{"ssl_cert_reqs": "none"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			query := url.Values{}
			for k, v := range pair {
				query[k] = v
			}
			for k, v := range tt.with {
				query.Set(k, v)
			}
			rdb, err := redpoll.Open(srv.TLSURL() + "?" + query.Encode())
			if err != nil {
				t.Fatal(err)
			}
			defer rdb.Close()
			if err = rdb.Ping(t.Context()); tt.trusted {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantUntrusted(t, err)
		})
	}
	t.Run("without the pair", func(t *testing.T) {
		t.Parallel()
		rdb, err := redpoll.Open(srv.TLSURL() + "?no_retry=1&ssl_cert_reqs=none")
		if err != nil {
			t.Fatal(err)
		}
		defer rdb.Close()
		if err := rdb.Ping(t.Context()); err == nil {
			t.Error("the server takes a client without a certificate")
		}
	})
	t.Run("a file that is no certificate", func(t *testing.T) {
		t.Parallel()
		_, err := redpoll.ParseURL("rediss://?ssl_ca_certs=" + certs.ServerKeyFile)
		if err == nil || !strings.Contains(err.Error(), "PEM") {
			t.Errorf("got %v", err)
		}
	})
}

// Trust anchors of a URL come on top of the system's.
//
// Covers: F125
func TestTLSAuthoritiesAreAdded(t *testing.T) {
	t.Parallel()
	certs := redpolltest.NewCertificates(t)
	o, err := redpoll.ParseURL("rediss://h?ssl_ca_certs=" + certs.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	want, err := x509.SystemCertPool()
	if err != nil {
		t.Fatal(err)
	}
	want.AddCert(authority(t, certs))
	if !o.TLS.RootCAs.Equal(want) {
		t.Error("the anchors are not those of the system and the file")
	}
}

// authority is the certificate that signed a server's.
func authority(t *testing.T, certs *redpolltest.Certificates) *x509.Certificate {
	t.Helper()
	leaf, err := x509.ParseCertificate(certs.Server.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	chains, err := leaf.Verify(x509.VerifyOptions{Roots: certs.Pool})
	if err != nil {
		t.Fatal(err)
	}
	return chains[0][1]
}

// Covers: F126
func TestTLSServerName(t *testing.T) {
	t.Parallel()
	certs := redpolltest.NewCertificates(t)
	asked := make(chan string, 4)
	p := redpolltest.Scripted(t, func(nc net.Conn) {
		cfg := certs.ServerConfig()
		cfg.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			asked <- h.ServerName
			return nil, nil
		}
		c := redpolltest.WrapConn(tls.Server(nc, cfg))
		for {
			args, err := c.Command()
			if err != nil {
				return
			}
			if _, err := c.Write([]byte(friendly(0, args))); err != nil {
				return
			}
		}
	})
	_, port, _ := net.SplitHostPort(p.Addr())
	for _, tt := range []struct{ name, addr, own, want string }{
		{"host of the address", "localhost:" + port, "", "localhost"},
		{"name of one's own", p.Addr(), "localhost", "localhost"},
		{"an IP address is no name", p.Addr(), "", ""},
	} {
		rdb := newClient(t, redpoll.Options{Addr: tt.addr, TLS: &tls.Config{RootCAs: certs.Pool, ServerName: tt.own}})
		usable(t, rdb)
		if got := <-asked; got != tt.want {
			t.Errorf("%s: the client asked for %q, want %q", tt.name, got, tt.want)
		}
	}
}

// An idle TLS connection that the server closed is replaced before it is used.
//
// Covers: F95
func TestTLSReplacesClosedConnection(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{TLS: true})
	for name, o := range map[string]redpoll.Options{"shared": {}, "exclusive": {Exclusive: true}} {
		o.Addr, o.TLS = srv.TLSAddr(), srv.ClientTLS()
		rdb := newClient(t, o)
		id := clientID(t, rdb)
		kill(t, srv, id)
		unused()
		if _, err := rdb.Incr(t.Context(), "n"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := clientID(t, rdb); got == id {
			t.Errorf("%s: the connection is still %d", name, id)
		}
	}
	if got := srv.Do("GET", "n"); got != "2" {
		t.Errorf("counted %v", got)
	}
}
