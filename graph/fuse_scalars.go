// This file holds the pass that reads tensors of equal elements as one number.

package graph

import (
	"math"
	"slices"
)

// fuseScalars finds tensors whose elements are all the same constant, as at the beginning of the gradient of a mean,
// and lets their readers use the number: x·[2 2 2] becomes a scale, x·[1 1 1] becomes x, and an elementwise op
// broadcasts the scalar. The bits stay the same. Most of these tensors are then not needed any more.
func fuseScalars(c *code) error {
	s := scalars{c, map[*register]float64{}, map[scalarKey]*register{}, map[*register]*register{}}
	for _, r := range c.regs {
		if v, ok := equalElements(r); ok {
			s.value[r] = v
		}
	}
	kept := c.instrs[:0]
	for _, in := range c.instrs {
		for i, r := range in.in {
			for s.gone[r] != nil {
				r = s.gone[r]
			}
			in.in[i] = r
		}
		s.note(in)
		if !s.bind(in) {
			s.narrow(in)
			kept = append(kept, in)
		}
	}
	c.instrs = kept
	c.replace(s.gone)
	return prune(c)
}

// scalars is the state of the pass.
type scalars struct {
	*code
	value map[*register]float64 // of the registers whose elements are all equal
	made  map[scalarKey]*register
	gone  map[*register]*register
}

type scalarKey struct {
	v     uint64
	dtype DType
}

// equalElements returns the number that all elements of a constant are equal to, bit by bit: 0 is not -0.
func equalElements(r *register) (float64, bool) {
	if r.store != inConst || !r.t.DType.IsFloat() {
		return 0, false
	}
	if r.late != nil {
		f, ok := r.late.op.(full)
		return f.number(), ok
	}
	v := r.konst.At(0)
	for i := range r.t.Shape.Size() {
		if math.Float64bits(r.konst.At(i)) != math.Float64bits(v) {
			return 0, false
		}
	}
	return v, true
}

// note records that an op which only moves elements gives a tensor of equal elements if its operand is one.
func (s *scalars) note(in *instr) {
	if _, ok := in.op.(Rearranger); !ok || len(in.in) != 1 {
		return
	}
	if v, ok := s.value[in.in[0]]; ok {
		s.value[in.out[0]] = v
	}
}

// bind puts the number into an op of two operands. It returns true if the op is not needed at all.
func (s *scalars) bind(in *instr) bool {
	b, ok := in.op.(Binder)
	if !ok || len(in.in) != 2 {
		return false
	}
	for k, r := range in.in {
		v, known := s.value[r]
		x, y := in.in[1-k], in.out[0]
		if _, both := s.value[x]; !known || both || !x.t.Equal(y.t) {
			continue
		}
		switch op, ok := b.Bind(k, v); {
		case !ok:
			continue
		case op == nil:
			s.gone[y] = x
			return true
		default:
			in.op, in.in = op, []*register{x}
			return false
		}
	}
	return false
}

// narrow lets an elementwise op read a scalar where that gives the same shape.
func (s *scalars) narrow(in *instr) {
	if _, ok := in.op.(Pointwise); !ok {
		return
	}
	for k, r := range in.in {
		v, known := s.value[r]
		if !known || len(r.t.Shape) == 0 {
			continue
		}
		types := typesOfRegs(in.in)
		types[k].Shape = nil
		if got, err := in.op.Types(types); err == nil && got[0].Equal(in.out[0].t) {
			in.in = slices.Clone(in.in)
			in.in[k] = s.scalar(v, r.t.DType)
		}
	}
}

// scalar is the constant v.
func (s *scalars) scalar(v float64, d DType) *register {
	key := scalarKey{bits(v), d}
	if s.made[key] == nil {
		r := s.register(nil, Type{DType: d})
		r.store, r.konst = inConst, NewTensor(r.t)
		_ = full{v: key.v, dtype: d}.Eval([]Tensor{r.konst}, nil) // a fill cannot fail
		s.made[key] = r
	}
	return s.made[key]
}
