// Testreport reads `go test -json` and prints a short report: the line of each package, the whole output of
// failures, and at the end every skipped test with its reason and every failed one with what it said.
//
//	go test -json ./... | testreport
//
// Its status is 1 if a package failed, or if the input has no result at all.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// An event is one line of `go test -json`; cmd/test2json describes it.
type event struct {
	Action     string
	Package    string
	ImportPath string // of build output
	Test       string
	Output     string
}

func main() {
	ok, err := report(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// A pending holds output without a verdict yet.
type pending struct {
	tests   map[string][]string // by name; the empty name is the package itself
	verdict string
}

// report copies the relevant lines from in to out and reports whether everything passed.
func report(in io.Reader, out io.Writer) (bool, error) {
	waiting := make(map[string]*pending) // by package
	var skipped, broken []string
	packages, failed := 0, 0

	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			break
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		var e event
		if json.Unmarshal(line, &e) != nil {
			// The line is not an event but a message of the go command.
			fmt.Fprint(out, string(line))
			continue
		}
		p := waiting[e.Package]
		if p == nil {
			p = &pending{tests: make(map[string][]string)}
			waiting[e.Package] = p
		}
		switch e.Action {
		case "build-output":
			fmt.Fprint(out, e.Output)
		case "output":
			switch {
			case e.Test == "" && isVerdict(e.Output):
				p.verdict = withoutList(e.Output)
			case !strings.HasPrefix(e.Output, "=== "): // the start of a test is of no interest
				p.tests[e.Test] = append(p.tests[e.Test], e.Output)
			}
		case "pass", "skip", "fail":
			switch {
			case e.Test != "" && e.Action == "skip":
				skipped = append(skipped,
					fmt.Sprintf("%s %s: %s", e.Package, e.Test, reason(p.tests[e.Test])))
			case e.Test != "" && e.Action == "fail":
				fmt.Fprint(out, strings.Join(p.tests[e.Test], ""))
				broken = append(broken,
					fmt.Sprintf("%s %s: %s", e.Package, e.Test, complaints(p.tests[e.Test])))
			case e.Test == "":
				if e.Action == "fail" {
					failed++
					p.dump(out)
				}
				packages++
				fmt.Fprint(out, p.verdict)
			}
			delete(p.tests, e.Test)
		}
	}
	if len(skipped) > 0 {
		fmt.Fprintf(out, "%d skipped:\n  %s\n", len(skipped), strings.Join(skipped, "\n  "))
	}
	if len(broken) > 0 {
		fmt.Fprintf(out, "%d failed:\n  %s\n", len(broken), strings.Join(broken, "\n  "))
	}
	if packages == 0 {
		fmt.Fprintln(out, "no test results")
	}
	return failed == 0 && packages > 0, nil
}

// dump prints the remaining output of a failed package: tests that a crash left without a verdict, then the
// package's own output.
func (p *pending) dump(out io.Writer) {
	names := slices.Sorted(maps.Keys(p.tests))
	for _, name := range names {
		if name != "" {
			fmt.Fprint(out, strings.Join(p.tests[name], ""))
		}
	}
	fmt.Fprint(out, strings.Join(p.tests[""], ""))
}

// isVerdict reports whether a line of package output is its verdict, such as "ok \tpkg\t1.2s".
func isVerdict(line string) bool {
	for _, start := range []string{"ok  \t", "FAIL\t", "?   \t"} {
		if strings.HasPrefix(line, start) {
			return true
		}
	}
	return strings.HasPrefix(line, "\t") && strings.Contains(line, "coverage:")
}

// withoutList removes the list of packages, which is the same in every line, from a line with coverage.
func withoutList(line string) string {
	const list = " of statements in "
	if before, _, ok := strings.Cut(line, list); ok {
		return before + strings.TrimSuffix(list, " in ") + "\n"
	}
	return line
}

// message begins what a test says by Error, Fatal or Log, and not what a server's log has.
var message = regexp.MustCompile(`^ *\w+\.go:\d+: `)

// complaints gives the first lines of what a failed test has said, without the logs that go with it, and the
// first data race whole.
func complaints(output []string) string {
	var said []string
	for _, line := range output {
		if message.MatchString(line) && len(said) < 5 {
			said = append(said, strings.TrimSpace(line))
		}
	}
	return strings.Join(append(said, race(output)...), "\n    ")
}

// race gives the report of the first data race.
func race(output []string) []string {
	isStart := func(line string) bool { return strings.Contains(line, "WARNING: DATA RACE") }
	start := slices.IndexFunc(output, isStart)
	if start < 0 {
		return nil
	}
	var said []string
	for _, line := range output[start:] {
		if strings.HasPrefix(line, "======") {
			break
		}
		said = append(said, strings.TrimRight(line, "\n"))
	}
	return said
}

// reason returns the text of a skipped test, without the lines that `go test` adds.
func reason(output []string) string {
	var said []string
	for _, line := range output {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "---") {
			continue
		}
		said = append(said, line)
	}
	return strings.Join(said, " ")
}
