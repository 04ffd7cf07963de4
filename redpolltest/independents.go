package redpolltest

import "testing"

// StartIndependents starts n servers at the same time that know nothing of each other, as for a ring or for
// copies. They are stopped when t ends. With ServerOptions.TLS they share an authority, so that one
// [Server.ClientTLS] is good for all of them.
func StartIndependents(t testing.TB, n int, opts ServerOptions) []*Server {
	t.Helper()
	g := newGroup(t, opts, false)
	members := make([]member, n)
	for i := range members {
		members[i] = member{spec{opts: opts}, func(*Server, *process) []string { return nil }}
	}
	return g.start(members...)
}
