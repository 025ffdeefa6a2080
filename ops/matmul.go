// This file holds MatMul, the product of matrices and of batches of them.

package ops

import (
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// MatMul is the matrix product over the last two axes:
//
//	y = a·b        a (…, m, k), b (…, k, n), y (…, m, n)
//
// The axes before them are a batch and broadcast as NumPy's do. Unlike NumPy's, neither
// operand may be a vector: reshape it to (1, k) or (k, 1).
func MatMul(a, b graph.Node) graph.Node { return matMul(a, b, false, false) }

// MatMulT is [MatMul] of operands of which the last two axes are transposed where asked for, without a copy.
func MatMulT(a, b graph.Node, transA, transB bool) graph.Node { return matMul(a, b, transA, transB) }

func matMul(a, b graph.Node, transA, transB bool) graph.Node {
	return graph.Apply(matmul{transA, transB}, a, b)
}

type matmul struct{ transA, transB bool }

func (o matmul) String() string {
	s := "matmul"
	if o.transA {
		s += " aᵀ"
	}
	if o.transB {
		s += " bᵀ"
	}
	return s
}

// sizes are those of a (m, k) and b (kb, n), after they are transposed.
func (o matmul) sizes(a, b graph.Shape) (m, k, kb, n int) {
	m, k = a[len(a)-2], a[len(a)-1]
	if o.transA {
		m, k = k, m
	}
	kb, n = b[len(b)-2], b[len(b)-1]
	if o.transB {
		kb, n = n, kb
	}
	return m, k, kb, n
}

func (o matmul) Types(in []graph.Type) ([]graph.Type, error) {
	a, b := in[0].Shape, in[1].Shape
	if len(a) < 2 || len(b) < 2 {
		return nil, fmt.Errorf("operands have rank %d and %d, want at least 2", len(a), len(b))
	}
	m, k, kb, n := o.sizes(a, b)
	if k != kb {
		return nil, fmt.Errorf("a has %d columns, b has %d rows", k, kb)
	}
	batch, ok := broadcastShape(a[:len(a)-2], b[:len(b)-2])
	if !ok {
		return nil, fmt.Errorf("batch axes %v and %v do not broadcast", a[:len(a)-2], b[:len(b)-2])
	}
	return []graph.Type{{DType: in[0].DType, Shape: append(batch, m, n)}}, sameFloats(in...)
}

// broadcastShape returns the shape that a and b broadcast to, as NumPy has it.
func broadcastShape(a, b graph.Shape) (graph.Shape, bool) {
	if len(a) < len(b) {
		a, b = b, a
	}
	y := slices.Clone(a)
	lead := len(a) - len(b)
	for i, d := range b {
		switch {
		case y[lead+i] == d || d == 1:
		case y[lead+i] == 1:
			y[lead+i] = d
		default:
			return nil, false
		}
	}
	return y, true
}

// Grad: da = dy·bᵀ, db = aᵀ·dy, transposed and summed over batch axes as the operands are.
func (o matmul) Grad(_, dy, in []graph.Node, want []bool) []graph.Node {
	a, b := in[0], in[1]
	d := make([]graph.Node, 2)
	if want[0] {
		if o.transA {
			d[0] = matMul(b, dy[0], o.transB, true)
		} else {
			d[0] = matMul(dy[0], b, false, !o.transB)
		}
		d[0] = SumTo(d[0], a.Shape()...)
	}
	if want[1] {
		if o.transB {
			d[1] = matMul(dy[0], a, true, o.transA)
		} else {
			d[1] = matMul(a, dy[0], !o.transA, false)
		}
		d[1] = SumTo(d[1], b.Shape()...)
	}
	return d
}

func (o matmul) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalMatMul[float32], evalMatMul[float64])
}

func evalMatMul[T scalar.Float](o matmul, dst, in []graph.Tensor) error {
	multiply[T](o, 0, dst[0], in[0], in[1])
	return nil
}

// multiply sets y to a·b + beta·y. One call of the kernel multiplies all matrices of the innermost batch axes along
// which the matrices of each operand lie at equal distances.
func multiply[T scalar.Float](o matmul, beta T, y, a, b graph.Tensor) {
	m, k, _, n := o.sizes(a.Shape, b.Shape)
	lda, ldb := a.Shape[len(a.Shape)-1], b.Shape[len(b.Shape)-1]
	ys, as, bs := graph.Floats[T](y), graph.Floats[T](a), graph.Floats[T](b)
	batch := y.Shape[:len(y.Shape)-2]
	strideA := batchStrides(a.Shape[:len(a.Shape)-2], len(batch), m*k)
	strideB := batchStrides(b.Shape[:len(b.Shape)-2], len(batch), k*n)
	run, last := 1, len(batch) // batch axes from last on are one run
	stepA, stepB := 0, 0
	for last > 0 {
		i := last - 1
		if run > 1 && (strideA[i] != stepA*run || strideB[i] != stepB*run) {
			break
		}
		if run == 1 {
			stepA, stepB = strideA[i], strideB[i]
		}
		run *= batch[i]
		last = i
	}
	var at [graph.MaxRank]int
	for offset := 0; offset < len(ys); offset += run * m * n {
		offA, offB := 0, 0
		for i := range last {
			offA += at[i] * strideA[i]
			offB += at[i] * strideB[i]
		}
		gemm.Multiply(gemm.Product[T]{M: m, N: n, K: k, Batch: run,
			A: gemm.Matrix[T]{Data: as[offA:], Row: lda, Step: stepA, Transposed: o.transA},
			B: gemm.Matrix[T]{Data: bs[offB:], Row: ldb, Step: stepB, Transposed: o.transB},
			C: gemm.Rows(ys[offset:], n).Every(m * n), Alpha: 1, Beta: beta})
		for i := last - 1; i >= 0; i-- {
			if at[i]++; at[i] < batch[i] {
				break
			}
			at[i] = 0
		}
	}
}

// batchStrides returns the distance between matrices along each of rank batch axes. It is 0 where the operand
// broadcasts.
func batchStrides(batch graph.Shape, rank, matrix int) (strides [graph.MaxRank]int) {
	step := matrix
	for i := range batch {
		j := len(batch) - 1 - i
		if batch[j] > 1 {
			strides[rank-1-i] = step
		}
		step *= batch[j]
	}
	return strides
}

// Bound is that of a sum of k products.
func (o matmul) Bound(in []graph.Type, largest []float64) float64 {
	_, k, _, _ := o.sizes(in[0].Shape, in[1].Shape)
	return float64(k) * largest[0] * largest[1]
}

// Flops counts a multiply-add for each element of a and column of b.
func (o matmul) Flops(in []graph.Type) (products, others int64) {
	m, k, _, n := o.sizes(in[0].Shape, in[1].Shape)
	a, b := in[0].Shape, in[1].Shape
	batch, _ := broadcastShape(a[:len(a)-2], b[:len(b)-2])
	return 2 * int64(batch.Size()) * int64(m) * int64(k) * int64(n), 0
}

func (o matmul) Draw([]graph.Type) (graph.Role, string) { return graph.RoleLinear, "MatMul" }

// Load takes a transposition of the last two axes into the product.
func (o matmul) Load(operand int, producer graph.Op) (graph.Op, bool) {
	t, ok := producer.(transpose)
	if !ok || !t.matrices() {
		return nil, false
	}
	if operand == 0 {
		o.transA = !o.transA
	} else {
		o.transB = !o.transB
	}
	return o, true
}

// Accumulate adds the product to a value of its shape.
func (o matmul) Accumulate([]graph.Type) (graph.Op, bool) { return matmulAdd{of: o}, true }

// Absorb takes in elementwise ops.
func (o matmul) Absorb(operands int, next graph.Op, operand int, in []graph.Type) (graph.Op, bool) {
	return absorb(o, operands, next, operand, in)
}

// Rewrite finds the patterns that end with this op.
func (matmul) Rewrite(root graph.Term) (graph.Op, []graph.Term, bool) {
	return rewrite(root, attentionPattern)
}
