// Package trace records what a training step computes: every instruction of the tape with its operands and results,
// the contributions that each gradient is the sum of, and how far they agree with finite differences. What is recorded
// is a [Trace], a value that is written and read as JSON; package viz/html makes a page of it.
//
// A trace has runs, one for each program: a training step is one, and a game has one for each player. A run has nodes,
// the values of the graph; instructions, in the order of the tape; and states, each the values of all nodes at one
// time or for one setting of the controls. The tape is the one of a lesson (graph.CompileOptions.Teach): an
// instruction a node, and nothing overwritten.
//
//	run, err := trace.Record(prog, trace.Options{})     // one step of a program that is compiled with Teach
//	_, err = trace.New(title, run).WriteTo(file)        // as JSON; html.Write makes a page of it
//
// The files, and where to begin:
//
//	format.go       Trace and what it holds: the format, see docs/trace-format.md
//	record.go       Record and Recorder
//	nodes.go        nodes, instructions and registers from the tape
//	steps.go        steps of the reverse pass, forks, local derivatives
//	differences.go  gradients compared with central differences
//	alarms.go       dead units, vanishing and exploding gradients, what does not change, what is not finite
//	code.go         the lines of Go that made the nodes
//	values.go       values whole, or summed up, within a budget
//	json.go check.go  writing, reading, checking
package trace
