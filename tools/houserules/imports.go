package main

import (
	"fmt"
	"os/exec"
	"strings"
)

// checkImports asks the go command for the imports of the root module, including tests, and finds all
// packages that belong neither to the standard library nor to this module.
func checkImports(dir string) ([]finding, error) {
	module, err := goList(dir, "-m")
	if err != nil {
		return nil, err
	}
	deps, err := goList(dir, "-deps", "-test", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./...")
	if err != nil {
		return nil, err
	}
	return foreign(strings.TrimSpace(module), strings.Fields(deps)), nil
}

// foreign returns the import paths that do not belong to module. The names of test variants have their
// package in brackets and a suffix; both begin with the path.
func foreign(module string, paths []string) []finding {
	var found []finding
	for _, path := range paths {
		if strings.HasPrefix(path, "[") || path == module || strings.HasPrefix(path, module+"/") ||
			strings.HasPrefix(path, module+".test") || strings.HasPrefix(path, module+"_test") {
			continue
		}
		found = append(found, finding{"go.mod", 0, "import",
			"the root module needs " + path +
				": whoever imports redpoll compiles it too; keep it in a nested module"})
	}
	return found
}

func goList(dir string, args ...string) (string, error) {
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Dir = dir
	var problem strings.Builder
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go list %s: %w\n%s", strings.Join(args, " "), err, problem.String())
	}
	return string(out), nil
}
