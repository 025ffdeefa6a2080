// Package kernel holds the hot loops: functions over slices and sizes that know nothing of
// graphs. They allocate nothing, take working memory from the caller, and give the same bits
// whatever GOMAXPROCS is, since they split work by sizes alone (see internal/parallel) and add
// in a fixed order. Matrices and tensors are row-major.
package kernel
