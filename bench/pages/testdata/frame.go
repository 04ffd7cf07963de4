// The frame of the program that runs the code of the pages: pages.go, which is generated, has the functions.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/legacy"
)

type (
	ofRedpoll = func(context.Context, *redpoll.Client, *redpoll.Client, *redpoll.Pipeline, *redpoll.Tx,
		*redpoll.Pool, *redpoll.Pool, redpoll.Callback, []byte, *legacy.Redis, *legacy.StrictRedis,
		func(...any)) error
	ofRedis = func(context.Context, *redis.Client, redis.Pipeliner, *redis.Tx, string, func(...any)) error
)

func main() {
	out := os.Stdout
	os.Stdout = os.Stderr // for pieces that print
	verdicts := make([]string, len(pieces))
	for i, p := range pieces {
		if p == nil {
			continue
		}
		if err := judge(os.Args[1], p); err != nil {
			verdicts[i] = err.Error()
		}
	}
	if err := json.NewEncoder(out).Encode(verdicts); err != nil {
		panic(err)
	}
}

// judge runs a piece with keys of one kind after the other, until a kind is not refused.
func judge(addr string, piece any) error {
	var err error
	for _, kind := range []string{"string", "list", "set", "zset", "stream", "none"} {
		if err = attempt(addr, kind, piece); !wrongKind(err) {
			return err
		}
	}
	return err
}

// wrongKind reports whether other values may help.
func wrongKind(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "WRONGTYPE") ||
		strings.Contains(err.Error(), "not an integer") || strings.Contains(err.Error(), "not a whole number") ||
		strings.Contains(err.Error(), "not a valid float") || strings.Contains(err.Error(), "into double") ||
		strings.Contains(err.Error(), "BUSYKEY") ||
		strings.Contains(err.Error(), "BUSYGROUP") || strings.Contains(err.Error(), "text of"))
}

func attempt(addr, kind string, piece any) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	rdb, err := redpoll.New(redpoll.Options{Addr: addr})
	if err != nil {
		return err
	}
	defer rdb.Close()
	dump, err := seed(ctx, rdb, kind)
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	var failed error
	see := func(values ...any) {
		for _, v := range values {
			if cmd, ok := v.(redis.Cmder); ok {
				v = cmd.Err()
			}
			if e, ok := v.(error); ok && !errors.Is(e, redpoll.Nil) && !errors.Is(e, redis.Nil) &&
				failed == nil {
				failed = e
			}
		}
	}
	switch f := piece.(type) {
	case ofRedpoll:
		err = redpolls(ctx, rdb, dump, f, see)
	case ofRedis:
		err = rediss(ctx, addr, string(dump), f, see)
	}
	see(err)
	return failed
}

func redpolls(ctx context.Context, rdb *redpoll.Client, dump []byte, f ofRedpoll, see func(...any)) error {
	pool, err := redpoll.NewPool(redpoll.Options{})
	if err != nil {
		return err
	}
	defer pool.Close()
	tx, err := rdb.Conn(ctx)
	if err != nil {
		return err
	}
	defer tx.Close()
	pipe := rdb.Pipeline()
	if err := f(ctx, rdb, rdb, pipe, tx, pool, pool, keep, dump, legacy.NewRedis(rdb),
		legacy.NewStrictRedis(rdb), see); err != nil {
		return err
	}
	return pipe.Exec(ctx)
}

// keep is a callback that leaves a reply unchanged.
func keep(v redpoll.Value, _ redpoll.CallbackOptions) (any, error) { return v, nil }

func rediss(ctx context.Context, addr, dump string, f ofRedis, see func(...any)) error {
	r := redis.NewClient(&redis.Options{Addr: addr})
	defer r.Close()
	if err := f(ctx, r, r.Pipeline(), nil, dump, see); err != nil {
		return err
	}
	return nil
}

// seed makes the database that the pages assume. The keys h, l, s, z, p and g have the kinds of their letters;
// if kind is stream, s is a stream. The keys a and b have the kind. If kind is none, the database is empty.
func seed(ctx context.Context, rdb *redpoll.Client, kind string) ([]byte, error) {
	pipe := rdb.Pipeline()
	pipe.FlushAll()
	pipe.Set("dumped", "v")
	dump := pipe.Dump("dumped")
	pipe.Del("dumped")
	if kind == "none" {
		err := pipe.Exec(ctx)
		return dump.Val(), err
	}
	pipe.Set("hits", 1)
	pipe.Set("n", 1)
	pipe.HSet("h", "f", 1, "g", 2)
	pipe.HSet("user:1", "name", "Ada", "age", 36)
	if kind == "list" {
		pipe.RPush("l", 1, 2, 3)
	} else {
		pipe.RPush("l", "p", "v", 1)
	}
	if kind == "stream" {
		pipe.XAdd("s", "1-1", []any{"f", "v"})
		pipe.XGroupCreate("s", "g", "0")
	} else {
		pipe.SAdd("s", 1, 2, 3)
	}
	pipe.GeoAdd("g", []redpoll.GeoLocation{{Member: "m", Longitude: 13, Latitude: 38},
		{Member: "n", Longitude: 15, Latitude: 37}})
	pipe.ScriptLoad("return ARGV[1]")
	pipe.ZAdd("z", []redpoll.Z{{Member: "m", Score: 1}, {Member: "n", Score: 2}})
	pipe.PFAdd("p", 1)
	pipe.PFAdd("q", 1)
	for _, key := range []string{"a", "b"} {
		switch kind {
		case "string":
			pipe.Set(key, "1")
		case "list":
			pipe.RPush(key, 1, 2)
		case "set":
			pipe.SAdd(key, 1, 2)
		case "zset":
			pipe.ZAdd(key, []redpoll.Z{{Member: "m", Score: 1}})
		case "stream":
			pipe.XAdd(key, "*", []any{"f", "v"})
		}
	}
	err := pipe.Exec(ctx)
	return dump.Val(), err
}
