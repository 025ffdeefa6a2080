// Package reuse keeps what kernels need from one call to the next, so that a call that has run once allocates no more.
// It keeps the bodies of loops, and the working memory that kernels have beside the scratch of the caller. It counts
// what it keeps, and gives it back on request.
//
//	reuse.go  spares, jobs, and memory that grows
package reuse
