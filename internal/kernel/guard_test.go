package kernel

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"testing"

	"github.com/stheno-ml/stheno/internal/rng"
)

func TestNothingIsTouchedBeyondVectors(t *testing.T) {
	const most = 67
	a, b, dst := guarded[float32](t, most, false), guarded[float32](t, most, false), guarded[float32](t, most, false)
	copy(a, random[float32]("a", most))
	copy(b, random[float32]("b", most))
	eachForm(t, func(t *testing.T) {
		for n := range most + 1 {
			a, b, dst := a[most-n:], b[most-n:], dst[most-n:]
			for f := range unaryNames {
				unary(UnaryFunc(f), dst, a, 0.25, 0.75)
			}
			for f := range binaryNames {
				f := BinaryFunc(f)
				binary(f, dst, a, b, 0.25, 0.75)
				if n > 0 {
					binary(f, dst, a, b[n-1:], 0.25, 0.75)
					binary(f, dst, a[n-1:], b, 0.25, 0.75)
				}
			}
		}
	})
}

// A yard hands out the operands and results of kernels, all in one of its places.
type yard struct {
	t       testing.TB
	place   place
	streams int    // so far, so that every operand has other numbers
	doing   string // for messages
	floats  [][]float32
	indices [][]int64
}

// A place is where the memory of operands and results lies.
type place uint8

const (
	open   place = iota // anywhere
	behind              // a guard behind each
	before              // a guard before each
)

// in returns n normal numbers.
func (y *yard) in(n int) []float32 {
	y.streams++
	x := make([]float32, n)
	if y.place != open {
		x = guarded[float32](y.t, n, y.place == before)
	}
	numbers := normals()
	copy(x, numbers[y.streams*4099%(len(numbers)-n):])
	return x
}

// normals returns many of them: making them anew for each operand takes longer than the kernels.
var normals = sync.OnceValue(func() []float32 { return random[float32]("yard", 1<<19) })

// out returns room for n results, anything at first, that are compared in the end.
func (y *yard) out(n int) []float32 {
	x := y.in(n)
	y.floats = append(y.floats, x)
	return x
}

// index returns n integers in [0, most), -1 where there is none.
func (y *yard) index(n, most int) []int64 {
	x := make([]int64, n)
	if y.place != open {
		x = guarded[int64](y.t, n, y.place == before)
	}
	for i := range x {
		if x[i] = -1; most > 0 {
			x[i] = int64(i * 7919 % most)
		}
	}
	return x
}

// outIndex is out for integers.
func (y *yard) outIndex(n int) []int64 {
	x := y.index(n, n)
	y.indices = append(y.indices, x)
	return x
}

// run runs kernels; a fault fails the test and says what was done.
func (y *yard) run(kernels func(y *yard)) {
	y.t.Helper()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			y.t.Fatalf("%s: %v\n%s", y.doing, v, debug.Stack())
		}
	}()
	kernels(y)
}

// TestNothingIsTouchedBeyondOperands: every operand, result and scratch of every kernel ends where memory does, and
// begins where it does, in every form; and where they lie changes no bit of a result.
func TestNothingIsTouchedBeyondOperands(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // a fault becomes a panic in this goroutine alone
	eachForm(t, func(t *testing.T) {
		for _, c := range []struct {
			name    string
			kernels func(y *yard)
		}{
			{"products", guardProducts},
			{"batches of products", guardBatches},
			{"convolutions", guardConvolutions},
			{"poolings", guardPoolings},
			{"normalisations", guardNorms},
			{"softmax and losses", guardLosses},
			{"attention", guardAttention},
			{"recurrent layers", guardRecurrent},
			{"updates", guardUpdates},
			{"reductions", guardReductions},
			{"gathers and copies", guardGathers},
			{"elementwise", guardElementwise},
			{"random numbers", guardRandom},
		} {
			t.Run(c.name, func(t *testing.T) {
				var yards [3]yard
				for p := range yards {
					y := &yards[p]
					y.t, y.place = t, place(p)
					y.run(c.kernels)
				}
				for _, y := range yards[1:] {
					for k, want := range yards[open].floats {
						if i := differs(y.floats[k], want); i >= 0 {
							t.Fatalf("place %d: element %d of result %d is %v, want %v", y.place, i, k,
								y.floats[k][i], want[i])
						}
					}
					for k, want := range yards[open].indices {
						if !slices.Equal(y.indices[k], want) {
							t.Fatalf("place %d: the indices of result %d are %v, want %v", y.place, k,
								y.indices[k], want)
						}
					}
				}
			})
		}
	})
}

// differs returns the first place where two vectors have other bits, or -1.
func differs(got, want []float32) int {
	for i := range want {
		if !sameFloat(got[i], want[i]) {
			return i
		}
	}
	return -1
}

// matrix is the number of elements from the first to the last of a matrix, whose rows are ld apart.
func matrix(rows, cols, ld int) int {
	if rows == 0 || cols == 0 {
		return 0
	}
	return (rows-1)*ld + cols
}

func guardProducts(y *yard) {
	sizes := [][3]int{{1, 1, 1}, {1, 17, 9}, {17, 1, 9}, {7, 5, 0}, {3, 130, 300}, {130, 3, 40}, {25, 40, 256},
		{6, 16, 8}, {12, 32, 16},
		{13, 37, 700}, {65, 193, 65}, {16, 33, 1024}, {250, 270, 131}, {131, 533, 257}}
	r := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		sizes = append(sizes, [3]int{1 + r.IntN(70), 1 + r.IntN(70), 1 + r.IntN(70)})
	}
	for _, s := range sizes {
		m, n, k := s[0], s[1], s[2]
		if testing.Short() && m*n*k > 500_000 {
			continue
		}
		for mode := range 4 {
			transA, transB := mode&1 != 0, mode&2 != 0
			for pad, scale := range [][2]float32{{1, 0}, {1, 1}, {.5, -2}, {0, .5}} {
				if m*n*k > 100_000 && pad == 3 {
					continue
				}
				rowsA, colsA, rowsB, colsB := m, k, k, n
				if transA {
					rowsA, colsA = k, m
				}
				if transB {
					rowsB, colsB = n, k
				}
				lda, ldb, ldc := max(1, colsA+pad), max(1, colsB+pad), n+pad
				y.doing = fmt.Sprintf("%d×%d×%d, transposed %t %t, alpha beta %v, rows %d longer", m, n, k, transA,
					transB, scale, pad)
				p := productOf(m, n, k, operand(y.in(matrix(rowsA, colsA, lda)), lda, transA),
					operand(y.in(matrix(rowsB, colsB, ldb)), ldb, transB), Rows(y.out(matrix(m, n, ldc)), ldc))
				p.Alpha, p.Beta = scale[0], scale[1]
				Multiply(p)
			}
		}
	}
}

func guardBatches(y *yard) {
	for _, s := range [][4]int{{50, 5, 7, 6}, {3, 70, 200, 65}, {9, 17, 33, 4}, {2, 1, 130, 70}} {
		batch, m, n, k := s[0], s[1], s[2], s[3]
		for mode := range 4 {
			transA, transB, lda, ldb := mode&1 != 0, mode&2 != 0, k, n
			if transA {
				lda = m
			}
			if transB {
				ldb = k
			}
			y.doing = fmt.Sprintf("%d products, %d×%d×%d, transposed %t %t", batch, m, n, k, transA, transB)
			for _, one := range [][2]bool{{false, false}, {false, true}, {true, false}} {
				// one matrix for all products
				a, b := operand(y.in(m*k), lda, transA), operand(y.in(k*n), ldb, transB)
				if !one[0] {
					a = operand(y.in(batch*m*k), lda, transA).Every(m * k)
				}
				if !one[1] {
					b = operand(y.in(batch*k*n), ldb, transB).Every(k * n)
				}
				p := productOf(m, n, k, a, b, Rows(y.out(batch*m*n), n).Every(m*n))
				if p.Batch = batch; one[1] {
					p.Alpha, p.Beta = .5, 1
				}
				Multiply(p)
			}
		}
	}
}

func guardConvolutions(y *yard) {
	var convs []Conv
	for _, c := range convCases {
		convs = append(convs, c.conv.sized())
	}
	for _, c := range append(append(lenet5[:], resnet[:]...), vgg) {
		c.N = min(c.N, 16)
		convs = append(convs, c)
	}
	r := rand.New(rand.NewPCG(5, 6))
	up := func(n int) int { return 1 + r.IntN(n) }
	for range 150 {
		g := []int{1, 1, 1, 2, 3}[r.IntN(5)]
		c := Conv{N: up(3), C: g * up(5), H: up(20), W: up(34), K: g * up(14), KH: up(4), KW: up(4), Groups: g,
			StrideH: up(3), StrideW: up(3), DilH: up(2), DilW: up(2), PadT: r.IntN(4), PadB: r.IntN(4),
			PadL: r.IntN(4), PadR: r.IntN(4)}
		switch r.IntN(4) {
		case 0: // images side by side
			c.N, c.StrideH, c.StrideW = 16, 1, 1
		case 1: // rows long enough to be read in place
			c.W += 32
			c.StrideH, c.StrideW, c.PadT, c.PadB, c.PadL, c.PadR = 1, 1, 0, 0, 0, 0
		}
		if (c.KH-1)*c.DilH < c.H+c.PadT+c.PadB && (c.KW-1)*c.DilW < c.W+c.PadL+c.PadR {
			convs = append(convs, c.sized())
		}
	}
	for _, c := range convs {
		in, _, taps, windows := c.group()
		work := c.N * c.K * windows * in * taps
		if testing.Short() && work > 1_000_000 || active == plain && work > 5_000_000 {
			continue
		}
		y.doing = fmt.Sprintf("%+v", c)
		nx, nw, ny := c.N*c.C*c.H*c.W, c.K*in*taps, c.N*c.K*windows
		ConvForward(c, y.out(ny), y.in(nx), y.in(nw), nil, y.in(c.ForwardScratch()))
		ConvForward(c, y.out(ny), y.in(nx), y.in(nw), y.in(c.K), y.in(c.ForwardScratch()))
		ConvBackwardData(c, y.out(nx), y.in(ny), y.in(nw), y.in(c.BackwardDataScratch()))
		ConvBackwardWeights(c, y.out(nw), y.in(nx), y.in(ny), y.in(c.BackwardWeightsScratch()))
		ChannelFill(c.N, c.K, windows, y.out(ny), y.in(c.K))
		ChannelAdd(c.N, c.K, windows, y.out(ny), y.in(c.K))
	}
	const k, size = 7, 45
	FoldNorm(y.out(k*size), y.out(k), y.in(k*size), y.in(k), y.in(k), squares(y.in(k)),
		Norm[float32]{W: y.in(k), B: y.in(k), Eps: 1e-5})
}

// squares squares x, which becomes something that may be a variance.
func squares(x []float32) []float32 {
	for i, v := range x {
		x[i] = v * v
	}
	return x
}

func guardPoolings(y *yard) {
	for _, c := range poolCases {
		y.doing = c.name
		p := c.pool
		p.Planes = min(p.Planes, 70)
		in, out := p.H*p.W, p.OH*p.OW
		nx, ny := p.Planes*in, p.Planes*out
		index := y.outIndex(ny)
		MaxPool(p, y.out(ny), index, y.in(nx))
		MaxPool(p, nil, y.outIndex(ny), y.in(nx))
		MaxPool(p, y.out(ny), nil, y.in(nx))
		ScatterPlanes(p.Planes, in, out, y.out(nx), y.in(ny), index)
		GatherPlanes(p.Planes, in, out, y.out(ny), y.in(nx), index)
		for _, p.ExcludePad = range []bool{false, true} {
			AvgPool(p, y.out(ny), y.in(nx))
			AvgPoolBackward(p, y.out(nx), y.in(ny))
		}
		for _, a := range []Adaptive{{p.Planes, p.H, p.W, 1, 1}, {p.Planes, p.H, p.W, 3, 2}} {
			nx, ny := a.Planes*a.H*a.W, a.Planes*a.OH*a.OW
			AdaptiveMaxPool(a, y.out(ny), y.outIndex(ny), y.in(nx))
			AdaptiveAvgPool(a, y.out(ny), y.in(nx))
			AdaptiveAvgPoolBackward(a, y.out(nx), y.in(ny))
		}
	}
}

func guardNorms(y *yard) {
	for _, s := range [][3]int{{1, 1, 1}, {3, 4, 1}, {2, 6, 9}, {5, 12, 49}, {7, 30, 1}, {300, 2, 3}, {33, 150, 1},
		{4, 8, 1000}, {9, 513, 1}} {
		n, c, area := s[0], s[1], s[2]
		y.doing = fmt.Sprintf("%d×%d×%d", n, c, area)
		size := n * c * area
		exact := make([]float64, 2*c)
		BatchStats(y.out(c), y.out(c), exact, y.in(size), Norm[float32]{N: n, C: c, S: area, Eps: 1e-5})
		BatchNormExact(y.out(size), y.in(size), exact, Norm[float32]{N: n, C: c, S: area, W: y.in(c), B: y.in(c)})
		mean, variance := y.in(c), squares(y.in(c))
		BatchNorm(y.out(size), y.in(size), mean, variance, Norm[float32]{N: n, C: c, S: area, W: y.in(c),
			B: y.in(c), Eps: 1e-5})
		BatchNorm(y.out(size), y.in(size), mean, variance, Norm[float32]{N: n, C: c, S: area, Eps: 1e-5})
		BatchNormGrad(y.out(size), y.out(c), y.out(c), y.in(size), y.in(size), mean, variance,
			Norm[float32]{N: n, C: c, S: area, W: y.in(c), Eps: 1e-5})
		BatchNormGrad(y.out(size), nil, nil, y.in(size), y.in(size), mean, variance,
			Norm[float32]{N: n, C: c, S: area, Eps: 1e-5})
		for _, groups := range []int{1, 2, c} {
			if c%groups != 0 {
				continue
			}
			rows := n * groups
			GroupNorm(y.out(size), y.out(rows), y.out(rows), y.in(size),
				Norm[float32]{N: n, C: c, S: area, Groups: groups, W: y.in(c), B: y.in(c), Eps: 1e-5})
			GroupNorm(y.out(size), nil, nil, y.in(size), Norm[float32]{N: n, C: c, S: area, Groups: groups, Eps: 1e-5})
			GroupNormGrad(y.out(size), y.out(c), y.out(c), y.in(size), y.in(size), y.in(rows), squares(y.in(rows)),
				Norm[float32]{N: n, C: c, S: area, Groups: groups, W: y.in(c), Eps: 1e-5})
			GroupNormGrad(y.out(size), nil, nil, y.in(size), y.in(size), y.in(rows), squares(y.in(rows)),
				Norm[float32]{N: n, C: c, S: area, Groups: groups, Eps: 1e-5})
		}
	}
}

func guardLosses(y *yard) {
	for _, s := range [][3]int{{1, 1, 1}, {5, 7, 1}, {3, 8, 1}, {4, 65, 1}, {2, 257, 1}, {3, 10, 7}, {2, 33, 70},
		{70, 1000, 1}} {
		outer, n, inner := s[0], s[1], s[2]
		y.doing = fmt.Sprintf("%d×%d×%d", outer, n, inner)
		size, rows := outer*n*inner, outer*inner
		Softmax(y.out(size), y.in(size), outer, n, inner)
		LogSoftmax(y.out(size), y.in(size), outer, n, inner)
		SoftmaxGrad(y.out(size), y.in(size), y.in(size), outer, n, inner)
		LogSoftmaxGrad(y.out(size), y.in(size), y.in(size), outer, n, inner)
		c := Classes[float32]{X: y.in(size), Target: y.index(rows, n), N: n, Inner: inner, Ignore: [2]int64{-1, -1}}
		lse := y.out(rows)
		for _, c.Smoothing = range []float64{0, .1} {
			c.Loss(nil)
			c.Loss(lse)
			c.Grad(y.out(size), lse, .5)
			c.Weights = squares(y.in(n))
		}
		x, target := y.in(size), y.in(size)
		for i := range x {
			x[i], target[i] = 1/(1+x[i]*x[i]), 1/(1+target[i]*target[i])
		}
		OutsideUnit(x)
		for f := SquaredLoss; f <= Magnitude; f++ {
			Loss(f, y.out(size), x, target, .5)
			LossSum(f, x, target, .5)
			for _, ofTarget := range []bool{false, true} {
				LossGrad(f, ofTarget, y.out(size), x, target, y.in(size), .5, 2)
				LossGrad(f, ofTarget, y.out(size), x, target, y.in(1), .5, 2)
			}
		}
	}
}

func guardAttention(y *yard) {
	sizes := attentionSizes()
	for _, name := range slices.Sorted(maps.Keys(sizes)) {
		y.doing = name
		p := sizes[name]
		p.Scale = 1 / math.Sqrt(float64(p.HS))
		if p.Lengths != nil {
			p.Lengths = append(y.index(len(p.Lengths), 1)[:0], p.Lengths...)
		}
		side := func(x func(n int) []float32, rows int) Heads[float32] {
			return Heads[float32]{x(p.N * p.NH * rows * p.HS), p.NH * rows * p.HS, rows * p.HS, p.HS}
		}
		d := p.NH * p.HS
		packed := func(x []float32, parts, i int) Heads[float32] {
			return Heads[float32]{x[i*d:], p.T * parts * d, p.HS, parts * d}
		}
		for _, p.Causal = range []bool{false, true} {
			q, k, v, dy := side(y.in, p.T), side(y.in, p.S), side(y.in, p.S), side(y.in, p.T)
			z, lse := side(y.out, p.T), y.out(p.N*p.NH*p.T)
			Attention(z, nil, q, k, v, Heads[float32]{y.in(p.T * p.S), 0, 0, p.S}, p)
			Attention(z, lse, q, k, v, Heads[float32]{}, p)
			AttentionGrad(side(y.out, p.T), side(y.out, p.S), side(y.out, p.S), dy,
				Attended[float32]{Q: q, K: k, V: v, Y: z, LSE: lse}, p)
			if p.T != p.S {
				continue
			}
			x, dx := y.in(p.N*p.T*3*d), y.out(p.N*p.T*3*d)
			q, k, v, dy = packed(x, 3, 0), packed(x, 3, 1), packed(x, 3, 2), packed(y.in(p.N*p.T*d), 1, 0)
			z = packed(y.out(p.N*p.T*d), 1, 0)
			Attention(z, lse, q, k, v, Heads[float32]{}, p)
			AttentionGrad(packed(dx, 3, 0), packed(dx, 3, 1), packed(dx, 3, 2), dy,
				Attended[float32]{Q: q, K: k, V: v, Y: z, LSE: lse}, p)
		}
	}
}

func guardRecurrent(y *yard) {
	for _, s := range [][4]int{{1, 1, 1, 1}, {5, 4, 3, 7}, {29, 6, 5, 19}, {13, 3, 33, 40}} {
		for _, cell := range []Cell{TanhCell, ReLUCell, LSTMCell, GRUCell} {
			n, steps, in, h := s[0], s[1], s[2], s[3]
			wide := cell.Gates() * h
			y.doing = fmt.Sprintf("cell %d of %d, %d sequences of %d steps of %d", cell, h, n, steps, in)
			lengths := y.index(n, steps)
			for i := range lengths {
				lengths[i] = int64(steps - i*7%(steps+1))
			}
			r := Recurrence[float32]{Cell: cell, N: n, Steps: steps, In: in, H: h, Lengths: lengths,
				X:   y.in(n * steps * in),
				WIH: y.in(wide * in), WHH: y.in(wide * h), BIH: y.in(wide), BHH: y.in(wide), H0: y.in(n * h),
				C0: y.in(n * h),
				Y:  y.out(n * steps * h), HN: y.out(n * h), CN: y.out(n * h), Gates: y.out(n * steps * wide),
				Kept:       y.out(n * steps * h),
				Transposed: y.in(h * wide), Step: y.in(n * wide), Bias: y.in(wide)}
			RecurrentForward(r)
			d := RecurrenceGrad[float32]{Recurrence: r, DY: y.in(n * steps * h), DHN: y.in(n * h), DCN: y.in(n * h),
				DX: y.out(n * steps * in), DWIH: y.out(wide * in), DWHH: y.out(wide * h), DBIH: y.out(wide),
				DBHH: y.out(wide),
				DH0:  y.out(n * h), DC0: y.out(n * h), DZ: y.in(n * steps * wide), DZH: y.in(n * steps * wide),
				Before: y.in(n * steps * h), Row: y.in(n * h)}
			RecurrentBackward(d)
		}
	}
}

func guardUpdates(y *yard) {
	for _, n := range []int{1, 2, 7, 8, 9, 15, 31, 63, 100, 1001, 70_001} {
		y.doing = fmt.Sprintf("%d parameters", n)
		for _, flag := range []bool{false, true} {
			Momentum(Updated[float32]{New: y.out(n), P: y.in(n), G: y.in(n)},
				Moment[float32]{New: y.out(n), Old: y.in(n)}, .1, .9, .01, flag)
			AdaGrad(Updated[float32]{New: y.out(n), P: y.in(n), G: y.in(n)},
				Moment[float32]{New: y.out(n), Old: squares(y.in(n))}, .1, 1e-3, .01, flag)
			RMSProp(Updated[float32]{New: y.out(n), P: y.in(n), G: y.in(n)},
				Moment[float32]{New: y.out(n), Old: squares(y.in(n))}, Moment[float32]{New: y.out(n), Old: y.in(n)},
				Moment[float32]{New: y.out(n), Old: y.in(n)}, RMSPropRule[float32]{LR: .1, Rho: .9, Eps: 1e-3, Mu: .9,
					Decay: .01, Inside: flag})
			RMSProp(Updated[float32]{New: y.out(n), P: y.in(n), G: y.in(n)}, Moment[float32]{New: y.out(n),
				Old: squares(y.in(n))}, Moment[float32]{}, Moment[float32]{},
				RMSPropRule[float32]{LR: .1, Rho: .9, Eps: 1e-3, Decay: .01, Inside: flag})
			Adam(Updated[float32]{New: y.out(n), P: y.in(n), G: y.in(n)}, Moment[float32]{New: y.out(n), Old: y.in(n)},
				Moment[float32]{New: y.out(n), Old: squares(y.in(n))}, AdamRule{Step: 3, LR: .1, Beta1: .9, Beta2: .99,
					Eps: 1e-3, Decay: .01, Decoupled: flag, EpsHat: !flag})
		}
		SGD(Updated[float32]{New: y.out(n), P: y.in(n), G: y.in(n)}, .1, .01)
		ScaleTo(y.out(n), y.in(n), .5)
		SumSquares(y.in(n))
	}
}

func guardReductions(y *yard) {
	for _, shape := range [][]int{{1}, {7}, {5, 6}, {4, 1, 3}, {3, 4, 5, 2}, {9, 131}, {131, 9}, {3, 200, 150},
		{40_001, 2}, {2, 40_001}} {
		for axes := range uint(1) << len(shape) {
			y.doing = fmt.Sprintf("%v over %b", shape, axes)
			results := 1
			for k, n := range shape {
				if axes>>k&1 == 0 {
					results *= n
				}
			}
			for f := Sum; f <= Min; f++ {
				Reduce(f, y.out(results), y.in(size(shape)), shape, axes)
				if f >= Max {
					ArgReduce(f, y.outIndex(results), y.in(size(shape)), shape, axes)
					FirstMask(f, y.out(size(shape)), y.in(size(shape)), shape, axes)
				}
			}
		}
	}
}

func guardGathers(y *yard) {
	for _, s := range [][4]int{{1, 1, 1, 1}, {1, 65, 128, 50}, {3, 7, 5, 9}, {2, 40, 67, 130}, {5, 6, 1, 4}} {
		outer, n, inner, count := s[0], s[1], s[2], s[3]
		y.doing = fmt.Sprintf("%d indices of %d×%d×%d", count, outer, n, inner)
		Gather(y.out(outer*count*inner), y.in(outer*n*inner), y.index(count, n), outer, n, inner)
		ScatterAdd(y.out(outer*n*inner), y.in(outer*count*inner), y.index(count, n), outer, n, inner)
		GatherAlong(y.out(outer*count*inner), y.in(outer*n*inner), y.index(outer*count*inner, n), outer, n, inner)
		ScatterAlong(y.out(outer*n*inner), y.in(outer*count*inner), y.index(outer*count*inner, n), outer, n, inner)
		OneHot(y.out(count*n), y.index(count, n), n)
		// (outer, n, inner) to (outer, inner, n), and a part of each row.
		Copy(y.out(outer*n*inner), 0, []int{n * inner, n, 1}, y.in(outer*n*inner), 0, []int{n * inner, 1, inner},
			[]int{outer, inner, n})
		part := (inner + 1) / 2
		Copy(y.out(outer*n*part), 0, []int{part, 1}, y.in(outer*n*inner), inner-part, []int{inner, 1},
			[]int{outer * n, part})
		Copy(y.out(outer*n*inner), inner-part, []int{inner, 1}, y.in(outer*n*part), 0, []int{part, 1},
			[]int{outer * n, part})
	}
}

func guardElementwise(y *yard) {
	chain := NewChain(3, Step{Arity: 1, Unary: Exp, Args: [3]uint8{0}},
		Step{Arity: 2, Binary: Add, Args: [3]uint8{3, 1}},
		Step{Arity: 2, Binary: Mul, Args: [3]uint8{4, 2}}, Step{Arity: 3, Args: [3]uint8{0, 4, 5}})
	for _, s := range [][2]int{{1, 1}, {3, 5}, {9, 33}, {17, 1025}, {70, 1000}} {
		rows, cols := s[0], s[1]
		n, shape := rows*cols, []int{rows, cols}
		y.doing = fmt.Sprintf("%d×%d", rows, cols)
		for f := range binaryNames {
			Binary(BinaryFunc(f), y.out(n), y.in(n), y.in(n), .25, .75)
		}
		for f := range unaryNames {
			Unary(UnaryFunc(f), y.out(n), y.in(n), .25, .75)
		}
		for _, small := range [][]int{{cols}, {rows, 1}, {}} {
			BroadcastBinary(Add, y.out(n), shape, y.in(n), shape, y.in(size(small)), small)
			BroadcastBinary(Div, y.out(n), shape, y.in(size(small)), small, y.in(n), shape)
			Where(y.out(n), shape, y.in(size(small)), small, y.in(n), shape, y.in(size(small)), small)
		}
		RunChain(&chain, y.out(n), &[MaxInputs]Input[float32]{{y.in(n), 1}, {y.in(cols), 1}, {y.in(rows), cols}})
	}
}

func guardRandom(y *yard) {
	k := rng.Key(1, 2)
	for _, n := range []int{1, 3, 8, 15, 16, 17, 63, 127, 129, 1000, 70_003} {
		y.doing = fmt.Sprintf("%d numbers", n)
		for _, run := range []int{1, 3, 16} {
			Dropout(y.out(n), y.in(n), run, k, .3)
		}
		RandomUniform(y.out(n), k)
		RandomNormal(y.out(n), k)
	}
}
