package commands_test

import (
	"context"
	"errors"
	"math"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// unconnected returns a client that fails the test if it connects.
func unconnected(t *testing.T) *redpoll.Client {
	t.Helper()
	return clients.New(t, redpoll.Options{Dialer: func(context.Context, string, string) (net.Conn, error) {
		t.Error("the client connects")
		return nil, errors.New("no server")
	}})
}

// refused checks that a call was refused before it was sent. The error must name the command and the reason.
func refused(t *testing.T, name string, err error, command, says string) {
	t.Helper()
	var data *redpoll.DataError
	switch {
	case !errors.As(err, &data):
		t.Errorf("%s: got %v, want a DataError", name, err)
	case data.Command != command:
		t.Errorf("%s: %v names %q, want %s", name, data, data.Command, command)
	case !strings.Contains(data.Error(), says):
		t.Errorf("%s: %v does not say %q", name, data, says)
	case !errors.Is(err, redpoll.ErrNotSent):
		t.Errorf("%s: %v is not ErrNotSent", name, err)
	}
}

// These calls are refused before anything is sent: the client fails the test if it connects.
//
// Covers: F51, F60, F61, F81, F398, F402, E13, E17, E66
func TestRefusedArguments(t *testing.T) {
	t.Parallel()
	rdb := unconnected(t)
	half := 500 * time.Millisecond
	tiny := 500 * time.Microsecond
	now := time.Unix(1700000000, 5)
	far, long := time.Unix(math.MaxInt64, 0), time.Unix(-math.MaxInt64/1000, 0)
	m := []redpoll.Z{{Member: "m", Score: 1}}
	k := []string{"k"}
	for _, c := range []struct {
		name  string
		err   error
		says  string
		names string
	}{
		{"bool value", rdb.Set(ctx, "k", true), "bool", "SET"},
		{"nil value", rdb.Set(ctx, "k", nil), "nil", "SET"},
		{"value of a user's type", testkit.Err(rdb.LPush(ctx, "k", struct{}{})), "struct {}", "LPUSH"},
		{"nil among values", testkit.Err(rdb.SAdd(ctx, "k", "a", nil)), "nil", "SADD"},
		{"no values", testkit.Err(rdb.RPush(ctx, "k")), "at least one", "RPUSH"},
		{"no keys", testkit.Err(rdb.Del(ctx)), "at least one", "DEL"},
		{"no fields", testkit.Err(rdb.HMGet(ctx, "h")), "at least one", "HMGET"},
		{"no pairs", rdb.MSet(ctx), "at least one", "MSET"},
		{"odd pairs", rdb.MSet(ctx, "a", 1, "b"), "without a value", "MSET"},
		{"odd fields", testkit.Err(rdb.HSet(ctx, "h", "f")), "without a value", "HSET"},
		{"no members", testkit.Err(rdb.ZAdd(ctx, "z", nil)), "at least one", "ZADD"},
		{"no keys to combine", testkit.Err(rdb.ZUnion(ctx, nil)), "at least one", "ZUNION"},

		{"NX and XX", rdb.Set(ctx, "k", 1, redpoll.NX, redpoll.XX), "XX and NX: exclude each other", "SET"},
		{"XX and NX", testkit.Err(rdb.ZAdd(ctx, "z", m, redpoll.XX, redpoll.NX)),
			"NX and XX: exclude each other", "ZADD"},
		{"NX and GT", testkit.Err(rdb.ZAdd(ctx, "z", m, redpoll.GT, redpoll.NX)),
			"NX and GT: exclude each other", "ZADD"},
		{"XX and GT for fields", testkit.Err(rdb.HExpire(ctx, "h", time.Second, k, redpoll.XX, redpoll.GT)),
			"GT and XX: exclude each other", "HEXPIRE"},
		{"GT and LT", testkit.Err(rdb.Expire(ctx, "k", time.Second, redpoll.GT, redpoll.LT)),
			"LT and GT: exclude each other", "EXPIRE"},
		{"EX and PX", rdb.Set(ctx, "k", 1, redpoll.EX(time.Second), redpoll.PX(half)),
			"PX and EX: exclude each other", "SET"},
		{"EX and KeepTTL", rdb.Set(ctx, "k", 1, redpoll.KeepTTL, redpoll.EX(time.Second)),
			"EX and KeepTTL: exclude each other", "SET"},
		{"NX twice", rdb.Set(ctx, "k", 1, redpoll.NX, redpoll.NX), "twice", "SET"},
		{"nil option", rdb.Set(ctx, "k", 1, nil), "nil", "SET"},
		{"too many options", rdb.Set(ctx, "k", 1, make([]redpoll.SetOption, 20)...), "more than", "SET"},
		{"Limit without a range", testkit.Err(rdb.ZRange(ctx, "z", 0, 1, redpoll.Limit(0, 1))),
			"Limit: needs ByScore or ByLex", "ZRANGE"},
		{"weights for other keys", testkit.Err(rdb.ZUnion(ctx, k, redpoll.Weights(1, 2))),
			"2 factors for 1 keys", "ZUNION"},
		{"IdleTime and Freq",
			rdb.Restore(ctx, "k", 0, "", redpoll.RestoreIdleTime(0), redpoll.RestoreFreq(0)),
			"RestoreFreq and RestoreIdleTime: exclude each other", "RESTORE"},

		{"half seconds for EX", rdb.Set(ctx, "k", 1, redpoll.EX(1500*time.Millisecond)), "PX", "SET"},
		{"no seconds for EX", rdb.Set(ctx, "k", 1, redpoll.EX(0)), "more than 0", "SET"},
		{"negative EX", rdb.Set(ctx, "k", 1, redpoll.EX(-time.Second)), "more than 0", "SET"},
		{"tiny PX", rdb.Set(ctx, "k", 1, redpoll.PX(tiny)), "milliseconds", "SET"},
		{"zero PX", rdb.Set(ctx, "k", 1, redpoll.PX(0)), "more than 0", "SET"},
		{"fraction for EXAT", rdb.Set(ctx, "k", 1, redpoll.EXAT(now)), "use Until", "SET"},
		{"zero time for PXAT", rdb.Set(ctx, "k", 1, redpoll.PXAT(time.Time{})), "zero time", "SET"},
		{"half seconds for SetEx", rdb.SetEx(ctx, "k", half, 1), "PSetEx", "SETEX"},
		{"tiny PSetEx", rdb.PSetEx(ctx, "k", tiny, 1), "milliseconds", "PSETEX"},
		{"half seconds for Expire", testkit.Err(rdb.Expire(ctx, "k", half)), "PExpire", "EXPIRE"},
		{"tiny PExpire", testkit.Err(rdb.PExpire(ctx, "k", tiny)), "milliseconds", "PEXPIRE"},
		{"fraction for ExpireAt", testkit.Err(rdb.ExpireAt(ctx, "k", now)), "use ExpireUntil",
			"EXPIREAT"},
		{"zero time for ExpireAt", testkit.Err(rdb.ExpireAt(ctx, "k", time.Time{})), "zero time", "EXPIREAT"},
		{"far future for ExpireAt", testkit.Err(rdb.ExpireAt(ctx, "k", far)), "further away", "EXPIREAT"},
		{"zero time for Until", rdb.Set(ctx, "k", 1, redpoll.Until(time.Time{})), "Until: is the zero", "SET"},
		{"far future for Until", rdb.Set(ctx, "k", 1, redpoll.Until(far)), "further away", "SET"},
		{"zero time for ExpireUntil", testkit.Err(rdb.ExpireUntil(ctx, "k", time.Time{})), "zero time",
			"PEXPIREAT"},
		{"far future for PExpireAt", testkit.Err(rdb.PExpireAt(ctx, "k", far)), "further away", "PEXPIREAT"},
		{"far past for PExpireAt", testkit.Err(rdb.PExpireAt(ctx, "k", long)), "further away", "PEXPIREAT"},
		{"far future for PXAT", rdb.Set(ctx, "k", 1, redpoll.PXAT(far)), "further away", "SET"},
		{"far future for EXAT", rdb.Set(ctx, "k", 1, redpoll.EXAT(far)), "further away", "SET"},
		{"far future for RestoreAt", rdb.RestoreAt(ctx, "k", far, ""), "further away", "RESTORE"},
		{"1970 for RestoreAt", rdb.RestoreAt(ctx, "k", time.Unix(0, 999_999), ""), "never expires",
			"RESTORE"},
		{"before 1970 for RestoreAt", rdb.RestoreAt(ctx, "k", time.Unix(-1, 0), ""), "1970", "RESTORE"},
		{"far past for RestoreAt", rdb.RestoreAt(ctx, "k", long, ""), "1970", "RESTORE"},
		{"far future for fields", testkit.Err(rdb.HPExpireAt(ctx, "h", far, k)), "further away",
			"HPEXPIREAT"},
		{"half seconds for fields", testkit.Err(rdb.HExpire(ctx, "h", half, k)), "HPExpire", "HEXPIRE"},
		{"negative Restore", rdb.Restore(ctx, "k", -1, ""), "negative", "RESTORE"},
		{"half seconds of IdleTime", rdb.Restore(ctx, "k", 0, "", redpoll.RestoreIdleTime(half)),
			"whole number", "RESTORE"},
		{"negative time-out", testkit.Err(rdb.BLPop(ctx, -1, "k")), "negative", "BLPOP"},
		{"no time for Migrate", testkit.Err(rdb.Migrate(ctx, "h", 1, k, 0, 0)), "more than 0", "MIGRATE"},
		{"negative Wait", testkit.Err((new(redpoll.Conn)).Wait(ctx, 1, -1)), "negative", "WAIT"},

		{"count below 1", testkit.Err(rdb.Scan(ctx, 0, redpoll.Count(0))), "at least 1", "SCAN"},
		{"rank 0", testkit.Err(rdb.LPos(ctx, "l", "x", redpoll.LPosRank(0))), "is 0", "LPOS"},
		{"no such side", testkit.Err(rdb.LMove(ctx, "a", "b", 7, redpoll.Left)), "none of its constants",
			"LMOVE"},
		{"BitNot of two", testkit.Err(rdb.BitOp(ctx, redpoll.BitNot, "d", "a", "b")),
			"are 2; BitNot takes exactly one", "BITOP"},
		{"BitNot of none", testkit.Err(rdb.BitOp(ctx, redpoll.BitNot, "d")),
			"are 0; BitNot takes exactly one", "BITOP"},
		{"BitDiff of one", testkit.Err(rdb.BitOp(ctx, redpoll.BitDiff, "d", "a")), "at least two", "BITOP"},
		{"BitDiff1 of one", testkit.Err(rdb.BitOp(ctx, redpoll.BitDiff1, "d", "a")), "at least two", "BITOP"},
		{"BitAndOr of one", testkit.Err(rdb.BitOp(ctx, redpoll.BitAndOr, "d", "a")), "at least two", "BITOP"},
		{"BitAnd of none", testkit.Err(rdb.BitOp(ctx, redpoll.BitAnd, "d")), "at least one", "BITOP"},
		{"no such operation", testkit.Err(rdb.BitOp(ctx, 99, "d", "a")), "none of its constants", "BITOP"},
		{"no bit", testkit.Err(rdb.SetBit(ctx, "k", 0, 2)), "a bit is 0 or 1", "SETBIT"},
		{"no bit to find", testkit.Err(rdb.BitPos(ctx, "k", -1)), "a bit is 0 or 1", "BITPOS"},
		{"one pattern for groups", testkit.Err(rdb.SortGroups(ctx, "l", []string{"user:*"})), "at least two",
			"SORT"},
		{"bad type of a bit field", testkit.Err(rdb.BitField(ctx, "k", redpoll.BitGet("u64", 0))), `"u63"`,
			"BITFIELD"},
		{"no type of a bit field", testkit.Err(rdb.BitField(ctx, "k", redpoll.BitGet("", 0))), `"u63"`,
			"BITFIELD"},
		{"negative offset", testkit.Err(rdb.BitField(ctx, "k", redpoll.BitGet("u8", -1))), "negative",
			"BITFIELD"},
		{"empty operation", testkit.Err(rdb.BitField(ctx, "k", redpoll.BitFieldOp{})), "BitGet", "BITFIELD"},
		{"a write among reads", testkit.Err(rdb.BitFieldRO(ctx, "k", redpoll.BitSet("u8", 0, 1))), "BitField",
			"BITFIELD_RO"},
	} {
		refused(t, c.name, c.err, c.names, c.says)
	} // A call that asks for nothing needs no server either.
	if got, err := rdb.MGet(ctx); err != nil || len(got) != 0 {
		t.Errorf("MGet of no keys gives %v and %v", got, err)
	}
}
