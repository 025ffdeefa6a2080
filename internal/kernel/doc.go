// Package kernel holds the hot loops: functions over slices and sizes that know nothing of graphs. They give the same
// bits whatever GOMAXPROCS is, since they split work by sizes alone (see internal/parallel) and add in a fixed order.
// Matrices and tensors are row-major.
//
// The plain forms work in scratch that the caller gives. Those in assembly keep what they work in for the next call,
// so that what has run once allocates no more; [Held] counts it, and [Release] gives it back.
//
// Some kernels have forms in assembly beside the plain one, which is their oracle and works everywhere: AVX2 with FMA,
// and AVX-512 for products of matrices, convolutions, functions of vectors, and loops over rows; the best that the
// processor has is chosen when the program starts. Element by element the two give the same bits; sums of rows are in
// an order of each form. The environment variable STHENO_CPU=plain switches them off, STHENO_CPU=avx2 the latter. The
// assembly is written by the programs in avo, a module of its own; go generate runs them. The tests run every form
// that the processor has; go test -short is meant for an emulator where it lacks AVX-512.
//
// Words, each with one meaning in all files:
//
//	form         an instruction set that kernels are written for: plain Go, AVX2, AVX-512
//	block        a unit of parallel work
//	tile         the part of C that one call of a micro-kernel computes, in registers
//	panel        the rows of A, or the columns of B, of a tile, copied to lie in the order in which they are read
//	chunk        a run of K, the axis that a product sums over, whose panels are copied together
//	strip        tiles one below the other
//	packed       laid out in panels, beforehand or by the product itself
//	window       the elements of an image that one result of a convolution or pooling is made of
//	tap          one element of a window, or of the weights, which all windows multiply it by
//	column       a window, written as a column of a matrix, so that a convolution is a product
//	plane        one channel of one image, with its padding; a stride of s divides it into s² phases
//	band         rows of results that are computed together
//	interleaved  of 16 images: side by side, so that a pixel is 16 numbers, those of the 16 lanes of a register
//	transposed   of a matrix: rows written as columns
//	rotated      of weights: by half a circle, as the gradient by the image has them
package kernel

//go:generate -command avo go -C avo run
//go:generate avo ./gemm -out ../tiles_amd64.s -stubs ../tiles_amd64.go -pkg kernel
//go:generate avo ./peak -out ../peak_amd64.s -stubs ../peak_amd64.go -pkg kernel
//go:generate avo ./vector -out ../vector_amd64.s -stubs ../vector_amd64.go -pkg kernel -choices ../vector_choices_amd64.go
//go:generate avo ./rows -out ../rows_amd64.s -stubs ../rows_amd64.go -pkg kernel -choices ../rows_choices_amd64.go -other ../rows_other.go
//go:generate avo ./winograd -out ../winograd_amd64.s -stubs ../winograd_amd64.go -pkg kernel -choices ../winograd_choices_amd64.go
