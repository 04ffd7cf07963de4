package main

import (
	"context"
	"errors"

	goredis "github.com/redis/go-redis/v9"
)

type goredisClient struct {
	cmd   goredis.Cmdable
	owner *goredis.Client
	auto  *goredis.AutoPipeliner
}

func goredisOptions(s setting) *goredis.Options {
	return &goredis.Options{Addr: s.addr, TLSConfig: s.tls, PoolSize: s.conns}
}

func openGoredis(s setting) (client, error) {
	c := goredis.NewClient(goredisOptions(s))
	return &goredisClient{cmd: c, owner: c}, nil
}

func openGoredisAuto(s setting) (client, error) {
	c := goredis.NewClient(goredisOptions(s))
	auto, err := c.AutoPipeline()
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return &goredisClient{cmd: auto, owner: c, auto: auto}, nil
}

func (c *goredisClient) get(ctx context.Context, key string) (string, error) {
	return c.cmd.Get(ctx, key).Result()
}

func (c *goredisClient) set(ctx context.Context, key, value string) error {
	return c.cmd.Set(ctx, key, value, 0).Err()
}

func (c *goredisClient) getBytes(ctx context.Context, key string) ([]byte, error) {
	return c.cmd.Get(ctx, key).Bytes()
}

func (c *goredisClient) setBytes(ctx context.Context, key string, value []byte) error {
	return c.cmd.Set(ctx, key, value, 0).Err()
}

func (c *goredisClient) incr(ctx context.Context, key string) (int64, error) {
	return c.cmd.Incr(ctx, key).Result()
}

func (c *goredisClient) mget(ctx context.Context, keys []string) (int, error) {
	vs, err := c.cmd.MGet(ctx, keys...).Result()
	return len(vs), err
}

func (c *goredisClient) hgetall(ctx context.Context, key string) (map[string]string, error) {
	return c.cmd.HGetAll(ctx, key).Result()
}

func (c *goredisClient) lrange(ctx context.Context, key string, start, stop int64) (int, error) {
	vs, err := c.cmd.LRange(ctx, key, start, stop).Result()
	return len(vs), err
}

func (c *goredisClient) zrange(ctx context.Context, key string, start, stop int64) (int, error) {
	zs, err := c.cmd.ZRangeWithScores(ctx, key, start, stop).Result()
	return len(zs), err
}

func (c *goredisClient) pipeline(ctx context.Context, keys []string, value string) (int, error) {
	return execAll(ctx, c.owner.Pipeline(), keys, value)
}

func (c *goredisClient) transaction(ctx context.Context, keys []string, value string) (int, error) {
	return execAll(ctx, c.owner.TxPipeline(), keys, value)
}

func execAll(ctx context.Context, pipe goredis.Pipeliner, keys []string, value string) (int, error) {
	for _, key := range keys {
		pipe.Set(ctx, key, value, 0)
	}
	cmds, err := pipe.Exec(ctx) // Exec returns the first error of a command
	return len(cmds), err
}

func (c *goredisClient) close() error {
	if c.auto == nil {
		return c.owner.Close()
	}
	return errors.Join(c.auto.Close(), c.owner.Close())
}
