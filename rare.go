package redpoll

import (
	"context"
	"sync"

	"github.com/redpoll-go/redpoll/internal/command"
)

// rarePool holds the records of all commands that no program runs in a hot path. Their results travel in a box, which
// costs one allocation; in return no pool per type is kept filled, and nothing is compiled for each type but a function
// that fills the box. Those are generated, in rare_gen.go: generic ones are some times as large.
var rarePool sync.Pool

// newRare is newRequest for such commands. fill puts the result itself into the slot.
//
//go:noinline
func newRare(c *Client, fill filler, info *command.Info) *request {
	return beginRequest(c, &rarePool, fill, info)
}

// box sends the command of a newRare and gives what fill returned.
func (r *request) box(ctx context.Context) (v any, err error) {
	mine, err := r.run(ctx)
	if mine {
		v, r.slot = r.slot, nil
		r.recycle()
	}
	return v, err
}
