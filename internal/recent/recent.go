// Package recent keeps a few values: those that were used last.
package recent

import (
	"iter"
	"slices"
)

// Programs is how many programs are kept for the shapes that they are compiled for: whole batches, the rest, and two
// more.
const Programs = 4

// List holds values, the one that was used last at its end. The zero value is empty.
type List[V any] struct{ values []V }

// Len is the number of values.
func (l *List[V]) Len() int { return len(l.values) }

// All goes over the values, the one that was used last at the end.
func (l *List[V]) All() iter.Seq[V] { return slices.Values(l.values) }

// Take removes the value that was used last of those that is accepts, and returns it.
func (l *List[V]) Take(is func(V) bool) (v V, ok bool) {
	for i := len(l.values) - 1; i >= 0; i-- {
		if is(l.values[i]) {
			v = l.values[i]
			l.values = slices.Delete(l.values, i, i+1)
			return v, true
		}
	}
	return v, false
}

// Put adds v as the value that was used last.
func (l *List[V]) Put(v V) { l.values = append(l.values, v) }

// Trim lets go of the values that were not used for the longest time, so that at most n stay.
func (l *List[V]) Trim(n int) {
	if over := len(l.values) - max(n, 0); over > 0 {
		l.values = slices.Delete(l.values, 0, over) // which also clears what it frees
	}
}

// Get returns the value that was used last of those that is accepts, or else a new one; at most n are kept.
func (l *List[V]) Get(is func(V) bool, n int, fresh func() (V, error)) (v V, err error) {
	v, ok := l.Take(is)
	if !ok {
		l.Trim(n - 1) // before, so that there is room for the new one
		if v, err = fresh(); err != nil {
			return v, err
		}
	}
	l.Put(v)
	return v, nil
}
