package decode

import (
	"errors"

	"github.com/redpoll-go/redpoll/resp"
)

// Lost says that errors of the server stand in the place of elements of a list: proxies do that if they
// cannot reach the server of a key. All other elements have been read.
type Lost struct {
	Elements []LostElement
	into     any // the list that has the others
}

// LostElement is such an error.
type LostElement struct {
	Index int    // the place of the element, from 0; in a map that of the pair
	Text  string // what the server says
}

func (l *Lost) Error() string { return "an error in the place of an element: " + l.Elements[0].Text }

// Into reports whether slot points to the list that has the other elements. If the list is only a part of the
// result, they are lost too.
func (l *Lost) Into(slot any) bool { return l.into == slot }

// Take notes that element i is an error, and moves behind it. Any other failure to read it is given back.
func (l *Lost) Take(d *Reply, i int, err error) error {
	if err == nil || !d.IsError() {
		return err
	}
	text, err := d.ErrorText()
	l.Elements = append(l.Elements, LostElement{i, text})
	return err
}

// End is the error behind the last element of a list that stands in *slot now.
func (l *Lost) End(slot any) error {
	if l.Elements == nil {
		return nil
	}
	return &Lost{l.Elements, slot}
}

// Refusal is the text of an error of the server that stood in a place of a reply where something else was
// expected.
func Refusal(err error) (text string, ok bool) {
	var lost *Lost
	var other *resp.TypeError
	switch {
	case errors.As(err, &lost):
		return lost.Elements[0].Text, true
	case errors.As(err, &other):
		return other.Text, other.Got == resp.KindError || other.Got == resp.KindBlobError
	}
	return "", false
}
