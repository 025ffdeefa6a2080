package vector

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// parameters are those that testdata/special.py gives to the functions.
var parameters = map[UnaryFunc][2]float64{Clamp: {-.5, .75}, AddScalar: {-.5}, MulScalar: {-.5}, PowScalar: {3},
	LeakyReLU: {.25}, ELU: {1.5}}

// derivatives are the functions that have one, and whether it takes y in place of x.
var derivatives = map[UnaryFunc]struct {
	f     BinaryFunc
	fromY bool
}{Abs: {AbsGrad, false}, Clamp: {ClampGrad, false}, Sigmoid: {SigmoidGrad, true}, Tanh: {TanhGrad, true},
	ReLU:      {ReLUGrad, true},
	LeakyReLU: {LeakyReLUGrad, false}, ELU: {ELUGrad, false}, SiLU: {SiLUGrad, false}, GELU: {GELUGrad, false},
	GELUTanh: {GELUTanhGrad, false}, Softplus: {SoftplusGrad, false}}

// differences are where a function is something else than in PyTorch on purpose: where PyTorch has NaN we have the
// limit, and NaN stays NaN where PyTorch makes a number of it. Package ops documents them.
var differences = map[string]func(x float64) float64{
	"sign":           func(x float64) float64 { return x },
	"abs grad":       func(x float64) float64 { return x },
	"silu":           func(x float64) float64 { return max(x, 0) },
	"gelu":           func(x float64) float64 { return max(x, 0) },
	"gelu tanh":      func(x float64) float64 { return max(x, 0) },
	"silu grad":      stepAt0,
	"gelu grad":      stepAt0,
	"gelu tanh grad": stepAt0,
}

func stepAt0(x float64) float64 {
	if x > 0 {
		return 1
	}
	return 0 * max(x, -1)
}

// specialFixtures are PyTorch's results by function, "x" the arguments.
func specialFixtures(t *testing.T) map[string][]float64 {
	raw, err := os.ReadFile("testdata/special.json")
	if err != nil {
		t.Fatal(err)
	}
	texts, f := map[string]string{}, map[string][]float64{}
	if err := json.Unmarshal(raw, &texts); err != nil {
		t.Fatal(err)
	}
	for name, text := range texts {
		for _, word := range strings.Fields(text) {
			v, err := strconv.ParseFloat(word, 64)
			if err != nil {
				t.Fatal(err)
			}
			f[name] = append(f[name], v)
		}
	}
	return f
}

// likeTorch reports whether got is what PyTorch has, want, at x: the same of infinities, NaN and zeros, whose sign it
// does not look at, and elsewhere within what PyTorch's formulas lose.
func likeTorch(name string, x, got, want float64) error {
	if limit, ok := differences[name]; ok && math.IsNaN(want) || ok && math.IsNaN(x) {
		want = limit(x)
	}
	switch {
	case math.IsNaN(got) && math.IsNaN(want), got == want:
		return nil
	case math.Abs(got-want) <= 1e-5*math.Abs(want)+3e-7 && !math.IsInf(want, 0):
		return nil
	}
	return fmt.Errorf("%s at %g is %g, in PyTorch %g", name, x, got, want)
}

// Every function and its derivative at special values is what PyTorch says, alone and in a chain.
func TestSpecialValuesAsInPyTorch(t *testing.T) {
	proof.EachForm(t, func(t *testing.T) { checkSpecials[float32](t, specialFixtures(t)) })
	t.Run("float64", func(t *testing.T) { checkSpecials[float64](t, specialFixtures(t)) })
}

func checkSpecials[T scalar.Float](t *testing.T, torch map[string][]float64) {
	n := len(torch["x"])
	x, y, dx, chained, dy := make([]T, n), make([]T, n), make([]T, n), make([]T, n), make([]T, n)
	for i, v := range torch["x"] {
		x[i], dy[i] = T(v), 1
	}
	check := func(name string, got []T) {
		t.Helper()
		for i, want := range torch[name] {
			if a := math.Abs(torch["x"][i]); !scalar.Single[T]() && a != 0 && !math.IsInf(a, 0) &&
				(a > 88 || a < 1e-37) {
				continue // float32 leaves its range
			}
			if err := likeTorch(name, torch["x"][i], float64(got[i]), want); err != nil {
				t.Error(err)
			}
		}
	}
	for f, name := range unaryNames {
		f := UnaryFunc(f)
		p := parameters[f]
		Unary(f, y, x, p[0], p[1])
		check(name, y)
		c := NewChain(1, Step{Arity: 1, Unary: Neg}, Step{Arity: 1, Unary: Neg, Args: [3]uint8{1}},
			Step{Arity: 1, Unary: f, P: p[0], Q: p[1], Args: [3]uint8{2}})
		RunChain(&c, chained, &[MaxInputs]Input[T]{{x, 1}})
		check(name, chained)
		d, ok := derivatives[f]
		if !ok {
			continue
		}
		kept := x
		if d.fromY {
			kept = y
		}
		Binary(d.f, dx, kept, dy, p[0], p[1])
		check(binaryNames[d.f], dx)
		c = NewChain(2, Step{Arity: 1, Unary: Neg}, Step{Arity: 1, Unary: Neg, Args: [3]uint8{2}},
			Step{Arity: 2, Binary: d.f, P: p[0], Q: p[1], Args: [3]uint8{3, 1}})
		RunChain(&c, chained, &[MaxInputs]Input[T]{{kept, 1}, {dy, 1}})
		check(binaryNames[d.f], chained)
	}
}

// The comparison with PyTorch finds what it is there to find.
func TestLikeTorch(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		name         string
		x, got, want float64
		ok           bool
	}{
		{"exp", 1, math.E, 2.71828175, true},
		{"exp", 1, 2.7184, 2.71828175, false},
		{"exp", 89, math.MaxFloat32, inf, false},
		{"exp", nan, 0, nan, false},
		{"relu", nan, 0, nan, false},
		{"silu", -inf, 0, nan, true},
		{"silu", -inf, nan, nan, false},
		{"sign", nan, nan, 0, true},
		{"sign", nan, 0, 0, false},
	} {
		if err := likeTorch(c.name, c.x, c.got, c.want); (err == nil) != c.ok {
			t.Errorf("%s of %g, %g where PyTorch has %g: %v", c.name, c.x, c.got, c.want, err)
		}
	}
}

// Gradients pass NaN on, whatever its sign: what the processor makes of 0/0 is negative.
func TestGradientAtNaN(t *testing.T) {
	minus := math.Float32frombits(math.Float32bits(float32(math.NaN())) | 1<<31)
	proof.EachForm(t, func(t *testing.T) {
		for _, kept := range []float32{float32(math.NaN()), minus} {
			for _, f := range []BinaryFunc{ReLUGrad, LeakyReLUGrad} {
				dx := []float32{0, 0}
				if Binary(f, dx, []float32{kept, -1}, []float32{8, 8}, .25, 0); dx[0] == 0 {
					t.Errorf("%s stops at NaN of bits %x", binaryNames[f], math.Float32bits(kept))
				}
			}
			dx := []float64{0}
			if Binary(ReLUGrad, dx, []float64{float64(kept)}, []float64{8}, 0, 0); dx[0] != 8 {
				t.Errorf("in float64 %v", dx[0])
			}
		}
	})
}
