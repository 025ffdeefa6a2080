// Package trial is what tests of several of the packages of data share: files to read, and what folds are measured by.
// Only tests import it.
//
//	files.go     files in a new folder, and what reading them takes
//	pictures.go  picture files, and such as claim another size than they have
//	folds.go     what folds are measured by
package trial
