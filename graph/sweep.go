// This file holds the memory planner for very long tapes. Its time grows with the number of units, not with the
// square.

package graph

import (
	"cmp"
	"slices"
)

// manyUnits is the largest number of units for place, which compares each unit with all others; sweep takes more.
const manyUnits = 4000

// sweep goes through the tape twice, from the first instruction to the last and from the last to the first. Each time
// it gives each unit the smallest free block that holds it, as an allocator would. It keeps the smaller arena, and
// returns its size.
func sweep(units []*unit) (arena int) {
	forward := sweepBy(units, func(u *unit) (begin, end int) { return u.first, u.last })
	addresses := make([]int, len(units))
	for i, u := range units {
		addresses[i] = u.address
	}
	backward := sweepBy(units, func(u *unit) (begin, end int) { return -u.last, -u.first })
	if backward < forward {
		return backward
	}
	for i, u := range units {
		u.address = addresses[i]
	}
	return forward
}

// sweepBy places the units in the order in which they begin. Of units that begin together the largest is first.
func sweepBy(units []*unit, life func(*unit) (begin, end int)) int {
	begins, ends := slices.Clone(units), slices.Clone(units)
	slices.SortStableFunc(begins, func(a, b *unit) int {
		x, _ := life(a)
		y, _ := life(b)
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(b.size, a.size))
	})
	slices.SortStableFunc(ends, func(a, b *unit) int {
		_, x := life(a)
		_, y := life(b)
		return cmp.Compare(x, y)
	})
	s := space{size: map[int]int{}, start: map[int]int{}, bySize: map[int][]int{}}
	for _, u := range begins {
		now, _ := life(u)
		for len(ends) > 0 {
			if _, end := life(ends[0]); end >= now {
				break
			}
			s.release(ends[0].address, ends[0].size)
			ends = ends[1:]
		}
		u.address = s.take(u.size)
	}
	return s.end
}

// space is memory from 0 to end with free blocks. No two free blocks touch.
type space struct {
	end    int
	size   map[int]int   // by start of a free block
	start  map[int]int   // by end of a free block
	bySize map[int][]int // starts; a start may be stale: take passes over it
	sizes  []int         // keys of bySize, ascending
}

// take returns the start of a block of n bytes: a part of the smallest free block that is large enough. If there is
// none, the space grows at the end.
func (s *space) take(n int) int {
	i, _ := slices.BinarySearch(s.sizes, n)
	for i < len(s.sizes) {
		size := s.sizes[i]
		list := s.bySize[size]
		for len(list) > 0 {
			at := list[len(list)-1]
			list = list[:len(list)-1]
			if s.size[at] == size {
				s.bySize[size] = list
				s.remove(at)
				s.add(at+n, size-n)
				return at
			}
		}
		delete(s.bySize, size)
		s.sizes = slices.Delete(s.sizes, i, i+1)
	}
	at := s.end
	if from, ok := s.start[s.end]; ok { // the free block at the end grows
		at = from
		s.remove(from)
	}
	s.end = at + n
	return at
}

// release makes a block free and joins it with the free blocks beside it.
func (s *space) release(at, n int) {
	if from, ok := s.start[at]; ok {
		s.remove(from)
		at, n = from, n+at-from
	}
	if size, ok := s.size[at+n]; ok {
		s.remove(at + n)
		n += size
	}
	s.add(at, n)
}

func (s *space) add(at, n int) {
	if n == 0 {
		return
	}
	s.size[at], s.start[at+n] = n, at
	if s.bySize[n] == nil {
		i, _ := slices.BinarySearch(s.sizes, n)
		s.sizes = slices.Insert(s.sizes, i, n)
	}
	s.bySize[n] = append(s.bySize[n], at)
}

func (s *space) remove(at int) {
	delete(s.start, at+s.size[at])
	delete(s.size, at)
}
