// Package large_test is about values of 64 KiB and more.
package large_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// client returns a client with an empty database on the server that the tests share.
func client(t testing.TB, o redpoll.Options) *redpoll.Client {
	t.Helper()
	srv := redpolltest.Shared(t)
	o.Addr, o.DB = srv.Addr(), srv.DB
	rdb, err := redpoll.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// noise returns bytes in which a missing or misplaced part can be noticed.
func noise(n int, seed uint64) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	_, _ = r.Read(b)
	return b
}

var sizes = []int{
	1 << 10, 20_000, 64<<10 - 1, 64 << 10, 64<<10 + 1, 128 << 10, 160 << 10, 200_000, 1 << 20, 5 << 20,
	16<<20 + 3,
}

// Values of any size are read as they were written, as string and as bytes. The sizes are around the limits
// of the client.
func TestValuesOfEachSize(t *testing.T) {
	t.Parallel()
	for _, encoding := range []string{"RESP3", "RESP2", "TLS"} {
		var rdb *redpoll.Client
		if encoding == "TLS" {
			srv := redpolltest.Start(t, redpolltest.ServerOptions{TLS: true})
			rdb = clients.New(t, redpoll.Options{Addr: srv.TLSAddr(), TLS: srv.ClientTLS()})
		} else {
			rdb = client(t, redpoll.Options{Protocol: map[string]int{"RESP2": 2, "RESP3": 3}[encoding]})
		}
		ctx := t.Context()
		for _, n := range sizes {
			want := noise(n, uint64(n))
			for name, value := range map[string]any{"string": string(want), "bytes": want} {
				if err := rdb.Set(ctx, "k", value); err != nil {
					t.Fatalf("%s: SET of %d as %s: %v", encoding, n, name, err)
				}
				if got, err := rdb.StrLen(ctx, "k"); err != nil || got != int64(n) {
					t.Errorf("%s: %d bytes as %s arrived as %d, %v", encoding, n, name, got, err)
				}
				got, err := rdb.GetBytes(ctx, "k")
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s: GET of %d bytes: %d bytes, equal %v, %v",
						encoding, n, len(got), bytes.Equal(got, want), err)
				}
				text, err := rdb.Get(ctx, "k")
				if err != nil || text != string(want) {
					t.Errorf("%s: GET of %d bytes as text: %d bytes, %v", encoding, n, len(text), err)
				}
			}
		}
	}
}

// Large arguments can be sent and read in each way.
func TestLargeArguments(t *testing.T) {
	t.Parallel()
	rdb := client(t, redpoll.Options{})
	ctx := t.Context()
	a, b, c := noise(100_000, 1), string(noise(1<<20, 2)), noise(64<<10, 3)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(rdb.MSet(ctx, "m1", a, "m2", "small", "m3", b, "m4", c))
	list, err := rdb.MGet(ctx, "m1", "m2", "m3", "m4")
	must(err)
	if list[0].V != string(a) || list[1].V != "small" || list[2].V != b || list[3].V != string(c) {
		t.Error("MSET and MGET: the values have changed")
	}
	_, err = rdb.HSet(ctx, "h", "f1", b, "f2", 7, "f3", a)
	must(err)
	hash, err := rdb.HGetAll(ctx, "h")
	must(err)
	if hash["f1"] != b || hash["f2"] != "7" || hash["f3"] != string(a) {
		t.Error("HSET and HGETALL: the values have changed")
	}
	_, err = rdb.RPush(ctx, "l", a, "x", b)
	must(err)
	elements, err := rdb.LRange(ctx, "l", 0, -1)
	must(err)
	if len(elements) != 3 || elements[0] != string(a) || elements[2] != b {
		t.Error("RPUSH and LRANGE: the values have changed")
	}
	_, err = rdb.Append(ctx, "m1", b)
	must(err)
	if got, err := rdb.Get(ctx, "m1"); err != nil || got != string(a)+b {
		t.Errorf("APPEND: %d bytes, %v", len(got), err)
	}
	v, err := rdb.Do(ctx, "SET", "d", b)
	must(err)
	if got, err := rdb.Get(ctx, "d"); err != nil || got != b {
		t.Errorf("Do: %v, %d bytes, %v", v, len(got), err)
	}
	script := rdb.RegisterScript(
		"redis.call('SET', KEYS[1], ARGV[1]) return {ARGV[2], redis.call('GET', KEYS[1])}")
	res, err := script.Run(ctx, []string{"s"}, b, a)
	must(err)
	if parts, err := res.Strings(); err != nil || len(parts) != 2 || parts[0] != string(a) || parts[1] != b {
		t.Errorf("a script gives %d parts, %v", len(parts), err)
	}
}

// In a pipeline, large commands can stand between small ones, and a []byte may be changed as soon as its
// command is queued.
func TestLargeInPipelines(t *testing.T) {
	t.Parallel()
	rdb := client(t, redpoll.Options{})
	ctx := t.Context()
	for _, opts := range [][]redpoll.PipelineOption{nil, {redpoll.NoTransaction}} {
		p := rdb.Pipeline(opts...)
		var want []string
		var got []*redpoll.Reply[string]
		buf := make([]byte, 300_000)
		for i := range 20 {
			key := fmt.Sprintf("p%d", i)
			copy(buf, noise(len(buf), uint64(i)))
			value := buf[:[]int{5, 64 << 10, 300_000, 64<<10 - 1}[i%4]]
			want = append(want, string(value))
			if i%2 == 0 {
				p.Set(key, value)
			} else {
				p.MSet(key, string(value), key+"x", i, key+"y", value)
			}
			got = append(got, p.Get(key))
			clear(buf)
		}
		if err := p.Exec(ctx); err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if text, err := got[i].Val(), got[i].Err(); err != nil || text != want[i] {
				t.Errorf("command %d: %d bytes, want %d, %v", i, len(text), len(want[i]), err)
			}
		}
	}
}

// If the server or the client refuses a large command, the replies behind it stay in order.
func TestLargeRefused(t *testing.T) {
	t.Parallel()
	rdb := client(t, redpoll.Options{})
	ctx := t.Context()
	large := strings.Repeat("x", 1<<20)
	if err := rdb.Set(ctx, "s", "text"); err != nil {
		t.Fatal(err)
	}
	if _, err := rdb.LPush(ctx, "s", large); redpoll.OutcomeOf(err) != redpoll.Refused {
		t.Errorf("LPUSH to a string: %v", err)
	}
	p := rdb.Pipeline(redpoll.NoTransaction, redpoll.CollectErrors)
	a, b, c := p.Set("a", large), p.LPush("s", large), p.Get("a")
	if err := p.Exec(ctx); err != nil {
		t.Fatal(err)
	}
	if a.Err() != nil || redpoll.OutcomeOf(b.Err()) != redpoll.Refused || c.Val() != large {
		t.Errorf("in a pipeline: %v, %v, %d bytes", a.Err(), b.Err(), len(c.Val()))
	}
	q := rdb.Pipeline()
	q.Set("a", large)
	q.Set("b", struct{}{}) // this command is removed from the pipeline
	if err := q.Exec(ctx); redpoll.OutcomeOf(err) != redpoll.NotSent {
		t.Errorf("a pipeline with a fault: %v", err)
	}
	q.Set("c", large)
	if err := q.Exec(ctx); err != nil {
		t.Error(err)
	}
	if got, err := rdb.Get(ctx, "c"); err != nil || got != large {
		t.Errorf("behind it: %d bytes, %v", len(got), err)
	}
}
