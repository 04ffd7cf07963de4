package redpoll

import (
	"encoding/binary"
	"math"
)

// Vector is a list of numbers for VAdd and VSim, made by VectorFP32, VectorValues or VectorBlob. It may be kept and
// shared; the slice it was made of must not change while a call runs.
type Vector struct {
	fp32   []float32
	values []float64
	blob   []byte
}

// VectorFP32 sends the numbers as 4 bytes each, the form FP32.
func VectorFP32(numbers ...float32) Vector { return Vector{fp32: numbers} }

// VectorValues sends the numbers as text, the form VALUES. The server keeps single precision at most.
func VectorValues(numbers ...float64) Vector { return Vector{values: numbers} }

// VectorBlob sends bytes that are in the form FP32 already: 4 for each number, the lowest first.
func VectorBlob(fp32 []byte) Vector { return Vector{blob: fp32} }

// VectorQuery is what VSim looks for: a [Vector], or a [VectorElement].
type VectorQuery interface{ vectorQuery() }

// VectorElement stands for the vector of an element of the set, as a VectorQuery.
type VectorElement string

func (Vector) vectorQuery()        {}
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

// VectorMatch is an element that VSimWithAttribs found.
type VectorMatch struct {
	Element string
	// Score is from 0, the opposite, to 1, the same.
	Score float64
	// Attributes are the JSON that VSetAttr gave the element; not valid when there are none.
	Attributes Null[string]
}

// RawVector is a vector as the server keeps it.
type RawVector struct {
	// Quantization is how: "f32", "int8" or "bin".
	Quantization string
	// Data is the vector, normalized.
	Data []byte
	// Norm is the length that the vector had.
	Norm float64
	// Range is what the largest number stands for; only "int8" has it.
	Range float64
}

// VectorSetInfo is what VInfo tells.
type VectorSetInfo struct {
	// Quantization is "f32", "int8" or "bin".
	Quantization string
	// MaxLinks is the M of VADD.
	MaxLinks int64
	// Dim is the number of numbers in a vector, InputDim the number before REDUCE, 0 without it.
	Dim, InputDim int64
	// Size is the number of elements, WithAttributes of those that have attributes.
	Size, WithAttributes int64
	// MaxLevel is the highest level of the graph.
	MaxLevel int64
	// ID and MaxNodeID are the server's own numbers for the set and its newest element.
	ID, MaxNodeID int64
	// Extra holds what newer servers tell besides.
	Extra map[string]Value
}
