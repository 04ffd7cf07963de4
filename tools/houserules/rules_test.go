package main

import (
	"reflect"
	"strconv"
	"strings"
	"testing"
)

func TestRules(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		file string
		code string
		want []string // rules, in order
	}{
		{"sleep in a test", "a_test.go", `package a; import "time"; func f() { time.Sleep(1) }`,
			[]string{"sleep"}},
		{"sleep outside tests", "a.go", `package a; import "time"; func f() { time.Sleep(1) }`, nil},
		{"sleep in the kit of the tests", "internal/testkit/a.go",
			`package a; import "time"; func f() { time.Sleep(1) }`, []string{"sleep"}},
		{"source among tests", "tests/a/a.go", `package a`, []string{"tests"}},
		{"test among tests", "tests/a/a_test.go", `package a`, nil},
		{"sleep in a bubble", "a_test.go",
			`package a; func f() { synctest.Test(t, func(t *testing.T) { time.Sleep(1) }) }`, nil},
		{"sleep in a poll", "a_test.go", `package a; func f() { for !done() { time.Sleep(1) } }`,
			[]string{"sleep"}},
		{"sleep between rounds of a poll", "a_test.go",
			`package a; func f() { for ; !done(); time.Sleep(1) { } }`, []string{"sleep"}},
		{"sleep in a range", "a_test.go", `package a; func f() { for range 3 { time.Sleep(1) } }`,
			[]string{"sleep"}},
		{"sleep through a channel", "a_test.go", `package a; func f() { <-time.After(time.Hour) }`,
			[]string{"sleep"}},
		{"sleep through an assigned channel", "a_test.go", `package a; func f() { now := <-time.After(d) }`,
			[]string{"sleep"}},
		{"sleep through a timer", "a_test.go",
			`package a; func f() { x := time.NewTimer(time.Second); <-x.C }`, []string{"sleep"}},
		{"timer of some time", "a_test.go", `package a; func f() { x := time.NewTimer(d); <-x.C }`,
			[]string{"sleep"}},
		{"sleep through a ticker", "a_test.go", `package a; func f() { x := time.NewTicker(1); <-x.C }`,
			[]string{"sleep"}},
		{"sleep through Tick", "a_test.go", `package a; func f() { for range time.Tick(1) {} }`,
			[]string{"sleep"}},
		{"sleep in a select", "a_test.go",
			`package a; func f() { select { case <-c: case <-time.After(9*time.Second): } }`,
			[]string{"sleep"}},
		{"sleep in a select, by a constant", "a_test.go",
			`package a; const d = time.Second; func f() { select { case <-c: case x := <-time.After(2*d): } }`, []string{"sleep"}},
		{"hang guard", "a_test.go",
			`package a; func f() { select { case <-c: case <-time.After(10*time.Second): } }`, nil},
		{"hang guard by a timer", "a_test.go", `package a; func f() { x := time.NewTimer(time.Minute) }`,
			nil},
		{"sleep through a context", "a_test.go",
			`package a; func f() { ctx, cancel := context.WithTimeout(c, time.Second); <-ctx.Done() }`,
			[]string{"sleep"}},
		{"sleep through a deadline", "a_test.go",
			`package a; func f() { ctx, cancel := context.WithDeadline(c, d); <-ctx.Done() }`,
			[]string{"sleep"}},
		{"context with a hang guard", "a_test.go",
			`package a; func f() { ctx, cancel := context.WithTimeout(c, time.Minute); <-ctx.Done() }`, nil},
		{"context that is cancelled", "a_test.go",
			`package a; func f() { ctx, cancel := context.WithCancel(c); <-ctx.Done() }`, nil},
		{"loop for the clock", "a_test.go", `package a; func f() { for time.Since(began) < d { g() } }`,
			[]string{"sleep"}},
		{"loop for a moment", "a_test.go", `package a; func f() { for time.Now().Before(end) { } }`,
			[]string{"sleep"}},
		{"helper that only sleeps", "a_test.go",
			`package a; func pass(d time.Duration) {
				for end := time.Now().Add(d); time.Now().Before(end); { time.Sleep(1) }
			}`, []string{"sleep", "sleep"}},
		{"loop with a guard", "a_test.go",
			`package a; func f() { for !ok() && time.Since(began) < d { g() } }`, nil},
		{"time and a constant", "a_test.go",
			`package a; func f() { if time.Since(began) > 20*time.Millisecond { g() } }`, []string{"clock"}},
		{"constant and time", "a_test.go",
			`package a; const most = time.Second; func f() { if most < time.Since(began) { g() } }`,
			[]string{"clock"}},
		{"time in a variable", "a_test.go",
			`package a; func f() { took := time.Since(began); if took >= time.Second { g() } }`,
			[]string{"clock"}},
		{"difference in a variable", "a_test.go",
			`package a; func f() { late := a.Sub(b); late -= min(late, c); if late > 5*time.Millisecond { g() } }`, []string{"clock"}},
		{"elapsed time of an error", "a_test.go",
			`package a; func f() { if ce.Elapsed > time.Second { g() } }`, []string{"clock"}},
		{"time and a part of constant", "a_test.go",
			`package a; func f() { if time.Until(end) > 5*bare+10*time.Millisecond { g() } }`,
			[]string{"clock"}},
		{"time and a hang guard", "a_test.go",
			`package a; func f() { if time.Since(began) > 10*time.Second { g() } }`, nil},
		{"time and no time", "a_test.go", `package a; func f() { if time.Until(end) > 0 { g() } }`, nil},
		{"two times", "a_test.go", `package a; func f() { if time.Since(began) > 5*bare { g() } }`, nil},
		{"time in a bubble", "a_test.go",
			`package a; func f() { synctest.Test(t, func(t *testing.T) {
				if time.Since(began) != 1 && time.Since(began) < time.Second { <-time.After(1) }
			}) }`, nil},
		{"time outside tests", "a.go",
			`package a; func f() { if time.Since(began) > time.Second { <-time.After(1) } }`, nil},
		{"sleeping goroutine", "a_test.go", `package a; func f() { go time.Sleep(1) }`, nil},
		{"sleep with a reason", "a_test.go",
			"package a\nfunc f() {\n\t//houserules:ok sleep: real time is the point\n\ttime.Sleep(1)\n}",
			nil},
		{"sleep with a reason for another rule", "a_test.go",
			"package a\nfunc f() {\n\ttime.Sleep(1) //houserules:ok skip: no\n}", []string{"sleep"}},
		{"sleep with an empty reason", "a_test.go",
			"package a\nfunc f() {\n\ttime.Sleep(1) //houserules:ok sleep:\n}", []string{"sleep"}},

		{"compared with EOF", "a.go", `package a; func f(err error) bool { return err == io.EOF }`,
			[]string{"compare"}},
		{"compared with Nil", "a.go", `package redpoll; func f(err error) bool { return err != Nil }`,
			[]string{"compare"}},
		{"another package's Nil", "a.go", `package a; func f(x int) bool { return x == Nil }`, nil},
		{"switched over sentinels", "a.go",
			`package a; func f(err error) { switch err { case nil: case ErrClosed: } }`, []string{"compare"}},
		{"compared in a test", "a_test.go", `package a; func f(err error) bool { return err == io.EOF }`,
			nil},
		{"compared with nil", "a.go", `package a; func f(err error) bool { return err == nil }`, nil},
		{"compared in a method Is", "a.go",
			`package a; func (e *E) Is(target error) bool { return target == ErrClosed }`, nil},
		{"compared in a function Is", "a.go",
			`package a; func Is(err error) bool { return err == ErrClosed }`, []string{"compare"}},
		{"errors.Is", "a.go", `package a; func f(err error) bool { return errors.Is(err, ErrClosed) }`, nil},

		{"error text searched", "a.go",
			`package a; func f(err error) bool { return strings.Contains(err.Error(), "x") }`,
			[]string{"text"}},
		{"error text cut", "a.go",
			`package a; func f(err error) string { return strings.TrimPrefix(err.Error(), "x") }`, nil},
		{"error text compared", "a.go", `package a; func f(err error) bool { return err.Error() == "x" }`,
			[]string{"text"}},
		{"error text in a test", "a_test.go",
			`package a; func f(err error) bool { return err.Error() == "x" }`, nil},

		{"bare error", "a.go", `package redpoll; func f() error { return errors.New("x") }`,
			[]string{"family"}},
		{"bare error that wraps another", "a.go",
			`package legacy; func f(err error) error { return fmt.Errorf("%w: x", err) }`,
			[]string{"family"}},
		{"bare error behind a sentinel", "a.go",
			`package redpoll; func f(err error) error { return fmt.Errorf("x: %w", ErrClosed) }`,
			[]string{"family"}},
		{"error in a field Err", "a.go",
			`package redpoll; func f() error { return &ReplyError{Err: errors.New("x")} }`, nil},
		{"error in another field", "a.go",
			`package redpoll; func f() error { return &ReplyError{Cause: errors.New("x")} }`,
			[]string{"family"}},
		{"error put into Err", "a.go",
			`package redpoll; func f(e *ConnError) { e.Err = fmt.Errorf("x: %w", e.Err) }`, nil},
		{"sentinel wrapped first", "a.go",
			`package redpoll; func f(err error) error { return fmt.Errorf("%w: %w", ErrClosed, err) }`, nil},
		{"bare error elsewhere", "a.go", `package conn; func f() error { return errors.New("x") }`, nil},
		{"bare error in a test", "a_test.go", `package redpoll; func f() error { return errors.New("x") }`,
			nil},

		{"skip without reason", "a_test.go", `package a; func f() { t.Skip() }`, []string{"skip"}},
		{"skip with a reason", "a_test.go", `package a; func f() { t.Skip("needs 7.2") }`, nil},
		{"another Skip", "a_test.go", `package a; func f() { d.Skip() }`, nil},
		{"skip now", "a_test.go", `package a; func f() { t.SkipNow() }`, []string{"skip"}},

		{"allocations under another name", "a_test.go",
			`package a; func TestGet(t *testing.T) { testing.AllocsPerRun(1, nil) }`, []string{"allocs"}},
		{"allocations", "a_test.go",
			`package a; func TestGetAllocs(t *testing.T) { testing.AllocsPerRun(1, nil) }`, nil},

		{"generated without header", "a_gen.go", `package a`, []string{"generated"}},
		{"generated under another name", "a.go", "// Code generated by x. DO NOT EDIT.\n\npackage a",
			[]string{"generated"}},
		{"generated", "a_gen.go", "// Code generated by x. DO NOT EDIT.\n\npackage a", nil},

		{"panic", "a.go", `package a; func f() { panic("oh") }`, []string{"panic"}},
		{"panic with an error", "a.go", `package a; func f() { panic(err) }`, []string{"panic"}},
		{"panic for a bug", "a.go",
			`package a; func f() { panic("BUG: " + s); panic(fmt.Sprintf("BUG: %v", s)) }`, nil},
		{"panic in a program", "a.go", `package main; func f() { panic("oh") }`, nil},
		{"panic in an example", "examples/a/a.go", `package a; func f() { panic("oh") }`, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			found, err := checkFile(test.file, []byte(test.code), testFolders{})
			if err != nil {
				t.Fatal(err)
			}
			var rules []string
			for _, f := range found {
				rules = append(rules, f.rule)
			}
			if !reflect.DeepEqual(rules, test.want) {
				t.Errorf("found %v, want %v", rules, test.want)
			}
		})
	}
}

func TestUnreadableFile(t *testing.T) {
	t.Parallel()
	if _, err := checkFile("a.go", []byte("not Go"), testFolders{}); err == nil {
		t.Error("a file that does not parse was accepted")
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	text := "// Covers: F1, F3-F5, E7, F9 - F10\nfunc TestX() {}\n\t// Covers: F2\n// covers: F99\n"
	var rows []int
	for _, c := range claimsOf("a_test.go", text) {
		rows = append(rows, c.row)
	}
	if want := []int{1, 3, 4, 5, 9, 10, 2}; !reflect.DeepEqual(rows, want) {
		t.Errorf("claims %v, want %v", rows, want)
	}
}

func TestLedger(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		row    string // replaces row F7; the other rows are correct
		claims []claim
		want   string // part of the only finding; empty if there is none
	}{
		{"later", "| F7 | Text. | later (locks) |", nil, ""},
		{"done", "| F7 | Text. | done |", []claim{{7, "a_test.go", 3}}, ""},
		{"not in Go", "| F7 | F7 (not in Go: why) | not in Go |", nil, ""},
		{"done without a test", "| F7 | Text. | done |", nil, "no test says `// Covers: F7`"},
		{"later with a test", "| F7 | Text. | later (locks) |", []claim{{7, "a_test.go", 3}},
			"a_test.go:3 claims it"},
		{"not in Go with a test", "| F7 | F7 (not in Go: why) | not in Go |", []claim{{7, "a_test.go", 3}},
			"claims it"},
		{"not in Go without a reason", "| F7 | Text. | not in Go |", nil, "go together"},
		{"a reason for another row", "| F7 | F8 (not in Go: why) | not in Go |", nil, "go together"},
		{"unknown status", "| F7 | Text. | soon |", nil, "the status is"},
		{"no row", "", nil, "F7 is missing"},
		{"two rows", "| F7 | Text. | later (locks) |\n| F7 | Text. | later (locks) |", nil, "already"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var ledger strings.Builder
			for row := 1; row <= lastRow; row++ {
				if row == 7 {
					ledger.WriteString(test.row + "\n")
					continue
				}
				ledger.WriteString("| F" + strconv.Itoa(row) + " | Text. | later (locks) |\n")
			}
			found := checkLedger(ledger.String(), test.claims)
			switch {
			case test.want == "" && len(found) > 0:
				t.Errorf("unexpected: %v", found)
			case test.want != "" && (len(found) != 1 || !strings.Contains(found[0].text, test.want)):
				t.Errorf("found %v, want one with %q", found, test.want)
			}
		})
	}
}

func TestForeignImports(t *testing.T) {
	t.Parallel()
	const module = "example.org/m"
	own := []string{module, module + "/resp", module + ".test", module + "_test", "[" + module + ".test]"}
	if found := foreign(module, own); found != nil {
		t.Errorf("own packages reported: %v", found)
	}
	if found := foreign(module, []string{"example.org/more"}); len(found) != 1 {
		t.Errorf("a foreign package was accepted: %v", found)
	}
}
