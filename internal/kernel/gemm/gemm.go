package gemm

import (
	"unsafe"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// A Matrix is an operand of a [Product]. It is stored row by row. If Transposed is set, the operand is the transpose
// of what is stored.
type Matrix[T scalar.Float] struct {
	Data       []T
	Row        int // the distance between the stored rows
	Step       int // the distance between the matrices of a batch; 0 if all are the same matrix
	Transposed bool
}

// Rows returns the matrix whose rows are stored row elements apart.
func Rows[T scalar.Float](data []T, row int) Matrix[T] { return Matrix[T]{Data: data, Row: row} }

// T returns the transpose of x.
func (x Matrix[T]) T() Matrix[T] {
	x.Transposed = !x.Transposed
	return x
}

// Every returns x as the first of a batch of matrices that lie step elements apart.
func (x Matrix[T]) Every(step int) Matrix[T] {
	x.Step = step
	return x
}

// from returns what is stored from element (i, j) of the operand on.
func (x *Matrix[T]) from(i, j int) []T {
	if x.Transposed {
		i, j = j, i
	}
	return x.Data[i*x.Row+j:]
}

// A Product is a batch of matrix products
//
//	C = Alpha·A·B + Beta·C
//
// where A is M×K, B is K×N, and C, which is not transposed, is M×N. If Beta is 0, the old content of C is not read. C
// may not overlap A or B.
//
// A Bias takes the place of Beta·C: each sum begins with the bias of its column, or of its row if BiasByRow is set.
type Product[T scalar.Float] struct {
	M, N, K     int
	Batch       int // how many products
	A, B, C     Matrix[T]
	Alpha, Beta T
	Bias        []T // or nil
	BiasByRow   bool
}

// Multiply computes C.
func Multiply[T scalar.Float](p Product[T]) {
	if p.Batch <= 0 || p.M <= 0 || p.N <= 0 {
		return
	}
	if p.Bias != nil {
		p.Beta = 1 // the bias is in C when the first products are added
	}
	if scalar.Single[T]() && multiply32((*Product[float32])(unsafe.Pointer(&p))) {
		return
	}
	job := reuse.Take[gemmJob[T], T](&gemmJobs)
	*job = gemmJob[T]{p, parallel.Blocks(p.M, tileM), parallel.Blocks(p.N, tileN), 1}
	if 2*p.M*p.N*p.K < SmallFlops { // several products a block
		job.perBlock = max(1, SmallFlops/(2*p.M*p.N*max(p.K, 1)))
		parallel.Run(parallel.Blocks(p.Batch, job.perBlock), (*gemmBatches[T])(job))
	} else {
		parallel.Run(p.Batch*job.tilesM*job.tilesN, job)
	}
	reuse.Give[T](&gemmJobs, job)
}

// Times is Multiply. Packed holds B as PackB32 has laid it out, or is nil.
func (p *Product[T]) Times(packed []float32) {
	if packed == nil {
		Multiply(*p)
		return
	}
	multiplyPacked32((*Product[float32])(unsafe.Pointer(p)), packed)
}

// A tile of C is one block of work. It is small enough for gonum to multiply without starting goroutines. It stays in
// the second-level cache together with a chunk of B, each 48 kB in float32, and a row of one of them in the first.
// Measured on a Zen 3 core: 10 GFLOP/s in float32, where a plain Go loop with 4×2 sums in registers reaches 5.7 and a
// triple loop 1.
const (
	tileM, tileN = 64, 192
	chunkK       = 64 // rows of B that are added to a tile of C at a time
)

// SmallFlops is the work below which a product is not worth a block of its own: then a block does several products.
var SmallFlops = 200_000

var gemmJobs reuse.Jobs

type gemmJob[T scalar.Float] struct {
	Product[T]
	tilesM, tilesN int
	perBlock       int
}

// Block computes tile i, counting through the tiles of one matrix before the next.
func (g *gemmJob[T]) Block(i int) {
	tiles := g.tilesM * g.tilesN
	g.tile(i/tiles, i%tiles/g.tilesN, i%g.tilesN)
}

// gemmBatches is a gemmJob whose blocks do several small products each.
type gemmBatches[T scalar.Float] gemmJob[T]

func (g *gemmBatches[T]) Block(i int) {
	job := (*gemmJob[T])(g)
	lo, hi := parallel.Bounds(i, g.perBlock, g.Batch)
	for p := lo; p < hi; p++ {
		for ti := range g.tilesM {
			for tj := range g.tilesN {
				job.tile(p, ti, tj)
			}
		}
	}
}

// one returns product i of the batch.
func (p *Product[T]) one(i int) Product[T] {
	q := *p
	q.A.Data, q.B.Data, q.C.Data = q.A.Data[i*q.A.Step:], q.B.Data[i*q.B.Step:], q.C.Data[i*q.C.Step:]
	q.Batch = 1
	return q
}

// tile computes tile (ti, tj) of a product of the batch.
func (g *gemmJob[T]) tile(product, ti, tj int) {
	i, iEnd := parallel.Bounds(ti, tileM, g.M)
	j, jEnd := parallel.Bounds(tj, tileN, g.N)
	p := g.one(product)
	c := p.C.from(i, j)
	if p.Bias != nil {
		p.begin(i, iEnd, j, jEnd)
	}
	if p.K == 0 || p.Alpha == 0 {
		for r := range iEnd - i {
			scaleRow(p.Beta, c[r*p.C.Row:r*p.C.Row+jEnd-j])
		}
		return
	}
	t := gemmTile[T](p)
	t.M, t.N, t.C.Data = iEnd-i, jEnd-j, c
	for l := 0; l < p.K; l += chunkK {
		t.K, t.A.Data, t.B.Data = min(chunkK, p.K-l), p.A.from(i, l), p.B.from(l, j)
		t.multiply()
		t.Beta = 1
	}
}

// begin sets rows [i, iEnd) and columns [j, jEnd) of C to the bias.
func (p *Product[T]) begin(i, iEnd, j, jEnd int) {
	for ; i < iEnd; i++ {
		row := p.C.from(i, j)[:jEnd-j]
		if !p.BiasByRow {
			copy(row, p.Bias[j:jEnd])
			continue
		}
		row[0] = p.Bias[i]
		for n := 1; n < len(row); n *= 2 { // copies are faster than a loop
			copy(row[n:], row[:n])
		}
	}
}

// A gemmTile is one tile of C and the chunks of A and B that are multiplied into it.
type gemmTile[T scalar.Float] Product[T]

func (t *gemmTile[T]) multiply() {
	switch {
	case t.B.Transposed:
		t.straightened()
	case t.hidesNaN():
		t.plain()
	default:
		gonumGemm((*Product[T])(t))
	}
}

var gemmCopies reuse.Jobs

// straightened multiplies by a chunk of a transposed B: it copies the chunk, so that it is no longer transposed.
// gonum's own loop for this case takes dot products. Their order of summation depends on how the operands lie in
// memory, and so would the last bit of the result.
func (t *gemmTile[T]) straightened() {
	panel := reuse.Take[[chunkK * tileN]T, T](&gemmCopies)
	for j := range t.N {
		for l, v := range t.B.Data[j*t.B.Row : j*t.B.Row+t.K] {
			panel[l*t.N+j] = v
		}
	}
	u := *t
	u.B = Rows(panel[:], t.N)
	u.multiply()
	reuse.Keep[T](&gemmCopies, panel)
}

// hidesNaN reports whether a row of B with a NaN or an infinity meets a zero of A. gonum leaves out products with a
// zero of A, but 0·NaN is NaN.
func (t *gemmTile[T]) hidesNaN() bool {
	var zero [chunkK]bool // by row of B
	var zeros bool
	if t.A.Transposed {
		for l := range t.K {
			for _, v := range t.A.Data[l*t.A.Row : l*t.A.Row+t.M] {
				if v == 0 {
					zero[l], zeros = true, true
					break
				}
			}
		}
	} else {
		for i := range t.M {
			for l, v := range t.A.Data[i*t.A.Row : i*t.A.Row+t.K] {
				if v == 0 {
					zero[l], zeros = true, true
				}
			}
		}
	}
	for l := 0; zeros && l < t.K; l++ {
		if zero[l] && !vector.FiniteRow(t.B.Data[l*t.B.Row:l*t.B.Row+t.N]) {
			return true
		}
	}
	return false
}

// plain multiplies by the formula. B is not transposed.
func (t *gemmTile[T]) plain() {
	for i := range t.M {
		row := t.C.Data[i*t.C.Row : i*t.C.Row+t.N]
		if t.Beta != 1 {
			scaleRow(t.Beta, row)
		}
		for l := range t.K {
			f := t.Alpha * t.A.from(i, l)[0]
			for j, b := range t.B.Data[l*t.B.Row : l*t.B.Row+t.N] {
				row[j] += f * b
			}
		}
	}
}

// scaleRow multiplies c by beta. A beta of 0 overwrites c, whatever it holds.
func scaleRow[T scalar.Float](beta T, c []T) {
	if beta == 0 {
		clear(c)
		return
	}
	for j := range c {
		c[j] *= beta
	}
}

// gonumGemm is gonum's Sgemm or Dgemm. B is not transposed.
func gonumGemm[T scalar.Float](p *Product[T]) {
	var impl gonum.Implementation
	a := blas.NoTrans
	if p.A.Transposed {
		a = blas.Trans
	}
	switch p := any(p).(type) {
	case *Product[float32]:
		impl.Sgemm(a, blas.NoTrans, p.M, p.N, p.K, p.Alpha, p.A.Data, p.A.Row, p.B.Data, p.B.Row, p.Beta,
			p.C.Data, p.C.Row)
	case *Product[float64]:
		impl.Dgemm(a, blas.NoTrans, p.M, p.N, p.K, p.Alpha, p.A.Data, p.A.Row, p.B.Data, p.B.Row, p.Beta,
			p.C.Data, p.C.Row)
	}
}
