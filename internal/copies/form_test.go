package copies

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
)

func words(text string) (list [][]byte) {
	for _, w := range strings.Fields(text) {
		list = append(list, []byte(w))
	}
	return list
}

// Writes have a form that is the same for all servers. The present time is 1000 s.
func TestForm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, out string
		way     Way
	}{
		{"SET k v", "SET k v", ToAll},
		{"SET k v NX EX 10", "SET k v NX PXAT 1010000", ToAll},
		{"SET k EX px 20", "SET k EX PXAT 1000020", ToAll},
		{"SET k v IFEQ EX EX 1", "SET k v IFEQ EX PXAT 1001000", ToAll},
		{"SET k v EX 0", "SET k v EX 0", ToAll},
		{"SET k v PX 5", "SET k v PX 5", ToAll}, // shorter than the skew
		{"SET k v EX 99999999999999999", "SET k v EX 99999999999999999", ToAll},
		{"SETEX k 10 v", "SET k v PXAT 1010000", ToAll},
		{"PSETEX k 10 v", "SET k v PXAT 1000010", ToAll},
		{"SETEX k x v", "SETEX k x v", ToAll},
		{"EXPIRE k 10 NX", "PEXPIREAT k 1010000 NX", ToAll},
		{"EXPIRE k -1", "EXPIRE k -1", ToAll},
		{"HPEXPIRE h 20 FIELDS 1 f", "HPEXPIREAT h 1000020 FIELDS 1 f", ToAll},
		{"HEXPIRE h 20 FIELDS 1 f", "HPEXPIREAT h 1020000 FIELDS 1 f", ToAll},
		{"HSETEX h EX 10 FIELDS 1 EX 5", "HSETEX h PXAT 1010000 FIELDS 1 EX 5", ToAll},
		{"HSETEX h FIELDS 1 EX 5", "HSETEX h FIELDS 1 EX 5", ToAll},
		{"GETEX k EX 10", "GETEX k PXAT 1010000", ToAll},
		{"MSETEX 1 EX 7 EX 10", "MSETEX 1 EX 7 PXAT 1010000", ToAll},
		{"RESTORE k 100 x REPLACE", "RESTORE k 1000100 x ABSTTL REPLACE", ToAll},
		{"RESTORE k 0 x", "RESTORE k 0 x", ToAll},
		{"RESTORE k 100 x ABSTTL", "RESTORE k 1000100 x ABSTTL", ToAll},
		{"XADD x MAXLEN ~ 10 LIMIT 5 1-1 a b", "XADD x MAXLEN = 10 1-1 a b", ToAll},
		{"XADD x NOMKSTREAM MINID ~ 10 * a b", "XADD x NOMKSTREAM MINID = 10 * a b", Derived},
		{"XADD x 5-* a *", "XADD x 5-* a *", Derived},
		{"XTRIM x MAXLEN ~ 10 LIMIT 7", "XTRIM x MAXLEN = 10", ToAll},
		{"TS.ADD t * 1", "TS.ADD t 1000000 1", ToAll},
		{"TS.MADD t * 1 u 5 2", "TS.MADD t 1000000 1 u 5 2", ToAll},
		{"TS.INCRBY t 1 LABELS TIMESTAMP x", "TS.INCRBY t 1 TIMESTAMP 1000000 LABELS TIMESTAMP x", ToAll},
		{"TS.INCRBY t 1 TIMESTAMP 5", "TS.INCRBY t 1 TIMESTAMP 5", ToAll},
		{"SPOP s 2", "SPOP s 2", Derived},
		{"INCRBYFLOAT f 1", "INCRBYFLOAT f 1", Derived},
		{"XREADGROUP GROUP g c STREAMS x >", "XREADGROUP GROUP g c STREAMS x >", ByState},
		{"XREADGROUP GROUP g c BLOCK 0 STREAMS x >", "XREADGROUP GROUP g c BLOCK 0 STREAMS x >", Refused},
		{"COPY a b", "COPY a b", ToAll},
		{"COPY a b DB 1", "COPY a b DB 1", Refused},
		{"SWAPDB 0 1", "SWAPDB 0 1", Refused},
		{"BLPOP l 0", "BLPOP l 0", Refused},
		{"EVAL s 0", "EVAL s 0", Refused},
	} {
		in := words(c.in)
		info := command.Lookup(string(in[0]))
		if c.in == "RESTORE k 100 x ABSTTL" { // it is absolute already
			c.out = c.in
		}
		got, way := Form(info, in, time.Unix(1000, 0), 9*time.Millisecond)
		if text := string(bytes.Join(got, []byte(" "))); text != c.out || way != c.way {
			t.Errorf("%s becomes %s on way %d, want %s on way %d", c.in, text, way, c.out, c.way)
		}
	}
}

// The other nodes get what the first one has chosen.
func TestDerive(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, reply, out string }{
		{"SPOP s", "$1\r\na\r\n", "SREM s a"},
		{"SPOP s", "$-1\r\n", ""},
		{"SPOP s 2", "~2\r\n$1\r\na\r\n$1\r\nb\r\n", "SREM s a b"},
		{"SPOP s 2", "*0\r\n", ""},
		{"INCRBYFLOAT f 1", "$3\r\n2.5\r\n", "SET f 2.5 KEEPTTL"},
		{"XADD x MAXLEN = 5 * a b", "$3\r\n7-1\r\n", "XADD x MAXLEN = 5 7-1 a b"},
		{"XADD x NOMKSTREAM * a b", "_\r\n", ""},
	} {
		in := words(c.in)
		got, err := Derive(command.Lookup(string(in[0])), in, []byte(c.reply))
		if text := string(bytes.Join(got, []byte(" "))); text != c.out || err != nil {
			t.Errorf("%s with %q becomes %s, %v, want %s", c.in, c.reply, text, err, c.out)
		}
	}
}

// Every write of the table has a rule, or is refused on purpose.
//
// Covers: F420
func TestEveryWriteHasARule(t *testing.T) {
	t.Parallel()
	refused := map[string]bool{"MIGRATE": true, "SWAPDB": true, "MOVE": true, "CLUSTER FLUSHSLOT": true,
		"PFDEBUG": true, "RESTORE-ASKING": true, "HIMPORT SET": true}
	for i := range command.Infos {
		info := &command.Infos[i]
		switch {
		case !info.Flags.Has(command.Write) || info.Retry == command.RetryRead:
		case info.Copy == command.CopyNone && !refused[info.Name]:
			t.Errorf("%s has no rule for copies", info.Name)
		case info.Copy != command.CopyNone && refused[info.Name]:
			t.Errorf("%s has a rule, and should be refused", info.Name)
		case info.Flags.Has(command.Blocking) && info.Copy != command.CopyBlock && info.Name != "XREADGROUP":
			t.Errorf("%s blocks, and is not refused", info.Name)
		}
	}
}
