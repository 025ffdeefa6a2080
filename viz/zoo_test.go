package viz_test

import (
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/recipe"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz"
	"github.com/stheno-ml/stheno/viz/internal/flaws"
)

// trainingStep is the graph of a training step of a row of the zoo at its usual size.
func trainingStep(t *testing.T, r recipe.Recipe, batch int) *graph.Graph {
	t.Helper()
	m := r.New(r.Usual())
	tr, err := r.Trainer(m, r.Optimizer, r.LR)
	if err != nil {
		t.Fatal(err)
	}
	g, _, err := tr.Graph(true, m.Batch(batch)...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestZooHolds: in the drawing of a training step of every row of the zoo nothing overlaps or is cut, in both
// languages; and of ResNet-50 and a recurrent network neither where every operation is drawn.
func TestZooHolds(t *testing.T) {
	check := func(name string, g *graph.Graph, opt viz.Options) {
		var svg strings.Builder
		if err := viz.WriteSVG(&svg, g, opt); err != nil {
			t.Fatal(name, err)
		}
		faults, err := flaws.Faults(svg.String())
		if err != nil {
			t.Fatal(name, err)
		}
		if len(faults) > 0 {
			t.Errorf("%s, %s, depth %d: %d faults, the first: %s", name, opt.Lang, opt.Depth, len(faults), faults[0])
		}
	}
	for _, r := range recipe.Table() {
		g := trainingStep(t, r, r.Batch)
		for _, lang := range viz.Langs() {
			check(r.Name, g, viz.Options{Backward: true, Title: r.Title, Lang: lang})
		}
		if r.Name == "resnet50" {
			check(r.Name, trainingStep(t, r, 2), viz.Options{Backward: true, Depth: -1})
		}
	}
	g := &graph.Graph{Mode: graph.Train}
	lstm := nn.NewLSTM(nn.NewScope().Sub("lstm"), 4, 4, nn.Recurrent{Unroll: true})
	graph.Gradients(ops.Mean(ops.Square(lstm.Forward(g.Input("x", 2, 30, 4)))), g.Trainable()...)
	check("lstm of 30 steps", g, viz.Options{Backward: true, Depth: -1})
}
