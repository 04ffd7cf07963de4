package conn

import (
	"sync"
	"sync/atomic"
	"time"
)

// habits is what is known of an endpoint.
type habits struct {
	hello   habit       // hanging up on HELLO
	setInfo habit       // hanging up on CLIENT SETINFO
	works   atomic.Bool // there has been a connection

	introduce atomic.Bool // the server of the last connection knows CLIENT SETINFO
}

// habit is one thing that an endpoint hangs up on, as far as we know: it may have been a balancer without a
// server behind it, or a server that was going down. So it is tried again after a pause, which doubles each
// time that this was in vain. One attempt to connect is made for that; others go without meanwhile.
type habit struct {
	mu    sync.Mutex
	until time.Duration // by the clock of Now: the next try
	pause time.Duration // the next one; 0 if nothing has been learnt
}

const (
	firstPause = 2 * time.Second
	mostPause  = 10 * time.Minute
)

// holds reports whether a connection has to do without. If the pause is over it tells one caller to try
// again.
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

// fresh reports whether nothing is known.
func (h *habit) fresh() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.pause == 0
}

// learn notes that the endpoint hung up, again.
func (h *habit) learn() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pause = min(max(2*h.pause, firstPause), mostPause)
	h.until = Now() + h.pause
}

// forget notes that it did not.
func (h *habit) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.until, h.pause = 0, 0
}
