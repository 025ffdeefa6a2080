package ops

import (
	"testing"

	"github.com/stheno-ml/stheno/graph"
)

// torch 1.13: F.gelu(x), F.gelu(x, approximate='tanh'), F.silu(x), F.softplus(x), F.elu(x)
func TestActivationValues(t *testing.T) {
	x := []float64{-3, -1, -.5, .5, 1, 3}
	for _, tc := range []struct {
		name string
		f    func(x graph.Node) graph.Node
		want []float64
	}{
		{"GELU", GELU, []float64{-.00404969, -.15865525, -.15426877, .34573123, .84134475, 2.99595031}},
		{"GELUTanh", GELUTanh, []float64{-.00363739, -.15880801, -.15428599, .34571401, .84119199, 2.99636261}},
		{"SiLU", SiLU, []float64{-.14227762, -.26894142, -.18877033, .31122967, .73105858, 2.85772238}},
		{"Softplus", Softplus, []float64{.04858735, .31326169, .47407698, .97407698, 1.31326169, 3.04858735}},
		{"ELU", func(x graph.Node) graph.Node { return ELU(x, 1) },
			[]float64{-.95021293, -.63212056, -.39346934, .5, 1, 3}},
		{"LeakyReLU", func(x graph.Node) graph.Node { return LeakyReLU(x, .01) },
			[]float64{-.03, -.01, -.005, .5, 1, 3}},
		{"ReLU", ReLU, []float64{0, 0, 0, .5, 1, 3}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			checkValue(t, func(g *graph.Graph) graph.Node { return tc.f(vectorOf(g, x...)) }, tc.want...)
		})
	}
	checkValue(t, func(g *graph.Graph) graph.Node {
		x := vectorOf(g, 1)
		return graph.Gradients(Sum(GELU(x)), x)[0]
	}, 1.0833154706)
}

// What a drawing and a tape call them.
func TestNamesOfActivations(t *testing.T) {
	g := &graph.Graph{}
	x := g.Input("x", 2)
	for _, tc := range []struct {
		n          graph.Node
		name, draw string
		role       graph.Role
	}{
		{ReLU(x), "relu", "ReLU", graph.RoleActivation},
		{LeakyReLU(x, .01), "leakyrelu slope=0.01", "LeakyReLU", graph.RoleActivation},
		{ELU(x, 1), "elu alpha=1", "ELU", graph.RoleActivation},
		{GELUTanh(x), "gelutanh", "GELU tanh", graph.RoleActivation},
		{Clamp(x, 0, 6), "clamp lo=0 hi=6", "Clamp", graph.RoleElementwise},
		{Scale(x, .125), "scale s=0.125", "Scale", graph.RoleElementwise},
		{Add(x, x), "add", "Add", graph.RoleElementwise},
		{SumKeep(x, -1), "sum axes=[0] keep", "Sum", graph.RolePool},
		{Softmax(x, -1), "softmax axis=0", "Softmax", graph.RolePool},
	} {
		role, draw := graph.RoleOf(tc.n)
		if tc.n.Name() != tc.name || draw != tc.draw || role != tc.role {
			t.Errorf("%q %q %v, want %q %q %v", tc.n.Name(), draw, role, tc.name, tc.draw, tc.role)
		}
	}
}
