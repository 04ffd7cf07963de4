package resp

import "strconv"

// Kind is the kind of a RESP value: the first byte of its frame. The zero Kind means that there is no value;
// [Decoder.Kind] returns it at the end of a frame.
type Kind byte

// RESP2 has the kinds status, error, integer, bulk string and array; the others belong to RESP3.
const (
	KindStatus    Kind = '+' // a short line such as OK
	KindError     Kind = '-' // an error line
	KindInteger   Kind = ':' // a signed 64-bit integer
	KindBulk      Kind = '$' // a byte string with its length, or null
	KindArray     Kind = '*' // a list of values, or null
	KindNull      Kind = '_' // the null of RESP3
	KindDouble    Kind = ',' // a floating point number
	KindBool      Kind = '#' // true or false
	KindBlobError Kind = '!' // an error with its length, may hold line ends
	KindVerbatim  Kind = '=' // a byte string with a three letter format
	KindBigNumber Kind = '(' // an integer of any size
	KindMap       Kind = '%' // pairs of values
	KindSet       Kind = '~' // a list of distinct values
	KindAttribute Kind = '|' // pairs that annotate the value after them
	KindPush      Kind = '>' // a list that the server sends without a request
)

// String returns the kind's name in lower case, such as "bulk string".
func (k Kind) String() string {
	switch k {
	case 0:
		return "end of frame"
	case KindStatus:
		return "status"
	case KindError:
		return "error"
	case KindInteger:
		return "integer"
	case KindBulk:
		return "bulk string"
	case KindArray:
		return "array"
	case KindNull:
		return "null"
	case KindDouble:
		return "double"
	case KindBool:
		return "boolean"
	case KindBlobError:
		return "blob error"
	case KindVerbatim:
		return "verbatim string"
	case KindBigNumber:
		return "big number"
	case KindMap:
		return "map"
	case KindSet:
		return "set"
	case KindAttribute:
		return "attribute"
	case KindPush:
		return "push"
	}
	return "unknown kind " + strconv.QuoteRune(rune(k))
}
