// This file holds ByGroup, the optimiser of parameters that are stepped in different ways.

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

// ByGroup is an optimiser that leaves the step of a parameter to the first of its groups that it belongs to, and to
// Else if there is none. So biases and norms are not decayed, and a new head learns faster than what is below it:
//
//	opt := &train.ByGroup{
//		Groups: []train.Group{
//			{Of: train.Vectors, Optimizer: &train.AdamW{LR: 1e-4}},
//			{Of: train.Under("fc"), Optimizer: &train.AdamW{LR: 1e-3, Decay: .01}},
//		},
//		Else: &train.AdamW{LR: 1e-4, Decay: .01},
//	}
//
// The learning rate is that of Else, and the rates of the groups follow it in proportion, so that a schedule changes
// all. It is an error of the first step when no parameter of the graph, frozen or not, belongs to a group.
type ByGroup struct {
	Groups []Group
	Else   Optimizer
}

// Group is parameters, and the optimiser of their steps.
type Group struct {
	Of        func(p *graph.Param) bool // whether p belongs to it, such as Vectors or Under("fc")
	Optimizer Optimizer                 // its Rate beside that of Else says how fast the group learns
}

// Vectors reports parameters of one axis or none: biases, and the scales of norms, which no decay is good for.
func Vectors(p *graph.Param) bool { return len(p.Type().Shape) <= 1 }

// Under reports parameters under one of the paths, as nn.Params.Freeze takes them: Under("layer4", "fc") has
// "layer4.0.conv1.weight" and "fc.weight", and not "fc2.weight".
func Under(paths ...string) func(p *graph.Param) bool {
	paths = slices.Clone(paths)
	return func(p *graph.Param) bool {
		return slices.ContainsFunc(paths, func(path string) bool {
			return path == "" || p.Name() == path || strings.HasPrefix(p.Name(), path+".")
		})
	}
}

// Rate is the learning rate of Else.
func (o *ByGroup) Rate() float64 {
	if isNil(o.Else) {
		return 0
	}
	return o.Else.Rate()
}

// Update adds the step of p, by the optimiser of its group.
func (o *ByGroup) Update(u *Update, p, dp graph.Node) {
	i := o.groupOf(p.Param())
	if i < 0 {
		o.Else.Update(u, p, dp)
		return
	}
	of := o.Groups[i].Optimizer
	own := *u
	if share := of.Rate() / o.Rate(); share != 1 {
		own.LR = ops.Scale(u.LR, share)
	}
	of.Update(&own, p, dp)
}

// groupOf is the number of the group of a parameter, -1 for none.
func (o *ByGroup) groupOf(p *graph.Param) int {
	return slices.IndexFunc(o.Groups, func(g Group) bool { return p != nil && g.Of(p) })
}

func (o *ByGroup) check() error {
	if err := checkOptimizer(o.Else, 0); err != nil {
		return fmt.Errorf("its Else: %w", err)
	}
	if rate := o.Else.Rate(); !(rate > 0 && rate <= math.MaxFloat64) {
		return fmt.Errorf("its Else: the learning rate is %v, want a positive number: those of the groups follow it",
			rate)
	}
	for i, g := range o.Groups {
		if g.Of == nil {
			return fmt.Errorf("group %d has no Of, which says what belongs to it", i)
		}
		if err := checkOptimizer(g.Optimizer, 0); err != nil {
			return fmt.Errorf("group %d: %w", i, err)
		}
		if rate := g.Optimizer.Rate(); !(rate >= 0 && rate <= math.MaxFloat64) {
			return fmt.Errorf("group %d: the learning rate is %v, want a number that is not negative", i, rate)
		}
	}
	return nil
}

// covers reports a group that none of the parameters belongs to, whether they are trained or frozen.
func (o *ByGroup) covers(params []*graph.Param) error {
	has := make([]bool, len(o.Groups))
	for _, p := range params {
		if i := o.groupOf(p); i >= 0 {
			has[i] = true
		}
	}
	if i := slices.Index(has, false); i >= 0 {
		return fmt.Errorf("ByGroup: no parameter of the graph belongs to group %d, or those that do belong to one "+
			"before it", i)
	}
	return nil
}

// ElasticNet is a penalty for [Prediction.Penalty]: what it makes small beside the loss is
//
//	l1·Σ|w| + ½·l2·Σw²
//
// of all weights; parameters of one axis or none, biases and norms, are left out. With an l1 of 0 it is the penalty of
// ridge regression, and with an l2 of 0 that of the lasso. A number that is negative or not finite is an error of the
// first step. See Zou and Hastie 2005.
func ElasticNet(l1, l2 float64) func(params ...graph.Node) graph.Node {
	return func(params ...graph.Node) graph.Node {
		if len(params) == 0 {
			return ops.L1Penalty() // says that there is no operand
		}
		g := params[0].Graph()
		if err := inRanges(constant("l1", l1, math.Inf(1)), constant("l2", l2, math.Inf(1))); err != nil {
			return g.FailIn("elastic net", err)
		}
		weights := slices.DeleteFunc(slices.Clone(params), func(p graph.Node) bool {
			return p.Param() != nil && Vectors(p.Param())
		})
		if len(weights) == 0 {
			return g.FailIn("elastic net", errors.New("there are no weights: all parameters have one axis or none"))
		}
		return ops.Add(ops.Scale(ops.L1Penalty(weights...), l1), ops.Scale(ops.L2Penalty(weights...), l2))
	}
}
