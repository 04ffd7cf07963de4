//go:build !unix

package conn

import "syscall"

// pending cannot be told here.
func pending(syscall.RawConn) bool { return false }
