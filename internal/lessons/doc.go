// Package lessons holds twelve lessons on backpropagation: small graphs made of this project's own ops, in float64,
// each with what to try, a question to answer first, and a tour in English and Chinese.
//
//	l, ok := lessons.Find("neuron")
//	t, err := l.Build() // a *trace.Trace, of which package viz/html makes a page
//
// The one idea: a slider moves among states that were computed here, by the program that the page shows, and are
// kept in the page. So what is shown is what was computed, to the bit; the page does no mathematics, needs no
// interpreter of several megabytes, and the tests of this package look at the same numbers as a reader does. The
// price is that a slider has steps, and that they are chosen so that a page stays below a megabyte.
//
// Each lesson is a file, and a row of the table in lessons.go:
//
//	lessons.go                 Lesson, All, Find: the table
//	formulas.go                which formula of the primer is shown where
//	scene.go                   what a lesson is made with: graphs, states, controls, questions, tours
//	tex.go figure.go           formulas in texts; drawings
//	neuron.go forks.go sigmoids.go dead.go xor.go convolution.go recurrence.go attention.go reparameterisation.go
//	game.go normalisation.go optimisers.go
package lessons
