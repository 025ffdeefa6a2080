// Package kernel holds the hot loops: functions over slices and sizes that know nothing of
// graphs. They allocate nothing, take working memory from the caller, and give the same bits
// whatever GOMAXPROCS is, since they split work by sizes alone (see internal/parallel) and add
// in a fixed order. Matrices and tensors are row-major.
//
// Some kernels have forms in assembly beside the plain one, which is their oracle and works everywhere: AVX2 with FMA,
// and AVX-512 for products of matrices, convolutions, functions of vectors, and loops over rows; the best that the
// processor has is chosen when the program starts. Element by element the two give the same bits; sums of rows are in
// an order of each form. The environment variable STHENO_CPU=plain turns them off, STHENO_CPU=avx2 the latter. The
// assembly is written by the programs in avo, a module of its own; go generate runs them. The tests run every form
// that the processor has; go test -short is meant for an emulator where it lacks AVX-512.
package kernel

//go:generate -command avo go -C avo run
//go:generate avo ./gemm -out ../tiles_amd64.s -stubs ../tiles_amd64.go -pkg kernel
//go:generate avo ./peak -out ../peak_amd64.s -stubs ../peak_amd64.go -pkg kernel
//go:generate avo ./vector -out ../vector_amd64.s -stubs ../vector_amd64.go -pkg kernel -choices ../vector_choices_amd64.go
//go:generate avo ./rows -out ../rows_amd64.s -stubs ../rows_amd64.go -pkg kernel -choices ../rows_choices_amd64.go -other ../rows_other.go
//go:generate avo ./winograd -out ../winograd_amd64.s -stubs ../winograd_amd64.go -pkg kernel -choices ../winograd_choices_amd64.go
