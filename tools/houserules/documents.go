package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

// exported has the names that documents may use: those of the package, and the methods of Client.
type exported struct {
	names   map[string]bool
	methods map[string]bool
}

// checkDocuments finds names in README.md and docs/*.md that the API does not have.
func checkDocuments(dir string) ([]finding, error) {
	api, err := readAPI(dir)
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "docs", "*.md"))
	if err != nil {
		return nil, err
	}
	sort.Strings(files)
	var found []finding
	for _, path := range append(files, filepath.Join(dir, "README.md")) {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return nil, err
		}
		found = append(found, checkDocument(filepath.ToSlash(rel), string(text), api)...)
	}
	return found, nil
}

// nameInText finds redpoll.Name and rdb.Name. By convention rdb is always a client.
var nameInText = regexp.MustCompile(`\b(redpoll|rdb)\.([A-Z]\w*)`)

func checkDocument(name, text string, api exported) []finding {
	var found []finding
	for i, line := range strings.Split(text, "\n") {
		for _, m := range nameInText.FindAllStringSubmatch(line, -1) {
			known := api.names
			if m[1] == "rdb" {
				known = api.methods
			}
			if !known[m[2]] {
				found = append(found, finding{name, i + 1, "docs",
					fmt.Sprintf("there is no %s.%s", m[1], m[2])})
			}
		}
	}
	return found
}

// readAPI collects the exported names of the package in dir.
func readAPI(dir string) (exported, error) {
	api := exported{make(map[string]bool), make(map[string]bool)}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return api, err
	}
	fset := token.NewFileSet()
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return api, err
		}
		api.collect(file)
	}
	return api, nil
}

func (api exported) collect(file *ast.File) {
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			switch {
			case decl.Recv == nil:
				api.names[decl.Name.Name] = true
			case isClient(decl.Recv.List[0].Type):
				api.methods[decl.Name.Name] = true
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					api.names[spec.Name.Name] = true
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						api.names[name.Name] = true
					}
				}
			}
		}
	}
}

func isClient(recv ast.Expr) bool {
	if star, ok := recv.(*ast.StarExpr); ok {
		recv = star.X
	}
	id, ok := recv.(*ast.Ident)
	return ok && id.Name == "Client"
}
