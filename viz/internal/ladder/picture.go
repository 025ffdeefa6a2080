package ladder

import (
	"github.com/stheno-ml/stheno/viz/internal/ink"
	"github.com/stheno-ml/stheno/viz/internal/words"
)

// A Picture is a scene with geometry: everything at its place, in pixels.
type Picture struct {
	W, H   float64
	title  string // of the document
	about  string
	lang   words.Lang
	Frames []FrameShape
	Boxes  []BoxShape
	Wires  []Wire
	sums   []sumShape
	Texts  []ink.Text // title block, headings, legend
	legend []legendShape
}

// A BoxShape is a box at its place with its texts.
type BoxShape struct {
	ink.Rect
	ID    string
	Class string // forward, backward, param, grad, portal
	Box   *Box
	Texts []ink.Text
	heat  ink.Rect // where the picture of its value stands
}

// A FrameShape is the rectangle of an open layer; gap is the stretch of its upper
// line that the title interrupts.
type FrameShape struct {
	ink.Rect
	id    string
	Title ink.Text
	About string
	gap   [2]float64
	count int
}

// A sumShape is the ⊕ where gradients from several consumers are added.
type sumShape struct {
	ink.Point
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

// A Wire is a polyline with rounded corners, and a head at its end unless it only
// links a saved value. dots mark where a trunk branches.
type Wire struct {
	kind     wireKind
	From, To string // element ids
	Path     []ink.Point
	dots     []ink.Point
	headless bool
	cut      bool // no gradient comes back along it
	about    string
}

// legendShape is one entry of the legend: a small box, or a short wire.
type legendShape struct {
	ink.Rect
	tone   Tone
	wire   wireKind
	isWire bool
	cards  bool
	frozen bool
	shared bool
	sum    bool // ⊕
	cut    bool // of the wire
	ramp   bool // the colours of numbers
}
