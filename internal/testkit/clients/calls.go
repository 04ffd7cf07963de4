package clients

import (
	"context"
	"reflect"
	"testing"

	"github.com/redpoll-go/redpoll"
)

// CallMethod calls a method of a client, or else of a Conn, by its name; numbers are converted to the types
// of its parameters.
func CallMethod(t testing.TB, rdb *redpoll.Client, name string, given []any) (value any, err error) {
	t.Helper()
	m := reflect.ValueOf(rdb).MethodByName(name)
	if !m.IsValid() {
		m = reflect.ValueOf(Pin(t, rdb)).MethodByName(name)
	}
	if !m.IsValid() {
		t.Fatalf("the client has no method %s", name)
	}
	typ := m.Type()
	args := []reflect.Value{reflect.ValueOf(t.Context())}
	for i, a := range given {
		in := typ.In(min(i+1, typ.NumIn()-1))
		if typ.IsVariadic() && i+1 >= typ.NumIn()-1 {
			in = in.Elem()
		}
		switch v := reflect.ValueOf(a); {
		case a == nil:
			args = append(args, reflect.Zero(in))
		case in.Kind() != reflect.Interface && v.CanConvert(in):
			args = append(args, v.Convert(in))
		default:
			args = append(args, v)
		}
	}
	out := m.Call(args)
	err, _ = out[len(out)-1].Interface().(error)
	if len(out) > 1 {
		value = out[0].Interface()
	}
	return value, err
}

// Result compares the value of a handle, whose type is T.
func Result[T any](t testing.TB, what string, h *redpoll.Reply[T], want T) {
	t.Helper()
	if h.Err() != nil || !reflect.DeepEqual(h.Val(), want) {
		t.Errorf("%s gives %v, %v, want %v", what, h.Val(), h.Err(), want)
	}
}

// Acquire takes a lock that is free.
func Acquire(t testing.TB, rdb *redpoll.Client, name string, o redpoll.LockOptions) *redpoll.Held {
	t.Helper()
	held, err := rdb.Lock(name, o).Acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return held
}
