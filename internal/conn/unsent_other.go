//go:build !linux

package conn

import "syscall"

// unsent always returns 0: this system does not tell the number.
func unsent(syscall.RawConn) int { return 0 }
