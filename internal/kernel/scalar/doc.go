// Package scalar has the element types of kernels, and functions of one number in the precision of its type: float32
// does not pass through float64 where that would cost more.
//
//	float.go  element types, and slices of them as float32
//	math.go   exponentials, sigmoid, softplus, GELU and their slopes; signs and choices without branches
package scalar
