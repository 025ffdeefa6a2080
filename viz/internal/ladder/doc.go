// Package ladder draws a scene, which is what a drawing of a graph says before anything has a place: rows in the order
// of the tape, edges between them, and frames around them. It knows no graph, so tests draw scenes that are written by
// hand, or at random.
//
// A scene is laid out as a ladder, with the columns parameters, forward, backward and gradients: everything gets its
// place, and the scene becomes a picture, which is written as SVG. DOT is written from the scene as it is, since
// Graphviz finds places of its own. The cost is linear in the rows.
//
// # Map
//
//	scene.go    the scene: rows, boxes, edges, frames
//	value.go    the numbers that stand in a box
//	palette.go  the colours and forms of boxes, by what they are
//	page.go     which layout fits a slide best
//	ladder.go   the layout: columns, rows, boxes and frames
//	panels.go   a long ladder, cut into panels side by side
//	lanes.go    lanes beside the columns, in which wires run that skip rows
//	wires.go    wires, and what is written beside them
//	boxes.go    the size of a box, and the texts in it
//	titles.go   the title, the headings and the legend
//	picture.go  the picture: everything at its place
//	svg.go      the picture as SVG
//	dot.go      the scene as DOT
package ladder
