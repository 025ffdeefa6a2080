// This file holds the optimisers whose steps are made of small ops: those that came after Adam, Adadelta, and LARS.

package train

import (
	"math"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Adadelta divides by the root of a running mean of squared gradients, and multiplies by that of squared steps, so
// that a step has the unit of the parameter:
//
//	s ← ρ·s + (1-ρ)·dp²        d = √(a+ε)/√(s+ε)·dp        a ← ρ·a + (1-ρ)·d²        p ← p - lr·d
//
// See Zeiler 2012. The defaults are PyTorch's; Keras has a rate of 1e-3, Rho 0.95 and Eps 1e-7.
type Adadelta struct {
	LR    float64 // 0 for 1
	Rho   float64 // 0 for 0.9
	Eps   float64 // 0 for 1e-6
	Decay float64 // λ of λp, which is added to the gradient
}

func (o *Adadelta) check() error {
	return inRanges(rate(o.LR), constant("Rho", o.Rho, 1), constant("Eps", o.Eps, math.Inf(1)),
		constant("Decay", o.Decay, math.Inf(1)))
}

// Rate returns the learning rate.
func (o *Adadelta) Rate() float64 { return orDefault(o.LR, 1) }

// Update adds the step of p.
func (o *Adadelta) Update(u *Update, p, dp graph.Node) {
	dp = decayed(p, dp, o.Decay)
	rho, eps := orDefault(o.Rho, 0.9), orDefault(o.Eps, 1e-6)
	s := u.mean(p, "square", ops.Square(dp), rho)
	a := u.Moment(p, "step", 0)
	d := ops.Mul(ops.Div(rootOf(a, eps), rootOf(s, eps)), dp)
	u.mean(p, "step", ops.Square(d), rho)
	u.walk(p, p, d)
}

// Adamax is Adam by the largest gradient in place of the root of a mean of squares:
//
//	m ← β₁·m + (1-β₁)·dp        n ← max(β₂·n, |dp|+ε)        p ← p - lr/(1-β₁ᵗ)·m/n
//
// See Kingma and Ba 2015, section 7.1. The defaults are PyTorch's.
type Adamax struct {
	LR           float64 // 0 for 2e-3
	Beta1, Beta2 float64 // 0 for 0.9 and 0.999
	Eps          float64 // 0 for 1e-8
	Decay        float64 // λ of λp, which is added to the gradient
}

func (o *Adamax) check() error { return asAdam(o.LR, o.Beta1, o.Beta2, o.Eps, o.Decay) }

// Rate returns the learning rate.
func (o *Adamax) Rate() float64 { return orDefault(o.LR, 2e-3) }

// Update adds the step of p.
func (o *Adamax) Update(u *Update, p, dp graph.Node) {
	dp = decayed(p, dp, o.Decay)
	beta1, beta2 := orDefault(o.Beta1, 0.9), orDefault(o.Beta2, 0.999)
	m := u.mean(p, "mean", dp, beta1)
	n := u.Moment(p, "largest", 0)
	next := ops.Maximum(ops.Scale(n, beta2), ops.AddScalar(ops.Abs(dp), orDefault(o.Eps, 1e-8)))
	u.g.Assign(n, next)
	u.walk(p, p, ops.Div(ops.Div(m, u.correction(beta1)), next))
}

// amsGrad adds the step of Adam by the largest mean of squares so far.
func (o *Adam) amsGrad(u *Update, p, dp graph.Node, decoupled bool) {
	from := p
	if decoupled {
		from = shrunk(u, p, o.Decay)
	} else {
		dp = decayed(p, dp, o.Decay)
	}
	beta1, beta2 := orDefault(o.Beta1, 0.9), orDefault(o.Beta2, 0.999)
	m, v := u.mean(p, "mean", dp, beta1), u.mean(p, "square", ops.Square(dp), beta2)
	most := u.Moment(p, "largest", 0)
	next := ops.Maximum(most, v)
	u.g.Assign(most, next)
	m = ops.Div(m, u.correction(beta1))
	root := ops.Sqrt(u.correction(beta2))
	if o.Where == ops.InsideRoot {
		m, root = ops.Mul(m, root), u.g.Scalar(1)
	}
	below := ops.AddScalar(ops.Div(ops.Sqrt(next), root), orDefault(o.Eps, 1e-8))
	u.walk(p, from, ops.Div(m, below))
}

// NAdam is Adam with Nesterov's momentum: a part of the step is by the gradient itself, and the mean looks ahead:
//
//	μ = β₁·(1 - ½·0.96^(t·ψ)), μ' that of t+1, Π the product of all μ so far
//	p ← p - lr·((1-μ)/(1-Π)·dp + μ'/(1-Π·μ')·m)/(√v̂ + ε)        m, v̂ as in [Adam], ψ MomentumDecay
//
// See Dozat 2016. The defaults are PyTorch's, whose code before 2.0 multiplies Π·μ' by μ once more, unlike its manual.
type NAdam struct {
	LR            float64 // 0 for 2e-3
	Beta1, Beta2  float64 // 0 for 0.9 and 0.999
	Eps           float64 // 0 for 1e-8
	MomentumDecay float64 // 0 for 4e-3
	Decay         float64 // λ of λp, which is added to the gradient
}

func (o *NAdam) check() error {
	if err := inRanges(constant("MomentumDecay", o.MomentumDecay, math.Inf(1))); err != nil {
		return err
	}
	return asAdam(o.LR, o.Beta1, o.Beta2, o.Eps, o.Decay)
}

// Rate returns the learning rate.
func (o *NAdam) Rate() float64 { return orDefault(o.LR, 2e-3) }

// Update adds the step of p.
func (o *NAdam) Update(u *Update, p, dp graph.Node) {
	dp = decayed(p, dp, o.Decay)
	beta1, beta2 := orDefault(o.Beta1, 0.9), orDefault(o.Beta2, 0.999)
	m, v := u.mean(p, "mean", dp, beta1), u.mean(p, "square", ops.Square(dp), beta2)
	mu := func(later float64) graph.Node {
		fade := math.Log(.96) * orDefault(o.MomentumDecay, 4e-3)
		power := ops.Exp(ops.Scale(ops.AddScalar(u.count(), later), fade))
		return ops.AddScalar(ops.Scale(power, -beta1/2), beta1)
	}
	product := u.Scalar(p, "product", 1)
	all := ops.Mul(product, mu(0))
	u.g.Assign(product, all)
	now := ops.Div(less(mu(0)), less(all))
	ahead := ops.Div(mu(1), less(ops.Mul(all, mu(1))))
	below := ops.AddScalar(ops.Sqrt(ops.Div(v, u.correction(beta2))), orDefault(o.Eps, 1e-8))
	step := ops.Div(ops.Add(ops.Mul(now, dp), ops.Mul(ahead, m)), below)
	u.walk(p, p, step)
}

// RAdam is Adam whose first steps, while the mean of squares is of few gradients, are those of momentum alone:
//
//	ρ = 2/(1-β₂) - 1        ρₜ = ρ - 2·t·β₂ᵗ/(1-β₂ᵗ)
//	ρₜ ≤ 5: p ← p - lr·m̂
//	ρₜ > 5: p ← p - lr·m̂·r·√(1-β₂ᵗ)/(√v + ε)        r = √((ρₜ-4)(ρₜ-2)ρ/((ρ-4)(ρ-2)ρₜ))
//
// See Liu et al. 2020. The defaults are PyTorch's.
type RAdam struct {
	LR           float64 // 0 for 1e-3
	Beta1, Beta2 float64 // 0 for 0.9 and 0.999
	Eps          float64 // 0 for 1e-8
	Decay        float64 // λ of λp, which is added to the gradient
}

func (o *RAdam) check() error { return asAdam(o.LR, o.Beta1, o.Beta2, o.Eps, o.Decay) }

// Rate returns the learning rate.
func (o *RAdam) Rate() float64 { return orDefault(o.LR, 1e-3) }

// Update adds the step of p.
func (o *RAdam) Update(u *Update, p, dp graph.Node) {
	dp = decayed(p, dp, o.Decay)
	beta1, beta2 := orDefault(o.Beta1, 0.9), orDefault(o.Beta2, 0.999)
	m, v := u.mean(p, "mean", dp, beta1), u.mean(p, "square", ops.Square(dp), beta2)
	m = ops.Div(m, u.correction(beta1))
	step := m
	if whole := 2/(1-beta2) - 1; whole > 5 { // otherwise no step comes to it
		rho := ops.AddScalar(u.gathered(beta2), whole-2/-math.Log(beta2))
		known := ops.Maximum(rho, u.g.Scalar(5))
		part := ops.Mul(ops.AddScalar(known, -4), ops.Div(ops.AddScalar(known, -2), known))
		r := ops.Sqrt(ops.Scale(part, whole/((whole-4)*(whole-2))))
		below := ops.AddScalar(ops.Sqrt(v), orDefault(o.Eps, 1e-8))
		scaled := ops.Mul(ops.Div(m, below), ops.Mul(r, ops.Sqrt(u.correction(beta2))))
		step = ops.Where(ops.Greater(rho, u.g.Scalar(5)), scaled, m)
	}
	u.walk(p, p, step)
}

// gathered is 2/l - 2t·βᵗ/(1-βᵗ) with l = -ln β: about t in the first steps, and 2/l in the end. Where x = t·l is
// small it is the series of
//
//	t - 2/l·(x/2·coth(x/2) - 1)
//
// in place of a difference of two large numbers, which float32 would not have the digits for.
func (u *Update) gathered(beta float64) graph.Node {
	l := -math.Log(beta)
	x := ops.Scale(u.count(), l)
	square := ops.Square(x)
	series := ops.AddScalar(ops.Scale(square, 1./30240), -1./720)
	series = ops.Mul(square, ops.AddScalar(ops.Mul(square, series), 1./12))
	early := ops.Sub(u.count(), ops.Scale(series, 2/l))
	lost := ops.Div(ops.Mul(ops.Scale(u.count(), 2), ops.Exp(ops.Neg(x))), u.correction(beta))
	late := ops.AddScalar(ops.Neg(lost), 2/l)
	return ops.Where(ops.Less(x, u.g.Scalar(.5)), early, late)
}

// Lion goes by the sign of a mean of gradients alone, so that every element of a parameter moves by the rate:
//
//	p ← p - lr·(sign(β₁·m + (1-β₁)·dp) + λ·p)        m ← β₂·m + (1-β₂)·dp
//
// See Chen et al., "Symbolic discovery of optimization algorithms", 2023, who advise a third to a tenth of Adam's
// rate, and as many times its decay.
type Lion struct {
	LR           float64 // 0 for 1e-4
	Beta1, Beta2 float64 // 0 for 0.9 and 0.99
	Decay        float64 // λ, decoupled
}

func (o *Lion) check() error {
	return inRanges(rate(o.LR), constant("Beta1", o.Beta1, 1), constant("Beta2", o.Beta2, 1),
		constant("Decay", o.Decay, math.Inf(1)))
}

// Rate returns the learning rate.
func (o *Lion) Rate() float64 { return orDefault(o.LR, 1e-4) }

// Update adds the step of p.
func (o *Lion) Update(u *Update, p, dp graph.Node) {
	m := u.Moment(p, "mean", 0)
	towards := ops.Sign(mixed(m, dp, orDefault(o.Beta1, 0.9)))
	u.mean(p, "mean", dp, orDefault(o.Beta2, 0.99))
	u.walk(p, shrunk(u, p, o.Decay), towards)
}

// LARS gives each parameter a rate in proportion to how large it is beside its gradient, for batches of thousands:
//
//	r = η·‖p‖/(‖dp‖ + λ·‖p‖), or 1 where ‖p‖ or ‖dp‖ is 0
//	v ← μ·v + lr·r·(dp + λ·p)        p ← p - v        η Trust, μ Momentum, λ Decay
//
// See You, Gitman and Ginsburg, "Large batch training of convolutional networks", 2017. There is no usual learning
// rate: one of 0 is an error.
type LARS struct {
	LR       float64
	Trust    float64 // 0 for 1e-3
	Momentum float64
	Decay    float64
}

func (o *LARS) check() error {
	return inRanges(rate(o.LR), constant("Trust", o.Trust, math.Inf(1)), constant("Momentum", o.Momentum, 1),
		constant("Decay", o.Decay, math.Inf(1)))
}

// Rate returns the learning rate.
func (o *LARS) Rate() float64 { return orDefault(o.LR, 0) }

// Update adds the step of p.
func (o *LARS) Update(u *Update, p, dp graph.Node) {
	zero, one := u.g.Scalar(0), u.g.Scalar(1)
	size, slope := ops.GlobalNorm(p), ops.GlobalNorm(dp)
	some := ops.Mul(ops.Greater(size, zero), ops.Greater(slope, zero))
	below := ops.Where(some, ops.Add(slope, ops.Scale(size, o.Decay)), one)
	ratio := ops.Where(some, ops.Scale(ops.Div(size, below), orDefault(o.Trust, 1e-3)), one)
	v := u.Moment(p, "velocity", 0)
	next := ops.Add(ops.Scale(v, o.Momentum), ops.Mul(ops.Mul(u.LR, ratio), decayed(p, dp, o.Decay)))
	u.g.Assign(v, next)
	u.g.Assign(p, ops.SGD(p, next, one, 0))
}

// decayed is the gradient with that of L2 regularisation, λp.
func decayed(p, dp graph.Node, decay float64) graph.Node {
	if decay == 0 {
		return dp
	}
	return ops.Add(dp, ops.Scale(p, decay))
}

// shrunk is p·(1 - lr·λ), a parameter that is decayed itself.
func shrunk(u *Update, p graph.Node, decay float64) graph.Node {
	if decay == 0 {
		return p
	}
	return ops.Mul(p, less(ops.Scale(u.LR, decay)))
}

// walk assigns from - lr·d to p: by an op that says so when it leads out of the numbers, as a rate that is too large
// does.
func (u *Update) walk(p, from, d graph.Node) { u.g.Assign(p, ops.SGD(from, d, u.LR, 0)) }

// mixed is β·m + (1-β)·x.
func mixed(m, x graph.Node, beta float64) graph.Node {
	return ops.Add(ops.Scale(m, beta), ops.Scale(x, 1-beta))
}

// mean is the running mean of x, a moment of p, as this step leaves it.
func (u *Update) mean(p graph.Node, name string, x graph.Node, beta float64) graph.Node {
	m := u.Moment(p, name, 0)
	next := mixed(m, x, beta)
	u.g.Assign(m, next)
	return next
}

// count is the number of the step, as a float.
func (u *Update) count() graph.Node { return ops.Cast(u.Step, u.g.DType) }

// correction is 1-βᵗ, by which a mean is divided that began with 0. It is 2h/(1+h) with h = tanh(-t·ln β/2): the
// difference itself would lose half of the digits of float32 in the first steps.
func (u *Update) correction(beta float64) graph.Node {
	if beta == 0 {
		return u.g.Scalar(1)
	}
	h := ops.Tanh(ops.Scale(u.count(), -math.Log(beta)/2))
	return ops.Div(ops.Scale(h, 2), ops.AddScalar(h, 1))
}

// less is 1 - x.
func less(x graph.Node) graph.Node { return ops.AddScalar(ops.Neg(x), 1) }

// rootOf is √(x+ε).
func rootOf(x graph.Node, eps float64) graph.Node { return ops.Sqrt(ops.AddScalar(x, eps)) }
