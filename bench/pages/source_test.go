package pages

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// imports are the packages that pieces may use without an import.
var imports = map[string]string{
	"redpoll": "github.com/redpoll-go/redpoll",
	"legacy":  "github.com/redpoll-go/redpoll/legacy",
	"redis":   "github.com/redis/go-redis/v9",
	"big":     "math/big",
	"context": "context", "errors": "errors", "fmt": "fmt", "log": "log", "net": "net", "os": "os",
	"slog": "log/slog", "strings": "strings", "sync": "sync",
	"time": "time", "tls": "crypto/tls",
}

// given is what pieces may use beside packages: declarations that a reader takes for granted.
const given = `
var (
	url, key, field, member, id = "redis://localhost:6379/0", "a", "f", "m", "1-1"
	lua, script, sha = "return ARGV[1]", "return ARGV[1]", "098e0f0d1448c0a81dafe820f66d460eb09263da"
	code = "#!lua name=pages\nredis.register_function('f', function(keys, args) return args[1] end)"
	a, b = "a", "b"
	token = "token"
	call = func() error { return nil }
	write = func(ctx context.Context, args ...any) error { return nil }
	report = func(...any) error { return nil }
	value, v any = "v", "v"
	args, list = []any{"v"}, []any{"v"}
	count, amount = int64(1), 1.5
	ttl, d = time.Minute, time.Minute
	when, t = time.Now().Add(time.Hour).Truncate(time.Second), time.Now().Add(time.Hour)
	mapping = map[string]any{"f": "v"}
	buf []byte
	err error
	u User
)
type User struct {
	Name string ` + "`redis:\"name\"`" + `
}
`

// Code for go-redis calls the client r, like code for redis-py; all other names are those of the functions
// here.
const (
	redpollParams = "ctx context.Context, rdb, other *redpoll.Client, pipe *redpoll.Pipeline, tx " +
		"*redpoll.Tx, pool, p *redpoll.Pool, fn redpoll.Callback, dump []byte, " +
		"old *legacy.Redis, strict *legacy.StrictRedis, see func(...any)"
	redisParams = "ctx context.Context, r *redis.Client, pipe redis.Pipeliner, tx *redis.Tx, dump string, " +
		"see func(...any)"
)

// isGiven reports whether a name is among those that pieces may use.
func isGiven(name string) bool {
	return regexp.MustCompile(`\b` + name + `\b`).MatchString(given + redpollParams + redisParams)
}

// A library knows the names that pages may use.
type library struct {
	fset *token.FileSet
	imp  types.Importer
	pkgs map[string]*types.Package
}

// newLibrary reads the export data of the packages in imports, and of their imports.
func newLibrary(t *testing.T) *library {
	t.Helper()
	args := []string{"list", "-e", "-export", "-deps", "-f",
		"{{if .Export}}{{.ImportPath}} {{.Export}}{{end}}"}
	for _, path := range imports {
		args = append(args, path)
	}
	cmd := exec.Command("go", args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	exports := make(map[string]string)
	for _, line := range strings.Split(string(out), "\n") {
		if path, file, ok := strings.Cut(line, " "); ok {
			exports[path] = file
		}
	}
	lib := &library{fset: token.NewFileSet(), pkgs: make(map[string]*types.Package)}
	lib.imp = importer.ForCompiler(lib.fset, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("no package %s", path)
		}
		return os.Open(exports[path])
	})
	for name, path := range imports {
		if exports[path] == "" {
			continue // missing, or nothing to compile
		}
		if lib.pkgs[name], err = lib.imp.Import(path); err != nil {
			t.Fatal(err)
		}
	}
	return lib
}

// typeOf finds a type of a package, nil if there is none.
func (lib *library) typeOf(pkg, name string) types.Type {
	if p := lib.pkgs[pkg]; p != nil {
		if tn, ok := p.Scope().Lookup(name).(*types.TypeName); ok {
			return tn.Type()
		}
	}
	return nil
}

// hasMember reports whether a type has a field or method.
func hasMember(t types.Type, name string) bool {
	if t == nil {
		return false
	}
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
	return obj != nil
}

// knows reports whether a package has the name, or a type of the package has it.
func (lib *library) knows(pkg, name string) bool {
	scope := lib.pkgs[pkg].Scope()
	if scope.Lookup(name) != nil {
		return true
	}
	return slices.ContainsFunc(scope.Names(), func(s string) bool {
		tn, ok := scope.Lookup(s).(*types.TypeName)
		return ok && hasMember(tn.Type(), name)
	})
}

// optionsWith returns the options struct that has the field; Options itself if it has the field.
func (lib *library) optionsWith(pkg, field string) string {
	if !hasMember(lib.typeOf(pkg, "Options"), field) {
		for _, name := range lib.pkgs[pkg].Scope().Names() {
			if strings.HasSuffix(name, "Options") && hasMember(lib.typeOf(pkg, name), field) {
				return name
			}
		}
	}
	return "Options"
}

var (
	word       = regexp.MustCompile(`^[A-Z]\w*$`)
	memberName = regexp.MustCompile(`^(?:redpoll\.|redis\.)?([A-Z]\w*)\.([A-Z]\w*)$`)
	typeName   = regexp.MustCompile(`^(redpoll|redis)\.([A-Z]\w*)(?:\[\w+\])?$`)
	setting    = regexp.MustCompile(`^[A-Z]\w*: `)
	unprefixed = regexp.MustCompile(`^([A-Z]\w*)[({]`)
	ofGoRedis  = regexp.MustCompile(`\bredis\.|\br\.`)
	hasFunc    = regexp.MustCompile(`(?m)^func `)
	code       = regexp.MustCompile(`[({]|:=|^(redpoll|redis|rdb|r|legacy)\.`)
)

// statement turns a code span of a cell into a statement; "" means that the span is correct and there is
// nothing to compile.
func (lib *library) statement(of, span string) (string, error) {
	pkg, client := "redpoll", "rdb"
	switch of {
	case "go-redis", "redis.Options":
		pkg, client = "redis", "r"
	case "package legacy":
		pkg, client = "legacy", "old"
	}
	if strings.HasSuffix(of, ".Options") {
		switch {
		case word.MatchString(span) && hasMember(lib.typeOf(pkg, "Options"), span):
			return "", nil
		case word.MatchString(span):
			return "", fmt.Errorf("%s.Options has no %s", pkg, span)
		}
	}
	if m := memberName.FindStringSubmatch(span); m != nil && lib.typeOf(pkg, m[1]) != nil {
		if !hasMember(lib.typeOf(pkg, m[1]), m[2]) {
			return "", fmt.Errorf("%s.%s has no %s", pkg, m[1], m[2])
		}
		return "", nil
	}
	if m := typeName.FindStringSubmatch(span); m != nil && lib.typeOf(m[1], m[2]) != nil {
		return "", nil
	}
	if word.MatchString(span) {
		if !lib.knows(pkg, span) {
			return "", fmt.Errorf("package %s has no %s", pkg, span)
		}
		return "", nil
	}
	if setting.MatchString(span) {
		return "_ = " + pkg + "." + lib.optionsWith(pkg, span[:strings.Index(span, ":")]) + "{" + span + "}",
			nil
	}
	if m := unprefixed.FindStringSubmatch(span); m != nil {
		switch {
		case lib.pkgs[pkg].Scope().Lookup(m[1]) != nil:
			span = pkg + "." + span
		case hasMember(lib.typeOf(pkg, "Client"), m[1]):
			span = client + "." + span
		}
	}
	if !code.MatchString(span) {
		return "", nil // a word of the text, a type, a part of a URL
	}
	span = strings.ReplaceAll(span, "{ ... }", "{ return nil }")
	if strings.HasSuffix(span, "{") {
		span += "}" // the head of a loop
	}
	if e, err := parser.ParseExpr(span); err == nil {
		if _, call := e.(*ast.CallExpr); !call {
			return "_ = " + span, nil
		}
	}
	return span, nil
}

// function makes one function of a piece. Later code in a cell may use earlier code.
func (lib *library) function(name string, p piece) (string, error) {
	params := redpollParams
	if p.of == "go-redis" || p.of == "" && ofGoRedis.MatchString(p.spans[0]) {
		params = redisParams
	}
	var b strings.Builder
	fmt.Fprintf(&b, "func %s(%s) error {\n", name, params)
	for _, span := range slices.Concat(p.above, p.spans) {
		if p.of != "" {
			var err error
			if span, err = lib.statement(p.of, span); err != nil {
				return "", err
			}
		}
		b.WriteString("{\n" + lineMark(p) + span + "\n")
	}
	b.WriteString(strings.Repeat("}\n", len(p.above)+len(p.spans)) + "return nil\n}\n")
	if _, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+b.String(),
		parser.SkipObjectResolution); err != nil {
		return "", err
	}
	return b.String(), nil
}

// whole makes a file of a block that consists of declarations; "" if the block has other code.
func whole(p piece) string {
	text := p.spans[0]
	if !strings.HasPrefix(text, "package ") {
		if !hasFunc.MatchString(text) {
			return ""
		}
		text = "package p\n" + importsOf(text) + lineMark(p) + text
	} else {
		text = lineMark(p) + text
	}
	return text
}

// lineMark makes errors name the line of the page.
func lineMark(p piece) string { return fmt.Sprintf("//line %s:%d\n", p.page, p.line) }

// importsOf declares the packages that a text uses.
func importsOf(text string) string {
	var b strings.Builder
	for name, path := range imports {
		if regexp.MustCompile(`\b` + name + `\.[A-Z]`).MatchString(text) {
			fmt.Fprintf(&b, "import %s %q\n", name, path)
		}
	}
	return b.String()
}

// check compiles a file, ignores unused variables, and returns the types of its expressions.
func (lib *library) check(name, src string) (*ast.File, *types.Info, []error) {
	file, err := parser.ParseFile(lib.fset, name, src, parser.ParseComments)
	if err != nil {
		return nil, nil, []error{err}
	}
	var errs []error
	conf := types.Config{Importer: lib.imp, Error: func(err error) {
		if e, ok := err.(types.Error); !ok || !e.Soft {
			errs = append(errs, err)
		}
	}}
	info := &types.Info{Types: make(map[ast.Expr]types.TypeAndValue)}
	_, _ = conf.Check("p", lib.fset, []*ast.File{file}, info) // its error is the first of errs
	return file, info, errs
}
