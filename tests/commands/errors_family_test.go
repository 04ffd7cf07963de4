package commands_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// ill is a way to get an error of the package, and its expected properties.
type ill struct {
	name string
	err  error
	want redpoll.Outcome
	is   error // another error that it must match; may be nil
}

// family checks that all errors are errors of the package with the right outcome.
func family(t *testing.T, ills []ill) {
	t.Helper()
	for _, tt := range ills {
		if tt.err == nil {
			t.Errorf("%s: no error", tt.name)
			continue
		}
		if !errors.As(tt.err, new(redpoll.Error)) {
			t.Errorf("%s: %v of type %T is not of the package", tt.name, tt.err, tt.err)
		}
		if got := redpoll.OutcomeOf(tt.err); got != tt.want {
			t.Errorf("%s: %v is %v, want %v", tt.name, tt.err, got, tt.want)
		}
		if tt.is != nil && !errors.Is(tt.err, tt.is) {
			t.Errorf("%s: %v does not match %v", tt.name, tt.err, tt.is)
		}
		if tt.err.Error() == "" {
			t.Errorf("%s: the text is %q", tt.name, tt.err)
		}
	}
}

// If a conversion fails, the command was executed, because its reply arrived. There is not a value besides
// the error.
//
// Covers: F69
func TestFamilyOfConversions(t *testing.T) {
	t.Parallel()
	const long = "99999999999999999999999"
	type user struct {
		Name string
		Age  int
	}
	n, e1 := redpoll.Int("abc", nil)
	n64, e2 := redpoll.Int64(long, nil)
	u64, e3 := redpoll.Uint64(long, nil)
	f, e4 := redpoll.Float("1e999", nil)
	b, e5 := redpoll.Bool("maybe", nil)
	at, e6 := redpoll.Time("yesterday", nil)
	js, e7 := redpoll.JSONAs[user](`{"Name":"Ada","Age":"old"}`, nil)
	_, e8 := redpoll.JSONAs[int]("{", nil)
	_, e9 := redpoll.UTF8Strict.AppendDecode(nil, []byte("\xff"))
	family(t, []ill{
		{"Int", e1, redpoll.Executed, strconv.ErrSyntax}, {"Int64", e2, redpoll.Executed, strconv.ErrRange},
		{"Uint64", e3, redpoll.Executed, strconv.ErrRange}, {"Float", e4, redpoll.Executed, strconv.ErrRange},
		{"Bool", e5, redpoll.Executed, strconv.ErrSyntax}, {"Time", e6, redpoll.Executed, strconv.ErrSyntax},
		{"JSONAs", e7, redpoll.Executed, nil}, {"JSONAs of half a text", e8, redpoll.Executed, nil},
		{"AppendDecode", e9, redpoll.Executed, nil},
	})
	for name, v := range map[string]any{
		"Int":    n,
		"Int64":  n64,
		"Uint64": u64,
		"Float":  f,
		"Bool":   b,
		"Time":   at,
		"JSONAs": js,
	} {
		if !reflect.ValueOf(v).IsZero() {
			t.Errorf("%s gives %v beside its error", name, v)
		}
	}
	var wrong *json.UnmarshalTypeError
	if !errors.As(e7, &wrong) || wrong.Field != "Age" {
		t.Errorf("what encoding/json says is not in %v", e7)
	}
}

// If a reply does not have the requested type, the command was executed.
func TestFamilyOfReplies(t *testing.T) {
	t.Parallel()
	rdb, srv := clients.Shared(t, redpoll.Options{
		Text: redpoll.UTF8Strict, Callbacks: map[string]redpoll.Callback{
			"ECHO": func(redpoll.Value, redpoll.CallbackOptions) (any, error) { return struct{}{}, nil },
		},
	})
	srv.Do("SET", "k", "text")
	srv.Do("SET", "bad", "\xff")
	srv.Do("HSET", "h", "Name", "Ada", "Age", "old")
	type user struct {
		Name string
		Age  int
	}
	v, err := rdb.Do(ctx, "GET", "k")
	if err != nil {
		t.Fatal(err)
	}
	other, err := rdb.Do(ctx, "ECHO", "x")
	if err != nil {
		t.Fatal(err)
	}
	none, err := rdb.Do(ctx, "GET", "missing")
	if err != nil {
		t.Fatal(err)
	}
	half, halfErr := redpoll.HGetAllAs[user](ctx, rdb, "h")
	some, someErr := redpoll.HMGetAs[user](ctx, rdb, "h")
	if half != (user{}) || some != (user{}) {
		t.Errorf("got %v and %v beside an error", half, some)
	}
	got, getErr := rdb.Get(ctx, "bad")
	if got != "" {
		t.Errorf("got %q beside an error", got)
	}
	pipe := rdb.Pipeline()
	handle := pipe.Get("bad")
	execErr := pipe.Exec(ctx)
	if handle.Val() != "" || pipe.Results()[0].Val != nil {
		t.Errorf("the handle has %q beside an error", handle.Val())
	}
	family(t, []ill{
		{"Value.Int", testkit.Err(v.Int()), redpoll.Executed, nil},
		{"Value.Int64", testkit.Err(v.Int64()), redpoll.Executed, nil},
		{"Value.Uint64", testkit.Err(v.Uint64()), redpoll.Executed, nil},
		{"Value.Time", testkit.Err(v.Time()), redpoll.Executed, nil},
		{"Value.StringMap", testkit.Err(v.StringMap()), redpoll.Executed, nil},
		{"Value.BigInt", testkit.Err(v.BigInt()), redpoll.Executed, nil},
		{"Value.Float", testkit.Err(v.Float()), redpoll.Executed, nil},
		{"Value.Bool", testkit.Err(v.Bool()), redpoll.Executed, nil},
		{"Value.Array", testkit.Err(v.Array()), redpoll.Executed, nil},
		{"Value.Map", testkit.Err(v.Map()), redpoll.Executed, nil},
		{"Value.Strings", testkit.Err(v.Strings()), redpoll.Executed, nil},
		{"what a callback made", testkit.Err(other.Text()), redpoll.Executed, nil},
		{"no value", testkit.Err(none.Text()), redpoll.Executed, redpoll.Nil},
		{"missing", testkit.Err(rdb.Get(ctx, "missing")), redpoll.Executed, redpoll.Nil},
		{"HGetAllAs", halfErr, redpoll.Executed, strconv.ErrSyntax},
		{"HMGetAs", someErr, redpoll.Executed, strconv.ErrSyntax},
		{"an encoding", getErr, redpoll.Executed, nil}, {"the same in Exec", execErr, redpoll.Executed, nil},
		{"the same of a handle", handle.Err(), redpoll.Executed, nil},
		{"another type", testkit.Err(rdb.LLen(ctx, "k")), redpoll.Refused, redpoll.ErrWrongType},
	})
}

// Misuse, and arguments that cannot be sent, are errors that send nothing.
func TestFamilyOfMisuse(t *testing.T) {
	t.Parallel()
	rdb := unconnected(t)
	latin := clients.New(t, redpoll.Options{Text: redpoll.Latin1})
	ended, cancel := context.WithCancel(ctx)
	cancel()
	unit := func(*redpoll.Tx) error { return nil }
	exec := func(p *redpoll.Pipeline) error { return p.Exec(ctx) }
	faulty := rdb.Pipeline()
	status := faulty.Set("k", true)
	waiting := rdb.Pipeline().Get("k")
	closed := clients.New(t, redpoll.Options{})
	_ = closed.Close()
	var scan error
	for _, err := range rdb.ScanIter(ended) {
		scan = err
	}
	_, url := redpoll.ParseURL("http://x")
	_, file := redpoll.ParseURL("rediss://h?ssl_ca_certs=/nowhere")
	_, option := redpoll.New(redpoll.Options{DB: -1})
	_, hook := redpoll.New(redpoll.Options{Hooks: []redpoll.Hook{nil}})
	_, pool := redpoll.New(redpoll.Options{Pool: new(redpoll.Pool)})
	_, twice := redpoll.NewPool(redpoll.Options{Pool: rdb.Pool()})
	_, encode := redpoll.Latin1.AppendEncode(nil, "€")
	_, strict := redpoll.UTF8Strict.AppendEncode(nil, "\xff")
	_, fields := redpoll.Fields(5)
	var nobody *redpoll.Conn
	var held *redpoll.Held
	var script *redpoll.Script
	var functions *redpoll.Functions
	ills := []ill{
		{name: "Do without a command", err: testkit.Err(rdb.Do(ctx))},
		{name: "Do of a number", err: testkit.Err(rdb.Do(ctx, 5))},
		{name: "Do of a nil", err: testkit.Err(rdb.Do(ctx, "SET", "k", nil))},
		{name: "SELECT", err: testkit.Err(rdb.Do(ctx, "SELECT", 1))},
		{name: "JSON of a channel", err: rdb.JSONSet(ctx, "k", "$", redpoll.JSON(make(chan int)))},
		{name: "empty JSON", err: rdb.JSONSet(ctx, "k", "$", redpoll.JSONText{})},
		{name: "HSetFrom", err: testkit.Err(redpoll.HSetFrom(ctx, rdb, "k", 5))},
		{name: "HSetFrom of nil", err: testkit.Err(redpoll.HSetFrom(ctx, rdb, "k", nil))},
		{name: "HGetAllAs of an int", err: testkit.Err(redpoll.HGetAllAs[int](ctx, rdb, "k"))},
		{name: "Fields", err: fields},
		{name: "a character", err: latin.Set(ctx, "k", "€")}, {name: "AppendEncode", err: encode},
		{name: "AppendEncode of bytes", err: strict},
		{name: "a script that Latin-1 lacks", err: testkit.Err(latin.RegisterScript("€").Run(ctx, nil))},
		{name: "zero Pipeline", err: exec(new(redpoll.Pipeline))},
		{name: "a pipeline with a fault", err: exec(faulty)}, {name: "its handle", err: status.Err()},
		{name: "before Exec", err: waiting.Err(), is: redpoll.ErrNotExecuted},
		{name: "Multi of nobody", err: exec(nobody.Multi())},
		{name: "Watch of nobody", err: nobody.Watch(ctx, "k")},
		{name: "Unwatch of nobody", err: nobody.Unwatch(ctx)},
		{name: "Wait of nobody", err: testkit.Err(nobody.Wait(ctx, 1, time.Second))},
		{name: "Transaction without a function", err: rdb.Transaction(ctx, nil)},
		{name: "Pipelined without a function", err: rdb.Pipelined(ctx, nil)},
		{name: "TxOptions", err: rdb.TransactionWith(ctx, redpoll.TxOptions{Attempts: -1}, unit)},
		{name: "a lock without TTL", err: testkit.Err(rdb.Lock("l", redpoll.LockOptions{}).TryAcquire(ctx))},
		{name: "a zero Lock", err: testkit.Err(new(redpoll.Lock).Acquire(ctx))},
		{name: "a nil Held", err: held.Release(ctx),
			is: redpoll.ErrNotHeld}, {name: "Lock.Do without a function",
			err: rdb.Lock("l", redpoll.LockOptions{TTL: time.Second}).Do(ctx, nil)},
		{name: "a nil HashImport", err: (*redpoll.HashImport)(nil).Set(ctx, "k")},
		{name: "a zero HashImport", err: new(redpoll.HashImport).Set(ctx, "k")},
		{name: "a nil Script", err: testkit.Err(script.Run(ctx, nil))},
		{name: "a zero Script", err: testkit.Err(new(redpoll.Script).Run(ctx, nil))},
		{name: "nil Functions", err: testkit.Err(functions.Call(ctx, "f", nil))}, {name: "a URL", err: url},
		{name: "a file of a URL", err: file}, {name: "an option", err: option},
		{name: "a nil hook", err: hook}, {name: "a zero Pool", err: pool},
		{name: "a pool of a pool", err: twice},
		{name: "a closed client", err: testkit.Err(closed.Get(ctx, "k")), is: redpoll.ErrClosed},
		{name: "its Conn", err: testkit.Err(closed.Conn(ctx)), is: redpoll.ErrClosed},
		{name: "an ended context", err: testkit.Err(rdb.Get(ended, "k")), is: context.Canceled},
		{name: "an ended walk", err: scan, is: context.Canceled},
		{name: "an ended context of a lock",
			err: testkit.Err(rdb.Lock("l", redpoll.LockOptions{TTL: time.Second}).Acquire(ended)),
			is:  context.Canceled},
		{name: "an ended context of a transaction", err: rdb.Transaction(ended, unit, "k"),
			is: context.Canceled},
		{name: "a nil option", err: rdb.Set(ctx, "k", "v", nil)},
		{name: "a nil rare option", err: testkit.Err(rdb.ClientList(ctx, redpoll.ClientFilter{}))},
		{name: "a nil field", err: rdb.FTCreate(ctx, "i", redpoll.FTCreateOptions{}, nil)},
		{name: "a zero operation", err: testkit.Err(rdb.BitField(ctx, "k", redpoll.BitFieldOp{}))},
	}
	for i := range ills {
		ills[i].want = redpoll.NotSent
	}
	family(t, ills)
}

// Calls on a client that is nil or a zero value return an error and do not panic.
func TestFamilyOfUnmadeClients(t *testing.T) {
	t.Parallel()
	for name, rdb := range map[string]*redpoll.Client{"nil": nil, "zero": new(redpoll.Client)} {
		pipe := rdb.Pipeline()
		queued := pipe.Get("k")
		executed := pipe.Exec(ctx)
		do := rdb.Pipeline()
		do.Do("GET", "k")
		var walked error
		for _, err := range rdb.HScanIter(ctx, "k") {
			walked = err
		}
		unit := func(*redpoll.Tx) error { return nil }
		lock := rdb.Lock("l", redpoll.LockOptions{TTL: time.Second, Fencing: true})
		script, functions := rdb.RegisterScript("return 1"), rdb.RegisterFunctions("#!lua name=x")
		type user struct{ Name string }
		ills := []ill{
			{name: "Get", err: testkit.Err(rdb.Get(ctx, "k"))}, {name: "Set", err: rdb.Set(ctx, "k", 1)},
			{name: "Info", err: testkit.Err(rdb.Info(ctx))},
			{name: "GetAppend", err: testkit.Err(rdb.GetAppend(ctx, "k", nil))},
			{name: "Do", err: testkit.Err(rdb.Do(ctx, "GET", "k"))},
			{name: "HGetAllAs", err: testkit.Err(redpoll.HGetAllAs[user](ctx, rdb, "k"))},
			{name: "Conn", err: testkit.Err(rdb.Conn(ctx))},
			{name: "Exec", err: executed},
			{name: "the handle", err: queued.Err(), is: redpoll.ErrNotExecuted},
			{name: "Exec after Do", err: do.Exec(ctx)},
			{name: "Pipelined", err: rdb.Pipelined(ctx, func(*redpoll.Pipeline) error { return nil })},
			{name: "Multi", err: (new(redpoll.Conn)).Multi().Exec(ctx)},
			{name: "Watch", err: (new(redpoll.Conn)).Watch(ctx, "k")},
			{name: "Unwatch", err: (new(redpoll.Conn)).Unwatch(ctx)},
			{name: "Transaction", err: rdb.Transaction(ctx, unit, "k")},
			{name: "HScanIter", err: walked}, {name: "Acquire", err: testkit.Err(lock.Acquire(ctx))},
			{name: "Locked", err: testkit.Err(lock.Locked(ctx))},
			{name: "Adopt", err: lock.Adopt("t").Release(ctx), is: redpoll.ErrNotHeld},
			{name: "Run", err: testkit.Err(script.Run(ctx, nil))},
			{name: "Load", err: script.Load(ctx)},
			{name: "Call", err: testkit.Err(functions.Call(ctx, "f", nil))},
			{name: "HImport", err: testkit.Err(rdb.HImport(ctx, "f"))},
		}
		for i := range ills {
			ills[i].name, ills[i].want = name+" client: "+ills[i].name, redpoll.NotSent
		}
		family(t, ills)
		rdb.SetResponseCallback("GET", nil)
		if rdb.Close() != nil || rdb.Pool() != nil || rdb.Stats() != (redpoll.Stats{}) || rdb.String() == "" {
			t.Errorf("a %s client has something", name)
		}
	}
}

// All methods of values that are nil or a zero value explain this in their error, and do not panic. Methods
// that end something, or return nothing, do nothing.
func TestUnmadeExplainsItself(t *testing.T) {
	t.Parallel()
	// MGet without keys needs no server, and a nil Held is not owned.
	silent := []string{"Close", "Drain", "MGet", "MGetBytes", "Owned"}
	for _, v := range []any{
		(*redpoll.Client)(nil), new(redpoll.Client), new(redpoll.Conn), (*redpoll.Pipeline)(nil),
		new(redpoll.Pipeline), (*redpoll.Pool)(nil), new(redpoll.Pool),
		(*redpoll.Lock)(nil), new(redpoll.Lock), (*redpoll.Held)(nil), new(redpoll.Held),
		(*redpoll.Script)(nil), new(redpoll.Script),
		(*redpoll.Functions)(nil), new(redpoll.Functions), (*redpoll.HashImport)(nil),
		new(redpoll.HashImport),
	} {
		r := reflect.ValueOf(v)
		what := fmt.Sprintf("%T", v)
		if r.IsNil() {
			what = "nil " + what
		}
		for i := range r.NumMethod() {
			name := r.Type().Method(i).Name
			failed, fails := callWithNothing(t, what+"."+name, r.Method(i))
			if fails && !slices.Contains(silent, name) && !errors.As(failed, new(redpoll.Error)) {
				t.Errorf("%s.%s: got %v", what, name, failed)
			}
		}
	}
	var nobody *redpoll.Pipeline
	for name, err := range map[string]error{"Exec": nobody.Exec(ctx), "Do": nobody.Do("GET", "k").Err()} {
		if !errors.As(err, new(redpoll.Error)) || !strings.Contains(err.Error(), "Client.Pipeline") {
			t.Errorf("nil Pipeline.%s: got %v", name, err)
		}
	}
	if nobody.Discard(); nobody.Len() != 0 || len(nobody.Results()) != 0 {
		t.Error("a nil Pipeline has something")
	}
}

// callWithNothing calls a method with zero values. It returns its error, and whether it has one.
func callWithNothing(t *testing.T, name string, m reflect.Value) (failed error, fails bool) {
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s panics: %v", name, p)
		}
	}()
	var args []reflect.Value
	for i := range m.Type().NumIn() {
		switch in := m.Type().In(i); {
		case m.Type().IsVariadic() && i == m.Type().NumIn()-1:
		case in == reflect.TypeFor[context.Context]():
			args = append(args, reflect.ValueOf(ctx))
		default:
			args = append(args, reflect.Zero(in))
		}
	}
	results := m.Call(args)
	if n := len(results); n > 0 && m.Type().Out(n-1) == reflect.TypeFor[error]() {
		failed, _ = results[n-1].Interface().(error)
		return failed, true
	}
	return nil, false
}

// The methods that only a Conn has return an error if the Conn was not made by a client.
func TestFamilyOfUnmadeConns(t *testing.T) {
	t.Parallel()
	rdb, _ := clients.Shared(t, redpoll.Options{})
	for name, one := range map[string]*redpoll.Conn{"nil": nil, "zero": {}} {
		for method, err := range map[string]error{
			"Watch": one.Watch(ctx, "k"), "Unwatch": one.Unwatch(ctx), "Multi": one.Multi().Exec(ctx),
			"Wait":    testkit.Err(one.Wait(ctx, 0, time.Second)),
			"WaitAOF": testkit.Err(one.WaitAOF(ctx, 0, 0, time.Second)),
		} {
			var fault *redpoll.DataError
			if !errors.As(err, &fault) || fault.Argument != "Conn" ||
				fault.Command != strings.ToUpper(method) {
				t.Errorf("a %s Conn: %s: got %v", name, method, err)
			}
		}
		if err := one.Close(); err != nil {
			t.Errorf("a %s Conn: Close: got %v", name, err)
		}
	}
	clients.Usable(t, rdb)
}

// Errors of the caller's own functions are returned unchanged.
func TestFamilyHasNoStrangers(t *testing.T) {
	t.Parallel()
	own := errors.New("the caller's own")
	rdb, _ := clients.Shared(t, redpoll.Options{Callbacks: map[string]redpoll.Callback{
		"ECHO": func(redpoll.Value, redpoll.CallbackOptions) (any, error) { return nil, own },
	}})
	_, inCallback := rdb.Do(ctx, "ECHO", "x")
	for name, err := range map[string]error{
		"a callback": inCallback, "Int": testkit.Err(redpoll.Int("", own)),
		"JSONAs":      testkit.Err(redpoll.JSONAs[int]("", own)),
		"Pipelined":   rdb.Pipelined(ctx, func(*redpoll.Pipeline) error { return own }),
		"Transaction": rdb.Transaction(ctx, func(*redpoll.Tx) error { return own }),
		"Lock.Do": rdb.Lock("l", redpoll.LockOptions{TTL: time.Minute}).Do(ctx,
			func(context.Context) error { return own }),
	} {
		if err != own { // not even wrapped
			t.Errorf("%s: got %v", name, err)
		}
	}
	pipe := rdb.Pipeline()
	pipe.Do("ECHO", "x")
	if err := pipe.Exec(ctx); !errors.Is(err, own) || !errors.As(err, new(*redpoll.PipelineError)) {
		t.Errorf("a callback in a pipeline: got %v", err)
	}
}
