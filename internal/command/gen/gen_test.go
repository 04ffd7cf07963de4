package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../../.."

// TestUpToDate generates all files again and compares them with the existing ones.
func TestUpToDate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	table := filepath.Join("internal", "command", "table")
	from, to := filepath.Join(root, table), filepath.Join(dir, table)
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	if err := run(dir); err != nil {
		t.Fatal(err)
	}
	count := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".txt") {
			return err
		}
		count++
		rel, _ := filepath.Rel(dir, path)
		want, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		got, err := os.ReadFile(filepath.Join(root, rel))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is out of date: run go generate ./... (%v)", rel, err)
		}
		if strings.HasSuffix(path, ".go") {
			file, err := parser.ParseFile(gotoken.NewFileSet(), path, want, parser.ParseComments)
			if err != nil || !ast.IsGenerated(file) {
				t.Errorf("%s is not marked as generated (%v)", rel, err)
			}
		}
		return nil
	})
	if err != nil || count < 10 {
		t.Errorf("%d files were generated: %v", count, err)
	}
}

// TestTableFaults reads tables that must be refused.
func TestTableFaults(t *testing.T) {
	t.Parallel()
	const good = "family Strings\nGET 2 1.0.0 read keys=1 : O(1)\n" +
		"\tGet(key:key) string\n\t| returns the value.\n"
	change := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for _, c := range []struct{ name, table, says string }{
		{"no family", "GET 2 1.0.0\n", "no family"},
		{"no arity", "family F\nGET read\n", "not a command"},
		{"unknown word", "family F\nGET 2 1.0.0 reed\n", "reed"},
		{"unknown word of a method", change(") string", ") string badtype"), "not a method"},
		{"unknown policy", "family F\nGET 2 1.0.0 policy=x\n", "unknown policy=x"},
		{"bad keys", "family F\nGET 2 1.0.0 keys=a\n", "keys=a"},
		{"no text", strings.Split(good, "\t|")[0], "no text"},
		{"no complexity", change(" : O(1)", ""), "no complexity"},
		{"method first", "family F\n\tGet() string\n", "before the first command"},
		{"text first", "family F\nGET 2 1.0.0\n\t| text\n", "before the first method"},
		{"malformed method", "family F\nGET 2 1.0.0\n\tget string\n", "not a method"},
		{"argument without a kind", change("key:key", "key"), "no kind"},
		{"unknown kind", change("key:key", "key:kee"), "unknown kind"},
		{"unknown reply", change(") string", ") strung"), "unknown reply"},
		{"unknown option type", change("key:key", "key:key, opts:NoOption..."), "unknown option type"},
		{"argument that is not sent", change(") string", ") string = KEY"), "0 of 1 arguments"},
		{"unknown argument", change(") string", ") string = kee"), "no argument"},
		{"command twice", good + "GET 2 1.0.0\n", "twice"},
		{"method twice", good + "GETX 2 1.0.0 : O(1)\n\tGet(key:key) string\n\t| text.\n", "method of"},
		{"once without arguments", change(") string", ") string once=source"), "no list of arguments"},
		{"once with an unknown rule", change(") string", ") string once=source(key)"),
			"not a rule with its arguments"},
		{"once with an unknown argument", change(") string", ") string once=removal(path)"),
			`no argument "path"`},
		{"once without a repetition", change(") string", ") string retry=never once=removal(key)"),
			"says nothing"},
		{"variadic before the end", change("key:key", "keys:keys..., key:key"), "variadic"},
	} {
		dir := t.TempDir()
		table := filepath.Join(dir, "internal", "command", "table")
		if err := os.MkdirAll(table, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(table, "family.txt"), []byte(c.table), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := run(dir); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want an error about %q", c.name, err, c.says)
		}
	}
}

// TestTokenFaults is TestTableFaults for the option tokens.
func TestTokenFaults(t *testing.T) {
	t.Parallel()
	const good = "group g\ntoken EX(ttl:ttlMillis) EX.$ttl : text\n"
	for _, c := range []struct{ name, tokens, says string }{
		{"no group", strings.TrimPrefix(good, "group g\n"), "before the first group"},
		{"no text", "token NX NX\n", "not a token"},
		{"unknown kind", "token EX(ttl:t) EX.$ttl : text\n", "unknown kind"},
		{"argument without a kind", "token EX(ttl) EX.$ttl : text\n", "no kind"},
		{"argument without a place", "token EX(ttl:int) EX : text\n", "no place"},
		{"place without an argument", "token EX EX.$ttl : text\n", "no argument"},
		{"list before the end", "token A(a:texts,b:int) A.$a.$b : text\n", "last argument"},
		{"group without a constant", good, "without parameters"},
		{"token twice", good + good, "twice"},
		{"unknown token", good + "option O [EX|PX] : text\n", "unknown token"},
		{"once with another's token", good + "token PX PX : text\noption O [EX] once=PX : text\n",
			"not one of its tokens"},
		{"options twice", good + strings.Repeat("option O [EX] : text\n", 2), "twice"},
		{"too many options", good + "option O" + strings.Repeat(" [EX]", 33) + " : text\n", "too many"},
	} {
		if err := new(table).readTokens(c.tokens); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want an error about %q", c.name, err, c.says)
		}
	}
	var many strings.Builder
	many.WriteString("group g\n")
	for i := range 256 {
		fmt.Fprintf(&many, "token T%d T : text\n", i)
	}
	err := new(table).readTokens(many.String())
	if err == nil || !strings.Contains(err.Error(), "256 tokens") {
		t.Errorf("256 tokens: got %v", err)
	}
}

// A handle is named after its result, so that one leads to the other: the type, in the plural for a list.
// Results without a type of their own, and more than one kind of collection of the same type, have a name
// that the table gives.
func TestHandlesAreNamedAfterTheirResults(t *testing.T) {
	t.Parallel()
	for word, k := range replyKinds {
		list := strings.HasPrefix(k.goType, "[]")
		element := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(k.goType, "[]"), "Null["), "]")
		if k.handle == "" || k.handle == "NullCommandInfosReply" || !regexp.MustCompile(`^[A-Z]\w+$`).MatchString(element) {
			continue
		}
		if want := plural(element, list) + "Reply"; k.handle != want {
			t.Errorf("%s: the handle is %s, want %s", word, k.handle, want)
		}
	}
}

// plural gives the plural of a name, if it is one of a list.
func plural(name string, list bool) string {
	switch before, last := name[:len(name)-1], name[len(name)-1:]; {
	case !list || last == "s" || strings.HasSuffix(name, "ed"):
		return name
	case last == "y":
		return before + "ies"
	case last == "h":
		return name + "es"
	}
	return name + "s"
}
