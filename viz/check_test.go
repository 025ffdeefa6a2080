package viz

import (
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A drawing is an SVG document read back for checking, without looking at what
// wrote it.
type drawing struct {
	w, h   float64
	ids    map[string]bool
	boxes  []seenBox
	texts  []seenText
	wires  []seenWire
	faults []string
}

type seenBox struct {
	rect
	id    string
	outer rect // with the cards behind
}

type seenText struct {
	rect
	s    string
	size float64
	box  int // in whose group it stands, or -1
}

type seenWire struct {
	kind, from, to string
	path           []point
	headless       bool
}

// readDrawing parses the document.
func readDrawing(svg string) (*drawing, error) {
	d := &drawing{ids: map[string]bool{}}
	dec := xml.NewDecoder(strings.NewReader(svg))
	var groups []xml.StartElement
	box := -1
	for {
		token, err := dec.Token()
		if err != nil {
			if len(groups) == 0 && d.w > 0 {
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
				fmt.Sscanf(get(e, "viewBox"), "0 0 %g %g", &d.w, &d.h)
			case "script", "use", "a", "foreignObject":
				d.fault("a <%s> in the drawing", e.Name.Local)
			case "image": // a picture of numbers, within the file
				if !strings.HasPrefix(get(e, "href"), "data:image/png;base64,") {
					d.fault("the picture %.30q is loaded", get(e, "href"))
				}
				d.texts = append(d.texts, seenText{shapeRect(e), "a picture", smallText, box})
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

func (d *drawing) fault(format string, args ...any) {
	d.faults = append(d.faults, fmt.Sprintf(format, args...))
}

// readShape notes the shape that has just been opened.
func (d *drawing) readShape(groups []xml.StartElement, box *int) {
	e := groups[len(groups)-1]
	if e.Name.Local == "g" && hasClass(e, "box", "portal") {
		*box = len(d.boxes)
		d.boxes = append(d.boxes, seenBox{id: get(e, "id")})
		return
	}
	if *box >= 0 && hasClass(e, "shape", "card") {
		r := shapeRect(e)
		b := &d.boxes[*box]
		if hasClass(e, "shape") {
			b.rect = r
		}
		b.outer = union(b.outer, r)
	}
	if len(groups) < 2 || !hasClass(groups[len(groups)-2], "wire") {
		return
	}
	parent := groups[len(groups)-2]
	switch path := pathPoints(get(e, "d")); {
	case hasClass(e, "line"):
		d.wires = append(d.wires, seenWire{get(parent, "class"), get(parent, "data-from"), get(parent, "data-to"),
			path, true})
	case hasClass(e, "head"):
		w := &d.wires[len(d.wires)-1]
		w.path = append(w.path, path[0])
		w.headless = false
	}
}

// readText reads a text element to its end.
func (d *drawing) readText(dec *xml.Decoder, e xml.StartElement, box int) error {
	t := text{point: point{number(get(e, "x")), number(get(e, "y"))}, size: number(get(e, "font-size"))}
	for i, a := range anchors {
		if a == get(e, "text-anchor") {
			t.anchor = anchor(i)
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
				t.runs = append(t.runs, run{string(x), bold})
			}
		case xml.EndElement:
			title = false
			if x.Name.Local == "text" {
				d.texts = append(d.texts, seenText{t.bounds(), t.plain(), t.size, box})
				return nil
			}
		}
	}
}

// check returns what is wrong with the drawing.
func (d *drawing) check() []string {
	page := rect{0, 0, d.w, d.h}
	for i, b := range d.boxes {
		if !contains(page, b.outer) {
			d.fault("box %s leaves the page", b.id)
		}
		for _, c := range d.boxes[:i] {
			if overlap(b.outer, c.outer) {
				d.fault("boxes %s and %s overlap", b.id, c.id)
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

func (d *drawing) checkTexts(page rect) {
	for i, t := range d.texts {
		if !contains(page, t.rect) {
			d.fault("text %q leaves the page", t.s)
		}
		if t.size < smallText {
			d.fault("text %q has size %g", t.s, t.size)
		}
		if t.box >= 0 && !contains(d.boxes[t.box].rect, t.rect) {
			d.fault("text %q leaves its box %s", t.s, d.boxes[t.box].id)
		}
		for _, u := range d.texts[:i] {
			if overlap(t.rect, u.rect) {
				d.fault("texts %q and %q overlap", t.s, u.s)
			}
		}
		for k, b := range d.boxes {
			if k != t.box && overlap(t.rect, b.rect) {
				d.fault("text %q runs into box %s", t.s, b.id)
			}
		}
	}
}

// checkWire checks that a wire goes from box to box and through nothing.
func (d *drawing) checkWire(w *seenWire, page rect) {
	for i := 1; i < len(w.path); i++ {
		r := segmentRect(w.path[i-1], w.path[i])
		if !contains(page, r) {
			d.fault("wire %s→%s leaves the page", w.from, w.to)
		}
		for _, b := range d.boxes {
			inner := shrink(b.rect, 1)
			if b.id == w.from || b.id == w.to {
				inner = rect{b.x + slant, b.y + 1, b.w - 2*slant, b.h - 2}
			}
			if overlap(r, inner) {
				d.fault("wire %s→%s runs through box %s", w.from, w.to, b.id)
			}
		}
		for _, t := range d.texts {
			if t.box < 0 && overlap(r, shrink(t.rect, 0.5)) {
				d.fault("wire %s→%s runs through text %q", w.from, w.to, t.s)
			}
		}
	}
	for _, b := range d.boxes {
		if b.id == w.from && !touches(b.outer, w.path[0]) && !d.branches(w, w.path[0]) {
			d.fault("wire %s→%s does not begin at its box", w.from, w.to)
		}
		if b.id == w.to && !touches(b.outer, w.path[len(w.path)-1]) && !d.branches(w, w.path[len(w.path)-1]) {
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
func (d *drawing) branches(w *seenWire, p point) bool {
	for i := range d.wires {
		v := &d.wires[i]
		if v == w || v.from != w.from && v.to != w.to {
			continue
		}
		for k := 1; k < len(v.path); k++ {
			if contains(segmentRect(v.path[k-1], v.path[k]), rect{p.x, p.y, 0, 0}) {
				return true
			}
		}
	}
	return false
}

// onOneLine reports whether two wires that are not of one fork cover each other.
func onOneLine(a, b *seenWire) bool {
	if a.from == b.from || a.to == b.to {
		return false
	}
	for i := 1; i < len(a.path); i++ {
		for k := 1; k < len(b.path); k++ {
			p, q, r, s := a.path[i-1], a.path[i], b.path[k-1], b.path[k]
			if p.x == q.x && r.x == s.x && math.Abs(p.x-r.x) < 2 && between(p.y, q.y, r.y, s.y) > 1 ||
				p.y == q.y && r.y == s.y && math.Abs(p.y-r.y) < 2 && between(p.x, q.x, r.x, s.x) > 1 {
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

func shapeRect(e xml.StartElement) rect {
	if e.Name.Local == "rect" || e.Name.Local == "image" {
		return rect{number(get(e, "x")), number(get(e, "y")), number(get(e, "width")), number(get(e, "height"))}
	}
	var r rect
	for i, p := range pathPoints(get(e, "d")) {
		if i == 0 {
			r = rect{p.x, p.y, 0, 0}
		}
		r = union(r, rect{p.x, p.y, 0, 0})
	}
	return r
}

// pathPoints returns the corners of a path of M, L and Q; of a rounded corner the
// point that it rounds.
func pathPoints(d string) []point {
	var pts []point
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
			pts = append(pts, point{number(f[0]), number(f[1])})
		case 'Q':
			pts[len(pts)-1] = point{number(f[0]), number(f[1])}
		}
	}
	return pts
}

func union(a, b rect) rect {
	if a == (rect{}) {
		return b
	}
	x, y := math.Min(a.x, b.x), math.Min(a.y, b.y)
	return rect{x, y, math.Max(a.right(), b.right()) - x, math.Max(a.bottom(), b.bottom()) - y}
}

const hair = 0.05 // coordinates are rounded to hundredths

func contains(a, b rect) bool {
	return b.x >= a.x-hair && b.y >= a.y-hair && b.right() <= a.right()+hair && b.bottom() <= a.bottom()+hair
}

func overlap(a, b rect) bool {
	return a.x+hair < b.right() && b.x+hair < a.right() && a.y+hair < b.bottom() && b.y+hair < a.bottom()
}

func shrink(r rect, d float64) rect { return rect{r.x + d, r.y + d, r.w - 2*d, r.h - 2*d} }

// slant is how far the sides of hexagons, trapezoids and stadiums lie within their
// rectangles.
const slant = 24

func touches(r rect, p point) bool {
	return p.x > r.x-1 && p.x < r.right()+1 && p.y > r.y-1 && p.y < r.bottom()+1 &&
		(p.x < r.x+slant || p.x > r.right()-slant || p.y < r.y+1 || p.y > r.bottom()-1)
}

// segmentRect is the rectangle of a segment, as thick as a hair so that it can
// overlap something.
func segmentRect(p, q point) rect {
	x, y := math.Min(p.x, q.x), math.Min(p.y, q.y)
	return rect{x - 0.1, y - 0.1, math.Abs(p.x-q.x) + 0.2, math.Abs(p.y-q.y) + 0.2}
}
