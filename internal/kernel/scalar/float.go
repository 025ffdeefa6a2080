package scalar

import "unsafe"

// Float is an element type that kernels compute in.
type Float interface{ float32 | float64 }

// An Element is the element type of a kernel that only moves or adds values.
type Element interface{ float32 | float64 | int64 }

// Floats32 returns x as a slice of float32, or nil for float64.
func Floats32[T Float](x []T) []float32 {
	if !Single[T]() {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}
