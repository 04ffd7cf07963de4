package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// An older version of redpoll is compared with this one inside one process, because two processes differ by
// more than two versions do. For this it needs another module path: its source is taken from git, each import
// is rewritten, and this program is built again with both versions in it.

// basePeerName is the row of the older version.
const basePeerName = "redpoll-base"

// baseModule is the path that the older version is compiled under.
const baseModule = redpollModule + "-base"

// baseWorkloads and baseRounds are the defaults of -base.
const (
	baseWorkloads = "get,set,incr,pipeline-100,transaction-10"
	baseRounds    = 9
)

// buildWithBase builds this program with the version of redpoll at a revision beside the current one, and
// returns the path of the executable in dir, a temporary directory. It must be called below the bench module
// of a git checkout.
func buildWithBase(dir, revision string) (string, error) {
	bench, err := output("", "go", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return "", err
	}
	old, module, overlay := filepath.Join(dir, "base"), filepath.Join(dir, "bench.mod"),
		filepath.Join(dir, "overlay.json")
	commit, err := output(bench, "git", "rev-parse", "--short", "--verify", revision+"^{commit}")
	if err != nil {
		return "", fmt.Errorf("base %s: %w", revision, err)
	}
	if err := exportBase(filepath.Dir(bench), commit, old); err != nil {
		return "", fmt.Errorf("base %s: %w", revision, err)
	}
	if err := writeBaseModule(bench, old, module); err != nil {
		return "", err
	}
	if err := writeOverlay(bench, dir, overlay, commit); err != nil {
		return "", err
	}
	program := filepath.Join(dir, "bench")
	if _, err := output(bench, "go", "build", "-modfile="+module, "-overlay="+overlay, "-o", program,
		"."); err != nil {
		return "", fmt.Errorf("base %s: peer_redpoll.go does not compile with it: %w", revision, err)
	}
	return program, nil
}

// output runs a command and returns its output, without the last newline.
func output(dir string, command ...string) (string, error) {
	var out, errOut bytes.Buffer
	c := exec.Command(command[0], command[1:]...)
	c.Dir, c.Stdout, c.Stderr = dir, &out, &errOut
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, errOut.Bytes())
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// exportBase writes the root module of a revision to dir, under the path baseModule.
func exportBase(repository, revision, dir string) error {
	archive, err := output(repository, "git", "archive", "--format=tar", revision)
	if err != nil {
		return err
	}
	files := tar.NewReader(strings.NewReader(archive))
	for {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg || !inBase(h.Name) {
			continue
		}
		text, err := io.ReadAll(files)
		if err != nil {
			return err
		}
		name := filepath.Join(dir, filepath.FromSlash(h.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(name, toBase(text), 0o666); err != nil {
			return err
		}
	}
}

// inBase reports whether a file of the repository is compiled into programs that import redpoll.
func inBase(name string) bool {
	for _, module := range []string{"bench/", "examples/", "tools/", "redpolltest/"} {
		if strings.HasPrefix(name, module) {
			return false
		}
	}
	return name == "go.mod" || strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
}

// modulePath matches the module path in a go.mod and in imports, with or without a package of the module.
var modulePath = regexp.MustCompile(`\b` + regexp.QuoteMeta(redpollModule) + `([/"\s])`)

// toBase rewrites the module path in a file.
func toBase(text []byte) []byte {
	return modulePath.ReplaceAll(text, []byte(baseModule+"$1"))
}

// writeBaseModule writes a go.mod for this program that requires both versions.
func writeBaseModule(bench, old, name string) error {
	for _, file := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(bench, file))
		if err != nil {
			return err
		}
		copied := strings.TrimSuffix(name, ".mod") + strings.TrimPrefix(file, "go")
		if err := os.WriteFile(copied, text, 0o666); err != nil {
			return err
		}
	}
	_, err := output(bench, "go", "mod", "edit",
		"-require="+baseModule+"@v0.0.0-00010101000000-000000000000", "-replace="+baseModule+"="+old,
		"-replace="+redpollModule+"="+filepath.Dir(bench), name)
	return err
}

// writeOverlay gives the compiler another peer_base.go: the adapter of the older version, with its row.
func writeOverlay(bench, dir, name, commit string) error {
	adapter, err := os.ReadFile(filepath.Join(bench, "peer_redpoll.go"))
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "peer_base.go")
	if err := os.WriteFile(file, baseAdapter(adapter, commit), 0o666); err != nil {
		return err
	}
	text, err := json.Marshal(
		map[string]any{"Replace": map[string]string{filepath.Join(bench, "peer_base.go"): file}})
	if err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o666)
}

// adapterNames are the names in peer_redpoll.go: the adapter of the older version has others.
var adapterNames = regexp.MustCompile(`\b(redpollClient|openRedpoll|openRedpollSpin|newRedpoll|setAll)\b`)

// baseAdapter returns peer_redpoll.go for the older version, with its row.
func baseAdapter(text []byte, commit string) []byte {
	text = adapterNames.ReplaceAll(toBase(text), []byte("base_$1"))
	text = bytes.Replace(text, []byte(`"`+baseModule+`"`), []byte(`redpoll "`+baseModule+`"`), 1)
	return fmt.Appendf(text,
		"\nvar basePeers = []peer{{name: basePeerName, module: %q, open: base_openRedpoll, note: %q}}\n",
		baseModule, "default options, at "+commit)
}

// compareWithBase builds the program with both versions, and runs it with the arguments of the command line.
func compareWithBase(revision string, args []string) (err error) {
	dir, err := os.MkdirTemp("", "redpoll-bench")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	program, err := buildWithBase(dir, revision)
	if err != nil {
		return err
	}
	c := exec.Command(program, args...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	return c.Run()
}
