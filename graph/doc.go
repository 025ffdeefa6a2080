// Package graph holds static symbolic graphs on Gorgonia: building, differentiating, compiling and running them.
//
// The one idea: a graph is data. Ops add nodes to it, [Gradients] adds nodes to it, [Graph.Compile] makes a tape of
// it, and each of these can be printed.
//
//	g := &graph.Graph{Mode: graph.Train}
//	x := g.Input("x", 4, 3)
//	loss := ops.Mean(ops.Square(x))
//	dx := graph.Gradients(loss, x)
//	prog, err := g.Compile(loss, dx[0])
//
// # Map
//
//	doc.go                      this page
//	graph.go node.go param.go   Graph, Node, Param: what a model is built from
//	label.go                    names that are not unique: the labels of models, name#2
//	state.go                    State: what a program carries from run to run
//	type.go tensor.go           DType, Shape, Type, Dims; Tensor: values in memory
//	op.go builtin.go            Op: what an operation is, EvalFloats; constants, and the sum where gradients meet
//	joins.go                    what an op tells the compiler, so that it is joined with others
//	check.go                    CheckGradient, for ops of one's own; SameFloats, BroadcastShape for their shape rules
//	errors.go                   BuildError: the first mistake, with layer and line
//	line.go                     the lines of Go that made a node, where they are asked for
//	gorgonia.go                 the adapter to Gorgonia's nodes and ops
//	import.go                   Import and FromGorgonia: nodes and whole programs of Gorgonia, in a graph:
//	  import_op.go              an op of Gorgonia: its own evaluation and gradient
//	  import_names.go           the names of Gorgonia's ops
//	  import_mend.go            ops and gradients of ours for ops of Gorgonia that are wrong or keep a state
//	  import_replace.go         how the packages above put their ops in the place of Gorgonia's
//	  import_ops.go             ops in the place of Gorgonia's: dropout, noise, reductions
//	  import_pool.go            pooling
//	  import_norm.go            normalisation
//	gradient.go                 Gradients
//	ir.go verify.go compile.go  instructions and the passes over them
//	fuse.go                     joining instructions; the passes that join them:
//	  fuse_scalars.go           tensors of equal elements read as one number
//	  fuse_operands.go          transposed matrices read in place
//	  fuse_patterns.go          a formula in small ops given to the op that is made for it
//	  fuse_products.go          products added to a gradient as they are made
//	  fuse_epilogues.go         a product takes in the elementwise op that follows
//	  fuse_chains.go            trees of elementwise ops as one op
//	checkpoint.go               values of chosen layers computed again instead of kept
//	prepare.go                  what depends on constant parameters, computed before the first run
//	alias.go plan.go sweep.go   shared memory; addresses in the arena; addresses for very long tapes
//	program.go                  Program: Set, Run, Step, Trace, Value
//	memory.go                   the memory that a program needs, compared with the memory that is available:
//	  available_linux.go        on Linux: by the kernel, the control groups and the limits of the process
//	  available_other.go        on other systems: not known
//	finite.go                   no update by NaN or infinity, and where such a number arose
//	cost.go profile.go          what each instruction computes and moves, and its time
//	print.go                    the text forms
//	form.go                     which form of the kernels runs
//	stock.go                    the same graph on Gorgonia's own tape machine
//
// # Printed form
//
// [Graph.WriteTo] prints one node a line:
//
//	%number = op %operand … [result k] : type [in layer] [backward|update] [of %forward]
//
// Nodes are numbered in the order of their creation, which is a topological order. [Program.WriteTo] prints one
// instruction a line: its number, results, op, operands, type, layer, floating point operations, bytes read and
// written, the bytes of the arena that are alive, and whether it computes a value again, is a view, or works in place.
// A value that is computed again has a star.
//
// # The tape of a lesson
//
// The usual tape is made to run fast: instructions are joined, results are written over operands, memory is used
// again. When an observer traces it, another value may already have taken the place of an operand.
// [CompileOptions.Teach] makes a tape that shows the graph as it is: one instruction for each op that is needed and
// each assignment, in the order of the graph, with the updates at the end. Nothing is overwritten before the next run.
// This tape gives the same values, to the bit, as the tape with NoFuse. It takes as much memory as all values
// together.
package graph
