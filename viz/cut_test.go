package viz

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// TestCuts: an edge is marked where what is behind it could learn, and nothing of it gets a gradient here.
func TestCuts(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(g *graph.Graph, maker, judge *nn.Linear, x graph.Node)
		cuts int
	}{
		{"a loss by the parameters of both", func(g *graph.Graph, maker, judge *nn.Linear, x graph.Node) {
			loss := ops.Mean(judge.Forward(maker.Forward(x)))
			graph.Gradients(loss, g.Trainable()...)
		}, 0},
		{"a loss by those of the judge alone", func(g *graph.Graph, maker, judge *nn.Linear, x graph.Node) {
			loss := ops.Mean(judge.Forward(maker.Forward(x)))
			graph.Gradients(loss, g.Param(judge.Weight), g.Param(judge.Bias))
		}, 1},
		{"a turn of each, of the same value", func(g *graph.Graph, maker, judge *nn.Linear, x graph.Node) {
			y := maker.Forward(x)
			first, second := ops.Mean(judge.Forward(y)), ops.Mean(judge.Forward(y))
			graph.Gradients(first, g.Param(judge.Weight), g.Param(judge.Bias))
			graph.Gradients(second, g.Param(maker.Weight), g.Param(maker.Bias))
		}, 1},
		{"a value that is detached", func(g *graph.Graph, maker, judge *nn.Linear, x graph.Node) {
			loss := ops.Mean(judge.Forward(ops.StopGradient(maker.Forward(x))))
			graph.Gradients(loss, g.Trainable()...)
		}, 1},
		{"a maker that is frozen", func(g *graph.Graph, maker, judge *nn.Linear, x graph.Node) {
			maker.Weight.SetTrainable(false)
			maker.Bias.SetTrainable(false)
			loss := ops.Mean(judge.Forward(maker.Forward(x)))
			graph.Gradients(loss, g.Trainable()...)
		}, 0},
		{"a choice, which has no gradient by nature", func(g *graph.Graph, maker, judge *nn.Linear, x graph.Node) {
			y := judge.Forward(x)
			loss := ops.Mean(ops.Where(ops.Greater(maker.Forward(x), x), y, ops.Neg(y)))
			graph.Gradients(loss, g.Param(judge.Weight), g.Param(judge.Bias))
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, s := &graph.Graph{Mode: graph.Train}, nn.NewScope()
			c.play(g, nn.NewLinear(s.Sub("maker"), 3, 3), nn.NewLinear(s.Sub("judge"), 3, 3), g.Input("x", 2, 3))
			for _, depth := range []int{-1, 0, 1} {
				var svg, dot bytes.Buffer
				opt := Options{Backward: true, Depth: depth}
				if err := WriteSVG(&svg, g, opt); err != nil {
					t.Fatal(err)
				}
				if err := WriteDOT(&dot, g, opt); err != nil {
					t.Fatal(err)
				}
				marks := strings.Count(svg.String(), "no gradient comes back"+"</title>")
				heads := strings.Count(dot.String(), "normaltee")
				if marks != c.cuts || heads != c.cuts {
					t.Errorf("depth %d: %d and %d edges are cut, want %d", depth, marks, heads, c.cuts)
				}
				named := strings.Contains(svg.String(), "constant: no gradient comes back<")
				if named != (c.cuts > 0) {
					t.Errorf("depth %d: the legend names cuts: %v", depth, named)
				}
			}
		})
	}
}
