package testkit

import "time"

// Unused leaves connections unused for longer than 100 µs (peekAfter of internal/conn): before the next use
// the client looks whether they are still open. Only the client's clock decides that, and more time is as
// good.
func Unused() {
	//houserules:ok sleep: nothing happens when the 100 µs are over; a longer pause makes no test wrong
	time.Sleep(time.Millisecond)
}
