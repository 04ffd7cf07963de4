//go:build unix

package conn

import (
	"io"
	"net"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// rawConn gives the descriptor of a socket for calls that must not wait, or nil.
func rawConn(nc net.Conn) syscall.RawConn {
	switch nc.(type) {
	case *net.TCPConn, *net.UnixConn:
	default:
		return nil // a user's own type: it may add something to the bytes
	}
	raw, err := nc.(syscall.Conn).SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// eyeOf gives a descriptor at which the end of a connection can be seen, or nil.
func eyeOf(nc net.Conn) syscall.RawConn {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// attempt holds the arguments and results of one non-blocking system call. The functions are bound once,
// so that an attempt allocates nothing. One goroutine at a time uses it.
type attempt struct {
	buf    []byte
	pieces [][]byte
	until  time.Duration
	n      int
	err    error

	waiting atomic.Bool // the kernel has taken no more, and all that it has taken has been told

	onWrite, onWriteAll, onWriteSome, onRead, onPeek func(fd uintptr) bool
}

func (a *attempt) init() {
	a.onWrite, a.onWriteAll, a.onWriteSome = a.tryWrite, a.tryWriteAll, a.tryWriteSome
	a.onRead, a.onPeek = a.tryRead, a.tryPeek
}

// nowAll is now for several pieces.
func (a *attempt) nowAll(raw syscall.RawConn, pieces [][]byte) (int, error) {
	return a.writeAll(raw, pieces, a.onWriteAll)
}

// someAll writes what the kernel takes of the pieces, and waits until it takes something.
func (a *attempt) someAll(raw syscall.RawConn, pieces [][]byte) (int, error) {
	return a.writeAll(raw, pieces, a.onWriteSome)
}

func (a *attempt) writeAll(raw syscall.RawConn, pieces [][]byte, try func(fd uintptr) bool) (int, error) {
	a.pieces = pieces
	err := raw.Write(try)
	a.pieces = nil
	if err != nil {
		return 0, err
	}
	return a.n, a.err
}

func (a *attempt) tryWriteAll(fd uintptr) bool {
	a.tryWriteSome(fd)
	return true
}

func (a *attempt) tryWriteSome(fd uintptr) bool {
	a.waiting.Store(false)
	for {
		a.n, a.err = writev(int(fd), a.pieces)
		switch a.err {
		case nil:
			return true
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			a.n, a.err = 0, nil
			a.waiting.Store(true)
			return false
		}
		a.n = 0
		return true
	}
}

// now writes what the kernel takes at once: n may be less than len(buf), also 0, without an error.
func (a *attempt) now(raw syscall.RawConn, buf []byte) (int, error) {
	a.buf = buf
	err := raw.Write(a.onWrite)
	a.buf = nil
	if err != nil {
		return 0, err
	}
	return a.n, a.err
}

func (a *attempt) tryWrite(fd uintptr) bool {
	for {
		a.n, a.err = syscall.Write(int(fd), a.buf)
		if a.err == nil {
			return true
		}
		a.n = 0
		switch a.err {
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			a.err = nil
		}
		return true
	}
}

// poll reads without parking for up to d; n is -1 when nothing came.
func (a *attempt) poll(raw syscall.RawConn, buf []byte, d time.Duration) (int, error) {
	a.buf, a.until = buf, Now()+d
	err := raw.Read(a.onRead)
	a.buf = nil
	if err != nil {
		return 0, err
	}
	return a.n, a.err
}

func (a *attempt) tryRead(fd uintptr) bool {
	for {
		a.n, a.err = syscall.Read(int(fd), a.buf)
		switch {
		case a.err == nil && a.n == 0:
			a.err = io.EOF
			return true
		case a.err == nil:
			return true
		case a.err == syscall.EINTR:
		case a.err == syscall.EAGAIN:
			if Now() >= a.until {
				a.n, a.err = -1, nil
				return true
			}
			runtime.Gosched()
		default:
			a.n = 0
			return true
		}
	}
}

// look reports whether the other side has sent something (n 1), has closed (n 0, io.EOF or an error), or is
// silent (n -1).
func (a *attempt) look(raw syscall.RawConn) (int, error) {
	if err := raw.Read(a.onPeek); err != nil {
		return 0, err
	}
	return a.n, a.err
}

func (a *attempt) tryPeek(fd uintptr) bool {
	var one [1]byte
	for {
		n, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			a.n, a.err = -1, nil
		case err != nil:
			a.n, a.err = 0, err
		case n == 0:
			a.n, a.err = 0, io.EOF
		default:
			a.n, a.err = n, nil
		}
		return true
	}
}
