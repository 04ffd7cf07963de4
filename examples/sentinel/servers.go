package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/examples/internal/load"
)

// servers are a primary, two replicas and three Sentinels, each a process of its own, the primary first.
type servers struct {
	*load.Servers
	sentinels []string // addresses
}

func startServers(ctx context.Context) (s *servers, err error) {
	own, err := load.NewServers()
	if err != nil {
		return nil, fmt.Errorf("%w; or set SENTINEL_URL", err)
	}
	s = &servers{Servers: own}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	primary := ""
	for i := range 6 {
		port, err := load.FreePort()
		if err != nil {
			return nil, err
		}
		config, args := "", []string(nil)
		switch {
		case i == 0:
			primary = port
			config = "save \"\"\n"
		case i < 3:
			config = "save \"\"\nreplicaof 127.0.0.1 " + primary + "\ndbfilename " + port + ".rdb\n"
		default:
			config = "sentinel monitor mymaster 127.0.0.1 " + primary + " 2\n" +
				"sentinel down-after-milliseconds mymaster 1000\nsentinel failover-timeout mymaster 3000\n"
			args = []string{"--sentinel"}
			s.sentinels = append(s.sentinels, "127.0.0.1:"+port)
		}
		if err := s.Start(ctx, port, config, args...); err != nil {
			return nil, err
		}
	}
	return s, s.awaitReady(ctx)
}

// awaitReady waits until each Sentinel knows the others and the replicas.
func (s *servers) awaitReady(ctx context.Context) error {
	for _, addr := range s.sentinels {
		rdb, err := redpoll.New(redpoll.Options{Addr: addr})
		if err != nil {
			return err
		}
		defer rdb.Close()
		err = load.Await(ctx, "the Sentinel at "+addr+" is not ready", func(ctx context.Context) error {
			state, err := rdb.SentinelMaster(ctx, "mymaster")
			if err == nil && (state.NumReplicas != 2 || state.NumOtherSentinels != 2) {
				err = errors.New("it does not know all others")
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *servers) url() string {
	return "redis+sentinel://" + strings.Join(s.sentinels, ",") + "/mymaster/0"
}
