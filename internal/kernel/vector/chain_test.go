package vector

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// TestChain: a chain gives the bits of its functions one after the other, for every way an input is broadcast, in
// place, and at sizes on both sides of a block.
func TestChain(t *testing.T) {
	t.Run("float32", testChain[float32])
	t.Run("float64", testChain[float64])
}

func testChain[T scalar.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	random := func(n int) []T {
		x := make([]T, n)
		for i := range x {
			x[i] = T(r.Float64()*4 - 2)
		}
		return x
	}
	for _, shape := range [][3]int{{1, 1, 1}, {2, 3, 5}, {3, 7, 49}, {2, 600, 3}, {5, 1, 1024}, {40, 64, 64}} {
		n, c, s := shape[0], shape[1], shape[2]
		size := n * c * s
		full, channel, row, rows, one := random(size), random(c), random(c*s), random(n), random(1)
		// where(tanh(full·channel) < row, sigmoid(one), (full·channel - rows)²) + one
		chain := NewChain(5,
			Step{Arity: 2, Binary: Mul, Args: [3]uint8{0, 1}},
			Step{Arity: 1, Unary: Tanh, Args: [3]uint8{5}},
			Step{Arity: 2, Binary: Less, Args: [3]uint8{6, 2}},
			Step{Arity: 1, Unary: Sigmoid, Args: [3]uint8{4}},
			Step{Arity: 2, Binary: Sub, Args: [3]uint8{5, 3}},
			Step{Arity: 1, Unary: Square, Args: [3]uint8{9}},
			Step{Arity: 3, Args: [3]uint8{7, 8, 10}},
			Step{Arity: 2, Binary: Add, Args: [3]uint8{11, 4}})
		want, a, b, m := make([]T, size), make([]T, size), make([]T, size), make([]T, size)
		y, ch, ro, rs := []int{n, c, s}, []int{c, 1}, []int{c, s}, []int{n, 1, 1}
		BroadcastBinary(Mul, a, y, full, y, channel, ch)
		Unary(Tanh, b, a, 0, 0)
		BroadcastBinary(Less, m, y, b, y, row, ro)
		BroadcastBinary(Sub, a, y, a, y, rows, rs)
		Unary(Square, a, a, 0, 0)
		sigma := []T{0}
		Unary(Sigmoid, sigma, one, 0, 0)
		Where(want, y, m, y, sigma, nil, a, y)
		Binary(Add, want, want, one, 0, 0)

		in := [MaxInputs]Input[T]{{full, 1}, {channel, s}, {row, 1}, {rows, c * s}, {one, 1}}
		got := make([]T, size)
		RunChain(&chain, got, &in)
		if !slices.Equal(got, want) {
			t.Errorf("%v: chain and functions differ", shape)
		}
		RunChain(&chain, full, &in)
		if !slices.Equal(full, want) {
			t.Errorf("%v: in place of an input: chain and functions differ", shape)
		}
	}
}

// TestChainSlots: temporaries are reused as soon as nothing reads them.
func TestChainSlots(t *testing.T) {
	var steps []Step
	for i := range MaxSteps {
		steps = append(steps, Step{Arity: 2, Binary: Add, Args: [3]uint8{uint8(max(i, 1)), 0}})
	}
	c := NewChain(1, append([]Step{{Arity: 1, Unary: Exp}}, steps[1:]...)...)
	for s, slot := range c.slot {
		if slot != 0 {
			t.Errorf("step %d has slot %d", s, slot)
		}
	}
	if NewChain(1, Step{Arity: 1}) == NewChain(1, Step{Arity: 1, Unary: Exp}) {
		t.Error("different chains are equal")
	}
}

// BenchmarkChain compares relu(a + b)·c over 1M elements in one chain with three passes.
func BenchmarkChain(b *testing.B) {
	const n = 1 << 20
	x, y, z, dst := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
	c := NewChain(3, Step{Arity: 2, Binary: Add, Args: [3]uint8{0, 1}}, Step{Arity: 1, Unary: ReLU, Args: [3]uint8{3}},
		Step{Arity: 2, Binary: Mul, Args: [3]uint8{4, 2}})
	in := [MaxInputs]Input[float32]{{x, 1}, {y, 1}, {z, 1}}
	b.Run("chain", func(b *testing.B) {
		for b.Loop() {
			RunChain(&c, dst, &in)
		}
	})
	b.Run("passes", func(b *testing.B) {
		for b.Loop() {
			Binary(Add, dst, x, y, 0, 0)
			Unary(ReLU, dst, dst, 0, 0)
			Binary(Mul, dst, dst, z, 0, 0)
		}
	})
}
