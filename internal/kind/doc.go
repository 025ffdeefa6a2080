// Package kind says what a kind of models is to those who use it: how its data are opened, how a model is made, and
// what can be asked of one.
//
// The one idea: whoever trains, draws or asks a model knows its [Kind] and not its architecture. A Kind opens data as
// a [Set], and makes a [Model] for a [Form]. What only some kinds can do is an interface each: a [Predictor] answers
// to inputs, a [Generator] makes something new, an [Explainer] says why. So a verb asks a kind whether it can do what
// the verb is about, and each kind in package kinds does what it can. What can be asked of any model with such layers,
// how it attends and what its convolutions see, is computed here.
//
//	kind.go       Kind, and the interfaces of what some kinds can do
//	form.go       Form, what a model is made for; its size, the scale of a series, the columns of a table
//	model.go      Model, what a kind makes; Answer, what a model says
//	set.go        Set, data that were opened
//	reading.go    Reading, how files are read where there is more than one way
//	errors.go     the errors of inputs, data and wishes that a model cannot do anything with
//	explain.go    Explainer, kinds of which one can ask why
//	attention.go  how a model looks at a text, as matrices
//	filters.go    what a convolutional network looks for, and what it sees, as tiles
//	codes.go      Codes, what a model knows of pictures in a few numbers, and their plane
//	picture.go    Picture, a grid of pictures, or a plot, that is written into a file
package kind
