// This file holds the memory planner, which gives addresses in one arena to the values that live only during a run.

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
	c.settle()
	units := c.units()
	if len(units) <= manyUnits {
		place(units)
	} else {
		sweep(units)
	}
	for _, u := range units {
		u.root.address = u.address
	}
	if len(units) <= verifyLimit {
		return verifyPlan(units)
	}
	return nil
}

// planApart gives every register memory of its own.
func planApart(c *code) {
	c.settle()
	address := 0
	for _, u := range c.units() {
		u.root.address = address
		address += u.size
	}
}

// settle prepares the plan: it adds the scratch registers, moves outputs and losses out of the arena, and notes how
// long each register lives.
func (c *code) settle() {
	for _, in := range c.instrs {
		in.scratch = nil
		if s, ok := in.op.(Scratcher); ok && !in.view {
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
}

// units returns the units of the arena, in the order in which they begin to live. The code must be settled.
func (c *code) units() []*unit {
	index := map[*register]*unit{}
	var units []*unit
	for _, in := range c.instrs {
		for _, r := range slices.Concat(in.out, in.scratch) {
			if r.root.store != inArena || r.last < 0 {
				continue
			}
			u := index[r.root]
			if u == nil {
				u = &unit{root: r.root, size: aligned(r.root.t.Bytes()), first: r.first, address: r.root.address}
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
	peak, _ := worst(units)
	return peak
}

// worst is [peakLive] and the first instruction at which so much is alive, -1 for none.
func worst(units []*unit) (peak, instruction int) {
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
	live, instruction := 0, -1
	for _, i := range at {
		if live += change[i]; live > peak {
			peak, instruction = live, i
		}
	}
	return peak, instruction
}

// closeEnough is the ratio to the lower bound at which the planner stops.
const closeEnough = 1.01

// place chooses the addresses. It puts one unit after the other, the largest first, into the tightest gap that is free
// for the whole life of the unit. The arena is mostly within a few per cent of the bound. If it is not, place tries
// other orders, and then a search.
func place(units []*unit) (arena int) {
	p := placer{units: units, order: slices.Clone(units), best: -1, goal: int(float64(peakLive(units)) * closeEnough)}
	area := func(u *unit) int { return u.size * (u.last - u.first + 1) }
	for _, by := range []func(a, b *unit) int{
		func(a, b *unit) int { return cmp.Or(cmp.Compare(b.size, a.size), cmp.Compare(a.first, b.first)) },
		func(a, b *unit) int { return cmp.Or(cmp.Compare(area(b), area(a)), cmp.Compare(a.first, b.first)) },
		func(a, b *unit) int { return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(b.size, a.size)) },
		func(a, b *unit) int {
			return cmp.Or(cmp.Compare(b.last-b.first, a.last-a.first), cmp.Compare(b.size, a.size))
		},
	} {
		slices.SortStableFunc(p.order, by)
		if p.try(); p.best <= p.goal {
			break
		}
	}
	p.search()
	for i, u := range units {
		u.address = p.addresses[i]
	}
	return p.best
}

// placer is the state of place.
type placer struct {
	units, order []*unit
	best, goal   int
	addresses    []int // of the best plan
}

// try places the units in the present order, keeps the plan if it is the best so far, and
// returns the unit that reached highest.
func (p *placer) try() (highest int) {
	size, highest := fit(p.order, p.best)
	if p.best < 0 || size < p.best {
		p.best = size
		p.addresses = p.addresses[:0]
		for _, u := range p.units {
			p.addresses = append(p.addresses, u.address)
		}
	}
	return highest
}

// search moves the unit that reached highest to an earlier place in the order and tries again. Its random numbers come
// from a seed that the units determine.
func (p *placer) search() {
	draw := rand.New(rand.NewPCG(uint64(len(p.order)), uint64(p.goal)))
	for tries := min(6000, 60_000_000/(len(p.order)*len(p.order)+1)); tries > 0 && p.best > p.goal; tries-- {
		i := p.try()
		if i == 0 {
			i = draw.IntN(len(p.order))
		}
		u, to := p.order[i], draw.IntN(i+1)
		p.order = slices.Insert(slices.Delete(p.order, i, i+1), to, u)
	}
}

// fit places the units in the given order and returns the size of the arena and the unit that
// reached highest. It gives up when the size reaches the limit, unless that is negative.
func fit(order []*unit, limit int) (size, highest int) {
	placed := make([]*unit, 0, len(order)) // by address
	for i, u := range order {
		u.address = gap(placed, u)
		if u.address+u.size > size {
			size, highest = u.address+u.size, i
		}
		if limit >= 0 && size >= limit {
			return size, highest
		}
		at, _ := slices.BinarySearchFunc(placed, u, func(a, b *unit) int { return cmp.Compare(a.address, b.address) })
		placed = slices.Insert(placed, at, u)
	}
	return size, highest
}

// gap returns the address of the smallest gap that holds u among the placed units that are alive at the same time as
// u, or the end of these units.
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
