package kernel

import (
	"sync"
	"unsafe"
)

// Float is an element type that kernels compute in.
type Float interface{ float32 | float64 }

// An Element is the element type of a kernel that only moves or adds values.
type Element interface{ float32 | float64 | int64 }

// A jobPool keeps the loop bodies of one kernel for reuse, by element size, so that a parallel loop allocates nothing.
type jobPool [2]spares

// spares are things kept for reuse. Unlike a sync.Pool they survive a collection and belong to no processor, so that
// what has run once allocates no more: there are never more than were in use at the same time.
type spares struct {
	fresh func() any // makes one when none is left; nil for the caller to do so

	mu   sync.Mutex
	free []any
}

// Get returns a spare, a fresh one, or nil.
func (s *spares) Get() any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		x := s.free[n-1]
		s.free = s.free[:n-1]
		return x
	}
	if s.fresh == nil {
		return nil
	}
	return s.fresh()
}

// Put keeps x, a pointer.
func (s *spares) Put(x any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, x)
}

// takeJob returns a job of type J, for elements of type T; its fields are those of an earlier use.
func takeJob[J any, T Element](p *jobPool) *J {
	if j, ok := p[sizeClass[T]()].Get().(*J); ok {
		return j
	}
	return new(J)
}

// giveJob clears j, so that it holds no memory of the caller, and keeps it.
func giveJob[T Element, J any](p *jobPool, j *J) {
	var zero J
	*j = zero
	p[sizeClass[T]()].Put(j)
}

// sizeClass is 0 for elements of 4 bytes and 1 for those of 8.
func sizeClass[T Element]() int {
	var x T
	return int(unsafe.Sizeof(x))/4 - 1
}

// floats32 returns x as a slice of float32, or nil for float64.
func floats32[T Float](x []T) []float32 {
	if !single[T]() {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}
