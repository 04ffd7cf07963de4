package decode

import (
	"errors"

	"github.com/redpoll-go/redpoll/resp"
)

// Lost says that some elements of a list are errors of the server: proxies send them if they cannot reach the
// server of a key. All other elements have been read.
type Lost struct {
	Elements []LostElement
	into     any // the list with the other elements
}

// LostElement is one of these errors.
type LostElement struct {
	Index int    // index of the element, or of the pair in a map
	Text  string // error text of the server
}

func (l *Lost) Error() string { return "an error in the place of an element: " + l.Elements[0].Text }

// Into reports whether slot points to the list with the other elements. If this list is only a part of the
// result, the other elements are lost too.
func (l *Lost) Into(slot any) bool { return l.into == slot }

// Take notes that element i is an error, and moves behind it. It returns any other failure to read the
// element.
func (l *Lost) Take(d *Reply, i int, err error) error {
	if err == nil || !d.IsError() {
		return err
	}
	text, err := d.ErrorText()
	l.Elements = append(l.Elements, LostElement{i, text})
	return err
}

// End returns the error after the last element of the list that is in *slot now.
func (l *Lost) End(slot any) error {
	if l.Elements == nil {
		return nil
	}
	return &Lost{l.Elements, slot}
}

// Refusal returns the text of a server error that came in place of an expected value.
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
