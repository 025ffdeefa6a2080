package conv

// Convolutions in float32 of one image with few windows: deep layers, where nearly all that is read are weights.
//
// The result is the transpose of (C·KH·KW, windows)ᵀ times (C·KH·KW, K): the columns transposed, times the weights
// transposed. So the weights are the operand that fills registers: they lie in panels that are read once. The windows,
// which are too few to fill registers, are broadcast. The product, (windows, K), is transposed back.

import (
	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// Bounds are variables, so that tests can use this way for small shapes.
var (
	thinWindows  = 200 // windows at most
	thinFiltered = 50  // windows at most if Winograd's filtering is the alternative
	thinResults  = 32  // channels of y at least: the width of a panel of AVX-512
	thinTaps     = 64  // taps of all channels at least
	thinColumns  = 1 << 14
)

// thinRun is how many elements are copied for a row of at most so many; for a row of half as many or fewer, half of
// them. The elements that are copied beyond the end of a row are overwritten by the next row.
const thinRun = 16

// thinJob is the pass forward.
type thinJob struct {
	c          Conv
	x, y       []float32
	columns    []float32 // (C·KH·KW, windows)
	transposed []float32 // (windows, K)
	some       int       // channels that a block makes columns of
}

var thinJobs = reuse.Spares{Fresh: func() any { return new(thinJob) }}

// thin reports whether the convolution is one for this way.
func (c *Conv) thin() bool {
	most := thinWindows
	if f := c.filterForward(nil, nil, nil, nil); f.filters(c) {
		most = thinFiltered
	}
	return c.N == 1 && c.Groups == 1 && c.OH*c.OW <= most && c.K >= thinResults && c.C*c.KH*c.KW >= thinTaps
}

// thinPacked is how many numbers the weights take.
func (c *Conv) thinPacked() int { return gemm.PackedB(c.C*c.KH*c.KW, c.K) }

// packThin sets packed to the weights as thinForward reads them.
func (c *Conv) packThin(packed, w []float32) {
	k := c.C * c.KH * c.KW
	gemm.PackB(packed, gemm.Rows(w, k).T(), k, c.K)
}

// thinForward computes y of x, and of the weights: w, or packed as packThin has set it, or nil.
func (c *Conv) thinForward(y, x, w, b, packed []float32) {
	j := thinJobs.Get().(*thinJob)
	j.c, j.x, j.y = *c, x, y
	k, windows := c.C*c.KH*c.KW, c.OH*c.OW
	columns := x
	if !c.pointwise() {
		columns = reuse.Room(&j.columns, k*windows)
		j.some = max(1, thinColumns/(c.KH*c.KW*windows))
		parallel.Run(parallel.Blocks(c.C, j.some), (*thinColumnsJob)(j))
	}
	product := gemm.Product[float32]{M: windows, N: c.K, K: k, Batch: 1, A: gemm.Rows(columns, windows).T(),
		B: gemm.Rows(w, k).T(),
		C: gemm.Rows(reuse.Room(&j.transposed, windows*c.K), c.K), Alpha: 1, Bias: b}
	if b != nil {
		product.Beta = 1
	}
	// Columns are copied into panels: they were written by all processors, and reading them once is enough then. An
	// image is read in place: two processors multiply 1024 channels of 14×14 pixels by 256 in 0.8 of the time.
	gemm.MultiplyPrepared(&product, packed, c.pointwise())
	parallel.Run(parallel.Blocks(c.K, thinRows), j)
	*j = thinJob{columns: j.columns, transposed: j.transposed}
	thinJobs.Put(j)
}

// thinColumnsJob makes the columns of some channels.
type thinColumnsJob thinJob

func (q *thinColumnsJob) Block(i int) {
	c := &q.c
	lo, hi := parallel.Bounds(i, q.some, c.C)
	p := c.planes()
	size := p.rows * p.width
	s := convSpaces.Get().(*convSpace)
	image := reuse.Room(&s.planes, c.StrideH*c.StrideW*size+thinRun)
	windows, last := c.OH*c.OW, (hi-lo)*c.KH*c.KW-1
	for ch := lo; ch < hi; ch++ {
		p.copyPlane(image, size, q.x[ch*c.H*c.W:], 0, p.rows)
		for t := range c.KH * c.KW {
			u, v := t/c.KW*c.DilH, t%c.KW*c.DilW
			from := image[(u%c.StrideH*c.StrideW+v%c.StrideW)*size+u/c.StrideH*p.width+v/c.StrideW:]
			to := q.columns[(ch*c.KH*c.KW+t)*windows:]
			if after := last - (ch-lo)*c.KH*c.KW - t; c.OW > thinRun || after*windows < thinRun {
				to = to[:windows]
				for r := range c.OH {
					copy(to[r*c.OW:(r+1)*c.OW], from[r*p.width:])
				}
			} else if c.OW <= thinRun/2 {
				for r := range c.OH {
					*(*[thinRun / 2]float32)(to[r*c.OW:]) = *(*[thinRun / 2]float32)(from[r*p.width:])
				}
			} else {
				for r := range c.OH {
					*(*[thinRun]float32)(to[r*c.OW:]) = *(*[thinRun]float32)(from[r*p.width:])
				}
			}
		}
	}
	convSpaces.Put(s)
}

// thinRows is how many channels a block transposes back.
const thinRows = 64

// Block transposes some channels of the result.
func (j *thinJob) Block(i int) {
	lo, hi := parallel.Bounds(i, thinRows, j.c.K)
	windows, rows := j.c.OH*j.c.OW, j.c.K
	whole := windows &^ 7
	for ; lo+8 <= hi && whole > 0; lo += 8 {
		vector.TransposeAVX2(whole/8, &j.y[lo*windows], 4*windows, &j.transposed[lo], 4*rows)
		for k := lo; k < lo+8; k++ {
			for q := whole; q < windows; q++ {
				j.y[k*windows+q] = j.transposed[q*rows+k]
			}
		}
	}
	for k := lo; k < hi; k++ {
		for q := range windows {
			j.y[k*windows+q] = j.transposed[q*rows+k]
		}
	}
}
