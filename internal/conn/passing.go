package conn

// A large reply holds up those behind it for as long as it takes to come. So a connection in the middle of one is passed by: it takes
// no new calls while there is another one, or may be. That a reply is large is not known before its header.

// Passed reports whether the connection is in the middle of a large reply, and nothing else speaks against another call on it.
func (c *Conn) Passed() bool { return c.bars.Load() == barLarge }

// Want makes the connection tell, as it does of suspicions, when the large reply is whole.
func (c *Conn) Want() { c.wanted.Store(true) }

// lookAhead notes whether a large reply is under way. It is called by the reader before each read, and when it lays its role down.
func (c *Conn) lookAhead() {
	within := c.rd.Ahead() > 0
	if within == c.within {
		return
	}
	c.within = within
	if within {
		c.bars.Or(barLarge)
		return
	}
	c.bars.And(^barLarge)
	if c.wanted.Load() && c.wanted.Swap(false) {
		go c.told() // mu may be held
	}
}
