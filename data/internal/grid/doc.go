// Package grid reads files of tables, of values separated by commas and their kin, as rows of fields and then as
// columns of numbers and names.
//
// The one idea: a file does not say what it means, so all that is concluded from it, such as what separates the
// fields, whether the first line names the columns, and which columns are numbers, is concluded here, and every error
// names file, line and column.
//
//	grid.go    Grid: the fields, and the names of the columns
//	column.go  Column: one column, read as numbers or as names
package grid
