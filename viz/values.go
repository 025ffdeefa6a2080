// This file holds what a drawing shows of a value: few numbers as they are, more of them as a small picture with their
// range and mean.

package viz

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/viz/internal/ladder"
	"github.com/stheno-ml/stheno/viz/internal/words"
)

// fewNumbers is how many numbers are written as they are, and shortNumbers how many beside an edge.
const (
	fewNumbers   = 9
	shortNumbers = 3
	rowNumbers   = 5 // of a vector in a row
)

// shown is the value of a node as a box shows it, under a name, nil where there is none.
func (t *reading) shown(n graph.Node, name string) *ladder.Value {
	return t.valueOf(shownKey{n, name, ofExamples})
}

// weighed is that of a parameter, or of its gradient.
func (t *reading) weighed(n graph.Node) *ladder.Value { return t.valueOf(shownKey{n, "", ofWeights}) }

// input is that of an input.
func (t *reading) input(n graph.Node) *ladder.Value { return t.valueOf(shownKey{n, "", ofInput}) }

func (t *reading) valueOf(key shownKey) *ladder.Value {
	n := key.n
	if t.values == nil || !n.Valid() {
		return nil
	}
	if v, ok := t.cache[key]; ok {
		return v
	}
	x, ok := t.values(n)
	var v *ladder.Value
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
func (t *reading) newShown(x graph.Tensor, name string, c content) *ladder.Value {
	v := &ladder.Value{Name: name}
	if x.Shape.Size() <= fewNumbers {
		var between string
		v.Numbers, between = rowsOf(x)
		rows := make([]string, len(v.Numbers))
		for i, r := range v.Numbers {
			rows[i] = strings.Join(r, " ")
		}
		v.Text = strings.Join(rows, between)
	} else {
		v.Heat = newHeat(x, c)
		v.Lines = t.summing(x)
		v.Text = strings.Join(v.Lines, ", ")
		if v.Heat != nil && v.Heat.W > ladder.WideHeat {
			v.Lines = []string{v.Text}
		}
		if h := v.Heat; h != nil && h.Planes < h.Of {
			v.Text += ", " + t.lang.Say(words.FirstOf, h.Planes, h.Of)
		}
	}
	if name != "" {
		v.Text = name + " = " + v.Text
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
			t.lang.Say(words.Mean, numberText(sum/float64(finite)))}
	}
	if finite < x.Shape.Size() {
		lines = append(lines, t.lang.Say(words.NotFinite, x.Shape.Size()-finite))
	}
	return lines
}

// short is a value beside an edge, "" where it has too many numbers.
func (t *reading) short(n graph.Node) string {
	if v := t.shown(n, ""); v != nil && n.Size() <= shortNumbers {
		if n.Size() == 1 {
			return v.Text
		}
		return "(" + strings.ReplaceAll(strings.ReplaceAll(v.Text, ";", ""), " ", ", ") + ")"
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
