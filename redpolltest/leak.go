package redpolltest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// settling is how long goroutines and sockets may take to end after a test. Only tests change it.
var settling = patience

// NoLeaks makes t fail if goroutines or sockets that did not exist at this call are left when t ends. Call it
// first, so that its check comes after every other clean-up of t. Do not call it in a parallel test: it would
// see the goroutines of other tests. Sockets are seen on Linux only.
func NoLeaks(t testing.TB) {
	t.Helper()
	goroutines, files := liveGoroutines(), openSockets()
	t.Cleanup(func() {
		if left := awaitNothingNew(goroutines, files); left != "" {
			t.Errorf("redpolltest: left behind:\n\n%s", left)
		}
	})
}

// awaitNothingNew waits until everything new has ended. It returns a description of the goroutines and
// sockets that do not end, or "".
func awaitNothingNew(goroutines map[string]string, sockets []string) string {
	wait := time.Millisecond
	for end := time.Now().Add(settling); ; wait = min(2*wait, 100*time.Millisecond) {
		left := newGoroutines(goroutines) + newSockets(sockets)
		if left == "" || time.Now().After(end) {
			return left
		}
		time.Sleep(wait)
	}
}

// ownGoroutines are functions whose goroutines live as long as the process: of testing, of the runtime and of
// this package.
var ownGoroutines = []string{
	"testing.(*M).",
	"testing.(*T).Run(",
	"testing.RunTests",
	"testing.runFuzzing",
	"testing.tRunner.func",
	"testing.(*F).",
	"runtime.ensureSigM",
	"runtime.ReadTrace",
	"runtime/pprof.",
	"os/signal.signal_recv",
	"os/signal.loop",
	"redpolltest.spawner(",
	"redpolltest.awaitExit(",
}

// liveGoroutines returns the stacks of all goroutines except the calling one and those of ownGoroutines, by
// goroutine number.
func liveGoroutines() map[string]string {
	buf := make([]byte, 64<<10)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	stacks := bytes.Split(buf, []byte("\n\n"))[1:] // the first one is the calling goroutine
	live := make(map[string]string, len(stacks))
	for _, stack := range stacks {
		if m := goroutineLine.FindSubmatch(stack); m != nil && !isOwn(string(stack)) {
			live[string(m[1])] = string(stack)
		}
	}
	return live
}

var goroutineLine = regexp.MustCompile(`^goroutine (\d+) `)

func isOwn(stack string) bool {
	return slices.ContainsFunc(ownGoroutines, func(f string) bool { return strings.Contains(stack, f) })
}

// newGoroutines describes the goroutines that are not in before.
func newGoroutines(before map[string]string) string {
	var b strings.Builder
	for id, stack := range liveGoroutines() {
		if _, ok := before[id]; !ok {
			fmt.Fprintf(&b, "%s\n\n", stack)
		}
	}
	return b.String()
}

// openSockets returns the inodes of the sockets of this process, or nothing on systems without /proc/self/fd.
func openSockets() []string {
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var sockets []string
	for _, e := range entries {
		target, err := os.Readlink(filepath.Join(dir, e.Name()))
		if err == nil && strings.HasPrefix(target, "socket:") {
			sockets = append(sockets, target)
		}
	}
	return sockets
}

// newSockets describes the sockets that are not in before.
func newSockets(before []string) string {
	var b strings.Builder
	for _, s := range openSockets() {
		if !slices.Contains(before, s) {
			fmt.Fprintf(&b, "open %s%s\n", s, socketEnds(s))
		}
	}
	return b.String()
}

// socketEnds finds the addresses of a socket in the kernel's tables.
func socketEnds(socket string) string {
	inode := strings.TrimSuffix(strings.TrimPrefix(socket, "socket:["), "]")
	for _, table := range []string{"tcp", "tcp6", "unix"} {
		text, err := os.ReadFile("/proc/self/net/" + table)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			switch {
			case table == "unix" && len(fields) > 6 && fields[6] == inode:
				return " unix " + strings.Join(fields[7:], " ")
			case table != "unix" && len(fields) > 9 && fields[9] == inode:
				return fmt.Sprintf(" %s %s to %s (hexadecimal)", table, fields[1], fields[2])
			}
		}
	}
	return ""
}
