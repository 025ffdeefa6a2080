package gemm

// The matrix product in float32 with the micro-kernels of AVX2 and AVX-512.
//
// C is cut into blocks, the units of parallel work. A block goes through the columns of A and the rows of B in chunks.
// For each chunk B is copied into panels of 16 columns, and A into panels of 6 rows, where the copy is worth its cost.
// A micro-kernel multiplies one panel of A by one of B. A panel of B stays in the first-level cache (24 kB) while all
// rows of A pass, and A stays in the second. In AVX-512 a panel of B has 32 columns and a tile 12 rows. Deep chunks
// pass C through memory less often: with a depth of 384 in place of 256, and fewer rows, products on two Zen 3
// cores are 1.5 % faster.
//
// Within a chunk every element of C is summed in the order of k by fused multiply-adds, and the sums of the chunks are
// added in their order. Products of rows by rows are summed in the lanes of registers instead. So the bits depend on
// the form and on the product, its sizes and which operands are transposed, but on nothing else.

import (
	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// Sizes of pieces are variables, so that tests can cut small shapes into many.
var (
	ChunkDepth = 256 // depth of a chunk of a sum over windows, in package conv
	blockCols  = 256 // columns of a block; a multiple of the width of a panel
	// with at most so many columns of C, a block has all of them, so that it alone copies its rows of A, and once
	wideCols  = 512
	leastRows = 72 // rows of such a block at least
	// elements of a chunk of A, at most, for a block to have all rows: they stay in the second-level cache while the
	// panels of B pass
	wideRows = 1 << 17
	// BlockFlops is the least work of a block while there are fewer than GoodBlocks, some 10 µs. A product that would
	// be a single block is cut down to half of it. Smaller blocks copy the same rows of A and columns of B more often.
	BlockFlops = 1_000_000
	// GoodBlocks is how many blocks are enough to go round.
	GoodBlocks = 8
)

// Micro is a set of micro-kernels: their sizes, and the kernels. Kernels in a list are indexed by the rows of the
// tile.
type Micro struct {
	Width, Height int // sizes of a tile
	// rows of a block, a multiple of Height, and depth of a chunk, a multiple of 8
	rows, depth      int
	DotRows, DotCols int // sizes of a tile of MultiplyDots
	edges
	multiplyStrip stripKernel // tiles of the full height, one below the other
	MultiplyLine  lineKernel  // a single row, LineLength columns at a time
	transpose     copyKernel  // 16 rows into 16 columns of a panel
	transposeStep int         // the k of transpose is a multiple of it
	// copies panels of a transposed A: Height elements of each of k rows
	packRows packKernel
	packCols packKernel // copies panels of B: Width elements of each of k rows
}

// edges are kernels by their number of rows, and of columns: those of a full tile, and of a tile at an edge. The
// program that writes the kernels writes the lists too.
type edges struct {
	MultiplyTile  []tileKernel
	MultiplyPanel []panelKernel
	MultiplyTaps  []tapsKernel
	MultiplyDots  [][]dotKernel
	TransposeRows []copyKernel // copies rows into the columns of a panel of A; k is a multiple of 8
}

type (
	tileKernel func(k int, a *float32, rowA, colA int, b *float32, rowB int, c *float32, rowC int,
		alpha float32, add bool)
	panelKernel func(k int, a, b, c *float32, rowC int, alpha float32, add bool)
	stripKernel func(tiles, k int, a, b, c *float32, rowC int, alpha float32, add bool, next *float32, pace int)
	tapsKernel  func(k int, a *float32, rowA, colA int, b *float32, offset *int, c *float32, rowC int,
		alpha float32, add bool)
	dotKernel func(k int, a *float32, rowA int, b *float32, offset *int, c *float32, rowC int,
		alpha float32, add bool)
	copyKernel func(k int, from *float32, row int, panel *float32)
	lineKernel func(blocks, k int, a *float32, colA int, b *float32, offset *int, c *float32, add bool)
	packKernel func(k, panels int, from *float32, row int, panel *float32, step int)
)

// The largest sizes of all sets.
const (
	MaxWidth   = 32        // of Micro.Width
	MaxHeight  = 12        // of Micro.Height
	maxChunk   = 168 * 384 // elements of a chunk of A
	maxPanel   = 32 * 256
	maxDotCols = 6
)

const (
	LineLength     = 64  // columns that MultiplyLine computes at a time
	iterationBytes = 512 // bytes of a panel of B that an iteration of the loop of a strip reads
	cacheLine      = 64
)

var (
	// MicroAVX2 and microAVX512 are the micro-kernels of these forms.
	MicroAVX2 = Micro{Width: 16, Height: 6, rows: 168, depth: 384, DotRows: 3, DotCols: 4, edges: edgesAVX2,
		multiplyStrip: strip6x16AVX2, MultiplyLine: lineAVX2, transpose: transpose16AVX2, transposeStep: 8,
		packRows: pack6AVX2, packCols: pack16AVX2}
	microAVX512 = Micro{Width: 32, Height: 12, rows: 240, depth: 256, DotRows: 4, DotCols: 6, edges: edgesAVX512,
		multiplyStrip: strip12x32AVX512, MultiplyLine: lineAVX512, transpose: transpose16AVX512, transposeStep: 4,
		packRows: pack12AVX2, packCols: pack32AVX2}
)

// MicroFor returns the micro-kernels of the active form for n columns. For at most 16 columns they are those of AVX2
// in AVX-512 too: half the width costs half as much, and each element is summed alike.
func MicroFor(n int) *Micro {
	if form.Active() < form.AVX512 || n <= MicroAVX2.Width {
		return &MicroAVX2
	}
	return &microAVX512
}

// products is a batch of matrix products in float32, and how it is cut into blocks.
type products struct {
	Product[float32]
	rows, cols, depth int // rows and columns of a block, and depth of a chunk
	tilesM, tilesN    int
	perBlock          int // how many small products a block does
	dots              bool
	packsA, packsB    bool // chunks of A, and of B, are copied
	sharesA, sharesB  bool // the copies are made once for all blocks
	readyA, readyB    bool // the copy of A, and of B, exists already
	inPlace           bool // A is not copied
	bufA, bufB        []float32
	kernels           *Micro
}

var productsPool = reuse.Spares{Fresh: func() any { return new(products) }}

// takeProducts returns a spare for a product, with the memory for its copies.
func takeProducts(p *Product[float32]) *products {
	q := productsPool.Get().(*products)
	*q = products{Product: *p, bufA: q.bufA, bufB: q.bufB, kernels: MicroFor(p.N)}
	return q
}

// give keeps the memory, but nothing that belongs to the caller.
func (p *products) give() {
	*p = products{bufA: p.bufA, bufB: p.bufB}
	productsPool.Put(p)
}

// multiply32 computes the product, and reports whether there is a form for float32 beside the plain one.
func multiply32(product *Product[float32]) bool {
	if form.Active() < form.AVX2 {
		return false
	}
	p := takeProducts(product)
	p.cut()
	p.share()
	p.run()
	p.give()
	return true
}

// run computes all blocks.
func (p *products) run() {
	if p.perBlock > 0 {
		parallel.Run(parallel.Blocks(p.Batch, p.perBlock), (*smallProducts)(p))
	} else {
		parallel.Run(p.Batch*p.tilesM*p.tilesN, p)
	}
}

// PackB32 sets packed, which grows as needed, to B (k×n) as multiplyPacked32 reads it. It reports whether there is a
// form for that.
func PackB32(packed *[]float32, b Matrix[float32], k, n int) bool {
	if form.Active() < form.AVX2 || n == 0 || k == 0 {
		return false
	}
	PackB(reuse.Room(packed, PackedB(k, n)), b, k, n)
	return true
}

// PackedB returns how many numbers B (k×n) takes in panels.
func PackedB(k, n int) int { return k * RoundUp(n, MicroFor(n).Width) }

// PackB copies B (k×n) into panels, chunk by chunk.
func PackB(packed []float32, b Matrix[float32], k, n int) {
	kernels := MicroFor(n)
	depth, width := kernels.chunkOf(k), RoundUp(n, kernels.Width)
	for l := 0; l < k; l += depth {
		kernels.packB(packed[l*width:], b, 0, n, l, min(depth, k-l))
	}
}

// MultiplyPrepared computes one product, not a batch. Packed holds B as PackB has laid it out, or is nil. A is copied,
// where that is worth its cost, unless inPlace is set.
func MultiplyPrepared(product *Product[float32], packed []float32, inPlace bool) {
	p := takeProducts(product)
	p.inPlace = inPlace
	own := p.bufB
	p.cut()
	if packed != nil {
		p.bufB, p.readyB = packed, true
	}
	p.share()
	parallel.Run(p.tilesM*p.tilesN, p)
	if packed == nil {
		own = p.bufB
	}
	p.bufB = own
	p.give()
}

// PackedA returns how many numbers A (m×k) takes in panels, for products of n columns.
func PackedA(m, n, k int) int { return k * RoundUp(m, MicroFor(n).Height) }

// PackA copies A (m×k) into panels, chunk by chunk, for products of n columns.
func PackA(packed []float32, a Matrix[float32], m, n, k int) {
	kernels := MicroFor(n)
	depth, height := kernels.chunkOf(k), RoundUp(m, kernels.Height)
	for l := 0; l < k; l += depth {
		kernels.PackA(packed[l*height:], a, 0, m, l, min(depth, k-l))
	}
}

// MultiplyByRows computes a batch of products with the same A. Packed holds A as PackA has laid it out.
func MultiplyByRows(product *Product[float32], packed []float32) {
	p := takeProducts(product)
	own := p.bufA
	p.bufA, p.readyA = packed, true
	p.cut()
	p.share()
	p.run()
	p.bufA = own
	p.give()
}

// multiplyPacked32 computes one product, not a batch. Packed holds B as PackB has laid it out.
func multiplyPacked32(product *Product[float32], packed []float32) {
	if product.M == 0 {
		return
	}
	p := takeProducts(product)
	own := p.bufB
	p.bufB, p.packsB, p.sharesB = packed, true, true
	p.cut()
	parallel.Run(p.tilesM*p.tilesN, p)
	p.bufB = own
	p.give()
}

// chunkOf returns the depth of a chunk of k. It is a multiple of 8, since copies of 8 columns are fast.
func (m *Micro) chunkOf(k int) int { return Evenly(k, m.depth, 8) }

// Evenly returns the size of the pieces that cut size into as few pieces as possible, none larger than most, and all
// nearly equal. The size is a multiple of unit, or most.
func Evenly(size, most, unit int) int {
	return min(most, RoundUp(parallel.Blocks(size, max(1, parallel.Blocks(size, most))), unit))
}

// cut decides on the blocks, by the sizes and the transpositions alone.
func (p *products) cut() {
	width, height, blockRows := p.kernels.Width, p.kernels.Height, p.kernels.rows
	p.rows, p.cols = min(p.M, blockRows), min(RoundUp(p.N, width), blockCols)
	if blocks := min(2*GoodBlocks, p.M/leastRows); p.Batch == 1 && !p.A.Transposed && p.N <= wideCols &&
		blocks >= GoodBlocks {
		p.rows, p.cols = min(blockRows, RoundUp(parallel.Blocks(p.M, blocks), height)), RoundUp(p.N, width)
	}
	if p.wide() {
		p.rows, p.cols = p.M, min(blockCols, RoundUp(parallel.Blocks(p.N, 2*GoodBlocks), width))
	}
	flops := func() int { return 2 * p.rows * p.cols * p.K }
	count := func() int { return p.Batch * parallel.Blocks(p.M, p.rows) * parallel.Blocks(p.N, p.cols) }
	for c := count(); c < GoodBlocks && flops() > 2*BlockFlops || c < 2 && flops() > BlockFlops; c = count() {
		if p.cols >= p.rows && p.cols > width {
			p.cols = RoundUp(p.cols/2, width)
		} else if p.rows > height {
			p.rows = RoundUp(p.rows/2, height)
		} else {
			break
		}
	}
	p.rows, p.cols = Evenly(p.M, p.rows, height), Evenly(p.N, p.cols, width)
	p.tilesM, p.tilesN = parallel.Blocks(p.M, p.rows), parallel.Blocks(p.N, p.cols)
	p.depth = p.kernels.chunkOf(p.K)
	p.perBlock = 0
	if f := flops(); f < BlockFlops/4 && p.tilesM*p.tilesN == 1 {
		p.perBlock = max(1, BlockFlops/2/max(1, f))
	}
	// Sums in lanes need no copy of B. But adding up the lanes takes as long as some 70 columns of A, and copying Bᵀ
	// takes as long as 6 rows of A: sums in lanes are faster if 70·M < 6·K.
	p.dots = p.B.Transposed && !p.A.Transposed && p.M < p.K/12
}

// wide reports whether a block has all rows. Then each column of B is copied once, by the block that multiplies it,
// and what a processor reads it has copied itself, but for the rows of A.
func (p *products) wide() bool {
	chunk := p.heights() * min(p.K, p.kernels.depth)
	return (p.Batch == 1 || p.readyA) && !p.B.Transposed && p.N > GoodBlocks*p.kernels.Width &&
		p.M > p.kernels.rows/2 && chunk <= wideRows && (p.readyA || chunk <= maxChunk || p.worth())
}

// worth reports whether a parallel loop may copy A for all blocks.
func (p *products) worth() bool {
	return p.Batch == 1 && 2*p.M*p.N*p.K > shareFlops && p.K*p.heights() <= shareMemory
}

var (
	shareFlops  = 16_000_000 // work from which on a parallel loop that makes the copies costs little
	shareMemory = 1 << 22    // elements that are copied, at most
	sharePanels = 8          // panels that a block of the loop copies
)

const (
	// with more panels of B than so many, A is copied; with more than half as many if A is transposed, or if its rows
	// lie a multiple of 1 kB apart and so compete for the cache
	packCols = 4
	// the least K for that, since copying columns beyond a multiple of 8 is slow; with four times as many panels any K
	// will do
	packDepth = 32
)

// share decides what is copied, and makes the copies that several blocks read.
func (p *products) share() {
	if p.dots || p.K == 0 || p.Alpha == 0 {
		p.packsB, p.sharesB = p.readyB, p.readyB
		return
	}
	p.packsA = p.N > packCols/2*p.kernels.Width && (p.A.Transposed || p.A.Row%256 == 0) ||
		p.N > packCols*p.kernels.Width && p.K >= packDepth || p.N > 4*packCols*p.kernels.Width
	if p.inPlace {
		p.packsA = false
	}
	p.packsB = p.B.Transposed || p.M > 4*p.kernels.Height // fewer rows are not worth the copy
	worth := p.Batch == 1 && 2*p.M*p.N*p.K > shareFlops
	p.sharesA = p.worth() && p.packsA && p.tilesN > 1
	p.sharesB = worth && p.packsB && p.tilesM > 1 && p.K*p.widths() <= shareMemory
	if p.readyA {
		p.packsA, p.sharesA = true, true
	}
	if p.readyB {
		p.packsB, p.sharesB = true, true
	}
	if p.sharesA && !p.readyA {
		reuse.Room(&p.bufA, p.K*p.heights())
	}
	if p.sharesB && !p.readyB {
		reuse.Room(&p.bufB, p.K*p.widths())
	}
	if a, b := p.shares(); a+b > 0 {
		parallel.Run(parallel.Blocks(p.K, p.depth)*(a+b), (*sharing)(p))
	}
}

// heights and widths are M and N, rounded up to whole tiles.
func (p *products) heights() int { return RoundUp(p.M, p.kernels.Height) }
func (p *products) widths() int  { return RoundUp(p.N, p.kernels.Width) }

// shares returns how many blocks copy a chunk of A, and a chunk of B.
func (p *products) shares() (a, b int) {
	if p.sharesA && !p.readyA {
		a = parallel.Blocks(p.M, sharePanels*p.kernels.Height)
	}
	if p.sharesB && !p.readyB {
		b = parallel.Blocks(p.N, sharePanels*p.kernels.Width)
	}
	return a, b
}

// sharing copies some panels of a chunk.
type sharing products

func (q *sharing) Block(i int) {
	p := (*products)(q)
	a, b := p.shares()
	chunk, i := i/(a+b), i%(a+b)
	l := chunk * p.depth
	k := min(p.depth, p.K-l)
	if i < a {
		lo, hi := parallel.Bounds(i, sharePanels*p.kernels.Height, p.M)
		p.kernels.PackA(p.bufA[l*p.heights()+lo*k:], p.A, lo, hi, l, k)
		return
	}
	lo, hi := parallel.Bounds(i-a, sharePanels*p.kernels.Width, p.N)
	p.kernels.packB(p.bufB[l*p.widths()+lo*k:], p.B, lo, hi, l, k)
}

// PackA copies rows [m, hi) of A, k columns from column l on, into panels as high as a tile.
func (kernels *Micro) PackA(panels []float32, a Matrix[float32], m, hi, l, k int) {
	height := kernels.Height
	if whole := (hi - m) / height; a.Transposed && whole > 0 {
		kernels.packRows(k, whole, &a.from(m, l)[0], 4*a.Row, &panels[0], 4*height*k)
		m, panels = m+whole*height, panels[whole*height*k:]
	}
	for ; m < hi; m += height {
		rows := min(height, hi-m)
		if a.Transposed {
			for c := range k {
				for r, v := range a.from(m, l+c)[:rows] {
					panels[c*height+r] = v
				}
			}
			return
		}
		transposed := k &^ 7
		if transposed > 0 {
			kernels.TransposeRows[rows](transposed, &a.from(m, l)[0], 4*a.Row, &panels[0])
		}
		for c := transposed; c < k; c++ {
			for r := range rows {
				panels[c*height+r] = a.Data[(m+r)*a.Row+l+c]
			}
		}
		if rows == height {
			panels = panels[height*k:]
		}
	}
}

// packB copies columns [n, hi) of B, k rows from row l on, into panels as wide as a tile. The last panel may have half
// the width.
func (kernels *Micro) packB(panels []float32, b Matrix[float32], n, hi, l, k int) {
	if whole := (hi - n) / kernels.Width; !b.Transposed && whole > 0 {
		kernels.packCols(k, whole, &b.from(l, n)[0], 4*b.Row, &panels[0], 4*kernels.Width*k)
		n, panels = n+whole*kernels.Width, panels[whole*kernels.Width*k:]
	}
	for ; n < hi; n += kernels.Width {
		kernels := MicroFor(hi - n)
		width := min(kernels.Width, hi-n)
		if !b.Transposed {
			for r := range k {
				row := panels[r*kernels.Width : (r+1)*kernels.Width]
				clear(row[copy(row, b.from(l+r, n)[:width]):])
			}
			return
		}
		kernels.TransposePanel(panels, b.from(l, n), b.Row, width, k)
		if width == kernels.Width {
			panels = panels[width*k:]
		}
	}
}

// RoundUp returns the least multiple of to that is not less than n.
func RoundUp(n, to int) int { return (n + to - 1) / to * to }

// Block computes block i; the blocks of one product come before those of the next.
func (p *products) Block(i int) {
	tiles := p.tilesM * p.tilesN
	s := panelSpaces.Get().(*panelSpace)
	p.block(s, i/tiles, i%tiles/p.tilesN, i%p.tilesN)
	panelSpaces.Put(s)
}

// smallProducts are products of which a block does several.
type smallProducts products

func (q *smallProducts) Block(i int) {
	p := (*products)(q)
	s := panelSpaces.Get().(*panelSpace)
	lo, hi := parallel.Bounds(i, p.perBlock, p.Batch)
	for item := lo; item < hi; item++ {
		p.block(s, item, 0, 0)
	}
	panelSpaces.Put(s)
}

// panelSpace is the working memory of one block: a chunk of A, a panel of B, a tile at the edge of C, and the offsets
// of rows of B.
type panelSpace struct {
	a      [maxChunk]float32
	b      [maxPanel]float32
	edge   [MaxHeight * MaxWidth]float32
	offset [maxDotCols]int
}

var panelSpaces = reuse.Spares{Fresh: func() any { return new(panelSpace) }}

// block computes block (ti, tj) of one product.
func (p *products) block(s *panelSpace, item, ti, tj int) {
	i, iEnd := parallel.Bounds(ti, p.rows, p.M)
	j, jEnd := parallel.Bounds(tj, p.cols, p.N)
	one := p.one(item)
	if p.Bias != nil {
		one.begin(i, iEnd, j, jEnd)
	}
	t := tiling{p: p, a: one.A, b: one.B, c: one.C.from(i, j), row: p.C.Row, m: iEnd - i, n: jEnd - j,
		add: p.Beta != 0}
	if p.K == 0 || p.Alpha == 0 || p.Beta != 0 && p.Beta != 1 {
		for r := range t.m {
			scaleRow(p.Beta, t.c[r*t.row:r*t.row+t.n])
		}
		if p.K == 0 || p.Alpha == 0 {
			return
		}
	}
	if p.dots {
		t.dots(s, i, j, p.K)
		return
	}
	for l := 0; l < p.K; l += p.depth {
		t.chunk(s, i, j, l, min(p.depth, p.K-l))
		t.add = true
	}
}

// tiling is a block of C and the operands. c begins with the first element of the block.
type tiling struct {
	p    *products
	a, b Matrix[float32]
	c    []float32
	row  int // of C
	m, n int
	add  bool // add to what lies in C
}

// dots multiplies rows of A by rows of Bᵀ.
func (t *tiling) dots(s *panelSpace, i, j, k int) {
	kernels := MicroFor(MaxWidth)
	rows, cols := kernels.DotRows, kernels.DotCols
	for c := range s.offset {
		s.offset[c] = 4 * c * t.b.Row
	}
	for n := 0; n < t.n; n += cols {
		multiply, b := kernels.MultiplyDots, &t.b.Data[(j+n)*t.b.Row]
		width := min(cols, t.n-n)
		for r := 0; r < t.m; r += rows {
			a, c := &t.a.Data[(i+r)*t.a.Row], &t.c[r*t.row+n]
			multiply[min(rows, t.m-r)][width](k, a, 4*t.a.Row, b, &s.offset[0], c, 4*t.row, t.p.Alpha, t.add)
		}
	}
}

// tileRows are rows of A as tiles read them. If they are not copied, the tile of rows from r on begins at
// data[r·step].
type tileRows struct {
	data      []float32
	row, col  int // distances between the rows of a tile, and between its columns
	step      int
	panelHigh bool // the rows are copied into panels as high as a tile
}

// rows returns the rows of A for k columns from column l on.
func (t *tiling) rows(s *panelSpace, i, l, k int) tileRows {
	p := t.p
	switch {
	case p.sharesA:
		return tileRows{p.bufA[l*p.heights()+i*k:], 1, p.kernels.Height, k, true}
	case p.packsA:
		p.kernels.PackA(s.a[:], t.a, i, i+t.m, l, k)
		return tileRows{s.a[:], 1, p.kernels.Height, k, true}
	case t.a.Transposed:
		return tileRows{t.a.from(i, l), 1, t.a.Row, 1, false}
	}
	return tileRows{t.a.from(i, l), t.a.Row, 1, t.a.Row, false}
}

// at returns where the tile of rows from r on begins.
func (a *tileRows) at(r, k int) *float32 {
	if a.panelHigh { // tiles may be half as high as the panel: the last panel of B may be of AVX2
		return &a.data[r/a.col*a.col*k+r%a.col]
	}
	return &a.data[r*a.step]
}

// panelOfB is a panel of B, or columns of B that are not copied, as many as a panel has.
type panelOfB struct {
	kernels *Micro
	data    []float32
	row     int      // distance between its rows
	column  int      // the column of the block where it begins
	width   int      // how many of its columns C has
	next    *float32 // what is read after it
}

// chunk multiplies k columns of A, from column l on, by as many rows of B, and sets the block or adds to it.
func (t *tiling) chunk(s *panelSpace, i, j, l, k int) {
	p := t.p
	a := t.rows(s, i, l, k)
	for n := 0; n < t.n; n += p.kernels.Width {
		kernels := MicroFor(p.N - j - n)
		b := panelOfB{kernels: kernels, data: s.b[:k*kernels.Width], row: kernels.Width, column: n,
			width: min(kernels.Width, t.n-n)}
		switch {
		case p.sharesB:
			b.data = p.bufB[l*p.widths()+(j+n)*k:]
		case p.packsB || b.width < kernels.Width:
			kernels.packB(b.data, t.b, j+n, min(j+n+kernels.Width, p.N), l, k)
		default:
			b.data, b.row = t.b.from(l, j+n), t.b.Row
		}
		b.next = &t.next(b.data, j, n+kernels.Width, l, k)[0]
		t.panel(s, k, a, b)
	}
}

// next returns the panel of B that is read after b: the one at column n of the block, or the first of the next chunk.
// It returns b itself if B is not copied for all blocks, because then the next panel does not exist yet.
func (t *tiling) next(b []float32, j, n, l, k int) []float32 {
	p := t.p
	switch {
	case !p.sharesB:
		return b
	case n < t.n:
		return p.bufB[l*p.widths()+(j+n)*k:]
	case l+k < p.K:
		return p.bufB[(l+k)*p.widths()+j*min(p.depth, p.K-l-k):]
	}
	return b
}

// panel multiplies all rows of the block by one panel, and meanwhile fetches the next panel into the second-level
// cache.
func (t *tiling) panel(s *panelSpace, k int, a tileRows, b panelOfB) {
	kernels, alpha := b.kernels, t.p.Alpha
	packed := t.p.packsA && kernels == t.p.kernels && b.row == kernels.Width
	r := 0
	if tiles := t.m / kernels.Height; packed && b.width == kernels.Width && tiles > 0 {
		pace := min(parallel.Blocks(iterationBytes, tiles), cacheLine)
		kernels.multiplyStrip(tiles, k, &a.data[0], &b.data[0], &t.c[b.column], 4*t.row, alpha, t.add, b.next, pace)
		r = tiles * kernels.Height
	}
	for ; r < t.m; r += kernels.Height {
		height := min(kernels.Height, t.m-r)
		c := t.c[r*t.row+b.column:]
		to, rowC, add := &c[0], 4*t.row, t.add
		if b.width < kernels.Width {
			to, rowC, add = &s.edge[0], 4*kernels.Width, false
		}
		if packed {
			kernels.MultiplyPanel[height](k, &a.data[r*k], &b.data[0], to, rowC, alpha, add)
		} else {
			kernels.MultiplyTile[height](k, a.at(r, k), 4*a.row, 4*a.col, &b.data[0], 4*b.row, to, rowC, alpha, add)
		}
		if b.width == kernels.Width {
			continue
		}
		for y := range height {
			row := c[y*t.row : y*t.row+b.width]
			from := s.edge[y*kernels.Width : y*kernels.Width+b.width]
			if !t.add {
				copy(row, from)
				continue
			}
			for x, v := range from {
				row[x] += v
			}
		}
	}
}

// TransposePanel copies k elements of each of width rows into the columns of a panel, and sets the columns beyond to
// zero.
func (m *Micro) TransposePanel(panel, b []float32, ldb, width, k int) {
	for j := 0; j < m.Width; j += 16 {
		done := 0
		if j+16 <= width {
			if done = k / m.transposeStep * m.transposeStep; done > 0 {
				m.transpose(done, &b[j*ldb], 4*ldb, &panel[j])
			}
		}
		if done == k {
			continue
		}
		for x := j; x < j+16; x++ {
			if x >= width {
				for l := done; l < k; l++ {
					panel[l*m.Width+x] = 0
				}
				continue
			}
			for l, v := range b[x*ldb+done : x*ldb+k] {
				panel[(done+l)*m.Width+x] = v
			}
		}
	}
}
