//go:build race

package budgets_test

// raceEnabled reports whether the race detector is on. It makes pools drop records at random, so allocations
// cannot be counted.
const raceEnabled = true
