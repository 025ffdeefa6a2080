package outside

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// TestQuantile: values and slopes by hand.
func TestQuantile(t *testing.T) {
	for _, c := range []struct {
		name            string
		q, pred, target float64
		want, slope     float64
	}{
		{"too low by 2", .9, 1, 3, .9 * 2, -.9},
		{"too high by 2", .9, 3, 1, .1 * 2, .1},
		{"the median is half the distance", .5, 3, 1, .5 * 2, .5},
	} {
		g := &graph.Graph{DType: graph.Float64}
		pred, target := g.Input("pred", 1), g.Input("target", 1)
		loss := Quantile{c.q}.Loss(pred, target)
		dpred := graph.Gradients(loss, pred)[0]
		prog, err := g.Compile(loss, dpred)
		if err != nil {
			t.Fatal(err)
		}
		prog.Set(pred, []float64{c.pred})
		prog.Set(target, []float64{c.target})
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		if got := prog.Float(loss); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: the loss is %v, want %v", c.name, got, c.want)
		}
		if got := prog.Float(dpred); math.Abs(got-c.slope) > 1e-12 {
			t.Errorf("%s: the slope is %v, want %v", c.name, got, c.slope)
		}
	}
}

// TestQuantileMisused: the error comes with the first step, or the compilation.
func TestQuantileMisused(t *testing.T) {
	g := &graph.Graph{}
	Quantile{1}.Loss(g.Input("pred", 2), g.Input("target", 2))
	const want = "quantile: the share Q is 1, want a number between 0 and 1"
	if err := g.Err(); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("a Q of 1: %v", err)
	}
	trainer := train.New(train.Supervised(scalar(1), Quantile{.5}.Loss), &train.SGD{LR: .1})
	x := graph.FromFloat32([]float32{1, 2}, 2, 1)
	if _, err := trainer.Step(x, graph.FromFloat32([]float32{1, 2, 3}, 3, 1)); err == nil {
		t.Error("two predictions of three targets are no error")
	}
}

// A regression with a loss of one's own: of points (x, x·u) with u uniform in [0, 1), nine of ten are below 0.9·x, and
// the mean is 0.5·x.
func ExampleQuantile() {
	column := graph.Type{Shape: graph.Shape{1000, 1}}
	x, y := graph.NewTensor(column), graph.NewTensor(column)
	nn.NewRand(1, "x").Uniform(x)
	nn.NewRand(1, "u").Uniform(y)
	for i, v := range x.F32 {
		y.F32[i] *= v
	}
	for _, loss := range []train.Loss{Quantile{.9}.Loss, ops.MSE} {
		model := scalar(0)
		trainer := train.New(train.Supervised(model, loss), &train.Adam{LR: .01})
		for range 500 {
			if _, err := trainer.Step(x, y); err != nil {
				fmt.Println(err)
				return
			}
		}
		fmt.Printf("%.1f\n", model.Params().Get("0.weight").Tensor().At(0))
	}
	// Output:
	// 0.9
	// 0.5
}
