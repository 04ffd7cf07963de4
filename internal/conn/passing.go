package conn

// A large reply delays the replies behind it. So a connection that receives one is passed by: it takes no new
// calls while there is another connection, or may be soon. A large reply is recognized by its header.

// Passed reports whether the connection receives a large reply, and there is no other reason against another
// call on it.
func (c *Conn) Passed() bool { return c.bars.Load() == barLarge }

// Want makes the connection call the function of Watch when the large reply is complete.
func (c *Conn) Want() { c.wanted.Store(true) }

// lookAhead notes whether a large reply is coming in. The reader calls it before each read and when it gives
// up its role.
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
