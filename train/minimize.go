// This file holds Minimize, which lets a graph that is built by hand train.

package train

import (
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/graph"
)

// Minimized is what [Minimize] added to a graph.
type Minimized struct {
	LR     graph.Node   // the learning rate, which SetRate changes
	Params []graph.Node // what is trained
	Grads  []graph.Node // the gradient of each

	rate *graph.Param
}

// Minimize adds to the graph of loss the gradients by the parameters, all trainable ones if none are given, and the
// optimiser's update of each. A program that is compiled afterwards trains with every run:
//
//	m := train.Minimize(loss, &train.Adam{LR: 1e-3})
//	prog, err := g.Compile(loss)
//	…
//	err = prog.Run()
//
// The learning rate is the optimiser's, until m.SetRate changes it. What is wrong is an error of the graph, which
// Compile returns. The moments belong to this call: programs of the same graph share them.
func Minimize(loss graph.Node, opt Optimizer, params ...graph.Node) *Minimized {
	m := &Minimized{Params: slices.Clone(params)}
	if !loss.Valid() {
		return m
	}
	g := loss.Graph()
	if err := isLoss(g, "the loss", loss); err != nil {
		g.FailIn("minimize", err)
		return m
	}
	if err := checkOptimizer(opt, 0); err != nil {
		g.FailIn("minimize", err)
		return m
	}
	if rate := opt.Rate(); !g.DType.Holds(rate) {
		g.FailIn("minimize", fmt.Errorf("the learning rate is %v, which in %v is %v", rate, g.DType, float32(rate)))
		return m
	}
	for i, p := range params {
		if !p.Valid() || p.Graph() != g || p.Param() == nil {
			g.FailIn("minimize", fmt.Errorf("parameter %d is no parameter of the graph of the loss", i))
			return m
		}
	}
	if len(params) == 0 {
		m.Params = g.Trainable()
	}
	m.rate = graph.NewParam("lr", graph.Type{DType: g.DType})
	m.rate.SetTrainable(false)
	m.SetRate(opt.Rate())
	g.InPhase(graph.Update, func() { m.LR = g.Param(m.rate) })
	u := &Update{LR: m.LR, Step: g.Step(), moments: map[momentKey]*graph.Param{}, g: g}
	m.Grads = minimize(u, opt, loss, m.Params, slices.Clone[[]graph.Node])
	return m
}

// Rate returns the learning rate.
func (m *Minimized) Rate() float64 {
	if m.rate == nil {
		return 0
	}
	return m.rate.Tensor().At(0)
}

// SetRate changes the learning rate, from the next run on.
func (m *Minimized) SetRate(v float64) {
	if m.rate == nil {
		return // of a graph that has an error
	}
	t := m.rate.Tensor()
	if t.DType == graph.Float64 {
		t.F64[0] = v
	} else {
		t.F32[0] = float32(v)
	}
}

// NewUpdate returns what an optimiser builds steps with, in the graph of the learning rate: for loops of one's own
// that call Optimizer.Update for each parameter.
func NewUpdate(lr graph.Node) *Update {
	if !lr.Valid() {
		panic("train: NewUpdate of a learning rate that is no node of a graph")
	}
	g := lr.Graph()
	return &Update{LR: lr, Step: g.Step(), moments: map[momentKey]*graph.Param{}, g: g}
}

// minimize adds the gradients of the loss by params, and the optimiser's step for each of them, of gradients that clip
// returns.
func minimize(u *Update, opt Optimizer, loss graph.Node, params []graph.Node,
	clip func([]graph.Node) []graph.Node) []graph.Node {
	g := u.g
	if g.Err() != nil {
		return nil
	}
	if len(params) == 0 {
		g.FailIn("train", errFrozen)
		return nil
	}
	if o, ok := opt.(*ByGroup); ok {
		if err := o.covers(g.Params()); err != nil {
			g.FailIn("train", err)
			return nil
		}
	}
	before := len(g.Contributions())
	grads := graph.Gradients(loss, params...)
	if g.Err() == nil && len(g.Contributions()) == before && !slices.Contains(params, loss) {
		g.FailIn("train", errApart)
	}
	if g.Err() != nil {
		return nil
	}
	g.InPhase(graph.Update, func() {
		for i, dp := range clip(grads) {
			opt.Update(u, params[i], dp)
		}
	})
	if assigned, _ := g.Assigned(); g.Err() == nil {
		for _, p := range params {
			if !slices.Contains(assigned, p) {
				g.FailIn("train", fmt.Errorf("Update of %T does not assign parameter %q", opt, p.Name()))
			}
		}
	}
	return grads
}
