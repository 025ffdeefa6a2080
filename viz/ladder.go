package viz

import "math"

// The ladder is the layout of a scene. Its grid has the columns parameters, forward,
// backward and gradients, and a row for each operation in tape order, so an
// operation and its backward twin stand side by side: forward flows down, backward
// up, and the loss at the bottom joins them. Whatever is not an edge to the next
// row runs in lanes between the two columns. The cost is linear in the rows.

// A geometry is what may vary to make a drawing fit its page.
type geometry struct {
	lines  int // of text in a box: 2, or 1 with the shape beside the label
	panels int // the ladder is cut into this many, side by side
}

// Distances of the drawing in pixels.
const (
	margin      = 20.0
	rowGap      = 24.0 // between rows, room for an arrow
	tightGap    = 20.0 // the same with one line per box
	columnGap   = 34.0 // from parameters to forward, from backward to gradients
	laneGap     = 12.0
	laneStart   = 16.0 // from a box to the first lane
	framePad    = 9.0  // from a frame to what is inside
	frameTitle  = 19.0 // more above, for the title on the frame's line
	midGap      = 64.0 // between the lanes of the two columns, room for "dy = 1"
	sumDrop     = 26.0 // below a backward box, room for ⊕
	sumRadius   = 6.5
	headingRoom = 30.0 // above the rows, for headings; wires from the panel before run below these
	stubLength  = 12.0
)

// ladder is the layout under way.
type ladder struct {
	s      *scene
	g      geometry
	back   bool
	r      *routing
	above  map[port][]plug
	below  map[port][]plug
	tracks [][]int // of the wires from each panel to the next
	header float64 // room above the rows

	labelled []bool // by row: there is a value beside the edge into it from above

	panels []panel
	top    []float64 // of each row
	height []float64
	cols   columns
	depth  int // of the deepest frame + 1
	pic    *picture
	index  map[string]int // of boxes by id
}

// A panel holds the rows first … end-1.
type panel struct {
	first, end int
	x, bottom  float64
}

// columns are the positions within a panel.
type columns struct {
	left, forward, backward, right float64 // left edges
	leftW, opW, rightW             float64
	forwardLane, backwardLane      float64 // x of lane 0
	forwardStub, backwardStub      float64 // inner x of portal stubs
	mid, midW                      float64 // middle between the columns, and its room
	stubW                          float64
	width                          float64
}

// layout returns the picture of s.
func layout(s *scene, g geometry) *picture {
	l := &ladder{s: s, g: g, back: s.hasBack(), index: map[string]int{}}
	l.pic = &picture{title: s.title, about: s.note, lang: s.lang}
	for _, f := range s.frames {
		l.depth = max(l.depth, f.depth+1)
	}
	l.cut()
	l.r = route(s, l.panelOf)
	l.above, l.below = l.r.plugs()
	l.findTracks()
	l.measureRows()
	l.measureColumns()
	l.findLabels()
	l.placeRows()
	l.drawFrames()
	l.drawBoxes()
	l.drawWires()
	l.finish()
	return l.pic
}

func (l *ladder) panelOf(row int) int {
	for i := range l.panels {
		if row < l.panels[i].end {
			return i
		}
	}
	return 0
}

// measureRows finds the height of every row: that of its highest box or of the
// stack at its left, and enough for what is plugged into it.
func (l *ladder) measureRows() {
	l.height = make([]float64, len(l.s.rows))
	for i := range l.s.rows {
		r := &l.s.rows[i]
		_, h := boxSize(&r.op, l.g.lines)
		if r.back != nil {
			_, bh := boxSize(r.back, l.g.lines)
			h = math.Max(h, bh)
		}
		for _, stack := range [][]box{r.left, r.right} {
			sum := -stackGap
			for k := range stack {
				_, bh := boxSize(&stack[k], l.g.lines)
				sum += bh + stackGap
			}
			h = math.Max(h, sum)
		}
		for _, back := range []bool{false, true} {
			p := port{i, back}
			h = math.Max(h, math.Max(plugRoom(l.above[p]), plugRoom(l.below[p])))
		}
		l.height[i] = h
	}
}

const (
	stackGap   = 8.0
	stubHeight = 18.0
	loopReach  = 14.0 // from where stubs end to the far side of a loop
)

// plugRoom returns the height of a box that has these plugs above (or below) its
// middle.
func plugRoom(plugs []plug) float64 {
	if len(plugs) == 0 {
		return 0
	}
	return 2*plugHeights(plugs) + 10
}

// plugHeights adds up what plugs need: lines are thin, stubs are texts.
func plugHeights(plugs []plug) float64 {
	h := 0.0
	for _, p := range plugs {
		h += 7
		if p.portal != nil {
			h += stubHeight + 1 - 7
		}
		if p.loop != nil {
			h += stubHeight + 4 - 7
		}
	}
	return h
}

// measureColumns finds the widths and positions of the columns.
func (l *ladder) measureColumns() {
	c := &l.cols
	c.opW = minBoxWidth
	for i := range l.s.rows {
		r := &l.s.rows[i]
		c.opW = math.Max(c.opW, columnWidth([]box{r.op}, l.g.lines, mostOp))
		if r.back != nil {
			c.opW = math.Max(c.opW, columnWidth([]box{*r.back}, l.g.lines, mostOp))
		}
		c.leftW = math.Max(c.leftW, columnWidth(r.left, l.g.lines, mostSide))
		c.rightW = math.Max(c.rightW, columnWidth(r.right, l.g.lines, mostSide))
	}
	for _, p := range l.r.portals {
		for _, out := range []bool{true, false} {
			c.stubW = math.Max(c.stubW, textWidth(p.label(out), smallText, false)+12)
		}
	}
	for _, o := range l.r.loops {
		c.stubW = math.Max(c.stubW, textWidth(o.name, smallText, true)+loopReach+18)
	}
	x := float64(l.depth) * framePad
	if l.depth > 0 {
		x += 5
	}
	c.left = x
	if c.leftW > 0 {
		x += c.leftW + columnGap
	}
	x += l.titleRoom(x + c.opW/2)
	c.forward = x
	x += c.opW
	c.forwardLane = x + laneStart
	x += l.gutter(0)
	c.forwardStub = x
	if l.hasStubs(false) {
		x += c.stubW + stubLength
	}
	if l.back {
		c.midW = l.midWidth()
		c.mid = x + c.midW/2
		x += c.midW
		if l.hasStubs(true) {
			x += c.stubW + stubLength
		}
		c.backwardStub = x
		x += l.gutter(1)
		c.backwardLane = x - laneStart
		c.backward = x
		x += c.opW
		if c.rightW > 0 {
			c.right = x + columnGap
			x = c.right + c.rightW
		}
	}
	c.width = x + float64(l.depth)*framePad
	if l.depth > 0 {
		c.width += 5
	}
}

// What a box grows to, at most, before its label is cut: in the columns of operations and in those beside them. It is
// more than names of people need; a name of a thousand letters would leave the rest too small to read.
const (
	mostOp    = 640.0
	mostSide  = 480.0
	mostSaved = 420.0
)

func columnWidth(boxes []box, lines int, most float64) float64 {
	w := 0.0
	for i := range boxes {
		bw, _ := boxSize(&boxes[i], lines)
		w = math.Max(w, bw)
	}
	return math.Min(math.Ceil(w/2)*2, most)
}

// gutter returns the width of the lanes beside a column.
func (l *ladder) gutter(side int) float64 {
	if l.r.lanes[side] == 0 {
		return 0
	}
	return laneStart + float64(l.r.lanes[side]-1)*laneGap + 8
}

func (l *ladder) hasStubs(back bool) bool {
	for _, p := range l.r.portals {
		if p.from.back == back || p.to.back == back {
			return true
		}
	}
	for _, o := range l.r.loops {
		if o.port.back == back {
			return true
		}
	}
	return false
}

// midWidth returns the room between the lanes: enough for the names of saved values.
func (l *ladder) midWidth() float64 {
	w := midGap
	for i := range l.s.rows {
		if r := &l.s.rows[i]; r.back != nil && !r.seed {
			w = math.Max(w, math.Min(textWidth(r.saved, smallText, false)+28, mostSaved))
		}
	}
	if l.seeds() {
		w = math.Max(w, textWidth(seedText, smallText, false)+28)
	}
	return w
}

const seedText = "dy = 1"

func (l *ladder) seeds() bool {
	for i := range l.s.rows {
		if l.s.rows[i].seed {
			return true
		}
	}
	return false
}

// placeRows finds the y of every row and the x of every panel. The frames that open
// and close between two rows need room for their lines and titles.
func (l *ladder) placeRows() {
	l.top = make([]float64, len(l.s.rows))
	x := margin
	for k := range l.panels {
		p := &l.panels[k]
		p.x = x
		x += l.cols.width + l.corridor(k)
		y := l.header
		for i := p.first; i < p.end; i++ {
			if i > p.first {
				y = l.top[i-1] + l.height[i-1] + l.gap(i)
			} else if o := l.opening(i, p); o > 0 {
				y += frameLead + float64(o)*frameTitle
			}
			l.top[i] = y
		}
		if p.end == 0 { // nothing to draw
			p.bottom = y
			continue
		}
		p.bottom = l.top[p.end-1] + l.height[p.end-1] + l.drop(p.end-1) + float64(l.closing(p.end-1, p))*framePad
	}
}

const frameLead = -4.0

// gap returns the distance between row i and the row above it.
func (l *ladder) gap(i int) float64 {
	p := &l.panels[l.panelOf(i)]
	gap := rowGap
	if l.g.lines == 1 {
		gap = tightGap
	}
	c, o := l.closing(i-1, p), l.opening(i, p)
	frames := 0.0
	if c > 0 {
		frames += float64(c)*framePad + 5
	}
	if o > 0 {
		frames += float64(o)*frameTitle + 8
	}
	if c > 0 && o == 0 || c == 0 && o > 0 {
		frames += 8
	}
	if l.labelled[i] {
		gap += edgeRoom
	}
	return math.Max(gap, frames) + l.drop(i-1)
}

// drop is the extra room below a row for ⊕ and for the cards of a folded box.
func (l *ladder) drop(i int) float64 {
	drop := 0.0
	if l.s.rows[i].sum && l.s.rows[i].back != nil {
		drop = sumDrop
	}
	if r := &l.s.rows[i]; r.op.count > 1 || r.back != nil && r.back.count > 1 {
		drop += 2 * cardOffset
	}
	return drop
}

// opening counts the frames whose first row in panel p is i; closing those whose
// last is.
func (l *ladder) opening(i int, p *panel) int {
	n := 0
	for _, f := range l.s.frames {
		if max(f.first, p.first) == i && f.last >= i {
			n++
		}
	}
	return n
}

func (l *ladder) closing(i int, p *panel) int {
	n := 0
	for _, f := range l.s.frames {
		if min(f.last, p.end-1) == i && f.first <= i {
			n++
		}
	}
	return n
}

// drawFrames draws every frame, in each panel that it reaches into.
func (l *ladder) drawFrames() {
	for k, f := range l.s.frames {
		for pi := range l.panels {
			p := &l.panels[pi]
			if f.last < p.first || f.first >= p.end {
				continue
			}
			l.drawFrame(k, p)
		}
	}
}

func (l *ladder) drawFrame(k int, p *panel) {
	f := l.s.frames[k]
	first, last := max(f.first, p.first), min(f.last, p.end-1)
	inner, outer := 0, 0 // frames inside this one that begin, end with it
	for j := k + 1; j < len(l.s.frames) && l.s.frames[j].first <= last; j++ {
		g := l.s.frames[j]
		if g.last > f.last || g.last < p.first {
			continue
		}
		if max(g.first, p.first) == first {
			inner++
		}
		if min(g.last, p.end-1) == last {
			outer++
		}
	}
	pad := float64(f.depth) * framePad
	y := l.top[first] - 12 - float64(inner)*frameTitle
	bottom := l.top[last] + l.height[last] + l.drop(last) + float64(outer+1)*framePad
	shape := frameShape{rect: rect{p.x + pad, y, l.cols.width - 2*pad, bottom - y}, count: f.count, about: f.title,
		id: l.frameID(k)}
	if first != f.first {
		shape.id += "_" + itoa(l.panelOf(first))
	}
	t := f.titleText(l.s.lang, first)
	t.point = point{shape.x + titleStart, y + 4.5}
	fit(&t, p.x+l.cols.forward+l.cols.opW/2-t.x-titleGap, f.title)
	shape.title = t
	shape.gap = [2]float64{t.x - 6, t.x + t.width() + 4}
	l.pic.frames = append(l.pic.frames, shape)
}

// titleText is the title of a frame whose first row in a panel is the given one.
func (f *frame) titleText(lang Lang, first int) text {
	title := f.title
	if first != f.first {
		title = lang.say(sayContinued, title)
	}
	t := text{anchor: start, size: smallText, quiet: true, runs: []run{{title, true}}}
	if f.count > 1 {
		t.runs = append(t.runs, run{times(f.count), true})
	}
	return t
}

const (
	titleStart = 16.0 // from the corner of a frame to its title
	titleGap   = 16.0 // from the title to the wire that comes in from above
)

// titleRoom returns how much further right the forward column must stand than where its middle is at x, so that the
// titles of frames, which end before the wire that comes in from above, are not cut.
func (l *ladder) titleRoom(x float64) float64 {
	more := 0.0
	for i := range l.s.frames {
		f := &l.s.frames[i]
		for k := range l.panels {
			if p := &l.panels[k]; f.last >= p.first && f.first < p.end {
				t := f.titleText(l.s.lang, max(f.first, p.first))
				need := float64(f.depth)*framePad + titleStart + math.Min(t.width(), mostSide) + titleGap
				more = math.Max(more, need-x)
			}
		}
	}
	return math.Ceil(more)
}

func (l *ladder) frameID(k int) string {
	return "frame" + itoa(l.s.rows[l.s.frames[k].first].id) + "_" + itoa(l.s.frames[k].depth)
}

// drawBoxes draws the boxes of all rows.
func (l *ladder) drawBoxes() {
	for i := range l.s.rows {
		r := &l.s.rows[i]
		x := l.panels[l.panelOf(i)].x
		l.addBox(boxID(i, l.s, "f"), "forward", &r.op, rect{x + l.cols.forward, l.top[i], l.cols.opW, l.height[i]})
		if r.back != nil {
			l.addBox(boxID(i, l.s, "b"), "backward", r.back, rect{x + l.cols.backward, l.top[i], l.cols.opW,
				l.height[i]})
		}
		l.stack(i, r.left, "p", "parameter", x+l.cols.left, l.cols.leftW)
		l.stack(i, r.right, "d", "gradient", x+l.cols.right, l.cols.rightW)
	}
}

func boxID(row int, s *scene, suffix string) string { return "n" + itoa(s.rows[row].id) + suffix }

// stack draws boxes on top of each other in a side column, centred on the row.
func (l *ladder) stack(row int, boxes []box, suffix, class string, x, w float64) {
	total := -stackGap
	for i := range boxes {
		_, h := boxSize(&boxes[i], l.g.lines)
		total += h + stackGap
	}
	y := l.top[row] + (l.height[row]-total)/2
	for i := range boxes {
		_, h := boxSize(&boxes[i], l.g.lines)
		l.addBox(boxID(row, l.s, suffix+itoa(i)), class, &boxes[i], rect{x, y, w, h})
		y += h + stackGap
	}
}

func (l *ladder) addBox(id, class string, b *box, r rect) {
	l.index[id] = len(l.pic.boxes)
	texts, heat := boxTexts(b, r, l.g.lines)
	l.pic.boxes = append(l.pic.boxes, boxShape{rect: r, id: id, class: class, box: b, texts: texts, heat: heat})
}

// outerRect returns the rectangle of a port's box with the cards behind it, where
// wires attach.
func (l *ladder) outerRect(p port) rect {
	r := l.rectOf(p)
	if l.s.at(p).count > 1 {
		r.w += 2 * cardOffset
		r.h += 2 * cardOffset
	}
	return r
}

// rectOf returns the rectangle of a port's box.
func (l *ladder) rectOf(p port) rect {
	x := l.panels[l.panelOf(p.row)].x + l.cols.forward
	if p.back {
		x += l.cols.backward - l.cols.forward
	}
	return rect{x, l.top[p.row], l.cols.opW, l.height[p.row]}
}
