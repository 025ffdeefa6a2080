package html

import (
	"cmp"
	"slices"
)

// Sides of a wire: the lanes that it runs in.
const (
	sideForward  = "forward"
	sideBackward = "backward"
	sideGrads    = "gradients"
	sideAcross   = "across" // from forward to backward in one row
	sideParam    = "param"  // from a leaf to the op beside it
)

// wires joins the boxes. A value that is read in the next row has a straight wire; others take a lane, the same for
// all readers of a value. What finds no lane is shown by its ends.
func (b *builder) wires() {
	for i := range b.run.Instructions {
		to := b.l.Of[i]
		operands := b.run.Instructions[i].Operands
		for k, n := range operands {
			if slices.Contains(operands[:k], n) && b.l.Boxes[to].Row >= b.update {
				continue
			}
			b.join(n, to)
		}
	}
	for k := range b.l.Boxes {
		x := &b.l.Boxes[k]
		switch {
		case x.Column != columnGrads || x.Instr >= 0:
		case x.Row >= b.update: // beside its update
			b.l.Wires = append(b.l.Wires, wire{k, b.at(x.Row, columnForward), sideGrads, -2})
		default: // one of several results
			b.l.Wires = append(b.l.Wires, wire{b.l.Of[b.makes[x.Node]], k, sideGrads, -1})
		}
	}
	b.lanes(sideForward)
	b.lanes(sideBackward)
	b.lanes(sideGrads)
}

// at is the first box of a row in a column.
func (b *builder) at(row, column int) int { return b.stacks[row][column][0] }

// join adds the wire of value n to box to, if there is one: an op of the backward pass that reads a value of the
// forward pass is joined to it only while one looks at it.
func (b *builder) join(n, to int) {
	x := &b.l.Boxes[to]
	for _, k := range b.stacks[x.Row][columnParams] {
		if b.l.Boxes[k].Node == n && k != to && x.Column == columnForward {
			b.l.Wires = append(b.l.Wires, wire{k, to, sideParam, -1})
			return
		}
	}
	from := -1
	if i := b.makes[n]; i >= 0 {
		from = b.l.Of[i]
	} else if r := b.rowOf[n]; r >= 0 {
		from = b.at(r, columnForward)
	}
	if from < 0 {
		return
	}
	if side := b.side(&b.l.Boxes[from], x); side != "" {
		b.l.Wires = append(b.l.Wires, wire{from, to, side, -1})
	}
}

func (b *builder) side(from, to *box) string {
	switch {
	case from.Row >= b.update != (to.Row >= b.update):
		return ""
	case from.Column == columnForward && to.Column == columnForward:
		return sideForward
	case from.Column == columnBackward && to.Column == columnBackward:
		return sideBackward
	case from.Column >= columnBackward && to.Column >= columnBackward:
		return sideGrads
	case from.Column == columnForward && from.Row == to.Row && from.Row >= b.update:
		return sideAcross
	}
	return ""
}

// straight reports whether nothing stands between the ends of w.
func (b *builder) straight(w *wire) bool {
	from, to := &b.l.Boxes[w.From], &b.l.Boxes[w.To]
	f, t := b.stacks[from.Row][from.Column], b.stacks[to.Row][to.Column]
	switch w.Side {
	case sideForward:
		return to.Row == from.Row+1
	case sideBackward:
		if from.Row == to.Row {
			return slices.Index(f, w.From) == slices.Index(t, w.To)+1
		}
		return from.Row == to.Row+1 && f[0] == w.From && t[len(t)-1] == w.To
	}
	return false
}

// lanes gives a lane to each value of a side, of those that are free over all rows between its ends.
func (b *builder) lanes(side string) {
	type span struct{ from, first, last int }
	var spans []span
	of := map[int]int{}
	for k := range b.l.Wires {
		w := &b.l.Wires[k]
		if w.Side != side || w.Lane == -2 || b.straight(w) {
			continue
		}
		lo, hi := b.l.Boxes[w.From].Row, b.l.Boxes[w.To].Row
		if lo > hi {
			lo, hi = hi, lo
		}
		s, ok := of[w.From]
		if !ok {
			s, of[w.From] = len(spans), len(spans)
			spans = append(spans, span{w.From, lo, hi})
		}
		spans[s].first, spans[s].last = min(spans[s].first, lo), max(spans[s].last, hi)
	}
	slices.SortStableFunc(spans, func(s, t span) int {
		return cmp.Or(cmp.Compare(s.first, t.first), cmp.Compare(s.last, t.last))
	})
	lane, ends := map[int]int{}, filled(maxLanes, -1)
	for _, s := range spans {
		lane[s.from] = slices.IndexFunc(ends, func(end int) bool { return end < s.first })
		if l := lane[s.from]; l >= 0 {
			ends[l] = s.last
		} else {
			lane[s.from] = -2
		}
	}
	for k := range b.l.Wires {
		w := &b.l.Wires[k]
		if l, ok := lane[w.From]; ok && w.Side == side && w.Lane != -2 && !b.straight(w) {
			w.Lane = l
		}
	}
}
