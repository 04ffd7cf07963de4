package conn

import (
	"syscall"
	"unsafe"
)

// unsent returns how many bytes the kernel holds that the other side has not acknowledged.
func unsent(raw syscall.RawConn) int {
	var n int32
	err := raw.Control(func(fd uintptr) {
		_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCOUTQ, uintptr(unsafe.Pointer(&n)))
		if errno != 0 {
			n = 0
		}
	})
	if err != nil {
		return 0
	}
	return int(n)
}
