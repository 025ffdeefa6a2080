package ladder

import (
	"cmp"
	"sort"
	"strconv"

	"github.com/stheno-ml/stheno/viz/internal/words"
)

// LongSkip is the number of rows beyond which an edge is drawn as two named stubs,
// a portal, rather than as a line that one has to follow.
const LongSkip = 8

// A trunk carries the edges of one fork: forward, all edges that leave the upper
// row for rows below it other than the next; backward, the gradients that come back
// along them, which are added on their way. It runs in its own lane beside the
// column, like a branch in a drawing of commits.
type trunk struct {
	back  bool
	top   int
	taps  []int // rows below, ascending
	lane  int
	about string
}

// A portal is an edge drawn as two named stubs.
type portal struct {
	name     string    // of both ends, if they have none of their own
	ends     [2]string // the names where it leaves and where it arrives
	from, to Port
	about    string
}

// label is what stands at an end of the edge: right of a box of the forward column and left of one of the backward
// column, with an arrow that points away from the box where the edge leaves it, and to it where it arrives.
func (p *portal) label(out bool) string {
	at, name := p.to, cmp.Or(p.ends[1], p.name)
	if out {
		at, name = p.from, cmp.Or(p.ends[0], p.name)
	}
	switch {
	case !at.Back && out:
		return "⟶ " + name
	case !at.Back:
		return "⟵ " + name
	case out:
		return name + " ⟵"
	}
	return name + " ⟶"
}

// A loop is a value that each of the steps that a box stands for hands to the next.
type loop struct {
	port Port
	name string
}

// A routing says how every edge is drawn.
type routing struct {
	direct  []Edge
	trunks  []*trunk
	portals []portal
	loops   []loop
	lanes   [2]int // used beside the forward and the backward column
}

// route sorts the edges of the scene into direct lines, trunks and portals. panelOf
// tells which panel a row is on: a wire leads to the next panel at most.
func route(s *Scene, panelOf func(row int) int) *routing {
	r := &routing{}
	names := map[int]string{}
	trunks := map[Port]*trunk{}
	direct := map[[2]Port]bool{}
	for _, e := range s.Edges {
		upper, lower := upperLower(e)
		switch {
		case e.Names[0] == "" && panelOf(lower.Row)-panelOf(upper.Row) <= 1 && straight(s, e) &&
			!direct[[2]Port{e.From, e.To}]:
			direct[[2]Port{e.From, e.To}] = true
			r.direct = append(r.direct, e)
		case e.Names[0] != "" || e.From.Back != e.To.Back || runsBackwards(e) ||
			panelOf(lower.Row)-panelOf(upper.Row) > 1 || lower.Row-upper.Row > LongSkip:
			r.addPortal(s, e, upper.Row, names)
		default:
			t := trunks[upper]
			if t == nil {
				t = &trunk{back: upper.Back, top: upper.Row, about: e.Shape}
				trunks[upper] = t
				r.trunks = append(r.trunks, t)
			}
			t.taps = append(t.taps, lower.Row)
		}
	}
	for i := range s.Rows {
		for _, p := range []Port{{i, false}, {i, true}} {
			if b := s.At(p); b != nil && b.Loop != "" {
				r.loops = append(r.loops, loop{p, b.Loop})
			}
		}
	}
	r.assignLanes()
	return r
}

// upperLower returns the ports of an edge from top to bottom.
func upperLower(e Edge) (upper, lower Port) {
	if e.From.Row <= e.To.Row {
		return e.From, e.To
	}
	return e.To, e.From
}

// runsBackwards reports whether an edge runs against the direction of its column.
func runsBackwards(e Edge) bool {
	return e.From.Back && e.From.Row <= e.To.Row || !e.From.Back && e.From.Row >= e.To.Row
}

// straight reports whether an edge can be a straight line within its column: no box
// stands between its ends.
func straight(s *Scene, e Edge) bool {
	if e.From.Back != e.To.Back || runsBackwards(e) {
		return false
	}
	upper, lower := upperLower(e)
	for i := upper.Row + 1; i < lower.Row; i++ {
		if s.At(Port{i, e.From.Back}) != nil {
			return false
		}
	}
	return true
}

// addPortal adds a pair of stubs. Edges of one fork share the name, and so does the
// gradient that comes back: "skip 1" and "∂skip 1".
func (r *routing) addPortal(s *Scene, e Edge, top int, names map[int]string) {
	if e.Names[0] != "" {
		r.portals = append(r.portals, portal{ends: e.Names, from: e.From, to: e.To, about: e.Shape})
		return
	}
	if names[top] == "" {
		names[top] = s.Lang.Say(words.Skip, strconv.Itoa(len(names)+1))
	}
	name := names[top]
	if e.From.Back {
		name = "∂" + name
	}
	for _, p := range r.portals {
		if p.from == e.From && p.to == e.To {
			return
		}
	}
	r.portals = append(r.portals, portal{name: name, from: e.From, to: e.To, about: e.Shape})
}

// assignLanes gives every trunk the innermost lane that is free over its length,
// short trunks first, so that nested skips nest in the drawing too.
func (r *routing) assignLanes() {
	order := append([]*trunk(nil), r.trunks...)
	for _, t := range order {
		sort.Ints(t.taps)
	}
	sort.SliceStable(order, func(i, j int) bool {
		a, b := order[i], order[j]
		if la, lb := a.last()-a.top, b.last()-b.top; la != lb {
			return la < lb
		}
		return a.top < b.top
	})
	for i, t := range order {
		for t.lane = 0; clashes(t, order[:i]); t.lane++ {
		}
		side := sideOf(t.back)
		r.lanes[side] = max(r.lanes[side], t.lane+1)
	}
}

func (t *trunk) last() int { return t.taps[len(t.taps)-1] }

func clashes(t *trunk, placed []*trunk) bool {
	for _, u := range placed {
		if u.back == t.back && u.lane == t.lane && u.top < t.last() && t.top < u.last() {
			return true
		}
	}
	return false
}

func sideOf(back bool) int {
	if back {
		return 1
	}
	return 0
}

// A plug is one end of a trunk or portal at the inner side of a box: the right side
// of a forward box, the left side of a backward box.
type plug struct {
	trunk  *trunk
	portal *portal
	loop   *loop
	out    bool // the value leaves here
	tap    int  // index into trunk.taps; -1 is the top
}

// plugs lists, for every port, what is attached above and below the middle of the
// box. In both columns the lower end of an edge attaches above the middle and its
// upper end below it, so no two of them meet.
func (r *routing) plugs() (above, below map[Port][]plug) {
	above, below = map[Port][]plug{}, map[Port][]plug{}
	for i := range r.loops { // nearest to the middle, where their names are
		o := &r.loops[i]
		above[o.port] = append(above[o.port], plug{loop: o, out: o.port.Back})
		below[o.port] = append(below[o.port], plug{loop: o, out: !o.port.Back})
	}
	byLane := append([]*trunk(nil), r.trunks...)
	sort.SliceStable(byLane, func(i, j int) bool { return byLane[i].lane > byLane[j].lane })
	for _, t := range byLane { // outer lanes attach nearest to the middle and cross nothing
		below[Port{t.top, t.back}] = append(below[Port{t.top, t.back}], plug{trunk: t, out: !t.back, tap: -1})
		for i := len(t.taps) - 1; i >= 0; i-- { // of two edges to one row, the last reaches furthest down
			p := Port{t.taps[i], t.back}
			above[p] = append(above[p], plug{trunk: t, out: t.back, tap: i})
		}
	}
	for i := range r.portals {
		r.plugPortal(&r.portals[i], above, below)
	}
	return above, below
}

// plugPortal attaches the two stubs of a portal. A value that leaves for several
// rows has one stub.
func (r *routing) plugPortal(p *portal, above, below map[Port][]plug) {
	for _, out := range []bool{true, false} {
		at := p.to
		if out {
			at = p.from
		}
		side := above
		if at.Back != out { // forward out and backward in attach below
			side = below
		}
		known := false
		for _, q := range side[at] {
			known = known || q.portal != nil && q.out == out && q.portal.label(out) == p.label(out)
		}
		if !known {
			side[at] = append(side[at], plug{portal: p, out: out})
		}
	}
}
