package decode

import (
	"strings"

	"github.com/redpoll-go/redpoll/internal/floattext"
	"github.com/redpoll-go/redpoll/resp"
)

// JSONNumbers reads a number, or a list of numbers and nulls. A null is not valid.
func JSONNumbers(text string) (numbers []float64, valid []bool, err error) {
	inner, isList := strings.CutPrefix(text, "[")
	if isList {
		if inner, isList = strings.CutSuffix(inner, "]"); !isList {
			return nil, nil, &resp.TypeError{Want: "a JSON list with an end", Got: resp.KindBulk}
		}
		if strings.TrimSpace(inner) == "" {
			return nil, nil, nil
		}
	}
	for _, part := range strings.Split(inner, ",") {
		part = strings.TrimSpace(part)
		n, err := floattext.Parse(part, 64)
		if err != nil && part != "null" {
			return nil, nil, &resp.TypeError{Want: "a number or a JSON list of numbers", Got: resp.KindBulk}
		}
		numbers, valid = append(numbers, n), append(valid, err == nil)
	}
	return numbers, valid, nil
}
