// Batch, layer and group normalisation.

package ops

import (
	"cmp"
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// BatchNormOptions are the attributes of [BatchNorm].
type BatchNormOptions struct {
	// Momentum is the weight of the new batch in the running statistics; 0.1 if 0, see [Zero]. Keras' is 1 - Momentum.
	Momentum float64
	Eps      float64 // added to the variance; 1e-5 if 0, see [Zero]
	Frozen   bool    // use the running statistics in a Train graph, too, and leave them as they are
}

// BatchNorm normalises x (N, C, …) per channel over the batch and the axes after the second:
//
//	y = (x - mean)/√(variance + eps)·w + b        w, b, mean, variance (C)
//
// In a Train graph mean and variance are those of the batch, with the biased variance. The parameter nodes mean and
// variance are assigned running ← (1-momentum)·running + momentum·batch, with the unbiased variance, as PyTorch does.
// A layer that is applied twice in a graph updates them twice, in that order. In an Eval graph mean and variance are
// read. If one of them is the zero Node, the statistics of the batch are used in both modes. w and b may be the zero
// Node: then there is no scale, or no shift.
//
// y and the gradients are right for values of any size; PyTorch gives 0 for values from 1e20 on in float32. A run
// fails when the variance of a batch is more than a running variance can hold, which would be Inf from then on. It is
// an error to train on one value per channel: the variance is 0. See Ioffe and Szegedy 2015.
func BatchNorm(x, w, b, mean, variance graph.Node, opt BatchNormOptions) graph.Node {
	if !x.Valid() {
		return x
	}
	o := batchNorm{affine: affine{w != graph.Node{}, b != graph.Node{}}, eps: orDefault(opt.Eps, 1e-5)}
	if err := heldOrZero(x.DType(), "momentum", opt.Momentum); err != nil {
		return graph.Fail("batchnorm", []graph.Node{x}, err)
	}
	g := x.Graph()
	tracked := mean != graph.Node{} && variance != graph.Node{}
	if tracked && (opt.Frozen || g.Mode == graph.Eval) {
		return graph.Apply(batchNormEval(o), o.operands([]graph.Node{x, mean, variance}, w, b)...)
	}
	o.tracked = tracked
	out := graph.ApplyAll(o, o.operands([]graph.Node{x}, w, b)...)
	if tracked && out[0].Valid() {
		n := float64(x.Size() / x.Dim(1))
		m := orDefault(opt.Momentum, 0.1)
		g.InPhase(graph.Update, func() {
			g.Revise(mean, func(old graph.Node) graph.Node { return graph.Apply(running{m, 1}, old, out[1]) })
			g.Revise(variance, func(old graph.Node) graph.Node {
				return graph.Apply(running{m, n / (n - 1)},
					old, out[2])
			})
		})
	}
	return out[0]
}

// Zero stands for the number 0 in options whose zero value is the usual constant: a batch norm whose running
// statistics stay as they are has a momentum of Zero.
const Zero = math.SmallestNonzeroFloat64

func orDefault(v, usual float64) float64 {
	switch v {
	case 0:
		return usual
	case Zero:
		return 0
	}
	return v
}

// LayerNorm normalises x over as many last axes as w has, and scales and shifts element by element:
//
//	y = (x - mean)/√(variance + eps)·w + b        w, b of the shape of those axes
//
// The variance is biased. w and b may be the zero Node; without both, x is normalised over the last axis. PyTorch's
// eps is 1e-5, BERT's 1e-12, Keras' 1e-3. A constant vector gives b exactly. See Ba, Kiros and Hinton 2016.
func LayerNorm(x, w, b graph.Node, eps float64) graph.Node {
	o := rowNorm{affine: affine{w != graph.Node{}, b != graph.Node{}}, axes: 1, eps: eps}
	switch {
	case o.w:
		o.axes = w.Rank()
	case o.b:
		o.axes = b.Rank()
	}
	return graph.Apply(o, o.operands([]graph.Node{x}, w, b)...)
}

// GroupNorm normalises each example of x (N, C, …) over groups of C/groups neighbouring channels and the axes
// after the second, and scales and shifts per channel:
//
//	y = (x - mean)/√(variance + eps)·w + b        w, b (C)
//
// With one channel a group it is instance normalisation. The variance is biased. w and b may be the zero Node.
// See Wu and He 2018.
func GroupNorm(x graph.Node, groups int, w, b graph.Node, eps float64) graph.Node {
	if err := allowed("groups", groups); err != nil {
		return graph.Fail("groupnorm", []graph.Node{x}, err)
	}
	o := rowNorm{affine: affine{w != graph.Node{}, b != graph.Node{}}, groups: groups, eps: eps}
	return graph.Apply(o, o.operands([]graph.Node{x}, w, b)...)
}

// affine says which of weight and shift a normalisation has.
type affine struct{ w, b bool }

// operands appends w and b, as far as there are.
func (a affine) operands(in []graph.Node, w, b graph.Node) []graph.Node {
	if a.w {
		in = append(in, w)
	}
	if a.b {
		in = append(in, b)
	}
	return in
}

// names appends the names of w and b, as far as there are.
func (a affine) names(s string) string {
	if a.w {
		s += " w"
	}
	if a.b {
		s += " b"
	}
	return s
}

// values are the elements of w and b, nil where there is none. in holds those that there are.
func values[T scalar.Float](a affine, in []graph.Tensor) (w, b []T) {
	if a.w {
		w, in = graph.Floats[T](in[0]), in[1:]
	}
	if a.b {
		b = graph.Floats[T](in[0])
	}
	return w, b
}

// gradients orders (dx, dw, db) as the operands x and those of w and b that there are.
func (a affine) gradients(dx, dw, db graph.Node) []graph.Node {
	return a.operands([]graph.Node{dx}, dw, db)
}

// check reports a weight or shift that is not of the given shape.
func (a affine) check(in []graph.Type, shape graph.Shape) error {
	for _, t := range in {
		if !t.Shape.Equal(shape) {
			return fmt.Errorf("weight and shift have shape %v, want %v", t.Shape, shape)
		}
	}
	return nil
}

// normView is how a normalisation sees x: its shape, the axes that share a mean, and the shape that makes a weight
// broadcast against it.
type normView struct {
	shape, weight graph.Shape
	axes          []int
}

// channelView is how x (N, C, …) is seen per channel.
func channelView(x graph.Shape) normView {
	v := normView{shape: x, weight: make(graph.Shape, len(x)-1), axes: []int{0}}
	for k := range v.weight {
		v.weight[k] = 1
	}
	v.weight[0] = x[1]
	for k := 2; k < len(x); k++ {
		v.axes = append(v.axes, k)
	}
	return v
}

// batchNorm gives y, and the mean and biased variance of the batch. With r = 1/√(variance + eps), x̂ = (x - mean)·r, g
// = dy·w and means over the elements of a channel,
//
//	dx = r·(g - mean(g) - x̂·mean(g·x̂))    dw = Σ dy·x̂    db = Σ dy
//
// The results mean and variance have no gradients: only the running statistics read them.
type batchNorm struct {
	affine
	eps     float64
	tracked bool // running statistics are revised by the results
}

func (o batchNorm) String() string { return "batchnorm" + attributes("eps", o.eps) }

func (o batchNorm) Types(in []graph.Type) ([]graph.Type, error) {
	stat, err := perChannel(in)
	err = cmp.Or(held(in[0].DType, "eps", o.eps), err)
	if err == nil && in[0].Shape.Size() == stat.Shape.Size() {
		err = fmt.Errorf("there is one value per channel, and its variance is 0: training needs more")
	}
	return []graph.Type{in[0], stat, stat}, err
}

// perChannel is the type of a value for each channel of x (N, C, …), the first operand. It reports another operand
// that is not of this type.
func perChannel(in []graph.Type) (graph.Type, error) {
	x := in[0]
	if len(x.Shape) < 2 {
		return x, fmt.Errorf("x has %d axes, want (N, C, …)", len(x.Shape))
	}
	c := graph.Type{DType: x.DType, Shape: x.Shape[1:2]}
	for _, t := range in[1:] {
		if !t.Shape.Equal(c.Shape) {
			return c, fmt.Errorf("x has %d channels, a parameter has shape %v", x.Shape[1], t.Shape)
		}
	}
	return c, sameFloats(in...)
}

func (o batchNorm) Grad(y, dy, in []graph.Node, _ []bool) []graph.Node {
	if dy[1].Valid() || dy[2].Valid() {
		return nil
	}
	operands := []graph.Node{dy[0], in[0], y[1], y[2]}
	if o.w {
		operands = append(operands, in[1])
	}
	d := graph.ApplyAll(batchNormGrad{o.w, o.eps}, operands...)
	return o.gradients(d[0], d[1], d[2])
}

// Scratch holds the statistics in float64: a variance may be more than 10³⁸, which float32 cannot hold.
func (o batchNorm) Scratch(in []graph.Type) []graph.Type {
	return []graph.Type{{DType: graph.Float64, Shape: graph.Shape{2, in[0].Shape[1]}}}
}

func (o batchNorm) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalBatchNorm[float32], evalBatchNorm[float64])
}

func evalBatchNorm[T scalar.Float](o batchNorm, dst, in []graph.Tensor) error {
	n, c, s := batchSizes(in[0].Shape)
	x, y, exact := graph.Floats[T](in[0]), graph.Floats[T](dst[0]), dst[3].F64
	variance := graph.Floats[T](dst[2])
	kernel.BatchStats(graph.Floats[T](dst[1]), variance, exact, x, kernel.Norm[T]{N: n, C: c, S: s, Eps: o.eps})
	if y != nil {
		w, b := values[T](o.affine, in[1:])
		kernel.BatchNormExact(y, x, exact, kernel.Norm[T]{N: n, C: c, S: s, W: w, B: b})
	}
	if !o.tracked {
		return nil
	}
	most := largest(in[0].DType)
	for k, v := range variance { // the correction for the running estimate is at most 2
		if mean := exact[k]; float64(v) > most/2 && !math.IsInf(mean, 0) {
			return fmt.Errorf("the variance of channel %d is %.3g, more than a running variance of %v holds: scale "+
				"x down first", k, 1/(exact[c+k]*exact[c+k]), in[0].DType)
		}
	}
	return nil
}

// batchSizes sees x as (N, C, S).
func batchSizes(x graph.Shape) (n, c, s int) { return x[0], x[1], x[2:].Size() }

func (o batchNorm) Operands() string { return o.names("x") }
func (o batchNorm) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleNorm, "BatchNorm"
}

func (batchNorm) Flops(in []graph.Type) (products, others int64) { return each(normFlops, in[0]) }

// Absorb takes in elementwise ops.
func (o batchNorm) Absorb(operands int, next graph.Op, operand int, in []graph.Type) (graph.Op, bool) {
	return absorb(o, operands, next, operand, in)
}

// batchNormGrad gives dx, dw and db from dy, x, mean, variance and w. Its own gradient treats mean and variance as
// functions of x, so the operands mean and variance have none.
type batchNormGrad struct {
	w   bool
	eps float64
}

func (o batchNormGrad) String() string { return "∂batchnorm" + attributes("eps", o.eps) }

func (o batchNormGrad) Types(in []graph.Type) ([]graph.Type, error) {
	stat, err := perChannel(in[1:])
	return []graph.Type{in[1], stat, stat}, cmp.Or(held(in[0].DType, "eps", o.eps), err, expect("dy", in, in[1]))
}

func (o batchNormGrad) Grad(_, u, in []graph.Node, want []bool) []graph.Node {
	d := normSecond(channelView(in[1].Shape()), o.eps, in[0], in[1], in[4:], u)
	return append([]graph.Node{d[0], d[1], {}, {}}, d[2:]...)
}

func (o batchNormGrad) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalBatchNormGrad[float32], evalBatchNormGrad[float64])
}

func evalBatchNormGrad[T scalar.Float](o batchNormGrad, dst, in []graph.Tensor) error {
	n, c, s := batchSizes(in[1].Shape)
	w, _ := values[T](affine{w: o.w}, in[4:])
	kernel.BatchNormGrad(graph.Floats[T](dst[0]), graph.Floats[T](dst[1]), graph.Floats[T](dst[2]),
		graph.Floats[T](in[0]), graph.Floats[T](in[1]), graph.Floats[T](in[2]), graph.Floats[T](in[3]),
		kernel.Norm[T]{N: n, C: c, S: s, W: w, Eps: o.eps})
	return nil
}

func (o batchNormGrad) InPlace(result int) []int {
	if result == 0 {
		return []int{0, 1}
	}
	return nil
}
func (o batchNormGrad) NoGrad(operand int) bool { return operand == 2 || operand == 3 }
func (o batchNormGrad) Operands() string        { return affine{w: o.w}.names("dy x mean variance") }
func (o batchNormGrad) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleNorm, "∂BatchNorm"
}

func (batchNormGrad) Flops(in []graph.Type) (products, others int64) {
	return each(normGradFlops, in[1])
}

// batchNormEval gives y from x and a given mean and variance. y is affine in x. The gradient is made of simpler ops.
type batchNormEval batchNorm

func (o batchNormEval) String() string { return "batchnormeval" + attributes("eps", o.eps) }

func (o batchNormEval) Types(in []graph.Type) ([]graph.Type, error) {
	_, err := perChannel(in)
	return in[:1], cmp.Or(held(in[0].DType, "eps", o.eps), err)
}

func (o batchNormEval) Grad(_, dy, in []graph.Node, want []bool) []graph.Node {
	x, mean, variance := in[0], in[1], in[2]
	v := channelView(x.Shape())
	wide := func(n graph.Node) graph.Node { return Reshape(n, v.weight...) }
	r := Rsqrt(AddScalar(variance, o.eps))
	scale := r
	if o.w {
		scale = Mul(r, in[3])
	}
	d := make([]graph.Node, len(in))
	if want[0] {
		d[0] = Mul(dy[0], wide(scale))
	}
	total := Sum(dy[0], v.axes...)
	product := Sum(Mul(dy[0], Sub(x, wide(mean))), v.axes...)
	if want[1] {
		d[1] = Neg(Mul(total, scale))
	}
	if want[2] {
		d[2] = Scale(Mul(product, Mul(scale, Square(r))), -0.5)
	}
	if o.w && want[3] {
		d[3] = Mul(product, r)
	}
	if last := len(in) - 1; o.b && want[last] {
		d[last] = total
	}
	return d
}

func (o batchNormEval) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalBatchNormEval[float32], evalBatchNormEval[float64])
}

func evalBatchNormEval[T scalar.Float](o batchNormEval, dst, in []graph.Tensor) error {
	n, c, s := batchSizes(in[0].Shape)
	w, b := values[T](o.affine, in[3:])
	kernel.BatchNorm(graph.Floats[T](dst[0]), graph.Floats[T](in[0]), graph.Floats[T](in[1]), graph.Floats[T](in[2]),
		kernel.Norm[T]{N: n, C: c, S: s, W: w, B: b, Eps: o.eps})
	return nil
}

func (o batchNormEval) InPlace(int) []int { return []int{0} }
func (o batchNormEval) Operands() string  { return o.names("x mean variance") }
func (o batchNormEval) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleNorm, "BatchNorm"
}

// Flops: a factor and a shift, which are made once for each channel.
func (batchNormEval) Flops(in []graph.Type) (products, others int64) { return each(2, in[0]) }

// Absorb takes in elementwise ops.
func (o batchNormEval) Absorb(operands int, next graph.Op, operand int, in []graph.Type) (graph.Op, bool) {
	return absorb(o, operands, next, operand, in)
}

// running is (1-momentum)·old + momentum·correction·batch.
type running struct{ momentum, correction float64 }

func (o running) String() string {
	return "running" + attributes("momentum correction", o.momentum, o.correction)
}

func (o running) Types(in []graph.Type) ([]graph.Type, error) {
	if !in[0].Equal(in[1]) {
		return nil, fmt.Errorf("running statistics are %v, the batch has %v", in[0], in[1])
	}
	return in[:1], cmp.Or(held(in[0].DType, "momentum", o.momentum), held(in[0].DType, "correction", o.correction),
		sameFloats(in...))
}

func (o running) Grad(_, dy, _ []graph.Node, _ []bool) []graph.Node {
	return []graph.Node{Scale(dy[0], 1-o.momentum), Scale(dy[0], o.momentum*o.correction)}
}

func (o running) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalRunning[float32], evalRunning[float64])
}

func evalRunning[T scalar.Float](o running, dst, in []graph.Tensor) error {
	y, old, batch := graph.Floats[T](dst[0]), graph.Floats[T](in[0]), graph.Floats[T](in[1])
	a, b := T(1-o.momentum), T(o.momentum*o.correction)
	for i, v := range old {
		y[i] = a*v + b*batch[i]
	}
	return nil
}

func (o running) InPlace(int) []int { return []int{0, 1} }
func (o running) Operands() string  { return "old batch" }
func (o running) Draw([]graph.Type) (graph.Role, string) {
	return graph.RoleUpdate, "Running mean"
}

// Flops: two factors and a sum.
func (running) Flops(in []graph.Type) (products, others int64) { return each(3, in[0]) }

// rowNorm is layer or group normalisation. It gives y, and the mean and r = 1/√(variance + eps) of each group. Its
// gradient is that of [batchNorm] with means over the elements of a group.
type rowNorm struct {
	affine
	axes   int // of a layer normalisation: how many of the last axes share a mean
	groups int // of a group normalisation
	eps    float64
}

func (o rowNorm) String() string {
	if o.groups > 0 {
		return "groupnorm" + attributes("groups eps", float64(o.groups), o.eps)
	}
	return "layernorm" + attributes("axes eps", float64(o.axes), o.eps)
}

func (o rowNorm) Types(in []graph.Type) ([]graph.Type, error) {
	if err := cmp.Or(held(in[0].DType, "eps", o.eps), sameFloats(in...)); err != nil {
		return nil, err
	}
	x := in[0].Shape
	if o.groups == 0 && o.axes > 0 {
		lead := len(x) - o.axes
		if lead < 0 {
			return nil, fmt.Errorf("x has %d axes, weight and shift have %d", len(x), o.axes)
		}
		stat := graph.Type{DType: in[0].DType, Shape: x[:lead]}
		return []graph.Type{in[0], stat, stat}, o.check(in[1:], x[lead:])
	}
	switch {
	case o.groups == 0:
		return nil, fmt.Errorf("there is nothing to normalise over")
	case o.groups < 1:
		return nil, allowed("groups", o.groups)
	case len(x) < 2:
		return nil, fmt.Errorf("x has %d axes, want (N, C, …)", len(x))
	case x[1]%o.groups != 0:
		return nil, fmt.Errorf("%d channels do not make %d groups", x[1], o.groups)
	}
	stat := graph.Type{DType: in[0].DType, Shape: graph.Shape{x[0], o.groups}}
	return []graph.Type{in[0], stat, stat}, o.check(in[1:], x[1:2])
}

// sizes sees x as (N, C, S) with groups of channels; a layer normalisation has one group, and S is 1.
func (o rowNorm) sizes(x graph.Shape) (n, groups, c, s int) {
	if o.groups == 0 {
		lead := len(x) - o.axes
		return x[:lead].Size(), 1, x[lead:].Size(), 1
	}
	return x[0], o.groups, x[1], x[2:].Size()
}

func (o rowNorm) view(x graph.Shape) normView {
	if o.groups == 0 {
		v := normView{shape: x, weight: x[len(x)-o.axes:]}
		for k := range v.weight {
			v.axes = append(v.axes, len(x)-o.axes+k)
		}
		return v
	}
	n, groups, c, s := o.sizes(x)
	return normView{graph.Shape{n, groups, c / groups, s}, graph.Shape{groups, c / groups, 1}, []int{2, 3}}
}

func (o rowNorm) Grad(y, dy, in []graph.Node, _ []bool) []graph.Node {
	if dy[1].Valid() || dy[2].Valid() {
		return nil
	}
	operands := []graph.Node{dy[0], in[0], y[1], y[2]}
	if o.w {
		operands = append(operands, in[1])
	}
	d := graph.ApplyAll(rowNormGrad(o), operands...)
	return o.gradients(d[0], d[1], d[2])
}

func (o rowNorm) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalRowNorm[float32], evalRowNorm[float64])
}

func evalRowNorm[T scalar.Float](o rowNorm, dst, in []graph.Tensor) error {
	n, groups, c, s := o.sizes(in[0].Shape)
	w, b := values[T](o.affine, in[1:])
	kernel.GroupNorm(graph.Floats[T](dst[0]), graph.Floats[T](dst[1]), graph.Floats[T](dst[2]), graph.Floats[T](in[0]),
		kernel.Norm[T]{N: n, C: c, S: s, Groups: groups, W: w, B: b, Eps: o.eps})
	return nil
}

func (o rowNorm) InPlace(result int) []int {
	if result == 0 {
		return []int{0}
	}
	return nil
}
func (o rowNorm) Operands() string { return o.names("x") }
func (o rowNorm) Draw([]graph.Type) (graph.Role, string) {
	if o.groups > 0 {
		return graph.RoleNorm, "GroupNorm"
	}
	return graph.RoleNorm, "LayerNorm"
}

func (rowNorm) Flops(in []graph.Type) (products, others int64) { return each(normFlops, in[0]) }

// rowNormGrad gives dx, dw and db from dy, x, mean, r and w; see [batchNormGrad].
type rowNormGrad rowNorm

func (o rowNormGrad) String() string {
	if o.groups > 0 {
		return "∂groupnorm" + attributes("groups eps", float64(o.groups), o.eps)
	}
	return "∂layernorm" + attributes("axes eps", float64(o.axes), o.eps)
}

func (o rowNormGrad) Types(in []graph.Type) ([]graph.Type, error) {
	x := in[1]
	of := rowNorm{axes: o.axes, groups: o.groups, eps: o.eps}
	y, err := of.Types(in[1:2])
	if err != nil {
		return nil, err
	}
	weight := graph.Type{DType: x.DType}
	if o.groups > 0 {
		weight.Shape = x.Shape[1:2]
	} else {
		weight.Shape = x.Shape[len(x.Shape)-o.axes:]
	}
	if len(in) > 4 {
		err = expect("w", in[4:], weight)
	}
	return []graph.Type{x, weight, weight}, cmp.Or(expect("dy x mean variance", in, x, x, y[1], y[2]), err)
}

func (o rowNormGrad) Grad(_, u, in []graph.Node, _ []bool) []graph.Node {
	d := normSecond(rowNorm(o).view(in[1].Shape()), o.eps, in[0], in[1], in[4:], u)
	return append([]graph.Node{d[0], d[1], {}, {}}, d[2:]...)
}

func (o rowNormGrad) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalRowNormGrad[float32], evalRowNormGrad[float64])
}

func evalRowNormGrad[T scalar.Float](o rowNormGrad, dst, in []graph.Tensor) error {
	n, groups, c, s := rowNorm(o).sizes(in[1].Shape)
	w, _ := values[T](affine{w: o.w}, in[4:])
	kernel.GroupNormGrad(graph.Floats[T](dst[0]), graph.Floats[T](dst[1]), graph.Floats[T](dst[2]),
		graph.Floats[T](in[0]), graph.Floats[T](in[1]), graph.Floats[T](in[2]), graph.Floats[T](in[3]),
		kernel.Norm[T]{N: n, C: c, S: s, Groups: groups, W: w, Eps: o.eps})
	return nil
}

func (o rowNormGrad) InPlace(result int) []int {
	if result == 0 {
		return []int{0, 1}
	}
	return nil
}
func (o rowNormGrad) NoGrad(operand int) bool { return operand == 2 || operand == 3 }
func (o rowNormGrad) Operands() string        { return affine{w: o.w}.names("dy x mean r") }
func (o rowNormGrad) Draw(in []graph.Type) (graph.Role, string) {
	_, label := rowNorm(o).Draw(in)
	return graph.RoleNorm, "∂" + label
}

func (rowNormGrad) Flops(in []graph.Type) (products, others int64) { return each(normGradFlops, in[1]) }

// normSecond differentiates the gradient of a normalisation once more. That gradient is (dx, dw, db), as functions of
// dy, x and w; u are the gradients of these three, zero Nodes where there is none. The results are the gradients of
// dy, x and, if there is one, w.
//
// All means M are over the elements that share a mean. D(h) = r·(h - M(h) - x̂·M(h·x̂)) is the gradient of
// normalising, and its own adjoint. With g = dy·w and v = u[0], dx adds
//
//	to g:  D(v)
//	to x:  D(-r·(g·M(v·x̂) + v·M(g·x̂))) - r²·x̂·(M(v·g) - M(v)·M(g) - M(v·x̂)·M(g·x̂))
//
// dw adds D(u[1]·dy) to x and u[1]·x̂ to dy, and db adds u[2] to dy.
func normSecond(view normView, eps float64, dy, x graph.Node, weight, u []graph.Node) []graph.Node {
	shape := x.Shape()
	seen := func(n graph.Node) graph.Node { return Reshape(n, view.shape...) }
	wide := func(n graph.Node) graph.Node { return Reshape(n, view.weight...) }
	mean := func(n graph.Node) graph.Node { return MeanKeep(n, view.axes...) }

	dy = seen(dy)
	centred := Sub(seen(x), mean(seen(x)))
	r := Rsqrt(AddScalar(mean(Square(centred)), eps))
	xhat := Mul(centred, r)
	back := func(h graph.Node) graph.Node {
		return Mul(r, Sub(Sub(h, mean(h)), Mul(xhat, mean(Mul(h, xhat)))))
	}
	g := dy
	if len(weight) > 0 {
		g = Mul(dy, wide(weight[0]))
	}

	var ddy, dx, dw terms
	if u[0].Valid() {
		v := seen(u[0])
		mv, mg := mean(Mul(v, xhat)), mean(Mul(g, xhat))
		inner := Neg(Mul(r, Add(Mul(g, mv), Mul(v, mg))))
		spread := Sub(mean(Mul(v, g)), Add(Mul(mean(v), mean(g)), Mul(mv, mg)))
		dx.add(Sub(back(inner), Mul(Mul(Square(r), xhat), spread)))
		dg := back(v)
		if len(weight) > 0 {
			dw.add(Reshape(SumTo(Mul(dy, dg), view.weight...), weight[0].Shape()...))
			dg = Mul(dg, wide(weight[0]))
		}
		ddy.add(dg)
	}
	if u[1].Valid() {
		dx.add(back(Mul(wide(u[1]), dy)))
		ddy.add(Mul(wide(u[1]), xhat))
	}
	if u[2].Valid() {
		ddy.add(Expand(wide(u[2]), view.shape...))
	}
	d := []graph.Node{Reshape(ddy.total(dy), shape...), Reshape(dx.total(dy), shape...)}
	if len(weight) > 0 {
		d = append(d, dw.total(weight[0]))
	}
	return d
}

// terms adds up contributions.
type terms struct{ n graph.Node }

func (s *terms) add(n graph.Node) {
	if s.n.Valid() {
		n = Add(s.n, n)
	}
	s.n = n
}

// total is the sum, and 0 of x's shape when nothing was added.
func (s *terms) total(x graph.Node) graph.Node {
	if s.n == (graph.Node{}) {
		return x.Graph().Full(0, x.Shape()...)
	}
	return s.n
}

// normFlops are the operations of a normalisation for each element: mean 1, variance 3, (x - mean)·r·w + b 4.
const normFlops = 8

// normGradFlops are those of the gradient: x̂ 2, dy·w 1, its mean and that of its product with x̂ 3, dx 4, dw and db
// 3.
const normGradFlops = 13
