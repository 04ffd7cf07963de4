package encode

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/redpoll-go/redpoll/resp"
)

// Strings of every length are written correctly for every size of the buffer, and the earlier content of the
// buffer stays unchanged.
func TestStringsOfAllLengths(t *testing.T) {
	t.Parallel()
	const before = "already here"
	text := strings.Repeat("0123456789", 1100)
	for n := range 1100 {
		s := text[n : n+n]
		want := resp.AppendBulk([]byte(before), s)
		for _, room := range []int{0, n, n + 4, n + 5, n + 6, n + 7, n + 8, n + 9, n + 10, n + 11,
			2*n + 100} {
			for name, write := range map[string]func(e *Encoder){
				"Text":            func(e *Encoder) { e.Text(s) },
				"Key":             func(e *Encoder) { e.Key(s) },
				"Bulk":            func(e *Encoder) { e.Bulk(s) },
				"BulkBytes":       func(e *Encoder) { e.BulkBytes([]byte(s)) },
				"Value of string": func(e *Encoder) { e.Value("value", s) },
				"Value of bytes":  func(e *Encoder) { e.Value("value", []byte(s)) },
			} {
				var e Encoder
				e.Buf = append(make([]byte, 0, len(before)+room), before...)
				if write(&e); e.Err != nil || !bytes.Equal(e.Buf, want) {
					t.Fatalf("%s of %d bytes with room for %d: %.60q, %v", name, n, room, e.Buf, e.Err)
				}
			}
		}
	}
}

// A header with a wrong number of words is corrected, even if the number of digits changes.
func TestHeaderIsCorrected(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 9, 10, 99, 100, 1234} {
		var e Encoder
		var want []byte
		for range 2 {
			e.Begin(nil, "*1\r\n$3\r\nDEL\r\n", 1)
			words := []string{"DEL"}
			for i := range n {
				e.Key(strconv.Itoa(i))
				e.N++
				words = append(words, strconv.Itoa(i))
			}
			e.Complete()
			want = resp.AppendCommand(want, words...)
		}
		if got, err := e.Finish(); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d words: %.60q, %v", n, got, err)
		}
	}
}

// The restriction of IDMP for IDs concerns its own command only.
func TestNewIDs(t *testing.T) {
	t.Parallel()
	e := new(Encoder)
	e.Reset(nil, nil)
	e.Producer("p")
	e.NewID("id", "*")
	e.NewID("id", "5-1")
	if e.Err != nil {
		t.Errorf("the ID of the next command is refused: %v", e.Err)
	}
	e.Producer("p")
	e.NewID("id", "5-1")
	if e.Err == nil {
		t.Error("an explicit ID is accepted with a producer")
	}
}
