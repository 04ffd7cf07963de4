package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/redpoll-go/redpoll/redpolltest"
)

// server is a server process that lives as long as one placement's run.
type server struct {
	addr    string
	tlsAddr string // "" without TLS
	version string
	cmd     *exec.Cmd
	dir     string
	output  bytes.Buffer
	exited  chan struct{}
}

// serverBinary returns the program in REDPOLL_SERVER, or else redis-server.
func serverBinary() string {
	if s := os.Getenv("REDPOLL_SERVER"); s != "" {
		return s
	}
	return "redis-server"
}

// startServer starts the server on a free port, without persistence, and waits until it answers. With
// certificates it also listens on a second port, for TLS.
func startServer(cpus []int, certs *redpolltest.Certificates) (*server, error) {
	binary, err := exec.LookPath(serverBinary())
	if err != nil {
		return nil, fmt.Errorf("%w: install redis-server, or name a server binary in REDPOLL_SERVER", err)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "redpoll-bench-")
	if err != nil {
		return nil, err
	}
	s := &server{addr: localAddr(port), dir: dir, exited: make(chan struct{})}
	command := []string{binary, "--port", strconv.Itoa(port), "--bind", "127.0.0.1",
		"--save", "", "--appendonly", "no", "--dir", dir, "--loglevel", "warning"}
	if certs != nil {
		if port, err = freePort(); err != nil {
			return nil, errors.Join(err, os.RemoveAll(dir))
		}
		s.tlsAddr = localAddr(port)
		command = append(command, "--tls-port", strconv.Itoa(port), "--tls-auth-clients", "no",
			"--tls-cert-file", certs.ServerCertFile, "--tls-key-file", certs.ServerKeyFile,
			"--tls-ca-cert-file", certs.CAFile)
	}
	s.cmd, err = pinned(cpus, command...)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s.cmd.Stdout, s.cmd.Stderr = &s.output, &s.output
	if err := s.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	go func() {
		_ = s.cmd.Wait()
		close(s.exited)
	}()
	if err := s.awaitStart(); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func localAddr(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func (s *server) awaitStart() (err error) {
	for range 200 {
		if s.version, err = serverVersion(s.addr); err == nil {
			return nil
		}
		select {
		case <-s.exited:
			return fmt.Errorf("%s ended at once: %s", s.cmd.Path, s.output.String())
		case <-time.After(25 * time.Millisecond):
		}
	}
	return fmt.Errorf("%s does not answer at %s: %w", s.cmd.Path, s.addr, err)
}

// serverVersion returns the name and version of the server: Redis and its relatives have different names.
func serverVersion(addr string) (string, error) {
	w, err := dialWire(addr, nil)
	if err != nil {
		return "", err
	}
	defer w.close()
	info, err := w.do("INFO", "server")
	if err != nil {
		return "", err
	}
	for _, kind := range []string{"valkey", "redis"} {
		for line := range strings.Lines(info) {
			if v, ok := strings.CutPrefix(line, kind+"_version:"); ok {
				return kind + " " + strings.TrimSpace(v), nil
			}
		}
	}
	return "unknown", nil
}

// stop ends the server and removes its directory.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.exited:
	case <-time.After(5 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.exited
	}
	_ = os.RemoveAll(s.dir)
}
