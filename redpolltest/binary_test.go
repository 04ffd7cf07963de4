package redpolltest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseVersionLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line, want string
		redis      Version
	}{
		{"Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=ae4d7c971a948f0",
			"Redis 7.0.15", Version{7, 0, 15}},
		{"Redis server v=8.2.255 sha=0:1 malloc=libc bits=64", "Redis 8.2.255", Version{8, 2, 255}},
		{"Valkey server v=9.1.2 sha=00000000:0 malloc=jemalloc-5.3.1 bits=64",
			"Valkey 9.1.2 (as Redis 7.2.4)", Version{7, 2, 4}},
		{"Valkey server v=8.1.0 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64",
			"Valkey 8.1.0 (as Redis 7.2.4)", Version{7, 2, 4}},
	} {
		t.Run(c.want, func(t *testing.T) {
			t.Parallel()
			b, err := parseVersionLine(c.line)
			if err != nil || b.String() != c.want || b.redis != c.redis {
				t.Errorf("got %v as %v, %v", b, b.redis, err)
			}
		})
	}
	if b, err := parseVersionLine("BusyBox v1.36"); err == nil {
		t.Errorf("not a server, yet read as %v", b)
	}
}

func TestVersionAtLeast(t *testing.T) {
	t.Parallel()
	v := Version{7, 2, 4}
	for _, c := range []struct {
		major, minor int
		want         bool
	}{{6, 9, true}, {7, 0, true}, {7, 2, true}, {7, 3, false}, {8, 0, false}} {
		if got := v.AtLeast(c.major, c.minor); got != c.want {
			t.Errorf("%v at least %d.%d: %v", v, c.major, c.minor, got)
		}
	}
}

func TestSearchBinary(t *testing.T) {
	t.Parallel()
	real, err := findBinary()
	if err != nil {
		t.Fatal(err)
	}
	nothing := func(string) (string, error) { return "", exec.ErrNotFound }
	t.Run("nothing installed", func(t *testing.T) {
		t.Parallel()
		_, err := searchBinary("", nothing)
		if err == nil || !strings.Contains(err.Error(), "apt-get install redis-server") {
			t.Errorf("error %v does not say what to install", err)
		}
	})
	t.Run("chosen one missing", func(t *testing.T) {
		t.Parallel()
		_, err := searchBinary("/no/such/server", nothing)
		if !errors.Is(err, exec.ErrNotFound) || !strings.Contains(err.Error(), "REDPOLL_SERVER") {
			t.Errorf("error %v does not name the variable", err)
		}
	})
	t.Run("chosen one goes first", func(t *testing.T) {
		t.Parallel()
		var asked []string
		b, err := searchBinary("chosen", func(name string) (string, error) {
			asked = append(asked, name)
			return real.path, nil
		})
		if err != nil || b.path != real.path || len(asked) != 1 || asked[0] != "chosen" {
			t.Errorf("%v, %v, asked for %q", b, err, asked)
		}
	})
	t.Run("valkey in an unusual folder", func(t *testing.T) {
		t.Parallel()
		b, err := searchBinary("", func(name string) (string, error) {
			if name == "/usr/local/bin/valkey-server" {
				return real.path, nil
			}
			return nothing(name)
		})
		if err != nil || b.path != real.path {
			t.Errorf("%v, %v", b, err)
		}
	})
	t.Run("not a server", func(t *testing.T) {
		t.Parallel()
		if b, err := identify(os.Args[0]); err == nil {
			t.Errorf("this test binary was taken for %v", b)
		}
	})
}

// A program that prepares something and then becomes the server works, but not one that stays beside the
// server.
func TestWrappedServer(t *testing.T) {
	t.Parallel()
	real, err := findBinary()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, script, says string }{
		{"becomes the server", "exec %q \"$@\"\n", ""},
		{"stays beside it", "%q \"$@\"\n", "a wrapper has to become the server"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "wrapper")
			if err := os.WriteFile(path, fmt.Appendf(nil, "#!/bin/sh\n"+c.script, real.path),
				0o700); err != nil {
				t.Fatal(err)
			}
			bin, err := identify(path)
			if err != nil || bin.release != real.release || bin.valkey != real.valkey {
				t.Fatalf("it is taken for %v, %v", bin, err)
			}
			p, err := newProcessOf(bin, spec{}, takePort)
			if c.says != "" {
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("got %v, want an error that says %q", err, c.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			p.destroy()
			if c, err := p.dialControl(false); err == nil {
				_ = c.Close()
				t.Error("the server has outlived its process")
			}
		})
	}
}

func TestRequireVersion(t *testing.T) {
	// The test is not parallel: it sets the environment and looks at the records of the process.
	t.Setenv("REDPOLL_NO_SKIP", "")
	if fake := pretend(t, func(t testing.TB) { RequireVersion(t, 5, 0) }); fake.skipped || fake.Failed() {
		t.Errorf("Redis 5.0: %s", fake.text())
	}
	before := len(skips.reasons)
	fake := pretend(t, func(t testing.TB) { RequireVersion(t, 99, 1) })
	if !fake.skipped || !strings.Contains(fake.text(), "Pretended needs Redis 99.1, but ") {
		t.Errorf("Redis 99.1: skipped: %v, %s", fake.skipped, fake.text())
	}
	var report strings.Builder
	reportSkips(&report)
	if !strings.Contains(report.String(), "SKIPPED: Pretended needs Redis 99.1") {
		t.Errorf("the report is %q", report.String())
	}
	skips.reasons = skips.reasons[:before] // it was not a real one
	t.Setenv("REDPOLL_NO_SKIP", "1")
	if fake := pretend(t, func(t testing.TB) { RequireVersion(t, 99, 1) }); fake.skipped || !fake.Failed() {
		t.Errorf("with REDPOLL_NO_SKIP: skipped: %v, failed: %v", fake.skipped, fake.Failed())
	}
}

func TestRequireRelease(t *testing.T) {
	// The test is not parallel: it sets the environment and looks at the records of the process.
	real := foundBinary(t)
	never, later := [2]string{"", "0.1"}, [2]string{"99.1", "99.2"}
	if real.valkey {
		never = [2]string{"0.1", ""}
	}
	before := len(skips.reasons)
	for _, c := range []struct {
		name    string
		needs   [2]string
		noSkip  string
		skipped bool
		failed  bool
		says    string
	}{
		{"any release", [2]string{"0.1", "0.1"}, "1", false, false, ""},
		{"a later one", later, "", true, false, "Pretended needs Redis 99.1 or Valkey 99.2, but "},
		{"a later one, and skipping is forbidden", later, "1", false, true, "REDPOLL_NO_SKIP is set"},
		{"none of this product", never, "1", true, false, "Pretended needs "},
	} {
		t.Setenv("REDPOLL_NO_SKIP", c.noSkip)
		fake := pretend(t, func(t testing.TB) { RequireRelease(t, c.needs[0], c.needs[1]) })
		if fake.skipped != c.skipped || fake.Failed() != c.failed || !strings.Contains(fake.text(), c.says) {
			t.Errorf("%s: skipped: %v, failed: %v, %s", c.name, fake.skipped, fake.Failed(), fake.text())
		}
	}
	skips.reasons = skips.reasons[:before] // they were not real ones
}

func TestAtLeast(t *testing.T) {
	t.Parallel()
	redis := binary{release: Version{8, 0, 2}, redis: Version{8, 0, 2}}
	valkey := binary{valkey: true, release: Version{8, 1, 1}, redis: valkeySpeaks}
	for _, c := range []struct {
		redis, valkey     string
		onRedis, onValkey bool
	}{
		{"7.4", "9.0", true, false}, {"8.0", "8.1", true, true}, {"8.2", "8.0", false, true},
		{"8.10", "8.2", false, false}, {"", "8.1", false, true}, {"7.0", "", true, false},
		{"8.0.2", "8.1.2", true, false}, {"8.0.3", "8.1.0", false, true}, {"7.4.9", "8.0.9", true, true},
	} {
		if got, err := redis.atLeast(c.redis, c.valkey); got != c.onRedis || err != nil {
			t.Errorf("%v, Redis %q, Valkey %q: %v, %v", redis, c.redis, c.valkey, got, err)
		}
		if got, err := valkey.atLeast(c.redis, c.valkey); got != c.onValkey || err != nil {
			t.Errorf("%v, Redis %q, Valkey %q: %v, %v", valkey, c.redis, c.valkey, got, err)
		}
	}
	for _, release := range []string{"eight", "8", "8.0.2.1", "8.", "8.x", "8.0.2-rc1"} {
		if got, err := redis.atLeast(release, ""); got || err == nil {
			t.Errorf("the release %q: %v, %v", release, got, err)
		}
	}
}

func TestPortsBelow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		err        error
		low, high  int
	}{
		{"usual", "32768\t60999\n", nil, 10000, 32768},
		{"from low on", "1024 50000", nil, 50001, 65535},
		{"everything", "1024 65535", nil, 10000, 65535},
		{"unknown", "", os.ErrNotExist, 20000, 32000},
		{"unreadable", "?", nil, 20000, 32000},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if low, high := portsBelow([]byte(c.text), c.err); low != c.low || high != c.high {
				t.Errorf("got %d to %d, want %d to %d", low, high, c.low, c.high)
			}
		})
	}
}
