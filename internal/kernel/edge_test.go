package kernel

import (
	"math"
	"math/big"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// Losses and their derivatives by prediction and target at the ends of the numbers.
func TestLossesAtTheEdge(t *testing.T) {
	for _, c := range []struct {
		name           string
		f              LossFunc
		x, t, p        float64
		want, byX, byT float64
	}{
		{"a certain logit of class 1 costs nothing", BCELogitsLoss, proof.Inf, 1, 0, 0, 0, -proof.Inf},
		{"a certain logit of class 0 costs nothing", BCELogitsLoss, -proof.Inf, 0, 0, 0, 0, proof.Inf},
		{"a certain mistake costs everything", BCELogitsLoss, proof.Inf, 0, 0, proof.Inf, 1, -proof.Inf},
		{"and the other way round", BCELogitsLoss, -proof.Inf, 1, 0, proof.Inf, -1, proof.Inf},
		{"certainty about a soft target costs everything", BCELogitsLoss, proof.Inf, .5, 0, proof.Inf, .5, -proof.Inf},
		{"a logit of NaN", BCELogitsLoss, proof.NaN, 0, 0, proof.NaN, proof.NaN, proof.NaN},
		{"a target of NaN", BCELogitsLoss, 1, proof.NaN, 0, proof.NaN, proof.NaN, -1},
		{"a large logit", BCELogitsLoss, 1e30, 0, 0, 1e30, 1, -1e30},
		{"a large logit with its target", BCELogitsLoss, 1e30, 1, 0, 0, 0, -1e30},
		{"a probability of 0 costs 100", BCELoss, 0, 1, 0, 100, -1e12, 100},
		{"a probability of 1 costs 100", BCELoss, 1, 0, 0, 100, 1e12, -100},
		{"a probability of 0 with its target", BCELoss, 0, 0, 0, 0, 0, 100},
		{"a probability of NaN", BCELoss, proof.NaN, 0, 0, proof.NaN, proof.NaN, proof.NaN},
		{"a class without mass that is impossible", KLLoss, -proof.Inf, 0, 0, 0, 0, 0},
		{"a class with mass that is impossible", KLLoss, -proof.Inf, .5, 0, proof.Inf, -.5, proof.Inf},
		{"the mass is NaN", KLLoss, 0, proof.NaN, 0, proof.NaN, proof.NaN, proof.NaN},
		{"a variance of e^50", GaussianKLLoss, 0, 50, 0, 2.5923527642935362e21, 0, 2.5923527642935362e21},
		{"a variance of e^88", GaussianKLLoss, 3, 88, 0, 8.258181274970009e37, 3, 8.258181274970009e37},
		{"a variance of infinity", GaussianKLLoss, 0, proof.Inf, 0, proof.Inf, 0, proof.Inf},
		{"a variance of 0", GaussianKLLoss, 0, -proof.Inf, 0, proof.Inf, 0, -.5},
		{"a variance of NaN", GaussianKLLoss, 0, proof.NaN, 0, proof.NaN, 0, proof.NaN},
		{"a mean of infinity", GaussianKLLoss, -proof.Inf, 0, 0, proof.Inf, -proof.Inf, 0},
		{"the square of infinity", SquaredLoss, proof.Inf, 0, 0, proof.Inf, proof.Inf, -proof.Inf},
		{"infinity from infinity", SquaredLoss, proof.Inf, proof.Inf, 0, proof.NaN, proof.NaN, proof.NaN},
		{"the distance of NaN", AbsoluteLoss, proof.NaN, 0, 0, proof.NaN, proof.NaN, proof.NaN},
		{"an infinite distance", AbsoluteLoss, -proof.Inf, 0, 0, proof.Inf, -1, 1},
		{"Huber's of infinity", HuberLoss, proof.Inf, 0, 2, proof.Inf, 2, -2},
		{"Huber's of NaN", HuberLoss, proof.NaN, 0, 2, proof.NaN, proof.NaN, proof.NaN},
		{"Huber's of a distance whose square overflows", HuberLoss, 1e30, 0, 2, 2e30, 2, -2},
		{"smooth distance of infinity", SmoothL1Loss, -proof.Inf, 0, 2, proof.Inf, -1, 1},
		{"smooth distance of NaN", SmoothL1Loss, proof.NaN, 0, 2, proof.NaN, proof.NaN, proof.NaN},
		{"half the square of infinity", HalfSquare, -proof.Inf, 0, 0, proof.Inf, -proof.Inf, proof.Inf},
	} {
		t.Run(c.name, func(t *testing.T) {
			proof.EachForm(t, func(t *testing.T) { checkEdge[float32](t, c.f, c.x, c.t, c.p, c.want, c.byX, c.byT) })
			checkEdge[float64](t, c.f, c.x, c.t, c.p, c.want, c.byX, c.byT)
		})
	}
}

func checkEdge[T scalar.Float](t *testing.T, f LossFunc, x, target, p, want, byX, byT float64) {
	t.Helper()
	y, one, xs, ts := []T{0}, []T{1}, []T{T(x)}, []T{T(target)}
	Loss(f, y, xs, ts, p)
	proof.CheckNear(t, float64(y[0]), want, 1e-6)
	proof.CheckNear(t, LossSum(f, xs, ts, p), want, 1e-6)
	if f == HalfSquare {
		return
	}
	LossGrad(f, false, y, xs, ts, one, p, 1)
	proof.CheckNear(t, float64(y[0]), byX, 1e-6)
	LossGrad(f, true, y, xs, ts, one, p, 1)
	proof.CheckNear(t, float64(y[0]), byT, 1e-6)
}

// Rows of logits whose loss and gradient are known. They are long enough for whole vectors, filled up with -Inf.
func TestCrossEntropyAtTheEdge(t *testing.T) {
	for _, c := range []struct {
		name      string
		x         []float64 // then -Inf
		target    int64
		weights   []float64 // then 0
		smoothing float64
		loss      float64
		dx        []float64
	}{
		{"masked classes have no part", []float64{0, 0}, 1, nil, 0, math.Ln2, []float64{.5, -.5, 0}},
		{"a masked class costs everything", []float64{0, 0}, 2, nil, 0, proof.Inf, []float64{.5, .5, -1}},
		{"smoothing gives masked classes a part", []float64{0, 0}, 1, nil, .1, proof.Inf, nil},
		{"but for those of weight 0", []float64{0, 0}, 1, []float64{1, 1}, .1, .9*math.Ln2 + .1/20*2*math.Ln2, nil},
		{"a single class is certain", []float64{3}, 0, nil, 0, 0, []float64{0, 0}},
		{"all are masked", nil, 0, nil, 0, proof.NaN, []float64{proof.NaN}},
		{"a logit is NaN", []float64{proof.NaN, 0}, 1, nil, 0, proof.NaN, []float64{proof.NaN, proof.NaN}},
		{"large logits keep their differences", []float64{1e4, 1e4 - 1}, 0, nil, 0, math.Log1p(math.Exp(-1)),
			[]float64{-.2689414213699951, .2689414213699951}},
		{"very large ones", []float64{-1e6, -1e6}, 0, nil, 0, math.Ln2, []float64{-.5, .5}},
		{"and those at the end", []float64{math.MaxFloat32, -math.MaxFloat32}, 0, nil, 0, 0, []float64{0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, inner := range []int{1, 3} {
				proof.EachForm(t, func(t *testing.T) {
					checkRow[float32](t, c.x, c.target, c.weights, c.smoothing, inner,
						c.loss, c.dx)
				})
				checkRow[float64](t, c.x, c.target, c.weights, c.smoothing, inner, c.loss, c.dx)
			}
		})
	}
}

func checkRow[T scalar.Float](t *testing.T, x []float64, target int64, weights []float64, smoothing float64, inner int,
	loss float64, dx []float64) {
	t.Helper()
	const n = 20
	c := Classes[T]{X: make([]T, n*inner), Target: make([]int64, inner), Smoothing: smoothing,
		Ignore: [2]int64{-1, -1}, N: n, Inner: inner}
	vector.Fill(c.X, T(-proof.Inf))
	vector.Fill(c.Target, target)
	for k, v := range x {
		vector.Fill(c.X[k*inner:(k+1)*inner], T(v))
	}
	if weights != nil {
		c.Weights = make([]T, n)
		for k, v := range weights {
			c.Weights[k] = T(v)
		}
	}
	lse, got, logp := make([]T, inner), make([]T, n*inner), make([]T, n*inner)
	total, weight := c.Loss(lse)
	proof.CheckNear(t, total/weight, loss, 1e-6)
	c.Grad(got, lse, 1)
	for k, want := range dx {
		proof.CheckNear(t, float64(got[k*inner])*float64(inner), want, 1e-6)
	}
	LogSoftmax(logp, c.X, 1, n, inner)
	if weights == nil && smoothing == 0 {
		proof.CheckNear(t, -float64(logp[int(target)*inner]), loss, 1e-6)
	}
}

// Rows of softmax, filled up with the last element.
func TestSoftmaxAtTheEdge(t *testing.T) {
	for _, c := range []struct {
		name string
		x    []float64
		want []float64
	}{
		{"masked elements have no part", []float64{0, 0, -proof.Inf}, []float64{.5, .5, 0}},
		{"a row that is masked whole is NaN, as in PyTorch", []float64{-proof.Inf}, []float64{proof.NaN}},
		{"infinity is NaN, as in PyTorch", []float64{proof.Inf, 0}, []float64{proof.NaN}},
		{"NaN spreads", []float64{0, proof.NaN, 0}, []float64{proof.NaN, proof.NaN, proof.NaN}},
		{"the largest numbers", []float64{math.MaxFloat32, math.MaxFloat32, -math.MaxFloat32}, []float64{.5, .5, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, n := range []int{4, 7, 8, 40} {
				for _, inner := range []int{1, 2} {
					proof.EachForm(t, func(t *testing.T) { checkSoftmax[float32](t, c.x, c.want, n, inner) })
					checkSoftmax[float64](t, c.x, c.want, n, inner)
				}
			}
		})
	}
}

func checkSoftmax[T scalar.Float](t *testing.T, x, want []float64, n, inner int) {
	t.Helper()
	in, y, log := make([]T, n*inner), make([]T, n*inner), make([]T, n*inner)
	for k := range n {
		vector.Fill(in[k*inner:(k+1)*inner], T(x[min(k, len(x)-1)]))
	}
	Softmax(y, in, 1, n, inner)
	LogSoftmax(log, in, 1, n, inner)
	for k, v := range want {
		proof.CheckNear(t, float64(y[k*inner]), v, 1e-6)
		proof.CheckNear(t, math.Exp(float64(log[k*inner])), v, 1e-6)
	}
}

// normReference normalises groups of elements, keyed by key, with many digits straight from the definition, and
// differentiates Σ y·dy. With ĝ = dy·w and means over a group, dx = (ĝ - mean ĝ - x̂·mean(ĝ·x̂))/√(variance + eps).
func normReference(x, dy, w, b []float64, key, channel func(i int) int, eps float64) (y, dx, dw, db []float64) {
	groups := map[int][]int{}
	for i := range x {
		groups[key(i)] = append(groups[key(i)], i)
	}
	y, dx, dw, db = make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(w)), make([]float64, len(w))
	exact := func(v float64) *big.Float { return new(big.Float).SetPrec(400).SetFloat64(v) }
	for _, group := range groups {
		m, mean, variance := exact(float64(len(group))), exact(0), exact(0)
		for _, i := range group {
			mean.Add(mean, exact(x[i]))
		}
		mean.Quo(mean, m)
		hats := map[int]float64{}
		for _, i := range group {
			d := exact(0).Sub(exact(x[i]), mean)
			hats[i], _ = d.Float64()
			variance.Add(variance, d.Mul(d, d))
		}
		deviation, _ := variance.Sqrt(variance.Add(variance.Quo(variance, m), exact(eps))).Float64()
		var g, gx float64
		hat := func(i int) float64 { return hats[i] / deviation }
		for _, i := range group {
			k := channel(i)
			y[i] = hat(i)*w[k] + b[k]
			dw[k] += dy[i] * hat(i)
			db[k] += dy[i]
			g += dy[i] * w[k] / float64(len(group))
			gx += dy[i] * w[k] * hat(i) / float64(len(group))
		}
		for _, i := range group {
			dx[i] = (dy[i]*w[channel(i)] - g - hat(i)*gx) / deviation
		}
	}
	return y, dx, dw, db
}

// Normalisations of values of any size and anywhere: of 10²⁰, whose squares float32 cannot hold, and of the largest
// there are, of tiny ones, and of small deviations from a large mean. Results are within 10⁻⁵ of the largest of them.
func TestNormsAtTheEdge(t *testing.T) {
	for _, c := range []struct {
		name          string
		mean, spread  float64
		eps           float64
		bound         float64
		float32Cannot bool
	}{
		{"usual values", 0, 1, 1e-5, 1e-5, false},
		{"values near 1e20", 0, 1e20, 1e-5, 1e-5, false},
		{"values near 1e20 that hardly differ", 1e20, 1e16, 1e-5, 1e-5, false},
		{"values near 1e18, whose squares are just held", 0, 1e18, 1e-5, 1e-5, false},
		{"values near 1e30", -1e30, 1e30, 1e-5, 1e-5, false},
		{"the largest values", 0, 7e37, 1e-5, 1e-5, false},
		{"tiny values, beside eps", 0, 1e-30, 1e-5, 1e-5, false},
		{"tiny values without eps", 0, 1e-18, 0, 1e-5, false},
		{"tiny values whose squares are 0", 1e-25, 1e-25, 0, 1e-5, false},
		{"small noise around 1e6", 1e6, .5, 1e-5, 1e-5, false},
		{"small noise around -1e4", -1e4, .01, 1e-5, 1e-5, false},
		{"constant far from 0", 1e6, 0, 1e-5, 1e-5, false},
		{"constant at 1e30", -1e30, 0, 1e-5, 1e-5, false},
		{"constant 1/3", 1. / 3, 0, 1e-5, 1e-5, false},
		{"values near 1e200", 0, 1e200, 1e-5, 1e-12, true},
		{"values near 1e-200 without eps", 0, 1e-160, 0, 1e-12, true},
		{"small noise around 1e9", 1e9, 3, 1e-5, 1e-5, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, size := range [][3]int{{5, 3, 1}, {9, 150, 1}, {4, 6, 7}, {3, 2, 100}, {1, 4, 9}, {2, 16, 1}} {
				if c.float32Cannot {
					checkNorms[float64](t, size, c.mean, c.spread, c.eps, c.bound)
					continue
				}
				proof.EachForm(t, func(t *testing.T) {
					checkNorms[float32](t, size, c.mean, c.spread, c.eps, c.bound)
				})
				checkNorms[float64](t, size, c.mean, c.spread, c.eps, c.bound)
			}
		})
	}
}

func checkNorms[T scalar.Float](t *testing.T, size [3]int, mean, spread, eps, bound float64) {
	t.Helper()
	n, c, s := size[0], size[1], size[2]
	x, dy, w, b := proof.Random[T]("x", n*c*s), proof.Random[T]("dy", n*c*s), proof.Random[T]("w", c),
		proof.Random[T]("b", c)
	for i, v := range x {
		x[i] = T(mean + spread*float64(v))
	}
	channel := func(i int) int { return i / s % c }
	for _, groups := range []int{0, 1, 2, c} {
		if groups > 0 && c%groups != 0 {
			continue
		}
		key := channel
		if groups > 0 {
			key = func(i int) int { return i/(c*s)*groups + channel(i)/(c/groups) }
		}
		y, dx, dw, db := make([]T, len(x)), make([]T, len(x)), make([]T, c), make([]T, c)
		if groups == 0 {
			m, v, exact := make([]T, c), make([]T, c), make([]float64, 2*c)
			BatchStats(m, v, exact, x, Norm[T]{N: n, C: c, S: s, Eps: eps})
			BatchNormExact(y, x, exact, Norm[T]{N: n, C: c, S: s, W: w, B: b})
			BatchNormGrad(dx, dw, db, dy, x, m, v, Norm[T]{N: n, C: c, S: s, W: w, Eps: eps})
		} else {
			m, r := make([]T, n*groups), make([]T, n*groups)
			GroupNorm(y, m, r, x, Norm[T]{N: n, C: c, S: s, Groups: groups, W: w, B: b, Eps: eps})
			GroupNormGrad(dx, dw, db, dy, x, m, r, Norm[T]{N: n, C: c, S: s, Groups: groups, W: w, Eps: eps})
		}
		wantY, wantDX, wantDW, wantDB := normReference(doubles(x), doubles(dy), doubles(w), doubles(b), key,
			channel, eps)
		if eps == 0 && (n*c*s/max(1, groups) == 1 || groups == c && s == 1) {
			continue // 0/0
		}
		for name, r := range map[string]struct {
			got  []T
			want []float64
			unit float64 // of what is small by cancellation
		}{"y": {y, wantY, 1}, "dx": {dx, wantDX, 1 / math.Hypot(spread, math.Sqrt(eps))}, "dw": {dw, wantDW, 1},
			"db": {db, wantDB, 1}} {
			if e, at := largestError(r.got, r.want, r.unit); !(e <= bound) {
				t.Errorf("%v in %d groups: %s[%d] is %g, want %g: off by %.2g", size, groups, name, at, r.got[at],
					r.want[at], e)
			}
		}
	}
}

func doubles[T scalar.Float](x []T) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// largestError is the largest difference in relation to the largest wanted element, or to unit, and its place.
func largestError[T scalar.Float](got []T, want []float64, unit float64) (worst float64, at int) {
	for _, v := range want {
		unit = max(unit, math.Abs(v))
	}
	for i, v := range want {
		if e := math.Abs(float64(got[i])-v) / unit; !(e <= worst) {
			worst, at = e, i
		}
	}
	return worst, at
}
