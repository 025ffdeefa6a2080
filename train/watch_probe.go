// This file holds what a Watch looks at: a training step that is not done, and what its numbers are like.

package train

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
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

func (p *probe) seenLayers() (all []SeenLayer) {
	for _, l := range p.layers {
		v := p.turn.prog.Value(l.node)
		one := SeenLayer{Path: l.path, Layer: l.label, Name: l.name, Value: numbersOf(v)}
		if l.axis >= 0 {
			one.Units, one.Dead = deadUnits(v, l.axis)
		}
		all = append(all, one)
	}
	return all
}

// deadUnits counts the places along an axis, and those of which all values are 0.
func deadUnits(v graph.Tensor, axis int) (units, dead int) {
	units = v.Shape[axis]
	inner := graph.Shape(v.Shape[axis+1:]).Size()
	alive := make([]bool, units)
	for i := range v.Shape.Size() {
		if v.At(i) != 0 {
			alive[i/inner%units] = true
		}
	}
	for _, a := range alive {
		if !a {
			dead++
		}
	}
	return units, dead
}

func (p *probe) seenParams() (all []SeenParam) {
	for _, q := range p.params {
		v := q.at.Param().Tensor()
		one := SeenParam{Path: pathOf(q.name), Name: q.name, Value: numbersOf(v)}
		if q.grad != (graph.Node{}) {
			one.Gradient = numbersOf(p.turn.prog.Value(q.grad))
		}
		if q.next != (graph.Node{}) {
			one.Update = stepNorm(v, p.turn.prog.Value(q.next))
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

// stepNorm is |b - a|.
func stepNorm(a, b graph.Tensor) float64 {
	d := graph.NewTensor(graph.Type{DType: graph.Float64, Shape: a.Shape})
	for i := range d.F64 {
		d.F64[i] = b.At(i) - a.At(i)
	}
	return numbersOf(d).Norm
}

// histogramParts are as many as a plot of a histogram can show.
const histogramParts = 32

// numbersOf looks at a tensor.
func numbersOf(t graph.Tensor) (s Numbers) {
	s.N = t.Shape.Size()
	s.Min, s.Max = math.Inf(1), math.Inf(-1)
	finite := make([]float64, 0, s.N)
	for i := range s.N {
		v := t.At(i)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			s.NotFinite++
			continue
		}
		finite = append(finite, v)
		s.Min, s.Max = min(s.Min, v), max(s.Max, v)
	}
	if len(finite) == 0 {
		s.Min, s.Max = 0, 0
		return s
	}
	s.measure(finite)
	s.count(finite)
	return s
}

// measure sets mean, deviation, share of zeros and norm. Numbers are divided by the largest of them, or their squares
// might be none.
func (s *Numbers) measure(all []float64) {
	n, size := float64(len(all)), max(-s.Min, s.Max)
	if size == 0 {
		s.Zero = 1
		return
	}
	var sum, squares, around float64
	for _, v := range all {
		if v == 0 {
			s.Zero++
		}
		sum, squares = sum+v/size, squares+v/size*(v/size)
	}
	mean := sum / n
	for _, v := range all {
		around += (v/size - mean) * (v/size - mean)
	}
	s.Mean, s.Deviation, s.Zero = mean*size, math.Sqrt(around/n)*size, s.Zero/n
	s.Norm = min(math.Sqrt(squares)*size, math.MaxFloat64)
}

// count sets the histogram.
func (s *Numbers) count(all []float64) {
	if s.Min == s.Max {
		s.Counts = []int{len(all)}
		return
	}
	s.Counts = make([]int, histogramParts)
	for _, v := range all {
		share := (v/2 - s.Min/2) / (s.Max/2 - s.Min/2) // of halves: the difference itself may be infinite
		if math.IsNaN(share) {
			share = 0 // of numbers so small that their halves are equal
		}
		s.Counts[min(int(share*histogramParts), histogramParts-1)]++
	}
}
