// Package kernel holds the hot loops: functions over slices and sizes that know nothing of graphs. They give the same
// bits whatever GOMAXPROCS is, since they split work by sizes alone (see internal/parallel) and add in a fixed order.
// Matrices and tensors are row-major.
//
// Each kind of kernel has a package of its own, which imports only the packages before it: scalar, functions of one
// number; vector, elements and rows; gemm, products; conv, convolutions; and this one, the layers that are made of
// these:
//
//	norm.go foldnorm.go             normalisations, and one that goes into the weights before it
//	softmax.go crossentropy.go      softmax, and its loss
//	loss.go                         losses of single elements
//	attention.go                    scaled dot-product attention
//	recurrent.go                    recurrent layers over a batch of sequences
//	pool.go pool_amd64.go           pools, and those in assembly
//	pool_other.go                   stand-ins on other processors, which have no pools in assembly
//	index.go                        reading and adding at places given by indices
//	random.go                       random numbers and dropout
//	update.go                       steps of optimisers
//	arena.go                        the memory of a tape
//
//	layers_amd64.s layers_amd64.go  loops over rows for this package alone, which avo writes, and their declarations
//	layers_choices_amd64.go         functions that take AVX2 or AVX-512
//	layers_other.go                 their stand-ins, which are never called
//
// Most kernels have forms in assembly beside the plain one, which is their oracle and works everywhere; package form
// says which is in use. Element by element all forms give the same bits, but for functions whose error package vector
// names. Sums of rows have an order that differs between the forms. The assembly is written by the programs in avo, a
// module of its own; go generate runs them. The tests run every form that the processor has; go test -short is meant
// for an emulator where it lacks AVX-512.
//
// Memory comes from two places. The plain forms work in scratch that the caller gives. The scratch is planned whatever
// the form is, so that a tape without constant parameters is the same on every machine, and it is small: that of a
// convolution is at most 2¹⁷ numbers (half a megabyte in float32), as long as a window of a channel has no more than
// 2¹⁴ taps, and for few channels some copies of the gradient by its weights. The forms in assembly keep what they work
// in for the next call, so that what has run once allocates no more; package reuse counts it and gives it back.
//
// Words, each with one meaning in all files unless its line says otherwise:
//
//	form         an instruction set that kernels are written for: plain Go, AVX2, AVX-512
//	block        a unit of parallel work; of attention also the queries, or the keys, of a tile
//	tile         the part of C that one call of a micro-kernel computes, in registers; of Winograd's filtering 4×4
//	             pixels of an image, of attention a block of queries and a block of keys
//	panel        the rows of A, or the columns of B, of a tile, copied to lie in the order in which they are read
//	chunk        a run of K, the axis that a product sums over, whose panels are copied together
//	strip        tiles one below the other; of Winograd's filtering 16 tiles side by side
//	packed       laid out in panels, beforehand or by the product itself
//	window       the elements of an image that one result of a convolution or pooling is made of
//	tap          one element of a window, or of the weights, which all windows multiply it by
//	column       a window, written as a column of a matrix, so that a convolution is a product
//	plane        one channel of one image, with its padding; a stride of s divides it into s² phases
//	band         rows of results that are computed together
//	interleaved  of 16 images: side by side, so that a pixel is 16 numbers, one for each image
//	transposed   of a matrix: rows written as columns
//	rotated      of weights: by half a circle, as the gradient by the image has them
package kernel

//go:generate -command avo go -C avo run
//go:generate avo ./vector -pkg vector -out ../vector/vector_amd64.s -stubs ../vector/vector_amd64.go -choices ../vector/vector_choices_amd64.go
//go:generate avo ./rows -pkg vector -out ../vector/rows_amd64.s -stubs ../vector/rows_amd64.go -choices ../vector/rows_choices_amd64.go -other ../vector/rows_other.go
//go:generate avo ./gemm -pkg gemm -out ../gemm/tiles_amd64.s -stubs ../gemm/tiles_amd64.go -edges ../gemm/edges_amd64.go
//go:generate avo ./winograd -pkg conv -out ../conv/winograd_amd64.s -stubs ../conv/winograd_amd64.go -choices ../conv/winograd_choices_amd64.go
//go:generate avo ./rows -layers -pkg kernel -out ../layers_amd64.s -stubs ../layers_amd64.go -choices ../layers_choices_amd64.go -other ../layers_other.go
//go:generate avo ./peak -pkg gemm -out ../gemm/peak_amd64.s -stubs ../gemm/peak_amd64.go
