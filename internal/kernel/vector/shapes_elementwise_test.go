package vector

import (
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/internal/kernel/proof"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// unaryExact is a function in float64, straight from its formula.
func unaryExact(f UnaryFunc, x, p, q float64) float64 {
	sigma := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	switch f {
	case Neg:
		return -x
	case Abs:
		return math.Abs(x)
	case Exp:
		return math.Exp(x)
	case Log:
		return math.Log(x)
	case Sqrt:
		return math.Sqrt(x)
	case Rsqrt:
		return 1 / math.Sqrt(x)
	case Square:
		return x * x
	case Reciprocal:
		return 1 / x
	case Sin:
		return math.Sin(x)
	case Cos:
		return math.Cos(x)
	case Erf:
		return math.Erf(x)
	case Sign:
		if x == 0 || scalar.IsNaN(x) {
			return x
		}
		return math.Copysign(1, x)
	case Clamp:
		return min(max(x, p), q)
	case AddScalar:
		return x + p
	case MulScalar:
		return x * p
	case PowScalar:
		return math.Pow(x, p)
	case Sigmoid:
		return sigma(x)
	case Tanh:
		return math.Tanh(x)
	case ReLU:
		return max(x, 0)
	case LeakyReLU:
		if x > 0 {
			return x
		}
		return p * x
	case ELU:
		if x > 0 {
			return x
		}
		return p * math.Expm1(x)
	case SiLU:
		return max(x, -1e3) * sigma(x)
	case GELU:
		return max(x, -1e3) / 2 * math.Erfc(-x/math.Sqrt2)
	case GELUTanh:
		return max(x, -1e3) * sigma(2*math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x))
	default:
		return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
	}
}

// unaryBound is what a function may be wrong by: what its constant's comment says.
func unaryBound(f UnaryFunc, x, want float64) float64 {
	for _, a := range accuracy {
		if a.f != f {
			continue
		}
		bound := a.fast
		if form.Active() == form.Plain {
			bound = a.plain
		}
		if a.factor != nil {
			bound *= a.factor(x)
		}
		if f == ELU { // and the rounding of a product
			bound += 1
		}
		return bound*proof.ULP(want) + a.floor
	}
	if f == PowScalar {
		return 0.501 * proof.ULP(want)
	}
	return 0
}

func TestRandomUnary(t *testing.T) {
	proof.Try(t, 400, 60_000, func(s *proof.Trial) {
		f, n := UnaryFunc(s.IntN(len(unaryNames))), s.Size(3000)-1
		p, q := float32(s.NormFloat64()), float32(s.NormFloat64())
		if f == Clamp {
			p, q = min(p, q), max(p, q)
		}
		x := s.Mixture(n, true)
		want := make([]float64, n)
		for i, v := range x {
			want[i] = unaryExact(f, float64(v), float64(p), float64(q))
		}
		inPlace := s.Chance(3)
		s.What = unaryNames[f]
		s.Forms(func() {
			y, from := s.Result(n), x
			if inPlace {
				copy(y, x)
				from = y
			}
			Unary(f, y, from, float64(p), float64(q))
			s.Within(unaryNames[f], y, want, func(i int) float64 { return unaryBound(f, float64(x[i]), want[i]) })
		})
	})
}

// binaryExact is a function of two numbers in float64, straight from its formula, and what it may be wrong by in
// float32.
func binaryExact(f BinaryFunc, a, b, p, q float64) (want, bound float64) {
	holds := func(t bool) (float64, float64) { return scalar.Truth[float64](t), 0 }
	sigma := 1 / (1 + math.Exp(-a))
	slope := func(v, bound float64) (float64, float64) { return v * b, bound*math.Abs(b) + 2*proof.ULP(v*b) }
	switch f {
	case Add:
		return a + b, 0
	case Sub:
		return a - b, 0
	case Mul:
		return a * b, 0
	case Div:
		return a / b, 0
	case Pow:
		v := math.Pow(a, b)
		return v, 0.501 * proof.ULP(v)
	case Minimum:
		return min(a, b), 0
	case Maximum:
		return max(a, b), 0
	case Less:
		return holds(a < b)
	case LessEqual:
		return holds(a <= b)
	case Greater:
		return holds(a > b)
	case GreaterEqual:
		return holds(a >= b)
	case Equal:
		return holds(a == b)
	case NotEqual:
		return holds(a != b)
	case AbsGrad:
		return unaryExact(Sign, a, 0, 0) * b, 0
	case ClampGrad:
		return proof.ChoiceOf(p <= a && a <= q, b, 0), 0
	case SigmoidGrad:
		return slope(a*(1-a), 0x1p-23*math.Abs(a*(1-a)))
	case TanhGrad: // the square is rounded before it is subtracted
		return slope(1-a*a, 0x1p-24*max(1, a*a))
	case ReLUGrad:
		return proof.ChoiceOf(!(a <= 0), b, 0), 0
	case LeakyReLUGrad:
		return proof.ChoiceOf(a > 0, b, p*b), 0
	case ELUGrad:
		if a > 0 || scalar.IsNaN(a) {
			return b, 0
		}
		return slope(p*math.Exp(a), 1e-7*math.Abs(p))
	case SiLUGrad:
		return slope(sigma+max(min(a, 1e3), -1e3)*sigma*(1-sigma), 3e-7)
	case GELUGrad:
		a = max(min(a, 40), -40)
		return slope(math.Erfc(-a/math.Sqrt2)/2+a*math.Exp(-a*a/2)/math.Sqrt(2*math.Pi), 3e-7)
	case GELUTanhGrad:
		a = max(min(a, 40), -40)
		k := 2 * math.Sqrt(2/math.Pi)
		sigma = 1 / (1 + math.Exp(-k*(a+0.044715*a*a*a)))
		return slope(sigma+a*sigma*(1-sigma)*k*(1+3*0.044715*a*a), 5e-7)
	default:
		return slope(sigma, 2e-7)
	}
}

func TestRandomBinary(t *testing.T) {
	proof.Try(t, 600, 60_000, func(s *proof.Trial) {
		f, n := BinaryFunc(s.IntN(len(binaryNames))), s.Size(3000)-1
		p, q := float32(s.NormFloat64()), float32(s.NormFloat64())
		p, q = min(p, q), max(p, q)
		special := f < AbsGrad
		a, b := s.Mixture(n, special), s.Mixture(n, special)
		scalar, place := s.IntN(8), s.IntN(3)
		switch {
		case n == 0:
		case scalar == 0:
			a = a[:1]
		case scalar == 1:
			b = b[:1]
		case scalar == 2 && s.Chance(4):
			a, b = a[:1], b[:1]
		}
		at := func(x []float32, i int) float64 { return float64(x[i%len(x)]) }
		want, bound := make([]float64, n), make([]float64, n)
		for i := range want {
			want[i], bound[i] = binaryExact(f, at(a, i), at(b, i), float64(p), float64(q))
		}
		s.What = binaryNames[f]
		s.Forms(func() {
			y, x, dy := s.Result(n), a, b
			switch {
			case place == 1 && len(a) == n:
				copy(y, a)
				x = y
			case place == 2 && len(b) == n:
				copy(y, b)
				dy = y
			}
			Binary(f, y, x, dy, float64(p), float64(q))
			s.Within(binaryNames[f], y, want, func(i int) float64 { return bound[i] })
		})
	})
}

func TestRandomBroadcast(t *testing.T) {
	proof.Try(t, 400, 60_000, func(s *proof.Trial) {
		shape := s.Shape(4000, MaxRank)
		n, empty := proof.Size(shape), s.Chance(50)
		if empty {
			shape, n = append(shape[:min(len(shape), 3)], 0), 0
		}
		as, bs, cs := spread(s, shape), spread(s, shape), spread(s, shape)
		f := BinaryFunc(s.IntN(int(AbsGrad)))
		a, b, c := s.Mixture(proof.Size(as), true), s.Mixture(proof.Size(bs), true), s.Mixture(proof.Size(cs), true)
		for i := range c {
			if s.Chance(2) {
				c[i] = 0
			}
		}
		want, bound, chosen := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range want {
			x, y := float64(a[numpyIndex(i, shape, as)]), float64(b[numpyIndex(i, shape, bs)])
			want[i], bound[i] = binaryExact(f, x, y, 0, 0)
			chosen[i] = proof.ChoiceOf(c[numpyIndex(i, shape, cs)] != 0, x, y)
		}
		s.What = binaryNames[f]
		s.Forms(func() {
			y := s.Result(n)
			BroadcastBinary(f, y, shape, a, as, b, bs)
			s.Within(binaryNames[f], y, want, func(i int) float64 { return bound[i] })
			y = s.Result(n)
			Where(y, shape, c, cs, a, as, b, bs)
			s.Within("where", y, chosen, func(int) float64 { return 0 })
		})
	})
}

// A chain has the bits of its functions one after the other.
func TestRandomChain(t *testing.T) {
	proof.Try(t, 300, 40_000, func(s *proof.Trial) {
		n, inputs := s.Size(proof.One(s, 300, 5000)), 1+s.IntN(MaxInputs)
		inner := 1
		for _, k := range []int{2, 3, 5, 7, 16, 64, 1000} {
			if s.Chance(3) && inner*k <= n {
				inner *= k
			}
		}
		n = max(1, n/inner) * inner
		var in [MaxInputs]Input[float32]
		var values [][]float32 // of inputs and steps, each of n
		for k := range inputs {
			in[k] = Input[float32]{s.Mixture(n, true), 1}
			switch s.IntN(5) {
			case 0:
				in[k].Data = in[k].Data[:1]
			case 1: // along the last axes
				in[k].Data = in[k].Data[:inner]
			case 2: // along the first
				in[k] = Input[float32]{in[k].Data[:n/inner], inner}
			}
			v := make([]float32, n)
			for i := range v {
				v[i] = in[k].Data[i/in[k].Inner%len(in[k].Data)]
			}
			values = append(values, v)
		}
		var steps []Step
		for range 1 + s.IntN(proof.One(s, 1, 3, MaxSteps)) {
			st := Step{Arity: uint8(proof.One(s, 1, 1, 2, 2, 2, 3)), Unary: UnaryFunc(s.IntN(len(unaryNames))),
				Binary: BinaryFunc(s.IntN(len(binaryNames))), P: -.5, Q: .75}
			for k := range st.Args {
				st.Args[k] = uint8(s.IntN(inputs + len(steps)))
			}
			steps = append(steps, st)
		}
		c := NewChain(inputs, steps...)
		place := s.IntN(inputs)
		if s.Chance(2) || len(in[place].Data) != n {
			place = -1
		}
		s.What = "a chain"
		s.Forms(func() {
			values := slices.Clone(values[:inputs])
			for _, st := range steps {
				v := make([]float32, n)
				a, b, c := values[st.Args[0]], values[st.Args[1]], values[st.Args[2]]
				switch st.Arity {
				case 1:
					Unary(st.Unary, v, a, st.P, st.Q)
				case 2:
					Binary(st.Binary, v, a, b, st.P, st.Q)
				default:
					for i := range v {
						v[i] = float32(proof.ChoiceOf(a[i] != 0, float64(b[i]), float64(c[i])))
					}
				}
				values = append(values, v)
			}
			y, operands := s.Result(n), in
			if place >= 0 {
				copy(y, in[place].Data)
				operands[place].Data = y
			}
			RunChain(&c, y, &operands)
			s.Within("the chain", y, proof.Wide(values[len(values)-1]), func(int) float64 { return 0 })
		})
	})
}

// spread draws a shape that broadcasts to the given one.
func spread(s *proof.Trial, shape []int) []int {
	o := slices.Clone(shape)
	switch s.IntN(4) {
	case 0:
		return o
	case 1:
		return o[:0]
	}
	o = o[s.IntN(len(o)+1):]
	for k := range o {
		if s.Chance(3) {
			o[k] = 1
		}
	}
	return o
}
