package main

import (
	"context"

	"github.com/redpoll-go/redpoll"
)

type redpollClient struct{ c *redpoll.Client }

func openRedpoll(s setting) (client, error) {
	return newRedpoll(redpoll.Options{Addr: s.addr, TLS: s.tls})
}

func openRedpollSpin(s setting) (client, error) {
	return newRedpoll(redpoll.Options{Addr: s.addr, TLS: s.tls, Spin: s.spin})
}

func newRedpoll(o redpoll.Options) (client, error) {
	c, err := redpoll.New(o)
	if err != nil {
		return nil, err
	}
	return redpollClient{c}, nil
}

func (r redpollClient) get(ctx context.Context, key string) (string, error) {
	return r.c.Get(ctx, key)
}

func (r redpollClient) set(ctx context.Context, key, value string) error {
	return r.c.Set(ctx, key, value)
}

func (r redpollClient) getBytes(ctx context.Context, key string) ([]byte, error) {
	return r.c.GetBytes(ctx, key)
}

func (r redpollClient) setBytes(ctx context.Context, key string, value []byte) error {
	return r.c.Set(ctx, key, value)
}

func (r redpollClient) incr(ctx context.Context, key string) (int64, error) {
	return r.c.Incr(ctx, key)
}

func (r redpollClient) mget(ctx context.Context, keys []string) (int, error) {
	vs, err := r.c.MGet(ctx, keys...)
	return len(vs), err
}

func (r redpollClient) hgetall(ctx context.Context, key string) (map[string]string, error) {
	return r.c.HGetAll(ctx, key)
}

func (r redpollClient) lrange(ctx context.Context, key string, start, stop int64) (int, error) {
	vs, err := r.c.LRange(ctx, key, start, stop)
	return len(vs), err
}

func (r redpollClient) zrange(ctx context.Context, key string, start, stop int64) (int, error) {
	zs, err := r.c.ZRangeWithScores(ctx, key, start, stop)
	return len(zs), err
}

func (r redpollClient) pipeline(ctx context.Context, keys []string, value string) (int, error) {
	return setAll(ctx, r.c.Pipeline(redpoll.NoTransaction), keys, value)
}

func (r redpollClient) transaction(ctx context.Context, keys []string, value string) (int, error) {
	return setAll(ctx, r.c.Pipeline(), keys, value)
}

func setAll(ctx context.Context, pipe *redpoll.Pipeline, keys []string, value string) (int, error) {
	for _, key := range keys {
		pipe.Set(key, value)
	}
	n := pipe.Len()
	return n, pipe.Exec(ctx) // Exec returns the first error of a command
}

func (r redpollClient) close() error { return r.c.Close() }
