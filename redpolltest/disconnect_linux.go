//go:build linux && !386 && !s390x

package redpolltest

import (
	"net"
	"syscall"
	"unsafe"
)

// disconnect sends a reset at once: connecting a socket to no address ends its connection.
func disconnect(c *net.TCPConn) {
	raw, err := c.SyscallConn()
	if err != nil {
		return // closed
	}
	_ = raw.Control(func(fd uintptr) {
		none := syscall.RawSockaddr{Family: syscall.AF_UNSPEC}
		_, _, _ = syscall.Syscall(syscall.SYS_CONNECT, fd, uintptr(unsafe.Pointer(&none)),
			unsafe.Sizeof(none))
	})
}
