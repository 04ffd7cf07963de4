package main

import (
	"encoding/json"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// newReport describes the run before it starts.
func newReport(p plan) *report {
	r := &report{
		Started: time.Now(),
		Machine: thisMachine(),
		Spin:    p.Spin.String(),
		Base:    p.Base,
		Slice:   p.Slice.String(),
		Ballast: p.Ballast,
		Notes:   map[string]string{},
	}
	var modules []string
	for _, row := range allPeers() {
		if slices.Contains(p.Peers, row.name) {
			r.Notes[row.name] = row.note
			modules = append(modules, row.module)
		}
	}
	r.Versions = moduleVersions(modules)
	return r
}

func (r *report) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

func thisMachine() machine {
	return machine{
		OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(), Go: runtime.Version(),
		CPU:    cpuModel(readLine("/proc/cpuinfo", "model name")),
		Load:   readLine("/proc/loadavg", ""),
		Kernel: readLine("/proc/sys/kernel/osrelease", ""),
	}
}

// readLine returns the first line of a file that begins with prefix, or nothing: these files exist only on
// Linux, and their content is only shown.
func readLine(file, prefix string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, prefix) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

func cpuModel(line string) string {
	_, model, _ := strings.Cut(line, ":")
	return strings.TrimSpace(model)
}

// moduleVersions returns the versions of these modules in this program. A module that is replaced by a
// directory has no version.
func moduleVersions(modules []string) map[string]string {
	versions := map[string]string{}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return versions
	}
	for _, m := range info.Deps {
		if !slices.Contains(modules, m.Path) {
			continue
		}
		versions[m.Path] = m.Version
		if m.Replace != nil {
			versions[m.Path] = "(working tree)"
		}
	}
	return versions
}
