package redpoll

import "github.com/redpoll-go/redpoll/internal/encode"

// encoder writes commands. Arguments of types that are declared here are written by the put functions of this package.
type encoder = encode.Encoder

// fault is the error of an encoder as callers see it.
func fault(err error) error {
	if f, ok := err.(*encode.Fault); ok {
		return (*DataError)(f)
	}
	return err
}

// putScored writes members of a sorted set as ZADD wants them, score first; the
// words are counted.
func putScored(e *encoder, argument string, members []Z) {
	e.Some(argument, len(members), 2)
	for i := range members {
		e.Float(members[i].Score)
		e.Text(members[i].Member)
	}
}
