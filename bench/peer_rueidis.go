package main

import (
	"context"
	"time"

	"github.com/redis/rueidis"
)

type rueidisClient struct{ c rueidis.Client }

// rueidisOptions says that the server is a single one. The other peers know this from their constructors. It
// saves a CLUSTER SLOTS at the start and changes nothing later.
func rueidisOptions(s setting) rueidis.ClientOption {
	return rueidis.ClientOption{InitAddress: []string{s.addr}, TLSConfig: s.tls, ForceSingleClient: true}
}

func openRueidis(s setting) (client, error) {
	return newRueidis(rueidisOptions(s))
}

// openRueidisTuned gathers requests in the way of rueidis: one connection (any negative PipelineMultiplex; 0
// means its default) whose writer pauses after each flush.
func openRueidisTuned(s setting) (client, error) {
	o := rueidisOptions(s)
	o.PipelineMultiplex = -1
	o.MaxFlushDelay = 20 * time.Microsecond
	return newRueidis(o)
}

func newRueidis(o rueidis.ClientOption) (client, error) {
	c, err := rueidis.NewClient(o)
	if err != nil {
		return nil, err
	}
	return rueidisClient{c}, nil
}

func (r rueidisClient) get(ctx context.Context, key string) (string, error) {
	return r.c.Do(ctx, r.c.B().Get().Key(key).Build()).ToString()
}

func (r rueidisClient) set(ctx context.Context, key, value string) error {
	return r.c.Do(ctx, r.c.B().Set().Key(key).Value(value).Build()).Error()
}

func (r rueidisClient) getBytes(ctx context.Context, key string) ([]byte, error) {
	return r.c.Do(ctx, r.c.B().Get().Key(key).Build()).AsBytes()
}

// setBytes uses BinaryString, which rueidis recommends for []byte: it does not copy.
func (r rueidisClient) setBytes(ctx context.Context, key string, value []byte) error {
	return r.c.Do(ctx, r.c.B().Set().Key(key).Value(rueidis.BinaryString(value)).Build()).Error()
}

func (r rueidisClient) incr(ctx context.Context, key string) (int64, error) {
	return r.c.Do(ctx, r.c.B().Incr().Key(key).Build()).AsInt64()
}

func (r rueidisClient) mget(ctx context.Context, keys []string) (int, error) {
	vs, err := r.c.Do(ctx, r.c.B().Mget().Key(keys...).Build()).AsStrSlice()
	return len(vs), err
}

func (r rueidisClient) hgetall(ctx context.Context, key string) (map[string]string, error) {
	return r.c.Do(ctx, r.c.B().Hgetall().Key(key).Build()).AsStrMap()
}

func (r rueidisClient) lrange(ctx context.Context, key string, start, stop int64) (int, error) {
	vs, err := r.c.Do(ctx, r.c.B().Lrange().Key(key).Start(start).Stop(stop).Build()).AsStrSlice()
	return len(vs), err
}

func (r rueidisClient) zrange(ctx context.Context, key string, start, stop int64) (int, error) {
	cmd := r.c.B().Zrange().Key(key).Min(indexes[start]).Max(indexes[stop]).Withscores().Build()
	zs, err := r.c.Do(ctx, cmd).AsZScores()
	return len(zs), err
}

func (r rueidisClient) pipeline(ctx context.Context, keys []string, value string) (int, error) {
	cmds := make(rueidis.Commands, 0, len(keys))
	for _, key := range keys {
		cmds = append(cmds, r.c.B().Set().Key(key).Value(value).Build())
	}
	n := 0
	for _, resp := range r.c.DoMulti(ctx, cmds...) {
		if err := resp.Error(); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (r rueidisClient) transaction(ctx context.Context, keys []string, value string) (int, error) {
	cmds := make(rueidis.Commands, 0, len(keys)+2)
	cmds = append(cmds, r.c.B().Multi().Build())
	for _, key := range keys {
		cmds = append(cmds, r.c.B().Set().Key(key).Value(value).Build())
	}
	cmds = append(cmds, r.c.B().Exec().Build())
	resps := r.c.DoMulti(ctx, cmds...)
	replies, err := resps[len(resps)-1].ToArray()
	if err != nil {
		return 0, err
	}
	for n := range replies {
		if err := replies[n].Error(); err != nil {
			return n, err
		}
	}
	return len(replies), nil
}

func (r rueidisClient) close() error {
	r.c.Close()
	return nil
}

// indexes has the texts of the two list positions in the workloads, because rueidis takes the bounds of
// ZRANGE as text. A user would write constants.
var indexes = map[int64]string{0: "0", -1: "-1"}
