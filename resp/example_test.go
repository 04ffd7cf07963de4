package resp_test

import (
	"fmt"
	"io"
	"strings"

	"github.com/redpoll-go/redpoll/resp"
)

// A client sends commands, then takes the replies one after the other.
func Example() {
	request := resp.AppendCommand(nil, "SET", "greeting", "hello")
	request = resp.AppendCommand(request, "LRANGE", "jobs", "0", "-1")
	fmt.Printf("%q\n", request)

	server := strings.NewReader("+OK\r\n*2\r\n$5\r\nfirst\r\n$6\r\nsecond\r\n")
	r := resp.NewReader(server, 0, resp.Limits{})
	for {
		frame, err := r.ReadFrame()
		if err == io.EOF {
			return
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		d := resp.NewDecoder(frame)
		switch d.Kind() {
		case resp.KindArray:
			n, _ := d.Len()
			for range n {
				s, err := d.Text()
				fmt.Println(s, err)
			}
		default:
			s, err := d.Text()
			fmt.Println(s, err)
		}
	}
	// Output:
	// "*3\r\n$3\r\nSET\r\n$8\r\ngreeting\r\n$5\r\nhello\r\n*4\r\n$6\r\nLRANGE\r\n$4\r\njobs\r\n$1\r\n0\r\n$2\r\n-1\r\n"
	// OK <nil>
	// first <nil>
	// second <nil>
}

// A server reads commands and answers in the protocol of the client.
func Example_server() {
	client := strings.NewReader("*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\nPING\r\n")
	r := resp.NewReader(client, 0, resp.Limits{})
	var conn strings.Builder
	w := resp.NewWriter(&conn, 0)
	for {
		args, err := r.ReadCommand()
		if err != nil {
			break
		}
		switch strings.ToUpper(string(args[0])) {
		case "HELLO":
			w.Proto = 3
			w.Map(1)
			w.Bulk("proto")
			w.Integer(3)
		case "PING":
			w.Status("PONG")
		default:
			w.Error("ERR unknown command")
		}
		if r.Buffered() == 0 { // answer a pipeline with one write
			if err := w.Flush(); err != nil {
				break
			}
		}
	}
	fmt.Printf("%q\n", conn.String())
	// Output:
	// "%1\r\n$5\r\nproto\r\n:3\r\n+PONG\r\n"
}

func ExampleScanner() {
	var s resp.Scanner
	s.Init(resp.Limits{Bulk: 1 << 20})
	var buf []byte
	for _, arrived := range []string{"$5\r\nhe", "llo\r", "\n+OK\r\n"} {
		buf = append(buf, arrived...)
		n, err := s.Scan(buf)
		fmt.Println(n, err)
	}
	// Output:
	// 0 <nil>
	// 0 <nil>
	// 11 <nil>
}

func ExampleReader_Next() {
	r := resp.NewReader(strings.NewReader("+OK\r\n:1\r\n:2\r\n"), 0, resp.Limits{})
	if err := r.Fill(); err != nil { // one read
		fmt.Println(err)
		return
	}
	for { // all frames of this read
		frame, err := r.Next()
		if frame == nil || err != nil {
			fmt.Println("nothing left", err)
			return
		}
		fmt.Printf("%q\n", frame)
	}
	// Output:
	// "+OK\r\n"
	// ":1\r\n"
	// ":2\r\n"
	// nothing left <nil>
}

func ExampleReader_ReadCommand() {
	r := resp.NewReader(strings.NewReader("SET 'two words' 1\r\n"), 0, resp.Limits{})
	args, err := r.ReadCommand()
	fmt.Printf("%q %v\n", args, err)
	// Output:
	// ["SET" "two words" "1"] <nil>
}

func ExampleDecoder() {
	// HGETALL is a map in RESP3 and an array in RESP2: MapLen takes both.
	for _, frame := range []string{"%1\r\n$3\r\nage\r\n:42\r\n", "*2\r\n$3\r\nage\r\n$2\r\n42\r\n"} {
		d := resp.NewDecoder([]byte(frame))
		pairs, err := d.MapLen()
		if err != nil {
			fmt.Println(err)
			return
		}
		for range pairs {
			field, _ := d.Text()
			n, err := d.Int()
			fmt.Println(field, n, err)
		}
	}
	// Output:
	// age 42 <nil>
	// age 42 <nil>
}

func ExampleTypeError() {
	d := resp.NewDecoder([]byte("$5\r\nhello\r\n"))
	_, err := d.Int()
	fmt.Println(err)
	s, err := d.Text() // the value is still there
	fmt.Println(s, err)
	// Output:
	// resp: got a bulk string, expected an integer
	// hello <nil>
}

func ExampleProtocolError() {
	r := resp.NewReader(strings.NewReader("HTTP/1.1 400 Bad Request\r\n"), 0, resp.Limits{})
	_, err := r.ReadFrame()
	fmt.Println(err)
	// Output:
	// resp: protocol error: no RESP value starts with this byte, got "HTTP/1.1 400 Bad Request"
}

func ExampleWriter() {
	for _, proto := range []int{2, 3} {
		var conn strings.Builder
		w := resp.NewWriter(&conn, 0)
		w.Proto = proto
		w.Double(1.5)
		w.Null()
		err := w.Flush()
		fmt.Printf("%q %v\n", conn.String(), err)
	}
	// Output:
	// "$3\r\n1.5\r\n$-1\r\n" <nil>
	// ",1.5\r\n_\r\n" <nil>
}

func ExampleAppendCommand() {
	fmt.Printf("%q\n", resp.AppendCommand(nil, "GET", "key"))
	// Output:
	// "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n"
}

func ExampleSplitError() {
	code, message := resp.SplitError("WRONGTYPE Operation against a key holding the wrong kind of value")
	fmt.Println(code)
	fmt.Println(message)
	// Output:
	// WRONGTYPE
	// Operation against a key holding the wrong kind of value
}
