// This file holds Predictor, which runs a model for evaluation, with parameters that training may share.

package nn

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/recent"
)

// Predictor runs a model forward on inputs of any number of rows. It builds an evaluation graph for each number of
// rows that it meets. A long input takes at most two graphs: one for whole batches and one for the rest. A Predictor
// shares the parameters of the model, and reads their newest values.
//
// Any number of goroutines may call Predict at the same time: each run has a program of its own, and at most
// GOMAXPROCS run at a time. Programs are kept for the next call: the four that were used last, or as many as ran at
// the same time if these were more. For another number of rows a new graph is built. Rows are never padded to a larger
// number, since a model may mix the rows of a batch.
type Predictor struct {
	Batch int // rows at a time; 0 for 256

	model   Module
	mu      sync.Mutex
	free    sync.Cond // a program has come back
	idle    recent.List[*predictorProgram]
	running int // programs at work
	most    int // the most that were at work at the same time
}

type predictorProgram struct {
	prog *graph.Program
	x, y graph.Node
}

// NewPredictor returns a predictor of the model.
func NewPredictor(m Module) *Predictor {
	p := &Predictor{model: m}
	p.free.L = &p.mu
	return p
}

// Predict returns the output of the model for x, whose first axis counts rows. The result belongs to the caller. It is
// an error if x has no elements or elements that do not fit its type, or if the model does not give one row for each
// row of x. The graph has the float type of x, which must be that of the parameters of the model. For x of integers
// the graph has the float type of the parameters of a [Model], and float32 for another module.
func (p *Predictor) Predict(x graph.Tensor) (graph.Tensor, error) {
	if err := p.check(x); err != nil {
		return graph.Tensor{}, fmt.Errorf("predict: %w", err)
	}
	batch := p.Batch
	if batch == 0 {
		batch = 256
	}
	n := x.Shape[0]
	var out graph.Tensor
	for lo := 0; lo < n; {
		hi := lo + min(batch, n-lo)
		if err := p.rows(&out, x, lo, hi); err != nil {
			return graph.Tensor{}, err
		}
		lo = hi
	}
	return out, nil
}

func (p *Predictor) check(x graph.Tensor) error {
	switch {
	case p == nil || isNil(p.model) || p.free.L == nil:
		return fmt.Errorf("there is no model: a Predictor comes from NewPredictor")
	case p.Batch < 0:
		return fmt.Errorf("the Batch is %d, want at least 1, or 0 for 256", p.Batch)
	case len(x.Shape) == 0:
		return fmt.Errorf("the input is a scalar, want rows along a first axis")
	}
	if err := x.Check(); err != nil {
		return fmt.Errorf("the input: %w", err)
	}
	if x.Shape.Size() == 0 {
		return fmt.Errorf("the input %v has no elements, want at least a row", x.Type)
	}
	return nil
}

// isNil reports an interface that holds nothing, or a nil pointer.
func isNil(v any) bool {
	return v == nil || reflect.ValueOf(v).Kind() == reflect.Pointer && reflect.ValueOf(v).IsNil()
}

// rows writes the output for rows [lo, hi) of x to the same rows of out. For the first rows it makes out.
func (p *Predictor) rows(out *graph.Tensor, x graph.Tensor, lo, hi int) error {
	part := x.Rows(lo, hi)
	pp, err := p.acquire(part.Type)
	if err != nil {
		return err
	}
	defer p.release(pp)
	pp.prog.Set(pp.x, part)
	if err := pp.prog.Run(); err != nil {
		return err
	}
	y := pp.prog.Value(pp.y)
	want := graph.Type{DType: y.DType, Shape: append(graph.Shape{x.Shape[0]}, y.Shape[1:]...)}
	if lo == 0 {
		*out = graph.NewTensor(want)
	}
	if !out.Type.Equal(want) {
		return fmt.Errorf("predict: the model gives %v for rows %d to %d, and %v for all, by those before", y.Type,
			lo, hi-1, out.Type)
	}
	out.Rows(lo, hi).CopyFrom(y)
	return nil
}

// acquire returns a program for inputs of type t that no other goroutine has, and waits while too many run.
func (p *Predictor) acquire(t graph.Type) (*predictorProgram, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.running >= runtime.GOMAXPROCS(0) {
		p.free.Wait()
	}
	pp, ok := p.idle.Take(func(pp *predictorProgram) bool { return pp.x.Type().Equal(t) })
	if !ok {
		p.idle.Trim(max(recent.Programs, p.most, p.running+1) - p.running - 1)
		var err error
		if pp, err = p.build(t); err != nil {
			return nil, err
		}
	}
	p.running++
	p.most = max(p.most, p.running)
	return pp, nil
}

func (p *Predictor) release(pp *predictorProgram) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running--
	p.idle.Put(pp)
	p.free.Signal()
}

func (p *Predictor) build(t graph.Type) (*predictorProgram, error) {
	g := &graph.Graph{DType: p.floatOf(t.DType)}
	x := InputLike(g, "x", t)
	y := p.model.Forward(x)
	if y == (graph.Node{}) || y.Graph() != g {
		return nil, fmt.Errorf("predict: Forward of %T returns no node of the graph of its operand", p.model)
	}
	prog, err := g.Compile(y)
	switch {
	case err != nil && g.DType == graph.Float64 && strings.Contains(err.Error(), "float32"):
		return nil, fmt.Errorf("%w; the graph is of float64 as the input", err)
	case err != nil:
		return nil, err
	}
	if y.Rank() == 0 || y.Dim(0) != t.Shape[0] {
		return nil, fmt.Errorf("predict: the model maps %v to %v, which does not keep the rows", t.Shape, y.Shape())
	}
	return &predictorProgram{prog, x, y}, nil
}

// floatOf is the float type of a graph for inputs of type d: d itself, or for integers the type of the parameters.
func (p *Predictor) floatOf(d graph.DType) graph.DType {
	if d.IsFloat() {
		return d
	}
	if m, ok := p.model.(Model); ok && m.Params() != nil {
		return m.Params().DType()
	}
	return graph.Float32
}

// InputsLike adds an input for each of the types, x and x2, x3 and so on.
func InputsLike(g *graph.Graph, types ...graph.Type) (inputs []graph.Node) {
	for i, t := range types {
		name := "x"
		if i > 0 {
			name = fmt.Sprint("x", i+1)
		}
		inputs = append(inputs, InputLike(g, name, t))
	}
	return inputs
}

// InputLike adds an input for tensors of type t: floats of the graph's type, or integers.
func InputLike(g *graph.Graph, name string, t graph.Type) graph.Node {
	shape := slices.Clone(t.Shape)
	if t.DType == graph.Int64 {
		return g.Indices(name, shape...)
	}
	return g.Input(name, shape...)
}
