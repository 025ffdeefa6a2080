// This file holds what a drawing shows of a value: few numbers as they are, more of them as a small picture with their
// range and mean.

package viz

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/graph"
)

// A shown is a value as a box shows it.
type shown struct {
	name    string     // before it, such as dy; "" for none
	numbers [][]string // few, in rows
	lines   []string   // of more numbers, what they come to
	heat    *heat      // their picture, nil for none
	text    string     // all in one line, for tooltips and DOT
}

// fewNumbers is how many numbers are written as they are, and shortNumbers how many beside an edge.
const (
	fewNumbers   = 9
	shortNumbers = 3
	rowNumbers   = 5 // of a vector in a row
)

// shown is the value of a node as a box shows it, under a name, nil where there is none.
func (t *reading) shown(n graph.Node, name string) *shown {
	return t.valueOf(shownKey{n, name, ofExamples})
}

// weighed is that of a parameter, or of its gradient.
func (t *reading) weighed(n graph.Node) *shown { return t.valueOf(shownKey{n, "", ofWeights}) }

// input is that of an input.
func (t *reading) input(n graph.Node) *shown { return t.valueOf(shownKey{n, "", ofInput}) }

func (t *reading) valueOf(key shownKey) *shown {
	n := key.n
	if t.values == nil || !n.Valid() {
		return nil
	}
	if v, ok := t.cache[key]; ok {
		return v
	}
	x, ok := t.values(n)
	var v *shown
	if ok && x.Check() == nil && x.Type.Equal(n.Type()) && x.Shape.Size() > 0 {
		v = t.newShown(x, key.name, key.content)
	}
	t.cache[key] = v
	return v
}

// shownKey is what values are remembered by: a drawing is tried in several forms.
type shownKey struct {
	n    graph.Node
	name string
	content
}

// newShown makes what is shown of x.
func (t *reading) newShown(x graph.Tensor, name string, c content) *shown {
	v := &shown{name: name}
	if x.Shape.Size() <= fewNumbers {
		var between string
		v.numbers, between = rowsOf(x)
		rows := make([]string, len(v.numbers))
		for i, r := range v.numbers {
			rows[i] = strings.Join(r, " ")
		}
		v.text = strings.Join(rows, between)
	} else {
		v.heat = newHeat(x, c)
		v.lines = t.summing(x)
		v.text = strings.Join(v.lines, ", ")
		if v.heat != nil && v.heat.w > wideHeat {
			v.lines = []string{v.text}
		}
		if h := v.heat; h != nil && h.planes < h.of {
			v.text += ", " + t.lang.say(sayFirstOf, h.planes, h.of)
		}
	}
	if name != "" {
		v.text = name + " = " + v.text
	}
	return v
}

// rowsOf are few numbers in rows, and what stands between these in a line: those of a matrix of up to three, else of
// five.
func rowsOf(x graph.Tensor) (rows [][]string, between string) {
	width, between := min(x.Shape.Size(), rowNumbers), " "
	if r := len(x.Shape); r > 1 {
		if last := x.Shape[r-1]; x.Shape.Size()/last <= 3 {
			width, between = last, "; "
		}
	}
	for i := 0; i < x.Shape.Size(); i += width {
		var row []string
		for k := i; k < min(i+width, x.Shape.Size()); k++ {
			row = append(row, numberText(x.At(k)))
		}
		rows = append(rows, row)
	}
	return rows, between
}

// summing are range and mean of many numbers, and how many are not finite, if any are.
func (t *reading) summing(x graph.Tensor) []string {
	low, high, sum, finite := math.Inf(1), math.Inf(-1), 0.0, 0
	for i := range x.Shape.Size() {
		if v := x.At(i); v-v == 0 {
			low, high, sum, finite = math.Min(low, v), math.Max(high, v), sum+v, finite+1
		}
	}
	var lines []string
	if finite > 0 {
		lines = []string{numberText(low) + " … " + numberText(high),
			t.lang.say(sayMean, numberText(sum/float64(finite)))}
	}
	if finite < x.Shape.Size() {
		lines = append(lines, t.lang.say(sayNotFinite, x.Shape.Size()-finite))
	}
	return lines
}

// short is a value beside an edge, "" where it has too many numbers.
func (t *reading) short(n graph.Node) string {
	if v := t.shown(n, ""); v != nil && n.Size() <= shortNumbers {
		if n.Size() == 1 {
			return v.text
		}
		return "(" + strings.ReplaceAll(strings.ReplaceAll(v.text, ";", ""), " ", ", ") + ")"
	}
	return ""
}

// numberText writes a number with three significant digits; whole numbers of up to six digits as they are.
func numberText(v float64) string {
	switch {
	case v != v:
		return "NaN"
	case math.IsInf(v, 0):
		return strings.Replace(strconv.FormatFloat(v, 'g', -1, 64), "Inf", "∞", 1)
	case v == math.Trunc(v) && math.Abs(v) < 1e6:
		return strconv.FormatFloat(v+0, 'f', 0, 64)
	case math.Abs(v) >= 100 && math.Abs(v) < 1e6:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	s := strconv.FormatFloat(v, 'g', 3, 64)
	before, power, ok := strings.Cut(s, "e")
	if !ok {
		return s
	}
	sign := power[:1]
	if sign == "+" {
		sign = ""
	}
	return before + "e" + sign + strings.TrimLeft(power[1:], "0")
}

// gradient is the node of the gradient of the forward node n: the only contribution to it, or the sum of all; the zero
// Node where there is none, or gradients of several losses.
func (t *reading) gradient(n graph.Node) graph.Node {
	switch terms := t.terms[n]; len(terms) {
	case 0:
		return graph.Node{}
	case 1:
		return terms[0]
	default:
		i := slices.IndexFunc(t.sums[terms[0]], func(s graph.Node) bool { return slices.Equal(s.Inputs(), terms) })
		if i < 0 {
			return graph.Node{}
		}
		return t.sums[terms[0]][i]
	}
}

// sumText is what is added below the backward box of atom i: "4 + -6".
func (t *reading) sumText(i int) string {
	terms := t.terms[t.atoms[i].node]
	if len(terms) < 2 {
		return ""
	}
	var list []string
	for _, d := range terms {
		s := t.short(d)
		if s == "" {
			return ""
		}
		list = append(list, s)
	}
	return strings.Join(list, " + ")
}

// Distances within a value, in pixels.
const (
	valueGap   = 6.0  // below the name of the box
	numberLine = 16.0 // from a row of numbers to the next
	numberGap  = 9.0  // between columns of numbers
	heatGap    = 8.0  // between a picture and what it comes to
	wideHeat   = 90.0 // from this width on that stands below the picture
)

// size is the room that a value takes.
func (v *shown) size() (w, h float64) {
	w, h = v.textSize()
	if v.heat != nil {
		if v.heat.w > wideHeat {
			w, h = math.Max(w, v.heat.w), h+v.heat.h+4
		} else {
			w, h = w+heatGap+v.heat.w, math.Max(h, v.heat.h)
		}
	}
	if v.name != "" {
		w += textWidth(v.name, smallText, true) + heatGap
	}
	return math.Ceil(w), h
}

// textSize is the room of numbers, or of lines.
func (v *shown) textSize() (w, h float64) {
	for _, c := range v.columns() {
		w += c + numberGap
	}
	w = math.Max(0, w-numberGap)
	for _, l := range v.lines {
		w = math.Max(w, textWidth(l, smallText, false))
	}
	return w, numberLine * float64(len(v.numbers)+len(v.lines))
}

// columns are the widths of the columns of numbers.
func (v *shown) columns() (widths []float64) {
	for _, row := range v.numbers {
		for k, s := range row {
			if k == len(widths) {
				widths = append(widths, 0)
			}
			widths[k] = math.Max(widths[k], textWidth(s, smallText, false))
		}
	}
	return widths
}

// place puts a value into r: its texts, and where its picture stands.
func (v *shown) place(r rect) (texts []text, heat rect) {
	w, h := v.size()
	x, y := r.cx()-w/2, r.cy()-h/2
	add := func(s string, at point, a anchor, bold bool) {
		texts = append(texts, text{point: at, anchor: a, size: smallText, runs: []run{{s, bold}}})
	}
	if v.name != "" {
		add(v.name, point{x, r.cy() + 4.5}, start, true)
		x += textWidth(v.name, smallText, true) + heatGap
	}
	tw, th := v.textSize()
	top := r.cy() - th/2
	if v.heat != nil {
		heat = rect{x, y, v.heat.w, v.heat.h}
		if v.heat.w > wideHeat {
			heat.x += math.Max(0, (tw-v.heat.w)/2)
			x, top = x+math.Max(0, (v.heat.w-tw)/2), heat.bottom()+4
		} else {
			heat.y = r.cy() - v.heat.h/2
			x += v.heat.w + heatGap
		}
	}
	for i, l := range v.lines {
		add(l, point{x, top + numberLine*(float64(i)+.5) + 4.5}, start, false)
	}
	widths := v.columns()
	for i, row := range v.numbers {
		right := x
		for k, s := range row {
			right += widths[k]
			add(s, point{right, top + numberLine*(float64(i)+.5) + 4.5}, end, false)
			right += numberGap
		}
	}
	return texts, heat
}
