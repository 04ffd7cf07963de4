package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"unsafe"
)

const pinning = true

// cpuMask has one bit per CPU, in the form of the kernel.
type cpuMask [16]uint64

// allowedCPUs lists the CPUs on which this process may run.
func allowedCPUs() ([]int, error) {
	var m cpuMask
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, unsafe.Sizeof(m),
		uintptr(unsafe.Pointer(&m)))
	if errno != 0 {
		return nil, fmt.Errorf("sched_getaffinity: %w", errno)
	}
	var cpus []int
	for i := range len(m) * 64 {
		if m[i/64]&(1<<(i%64)) != 0 {
			cpus = append(cpus, i)
		}
	}
	return cpus, nil
}

// execPinned replaces this process by a command that is confined to the CPUs. An exec ends all threads except
// the calling one, and the new program inherits the CPUs of this thread for all of its threads. A running Go
// program cannot be confined safely, because its runtime starts threads at any moment.
func execPinned(cpus []int, command []string) error {
	var m cpuMask
	for _, c := range cpus {
		if c < 0 || c >= len(m)*64 {
			return fmt.Errorf("no such CPU: %d", c)
		}
		m[c/64] |= 1 << (c % 64)
	}
	path, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	runtime.LockOSThread()
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, unsafe.Sizeof(m),
		uintptr(unsafe.Pointer(&m)))
	if errno != 0 {
		return fmt.Errorf("sched_setaffinity to %v: %w", cpus, errno)
	}
	return syscall.Exec(path, command, os.Environ())
}
