package main

import (
	"fmt"
	"os"
	"slices"
	"testing"
)

// fixture lets this program use the package redpolltest, which gives its things to tests. Whoever makes one must call
// close.
type fixture struct {
	testing.TB // nil: redpolltest needs no method but those below
	dir        string
	cleanups   []func()
}

func newFixture() (*fixture, error) {
	dir, err := os.MkdirTemp("", "redpoll-bench-")
	return &fixture{dir: dir}, err
}

// Helper does nothing: there is no test whose line could be named.
func (f *fixture) Helper() {}

// TempDir is one folder for all.
func (f *fixture) TempDir() string { return f.dir }

// Cleanup keeps what close will call.
func (f *fixture) Cleanup(end func()) { f.cleanups = append(f.cleanups, end) }

// Errorf ends the program, as Fatalf does: a comparison has no use for a broken fixture.
func (f *fixture) Errorf(format string, args ...any) { f.Fatalf(format, args...) }

// Fatalf panics, so that the deferred calls end server and proxies.
func (f *fixture) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (f *fixture) close() error {
	for _, end := range slices.Backward(f.cleanups) {
		end()
	}
	return os.RemoveAll(f.dir)
}
