package conv

// Convolutions in float32 of many small images. 16 images lie side by side, so that a pixel is 16 numbers: two
// registers of AVX2, or one of AVX-512.
//
// Rows of small images do not fill registers, and the padding is a large part of the work. With the images innermost,
// x (C, H, W, 16), every pixel of the result is a tile of its own: the weights times the taps of its window, as in
// planes_amd64.go, and no number is computed in vain. The images are interleaved before the pass, and its results are
// laid apart after it.

import (
	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

const lanes = 16

// Sizes of pieces are variables, so that tests can cut small shapes into many.
var (
	lanesPixels  = 400     // pixels of a result at most, for its images to be interleaved
	lanesMemory  = 1 << 23 // elements that are interleaved at most
	lanesResults = 1 << 16 // elements of a result that are computed before they are laid apart
	lanesAgain   = 4       // reading an element of the images costs as much as reading so many weights
	// taps that are summed at a time: their pixels, 10 kB, stay in the first-level cache for all output channels
	lanesChunk = 160
	// elements that a sum of products runs over at a time: three rows of dy, 12 kB, stay in the first-level cache too
	lanesRun = 1 << 10
)

// rows and width are the sizes of the padded image that the windows reach.
func (c *Conv) rows() int  { return (c.OH-1)*c.StrideH + (c.KH-1)*c.DilH + 1 }
func (c *Conv) width() int { return (c.OW-1)*c.StrideW + (c.KW-1)*c.DilW + 1 }

// laneable reports whether interleaving is worth it, for images of so many channels of so many padded pixels, and
// results of so many pixels.
func (c *Conv) laneable(channels, padded, pixels int) bool {
	return c.Groups == 1 && (c.N%lanes == 0 || c.N > 4*lanes) && pixels <= lanesPixels &&
		channels*c.KH*c.KW >= 2*lanes &&
		gemm.RoundUp(c.N, lanes)*channels*padded <= lanesMemory
}

// frame is an image with its surroundings: h rows of w pixels, at (top, left) of rows by width. In a row of the frame,
// the columns x with the same x%apart lie side by side, so that windows with a stride of apart read neighbouring
// pixels.
type frame struct{ h, w, top, left, rows, width, apart int }

// bare reports whether the frame is the image itself. Equal sizes are not enough, since the image may be shifted in a
// frame of its size.
func (f *frame) bare() bool { return *f == frame{h: f.h, w: f.w, rows: f.h, width: f.w, apart: 1} }

// column returns the place of column x in a row. If x is a multiple of apart, column(x+d) = column(x) + column(d).
func (f *frame) column(x int) int { return x%f.apart*(f.width/f.apart) + x/f.apart }

// lanesJob is a pass over groups of 16 images.
type lanesJob struct {
	n             int
	src           []float32
	channels      int
	frame         frame
	interleaved   []float32 // (group, channel, row, column, image)
	dy            []float32 // for the gradient by the weights, as are the next three
	dyChannels    int
	dyFrame       frame
	dyInterleaved []float32
	dst, bias     []float32
	conv          Conv
	backward      bool
	w             []float32
	// a panel of the wide form takes two neighbouring pixels at a time
	kernels         *gemm.Micro
	axes            [2]lanesAxis
	views           []lanesView // by phase
	a               []float32   // the weights
	out, taps       int
	tiles           int   // tiles of the output channels
	offset          []int // offset of each tap, in bytes
	outH, outW      int
	parts           int // parts of the tiles
	bands, bandRows int
	blocks          int
	weights         []float32
}

// lanesAxis says which taps a row of the result has; another one says it of a column. In the gradient by the image
// there are as many phases as the stride: pixel i with i + pad = r·phases + a has phase a, and gets rows r - e of dy
// through taps a + e·phases.
type lanesAxis struct {
	stride, dilation, k int
	size, before        int // size of the image, and of the frame before the image
	phases, pad         int
	apart               int // of the columns of the frame
}

// at returns the phase of pixel i, and where its first tap lies: its place in the frame, and its row or column in the
// image.
func (a *lanesAxis) at(i int) (phase, place, start int) {
	if a.phases == 1 {
		return 0, i * a.stride / a.apart, i*a.stride - a.before
	}
	phase = (i + a.pad) % a.phases
	start = (i+a.pad)/a.phases - (a.taps(phase) - 1)
	return phase, start + a.before, start
}

// taps returns how many taps of a row or column of the weights a phase has.
func (a *lanesAxis) taps(phase int) int { return (a.k - phase + a.phases - 1) / a.phases }

// lanesView is a phase. Its weights (out, kh, kw, channels) begin at weights in lanesJob.a, in panels of tiles; in the
// gradient by the image they are rotated by half a circle. Its taps begin at offset in lanesJob.offset.
type lanesView struct{ weights, offset, kh, kw int }

var lanesJobs = reuse.Spares{Fresh: func() any { return new(lanesJob) }}

func (j *lanesJob) give() {
	*j = lanesJob{interleaved: j.interleaved, dyInterleaved: j.dyInterleaved, offset: j.offset[:0], views: j.views[:0],
		weights: j.weights}
	lanesJobs.Put(j)
}

// take interleaves the images of src into a frame.
func (j *lanesJob) take(src []float32, channels int, f frame) {
	j.src, j.channels, j.frame = src, channels, f
	reuse.Room(&j.interleaved, gemm.RoundUp(j.n, lanes)*channels*f.rows*f.width)
	parallel.Run(parallel.Blocks(j.n, lanes)*channels, (*lanesIn)(j))
}

// lanesIn interleaves one channel of one group of images, of src first and then of dy.
type lanesIn lanesJob

func (q *lanesIn) Block(i int) {
	j := (*lanesJob)(q)
	if i < parallel.Blocks(j.n, lanes)*j.channels {
		j.frame.interleave(j.interleaved, j.src, j.n, j.channels, i)
	} else {
		j.dyFrame.interleave(j.dyInterleaved, j.dy, j.n, j.dyChannels, i-parallel.Blocks(j.n, lanes)*j.channels)
	}
}

// interleave interleaves channel i%channels of group i/channels.
func (f *frame) interleave(dst, src []float32, n, channels, i int) {
	group, ch := i/channels, i%channels
	first := group * lanes
	pixels := f.h * f.w
	to := dst[i*f.rows*f.width*lanes:][:f.rows*f.width*lanes]
	from := src[(first*channels+ch)*pixels:]
	if f.bare() {
		gemm.MicroAVX2.TransposePanel(to, from, channels*pixels, min(lanes, n-first), pixels)
		return
	}
	s := convSpaces.Get().(*convSpace)
	panel := reuse.Room(&s.planes, pixels*lanes)
	gemm.MicroAVX2.TransposePanel(panel, from, channels*pixels, min(lanes, n-first), pixels)
	clear(to)
	for r := range min(f.h, f.rows-f.top) {
		if r+f.top < 0 {
			continue
		}
		lo, hi := max(0, -f.left), min(f.w, f.width-f.left)
		row := to[(f.top+r)*f.width*lanes:]
		switch {
		case lo >= hi:
		case f.apart == 1:
			copy(row[(f.left+lo)*lanes:], panel[(r*f.w+lo)*lanes:(r*f.w+hi)*lanes])
		default:
			for x := lo; x < hi; x++ {
				*(*[lanes]float32)(row[f.column(f.left+x)*lanes:]) = *(*[lanes]float32)(panel[(r*f.w+x)*lanes:])
			}
		}
	}
	convSpaces.Put(s)
}

// multiply computes dst (N, out, outH, outW).
func (j *lanesJob) multiply() {
	groups := parallel.Blocks(j.n, lanes)
	j.cut(groups)
	parallel.Run(j.parts*groups*j.bands, j)
}

// cut divides the result of a group of images into parts of its channels and bands of its rows. Each part reads the
// images once, and each band reads the weights once: where there are many weights, parts are better, and where images
// are large, bands. Reading images is slower than reading weights, because a tap is one pixel of each channel, and
// these lie far apart.
func (j *lanesJob) cut(groups int) {
	image, weights := j.channels*j.frame.rows*j.frame.width*lanes, j.out*j.taps
	least := 0
	for parts := 1; parts <= min(gemm.GoodBlocks, j.tiles); parts *= 2 {
		result := parallel.Blocks(j.out, parts) * j.outH * j.outW * lanes
		bands := max(parallel.Blocks(result, lanesResults), parallel.Blocks(gemm.GoodBlocks, groups*parts))
		rows := parallel.Blocks(j.outH, min(bands, j.outH))
		bands = parallel.Blocks(j.outH, rows)
		if read := lanesAgain*parts*image + bands*weights; least == 0 || read < least {
			least, j.parts, j.bands, j.bandRows = read, parts, bands, rows
		}
	}
}

// A lanesPixel is one pixel of the result, or two neighbouring ones of the same phase: what it is made of, and where
// it goes.
type lanesPixel struct {
	view, width int
	from, at    int    // where its first tap lies among the images, and its place in the band
	u, v        [2]int // its taps that lie in the image: rows and columns of weights
	begun       bool   // some of its taps have been added
}

// lanesBand is the work of a block: some channels of a band of rows of one group of images.
type lanesBand struct {
	*lanesJob
	tiles, outs  [2]int
	from, result []float32
	pixels       int
}

// Block computes some channels of a band of rows of one group of images.
func (j *lanesJob) Block(i int) {
	band, i := i%j.bands, i/j.bands
	groups := parallel.Blocks(j.n, lanes)
	group, part := i%groups, i/groups
	lo, hi := parallel.Bounds(band, j.bandRows, j.outH)
	s := convSpaces.Get().(*convSpace)
	b := lanesBand{lanesJob: j, pixels: (hi - lo) * j.outW,
		tiles: [2]int{part * j.tiles / j.parts, (part + 1) * j.tiles / j.parts}}
	b.outs[0], _ = j.tile(b.tiles[0])
	_, b.outs[1] = j.tile(b.tiles[1] - 1)
	b.result = reuse.Room(&s.result, (b.outs[1]-b.outs[0])*b.pixels*lanes)
	b.from = j.interleaved[group*j.channels*j.frame.rows*j.frame.width*lanes:]
	s.pixels = s.pixels[:0]
	for r := lo; r < hi; r++ {
		for first := range min(j.axes[1].phases, j.outW) { // the pixels of a phase lie side by side
			s.pixels = j.row(s.pixels, r, first)
		}
	}
	b.sum(s.pixels)
	images := min(lanes, j.n-group*lanes)
	for k := b.outs[0]; k < b.outs[1]; k++ {
		mine := b.result[(k-b.outs[0])*b.pixels*lanes:][:b.pixels*lanes]
		if j.bias != nil {
			vector.UnaryRow(vector.AddScalar, mine, mine, j.bias[k], 0)
		}
		if j.axes[1].phases > 1 {
			mine = j.inOrder(s, mine, hi-lo)
		}
		j.untake(mine, b.pixels, images, j.dst[((group*lanes)*j.out+k)*j.outH*j.outW+lo*j.outW:])
	}
	convSpaces.Put(s)
}

// row appends the pixels of row r from column first on that have the same phase as that column.
func (j *lanesJob) row(all []lanesPixel, r, first int) []lanesPixel {
	a, row, top := j.axes[0].at(r)
	across := &j.axes[1]
	b, col, left := across.at(first)
	view := a*across.phases + b
	v := &j.views[view]
	at := 0
	if n := len(all); n > 0 {
		at = all[n-1].at + all[n-1].width
	}
	var u, c [2]int
	u[0], u[1] = Taps(top, j.axes[0].dilation, v.kh, j.axes[0].size)
	// The next place of the result reads the image a stride further on; in the gradient by the image, one place
	// further on.
	next := across.stride
	for x := first; x < j.outW; {
		width := 1
		c[0], c[1] = Taps(left, across.dilation, v.kw, across.size)
		if j.kernels.Width > lanes && x+across.phases < j.outW {
			width = 2
			lo, hi := Taps(left+next, across.dilation, v.kw, across.size)
			c[0], c[1] = min(c[0], lo), max(c[1], hi) // one of the two may read padding, which is 0
		}
		all = append(all, lanesPixel{view: view, width: width, from: (row*j.frame.width + col) * lanes, at: at,
			u: u, v: c})
		x, col, left, at = x+width*across.phases, col+width, left+width*next, at+width
	}
	return all
}

// sum computes the pixels. It adds a chunk of taps to all pixels before it goes to the next chunk, so that the weights
// of the chunk stay in the cache.
func (b *lanesBand) sum(pixels []lanesPixel) {
	for i := range b.views {
		v := &b.views[i]
		for lo, all := 0, v.kh*v.kw*b.channels; lo < all; {
			hi := min(b.chunk(lo), all)
			for k := range pixels {
				if pixels[k].view == i {
					b.add(v, &pixels[k], lo, hi)
				}
			}
			lo = hi
		}
	}
	for k := range pixels {
		if p := &pixels[k]; !p.begun {
			for ch := range b.outs[1] - b.outs[0] {
				clear(b.result[(ch*b.pixels+p.at)*lanes:][:p.width*lanes])
			}
		}
	}
}

// chunk returns the end of the chunk of taps that begins at lo: all channels of some places of a window, or some
// channels of one place.
func (j *lanesJob) chunk(lo int) int {
	if j.channels <= lanesChunk {
		return lo + lanesChunk/j.channels*j.channels
	}
	place := lo / j.channels * j.channels
	return min(lo+parallel.Blocks(j.channels, parallel.Blocks(j.channels, lanesChunk)), place+j.channels)
}

// add adds the taps in [lo, hi) that lie in the image to a pixel.
func (b *lanesBand) add(v *lanesView, p *lanesPixel, lo, hi int) {
	n := b.channels
	if p.v[0] >= p.v[1] {
		return
	}
	if p.v[1]-p.v[0] == v.kw {
		b.addTaps(v, p, max(lo, p.u[0]*v.kw*n), min(hi, p.u[1]*v.kw*n))
		return
	}
	for k := p.u[0]; k < p.u[1]; k++ { // leaves out the taps that lie in the padding
		b.addTaps(v, p, max(lo, (k*v.kw+p.v[0])*n), min(hi, (k*v.kw+p.v[1])*n))
	}
}

// addTaps adds taps [lo, hi) to a pixel, in all channels of the block.
func (b *lanesBand) addTaps(v *lanesView, p *lanesPixel, lo, hi int) {
	if lo >= hi {
		return
	}
	j, row := b.lanesJob, b.pixels*lanes
	kernels, height := j.kernels, j.kernels.Height
	if p.width == 1 {
		kernels = &gemm.MicroAVX2
	}
	for k := b.tiles[0]; k < b.tiles[1]; k++ {
		first, end := j.tile(k)
		panel := v.weights + (k*v.kh*v.kw*j.channels+lo)*height
		// One round, or two for a single pixel in AVX-512: its kernels are those of AVX2, which are half as high as a
		// tile.
		for m := first; m < end; m += kernels.Height {
			to := &b.result[(m-b.outs[0])*row+p.at*lanes]
			kernels.MultiplyTaps[min(kernels.Height, end-m)](hi-lo, &j.a[panel+m-first], 4, 4*height,
				&b.from[p.from], &j.offset[v.offset+lo], to, 4*row, 1, p.begun)
		}
	}
	p.begun = true
}

// inOrder returns some rows of pixels in the order of their columns; in mine the pixels of a row are ordered by phase.
func (j *lanesJob) inOrder(s *convSpace, mine []float32, rows int) []float32 {
	phases := j.axes[1].phases
	ordered := reuse.Room(&s.planes, rows*j.outW*lanes)
	for r := range rows {
		for first := range min(phases, j.outW) {
			for x := first; x < j.outW; x += phases {
				*(*[lanes]float32)(ordered[(r*j.outW+x)*lanes:]) = *(*[lanes]float32)(mine)
				mine = mine[lanes:]
			}
		}
	}
	return ordered
}

// order sets the weights, unless they are packed already, and the offsets of the taps, both phase by phase.
func (j *lanesJob) order(c *Conv, w, packed []float32, pack, backward bool) {
	j.conv, j.w, j.backward = *c, w, backward
	j.taps = j.channels * c.KH * c.KW
	j.tiles = parallel.Blocks(j.out, j.kernels.Height)
	if j.a = packed; packed == nil {
		j.a = reuse.Room(&j.weights, j.tiles*j.kernels.Height*j.taps)
	}
	panels := 0
	for a := range j.axes[0].phases {
		for b := range j.axes[1].phases {
			v := lanesView{panels, len(j.offset), j.axes[0].taps(a), j.axes[1].taps(b)}
			for u := range v.kh {
				for t := range v.kw {
					for ch := range j.channels {
						row := (ch*j.frame.rows + u*c.DilH) * j.frame.width
						j.offset = append(j.offset, 4*lanes*(row+j.frame.column(t*c.DilW)))
					}
				}
			}
			j.views = append(j.views, v)
			panels += j.tiles * j.kernels.Height * v.kh * v.kw * j.channels
		}
	}
	if packed == nil || pack {
		parallel.Run(j.tiles, (*lanesWeights)(j))
	}
}

// tile returns the output channels of a tile.
func (j *lanesJob) tile(i int) (lo, hi int) { return i * j.out / j.tiles, (i + 1) * j.out / j.tiles }

// lanesWeights orders the weights of one tile.
type lanesWeights lanesJob

func (q *lanesWeights) Block(i int) {
	j := (*lanesJob)(q)
	taps, height := j.conv.KH*j.conv.KW, j.kernels.Height
	lo, hi := j.tile(i)
	if j.backward {
		j.rotateWeights(i, lo, hi)
		return
	}
	panel := j.a[i*j.taps*height : (i+1)*j.taps*height]
	s := convSpaces.Get().(*convSpace)
	rows := reuse.Room(&s.result, j.taps*height)
	j.kernels.PackA(rows, gemm.Rows(j.w, j.taps), lo, hi, 0, j.taps)
	for ch := range j.channels {
		for t := range taps {
			copy(panel[(t*j.channels+ch)*height:][:height], rows[(ch*taps+t)*height:])
		}
	}
	convSpaces.Put(s)
}

// rotateWeights orders the weights of tile i for the gradient by the image.
func (j *lanesJob) rotateWeights(i, lo, hi int) {
	c, height := &j.conv, j.kernels.Height
	taps := c.KH * c.KW
	s := convSpaces.Get().(*convSpace)
	rows := reuse.Room(&s.result, taps*height)
	for ch := range j.channels {
		j.kernels.PackA(rows, gemm.Rows(j.w[(ch*c.C+lo)*taps:], taps), 0, hi-lo, 0, taps)
		for phase, v := range j.views {
			a, b := phase/j.axes[1].phases, phase%j.axes[1].phases
			panel := j.a[v.weights+i*v.kh*v.kw*j.channels*height:]
			for u := range v.kh {
				for t := range v.kw {
					from := (a+u*j.axes[0].phases)*c.KW + b + t*j.axes[1].phases
					to := ((v.kh-1-u)*v.kw+v.kw-1-t)*j.channels + ch
					copy(panel[to*height:][:height], rows[from*height:])
				}
			}
		}
	}
	convSpaces.Put(s)
}

// untake copies the pixels of one channel of 16 interleaved images to the place of each image.
func (j *lanesJob) untake(mine []float32, pixels, images int, dst []float32) {
	image := j.out * j.outH * j.outW
	done := 0
	if done = pixels &^ 7; images == lanes && done > 0 {
		gemm.Untranspose16AVX2(done, &mine[0], &dst[0], 4*image)
	} else {
		done = 0
	}
	for n := range images {
		row := dst[n*image : n*image+pixels]
		for p := done; p < pixels; p++ {
			row[p] = mine[p*lanes+n]
		}
	}
}

// lanesKernels returns the micro-kernels for rows of n neighbouring pixels.
func lanesKernels(n int) *gemm.Micro {
	if n < 2 {
		return &gemm.MicroAVX2
	}
	return gemm.MicroFor(gemm.MaxWidth)
}

// forwardLanes computes y of x, w and b, or with pack only sets packed.
func (c *Conv) forwardLanes(y, x, w, b, packed []float32, pack bool) {
	j := lanesJobs.Get().(*lanesJob)
	j.n, j.channels, j.out = c.N, c.C, c.K
	j.kernels = lanesKernels(c.OW)
	j.frame = frame{c.H, c.W, c.PadT, c.PadL, c.rows(), gemm.RoundUp(c.width(), c.StrideW), c.StrideW}
	j.axes = [2]lanesAxis{
		{stride: c.StrideH, dilation: c.DilH, k: c.KH, size: c.H, before: c.PadT, phases: 1, apart: 1},
		{stride: c.StrideW, dilation: c.DilW, k: c.KW, size: c.W, before: c.PadL, phases: 1, apart: c.StrideW},
	}
	j.order(c, w, packed, pack, false)
	if !pack {
		j.take(x, c.C, j.frame)
		j.dst, j.bias = y, b
		j.outH, j.outW = c.OH, c.OW
		j.multiply()
	}
	j.give()
}

// shifts sets the offsets of the taps for the gradient by the weights.
func (j *lanesJob) shifts(c *Conv) {
	for ch := range c.C {
		for u := range c.KH {
			for t := range c.KW {
				j.offset = append(j.offset, 4*lanes*((ch*j.frame.rows+u*c.DilH)*j.frame.width+t*c.DilW))
			}
		}
	}
}

// interleavesData reports whether the gradient by the image is computed from interleaved dy.
func (c *Conv) interleavesData() bool {
	one := c.StrideH == 1 && c.StrideW == 1
	return (one || c.DilH == 1 && c.DilW == 1 && c.KH >= c.StrideH && c.KW >= c.StrideW) &&
		c.laneable(c.K, (c.H+(c.KH-1)*c.DilH)*(c.W+(c.KW-1)*c.DilW), c.H*c.W/(c.StrideH*c.StrideW))
}

// backwardDataLanes computes dx: the convolution of dy with the weights rotated by half a circle.
func (c *Conv) backwardDataLanes(dx, dy, w []float32) {
	j := lanesJobs.Get().(*lanesJob)
	j.n, j.channels, j.out = c.N, c.K, c.C
	// The frame begins with what the first pixel of dx can read: dy from row or column first - reach on.
	axis := func(stride, dilation, k, size, pad, out int) (lanesAxis, int) {
		reach, first, last := (k-1)*dilation/stride, pad/stride, (out-1+pad)/stride
		a := lanesAxis{stride: 1, dilation: dilation, k: k, size: size, before: reach - first, phases: stride,
			pad:   pad,
			apart: 1}
		return a, last - first + 1 + reach
	}
	var rows, width int
	j.axes[0], rows = axis(c.StrideH, c.DilH, c.KH, c.OH, c.PadT, c.H)
	j.axes[1], width = axis(c.StrideW, c.DilW, c.KW, c.OW, c.PadL, c.W)
	j.take(dy, c.K, frame{c.OH, c.OW, j.axes[0].before, j.axes[1].before, rows, width, 1})
	j.kernels = lanesKernels(parallel.Blocks(c.W, c.StrideW))
	j.dst, j.outH, j.outW = dx, c.H, c.W
	j.order(c, w, nil, false, true)
	j.multiply()
	j.give()
}

// takeBoth interleaves the images, and dy into the frame f.
func (j *lanesJob) takeBoth(c *Conv, x, dy []float32, f frame) {
	j.n = c.N
	j.dy, j.dyChannels, j.dyFrame = dy, c.K, f
	reuse.Room(&j.dyInterleaved, gemm.RoundUp(c.N, lanes)*c.K*f.rows*f.width)
	groups := parallel.Blocks(c.N, lanes)
	j.src, j.channels, j.frame = x, c.C, frame{c.H, c.W, c.PadT, c.PadL, c.rows(), c.width(), 1}
	reuse.Room(&j.interleaved, groups*lanes*c.C*j.frame.rows*j.frame.width)
	parallel.Run(groups*(c.C+c.K), (*lanesIn)(j))
}

// backwardWeightsLanes computes dw for strides of 1: rows of dy times shifted rows of the padded image. Rows of the
// padded image are longer, so rows of dy end in zeros.
func (c *Conv) backwardWeightsLanes(dw, x, dy []float32) {
	j := lanesJobs.Get().(*lanesJob)
	j.takeBoth(c, x, dy, frame{c.OH, c.OW, 0, 0, c.OH, c.width(), 1})
	j.dst, j.out, j.taps, j.outH, j.outW = dw, c.K, c.C*c.KH*c.KW, c.OH, c.OW
	j.shifts(c)
	j.blocks = parallel.Blocks(j.taps, 4*max(1, j.taps/(4*2*gemm.GoodBlocks)))
	parallel.Run(j.blocks, (*lanesSums)(j))
	j.give()
}

// lanesSums computes the gradient by some taps of the weights.
type lanesSums lanesJob

func (q *lanesSums) Block(i int) {
	j := (*lanesJob)(q)
	lo, hi := parallel.Bounds(i, 4*max(1, j.taps/(4*2*gemm.GoodBlocks)), j.taps)
	kernels := &gemm.MicroAVX2
	size := j.frame.rows * j.frame.width * lanes
	dySize := j.outH * j.dyFrame.width * lanes
	total := ((j.outH-1)*j.dyFrame.width + j.outW) * lanes
	add := false
	for group := range parallel.Blocks(j.n, lanes) {
		x, dy := j.interleaved[group*j.channels*size:], j.dyInterleaved[group*j.out*dySize:]
		for at := 0; at < total; at += lanesRun {
			run := min(lanesRun, total-at)
			for k := 0; k < j.out; k += kernels.DotRows {
				for t := lo; t < hi; t += kernels.DotCols {
					kernels.MultiplyDots[min(kernels.DotRows, j.out-k)][min(kernels.DotCols, hi-t)](run,
						&dy[k*dySize+at],
						4*dySize, &x[at], &j.offset[t], &j.dst[k*j.taps+t], 4*j.taps, 1, add)
				}
			}
			add = true
		}
	}
}
