package ladder

import (
	"math"
	"slices"

	"github.com/stheno-ml/stheno/viz/internal/ink"
)

// cut divides the rows into panels of about equal height. A good cut is where few
// layers are open and no skip crosses.
func (l *ladder) cut() {
	n := len(l.s.Rows)
	count := min(l.g.Panels, n)
	y := l.roughHeights()
	cost := l.cutCosts()
	first := 0
	for k := 1; k < count; k++ {
		want := y[n] * float64(k) / float64(count)
		best, bestCost := first+1, math.Inf(1)
		for i := first + 1; i < n-(count-k)+1; i++ {
			c := math.Abs(y[i]-want)/(y[n]/float64(count)) + cost[i]
			if c < bestCost {
				best, bestCost = i, c
			}
		}
		l.panels = append(l.panels, panel{first: first, end: best})
		first = best
	}
	l.panels = append(l.panels, panel{first: first, end: n})
}

// roughHeights returns about where every row begins in a single panel, and at n the
// end.
func (l *ladder) roughHeights() []float64 {
	y := make([]float64, len(l.s.Rows)+1)
	for i := range l.s.Rows {
		_, h := BoxSize(&l.s.Rows[i].Op, l.g.Lines)
		y[i+1] += y[i] + h + rowGap
	}
	extra := make([]float64, len(y))
	for _, f := range l.s.Frames {
		extra[f.First] += 2 * frameTitle
	}
	sum := 0.0
	for i := range y {
		sum += extra[i]
		y[i] += sum
	}
	return y
}

// cutCosts returns what a cut above each row costs in legibility.
func (l *ladder) cutCosts() []float64 {
	cost := make([]float64, len(l.s.Rows)+1)
	spread := func(first, last int, c float64) {
		for i := first + 1; i <= last; i++ {
			cost[i] += c
		}
	}
	for _, f := range l.s.Frames {
		spread(f.First, f.Last, 0.3)
	}
	for _, e := range l.s.Edges {
		if upper, lower := upperLower(e); !straight(l.s, e) && lower.Row-upper.Row <= LongSkip {
			spread(upper.Row, lower.Row, 0.08)
		}
	}
	return cost
}

// A wire that leads to the next panel runs below its own, up the corridor between
// the two and down again from above. Its order is that of the wires from left to
// right where they leave: forward column, forward lanes, backward lanes, backward
// column. Kept on all three stretches, it makes the wires nest without crossing.
func directOrder(back bool) int {
	if back {
		return 9999
	}
	return 0
}

func trunkOrder(t *trunk) int {
	if t.back {
		return 9998 - t.lane
	}
	return 1 + t.lane
}

// findTracks lists, for every cut, the orders of the wires that cross it.
func (l *ladder) findTracks() {
	l.tracks = make([][]int, len(l.panels))
	add := func(upper, lower, order int) {
		if k := l.panelOf(upper); l.panelOf(lower) != k && !slices.Contains(l.tracks[k], order) {
			l.tracks[k] = append(l.tracks[k], order)
		}
	}
	for _, e := range l.r.direct {
		upper, lower := upperLower(e)
		add(upper.Row, lower.Row, directOrder(e.From.Back))
	}
	for _, t := range l.r.trunks {
		add(t.top, t.last(), trunkOrder(t))
	}
	most := 0
	for k := range l.tracks {
		slices.Sort(l.tracks[k])
		most = max(most, len(l.tracks[k]))
	}
	l.header = headingRoom
	if most > 0 {
		l.header += trackGap * float64(most)
	}
}

const trackGap = 10.0

// corridor returns the width between panel k and the next.
func (l *ladder) corridor(k int) float64 { return 30 + trackGap*float64(len(l.tracks[k])) }

// around leads from a point in panel k to one in the next.
func (l *ladder) around(begin, finish ink.Point, k, order int) []ink.Point {
	n := len(l.tracks[k])
	rank := float64(slices.Index(l.tracks[k], order))
	low := l.panels[k].bottom + 14 + trackGap*(float64(n-1)-rank)
	high := l.header - 14 - trackGap*rank
	x := l.panels[k+1].x - 18 - trackGap*rank
	return []ink.Point{begin, ink.At(begin.X, low), ink.At(x, low), ink.At(x, high), ink.At(finish.X, high), finish}
}

// foot returns how far the drawing reaches down.
func (l *ladder) foot() float64 {
	y := 0.0
	for k := range l.panels {
		bottom := l.panels[k].bottom
		if n := len(l.tracks[k]); n > 0 {
			bottom += 14 + trackGap*float64(n)
		}
		y = math.Max(y, bottom)
	}
	return y
}
