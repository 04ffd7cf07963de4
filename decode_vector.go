package redpoll

import (
	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// decodeVectorMatches reads element, score and attributes: flat in RESP2, in RESP3 a map from the element to the others.
func decodeVectorMatches(d *reply, v *[]VectorMatch) error {
	if d.Null() {
		return Nil
	}
	isMap := d.Kind() == resp.KindMap
	n, err := d.Len()
	if err != nil {
		return err
	}
	size := 3
	if isMap {
		size = 2
	}
	if n%size != 0 {
		return &resp.TypeError{Want: "elements with score and attributes", Got: resp.KindArray}
	}
	list := make([]VectorMatch, n/size)
	for i := range list {
		m := &list[i]
		if m.Element, err = d.UserText(); err != nil {
			return err
		}
		if isMap {
			if err = d.ExpectLen(2, "score and attributes"); err != nil {
				return err
			}
		}
		if m.Score, err = d.Float(); err != nil {
			return err
		}
		if d.Null() {
			continue
		}
		m.Attributes.Valid = true
		if m.Attributes.V, err = d.Text(); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

func decodeRawVector(d *reply, v *RawVector) error {
	if d.Null() {
		return Nil
	}
	n, err := d.Len()
	if err != nil {
		return err
	}
	if n < 3 {
		return &resp.TypeError{Want: "a vector with its form and norm", Got: resp.KindArray}
	}
	if v.Quantization, err = d.Text(); err != nil {
		return err
	}
	if v.Data, err = d.UserBytes(); err != nil {
		return err
	}
	if v.Norm, err = d.Float(); err != nil || n == 3 {
		return err
	}
	v.Range, err = d.Float()
	return err
}

// decodeZLinks reads lists of elements with scores: flat in RESP2, maps in RESP3.
func decodeZLinks(d *reply, v *[][]Z) error {
	n, err := decode.ListLen(d)
	if err != nil {
		return err
	}
	list := make([][]Z, n)
	for i := range list {
		if err := decode.Inside(decodeZs(d, &list[i])); err != nil {
			return err
		}
	}
	*v = list
	return nil
}
