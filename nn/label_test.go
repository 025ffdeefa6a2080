package nn_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz"
)

// Two models of one architecture live in one graph. Labels say which is which; files know the parameters by the names
// that they have anyway.
func ExampleParams_SetLabel() {
	student, teacher := mlp.New(4, 3, 2), mlp.New(4, 3, 2)
	student.Params().SetLabel("student")
	teacher.Params().SetLabel("teacher")

	g := &graph.Graph{}
	x := g.Input("x", 8, 4)
	y, target := student.Forward(x), teacher.Forward(x)
	fmt.Println(y.Scope(), target.Scope())
	for _, n := range g.Trainable()[:1] {
		fmt.Println(n.Name(), n.Param().Name())
	}
	// Output:
	// student.fc2 teacher.fc2
	// student.fc1.weight fc1.weight
}

// TestTwoModels: two models of one architecture, with labels and without, are told apart by layers, parameters and
// drawings, and train as one.
func TestTwoModels(t *testing.T) {
	for _, c := range []struct {
		name           string
		labels         [2]string
		layers, params []string
	}{
		{"without labels", [2]string{}, []string{"fc1", "fc2", "fc1#2", "fc2#2"},
			[]string{"fc1.weight", "fc1.weight#2"}},
		{"with labels", [2]string{"a", "b"}, []string{"a.fc1", "a.fc2", "b.fc1", "b.fc2"},
			[]string{"a.fc1.weight", "b.fc1.weight"}},
		{"with one label", [2]string{"a", "a"}, []string{"a.fc1", "a.fc2", "a#2.fc1", "a#2.fc2"},
			[]string{"a.fc1.weight", "a.fc1.weight#2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{Mode: graph.Train}
			x := g.Input("x", 2, 4)
			var ys []graph.Node
			for _, label := range c.labels {
				m := mlp.New(4, 3, 2)
				m.Params().SetLabel(label)
				ys = append(ys, m.Forward(x))
			}
			loss := ops.Mean(ops.Square(ops.Sub(ys[0], ys[1])))
			grads := graph.Gradients(loss, g.Trainable()...)
			if _, err := g.Compile(append(grads, loss)...); err != nil {
				t.Fatal(err)
			}
			var layers []string
			for _, n := range g.Nodes() {
				if s := n.Scope(); n.Phase() == graph.Forward && s != "" && !slices.Contains(layers, s) {
					layers = append(layers, s)
				}
			}
			if !slices.Equal(layers, c.layers) {
				t.Errorf("layers %q, want %q", layers, c.layers)
			}
			if got := []string{g.Trainable()[0].Name(), g.Trainable()[4].Name()}; !slices.Equal(got, c.params) {
				t.Errorf("parameters %q, want %q", got, c.params)
			}
			var svg bytes.Buffer
			if err := viz.WriteSVG(&svg, g, viz.Options{Depth: -1, Backward: true}); err != nil {
				t.Fatal(err)
			}
			for _, p := range c.params {
				if !strings.Contains(svg.String(), p+" ") {
					t.Errorf("the drawing does not name %s", p)
				}
			}
		})
	}
}

// TestEveryLayerOpensItsScope: whatever a model adds to a graph stands under its label.
func TestEveryLayerOpensItsScope(t *testing.T) {
	for name, m := range map[string]nn.Model{"lenet5": cnn.NewLeNet5(10), "convnet": cnn.NewConvNet(10),
		"mlp": mlp.New(784, 10, 10, 10)} {
		m.Params().SetLabel("net")
		g := &graph.Graph{Mode: graph.Train}
		m.Forward(g.Input("x", 2, 1, 28, 28))
		if g.Err() != nil {
			t.Fatal(g.Err())
		}
		for _, n := range g.Nodes() {
			if s := n.Scope(); s != "" && !strings.HasPrefix(s, "net.") {
				t.Errorf("%s: %v stands in %q", name, n, s)
			}
		}
	}
}

// TestLabelComesLate: parameters that are made after SetLabel have the label too, and a layer without a scope adds its
// nodes where it is called.
func TestLabelComesLate(t *testing.T) {
	s := nn.NewScope()
	s.Params().SetLabel("net")
	p := s.Sub("fc").Param("gain", nn.Ones, 2)
	if p.Label() != "net" || s.Params().Label() != "net" {
		t.Errorf("got %q and %q", p.Label(), s.Params().Label())
	}
	g := &graph.Graph{}
	defer s.Open(g)()
	y := (&nn.Linear{Weight: graph.NewParam("w", graph.Type{Shape: graph.Shape{3, 2}})}).Forward(g.Input("x", 4, 2))
	if y.Scope() != "net" {
		t.Errorf("a layer without a scope stands in %q", y.Scope())
	}
}
