package redpoll

import (
	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

func decodeFields(d *reply, v *[]FieldValue) error {
	if d.Null() {
		return Nil
	}
	n, nested, err := d.PairsLen()
	list := make([]FieldValue, n)
	for i := 0; i < n && err == nil; i++ {
		if err = d.Pair(nested); err != nil {
			break
		}
		if list[i].Field, err = d.UserText(); err == nil {
			list[i].Value, err = d.UserText()
		}
	}
	if err == nil {
		*v = list
	}
	return err
}

func decodeZs(d *reply, v *[]Z) error {
	if d.Null() {
		return Nil
	}
	n, nested, err := d.PairsLen()
	list := make([]Z, n)
	for i := 0; i < n && err == nil; i++ {
		if err = d.Pair(nested); err == nil {
			err = elementZ(d, &list[i])
		}
	}
	if err == nil {
		*v = list
	}
	return err
}

// elementZ reads a member and its score, which follow each other.
func elementZ(d *reply, v *Z) (err error) {
	if v.Member, err = d.UserText(); err == nil {
		v.Score, err = d.Float()
	}
	return err
}

// decodeZ reads the one pair of ZPOPMIN; an empty list means there is none.
func decodeZ(d *reply, v *Z) error {
	if d.Null() {
		return Nil
	}
	n, nested, err := d.PairsLen()
	switch {
	case err != nil:
		return err
	case n == 0:
		return Nil
	}
	if err := d.Pair(nested); err != nil {
		return err
	}
	return elementZ(d, v)
}

func decodeKeyValue(d *reply, v *KeyValue) (err error) {
	if d.Null() {
		return Nil
	}
	if err = d.ExpectLen(2, "a key and a value"); err != nil {
		return err
	}
	if v.Key, err = d.UserText(); err == nil {
		v.Value, err = d.UserText()
	}
	return err
}

func decodeKeyValues(d *reply, v *KeyValues) (err error) {
	if d.Null() {
		return Nil
	}
	if err = d.ExpectLen(2, "a key and a list"); err != nil {
		return err
	}
	if v.Key, err = d.UserText(); err == nil {
		err = decode.Inside(decode.Strings(d, &v.Values))
	}
	return err
}

func decodeKeyZ(d *reply, v *KeyZ) (err error) {
	if d.Null() {
		return Nil
	}
	if err = d.ExpectLen(3, "a key, a member and a score"); err != nil {
		return err
	}
	if v.Key, err = d.UserText(); err == nil {
		err = elementZ(d, &v.Z)
	}
	return err
}

func decodeKeyZs(d *reply, v *KeyZs) (err error) {
	if d.Null() {
		return Nil
	}
	if err = d.ExpectLen(2, "a key and a list"); err != nil {
		return err
	}
	if v.Key, err = d.UserText(); err == nil {
		err = decode.Inside(decodeZs(d, &v.Members))
	}
	return err
}

func decodeRankScore(d *reply, v *RankScore) (err error) {
	if d.Null() {
		return Nil
	}
	if err = d.ExpectLen(2, "a rank and a score"); err != nil {
		return err
	}
	if v.Rank, err = d.Int(); err == nil {
		v.Score, err = d.Float()
	}
	return err
}

func decodePage(d *reply, v *Page[string]) error {
	if err := d.Cursor(&v.Cursor); err != nil {
		return err
	}
	return decode.Inside(decode.Strings(d, &v.Items))
}

func decodeFieldPage(d *reply, v *Page[FieldValue]) error {
	if err := d.Cursor(&v.Cursor); err != nil {
		return err
	}
	return decode.Inside(decodeFields(d, &v.Items))
}

func decodeZPage(d *reply, v *Page[Z]) error {
	if err := d.Cursor(&v.Cursor); err != nil {
		return err
	}
	return decode.Inside(decodeZs(d, &v.Items))
}

func elementLCS(d *reply, v *LCSMatch) (err error) {
	n, err := d.Len()
	if err != nil {
		return err
	}
	if n < 2 || n > 3 {
		return &resp.TypeError{Want: "two ranges and a length", Got: resp.KindArray}
	}
	for _, r := range [...]*LCSRange{&v.First, &v.Second} {
		if err = d.ExpectLen(2, "a range"); err != nil {
			return err
		}
		if r.Start, err = d.Int(); err != nil {
			return err
		}
		if r.End, err = d.Int(); err != nil {
			return err
		}
	}
	v.Len = v.First.End - v.First.Start + 1
	if n == 3 {
		v.Len, err = d.Int()
	}
	return err
}
