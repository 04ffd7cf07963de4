package resp

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// oneOfEach has a frame of every kind and form, with its values in the form of describe.
var oneOfEach = []struct {
	name, wire, want string
}{
	{"status", "+OK\r\n", `status "OK"`},
	{"empty status", "+\r\n", `status ""`},
	{"long status", "+QUEUED and more words\r\n", `status "QUEUED and more words"`},
	{"status with a line feed", "+a\nb\r\n", `status "a\nb"`},
	{"error", "-ERR unknown command\r\n", `error "ERR unknown command"`},
	{"empty error", "-\r\n", `error ""`},
	{"integer", ":1234\r\n", `integer 1234`},
	{"zero", ":0\r\n", `integer 0`},
	{"negative integer", ":-17\r\n", `integer -17`},
	{"integer with plus", ":+17\r\n", `integer 17`},
	{"integer with leading zeros", ":0000000000000000000000017\r\n", `integer 17`},
	{"largest integer", ":9223372036854775807\r\n", `integer 9223372036854775807`},
	{"smallest integer", ":-9223372036854775808\r\n", `integer -9223372036854775808`},
	{"bulk", "$5\r\nhello\r\n", `bulk string "hello"`},
	{"empty bulk", "$0\r\n\r\n", `bulk string ""`},
	{"bulk of line ends", "$4\r\n\r\n\r\n\r\n", `bulk string "\r\n\r\n"`},
	{"bulk that looks like frames", "$10\r\n$5\r\nhello\r\r\n", `bulk string "$5\r\nhello\r"`},
	{"binary bulk", "$3\r\n\x00\xff\x80\r\n", `bulk string "\x00\xff\x80"`},
	{"null bulk", "$-1\r\n", `null`},
	{"array", "*2\r\n$1\r\na\r\n:5\r\n", `array [bulk string "a", integer 5]`},
	{"pairs", "*3\r\n*2\r\n$1\r\na\r\n,1.5\r\n*2\r\n$2\r\nbb\r\n,-1e3\r\n*2\r\n*0\r\n#t\r\n",
		`array [array [bulk string "a", double 1.5], array [bulk string "bb", double -1000], array [array [], boolean true]]`},
	{"empty array", "*0\r\n", `array []`},
	{"null array", "*-1\r\n", `null`},
	{"null elements", "*4\r\n$-1\r\n*-1\r\n_\r\n$1\r\nx\r\n", `array [null, null, null, bulk string "x"]`},
	{"error in an array", "*2\r\n-WRONGTYPE no\r\n:1\r\n", `array [error "WRONGTYPE no", integer 1]`},
	{"nested arrays", "*2\r\n*2\r\n*1\r\n:1\r\n*0\r\n*1\r\n$1\r\nx\r\n",
		`array [array [array [integer 1], array []], array [bulk string "x"]]`},
	{"null", "_\r\n", `null`},
	{"double", ",1.5\r\n", `double 1.5`},
	{"double without fraction", ",10\r\n", `double 10`},
	{"double with exponent", ",-1.25e+10\r\n", `double -1.25e+10`},
	{"double with capital exponent", ",4E-3\r\n", `double 0.004`},
	{"infinity", ",inf\r\n", `double +Inf`},
	{"negative infinity", ",-inf\r\n", `double -Inf`},
	{"not a number", ",nan\r\n", `double NaN`},
	{"negative not a number", ",-nan\r\n", `double NaN`},
	{"not a number with its kind", ",-nan(ind)\r\n", `double NaN`},
	{"infinity in full", ",-Infinity\r\n", `double -Inf`},
	{"true", "#t\r\n", `boolean true`},
	{"false", "#f\r\n", `boolean false`},
	{"blob error", "!9\r\nERR a\r\n b\r\n", `error "ERR a\r\n b"`},
	{"verbatim", "=8\r\ntxt:text\r\n", `verbatim string "text"`},
	{"empty verbatim", "=4\r\nmkd:\r\n", `verbatim string ""`},
	{"big number", "(3492890328409238509324850943850943825024385\r\n",
		`big number "3492890328409238509324850943850943825024385"`},
	{"negative big number", "(-17\r\n", `big number "-17"`},
	{"map", "%2\r\n+a\r\n:1\r\n+b\r\n#t\r\n", `map [status "a", integer 1, status "b", boolean true]`},
	{"empty map", "%0\r\n", `map []`},
	{"set", "~2\r\n:1\r\n:2\r\n", `set [integer 1, integer 2]`},
	{"push", ">2\r\n+message\r\n$2\r\nhi\r\n", `push [status "message", bulk string "hi"]`},
	{"attribute", "|1\r\n+ttl\r\n:3600\r\n$1\r\nv\r\n", `bulk string "v"`},
	{"attributes of attributes", "|1\r\n|1\r\n+a\r\n+b\r\n+c\r\n|0\r\n*1\r\n+d\r\n:1\r\n", `integer 1`},
	{"attribute in an array", "*2\r\n|1\r\n+k\r\n*1\r\n:1\r\n$1\r\na\r\n|1\r\n+k\r\n_\r\n$-1\r\n",
		`array [bulk string "a", null]`},
	{"attribute before a push", "|1\r\n+a\r\n+b\r\n>1\r\n+invalidate\r\n", `push [status "invalidate"]`},
	{"map of arrays and sets", "%1\r\n$1\r\nk\r\n~2\r\n*1\r\n,2.5\r\n%1\r\n:1\r\n_\r\n",
		`map [bulk string "k", set [array [double 2.5], map [integer 1, null]]]`},
	{"leading zeros in a length", "$003\r\nabc\r\n", `bulk string "abc"`},
	{"ten digits in a length", "$0000000003\r\nabc\r\n", `bulk string "abc"`},
}

// describe decodes the next value and describes it as text.
func describe(d *Decoder) (string, error) {
	kind := d.Kind()
	if d.Null() {
		return "null", nil
	}
	switch kind {
	case KindError, KindBlobError:
		if !d.IsError() {
			return "", errors.New("IsError is false at an error")
		}
		text, err := d.ErrorText()
		return fmt.Sprintf("error %q", text), err
	case KindInteger:
		n, err := d.Int()
		return fmt.Sprintf("integer %d", n), err
	case KindDouble:
		f, err := d.Float()
		return fmt.Sprintf("double %v", f), err
	case KindBool:
		v, err := d.Bool()
		return fmt.Sprintf("boolean %v", v), err
	case KindArray, KindSet, KindPush, KindMap:
		n, err := d.Len()
		if err != nil {
			return "", err
		}
		elements := make([]string, n)
		for i := range elements {
			if elements[i], err = describe(d); err != nil {
				return "", err
			}
		}
		return fmt.Sprintf("%v [%s]", kind, strings.Join(elements, ", ")), nil
	}
	text, err := d.Text()
	return fmt.Sprintf("%v %q", kind, text), err
}

var referenceLine = map[byte]*regexp.Regexp{
	'+': regexp.MustCompile(`^[^\r]*$`),
	'-': regexp.MustCompile(`^[^\r]*$`),
	':': regexp.MustCompile(`^[+-]?[0-9]+$`),
	'(': regexp.MustCompile(`^[+-]?[0-9]+$`),
	',': regexp.MustCompile(`^[^\r]*$`),
	'_': regexp.MustCompile(`^$`),
	'#': regexp.MustCompile(`^[tf]$`),
}

// reference is a parser of one frame that is as simple as possible, for comparison with the fast one. It
// returns the end of the frame, or 0 if bytes are missing.
func reference(b []byte, l Limits, depth int) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	bad := errors.New("malformed")
	if !strings.ContainsRune("+-:$*_,#!=(%~|>", rune(b[0])) {
		return 0, bad
	}
	cr := bytes.IndexByte(b, '\r')
	if cr < 0 || cr+1 == len(b) {
		return 0, nil
	}
	line := string(b[1:cr])
	if b[cr+1] != '\n' || len(line) > l.Line {
		return 0, bad
	}
	next := cr + 2
	switch b[0] {
	case '$', '=', '!':
		return referenceBlob(b, next, line, l)
	case '*', '~', '%', '>', '|':
		return referenceAggregate(b, next, line, l, depth)
	}
	if !referenceLine[b[0]].MatchString(line) {
		return 0, bad
	}
	if _, err := strconv.ParseInt(line, 10, 64); b[0] == ':' && err != nil {
		return 0, bad
	}
	return next, nil
}

func referenceBlob(b []byte, next int, line string, l Limits) (int, error) {
	bad := errors.New("malformed")
	if b[0] == '$' && line == "-1" {
		return next, nil
	}
	n, err := strconv.ParseUint(line, 10, 63)
	if err != nil || int64(n) > l.Bulk || b[0] == '=' && n < 4 {
		return 0, bad
	}
	rest := b[next:]
	if uint64(len(rest)) < n+2 {
		if uint64(len(rest)) == n+1 && rest[n] != '\r' {
			return 0, bad
		}
		return 0, nil
	}
	if string(rest[n:n+2]) != "\r\n" || b[0] == '=' && rest[3] != ':' {
		return 0, bad
	}
	return next + int(n) + 2, nil
}

func referenceAggregate(b []byte, next int, line string, l Limits, depth int) (int, error) {
	bad := errors.New("malformed")
	if b[0] == '*' && line == "-1" {
		return next, nil
	}
	n, err := strconv.ParseUint(line, 10, 62)
	if err != nil || depth >= l.Depth || b[0] == '>' && depth > 0 {
		return 0, bad
	}
	if b[0] == '%' || b[0] == '|' {
		n *= 2
	}
	if int64(n) > l.Elements || int64(n) > (l.Frame-int64(next))/3 {
		return 0, bad
	}
	for range n {
		end, err := reference(b[next:], l, depth+1)
		if end == 0 || err != nil {
			return 0, err
		}
		next += end
	}
	if b[0] == '|' {
		end, err := reference(b[next:], l, depth)
		if end == 0 || err != nil {
			return 0, err
		}
		next += end
	}
	return next, nil
}

func TestEachKindIsScannedAndDecoded(t *testing.T) {
	t.Parallel()
	for _, tc := range oneOfEach {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var s Scanner
			n, err := s.Scan([]byte(tc.wire))
			if err != nil || n != len(tc.wire) {
				t.Fatalf("Scan = %d, %v; want %d", n, err, len(tc.wire))
			}
			d := NewDecoder([]byte(tc.wire))
			got, err := describe(&d)
			if err != nil || got != tc.want {
				t.Errorf("decoded %s, %v; want %s", got, err, tc.want)
			}
			if d.More() || d.Kind() != 0 {
				t.Error("the decoder is not at the end of the frame")
			}
			d.Reset([]byte(tc.wire))
			if err := d.Skip(); err != nil || d.More() {
				t.Errorf("Skip = %v, More = %v", err, d.More())
			}
			if n, err := reference([]byte(tc.wire), Limits{}.withDefaults(), 0); n != len(tc.wire) ||
				err != nil {
				t.Errorf("the reference parser says %d, %v", n, err)
			}
		})
	}
}

// Covers: F145
func TestReplyKindsOfRESP2(t *testing.T) {
	t.Parallel()
	stream := "+OK\r\n-ERR no\r\n:42\r\n$3\r\nfoo\r\n*2\r\n$1\r\na\r\n:1\r\n$-1\r\n*-1\r\n"
	want := []string{
		`status "OK"`, `error "ERR no"`, `integer 42`, `bulk string "foo"`,
		`array [bulk string "a", integer 1]`, `null`, `null`,
	}
	r := NewReader(strings.NewReader(stream), 0, Limits{})
	for _, w := range want {
		frame, err := r.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		d := NewDecoder(frame)
		if got, err := describe(&d); err != nil || got != w {
			t.Errorf("got %s, %v; want %s", got, err, w)
		}
	}
}

func TestKindNames(t *testing.T) {
	t.Parallel()
	for kind, want := range map[Kind]string{
		0: "end of frame", KindStatus: "status", KindError: "error", KindInteger: "integer",
		KindBulk: "bulk string", KindArray: "array", KindNull: "null", KindDouble: "double",
		KindBool:      "boolean",
		KindBlobError: "blob error", KindVerbatim: "verbatim string", KindBigNumber: "big number",
		KindMap: "map",
		KindSet: "set", KindAttribute: "attribute", KindPush: "push", 'H': "unknown kind 'H'",
	} {
		if got := kind.String(); got != want {
			t.Errorf("Kind(%d) is %q, want %q", byte(kind), got, want)
		}
	}
}

func sameFloat(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
}
