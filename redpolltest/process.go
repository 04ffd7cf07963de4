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

// patience bounds every wait of this package for an event that takes milliseconds on a healthy machine. No
// test depends on its value.
const patience = 30 * time.Second

// process is one server program with its folder, ports and certificates. It reports errors; [Server] turns
// them into test failures.
type process struct {
	spec
	bin             binary
	dir             string
	socket          string
	port, tlsPort   int // 0 for a closed port
	busPort         int // of the cluster's bus; 0 outside of a cluster
	certs           *Certificates
	controlPassword string

	mu     sync.Mutex // held over start, kill and stop
	cmd    *exec.Cmd
	exited chan struct{} // closed when cmd has ended; nil before the first start
	wanted bool          // the server should be running: its end is a crash
	paused bool
	again  bool // it has run before, and has kept what it must remember in its configuration
}

// spec says which server a process is. The zero value is that of [ServerOptions].
type spec struct {
	opts ServerOptions

	// sentinel runs the program as a Sentinel. Of opts it has the password, TLS and Config.
	sentinel bool

	// bus takes a port for the bus of a cluster.
	bus bool

	// group is the group that the server belongs to. Its members share certificates and the password of
	// controlUser. nil if there is none.
	group *group

	// lines returns the lines of the configuration that depend on the ports. It is called after the ports
	// have been chosen, which can be repeated. nil if there are none.
	lines func(*process) []string

	// ready prepares a server that has just been started. nil if there is nothing to prepare.
	ready func(*Conn) error
}

// kind names the program in messages.
func (s *spec) kind() string {
	if s.sentinel {
		return "Sentinel"
	}
	return "server"
}

// newProcess finds the program, makes the folder and starts the server.
func newProcess(s spec) (*process, error) {
	return newProcessWith(s, takePort)
}

func newProcessWith(s spec, choosePort func() (int, error)) (*process, error) {
	bin, err := findBinary()
	if err != nil {
		return nil, err
	}
	return newProcessOf(bin, s, choosePort)
}

func newProcessOf(bin binary, s spec, choosePort func() (int, error)) (*process, error) {
	// t.TempDir is too long: the path of a unix socket must stay below about 100 bytes.
	dir, err := os.MkdirTemp("", "redpoll")
	if err == nil && len(dir) > 80 {
		_ = os.Remove(dir)
		dir, err = os.MkdirTemp("/tmp", "redpoll")
	}
	if err != nil {
		return nil, err
	}
	p := &process{spec: s, bin: bin, dir: dir, socket: filepath.Join(dir, "s"), controlPassword: rand.Text()}
	if s.group != nil {
		p.certs, p.controlPassword = s.group.certs, s.group.controlPassword
	} else if s.opts.TLS {
		if p.certs, err = newCertificates(dir, s.opts.TLSNames); err != nil {
			p.destroy()
			return nil, err
		}
	}
	if err := p.startOnFreePorts(choosePort, p.config); err != nil {
		err = fmt.Errorf("%w\n%s", err, p.tail())
		p.destroy()
		return nil, err
	}
	return p, nil
}

// startOnFreePorts starts the server with the configuration that config returns, and tries other ports if
// another process has just taken the free ones.
func (p *process) startOnFreePorts(choosePort func() (int, error), config func() string) error {
	for range 10 {
		p.returnPorts()
		for _, port := range []struct {
			number *int
			open   bool
		}{{&p.port, !p.opts.NoTCP}, {&p.tlsPort, p.opts.TLS}, {&p.busPort, p.bus}} {
			if !port.open {
				continue
			}
			var err error
			if *port.number, err = choosePort(); err != nil {
				return err
			}
		}
		if err := p.writeConfig(config()); err != nil {
			return err
		}
		err := p.start()
		if !p.lostPort(err) {
			return err
		}
	}
	return errors.New("each free port was taken by another process")
}

// errEnded says that the server ended before it answered.
var errEnded = errors.New("the server ended at once")

// lostPort reports whether start failed because another process has one of the ports.
func (p *process) lostPort(err error) bool {
	return errors.Is(err, errEnded) && bytes.Contains(p.log(), []byte("in use"))
}

// restart kills the server if it runs and starts it on the same ports, with the configuration that the server
// itself may have written meanwhile.
func (p *process) restart() error {
	if err := p.kill(); err != nil {
		return err
	}
	var err error
	p.again = true
	if p.sentinel {
		if err = p.writeConfig(p.reconfig(p.kept())); err != nil {
			return err
		}
	}
	for range 10 {
		// Another process that looks for a free port may hold this one for a moment.
		if err = p.start(); !p.lostPort(err) {
			return err
		}
	}
	return err
}

// move kills the server if it runs and starts it on other ports.
func (p *process) move() error {
	if err := p.kill(); err != nil {
		return err
	}
	kept := p.kept()
	// The old ports go back after new ones are taken: the new address must be another one.
	old := []int{p.port, p.tlsPort, p.busPort}
	p.port, p.tlsPort, p.busPort = 0, 0, 0
	p.again = true
	defer func() {
		for _, port := range old {
			returnPort(port)
		}
	}()
	return p.startOnFreePorts(takePort, func() string { return p.reconfig(kept) })
}

func (p *process) returnPorts() {
	returnPort(p.port)
	returnPort(p.tlsPort)
	returnPort(p.busPort)
	p.port, p.tlsPort, p.busPort = 0, 0, 0
}

// start runs the server and waits until it answers.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	log, err := os.OpenFile(p.logFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	// A killed server leaves its socket file. Without this file, an answer on the socket can only come from
	// the new process.
	if err := os.Remove(p.socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	cmd := exec.Command(p.bin.path, p.configFile())
	if p.sentinel {
		cmd.Args = append(cmd.Args, "--sentinel")
	}
	cmd.Dir = p.dir
	cmd.Stdout, cmd.Stderr = log, log
	ended, err := startChild(cmd)
	if err != nil {
		return err
	}
	exited := make(chan struct{})
	p.cmd, p.exited, p.wanted, p.paused = cmd, exited, true, false
	go awaitExit(cmd, ended, exited)
	if err := p.awaitReady(); err != nil {
		_ = p.end(syscall.SIGKILL)
		return err
	}
	return nil
}

// awaitExit waits for the end of the process.
func awaitExit(cmd *exec.Cmd, ended func(), exited chan<- struct{}) {
	_ = cmd.Wait() // process knows whether the end was wanted
	ended()
	close(exited)
}

// awaitReady asks on the unix socket. The socket is in a folder of this package, so the answer cannot come
// from another server on the same TCP port. The server answers there only after it has bound all ports.
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
			if err == nil && p.ready != nil {
				err = p.ready(c)
			}
			_ = c.Close()
			return err
		}
		_ = c.Close()
		last = fmt.Errorf("PING: %v %w", reply, err)
	}
	return fmt.Errorf("the server does not answer after %v: %w", patience, last)
}

// checkProcess refuses a server that is not the started process itself but a child of it: signals would not
// reach it, and it would outlive the tests.
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
	_, _ = c.roundTrip("SHUTDOWN", "NOSAVE") // the end of the connection is the answer
	return fmt.Errorf("%s started the server as a process of its own, %s, and would leave it behind: "+
		"a wrapper has to become the server, in a shell by exec", p.bin.path, id)
}

// dialControl opens a connection with all rights, for this package itself.
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

// end sends the signal and waits until the process has ended. p.mu is held.
func (p *process) end(sig syscall.Signal) error {
	p.wanted, p.paused = false, false
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

func (p *process) pause() error  { return p.signal(pause, true) }
func (p *process) resume() error { return p.signal(resume, false) }

func (p *process) signal(f func(*os.Process) error, paused bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.exited == nil || !p.wanted {
		return errors.New("the server is not running")
	}
	err := f(p.cmd.Process)
	if err == nil {
		p.paused = paused
	}
	return err
}

// answers reports whether the server should run and is not paused.
func (p *process) answers() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wanted && !p.paused
}

// crashed reports whether the server ended although it should run.
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

// destroy kills the server and removes its files.
func (p *process) destroy() {
	_ = p.kill() // nothing can be done about a process that survives SIGKILL
	p.returnPorts()
	_ = os.RemoveAll(p.dir)
}

func (p *process) logFile() string { return filepath.Join(p.dir, "log") }

// log returns the server's output.
func (p *process) log() []byte {
	text, err := os.ReadFile(p.logFile())
	if err != nil {
		return []byte(err.Error())
	}
	return bytes.TrimSpace(text)
}

// tail returns the last lines of the server's output, with a heading.
func (p *process) tail() string {
	const most = 20
	lines := strings.Split(string(p.log()), "\n")
	heading := "log"
	if len(lines) > most {
		lines, heading = lines[len(lines)-most:], fmt.Sprintf("last %d lines of the log", most)
	}
	return fmt.Sprintf("%s of the %s on port %d:\n%s", heading, p.kind(), max(p.port, p.tlsPort),
		strings.Join(lines, "\n"))
}
