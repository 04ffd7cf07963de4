package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"
)

// rebuilt is a package whose compilation is timed. The first is ours, the second the measure.
var rebuilt = [2]string{"github.com/redpoll-go/redpoll", "github.com/jackc/pgx/v5"}

// effort is what a build took.
type effort struct{ wall, cpu time.Duration }

// rebuild times the compilation of the packages, in turn for some rounds, while everything that they import is in the
// build cache, and fails when ours takes more than so many times as long. The median of the rounds counts.
func rebuild(out io.Writer, rounds int, budget float64) error {
	var all [len(rebuilt)][]effort
	for _, pkg := range rebuilt {
		if _, err := build(pkg); err != nil {
			return err
		}
	}
	for round := range rounds {
		for i, pkg := range rebuilt {
			e, err := compile(pkg, round)
			if err != nil {
				return err
			}
			all[i] = append(all[i], e)
		}
	}
	ours, measure := median(all[0]), median(all[1])
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "rebuild of one package\tseconds\tCPU seconds\ttimes pgx\t")
	fmt.Fprintf(t, "redpoll\t%.2f\t%.2f\t%.2f\t\n", ours.wall.Seconds(), ours.cpu.Seconds(), ours.wall.Seconds()/measure.wall.Seconds())
	fmt.Fprintf(t, "pgx\t%.2f\t%.2f\t%.2f\t\n", measure.wall.Seconds(), measure.cpu.Seconds(), 1.0)
	return errors.Join(t.Flush(), checkRebuild(ours, measure, budget))
}

func checkRebuild(ours, measure effort, budget float64) error {
	if ratio := ours.wall.Seconds() / measure.wall.Seconds(); ratio > budget {
		return fmt.Errorf("a rebuild of redpoll takes %.2f times as long as that of pgx, more than %.2f", ratio, budget)
	}
	return nil
}

// compile times a build of one package, less the time of a build that finds everything done.
func compile(pkg string, round int) (effort, error) {
	// A directory that does not exist changes nothing but the key in the build cache, and of this package alone.
	unique := strconv.Itoa(os.Getpid()) + "-" + strconv.FormatInt(time.Now().UnixNano(), 36) + "-" + strconv.Itoa(round)
	full, err := build("-gcflags="+pkg+"=-D=/"+unique, pkg)
	if err != nil {
		return effort{}, err
	}
	nothing, err := build(pkg)
	return effort{wall: full.wall - nothing.wall, cpu: full.cpu - nothing.cpu}, err
}

// clean times the build of the packages with all that they import, the standard library included, from an empty build
// cache. It is the time that a change of Go's version costs, or the first build on a machine.
func clean(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "build from an empty cache\tseconds\tCPU seconds\t")
	for _, pkg := range rebuilt {
		e, err := buildClean(pkg)
		if err != nil {
			return err
		}
		fmt.Fprintf(t, "%s\t%.2f\t%.2f\t\n", pkg, e.wall.Seconds(), e.cpu.Seconds())
	}
	return t.Flush()
}

func buildClean(pkg string) (effort, error) {
	cache, err := os.MkdirTemp("", "redpoll-size-")
	if err != nil {
		return effort{}, err
	}
	defer os.RemoveAll(cache)
	return buildWith([]string{"GOCACHE=" + cache}, pkg)
}

func build(args ...string) (effort, error) { return buildWith(nil, args...) }

// buildWith builds with something more in the environment.
func buildWith(env []string, args ...string) (effort, error) {
	cmd := exec.Command("go", append([]string{"build"}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	began := time.Now()
	text, err := cmd.CombinedOutput()
	if err != nil {
		return effort{}, fmt.Errorf("go build %v: %w\n%s", args, err, text)
	}
	return effort{wall: time.Since(began), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}, nil
}

// median takes wall and CPU time each for itself.
func median(all []effort) effort {
	wall, cpu := make([]time.Duration, len(all)), make([]time.Duration, len(all))
	for i, e := range all {
		wall[i], cpu[i] = e.wall, e.cpu
	}
	slices.Sort(wall)
	slices.Sort(cpu)
	return effort{wall[len(wall)/2], cpu[len(cpu)/2]}
}
