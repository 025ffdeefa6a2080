//go:build !amd64

package kernel

// maxRuns does a plane by lines, if there is a form for it.
func (f *planeLoop[T]) maxRuns(plane int) bool { return false }
