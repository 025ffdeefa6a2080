package vector

import (
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
)

// The float64 forms from package math, which the float32 forms are held to.
var oracles = []struct {
	name string
	f    UnaryFunc
	want func(x float64) float64
}{
	{"exp", Exp, math.Exp},
	{"sigmoid", Sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }},
	{"tanh", Tanh, math.Tanh},
	{"elu", ELU, func(x float64) float64 {
		if x > 0 {
			return x
		}
		return math.Expm1(x)
	}},
	{"silu", SiLU, func(x float64) float64 { return x / (1 + math.Exp(-x)) }},
	{"gelu", GELU, func(x float64) float64 { return x / 2 * math.Erfc(-x/math.Sqrt2) }},
	{"gelu tanh", GELUTanh, func(x float64) float64 {
		return x / (1 + math.Exp(-2*math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	}},
	{"softplus", Softplus, func(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }},
}

func TestFloat32FunctionsAreAccurate(t *testing.T) {
	for _, o := range oracles {
		t.Run(o.name, func(t *testing.T) {
			worst, at := 0., 0.
			y := make([]float32, 1)
			for x := -12.; x < 12; x += 1. / 1024 {
				v := float32(x * x * x / 20)
				Unary(o.f, y, []float32{v}, 1, 0)
				want := o.want(float64(v))
				if math.Abs(want) < 1e-30 { // tails of e^x² lose digits with every factor
					continue
				}
				if e := math.Abs(float64(y[0])-want) / math.Abs(want); e > worst {
					worst, at = e, float64(v)
				}
			}
			// The GELUs round the argument of the exponential, 60 in the tail, to float32.
			limit := 5e-7
			if o.f == GELU || o.f == GELUTanh {
				limit = 2e-5
			}
			if worst > limit {
				t.Errorf("relative error %.2g at %v, want at most %.0g", worst, at, limit)
			}
		})
	}
}

func TestUnaryValues(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		name    string
		f       UnaryFunc
		x, want float64
		p, q    float64
	}{
		{"softplus of a large number is that number", Softplus, 1000, 1000, 0, 0},
		{"softplus of a small number is 0", Softplus, -1000, 0, 0, 0},
		{"sigmoid does not overflow", Sigmoid, -1000, 0, 0, 0},
		{"sigmoid of infinity", Sigmoid, inf, 1, 0, 0},
		{"tanh saturates", Tanh, -1000, -1, 0, 0},
		{"tanh of infinity", Tanh, inf, 1, 0, 0},
		{"exp overflows to infinity", Exp, 800, inf, 0, 0},
		{"exp underflows to 0", Exp, -800, 0, 0, 0},
		{"relu keeps NaN", ReLU, nan, nan, 0, 0},
		{"relu of a negative number", ReLU, -2, 0, 0, 0},
		{"exp keeps NaN", Exp, nan, nan, 0, 0},
		{"tanh keeps NaN", Tanh, nan, nan, 0, 0},
		{"sigmoid keeps NaN", Sigmoid, nan, nan, 0, 0},
		{"gelu keeps NaN", GELU, nan, nan, 0, 0},
		{"clamp keeps NaN", Clamp, nan, nan, -1, 1},
		{"clamp below", Clamp, -3, -1, -1, 1},
		{"clamp above", Clamp, 3, 1, -1, 1},
		{"sign of zero", Sign, 0, 0, 0, 0},
		{"sign of a negative number", Sign, -5, -1, 0, 0},
		{"leaky relu", LeakyReLU, -2, -0.5, 0.25, 0},
		{"elu of a negative number", ELU, -1, 2 * math.Expm1(-1), 2, 0},
		{"rsqrt", Rsqrt, 4, 0.5, 0, 0},
		{"square", Square, -3, 9, 0, 0},
		{"reciprocal", Reciprocal, 4, 0.25, 0, 0},
		{"power", PowScalar, 2, 8, 3, 0},
		{"erf", Erf, 1, 0.8427007929497149, 0, 0},
		// reference values of PyTorch's F.gelu(x), F.gelu(x, approximate='tanh'), F.silu(x)
		{"gelu at -1", GELU, -1, -.15865525, 0, 0},
		{"gelu at 3", GELU, 3, 2.99595031, 0, 0},
		{"tanh gelu at -3", GELUTanh, -3, -.00363739, 0, 0},
		{"silu at -.5", SiLU, -.5, -.18877033, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			y64 := []float64{c.x}
			Unary(c.f, y64, y64, c.p, c.q)
			proof.CheckNear(t, y64[0], c.want, 1e-7)
			y32 := []float32{float32(c.x)}
			Unary(c.f, y32, y32, c.p, c.q)
			proof.CheckNear(t, float64(y32[0]), c.want, 1e-6)
		})
	}
}

func TestBinaryValues(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name       string
		f          BinaryFunc
		a, b, want float64
		p, q       float64
	}{
		{"maximum with NaN on the left", Maximum, nan, 1, nan, 0, 0},
		{"maximum with NaN on the right", Maximum, 1, nan, nan, 0, 0},
		{"minimum with NaN on the left", Minimum, nan, 1, nan, 0, 0},
		{"minimum with NaN on the right", Minimum, 1, nan, nan, 0, 0},
		{"minimum", Minimum, 1, 2, 1, 0, 0},
		{"power", Pow, 2, 10, 1024, 0, 0},
		{"equal", Equal, 2, 2, 1, 0, 0},
		{"not equal", NotEqual, 2, 2, 0, 0, 0},
		{"less", Less, 1, 2, 1, 0, 0},
		{"less or equal", LessEqual, 2, 2, 1, 0, 0},
		{"greater", Greater, 1, 2, 0, 0, 0},
		{"greater or equal", GreaterEqual, 2, 2, 1, 0, 0},
		{"clamp passes the gradient on its bounds", ClampGrad, 1, 3, 3, -1, 1},
		{"clamp stops the gradient outside", ClampGrad, 1.5, 3, 0, -1, 1},
		{"abs has no slope at 0", AbsGrad, 0, 3, 0, 0, 0},
		{"relu has no slope at 0", ReLUGrad, 0, 3, 0, 0, 0},
		{"saturated tanh has no slope", TanhGrad, 1, 3, 0, 0, 0},
		{"gelu slope at 1", GELUGrad, 1, 1, 1.0833154706, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			y := []float64{0}
			Binary(c.f, y, []float64{c.a}, []float64{c.b}, c.p, c.q)
			proof.CheckNear(t, y[0], c.want, 1e-9)
			y32 := []float32{0}
			Binary(c.f, y32, []float32{float32(c.a)}, []float32{float32(c.b)}, c.p, c.q)
			proof.CheckNear(t, float64(y32[0]), c.want, 1e-6)
		})
	}
}

// Every derivative kernel agrees with central differences of its function.
func TestDerivatives(t *testing.T) {
	for _, c := range []struct {
		name  string
		f     UnaryFunc
		df    BinaryFunc
		fromY bool
		p, q  float64
	}{
		{"abs", Abs, AbsGrad, false, 0, 0},
		{"clamp", Clamp, ClampGrad, false, -.7, .9},
		{"sigmoid", Sigmoid, SigmoidGrad, true, 0, 0},
		{"tanh", Tanh, TanhGrad, true, 0, 0},
		{"relu", ReLU, ReLUGrad, true, 0, 0},
		{"leaky relu", LeakyReLU, LeakyReLUGrad, false, .1, 0},
		{"elu", ELU, ELUGrad, false, 1.5, 0},
		{"silu", SiLU, SiLUGrad, false, 0, 0},
		{"gelu", GELU, GELUGrad, false, 0, 0},
		{"gelu tanh", GELUTanh, GELUTanhGrad, false, 0, 0},
		{"softplus", Softplus, SoftplusGrad, false, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			const h = 1e-5
			for _, x := range proof.Random[float64](c.name, 50) {
				v := []float64{x - h, x, x + h}
				Unary(c.f, v, v, c.p, c.q)
				kept, got := []float64{x}, []float64{2}
				if c.fromY {
					kept[0] = v[1]
				}
				Binary(c.df, got, kept, got, c.p, c.q)
				proof.CheckNear(t, got[0], 2*(v[2]-v[0])/(2*h), 1e-8)
			}
		})
	}
}

// numpyIndex is the offset of the operand's element that broadcasts to flat element i of shape.
func numpyIndex(i int, shape, operand []int) int {
	at, run := 0, 1
	for k := len(shape) - 1; k >= 0; k-- {
		if o := k - len(shape) + len(operand); o >= 0 {
			if operand[o] != 1 {
				at += i % shape[k] * run
			}
			run *= operand[o]
		}
		i /= shape[k]
	}
	return at
}

func TestBroadcast(t *testing.T) {
	for _, c := range []struct {
		name        string
		shape, a, b []int
	}{
		{"equal shapes", []int{3, 4}, []int{3, 4}, []int{3, 4}},
		{"two scalars", nil, nil, nil},
		{"scalar on the right", []int{3, 4}, []int{3, 4}, nil},
		{"scalar on the left", []int{3, 4}, nil, []int{3, 4}},
		{"row", []int{5, 4}, []int{5, 4}, []int{4}},
		{"column", []int{5, 4}, []int{5, 1}, []int{5, 4}},
		{"outer product", []int{5, 4}, []int{5, 1}, []int{1, 4}},
		{"channels", []int{2, 3, 4, 5}, []int{2, 3, 4, 5}, []int{3, 1, 1}},
		{"interleaved", []int{2, 3, 4, 5, 6}, []int{2, 1, 4, 1, 6}, []int{3, 1, 5, 1}},
		{"ones everywhere", []int{1, 1, 1}, []int{1, 1, 1}, []int{1}},
		{"both spread over the first axis is not possible, over the last it is", []int{2, 3}, []int{2, 1},
			[]int{2, 3}},
		{"rank 8", []int{2, 1, 2, 3, 2, 1, 2, 2}, []int{2, 1, 1, 3, 1, 1, 2, 1}, []int{1, 1, 2, 1, 2, 1, 1, 2}},
		{"large: split over the cores", []int{7, 300, 70}, []int{7, 1, 70}, []int{300, 1}},
		{"large with long runs", []int{3, 40000}, []int{3, 1}, []int{3, 40000}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := proof.Random[float64]("a", proof.Size(c.a)), proof.Random[float64]("b", proof.Size(c.b))
			got := make([]float64, proof.Size(c.shape))
			for _, f := range []BinaryFunc{Add, Sub, Mul, Div, Maximum, Less} {
				BroadcastBinary(f, got, c.shape, a, c.a, b, c.b)
				for i := range got {
					want := make([]float64, 1)
					binaryVectors(f, want, a[numpyIndex(i, c.shape, c.a):][:1],
						b[numpyIndex(i, c.shape, c.b):][:1], 0, 0)
					if got[i] != want[0] {
						t.Fatalf("function %d, element %d is %v, want %v", f, i, got[i], want[0])
					}
				}
			}
			if len(c.shape) == MaxRank {
				return
			}
			cond := []float64{0, 1, 1}
			shape := append(slices.Clone(c.shape), 3)
			a3, b3 := append(slices.Clone(c.a), 1), append(slices.Clone(c.b), 1)
			chosen := make([]float64, proof.Size(shape))
			Where(chosen, shape, cond, []int{3}, a, a3, b, b3)
			for i, v := range chosen {
				want := a[numpyIndex(i, shape, a3)]
				if cond[i%3] == 0 {
					want = b[numpyIndex(i, shape, b3)]
				}
				if v != want {
					t.Fatalf("where: element %d is %v, want %v", i, v, want)
				}
			}
		})
	}
}
