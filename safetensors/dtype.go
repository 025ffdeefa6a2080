// This file holds the element types.

package safetensors

// DType is an element type, by its name in the format.
type DType string

// The common element types. Files may hold others (F4, F6_E2M3, F6_E3M2, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ,
// F8_E5M2FNUZ, C64); these and U64 are not converted, but [File.Read] returns the bytes of any type.
const (
	Bool DType = "BOOL"
	U8   DType = "U8"
	I8   DType = "I8"
	I16  DType = "I16"
	U16  DType = "U16"
	F16  DType = "F16"
	BF16 DType = "BF16"
	I32  DType = "I32"
	U32  DType = "U32"
	F32  DType = "F32"
	F64  DType = "F64"
	I64  DType = "I64"
	U64  DType = "U64"
)

// dtypes lists every type of the format in the order of the reference implementation. Tensors are written in the
// reverse of this order, so that larger elements come first.
var dtypes = []struct {
	name DType
	bits int64
}{
	{Bool, 8}, {"F4", 4}, {"F6_E2M3", 6}, {"F6_E3M2", 6}, {U8, 8}, {I8, 8}, {"F8_E5M2", 8}, {"F8_E4M3", 8},
	{"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {I16, 16}, {U16, 16}, {F16, 16}, {BF16, 16}, {I32, 32},
	{U32, 32}, {F32, 32}, {"C64", 64}, {F64, 64}, {I64, 64}, {U64, 64},
}

// order is the place of d in dtypes, -1 if d is no type of the format.
func (d DType) order() int {
	for i, t := range dtypes {
		if t.name == d {
			return i
		}
	}
	return -1
}

// bits is the size of an element in bits, 0 if d is no type of the format.
func (d DType) bits() int64 {
	if i := d.order(); i >= 0 {
		return dtypes[i].bits
	}
	return 0
}
