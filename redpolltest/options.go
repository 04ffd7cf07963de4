package redpolltest

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"
)

// ServerOptions says what server [Start] starts. The zero value is a server
// without password and TLS that keeps nothing on disk, listening on a free
// port of 127.0.0.1 and, as every server of this package, on a unix socket.
type ServerOptions struct {
	// NoTCP leaves the plain TCP port closed. Default: open.
	NoTCP bool

	// TLS opens a second TCP port that speaks TLS, with certificates made
	// for this server alone, see [Server.Certificates]. Default: closed.
	TLS bool

	// TLSNames are the host names and IP addresses that the server's
	// certificate is for. Default: localhost, 127.0.0.1 and ::1. With another name
	// a client that checks host names must refuse the server.
	TLSNames []string

	// RequireClientCert makes the TLS port refuse clients that do not show a
	// certificate signed by the same authority. Default: none is asked for.
	RequireClientCert bool

	// Password is the password of the default user. Default: none needed.
	Password string

	// Users are ACL users beside the default one. A user named "default"
	// replaces it.
	Users []User

	// Databases is the number of databases. Default: 16.
	Databases int

	// AppendOnly writes every change to disk before it is acknowledged, so
	// that a killed and restarted server has lost nothing it ever answered.
	// Default: nothing is kept, a restarted server is empty.
	AppendOnly bool

	// OldProtocol makes the server refuse HELLO as an unknown command, as
	// servers before 6.0 and some proxies do. Such a server speaks RESP2 only.
	OldProtocol bool

	// Config has further lines of redis.conf. They come last, so they
	// win over what the other options say. Default: none.
	Config []string
}

// User is an ACL user.
type User struct {
	Name     string
	Password string // empty: the user needs none
	Rules    string // what the user may do; default "~* &* +@all": everything
	Off      bool   // the user may not log in
}

// controlUser is added when the test replaces the default user, which
// then may lack the rights that the fixture needs.
const controlUser = "redpolltest"

func (o *ServerOptions) databases() int {
	if o.Databases == 0 {
		return 16
	}
	return o.Databases
}

func (o *ServerOptions) ownDefaultUser() bool {
	for _, u := range o.Users {
		if u.Name == "default" {
			return true
		}
	}
	return false
}

func (u User) line() string {
	state, secret, rules := "on", "nopass", u.Rules
	if u.Off {
		state = "off"
	}
	if u.Password != "" {
		// The hashed form needs no quoting, whatever the password holds.
		secret = fmt.Sprintf("#%x", sha256.Sum256([]byte(u.Password)))
	}
	if rules == "" {
		rules = "~* &* +@all"
	}
	return fmt.Sprintf("user %s reset %s %s %s", u.Name, state, secret, rules)
}

// confQuote writes s as one word of redis.conf.
func confQuote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// config writes the redis.conf of p. Port numbers of 0 stand for closed ports.
func (p *process) config() string {
	o := &p.opts
	lines := []string{
		"bind 127.0.0.1",
		"daemonize no",
		fmt.Sprintf("port %d", p.port),
		"unixsocket " + confQuote(p.socket),
		"dir " + confQuote(p.dir),
		`logfile ""`,
		`save ""`,
		fmt.Sprintf("databases %d", o.databases()),
	}
	if p.bin.redis.AtLeast(7, 0) {
		lines = append(lines, "enable-debug-command local")
	}
	if o.AppendOnly {
		lines = append(lines, "appendonly yes", "appendfsync always")
	}
	if o.TLS {
		auth := "no"
		if o.RequireClientCert {
			auth = "yes"
		}
		lines = append(lines,
			fmt.Sprintf("tls-port %d", p.tlsPort),
			"tls-cert-file "+confQuote(p.certs.ServerCertFile),
			"tls-key-file "+confQuote(p.certs.ServerKeyFile),
			"tls-ca-cert-file "+confQuote(p.certs.CAFile),
			"tls-auth-clients "+auth)
	}
	if o.Password != "" {
		lines = append(lines, "requirepass "+confQuote(o.Password))
	}
	for _, u := range o.Users {
		lines = append(lines, u.line())
	}
	if o.ownDefaultUser() {
		lines = append(lines, User{Name: controlUser, Password: p.controlPassword}.line())
	}
	if o.OldProtocol {
		lines = append(lines, `rename-command HELLO ""`)
	}
	lines = append(lines, o.Config...)
	return strings.Join(lines, "\n") + "\n"
}

func (p *process) configFile() string { return filepath.Join(p.dir, "redis.conf") }
