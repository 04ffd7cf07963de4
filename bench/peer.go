package main

import (
	"context"
	"crypto/tls"
	"slices"
	"time"
)

// client is one open client library for the workloads. Each method does what a user of this library would
// write, and returns the plain Go value that the user wants, so no library is spared its own conversions.
type client interface {
	get(ctx context.Context, key string) (string, error)
	set(ctx context.Context, key, value string) error
	// getBytes and setBytes are for values that the caller has, or wants, as []byte.
	getBytes(ctx context.Context, key string) ([]byte, error)
	setBytes(ctx context.Context, key string, value []byte) error
	incr(ctx context.Context, key string) (int64, error)
	// mget, lrange and zrange return the number of elements in the reply; the elements themselves have been
	// decoded into the library's own slice.
	mget(ctx context.Context, keys []string) (int, error)
	hgetall(ctx context.Context, key string) (map[string]string, error)
	lrange(ctx context.Context, key string, start, stop int64) (int, error)
	zrange(ctx context.Context, key string, start, stop int64) (int, error)
	// pipeline sets all keys to value with commands that are sent together, and transaction does so between
	// MULTI and EXEC. They return the number of successful commands.
	pipeline(ctx context.Context, keys []string, value string) (int, error)
	transaction(ctx context.Context, keys []string, value string) (int, error)
	close() error
}

// setting has the settings that a peer may need to open its client.
type setting struct {
	addr string
	tls  *tls.Config // nil for plain connections
	// conns is the size of the pool of clients that use a connection per call. It is the same for all.
	conns int
	spin  time.Duration
}

// peer is one row of the comparison: a library with one configuration.
type peer struct {
	name string
	note string
	// module is the library's module path, for the versions in the header.
	module string
	open   func(setting) (client, error)
	// parallel marks peers that need more than one CPU.
	parallel bool
}

const (
	redpollModule = "github.com/redpoll-go/redpoll"
	goredisModule = "github.com/redis/go-redis/v9"
	rueidisModule = "github.com/redis/rueidis"
	redigoModule  = "github.com/gomodule/redigo"
)

// floorName is the row without a client: see floor.go.
const floorName = "floor"

// peers lists every row. The others are compared with the first one.
var peers = []peer{
	{name: "redpoll", module: redpollModule, open: openRedpoll,
		note: "default options"},
	{name: "redpoll-again", module: redpollModule, open: openRedpoll,
		note: "the same again: its ratio shows the noise"},
	{name: "redpoll-spin", module: redpollModule, open: openRedpollSpin, parallel: true,
		note: "Options.Spin set"},
	{name: "rueidis", module: rueidisModule, open: openRueidis,
		note: "default options"},
	{name: "rueidis-tuned", module: rueidisModule, open: openRueidisTuned,
		note: "one connection, MaxFlushDelay 20us"},
	{name: "goredis", module: goredisModule, open: openGoredis,
		note: "plain pool"},
	{name: "goredis-auto", module: goredisModule, open: openGoredisAuto,
		note: "AutoPipeline, default options"},
	{name: "redigo", module: redigoModule, open: openRedigo,
		note: "pool as large as go-redis' one"},
	{name: floorName,
		note: "no client: writes one prepared request per caller, scans the replies"},
}

// allPeers lists the rows of this program, including that of an older version if there is one.
func allPeers() []peer {
	return slices.Concat(peers, basePeers)
}
