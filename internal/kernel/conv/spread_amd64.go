package conv

// The gradient by the image in float32, where images have few windows: planes of dy would be too small to fill
// registers of 16 or 32 windows.
//
// The columns are the transposed weights (C·KH·KW, K) times dy of all images side by side (K, N·OH·OW). They have a
// row for each tap: what each window gives to the element under this tap. The columns are then added to their places
// in dx.

import (
	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// Bounds are variables, so that tests can use this way for small shapes.
var (
	spreadWindows = 800 // windows of an image at most
	// channels of y at least: with fewer, computing a column is little work beside adding it to its place
	spreadLeast = 32
	// the same bound for several images: there planes have more work for parallel blocks
	spreadBatch   = 128
	spreadMemory  = 1 << 22 // elements of the columns at most
	spreadColumns = 1 << 14 // elements of the columns that a block adds to their places, about
)

// spreadJob adds the columns of some channels.
type spreadJob struct {
	c  Conv
	dx []float32
	// dy of all images side by side, if there are several, and the columns
	wide, columns  []float32
	channels, size int // channels of a block, and columns in a row
}

var spreadJobs = reuse.Spares{Fresh: func() any { return new(spreadJob) }}

// spreads reports whether the convolution is one for this way.
func (c *Conv) spreads() bool {
	in, out, taps, windows := c.group()
	least := spreadLeast
	if c.N > 1 {
		least = spreadBatch
	}
	return c.Groups == 1 && windows <= spreadWindows && out >= least && c.N*windows*in*taps <= spreadMemory
}

// spreadData computes dx.
func (c *Conv) spreadData(dx, dy, w []float32) {
	in, out, taps, windows := c.group()
	j := spreadJobs.Get().(*spreadJob)
	*j = spreadJob{c: *c, dx: dx, wide: j.wide, columns: j.columns, size: c.N * windows}
	j.channels = max(1, spreadColumns/(taps*j.size))
	if c.N > 1 {
		wide := reuse.Room(&j.wide, out*j.size)
		for n := range c.N {
			for k := range out {
				copy(wide[k*j.size+n*windows:][:windows], dy[(n*out+k)*windows:])
			}
		}
		dy = wide
	}
	columns := reuse.Room(&j.columns, in*taps*j.size)
	gemm.Multiply(gemm.Product[float32]{M: in * taps, N: j.size, K: out, Batch: 1, A: gemm.Rows(w, in*taps).T(),
		B: gemm.Rows(dy, j.size),
		C: gemm.Rows(columns, j.size), Alpha: 1})
	parallel.Run(parallel.Blocks(in, j.channels), j)
	*j = spreadJob{wide: j.wide, columns: j.columns}
	spreadJobs.Put(j)
}

// Block adds the columns of some channels to their places in dx, in all images.
func (j *spreadJob) Block(i int) {
	c := &j.c
	windows, plane, taps := c.OH*c.OW, c.H*c.W, c.KH*c.KW
	lo, hi := parallel.Bounds(i, j.channels, c.C)
	for n := range c.N {
		dx := j.dx[(n*c.C+lo)*plane : (n*c.C+hi)*plane]
		clear(dx)
		columnsToImage(c, dx, j.columns[lo*taps*j.size+n*windows:], j.size, hi-lo, 0, windows)
	}
}
