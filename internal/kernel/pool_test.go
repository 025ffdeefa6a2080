package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// sized returns p with its zero fields filled; ceil rounds the number of windows up.
func (p Pool) sized(ceil bool) Pool {
	for _, f := range []*int{&p.StrideH, &p.StrideW, &p.DilH, &p.DilW, &p.Planes} {
		*f = max(*f, 1)
	}
	size := func(n, before, after, k, stride, dilation int) int {
		room := n + before + after - dilation*(k-1) - 1
		if ceil {
			room += stride - 1
		}
		return room/stride + 1
	}
	p.OH = size(p.H, p.PadT, p.PadB, p.KH, p.StrideH, p.DilH)
	p.OW = size(p.W, p.PadL, p.PadR, p.KW, p.StrideW, p.DilW)
	return p
}

var poolCases = []struct {
	name string
	pool Pool
}{
	{"2 stride 2", Pool{Planes: 3, H: 6, W: 8, KH: 2, KW: 2, StrideH: 2, StrideW: 2}.sized(false)},
	{"2 stride 2, odd size", Pool{Planes: 3, H: 7, W: 5, KH: 2, KW: 2, StrideH: 2, StrideW: 2}.sized(false)},
	{"3 stride 2 pad 1", Pool{Planes: 3, H: 7, W: 8, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadT: 1, PadB: 1, PadL: 1,
		PadR: 1}.sized(false)},
	{"overlapping", Pool{Planes: 2, H: 5, W: 5, KH: 3, KW: 2}.sized(false)},
	{"ceil mode", Pool{Planes: 2, H: 6, W: 7, KH: 3, KW: 2, StrideH: 2, StrideW: 2}.sized(true)},
	{"ceil mode with padding", Pool{Planes: 2, H: 5, W: 6, KH: 3, KW: 3, StrideH: 3, StrideW: 2, PadT: 1, PadB: 1,
		PadL: 1, PadR: 1}.sized(true)},
	{"asymmetric padding", Pool{Planes: 2, H: 5, W: 6, KH: 3, KW: 4, PadT: 1, PadL: 0, PadB: 0, PadR: 2}.sized(false)},
	{"dilation", Pool{Planes: 2, H: 9, W: 9, KH: 3, KW: 2, DilH: 2, DilW: 3, PadT: 1, PadB: 1}.sized(false)},
	{"a window that holds only padding", Pool{H: 3, W: 3, KH: 2, KW: 2, DilH: 4, DilW: 4, PadT: 1, PadB: 1, PadL: 1,
		PadR: 1}.sized(false)},
	{"many planes", Pool{Planes: 3000, H: 4, W: 4, KH: 2, KW: 2, StrideH: 2, StrideW: 2}.sized(false)},
	{"wide, 2 stride 2", Pool{Planes: 3, H: 24, W: 26, KH: 2, KW: 2, StrideH: 2, StrideW: 2}.sized(false)},
	{"wide, 3 stride 2 pad 1", Pool{Planes: 3, H: 21, W: 40, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadT: 1, PadB: 1,
		PadL: 1, PadR: 1}.sized(false)},
	{"wide, 3 stride 1 pad 1", Pool{Planes: 3, H: 9, W: 19, KH: 3, KW: 3, PadT: 1, PadB: 1, PadL: 1,
		PadR: 1}.sized(false)},
	{"wide, ceil mode", Pool{Planes: 3, H: 18, W: 35, KH: 3, KW: 2, StrideH: 3, StrideW: 2}.sized(true)},
	{"wide, uneven padding", Pool{Planes: 2, H: 18, W: 33, KH: 2, KW: 5, StrideH: 1, StrideW: 2, PadL: 3,
		PadR: 1}.sized(false)},
	{"no plane", Pool{H: 4, W: 4, KH: 2, KW: 2, OH: 3, OW: 3, StrideH: 1, StrideW: 1, DilH: 1, DilW: 1}},
}

// window returns the places in the plane of the elements of window (i, j), and how many it has in the padded plane.
func (p *Pool) window(i, j int) (places []int, padded int) {
	for u := range p.KH {
		for v := range p.KW {
			h, w := i*p.StrideH-p.PadT+u*p.DilH, j*p.StrideW-p.PadL+v*p.DilW
			if h < p.H+p.PadB && w < p.W+p.PadR {
				padded++
			}
			if h >= 0 && h < p.H && w >= 0 && w < p.W {
				places = append(places, h*p.W+w)
			}
		}
	}
	return places, padded
}

func testPool[T scalar.Float](t *testing.T) {
	for _, tc := range poolCases {
		t.Run(tc.name, func(t *testing.T) {
			p := tc.pool
			in, out := p.H*p.W, p.OH*p.OW
			x, dy := proof.Random[T]("x", p.Planes*in), proof.Random[T]("dy", p.Planes*out)
			y, index := proof.Random[T]("dirt", len(dy)), make([]int64, len(dy))
			MaxPool(p, y, index, x)
			dxMax := proof.Random[T]("dirt", len(x))
			ScatterPlanes(p.Planes, in, out, dxMax, dy, index)
			gathered := proof.Random[T]("dirt", len(dy))
			GatherPlanes(p.Planes, in, out, gathered, x, index)

			wantMax, wantGathered, wantDxMax := make([]T, len(y)), make([]T, len(y)), make([]T, len(x))
			for o := range y {
				places, _ := p.window(o%out/p.OW, o%p.OW)
				plane := o / out * in
				wantMax[o] = T(math.Inf(-1))
				for _, at := range places {
					wantMax[o] = max(wantMax[o], x[plane+at])
				}
				if at := slices.Index(x[plane:plane+in], wantMax[o]); int64(at) != index[o] {
					t.Fatalf("output %d has index %d, want %d", o, index[o], at)
				}
				if len(places) > 0 {
					wantGathered[o] = y[o]
					wantDxMax[plane+int(index[o])] += dy[o]
				}
			}
			proof.CheckClose(t, y, wantMax, 0)
			proof.CheckClose(t, gathered, wantGathered, 0)
			proof.CheckClose(t, dxMax, wantDxMax, 9)

			for _, p.ExcludePad = range []bool{false, true} {
				AvgPool(p, y, x)
				dx := proof.Random[T]("dirt", len(x))
				AvgPoolBackward(p, dx, dy)
				wantY, wantDx := make([]T, len(y)), make([]T, len(x))
				for o := range y {
					places, n := p.window(o%out/p.OW, o%p.OW)
					if p.ExcludePad {
						n = len(places)
					}
					for _, at := range places {
						wantY[o] += x[o/out*in+at] / T(n)
						wantDx[o/out*in+at] += dy[o] / T(n)
					}
				}
				proof.CheckClose(t, y, wantY, 9)
				proof.CheckClose(t, dx, wantDx, 9)
			}
		})
	}
}

func TestPool(t *testing.T) {
	t.Run("float32", testPool[float32])
	t.Run("float64", testPool[float64])
}

func TestMaxPoolOrder(t *testing.T) {
	nan := math.NaN()
	for _, tc := range []struct {
		name  string
		x     []float64
		want  float64
		index int64
	}{
		{"the first of equal elements", []float64{1, 7, 7, 7}, 7, 1},
		{"a NaN wins", []float64{1, 9, nan, 3}, nan, 2},
		{"the first NaN wins", []float64{nan, 9, nan, 3}, nan, 0},
		{"all minus infinity", []float64{math.Inf(-1), math.Inf(-1), math.Inf(-1), math.Inf(-1)}, math.Inf(-1), 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			y, index := make([]float64, 1), make([]int64, 1)
			MaxPool(Pool{H: 2, W: 2, KH: 2, KW: 2}.sized(false), y, index, tc.x)
			proof.CheckClose(t, y, []float64{tc.want}, 0)
			if index[0] != tc.index {
				t.Errorf("index is %d, want %d", index[0], tc.index)
			}
			alone, aloneIndex := make([]float64, 1), make([]int64, 1)
			MaxPool(Pool{H: 2, W: 2, KH: 2, KW: 2}.sized(false), alone, nil, tc.x)
			MaxPool(Pool{H: 2, W: 2, KH: 2, KW: 2}.sized(false), nil, aloneIndex, tc.x)
			proof.CheckClose(t, alone, y, 0)
			if aloneIndex[0] != tc.index {
				t.Errorf("index without values is %d, want %d", aloneIndex[0], tc.index)
			}
		})
	}
}

// AvgPool of X = 1 … 16 as 4×4, window 3, stride 1, pad 1: the first row, by hand and as PyTorch.
func TestAvgPoolByHand(t *testing.T) {
	x := make([]float64, 16)
	for i := range x {
		x[i] = float64(i + 1)
	}
	for _, tc := range []struct {
		name    string
		exclude bool
		row0    []float64
	}{
		{"padding counts", false, []float64{14. / 9, 24. / 9, 30. / 9, 22. / 9}},
		{"padding does not count", true, []float64{3.5, 4, 5, 5.5}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := Pool{H: 4, W: 4, KH: 3, KW: 3, PadT: 1, PadB: 1, PadL: 1, PadR: 1,
				ExcludePad: tc.exclude}.sized(false)
			y := make([]float64, 16)
			AvgPool(p, y, x)
			proof.CheckClose(t, y[:4], tc.row0, 9)
		})
	}
}

func TestBin(t *testing.T) {
	for _, tc := range []struct {
		name       string
		size, bins int
		want       [][2]int
	}{
		{"7 into 3", 7, 3, [][2]int{{0, 3}, {2, 5}, {4, 7}}},
		{"5 into 2", 5, 2, [][2]int{{0, 3}, {2, 5}}},
		{"10 into 4", 10, 4, [][2]int{{0, 3}, {2, 5}, {5, 8}, {7, 10}}},
		{"2 into 4", 2, 4, [][2]int{{0, 1}, {0, 1}, {1, 2}, {1, 2}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for i, want := range tc.want {
				if lo, hi := Bin(i, tc.size, tc.bins); lo != want[0] || hi != want[1] {
					t.Errorf("bin %d is [%d, %d), want %v", i, lo, hi, want)
				}
			}
		})
	}
}

func testAdaptivePool[T scalar.Float](t *testing.T) {
	for _, a := range []Adaptive{{3, 7, 5, 3, 2}, {3, 10, 10, 4, 1}, {2, 2, 3, 4, 5}, {2, 6, 6, 6, 6},
		{500, 8, 8, 1, 1}} {
		in, out := a.H*a.W, a.OH*a.OW
		x, dy := proof.Random[T]("x", a.Planes*in), proof.Random[T]("dy", a.Planes*out)
		y, index, dx, most := proof.Random[T]("dirt", len(dy)), make([]int64, len(dy)),
			proof.Random[T]("dirt", len(x)),
			make([]T, len(dy))
		AdaptiveAvgPool(a, y, x)
		AdaptiveAvgPoolBackward(a, dx, dy)
		AdaptiveMaxPool(a, most, index, x)
		wantY, wantDx, wantMost := make([]T, len(y)), make([]T, len(x)), make([]T, len(y))
		for o := range y {
			top, bottom := Bin(o%out/a.OW, a.H, a.OH)
			left, right := Bin(o%a.OW, a.W, a.OW)
			wantMost[o] = T(math.Inf(-1))
			for h := top; h < bottom; h++ {
				for w := left; w < right; w++ {
					at, n := o/out*in+h*a.W+w, T((bottom-top)*(right-left))
					wantY[o] += x[at] / n
					wantDx[at] += dy[o] / n
					wantMost[o] = max(wantMost[o], x[at])
				}
			}
			if x[o/out*in+int(index[o])] != most[o] {
				t.Fatalf("output %d: index %d does not hold its value", o, index[o])
			}
		}
		proof.CheckClose(t, y, wantY, 64)
		proof.CheckClose(t, dx, wantDx, 9)
		proof.CheckClose(t, most, wantMost, 0)
	}
}

// Every form gives the bits of the plain one, with special values, and reads nothing beyond the planes.
func TestPoolForms(t *testing.T) {
	for _, tc := range poolCases {
		t.Run(tc.name, func(t *testing.T) {
			p := tc.pool
			n := p.Planes * p.OH * p.OW
			x := proof.Guarded[float32](t, p.Planes*p.H*p.W, false)
			copy(x, proof.Random[float32]("x", len(x)))
			for range 3 { // with more and more special values
				var y, mean [2][]float32
				var index [2][]int64
				best := form.Active()
				for k := range y {
					form.Use(form.Plain)
					if k == 1 {
						form.Use(best)
					}
					y[k], mean[k], index[k] = proof.Guarded[float32](t, n, false), proof.Guarded[float32](t, n, false),
						make([]int64, n)
					MaxPool(p, nil, index[k], x)
					MaxPool(p, y[k], nil, x)
					AvgPool(p, mean[k], x)
				}
				for i := range n {
					if !proof.SameFloat(y[1][i], y[0][i]) || index[1][i] != index[0][i] ||
						!proof.SameFloat(mean[1][i], mean[0][i]) {
						t.Fatalf("output %d: largest %v at %d, mean %v; want %v at %d, %v", i, y[1][i], index[1][i],
							mean[1][i], y[0][i], index[0][i], mean[0][i])
					}
				}
				for i, v := range proof.Random[float64]("special", len(x)) {
					if v > .5 {
						x[i] = proof.Special[i*7%len(proof.Special)]
					}
				}
				for i := range x {
					if i%5 == 0 {
						x[i] = x[(i*31)%len(x)] // equal ones
					}
				}
			}
		})
	}
}

func TestAdaptivePool(t *testing.T) {
	t.Run("float32", testAdaptivePool[float32])
	t.Run("float64", testAdaptivePool[float64])
}

func TestPoolNoAllocation(t *testing.T) {
	p := Pool{Planes: 200, H: 28, W: 28, KH: 2, KW: 2, StrideH: 2, StrideW: 2}.sized(false)
	in, out := p.H*p.W, p.OH*p.OW
	x, y, index := proof.Random[float32]("x", p.Planes*in), make([]float32, p.Planes*out), make([]int64, p.Planes*out)
	proof.CheckNoAllocation(t, func() {
		MaxPool(p, y, index, x)
		ScatterPlanes(p.Planes, in, out, x, y, index)
		AvgPool(p, y, x)
		AvgPoolBackward(p, x, y)
	})
}

func BenchmarkPool(b *testing.B) {
	windows := func(planes, side, k, stride, pad int) Pool {
		return Pool{Planes: planes, H: side, W: side, KH: k, KW: k, StrideH: stride, StrideW: stride, PadT: pad,
			PadB: pad, PadL: pad, PadR: pad}.sized(false)
	}
	for _, g := range []struct {
		name string
		Pool
	}{
		{"pairs", windows(64*6, 28, 2, 2, 0)}, {"stem", windows(64, 112, 3, 2, 1)}, {"few", windows(256, 13, 3, 2, 0)},
		{"wide", windows(256, 28, 3, 1, 1)}, {"narrow", windows(480, 14, 3, 1, 1)}, {"tiny", windows(832, 7, 3, 1, 1)},
	} {
		p := g.Pool
		x, y, index := proof.Random[float32]("x", p.Planes*p.H*p.W), make([]float32, p.Planes*p.OH*p.OW),
			make([]int64, p.Planes*p.OH*p.OW)
		for _, k := range []struct {
			name string
			f    func()
		}{
			{"max", func() { MaxPool(p, y, nil, x) }},
			{"places", func() { MaxPool(p, y, index, x) }},
			{"scatter", func() { ScatterPlanes(p.Planes, p.H*p.W, p.OH*p.OW, x, y, index) }},
			{"avg", func() { AvgPool(p, y, x) }},
			{"avgBackward", func() { AvgPoolBackward(p, x, y) }},
		} {
			b.Run(g.name+"/"+k.name, func(b *testing.B) {
				b.SetBytes(int64(4 * (len(x) + len(y))))
				for b.Loop() {
					k.f()
				}
			})
		}
	}
}

// TestMaxPairs: windows of 2×2, rows of any length, planes that end where memory does.
func TestMaxPairs(t *testing.T) {
	proof.EachForm(t, func(t *testing.T) {
		for oh := 1; oh <= 5; oh++ {
			for ow := 1; ow <= 20; ow++ {
				for _, more := range []int{0, 1} {
					p := Pool{Planes: 3, H: 2*oh + more, W: 2*ow + more, KH: 2, KW: 2, StrideH: 2,
						StrideW: 2}.sized(false)
					in, out := p.H*p.W, p.OH*p.OW
					x, y, index := proof.Guarded[float32](t, p.Planes*in, false),
						proof.Guarded[float32](t, p.Planes*out, false),
						make([]int64, p.Planes*out)
					copy(x, proof.Random[float32](fmt.Sprint("x", oh, ow), len(x)))
					x[len(x)/3], x[len(x)/2] = float32(math.NaN()), float32(math.Inf(1))
					MaxPool(p, y, index, x)
					for i := range y {
						plane := x[i/out*in:][:in]
						best, at := maxWindow(plane, 0, p.W, 1, i%out/ow*2, i%out/ow*2+2, i%ow*2, i%ow*2+2)
						if index[i] != at || math.Float32bits(y[i]) != math.Float32bits(best) {
							t.Fatalf("%+v: window %d is %v at %d, not %v at %d", p, i, y[i], index[i], best, at)
						}
					}
					only := make([]int64, len(index))
					MaxPool(p, nil, only, x)
					if !slices.Equal(only, index) {
						t.Fatalf("%+v: other places without values", p)
					}
				}
			}
		}
	})
}
