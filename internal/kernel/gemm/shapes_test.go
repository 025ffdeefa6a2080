package gemm

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

// drawProduct is a batch of matrix products: sizes, and how the matrices are stored.
type productShape struct {
	Batch, M, N, K            int
	TransA, TransB            bool
	LDA, LDB, LDC             int
	StrideA, StrideB, StrideC int
	Alpha, Beta               float32
	Bias, ByRow               bool
}

func drawProduct(s *proof.Trial) (p productShape) {
	for {
		p = productShape{Batch: proof.One(s, 1, 1, 1, s.Size(20)), M: s.Size(300), N: s.Size(300), K: s.Size(900),
			TransA: s.Chance(2), TransB: s.Chance(2), Alpha: proof.One[float32](s, 1, 1, 1, -1, .5, 2, 0),
			Beta: proof.One[float32](s, 0, 0, 1, 1, -2, .5)}
		budget := proof.One(s, 20_000, 20_000, 100_000, 1_000_000)
		switch kind := s.IntN(20); {
		case kind < 2: // sums of lanes
			p.TransA, p.TransB, p.M, p.K = false, true, s.Size(40), s.Size(2000)
		case kind < 4: // many columns
			p.N = s.Size(1200)
		case kind < 6: // many small products
			p.Batch, p.M, p.N, p.K = s.Size(200), s.Size(20), s.Size(20), s.Size(20)
		case kind < 7: // much work
			p.Batch, p.M, p.N, p.K = 1, s.Size(700), s.Size(700), s.Size(900)
			budget = 12_000_000
		case kind < 8:
			p.K = s.IntN(2)
		}
		if p.Batch*p.M*p.N*max(p.K, 1) <= budget {
			break
		}
	}
	gap := func() int { return proof.One(s, 0, 0, s.IntN(20)) }
	stored := func(rows, cols int, transposed bool) (ld, size int) {
		if transposed {
			rows, cols = cols, rows
		}
		ld = max(1, cols+gap())
		if s.Chance(12) { // rows that compete for the cache
			ld = (ld + 255) / 256 * 256
		}
		return ld, rows * ld
	}
	p.LDA, p.StrideA = stored(p.M, p.K, p.TransA)
	p.LDB, p.StrideB = stored(p.K, p.N, p.TransB)
	p.LDC, p.StrideC = stored(p.M, p.N, false)
	if p.StrideC += gap(); s.Chance(4) {
		p.StrideA = 0
	} else if s.Chance(4) {
		p.StrideB = 0
	}
	if s.Chance(100) {
		*proof.One(s, &p.M, &p.N, &p.Batch) = 0
	}
	if p.Bias, p.ByRow = s.Chance(4), s.Chance(2); p.Bias {
		p.Alpha, p.Beta = 1, 1
	}
	return p
}

// size is how much memory Batch matrices of rows by cols take.
func (p *productShape) size(rows, cols, ld, stride int, transposed bool) int {
	if transposed {
		rows, cols = cols, rows
	}
	return max(0, p.Batch-1)*stride + max(0, rows-1)*ld + cols
}

// want computes the products in float64 by the formula, into c.
func (p *productShape) want(a, b, bias []float32, c []float64) {
	for item := range p.Batch {
		for i := range p.M {
			for j := range p.N {
				at := item*p.StrideC + i*p.LDC + j
				sum, x, y, stepX, stepY := 0., item*p.StrideA+i*p.LDA, item*p.StrideB+j, 1, p.LDB
				if p.TransA {
					x, stepX = item*p.StrideA+i, p.LDA
				}
				if p.TransB {
					y, stepY = item*p.StrideB+j*p.LDB, 1
				}
				for range p.K {
					sum += float64(a[x]) * float64(b[y])
					x, y = x+stepX, y+stepY
				}
				if sum *= float64(p.Alpha); p.Alpha == 0 {
					sum = 0 // nothing is read
				}
				switch {
				case p.Bias && p.ByRow:
					sum += float64(bias[i])
				case p.Bias:
					sum += float64(bias[j])
				case p.Beta != 0:
					sum += float64(p.Beta) * c[at]
				}
				c[at] = sum
			}
		}
	}
}

// TestRandomGemm: products in every layout, with and without a bias. Elements between the rows of C stay as they are.
func TestRandomGemm(t *testing.T) {
	proof.Try(t, 5000, 400_000, func(s *proof.Trial) { checkProduct(s, drawProduct(s)) })
}

// checkProduct compares one product, by all forms, with the formula.
func checkProduct(s *proof.Trial, p productShape) {
	s.What = fmt.Sprintf("%+v", p)
	s.Real = s.Chance(10)
	a := s.Draw(p.size(p.M, p.K, p.LDA, p.StrideA, p.TransA), 2)
	b := s.Draw(p.size(p.K, p.N, p.LDB, p.StrideB, p.TransB), 1)
	bias := s.Draw(max(p.M, p.N), 2)
	special := s.Chance(12) && p.Alpha != 0
	s.Sprinkle(special, a, b) // 0·NaN is NaN, and there are zeros
	old := s.Draw(p.size(p.M, p.N, p.LDC, p.StrideC, false), 2)
	want := proof.Wide(old)
	p.want(a, b, bias, want)
	s.Forms(func() {
		c := s.Result(len(old))
		copy(c, old)
		if p.Beta == 0 {
			p.eachRow(func(lo, hi int) { proof.Spoil(c[lo:hi]) })
		}
		if p.Bias {
			p.eachRow(func(lo, hi int) { proof.Spoil(c[lo:hi]) })
		}
		q := productOf(p.M, p.N, p.K, operand(a, p.LDA, p.TransA).Every(p.StrideA),
			operand(b, p.LDB, p.TransB).Every(p.StrideB),
			Rows(c, p.LDC).Every(p.StrideC))
		if q.Batch, q.Alpha, q.Beta = p.Batch, p.Alpha, p.Beta; p.Bias {
			q.Bias, q.BiasByRow = bias, p.ByRow
		}
		Multiply(q)
		s.Equal("c", c, want, 2*proof.SumBound(p.K))
	})
}

func (p *productShape) eachRow(f func(lo, hi int)) {
	for item := range p.Batch {
		for i := range p.M {
			f(item*p.StrideC+i*p.LDC, item*p.StrideC+i*p.LDC+p.N)
		}
	}
}

// TestRandomGemmPacked: B laid out before gives the bits that it gives as it is.
func TestRandomGemmPacked(t *testing.T) {
	proof.Try(t, 200, 20_000, func(s *proof.Trial) {
		p := drawProduct(s)
		p.Batch, p.TransA, p.Alpha, p.Bias = 1, false, 1, false
		p.LDA, p.LDB, p.LDC = p.K+s.IntN(3), p.N, p.N+s.IntN(3)
		if p.TransB {
			p.LDB = p.K
		}
		p.LDA, p.LDB, p.LDC = max(1, p.LDA), max(1, p.LDB+s.IntN(3)), max(1, p.LDC)
		if p.Beta != 0 {
			p.Beta = 1
		}
		if s.Chance(20) {
			*proof.One(s, &p.M, &p.N, &p.K) = 0
		}
		s.What = fmt.Sprintf("%+v", p)
		a, b := s.Draw(p.size(p.M, p.K, p.LDA, 0, false), 1), s.Draw(p.size(p.K, p.N, p.LDB, 0, p.TransB), 1)
		old := s.Draw(p.size(p.M, p.N, p.LDC, 0, false), 1)
		want := proof.Wide(old)
		p.want(a, b, nil, want)
		s.Forms(func() {
			var packed []float32
			if !PackB32(&packed, operand(b, p.LDB, p.TransB), p.K, p.N) {
				return
			}
			c := s.Result(len(old))
			copy(c, old)
			q := productOf(p.M, p.N, p.K, Rows(a, p.LDA), operand(b, p.LDB, p.TransB), Rows(c, p.LDC))
			q.Beta = p.Beta
			multiplyPacked32(&q, packed)
			s.Equal("c", c, want, 0)
			q.C.Data = slices.Clone(old)
			Multiply(q)
			s.Equal("c as it is", q.C.Data, want, 0)
		})
	})
}
