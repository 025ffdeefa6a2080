// This file holds CheckGradient, which checks derivative rules by numbers, and the checks that shape rules share.

package graph

import (
	"errors"
	"fmt"
	"math"
)

// gradientTolerance is how much a gradient may differ from central differences in float64, relative to the larger of 1
// and the gradient. With a step of 1e-5, central differences of a smooth function are right to some 1e-10.
const gradientTolerance = 1e-6

// CheckGradient compares the gradients of what build makes of its operands with central differences,
//
//	dx ≈ (f(x + h) - f(x - h)) / 2h        f = Σ w·y, with fixed weights w
//
// in a Train graph of float64. It returns nil if they agree to 1e-6 in every element of every operand of floats,
// relative to the larger of 1 and the gradient. Operands of integers have no gradient. The result y may have any
// shape. Every run draws the random numbers of step 1 and begins with states of zero and the same parameters.
//
// The error names the operand, the element and both numbers, or it is an error of the graph. Where the function has a
// kink, as ReLU has at 0, gradient and differences differ by nature: choose other points. Each element takes two runs,
// so small tensors are best. To check a second derivative, let build return a gradient.
func CheckGradient(build func(g *Graph, in []Node) Node, in ...Tensor) error {
	if build == nil {
		return errors.New("check gradient: build is nil")
	}
	c := differences{g: &Graph{Mode: Train, DType: Float64}}
	if err := c.operands(in); err != nil {
		return fmt.Errorf("check gradient: %w", err)
	}
	y := build(c.g, c.in)
	if err := c.compile(y); err != nil {
		return fmt.Errorf("check gradient: %w", err)
	}
	for _, p := range c.g.Params() {
		c.params = append(c.params, p.Tensor().Clone())
	}
	defer c.restore()
	if err := c.compare(); err != nil {
		return fmt.Errorf("check gradient: %w", err)
	}
	return nil
}

// differences is the state of CheckGradient.
type differences struct {
	g      *Graph
	in     []Node
	values []Tensor // of in, floats in float64
	floats []int    // which of in have gradients
	loss   Node
	grads  []Node // of floats
	prog   *Program
	params []Tensor // values before the first run, in the order of Graph.Params
}

// operands adds an input for each value.
func (c *differences) operands(values []Tensor) error {
	for i, v := range values {
		if err := v.Check(); err != nil {
			return fmt.Errorf("operand %d: %w", i, err)
		}
		name := fmt.Sprintf("operand%d", i)
		if !v.DType.IsFloat() {
			c.in, c.values = append(c.in, c.g.Indices(name, v.Shape...)), append(c.values, v)
			continue
		}
		x := NewTensor(Type{Float64, v.Shape})
		if err := v.assignTo(x); err != nil {
			return fmt.Errorf("operand %d: %w", i, err)
		}
		if k, bad := nonFinite(x); k >= 0 {
			return fmt.Errorf("operand %d: element %d is %v, want finite numbers", i, k, bad)
		}
		c.floats = append(c.floats, i)
		c.in, c.values = append(c.in, c.g.Input(name, v.Shape...)), append(c.values, x)
	}
	if len(c.floats) == 0 {
		return errors.New("no operand holds floats: there is no gradient to check")
	}
	return nil
}

// compile makes a program of the loss and its gradients.
func (c *differences) compile(y Node) (err error) {
	switch {
	case c.g.Err() != nil:
		return c.g.Err()
	case y.v == nil:
		return errors.New("build returns the zero Node")
	case y.v.g != c.g:
		return errors.New("build returns a node of another graph")
	case !y.v.t.DType.IsFloat():
		return fmt.Errorf("build returns %v, want floats", y.v.t)
	}
	c.loss = Apply(weigh{}, y)
	var wrt []Node
	for _, i := range c.floats {
		wrt = append(wrt, c.in[i])
	}
	c.grads = Gradients(c.loss, wrt...)
	if c.prog, err = c.g.Compile(append([]Node{c.loss}, c.grads...)...); err != nil {
		return err
	}
	for i, n := range c.in {
		c.prog.Set(n, c.values[i])
	}
	return nil
}

// run computes the loss.
func (c *differences) run() (float64, error) {
	c.restore()
	c.prog.SetStep(1)
	c.prog.Reset()
	if err := c.prog.Run(); err != nil {
		return 0, err
	}
	loss := c.prog.Float(c.loss)
	if loss-loss != 0 {
		return 0, fmt.Errorf("the result is not finite there: Σ w·y is %v", loss)
	}
	return loss, nil
}

// restore gives the parameters the values from before the first run.
func (c *differences) restore() {
	for i, p := range c.g.Params() {
		p.Tensor().CopyFrom(c.params[i])
	}
}

// compare finds the first element whose gradient differs from central differences.
func (c *differences) compare() error {
	if _, err := c.run(); err != nil {
		return err
	}
	var rules []Tensor
	for _, d := range c.grads {
		rules = append(rules, c.prog.Value(d).Clone())
	}
	for k, i := range c.floats {
		for j := range c.values[i].F64 {
			slope, err := c.slope(i, j)
			if err != nil {
				return err
			}
			rule := rules[k].F64[j]
			if e := math.Abs(slope-rule) / max(1, math.Abs(slope), math.Abs(rule)); !(e <= gradientTolerance) {
				return fmt.Errorf("operand %d, %v, element %d: the gradient is %.8g, central differences give %.8g",
					i, c.values[i].Type, j, rule, slope)
			}
		}
	}
	return nil
}

// slope is the derivative of the loss by element j of operand i.
func (c *differences) slope(i, j int) (float64, error) {
	x := c.values[i].F64
	before := x[j]
	h := 1e-5 * max(1, math.Abs(before))
	at := func(v float64) (float64, error) {
		x[j] = v
		c.prog.Set(c.in[i], c.values[i])
		x[j] = before
		return c.run()
	}
	up, err := at(before + h)
	if err != nil {
		return 0, err
	}
	down, err := at(before - h)
	if err != nil {
		return 0, err
	}
	c.prog.Set(c.in[i], c.values[i])
	return (up - down) / (2 * h), nil
}

// weight is the weight of element i in the loss. Neighbours have different weights, and none is near 0.
func weight(i int) float64 { return 1 + math.Sin(float64(3*i+1))/2 }

// weigh is the scalar Σ w·x. dx = w·dy.
type weigh struct{}

func (weigh) String() string                  { return "weigh" }
func (weigh) Types(in []Type) ([]Type, error) { return []Type{{in[0].DType, nil}}, nil }
func (weigh) Grad(_, dy, in []Node, _ []bool) []Node {
	return []Node{Apply(weights{MakeDims(in[0].Shape()...)}, dy[0])}
}
func (weigh) Eval(dst, in []Tensor) error {
	sum := 0.
	for i, v := range in[0].F64 {
		sum += weight(i) * v
	}
	dst[0].F64[0] = sum
	return nil
}
func (weigh) Draw([]Type) (Role, string) { return RolePool, "Σ weighted" }

// weights is w·x of a scalar x, for w of the given shape. dx = Σ w·dy.
type weights struct{ shape Dims }

func (o weights) String() string { return "weights shape=" + o.shape.String() }
func (o weights) Types(in []Type) ([]Type, error) {
	return []Type{{in[0].DType, o.shape.Slice()}}, nil
}
func (weights) Grad(_, dy, _ []Node, _ []bool) []Node { return []Node{Apply(weigh{}, dy[0])} }
func (weights) Eval(dst, in []Tensor) error {
	for i := range dst[0].F64 {
		dst[0].F64[i] = weight(i) * in[0].F64[0]
	}
	return nil
}
func (weights) Draw([]Type) (Role, string) { return RoleElementwise, "Weights" }

// SameFloats reports operands that are not all of one float type: a check for shape rules.
func SameFloats(in ...Type) error {
	for _, t := range in {
		if !t.DType.IsFloat() {
			return fmt.Errorf("an operand holds %v, want floats", t.DType)
		}
		if t.DType != in[0].DType {
			return fmt.Errorf("operands hold %v and %v, want one float type", in[0].DType, t.DType)
		}
	}
	return nil
}

// BroadcastShape is the shape that all given shapes are broadcast to, as NumPy does. The shapes are aligned at the
// last axis. Sizes of an axis may differ only if one of them is 1; other differences are an error.
func BroadcastShape(shapes ...Shape) (Shape, error) {
	rank := 0
	for _, s := range shapes {
		rank = max(rank, len(s))
	}
	shape := make(Shape, rank)
	for k := range shape {
		shape[k] = 1
		for _, s := range shapes {
			o := k - rank + len(s)
			switch {
			case o < 0 || s[o] == 1 || s[o] == shape[k]:
			case shape[k] == 1:
				shape[k] = s[o]
			default:
				return nil, fmt.Errorf("shapes do not broadcast: axis %d from the end has sizes %d and %d", rank-k,
					shape[k], s[o])
			}
		}
	}
	return shape, nil
}
