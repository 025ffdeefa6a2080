package ladder

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"github.com/stheno-ml/stheno/viz/internal/ink"
	"github.com/stheno-ml/stheno/viz/internal/words"
)

// Colours stand on the elements as presentation attributes, for light paper, and
// the style sheet overrides them by class when the viewer prefers dark. Viewers
// without media queries, such as librsvg, ignore that block and draw the same
// picture as a browser does on light paper. Texts are texts, nothing is scripted,
// nothing is loaded.

// svgWriter writes a picture.
type svgWriter struct {
	ink.SVG
	used map[string]bool // classes for the style sheet
	lang words.Lang
}

// SVG returns the picture as an SVG document.
func SVG(p *Picture) string {
	w := &svgWriter{used: map[string]bool{}}
	body := &svgWriter{used: w.used, lang: p.lang}
	body.picture(p)
	w.Tag(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" role="img" aria-labelledby="title desc" `+
		`xml:space="preserve"%s font-family="%s" fill="none" stroke-linejoin="round">`,
		ink.Num(p.W), ink.Num(p.H), p.lang.Attribute(), ink.FontStack)
	w.Tag(`<title id="title">%s</title>`, ink.XML(p.title))
	w.Tag(`<desc id="desc">%s</desc>`, ink.XML(p.about))
	w.styleSheet()
	w.WriteString(body.String())
	w.Tag(`</svg>`)
	return w.String()
}

// picture writes everything from back to front.
func (w *svgWriter) picture(p *Picture) {
	w.Tag(`<rect class="%s" width="%s" height="%s" fill="%s"/>`, w.use("paper"), ink.Num(p.W), ink.Num(p.H),
		ink.Paper.Light)
	for i := range p.Frames {
		w.frame(&p.Frames[i])
	}
	for _, saved := range []bool{true, false} {
		for i := range p.Wires {
			if (p.Wires[i].kind == wireSaved) == saved {
				w.wire(&p.Wires[i])
			}
		}
	}
	for i := range p.sums {
		w.sum(&p.sums[i])
	}
	for i := range p.Boxes {
		w.box(&p.Boxes[i])
	}
	for i := range p.legend {
		w.legend(&p.legend[i])
	}
	w.texts(p.Texts)
}

func (w *svgWriter) use(class string) string {
	for _, c := range strings.Fields(class) {
		w.used[c] = true
	}
	return class
}

// frame writes the outline of a layer, open where its title stands.
func (w *svgWriter) frame(f *FrameShape) {
	w.Tag(`<g id="%s" class="%s" stroke="%s">`, f.id, w.use("frame"), ink.Frame.Light)
	w.Tag(`<title>%s</title>`, ink.XML(f.About))
	if f.count > 1 {
		for _, k := range []float64{2, 1} {
			d := k * cardOffset
			w.Tag(`<path d="M%s %sL%s %sL%s %sL%s %s"/>`, ink.Num(f.Right()), ink.Num(f.Y+d), ink.Num(f.Right()+d),
				ink.Num(f.Y+d), ink.Num(f.Right()+d), ink.Num(f.Bottom()+d), ink.Num(f.X+d), ink.Num(f.Bottom()+d))
		}
	}
	r := 8.0
	w.Tag(`<path d="M%[1]s %[3]sL%[5]s %[3]sQ%[6]s %[3]s %[6]s %[7]sL%[6]s %[8]sQ%[6]s %[9]s %[5]s %[9]sL%[10]s `+
		`%[9]sQ%[11]s %[9]s %[11]s %[8]sL%[11]s %[7]sQ%[11]s %[3]s %[10]s %[3]sL%[2]s %[3]s"/>`,
		ink.Num(f.gap[1]), ink.Num(f.gap[0]), ink.Num(f.Y), "", ink.Num(f.Right()-r), ink.Num(f.Right()),
		ink.Num(f.Y+r), ink.Num(f.Bottom()-r),
		ink.Num(f.Bottom()), ink.Num(f.X+r), ink.Num(f.X))
	w.Tag(`</g>`)
	w.texts([]ink.Text{f.Title})
}

// wireStyles is how a kind of wire is drawn.
var wireStyles = [wireKinds]struct {
	class  string
	colour ink.Colour
	width  string
	dash   string
	hollow bool
}{
	wireForward:  {"value", forwardInk, "1.5", "", false},
	wireBackward: {"gradient", gradInk, "1.5", "6 3", true},
	wireParam:    {"weight", paramInk, "1.25", "", false},
	wireGrad:     {"gradient", gradInk, "1.25", "6 3", true},
	wireSaved:    {"saved", ink.Line, "1.25", "0.1 5", false},
	wireSeed:     {"seed", lossInk, "2.25", "", false},
}

func (w *svgWriter) wire(x *Wire) {
	style := &wireStyles[x.kind]
	w.Tag(`<g class="wire %s" stroke="%s" stroke-width="%s" data-from="%s" data-to="%s">`, w.use(style.class),
		style.colour.Light, style.width, x.From, x.To)
	if x.about != "" {
		w.Tag(`<title>%s</title>`, ink.XML(x.about))
	}
	w.line(x.kind, x.Path, x.headless)
	if x.cut {
		w.cut(x.Path)
	}
	for _, d := range x.dots {
		w.Tag(`<circle class="%s-fill" cx="%s" cy="%s" r="2.5" fill="%s" stroke="none"/>`, w.use(style.class),
			ink.Num(d.X), ink.Num(d.Y), style.colour.Light)
	}
	w.Tag(`</g>`)
}

// line writes the path of a wire and its head.
func (w *svgWriter) line(kind wireKind, path []ink.Point, headless bool) {
	style := &wireStyles[kind]
	dash := ""
	if style.dash != "" {
		dash = ` stroke-dasharray="` + style.dash + `"`
	}
	if kind == wireSaved {
		dash += ` stroke-linecap="round"`
	}
	n := len(path)
	if headless {
		w.Tag(`<path class="line" d="%s"%s/>`, roundedPath(path), dash)
		return
	}
	tip := path[n-1]
	ux, uy := direction(path[n-2], tip)
	const length, half = 9.0, 3.8
	base := ink.At(tip.X-ux*length, tip.Y-uy*length)
	w.Tag(`<path class="line" d="%s"%s/>`, roundedPath(append(append([]ink.Point(nil), path[:n-1]...), base)), dash)
	fill, class := style.colour.Light, style.class+"-fill"
	if style.hollow {
		fill, class = ink.Paper.Light, "paper"
	}
	w.Tag(`<path class="head %s" d="M%s %sL%s %sL%s %sZ" fill="%s"/>`, w.use(class), ink.Num(tip.X-ux*0.5),
		ink.Num(tip.Y-uy*0.5),
		ink.Num(base.X-uy*half), ink.Num(base.Y+ux*half), ink.Num(base.X+uy*half), ink.Num(base.Y-ux*half), fill)
}

// cut writes two strokes across the end of a wire, behind its head.
func (w *svgWriter) cut(path []ink.Point) {
	tip := path[len(path)-1]
	ux, uy := direction(path[len(path)-2], tip)
	const half = 5.5
	for _, back := range []float64{12, 15.5} {
		at := ink.At(tip.X-ux*back, tip.Y-uy*back)
		w.Tag(`<path class="cut %s" d="M%s %sL%s %s" stroke="%s" stroke-width="1.75"/>`, w.use("seed"),
			ink.Num(at.X-uy*half), ink.Num(at.Y+ux*half), ink.Num(at.X+uy*half), ink.Num(at.Y-ux*half), lossInk.Light)
	}
}

func direction(a, b ink.Point) (x, y float64) {
	d := math.Hypot(b.X-a.X, b.Y-a.Y)
	if d == 0 {
		return 0, 1
	}
	return (b.X - a.X) / d, (b.Y - a.Y) / d
}

// roundedPath writes a polyline with rounded corners.
func roundedPath(path []ink.Point) string {
	var b strings.Builder
	fmt.Fprintf(&b, "M%s %s", ink.Num(path[0].X), ink.Num(path[0].Y))
	for i := 1; i < len(path); i++ {
		if i == len(path)-1 {
			fmt.Fprintf(&b, "L%s %s", ink.Num(path[i].X), ink.Num(path[i].Y))
			break
		}
		before, at, after := path[i-1], path[i], path[i+1]
		ux, uy := direction(before, at)
		vx, vy := direction(at, after)
		r := math.Min(7, math.Min(math.Hypot(at.X-before.X, at.Y-before.Y), math.Hypot(after.X-at.X, after.Y-at.Y))/2)
		fmt.Fprintf(&b, "L%s %sQ%s %s %s %s", ink.Num(at.X-ux*r), ink.Num(at.Y-uy*r), ink.Num(at.X), ink.Num(at.Y),
			ink.Num(at.X+vx*r), ink.Num(at.Y+vy*r))
	}
	return b.String()
}

// sum writes ⊕.
func (w *svgWriter) sum(s *sumShape) {
	w.Tag(`<g id="%s" class="sum %s" fill="%s" stroke="%s" stroke-width="1.5">`, s.id, w.use("grad"),
		palette[ToneGrad].fill.Light, palette[ToneGrad].stroke.Light)
	w.Tag(`<title>%s</title>`, ink.XML(w.lang.Say(words.TipArrive)))
	w.plus(s.Point)
	w.Tag(`</g>`)
}

// plus writes a circle with a plus sign in it.
func (w *svgWriter) plus(at ink.Point) {
	w.Tag(`<circle cx="%s" cy="%s" r="%s"/>`, ink.Num(at.X), ink.Num(at.Y), ink.Num(sumRadius))
	w.Tag(`<path d="M%s %sL%s %sM%s %sL%s %s"/>`, ink.Num(at.X-4), ink.Num(at.Y), ink.Num(at.X+4), ink.Num(at.Y),
		ink.Num(at.X), ink.Num(at.Y-4), ink.Num(at.X), ink.Num(at.Y+4))
}

func (w *svgWriter) box(b *BoxShape) {
	tone := &palette[b.Box.Tone]
	if b.Class == "portal" {
		w.Tag(`<g id="%s" class="portal">`, b.ID)
		w.Tag(`<rect class="shape" x="%s" y="%s" width="%s" height="%s" fill="none"/>`, ink.Num(b.X), ink.Num(b.Y),
			ink.Num(b.W), ink.Num(b.H))
		w.texts(b.Texts)
		w.Tag(`</g>`)
		return
	}
	width := "1.5"
	if b.Box.Closed {
		width = "2.25"
	}
	w.Tag(`<g id="%s" class="box %s %s" fill="%s" stroke="%s" stroke-width="%s">`, b.ID, b.Class, w.use(tone.class),
		tone.fill.Light, tone.stroke.Light, width)
	w.Tag(`<title>%s</title>`, ink.XML(aboutBox(b.Box)))
	if b.Box.Count > 1 {
		for _, k := range []float64{2, 1} {
			r := b.Rect
			r.X, r.Y = r.X+k*cardOffset, r.Y+k*cardOffset
			w.outline(tone.form, r, "card")
		}
	}
	w.outline(tone.form, b.Rect, "shape")
	w.marks(b)
	if v := b.Box.Value; v != nil && v.Heat != nil {
		w.image(v.Heat, b.heat)
	}
	w.texts(b.Texts)
	w.Tag(`</g>`)
}

// outline writes the form of a box.
func (w *svgWriter) outline(f form, r ink.Rect, class string) {
	x, y, right, bottom := r.X, r.Y, r.Right(), r.Bottom()
	switch f {
	case formFolded:
		const c = 7.0
		w.Tag(`<path class="%s" d="M%s %sL%s %sL%s %sL%s %sL%s %sZ"/>`, class, ink.Num(x), ink.Num(y),
			ink.Num(right-c), ink.Num(y),
			ink.Num(right), ink.Num(y+c), ink.Num(right), ink.Num(bottom), ink.Num(x), ink.Num(bottom))
		w.Tag(`<path d="M%s %sL%s %sL%s %s"/>`, ink.Num(right-c), ink.Num(y), ink.Num(right-c), ink.Num(y+c),
			ink.Num(right), ink.Num(y+c))
	case formHexagon:
		w.Tag(`<path class="%s" d="M%s %sL%s %sL%s %sL%s %sL%s %sL%s %sZ"/>`, class, ink.Num(x), ink.Num(r.MidY()),
			ink.Num(x+bevel),
			ink.Num(y), ink.Num(right-bevel), ink.Num(y), ink.Num(right), ink.Num(r.MidY()), ink.Num(right-bevel),
			ink.Num(bottom), ink.Num(x+bevel),
			ink.Num(bottom))
	case formTrapezoid:
		w.Tag(`<path class="%s" d="M%s %sL%s %sL%s %sL%s %sZ"/>`, class, ink.Num(x), ink.Num(bottom), ink.Num(x+bevel),
			ink.Num(y), ink.Num(right-bevel), ink.Num(y), ink.Num(right), ink.Num(bottom))
	default:
		radius, dash := cornerRadius, ""
		if f == formStadium {
			radius = stadiumRadius(r.H)
		}
		if f == formBar || f == formDice {
			dash = ` stroke-dasharray="5 3"`
		}
		w.Tag(`<rect class="%s" x="%s" y="%s" width="%s" height="%s" rx="%s"%s/>`, class, ink.Num(x), ink.Num(y),
			ink.Num(r.W), ink.Num(r.H), ink.Num(radius), dash)
	}
}

// marks writes the small signs of a box: a die when it is random, a lock when it is
// frozen, a second line when it is shared.
func (w *svgWriter) marks(b *BoxShape) {
	x, y := b.X+8, b.MidY()
	if palette[b.Box.Tone].form == formDice {
		w.Tag(`<g transform="translate(%s %s)" stroke-width="1.2"><rect width="13" height="13" rx="3"/><path d="M4 `+
			`4h.01M9 4h.01M6.5 6.5h.01M4 9h.01M9 9h.01" stroke-width="2.2" stroke-linecap="round"/></g>`,
			ink.Num(x), ink.Num(y-6.5))
	}
	if b.Box.Frozen {
		w.lock(x, y-7.5)
	}
	if b.Box.Shared {
		w.secondLine(b.Rect)
	}
}

func (w *svgWriter) lock(x, y float64) {
	w.Tag(`<g transform="translate(%s %s)" stroke-width="1.4"><path d="M2.5 6V4a3 3 0 0 1 6 0V6"/><rect y="6" `+
		`width="11" height="8" rx="1.5"/></g>`, ink.Num(x), ink.Num(y))
}

func (w *svgWriter) secondLine(r ink.Rect) {
	w.Tag(`<path d="M%s %sL%s %s"/>`, ink.Num(r.X+4), ink.Num(r.Y), ink.Num(r.X+4), ink.Num(r.Bottom()))
}

// legend writes a small box, a lock or a piece of wire.
func (w *svgWriter) legend(s *legendShape) {
	if s.isWire {
		style := &wireStyles[s.wire]
		w.Tag(`<g class="legend %s" stroke="%s" stroke-width="%s">`, w.use(style.class), style.colour.Light,
			style.width)
		path := []ink.Point{ink.At(s.X, s.MidY()), ink.At(s.Right(), s.MidY())}
		w.line(s.wire, path, s.wire == wireSaved)
		if s.cut {
			w.cut(path)
		}
		w.Tag(`</g>`)
		return
	}
	tone := &palette[s.tone]
	w.Tag(`<g class="legend %s" fill="%s" stroke="%s" stroke-width="1.5">`, w.use(tone.class), tone.fill.Light,
		tone.stroke.Light)
	r := s.Rect
	switch {
	case s.frozen:
		w.lock(r.X+6, r.Y)
	case s.ramp:
		for k, c := range []color.RGBA{ink.Reds[ink.Levels-1], ink.Blues[0], ink.Blues[ink.Levels-1]} {
			w.Tag(`<rect x="%s" y="%s" width="8" height="%s" fill="%s"/>`,
				ink.Num(r.X+8*float64(k)), ink.Num(r.Y), ink.Num(r.H), ink.Hex(c))
		}
	case s.sum:
		w.plus(ink.At(r.MidX(), r.MidY()))
	case s.cards:
		r.W, r.H = r.W-5, r.H-5
		for _, k := range []float64{5, 2.5, 0} {
			w.Tag(`<rect x="%s" y="%s" width="%s" height="%s" rx="2"/>`, ink.Num(r.X+k), ink.Num(r.Y+k), ink.Num(r.W),
				ink.Num(r.H))
		}
	default:
		w.small(tone.form, r)
		if s.shared {
			w.secondLine(r)
		}
	}
	w.Tag(`</g>`)
}

// small writes a form at the size of the legend.
func (w *svgWriter) small(f form, r ink.Rect) {
	const c = 5.0
	x, y, right, bottom := r.X, r.Y, r.Right(), r.Bottom()
	switch f {
	case formFolded:
		w.Tag(`<path d="M%s %sL%s %sL%s %sL%s %sL%s %sZM%s %sL%s %sL%s %s"/>`, ink.Num(x), ink.Num(y),
			ink.Num(right-c), ink.Num(y),
			ink.Num(right), ink.Num(y+c), ink.Num(right), ink.Num(bottom), ink.Num(x), ink.Num(bottom),
			ink.Num(right-c), ink.Num(y), ink.Num(right-c), ink.Num(y+c), ink.Num(right), ink.Num(y+c))
	case formHexagon:
		w.Tag(`<path d="M%s %sL%s %sL%s %sL%s %sL%s %sL%s %sZ"/>`, ink.Num(x), ink.Num(r.MidY()), ink.Num(x+c),
			ink.Num(y), ink.Num(right-c),
			ink.Num(y), ink.Num(right), ink.Num(r.MidY()), ink.Num(right-c), ink.Num(bottom), ink.Num(x+c),
			ink.Num(bottom))
	case formTrapezoid:
		w.Tag(`<path d="M%s %sL%s %sL%s %sL%s %sZ"/>`, ink.Num(x), ink.Num(bottom), ink.Num(x+c), ink.Num(y),
			ink.Num(right-c), ink.Num(y), ink.Num(right), ink.Num(bottom))
	case formBar, formDice:
		w.Tag(`<rect x="%s" y="%s" width="%s" height="%s" rx="4" stroke-dasharray="4 2"/>`, ink.Num(x), ink.Num(y),
			ink.Num(r.W), ink.Num(r.H))
	case formStadium:
		w.Tag(`<rect x="%s" y="%s" width="%s" height="%s" rx="%s"/>`, ink.Num(x), ink.Num(y), ink.Num(r.W),
			ink.Num(r.H), ink.Num(r.H/2))
	default:
		w.Tag(`<rect x="%s" y="%s" width="%s" height="%s" rx="4"/>`, ink.Num(x), ink.Num(y), ink.Num(r.W),
			ink.Num(r.H))
	}
}

func (w *svgWriter) texts(list []ink.Text) {
	for i := range list {
		t := &list[i]
		class, fill := "ink", ink.Black.Light
		switch {
		case t.Tone == "loss":
			class, fill = "loss-ink", lossText.Light
		case t.Quiet:
			class, fill = "quiet", ink.Quiet.Light
		}
		fmt.Fprintf(w, `<text class="%s" x="%s" y="%s" font-size="%s" text-anchor="%s" fill="%s" stroke="none">`,
			w.use(class), ink.Num(t.X), ink.Num(t.Y), ink.Num(t.Size), ink.Anchors[t.Anchor], fill)
		if t.About != "" {
			fmt.Fprintf(w, `<title>%s</title>`, ink.XML(t.About))
		}
		for _, r := range t.Runs {
			weight := ""
			if r.Bold {
				weight = ` font-weight="600"`
			}
			fmt.Fprintf(w, `<tspan%s>%s</tspan>`, weight, ink.XML(r.S))
		}
		w.WriteString("</text>\n")
	}
}

// styleSheet writes what changes on dark paper, for the classes that are used.
func (w *svgWriter) styleSheet() {
	w.Tag(`<style>`)
	w.Tag(`@media (prefers-color-scheme:dark){`)
	for i := range palette {
		if p := &palette[i]; w.used[p.class] {
			w.Tag(`.%s{fill:%s;stroke:%s}`, p.class, p.fill.Dark, p.stroke.Dark)
		}
	}
	for i := range wireStyles {
		s := &wireStyles[i]
		if w.used[s.class] {
			w.Tag(`.%s{stroke:%s}`, s.class, s.colour.Dark)
			w.used[s.class] = false
		}
		if w.used[s.class+"-fill"] {
			w.Tag(`.%s-fill{fill:%s}`, s.class, s.colour.Dark)
			w.used[s.class+"-fill"] = false
		}
	}
	for _, c := range []struct {
		class, property string
		colour          ink.Colour
	}{{"frame", "stroke", ink.Frame}, {"paper", "fill", ink.Paper}, {"ink", "fill", ink.Black},
		{"quiet", "fill", ink.Quiet},
		{"loss-ink", "fill", lossText}} {
		if w.used[c.class] {
			w.Tag(`.%s{%s:%s}`, c.class, c.property, c.colour.Dark)
		}
	}
	w.Tag(`}</style>`)
}

// image writes a small picture at its place. It is within the file: nothing is loaded.
func (w *svgWriter) image(h *Heat, r ink.Rect) {
	w.Tag(`<image class="picture" x="%s" y="%s" width="%s" height="%s" style="image-rendering:pixelated" href="%s"/>`,
		ink.Num(r.X), ink.Num(r.Y), ink.Num(r.W), ink.Num(r.H), h.Href)
}
