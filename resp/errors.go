package resp

import (
	"bytes"
	"strconv"
	"strings"
)

// ProtocolError says that the peer sent bytes that are not RESP, or that exceed the [Limits]. The stream has
// lost step for good: close it.
type ProtocolError struct {
	// Reason says what is wrong and what was expected.
	Reason string
	// Got is an excerpt of the wrong bytes as a quoted string: at most 32 bytes, and of one line. It is empty
	// if the reason is enough.
	Got string
}

// Error returns the reason and the excerpt.
func (e *ProtocolError) Error() string {
	if e.Got == "" {
		return "resp: protocol error: " + e.Reason
	}
	return "resp: protocol error: " + e.Reason + ", got " + e.Got
}

// maxExcerpt is the most bytes of a bad stream that an error may show.
const maxExcerpt = 32

// excerpt quotes the start of b for [ProtocolError.Got].
func excerpt(b []byte) string {
	b = b[:min(len(b), maxExcerpt)]
	if i := bytes.IndexAny(b, "\r\n"); i > 0 {
		b = b[:i]
	}
	return strconv.Quote(string(b))
}

// TypeError says that the next value has another shape than the caller of a [Decoder] asked for. The frame is
// well formed and the stream still in step. The decoder has not moved, so [Decoder.Skip] or another method
// may continue.
type TypeError struct {
	// Want is the shape that the caller asked for, such as "an integer".
	Want string
	// Got is the kind of the value; 0 at the end of the frame.
	Got Kind
	// Null says that the value is a null.
	Null bool
	// Text is the text of the value if Got is KindError or KindBlobError; see [SplitError].
	Text string
}

// Error returns the kind of the value and the expected shape. It never shows the value.
func (e *TypeError) Error() string {
	switch {
	case e.Null:
		return "resp: got null, expected " + e.Want
	case e.Got == 0:
		return "resp: got the end of the frame, expected " + e.Want
	}
	return "resp: got " + article(e.Got) + ", expected " + e.Want
}

// article returns the name of a kind after "a" or "an".
func article(k Kind) string {
	name := k.String()
	if strings.IndexByte("aeiou", name[0]) >= 0 {
		return "an " + name
	}
	return "a " + name
}

// SplitError splits the text of an error reply into its code and its message: "WRONGTYPE Operation against
// ..." gives "WRONGTYPE" and "Operation against ...". A code is a first word of two or more capital letters,
// digits, underscores and hyphens that begins with a letter. Without a code, code is empty and message is the
// whole text.
func SplitError(text string) (code, message string) {
	word, rest, _ := strings.Cut(text, " ")
	if len(word) < 2 || word[0] < 'A' || word[0] > 'Z' {
		return "", text
	}
	for i := 1; i < len(word); i++ {
		c := word[i]
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return "", text
		}
	}
	return word, rest
}
