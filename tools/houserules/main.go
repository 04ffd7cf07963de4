// Houserules checks the rules of this repository that vet and staticcheck do not know.
//
//	houserules [directory]
//
// It prints one line per finding, `file:line: rule: what to do`, and exits with status 1 if there is one. The
// rules:
//
//	sleep     a test waits for time to pass: by time.Sleep, even in loops, a timer, a ticker, a context with
//	          a deadline, a loop that asks the clock. In a synctest bubble time is simulated; a hang guard
//	          in a select takes 10 s or more
//	clock     a test compares elapsed time with a constant below 10 s
//	compare   an error is compared with == or != or in a switch; errors.Is survives wrapping (tests may ask
//	          for identity)
//	family    package redpoll or legacy makes an error that users could not distinguish from others: by
//	          errors.New or fmt.Errorf, outside the field Err of an error type, and without a sentinel that
//	          it wraps first
//	text      an error is recognized by its text
//	skip      a test is skipped without a reason
//	allocs    a test that counts allocations lacks Alloc in its name, so it would never run without -race
//	generated a file is named *_gen.go and lacks the header, or has the header and another name
//	panic     the library panics with a text that does not begin with "BUG: "
//	import    the root module imports a package outside the standard library
//	docs      README.md or docs/*.md names a function, type, constant or method that does not exist
//	tests     a package whose tests use servers has no TestMain that fails on leaks; tests/ has files that
//	          are not _test.go files
//	ledger    docs/features.md and the tests disagree about a row
//	width     a line has more than 110 columns; a tab counts 4
//	words     a comment is not plain English: "is no list", a sentence that begins with What, Whoever or
//	          That, shall, "a error" or "an list"; or a text in the code has "is no list"
//
// A line that must break a rule has a reason at its end, or on the line above it:
//
//	//houserules:ok sleep: the point of this test is real time
package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// A finding is one broken rule at one place.
type finding struct {
	file string // relative to the repository
	line int    // 0 for the whole file
	rule string
	text string
}

func (f finding) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", f.file, f.line, f.rule, f.text)
}

func main() {
	dir := "."
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	found, err := check(dir)
	for _, f := range found {
		fmt.Println(f)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "houserules:", err)
		os.Exit(2)
	}
	if len(found) > 0 {
		os.Exit(1)
	}
}

// check runs every rule over the repository at dir. The findings are valid even with an error.
func check(dir string) ([]finding, error) {
	var found []finding
	var claims []claim
	folders := make(testFolders)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			// Hidden directories are skipped, and testdata, whose files break rules on purpose.
			if name := d.Name(); path != dir && (strings.HasPrefix(name, ".") || name == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		more, err := checkFile(rel, text, folders)
		if err != nil {
			return err
		}
		found = append(found, more...)
		if strings.HasSuffix(rel, "_test.go") {
			claims = append(claims, claimsOf(rel, string(text))...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	found = append(found, folders.findings()...)
	ledger, err := os.ReadFile(filepath.Join(dir, "docs", "features.md"))
	if err != nil {
		return nil, err
	}
	found = append(found, checkLedger(string(ledger), claims)...)
	documents, err := checkDocuments(dir)
	found = append(found, documents...)
	if err != nil {
		return found, err
	}
	imports, err := checkImports(dir)
	found = append(found, imports...)
	sort.SliceStable(found, func(i, j int) bool { return found[i].file < found[j].file })
	return found, err
}
