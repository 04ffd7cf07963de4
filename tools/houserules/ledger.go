package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// lastRow is the number of the last feature row: the ledger holds F1 to F430.
const lastRow = 430

// A claim is one feature row that a test proves.
type claim struct {
	row  int
	file string
	line int
}

var (
	coversLine = regexp.MustCompile(`^\s*//\s*Covers:(.*)$`)
	rowRange   = regexp.MustCompile(`\b([FE])(\d+)(?:\s*-\s*[FE]?(\d+))?`)
	ledgerRow  = regexp.MustCompile(`^\| F(\d+) \| (.*) \| ([^|]*) \|$`)
	notInGo    = regexp.MustCompile(`^F(\d+) \(not in Go: .+\)$`)
	laterPart  = regexp.MustCompile(`^later \([^()]+\)$`)
)

// claimsOf reads the feature rows of the comments `// Covers: F12, F20-F24, E7` in a test file.
func claimsOf(name, text string) []claim {
	var claims []claim
	for i, line := range strings.Split(text, "\n") {
		m := coversLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		for _, r := range rowRange.FindAllStringSubmatch(m[1], -1) {
			if r[1] != "F" {
				continue
			}
			first, _ := strconv.Atoi(r[2]) // only digits, and short: it cannot fail
			last := first
			if r[3] != "" {
				last, _ = strconv.Atoi(r[3])
			}
			for row := first; row <= last && row <= lastRow; row++ {
				claims = append(claims, claim{row, name, i + 1})
			}
		}
	}
	return claims
}

// checkLedger compares the ledger with the claims of the tests, in both directions.
func checkLedger(ledger string, claims []claim) []finding {
	const file = "docs/features.md"
	var found []finding
	report := func(line int, format string, args ...any) {
		found = append(found, finding{file, line, "ledger", fmt.Sprintf(format, args...)})
	}
	claimed := make(map[int]claim)
	for _, c := range claims {
		if _, ok := claimed[c.row]; !ok {
			claimed[c.row] = c
		}
	}
	seen := make(map[int]int) // line by row
	for i, line := range strings.Split(ledger, "\n") {
		m := ledgerRow.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		row, _ := strconv.Atoi(m[1])
		if first, twice := seen[row]; twice {
			report(i+1, "F%d stands in line %d already", row, first)
			continue
		}
		seen[row] = i + 1
		c, isClaimed := claimed[row]
		switch why := notInGo.FindStringSubmatch(m[2]); {
		case (why != nil) != (m[3] == "not in Go") || why != nil && why[1] != m[1]:
			report(i+1, "F%d: the status `not in Go` and the text `F%d (not in Go: why)` go together", row,
				row)
		case m[3] == "done" && !isClaimed:
			report(i+1, "F%d is done, but no test says `// Covers: F%d`", row, row)
		case m[3] != "done" && isClaimed:
			report(i+1, "F%d is not done here, but %s:%d claims it", row, c.file, c.line)
		case m[3] != "done" && m[3] != "not in Go" && !laterPart.MatchString(m[3]):
			report(i+1, "F%d: the status is `done`, `not in Go` or `later (part)`, not `%s`", row, m[3])
		}
	}
	for row := 1; row <= lastRow; row++ {
		if seen[row] == 0 {
			report(0, "F%d is missing", row)
		}
	}
	return found
}
