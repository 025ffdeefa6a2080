// Package ops holds every operation, one family a file: its shapes, its derivative, its
// evaluation.
//
// The one idea: an operation is a small comparable struct with four methods (see [graph.Op]),
// and a function that applies it. Functions take and return nodes and never fail on the spot:
// operands that do not fit are reported, once, with layer and line, when the graph is compiled.
//
//	h := ops.ReLU(ops.Linear(x, w, b))
//	loss := ops.CrossEntropy(h, labels)
//
// To add one, see docs/adding-an-op.md.
package ops
