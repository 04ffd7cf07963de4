package redpoll

import "github.com/redpoll-go/redpoll/internal/decode"

// Z is a member of a sorted set with its score.
type Z struct {
	Member string
	Score  float64
}

// KeyZ is a member and the key of its sorted set.
type KeyZ struct {
	Key string
	Z
}

// KeyZs are members and the key of their sorted set.
type KeyZs struct {
	Key     string
	Members []Z
}

// RankScore is the position of a member of a sorted set, counted from 0, and its score.
type RankScore struct {
	Rank  int64
	Score float64
}

// ZMinMax is the end of a sorted set from which ZMPop takes members.
type ZMinMax uint8

// The ends of a sorted set.
const (
	// ZMin is the end with the lowest scores.
	ZMin ZMinMax = iota
	// ZMax is the end with the highest scores.
	ZMax
)

var minMaxWords = [...]string{ZMin: "MIN", ZMax: "MAX"}

// putScored writes members of a sorted set in the form of ZADD, score first; the words are counted.
func putScored(e *encoder, argument string, members []Z) {
	e.Some(argument, len(members), 2)
	for i := range members {
		e.Float(members[i].Score)
		e.Text(members[i].Member)
	}
}

func decodeZs(d *reply, v *[]Z) error {
	if d.Null() {
		return decode.ErrMissing
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

// decodeZ reads the pair of ZPOPMIN; an empty list means that there is none.
func decodeZ(d *reply, v *Z) error {
	if d.Null() {
		return decode.ErrMissing
	}
	n, nested, err := d.PairsLen()
	switch {
	case err != nil:
		return err
	case n == 0:
		return decode.ErrMissing
	}
	if err := d.Pair(nested); err != nil {
		return err
	}
	return elementZ(d, v)
}

func decodeZPage(d *reply, v *ScanPage[Z]) error {
	if err := d.Cursor(&v.Cursor); err != nil {
		return err
	}
	return decode.Inside(decodeZs(d, &v.Items))
}

// elementZ reads a member and the score behind it.
func elementZ(d *reply, v *Z) (err error) {
	if v.Member, err = d.UserText(); err == nil {
		v.Score, err = d.Float()
	}
	return err
}

func decodeKeyZ(d *reply, v *KeyZ) (err error) {
	if d.Null() {
		return decode.ErrMissing
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
		return decode.ErrMissing
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
		return decode.ErrMissing
	}
	if err = d.ExpectLen(2, "a rank and a score"); err != nil {
		return err
	}
	if v.Rank, err = d.Int(); err == nil {
		v.Score, err = d.Float()
	}
	return err
}
