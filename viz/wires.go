package viz

import (
	"math"
	"sort"
)

// drawWires draws all edges: within rows, straight lines, trunks and portals.
func (l *ladder) drawWires() {
	for i := range l.s.rows {
		l.drawAcross(i)
	}
	for _, e := range l.r.direct {
		l.drawDirect(e)
	}
	for _, t := range l.r.trunks {
		l.drawTrunk(t)
	}
	for i := range l.r.loops {
		l.drawLoop(&l.r.loops[i])
	}
	l.drawStubs()
}

// drawAcross draws the edges within row i.
func (l *ladder) drawAcross(i int) {
	r := &l.s.rows[i]
	op := l.rectOf(port{i, false})
	f := palette[r.op.tone].form
	for k := range r.left {
		b := l.find(boxID(i, l.s, "p"+itoa(k)))
		y := b.cy()
		kind := wireParam
		if r.left[k].tone != toneParam {
			kind = wireForward
		}
		l.wire(wire{kind: kind, from: b.id, to: boxID(i, l.s, "f"), about: r.left[k].about,
			path: []point{{b.right() - inset(palette[r.left[k].tone].form, b.h, 0), y},
				{op.x + inset(f, op.h, y-op.cy()), y}}})
	}
	if r.back == nil {
		return
	}
	back := l.outerRect(port{i, true})
	l.drawMiddle(i, l.outerRect(port{i, false}), l.rectOf(port{i, true}))
	for k := range r.right {
		b := l.find(boxID(i, l.s, "d"+itoa(k)))
		y := b.cy()
		l.wire(wire{kind: wireGrad, from: boxID(i, l.s, "b"), to: b.id, about: r.right[k].about,
			path: []point{{back.right() - inset(palette[r.back.tone].form, op.h, y-op.cy()), y},
				{b.x + inset(palette[r.right[k].tone].form, b.h, 0), y}}})
	}
}

// drawMiddle draws what joins an operation and its backward twin: at the loss the
// seed of the backward pass, elsewhere the values saved for it.
func (l *ladder) drawMiddle(i int, op, back rect) {
	r := &l.s.rows[i]
	from, to := boxID(i, l.s, "f"), boxID(i, l.s, "b")
	y := back.cy()
	path := []point{{op.right() - inset(palette[r.op.tone].form, back.h, 0), y},
		{back.x + inset(palette[r.back.tone].form, back.h, 0), y}}
	mid := l.panels[l.panelOf(i)].x + l.cols.mid
	switch {
	case r.seed:
		l.wire(wire{kind: wireSeed, from: from, to: to, path: path, about: l.s.lang.say(tipSeed)})
		l.label(text{point: point{mid, y - 7}, size: smallText, tone: "loss", runs: []run{{seedText, true}}})
	case r.saves:
		about := l.s.lang.savedText(r)
		l.wire(wire{kind: wireSaved, from: from, to: to, path: path, headless: true, about: about})
		if r.saved != "" {
			t := text{point: point{mid, y - 5}, size: smallText, quiet: true, runs: []run{{r.saved, false}}}
			fit(&t, l.cols.midW-24, r.saved)
			l.label(t)
		}
	}
}

func (l *ladder) label(t text) { l.pic.texts = append(l.pic.texts, t) }

func (l *ladder) wire(w wire) { l.pic.wires = append(l.pic.wires, w) }

func (l *ladder) find(id string) *boxShape { return &l.pic.boxes[l.index[id]] }

// wireOf starts a wire for an edge.
func (l *ladder) wireOf(e edge) wire {
	w := wire{kind: wireForward, from: l.portID(e.from), to: l.portID(e.to), about: e.shape}
	if e.value != "" {
		w.about += ": " + e.value
	}
	if e.from.back {
		w.kind = wireBackward
	}
	if w.cut = l.s.cuts[[2]port{e.from, e.to}]; w.cut {
		w.about = l.s.lang.say(tipCut, w.about)
	}
	return w
}

// savedText tells that values are saved, and which.
func (l Lang) savedText(r *row) string {
	if r.saved == "" {
		return l.say(tipSaved)
	}
	return l.say(tipSavedWhich, r.saved)
}

func (l *ladder) portID(p port) string {
	if p.back {
		return boxID(p.row, l.s, "b")
	}
	return boxID(p.row, l.s, "f")
}

// drawDirect draws an edge as a straight line, or around to the next panel.
func (l *ladder) drawDirect(e edge) {
	upper, lower := upperLower(e)
	w := l.wireOf(e)
	a, b := l.rectOf(upper), l.rectOf(lower)
	begin := point{a.cx(), l.lowerEnd(upper)}
	finish := point{b.cx(), b.y}
	w.path = []point{begin, finish}
	if k := l.panelOf(upper.row); k != l.panelOf(lower.row) {
		w.path = l.around(begin, finish, k, directOrder(e.from.back))
	}
	if e.from.back {
		reverse(w.path)
	}
	l.wire(w)
	if l.labels(e) {
		at := point{b.cx() + 9, b.y - (rowGap+edgeRoom)/2 + 4.5}
		l.label(text{point: at, anchor: start, size: smallText, quiet: true, runs: []run{{e.value, false}}})
	}
}

// edgeRoom is what a value beside an edge adds to the gap between two rows.
const edgeRoom = 6.0

// labels reports whether the value that an edge carries stands beside it: where it is short, and no frame begins or
// ends between the rows.
func (l *ladder) labels(e edge) bool {
	_, lower := upperLower(e)
	k := l.panelOf(lower.row)
	p := &l.panels[k]
	return e.value != "" && lower.row > p.first && l.opening(lower.row, p)+l.closing(lower.row-1, p) == 0 &&
		textWidth(e.value, smallText, false) < l.besideMiddle()-9
}

// besideMiddle is the room between the middle of a column of operations and what stands right of it.
func (l *ladder) besideMiddle() float64 { return l.cols.opW/2 + 10 }

// besideSum is the room right of a ⊕: nothing else stands there, up to the end of the gradients.
func (l *ladder) besideSum() float64 {
	c := &l.cols
	return math.Max(c.right+c.rightW-(c.backward+c.opW/2), l.besideMiddle())
}

// findLabels finds the rows that a value stands above.
func (l *ladder) findLabels() {
	l.labelled = make([]bool, len(l.s.rows))
	for _, e := range l.r.direct {
		_, lower := upperLower(e)
		l.labelled[lower.row] = l.labelled[lower.row] || l.labels(e)
	}
}

// lowerEnd returns where an edge from below ends at a port: the box, or the ⊕ under
// it.
func (l *ladder) lowerEnd(p port) float64 {
	r := l.outerRect(p)
	if p.back && l.s.rows[p.row].sum {
		return r.bottom() + sumDrop - 10 + sumRadius
	}
	return r.bottom()
}

func reverse(path []point) {
	for i, j := 0, len(path)-1; i < j; i, j = i+1, j-1 {
		path[i], path[j] = path[j], path[i]
	}
}

// plugPoint returns where a plug meets its box: on the inner side, spread over the
// half above or below the middle.
func (l *ladder) plugPoint(p port, is func(plug) bool) point {
	r := l.rectOf(p)
	for _, half := range []struct {
		plugs []plug
		sign  float64
	}{{l.above[p], -1}, {l.below[p], 1}} {
		stretch := math.Max(1, (r.h/2-5)/plugHeights(half.plugs))
		for k, q := range half.plugs {
			if is(q) {
				dy := half.sign * (1 + stretch*(plugHeights(half.plugs[:k])+plugHeights(half.plugs[k:k+1])/2))
				return l.innerSide(p, r, dy)
			}
		}
	}
	return point{r.cx(), r.cy()}
}

// innerSide returns the point of a box that faces the other column, at height dy
// from its middle.
func (l *ladder) innerSide(p port, r rect, dy float64) point {
	in := inset(palette[l.s.at(p).tone].form, r.h, dy)
	if l.s.at(p).count > 1 {
		in -= 2 * cardOffset // the cards behind
	}
	if p.back {
		in = inset(palette[l.s.at(p).tone].form, r.h, dy)
		return point{r.x + in, r.cy() + dy}
	}
	return point{r.right() - in, r.cy() + dy}
}

// drawTrunk draws the edges of a fork: a line in a lane to the last row, from which
// those of the rows between branch off.
func (l *ladder) drawTrunk(t *trunk) {
	top := port{t.top, t.back}
	head := l.plugPoint(top, func(q plug) bool { return q.trunk == t && q.tap < 0 })
	if t.back && l.s.rows[t.top].sum {
		head = l.sumPoint(t.top)
		head.x -= sumRadius
	}
	for i, row := range t.taps {
		p := port{row, t.back}
		foot := l.plugPoint(p, func(q plug) bool { return q.trunk == t && q.tap == i })
		branch := point{l.laneX(t, row), foot.y}
		e := edge{from: top, to: p, shape: t.about}
		path := []point{branch, foot}
		isLast := i == len(t.taps)-1
		if isLast {
			path = l.spine(t, head, foot)
		}
		if t.back {
			e = edge{from: p, to: top, shape: t.about}
			reverse(path)
		}
		w := l.wireOf(e)
		w.path = path
		if !isLast {
			w.dots = []point{branch}
			w.headless = t.back // it is added to what runs in the lane
		}
		l.wire(w)
	}
}

// spine is the way of a trunk from its upper end to its last row.
func (l *ladder) spine(t *trunk, head, foot point) []point {
	from, to := point{l.laneX(t, t.top), head.y}, point{l.laneX(t, t.last()), foot.y}
	lane := []point{from, to}
	if k := l.panelOf(t.top); k != l.panelOf(t.last()) {
		lane = l.around(from, to, k, trunkOrder(t))
	}
	return append(append([]point{head}, lane...), foot)
}

// laneX returns where the lane of a trunk runs in the panel of a row.
func (l *ladder) laneX(t *trunk, row int) float64 {
	x := l.panels[l.panelOf(row)].x
	if t.back {
		return x + l.cols.backwardLane - float64(t.lane)*laneGap
	}
	return x + l.cols.forwardLane + float64(t.lane)*laneGap
}

// sumPoint returns the middle of the ⊕ below the backward box of a row.
func (l *ladder) sumPoint(row int) point {
	r := l.rectOf(port{row, true})
	return point{r.cx(), l.outerRect(port{row, true}).bottom() + sumDrop - 10}
}

// drawSums draws each ⊕ with its arrow into the box.
func (l *ladder) drawSums() {
	for i := range l.s.rows {
		if !l.s.rows[i].sum || l.s.rows[i].back == nil {
			continue
		}
		c := l.sumPoint(i)
		id := boxID(i, l.s, "s")
		l.pic.sums = append(l.pic.sums, sumShape{c, id})
		l.wire(wire{kind: wireBackward, from: id, to: boxID(i, l.s, "b"),
			path:  []point{{c.x, c.y - sumRadius}, {c.x, l.outerRect(port{i, true}).bottom()}},
			about: l.s.lang.say(tipSum)})
		if terms := l.s.rows[i].terms; terms != "" && textWidth(terms, smallText, false) < l.besideSum()-sumRadius-6 {
			l.label(text{point: point{c.x + sumRadius + 6, c.y + 4.5}, anchor: start, size: smallText, quiet: true,
				runs: []run{{terms, false}}})
		}
	}
}

// drawStubs draws the two ends of every portal.
func (l *ladder) drawStubs() {
	l.drawSums()
	ports := map[port]bool{}
	for _, p := range l.r.portals {
		ports[p.from], ports[p.to] = true, true
	}
	var order []port
	for p := range ports {
		order = append(order, p)
	}
	sort.Slice(order, func(i, j int) bool {
		if order[i].row != order[j].row {
			return order[i].row < order[j].row
		}
		return !order[i].back && order[j].back
	})
	for _, p := range order {
		for _, plugs := range [][]plug{l.above[p], l.below[p]} {
			for _, q := range plugs {
				if q.portal != nil {
					l.drawStub(p, q)
				}
			}
		}
	}
}

// drawStub draws one named end of a portal beside the lanes.
func (l *ladder) drawStub(p port, q plug) {
	at := l.plugPoint(p, func(o plug) bool { return o == q })
	if from := q.portal.from; p.back && !q.out && l.s.rows[p.row].sum && from.back && from.row > p.row {
		at = l.sumPoint(p.row)
		at.x -= sumRadius
	}
	x := l.panels[l.panelOf(p.row)].x
	label := q.portal.label(q.out)
	w := l.cols.stubW
	r := rect{x + l.cols.forwardStub + stubLength, at.y - stubHeight/2, w, stubHeight}
	near := point{r.x, at.y}
	if p.back {
		r.x = x + l.cols.backwardStub - stubLength - w
		near.x = r.right()
	}
	id := l.portID(p) + "_" + itoa(len(l.pic.boxes))
	b := &box{tone: toneData, label: label}
	t := text{point: point{r.cx(), r.cy() + 4.5}, size: smallText, quiet: true, runs: []run{{label, false}},
		about: q.portal.about}
	l.pic.boxes = append(l.pic.boxes, boxShape{rect: r, id: id, class: "portal", box: b, texts: []text{t}})
	wire := wire{kind: wireForward, from: id, to: l.portID(p), path: []point{near, at}, about: q.portal.about}
	if q.out {
		wire.from, wire.to, wire.headless = wire.to, wire.from, true
		reverse(wire.path)
	}
	if q.portal.from.back {
		wire.kind = wireBackward
	}
	wire.cut = !q.out && l.s.cuts[[2]port{q.portal.from, p}]
	l.wire(wire)
}

// drawLoop draws what goes from each of the steps that a box stands for to the next: out of the box, around, and in
// again, with its name beside it.
func (l *ladder) drawLoop(o *loop) {
	plugged := func(out bool) point {
		return l.plugPoint(o.port, func(q plug) bool { return q.loop == o && q.out == out })
	}
	leaves, enters := plugged(true), plugged(false)
	t := text{anchor: start, size: smallText, runs: []run{{o.name, true}}, about: l.s.lang.say(tipLoop)}
	x, dx, kind := l.cols.forwardStub+stubLength+loopReach, 6.0, wireForward
	if o.port.back {
		x, dx, kind = l.cols.backwardStub-stubLength-loopReach, -6, wireBackward
		t.anchor, t.about = end, l.s.lang.say(tipLoopBack)
	}
	x += l.panels[l.panelOf(o.port.row)].x
	t.point = point{x + dx, l.rectOf(o.port).cy() + 4.5}
	if l.s.rows[o.port.row].saves {
		t.y -= 9.5 // above the wire of what is saved
	}
	l.label(t)
	l.wire(wire{kind: kind, from: l.portID(o.port), to: l.portID(o.port), about: t.about,
		path: []point{leaves, {x, leaves.y}, {x, enters.y}, enters}})
}
