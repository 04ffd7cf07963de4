package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// resultsFile writes results_gen.go: for each common type of results, what sends a command and gives its result, and what makes
// the handle of a command in a pipeline. A generic function would be compiled to twice as much for each type.
func resultsFile(t *table) []byte {
	done, queued := map[string]bool{}, map[string]bool{}
	for _, c := range t.commands {
		for _, m := range c.methods {
			k := replyKinds[m.reply]
			if k.goType != "" && !k.rare() {
				done[k.goType] = true
			}
			if slices.Contains(queuedTypes, k.goType) {
				queued[k.goType] = true
			}
		}
	}
	var b bytes.Buffer
	b.WriteString(header + "package redpoll\n\nimport (\n\"context\"\n\"time\"\n)\n\n" +
		"// The functions below send a command and give its result, which is of the type of the request's pool.\n\n")
	for _, typ := range slices.Sorted(maps.Keys(done)) {
		fmt.Fprintf(&b, strings.TrimSpace(`
func do%[1]s(ctx context.Context, r *request) (v %[2]s, err error) {
	if r.slot == nil {
		r.slot = new(%[2]s)
	}
	wait, mine, err := r.start(ctx)
	if wait {
		if lead := r.call.Await(); lead || !r.call.Answered() || r.err != nil {
			mine, err = r.finish(ctx, lead)
		}
	}
	if mine {
		if slot, ok := r.slot.(*%[2]s); ok {
			v, *slot = *slot, v
		}
		r.recycle()
	}
	return v, err
}
`)+"\n\n", resultNames[typ], typ)
	}
	b.WriteString("// The functions below are status for commands with a result.\n\n")
	for _, typ := range slices.Sorted(maps.Keys(queued)) {
		fmt.Fprintf(&b, strings.TrimSpace(`
//go:noinline
func queue%[1]s(p *Pipeline) *Reply[%[2]s] {
	if p.b == nil {
		return nil
	}
	h := new(Reply[%[2]s])
	p.add(&h.result, &h.v)
	return h
}
`)+"\n\n", resultNames[typ], typ)
	}
	return b.Bytes()
}
