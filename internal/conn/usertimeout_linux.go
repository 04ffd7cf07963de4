package conn

import (
	"net"
	"syscall"
	"time"
)

// tcpUserTimeout is TCP_USER_TIMEOUT, which package syscall does not have on all architectures.
const tcpUserTimeout = 18

// boundSilence makes the kernel give up a connection whose other side has acknowledged nothing for some time, neither data nor
// keep-alive probes. Without that it takes about 15 minutes if data is on its way, and a call without any time-out waits for it.
func boundSilence(sock net.Conn, d time.Duration) {
	raw := rawConn(sock)
	if raw == nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		// The connection is good without it: some sandboxes do not know the option.
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(d/time.Millisecond))
	})
}
