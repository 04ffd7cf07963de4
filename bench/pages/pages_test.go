// Package pages has no code except the test that keeps the Go code in README.md and docs/*.md correct: every
// piece of code is compiled, and run on a server. The test is in this module because docs/go-redis.md also
// shows go-redis, which users of redpoll must not have to download.
package pages

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll/redpolltest"
)

func TestMain(m *testing.M) { redpolltest.Main(m) }

// root is the path to the repository from here.
const root = "../.."

// A piece is Go code of a page that belongs together: a block, or the code in one cell of a table.
type piece struct {
	page  string // relative to the repository
	line  int
	of    string   // the heading of its column, "" for a block
	table int      // the line of the table's heading
	spans []string // the code spans of a cell in order, or the one block
	above []string // spans of cells above that define names used here
}

// pieces finds the code in a page: blocks that are marked as Go, and the columns of tables with code.
func pieces(page, text string) []piece {
	var found []piece
	var block []string
	var heading []string // of the table that the line belongs to
	start, table := 0, 0
	for i, line := range strings.Split(text, "\n") {
		switch {
		case start > 0 && strings.HasPrefix(line, "```"):
			found = append(found, piece{page: page, line: start + 1,
				spans: []string{strings.Join(block, "\n")}})
			start, block = 0, nil
		case start > 0:
			block = append(block, line)
		case line == "```go":
			start = i + 1
		case !strings.HasPrefix(line, "|"):
			heading = nil
		case heading == nil:
			heading, table = cells(line), i+1
		default:
			for column, cell := range cells(line) {
				if column < len(heading) && holdsCode(heading[column]) {
					if spans := codeSpans(cell); len(spans) > 0 {
						found = append(found, piece{page: page, line: i + 1, of: heading[column],
							table: table, spans: spans})
					}
				}
			}
		}
	}
	return found
}

// strayRows returns the lines of the rows that belong to no table: a table begins with a heading and a line
// of dashes, and a blank line ends it.
func strayRows(text string) (lines []int) {
	all := strings.Split(text, "\n")
	inBlock, inTable := false, false
	for i, line := range all {
		if strings.HasPrefix(line, "```") {
			inBlock = !inBlock
		}
		isRow := !inBlock && strings.HasPrefix(line, "|")
		if isRow && !inTable && (i+1 == len(all) || !dashes.MatchString(all[i+1])) {
			lines = append(lines, i+1)
		}
		inTable = isRow
	}
	return lines
}

var dashes = regexp.MustCompile(`^\|[-:| ]+\|$`)

// holdsCode reports whether a column with this heading has Go code: calls, or fields of the type in the
// heading.
func holdsCode(heading string) bool {
	switch heading {
	case "redpoll", "go-redis", "use", "the old default", "package legacy", "redis.Options",
		"redpoll.Options":
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

var (
	definition = regexp.MustCompile(`^([\w, ]+) := `)
	identifier = regexp.MustCompile(`\w+`)
)

// link gives each piece the definitions of cells above that it needs. The names in known need no definition.
func link(all []piece, known func(string) bool) {
	defined := make(map[string]piece) // by name; each piece has only the one span
	var last piece
	for i := range all {
		p := &all[i]
		if p.page != last.page || p.table != last.table {
			clear(defined)
			last = *p
		}
		if p.table == 0 {
			continue
		}
		have := make(map[string]bool)
		for _, span := range p.spans {
			m := definition.FindStringSubmatch(span)
			uses := span
			if m != nil {
				uses = span[len(m[0]):]
			}
			for _, name := range identifier.FindAllString(uses, -1) {
				if d, ok := defined[p.of+" "+name]; ok && !have[name] {
					p.need(d.above)
					p.need(d.spans)
				}
				have[name] = true
			}
			if m == nil {
				continue
			}
			for _, name := range identifier.FindAllString(m[1], -1) {
				have[name] = true
				if !known(name) {
					defined[p.of+" "+name] = piece{spans: []string{span}, above: p.above}
				}
			}
		}
	}
}

// need puts spans before the piece, each once.
func (p *piece) need(spans []string) {
	for _, s := range spans {
		if !slices.Contains(p.above, s) {
			p.above = append(p.above, s)
		}
	}
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

func TestLink(t *testing.T) {
	t.Parallel()
	all := pieces("a.md",
		"| redpoll |\n|---|\n| `l, err := rdb.Lock()` |\n| `h := l.Acquire()` |\n| `h := l.TryAcquire()` "+
			"|\n| `h.Release(err, l)` |\n\n| redpoll |\n|---|\n| `h.X()` |\n")
	link(all, func(name string) bool { return name == "err" })
	if got := strings.Join(all[3].above, "; "); got != "l, err := rdb.Lock(); h := l.TryAcquire()" {
		t.Errorf("the fourth cell needs %q", got)
	}
	if got := all[4].above; got != nil {
		t.Errorf("a cell of another table got %q", got)
	}
}

// Every row in a page belongs to a table.
func TestPagesHaveNoStrayRows(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "bench/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: found %v, %v", pattern, files, err)
		}
		for _, path := range files {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range strayRows(string(text)) {
				t.Errorf("%s:%d: this row belongs to no table", path, line)
			}
		}
	}
}

func TestStrayRows(t *testing.T) {
	t.Parallel()
	const text = "| a | b |\n|---|:-:|\n| 1 | 2 |\n\n| 3 | 4 |\n| 5 | 6 |\n\n```\n| no |\n```\n| 7 |"
	if got := strayRows(text); !slices.Equal(got, []int{5, 11}) {
		t.Errorf("found rows without a table in the lines %v", got)
	}
}

func TestPieces(t *testing.T) {
	t.Parallel()
	const text = "text `rdb.Nothing()`\n```go\na()\nb()\n```\n```\nno()\n```\n" +
		"| redis-py | redpoll |\n|---|---|\n" +
		"| `r.x()` | `rdb.X(ctx)`, then `a \\| b` |\n| `r.y()` | none |\n" +
		"\n| what | why |\n|---|---|\n| `no()` | `no()` |\n"
	got := pieces("a.md", text)
	if len(got) != 2 {
		t.Fatalf("found %v", got)
	}
	if b := got[0]; b.line != 3 || b.spans[0] != "a()\nb()" {
		t.Errorf("the block is %+v", b)
	}
	if c := got[1]; c.line != 11 || c.of != "redpoll" || len(c.spans) != 2 || c.spans[0] != "rdb.X(ctx)" ||
		c.spans[1] != "a | b" {
		t.Errorf("the cell is %+v", c)
	}
}
