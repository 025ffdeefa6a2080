package gemm

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

// TestRandomGemmShared: products of many blocks, which share copies where there is memory for them, and make their own
// where there is not.
func TestRandomGemmShared(t *testing.T) {
	proof.Try(t, 100, 10_000, func(s *proof.Trial) {
		p := drawProduct(s)
		p.Batch, p.Alpha = 1, 1
		p.M, p.N, p.K = 20+s.IntN(80), 100+s.IntN(300), 30+s.IntN(40)
		if s.Chance(10) { // a chunk of all rows that is larger than the memory of a block
			p.M, p.N, p.K = 253+s.IntN(200), 33+s.IntN(40), 256+s.IntN(40)
			GoodBlocks, wideRows = 1, 1<<17
		}
		p.LDA, p.LDB, p.LDC = max(p.M, p.K), max(p.K, p.N), p.N
		BlockFlops, shareFlops, shareMemory = 1000, 1000, 1000+s.IntN(30_000)
		checkProduct(s, p)
	})
}

// TestRandomGemmByRows: A laid out before gives the bits that it gives as it is, in a batch too, where blocks have all
// rows, and where they do not.
func TestRandomGemmByRows(t *testing.T) {
	proof.Try(t, 200, 20_000, func(s *proof.Trial) {
		p := drawProduct(s)
		p.TransB, p.Alpha, p.Beta, p.Bias, p.ByRow = false, 1, 0, false, true
		if p.Batch = s.Size(4); s.Chance(2) { // many columns: blocks of all rows
			p.M, p.N, p.K = 1+s.IntN(200), 200+s.IntN(500), 1+s.IntN(60)
			wideRows = 1000 + s.IntN(1<<17)
		}
		p.M, p.N, p.K, p.Batch = max(1, p.M), max(1, p.N), max(1, p.K), max(1, p.Batch)
		p.LDA, p.LDB, p.LDC = max(p.M, p.K), p.N, p.N
		p.StrideA, p.StrideB, p.StrideC = 0, p.K*p.N, p.M*p.N
		if s.Chance(2) {
			p.Beta, p.Bias = 1, true
		}
		s.What = fmt.Sprintf("%+v", p)
		a, b := s.Draw(p.size(p.M, p.K, p.LDA, 0, p.TransA), 1), s.Draw(p.Batch*p.StrideB, 1)
		bias, want := s.Draw(p.M, 1), make([]float64, p.Batch*p.StrideC)
		p.want(a, b, bias, want)
		s.Forms(func() {
			if form.Active() < form.AVX2 {
				return
			}
			packed, c := s.Result(PackedA(p.M, p.N, p.K)), s.Result(len(want))
			PackA(packed, operand(a, p.LDA, p.TransA), p.M, p.N, p.K)
			q := productOf(p.M, p.N, p.K, operand(a, p.LDA, p.TransA), Rows(b, p.LDB).Every(p.StrideB),
				Rows(c, p.LDC).Every(p.StrideC))
			q.Batch, q.Beta = p.Batch, p.Beta
			if p.Bias {
				q.Bias, q.BiasByRow = bias, true
			}
			MultiplyByRows(&q, packed)
			s.Equal("c", c, want, 0)
			q.C.Data = s.Result(len(want))
			if Multiply(q); !slices.Equal(q.C.Data, c) {
				s.Failf("c in %s differs when A is packed before", form.Active())
			}
		})
	})
}
