package kernel

// Attention by blocks of queries and keys. The softmax is corrected as more keys come in, so that the matrix of all
// scores is never in memory. See Milakov and Gimelshein 2018 for the running softmax, Dao 2023 (FlashAttention-2) for
// the order of blocks.

import (
	"math"

	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// attentionBlock and attentionKeys are the numbers of queries and of keys of a block: two blocks of float32 scores,
// with their rows of q, k and v, lie in the second-level cache. With 64 keys the work on rows of scores took 11 % more
// of the time of 256 queries and keys of 64 numbers on a Zen 3 core, and with 256 it took no less.
const (
	attentionBlock = 64
	attentionKeys  = 128
)

// Heads is a tensor seen as (N, NH, T, HS). The HS elements of a row lie side by side. Batch, Head and Row are the
// distances between examples, heads and rows.
type Heads[T scalar.Float] struct {
	X                []T
	Batch, Head, Row int
}

// from is X from the given row on.
func (h Heads[T]) from(n, head, row int) []T { return h.X[n*h.Batch+head*h.Head+row*h.Row:] }

// rows is the matrix of the rows of a head, from the given one on.
func (h Heads[T]) rows(n, head, row int) gemm.Matrix[T] {
	return gemm.Rows(h.from(n, head, row), h.Row)
}

// AttentionSizes are the sizes of q (N, NH, T, HS) and of k and v (N, NH, S, HS), and which keys a query sees.
type AttentionSizes struct {
	N, NH, T, S, HS int
	Scale           float64
	Causal          bool    // query i sees only keys j ≤ i + S - T
	Lengths         []int64 // number of keys of each example; nil for S
}

// seen is how many keys query i of example n sees. It sees the first ones, and at least those that query i-1 sees.
func (p *AttentionSizes) seen(n, i int) int {
	keys := p.S
	if p.Lengths != nil {
		keys = int(p.Lengths[n])
	}
	if p.Causal {
		keys = min(keys, i+1+p.S-p.T)
	}
	return max(keys, 0)
}

// Attention sets y = softmax(scale·q·kᵀ + mask)·v over the keys that each query sees. It sets lse (N, NH, T), which
// may be nil, to the logarithm of the sum of exponentials. A query that sees no key has y = 0 and lse = 0. The mask
// (N, NH, T, S) may be the zero value. If a query's row of the mask is all -Inf, its y is NaN, as its softmax is.
//
// In float32 a score s has an error of (√HS + 4)·2⁻²⁴·scale·Σ|q·k| at most, and its weight e^s a relative error of as
// much. For the gradients lse is rounded. The relative error of a weight is then (√HS + 6)·2⁻²⁴ times the larger of
// |lse| and scale·Σ|q·k|.
func Attention[T scalar.Float](y Heads[T], lse []T, q, k, v, mask Heads[T], p AttentionSizes) {
	j := reuse.Take[attentionJob[T], T](&attentionJobs)
	*j = attentionJob[T]{AttentionSizes: p, q: q, k: k, v: v, y: y, mask: mask, lse: lse,
		blocks: parallel.Blocks(p.T, attentionBlock)}
	j.run(p.N*p.NH*j.blocks, j)
	reuse.Give[T](&attentionJobs, j)
}

// Attended holds the operands and results of [Attention].
type Attended[T scalar.Float] struct {
	Q, K, V, Y Heads[T]
	LSE        []T
}

// AttentionGrad sets dq, dk and dv from dy and from the operands and results of Attention. A gradient whose X is nil
// is left out.
func AttentionGrad[T scalar.Float](dq, dk, dv, dy Heads[T], of Attended[T], p AttentionSizes) {
	j := reuse.Take[attentionJob[T], T](&attentionJobs)
	*j = attentionJob[T]{AttentionSizes: p, q: of.Q, k: of.K, v: of.V, y: of.Y, lse: of.LSE,
		dq: dq, dk: dk, dv: dv, dy: dy}
	j.run(p.N*p.NH, (*attentionGradJob[T])(j))
	reuse.Give[T](&attentionJobs, j)
}

var attentionJobs, attentionScratches reuse.Jobs

type attentionJob[T scalar.Float] struct {
	AttentionSizes
	q, k, v, y     Heads[T]
	mask           Heads[T]
	dq, dk, dv, dy Heads[T]
	lse            []T
	blocks         int // of queries in a head
}

// run runs the blocks of body. If the products are small, it does so in the caller alone.
func (a *attentionJob[T]) run(blocks int, body parallel.Body) {
	if 4*a.N*a.NH*a.T*a.S*a.HS < gemm.SmallFlops {
		for i := range blocks {
			body.Block(i)
		}
		return
	}
	parallel.Run(blocks, body)
}

// attentionScratch is the working memory of one block. Rows of blocks lie side by side.
type attentionScratch[T scalar.Float] struct {
	p, dp [attentionBlock * attentionKeys]T // scores, then probabilities; their gradients
	top   [attentionBlock]T                 // the largest score of each query so far
	total [attentionBlock]float64           // Σ e^(score - top) so far
}

// An attentionTile is a block of queries [i, i+rows) of head h of example n, and a block of keys [j, j+cols).
type attentionTile struct{ n, h, i, rows, j, cols int }

// tile is the block of queries from i on, without keys.
func (p *AttentionSizes) tile(n, h, i int) attentionTile {
	return attentionTile{n: n, h: h, i: i, rows: min(attentionBlock, p.T-i)}
}

// at is t with the block of keys from j on, without the queries that see none of these keys. It reports false if no
// query is left.
func (p *AttentionSizes) at(t attentionTile, j int) (attentionTile, bool) {
	for t.rows > 0 && p.seen(t.n, t.i) <= j {
		t.i++
		t.rows--
	}
	if t.rows == 0 {
		return t, false
	}
	t.j, t.cols = j, min(attentionKeys, p.seen(t.n, t.i+t.rows-1)-j)
	return t, true
}

// scores sets s = scale·q·kᵀ for a tile. The product is small enough to be one block of Multiply, in this goroutine.
func (a *attentionJob[T]) scores(s []T, t attentionTile) {
	gemm.Multiply(gemm.Product[T]{M: t.rows, N: t.cols, K: a.HS, Batch: 1, A: a.q.rows(t.n, t.h, t.i),
		B: a.k.rows(t.n, t.h, t.j).T(), C: gemm.Rows(s, t.cols), Alpha: T(a.Scale)})
}

// Block computes one block of queries.
func (a *attentionJob[T]) Block(b int) {
	n, h, first := b/a.blocks/a.NH, b/a.blocks%a.NH, b%a.blocks*attentionBlock
	s := reuse.Take[attentionScratch[T], T](&attentionScratches)
	all := a.tile(n, h, first)
	for r := range all.rows {
		s.top[r], s.total[r] = T(math.Inf(-1)), 0
		clear(a.y.from(n, h, first+r)[:a.HS])
	}
	for j := 0; ; j += attentionKeys {
		t, ok := a.at(all, j)
		if !ok {
			break
		}
		a.scores(s.p[:], t)
		for r := range t.rows {
			if a.mask.X != nil {
				row := s.p[r*t.cols : (r+1)*t.cols]
				vector.BinaryRow(vector.Add, row, row, a.mask.from(n, h, t.i+r)[j:j+t.cols], 0, 0)
			}
			a.absorb(s, t, r, t.i-first+r)
		}
		gemm.Multiply(gemm.Product[T]{M: t.rows, N: a.HS, K: t.cols, Batch: 1, A: gemm.Rows(s.p[:], t.cols),
			B: a.v.rows(n, h, j),
			C: a.y.rows(n, h, t.i), Alpha: 1, Beta: 1})
	}
	for r := range all.rows {
		lse := T(0)
		if total := s.total[r]; total != 0 || a.mask.X != nil && a.seen(n, first+r) > 0 { // NaN too
			row := a.y.from(n, h, first+r)[:a.HS]
			vector.UnaryRow(vector.MulScalar, row, row, T(1/total), 0)
			lse = s.top[r] + T(math.Log(total))
		}
		if a.lse != nil {
			a.lse[(n*a.NH+h)*a.T+first+r] = lse
		}
	}
	reuse.Keep[T](&attentionScratches, s)
}

// absorb takes row r of a tile's scores into the running softmax of its query, row q of the block. It sets the row to
// e^(score - top), 0 for keys that are not seen, and scales what the query has summed so far to the new top.
func (a *attentionJob[T]) absorb(s *attentionScratch[T], t attentionTile, r, q int) {
	p := s.p[r*t.cols : (r+1)*t.cols]
	n := min(t.cols, a.seen(t.n, t.i+r)-t.j)
	clear(p[n:])
	p = p[:n]
	top := vector.Extremum(vector.Max, s.top[q], p)
	if a.mask.X != nil && math.IsInf(float64(top), -1) {
		clear(p)
		return
	}
	shiftedExp(p, p, -top)
	if s.total[q] != 0 && top != s.top[q] {
		shrink := scalar.Exp(s.top[q] - top)
		s.total[q] *= float64(shrink)
		y := a.y.from(t.n, t.h, t.i+r)[:a.HS]
		vector.UnaryRow(vector.MulScalar, y, y, shrink, 0)
	}
	s.top[q] = top
	s.total[q] += vector.RowSum(p)
}

// attentionGradJob is an attentionJob whose blocks are heads. With the probabilities p and δ = Σ dy·y of each query,
//
//	dv = pᵀ·dy    ds = p·(dy·vᵀ - δ)    dq = scale·ds·k    dk = scale·dsᵀ·q
type attentionGradJob[T scalar.Float] attentionJob[T]

func (g *attentionGradJob[T]) Block(b int) {
	a, n, h := (*attentionJob[T])(g), b/g.NH, b%g.NH
	a.clearHead(a.dq, n, h, a.T)
	a.clearHead(a.dk, n, h, a.S)
	a.clearHead(a.dv, n, h, a.S)
	s := reuse.Take[attentionScratch[T], T](&attentionScratches)
	for i := 0; i < a.T; i += attentionBlock {
		all := a.tile(n, h, i)
		for r := range all.rows {
			s.total[r] = vector.Dot(a.dy.from(n, h, i+r)[:a.HS], a.y.from(n, h, i+r)[:a.HS])
		}
		for j := 0; ; j += attentionKeys {
			t, ok := a.at(all, j)
			if !ok {
				break
			}
			a.gradients(s, t, s.total[t.i-i:])
		}
	}
	reuse.Keep[T](&attentionScratches, s)
}

func (a *attentionJob[T]) clearHead(x Heads[T], n, h, rows int) {
	if x.X == nil {
		return
	}
	for r := range rows {
		clear(x.from(n, h, r)[:a.HS])
	}
}

// gradients adds what a tile contributes to dq, dk and dv. delta holds δ of its queries.
func (a *attentionJob[T]) gradients(s *attentionScratch[T], t attentionTile, delta []float64) {
	p, ds := s.p[:t.rows*t.cols], s.dp[:t.rows*t.cols]
	dy, scale := a.dy.rows(t.n, t.h, t.i), T(a.Scale)
	a.scores(p, t)
	lse := a.lse[(t.n*a.NH+t.h)*a.T+t.i:]
	for r := range t.rows {
		row := p[r*t.cols : (r+1)*t.cols]
		n := min(t.cols, a.seen(t.n, t.i+r)-t.j)
		shiftedExp(row[:n], row[:n], -lse[r])
		clear(row[n:])
	}
	if a.dv.X != nil {
		gemm.Multiply(gemm.Product[T]{M: t.cols, N: a.HS, K: t.rows, Batch: 1, A: gemm.Rows(p, t.cols).T(), B: dy,
			C: a.dv.rows(t.n, t.h, t.j), Alpha: 1, Beta: 1})
	}
	if a.dq.X == nil && a.dk.X == nil {
		return
	}
	gemm.Multiply(gemm.Product[T]{M: t.rows, N: t.cols, K: a.HS, Batch: 1, A: dy, B: a.v.rows(t.n, t.h, t.j).T(),
		C: gemm.Rows(ds, t.cols), Alpha: 1})
	for r := range t.rows {
		shiftedTimes(ds[r*t.cols:(r+1)*t.cols], p[r*t.cols:(r+1)*t.cols], T(-delta[r]))
	}
	if a.dq.X != nil {
		gemm.Multiply(gemm.Product[T]{M: t.rows, N: a.HS, K: t.cols, Batch: 1, A: gemm.Rows(ds, t.cols),
			B: a.k.rows(t.n, t.h, t.j),
			C: a.dq.rows(t.n, t.h, t.i), Alpha: scale, Beta: 1})
	}
	if a.dk.X != nil {
		gemm.Multiply(gemm.Product[T]{M: t.cols, N: a.HS, K: t.rows, Batch: 1, A: gemm.Rows(ds, t.cols).T(),
			B: a.q.rows(t.n, t.h, t.i), C: a.dk.rows(t.n, t.h, t.j), Alpha: scale, Beta: 1})
	}
}

// shiftedTimes sets x = (x + p)·y.
func shiftedTimes[T scalar.Float](x, y []T, p T) {
	if scalar.Single[T]() && vector.ShiftedTimesFast(scalar.Floats32(x), scalar.Floats32(x), scalar.Floats32(y),
		float32(p)) {
		return
	}
	vector.UnaryRow(vector.AddScalar, x, x, p, 0)
	vector.BinaryRow(vector.Mul, x, x, y, 0, 0)
}
