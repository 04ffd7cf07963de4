package redpoll

import (
	"context"
	"iter"

	"github.com/redpoll-go/redpoll/internal/command"
)

// ScanIter walks over the keys of the database, by SCAN with as many calls as it takes:
//
//	for key, err := range rdb.ScanIter(ctx, redpoll.Match("user:*")) {
//		if err != nil {
//			return err
//		}
//		...
//	}
//
// The options are those of [Client.Scan] and go with each call. Match and Type filter at the server, which looks at every
// key all the same. Count says how many keys the server looks at in one call (its default is 10): more means fewer calls,
// and longer ones.
//
// What the walk promises is what the server promises. A key that is there from the beginning to the end comes at least
// once, whatever happens to others meanwhile. It may come more than once, which is not filtered. Keys that come and go
// during the walk may be seen or not. There is no order. All of that holds for one run of one server: after a restart or a
// failover the walk goes on where the new process takes the cursor to be, and may miss keys without an error.
//
// One page of keys is in memory at a time, and between two pages nothing is held: no connection and no lock, so the loop
// may use the same client, and may take its time. Leaving the loop ends the walk, at once and for good. A call happens
// when the page before it is used up. When one fails, or the context ends, the loop sees that error once, with an empty
// key, and is over; errors are those of Scan, and a page under way is not finished after the end of the context. To range
// again begins from the start. Several goroutines may range at the same time, each walks for itself.
//
//go:noinline
func (c *Client) ScanIter(ctx context.Context, opts ...ScanOption) iter.Seq2[string, error] {
	opts = append([]ScanOption(nil), opts...) // the caller's list may change until the sequence is used
	return func(yield func(string, error) bool) {
		for w := newWalk(ctx, c, command.OpScan); w.more; {
			page, err := c.Scan(ctx, w.cursor, opts...)
			w.turn(page.Cursor, err)
			for i := 0; w.reach(i, len(page.Items)); i++ {
				if !yield(page.Items[i], nil) {
					return
				}
			}
			if w.err != nil {
				yield("", w.err)
			}
		}
	}
}

// HScanIter walks over the fields and values of a hash, by HSCAN. A missing key yields nothing. Small hashes come in one
// page, whatever Count says. It is otherwise like [Client.ScanIter], with the options of [Client.HScan].
//
//go:noinline
func (c *Client) HScanIter(ctx context.Context, key string, opts ...MemberScanOption) iter.Seq2[FieldValue, error] {
	opts = append([]MemberScanOption(nil), opts...)
	return func(yield func(FieldValue, error) bool) {
		for w := newWalk(ctx, c, command.OpHScan); w.more; {
			page, err := c.HScan(ctx, key, w.cursor, opts...)
			w.turn(page.Cursor, err)
			for i := 0; w.reach(i, len(page.Items)); i++ {
				if !yield(page.Items[i], nil) {
					return
				}
			}
			if w.err != nil {
				yield(FieldValue{}, w.err)
			}
		}
	}
}

// HScanNoValuesIter walks over the names of the fields of a hash, by HSCAN with NOVALUES, which the server knows since 7.4;
// older ones refuse it. It is otherwise like [Client.HScanIter].
//
//go:noinline
func (c *Client) HScanNoValuesIter(ctx context.Context, key string, opts ...MemberScanOption) iter.Seq2[string, error] {
	opts = append([]MemberScanOption(nil), opts...)
	return func(yield func(string, error) bool) {
		for w := newWalk(ctx, c, command.OpHScan); w.more; {
			page, err := c.HScanNoValues(ctx, key, w.cursor, opts...)
			w.turn(page.Cursor, err)
			for i := 0; w.reach(i, len(page.Items)); i++ {
				if !yield(page.Items[i], nil) {
					return
				}
			}
			if w.err != nil {
				yield("", w.err)
			}
		}
	}
}

// SScanIter walks over the members of a set, by SSCAN. A missing key yields nothing. Small sets come in one page, whatever
// Count says. It is otherwise like [Client.ScanIter], with the options of [Client.SScan].
//
//go:noinline
func (c *Client) SScanIter(ctx context.Context, key string, opts ...MemberScanOption) iter.Seq2[string, error] {
	opts = append([]MemberScanOption(nil), opts...)
	return func(yield func(string, error) bool) {
		for w := newWalk(ctx, c, command.OpSScan); w.more; {
			page, err := c.SScan(ctx, key, w.cursor, opts...)
			w.turn(page.Cursor, err)
			for i := 0; w.reach(i, len(page.Items)); i++ {
				if !yield(page.Items[i], nil) {
					return
				}
			}
			if w.err != nil {
				yield("", w.err)
			}
		}
	}
}

// ZScanIter walks over the members of a sorted set with their scores, by ZSCAN, not in the order of the scores. A missing
// key yields nothing. Small sorted sets come in one page, whatever Count says. It is otherwise like [Client.ScanIter],
// with the options of [Client.ZScan].
//
//go:noinline
func (c *Client) ZScanIter(ctx context.Context, key string, opts ...MemberScanOption) iter.Seq2[Z, error] {
	opts = append([]MemberScanOption(nil), opts...)
	return func(yield func(Z, error) bool) {
		for w := newWalk(ctx, c, command.OpZScan); w.more; {
			page, err := c.ZScan(ctx, key, w.cursor, opts...)
			w.turn(page.Cursor, err)
			for i := 0; w.reach(i, len(page.Items)); i++ {
				if !yield(page.Items[i], nil) {
					return
				}
			}
			if w.err != nil {
				yield(Z{}, w.err)
			}
		}
	}
}

// walk is one walk over the pages of a SCAN command. Everything is here that need not know the type of the elements: a
// generic iterator, compiled for three types, takes half as much again of the package. For the same reason nothing in
// this file is inlined.
type walk struct {
	ctx    context.Context
	c      *Client
	op     int // the command
	cursor uint64
	more   bool  // there is another page to ask for
	err    error // why there is none
}

//go:noinline
func newWalk(ctx context.Context, c *Client, op int) *walk {
	return &walk{ctx: ctx, c: c, op: op, more: true}
}

// turn takes what came with a page.
//
//go:noinline
func (w *walk) turn(cursor uint64, err error) {
	w.cursor, w.more, w.err = cursor, err == nil && cursor != 0, err
}

// reach reports whether the loop is to see element i of a page of n. An ended context is an error of the walk, the one of
// the call that will not be made.
//
//go:noinline
func (w *walk) reach(i, n int) bool {
	if w.err != nil || i == n {
		return false
	}
	if w.ctx.Err() != nil {
		w.more, w.err = false, w.c.unsent(w.ctx, command.Infos[w.op].Name)
	}
	return w.err == nil
}
