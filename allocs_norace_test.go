//go:build !race

package redpoll_test

const raceEnabled = false
