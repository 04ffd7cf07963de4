package resp

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// outcome is the result of a decoder method for a value: either a value or an error.
type outcome struct {
	value any
	err   string
}

func result[T any](v T, err error) outcome {
	if err != nil {
		return outcome{err: err.Error()}
	}
	return outcome{value: v}
}

func TestDecoderConversions(t *testing.T) {
	t.Parallel()
	const null = "resp: got null, expected "
	for _, tc := range []struct {
		wire                          string
		text, integer, float, boolean any // a string that begins with "resp: " is the error
	}{
		{"$3\r\nfoo\r\n", "foo", "resp: got a bulk string, expected an integer",
			"resp: got a bulk string, expected a floating point number",
			"resp: got a bulk string, expected a boolean"},
		{"$2\r\n17\r\n", "17", int64(17), 17.0, "resp: got a bulk string, expected a boolean"},
		{"$3\r\n-17\r\n", "-17", int64(-17), -17.0, "resp: got a bulk string, expected a boolean"},
		{"$3\r\n+17\r\n", "+17", int64(17), 17.0, "resp: got a bulk string, expected a boolean"},
		{"$0\r\n\r\n", "", "resp: got a bulk string, expected an integer",
			"resp: got a bulk string, expected a floating point number",
			"resp: got a bulk string, expected a boolean"},
		{"$3\r\n1.5\r\n", "1.5", "resp: got a bulk string, expected an integer", 1.5,
			"resp: got a bulk string, expected a boolean"},
		{"$4\r\n-inf\r\n", "-inf", "resp: got a bulk string, expected an integer", math.Inf(-1),
			"resp: got a bulk string, expected a boolean"},
		{"$3\r\nINF\r\n", "INF", "resp: got a bulk string, expected an integer", math.Inf(1),
			"resp: got a bulk string, expected a boolean"},
		{"$3\r\nNaN\r\n", "NaN", "resp: got a bulk string, expected an integer", math.NaN(),
			"resp: got a bulk string, expected a boolean"},
		{"$5\r\n1e999\r\n", "1e999", "resp: got a bulk string, expected an integer",
			"resp: got a bulk string, expected a floating point number",
			"resp: got a bulk string, expected a boolean"},
		{"$4\r\n0x10\r\n", "0x10", "resp: got a bulk string, expected an integer",
			"resp: got a bulk string, expected a floating point number",
			"resp: got a bulk string, expected a boolean"},
		{"$1\r\n.\r\n", ".", "resp: got a bulk string, expected an integer",
			"resp: got a bulk string, expected a floating point number",
			"resp: got a bulk string, expected a boolean"},
		{"$2\r\n-.\r\n", "-.", "resp: got a bulk string, expected an integer",
			"resp: got a bulk string, expected a floating point number",
			"resp: got a bulk string, expected a boolean"},
		{"$1\r\n-\r\n", "-", "resp: got a bulk string, expected an integer",
			"resp: got a bulk string, expected a floating point number",
			"resp: got a bulk string, expected a boolean"},
		{"$3\r\n1_0\r\n", "1_0", "resp: got a bulk string, expected an integer",
			"resp: got a bulk string, expected a floating point number",
			"resp: got a bulk string, expected a boolean"},
		{"$2\r\n1 \r\n", "1 ", "resp: got a bulk string, expected an integer",
			"resp: got a bulk string, expected a floating point number",
			"resp: got a bulk string, expected a boolean"},
		{"$19\r\n9223372036854775807\r\n", "9223372036854775807", int64(math.MaxInt64),
			float64(math.MaxInt64), "resp: got a bulk string, expected a boolean"},
		{"$19\r\n9223372036854775808\r\n", "9223372036854775808",
			"resp: got a bulk string, expected an integer", 9223372036854775808.0,
			"resp: got a bulk string, expected a boolean"},
		{"$16\r\n1234567890123456\r\n", "1234567890123456", int64(1234567890123456), 1234567890123456.0,
			"resp: got a bulk string, expected a boolean"},
		{"+OK\r\n", "OK", "resp: got a status, expected an integer",
			"resp: got a status, expected a floating point number", true},
		{"+12\r\n", "12", int64(12), 12.0, "resp: got a status, expected a boolean"},
		{":1\r\n", "1", int64(1), 1.0, true},
		{":0\r\n", "0", int64(0), 0.0, false},
		{":2\r\n", "2", int64(2), 2.0, "resp: got an integer, expected a boolean"},
		{":-9223372036854775808\r\n", "-9223372036854775808", int64(math.MinInt64), float64(math.MinInt64),
			"resp: got an integer, expected a boolean"},
		{",2.5\r\n", "2.5", "resp: got a double, expected an integer", 2.5,
			"resp: got a double, expected a boolean"},
		{",-0\r\n", "-0", "resp: got a double, expected an integer", math.Copysign(0, -1),
			"resp: got a double, expected a boolean"},
		{",.5\r\n", ".5", "resp: got a double, expected an integer", .5,
			"resp: got a double, expected a boolean"},
		{",5.\r\n", "5.", "resp: got a double, expected an integer", 5.,
			"resp: got a double, expected a boolean"},
		{"$4\r\n-nan\r\n", "-nan", "resp: got a bulk string, expected an integer", math.NaN(),
			"resp: got a bulk string, expected a boolean"},
		{"+NaN\r\n", "NaN", "resp: got a status, expected an integer", math.NaN(),
			"resp: got a status, expected a boolean"},
		{",\r\n", "", "resp: got a double, expected an integer",
			"resp: got a double, expected one that a float64 holds, in a known spelling",
			"resp: got a double, expected a boolean"},
		{",0x1p4\r\n", "0x1p4", "resp: got a double, expected an integer",
			"resp: got a double, expected one that a float64 holds, in a known spelling",
			"resp: got a double, expected a boolean"},
		{",many\r\n", "many", "resp: got a double, expected an integer",
			"resp: got a double, expected one that a float64 holds, in a known spelling",
			"resp: got a double, expected a boolean"},
		{",-nan(ind)\r\n", "-nan(ind)", "resp: got a double, expected an integer", math.NaN(),
			"resp: got a double, expected a boolean"},
		{",+inf\r\n", "+inf", "resp: got a double, expected an integer", math.Inf(1),
			"resp: got a double, expected a boolean"},
		{",1e400\r\n", "1e400", "resp: got a double, expected an integer",
			"resp: got a double, expected one that a float64 holds, in a known spelling",
			"resp: got a double, expected a boolean"},
		{"#t\r\n", "resp: got a boolean, expected a string", "resp: got a boolean, expected an integer",
			"resp: got a boolean, expected a floating point number", true},
		{"#f\r\n", "resp: got a boolean, expected a string", "resp: got a boolean, expected an integer",
			"resp: got a boolean, expected a floating point number", false},
		{"=6\r\ntxt:42\r\n", "42", int64(42), 42.0, "resp: got a verbatim string, expected a boolean"},
		{"(42\r\n", "42", int64(42), 42.0, "resp: got a big number, expected a boolean"},
		{"(92233720368547758070\r\n", "92233720368547758070", "resp: got a big number, expected an integer",
			92233720368547758070.0, "resp: got a big number, expected a boolean"},
		{"$-1\r\n", null + "a string", null + "an integer", null + "a floating point number",
			null + "a boolean"},
		{"*-1\r\n", null + "a string", null + "an integer", null + "a floating point number",
			null + "a boolean"},
		{"_\r\n", null + "a string", null + "an integer", null + "a floating point number",
			null + "a boolean"},
		{"-ERR secret\r\n", "resp: got an error, expected a string",
			"resp: got an error, expected an integer", "resp: got an error, expected a floating point number",
			"resp: got an error, expected a boolean"},
		{"!10\r\nERR secret\r\n", "resp: got a blob error, expected a string",
			"resp: got a blob error, expected an integer",
			"resp: got a blob error, expected a floating point number",
			"resp: got a blob error, expected a boolean"},
		{"*1\r\n:1\r\n", "resp: got an array, expected a string", "resp: got an array, expected an integer",
			"resp: got an array, expected a floating point number", "resp: got an array, expected a boolean"},
		{"%0\r\n", "resp: got a map, expected a string", "resp: got a map, expected an integer",
			"resp: got a map, expected a floating point number", "resp: got a map, expected a boolean"},
		{"", "resp: got the end of the frame, expected a string",
			"resp: got the end of the frame, expected an integer",
			"resp: got the end of the frame, expected a floating point number",
			"resp: got the end of the frame, expected a boolean"},
		{"|1\r\n+a\r\n+b\r\n:1\r\n", "1", int64(1), 1.0, true},
	} {
		t.Run(tc.wire, func(t *testing.T) {
			t.Parallel()
			var d Decoder
			check := func(method string, want any, call func() outcome) {
				t.Helper()
				d.Reset([]byte(tc.wire))
				got := call()
				if s, ok := want.(string); ok && strings.HasPrefix(s, "resp: ") {
					if got.err != s {
						t.Errorf("%s = %v, %q; want %q", method, got.value, got.err, s)
					}
					if tc.wire != "" && d.Skip() != nil {
						t.Errorf("%s: cannot skip after the error", method)
					}
				} else if f, ok := want.(float64); ok {
					if g, ok := got.value.(float64); !ok || !sameFloat(f, g) {
						t.Errorf("%s = %v, %q; want %v", method, got.value, got.err, want)
					}
				} else if got.value != want {
					t.Errorf("%s = %v, %q; want %v", method, got.value, got.err, want)
				}
				if d.More() {
					t.Errorf("%s: not at the end", method)
				}
			}
			check("Text", tc.text, func() outcome { return result(d.Text()) })
			check("Bytes", tc.text, func() outcome { b, err := d.Bytes(); return result(string(b), err) })
			check("Int", tc.integer, func() outcome { return result(d.Int()) })
			check("Float", tc.float, func() outcome { return result(d.Float()) })
			check("Bool", tc.boolean, func() outcome { return result(d.Bool()) })
		})
	}
}

func TestDecoderAggregates(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		wire       string
		n, pairs   int
		err, errMp string
	}{
		{"*2\r\n:1\r\n:2\r\n", 2, 1, "", ""},
		{"*0\r\n", 0, 0, "", ""},
		{"*1\r\n:1\r\n", 1, 0, "", "resp: got an array, expected an even number of elements for a map"},
		{"%2\r\n:1\r\n:2\r\n:3\r\n:4\r\n", 4, 2, "", ""},
		{"~2\r\n:1\r\n:2\r\n", 2, 0, "", "resp: got a set, expected a map or an array of pairs"},
		{">1\r\n:1\r\n", 1, 0, "", "resp: got a push, expected a map or an array of pairs"},
		{"|1\r\n+a\r\n+b\r\n*0\r\n", 0, 0, "", ""},
		{"$-1\r\n", 0, 0, "resp: got null, expected an array",
			"resp: got null, expected a map or an array of pairs"},
		{"*-1\r\n", 0, 0, "resp: got null, expected an array",
			"resp: got null, expected a map or an array of pairs"},
		{"_\r\n", 0, 0, "resp: got null, expected an array",
			"resp: got null, expected a map or an array of pairs"},
		{"$1\r\n1\r\n", 0, 0, "resp: got a bulk string, expected an array",
			"resp: got a bulk string, expected a map or an array of pairs"},
		{"-ERR\r\n", 0, 0, "resp: got an error, expected an array",
			"resp: got an error, expected a map or an array of pairs"},
		{"", 0, 0, "resp: got the end of the frame, expected an array",
			"resp: got the end of the frame, expected a map or an array of pairs"},
	} {
		t.Run(tc.wire, func(t *testing.T) {
			t.Parallel()
			d := NewDecoder([]byte(tc.wire))
			if got, want := result(d.Len()),
				(outcome{tc.n, tc.err}); tc.err == "" && got.value != want.value || got.err != want.err {
				t.Errorf("Len = %v, %q; want %v", got.value, got.err, want)
			}
			d.Reset([]byte(tc.wire))
			if got, want := result(d.MapLen()),
				(outcome{tc.pairs, tc.errMp}); tc.errMp == "" && got.value != want.value ||
				got.err != want.err {
				t.Errorf("MapLen = %v, %q; want %v", got.value, got.err, want)
			}
		})
	}
}

// Covers: F87
func TestErrorInsideAListIsReadable(t *testing.T) {
	t.Parallel()
	d := NewDecoder([]byte("*3\r\n:1\r\n-WRONGTYPE not a list\r\n!5\r\nERR x\r\n"))
	if n, err := d.Len(); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	if n, err := d.Int(); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	for _, want := range []string{"WRONGTYPE not a list", "ERR x"} {
		if !d.IsError() {
			t.Fatal("IsError is false")
		}
		_, err := d.Text()
		var te *TypeError
		if !errors.As(err, &te) || te.Got != KindError && te.Got != KindBlobError || te.Null {
			t.Errorf("Text = %v", err)
		}
		if text, err := d.ErrorText(); text != want || err != nil {
			t.Errorf("ErrorText = %q, %v; want %q", text, err, want)
		}
	}
	if d.More() {
		t.Error("bytes are left")
	}
}

func TestDecoderErrorTextOfOtherKinds(t *testing.T) {
	t.Parallel()
	d := NewDecoder([]byte("+OK\r\n"))
	if d.IsError() {
		t.Error("a status is an error")
	}
	if _, err := d.ErrorText(); err == nil || err.Error() != "resp: got a status, expected an error" {
		t.Errorf("ErrorText = %v", err)
	}
	if text, err := d.Text(); text != "OK" || err != nil {
		t.Errorf("Text = %q, %v", text, err)
	}
}

func TestDecoderNull(t *testing.T) {
	t.Parallel()
	for wire, want := range map[string]bool{
		"$-1\r\n": true, "*-1\r\n": true, "_\r\n": true, "|1\r\n+a\r\n+b\r\n_\r\n": true,
		"$0\r\n\r\n": false, "*0\r\n": false, ":-1\r\n": false, "-1\r\n": false, "+-1\r\n": false, "": false,
	} {
		d := NewDecoder([]byte(wire))
		if got := d.IsNull(); got != want {
			t.Errorf("%q: IsNull = %v", wire, got)
		}
		if got := d.Null(); got != want {
			t.Errorf("%q: Null = %v", wire, got)
		}
		if got := d.More(); got != (!want && wire != "") {
			t.Errorf("%q: More after Null = %v", wire, got)
		}
	}
}

func TestDecoderRawAndSkip(t *testing.T) {
	t.Parallel()
	wire := "*3\r\n$1\r\na\r\n|1\r\n+k\r\n*1\r\n:1\r\n%1\r\n+x\r\n*-1\r\n$-1\r\n"
	d := NewDecoder([]byte(wire))
	if _, err := d.Len(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"$1\r\na\r\n", "%1\r\n+x\r\n*-1\r\n", "$-1\r\n"} {
		if i == 1 {
			d.Kind() // must not change the result of Raw
		}
		raw, err := d.Raw()
		if string(raw) != want || err != nil || cap(raw) != len(raw) {
			t.Errorf("Raw = %q with capacity %d, %v; want %q", raw, cap(raw), err, want)
		}
	}
	for name, call := range map[string]func() error{
		"Skip": d.Skip,
		"Raw":  func() error { _, err := d.Raw(); return err },
	} {
		var te *TypeError
		if err := call(); !errors.As(err, &te) || te.Got != 0 || te.Want != "a value" {
			t.Errorf("%s at the end: %v", name, err)
		}
	}
}

func TestDecoderBytesAliasTheFrameOnly(t *testing.T) {
	t.Parallel()
	for _, wire := range []string{"$2\r\nab\r\n", "+ab\r\n", "=6\r\ntxt:ab\r\n", "(12\r\n", ",12\r\n",
		":12\r\n"} {
		frame := []byte(wire)
		d := NewDecoder(frame)
		b, err := d.Bytes()
		if err != nil || len(b) != 2 || cap(b) != 2 {
			t.Errorf("%q: Bytes = %q with capacity %d, %v", wire, b, cap(b), err)
			continue
		}
		b[0] = 'Z'
		if !strings.Contains(string(frame), "Z") {
			t.Errorf("%q: Bytes are a copy", wire)
		}
	}
}

// A decoder on an unchecked frame must not panic or announce elements that are not there.
func TestDecoderOnMalformedFrames(t *testing.T) {
	t.Parallel()
	for _, wire := range []string{
		"$", "$5", "$5\r", "$5\r\n", "$5\r\nab", "$5\r\nhello", "$5\r\nhello\r", "$-", "$-1", "$-1\r",
		"$x\r\n", "$\r\n\r\n",
		"$18446744073709551615\r\n", "$18446744073709551610\r\nab\r\n", "$99999999999999999999999\r\nab\r\n",
		"*", "*1", "*1\r\n", "*2\r\n:1\r\n", "*1000000000\r\n", "*18446744073709551615\r\n",
		"*9223372036854775807\r\n:1\r\n", "*-2", "*-1",
		"%1\r\n:1\r\n", "%2\r\n:1\r\n:2\r\n", "%3\r\n:1\r\n:2\r\n:3\r\n:4\r\n",
		"%4611686018427387904\r\n:1\r\n", "%1000000000\r\n", "|1\r\n:1\r\n", "|1\r\n:1\r\n:2\r\n", "|9\r\n",
		"|1\r\n:1\r\n$9\r\nabc\r\n:1\r\n", "|", "|0\r\n",
		"+", "+OK", "+OK\r", "-", "-ERR", "!", "!5\r\nab", "_", "_\r", "#", "#t", "#x\r\n", ":", ":1",
		":\r\n", ":x\r\n", ":99999999999999999999\r\n",
		",", ",1", ",x\r\n", "=", "=3\r\nabc\r\n", "=4\r\ntxt:", "(", "(1", "x", "\x00", "\r\n", "?",
		strings.Repeat("*1\r\n", 1000),
	} {
		d := NewDecoder([]byte(wire))
		exercise(t, &d)
		raw, err := d.Raw()
		if err == nil && len(raw) > len(wire) {
			t.Errorf("%q: Raw = %q", wire, raw)
		}
	}
}

// exercise calls every method at the decoder's place.
func exercise(t *testing.T, d *Decoder) {
	t.Helper()
	at := *d
	for name, call := range map[string]func(*Decoder) error{
		"Bytes":     func(d *Decoder) error { _, err := d.Bytes(); return err },
		"Text":      func(d *Decoder) error { _, err := d.Text(); return err },
		"Int":       func(d *Decoder) error { _, err := d.Int(); return err },
		"Float":     func(d *Decoder) error { _, err := d.Float(); return err },
		"Bool":      func(d *Decoder) error { _, err := d.Bool(); return err },
		"ErrorText": func(d *Decoder) error { _, err := d.ErrorText(); return err },
		"Skip":      func(d *Decoder) error { return d.Skip() },
		"Raw":       func(d *Decoder) error { _, err := d.Raw(); return err },
		"Null":      func(d *Decoder) error { d.Null(); d.IsNull(); d.IsError(); d.Kind(); return nil },
		"Len": func(d *Decoder) error {
			n, err := d.Len()
			if n < 0 || n > (len(d.b)-d.pos)/minValue {
				t.Errorf("%.100q: Len = %d", d.b, n)
			}
			return err
		},
		"MapLen": func(d *Decoder) error {
			n, err := d.MapLen()
			if n < 0 || n > (len(d.b)-d.pos)/minValue/2 {
				t.Errorf("%.100q: MapLen = %d", d.b, n)
			}
			return err
		},
	} {
		d := at
		err := call(&d)
		if d.pos < at.pos || d.pos > len(d.b) {
			t.Errorf("%.100q: %s moved from %d to %d", d.b, name, at.pos, d.pos)
		}
		var te *TypeError
		var pe *ProtocolError
		if err != nil && !errors.As(err, &te) && !errors.As(err, &pe) {
			t.Errorf("%.100q: %s = %v, which is neither a TypeError nor a ProtocolError", d.b, name, err)
		}
	}
}

func TestDecoderDoesNotAllocate(t *testing.T) {
	var d Decoder
	for name, tc := range map[string]struct {
		wire string
		call func() error
	}{
		"Bytes":       {"$5\r\nhello\r\n", func() error { _, err := d.Bytes(); return err }},
		"Int":         {":12345\r\n", func() error { _, err := d.Int(); return err }},
		"Int of text": {"$5\r\n12345\r\n", func() error { _, err := d.Int(); return err }},
		"Float":       {",1.2345678901234567e+100\r\n", func() error { _, err := d.Float(); return err }},
		"Bool":        {"#t\r\n", func() error { _, err := d.Bool(); return err }},
		"Len":         {"*2\r\n:1\r\n:2\r\n", func() error { _, err := d.Len(); return err }},
		"Skip":        {strings.Repeat("*2\r\n:1\r\n", 1000) + ":1\r\n", d.Skip},
		"Raw":         {"*2\r\n:1\r\n:2\r\n", func() error { _, err := d.Raw(); return err }},
		"Null":        {"$-1\r\n", func() error { d.Null(); return nil }},
	} {
		wire := []byte(tc.wire)
		if n := testing.AllocsPerRun(100, func() {
			d.Reset(wire)
			if err := tc.call(); err != nil {
				t.Fatal(name, err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
