package kernel

// The matrix product in float32 with the micro-kernels of AVX2 and AVX-512.
//
// C is cut into blocks, the units of parallel work. A block goes through the columns of op(A) and the rows of op(B) in
// chunks of at most chunkDepth; for each chunk B is copied into panels of 16 columns, which a micro-kernel multiplies
// by 6 rows of A at a time. A panel stays in the first-level cache (20 kB) while all rows of A pass, and A in the
// second. In AVX-512 a panel has 32 columns and a tile 12 rows; it takes 12 cycles for each two cache lines of a panel, so
// they may as well come from the second-level cache. Every element of C is summed in the order of k by fused
// multiply-adds, so its bits depend on the sizes alone, and on the form.

import (
	"sync"

	"github.com/stheno-ml/stheno/internal/parallel"
)

const (
	chunkDepth = 320
	blockRows  = 240 // a multiple of the height of a tile
	blockCols  = 256 // a multiple of the width of a panel
	// blockFlops is the least work of a block while there are too few blocks to go round: some 10 µs.
	blockFlops = 1_000_000
	goodBlocks = 8
)

// micro is a set of micro-kernels: their sizes, and the kernels by the sizes of an edge.
type micro struct {
	width, height    int // of a tile
	dotRows, dotCols int // of a tile of rows by rows
	tiles            []tileKernel
	taps             []tapsKernel
	dots             [][]dotKernel
	turn             func(k int, b *float32, rowB int, panel *float32) // 16 rows into 16 columns of a panel
	turnStep         int                                               // k is a multiple of it
}

type (
	tileKernel func(k int, a *float32, rowA, colA int, b *float32, rowB int, c *float32, rowC int, alpha float32, add bool)
	tapsKernel func(k int, a *float32, rowA, colA int, b *float32, offset *int, c *float32, rowC int, alpha float32, add bool)
	dotKernel  func(k int, a *float32, rowA int, b *float32, offset *int, c *float32, rowC int, alpha float32, add bool)
)

// The largest sizes of all sets.
const (
	maxWidth   = 32
	maxHeight  = 12
	maxDotCols = 6
)

var (
	microAVX2 = micro{width: 16, height: 6, dotRows: 3, dotCols: 4, turn: turn16AVX2, turnStep: 8,
		tiles: []tileKernel{1: tile1x16AVX2, tile2x16AVX2, tile3x16AVX2, tile4x16AVX2, tile5x16AVX2, tile6x16AVX2},
		taps:  []tapsKernel{1: taps1x16AVX2, taps2x16AVX2, taps3x16AVX2, taps4x16AVX2, taps5x16AVX2, taps6x16AVX2},
		dots: [][]dotKernel{
			1: {1: dot1x1AVX2, dot1x2AVX2, dot1x3AVX2, dot1x4AVX2},
			2: {1: dot2x1AVX2, dot2x2AVX2, dot2x3AVX2, dot2x4AVX2},
			3: {1: dot3x1AVX2, dot3x2AVX2, dot3x3AVX2, dot3x4AVX2},
		},
	}
	microAVX512 = micro{width: 32, height: 12, dotRows: 4, dotCols: 6, turn: turn16AVX512, turnStep: 4,
		tiles: []tileKernel{1: tile1x32AVX512, tile2x32AVX512, tile3x32AVX512, tile4x32AVX512, tile5x32AVX512, tile6x32AVX512, tile7x32AVX512, tile8x32AVX512, tile9x32AVX512, tile10x32AVX512, tile11x32AVX512, tile12x32AVX512},
		taps:  []tapsKernel{1: taps1x32AVX512, taps2x32AVX512, taps3x32AVX512, taps4x32AVX512, taps5x32AVX512, taps6x32AVX512, taps7x32AVX512, taps8x32AVX512, taps9x32AVX512, taps10x32AVX512, taps11x32AVX512, taps12x32AVX512},
		dots: [][]dotKernel{
			1: {1: dot1x1AVX512, dot1x2AVX512, dot1x3AVX512, dot1x4AVX512, dot1x5AVX512, dot1x6AVX512},
			2: {1: dot2x1AVX512, dot2x2AVX512, dot2x3AVX512, dot2x4AVX512, dot2x5AVX512, dot2x6AVX512},
			3: {1: dot3x1AVX512, dot3x2AVX512, dot3x3AVX512, dot3x4AVX512, dot3x5AVX512, dot3x6AVX512},
			4: {1: dot4x1AVX512, dot4x2AVX512, dot4x3AVX512, dot4x4AVX512, dot4x5AVX512, dot4x6AVX512},
		},
	}
)

// microFor returns the micro-kernels of the active form for n columns. Where a panel of half the width will do, it costs half
// as much; each element is summed alike.
func microFor(n int) *micro {
	if active < avx512 || n <= microAVX2.width {
		return &microAVX2
	}
	return &microAVX512
}

// products is a batch of matrix products in float32, and how it is cut into blocks.
type products struct {
	transA, transB            bool
	m, n, k                   int
	alpha, beta               float32
	a, b, c                   []float32
	lda, ldb, ldc             int
	strideA, strideB, strideC int
	rows, cols, depth         int // of a block, and of a chunk
	tilesM, tilesN            int
	batch, perBlock           int // products, and how many small ones a block does
	dots                      bool
	kernels                   *micro
}

var productsPool = sync.Pool{New: func() any { return new(products) }}

// gemm32 multiplies in float32 if there is a form for it beside the plain one.
func gemm32(batch int, transA, transB bool, m, n, k int, alpha float32, a []float32, lda, strideA int, b []float32, ldb, strideB int, beta float32, c []float32, ldc, strideC int) bool {
	if active < avx2 {
		return false
	}
	p := productsPool.Get().(*products)
	*p = products{transA: transA, transB: transB, m: m, n: n, k: k, alpha: alpha, beta: beta, a: a, b: b, c: c, lda: lda, ldb: ldb, ldc: ldc,
		strideA: strideA, strideB: strideB, strideC: strideC, batch: batch, kernels: microFor(n)}
	p.cut()
	if p.perBlock > 0 {
		parallel.Run(parallel.Blocks(p.batch, p.perBlock), (*smallProducts)(p))
	} else {
		parallel.Run(p.batch*p.tilesM*p.tilesN, p)
	}
	*p = products{}
	productsPool.Put(p)
	return true
}

// cut decides on the blocks, by the sizes alone.
func (p *products) cut() {
	width, height := p.kernels.width, p.kernels.height
	p.rows, p.cols = min(p.m, blockRows), min(roundUp(p.n, width), blockCols)
	flops := func() int { return 2 * p.rows * p.cols * p.k }
	count := func() int { return p.batch * parallel.Blocks(p.m, p.rows) * parallel.Blocks(p.n, p.cols) }
	for count() < goodBlocks && flops() > blockFlops {
		if p.cols >= p.rows && p.cols > width {
			p.cols = roundUp(p.cols/2, width)
		} else if p.rows > height {
			p.rows = roundUp(p.rows/2, height)
		} else {
			break
		}
	}
	p.tilesM, p.tilesN = parallel.Blocks(p.m, p.rows), parallel.Blocks(p.n, p.cols)
	p.depth = parallel.Blocks(p.k, max(1, parallel.Blocks(p.k, chunkDepth)))
	p.perBlock = 0
	if f := flops(); f < blockFlops/4 && p.tilesM*p.tilesN == 1 {
		p.perBlock = max(1, blockFlops/2/max(1, f))
	}
	// Sums of lanes need no copy of B, but adding up the lanes costs as much as some 70 columns of A; copying Bᵀ costs
	// as much as 6 rows.
	p.dots = p.transB && !p.transA && p.m < p.k/12
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// Block computes block i, counting through those of one product before the next.
func (p *products) Block(i int) {
	tiles := p.tilesM * p.tilesN
	s := panels.Get().(*panelSpace)
	p.block(s, i/tiles, i%tiles/p.tilesN, i%p.tilesN)
	panels.Put(s)
}

// smallProducts are products of which a block does several.
type smallProducts products

func (q *smallProducts) Block(i int) {
	p := (*products)(q)
	s := panels.Get().(*panelSpace)
	lo, hi := parallel.Bounds(i, p.perBlock, p.batch)
	for item := lo; item < hi; item++ {
		p.block(s, item, 0, 0)
	}
	panels.Put(s)
}

// panelSpace is the memory of one block: a chunk of A, a panel of B, a tile at the edge of C, and the offsets of rows of B.
type panelSpace struct {
	a      [blockRows * chunkDepth]float32
	b      [maxWidth * chunkDepth]float32
	edge   [maxHeight * maxWidth]float32
	offset [maxDotCols]int
}

var panels = sync.Pool{New: func() any { return new(panelSpace) }}

// block computes block (ti, tj) of one product.
func (p *products) block(s *panelSpace, item, ti, tj int) {
	i, iEnd := parallel.Bounds(ti, p.rows, p.m)
	j, jEnd := parallel.Bounds(tj, p.cols, p.n)
	t := tiling{a: p.a[item*p.strideA:], lda: p.lda, transA: p.transA, b: p.b[item*p.strideB:], ldb: p.ldb, transB: p.transB,
		c: p.c[item*p.strideC+i*p.ldc+j:], ldc: p.ldc, m: iEnd - i, n: jEnd - j, alpha: p.alpha, add: p.beta != 0, kernels: p.kernels}
	if p.k == 0 || p.alpha == 0 || p.beta != 0 && p.beta != 1 {
		for r := range t.m {
			scaleRow(p.beta, t.c[r*p.ldc:r*p.ldc+t.n])
		}
		if p.k == 0 || p.alpha == 0 {
			return
		}
	}
	if p.dots {
		t.dots(s, i, j, p.k)
		return
	}
	for l := 0; l < p.k; l += p.depth {
		t.chunk(s, i, j, l, min(p.depth, p.k-l))
		t.add = true
	}
}

// tiling is a block of C and the operands, from whose element (i, j) on it is computed.
type tiling struct {
	a, b, c        []float32
	lda, ldb, ldc  int
	transA, transB bool
	m, n           int
	alpha          float32
	add            bool
	kernels        *micro
}

// dots multiplies rows by rows.
func (t *tiling) dots(s *panelSpace, i, j, k int) {
	kernels := microFor(maxWidth)
	rows, cols := kernels.dotRows, kernels.dotCols
	for c := range s.offset {
		s.offset[c] = 4 * c * t.ldb
	}
	for n := 0; n < t.n; n += cols {
		width := min(cols, t.n-n)
		b := t.b[(j+n)*t.ldb:]
		for r := 0; r < t.m; r += rows {
			kernels.dots[min(rows, t.m-r)][width](k, &t.a[(i+r)*t.lda], 4*t.lda, &b[0], &s.offset[0], &t.c[r*t.ldc+n], 4*t.ldc, t.alpha, t.add)
		}
	}
}

// chunk multiplies k columns of op(A), from column l, by as many rows of op(B), and adds to or sets the block.
func (t *tiling) chunk(s *panelSpace, i, j, l, k int) {
	a, rowA, colA := t.left(s, i, l, k)
	packed := t.transB || t.m > 4*t.kernels.height // fewer rows are not worth the copy
	for n := 0; n < t.n; n += t.kernels.width {
		kernels := microFor(t.n - n)
		width := min(kernels.width, t.n-n)
		b, rowB := s.b[:k*kernels.width], kernels.width
		switch {
		case t.transB:
			kernels.turnPanel(b, t.b[(j+n)*t.ldb+l:], t.ldb, width, k)
		case packed || width < kernels.width:
			copyPanel(b, kernels.width, t.b[l*t.ldb+j+n:], t.ldb, width, k)
		default:
			b, rowB = t.b[l*t.ldb+j+n:], t.ldb
		}
		t.panel(s, kernels, n, width, k, a, rowA, colA, b, rowB)
	}
}

// panel multiplies all rows by one panel.
func (t *tiling) panel(s *panelSpace, kernels *micro, n, width, k int, a []float32, rowA, colA int, b []float32, rowB int) {
	for r := 0; r < t.m; r += kernels.height {
		height := min(kernels.height, t.m-r)
		tile := kernels.tiles[height]
		c := t.c[r*t.ldc+n:]
		if width == kernels.width {
			tile(k, &a[r*rowA], 4*rowA, 4*colA, &b[0], 4*rowB, &c[0], 4*t.ldc, t.alpha, t.add)
			continue
		}
		tile(k, &a[r*rowA], 4*rowA, 4*colA, &b[0], 4*rowB, &s.edge[0], 4*kernels.width, t.alpha, false)
		for y := range height {
			row := c[y*t.ldc : y*t.ldc+width]
			from := s.edge[y*kernels.width : y*kernels.width+width]
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

// left returns the chunk of op(A) for the rows from i, and the distances of its rows and columns. Rows that lie side by
// side in memory are copied, lest a register's worth of columns touch as many pages.
func (t *tiling) left(s *panelSpace, i, l, k int) (a []float32, row, col int) {
	switch {
	case !t.transA && (t.lda%256 != 0 || t.n <= 2*t.kernels.width):
		return t.a[i*t.lda+l:], t.lda, 1
	case !t.transA: // rows a multiple of 1 kB apart compete for the same places of the cache
		for r := range t.m {
			copy(s.a[r*chunkDepth:r*chunkDepth+k], t.a[(i+r)*t.lda+l:])
		}
		return s.a[:], chunkDepth, 1
	case t.n <= 2*t.kernels.width:
		return t.a[l*t.lda+i:], 1, t.lda
	}
	for c := range k {
		copy(s.a[c*t.m:c*t.m+t.m], t.a[(l+c)*t.lda+i:])
	}
	return s.a[:], 1, t.m
}

// copyPanel copies k rows of width columns into a panel, and zeros beyond.
func copyPanel(panel []float32, panelWidth int, b []float32, ldb, width, k int) {
	switch width {
	case 16:
		if panelWidth == 16 {
			for l := range k {
				*(*[16]float32)(panel[l*16:]) = *(*[16]float32)(b[l*ldb:])
			}
			return
		}
	case 32:
		for l := range k {
			*(*[32]float32)(panel[l*32:]) = *(*[32]float32)(b[l*ldb:])
		}
		return
	}
	for l := range k {
		row := panel[l*panelWidth : (l+1)*panelWidth]
		clear(row[copy(row, b[l*ldb:l*ldb+width]):])
	}
}

// turnPanel copies k elements of width rows into the columns of a panel, and zeros beyond.
func (m *micro) turnPanel(panel, b []float32, ldb, width, k int) {
	for j := 0; j < m.width; j += 16 {
		turned := 0
		if j+16 <= width {
			if turned = k / m.turnStep * m.turnStep; turned > 0 {
				m.turn(turned, &b[j*ldb], 4*ldb, &panel[j])
			}
		}
		if turned == k {
			continue
		}
		for x := j; x < j+16; x++ {
			if x >= width {
				for l := turned; l < k; l++ {
					panel[l*m.width+x] = 0
				}
				continue
			}
			for l, v := range b[x*ldb+turned : x*ldb+k] {
				panel[(turned+l)*m.width+x] = v
			}
		}
	}
}
