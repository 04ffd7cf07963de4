package wire_test

import "github.com/redpoll-go/redpoll"

// jsonRows are the calls of methods for JSON documents.
var jsonRows = []row{
	{"JSONSet", func(p *redpoll.Pipeline) { p.JSONSet("k", "$", `{"a":1}`) }, `JSON.SET k $ {"a":1}`},
	{"JSONSet", func(p *redpoll.Pipeline) {
		p.JSONSet("k", "$.a", []byte("[1]"), redpoll.FPHA(redpoll.FP16), redpoll.NX)
	}, "JSON.SET k $.a [1] NX FPHA FP16"},
	{"JSONSet", func(p *redpoll.Pipeline) {
		p.JSONSet("k", "$", redpoll.JSON(map[string]any{"a": []int{1}}), redpoll.XX)
	}, `JSON.SET k $ {"a":[1]} XX`},
	{"JSONSet", func(p *redpoll.Pipeline) { p.JSONSet("k", ".a", 1.5) }, "JSON.SET k .a 1.5"},
	{"JSONSet", func(p *redpoll.Pipeline) { p.JSONSet("k", ".a", true) }, "JSON.SET k .a true"},
	{"JSONSet", func(p *redpoll.Pipeline) { p.JSONSet("k", ".a", false) }, "JSON.SET k .a false"},
	{"JSONSet", func(p *redpoll.Pipeline) { p.JSONSet("k", ".a", nil) }, "JSON.SET k .a null"},
	{"JSONGet", func(p *redpoll.Pipeline) { p.JSONGet("k") }, "JSON.GET k"},
	{"JSONGet", func(p *redpoll.Pipeline) { p.JSONGet("k", "$.a", "$..b") }, "JSON.GET k $.a $..b"},
	{"JSONGetFormatted", func(p *redpoll.Pipeline) {
		p.JSONGetFormatted("k", []string{"$"}, []redpoll.JSONFormat{redpoll.JSONSpace("s"),
			redpoll.JSONNewline("n"), redpoll.JSONIndent("i")}...)
	}, "JSON.GET k INDENT i NEWLINE n SPACE s $"},
	{"JSONMGet", func(p *redpoll.Pipeline) { p.JSONMGet("$.a", keys...) }, "JSON.MGET a b $.a"},
	{"JSONMSet", func(p *redpoll.Pipeline) {
		p.JSONMSet([]redpoll.JSONEntry{{Key: "a", Path: "$", JSON: 1},
			{Key: "b", Path: "$.x", JSON: `"y"`}}...)
	}, `JSON.MSET a $ 1 b $.x "y"`},
	{"JSONMerge", func(p *redpoll.Pipeline) {
		p.JSONMerge("k", "$", `{"a":null}`)
	}, `JSON.MERGE k $ {"a":null}`},
	{"JSONDel", func(p *redpoll.Pipeline) { p.JSONDel("k", "$.a") }, "JSON.DEL k $.a"},
	{"JSONForget", func(p *redpoll.Pipeline) { p.JSONForget("k", "$") }, "JSON.FORGET k $"},
	{"JSONClear", func(p *redpoll.Pipeline) { p.JSONClear("k", "$.a") }, "JSON.CLEAR k $.a"},
	{"JSONType", func(p *redpoll.Pipeline) { p.JSONType("k", "$.a") }, "JSON.TYPE k $.a"},
	{"JSONNumIncrBy", func(p *redpoll.Pipeline) { p.JSONNumIncrBy("k", "$.a", 2) }, "JSON.NUMINCRBY k $.a 2"},
	{"JSONNumMultBy", func(p *redpoll.Pipeline) {
		p.JSONNumMultBy("k", "$.a", 2.5)
	}, "JSON.NUMMULTBY k $.a 2.5"},
	{"JSONStrAppend", func(p *redpoll.Pipeline) {
		p.JSONStrAppend("k", "$.a", redpoll.JSON("x"))
	}, `JSON.STRAPPEND k $.a "x"`},
	{"JSONStrLen", func(p *redpoll.Pipeline) { p.JSONStrLen("k", "$.a") }, "JSON.STRLEN k $.a"},
	{"JSONArrAppend", func(p *redpoll.Pipeline) {
		p.JSONArrAppend("k", "$.a", 1, "[]")
	}, "JSON.ARRAPPEND k $.a 1 []"},
	{"JSONArrIndex", func(p *redpoll.Pipeline) { p.JSONArrIndex("k", "$.a", 1) }, "JSON.ARRINDEX k $.a 1"},
	{"JSONArrIndexRange", func(p *redpoll.Pipeline) {
		p.JSONArrIndexRange("k", "$.a", 1, 2, -1)
	}, "JSON.ARRINDEX k $.a 1 2 -1"},
	{"JSONArrInsert", func(p *redpoll.Pipeline) {
		p.JSONArrInsert("k", "$.a", -1, 1, nil)
	}, "JSON.ARRINSERT k $.a -1 1 null"},
	{"JSONArrLen", func(p *redpoll.Pipeline) { p.JSONArrLen("k", "$.a") }, "JSON.ARRLEN k $.a"},
	{"JSONArrPop", func(p *redpoll.Pipeline) { p.JSONArrPop("k", "$.a", -1) }, "JSON.ARRPOP k $.a -1"},
	{"JSONArrTrim", func(p *redpoll.Pipeline) {
		p.JSONArrTrim("k", "$.a", 1, -2)
	}, "JSON.ARRTRIM k $.a 1 -2"},
	{"JSONObjKeys", func(p *redpoll.Pipeline) { p.JSONObjKeys("k", "$") }, "JSON.OBJKEYS k $"},
	{"JSONObjLen", func(p *redpoll.Pipeline) { p.JSONObjLen("k", "$") }, "JSON.OBJLEN k $"},
	{"JSONToggle", func(p *redpoll.Pipeline) { p.JSONToggle("k", "$.a") }, "JSON.TOGGLE k $.a"},
	{"JSONDebugMemory", func(p *redpoll.Pipeline) { p.JSONDebugMemory("k", "$") }, "JSON.DEBUG MEMORY k $"},
	{"JSONResp", func(p *redpoll.Pipeline) { p.JSONResp("k", "$") }, "JSON.RESP k $"},
}
