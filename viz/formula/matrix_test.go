package formula

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/ops"
)

// matrix is the value of a formula of matrices. Vectors are columns.
type matrix struct {
	rows, cols int
	v          []float64
}

func zeros(rows, cols int) matrix { return matrix{rows, cols, make([]float64, rows*cols)} }

func scalar(v float64) matrix { return matrix{1, 1, []float64{v}} }

// sequences computes the formulas of a layer step by step. A name has a value for each step, from 0 to T+1, or one for
// all.
type sequences struct {
	t, last int
	each    map[string][]matrix
	all     map[string]matrix
	rows    [2]int // of weights and biases that count, both 0 for all
}

// at is the value of a name in a step, 0 outside of the sequence.
func (s *sequences) at(name string, t int) (matrix, bool) {
	if m, ok := s.all[name]; ok {
		if weights := strings.HasSuffix(name, "_ih") || strings.HasSuffix(name, "_hh"); weights && s.rows[1] > 0 {
			return matrix{s.rows[1] - s.rows[0], m.cols, m.v[s.rows[0]*m.cols : s.rows[1]*m.cols]}, true
		}
		return m, true
	}
	list, ok := s.each[name]
	if !ok || list[t].v == nil {
		return scalar(0), ok
	}
	return list[t], true
}

// value computes a formula in the present step.
func (s *sequences) value(n *node) (matrix, error) {
	if m, ok := s.named(n); ok {
		return m, nil
	}
	switch n.kind {
	case numberNode:
		v, err := number(n.text)
		return scalar(v), err
	case groupNode:
		if n.text == "[]" { // 1 where a condition is true
			return scalar(map[bool]float64{true: 1}[s.t == s.step(n.args[0].args[1])]), nil
		}
		return s.value(n.args[0])
	case minusNode:
		m, err := s.value(n.args[0])
		return product(scalar(-1), m), err
	case powerNode:
		return s.power(n)
	case callNode:
		argument := n.args[1]
		if argument.kind == listNode { // max(x, 0)
			argument = argument.args[0]
		}
		m, err := s.value(argument)
		return function(n.args[0].plain(), m), err
	case fractionNode:
		m, err := s.value(n.args[0])
		if err != nil {
			return m, err
		}
		d, err := s.value(n.args[1])
		return product(m, scalar(1/d.v[0])), err
	case rootNode:
		m, err := s.value(n.args[0])
		return scalar(math.Sqrt(m.v[0])), err
	case bigNode:
		return s.big(n)
	case listNode:
		return s.stacked(n)
	case casesNode: // of a rectifier
		m, err := s.value(n.args[0])
		h, _ := s.at("h", s.t)
		return each(m, h, func(a, h float64) float64 {
			if h > 0 {
				return a
			}
			return 0
		}), err
	case chainNode:
		return s.chain(n)
	}
	return matrix{}, noValue(n)
}

// named is the value of a name: x_t, h_{t-1}, W_ih, δ_z, or f, which is that of the present step.
func (s *sequences) named(n *node) (matrix, bool) {
	if name := strings.ReplaceAll(spelled(n), "′", ""); name != "" {
		if m, ok := s.at(name, s.t); ok {
			return m, true
		}
	}
	if n.kind == indexNode {
		return s.at(spelled(n.args[0]), s.step(n.args[1]))
	}
	return matrix{}, false
}

// spelled is a name with its index, where that is a name or a number, as it was before it was bound.
func spelled(n *node) string {
	if n.kind == indexNode && n.args[1].plain() == "t" {
		return ""
	}
	return n.plain()
}

// step is the step that an index means: t, t+1, 1, T.
func (s *sequences) step(n *node) int {
	switch {
	case n.kind == numberNode:
		return int(n.text[0] - '0')
	case n.plain() == "T":
		return s.last
	case n.kind == chainNode && n.ops[0] == "+":
		return s.t + 1
	case n.kind == chainNode:
		return s.t - 1
	}
	return s.t
}

func (s *sequences) power(n *node) (matrix, error) {
	m, err := s.value(n.args[0])
	if n.args[1].plain() == "T" {
		y := zeros(m.cols, m.rows)
		for i, v := range m.v {
			y.v[i%m.cols*m.rows+i/m.cols] = v
		}
		return y, err
	}
	return each(m, m, func(a, b float64) float64 { return a * b }), err
}

// big is a sum over all steps, or over the rows of a matrix.
func (s *sequences) big(n *node) (matrix, error) {
	if n.args[1].plain() == "j" {
		m, err := s.value(n.args[0])
		y := zeros(m.rows, 1)
		for i, v := range m.v {
			y.v[i/m.cols] += v
		}
		return y, err
	}
	sum := scalar(0)
	defer func(t int) { s.t = t }(s.t)
	for s.t = 1; s.t <= s.last; s.t++ {
		m, err := s.value(n.args[0])
		if err != nil {
			return m, err
		}
		sum = each(sum, m, func(a, b float64) float64 { return a + b })
	}
	return sum, nil
}

// stacked puts the parts of a list below each other.
func (s *sequences) stacked(n *node) (matrix, error) {
	var y matrix
	for _, a := range n.args {
		m, err := s.value(a)
		if err != nil {
			return m, err
		}
		y = matrix{y.rows + m.rows, m.cols, append(slices.Clip(y.v), m.v...)}
	}
	return y, nil
}

func (s *sequences) chain(n *node) (matrix, error) {
	y, err := s.value(n.args[0])
	if err != nil {
		return y, err
	}
	for i, op := range n.ops {
		m, err := s.value(n.args[i+1])
		if err != nil {
			return y, err
		}
		switch op {
		case "+":
			y = each(y, m, func(a, b float64) float64 { return a + b })
		case "-":
			y = each(y, m, func(a, b float64) float64 { return a - b })
		case "⊙":
			y = each(y, m, func(a, b float64) float64 { return a * b })
		default:
			y = product(y, m)
		}
	}
	return y, nil
}

// each applies f element by element. A single number, and a column, are repeated.
func each(a, b matrix, f func(a, b float64) float64) matrix {
	y := zeros(max(a.rows, b.rows), max(a.cols, b.cols))
	pick := func(m matrix, i, j int) float64 { return m.v[min(i, m.rows-1)*m.cols+min(j, m.cols-1)] }
	for i := range y.rows {
		for j := range y.cols {
			y.v[i*y.cols+j] = f(pick(a, i, j), pick(b, i, j))
		}
	}
	return y
}

func product(a, b matrix) matrix {
	if len(b.v) == 1 && b.v[0] == 0 { // what comes before the first step, or after the last
		return b
	}
	if len(a.v) == 1 || len(b.v) == 1 {
		return each(a, b, func(a, b float64) float64 { return a * b })
	}
	y := zeros(a.rows, b.cols)
	for i := range a.rows {
		for j := range b.cols {
			for k := range a.cols {
				y.v[i*b.cols+j] += a.v[i*a.cols+k] * b.v[k*b.cols+j]
			}
		}
	}
	return y
}

func function(name string, m matrix) matrix {
	if name == "softmax" { // of each row
		e := each(m, m, func(a, _ float64) float64 { return math.Exp(a) })
		for i := range e.rows {
			row, sum := e.v[i*e.cols:(i+1)*e.cols], 0.
			for _, v := range row {
				sum += v
			}
			for j := range row {
				row[j] /= sum
			}
		}
		return e
	}
	f := known[name]
	if name == "max" {
		f = func(x float64) float64 { return max(x, 0) }
	}
	return each(m, m, func(a, _ float64) float64 { return f(a) })
}

// define gives the names on the left of a formula their values in the present step.
func (s *sequences) define(left *node, m matrix) {
	if left.kind == groupNode {
		names := left.args[0].args
		n := m.rows / len(names)
		for i, name := range names {
			s.define(name, matrix{n, m.cols, m.v[i*n*m.cols : (i+1)*n*m.cols]})
		}
		return
	}
	name := spelled(left)
	if name == "" {
		name = left.args[0].plain()
	}
	if s.each[name] == nil {
		s.each[name] = make([]matrix, s.last+2)
	}
	s.each[name][s.t] = m
}

// formulas computes formulas in the present step, one after the other.
func (s *sequences) formulas(list []Formula) error {
	for _, f := range list {
		sides := f.root.sides()
		m, err := s.value(sides[1])
		if err != nil {
			return fmt.Errorf("%s: %w", f.LaTeX(), err)
		}
		s.define(sides[0], m)
	}
	return nil
}

const steps, features, units = 3, 2, 2

// recurrence is a layer to hold formulas to.
type recurrence struct {
	op    string
	gates int
	apply func(x graph.Node, r ops.Recurrence) []graph.Node
}

var recurrences = []recurrence{
	{"rnn", 1, func(x graph.Node, r ops.Recurrence) []graph.Node { y, h := ops.RNN(x, r); return []graph.Node{y, h} }},
	{"rnn-relu", 1, func(x graph.Node, r ops.Recurrence) []graph.Node {
		y, h := ops.RNNReLU(x, r)
		return []graph.Node{y, h}
	}},
	{"gru", 3, func(x graph.Node, r ops.Recurrence) []graph.Node { y, h := ops.GRU(x, r); return []graph.Node{y, h} }},
	{"lstm", 4, func(x graph.Node, r ops.Recurrence) []graph.Node {
		y, h, c := ops.LSTM(x, r)
		return []graph.Node{y, h, c}
	}},
}

// TestRecurrent holds the formulas of recurrent layers to the ops: states, and the gradient of each operand.
func TestRecurrent(t *testing.T) {
	for _, c := range recurrences {
		t.Run(c.op, func(t *testing.T) {
			rule, _ := Of(c.op)
			worst, err := c.compare(rule)
			if err != nil || !(worst < 1e-12) {
				t.Errorf("the formulas differ from the op by %g, %v", worst, err)
			}
		})
	}
	rule, _ := Of("gru") // a test that always passes tells nothing: the gradient of the weights of a GRU with δ for γ
	rule.Grads[2] = rule.Grads[1]
	rule.Grads[4] = rule.Grads[3]
	if worst, err := recurrences[2].compare(rule); err != nil || worst < 1e-3 {
		t.Errorf("the gradient of a bias that forgets the reset gate passes: %g, %v", worst, err)
	}
}

// compare is the largest difference between the formulas and the op, over its states and gradients.
func (c recurrence) compare(rule Rule) (float64, error) {
	g := &graph.Graph{DType: graph.Float64}
	rows := c.gates * units
	in := []graph.Node{g.Input("x", 1, steps, features), g.Input("W_ih", rows, features), g.Input("W_hh", rows, units),
		g.Input("b_ih", rows), g.Input("b_hh", rows), g.Input("h_0", 1, units)}
	r := ops.Recurrence{WIH: in[1], WHH: in[2], BIH: in[3], BHH: in[4], H0: in[5]}
	if c.op == "lstm" {
		in = append(in, g.Input("c_0", 1, units))
		r.C0 = in[6]
	}
	out := c.apply(in[0], r)
	p, values, ups, err := differentiated(in, out)
	if err != nil {
		return 0, err
	}
	s := &sequences{last: steps, each: map[string][]matrix{}, all: map[string]matrix{}}
	for _, n := range in[1:5] {
		s.all[n.Name()] = matrix{rows, n.Size() / rows, values[n].v}
	}
	s.define(nameOf("h"), values[in[5]])
	if c.op == "lstm" {
		s.define(nameOf("c"), values[in[6]])
		s.all["dc"] = values[ups[2]]
	}
	s.all["dh"] = values[ups[1]]
	for s.t = 1; s.t <= steps; s.t++ {
		part := func(m matrix) matrix { n := m.rows / steps; return matrix{n, 1, m.v[(s.t-1)*n : s.t*n]} }
		s.define(nameOf("x"), part(values[in[0]]))
		s.define(nameOf("dy"), part(values[ups[0]]))
		if err := s.forward(rule); err != nil {
			return 0, err
		}
	}
	for _, name := range []string{"δ", "γ", "ε"} { // nothing comes back from behind the end
		s.each[name] = make([]matrix, steps+2)
	}
	for s.t = steps; s.t >= 1; s.t-- {
		if err := s.formulas(rule.WhereBack); err != nil {
			return 0, err
		}
	}
	worst := 0.
	for k, want := range p.Value(out[0]).F64 {
		worst = max(worst, math.Abs(s.each["y"][1+k/units].v[k%units]-want))
	}
	for i, d := range p.grads {
		got, err := s.gradient(rule.Grads[i], i == 0)
		if err != nil {
			return 0, err
		}
		for k, want := range p.Value(d).F64 {
			worst = max(worst, math.Abs(got[min(k, len(got)-1)]-want))
		}
	}
	return worst, nil
}

// ran is a program that has run, with what was differentiated.
type ran struct {
	*graph.Program
	grads []graph.Node
}

// differentiated runs a graph with gradients of the sum of its results times random numbers, ups, which are their
// gradients.
func differentiated(in, out []graph.Node) (p ran, values map[graph.Node]matrix, ups []graph.Node, err error) {
	var loss graph.Node
	for i, y := range out {
		ups = append(ups, y.Graph().Input(fmt.Sprint("up", i), y.Shape()...))
		if term := ops.Sum(ops.Mul(y, ups[i])); i == 0 {
			loss = term
		} else {
			loss = ops.Add(loss, term)
		}
	}
	grads := graph.Gradients(loss, in...)
	prog, err := loss.Graph().Compile(slices.Concat(grads, out)...)
	if err != nil {
		return ran{}, nil, nil, err
	}
	values = map[graph.Node]matrix{}
	for i, n := range append(slices.Clip(in), ups...) {
		v := make([]float64, n.Size())
		rng.Uniform(v, rng.Key(uint64(i), 5), 0)
		for k := range v {
			v[k] = 2*v[k] - 1
		}
		prog.Set(n, v)
		values[n] = matrix{n.Size(), 1, v}
	}
	return ran{prog, grads}, values, ups, prog.Run()
}

// forward computes a step. The gates of a GRU have rows of the weights of their own.
func (s *sequences) forward(rule Rule) error {
	for _, f := range rule.Forward {
		s.rows = [2]int{}
		left := f.root.sides()[0]
		switch {
		case rule.Op == "gru" && left.kind == groupNode:
			s.rows = [2]int{0, 2 * units}
		case rule.Op == "gru":
			s.rows = [2]int{2 * units, 3 * units}
		}
		if err := s.formulas([]Formula{f}); err != nil {
			return err
		}
		if rule.Op == "lstm" && left.letter() == "a" {
			gates, err := Parse("(a_i, a_f, a_g, a_o)")
			if err != nil {
				return err
			}
			s.define(gates.root, s.each["a"][s.t])
		}
	}
	s.rows = [2]int{}
	return nil
}

// gradient is the value of a gradient, of x for all steps.
func (s *sequences) gradient(f Formula, sequence bool) ([]float64, error) {
	right := f.root.sides()[1]
	if !sequence {
		m, err := s.value(right)
		return m.v, err
	}
	var all []float64
	for s.t = 1; s.t <= s.last; s.t++ {
		m, err := s.value(right)
		if err != nil {
			return nil, err
		}
		all = append(all, m.v...)
	}
	return all, nil
}

// TestAttention holds the formulas of attention to the op: its result, and the gradients of queries, keys and values.
func TestAttention(t *testing.T) {
	g := &graph.Graph{DType: graph.Float64}
	const queries, keys, width = 2, 3, 4
	in := []graph.Node{g.Input("q", queries, width), g.Input("k", keys, width), g.Input("v", keys, width)}
	y := ops.Attention(in[0], in[1], in[2], ops.AttentionOptions{})
	p, values, ups, err := differentiated(in, []graph.Node{y})
	if err != nil {
		t.Fatal(err)
	}
	s := &sequences{each: map[string][]matrix{}, all: map[string]matrix{"d": scalar(width)}}
	for _, n := range in {
		s.all[n.Name()] = matrix{n.Dim(0), width, values[n].v}
	}
	s.all["dy"] = matrix{queries, width, values[ups[0]].v}
	rule, _ := Applied("attention", 3)
	if err := s.formulas(slices.Concat(rule.Where, rule.Forward, rule.WhereBack)); err != nil {
		t.Fatal(err)
	}
	got := [][]float64{s.each["y"][0].v}
	want := []graph.Node{y}
	for i, d := range p.grads {
		m, err := s.value(rule.Grads[i].root.sides()[1])
		if err != nil {
			t.Fatal(err)
		}
		got, want = append(got, m.v), append(want, d)
	}
	for i, n := range want {
		for k, v := range p.Value(n).F64 {
			if math.Abs(got[i][k]-v) > 1e-12 {
				t.Errorf("value %d, element %d is %v, the formula gives %v", i, k, v, got[i][k])
			}
		}
	}
}
