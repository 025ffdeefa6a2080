package conv

// The gradient of a convolution by its input in float32, where images have few windows: dy is too small for planes, of
// whose rows registers take 16 or 32 places at once.
//
// The transpose of the weights, (C·KH·KW, K), times dy of all images side by side, (K, N·OH·OW), are the columns: a
// row for each tap, with what each window gives to the element under that tap. They are added to where they belong.

import (
	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// Bounds are variables, so that tests can have this way for small shapes.
var (
	spreadWindows = 800     // of an image at most
	spreadLeast   = 32      // channels of y at least: the work of a column, which takes as much to add to its place
	spreadBatch   = 128     // of several images, of which planes have more to do at once
	spreadMemory  = 1 << 22 // elements of the columns at most
	spreadColumns = 1 << 14 // that a block adds to their places, or so
)

// spreadJob adds the columns of some channels.
type spreadJob struct {
	c              Conv
	dx             []float32
	wide, columns  []float32 // dy of all images side by side, if there are several; the columns
	channels, size int       // of a block; columns in a row
}

var spreadJobs = reuse.Spares{Fresh: func() any { return new(spreadJob) }}

// spreads reports whether the convolution is one for this.
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

// Block adds the columns of some channels to where they belong, in all images.
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
