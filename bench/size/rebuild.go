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

// rebuilt is a package whose compilation is timed, with a pattern for all packages of its module.
type rebuilt struct{ pkg, family string }

// The first one is redpoll, the second one the measure.
var pair = [2]rebuilt{
	{"github.com/redpoll-go/redpoll", "github.com/redpoll-go/redpoll/..."},
	{"github.com/jackc/pgx/v5", "github.com/jackc/..."},
}

// effort is the time of a build.
type effort struct{ wall, cpu time.Duration }

// rebuild times builds of the two packages, in turn for some rounds, while the standard library is in the
// build cache. It times each package with all packages of its module, which is the cost of a new version for
// a program, and the root package alone. It fails if the former takes redpoll longer than budget times as
// long. The median of the rounds counts.
func rebuild(out io.Writer, rounds int, budget float64) error {
	for _, r := range pair {
		if _, err := build(r.pkg); err != nil {
			return err
		}
	}
	whole, err := rebuildOf(rounds, func(r rebuilt) string { return r.family })
	if err != nil {
		return err
	}
	alone, err := rebuildOf(rounds, func(r rebuilt) string { return r.pkg })
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "rebuild\tseconds\tCPU seconds\ttimes pgx\t")
	for i, name := range []string{"redpoll", "pgx"} {
		fmt.Fprintf(t, "%s and what comes with it\t%.2f\t%.2f\t%.2f\t\n", name, whole[i].wall.Seconds(),
			whole[i].cpu.Seconds(), whole[i].times(whole[1]))
	}
	for i, name := range []string{"redpoll", "pgx"} {
		fmt.Fprintf(t, "its root package alone, %s\t%.2f\t%.2f\t%.2f\t\n", name, alone[i].wall.Seconds(),
			alone[i].cpu.Seconds(), alone[i].times(alone[1]))
	}
	return errors.Join(t.Flush(), checkRebuild(whole[0], whole[1], budget))
}

func (e effort) times(measure effort) float64 { return e.wall.Seconds() / measure.wall.Seconds() }

func checkRebuild(ours, measure effort, budget float64) error {
	if ratio := ours.times(measure); ratio > budget {
		return fmt.Errorf("a rebuild of redpoll takes %.2f times as long as that of pgx, more than %.2f",
			ratio, budget)
	}
	return nil
}

// rebuildOf times builds that compile the packages of a pattern while all others are in the cache.
func rebuildOf(rounds int, pattern func(rebuilt) string) ([len(pair)]effort, error) {
	var all [len(pair)][]effort
	for round := range rounds {
		for i, r := range pair {
			e, err := compile(r.pkg, pattern(r), round)
			if err != nil {
				return [len(pair)]effort{}, err
			}
			all[i] = append(all[i], e)
		}
	}
	return [len(pair)]effort{median(all[0]), median(all[1])}, nil
}

// compile times a build that compiles the packages of a pattern, less the time of a build with everything in
// the cache.
func compile(pkg, pattern string, round int) (effort, error) {
	// A directory that does not exist changes only the key in the build cache, and only for these packages.
	unique := strconv.Itoa(os.Getpid()) + "-" + strconv.FormatInt(time.Now().UnixNano(), 36) + "-" +
		strconv.Itoa(round)
	full, err := build("-gcflags="+pattern+"=-D=/"+unique, pkg)
	if err != nil {
		return effort{}, err
	}
	nothing, err := build(pkg)
	return effort{wall: full.wall - nothing.wall, cpu: full.cpu - nothing.cpu}, err
}

// clean times the build of the packages with all their imports, including the standard library, from an empty
// build cache. It is the cost of a new version of Go, or of the first build on a machine.
func clean(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "build from an empty cache\tseconds\tCPU seconds\t")
	for _, r := range pair {
		e, err := buildClean(r.pkg)
		if err != nil {
			return err
		}
		fmt.Fprintf(t, "%s\t%.2f\t%.2f\t\n", r.pkg, e.wall.Seconds(), e.cpu.Seconds())
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

// buildWith builds with further environment variables.
func buildWith(env []string, args ...string) (effort, error) {
	cmd := exec.Command("go", append([]string{"build"}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	began := time.Now()
	text, err := cmd.CombinedOutput()
	if err != nil {
		return effort{}, fmt.Errorf("go build %v: %w\n%s", args, err, text)
	}
	return effort{wall: time.Since(began), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()},
		nil
}

// median takes wall and CPU time separately.
func median(all []effort) effort {
	wall, cpu := make([]time.Duration, len(all)), make([]time.Duration, len(all))
	for i, e := range all {
		wall[i], cpu[i] = e.wall, e.cpu
	}
	slices.Sort(wall)
	slices.Sort(cpu)
	return effort{wall[len(wall)/2], cpu[len(cpu)/2]}
}
