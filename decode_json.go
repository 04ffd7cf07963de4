package redpoll

import (
	"strings"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// enterFound enters what a path found: a list with an element for each place, or the value that the one place of a legacy path
// gives, which becomes a list of one.
func enterFound(d *reply) (int, error) {
	switch {
	case d.Null():
		return 0, Nil
	case d.IsList():
		return d.Len()
	}
	return 1, nil
}

// decodeJSONTexts reads JSON text, which no text encoding concerns.
func decodeJSONTexts(d *reply, v *[]Null[string]) error {
	n, err := enterFound(d)
	if err != nil {
		return err
	}
	list := make([]Null[string], n)
	for i := range list {
		if d.Null() {
			continue
		}
		list[i].Valid = true
		if list[i].V, err = d.Text(); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

func decodeJSONInts(d *reply, v *[]Null[int64]) error {
	n, err := enterFound(d)
	if err != nil {
		return err
	}
	list := make([]Null[int64], n)
	for i := range list {
		if err := elementNullInt(d, &list[i]); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

func decodeJSONBools(d *reply, v *[]Null[bool]) error {
	n, err := enterFound(d)
	if err != nil {
		return err
	}
	list := make([]Null[bool], n)
	for i := range list {
		if d.Null() {
			continue
		}
		list[i].Valid = true
		if list[i].V, err = d.JSONBool(); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

// decodeJSONFloats reads numbers, which RESP2 gives as the text of a JSON list, or of one number for a legacy path.
func decodeJSONFloats(d *reply, v *[]Null[float64]) error {
	if d.IsList() || d.IsNull() || d.Kind() != resp.KindBulk {
		n, err := enterFound(d)
		if err != nil {
			return err
		}
		list := make([]Null[float64], n)
		for i := range list {
			if err := elementNullFloat(d, &list[i]); err != nil {
				return err
			}
		}
		*v = list
		return nil
	}
	text, err := d.Text()
	if err != nil {
		return err
	}
	numbers, valid, err := decode.JSONNumbers(text)
	list := make([]Null[float64], len(numbers))
	for i := range list {
		list[i].V, list[i].Valid = numbers[i], valid[i]
	}
	*v = list
	return err
}

// jsonKeys is the filler for lists of names, one for each object that was found, or only one for a legacy path. An object
// without members and a path that finds nothing look the same.
//
//go:noinline
func jsonKeys(path string) filler {
	return func(d *reply, slot any) error {
		return decodeJSONKeys(d, slot.(*[]Null[[]string]), !strings.HasPrefix(path, "$"))
	}
}

func decodeJSONKeys(d *reply, v *[]Null[[]string], legacy bool) error {
	if d.Null() {
		return Nil
	}
	n, err := d.Len()
	if err != nil {
		return err
	}
	if n == 0 && legacy || n > 0 && !d.IsList() && !d.IsNull() {
		names := make([]string, n)
		for i := range names {
			if names[i], err = d.Text(); err != nil {
				return err
			}
		}
		*v = []Null[[]string]{{V: names, Valid: true}}
		return nil
	}
	list := make([]Null[[]string], n)
	for i := range list {
		if d.Null() {
			continue
		}
		list[i].Valid = true
		if err := decode.Inside(decode.Words(d, &list[i].V)); err != nil {
			return err
		}
	}
	*v = list
	return nil
}
