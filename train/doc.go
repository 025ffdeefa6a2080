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
// Optimisers are values that add the step of a parameter to the graph; [ByGroup] has one for each group of parameters,
// and [Thaw] lets the parts of a network that has learnt before learn one after the other.
// How the learning rate changes over the steps is in package schedule.
//
// Fit is the loop with progress, evaluation and a clean way to stop; its Result has a history of plain rows, which are
// in package train/history. A Checkpoint saves a training at any step, and goes on from there to the same bits;
// Trainer.Save keeps what the next steps depend on beside the weights.
//
// Tools are plain values, for Fit as for a loop by hand: EarlyStop, KeepBest, Average, Limit, OverfitBatches, and
// RangeTest, which looks for a learning rate and leaves no trace. See docs/training.md.
//
// Watch looks inside a model while it learns: values, gradients and steps of each layer, as figures and histograms.
// Snapshots saves the members of an ensemble.
//
// Package train/metrics says more of predictions than a Metric does: of each class, of probabilities, of two models.
//
// A Task is what a step makes small: Supervised of a model and a loss, a model that is its own, a TaskFunc, or a Game
// of several players, whose losses are in package train/adversarial. Minimize lets a graph that is built by hand
// train.
package train
