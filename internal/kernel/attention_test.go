package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// attentionProblem is a problem with operands side by side (N, NH, T, HS), or packed in rows of q, k, v as one
// projection makes them.
type attentionProblem[T scalar.Float] struct {
	AttentionSizes
	y, q, k, v     Heads[T]
	dy, dq, dk, dv Heads[T]
	mask           Heads[T] // for the way forward
	lse            []T
	results        [][]T // y, lse and the gradients, to look at
}

func newAttentionProblem[T scalar.Float](p AttentionSizes, packed bool) *attentionProblem[T] {
	a := &attentionProblem[T]{AttentionSizes: p}
	streams := 0
	heads := func(rows int) Heads[T] {
		streams++
		x := proof.Random[T](fmt.Sprint("heads", streams), p.N*p.NH*rows*p.HS)
		if packed {
			return a.packed(x, 1, 0, rows)
		}
		return Heads[T]{x, p.NH * rows * p.HS, rows * p.HS, p.HS}
	}
	a.y, a.dy = heads(p.T), heads(p.T)
	a.lse = make([]T, p.N*p.NH*p.T)
	a.results = [][]T{a.y.X, a.lse}
	if packed { // T = S
		x, dx := proof.Random[T]("qkv", p.N*p.T*3*p.NH*p.HS), proof.Random[T]("dirt", p.N*p.T*3*p.NH*p.HS)
		a.q, a.k, a.v = a.packed(x, 3, 0, p.T), a.packed(x, 3, 1, p.T), a.packed(x, 3, 2, p.T)
		a.dq, a.dk, a.dv = a.packed(dx, 3, 0, p.T), a.packed(dx, 3, 1, p.T), a.packed(dx, 3, 2, p.T)
		a.results = append(a.results, dx)
	} else {
		a.q, a.k, a.v, a.dq, a.dk, a.dv = heads(p.T), heads(p.S), heads(p.S), heads(p.T), heads(p.S), heads(p.S)
		a.results = append(a.results, a.dq.X, a.dk.X, a.dv.X)
	}
	return a
}

// packed is part i of parts of x (N, rows, parts·NH·HS).
func (a *attentionProblem[T]) packed(x []T, parts, i, rows int) Heads[T] {
	d := a.NH * a.HS
	return Heads[T]{x[i*d:], rows * parts * d, a.HS, parts * d}
}

func (a *attentionProblem[T]) run() {
	Attention(a.y, a.lse, a.q, a.k, a.v, a.mask, a.AttentionSizes)
	if a.mask.X != nil {
		return
	}
	AttentionGrad(a.dq, a.dk, a.dv, a.dy, Attended[T]{Q: a.q, K: a.k, V: a.v, Y: a.y, LSE: a.lse}, a.AttentionSizes)
}

// naive computes a head by the formulas, in float64.
func (a *attentionProblem[T]) naive(n, h int) (y, dq, dk, dv [][]float64) {
	rows := func(count int) [][]float64 {
		m := make([][]float64, count)
		for i := range m {
			m[i] = make([]float64, a.HS)
		}
		return m
	}
	y, dq, dk, dv = rows(a.T), rows(a.T), rows(a.S), rows(a.S)
	for i := range a.T {
		q, dy := a.q.from(n, h, i), a.dy.from(n, h, i)
		p, dp := make([]float64, a.S), make([]float64, a.S)
		total, delta := 0., 0.
		for j := range a.S {
			if a.Causal && j > i+a.S-a.T || a.Lengths != nil && j >= int(a.Lengths[n]) {
				continue
			}
			score := a.Scale * vector.Dot(q[:a.HS], a.k.from(n, h, j)[:a.HS])
			if a.mask.X != nil {
				score += float64(a.mask.from(n, h, i)[j])
			}
			p[j] = math.Exp(score)
			total += p[j]
		}
		for j := range a.S {
			if total == 0 {
				break
			}
			p[j] /= total
			v := a.v.from(n, h, j)
			dp[j] = vector.Dot(dy[:a.HS], v[:a.HS])
			delta += p[j] * dp[j]
			for e := range a.HS {
				y[i][e] += p[j] * float64(v[e])
				dv[j][e] += p[j] * float64(dy[e])
			}
		}
		for j := range a.S {
			ds := a.Scale * p[j] * (dp[j] - delta)
			k := a.k.from(n, h, j)
			for e := range a.HS {
				dq[i][e] += ds * float64(k[e])
				dk[j][e] += ds * float64(q[e])
			}
		}
	}
	return y, dq, dk, dv
}

func (a *attentionProblem[T]) check(t *testing.T) {
	t.Helper()
	a.run()
	for n := range a.N {
		for h := range a.NH {
			y, dq, dk, dv := a.naive(n, h)
			for _, c := range []struct {
				name string
				got  Heads[T]
				want [][]float64
			}{{"y", a.y, y}, {"dq", a.dq, dq}, {"dk", a.dk, dk}, {"dv", a.dv, dv}} {
				for r, row := range c.want {
					for e, w := range row {
						if a.mask.X != nil && c.name != "y" {
							break
						}
						g := float64(c.got.from(n, h, r)[e])
						if !(math.Abs(g-w) <= proof.Tolerance[T]()*200*(1+math.Abs(w))) {
							t.Fatalf("%s of head %d of example %d, row %d, element %d is %v, want %v", c.name, h,
								n, r, e, g, w)
						}
					}
				}
			}
		}
	}
}

func attentionSizes() map[string]AttentionSizes {
	return map[string]AttentionSizes{
		"one key":                       {N: 1, NH: 1, T: 1, S: 1, HS: 3},
		"less than a block":             {N: 2, NH: 3, T: 7, S: 7, HS: 5},
		"several blocks":                {N: 1, NH: 2, T: 130, S: 130, HS: 16},
		"more keys than queries":        {N: 1, NH: 2, T: 70, S: 150, HS: 8},
		"more queries than keys":        {N: 1, NH: 2, T: 150, S: 70, HS: 8},
		"lengths, none among them":      {N: 4, NH: 2, T: 70, S: 70, HS: 8, Lengths: []int64{70, 0, 65, 1}},
		"lengths of a block and beyond": {N: 3, NH: 1, T: 129, S: 129, HS: 8, Lengths: []int64{64, 128, 129}},
	}
}

func TestAttention(t *testing.T) {
	for name, p := range attentionSizes() {
		for _, p.Causal = range []bool{false, true} {
			p.Scale = 1 / math.Sqrt(float64(p.HS))
			t.Run(fmt.Sprintf("%s, causal %t", name, p.Causal), func(t *testing.T) {
				newAttentionProblem[float32](p, false).check(t)
				newAttentionProblem[float64](p, false).check(t)
				if p.T == p.S {
					newAttentionProblem[float32](p, true).check(t)
					newAttentionProblem[float64](p, true).check(t)
				}
			})
		}
	}
}

// TestAttentionLargeScores: scores up to 10,000 overflow nothing, and each query takes its best key.
// TestAttentionMask: a mask that is added to the scores, of all heads or each, some of whose rows begin with blocks of
// -Inf.
func TestAttentionMask(t *testing.T) {
	for name, p := range attentionSizes() {
		t.Run(name, func(t *testing.T) {
			p.Scale, p.Lengths = 1, nil
			testAttentionMask[float32](t, p)
			testAttentionMask[float64](t, p)
		})
	}
}

func testAttentionMask[T scalar.Float](t *testing.T, p AttentionSizes) {
	mask := proof.Random[T]("mask", p.N*p.NH*p.T*p.S)
	for i := range p.N * p.NH * p.T {
		for j := range min(i, p.S-1) {
			mask[i*p.S+j] = T(math.Inf(-1))
		}
	}
	a := newAttentionProblem[T](p, false)
	for _, a.mask = range []Heads[T]{{mask, p.NH * p.T * p.S, p.T * p.S, p.S}, {mask, 0, 0, p.S}, {mask, p.S, 0, 0}} {
		a.check(t)
	}
	a.mask = Heads[T]{X: mask}
	for j := range p.S {
		mask[j] = T(math.Inf(-1))
	}
	a.run()
	if y := float64(a.y.X[0]); !math.IsNaN(y) {
		t.Errorf("with a mask of -Inf only, y is %v, want NaN", y)
	}
}

func TestAttentionLargeScores(t *testing.T) {
	p := AttentionSizes{N: 1, NH: 1, T: 100, S: 100, HS: 1, Scale: 1}
	a := newAttentionProblem[float32](p, false)
	for i := range 100 {
		a.q.X[i] = float32(100 - 200*(i%2))
		a.k.X[i] = float32(i*37%100*2 - 100)
	}
	a.run()
	best, worst := float32(0), float32(0)
	for j, k := range a.k.X {
		if k == 98 {
			best = a.v.X[j]
		}
		if k == -100 {
			worst = a.v.X[j]
		}
	}
	for i, y := range a.y.X {
		if want := []float32{best, worst}[i%2]; y != want {
			t.Fatalf("query %d gets %v, want %v", i, y, want)
		}
	}
	for _, x := range a.results {
		if !vector.FiniteRow(x) {
			t.Fatalf("a result is not finite: %v", x)
		}
	}
}

// TestAttentionKeysBeyondLength: what is stored in keys that no query sees plays no part, be it NaN.
func TestAttentionKeysBeyondLength(t *testing.T) {
	p := AttentionSizes{N: 1, NH: 1, T: 70, S: 70, HS: 4, Scale: 1, Lengths: []int64{66}}
	a := newAttentionProblem[float32](p, false)
	for i := 66 * 4; i < 70*4; i++ {
		a.k.X[i], a.v.X[i] = float32(math.NaN()), float32(math.Inf(1))
	}
	a.run()
	for _, x := range a.results {
		if !vector.FiniteRow(x) {
			t.Fatalf("a result is not finite: %v", x)
		}
	}
}

// TestAttentionLeavesOut: a gradient that is not asked for changes none of the others.
func TestAttentionLeavesOut(t *testing.T) {
	p := AttentionSizes{N: 1, NH: 2, T: 70, S: 80, HS: 4, Scale: 1, Causal: true}
	a := newAttentionProblem[float64](p, false)
	a.run()
	for _, c := range []struct {
		name       string
		dq, dk, dv bool
	}{{"dq", true, false, false}, {"dk", false, true, false}, {"dv", false, false, true}} {
		b := newAttentionProblem[float64](p, false)
		Attention(b.y, nil, b.q, b.k, b.v, Heads[float64]{}, p)
		for d, wanted := range map[*Heads[float64]]bool{&b.dq: c.dq, &b.dk: c.dk, &b.dv: c.dv} {
			if !wanted {
				*d = Heads[float64]{}
			}
		}
		AttentionGrad(b.dq, b.dk, b.dv, b.dy, Attended[float64]{Q: b.q, K: b.k, V: b.v, Y: a.y, LSE: a.lse}, p)
		for k, pair := range [][2][]float64{{a.dq.X, b.dq.X}, {a.dk.X, b.dk.X}, {a.dv.X, b.dv.X}} {
			for i := range pair[1] {
				if pair[0][i] != pair[1][i] {
					t.Fatalf("%s alone: gradient %d differs at %d", c.name, k, i)
				}
			}
		}
	}
}

// TestAttentionIsSteady: the number of processors changes no bit, and nothing allocates.
func TestAttentionIsSteady(t *testing.T) {
	a := newAttentionProblem[float32](AttentionSizes{N: 2, NH: 3, T: 150, S: 150, HS: 16, Scale: .25, Causal: true,
		Lengths: []int64{150, 100}}, true)
	for i, x := range a.results[1:] {
		t.Run([]string{"lse", "gradients"}[i], func(t *testing.T) { proof.CheckSameBits(t, x, a.run) })
	}
	proof.CheckSameBits(t, a.y.X, a.run)
	if n := testing.AllocsPerRun(10, a.run); n != 0 {
		t.Errorf("%v allocations per run", n)
	}
}

func BenchmarkAttention(b *testing.B) {
	for _, p := range []AttentionSizes{
		{N: 12, NH: 4, T: 64, S: 64, HS: 32, Causal: true},
		{N: 8, NH: 6, T: 256, S: 256, HS: 64, Causal: true},
		{N: 8, NH: 6, T: 256, S: 256, HS: 64},
	} {
		p.Scale = 1 / math.Sqrt(float64(p.HS))
		a := newAttentionProblem[float32](p, true)
		name := fmt.Sprintf("N=%d/NH=%d/T=%d/HS=%d/causal=%t", p.N, p.NH, p.T, p.HS, p.Causal)
		pairs := 0
		for i := range p.T {
			pairs += p.seen(0, i)
		}
		flops := float64(2 * p.N * p.NH * pairs * p.HS)
		b.Run(name+"/forward", func(b *testing.B) {
			for b.Loop() {
				Attention(a.y, a.lse, a.q, a.k, a.v, Heads[float32]{}, p)
			}
			b.ReportMetric(2*flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
		b.Run(name+"/backward", func(b *testing.B) {
			for b.Loop() {
				AttentionGrad(a.dq, a.dk, a.dv, a.dy, Attended[float32]{Q: a.q, K: a.k, V: a.v, Y: a.y, LSE: a.lse}, p)
			}
			b.ReportMetric(5*flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
