package gemm

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/parallel"
)

// operand is a matrix, or its transpose.
func operand[T scalar.Float](data []T, row int, transposed bool) Matrix[T] {
	return Matrix[T]{Data: data, Row: row, Transposed: transposed}
}

// productOf is C = A·B.
func productOf[T scalar.Float](m, n, k int, a, b, c Matrix[T]) Product[T] {
	return Product[T]{M: m, N: n, K: k, Batch: 1, A: a, B: b, C: c, Alpha: 1}
}

// steps returns how far apart the rows and the columns of a matrix are, or those of its transpose.
func steps[T scalar.Float](x Matrix[T]) (row, col int) {
	if x.Transposed {
		return 1, x.Row
	}
	return x.Row, 1
}

// gemmOracle is one product as the formula says it, in float64, into c in the place of C.
func gemmOracle[T scalar.Float](p Product[T], c []T) {
	rowA, colA := steps(p.A)
	rowB, colB := steps(p.B)
	for i := range p.M {
		for j := range p.N {
			var sum float64
			for l := range p.K {
				sum += float64(p.A.Data[i*rowA+l*colA]) * float64(p.B.Data[l*rowB+j*colB])
			}
			sum *= float64(p.Alpha)
			if p.Beta != 0 {
				sum += float64(p.Beta) * float64(c[i*p.C.Row+j])
			}
			c[i*p.C.Row+j] = T(sum)
		}
	}
}

func testGemm[T scalar.Float](t *testing.T) {
	sizes := [][3]int{{1, 1, 1}, {2, 3, 4}, {1, 200, 70}, {200, 1, 70}, {7, 5, 1}, {64, 192, 64}, {65, 193, 65},
		{130, 70, 300}, {33, 400, 31}, {16, 10, 784}, {3, 4, 0}, {6, 16, 8}, {31, 47, 1024}, {250, 270, 650},
		{25, 40, 256}, {500, 260, 90}, {260, 500, 270}, {9, 33, 23}, {13, 37, 700}}
	for _, s := range sizes {
		m, n, k := s[0], s[1], s[2]
		if testing.Short() && m*n*k > 500_000 {
			continue
		}
		for mode := range 4 {
			for pad, scale := range [][2]T{{1, 0}, {1, 1}, {0.5, -2}, {0, 0}, {0, 1}} {
				transA, transB := mode&1 != 0, mode&2 != 0
				lda, ldb, ldc := k+pad, n+pad, n+pad
				rowsA, rowsB := m, k
				if transA {
					lda, rowsA = m+pad, k
				}
				if transB {
					ldb, rowsB = k+pad, n
				}
				lda, ldb = max(lda, 1), max(ldb, 1)
				a, b := proof.Random[T]("a", rowsA*lda), proof.Random[T]("b", rowsB*ldb)
				got := proof.Random[T]("c", m*ldc)
				if scale[1] == 0 {
					for i := range m {
						for j := range n {
							got[i*ldc+j] = T(math.NaN())
						}
					}
				}
				want := append([]T(nil), got...)
				p := productOf(m, n, k, operand(a, lda, transA), operand(b, ldb, transB), Rows(got, ldc))
				p.Alpha, p.Beta = scale[0], scale[1]
				Multiply(p)
				gemmOracle(p, want)
				proof.CheckClose(t, got, want, k)
				if t.Failed() {
					t.Fatalf("m n k %v transA %v transB %v alpha beta %v pad %d", s, transA, transB, scale, pad)
				}
			}
		}
	}
}

func TestGemm(t *testing.T) {
	proof.EachForm(t, func(t *testing.T) { t.Run("float32", testGemm[float32]) })
	t.Run("float64", testGemm[float64])
}

func TestGemmKeepsNaN(t *testing.T) { proof.EachForm(t, testGemmKeepsNaN) }

func testGemmKeepsNaN(t *testing.T) {
	for mode := range 4 {
		a, b, got, want := proof.Random[float32]("a", 20*30), proof.Random[float32]("b", 30*20), make([]float32, 400),
			make([]float32, 400)
		clear(a)
		b[17], b[33] = float32(math.NaN()), float32(math.Inf(1))
		transA, transB := mode&1 != 0, mode&2 != 0
		lda, ldb := 30, 20
		if transA {
			lda = 20
		}
		if transB {
			ldb = 30
		}
		p := productOf(20, 20, 30, operand(a, lda, transA), operand(b, ldb, transB), Rows(got, 20))
		Multiply(p)
		gemmOracle(p, want)
		for i := range got {
			if math.IsNaN(float64(got[i])) != math.IsNaN(float64(want[i])) {
				t.Fatalf("transA %v transB %v: element %d is %v, want %v", transA, transB, i, got[i], want[i])
			}
		}
	}
}

func TestGemmBatch(t *testing.T) {
	for _, c := range []struct {
		name                      string
		batch, m, n, k            int
		strideA, strideB, strideC int
	}{
		{"many small products", 50, 5, 7, 6, 30, 42, 35},
		{"one B for all", 9, 5, 7, 6, 30, 0, 40},
		{"one A for all", 9, 5, 7, 6, 0, 42, 35},
		{"large products", 3, 70, 200, 65, 70 * 65, 65 * 200, 70 * 200},
		{"no product", 0, 5, 7, 6, 30, 42, 35},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := proof.Random[float32]("a", c.batch*c.m*c.k), proof.Random[float32]("b", c.batch*c.k*c.n)
			got := make([]float32, c.batch*c.strideC)
			want := make([]float32, c.batch*c.strideC)
			p := productOf(c.m, c.n, c.k, Rows(a, c.k).Every(c.strideA), Rows(b, c.n).Every(c.strideB),
				Rows(got, c.n).Every(c.strideC))
			p.Batch = c.batch
			Multiply(p)
			for i := range c.batch {
				gemmOracle(p.one(i), want[i*c.strideC:])
			}
			proof.CheckClose(t, got, want, c.k)
		})
	}
}

func TestGemmSameBits(t *testing.T) {
	m, n, k := 200, 300, 150
	if testing.Short() {
		m, n, k = 70, 100, 90
	}
	a, b, c := proof.Random[float32]("a", m*k), proof.Random[float32]("b", k*n), make([]float32, m*n)
	proof.CheckSameBits(t, c, func() { Multiply(productOf(m, n, k, Rows(a, k), Rows(b, n), Rows(c, n))) })
}

func TestGemmNoAllocation(t *testing.T) {
	const m, n, k = 130, 200, 70
	a, b, c := proof.Random[float64]("a", m*k), proof.Random[float64]("b", k*n), make([]float64, m*n)
	proof.CheckNoAllocation(t, func() { Multiply(productOf(m, n, k, Rows(a, k), Rows(b, n), Rows(c, n))) })
	a32, b32, c32 := proof.Random[float32]("a", m*k), proof.Random[float32]("b", k*n), make([]float32, m*n)
	proof.CheckNoAllocation(t, func() {
		Multiply(productOf(m, n, k, Rows(a32, m).T(), Rows(b32, k).T(), Rows(c32, n)))
	})
	small := productOf(5, 6, 7, Rows(a32, 7).Every(35), Rows(b32, 6).Every(42), Rows(c32, 6).Every(30))
	small.Batch = 20
	proof.CheckNoAllocation(t, func() { Multiply(small) })
}

func BenchmarkGemm(b *testing.B) {
	for _, s := range [][3]int{{64, 64, 64}, {128, 128, 128}, {256, 256, 256}, {512, 512, 512}, {1024, 1024, 1024},
		{64, 120, 400}, {1, 1000, 1000}, {16, 576, 150}} {
		m, n, k := s[0], s[1], s[2]
		x, y, z := proof.Random[float32]("a", m*k), proof.Random[float32]("b", k*n), make([]float32, m*n)
		for mode, name := range []string{"NN", "TN", "NT", "TT"} {
			transA, transB, lda, ldb := mode&1 != 0, mode&2 != 0, k, n
			if transA {
				lda = m
			}
			if transB {
				ldb = k
			}
			b.Run(fmt.Sprintf("%s/%dx%dx%d", name, m, n, k), func(b *testing.B) {
				for b.Loop() {
					Multiply(productOf(m, n, k, operand(x, lda, transA), operand(y, ldb, transB), Rows(z, n)))
				}
				b.ReportMetric(2*float64(m*n*k)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
	}
}

// registers is multiply-adds in registers, so many rounds a block.
type registers int

func (r registers) Block(int) { MultiplyAdds(int(r)) }

// BenchmarkGemmShare measures products and multiply-adds in registers by turns, on as many processors, so that what
// else the machine does falls on both: medians of the rates, and the share.
func BenchmarkGemmShare(b *testing.B) {
	for _, n := range []int{128, 1024} {
		x, y, z := proof.Random[float32]("a", n*n), proof.Random[float32]("b", n*n), make([]float32, n*n)
		for mode, name := range []string{"NN", "TN", "NT"} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				const rounds = 2000
				processors := runtime.GOMAXPROCS(0)
				products, peaks := 1+100_000_000/(n*n*n), 16*processors
				var product, peak []float64
				for b.Loop() {
					start := time.Now()
					for range products {
						Multiply(productOf(n, n, n, operand(x, n, mode == 1), operand(y, n, mode == 2), Rows(z, n)))
					}
					product = append(product, 2*float64(products*n*n*n)/float64(time.Since(start).Nanoseconds()))
					start = time.Now()
					parallel.Run(peaks, registers(rounds))
					peak = append(peak, float64(peaks*rounds*MultiplyAdds(1))/float64(time.Since(start).Nanoseconds()))
				}
				slices.Sort(product)
				slices.Sort(peak)
				p, q := product[len(product)/2], peak[len(peak)/2]
				b.ReportMetric(p, "GFLOP/s")
				b.ReportMetric(q, "registers-GFLOP/s")
				b.ReportMetric(100*p/q, "%")
			})
		}
	}
}

// TestGemmIgnoresAlignment: where the operands lie in memory does not change a bit of the result.
func TestGemmIgnoresAlignment(t *testing.T) {
	const m, n, k = 5, 7, 37
	source := make([]float32, m*k+n*k)
	for i := range source {
		source[i] = float32(i*7919%1009)/1009 - .5
	}
	for _, trans := range [][2]bool{{false, false}, {false, true}, {true, false}, {true, true}} {
		lda, ldb := k, n
		if trans[0] {
			lda = m
		}
		if trans[1] {
			ldb = k
		}
		var first []float32
		for shift := range 8 {
			a, b := make([]float32, shift+m*k), make([]float32, 2*shift+n*k)
			copy(a[shift:], source[:m*k])
			copy(b[2*shift:], source[m*k:])
			c := make([]float32, shift+m*n)[shift:]
			Multiply(productOf(m, n, k, operand(a[shift:], lda, trans[0]), operand(b[2*shift:], ldb, trans[1]),
				Rows(c, n)))
			if first == nil {
				first = c
				continue
			}
			for i := range c {
				if c[i] != first[i] {
					t.Fatalf("transposed %v, shifted by %d: element %d is %v, not %v", trans, shift, i, c[i], first[i])
				}
			}
		}
	}
}

func TestGemmBias(t *testing.T) {
	proof.EachForm(t, testGemmBias[float32])
	t.Run("float64", testGemmBias[float64])
}

// testGemmBias: a bias is what C holds before a product is added.
func testGemmBias[T scalar.Float](t *testing.T) {
	for _, s := range [][4]int{{1, 1, 1, 1}, {1, 3, 5, 0}, {2, 7, 40, 9}, {3, 64, 17, 300}, {1, 300, 270, 40},
		{1, 2, 50, 500}} {
		batch, m, n, k := s[0], s[1], s[2], s[3]
		a, b, want := proof.Random[T]("a", batch*m*k), proof.Random[T]("b", batch*k*n), make([]T, batch*m*n)
		for mode := range 4 {
			byRow, transB, ldb := mode&1 != 0, mode&2 != 0, n
			if transB {
				ldb = k
			}
			bias := proof.Random[T]("bias", n)
			if byRow {
				bias = proof.Random[T]("bias", m)
			}
			for i := range want {
				if want[i] = bias[i%len(bias)]; byRow {
					want[i] = bias[i/n%m]
				}
			}
			got := proof.Random[T]("dirt", len(want))
			p := productOf(m, n, k, Rows(a, k).Every(m*k), operand(b, ldb, transB).Every(k*n),
				Rows(want, n).Every(m*n))
			p.Batch, p.Beta = batch, 1
			Multiply(p)
			p.C.Data, p.Beta, p.Bias, p.BiasByRow = got, 0, bias, byRow
			Multiply(p)
			if !slices.Equal(got, want) {
				t.Errorf("%v by row %v, transposed %v", s, byRow, transB)
			}
		}
	}
}
