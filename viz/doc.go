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
// The way of a drawing: reading.go with states.go reads the graph into atoms, layers.go makes the
// tree of layers, fold.go closes and folds them, bundle.go puts neighbours together where they are too many,
// assemble.go, leaves.go, loop.go, attention.go, values.go and heat.go make a
// scene (scene.go), which dot.go writes as it is. For SVG, ladder.go with panels.go,
// lanes.go, wires.go, boxes.go and titles.go gives the scene geometry, a picture
// (picture.go), which svg.go writes. metrics.go measures text without fonts; lang.go has all words. What the elements
// of an SVG are called is in docs/svg.md.
package viz
