package cnn_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// model is one of the models that the checks below go over.
type model struct {
	name  string
	build func() nn.Model
}

func models() []model {
	return []model{
		{"mlp", func() nn.Model { return mlp.New(784, 128, 10) }},
		{"lenet5", func() nn.Model { return cnn.NewLeNet5(10) }},
		{"convnet", func() nn.Model { return cnn.NewConvNet(10) }},
	}
}

func types(n int) (x, y graph.Type) {
	return graph.Type{Shape: graph.Shape{n, 1, 28, 28}}, graph.Type{DType: graph.Int64, Shape: graph.Shape{n}}
}

// TestStepIsLean: a training step allocates nothing and its arena is within 5 % of what is alive
// at once; LeNet-5 at batch 64 needs at most 4 MB of it.
func TestStepIsLean(t *testing.T) {
	for _, m := range models() {
		t.Run(m.name, func(t *testing.T) {
			tr := train.New(train.Supervised(m.build(), ops.CrossEntropy), &train.Adam{LR: 1e-3})
			x, y := types(64)
			if _, err := tr.Step(graph.NewTensor(x), graph.NewTensor(y)); err != nil { // it sets the inputs
				t.Fatal(err)
			}
			p, err := tr.Program(x, y)
			if err != nil {
				t.Fatal(err)
			}
			if n := testing.AllocsPerRun(3, func() {
				if err := p.Run(); err != nil {
					t.Fatal(err)
				}
			}); n != 0 {
				t.Errorf("%v allocations a step", n)
			}
			use := p.Memory()
			t.Logf("arena %s, peak live %s, unplanned %s", graph.Bytes(use.Arena), graph.Bytes(use.PeakLive),
				graph.Bytes(use.Unplanned))
			if float64(use.Arena) > 1.05*float64(use.PeakLive) {
				t.Errorf("the arena is %.3f of the bound", float64(use.Arena)/float64(use.PeakLive))
			}
			if m.name == "lenet5" && use.Arena > 4<<20 {
				t.Errorf("the arena takes %d bytes, want at most 4 MB", use.Arena)
			}
		})
	}
}

// TestEnginesAgree: a training step with updates gives the same bits on our tape, on our tape
// without its optional passes, and on Gorgonia's machine. With instructions joined, losses and parameters differ by
// rounding.
func TestEnginesAgree(t *testing.T) {
	for _, m := range models() {
		t.Run(m.name, func(t *testing.T) {
			want := twoSteps(t, m.build(), "tape")
			for _, engine := range []string{"plain", "stock"} {
				if got := twoSteps(t, m.build(), engine); !slices.EqualFunc(got, want, slices.Equal) {
					t.Errorf("%s and tape differ", engine)
				}
			}
			for i, got := range twoSteps(t, m.build(), "joined") {
				var diff, norm float64
				for k, v := range got {
					d, w := float64(v-want[i][k]), float64(want[i][k])
					diff, norm = diff+d*d, norm+w*w
				}
				if !(math.Sqrt(diff) <= 1e-5*math.Sqrt(norm)) {
					t.Errorf("joined, value %d: differs by %g of the norm", i, math.Sqrt(diff/norm))
				}
			}
		})
	}
}

// twoSteps runs two steps of gradient descent and returns the losses and all parameters.
func twoSteps(t *testing.T, m nn.Model, engine string) (values [][]float32) {
	g := &graph.Graph{Mode: graph.Train, Seed: 3}
	x, y := g.Input("x", 4, 1, 28, 28), g.Indices("y", 4)
	loss := ops.CrossEntropy(m.Forward(x), y)
	params := g.Trainable()
	grads := graph.Gradients(loss, params...)
	g.InPhase(graph.Update, func() {
		for i, p := range params {
			g.Assign(p, ops.SGD(p, grads[i], g.Scalar(.1), 0))
		}
	})
	var r interface {
		Set(graph.Node, any)
		Run() error
		Value(graph.Node) graph.Tensor
	}
	var err error
	switch engine {
	case "tape":
		r, err = g.CompileWith(graph.CompileOptions{NoFuse: true}, loss)
	case "plain":
		r, err = g.CompileWith(graph.CompileOptions{NoFuse: true, Without: []string{"fold", "merge", "alias", "plan"}},
			loss)
	case "stock":
		r, err = g.Stock(loss)
	default:
		r, err = g.Compile(loss)
	}
	if err != nil {
		t.Fatal(err)
	}
	images := make([]float32, 4*784)
	for i := range images {
		images[i] = float32(i*31%97) / 97
	}
	for range 2 {
		r.Set(x, images)
		r.Set(y, []int{3, 1, 4, 1})
		if err := r.Run(); err != nil {
			t.Fatal(err)
		}
		values = append(values, []float32{r.Value(loss).F32[0]})
	}
	for p := range m.Params().All() {
		values = append(values, p.Tensor().F32)
	}
	return values
}

func ExampleNewLeNet5() {
	model := cnn.NewLeNet5(10)
	g := &graph.Graph{}
	y := model.Forward(g.Input("x", 64, 1, 28, 28))
	fmt.Println(model.Params().Count(), y.Shape())
	// Output: 61706 (64, 10)
}

func ExampleNewBasicBlock() {
	s := nn.NewScope()
	block := cnn.NewBasicBlock(s.Sub("layer2.0"), 64, 128, 2)
	g := &graph.Graph{}
	y := block.Forward(g.Input("x", 8, 64, 56, 56))
	fmt.Println(y.Shape(), s.Params().Count())
	// Output: (8, 128, 28, 28) 230144
}
