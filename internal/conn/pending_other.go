//go:build !unix

package conn

import "syscall"

// pending always returns false: this system has no way to peek.
func pending(syscall.RawConn) bool { return false }
