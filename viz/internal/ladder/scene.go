package ladder

import (
	"slices"

	"github.com/stheno-ml/stheno/viz/internal/words"
)

// A Scene is a drawing before it has any geometry: rows in tape order, the edges
// between them and the frames of the layers around them. It knows no graph, so
// layout is tested on scenes written by hand.
type Scene struct {
	Title  string
	Note   string // the line below the title
	Lang   words.Lang
	Rows   []Row
	Edges  []Edge
	Cuts   map[[2]Port]bool // edges along which no gradient comes back though one could
	Frames []Frame          // outer before inner
}

// A Row is one operation: what it computes, what its backward pass computes, and
// the parameters and gradients beside them.
type Row struct {
	ID    int    // number of its first node: names the elements of the drawing
	Op    Box    // forward column
	Back  *Box   // backward column; nil when there is none
	Left  []Box  // parameters, and inputs that this operation alone reads
	Right []Box  // gradients of the parameters
	Saves bool   // the backward operation reads values of the forward pass
	Saved string // which: operands and results that the backward operation reads: "x w"
	Seed  bool   // the backward pass begins here, with dy = 1
	Sum   bool   // gradients from several consumers are added here
	Terms string // which: "4 + -6"; "" where they are too long
}

// A Box is what stands in one cell of the grid.
type Box struct {
	Tone   Tone
	Name   string // the layer of a closed box, drawn before the label
	Label  string // what it is: "Conv2D 5×5"
	Detail string // its shape: "64×6×28×28"
	About  string // more, for the tooltip
	Count  int    // how many equal ones it stands for, 0 or 1: one
	Closed bool   // a closed layer: several operations
	Frozen bool   // a parameter that is not trained
	Shared bool   // a parameter that several operations read
	Value  *Value // nil for none
	Loop   string // what goes from each of the equal ones to the next: "h, c"
}

// A Port is the forward or the backward box of a row.
type Port struct {
	Row  int
	Back bool
}

// An Edge carries a value from one box to another.
type Edge struct {
	From, To Port
	Shape    string    // of the value, for the tooltip
	Value    string    // what it carries, where that is short
	Names    [2]string // at its ends, of a value that goes to the next of equal layers
}

// A Frame is an open layer: a rectangle around its rows.
type Frame struct {
	First, Last int // rows
	Depth       int // 0 is outermost
	Title       string
	Count       int // how many equal layers it stands for
}

func (s *Scene) hasBack() bool {
	for i := range s.Rows {
		if s.Rows[i].Back != nil {
			return true
		}
	}
	return false
}

// At returns the box of a port, nil when there is none.
func (s *Scene) At(p Port) *Box {
	if p.Back {
		return s.Rows[p.Row].Back
	}
	return &s.Rows[p.Row].Op
}

// Valued tells of the values that are drawn: pictures of the first example, and values of a box that stands for
// several.
func (s *Scene) Valued() (first, folded bool) {
	for i := range s.Rows {
		r := &s.Rows[i]
		for _, b := range slices.Concat([]Box{r.Op}, r.Left, r.Right) {
			if b.Value != nil {
				first = first || b.Value.Heat != nil && b.Value.Heat.First
				folded = folded || r.Op.Count > 1
			}
		}
	}
	return first, folded
}

// Boxes counts the boxes of a scene.
func (s *Scene) Boxes() int {
	n := 0
	for i := range s.Rows {
		r := &s.Rows[i]
		n += 1 + len(r.Left) + len(r.Right)
		if r.Back != nil {
			n++
		}
	}
	return n
}
