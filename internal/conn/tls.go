package conn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strings"

	"github.com/redpoll-go/redpoll/resp"
)

// startTLS puts TLS over the socket.
func (c *Conn) startTLS(ctx context.Context) error {
	if c.cfg.TLS == nil {
		return nil
	}
	lazy := &lazySocket{Conn: c.sock, raw: c.raw}
	lazy.write.init()
	t := tls.Client(lazy, c.cfg.TLS)
	if err := t.HandshakeContext(ctx); err != nil {
		return &DialError{Phase: PhaseHandshake, Step: stepTLS, Err: readError(err)}
	}
	c.nc, c.lazy = t, lazy
	return nil
}

// stepTLS is the Step of a DialError from the TLS handshake itself.
const stepTLS = "TLS"

// AlertError is an alert by which the server ended a TLS connection. In TLS 1.3 an alert about the client's
// certificate comes after the handshake, with the first read.
type AlertError struct {
	Alert tls.AlertError
	err   error
}

// alertOf makes the error of a read an *AlertError if the other side has sent an alert. Package tls does not
// export the type of this error.
func alertOf(err error) error {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" || op.Err == nil {
		return err
	}
	for n := range 256 {
		if alert := tls.AlertError(n); alert.Error() == op.Err.Error() {
			return &AlertError{Alert: alert, err: err}
		}
	}
	return err
}

func (e *AlertError) Error() string {
	if hint := e.hint(); hint != "" {
		return e.err.Error() + " (" + hint + ")"
	}
	return e.err.Error()
}

func (e *AlertError) Unwrap() []error { return []error{e.Alert, e.err} }

// These are some alerts of RFC 8446, section 6, and of the extensions of TLS.
const (
	alertHandshakeFailure     = 40
	alertNoCertificate        = 41
	alertCertificateUnknown   = 46
	alertUnknownCA            = 48
	alertAccessDenied         = 49
	alertExportRestriction    = 60
	alertProtocolVersion      = 70
	alertInsufficientSecurity = 71
	alertFallback             = 86
	alertMissingExtension     = 109
	alertUnrecognizedName     = 112
	alertCertificateRequired  = 116
	alertNoProtocol           = 120
	alertECHRequired          = 121
)

// Permanent reports whether the next attempt would get the same alert: the alert is about certificates,
// versions, names or other settings, and not about a fault of the connection.
func (e *AlertError) Permanent() bool {
	switch a := e.Alert; {
	case a >= alertHandshakeFailure && a <= alertAccessDenied,
		a >= alertMissingExtension && a <= alertCertificateRequired:
		return true
	case a == alertExportRestriction, a == alertProtocolVersion, a == alertInsufficientSecurity,
		a == alertFallback,
		a == alertNoProtocol, a == alertECHRequired:
		return true
	}
	return false
}

// hint says what to do about an alert.
func (e *AlertError) hint() string {
	switch a := e.Alert; {
	case a == alertCertificateRequired:
		return "give a client certificate: Options.TLS.Certificates, or ssl_certfile and ssl_keyfile in a URL"
	case a == alertHandshakeFailure:
		return "the server may want a client certificate, Options.TLS.Certificates, or other versions or " +
			"ciphers"
	case a > alertNoCertificate && a <= alertCertificateUnknown, a == alertUnknownCA:
		return "the server does not accept the client certificate, Options.TLS.Certificates"
	case a == alertProtocolVersion:
		return "the server speaks none of the versions from Options.TLS.MinVersion to MaxVersion"
	case a == alertInsufficientSecurity:
		return "the server takes none of the ciphers, Options.TLS.CipherSuites"
	case a == alertUnrecognizedName:
		return "the server has no certificate for this name: see Options.TLS.ServerName"
	case a == alertNoProtocol:
		return "see Options.TLS.NextProtos"
	}
	return ""
}

// Misconfigured reports whether an attempt to connect failed because this side rejected the server's TLS, or
// because one side is not configured for TLS: the next attempt will fail too.
func (e *DialError) Misconfigured() bool {
	return e.Step == stepTLS && e.Err != nil && strings.HasPrefix(e.Err.Error(), "tls: ")
}

// These questions ask whether the port is the right one.
const (
	asksForTLS   = "does the port speak TLS? Then set Options.TLS, or rediss:// in a URL"
	asksForPlain = "does the port speak TLS? If not leave out Options.TLS, or write redis:// in a URL"
	asksForCA    = "is its authority in Options.TLS.RootCAs, or ssl_ca_certs in a URL?"
	asksForName  = "is this the name in the certificate? If not see Options.TLS.ServerName"
)

// suspicion adds a question to a failed attempt to connect if a certificate was not accepted, or if one side
// seems to speak TLS and the other does not. A plain port does not answer a TLS hello, or answers something
// else; a TLS port closes the connection after commands, or waits for more bytes. An endpoint that has worked
// before gets no question.
func (c *Config) suspicion(de *DialError) *DialError {
	var record tls.RecordHeaderError
	var stranger x509.UnknownAuthorityError
	var name x509.HostnameError
	var garbage *resp.ProtocolError
	var question string
	switch err := de.Err; {
	case err == nil || de.Phase != PhaseHandshake || c.learnt().works.Load():
	case errors.As(err, &stranger):
		question = asksForCA
	case errors.As(err, &name):
		question = asksForName
	case de.Step == stepTLS:
		if errors.As(err, &record) || isCut(err) || errors.Is(err, os.ErrDeadlineExceeded) {
			question = asksForPlain
		}
	case c.TLS != nil || c.Network == "unix":
	case errors.As(err, &garbage) && strings.HasPrefix(garbage.Got, `"\x15\x03`), isCut(err),
		errors.Is(err, os.ErrDeadlineExceeded):
		question = asksForTLS
	}
	if question == "" {
		return de
	}
	return &DialError{Phase: de.Phase, Step: de.Step, Err: &asked{de.Err, question}}
}

// asked is an error with a question at its end.
type asked struct {
	err      error
	question string
}

func (e *asked) Error() string { return e.err.Error() + " (" + e.question + ")" }
func (e *asked) Unwrap() error { return e.err }
