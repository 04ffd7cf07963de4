package redpoll

import (
	"context"
	"fmt"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/structs"
)

// HGetAllAs reads a hash into a struct of type T; see [HSetFrom] for how fields are mapped. Fields of T that the hash
// has not keep their zero value, and what T has no field for is dropped. A missing key gives [Nil]. A value that
// does not fit its field is a [*ReplyError] that names the field, a T that cannot be mapped a [*DataError].
//
//	u, err := redpoll.HGetAllAs[User](ctx, rdb, "user:1")
func HGetAllAs[T any](ctx context.Context, c *Client, key string) (T, error) {
	return hashAs[T](ctx, c, key, false)
}

// HMGetAs is HGetAllAs for a hash with more fields than T has: it asks for those of T only. It gives [Nil] when the
// hash has none of them.
func HMGetAs[T any](ctx context.Context, c *Client, key string) (T, error) {
	return hashAs[T](ctx, c, key, true)
}

func hashAs[T any](ctx context.Context, c *Client, key string, some bool) (T, error) {
	var v, zero T
	if err := hashInto(ctx, c, key, some, &v); err != nil {
		return zero, err
	}
	return v, nil
}

// HSetFrom writes a struct, or what a pointer to one points to, into a hash, and returns how many fields are new. Each
// exported field becomes a field of the hash, with the name in its tag or its own:
//
//	type User struct {
//		Name   string `redis:"name"`
//		Age    int    `redis:"age,omitempty"` // left out when it is 0, false, "", nil, without bytes or the zero time
//		Secret string `redis:"-"`             // never written or read
//		Address                               // an embedded struct: its fields
//	}
//
//	_, err := redpoll.HSetFrom(ctx, rdb, "user:1", &u)
//
// Types of fields, and how they are written:
//
//	string, integers, floats   as HSet does; named types of them, too
//	bool                       1 and 0
//	[]byte                     as it is, never translated by Options.Text
//	time.Time                  RFC 3339 with nanoseconds; the seconds since 1970 are read, too
//	time.Duration              "1m30s"; a number of nanoseconds is read, too
//	encoding.TextMarshaler     its text; it must be an encoding.TextUnmarshaler, too
//	pointers, Null             what they point to or hold; left out when nil or not valid
//
// Anything else is a [*DataError] that names the field and its type, and so is an unknown option in a tag. An embedded struct is a
// value, not its fields, if it is a time.Time or an encoding.TextMarshaler, or has a name in its tag. Otherwise its tag has no
// options: omitempty belongs to its fields. A DataError is also an embedded struct that gets its MarshalText from one in
// it and has fields besides, which that text would leave out.
//
// A field that is left out is not deleted from the hash. A struct that leaves all of its fields out is a
// DataError.
func HSetFrom(ctx context.Context, c *Client, key string, v any) (int64, error) {
	fields, err := Fields(v)
	if err == nil && len(fields) == 0 {
		err = &DataError{Command: "HSET", Argument: "struct", Reason: fmt.Sprintf("is a %T whose fields are all empty, so that nothing is left to be written", v)}
	}
	if err != nil {
		return 0, err
	}
	return c.HSet(ctx, key, fields...)
}

// Fields lists a struct, or what a pointer to one points to, as HSet takes it: field, value, field, value. It is
// what [HSetFrom] writes.
func Fields(v any) ([]any, error) {
	list, path, err := structs.List(v)
	if err != nil {
		return nil, &DataError{Command: "HSET", Argument: path, Reason: err.Error()}
	}
	return list, nil
}

// hashInto reads a hash into the struct that v points to.
func hashInto(ctx context.Context, c *Client, key string, some bool, v any) error {
	info := &command.Infos[command.OpHGetAll]
	if some {
		info = &command.Infos[command.OpHMGet]
	}
	names, err := structs.Names(v)
	if err != nil {
		return &DataError{Command: info.Name, Argument: "type", Reason: err.Error()}
	}
	r := beginRequest(c, rareRecords)
	if some {
		r.one.HMGet(key, names...)
		r.one.fill = structs.SomeFields
	} else {
		r.one.HGetAll(key)
		r.one.fill = structs.AllFields
	}
	var hash []structs.Raw
	if err := r.into(ctx, &hash); err != nil {
		return err
	}
	if some {
		for i := range min(len(hash), len(names)) {
			hash[i].Name = names[i]
		}
	}
	found, err := structs.Fill(v, hash, c.text)
	switch {
	case err != nil:
		return &ReplyError{Command: info.Name, Err: err}
	case !found:
		return Nil
	}
	return nil
}
