package viz

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/internal/plain"
)

// Colours stand on the elements as presentation attributes, for light paper, and
// the style sheet overrides them by class when the viewer prefers dark. Viewers
// without media queries, such as librsvg, ignore that block and draw the same
// picture as a browser does on light paper. Texts are texts, nothing is scripted,
// nothing is loaded.

// fontStack lists the fonts whose widths are in widths.go, after those that look
// best where they exist.
const fontStack = `Inter, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Liberation Sans', Arial, 'DejaVu Sans', ` +
	`'Noto Sans CJK SC', sans-serif`

// svgWriter writes a picture.
type svgWriter struct {
	strings.Builder
	used map[string]bool // classes for the style sheet
	lang Lang
}

// svgText returns the picture as an SVG document.
func svgText(p *picture) string {
	w := &svgWriter{used: map[string]bool{}}
	body := &svgWriter{used: w.used, lang: p.lang}
	body.picture(p)
	w.tag(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" role="img" aria-labelledby="title desc" `+
		`xml:space="preserve"%s font-family="%s" fill="none" stroke-linejoin="round">`,
		num(p.w), num(p.h), p.lang.attribute(), fontStack)
	w.tag(`<title id="title">%s</title>`, xmlText(p.title))
	w.tag(`<desc id="desc">%s</desc>`, xmlText(p.about))
	w.styleSheet()
	w.WriteString(body.String())
	w.tag(`</svg>`)
	return w.String()
}

// tag writes one line.
func (w *svgWriter) tag(format string, args ...any) {
	fmt.Fprintf(w, format+"\n", args...)
}

// picture writes everything from back to front.
func (w *svgWriter) picture(p *picture) {
	w.tag(`<rect class="%s" width="%s" height="%s" fill="%s"/>`, w.use("paper"), num(p.w), num(p.h), paper.light)
	for i := range p.frames {
		w.frame(&p.frames[i])
	}
	for _, saved := range []bool{true, false} {
		for i := range p.wires {
			if (p.wires[i].kind == wireSaved) == saved {
				w.wire(&p.wires[i])
			}
		}
	}
	for i := range p.sums {
		w.sum(&p.sums[i])
	}
	for i := range p.boxes {
		w.box(&p.boxes[i])
	}
	for i := range p.legend {
		w.legend(&p.legend[i])
	}
	w.texts(p.texts)
}

func (w *svgWriter) use(class string) string {
	for _, c := range strings.Fields(class) {
		w.used[c] = true
	}
	return class
}

// frame writes the outline of a layer, open where its title stands.
func (w *svgWriter) frame(f *frameShape) {
	w.tag(`<g id="%s" class="%s" stroke="%s">`, f.id, w.use("frame"), frameLine.light)
	w.tag(`<title>%s</title>`, xmlText(f.about))
	if f.count > 1 {
		for _, k := range []float64{2, 1} {
			d := k * cardOffset
			w.tag(`<path d="M%s %sL%s %sL%s %sL%s %s"/>`, num(f.right()), num(f.y+d), num(f.right()+d), num(f.y+d),
				num(f.right()+d), num(f.bottom()+d), num(f.x+d), num(f.bottom()+d))
		}
	}
	r := 8.0
	w.tag(`<path d="M%[1]s %[3]sL%[5]s %[3]sQ%[6]s %[3]s %[6]s %[7]sL%[6]s %[8]sQ%[6]s %[9]s %[5]s %[9]sL%[10]s `+
		`%[9]sQ%[11]s %[9]s %[11]s %[8]sL%[11]s %[7]sQ%[11]s %[3]s %[10]s %[3]sL%[2]s %[3]s"/>`,
		num(f.gap[1]), num(f.gap[0]), num(f.y), "", num(f.right()-r), num(f.right()), num(f.y+r), num(f.bottom()-r),
		num(f.bottom()), num(f.x+r), num(f.x))
	w.tag(`</g>`)
	w.texts([]text{f.title})
}

// wireStyle is how a kind of wire is drawn.
var wireStyles = [wireKinds]struct {
	class  string
	colour colour
	width  string
	dash   string
	hollow bool
}{
	wireForward:  {"value", forwardInk, "1.5", "", false},
	wireBackward: {"gradient", gradInk, "1.5", "6 3", true},
	wireParam:    {"weight", paramInk, "1.25", "", false},
	wireGrad:     {"gradient", gradInk, "1.25", "6 3", true},
	wireSaved:    {"saved", savedInk, "1.25", "0.1 5", false},
	wireSeed:     {"seed", lossInk, "2.25", "", false},
}

func (w *svgWriter) wire(x *wire) {
	style := &wireStyles[x.kind]
	w.tag(`<g class="wire %s" stroke="%s" stroke-width="%s" data-from="%s" data-to="%s">`, w.use(style.class),
		style.colour.light, style.width, x.from, x.to)
	if x.about != "" {
		w.tag(`<title>%s</title>`, xmlText(x.about))
	}
	w.line(x.kind, x.path, x.headless)
	if x.cut {
		w.cut(x.path)
	}
	for _, d := range x.dots {
		w.tag(`<circle class="%s-fill" cx="%s" cy="%s" r="2.5" fill="%s" stroke="none"/>`, w.use(style.class),
			num(d.x), num(d.y), style.colour.light)
	}
	w.tag(`</g>`)
}

// line writes the path of a wire and its head.
func (w *svgWriter) line(kind wireKind, path []point, headless bool) {
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
		w.tag(`<path class="line" d="%s"%s/>`, roundedPath(path), dash)
		return
	}
	tip := path[n-1]
	ux, uy := direction(path[n-2], tip)
	const length, half = 9.0, 3.8
	base := point{tip.x - ux*length, tip.y - uy*length}
	w.tag(`<path class="line" d="%s"%s/>`, roundedPath(append(append([]point(nil), path[:n-1]...), base)), dash)
	fill, class := style.colour.light, style.class+"-fill"
	if style.hollow {
		fill, class = paper.light, "paper"
	}
	w.tag(`<path class="head %s" d="M%s %sL%s %sL%s %sZ" fill="%s"/>`, w.use(class), num(tip.x-ux*0.5),
		num(tip.y-uy*0.5),
		num(base.x-uy*half), num(base.y+ux*half), num(base.x+uy*half), num(base.y-ux*half), fill)
}

// cut writes two strokes across the end of a wire, behind its head.
func (w *svgWriter) cut(path []point) {
	tip := path[len(path)-1]
	ux, uy := direction(path[len(path)-2], tip)
	const half = 5.5
	for _, back := range []float64{12, 15.5} {
		at := point{tip.x - ux*back, tip.y - uy*back}
		w.tag(`<path class="cut %s" d="M%s %sL%s %s" stroke="%s" stroke-width="1.75"/>`, w.use("seed"),
			num(at.x-uy*half), num(at.y+ux*half), num(at.x+uy*half), num(at.y-ux*half), lossInk.light)
	}
}

func direction(a, b point) (x, y float64) {
	d := math.Hypot(b.x-a.x, b.y-a.y)
	if d == 0 {
		return 0, 1
	}
	return (b.x - a.x) / d, (b.y - a.y) / d
}

// roundedPath writes a polyline with rounded corners.
func roundedPath(path []point) string {
	var b strings.Builder
	fmt.Fprintf(&b, "M%s %s", num(path[0].x), num(path[0].y))
	for i := 1; i < len(path); i++ {
		if i == len(path)-1 {
			fmt.Fprintf(&b, "L%s %s", num(path[i].x), num(path[i].y))
			break
		}
		before, at, after := path[i-1], path[i], path[i+1]
		ux, uy := direction(before, at)
		vx, vy := direction(at, after)
		r := math.Min(7, math.Min(math.Hypot(at.x-before.x, at.y-before.y), math.Hypot(after.x-at.x, after.y-at.y))/2)
		fmt.Fprintf(&b, "L%s %sQ%s %s %s %s", num(at.x-ux*r), num(at.y-uy*r), num(at.x), num(at.y), num(at.x+vx*r),
			num(at.y+vy*r))
	}
	return b.String()
}

// sum writes ⊕.
func (w *svgWriter) sum(s *sumShape) {
	w.tag(`<g id="%s" class="sum %s" fill="%s" stroke="%s" stroke-width="1.5">`, s.id, w.use("grad"),
		palette[toneGrad].fill.light, palette[toneGrad].stroke.light)
	w.tag(`<title>%s</title>`, xmlText(w.lang.say(tipArrive)))
	w.plus(s.point)
	w.tag(`</g>`)
}

// plus writes a circle with a plus sign in it.
func (w *svgWriter) plus(at point) {
	w.tag(`<circle cx="%s" cy="%s" r="%s"/>`, num(at.x), num(at.y), num(sumRadius))
	w.tag(`<path d="M%s %sL%s %sM%s %sL%s %s"/>`, num(at.x-4), num(at.y), num(at.x+4), num(at.y), num(at.x),
		num(at.y-4), num(at.x), num(at.y+4))
}

func (w *svgWriter) box(b *boxShape) {
	tone := &palette[b.box.tone]
	if b.class == "portal" {
		w.tag(`<g id="%s" class="portal">`, b.id)
		w.tag(`<rect class="shape" x="%s" y="%s" width="%s" height="%s" fill="none"/>`, num(b.x), num(b.y),
			num(b.w), num(b.h))
		w.texts(b.texts)
		w.tag(`</g>`)
		return
	}
	width := "1.5"
	if b.box.closed {
		width = "2.25"
	}
	w.tag(`<g id="%s" class="box %s %s" fill="%s" stroke="%s" stroke-width="%s">`, b.id, b.class, w.use(tone.class),
		tone.fill.light, tone.stroke.light, width)
	w.tag(`<title>%s</title>`, xmlText(aboutBox(b.box)))
	if b.box.count > 1 {
		for _, k := range []float64{2, 1} {
			r := b.rect
			r.x, r.y = r.x+k*cardOffset, r.y+k*cardOffset
			w.outline(tone.form, r, "card")
		}
	}
	w.outline(tone.form, b.rect, "shape")
	w.marks(b)
	if v := b.box.value; v != nil && v.heat != nil {
		w.image(v.heat, b.heat)
	}
	w.texts(b.texts)
	w.tag(`</g>`)
}

// outline writes the form of a box.
func (w *svgWriter) outline(f form, r rect, class string) {
	x, y, right, bottom := r.x, r.y, r.right(), r.bottom()
	switch f {
	case formFolded:
		const c = 7.0
		w.tag(`<path class="%s" d="M%s %sL%s %sL%s %sL%s %sL%s %sZ"/>`, class, num(x), num(y), num(right-c), num(y),
			num(right), num(y+c), num(right), num(bottom), num(x), num(bottom))
		w.tag(`<path d="M%s %sL%s %sL%s %s"/>`, num(right-c), num(y), num(right-c), num(y+c), num(right), num(y+c))
	case formHexagon:
		w.tag(`<path class="%s" d="M%s %sL%s %sL%s %sL%s %sL%s %sL%s %sZ"/>`, class, num(x), num(r.cy()), num(x+bevel),
			num(y), num(right-bevel), num(y), num(right), num(r.cy()), num(right-bevel), num(bottom), num(x+bevel),
			num(bottom))
	case formTrapezoid:
		w.tag(`<path class="%s" d="M%s %sL%s %sL%s %sL%s %sZ"/>`, class, num(x), num(bottom), num(x+bevel), num(y),
			num(right-bevel), num(y), num(right), num(bottom))
	default:
		radius, dash := cornerRadius, ""
		if f == formStadium {
			radius = stadiumRadius(r.h)
		}
		if f == formBar || f == formDice {
			dash = ` stroke-dasharray="5 3"`
		}
		w.tag(`<rect class="%s" x="%s" y="%s" width="%s" height="%s" rx="%s"%s/>`, class, num(x), num(y), num(r.w),
			num(r.h), num(radius), dash)
	}
}

// marks writes the small signs of a box: a die when it is random, a lock when it is
// frozen, a second line when it is shared.
func (w *svgWriter) marks(b *boxShape) {
	x, y := b.x+8, b.cy()
	if palette[b.box.tone].form == formDice {
		w.tag(`<g transform="translate(%s %s)" stroke-width="1.2"><rect width="13" height="13" rx="3"/><path d="M4 `+
			`4h.01M9 4h.01M6.5 6.5h.01M4 9h.01M9 9h.01" stroke-width="2.2" stroke-linecap="round"/></g>`,
			num(x), num(y-6.5))
	}
	if b.box.frozen {
		w.lock(x, y-7.5)
	}
	if b.box.shared {
		w.secondLine(b.rect)
	}
}

func (w *svgWriter) lock(x, y float64) {
	w.tag(`<g transform="translate(%s %s)" stroke-width="1.4"><path d="M2.5 6V4a3 3 0 0 1 6 0V6"/><rect y="6" `+
		`width="11" height="8" rx="1.5"/></g>`, num(x), num(y))
}

func (w *svgWriter) secondLine(r rect) {
	w.tag(`<path d="M%s %sL%s %s"/>`, num(r.x+4), num(r.y), num(r.x+4), num(r.bottom()))
}

// legend writes a small box, a lock or a piece of wire.
func (w *svgWriter) legend(s *legendShape) {
	if s.isWire {
		style := &wireStyles[s.wire]
		w.tag(`<g class="legend %s" stroke="%s" stroke-width="%s">`, w.use(style.class), style.colour.light,
			style.width)
		path := []point{{s.x, s.cy()}, {s.right(), s.cy()}}
		w.line(s.wire, path, s.wire == wireSaved)
		if s.cut {
			w.cut(path)
		}
		w.tag(`</g>`)
		return
	}
	tone := &palette[s.tone]
	w.tag(`<g class="legend %s" fill="%s" stroke="%s" stroke-width="1.5">`, w.use(tone.class), tone.fill.light,
		tone.stroke.light)
	r := s.rect
	switch {
	case s.frozen:
		w.lock(r.x+6, r.y)
	case s.ramp:
		for k, c := range []color.RGBA{redInks[levels-1], inks[0], inks[levels-1]} {
			w.tag(`<rect x="%s" y="%s" width="8" height="%s" fill="%s"/>`,
				num(r.x+8*float64(k)), num(r.y), num(r.h), hex(c))
		}
	case s.sum:
		w.plus(point{r.cx(), r.cy()})
	case s.cards:
		r.w, r.h = r.w-5, r.h-5
		for _, k := range []float64{5, 2.5, 0} {
			w.tag(`<rect x="%s" y="%s" width="%s" height="%s" rx="2"/>`, num(r.x+k), num(r.y+k), num(r.w), num(r.h))
		}
	default:
		w.small(tone.form, r)
		if s.shared {
			w.secondLine(r)
		}
	}
	w.tag(`</g>`)
}

// small writes a form at the size of the legend.
func (w *svgWriter) small(f form, r rect) {
	const c = 5.0
	x, y, right, bottom := r.x, r.y, r.right(), r.bottom()
	switch f {
	case formFolded:
		w.tag(`<path d="M%s %sL%s %sL%s %sL%s %sL%s %sZM%s %sL%s %sL%s %s"/>`, num(x), num(y), num(right-c), num(y),
			num(right), num(y+c), num(right), num(bottom), num(x), num(bottom),
			num(right-c), num(y), num(right-c), num(y+c), num(right), num(y+c))
	case formHexagon:
		w.tag(`<path d="M%s %sL%s %sL%s %sL%s %sL%s %sL%s %sZ"/>`, num(x), num(r.cy()), num(x+c), num(y), num(right-c),
			num(y), num(right), num(r.cy()), num(right-c), num(bottom), num(x+c), num(bottom))
	case formTrapezoid:
		w.tag(`<path d="M%s %sL%s %sL%s %sL%s %sZ"/>`, num(x), num(bottom), num(x+c), num(y), num(right-c), num(y),
			num(right), num(bottom))
	case formBar, formDice:
		w.tag(`<rect x="%s" y="%s" width="%s" height="%s" rx="4" stroke-dasharray="4 2"/>`, num(x), num(y),
			num(r.w), num(r.h))
	case formStadium:
		w.tag(`<rect x="%s" y="%s" width="%s" height="%s" rx="%s"/>`, num(x), num(y), num(r.w), num(r.h), num(r.h/2))
	default:
		w.tag(`<rect x="%s" y="%s" width="%s" height="%s" rx="4"/>`, num(x), num(y), num(r.w), num(r.h))
	}
}

var anchors = [...]string{middle: "middle", start: "start", end: "end"}

func (w *svgWriter) texts(list []text) {
	for i := range list {
		t := &list[i]
		class, fill := "ink", ink.light
		switch {
		case t.tone == "loss":
			class, fill = "loss-ink", lossText.light
		case t.quiet:
			class, fill = "quiet", quietInk.light
		}
		fmt.Fprintf(w, `<text class="%s" x="%s" y="%s" font-size="%s" text-anchor="%s" fill="%s" stroke="none">`,
			w.use(class), num(t.x), num(t.y), num(t.size), anchors[t.anchor], fill)
		if t.about != "" {
			fmt.Fprintf(w, `<title>%s</title>`, xmlText(t.about))
		}
		for _, r := range t.runs {
			weight := ""
			if r.bold {
				weight = ` font-weight="600"`
			}
			fmt.Fprintf(w, `<tspan%s>%s</tspan>`, weight, xmlText(r.s))
		}
		w.WriteString("</text>\n")
	}
}

// styleSheet writes what changes on dark paper, for the classes that are used.
func (w *svgWriter) styleSheet() {
	w.tag(`<style>`)
	w.tag(`@media (prefers-color-scheme:dark){`)
	for i := range palette {
		if p := &palette[i]; w.used[p.class] {
			w.tag(`.%s{fill:%s;stroke:%s}`, p.class, p.fill.dark, p.stroke.dark)
		}
	}
	for i := range wireStyles {
		s := &wireStyles[i]
		if w.used[s.class] {
			w.tag(`.%s{stroke:%s}`, s.class, s.colour.dark)
			w.used[s.class] = false
		}
		if w.used[s.class+"-fill"] {
			w.tag(`.%s-fill{fill:%s}`, s.class, s.colour.dark)
			w.used[s.class+"-fill"] = false
		}
	}
	for _, c := range []struct {
		class, property string
		colour          colour
	}{{"frame", "stroke", frameLine}, {"paper", "fill", paper}, {"ink", "fill", ink}, {"quiet", "fill", quietInk},
		{"loss-ink", "fill", lossText}} {
		if w.used[c.class] {
			w.tag(`.%s{%s:%s}`, c.class, c.property, c.colour.dark)
		}
	}
	w.tag(`}</style>`)
}

// num writes a coordinate with at most two decimals.
func num(x float64) string {
	return strconv.FormatFloat(math.Round(x*100)/100, 'f', -1, 64)
}

var xmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// xmlText returns s as XML character data that shows s.
func xmlText(s string) string { return xmlEscaper.Replace(plain.Text(s)) }
