package redpolltest

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience bounds every wait of this package for something that happens within
// milliseconds on a healthy machine. No test is right because of it.
const patience = 30 * time.Second

// process is one server program with its folder, ports and certificates. It
// reports errors; [Server] turns them into test failures.
type process struct {
	bin             binary
	opts            ServerOptions
	dir             string
	socket          string
	port, tlsPort   int // 0: closed
	certs           *Certificates
	controlPassword string

	mu     sync.Mutex // held over start, kill and stop, so that they do not overlap
	cmd    *exec.Cmd
	exited chan struct{} // closed when cmd has ended; nil before the first start
	wanted bool          // the server should be running: its end is a crash
}

// newProcess finds the program, makes the folder and starts the server.
func newProcess(opts ServerOptions) (*process, error) {
	return newProcessWith(opts, takePort)
}

func newProcessWith(opts ServerOptions, choosePort func() (int, error)) (*process, error) {
	bin, err := findBinary()
	if err != nil {
		return nil, err
	}
	return newProcessOf(bin, opts, choosePort)
}

func newProcessOf(bin binary, opts ServerOptions, choosePort func() (int, error)) (*process, error) {
	// Not t.TempDir: the path of a unix socket must stay below about 100 bytes.
	dir, err := os.MkdirTemp("", "redpoll")
	if err == nil && len(dir) > 80 {
		_ = os.Remove(dir)
		dir, err = os.MkdirTemp("/tmp", "redpoll")
	}
	if err != nil {
		return nil, err
	}
	p := &process{bin: bin, opts: opts, dir: dir, socket: filepath.Join(dir, "s"), controlPassword: rand.Text()}
	if opts.TLS {
		if p.certs, err = newCertificates(dir, opts.TLSNames); err != nil {
			p.destroy()
			return nil, err
		}
	}
	if err := p.startOnFreePorts(choosePort); err != nil {
		err = fmt.Errorf("%w\n%s", err, p.log())
		p.destroy()
		return nil, err
	}
	return p, nil
}

// startOnFreePorts starts the server, with other ports when somebody else was
// quicker to take those that were free a moment ago.
func (p *process) startOnFreePorts(choosePort func() (int, error)) error {
	var err error
	for range 10 {
		p.returnPorts()
		if !p.opts.NoTCP {
			if p.port, err = choosePort(); err != nil {
				return err
			}
		}
		if p.opts.TLS {
			if p.tlsPort, err = choosePort(); err != nil {
				return err
			}
		}
		if err = p.start(); !p.lostPort(err) {
			return err
		}
	}
	return err
}

// errEnded says that the server ended before it answered.
var errEnded = errors.New("the server ended at once")

// lostPort reports whether err of start means that somebody else has one of the ports.
func (p *process) lostPort(err error) bool {
	return errors.Is(err, errEnded) && bytes.Contains(p.log(), []byte("in use"))
}

// restart kills the server if it runs and starts it on the same ports.
func (p *process) restart() error {
	if err := p.kill(); err != nil {
		return err
	}
	var err error
	for range 10 {
		// Whoever looks for a free port may hold ours for a moment.
		if err = p.start(); !p.lostPort(err) {
			return err
		}
	}
	return err
}

func (p *process) returnPorts() {
	returnPort(p.port)
	returnPort(p.tlsPort)
	p.port, p.tlsPort = 0, 0
}

// start runs the server and waits until it answers.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := os.WriteFile(p.configFile(), []byte(p.config()), 0o600); err != nil {
		return err
	}
	log, err := os.OpenFile(p.logFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	// A killed server leaves its socket file. Without it, an answer on
	// the socket can only come from the new process.
	if err := os.Remove(p.socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	cmd := exec.Command(p.bin.path, p.configFile())
	cmd.Dir = p.dir
	cmd.Stdout, cmd.Stderr = log, log
	ended, err := startChild(cmd)
	if err != nil {
		return err
	}
	exited := make(chan struct{})
	p.cmd, p.exited, p.wanted = cmd, exited, true
	go awaitExit(cmd, ended, exited)
	if err := p.awaitReady(); err != nil {
		_ = p.end(syscall.SIGKILL)
		return err
	}
	return nil
}

// awaitExit collects the process when it ends.
func awaitExit(cmd *exec.Cmd, ended func(), exited chan<- struct{}) {
	_ = cmd.Wait() // whether its end was wanted is known to process
	ended()
	close(exited)
}

// awaitReady asks on the unix socket. It lies in a folder of our own, so the answer
// cannot come from another server that took the TCP port first; and it is
// served only after all ports are bound.
func (p *process) awaitReady() error {
	var last error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		select {
		case <-p.exited:
			return errEnded
		default:
		}
		c, err := p.dialControl(false)
		if err != nil {
			last = err
			continue
		}
		reply, err := c.roundTrip("PING")
		if err == nil && reply == "PONG" {
			err = p.checkProcess(c)
			_ = c.Close()
			return err
		}
		_ = c.Close()
		last = fmt.Errorf("PING: %v %w", reply, err)
	}
	return fmt.Errorf("the server does not answer after %v: %w", patience, last)
}

// checkProcess refuses a server that is not the process which was started, but a child of it: signals would not reach it, and
// it would outlive the tests.
func (p *process) checkProcess(c *Conn) error {
	reply, err := c.roundTrip("INFO", "server")
	if err != nil {
		return err
	}
	_, id, _ := strings.Cut(fmt.Sprint(reply), "\nprocess_id:")
	id, _, _ = strings.Cut(id, "\r")
	if id == strconv.Itoa(p.cmd.Process.Pid) {
		return nil
	}
	_, _ = c.roundTrip("SHUTDOWN", "NOSAVE") // its answer is the end of the connection
	return fmt.Errorf("%s started the server as a process of its own, %s, and would leave it behind: "+
		"a wrapper has to become the server, in a shell by exec", p.bin.path, id)
}

// dialControl opens a connection with all rights, for the fixture itself.
func (p *process) dialControl(tcp bool) (*Conn, error) {
	network, addr := "unix", p.socket
	if tcp && p.port != 0 {
		network, addr = "tcp", loopback(p.port)
	}
	nc, err := net.DialTimeout(network, addr, patience)
	if err != nil {
		return nil, err
	}
	c := WrapConn(nc)
	var auth []string
	switch {
	case p.opts.ownDefaultUser():
		auth = []string{"AUTH", controlUser, p.controlPassword}
	case p.opts.Password != "":
		auth = []string{"AUTH", p.opts.Password}
	default:
		return c, nil
	}
	reply, err := c.roundTrip(auth...)
	if e, ok := reply.(Error); ok {
		err = e
	}
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// end sends the signal and waits until the process is gone. p.mu is held.
func (p *process) end(sig syscall.Signal) error {
	p.wanted = false
	if p.exited == nil {
		return nil
	}
	select {
	case <-p.exited:
		return nil
	default:
	}
	if sig != syscall.SIGKILL {
		_ = resume(p.cmd.Process) // a stopped process would not see the signal
	}
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.exited:
		return nil
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		return fmt.Errorf("the server did not end within %v of %v", patience, sig)
	}
}

func (p *process) kill() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.end(syscall.SIGKILL)
}

func (p *process) stop() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.end(syscall.SIGTERM)
}

func (p *process) signal(f func(*os.Process) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.exited == nil || !p.wanted {
		return errors.New("the server is not running")
	}
	return f(p.cmd.Process)
}

// crashed reports whether the server ended although nobody asked it to.
func (p *process) crashed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.wanted {
		return false
	}
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// destroy kills the server and removes all it had.
func (p *process) destroy() {
	_ = p.kill() // nothing is left to be done about a process that survives SIGKILL
	p.returnPorts()
	_ = os.RemoveAll(p.dir)
}

func (p *process) logFile() string { return filepath.Join(p.dir, "log") }

// log gives the last part of what the server has printed.
func (p *process) log() []byte {
	text, err := os.ReadFile(p.logFile())
	if err != nil {
		return []byte(err.Error())
	}
	const most = 16 << 10
	if len(text) > most {
		text = text[len(text)-most:]
	}
	return []byte("server log:\n" + strings.TrimSpace(string(text)))
}
