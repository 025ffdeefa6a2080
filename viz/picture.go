package viz

// A picture is a scene with geometry: everything at its place, in pixels.
type picture struct {
	w, h   float64
	title  string // of the document
	about  string
	lang   Lang
	frames []frameShape
	boxes  []boxShape
	wires  []wire
	sums   []sumShape
	texts  []text // title block, headings, legend
	legend []legendShape
}

type point struct{ x, y float64 }

type rect struct{ x, y, w, h float64 }

func (r rect) cx() float64     { return r.x + r.w/2 }
func (r rect) cy() float64     { return r.y + r.h/2 }
func (r rect) right() float64  { return r.x + r.w }
func (r rect) bottom() float64 { return r.y + r.h }

// A boxShape is a box at its place with its texts.
type boxShape struct {
	rect
	id    string
	class string // forward, backward, param, grad, portal
	box   *box
	texts []text
	heat  rect // where the picture of its value stands
}

// A frameShape is the rectangle of an open layer; gap is the stretch of its upper
// line that the title interrupts.
type frameShape struct {
	rect
	id    string
	title text
	about string
	gap   [2]float64
	count int
}

// A sumShape is the ⊕ where gradients from several consumers are added.
type sumShape struct {
	point
	id string
}

type wireKind uint8

const (
	wireForward wireKind = iota
	wireBackward
	wireParam
	wireGrad
	wireSaved
	wireSeed
	wireKinds
)

// A wire is a polyline with rounded corners, and a head at its end unless it only
// links a saved value. dots mark where a trunk branches.
type wire struct {
	kind     wireKind
	from, to string // element ids
	path     []point
	dots     []point
	headless bool
	cut      bool // no gradient comes back along it
	about    string
}

// A text is one line; its runs differ in weight only.
type text struct {
	point  // of the baseline
	anchor anchor
	size   float64
	quiet  bool
	tone   string // class of a coloured text
	runs   []run
	about  string // the whole text when the runs are shortened
}

type anchor uint8

const (
	middle anchor = iota
	start
	end
)

type run struct {
	s    string
	bold bool
}

func (t *text) width() float64 {
	w := 0.0
	for _, r := range t.runs {
		w += textWidth(r.s, t.size, r.bold)
	}
	return w
}

// bounds returns the rectangle that the text covers at most.
func (t *text) bounds() rect {
	w := t.width()
	x := t.x
	switch t.anchor {
	case middle:
		x -= w / 2
	case end:
		x -= w
	}
	return rect{x, t.y - 0.76*t.size, w, t.size}
}

// plain returns the characters of the text.
func (t *text) plain() string {
	s := ""
	for _, r := range t.runs {
		s += r.s
	}
	return s
}

// legendShape is one entry of the legend: a small box, or a short wire.
type legendShape struct {
	rect
	tone   tone
	wire   wireKind
	isWire bool
	cards  bool
	frozen bool
	shared bool
	sum    bool // ⊕
	cut    bool // of the wire
	ramp   bool // the colours of numbers
}
