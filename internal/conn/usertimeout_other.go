//go:build !linux

package conn

import (
	"net"
	"time"
)

// boundSilence does nothing on systems without an option that package syscall can set.
func boundSilence(net.Conn, time.Duration) {}
