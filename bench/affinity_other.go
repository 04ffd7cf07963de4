//go:build !linux

package main

import (
	"errors"
	"runtime"
)

const pinning = false

func allowedCPUs() ([]int, error) {
	cpus := make([]int, runtime.NumCPU())
	for i := range cpus {
		cpus[i] = i
	}
	return cpus, nil
}

func execPinned([]int, []string) error {
	return errors.New("processes can be confined to CPUs on Linux only: use -placement free")
}
