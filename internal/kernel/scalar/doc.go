// Package scalar has the element types of kernels, and functions of one number. They compute in the precision of its
// type: float32 goes through float64 only where that costs no more.
//
//	float.go  element types, and slices of them as float32
//	math.go   exponentials, sigmoid, softplus, GELU and their slopes; signs and choices without branches
package scalar
