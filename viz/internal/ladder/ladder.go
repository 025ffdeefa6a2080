package ladder

import (
	"math"
	"strconv"

	"github.com/stheno-ml/stheno/viz/internal/ink"
	"github.com/stheno-ml/stheno/viz/internal/words"
)

// The ladder is the layout of a scene. Its grid has the columns parameters, forward,
// backward and gradients, and a row for each operation in tape order, so an
// operation and its backward twin stand side by side: forward flows down, backward
// up, and the loss at the bottom joins them. Whatever is not an edge to the next
// row runs in lanes between the two columns. The cost is linear in the rows.

// A Geometry is what may vary to make a drawing fit its page.
type Geometry struct {
	Lines  int // of text in a box: 2, or 1 with the shape beside the label
	Panels int // the ladder is cut into this many, side by side
}

// Distances of the drawing in pixels.
const (
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
	s      *Scene
	g      Geometry
	back   bool
	r      *routing
	above  map[Port][]plug
	below  map[Port][]plug
	tracks [][]int // of the wires from each panel to the next
	header float64 // room above the rows

	labelled []bool // by row: there is a value beside the edge into it from above

	panels []panel
	top    []float64 // of each row
	height []float64
	cols   columns
	depth  int // of the deepest frame + 1
	pic    *Picture
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

// Layout returns the picture of s.
func Layout(s *Scene, g Geometry) *Picture {
	l := &ladder{s: s, g: g, back: s.hasBack(), index: map[string]int{}}
	l.pic = &Picture{title: s.Title, about: s.Note, lang: s.Lang}
	for _, f := range s.Frames {
		l.depth = max(l.depth, f.Depth+1)
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
	l.height = make([]float64, len(l.s.Rows))
	for i := range l.s.Rows {
		r := &l.s.Rows[i]
		_, h := BoxSize(&r.Op, l.g.Lines)
		if r.Back != nil {
			_, bh := BoxSize(r.Back, l.g.Lines)
			h = math.Max(h, bh)
		}
		for _, stack := range [][]Box{r.Left, r.Right} {
			sum := -stackGap
			for k := range stack {
				_, bh := BoxSize(&stack[k], l.g.Lines)
				sum += bh + stackGap
			}
			h = math.Max(h, sum)
		}
		for _, back := range []bool{false, true} {
			p := Port{i, back}
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
	for i := range l.s.Rows {
		r := &l.s.Rows[i]
		c.opW = math.Max(c.opW, columnWidth([]Box{r.Op}, l.g.Lines, MostOp))
		if r.Back != nil {
			c.opW = math.Max(c.opW, columnWidth([]Box{*r.Back}, l.g.Lines, MostOp))
		}
		c.leftW = math.Max(c.leftW, columnWidth(r.Left, l.g.Lines, MostSide))
		c.rightW = math.Max(c.rightW, columnWidth(r.Right, l.g.Lines, MostSide))
	}
	for _, p := range l.r.portals {
		for _, out := range []bool{true, false} {
			c.stubW = math.Max(c.stubW, ink.TextWidth(p.label(out), ink.SmallText, false)+12)
		}
	}
	for _, o := range l.r.loops {
		c.stubW = math.Max(c.stubW, ink.TextWidth(o.name, ink.SmallText, true)+loopReach+18)
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
	MostOp    = 640.0
	MostSide  = 480.0
	MostSaved = 420.0
)

func columnWidth(boxes []Box, lines int, most float64) float64 {
	w := 0.0
	for i := range boxes {
		bw, _ := BoxSize(&boxes[i], lines)
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
		if p.from.Back == back || p.to.Back == back {
			return true
		}
	}
	for _, o := range l.r.loops {
		if o.port.Back == back {
			return true
		}
	}
	return false
}

// midWidth returns the room between the lanes: enough for the names of saved values.
func (l *ladder) midWidth() float64 {
	w := midGap
	for i := range l.s.Rows {
		if r := &l.s.Rows[i]; r.Back != nil && !r.Seed {
			w = math.Max(w, math.Min(ink.TextWidth(r.Saved, ink.SmallText, false)+28, MostSaved))
		}
	}
	if l.seeds() {
		w = math.Max(w, ink.TextWidth(seedText, ink.SmallText, false)+28)
	}
	return w
}

const seedText = "dy = 1"

func (l *ladder) seeds() bool {
	for i := range l.s.Rows {
		if l.s.Rows[i].Seed {
			return true
		}
	}
	return false
}

// placeRows finds the y of every row and the x of every panel. The frames that open
// and close between two rows need room for their lines and titles.
func (l *ladder) placeRows() {
	l.top = make([]float64, len(l.s.Rows))
	x := ink.Margin
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
	if l.g.Lines == 1 {
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
	if l.s.Rows[i].Sum && l.s.Rows[i].Back != nil {
		drop = sumDrop
	}
	if r := &l.s.Rows[i]; r.Op.Count > 1 || r.Back != nil && r.Back.Count > 1 {
		drop += 2 * cardOffset
	}
	return drop
}

// opening counts the frames whose first row in panel p is i; closing those whose
// last is.
func (l *ladder) opening(i int, p *panel) int {
	n := 0
	for _, f := range l.s.Frames {
		if max(f.First, p.first) == i && f.Last >= i {
			n++
		}
	}
	return n
}

func (l *ladder) closing(i int, p *panel) int {
	n := 0
	for _, f := range l.s.Frames {
		if min(f.Last, p.end-1) == i && f.First <= i {
			n++
		}
	}
	return n
}

// drawFrames draws every frame, in each panel that it reaches into.
func (l *ladder) drawFrames() {
	for k, f := range l.s.Frames {
		for pi := range l.panels {
			p := &l.panels[pi]
			if f.Last < p.first || f.First >= p.end {
				continue
			}
			l.drawFrame(k, p)
		}
	}
}

func (l *ladder) drawFrame(k int, p *panel) {
	f := l.s.Frames[k]
	first, last := max(f.First, p.first), min(f.Last, p.end-1)
	inner, outer := 0, 0 // frames inside this one that begin, end with it
	for j := k + 1; j < len(l.s.Frames) && l.s.Frames[j].First <= last; j++ {
		g := l.s.Frames[j]
		if g.Last > f.Last || g.Last < p.first {
			continue
		}
		if max(g.First, p.first) == first {
			inner++
		}
		if min(g.Last, p.end-1) == last {
			outer++
		}
	}
	pad := float64(f.Depth) * framePad
	y := l.top[first] - 12 - float64(inner)*frameTitle
	bottom := l.top[last] + l.height[last] + l.drop(last) + float64(outer+1)*framePad
	shape := FrameShape{Rect: ink.Area(p.x+pad, y, l.cols.width-2*pad, bottom-y), count: f.Count, About: f.Title,
		id: l.frameID(k)}
	if first != f.First {
		shape.id += "_" + strconv.Itoa(l.panelOf(first))
	}
	t := f.titleText(l.s.Lang, first)
	t.Point = ink.At(shape.X+titleStart, y+4.5)
	fit(&t, p.x+l.cols.forward+l.cols.opW/2-t.X-titleGap, f.Title)
	shape.Title = t
	shape.gap = [2]float64{t.X - 6, t.X + t.Width() + 4}
	l.pic.Frames = append(l.pic.Frames, shape)
}

// titleText is the title of a frame whose first row in a panel is the given one.
func (f *Frame) titleText(lang words.Lang, first int) ink.Text {
	title := f.Title
	if first != f.First {
		title = lang.Say(words.Continued, title)
	}
	t := ink.Text{Anchor: ink.Start, Size: ink.SmallText, Quiet: true, Runs: []ink.Run{ink.Bold(title)}}
	if f.Count > 1 {
		t.Runs = append(t.Runs, ink.Bold(times(f.Count)))
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
	for i := range l.s.Frames {
		f := &l.s.Frames[i]
		for k := range l.panels {
			if p := &l.panels[k]; f.Last >= p.first && f.First < p.end {
				t := f.titleText(l.s.Lang, max(f.First, p.first))
				need := float64(f.Depth)*framePad + titleStart + math.Min(t.Width(), MostSide) + titleGap
				more = math.Max(more, need-x)
			}
		}
	}
	return math.Ceil(more)
}

func (l *ladder) frameID(k int) string {
	return "frame" + strconv.Itoa(l.s.Rows[l.s.Frames[k].First].ID) + "_" + strconv.Itoa(l.s.Frames[k].Depth)
}

// drawBoxes draws the boxes of all rows.
func (l *ladder) drawBoxes() {
	for i := range l.s.Rows {
		r := &l.s.Rows[i]
		x := l.panels[l.panelOf(i)].x
		l.addBox(boxID(i, l.s, "f"), "forward", &r.Op, ink.Area(x+l.cols.forward, l.top[i], l.cols.opW, l.height[i]))
		if r.Back != nil {
			l.addBox(boxID(i, l.s, "b"), "backward", r.Back, ink.Area(x+l.cols.backward, l.top[i], l.cols.opW,
				l.height[i]))
		}
		l.stack(i, r.Left, "p", "parameter", x+l.cols.left, l.cols.leftW)
		l.stack(i, r.Right, "d", "gradient", x+l.cols.right, l.cols.rightW)
	}
}

func boxID(row int, s *Scene, suffix string) string {
	return "n" + strconv.Itoa(s.Rows[row].ID) + suffix
}

// stack draws boxes on top of each other in a side column, centred on the row.
func (l *ladder) stack(row int, boxes []Box, suffix, class string, x, w float64) {
	total := -stackGap
	for i := range boxes {
		_, h := BoxSize(&boxes[i], l.g.Lines)
		total += h + stackGap
	}
	y := l.top[row] + (l.height[row]-total)/2
	for i := range boxes {
		_, h := BoxSize(&boxes[i], l.g.Lines)
		l.addBox(boxID(row, l.s, suffix+strconv.Itoa(i)), class, &boxes[i], ink.Area(x, y, w, h))
		y += h + stackGap
	}
}

func (l *ladder) addBox(id, class string, b *Box, r ink.Rect) {
	l.index[id] = len(l.pic.Boxes)
	texts, heat := boxTexts(b, r, l.g.Lines)
	l.pic.Boxes = append(l.pic.Boxes, BoxShape{Rect: r, ID: id, Class: class, Box: b, Texts: texts, heat: heat})
}

// outerRect returns the rectangle of a port's box with the cards behind it, where
// wires attach.
func (l *ladder) outerRect(p Port) ink.Rect {
	r := l.rectOf(p)
	if l.s.At(p).Count > 1 {
		r.W += 2 * cardOffset
		r.H += 2 * cardOffset
	}
	return r
}

// rectOf returns the rectangle of a port's box.
func (l *ladder) rectOf(p Port) ink.Rect {
	x := l.panels[l.panelOf(p.Row)].x + l.cols.forward
	if p.Back {
		x += l.cols.backward - l.cols.forward
	}
	return ink.Area(x, l.top[p.Row], l.cols.opW, l.height[p.Row])
}
