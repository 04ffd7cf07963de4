package testkit

import "time"

// Unused leaves connections unused for longer than a millisecond (peekAfter of internal/conn): before the
// next use the client checks whether they are still open. Only the client's clock decides this, and a longer
// time has the same effect.
func Unused() {
	//houserules:ok sleep: nothing happens when the millisecond is over; a longer pause makes no test wrong
	time.Sleep(5 * time.Millisecond)
}
