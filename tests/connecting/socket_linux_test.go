package connecting_test

import (
	"net"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll"
	"github.com/redpoll-go/redpoll/internal/testkit"
	"github.com/redpoll-go/redpoll/internal/testkit/clients"
)

// socketsTo returns the descriptors of this process's TCP connections to a port.
func socketsTo(t *testing.T, port int) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		peer, err := syscall.Getpeername(fd)
		if err != nil {
			continue
		}
		if in4, ok := peer.(*syscall.SockaddrInet4); ok && in4.Port == port {
			found = append(found, fd)
		}
	}
	return found
}

// Covers: F114
func TestSocketOptions(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		keepAlive time.Duration
		on        int
		seconds   int
	}{
		"default": {0, 1, 15}, "own interval": {40 * time.Second, 1, 40}, "off": {redpoll.Forever, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := testkit.Listen(t, testkit.Friendly)
			clients.Usable(t, clients.New(t, redpoll.Options{Addr: p.Addr(), KeepAlive: tt.keepAlive}))
			_, text, _ := net.SplitHostPort(p.Addr())
			port, _ := strconv.Atoi(text)
			sockets := socketsTo(t, port)
			if len(sockets) != 1 {
				t.Fatalf("%d sockets lead to the peer", len(sockets))
			}
			get := func(level, option int) int {
				n, err := syscall.GetsockoptInt(sockets[0], level, option)
				if err != nil {
					t.Error(err)
				}
				return n
			}
			if get(syscall.IPPROTO_TCP, syscall.TCP_NODELAY) == 0 {
				t.Error("TCP_NODELAY is off")
			}
			if got := get(syscall.SOL_SOCKET, syscall.SO_KEEPALIVE); got != tt.on {
				t.Errorf("SO_KEEPALIVE is %d", got)
			}
			if got := get(syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL); tt.on == 1 && got != tt.seconds {
				t.Errorf("the probes are %d s apart, want %d", got, tt.seconds)
			}
		})
	}
}

// All addresses of a host are tried. On most machines localhost also has an IPv6 address, where nobody
// listens.
//
// Covers: F114
func TestAddressesOfAHost(t *testing.T) {
	t.Parallel()
	p := testkit.Listen(t, testkit.Friendly)
	_, port, _ := net.SplitHostPort(p.Addr())
	clients.Usable(t, clients.New(t, redpoll.Options{Addr: "localhost:" + port}))
	clients.Usable(t, clients.New(t, redpoll.Options{Addr: "localhost:" + port, Network: "tcp4"}))
	six := clients.New(t, redpoll.Options{Addr: "127.0.0.1:" + port, Network: "tcp6", NoRetry: true})
	clients.ConnError(t, six.Ping(t.Context()), redpoll.PhaseDial, redpoll.NotSent)
}
