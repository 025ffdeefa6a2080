// Command zoo trains, runs, draws and explains the models of stheno.
//
//	go run ./cmd/zoo train lenet5
//	go run ./cmd/zoo draw lenet5 --backward -o lenet5.svg
//	go run ./cmd/zoo tape lenet5 --backward
//	go run ./cmd/zoo bench lenet5 --profile
//
// See zoo help.
//
// What every verb stands on is in internal/cli, the verbs that are about training are in internal/training, and those
// that show what is inside of a model are in internal/drawing. Here is the rest: what is asked of a model that has
// learnt, or that learns for the answer alone, as in crossval, and what is told of models, data and this machine.
//
// # Map
//
//	main.go       the program
//	root.go       the tree of commands, help and completion
//	list.go       list, version
//	use.go        summary, eval, predict
//	answers.go    how answers are printed
//	classes.go    what eval and crossval tell of classes: confusion, the worst answers
//	scored.go     curves of scores: ROC, precision and recall, calibration
//	ensemble.go   ensemble, and what several models say together
//	crossval.go   crossval
//	explain.go    explain
//	generate.go   generate
//	augment.go    augment, of pictures
//	sounds.go     of sounds
//	reword.go     of texts
//	anew.go       of texts that two translators say anew
//	inspect.go    inspect and compare, of files that training has written
//	bench.go      bench
package main
