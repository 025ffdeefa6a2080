package flaws

import (
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/viz/internal/ink"
)

// Faults tells what overlaps, is cut or leads nowhere in a drawing, for tests that import what stands above this
// package.
func Faults(svg string) ([]string, error) {
	d, err := Read(svg)
	if err != nil {
		return nil, err
	}
	return d.Check(), nil
}

// A Drawing is an SVG document read back for checking, without looking at what
// wrote it.
type Drawing struct {
	W, H   float64
	ids    map[string]bool
	Boxes  []Box
	Texts  []Text
	wires  []Wire
	faults []string
}

// A Box is a box of a drawing, or the stub of a long skip.
type Box struct {
	ink.Rect
	ID    string
	outer ink.Rect // with the cards behind
}

// A Text is a line of text, or a picture of numbers.
type Text struct {
	ink.Rect
	S    string
	Size float64
	Box  int // in whose group it stands, or -1
}

// A Wire is a line from one box to another.
type Wire struct {
	kind, from, to string
	path           []ink.Point
	headless       bool
}

// Read parses the document.
func Read(svg string) (*Drawing, error) {
	d := &Drawing{ids: map[string]bool{}}
	dec := xml.NewDecoder(strings.NewReader(svg))
	var groups []xml.StartElement
	box := -1
	for {
		token, err := dec.Token()
		if err != nil {
			if len(groups) == 0 && d.W > 0 {
				return d, nil
			}
			return nil, fmt.Errorf("svg: %w", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if id := get(e, "id"); id != "" {
				if d.ids[id] {
					d.fault("the id %q occurs twice", id)
				}
				d.ids[id] = true
			}
			switch e.Name.Local {
			case "svg":
				fmt.Sscanf(get(e, "viewBox"), "0 0 %g %g", &d.W, &d.H)
			case "script", "use", "a", "foreignObject":
				d.fault("a <%s> in the drawing", e.Name.Local)
			case "image": // a picture of numbers, within the file
				if !strings.HasPrefix(get(e, "href"), "data:image/png;base64,") {
					d.fault("the picture %.30q is loaded", get(e, "href"))
				}
				d.Texts = append(d.Texts, Text{shapeRect(e), "a picture", ink.SmallText, box})
			case "text":
				if err := d.readText(dec, e, box); err != nil {
					return nil, err
				}
				continue
			}
			groups = append(groups, e)
			d.readShape(groups, &box)
		case xml.EndElement:
			if e.Name.Local == "g" && hasClass(groups[len(groups)-1], "box", "portal") {
				box = -1
			}
			groups = groups[:len(groups)-1]
		}
	}
}

func (d *Drawing) fault(format string, args ...any) {
	d.faults = append(d.faults, fmt.Sprintf(format, args...))
}

// readShape notes the shape that has just been opened.
func (d *Drawing) readShape(groups []xml.StartElement, box *int) {
	e := groups[len(groups)-1]
	if e.Name.Local == "g" && hasClass(e, "box", "portal") {
		*box = len(d.Boxes)
		d.Boxes = append(d.Boxes, Box{ID: get(e, "id")})
		return
	}
	if *box >= 0 && hasClass(e, "shape", "card") {
		r := shapeRect(e)
		b := &d.Boxes[*box]
		if hasClass(e, "shape") {
			b.Rect = r
		}
		b.outer = union(b.outer, r)
	}
	if len(groups) < 2 || !hasClass(groups[len(groups)-2], "wire") {
		return
	}
	parent := groups[len(groups)-2]
	switch path := pathPoints(get(e, "d")); {
	case hasClass(e, "line"):
		d.wires = append(d.wires, Wire{get(parent, "class"), get(parent, "data-from"), get(parent, "data-to"),
			path, true})
	case hasClass(e, "head"):
		w := &d.wires[len(d.wires)-1]
		w.path = append(w.path, path[0])
		w.headless = false
	}
}

// readText reads a text element to its end.
func (d *Drawing) readText(dec *xml.Decoder, e xml.StartElement, box int) error {
	t := ink.Text{Point: ink.At(number(get(e, "x")), number(get(e, "y"))), Size: number(get(e, "font-size"))}
	for i, a := range ink.Anchors {
		if a == get(e, "text-anchor") {
			t.Anchor = ink.Anchor(i)
		}
	}
	bold, title := false, false
	for {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		switch x := token.(type) {
		case xml.StartElement:
			title = x.Name.Local == "title"
			bold = get(x, "font-weight") == "600"
		case xml.CharData:
			if !title {
				t.Runs = append(t.Runs, ink.Run{S: string(x), Bold: bold})
			}
		case xml.EndElement:
			title = false
			if x.Name.Local == "text" {
				d.Texts = append(d.Texts, Text{t.Bounds(), t.Plain(), t.Size, box})
				return nil
			}
		}
	}
}

// Check returns what is wrong with the drawing.
func (d *Drawing) Check() []string {
	page := ink.Area(0, 0, d.W, d.H)
	for i, b := range d.Boxes {
		if !Contains(page, b.outer) {
			d.fault("box %s leaves the page", b.ID)
		}
		for _, c := range d.Boxes[:i] {
			if Overlap(b.outer, c.outer) {
				d.fault("boxes %s and %s overlap", b.ID, c.ID)
			}
		}
	}
	d.checkTexts(page)
	for i := range d.wires {
		d.checkWire(&d.wires[i], page)
		for k := range d.wires[:i] {
			if onOneLine(&d.wires[i], &d.wires[k]) {
				d.fault("wires %s→%s and %s→%s run on one line", d.wires[i].from, d.wires[i].to, d.wires[k].from,
					d.wires[k].to)
			}
		}
	}
	return d.faults
}

func (d *Drawing) checkTexts(page ink.Rect) {
	for i, t := range d.Texts {
		if !Contains(page, t.Rect) {
			d.fault("text %q leaves the page", t.S)
		}
		if t.Size < ink.SmallText {
			d.fault("text %q has size %g", t.S, t.Size)
		}
		if t.Box >= 0 && !Contains(d.Boxes[t.Box].Rect, t.Rect) {
			d.fault("text %q leaves its box %s", t.S, d.Boxes[t.Box].ID)
		}
		for _, u := range d.Texts[:i] {
			if Overlap(t.Rect, u.Rect) {
				d.fault("texts %q and %q overlap", t.S, u.S)
			}
		}
		for k, b := range d.Boxes {
			if k != t.Box && Overlap(t.Rect, b.Rect) {
				d.fault("text %q runs into box %s", t.S, b.ID)
			}
		}
	}
}

// checkWire checks that a wire goes from box to box and through nothing.
func (d *Drawing) checkWire(w *Wire, page ink.Rect) {
	for i := 1; i < len(w.path); i++ {
		r := segmentRect(w.path[i-1], w.path[i])
		if !Contains(page, r) {
			d.fault("wire %s→%s leaves the page", w.from, w.to)
		}
		for _, b := range d.Boxes {
			inner := shrink(b.Rect, 1)
			if b.ID == w.from || b.ID == w.to {
				inner = ink.Area(b.X+slant, b.Y+1, b.W-2*slant, b.H-2)
			}
			if Overlap(r, inner) {
				d.fault("wire %s→%s runs through box %s", w.from, w.to, b.ID)
			}
		}
		for _, t := range d.Texts {
			if t.Box < 0 && Overlap(r, shrink(t.Rect, 0.5)) {
				d.fault("wire %s→%s runs through text %q", w.from, w.to, t.S)
			}
		}
	}
	for _, b := range d.Boxes {
		if b.ID == w.from && !touches(b.outer, w.path[0]) && !d.branches(w, w.path[0]) {
			d.fault("wire %s→%s does not begin at its box", w.from, w.to)
		}
		if b.ID == w.to && !touches(b.outer, w.path[len(w.path)-1]) && !d.branches(w, w.path[len(w.path)-1]) {
			if d.ids[strings.TrimSuffix(w.to, "b")+"s"] {
				continue // it ends at the ⊕ below
			}
			d.fault("wire %s→%s does not end at its box", w.from, w.to)
		}
	}
	for _, id := range []string{w.from, w.to} {
		if !d.ids[id] {
			d.fault("wire %s→%s: there is no element %q", w.from, w.to, id)
		}
	}
}

// branches reports whether p is on another wire of the same fork.
func (d *Drawing) branches(w *Wire, p ink.Point) bool {
	for i := range d.wires {
		v := &d.wires[i]
		if v == w || v.from != w.from && v.to != w.to {
			continue
		}
		for k := 1; k < len(v.path); k++ {
			if Contains(segmentRect(v.path[k-1], v.path[k]), ink.Area(p.X, p.Y, 0, 0)) {
				return true
			}
		}
	}
	return false
}

// onOneLine reports whether two wires that are not of one fork cover each other.
func onOneLine(a, b *Wire) bool {
	if a.from == b.from || a.to == b.to {
		return false
	}
	for i := 1; i < len(a.path); i++ {
		for k := 1; k < len(b.path); k++ {
			p, q, r, s := a.path[i-1], a.path[i], b.path[k-1], b.path[k]
			if p.X == q.X && r.X == s.X && math.Abs(p.X-r.X) < 2 && between(p.Y, q.Y, r.Y, s.Y) > 1 ||
				p.Y == q.Y && r.Y == s.Y && math.Abs(p.Y-r.Y) < 2 && between(p.X, q.X, r.X, s.X) > 1 {
				return true
			}
		}
	}
	return false
}

// between returns the length that two intervals share.
func between(a, b, c, d float64) float64 {
	return math.Min(math.Max(a, b), math.Max(c, d)) - math.Max(math.Min(a, b), math.Min(c, d))
}

func get(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func hasClass(e xml.StartElement, names ...string) bool {
	for _, c := range strings.Fields(get(e, "class")) {
		for _, n := range names {
			if c == n {
				return true
			}
		}
	}
	return false
}

func number(s string) float64 {
	x, _ := strconv.ParseFloat(s, 64)
	return x
}

func shapeRect(e xml.StartElement) ink.Rect {
	if e.Name.Local == "rect" || e.Name.Local == "image" {
		return ink.Area(number(get(e, "x")), number(get(e, "y")), number(get(e, "width")), number(get(e, "height")))
	}
	var r ink.Rect
	for i, p := range pathPoints(get(e, "d")) {
		if i == 0 {
			r = ink.Area(p.X, p.Y, 0, 0)
		}
		r = union(r, ink.Area(p.X, p.Y, 0, 0))
	}
	return r
}

// pathPoints returns the corners of a path of M, L and Q; of a rounded corner the
// point that it rounds.
func pathPoints(d string) []ink.Point {
	var pts []ink.Point
	for len(d) > 0 {
		op := d[0]
		d = d[1:]
		end := strings.IndexAny(d, "MLQZ")
		if end < 0 {
			end = len(d)
		}
		f := strings.Fields(d[:end])
		d = d[end:]
		switch op {
		case 'M', 'L':
			pts = append(pts, ink.At(number(f[0]), number(f[1])))
		case 'Q':
			pts[len(pts)-1] = ink.At(number(f[0]), number(f[1]))
		}
	}
	return pts
}

func union(a, b ink.Rect) ink.Rect {
	if a == (ink.Rect{}) {
		return b
	}
	x, y := math.Min(a.X, b.X), math.Min(a.Y, b.Y)
	return ink.Area(x, y, math.Max(a.Right(), b.Right())-x, math.Max(a.Bottom(), b.Bottom())-y)
}

const hair = 0.05 // coordinates are rounded to hundredths

// Contains reports whether b is within a.
func Contains(a, b ink.Rect) bool {
	return b.X >= a.X-hair && b.Y >= a.Y-hair && b.Right() <= a.Right()+hair && b.Bottom() <= a.Bottom()+hair
}

// Overlap reports whether two rectangles have an area in common that rounding does not explain.
func Overlap(a, b ink.Rect) bool {
	return a.X+hair < b.Right() && b.X+hair < a.Right() && a.Y+hair < b.Bottom() && b.Y+hair < a.Bottom()
}

func shrink(r ink.Rect, d float64) ink.Rect { return ink.Area(r.X+d, r.Y+d, r.W-2*d, r.H-2*d) }

// slant is how far the sides of hexagons, trapezoids and stadiums lie within their
// rectangles.
const slant = 24

func touches(r ink.Rect, p ink.Point) bool {
	return p.X > r.X-1 && p.X < r.Right()+1 && p.Y > r.Y-1 && p.Y < r.Bottom()+1 &&
		(p.X < r.X+slant || p.X > r.Right()-slant || p.Y < r.Y+1 || p.Y > r.Bottom()-1)
}

// segmentRect is the rectangle of a segment, as thick as a hair so that it can
// overlap something.
func segmentRect(p, q ink.Point) ink.Rect {
	x, y := math.Min(p.X, q.X), math.Min(p.Y, q.Y)
	return ink.Area(x-0.1, y-0.1, math.Abs(p.X-q.X)+0.2, math.Abs(p.Y-q.Y)+0.2)
}
