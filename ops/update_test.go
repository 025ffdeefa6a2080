package ops

import (
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// vars and their gradients, lr .5: the example of Keras' optimizer tests.
var (
	vars  = row(1, 2, 3, 4)
	slope = row(1, 6, 7, 2)
	half  = given(nil, .5)
	zero4 = row(0, 0, 0, 0)
	first = labels(nil, 1)
)

var updateCases = []opCase{
	{name: "a step of gradient descent", bad: badSGD, in: []operand{vars, slope, half},
		build: func(in []graph.Node) graph.Node { return SGD(in[0], in[1], in[2], 0) },
		want:  []float64{.5, -1, -.5, 3}}, // keras sgd_test
	{name: "a step of gradient descent with weight decay", in: []operand{vars, slope, half},
		build: func(in []graph.Node) graph.Node { return SGD(in[0], in[1], in[2], .1) },
		want:  []float64{.45, -1.1, -.65, 2.8}}, // p - .5·(g + .1·p)
	{name: "a step with momentum", bad: badMomentum, in: []operand{vars, slope, half, zero4},
		build: func(in []graph.Node) graph.Node {
			p, _ := Momentum(in[0], in[1], in[3], in[2], .9, 0, false)
			return p
		}, want: []float64{.5, -1, -.5, 3}}, // the first velocity is the gradient
	{name: "a step of AdaGrad in Keras' form", bad: badAdaGrad, in: []operand{vars, slope, half, row(.1, .1, .1, .1)},
		build: func(in []graph.Node) graph.Node {
			p, _ := AdaGrad(in[0], in[1], in[3], in[2], 1e-7, 0, InsideRoot)
			return p
		}, want: []float64{.5233, 1.5007, 2.5005, 3.5061}, tol: 5e-5}, // keras adagrad_test
	{name: "a step of RMSProp in Keras' form", bad: badRMSProp, in: []operand{vars, slope, half, zero4},
		build: func(in []graph.Node) graph.Node {
			p, _ := RMSProp(in[0], in[1], RMSPropMoments{Square: in[3]}, in[2],
				RMSPropOptions{Rho: .9, Eps: 1e-7, Where: InsideRoot})
			return p
		}, want: []float64{-.5811, .4189, 1.4189, 2.4189}, tol: 5e-5}, // keras rmsprop_test
	{name: "a step of RMSProp in PyTorch's form", in: []operand{vars, slope, half, zero4},
		build: func(in []graph.Node) graph.Node {
			p, _ := RMSProp(in[0], in[1], RMSPropMoments{Square: in[3]}, in[2], RMSPropOptions{Rho: .99, Eps: 1e-8})
			return p
		}, want: []float64{-3.9999995, -2.99999992, -1.99999993, -.99999975}}, // torch 1.13: optim.RMSprop(lr=.5)
	{name: "a step of centred RMSProp with momentum", in: []operand{vars, slope, half, zero4, zero4, zero4},
		build: func(in []graph.Node) graph.Node {
			old := RMSPropMoments{Square: in[3], Mean: in[4], Velocity: in[5]}
			p, _ := RMSProp(in[0], in[1], old, in[2], RMSPropOptions{Rho: .9, Eps: 1e-8, Mu: .9})
			return p
		}, want: []float64{-.66666666, .33333333, 1.33333333, 2.33333333}}, // g/√(.1g²-.01g²) = 1/.3, times .5
	{name: "a step of Adam", bad: badAdam, in: []operand{vars, slope, half, zero4, zero4, first},
		build: func(in []graph.Node) graph.Node {
			p, _, _ := AdamUpdate(in[0], in[1], in[3], in[4], in[2], in[5],
				AdamOptions{Beta1: .9, Beta2: .999, Eps: 1e-8})
			return p
		}, want: []float64{.5, 1.5, 2.5, 3.5}}, // keras adam_test
	{name: "a step of AdamW", bad: badAdamW, in: []operand{vars, slope, half, zero4, zero4, first},
		build: func(in []graph.Node) graph.Node {
			p, _, _ := AdamUpdate(in[0], in[1], in[3], in[4], in[2], in[5],
				AdamOptions{Beta1: .9, Beta2: .999, Eps: 1e-8, Decay: .004, Decoupled: true})
			return p
		}, want: []float64{.498, 1.496, 2.494, 3.492}}, // keras adamw_test
	{name: "the norm of all operands together", in: []operand{row(3, 0), row(4)},
		build: func(in []graph.Node) graph.Node { return GlobalNorm(in...) }, want: []float64{5}},
	{name: "clipping by the norm", bad: badClip, in: []operand{row(3, 4)},
		build: func(in []graph.Node) graph.Node { return ClipByNorm(in[0], GlobalNorm(in[0]), 1) },
		want:  []float64{.59999988, .79999984}, tol: 1e-8}, // torch clip_grad_norm_
}

var updateErrors = []shapeError{
	{"a gradient of another shape", func(g *graph.Graph) graph.Node {
		return SGD(g.Input("p", 3), g.Input("dp", 4), g.Input("lr"), 0)
	}, "sgd: the parameter is float32 (3), an operand is float32 (4): p (3), dp (4), lr ()"},
	{"a beta of 1", func(g *graph.Graph) graph.Node {
		p := g.Input("p", 3)
		y, _, _ := AdamUpdate(p, p, p, p, g.Input("lr"), g.Step(), AdamOptions{Beta1: 1, Beta2: .999, Eps: 1e-8})
		return y
	}, "beta1 is 1, want a number in [0, 1)"},
	{"a learning rate that is not a scalar", func(g *graph.Graph) graph.Node {
		return SGD(g.Input("p", 3), g.Input("dp", 3), g.Input("lr", 3), 0)
	}, "the learning rate has shape (3), want a scalar"},
	{"a largest norm of zero", func(g *graph.Graph) graph.Node {
		p := g.Input("p", 3)
		return ClipByNorm(p, GlobalNorm(p), 0)
	}, "the largest norm is 0, want a positive number"},
}

// TestEpsilonPlacement: the first step with a tiny gradient tells the forms apart.
func TestEpsilonPlacement(t *testing.T) {
	for _, c := range []struct {
		name string
		g    float64
		step func(p, dp, z, lr, t graph.Node) graph.Node
		want float64 // reference: 64-bit arithmetic on the formulas
	}{
		{"RMSProp inside", 1e-6, func(p, dp, z, lr, _ graph.Node) graph.Node {
			y, _ := RMSProp(p, dp, RMSPropMoments{Square: z}, lr,
				RMSPropOptions{Rho: .9, Eps: 1e-8, Where: InsideRoot})
			return y
		}, 9.99995e-6},
		{"RMSProp outside", 1e-6, func(p, dp, z, lr, _ graph.Node) graph.Node {
			y, _ := RMSProp(p, dp, RMSPropMoments{Square: z}, lr, RMSPropOptions{Rho: .9, Eps: 1e-8})
			return y
		}, 3.0653430e-3},
		{"Adam as PyTorch", 1e-6, func(p, dp, z, lr, t graph.Node) graph.Node {
			y, _, _ := AdamUpdate(p, dp, z, z, lr, t, AdamOptions{Beta1: .9, Beta2: .999, Eps: 1e-8})
			return y
		}, 9.9009901e-4},
		{"Adam with epsilon hat", 1e-6, func(p, dp, z, lr, t graph.Node) graph.Node {
			y, _, _ := AdamUpdate(p, dp, z, z, lr, t, AdamOptions{Beta1: .9, Beta2: .999, Eps: 1e-8,
				Where: InsideRoot})
			return y
		}, 7.5974693e-4},
		{"Adam at 1e-8 as PyTorch", 1e-8, func(p, dp, z, lr, t graph.Node) graph.Node {
			y, _, _ := AdamUpdate(p, dp, z, z, lr, t, AdamOptions{Beta1: .9, Beta2: .999, Eps: 1e-8})
			return y
		}, 5.0e-4},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{DType: graph.Float64}
			p, dp, z, lr := g.Input("p", 1), g.Input("dp", 1), g.Input("z", 1), g.Input("lr")
			y := c.step(p, dp, z, lr, g.Step())
			prog, err := g.Compile(y)
			if err != nil {
				t.Fatal(err)
			}
			zeros(prog, g)
			prog.Set(dp, []float64{c.g})
			prog.Set(lr, 1e-3)
			if err := prog.Run(); err != nil {
				t.Fatal(err)
			}
			if err := near([]float64{-prog.Float(y) / c.want}, []float64{1}, 1e-6); err != nil {
				t.Error(err)
			}
		})
	}
}

var counterCases = []opCase{
	{name: "a counter goes up by one", in: []operand{labels(nil, 41)},
		build: func(in []graph.Node) graph.Node { return Increment(in[0]) }, want: []float64{42}},
}
