package redpoll

import (
	"strings"
	"time"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// decodeTSAdded reads times, and an error in the place of each sample that was refused.
func decodeTSAdded(d *reply, v *[]TSAdded) error {
	n, err := decode.ListLen(d)
	if err != nil {
		return err
	}
	list := make([]TSAdded, n)
	for i := range list {
		if !d.IsError() {
			err = decode.Milli(d, &list[i].Time)
		} else {
			var text string
			text, err = d.ErrorText()
			list[i].Err = newServerError(text)
		}
		if err != nil {
			return err
		}
	}
	*v = list
	return nil
}

// decodeTSSample reads the only sample of a reply, which is empty when there is none.
func decodeTSSample(d *reply, v *TSSample) error {
	var list []TSSample
	if err := oneTSSample(d, &list); err != nil {
		return err
	}
	if len(list) == 0 {
		return Nil
	}
	*v = list[0]
	return nil
}

// oneTSSample reads a sample, or an empty list instead, into a list.
func oneTSSample(d *reply, v *[]TSSample) error {
	n, err := d.Len()
	if err != nil || n == 0 {
		return err
	}
	*v = make([]TSSample, 1)
	return restOfTSSample(d, &(*v)[0], n)
}

func decodeTSSamples(d *reply, v *[]TSSample) error {
	n, err := decode.ListLen(d)
	if err != nil {
		return err
	}
	return elementsTSSample(d, v, n)
}

// elementsTSSample reads n samples.
func elementsTSSample(d *reply, v *[]TSSample, n int) error {
	list := make([]TSSample, n)
	for i := range list {
		size, err := d.Len()
		if err != nil {
			return err
		}
		if err := restOfTSSample(d, &list[i], size); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

// restOfTSSample reads a time and the values that follow it, n elements in all.
func restOfTSSample(d *reply, v *TSSample, n int) error {
	if n < 2 {
		return &resp.TypeError{Want: "a time and its values", Got: resp.KindArray}
	}
	if err := decode.Milli(d, &v.Time); err != nil {
		return err
	}
	values := make([]float64, n-1)
	for i := range values {
		if err := decode.ElementFloat(d, &values[i]); err != nil {
			return err
		}
	}
	v.Value = values[0]
	if len(values) > 1 {
		v.Values = values
	}
	return nil
}

func decodeTSRows(d *reply, v *[]TSRow) error {
	n, err := decode.ListLen(d)
	if err != nil {
		return err
	}
	list := make([]TSRow, n)
	for i := range list {
		if err := d.ExpectLen(2, "a time and a list of values"); err != nil {
			return err
		}
		if err := decode.Milli(d, &list[i].Time); err != nil {
			return err
		}
		if err := decode.Inside(decode.FloatList(d, &list[i].Values)); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

// decodeTSSeries reads what TS.MGET and TS.MRANGE found. In RESP2 that is a list of key, labels and samples, in RESP3 a
// map from the key to labels, maps that tell about the aggregation, and samples.
func decodeTSSeries(d *reply, v *[]TSSeries) error {
	isMap := d.Kind() == resp.KindMap
	n, err := decode.ListLen(d)
	if err != nil {
		return err
	}
	if isMap {
		n /= 2
	}
	list := make([]TSSeries, n)
	for i := range list {
		if err := elementTSSeries(d, &list[i], isMap); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

func elementTSSeries(d *reply, v *TSSeries, isMap bool) (err error) {
	parts := 2
	if !isMap {
		if err = d.ExpectLen(3, "key, labels and samples"); err != nil {
			return err
		}
	}
	if v.Key, err = d.UserText(); err != nil {
		return err
	}
	if isMap {
		if parts, err = d.Len(); err != nil {
			return err
		}
		if parts < 2 {
			return &resp.TypeError{Want: "labels and samples", Got: resp.KindArray}
		}
	}
	return seriesParts(d, v, parts)
}

// seriesParts reads the labels, what a map says of the aggregation, and the samples, n parts in all.
func seriesParts(d *reply, v *TSSeries, n int) error {
	if err := decode.Labels(d, &v.Labels); err != nil {
		return err
	}
	for range n - 2 {
		err := fillNamed(d, &v.Extra, []slot{
			// The caller said these, and RESP2 does not repeat them.
			{"aggregators", nil}, {"reducers", nil},
			{"sources", func(d *reply) error { return decode.Strings(d, &v.Sources) }},
		})
		if err != nil {
			return err
		}
	}
	// RESP2 puts what it says of a group among the labels.
	if sources, ok := v.Labels["__source__"]; ok {
		v.Sources = strings.Split(sources, ",")
		delete(v.Labels, "__source__")
	}
	delete(v.Labels, "__reducer__")
	return decodeSeriesSamples(d, &v.Samples)
}

// decodeSeriesSamples reads a list of samples, or of TS.MGET the time and the value of the only one.
func decodeSeriesSamples(d *reply, v *[]TSSample) error {
	n, err := d.Len()
	if err != nil {
		return err
	}
	if n > 0 && !d.IsList() {
		*v = make([]TSSample, 1)
		return restOfTSSample(d, &(*v)[0], n)
	}
	return elementsTSSample(d, v, n)
}

// decodeTSRules reads rules: lists of four in RESP2, in RESP3 a map from the key to lists of three.
func decodeTSRules(d *reply, v *[]TSRule) error {
	isMap := d.Kind() == resp.KindMap
	n, err := d.Len()
	if err != nil {
		return err
	}
	size := 4
	if isMap {
		n, size = n/2, 3
	}
	list := make([]TSRule, n)
	for i := range list {
		r := &list[i]
		if !isMap {
			if err := d.ExpectLen(size, "a rule"); err != nil {
				return err
			}
		}
		if r.Key, err = d.UserText(); err != nil {
			return err
		}
		if isMap {
			if err := d.ExpectLen(size, "a rule"); err != nil {
				return err
			}
		}
		ms, err := d.Int()
		if err != nil {
			return err
		}
		r.Bucket = time.Duration(ms) * time.Millisecond
		if r.Aggregator, err = d.Text(); err != nil {
			return err
		}
		if err := decode.Milli(d, &r.Align); err != nil {
			return err
		}
	}
	*v = list
	return nil
}
