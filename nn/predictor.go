// This file holds Predictor, a model in use: parameters shared with training, graphs for evaluation.

package nn

import (
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/graph"
)

// Predictor runs a model forward on inputs of any number of rows. It builds an evaluation graph
// for each number of rows that it meets, at most two for a long input: whole batches and the
// rest. It shares the model's parameters, and sees their newest values. A Predictor is used by one
// goroutine at a time.
type Predictor struct {
	model    Module
	Batch    int // rows at a time; 0 for 256
	programs map[string]*predictorProgram
}

type predictorProgram struct {
	prog *graph.Program
	x, y graph.Node
}

// NewPredictor returns a predictor of the model.
func NewPredictor(m Module) *Predictor {
	return &Predictor{model: m, programs: map[string]*predictorProgram{}}
}

// Predict returns the model's output for x, whose first axis counts rows. The result is the
// caller's own.
func (p *Predictor) Predict(x graph.Tensor) (graph.Tensor, error) {
	if len(x.Shape) == 0 {
		return graph.Tensor{}, fmt.Errorf("predict: the input is a scalar, want rows along a first axis")
	}
	batch := p.Batch
	if batch <= 0 {
		batch = 256
	}
	n := x.Shape[0]
	var out graph.Tensor
	for lo := 0; lo < n; lo += batch {
		hi := min(lo+batch, n)
		y, err := p.run(x.Rows(lo, hi))
		if err != nil {
			return graph.Tensor{}, err
		}
		if lo == 0 {
			out = graph.NewTensor(graph.Type{DType: y.DType, Shape: append(graph.Shape{n}, y.Shape[1:]...)})
		}
		out.Rows(lo, hi).CopyFrom(y)
	}
	return out, nil
}

func (p *Predictor) run(x graph.Tensor) (graph.Tensor, error) {
	pp, err := p.program(x.Type)
	if err != nil {
		return graph.Tensor{}, err
	}
	pp.prog.Set(pp.x, x)
	if err := pp.prog.Run(); err != nil {
		return graph.Tensor{}, err
	}
	return pp.prog.Value(pp.y), nil
}

func (p *Predictor) program(t graph.Type) (*predictorProgram, error) {
	key := t.String()
	if pp := p.programs[key]; pp != nil {
		return pp, nil
	}
	g := &graph.Graph{}
	x := InputLike(g, "x", t)
	y := p.model.Forward(x)
	prog, err := g.Compile(y)
	if err != nil {
		return nil, err
	}
	if y.Rank() == 0 || y.Dim(0) != t.Shape[0] {
		return nil, fmt.Errorf("predict: the model maps %v to %v, which does not keep the rows", t.Shape, y.Shape())
	}
	pp := &predictorProgram{prog, x, y}
	p.programs[key] = pp
	return pp, nil
}

// InputLike adds an input for tensors of type t: floats of the graph's type, or integers.
func InputLike(g *graph.Graph, name string, t graph.Type) graph.Node {
	shape := slices.Clone(t.Shape)
	if t.DType == graph.Int64 {
		return g.Indices(name, shape...)
	}
	return g.Input(name, shape...)
}
