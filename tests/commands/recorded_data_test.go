package commands_test

import (
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

func TestNewerDataCommands(t *testing.T) {
	t.Parallel()
	type rdb = *redpoll.Client
	fields := []string{"a", "b"}
	const list2, list3 = "*2\r\n$1\r\nx\r\n$-1\r\n", "*2\r\n$1\r\nx\r\n_\r\n"
	testNewer(t, []newerCommand{
		{"Set with IfEq", func(c rdb) (any, error) { return nil, c.Set(ctx, "k", "v", redpoll.IfEq("old")) }, "SET k v IFEQ old", "$-1\r\n", "_\r\n", redpoll.Nil},
		{"DelEx", func(c rdb) (any, error) { return c.DelEx(ctx, "k", redpoll.IfDEq("00ff")) }, "DELEX k IFDEQ 00ff", ":1\r\n", "", true},
		{"DelIfEq", func(c rdb) (any, error) { return c.DelIfEq(ctx, "k", "v") }, "DELIFEQ k v", ":0\r\n", "", false},
		{"Digest", func(c rdb) (any, error) { return c.Digest(ctx, "k") }, "DIGEST k", "$16\r\nb6acb9d84a38ff74\r\n", "", "b6acb9d84a38ff74"},
		{"Digest, nothing", func(c rdb) (any, error) { return c.Digest(ctx, "k") }, "DIGEST k", "$-1\r\n", "_\r\n", redpoll.Nil},
		{"IncrEx", func(c rdb) (any, error) {
			return c.IncrEx(ctx, "k", 5, redpoll.UpperBound(100), redpoll.EX(time.Minute), redpoll.ENX)
		},
			"INCREX k BYINT 5 UBOUND 100 EX 60 ENX", "*2\r\n:99\r\n:0\r\n", "", redpoll.Increment{Value: 99}},
		{"IncrExFloat", func(c rdb) (any, error) { return c.IncrExFloat(ctx, "k", 0.25) },
			"INCREX k BYFLOAT 0.25", "*2\r\n$4\r\n1.75\r\n$4\r\n0.25\r\n", "*2\r\n,1.75\r\n,0.25\r\n", redpoll.FloatIncrement{Value: 1.75, Applied: 0.25}},
		{"IncrEx with NX", func(c rdb) (any, error) { return c.IncrEx(ctx, "k", 5, redpoll.NX) }, "INCREX k BYINT 5 NX", "*2\r\n:7\r\n:0\r\n", "", redpoll.Increment{Value: 7}},
		{"IncrEx with XX, nothing", func(c rdb) (any, error) { return c.IncrEx(ctx, "k", 5, redpoll.XX) },
			"INCREX k BYINT 5 XX", "*2\r\n$-1\r\n:0\r\n", "*2\r\n_\r\n:0\r\n", redpoll.Increment{}},
		{"IncrExFloat with XX, nothing", func(c rdb) (any, error) { return c.IncrExFloat(ctx, "k", 0.5, redpoll.XX) },
			"INCREX k BYFLOAT 0.5 XX", "*2\r\n$-1\r\n$1\r\n0\r\n", "*2\r\n_\r\n,0\r\n", redpoll.FloatIncrement{}},
		{"DelEx with IfNe", func(c rdb) (any, error) { return c.DelEx(ctx, "k", redpoll.IfNe("v")) }, "DELEX k IFNE v", ":0\r\n", "", false},
		{"MSetEx", func(c rdb) (any, error) { return c.MSetEx(ctx, []any{"a", 1, "b", 2}, redpoll.XX) }, "MSETEX 2 a 1 b 2 XX", ":0\r\n", "", false},
		{"HGetDel", func(c rdb) (any, error) { return c.HGetDel(ctx, "h", fields...) }, "HGETDEL h FIELDS 2 a b", list2, list3, clients.Nulls("x", "<nil>")},
		{"HGetEx", func(c rdb) (any, error) { return c.HGetEx(ctx, "h", fields, redpoll.EX(time.Minute)) }, "HGETEX h EX 60 FIELDS 2 a b", list2, list3, clients.Nulls("x", "<nil>")},
		{"HSetEx", func(c rdb) (any, error) { return c.HSetEx(ctx, "h", []any{"a", 1}, redpoll.FXX, redpoll.KeepTTL) }, "HSETEX h FXX KEEPTTL FIELDS 1 a 1", ":1\r\n", "", true},
		{"LMoveM", func(c rdb) (any, error) {
			return c.LMoveM(ctx, "a", "b", redpoll.Left, redpoll.Left, redpoll.MoveUpTo(2, redpoll.MoveOneByOne))
		}, "LMOVEM a b LEFT LEFT COUNT 2 OBO", "*2\r\n$1\r\n2\r\n$1\r\n1\r\n", "", []string{"2", "1"}},
		{"BLMoveM", func(c rdb) (any, error) {
			return c.BLMoveM(ctx, "a", "b", redpoll.Left, redpoll.Left, time.Second, redpoll.MoveExactly(2, redpoll.MoveBulk))
		}, "BLMOVEM a b LEFT LEFT 1 EXACTLY 2 BULK", "*-1\r\n", "_\r\n", redpoll.Nil},
		{"SDiffCard", func(c rdb) (any, error) { return c.SDiffCard(ctx, fields) }, "SDIFFCARD 2 a b", ":3\r\n", "", int64(3)},
		{"SUnionCard", func(c rdb) (any, error) { return c.SUnionCard(ctx, fields, redpoll.Approx) }, "SUNIONCARD 2 a b APPROX", ":5\r\n", "", int64(5)},
	})
}
