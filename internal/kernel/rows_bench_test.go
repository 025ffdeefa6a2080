package kernel

import (
	"fmt"
	"testing"
	"time"

	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/rng"
)

// BenchmarkRows measures the kernels that go over rows, in nanoseconds for an element of the operand. It reports the
// least of all turns, which other work on the machine disturbs the least.
func BenchmarkRows(b *testing.B) {
	random := func(label uint64, n int) []float32 {
		x := make([]float32, n)
		RandomNormal(x, rng.Key(9, label))
		return x
	}
	const most = 1 << 22
	x, y, z, u, v := random(1, most), random(2, most), random(3, most), random(4, most), random(5, most)
	square := make([]float32, most)
	for i, v := range u {
		square[i] = v * v
	}
	index := make([]int64, most)
	for i := range index {
		index[i] = int64(i*7919) % 1024
	}
	bench := func(name string, n int, run func()) {
		b.Run(name, func(b *testing.B) {
			least := time.Hour
			for b.Loop() {
				start := time.Now()
				run()
				least = min(least, time.Since(start))
			}
			b.ReportMetric(float64(least.Nanoseconds())/float64(n), "ns/element")
		})
	}
	for _, c := range []struct{ n, c, s int }{{64, 64, 784}, {64, 256, 49}, {4096, 512, 1}} {
		n := c.n * c.c * c.s
		name := fmt.Sprintf("%dx%dx%d", c.n, c.c, c.s)
		stats := func() {
			BatchStats(z[:c.c], z[1024:1024+c.c], nil, x[:n],
				Norm[float32]{N: c.n, C: c.c, S: c.s, Eps: 1e-5})
		}
		stats()
		mean, variance := z[:c.c], z[1024:1024+c.c]
		bench("batchstats/"+name, n, stats)
		bench("batchnorm/"+name, n,
			func() {
				BatchNorm(y[:n], x[:n], mean, variance, Norm[float32]{N: c.n, C: c.c, S: c.s, W: u[:c.c],
					B: v[:c.c], Eps: 1e-5})
			})
		bench("batchnormgrad/"+name, n, func() {
			BatchNormGrad(v[:n], z[2048:2048+c.c], z[4096:4096+c.c], y[:n], x[:n], mean, variance,
				Norm[float32]{N: c.n, C: c.c, S: c.s, W: u[:c.c], Eps: 1e-5})
		})
	}
	for _, d := range []int{64, 768} {
		rows := 1 << 20 / d
		n := rows * d
		bench(fmt.Sprint("layernorm/", d), n,
			func() {
				GroupNorm(y[:n], z[:rows], z[1<<20:1<<20+rows], x[:n],
					Norm[float32]{N: rows, C: d, S: 1, Groups: 1, W: u[:d], B: v[:d], Eps: 1e-5})
			})
		bench(fmt.Sprint("layernormgrad/", d), n, func() {
			GroupNormGrad(v[:n], u[:d], u[1024:1024+d], y[:n], x[:n], z[:rows], z[1<<20:1<<20+rows],
				Norm[float32]{N: rows, C: d, S: 1, Groups: 1, W: u[2048 : 2048+d], Eps: 1e-5})
		})
	}
	bench("groupnorm/32x256x784", 32*64*784, func() {
		GroupNorm(y[:32*64*784], z[:256], z[256:512], x[:32*64*784], Norm[float32]{N: 32, C: 64, S: 784, Groups: 8,
			W: u[:64], B: v[:64], Eps: 1e-5})
	})
	for _, d := range []int{10, 128, 1000, 32000} {
		rows := 1 << 20 / d
		n := rows * d
		bench(fmt.Sprint("softmax/", d), n, func() { Softmax(y[:n], x[:n], rows, d, 1) })
		bench(fmt.Sprint("logsoftmax/", d), n, func() { LogSoftmax(y[:n], x[:n], rows, d, 1) })
		bench(fmt.Sprint("softmaxgrad/", d), n, func() { SoftmaxGrad(y[:n], x[:n], z[:n], rows, d, 1) })
		bench(fmt.Sprint("logsoftmaxgrad/", d), n, func() { LogSoftmaxGrad(y[:n], x[:n], z[:n], rows, d, 1) })
	}
	for _, n := range []int{1 << 12, most} {
		name := fmt.Sprint("/", n)
		bench("sgd"+name, n, func() { SGD(Updated[float32]{New: y[:n], P: y[:n], G: x[:n]}, 1e-9, .1) })
		bench("momentum"+name, n, func() {
			Momentum(Updated[float32]{New: y[:n], P: y[:n], G: x[:n]},
				Moment[float32]{New: z[:n], Old: z[:n]}, 1e-9, .9, .1, false)
		})
		bench("adam"+name, n, func() {
			Adam(Updated[float32]{New: y[:n], P: y[:n], G: x[:n]}, Moment[float32]{New: z[:n], Old: z[:n]},
				Moment[float32]{New: square[:n], Old: square[:n]}, AdamRule{Step: 7, LR: 1e-9, Beta1: .9, Beta2: .999,
					Eps: 1e-8, Decay: .1, Decoupled: true})
		})
		bench("adagrad"+name, n,
			func() {
				AdaGrad(Updated[float32]{New: y[:n], P: y[:n], G: x[:n]},
					Moment[float32]{New: square[:n], Old: square[:n]}, 1e-9, 1e-8, .1, false)
			})
		bench("rmsprop"+name, n, func() {
			RMSProp(Updated[float32]{New: y[:n], P: y[:n], G: x[:n]}, Moment[float32]{New: square[:n],
				Old: square[:n]}, Moment[float32]{}, Moment[float32]{}, RMSPropRule[float32]{LR: 1e-9, Rho: .9,
				Eps: 1e-8, Mu: .1})
		})
		bench("sumsquares"+name, n, func() { SumSquares(x[:n]) })
		bench("scale"+name, n, func() { ScaleTo(y[:n], x[:n], .5) })
	}
	for _, c := range []struct {
		shape []int
		axes  uint
	}{{[]int{4096, 768}, 1}, {[]int{32768, 64}, 1}, {[]int{4096, 768}, 2}, {[]int{65536, 16}, 2},
		{[]int{64, 64, 784}, 5}, {[]int{4096, 768}, 3}} {
		n := 1
		for _, s := range c.shape {
			n *= s
		}
		bench(fmt.Sprint("sum/", c.shape, c.axes), n,
			func() { vector.Reduce(vector.Sum, y[:dims(c.shape, c.axes)], x[:n], c.shape, c.axes) })
		bench(fmt.Sprint("max/", c.shape, c.axes), n,
			func() { vector.Reduce(vector.Max, y[:dims(c.shape, c.axes)], x[:n], c.shape, c.axes) })
		bench(fmt.Sprint("argmax/", c.shape, c.axes), n,
			func() { vector.ArgReduce(vector.Max, index[:dims(c.shape, c.axes)], x[:n], c.shape, c.axes) })
	}
	for _, p := range []struct {
		name string
		Pool
	}{
		{"2x2s2/112", Pool{Planes: 64, H: 112, W: 112, KH: 2, KW: 2, StrideH: 2, StrideW: 2, DilH: 1, DilW: 1,
			OH: 56, OW: 56}},
		{"2x2s2/24", Pool{Planes: 1024, H: 24, W: 24, KH: 2, KW: 2, StrideH: 2, StrideW: 2, DilH: 1, DilW: 1,
			OH: 12, OW: 12}},
		{"3x3s2p1/112", Pool{Planes: 64, H: 112, W: 112, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadT: 1, PadB: 1,
			PadL: 1, PadR: 1, DilH: 1, DilW: 1, OH: 56, OW: 56}},
	} {
		in, out := p.Planes*p.H*p.W, p.Planes*p.OH*p.OW
		bench("maxpool/"+p.name, in, func() { MaxPool(p.Pool, y[:out], index[:out], x[:in]) })
		bench("scatterplanes/"+p.name, in,
			func() { ScatterPlanes(p.Planes, p.H*p.W, p.OH*p.OW, v[:in], y[:out], index[:out]) })
		bench("avgpool/"+p.name, in, func() { AvgPool(p.Pool, y[:out], x[:in]) })
		bench("avgpoolgrad/"+p.name, in, func() { AvgPoolBackward(p.Pool, v[:in], y[:out]) })
	}
	bench("globalavg", 4096*49, func() { AdaptiveAvgPool(Adaptive{4096, 7, 7, 1, 1}, y[:4096], x[:4096*49]) })
	bench("globalavggrad", 4096*49,
		func() { AdaptiveAvgPoolBackward(Adaptive{4096, 7, 7, 1, 1}, v[:4096*49], y[:4096]) })
	bench("transpose/1000x1000", 1000000,
		func() { vector.Copy(y, 0, []int{1, 1000}, x, 0, []int{1000, 1}, []int{1000, 1000}) })
	bench("transpose/1024x1024", 1<<20, func() {
		vector.Copy(y, 0, []int{1, 1024}, x, 0, []int{1024, 1}, []int{1024, 1024})
	})
	bench("transpose/heads", 1<<21, func() { // (N, T, NH, HS) → (N, NH, T, HS)
		vector.Copy(y, 0, []int{1 << 18, 64, 1 << 15, 1}, x, 0, []int{1 << 18, 512, 64, 1}, []int{8, 512, 8, 64})
	})
	bench("transpose/swap", 1<<21, func() { // (N, T, NH, HS) → (N, NH, HS, T)
		vector.Copy(y, 0, []int{1 << 18, 1, 1 << 15, 512}, x, 0, []int{1 << 18, 512, 64, 1}, []int{8, 512, 8, 64})
	})
	for i := range index {
		index[i] = int64(i*7919) % 1024
	}
	bench("gather/64", 4096*64, func() { Gather(y[:4096*64], x[:1024*64], index[:4096], 1, 1024, 64) })
	bench("gather/512", 4096*512, func() { Gather(y[:4096*512], x[:1024*512], index[:4096], 1, 1024, 512) })
	bench("scatter/64", 4096*64, func() { ScatterAdd(y[:1024*64], x[:4096*64], index[:4096], 1, 1024, 64) })
	bench("scatter/512", 4096*512, func() { ScatterAdd(y[:1024*512], x[:4096*512], index[:4096], 1, 1024, 512) })
	bench("dropout", 1<<20, func() { Dropout(y[:1<<20], x[:1<<20], 1, rng.Key(1, 2), .1) })
	bench("uniform", 1<<20, func() { RandomUniform(y[:1<<20], rng.Key(1, 2)) })
	bench("normal", 1<<20, func() { RandomNormal(y[:1<<20], rng.Key(1, 2)) })
}

// dims is the number of results of a reduction.
func dims(shape []int, axes uint) int {
	n := 1
	for k, s := range shape {
		if axes>>k&1 == 0 {
			n *= s
		}
	}
	return n
}
