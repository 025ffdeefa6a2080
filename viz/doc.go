// Package viz draws computation graphs: as SVG with a layout of its own, and as DOT
// for Graphviz. It reads the graph and nothing else; the same graph gives the same
// bytes.
//
// The one idea is the ladder. Every operation has a row, in tape order, and a row
// has the columns
//
//	parameters | forward | backward | gradients
//
// so an operation and its derivative stand side by side. Values flow down the
// forward column, gradients up the backward column, and the loss at the bottom
// joins the two. A dotted line says that the derivative needs values of the forward
// pass, and names them; ⊕ says that gradients are added because a value had several
// readers; "no dx" that nobody asked for the gradient of the operand. Skips run in
// lanes beside the columns, very long ones as pairs of named stubs. Layers are
// frames; closed layers are boxes, which tell of the residuals in them; equal layers
// in a row are drawn once, with ×N, and where they are steps of a recurrent network, a
// loop shows what goes from each to the next: at an open step its ends are h(t) and
// h(t-1). A state stands beside what reads it; the ops that
// carry it in and out are drawn among single ops only.
//
//	err := viz.WriteFile("lenet5.svg", g, viz.Options{Backward: true})
//
// With values, see [Options], the numbers of a run stand in the boxes, few as they are and more as a small picture; a
// backward box then shows dy, the gradient of the value beside it, and ⊕ what it adds.
//
// What a run gives in numbers alone is drawn without a graph: weights of attention with [WriteMatrices], feature maps
// with [WriteTiles], and what an answer rests on with [WriteEvidence].
//
// The rooms below, of which each uses those above it:
//
//	internal/ink     colours, places and texts, how wide these are, and elements of SVG
//	internal/words   all words of drawings, in each language
//	internal/ladder  a drawing as rows, edges and frames, a scene, which it writes as SVG and DOT; it knows no graph
//	internal/flaws   what is wrong with a drawing, for tests
//
// This package reads graphs, and says what is drawn of them. What the elements of an SVG are called is in docs/svg.md.
//
// # Map
//
//	viz.go lang.go     what users call; a graph becomes a scene, and the scene a file
//	reading.go         the graph as atoms, one for each operation with its backward pass; numbers.go writes integers
//	states.go          which ops only carry the state of a recurrent network
//	layers.go          the tree of layers
//	fold.go folds.go   which layers are closed, and which are equal and drawn once; the same as a list
//	bundle.go          neighbours together in a box, where they are too many
//	assemble.go        the scene: rows, boxes and edges
//	leaves.go          parameters, inputs and gradients beside a row
//	loop.go            what goes from step to step of a recurrent network
//	attention.go       attention in small ops, of which a closed layer speaks as one
//	values.go heat.go  the numbers of a value in its box, and small pictures of more
//	matrix.go          matrices on a sheet, as matrixsvg.go and matrixpng.go write it
//	tiles.go           feature maps and filters
//	evidence.go        pictures and texts with what an answer rests on
package viz
