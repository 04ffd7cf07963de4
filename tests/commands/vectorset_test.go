package commands_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestVectorSets(t *testing.T) {
	t.Parallel()
	type rdb = *redpoll.Client
	v := redpoll.VectorValues(1, 0.5)
	el := redpoll.VectorElement("e")
	zs := []redpoll.Z{{Member: "a", Score: 1}, {Member: "b", Score: 0.75}}
	matches := []redpoll.VectorMatch{
		{Element: "a", Score: 1, Attributes: valid(`{"y":1}`)}, {Element: "b", Score: 0.75},
	}
	info2 := []any{
		status("quant-type"), status("int8"), status("hnsw-m"), 16, status("vector-dim"), 3,
		status("projection-input-dim"), 0, status("size"), 4,
		status("max-level"), 1, status("attributes-count"), 2, status("vset-uid"), 5,
		status("hnsw-max-node-uid"), 6, status("newer"), 7,
	}
	testModule(t, []moduleTest{
		{"add", func(c rdb) (any, error) { return c.VAdd(ctx, "k", v, "e") },
			"VADD k VALUES 2 1.0 0.5 e", 1, true, true},
		{"add again", func(c rdb) (any, error) { return c.VAddReduced(ctx, "k", 1, v, "e", redpoll.VAddCAS) },
			"VADD k REDUCE 1 VALUES 2 1.0 0.5 e CAS", 0, false, false},
		{"size", func(c rdb) (any, error) { return c.VCard(ctx, "k") }, "VCARD k", 4, same, int64(4)},
		{"dimension", func(c rdb) (any, error) { return c.VDim(ctx, "k") }, "VDIM k", 3, same, int64(3)},
		{"dimension of no key", func(c rdb) (any, error) { return c.VDim(ctx, "k") },
			"VDIM k", refusal("ERR key does not exist"), same, errors.New("key does not exist")},
		{"vector", func(c rdb) (any, error) { return c.VEmb(ctx, "k", "e") },
			"VEMB k e", []any{"1", "-0.5"}, []any{1.0, -0.5}, []float64{1, -0.5}},
		{"no vector", func(c rdb) (any, error) { return c.VEmb(ctx, "k", "e") },
			"VEMB k e", nil, nil, redpoll.Nil},
		{"raw vector", func(c rdb) (any, error) { return c.VEmbRaw(ctx, "k", "e") },
			"VEMB k e RAW", []any{status("int8"), "\x7f\x00", "1.5", "0.5"},
			[]any{status("int8"), "\x7f\x00", 1.5, 0.5},
			redpoll.RawVector{Quantization: "int8", Data: []byte("\x7f\x00"), Norm: 1.5, Range: 0.5}},
		{"raw bits", func(c rdb) (any, error) { return c.VEmbRaw(ctx, "k", "e") },
			"VEMB k e RAW", []any{status("bin"), "\x01", "1.5"}, []any{status("bin"), "\x01", 1.5},
			redpoll.RawVector{Quantization: "bin", Data: []byte("\x01"), Norm: 1.5}},
		{"no raw vector", func(c rdb) (any, error) { return c.VEmbRaw(ctx, "k", "e") },
			"VEMB k e RAW", nil, nil, redpoll.Nil},
		{"attributes", func(c rdb) (any, error) { return c.VGetAttr(ctx, "k", "e") },
			"VGETATTR k e", `{"y":1}`, same, `{"y":1}`},
		{"no attributes", func(c rdb) (any, error) { return c.VGetAttr(ctx, "k", "e") },
			"VGETATTR k e", nil, nil, redpoll.Nil},
		{"set attributes", func(c rdb) (any, error) { return c.VSetAttr(ctx, "k", "e", `{"y":1}`) },
			`VSETATTR k e {"y":1}`, 1, true, true},
		{"info", func(c rdb) (any, error) {
			info, err := c.VInfo(ctx, "k")
			n, _ := info.Extra["newer"].Int()
			info.Extra = nil
			if n != 7 {
				err = errors.Join(err, errors.New("the unknown field is lost"))
			}
			return info, err
		}, "VINFO k", info2, mapping(info2), redpoll.VectorSetInfo{Quantization: "int8", MaxLinks: 16, Dim: 3,
			Size: 4, WithAttributes: 2, MaxLevel: 1, ID: 5, MaxNodeID: 6}},
		{"info of no key", func(c rdb) (any, error) { return c.VInfo(ctx, "k") },
			"VINFO k", nil, nil, redpoll.Nil},
		{"member", func(c rdb) (any, error) { return c.VIsMember(ctx, "k", "e") },
			"VISMEMBER k e", 1, true, true},
		{"links", func(c rdb) (any, error) { return c.VLinks(ctx, "k", "e") },
			"VLINKS k e", []any{[]any{"a"}, []any{"a", "b"}}, same, [][]string{{"a"}, {"a", "b"}}},
		{"links of nothing", func(c rdb) (any, error) { return c.VLinks(ctx, "k", "e") },
			"VLINKS k e", nil, nil, redpoll.Nil},
		{"links with scores", func(c rdb) (any, error) { return c.VLinksWithScores(ctx, "k", "e") },
			"VLINKS k e WITHSCORES",
			[]any{[]any{}, []any{"a", "1", "b", "0.75"}}, []any{mapping{}, mapping{"a", 1.0, "b", 0.75}},
			[][]redpoll.Z{{}, zs}},
		{"some", func(c rdb) (any, error) { return c.VRandMember(ctx, "k") },
			"VRANDMEMBER k", "a", same, "a"},
		{"none", func(c rdb) (any, error) { return c.VRandMember(ctx, "k") },
			"VRANDMEMBER k", nil, nil, redpoll.Nil},
		{"some more", func(c rdb) (any, error) { return c.VRandMemberN(ctx, "k", -2) },
			"VRANDMEMBER k -2", []any{"a", "a"}, same, []string{"a", "a"}},
		{"range", func(c rdb) (any, error) { return c.VRange(ctx, "k", "-", "+") },
			"VRANGE k - +", []any{"a", "b"}, same, []string{"a", "b"}},
		{"part of a range", func(c rdb) (any, error) { return c.VRangeN(ctx, "k", "(a", "+", 1) },
			"VRANGE k (a + 1", []any{"b"}, same, []string{"b"}},
		{"remove", func(c rdb) (any, error) { return c.VRem(ctx, "k", "e") }, "VREM k e", 0, false, false},
		{"similar", func(c rdb) (any, error) { return c.VSim(ctx, "k", el, redpoll.Count(2)) },
			"VSIM k ELE e COUNT 2", []any{"a", "b"}, same, []string{"a", "b"}},
		{"similar with scores", func(c rdb) (any, error) { return c.VSimWithScores(ctx, "k", v) },
			"VSIM k VALUES 2 1.0 0.5 WITHSCORES",
			[]any{"a", "1", "b", "0.75"}, mapping{"a", 1.0, "b", 0.75}, zs},
		{"similar with attributes", func(c rdb) (any, error) { return c.VSimWithAttribs(ctx, "k", el) },
			"VSIM k ELE e WITHSCORES WITHATTRIBS",
			[]any{"a", "1", `{"y":1}`, "b", "0.75", nil},
			mapping{"a", []any{1.0, `{"y":1}`}, "b", []any{0.75, nil}}, matches},
		{"nothing similar", func(c rdb) (any, error) { return c.VSimWithAttribs(ctx, "k", el) },
			"VSIM k ELE e WITHSCORES WITHATTRIBS", []any{}, same, []redpoll.VectorMatch{}},
		{"attributes out of step", func(c rdb) (any, error) { return c.VSimWithAttribs(ctx, "k", el) },
			"VSIM k ELE e WITHSCORES WITHATTRIBS", []any{"a", "1"}, []any{"a", 1.0},
			errors.New("VSIM")},
	})
}

// A vector set can store its three vectors in each form. Their similarities are known: (1 + cosine) / 2.
func TestVectorSetsOnServer(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "8.0", "")
	for _, c := range []struct {
		name, kept string
		quant      redpoll.VAddOption
		exact      float64 // largest difference of a number from the original
		raw        int     // number of bytes
	}{
		{"full precision", "f32", redpoll.VAddQuantNone, 1e-6, 12},
		{"bytes", "int8", redpoll.VAddQuantQ8, 0.01, 3}, {"bits", "bin", redpoll.VAddQuantBin, 2, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			clients.EachProtocol(t, func(t *clients.Test) {
				t.Want(true)(t.Client.VAdd(ctx, "v", redpoll.VectorFP32(1, 0, 0), "x", c.quant,
					redpoll.VAddMaxLinks(8), redpoll.VectorEF(50), redpoll.VAddAttr(`{"y":1}`)))
				t.Want(true)(t.Client.VAdd(ctx, "v", redpoll.VectorValues(0, -2, 0), "y", c.quant,
					redpoll.VAddMaxLinks(8), redpoll.VAddCAS))
				t.Want(true)(t.Client.VAdd(ctx,
					"v", redpoll.VectorBlob([]byte("\x00\x00\x80\x3f\x00\x00\x80\x3f\x00\x00\x00\x00")),
					"xy", c.quant, redpoll.VAddMaxLinks(8)))
				t.Want(false)(t.Client.VAdd(ctx, "v", redpoll.VectorValues(1, 1, 0), "xy", c.quant,
					redpoll.VAddMaxLinks(8)))
				t.Want(3)(t.Client.VCard(ctx, "v"))
				t.Want(3)(t.Client.VDim(ctx, "v"))
				t.Want(true)(t.Client.VIsMember(ctx, "v", "xy"))
				t.Want(false)(t.Client.VIsMember(ctx, "v", "none"))

				numbers := testkit.Must[[]float64](t)(t.Client.VEmb(ctx, "v", "y"))
				if len(numbers) != 3 || math.Abs(numbers[0]) > c.exact || math.Abs(numbers[1]+2) > 2*c.exact {
					t.Errorf("the vector 0 -2 0 came back as %v", numbers)
				}
				raw := testkit.Must[redpoll.RawVector](t)(t.Client.VEmbRaw(ctx, "v", "y"))
				if raw.Quantization != c.kept || len(raw.Data) != c.raw || math.Abs(raw.Norm-2) > 0.01 ||
					(raw.Range != 0) != (c.kept == "int8") {
					t.Errorf("got %+v", raw)
				}
				info := testkit.Must[redpoll.VectorSetInfo](t)(t.Client.VInfo(ctx, "v"))
				if info.Quantization != c.kept || info.MaxLinks != 8 || info.Dim != 3 || info.InputDim != 0 ||
					info.Size != 3 || info.WithAttributes != 1 || info.MaxNodeID < 3 || info.Extra != nil {
					t.Errorf("got %+v", info)
				}
				checkLinks(t)

				t.Want(true)(t.Client.VRem(ctx, "v", "y"))
				t.Want(false)(t.Client.VRem(ctx, "v", "y"))
				t.Want(2)(t.Client.VCard(ctx, "v"))
				t.Says("mismatch")(t.Client.VAdd(ctx, "v", redpoll.VectorValues(1, 2), "z", c.quant,
					redpoll.VAddMaxLinks(8)))
			})
		})
	}
}

// checkLinks checks the neighbours of x: in a set of three, both others are on the lowest level.
func checkLinks(t *clients.Test) {
	t.Helper()
	links := testkit.Must[[][]string](t)(t.Client.VLinks(ctx, "v", "x"))
	scored := testkit.Must[[][]redpoll.Z](t)(t.Client.VLinksWithScores(ctx, "v", "x"))
	if len(links) == 0 || len(scored) != len(links) {
		t.Fatalf("got the levels %v and %v", links, scored)
	}
	lowest, withScores := links[len(links)-1], scored[len(scored)-1]
	slices.Sort(lowest)
	slices.SortFunc(withScores, func(a, b redpoll.Z) int { return strings.Compare(a.Member, b.Member) })
	if !slices.Equal(lowest, []string{"xy", "y"}) || len(withScores) != 2 || withScores[0].Member != "xy" ||
		withScores[1].Member != "y" || withScores[0].Score < withScores[1].Score {
		t.Errorf("got the neighbours %v and %v, want xy, and y, which is not more like it", links, scored)
	}
}

func TestVSimOnServer(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "8.0", "")
	clients.EachProtocol(t, func(t *clients.Test) {
		for name, v := range map[string][]float64{
			"east":      {1, 0},
			"north":     {0, 1},
			"northeast": {1, 1},
			"west":      {-1, 0},
		} {
			t.Want(true)(t.Client.VAdd(ctx, "v", redpoll.VectorValues(v...), name, redpoll.VAddQuantNone))
		}
		east := redpoll.VectorElement("east")
		t.Want([]string{"east", "northeast", "north", "west"})(t.Client.VSim(ctx, "v", east))
		t.Want([]string{"west"})(t.Client.VSim(ctx, "v", redpoll.VectorFP32(-3, 0), redpoll.Count(1),
			redpoll.VectorEF(100), redpoll.VSimNoThread))
		t.Want([]string{"east", "northeast"})(
			t.Client.VSim(ctx, "v", east, redpoll.VSimTruth, redpoll.Count(2)))
		scores := testkit.Must[[]redpoll.Z](t)(t.Client.VSimWithScores(ctx, "v", east))
		for i, want := range []float64{1, (1 + math.Sqrt2/2) / 2, 0.5, 0} {
			if len(scores) != 4 || math.Abs(scores[i].Score-want) > 1e-6 {
				t.Fatalf("got %v, want the score %v at %d", scores, want, i)
			}
		}
		t.Want([]string{"east"})(t.Client.VSim(ctx, "v", east, redpoll.VSimEpsilon(0.1)))
		t.Want([]string{"east", "northeast"})(t.Client.VSim(ctx, "v", east, redpoll.VSimEpsilon(0.4)))
		if t.Server.AtLeastRelease("8.0.4", "") { // older versions used half of the distance
			t.Want([]string{"east", "northeast"})(t.Client.VSim(ctx, "v", east, redpoll.VSimEpsilon(0.2)))
			t.Want([]string{"east", "northeast", "north"})(
				t.Client.VSim(ctx, "v", east, redpoll.VSimEpsilon(0.8)))
		}

		t.Want(true)(t.Client.VSetAttr(ctx, "v", "north", `{"cold":true,"degrees":0}`))
		t.Want(true)(
			t.Client.VSetAttr(ctx, "v", "west", redpoll.JSON(map[string]any{"cold": false, "degrees": 270})))
		t.Want(`{"cold":true,"degrees":0}`)(t.Client.VGetAttr(ctx, "v", "north"))
		t.IsNil(t.Client.VGetAttr(ctx, "v", "east"))
		t.IsNil(t.Client.VGetAttr(ctx, "v", "none"))
		t.Want([]string{"west"})(
			t.Client.VSim(ctx, "v", east, redpoll.VectorFilter(".degrees > 100"), redpoll.VectorFilterEF(50)))
		t.Want([]string{"north"})(
			t.Client.VSim(ctx, "v", east, redpoll.VectorFilter(".cold and .degrees == 0")))
		t.Want([]string{})(t.Client.VSim(ctx, "v", east, redpoll.VectorFilter(".degrees > 300")))
		t.Says("FILTER")(t.Client.VSim(ctx, "v", east, redpoll.VectorFilter("((")))
		t.Want(true)(t.Client.VSetAttr(ctx, "v", "north", ""))
		t.IsNil(t.Client.VGetAttr(ctx, "v", "north"))
		t.Want(false)(t.Client.VSetAttr(ctx, "v", "none", "{}"))
		if t.Server.AtLeastRelease("8.0.3", "") {
			matches := testkit.Must[[]redpoll.VectorMatch](t)(
				t.Client.VSimWithAttribs(ctx, "v", redpoll.VectorElement("west"), redpoll.Count(2)))
			if len(matches) != 2 || matches[0].Element != "west" ||
				matches[0].Attributes != valid(`{"cold":false,"degrees":270}`) ||
				matches[1].Attributes.Valid {
				t.Errorf("got %+v", matches)
			}
		} else {
			t.Says("syntax error")(t.Client.VSimWithAttribs(ctx, "v", east))
		}

		t.Is(redpoll.ErrRefused)(t.Client.VSim(ctx, "v", redpoll.VectorElement("none")))
		t.Want([]string{})(t.Client.VSim(ctx, "none", east))
		t.Want([]redpoll.Z{})(t.Client.VSimWithScores(ctx, "none", east))
	})
}

func TestVectorSetsOfFewOnServer(t *testing.T) {
	t.Parallel()
	redpolltest.RequireRelease(t, "8.0", "")
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(true)(t.Client.VAddReduced(ctx, "v", 2, redpoll.VectorValues(1, 2, 3, 4), "only"))
		info := testkit.Must[redpoll.VectorSetInfo](t)(t.Client.VInfo(ctx, "v"))
		if info.Dim != 2 || info.InputDim != 4 || info.Quantization != "int8" {
			t.Errorf("got %+v, want two of four numbers in one byte each", info)
		}
		t.Want("only")(t.Client.VRandMember(ctx, "v"))
		t.Want([]string{"only"})(t.Client.VRandMemberN(ctx, "v", 3))
		t.Want([]string{"only", "only", "only"})(t.Client.VRandMemberN(ctx, "v", -3))
		t.Want([]string{})(t.Client.VRandMemberN(ctx, "v", 0))

		t.Want(0)(t.Client.VCard(ctx, "none"))
		t.Says("key does not exist")(t.Client.VDim(ctx, "none"))
		t.IsNil(t.Client.VEmb(ctx, "none", "e"))
		t.IsNil(t.Client.VEmb(ctx, "v", "none"))
		t.IsNil(t.Client.VEmbRaw(ctx, "v", "none"))
		t.IsNil(t.Client.VInfo(ctx, "none"))
		t.IsNil(t.Client.VLinks(ctx, "v", "none"))
		t.IsNil(t.Client.VLinksWithScores(ctx, "none", "e"))
		t.IsNil(t.Client.VRandMember(ctx, "none"))
		t.Want([]string{})(t.Client.VRandMemberN(ctx, "none", 3))
		t.Want(false)(t.Client.VIsMember(ctx, "none", "e"))
		t.Want(false)(t.Client.VRem(ctx, "none", "e"))
		t.Want(false)(t.Client.VSetAttr(ctx, "none", "e", "{}"))
		t.OK(t.Client.Set(ctx, "s", 1))
		t.Is(redpoll.ErrWrongType)(t.Client.VCard(ctx, "s"))
		t.Is(redpoll.ErrWrongType)(t.Client.VAdd(ctx, "s", redpoll.VectorValues(1), "e"))
		t.Is(redpoll.ErrWrongType)(t.Client.VSim(ctx, "s", redpoll.VectorValues(1)))

		t.Want("vectorset")(t.Client.Type(ctx, "v"))
		pipe := t.Client.Pipeline()
		size, near := pipe.VCard("v"), pipe.VSim("v", redpoll.VectorElement("only"))
		t.OK(pipe.Exec(ctx))
		t.Want(1)(size.Val(), size.Err())
		t.Want([]string{"only"})(near.Val(), near.Err())
	})
}
