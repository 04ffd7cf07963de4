package conn

import (
	"context"
	"crypto/tls"
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

// stepTLS is the Step of a DialError that came from the handshake of TLS itself.
const stepTLS = "TLS"

// AlertError is an alert by which the server ended a TLS connection. An alert about the client's certificate
// comes behind the handshake in TLS 1.3, with the first read.
type AlertError struct {
	Alert tls.AlertError
	err   error
}

// alertOf makes the error of a read an *AlertError if the other side has sent an alert. The type of package
// tls has no name there.
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

// Some alerts of RFC 8446, section 6, and of the extensions of TLS.
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

// Permanent reports whether the server will say the same the next time: the alert is about certificates,
// versions, names or other things that have been configured, and not about a fault of the connection.
func (e *AlertError) Permanent() bool {
	switch a := e.Alert; {
	case a >= alertHandshakeFailure && a <= alertAccessDenied, a >= alertMissingExtension && a <= alertCertificateRequired:
		return true
	case a == alertExportRestriction, a == alertProtocolVersion, a == alertInsufficientSecurity, a == alertFallback,
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
		return "the server may want a client certificate, Options.TLS.Certificates, or other versions or ciphers"
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

// Misconfigured reports whether an attempt to connect failed since this side did not like what the server
// offered in TLS, or since one side is not configured for it: it will fail again.
func (e *DialError) Misconfigured() bool {
	return e.Step == stepTLS && e.Err != nil && strings.HasPrefix(e.Err.Error(), "tls: ")
}

// Questions about a port that seems to be another one than was meant.
const (
	asksForTLS   = "does the port speak TLS? Then set Options.TLS, or rediss:// in a URL"
	asksForPlain = "does the port speak TLS?"
)

// suspicion adds a question to the failure of an attempt to connect, if there are signs that one side speaks TLS
// and the other does not: a plain port does not answer the beginning of TLS, or with something else, and a TLS port
// hangs up on commands or waits for more. An endpoint that has worked before is not asked about.
func (c *Config) suspicion(de *DialError) *DialError {
	var record tls.RecordHeaderError
	var garbage *resp.ProtocolError
	var question string
	switch err := de.Err; {
	case err == nil || de.Phase != PhaseHandshake || c.learnt().works.Load():
	case de.Step == stepTLS:
		if errors.As(err, &record) || isCut(err) || errors.Is(err, os.ErrDeadlineExceeded) {
			question = asksForPlain
		}
	case c.TLS != nil || c.Network == "unix":
	case errors.As(err, &garbage) && strings.HasPrefix(garbage.Got, `"\x15\x03`), isCut(err), errors.Is(err, os.ErrDeadlineExceeded):
		question = asksForTLS
	}
	if question == "" {
		return de
	}
	return &DialError{Phase: de.Phase, Step: de.Step, Err: &asked{de.Err, question}}
}

// asked is an error with a question behind it.
type asked struct {
	err      error
	question string
}

func (e *asked) Error() string { return e.err.Error() + " (" + e.question + ")" }
func (e *asked) Unwrap() error { return e.err }
