package redpolltest

import (
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
)

// The test is not parallel, because NoLeaks looks at the whole process.
func TestNoLeaks(t *testing.T) {
	usual := settling
	defer func() { settling = usual }()
	release := make(chan struct{})
	defer close(release)
	for _, c := range []struct {
		name string
		do   func(testing.TB)
		want string // in the output; empty if the test passes
	}{
		{"nothing", func(testing.TB) {}, ""},
		{"goroutine", func(testing.TB) { startWaiting(release) }, "redpolltest.waitFor("},
		{"goroutine that ends in a moment", func(testing.TB) {
			go time.Sleep(time.Millisecond)
		}, ""},
		{"clean-up", func(t testing.TB) {
			end := make(chan struct{})
			startWaiting(end)
			t.Cleanup(func() { close(end) })
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			settling = usual
			if c.want != "" {
				settling = time.Millisecond // it will not end
			}
			fake := pretend(t, func(t testing.TB) {
				NoLeaks(t)
				c.do(t)
			})
			if fake.Failed() != (c.want != "") || !strings.Contains(fake.text(), c.want) {
				t.Errorf("failed: %v, output: %s", fake.Failed(), fake.text())
			}
		})
	}
	t.Run("socket", func(t *testing.T) {
		if runtime.GOOS != "linux" {
			t.Skip("open sockets cannot be seen on this system")
		}
		settling = time.Millisecond
		var l net.Listener
		fake := pretend(t, func(t testing.TB) {
			NoLeaks(t)
			var err error
			if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
				t.Error(err)
			}
		})
		defer l.Close()
		if !fake.Failed() || !strings.Contains(fake.text(), "open socket:") ||
			!strings.Contains(fake.text(), "0100007F:") {
			t.Errorf("failed: %v, output: %s", fake.Failed(), fake.text())
		}
	})
}

// startWaiting returns when a goroutine is in waitFor.
func startWaiting(end <-chan struct{}) {
	begun := make(chan struct{})
	go waitFor(begun, end)
	<-begun
}

func waitFor(begun chan<- struct{}, end <-chan struct{}) {
	close(begun)
	<-end
}
