package train_test

import (
	"encoding/json"
	"iter"
	"math"
	"os"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// scripted are the pseudo-random numbers of testdata/tools.py in [0, 1).
func scripted(n, salt int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = float64((i*7919+(i*i%10007)*31+salt*1047)%10007) / 10007
	}
	return v
}

// scriptedTensor is a tensor of float64 of the numbers that testdata/tools.py has, (u - ½)·scale.
func scriptedTensor(salt int, scale float64, shape ...int) graph.Tensor {
	t := graph.NewTensor(graph.Type{DType: graph.Float64, Shape: shape})
	for i, u := range scripted(len(t.F64), salt) {
		t.F64[i] = (u - .5) * scale
	}
	return t
}

// scriptedLine is the linear model of testdata/tools.py and its trainer.
func scriptedLine(t *testing.T) (*mlp.MLP, *train.Trainer) {
	t.Helper()
	m := mlp.New(3, 2)
	if err := m.Params().SetDType(graph.Float64); err != nil {
		t.Fatal(err)
	}
	m.Layers[0].Weight.Tensor().CopyFrom(scriptedTensor(1, 1, 2, 3))
	m.Layers[0].Bias.Tensor().CopyFrom(scriptedTensor(2, 1, 2))
	return m, train.New(train.Supervised(m, ops.MSE), &train.SGD{LR: .1, Momentum: .9})
}

// scriptedBatches are the five batches of testdata/tools.py.
type scriptedBatches struct{}

func (scriptedBatches) Len() int { return 5 }

func (s scriptedBatches) Batches(int) iter.Seq[[]graph.Tensor] {
	return func(yield func([]graph.Tensor) bool) {
		for i := range s.Len() {
			if !yield([]graph.Tensor{scriptedTensor(10+i, 3, 12, 3), scriptedTensor(30+i, 2, 12, 2)}) {
				return
			}
		}
	}
}

// TestToolsOfPyTorch: a range test, steps in parts and equal averages give the numbers of PyTorch.
func TestToolsOfPyTorch(t *testing.T) {
	raw, err := os.ReadFile("testdata/tools.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Range                 train.Range
		Accumulated, Averaged []float64
	}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	equal := func(name string, got, want []float64) {
		t.Helper()
		if len(got) != len(want) || len(want) == 0 {
			t.Fatalf("%s: there are %d numbers, want %d", name, len(got), len(want))
		}
		for i, v := range got {
			if !(math.Abs(v-want[i]) <= 1e-9*math.Max(1, math.Abs(want[i]))) {
				t.Errorf("%s: number %d is %v, want %v", name, i, v, want[i])
			}
		}
	}
	numbers := func(m *mlp.MLP) []float64 {
		return append(append([]float64{}, m.Layers[0].Weight.Tensor().F64...), m.Layers[0].Bias.Tensor().F64...)
	}

	_, trainer := scriptedLine(t)
	rates := train.RangeOptions{From: 1e-4, To: 10, Steps: 60}
	found, err := train.RangeTest(t.Context(), trainer, scriptedBatches{}, rates)
	if err != nil {
		t.Fatal(err)
	}
	equal("rates", found.Rates, want.Range.Rates)
	equal("losses", found.Losses, want.Range.Losses)
	equal("smoothed", found.Smoothed, want.Range.Smoothed)
	equal("suggestion", []float64{found.Suggestion}, []float64{want.Range.Suggestion})

	model, trainer := scriptedLine(t)
	trainer.Accumulate = 3
	for batch := range train.Limit(scriptedBatches{}, 4).Batches(0) {
		if _, err := trainer.Step(batch...); err != nil {
			t.Fatal(err)
		}
	}
	equal("accumulated", numbers(model), want.Accumulated)

	model, trainer = scriptedLine(t)
	average := &train.Average{Of: model.Params(), Equal: true}
	for batch := range (scriptedBatches{}).Batches(0) {
		if _, err := trainer.Step(batch...); err != nil {
			t.Fatal(err)
		}
		if err := average.Add(); err != nil {
			t.Fatal(err)
		}
	}
	if err := average.Swap(); err != nil {
		t.Fatal(err)
	}
	equal("averaged", numbers(model), want.Averaged)
}
