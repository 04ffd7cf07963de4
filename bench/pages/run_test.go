package pages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/format"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll/redpolltest"
)

// prose are spans that look like code but are text, with the reason.
var prose = map[string]string{
	"Timeout()": "a method of an error that the text names",
}

// notRun are parts of spans whose pieces are compiled and not run, with the reason.
var notRun = map[string]string{
	"rdb.Migrate(":           "it needs a second server",
	"rdb.ReplicaOf(":         "it needs a second server",
	"rdb.Shutdown(":          "the others need the server",
	"rdb.DebugObject(":       "servers refuse it unless they are told not to",
	"mon.Listen(":            "it waits for commands of others",
	"rdb.Monitor(":           "it waits for commands of others",
	"sub.Listen(":            "it waits for messages",
	"sub.Message(":           "it waits for messages",
	"sub.Channel(":           "it waits for messages",
	"sub.Receive(":           "it waits for messages",
	"sub.Poll(":              "nothing is subscribed",
	"mon.Next(":              "it waits for commands of others",
	"ev.Listen(":             "it waits for events",
	"entry.":                 "it waits for commands of others",
	"sub.Run(":               "it runs until its context ends",
	"rdb.Drain(":             "the others need the client, and leave connections taken",
	"rdb.Sentinel":           "it needs a Sentinel",
	"rdb.Cluster":            "it needs a cluster",
	"redpoll.NewSentinel(":   "it needs a Sentinel",
	"s.MasterFor(":           "it needs a Sentinel",
	"s.ReplicaFor(":          "it needs a Sentinel",
	"s.Discover":             "it needs a Sentinel",
	"s.Clients(":             "it needs a Sentinel",
	"redpoll.NewReplicated(": "it needs replicas",
	"redpoll.NewCluster(":    "it needs a cluster",
	"rdb.Do(ctx, \"FOO\"":    "no server has the command",
	"rdb.Do(ctx, \"NAME\"":   "no server has the command",
	"redpoll.OutcomeOf(err)": "its error is the reader's",
}

// refused are parts of spans that this server must refuse, with a part of its error.
var refused = map[string]string{
	"rdb.ScriptKill(": "NOTBUSY",
	"rdb.ClientKill(": "No such client",
	"rdb.ACLLoad(":    "ACL file",
	"old.MGet(ctx)":   "wrong number of arguments",
}

// Every piece of Go code in README.md and docs/*.md compiles. A piece that can be called does what the page
// says: it succeeds, or finds nothing.
func TestPages(t *testing.T) {
	t.Parallel()
	lib := newLibrary(t)
	var functions strings.Builder
	var runs []piece
	all := allPieces(t)
	link(all, isGiven)
	for _, p := range all {
		p.spans = slices.DeleteFunc(p.spans, func(s string) bool { return prose[s] != "" })
		if len(p.spans) == 0 {
			continue
		}
		if p.of == "" {
			if src := whole(p); src != "" {
				_, _, errs := lib.check("block.go", src)
				report(t, errs)
				continue
			}
		}
		src, err := lib.function(fmt.Sprintf("f%d", len(runs)), p)
		if err != nil {
			t.Errorf("%s:%d: %v in %q", p.page, p.line, err, p.spans)
			continue
		}
		functions.WriteString(src)
		runs = append(runs, p)
	}
	if len(runs) < 100 {
		t.Fatalf("found %d pieces of code, which is too few to be true", len(runs))
	}
	src := "package main\n" + importsOf(given+redpollParams+functions.String()) + given + functions.String()
	file, info, errs := lib.check("pages.go", src)
	report(t, errs)
	if t.Failed() {
		return
	}
	complete(file, info)
	var b bytes.Buffer
	if err := format.Node(&b, lib.fset, file); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "\nvar pieces = []any{")
	for i, p := range runs {
		fmt.Fprintf(&b, "%s, ", callable(i, p))
	}
	fmt.Fprintf(&b, "}\n")
	run(t, b.String(), runs)
}

// callable returns the name of the function of a piece; nil if it is not run.
func callable(i int, p piece) string {
	for part := range notRun {
		if slices.ContainsFunc(p.spans, func(s string) bool { return strings.Contains(s, part) }) {
			return "nil"
		}
	}
	return fmt.Sprintf("f%d", i)
}

func report(t *testing.T, errs []error) {
	t.Helper()
	for _, err := range errs {
		t.Error(err)
	}
}

// complete makes the program use the results of each call, and each variable.
func complete(file *ast.File, info *types.Info) {
	for _, decl := range file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok {
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if block, ok := n.(*ast.BlockStmt); ok {
					block.List = completed(block.List, info)
				}
				_, inner := n.(*ast.FuncLit)
				return !inner
			})
		}
	}
}

func completed(list []ast.Stmt, info *types.Info) []ast.Stmt {
	var all []ast.Stmt
	for _, s := range list {
		switch s := s.(type) {
		case *ast.ExprStmt:
			call, ok := s.X.(*ast.CallExpr)
			if tv, known := info.Types[call]; ok && known && !tv.IsVoid() {
				s.X = seen(call)
			}
			all = append(all, s)
		case *ast.AssignStmt:
			all = append(all, s)
			for _, e := range s.Lhs {
				if id, ok := e.(*ast.Ident); ok && id.Name != "_" {
					all = append(all, &ast.ExprStmt{X: seen(&ast.Ident{Name: id.Name})})
				}
			}
		case *ast.RangeStmt:
			for _, e := range []ast.Expr{s.Key, s.Value} {
				if id, ok := e.(*ast.Ident); ok && id.Name != "_" {
					s.Body.List = slices.Insert(s.Body.List, 0,
						ast.Stmt(&ast.ExprStmt{X: seen(&ast.Ident{Name: id.Name})}))
				}
			}
			all = append(all, s)
		default:
			all = append(all, s)
		}
	}
	return all
}

func seen(e ast.Expr) *ast.CallExpr {
	return &ast.CallExpr{Fun: &ast.Ident{Name: "see"}, Args: []ast.Expr{e}}
}

// isRefusal reports whether a piece may fail like this.
func isRefusal(p piece, verdict string) bool {
	for part, text := range refused {
		if strings.Contains(verdict, text) &&
			slices.ContainsFunc(p.spans, func(s string) bool { return strings.Contains(s, part) }) {
			return true
		}
	}
	return false
}

// run builds the program and lets it call the pieces on its own server.
func run(t *testing.T, src string, runs []piece) {
	t.Helper()
	dir := t.TempDir()
	frame, err := os.ReadFile(filepath.Join("testdata", "frame.go"))
	if err != nil {
		t.Fatal(err)
	}
	replace := make(map[string]string)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"pages.go": []byte(src), "frame.go": frame} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(here, "program", name)] = path
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "program")
	if out, err := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", program,
		"./program").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), program, redpolltest.Start(t, redpolltest.ServerOptions{
		Config: []string{"notify-keyspace-events KEA"},
	}).Addr())
	var printed bytes.Buffer
	cmd.Stderr = &printed
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, printed.String())
	}
	var verdicts []string
	if err := json.Unmarshal(out, &verdicts); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	if len(verdicts) != len(runs) {
		t.Fatalf("%d verdicts on %d pieces", len(verdicts), len(runs))
	}
	for i, v := range verdicts {
		switch {
		case strings.Contains(v, "unknown command"):
			t.Logf("%s:%d: not on this server: %s", runs[i].page, runs[i].line, v)
		case v != "" && !isRefusal(runs[i], v):
			t.Errorf("%s:%d: %s: %s", runs[i].page, runs[i].line, strings.Join(runs[i].spans, "; "), v)
		}
	}
}
