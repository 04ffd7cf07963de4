//go:build !linux

package conn

import "syscall"

// unsent is not known here.
func unsent(syscall.RawConn) int { return 0 }
