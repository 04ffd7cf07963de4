package resp

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
)

// scanPieces scans b as if it arrived in pieces that end at the given cuts and after the last byte.
func scanPieces(b []byte, l Limits, cuts ...int) (int, error) {
	var s Scanner
	s.Init(l)
	wrongNeed := false
	for _, cut := range append(cuts, len(b)) {
		// The copy has only these bytes: the scanner must not look behind them, and must not remember their
		// address.
		if n, err := s.Scan(bytes.Clone(b[:cut])); n > 0 || err != nil {
			if n > 0 && wrongNeed {
				return 0, errors.New("Need was more than what was missing, or nothing")
			}
			return n, err
		}
		wrongNeed = wrongNeed || s.Need() < 1 || s.Need() > len(b)-cut
	}
	return 0, nil
}

func TestScanAnySplit(t *testing.T) {
	t.Parallel()
	for _, tc := range oneOfEach {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			wire := []byte(tc.wire)
			for first := range len(wire) {
				if n, err := scanPieces(wire[:first], Limits{}); n != 0 || err != nil {
					t.Fatalf("Scan of the first %d bytes = %d, %v; want 0, nil", first, n, err)
				}
				for second := first; second < len(wire); second++ {
					if n, err := scanPieces(wire, Limits{}, first, second); n != len(wire) || err != nil {
						t.Fatalf("split at %d and %d: %d, %v; want %d, nil", first, second, n, err, len(wire))
					}
				}
			}
			everyByte := make([]int, len(wire))
			for i := range everyByte {
				everyByte[i] = i
			}
			if n, err := scanPieces(wire, Limits{}, everyByte...); n != len(wire) || err != nil {
				t.Fatalf("byte by byte: %d, %v; want %d, nil", n, err, len(wire))
			}
		})
	}
}

func TestScanStopsAtTheEndOfTheFrame(t *testing.T) {
	t.Parallel()
	for _, tc := range oneOfEach {
		var s Scanner
		for _, behind := range []string{"+", "$5\r\nhello\r\n", "garbage", "\r\n"} {
			if n, err := s.Scan([]byte(tc.wire + behind)); n != len(tc.wire) || err != nil {
				t.Errorf("%s with %q behind it: %d, %v; want %d", tc.name, behind, n, err, len(tc.wire))
			}
		}
	}
}

// Covers: F80
func TestScanRefusesWhatIsNotRESP(t *testing.T) {
	t.Parallel()
	const noValue, notInt = "no RESP value starts with this byte", "malformed integer"
	for _, tc := range []struct{ name, wire, reason, got string }{
		{"HTTP", "HTTP/1.1 400 Bad Request\r\n", noValue, `"HTTP/1.1 400 Bad Request"`},
		{"one wrong byte", "x", noValue, `"x"`},
		{"line end", "\r\n", noValue, `"\r\n"`},
		{"zero byte", "\x00\x00\x00", noValue, `"\x00\x00\x00"`},
		{"long garbage", strings.Repeat("z", 100), noValue, `"` + strings.Repeat("z", 32) + `"`},
		{"garbage in an array", "*2\r\n:1\r\nfoo\r\n", noValue, `"foo"`},
		{"garbage in an attribute", "|1\r\n+a\r\n?", noValue, `"?"`},
		{"carriage return alone", "+a\rb\r\n", "CR in a line without LF behind it", `"\rb"`},
		{"two carriage returns", "+a\r\r\n", "CR in a line without LF behind it", `"\r\r"`},

		{"integer without digits", ":\r\n", notInt, `":"`},
		{"integer of a sign", ":-\r\n", notInt, `":-"`},
		{"integer with two signs", ":--1\r\n", notInt, `":--1"`},
		{"integer with a letter", ":12a\r\n", notInt, `":12a"`},
		{"integer with a space", ": 1\r\n", notInt, `": 1"`},
		{"integer with a fraction", ":1.0\r\n", notInt, `":1.0"`},
		{"integer too large", ":9223372036854775808\r\n", notInt, `":9223372036854775808"`},
		{"integer too small", ":-9223372036854775809\r\n", notInt, `":-9223372036854775809"`},
		{"integer of 30 digits", ":100000000000000000000000000000\r\n", notInt,
			`":100000000000000000000000000000"`},

		{"bulk without length", "$\r\n\r\n", "malformed length of a bulk string", `"$"`},
		{"bulk of minus two", "$-2\r\n", "malformed length of a bulk string", `"$-2"`},
		{"bulk of minus zero", "$-0\r\n", "malformed length of a bulk string", `"$-0"`},
		{"bulk of minus one with zero", "$-01\r\n", "malformed length of a bulk string", `"$-01"`},
		{"bulk length with plus", "$+1\r\nx\r\n", "malformed length of a bulk string", `"$+1"`},
		{"bulk length with a letter", "$1x\r\nx\r\n", "malformed length of a bulk string", `"$1x"`},
		{"bulk length too large for 64 bits", "$99999999999999999999\r\n",
			"malformed length of a bulk string", `"$99999999999999999999"`},
		{"bulk too short", "$3\r\nfoobar\r\n", "bulk string without CR LF behind it", `"ba"`},
		{"bulk too long", "$8\r\nfoobar\r\n", "", ""}, // takes the line end for text, and waits
		{"bulk with the wrong first byte behind it", "$3\r\nfoo\n", "bulk string without CR LF behind it",
			`"\n"`},
		{"bulk with the wrong second byte behind it", "$3\r\nfoo\r\r", "bulk string without CR LF behind it",
			`"\r\r"`},
		{"bulk too short in an array", "*1\r\n$3\r\nfoobar\r\n", "bulk string without CR LF behind it",
			`"ba"`},
		{"blob error of minus one", "!-1\r\n", "malformed length of a blob error", `"!-1"`},
		{"blob error without its line end", "!1\r\nabc", "blob error without CR LF behind it", `"bc"`},
		{"null verbatim", "=-1\r\n", "malformed length of a verbatim string", `"=-1"`},
		{"verbatim without format", "=3\r\nabc\r\n", "malformed length of a verbatim string", `"=3"`},
		{"verbatim without colon", "=5\r\ntext \r\n", "verbatim string without its format and a colon",
			`"text"`},

		{"array of minus two", "*-2\r\n", "malformed length of an array", `"*-2"`},
		{"array without length", "*\r\n", "malformed length of an array", `"*"`},
		{"array length with a letter", "*1a\r\n", "malformed length of an array", `"*1a"`},
		{"null map", "%-1\r\n", "malformed length of a map", `"%-1"`},
		{"null set", "~-1\r\n", "malformed length of a set", `"~-1"`},
		{"null push", ">-1\r\n", "malformed length of a push", `">-1"`},
		{"null attribute", "|-1\r\n", "malformed length of an attribute", `"|-1"`},
		{"push in an array", "*1\r\n>1\r\n+x\r\n", "push inside another value", ""},
		{"push in a push", ">1\r\n>1\r\n+x\r\n", "push inside another value", ""},

		{"null with text", "_x\r\n", "malformed null", `"_x"`},
		{"boolean without a value", "#\r\n", "malformed boolean", `"#"`},
		{"boolean in words", "#true\r\n", "malformed boolean", `"#true"`},
		{"boolean in capitals", "#T\r\n", "malformed boolean", `"#T"`},
		{"big number without digits", "(\r\n", "malformed big number", `"("`},
		{"big number of a sign", "(+\r\n", "malformed big number", `"(+"`},
		{"big number with a letter", "(12e4\r\n", "malformed big number", `"(12e4"`},

		{"streamed string", "$?\r\n;4\r\n", "streamed strings and aggregates are not supported", `"$?"`},
		{"streamed array", "*?\r\n:1\r\n.\r\n", "streamed strings and aggregates are not supported", `"*?"`},
		{"streamed map", "%?\r\n", "streamed strings and aggregates are not supported", `"%?"`},
		{"streamed set", "~?\r\n", "streamed strings and aggregates are not supported", `"~?"`},
		{"streamed push", ">?\r\n", "streamed strings and aggregates are not supported", `">?"`},
		{"chunk of a streamed string", ";4\r\nabcd\r\n", "streamed strings and aggregates are not supported",
			`";4"`},
		{"end of a streamed array", ".\r\n", "streamed strings and aggregates are not supported", `"."`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			checkProtocolError(t, []byte(tc.wire), Limits{}, tc.reason, tc.got)
			for cut := range len(tc.wire) {
				_, err := scanPieces([]byte(tc.wire), Limits{}, cut)
				if (err != nil) != (tc.reason != "") {
					t.Fatalf("split at %d: %v", cut, err)
				}
			}
		})
	}
}

// checkProtocolError scans b and expects an error with this reason and excerpt, or an incomplete frame for
// the reason "".
func checkProtocolError(t *testing.T, b []byte, l Limits, reason, got string) {
	t.Helper()
	n, err := scanPieces(b, l)
	if reason == "" {
		if n != 0 || err != nil {
			t.Fatalf("Scan = %d, %v; want 0, nil", n, err)
		}
		return
	}
	var pe *ProtocolError
	if n != 0 || !errors.As(err, &pe) {
		t.Fatalf("Scan = %d, %v; want a ProtocolError", n, err)
	}
	if pe.Reason != reason || pe.Got != got {
		t.Errorf("reason %q, got %s; want %q, %s", pe.Reason, pe.Got, reason, got)
	}
}

func TestScanLimits(t *testing.T) {
	t.Parallel()
	line40, zeros40 := strings.Repeat("1234567890", 4), strings.Repeat("0", 40)
	for _, tc := range []struct {
		name   string
		limits Limits
		fits   string // "" if no frame fits
		beyond string
		reason string
	}{
		{"bulk", Limits{Bulk: 5}, "$5\r\n12345\r\n", "$6\r\n",
			"bulk string of 6 bytes is over the limit of 5 bytes"},
		{"bulk at once", Limits{Bulk: 5}, "", "$6\r\n123456\r\n",
			"bulk string of 6 bytes is over the limit of 5 bytes"},
		{"verbatim", Limits{Bulk: 5}, "=5\r\ntxt:a\r\n", "=6\r\n",
			"verbatim string of 6 bytes is over the limit of 5 bytes"},
		{"blob error", Limits{Bulk: 5}, "!5\r\n12345\r\n", "!6\r\n",
			"blob error of 6 bytes is over the limit of 5 bytes"},
		{"default bulk", Limits{}, "", "$536870913\r\n",
			"bulk string of 536870913 bytes is over the limit of 536870912 bytes"},
		{"absurd bulk", Limits{}, "", "$9223372036854775807\r\n",
			"bulk string of 9223372036854775807 bytes is over the limit of 536870912 bytes"},
		{"bulk limit that never ends", Limits{Bulk: math.MaxInt64}, "", "$9223372036854775807\r\n",
			"bulk string of 9223372036854775807 bytes is over the limit of 1073741824 bytes"},
		{"line", Limits{Line: 40}, "+" + line40 + "\r\n", "+" + line40 + "1\r\n",
			"line is over the limit of 40 bytes"},
		{"line without end", Limits{Line: 40}, "", "-" + line40 + "1", "line is over the limit of 40 bytes"},
		{"line of digits", Limits{Line: 40}, "(" + line40 + "\r\n", "(" + line40 + "1\r\n",
			"line is over the limit of 40 bytes"},
		{"line of zeros", Limits{Line: 40}, "$" + zeros40 + "\r\n\r\n", "$" + zeros40 + "0",
			"line is over the limit of 40 bytes"},
		{"line shorter than numbers", Limits{Line: 1}, "+" + line40[:32] + "\r\n", "+" + line40[:33] + "\r\n",
			"line is over the limit of 32 bytes"},
		{"double shorter than numbers", Limits{Line: 1}, "," + line40[:30] + ".5\r\n",
			"," + line40[:30] + ".55\r\n", "line is over the limit of 32 bytes"},
		{"default line", Limits{}, "+" + strings.Repeat("x", 64<<10) + "\r\n",
			"+" + strings.Repeat("x", 64<<10+1), "line is over the limit of 65536 bytes"},
		{"elements", Limits{Elements: 2}, "*2\r\n:1\r\n:2\r\n", "*3\r\n",
			"array of 3 elements is over the limit of 2 elements"},
		{"pairs", Limits{Elements: 2}, "%1\r\n:1\r\n:2\r\n", "%2\r\n",
			"map of 2 pairs is over the limit of 2 elements"},
		{"attribute pairs", Limits{Elements: 2}, "|1\r\n:1\r\n:2\r\n_\r\n", "|2\r\n",
			"attribute of 2 pairs is over the limit of 2 elements"},
		{"default elements", Limits{}, "", "*134217729\r\n",
			"array of 134217729 elements is over the limit of 134217728 elements"},
		{"absurd elements", Limits{}, "", "*9223372036854775807\r\n",
			"array of 9223372036854775807 elements is over the limit of 134217728 elements"},
		{"absurd pairs", Limits{Elements: math.MaxInt64, Frame: math.MaxInt64}, "",
			"%9223372036854775807\r\n",
			"map of 9223372036854775807 pairs is over the limit of " + strconv.Itoa(math.MaxInt/2+1) +
				" elements"},
		{"elements that cannot fit in the frame", Limits{Frame: 100}, "", "*33\r\n",
			"frame is over the limit of 100 bytes"},
		{"depth", Limits{Depth: 2}, "*1\r\n*1\r\n:1\r\n", "*1\r\n*1\r\n*1\r\n",
			"nested deeper than the limit of 2"},
		{"depth of pairs", Limits{Depth: 1}, "*2\r\n:1\r\n:2\r\n", "*1\r\n*2\r\n",
			"nested deeper than the limit of 1"},
		{"depth within pairs", Limits{Depth: 2}, "*1\r\n*2\r\n:1\r\n:2\r\n", "*1\r\n*2\r\n:1\r\n*0\r\n",
			"nested deeper than the limit of 2"},
		{"elements of pairs", Limits{Elements: 1}, "*1\r\n*1\r\n:1\r\n", "*1\r\n*2\r\n",
			"array of 2 elements is over the limit of 1 elements"},
		{"depth of empty arrays", Limits{Depth: 1}, "*0\r\n", "*1\r\n*0\r\n",
			"nested deeper than the limit of 1"},
		{"depth of attributes", Limits{Depth: 1}, "|1\r\n:1\r\n:2\r\n*0\r\n", "|1\r\n|1\r\n",
			"nested deeper than the limit of 1"},
		{"default depth", Limits{}, strings.Repeat("*1\r\n", 128) + ":1\r\n", strings.Repeat("*1\r\n", 129),
			"nested deeper than the limit of 128"},
		{"frame of a bulk", Limits{Frame: 11}, "$5\r\nhello\r\n", "$6\r\n",
			"frame is over the limit of 11 bytes"},
		{"frame of a status", Limits{Frame: 5}, "+OK\r\n", "+ABC\r\n", "frame is over the limit of 5 bytes"},
		{"short frame of a status", Limits{Frame: 4}, "+O\r\n", "+OK\r\n",
			"frame is over the limit of 4 bytes"},
		{"frame of an integer", Limits{Frame: 5}, ":12\r\n", ":123\r\n",
			"frame is over the limit of 5 bytes"},
		{"frame of an array", Limits{Frame: 14}, "*2\r\n:1\r\n:200\r\n", "*2\r\n:1\r\n:2000\r\n",
			"frame is over the limit of 14 bytes"},
		{"frame of attributes", Limits{Frame: 14}, "|0\r\n|0\r\n+abc\r\n", strings.Repeat("|0\r\n", 4),
			"frame is over the limit of 14 bytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if n, err := scanPieces([]byte(tc.fits), tc.limits); n != len(tc.fits) || err != nil {
				t.Errorf("what fits: %d, %v; want %d", n, err, len(tc.fits))
			}
			// Frames behind this one do not count.
			if n, err := scanPieces([]byte(tc.fits+"+next\r\n"), tc.limits); tc.fits != "" &&
				(n != len(tc.fits) || err != nil) {
				t.Errorf("what fits with another frame: %d, %v; want %d", n, err, len(tc.fits))
			}
			checkProtocolError(t, []byte(tc.beyond), tc.limits, tc.reason, "")
			for cut := 0; cut < len(tc.beyond); cut += 1 + len(tc.beyond)/100 {
				if _, err := scanPieces([]byte(tc.beyond), tc.limits, cut); err == nil {
					t.Fatalf("split at %d: no error", cut)
				}
			}
		})
	}
}

func TestScanMillionNestedArrays(t *testing.T) {
	t.Parallel()
	wire := bytes.Repeat([]byte("*1\r\n"), 1_000_000)
	checkProtocolError(t, wire, Limits{}, "nested deeper than the limit of 128", "")
}

// Covers: F147
func TestScanAnyDepthThatTheLimitAllows(t *testing.T) {
	t.Parallel()
	const depth = 1_000_000
	wire := append(bytes.Repeat([]byte("*2\r\n"), depth), ":7\r\n"...)
	wire = append(wire, bytes.Repeat([]byte("$-1\r\n"), depth)...)
	if n, err := scanPieces(wire, Limits{Depth: depth}, len(wire)/3, len(wire)/2); n != len(wire) ||
		err != nil {
		t.Fatalf("Scan = %d, %v; want %d", n, err, len(wire))
	}
	d := NewDecoder(wire)
	for range depth {
		if n, err := d.Len(); n != 2 || err != nil {
			t.Fatalf("Len = %d, %v; want 2", n, err)
		}
	}
	if n, err := d.Int(); n != 7 || err != nil {
		t.Fatalf("Int = %d, %v; want 7", n, err)
	}
	for range depth {
		if !d.Null() {
			t.Fatal("no null")
		}
	}
	if d.More() {
		t.Error("bytes are left")
	}
	d.Reset(wire)
	if err := d.Skip(); err != nil || d.More() {
		t.Errorf("Skip = %v, More = %v", err, d.More())
	}
}

func TestScanErrorStaysUntilInit(t *testing.T) {
	t.Parallel()
	var s Scanner
	_, first := s.Scan([]byte("x"))
	n, second := s.Scan([]byte("+OK\r\n"))
	if first == nil || n != 0 || second != first {
		t.Errorf("after %v: %d, %v", first, n, second)
	}
	s.Init(Limits{})
	if n, err := s.Scan([]byte("+OK\r\n")); n != 5 || err != nil {
		t.Errorf("after Init: %d, %v", n, err)
	}
}

func TestScanNeed(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		wire string
		want int
	}{
		{"", 3},
		{"+", 2},
		{"+OK\r", 1},
		{"$5\r\n", 7},
		{"$5\r\nhel", 4},
		{"$5\r\nhello\r", 1},
		{"$1000000\r\nabc", 999999},
		{"*2\r\n:1\r\n", 3},
		{"*2\r\n:1\r\n$10\r\nab", 10},
	} {
		var s Scanner
		if n, err := s.Scan([]byte(tc.wire)); n != 0 || err != nil {
			t.Errorf("%q: %d, %v", tc.wire, n, err)
		}
		if got := s.Need(); got != tc.want {
			t.Errorf("%q: Need = %d, want %d", tc.wire, got, tc.want)
		}
	}
}

// The work for a frame that arrives byte by byte must not grow with the square of its length. The test
// overwrites bytes as soon as the scanner is behind them, which shows that the scanner does not go back.
func TestScanKeepsItsPlace(t *testing.T) {
	t.Parallel()
	wire := AppendArray(nil, 100)
	for range 100 {
		wire = AppendBulk(wire, "0123456789")
	}
	var s Scanner
	for i := range wire {
		if n, err := s.Scan(wire[:i]); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		// Bytes before the incomplete value are not read again.
		for j := range s.pos {
			wire[j] = 'X'
		}
	}
	if n, err := s.Scan(wire); n != len(wire) || err != nil {
		t.Fatal(n, err)
	}
}

func TestScanKeepsItsPlaceInALine(t *testing.T) {
	t.Parallel()
	wire := []byte("+" + strings.Repeat("x", 1000) + "\r\n")
	var s Scanner
	for i := range wire {
		if n, err := s.Scan(wire[:i]); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		// A CR in the searched bytes would end the line there. The first bytes, where a short status ends,
		// may be searched again.
		for j := minLine + 1; j < i && j < s.seen; j++ {
			wire[j] = '\r'
		}
	}
	if n, err := s.Scan(wire); n != len(wire) || err != nil {
		t.Fatal(n, err)
	}
}

func TestScanDoesNotAllocate(t *testing.T) {
	var s Scanner
	s.Init(Limits{})
	for _, tc := range oneOfEach {
		wire := []byte(tc.wire)
		scan := func() {
			half, _ := s.Scan(wire[:len(wire)/2])
			whole, _ := s.Scan(wire)
			if half != 0 || whole != len(wire) {
				t.Fatal(tc.name, half, whole)
			}
		}
		scan() // the stack grows once
		if n := testing.AllocsPerRun(100, scan); n != 0 {
			t.Errorf("%s: %v allocations", tc.name, n)
		}
	}
}
