// Package recipe is the table of the zoo: a row for each model, which says what it is made of, what it learns from,
// how it is trained, and what it should come to.
//
// The one idea: a row is data. What the rows of one kind have in common is in package kinds, and package kind says
// what kinds can be asked for. So a model enters the zoo in two places, its file under models and a row in the table,
// and every verb of the command, every page and every test finds it there. Nothing in this package but the table knows
// the name of a model.
//
//	recipe.go    Recipe, a row: its data, sizes and settings; Expect, what it should come to
//	table.go     the rows
//	able.go      which rows can do what
//	tables.go    rows as they learn from the rows of a table
//	weights.go   files of weights: what they say of a model, and whether it is one that the row makes
//	foreign.go   files of weights that others have written
//	trace.go     a training step of a row, as a recorded one
//	chinese.go   rows in Chinese, for recorded steps
//	crossval.go  cross-validation on a table
//	transfer.go  what a network that has learnt before is worth where there are few examples
//	page.go      the page of a row in docs/zoo
package recipe
