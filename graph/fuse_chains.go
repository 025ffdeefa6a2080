// This file holds the pass that joins trees of elementwise ops, and the op that such a tree becomes.

package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// fuseChains makes one instruction of each largest group of elementwise ops of one shape and one phase. Only the
// result of the last op may be read outside the group. The ops then go through the cache block by block, and the
// values between them take no memory. Every element is computed as before, to the bit.
func fuseChains(c *code) error {
	j := join(c)
	for _, root := range slices.Backward(slices.Clone(c.instrs)) {
		if _, here := j.index[root]; here && pointwiseSteps(root) != nil {
			j.chain(root)
		}
	}
	j.done()
	return nil
}

// pointwiseSteps returns the steps of an elementwise instruction over floats, nil for others.
func pointwiseSteps(in *instr) []vector.Step {
	p, ok := in.op.(Pointwise)
	if !ok || len(in.in) > manyOperands || len(in.out) != 1 || !in.out[0].t.DType.IsFloat() {
		return nil
	}
	for _, r := range in.in {
		if _, ok := innerOf(r.t.Shape, in.out[0].t.Shape); !ok {
			return nil
		}
	}
	return p.Pointwise(len(in.in))
}

// chain grows the group that ends with root. It goes from the last possible member to the first, so that it decides on
// all readers of an instruction before it decides on the instruction.
func (j *joiner) chain(root *instr) {
	g := group{j: j, members: []*instr{root}, in: map[*instr]bool{root: true}, open: slices.Clone(root.in)}
	for len(g.open) > 0 {
		last := slices.MaxFunc(g.open, func(a, b *register) int { return j.place(a) - j.place(b) })
		g.open = slices.DeleteFunc(g.open, func(r *register) bool { return r == last })
		if m := last.def; m != nil && g.takes(m) {
			g.members = append(g.members, m)
			g.in[m] = true
			g.open = append(g.open, m.in...)
		}
	}
	if len(g.members) == 1 {
		return
	}
	slices.Reverse(g.members)
	op, inputs := g.op(root.out[0].t)
	j.put(j.index[root], &instr{op: op, in: inputs, out: root.out, phase: root.phase, scope: root.scope,
		nodes: sourcesOf(g.members...)}, g.members...)
}

// group is a chain as it grows.
type group struct {
	j       *joiner
	members []*instr // last first
	in      map[*instr]bool
	open    []*register // operands that it has not looked at yet
}

// takes reports whether m can be a member.
func (g *group) takes(m *instr) bool {
	root := g.members[0]
	if pointwiseSteps(m) == nil || m.phase != root.phase || !m.out[0].t.Equal(root.out[0].t) {
		return false
	}
	reads := 0
	for in := range g.in {
		for _, r := range in.in {
			reads += boolInt(r == m.out[0])
		}
	}
	return reads == g.j.reads[m.out[0]] && g.fits(m) && g.cheap(m)
}

// fits reports whether the chain with m stays within the limits on steps and inputs.
func (g *group) fits(m *instr) bool {
	steps, inputs := len(pointwiseSteps(m)), map[*register]bool{}
	for _, r := range m.in {
		inputs[r] = true
	}
	for _, in := range g.members {
		steps += len(pointwiseSteps(in))
		for _, r := range in.in {
			if r.def == nil || !g.in[r.def] && r.def != m {
				inputs[r] = true
			}
		}
	}
	return steps <= vector.MaxSteps && len(inputs) <= vector.MaxInputs
}

// cheap reports whether m may be computed as late as the last member: its operands keep no more memory alive until
// then than its result would.
func (g *group) cheap(m *instr) bool {
	last := g.j.index[g.members[0]]
	return kept(last, m.in) <= m.out[0].t.Bytes() || g.j.quiet(g.j.index[m], last, g.in)
}

// op makes the chain of the members, which stand in the order of the tape now, and lists its inputs.
func (g *group) op(t Type) (Op, []*register) {
	var inputs []*register
	number := map[*register]uint8{}
	for _, m := range g.members {
		for _, r := range m.in {
			if _, known := number[r]; !known && (r.def == nil || !g.in[r.def]) {
				number[r] = uint8(len(inputs))
				inputs = append(inputs, r)
			}
		}
	}
	var steps []vector.Step
	var names, labels []string
	part := RoleElementwise
	for _, m := range g.members {
		first := len(inputs) + len(steps)
		for _, s := range pointwiseSteps(m) {
			for a := range s.Args[:s.Arity] {
				if k := int(s.Args[a]); k < len(m.in) {
					s.Args[a] = number[m.in[k]]
				} else {
					s.Args[a] = uint8(first + k - len(m.in))
				}
			}
			steps = append(steps, s)
		}
		number[m.out[0]] = uint8(len(inputs) + len(steps) - 1)
		names = append(names, m.op.String())
		role, label := roleOf(m.op, typesOfRegs(m.in))
		labels = append(labels, label)
		if role != RoleElementwise {
			part = role
		}
	}
	return fused{role: part, label: strings.Join(labels, " · "), names: strings.Join(names, "·"),
		chain: vector.NewChain(len(inputs), steps...), shape: MakeDims(t.Shape...)}, inputs
}

// fused is a group of elementwise ops as one.
type fused struct {
	NoRule
	role  Role   // of the last member that is not elementwise
	label string // the labels of its members
	names string
	chain vector.Chain
	shape Dims
}

func (o fused) String() string { return "fused(" + o.names + ")" }

func (o fused) Types(in []Type) ([]Type, error) {
	y := Type{in[0].DType, o.shape.Slice()}
	for i, t := range in {
		if _, ok := innerOf(t.Shape, y.Shape); !ok || t.DType != y.DType {
			return nil, fmt.Errorf("operand %d is %v, the result %v", i, t, y)
		}
	}
	return []Type{y}, nil
}

func (o fused) Eval(dst, in []Tensor) error {
	if dst[0].DType == Float64 { // not EvalFloats: the chain is large, and &o.chain would be allocated
		runChain[float64](&o.chain, &dst[0], in)
	} else {
		runChain[float32](&o.chain, &dst[0], in)
	}
	return nil
}

func runChain[T scalar.Float](c *vector.Chain, y *Tensor, in []Tensor) {
	var inputs [vector.MaxInputs]vector.Input[T]
	for i := range in {
		inner, _ := innerOf(in[i].Shape, y.Shape)
		inputs[i] = vector.Input[T]{Data: Floats[T](in[i]), Inner: inner}
	}
	vector.RunChain(c, Floats[T](*y), &inputs)
}

// Draw shows the labels of the members.
func (o fused) Draw([]Type) (Role, string) { return o.role, o.label }

// Flops counts one operation for each step and element.
func (o fused) Flops([]Type) (products, others int64) {
	return 0, int64(len(o.chain.Steps()) * o.shape.Size())
}

func (o fused) InPlace(int) []int {
	all := make([]int, o.chain.Inputs())
	for i := range all {
		all[i] = i
	}
	return all
}

// innerOf returns how often an element of x is repeated before the next one when x is broadcast to y. It returns false
// unless the axes along which x varies are neighbours.
func innerOf(x, y Shape) (inner int, ok bool) {
	inner = 1
	begun, ended := false, false
	for k := range y {
		k := len(y) - 1 - k
		if y[k] == 1 {
			continue
		}
		at := k - len(y) + len(x)
		varies := at >= 0 && x[at] != 1
		switch {
		case varies && (ended || x[at] != y[k]):
			return 0, false
		case varies:
			begun = true
		case begun:
			ended = true
		default:
			inner *= y[k]
		}
	}
	if !begun {
		inner = 1
	}
	return inner, x.Size() == 1 || begun
}
