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
// Data sets are [Images] and [Sounds] here, tables and series in package table, texts and sentences in package corpus.
// [OpenImages] and [OpenSounds], as table.Open, corpus.OpenText and the others there, take the name of one that
// [Sources] lists, or a path:
//
//	built in              from a path                                what it is
//	Digits                MNIST (IDX files), Folder (PNG and JPEG)   Images: two Splits, X (N, C, H, W), Y (N)
//	Tones                 Recordings (WAV files)                     Sounds: two Clips, and Pictures of them
//	table.Moons           table.Read (CSV and its kin)               Table: two Splits, X (N, F), Y (N) or (N, 1)
//	table.Sine            table.ReadSeries (a column of a table)     Series: Windows of X (N, T, 1), Y (N)
//	corpus.Prose …        corpus.ReadText …                          Text, Lines, Parallel, Labelled: see there
//
// [KFold], [StratifiedKFold] and [Stratify] part examples of any kind by their numbers, [Oversample], [Undersample]
// and [Shots] choose among them, and [Split.Pick] takes them. [Split.Through] puts what a network makes of them in
// their place.
//
// A [Tokenizer] numbers what a text is made of: [Vocabulary] characters, [Words] words, and those of package subword,
// of the files of GPT-2 and BERT, parts of words. [ReadWAV] reads a [Sound]. Package sound makes
// pictures of sounds, and varies them.
//
// A [Source] gives the batches of an epoch as tuples, one tensor for each operand of the task, and knows how many
// there are. [Split] makes pairs (x, y), or x alone after [Split.Inputs], and [Split.Augmented] varies their pictures,
// which [Resized] brings to another size and [Mix] mixes with each other;
// [Rows] makes tuples of any length; [Sequences] pads those of sentences, of about one length in a batch; [Stream]
// cuts a text into lanes that a model reads on from batch to batch; [Masked] hides some symbols of texts, which a
// model is to find; [Views] shows each picture twice. A [Loader] makes the batches of any source beside the steps that
// use them:
//
//	images := digits.Train.Shuffled(64)   // (x, y)
//	train, test, err := corpus.Prose(0).Streams()
//	text := train.Lanes(32, 64)           // x, y (32, 64); Windows(32, 64, 0) begins anywhere
//	learn, test := corpus.Sums(0).Sequences()
//	sums := learn.Bucketed(64, 4, 0)      // (x, lengths, y, target)
//
// Readers believe no file: sizes are compared with what is there before memory is taken. What is damaged is
// [ErrDamaged] and says where, what is missing is os.ErrNotExist.
package data
