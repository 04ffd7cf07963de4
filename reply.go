package redpoll

// result is what became of one command of a pipeline.
type result struct {
	_   [0]func() // not comparable: no function to compare handles is compiled for each type of result
	err error
}

// valid reports whether there is a result: without an error, or with one that only some of its elements are
// missing.
func (r *result) valid() bool {
	if r.err == nil {
		return true
	}
	e, ok := r.err.(*ReplyError)
	return ok && e.Elements != nil
}

// Reply is the handle of a command that was queued on a [Pipeline]: its result is there when Exec has returned. It
// belongs to the goroutine that runs the pipeline until then; afterwards it never changes, and keeps its result when the
// pipeline is used again.
type Reply[T any] struct {
	result
	v T
}

// Val returns the result, the zero value if Err is not nil; only a [ReplyError] with Elements leaves the
// other elements of a list or a map in it.
func (r *Reply[T]) Val() (v T) {
	if r.valid() {
		v = r.v
	}
	return v
}

// Err returns why there is no result: [Nil] for a missing value, a [*ServerError] or another error of the command, the
// [*ConnError] of the pipeline, [ErrWatch], or [ErrNotExecuted] before Exec.
func (r *Reply[T]) Err() error { return r.err }

// Status is the handle of a queued command whose only success reply is OK. See [Reply].
type Status struct{ result }

// Err returns nil if the command succeeded. See [Reply.Err].
func (s *Status) Err() error { return s.err }

// Result is what became of one command of a [Pipeline]; see [Pipeline.Results].
type Result struct {
	Command string // upper-case name
	Val     any    // what the handle's Val returns, nil for a Status, or if an error left no result
	Err     error  // what the handle's Err returns
}
