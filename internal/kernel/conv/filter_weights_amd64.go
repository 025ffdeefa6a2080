package conv

// The gradient by 3×3 weights in float32, by Winograd's minimal filtering F(3×3, 2×2).
//
// A tile is 4×4 pixels of the image and the 2×2 elements of dy over them. The transformed tiles are 16 matrices
// (tiles, C) and 16 matrices (tiles, K). The 16 products over all tiles, transformed back, are the gradient. Here
// channels lie side by side in registers, as many as a tile of the matrix product is wide. So transformed images are
// panels of B, and transformed dy, read row by row, are panels of A.

import (
	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

const filterSumsChannels = 16 // with fewer channels, a panel is not full

var filterSumsTiles = 1 << 8 // tiles that are transformed at a time

// filterSums computes the gradient by the weights.
type filterSums struct {
	c                  Conv
	x, dy, dw          []float32
	kernels            *gemm.Micro
	tileRows, tileCols int
	images             int // images whose tiles are transformed at a time
	parts, blocks      int // parts of the images, and blocks of the panels of C
	panelsC, panelsK   int
	total              int // elements of the sums of one part: (16, panel of C, K, width)
	sums               []float32
	shares             bool // dy is transformed once for all blocks
	// the group of images whose transformed dy is in u, if it is shared
	group int
	u     []float32
}

var filterSumsJobs = reuse.Spares{Fresh: func() any { return new(filterSums) }}

// filtersGradient reports whether filterGradient can compute the gradient and is worth it.
func (c *Conv) filtersGradient() bool {
	if c.Groups != 1 || c.KH != 3 || c.KW != 3 || c.StrideH != 1 || c.StrideW != 1 || c.DilH != 1 || c.DilW != 1 ||
		c.C < filterSumsChannels || c.K < filterSumsChannels {
		return false
	}
	rows, cols := (c.OH+1)/2, (c.OW+1)/2
	return 2*4*rows*cols <= 3*c.OH*c.OW && c.N*rows*cols >= winogradTiles
}

// filterGradient computes dw, and reports whether it has: filtersGradient may refuse.
func (c *Conv) filterGradient(dw, x, dy []float32) bool {
	if !c.filtersGradient() {
		return false
	}
	rows, cols := (c.OH+1)/2, (c.OW+1)/2
	j := filterSumsJobs.Get().(*filterSums)
	j.c, j.x, j.dy, j.dw, j.kernels, j.tileRows, j.tileCols = *c, x, dy, dw, gemm.MicroFor(c.C), rows, cols
	width := j.kernels.Width
	j.images = max(1, min(c.N, filterSumsTiles/(rows*cols)))
	groups := parallel.Blocks(c.N, j.images)
	j.panelsC, j.panelsK = parallel.Blocks(c.C, width), parallel.Blocks(c.K, width)
	j.total = 16 * j.panelsC * c.K * width
	j.parts = max(1, min(groups, gemm.GoodBlocks, sumsMemory/j.total))
	j.blocks = min(j.panelsC, parallel.Blocks(gemm.GoodBlocks, j.parts))
	reuse.Room(&j.sums, j.parts*j.total)
	if j.shares = j.parts == 1 && j.blocks > 1; j.shares {
		reuse.Room(&j.u, 16*j.stepU(j.images))
		for j.group = range groups {
			parallel.Run(j.panelsK, (*filterSumsResults)(j))
			parallel.Run(j.blocks, j)
		}
	} else {
		parallel.Run(j.parts*j.blocks, j)
	}
	parallel.Run(c.K, (*filterSumsOut)(j))
	*j = filterSums{sums: j.sums, u: j.u}
	filterSumsJobs.Put(j)
	return true
}

// Block sums some panels over one part of the images.
func (j *filterSums) Block(i int) {
	block, part := i%j.blocks, i/j.blocks
	lo, hi := block*j.panelsC/j.blocks, (block+1)*j.panelsC/j.blocks
	groups := parallel.Blocks(j.c.N, j.images)
	s := convSpaces.Get().(*convSpace)
	first, end := part*groups/j.parts, (part+1)*groups/j.parts
	if j.shares {
		first, end = j.group, j.group+1
	}
	for group := first; group < end; group++ {
		n := group * j.images
		images := min(j.images, j.c.N-n)
		u := j.u
		if !j.shares {
			u = reuse.Room(&s.transformed, 16*j.stepU(images))
			for panel := range j.panelsK {
				j.transformResults(s, u, n, images, panel)
			}
		}
		add := group > part*groups/j.parts
		j.add(s, j.sums[part*j.total:(part+1)*j.total], u, n, images, lo, hi, add)
	}
	convSpaces.Put(s)
}

// filterSumsResults transforms one panel of dy, which all blocks then read.
type filterSumsResults filterSums

func (q *filterSumsResults) Block(panel int) {
	j := (*filterSums)(q)
	s := convSpaces.Get().(*convSpace)
	n := j.group * j.images
	j.transformResults(s, j.u, n, min(j.images, j.c.N-n), panel)
	convSpaces.Put(s)
}

// stepU is the distance between the 16 matrices of transformed dy.
func (j *filterSums) stepU(images int) int {
	return apart(j.panelsK * images * j.tileRows * j.tileCols * j.kernels.Width)
}

// add adds the products of the tiles of some images and u to panels [lo, hi) of sums, or without add sets them.
func (j *filterSums) add(s *convSpace, sums, u []float32, first, images, lo, hi int, add bool) {
	width := j.kernels.Width
	tiles := images * j.tileRows * j.tileCols
	stepV, stepU := apart((hi-lo)*tiles*width), j.stepU(images)
	v := reuse.Room(&s.products, 16*stepV)
	j.transformImages(s, v, first, images, lo, hi)
	depth := gemm.Evenly(tiles, gemm.ChunkDepth, 1)
	for e := range 16 {
		for at := 0; at < tiles; at += depth {
			k := min(depth, tiles-at)
			for p := lo; p < hi; p++ {
				b := &v[e*stepV+((p-lo)*tiles+at)*width]
				to := sums[(e*j.panelsC+p)*j.c.K*width:]
				for m := 0; m < j.c.K; {
					end := min(m/width*width+width, j.c.K) // the end of the panel
					rows := min(j.kernels.Height, end-m)
					a := &u[e*stepU+(m/width*tiles+at)*width+m%width]
					j.kernels.MultiplyTile[rows](k, a, 4, 4*width, b, 4*width, &to[m*width], 4*width, 1, add || at > 0)
					m += rows
				}
			}
		}
	}
}

// transformImages sets panels [lo, hi) of v (16, panel, tile, width) to the transformed tiles of images.
func (j *filterSums) transformImages(s *convSpace, v []float32, first, images, lo, hi int) {
	c, width := &j.c, j.kernels.Width
	p := planes{h: c.H, w: c.W, strideH: 1, strideW: 1, phasesH: 1, phasesW: 1, padT: c.PadT, padL: c.PadL,
		rows: 2*j.tileRows + 2, width: 2*j.tileCols + 2}
	size := p.rows * p.width
	copied, transposed := reuse.Room(&s.planes, width*size), reuse.Room(&s.result, size*width)
	var rows, cols [4]int
	for e := range 4 {
		rows[e], cols[e] = 4*e*p.width*width, 4*e*width
	}
	tiles := j.tileRows * j.tileCols
	stepV := apart((hi - lo) * images * tiles * width)
	for panel := lo; panel < hi; panel++ {
		channels := min(width, c.C-panel*width)
		for n := range images {
			for ch := range channels {
				p.copyPlane(copied[ch*size:], size, j.x[((first+n)*c.C+panel*width+ch)*c.H*c.W:], 0, p.rows)
			}
			j.kernels.TransposePanel(transposed, copied, size, channels, size)
			for side := 0; side < width; side += lanes {
				to := ((panel-lo)*images+n)*tiles*width + side
				winogradImageVector(j.tileRows, j.tileCols, &transposed[side], 4*2*width,
					4*width*(2*p.width-2*j.tileCols),
					&rows, &cols, &v[to], 4*stepV, 4*width)
			}
		}
	}
}

// transformResults sets a panel of u (16, panel, tile, width) to the transformed tiles of dy.
func (j *filterSums) transformResults(s *convSpace, u []float32, first, images, panel int) {
	c, width := &j.c, j.kernels.Width
	rows, cols := 2*j.tileRows, 2*j.tileCols
	size := rows * cols
	copied, transposed := reuse.Room(&s.planes, width*size), reuse.Room(&s.result, size*width)
	tiles := j.tileRows * j.tileCols
	stepU := j.stepU(images)
	channels := min(width, c.K-panel*width)
	for n := range images {
		from := j.dy[((first+n)*c.K+panel*width)*c.OH*c.OW:]
		if c.OH < rows || c.OW < cols { // zeros where tiles reach beyond dy
			clear(copied)
			for k := range channels {
				for r := range c.OH {
					copy(copied[k*size+r*cols:][:c.OW], from[(k*c.OH+r)*c.OW:])
				}
			}
			from = copied
		}
		j.kernels.TransposePanel(transposed, from, size, channels, size)
		for side := 0; side < width; side += lanes {
			to := (panel*images+n)*tiles*width + side
			line := 4 * cols * width
			winogradGradientVector(j.tileRows, j.tileCols, &transposed[side], 4*2*width, line, line, 4*width, &u[to],
				4*stepU, 4*width)
		}
	}
}

// filterSumsOut adds up the parts of one output channel and transforms the sums back to the gradient.
type filterSumsOut filterSums

func (q *filterSumsOut) Block(k int) {
	j := (*filterSums)(q)
	width := j.kernels.Width
	var w [9 * lanes]float32
	for p := range j.panelsC {
		for e := range 16 {
			at := ((e*j.panelsC+p)*j.c.K + k) * width
			sum := j.sums[at : at+width]
			for part := 1; part < j.parts; part++ {
				for i, v := range j.sums[part*j.total+at:][:width] {
					sum[i] += v
				}
			}
		}
		for side := 0; side < width; side += lanes {
			first := p*width + side
			winogradSumsVector(&j.sums[(p*j.c.K+k)*width+side], 4*j.panelsC*j.c.K*width, &w[0])
			for i := range min(lanes, j.c.C-first) {
				for t := range 9 {
					j.dw[(k*j.c.C+first+i)*9+t] = w[t*lanes+i]
				}
			}
		}
	}
}
