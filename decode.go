package redpoll

import "github.com/redpoll-go/redpoll/resp"

// The decode functions below turn one reply into one Go value, the same for
// RESP2 and RESP3. They run on whoever reads the socket. A reply that means "no
// value" is the error Nil; a reply of another shape is an error that says so,
// and the connection stays in step, since it handed over a whole frame.

// takeStatus takes the status that a command's success looks like.
func takeStatus(d *reply, want string) error {
	if d.Null() {
		return Nil
	}
	b, err := d.Bytes()
	if err == nil && string(b) != want {
		err = &resp.TypeError{Want: "the status " + want, Got: resp.KindStatus}
	}
	return err
}

func decodeOK(d *reply, _ *struct{}) error { return takeStatus(d, "OK") }

func decodePong(d *reply, _ *struct{}) error { return takeStatus(d, "PONG") }

func decodeString(d *reply, v *string) (err error) {
	if d.Null() {
		return Nil
	}
	*v, err = d.UserText()
	return err
}

// decodeWord is for words of the protocol, which no text encoding concerns.
func decodeWord(d *reply, v *string) (err error) {
	if d.Null() {
		return Nil
	}
	*v, err = d.Text()
	return err
}

func decodeBytes(d *reply, v *[]byte) (err error) {
	if d.Null() {
		return Nil
	}
	*v, err = d.UserBytes()
	return err
}

func decodeInt(d *reply, v *int64) (err error) {
	if d.Null() {
		return Nil
	}
	*v, err = d.Int()
	return err
}

func decodeFloat(d *reply, v *float64) (err error) {
	if d.Null() {
		return Nil
	}
	*v, err = d.Float()
	return err
}

func decodeBool(d *reply, v *bool) (err error) {
	if d.Null() {
		return Nil
	}
	*v, err = d.Bool()
	return err
}

// decodeMoved reads the reply of MIGRATE: OK, or NOKEY when there was nothing
// to move.
func decodeMoved(d *reply, v *bool) error {
	b, err := d.Bytes()
	if err != nil {
		return err
	}
	switch string(b) {
	case "OK":
		*v = true
	case "NOKEY":
	default:
		return &resp.TypeError{Want: "the status OK or NOKEY", Got: resp.KindStatus}
	}
	return nil
}

// decodeList reads an array element by element.
func decodeList[T any](d *reply, v *[]T, element func(d *reply, v *T) error) error {
	if d.Null() {
		return Nil
	}
	n, err := d.Len()
	if err != nil {
		return err
	}
	list := make([]T, n)
	for i := range list {
		if err := element(d, &list[i]); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

func decodeStrings(d *reply, v *[]string) error { return decodeList(d, v, elementString) }

func decodeWords(d *reply, v *[]string) error { return decodeList(d, v, elementWord) }

func decodeInts(d *reply, v *[]int64) error { return decodeList(d, v, elementInt) }

func decodeBools(d *reply, v *[]bool) error { return decodeList(d, v, elementBool) }

func decodeNulls(d *reply, v *[]Null[string]) error { return decodeList(d, v, elementNull) }

func decodeNullInts(d *reply, v *[]Null[int64]) error { return decodeList(d, v, elementNullInt) }

func decodeNullFloats(d *reply, v *[]Null[float64]) error {
	return decodeList(d, v, elementNullFloat)
}

func decodeBytesList(d *reply, v *[][]byte) error { return decodeList(d, v, elementBytes) }

// The elements of lists. A null where none may be is an error of shape, never
// Nil, which would mean that the whole reply is missing.

func elementString(d *reply, v *string) (err error) {
	*v, err = d.UserText()
	return err
}

func elementWord(d *reply, v *string) (err error) {
	*v, err = d.Text()
	return err
}

func elementInt(d *reply, v *int64) (err error) {
	*v, err = d.Int()
	return err
}

func elementBool(d *reply, v *bool) (err error) {
	*v, err = d.Bool()
	return err
}

func elementNull(d *reply, v *Null[string]) (err error) {
	if d.Null() {
		return nil
	}
	v.Valid = true
	v.V, err = d.UserText()
	return err
}

func elementNullInt(d *reply, v *Null[int64]) (err error) {
	if d.Null() {
		return nil
	}
	v.Valid = true
	v.V, err = d.Int()
	return err
}

func elementNullFloat(d *reply, v *Null[float64]) (err error) {
	if d.Null() {
		return nil
	}
	v.Valid = true
	v.V, err = d.Float()
	return err
}

func elementBytes(d *reply, v *[]byte) (err error) {
	if d.Null() {
		return nil
	}
	*v, err = d.UserBytes()
	return err
}
