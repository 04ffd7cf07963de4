package copies

import (
	"bytes"
	"slices"
	"strconv"
	"time"

	"github.com/redpoll-go/redpoll/internal/command"
	"github.com/redpoll-go/redpoll/resp"
)

// Way says how a write gets to all servers.
type Way uint8

const (
	// Refused writes cannot be copied.
	Refused Way = iota
	// ToAll writes go to all servers at once.
	ToAll
	// Derived writes go to one server first; Derive has what the others get.
	Derived
	// ByState writes go to one server, and what they leave in their keys to the others.
	ByState
)

// Form returns a write in the form in which all servers do the same with it, and the way for it. now is the
// time of the servers. A lifetime that is not longer than skew, by which their clocks differ, stays relative.
// The words are changed in place or copied.
func Form(info *command.Info, words [][]byte, now time.Time, skew time.Duration) ([][]byte, Way) {
	switch info.Copy {
	case command.CopySame:
		if info.Name == "COPY" && find(words, 3, "DB") > 0 {
			return words, Refused // a key of another database cannot be listed
		}
		return words, ToAll
	case command.CopyExpiry:
		return absolute(info.Name, words, now, skew), ToAll
	case command.CopyClock:
		return clocked(info.Name, words, now), ToAll
	case command.CopyTrim:
		return exact(words, 2), ToAll
	case command.CopyResult:
		if info.Name != "XADD" {
			return words, Derived
		}
		words = exact(words, 2)
		if at := idOf(words); at < len(words) && bytes.HasSuffix(words[at], []byte("*")) {
			return words, Derived
		}
		return words, ToAll
	case command.CopyFloat:
		return words, Derived
	case command.CopyState:
		if info.Name == "XREADGROUP" && find(words, 4, "BLOCK") > 0 {
			return words, Refused
		}
		return words, ByState
	}
	return words, Refused
}

// Derive returns the command for the other servers after a Derived write, from the reply of the first one.
// It is nil if there is nothing to do for them.
func Derive(info *command.Info, words [][]byte, frame []byte) ([][]byte, error) {
	d := resp.NewDecoder(frame)
	if d.IsNull() {
		return nil, nil
	}
	switch info.Name {
	case "INCRBYFLOAT":
		sum, err := d.Bytes()
		return [][]byte{[]byte("SET"), words[1], bytes.Clone(sum), []byte("KEEPTTL")}, err
	case "XADD":
		id, err := d.Bytes()
		words = slices.Clone(words)
		words[idOf(words)] = bytes.Clone(id)
		return words, err
	}
	taken := [][]byte{[]byte("SREM"), words[1]} // SPOP
	if len(words) == 2 {
		one, err := d.Bytes()
		return append(taken, bytes.Clone(one)), err
	}
	n, err := d.Len()
	for i := 0; err == nil && i < n; i++ {
		var one []byte
		one, err = d.Bytes()
		taken = append(taken, bytes.Clone(one))
	}
	if n == 0 {
		return nil, err
	}
	return taken, err
}

// absolute replaces a lifetime by the time of its end.
func absolute(name string, words [][]byte, now time.Time, skew time.Duration) [][]byte {
	end := func(word []byte, unit time.Duration) []byte {
		n, err := strconv.ParseInt(string(word), 10, 64)
		if err != nil || n <= 0 || n > longest/int64(unit) || time.Duration(n)*unit <= skew {
			return nil // the server says what is wrong, or it ends before anybody notices
		}
		return strconv.AppendInt(nil, now.Add(time.Duration(n)*unit).UnixMilli(), 10)
	}
	from := 2
	switch name {
	case "SETEX", "PSETEX":
		unit := time.Second
		if name == "PSETEX" {
			unit = time.Millisecond
		}
		if at := end(word(words, 2), unit); at != nil && len(words) == 4 {
			return [][]byte{[]byte("SET"), words[1], words[3], []byte("PXAT"), at}
		}
		return words
	case "EXPIRE", "PEXPIRE", "HEXPIRE", "HPEXPIRE":
		unit := time.Millisecond
		if name == "EXPIRE" || name == "HEXPIRE" {
			unit = time.Second
		}
		if at := end(word(words, 2), unit); at != nil {
			words[2], words[0] = at, []byte("PEXPIREAT")
			if name[0] == 'H' {
				words[0] = []byte("HPEXPIREAT")
			}
		}
		return words
	case "RESTORE":
		if at := end(word(words, 2), time.Millisecond); at != nil && find(words, 4, "ABSTTL") < 0 {
			words[2] = at
			words = slices.Insert(words, min(4, len(words)), []byte("ABSTTL"))
		}
		return words
	case "SET":
		from = 3
	case "MSETEX":
		n, _ := strconv.Atoi(string(word(words, 1)))
		from = 2 + 2*n
	}
	for i := max(from, 2); i+1 < len(words); i++ {
		switch w := string(bytes.ToUpper(words[i])); w {
		case "EX", "PX":
			unit := time.Second
			if w == "PX" {
				unit = time.Millisecond
			}
			if at := end(words[i+1], unit); at != nil {
				words[i], words[i+1] = []byte("PXAT"), at
			}
			return words
		case "FIELDS":
			return words
		case "IFEQ", "IFNE", "IFDEQ", "IFDNE":
			i++ // its argument may look like an option
		}
	}
	return words
}

// longest is the longest time that is made absolute, in nanoseconds.
const longest = int64(100 * 365 * 24 * time.Hour)

// clocked replaces the present time by its number.
func clocked(name string, words [][]byte, now time.Time) [][]byte {
	ms := strconv.AppendInt(nil, now.UnixMilli(), 10)
	switch name {
	case "TS.INCRBY", "TS.DECRBY":
		last := find(words, 3, "LABELS")
		if last < 0 {
			last = len(words)
		}
		if at := find(words[:last], 3, "TIMESTAMP"); at < 0 {
			return slices.Insert(words, min(3, len(words)), []byte("TIMESTAMP"), ms)
		} else if string(word(words, at+1)) == "*" {
			words[at+1] = ms
		}
	case "TS.ADD":
		if string(word(words, 2)) == "*" {
			words[2] = ms
		}
	default: // TS.MADD
		for i := 2; i < len(words); i += 3 {
			if string(words[i]) == "*" {
				words[i] = ms
			}
		}
	}
	return words
}

// exact makes the trimming of a stream exact: about as many entries are not the same ones everywhere.
func exact(words [][]byte, from int) [][]byte {
	for i := from; i+2 < len(words); i++ {
		if !is(words[i], "MAXLEN") && !is(words[i], "MINID") {
			continue
		}
		if string(words[i+1]) == "~" {
			words[i+1] = []byte("=")
			if is(word(words, i+3), "LIMIT") && i+5 <= len(words) {
				words = slices.Delete(words, i+3, i+5)
			}
		}
		return words
	}
	return words
}

// idOf returns the position of the ID of an XADD.
func idOf(words [][]byte) int {
	for i := 2; i < len(words); i++ {
		switch string(bytes.ToUpper(words[i])) {
		case "NOMKSTREAM", "KEEPREF", "DELREF", "ACKED":
		case "IDMPAUTO":
			i++
		case "IDMP":
			i += 2
		case "MAXLEN", "MINID":
			if next := string(word(words, i+1)); next == "=" || next == "~" {
				i++
			}
			i++
		case "LIMIT":
			i++
		default:
			return i
		}
	}
	return len(words)
}

// find returns the position of a word, in any case; -1 if it is not there.
func find(words [][]byte, from int, want string) int {
	for i := from; i < len(words); i++ {
		if is(words[i], want) {
			return i
		}
	}
	return -1
}

func is(word []byte, want string) bool {
	return len(word) == len(want) && bytes.EqualFold(word, []byte(want))
}

// word returns a word, nil behind the last one.
func word(words [][]byte, i int) []byte {
	if i < len(words) {
		return words[i]
	}
	return nil
}
