package main

import (
	"go/ast"
	"go/token"
	"math"
	"strconv"
	"time"
)

// hangGuard is the shortest time after which a test may give up.
const hangGuard = 10 * time.Second

const (
	adviceSleep = "wait for a condition (redpolltest.Await), an event or a channel, or run the test in " +
		"synctest.Test"
	adviceClock = "compare with time that is measured beside it (lateness in tests/reliability), or with " +
		"the order of events"
)

// clock finds tests that wait for time to pass, or that compare time with a constant. Time in a synctest
// bubble is simulated. A goroutine that only sleeps makes no test correct, so it is allowed.
func (s *source) clock() {
	known := durations(s.file)
	fine := make(map[ast.Node]bool) // calls and receives that are already handled
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			fine[n.Call] = true
		case *ast.ForStmt:
			if isClockOnly(n.Cond) {
				s.report(n.Pos(), "sleep", "this loop waits for the clock: "+adviceSleep)
			}
		case *ast.CommClause:
			s.sleepInSelect(n, known, fine)
		case *ast.UnaryExpr:
			if call, ok := n.X.(*ast.CallExpr); ok && n.Op == token.ARROW && !fine[n] && isTimer(call) {
				fine[call] = true
				s.report(n.Pos(), "sleep", adviceSleep)
			}
		case *ast.CallExpr:
			if isBubble(n) {
				return false
			}
			s.sleepingCall(n, known, fine)
		case *ast.FuncDecl:
			if n.Body != nil {
				s.sleepInContext(n.Body, known)
				s.timeAgainstConstants(n.Body, known)
			}
		}
		return true
	})
}

// sleepingCall reports calls that wait, or that make a timer to wait for.
func (s *source) sleepingCall(call *ast.CallExpr, known map[string]float64, fine map[ast.Node]bool) {
	if fine[call] {
		return
	}
	recv, name := callee(call)
	switch recv + "." + name {
	case "time.Sleep", "time.Tick", "time.NewTicker":
		s.report(call.Pos(), "sleep", adviceSleep)
	case "time.NewTimer":
		if d, ok := durationOf(call.Args[0], known); !ok || d < float64(hangGuard) {
			s.report(call.Pos(), "sleep", adviceSleep)
		}
	}
}

// sleepInSelect looks at a case of a select: a case with a timer is a hang guard, or a sleep if the time is
// shorter.
func (s *source) sleepInSelect(clause *ast.CommClause, known map[string]float64, fine map[ast.Node]bool) {
	receive, ok := received(clause.Comm).(*ast.UnaryExpr)
	if !ok {
		return
	}
	call, ok := receive.X.(*ast.CallExpr)
	if !ok || !isTimer(call) {
		return
	}
	fine[receive], fine[call] = true, true
	if d, ok := durationOf(call.Args[0], known); ok && d < float64(hangGuard) {
		s.report(call.Pos(), "sleep", "a hang guard takes 10 s and more; else "+adviceSleep)
	}
}

// received returns the expression that the statement of a case receives from, nil if it sends.
func received(comm ast.Stmt) ast.Expr {
	switch comm := comm.(type) {
	case *ast.ExprStmt:
		return comm.X
	case *ast.AssignStmt:
		return comm.Rhs[0]
	}
	return nil
}

// isBubble reports whether a call opens a bubble, in which time costs nothing.
func isBubble(call *ast.CallExpr) bool {
	recv, name := callee(call)
	return recv == "synctest" && name == "Test"
}

// isTimer reports whether a call returns a channel of a timer.
func isTimer(call *ast.CallExpr) bool {
	recv, name := callee(call)
	return recv == "time" && (name == "After" || name == "Tick") && len(call.Args) == 1
}

// sleepInContext reports a function that makes a context with a timeout only in order to wait for its end.
func (s *source) sleepInContext(body *ast.BlockStmt, known map[string]float64) {
	short := make(map[string]bool)
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			return !isBubble(n)
		case *ast.AssignStmt:
			call, ok := n.Rhs[0].(*ast.CallExpr)
			if !ok {
				return true
			}
			id, ok := n.Lhs[0].(*ast.Ident)
			if recv, name := callee(call); ok && recv == "context" {
				d, evaluated := 0.0, false
				if len(call.Args) > 1 {
					d, evaluated = durationOf(call.Args[1], known)
				}
				short[id.Name] = name == "WithTimeout" && (!evaluated || d < float64(hangGuard)) ||
					name == "WithDeadline"
			}
		case *ast.ExprStmt:
			receive, ok := n.X.(*ast.UnaryExpr)
			if !ok || receive.Op != token.ARROW {
				return true
			}
			call, ok := receive.X.(*ast.CallExpr)
			if !ok {
				return true
			}
			if recv, name := callee(call); name == "Done" && short[recv] {
				s.report(n.Pos(), "sleep", "this context ends by time: "+adviceSleep)
			}
		}
		return true
	})
}

// timeAgainstConstants reports comparisons of elapsed time with a constant below hangGuard.
func (s *source) timeAgainstConstants(body *ast.BlockStmt, known map[string]float64) {
	measured := make(map[string]bool)
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			return !isBubble(n)
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if id, ok := left.(*ast.Ident); ok && len(n.Lhs) == len(n.Rhs) {
					measured[id.Name] = isElapsed(n.Rhs[i], measured)
				}
			}
		case *ast.BinaryExpr:
			switch n.Op {
			case token.LSS, token.LEQ, token.GTR, token.GEQ:
				for _, sides := range [][2]ast.Expr{{n.X, n.Y}, {n.Y, n.X}} {
					if isElapsed(sides[0], measured) && isShort(sides[1], known) {
						s.report(n.Pos(), "clock", adviceClock)
					}
				}
			}
		}
		return true
	})
}

// isElapsed reports whether an expression is elapsed time.
func isElapsed(e ast.Expr, measured map[string]bool) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return measured[e.Name]
	case *ast.ParenExpr:
		return isElapsed(e.X, measured)
	case *ast.UnaryExpr:
		return isElapsed(e.X, measured)
	case *ast.BinaryExpr:
		return isElapsed(e.X, measured) || isElapsed(e.Y, measured)
	case *ast.SelectorExpr:
		return e.Sel.Name == "Elapsed"
	case *ast.CallExpr:
		recv, name := callee(e)
		if recv == "time" && (name == "Since" || name == "Until") || name == "Sub" {
			return true
		}
		if id, ok := e.Fun.(*ast.Ident); ok && (id.Name == "max" || id.Name == "min") {
			for _, arg := range e.Args {
				if isElapsed(arg, measured) {
					return true
				}
			}
		}
	}
	return false
}

// isShort reports whether an expression is a constant time below hangGuard, or has one as a term.
func isShort(e ast.Expr, known map[string]float64) bool {
	if d, ok := durationOf(e, known); ok {
		return d != 0 && math.Abs(d) < float64(hangGuard)
	}
	sum, ok := e.(*ast.BinaryExpr)
	return ok && (sum.Op == token.ADD || sum.Op == token.SUB) &&
		(isShort(sum.X, known) || isShort(sum.Y, known))
}

// isClockOnly reports whether the condition of a loop asks only for the time.
func isClockOnly(e ast.Expr) bool {
	if e == nil {
		return false
	}
	asks, only := false, true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			only = only && n.Op != token.LAND && n.Op != token.LOR
		case *ast.CallExpr:
			recv, name := callee(n)
			switch {
			case recv == "time" && (name == "Since" || name == "Now" || name == "Until"):
				asks = true
			case name != "Before" && name != "After" && name != "Sub" && name != "Add":
				only = false
			}
		}
		return true
	})
	return asks && only
}

// units are the durations of package time.
var units = map[string]time.Duration{
	"Nanosecond": time.Nanosecond, "Microsecond": time.Microsecond, "Millisecond": time.Millisecond,
	"Second": time.Second, "Minute": time.Minute, "Hour": time.Hour,
}

// durations collects the constants of a file that are times. A name with several values is left out.
func durations(file *ast.File) map[string]float64 {
	known := make(map[string]float64)
	clash := make(map[string]bool)
	ast.Inspect(file, func(n ast.Node) bool {
		decl, ok := n.(*ast.GenDecl)
		if !ok || decl.Tok != token.CONST {
			return true
		}
		for _, spec := range decl.Specs {
			spec, ok := spec.(*ast.ValueSpec)
			if !ok || len(spec.Names) != len(spec.Values) {
				continue
			}
			for i, name := range spec.Names {
				if d, ok := durationOf(spec.Values[i], known); ok {
					before, twice := known[name.Name]
					clash[name.Name] = clash[name.Name] || twice && before != d
					known[name.Name] = d
				}
			}
		}
		return true
	})
	for name := range clash {
		if clash[name] {
			delete(known, name)
		}
	}
	return known
}

// durationOf evaluates a constant, in nanoseconds.
func durationOf(e ast.Expr, known map[string]float64) (float64, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		d, err := strconv.ParseFloat(e.Value, 64)
		return d, err == nil
	case *ast.ParenExpr:
		return durationOf(e.X, known)
	case *ast.Ident:
		d, ok := known[e.Name]
		return d, ok
	case *ast.SelectorExpr:
		pkg, ok := e.X.(*ast.Ident)
		d, isUnit := units[e.Sel.Name]
		return float64(d), ok && pkg.Name == "time" && isUnit
	case *ast.UnaryExpr:
		d, ok := durationOf(e.X, known)
		return -d, ok && e.Op == token.SUB
	case *ast.CallExpr:
		if recv, name := callee(e); recv == "time" && name == "Duration" && len(e.Args) == 1 {
			return durationOf(e.Args[0], known)
		}
	case *ast.BinaryExpr:
		x, okX := durationOf(e.X, known)
		y, okY := durationOf(e.Y, known)
		if !okX || !okY {
			return 0, false
		}
		switch e.Op {
		case token.MUL:
			return x * y, true
		case token.ADD:
			return x + y, true
		case token.SUB:
			return x - y, true
		case token.QUO:
			return x / y, y != 0
		}
	}
	return 0, false
}
