package wire_test

import (
	"github.com/redpoll-go/redpoll/internal/testkit/ledger"

	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
)

// row is one call of a method and the words that are sent, with blanks between them. "" stands for an empty
// word. The rows are in files with the names of the methods' files in the root.
type row struct {
	method string
	put    func(p *redpoll.Pipeline)
	words  string
}

// rows are the rows of all methods.
var rows = slices.Concat(aclRows, arrayRows, bloomRows, clusterRows, connectionRows, geoRows, hashRows,
	jsonRows, keysRows, listRows, pubsubRows, scriptRows, searchRows, sentinelRows, serverRows, setRows,
	streamRows, stringRows, timeseriesRows, vectorsetRows, zsetRows)

// These arguments are used in many rows.
var (
	keys    = []string{"a", "b"}
	members = []redpoll.Z{{Member: "m", Score: 1}, {Member: "n", Score: 2.5}}
	moment  = time.UnixMilli(1700000000123)
)

func present[T any](v T) redpoll.Null[T] { return redpoll.Null[T]{V: v, Valid: true} }

// Covers: F391, F392
func TestWire(t *testing.T) {
	t.Parallel()
	r := newRecorder(t, nil)
	for _, c := range rows {
		want := strings.Fields(c.words)
		for i, w := range want {
			if w == `""` {
				want[i] = ""
			}
		}
		got, err := r.sent(t, c.put)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q and %v, want %q", c.method, got, err, want)
		}
	}
}

// Each method that queues a command, and each method in the command table, has a row. The calls of Shutdown,
// which pipelines do not have, are in TestShutdownWords.
func TestWireIsComplete(t *testing.T) {
	t.Parallel()
	covered := map[string]bool{"Shutdown": true}
	for _, c := range rows {
		covered[c.method] = true
	}
	for name := range ledger.Methods {
		if !covered[name] {
			t.Errorf("%s of the command table has no row", name)
		}
	}
	others := []string{"Discard", "Do", "Exec", "Len", "Results"} // for any command, or for none
	for method := range reflect.TypeFor[*redpoll.Pipeline]().Methods() {
		if !covered[method.Name] && !slices.Contains(others, method.Name) {
			t.Errorf("Pipeline.%s has no row", method.Name)
		}
	}
}
