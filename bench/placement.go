package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// placement says on which CPUs client and server run. A nil list means any CPU.
type placement struct {
	Name       string `json:"name"`
	Title      string `json:"title"`
	ClientCPUs []int  `json:"client_cpus"`
	ServerCPUs []int  `json:"server_cpus"`
}

// pinCommand is the first argument with which this program confines itself and becomes another program.
const pinCommand = "pin"

// findPlacement returns the placement with this name for the CPUs of this machine.
func findPlacement(name string, cpus []int) (placement, error) {
	last := cpus[len(cpus)-1:]
	p := placement{Name: name}
	switch name {
	case "free":
		p.Title = "free: the kernel places client and server"
		return p, nil
	case "one":
		// The last CPU is used, because the first one has most of the interrupts.
		p.ClientCPUs, p.ServerCPUs = last, last
		p.Title = "one: client and server share one CPU"
	case "split":
		if len(cpus) < 2 {
			return p, errors.New("placement split needs two CPUs")
		}
		p.ClientCPUs, p.ServerCPUs = cpus[:len(cpus)-1], last
		p.Title = "split: the server has a CPU of its own"
	default:
		return p, fmt.Errorf("no placement %q: there are one, free and split", name)
	}
	if !pinning {
		return p, fmt.Errorf("placement %s needs Linux: use -placement free", name)
	}
	return p, nil
}

// pinned prepares a command that runs only on these CPUs.
func pinned(cpus []int, command ...string) (*exec.Cmd, error) {
	if cpus == nil {
		return exec.Command(command[0], command[1:]...), nil
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return exec.Command(self, append([]string{pinCommand, joinCPUs(cpus)}, command...)...), nil
}

// becomePinned is the other side of pinned: args are the CPUs and the command. It returns only if it fails.
func becomePinned(args []string) error {
	if len(args) < 2 {
		return errors.New("pin needs a list of CPUs and a command")
	}
	var cpus []int
	for text := range strings.SplitSeq(args[0], ",") {
		cpu, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("pin: CPU %q: %w", text, err)
		}
		cpus = append(cpus, cpu)
	}
	return execPinned(cpus, args[1:])
}

func joinCPUs(cpus []int) string {
	texts := make([]string, len(cpus))
	for i, c := range cpus {
		texts[i] = strconv.Itoa(c)
	}
	return strings.Join(texts, ",")
}
