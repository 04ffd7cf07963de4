package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Servers are processes of redis-server, or valkey-server, with files in a directory of their own.
type Servers struct {
	dir, program string
	processes    []*exec.Cmd
}

// NewServers looks for the program.
func NewServers() (*Servers, error) {
	s := new(Servers)
	for _, name := range []string{"redis-server", "valkey-server"} {
		var err error
		if s.program, err = exec.LookPath(name); err != nil {
			continue
		}
		s.dir, err = os.MkdirTemp("", "redpoll-example")
		return s, err
	}
	return nil, errors.New("neither redis-server nor valkey-server is installed")
}

// Start starts a server on a port, with lines for its configuration.
func (s *Servers) Start(ctx context.Context, port, config string, args ...string) error {
	config = fmt.Sprintf("port %s\nbind 127.0.0.1\ndir %s\n%s", port, s.dir, config)
	file := filepath.Join(s.dir, port+".conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return err
	}
	process := exec.CommandContext(ctx, s.program, append([]string{file}, args...)...)
	if err := process.Start(); err != nil {
		return err
	}
	s.processes = append(s.processes, process)
	return nil
}

// Kill kills a server, by its place in the order in which they were started.
func (s *Servers) Kill(i int) error { return s.processes[i].Process.Kill() }

// Close kills all of them.
func (s *Servers) Close() {
	for _, process := range s.processes {
		_ = process.Process.Kill()
		_ = process.Wait()
	}
	_ = os.RemoveAll(s.dir)
}

// FreePort returns a port on which nobody listens.
func FreePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// Await asks again until ready gives no error.
func Await(ctx context.Context, what string, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, errors.Join(ctx.Err(), err))
		case <-time.After(100 * time.Millisecond):
		}
	}
}
