// Package proof is what the tests of all kernels share. Only tests import it.
//
// The one idea: a kernel is compared with its plain twin, or with the formula in float64. Shapes are random, memory
// ends at a page that faults, and every form that the processor has is tried.
//
//	trial.go        random shapes: what is drawn, in which form it is tried, and how a fault is named
//	draws.go        numbers, shapes and indices of a trial, and how they are compared
//	rows.go         kernels over rows, in the plain form and in the one in use
//	guard.go        operands in memory with a guard before it or behind it
//	guard_linux.go  such memory
//	guard_other.go  memory without a guard, on other systems
//	check.go        the forms one after the other; close results, the same bits, no allocation
//	values.go       values that kernels may treat in another way than their neighbours
package proof
