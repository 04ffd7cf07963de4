package commands_test

import (
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
)

// Replies are written as values, see [testkit.Reply].
type (
	status   = testkit.Status
	refusal  = testkit.Refusal
	mapping  = testkit.Map
	distinct = testkit.Set
)

// same marks a RESP3 reply that is equal to the RESP2 one.
var same = status("the same as RESP2")

// moduleTest is a call of a method, its words on the wire, the replies in both protocols, and the result: a
// value or an error.
type moduleTest struct {
	name         string
	call         func(rdb *redpoll.Client) (any, error)
	sends        string
	resp2, resp3 any
	want         any
}

// done is the result of calls that only return an error.
type done struct{}

func ok(err error) (any, error) { return done{}, err }

func testModule(t *testing.T, tests []moduleTest) {
	t.Helper()
	for _, c := range tests {
		if c.resp3 == same {
			c.resp3 = c.resp2
		}
		for protocol, reply := range map[int]any{2: c.resp2, 3: c.resp3} {
			checkRecorded(t, protocol, testkit.Reply(protocol, reply), recordedCall{
				name: c.name, call: c.call, sends: c.sends, want: c.want,
			})
		}
	}
}

func valid[T any](v T) redpoll.Null[T] { return redpoll.Null[T]{V: v, Valid: true} }
