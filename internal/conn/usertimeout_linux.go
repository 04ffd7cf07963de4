package conn

import (
	"net"
	"syscall"
	"time"
)

// tcpUserTimeout is TCP_USER_TIMEOUT, which package syscall does not have on all architectures.
const tcpUserTimeout = 18

// boundSilence makes the kernel end a connection whose other side has acknowledged neither data nor
// keep-alive probes for some time. Without this limit the end takes about 15 minutes while data is
// unacknowledged, and a call without a timeout waits for it.
func boundSilence(sock net.Conn, d time.Duration) {
	raw := rawConn(sock)
	if raw == nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		// The connection is good without the option: some sandboxes do not know it.
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(d/time.Millisecond))
	})
}
