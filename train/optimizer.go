// This file holds the optimisers. Each adds its step to the graph as ordinary ops, see package ops.

package train

import (
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Optimizer adds the step of one parameter to a training graph.
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

	moments map[string]*graph.Param
	g       *graph.Graph
}

// Moment returns the node of a state that belongs to p, such as a velocity. It has the shape of p and
// begins with v everywhere.
func (u *Update) Moment(p graph.Node, name string, v float64) graph.Node {
	full := p.Name() + "." + name
	m := u.moments[full]
	if m == nil {
		m = graph.NewParam(full, p.Type())
		m.SetTrainable(false)
		if v != 0 { // zeros as they come from the system take no memory until a step writes them
			for i := range m.Tensor().F32 {
				m.Tensor().F32[i] = float32(v)
			}
			for i := range m.Tensor().F64 {
				m.Tensor().F64[i] = v
			}
		}
		u.moments[full] = m
	}
	return u.g.Param(m)
}

// SGD is gradient descent: p ← p - lr·(dp + λp). With a momentum it is p ← p - lr·v,
// v ← μv + dp + λp, as PyTorch's, and with Nesterov it looks ahead: p ← p - lr·(dp + λp + μv).
type SGD struct {
	LR       float64
	Momentum float64 // μ
	Nesterov bool
	Decay    float64 // λ
}

// Rate returns the learning rate.
func (o *SGD) Rate() float64 { return o.LR }

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
	LR      float64
	Eps     float64 // 0 for 1e-10
	Initial float64 // value of the sum before the first step
	Decay   float64
	Where   ops.Epsilon
}

// Rate returns the learning rate.
func (o *AdaGrad) Rate() float64 { return o.LR }

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
	LR       float64
	Rho      float64 // 0 for 0.99
	Eps      float64 // 0 for 1e-8
	Momentum float64
	Centred  bool
	Decay    float64
	Where    ops.Epsilon
}

// Rate returns the learning rate.
func (o *RMSProp) Rate() float64 { return o.LR }

// Update adds the step of p.
func (o *RMSProp) Update(u *Update, p, dp graph.Node) {
	var m, b graph.Node
	s := u.Moment(p, "square", 0)
	if o.Centred {
		m = u.Moment(p, "mean", 0)
	}
	if o.Momentum != 0 {
		b = u.Moment(p, "velocity", 0)
	}
	pNew, sNew, mNew, bNew := ops.RMSProp(p, dp, s, m, b, u.LR, orDefault(o.Rho, 0.99), orDefault(o.Eps, 1e-8), o.Momentum, o.Decay, o.Where)
	u.g.Assign(p, pNew)
	u.g.Assign(s, sNew)
	if o.Centred {
		u.g.Assign(m, mNew)
	}
	if o.Momentum != 0 {
		u.g.Assign(b, bNew)
	}
}

// Adam is the method of Kingma and Ba 2015: running means of gradient and squared gradient,
// both corrected for their start at zero. Decay is L2 regularisation, added to the gradient;
// AdamW decays the parameter itself. The defaults are PyTorch's; Keras has Eps 1e-7 as
// [ops.InsideRoot].
type Adam struct {
	LR           float64
	Beta1, Beta2 float64 // 0 for 0.9 and 0.999
	Eps          float64 // 0 for 1e-8
	Decay        float64
	Where        ops.Epsilon
}

// Rate returns the learning rate.
func (o *Adam) Rate() float64 { return o.LR }

// Update adds the step of p.
func (o *Adam) Update(u *Update, p, dp graph.Node) { o.update(u, p, dp, false) }

func (o *Adam) update(u *Update, p, dp graph.Node, decoupled bool) {
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
func (o *AdamW) Rate() float64 { return o.LR }

// Update adds the step of p.
func (o *AdamW) Update(u *Update, p, dp graph.Node) { (*Adam)(o).update(u, p, dp, true) }

func orDefault(v, d float64) float64 {
	if v == 0 {
		return d
	}
	return v
}

// OptimizerNames lists what [NewOptimizer] knows.
func OptimizerNames() []string {
	return []string{"sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"}
}

// NewOptimizer returns the optimiser of the given name with usual constants.
func NewOptimizer(name string, lr float64) (Optimizer, error) {
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
	}
	return nil, fmt.Errorf("unknown optimizer %q; known are %v", name, OptimizerNames())
}
