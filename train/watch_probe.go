// This file holds what a Watch looks at: a training step that is not done, and what its numbers are like.

package train

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train/history"
	"github.com/stheno-ml/stheno/train/internal/look"
)

// probe is a training step that assigns nothing.
type probe struct {
	of     *program // the declarations of the parameters when it was built
	batch  []graph.Node
	turn   turn // of all players at once
	layers []probedLayer
	params []probedParam
}

// probedLayer is the result of a layer; axis is that of the units of a ReLU, else -1.
type probedLayer struct {
	path, label, name string
	node              graph.Node
	axis              int
}

// probedParam is a parameter with its gradient and its next value, which are zero Nodes if it is frozen.
type probedParam struct {
	name           string
	at, grad, next graph.Node
}

// newProbe builds and compiles what the trainer's program for the batch computes, with other outputs.
func (t *Trainer) newProbe(step *program) (*probe, error) {
	g := &graph.Graph{Mode: graph.Train, Seed: t.Seed, DType: floatOf(t.task, step.types)}
	p := &probe{of: &program{params: step.params, declared: step.declared}}
	var err error
	if p.batch, err = inputs(t.task, g, step.types); err != nil {
		return nil, err
	}
	twin := t.twin()
	twin.moments, twin.Accumulate = t.moments, 0 // a part of a batch is looked at as a batch
	var loss graph.Node
	grads := map[graph.Node]graph.Node{}
	for k, o := range twin.outcomes(g, p.batch) {
		lr := g.Input(t.players[k].labelled("lr"))
		p.turn.players, p.turn.lr = append(p.turn.players, k), append(p.turn.lr, lr)
		own := t.players[k].own(g)
		for i, dp := range twin.update(g, &t.players[k], o.Loss, lr) {
			grads[own[i]] = dp
		}
		if loss == (graph.Node{}) {
			loss = o.Loss
		} else if g.Err() == nil {
			loss = ops.Add(loss, o.Loss)
		}
	}
	if g.Err() != nil {
		return nil, inFloats(g, g.Err())
	}
	p.params = probedParams(g, grads)
	p.layers = probedLayers(forward(g, loss))
	p.turn.prog, err = g.CompileWith(graph.CompileOptions{Assigns: func(*graph.Param) bool { return false }},
		p.outputs()...)
	return p, err
}

// probedParams are the parameters of a graph that are of floats and that a task has, which are no moments.
func probedParams(g *graph.Graph, grads map[graph.Node]graph.Node) (all []probedParam) {
	next := map[graph.Node]graph.Node{}
	targets, values := g.Assigned()
	for i, to := range targets {
		next[to] = values[i]
	}
	for _, n := range g.Nodes() {
		if n.Kind() != graph.KindParam || n.Phase() == graph.Update || !n.DType().IsFloat() {
			continue
		}
		one := probedParam{name: n.Name(), at: n, grad: grads[n]}
		if one.grad != (graph.Node{}) {
			one.next = next[n]
		}
		all = append(all, one)
	}
	return all
}

// probedLayers are of the ops of a forward pass the last one of each path, and all that are a ReLU.
func probedLayers(shown []graph.Node) (all []probedLayer) {
	last, names := map[string]int{}, map[string]int{}
	for i, n := range shown {
		last[n.Scope()] = i
	}
	for i, n := range shown {
		_, label := graph.RoleOf(n)
		if label != "ReLU" && last[n.Scope()] != i {
			continue
		}
		one := probedLayer{n.Scope(), label, strings.TrimSpace(n.Scope() + " " + label), n, -1}
		if names[one.name]++; names[one.name] > 1 {
			one.name += fmt.Sprintf("#%d", names[one.name])
		}
		if label == "ReLU" && n.Rank() > 1 {
			one.axis = unitAxis(n)
		}
		all = append(all, one)
	}
	return all
}

// unitAxis is the axis of the channels, if a ReLU follows a convolution, or else the last.
func unitAxis(relu graph.Node) int {
	n := relu
	for range 8 { // a norm, a bias, a sum may lie between
		in := n.Inputs()
		if len(in) == 0 {
			break
		}
		n = in[0]
		if n.Kind() != graph.KindOp {
			break
		}
		switch _, label := graph.RoleOf(n); {
		case strings.HasPrefix(label, "Conv"):
			return 1
		case strings.HasPrefix(label, "Linear"), strings.HasPrefix(label, "MatMul"):
			return relu.Rank() - 1
		}
	}
	if relu.Rank() > 3 {
		return 1
	}
	return relu.Rank() - 1
}

// outputs are what is read of the program, each once.
func (p *probe) outputs() (all []graph.Node) {
	add := func(n graph.Node) {
		if n != (graph.Node{}) && !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	for _, l := range p.layers {
		add(l.node)
	}
	for _, q := range p.params {
		add(q.grad)
		add(q.next)
	}
	return all
}

// set gives the program its inputs.
func (p *probe) set(t *Trainer, batch []graph.Tensor) error {
	if err := t.setRates(&p.turn); err != nil {
		return err
	}
	for i, x := range batch {
		p.turn.prog.Set(p.batch[i], x)
	}
	p.turn.prog.SetStep(t.Steps() + 1)
	return nil
}

func (p *probe) seenLayers() (all []history.SeenLayer) {
	for _, l := range p.layers {
		v := p.turn.prog.Value(l.node)
		one := history.SeenLayer{Path: l.path, Layer: l.label, Name: l.name, Value: look.Numbers(v)}
		if l.axis >= 0 {
			one.Units, one.Dead = look.DeadUnits(v, l.axis)
		}
		all = append(all, one)
	}
	return all
}

func (p *probe) seenParams() (all []history.SeenParam) {
	for _, q := range p.params {
		v := q.at.Param().Tensor()
		one := history.SeenParam{Path: pathOf(q.name), Name: q.name, Value: look.Numbers(v)}
		if q.grad != (graph.Node{}) {
			one.Gradient = look.Numbers(p.turn.prog.Value(q.grad))
		}
		if q.next != (graph.Node{}) {
			one.Update = look.StepNorm(v, p.turn.prog.Value(q.next))
		}
		all = append(all, one)
	}
	return all
}

// pathOf is the layer of a parameter: layer1.0.conv1 of layer1.0.conv1.weight.
func pathOf(name string) string {
	i := strings.LastIndexByte(name, '.')
	return name[:max(i, 0)]
}
