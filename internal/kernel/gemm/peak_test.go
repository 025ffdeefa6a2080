package gemm

import "testing"

// TestMultiplyAdds: the operations are counted by rounds, of which there is one at least.
func TestMultiplyAdds(t *testing.T) {
	one := MultiplyAdds(1)
	for rounds, want := range map[int]int{-1: one, 0: one, 1: one, 1000: 1000 * one} {
		if got := MultiplyAdds(rounds); got != want || got <= 0 {
			t.Errorf("%d rounds: %d operations, want %d", rounds, got, want)
		}
	}
	if got := multiplyAddsPlain(10); got != plainSums*10*10 {
		t.Errorf("the plain form gives %v, want %d sums of ten tens", got, plainSums)
	}
}

// BenchmarkMultiplyAdds: 1 MB/s stands for 1 MFLOP/s.
func BenchmarkMultiplyAdds(b *testing.B) {
	b.Run("widest", func(b *testing.B) {
		for range b.N {
			b.SetBytes(int64(MultiplyAdds(1000)))
		}
	})
	b.Run("plain", func(b *testing.B) {
		b.SetBytes(1000 * 2 * plainSums)
		for range b.N {
			multiplyAddsPlain(1000)
		}
	})
}
