package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll"
)

// servers are a primary, two replicas and three Sentinels, each a process of its own.
type servers struct {
	dir       string
	program   string
	processes []*exec.Cmd // the primary first
	sentinels []string    // addresses
}

func startServers(ctx context.Context) (s *servers, err error) {
	s = new(servers)
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.program, err = exec.LookPath("redis-server"); err != nil {
		if s.program, err = exec.LookPath("valkey-server"); err != nil {
			return nil, errors.New("neither redis-server nor valkey-server is installed; or set SENTINEL_URL")
		}
	}
	if s.dir, err = os.MkdirTemp("", "redpoll-sentinel"); err != nil {
		return nil, err
	}
	primary := ""
	for i := range 6 {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		config := fmt.Sprintf("port %s\nbind 127.0.0.1\ndir %s\n", port, s.dir)
		var args []string
		switch {
		case i == 0:
			primary = port
			config += "save \"\"\n"
		case i < 3:
			config += "save \"\"\nreplicaof 127.0.0.1 " + primary + "\ndbfilename " + port + ".rdb\n"
		default:
			config += "sentinel monitor mymaster 127.0.0.1 " + primary + " 2\n" +
				"sentinel down-after-milliseconds mymaster 1000\nsentinel failover-timeout mymaster 3000\n"
			args = []string{"--sentinel"}
			s.sentinels = append(s.sentinels, "127.0.0.1:"+port)
		}
		file := filepath.Join(s.dir, port+".conf")
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			return nil, err
		}
		process := exec.CommandContext(ctx, s.program, append([]string{file}, args...)...)
		if err := process.Start(); err != nil {
			return nil, err
		}
		s.processes = append(s.processes, process)
	}
	return s, s.awaitReady(ctx)
}

// awaitReady waits until each Sentinel knows the others and the replicas.
func (s *servers) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, addr := range s.sentinels {
		rdb, err := redpoll.New(redpoll.Options{Addr: addr})
		if err != nil {
			return err
		}
		defer rdb.Close()
		for {
			state, err := rdb.SentinelMaster(ctx, "mymaster")
			if err == nil && state.NumReplicas == 2 && state.NumOtherSentinels == 2 {
				break
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("the Sentinel at %s is not ready: %w", addr, errors.Join(ctx.Err(), err))
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
	return nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

func (s *servers) url() string {
	return "redis+sentinel://" + strings.Join(s.sentinels, ",") + "/mymaster/0"
}

func (s *servers) killPrimary() { _ = s.processes[0].Process.Kill() }

func (s *servers) close() {
	for _, process := range s.processes {
		_ = process.Process.Kill()
		_ = process.Wait()
	}
	_ = os.RemoveAll(s.dir)
}
