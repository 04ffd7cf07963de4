package testkit

import (
	"fmt"
	"strings"

	"github.com/redpoll-go/redpoll/resp"
)

// Frame returns the bytes of a reply in a short notation: a blank stands for a line end, and a raised dot for
// a blank. An empty notation has no bytes.
func Frame(text string) []byte {
	if text == "" {
		return nil
	}
	return []byte(shorthand.Replace(text) + "\r\n")
}

var shorthand = strings.NewReplacer(" ", "\r\n", "·", " ")

// These types are values of replies, for [Reply]. []any is an array, a string a bulk string, nil a missing
// value; numbers and booleans stand for themselves.
type (
	Status  string
	Refusal string // an error
	Map     []any  // names and values in turn
	Set     []any

	Verbatim  string   // text without markup
	NullArray struct{} // missing value in place of an array
)

// Reply returns the frame of a reply that is given as a value. Over RESP2 maps and sets are arrays, and
// floats and verbatim texts are bulk strings.
func Reply(protocol int, v any) string { return string(appendReply(nil, protocol, v)) }

func appendReply(b []byte, protocol int, v any) []byte {
	elements := func(b []byte, list []any) []byte {
		for _, e := range list {
			b = appendReply(b, protocol, e)
		}
		return b
	}
	switch v := v.(type) {
	case nil:
		return resp.AppendNull(b, protocol)
	case Status:
		return resp.AppendStatus(b, string(v))
	case Refusal:
		return resp.AppendError(b, string(v))
	case string:
		return resp.AppendBulk(b, v)
	case Verbatim:
		if protocol == 2 {
			return resp.AppendBulk(b, string(v))
		}
		return resp.AppendVerbatim(b, "txt", string(v))
	case NullArray:
		return resp.AppendNullArray(b, protocol)
	case int:
		return resp.AppendInteger(b, int64(v))
	case float64:
		if protocol == 2 {
			return resp.AppendBulk(b, fmt.Sprint(v))
		}
		return resp.AppendDouble(b, v)
	case bool:
		return resp.AppendBool(b, v)
	case []any:
		return elements(resp.AppendArray(b, len(v)), v)
	case Map:
		if protocol == 2 {
			return elements(resp.AppendArray(b, len(v)), v)
		}
		return elements(resp.AppendMap(b, len(v)/2), v)
	case Set:
		if protocol == 2 {
			return elements(resp.AppendArray(b, len(v)), v)
		}
		return elements(resp.AppendSet(b, len(v)), v)
	}
	panic(fmt.Sprintf("BUG: no reply is made of %T", v))
}

// SearchReply returns the reply of FT.SEARCH and FT.AGGREGATE over RESP3.
func SearchReply(total int, rows ...any) Map {
	return Map{"attributes", []any{}, "total_results", total, "format", "STRING", "results",
		append([]any{}, rows...), "warning", []any{}}
}

// SearchRow returns a row of a [SearchReply], or a document without an ID.
func SearchRow(fields ...any) Map {
	return Map{"extra_attributes", Map(fields), "values", []any{}}
}
