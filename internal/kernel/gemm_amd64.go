package kernel

// The matrix product in float32 with the micro-kernels of AVX2.
//
// C is cut into blocks, the units of parallel work. A block goes through the columns of op(A) and the rows of op(B) in
// chunks of at most chunkDepth; for each chunk B is copied into panels of 16 columns, which a micro-kernel multiplies
// by 6 rows of A at a time. A panel stays in the first-level cache (16 kB) while all rows of A pass, and A in the
// second. Every element of C is summed in the order of k by fused multiply-adds, so its bits depend on
// the sizes alone.

import (
	"sync"

	"github.com/stheno-ml/stheno/internal/parallel"
)

const (
	panelWidth = 16
	tileHeight = 6
	chunkDepth = 320
	blockRows  = 240 // a multiple of tileHeight
	blockCols  = 256 // a multiple of panelWidth
	// blockFlops is the least work of a block while there are too few blocks to go round: some 10 µs.
	blockFlops = 1_000_000
	goodBlocks = 8
)

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
}

var productsPool = sync.Pool{New: func() any { return new(products) }}

// gemm32 multiplies in float32 if there is a form for it beside the plain one.
func gemm32(batch int, transA, transB bool, m, n, k int, alpha float32, a []float32, lda, strideA int, b []float32, ldb, strideB int, beta float32, c []float32, ldc, strideC int) bool {
	if active < avx2 {
		return false
	}
	p := productsPool.Get().(*products)
	*p = products{transA: transA, transB: transB, m: m, n: n, k: k, alpha: alpha, beta: beta, a: a, b: b, c: c, lda: lda, ldb: ldb, ldc: ldc,
		strideA: strideA, strideB: strideB, strideC: strideC, batch: batch}
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
	p.rows, p.cols = min(p.m, blockRows), min(roundUp(p.n, panelWidth), blockCols)
	flops := func() int { return 2 * p.rows * p.cols * p.k }
	count := func() int { return p.batch * parallel.Blocks(p.m, p.rows) * parallel.Blocks(p.n, p.cols) }
	for count() < goodBlocks && flops() > blockFlops {
		if p.cols >= p.rows && p.cols > panelWidth {
			p.cols = roundUp(p.cols/2, panelWidth)
		} else if p.rows > tileHeight {
			p.rows = roundUp(p.rows/2, tileHeight)
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
	// Sums of eight lanes need no copy of B, but adding up the lanes costs as much as 67 columns of A; copying Bᵀ costs
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

// panelSpace is the memory of one block: a chunk of A and a panel of B.
type panelSpace struct {
	a [blockRows * chunkDepth]float32
	b [panelWidth * chunkDepth]float32
}

var panels = sync.Pool{New: func() any { return new(panelSpace) }}

// block computes block (ti, tj) of one product.
func (p *products) block(s *panelSpace, item, ti, tj int) {
	i, iEnd := parallel.Bounds(ti, p.rows, p.m)
	j, jEnd := parallel.Bounds(tj, p.cols, p.n)
	t := tiling{a: p.a[item*p.strideA:], lda: p.lda, transA: p.transA, b: p.b[item*p.strideB:], ldb: p.ldb, transB: p.transB,
		c: p.c[item*p.strideC+i*p.ldc+j:], ldc: p.ldc, m: iEnd - i, n: jEnd - j, alpha: p.alpha, add: p.beta != 0}
	if p.k == 0 || p.alpha == 0 || p.beta != 0 && p.beta != 1 {
		for r := range t.m {
			scaleRow(p.beta, t.c[r*p.ldc:r*p.ldc+t.n])
		}
		if p.k == 0 || p.alpha == 0 {
			return
		}
	}
	if p.dots {
		t.dots(i, j, p.k)
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
}

// dots multiplies rows by rows.
func (t *tiling) dots(i, j, k int) {
	for n := 0; n < t.n; n += 4 {
		width := min(4, t.n-n)
		b := t.b[(j+n)*t.ldb:]
		offset := [4]int{0, 4 * t.ldb, 8 * t.ldb, 12 * t.ldb}
		for r := 0; r < t.m; r += 3 {
			dotTile(min(3, t.m-r), width, k, &t.a[(i+r)*t.lda], 4*t.lda, &b[0], &offset[0], &t.c[r*t.ldc+n], 4*t.ldc, t.alpha, t.add)
		}
	}
}

// chunk multiplies k columns of op(A), from column l, by as many rows of op(B), and adds to or sets the block.
func (t *tiling) chunk(s *panelSpace, i, j, l, k int) {
	a, rowA, colA := t.left(s, i, l, k)
	whole := t.n / panelWidth * panelWidth
	packed := t.transB || t.m > 4*tileHeight // fewer rows are not worth the copy
	for n := 0; n < t.n; n += panelWidth {
		width := min(panelWidth, t.n-n)
		b, rowB := s.b[:k*panelWidth], panelWidth
		switch {
		case t.transB:
			turnPanel(b, t.b[(j+n)*t.ldb+l:], t.ldb, width, k)
		case packed || n == whole:
			copyPanel(b, t.b[l*t.ldb+j+n:], t.ldb, width, k)
		default:
			b, rowB = t.b[l*t.ldb+j+n:], t.ldb
		}
		t.panel(n, width, k, a, rowA, colA, b, rowB)
	}
}

// panel multiplies all rows by one panel.
func (t *tiling) panel(n, width, k int, a []float32, rowA, colA int, b []float32, rowB int) {
	var edge [tileHeight * panelWidth]float32
	for r := 0; r < t.m; r += tileHeight {
		height := min(tileHeight, t.m-r)
		c := t.c[r*t.ldc+n:]
		if width == panelWidth {
			microTile(height, k, &a[r*rowA], 4*rowA, 4*colA, &b[0], 4*rowB, &c[0], 4*t.ldc, t.alpha, t.add)
			continue
		}
		microTile(height, k, &a[r*rowA], 4*rowA, 4*colA, &b[0], 4*rowB, &edge[0], 4*panelWidth, t.alpha, false)
		for y := range height {
			row := c[y*t.ldc : y*t.ldc+width]
			from := edge[y*panelWidth : y*panelWidth+width]
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
	case !t.transA && (t.lda%256 != 0 || t.n <= 2*panelWidth):
		return t.a[i*t.lda+l:], t.lda, 1
	case !t.transA: // rows a multiple of 1 kB apart compete for the same places of the cache
		for r := range t.m {
			copy(s.a[r*chunkDepth:r*chunkDepth+k], t.a[(i+r)*t.lda+l:])
		}
		return s.a[:], chunkDepth, 1
	case t.n <= 2*panelWidth:
		return t.a[l*t.lda+i:], 1, t.lda
	}
	for c := range k {
		copy(s.a[c*t.m:c*t.m+t.m], t.a[(l+c)*t.lda+i:])
	}
	return s.a[:], 1, t.m
}

// copyPanel copies k rows of at most 16 columns into a panel, and zeros beyond.
func copyPanel(panel, b []float32, ldb, width, k int) {
	if width == panelWidth {
		for l := range k {
			*(*[panelWidth]float32)(panel[l*panelWidth:]) = *(*[panelWidth]float32)(b[l*ldb:])
		}
		return
	}
	for l := range k {
		row := panel[l*panelWidth : (l+1)*panelWidth]
		clear(row[copy(row, b[l*ldb:l*ldb+width]):])
	}
}

// turnPanel copies k elements of at most 16 rows into the columns of a panel, and zeros beyond.
func turnPanel(panel, b []float32, ldb, width, k int) {
	from := 0
	if from = k &^ 7; width == panelWidth && from > 0 {
		turn16AVX2(from, &b[0], 4*ldb, &panel[0])
	} else {
		from = 0
	}
	if from == k {
		return
	}
	for j := range panelWidth {
		if j >= width {
			for l := from; l < k; l++ {
				panel[l*panelWidth+j] = 0
			}
			continue
		}
		for l, v := range b[j*ldb+from : j*ldb+k] {
			panel[(from+l)*panelWidth+j] = v
		}
	}
}

// microTile computes a tile of C of the given height.
func microTile(height, k int, a *float32, rowA, colA int, b *float32, rowB int, c *float32, rowC int, alpha float32, add bool) {
	switch height {
	case 6:
		tile6x16AVX2(k, a, rowA, colA, b, rowB, c, rowC, alpha, add)
	case 5:
		tile5x16AVX2(k, a, rowA, colA, b, rowB, c, rowC, alpha, add)
	case 4:
		tile4x16AVX2(k, a, rowA, colA, b, rowB, c, rowC, alpha, add)
	case 3:
		tile3x16AVX2(k, a, rowA, colA, b, rowB, c, rowC, alpha, add)
	case 2:
		tile2x16AVX2(k, a, rowA, colA, b, rowB, c, rowC, alpha, add)
	case 1:
		tile1x16AVX2(k, a, rowA, colA, b, rowB, c, rowC, alpha, add)
	}
}

// dotTile multiplies m ≤ 3 rows by n ≤ 4 rows.
func dotTile(m, n, k int, a *float32, rowA int, b *float32, offset *int, c *float32, rowC int, alpha float32, add bool) {
	switch m<<3 | n {
	case 3<<3 | 4:
		dot3x4AVX2(k, a, rowA, b, offset, c, rowC, alpha, add)
	case 3<<3 | 3:
		dot3x3AVX2(k, a, rowA, b, offset, c, rowC, alpha, add)
	case 3<<3 | 2:
		dot3x2AVX2(k, a, rowA, b, offset, c, rowC, alpha, add)
	case 3<<3 | 1:
		dot3x1AVX2(k, a, rowA, b, offset, c, rowC, alpha, add)
	case 2<<3 | 4:
		dot2x4AVX2(k, a, rowA, b, offset, c, rowC, alpha, add)
	case 2<<3 | 3:
		dot2x3AVX2(k, a, rowA, b, offset, c, rowC, alpha, add)
	case 2<<3 | 2:
		dot2x2AVX2(k, a, rowA, b, offset, c, rowC, alpha, add)
	case 2<<3 | 1:
		dot2x1AVX2(k, a, rowA, b, offset, c, rowC, alpha, add)
	case 1<<3 | 4:
		dot1x4AVX2(k, a, rowA, b, offset, c, rowC, alpha, add)
	case 1<<3 | 3:
		dot1x3AVX2(k, a, rowA, b, offset, c, rowC, alpha, add)
	case 1<<3 | 2:
		dot1x2AVX2(k, a, rowA, b, offset, c, rowC, alpha, add)
	case 1<<3 | 1:
		dot1x1AVX2(k, a, rowA, b, offset, c, rowC, alpha, add)
	}
}
