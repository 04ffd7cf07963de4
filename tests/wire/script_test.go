package wire_test

import "github.com/redpoll-go/redpoll"

// scriptRows are the calls of methods for scripts and functions.
var scriptRows = []row{
	{"Eval", func(p *redpoll.Pipeline) { p.Eval("s", keys, 1, "x") }, "EVAL s 2 a b 1 x"},
	{"Eval", func(p *redpoll.Pipeline) { p.Eval("s", nil) }, "EVAL s 0"},
	{"EvalRO", func(p *redpoll.Pipeline) { p.EvalRO("s", keys) }, "EVAL_RO s 2 a b"},
	{"EvalSha", func(p *redpoll.Pipeline) { p.EvalSha("f00", keys, 2.5) }, "EVALSHA f00 2 a b 2.5"},
	{"EvalShaRO", func(p *redpoll.Pipeline) { p.EvalShaRO("f00", nil, "x") }, "EVALSHA_RO f00 0 x"},
	{"ScriptExists", func(p *redpoll.Pipeline) { p.ScriptExists("f00", "ba4") }, "SCRIPT EXISTS f00 ba4"},
	{"ScriptFlush", func(p *redpoll.Pipeline) { p.ScriptFlush() }, "SCRIPT FLUSH"},
	{"ScriptFlush", func(p *redpoll.Pipeline) { p.ScriptFlush(redpoll.Async) }, "SCRIPT FLUSH ASYNC"},
	{"ScriptKill", func(p *redpoll.Pipeline) { p.ScriptKill() }, "SCRIPT KILL"},
	{"ScriptLoad", func(p *redpoll.Pipeline) { p.ScriptLoad("s") }, "SCRIPT LOAD s"},
	{"ScriptShow", func(p *redpoll.Pipeline) { p.ScriptShow("f00") }, "SCRIPT SHOW f00"},
	{"ScriptHelp", func(p *redpoll.Pipeline) { p.ScriptHelp() }, "SCRIPT HELP"},
	{"FunctionLoad", func(p *redpoll.Pipeline) { p.FunctionLoad("code") }, "FUNCTION LOAD code"},
	{"FunctionLoad", func(p *redpoll.Pipeline) {
		p.FunctionLoad("code", redpoll.Replace)
	}, "FUNCTION LOAD REPLACE code"},
	{"FunctionDelete", func(p *redpoll.Pipeline) { p.FunctionDelete("lib") }, "FUNCTION DELETE lib"},
	{"FunctionFlush", func(p *redpoll.Pipeline) { p.FunctionFlush(redpoll.Sync) }, "FUNCTION FLUSH SYNC"},
	{"FunctionList", func(p *redpoll.Pipeline) { p.FunctionList() }, "FUNCTION LIST"},
	{"FunctionList", func(p *redpoll.Pipeline) {
		p.FunctionList(redpoll.WithCode, redpoll.LibraryName("l*"))
	}, "FUNCTION LIST LIBRARYNAME l* WITHCODE"},
	{"FunctionDump", func(p *redpoll.Pipeline) { p.FunctionDump() }, "FUNCTION DUMP"},
	{"FunctionRestore", func(p *redpoll.Pipeline) { p.FunctionRestore([]byte("x")) }, "FUNCTION RESTORE x"},
	{"FunctionRestore", func(p *redpoll.Pipeline) {
		p.FunctionRestore("x", redpoll.RestoreFlush)
	}, "FUNCTION RESTORE x FLUSH"},
	{"FunctionRestore", func(p *redpoll.Pipeline) {
		p.FunctionRestore("x", redpoll.RestoreAppend)
	}, "FUNCTION RESTORE x APPEND"},
	{"FunctionRestore", func(p *redpoll.Pipeline) {
		p.FunctionRestore("x", redpoll.Replace)
	}, "FUNCTION RESTORE x REPLACE"},
	{"FunctionKill", func(p *redpoll.Pipeline) { p.FunctionKill() }, "FUNCTION KILL"},
	{"FunctionStats", func(p *redpoll.Pipeline) { p.FunctionStats() }, "FUNCTION STATS"},
	{"FunctionHelp", func(p *redpoll.Pipeline) { p.FunctionHelp() }, "FUNCTION HELP"},
	{"FCall", func(p *redpoll.Pipeline) { p.FCall("f", keys, 1) }, "FCALL f 2 a b 1"},
	{"FCallRO", func(p *redpoll.Pipeline) { p.FCallRO("f", nil) }, "FCALL_RO f 0"},
}
