package commands_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
)

// Whole numbers of options may be of any type whose values fit, so that programs need not convert what they
// have.
func TestOptionsTakeWholeNumbersOfAnyType(t *testing.T) {
	t.Parallel()
	type page uint16
	list := []string{"a", "b", "c"}
	for _, opt := range []fmt.Stringer{
		redpoll.Count(3), redpoll.Count(len(list)), redpoll.Count(int8(3)), redpoll.Count(int16(3)),
		redpoll.Count(int32(3)),
		redpoll.Count(int64(3)), redpoll.Count(uint8(3)), redpoll.Count(uint16(3)), redpoll.Count(uint32(3)),
		redpoll.Count(page(3)),
	} {
		if opt != redpoll.Count(3) || opt.String() != "COUNT 3" {
			t.Errorf("got %T %v", opt, opt)
		}
	}
	offset, n := len(list), 10
	for got, want := range map[any]string{
		redpoll.Limit(offset, n): "LIMIT 3 10", redpoll.Limit(-1, int64(n)): "LIMIT -1 10",
		redpoll.MaxLenApproxLimit(n, 0):  "MAXLEN ~ 10 LIMIT 0",
		redpoll.MinIDApproxLimit("5", n): "MINID ~ 5 LIMIT 10", redpoll.ByteRange(offset, -1): "3 -1",
		redpoll.CopyDB(offset):        "DB 3",
		redpoll.FailoverTo("host", n): "TO host 10", redpoll.FTMax(n): "MAX 10",
	} {
		if fmt.Sprint(got) != want {
			t.Errorf("got %q, want %q", fmt.Sprint(got), want)
		}
	}
	got := fmt.Sprint(redpoll.CMSWeights([]int{2, 3}...), redpoll.HotKeysSlots(offset, 4))
	if got != "WEIGHTS 2 3 SLOTS 2 3 4" {
		t.Errorf("got %q", got)
	}
}

// A fake can compare the options that it was given.
func TestOptionsCompare(t *testing.T) {
	t.Parallel()
	at := time.Now()
	for name, equal := range map[string]bool{
		"EX":             redpoll.EX(time.Minute) == redpoll.EX(60*time.Second),
		"as an option":   redpoll.SetOption(redpoll.EX(time.Minute)) == redpoll.EX(time.Minute),
		"NX":             redpoll.SetOption(redpoll.NX) == redpoll.NX,
		"IfEq":           redpoll.IfEq("a"+strings.Repeat("b", 1)) == redpoll.IfEq("ab"),
		"Limit":          redpoll.Limit(0, 10) == redpoll.Limit(int32(0), 10),
		"an instant":     redpoll.EXAT(at) == redpoll.EXAT(at.Round(0).In(time.FixedZone("x", 3600))),
		"an interface":   redpoll.ByRadius(1, redpoll.Kilometers) == redpoll.ByRadius(1, redpoll.Kilometers),
		"TTL and EX":     redpoll.TTL(time.Minute) == redpoll.EX(time.Minute),
		"TTL and PX":     redpoll.TTL(1500*time.Millisecond+1) == redpoll.PX(1500*time.Millisecond),
		"Until and EXAT": redpoll.Until(time.Unix(7, 0)) == redpoll.EXAT(time.Unix(7, 0)),
		"Until and PXAT": redpoll.Until(at) == redpoll.PXAT(at),
		"PXAT":           redpoll.PXAT(time.UnixMilli(7)) == redpoll.PXAT(time.UnixMilli(7).Add(999)),
		"other words":    redpoll.PXAT(time.Unix(7, 0)) != redpoll.EXAT(time.Unix(7, 0)),
		"another length": redpoll.EX(time.Minute) != redpoll.EX(time.Second),
		"another token":  redpoll.EX(time.Minute) != redpoll.PX(time.Minute),
		"another type":   redpoll.SetOption(redpoll.NX) != redpoll.SetOption(redpoll.EX(1)),
		"lists":          reflect.DeepEqual(redpoll.Weights(1, 2), redpoll.Weights(1, 2)),
		"another list":   !reflect.DeepEqual(redpoll.Weights(1, 2), redpoll.Weights(1, 3)),
		"beside a list":  redpoll.HotKeysSample(10) == redpoll.HotKeysSample(10),
		"as a list": reflect.DeepEqual([]redpoll.SetOption{redpoll.NX, redpoll.PX(time.Second)},
			[]redpoll.SetOption{redpoll.NX, redpoll.PX(time.Second)}),
	} {
		if !equal {
			t.Errorf("%s: not so", name)
		}
	}
}

// An option prints as the words that are sent, quoted where they would not be seen as one, and a secret
// does not print.
func TestOptionsPrint(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1700000000500)
	large := strings.Repeat("x", 100_000)
	avg := []redpoll.TSAggregator{redpoll.TSAggAvg}
	minMax := []redpoll.TSAggregator{redpoll.TSAggMin, redpoll.TSAggMax}
	for _, tt := range []struct {
		option any
		want   string
	}{
		{redpoll.NX, "NX"},
		{redpoll.AggregateMax, "AGGREGATE MAX"},
		{redpoll.TSAlignStart, "ALIGN -"},
		{redpoll.TSAlignEnd, "ALIGN +"},
		{redpoll.EX(time.Minute), "EX 60"},
		{redpoll.PX(time.Minute), "PX 60000"},
		{redpoll.TTL(time.Minute), "EX 60"},
		{redpoll.TTL(1500 * time.Millisecond), "PX 1500"},
		{redpoll.EXAT(at.Truncate(time.Second)), "EXAT 1700000000"},
		{redpoll.PXAT(at), "PXAT 1700000000500"},
		{redpoll.Until(at), "PXAT 1700000000500"},
		{redpoll.Until(at.Truncate(time.Second)), "EXAT 1700000000"},
		{redpoll.Match("a*"), "MATCH a*"},
		{redpoll.Match(""), `MATCH ""`},
		{redpoll.Match("a b\n"), `MATCH "a b\n"`},
		{redpoll.Match("\xff"), `MATCH "\xff"`},
		{redpoll.Weights(1, 2.5), "WEIGHTS 1.0 2.5"},
		{redpoll.SortGet("#", "w_*"), "GET # GET w_*"},
		{redpoll.IfEq(large), "IFEQ " + large},
		{redpoll.ByBox(1, 2, redpoll.Meters), "BYBOX 1.0 2.0 m"},
		{redpoll.TSLabels(map[string]string{"a": "b"}), "LABELS a b"},
		{redpoll.TSKeyAggregation(time.Minute, avg, minMax), "AGGREGATION avg min,max 60000"},
		{redpoll.MigrateAuth("user", "secret"), "AUTH2 user ***"},
		{redpoll.MigrateAuth("", "secret"), "AUTH ***"},
		{redpoll.EX(1500 * time.Millisecond), "EX "}, // and why it is refused
		{redpoll.Count(0), "Count "},
	} {
		got := fmt.Sprint(tt.option)
		if got != tt.want && (!strings.HasSuffix(tt.want, " ") || !strings.HasPrefix(got, tt.want) ||
			len(got) < len(tt.want)+10) {
			t.Errorf("got %.200q, want %.200q", got, tt.want)
		}
	}
}

func TestPointerToAnOptionIsRefused(t *testing.T) {
	t.Parallel()
	option := redpoll.EX(time.Minute)
	err := unconnected(t).Set(ctx, "k", "v", &option)
	if err == nil || !strings.Contains(err.Error(), "a pointer to an option") {
		t.Errorf("got %v", err)
	}
}
