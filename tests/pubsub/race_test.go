//go:build race

package pubsub_test

// raceEnabled: under the race detector memory means nothing.
const raceEnabled = true
