package kernel

import (
	"runtime"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/conv"
	"github.com/stheno-ml/stheno/internal/kernel/gemm"
	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// TestHeld: what kernels keep is counted, and given back; then they work as before.
func TestHeld(t *testing.T) {
	c := conv.Conv{N: 2, C: 16, H: 20, W: 20, K: 16, KH: 3, KW: 3, StrideH: 1, StrideW: 1, DilH: 1, DilW: 1, Groups: 1,
		OH: 18, OW: 18}
	x, w, y := proof.Random[float32]("x", 2*16*400), proof.Random[float32]("w", 16*16*9), make([]float32, 2*16*324)
	scratch := make([]float32, c.ForwardScratch())
	m := proof.Random[float32]("m", 300*300)
	z := make([]float32, 300*300)
	proof.EachForm(t, func(t *testing.T) {
		run := func() {
			conv.ConvForward(c, y, x, w, nil, scratch)
			gemm.Multiply(gemm.Product[float32]{M: 300, N: 300, K: 300, Batch: 1, A: gemm.Rows(m, 300),
				B: gemm.Rows(m, 300).T(),
				C: gemm.Rows(z, 300), Alpha: 1})
		}
		run()
		before, product := slices.Clone(y), slices.Clone(z)
		most := reuse.Held()
		if most == 0 || form.Active() >= form.AVX2 && most < 4*len(m) { // there is a copy of one operand at least
			t.Errorf("%d bytes are held", most)
		}
		for range 20 {
			run()
		}
		if bound := most * runtime.GOMAXPROCS(0); reuse.Held() > bound { // of what each block needs, one a processor
			t.Errorf("after more calls %d bytes are held, want at most %d", reuse.Held(), bound)
		}
		if reuse.Release(); reuse.Held() != 0 {
			t.Errorf("%d bytes are held after their release", reuse.Held())
		}
		if run(); !slices.Equal(y, before) || !slices.Equal(z, product) || reuse.Held() == 0 {
			t.Errorf("after a release the results differ, or %d bytes are held", reuse.Held())
		}
	})
}
