package monitor

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// quoted writes an argument as servers do.
func quoted(arg string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(arg) {
		switch c := arg[i]; {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case strings.IndexByte("\n\r\t\a\b", c) >= 0:
			b.WriteString(`\` + string("nrtab"[strings.IndexByte("\n\r\t\a\b", c)]))
		case c >= ' ' && c < 0x7f:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func texts(args [][]byte) []string {
	list := make([]string, len(args))
	for i, a := range args {
		list[i] = string(a)
	}
	return list
}

func TestLine(t *testing.T) {
	t.Parallel()
	at := func(sec, micro int64) time.Time { return time.UnixMicro(sec*1e6 + micro) }
	var line Line // all cases use one, so that nothing of the one before may be left
	for _, c := range []struct {
		name, text string
		want       Line
		args       []string
		command    string
	}{
		{"usual", `1339518083.107412 [0 127.0.0.1:60866] "keys" "*"`,
			Line{Time: at(1339518083, 107412), Origin: TCP, Addr: "127.0.0.1:60866"}, []string{"keys", "*"},
			"keys *"},
		{"bracket and blank in an argument", `1.5 [0 172.18.0.4:36030] "XADD" "s" "*" "d" "] "`,
			Line{Time: at(1, 500000), Origin: TCP, Addr: "172.18.0.4:36030"}, []string{"XADD", "s", "*", "d",
				"] "}, "XADD s * d ] "},
		{"an argument that looks like the end of an address", `1.5 [3 h:1] "SET" "k" "[0 lua] \"GET\" \"x\""`,
			Line{Time: at(1, 500000), DB: 3, Origin: TCP, Addr: "h:1"}, []string{"SET", "k",
				`[0 lua] "GET" "x"`}, `SET k [0 lua] "GET" "x"`},
		{"backslash at the end", `2.000001 [0 h:1] "SET" "k\\" "\\"`,
			Line{Time: at(2, 1), Origin: TCP, Addr: "h:1"}, []string{"SET", `k\`, `\`}, `SET k\ \`},
		{"all escapes", `2.0 [0 h:1] "\n\r\t\a\b\"\\\x00\xff\xC3\xa9'\'"`,
			Line{Time: at(2, 0), Origin: TCP, Addr: "h:1"}, []string{"\n\r\t\a\b\"\\\x00\xff\xc3\xa9''"},
			`\n\r\t\a\b"\\x00\xff\xc3\xa9''`},
		{"bytes above 127 as they are", "2.0 [0 h:1] \"é\xff\"",
			Line{Time: at(2, 0), Origin: TCP, Addr: "h:1"}, []string{"é\xff"}, `\xc3\xa9\xff`},
		{"empty arguments", `2.0 [0 h:1] "" ""`, Line{Time: at(2, 0), Origin: TCP, Addr: "h:1"}, []string{"",
			""}, " "},
		{"IPv6", `2.0 [15 [::1]:6379] "PING"`, Line{Time: at(2, 0), DB: 15, Origin: TCP, Addr: "[::1]:6379"},
			[]string{"PING"}, "PING"},
		{"IPv6 of old servers", `2.0 [0 fe80::1%eth0:6379] "PING"`,
			Line{Time: at(2, 0), Origin: TCP, Addr: "[fe80::1%eth0]:6379"}, []string{"PING"}, "PING"},
		{"script", `2.0 [9 lua] "set" "k" "v"`, Line{Time: at(2, 0), DB: 9, Origin: Script}, []string{"set",
			"k", "v"}, "set k v"},
		{"socket", `2.0 [0 unix:/tmp/s.sock] "PING"`, Line{Time: at(2, 0), Origin: Unix, Addr: "/tmp/s.sock"},
			[]string{"PING"}, "PING"},
		{"socket with blanks and brackets", `2.0 [0 unix:/tmp/a [b] ] c] [d.sock] "PING" "] "`,
			Line{Time: at(2, 0), Origin: Unix, Addr: "/tmp/a [b] ] c] [d.sock"}, []string{"PING", "] "},
			"PING ] "},
		{"socket with a quote behind a bracket", `2.0 [0 unix:/tmp/a] "b] "PING"`,
			Line{Time: at(2, 0), Origin: Unix, Addr: `/tmp/a] "b`}, []string{"PING"}, "PING"},
		{"no fraction", `2 [0 h:1] "PING"`, Line{Time: at(2, 0), Origin: TCP, Addr: "h:1"}, []string{"PING"},
			"PING"},
		{"no address", `2.0 [0 ] "PING"`, Line{Time: at(2, 0), Origin: TCP}, []string{"PING"}, "PING"},
		{"namespace", `2.0 [__namespace 127.0.0.1:1] "PING"`,
			Line{Time: at(2, 0), Namespace: "__namespace", Origin: TCP, Addr: "127.0.0.1:1"},
			[]string{"PING"}, "PING"},
	} {
		if err := line.Parse([]byte(c.text)); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !line.Time.Equal(c.want.Time) || line.DB != c.want.DB || line.Namespace != c.want.Namespace ||
			line.Origin != c.want.Origin || line.Addr != c.want.Addr || !slices.Equal(texts(line.Args),
			c.args) {
			t.Errorf("%s: got %+v and %q, want %+v and %q", c.name, line, line.Args, c.want, c.args)
		}
		if got := string(AppendText(nil, line.Args)); got != c.command {
			t.Errorf("%s: the text is %q, want %q", c.name, got, c.command)
		}
	}
}

// A bad line names its fault and gives no part of a record away.
func TestBadLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, reason string }{
		"empty":                     {"", "does not begin with a time"},
		"status":                    {"OK", "does not begin with a time"},
		"time that is not a number": {`now [0 h:1] "secret"`, "does not begin with a time"},
		"negative time":             {`-1.0 [0 h:1] "secret"`, "does not begin with a time"},
		"fraction that is not one":  {`1.x [0 h:1] "secret"`, "does not begin with a time"},
		"too fine":                  {`1.0123456789 [0 h:1] "secret"`, "does not begin with a time"},
		"of the oldest servers":     {`1.5 (db 2) "secret"`, "does not begin with a time"},
		"no database":               {`1.5 [ h:1] "secret"`, "has no database"},
		"no address":                {`1.5 [0] "secret"`, "has no command behind its address"},
		"no end of the address":     {`1.5 [0 h:1 "secret"`, "has no command behind its address"},
		"no command":                {`1.5 [0 h:1] `, "has no command behind its address"},
		"no quotes":                 {`1.5 [0 h:1] secret`, "has no command behind its address"},
		"no quotes further on":      {`1.5 [0 h:1] "SET" secret`, "has an argument without quotes"},
		"blank at the end":          {`1.5 [0 h:1] "SET" `, "has an argument without quotes"},
		"two blanks":                {`1.5 [0 h:1] "SET"  "secret"`, "has an argument without quotes"},
		"no blank":                  {`1.5 [0 h:1] "SET""secret"`, "has no blank behind an argument"},
		"cut at a line end": {`1.5 [0 h:1] "SET" "k" "secret`,
			"ends inside an argument: the server, or a proxy, does not escape line ends"},
		"cut behind a backslash":      {`1.5 [0 h:1] "SET" "secret\`, "has an escape that is not known"},
		"cut in an escape":            {`1.5 [0 h:1] "secret\x1`, "has an escape that is not known"},
		"escape that is not one":      {`1.5 [0 h:1] "secret\q"`, "has an escape that is not known"},
		"hexadecimal that is not one": {`1.5 [0 h:1] "secret\x+1"`, "has an escape that is not known"},
		"line feed":                   {"1.5 [0 h:1] \"secret\nsecret\"", "has a control character"},
		"delete":                      {"1.5 [0 h:1] \"secret\x7f\"", "has a control character"},
		"socket without a command": {`1.5 [0 unix:/tmp/a] "secret] "b] x`,
			"has no blank behind an argument"},
	} {
		var line Line
		err := line.Parse([]byte(c.text))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: got %v, want one that says %q", name, err, c.reason)
		} else if strings.Contains(err.Error(), "secret") || syntax.At > len(c.text) {
			t.Errorf("%s: the error is %q", name, err)
		}
	}
}

// No beginning of a line is a record, except where an argument ends: there no parser could know better.
func TestHalfLine(t *testing.T) {
	t.Parallel()
	const text = `1.5 [0 [::1]:6379] "SET" "a\"b\\" "] \x00"`
	var line Line
	for n := range len(text) {
		ends := strings.HasSuffix(text[:n], `T"`) || strings.HasSuffix(text[:n], `\\"`)
		if err := line.Parse([]byte(text[:n])); (err == nil) != ends {
			t.Errorf("%q: got %q, %v", text[:n], line.Args, err)
		}
	}
}

// Arguments come back as they are, wherever they stand and whatever was read before.
func FuzzArguments(f *testing.F) {
	f.Add("SET", "k", `] "x`)
	f.Add("", "\\", "\x00\xff\r\n")
	f.Add("[0 lua]", `"`, `\"`)
	f.Fuzz(func(t *testing.T, a, b, c string) {
		args := []string{a, b, c}
		var line Line
		for _, from := range []string{"1.2.3.4:5", "[::1]:5", "lua", "unix:/tmp/s"} {
			text := "1.5 [7 " + from + "] " + quoted(a) + " " + quoted(b) + " " + quoted(c)
			if err := line.Parse([]byte(text)); err != nil || !slices.Equal(texts(line.Args), args) ||
				line.DB != 7 {
				t.Errorf("%s: got %+v, %v", text, line, err)
			}
		}
	})
}

// Parse takes any bytes, and gives a line or an error. A line that it takes says the same when a server
// writes it.
func FuzzLine(f *testing.F) {
	f.Add([]byte(`1339518083.107412 [0 127.0.0.1:60866] "keys" "*"`))
	f.Add([]byte(`1.5 [0 unix:/tmp/a] "b] "PING"`))
	f.Add([]byte(`1.5 [9 lua] "set" "\x00\n" "] "`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var line, again Line
		if line.Parse(text) != nil {
			return
		}
		if len(line.Args) == 0 || line.Origin < TCP || line.Origin > Script || line.DB < 0 {
			t.Errorf("%q: got %+v", text, line)
		}
		words := make([]string, len(line.Args))
		for i, a := range line.Args {
			words[i] = quoted(string(a))
		}
		canonical := fmt.Sprintf("1.5 [%d h:1] %s", line.DB, strings.Join(words, " "))
		if err := again.Parse([]byte(canonical)); err != nil || !slices.EqualFunc(again.Args, line.Args,
			bytes.Equal) {
			t.Errorf("%q: got %q, and %q, %v, of %q", text, line.Args, again.Args, err, canonical)
		}
	})
}
