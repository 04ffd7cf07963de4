package main

import (
	"context"
	"errors"

	"github.com/gomodule/redigo/redis"
)

type redigoClient struct{ pool *redis.Pool }

// openRedigo limits the pool and lets callers wait. By default redigo keeps no idle connection at all, so
// connecting would be measured.
func openRedigo(s setting) (client, error) {
	return redigoClient{&redis.Pool{
		MaxActive: s.conns,
		MaxIdle:   s.conns,
		Wait:      true,
		DialContext: func(ctx context.Context) (redis.Conn, error) {
			return redis.DialContext(ctx, "tcp", s.addr, redis.DialUseTLS(s.tls != nil),
				redis.DialTLSConfig(s.tls))
		},
	}}, nil
}

// do takes a connection for one command. If redigo gets a context, it starts a goroutine per call. So a
// context that cannot be cancelled is not handed on; redigo's users do the same.
func (r redigoClient) do(ctx context.Context, name string, args ...any) (reply any, err error) {
	conn, err := r.pool.GetContext(ctx)
	if err != nil {
		return nil, err
	}
	if ctx.Done() == nil {
		reply, err = conn.Do(name, args...)
	} else {
		reply, err = redis.DoContext(conn, ctx, name, args...)
	}
	return reply, errors.Join(err, conn.Close())
}

func (r redigoClient) get(ctx context.Context, key string) (string, error) {
	return redis.String(r.do(ctx, "GET", key))
}

func (r redigoClient) set(ctx context.Context, key, value string) error {
	_, err := r.do(ctx, "SET", key, value)
	return err
}

func (r redigoClient) getBytes(ctx context.Context, key string) ([]byte, error) {
	return redis.Bytes(r.do(ctx, "GET", key))
}

func (r redigoClient) setBytes(ctx context.Context, key string, value []byte) error {
	_, err := r.do(ctx, "SET", key, value)
	return err
}

func (r redigoClient) incr(ctx context.Context, key string) (int64, error) {
	return redis.Int64(r.do(ctx, "INCR", key))
}

func (r redigoClient) mget(ctx context.Context, keys []string) (int, error) {
	vs, err := redis.Strings(r.do(ctx, "MGET", redis.Args{}.AddFlat(keys)...))
	return len(vs), err
}

func (r redigoClient) hgetall(ctx context.Context, key string) (map[string]string, error) {
	return redis.StringMap(r.do(ctx, "HGETALL", key))
}

func (r redigoClient) lrange(ctx context.Context, key string, start, stop int64) (int, error) {
	vs, err := redis.Strings(r.do(ctx, "LRANGE", key, start, stop))
	return len(vs), err
}

func (r redigoClient) zrange(ctx context.Context, key string, start, stop int64) (int, error) {
	reply, err := redis.Values(r.do(ctx, "ZRANGE", key, start, stop, "WITHSCORES"))
	if err != nil {
		return 0, err
	}
	var zs []struct {
		Member string
		Score  float64
	}
	err = redis.ScanSlice(reply, &zs)
	return len(zs), err
}

func (r redigoClient) pipeline(ctx context.Context, keys []string, value string) (n int, err error) {
	conn, err := r.pool.GetContext(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	for _, key := range keys {
		if err := conn.Send("SET", key, value); err != nil {
			return 0, err
		}
	}
	if err := conn.Flush(); err != nil {
		return 0, err
	}
	for n < len(keys) {
		if _, err := conn.Receive(); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (r redigoClient) transaction(ctx context.Context, keys []string, value string) (n int, err error) {
	conn, err := r.pool.GetContext(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := conn.Send("MULTI"); err != nil {
		return 0, err
	}
	for _, key := range keys {
		if err := conn.Send("SET", key, value); err != nil {
			return 0, err
		}
	}
	replies, err := redis.Values(conn.Do("EXEC"))
	return len(replies), err
}

func (r redigoClient) close() error { return r.pool.Close() }
