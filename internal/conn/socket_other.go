//go:build !unix

package conn

import (
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

// Without non-blocking access to the socket each write runs in its own goroutine, and an idle connection is
// not checked before use.
func rawConn(net.Conn) syscall.RawConn { return nil }

func eyeOf(net.Conn) syscall.RawConn { return nil }

type attempt struct{ waiting atomic.Bool }

func (*attempt) init() {}

func (*attempt) now(syscall.RawConn, []byte) (int, error) { panic("BUG: no raw socket here") }

func (*attempt) nowAll(syscall.RawConn, [][]byte) (int, error) { panic("BUG: no raw socket here") }

func (*attempt) someAll(syscall.RawConn, [][]byte) (int, error) { panic("BUG: no raw socket here") }

func (*attempt) poll(syscall.RawConn, []byte, time.Duration) (int, error) {
	panic("BUG: no raw socket here")
}

func (*attempt) look(syscall.RawConn) (int, error) { panic("BUG: no raw socket here") }
