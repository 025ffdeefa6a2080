// This file computes elements of results by the rules, so that these can be held to the ops.

package formula

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Value computes a formula of the rule from values by their data-v, and from what Where and WhereBack say of other
// letters.
func (r Rule) Value(f Formula, values map[string]float64) (float64, error) {
	rows := map[string][]float64{}
	for name, v := range values {
		rows[name] = []float64{v}
	}
	row, err := r.Row(f, rows)
	switch {
	case err != nil:
		return 0, err
	case len(row) != 1:
		return 0, fmt.Errorf("%s: the formula has %d values, want 1", r.Op, len(row))
	}
	return row[0], nil
}

// Row computes a formula of the rule along a row, as of softmax or of a normalisation: values by their data-v are one
// for each place of the row, or one for all of them. Sums and means are those of the row.
func (r Rule) Row(f Formula, values map[string][]float64) ([]float64, error) {
	all := evaluator(maps.Clone(values))
	for _, w := range slices.Concat(r.Where, r.WhereBack) {
		if v, err := w.row(all); err == nil {
			left := w.root.sides()[0]
			if name, ok := left.vMark(); ok {
				all[name] = v
			}
			all[left.letter()] = v
		}
	}
	return f.row(all)
}

// Compute is the element at a place of a result, made of elements of the operands as Rule.Element says. The value of
// an element of an operand is asked for. It is an error where the kind of the element has no terms, or a formula no
// value.
func (r Rule) Compute(s Shapes, result, place int, value func(operand, place int) float64) (float64, error) {
	e := r.Element
	if e.Kind == Rearrangement && e.Form == "pad" {
		if t := e.Terms(s, result, place); len(t) == 1 && t[0].Places[0] < 0 {
			return e.Value, nil
		}
	}
	terms := e.Terms(s, result, place)
	if terms == nil && (e.Fold != Sum || !e.listed()) {
		return 0, fmt.Errorf("%s: an element of %s has no terms", r.Op, e.Kind)
	}
	y := 0.
	for i, t := range terms {
		v, err := r.term(s, t, result, value)
		switch {
		case err != nil:
			return 0, err
		case e.Fold == Max && (i == 0 || v > y), e.Fold == Min && (i == 0 || v < y):
			y = v
		case e.Fold != Max && e.Fold != Min:
			y += v * t.Weight
		}
	}
	return y, nil
}

// listed reports whether an element of the kind is made of terms: of none it is 0.
func (e Element) listed() bool {
	switch e.Kind {
	case Convolution, Window, Lookup:
		return true
	}
	return false
}

// term is the value of a term.
func (r Rule) term(s Shapes, t Term, result int, value func(operand, place int) float64) (float64, error) {
	e := r.Element
	switch {
	case e.Kind == Elementwise && e.Fold == Sum:
		sum := 0.
		for operand, place := range t.Places {
			sum += value(operand, place)
		}
		return sum, nil
	case e.Kind == Elementwise:
		values := r.values(s, t, value)
		for _, f := range r.Forward { // a result may be made of another one: p′ of v′
			v, err := r.Value(f, values)
			if err != nil {
				return 0, err
			}
			name, _ := f.root.sides()[0].vMark()
			if values[name] = v; name == resultName(result) {
				return v, nil
			}
		}
		return 0, fmt.Errorf("%s: there is no formula of result %d", r.Op, result)
	case !e.Term.IsZero():
		return r.Value(e.Term, r.values(s, t, value))
	}
	v := 1.
	for operand, place := range t.Places {
		if place >= 0 {
			v *= value(operand, place)
		}
	}
	return v, nil
}

// values are those of the operands in a term, by their data-v. A term that reads one of many operands knows it as the
// first.
func (r Rule) values(s Shapes, t Term, value func(operand, place int) float64) map[string]float64 {
	values := map[string]float64{}
	for operand, place := range t.Places {
		if place < 0 {
			continue
		}
		if r.Element.Form == "operands" {
			operand = 0
			values["x0"] = value(firstRead(t), place)
			continue
		}
		values["x"+strconv.Itoa(operand)] = value(operand, place)
	}
	if n := r.Element.N(s.In[0]); n > 0 {
		values["n"] = float64(n)
	}
	return values
}

// firstRead is the first operand that a term reads.
func firstRead(t Term) int {
	for operand, place := range t.Places {
		if place >= 0 {
			return operand
		}
	}
	return 0
}

// resultName is the data-v of a result.
func resultName(result int) string {
	if result == 0 {
		return "y"
	}
	return "y" + strconv.Itoa(result)
}

// vMark is the data-v of a node.
func (n *node) vMark() (string, bool) {
	if len(n.mark) > 2 && n.mark[:2] == "v=" {
		return n.mark[2:], true
	}
	return "", false
}
