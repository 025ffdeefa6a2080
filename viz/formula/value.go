// This file computes formulas.

package formula

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Value computes a formula of numbers. Names have the given values, those of a rule by their data-v: x0, y, dy. An index
// does not count, so that x[i] is x. Of a formula with an equals sign it is what stands on the right of the last one. The
// error names what has no value.
func (f Formula) Value(names map[string]float64) (float64, error) {
	if f.root == nil {
		return 0, fmt.Errorf("the formula is empty")
	}
	sides := f.root.sides()
	return evaluator(names).value(sides[len(sides)-1])
}

// sides are the parts between equals signs, or the node alone.
func (n *node) sides() []*node {
	if n.kind != chainNode || n.ops[0] != "=" {
		return []*node{n}
	}
	return n.args
}

type evaluator map[string]float64

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

func (e evaluator) value(n *node) (float64, error) {
	if mark, ok := strings.CutPrefix(n.mark, "v="); ok {
		if v, ok := e[mark]; ok {
			return v, nil
		}
	} else if v, ok := e[n.plain()]; ok {
		return v, nil
	}
	switch n.kind {
	case numberNode:
		return number(n.text)
	case nameNode:
		switch n.text {
		case "e":
			return math.E, nil
		case "π":
			return math.Pi, nil
		}
	case indexNode:
		return e.value(n.args[0])
	case minusNode:
		v, err := e.value(n.args[0])
		return -v, err
	case groupNode, fractionNode, powerNode, rootNode:
		return e.joined(n)
	case chainNode:
		return e.chain(n)
	case callNode:
		return e.call(n)
	case casesNode:
		return e.cases(n)
	}
	return 0, fmt.Errorf("%s has no value", Formula{n}.LaTeX())
}

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

// values are those of all arguments.
func (e evaluator) values(args []*node) ([]float64, error) {
	v := make([]float64, len(args))
	for i, a := range args {
		var err error
		if v[i], err = e.value(a); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// joined computes brackets, fractions, powers and roots.
func (e evaluator) joined(n *node) (float64, error) {
	v, err := e.values(n.args)
	switch {
	case err != nil:
		return 0, err
	case n.kind == fractionNode:
		return v[0] / v[1], nil
	case n.kind == powerNode:
		return math.Pow(v[0], v[1]), nil
	case n.kind == rootNode:
		return math.Sqrt(v[0]), nil
	}
	switch n.text {
	case "()", "[]":
		return v[0], nil
	case "||":
		return math.Abs(v[0]), nil
	case "⌊⌋":
		return math.Floor(v[0]), nil
	case "⌈⌉":
		return math.Ceil(v[0]), nil
	}
	return 0, fmt.Errorf("%s has no value", Formula{n}.LaTeX())
}

func (e evaluator) chain(n *node) (float64, error) {
	v, err := e.values(n.args)
	if err != nil {
		return 0, err
	}
	y := v[0]
	for i, op := range n.ops {
		switch op {
		case "+":
			y += v[i+1]
		case "-":
			y -= v[i+1]
		case "", "·", "⊙", "×":
			y *= v[i+1]
		default:
			return 0, fmt.Errorf("%s has no value", Formula{n}.LaTeX())
		}
	}
	return y, nil
}

// known are the functions of one number.
var known = map[string]func(float64) float64{
	"exp": math.Exp, "ln": math.Log, "log": math.Log, "tanh": math.Tanh, "sin": math.Sin, "cos": math.Cos, "erf": math.Erf,
	"trunc": math.Trunc, "round": math.RoundToEven,
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

func (e evaluator) call(n *node) (float64, error) {
	args := []*node{n.args[1]}
	if args[0].kind == listNode {
		args = args[0].args
	}
	v, err := e.values(args)
	if err != nil {
		return 0, err
	}
	f, ok := known[n.args[0].plain()]
	switch name := n.args[0].plain(); {
	case ok && len(v) == 1:
		return f(v[0]), nil
	case name == "max" && len(v) == 2:
		return math.Max(v[0], v[1]), nil
	case name == "min" && len(v) == 2:
		return math.Min(v[0], v[1]), nil
	}
	return 0, fmt.Errorf("%s has no value", Formula{n}.LaTeX())
}

// cases is the value of the first case that holds.
func (e evaluator) cases(n *node) (float64, error) {
	for i := 0; i < len(n.args); i += 2 {
		holds, err := e.holds(n.args[i+1])
		if err != nil {
			return 0, err
		}
		if holds {
			return e.value(n.args[i])
		}
	}
	return math.NaN(), nil
}

// holds reports whether a condition is true: relations between numbers, as many as there are.
func (e evaluator) holds(n *node) (bool, error) {
	if n.kind != chainNode {
		return false, fmt.Errorf("%s is no condition", Formula{n}.LaTeX())
	}
	v, err := e.values(n.args)
	if err != nil {
		return false, err
	}
	for i, op := range n.ops {
		a, b := v[i], v[i+1]
		is, ok := map[string]bool{"<": a < b, "≤": a <= b, ">": a > b, "≥": a >= b, "=": a == b, "≠": a != b}[op]
		switch {
		case !ok:
			return false, fmt.Errorf("%s is no condition", Formula{n}.LaTeX())
		case !is:
			return false, nil
		}
	}
	return true, nil
}
