package redpolltest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Version is the version of a server program.
type Version struct {
	Major, Minor, Patch int
}

// AtLeast reports whether v is major.minor or newer.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

// older reports whether v came before other.
func (v Version) older(other Version) bool {
	if v.Major != other.Major || v.Minor != other.Minor {
		return !v.AtLeast(other.Major, other.Minor)
	}
	return v.Patch < other.Patch
}

// parseRelease reads "7.4" or "8.0.3".
func parseRelease(text string) (v Version, err error) {
	numbers := strings.Split(text, ".")
	if len(numbers) == 2 {
		numbers = append(numbers, "0")
	}
	for i, p := range []*int{&v.Major, &v.Minor, &v.Patch} {
		if len(numbers) != 3 {
			err = strconv.ErrSyntax
		}
		if err == nil {
			*p, err = strconv.Atoi(numbers[i])
		}
	}
	if err != nil {
		return v, fmt.Errorf("a release is written like \"7.4\" or \"8.0.3\", not %q", text)
	}
	return v, nil
}

// String returns text such as "7.0.15".
func (v Version) String() string {
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
}

// binary is a server program found on this machine.
type binary struct {
	path    string
	valkey  bool
	release Version // the program's own version: 8.1.0 for Valkey 8.1
	redis   Version // the Redis version whose commands it promises
}

// valkeySpeaks is the Redis version that all Valkey releases so far report as redis_version in INFO: the last
// version before Valkey split off.
var valkeySpeaks = Version{7, 2, 4}

// findBinary looks for the server program once for the whole test binary.
var findBinary = sync.OnceValues(func() (binary, error) {
	return searchBinary(os.Getenv("REDPOLL_SERVER"), exec.LookPath)
})

// searchBinary takes the program in chosen, or else the first usual name in the search path and in the usual
// folders.
func searchBinary(chosen string, look func(string) (string, error)) (binary, error) {
	if chosen != "" {
		path, err := look(chosen)
		if err != nil {
			return binary{}, fmt.Errorf("REDPOLL_SERVER names no program that can be run: %w", err)
		}
		return identify(path)
	}
	for _, name := range []string{"redis-server", "valkey-server"} {
		for _, dir := range []string{"", "/usr/bin", "/usr/local/bin", "/usr/sbin", "/opt/homebrew/bin",
			"/snap/bin"} {
			if path, err := look(filepath.Join(dir, name)); err == nil {
				return identify(path)
			}
		}
	}
	return binary{}, fmt.Errorf(
		"no redis-server and no valkey-server in PATH or the usual folders; install one " +
			"(Debian, Ubuntu: apt-get install redis-server; Fedora: dnf install valkey; Alpine: apk add " +
			"redis; " +
			"macOS: brew install redis) or set REDPOLL_SERVER=/path/to/redis-server")
}

// identify asks the program for its name and version.
func identify(path string) (binary, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return binary{}, err
	}
	out, err := exec.Command(path, "--version").CombinedOutput()
	if err != nil {
		return binary{}, fmt.Errorf("%s --version: %w: %s", path, err, out)
	}
	b, err := parseVersionLine(string(out))
	b.path = path
	return b, err
}

var versionLine = regexp.MustCompile(`\bv=(\d+)\.(\d+)\.(\d+)`)

// parseVersionLine reads the output of --version, such as "Redis server v=7.0.15 sha=00000000:0
// malloc=jemalloc-5.3.0 bits=64".
func parseVersionLine(line string) (binary, error) {
	m := versionLine.FindStringSubmatch(line)
	if m == nil {
		return binary{}, fmt.Errorf("no version in %q: is this a Redis or Valkey server?",
			strings.TrimSpace(line))
	}
	var b binary
	b.release.Major, _ = strconv.Atoi(m[1])
	b.release.Minor, _ = strconv.Atoi(m[2])
	b.release.Patch, _ = strconv.Atoi(m[3])
	b.redis = b.release
	if strings.HasPrefix(strings.ToLower(line), "valkey") {
		b.valkey = true
		b.redis = valkeySpeaks
	}
	return b, nil
}
