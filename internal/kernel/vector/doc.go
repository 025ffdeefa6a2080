// Package vector has the kernels over elements and rows: functions of each element, chains of them, sums and extrema,
// copies. Each kernel has a plain form, which is the oracle of the forms in assembly. Element by element all forms
// give the same bits, but for functions that name an error beside their constant. Sums of rows are taken in float64,
// in an order that differs between the forms.
//
//	elementwise.go        functions of one element and of two, and their derivatives
//	elementwise_amd64.go  which of them are in assembly
//	elementwise_other.go  stand-ins on other processors, where none of them is
//	broadcast.go          functions of operands of different shapes
//	chain.go              several functions, one after the other, block by block
//	cells.go              a step of a recurrent cell
//	rows.go               a row scaled, added, summed; columns summed
//	reduce.go             sums, means and extrema over axes
//	strided.go            copies between layouts, transposition among them
//	finite.go             whether numbers are finite
//
//	vector_amd64.s, rows_amd64.s                          the assembly, which avo writes
//	vector_amd64.go, rows_amd64.go                        its declarations
//	vector_choices_amd64.go, rows_choices_amd64.go        functions that take AVX2 or AVX-512
//	rows_other.go                                         their stand-ins, which are never called
package vector
