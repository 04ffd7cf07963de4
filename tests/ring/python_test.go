package ring

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// The node of each call is that of its first argument on Python's ring of two: k0 is on node 1, and "OR",
// "a{k0}", the script and the empty key are on node 0, or on 1, as hash_ring says.
//
// Covers: F409, F410, F412
func TestPython(t *testing.T) {
	t.Parallel()
	all := redpolltest.StartIndependents(t, 2, redpolltest.ServerOptions{})
	o := unnamed(all)
	ctx, plain := connect(t, o)
	o.Python = true
	_, rdb := connect(t, o)
	at := func(word string) *redpolltest.Server { // without hash tags, so not for words with braces
		return all[nodeFor(t, plain, word).Name[0]-'0']
	}
	other := func(srv *redpolltest.Server) *redpolltest.Server {
		if srv == all[0] {
			return all[1]
		}
		return all[0]
	}
	// key returns a key that is not on a server.
	key := func(srv *redpolltest.Server) string {
		for _, key := range []string{"k0", "x", "y", "z", "abc", "b", "c", "d", "e", "f"} {
			if at(key) != srv {
				return key
			}
		}
		panic("BUG: all keys are on one node")
	}
	heard := func(what string, where *redpolltest.Server, kind string) {
		t.Helper()
		if got, not := where.Do("TYPE", what), other(where).Do("TYPE", what); got != kind || not != "none" {
			t.Errorf("%s is %v at its node, %v at the other", what, got, not)
		}
	}

	differ := 0
	for i := range 50 {
		if tagged := fmt.Sprintf("{x}%d", i); nodeFor(t, rdb, tagged).Name != nodeFor(t, plain, tagged).Name {
			differ++
		}
	}
	if differ == 0 {
		t.Error("hash tags count")
	}
	tagged := "{" + key(all[0]) + "}a"
	no(t, "SET", rdb.Set(ctx, tagged, 1))
	found, err := nodeFor(t, rdb, tagged).Client.Exists(ctx, tagged)
	same(t, "EXISTS at the node of a key with braces", found, err, 1)

	word := at("OR")
	dst := key(word)
	word.Do("SET", dst+"src", "a")
	_, err = rdb.BitOp(ctx, redpoll.BitOr, dst, dst+"src")
	no(t, "BITOP", err)
	heard(dst, word, "string")

	script := "redis.call('RPUSH', KEYS[1], 'x')"
	text := at(script)
	_, err = rdb.Eval(ctx, script, []string{key(text) + "list"})
	no(t, "EVAL", err)
	heard(key(text)+"list", text, "list")

	first := key(all[0]) // it is on node 1, and the other keys come along
	no(t, "MSET", rdb.MSet(ctx, first, 1, key(all[1])+"second", 2))
	heard(key(all[1])+"second", all[1], "string")

	empty := at("")
	pipe := rdb.Pipeline()
	pipe.HSet(key(empty)+"hash", "field", 1)
	no(t, "a pipeline", pipe.Exec(ctx))
	heard(key(empty)+"hash", empty, "hash")
	n, err := rdb.DBSize(ctx)
	same(t, "DBSIZE of one node", n, err, empty.Do("DBSIZE"))
	_, err = rdb.Info(ctx)
	no(t, "INFO of one node", err)

	// The object that Python makes for a lock belongs to the node of its name, and so does Lock.
	name := key(all[0]) + "lock"
	held, err := rdb.Lock(name, redpoll.LockOptions{TTL: time.Minute, Fencing: true}).TryAcquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	heard(name, at(name), "string")
	heard("{"+name+"}:fence", at(name), "string")
	_, err = rdb.Lock(name, redpoll.LockOptions{TTL: time.Minute}).TryAcquire(ctx)
	if !errors.Is(err, redpoll.ErrNotAcquired) {
		t.Errorf("the lock was taken twice: %v", err)
	}
	no(t, "release", held.Release(ctx))
	run := rdb.RegisterScript("return redis.call('SET', KEYS[1], ARGV[1])")
	_, err = run.Run(ctx, []string{name + "script"}, 1)
	no(t, "a script", err)
	heard(name+"script", at(name+"script"), "string")
	err = rdb.Transaction(ctx, func(tx *redpoll.Tx) error {
		tx.Multi().Set(name+"tx", 1)
		return nil
	}, name)
	no(t, "Transaction", err)
	heard(name+"tx", at(name), "string")
}
