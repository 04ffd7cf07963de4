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

// rawConn returns the descriptor of a socket for calls that must not wait, nil if there is none.
func rawConn(nc net.Conn) syscall.RawConn {
	switch nc.(type) {
	case *net.TCPConn, *net.UnixConn:
	default:
		return nil // a user's own type may change the bytes
	}
	raw, err := nc.(syscall.Conn).SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// eyeOf returns a descriptor at which the end of a connection can be seen, nil if there is none.
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

// attempt holds the arguments and results of one non-blocking system call. The functions are bound once, so a
// call allocates nothing. Only one goroutine at a time uses an attempt.
type attempt struct {
	buf    []byte
	pieces [][]byte
	until  time.Duration
	n      int
	err    error

	// The kernel takes no more bytes now, and the number of bytes taken has been reported.
	waiting atomic.Bool

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

// someAll writes the bytes of the pieces that the kernel takes, and waits until it takes some.
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

// now writes the bytes that the kernel takes at once: n may be less than len(buf), even 0, without an error.
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

// poll reads for up to d without parking; n is -1 if nothing came.
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

// look reports whether the other side has sent something (n is 1), has closed (n is 0, with io.EOF or an
// error), or is silent (n is -1).
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
