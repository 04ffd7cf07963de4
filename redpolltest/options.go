package redpolltest

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// ServerOptions describes the server that [Start] starts. The zero value is a server without password and TLS
// that stores nothing on disk. Like every server of this package it listens on a free port of 127.0.0.1 and
// on a unix socket.
type ServerOptions struct {
	// NoTCP leaves the plain TCP port closed. Default: open.
	NoTCP bool

	// TLS opens a second TCP port that speaks TLS, with certificates made for this server alone, see
	// [Server.Certificates]. Default: closed.
	TLS bool

	// TLSNames are the host names and IP addresses of the server's certificate. Default: localhost, 127.0.0.1
	// and ::1. With another name, a client that checks host names must refuse the server.
	TLSNames []string

	// RequireClientCert makes the TLS port refuse clients that do not show a certificate signed by the same
	// authority. Default: none is asked for.
	RequireClientCert bool

	// Password is the password of the default user. Default: none needed.
	Password string

	// Users are ACL users beside the default one. A user named "default" replaces it.
	Users []User

	// Databases is the number of databases. Default: 16.
	Databases int

	// AppendOnly writes every change to disk before it is acknowledged, so that a killed and restarted server
	// has lost no acknowledged change. Default: nothing is stored, and a restarted server is empty.
	AppendOnly bool

	// OldProtocol makes the server refuse HELLO as an unknown command, as servers before 6.0 and some proxies
	// do. Such a server speaks RESP2 only.
	OldProtocol bool

	// Config has further lines of redis.conf. They come last, so they override the other options. Default:
	// none.
	Config []string
}

// User is an ACL user.
type User struct {
	Name     string
	Password string // empty if the user needs none
	Rules    string // rights of the user; default "~* &* +@all", everything
	Off      bool   // the user may not log in
}

// controlUser is added when the test replaces the default user, which may then lack the rights that this
// package needs.
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
		// The hash needs no quotes, whatever characters the password has.
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

// config writes the redis.conf of p. A port number of 0 means a closed port.
func (p *process) config() string {
	o := &p.opts
	lines := []string{
		"bind 127.0.0.1",
		"daemonize no",
		"unixsocket " + confQuote(p.socket),
		"dir " + confQuote(p.dir),
		`logfile ""`,
	}
	if o.TLS {
		lines = append(lines, p.tlsLines()...)
	}
	if !p.sentinel {
		lines = append(lines, p.dataLines()...)
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
	lines = append(lines, p.portLines()...)
	lines = append(lines, o.Config...)
	return strings.Join(lines, "\n") + "\n"
}

// dataLines are those of a server that stores data, which a Sentinel does not.
func (p *process) dataLines() []string {
	lines := []string{`save ""`, fmt.Sprintf("databases %d", p.opts.databases())}
	if p.bin.redis.AtLeast(7, 0) {
		lines = append(lines, "enable-debug-command local")
	}
	if p.opts.AppendOnly {
		lines = append(lines, "appendonly yes", "appendfsync always")
	}
	return lines
}

func (p *process) tlsLines() []string {
	auth := "no"
	if p.opts.RequireClientCert {
		auth = "yes"
	}
	lines := []string{
		"tls-cert-file " + confQuote(p.certs.ServerCertFile),
		"tls-key-file " + confQuote(p.certs.ServerKeyFile),
		"tls-ca-cert-file " + confQuote(p.certs.CAFile),
		"tls-auth-clients " + auth,
	}
	if p.group != nil {
		lines = append(lines,
			"tls-client-cert-file "+confQuote(p.certs.ClientCertFile),
			"tls-client-key-file "+confQuote(p.certs.ClientKeyFile))
	}
	return lines
}

// portLines are those that change with the ports.
func (p *process) portLines() []string {
	lines := []string{fmt.Sprintf("port %d", p.port)}
	if p.opts.TLS {
		lines = append(lines, fmt.Sprintf("tls-port %d", p.tlsPort))
	}
	if p.lines != nil {
		lines = append(lines, p.lines(p)...)
	}
	return lines
}

func (p *process) writeConfig(text string) error {
	return os.WriteFile(p.configFile(), []byte(text), 0o600)
}

// reconfig appends the lines that depend on the ports to kept, the configuration that the server left.
func (p *process) reconfig(kept string) string {
	return kept + "\n" + strings.Join(p.portLines(), "\n") + "\n"
}

// kept returns the configuration that the server has left. A Sentinel writes its passwords without the quotes
// that it needs to read them again, so these lines are left out, and come anew with reconfig.
func (p *process) kept() string {
	text, err := os.ReadFile(p.configFile())
	if err != nil {
		return "" // the start will fail, and say why
	}
	if !p.sentinel {
		return string(text)
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		if !bareSecret.MatchString(line) {
			b.WriteString(line)
		}
	}
	return b.String()
}

var bareSecret = regexp.MustCompile(`^sentinel (auth-pass|sentinel-pass) `)

func (p *process) configFile() string { return filepath.Join(p.dir, "redis.conf") }
