package resp

import (
	"math/big"
	"strconv"
)

// The functions that begin with Append add a value, or the header of an aggregate, to dst and return the
// longer slice, like the built-in append. The added bytes are always well formed. Functions for aggregates
// take the number of elements, which the caller adds next; a negative number counts as 0.

// AppendCommand appends a command as clients send it: an array of bulk strings.
func AppendCommand(dst []byte, args ...string) []byte {
	dst = AppendArray(dst, len(args))
	for _, arg := range args {
		dst = AppendBulk(dst, arg)
	}
	return dst
}

// AppendArray appends the header of an array of n elements.
func AppendArray(dst []byte, n int) []byte { return appendHeader(dst, '*', n) }

// AppendMap appends the header of a map; 2*pairs values follow as its elements. RESP3.
func AppendMap(dst []byte, pairs int) []byte { return appendHeader(dst, '%', pairs) }

// AppendSet appends the header of a set of n elements. RESP3.
func AppendSet(dst []byte, n int) []byte { return appendHeader(dst, '~', n) }

// AppendPush appends the header of a push of n elements. RESP3, never inside another value.
func AppendPush(dst []byte, n int) []byte { return appendHeader(dst, '>', n) }

// AppendAttribute appends the header of an attribute; 2*pairs values follow as its elements, and then the
// value that it annotates. RESP3.
func AppendAttribute(dst []byte, pairs int) []byte { return appendHeader(dst, '|', pairs) }

// AppendBulk appends a bulk string.
func AppendBulk(dst []byte, s string) []byte {
	dst = appendHeader(dst, '$', len(s))
	dst = append(dst, s...)
	return append(dst, '\r', '\n')
}

// AppendBulkBytes is AppendBulk for a byte slice. A nil slice is an empty string, not null.
func AppendBulkBytes(dst []byte, b []byte) []byte {
	dst = appendHeader(dst, '$', len(b))
	dst = append(dst, b...)
	return append(dst, '\r', '\n')
}

// AppendStatus appends a status. Line ends in s become spaces.
func AppendStatus(dst []byte, s string) []byte { return appendLine(dst, '+', s) }

// AppendError appends an error, whose text should begin with a code: "ERR no such key". Line ends in text
// become spaces.
func AppendError(dst []byte, text string) []byte { return appendLine(dst, '-', text) }

// AppendBlobError appends an error that may hold any bytes. RESP3.
func AppendBlobError(dst []byte, text string) []byte {
	dst = appendHeader(dst, '!', len(text))
	dst = append(dst, text...)
	return append(dst, '\r', '\n')
}

// AppendInteger appends an integer.
func AppendInteger(dst []byte, n int64) []byte {
	dst = append(dst, ':')
	dst = strconv.AppendInt(dst, n, 10)
	return append(dst, '\r', '\n')
}

// AppendNull appends the null that stands for a missing string: "_" if proto is 3, else "$-1".
func AppendNull(dst []byte, proto int) []byte {
	if proto == 3 {
		return append(dst, "_\r\n"...)
	}
	return append(dst, "$-1\r\n"...)
}

// AppendNullArray appends the null that stands for a missing array: "_" if proto is 3, else "*-1".
func AppendNullArray(dst []byte, proto int) []byte {
	if proto == 3 {
		return append(dst, "_\r\n"...)
	}
	return append(dst, "*-1\r\n"...)
}

// AppendDouble appends a floating point number with as many digits as are needed to read the same number
// again; inf, -inf and nan too. RESP3.
func AppendDouble(dst []byte, f float64) []byte {
	dst = append(dst, ',')
	dst = appendFloat(dst, f)
	return append(dst, '\r', '\n')
}

// AppendBool appends a boolean. RESP3.
func AppendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, "#t\r\n"...)
	}
	return append(dst, "#f\r\n"...)
}

// AppendBigNumber appends an integer of any size; nil is the null of RESP3. RESP3.
func AppendBigNumber(dst []byte, n *big.Int) []byte {
	if n == nil {
		return AppendNull(dst, 3)
	}
	dst = append(dst, '(')
	dst = n.Append(dst, 10)
	return append(dst, '\r', '\n')
}

// AppendVerbatim appends a string together with its format, three letters such as "txt" or "mkd"; a format of
// another length is sent as "txt". RESP3.
func AppendVerbatim(dst []byte, format, text string) []byte {
	if len(format) != 3 {
		format = "txt"
	}
	dst = appendHeader(dst, '=', len(text)+4)
	dst = append(dst, format...)
	dst = append(dst, ':')
	dst = append(dst, text...)
	return append(dst, '\r', '\n')
}

// appendHeader appends a first byte with a length.
func appendHeader(dst []byte, kind byte, n int) []byte {
	if n >= 0 && n < 10 { // most lengths are short
		return append(dst, kind, '0'+byte(n), '\r', '\n')
	}
	dst = append(dst, kind)
	dst = strconv.AppendInt(dst, int64(max(n, 0)), 10)
	return append(dst, '\r', '\n')
}

// appendLine appends a line of text. Line ends inside the text become spaces, because they would make two
// lines.
func appendLine(dst []byte, kind byte, s string) []byte {
	dst = append(dst, kind)
	start := len(dst)
	dst = append(dst, s...)
	for i, c := range dst[start:] {
		if c == '\r' || c == '\n' {
			dst[start+i] = ' '
		}
	}
	return append(dst, '\r', '\n')
}
