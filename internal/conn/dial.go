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

// DialError is a connection that could not be made.
type DialError struct {
	Node  string // the address
	Phase Phase  // PhaseDial or PhaseHandshake
	Step  string // the command of the handshake that failed, "" otherwise
	Reply string // the server's error reply to it, "" otherwise
	Hint  string // an accident that user or password look like, if they are why; without a part of them
	Err   error  // the cause when it was no error reply
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

// Dial opens a connection and runs the handshake: TLS, HELLO with user, password and name, SELECT. The end
// of ctx and the dial time-out end it at any point. The error is a *DialError, or the context's.
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
		<-ctx.Done() // the dialer may have noticed the deadline a moment earlier
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

// dialGreeting makes a connection that offers RESP3, unless that is not wanted. Some proxies hang up on every
// unknown command, and some servers refuse HELLO and hang up then; but a server that is going down, or a
// balancer without a server behind it, hangs up on everything. So a HELLO that got no answer has a second
// chance, with nothing behind it, RESP2 is concluded only from an endpoint that then answers something else, and after a while HELLO
// is offered again.
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

// dialOnce makes one connection. The user's dialer may ignore its context: then it is left behind, and what
// it brings later is closed.
func dialOnce(ctx context.Context, cfg *Config, how greeting) (*Conn, error) {
	began := Now()
	sock, err := openSocket(ctx, cfg)
	if err != nil {
		return nil, &DialError{Phase: PhaseDial, Err: err}
	}
	c, reached := newConn(cfg, sock), Now()
	// Whatever waits for the socket from here on ends with the context.
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
		err = ctx.Err() // the deadline in the past has been or will be set
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	cfg.learnt().works.Store(true)
	c.made = Now()
	c.replied = c.made
	if c.trust.replyTime == 0 {
		c.trust.sample(reached - began) // nothing was asked: reaching it takes a round trip as well
		c.trust.answered = began
	}
	if c.lazy != nil {
		c.lazy.mu.Lock()
		c.lazy.on = true
		c.lazy.mu.Unlock()
	}
	return c, nil
}

// endWaiting ends whatever waits for a socket.
func endWaiting(sock net.Conn) {
	if sock.SetDeadline(past) != nil {
		sock.Close() // some tunnels know no deadlines
	}
}

func openSocket(ctx context.Context, cfg *Config) (net.Conn, error) {
	if cfg.Dial == nil {
		d := net.Dialer{KeepAlive: cfg.KeepAlive} // negative: none
		if cfg.KeepAlive > 0 {
			// KeepAlive alone is the wait before the first probe only.
			d.KeepAliveConfig = net.KeepAliveConfig{Enable: true, Idle: cfg.KeepAlive, Interval: cfg.KeepAlive}
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

// deadAfter is how long the other side of a socket may acknowledge nothing, neither data nor probes; 0 for the system's own
// bound. It is four keep-alive intervals: a wait and three probes. A server that takes no bytes may count as such a one, so it is longer
// than WriteTimeout, and there is none if WriteTimeout has no end.
func (c *Config) deadAfter() time.Duration {
	if c.KeepAlive <= 0 || c.WriteTimeout <= 0 || c.Network == "unix" {
		return 0
	}
	return max(4*c.KeepAlive, c.WriteTimeout+c.KeepAlive)
}

// isCut reports whether an error means that the other side hung up.
func isCut(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
