package viz

import "slices"

// A scene is a drawing before it has any geometry: rows in tape order, the edges
// between them and the frames of the layers around them. It knows no graph, so
// layout is tested on scenes written by hand.
type scene struct {
	title  string
	note   string // the line below the title
	lang   Lang
	rows   []row
	edges  []edge
	cuts   map[[2]port]bool // edges along which no gradient comes back though one could
	frames []frame          // outer before inner
}

// A row is one operation: what it computes, what its backward pass computes, and
// the parameters and gradients beside them.
type row struct {
	id    int    // number of its first node: names the elements of the drawing
	op    box    // forward column
	back  *box   // backward column; nil when there is none
	left  []box  // parameters, and inputs that this operation alone reads
	right []box  // gradients of the parameters
	saves bool   // the backward operation reads values of the forward pass
	saved string // which: operands and results that the backward operation reads: "x w"
	seed  bool   // the backward pass begins here, with dy = 1
	sum   bool   // gradients from several consumers are added here
	terms string // which: "4 + -6"; "" where they are too long
}

// A box is what stands in one cell of the grid.
type box struct {
	tone   tone
	name   string // the layer of a closed box, drawn before the label
	label  string // what it is: "Conv2D 5×5"
	detail string // its shape: "64×6×28×28"
	about  string // more, for the tooltip
	count  int    // how many equal ones it stands for, 0 or 1: one
	closed bool   // a closed layer: several operations
	frozen bool   // a parameter that is not trained
	shared bool   // a parameter that several operations read
	value  *shown // nil for none
	loop   string // what goes from each of the equal ones to the next: "h, c"
}

// A port is the forward or the backward box of a row.
type port struct {
	row  int
	back bool
}

// An edge carries a value from one box to another.
type edge struct {
	from, to port
	shape    string    // of the value, for the tooltip
	value    string    // what it carries, where that is short
	names    [2]string // at its ends, of a value that goes to the next of equal layers
}

// A frame is an open layer: a rectangle around its rows.
type frame struct {
	first, last int // rows
	depth       int // 0 is outermost
	title       string
	count       int // how many equal layers it stands for
}

func (s *scene) hasBack() bool {
	for i := range s.rows {
		if s.rows[i].back != nil {
			return true
		}
	}
	return false
}

// at returns the box of a port, nil when there is none.
func (s *scene) at(p port) *box {
	if p.back {
		return s.rows[p.row].back
	}
	return &s.rows[p.row].op
}

// valued tells of the values that are drawn: pictures of the first example, and values of a box that stands for
// several.
func (s *scene) valued() (first, folded bool) {
	for i := range s.rows {
		r := &s.rows[i]
		for _, b := range slices.Concat([]box{r.op}, r.left, r.right) {
			if b.value != nil {
				first = first || b.value.heat != nil && b.value.heat.first
				folded = folded || r.op.count > 1
			}
		}
	}
	return first, folded
}
