package redpoll

import (
	"context"
	"errors"

	"github.com/redpoll-go/redpoll/internal/command"
)

// HashImport writes many hashes that all have the same fields, so that only their values are sent (HIMPORT, needs
// server 8.10). Client.HImport makes it. It holds a connection of its own until Close, and may be used by one
// goroutine at a time.
type HashImport struct {
	c        *Conn
	fields   []string
	prepared bool // the server knows the fields on this connection
}

// importedFields is the name that the fields have on the server. Only one set is prepared on a connection, and the
// next import replaces it, so a connection that goes back to the pool keeps little.
const importedFields = "redpoll"

var (
	himportPrepare = command.Lookup("HIMPORT PREPARE")
	himportSet     = command.Lookup("HIMPORT SET")
)

// HImport prepares an import of hashes with these fields, which must differ from each other. It takes a connection of
// its own from the pool, which counts against Options.MaxConns until HashImport.Close. An older server gives a
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

// Set makes the hash at key have the fields of the import with these values, in the same order. What the hash had
// before is gone, its expiry too. Values are taken as Client.HSet takes them, and another number of values than of
// fields is a *DataError.
//
// After the connection was lost the next call prepares the fields again on a new one.
//
// HIMPORT SET, server 8.10.0, O(n) in the number of fields. A key that holds another kind of value is a WRONGTYPE error.
func (i *HashImport) Set(ctx context.Context, key string, values ...any) error {
	if i == nil {
		i = new(HashImport) // its client, nil too, refuses the command
	}
	if len(values) != len(i.fields) {
		return &DataError{Command: himportSet.Name, Argument: "values", Reason: "are not as many as the fields"}
	}
	if !i.prepared {
		if err := i.prepare(ctx); err != nil {
			return err
		}
	}
	r := beginRequest(i.c.inner(), recordsOK)
	e := r.one.start(himportSet, intoOK)
	e.Open("*4\r\n$7\r\nHIMPORT\r\n$3\r\nSET\r\n", 4)
	e.Key(key)
	e.Word(importedFields)
	e.Values("values", values)
	return i.done(r.done(ctx))
}

func (i *HashImport) prepare(ctx context.Context) error {
	r := beginRequest(i.c.inner(), recordsOK)
	e := r.one.start(himportPrepare, intoOK)
	e.Open("*3\r\n$7\r\nHIMPORT\r\n$7\r\nPREPARE\r\n", 3)
	e.Word(importedFields)
	e.List("fields", i.fields)
	err := i.done(r.done(ctx))
	i.prepared = err == nil
	return err
}

// done notes whether the server may have lost the fields: they live as long as the connection.
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
