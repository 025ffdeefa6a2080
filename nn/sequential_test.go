package nn_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// chain is a small model without a type of its own.
func chain(s *nn.Scope) *nn.Sequential {
	return nn.NewSequential(s,
		func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 2, 8) },
		func(s *nn.Scope) nn.Module { return nn.NewBatchNorm1D(s, 8) },
		nn.Func(ops.Tanh).Make,
		func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 8, 1) })
}

func names(ps *nn.Params) (all []string) {
	for p := range ps.All() {
		all = append(all, p.Name())
	}
	return all
}

// TestSequentialIsModel: a chain is trained, counted, summarised, saved and loaded as it is.
func TestSequentialIsModel(t *testing.T) {
	var model nn.Model = chain(nn.NewScope())
	if got := model.Params().Count(); got != 2*8+8+2*8+8+1 {
		t.Errorf("%d parameters, want 49", got)
	}
	s, err := nn.Summarize(model, 1, 2)
	if err != nil || s.Parameters != 49 || s.Trainable != 49 {
		t.Errorf("the summary: %+v, %v", s, err)
	}
	x, y := graph.FromFloat32([]float32{0, 0, 0, 1, 1, 0, 1, 1}, 4, 2), graph.FromFloat32([]float32{0, 1, 1, 0}, 4, 1)
	tr := train.New(train.Supervised(model, ops.MSE), &train.Adam{LR: .05})
	var first, last float64
	for i := range 100 {
		if last, err = tr.Step(x, y); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = last
		}
	}
	if last > first/10 {
		t.Errorf("the loss is %v after 100 steps, %v before", last, first)
	}
	path := filepath.Join(t.TempDir(), "chain.safetensors")
	if err := model.Params().Save(path); err != nil {
		t.Fatal(err)
	}
	other := chain(nn.NewScope())
	if err := other.Params().Load(path); err != nil {
		t.Fatal(err)
	}
	want, err := nn.NewPredictor(model).Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := nn.NewPredictor(other).Predict(x); err != nil || !slices.Equal(got.F32, want.F32) {
		t.Errorf("loaded %v, %v, want %v", got, err, want)
	}
}

// TestSequentialsAreSeparate: chains whose parameters have the same names share none; a part knows its own alone.
func TestSequentialsAreSeparate(t *testing.T) {
	a, b := chain(nn.NewScope()), chain(nn.NewScope())
	if !slices.Equal(names(a.Params()), names(b.Params())) {
		t.Fatalf("names %v and %v", names(a.Params()), names(b.Params()))
	}
	before := slices.Clone(b.Params().Get("0.weight").Tensor().F32)
	a.Params().Init(9)
	a.Params().Freeze("")
	if !slices.Equal(before, b.Params().Get("0.weight").Tensor().F32) || !b.Params().Get("0.weight").Trainable() {
		t.Error("what is done to one is done to the other")
	}

	s := nn.NewScope()
	nn.NewLinear(s.Sub("first"), 2, 2)
	left, right := chain(s.Sub("left")), chain(s.Sub("right"))
	nn.NewLinear(s.Sub("last"), 2, 2)
	if got := names(left.Params()); len(got) != 9 || got[0] != "left.0.weight" || got[8] != "left.3.bias" {
		t.Errorf("the left part has %v", got)
	}
	if left.Params().Get("right.0.weight") != nil || right.Params().Get("right.0.weight") == nil {
		t.Error("a part has the parameters of another")
	}
	if got := left.Params().Get("left.3.bias"); got != s.Params().Get("left.3.bias") {
		t.Error("a part and the whole have different parameters")
	}
	if n := len(names(s.Params())); n != 9+9+2+2 {
		t.Errorf("the whole has %d parameters", n)
	}
}

// TestSequentialsInOneGraph: chains of equal names stand in one graph, and a label tells which is which.
func TestSequentialsInOneGraph(t *testing.T) {
	a, b := chain(nn.NewScope()), chain(nn.NewScope())
	b.Params().SetLabel("critic")
	if got := b.Params().Label(); got != "critic" {
		t.Errorf("the label is %q", got)
	}
	g := &graph.Graph{Mode: graph.Train}
	x := g.Input("x", 4, 2)
	y := ops.Add(a.Forward(x), b.Forward(x))
	prog, err := g.Compile(append(graph.Gradients(ops.Mean(y), g.Trainable()...), y)...)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(g.Trainable()); n != 12 {
		t.Errorf("%d parameters are trained, want 12", n)
	}
	var tape strings.Builder
	if _, err := prog.WriteTo(&tape); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{" 0.weight", "critic.0.weight"} {
		if !strings.Contains(tape.String(), want) {
			t.Errorf("the tape does not have %q:\n%s", want, &tape)
		}
	}
}

// TestFuncsOfSequentials: what a function adds belongs to the chain, or to who calls a chain without a place.
func TestFuncsOfSequentials(t *testing.T) {
	labelled := chain(nn.NewScope())
	labelled.Params().SetLabel("critic")
	for _, c := range []struct {
		name  string
		chain *nn.Sequential
		want  string
	}{
		{"a chain that is a model", chain(nn.NewScope()), "caller"},
		{"a model with a label", labelled, "critic"},
		{"a chain inside a model", chain(nn.NewScope().Sub("body")), "body"},
		{"a chain made by hand", &nn.Sequential{Layers: []nn.Module{nn.Func(ops.ReLU)}}, "caller"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{}
			x := g.Input("x", 4, 2)
			defer g.Scope("caller")()
			c.chain.Forward(x)
			found := false
			for _, n := range g.Nodes() {
				found = found || n.Kind() == graph.KindOp && n.Scope() == c.want
			}
			if !found || g.CurrentScope() != "caller" {
				t.Errorf("no op belongs to %q, or the chain left its layer open: %q", c.want, g.CurrentScope())
			}
		})
	}
}

// TestSummaryOfForeignParameters: a model may read a parameter that is not its own.
func TestSummaryOfForeignParameters(t *testing.T) {
	own := nn.NewScope()
	fc, foreign := nn.NewLinear(own.Sub("fc"), 2, 2), nn.NewLinear(nn.NewScope().Sub("foreign"), 2, 2)
	m := model{nn.Func(func(x graph.Node) graph.Node { return foreign.Forward(fc.Forward(x)) }), own.Params()}
	s, err := nn.Summarize(m, 1, 2)
	if err != nil || s.Parameters != 6 || s.Unread != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}
