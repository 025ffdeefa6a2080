// This file holds the steps of the reverse pass, the forks where gradients meet, and the local derivatives of ops that
// work element by element.

package trace

import (
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/graph"
)

// pass is one reverse pass: the gradient of each node that has one, and which loss it is of.
type pass struct {
	loss  int
	total map[int]int // by node: the node that is its gradient
	order []int       // the nodes of total, as they were reached
}

// local is the derivative of an op by one of its operands, where that is a number for each element.
type local struct {
	step int
	prog *graph.Program
	in   []graph.Node
	from []int // the operands, by node of the run
	d    graph.Node
}

// relate fills in how nodes belong together: by steps, forks, Of and GradOf.
func (r *Recorder) relate(g *graph.Graph) {
	for n, i := range r.index {
		node := &r.run.Nodes[i]
		if of := n.Of(); of.Valid() {
			node.Of = r.Node(of)
		}
		if of := n.GradOf(); of.Valid() {
			node.GradOf = r.Node(of)
		}
	}
	r.readSteps(g)
	r.nameLosses()
	if l := r.Node(r.opt.Loss); r.opt.Loss.Valid() && l >= 0 {
		r.run.Loss = l
	} else if n := len(r.passes); n > 0 {
		r.run.Loss = r.passes[n-1].loss
	} else if out := r.prog.Outputs(); len(out) > 0 && out[0].DType().IsFloat() && out[0].Size() == 1 {
		r.run.Loss = r.Node(out[0])
	}
	for _, p := range r.passes {
		for _, n := range p.order {
			if grad := &r.run.Nodes[p.total[n]]; grad.GradOf < 0 {
				grad.GradOf = n
			}
		}
	}
	r.findLocals(g)
}

// receiver is what contributions belong together by.
type receiver struct {
	pass int
	node graph.Node
}

// readSteps reads the contributions that the program computes.
func (r *Recorder) readSteps(g *graph.Graph) {
	all := map[receiver][]graph.Contribution{}
	steps := map[receiver][]int{}
	var order []receiver
	var calls []int // of Gradients, by step
	for _, c := range g.Contributions() {
		to := receiver{c.Pass, c.Of.Inputs()[c.Operand]}
		if all[to] == nil {
			order = append(order, to)
		}
		all[to] = append(all[to], c)
		if of, d := r.Node(c.Of), r.Node(c.D); of >= 0 && d >= 0 {
			steps[to] = append(steps[to], len(r.run.Steps))
			r.run.Steps = append(r.run.Steps, Step{Of: of, Operand: c.Operand, D: d, Up: -1, Local: -1,
				Loss: r.lossPlace(c.Loss)})
			calls = append(calls, c.Pass)
		}
	}
	sums := sumsOf(g)
	byPass := map[int]int{}
	for _, to := range order {
		n, loss := r.Node(to.node), r.Node(all[to][0].Loss)
		if len(steps[to]) < len(all[to]) {
			continue
		}
		total := r.run.Steps[steps[to][0]].D
		if len(all[to]) > 1 {
			if total = r.Node(sums[termsOf(all[to])]); total < 0 {
				continue
			}
		}
		of := r.lossPlace(all[to][0].Loss)
		r.gradientOf(total, of)
		if n < 0 || loss < 0 {
			continue
		}
		if len(all[to]) > 1 {
			r.run.Forks = append(r.run.Forks, Fork{Node: n, Sum: total, Steps: steps[to], Loss: of})
		}
		k, ok := byPass[to.pass]
		if !ok {
			k = len(r.passes)
			byPass[to.pass] = k
			r.passes = append(r.passes, pass{loss: loss, total: map[int]int{}})
			r.seed(&r.passes[k], all[to][0].Loss)
			if one, ok := r.passes[k].total[loss]; ok {
				r.gradientOf(one, of)
			}
		}
		r.passes[k].total[n] = total
		r.passes[k].order = append(r.passes[k].order, n)
	}
	for i := range r.run.Steps {
		s := &r.run.Steps[i]
		if k, ok := byPass[calls[i]]; ok {
			if up, ok := r.passes[k].total[s.Of]; ok {
				s.Up = up
			}
		}
	}
}

// lossPlace is the place of a loss in Run.Losses, which has it from now on.
func (r *Recorder) lossPlace(loss graph.Node) int {
	if i := slices.Index(r.losses, loss); i >= 0 {
		return i
	}
	r.losses = append(r.losses, loss)
	return len(r.losses) - 1
}

// gradientOf notes which loss node n is a gradient of: the first, if a node is that of several.
func (r *Recorder) gradientOf(n, loss int) {
	if _, known := r.gradLoss[n]; !known {
		r.gradLoss[n] = loss
	}
}

// nameLosses fills in Losses, if there are several.
func (r *Recorder) nameLosses() {
	if len(r.losses) < 2 {
		return
	}
	for _, loss := range r.losses {
		r.run.Losses = append(r.run.Losses, r.Node(loss))
	}
	for n, loss := range r.gradLoss {
		r.run.Nodes[n].GradLoss = loss
	}
}

// seed gives the loss its own gradient, the constant 1 that its rule was given.
func (r *Recorder) seed(p *pass, loss graph.Node) {
	for n, i := range r.index {
		if n.Kind() == graph.KindConst && n.Name() == "const 1" && n.Of() == loss && n.Size() == 1 {
			if at, ok := p.total[p.loss]; !ok || i < at {
				p.total[p.loss] = i
			}
		}
	}
	if _, ok := p.total[p.loss]; ok {
		p.order = append(p.order, p.loss)
	}
}

// sumsOf are the sums of a graph by their terms.
func sumsOf(g *graph.Graph) map[string]graph.Node {
	sums := map[string]graph.Node{}
	for _, n := range g.Nodes() {
		if n.Op() != nil && n.Name() == "accumulate" {
			key := ""
			for _, in := range n.Inputs() {
				key += fmt.Sprint(in.ID(), " ")
			}
			sums[key] = n
		}
	}
	return sums
}

func termsOf(all []graph.Contribution) (key string) {
	for _, c := range all {
		key += fmt.Sprint(c.D.ID(), " ")
	}
	return key
}

// findLocals finds the steps whose op works element by element, and what computes their local derivatives.
func (r *Recorder) findLocals(g *graph.Graph) {
	byIndex := make([]graph.Node, len(r.run.Nodes))
	for n, i := range r.index {
		byIndex[i] = n
	}
	for i, s := range r.run.Steps {
		if s.Up < 0 || !elementwise(byIndex[s.Of], s.Operand) {
			continue
		}
		if l, ok := newLocal(g, byIndex[s.Of], s.Operand); ok {
			l.step, l.from = i, r.run.Nodes[s.Of].Operands
			r.run.Steps[i].Local = len(r.run.Nodes) + len(r.locals)
			r.locals = append(r.locals, l)
		}
	}
}

// elementwise reports an op that makes each element of its result of those at the same place, and an operand that is
// as large as the result.
func elementwise(y graph.Node, operand int) bool {
	x := y.Inputs()[operand]
	if len(y.Results()) > 1 || !x.Type().Equal(y.Type()) || !x.DType().IsFloat() {
		return false
	}
	_, pointwise := y.Op().(graph.Pointwise)
	role, _ := graph.RoleOf(y)
	return pointwise || role == graph.RoleActivation || role == graph.RoleElementwise
}

// newLocal asks the gradient rule of the op for its derivative where the gradient of the result is 1 in all elements,
// in a graph of its own.
func newLocal(g *graph.Graph, y graph.Node, operand int) (l local, ok bool) {
	defer func() {
		if recover() != nil { // an op of a user
			ok = false
		}
	}()
	own := &graph.Graph{Mode: g.Mode, Seed: g.Seed, DType: y.DType()}
	for k, n := range y.Inputs() {
		name := fmt.Sprintf("operand%d", k)
		switch n.DType() {
		case own.DType:
			l.in = append(l.in, own.Input(name, n.Shape()...))
		case graph.Int64:
			l.in = append(l.in, own.Indices(name, n.Shape()...))
		default:
			return l, false
		}
	}
	want := make([]bool, len(l.in))
	want[operand] = true
	out := graph.ApplyAll(y.Op(), l.in...)
	d := y.Op().Grad(out, []graph.Node{own.Full(1, y.Shape()...)}, l.in, want)
	if operand >= len(d) || !d[operand].Valid() || !d[operand].Type().Equal(y.Type()) {
		return l, false
	}
	l.d = d[operand]
	var err error
	l.prog, err = own.CompileWith(graph.CompileOptions{NoFuse: true}, l.d)
	return l, err == nil
}

// addLocals computes the local derivatives. One that is none, since the contribution is not the gradient times it, is
// dropped before the first state is kept.
func (r *Recorder) addLocals(s *state) error {
	var kept []local
	for _, l := range r.locals {
		v, err := l.value(s.values)
		if err != nil {
			return err
		}
		step := &r.run.Steps[l.step]
		if len(r.states) == 0 {
			if !isProduct(s.values[step.D], s.values[step.Up], v) {
				step.Local = -1
				continue
			}
			step.Local = len(r.run.Nodes) + len(kept)
		}
		kept = append(kept, l)
		s.values = append(s.values, v)
	}
	r.locals = kept
	return nil
}

// value computes the derivative where the operands are known.
func (l local) value(values []graph.Tensor) (graph.Tensor, error) {
	for k, i := range l.from {
		if !has(values[i]) {
			return graph.Tensor{}, nil
		}
		l.prog.Set(l.in[k], values[i])
	}
	if err := l.prog.Run(); err != nil {
		return graph.Tensor{}, err
	}
	return l.prog.Value(l.d).Clone(), nil
}

// has reports a tensor with memory.
func has(t graph.Tensor) bool { return t.F32 != nil || t.F64 != nil || t.I64 != nil }

// isProduct reports whether d = up·v, as far as these are known and finite.
func isProduct(d, up, v graph.Tensor) bool {
	if !has(d) || !has(up) || !has(v) {
		return true
	}
	tolerance := 1e-12
	if d.DType == graph.Float32 {
		tolerance = 1e-5
	}
	for i := range d.Shape.Size() {
		a, b := d.At(i), up.At(i)*v.At(i)
		if math.Abs(a-b) > tolerance*max(1e-30, math.Abs(a), math.Abs(b)) && !math.IsInf(b, 0) {
			return false
		}
	}
	return true
}
