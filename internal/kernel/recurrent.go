package kernel

// Recurrent layers over whole sequences, forward and backward. What one step does to one sequence is in
// vector/cells.go.

import (
	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// A Recurrence is one layer over N sequences of at most Steps vectors, in one direction, with its operands, results
// and working memory. Matrices have a row for each sequence, or for each vector of each sequence. Operands and results
// that are not there are nil.
type Recurrence[T scalar.Float] struct {
	Cell            vector.Cell
	N, Steps, In, H int
	Reverse         bool    // from the last vector of each sequence to the first
	Lengths         []int64 // (N), each in [0, Steps]; nil for all Steps

	X        []T // (N·Steps, In)
	WIH, WHH []T // (G·H, In), (G·H, H)
	BIH, BHH []T // (G·H)
	H0, C0   []T // (N, H)

	Y     []T // (N·Steps, H): the state after each vector, 0 beyond a length
	HN    []T // (N, H): the last state
	CN    []T // (N, H): the last cell state of an LSTM
	Gates []T // (N·Steps, G·H): the gates, for the gradient; may be Y in a cell whose gate is h alone
	Kept  []T // (N·Steps, H): cell states of an LSTM; b + w·h of gate n of a GRU

	Transposed []T // working memory for WHHᵀ (H, G·H)
	Step       []T // working memory (N, G·H)
	Bias       []T // working memory (G·H)
}

// RecurrentForward sets Y, HN, CN, Gates and Kept. All of them may be nil but HN, Gates and, in an LSTM, CN. The
// products with X are one product. Sequences are independent of each other, so a block takes a few sequences through
// all their steps.
func RecurrentForward[T scalar.Float](r Recurrence[T]) {
	wide := r.Cell.Gates() * r.H
	gemm.Multiply(gemm.Product[T]{M: r.N * r.Steps, N: wide, K: r.In, Batch: 1, A: gemm.Rows(r.X, r.In),
		B: gemm.Rows(r.WIH, r.In).T(),
		C: gemm.Rows(r.Gates, wide), Alpha: 1})
	r.sumBias()
	p := packedMatrices.Get().(*packedMatrix)
	j := reuse.Take[recurrentJob[T], T](&recurrentJobs)
	if scalar.Single[T]() && gemm.PackB32(&p.data, gemm.Rows(scalar.Floats32(r.WHH), r.H).T(), r.H, wide) {
		j.packed = p.data
	} else {
		vector.Copy(r.Transposed, 0, []int{wide, 1}, r.WHH, 0, []int{1, r.H}, []int{r.H, wide})
	}
	j.Recurrence = r
	parallel.Run(parallel.Blocks(r.N, sequences), j)
	reuse.Give[T](&recurrentJobs, j)
	packedMatrices.Put(p)
}

// packedMatrix is the matrix WHH, or its transpose, laid out for the product of every step.
type packedMatrix struct{ data []float32 }

var packedMatrices = reuse.Spares{Fresh: func() any { return new(packedMatrix) }}

// sequences is the number of sequences in a block. More would share one reading of the weights, fewer would spread
// over more processors.
const sequences = 12

var recurrentJobs, recurrentGradJobs reuse.Jobs

// sumBias sets Bias to what is added to w·h of each step: both biases, but for gate n of a GRU only that of h.
func (r *Recurrence[T]) sumBias() {
	if r.BIH == nil && r.BHH == nil {
		r.Bias = nil
		return
	}
	clear(r.Bias)
	if r.BHH != nil {
		copy(r.Bias, r.BHH)
	}
	if r.BIH != nil {
		n := len(r.Bias)
		if r.Cell == vector.GRUCell {
			n = 2 * r.H
		}
		vector.Plus(r.Bias[:n], r.Bias[:n], r.BIH[:n])
	}
}

// length is the number of steps of sequence n.
func (r *Recurrence[T]) length(n int) int {
	if r.Lengths == nil {
		return r.Steps
	}
	return int(r.Lengths[n])
}

// row is the place of the vector that sequence n reads at step s.
func (r *Recurrence[T]) row(n, s int) int {
	if r.Reverse {
		return n*r.Steps + r.length(n) - 1 - s
	}
	return n*r.Steps + s
}

// active returns how many of the sequences [lo, hi) there are up to the last one that has a step s. If lengths fall,
// it is the number of sequences that have a step s.
func (r *Recurrence[T]) active(lo, hi, s int) int {
	for hi > lo && r.length(hi-1) <= s {
		hi--
	}
	return hi - lo
}

// before is row n of the state before step s: the state after step s-1, or the initial state if s is 0. It is nil for
// zeros.
func (r *Recurrence[T]) before(states, initial []T, n, s int) []T {
	switch {
	case s > 0:
		return rowAt(states, r.row(n, s-1), r.H)
	case initial != nil:
		return rowAt(initial, n, r.H)
	}
	return nil
}

// rowAt is row i of a matrix whose rows have the given width.
func rowAt[T scalar.Float](x []T, i, width int) []T { return x[i*width : (i+1)*width : (i+1)*width] }

// band is the rows [lo, hi) of a matrix whose rows have the given width.
func band[T scalar.Float](x []T, lo, hi, width int) []T { return x[lo*width : hi*width] }

type recurrentJob[T scalar.Float] struct {
	Recurrence[T]
	packed []float32 // WHHᵀ, or nil
}

// Block takes the sequences of block b through their steps.
func (r *recurrentJob[T]) Block(b int) {
	lo, hi := parallel.Bounds(b, sequences, r.N)
	wide := r.Cell.Gates() * r.H
	h, step := band(r.HN, lo, hi, r.H), band(r.Step, lo, hi, wide)
	begin(h, r.H0, lo*r.H)
	if r.Cell == vector.LSTMCell {
		begin(band(r.CN, lo, hi, r.H), r.C0, lo*r.H)
	}
	for s := range r.Steps {
		n := r.active(lo, hi, s)
		if n == 0 {
			break
		}
		beta := T(0)
		if r.Bias != nil {
			beta = 1
			for i := range n {
				copy(rowAt(step, i, wide), r.Bias)
			}
		}
		p := gemm.Product[T]{M: n, N: wide, K: r.H, Batch: 1, A: gemm.Rows(h, r.H), B: gemm.Rows(r.Transposed, wide),
			C: gemm.Rows(step, wide), Alpha: 1, Beta: beta}
		p.Times(r.packed) // b + w·h
		for i := lo; i < lo+n; i++ {
			if s < r.length(i) {
				r.forward(i, r.row(i, s))
			}
		}
	}
	for n := lo; n < hi; n++ {
		first, last := n*r.Steps+r.length(n), (n+1)*r.Steps
		clear(band(r.Gates, first, last, wide))
		if r.Y != nil {
			clear(band(r.Y, first, last, r.H))
		}
		if r.Kept != nil {
			clear(band(r.Kept, first, last, r.H))
		}
	}
}

// begin sets h to the initial state from the given place on, or to zeros if that is nil.
func begin[T scalar.Float](h, initial []T, from int) {
	if initial == nil {
		clear(h)
		return
	}
	copy(h, initial[from:])
}

// forward takes sequence n through one step. row is its row of Gates and Y.
func (r *recurrentJob[T]) forward(n, row int) {
	wide := r.Cell.Gates() * r.H
	h, z, step := rowAt(r.HN, n, r.H), rowAt(r.Gates, row, wide), rowAt(r.Step, n, wide)
	var kept []T
	if r.Kept != nil {
		kept = rowAt(r.Kept, row, r.H)
	}
	switch r.Cell {
	case vector.LSTMCell:
		vector.LSTMStep(h, rowAt(r.CN, n, r.H), z, step)
		copy(kept, rowAt(r.CN, n, r.H))
	case vector.GRUCell:
		if r.BIH != nil {
			vector.Plus(z[2*r.H:], z[2*r.H:], r.BIH[2*r.H:])
		}
		copy(kept, step[2*r.H:])
		vector.GRUStep(h, z, step)
	default:
		vector.RNNStep(r.Cell, h, z, step)
	}
	if r.Y != nil {
		copy(rowAt(r.Y, row, r.H), h)
	}
}

// A RecurrenceGrad is a Recurrence after its forward pass, with Y, Gates and Kept, and the gradients that are wanted.
// DY, DHN and DCN may be nil for zeros. Gradients that are nil are not computed, but DH0 and, in an LSTM, DC0 are
// always needed. Of the working memory of the forward pass only Step is used.
type RecurrenceGrad[T scalar.Float] struct {
	Recurrence[T]
	DY, DHN, DCN []T

	DX, DWIH, DWHH []T
	DBIH, DBHH     []T
	DH0, DC0       []T

	// working memory (N·Steps, G·H): the gradient by the sums that the gates are functions of
	DZ     []T
	DZH    []T // the same for their part b + w·h; DZ itself, except in a GRU
	Before []T // working memory (N·Steps, H): the state before each step
	Row    []T // working memory (N, H)
}

// RecurrentBackward sets the gradients: by the states step by step, in the blocks of the forward pass, and then by x
// and by the weights in one product each.
func RecurrentBackward[T scalar.Float](r RecurrenceGrad[T]) {
	rows, wide := r.N*r.Steps, r.Cell.Gates()*r.H
	p := packedMatrices.Get().(*packedMatrix)
	j := reuse.Take[recurrentGradJob[T], T](&recurrentGradJobs)
	if scalar.Single[T]() && gemm.PackB32(&p.data, gemm.Rows(scalar.Floats32(r.WHH), r.H), wide, r.H) {
		j.packed = p.data
	}
	j.RecurrenceGrad = r
	parallel.Run(parallel.Blocks(r.N, sequences), j)
	reuse.Give[T](&recurrentGradJobs, j)
	packedMatrices.Put(p)

	if r.DX != nil {
		gemm.Multiply(gemm.Product[T]{M: rows, N: r.In, K: wide, Batch: 1, A: gemm.Rows(r.DZ, wide),
			B: gemm.Rows(r.WIH, r.In),
			C: gemm.Rows(r.DX, r.In), Alpha: 1})
	}
	if r.DWIH != nil {
		gemm.Multiply(gemm.Product[T]{M: wide, N: r.In, K: rows, Batch: 1, A: gemm.Rows(r.DZ, wide).T(),
			B: gemm.Rows(r.X, r.In),
			C: gemm.Rows(r.DWIH, r.In), Alpha: 1})
	}
	if r.DWHH != nil {
		gemm.Multiply(gemm.Product[T]{M: wide, N: r.H, K: rows, Batch: 1, A: gemm.Rows(r.DZH, wide).T(),
			B: gemm.Rows(r.Before, r.H),
			C: gemm.Rows(r.DWHH, r.H), Alpha: 1})
	}
	if r.DBIH != nil {
		vector.Reduce(vector.Sum, r.DBIH, r.DZ, []int{rows, wide}, 1)
	}
	if r.DBHH != nil {
		vector.Reduce(vector.Sum, r.DBHH, r.DZH, []int{rows, wide}, 1)
	}
}

type recurrentGradJob[T scalar.Float] struct {
	RecurrenceGrad[T]
	packed []float32 // WHH, or nil
}

// Block takes the sequences of block b back through their steps.
func (r *recurrentGradJob[T]) Block(b int) {
	lo, hi := parallel.Bounds(b, sequences, r.N)
	wide := r.Cell.Gates() * r.H
	dh, step := band(r.DH0, lo, hi, r.H), band(r.Step, lo, hi, wide)
	begin(dh, r.DHN, lo*r.H)
	if r.Cell == vector.LSTMCell {
		begin(band(r.DC0, lo, hi, r.H), r.DCN, lo*r.H)
	}
	for s := r.Steps - 1; s >= 0; s-- {
		n := r.active(lo, hi, s)
		for i := lo; i < lo+n; i++ {
			if s < r.length(i) {
				r.backward(i, s)
			} else {
				clear(rowAt(r.Step, i, wide))
			}
		}
		p := gemm.Product[T]{M: n, N: r.H, K: wide, Batch: 1, A: gemm.Rows(step, wide), B: gemm.Rows(r.WHH, r.H),
			C: gemm.Rows(dh, r.H), Alpha: 1, Beta: 1}
		p.Times(r.packed)
	}
	for n := lo; n < hi; n++ {
		first, last := n*r.Steps+r.length(n), (n+1)*r.Steps
		clear(band(r.DZ, first, last, wide))
		clear(band(r.DZH, first, last, wide))
		clear(band(r.Before, first, last, r.H))
	}
}

// backward takes sequence n back through step s. It sets Step to the gradient by b + w·h, and dh and dc to the
// gradients by the states before the step, without what w·h adds to them.
func (r *recurrentGradJob[T]) backward(n, s int) {
	wide, row := r.Cell.Gates()*r.H, r.row(n, s)
	h := r.before(r.Y, r.H0, n, s)
	begin(rowAt(r.Before, row, r.H), h, 0)
	dh, dz := rowAt(r.DH0, n, r.H), rowAt(r.Step, n, wide)
	if r.DY != nil {
		vector.Plus(dh, dh, rowAt(r.DY, row, r.H))
	}
	z, tmp := rowAt(r.Gates, row, wide), rowAt(r.Row, n, r.H)
	switch r.Cell {
	case vector.LSTMCell:
		vector.LSTMStepGrad(dh, rowAt(r.DC0, n, r.H), dz, z, rowAt(r.Kept, row, r.H), r.before(r.Kept, r.C0, n, s),
			tmp)
	case vector.GRUCell:
		vector.GRUStepGrad(dh, dz, z, rowAt(r.Kept, row, r.H), rowAt(r.Before, row, r.H), tmp, rowAt(r.DZ, row, wide))
		copy(rowAt(r.DZH, row, wide), dz)
		return
	default:
		vector.RNNStepGrad(r.Cell, dh, dz, z)
	}
	copy(rowAt(r.DZ, row, wide), dz)
}
