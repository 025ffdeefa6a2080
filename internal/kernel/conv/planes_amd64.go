package conv

// Convolutions in float32 without columns: products whose right operand is the image itself, read at shifted places.
//
// The image is copied once, with its padding, into planes. A stride of s gives s·s planes for each channel, of every
// s-th pixel, so that neighbouring windows read neighbouring numbers. Windows are counted along whole rows of a plane,
// including the padding: then tap (c, u, v) of window q is planes[q + offset(c, u, v)]. Two registers are 16 or 32
// windows, and the micro-kernel of the matrix product needs one offset for each row of B. Windows that reach beyond
// the end of a row are computed too, but left out when the result is copied to its place. The weights are copied into
// panels of as many rows as a tile has.
//
// The gradient by the image is the same product with the weights transposed, one product for each of the s·s phases of
// the image. The gradient by the weights multiplies rows by rows: dy, whose rows are filled up with zeros to the
// length of the rows of the planes, times the shifted planes.

import (
	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// Sizes of pieces are variables, so that tests can cut small shapes into many.
var (
	planesMemory = 1 << 20 // elements of planes that are shared, at most
	planesBlock  = 32      // channels that are copied at a time
	tapChunk     = 288     // taps that are summed at a time
	// elements of a result that are computed before they are copied to their place
	planeBand = 1 << 15
	// places of a plane that a sum of products runs over, where several images have no more
	dotRun = 1 << 10
)

// planes is how an image is copied: plane (channel, a, b) holds at (r, s) the pixel (r·strideH + a - padT, s·strideW +
// b - padL).
type planes struct {
	h, w             int // of the image
	strideH, strideW int
	phasesH, phasesW int // phases that are copied: as many as the stride, fewer or more
	padT, padL       int
	rows, width      int // of a plane
}

// copyPlane copies rows [first, first+rows) of all planes of one channel. The planes are size elements apart.
func (p *planes) copyPlane(dst []float32, size int, image []float32, first, rows int) {
	for a := range p.phasesH {
		for b := range p.phasesW {
			plane := dst[(a*max(p.strideW, p.phasesW)+b)*size:]
			lo, hi := Span(p.width, p.w, p.strideW, b-p.padL)
			clear(plane[:rows*p.width])
			if lo >= hi {
				continue
			}
			for r := range rows {
				h := (first+r)*p.strideH + a - p.padT
				if h < 0 || h >= p.h {
					continue
				}
				row := plane[r*p.width+lo : r*p.width+hi]
				src := image[h*p.w+lo*p.strideW+b-p.padL : (h+1)*p.w]
				switch p.strideW {
				case 1:
					copy(row, src)
				case 2:
					vector.EverySecond(row, src)
				default:
					for i := range row {
						row[i] = src[i*p.strideW]
					}
				}
			}
		}
	}
}

// shifted is a product over planes: result (m, r, s) = Σ_t a[m,t]·planes[offset[t] + r·width + s].
type shifted struct {
	// in the gradient: which taps of the weights of a channel the product has
	of               []int
	packed           []float32
	taps             int
	channel, du, dv  []int // for each tap: its plane, and how far this is shifted
	rows, cols       int   // of results
	outRow, outCol   int   // place of result (0, 0)
	stepRow, stepCol int
	offset           []int // in bytes
}

// convJob is one pass over images: forward, or the gradient by the image.
type convJob struct {
	planes
	src, dst, bias   []float32
	n, groups        int
	in, out          int // channels of a group that are read, and that are written
	outH, outW       int
	direct           bool // the planes are the image itself
	conv             Conv
	weights          []float32
	backward         bool
	views            []shifted
	bands, bandRows  int
	tiles            int // tiles of the output channels of a group
	blocks, perBlock int // blocks of tiles, and the tiles of a block
	planeRows        int // rows of the planes of a band
	packed           []float32
	kernels          *gemm.Micro
	shares           bool // the planes of a band are copied once for all blocks
	copies           []float32
}

var convJobs = reuse.Spares{Fresh: func() any { return new(convJob) }}

func takeConvJob() *convJob { return convJobs.Get().(*convJob) }

// give keeps the job and its lists, but nothing that belongs to the caller.
func (j *convJob) give() {
	for i := range j.views {
		j.views[i].packed = nil
	}
	*j = convJob{views: j.views[:0], packed: j.packed, copies: j.copies}
	convJobs.Put(j)
}

// view adds a product with empty lists and returns it.
func (j *convJob) view() *shifted {
	if len(j.views) < cap(j.views) {
		j.views = j.views[:len(j.views)+1]
	} else {
		j.views = append(j.views, shifted{})
	}
	v := &j.views[len(j.views)-1]
	*v = shifted{of: v.of[:0], channel: v.channel[:0], du: v.du[:0], dv: v.dv[:0], offset: v.offset[:0]}
	return v
}

// tap adds a tap to v.
func (v *shifted) tap(channel, du, dv int) {
	v.channel, v.du, v.dv = append(v.channel, channel), append(v.du, du), append(v.dv, dv)
	v.taps++
}

// convForward32 computes y, and reports whether there is a form for it. Packed holds the weights as packConv32 lays
// them out, or is nil. A pointwise convolution comes here only with packed weights, or if it is thin.
func convForward32(c Conv, y, x, w, b, packed []float32) bool {
	if form.Active() < form.AVX2 {
		return false
	}
	if c.thin() {
		c.thinForward(y, x, w, b, packed)
		return true
	}
	if c.pointwise() {
		c.rowsForward(y, x, b, packed)
		return true
	}
	if c.filter(c.filterForward(y, x, w, b), packed, false) {
		return true
	}
	if c.lanesForward() {
		c.forwardLanes(y, x, w, b, packed, false)
	} else {
		c.forwardPlanes(y, x, w, b, packed, false)
	}
	return true
}

// packedConv32 returns how many numbers packConv32 sets. It is 0 if there is no form for it.
func packedConv32(c Conv) int {
	if form.Active() < form.AVX2 {
		return 0
	}
	if c.thin() {
		return c.thinPacked()
	}
	if c.pointwise() {
		return c.rowsPacked()
	}
	if f := c.filterForward(nil, nil, nil, nil); f.filters(&c) {
		f.shape()
		return 16 * f.stepU
	}
	in, out, taps, _ := c.group()
	height := gemm.MicroFor(gemm.MaxWidth).Height
	if c.lanesForward() {
		height = lanesKernels(c.OW).Height
	}
	return c.Groups * gemm.RoundUp(out, height) * in * taps
}

// packConv32 sets packed to the weights as convForward32 reads them.
func packConv32(c Conv, packed, w []float32) {
	if c.thin() {
		c.packThin(packed, w)
		return
	}
	if c.pointwise() {
		gemm.PackA(packed, gemm.Rows(w, c.C), c.K, c.OH*c.OW, c.C)
		return
	}
	if c.filter(c.filterForward(nil, nil, w, nil), packed, true) {
		return
	}
	if c.lanesForward() {
		c.forwardLanes(nil, nil, w, nil, packed, true)
	} else {
		c.forwardPlanes(nil, nil, w, nil, packed, true)
	}
}

func (c *Conv) lanesForward() bool { return c.laneable(c.C, c.rows()*c.width(), c.OH*c.OW) }

// forwardPlanes computes y from planes, or with pack only sets packed.
func (c *Conv) forwardPlanes(y, x, w, b, packed []float32, pack bool) {
	in, out, _, _ := c.group()
	j := takeConvJob()
	j.kernels = gemm.MicroFor(gemm.MaxWidth)
	j.planes = c.planes()
	j.src, j.dst, j.bias, j.n, j.groups, j.in, j.out, j.outH, j.outW = x, y, b, c.N, c.Groups, in, out, c.OH, c.OW
	j.direct = c.StrideH == 1 && c.StrideW == 1 && c.PadT == 0 && c.PadL == 0 && j.rows == c.H && j.width == c.W &&
		c.OW >= j.kernels.Width && out > 1
	v := j.view()
	for ch := range in {
		for u := range c.KH {
			for t := range c.KW {
				a, b := u*c.DilH%c.StrideH, t*c.DilW%c.StrideW
				v.tap((ch*c.StrideH+a)*c.StrideW+b, u*c.DilH/c.StrideH, t*c.DilW/c.StrideW)
			}
		}
	}
	v.rows, v.cols, v.stepRow, v.stepCol = c.OH, c.OW, 1, 1
	j.conv, j.weights = *c, w
	j.run(packed, pack)
	j.give()
}

// convBackwardData32 computes dx, and reports whether there is a form for it.
func convBackwardData32(c Conv, dx, dy, w []float32) bool {
	if form.Active() < form.AVX2 {
		return false
	}
	if c.filter(c.filterBackward(dx, dy, w), nil, false) {
		return true
	}
	in, out, _, _ := c.group()
	if c.interleavesData() {
		c.backwardDataLanes(dx, dy, w)
		return true
	}
	if c.spreads() {
		c.spreadData(dx, dy, w)
		return true
	}
	j := takeConvJob()
	j.kernels = gemm.MicroFor(gemm.MaxWidth)
	// Row h of dx with h + PadT = r·StrideH + a gets row r - e of dy through each tap u with u·DilH = e·StrideH + a.
	reachH, reachW := (c.KH-1)*c.DilH/c.StrideH, (c.KW-1)*c.DilW/c.StrideW
	firstH, firstW := c.PadT/c.StrideH, c.PadL/c.StrideW
	lastH, lastW := (c.H-1+c.PadT)/c.StrideH, (c.W-1+c.PadL)/c.StrideW
	j.planes = planes{h: c.OH, w: c.OW, strideH: 1, strideW: 1, phasesH: 1, phasesW: 1, padT: reachH - firstH,
		padL: reachW - firstW,
		rows: lastH - firstH + 1 + reachH, width: lastW - firstW + 1 + reachW}
	j.src, j.dst, j.n, j.groups, j.in, j.out, j.outH, j.outW = dy, dx, c.N, c.Groups, out, in, c.H, c.W
	for a := range c.StrideH {
		for b := range c.StrideW {
			// A phase whose first row or column would lie before the border of dx begins with its second one.
			skipH, skipW := b2i(firstH*c.StrideH+a < c.PadT), b2i(firstW*c.StrideW+b < c.PadL)
			v := j.view()
			v.outRow, v.outCol = (firstH+skipH)*c.StrideH+a-c.PadT, (firstW+skipW)*c.StrideW+b-c.PadL
			v.stepRow, v.stepCol = c.StrideH, c.StrideW
			v.rows, v.cols = parallel.Blocks(max(0, c.H-v.outRow), c.StrideH),
				parallel.Blocks(max(0, c.W-v.outCol), c.StrideW)
			if v.rows <= 0 || v.cols <= 0 {
				j.views = j.views[:len(j.views)-1]
				continue
			}
			for u := range c.KH {
				for t := range c.KW {
					if u*c.DilH%c.StrideH == a && t*c.DilW%c.StrideW == b {
						v.of = append(v.of, u*c.KW+t)
					}
				}
			}
			for k := range out {
				for _, tap := range v.of {
					u, t := tap/c.KW, tap%c.KW
					v.tap(k, reachH-u*c.DilH/c.StrideH+skipH, reachW-t*c.DilW/c.StrideW+skipW)
				}
			}
		}
	}
	j.conv, j.weights, j.backward = c, w, true
	j.run(nil, false)
	j.give()
	return true
}

// convWeights copies the weights of some tiles into panels.
type convWeights convJob

func (q *convWeights) Block(i int) {
	j := (*convJob)(q)
	tile, i := i%j.tiles, i/j.tiles
	g, v := i%j.groups, &j.views[i/j.groups]
	lo, hi := j.tile(tile)
	panel := v.panel(j, g, tile)
	if !j.backward {
		j.kernels.PackA(panel, gemm.Rows(j.weights[g*j.out*v.taps:], v.taps), lo, hi, 0, v.taps)
		return
	}
	taps, height := j.conv.KH*j.conv.KW, j.kernels.Height
	for k := range j.in {
		w := j.weights[((g*j.in+k)*j.out+lo)*taps : ((g*j.in+k)*j.out+hi)*taps]
		for _, tap := range v.of {
			for ch := range hi - lo {
				panel[ch] = w[ch*taps+tap]
			}
			panel = panel[height:]
		}
	}
}

// tile returns the output channels [lo, hi) of a tile. The heights of tiles differ by one at most.
func (j *convJob) tile(i int) (lo, hi int) { return i * j.out / j.tiles, (i + 1) * j.out / j.tiles }

// panel returns the packed weights from those of the given tile of group g on.
func (v *shifted) panel(j *convJob, g, tile int) []float32 {
	return v.packed[(g*j.tiles+tile)*j.kernels.Height*v.taps:]
}

// run cuts the pass into blocks, by the sizes alone, and runs them. Before that it packs the weights, unless they are
// packed already. With pack it does only that.
func (j *convJob) run(packed []float32, pack bool) {
	rows, taps := 0, 0
	for i := range j.views {
		rows, taps = max(rows, j.views[i].rows), taps+j.views[i].taps
	}
	j.tiles = parallel.Blocks(j.out, j.kernels.Height)
	blockRows := func() int { return min(j.out, j.perBlock*j.kernels.Height) }
	j.perBlock = j.tiles
	j.bandRows = max(1, min(rows, planeBand/(j.width*min(j.out, 64))))
	if j.out*j.bandRows*j.width > planeBand {
		j.perBlock = max(1, planeBand/(j.bandRows*j.width*j.kernels.Height))
	}
	for {
		j.bands, j.blocks = parallel.Blocks(rows, j.bandRows), parallel.Blocks(j.tiles, j.perBlock)
		work := 2 * blockRows() * j.bandRows * j.width * taps
		if j.n*j.groups*j.bands*j.blocks >= gemm.GoodBlocks || work < 2*gemm.BlockFlops {
			break
		}
		if j.bandRows > 6 && j.bandRows >= blockRows()/8 {
			j.bandRows = (j.bandRows + 1) / 2
		} else if j.perBlock > 2 {
			j.perBlock = (j.perBlock + 1) / 2
		} else {
			break
		}
	}
	j.bandRows, j.perBlock = parallel.Blocks(rows, j.bands), parallel.Blocks(j.tiles, j.blocks)
	j.planeRows = j.bandRows + j.reach()
	size := j.planeRows * j.width
	if j.direct {
		size = j.h * j.w
	}
	perTap := j.groups * j.tiles * j.kernels.Height
	free := packed
	if packed == nil {
		free = reuse.Room(&j.packed, perTap*taps)
	}
	for i := range j.views {
		v := &j.views[i]
		v.packed, free = free[:perTap*v.taps], free[perTap*v.taps:]
		v.offset = v.offset[:0]
		for t, ch := range v.channel {
			v.offset = append(v.offset, 4*(ch*size+v.du[t]*j.width+v.dv[t]))
		}
	}
	if packed == nil || pack {
		parallel.Run(len(j.views)*j.groups*j.tiles, (*convWeights)(j))
	}
	if pack {
		return
	}
	all := j.n * j.groups * j.bands
	if j.shares = !j.direct && j.blocks > 1 && all*j.copied() <= planesMemory; j.shares {
		reuse.Room(&j.copies, all*j.copied())
		parallel.Run(all*parallel.Blocks(j.in, planesBlock), (*convPlanes)(j))
	}
	parallel.Run(all*j.blocks, j)
}

// reach is the largest du of a tap: how many rows further on in the planes a row of results reads. It is taken from
// the taps, since in the gradient by the image one phase may reach a row further than another.
func (j *convJob) reach() int {
	reach := 0
	for i := range j.views {
		for _, du := range j.views[i].du {
			reach = max(reach, du)
		}
	}
	return reach
}

// copied is how many elements the planes of a band take.
func (j *convJob) copied() int { return j.in*j.strideH*j.strideW*j.planeRows*j.width + gemm.LineLength }

// convPlanes copies the planes of some channels of a band.
type convPlanes convJob

func (q *convPlanes) Block(i int) {
	j := (*convJob)(q)
	blocks := parallel.Blocks(j.in, planesBlock)
	lo, hi := parallel.Bounds(i%blocks, planesBlock, j.in)
	all := i / blocks
	j.copyBand(j.copies[all*j.copied():], all/j.bands, all%j.bands, lo, hi)
}

// copyBand copies the planes of channels [lo, hi) of a band. Image n·groups + g is group g of image n.
func (j *convJob) copyBand(dst []float32, image, band, lo, hi int) {
	per, size, first := j.strideH*j.strideW, j.planeRows*j.width, band*j.bandRows
	for ch := lo; ch < hi; ch++ {
		j.copyPlane(dst[ch*per*size:], size, j.src[(image*j.in+ch)*j.h*j.w:], first, min(j.planeRows, j.rows-first))
	}
}

// convSpace is the working memory of one block.
type convSpace struct {
	planes, result, dy, products, transformed []float32
	edge                                      [gemm.MaxHeight * gemm.MaxWidth]float32
	pixels                                    []lanesPixel
}

var convSpaces = reuse.Spares{Fresh: func() any { return new(convSpace) }}

// Block does some output channels of a band of rows of one group of one image.
func (j *convJob) Block(i int) {
	block, i := i%j.blocks, i/j.blocks
	band, i := i%j.bands, i/j.bands
	g, n := i%j.groups, i/j.groups
	s := convSpaces.Get().(*convSpace)
	first := band * j.bandRows
	image := n*j.groups + g
	from, start := j.src[image*j.in*j.h*j.w:], first*j.width
	if j.shares {
		from, start = j.copies[(image*j.bands+band)*j.copied():], 0
	} else if !j.direct {
		from, start = reuse.Room(&s.planes, j.copied()), 0
		j.copyBand(from, image, band, 0, j.in)
	}
	tileLo, tileHi := parallel.Bounds(block, j.perBlock, j.tiles)
	lo, _ := j.tile(tileLo)
	_, hi := j.tile(tileHi - 1)
	for k := range j.views {
		v := &j.views[k]
		rows := min(j.bandRows, v.rows-first)
		if rows <= 0 {
			continue
		}
		count := (rows-1)*j.width + v.cols
		width := gemm.RoundUp(count, j.kernels.Width)
		if j.out == 1 {
			width = gemm.RoundUp(count, gemm.LineLength)
		}
		result := reuse.Room(&s.result, (hi-lo)*width)
		j.multiply(v, s, gemm.Rows(result, width), count, from[start:], g, tileLo, tileHi)
		for ch := lo; ch < hi; ch++ {
			c := g*j.out + ch
			plane := j.dst[(n*j.groups*j.out+c)*j.outH*j.outW:][:j.outH*j.outW]
			mine := result[(ch-lo)*width:][:count]
			for r := range rows {
				row := mine[r*j.width:][:v.cols]
				to := plane[(v.outRow+(first+r)*v.stepRow)*j.outW+v.outCol:]
				switch {
				case j.bias != nil: // only forward, where results lie side by side
					vector.UnaryRow(vector.AddScalar, to[:len(row)], row, j.bias[c], 0)
				case v.stepCol == 1:
					copy(to, row)
				default:
					for x, y := range row {
						to[x*v.stepCol] = y
					}
				}
			}
		}
	}
	convSpaces.Put(s)
}

// multiply computes count results of some tiles of a group. Elements of to beyond count have no meaning.
func (j *convJob) multiply(v *shifted, s *convSpace, to gemm.Matrix[float32], count int, from []float32,
	g, tileLo, tileHi int) {
	result, width := to.Data, to.Row
	if v.taps == 0 {
		clear(result)
		return
	}
	height := j.kernels.Height
	if j.out == 1 {
		for t := 0; t < v.taps; t += tapChunk {
			j.kernels.MultiplyLine(width/gemm.LineLength, min(tapChunk, v.taps-t), &v.panel(j, g, 0)[t*height],
				4*height, &from[0],
				&v.offset[t], &result[0], t > 0)
		}
		return
	}
	first, _ := j.tile(tileLo)
	for t := 0; t < v.taps; t += tapChunk {
		taps := min(tapChunk, v.taps-t)
		for q := 0; q < count; {
			kernels := gemm.MicroFor(count - q)
			// The last panel ends with the last result and overlaps the panel before, so that nothing beyond is read.
			shift := max(0, min(q, q+kernels.Width-count))
			for i := tileLo; i < tileHi; i++ {
				lo, hi := j.tile(i)
				a := v.panel(j, g, i)[t*height:]
				// One round, or two where the last panel is of AVX2, whose tiles are half as high.
				for lo < hi {
					m := min(hi-lo, kernels.Height)
					row := result[(lo-first)*width+q:]
					c, rowC, add := &row[0], 4*width, t > 0
					if shift > 0 {
						c, rowC, add = &s.edge[0], 4*kernels.Width, false
					}
					kernels.MultiplyTaps[m](taps, &a[0], 4, 4*height, &from[q-shift], &v.offset[t], c, rowC, 1, add)
					if shift > 0 {
						j.edge(s, kernels, row, width, count-q, shift, m, t > 0)
					}
					if lo += m; lo < hi {
						a = a[m:]
					}
				}
			}
			q += kernels.Width
		}
	}
}

// edge copies n results of each of m rows from s.edge, where they begin at column shift. With add it adds them
// instead.
func (j *convJob) edge(s *convSpace, kernels *gemm.Micro, result []float32, width, n, shift, m int, add bool) {
	for y := range m {
		row := result[y*width : y*width+n]
		for x, z := range s.edge[y*kernels.Width+shift:][:n] {
			if add {
				z += row[x]
			}
			row[x] = z
		}
	}
}

// weightsJob computes the gradient by the weights, by products of rows with rows.
type weightsJob struct {
	planes
	c                Conv
	x, dy, dw        []float32 // dw holds one gradient for each part
	images           int       // images that a sum of products runs over
	parts, blocks    int       // parts of the images, and blocks of the output channels
	blockRows, total int
	offset           []int
	partial          []float32
}

var weightsJobs = reuse.Spares{Fresh: func() any { return new(weightsJob) }}

// convBackwardWeights32 computes dw, and reports whether there is a form for it.
func convBackwardWeights32(c Conv, dw, x, dy []float32) bool {
	if form.Active() < form.AVX2 {
		return false
	}
	in, out, taps, _ := c.group()
	if c.few(columnsFiltered) || c.few(columnsWindows) && !c.filtersGradient() {
		c.columnWeights(dw, x, dy)
		return true
	}
	if c.filterGradient(dw, x, dy) {
		return true
	}
	if in >= sumsChannels {
		c.sumWeights(dw, x, dy)
		return true
	}
	if c.StrideH == 1 && c.StrideW == 1 && c.laneable(c.C, c.rows()*c.width(), c.OH*c.OW) {
		c.backwardWeightsLanes(dw, x, dy)
		return true
	}
	j := weightsJobs.Get().(*weightsJob)
	j.c, j.x, j.dy, j.dw = c, x, dy, dw
	j.planes = c.planes()
	size := j.rows * j.width
	j.images = max(1, min(c.N, dotRun/size))
	groups := parallel.Blocks(c.N, j.images)
	j.total = c.K * in * taps
	j.parts = max(1, min(groups, gemm.GoodBlocks, 1<<20/j.total))
	j.blocks = 1
	if c.Groups*j.parts < gemm.GoodBlocks {
		j.blocks = max(1, min(parallel.Blocks(gemm.GoodBlocks, c.Groups*j.parts), out/12))
	}
	j.blockRows = parallel.Blocks(out, j.blocks)
	j.offset = j.offset[:0]
	for ch := range in {
		for u := range c.KH {
			for t := range c.KW {
				plane := (ch*c.StrideH+u*c.DilH%c.StrideH)*c.StrideW + t*c.DilW%c.StrideW
				j.offset = append(j.offset, 4*(plane*j.images*size+u*c.DilH/c.StrideH*j.width+t*c.DilW/c.StrideW))
			}
		}
	}
	if j.parts > 1 {
		j.dw = reuse.Room(&j.partial, j.parts*j.total)
	}
	parallel.Run(c.Groups*j.parts*j.blocks, j)
	if j.parts > 1 {
		copy(dw, j.dw[:j.total])
		for p := 1; p < j.parts; p++ {
			vector.BinaryRow(vector.Add, dw, dw, j.dw[p*j.total:(p+1)*j.total], 0, 0)
		}
	}
	*j = weightsJob{offset: j.offset, partial: j.partial}
	weightsJobs.Put(j)
	return true
}

// Block computes the gradient of some output channels of one group, summed over one part of the images.
func (j *weightsJob) Block(i int) {
	c := &j.c
	in, out, taps, windows := c.group()
	block, i := i%j.blocks, i/j.blocks
	part, g := i%j.parts, i/j.parts
	lo, hi := parallel.Bounds(block, j.blockRows, out)
	groups := parallel.Blocks(c.N, j.images)
	s := convSpaces.Get().(*convSpace)
	size, per := j.rows*j.width, j.strideH*j.strideW
	run := j.images * size // length of one plane of all images, one after the other
	x, dy := reuse.Room(&s.planes, in*per*run), reuse.Room(&s.dy, (hi-lo)*run)
	dw := j.dw[part*j.total+(g*out+lo)*in*taps:]
	clear(dy) // what is beyond the windows of a row stays 0
	add := false
	for group := part * groups / j.parts; group < (part+1)*groups/j.parts; group++ {
		first := group * j.images
		count := min(j.images, c.N-first)
		for n := range count {
			for ch := range in {
				j.copyPlane(x[ch*per*run+n*size:], run, j.x[((first+n)*c.C+g*in+ch)*c.H*c.W:], 0, j.rows)
			}
			for k := lo; k < hi; k++ {
				to, from := dy[(k-lo)*run+n*size:], j.dy[((first+n)*c.K+g*out+k)*windows:]
				for r := range c.OH {
					copy(to[r*j.width:r*j.width+c.OW], from[r*c.OW:(r+1)*c.OW])
				}
			}
		}
		length := (count-1)*size + (c.OH-1)*j.width + c.OW
		kernels := gemm.MicroFor(gemm.MaxWidth)
		for k := lo; k < hi; k += kernels.DotRows {
			for t := 0; t < len(j.offset); t += kernels.DotCols {
				kernels.MultiplyDots[min(kernels.DotRows, hi-k)][min(kernels.DotCols, len(j.offset)-t)](length,
					&dy[(k-lo)*run], 4*run, &x[0], &j.offset[t], &dw[(k-lo)*in*taps+t], 4*in*taps, 1, add)
			}
		}
		add = true
	}
	convSpaces.Put(s)
}
