package redpoll

import (
	"context"
	"errors"
	"fmt"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/internal/structs"
)

// FieldValue is a field of a hash, or of an entry of a stream, with its value.
type FieldValue struct {
	Field, Value string
}

func decodeFields(d *reply, v *[]FieldValue) error {
	if d.Null() {
		return decode.ErrMissing
	}
	n, nested, err := d.PairsLen()
	list := make([]FieldValue, n)
	for i := 0; i < n && err == nil; i++ {
		if err = d.Pair(nested); err != nil {
			break
		}
		if list[i].Field, err = d.UserText(); err == nil {
			list[i].Value, err = d.UserText()
		}
	}
	if err == nil {
		*v = list
	}
	return err
}

func decodeFieldPage(d *reply, v *ScanPage[FieldValue]) error {
	if err := d.Cursor(&v.Cursor); err != nil {
		return err
	}
	return decode.Inside(decodeFields(d, &v.Items))
}

// HGetAppend appends the value of a hash field to dst and returns the extended slice. It is otherwise like
// GetAppend.
//
// HGET, server 2.0.0, O(1). A key that holds another kind of value is a WRONGTYPE error.
func (c *Client) HGetAppend(ctx context.Context, key, field string, dst []byte) ([]byte, error) {
	r := newRequest(c, &kindLent)
	encodeHGet(&r.enc, key, field)
	l, err := do[*lent](ctx, r)
	return l.appendTo(dst, err)
}

// HGetAllAs reads a hash into a struct of type T; see [HSetFrom] for the mapping of fields. Fields of T that
// the hash lacks keep their zero value, and fields of the hash that T lacks are dropped. If the key is
// missing, the error is [Nil]. If a value does not fit its field, or T has no field of the hash at all, the
// error is a [*ReplyError] that names the fields. A T that cannot be mapped is a [*DataError]. It sends
// HGETALL.
//
//	u, err := redpoll.HGetAllAs[User](ctx, rdb, "user:1")
//
// [QueueHGetAllAs] is its form for pipelines, and [HashAs] reads a map that was read before.
func HGetAllAs[T any](ctx context.Context, c *Client, key string) (T, error) {
	return hashAs[T](ctx, c, key, false)
}

// HMGetAs is HGetAllAs for a hash with more fields than T has: it sends HMGET for the fields of T only. If
// the hash has none of them, the error is [Nil].
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

// HashAs turns a hash that was read as a map into a struct of type T, by the rules of [HGetAllAs]. If the map
// is empty, as HGetAll returns it for a missing key, the error is [Nil]. An error of the call is returned
// unchanged:
//
//	u, err := redpoll.HashAs[User](rdb.HGetAll(ctx, "user:1"))
//	u, err = redpoll.HashAs[User](h.Result()) // h := pipe.HGetAll("user:1"), after Exec
//
// With Options.Text all values of the map have been translated, so []byte fields differ from the bytes that
// [HSetFrom] wrote; HGetAllAs and QueueHGetAllAs do not translate them.
func HashAs[T any](hash map[string]string, err error) (T, error) {
	var v, zero T
	if err != nil {
		return zero, err
	}
	raw := make([]structs.Raw, 0, len(hash))
	for name, value := range hash {
		raw = append(raw, structs.Raw{Name: name, Value: []byte(value)})
	}
	if err := fillHash("HashAs", &v, raw, nil); err != nil {
		return zero, err
	}
	return v, nil
}

// StructReply is the handle of a queued command that reads a hash into a struct of type T, from
// [QueueHGetAllAs] or [QueueHMGetAs]; see [Reply]. Each call of Val, Err and Result fills a new T; their
// errors are those of [HGetAllAs].
type StructReply[T any] struct {
	result
	raw     []structs.Raw
	text    TextEncoding
	command string
}

// Result returns Val and Err.
func (r *StructReply[T]) Result() (T, error) {
	var v, zero T
	if r.err != nil {
		return zero, r.err
	}
	if err := fillHash(r.command, &v, r.raw, r.text); err != nil {
		return zero, err
	}
	return v, nil
}

// Val returns the struct; the zero value if Err is not nil.
func (r *StructReply[T]) Val() T {
	v, _ := r.Result()
	return v
}

// Err returns the error of Result; see [Reply.Err].
func (r *StructReply[T]) Err() error {
	_, err := r.Result()
	return err
}

// QueueHGetAllAs queues HGETALL on a pipeline for a struct of type T; see [HGetAllAs]:
//
//	ada, bob := redpoll.QueueHGetAllAs[User](pipe, "user:1"), redpoll.QueueHGetAllAs[User](pipe, "user:2")
//	if err := pipe.Exec(ctx); err != nil {
//		return err
//	}
//	u, err := ada.Result()
//
// If T cannot be mapped, Exec returns a [*DataError] and sends nothing.
func QueueHGetAllAs[T any](p *Pipeline, key string) *StructReply[T] {
	return queueHash[T](p, key, false)
}

// QueueHMGetAs is QueueHGetAllAs for HMGET; see [HMGetAs].
func QueueHMGetAs[T any](p *Pipeline, key string) *StructReply[T] { return queueHash[T](p, key, true) }

func queueHash[T any](p *Pipeline, key string, some bool) *StructReply[T] {
	h := &StructReply[T]{result: result{err: errUnmade}}
	if p == nil {
		return h
	}
	if p.c != nil {
		h.text = p.c.text
	}
	h.command = p.queueHash(key, some, new(T), &h.result, &h.raw)
	return h
}

// queueHash queues a command that reads a hash for the struct that v points to, and returns its name.
func (p *Pipeline) queueHash(key string, some bool, v any, res *result, slot *[]structs.Raw) string {
	info := hashInfo(some)
	names, err := structs.Names(v)
	e := p.begin(&kindHash)
	switch {
	case err != nil:
		e.Begin(info, "*0\r\n", 0)
		e.Err = &DataError{Command: info.Name, Argument: "type", Reason: err.Error()}
	case some:
		encodeHMGet(e, key, names)
		p.fill = structs.NamedFields(names)
	default:
		encodeHGetAll(e, key)
		p.fill = structs.AllFields
	}
	p.add(res, slot)
	return info.Name
}

// QueueHSetFrom queues HSET on a pipeline for the fields of a struct; see [HSetFrom]. If the struct cannot be
// written, Exec returns a [*DataError] and sends nothing.
func QueueHSetFrom(p *Pipeline, key string, v any) *Reply[int64] {
	fields, err := fieldsFrom(v)
	if err != nil {
		e := p.begin(&kindInt)
		e.Begin(&command.Infos[command.OpHSet], "*0\r\n", 0)
		e.Err = err
		return queue[int64](p)
	}
	return p.HSet(key, fields...)
}

// HSetFrom writes a struct into a hash with HSET, and returns the number of new fields. v is the struct or a
// pointer to it. Each exported field becomes a field of the hash, with the name in its tag or its own name:
//
//	type User struct {
//		Name   string `redis:"name"`
//		Age    int    `redis:"age,omitempty"` // left out if 0, false, "", nil, empty bytes or the zero time
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
//	pointers, Null             the value that they point to or hold; left out if nil or not valid
//
// Any other type, and an unknown option in a tag, is a [*DataError] that names the field and its type. An
// embedded struct is written as one value if it is a time.Time or an encoding.TextMarshaler, or has a name in
// its tag; otherwise its fields are written. Then its tag must not have options: omitempty belongs to its
// fields. An embedded struct is a DataError if it gets MarshalText from a struct inside it and has other
// fields, which the text would lack.
//
// A field that is left out is not deleted from the hash. If all fields are left out, this is a DataError.
//
// [QueueHSetFrom] is its form for pipelines.
func HSetFrom(ctx context.Context, c *Client, key string, v any) (int64, error) {
	fields, err := fieldsFrom(v)
	if err != nil {
		return 0, err
	}
	return c.HSet(ctx, key, fields...)
}

// fieldsFrom is Fields for a struct that must have at least one field to write.
func fieldsFrom(v any) ([]any, error) {
	fields, err := Fields(v)
	if err == nil && len(fields) == 0 {
		err = &DataError{Command: "HSET", Argument: "struct",
			Reason: fmt.Sprintf("is a %T whose fields are all empty, so that nothing is left to be written",
				v)}
	}
	return fields, err
}

// Fields returns the fields of a struct, or of the struct that a pointer points to, as arguments of HSet:
// field, value, field, value. [HSetFrom] writes these arguments.
func Fields(v any) ([]any, error) {
	list, path, err := structs.List(v)
	if err != nil {
		return nil, &DataError{Command: "HSET", Argument: path, Reason: err.Error()}
	}
	return list, nil
}

// kindHash is for hashes that become structs.
var kindHash kind

// hashInfo returns the command that reads some fields of a hash, or all.
func hashInfo(some bool) *command.Info {
	if some {
		return &command.Infos[command.OpHMGet]
	}
	return &command.Infos[command.OpHGetAll]
}

// hashInto reads a hash into the struct that v points to.
func hashInto(ctx context.Context, c *Client, key string, some bool, v any) error {
	info := hashInfo(some)
	names, err := structs.Names(v)
	if err != nil {
		return &DataError{Command: info.Name, Argument: "type", Reason: err.Error()}
	}
	r := newRequest(c, &kindHash)
	if some {
		encodeHMGet(&r.enc, key, names)
		r.fill = structs.NamedFields(names)
	} else {
		encodeHGetAll(&r.enc, key)
		r.fill = structs.AllFields
	}
	hash, err := do[[]structs.Raw](ctx, r)
	if err != nil {
		return err
	}
	return fillHash(info.Name, v, hash, c.text)
}

// fillHash puts the fields of a hash into the struct that v points to.
func fillHash(name string, v any, hash []structs.Raw, text TextEncoding) error {
	found, err := structs.Fill(v, hash, text)
	switch {
	case err != nil && !found:
		return &DataError{Command: name, Argument: "type", Reason: err.Error()}
	case err != nil:
		return &ReplyError{Command: name, Err: err}
	case !found:
		return Nil
	}
	return nil
}

// HashImport writes many hashes with the same fields, and sends only their values (HIMPORT, server 8.10).
// Client.HImport makes it. It holds a connection of its own until Close, and is for one goroutine at a time.
type HashImport struct {
	c        *Conn
	fields   []string
	prepared bool // the server knows the fields on this connection
}

// importedFields is the name of the set of fields on the server. Each connection has only one such set, which
// the next import replaces, so a connection that goes back to the pool keeps little.
const importedFields = "redpoll"

var (
	himportPrepare = command.Lookup("HIMPORT PREPARE")
	himportSet     = command.Lookup("HIMPORT SET")
)

// HImport prepares an import of hashes with these fields, which must be unique. It takes a connection from
// the pool, which counts against Options.MaxConns until HashImport.Close. On an older server the error is a
// *ServerError.
//
// HIMPORT PREPARE, server 8.10.0, O(n log n) in the number of fields.
func (c *Client) HImport(ctx context.Context, fields ...string) (*HashImport, error) {
	one, err := c.Conn(ctx)
	if err != nil {
		return nil, err
	}
	i := &HashImport{c: one, fields: append([]string(nil), fields...)}
	if err := i.prepare(ctx); err != nil {
		_ = one.Close()
		return nil, err
	}
	return i, nil
}

// Set replaces the hash at key by one with the fields of the import and these values, in the same order. The
// old fields and the expiry are removed. Values are written as by Client.HSet. If their number is not that of
// the fields, the error is a *DataError.
//
// After a lost connection the next call prepares the fields again on a new one.
//
// HIMPORT SET, server 8.10.0, O(n) in the number of fields. A key that holds another kind of value is a
// WRONGTYPE error.
func (i *HashImport) Set(ctx context.Context, key string, values ...any) error {
	if i == nil {
		i = new(HashImport) // its nil client refuses the command
	}
	if len(values) != len(i.fields) {
		return &DataError{Command: himportSet.Name, Argument: "values",
			Reason: "are not as many as the fields"}
	}
	if !i.prepared {
		if err := i.prepare(ctx); err != nil {
			return err
		}
	}
	r := newRequest(i.c.inner(), &kindOK)
	r.enc.Begin(himportSet, "*4\r\n$7\r\nHIMPORT\r\n$3\r\nSET\r\n", 4)
	r.enc.Key(key)
	r.enc.Word(importedFields)
	r.enc.Values("values", values)
	return i.done(r.done(ctx))
}

func (i *HashImport) prepare(ctx context.Context) error {
	r := newRequest(i.c.inner(), &kindOK)
	r.enc.Begin(himportPrepare, "*3\r\n$7\r\nHIMPORT\r\n$7\r\nPREPARE\r\n", 3)
	r.enc.Word(importedFields)
	r.enc.List("fields", i.fields)
	err := i.done(r.done(ctx))
	i.prepared = err == nil
	return err
}

// done records whether the server may have lost the fields, which live as long as the connection.
func (i *HashImport) done(err error) error {
	if err != nil && !errors.As(err, new(*ServerError)) && !errors.As(err, new(*DataError)) {
		i.prepared = false
	}
	return err
}

// Close gives the connection back. It may be called again. The error is always nil.
func (i *HashImport) Close() error {
	if i == nil {
		return nil
	}
	return i.c.Close()
}
