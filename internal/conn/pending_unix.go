//go:build unix

package conn

import "syscall"

// pending reports whether a socket has something to read, data or its end. It may be called during a read.
func pending(raw syscall.RawConn) bool {
	found := false
	err := raw.Control(func(fd uintptr) {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		found = err != syscall.EAGAIN && err != syscall.EINTR
	})
	return found && err == nil
}
