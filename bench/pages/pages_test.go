// Package pages holds no code, only the test that keeps the Go code in README.md and docs/*.md true: every piece of it is
// compiled, and run on a server. It stands in this module because docs/go-redis.md shows go-redis, too, which users of
// redpoll must not have to download.
package pages

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestMain(m *testing.M) { redpolltest.Main(m) }

// root is where the pages are, seen from here.
const root = "../.."

// A piece is some Go code of a page that belongs together: a block, or what stands in one cell of a table.
type piece struct {
	page  string // relative to the repository
	line  int
	of    string   // the heading of its column, "" for a block
	spans []string // the code spans of a cell in order, or the one block
}

// pieces finds the code in a page: blocks that are marked as Go, and the columns of tables that hold code.
func pieces(page, text string) []piece {
	var found []piece
	var block []string
	var heading []string // of the table that the line belongs to
	start := 0
	for i, line := range strings.Split(text, "\n") {
		switch {
		case start > 0 && strings.HasPrefix(line, "```"):
			found = append(found, piece{page, start + 1, "", []string{strings.Join(block, "\n")}})
			start, block = 0, nil
		case start > 0:
			block = append(block, line)
		case line == "```go":
			start = i + 1
		case !strings.HasPrefix(line, "|"):
			heading = nil
		case heading == nil:
			heading = cells(line)
		default:
			for column, cell := range cells(line) {
				if column < len(heading) && holdsCode(heading[column]) {
					if spans := codeSpans(cell); len(spans) > 0 {
						found = append(found, piece{page, i + 1, heading[column], spans})
					}
				}
			}
		}
	}
	return found
}

// holdsCode reports whether a column with this heading holds Go code: calls, or fields of the type that it names.
func holdsCode(heading string) bool {
	switch heading {
	case "redpoll", "go-redis", "use", "the old default", "package legacy", "redis.Options", "redpoll.Options":
		return true
	}
	return false
}

// cells splits a line of a table.
func cells(line string) []string {
	line = strings.ReplaceAll(line, `\|`, "\x00")
	parts := strings.Split(strings.Trim(line, "| "), "|")
	for i, p := range parts {
		parts[i] = strings.Trim(strings.ReplaceAll(strings.TrimSpace(p), "\x00", "|"), " ")
	}
	return parts
}

var codeSpan = regexp.MustCompile("`([^`]+)`")

func codeSpans(cell string) []string {
	var list []string
	for _, m := range codeSpan.FindAllStringSubmatch(cell, -1) {
		list = append(list, m[1])
	}
	return list
}

// allPieces reads README.md and docs/*.md.
func allPieces(t *testing.T) []piece {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	var all []piece
	for _, path := range append(files, filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, pieces(filepath.ToSlash(rel), string(text))...)
	}
	return all
}

func TestPieces(t *testing.T) {
	t.Parallel()
	const text = "text `rdb.Nothing()`\n```go\na()\nb()\n```\n```\nno()\n```\n" +
		"| redis-py | redpoll |\n|---|---|\n| `r.x()` | `rdb.X(ctx)`, then `a \\| b` |\n| `r.y()` | none |\n" +
		"\n| what | why |\n|---|---|\n| `no()` | `no()` |\n"
	got := pieces("a.md", text)
	if len(got) != 2 {
		t.Fatalf("found %v", got)
	}
	if b := got[0]; b.line != 3 || b.spans[0] != "a()\nb()" {
		t.Errorf("the block is %+v", b)
	}
	if c := got[1]; c.line != 11 || c.of != "redpoll" || len(c.spans) != 2 || c.spans[0] != "rdb.X(ctx)" || c.spans[1] != "a | b" {
		t.Errorf("the cell is %+v", c)
	}
}
