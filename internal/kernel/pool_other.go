//go:build !amd64

package kernel

// maxRuns reports whether there is a form in assembly. On these processors there is none.
func (f *planeLoop[T]) maxRuns(lo, hi int) bool { return false }

// meanFramed and meanFramedBackward report whether there is a form in assembly. There is none.
func (f *planeLoop[T]) meanFramed(lo, hi int) bool { return false }

func (f *planeLoop[T]) meanFramedBackward(lo, hi int) bool { return false }
