package redpoll

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/redpoll-go/redpoll/internal/structs"
	"github.com/redpoll-go/redpoll/resp"
)

type fuzzed struct {
	S   string
	B   []byte
	I   int64
	I8  int8
	U   uint64
	F   float64
	F32 float32
	Yes bool
	At  time.Time
	For time.Duration
	P   *string
	N   Null[int16]
	Inner
}

// Inner is embedded.
type Inner struct {
	Deep string `redis:"a field,omitempty"`
}

// What is written of a struct is read back as the same struct.
func FuzzStruct(f *testing.F) {
	f.Add("s", []byte{0, 1}, int64(-5), int8(-128), uint64(1<<63), 0.1, float32(0.1), true, int64(1700000000), int64(123456789), int64(-1), int16(9), "x")
	f.Add("", []byte{}, int64(0), int8(0), uint64(0), -1e300, float32(0), false, int64(-62135596800), int64(0), int64(1<<62), int16(0), "")
	f.Fuzz(func(t *testing.T, s string, b []byte, i int64, i8 int8, u uint64, fl float64, f32 float32, yes bool, sec, nano, d int64, n int16, deep string) {
		at := time.Unix(sec%(1<<36), nano%1e9).UTC()
		if y := at.Year(); y < 0 || y > 9999 || fl != fl || f32 != f32 {
			t.Skip("has no form")
		}
		want := fuzzed{S: s, B: b, I: i, I8: i8, U: u, F: fl, F32: f32, Yes: yes, At: at, For: time.Duration(d), Inner: Inner{deep}}
		if yes {
			want.P, want.N = &s, Null[int16]{n, true}
		}
		fields, err := Fields(&want)
		if err != nil {
			t.Fatal(err)
		}
		m, err := structs.Of(reflect.TypeFor[fuzzed]())
		if err != nil {
			t.Fatal(err)
		}
		var got fuzzed
		for j := 0; j < len(fields); j += 2 {
			var e encoder
			e.Value("value", fields[j+1])
			raw, err := (&reply{Decoder: resp.NewDecoder(e.Buf)}).UserBytes()
			if err != nil || e.Err != nil {
				t.Fatal(err, e.Err)
			}
			field := m.ByName[fields[j].(string)]
			if err := field.Set(reflect.ValueOf(&got).Elem(), raw, nil); err != nil {
				t.Fatalf("%s: %v", field.Path, err)
			}
		}
		if !bytes.Equal(got.B, want.B) {
			t.Errorf("got the bytes %q, want %q", got.B, want.B)
		}
		got.B, want.B = nil, nil
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}
