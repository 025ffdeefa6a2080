// Package trace records what a training step computes: every instruction of the tape with its operands and results, the
// contributions that each gradient is the sum of, and how far they agree with finite differences. What is recorded is a
// [Trace], a value that is written and read as JSON; package viz/html makes a page of it.
//
// A trace has runs, one for each program: a training step is one, and a game has one for each player. A run has nodes,
// the values of the graph; instructions, in the order of the tape; and states, each the values of all nodes at one time
// or for one setting of the controls. The tape is the one of a lesson (graph.CompileOptions.Teach): an instruction a node,
// and nothing overwritten.
package trace
