// Package drawing has the verbs of zoo that show what is inside of a model: draw, tape, trace and lesson.
//
// The one idea: a model is looked at as it is, by its graph, its instructions, its weights or a recorded step, and
// none of these verbs changes it. Each of the pictures that draw makes in place of the graph has a file. The first
// batch of a training, whose values are drawn, is that of package training.
//
//	draw.go       draw and tape: the graph of a step, and the instructions that it becomes
//	numbers.go    values of a step in the drawing of its graph
//	attention.go  where the heads of a model look
//	filters.go    kernels and feature maps
//	map.go        where pictures lie by their codes
//	trace.go      a training step that is recorded, as a page or as JSON
//	lesson.go     lessons on backpropagation, as pages
package drawing

import "github.com/stheno-ml/stheno/cmd/zoo/internal/cli"

// Verbs are the verbs of this package, of an invocation.
type Verbs struct{ *cli.App }
