package redpoll_test

import (
	"errors"
	"testing"

	"github.com/redpoll-go/redpoll"
)

func TestVectorSets(t *testing.T) {
	t.Parallel()
	type rdb = *redpoll.Client
	v := redpoll.VectorValues(1, 0.5)
	el := redpoll.VectorElement("e")
	zs := []redpoll.Z{{Member: "a", Score: 1}, {Member: "b", Score: 0.75}}
	matches := []redpoll.VectorMatch{{Element: "a", Score: 1, Attributes: valid(`{"y":1}`)}, {Element: "b", Score: 0.75}}
	info2 := []any{
		status("quant-type"), status("int8"), status("hnsw-m"), 16, status("vector-dim"), 3, status("projection-input-dim"), 0, status("size"), 4,
		status("max-level"), 1, status("attributes-count"), 2, status("vset-uid"), 5, status("hnsw-max-node-uid"), 6, status("newer"), 7,
	}
	testModule(t, []moduleTest{
		{"add", func(c rdb) (any, error) { return c.VAdd(ctx, "k", v, "e") }, "VADD k VALUES 2 1.0 0.5 e", 1, true, true},
		{"add again", func(c rdb) (any, error) { return c.VAddReduced(ctx, "k", 1, v, "e", redpoll.CAS) }, "VADD k REDUCE 1 VALUES 2 1.0 0.5 e CAS", 0, false, false},
		{"size", func(c rdb) (any, error) { return c.VCard(ctx, "k") }, "VCARD k", 4, same, int64(4)},
		{"dimension", func(c rdb) (any, error) { return c.VDim(ctx, "k") }, "VDIM k", 3, same, int64(3)},
		{"dimension of no key", func(c rdb) (any, error) { return c.VDim(ctx, "k") }, "VDIM k", refusal("ERR key does not exist"), same, errors.New("key does not exist")},
		{"vector", func(c rdb) (any, error) { return c.VEmb(ctx, "k", "e") }, "VEMB k e", []any{"1", "-0.5"}, []any{1.0, -0.5}, []float64{1, -0.5}},
		{"no vector", func(c rdb) (any, error) { return c.VEmb(ctx, "k", "e") }, "VEMB k e", nil, nil, redpoll.Nil},
		{"raw vector", func(c rdb) (any, error) { return c.VEmbRaw(ctx, "k", "e") }, "VEMB k e RAW", []any{status("int8"), "\x7f\x00", "1.5", "0.5"},
			[]any{status("int8"), "\x7f\x00", 1.5, 0.5}, redpoll.RawVector{Quantization: "int8", Data: []byte("\x7f\x00"), Norm: 1.5, Range: 0.5}},
		{"raw bits", func(c rdb) (any, error) { return c.VEmbRaw(ctx, "k", "e") }, "VEMB k e RAW", []any{status("bin"), "\x01", "1.5"}, []any{status("bin"), "\x01", 1.5},
			redpoll.RawVector{Quantization: "bin", Data: []byte("\x01"), Norm: 1.5}},
		{"no raw vector", func(c rdb) (any, error) { return c.VEmbRaw(ctx, "k", "e") }, "VEMB k e RAW", nil, nil, redpoll.Nil},
		{"attributes", func(c rdb) (any, error) { return c.VGetAttr(ctx, "k", "e") }, "VGETATTR k e", `{"y":1}`, same, `{"y":1}`},
		{"no attributes", func(c rdb) (any, error) { return c.VGetAttr(ctx, "k", "e") }, "VGETATTR k e", nil, nil, redpoll.Nil},
		{"set attributes", func(c rdb) (any, error) { return c.VSetAttr(ctx, "k", "e", `{"y":1}`) }, `VSETATTR k e {"y":1}`, 1, true, true},
		{"info", func(c rdb) (any, error) {
			info, err := c.VInfo(ctx, "k")
			n, _ := info.Extra["newer"].Int()
			info.Extra = nil
			if n != 7 {
				err = errors.Join(err, errors.New("the unknown field is lost"))
			}
			return info, err
		}, "VINFO k", info2, mapping(info2), redpoll.VectorSetInfo{Quantization: "int8", MaxLinks: 16, Dim: 3, Size: 4, WithAttributes: 2, MaxLevel: 1, ID: 5, MaxNodeID: 6}},
		{"info of no key", func(c rdb) (any, error) { return c.VInfo(ctx, "k") }, "VINFO k", nil, nil, redpoll.Nil},
		{"member", func(c rdb) (any, error) { return c.VIsMember(ctx, "k", "e") }, "VISMEMBER k e", 1, true, true},
		{"links", func(c rdb) (any, error) { return c.VLinks(ctx, "k", "e") }, "VLINKS k e", []any{[]any{"a"}, []any{"a", "b"}}, same, [][]string{{"a"}, {"a", "b"}}},
		{"links of nothing", func(c rdb) (any, error) { return c.VLinks(ctx, "k", "e") }, "VLINKS k e", nil, nil, redpoll.Nil},
		{"links with scores", func(c rdb) (any, error) { return c.VLinksWithScores(ctx, "k", "e") }, "VLINKS k e WITHSCORES",
			[]any{[]any{}, []any{"a", "1", "b", "0.75"}}, []any{mapping{}, mapping{"a", 1.0, "b", 0.75}}, [][]redpoll.Z{{}, zs}},
		{"some", func(c rdb) (any, error) { return c.VRandMember(ctx, "k") }, "VRANDMEMBER k", "a", same, "a"},
		{"none", func(c rdb) (any, error) { return c.VRandMember(ctx, "k") }, "VRANDMEMBER k", nil, nil, redpoll.Nil},
		{"some more", func(c rdb) (any, error) { return c.VRandMemberN(ctx, "k", -2) }, "VRANDMEMBER k -2", []any{"a", "a"}, same, []string{"a", "a"}},
		{"range", func(c rdb) (any, error) { return c.VRange(ctx, "k", "-", "+") }, "VRANGE k - +", []any{"a", "b"}, same, []string{"a", "b"}},
		{"part of a range", func(c rdb) (any, error) { return c.VRangeN(ctx, "k", "(a", "+", 1) }, "VRANGE k (a + 1", []any{"b"}, same, []string{"b"}},
		{"remove", func(c rdb) (any, error) { return c.VRem(ctx, "k", "e") }, "VREM k e", 0, false, false},
		{"similar", func(c rdb) (any, error) { return c.VSim(ctx, "k", el, redpoll.Count(2)) }, "VSIM k ELE e COUNT 2", []any{"a", "b"}, same, []string{"a", "b"}},
		{"similar with scores", func(c rdb) (any, error) { return c.VSimWithScores(ctx, "k", v) }, "VSIM k VALUES 2 1.0 0.5 WITHSCORES",
			[]any{"a", "1", "b", "0.75"}, mapping{"a", 1.0, "b", 0.75}, zs},
		{"similar with attributes", func(c rdb) (any, error) { return c.VSimWithAttribs(ctx, "k", el) }, "VSIM k ELE e WITHSCORES WITHATTRIBS",
			[]any{"a", "1", `{"y":1}`, "b", "0.75", nil}, mapping{"a", []any{1.0, `{"y":1}`}, "b", []any{0.75, nil}}, matches},
		{"nothing similar", func(c rdb) (any, error) { return c.VSimWithAttribs(ctx, "k", el) }, "VSIM k ELE e WITHSCORES WITHATTRIBS", []any{}, same, []redpoll.VectorMatch{}},
		{"attributes out of step", func(c rdb) (any, error) { return c.VSimWithAttribs(ctx, "k", el) }, "VSIM k ELE e WITHSCORES WITHATTRIBS", []any{"a", "1"}, []any{"a", 1.0},
			errors.New("VSIM")},
	})
}
