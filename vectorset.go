package redpoll

import (
	"encoding/binary"
	"math"

	"github.com/redpoll-go/redpoll/internal/decode"
	"github.com/redpoll-go/redpoll/resp"
)

// Vector is a list of numbers for VAdd and VSim, made by VectorFP32, VectorValues or VectorBlob. It may be
// kept and shared; the slice that it was made of must not change while a call runs.
type Vector struct {
	fp32   []float32
	values []float64
	blob   []byte
}

// VectorFP32 makes a Vector that is sent with 4 bytes per number, the form FP32.
func VectorFP32(numbers ...float32) Vector { return Vector{fp32: numbers} }

// VectorValues makes a Vector that is sent as text, the form VALUES. The server stores at most single
// precision.
func VectorValues(numbers ...float64) Vector { return Vector{values: numbers} }

// VectorBlob makes a Vector of bytes in the form FP32: 4 for each number, the lowest first.
func VectorBlob(fp32 []byte) Vector { return Vector{blob: fp32} }

// VectorQuery is the query of VSim: a [Vector], or a [VectorElement].
type VectorQuery interface{ vectorQuery() }

// VectorElement is a VectorQuery for the vector of an element of the set.
type VectorElement string

func (Vector) vectorQuery() {}

func (VectorElement) vectorQuery() {}

// putVector writes a vector; the words beyond the first are counted.
func putVector(e *encoder, argument string, v Vector) {
	switch {
	case len(v.values) > 0:
		e.N += 1 + len(v.values)
		e.Word("VALUES")
		e.Int(int64(len(v.values)))
		for _, f := range v.values {
			e.Float(f)
		}
	case len(v.fp32) > 0:
		blob := make([]byte, 0, 4*len(v.fp32))
		for _, f := range v.fp32 {
			blob = binary.LittleEndian.AppendUint32(blob, math.Float32bits(f))
		}
		e.N++
		e.Word("FP32")
		e.BulkBytes(blob)
	case len(v.blob) > 0 && len(v.blob)%4 == 0:
		e.N++
		e.Word("FP32")
		e.BulkBytes(v.blob)
	case len(v.blob) > 0:
		e.Fail(argument, "is a blob whose length is not a multiple of 4")
	default:
		e.Fail(argument, "is empty; make it with VectorFP32, VectorValues or VectorBlob")
	}
}

// putVectorQuery writes a vector or the name of an element.
func putVectorQuery(e *encoder, argument string, q VectorQuery) {
	switch q := q.(type) {
	case Vector:
		putVector(e, argument, q)
	case VectorElement:
		e.N++
		e.Word("ELE")
		e.Text(string(q))
	default:
		e.Fail(argument, "is nil; pass a Vector or a VectorElement")
	}
}

// VectorMatch is an element in the result of VSimWithAttribs.
type VectorMatch struct {
	Element string
	// Score is between 0, for the opposite vector, and 1, for the same one.
	Score float64
	// Attributes are the JSON of VSetAttr; not valid if there are none.
	Attributes Null[string]
}

// RawVector is a vector in the server's form.
type RawVector struct {
	// Quantization is the form of the numbers: "f32", "int8" or "bin".
	Quantization string
	// Data is the vector, normalized.
	Data []byte
	// Norm is the original length of the vector.
	Norm float64
	// Range is the value of the largest number; only for "int8".
	Range float64
}

// VectorSetInfo is the reply of VInfo.
type VectorSetInfo struct {
	// Quantization is "f32", "int8" or "bin".
	Quantization string
	// MaxLinks is the M of VADD.
	MaxLinks int64
	// Dim is the number of dimensions, InputDim the number before REDUCE, 0 without it.
	Dim, InputDim int64
	// Size is the number of elements, WithAttributes the number of those with attributes.
	Size, WithAttributes int64
	// MaxLevel is the highest level of the graph.
	MaxLevel int64
	// ID and MaxNodeID are the server's numbers of the set and of its newest element.
	ID, MaxNodeID int64
	// Extra are the fields that redpoll does not know; nil if there are none.
	Extra map[string]Value
}

func (r *VectorSetInfo) slots() []slot {
	return []slot{
		{"quant-type", &r.Quantization}, {"hnsw-m", &r.MaxLinks}, {"vector-dim", &r.Dim},
		{"projection-input-dim", &r.InputDim}, {"size", &r.Size},
		{"attributes-count", &r.WithAttributes}, {"max-level", &r.MaxLevel}, {"vset-uid", &r.ID},
		{"hnsw-max-node-uid", &r.MaxNodeID}, {others, &r.Extra},
	}
}

// decodeVectorMatches reads element, score and attributes: flat in RESP2, in RESP3 a map from the element to
// the other two.
func decodeVectorMatches(d *reply, v *[]VectorMatch) error {
	if d.Null() {
		return decode.ErrMissing
	}
	isMap := d.Kind() == resp.KindMap
	n, err := d.Len()
	if err != nil {
		return err
	}
	size := 3
	if isMap {
		size = 2
	}
	if n%size != 0 {
		return &resp.TypeError{Want: "elements with score and attributes", Got: resp.KindArray}
	}
	list := make([]VectorMatch, n/size)
	for i := range list {
		m := &list[i]
		if m.Element, err = d.UserText(); err != nil {
			return err
		}
		if isMap {
			if err = d.ExpectLen(2, "score and attributes"); err != nil {
				return err
			}
		}
		if m.Score, err = d.Float(); err != nil {
			return err
		}
		if d.Null() {
			continue
		}
		m.Attributes.Valid = true
		if m.Attributes.V, err = d.Text(); err != nil {
			return err
		}
	}
	*v = list
	return nil
}

func decodeRawVector(d *reply, v *RawVector) error {
	if d.Null() {
		return decode.ErrMissing
	}
	n, err := d.Len()
	if err != nil {
		return err
	}
	if n < 3 {
		return &resp.TypeError{Want: "a vector with its form and norm", Got: resp.KindArray}
	}
	if v.Quantization, err = d.Text(); err != nil {
		return err
	}
	if v.Data, err = d.UserBytes(); err != nil {
		return err
	}
	if v.Norm, err = d.Float(); err != nil || n == 3 {
		return err
	}
	v.Range, err = d.Float()
	return err
}

// decodeZLinks reads lists of elements with scores: flat in RESP2, maps in RESP3.
func decodeZLinks(d *reply, v *[][]Z) error {
	n, err := decode.ListLen(d)
	if err != nil {
		return err
	}
	list := make([][]Z, n)
	for i := range list {
		if err := decode.Inside(decodeZs(d, &list[i])); err != nil {
			return err
		}
	}
	*v = list
	return nil
}
