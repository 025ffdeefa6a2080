// This file holds the pass of a model in which a logit is explained.

package explain

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// pass is a model's forward pass for one batch, in a graph for evaluation.
type pass struct {
	of      string // what asks for it, for errors
	input   graph.Tensor
	g       *graph.Graph
	x       graph.Node
	logits  graph.Node // (N, classes)
	class   graph.Node // of each row (N)
	chosen  graph.Node // 1 at the class of each row, and 0 elsewhere (N, classes)
	classes int
}

// newPass builds the pass of x, a row an example.
func newPass(of string, m nn.Module, x graph.Tensor) (*pass, error) {
	p := &pass{of: of, input: x}
	if err := p.checkInput(m); err != nil {
		return nil, p.failure(err)
	}
	p.g = &graph.Graph{DType: floatOf(m, x.DType)}
	p.x = nn.InputLike(p.g, "x", x.Type)
	p.logits = m.Forward(p.x)
	if p.logits == (graph.Node{}) || p.logits.Graph() != p.g {
		return nil, p.failure(fmt.Errorf("the Forward of %T returns no node of the graph of its operand", m))
	}
	if err := p.g.Err(); err != nil {
		return nil, p.failure(err)
	}
	if s := p.logits.Shape(); len(s) != 2 || s[0] != x.Shape[0] || s[1] < 1 || !p.logits.DType().IsFloat() {
		return nil, p.failure(fmt.Errorf("the model maps %v to %v, want logits (%d, classes)", x.Type, p.logits.Type(),
			x.Shape[0]))
	}
	p.classes = p.logits.Dim(1)
	p.class = p.g.Indices("class", x.Shape[0])
	p.chosen = ops.OneHot(p.class, p.classes)
	return p, nil
}

// failure is an error that says what has failed.
func (p *pass) failure(err error) error { return fmt.Errorf("%s: %w", p.of, err) }

func (p *pass) checkInput(m nn.Module) error {
	switch {
	case m == nil || reflect.ValueOf(m).Kind() == reflect.Pointer && reflect.ValueOf(m).IsNil():
		return errors.New("there is no model")
	case len(p.input.Shape) < 2:
		return fmt.Errorf("x is %v, want rows along a first axis of two or more", p.input.Type)
	}
	if err := p.input.Check(); err != nil {
		return fmt.Errorf("x: %w", err)
	}
	if p.input.Shape.Size() == 0 {
		return fmt.Errorf("x %v has no elements, want at least a row", p.input.Type)
	}
	if p.input.DType.IsFloat() {
		return finite("x", p.input)
	}
	return nil
}

// finite reports the first element of a tensor that is no finite number.
func finite(name string, t graph.Tensor) error {
	for i := range t.Shape.Size() {
		if v := t.At(i); v-v != 0 {
			return fmt.Errorf("%s: element %d of %v is %v, want a finite number", name, i, t.Type, v)
		}
	}
	return nil
}

// floatOf is the float type of a graph for inputs of a type: theirs, or for integers that of the model's parameters.
func floatOf(m nn.Module, d graph.DType) graph.DType {
	if d.IsFloat() {
		return d
	}
	if m, ok := m.(nn.Model); ok && m.Params() != nil {
		return m.Params().DType()
	}
	return graph.Float32
}

// score is the sum over the rows of the logit of the class of each. Rows do not mix in evaluation, so that
// its gradient by a row is that of the row's logit.
func (p *pass) score() graph.Node { return ops.Sum(ops.Mul(p.logits, p.chosen)) }

// compile makes the program of the logits and of y, sets the input, and chooses the class of each row: that of classes
// or, where it is nil, that of the largest logit, the first of several equal ones.
func (p *pass) compile(y graph.Node, classes []int) (*graph.Program, error) {
	if err := p.checkClasses(classes); err != nil {
		return nil, p.failure(err)
	}
	prog, err := p.g.Compile(p.logits, y)
	if err != nil {
		return nil, p.failure(err)
	}
	prog.Set(p.x, p.input)
	numbers := make([]int64, p.input.Shape[0])
	for i, c := range classes {
		numbers[i] = int64(c)
	}
	prog.Set(p.class, numbers)
	if classes != nil {
		return prog, nil
	}
	if err := prog.Run(); err != nil {
		return nil, p.failure(err)
	}
	logits := prog.Value(p.logits)
	if err := finite("logits", logits); err != nil {
		return nil, p.failure(err)
	}
	for i := range numbers {
		for k := range p.classes {
			if logits.At(i*p.classes+k) > logits.At(i*p.classes+int(numbers[i])) {
				numbers[i] = int64(k)
			}
		}
	}
	prog.Set(p.class, numbers)
	return prog, nil
}

func (p *pass) checkClasses(classes []int) error {
	if n := p.input.Shape[0]; classes != nil && len(classes) != n {
		return fmt.Errorf("there are %d classes for %d rows, want one for each, or nil for the most likely",
			len(classes), n)
	}
	bad := func(c int) bool { return c < 0 || c >= p.classes }
	if i := slices.IndexFunc(classes, bad); i >= 0 {
		return fmt.Errorf("the class of row %d is %d, want 0 to %d: the model has %d classes", i, classes[i],
			p.classes-1, p.classes)
	}
	return nil
}

// value runs the program and returns what y is, the caller's own. It is an error if an element is not finite.
func (p *pass) value(prog *graph.Program, y graph.Node) (graph.Tensor, error) {
	if err := prog.Run(); err != nil {
		return graph.Tensor{}, p.failure(err)
	}
	v := prog.Value(y).Clone()
	if err := finite("what the model makes of x", v); err != nil {
		return graph.Tensor{}, p.failure(err)
	}
	return v, nil
}
