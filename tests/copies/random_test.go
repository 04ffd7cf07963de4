package copies

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

var writes = flag.Int("copies.writes", 20_000, "number of random writes")

// rules are the rules of success that are tested, by name.
var rules = map[string]redpoll.Success{"all": redpoll.SuccessAll, "quorum": redpoll.SuccessQuorum}

// randomWrite does a write of a random kind on a random key.
func randomWrite(ctx context.Context, rdb *redpoll.Client, r *rand.Rand) error {
	key := func(kind string) string { return fmt.Sprintf("%s%d", kind, r.IntN(30)) }
	var err error
	n := r.IntN(100)
	switch r.IntN(20) {
	case 0:
		err = rdb.Set(ctx, key("s"), n)
	case 1:
		err = rdb.Set(ctx, key("s"), n, redpoll.EX(time.Hour))
	case 2:
		_, err = rdb.IncrBy(ctx, key("n"), int64(n))
	case 3:
		_, err = rdb.IncrByFloat(ctx, key("f"), float64(n)/7)
	case 4:
		_, err = rdb.Append(ctx, key("a"), "xy")
	case 5:
		_, err = rdb.LPush(ctx, key("l"), n, n+1)
	case 6:
		_, err = rdb.RPop(ctx, key("l"))
	case 7:
		_, err = rdb.LMove(ctx, key("l"), key("l"), redpoll.Left, redpoll.Right)
	case 8:
		_, err = rdb.SAdd(ctx, key("t"), n, n/2)
	case 9:
		_, err = rdb.SPop(ctx, key("t"))
	case 10:
		_, err = rdb.SUnionStore(ctx, key("t"), key("t"), key("t"))
	case 11:
		_, err = rdb.HSet(ctx, key("h"), n, n)
	case 12:
		_, err = rdb.HIncrByFloat(ctx, key("hf"), "f", float64(n)/3)
	case 13:
		_, err = rdb.ZAdd(ctx, key("z"), []redpoll.Z{{Score: float64(n), Member: fmt.Sprint(r.IntN(20))}})
	case 14:
		_, err = rdb.ZPopMin(ctx, key("z"))
	case 15:
		_, err = rdb.XAdd(ctx, key("x"), "*", []any{"n", n}, redpoll.MaxLenApprox(30))
	case 16:
		_, err = rdb.PFAdd(ctx, key("p"), n)
	case 17:
		_, err = rdb.SetBit(ctx, key("b"), int64(n), n%2)
	case 18:
		_, err = rdb.Del(ctx, key(string("snfalthzxpb"[r.IntN(11)])), key("h"))
	case 19:
		_, err = rdb.Expire(ctx, key(string("snfalthz"[r.IntN(8)])), time.Hour)
	}
	if errors.Is(err, redpoll.Nil) {
		return nil
	}
	return err
}

// many does random writes from 16 goroutines, and returns the number of errors.
func (f *fixture) many(ctx context.Context, n int) (failed int64) {
	var wait sync.WaitGroup
	var errs atomic.Int64
	var first sync.Once
	for g := range 16 {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 1))
			for range n / 16 {
				if err := randomWrite(ctx, f.rdb, r); err != nil {
					errs.Add(1)
					first.Do(func() { f.Logf("the first error: %v", err) })
				}
			}
		})
	}
	wait.Wait()
	return errs.Load()
}

// content is all that a server has, by key.
func content(srv *redpolltest.Server) map[string]string {
	all := make(map[string]string)
	for _, key := range srv.Do("KEYS", "*").([]any) {
		name := key.(string)
		kind := srv.Do("TYPE", name).(string)
		read := map[string][]string{
			"string": {"GET", name}, "list": {"LRANGE", name, "0", "-1"}, "set": {"SMEMBERS", name},
			"hash": {"HGETALL", name}, "zset": {"ZRANGE", name, "0", "-1", "WITHSCORES"},
			"stream": {"XRANGE", name, "-", "+"},
		}[kind]
		value := srv.Do(read...)
		if list, ok := value.([]any); ok && kind == "set" {
			slices.SortFunc(list, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
		}
		if list, ok := value.([]any); ok && kind == "hash" {
			var pairs []string
			for i := 0; i < len(list); i += 2 {
				pairs = append(pairs, fmt.Sprint(list[i], "=", list[i+1]))
			}
			slices.Sort(pairs)
			value = pairs
		}
		all[name] = fmt.Sprint(kind, srv.Do("PEXPIRETIME", name), value)
	}
	return all
}

// equal checks that all servers have the same, and returns the number of keys.
func (f *fixture) equal() int {
	f.Helper()
	want := content(f.servers[0])
	for i, srv := range f.servers[1:] {
		got := content(srv)
		wrong := 0
		for key, value := range want {
			if got[key] != value {
				if wrong++; wrong < 4 {
					f.Errorf("server %d has %q in %s, want %q", i+1, got[key], key, value)
				}
			}
			delete(got, key)
		}
		if len(got) > 0 || wrong > 0 {
			f.Errorf("server %d: %d keys differ, and %d are too many", i+1, wrong, len(got))
		}
	}
	return len(want)
}

// Covers: Y01
func TestRandomWritesLeaveAllNodesEqual(t *testing.T) {
	t.Parallel()
	for name, success := range rules {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, 3, redpoll.CopyOptions{Success: success})
			if failed := f.many(t.Context(), *writes); failed > 0 {
				t.Errorf("%d writes failed", failed)
			}
			f.settled()
			if n := f.equal(); n < 50 {
				t.Errorf("only %d keys were written", n)
			}
		})
	}
}

// settled repairs what is listed, while nobody writes.
func (f *fixture) settled() {
	f.Helper()
	redpolltest.Await(f, "all nodes are repaired", func() bool { return f.repair().Left == nil })
}

// repair is one repair. Each node in its report has a reason.
func (f *fixture) repair() redpoll.RepairReport {
	f.Helper()
	report, err := f.rdb.Repair(f.Context(), redpoll.RepairOptions{})
	if err != nil {
		f.Fatal(err)
	}
	for name, left := range report.Left {
		if left.Err == nil {
			f.Errorf("node %s has %+v, and nobody says why", name, left)
		}
	}
	return report
}
