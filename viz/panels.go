package viz

import "math"

// cut divides the rows into panels of about equal height. A good cut is where few
// layers are open and no skip crosses.
func (l *ladder) cut() {
	n := len(l.s.rows)
	count := min(l.g.panels, n)
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
	y := make([]float64, len(l.s.rows)+1)
	for i := range l.s.rows {
		_, h := boxSize(&l.s.rows[i].op, l.g.lines)
		y[i+1] += y[i] + h + rowGap
	}
	extra := make([]float64, len(y))
	for _, f := range l.s.frames {
		extra[f.first] += 2 * frameTitle
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
	cost := make([]float64, len(l.s.rows)+1)
	spread := func(first, last int, c float64) {
		for i := first + 1; i <= last; i++ {
			cost[i] += c
		}
	}
	for _, f := range l.s.frames {
		spread(f.first, f.last, 0.3)
	}
	for _, e := range l.s.edges {
		if upper, lower := upperLower(e); !straight(l.s, e) {
			spread(upper.row, lower.row, 0.2)
		}
	}
	return cost
}
