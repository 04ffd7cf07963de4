//go:build unix

package redpolltest

import (
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// Unanswered returns a host:port that does not react to connection requests at all, like a dead host or a
// firewall: a dial waits until its timeout. The port is a listener whose queue of unaccepted connections is
// full, so the system drops further requests.
func Unanswered(t testing.TB) string {
	t.Helper()
	l, err := listenWithoutQueue()
	if err != nil {
		t.Fatalf("redpolltest: %v", err)
	}
	t.Cleanup(func() { _ = l.Close() })
	addr := l.Addr().String()
	for range 64 {
		// The length of the queue differs between systems; the first dial without an answer shows that it is
		// full.
		conn, err := net.DialTimeout("tcp", addr, 100*time.Millisecond)
		if err != nil {
			if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
				return addr
			}
			t.Fatalf("redpolltest: %v", err)
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	t.Fatal("redpolltest: this system answers connection requests although the listener's queue is full")
	return ""
}

// listenWithoutQueue listens with the shortest possible queue, which package net does not offer.
func listenWithoutQueue() (net.Listener, error) {
	syscall.ForkLock.RLock()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	file := os.NewFile(uintptr(fd), "unanswered") // owns fd
	defer file.Close()
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return nil, fmt.Errorf("bind: %w", err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return net.FileListener(file)
}
