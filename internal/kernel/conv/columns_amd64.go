package conv

// The gradient by many weights over few windows in float32, as one product: dy (K, windows), with the windows of all
// images one after the other, times the windows themselves (windows, C·KH·KW).
//
// Other ways sum what belongs to a tap, and then move the sums to their place among the weights. With many weights and
// few windows that costs more than the sums. Here the sums are made in their place. What is copied instead, for each
// window a panel of its taps, is read by all K rows.

import (
	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// Sizes of pieces are variables, so that tests can cut small shapes into many.
var (
	columnsWindows  = 4  // windows for each of the K rows, at most
	columnsFiltered = 2  // the same bound if Winograd's filtering is the alternative
	columnsLeast    = 64 // taps of all channels at least: two panels of AVX-512
)

// columnsJob is the gradient of the weights.
type columnsJob struct {
	planes
	c       Conv
	x, dy   []float32
	dw      []float32
	kernels *gemm.Micro
	windows int       // windows of all images
	images  []float32 // with their padding
	rowsDY  []float32 // (K, windows)
	a       []float32 // rowsDY in panels, chunk by chunk
	place   []int     // where each window begins in images
	offset  []int     // where each tap lies, from the place of its window on
}

var columnsJobs = reuse.Spares{Fresh: func() any { return new(columnsJob) }}

// few reports whether there are at most perRow windows for each row of dy, and enough taps.
func (c *Conv) few(perRow int) bool {
	return c.Groups == 1 && c.N*c.OH*c.OW <= perRow*c.K && c.C*c.KH*c.KW >= columnsLeast
}

// columnWeights computes dw.
func (c *Conv) columnWeights(dw, x, dy []float32) {
	j := columnsJobs.Get().(*columnsJob)
	j.c, j.x, j.dy, j.dw, j.kernels, j.windows = *c, x, dy, dw, gemm.MicroFor(gemm.MaxWidth), c.N*c.OH*c.OW
	j.planes = planes{h: c.H, w: c.W, strideH: 1, strideW: 1, phasesH: 1, phasesW: 1, padT: c.PadT, padL: c.PadL,
		rows: c.rows(), width: c.width()}
	size := j.rows * j.width
	reuse.Room(&j.images, c.N*c.C*size)
	reuse.Room(&j.rowsDY, c.K*j.windows)
	parallel.Run(c.N, (*columnsImages)(j))
	reuse.Room(&j.a, gemm.RoundUp(c.K, j.kernels.Height)*j.windows)
	parallel.Run(parallel.Blocks(c.K, j.kernels.Height), (*columnsRows)(j))
	j.place, j.offset = j.place[:0], j.offset[:0]
	for n := range c.N {
		for r := range c.OH {
			for s := range c.OW {
				j.place = append(j.place, n*c.C*size+r*c.StrideH*j.width+s*c.StrideW)
			}
		}
	}
	for ch := range c.C {
		for u := range c.KH {
			for v := range c.KW {
				j.offset = append(j.offset, ch*size+u*c.DilH*j.width+v*c.DilW)
			}
		}
	}
	parallel.Run(min(2*gemm.GoodBlocks, j.panelCount()), j)
	*j = columnsJob{images: j.images, rowsDY: j.rowsDY, a: j.a, place: j.place, offset: j.offset}
	columnsJobs.Put(j)
}

// panelCount is how many panels the taps fill.
func (j *columnsJob) panelCount() int { return parallel.Blocks(len(j.offset), j.kernels.Width) }

// depth is how many windows are multiplied at a time.
func (j *columnsJob) depth() int { return gemm.Evenly(j.windows, gemm.ChunkDepth, 8) }

// columnsImages copies an image with its padding, and its dy.
type columnsImages columnsJob

func (q *columnsImages) Block(n int) {
	j, c := (*columnsJob)(q), &q.c
	size, windows := j.rows*j.width, c.OH*c.OW
	for ch := range c.C {
		j.copyPlane(j.images[(n*c.C+ch)*size:], size, j.x[(n*c.C+ch)*c.H*c.W:], 0, j.rows)
	}
	for k := range c.K {
		copy(j.rowsDY[k*j.windows+n*windows:][:windows], j.dy[(n*c.K+k)*windows:])
	}
}

// columnsRows copies some rows of dy into a panel of each chunk.
type columnsRows columnsJob

func (q *columnsRows) Block(i int) {
	j, height := (*columnsJob)(q), q.kernels.Height
	lo, hi := parallel.Bounds(i, height, j.c.K)
	depth := j.depth()
	for l := 0; l < j.windows; l += depth {
		k := min(depth, j.windows-l)
		to := j.a[l*gemm.RoundUp(j.c.K, height)+lo*k:]
		j.kernels.PackA(to, gemm.Rows(j.rowsDY, j.windows), lo, hi, l, k)
	}
}

// Block computes the gradient by some panels of taps.
func (j *columnsJob) Block(i int) {
	blocks := min(2*gemm.GoodBlocks, j.panelCount())
	s := convSpaces.Get().(*convSpace)
	for p := i * j.panelCount() / blocks; p < (i+1)*j.panelCount()/blocks; p++ {
		j.panel(s, p*j.kernels.Width)
	}
	convSpaces.Put(s)
}

// panel computes the gradient by the taps from first on, as many as a panel has.
func (j *columnsJob) panel(s *convSpace, first int) {
	kernels, rowC := j.kernels, len(j.offset)
	width := min(kernels.Width, rowC-first)
	b := reuse.Room(&s.result, kernels.Width*j.depth())
	for l := 0; l < j.windows; l += j.depth() {
		k := min(j.depth(), j.windows-l)
		j.columns(b, first, width, l, k)
		a := j.a[l*gemm.RoundUp(j.c.K, kernels.Height):]
		for m := 0; m < j.c.K; m += kernels.Height {
			rows, to := min(kernels.Height, j.c.K-m), j.dw[m*rowC+first:]
			if width == kernels.Width {
				kernels.MultiplyPanel[rows](k, &a[m*k], &b[0], &to[0], 4*rowC, 1, l > 0)
				continue
			}
			kernels.MultiplyPanel[rows](k, &a[m*k], &b[0], &s.edge[0], 4*kernels.Width, 1, false)
			for y := range rows {
				row := to[y*rowC:][:width]
				for x, z := range s.edge[y*kernels.Width:][:width] {
					if l > 0 {
						z += row[x]
					}
					row[x] = z
				}
			}
		}
	}
}

// columns copies the taps [first, first+width) of windows [l, l+k) into a panel, and zeros for the taps beyond.
func (j *columnsJob) columns(b []float32, first, width, l, k int) {
	offset := j.offset[first : first+width]
	for q, place := range j.place[l : l+k] {
		from, to := j.images[place:], b[q*j.kernels.Width:][:width]
		for t, o := range offset {
			to[t] = from[o]
		}
		clear(b[q*j.kernels.Width+width : (q+1)*j.kernels.Width])
	}
}
