package kernel

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// Nothing allocates, in one block or in many, and the number of processors changes no bit.
func TestNoAllocation(t *testing.T) {
	const n = 1 << 17
	x, y, z := proof.Random[float32]("x", n), make([]float32, n), make([]float32, n)
	labels := make([]int64, 256)
	shape, axes := []int{256, 512}, []int{512}
	chain := vector.NewChain(2, vector.Step{Arity: 2, Binary: vector.Add, Args: [3]uint8{0, 1}},
		vector.Step{Arity: 1, Unary: vector.Tanh, Args: [3]uint8{2}})
	for _, c := range []struct {
		name string
		run  func()
	}{
		{"unary", func() { vector.Unary(vector.Tanh, y, x, 0, 0) }},
		{"binary", func() { vector.Binary(vector.Add, y, x, x, 0, 0) }},
		{"broadcast", func() { vector.BroadcastBinary(vector.Mul, y, shape, x, shape, x[:512], axes) }},
		{"where", func() { vector.Where(y, shape, x, shape, x, shape, x[:512], axes) }},
		{"chain", func() {
			vector.RunChain(&chain, y,
				&[vector.MaxInputs]vector.Input[float32]{{Data: x, Inner: 1}, {Data: x[:512], Inner: 1}})
		}},
		{"copy", func() { vector.Copy(y, 0, []int{1, 256}, x, 0, []int{512, 1}, shape) }},
		{"copy of integers", func() { vector.Copy(labels, 0, []int{1}, labels, 0, []int{0}, []int{256}) }},
		{"sum of all", func() { vector.Reduce(vector.Sum, y[:1], x, shape, 3) }},
		{"sum of rows", func() { vector.Reduce(vector.Sum, y[:256], x, shape, 2) }},
		{"max of columns", func() { vector.Reduce(vector.Max, y[:512], x, shape, 1) }},
		{"argmax", func() { vector.ArgReduce(vector.Max, labels, x, shape, 2) }},
		{"softmax", func() { Softmax(y, x, 256, 512, 1) }},
		{"log softmax", func() { LogSoftmax(y, x, 256, 512, 1) }},
		{"softmax gradients", func() { SoftmaxGrad(y, x, z, 256, 512, 1); LogSoftmaxGrad(y, x, z, 256, 512, 1) }},
		{"update", func() {
			Adam(Updated[float32]{New: y[:n/2], P: x[:n/2], G: x[n/2:]}, Moment[float32]{New: z[:n/2], Old: x[:n/2]},
				Moment[float32]{New: z[n/2:], Old: x[n/2:]}, AdamRule{Step: 3, LR: 1e-3, Beta1: .9, Beta2: .99, Eps: 1,
					Decay: .01, Decoupled: true})
		}},
		{"sum of squares", func() { y[0] = float32(SumSquares(x)) }},
		{"finite", func() { vector.Finite(x) }},
		{"classes", func() {
			c := Classes[float32]{X: x, Target: labels, N: 512, Inner: 1, Ignore: [2]int64{-1, -1}}
			loss, _ := c.Loss(z[:256])
			c.Grad(y, z[:256], loss)
		}},
		{"batch norm of columns",
			func() { BatchNorm(y, x, x[:512], x[:512], Norm[float32]{N: 256, C: 512, S: 1, Eps: 9}) }},
		{"batch norm gradient of columns",
			func() {
				BatchNormGrad(y, z[:512], z[512:1024], x, x, x[:512], x[:512],
					Norm[float32]{N: 256, C: 512, S: 1, Eps: 9})
			}},
		{"batch norm", func() { BatchNorm(y, x, x[:16], x[:16], Norm[float32]{N: 16, C: 16, S: 512, Eps: 9}) }},
		{"layer norm", func() {
			GroupNorm(y, z[:256], z[256:512], x, Norm[float32]{N: 256, C: 512, S: 1, Groups: 1,
				W: x[:512], B: x[:512], Eps: 1e-5})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.run()
			want := slices.Clone(y)
			if a := testing.AllocsPerRun(20, c.run); a != 0 {
				t.Errorf("%v allocations per run", a)
			}
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			c.run()
			for i := range y {
				if math.Float32bits(y[i]) != math.Float32bits(want[i]) {
					t.Fatalf("element %d is %v with one processor, %v with more", i, y[i], want[i])
				}
			}
		})
	}
}
