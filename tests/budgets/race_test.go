//go:build race

package budgets_test

// raceEnabled: under the race detector pools drop records at random, so that allocations mean nothing.
const raceEnabled = true
