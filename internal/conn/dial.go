package conn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// StepOptions is the DialError.Step of connections that cannot be made because of a mistake in the options.
const StepOptions = "options"

// DialError is a failed attempt to connect.
type DialError struct {
	Node  string // the address
	Phase Phase  // PhaseDial or PhaseHandshake
	Step  string // the failed command of the handshake; "" if none
	Reply string // the error reply to this command; "" if none
	// The hint describes the mistake and shows no part of the secret.
	Hint string // possible mistake in user or password; "" if none
	Err  error  // the cause, unless it was an error reply

	Server ServerInfo // known from the handshake before it failed
}

func (e *DialError) Error() string {
	switch {
	case e.Reply != "":
		return e.Step + ": " + e.Reply
	case e.Step != "":
		return e.Step + ": " + e.Err.Error()
	}
	return e.Err.Error()
}

func (e *DialError) Unwrap() error { return e.Err }

// Dial opens a connection and runs the handshake: TLS, HELLO with user, password and name, SELECT. The end of
// ctx or of DialTimeout ends it at any point. The error is a *DialError.
func Dial(ctx context.Context, cfg *Config) (*Conn, error) {
	outer := ctx
	if cfg.DialTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, cfg.DialTimeout, errDialTimeout)
		defer cancel()
	}
	c, err := dialGreeting(ctx, cfg)
	if err == nil {
		return c, nil
	}
	if at, ok := ctx.Deadline(); ok && !time.Now().Before(at) {
		<-ctx.Done() // the dialer may notice the deadline a moment earlier
	}
	var de *DialError
	if !errors.As(err, &de) {
		de = &DialError{Phase: PhaseDial, Err: err}
	}
	switch {
	case outer.Err() != nil:
		de = &DialError{Phase: de.Phase, Step: de.Step, Err: NewGaveUp(outer, NotSent)}
	case ctx.Err() != nil:
		de = cfg.suspicion(&DialError{Phase: de.Phase, Step: de.Step, Err: errDialTimeout})
	default:
		de = cfg.suspicion(de)
	}
	de.Node = cfg.Addr
	return nil, de
}

var (
	errDialTimeout  = fmt.Errorf("no connection within the dial time-out: %w", os.ErrDeadlineExceeded)
	errHelloCut     = errors.New("connection closed by server in answer to HELLO")
	errHelloRefused = errors.New("connection closed by server after it had refused HELLO")
)

// dialGreeting makes a connection that offers RESP3, unless RESP2 is configured. Some proxies close the
// connection after every unknown command, and some servers refuse HELLO and close the connection. But a
// server that shuts down, or a balancer without a server, closes every connection. So a HELLO without a reply
// is sent a second time, alone. RESP2 is concluded only if the endpoint then answers another command, and
// after some time HELLO is offered again.
func dialGreeting(ctx context.Context, cfg *Config) (*Conn, error) {
	hungUp := &cfg.learnt().hello
	if cfg.RESP2 || hungUp.holds() {
		return dialOnce(ctx, cfg, greetRESP2)
	}
	c, err := dialOnce(ctx, cfg, greetAtOnce)
	if errors.Is(err, errHelloCut) && ctx.Err() == nil && hungUp.fresh() {
		c, err = dialOnce(ctx, cfg, greetRESP3)
	}
	switch {
	case err == nil:
		hungUp.forget()
	case ctx.Err() == nil && (errors.Is(err, errHelloCut) || errors.Is(err, errHelloRefused)):
		if c, err = dialOnce(ctx, cfg, greetBlind); err == nil {
			hungUp.learn()
		}
	}
	return c, err
}

// dialOnce makes one connection. The user's dialer may ignore its context: then dialOnce returns without it,
// and a connection that comes later is closed.
func dialOnce(ctx context.Context, cfg *Config, how greeting) (*Conn, error) {
	began := Now()
	sock, err := openSocket(ctx, cfg)
	if err != nil {
		return nil, &DialError{Phase: PhaseDial, Err: err}
	}
	c, reached := newConn(cfg, sock), Now()
	// From here on the end of the context ends every wait for the socket.
	stop := context.AfterFunc(ctx, func() { endWaiting(sock) })
	err = c.startTLS(ctx)
	if err == nil {
		err = c.handshake(ctx, how)
	}
	if err == nil && cfg.OnConnect != nil {
		if err = cfg.OnConnect(ctx, c); err != nil {
			err = &DialError{Phase: PhaseHandshake, Step: "OnConnect", Err: err}
		}
	}
	if !stop() && err == nil {
		err = ctx.Err() // the deadline in the past has been set, or will be
	}
	if err != nil {
		c.Close()
		if de, ok := err.(*DialError); ok {
			de.Server = c.info
		}
		return nil, err
	}
	cfg.learnt().works.Store(true)
	c.made = Now()
	c.replied = c.made
	if c.trust.replyTime == 0 {
		// Nothing was asked in the handshake, but connecting takes a round trip too.
		c.trust.sample(reached - began)
		c.trust.answered = began
	}
	if c.lazy != nil {
		c.lazy.mu.Lock()
		c.lazy.on = true
		c.lazy.mu.Unlock()
	}
	return c, nil
}

// endWaiting ends all reads and writes that wait for a socket.
func endWaiting(sock net.Conn) {
	if sock.SetDeadline(past) != nil {
		sock.Close() // some tunnels know no deadlines
	}
}

func openSocket(ctx context.Context, cfg *Config) (net.Conn, error) {
	if cfg.Dial == nil {
		d := net.Dialer{KeepAlive: cfg.KeepAlive} // negative means none
		if cfg.KeepAlive > 0 {
			// KeepAlive alone sets only the wait before the first probe.
			d.KeepAliveConfig = net.KeepAliveConfig{Enable: true, Idle: cfg.KeepAlive,
				Interval: cfg.KeepAlive}
		}
		sock, err := d.DialContext(ctx, cfg.Network, cfg.Addr) // sets TCP_NODELAY
		if d := cfg.deadAfter(); err == nil && d > 0 {
			boundSilence(sock, d)
		}
		return sock, err
	}
	type result struct {
		nc  net.Conn
		err error
	}
	got := make(chan result, 1)
	go func() {
		nc, err := cfg.Dial(ctx, cfg.Network, cfg.Addr)
		if err == nil && nc == nil {
			err = errors.New("the dialer returned neither a connection nor an error")
		}
		got <- result{nc, err}
	}()
	select {
	case r := <-got:
		return r.nc, r.err
	case <-ctx.Done():
		go func() {
			if r := <-got; r.nc != nil {
				r.nc.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

// deadAfter returns how long the other side of a socket may acknowledge neither data nor probes; 0 means the
// system's limit. The limit is four keep-alive intervals: a wait and three probes. A server that reads
// nothing may look dead too, so the limit is longer than WriteTimeout. There is no limit if WriteTimeout has
// no end.
func (c *Config) deadAfter() time.Duration {
	if c.KeepAlive <= 0 || c.WriteTimeout <= 0 || c.Network == "unix" {
		return 0
	}
	return max(4*c.KeepAlive, c.WriteTimeout+c.KeepAlive)
}

// isCut reports whether an error means that the other side closed the connection.
func isCut(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
