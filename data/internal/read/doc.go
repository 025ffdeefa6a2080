// Package read holds what all readers of data do, whatever they read.
//
// The one idea: a reader believes no source. It looks at what the source is before it opens it, at the size before it
// takes memory, and what is not as it should be it tells as one kind of error.
//
//	sources.go  the names of data sets, and whether a source is one, or a path
//	text.go     whole files up to a limit, and what is text
//	damage.go   the error of what was read and is damaged
//	holdout.go  which examples are tested with, of a source that is not parted
package read
