//go:build !race

package budgets_test

const raceEnabled = false
