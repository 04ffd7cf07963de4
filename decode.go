package redpoll

import (
	"fmt"

	"github.com/redpoll-go/redpoll/resp"
)

// The decode functions below turn one reply into one Go value, the same for
// RESP2 and RESP3. They run on whoever reads the socket. A reply that means "no
// value" is the error Nil; a reply of another shape is an error that says so,
// and the connection stays in step, since it handed over a whole frame.

// decodeText calls the user's encoding. A panic of it would end the goroutine that reads for everybody, and with it
// every call on the connection, so that it becomes an error.
func decodeText(text TextEncoding, raw []byte) (b []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the text encoding panicked: %v", p)
		}
	}()
	return text.AppendDecode(nil, raw)
}

// userText reads a string of user data, translated by Options.Text.
func (d *reply) userText() (string, error) {
	b, err := d.Bytes()
	if d.text == nil || err != nil {
		return string(b), err
	}
	b, err = decodeText(d.text, b)
	return string(b), err
}

// userBytes reads a string of user data as it is, in memory of its own.
func (d *reply) userBytes() ([]byte, error) {
	b, err := d.Bytes()
	if err != nil {
		return nil, err
	}
	return append(make([]byte, 0, len(b)), b...), nil
}

// status takes the status that a command's success looks like.
func (d *reply) status(want string) error {
	if d.Null() {
		return Nil
	}
	b, err := d.Bytes()
	if err == nil && string(b) != want {
		err = &resp.TypeError{Want: "the status " + want, Got: resp.KindStatus}
	}
	return err
}

func decodeOK(d *reply, _ *struct{}) error { return d.status("OK") }

func decodePong(d *reply, _ *struct{}) error { return d.status("PONG") }

func decodeString(d *reply, v *string) (err error) {
	if d.Null() {
		return Nil
	}
	*v, err = d.userText()
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
	*v, err = d.userBytes()
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
	*v, err = d.userText()
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
	v.V, err = d.userText()
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
	*v, err = d.userBytes()
	return err
}
