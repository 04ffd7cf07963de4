package redpolltest

import "time"

// noDeadline clears the deadline of a connection.
var noDeadline time.Time

// await waits for done to be closed. It gives up after [patience].
func await(done <-chan struct{}) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}
