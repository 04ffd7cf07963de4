package commands_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll"
)

// Paths that start with "$" return lists. Legacy paths return single values.
func TestJSON(t *testing.T) {
	t.Parallel()
	type rdb = *redpoll.Client
	ints := []redpoll.Null[int64]{valid(int64(3)), {}}
	one := []redpoll.Null[int64]{valid(int64(3))}
	floats := []redpoll.Null[float64]{valid(4.0), valid(4.25), {}}
	testModule(t, []moduleTest{
		{"set", func(c rdb) (any, error) { return ok(c.JSONSet(ctx, "k", "$", `{"a":1}`)) },
			`JSON.SET k $ {"a":1}`, status("OK"), same, done{}},
		{"condition not met", func(c rdb) (any, error) { return ok(c.JSONSet(ctx, "k", "$", 5, redpoll.XX)) },
			"JSON.SET k $ 5 XX", nil, nil, redpoll.Nil},
		{"get", func(c rdb) (any, error) { return c.JSONGet(ctx, "k", "$..b") },
			"JSON.GET k $..b", `[{"c":true},{"c":2}]`, same, `[{"c":true},{"c":2}]`},
		{"get nothing", func(c rdb) (any, error) { return c.JSONGet(ctx, "k") },
			"JSON.GET k", nil, nil, redpoll.Nil},
		{"get for people", func(c rdb) (any, error) {
			return c.JSONGetFormatted(ctx, "k", []string{"."}, redpoll.JSONNewline("\n"))
		}, "JSON.GET k NEWLINE \n .", "{\n}", same, "{\n}"},
		{"get of several", func(c rdb) (any, error) { return c.JSONMGet(ctx, "$.a", "x", "y") },
			"JSON.MGET x y $.a", []any{"[1]", nil}, same,
			[]redpoll.Null[string]{valid("[1]"), {}}},
		{"set of several", func(c rdb) (any, error) {
			return ok(c.JSONMSet(ctx, redpoll.JSONEntry{Key: "x", Path: "$", JSON: 1}))
		},
			"JSON.MSET x $ 1", status("OK"), same, done{}},
		{"merge", func(c rdb) (any, error) { return ok(c.JSONMerge(ctx, "k", "$", `{"a":null}`)) },
			`JSON.MERGE k $ {"a":null}`, status("OK"), same, done{}},
		{"delete", func(c rdb) (any, error) { return c.JSONDel(ctx, "k", "$..b") },
			"JSON.DEL k $..b", 2, same, int64(2)},
		{"forget", func(c rdb) (any, error) { return c.JSONForget(ctx, "k", "$") },
			"JSON.FORGET k $", 1, same, int64(1)},
		{"clear", func(c rdb) (any, error) { return c.JSONClear(ctx, "k", "$.a") },
			"JSON.CLEAR k $.a", 1, same, int64(1)},
		{"types", func(c rdb) (any, error) { return c.JSONType(ctx, "k", "$..c") },
			"JSON.TYPE k $..c", []any{"null", "integer"}, []any{[]any{"null", "integer"}},
			[]string{"null", "integer"}},
		{"no types", func(c rdb) (any, error) { return c.JSONType(ctx, "k", "$.x") },
			"JSON.TYPE k $.x", []any{}, []any{[]any{}}, []string{}},
		{"types of no key", func(c rdb) (any, error) { return c.JSONType(ctx, "k", "$") },
			"JSON.TYPE k $", nil, []any{nil}, redpoll.Nil},
		{"type by a legacy path", func(c rdb) (any, error) { return c.JSONType(ctx, "k", ".") },
			"JSON.TYPE k .", "object", []any{"object"}, []string{"object"}},
		{"add", func(c rdb) (any, error) { return c.JSONNumIncrBy(ctx, "k", "$..c", 2) },
			"JSON.NUMINCRBY k $..c 2", "[4,4.25,null]", []any{4, 4.25, nil}, floats},
		{"multiply by a legacy path", func(c rdb) (any, error) { return c.JSONNumMultBy(ctx, "k", ".c", 2) },
			"JSON.NUMMULTBY k .c 2", "4", []any{4},
			[]redpoll.Null[float64]{valid(4.0)}},
		{"add nowhere", func(c rdb) (any, error) { return c.JSONNumIncrBy(ctx, "k", "$.x", 2) },
			"JSON.NUMINCRBY k $.x 2", "[]", []any{}, []redpoll.Null[float64]{}},
		{"numbers that are none", func(c rdb) (any, error) { return c.JSONNumIncrBy(ctx, "k", "$.x", 2) },
			"JSON.NUMINCRBY k $.x 2", "[a]", []any{"a"},
			errors.New("JSON.NUMINCRBY")},
		{"a list without an end", func(c rdb) (any, error) { return c.JSONNumIncrBy(ctx, "k", "$.x", 2) },
			"JSON.NUMINCRBY k $.x 2", "[1,", []any{"[1,"},
			errors.New("JSON.NUMINCRBY")},
		{"a list with a gap", func(c rdb) (any, error) { return c.JSONNumMultBy(ctx, "k", "$.x", 2) },
			"JSON.NUMMULTBY k $.x 2", "[1,]", []any{""},
			errors.New("JSON.NUMMULTBY")},
		{"no number", func(c rdb) (any, error) { return c.JSONNumIncrBy(ctx, "k", ".x", 2) },
			"JSON.NUMINCRBY k .x 2", "", []any{""},
			errors.New("JSON.NUMINCRBY")},
		{"append to a string",
			func(c rdb) (any, error) { return c.JSONStrAppend(ctx, "k", "$.a", redpoll.JSON("x")) },
			`JSON.STRAPPEND k $.a "x"`, []any{3, nil}, same, ints},
		{"length of a string", func(c rdb) (any, error) { return c.JSONStrLen(ctx, "k", ".a") },
			"JSON.STRLEN k .a", 3, same, one},
		{"length of nothing", func(c rdb) (any, error) { return c.JSONStrLen(ctx, "k", ".a") },
			"JSON.STRLEN k .a", nil, nil, redpoll.Nil},
		{"append", func(c rdb) (any, error) { return c.JSONArrAppend(ctx, "k", "$.a", 1, "[]") },
			"JSON.ARRAPPEND k $.a 1 []", []any{3, nil}, same, ints},
		{"position", func(c rdb) (any, error) { return c.JSONArrIndex(ctx, "k", "$.a", 1) },
			"JSON.ARRINDEX k $.a 1", []any{3, nil}, same, ints},
		{"position within", func(c rdb) (any, error) { return c.JSONArrIndexRange(ctx, "k", "$.a", 1, 2, 0) },
			"JSON.ARRINDEX k $.a 1 2 0", []any{3, nil}, same, ints},
		{"insert", func(c rdb) (any, error) { return c.JSONArrInsert(ctx, "k", "$.a", 0, nil) },
			"JSON.ARRINSERT k $.a 0 null", []any{3, nil}, same, ints},
		{"length", func(c rdb) (any, error) { return c.JSONArrLen(ctx, "k", "$.a") },
			"JSON.ARRLEN k $.a", []any{3, nil}, same, ints},
		{"pop", func(c rdb) (any, error) { return c.JSONArrPop(ctx, "k", "$.a", -1) },
			"JSON.ARRPOP k $.a -1", []any{`{"x":1}`, nil}, same,
			[]redpoll.Null[string]{valid(`{"x":1}`), {}}},
		{"pop by a legacy path", func(c rdb) (any, error) { return c.JSONArrPop(ctx, "k", ".a", 0) },
			"JSON.ARRPOP k .a 0", "1", same, []redpoll.Null[string]{valid("1")}},
		{"trim", func(c rdb) (any, error) { return c.JSONArrTrim(ctx, "k", "$.a", 0, 2) },
			"JSON.ARRTRIM k $.a 0 2", []any{3, nil}, same, ints},
		{"names", func(c rdb) (any, error) { return c.JSONObjKeys(ctx, "k", "$..") },
			"JSON.OBJKEYS k $..", []any{[]any{"a", "b"}, nil}, same,
			[]redpoll.Null[[]string]{valid([]string{"a", "b"}), {}}},
		{"names by a legacy path", func(c rdb) (any, error) { return c.JSONObjKeys(ctx, "k", ".") },
			"JSON.OBJKEYS k .", []any{"a", "b"}, same,
			[]redpoll.Null[[]string]{valid([]string{"a", "b"})}},
		{"names of an empty object by a legacy path",
			func(c rdb) (any, error) { return c.JSONObjKeys(ctx, "k", ".") },
			"JSON.OBJKEYS k .", []any{}, same,
			[]redpoll.Null[[]string]{valid([]string{})}},
		{"names of an empty object", func(c rdb) (any, error) { return c.JSONObjKeys(ctx, "k", "$") },
			"JSON.OBJKEYS k $", []any{[]any{}}, same,
			[]redpoll.Null[[]string]{valid([]string{})}},
		{"names of no place", func(c rdb) (any, error) { return c.JSONObjKeys(ctx, "k", "$.x") },
			"JSON.OBJKEYS k $.x", []any{}, same, []redpoll.Null[[]string]{}},
		{"names of no key", func(c rdb) (any, error) { return c.JSONObjKeys(ctx, "k", ".") },
			"JSON.OBJKEYS k .", nil, nil, redpoll.Nil},
		{"size of an object", func(c rdb) (any, error) { return c.JSONObjLen(ctx, "k", "$..") },
			"JSON.OBJLEN k $..", []any{3, nil}, same, ints},
		{"toggle", func(c rdb) (any, error) { return c.JSONToggle(ctx, "k", "$..t") },
			"JSON.TOGGLE k $..t", []any{1, 0, nil}, same,
			[]redpoll.Null[bool]{valid(true), valid(false), {}}},
		{"toggle by a legacy path", func(c rdb) (any, error) { return c.JSONToggle(ctx, "k", ".t") },
			"JSON.TOGGLE k .t", "true", same, []redpoll.Null[bool]{valid(true)}},
		{"toggle back", func(c rdb) (any, error) { return c.JSONToggle(ctx, "k", ".t") },
			"JSON.TOGGLE k .t", "false", same, []redpoll.Null[bool]{valid(false)}},
		{"no boolean", func(c rdb) (any, error) { return c.JSONToggle(ctx, "k", ".t") },
			"JSON.TOGGLE k .t", "maybe", same, errors.New("true or false")},
		{"memory", func(c rdb) (any, error) { return c.JSONDebugMemory(ctx, "k", "$..") },
			"JSON.DEBUG MEMORY k $..", []any{3, nil}, same, ints},
		{"memory of no key", func(c rdb) (any, error) { return c.JSONDebugMemory(ctx, "k", "$") },
			"JSON.DEBUG MEMORY k $", []any{}, same, []redpoll.Null[int64]{}},
	})
}

func TestJSONResp(t *testing.T) {
	t.Parallel()
	testModule(t, []moduleTest{{"object", func(c *redpoll.Client) (any, error) {
		v, err := c.JSONResp(ctx, "k", ".")
		return v.Any(), err
	}, "JSON.RESP k .", []any{status("{"), "a", 1, "b", []any{status("["), status("true"), nil}}, same,
		[]any{"{", "a", int64(1), "b", []any{"[", "true", nil}}}})
}

func TestJSONAs(t *testing.T) {
	t.Parallel()
	type user struct {
		Name string `json:"name"`
	}
	users, err := redpoll.JSONAs[[]user](`[{"name":"Ada"}]`, nil)
	if err != nil || len(users) != 1 || users[0].Name != "Ada" {
		t.Errorf("got %v and %v", users, err)
	}
	if _, err := redpoll.JSONAs[user]("", redpoll.Nil); !errors.Is(err, redpoll.Nil) {
		t.Errorf("the call's error became %v", err)
	}
	if _, err := redpoll.JSONAs[user](`[secret]`, nil); err == nil ||
		strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "user") {
		t.Errorf("bad JSON gives %v", err)
	}
}
