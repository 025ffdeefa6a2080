// This file draws the figures of lessons, as SVG.

package lessons

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// The colours of figures stand out from white and from a dark page alike, by 3:1 or more.
const (
	blue   = "#3B78F0" // values
	orange = "#D9541E" // gradients
	green  = "#1A9A63"
	purple = "#B750C4"
	grey   = "#808898"
)

// A drawing is an SVG in the making. Letters have the colour of the page's text.
type drawing struct {
	w, h int
	body strings.Builder
}

func newDrawing(w, h int) *drawing { return &drawing{w: w, h: h} }

func (d *drawing) String() string {
	return fmt.Sprintf(`<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' width='%d' height='%d' `+
		`font-family='sans-serif' font-size='12' fill='currentColor'>%s</svg>`, d.w, d.h, d.w, d.h, d.body.String())
}

// px writes a coordinate.
func px(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = -1
	}
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

func (d *drawing) rect(x, y, w, h float64, fill string) {
	if h < 0 {
		y, h = y+h, -h
	}
	if w < 0 {
		x, w = x+w, -w
	}
	fmt.Fprintf(&d.body, `<rect x='%s' y='%s' width='%s' height='%s' fill='%s'/>`, px(x), px(y), px(w), px(h), fill)
}

// frame is a rectangle of lines alone.
func (d *drawing) frame(x, y, w, h float64, stroke string, width float64) {
	fmt.Fprintf(&d.body, `<rect x='%s' y='%s' width='%s' height='%s' fill='none' stroke='%s' stroke-width='%s'/>`,
		px(x), px(y), px(w), px(h), stroke, px(width))
}

func (d *drawing) line(x1, y1, x2, y2 float64, stroke string, width float64) {
	fmt.Fprintf(&d.body, `<line x1='%s' y1='%s' x2='%s' y2='%s' stroke='%s' stroke-width='%s'/>`,
		px(x1), px(y1), px(x2), px(y2), stroke, px(width))
}

func (d *drawing) dot(x, y, r float64, fill string) {
	fmt.Fprintf(&d.body, `<circle cx='%s' cy='%s' r='%s' fill='%s'/>`, px(x), px(y), px(r), fill)
}

// path joins points, in pairs of x and y.
func (d *drawing) path(points []float64, stroke string, width float64) {
	var b strings.Builder
	for i := 0; i+1 < len(points); i += 2 {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(px(points[i]) + "," + px(points[i+1]))
	}
	fmt.Fprintf(&d.body, `<polyline points='%s' fill='none' stroke='%s' stroke-width='%s'/>`, b.String(), stroke,
		px(width))
}

// text writes s at its left end, its middle or its right end: "start", "middle", "end".
func (d *drawing) text(x, y float64, anchor, s string) {
	if anchor != "start" {
		anchor = ` text-anchor="` + anchor + `"`
	} else {
		anchor = ""
	}
	fmt.Fprintf(&d.body, `<text x='%s' y='%s'%s>%s</text>`, px(x), px(y), anchor, html.EscapeString(s))
}

// num writes a number for reading: three significant digits, a minus that is one.
func num(v float64) string {
	var s string
	switch a := math.Abs(v); {
	case v == 0:
		return "0"
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 0):
		s = "∞"
		if v < 0 {
			s = "-∞"
		}
	case a < 1e-3 || a >= 1e5:
		mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', 1, 64), "e")
		e, _ := strconv.Atoi(exponent)
		s = mantissa + "·10" + raised(e)
	default:
		s = strconv.FormatFloat(v, 'g', 3, 64)
		if strings.Contains(s, "e") {
			s = strconv.FormatFloat(v, 'f', 0, 64)
		}
	}
	return strings.ReplaceAll(s, "-", "−")
}

// difference writes y - x with its result, and y and x with as many digits as a reader needs to find it again.
func difference(y, x float64) string {
	d := num(y - x)
	for places := 3; ; places++ {
		a, b := strconv.FormatFloat(y, 'f', places, 64), strconv.FormatFloat(x, 'f', places, 64)
		if from, to := number(b), number(a); num(to-from) == d || places == 17 {
			return strings.ReplaceAll(a+" − "+b+" = "+d, "-", "−")
		}
	}
}

// number reads what strconv has written.
func number(s string) float64 {
	v, _ := strconv.ParseFloat(s, 64)
	return v
}

// below writes a number as an index: 12 as ₁₂.
func below(n int) string {
	return strings.NewReplacer("0", "₀", "1", "₁", "2", "₂", "3", "₃", "4", "₄", "5", "₅", "6", "₆", "7", "₇",
		"8", "₈", "9", "₉").Replace(strconv.Itoa(n))
}

// short writes a number for a cell: two digits behind the point at most, three of a small one, and of a number that
// these would make zero its power of ten. 0 is zero itself.
func short(v float64) string {
	if v == math.Round(v) && math.Abs(v) < 1e4 || math.Abs(v) >= 100 {
		return num(v)
	}
	digits := 2
	switch size := math.Abs(v); {
	case size < .001:
		power := "10" + raised(int(math.Round(math.Log10(size))))
		if v < 0 {
			power = "−" + power
		}
		return power
	case size < .01:
		digits = 3
	}
	return strings.ReplaceAll(strconv.FormatFloat(v, 'f', digits, 64), "-", "−")
}

// raised writes an exponent.
func raised(n int) string {
	return strings.NewReplacer("-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶",
		"7", "⁷", "8", "⁸", "9", "⁹").Replace(strconv.Itoa(n))
}

// axes map numbers to a field of a drawing.
type axes struct {
	x0, y0, w, h           float64 // the field
	left, right, low, high float64 // the numbers at its ends
}

func (a axes) x(v float64) float64 { return a.x0 + (v-a.left)/(a.right-a.left)*a.w }

// y keeps numbers that are far outside near the field.
func (a axes) y(v float64) float64 {
	t := (v - a.low) / (a.high - a.low)
	return a.y0 + a.h - max(-1, min(2, t))*a.h
}

// curve draws f over the whole width.
func (d *drawing) curve(a axes, f func(float64) float64, stroke string, width float64) {
	const parts = 48
	var points []float64
	for i := range parts + 1 {
		v := a.left + (a.right-a.left)*float64(i)/parts
		points = append(points, a.x(v), a.y(f(v)))
	}
	d.path(points, stroke, width)
}

// cross draws the lines of zero, as far as they lie in the field, and its ends in numbers.
func (d *drawing) cross(a axes) {
	if a.low <= 0 && a.high >= 0 {
		d.line(a.x0, a.y(0), a.x0+a.w, a.y(0), grey, 1)
	}
	if a.left <= 0 && a.right >= 0 {
		d.line(a.x(0), a.y0, a.x(0), a.y0+a.h, grey, 1)
	}
}

// heat is the colour of a number between -1 and 1: orange below, blue above, and none at zero.
func heat(v float64) string {
	steps := math.Round(math.Abs(max(-1, min(1, v))) * 8)
	switch {
	case steps == 0 || math.IsNaN(v):
		return ""
	case v < 0:
		return fmt.Sprintf(`fill='%s' fill-opacity='%s'`, orange, px(steps/10))
	}
	return fmt.Sprintf(`fill='%s' fill-opacity='%s'`, blue, px(steps/10))
}

// matrix draws numbers in rows of cells with a side, coloured from -scale to scale; a scale of 0 is that of the
// largest.
func (d *drawing) matrix(x, y, side float64, columns int, v []float64, scale float64, numbers bool) {
	if scale == 0 {
		scale = largest(v)
	}
	rows := (len(v) + columns - 1) / columns
	d.cells(x, y, side, columns, v, scale)
	d.grid(x, y, side, columns, rows)
	for i, e := range v {
		if numbers {
			d.text(x+(float64(i%columns)+.5)*side, y+(float64(i/columns)+.5)*side+4, "middle", short(e))
		}
	}
}

// cells colours cells. Those of one colour are one path, and neighbours in a row one rectangle of it.
func (d *drawing) cells(x, y, side float64, columns int, v []float64, scale float64) {
	colours := []string{}
	paths := map[string]string{}
	for i := 0; i < len(v); {
		c := heat(v[i] / max(scale, 1e-300))
		from := i
		for i++; i < len(v) && i%columns > 0 && heat(v[i]/max(scale, 1e-300)) == c; i++ {
		}
		if c == "" {
			continue
		}
		if paths[c] == "" {
			colours = append(colours, c)
		}
		wide := side * float64(i-from)
		paths[c] += fmt.Sprintf("M%s %sh%sv%sh%sz", px(x+float64(from%columns)*side),
			px(y+float64(from/columns)*side), px(wide), px(side), px(-wide))
	}
	for _, c := range colours {
		fmt.Fprintf(&d.body, `<path d='%s' %s/>`, paths[c], c)
	}
}

// grid draws the lines between cells.
func (d *drawing) grid(x, y, side float64, columns, rows int) {
	var b strings.Builder
	for i := range columns + 1 {
		fmt.Fprintf(&b, "M%s,%sv%s", px(x+float64(i)*side), px(y), px(float64(rows)*side))
	}
	for i := range rows + 1 {
		fmt.Fprintf(&b, "M%s,%sh%s", px(x), px(y+float64(i)*side), px(float64(columns)*side))
	}
	fmt.Fprintf(&d.body, `<path d='%s' fill='none' stroke='%s' stroke-width='.5'/>`, b.String(), grey)
}

// largest is the largest magnitude.
func largest(v []float64) (m float64) {
	for _, e := range v {
		m = max(m, math.Abs(e))
	}
	return m
}
