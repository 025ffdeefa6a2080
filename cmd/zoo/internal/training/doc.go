// Package training has the verbs of zoo that are about training: train, transfer, lr-find, and plot schedule, which
// shows what a rate will do; and summary --scale, which looks at the first step. Verbs that need a model which has
// learnt have one trained by [Learn].
//
// The one idea: train is one loop with tools beside it, and each tool has a file with its flags, what it checks before
// the first step, and what it does in the steps.
//
//	train.go       train: its flags, the data and the model that it begins with, the loop, and what it came to
//	progress.go    lines of progress, or a bar
//	checkpoint.go  checkpoints, and going on from one
//	chosen.go      early stopping, and averages of weights
//	schedule.go    schedules of the learning rate, and their plots
//	snapshots.go   weights at the end of each cycle of a schedule
//	watch.go       statistics of layers in the steps
//	lrfind.go      the search for a learning rate
//	transfer.go    what a network that has learnt before is worth where there are few examples
//	scale.go       how large values and gradients of the layers are in the first step
package training

import "github.com/stheno-ml/stheno/cmd/zoo/internal/cli"

// Verbs are the verbs of this package, of an invocation.
type Verbs struct{ *cli.App }
