// Package resp reads and writes RESP2 and RESP3, the protocols of Redis and Valkey, for clients and for
// servers. It works on byte slices, [io.Reader] and [io.Writer], and has no policy: it dials nothing, sets no
// deadlines and starts no goroutines.
//
// # Sending a command
//
// [AppendCommand] and the other Append functions add to a byte slice:
//
//	buf = resp.AppendCommand(buf[:0], "SET", "greeting", "hello")
//	_, err := conn.Write(buf)
//
// # Reading replies
//
// A [Reader] takes whole frames out of a stream, a [Decoder] takes a frame apart without allocating anything
// but the results:
//
//	r := resp.NewReader(conn, 0, resp.Limits{})
//	frame, err := r.ReadFrame()
//	if err != nil {
//		return err
//	}
//	d := resp.NewDecoder(frame)
//	if d.IsError() {
//		text, _ := d.ErrorText() // resp.SplitError gives code and message
//		return errors.New(text)
//	}
//	n, err := d.Len() // LRANGE, say
//	for range n {
//		s, err := d.Text()
//		...
//	}
//
// [Reader.Next] and [Reader.Fill] are the two halves of ReadFrame, for programs that want to handle all
// replies that one read has brought before they read again. [Scanner] is the part that finds the end of a
// frame in a buffer of your own.
//
// # Serving
//
// [Reader.ReadCommand] reads what clients send, inline commands too. A [Writer] answers in the protocol that
// the client has chosen:
//
//	args, err := r.ReadCommand()
//	...
//	w.Proto = 3 // after HELLO 3
//	w.Map(1)
//	w.Bulk("proto")
//	w.Integer(3)
//	err = w.Flush()
//
// # What a peer cannot do
//
// Every frame is checked before it is handed out: first bytes, lengths, numbers, line ends, nesting. [Limits]
// bound all of them before memory is allocated, and memory grows with the bytes that have arrived, not with
// announced lengths. A [*ProtocolError] says what is wrong; the stream should be closed after it. A
// [*TypeError] only says that a reply has another shape than the caller asked for. No input makes this
// package panic or recurse.
package resp
