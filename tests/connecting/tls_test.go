package connecting_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// wantUntrusted checks for a refused certificate. The call must fail at once: nothing is sent or repeated.
func wantUntrusted(t *testing.T, err error) {
	t.Helper()
	clients.ConnError(t, err, redpoll.PhaseHandshake, redpoll.NotSent)
	if !errors.As(err, new(*tls.CertificateVerificationError)) {
		t.Errorf("got %v, want a *tls.CertificateVerificationError", err)
	}
}

// Covers: F8, F122, F123, F124, F401, E8
func TestTLSChecks(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{TLS: true})
	elsewhere := redpolltest.Start(t, redpolltest.ServerOptions{
		TLS: true, TLSNames: []string{"other.example"},
	})
	for _, tt := range []struct {
		name    string
		srv     *redpolltest.Server
		cfg     *tls.Config
		network string
		trusted bool
		cause   any // type of the wrapped error
	}{
		{"not trusted by default", srv, &tls.Config{}, "", false, new(x509.UnknownAuthorityError)},
		{"checks turned off", srv, &tls.Config{InsecureSkipVerify: true}, "", true, nil},
		{"trusted", srv, &tls.Config{RootCAs: srv.Certificates().Pool}, "", true, nil},
		{"trusted, IPv4 only", srv, &tls.Config{RootCAs: srv.Certificates().Pool}, "tcp4", true, nil},
		{"trusted under another name", elsewhere, &tls.Config{RootCAs: elsewhere.Certificates().Pool},
			"", false, new(x509.HostnameError)},
		{"the other name is meant", elsewhere,
			&tls.Config{RootCAs: elsewhere.Certificates().Pool, ServerName: "other.example"}, "", true, nil},
		{"a name that the certificate lacks is meant", srv,
			&tls.Config{RootCAs: srv.Certificates().Pool, ServerName: "other.example"},
			"", false, new(x509.HostnameError)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rdb := clients.New(t, redpoll.Options{Addr: tt.srv.TLSAddr(), Network: tt.network, TLS: tt.cfg})
			err := rdb.Ping(t.Context())
			if tt.trusted {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantUntrusted(t, err)
			if !errors.As(err, tt.cause) || !strings.Contains(err.Error(), "Options.TLS.") {
				t.Errorf("%v does not wrap a %T, or does not say what to do", err, tt.cause)
			}
			if s := rdb.Stats(); s.Dials != 1 {
				t.Errorf("%d attempts with the same certificate", s.Dials)
			}
		})
	}
}

// If only one side uses TLS, connecting fails with an error that asks about it, and does not hang.
func TestTLSOnOneSideOnly(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{TLS: true})
	const question = "does the port speak TLS?"
	for name, o := range map[string]redpoll.Options{
		"TLS to a plain port":           {Addr: srv.Addr(), TLS: srv.ClientTLS(), DialTimeout: clients.Brief},
		"plain to a TLS port":           {Addr: srv.TLSAddr(), NoRetry: true},
		"plain to a TLS port, password": {Addr: srv.TLSAddr(), NoRetry: true, Password: "pw"},
		"plain to a TLS port, RESP2":    {Addr: srv.TLSAddr(), NoRetry: true, Protocol: 2, DB: 1},
	} {
		err := clients.New(t, o).Ping(t.Context())
		if err == nil {
			t.Errorf("%s works", name)
			continue
		}
		clients.ConnError(t, err, redpoll.PhaseHandshake, redpoll.NotSent)
		if !strings.Contains(err.Error(), question) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Some servers answer plain text on a TLS port with an alert, and plain servers answer TLS with an error.
	for reply, o := range map[string]redpoll.Options{
		"\x15\x03\x01\x00\x02\x02\x46": {},
		"-ERR Protocol error\r\n":      {TLS: srv.ClientTLS()},
	} {
		p := redpolltest.Scripted(t, func(nc net.Conn) {
			_, _ = nc.Read(make([]byte, 4<<10))
			_, _ = nc.Write([]byte(reply))
			_, _ = nc.Read(make([]byte, 1))
		})
		o.Addr = p.Addr()
		err := clients.New(t, o).Ping(t.Context())
		clients.ConnError(t, err, redpoll.PhaseHandshake, redpoll.NotSent)
		if !strings.Contains(err.Error(), question) || p.Accepted() != 1 {
			t.Errorf("%q: %v after %d connections", reply, err, p.Accepted())
		}
	}
	// Other servers wait for the rest of a record.
	silent := testkit.Listen(t, func(int, []string) string { return testkit.Silence })
	err := clients.New(t, redpoll.Options{Addr: silent.Addr(), DialTimeout: clients.Brief}).Ping(t.Context())
	clients.ConnError(t, err, redpoll.PhaseHandshake, redpoll.NotSent)
	if !strings.Contains(err.Error(), question) {
		t.Errorf("a server that does not answer: %v", err)
	}
	// If the server has worked before, the cause is assumed to be an outage.
	p := testkit.Listen(t, func(n int, args []string) string {
		if n > 1 {
			return testkit.HangUp
		}
		return testkit.Friendly(n, args)
	})
	rdb := clients.New(t, redpoll.Options{Addr: p.Addr(), NoRetry: true, Exclusive: true})
	clients.Usable(t, rdb)
	rdb.Pool().Disconnect()
	if err := rdb.Ping(t.Context()); err == nil || strings.Contains(err.Error(), question) {
		t.Errorf("got %v", err)
	}
}

// An alert about certificates, versions or names is permanent, because the next attempt would get it again.
// The error has a type, and says what to do. In TLS 1.3 the alert about a client's certificate comes with the
// first reply.
func TestTLSAlertsArePermanent(t *testing.T) {
	t.Parallel()
	strict := redpolltest.Start(t, redpolltest.ServerOptions{TLS: true, RequireClientCert: true})
	stranger := redpolltest.NewCertificates(t)
	played := func(change func(*tls.Config)) string {
		return redpolltest.Scripted(t, func(nc net.Conn) {
			cfg := stranger.ServerConfig()
			change(cfg)
			c := redpolltest.WrapConn(tls.Server(nc, cfg))
			for {
				args, err := c.Command()
				if err != nil {
					return
				}
				_, _ = c.Write([]byte(testkit.Friendly(0, args)))
			}
		}).Addr()
	}
	names := played(func(cfg *tls.Config) {
		cfg.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil }
		cfg.Certificates = nil
	})
	protocols := played(func(cfg *tls.Config) { cfg.NextProtos = []string{"redis"} })
	for _, tt := range []struct {
		name, addr string
		change     func(*tls.Config)
		alert      string
		says       string
	}{
		{"no certificate, TLS 1.3", strict.TLSAddr(), func(c *tls.Config) { c.Certificates = nil },
			"certificate required", "Options.TLS.Certificates"},
		{"no certificate, TLS 1.2",
			strict.TLSAddr(), func(c *tls.Config) { c.Certificates, c.MaxVersion = nil, tls.VersionTLS12 },
			"handshake failure", "Options.TLS.Certificates"},
		{"certificate of another authority, TLS 1.3", strict.TLSAddr(),
			func(c *tls.Config) { c.Certificates = []tls.Certificate{stranger.Client} },
			"certificate", "Options.TLS.Certificates"},
		{"certificate of another authority, TLS 1.2", strict.TLSAddr(), func(c *tls.Config) {
			c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				return &stranger.Client, nil
			}
			c.MaxVersion = tls.VersionTLS12
		}, "certificate", "Options.TLS.Certificates"},
		{"old version", strict.TLSAddr(),
			func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 },
			"protocol version", "MaxVersion"},
		{"no certificate for this name", names, func(*tls.Config) {},
			"unrecognized name", "Options.TLS.ServerName"},
		{"no common protocol", protocols, func(c *tls.Config) { c.NextProtos = []string{"h2"} },
			"no application protocol", "Options.TLS.NextProtos"},
	} {
		for _, protocol := range []int{2, 3} {
			t.Run(fmt.Sprintf("%s/RESP%d", tt.name, protocol), func(t *testing.T) {
				t.Parallel()
				cfg := strict.ClientTLS()
				cfg.InsecureSkipVerify = true
				tt.change(cfg)
				rdb := clients.New(t, redpoll.Options{Addr: tt.addr, TLS: cfg, Protocol: protocol})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				err := rdb.Set(ctx, "k", "v")
				clients.ConnError(t, err, redpoll.PhaseHandshake, redpoll.NotSent)
				var alert tls.AlertError
				if !errors.As(err, &alert) || !strings.Contains(alert.Error(), tt.alert) ||
					!strings.Contains(err.Error(), tt.says) {
					t.Errorf("got %v, want the alert %q and %q", err, tt.alert, tt.says)
				}
				if s := rdb.Stats(); s.Dials != 1 {
					t.Errorf("%d attempts", s.Dials)
				}
			})
		}
	}
}

// Covers: F8, F125
func TestTLSClientCertificate(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{TLS: true, RequireClientCert: true})
	rdb := clients.New(t, redpoll.Options{Addr: srv.TLSAddr(), TLS: srv.ClientTLS()})
	clients.Usable(t, rdb)
	without := srv.ClientTLS()
	without.Certificates = nil
	rdb = clients.New(t, redpoll.Options{Addr: srv.TLSAddr(), TLS: without, NoRetry: true})
	if err := rdb.Ping(t.Context()); err == nil {
		t.Error("the server takes a client without a certificate")
	} else {
		clients.ConnError(t, err, redpoll.PhaseHandshake, redpoll.NotSent)
	}
}

// Covers: F8, F122, F124, F125
func TestTLSByURL(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{
		TLS: true, RequireClientCert: true, TLSNames: []string{"other.example"},
	})
	certs := srv.Certificates()
	pair := url.Values{"ssl_certfile": {certs.ClientCertFile}, "ssl_keyfile": {certs.ClientKeyFile}}
	for _, tt := range []struct {
		name    string
		with    map[string]string
		trusted bool
	}{
		{"defaults", nil, false},
		{"authority, wrong name", map[string]string{"ssl_ca_certs": certs.CAFile}, false},
		{"required, wrong name", map[string]string{"ssl_ca_certs": certs.CAFile, "ssl_cert_reqs": "REQUIRED"},
			false},
		{"authority without the name",
			map[string]string{"ssl_ca_certs": certs.CAFile, "ssl_check_hostname": "false"}, true},
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
	t.Run("a file that is not a certificate", func(t *testing.T) {
		t.Parallel()
		_, err := redpoll.ParseURL("rediss://?ssl_ca_certs=" + certs.ServerKeyFile)
		if err == nil || !strings.Contains(err.Error(), "PEM") {
			t.Errorf("got %v", err)
		}
	})
}

// If a URL asks for a check of the certificate, the check happens, whatever the TLS configuration of the
// options says.
func TestTLSOfURLWins(t *testing.T) {
	t.Parallel()
	for query, unchecked := range map[string]bool{
		"":                         true,
		"?ssl_cert_reqs=required":  false,
		"?ssl_check_hostname=true": false,
		"?ssl_cert_reqs=none":      true,
	} {
		own := redpoll.Options{TLS: &tls.Config{InsecureSkipVerify: true}}
		o, err := own.WithURL("rediss://h" + query)
		if err != nil || o.TLS.InsecureSkipVerify != unchecked || !own.TLS.InsecureSkipVerify {
			t.Errorf("%s: unchecked is %v, %v", query, o.TLS.InsecureSkipVerify, err)
		}
	}
	refused := errors.New("not this one")
	own := redpoll.Options{
		TLS: &tls.Config{VerifyConnection: func(tls.ConnectionState) error { return refused }},
	}
	srv := redpolltest.Start(t, redpolltest.ServerOptions{TLS: true})
	o, err := own.WithURL(srv.TLSURL() + "?no_retry=1&ssl_check_hostname=false&ssl_ca_certs=" +
		url.QueryEscape(srv.Certificates().CAFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := clients.New(t, o).Ping(t.Context()); !errors.Is(err, refused) {
		t.Errorf("the check of the program is left out: %v", err)
	}
}

// The certificates that a URL trusts are added to those that the system trusts.
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

// authority returns the certificate that signed a server's certificate.
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
			if _, err := c.Write([]byte(testkit.Friendly(0, args))); err != nil {
				return
			}
		}
	})
	_, port, _ := net.SplitHostPort(p.Addr())
	for _, tt := range []struct{ name, addr, own, want string }{
		{"host of the address", "localhost:" + port, "", "localhost"},
		{"name of one's own", p.Addr(), "localhost", "localhost"},
		{"an IP address is not a name", p.Addr(), "", ""},
	} {
		rdb := clients.New(t, redpoll.Options{
			Addr: tt.addr, TLS: &tls.Config{RootCAs: certs.Pool, ServerName: tt.own},
		})
		clients.Usable(t, rdb)
		if got := <-asked; got != tt.want {
			t.Errorf("%s: the client asked for %q, want %q", tt.name, got, tt.want)
		}
	}
	// The zone of an IPv6 address is for the network only, and not part of the name in the certificate.
	clients.Usable(t, clients.New(t, redpoll.Options{
		Addr: "[::1%lo]:" + port, TLS: &tls.Config{RootCAs: certs.Pool},
		Dialer: func(context.Context, string, string) (net.Conn, error) { return net.Dial("tcp", p.Addr()) },
	}))
}

// If the server closed an idle TLS connection, it is replaced before its next use.
//
// Covers: F95
func TestTLSReplacesClosedConnection(t *testing.T) {
	t.Parallel()
	srv := redpolltest.Start(t, redpolltest.ServerOptions{TLS: true})
	for name, o := range map[string]redpoll.Options{"shared": {}, "exclusive": {Exclusive: true}} {
		o.Addr, o.TLS = srv.TLSAddr(), srv.ClientTLS()
		rdb := clients.New(t, o)
		id := clients.ID(t, rdb)
		kill(t, srv, id)
		testkit.Unused()
		if _, err := rdb.Incr(t.Context(), "n"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := clients.ID(t, rdb); got == id {
			t.Errorf("%s: the connection is still %d", name, id)
		}
	}
	if got := srv.Do("GET", "n"); got != "2" {
		t.Errorf("counted %v", got)
	}
}
