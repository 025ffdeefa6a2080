// This file holds Lion, an optimiser.

package outside

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// Lion steps by the sign of a mean of gradients, and keeps another mean of them:
//
//	p ← p - lr·(sign(β₁m + (1-β₁)dp) + λp)        m ← β₂m + (1-β₂)dp
//
// See Chen et al. 2023, who have β₁ = 0.9 and β₂ = 0.99.
type Lion struct {
	LR    float64 // 0 for 1e-4
	Decay float64 // λ
}

// Rate returns the learning rate.
func (o *Lion) Rate() float64 {
	if o.LR == 0 {
		return 1e-4
	}
	return o.LR
}

// Update adds the step of p.
func (o *Lion) Update(u *train.Update, p, dp graph.Node) {
	m := u.Moment(p, "mean", 0)
	direction := ops.Sign(mix(m, dp, .9))
	if o.Decay != 0 {
		direction = ops.Add(direction, ops.Scale(p, o.Decay))
	}
	g := p.Graph()
	g.Assign(p, ops.Sub(p, ops.Mul(u.LR, direction)))
	g.Assign(m, mix(m, dp, .99))
}

// mix is βa + (1-β)b.
func mix(a, b graph.Node, beta float64) graph.Node {
	return ops.Add(ops.Scale(a, beta), ops.Scale(b, 1-beta))
}

var _ train.Optimizer = (*Lion)(nil)
