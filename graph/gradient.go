// This file holds Gradients: reverse-mode differentiation, which adds nodes to the graph.

package graph

import "fmt"

// Gradients adds the gradient of a scalar loss with respect to each of the given nodes and returns the gradients in
// order. The gradient of a node that the loss does not depend on is a constant of zeros, which the graph shows. If an
// op between the node and the loss has no derivative rule, this is an error of the graph that names the op, and never
// a zero.
//
// The gradients depend on the graph alone, and no call changes the gradients of another: call Gradients again for a
// second loss in the same graph, or for the gradient of a gradient.
func Gradients(loss Node, wrt ...Node) []Node {
	if loss.v == nil {
		panic("graph.Gradients: the loss is the zero Node")
	}
	g := loss.v.g
	if loss.v.bad {
		return g.invalidCopies(len(wrt))
	}
	if loss.Size() != 1 || !loss.v.t.DType.IsFloat() {
		g.fail("gradients", []Node{loss},
			fmt.Errorf("the loss is %v, want a float scalar; reduce it with a sum or mean", loss.v.t))
		return g.invalidCopies(len(wrt))
	}
	for i, n := range wrt {
		switch {
		case n.v == nil:
			g.fail("gradients", nil, fmt.Errorf("node %d is the zero Node", i))
			return g.invalidCopies(len(wrt))
		case n.v.bad:
			return g.invalidCopies(len(wrt))
		case n.v.g != g:
			g.fail("gradients", nil, errOtherGraph)
			return g.invalidCopies(len(wrt))
		case !n.v.t.DType.IsFloat():
			g.fail("gradients", nil, fmt.Errorf("node %d, %s, is %v: integers have no gradient", i, n.Name(), n.v.t))
			return g.invalidCopies(len(wrt))
		}
	}
	g.losses = append(g.losses, loss)
	p := newPullback(g, loss, wrt)
	defer p.enter()()
	return p.run(loss, wrt)
}

// Contribution is one step of a backward pass: the op that computes Of gives D as its contribution to the gradient of
// its operand number Operand. D may be a node that was made for another op: an addition passes on the gradient of its
// result.
type Contribution struct {
	Of      Node
	Operand int
	D       Node
	Pass    int  // the call of [Gradients], from 0
	Loss    Node // the loss of that call
}

// Contributions returns the steps of all calls of [Gradients] on g, in order. Each stands for an edge of the forward
// graph along which a gradient flows back; a drawing needs them.
func (g *Graph) Contributions() []Contribution { return g.must("Contributions").steps }

func (g *Graph) invalidCopies(n int) []Node {
	out := make([]Node, n)
	for i := range out {
		out[i] = Node{&value{g: g, bad: true, id: -1}}
	}
	return out
}

// pullback is one backward pass.
type pullback struct {
	g     *Graph
	loss  Node
	last  int      // number of the loss: the loss does not depend on later nodes
	need  []bool   // by node: on a differentiable path from wrt to the loss
	terms [][]Node // by node: the contributions to its gradient
}

func newPullback(g *Graph, loss Node, wrt []Node) *pullback {
	p := &pullback{g: g, loss: loss, last: loss.v.id,
		need: make([]bool, loss.v.id+1), terms: make([][]Node, loss.v.id+1)}
	used := make([]bool, loss.v.id+1) // the loss depends on it
	used[loss.v.id] = true
	for id := loss.v.id; id >= 0; id-- {
		if v := g.values[id]; used[id] && v.app != nil {
			for _, n := range v.app.in {
				used[n.v.id] = true
			}
		}
	}
	for _, n := range wrt {
		if n.v.id <= p.last {
			p.need[n.v.id] = used[n.v.id]
		}
	}
	for id := 0; id <= p.last; id++ {
		v := g.values[id]
		if !used[id] || v.app == nil || !v.t.DType.IsFloat() || p.need[id] {
			continue
		}
		for i, ok := range differentiable(v.app) {
			if ok && p.need[v.app.in[i].v.id] {
				p.need[id] = true
			}
		}
	}
	return p
}

// differentiable tells which operands of an op can have gradients.
func differentiable(app *application) []bool {
	ok := make([]bool, len(app.in))
	n, limited := app.op.(NoGrader)
	for i, in := range app.in {
		ok[i] = in.v.t.DType.IsFloat() && !(limited && app.noGrad(n, i))
	}
	return ok
}

// enter sets the phase for the nodes of the pass and returns a function that restores phase and scope.
func (p *pullback) enter() func() {
	phase, scope, of := p.g.phase, p.g.scope, p.g.of
	if phase == Forward {
		p.g.phase = Backward
	}
	return func() { p.g.phase, p.g.scope, p.g.of = phase, scope, of }
}

func (p *pullback) run(loss Node, wrt []Node) []Node {
	p.serve(loss.v)
	p.terms[loss.v.id] = []Node{p.g.Full(1, loss.v.t.Shape...)}
	for id := p.last; id >= 0 && p.g.err == nil; id-- {
		v := p.g.values[id]
		if v.app == nil || v.result != 0 {
			continue
		}
		p.through(v.app)
	}
	if p.g.err != nil {
		return p.g.invalidCopies(len(wrt))
	}
	grads := make([]Node, len(wrt))
	for i, n := range wrt {
		p.serve(n.v)
		if n.v.id <= p.last {
			grads[i] = p.total(n.v)
		}
		if grads[i].v == nil {
			grads[i] = p.g.Full(0, n.v.t.Shape...)
		}
		if grads[i].v.gradOf == nil {
			grads[i].v.gradOf = n.v
		}
	}
	return grads
}

// serve makes v the forward node that the gradient nodes added next belong to.
func (p *pullback) serve(v *value) {
	p.g.scope, p.g.of = v.scope, v
}

// total is the gradient of v: the sum of its contributions, the zero Node if there are none.
func (p *pullback) total(v *value) Node {
	switch terms := p.terms[v.id]; len(terms) {
	case 0:
		return Node{}
	case 1:
		return terms[0]
	default:
		s := p.g.apply(sum{}, terms)[0]
		p.terms[v.id] = []Node{s}
		return s
	}
}

// through goes from the gradients of the results of an op to those of its operands.
func (p *pullback) through(app *application) {
	var any bool
	for _, y := range app.out {
		any = any || y.v.id <= p.last && p.need[y.v.id] && len(p.terms[y.v.id]) > 0
	}
	want := make([]bool, len(app.in))
	var wanted bool
	for i, ok := range differentiable(app) {
		want[i] = ok && p.need[app.in[i].v.id]
		wanted = wanted || want[i]
	}
	if !any || !wanted {
		return
	}
	dy := make([]Node, len(app.out))
	for i, y := range app.out {
		if y.v.id <= p.last && p.need[y.v.id] {
			p.serve(y.v)
			dy[i] = p.total(y.v)
		}
	}
	p.serve(app.out[0].v)
	p.collect(app, want, p.g.gradients(app, dy, want))
}

func (p *pullback) collect(app *application, want []bool, ds []Node) {
	if p.g.err != nil {
		return
	}
	if ds == nil {
		p.g.failOp(app.op, app.in, fmt.Errorf("it has no gradient rule, and the loss depends on it%s", at(app)))
		return
	}
	for i, in := range app.in {
		if !want[i] {
			continue
		}
		d := Node{}
		if i < len(ds) {
			d = ds[i]
		}
		switch {
		case d.v == nil:
			p.g.failOp(app.op, app.in,
				fmt.Errorf("its gradient rule gives nothing for operand %d, which needs a gradient", i))
			return
		case d.v.bad:
			return
		case !d.v.t.Equal(in.v.t):
			p.g.failOp(app.op, app.in, fmt.Errorf("its gradient rule gives %v for operand %d of %v", d.v.t, i, in.v.t))
			return
		}
		p.terms[in.v.id] = append(p.terms[in.v.id], d)
		p.g.steps = append(p.g.steps, Contribution{app.out[0], i, d, len(p.g.losses) - 1, p.loss})
	}
}

func at(app *application) string {
	if s := app.out[0].v.scope; s != "" {
		return " in " + s
	}
	return ""
}
