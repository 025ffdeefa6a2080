package kernel

import (
	"math"
	"slices"
	"testing"
)

// mixture returns n numbers of every magnitude, some of them special, or plain ones between -4 and 4.
func (s *trial) mixture(n int, special bool) []float32 {
	skip := s.IntN(17)
	x := make([]float32, skip+n)[skip:]
	for i := range x {
		x[i] = float32(s.NormFloat64() * one(s, 1., 1, 1, 4))
		switch {
		case special && s.chance(12):
			x[i] = one(s, specials()...)
		case special && s.chance(12):
			x[i] = math.Float32frombits(s.Uint32())
		case s.chance(40):
			x[i] = one(s, 0, float32(math.Copysign(0, -1)), 1, -1, float32(nan))
		}
	}
	return x
}

// within compares results that may differ from the exact ones by a bound of each element's own. What is beyond
// float32 is infinite.
func (s *trial) within(name string, got []float32, want []float64, bound func(i int) float64) {
	for i, w := range want {
		g := float64(got[i])
		if isNaN(g) && isNaN(w) || got[i] == float32(w) {
			continue
		}
		g, w := max(-0x1p128, min(g, 0x1p128)), max(-0x1p128, min(w, 0x1p128))
		b := bound(i)
		if !(math.Abs(g-w) <= b) {
			s.failf("%s in %s: element %d of %d is %v, want %v within %.2g", name, formNames[active], i, len(want),
				got[i], want[i], b)
			return
		}
		if b > 0 {
			s.worst = max(s.worst, math.Abs(g-w)/b)
		}
	}
}

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
		if x == 0 || isNaN(x) {
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
		if active == plain {
			bound = a.plain
		}
		if a.factor != nil {
			bound *= a.factor(x)
		}
		if f == ELU { // and the rounding of a product
			bound += 1
		}
		return bound*ulp(want) + a.floor
	}
	if f == PowScalar {
		return 0.501 * ulp(want)
	}
	return 0
}

func TestRandomUnary(t *testing.T) {
	tryShapes(t, 400, 60_000, func(s *trial) {
		f, n := UnaryFunc(s.IntN(len(unaryNames))), s.size(3000)-1
		p, q := float32(s.NormFloat64()), float32(s.NormFloat64())
		if f == Clamp {
			p, q = min(p, q), max(p, q)
		}
		x := s.mixture(n, true)
		want := make([]float64, n)
		for i, v := range x {
			want[i] = unaryExact(f, float64(v), float64(p), float64(q))
		}
		inPlace := s.chance(3)
		s.what = unaryNames[f]
		s.forms(func() {
			y, from := s.result(n), x
			if inPlace {
				copy(y, x)
				from = y
			}
			Unary(f, y, from, float64(p), float64(q))
			s.within(unaryNames[f], y, want, func(i int) float64 { return unaryBound(f, float64(x[i]), want[i]) })
		})
	})
}

// binaryExact is a function of two numbers in float64, straight from its formula, and what it may be wrong by in
// float32.
func binaryExact(f BinaryFunc, a, b, p, q float64) (want, bound float64) {
	holds := func(t bool) (float64, float64) { return truth[float64](t), 0 }
	sigma := 1 / (1 + math.Exp(-a))
	slope := func(v, bound float64) (float64, float64) { return v * b, bound*math.Abs(b) + 2*ulp(v*b) }
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
		return v, 0.501 * ulp(v)
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
		return choiceOf(p <= a && a <= q, b, 0), 0
	case SigmoidGrad:
		return slope(a*(1-a), 0x1p-23*math.Abs(a*(1-a)))
	case TanhGrad: // the square is rounded before it is subtracted
		return slope(1-a*a, 0x1p-24*max(1, a*a))
	case ReLUGrad:
		return choiceOf(!(a <= 0), b, 0), 0
	case LeakyReLUGrad:
		return choiceOf(a > 0, b, p*b), 0
	case ELUGrad:
		if a > 0 || isNaN(a) {
			return b, 0
		}
		return slope(p*math.Exp(a), 1e-7*math.Abs(p))
	case SiLUGrad:
		return slope(sigma+within(a, 1e3)*sigma*(1-sigma), 3e-7)
	case GELUGrad:
		a = within(a, 40)
		return slope(math.Erfc(-a/math.Sqrt2)/2+a*math.Exp(-a*a/2)/math.Sqrt(2*math.Pi), 3e-7)
	case GELUTanhGrad:
		a = within(a, 40)
		k := 2 * math.Sqrt(2/math.Pi)
		sigma = 1 / (1 + math.Exp(-k*(a+0.044715*a*a*a)))
		return slope(sigma+a*sigma*(1-sigma)*k*(1+3*0.044715*a*a), 5e-7)
	default:
		return slope(sigma, 2e-7)
	}
}

func choiceOf(t bool, a, b float64) float64 {
	if t {
		return a
	}
	return b
}

func TestRandomBinary(t *testing.T) {
	tryShapes(t, 600, 60_000, func(s *trial) {
		f, n := BinaryFunc(s.IntN(len(binaryNames))), s.size(3000)-1
		p, q := float32(s.NormFloat64()), float32(s.NormFloat64())
		p, q = min(p, q), max(p, q)
		special := f < AbsGrad
		a, b := s.mixture(n, special), s.mixture(n, special)
		scalar, place := s.IntN(8), s.IntN(3)
		switch {
		case n == 0:
		case scalar == 0:
			a = a[:1]
		case scalar == 1:
			b = b[:1]
		case scalar == 2 && s.chance(4):
			a, b = a[:1], b[:1]
		}
		at := func(x []float32, i int) float64 { return float64(x[i%len(x)]) }
		want, bound := make([]float64, n), make([]float64, n)
		for i := range want {
			want[i], bound[i] = binaryExact(f, at(a, i), at(b, i), float64(p), float64(q))
		}
		s.what = binaryNames[f]
		s.forms(func() {
			y, x, dy := s.result(n), a, b
			switch {
			case place == 1 && len(a) == n:
				copy(y, a)
				x = y
			case place == 2 && len(b) == n:
				copy(y, b)
				dy = y
			}
			Binary(f, y, x, dy, float64(p), float64(q))
			s.within(binaryNames[f], y, want, func(i int) float64 { return bound[i] })
		})
	})
}

// broadcastShape draws a shape of up to eight axes and at most some elements.
func (s *trial) shape(most, axes int) []int {
	shape := []int{}
	for range s.IntN(axes + 1) {
		n := one(s, 1, s.size(most), s.size(most), 1+s.IntN(5))
		if n > most {
			n = 1
		}
		most /= n
		shape = append(shape, n)
	}
	s.Shuffle(len(shape), func(i, j int) { shape[i], shape[j] = shape[j], shape[i] })
	return shape
}

// spread draws a shape that broadcasts to the given one.
func (s *trial) spread(shape []int) []int {
	o := slices.Clone(shape)
	switch s.IntN(4) {
	case 0:
		return o
	case 1:
		return o[:0]
	}
	o = o[s.IntN(len(o)+1):]
	for k := range o {
		if s.chance(3) {
			o[k] = 1
		}
	}
	return o
}

func TestRandomBroadcast(t *testing.T) {
	tryShapes(t, 400, 60_000, func(s *trial) {
		shape := s.shape(4000, MaxRank)
		n, empty := size(shape), s.chance(50)
		if empty {
			shape, n = append(shape[:min(len(shape), 3)], 0), 0
		}
		as, bs, cs := s.spread(shape), s.spread(shape), s.spread(shape)
		f := BinaryFunc(s.IntN(int(AbsGrad)))
		a, b, c := s.mixture(size(as), true), s.mixture(size(bs), true), s.mixture(size(cs), true)
		for i := range c {
			if s.chance(2) {
				c[i] = 0
			}
		}
		want, bound, chosen := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range want {
			x, y := float64(a[numpyIndex(i, shape, as)]), float64(b[numpyIndex(i, shape, bs)])
			want[i], bound[i] = binaryExact(f, x, y, 0, 0)
			chosen[i] = choiceOf(c[numpyIndex(i, shape, cs)] != 0, x, y)
		}
		s.what = binaryNames[f]
		s.forms(func() {
			y := s.result(n)
			BroadcastBinary(f, y, shape, a, as, b, bs)
			s.within(binaryNames[f], y, want, func(i int) float64 { return bound[i] })
			y = s.result(n)
			Where(y, shape, c, cs, a, as, b, bs)
			s.within("where", y, chosen, func(int) float64 { return 0 })
		})
	})
}

// A chain has the bits of its functions one after the other.
func TestRandomChain(t *testing.T) {
	tryShapes(t, 300, 40_000, func(s *trial) {
		n, inputs := s.size(one(s, 300, 5000)), 1+s.IntN(MaxInputs)
		inner := 1
		for _, k := range []int{2, 3, 5, 7, 16, 64, 1000} {
			if s.chance(3) && inner*k <= n {
				inner *= k
			}
		}
		n = max(1, n/inner) * inner
		var in [MaxInputs]Input[float32]
		var values [][]float32 // of inputs and steps, each of n
		for k := range inputs {
			in[k] = Input[float32]{s.mixture(n, true), 1}
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
		for range 1 + s.IntN(one(s, 1, 3, MaxSteps)) {
			st := Step{Arity: uint8(one(s, 1, 1, 2, 2, 2, 3)), Unary: UnaryFunc(s.IntN(len(unaryNames))),
				Binary: BinaryFunc(s.IntN(len(binaryNames))), P: -.5, Q: .75}
			for k := range st.Args {
				st.Args[k] = uint8(s.IntN(inputs + len(steps)))
			}
			steps = append(steps, st)
		}
		c := NewChain(inputs, steps...)
		place := s.IntN(inputs)
		if s.chance(2) || len(in[place].Data) != n {
			place = -1
		}
		s.what = "a chain"
		s.forms(func() {
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
						v[i] = float32(choiceOf(a[i] != 0, float64(b[i]), float64(c[i])))
					}
				}
				values = append(values, v)
			}
			y, operands := s.result(n), in
			if place >= 0 {
				copy(y, in[place].Data)
				operands[place].Data = y
			}
			RunChain(&c, y, &operands)
			s.within("the chain", y, wide(values[len(values)-1]), func(int) float64 { return 0 })
		})
	})
}
