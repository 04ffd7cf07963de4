package redpoll

import (
	"context"
	"errors"
)

// errStillThere is what a server that answers SHUTDOWN with a success has done.
//
//houserules:ok family: it becomes the Err of a ReplyError
var errStillThere = errors.New("SHUTDOWN seems to have failed: the server answered instead of ending")

// decodeGone is for a command after which the server is gone: any reply is an error.
func decodeGone(d *reply, _ *struct{}) error {
	if err := d.Skip(); err != nil {
		return err
	}
	return errStillThere
}

// gone turns the connection that was lost while the reply was awaited into
// success. A caller that gave up, a time-out and a closed client are none: the server may
// still be there.
func gone(err error) error {
	var ce *ConnError
	if !errors.As(err, &ce) || ce.Outcome != MaybeExecuted || ce.Phase != PhaseRead || ce.Timeout() ||
		errors.Is(err, ErrClosed) || errors.Is(err, ErrProtocol) || errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
