package conformance

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

// commands are commands of each family: what is written is there, and what is read is what was written.
var commands = tests{
	"strings": func(t *T) {
		ctx, rdb, k, n := t.Context(), t.Client, t.Key("k"), t.Key("n")
		t.IsNil(rdb.Get(ctx, k))
		t.OK(rdb.Set(ctx, k, "hello"))
		t.Want(int64(11))(rdb.Append(ctx, k, " world"))
		t.Want(int64(5))(rdb.IncrBy(ctx, n, 5))
		t.Want(true)(rdb.SetNX(ctx, t.Key("new"), 1))
		t.Want(false)(rdb.SetNX(ctx, k, 1))
		t.Synced()
		t.Want("hello world")(rdb.Get(ctx, k))
		t.Want("world")(rdb.GetRange(ctx, k, 6, -1))
		t.Want(5)(redpoll.Int(rdb.Get(ctx, n)))
		t.Want(clients.Nulls("hello world", "<nil>", "5"))(rdb.MGet(ctx, k, t.Key("missing"), n))
		t.Want("5")(rdb.GetDel(ctx, n))
	},
	"keys": func(t *T) {
		ctx, rdb, a, b := t.Context(), t.Client, t.Key("a"), t.Key("b")
		t.OK(rdb.Set(ctx, a, "v", redpoll.EX(time.Hour)))
		t.Want(true)(rdb.Copy(ctx, a, b))
		t.Want(true)(rdb.Persist(ctx, b))
		t.Synced()
		t.Between(50*time.Minute, time.Hour)(rdb.TTL(ctx, a))
		t.Want(redpoll.NoExpiry)(rdb.TTL(ctx, b))
		t.Want(int64(2))(rdb.Exists(ctx, a, b))
		t.Want("string")(rdb.Type(ctx, a))
		dump, err := rdb.Dump(ctx, a)
		t.OK(err)
		t.Want(int64(2))(rdb.Del(ctx, a, b))
		t.OK(rdb.Restore(ctx, a, 0, dump))
		t.Synced()
		t.Want("v")(rdb.Get(ctx, a))
	},
	"hashes": func(t *T) {
		ctx, rdb, h := t.Context(), t.Client, t.Key("h")
		t.Want(int64(2))(rdb.HSet(ctx, h, "f", 1, "g", "two"))
		t.Want(int64(3))(rdb.HIncrBy(ctx, h, "f", 2))
		t.Synced()
		t.Want(map[string]string{"f": "3", "g": "two"})(rdb.HGetAll(ctx, h))
		t.Want(clients.Nulls("two", "<nil>"))(rdb.HMGet(ctx, h, "g", "missing"))
		type record struct {
			F int    `redis:"f"`
			G string `redis:"g"`
		}
		t.Want(record{3, "two"})(redpoll.HGetAllAs[record](ctx, rdb, h))
	},
	"lists": func(t *T) {
		ctx, rdb, l := t.Context(), t.Client, t.Key("l")
		t.Want(int64(3))(rdb.RPush(ctx, l, 1, 2, 3))
		t.Want("1")(rdb.LMove(ctx, l, t.Key("m"), redpoll.Left, redpoll.Right))
		t.Synced()
		t.Want([]string{"2", "3"})(rdb.LRange(ctx, l, 0, -1))
		t.Want("3")(rdb.RPop(ctx, l))
	},
	"sets": func(t *T) {
		ctx, rdb, a, b := t.Context(), t.Client, t.Key("a"), t.Key("b")
		t.Want(int64(3))(rdb.SAdd(ctx, a, 1, 2, 3))
		t.Want(int64(2))(rdb.SAdd(ctx, b, 2, 3))
		t.Synced()
		t.Want([]bool{true, false})(rdb.SMIsMember(ctx, a, 1, 4))
		t.Want([]string{"1"})(rdb.SDiff(ctx, a, b))
		both, err := rdb.SInter(ctx, a, b)
		slices.Sort(both)
		t.Want([]string{"2", "3"})(both, err)
	},
	"sorted sets": func(t *T) {
		ctx, rdb, z := t.Context(), t.Client, t.Key("z")
		t.Want(int64(2))(rdb.ZAdd(ctx, z, []redpoll.Z{{Member: "a", Score: 1}, {Member: "b", Score: 2.5}}))
		t.Want(4.5)(rdb.ZIncrBy(ctx, z, 3.5, "a"))
		t.Synced()
		t.Want([]redpoll.Z{{Member: "b", Score: 2.5}, {Member: "a", Score: 4.5}})(
			rdb.ZRangeWithScores(ctx, z, 0, -1))
		t.Want(int64(1))(rdb.ZRank(ctx, z, "a"))
	},
	"streams": func(t *T) {
		ctx, rdb, x := t.Context(), t.Client, t.Key("x")
		t.OK(rdb.XGroupCreate(ctx, x, "g", "0", redpoll.MkStream))
		id, err := rdb.XAdd(ctx, x, "*", []any{"f", 1})
		t.OK(err)
		t.Synced()
		entries, err := rdb.XRange(ctx, x, "-", "+")
		if err != nil || len(entries) != 1 || entries[0].ID != id {
			t.Errorf("the stream has %v, %v, want the entry %s", entries, err, id)
		}
		read, err := rdb.XRead(ctx, []redpoll.StreamFrom{{Key: x, ID: "0"}})
		if err != nil || len(read) != 1 || len(read[0].Entries) != 1 {
			t.Errorf("XRead gives %v, %v", read, err)
		}
		_, err = rdb.XReadGroup(ctx, "g", "c", []redpoll.StreamFrom{{Key: x, ID: ">"}})
		t.OK(err)
		t.Want(int64(1))(rdb.XAck(ctx, x, "g", id))
	},
	"bits and HyperLogLogs": func(t *T) {
		ctx, rdb, b, p := t.Context(), t.Client, t.Key("b"), t.Key("p")
		t.Want(int64(0))(rdb.SetBit(ctx, b, 7, 1))
		t.Want(true)(rdb.PFAdd(ctx, p, "x", "y"))
		t.Synced()
		t.Want(int64(1))(rdb.BitCount(ctx, b))
		t.Want(int64(2))(rdb.PFCount(ctx, p))
	},
	"geo": func(t *T) {
		ctx, rdb, g := t.Context(), t.Client, t.Key("g")
		t.Want(int64(1))(rdb.GeoAdd(ctx, g, []redpoll.GeoLocation{{Member: "Palermo", Longitude: 13.361389,
			Latitude: 38.115556}}))
		t.Synced()
		t.Want([]string{"Palermo"})(rdb.GeoSearch(ctx, g, redpoll.FromLonLat(13, 38),
			redpoll.ByRadius(100, redpoll.Kilometers)))
		t.Want([]string{"Palermo"})(rdb.GeoRadius(ctx, g, 13, 38, 100, redpoll.Kilometers))
	},
	"blocking commands": func(t *T) {
		ctx, rdb, l := t.Context(), t.Client, t.Key("l")
		popped := t.Go(func() error {
			got, err := rdb.BLPop(ctx, 0, t.Key("empty"), l)
			if err == nil && got != (redpoll.KeyValue{Key: l, Value: "v"}) {
				t.Errorf("BLPop gives %v", got)
			}
			return err
		})
		_, err := rdb.RPush(ctx, l, "v")
		t.OK(err)
		t.OK(popped())
		t.IsNil(rdb.BLPop(ctx, 10*time.Millisecond, l))
	},
	"large values": func(t *T) {
		ctx, rdb, k := t.Context(), t.Client, t.Key("k")
		value := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
		t.OK(rdb.Set(ctx, k, value))
		t.Synced()
		t.Want(value)(rdb.GetBytes(ctx, k))
	},
	"commands without keys": func(t *T) {
		ctx, rdb := t.Context(), t.Client
		t.Want("hello")(rdb.Echo(ctx, "hello"))
		if n, err := rdb.DBSize(ctx); n < 0 || err != nil {
			t.Errorf("DBSize gives %d, %v", n, err)
		}
		role, err := rdb.Role(ctx)
		if !t.refused("Role", err) && (err != nil || role.Name != "master") {
			t.Errorf("Role gives %v, %v", role, err)
		}
	},
	"Do": func(t *T) {
		ctx, rdb, k := t.Context(), t.Client, t.Key("k")
		_, err := rdb.Do(ctx, "SET", k, 1)
		t.OK(err)
		t.Synced()
		v, err := rdb.Do(ctx, "GET", k)
		t.OK(err)
		t.Want("1")(v.Text())
	},
	"every replica has a turn, and any of them answers": func(t *T) {
		ctx, rdb := t.Context(), t.Client
		for i := range 20 {
			k := t.Key(strings.Repeat("k", i+1))
			t.OK(rdb.Set(ctx, k, i))
			t.Want(i)(redpoll.Int(rdb.Get(t.primary(), k)))
			t.Synced()
			t.Want(i)(redpoll.Int(rdb.Get(ctx, k)))
		}
	},
	"the nodes are known after the first command": func(t *T) {
		rdb := t.Another(redpoll.Options{})
		t.OK(rdb.Ping(t.Context()))
		redpolltest.Await(t, "all nodes are known", func() bool { return len(rdb.Nodes()) >= t.known() })
		for _, node := range rdb.Nodes() {
			role := t.on.roles[node.Addr]
			if role == "" || node.Role != redpoll.RoleUnknown && (node.Role == redpoll.RolePrimary) !=
				strings.Contains(role, "primary") {
				t.Errorf("%s is listed as %v, but is %q", node.Addr, node.Role, role)
			}
			t.OK(node.Client.Ping(t.Context()))
		}
	},
}

// known is the number of nodes that a client of the topology knows at least.
func (t *T) known() int {
	if t.on.synced != nil {
		return len(t.on.roles)
	}
	return 1 // replicas need not be asked for if nobody reads from them
}
