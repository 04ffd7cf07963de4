package redpoll_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

func ExampleClient_Set() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	fmt.Println(rdb.Set(ctx, "greeting", "hello", redpoll.EX(time.Minute)))
	err := rdb.Set(ctx, "greeting", "good bye", redpoll.NX)
	fmt.Println(errors.Is(err, redpoll.Nil)) // the key exists
	fmt.Println(rdb.Get(ctx, "greeting"))
	// Output:
	// <nil>
	// true
	// hello <nil>
}

func ExampleClient_MGet() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.MSet(ctx, "a", 1, "b", 2.5)
	values, err := rdb.MGet(ctx, "a", "missing", "b")
	for _, v := range values {
		fmt.Println(v.Or("-"), v.Valid)
	}
	fmt.Println(err)
	// Output:
	// 1 true
	// - false
	// 2.5 true
	// <nil>
}

func ExampleClient_TTL() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.Set(ctx, "session", "x")
	for _, key := range []string{"session", "missing"} {
		switch ttl, err := rdb.TTL(ctx, key); {
		case err != nil:
			fmt.Println(err)
		case ttl == redpoll.NoExpiry:
			fmt.Println(key, "does not expire")
		case ttl == redpoll.NoKey:
			fmt.Println(key, "does not exist")
		default:
			fmt.Println(key, "lives for", ttl)
		}
	}
	// Output:
	// session does not expire
	// missing does not exist
}

func ExampleClient_Scan() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.MSet(ctx, "user:1", "a", "user:2", "b", "other", "c")
	var keys []string
	for cursor := uint64(0); ; {
		page, err := rdb.Scan(ctx, cursor, redpoll.Match("user:*"), redpoll.Count(100))
		if err != nil {
			fmt.Println(err)
			return
		}
		keys = append(keys, page.Items...)
		if cursor = page.Cursor; cursor == 0 {
			break
		}
	}
	slices.Sort(keys)
	fmt.Println(keys)
	// Output: [user:1 user:2]
}

func ExampleClient_BitField() {
	rdb, done := exampleClient()
	defer done()

	fmt.Println(rdb.BitField(context.Background(), "counters",
		redpoll.BitSet("u8", 0, 200),
		redpoll.BitOverflow(redpoll.BitOverflowFail),
		redpoll.BitIncrBy("u8", 0, 100)))
	// Output: [{0 true} {0 false}] <nil>
}

func ExampleClient_HSet() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	fmt.Println(rdb.HSet(ctx, "user:1", "name", "Ada", "visits", 1))
	fmt.Println(rdb.HIncrBy(ctx, "user:1", "visits", 1))
	fmt.Println(rdb.HGetAll(ctx, "user:1"))
	// Output:
	// 2 <nil>
	// 2 <nil>
	// map[name:Ada visits:2] <nil>
}

func ExampleClient_BLPop() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.RPush(ctx, "jobs", "first", "second")
	for {
		job, err := rdb.BLPop(ctx, 10*time.Millisecond, "urgent", "jobs")
		if errors.Is(err, redpoll.Nil) {
			fmt.Println("nothing left")
			return
		}
		fmt.Println(job.Key, job.Value, err)
	}
	// Output:
	// jobs first <nil>
	// jobs second <nil>
	// nothing left
}

func ExampleClient_SInter() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.SAdd(ctx, "likes:tea", "ann", "bob")
	_, _ = rdb.SAdd(ctx, "likes:jazz", "bob", "cid")
	fmt.Println(rdb.SInter(ctx, "likes:tea", "likes:jazz"))
	// Output: [bob] <nil>
}

func ExampleClient_ZAdd() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.ZAdd(ctx, "board", []redpoll.Z{{Member: "ann", Score: 10}, {Member: "bob", Score: 7.5}})
	fmt.Println(rdb.ZAdd(ctx, "board", []redpoll.Z{{Member: "bob", Score: 12}}, redpoll.GT, redpoll.CH))
	fmt.Println(rdb.ZRangeWithScores(ctx, "board", 0, -1, redpoll.Rev))
	// Output:
	// 1 <nil>
	// [{bob 12} {ann 10}] <nil>
}

func ExampleClient_PFAdd() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.PFAdd(ctx, "visitors", "ann", "bob", "ann")
	fmt.Println(rdb.PFCount(ctx, "visitors"))
	// Output: 2 <nil>
}

func ExampleClient_PingMessage() {
	rdb, done := exampleClient()
	defer done()

	fmt.Println(rdb.PingMessage(context.Background(), "hello"))
	// Output: hello <nil>
}

func ExampleClient_DBSize() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.MSet(ctx, "a", 1, "b", 2)
	fmt.Println(rdb.DBSize(ctx))
	// Output: 2 <nil>
}

func ExampleInt() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.Set(ctx, "hits", 41)
	n, err := redpoll.Int(rdb.Get(ctx, "hits"))
	fmt.Println(n+1, err)
	_, err = redpoll.Int(rdb.Get(ctx, "missing"))
	fmt.Println(errors.Is(err, redpoll.Nil))
	// Output:
	// 42 <nil>
	// true
}

func ExampleClient_Info() {
	rdb, done := exampleClient()
	defer done()

	info, err := rdb.Info(context.Background(), "server")
	if err != nil {
		fmt.Println(err)
		return
	}
	port, err := info.Get("tcp_port").Int()
	fmt.Println(info.Mode, port > 0, err)
	// Output: standalone true <nil>
}

func ExampleClient_ConfigGet() {
	rdb, done := exampleClient()
	defer done()

	fmt.Println(rdb.ConfigGet(context.Background(), "list-compress-depth"))
	// Output: map[list-compress-depth:0] <nil>
}

func ExampleClient_Eval() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.Set(ctx, "price", 2)
	v, err := rdb.Eval(ctx, "return redis.call('GET', KEYS[1]) * ARGV[1]", []string{"price"}, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.Int())
	_, err = rdb.EvalSha(ctx, "0000000000000000000000000000000000000000", nil)
	fmt.Println(errors.Is(err, redpoll.ErrNoScript))
	// Output:
	// 6 <nil>
	// true
}

func ExampleClient_Publish() {
	rdb, done := exampleClient()
	defer done()

	fmt.Println(rdb.Publish(context.Background(), "example:news", "nobody listens"))
	// Output: 0 <nil>
}

type exampleUser struct {
	Name    string        `redis:"name"`
	Visits  int           `redis:"visits,omitempty"`
	Session time.Duration `redis:"session"`
	Cached  bool          `redis:"-"`
}

func ExampleHSetFrom() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	fmt.Println(redpoll.HSetFrom(ctx, rdb, "user:1", exampleUser{Name: "Ada", Session: 90 * time.Second}))
	fmt.Println(rdb.HGetAll(ctx, "user:1"))
	// Output:
	// 2 <nil>
	// map[name:Ada session:1m30s] <nil>
}

func ExampleHGetAllAs() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.HSet(ctx, "user:1", "name", "Ada", "visits", 7, "session", "1m30s")
	u, err := redpoll.HGetAllAs[exampleUser](ctx, rdb, "user:1")
	fmt.Println(u.Name, u.Visits, u.Session, err)
	_, err = redpoll.HGetAllAs[exampleUser](ctx, rdb, "user:2")
	fmt.Println(errors.Is(err, redpoll.Nil))
	// Output:
	// Ada 7 1m30s <nil>
	// true
}

func ExampleClient_GeoSearchLocations() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.GeoAdd(ctx, "sicily", []redpoll.GeoLocation{
		{Member: "Palermo", Longitude: 13.361389, Latitude: 38.115556},
		{Member: "Catania", Longitude: 15.087269, Latitude: 37.502669},
	})
	found, err := rdb.GeoSearchLocations(ctx, "sicily",
		redpoll.FromLonLat(15, 37), redpoll.ByRadius(200, redpoll.Kilometers), redpoll.Asc, redpoll.WithDist)
	for _, l := range found {
		fmt.Printf("%s: %.0f km\n", l.Member, l.Dist)
	}
	fmt.Println(err)
	// Output:
	// Catania: 56 km
	// Palermo: 190 km
	// <nil>
}

func ExampleClient_XAdd() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.XAdd(ctx, "readings", "1-0", []any{"sensor", "a", "celsius", 21.5}, redpoll.MaxLenApprox(1000))
	_, _ = rdb.XAdd(ctx, "readings", "2-0", []any{"sensor", "b", "celsius", 19})
	entries, err := rdb.XRange(ctx, "readings", "-", "+")
	for _, e := range entries {
		celsius, _ := e.Value("celsius")
		fmt.Println(e.ID, celsius)
	}
	fmt.Println(err)
	// Output:
	// 1-0 21.5
	// 2-0 19
	// <nil>
}

// A worker of a group reads entries that no other worker got, and acknowledges them after its work.
func ExampleClient_XReadGroupBlock() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.XGroupCreate(ctx, "jobs", "workers", "0", redpoll.MkStream)
	_, _ = rdb.XAdd(ctx, "jobs", "*", []any{"task", "sweep"})
	for {
		streams, err := rdb.XReadGroupBlock(ctx, 10*time.Millisecond, "workers", "worker-1",
			[]redpoll.StreamFrom{{Key: "jobs", ID: ">"}}, redpoll.Count(10))
		if err != nil || len(streams) == 0 {
			fmt.Println("nothing left", err)
			return
		}
		for _, e := range streams[0].Entries {
			fmt.Println(e.Map())
			_, _ = rdb.XAck(ctx, "jobs", "workers", e.ID)
		}
	}
	// Output:
	// map[task:sweep]
	// nothing left <nil>
}

// Arrays need server 8.8.
func ExampleClient_ARGrepWithValues() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.ARInsert(ctx, "log", "boot: ok", "error: disk", "ready")
	lines, err := rdb.ARGrepWithValues(ctx, "log", "-", "+",
		[]redpoll.ArrayPredicate{redpoll.ArrayContains("error")})
	for _, l := range lines {
		fmt.Println(l.Index, l.Value)
	}
	fmt.Println(err)
}

// Imports need server 8.10.
func ExampleClient_HImport() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	users, err := rdb.HImport(ctx, "name", "age")
	if err != nil {
		return
	}
	defer func() { _ = users.Close() }()
	fmt.Println(users.Set(ctx, "user:1", "alice", 30))
	fmt.Println(users.Set(ctx, "user:2", "bob", 25))
}

// exampleServerTB lets examples start servers of their own.
type exampleServerTB struct{ exampleTB }

func (*exampleServerTB) Failed() bool { return false }

func (e *exampleServerTB) Error(args ...any) { panic(fmt.Sprint(args...)) }

// end runs the cleanups of the fixtures, the last one first.
func (e *exampleServerTB) end() {
	for _, f := range slices.Backward(e.cleanups) {
		f()
	}
}

func ExampleClient_ClientList() {
	tb := new(exampleServerTB)
	defer tb.end()
	ctx := context.Background()
	srv := redpolltest.Start(tb, redpolltest.ServerOptions{})
	rdb := clients.New(tb, redpoll.Options{Addr: srv.Addr(), ClientName: "billing"})

	list, err := rdb.ClientList(ctx, redpoll.ClientOfKind(redpoll.NormalClient))
	for _, c := range list {
		if c.Name == "billing" {
			fmt.Println(c.Name, c.User, c.DB, c.Cmd)
		}
	}
	fmt.Println(err)
	// Output:
	// billing default 0 client|list
	// <nil>
}

func ExampleClient_ACLSetUserRules() {
	tb := new(exampleServerTB)
	defer tb.end()
	ctx := context.Background()
	srv := redpolltest.Start(tb, redpolltest.ServerOptions{})
	rdb := clients.New(tb, redpoll.Options{Addr: srv.Addr()})

	err := rdb.ACLSetUserRules(ctx, "reporter", redpoll.ACLRules{
		Enabled:   true,
		Passwords: []string{"+secret"},
		ACLPermissions: redpoll.ACLPermissions{
			Categories: []string{"+read"},
			Keys:       []string{"report:*"},
		},
	})
	fmt.Println(err)
	user, err := rdb.ACLGetUser(ctx, "reporter")
	fmt.Println(user.Enabled, user.Keys, user.Categories, err)
	// Output:
	// <nil>
	// true [~report:*] [-@all +@read] <nil>
}

func ExampleClient_ClusterNodes() {
	tb := new(exampleServerTB)
	defer tb.end()
	ctx := context.Background()
	srv := redpolltest.Start(tb, redpolltest.ServerOptions{Config: []string{"cluster-enabled yes"}})
	rdb := clients.New(tb, redpoll.Options{Addr: srv.Addr()})

	fmt.Println(rdb.ClusterAddSlotsRange(ctx, redpoll.SlotRange{Start: 0, End: 8191}))
	nodes, err := rdb.ClusterNodes(ctx)
	for _, n := range nodes {
		fmt.Println(n.Flags, n.Slots, n.Connected)
	}
	fmt.Println(err)
	// Output:
	// <nil>
	// [myself master] [0-8191] true
	// <nil>
}

func ExampleClient_SentinelMasters() {
	tb := new(exampleServerTB)
	defer tb.end()
	ctx := context.Background()
	srv := redpolltest.Start(tb, redpolltest.ServerOptions{})
	sentinel := testkit.StartSentinel(tb,
		fmt.Sprintf("sentinel monitor main %s %d 1", srv.Host(), srv.Port()))
	rdb := clients.New(tb, redpoll.Options{Addr: sentinel.Addr})

	masters, err := rdb.SentinelMasters(ctx)
	for name, m := range masters {
		fmt.Println(name, m.Addr.String() == srv.Addr(), m.IsMaster, m.Quorum)
	}
	fmt.Println(err)
	// Output:
	// main true true 1
	// <nil>
}

// The following examples need server 8.0, so they are compiled and not run.

func ExampleClient_JSONSet() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	type user struct {
		Name   string   `json:"name"`
		Visits int      `json:"visits"`
		Tags   []string `json:"tags"`
	}
	if err := rdb.JSONSet(ctx, "user:1", "$", redpoll.JSON(user{"Ada", 1, nil})); err != nil {
		fmt.Println(err)
		return
	}
	sums, err := rdb.JSONNumIncrBy(ctx, "user:1", "$.visits", 1)
	fmt.Println(sums[0].V, err) // 2 <nil>
	users, err := redpoll.JSONAs[[]user](rdb.JSONGet(ctx, "user:1", "$"))
	fmt.Println(users, err) // [{Ada 2 []}] <nil>
}

func ExampleClient_VSim() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.VAdd(ctx, "films", redpoll.VectorFP32(1, 0, 0), "Alien", redpoll.VAddAttr(`{"year":1979}`))
	_, _ = rdb.VAdd(ctx, "films", redpoll.VectorFP32(0.9, 0.1, 0), "Aliens",
		redpoll.VAddAttr(`{"year":1986}`))
	films, err := rdb.VSimWithScores(ctx, "films", redpoll.VectorElement("Alien"),
		redpoll.VectorFilter(".year > 1980"), redpoll.Count(5))
	for _, film := range films {
		fmt.Println(film.Member, film.Score)
	}
	fmt.Println(err)
}

func ExampleClient_TSRange() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.TSCreate(ctx, "temperature:study", redpoll.TSRetention(24*time.Hour),
		redpoll.TSLabels(map[string]string{"room": "study"}))
	// the zero time means now, by the server's clock
	_, _ = rdb.TSAdd(ctx, "temperature:study", time.Time{}, 21.5)
	hourly, err := rdb.TSRange(ctx, "temperature:study", time.Now().Add(-24*time.Hour), time.Time{},
		redpoll.TSAggregation(time.Hour, redpoll.TSAggAvg))
	for _, s := range hourly {
		fmt.Println(s.Time, s.Value)
	}
	fmt.Println(err)
}

func ExampleClient_BFAdd() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.BFReserve(ctx, "seen", 0.001, 1_000_000)
	isNew, err := rdb.BFAdd(ctx, "seen", "https://example.org/")
	fmt.Println(isNew, err) // true <nil>
}

func ExampleClient_CFAdd() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.CFAdd(ctx, "online", "ann")
	gone, err := rdb.CFDel(ctx, "online", "ann")
	fmt.Println(gone, err) // true <nil>
}

func ExampleClient_CMSIncrBy() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.CMSInitByProb(ctx, "views", 0.001, 0.01)
	_, _ = rdb.CMSIncrBy(ctx, "views", redpoll.ItemCount{Item: "/home", Count: 3},
		redpoll.ItemCount{Item: "/about", Count: 1})
	fmt.Println(rdb.CMSQuery(ctx, "views", "/home", "/about"))
}

func ExampleClient_TopKAdd() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.TopKReserve(ctx, "searches", 10)
	_, _ = rdb.TopKAdd(ctx, "searches", "redis", "go", "redis")
	fmt.Println(rdb.TopKListWithCount(ctx, "searches"))
}

func ExampleClient_TDigestQuantile() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.TDigestCreate(ctx, "latency")
	_ = rdb.TDigestAdd(ctx, "latency", 1.2, 3.5, 0.7)
	fmt.Println(rdb.TDigestQuantile(ctx, "latency", 0.5, 0.99))
}

// exampleSearchServer returns a client of a server that answers with recorded replies, because not every
// server has search.
func exampleSearchServer(replies ...any) (*redpoll.Client, func()) {
	tb := new(exampleTB)
	var frames []string
	for _, reply := range replies {
		frames = append(frames, testkit.Reply(3, reply))
	}
	rdb, err := redpoll.New(redpoll.Options{Addr: testkit.Recorded(tb, frames...).Addr()})
	if err != nil {
		panic(err)
	}
	return rdb, func() {
		_ = rdb.Close()
		for i := len(tb.cleanups) - 1; i >= 0; i-- {
			tb.cleanups[i]()
		}
	}
}

func ExampleClient_FTSearch() {
	rdb, done := exampleSearchServer(testkit.Status("OK"), 2,
		testkit.SearchReply(1, append(testkit.Map{"id", "book:1"},
			testkit.SearchRow("title", "Dune", "price", "9.5")...)))
	defer done()
	ctx := context.Background()

	err := rdb.FTCreate(ctx, "books", redpoll.FTCreateOptions{Prefix: []string{"book:"}},
		redpoll.FTText{Name: "title", Weight: 2},
		redpoll.FTNumeric{Name: "price", Sortable: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = rdb.HSet(ctx, "book:1", "title", "Dune", "price", 9.5)
	found, err := rdb.FTSearch(ctx, "books", "dune @price:[$low 10]", redpoll.FTSearchOptions{
		SortBy: "price", Count: 5, Params: []any{"low", 1}, Dialect: 2,
	})
	fmt.Println(found.Total, err)
	for _, doc := range found.Docs {
		fmt.Println(doc.ID, doc.Fields["title"])
	}
	// Output:
	// 1 <nil>
	// book:1 Dune
}

func ExampleClient_FTAggregate() {
	rdb, done := exampleSearchServer(testkit.SearchReply(2,
		testkit.SearchRow("author", "Herbert", "books", "6"),
		testkit.SearchRow("author", "Lem", "books", "4")))
	defer done()

	result, err := rdb.FTAggregate(context.Background(), "books", "*", redpoll.FTAggregateOptions{},
		redpoll.FTGroupBy{Properties: []string{"@author"},
			Reduce: []redpoll.FTReduce{{Func: "COUNT", As: "books"}}},
		redpoll.FTSortBy{Keys: []redpoll.FTSortKey{{Property: "@books", Desc: true}}},
		redpoll.FTLimit{Count: 2})
	for _, row := range result.Rows {
		n, _ := row["books"].Int()
		author, _ := row["author"].Text()
		fmt.Println(author, n)
	}
	fmt.Println(err)
	// Output:
	// Herbert 6
	// Lem 4
	// <nil>
}

// exampleID is a named type of a program.
type exampleID string

func ExampleSpread() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	ids := []exampleID{"a", "b"}
	fmt.Println(rdb.SAdd(ctx, "ids", redpoll.Spread(ids)...))
	_, err := rdb.SAdd(ctx, "ids", ids) // the slice is not a value
	fmt.Println(errors.As(err, new(*redpoll.DataError)))
	// Output:
	// 2 <nil>
	// true
}

func ExampleInts() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.RPush(ctx, "scores", 7, 9)
	fmt.Println(redpoll.Ints(rdb.LRange(ctx, "scores", 0, -1)))
	_, _ = rdb.RPush(ctx, "scores", "many")
	_, err := redpoll.Ints(rdb.LRange(ctx, "scores", 0, -1))
	fmt.Println(err)
	// Output:
	// [7 9] <nil>
	// redpoll: Ints: element 2: the text (4 bytes) is not a whole number
}

func ExampleNullInts() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_ = rdb.MSet(ctx, "a", 1, "b", 2)
	counts, err := redpoll.NullInts(rdb.MGet(ctx, "a", "missing", "b"))
	fmt.Println(counts[0].V, counts[1].Or(-1), counts[2].V, err)
	// Output:
	// 1 -1 2 <nil>
}

func ExampleReply_Result() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	pipe := rdb.Pipeline()
	pipe.Set("hits", 41)
	hits := pipe.Get("hits")
	if err := pipe.Exec(ctx); err != nil {
		fmt.Println(err)
	}
	fmt.Println(redpoll.Int(hits.Result()))
	// Output:
	// 41 <nil>
}

func ExampleGetAs() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	type profile struct {
		Name string   `json:"name"`
		Tags []string `json:"tags"`
	}
	fmt.Println(redpoll.SetAs(ctx, rdb, "profile:1", profile{"Ada", []string{"x"}}, redpoll.EX(time.Hour)))
	fmt.Println(redpoll.GetAs[profile](ctx, rdb, "profile:1"))
	_, err := redpoll.GetAs[profile](ctx, rdb, "profile:2")
	fmt.Println(errors.Is(err, redpoll.Nil))
	// Output:
	// <nil>
	// {Ada [x]} <nil>
	// true
}

func ExampleQueueHGetAllAs() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	pipe := rdb.Pipeline()
	redpoll.QueueHSetFrom(pipe, "user:1", exampleUser{Name: "Ada", Session: 90 * time.Second})
	user := redpoll.QueueHGetAllAs[exampleUser](pipe, "user:1")
	if err := pipe.Exec(ctx); err != nil {
		fmt.Println(err)
	}
	u, err := user.Result()
	fmt.Println(u.Name, u.Session, err)
	// Output:
	// Ada 1m30s <nil>
}

func ExampleHashAs() {
	rdb, done := exampleClient()
	defer done()
	ctx := context.Background()

	_, _ = rdb.HSet(ctx, "user:1", "name", "Ada", "visits", 7)
	u, err := redpoll.HashAs[exampleUser](rdb.HGetAll(ctx, "user:1"))
	fmt.Println(u.Name, u.Visits, err)
	// Output:
	// Ada 7 <nil>
}

func ExampleValueOf() {
	half := func(reply redpoll.Value, _ redpoll.CallbackOptions) (any, error) {
		n, err := reply.Int()
		return n / 2, err
	}
	fmt.Println(half(redpoll.ValueOf(42), nil)) // a callback can be tested without a server
	// Output:
	// 21 <nil>
}

func ExampleNewReply() {
	// A fake of a pipeline returns handles that have their results already.
	hits := redpoll.NewReply(int64(7), nil)
	fmt.Println(hits.Val(), hits.Err())
	// Output:
	// 7 <nil>
}
