package encode

import "testing"

// The class of a JSON path. In doubt it is searchedSteps.
func TestStepsOf(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]steps{
		"":            namedSteps,
		"$":           namedSteps,
		".":           namedSteps,
		"$.a":         namedSteps,
		"$.a.b":       namedSteps,
		"a.b":         namedSteps,
		".a":          namedSteps,
		"$.*":         namedSteps,
		"$[*]":        namedSteps,
		"$['a']":      namedSteps,
		`$["a"].b`:    namedSteps,
		`$['a','b']`:  namedSteps,
		`$['a\'b']`:   namedSteps,
		"$['a]b']":    namedSteps,
		"$['?(@.x)']": namedSteps,
		"$['1']":      namedSteps,
		"$[0]":        indexedSteps,
		"$[-1]":       indexedSteps,
		"$.a[1:3]":    indexedSteps,
		"$[0,2].b":    indexedSteps,
		"a[0]":        indexedSteps,
		"$[:]":        indexedSteps,
		"$..a":        searchedSteps,
		"$.a..b":      searchedSteps,
		"$[?(@.x)]":   searchedSteps,
		"$[?@.x==1]":  searchedSteps,
		"$.a[0]..b":   searchedSteps,
		"$[a]":        searchedSteps,
		"$['a'":       searchedSteps,
		"$['a":        searchedSteps,
		"$[":          searchedSteps,
		"$[0":         searchedSteps,
		"$]":          searchedSteps,
		"$.a?b":       searchedSteps,
		"$.a'b":       searchedSteps,
	} {
		if got := stepsOf(path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}

// Arguments that make a command one that must not run twice.
func TestOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		write func(e *Encoder)
		want  bool
	}{
		"another source": {func(e *Encoder) { e.OnceIfSource("d", "a", "b") }, false},
		"its own source": {func(e *Encoder) { e.OnceIfSource("d", "a", "d") }, true},
		"no source":      {func(e *Encoder) { e.OnceIfSource("d") }, false},
		"the same in the encoding": {func(e *Encoder) {
			e.Encoding = brackets{}
			e.OnceIfSource("D", "a", "d")
		}, true},
		"another in the encoding": {func(e *Encoder) { e.Encoding = brackets{}; e.OnceIfSource("D", "a") },
			false},
		"no form in the encoding": {func(e *Encoder) {
			e.Encoding = brackets{}
			e.OnceIfSource("D", "refused")
		}, false},
		"from the last one":   {func(e *Encoder) { e.OnceIfLast("$") }, true},
		"from an ID":          {func(e *Encoder) { e.OnceIfLast("5-0") }, false},
		"removed by name":     {func(e *Encoder) { e.OnceUnlessNamed("$.a") }, false},
		"removed by index":    {func(e *Encoder) { e.OnceUnlessNamed("$[0]") }, true},
		"removed by a search": {func(e *Encoder) { e.OnceUnlessNamed("$..a") }, true},
		"written by index":    {func(e *Encoder) { e.OnceIfSearched("$[0]") }, false},
		"written by a search": {func(e *Encoder) { e.OnceIfSearched("$..a") }, true},
		"merged":              {func(e *Encoder) { e.Text(`{"a":1}`); e.OnceIfNull() }, false},
		"merged with a null":  {func(e *Encoder) { e.Text(`{"a":null}`); e.OnceIfNull() }, true},
		"a null of another command": {func(e *Encoder) {
			e.Text("null")
			e.Begin(nil, "*1\r\n$1\r\nX\r\n", 1)
			e.OnceIfNull()
		}, false},
	} {
		e := new(Encoder)
		e.Reset(nil, nil)
		if c.write(e); e.Once != c.want {
			t.Errorf("%s: %v", name, e.Once)
		}
	}
}
