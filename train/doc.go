// Package train fits models: optimisers, the trainer, evaluation.
//
// The one idea: a training step is a program like any other. The trainer builds one graph with
// the model, its loss, the gradients and the optimiser's updates, compiles it on the first
// batch, and runs it:
//
//	model := cnn.NewLeNet5(10)
//	trainer := train.New(train.Supervised(model, ops.CrossEntropy), &train.Adam{LR: 1e-3})
//	for batch := range set.Train.Batches(64, epoch) {
//		loss, err := trainer.Step(batch.X, batch.Y)
//		...
//	}
//
// Fit is the loop with progress, evaluation and a clean way to stop.
package train
