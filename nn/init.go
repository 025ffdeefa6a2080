// This file holds initialisers, which give parameters their values before training.

package nn

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"

	"github.com/stheno-ml/stheno/graph"
)

// Init writes the initial value of a parameter to dst, whose elements may be anything before. All random numbers come
// from r, so that the value depends on the seed and the name of the parameter alone. Init is called when the parameter
// is first read, in the goroutine that reads it.
type Init func(dst graph.Tensor, r *Rand)

// Zeros fills with 0.
func Zeros(dst graph.Tensor, _ *Rand) { fill(dst, 0) }

// Ones fills with 1.
func Ones(dst graph.Tensor, _ *Rand) { fill(dst, 1) }

// Constant fills with v, which may be any number.
func Constant(v float64) Init { return func(dst graph.Tensor, _ *Rand) { fill(dst, v) } }

func fill(dst graph.Tensor, v float64) {
	for i := range dst.F32 {
		dst.F32[i] = float32(v)
	}
	for i := range dst.F64 {
		dst.F64[i] = v
	}
	for i := range dst.I64 {
		dst.I64[i] = int64(v)
	}
}

// Uniform draws from [-bound, bound). Like the initialisers below, it panics if its number is negative or not finite.
func Uniform(bound float64) Init {
	spread("Uniform", "bound", bound)
	return func(dst graph.Tensor, r *Rand) {
		r.Uniform(dst)
		for i, u := range dst.F32 {
			dst.F32[i] = float32(bound * (2*float64(u) - 1))
		}
		for i, u := range dst.F64 {
			dst.F64[i] = bound * (2*u - 1)
		}
	}
}

// Normal draws from the normal distribution with mean 0 and the given standard deviation.
func Normal(std float64) Init {
	spread("Normal", "std", std)
	return func(dst graph.Tensor, r *Rand) {
		r.Normal(dst)
		for i, u := range dst.F32 {
			dst.F32[i] = float32(std * float64(u))
		}
		for i, u := range dst.F64 {
			dst.F64[i] = std * u
		}
	}
}

// TruncatedNormal draws from the normal distribution with mean 0 and the given standard deviation, restricted to
// [-bound, bound], as PyTorch's trunc_normal_ and SciPy's truncnorm:
//
//	x = std·√2·erf⁻¹(erf(bound/(std·√2))·erf(z/√2)), z ~ N(0, 1)
//
// The bound is a value, not a number of standard deviations. With a bound of 2·std the numbers drawn have a standard
// deviation of 0.8796·std.
func TruncatedNormal(std, bound float64) Init {
	spread("TruncatedNormal", "std", std)
	spread("TruncatedNormal", "bound", bound)
	cut := func(z float64) float64 {
		if bound < 8*std { // beyond, the normal distribution has less than 10⁻¹⁵
			z = math.Sqrt2 * math.Erfinv(math.Erf(bound/(std*math.Sqrt2))*math.Erf(z/math.Sqrt2))
		}
		return min(max(std*z, -bound), bound)
	}
	return func(dst graph.Tensor, r *Rand) {
		r.Normal(dst)
		for i, z := range dst.F32 {
			dst.F32[i] = float32(cut(float64(z)))
		}
		for i, z := range dst.F64 {
			dst.F64[i] = cut(z)
		}
	}
}

// Fan says for which pass an initialiser keeps the variance.
type Fan uint8

const (
	FanIn  Fan = iota // of activations in the forward pass
	FanOut            // of gradients in the backward pass
)

// check panics when f is neither side.
func (f Fan) check(initialiser string) {
	if f > FanOut {
		panic(fmt.Sprintf("nn: %s: fan is %d, want FanIn or FanOut", initialiser, f))
	}
}

// Fans returns the number of inputs and outputs of one unit of a weight (out, in, k…):
// in·Πk and out·Πk.
func Fans(shape graph.Shape) (in, out int) {
	if len(shape) < 2 {
		return shape.Size(), shape.Size()
	}
	field := shape[2:].Size()
	return shape[1] * field, shape[0] * field
}

func fanOf(shape graph.Shape, f Fan) float64 {
	in, out := Fans(shape)
	if f == FanOut {
		return float64(out)
	}
	return float64(in)
}

// XavierUniform draws from U(-a, a), a = gain·√(6/(fan_in+fan_out)). See Glorot and Bengio 2010.
func XavierUniform(gain float64) Init {
	spread("XavierUniform", "gain", gain)
	return func(dst graph.Tensor, r *Rand) {
		in, out := Fans(dst.Shape)
		Uniform(gain*math.Sqrt(6/float64(in+out)))(dst, r)
	}
}

// XavierNormal draws from N(0, σ²), σ = gain·√(2/(fan_in+fan_out)). See Glorot and Bengio 2010.
func XavierNormal(gain float64) Init {
	spread("XavierNormal", "gain", gain)
	return func(dst graph.Tensor, r *Rand) {
		in, out := Fans(dst.Shape)
		Normal(gain*math.Sqrt(2/float64(in+out)))(dst, r)
	}
}

// HeUniform draws from U(-a, a), a = gain·√(3/fan). See He, Zhang, Ren and Sun 2015, who use fan_in and, for ReLU, the
// gain √2.
func HeUniform(gain float64, fan Fan) Init {
	spread("HeUniform", "gain", gain)
	fan.check("HeUniform")
	return func(dst graph.Tensor, r *Rand) { Uniform(gain*math.Sqrt(3/fanOf(dst.Shape, fan)))(dst, r) }
}

// HeNormal draws from N(0, σ²), σ = gain/√fan. See He, Zhang, Ren and Sun 2015.
func HeNormal(gain float64, fan Fan) Init {
	spread("HeNormal", "gain", gain)
	fan.check("HeNormal")
	return func(dst graph.Tensor, r *Rand) { Normal(gain/math.Sqrt(fanOf(dst.Shape, fan)))(dst, r) }
}

// Orthogonal draws gain times a matrix with orthonormal rows or columns, whichever are fewer, uniformly from all such
// matrices: Q of A = QR, for a matrix A of normal numbers and an R with a positive diagonal (Mezzadri 2007). With gain
// 1 a square linear layer keeps the length of every vector, and so does a chain of them. Axes from the second on count
// as columns, as in PyTorch's orthogonal_. See Saxe, McClelland and Ganguli 2014.
//
// A shape of fewer than two axes makes it panic when the value is drawn.
func Orthogonal(gain float64) Init {
	spread("Orthogonal", "gain", gain)
	return func(dst graph.Tensor, r *Rand) {
		if len(dst.Shape) < 2 {
			panic(fmt.Sprintf("nn: Orthogonal: the shape is %v, want two axes at least", dst.Shape))
		}
		rows := dst.Shape[0]
		cols := dst.Shape.Size() / rows
		r.Normal(dst)
		q := orthonormal(dst, max(rows, cols), min(rows, cols), rows < cols)
		for i := range rows {
			for j := range cols {
				at := i*min(rows, cols) + j
				if rows < cols {
					at = j*min(rows, cols) + i
				}
				set(dst, i*cols+j, gain*q.Data[at])
			}
		}
	}
}

// set sets an element of a tensor of floats.
func set(dst graph.Tensor, i int, v float64) {
	if dst.DType == graph.Float64 {
		dst.F64[i] = v
	} else {
		dst.F32[i] = float32(v)
	}
}

// orthonormal is Q (long, short) of the QR factors of a matrix of that size, where R has a positive diagonal. a holds
// the matrix, or its transpose if turned.
func orthonormal(a graph.Tensor, long, short int, turned bool) blas64.General {
	q := blas64.General{Rows: long, Cols: short, Stride: short, Data: make([]float64, long*short)}
	for i := range long {
		for j := range short {
			from := i*short + j
			if turned {
				from = j*long + i
			}
			q.Data[i*short+j] = a.At(from)
		}
	}
	tau, work := make([]float64, short), make([]float64, max(1, short*64))
	lapack64.Geqrf(q, tau, work, len(work))
	signs := make([]float64, short)
	for j := range signs {
		signs[j] = math.Copysign(1, q.Data[j*short+j])
	}
	lapack64.Orgqr(q, tau, work, len(work))
	for i := range q.Data {
		q.Data[i] *= signs[i%short]
	}
	return q
}

// These gains keep the variance through a nonlinearity, as PyTorch's calculate_gain.
const (
	GainLinear  = 1.0
	GainSigmoid = 1.0
	GainTanh    = 5.0 / 3
	GainReLU    = math.Sqrt2
	GainSELU    = 0.75
)

// GainLeakyReLU is √(2/(1+slope²)). It panics when slope is NaN.
func GainLeakyReLU(slope float64) float64 {
	if math.IsNaN(slope) {
		panic("nn: GainLeakyReLU: slope is NaN, want a number")
	}
	return math.Sqrt(2 / (1 + slope*slope))
}

// fanInUniform is PyTorch's default for weights and biases of linear and convolution layers:
// U(±1/√fan_in), fan_in being the product of the sizes. PyTorch writes it kaiming_uniform_(a=√5).
func fanInUniform(sizes ...int) Init {
	fan := 1.
	for _, n := range sizes {
		fan *= float64(n)
	}
	return Uniform(1 / math.Sqrt(fan))
}
