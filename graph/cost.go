// This file holds the cost of an instruction: the operations that it does and the bytes that it moves.

package graph

// Flopper is an op that counts the floating point operations of one evaluation. products are those of products and
// convolutions; a multiply-add is two operations. others are all other operations; a function of a number, such as its
// exponential, is one. A [Pointwise] op need not be a Flopper: each of its steps counts as one operation for each
// element. Moving numbers and work on integers count nothing.
type Flopper interface {
	Flops(in []Type) (products, others int64)
}

// Picker is an op that may read only some elements of an operand, as a gather does. Picks tells how many at most.
type Picker interface {
	Picks(operand int, in []Type) int
}

// Cost is what one evaluation takes.
type Cost struct {
	Products int64 // floating point operations of products and convolutions; see [Flopper]
	Flops    int64 // all floating point operations

	// Bytes are the bytes of the operands, each counted once, and of the results, without working memory. At least so
	// many bytes are read and written.
	Bytes int
}

// cost is the cost of an instruction. A view costs nothing.
func (in *instr) cost() (c Cost) {
	if in.view {
		return Cost{}
	}
	c.Products, c.Flops = in.flops()
	types := typesOfRegs(in.in)
	picker, _ := in.op.(Picker)
	seen := map[*register]bool{}
	for j, r := range in.in {
		if seen[r] {
			continue
		}
		seen[r] = true
		n := r.t.Shape.Size()
		if picker != nil {
			n = min(n, picker.Picks(j, types))
		}
		c.Bytes += n * r.t.DType.Size()
	}
	for _, r := range in.out {
		if in.writes(r) {
			c.Bytes += r.t.Bytes()
		}
	}
	return c
}

// writes reports whether result r has memory. If there are several results, one that no instruction reads has none.
func (in *instr) writes(r *register) bool { return r.last >= 0 || r.root != r || len(in.out) == 1 }

// flops returns the operations of products, and all.
func (in *instr) flops() (products, all int64) {
	if f, ok := in.op.(Flopper); ok {
		products, others := f.Flops(typesOfRegs(in.in))
		return products, products + others
	}
	if p, ok := in.op.(Pointwise); ok && in.out[0].t.DType.IsFloat() {
		all = int64(len(p.Pointwise(len(in.in))) * in.out[0].t.Shape.Size())
	}
	return 0, all
}
