package conv

// Convolutions in float32 by Winograd's minimal filtering F(2×2, 3×3): windows of 3×3 with strides of 1 take 4
// multiplications for each result instead of 9 (Lavin & Gray 2016, "Fast algorithms for convolutional neural
// networks").
//
// Here a tile is 4×4 pixels of the image, from which 2×2 results are computed. The transformed tiles are 16 matrices
// (channels, tiles), and the transformed weights are 16 matrices too. The 16 products, transformed back, are the
// results. A strip is 16 tiles that lie side by side in registers. Where images are many and small, a strip is the
// same tile of 16 images, interleaved as in lanes_amd64.go. Elsewhere it is 16 neighbouring tiles of one image: the
// image is copied into planes of every second pixel, as for a stride of 2 in planes_amd64.go, so that neighbouring
// tiles are read at neighbouring places.
//
// The transforms add and halve. They cost the last bit or two at most: relative to the largest term of a result, the
// error is that of the direct sum. A test holds the norm of the difference to 1e-6.

import (
	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

const (
	winogradChannels    = 32 // with fewer channels, transforming the images costs more than it saves
	winogradInterleaved = 16 // the same bound for interleaved images
	winogradTiles       = 16 // with fewer tiles, transforming the weights costs more than it saves
	// if a row has at most so many tiles, planes have no extra column but more phases: see planeCols
	winogradExact = 4
	// elements between the panels of two tiles of weights, since a transform writes beyond the end of the first
	winogradPad = 8
	stripBytes  = 4 * lanes // bytes of one element of the 16 tiles of a strip
)

// Sizes of pieces are variables, so that tests can cut small shapes into many.
var (
	winogradPixels = 1 << 10 // pixels of a result at most, for its images to be interleaved
	// strips, times channels in and out, that are transformed at a time; each takes 1 kB
	winogradStrips = 1 << 9
	// elements of a result that are computed before they are copied to their place
	winogradResults = 1 << 15
	winogradWeights = 1 << 22 // transformed weights at most
	// from so many weights on, several images with few tiles are multiplied together: see together
	winogradWide  = 1 << 13
	winogradDeep  = 1 << 17 // the same bound for interleaved images
	winogradFew   = 8       // strips of an image at most, for it to be multiplied together with others
	winogradGroup = 1 << 20 // transformed elements of the images that are multiplied together, at most
)

// filtering is a convolution of n images (in, h, w), with zeros around them, to n results (out, outH, outW).
type filtering struct {
	n, in, out      int
	h, w, top, left int
	outH, outW      int
	src, dst, bias  []float32
	weights         []float32
	// the weights are (in, out, 3, 3) and are used rotated by half a circle: see element
	backward           bool
	kernels            *gemm.Micro
	tileRows, tileCols int
	images             *lanesJob // the interleaved images, or nil for planes
	tiles              int       // tiles of the matrix products along out
	packed             []float32 // panels of the weights before their transform
	u, transformed     []float32 // the transformed weights (16, tiles, in, height), and memory for them
	stepU              int
	bands, bandRows    int // bands of rows of tiles, and the rows of a band
	item, some         int // the images that wide multiplies together: the first, and how many
	v                  []float32
	zero               [1]float32
}

var filterings = reuse.Spares{Fresh: func() any { return new(filtering) }}

// filters reports whether f can compute the convolution and is worth it.
func (f *filtering) filters(c *Conv) bool {
	if c.Groups != 1 || c.KH != 3 || c.KW != 3 || c.StrideH != 1 || c.StrideW != 1 || c.DilH != 1 || c.DilW != 1 ||
		f.top < 0 || f.left < 0 || f.in*f.out*16 > winogradWeights {
		return false
	}
	rows, cols := (f.outH+1)/2, (f.outW+1)/2
	tiles, least := f.n*rows*cols, winogradInterleaved // tiles that are computed
	if !f.interleaves() {
		tiles, least = f.n*gemm.RoundUp(places(rows, cols), lanes), winogradChannels
	}
	return min(f.in, f.out) >= least && f.n*rows*cols >= winogradTiles && 2*4*tiles <= 3*f.n*f.outH*f.outW
}

// places returns how many places of a plane the given rows of tiles take.
func places(rows, cols int) int { return (rows-1)*planeCols(cols) + cols }

// planeCols returns the width of the planes of an image with so many tiles in a row: a column more than the tiles. In
// short rows it is no more than the tiles. Then there are 4 phases across instead of 2, so that the pixels two columns
// on lie in planes of their own.
func planeCols(cols int) int {
	if cols <= winogradExact {
		return cols
	}
	return cols + 1
}

// interleaves reports whether a strip is one tile of 16 images.
func (f *filtering) interleaves() bool {
	return (f.n%lanes == 0 || f.n > 4*lanes) && f.outH*f.outW <= winogradPixels &&
		gemm.RoundUp(f.n, lanes)*f.in*(f.outH+3)*(f.outW+3) <= lanesMemory
}

// filterForward describes the pass forward: y of x, w and b.
func (c *Conv) filterForward(y, x, w, b []float32) filtering {
	return filtering{n: c.N, in: c.C, out: c.K, h: c.H, w: c.W, top: c.PadT, left: c.PadL, outH: c.OH, outW: c.OW,
		src: x, dst: y, bias: b, weights: w}
}

// filterBackward describes the gradient by the image: dx is the convolution of dy with the weights rotated by half a
// circle.
func (c *Conv) filterBackward(dx, dy, w []float32) filtering {
	return filtering{n: c.N, in: c.K, out: c.C, h: c.OH, w: c.OW, top: 2 - c.PadT, left: 2 - c.PadL, outH: c.H,
		outW: c.W, src: dy, dst: dx, weights: w, backward: true}
}

// filter computes what d describes, and reports whether it has: filters may refuse. Packed holds the transformed
// weights, or is nil. With pack it only sets packed.
func (c *Conv) filter(d filtering, packed []float32, pack bool) bool {
	if !d.filters(c) {
		return false
	}
	f := filterings.Get().(*filtering)
	d.packed, d.transformed, d.v = f.packed, f.transformed, f.v
	*f = d
	f.run(packed, pack)
	*f = filtering{packed: f.packed, transformed: f.transformed, v: f.v}
	filterings.Put(f)
	return true
}

// shape sets the sizes of the matrix products.
func (f *filtering) shape() {
	f.kernels = gemm.MicroFor(gemm.MaxWidth)
	f.tileRows, f.tileCols = (f.outH+1)/2, (f.outW+1)/2
	f.tiles = parallel.Blocks(f.out, f.kernels.Height)
	f.stepU = f.tiles * f.panelU()
}

func (f *filtering) run(packed []float32, pack bool) {
	f.shape()
	if f.u = packed; packed == nil {
		f.u = reuse.Room(&f.transformed, 16*f.stepU)
	}
	if packed == nil || pack {
		reuse.Room(&f.packed, f.tiles*f.kernels.Height*9*f.in+winogradPad)
		parallel.Run(f.tiles, (*filterWeights)(f))
	}
	if pack {
		return
	}
	if f.together() {
		f.wide()
		return
	}
	items, perRow := f.n, f.out*4*gemm.RoundUp(planeCols(f.tileCols), lanes)
	if f.interleaves() {
		f.images = lanesJobs.Get().(*lanesJob)
		f.images.n, f.images.out, f.images.outH, f.images.outW = f.n, f.out, f.outH, f.outW
		f.images.take(f.src, f.in, frame{f.h, f.w, f.top, f.left, 2*f.tileRows + 2, 2*f.tileCols + 2, 1})
		items, perRow = parallel.Blocks(f.n, lanes), f.out*4*f.tileCols*lanes
	}
	f.bandRows = max(1, min(f.tileRows, winogradResults/perRow))
	for f.bandRows > 1 && items*parallel.Blocks(f.tileRows, f.bandRows) < gemm.GoodBlocks &&
		f.bandRows*f.tileCols > lanes {
		f.bandRows = (f.bandRows + 1) / 2
	}
	f.bands = parallel.Blocks(f.tileRows, f.bandRows)
	parallel.Run(items*f.bands, f)
	if f.images != nil {
		f.images.give()
	}
}

// together reports whether several images are transformed first, so that the weights are read once for all of them.
// This is faster where weights are many and tiles few. A group of 16 interleaved images has 16 times the tiles, so it
// needs more weights.
func (f *filtering) together() bool {
	weights := f.in * f.out
	return weights >= winogradWide && (f.n <= 2 || f.wideStrips() <= winogradFew &&
		(weights >= winogradDeep || !f.interleaves()))
}

// tile returns the output channels [lo, hi) of a tile of the matrix products.
func (f *filtering) tile(i int) (lo, hi int) { return i * f.out / f.tiles, (i + 1) * f.out / f.tiles }

// panelU is the distance between the transformed weights of two tiles.
func (f *filtering) panelU() int { return f.in*f.kernels.Height + winogradPad }

// filterWeights transforms the weights of one tile.
type filterWeights filtering

func (q *filterWeights) Block(i int) {
	f := (*filtering)(q)
	height := f.kernels.Height
	panel := f.packed[i*height*9*f.in:]
	lo, hi := f.tile(i)
	if !f.backward {
		f.kernels.PackA(panel, gemm.Rows(f.weights, 9*f.in), lo, hi, 0, 9*f.in)
	} else {
		for k := range f.in {
			w := f.weights[(k*f.out+lo)*9:]
			f.kernels.TransposeRows[hi-lo](8, &w[0], 4*9, &panel[k*9*height])
			for ch := range hi - lo {
				panel[(k*9+8)*height+ch] = w[ch*9+8]
			}
		}
	}
	// takes as many output channels as a tile is high
	transform := winogradWeights6AVX2
	if height == 12 {
		transform = winogradWeights12AVX2
	}
	transform(f.in, &panel[0], &f.u[i*f.panelU()], 4*f.stepU)
}

// strips says where the strips of a block lie, in the image and in the result. Distances are in bytes; lineX, lineY,
// nextX and nextY are in elements.
type strips struct {
	x, y         []float32
	stepX, stepY int
	rows, cols   [4]int
	rowY, colY   int
	// strips in a row of tiles; 0 if each strip follows the one before
	perRow       int
	lineX, lineY int // distances between rows of strips, in elements
	nextX, nextY int // distances between the strips of a row, in elements
}

// at returns where strip i begins.
func (s *strips) at(i int) (x, y *float32) {
	row := 0
	if s.perRow > 0 {
		row, i = i/s.perRow, i%s.perRow
	}
	return &s.x[row*s.lineX+i*s.nextX], &s.y[row*s.lineY+i*s.nextY]
}

// Block computes a band of rows of tiles, of one image or of 16.
func (f *filtering) Block(i int) {
	item, band := i/f.bands, i%f.bands
	lo, hi := parallel.Bounds(band, f.bandRows, f.tileRows)
	s := convSpaces.Get().(*convSpace)
	if f.images != nil {
		f.interleavedBand(s, item, lo, hi)
	} else {
		f.planesBand(s, item, lo, hi)
	}
	convSpaces.Put(s)
}

// interleavedBand computes rows [lo, hi) of tiles of a group of 16 images.
func (f *filtering) interleavedBand(s *convSpace, group, lo, hi int) {
	j := f.images
	width, pitch := j.frame.width, 2*f.tileCols
	size, pixels := j.frame.rows*width, (hi-lo)*2*pitch
	at := strips{x: j.interleaved[(group*f.in*size+2*lo*width)*lanes:], y: reuse.Room(&s.result, f.out*pixels*lanes),
		stepX: size * stripBytes, stepY: pixels * stripBytes, rowY: pitch * stripBytes, colY: stripBytes,
		perRow: f.tileCols, lineX: 2 * width * lanes, lineY: 2 * pitch * lanes, nextX: 2 * lanes, nextY: 2 * lanes}
	for e := range 4 {
		at.rows[e], at.cols[e] = e*width*stripBytes, e*stripBytes
	}
	f.multiply(s, &at, (hi-lo)*f.tileCols)
	images := min(lanes, f.n-group*lanes)
	rows := min(2*hi, f.outH) - 2*lo
	for k := range f.out {
		mine := at.y[k*pixels*lanes:]
		to := f.dst[(group*lanes*f.out+k)*f.outH*f.outW+2*lo*f.outW:]
		if pitch == f.outW {
			j.untake(mine, rows*pitch, images, to)
			continue
		}
		for r := range rows {
			j.untake(mine[r*pitch*lanes:], f.outW, images, to[r*f.outW:])
		}
	}
}

// planesBand computes rows [lo, hi) of tiles of one image.
func (f *filtering) planesBand(s *convSpace, n, lo, hi int) {
	at, count := f.planes(s, n, 0, f.in, lo, hi)
	at.y = reuse.Room(&s.result, f.out*4*count*lanes)
	f.multiply(s, &at, count)
	f.take(at.y, n, 0, f.out, lo, hi, count*lanes)
}

// planes copies channels [first, end) of rows [lo, hi) of tiles of image n into planes. It returns where the strips
// lie, and how many there are.
func (f *filtering) planes(s *convSpace, n, first, end, lo, hi int) (at strips, count int) {
	p := planes{h: f.h, w: f.w, strideH: 2, strideW: 2, phasesH: 2, phasesW: 2, padT: f.top, padL: f.left,
		rows: f.tileRows + 1, width: planeCols(f.tileCols)}
	rows := hi - lo
	size := (rows + 1) * p.width
	right := 1 // from a pixel to the second one after it
	if p.width == f.tileCols {
		p.phasesW, right = 4, 2*size
	}
	per := 2 * p.phasesW
	count = parallel.Blocks(places(rows, f.tileCols), lanes)
	x := reuse.Room(&s.planes, per*(end-first)*size+2*gemm.MaxWidth)
	for ch := first; ch < end; ch++ {
		p.copyPlane(x[(ch-first)*per*size:], size, f.src[(n*f.in+ch)*f.h*f.w:], lo, rows+1)
	}
	run := count * lanes
	at = strips{x: x, stepX: 4 * per * size, stepY: 4 * 4 * run, rowY: 2 * 4 * run, colY: 4 * run, nextX: lanes,
		nextY: lanes}
	for e := range 4 {
		at.rows[e], at.cols[e] = 4*(e%2*p.phasesW*size+e/2*p.width), 4*(e%2*size+e/2*right)
	}
	return at, count
}

// take copies output channels [first, end) of rows [lo, hi) of tiles from y to their place in dst. In y each of the
// 2×2 results of a tile has a run of its own, of run elements.
func (f *filtering) take(y []float32, n, first, end, lo, hi, run int) {
	width := planeCols(f.tileCols)
	for k := first; k < end; k++ {
		plane := f.dst[(n*f.out+k)*f.outH*f.outW:][:f.outH*f.outW]
		for r := 2 * lo; r < min(2*hi, f.outH); r++ {
			from := y[(4*(k-first)+r%2*2)*run+(r/2-lo)*width:]
			zip(plane[r*f.outW:(r+1)*f.outW], from, from[run:])
		}
	}
}

// wide computes some images at a time: first their transformed tiles, where a block does some input channels, then the
// results, where a block does some output channels. So the weights are read once for all of these images.
func (f *filtering) wide() {
	strip := 16 * f.in * lanes
	most := max(1, winogradGroup/(strip*f.wideStrips()))
	for f.item = 0; f.item < f.n; f.item += f.some {
		f.some = min(most, f.n-f.item)
		reuse.Room(&f.v, 16*f.stepV())
		parallel.Run(gemm.GoodBlocks, (*wideTiles)(f))
		parallel.Run(min(gemm.GoodBlocks, f.tiles), (*wideResults)(f))
	}
}

// wideStrips is how many strips an image has.
func (f *filtering) wideStrips() int {
	return parallel.Blocks(places((f.outH+1)/2, (f.outW+1)/2), lanes)
}

// widePanels is how many panels the strips of the images fill.
func (f *filtering) widePanels() int {
	return parallel.Blocks(f.some*f.wideStrips()*lanes, f.kernels.Width)
}

func (f *filtering) stepV() int { return apart(f.widePanels() * f.in * f.kernels.Width) }

type wideTiles filtering

func (q *wideTiles) Block(i int) {
	f := (*filtering)(q)
	lo, hi := i*f.in/gemm.GoodBlocks, (i+1)*f.in/gemm.GoodBlocks
	s := convSpaces.Get().(*convSpace)
	width, stepV := f.kernels.Width, f.stepV()
	per := width / lanes
	for n := range f.some {
		at, count := f.planes(s, f.item+n, lo, hi, 0, f.tileRows)
		for k := range count {
			strip := n*count + k
			to := &f.v[(strip/per*f.in+lo)*width+strip%per*lanes]
			winogradImageVector(1, hi-lo, &at.x[k*lanes], at.stepX, 0, &at.rows, &at.cols, to, 4*stepV, 4*width)
		}
	}
	convSpaces.Put(s)
}

type wideResults filtering

func (q *wideResults) Block(i int) {
	f := (*filtering)(q)
	blocks := min(gemm.GoodBlocks, f.tiles)
	tileLo, tileHi := i*f.tiles/blocks, (i+1)*f.tiles/blocks
	lo, _ := f.tile(tileLo)
	_, hi := f.tile(tileHi - 1)
	s := convSpaces.Get().(*convSpace)
	width, count, out := f.kernels.Width, f.wideStrips(), hi-lo
	per, run := width/lanes, count*lanes
	panels := f.widePanels()
	stepM := apart(panels * out * width)
	m, y := reuse.Room(&s.products, 16*stepM), reuse.Room(&s.result, out*4*run)
	f.products(m, f.v, stepM, f.stepV(), tileLo, tileHi, panels)
	bias, stepBias := f.biasFrom(lo)
	for n := range f.some {
		for k := range count {
			strip := n*count + k
			from := &m[strip/per*out*width+strip%per*lanes]
			winogradResultVector(out, from, 4*stepM, 4*width, bias, stepBias, &y[k*lanes], 4*4*run, 2*4*run, 4*run)
		}
		f.take(y, f.item+n, lo, hi, 0, f.tileRows, run)
	}
	convSpaces.Put(s)
}

// zip sets to to the elements of even and of odd in turn.
func zip(to, even, odd []float32) {
	done := len(to) / 2 &^ 7
	if done > 0 {
		zipAVX2(done, &to[0], &even[0], &odd[0])
	}
	for i := 2 * done; i < len(to); i++ {
		if to[i] = even[i/2]; i%2 == 1 {
			to[i] = odd[i/2]
		}
	}
}

// products multiplies the 16 matrices: some tiles of weights times some panels of the image.
func (f *filtering) products(m, v []float32, stepM, stepV, tileLo, tileHi, panels int) {
	width := f.kernels.Width
	first, _ := f.tile(tileLo)
	_, end := f.tile(tileHi - 1)
	for e := range 16 {
		for t := tileLo; t < tileHi; t++ {
			lo, hi := f.tile(t)
			kernel, a := f.kernels.MultiplyPanel[hi-lo], &f.u[f.element(e)*f.stepU+t*f.panelU()]
			for p := range panels {
				kernel(f.in, a, &v[e*stepV+p*f.in*width], &m[e*stepM+(p*(end-first)+lo-first)*width],
					4*width, 1, false)
			}
		}
	}
}

// element is the index of the transformed weights that multiply element e of the transformed tiles. Weights rotated by
// half a circle are transformed without rotating them. That only reverses the order of the rows of G: the first and
// the last change places, and the two in the middle, (g₀+g₁+g₂)/2 and (g₀-g₁+g₂)/2, stay.
func (f *filtering) element(e int) int {
	if !f.backward {
		return e
	}
	rotated := [4]int{3, 1, 2, 0}
	return 4*rotated[e/4] + rotated[e%4]
}

// biasFrom returns the bias of output channel k and the distance to the next one in bytes. Without a bias it returns a
// zero and the distance 0.
func (f *filtering) biasFrom(k int) (bias *float32, step int) {
	if f.bias == nil {
		return &f.zero[0], 0
	}
	return &f.bias[k], 4
}

// apart returns the distance between matrices of n elements that are written at the same time. It is not a power of
// two: otherwise their lines would compete for the same places of the cache.
func apart(n int) int { return n + lanes }

// multiply computes the results of n strips.
func (f *filtering) multiply(s *convSpace, at *strips, n int) {
	width := f.kernels.Width
	per := width / lanes
	most := gemm.RoundUp(max(2, min(n, winogradStrips/(f.in+f.out))), per)
	panels := most / per
	stepV, stepM := apart(panels*f.in*width), apart(panels*f.out*width)
	v, m := reuse.Room(&s.dy, 16*stepV), reuse.Room(&s.products, 16*stepM)
	bias, stepBias := f.biasFrom(0)
	for first := 0; first < n; first += most {
		count := min(most, n-first)
		for i := range count {
			x, _ := at.at(first + i)
			winogradImageVector(1, f.in, x, at.stepX, 0, &at.rows, &at.cols, &v[i/per*f.in*width+i%per*lanes],
				4*stepV, 4*width)
		}
		f.products(m, v, stepM, stepV, 0, f.tiles, parallel.Blocks(count, per))
		for i := range count {
			_, y := at.at(first + i)
			winogradResultVector(f.out, &m[i/per*f.out*width+i%per*lanes], 4*stepM, 4*width, bias, stepBias, y,
				at.stepY, at.rowY, at.colY)
		}
	}
}
