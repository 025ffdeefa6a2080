package ops

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/viz/formula"
)

// seen is an op of the cases, its gradients or the gradients of these, with the values of its operands and results.
type seen struct {
	op      graph.Op
	types   []graph.Type // of the operands
	in, out []graph.Tensor
}

// allSeen runs the cases as lessons and collects each op once for all types of operands.
var allSeen = sync.OnceValues(func() (all []seen, err error) {
	known := map[string]bool{}
	for _, c := range cases() {
		g, in, wrt, y := c.arrange(graph.Float64)
		outputs := []graph.Node{y}
		if c.first || c.second {
			outputs = append(outputs, graph.Gradients(weigh(y, 1), wrt...)...)
		}
		if c.second {
			for i, d := range outputs[1:] {
				outputs = append(outputs, graph.Gradients(weigh(d, 2+i), wrt...)...)
			}
		}
		p, err := g.CompileWith(graph.CompileOptions{Teach: true}, outputs...)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		c.feed(p, in)
		err = p.Trace(func(f graph.Frame) error {
			if f.Op == nil {
				return nil
			}
			s := seen{op: f.Op} // a run ends with assignments to what it has read
			for _, x := range f.In {
				s.types, s.in = append(s.types, x.Type), append(s.in, x.Clone())
			}
			for _, y := range f.Out {
				s.out = append(s.out, y.Clone())
			}
			if key := fmt.Sprint(f.Op, s.types); !known[key] {
				known[key] = true
				all = append(all, s)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return all, nil
})

func everySeen(t *testing.T) []seen {
	all, err := allSeen()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// withoutValue are the ops whose formulas hold what is no operand: the mask of dropout.
var withoutValue = []string{"dropout", "spatial-dropout", "drop-path"}

// TestFormulas holds the formulas of viz/formula to the ops: each op has a rule, whose operands are those of the op,
// and whose terms give the results.
func TestFormulas(t *testing.T) {
	computed := map[string]int{}
	for _, s := range everySeen(t) {
		rule, ok := formula.Of(s.op.String())
		if !ok {
			t.Errorf("op %T, %q, has no formula: add a row to viz/formula, see docs/adding-an-op.md", s.op, s.op)
			continue
		}
		if err := operandsFit(rule, s); err != nil {
			t.Errorf("%v: %v", s.op, err)
		}
		if n, err := agrees(rule, s); err != nil {
			t.Errorf("%v %v: %v", s.op, s.types, err)
		} else {
			computed[string(rule.Element.Kind)] += n
		}
	}
	for _, kind := range []formula.Kind{formula.Elementwise, formula.Product, formula.Convolution, formula.Window,
		formula.Reduction, formula.Rearrangement, formula.Lookup, formula.Along} {
		if computed[string(kind)] < 20 {
			t.Errorf("%d elements of the kind %s were computed", computed[string(kind)], kind)
		}
	}
	t.Log(computed)
}

// operandsFit reports operands that a rule does not have, in its order.
func operandsFit(rule formula.Rule, s seen) error {
	last := len(rule.Operands) - 1
	many := last >= 0 && rule.Operands[last].Many
	if len(s.in) > len(rule.Operands) && !many {
		return fmt.Errorf("it has %d operands, the formula %d", len(s.in), len(rule.Operands))
	}
	needed := 0
	for _, o := range rule.Operands {
		if !o.Optional {
			needed++
		}
	}
	if len(s.in) < needed {
		return fmt.Errorf("it has %d operands, the formula needs %d", len(s.in), needed)
	}
	named, ok := s.op.(graph.Operander)
	if !ok || many {
		return nil
	}
	names := strings.Fields(named.Operands())
	names = names[:min(len(names), len(s.in))]
	for _, o := range rule.Operands {
		if len(names) > 0 && names[0] == o.Name {
			names = names[1:]
		}
	}
	if len(names) > 0 && reflect.TypeOf(s.op).Name() != "derivative" { // which calls what it has kept so
		return fmt.Errorf("the operands %q are not those of the formula, %+v", named.Operands(), rule.Operands)
	}
	return nil
}

// agrees computes some elements of the first result, and says how many.
func agrees(rule formula.Rule, s seen) (int, error) {
	e := rule.Element
	if alongRows(rule) {
		return rowsAgree(rule, rule.Forward[0], s, graph.Tensor{}, s.out[0])
	}
	if e.Kind == formula.Along && e.Fold == formula.One || e.Form == "index" ||
		slices.Contains(withoutValue, rule.Op) || !exact(s) {
		return 0, nil
	}
	shapes, value := shapesOf(s)
	n := 0
	for _, place := range someOf(s.out[0].Shape.Size(), 12) {
		got, err := rule.Compute(shapes, 0, place, value)
		if err != nil {
			switch e.Kind {
			case formula.Recurrence, formula.Whole, formula.Source, formula.Window: // a large window
				return 0, nil
			}
			return n, err
		}
		want := s.out[0].At(place)
		if got != got && !math.IsNaN(want) && rule.Op == "bce" { // 0·ln 0 is 0 there
			continue
		}
		if rule.Op == "remainder" && alikeTo(math.Abs(got-want), math.Abs(s.in[1].At(place)), 1e-9) {
			continue // the quotient is rounded to the next whole number
		}
		if !alikeTo(got, want, tolerance(s.op)) {
			return n, fmt.Errorf("element %d is %v, the formula gives %v", place, want, got)
		}
		n++
	}
	return n, nil
}

// exact reports whether the integers among the operands are floats, too.
func exact(s seen) bool {
	for _, x := range s.in {
		for _, v := range x.I64 {
			if v > 1<<53 || v < -1<<53 {
				return false
			}
		}
	}
	return true
}

func shapesOf(s seen) (formula.Shapes, func(operand, place int) float64) {
	value := func(operand, place int) float64 { return s.in[operand].At(place) }
	shapes := formula.Shapes{Index: func(operand, place int) int { return int(value(operand, place)) }}
	for _, x := range s.in {
		shapes.In = append(shapes.In, x.Shape)
	}
	for _, y := range s.out {
		shapes.Out = append(shapes.Out, y.Shape)
	}
	return shapes, value
}

// someOf are at most k places of n, the first and the last among them.
func someOf(n, k int) []int {
	if n <= k {
		places := make([]int, n)
		for i := range places {
			places[i] = i
		}
		return places
	}
	places := make([]int, k)
	for i := range places {
		places[i] = i * (n - 1) / (k - 1)
	}
	return places
}

// tolerance is 1e-12, but where the text of an op gives six digits of a number.
func tolerance(op graph.Op) float64 {
	for _, word := range strings.Fields(strings.NewReplacer("=", " ", "[", " ", "]", " ").Replace(op.String())) {
		whole, fraction, point := strings.Cut(word, ".")
		if point && len(strings.Trim(whole+fraction, "-0")) >= 6 {
			return 1e-5
		}
	}
	return 1e-12
}

func alikeTo(a, b, tol float64) bool {
	return a == b || a != a && b != b || math.Abs(a-b) <= tol*max(1, math.Abs(a), math.Abs(b))
}

// TestFormulasOfGradients holds gradients to the ops: what a rule hands back, element by element, is what Grad
// computes.
func TestFormulasOfGradients(t *testing.T) {
	checked := map[formula.Kind]int{}
	for _, s := range everySeen(t) {
		rule, ok := formula.Of(s.op.String())
		if !ok {
			continue // TestFormulas says so
		}
		for operand := range s.in {
			n, err := gradientAgrees(rule, s, operand)
			if err != nil {
				t.Errorf("%v %v: operand %d: %v", s.op, s.types, operand, err)
			}
			checked[rule.Element.Kind] += n
		}
	}
	for _, kind := range []formula.Kind{formula.Elementwise, formula.Product, formula.Convolution, formula.Reduction,
		formula.Lookup, formula.Along} {
		if checked[kind] < 20 {
			t.Errorf("%d elements of gradients of the kind %s were compared", checked[kind], kind)
		}
	}
	t.Log(checked)
}

// gradientAgrees compares the gradient of an operand at random values with what the terms of the result hand back to
// it. It returns how many elements it has compared: 0 where the gradient is no formula of single elements.
func gradientAgrees(rule formula.Rule, s seen, operand int) (int, error) {
	op := s.op
	if alongRows(rule) && (operand > 0 && strings.HasSuffix(rule.Op, "norm") || rule.Grads[operand].IsZero()) {
		return 0, nil // of weights, which are sums over rows, and of the gradients of normalisations
	}
	if none, ok := op.(graph.NoGrader); !handsBack(rule) && !alongRows(rule) || ok && none.NoGrad(operand) {
		return 0, nil
	}
	g := &graph.Graph{DType: graph.Float64}
	var in []graph.Node
	for i, typ := range s.types {
		name := "x" + strconv.Itoa(i)
		if typ.DType.IsFloat() {
			in = append(in, g.Input(name, typ.Shape...))
		} else {
			in = append(in, g.Indices(name, typ.Shape...))
		}
	}
	if !in[operand].DType().IsFloat() {
		return 0, nil
	}
	y := graph.ApplyAll(op, in...)
	dy := make([]graph.Node, len(y))
	dy[0] = g.Input("dy", y[0].Shape()...)
	want := make([]bool, len(in))
	want[operand] = true
	grads := op.Grad(y, dy, in, want)
	if operand >= len(grads) || grads[operand] == (graph.Node{}) {
		return 0, nil
	}
	p, err := g.Compile(grads[operand], y[0])
	if err != nil {
		return 0, err
	}
	for i, n := range append(in, dy[0]) {
		if i < len(in) && !n.DType().IsFloat() {
			p.Set(n, s.in[i])
			continue
		}
		v := make([]float64, n.Size())
		rng.Uniform(v, rng.Key(uint64(i), 11), 0)
		for k := range v {
			v[k] = .05 + .9*v[k] // where logarithms and roots are smooth
		}
		p.Set(n, v)
	}
	if err := p.Run(); err != nil {
		return 0, err
	}
	at := seen{op: op, types: s.types, out: []graph.Tensor{p.Value(y[0])}}
	for _, n := range in {
		at.in = append(at.in, p.Value(n))
	}
	d := p.Value(grads[operand])
	if alongRows(rule) {
		return rowsAgree(rule, rule.Grads[operand], at, p.Value(dy[0]), d)
	}
	got, err := handedBack(rule, at, p.Value(dy[0]), operand)
	if err != nil {
		return 0, err
	}
	for k, v := range got {
		if !alikeTo(v, d.At(k), tolerance(op)) {
			return k, fmt.Errorf("the gradient of element %d is %v, the formula gives %v", k, d.At(k), v)
		}
	}
	return len(got), nil
}

// handsBack reports whether a gradient can be computed term by term.
func handsBack(rule formula.Rule) bool {
	e := rule.Element
	switch e.Kind {
	case formula.Product, formula.Convolution, formula.Rearrangement, formula.Lookup:
		return e.Form != "split"
	case formula.Elementwise, formula.Reduction:
		return !slices.Contains(withoutValue, rule.Op) && e.Form != "channel"
	case formula.Window:
		return e.Fold != formula.Max
	}
	return false
}

// handedBack adds what each term of each element of the result hands to an operand. Where the result is linear in each
// operand, that is dy times the rest of the term; else it is the gradient of the rule.
func handedBack(rule formula.Rule, s seen, dy graph.Tensor, operand int) ([]float64, error) {
	shapes, _ := shapesOf(s)
	sum := make([]float64, s.in[operand].Shape.Size())
	for place := range s.out[0].Shape.Size() {
		terms := rule.Element.Terms(shapes, 0, place)
		if terms == nil && rule.Element.Kind == formula.Window {
			return nil, nil // a window that is too large to be listed
		}
		for _, t := range terms {
			at := t.Places[operand]
			if at < 0 {
				continue
			}
			v, err := contribution(rule, s, t, place, operand, dy)
			if err != nil {
				return nil, err
			}
			sum[at] += v
		}
	}
	return sum, nil
}

func contribution(rule formula.Rule, s seen, t formula.Term, place, operand int, dy graph.Tensor) (float64, error) {
	_, value := shapesOf(s)
	switch rule.Element.Kind {
	case formula.Elementwise, formula.Reduction:
		k := min(operand, len(rule.Grads)-1)
		if rule.Grads[k].IsZero() {
			return 0, nil
		}
		values := map[string]float64{"y": s.out[0].At(place), "dy": dy.At(place)}
		for i, at := range t.Places {
			if at >= 0 {
				values["x"+strconv.Itoa(min(i, len(rule.Operands)-1))] = value(i, at)
			}
		}
		values["n"] = float64(rule.Element.N(s.in[0].Shape))
		return rule.Value(rule.Grads[k], values)
	}
	v := dy.At(place) * t.Weight
	for i, at := range t.Places {
		if i != operand && at >= 0 && s.types[i].DType.IsFloat() {
			v *= value(i, at)
		}
	}
	return v, nil
}

// TestFormulasFail is the negative control: each of these slips is found.
func TestFormulasFail(t *testing.T) {
	wrong := func(from, to string) formula.Rule { // the rule of an op for another one
		rule, _ := formula.Of(from)
		other, _ := formula.Of(to)
		rule.Element, rule.Forward, rule.Grads = other.Element, other.Forward, other.Grads
		return rule
	}
	find := func(text string) seen {
		for _, s := range everySeen(t) {
			if s.op.String() == text {
				return s
			}
		}
		t.Fatalf("no case has the op %s", text)
		return seen{}
	}
	for _, c := range []struct{ name, op, like string }{
		{"another function", "add", "sub"},
		{"a product that is transposed", "matmul", "matmul bᵀ"},
		{"another stride", "conv2d pad=1", "conv2d stride=2 pad=1"},
		{"a sum for a mean", "mean axes=[0 1]", "sum axes=[0 1]"},
	} {
		if _, err := agrees(wrong(c.op, c.like), find(c.op)); err == nil {
			t.Errorf("%s: the formula of %s passes for %s", c.name, c.like, c.op)
		}
	}
	rule, _ := formula.Of("mul")
	rule.Grads[0], rule.Grads[1] = rule.Grads[1], rule.Grads[0]
	if _, err := gradientAgrees(rule, find("mul"), 0); err == nil {
		t.Error("a gradient with the wrong factor passes")
	}
	rule, _ = formula.Of("relu")
	rule.Grads[0] = formula.Formula{}
	if _, err := gradientAgrees(rule, find("relu"), 0); err == nil {
		t.Error("a gradient that is left out passes")
	}
	if _, ok := formula.Of(unlisted{}.String()); ok {
		t.Error("an op that is in no table has a formula")
	}
	rule, _ = formula.Of("add")
	if operandsFit(rule, find("where")) == nil {
		t.Error("an op of three operands passes for one of two")
	}
}

// alongRows reports whether a formula is one of whole rows: softmax and normalisations.
func alongRows(rule formula.Rule) bool {
	name := strings.TrimPrefix(rule.Op, "∂")
	rows := strings.HasSuffix(name, "softmax") || strings.HasSuffix(name, "norm")
	return rows && rule.Element.Kind == formula.Along
}

// rowsAgree computes a formula row by row, and compares it with what has the shape of the first operand. dy is given
// for gradients.
func rowsAgree(rule formula.Rule, f formula.Formula, s seen, dy, want graph.Tensor) (int, error) {
	shapes, _ := shapesOf(s)
	whole := want.Shape.Size()
	done := make([]bool, whole)
	for first := range whole {
		if done[first] {
			continue
		}
		var row []int
		for _, t := range rule.Element.Terms(shapes, 0, first) {
			row = append(row, t.Places[0])
		}
		values := map[string][]float64{}
		for k, x := range s.in {
			if x.DType.IsFloat() {
				channels := len(s.in[0].Shape) > 1 && !strings.Contains(rule.Op, "layernorm")
				values["x"+strconv.Itoa(k)] = alongRow(x, row, want.Shape, channels)
			}
		}
		if dy.Shape.Size() == whole && dy.F64 != nil {
			values["dy"] = alongRow(dy, row, want.Shape, false)
		}
		if !strings.Contains(rule.Op, "norm") { // statistics are computed from the row
			values["y"] = alongRow(s.out[0], row, want.Shape, false)
		}
		got, err := rule.Row(f, values)
		if err != nil {
			return 0, err
		}
		for i, place := range row {
			done[place] = true
			v := got[min(i, len(got)-1)]
			if math.IsNaN(v) && rule.Op == "softmax" { // e^x is infinite, where the op takes the largest x away first
				continue
			}
			if !alikeTo(v, want.At(place), 1e-10) {
				return place, fmt.Errorf("element %d is %v, the formula of its row gives %v", place, want.At(place), v)
			}
		}
	}
	return whole, nil
}

// alongRow are the elements of a tensor that belong to the places of a row of a larger one: the same ones, those of
// the channels, of the last axes, or the one of the row.
func alongRow(x graph.Tensor, row []int, shape graph.Shape, channels bool) []float64 {
	n, total := x.Shape.Size(), shape.Size()
	v := make([]float64, len(row))
	for i, place := range row {
		switch {
		case n == total:
			v[i] = x.At(place)
		case channels && len(x.Shape) == 1 && n == shape[1]:
			v[i] = x.At(place / shape[2:].Size() % n)
		case n*len(row) == total && !channels || channels && len(x.Shape) > 1:
			v[i] = x.At(place / len(row))
		default:
			v[i] = x.At(place % n)
		}
	}
	return v
}

// TestFormulasOfCrossEntropy holds the formulas of the loss of one row, and of the gradient of its scores, to the op.
func TestFormulasOfCrossEntropy(t *testing.T) {
	rows := 0
	for _, s := range everySeen(t) {
		if o, ok := s.op.(crossEntropyGrad); ok {
			n, err := crossEntropyAgrees(o, s)
			if err != nil {
				t.Errorf("%v %v: %v", o, s.types, err)
			}
			rows += n
		}
	}
	if rows < 20 {
		t.Errorf("%d rows were compared", rows)
	}
}

// crossEntropyAgrees computes the rows of a gradient, of which it returns the number, and the logarithms of sums.
func crossEntropyAgrees(o crossEntropyGrad, s seen) (int, error) {
	rule, _ := formula.Applied(o.String(), len(s.in))
	classes, inner := s.types[0].Shape[1], s.types[0].Shape[2:].Size()
	var total float64 // of the mean
	for _, target := range s.in[1].I64 {
		if target != o.of.ignore && target != IgnoreIndex {
			total += classWeight(s, target)
		}
	}
	j := make([]float64, classes)
	for k := range j {
		j[k] = float64(k)
	}
	for i, target := range s.in[1].I64 {
		if target == o.of.ignore || target == IgnoreIndex {
			continue
		}
		place := func(k int) int { return (i/inner*classes+k)*inner + i%inner }
		values := map[string][]float64{"j": j, "x1": {float64(target)}, "n": {total}, "C": {float64(classes)},
			"x2": {s.in[2].At(i)}, "x3": {s.in[3].At(min(i, s.in[3].Shape.Size()-1))}}
		for k := range classes {
			values["x0"] = append(values["x0"], s.in[0].At(place(k)))
			if o.of.smoothing != 0 {
				values["x4"] = append(values["x4"], classWeight(s, int64(k)))
			}
		}
		if o.of.smoothing == 0 { // w[t]
			values["x4"] = []float64{classWeight(s, target)}
		}
		got, err := rule.Row(rule.Forward[0], values)
		if err != nil {
			return 0, err
		}
		for k, v := range got {
			if want := s.out[0].At(place(k)); !alikeTo(v, want, 1e-10) {
				return 0, fmt.Errorf("row %d, class %d: the gradient is %v, the formula gives %v", i, k, want, v)
			}
		}
	}
	return len(s.in[1].I64), nil
}

// classWeight is the weight of a class, 1 where there are none.
func classWeight(s seen, class int64) float64 {
	if len(s.in) < 5 {
		return 1
	}
	return s.in[4].At(int(class))
}
