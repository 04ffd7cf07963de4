package redpolltest

import (
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Not parallel: NoLeaks looks at the whole process.
func TestNoLeaks(t *testing.T) {
	defer func(was time.Duration) { settling = was }(settling)
	settling = 20 * time.Millisecond
	release := make(chan struct{})
	defer close(release)
	for _, c := range []struct {
		name string
		do   func(testing.TB)
		want string // in the output; empty: the test passes
	}{
		{"nothing", func(testing.TB) {}, ""},
		{"goroutine", func(testing.TB) { go waitFor(release) }, "redpolltest.waitFor("},
		{"goroutine that ends in a moment", func(testing.TB) {
			go time.Sleep(time.Millisecond)
		}, ""},
		{"clean-up", func(t testing.TB) {
			end := make(chan struct{})
			go waitFor(end)
			t.Cleanup(func() { close(end) })
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
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
		var l net.Listener
		fake := pretend(t, func(t testing.TB) {
			NoLeaks(t)
			var err error
			if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
				t.Error(err)
			}
		})
		defer l.Close()
		if !fake.Failed() || !strings.Contains(fake.text(), "open socket:") || !strings.Contains(fake.text(), "0100007F:") {
			t.Errorf("failed: %v, output: %s", fake.Failed(), fake.text())
		}
	})
}

func waitFor(c <-chan struct{}) { <-c }
