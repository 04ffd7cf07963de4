package redpoll

import (
	"context"

	"github.com/redpoll-go/redpoll/internal/spare"
)

// lent is a buffer between the connection, which fills it, and the caller, who
// copies it and gives it back. Only the caller writes to the caller's memory:
// a call that was given up may still be decoded.
type lent struct{ b []byte }

// maxLent is the largest buffer that is kept for the next call.
const maxLent = 1 << 20

// intoLent is the filler of decodeLent.
func intoLent(d *reply, slot any) error { return decodeLent(d, slot.(**lent)) }

// decodeLent reads a string into a buffer from the pool.
func decodeLent(d *reply, v **lent) error {
	if d.Null() {
		return Nil
	}
	b, err := d.Bytes()
	if err != nil {
		return err
	}
	if d.Given {
		*v = &lent{b}
		return nil
	}
	l, _ := spare.Get(lentBuffers).(*lent)
	if l == nil {
		l = new(lent)
	}
	l.b = append(l.b[:0], b...)
	*v = l
	return nil
}

// appendTo sends a command of recordsLent, copies its result behind dst and gives the buffer back.
func (r *request) appendTo(ctx context.Context, dst []byte) ([]byte, error) {
	if r.slot == nil {
		r.slot = new(*lent)
	}
	r.one.fill = intoLent
	wait, mine, err := r.start(ctx)
	if wait {
		if lead := r.call.Await(); lead || !r.call.Answered() || r.err != nil {
			mine, err = r.finish(ctx, lead)
		}
	}
	if !mine {
		return dst, err
	}
	slot := r.slot.(**lent)
	l := *slot
	*slot = nil
	r.recycle()
	if err != nil || l == nil {
		return dst, err
	}
	dst = append(dst, l.b...)
	if cap(l.b) <= maxLent {
		spare.Put(lentBuffers, l)
	}
	return dst, nil
}

// GetAppend appends the value of key to dst and returns the extended slice, as
// append does. It allocates nothing when dst has room. The bytes are never
// translated by Options.Text. A missing key gives Nil, and dst is returned
// unchanged with every error.
//
// GET, server 1.0.0, O(1). A key that holds another kind of value is a
// WRONGTYPE error.
func (c *Client) GetAppend(ctx context.Context, key string, dst []byte) ([]byte, error) {
	r := beginRequest(c, recordsLent)
	r.one.Get(key)
	return r.appendTo(ctx, dst)
}

// GetRangeAppend appends the bytes from start to end of the value of key to dst,
// both included, negative ones counted from the end, and returns the
// extended slice. It is otherwise like GetAppend; a missing key appends nothing.
//
// GETRANGE, server 2.4.0, O(n) in the length returned. A key that holds another
// kind of value is a WRONGTYPE error.
func (c *Client) GetRangeAppend(ctx context.Context, key string, start, end int64, dst []byte) ([]byte, error) {
	r := beginRequest(c, recordsLent)
	r.one.GetRange(key, start, end)
	return r.appendTo(ctx, dst)
}

// HGetAppend appends the value of a hash field to dst and returns the extended
// slice. It is otherwise like GetAppend.
//
// HGET, server 2.0.0, O(1). A key that holds another kind of value is a WRONGTYPE
// error.
func (c *Client) HGetAppend(ctx context.Context, key, field string, dst []byte) ([]byte, error) {
	r := beginRequest(c, recordsLent)
	r.one.HGet(key, field)
	return r.appendTo(ctx, dst)
}
