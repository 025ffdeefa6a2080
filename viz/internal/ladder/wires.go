package ladder

import (
	"math"
	"sort"
	"strconv"

	"github.com/stheno-ml/stheno/viz/internal/ink"
	"github.com/stheno-ml/stheno/viz/internal/words"
)

// drawWires draws all edges: within rows, straight lines, trunks and portals.
func (l *ladder) drawWires() {
	for i := range l.s.Rows {
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
	r := &l.s.Rows[i]
	op := l.rectOf(Port{i, false})
	f := palette[r.Op.Tone].form
	for k := range r.Left {
		b := l.find(boxID(i, l.s, "p"+strconv.Itoa(k)))
		y := b.MidY()
		kind := wireParam
		if r.Left[k].Tone != ToneParam {
			kind = wireForward
		}
		l.wire(Wire{kind: kind, From: b.ID, To: boxID(i, l.s, "f"), about: r.Left[k].About,
			Path: []ink.Point{ink.At(b.Right()-inset(palette[r.Left[k].Tone].form, b.H, 0), y),
				ink.At(op.X+inset(f, op.H, y-op.MidY()), y)}})
	}
	if r.Back == nil {
		return
	}
	back := l.outerRect(Port{i, true})
	l.drawMiddle(i, l.outerRect(Port{i, false}), l.rectOf(Port{i, true}))
	for k := range r.Right {
		b := l.find(boxID(i, l.s, "d"+strconv.Itoa(k)))
		y := b.MidY()
		l.wire(Wire{kind: wireGrad, From: boxID(i, l.s, "b"), To: b.ID, about: r.Right[k].About,
			Path: []ink.Point{ink.At(back.Right()-inset(palette[r.Back.Tone].form, op.H, y-op.MidY()), y),
				ink.At(b.X+inset(palette[r.Right[k].Tone].form, b.H, 0), y)}})
	}
}

// drawMiddle draws what joins an operation and its backward twin: at the loss the
// seed of the backward pass, elsewhere the values saved for it.
func (l *ladder) drawMiddle(i int, op, back ink.Rect) {
	r := &l.s.Rows[i]
	from, to := boxID(i, l.s, "f"), boxID(i, l.s, "b")
	y := back.MidY()
	path := []ink.Point{ink.At(op.Right()-inset(palette[r.Op.Tone].form, back.H, 0), y),
		ink.At(back.X+inset(palette[r.Back.Tone].form, back.H, 0), y)}
	mid := l.panels[l.panelOf(i)].x + l.cols.mid
	switch {
	case r.Seed:
		l.wire(Wire{kind: wireSeed, From: from, To: to, Path: path, about: l.s.Lang.Say(words.TipSeed)})
		l.label(ink.Text{Point: ink.At(mid, y-7), Size: ink.SmallText, Tone: "loss",
			Runs: []ink.Run{ink.Bold(seedText)}})
	case r.Saves:
		about := savedText(l.s.Lang, r)
		l.wire(Wire{kind: wireSaved, From: from, To: to, Path: path, headless: true, about: about})
		if r.Saved != "" {
			t := ink.Text{Point: ink.At(mid, y-5), Size: ink.SmallText, Quiet: true,
				Runs: []ink.Run{ink.Plain(r.Saved)}}
			fit(&t, l.cols.midW-24, r.Saved)
			l.label(t)
		}
	}
}

func (l *ladder) label(t ink.Text) { l.pic.Texts = append(l.pic.Texts, t) }

func (l *ladder) wire(w Wire) { l.pic.Wires = append(l.pic.Wires, w) }

func (l *ladder) find(id string) *BoxShape { return &l.pic.Boxes[l.index[id]] }

// wireOf starts a wire for an edge.
func (l *ladder) wireOf(e Edge) Wire {
	w := Wire{kind: wireForward, From: l.portID(e.From), To: l.portID(e.To), about: e.Shape}
	if e.Value != "" {
		w.about += ": " + e.Value
	}
	if e.From.Back {
		w.kind = wireBackward
	}
	if w.cut = l.s.Cuts[[2]Port{e.From, e.To}]; w.cut {
		w.about = l.s.Lang.Say(words.TipCut, w.about)
	}
	return w
}

// savedText tells that values are saved, and which.
func savedText(lang words.Lang, r *Row) string {
	if r.Saved == "" {
		return lang.Say(words.TipSaved)
	}
	return lang.Say(words.TipSavedWhich, r.Saved)
}

func (l *ladder) portID(p Port) string {
	if p.Back {
		return boxID(p.Row, l.s, "b")
	}
	return boxID(p.Row, l.s, "f")
}

// drawDirect draws an edge as a straight line, or around to the next panel.
func (l *ladder) drawDirect(e Edge) {
	upper, lower := upperLower(e)
	w := l.wireOf(e)
	a, b := l.rectOf(upper), l.rectOf(lower)
	begin := ink.At(a.MidX(), l.lowerEnd(upper))
	finish := ink.At(b.MidX(), b.Y)
	w.Path = []ink.Point{begin, finish}
	if k := l.panelOf(upper.Row); k != l.panelOf(lower.Row) {
		w.Path = l.around(begin, finish, k, directOrder(e.From.Back))
	}
	if e.From.Back {
		reverse(w.Path)
	}
	l.wire(w)
	if l.labels(e) {
		at := ink.At(b.MidX()+9, b.Y-(rowGap+edgeRoom)/2+4.5)
		l.label(ink.Text{Point: at, Anchor: ink.Start, Size: ink.SmallText, Quiet: true,
			Runs: []ink.Run{ink.Plain(e.Value)}})
	}
}

// edgeRoom is what a value beside an edge adds to the gap between two rows.
const edgeRoom = 6.0

// labels reports whether the value that an edge carries stands beside it: where it is short, and no frame begins or
// ends between the rows.
func (l *ladder) labels(e Edge) bool {
	_, lower := upperLower(e)
	k := l.panelOf(lower.Row)
	p := &l.panels[k]
	return e.Value != "" && lower.Row > p.first && l.opening(lower.Row, p)+l.closing(lower.Row-1, p) == 0 &&
		ink.TextWidth(e.Value, ink.SmallText, false) < l.besideMiddle()-9
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
	l.labelled = make([]bool, len(l.s.Rows))
	for _, e := range l.r.direct {
		_, lower := upperLower(e)
		l.labelled[lower.Row] = l.labelled[lower.Row] || l.labels(e)
	}
}

// lowerEnd returns where an edge from below ends at a port: the box, or the ⊕ under
// it.
func (l *ladder) lowerEnd(p Port) float64 {
	r := l.outerRect(p)
	if p.Back && l.s.Rows[p.Row].Sum {
		return r.Bottom() + sumDrop - 10 + sumRadius
	}
	return r.Bottom()
}

func reverse(path []ink.Point) {
	for i, j := 0, len(path)-1; i < j; i, j = i+1, j-1 {
		path[i], path[j] = path[j], path[i]
	}
}

// plugPoint returns where a plug meets its box: on the inner side, spread over the
// half above or below the middle.
func (l *ladder) plugPoint(p Port, is func(plug) bool) ink.Point {
	r := l.rectOf(p)
	for _, half := range []struct {
		plugs []plug
		sign  float64
	}{{l.above[p], -1}, {l.below[p], 1}} {
		stretch := math.Max(1, (r.H/2-5)/plugHeights(half.plugs))
		for k, q := range half.plugs {
			if is(q) {
				dy := half.sign * (1 + stretch*(plugHeights(half.plugs[:k])+plugHeights(half.plugs[k:k+1])/2))
				return l.innerSide(p, r, dy)
			}
		}
	}
	return ink.At(r.MidX(), r.MidY())
}

// innerSide returns the point of a box that faces the other column, at height dy
// from its middle.
func (l *ladder) innerSide(p Port, r ink.Rect, dy float64) ink.Point {
	in := inset(palette[l.s.At(p).Tone].form, r.H, dy)
	if l.s.At(p).Count > 1 {
		in -= 2 * cardOffset // the cards behind
	}
	if p.Back {
		in = inset(palette[l.s.At(p).Tone].form, r.H, dy)
		return ink.At(r.X+in, r.MidY()+dy)
	}
	return ink.At(r.Right()-in, r.MidY()+dy)
}

// drawTrunk draws the edges of a fork: a line in a lane to the last row, from which
// those of the rows between branch off.
func (l *ladder) drawTrunk(t *trunk) {
	top := Port{t.top, t.back}
	head := l.plugPoint(top, func(q plug) bool { return q.trunk == t && q.tap < 0 })
	if t.back && l.s.Rows[t.top].Sum {
		head = l.sumPoint(t.top)
		head.X -= sumRadius
	}
	for i, row := range t.taps {
		p := Port{row, t.back}
		foot := l.plugPoint(p, func(q plug) bool { return q.trunk == t && q.tap == i })
		branch := ink.At(l.laneX(t, row), foot.Y)
		e := Edge{From: top, To: p, Shape: t.about}
		path := []ink.Point{branch, foot}
		isLast := i == len(t.taps)-1
		if isLast {
			path = l.spine(t, head, foot)
		}
		if t.back {
			e = Edge{From: p, To: top, Shape: t.about}
			reverse(path)
		}
		w := l.wireOf(e)
		w.Path = path
		if !isLast {
			w.dots = []ink.Point{branch}
			w.headless = t.back // it is added to what runs in the lane
		}
		l.wire(w)
	}
}

// spine is the way of a trunk from its upper end to its last row.
func (l *ladder) spine(t *trunk, head, foot ink.Point) []ink.Point {
	from, to := ink.At(l.laneX(t, t.top), head.Y), ink.At(l.laneX(t, t.last()), foot.Y)
	lane := []ink.Point{from, to}
	if k := l.panelOf(t.top); k != l.panelOf(t.last()) {
		lane = l.around(from, to, k, trunkOrder(t))
	}
	return append(append([]ink.Point{head}, lane...), foot)
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
func (l *ladder) sumPoint(row int) ink.Point {
	r := l.rectOf(Port{row, true})
	return ink.At(r.MidX(), l.outerRect(Port{row, true}).Bottom()+sumDrop-10)
}

// drawSums draws each ⊕ with its arrow into the box.
func (l *ladder) drawSums() {
	for i := range l.s.Rows {
		if !l.s.Rows[i].Sum || l.s.Rows[i].Back == nil {
			continue
		}
		c := l.sumPoint(i)
		id := boxID(i, l.s, "s")
		l.pic.sums = append(l.pic.sums, sumShape{c, id})
		l.wire(Wire{kind: wireBackward, From: id, To: boxID(i, l.s, "b"),
			Path:  []ink.Point{ink.At(c.X, c.Y-sumRadius), ink.At(c.X, l.outerRect(Port{i, true}).Bottom())},
			about: l.s.Lang.Say(words.TipSum)})
		if terms := l.s.Rows[i].Terms; terms != "" &&
			ink.TextWidth(terms, ink.SmallText, false) < l.besideSum()-sumRadius-6 {
			l.label(ink.Text{Point: ink.At(c.X+sumRadius+6, c.Y+4.5), Anchor: ink.Start, Size: ink.SmallText,
				Quiet: true,
				Runs:  []ink.Run{ink.Plain(terms)}})
		}
	}
}

// drawStubs draws the two ends of every portal.
func (l *ladder) drawStubs() {
	l.drawSums()
	ports := map[Port]bool{}
	for _, p := range l.r.portals {
		ports[p.from], ports[p.to] = true, true
	}
	var order []Port
	for p := range ports {
		order = append(order, p)
	}
	sort.Slice(order, func(i, j int) bool {
		if order[i].Row != order[j].Row {
			return order[i].Row < order[j].Row
		}
		return !order[i].Back && order[j].Back
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
func (l *ladder) drawStub(p Port, q plug) {
	at := l.plugPoint(p, func(o plug) bool { return o == q })
	if from := q.portal.from; p.Back && !q.out && l.s.Rows[p.Row].Sum && from.Back && from.Row > p.Row {
		at = l.sumPoint(p.Row)
		at.X -= sumRadius
	}
	x := l.panels[l.panelOf(p.Row)].x
	label := q.portal.label(q.out)
	w := l.cols.stubW
	r := ink.Area(x+l.cols.forwardStub+stubLength, at.Y-stubHeight/2, w, stubHeight)
	near := ink.At(r.X, at.Y)
	if p.Back {
		r.X = x + l.cols.backwardStub - stubLength - w
		near.X = r.Right()
	}
	id := l.portID(p) + "_" + strconv.Itoa(len(l.pic.Boxes))
	b := &Box{Tone: ToneData, Label: label}
	t := ink.Text{Point: ink.At(r.MidX(), r.MidY()+4.5), Size: ink.SmallText, Quiet: true,
		Runs:  []ink.Run{ink.Plain(label)},
		About: q.portal.about}
	l.pic.Boxes = append(l.pic.Boxes, BoxShape{Rect: r, ID: id, Class: "portal", Box: b, Texts: []ink.Text{t}})
	wire := Wire{kind: wireForward, From: id, To: l.portID(p), Path: []ink.Point{near, at}, about: q.portal.about}
	if q.out {
		wire.From, wire.To, wire.headless = wire.To, wire.From, true
		reverse(wire.Path)
	}
	if q.portal.from.Back {
		wire.kind = wireBackward
	}
	wire.cut = !q.out && l.s.Cuts[[2]Port{q.portal.from, p}]
	l.wire(wire)
}

// drawLoop draws what goes from each of the steps that a box stands for to the next: out of the box, around, and in
// again, with its name beside it.
func (l *ladder) drawLoop(o *loop) {
	plugged := func(out bool) ink.Point {
		return l.plugPoint(o.port, func(q plug) bool { return q.loop == o && q.out == out })
	}
	leaves, enters := plugged(true), plugged(false)
	t := ink.Text{Anchor: ink.Start, Size: ink.SmallText, Runs: []ink.Run{ink.Bold(o.name)},
		About: l.s.Lang.Say(words.TipLoop)}
	x, dx, kind := l.cols.forwardStub+stubLength+loopReach, 6.0, wireForward
	if o.port.Back {
		x, dx, kind = l.cols.backwardStub-stubLength-loopReach, -6, wireBackward
		t.Anchor, t.About = ink.End, l.s.Lang.Say(words.TipLoopBack)
	}
	x += l.panels[l.panelOf(o.port.Row)].x
	t.Point = ink.At(x+dx, l.rectOf(o.port).MidY()+4.5)
	if l.s.Rows[o.port.Row].Saves {
		t.Y -= 9.5 // above the wire of what is saved
	}
	l.label(t)
	l.wire(Wire{kind: kind, From: l.portID(o.port), To: l.portID(o.port), about: t.About,
		Path: []ink.Point{leaves, ink.At(x, leaves.Y), ink.At(x, enters.Y), enters}})
}
