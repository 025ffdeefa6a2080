// This file holds the optimisers. Each adds its step to the graph as ordinary ops, see package ops.

package train

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Optimizer adds the step of one parameter to a training graph. In those of this package a constant of 0 that has a
// usual value stands for that value; [ops.Zero] stands for 0.
type Optimizer interface {
	// Rate is the learning rate that training begins with.
	Rate() float64
	// Update adds the nodes that compute the new value of p from its gradient dp, and assigns
	// it. Moments come from u.
	Update(u *Update, p, dp graph.Node)
}

// Update is what an optimiser builds a step with.
type Update struct {
	LR   graph.Node // learning rate, a scalar input
	Step graph.Node // number of the step from 1, an integer scalar

	moments map[momentKey]*graph.Param
	g       *graph.Graph
}

// momentKey is what a moment is known by: its parameter, and the name that the optimiser gives it.
type momentKey struct {
	param *graph.Param
	name  string
}

// Moment returns the node of a state that belongs to p, such as a velocity. It has the shape of p and
// begins with v everywhere. It panics when p is no parameter.
func (u *Update) Moment(p graph.Node, name string, v float64) graph.Node {
	return u.moment("Moment", p, name, p.Shape, v)
}

// Scalar is [Update.Moment] of a single number, such as a product over the steps.
func (u *Update) Scalar(p graph.Node, name string, v float64) graph.Node {
	return u.moment("Scalar", p, name, func() graph.Shape { return nil }, v)
}

// moment is the moment of a shape, for the named method.
func (u *Update) moment(method string, p graph.Node, name string, shape func() graph.Shape, v float64) graph.Node {
	if u.moments == nil {
		panic("train: Update." + method + " of an Update that no Trainer has made")
	}
	if !p.Valid() || p.Param() == nil {
		panic("train: Update." + method + " of a node that is no parameter")
	}
	key := momentKey{p.Param(), name}
	m := u.moments[key]
	if m == nil {
		full := p.Param().Name() + "." + name
		if !p.DType().Holds(v) {
			return u.g.FailIn("train", fmt.Errorf("the moment %q begins with %v, which in %v is %v", full,
				v, p.DType(),
				float32(v)))
		}
		m = graph.NewParam(full, graph.Type{DType: p.DType(), Shape: shape()})
		m.SetLabel(p.Param().Label())
		m.SetTrainable(false)
		if v != 0 {
			m.Fill(constantly(v))
		}
		u.moments[key] = m
	}
	return u.g.Param(m)
}

// constantly fills a tensor of floats with v.
func constantly(v float64) func(graph.Tensor) {
	return func(dst graph.Tensor) {
		for i := range dst.F32 {
			dst.F32[i] = float32(v)
		}
		for i := range dst.F64 {
			dst.F64[i] = v
		}
	}
}

// SGD is gradient descent: p ← p - lr·(dp + λp). With a momentum it is p ← p - lr·v,
// v ← μv + dp + λp, as PyTorch's, and with Nesterov it looks ahead: p ← p - lr·(dp + λp + μv).
//
// There is no usual learning rate: one of 0 is an error, and so is Nesterov without a momentum.
type SGD struct {
	LR       float64
	Momentum float64 // μ
	Nesterov bool
	Decay    float64 // λ
}

func (o *SGD) check() error {
	if o.Nesterov && o.Momentum == 0 {
		return errors.New("the look-ahead of Nesterov is by the momentum, which is 0: set Momentum, usually to 0.9")
	}
	return inRanges(rate(o.LR), constant("Momentum", o.Momentum, 1), constant("Decay", o.Decay, math.Inf(1)))
}

// Rate returns the learning rate.
func (o *SGD) Rate() float64 { return orDefault(o.LR, 0) }

// Update adds the step of p.
func (o *SGD) Update(u *Update, p, dp graph.Node) {
	if o.Momentum == 0 {
		u.g.Assign(p, ops.SGD(p, dp, u.LR, o.Decay))
		return
	}
	v := u.Moment(p, "velocity", 0)
	pNew, vNew := ops.Momentum(p, dp, v, u.LR, o.Momentum, o.Decay, o.Nesterov)
	u.g.Assign(p, pNew)
	u.g.Assign(v, vNew)
}

// AdaGrad divides by the root of the sum of all squared gradients. See Duchi, Hazan and Singer 2011.
// PyTorch has LR 1e-2 and Eps 1e-10 outside the root; Keras has 1e-3, 1e-7 inside, and an
// Initial sum of 0.1.
type AdaGrad struct {
	LR      float64 // 0 for 1e-2
	Eps     float64 // 0 for 1e-10
	Initial float64 // value of the sum before the first step
	Decay   float64
	Where   ops.Epsilon
}

func (o *AdaGrad) check() error {
	return inRanges(rate(o.LR), constant("Eps", o.Eps, math.Inf(1)), constant("Initial", o.Initial, math.Inf(1)),
		constant("Decay", o.Decay, math.Inf(1)))
}

// Rate returns the learning rate.
func (o *AdaGrad) Rate() float64 { return orDefault(o.LR, 1e-2) }

// Update adds the step of p.
func (o *AdaGrad) Update(u *Update, p, dp graph.Node) {
	s := u.Moment(p, "sum", o.Initial)
	pNew, sNew := ops.AdaGrad(p, dp, s, u.LR, orDefault(o.Eps, 1e-10), o.Decay, o.Where)
	u.g.Assign(p, pNew)
	u.g.Assign(s, sNew)
}

// RMSProp divides by the root of a running mean of squared gradients. See Tieleman and Hinton 2012.
// The defaults are PyTorch's; Keras has Rho 0.9 and Eps 1e-7 inside the root.
type RMSProp struct {
	LR       float64 // 0 for 1e-2
	Rho      float64 // 0 for 0.99
	Eps      float64 // 0 for 1e-8
	Momentum float64
	Centred  bool
	Decay    float64
	Where    ops.Epsilon
}

func (o *RMSProp) check() error {
	return inRanges(rate(o.LR), constant("Rho", o.Rho, 1), constant("Eps", o.Eps, math.Inf(1)),
		constant("Momentum", o.Momentum, 1),
		constant("Decay", o.Decay, math.Inf(1)))
}

// Rate returns the learning rate.
func (o *RMSProp) Rate() float64 { return orDefault(o.LR, 1e-2) }

// Update adds the step of p.
func (o *RMSProp) Update(u *Update, p, dp graph.Node) {
	old := ops.RMSPropMoments{Square: u.Moment(p, "square", 0)}
	if o.Centred {
		old.Mean = u.Moment(p, "mean", 0)
	}
	if o.Momentum != 0 {
		old.Velocity = u.Moment(p, "velocity", 0)
	}
	pNew, next := ops.RMSProp(p, dp, old, u.LR, ops.RMSPropOptions{
		Rho: orDefault(o.Rho, 0.99), Eps: orDefault(o.Eps, 1e-8), Mu: o.Momentum, Decay: o.Decay, Where: o.Where})
	u.g.Assign(p, pNew)
	u.g.Assign(old.Square, next.Square)
	if o.Centred {
		u.g.Assign(old.Mean, next.Mean)
	}
	if o.Momentum != 0 {
		u.g.Assign(old.Velocity, next.Velocity)
	}
}

// Adam is the method of Kingma and Ba 2015: running means of gradient and squared gradient,
// both corrected for their start at zero. Decay is L2 regularisation, added to the gradient;
// AdamW decays the parameter itself. The defaults are PyTorch's; Keras has Eps 1e-7 as
// [ops.InsideRoot].
type Adam struct {
	LR           float64 // 0 for 1e-3
	Beta1, Beta2 float64 // 0 for 0.9 and 0.999
	Eps          float64 // 0 for 1e-8
	Decay        float64
	Where        ops.Epsilon
	// AMSGrad divides by the largest that the squared gradient's mean has been, so that steps never grow again where
	// gradients fade. See Reddi, Kale and Kumar 2018; as in PyTorch, the largest is taken before it is corrected.
	AMSGrad bool
}

func (o *Adam) check() error {
	return asAdam(o.LR, o.Beta1, o.Beta2, o.Eps, o.Decay)
}

// asAdam reports what is wrong with the constants of an optimiser that has those of Adam.
func asAdam(lr, beta1, beta2, eps, decay float64) error {
	return inRanges(rate(lr), constant("Beta1", beta1, 1), constant("Beta2", beta2, 1),
		constant("Eps", eps, math.Inf(1)), constant("Decay", decay, math.Inf(1)))
}

// Rate returns the learning rate.
func (o *Adam) Rate() float64 { return orDefault(o.LR, 1e-3) }

// Update adds the step of p.
func (o *Adam) Update(u *Update, p, dp graph.Node) { o.update(u, p, dp, false) }

func (o *Adam) update(u *Update, p, dp graph.Node, decoupled bool) {
	if o.AMSGrad {
		o.amsGrad(u, p, dp, decoupled)
		return
	}
	m, v := u.Moment(p, "mean", 0), u.Moment(p, "square", 0)
	pNew, mNew, vNew := ops.AdamUpdate(p, dp, m, v, u.LR, u.Step, ops.AdamOptions{
		Beta1: orDefault(o.Beta1, 0.9), Beta2: orDefault(o.Beta2, 0.999), Eps: orDefault(o.Eps, 1e-8),
		Decay: o.Decay, Decoupled: decoupled, Where: o.Where})
	u.g.Assign(p, pNew)
	u.g.Assign(m, mNew)
	u.g.Assign(v, vNew)
}

// AdamW is Adam with decoupled weight decay: p ← p·(1 - lr·λ) before the step. See Loshchilov
// and Hutter 2019. PyTorch's default for Decay is 0.01; here it is what it says.
type AdamW Adam

// Rate returns the learning rate.
func (o *AdamW) Rate() float64 { return orDefault(o.LR, 1e-3) }

func (o *AdamW) check() error { return (*Adam)(o).check() }

// Update adds the step of p.
func (o *AdamW) Update(u *Update, p, dp graph.Node) { (*Adam)(o).update(u, p, dp, true) }

// orDefault is a constant of an optimiser, where 0 stands for d and [ops.Zero] for 0.
func orDefault(v, d float64) float64 {
	switch v {
	case 0:
		return d
	case ops.Zero:
		return 0
	}
	return v
}

// field is a number that an optimiser is given, and the interval [0, below) that it is to be in.
type field struct {
	name     string
	v, below float64
}

func rate(v float64) field { return field{"LR", v, math.Inf(1)} }

func constant(name string, v, below float64) field { return field{name, v, below} }

// inRanges reports the first field that is outside its interval.
func inRanges(fields ...field) error {
	for _, f := range fields {
		switch {
		case f.v >= 0 && f.v < f.below:
		case math.IsInf(f.below, 1):
			return fmt.Errorf("%s is %v, want a finite number that is not negative", f.name, f.v)
		default:
			return fmt.Errorf("%s is %v, want a number in [0, %v)", f.name, f.v, f.below)
		}
	}
	return nil
}

// checked is an optimiser that knows what its fields may be, as those of this package do.
type checked interface{ check() error }

// checkOptimizer reports one that is nil, or whose fields make no sense; lr is the rate that training begins with.
func checkOptimizer(opt Optimizer, lr float64) error {
	if isNil(opt) {
		return errors.New("there is no optimiser")
	}
	o, ok := opt.(checked)
	if !ok {
		return nil
	}
	err := o.check()
	if err == nil && lr == 0 {
		err = hasRate(opt)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", strings.TrimPrefix(fmt.Sprintf("%T", opt), "*train."), err)
	}
	return nil
}

// hasRate reports an optimiser without a rate of which there is no usual one.
func hasRate(opt Optimizer) error {
	switch o := opt.(type) {
	case *SGD:
		if o.LR == 0 {
			return errors.New("LR is 0, and there is no usual one: set it, to 0.1 or 0.01 to begin with")
		}
	case *LARS:
		if o.LR == 0 {
			return errors.New("LR is 0, and there is no usual one: set it, to 10 or 1 to begin with")
		}
	}
	return nil
}

// OptimizerNames lists what [NewOptimizer] knows.
func OptimizerNames() []string {
	return []string{"sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw",
		"amsgrad", "adadelta", "adamax", "nadam", "radam", "lion", "lars"}
}

// NewOptimizer returns the optimiser of the given name with usual constants. The learning rate is a positive number.
func NewOptimizer(name string, lr float64) (Optimizer, error) {
	if slices.Contains(OptimizerNames(), name) && !(lr > 0 && !math.IsInf(lr, 1)) {
		return nil, fmt.Errorf("%s: the learning rate is %v, want a positive number", name, lr)
	}
	switch name {
	case "sgd":
		return &SGD{LR: lr}, nil
	case "momentum":
		return &SGD{LR: lr, Momentum: 0.9}, nil
	case "nesterov":
		return &SGD{LR: lr, Momentum: 0.9, Nesterov: true}, nil
	case "adagrad":
		return &AdaGrad{LR: lr}, nil
	case "rmsprop":
		return &RMSProp{LR: lr}, nil
	case "adam":
		return &Adam{LR: lr}, nil
	case "adamw":
		return &AdamW{LR: lr, Decay: 0.01}, nil
	case "amsgrad":
		return &Adam{LR: lr, AMSGrad: true}, nil
	case "adadelta":
		return &Adadelta{LR: lr}, nil
	case "adamax":
		return &Adamax{LR: lr}, nil
	case "nadam":
		return &NAdam{LR: lr}, nil
	case "radam":
		return &RAdam{LR: lr}, nil
	case "lion":
		return &Lion{LR: lr}, nil
	case "lars":
		return &LARS{LR: lr, Momentum: 0.9}, nil
	}
	return nil, fmt.Errorf("unknown optimizer %q; known are %v", name, OptimizerNames())
}
