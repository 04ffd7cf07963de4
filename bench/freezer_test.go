package main

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"
)

// echo is a server that sends all bytes back.
func echo(t *testing.T) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buf := make([]byte, 16)
				for {
					n, err := c.Read(buf)
					if err != nil {
						return
					}
					if _, err := c.Write(buf[:n]); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// ask sends a byte through the freezer and waits until it comes back.
func ask(c net.Conn, patience time.Duration) error {
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := c.Write([]byte{1}); err != nil {
		return err
	}
	_, err := c.Read(make([]byte, 1))
	return err
}

func TestFreezerKillsOnlyOpenConnections(t *testing.T) {
	t.Parallel()
	f, err := newFreezer(echo(t))
	if err != nil {
		t.Fatal(err)
	}
	dial := func() net.Conn {
		c, err := net.Dial("tcp", f.addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	old := dial()
	if err := ask(old, time.Minute); err != nil {
		t.Fatalf("before freeze: %v", err)
	}
	f.freeze()
	if err := ask(old, 50*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a connection from before freeze: %v, want silence", err)
	}
	if err := ask(dial(), time.Minute); err != nil {
		t.Errorf("a connection made after freeze: %v", err)
	}
	if got := f.dialed(); got != 2 {
		t.Errorf("%d connections counted, want 2", got)
	}
	f.close() // returns when all goroutines have ended
	if err := ask(old, time.Minute); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a frozen connection after close: %v, want its end", err)
	}
}
