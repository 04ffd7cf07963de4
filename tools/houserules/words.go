package main

import (
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxWidth = 110 // columns
	tabWidth = 4   // columns of a tab
)

// columns returns the width of a line.
func columns(line string) int {
	return utf8.RuneCountInString(line) + (tabWidth-1)*strings.Count(line, "\t")
}

// width finds lines above maxWidth. Some lines are allowed to be longer, because they cannot be broken: lines
// inside a raw string, comments that are a directive, a single word or the output of an example, lines with a
// long string that is raw or has no blank, and the rows of the generator's tables.
func (s *source) width(text []byte) {
	if ast.IsGenerated(s.file) {
		return
	}
	allowed := s.unbreakable()
	file := s.fset.File(s.file.Package)
	for i, line := range strings.Split(string(text), "\n") {
		if n := columns(line); n > maxWidth && n-allowed[i+1] > maxWidth {
			s.report(file.LineStart(i+1), "width", "break this line: it has more than 110 columns")
		}
	}
}

// unbreakable returns the number of columns that do not count, by line.
func (s *source) unbreakable() map[int]int {
	const all = 1 << 20
	allowed := make(map[int]int)
	ast.Inspect(s.file, func(n ast.Node) bool {
		if table, ok := n.(*ast.CompositeLit); ok && strings.HasPrefix(s.name, tablesFolder) {
			for _, line := range s.rows(table) {
				allowed[line] = all
			}
		}
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		first, last := s.fset.Position(lit.Pos()).Line, s.fset.Position(lit.End()).Line
		switch {
		case first != last:
			for line := first; line <= last; line++ {
				allowed[line] = all
			}
		case lit.Value[0] == '`' || !strings.Contains(lit.Value, " "):
			// The literal stands on a line of its own, or behind a short beginning.
			if before := s.fset.Position(lit.Pos()).Column; before <= maxWidth/2 {
				allowed[first] = max(allowed[first], columns(lit.Value))
			}
		}
		return true
	})
	for _, group := range s.file.Comments {
		output := false
		for _, c := range group.List {
			output = output || exampleOutput.MatchString(c.Text)
			word := strings.TrimSpace(strings.TrimPrefix(c.Text, "//"))
			if output || isDirective(c.Text) || !strings.Contains(word, " ") {
				allowed[s.fset.Position(c.Pos()).Line] = all
			}
		}
	}
	return allowed
}

// tablesFolder has tables of kinds, whose columns are easier to compare than broken rows.
const tablesFolder = "internal/command/gen/"

// rows returns the lines of a map literal that are one row each: a key, a struct with named fields, and no
// comment.
func (s *source) rows(table *ast.CompositeLit) (lines []int) {
	if _, ok := table.Type.(*ast.MapType); !ok {
		return nil
	}
	commented := make(map[int]bool)
	for _, group := range s.file.Comments {
		commented[s.fset.Position(group.Pos()).Line] = true
	}
	for _, element := range table.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		value, ok := pair.Value.(*ast.CompositeLit)
		if !ok || len(value.Elts) == 0 {
			continue
		}
		_, named := value.Elts[0].(*ast.KeyValueExpr)
		first, last := s.fset.Position(pair.Pos()).Line, s.fset.Position(pair.End()).Line
		if named && first == last && !commented[first] {
			lines = append(lines, first)
		}
	}
	return lines
}

var (
	exampleOutput = regexp.MustCompile(`^// (Unordered output|Output):`)
	directive     = regexp.MustCompile(`^//[a-z0-9]+:[a-z0-9]`)
	listItem      = regexp.MustCompile(`^ *(-|\d+\.) `)
	quoted        = regexp.MustCompile("\"[^\"]*\"|`[^`]*`")
)

func isDirective(comment string) bool { return directive.MatchString(comment) }

// A paragraph is the prose of a comment, with the position of each of its lines.
type paragraph struct {
	text   string
	starts []int       // offset of each line in text
	lines  []token.Pos // position of each line
}

// at returns the position of the line at an offset.
func (p *paragraph) at(offset int) token.Pos {
	line := 0
	for line+1 < len(p.starts) && p.starts[line+1] <= offset {
		line++
	}
	return p.lines[line]
}

func (p *paragraph) add(text string, pos token.Pos) {
	if p.text != "" {
		p.text += " "
	}
	p.starts, p.lines = append(p.starts, len(p.text)), append(p.lines, pos)
	p.text += text
}

// paragraphs returns the prose of a comment, without code, directives and outputs of examples.
func paragraphs(group *ast.CommentGroup) []*paragraph {
	var all []*paragraph
	var open *paragraph
	for _, c := range group.List {
		if exampleOutput.MatchString(c.Text) {
			break
		}
		line, ok := strings.CutPrefix(c.Text, "//")
		isItem := listItem.MatchString(line)
		isCode := strings.HasPrefix(line, "\t") || strings.HasPrefix(line, "  ") && !isItem && open == nil
		text := strings.TrimSpace(line)
		if !ok || text == "" || isDirective(c.Text) || isCode {
			open = nil
			continue
		}
		if open == nil || isItem {
			open = new(paragraph)
			all = append(all, open)
		}
		open.add(strings.TrimSpace(listItem.ReplaceAllString(line, "")), c.Pos())
	}
	for _, p := range all {
		p.text = withoutQuotes(p.text)
	}
	return all
}

// withoutQuotes replaces quoted text, which does not have to follow the rules, by text of the same length.
func withoutQuotes(text string) string {
	return quoted.ReplaceAllStringFunc(text, func(q string) string {
		return q[:1] + strings.Repeat("_", len(q)-2) + q[:1]
	})
}

// words finds comments that are not plain English, as far as a program can. The texts of generated files come
// from tables that people write, so they are checked too.
func (s *source) words() {
	for _, group := range s.file.Comments {
		for _, p := range paragraphs(group) {
			for _, check := range checks {
				check(p.text, func(offset int, advice string) { s.report(p.at(offset), "words", advice) })
			}
		}
	}
}

// texts finds "is no list" in string literals as well: texts of errors, and names of tests. Literals that are
// joined by + are one text.
func (s *source) texts() {
	var visit func(n ast.Node) bool
	visit = func(n ast.Node) bool {
		p := new(paragraph)
		for _, e := range operands(n) {
			lit, ok := e.(*ast.BasicLit)
			if !ok {
				p.add("_", e.Pos())
				ast.Inspect(e, visit)
				continue
			}
			if text, err := strconv.Unquote(lit.Value); err == nil && lit.Kind == token.STRING {
				p.add(strings.TrimSpace(text), lit.Pos())
			}
		}
		checkNo(withoutQuotes(p.text), func(offset int, advice string) {
			s.report(p.at(offset), "words", advice)
		})
		return p.lines == nil
	}
	ast.Inspect(s.file, visit)
}

// operands returns the operands of a sum, or a literal itself; nothing for any other node.
func operands(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.BasicLit:
		return []ast.Expr{n}
	case *ast.BinaryExpr:
		if n.Op != token.ADD {
			return nil
		}
		left := operands(n.X)
		if left == nil {
			left = []ast.Expr{n.X}
		}
		return append(left, n.Y)
	}
	return nil
}

// checks are the rules about words. Each one reports the offset of a mistake in a paragraph, and what to do.
var checks = []func(text string, report func(offset int, advice string)){
	checkNo, checkBeginnings, checkShall, checkArticles,
}

var (
	isNo = regexp.MustCompile(`(?i)(\bthere )?\b(is|are) no (\w+)`)
	// notNouns are words behind "is no" that make a correct phrase.
	notNouns = map[string]bool{
		"longer": true, "more": true, "less": true, "fewer": true, "better": true, "different": true,
	}
)

// checkNo finds "is no list" for "is not a list".
func checkNo(text string, report func(int, string)) {
	for _, m := range isNo.FindAllStringSubmatchIndex(text, -1) {
		verb, noun := text[m[4]:m[5]], text[m[6]:m[7]]
		if m[2] < 0 && !notNouns[strings.ToLower(noun)] {
			report(m[4], "write `"+verb+" not` instead of `"+verb+" no "+noun+"`")
		}
	}
}

// beginning finds the words at the start of a sentence. In the middle of a paragraph a sentence begins with a
// capital letter.
var beginning = regexp.MustCompile(`^[("]*((?i:what|whoever|that))\b|[.!?][)"]* [("]*(What|Whoever|That)\b`)

// checkBeginnings finds sentences without a plain subject in front.
func checkBeginnings(text string, report func(int, string)) {
	for _, m := range beginning.FindAllStringSubmatchIndex(text, -1) {
		at, end := m[2], m[3]
		if at < 0 {
			at, end = m[4], m[5]
		}
		report(at, "begin the sentence with its subject, and not with `"+text[at:end]+"`")
	}
}

var shall = regexp.MustCompile(`(?i)\bshall\b`)

func checkShall(text string, report func(int, string)) {
	for _, m := range shall.FindAllStringIndex(text, -1) {
		report(m[0], "write should or must instead of shall")
	}
}

// article finds an article and the word behind it, with the signs in front of the word.
var article = regexp.MustCompile(`(?:^|[ (])([Aa]n?) ([*\[("]*)([A-Za-z0-9]+)`)

// checkArticles finds "a error" for "an error", and the opposite.
func checkArticles(text string, report func(int, string)) {
	for at := 0; ; {
		m := article.FindStringSubmatchIndex(text[at:])
		if m == nil {
			return
		}
		found, word := text[at+m[2]:at+m[3]], text[at+m[6]:at+m[7]]
		switch vowel, known := vowelSound(word); {
		case !known:
		case vowel && len(found) == 1:
			report(at+m[2], "write an before `"+word+"`")
		case !vowel && len(found) == 2:
			report(at+m[2], "write a before `"+word+"`")
		}
		at += m[3]
	}
}

var (
	// youSounds begin like the word you, and wSounds like the word one.
	youSounds = regexp.MustCompile(`^(u(s[aeu]|t[fi]|r[il]|uid|int|ni([^mn]|$))|eu|ewe)`)
	wSounds   = regexp.MustCompile(`^(one|ones|once|oneself)$`)
	silentH   = regexp.MustCompile(`^(hour|honest|honou?r|heir)`)
	// variables are words behind a variable with the name a.
	variables = regexp.MustCompile(`^(and|or|is|in|if|as|at|of|on|are|into|also|equals|ends)$`)
)

// vowelSound reports whether a word begins with the sound of a vowel, as far as this is known. Words in
// capital letters may be spoken letter by letter, so only vowels in front of them count.
func vowelSound(word string) (vowel, known bool) {
	first, _ := utf8.DecodeRuneInString(word)
	isCapital := strings.ToUpper(word) == word
	word = strings.ToLower(word)
	switch {
	case unicode.IsDigit(first):
		return first == '8' || word == "11" || word == "18", true
	case len(word) == 1 || variables.MatchString(word):
		return false, false
	case youSounds.MatchString(word) || wSounds.MatchString(word):
		return false, !isCapital
	case strings.ContainsRune("aeiou", unicode.ToLower(first)):
		return true, true
	case silentH.MatchString(word):
		return true, true
	}
	return false, !isCapital
}
