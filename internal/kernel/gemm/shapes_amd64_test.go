package gemm

import (
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

// TestRandomGemmShared: products of many blocks, which share copies where there is memory for them, and make their own
// where there is not.
func TestRandomGemmShared(t *testing.T) {
	proof.Try(t, 100, 10_000, func(s *proof.Trial) {
		p := drawProduct(s)
		p.Batch, p.Alpha = 1, 1
		p.M, p.N, p.K = 20+s.IntN(80), 100+s.IntN(300), 30+s.IntN(40)
		p.LDA, p.LDB, p.LDC = max(p.M, p.K), max(p.K, p.N), p.N
		BlockFlops, shareFlops, shareMemory = 1000, 1000, 1000+s.IntN(30_000)
		checkProduct(s, p)
	})
}
