// Package cli is what all verbs of zoo stand on.
//
// The one idea: a verb does its work, and how a command line is read, what is printed where, and what an error or an
// interruption comes to is the same for all verbs and stands here. An [App] is one invocation. A result goes to its
// Stdout, as text or as one JSON value, and progress to its Stderr; an error is one line and an exit code, by what
// kind of error it is; work that is interrupted is left at once, but a file that is being written is written to its
// end.
//
//	app.go      App, and what verbs print and take by it
//	errors.go   exit codes, and the errors that have one of their own
//	text.go     text that does nothing to a terminal, and names and lines that are not too long
//	figures.go  numbers as they are printed, and in JSON
//	values.go   values of flags that are numbers
//	outputs.go  files to be written, which are checked before the work
//	models.go   the model that is named, its size, and its data
//	weights.go  files of weights that are named
//	reading.go  flags that say how data are read and seen, and the inputs of predict and explain
//	tables.go   flags of models that learn from tables
//
//	interrupt.go                        what an interruption does
//	signals_unix.go signals_other.go    the signals that end a process
package cli
