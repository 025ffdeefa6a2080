// Package data holds the examples that models learn from: built-in sets that need no file, readers, and batches.
//
// The one idea: a data set is tensors with one example a row, and the order in which an epoch of training sees its
// examples is a function of (seed, epoch) alone, so any epoch can be run again.
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
//
// Data sets are [Images], [Text] and [Table]. [OpenImages], [OpenText] and [OpenTable] take the name of one that
// [Sources] lists, or a path:
//
//	built in   from a path                                what it is
//	Digits     MNIST (IDX files), Folder (PNG and JPEG)   Images: two Splits, X (N, C, H, W), Y (N)
//	Prose      ReadText and NewText                       Text: two strings and a Vocabulary
//	Moons      ReadTable (CSV and its kin)                Table: two Splits, X (N, features), Y (N) or (N, 1)
//
// A [Source] gives the batches of an epoch as tuples, one tensor for each operand of the task, and knows how many
// there are. [Split] makes pairs (x, y), or x alone after [Split.Inputs]; [Rows] makes tuples of any length; [Stream]
// cuts a text into lanes that a model reads on from batch to batch:
//
//	images := digits.Train.Shuffled(64)   // (x, y)
//	train, test, err := prose.Streams()
//	text := train.Lanes(32, 64)           // x, y (32, 64)
//
// Readers believe no file: sizes are compared with what is there before memory is taken. What is damaged is
// [ErrDamaged] and says where, what is missing is os.ErrNotExist.
package data
