// This file holds the ops that the compiler makes of a producer and what follows it.

package ops

import (
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// epilogue is an op whose result goes on through elementwise functions: an activation, the addition of a residual, the
// derivative of an activation.
type epilogue struct {
	graph.NoRule
	op       graph.Op
	operands int          // how many are op's; those of the chain follow
	chain    vector.Chain // its input 0 is the result of op
	names    string
	labels   string // as names, for a drawing
}

// absorb joins op and next, one of whose operands is the result of op. It does so when each operand of next is a
// scalar or has the type of next's result.
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

// shifted is the steps of a chain of so many inputs, for the same chain with total inputs.
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

// appended is the steps of an op with n operands, as they are at the end of a chain. The given operand becomes the
// value before the first step, or input 0 if the chain has no steps. The other operands follow the inputs. The steps'
// own values begin at first.
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

func (o epilogue) Eval(dst, in []graph.Tensor) error {
	if err := o.op.Eval(dst, in[:o.operands]); err != nil {
		return err
	}
	if dst[0].DType == graph.Float32 { // not graph.EvalFloats: the chain is large, and &o.chain would be allocated
		finish(&o.chain, dst[0].F32, in[o.operands:])
	} else {
		finish(&o.chain, dst[0].F64, in[o.operands:])
	}
	return nil
}

// finish takes y through the chain. A product that took each tile of its result through the chain, while the tile lies
// in the cache, would begin here.
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

// InPlace is that of the op: its result may take the place of an operand that the op reads before.
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

// Flops counts the operations of the op and those of the chain.
func (o epilogue) Flops(in []graph.Type) (products, others int64) {
	types, _ := o.op.Types(in[:o.operands])
	if f, ok := o.op.(graph.Flopper); ok {
		products, others = f.Flops(in[:o.operands])
	}
	return products, others + int64(len(o.chain.Steps())*types[0].Shape.Size())
}

// Draw shows the op and the chain.
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

// Prepare is that of the op.
func (o epilogue) Prepare(in []graph.Type, held []bool) (graph.Preparation, bool) {
	p, ok := o.op.(graph.Preparer)
	if !ok {
		return graph.Preparation{}, false
	}
	d, ok := p.Prepare(in[:o.operands], held[:o.operands])
	if !ok {
		return graph.Preparation{}, false
	}
	var from []graph.Type
	for _, k := range d.From {
		from = append(from, in[k])
	}
	results, err := d.Op.Types(from)
	if err != nil {
		return graph.Preparation{}, false
	}
	o.op, o.operands = d.Rest, o.operands-len(d.From)+len(results)
	d.Rest = o
	return d, true
}
