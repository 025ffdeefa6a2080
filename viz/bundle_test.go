package viz

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/internal/flaws"
	"github.com/stheno-ml/stheno/viz/internal/ink"
	"github.com/stheno-ml/stheno/viz/internal/ladder"
)

// TestBundles: a drawing of more parts than a slide holds puts neighbours into boxes; one of few does not, and neither
// does one that is told how deep to open.
func TestBundles(t *testing.T) {
	layer := func(name string, x graph.Node, f func(graph.Node) graph.Node) graph.Node {
		defer x.Graph().Scope(name)()
		return f(x)
	}
	stage := func(x graph.Node, from, to int) graph.Node {
		for i := from; i < to; i++ {
			x = layer("conv"+itoa(i), x, func(x graph.Node) graph.Node {
				shape := graph.Shape{2 + i%2, x.Dim(1), 3, 3}
				w := x.Graph().Param(graph.NewParam("conv"+itoa(i)+".weight", graph.Type{Shape: shape}))
				return ops.ReLU(ops.Conv2D(x, w, graph.Node{}, ops.Conv{Pad: 1}))
			})
		}
		return ops.MaxPool2D(x, ops.Pool{Size: 2})
	}
	for _, c := range []struct {
		name  string
		depth int
		of    func(x graph.Node) graph.Node
		want  []string // names and labels in the forward column
	}{
		{"few operations", 0, func(x graph.Node) graph.Node { return ops.Tanh(ops.Exp(x)) },
			[]string{"x", "Exp", "Tanh"}},
		{"many operations", 0, func(x graph.Node) graph.Node {
			for range 30 {
				x = ops.Tanh(ops.Exp(x))
			}
			return x
		}, []string{"x", "30 Exp, 30 Tanh"}},
		{"many of many kinds", 0, func(x graph.Node) graph.Node {
			for range 12 {
				x = ops.Sigmoid(ops.Neg(ops.Softplus(ops.Sin(ops.Tanh(ops.Exp(x))))))
			}
			return x
		}, []string{"x", "72 operations: 12 Exp, 12 Tanh, 12 Sin, …"}},
		{"many that one is told to open", 1, func(x graph.Node) graph.Node {
			for range 25 {
				x = ops.Tanh(ops.Exp(x))
			}
			return x
		}, append([]string{"x"}, slices.Repeat([]string{"Exp", "Tanh"}, 25)...)},
		{"stages of a network", 0, func(x graph.Node) graph.Node {
			return stage(stage(stage(x, 0, 5), 5, 12), 12, 25)
		}, []string{"x", "conv0 … conv4 · 5 Conv2D 3×3", "conv5 … conv11 · 7 Conv2D 3×3",
			"conv12 … conv24 · 13 Conv2D 3×3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{Mode: graph.Train}
			c.of(g.Input("x", 2, 2, 16, 16))
			opt := Options{Depth: c.depth}
			s, err := newScene(g, opt)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i := range s.Rows {
				got = append(got, (&ink.Text{Runs: ladder.LabelRuns(&s.Rows[i].Op)}).Plain())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			picture, err := flaws.Read(written(t, func(b *bytes.Buffer) error { return WriteSVG(b, g, opt) }))
			if err != nil {
				t.Fatal(err)
			}
			if found := picture.Check(); len(found) > 0 {
				t.Error(strings.Join(found, "\n"))
			}
		})
	}
}

// TestBundlesAreFew: however many layers of whatever kinds there are, the drawing has forty boxes at most, and every
// loss is in one.
func TestBundlesAreFew(t *testing.T) {
	for _, n := range []int{5, 30, 200} {
		g := &graph.Graph{Mode: graph.Train}
		x := g.Input("x", 2, 3)
		var losses []graph.Node
		for i := range n {
			leave := g.Scope("layer" + itoa(i))
			w := g.Param(graph.NewParam("layer"+itoa(i)+".weight", graph.Type{Shape: graph.Shape{3 + i%5, x.Dim(1)}}))
			x = smooth[i%len(smooth)](ops.Linear(x, w, graph.Node{}))
			leave()
			if i%20 == 0 {
				losses = append(losses, ops.MSE(x, g.Full(1, x.Shape()...)))
			}
		}
		total := losses[0]
		for _, l := range losses[1:] {
			total = ops.Add(total, l)
		}
		graph.Gradients(total, g.Trainable()...)
		s, err := newScene(g, Options{Backward: true})
		if err != nil {
			t.Fatal(err)
		}
		if boxes := s.Boxes(); boxes > fewBoxes || boxes < 10 {
			t.Errorf("%d layers: %d boxes", n, boxes)
		}
		draw := func(b *bytes.Buffer) error { return WriteSVG(b, g, Options{Backward: true}) }
		svg := written(t, draw)
		if again := written(t, draw); again != svg {
			t.Errorf("%d layers: the drawing differs from run to run", n)
		}
		picture, err := flaws.Read(svg)
		if err != nil {
			t.Fatal(err)
		}
		if found := picture.Check(); len(found) > 0 {
			t.Errorf("%d layers: %s", n, strings.Join(found, "\n"))
		}
	}
}
