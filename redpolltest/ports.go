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
// The numbers are below the range that the system uses for the local ends of outgoing connections. A port
// inside this range causes trouble when a server restarts: a client that dials the closed port again and
// again sooner or later gets the same port as its own local end and is connected to itself, and the server
// cannot bind its port again.
var ports = struct {
	sync.Mutex
	taken map[int]bool // handed out in this process and not given back
}{taken: map[int]bool{}}

// portRange returns the range to choose from: the first port, and the last one plus one.
var portRange = sync.OnceValues(func() (int, int) {
	return portsBelow(os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"))
})

// portsBelow chooses a range outside the one in text, which is two numbers in the form of Linux'
// ip_local_port_range.
func portsBelow(text []byte, err error) (int, int) {
	var low, high int
	if err == nil {
		_, err = fmt.Sscan(string(text), &low, &high)
	}
	switch {
	case err != nil:
		return 20000, 32000 // on all known systems the range starts at 32768 or above
	case low > 12000:
		return 10000, low
	case high < 60000:
		return high + 1, 65535
	default:
		return 10000, 65535 // no room outside: a rare clash is better than no test
	}
}

// takePort returns a port on which nobody listens. Another process may still take the port before the caller
// binds it; the caller then asks for another one.
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

// closeListener closes l such that its port is free afterwards. While this process starts another one, the
// child has a copy of every descriptor for a moment; the lock prevents a close in this moment.
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
