// This file holds what kernels keep from one call to the next: the bodies of loops, and the working memory that they
// have beside the scratch of the caller.

package reuse

import (
	"reflect"
	"slices"
	"sync"
	"unsafe"

	"github.com/stheno-ml/stheno/internal/pages"
)

// A Jobs keeps the loop bodies of one kernel for reuse, those for elements of 4 bytes apart from those for 8, so that
// a parallel loop allocates nothing.
type Jobs [2]Spares

// Spares are things kept for reuse. Unlike in a sync.Pool, they survive a garbage collection and belong to no
// processor, so that a call that has run once allocates no more. There are never more than were in use at the same
// time. [Held] counts them, and [Release] gives them back.
type Spares struct {
	Fresh func() any // makes one if none is left; if nil, the caller makes it

	mu    sync.Mutex
	free  []any
	known bool // in the list that Held and Release read
}

// all lists the spares to which something was ever put.
var all struct {
	mu   sync.Mutex
	list []*Spares
}

// Get returns a spare, or a fresh one if none is left, or nil if there is no Fresh.
func (s *Spares) Get() any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		x := s.free[n-1]
		s.free[n-1] = nil
		s.free = s.free[:n-1]
		return x
	}
	if s.Fresh == nil {
		return nil
	}
	return s.Fresh()
}

// Put keeps x, a pointer to a struct.
func (s *Spares) Put(x any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, x)
	if !s.known {
		s.known = true
		all.mu.Lock()
		all.list = append(all.list, s)
		all.mu.Unlock()
	}
}

// eachSpare calls f with the list of each Spares, under its lock.
func eachSpare(f func(free *[]any)) {
	all.mu.Lock()
	list := slices.Clone(all.list)
	all.mu.Unlock()
	for _, s := range list {
		s.mu.Lock()
		f(&s.free)
		s.mu.Unlock()
	}
}

// Held returns how many bytes kernels keep for later calls: operands laid out in panels, planes and columns of
// convolutions, and the bodies of loops. It is the most that calls of all callers have needed at the same time. It
// does not count what calls are working in now.
func Held() int {
	n := 0
	eachSpare(func(free *[]any) {
		for _, x := range *free {
			n += sizeOf(reflect.ValueOf(x).Elem())
		}
	})
	return n
}

// Release gives back what [Held] counts. Later calls allocate again what they need.
func Release() {
	eachSpare(func(free *[]any) { *free = nil })
}

// sizeOf is the number of bytes of a value, including what its slices hold.
func sizeOf(v reflect.Value) int {
	n := int(v.Type().Size())
	if v.Kind() != reflect.Struct {
		return n
	}
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.Slice:
			elem := f.Type().Elem()
			if elem.Kind() != reflect.Struct {
				n += f.Cap() * int(elem.Size())
				break
			}
			for k := range f.Cap() { // structs, which have slices of their own
				n += sizeOf(f.Slice(0, f.Cap()).Index(k))
			}
		case reflect.Struct:
			n += sizeOf(f) - int(f.Type().Size())
		}
	}
	return n
}

// A number is an element type of jobs.
type number interface{ float32 | float64 | int64 }

// sizeClass is 0 for elements of 4 bytes and 1 for those of 8.
func sizeClass[T number]() int {
	var x T
	return int(unsafe.Sizeof(x))/4 - 1
}

// Take returns a job of type J for elements of type T. Its fields are those of an earlier use, or zero.
func Take[J any, T number](p *Jobs) *J {
	if j, ok := p[sizeClass[T]()].Get().(*J); ok {
		return j
	}
	return new(J)
}

// Give clears j, so that it holds no memory of the caller, and keeps it.
func Give[T number, J any](p *Jobs, j *J) {
	var zero J
	*j = zero
	p[sizeClass[T]()].Put(j)
}

// Keep keeps j as it is. It is for a job that holds nothing of the caller.
func Keep[T number, J any](p *Jobs, j *J) { p[sizeClass[T]()].Put(j) }

// Room returns n elements of a buffer that grows. They hold anything.
func Room(b *[]float32, n int) []float32 {
	switch {
	case guard != nil:
		*b = guard(n)
	case cap(*b) < n:
		*b = pages.Large(make([]float32, n))
	}
	return (*b)[:n]
}

var guard func(n int) []float32 // what Room returns instead, in some tests

// Guard lets Room return what allocate does, anew each time, until end is called. Both release what is held. It is for
// tests that watch memory, while no other kernel runs.
func Guard(allocate func(n int) []float32) (end func()) {
	Release()
	guard = allocate
	return func() {
		guard = nil
		Release()
	}
}
