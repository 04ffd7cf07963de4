package testkit

import "time"

// Unused leaves connections unused for longer than a millisecond (peekAfter of internal/conn): before the next use
// the client looks whether they are still open. Only the client's clock decides that, and more time is as
// good.
func Unused() {
	//houserules:ok sleep: nothing happens when the millisecond is over; a longer pause makes no test wrong
	time.Sleep(5 * time.Millisecond)
}
