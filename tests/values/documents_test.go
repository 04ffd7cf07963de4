package values_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// document is a document for a string key.
type document struct {
	Name string   `json:"name"`
	Tags []string `json:"tags,omitempty"`
}

// JSON documents can be stored in string keys.
func TestDocuments(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		rdb, want := t.Client, document{"Zoë", []string{"a"}}
		t.IsNil(redpoll.GetAs[document](ctx, rdb, "d"))
		t.OK(redpoll.SetAs(ctx, rdb, "d", want, redpoll.EX(time.Minute)))
		t.Holds(`{"name":"Zoë","tags":["a"]}`, "GET", "d")
		t.Want(want)(redpoll.GetAs[document](ctx, rdb, "d"))
		t.Want(map[string]any{"name": "Zoë", "tags": []any{"a"}})(
			redpoll.GetAs[map[string]any](ctx, rdb, "d"))
		if left := testkit.Must[time.Duration](t)(rdb.TTL(ctx, "d")); left <= 0 {
			t.Errorf("the document lives for %v", left)
		}
		if err := redpoll.SetAs(ctx, rdb, "d", document{}, redpoll.NX); !errors.Is(err, redpoll.Nil) {
			t.Errorf("NX was not met: %v", err)
		}
		if err := redpoll.SetAs(ctx, rdb, "d", make(chan int)); !errors.As(err, new(*redpoll.DataError)) ||
			!strings.Contains(err.Error(), "SET value: ") {
			t.Errorf("a channel: %v", err)
		}
		t.OK(rdb.Set(ctx, "text", "secret"))
		_, err := redpoll.GetAs[document](ctx, rdb, "text")
		if !errors.As(err, new(*redpoll.ReplyError)) || !errors.As(err, new(*json.SyntaxError)) ||
			redpoll.OutcomeOf(err) != redpoll.Executed || strings.Contains(err.Error(), "secret") {
			t.Errorf("no JSON: %v", err)
		}
		_, err = redpoll.MGetAs[document](ctx, rdb, "d", "text")
		if !errors.As(err, new(*redpoll.ReplyError)) || !errors.As(err, new(*json.SyntaxError)) ||
			!strings.Contains(err.Error(), "element 1") || strings.Contains(err.Error(), "secret") {
			t.Errorf("no JSON in a list: %v", err)
		}
		t.Want(int64(1))(rdb.SAdd(ctx, "set", "a"))
		t.Want([]redpoll.Null[document]{{V: want, Valid: true}, {}, {}})(
			redpoll.MGetAs[document](ctx, rdb, "d", "none", "set"))
		t.Is(redpoll.ErrWrongType)(redpoll.GetAs[document](ctx, rdb, "set"))

		pipe := rdb.Pipeline()
		set, get := pipe.Set("p", redpoll.JSON(want)), pipe.Get("p")
		t.OK(pipe.Exec(ctx))
		t.OK(set.Err())
		t.Want(want)(redpoll.JSONAs[document](get.Result()))
	})
}

// JSON is always UTF-8, with any encoding of the client.
func TestDocumentsWithAnEncoding(t *testing.T) {
	t.Parallel()
	base := clients.NewTest(t, redpoll.Options{})
	latin := clients.New(t, redpoll.Options{
		Addr: base.Server.Addr(), DB: base.Server.DB, Text: redpoll.Latin1,
	})
	want := document{Name: "Zoë €"}
	base.OK(redpoll.SetAs(ctx, latin, "d", want))
	base.Holds(`{"name":"Zoë €"}`, "GET", "d")
	base.Want(want)(redpoll.GetAs[document](ctx, latin, "d"))
	base.Want(want)(redpoll.GetAs[document](ctx, base.Client, "d"))
}

// A hash that was read as a map can be converted to a struct.
func TestHashAs(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		want := fullAccount()
		t.Want(int64(21))(redpoll.HSetFrom(ctx, t.Client, "u", &want))
		t.Want(want)(redpoll.HashAs[account](t.Client.HGetAll(ctx, "u")))
		t.IsNil(redpoll.HashAs[account](t.Client.HGetAll(ctx, "none")))
		pipe := t.Client.Pipeline()
		h := pipe.HGetAll("u")
		if _, err := redpoll.HashAs[account](h.Result()); !errors.Is(err, redpoll.ErrNotExecuted) {
			t.Errorf("before Exec: %v", err)
		}
		t.OK(pipe.Exec(ctx))
		t.Want(want)(redpoll.HashAs[account](h.Result()))
	})
	own := errors.New("own")
	for _, tt := range []struct {
		name string
		err  error
		says string
	}{
		{"another error", testkit.Err(redpoll.HashAs[account](nil, own)), "own"},
		{"a field that does not fit",
			testkit.Err(redpoll.HashAs[account](map[string]string{"age": "old"}, nil)),
			`redpoll: HashAs: field "age" does not fit account.Age (int)`},
		{"another hash", testkit.Err(redpoll.HashAs[Audit](map[string]string{"b": "", "a": ""}, nil)),
			`the hash has "a", "b", and the struct wants "by"`},
		{"no struct", testkit.Err(redpoll.HashAs[int](map[string]string{"a": ""}, nil)),
			"redpoll: HashAs type: int is not a struct"},
	} {
		if tt.err == nil || !strings.Contains(tt.err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.name, tt.err)
		}
	}
}

// Structs can be written and read in plain pipelines and in transactions.
func TestQueueStructs(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		for _, mode := range [][]redpoll.PipelineOption{nil, {redpoll.NoTransaction}} {
			t.OK(t.Client.FlushDB(ctx))
			want := fullAccount()
			pipe := t.Client.Pipeline(mode...)
			added := redpoll.QueueHSetFrom(pipe, "u", &want)
			all := redpoll.QueueHGetAllAs[account](pipe, "u")
			some := redpoll.QueueHMGetAs[Address](pipe, "u")
			none := redpoll.QueueHGetAllAs[account](pipe, "none")
			lacking := redpoll.QueueHMGetAs[account](pipe, "none")
			other := redpoll.QueueHGetAllAs[struct{ X string }](pipe, "u")
			hits := pipe.Incr("hits")
			if _, err := all.Result(); !errors.Is(err, redpoll.ErrNotExecuted) || pipe.Len() != 7 {
				t.Errorf("before Exec: %v, %d commands", err, pipe.Len())
			}
			t.OK(pipe.Exec(ctx))
			t.Want(int64(21))(added.Result())
			t.Want(want)(all.Result())
			t.Want(want.Address)(some.Result())
			t.IsNil(none.Result())
			t.IsNil(lacking.Result())
			t.Want(int64(1))(hits.Result())
			if all.Err() != nil || all.Val().Name != "Ada" || other.Err() == nil ||
				!strings.Contains(other.Err().Error(), `the struct wants "X"`) {
				t.Errorf("%v, %v; %v", all.Val(), all.Err(), other.Err())
			}
		}
		t.OK(t.Client.Set(ctx, "s", 1))
		pipe := t.Client.Pipeline(redpoll.CollectErrors)
		wrong := redpoll.QueueHGetAllAs[account](pipe, "s")
		t.OK(pipe.Exec(ctx))
		t.Is(redpoll.ErrWrongType)(wrong.Result())
	})
}

// Exec returns an error for a struct that cannot be mapped, and so does a pipeline that is nil or a zero
// value.
func TestQueueStructsFaults(t *testing.T) {
	t.Parallel()
	base := clients.NewTest(t, redpoll.Options{})
	type empty struct {
		A string `redis:",omitempty"`
	}
	for name, queue := range map[string]func(p *redpoll.Pipeline) error{
		"HSetFrom of a number": func(p *redpoll.Pipeline) error {
			return redpoll.QueueHSetFrom(p, "k", 5).Err()
		},
		"HSetFrom of nothing": func(p *redpoll.Pipeline) error {
			return redpoll.QueueHSetFrom(p, "k", empty{}).Err()
		},
		"HGetAllAs of an int": func(p *redpoll.Pipeline) error {
			return redpoll.QueueHGetAllAs[int](p, "k").Err()
		},
		"HMGetAs of an int": func(p *redpoll.Pipeline) error {
			return redpoll.QueueHMGetAs[int](p, "k").Err()
		},
	} {
		pipe := base.Client.Pipeline()
		first := pipe.Set("k", 1)
		var fault *redpoll.DataError
		if err := queue(pipe); !errors.As(err, &fault) {
			t.Errorf("%s: the handle has %v", name, err)
		}
		if err := pipe.Exec(ctx); !errors.As(err, &fault) || !errors.Is(first.Err(), redpoll.ErrNotExecuted) {
			t.Errorf("%s: Exec gives %v", name, err)
		}
		for what, p := range map[string]*redpoll.Pipeline{"nil": nil, "zero": {}} {
			if err := queue(p); err == nil || !errors.As(err, new(redpoll.Error)) {
				t.Errorf("%s on a %s pipeline: %v", name, what, err)
			}
			if err := p.Exec(ctx); err == nil || !strings.Contains(err.Error(), "Client.Pipeline") {
				t.Errorf("%s: Exec of a %s pipeline: %v", name, what, err)
			}
		}
	}
	base.Holds(int64(0), "DBSIZE")
}

// A text encoding does not change bytes and times in a struct, not even in a pipeline.
func TestQueueStructsWithAnEncoding(t *testing.T) {
	t.Parallel()
	base := clients.NewTest(t, redpoll.Options{})
	latin := clients.New(t, redpoll.Options{
		Addr: base.Server.Addr(), DB: base.Server.DB, Text: redpoll.Latin1,
	})
	want := account{
		Name: "Zoë", Photo: blob("ë"), Born: time.Unix(0, 0).UTC(), Address: Address{City: "Köln"},
	}
	pipe := latin.Pipeline()
	redpoll.QueueHSetFrom(pipe, "u", want)
	all, some := redpoll.QueueHGetAllAs[account](pipe, "u"), redpoll.QueueHMGetAs[account](pipe, "u")
	base.OK(pipe.Exec(ctx))
	base.Holds("Zo\xeb", "HGET", "u", "name")
	base.Want(want)(all.Result())
	base.Want(want)(some.Result())
}
