// This file holds the memory planner: addresses in one arena for the values that live only
// during a run.

package graph

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/stheno-ml/stheno/internal/kernel"
)

func aligned(n int) int { return (n + kernel.Alignment - 1) &^ (kernel.Alignment - 1) }

// unit is a piece of memory with a lifetime, both ends included.
type unit struct {
	root        *register
	size        int
	first, last int
	address     int
}

func (u *unit) meets(v *unit) bool { return u.first <= v.last && v.first <= u.last }

// plan gives every register in the arena an address such that no two that are alive at the
// same time overlap, in little more memory than is alive at the worst moment.
func plan(c *code) error {
	units := c.units()
	place(units)
	for _, u := range units {
		u.root.address = u.address
	}
	return nil
}

// planApart gives every register memory of its own.
func planApart(c *code) {
	address := 0
	for _, u := range c.units() {
		u.root.address = address
		address += u.size
	}
}

// units adds the scratch registers, moves outputs out of the arena, and returns what remains in it.
func (c *code) units() []*unit {
	for _, in := range c.instrs {
		if s, ok := in.op.(Scratcher); ok && !in.view && in.scratch == nil {
			for _, t := range s.Scratch(typesOfRegs(in.in)) {
				in.scratch = append(in.scratch, c.register(nil, t))
			}
		}
	}
	c.positions()
	for _, r := range slices.Concat(c.outputs, c.guards) {
		if r.root.store == inArena {
			r.root.store = inOutput
		}
	}
	index := map[*register]*unit{}
	var units []*unit
	for _, in := range c.instrs {
		for _, r := range slices.Concat(in.out, in.scratch) {
			if r.root.store != inArena || r.last < 0 {
				continue
			}
			u := index[r.root]
			if u == nil {
				u = &unit{root: r.root, size: aligned(r.root.t.Bytes()), first: r.first}
				index[r.root] = u
				units = append(units, u)
			}
			u.last = max(u.last, r.last, r.first)
		}
	}
	return units
}

// peakLive is the most memory that is alive at one instruction: no plan can need less.
func peakLive(units []*unit) int {
	change := map[int]int{}
	for _, u := range units {
		change[u.first] += u.size
		change[u.last+1] -= u.size
	}
	at := make([]int, 0, len(change))
	for i := range change {
		at = append(at, i)
	}
	slices.Sort(at)
	live, peak := 0, 0
	for _, i := range at {
		live += change[i]
		peak = max(peak, live)
	}
	return peak
}

// closeEnough is the ratio to the lower bound at which the planner of a large program stops; a small one
// tries on for the bound itself.
const closeEnough = 1.02

// place chooses the addresses. It puts one unit after the other into the tightest gap that is
// free for its whole life, largest first, which is mostly within a few per cent of the bound;
// if it is not, other orders follow, the last ones drawn at random from a fixed seed.
func place(units []*unit) (arena int) {
	bound := peakLive(units)
	goal := int(float64(bound) * closeEnough)
	if len(units) < 500 {
		goal = bound
	}
	order := slices.Clone(units)
	best := -1
	var addresses []int
	try := func() bool {
		if size := fit(order, best); best < 0 || size < best {
			best = size
			addresses = addresses[:0]
			for _, u := range units {
				addresses = append(addresses, u.address)
			}
		}
		return best <= goal
	}
	area := func(u *unit) int { return u.size * (u.last - u.first + 1) }
	orders := []func(a, b *unit) int{
		func(a, b *unit) int { return cmp.Or(cmp.Compare(b.size, a.size), cmp.Compare(a.first, b.first)) },
		func(a, b *unit) int { return cmp.Or(cmp.Compare(area(b), area(a)), cmp.Compare(a.first, b.first)) },
		func(a, b *unit) int { return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(b.size, a.size)) },
		func(a, b *unit) int {
			return cmp.Or(cmp.Compare(b.last-b.first, a.last-a.first), cmp.Compare(b.size, a.size))
		},
	}
	done := false
	for _, o := range orders {
		slices.SortStableFunc(order, o)
		if done = try(); done {
			break
		}
	}
	if !done {
		search(order, orders[0], bound, &best, try)
	}
	for i, u := range units {
		u.address = addresses[i]
	}
	return best
}

// search swaps units in the order by size and keeps what helps, for as long as the arena is
// more than close to the bound.
func search(order []*unit, bySize func(a, b *unit) int, bound int, best *int, try func() bool) {
	slices.SortStableFunc(order, bySize)
	draw := rand.New(rand.NewPCG(uint64(len(order)), uint64(bound)))
	tries := min(2000, 20_000_000/(len(order)*len(order)+1))
	for range tries {
		i, j := draw.IntN(len(order)), draw.IntN(len(order))
		before := *best
		order[i], order[j] = order[j], order[i]
		if try() {
			return
		}
		if *best == before {
			order[i], order[j] = order[j], order[i]
		}
	}
}

// fit places the units in the given order and returns the size of the arena. It gives up when
// the size passes the limit, unless that is negative.
func fit(order []*unit, limit int) int {
	size := 0
	placed := make([]*unit, 0, len(order)) // by address
	for _, u := range order {
		u.address = gap(placed, u)
		size = max(size, u.address+u.size)
		if limit >= 0 && size >= limit {
			return size
		}
		i, _ := slices.BinarySearchFunc(placed, u, func(a, b *unit) int { return cmp.Compare(a.address, b.address) })
		placed = slices.Insert(placed, i, u)
	}
	return size
}

// gap returns the address of the smallest gap that holds u beside those placed units that are
// alive with it, or the end of these units.
func gap(placed []*unit, u *unit) int {
	best, bestSize, end := -1, 0, 0
	for _, p := range placed {
		if !p.meets(u) {
			continue
		}
		if free := p.address - end; free >= u.size && (best < 0 || free < bestSize) {
			best, bestSize = end, free
		}
		end = max(end, p.address+p.size)
	}
	if best >= 0 {
		return best
	}
	return end
}
