package main

import (
	"go/ast"
	"path"
	"strconv"
	"strings"
)

// fixtures are the packages whose users open connections.
var fixtures = []string{"/redpolltest", "/internal/testkit", "/internal/testkit/clients"}

// A testFolder describes one folder for the rule about TestMain.
type testFolder struct {
	uses string // a test file that imports a fixture
	main bool   // there is a TestMain
}

// testFolders describes the folders of the repository.
type testFolders map[string]*testFolder

// add looks at a file, and reports a file that does not belong into tests/.
func (folders testFolders) add(s *source) {
	if !strings.HasSuffix(s.name, "_test.go") {
		if strings.HasPrefix(s.name, "tests/") {
			s.report(s.file.Package, "tests",
				"tests/ has nothing but _test.go files: what several folders need stands in internal/testkit")
		}
		return
	}
	dir := path.Dir(s.name)
	f := folders[dir]
	if f == nil {
		f = new(testFolder)
		folders[dir] = f
	}
	for _, spec := range s.file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		for _, fixture := range fixtures {
			if err == nil && strings.HasSuffix(imported, fixture) {
				f.uses = s.name
			}
		}
	}
	for _, decl := range s.file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "TestMain" {
			f.main = true
		}
	}
}

// findings reports folders without a TestMain.
func (folders testFolders) findings() []finding {
	var found []finding
	for dir, f := range folders {
		if f.uses != "" && !f.main {
			found = append(found, finding{f.uses, 0, "tests",
				"no file of " + dir + " has a TestMain: call redpolltest.Main or testkit.Main, which fail " +
					"on leaks"})
		}
	}
	return found
}
