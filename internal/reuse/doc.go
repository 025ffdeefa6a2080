// Package reuse keeps what kernels need from one call to the next, so that what has run once allocates no more: the
// bodies of their loops, and the memory that these work in beside the scratch that the caller gives. It counts what it
// keeps, and gives it back when it is asked to.
//
//	reuse.go  spares, jobs, and memory that grows
package reuse
