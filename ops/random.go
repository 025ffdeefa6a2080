// This file holds the ops that draw random numbers: dropout, and normal and uniform tensors.

package ops

import (
	"cmp"
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/rng"
)

// Dropout sets each element of x to 0 with probability p and divides the others by 1-p, so that the mean stays:
//
//	y = x·m/(1-p)        m is 0 with probability p, else 1
//
// In an Eval graph, and for p = 0, it is x itself and adds no node; for p = 1 it is 0. The mask is a function of the
// graph's seed, the place of this op among the graph's random ops, and the step. It is not kept for the derivative,
// which draws it again: dx = dy·m/(1-p). See Srivastava et al. 2014.
func Dropout(x graph.Node, p float64) graph.Node { return dropped("dropout", x, p, 0) }

// SpatialDropout is [Dropout] of whole channels: the elements of x (N, C, …) from the third axis on share one mask
// (N, C). PyTorch calls it Dropout2d. See Tompson et al. 2015.
func SpatialDropout(x graph.Node, p float64) graph.Node { return dropped("spatial-dropout", x, p, 2) }

// DropPath is [Dropout] of whole examples: all elements of a row of x (N, …) share one mask (N). At the end of the
// branch of a residual block it leaves the block out for some of the examples, "stochastic depth":
//
//	y := ops.Add(x, ops.DropPath(branch(x), p))
//
// See Huang et al. 2016, who let p grow in a straight line from 0 in the first block to 0.5 in the last.
func DropPath(x graph.Node, p float64) graph.Node { return dropped("drop-path", x, p, 1) }

// dropped applies dropout. With from > 0, all elements of the axes from that one on share one draw.
func dropped(name string, x graph.Node, p float64, from int) graph.Node {
	if !x.Valid() {
		return x
	}
	if err := allowed("p", p); err != nil {
		return graph.Fail(name, []graph.Node{x}, err)
	}
	if x.Rank() < from {
		return graph.Failf(name, []graph.Node{x}, "x has rank %d, want %s", x.Rank(), [...]string{1: "(N, …)",
			2: "(N, C, …)"}[from])
	}
	g := x.Graph()
	if p == 0 || g.Mode == graph.Eval {
		return x
	}
	run := 1
	if from > 0 {
		run = x.Shape()[from:].Size()
	}
	return graph.Apply(dropout{name, p, run, g.Seed, g.Random()}, x, g.Step())
}

// dropout has the operands x and the step. Its derivative is dropout of dy with the same mask.
type dropout struct {
	name    string
	p       float64
	run     int // consecutive elements that share one draw
	seed    uint64
	ordinal int
}

func (o dropout) String() string {
	return fmt.Sprintf("%s p=%g seed=%d random=%d", o.name, o.p, o.seed, o.ordinal)
}
func (o dropout) Operands() string { return "x step" }
func (o dropout) Types(in []graph.Type) ([]graph.Type, error) {
	if !in[0].DType.IsFloat() {
		return nil, fmt.Errorf("x holds %v, want floats", in[0].DType)
	}
	if n := in[0].Shape.Size(); o.run > 0 && n%o.run != 0 {
		return nil, fmt.Errorf("%d elements are no runs of %d", n, o.run)
	}
	return in[:1], cmp.Or(allowed("p", o.p), allowed("run", o.run), checkStep(in[1]))
}
func (o dropout) Grad(_, dy, in []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{graph.Apply(o, dy[0], in[1]), {}}
}
func (o dropout) InPlace(int) []int { return []int{0} }
func (o dropout) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalDropout[float32], evalDropout[float64])
}

func evalDropout[T scalar.Float](o dropout, dst, in []graph.Tensor) error {
	key := stepKey(o.seed, o.ordinal, in[1])
	kernel.Dropout(graph.Floats[T](dst[0]), graph.Floats[T](in[0]), o.run, key, o.p)
	return nil
}
func (o dropout) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleNorm, fmt.Sprintf("Dropout %g", o.p)
}

// Flops: the product with m/(1-p).
func (dropout) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }

func checkStep(t graph.Type) error {
	if t.DType != graph.Int64 || t.Shape.Size() != 1 {
		return fmt.Errorf("the step is %v, want an int64 scalar", t)
	}
	return nil
}

// stepKey is the key of one random op in one step.
func stepKey(seed uint64, ordinal int, step graph.Tensor) rng.K {
	return rng.Key(seed, uint64(ordinal)).Sub(uint64(step.I64[0]))
}

// RandomNormal is a tensor of standard normal numbers, new ones in every step:
//
//	z = μ + σ·ε        z := ops.Add(mu, ops.Mul(sigma, ops.RandomNormal(g, 64, 20)))
//
// The numbers are a function of the graph's seed, the place of this op among its random ops, and the step.
func RandomNormal(g *graph.Graph, shape ...int) graph.Node { return drawn(g, normalNumbers, shape) }

// RandomUniform is a tensor of numbers uniform in [0, 1), otherwise as [RandomNormal].
func RandomUniform(g *graph.Graph, shape ...int) graph.Node { return drawn(g, uniformNumbers, shape) }

func drawn(g *graph.Graph, d distribution, shape []int) graph.Node {
	if err := checkRank(shape); err != nil {
		return g.FailIn(d.String(), err)
	}
	step := g.Step() // first, since it says so when the graph is nil
	return graph.Apply(random{d, g.DType, graph.MakeDims(shape...), g.Seed, g.Random()}, step)
}

type distribution uint8

const (
	normalNumbers distribution = iota
	uniformNumbers
)

func (d distribution) String() string { return [...]string{"normal", "uniform"}[d] }

// random has the step as its operand, so that every step has its own numbers.
type random struct {
	d       distribution
	dtype   graph.DType
	shape   graph.Dims
	seed    uint64
	ordinal int
}

func (o random) String() string {
	return fmt.Sprintf("random %v seed=%d random=%d", o.d, o.seed, o.ordinal)
}
func (o random) Operands() string { return "step" }
func (o random) Types(in []graph.Type) ([]graph.Type, error) {
	return []graph.Type{{DType: o.dtype, Shape: o.shape.Slice()}}, cmp.Or(floatType(o.dtype), checkStep(in[0]))
}

// Grad is never asked for: the step is an integer.
func (o random) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }
func (o random) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalRandom[float32], evalRandom[float64])
}

func evalRandom[T scalar.Float](o random, dst, in []graph.Tensor) error {
	key := stepKey(o.seed, o.ordinal, in[0])
	if o.d == normalNumbers {
		kernel.RandomNormal(graph.Floats[T](dst[0]), key)
	} else {
		kernel.RandomUniform(graph.Floats[T](dst[0]), key)
	}
	return nil
}
func (o random) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleRandom, [...]string{"Normal", "Uniform"}[o.d]
}

func (o random) Flops([]graph.Type) (products, others int64) { return 0, int64(o.shape.Size()) }
