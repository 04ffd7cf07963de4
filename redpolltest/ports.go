package redpolltest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"
)

// ports hands out port numbers of 127.0.0.1.
//
// They are taken from below the range which the system uses for the local end of
// outgoing connections. A port inside that range would do most of the time,
// but not while a server restarts: a client that keeps dialing the closed port
// is sooner or later given that same port as its own local end, is then
// connected to itself, and the server cannot bind its port again.
var ports = struct {
	sync.Mutex
	taken map[int]bool // handed out in this process and not given back
}{taken: map[int]bool{}}

// portRange gives the range to choose from: first and one past the last.
var portRange = sync.OnceValues(func() (int, int) {
	return portsBelow(os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"))
})

// portsBelow chooses a range outside of the one in text, which is two numbers
// in the form of Linux' ip_local_port_range.
func portsBelow(text []byte, err error) (int, int) {
	var low, high int
	if err == nil {
		_, err = fmt.Sscan(string(text), &low, &high)
	}
	switch {
	case err != nil:
		return 20000, 32000 // every system known to us starts at 32768 or above
	case low > 12000:
		return 10000, low
	case high < 60000:
		return high + 1, 65535
	default:
		return 10000, 65535 // no room outside: better a rare clash than no test
	}
}

// takePort gives a port that nobody listens on. Another process may still
// take it before the caller binds it; the caller then asks for another one.
func takePort() (int, error) {
	first, end := portRange()
	ports.Lock()
	defer ports.Unlock()
	for range 200 {
		port := first + rand.IntN(end-first)
		if ports.taken[port] {
			continue
		}
		l, err := net.Listen("tcp", loopback(port))
		if err != nil {
			continue
		}
		closeListener(l)
		ports.taken[port] = true
		return port, nil
	}
	return 0, errors.New("no free port on 127.0.0.1")
}

// closeListener closes l such that its port is really free afterwards. While this process starts another one,
// the child has a copy of every descriptor for a moment; the lock keeps that moment away.
func closeListener(l net.Listener) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	_ = l.Close() // fails only if it is closed already
}

func returnPort(port int) {
	ports.Lock()
	defer ports.Unlock()
	delete(ports.taken, port)
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
