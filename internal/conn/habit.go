package conn

import (
	"sync"
	"sync/atomic"
	"time"
)

// habits is what earlier connections found out about an endpoint.
type habits struct {
	hello   habit       // closes the connection after HELLO
	setInfo habit       // closes the connection after CLIENT SETINFO
	works   atomic.Bool // a connection has succeeded

	introduce atomic.Bool // the last server knows CLIENT SETINFO
}

// habit is a command after which an endpoint seems to close the connection. The real reason may be a balancer
// without a server, or a server that shuts down. So one attempt to connect tries the command again after a
// pause, which doubles after each failure. Other attempts do without the command.
type habit struct {
	mu    sync.Mutex
	until time.Duration // time of the next try, by the clock of Now
	pause time.Duration // the next pause; 0 if the command works
}

const (
	firstPause = 2 * time.Second
	mostPause  = 10 * time.Minute
)

// holds reports whether a connection must do without the command. After the pause it returns false to one
// caller, which tries again.
func (h *habit) holds() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := Now()
	if h.pause == 0 || now < h.until {
		return h.pause > 0
	}
	h.until = now + h.pause
	return false
}

// fresh reports whether no failure is known.
func (h *habit) fresh() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.pause == 0
}

// learn notes that the endpoint closed the connection.
func (h *habit) learn() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pause = min(max(2*h.pause, firstPause), mostPause)
	h.until = Now() + h.pause
}

// forget notes that the command worked.
func (h *habit) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.until, h.pause = 0, 0
}
