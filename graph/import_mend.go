// This file mends Gorgonia's ops. It holds gradients of ours in the place of rules that are wrong or missing, and ops
// of ours in the place of ops that keep a state or are wrong.

package graph

import (
	"fmt"
	"math"
	"reflect"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// mendedRules are gradient rules by name of the function, in the form of SymDiff: x are the operands, y is the result.
var mendedRules = map[string]func(x gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error){
	// y = log₂x: dx = dy / (x·ln 2). Gorgonia multiplies by ln 2.
	"Log2": func(x gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error) {
		return one(apply2(gorgonia.HadamardDiv, dy)(scaled(x[0], math.Ln2)))
	},
	// y = 1/√x: dx = -½·y³·dy. Gorgonia divides by 2y³.
	"InverseSqrt": func(x gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error) {
		cube, err := gorgonia.Cube(y)
		if err != nil {
			return nil, err
		}
		return one(apply2(gorgonia.HadamardProd, dy)(scaled(cube, -.5)))
	},
	// z = a·bᵀ: da = dz·b, db = dzᵀ·a. Gorgonia multiplies each by itself.
	"OuterProd": func(x gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error) {
		da, err := gorgonia.Mul(dy, x[1])
		if err != nil {
			return nil, err
		}
		db, err := gorgonia.Mul(x[0], dy)
		return gorgonia.Nodes{da, db}, err
	},
	// y = mean of each plane of x (N, C, H, W): dx = dy / (H·W), repeated over the plane. Gorgonia has no rule.
	"GlobalAveragePool2D": func(x gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error) {
		shape := x[0].Shape()
		d, err := scaled(dy, 1/float64(shape[2]*shape[3]))
		if err != nil {
			return nil, err
		}
		return one2(gorgonia.Broadcast(d, x[0], gorgonia.NewBroadcastPattern([]byte{2, 3}, nil)))
	},
	// Gorgonia's rule for ReductionMean does not divide.
	"CTCLoss": func(x gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error) {
		reduction := fieldOf(y.Op(), "reduction").Uint()
		if gorgonia.Reduction(reduction) != gorgonia.ReductionSum {
			return nil, fmt.Errorf("its gradient is wrong with ReductionMean: use ReductionSum, and divide")
		}
		return y.Op().(gorgonia.SDOp).SymDiff(x, y, dy)
	},
}

// mended is the name of the op in mendedRules.
func (o foreign) mended() string {
	function, _, _ := foreignFunction(o.n.Op())
	return function
}

func one(n *gorgonia.Node, err error) (gorgonia.Nodes, error)     { return gorgonia.Nodes{n}, err }
func one2(n, _ *gorgonia.Node, err error) (gorgonia.Nodes, error) { return gorgonia.Nodes{n}, err }

// apply2 is f(a, ·) for an operand that may have come with an error.
func apply2(f func(a, b *gorgonia.Node) (*gorgonia.Node, error), a *gorgonia.Node,
) func(b *gorgonia.Node, err error) (*gorgonia.Node, error) {
	return func(b *gorgonia.Node, err error) (*gorgonia.Node, error) {
		if err != nil {
			return nil, err
		}
		return f(a, b)
	}
}

// scaled is v·n.
func scaled(n *gorgonia.Node, v float64) (*gorgonia.Node, error) {
	var c *gorgonia.Node
	if n.Dtype() == tensor.Float32 {
		c = gorgonia.NewConstant(float32(v))
	} else {
		c = gorgonia.NewConstant(v)
	}
	return gorgonia.HadamardProd(n, c)
}

// replacements are ops of ours in the place of ops of Gorgonia, by type. Those ops keep a state, are seeded by the
// clock, or compute something else than their name says.
var replacements = map[string]func(r replacing) (Node, error){
	"dropoutOp":   replacing.dropout,
	"randomOp":    replacing.noise,
	"maxPoolOp":   replacing.pool,
	"avgPoolOp":   replacing.pool,
	"BatchNormOp": replacing.batchNorm,
	"GroupNormOp": replacing.groupNorm,
	"byIndicesOp": replacing.byIndices,
	"sumOp":       replacing.reduction,
	"maxOp":       replacing.reduction,
	"atOp":        replacing.at,
}

// replacing is one op of Gorgonia that is replaced.
type replacing struct {
	g    *Graph
	n    *gorgonia.Node
	in   []Node
	like *Graph // an earlier import, or nil
}

// replace adds an op of ours in the place of n, if there is one. It is an error if n is wrong and cannot be mended.
func (g *Graph) replace(n *gorgonia.Node, in []Node, like *Graph) (out Node, done bool, err error) {
	if n.Op() == nil {
		return Node{}, false, nil
	}
	f, known := replacements[kindOf(n.Op())]
	if !known {
		return Node{}, false, nil
	}
	defer func() {
		if r := recover(); r != nil { // a field of the op is not there, or of another type
			err = fmt.Errorf("import %v: its op is not that of Gorgonia v0.9.18: %v", n.Name(), r)
		}
	}()
	if out, err = f(replacing{g, n, in, like}); err != nil {
		return Node{}, false, fmt.Errorf("import %v: %w", n.Name(), err)
	}
	if out.v == nil {
		return Node{}, false, nil
	}
	if g.err != nil {
		return Node{}, false, g.err
	}
	if t, err := typeOfForeign(n); err != nil || !t.Equal(out.v.t) {
		return Node{}, false, fmt.Errorf("import %v: what takes its place is %v, it is %v", n.Name(), out.v.t, t)
	}
	return out, true, nil
}

// field is a field of the op.
func (r replacing) field(name string) reflect.Value { return fieldOf(r.n.Op(), name) }

// fieldOf is a field of an op, which Gorgonia does not export. It is the zero Value if there is none.
func fieldOf(op gorgonia.Op, name string) reflect.Value {
	v := reflect.Indirect(reflect.ValueOf(op))
	if v.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	return v.FieldByName(name)
}

// dropout is our dropout in a Train graph and the identity in an Eval graph. Gorgonia's dropout is seeded by the
// clock, and its gradient is scaled by 1/p.
func (r replacing) dropout() (Node, error) {
	p := r.field("probability").Float()
	if p < 0 || p >= 1 {
		return Node{}, fmt.Errorf("p is %v, want at least 0 and less than 1", p)
	}
	if p == 0 || r.g.Mode == Eval {
		return r.in[0], nil
	}
	return r.g.apply(masked{p, r.g.Seed, r.g.Random()}, []Node{r.in[0], r.g.Step()})[0], nil
}

// noise draws random numbers by the seed of the graph. Gorgonia's are seeded by the clock.
func (r replacing) noise() (Node, error) {
	which := r.field("which").Uint()
	if which > 1 {
		return Node{}, fmt.Errorf("binomial numbers are not supported: compare those of UniformRandomNode with Lt")
	}
	t, err := typeOfForeign(r.n)
	if err != nil {
		return Node{}, err
	}
	a, b := r.field("a").Float(), r.field("b").Float()
	op := noise{which == 1, a, b, t.DType, MakeDims(t.Shape...), r.g.Seed, r.g.Random()}
	return r.g.apply(op, []Node{r.g.Step()})[0], nil
}

// pool is our pooling. Gorgonia's average divides by the width of its input. Its maximum mixes up the sides of an
// asymmetric padding, and all machines of a graph share the places of the maxima.
func (r replacing) pool() (Node, error) {
	size := func(name string) int { return int(r.field(name).Int()) }
	x, y := r.n.Shape(), r.in[0].v.t.Shape
	if len(x) != 4 || len(y) != 4 {
		return Node{}, fmt.Errorf("the shape is %v, want (N, C, H, W)", y)
	}
	p := kernel.Pool{Planes: y[0] * y[1], H: y[2], W: y[3], KH: size("h"), KW: size("w"), StrideH: size("strideH"),
		StrideW: size("strideW"), PadT: size("padNorth"), PadB: size("padSouth"), PadL: size("padWest"),
		PadR: size("padEast"), DilH: 1, DilW: 1, OH: x[2], OW: x[3]}
	if 2*max(p.PadT, p.PadB) > p.KH || 2*max(p.PadL, p.PadR) > p.KW {
		return Node{}, fmt.Errorf("the padding is more than half of the window")
	}
	return r.g.apply(pooled{p, kindOf(r.n.Op()) == "avgPoolOp"}, r.in)[0], nil
}

// reduction is our sum or maximum. Package tensor's are wrong along axes in the middle of four or more.
func (r replacing) reduction() (Node, error) {
	op := reduced{f: vector.Sum, shape: MakeDims(r.n.Shape()...)}
	if kindOf(r.n.Op()) == "maxOp" {
		op.f = vector.Max
	}
	for along, i := r.field("along"), 0; i < along.Len(); i++ {
		axis := along.Index(i).Int()
		if axis < 0 || axis >= MaxRank {
			return Node{}, fmt.Errorf("there is no axis %d", axis)
		}
		op.axes |= 1 << axis
	}
	return r.g.apply(op, r.in)[0], nil
}

// at is our op for one element. Gorgonia's op says that it has no gradient.
func (r replacing) at() (Node, error) {
	shape, place, coordinates := r.in[0].v.t.Shape, 0, r.field("coordinates")
	if coordinates.Len() != len(shape) {
		return Node{}, fmt.Errorf("%d coordinates of %v", coordinates.Len(), shape)
	}
	for k, n := range shape {
		c := int(coordinates.Index(k).Int())
		if c < 0 || c >= n {
			return Node{}, fmt.Errorf("there is no element %d along axis %d of %v", c, k, shape)
		}
		place = place*n + c
	}
	return r.g.apply(element{place}, r.in)[0], nil
}

// byIndices keeps Gorgonia's op along the first and last axis, where it is right, and refuses others.
func (r replacing) byIndices() (Node, error) {
	axis, rank := int(r.field("axis").Int()), r.in[0].Rank()
	if axis > 0 && axis < rank-1 {
		return Node{}, fmt.Errorf("Gorgonia takes wrong rows along axis %d of %d: use ops.Gather", axis, rank)
	}
	return Node{}, nil
}

// batchNorm is our batch normalisation. Gorgonia's op holds its mode, so that all machines of a graph share it, and
// its gradient with running statistics is wrong.
func (r replacing) batchNorm() (Node, error) {
	op, x := r.n.Op().(*gorgonia.BatchNormOp), r.in[0]
	eps, momentum := r.field("epsilon").Float(), r.field("momentum").Float()
	if x.Rank() != 2 && x.Rank() != 4 {
		return Node{}, fmt.Errorf("the shape is %v, want (N, C) or (N, C, H, W)", x.Shape())
	}
	stats, err := r.statistics(op)
	if err != nil {
		return Node{}, err
	}
	mean, variance := r.g.Param(stats[0]), r.g.Param(stats[1])
	if r.g.Mode == Eval {
		return r.g.apply(affine{eps, false}, []Node{x, mean, variance})[0], nil
	}
	out := r.g.apply(normed{0, eps}, []Node{x})
	if n := float64(x.Size() / x.Dim(1)); out[0].Valid() && n > 1 {
		r.g.InPhase(Update, func() {
			r.g.Revise(mean, func(old Node) Node { return r.g.apply(blended{momentum, 1}, []Node{old, out[1]})[0] })
			r.g.Revise(variance, func(old Node) Node {
				return r.g.apply(blended{momentum, n / (n - 1)}, []Node{old, out[2]})[0]
			})
		})
	}
	return out[0], nil
}

// statistics are the running mean and variance of a batch normalisation: the parameters of an earlier import, or
// copies of the statistics in Gorgonia's op. If Gorgonia has not made a machine yet they begin with 0 and 1, as they
// do when it makes one.
func (r replacing) statistics(op *gorgonia.BatchNormOp) (stats [2]*Param, err error) {
	if r.like != nil {
		if stats, ok := r.like.norms[op]; ok {
			return stats, nil
		}
		return stats, fmt.Errorf("the graph given as Like has no such batch normalisation")
	}
	t := Type{r.in[0].v.t.DType, Shape{r.in[0].Dim(1)}}
	for i, name := range []string{"running_mean", "running_var"} {
		stats[i] = NewParam(fmt.Sprintf("batchnorm%d.%s", len(r.g.norms), name), t)
		stats[i].SetTrainable(false)
	}
	mean, variance := op.Stats()
	if err := copyStatistic(stats[0], mean); err != nil {
		return stats, err
	}
	if err := copyStatistic(stats[1], variance); err != nil {
		return stats, err
	}
	if v := stats[1].Tensor(); isZero(v) { // no machine has been made yet
		v.fill(1)
	}
	if r.g.norms == nil {
		r.g.norms = map[*gorgonia.BatchNormOp][2]*Param{}
	}
	r.g.norms[op] = stats
	return stats, nil
}

func copyStatistic(p *Param, v tensor.Tensor) error {
	d, ok := v.(*tensor.Dense)
	if !ok {
		return fmt.Errorf("its statistics are %T, want dense tensors", v)
	}
	t, err := fromDense(d)
	if err != nil {
		return err
	}
	t.Shape = p.Type().Shape
	return t.assignTo(p.Tensor())
}

func isZero(t Tensor) bool {
	for i := range t.Shape.Size() {
		if t.At(i) != 0 {
			return false
		}
	}
	return true
}

// groupNorm is our group normalisation. Gorgonia computes a wrong variance for groups of more than 256 elements.
func (r replacing) groupNorm() (Node, error) {
	groups, x := int(r.field("numGroups").Int()), r.in[0]
	if x.Rank() < 2 || groups < 1 || x.Dim(1)%groups != 0 {
		return Node{}, fmt.Errorf("%d groups do not divide the channels of %v", groups, x.Shape())
	}
	return r.g.apply(normed{groups, r.field("epsilon").Float()}, r.in)[0], nil
}
