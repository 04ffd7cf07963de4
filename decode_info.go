package redpoll

import (
	"time"

	"github.com/redpoll-go/redpoll/resp"
)

// decodeInfo reads a map of named values into a record. known gives the places of the names that the record has: a
// *int64, *float64, *string, *time.Duration of milliseconds, *time.Time of milliseconds, or a function. A value that is
// null leaves its place as it is; what is not known goes to extra.
func decodeInfo(d *reply, known map[string]any, extra *map[string]Value) error {
	if d.Null() {
		return Nil
	}
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	for range n {
		name, err := d.Text()
		if err != nil {
			return err
		}
		to, ok := known[name]
		switch {
		case !ok:
			err = decodeExtra(d, name, extra)
		case !d.Null():
			err = decodePlace(d, to)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// decodeExtra keeps a value that the record has no field for.
func decodeExtra(d *reply, name string, extra *map[string]Value) error {
	var v Value
	err := decodeValue(d, &v)
	if err == nil {
		if *extra == nil {
			*extra = map[string]Value{}
		}
		(*extra)[name] = v
	}
	return err
}

func decodePlace(d *reply, to any) (err error) {
	switch to := to.(type) {
	case *int64:
		*to, err = d.Int()
	case *float64:
		*to, err = d.Float()
	case *string:
		*to, err = d.Text()
	case *time.Duration:
		var ms int64
		ms, err = d.Int()
		*to = time.Duration(ms) * time.Millisecond
	case *time.Time:
		err = decodeMilli(d, to)
	case func(d *reply) error:
		err = to(d)
	default:
		err = &resp.TypeError{Want: "a known place", Got: d.Kind()}
	}
	return err
}

// decodeMilli reads a point in time in milliseconds.
func decodeMilli(d *reply, v *time.Time) error {
	ms, err := d.Int()
	if err == nil {
		*v = time.UnixMilli(ms)
	}
	return err
}

// listLen enters a list. Lists of records are read by a loop of their own: decodeList would be compiled for each.
func (d *reply) listLen() (int, error) {
	if d.Null() {
		return 0, Nil
	}
	return d.Len()
}
