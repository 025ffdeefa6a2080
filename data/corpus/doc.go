// Package corpus holds texts and sentences: built-in ones that need no file, readers, and what varies their words.
//
// The one idea: a corpus is parted, and its vocabulary is made, before a model sees any of it. What is tested with was
// not learnt from, not even a sentence that stands in the file twice; the words are those of the training part, so
// that what is rare there stays unknown.
//
//	built in              from a path                                what it is
//	Prose                 ReadText and NewText                       Text: two strings and a data.Vocabulary
//	Names                 ReadLines                                  Lines: two lists of strings, and data.Words
//	Sums, Reverse, Sort,  ReadPairs (tabs), ReadParallel (two files) Parallel: two lists of pairs, and two data.Words
//	and Phrases
//	Reviews, Languages    ReadLabelled (a file a class, or a table)  Labelled: two lists of sentences, and data.Words
//
// [OpenText], [OpenLines], [OpenPairs] and [OpenLabelled] take the name of one that [data.Sources] lists, or a path.
// Then come numbers: [Text.Streams], [Lines.Rows], [Parallel.Sequences] and [Labelled.Sequences] give what package
// data makes batches of.
//
//	learn, test := corpus.Sums(0).Sequences()
//	sums := learn.Bucketed(64, 4, 0) // (x, lengths, y, target)
//
// A [Rewording] varies the words of a text from epoch to epoch, by [Synonyms] among others, and a [BackTranslation]
// says it anew by way of another language.
//
//	text.go prose.go                  Text, and the built-in one, written by a grammar as are names and reviews
//	lines.go                          Lines, and the built-in names
//	sentences.go labelled.go          Parallel and Labelled, and their readers
//	phrases.go toys.go                the built-in pairs
//	reviews.go languages.go           the built-in sentences of classes
//	reword.go synonyms.go             Rewording, and Synonyms
//	backtranslation.go                BackTranslation
//
// What is damaged is [data.ErrDamaged] and names file and line, or offset.
package corpus
