package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	t.Parallel()
	const passing = `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:1: needs 7.2\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}
`
	const failing = `{"Action":"output","Package":"q","Test":"TestC","Output":"=== RUN   TestC\n"}
{"Action":"output","Package":"q","Test":"TestC","Output":"    c_test.go:1: wrong\n"}
{"Action":"output","Package":"q","Test":"TestC","Output":"        77:M 30 Nov 2026 22:43:45.707 * Ready\n"}
{"Action":"fail","Package":"q","Test":"TestC"}
{"Action":"output","Package":"q","Output":"FAIL\tq\t0.1s\n"}
{"Action":"fail","Package":"q"}
`
	const racing = `{"Action":"output","Package":"q","Test":"TestR","Output":"==================\n"}
{"Action":"output","Package":"q","Test":"TestR","Output":"WARNING: DATA RACE\n"}
{"Action":"output","Package":"q","Test":"TestR","Output":"Read at 0x1 by goroutine 7:\n"}
{"Action":"output","Package":"q","Test":"TestR","Output":"==================\n"}
{"Action":"output","Package":"q","Test":"TestR","Output":"    testing.go:1: race detected\n"}
{"Action":"fail","Package":"q","Test":"TestR"}
{"Action":"output","Package":"q","Output":"FAIL\tq\t0.1s\n"}
{"Action":"fail","Package":"q"}
`
	const broken = `{"ImportPath":"r","Action":"build-output","Output":"r.go:1: undefined: x\n"}
{"Action":"output","Package":"r","Output":"FAIL\tr [build failed]\n"}
{"Action":"fail","Package":"r"}
`
	const covered = `{"Action":"output","Package":"c","Output":"ok  \tc\t0.1s\tcoverage: 7.5% of statements in a, b\n"}
{"Action":"pass","Package":"c"}
`
	const crashed = `{"Action":"output","Package":"s","Test":"TestD","Output":"    d_test.go:1: last words\n"}
{"Action":"output","Package":"s","Output":"panic: oh\n"}
{"Action":"output","Package":"s","Output":"goroutine 1\n"}
{"Action":"output","Package":"s","Output":"FAIL\ts\t0.1s\n"}
{"Action":"fail","Package":"s"}
`
	tests := []struct {
		name string
		in   string
		ok   bool
		want string
	}{
		{"passing", passing, true, "ok  \tp\t0.1s\n1 skipped:\n  p TestB: b_test.go:1: needs 7.2\n"},
		{"failing", passing + failing, false, "ok  \tp\t0.1s\n    c_test.go:1: wrong\n" +
			"        77:M 30 Nov 2026 22:43:45.707 * Ready\nFAIL\tq\t0.1s\n" +
			"1 skipped:\n  p TestB: b_test.go:1: needs 7.2\n1 failed:\n  q TestC: c_test.go:1: wrong\n"},
		{"racing", racing, false, "==================\nWARNING: DATA RACE\nRead at 0x1 by goroutine 7:\n" +
			"==================\n    testing.go:1: race detected\nFAIL\tq\t0.1s\n" +
			"1 failed:\n  q TestR: testing.go:1: race detected\n    WARNING: DATA RACE\n" +
			"    Read at 0x1 by goroutine 7:\n"},
		{"not compiling", broken, false, "r.go:1: undefined: x\nFAIL\tr [build failed]\n"},
		{"coverage", covered, true, "ok  \tc\t0.1s\tcoverage: 7.5% of statements\n"},
		{"crashed", crashed, false, "    d_test.go:1: last words\npanic: oh\ngoroutine 1\nFAIL\ts\t0.1s\n"},
		{"words of the go command", "go: no such module\n", false, "go: no such module\nno test results\n"},
		{"nothing", "", false, "no test results\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			ok, err := report(strings.NewReader(test.in), &out)
			if err != nil {
				t.Fatal(err)
			}
			if ok != test.ok || out.String() != test.want {
				t.Errorf("ok %v, printed\n%s\nwant %v and\n%s", ok, out.String(), test.ok, test.want)
			}
		})
	}
}
