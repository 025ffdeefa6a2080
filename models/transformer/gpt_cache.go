// This file holds the ops by which a GPT that reads symbol by symbol looks at those before, and keeps the newest.

package transformer

import (
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// recall is attention of one query to the keys that are kept and to its own:
//
//	y = softmax(q·[kept; own]ᵀ/√HS)·[kept; own]
//	q (N, 1, D), own (N, 1, 2·D), kv (N, S, 2·D), read (N), y (N, 1, D)
//
// read says how many rows of kv are kept. Own and kv hold keys and values, in each head after head. It is what
// ops.CrossAttention gives of one concatenation, and saves that: with y' and l the result and the logarithm of the sum
// of exponentials of the kept rows alone, and s the score of its own key,
//
//	y = y' + (v - y')/(1 + e^(l-s))
type recall struct{ heads int }

func (o recall) String() string { return fmt.Sprintf("recall heads=%d", o.heads) }
func (recall) Operands() string { return "q own kv read" }

func (o recall) Types(in []graph.Type) ([]graph.Type, error) {
	q := in[0]
	if d := q.Shape[2]; d%o.heads != 0 {
		return nil, fmt.Errorf("%d features do not make %d heads", d, o.heads)
	}
	return []graph.Type{q}, graph.SameFloats(in[:3]...)
}

// Grad: none. A Train graph takes ops.CrossAttention.
func (recall) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }

// Scratch is the logarithms of the sums of exponentials (N, NH).
func (o recall) Scratch(in []graph.Type) []graph.Type {
	return []graph.Type{{DType: in[0].DType, Shape: graph.Shape{in[0].Shape[0], o.heads}}}
}

func (o recall) Eval(dst, in []graph.Tensor) error {
	if err := checkRead(in[3].I64, in[2].Shape[1]); err != nil {
		return err
	}
	return graph.EvalFloats(o, dst, in, evalRecall[float32], evalRecall[float64])
}

// checkRead reports a text after which there is no place for another symbol.
func checkRead(read []int64, context int) error {
	for n, r := range read {
		if r < 0 || r >= int64(context) {
			return fmt.Errorf("text %d has %d symbols already, want 0 to %d", n, r, context-1)
		}
	}
	return nil
}

func evalRecall[T scalar.Float](o recall, dst, in []graph.Tensor) error {
	n, s, d := in[2].Shape[0], in[2].Shape[1], in[0].Shape[2]
	p := kernel.AttentionSizes{N: n, NH: o.heads, T: 1, S: s, HS: d / o.heads, Lengths: in[3].I64}
	p.Scale = 1 / math.Sqrt(float64(p.HS))
	y, sums := graph.Floats[T](dst[0]), graph.Floats[T](dst[1])
	q, own, kv := graph.Floats[T](in[0]), graph.Floats[T](in[1]), graph.Floats[T](in[2])
	of := func(x []T, rows, row int) kernel.Heads[T] {
		return kernel.Heads[T]{X: x, Batch: rows * row, Head: p.HS, Row: row}
	}
	kernel.Attention(of(y, 1, d), sums, of(q, 1, d), of(kv, s, 2*d), of(kv[d:], s, 2*d), kernel.Heads[T]{}, p)
	for i := range n * o.heads {
		text, at := i/o.heads, i*p.HS // the head in q and y
		k := 2*d*text + i%o.heads*p.HS
		weight := 1.
		if in[3].I64[text] > 0 {
			weight = ownWeight(q[at:at+p.HS], own[k:k+p.HS], p.Scale, float64(sums[i]))
		}
		for j, v := range own[k+d : k+d+p.HS] {
			y[at+j] += T(weight) * (v - y[at+j])
		}
	}
	return nil
}

// ownWeight is 1/(1 + e^(l-s)), of the score s = scale·q·k.
func ownWeight[T scalar.Float](q, k []T, scale, l float64) float64 {
	s := 0.
	for j, v := range k {
		s += float64(q[j]) * float64(v)
	}
	return 1 / (1 + math.Exp(l-s*scale))
}

// Flops are those of the products with S keys, and of their softmax.
func (o recall) Flops(in []graph.Type) (products, others int64) {
	n, s, d := int64(in[2].Shape[0]), int64(in[2].Shape[1]), int64(in[0].Shape[2])
	return 4 * n * (s + 1) * d, 4 * n * (s + 1) * int64(o.heads)
}

func (recall) Draw([]graph.Type) (graph.Role, string) { return graph.RoleLinear, "Attention" }

// keep is kv (N, S, 2·D) with own (N, 1, 2·D) in the row read (N) of each text. In an update it writes that alone.
type keep struct{}

func (keep) String() string   { return "keep" }
func (keep) Operands() string { return "kv own read" }

func (keep) Types(in []graph.Type) ([]graph.Type, error) { return in[:1], graph.SameFloats(in[:2]...) }

// Grad: none. What is kept is a state, at which gradients end.
func (keep) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }

func (keep) InPlace(int) []int { return []int{0} }

func (o keep) Eval(dst, in []graph.Tensor) error {
	if err := checkRead(in[2].I64, in[0].Shape[1]); err != nil {
		return err
	}
	return graph.EvalFloats(o, dst, in, evalKeep[float32], evalKeep[float64])
}

func evalKeep[T scalar.Float](_ keep, dst, in []graph.Tensor) error {
	y, kv, own, read := graph.Floats[T](dst[0]), graph.Floats[T](in[0]), graph.Floats[T](in[1]), in[2].I64
	if &y[0] != &kv[0] {
		copy(y, kv)
	}
	row, text := len(own)/len(read), len(kv)/len(read)
	for n, r := range read {
		copy(y[n*text+int(r)*row:], own[n*row:(n+1)*row])
	}
	return nil
}

// Flops: none, it moves numbers.
func (keep) Flops([]graph.Type) (products, others int64) { return 0, 0 }

func (keep) Draw([]graph.Type) (graph.Role, string) { return graph.RoleUpdate, "Keep" }
