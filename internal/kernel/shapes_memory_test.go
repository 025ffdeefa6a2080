package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/rng"
)

// Gathering is exact; so are sums of whole numbers where they are scattered to.
func TestRandomIndex(t *testing.T) {
	proof.Try(t, 300, 30_000, func(s *proof.Trial) {
		outer, n, inner, count := s.Size(6), s.Size(60), s.Size(proof.One(s, 8, 200)), s.Size(60)-1
		x, dy := s.Draw(outer*n*inner, 1), s.Draw(outer*count*inner, 1)
		index := s.Indices(count, n)
		each := s.Indices(outer*count*inner, n)
		gathered, scattered := make([]float64, len(dy)), make([]float64, len(x))
		along, scatteredAlong := make([]float64, len(dy)), make([]float64, len(x))
		for i := range dy {
			o, j, k := i/(count*inner), i/inner%count, i%inner
			at := (o*n+int(index[j]))*inner + k
			gathered[i] = float64(x[at])
			scattered[at] += float64(dy[i])
			at = (o*n+int(each[i]))*inner + k
			along[i] = float64(x[at])
			scatteredAlong[at] += float64(dy[i])
		}
		hot := make([]float64, count*n)
		for j, k := range index {
			hot[j*n+int(k)] = 1
		}
		s.What = fmt.Sprintf("%d indices of %d×%d×%d", count, outer, n, inner)
		s.Forms(func() {
			y := s.Result(len(dy))
			Gather(y, x, index, outer, n, inner)
			s.Equal("gather", y, gathered, 0)
			y = s.Result(len(x))
			ScatterAdd(y, dy, index, outer, n, inner)
			s.Equal("scatter-add", y, scattered, 0)
			y = s.Result(len(dy))
			GatherAlong(y, x, each, outer, n, inner)
			s.Equal("gather along", y, along, 0)
			if count > 0 {
				y = s.Result(len(x))
				ScatterAlong(y, dy, each, outer, n, inner)
				s.Equal("scatter along", y, scatteredAlong, 0)
			}
			y = s.Result(len(hot))
			OneHot(y, index, n)
			s.Equal("one-hot", y, hot, 0)
		})
		whole, moved := s.Indices(outer*n*inner, 1000), make([]int64, len(dy))
		Gather(moved, whole, index, outer, n, inner)
		for i := range moved {
			if want := whole[(i/(count*inner)*n+int(index[i/inner%count]))*inner+i%inner]; moved[i] != want {
				s.Failf("gather of integers: element %d is %d, want %d", i, moved[i], want)
			}
		}
	})
}

// A draw of dropout is 40 bits of its own: a byte of a block of the generator for 16 draws, and 32 bits of another
// key.
func TestRandomDropout(t *testing.T) {
	proof.Try(t, 200, 20_000, func(s *proof.Trial) {
		if s.Chance(4) { // blocks that begin where eight of the generator's do not
			vector.BlockSize, vector.ParallelFrom = 16*(1+s.IntN(8)), vector.Costly
		}
		n, run := s.Size(5000)-1, proof.One(s, 1, 1, 1, s.Size(40))
		p := proof.One(s, 0, 1, .5, .25, .1, s.Float64(), s.Float64(), 1e-4, 1-1e-4, 3./256)
		k := rng.Key(s.Uint64(), s.Uint64())
		x := s.Mixture(n, false)
		want := make([]float64, n)
		fine := k.Sub(0)
		for i := range want {
			draw := uint64(i / run)
			high := k.Uint32x4(draw / 16)[draw%16/4] >> (8 * (draw % 4)) & 255
			m := float32(1 / (1 - p))
			if uint64(high)<<32|uint64(fine.Uint32x4(draw)[0]) < uint64(math.Round(p*(1<<40))) {
				m = 0
			}
			want[i] = float64(x[i] * m)
		}
		inPlace := s.Chance(2)
		s.What = fmt.Sprintf("%d elements in runs of %d, p = %g", n, run, p)
		s.Forms(func() {
			y, from := s.Result(n), x
			if inPlace {
				copy(y, x)
				from = y
			}
			Dropout(y, from, run, k, p)
			s.Within("dropout", y, want, func(int) float64 { return 0 })
		})
	})
}

// Random numbers are those of the generator, one after the other.
func TestRandomGenerator(t *testing.T) {
	proof.Try(t, 100, 5_000, func(s *proof.Trial) {
		n, k := s.Size(5000)-1, rng.Key(s.Uint64(), s.Uint64())
		uniform, normal := make([]float32, n), make([]float32, n)
		for i := range n {
			rng.Uniform(uniform[i:i+1], k, uint64(i))
			rng.Normal(normal[i:i+1], k, uint64(i))
		}
		s.Forms(func() {
			y := s.Result(n)
			RandomUniform(y, k)
			s.Within("uniform", y, proof.Wide(uniform), func(int) float64 { return 0 })
			y = s.Result(n)
			RandomNormal(y, k)
			s.Within("normal", y, proof.Wide(normal), func(int) float64 { return 0 })
		})
	})
}
