package main

import (
	"fmt"
	"os"
	"slices"
	"testing"
)

// fixture lets this program use the package redpolltest, which is made for tests. The caller must call close.
type fixture struct {
	testing.TB // nil: redpolltest needs only the methods below
	dir        string
	cleanups   []func()
}

func newFixture() (*fixture, error) {
	dir, err := os.MkdirTemp("", "redpoll-bench-")
	return &fixture{dir: dir}, err
}

// Helper does nothing: there is no test.
func (f *fixture) Helper() {}

// TempDir returns the same folder each time.
func (f *fixture) TempDir() string { return f.dir }

// Cleanup keeps a function for close.
func (f *fixture) Cleanup(end func()) { f.cleanups = append(f.cleanups, end) }

// Failed returns false: a program that has failed does not come here.
func (f *fixture) Failed() bool { return false }

// Errorf ends the program, like Fatalf: a comparison with a broken fixture is useless.
func (f *fixture) Errorf(format string, args ...any) { f.Fatalf(format, args...) }

// Fatalf panics, so that the deferred calls end server and proxies.
func (f *fixture) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (f *fixture) close() error {
	for _, end := range slices.Backward(f.cleanups) {
		end()
	}
	return os.RemoveAll(f.dir)
}
