package redpolltest

import (
	"net"
	"syscall"
	"time"
	"unsafe"
)

// siocoutqnsd asks for the bytes in a socket's send queue that were not sent yet. On the loopback device sent
// bytes are received.
const siocoutqnsd = 0x894b

// awaitDelivered waits until all bytes written to c have reached the other side's system. A reset drops bytes
// that have not, for example when the receiver's window is full. awaitDelivered gives up if the receiver does
// not read for a long time.
func awaitDelivered(c net.Conn) {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return // closed
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Microsecond) {
		unsent := int32(0)
		var errno syscall.Errno
		err := raw.Control(func(fd uintptr) {
			_, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, siocoutqnsd,
				uintptr(unsafe.Pointer(&unsent)))
		})
		if err != nil || errno != 0 || unsent == 0 {
			return
		}
	}
}
