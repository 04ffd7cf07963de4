//go:build race

package redpoll_test

// raceEnabled: under the race detector pools drop records at random, so that allocations mean nothing.
const raceEnabled = true
