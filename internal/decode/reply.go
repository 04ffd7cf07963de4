// Package decode reads replies into Go values. It knows forms that RESP does not know: user data in a text
// encoding, pairs that are flat or nested, lists of a certain length.
package decode

import (
	"fmt"
	"math"
	"strconv"
	"time"
	"unsafe"

	"github.com/redpoll-go/redpoll/internal/encode"
	"github.com/redpoll-go/redpoll/resp"
)

// Reply is a decoder over one reply, with the client's text encoding.
type Reply struct {
	resp.Decoder
	Encoding encode.TextEncoding // nil if strings are not translated
	// Given says that the reply is one large string whose memory the receiver may keep without a copy.
	Given bool
}

// Kept returns a string of the reply that stays valid after the reply.
func (d *Reply) Kept(b []byte) string {
	if d.Given {
		return unsafe.String(unsafe.SliceData(b), len(b))
	}
	return string(b)
}

// translated calls the user's encoding. It turns a panic of the encoding into an error, because a panic would
// end the goroutine that reads for all callers, and with it every call on the connection.
func translated(text encode.TextEncoding, raw []byte) (b []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the text encoding panicked: %v", p)
		}
	}()
	return text.AppendDecode(nil, raw)
}

// UserText reads a string of user data, translated by Options.Text.
func (d *Reply) UserText() (string, error) {
	b, err := d.Bytes()
	if d.Encoding == nil || err != nil {
		return d.Kept(b), err
	}
	b, err = translated(d.Encoding, b)
	return string(b), err
}

// UserBytes reads a string of user data without translation, into new memory.
func (d *Reply) UserBytes() ([]byte, error) {
	b, err := d.Bytes()
	if err != nil || d.Given {
		return b, err
	}
	return append(make([]byte, 0, len(b)), b...), nil
}

// ExpectLen enters an array that must have n elements.
func (d *Reply) ExpectLen(n int, want string) error {
	got, err := d.Len()
	if err == nil && got != n {
		err = &resp.TypeError{Want: want, Got: resp.KindArray}
	}
	return err
}

// Elements checks that the reply has as many elements as were asked for. It ignores replies that are not
// lists.
func (d *Reply) Elements(want int) error {
	if !d.IsList() {
		return nil
	}
	list := d.Decoder
	n, err := list.Len()
	if err == nil && n != want {
		err = &resp.TypeError{Want: strconv.Itoa(want) + " elements, not " + strconv.Itoa(n), Got: d.Kind()}
	}
	return err
}

// AtLeast enters an array that has at least n elements.
func (d *Reply) AtLeast(n int, want string) (int, error) {
	got, err := d.Len()
	if err == nil && got < n {
		err = &resp.TypeError{Want: want, Got: resp.KindArray}
	}
	return got, err
}

// PairsLen enters a list of pairs, which is flat in RESP2, and for some commands an array of arrays of two in
// RESP3.
func (d *Reply) PairsLen() (pairs int, nested bool, err error) {
	n, err := d.Len()
	if err != nil || n == 0 {
		return 0, false, err
	}
	if d.Kind() == resp.KindArray {
		return n, true, nil
	}
	if n%2 != 0 {
		return 0, false, &resp.TypeError{Want: "an even number of elements", Got: resp.KindArray}
	}
	return n / 2, false, nil
}

// Pair enters a pair of a list of PairsLen.
func (d *Reply) Pair(nested bool) error {
	if !nested {
		return nil
	}
	return d.ExpectLen(2, "a pair")
}

// Cursor enters the reply of a scan and reads its cursor.
func (d *Reply) Cursor(v *uint64) error {
	if err := d.ExpectLen(2, "a cursor and a list"); err != nil {
		return err
	}
	b, err := d.Bytes()
	if err != nil {
		return err
	}
	n := uint64(0)
	for _, c := range b {
		digit := uint64(c - '0')
		if digit > 9 || n > (math.MaxUint64-digit)/10 {
			return &resp.TypeError{Want: "a cursor", Got: resp.KindBulk}
		}
		n = n*10 + digit
	}
	*v = n
	return nil
}

// Named reads a map. The function one reads the value of each name.
func (d *Reply) Named(one func(name string) error) error {
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	for range n {
		name, err := d.Text()
		if err != nil {
			return err
		}
		if err := one(name); err != nil {
			return err
		}
	}
	return nil
}

// IsList reports whether the next value has elements.
func (d *Reply) IsList() bool {
	switch d.Kind() {
	case resp.KindArray, resp.KindSet, resp.KindMap, resp.KindPush:
		return !d.IsNull()
	}
	return false
}

// JSONBool reads a boolean, or the word that a legacy path returns for it.
func (d *Reply) JSONBool() (bool, error) {
	if d.Kind() != resp.KindBulk && d.Kind() != resp.KindStatus {
		return d.Bool()
	}
	b, err := d.Bytes()
	is := string(b) == "true"
	if err == nil && !is && string(b) != "false" {
		err = &resp.TypeError{Want: "true or false", Got: resp.KindBulk}
	}
	return is, err
}

// Position reads longitude and latitude.
func (d *Reply) Position(longitude, latitude *float64) (err error) {
	if err = d.ExpectLen(2, "longitude and latitude"); err != nil {
		return err
	}
	if *longitude, err = d.Float(); err == nil {
		*latitude, err = d.Float()
	}
	return err
}

// AutoClaimed reads the beginning of the reply of XAUTOCLAIM, the next ID, and returns the number of elements
// that follow: the claimed entries, and from server 7.0 on the IDs of deleted entries.
func (d *Reply) AutoClaimed(next *string) (rest int, err error) {
	n, err := d.Len()
	if err != nil {
		return 0, err
	}
	if n < 2 {
		return 0, &resp.TypeError{Want: "an ID and a list", Got: resp.KindArray}
	}
	*next, err = d.Text()
	return n - 1, err
}

// Instant reads a point in time. missing says that the key is missing; the zero time means that it has no
// such time.
func (d *Reply) Instant(v *time.Time, milli bool) (missing bool, err error) {
	n, err := d.Int()
	switch {
	case err != nil || n == -2:
		return n == -2, err
	case n == -1:
	case milli:
		*v = time.UnixMilli(n)
	default:
		*v = time.Unix(n, 0)
	}
	return false, nil
}

// Text translates user data that is not a reply of its own, such as the payload of a message.
func Text(text encode.TextEncoding, raw []byte) (string, error) {
	b, err := translated(text, raw)
	return string(b), err
}
