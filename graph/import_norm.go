// This file holds the ops that take the place of Gorgonia's normalisations in an imported graph.

package graph

import (
	"fmt"

	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// normed is (x - mean)/√(variance + eps) of x (N, C, …). Mean and biased variance are those of each channel over the
// batch, or those of each group of channels of each example. The other results are mean and variance (C) for the
// batch, or mean and 1/√(variance + eps) (N, groups) for groups.
type normed struct {
	groups int // 0 for the batch
	eps    float64
}

func (o normed) String() string {
	if o.groups == 0 {
		return fmt.Sprintf("gorgonia.BatchNorm eps=%g", o.eps)
	}
	return fmt.Sprintf("gorgonia.GroupNorm groups=%d eps=%g", o.groups, o.eps)
}

// statistics is the type of the mean.
func (o normed) statistics(x Type) Type {
	if o.groups == 0 {
		return Type{x.DType, Shape{x.Shape[1]}}
	}
	return Type{x.DType, Shape{x.Shape[0], o.groups}}
}
func (o normed) Types(in []Type) ([]Type, error) {
	return []Type{in[0], o.statistics(in[0]), o.statistics(in[0])}, nil
}

// Scratch is the mean and the variance, since results that nothing reads have no memory, and the weight 1 and the bias
// 0 of each channel.
func (o normed) Scratch(in []Type) []Type {
	s, c := o.statistics(in[0]), Type{in[0].DType, Shape{in[0].Shape[1]}}
	return []Type{s, s, c, c}
}
func (o normed) Grad(y, dy, in []Node, _ []bool) []Node {
	return []Node{Apply(normedGrad{o}, dy[0], in[0], y[1], y[2])}
}
func (o normed) Eval(dst, in []Tensor) error {
	dst[5].fill(1)
	dst[6].fill(0)
	return EvalFloats(o, dst, in, normalise[float32], normalise[float64])
}
func (o normed) Draw([]Type) (Role, string) { return RoleNorm, o.String()[len("gorgonia."):] }

// normalise runs normed: dst are its results and its scratch.
func normalise[T scalar.Float](o normed, dst, in []Tensor) error {
	n, c, s := in[0].Shape[0], in[0].Shape[1], in[0].Shape[2:].Size()
	of := Floats[T]
	x, y, mean, spread, w, b := of(in[0]), of(dst[0]), of(dst[3]), of(dst[4]), of(dst[5]), of(dst[6])
	if o.groups > 0 {
		kernel.GroupNorm(y, mean, spread, x, kernel.Norm[T]{N: n, C: c, S: s, Groups: o.groups, W: w, B: b,
			Eps: o.eps})
	} else {
		kernel.BatchStats(mean, spread, nil, x, kernel.Norm[T]{N: n, C: c, S: s, Eps: o.eps})
		kernel.BatchNorm(y, x, mean, spread, kernel.Norm[T]{N: n, C: c, S: s, W: w, B: b, Eps: o.eps})
	}
	copy(of(dst[1]), mean)
	copy(of(dst[2]), spread)
	return nil
}

// normedGrad is the gradient of normed. Its operands are dy, x, and the two other results of normed.
type normedGrad struct{ normed }

func (o normedGrad) String() string                  { return o.normed.String() + " grad" }
func (o normedGrad) Types(in []Type) ([]Type, error) { return in[1:2], nil }

// Scratch is the weight 1 of each channel.
func (o normedGrad) Scratch(in []Type) []Type             { return []Type{{in[1].DType, Shape{in[1].Shape[1]}}} }
func (o normedGrad) Grad(_, _, _ []Node, _ []bool) []Node { return nil }
func (o normedGrad) Eval(dst, in []Tensor) error {
	dst[1].fill(1)
	return EvalFloats(o, dst, in, normaliseGrad[float32], normaliseGrad[float64])
}
func (o normedGrad) Draw(in []Type) (Role, string) {
	role, label := o.normed.Draw(in)
	return role, "∂" + label
}

func normaliseGrad[T scalar.Float](o normedGrad, dst, in []Tensor) error {
	n, c, s := in[1].Shape[0], in[1].Shape[1], in[1].Shape[2:].Size()
	of := Floats[T]
	dx, w, dy, x, mean, spread := of(dst[0]), of(dst[1]), of(in[0]), of(in[1]), of(in[2]), of(in[3])
	if o.groups > 0 {
		kernel.GroupNormGrad(dx, nil, nil, dy, x, mean, spread, kernel.Norm[T]{N: n, C: c, S: s, Groups: o.groups,
			W: w, Eps: o.eps})
	} else {
		kernel.BatchNormGrad(dx, nil, nil, dy, x, mean, spread, kernel.Norm[T]{N: n, C: c, S: s, W: w, Eps: o.eps})
	}
	return nil
}

// affine is (x - mean)/√(variance + eps) of x (N, C, …) for a given mean and variance (C), or for a mean of 0.
type affine struct {
	eps      float64
	centered bool // the mean is 0
}

func (o affine) String() string                  { return fmt.Sprintf("gorgonia.BatchNorm eps=%g running", o.eps) }
func (o affine) Types(in []Type) ([]Type, error) { return in[:1], nil }

// Scratch is the weight 1, the bias 0 and the mean 0 of each channel.
func (o affine) Scratch(in []Type) []Type { return []Type{in[2], in[2], in[2]} }

// Grad is dx = dy/√(variance + eps). The statistics get no gradient.
func (o affine) Grad(_, dy, in []Node, _ []bool) []Node {
	return []Node{Apply(affine{o.eps, true}, dy[0], in[1], in[2]), {}, {}}
}
func (o affine) NoGrad(operand int) bool { return operand > 0 }
func (o affine) Eval(dst, in []Tensor) error {
	dst[1].fill(1)
	dst[2].fill(0)
	dst[3].fill(0)
	return EvalFloats(o, dst, in, evalAffine[float32], evalAffine[float64])
}
func (o affine) Draw([]Type) (Role, string) { return RoleNorm, o.String()[len("gorgonia."):] }

func evalAffine[T scalar.Float](o affine, dst, in []Tensor) error {
	mean := in[1]
	if o.centered {
		mean = dst[3]
	}
	n, c, s := in[0].Shape[0], in[0].Shape[1], in[0].Shape[2:].Size()
	of := Floats[T]
	kernel.BatchNorm(of(dst[0]), of(in[0]), of(mean), of(in[2]),
		kernel.Norm[T]{N: n, C: c, S: s, W: of(dst[1]), B: of(dst[2]), Eps: o.eps})
	return nil
}

// blended is (1-momentum)·old + momentum·correction·batch, the next running statistic.
type blended struct{ momentum, correction float64 }

func (o blended) String() string {
	return fmt.Sprintf("gorgonia.BatchNorm statistics momentum=%g correction=%g", o.momentum, o.correction)
}
func (o blended) Types(in []Type) ([]Type, error)              { return in[:1], nil }
func (o blended) Grad(_, _ []Node, in []Node, _ []bool) []Node { return make([]Node, len(in)) }
func (o blended) NoGrad(int) bool                              { return true }
func (o blended) Eval(dst, in []Tensor) error {
	return EvalFloats(o, dst, in, blend[float32], blend[float64])
}
func (o blended) Draw([]Type) (Role, string) { return RoleUpdate, "running" }

func blend[T scalar.Float](o blended, dst, in []Tensor) error {
	next, old, batch := Floats[T](dst[0]), Floats[T](in[0]), Floats[T](in[1])
	for i := range next {
		next[i] = T((1-o.momentum)*float64(old[i]) + o.momentum*o.correction*float64(batch[i]))
	}
	return nil
}
