package nn_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// twoLayers is a body and a head.
type twoLayers struct {
	body, head *nn.Linear
	scope      *nn.Scope
}

func newTwoLayers() *twoLayers {
	s := nn.NewScope()
	return &twoLayers{nn.NewLinear(s.Sub("body"), 4, 3), nn.NewLinear(s.Sub("body.head"), 3, 5), s}
}

func (m *twoLayers) Params() *nn.Params { return m.scope.Params() }

func (m *twoLayers) Forward(x graph.Node) graph.Node {
	return m.head.Forward(ops.ReLU(m.body.Forward(x)))
}

// withHead is m with another head.
func (m *twoLayers) withHead(n int) *twoLayers {
	s := m.scope.Without("body.head")
	return &twoLayers{m.body, nn.NewLinear(s.Sub("body.head"), 3, n), s}
}

// A network gets another head, and keeps what it has learnt.
func ExampleScope_Without() {
	m := newTwoLayers()
	n := m.withHead(2)
	for p := range n.Params().All() {
		fmt.Println(p.Name(), p.Type().Shape, m.Params().Get(p.Name()) == p)
	}
	// Output:
	// body.weight (3, 4) true
	// body.bias (3) true
	// body.head.weight (2, 3) false
	// body.head.bias (2) false
}

// TestWithout: a model with another head is one model in a graph, has its label and its float type, and what is not
// there cannot be left out.
func TestWithout(t *testing.T) {
	m := newTwoLayers()
	if err := m.Params().SetDType(graph.Float64); err != nil {
		t.Fatal(err)
	}
	m.Params().SetLabel("net")
	n := m.withHead(2)
	g := &graph.Graph{DType: graph.Float64}
	x := g.Input("x", 1, 4)
	y := n.Forward(x)
	if y.Scope() != "net.body.head" || g.Err() != nil {
		t.Errorf("the head is in %q; error %v", y.Scope(), g.Err())
	}
	n.Params().SetLabel("other")
	for p := range n.Params().All() {
		if p.Label() != "other" || p.Type().DType != graph.Float64 {
			t.Errorf("%s is of %v, with the label %q", p.Name(), p.Type().DType, p.Label())
		}
	}
	if y := n.Forward(x); y.Scope() != "other.body.head" {
		t.Errorf("with another label the head is in %q", y.Scope())
	}
	n.Params().Init(3)
	if a, b := m.body.Weight.Tensor().F64, n.body.Weight.Tensor().F64; !slices.Equal(a, b) {
		t.Error("the bodies differ")
	}
	defer func() {
		if got := fmt.Sprint(recover()); got != `nn: Without: there is no parameter under "head"` {
			t.Errorf("what is not there: %s", got)
		}
	}()
	m.scope.Without("head")
}

// Pixels in [0, 1] become what a network for ImageNet has learnt with.
func ExampleNormalize() {
	g := &graph.Graph{}
	x := g.Full(.5, 1, 3, 1, 1)
	y := nn.Normalize([]float64{.485, .456, .406}, []float64{.229, .224, .225}).Forward(x)
	p, err := g.Compile(y)
	if err == nil {
		err = p.Run()
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.4f\n", p.Value(y).F32)
	// Output: [0.0655 0.1964 0.4178]
}
