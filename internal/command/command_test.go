package command

import (
	"slices"
	"strings"
	"testing"
)

func TestLookup(t *testing.T) {
	t.Parallel()
	for i := range Infos {
		info := &Infos[i]
		lower := strings.ToLower(info.Name)
		for _, name := range []string{info.Name, lower, info.Name[:1] + lower[1:]} {
			got := Lookup(name)
			if got == nil || got.Name != info.Name {
				t.Errorf("Lookup(%q) gives %v", name, got)
			}
		}
	}
	for _, name := range []string{
		"", "NOSUCH", "GET ", " GET", "GETT", "GE", "CONFIG  GET", strings.Repeat("X", 1000), "G\x00T",
	} {
		if got := Lookup(name); got != nil {
			t.Errorf("Lookup(%q) gives %s", name, got.Name)
		}
	}
}

func TestLookupArgs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ word, sub, want string }{
		{"get", "key", "GET"},
		{"config", "get", "CONFIG GET"},
		{"Config", "nosuch", "CONFIG"},
		{"CONFIG", "", "CONFIG"},
		{"CONFIG", strings.Repeat("x", 100), "CONFIG"},
		{"object", "Encoding", "OBJECT ENCODING"},
		{"nosuch", "x", ""},
	} {
		got := ""
		if info := LookupArgs(c.word, c.sub); info != nil {
			got = info.Name
		}
		if got != c.want {
			t.Errorf("LookupArgs(%q, %q) gives %q, want %q", c.word, c.sub, got, c.want)
		}
	}
}

func TestLookupAllocations(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() {
		Lookup("zrangebyscore")
		LookupArgs("client", "setname")
		Lookup("nosuch")
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestInfos finds facts about a command that contradict each other.
func TestInfos(t *testing.T) {
	t.Parallel()
	notBlocking := []Block{BlockNone, BlockFifthMillis, BlockTimeout}
	readAndStore := []string{"SORT", "GEORADIUS", "GEORADIUSBYMEMBER"}
	for i := range Infos {
		info := &Infos[i]
		f := info.Flags
		switch {
		case f.Has(Read) && f.Has(Write):
			t.Errorf("%s reads and writes", info.Name)
		case (f.Has(State) || f.Has(Held)) != (info.Instead != ""):
			t.Errorf("%s: State or Held, and Instead, do not go together", info.Name)
		case f.Has(State) && f.Has(Held):
			t.Errorf("%s is both State and Held", info.Name)
		case f.Has(Blocking) == slices.Contains(notBlocking, info.Block):
			t.Errorf("%s: Blocking and Block do not go together", info.Name)
		case f.Has(Write) && info.Retry == RetryRead && !slices.Contains(readAndStore, info.Name):
			t.Errorf("%s writes and is repeated like a read", info.Name)
		case f.Has(Read) && info.Retry != RetryRead:
			t.Errorf("%s reads and is not repeated like a read", info.Name)
		case f.Has(Judged) && info.Retry == RetryNever:
			t.Errorf("%s is never repeated, so that there is nothing to judge", info.Name)
		case info.Arity == 0:
			t.Errorf("%s has no arity", info.Name)
		}
	}
}

// Commands that change a connection have the flag State, so that they do not run on a shared one.
func TestStateCommands(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "SELECT", "AUTH", "HELLO", "RESET", "QUIT", "MONITOR",
		"SYNC", "PSYNC", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE",
		"READONLY", "READWRITE", "ASKING", "CLIENT REPLY", "CLIENT TRACKING", "CLIENT CACHING",
		"CLIENT SETNAME", "CLIENT SETINFO", "CLIENT NO-EVICT", "CLIENT NO-TOUCH", "REPLCONF", "SCRIPT DEBUG",
	} {
		if info := Lookup(name); info == nil || !info.Flags.Has(State) {
			t.Errorf("%s is not a State command", name)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Lookup("zrangebyscore")
	}
}

// Only commands that answer with a number or a status in each of their forms are definite.
func TestDefinite(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"INCR": true, "MSET": true, "DBSIZE": true, "HSET": true, "EXPIRE": true, "LINSERT": true, "BGSAVE": true,
		"SET": false, "GET": false, "ZADD": false, "XADD": false, "LPOS": false, "ZRANK": false, "EXEC": false,
		"INCREX": false, "OBJECT FREQ": false, "EVAL": false, "JSON.MERGE": false,
	} {
		if got := Lookup(name).Flags.Has(Definite); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}
