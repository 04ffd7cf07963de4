//go:build !linux

package conn

import (
	"net"
	"time"
)

// boundSilence does nothing where the system has no such option that package syscall can set.
func boundSilence(net.Conn, time.Duration) {}
