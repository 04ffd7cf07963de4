package values_test

import (
	"errors"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

type (
	level   int8
	title   string
	blob    []byte
	Address struct {
		City string `redis:"city"`
		Zip  *int   `redis:"zip"`
	}
	Audit struct {
		By string `redis:"by"`
	}
	account struct {
		Name    string  `redis:"name"`
		Age     int     `redis:"age,omitempty"`
		Secret  string  `redis:"-"`
		Dash    string  `redis:"-,"` // named "-"
		Admin   bool    `redis:"admin"`
		Balance float64 `redis:"balance"`
		Ratio   float32
		Level   level
		Title   title
		Photo   blob
		Max     uint64
		Born    time.Time
		Session time.Duration
		Score   redpoll.Null[float64]
		Seen    redpoll.Null[time.Time]
		Nick    *string
		Host    netip.Addr
		Big     *big.Int
		Deep    **int
		hidden  int
		Address
		*Audit
	}
)

func fullAccount() account {
	zip, nick := 12345, "al"
	deep := &zip
	return account{
		Name: "Ada", Age: 36, Dash: "d", Admin: true, Balance: -0.1, Ratio: 0.1, Level: -128,
		Title: "Countess", Photo: blob{0, 0xff, '\n'},
		Max: math.MaxUint64, Born: time.Date(1815, 12, 10, 1, 2, 3, 4, time.UTC),
		Session: 90*time.Minute + time.Nanosecond,
		Score:   redpoll.Null[float64]{V: 1e300, Valid: true},
		Seen:    redpoll.Null[time.Time]{V: time.Unix(1700000000, 5).UTC(), Valid: true},
		Nick:    &nick, Host: netip.MustParseAddr("::1"), Big: new(big.Int).Lsh(big.NewInt(1), 100),
		Deep:    &deep,
		Address: Address{City: "London", Zip: &zip}, Audit: &Audit{By: "root"},
	}
}

func TestStruct(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		want := fullAccount()
		given := want
		given.Secret, given.hidden = "not sent", 5
		if n := testkit.Must[int64](t)(redpoll.HSetFrom(ctx, t.Client, "u", &given)); n != 21 {
			t.Errorf("%d fields were set", n)
		}
		t.Want(want)(redpoll.HGetAllAs[account](ctx, t.Client, "u"))
		t.Want(want)(redpoll.HMGetAs[account](ctx, t.Client, "u"))
		t.Holds("1", "HGET", "u", "admin")
		t.Holds("1h30m0.000000001s", "HGET", "u", "Session")
		t.Holds("1815-12-10T01:02:03.000000004Z", "HGET", "u", "Born")
		t.Holds("London", "HGET", "u", "city")
		t.Holds("d", "HGET", "u", "-")
		t.Holds(nil, "HGET", "u", "Secret")
	})
}

func TestStructMissing(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.IsNil(redpoll.HGetAllAs[account](ctx, t.Client, "none"))
		t.IsNil(redpoll.HMGetAs[account](ctx, t.Client, "none"))
		t.Want(2)(t.Client.HSet(ctx, "h", "city", "Paris", "unknown", "x"))
		t.Want(account{Address: Address{City: "Paris"}})(redpoll.HGetAllAs[account](ctx, t.Client, "h"))
		t.Want(account{Address: Address{City: "Paris"}})(redpoll.HMGetAs[account](ctx, t.Client, "h"))
		t.IsNil(redpoll.HMGetAs[Audit](ctx, t.Client, "h"))
		var other *redpoll.ReplyError
		if _, err := redpoll.HGetAllAs[Audit](ctx, t.Client, "h"); !errors.As(err, &other) ||
			!strings.Contains(err.Error(), `the hash has "city", "unknown", and the struct wants "by"`) {
			t.Errorf("a struct for another hash: %v", err)
		}

		// A field that is nil, not valid or omitted is not written.
		fields := testkit.Must[[]any](t)(redpoll.Fields(account{}))
		for i := 0; i < len(fields); i += 2 {
			switch fields[i] {
			case "age", "zip", "Score", "Seen", "Nick", "Big", "Deep", "by":
				t.Errorf("%v is written", fields[i])
			}
		}
		t.OK(t.Client.Set(ctx, "s", 1))
		t.Is(redpoll.ErrWrongType)(redpoll.HGetAllAs[account](ctx, t.Client, "s"))
		t.Is(redpoll.ErrWrongType)(redpoll.HSetFrom(ctx, t.Client, "s", Audit{By: "x"}))
	})
}

// Values in other notations can be read too.
func TestStructReads(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(4)(t.Client.HSet(ctx, "h", "Born", "1700000000.5", "Session", "1500", "admin", "true",
			"balance", "inf"))
		got := testkit.Must[account](t)(redpoll.HGetAllAs[account](ctx, t.Client, "h"))
		if !got.Born.Equal(time.Unix(1700000000, 5e8)) || got.Session != 1500 || !got.Admin ||
			!math.IsInf(got.Balance, 1) {
			t.Errorf("got %+v", got)
		}
	})
}

func TestStructEncoding(t *testing.T) {
	t.Parallel()
	base := clients.NewTest(t, redpoll.Options{})
	latin := clients.New(t, redpoll.Options{
		Addr: base.Server.Addr(), DB: base.Server.DB, Text: redpoll.Latin1,
	})
	want := account{
		Name: "Zoë", Photo: blob("ë"), Born: time.Unix(0, 0).UTC(), Address: Address{City: "Köln"},
	}
	if _, err := redpoll.HSetFrom(ctx, latin, "u", want); err != nil {
		t.Fatal(err)
	}
	base.Holds("Zo\xeb", "HGET", "u", "name")
	base.Holds("ë", "HGET", "u", "Photo")
	base.Want(want)(redpoll.HGetAllAs[account](ctx, latin, "u"))
	base.Want(want)(redpoll.HMGetAs[account](ctx, latin, "u"))
}

// The offsets of RFC 3339 have no seconds, but those of historic local times have.
func TestStructOddZones(t *testing.T) {
	t.Parallel()
	type birth struct{ At time.Time }
	clients.EachProtocol(t, func(t *clients.Test) {
		at := time.Date(1879, 3, 14, 11, 30, 0, 5, time.FixedZone("LMT", 1172))
		t.Want(1)(redpoll.HSetFrom(ctx, t.Client, "h", birth{at}))
		if got := testkit.Must[birth](t)(redpoll.HGetAllAs[birth](ctx, t.Client, "h")); !got.At.Equal(at) {
			t.Errorf("%v comes back as %v", at, got.At)
		}
	})
}

// If a value does not fit, the error names the field and its type, and does not show the value.
func TestStructDoesNotFit(t *testing.T) {
	t.Parallel()
	clients.EachProtocol(t, func(t *clients.Test) {
		for _, c := range []struct{ field, value, says string }{
			{"age", "s3cret", "account.Age (int)"}, {"Level", "128", "account.Level (values_test.level)"},
			{"Max", "-1", "account.Max (uint64)"},
			{"admin", "s3cret", "account.Admin (bool)"}, {"balance", "s3cret", "account.Balance (float64)"},
			{"Ratio", "1e300", "account.Ratio (float32)"},
			{"balance", "1_000", "account.Balance (float64)"}, {"Ratio", "0x1p4", "account.Ratio (float32)"},
			{"Born", "s3cret", "account.Born (time.Time)"},
			{"Session", "s3cret", "account.Session (time.Duration)"},
			{"Score", "s3cret", "account.Score (redpoll.Null[float64])"},
			{"zip", "s3cret", "account.Address.Zip (*int)"},
		} {
			key := c.field + c.value
			t.Want(1)(t.Client.HSet(ctx, key, c.field, c.value))
			_, all := redpoll.HGetAllAs[account](ctx, t.Client, key)
			_, some := redpoll.HMGetAs[account](ctx, t.Client, key)
			for _, err := range []error{all, some} {
				var re *redpoll.ReplyError
				if !errors.As(err, &re) || !strings.Contains(err.Error(), c.says) ||
					strings.Contains(err.Error(), "s3cret") {
					t.Errorf("%s gives %v, which does not say %q", c.field, err, c.says)
				}
			}
		}
	})
}

type (
	endless *endless
	Rival   struct {
		By string `redis:"by"`
	}
	// embedsNull has the methods of a Null, but is not one.
	embedsNull struct {
		ID int
		redpoll.Null[string]
	}
	oneWay struct{}
)

func (oneWay) MarshalText() ([]byte, error) { return nil, nil }

type refuses struct{ fail bool }

func (r *refuses) MarshalText() ([]byte, error) {
	if r.fail {
		return nil, errors.New("not today")
	}
	return []byte("fine"), nil
}

func (*refuses) UnmarshalText([]byte) error { return nil }

// A struct that cannot be mapped is refused before anything is sent. The error names the field.
func TestStructRefused(t *testing.T) {
	t.Parallel()
	type lower struct{ Name string }
	type twice struct {
		A string `redis:"x"`
		B string `redis:"x"`
	}
	type self struct {
		Name string
		*Audit
	}
	type rivals struct {
		Audit
		Rival
	}
	type sparse struct{ P *int }
	type stamped struct {
		time.Time
		Zone string
	}
	type stamp struct{ time.Time }
	type Stamped stamped
	var typedNil *account
	var round endless
	round = &round
	for _, c := range []struct {
		v    any
		says string
	}{
		{5, "is int"}, {nil, "is <nil>"}, {typedNil, "is a nil *values_test.account"},
		{map[string]int{}, "map[string]int"},
		{struct{}{}, "no exported fields"},
		{struct{ M map[string]int }{}, ".M: map[string]int has no form in a hash"},
		{struct{ L []string }{}, ".L: []string"}, {struct{ V any }{}, ".V: interface {}"},
		{struct{ C complex64 }{}, ".C: complex64"},
		{struct{ S self }{}, ".S: values_test.self"}, {twice{}, `twice.A and twice.B both want to be "x"`},
		{struct {
			A int `redis:"a,inline"`
		}{}, `unknown option "inline"`},
		{struct {
			a int `redis:"a"`
		}{}, "has a tag but is not exported"},
		{struct{ W oneWay }{}, "no UnmarshalText"},
		{struct{ *lower }{}, "embedded pointer to an unexported type"},
		{struct {
			Address `redis:",inline"`
		}{}, `.Address has the option "inline" in its tag`},
		{struct {
			*Address `redis:",omitempty"`
		}{}, `.Address has the option "omitempty" in its tag`},
		{struct {
			stamped
			X int
		}{}, ".stamped would be left out"},
		{struct {
			*stamp
			X int
		}{}, ".stamp would be left out"},
		{struct {
			Stamped
			X int
		}{}, ".Stamped is written as the text of its MarshalText, which may be that of the embedded Time"},
		{struct{ N redpoll.Null[[]int] }{}, ".N: []int"},
		{struct{ P endless }{}, ".P: values_test.endless stands behind more than 8 pointers"},
		{rivals{}, `rivals.Audit.By and rivals.Rival.By both want to be "by"`},
		{struct{ E embedsNull }{}, ".E: values_test.embedsNull has no form in a hash"},
		{struct{ R refuses }{refuses{true}}, ".R: cannot be written: not today"},
		{round, "is values_test.endless; pass a struct"},
	} {
		_, err := redpoll.Fields(c.v)
		var de *redpoll.DataError
		if !errors.As(err, &de) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%T gives %v, which does not say %q", c.v, err, c.says)
		}
	}
	rdb := clients.New(t, redpoll.Options{Addr: "127.0.0.1:1"})
	if _, err := redpoll.HSetFrom(ctx, rdb, "k", &sparse{}); err == nil ||
		!strings.Contains(err.Error(), "*values_test.sparse whose fields are all empty") {
		t.Errorf("a struct without a field that is written gives %v", err)
	}
	for name, err := range map[string]error{
		"HGetAllAs":           testkit.Err(redpoll.HGetAllAs[map[string]int](ctx, rdb, "k")),
		"HMGetAs":             testkit.Err(redpoll.HMGetAs[twice](ctx, rdb, "k")),
		"HSetFrom":            testkit.Err(redpoll.HSetFrom(ctx, rdb, "k", twice{})),
		"HSetFrom of nothing": testkit.Err(redpoll.HSetFrom(ctx, rdb, "k", struct{ P *int }{})),
	} {
		if !errors.Is(err, redpoll.ErrNotSent) || !errors.As(err, new(*redpoll.DataError)) {
			t.Errorf("%s gives %v", name, err)
		}
	}
	if fields, err := redpoll.Fields(struct{ R refuses }{}); err != nil ||
		!reflect.DeepEqual(fields, []any{"R", "fine"}) {
		t.Errorf("a marshaler by pointer in a struct by value gives %v and %v", fields, err)
	}
}

// A field hides a field with the same name in an embedded struct, as in Go.
func TestStructShadowing(t *testing.T) {
	t.Parallel()
	type outer struct {
		Address
		Town string `redis:"city"`
	}
	type hidden struct {
		Audit
		Rival
		Who string `redis:"by"`
	}
	fields, err := redpoll.Fields(hidden{Who: "me"})
	if err != nil || !reflect.DeepEqual(fields, []any{"by", "me"}) {
		t.Errorf("a field that hides two gives %v and %v", fields, err)
	}
	clients.EachProtocol(t, func(t *clients.Test) {
		t.Want(1)(redpoll.HSetFrom(ctx, t.Client, "h", outer{Address{City: "inner"}, "outer"}))
		t.Want(outer{Town: "outer"})(redpoll.HGetAllAs[outer](ctx, t.Client, "h"))
	})
}

// omitempty leaves out these values.
func TestStructOmitEmpty(t *testing.T) {
	t.Parallel()
	type all struct {
		Kept   int
		Text   string               `redis:",omitempty"`
		Number float64              `redis:",omitempty"`
		Flag   bool                 `redis:",omitempty"`
		Bytes  []byte               `redis:",omitempty"`
		Time   time.Time            `redis:",omitempty"`
		Ptr    *int                 `redis:",omitempty"`
		Null   redpoll.Null[string] `redis:",omitempty"`
	}
	for name, v := range map[string]all{
		"zero values": {}, "no bytes": {Bytes: []byte{}},
		"the zero time elsewhere":       {Time: time.Time{}.UTC()},
		"the zero time of another zone": {Time: time.Time{}.In(time.FixedZone("east", 3600))},
	} {
		if fields, err := redpoll.Fields(v); err != nil ||
			!reflect.DeepEqual(fields, []any{"Kept", int64(0)}) {
			t.Errorf("%s: got %v and %v, want Kept alone", name, fields, err)
		}
	}
	kept := all{Ptr: new(int), Null: redpoll.Null[string]{Valid: true}}
	if fields, err := redpoll.Fields(kept); err != nil || len(fields) != 6 {
		t.Errorf("a pointer to 0 and an empty text that is valid give %v and %v, want both to be there",
			fields, err)
	}
}
