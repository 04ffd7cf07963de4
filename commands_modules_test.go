package redpoll_test

import (
	"fmt"
	"testing"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/resp"
)

// Replies as they are written down in the tests of the server's own modules: []any is an array, string a bulk string,
// nil no value, and numbers, booleans and these.
type (
	status   string
	refusal  string
	mapping  []any // names and values in turn
	distinct []any // a set
)

// appendRecorded writes a reply for the wire.
func appendRecorded(b []byte, protocol int, v any) []byte {
	elements := func(b []byte, list []any) []byte {
		for _, e := range list {
			b = appendRecorded(b, protocol, e)
		}
		return b
	}
	switch v := v.(type) {
	case nil:
		return resp.AppendNull(b, protocol)
	case status:
		return resp.AppendStatus(b, string(v))
	case refusal:
		return resp.AppendError(b, string(v))
	case string:
		return resp.AppendBulk(b, v)
	case int:
		return resp.AppendInteger(b, int64(v))
	case float64:
		return resp.AppendDouble(b, v)
	case bool:
		return resp.AppendBool(b, v)
	case []any:
		return elements(resp.AppendArray(b, len(v)), v)
	case mapping:
		return elements(resp.AppendMap(b, len(v)/2), v)
	case distinct:
		return elements(resp.AppendSet(b, len(v)), v)
	}
	panic(fmt.Sprintf("no reply: %T", v))
}

// same marks a RESP3 reply that is like the RESP2 one.
var same = status("the same as RESP2")

// moduleTest is a call of a method, the words it sends, what a server answers in both protocols, and what the caller
// gets: a value or an error.
type moduleTest struct {
	name         string
	call         func(rdb *redpoll.Client) (any, error)
	sends        string
	resp2, resp3 any
	want         any
}

// done is the value of calls that return only an error.
type done struct{}

func ok(err error) (any, error) { return done{}, err }

func testModule(t *testing.T, tests []moduleTest) {
	t.Helper()
	for _, c := range tests {
		if c.resp3 == same {
			c.resp3 = c.resp2
		}
		for protocol, reply := range map[int]any{2: c.resp2, 3: c.resp3} {
			checkRecorded(t, protocol, string(appendRecorded(nil, protocol, reply)), newerCommand{name: c.name, call: c.call, sends: c.sends, want: c.want})
		}
	}
}

func valid[T any](v T) redpoll.Null[T] { return redpoll.Null[T]{V: v, Valid: true} }
