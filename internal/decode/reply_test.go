package decode

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// Lists begin in several ways, and their lengths are checked.
func TestLengths(t *testing.T) {
	t.Parallel()
	reads(t, "ExpectLen", func(d *Reply, n *int64) error {
		if err := d.ExpectLen(1, "one"); err != nil {
			return err
		}
		return ElementInt(d, n)
	}, []decoding{{"*1 :7", int64(7)}, {"*0", as(wrong)}, {"*2 :7 :7", as(wrong)}, {":7", as(wrong)},
		{"_", as(wrong)}})
	reads(t, "AtLeast", func(d *Reply, n *int) (err error) {
		if *n, err = d.AtLeast(1, "one"); err == nil {
			err = Skip(d, *n)
		}
		return err
	}, []decoding{{"*1 :7", 1}, {"*2 :7 :7", 2}, {"*0", as(wrong)}, {":7", as(wrong)}})
	reads(t, "Elements", func(d *Reply, _ *struct{}) error {
		if err := d.Elements(2); err != nil {
			return err
		}
		return d.Skip()
	}, []decoding{{"*2 :1 :1", struct{}{}}, {"*1 :1", as(wrong)}, {":1", struct{}{}}, {"_", struct{}{}},
		{"~2 :1 :1", struct{}{}}})
	reads(t, "IsList", func(d *Reply, is *bool) error { *is = d.IsList(); return d.Skip() },
		[]decoding{{"*0", true}, {"~0", true}, {"%0", true}, {">0", true}, {"*-1", false}, {"_", false},
			{":1", false}, {"$1 a", false}})
	reads(t, "pairs", func(d *Reply, text *string) error {
		n, nested, err := d.PairsLen()
		for i := 0; i < n && err == nil; i++ {
			var a, b string
			if err = d.Pair(nested); err == nil {
				if err = ElementWord(d, &a); err == nil {
					err = ElementWord(d, &b)
				}
			}
			*text += a + b + " "
		}
		return err
	}, []decoding{
		{"*4 $1 a :1 $1 b :2", "a1 b2 "}, {"*2 *2 $1 a ,1 *2 $1 b ,2", "a1 b2 "}, {"*0", ""},
		{"*1 $1 a", as(wrong)}, {"*1 *1 $1 a", as(wrong)}, {":1", as(wrong)},
	})
}

// The cursor of a scan is 64 bits without a sign.
func TestCursor(t *testing.T) {
	t.Parallel()
	reads(t, "Cursor", func(d *Reply, v *uint64) error {
		if err := d.Cursor(v); err != nil {
			return err
		}
		return d.Skip()
	}, []decoding{
		{"*2 $1 0 *0", uint64(0)}, {"*2 $2 17 *0", uint64(17)},
		{"*2 $20 18446744073709551615 *0", uint64(math.MaxUint64)},
		{"*2 $20 18446744073709551616 *0", as(wrong)}, {"*2 $2 -1 *0", as(wrong)}, {"*2 $1 a *0", as(wrong)},
		{"*1 $1 0", as(wrong)}, {"*2 *0 *0", as(wrong)},
	})
}

// Further forms of replies.
func TestForms(t *testing.T) {
	t.Parallel()
	reads(t, "JSONBool", func(d *Reply, v *bool) (err error) {
		*v, err = d.JSONBool()
		return err
	}, []decoding{
		{":1", true}, {"#f", false}, {"$4 true", true}, {"+false", false}, {"$1 1", as(wrong)},
		{"*0", as(wrong)},
	})
	reads(t, "Position", func(d *Reply, v *string) error {
		var longitude, latitude float64
		err := d.Position(&longitude, &latitude)
		*v = fmt.Sprint(longitude, latitude)
		return err
	}, []decoding{{"*2 $3 1.5 ,2.5", "1.5 2.5"}, {"*1 ,1", as(wrong)}, {"*2 $1 a ,1", as(wrong)},
		{"*2 ,1 $1 a", as(wrong)}})
	reads(t, "AutoClaimed", func(d *Reply, v *string) error {
		rest, err := d.AutoClaimed(v)
		*v += fmt.Sprint(" ", rest)
		if err == nil {
			err = Skip(d, rest)
		}
		return err
	}, []decoding{{"*2 $3 0-0 *0", "0-0 1"}, {"*3 $3 0-0 *0 *0", "0-0 2"}, {"*1 $3 0-0", as(wrong)},
		{":1", as(wrong)}})
	reads(t, "Instant", func(d *Reply, v *string) error {
		var at time.Time
		missing, err := d.Instant(&at, false)
		*v = fmt.Sprint(missing, " ", at.IsZero(), " ", at.Unix() == 7)
		return err
	}, []decoding{{":7", "false false true"}, {":-1", "false true false"}, {":-2", "true true false"},
		{"$1 a", as(wrong)}})
	reads(t, "Instant in milliseconds", func(d *Reply, v *time.Time) error {
		_, err := d.Instant(v, true)
		return err
	}, []decoding{{":1500", time.UnixMilli(1500)}})
	reads(t, "Named", func(d *Reply, v *string) error {
		return d.Named(func(name string) error {
			*v += name
			return d.Skip()
		})
	}, []decoding{{"%2 $1 a :1 $1 b *0", "ab"}, {"*2 $1 a :1", "a"}, {"%1 *0 :1", as(wrong)},
		{":1", as(wrong)}, {"%1 $1 a", as(wrong)}})
}
