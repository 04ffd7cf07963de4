package redpolltest

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// fakeTB is a test that may fail without failing the real one.
type fakeTB struct {
	testing.TB

	mu       sync.Mutex
	output   []string
	failed   bool
	skipped  bool
	cleanups []func()
}

// pretend runs f as a separate test, with its clean-ups, and returns the result.
func pretend(t *testing.T, f func(testing.TB)) *fakeTB {
	t.Helper()
	fake := &fakeTB{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer fake.cleanUp()
		f(fake)
	}()
	if !await(done) {
		t.Fatal("the pretended test does not end")
	}
	return fake
}

func (f *fakeTB) cleanUp() {
	for len(f.cleanups) > 0 {
		last := len(f.cleanups) - 1
		cleanup := f.cleanups[last]
		f.cleanups = f.cleanups[:last]
		cleanup()
	}
}

func (f *fakeTB) log(failed bool, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.output = append(f.output, text)
	f.failed = f.failed || failed
}

func (f *fakeTB) text() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.output, "\n")
}

func (f *fakeTB) Failed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

func (f *fakeTB) Helper()                   {}
func (f *fakeTB) Name() string              { return "Pretended" }
func (f *fakeTB) Cleanup(c func())          { f.cleanups = append(f.cleanups, c) }
func (f *fakeTB) Logf(s string, a ...any)   { f.log(false, fmt.Sprintf(s, a...)) }
func (f *fakeTB) Error(a ...any)            { f.log(true, fmt.Sprint(a...)) }
func (f *fakeTB) Errorf(s string, a ...any) { f.log(true, fmt.Sprintf(s, a...)) }
func (f *fakeTB) Fatalf(s string, a ...any) { f.Errorf(s, a...); runtime.Goexit() }
func (f *fakeTB) Skip(a ...any) {
	f.skipped = true
	f.log(false, fmt.Sprint(a...))
	runtime.Goexit()
}
