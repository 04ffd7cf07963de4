package testkit

import "testing"

// Err returns the error of a call, without its result.
func Err[T any](_ T, err error) error { return err }

// Must returns the result of a call that has to succeed.
func Must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
