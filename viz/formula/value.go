// This file computes formulas.

package formula

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Value computes a formula of numbers. Names have the given values, those of a rule by their data-v: x0, y, dy. An
// index does not count, so that x[i] is x. Of a formula with an equals sign it is what stands on the right of the last
// one. The error names what has no value.
func (f Formula) Value(names map[string]float64) (float64, error) {
	rows := evaluator{}
	for name, v := range names {
		rows[name] = []float64{v}
	}
	row, err := f.row(rows)
	switch {
	case err != nil:
		return 0, err
	case len(row) != 1:
		return 0, fmt.Errorf("formula: it has %d values, want 1", len(row))
	}
	return row[0], nil
}

// row computes a formula of rows of numbers, place by place. A sum and a mean are those of a row. A single number
// stands for all places.
func (f Formula) row(e evaluator) ([]float64, error) {
	if f.root == nil {
		return nil, fmt.Errorf("the formula is empty")
	}
	sides := f.root.sides()
	return e.value(sides[len(sides)-1])
}

// sides are the parts between equals signs, or the node alone.
func (n *node) sides() []*node {
	if n.kind != chainNode || n.ops[0] != "=" {
		return []*node{n}
	}
	return n.args
}

// plain is the text by which a name is looked up: x, m̂, p′, β_1. It is empty for what is no name.
func (n *node) plain() string {
	switch {
	case n.kind == nameNode && n.accent != 0:
		return n.text + string(n.accent)
	case n.kind == nameNode:
		return n.text
	case n.kind == primeNode:
		return n.args[0].plain() + n.text
	case n.kind == indexNode && (n.args[1].kind == numberNode || n.args[1].kind == nameNode):
		return n.args[0].plain() + "_" + n.args[1].text
	}
	return ""
}

// evaluator is the values of names.
type evaluator map[string][]float64

// named is the value of a name, by its mark or as it is written.
func (e evaluator) named(n *node) ([]float64, bool) {
	if mark, ok := n.vMark(); ok {
		if v := e[mark]; len(v) > 0 {
			return v, true
		}
	}
	if n.plain() == "" {
		return nil, false
	}
	v := e[n.plain()]
	return v, len(v) > 0
}

func (e evaluator) value(n *node) ([]float64, error) {
	if v, ok := e.named(n); ok {
		return v, nil
	}
	switch n.kind {
	case numberNode:
		v, err := number(n.text)
		return []float64{v}, err
	case nameNode:
		switch n.text {
		case "e":
			return []float64{math.E}, nil
		case "π":
			return []float64{math.Pi}, nil
		}
	case indexNode:
		return e.value(n.args[0])
	case minusNode:
		return e.apply(func(v []float64) float64 { return -v[0] }, n.args...)
	case groupNode, fractionNode, powerNode, rootNode:
		return e.joined(n)
	case chainNode:
		return e.chain(n)
	case callNode:
		return e.call(n)
	case bigNode:
		return e.big(n)
	case casesNode:
		return e.cases(n)
	}
	return nil, noValue(n)
}

func noValue(n *node) error { return fmt.Errorf("%s has no value", Formula{n}.LaTeX()) }

func number(text string) (float64, error) {
	switch text {
	case "½":
		return .5, nil
	case "∞":
		return math.Inf(1), nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	return v, nil
}

// apply computes f of the values of the arguments, place by place.
func (e evaluator) apply(f func(v []float64) float64, args ...*node) ([]float64, error) {
	rows := make([][]float64, len(args))
	n := 1
	for i, a := range args {
		v, err := e.value(a)
		if err != nil {
			return nil, err
		}
		if len(v) != 1 && n != 1 && len(v) != n {
			return nil, fmt.Errorf("rows of %d and %d values meet in %s", n, len(v), Formula{a}.LaTeX())
		}
		rows[i], n = v, max(n, len(v))
	}
	y, at := make([]float64, n), make([]float64, len(args))
	for k := range y {
		for i, row := range rows {
			at[i] = row[min(k, len(row)-1)]
		}
		y[k] = f(at)
	}
	return y, nil
}

// joined computes brackets, fractions, powers and roots.
func (e evaluator) joined(n *node) ([]float64, error) {
	var f func(v []float64) float64
	switch n.kind {
	case fractionNode:
		f = func(v []float64) float64 { return v[0] / v[1] }
	case powerNode:
		f = func(v []float64) float64 { return math.Pow(v[0], v[1]) }
	case rootNode:
		f = func(v []float64) float64 { return math.Sqrt(v[0]) }
	default:
		f = map[string]func(v []float64) float64{
			"()": func(v []float64) float64 { return v[0] },
			"[]": func(v []float64) float64 { return v[0] },
			"||": func(v []float64) float64 { return math.Abs(v[0]) },
			"⌊⌋": func(v []float64) float64 { return math.Floor(v[0]) },
			"⌈⌉": func(v []float64) float64 { return math.Ceil(v[0]) },
		}[n.text]
	}
	if f == nil {
		return nil, noValue(n)
	}
	return e.apply(f, n.args...)
}

func (e evaluator) chain(n *node) ([]float64, error) {
	for _, op := range n.ops {
		if op != "" && !strings.Contains("+-·⊙×", op) {
			return nil, noValue(n)
		}
	}
	return e.apply(func(v []float64) float64 {
		y := v[0]
		for i, op := range n.ops {
			switch op {
			case "+":
				y += v[i+1]
			case "-":
				y -= v[i+1]
			default:
				y *= v[i+1]
			}
		}
		return y
	}, n.args...)
}

// big is the sum of a row, or its largest or smallest value.
func (e evaluator) big(n *node) ([]float64, error) {
	row, err := e.value(n.args[0])
	if err != nil {
		return nil, err
	}
	y := row[0]
	for _, v := range row[1:] {
		switch n.text {
		case "∑":
			y += v
		case "max":
			y = max(y, v)
		case "min":
			y = min(y, v)
		default:
			return nil, noValue(n)
		}
	}
	return []float64{y}, nil
}

// known are the functions of one number.
var known = map[string]func(float64) float64{
	"exp": math.Exp, "ln": math.Log, "log": math.Log, "tanh": math.Tanh, "sin": math.Sin, "cos": math.Cos,
	"erf": math.Erf, "trunc": math.Trunc, "round": math.RoundToEven,
	"σ": func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	"Φ": func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 },
	"φ": func(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) },
	"sign": func(x float64) float64 {
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return x
	},
}

func (e evaluator) call(n *node) ([]float64, error) {
	args := []*node{n.args[1]}
	if args[0].kind == listNode {
		args = args[0].args
	}
	f, ok := known[n.args[0].plain()]
	switch name := n.args[0].plain(); {
	case ok && len(args) == 1:
		return e.apply(func(v []float64) float64 { return f(v[0]) }, args...)
	case name == "max" && len(args) == 2:
		return e.apply(func(v []float64) float64 { return math.Max(v[0], v[1]) }, args...)
	case name == "min" && len(args) == 2:
		return e.apply(func(v []float64) float64 { return math.Min(v[0], v[1]) }, args...)
	case name == "mean" && len(args) == 1:
		row, err := e.value(args[0])
		if err != nil {
			return nil, err
		}
		sum := 0.
		for _, v := range row {
			sum += v
		}
		return []float64{sum / float64(len(row))}, nil
	}
	return nil, noValue(n)
}

// cases is the value of the first case that holds, place by place.
func (e evaluator) cases(n *node) ([]float64, error) {
	args := []*node{}
	for i := 0; i < len(n.args); i += 2 {
		condition := n.args[i+1]
		if condition.kind != chainNode || !strings.Contains("<≤>≥=≠", condition.ops[0]) {
			return nil, fmt.Errorf("%s is no condition", Formula{condition}.LaTeX())
		}
		args = append(append(args, n.args[i]), condition.args...)
	}
	return e.apply(func(v []float64) float64 {
		for i := 0; i < len(n.args); i += 2 {
			ops := n.args[i+1].ops
			if holds(ops, v[1:2+len(ops)]) {
				return v[0]
			}
			v = v[2+len(ops):]
		}
		return math.NaN()
	}, args...)
}

// holds reports whether relations between numbers are true, as many as there are.
func holds(ops []string, v []float64) bool {
	for i, op := range ops {
		a, b := v[i], v[i+1]
		is := false
		switch op {
		case "<":
			is = a < b
		case "≤":
			is = a <= b
		case ">":
			is = a > b
		case "≥":
			is = a >= b
		case "=":
			is = a == b
		case "≠":
			is = a != b
		}
		if !is {
			return false
		}
	}
	return true
}
