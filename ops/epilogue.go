// This file holds the ops that the compiler makes of a producer and what follows it.

package ops

import (
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/conv"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// epilogue is an op whose result goes through elementwise functions at once: an activation, the addition of a
// residual, the derivative of an activation.
type epilogue struct {
	op       graph.Op
	operands int          // of op; those of the chain follow
	chain    vector.Chain // its input 0 is the result of op
	names    string
	labels   string // as names, for a drawing
}

// absorb appends next to op. All operands of next have the type of its result, or are scalars.
func absorb(op graph.Op, operands int, next graph.Op, operand int, in []graph.Type) (graph.Op, bool) {
	p, ok := next.(graph.Pointwise)
	if !ok {
		return nil, false
	}
	types, err := next.Types(in)
	if err != nil || !types[0].Equal(in[operand]) {
		return nil, false
	}
	for _, t := range in {
		if !t.Equal(types[0]) && t.Shape.Size() > 1 {
			return nil, false
		}
	}
	e := epilogue{op: op, operands: operands}
	before, ok := op.(epilogue)
	if ok {
		e = before
	}
	inputs, steps := max(1, e.chain.Inputs()), e.chain.Steps()
	total := inputs + len(in) - 1
	own := p.Pointwise(len(in))
	if total > vector.MaxInputs || len(steps)+len(own) > vector.MaxSteps {
		return nil, false
	}
	e.chain = vector.NewChain(total, slices.Concat(shifted(steps, inputs, total),
		appended(own, len(in), operand, inputs, total+len(steps)))...)
	e.names += "+" + next.String()
	_, label := roleOf(next, in)
	e.labels += " + " + label
	return e, true
}

// shifted are steps over so many inputs when there are more of them.
func shifted(steps []vector.Step, inputs, total int) []vector.Step {
	steps = slices.Clone(steps)
	for i := range steps {
		for a, v := range steps[i].Args {
			if int(v) >= inputs {
				steps[i].Args[a] = uint8(int(v) + total - inputs)
			}
		}
	}
	return steps
}

// appended are the steps of an op with n operands where one operand is the value before the first step, or input
// 0 if there were no steps, the others follow the inputs, and the steps themselves begin at value first.
func appended(steps []vector.Step, n, operand, inputs, first int) []vector.Step {
	steps = slices.Clone(steps)
	for i := range steps {
		for a, v := range steps[i].Args[:steps[i].Arity] {
			k := int(v)
			switch {
			case k >= n:
				k += first - n
			case k == operand && first == inputs+n-1:
				k = 0
			case k == operand:
				k = first - 1
			case k > operand:
				k += inputs - 1
			default:
				k += inputs
			}
			steps[i].Args[a] = uint8(k)
		}
	}
	return steps
}

func (o epilogue) String() string { return o.op.String() + o.names }

func (o epilogue) Types(in []graph.Type) ([]graph.Type, error) {
	if err := sameFloats(in...); err != nil {
		return nil, err
	}
	return o.op.Types(in[:o.operands])
}

func (epilogue) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil } // it is made after the gradients

func (o epilogue) Eval(dst, in []graph.Tensor) error {
	if err := o.op.Eval(dst, in[:o.operands]); err != nil {
		return err
	}
	if dst[0].DType == graph.Float32 {
		finish(&o.chain, dst[0].F32, in[o.operands:])
	} else {
		finish(&o.chain, dst[0].F64, in[o.operands:])
	}
	return nil
}

// finish takes y through the chain. A product that can do that to each tile of its result, while it lies in the
// cache, would begin here.
func finish[T scalar.Float](c *vector.Chain, y []T, in []graph.Tensor) {
	inputs := [vector.MaxInputs]vector.Input[T]{{Data: y, Inner: 1}}
	for i := range in {
		inputs[i+1] = vector.Input[T]{Data: graph.Floats[T](in[i]), Inner: 1}
	}
	vector.RunChain(c, y, &inputs)
}

func (o epilogue) Absorb(_ int, next graph.Op, operand int, in []graph.Type) (graph.Op, bool) {
	return absorb(o, o.operands, next, operand, in)
}

// InPlace is that of the op: its result may take the place of an operand that it reads before.
func (o epilogue) InPlace(result int) []int {
	if p, ok := o.op.(graph.InPlacer); ok {
		return p.InPlace(result)
	}
	return nil
}

func (o epilogue) Scratch(in []graph.Type) []graph.Type {
	if s, ok := o.op.(graph.Scratcher); ok {
		return s.Scratch(in[:o.operands])
	}
	return nil
}

// Flops counts those of the op and of what follows.
func (o epilogue) Flops(in []graph.Type) (products, others int64) {
	types, _ := o.op.Types(in[:o.operands])
	if f, ok := o.op.(graph.Flopper); ok {
		products, others = f.Flops(in[:o.operands])
	}
	return products, others + int64(len(o.chain.Steps())*types[0].Shape.Size())
}

// Draw shows the op, and what follows it.
func (o epilogue) Draw(in []graph.Type) (graph.Role, string) {
	role, label := roleOf(o.op, in[:o.operands])
	return role, label + o.labels
}

// roleOf is the role and the label of an op.
func roleOf(op graph.Op, in []graph.Type) (graph.Role, string) {
	if d, ok := op.(graph.Drawer); ok {
		return d.Draw(in)
	}
	return graph.RoleElementwise, op.String()
}

func (linear) Absorb(operands int, next graph.Op, operand int, in []graph.Type) (graph.Op, bool) {
	return absorb(linear{}, operands, next, operand, in)
}

func (o matmul) Absorb(operands int, next graph.Op, operand int, in []graph.Type) (graph.Op, bool) {
	return absorb(o, operands, next, operand, in)
}

func (o convolve) Absorb(operands int, next graph.Op, operand int, in []graph.Type) (graph.Op, bool) {
	if n, ok := next.(batchNormEval); ok && operand == 0 {
		return convNorm{o, operands > 2, n}, true
	}
	return absorb(o, operands, next, operand, in)
}

func (o convTranspose) Absorb(operands int, next graph.Op, operand int, in []graph.Type) (graph.Op, bool) {
	return absorb(o, operands, next, operand, in)
}

func (o batchNorm) Absorb(operands int, next graph.Op, operand int, in []graph.Type) (graph.Op, bool) {
	return absorb(o, operands, next, operand, in)
}

func (o batchNormEval) Absorb(operands int, next graph.Op, operand int, in []graph.Type) (graph.Op, bool) {
	return absorb(o, operands, next, operand, in)
}

// convNorm is a convolution and a normalisation by given statistics. Both are linear, so the weights are scaled
// instead of the result: with s = w'/√(variance + eps),
//
//	y = (s·w) ∗ x + (s·(b - mean) + b')
//
// That is done anew in each run, since all of them are parameters, unless they are taken for constants; see
// prepare.go.
type convNorm struct {
	conv convolve
	bias bool // of the convolution
	norm batchNormEval
}

func (o convNorm) operands() int {
	if o.bias {
		return 3
	}
	return 2
}

func (o convNorm) String() string { return o.conv.String() + "+" + o.norm.String() }

func (o convNorm) Types(in []graph.Type) ([]graph.Type, error) {
	types, err := o.conv.Types(in[:o.operands()])
	if err != nil {
		return nil, err
	}
	return o.norm.Types(append(types, in[o.operands():]...))
}

func (convNorm) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil } // it is made after the gradients

// Scratch is the scaled weights, the shift, and that of the convolution.
func (o convNorm) Scratch(in []graph.Type) []graph.Type {
	shift := graph.Type{DType: in[1].DType, Shape: in[1].Shape[:1]}
	return append([]graph.Type{in[1], shift}, o.conv.Scratch(in)...)
}

func (o convNorm) Eval(dst, in []graph.Tensor) error {
	c := o.conv.geometry(in[0].Shape, in[1].Shape, dst[0].Shape)
	if dst[0].DType == graph.Float32 {
		evalConvNorm[float32](o, c, dst, in)
	} else {
		evalConvNorm[float64](o, c, dst, in)
	}
	return nil
}

func evalConvNorm[T scalar.Float](o convNorm, c conv.Conv, dst, in []graph.Tensor) {
	w, shift := graph.Floats[T](dst[1]), graph.Floats[T](dst[2])
	foldNorm(o, w, shift, in[1:])
	conv.ConvForward(c, graph.Floats[T](dst[0]), graph.Floats[T](in[0]), w, shift, workspace[T](dst[2:]))
}

func (o convNorm) Absorb(operands int, next graph.Op, operand int, in []graph.Type) (graph.Op, bool) {
	return absorb(o, operands, next, operand, in)
}

// Draw shows both.
func (o convNorm) Draw(in []graph.Type) (graph.Role, string) {
	role, label := o.conv.Draw(in[:o.operands()])
	_, norm := o.norm.Draw(nil)
	return role, label + " + " + norm
}

// Flops are those of the convolution and of scaling the weights.
func (o convNorm) Flops(in []graph.Type) (products, others int64) {
	products, _ = o.conv.Flops(in)
	return products, int64(in[1].Shape.Size())
}
