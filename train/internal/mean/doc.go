// Package mean adds up what the batches of an epoch come to, as if their rows were one batch.
//
// The one idea: a [Mean] is a loss or a figure as a program computes it for one batch, a sum of terms, each with the
// count that it is divided by. [Sums] adds up the sums and the counts of many batches and divides in the end, so that
// a short batch counts as much as it has rows.
package mean
