package kernel

import "unsafe"

// Float is an element type that kernels compute in.
type Float interface{ float32 | float64 }

// An Element is the element type of a kernel that only moves or adds values.
type Element interface{ float32 | float64 | int64 }

// sizeClass is 0 for elements of 4 bytes and 1 for those of 8.
func sizeClass[T Element]() int {
	var x T
	return int(unsafe.Sizeof(x))/4 - 1
}

// floats32 returns x as a slice of float32, or nil for float64.
func floats32[T Float](x []T) []float32 {
	if !single[T]() {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}
