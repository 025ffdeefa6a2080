//go:build !amd64

package kernel

// maxLines, avgLines and avgLinesBackward do a plane by lines, if there is a form for it.
func (f *planeLoop[T]) maxLines(plane int) bool         { return false }
func (f *planeLoop[T]) avgLines(plane int) bool         { return false }
func (f *planeLoop[T]) avgLinesBackward(plane int) bool { return false }
