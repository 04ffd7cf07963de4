package commands_test

import (
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// Covers: E56
func TestBitPos(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.Set(ctx, "k", []byte{0x00, 0xff, 0xf0}))
		t.Want(8)(t.Client.BitPos(ctx, "k", 1, redpoll.ByteRange(0, 2)))
		t.Want(8)(t.Client.BitPos(ctx, "k", 1, redpoll.ByteFrom(0)))
		t.Want(16)(t.Client.BitPos(ctx, "k", 1, redpoll.ByteFrom(2)))
		t.Want(9)(t.Client.BitPos(ctx, "k", 1, redpoll.BitRange(9, 12)))
		t.Want(0)(t.Client.BitPos(ctx, "k", 0))
		t.Want(-1)(t.Client.BitPos(ctx, "none", 1))
	})
}

// Covers: E65
func TestBits(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(0)(t.Client.SetBit(ctx, "a", 5, 1))
		t.Want(1)(t.Client.GetBit(ctx, "a", 5))
		t.Want(0)(t.Client.GetBit(ctx, "a", 500))
		t.Want(1)(t.Client.SetBit(ctx, "a", 5, 0))
		t.OK(t.Client.Set(ctx, "k", []byte{0xff, 0x01}))
		t.Want(9)(t.Client.BitCount(ctx, "k"))
		t.Want(1)(t.Client.BitCount(ctx, "k", redpoll.ByteRange(-1, -1)))
		t.Want(2)(t.Client.BitCount(ctx, "k", redpoll.BitRange(0, 1)))
		t.Want(0)(t.Client.BitCount(ctx, "none"))
	})
}

func TestBitOp(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.OK(t.Client.MSet(ctx, "a", []byte{0b1100}, "b", []byte{0b1010}))
		for _, c := range []struct {
			name string
			op   redpoll.BitOperation
			keys []string
			want byte
		}{
			{"and", redpoll.BitAnd, []string{"a", "b"}, 0b1000},
			{"or", redpoll.BitOr, []string{"a", "b"}, 0b1110},
			{"xor", redpoll.BitXor, []string{"a", "b"}, 0b0110},
			{"not", redpoll.BitNot, []string{"a"}, 0b11110011},
		} {
			t.Want(1)(t.Client.BitOp(ctx, c.op, "dst", c.keys...))
			if got, err := t.Client.GetBytes(ctx, "dst"); err != nil || got[0] != c.want {
				t.Errorf("%s: got %08b and %v, want %08b", c.name, got, err, c.want)
			}
		}
	})
}

func TestBitField(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		some := func(n int64) redpoll.Null[int64] { return redpoll.Null[int64]{V: n, Valid: true} }
		t.Want([]redpoll.Null[int64]{some(0), some(7), some(8), some(7)})(t.Client.BitField(ctx, "b",
			redpoll.BitSet("u8", 0, 7), redpoll.BitGet("u8", 0),
			redpoll.BitIncrBy("i16", 1, 8).Indexed(), redpoll.BitGet("u8", 0)))
		t.Want([]redpoll.Null[int64]{{}, some(255), some(4)})(t.Client.BitField(ctx, "b",
			redpoll.BitOverflow(redpoll.BitOverflowFail), redpoll.BitIncrBy("u8", 0, 250),
			redpoll.BitOverflow(redpoll.BitOverflowSat), redpoll.BitIncrBy("u8", 0, 250),
			redpoll.BitOverflow(redpoll.BitOverflowWrap), redpoll.BitIncrBy("u8", 0, 5)))
		t.Want([]redpoll.Null[int64]{})(t.Client.BitField(ctx, "b"))
		t.Want([]int64{})(t.Client.BitFieldRO(ctx, "b"))
		t.Want([]int64{4, 8})(
			t.Client.BitFieldRO(ctx, "b", redpoll.BitGet("u8", 0), redpoll.BitGet("i16", 1).Indexed()))
	})
}

// Covers: F183, F184, F185, F186, F187, F188
func TestBitFieldOperationsAreAList(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		some := func(n int64) redpoll.Null[int64] { return redpoll.Null[int64]{V: n, Valid: true} }
		mon := t.Server.Monitor()
		sent := func(want string) {
			t.Helper()
			got := ""
			for _, args := range mon.Commands() {
				if strings.EqualFold(args[0], "BITFIELD") {
					got = strings.Join(args[1:], " ")
				}
			}
			if got != want {
				t.Errorf("sent %q, want %q", got, want)
			}
			mon.Reset()
		}
		// An overflow mode applies until the next one, and is sent only when it changes.
		ops := []redpoll.BitFieldOp{
			redpoll.BitOverflow(redpoll.BitOverflowWrap), redpoll.BitSet("u8", 8, 255),
			redpoll.BitGet("u8", 1).Indexed(),
			redpoll.BitOverflow(redpoll.BitOverflowSat), redpoll.BitIncrBy("u8", 8, 1),
			redpoll.BitOverflow(redpoll.BitOverflowSat), redpoll.BitIncrBy("u8", 8, 2),
			redpoll.BitOverflow(redpoll.BitOverflowFail), redpoll.BitIncrBy("u8", 8, 3),
			redpoll.BitOverflow(redpoll.BitOverflowWrap), redpoll.BitIncrBy("u8", 8, 4),
		}
		const words = " SET u8 8 255 GET u8 #1 OVERFLOW SAT INCRBY u8 8 1 INCRBY u8 8 2 OVERFLOW FAIL " +
			"INCRBY u8 8 3 OVERFLOW WRAP INCRBY u8 8 4"
		t.Want([]redpoll.Null[int64]{some(0), some(255), some(255), some(255), {}, some(3)})(
			t.Client.BitField(ctx, "b", ops...))
		sent("b" + words)
		// The list can be used again, even in a pipeline. Its first operation sets the mode at the start.
		ops[0] = redpoll.BitOverflow(redpoll.BitOverflowFail)
		for _, mode := range [][]redpoll.PipelineOption{nil, {redpoll.NoTransaction}} {
			pipe := t.Client.Pipeline(mode...)
			all := pipe.BitField("p", ops...)
			if pipe.Len() != 1 {
				t.Errorf("Len is %d", pipe.Len())
			}
			none := pipe.BitField("p", redpoll.BitOverflow(redpoll.BitOverflowWrap))
			t.OK(pipe.Exec(ctx))
			if len(all.Val()) != 6 || all.Val()[4].Valid || all.Val()[5] != some(3) {
				t.Errorf("got %v, %v", all.Val(), all.Err())
			}
			clients.Result(t, "only a mode", none, []redpoll.Null[int64]{})
			sent("p")
		}
		t.Want([]redpoll.Null[int64]{some(3)})(t.Client.BitField(ctx, "p", ops[0], redpoll.BitGet("u8", 8)))
		sent("p OVERFLOW FAIL GET u8 8")
	})
}
