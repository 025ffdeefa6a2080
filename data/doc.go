// Package data holds the examples that models learn from: built-in sets that need no file, readers, and batches.
//
// The one idea: a [Split] is two tensors with one example a row, and the order in which an epoch of training sees
// its examples is a function of (seed, epoch) alone, so any epoch can be run again.
//
//	digits := data.Digits(0)
//	for epoch := range 3 {
//		for batch := range digits.Train.Batches(64, epoch) {
//			loss, err := trainer.Step(batch.X, batch.Y)
//			...
//		}
//	}
//	for batch := range digits.Test.InOrder(500) {
//		...
//	}
package data
