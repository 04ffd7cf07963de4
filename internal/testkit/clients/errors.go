package clients

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
)

// A Failed describes the expected error of a call.
type Failed struct {
	Outcomes []redpoll.Outcome // any of these outcomes
	Is       error             // nil for any error
}

// Check reports an error that is not a *ConnError of the given kind, or that contradicts itself.
func (want Failed) Check(t *testing.T, err error) {
	t.Helper()
	var ce *redpoll.ConnError
	if !errors.As(err, &ce) {
		t.Errorf("got %T %v, want a *ConnError", err, err)
		return
	}
	if len(want.Outcomes) > 0 && !slices.Contains(want.Outcomes, ce.Outcome) {
		t.Errorf("the outcome of %q is %v, want one of %v", err, ce.Outcome, want.Outcomes)
	}
	if want.Is != nil && !errors.Is(err, want.Is) {
		t.Errorf("got %q, want an error that is %q", err, want.Is)
	}
	for outcome, sentinel := range map[redpoll.Outcome]error{
		redpoll.NotSent: redpoll.ErrNotSent, redpoll.Refused: redpoll.ErrRefused,
		redpoll.MaybeExecuted: redpoll.ErrMaybeExecuted,
	} {
		if got := errors.Is(err, sentinel); got != (outcome == ce.Outcome) {
			t.Errorf("errors.Is(%q, %q) is %v, the outcome is %v", err, sentinel, got, ce.Outcome)
		}
	}
	if redpoll.OutcomeOf(err) != ce.Outcome {
		t.Errorf("OutcomeOf(%q) is %v", err, redpoll.OutcomeOf(err))
	}
}

// NotSent is the error of a call that was not sent. The error must match is; nil matches any error, also in
// the functions below.
func NotSent(is error) Failed { return Failed{[]redpoll.Outcome{redpoll.NotSent}, is} }

// MaybeExecuted is the error of a call that was sent.
func MaybeExecuted(is error) Failed { return Failed{[]redpoll.Outcome{redpoll.MaybeExecuted}, is} }

// Unanswered is the error of a call that may or may not have been sent.
func Unanswered(is error) Failed {
	return Failed{[]redpoll.Outcome{redpoll.NotSent, redpoll.MaybeExecuted}, is}
}

// ConnError checks that err is a *ConnError with this phase and outcome.
func ConnError(t testing.TB, err error, phase redpoll.Phase, outcome redpoll.Outcome) *redpoll.ConnError {
	t.Helper()
	var ce *redpoll.ConnError
	if !errors.As(err, &ce) {
		t.Fatalf("got %v of type %T, want a *ConnError", err, err)
	}
	if ce.Phase != phase || ce.Outcome != outcome {
		t.Errorf("%v: the phase is %v and the outcome %v, want %v and %v", err, ce.Phase, ce.Outcome, phase,
			outcome)
	}
	return ce
}

// PipelineError checks that err is about the command with this index.
func PipelineError(t testing.TB, err error, index int, command string, is error) {
	t.Helper()
	var pe *redpoll.PipelineError
	if !errors.As(err, &pe) {
		t.Fatalf("got %T %v, want a *PipelineError", err, err)
	}
	if pe.Index != index || pe.Command != command || !errors.Is(err, is) {
		t.Errorf("got %v: command %d, %s; want %d, %s, and %v", err, pe.Index, pe.Command, index, command, is)
	}
	if !strings.Contains(err.Error(), fmt.Sprintf("command %d of the pipeline (%s)", index+1, command)) {
		t.Errorf("the text is %q", err)
	}
}

// LockError checks that err is a *LockError with this name that matches want.
func LockError(t testing.TB, err error, name string, want error) {
	t.Helper()
	var le *redpoll.LockError
	if !errors.As(err, &le) || le.Name != name || !errors.Is(err, want) {
		t.Errorf("got the error %v of type %T, want %v of the lock %s", err, err, want, name)
	}
}
