// This file holds the optimisers' steps: ordinary ops whose results are assigned to the parameters and moments.

package ops

import (
	"cmp"
	"fmt"
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// Epsilon says where an optimiser adds its ε to the root that it divides by. It makes no difference for gradients much
// larger than √ε; for ε = 1e-7 and a gradient of 1e-6 the steps differ by a factor of 300.
type Epsilon uint8

const (
	OutsideRoot Epsilon = iota // √v + ε, as PyTorch
	InsideRoot                 // √(v + ε), as Keras' AdaGrad and RMSProp; for Adam Keras' "epsilon hat"
)

func (e Epsilon) String() string {
	if e > InsideRoot {
		return fmt.Sprintf("epsilon(%d)", uint8(e))
	}
	return [...]string{"outside", "inside"}[e]
}

// SGD is a step of gradient descent with L2 weight decay λ, as PyTorch's (the penalty is λ/2·‖p‖²):
//
//	p' = p - lr·(dp + λ·p)
//
// lr is a scalar node. The result has the shape of p; assign it with [graph.Graph.Assign].
func SGD(p, dp, lr graph.Node, decay float64) graph.Node {
	return graph.Apply(update{kind: sgdStep, decay: decay}, p, dp, lr)
}

// Momentum is a step with a velocity, as PyTorch's SGD with momentum mu:
//
//	v' = mu·v + dp + λ·p        p' = p - lr·v'
//
// and with Nesterov's look-ahead p' = p - lr·(dp + λ·p + mu·v'). Unlike Keras, the rate is not part of the
// velocity. It returns p' and v'.
func Momentum(p, dp, v, lr graph.Node, mu, decay float64, nesterov bool) (pNew, vNew graph.Node) {
	y := graph.ApplyAll(update{kind: momentumStep, beta1: mu, decay: decay, nesterov: nesterov}, p, dp, lr, v)
	return y[0], y[1]
}

// AdaGrad is a step scaled by the sum of all squared gradients (Duchi, Hazan and Singer 2011):
//
//	s' = s + dp²        p' = p - lr·dp/(√s' + ε)
//
// It returns p' and s'.
func AdaGrad(p, dp, s, lr graph.Node, eps, decay float64, where Epsilon) (pNew, sNew graph.Node) {
	y := graph.ApplyAll(update{kind: adagradStep, eps: eps, decay: decay, where: where}, p, dp, lr, s)
	return y[0], y[1]
}

// RMSPropOptions are the constants of RMSProp. All are given: there are no defaults here.
type RMSPropOptions struct {
	Rho, Eps float64
	Mu       float64 // of the velocity, where there is one
	Decay    float64 // λ of weight decay
	Where    Epsilon
}

// RMSPropMoments are what RMSProp keeps of a parameter from step to step. Each has the shape of the parameter.
type RMSPropMoments struct {
	Square   graph.Node // s, the running mean of the squared gradient
	Mean     graph.Node // m, the running mean of the gradient, when centred; else the zero Node
	Velocity graph.Node // b, when there is momentum; else the zero Node
}

// RMSProp is a step scaled by a running mean of the squared gradients (Tieleman and Hinton 2012):
//
//	s' = ρ·s + (1-ρ)·dp²        p' = p - lr·dp/(√s' + ε)
//
// With a mean m it is centred: the variance s'-m'² takes the place of s' in the root. With a velocity b, b' = mu·b +
// dp/(√s'+ε) and p' = p - lr·b'. RMSProp returns p' and the new moments, as many as the old ones.
func RMSProp(p, dp graph.Node, old RMSPropMoments, lr graph.Node, opt RMSPropOptions) (graph.Node, RMSPropMoments) {
	op := update{kind: rmspropStep, beta1: opt.Mu, beta2: opt.Rho, eps: opt.Eps, decay: opt.Decay, where: opt.Where,
		centred: old.Mean != (graph.Node{}), buffered: old.Velocity != (graph.Node{})}
	in := []graph.Node{p, dp, lr, old.Square}
	if op.centred {
		in = append(in, old.Mean)
	}
	if op.buffered {
		in = append(in, old.Velocity)
	}
	y := graph.ApplyAll(op, in...)
	next := RMSPropMoments{Square: y[1]}
	if op.centred {
		next.Mean = y[2]
	}
	if op.buffered {
		next.Velocity = y[len(y)-1]
	}
	return y[0], next
}

// AdamOptions are the constants of Adam. All are given: there are no defaults here.
type AdamOptions struct {
	Beta1, Beta2, Eps float64
	Decay             float64 // λ of weight decay
	Decoupled         bool    // decay the parameter itself, as AdamW, not the gradient
	Where             Epsilon
}

// AdamUpdate is a step of Adam (Kingma and Ba 2015), or of AdamW (Loshchilov and Hutter 2019) when the decay is
// decoupled:
//
//	m' = β₁·m + (1-β₁)·dp        v' = β₂·v + (1-β₂)·dp²
//	p' = p - lr·m̂/(√v̂ + ε)       m̂ = m'/(1-β₁ᵗ), v̂ = v'/(1-β₂ᵗ)
//
// t is the number of the step, an integer scalar. A run fails when t is below 1. AdamUpdate returns p', m' and v'.
func AdamUpdate(p, dp, m, v, lr, t graph.Node, opt AdamOptions) (pNew, mNew, vNew graph.Node) {
	y := graph.ApplyAll(update{kind: adamStep, beta1: opt.Beta1, beta2: opt.Beta2, eps: opt.Eps, decay: opt.Decay,
		decoupled: opt.Decoupled, where: opt.Where}, p, dp, lr, m, v, t)
	return y[0], y[1], y[2]
}

type stepKind uint8

const (
	sgdStep stepKind = iota
	momentumStep
	adagradStep
	rmspropStep
	adamStep
)

// update is one step of an optimiser on one parameter. Its operands are p, dp, lr, the moments, and Adam's t; its
// results are p' and the new moments.
type update struct {
	kind                                   stepKind
	beta1, beta2, eps, decay               float64
	nesterov, decoupled, centred, buffered bool
	where                                  Epsilon
}

func (o update) String() string {
	s := [...]string{"sgd", "momentum", "adagrad", "rmsprop", "adam"}[o.kind]
	if o.decoupled {
		s = "adamw"
	}
	show := func(name string, v float64, is bool) {
		if is {
			s += fmt.Sprintf(" %s=%g", name, v)
		}
	}
	show("mu", o.beta1, o.kind == momentumStep || o.buffered)
	show("beta1", o.beta1, o.kind == adamStep)
	show("beta2", o.beta2, o.kind == adamStep)
	show("rho", o.beta2, o.kind == rmspropStep)
	show("eps", o.eps, o.kind >= adagradStep)
	show("decay", o.decay, o.decay != 0)
	if o.nesterov {
		s += " nesterov"
	}
	if o.centred {
		s += " centred"
	}
	if o.where == InsideRoot {
		s += " eps=inside"
	}
	return s
}

func (o update) Operands() string {
	return [...]string{"p dp lr", "p dp lr v", "p dp lr s", "p dp lr s", "p dp lr m v t"}[o.kind]
}

// moments is the number of operands that are moments.
func (o update) moments() int {
	n := [...]int{0, 1, 1, 1, 2}[o.kind]
	if o.centred {
		n++
	}
	if o.buffered {
		n++
	}
	return n
}

func (o update) Types(in []graph.Type) ([]graph.Type, error) {
	p, last := in[0], 3+o.moments()
	for _, t := range append([]graph.Type{in[1]}, in[3:last]...) {
		if !t.Equal(p) {
			return nil, fmt.Errorf("the parameter is %v, an operand is %v", p, t)
		}
	}
	if in[2].Shape.Size() != 1 {
		return nil, fmt.Errorf("the learning rate has shape %v, want a scalar", in[2].Shape)
	}
	if o.kind == adamStep && (in[last].DType != graph.Int64 || in[last].Shape.Size() != 1) {
		return nil, fmt.Errorf("the step is %v, want an int64 scalar", in[last])
	}
	if err := o.check(p.DType); err != nil {
		return nil, err
	}
	return append([]graph.Type{p}, in[3:last]...), sameFloats(in[:last]...)
}

func (o update) check(d graph.DType) error {
	first, second := "beta1", "beta2"
	if o.kind != adamStep {
		first, second = "mu", "rho"
	}
	return cmp.Or(heldOrZero(d, first, o.beta1), heldOrZero(d, second, o.beta2), heldOrZero(d, "eps", o.eps),
		heldOrZero(d, "decay", o.decay),
		allowed("where", int(o.where)))
}

// Grad returns nil: a step of an optimiser is not differentiated.
func (o update) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }

// InPlace lets p' take the place of p, and each new moment the place of the old one.
func (o update) InPlace(result int) []int {
	if result == 0 {
		return []int{0}
	}
	return []int{2 + result}
}

// Eval ends with [graph.ErrNotFinite] when a result is NaN or infinite, as with a learning rate that is too large.
func (o update) Eval(dst, in []graph.Tensor) error {
	if o.kind == adamStep && in[5].I64[0] < 1 {
		return fmt.Errorf("the step is %d, want at least 1", in[5].I64[0])
	}
	return graph.EvalFloats(o, complete(dst), in, evalUpdate[float32], evalUpdate[float64])
}

func evalUpdate[T scalar.Float](o update, dst, in []graph.Tensor) error {
	if !updated[T](o, dst, in) {
		return graph.ErrNotFinite
	}
	return nil
}

// updated computes the results, and reports whether all of them are finite.
func updated[T scalar.Float](o update, dst, in []graph.Tensor) (finite bool) {
	f := graph.Floats[T]
	u, lr := kernel.Updated[T]{New: f(dst[0]), P: f(in[0]), G: f(in[1])}, f(in[2])[0]
	decay, eps, inside := T(o.decay), T(o.eps), o.where == InsideRoot
	moment := func(k int) kernel.Moment[T] { return kernel.Moment[T]{New: f(dst[1+k]), Old: f(in[3+k])} }
	switch o.kind {
	case sgdStep:
		return kernel.SGD(u, lr, decay)
	case momentumStep:
		return kernel.Momentum(u, moment(0), lr, T(o.beta1), decay, o.nesterov)
	case adagradStep:
		return kernel.AdaGrad(u, moment(0), lr, eps, decay, inside)
	case rmspropStep:
		var mean, velocity kernel.Moment[T]
		next := 1
		if o.centred {
			mean = moment(next)
			next++
		}
		if o.buffered {
			velocity = moment(next)
		}
		return kernel.RMSProp(u, moment(0), mean, velocity, kernel.RMSPropRule[T]{LR: lr, Rho: T(o.beta2), Eps: eps,
			Mu: T(o.beta1), Decay: decay, Inside: inside})
	default:
		return kernel.Adam(u, moment(0), moment(1), kernel.AdamRule{Step: in[5].I64[0], LR: float64(lr),
			Beta1: o.beta1, Beta2: o.beta2, Eps: o.eps, Decay: o.decay, Decoupled: o.decoupled, EpsHat: inside})
	}
}

func (o update) Draw([]graph.Type) (graph.Role, string) {
	if o.decoupled {
		return graph.RoleUpdate, "AdamW"
	}
	return graph.RoleUpdate, [...]string{"SGD", "Momentum", "AdaGrad", "RMSProp", "Adam"}[o.kind]
}

// Flops by element, without the decay's two: p - lr·g 2; v = mu·v + g 2; s + g² 2, root, eps and quotient 3;
// rho·s + (1-rho)·g² 4; both moments of Adam 7, their corrections 2.
func (o update) Flops(in []graph.Type) (products, others int64) {
	n := [...]int{sgdStep: 2, momentumStep: 4, adagradStep: 7, rmspropStep: 9, adamStep: 14}[o.kind]
	for _, more := range []bool{o.decay != 0, o.nesterov, o.buffered} {
		if more {
			n += 2
		}
	}
	if o.centred {
		n += 5 // m = rho·m + (1-rho)·g, s - m²
	}
	return each(n, in[0])
}

// GlobalNorm is the Euclidean norm of all elements of all operands together: √Σx². In float32 it is at most
// math.MaxFloat32, so that no finite gradients are clipped to 0.
func GlobalNorm(xs ...graph.Node) graph.Node { return graph.Apply(globalNorm{}, xs...) }

type globalNorm struct{}

func (globalNorm) String() string { return "global-norm" }
func (globalNorm) Types(in []graph.Type) ([]graph.Type, error) {
	return []graph.Type{{DType: in[0].DType}}, sameFloats(in...)
}
func (globalNorm) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }
func (globalNorm) Eval(dst, in []graph.Tensor) error {
	var s float64
	for i := range in {
		s += kernel.SumSquares(in[i].F32) + kernel.SumSquares(in[i].F64) // one of them is empty, and adds 0
	}
	norm := math.Sqrt(s)
	if dst[0].DType == graph.Float32 && !math.IsInf(norm, 0) {
		norm = min(norm, math.MaxFloat32)
	}
	setScalar(dst[0], norm)
	return nil
}
func (globalNorm) Draw([]graph.Type) (graph.Role, string) { return graph.RoleUpdate, "Norm" }

func (globalNorm) Flops(in []graph.Type) (products, others int64) { return each(2, in...) }

// setScalar writes v into a scalar, unless the scalar has no memory.
func setScalar(t graph.Tensor, v float64) {
	switch {
	case t.F64 != nil:
		t.F64[0] = v
	case t.F32 != nil:
		t.F32[0] = float32(v)
	}
}

// ClipByNorm scales x so that the norm of all gradients together, see [GlobalNorm], is at most max:
//
//	y = x · min(1, max/(norm + 1e-6))
//
// as PyTorch's clip_grad_norm_; TensorFlow's clip_by_global_norm has no 1e-6.
func ClipByNorm(x, norm graph.Node, max float64) graph.Node {
	return graph.Apply(clipByNorm{max}, x, norm)
}

type clipByNorm struct{ max float64 }

func (o clipByNorm) String() string   { return fmt.Sprintf("clip-norm max=%g", o.max) }
func (o clipByNorm) Operands() string { return "x norm" }
func (o clipByNorm) Types(in []graph.Type) ([]graph.Type, error) {
	switch err := held(in[0].DType, "the largest norm", o.max); {
	case err != nil:
		return nil, err
	case in[1].Shape.Size() != 1:
		return nil, fmt.Errorf("the norm has shape %v, want a scalar", in[1].Shape)
	}
	return in[:1], sameFloats(in...)
}
func (o clipByNorm) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }
func (o clipByNorm) InPlace(int) []int                                { return []int{0} }
func (o clipByNorm) Eval(dst, in []graph.Tensor) error {
	scale := min(1, o.max/(in[1].At(0)+1e-6))
	kernel.ScaleTo(dst[0].F32, in[0].F32, float32(scale)) // one of F32 and F64 is empty
	kernel.ScaleTo(dst[0].F64, in[0].F64, scale)
	return nil
}
func (o clipByNorm) Draw([]graph.Type) (graph.Role, string) { return graph.RoleUpdate, "Clip" }

func (clipByNorm) Flops(in []graph.Type) (products, others int64) { return each(1, in[0]) }
