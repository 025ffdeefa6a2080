// Package form says which instruction set the kernels use: plain Go, AVX2 or AVX-512. When the program starts, it
// chooses the best that the processor and the operating system have; the environment variable STHENO_CPU may name a
// lesser one.
//
//	form.go        the choice
//	form_amd64.go  what an amd64 processor has
//	form_other.go  other processors have the plain form
package form
