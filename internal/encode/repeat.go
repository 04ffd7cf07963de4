package encode

import (
	"bytes"
	"strings"
)

// OnceIfSource marks a call that must not run twice because it reads the key that it writes: the second
// execution would read the result of the first one.
func (e *Encoder) OnceIfSource(dst string, sources ...string) {
	for _, s := range sources {
		if e.sameText(dst, s) {
			e.Once = true
			return
		}
	}
}

// sameText reports whether two texts are the same on the wire; an encoding may have one form for different
// characters.
func (e *Encoder) sameText(a, b string) bool {
	if a == b || e.Encoding == nil {
		return a == b
	}
	one, err := e.Encoding.AppendEncode(nil, a)
	other, err2 := e.Encoding.AppendEncode(nil, b)
	return err == nil && err2 == nil && bytes.Equal(one, other)
}

// OnceIfLast marks a call that begins behind the last entry at the time of its execution: a second execution
// would begin further behind, and skip the entries in between.
func (e *Encoder) OnceIfLast(id string) {
	if id == "$" {
		e.Once = true
	}
}

// OnceUnlessNamed marks a call that removes the matches of a JSON path, unless all steps are names and
// wildcards: after an element was removed by its index, the next element has this index.
func (e *Encoder) OnceUnlessNamed(path string) {
	if stepsOf(path) != namedSteps {
		e.Once = true
	}
}

// OnceIfSearched marks a call that writes to the matches of a JSON path, if the written values may change the
// matches.
func (e *Encoder) OnceIfSearched(path string) {
	if stepsOf(path) == searchedSteps {
		e.Once = true
	}
}

// OnceIfNull marks a call whose JSON text may contain a null: JSON.MERGE stores it if there was nothing
// before, and the second time it removes the value. A null anywhere in the command counts, and so does a text
// that is too large to be searched; this is harmless.
func (e *Encoder) OnceIfNull() {
	large := len(e.Holes) > 0 && e.Holes[len(e.Holes)-1].At > e.At
	if large || bytes.Contains(e.Buf[e.At:], []byte("null")) {
		e.Once = true
	}
}

// steps classifies the steps of a JSON path.
type steps uint8

const (
	namedSteps    steps = iota // names and wildcards only
	indexedSteps               // indexes and slices too
	searchedSteps              // by values, at any depth, or unknown
)

// stepsOf reads a JSON path, or a legacy one. In doubt it returns searchedSteps.
func stepsOf(path string) steps {
	found := namedSteps
	rest := strings.TrimPrefix(path, "$")
	for rest != "" {
		switch {
		case strings.HasPrefix(rest, ".."):
			return searchedSteps
		case rest[0] == '[':
			kind, after := bracket(rest[1:])
			found = max(found, kind)
			rest = after
		default:
			name := strings.TrimPrefix(rest, ".")
			end := strings.IndexAny(name, ".[")
			if end < 0 {
				end = len(name)
			}
			if strings.ContainsAny(name[:end], "?@()]\"'") {
				return searchedSteps
			}
			if end > 0 && strings.Trim(name[:end], "-0123456789") == "" {
				found = max(found, indexedSteps) // some servers take a number behind a dot for an index
			}
			rest = name[end:]
		}
	}
	return found
}

// bracket reads the text inside brackets, and returns the text behind them.
func bracket(rest string) (found steps, after string) {
	for rest != "" {
		switch c := rest[0]; {
		case c == ']':
			return found, rest[1:]
		case c == '\'' || c == '"':
			if rest = quoted(rest); rest == "" {
				return searchedSteps, ""
			}
			continue
		case c == '-' || c == ':' || '0' <= c && c <= '9':
			found = max(found, indexedSteps)
		case c != '*' && c != ',' && c != ' ':
			return searchedSteps, ""
		}
		rest = rest[1:]
	}
	return searchedSteps, ""
}

// quoted returns the text behind a name in quotes, "" if the name does not end.
func quoted(rest string) string {
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case rest[0]:
			return rest[i+1:]
		}
	}
	return ""
}
