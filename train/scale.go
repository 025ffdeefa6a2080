// This file holds Scales, which shows how large values and gradients are, layer by layer.

package train

import (
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Scale is how large the values of a layer are in a step, and the gradient of the loss by them.
type Scale struct {
	Path     string // of the layer
	Layer    string // the operation: Conv2D 5×5
	Output   graph.Shape
	Value    Spread
	Gradient Spread
}

// Spread is the mean and the deviation of numbers, and the share of them that is 0.
type Spread struct{ Mean, Deviation, Zero float64 }

// Scales runs the forward and the backward pass of a step on a batch, and changes nothing. It returns a row for each
// result of the forward pass that has more than one element, in the order of the tape; those that rearrange the
// elements of another are left out. In a [Game] the gradients are those of the sum of the losses.
//
// With good initial values the deviations of values are of one size in all layers, and so are those of gradients:
// where they grow or shrink from layer to layer, they explode or vanish in a deep network. See Glorot and Bengio 2010,
// and Mishkin and Matas, "All you need is a good init", 2016, who rescale each layer by such a table.
func (t *Trainer) Scales(batch ...graph.Tensor) ([]Scale, error) {
	if t == nil {
		return nil, fmt.Errorf("train: %w", errNotNew)
	}
	if err := t.checkBatch(batch); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	g, losses, err := t.Graph(false, typesOf(batch)...)
	if err != nil {
		return nil, err
	}
	loss := losses[0]
	for _, l := range losses[1:] {
		loss = ops.Add(loss, l)
	}
	inputs, shown := inputsOf(g), forward(g, loss)
	grads := graph.Gradients(loss, shown...)
	if err := g.Err(); err != nil {
		return nil, err
	}
	prog, err := g.CompileWith(graph.CompileOptions{Assigns: func(*graph.Param) bool { return false }},
		append(grads, shown...)...)
	if err != nil {
		return nil, err
	}
	for i, x := range batch {
		prog.Set(inputs[i], x)
	}
	prog.SetStep(t.Steps() + 1)
	if err := prog.Run(); err != nil {
		return nil, err
	}
	all := make([]Scale, len(shown))
	for i, n := range shown {
		_, label := graph.RoleOf(n)
		all[i] = Scale{n.Scope(), label, n.Shape(), spreadOf(prog.Value(n)), spreadOf(prog.Value(grads[i]))}
	}
	return all, nil
}

func inputsOf(g *graph.Graph) (inputs []graph.Node) {
	for _, n := range g.Nodes() {
		if n.Kind() == graph.KindInput {
			inputs = append(inputs, n)
		}
	}
	return inputs
}

// forward are the ops that a loss is made of, but for those that rearrange, or give one number or integers.
func forward(g *graph.Graph, loss graph.Node) (shown []graph.Node) {
	made := map[int]bool{}
	var visit func(n graph.Node)
	visit = func(n graph.Node) {
		if !made[n.ID()] {
			made[n.ID()] = true
			for _, in := range n.Inputs() {
				visit(in)
			}
		}
	}
	visit(loss)
	for _, n := range g.Nodes() {
		if made[n.ID()] && n.Kind() == graph.KindOp && n.Size() > 1 && n.DType().IsFloat() && !rearranges(n) {
			shown = append(shown, n)
		}
	}
	return shown
}

// rearranges reports an op whose result has all elements of its operand, and no others.
func rearranges(n graph.Node) bool {
	_, ok := n.Op().(graph.Rearranger)
	return ok && n.Inputs()[0].Size() == n.Size()
}

func spreadOf(t graph.Tensor) (s Spread) {
	n := t.Shape.Size()
	var sum, squares float64
	for i := range n {
		if v := t.At(i); v == 0 {
			s.Zero++
		} else {
			sum += v
		}
	}
	s.Mean, s.Zero = sum/float64(n), s.Zero/float64(n)
	for i := range n {
		squares += (t.At(i) - s.Mean) * (t.At(i) - s.Mean)
	}
	s.Deviation = math.Sqrt(squares / float64(n))
	return s
}
