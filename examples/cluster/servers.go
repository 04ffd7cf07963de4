package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/examples/internal/load"
)

// slots is the number of slots of every cluster.
const slots = 16384

// servers are the nodes of a cluster, each a process of its own: three primaries, then their replicas.
type servers struct {
	*load.Servers
	ports []string
	ids   []string
	nodes []*redpoll.Client // one for each node
}

func startServers(ctx context.Context) (s *servers, err error) {
	own, err := load.NewServers()
	if err != nil {
		return nil, err
	}
	s = &servers{Servers: own}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	for range 6 {
		port, err := load.FreePort()
		if err != nil {
			return nil, err
		}
		bus, err := load.FreePort()
		if err != nil {
			return nil, err
		}
		config := "save \"\"\ncluster-enabled yes\ncluster-node-timeout 1000\ncluster-port " + bus +
			"\ncluster-config-file nodes-" + port + ".conf\ndbfilename " + port + ".rdb\n"
		if err := s.Start(ctx, port, config); err != nil {
			return nil, err
		}
		node, err := redpoll.New(redpoll.Options{Addr: "127.0.0.1:" + port})
		if err != nil {
			return nil, err
		}
		s.ports, s.nodes = append(s.ports, port), append(s.nodes, node)
		if err := s.join(ctx, bus); err != nil {
			return nil, err
		}
	}
	return s, s.share(ctx)
}

// join makes the newest node one of the cluster.
func (s *servers) join(ctx context.Context, bus string) error {
	node := s.nodes[len(s.nodes)-1]
	id, err := node.ClusterMyID(ctx) // waits until the server listens
	if err != nil {
		return err
	}
	s.ids = append(s.ids, id)
	port, err := strconv.ParseInt(s.ports[len(s.ports)-1], 10, 64)
	if err != nil {
		return err
	}
	busPort, err := strconv.ParseInt(bus, 10, 64)
	if err != nil {
		return err
	}
	return s.nodes[0].ClusterMeet(ctx, "127.0.0.1", port, redpoll.ClusterBusPort(busPort))
}

// share gives the slots to the first three nodes, and makes the others replicas.
func (s *servers) share(ctx context.Context) error {
	for i := range int64(3) {
		part := redpoll.SlotRange{Start: i * slots / 3, End: (i+1)*slots/3 - 1}
		if err := s.nodes[i].ClusterAddSlotsRange(ctx, part); err != nil {
			return err
		}
	}
	for i, replica := range s.nodes[3:] {
		err := load.Await(ctx, "a replica does not know its primary", func(ctx context.Context) error {
			return replica.ClusterReplicate(ctx, s.ids[i])
		})
		if err != nil {
			return err
		}
	}
	for _, node := range s.nodes {
		err := load.Await(ctx, "the cluster is not ready", func(ctx context.Context) error {
			info, err := node.ClusterInfo(ctx)
			if err == nil && (info.State != "ok" || info.KnownNodes != 6 || info.SlotsAssigned != slots) {
				err = errors.New("a node does not know all others, or their slots")
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// reshard moves slots from the first node to the second one, as redis-cli does. It returns their number.
func (s *servers) reshard(ctx context.Context) (moved int, err error) {
	const some = 1000
	from, to := s.nodes[0], s.nodes[1]
	port, err := strconv.ParseInt(s.ports[1], 10, 64)
	if err != nil {
		return 0, err
	}
	for slot := range int64(some) {
		if err := to.ClusterSetSlotImporting(ctx, slot, s.ids[0]); err != nil {
			return moved, err
		}
		if err := from.ClusterSetSlotMigrating(ctx, slot, s.ids[1]); err != nil {
			return moved, err
		}
		keys, err := from.ClusterGetKeysInSlot(ctx, slot, 100)
		if err != nil {
			return moved, err
		}
		if len(keys) > 0 {
			if _, err := from.Migrate(ctx, "127.0.0.1", port, keys, 0, 10*time.Second); err != nil {
				return moved, err
			}
		}
		for _, node := range []*redpoll.Client{to, from} { // the new owner first
			if err := node.ClusterSetSlotNode(ctx, slot, s.ids[1]); err != nil {
				return moved, err
			}
		}
		moved++
	}
	return moved, nil
}

func (s *servers) url() string {
	return "redis+cluster://127.0.0.1:" + strings.Join(s.ports[:3], ",127.0.0.1:")
}

// Close ends the clients and the processes.
func (s *servers) Close() {
	for _, node := range s.nodes {
		_ = node.Close()
	}
	s.Servers.Close()
}
