//go:build !amd64

package kernel

// maxRuns does some planes by lines, if there is a form for it.
func (f *planeLoop[T]) maxRuns(lo, hi int) bool { return false }

// meanFramed does some planes by copies in their padding, if there is a form for it; so does the next one.
func (f *planeLoop[T]) meanFramed(lo, hi int) bool { return false }

func (f *planeLoop[T]) meanFramedBackward(lo, hi int) bool { return false }
