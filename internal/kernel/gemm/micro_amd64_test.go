package gemm

import (
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

// microCase is one call of a micro-kernel: C = alpha·A·B or C += alpha·A·B, m×n, within a larger matrix.
type microCase struct {
	m, n, k int
	alpha   float32
	add     bool
}

// check runs a kernel and compares with sums in float64; nothing around the tile may change.
func (c microCase) check(t *testing.T, a, b func(i, l int) float32, run func(out *float32, rowC int)) {
	t.Helper()
	ldc := c.n + 3
	got := proof.Random[float32]("c", c.m*ldc)
	want := slices.Clone(got)
	for i := range c.m {
		for j := range c.n {
			var sum float64
			for l := range c.k {
				sum += float64(a(i, l)) * float64(b(l, j))
			}
			if sum *= float64(c.alpha); c.add {
				sum += float64(want[i*ldc+j])
			}
			want[i*ldc+j] = float32(sum)
		}
	}
	if run(&got[0], 4*ldc); t.Failed() {
		return
	}
	if proof.CheckClose(t, got, want, c.k); t.Failed() {
		t.Fatalf("%+v", c)
	}
	for i := range c.m {
		if row := i*ldc + c.n; !slices.Equal(got[row:row+3], want[row:row+3]) {
			t.Fatalf("%+v: row %d goes on beyond the tile", c, i)
		}
	}
}

// eachMicro runs a test for the micro-kernels of every form.
func eachMicro(t *testing.T, run func(t *testing.T, kernels *Micro)) {
	proof.EachForm(t, func(t *testing.T) {
		if form.Active() == form.Plain {
			t.Skip("no micro-kernels")
		}
		run(t, MicroFor(MaxWidth))
	})
}

// eachCase calls f with and without alpha and addition.
func eachCase(m, n, k int, f func(c microCase)) {
	f(microCase{m, n, k, 1, false})
	f(microCase{m, n, k, -.5, true})
}

func TestMicroTiles(t *testing.T) {
	eachMicro(t, func(t *testing.T, kernels *Micro) {
		const most = 11
		lda, ldb := most+2, kernels.Width+5
		a, b := proof.Random[float32]("a", 2*MaxHeight*lda), proof.Random[float32]("b", most*ldb)
		offset := make([]int, most)
		for l := range offset {
			offset[l] = 4 * (l * 5 % most) * ldb // any order
		}
		for m := 1; m <= kernels.Height; m++ {
			for k := 1; k <= most; k++ {
				eachCase(m, kernels.Width, k, func(c microCase) {
					rows := func(l, j int) float32 { return b[l*ldb+j] }
					c.check(t, func(i, l int) float32 { return a[i*lda+l] }, rows, func(out *float32, rowC int) {
						kernels.MultiplyTile[m](k, &a[0], 4*lda, 4, &b[0], 4*ldb, out, rowC, c.alpha, c.add)
					})
					c.check(t, func(i, l int) float32 { return a[l*MaxHeight+i] }, rows, func(out *float32, rowC int) {
						kernels.MultiplyTile[m](k, &a[0], 4, 4*MaxHeight, &b[0], 4*ldb, out, rowC, c.alpha, c.add)
					})
					column, row := make([]float32, kernels.Height*k), make([]float32, kernels.Width*k)
					for l := range k {
						copy(column[l*kernels.Height:], a[l*MaxHeight:][:m])
						copy(row[l*kernels.Width:], b[l*ldb:][:kernels.Width])
					}
					c.check(t, func(i, l int) float32 { return a[l*MaxHeight+i] }, rows, func(out *float32, rowC int) {
						kernels.MultiplyPanel[m](k, &column[0], &row[0], out, rowC, c.alpha, c.add)
					})
					shuffled := func(l, j int) float32 { return b[offset[l]/4+j] }
					c.check(t, func(i, l int) float32 { return a[i*lda+l] }, shuffled, func(out *float32, rowC int) {
						kernels.MultiplyTaps[m](k, &a[0], 4*lda, 4, &b[0], &offset[0], out, rowC, c.alpha, c.add)
					})
				})
			}
		}
	})
}

func TestMicroLines(t *testing.T) {
	eachMicro(t, func(t *testing.T, kernels *Micro) {
		const most, blocks = 11, 2
		a, b := proof.Random[float32]("a", 3*most), proof.Random[float32]("b", most+blocks*LineLength)
		offset := make([]int, most)
		for l := range offset {
			offset[l] = 4 * (l * 5 % most) // any order
		}
		for k := 1; k <= most; k++ {
			eachCase(1, blocks*LineLength, k, func(c microCase) {
				c.alpha = 1
				c.check(t, func(_, l int) float32 { return a[3*l] },
					func(l, j int) float32 { return b[offset[l]/4+j] }, func(out *float32, rowC int) {
						kernels.MultiplyLine(blocks, k, &a[0], 12, &b[0], &offset[0], out, c.add)
					})
			})
		}
	})
}

func TestMicroDots(t *testing.T) {
	eachMicro(t, func(t *testing.T, kernels *Micro) {
		const most = 50
		a, b := proof.Random[float32]("a", MaxHeight*most), proof.Random[float32]("b", maxDotCols*most)
		var offset [maxDotCols]int
		for j := range offset {
			offset[j] = 4 * (maxDotCols - 1 - j) * most
		}
		for m := 1; m <= kernels.DotRows; m++ {
			for n := 1; n <= kernels.DotCols; n++ {
				for k := 1; k < most; k++ {
					eachCase(m, n, k, func(c microCase) {
						// The rows lie one behind the other, so that a lane too many would be seen.
						c.check(t, func(i, l int) float32 { return a[i*k+l] },
							func(l, j int) float32 { return b[offset[j]/4+l] }, func(out *float32, rowC int) {
								kernels.MultiplyDots[m][n](k, &a[0], 4*k, &b[0], &offset[0], out, rowC, c.alpha, c.add)
							})
					})
				}
			}
		}
	})
}

func TestPanels(t *testing.T) {
	eachMicro(t, func(t *testing.T, kernels *Micro) {
		const rows, cols = 5*MaxHeight + 3, 71
		m := proof.Random[float32]("m", rows*cols)
		for _, size := range []struct{ from, to, l, k int }{{0, 1, 0, 1}, {0, rows, 0, cols}, {0, 40, 3, 16},
			{7, 50, 1, 9}, {2, 14, 0, 50}, {1, 4, 2, 7}} {
			for _, trans := range []bool{false, true} {
				// The panels of A hold the rows of op(A), those of B the columns of op(B); in m they lie either way.
				hi, k := min(size.to, rows), min(size.k, cols-size.l)
				at := func(i, l int) float32 { return m[i*cols+size.l+l] }
				if trans {
					hi, k = min(size.to, cols), min(size.k, rows-size.l)
					at = func(i, l int) float32 { return m[(size.l+l)*cols+i] }
				}
				check := func(name string, panels []float32, side int) {
					for i := range hi - size.from {
						for l := range k {
							if got, want := panels[i/side*side*k+l*side+i%side], at(size.from+i, l); got != want {
								t.Fatalf("%s %+v %v: row %d column %d is %v, not %v", name, size, trans, i,
									l, got, want)
							}
						}
					}
				}
				panels := make([]float32, RoundUp(hi-size.from, kernels.Height)*k)
				kernels.PackA(panels, operand(m, cols, trans), size.from, hi, size.l, k)
				check("A", panels, kernels.Height)
				if hi -= (hi - size.from) % kernels.Width; hi > size.from {
					panels = make([]float32, (hi-size.from)*k)
					kernels.packB(panels, operand(m, cols, !trans), size.from, hi, size.l, k)
					check("B", panels, kernels.Width)
				}
			}
		}
	})
}

func TestTransposePanel(t *testing.T) {
	eachMicro(t, func(t *testing.T, kernels *Micro) {
		for _, k := range []int{1, 3, 4, 8, 13, 16, 31} {
			for width := 1; width <= kernels.Width; width++ {
				ldb := k + 2
				b, got, want := proof.Random[float32]("b", kernels.Width*ldb),
					proof.Random[float32]("dirt", kernels.Width*k),
					make([]float32, kernels.Width*k)
				for j := range width {
					for l := range k {
						want[l*kernels.Width+j] = b[j*ldb+l]
					}
				}
				if kernels.TransposePanel(got, b, ldb, width, k); !slices.Equal(got, want) {
					t.Fatalf("%d rows of %d", width, k)
				}
			}
		}
	})
}

// TestNextPanel: what comes while a panel of B is multiplied is the panel that is read after it. Nothing but time
// would show that it is another.
func TestNextPanel(t *testing.T) {
	const n, k, j, cols = 400, 800, 96, 256
	p := &products{Product: Product[float32]{N: n, K: k}, sharesB: true, kernels: &MicroAVX2,
		depth: MicroAVX2.chunkOf(k)}
	p.bufB = make([]float32, k*p.widths())
	block := &tiling{n: cols, p: p}
	var following []float32
	for l := 0; l < k; l += p.depth {
		depth := min(p.depth, k-l)
		for c := 0; c < cols; c += p.kernels.Width {
			b := p.bufB[l*p.widths()+(j+c)*depth:]
			if following != nil && &following[0] != &b[0] {
				t.Fatalf("chunk %d column %d is not what came", l, c)
			}
			following = block.next(b, j, c+p.kernels.Width, l, depth)
		}
	}
	own := make([]float32, 1)
	if p.sharesB = false; &block.next(own, j, 0, 0, p.depth)[0] != &own[0] {
		t.Error("where blocks have copies of their own, there is nothing to come")
	}
}
