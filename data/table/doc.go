// Package table holds tables: rows of numbers and names, of which one column is to be predicted by the others, and
// series, columns of which each value is to be predicted by those before.
//
// The one idea: whatever is learnt of a column beside the weights, such as the place of a name, what stands for a
// value that is missing, a mean and a deviation, is learnt of the training rows alone, is kept, and reads all other
// rows the same way.
//
//	iris, err := table.Read("iris.csv", table.Options{})
//	iris = iris.Standardize()
//	for batch := range iris.Train.Batches(16, epoch) {
//		...
//	}
//
// A [Table] is parted into two of [data.Split]. A [Frame] is one that is not parted yet, which is cleaned and
// cross-validated; a [Report] tells what was changed. [Columns] are what was learnt, and [Columns.Open] and
// [Columns.ReadInputs] read other rows by it. A [Series] makes windows of its values. [Open], [OpenFrame] and
// [OpenSeries] take the name of one that [data.Sources] lists, or a path.
//
//	table.go    Table, what a file of one means, and Moons, which is built in
//	frame.go    Frame: rows that are not parted yet, and their folds
//	clean.go    what is done about values that are missing, rows that stand twice, and outliers
//	columns.go  Columns: what was learnt of a table
//	inputs.go   other rows, which are read by it
//	series.go   Series, their gaps and windows, and Sine, which is built in
//
// What is damaged is [data.ErrDamaged] and names file, line and column; a column that is asked for and is not there is
// [ErrNoColumn].
package table
