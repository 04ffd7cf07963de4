package redpoll

import (
	"math"

	"github.com/redpoll-go/redpoll/resp"
)

// decodeMap reads fields and values into a map.
func decodeMap(d *reply, v *map[string]string) error {
	if d.Null() {
		return Nil
	}
	n, err := d.MapLen()
	if err != nil {
		return err
	}
	m := make(map[string]string, n)
	for range n {
		field, err := d.userText()
		if err != nil {
			return err
		}
		if m[field], err = d.userText(); err != nil {
			return err
		}
	}
	*v = m
	return nil
}

// pairsLen enters a list of pairs, which is flat in RESP2 and an array of
// arrays of two in RESP3 for some commands.
func (d *reply) pairsLen() (pairs int, nested bool, err error) {
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

// expectLen enters an array that must have n elements.
func (d *reply) expectLen(n int, want string) error {
	got, err := d.Len()
	if err == nil && got != n {
		err = &resp.TypeError{Want: want, Got: resp.KindArray}
	}
	return err
}

func decodeFields(d *reply, v *[]FieldValue) error {
	if d.Null() {
		return Nil
	}
	return decodePairs(d, v, func(d *reply, v *FieldValue) (err error) {
		if v.Field, err = d.userText(); err == nil {
			v.Value, err = d.userText()
		}
		return err
	})
}

func decodeZs(d *reply, v *[]Z) error {
	if d.Null() {
		return Nil
	}
	return decodePairs(d, v, elementZ)
}

// decodePairs reads a list of pairs, flat or nested.
func decodePairs[T any](d *reply, v *[]T, pair func(d *reply, v *T) error) error {
	n, nested, err := d.pairsLen()
	if err != nil {
		return err
	}
	list := make([]T, n)
	for i := range list {
		if nested {
			if err := d.expectLen(2, "a pair"); err != nil {
				return err
			}
		}
		if err := pair(d, &list[i]); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

// elementZ reads a member and its score, which follow each other.
func elementZ(d *reply, v *Z) (err error) {
	if v.Member, err = d.userText(); err == nil {
		v.Score, err = d.Float()
	}
	return err
}

// decodeZ reads the one pair of ZPOPMIN; an empty list means there is none.
func decodeZ(d *reply, v *Z) error {
	if d.Null() {
		return Nil
	}
	n, nested, err := d.pairsLen()
	switch {
	case err != nil:
		return err
	case n == 0:
		return Nil
	case nested:
		if err := d.expectLen(2, "a pair"); err != nil {
			return err
		}
	}
	return elementZ(d, v)
}

func decodeKeyValue(d *reply, v *KeyValue) (err error) {
	if d.Null() {
		return Nil
	}
	if err = d.expectLen(2, "a key and a value"); err != nil {
		return err
	}
	if v.Key, err = d.userText(); err == nil {
		v.Value, err = d.userText()
	}
	return err
}

func decodeKeyValues(d *reply, v *KeyValues) (err error) {
	if d.Null() {
		return Nil
	}
	if err = d.expectLen(2, "a key and a list"); err != nil {
		return err
	}
	if v.Key, err = d.userText(); err == nil {
		err = decodeStrings(d, &v.Values)
	}
	return err
}

func decodeKeyZ(d *reply, v *KeyZ) (err error) {
	if d.Null() {
		return Nil
	}
	if err = d.expectLen(3, "a key, a member and a score"); err != nil {
		return err
	}
	if v.Key, err = d.userText(); err == nil {
		err = elementZ(d, &v.Z)
	}
	return err
}

func decodeKeyZs(d *reply, v *KeyZs) (err error) {
	if d.Null() {
		return Nil
	}
	if err = d.expectLen(2, "a key and a list"); err != nil {
		return err
	}
	if v.Key, err = d.userText(); err == nil {
		err = decodeZs(d, &v.Members)
	}
	return err
}

func decodeRankScore(d *reply, v *RankScore) (err error) {
	if d.Null() {
		return Nil
	}
	if err = d.expectLen(2, "a rank and a score"); err != nil {
		return err
	}
	if v.Rank, err = d.Int(); err == nil {
		v.Score, err = d.Float()
	}
	return err
}

// cursor enters the reply of a scan and reads its cursor.
func (d *reply) cursor(v *uint64) error {
	if err := d.expectLen(2, "a cursor and a list"); err != nil {
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

func decodePage(d *reply, v *Page[string]) error {
	if err := d.cursor(&v.Cursor); err != nil {
		return err
	}
	return decodeStrings(d, &v.Items)
}

func decodeFieldPage(d *reply, v *Page[FieldValue]) error {
	if err := d.cursor(&v.Cursor); err != nil {
		return err
	}
	return decodeFields(d, &v.Items)
}

func decodeZPage(d *reply, v *Page[Z]) error {
	if err := d.cursor(&v.Cursor); err != nil {
		return err
	}
	return decodeZs(d, &v.Items)
}

// decodeLCS reads the matches of LCS IDX.
func decodeLCS(d *reply, v *LCSMatches) error {
	return d.fill(&v.Extra, []slot{
		{"matches", func(d *reply) error { return decodeList(d, &v.Matches, elementLCS) }},
		{"len", &v.Len},
	})
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
		if err = d.expectLen(2, "a range"); err != nil {
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

func decodeAOFAcks(d *reply, v *AOFAcks) (err error) {
	if err = d.expectLen(2, "two numbers"); err != nil {
		return err
	}
	if v.Local, err = d.Int(); err == nil {
		v.Replicas, err = d.Int()
	}
	return err
}
