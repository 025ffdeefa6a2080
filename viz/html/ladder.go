package html

import (
	"cmp"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/viz/trace"
)

// The ladder is the layout of a run. Its columns are parameters, forward, backward and gradients; its rows are in the
// order of the tape, and an instruction of the backward pass stands in the row of the forward op that it serves. So
// forward flows down and backward up, beside each other. The update stands below.
//
// All that a page has to decide when a scope is opened or closed is which rows are seen: columns, lanes and the order
// of rows are fixed here, so what is outside of a scope moves by nothing but a vertical translation.
type ladder struct {
	Width   int            `json:"width"`
	Columns [columns]place `json:"columns"`
	Rows    []row          `json:"rows"`
	Frames  []frame        `json:"frames"`
	Boxes   []box          `json:"boxes"`
	Wires   []wire         `json:"wires"`
	Of      []int          `json:"of"` // the box of each instruction
}

const (
	columnParams = iota
	columnForward
	columnBackward
	columnGrads
	columns
)

// place is where a column is, and the lanes right of it.
type place struct {
	X     int `json:"x"`
	W     int `json:"w"`
	Lanes int `json:"lanes"` // x of the first lane
}

// row is the boxes of one forward op: a stack of them in each column.
type row struct {
	Height int `json:"h"`
	Frame  int `json:"f"` // the innermost frame that it is in, -1 for none
}

// frame is a scope: a run of rows that may be seen as one.
type frame struct {
	Title  string       `json:"title"`
	First  int          `json:"first"`
	Last   int          `json:"last"`
	Parent int          `json:"parent"`
	Depth  int          `json:"depth"`
	Open   bool         `json:"open"`   // at the beginning
	Update bool         `json:"update"` // it is the section of updates
	Times  int          `json:"times"`  // it is so many equal frames, one after the other; 0 for one of its own
	Boxes  [columns]int `json:"boxes"`  // how many there are in each column
	Params int          `json:"params"` // of those beside it, the different parameters
	States int          `json:"states"` // the different states
	Others int          `json:"others"` // inputs and constants

	names int // of its title in the scope
}

// box is an instruction, or a leaf beside the op that reads it.
type box struct {
	Node   int    `json:"node"`
	Instr  int    `json:"i"` // -1 for a leaf
	Row    int    `json:"r"`
	Column int    `json:"c"`
	Y      int    `json:"y"` // from the top of its row
	Height int    `json:"h"`
	Kind   string `json:"kind"`
	Title  string `json:"title"`
	Small  bool   `json:"small,omitempty"` // its value is written inside

	Picture bool `json:"picture,omitempty"` // its first pictures are shown inside
}

// wire leads from the box that computes a value to one that reads it.
type wire struct {
	From int    `json:"a"`
	To   int    `json:"b"`
	Side string `json:"s"` // of the column: forward, backward, gradients, or across from forward to backward
	Lane int    `json:"l"` // -1 for straight, -2 for one that is shown by its ends alone
}

// Distances in pixels.
const (
	paramWidth = 118
	boxWidth   = 148
	lineHeight = 16
	boxPad     = 6
	stackGap   = 8
	rowGap     = 24
	margin     = 14
	columnGap  = 26
	laneGap    = 9
	laneStart  = 12
	midGap     = 26
	maxLanes   = 7
	loopRoom   = 36 // beside the last column, for what goes round a box
	smallSize  = 4  // elements of a value that is written in its box
	openRows   = 40 // that are seen at the beginning

	pictureHeight = 40
)

// builder is a ladder under way.
type builder struct {
	run    *trace.Run
	l      ladder
	makes  []int   // of each node, the instruction that computes it, -1 for a leaf
	grads  []int   // of each node, the one that is its gradient, -1 for none
	reads  [][]int // of each node, the instructions that read it
	rowOf  []int   // of each node of the forward pass, -1 for none
	stacks [][columns][]int
	scopes []string // of each row
	update int      // the first row of the update
}

// layout returns the ladder of a run.
func layout(run *trace.Run) *ladder {
	b := &builder{run: run, l: ladder{Frames: []frame{}, Wires: []wire{}}}
	b.l.Of = filled(len(run.Instructions), -1)
	b.index()
	b.forward()
	b.backward()
	b.updates()
	b.stack()
	b.frames()
	b.wires()
	b.columns()
	return &b.l
}

func filled(n, v int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = v
	}
	return list
}

func (b *builder) index() {
	n := len(b.run.Nodes)
	b.makes, b.rowOf, b.grads, b.reads = filled(n, -1), filled(n, -1), filled(n, -1), make([][]int, n)
	b.gradients()
	for i := range b.run.Instructions {
		in := &b.run.Instructions[i]
		for _, r := range in.Results {
			b.makes[r] = i
		}
		for _, o := range in.Operands {
			b.reads[o] = append(b.reads[o], i)
		}
	}
}

// gradients finds what the gradient of each node is: the sum of its contributions, or the only one.
func (b *builder) gradients() {
	for _, s := range b.run.Steps {
		if n := b.run.Nodes[s.Of].Operands[s.Operand]; b.grads[n] < 0 {
			b.grads[n] = s.D
		}
	}
	for _, f := range b.run.Forks {
		b.grads[f.Node] = f.Sum
	}
	for i := range b.run.Nodes {
		if of := b.run.Nodes[i].GradOf; of >= 0 && b.grads[of] < 0 {
			b.grads[of] = i
		}
	}
}

// forward gives a row to each input that has a gradient, several readers or the first one, and to each op.
func (b *builder) forward() {
	for i := range b.run.Nodes {
		if b.isRow(i) {
			b.rowOf[i] = b.addRow(b.run.Nodes[i].Scope)
			b.addBox(box{Node: i, Instr: -1, Row: b.rowOf[i], Column: columnForward})
		}
	}
	for i := range b.run.Instructions {
		in := &b.run.Instructions[i]
		if in.Phase != "forward" || b.isConstant(in) {
			continue
		}
		r := b.addRow(in.Scope)
		for _, n := range in.Results {
			b.rowOf[n] = r
		}
		b.addBox(box{Node: in.Results[0], Instr: i, Row: r, Column: columnForward})
		b.leaves(in, r)
	}
}

func (b *builder) isConstant(in *trace.Instruction) bool {
	return b.run.Nodes[in.Results[0]].Kind == "constant"
}

// isRow reports whether leaf n has a row of its own.
func (b *builder) isRow(n int) bool {
	if k := b.run.Nodes[n].Kind; k != "input" && k != "state" || len(b.reads[n]) == 0 {
		return false
	}
	readers := 0
	for _, i := range b.reads[n] {
		if b.run.Instructions[i].Phase == "forward" {
			readers++
		}
	}
	first := slices.Contains(b.run.Instructions[0].Operands, n)
	return readers > 0 && (first || readers > 1 || b.grads[n] >= 0)
}

// leaves puts the parameters, constants and other leaves that an instruction reads beside it.
func (b *builder) leaves(in *trace.Instruction, r int) {
	for k, n := range in.Operands {
		if slices.Contains(in.Operands[:k], n) || b.rowOf[n] >= 0 {
			continue
		}
		switch i := b.makes[n]; {
		case i < 0:
			b.addBox(box{Node: n, Instr: -1, Row: r, Column: columnParams})
		case b.l.Of[i] < 0 && b.run.Nodes[n].Kind == "constant":
			b.addBox(box{Node: n, Instr: i, Row: r, Column: columnParams})
		}
	}
}

// backward puts each instruction of the backward pass into the row of the op that it serves.
func (b *builder) backward() {
	last := len(b.stacks) - 1
	if n := b.run.Loss; n >= 0 && b.rowOf[n] >= 0 {
		last = b.rowOf[n]
	}
	for i := range b.run.Instructions {
		in := &b.run.Instructions[i]
		if in.Phase != "backward" && !(in.Phase == "forward" && b.l.Of[i] < 0) {
			continue
		}
		if len(b.stacks) == 0 {
			last = b.addRow("")
		}
		last = b.rowServed(in, last)
		if b.isGradient(in.Results[0]) && b.isLast(in) {
			b.addBox(box{Node: in.Results[0], Instr: i, Row: last, Column: columnGrads})
			continue
		}
		b.addBox(box{Node: in.Results[0], Instr: i, Row: last, Column: columnBackward})
		for _, n := range in.Results {
			if b.isGradient(n) {
				b.addBox(box{Node: n, Instr: -1, Row: last, Column: columnGrads})
			}
		}
	}
}

// isGradient reports whether n is the gradient of a parameter.
func (b *builder) isGradient(n int) bool {
	of := b.run.Nodes[n].GradOf
	return of >= 0 && b.run.Nodes[of].Kind == "parameter"
}

// isLast reports whether nothing of the backward pass reads what an instruction computes.
func (b *builder) isLast(in *trace.Instruction) bool {
	for _, n := range in.Results {
		for _, i := range b.reads[n] {
			if b.run.Instructions[i].Phase == "backward" {
				return false
			}
		}
	}
	return true
}

// rowServed is the row of an instruction of the backward pass, that before it if nothing says which.
func (b *builder) rowServed(in *trace.Instruction, before int) int {
	for _, n := range in.Results {
		for _, of := range []int{b.run.Nodes[n].Of, b.run.Nodes[n].GradOf} {
			if of >= 0 && b.rowOf[of] >= 0 {
				return b.rowOf[of]
			}
		}
	}
	for _, n := range slices.Backward(in.Operands) {
		if i := b.makes[n]; i >= 0 && b.l.Of[i] >= 0 && b.run.Instructions[i].Phase == "backward" {
			return b.l.Boxes[b.l.Of[i]].Row
		}
	}
	return before
}

// updates puts the steps of optimisers below, and what they assign beside them.
func (b *builder) updates() {
	b.update = len(b.stacks)
	for i := range b.run.Instructions {
		in := &b.run.Instructions[i]
		if in.Phase != "update" || b.l.Of[i] >= 0 {
			continue
		}
		if r, ok := b.assigned(in); ok {
			b.addBox(box{Node: in.Results[0], Instr: i, Row: r, Column: columnBackward})
			continue
		}
		r := b.addRow("")
		b.addBox(box{Node: in.Results[0], Instr: i, Row: r, Column: columnForward})
		b.leaves(in, r)
		for _, n := range in.Operands {
			if j := b.makes[n]; j >= 0 && b.run.Instructions[j].Phase == "backward" {
				b.addBox(box{Node: n, Instr: -1, Row: r, Column: columnGrads})
			}
		}
	}
}

// assigned is the row of what an assignment assigns, if it is a step of the update.
func (b *builder) assigned(in *trace.Instruction) (r int, ok bool) {
	if len(in.Operands) != 1 || b.run.Nodes[in.Results[0]].Assigns < 0 && !strings.Contains(in.Text, "copy") {
		return 0, false
	}
	i := b.makes[in.Operands[0]]
	if i < 0 || b.l.Of[i] < 0 || b.run.Instructions[i].Phase != "update" {
		return 0, false
	}
	return b.l.Boxes[b.l.Of[i]].Row, true
}

func (b *builder) addRow(scope string) int {
	b.stacks = append(b.stacks, [columns][]int{})
	b.scopes = append(b.scopes, scope)
	return len(b.stacks) - 1
}

func (b *builder) addBox(x box) {
	n := &b.run.Nodes[x.Node]
	x.Kind = b.kind(n, x.Column)
	x.Title = b.title(n, b.scopes[x.Row])
	if x.Column == columnBackward && x.Instr >= 0 && b.isGradient(x.Node) { // which stands beside it
		x.Title = cmp.Or(n.Label, n.Op)
	}
	x.Small = elements(n.Shape) <= smallSize
	lines := 2
	switch {
	case x.Kind == "constant", n.Role == "view" && x.Column != columnGrads:
		lines = 1
	case x.Small && x.Column <= columnForward && b.grads[x.Node] >= 0:
		lines = 3 // its gradient too
	}
	x.Height = 2*boxPad + lines*lineHeight
	if x.Picture = isPicture(n); x.Picture {
		x.Height = 2*boxPad + 2*lineHeight + pictureHeight
	}
	k := len(b.l.Boxes)
	b.l.Boxes = append(b.l.Boxes, x)
	s := &b.stacks[x.Row][x.Column]
	*s = append(*s, k)
	if x.Instr >= 0 {
		b.l.Of[x.Instr] = k
	}
}

func elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// isPicture reports an input of pictures, (N, C, H, W) or rows of MNIST's, which is seen in its box.
func isPicture(n *trace.Node) bool {
	s := n.Shape
	if n.Kind != "input" || len(s) == 0 || s[0] == 0 {
		return false
	}
	return len(s) == 4 && min(s[2], s[3]) >= 5 || len(s) == 2 && s[1] == 28*28
}

// kind decides form and colour.
func (b *builder) kind(n *trace.Node, column int) string {
	switch {
	case n.Kind == "parameter" && n.Frozen:
		return "frozen"
	case n.Kind == "parameter", n.Kind == "state", n.Kind == "input", n.Kind == "constant":
		return n.Kind
	case n.Phase == "update":
		return "update"
	case column == columnGrads:
		return "grad"
	case n.Phase == "backward":
		return "back"
	case n.Role == "":
		return "elementwise"
	}
	return n.Role
}

// title is the first line of a box in a row of a scope, which the names of its parameters need not repeat.
func (b *builder) title(n *trace.Node, scope string) string {
	switch {
	case n.Kind != "op":
		return strings.TrimPrefix(cmp.Or(n.Name, n.Label), scope+".")
	case n.Assigns >= 0 && n.Op == "copy":
		return b.run.Nodes[n.Assigns].Name
	case n.GradOf >= 0 && b.run.Nodes[n.GradOf].Kind != "op":
		return b.partial(n) + strings.TrimPrefix(b.run.Nodes[n.GradOf].Name, scope+".")
	}
	return cmp.Or(n.Label, n.Op, n.Name)
}

// partial begins the title of a gradient: ∂, which of several losses is called.
func (b *builder) partial(n *trace.Node) string {
	if len(b.run.Losses) == 0 {
		return "∂"
	}
	name := "?"
	if loss := b.run.Losses[n.GradLoss]; loss >= 0 {
		name = b.run.Nodes[loss].Called
		if i := b.makes[loss]; name == "" && i >= 0 {
			in := &b.run.Instructions[i]
			name = in.Registers[slices.Index(in.Results, loss)]
		}
	}
	return "∂" + cmp.Or(name, "?") + "/∂"
}

// stack places the boxes of each row. What runs later in the backward pass stands higher.
func (b *builder) stack() {
	b.l.Rows = make([]row, len(b.stacks))
	for r := range b.stacks {
		most := 0
		for c := range columns {
			if c >= columnBackward && r < b.update {
				slices.Reverse(b.stacks[r][c])
			}
			y := 0
			for _, k := range b.stacks[r][c] {
				b.l.Boxes[k].Y = y
				y += b.l.Boxes[k].Height + stackGap
			}
			most = max(most, y-stackGap)
		}
		for c := range columns { // in the middle of the row
			if s := b.stacks[r][c]; len(s) > 0 {
				last := &b.l.Boxes[s[len(s)-1]]
				shift := (most - last.Y - last.Height) / 2
				for _, k := range s {
					b.l.Boxes[k].Y += shift
				}
			}
		}
		b.l.Rows[r] = row{Height: most, Frame: -1}
	}
}

// columns decides where the columns are, once it is known how many lanes there are.
func (b *builder) columns() {
	lanes := map[string]int{}
	for _, w := range b.l.Wires {
		lanes[w.Side] = max(lanes[w.Side], w.Lane+1)
	}
	depth := 0
	for _, f := range b.l.Frames {
		depth = max(depth, f.Depth+1)
	}
	x := margin + 8*depth
	var used [columns]bool
	for _, x := range b.l.Boxes {
		used[x.Column] = true
	}
	c := &b.l.Columns
	if used[columnParams] {
		c[columnParams] = place{X: x, W: paramWidth}
		x += paramWidth + columnGap
	}
	c[columnForward] = place{X: x, W: boxWidth, Lanes: x + boxWidth + laneStart}
	x += boxWidth
	if used[columnBackward] || used[columnGrads] {
		x += 2*laneStart + laneGap*(lanes["forward"]+lanes["backward"]) + midGap
		c[columnBackward] = place{X: x, W: boxWidth, Lanes: x - laneStart}
		x += boxWidth
	}
	if used[columnGrads] {
		x += laneStart + laneGap*lanes["gradients"] + laneStart
		c[columnGrads] = place{X: x, W: paramWidth, Lanes: x - laneStart}
		x += paramWidth
	} else if !used[columnBackward] {
		x += laneStart + laneGap*lanes["forward"]
	}
	b.l.Width = x + max(margin+8*depth, loopRoom)
}
