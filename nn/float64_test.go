package nn_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// TestLayersInFloat64: each layer has the same initial values in both types, and gives the same, but for rounding.
func TestLayersInFloat64(t *testing.T) {
	for _, c := range []struct {
		name string
		x    []int
		make nn.Maker
	}{
		{"Linear", []int{3, 4}, func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 4, 5) }},
		{"Conv1D", []int{2, 4, 7}, func(s *nn.Scope) nn.Module { return nn.NewConv1D(s, 4, 5, 3, ops.Conv{}) }},
		{"Conv2D", []int{2, 4, 7, 7}, func(s *nn.Scope) nn.Module { return nn.NewConv2D(s, 4, 5, 3, ops.Conv{}) }},
		{"ConvTranspose2D", []int{2, 4, 7, 7},
			func(s *nn.Scope) nn.Module { return nn.NewConvTranspose2D(s, 4, 5, 3, ops.Conv{}) }},
		{"BatchNorm", []int{3, 4}, func(s *nn.Scope) nn.Module { return nn.NewBatchNorm1D(s, 4) }},
		{"LayerNorm", []int{3, 4}, func(s *nn.Scope) nn.Module { return nn.NewLayerNorm(s, 4) }},
		{"GroupNorm", []int{3, 4, 2}, func(s *nn.Scope) nn.Module { return nn.NewGroupNorm(s, 2, 4) }},
		{"RNN", []int{2, 3, 4}, func(s *nn.Scope) nn.Module { return nn.NewRNN(s, 4, 5, nn.Recurrent{}) }},
		{"LSTM", []int{2, 3, 4},
			func(s *nn.Scope) nn.Module { return nn.NewLSTM(s, 4, 5, nn.Recurrent{Bidirectional: true}) }},
		{"LSTM with a projection", []int{2, 3, 4},
			func(s *nn.Scope) nn.Module { return nn.NewLSTM(s, 4, 5, nn.Recurrent{Projection: 2}) }},
		{"GRU that resets first", []int{2, 3, 4},
			func(s *nn.Scope) nn.Module { return nn.NewGRU(s, 4, 5, nn.Recurrent{ResetBefore: true}) }},
		{"LSTMCell", []int{3, 4}, func(s *nn.Scope) nn.Module { return nn.NewLSTMCell(s, 4, 5, nn.Recurrent{}) }},
		{"GRU", []int{2, 3, 4}, func(s *nn.Scope) nn.Module { return nn.NewGRU(s, 4, 5, nn.Recurrent{}) }},
		{"MultiHeadAttention", []int{2, 3, 4},
			func(s *nn.Scope) nn.Module { return nn.NewMultiHeadAttention(s, 4, 2, nn.Attention{}) }},
		{"Sequential", []int{3, 4}, func(s *nn.Scope) nn.Module {
			return nn.NewSequential(s, func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 4, 5) },
				nn.Func(ops.Tanh).Make)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer := func(d graph.DType) graph.Tensor {
				s := nn.NewScope()
				if err := s.Params().SetDType(d); err != nil {
					t.Fatal(err)
				}
				l := c.make(s)
				x := graph.NewTensor(graph.Type{DType: d, Shape: c.x})
				nn.NewRand(5, "x").Normal(x)
				y, err := nn.NewPredictor(l).Predict(x)
				if err != nil {
					t.Fatal(err)
				}
				return y
			}
			narrow, wide := answer(graph.Float32), answer(graph.Float64)
			if wide.DType != graph.Float64 {
				t.Fatalf("the answer is of %v", wide.DType)
			}
			for i, want := range wide.F64 {
				if got := narrow.At(i); math.Abs(got-want) > 1e-5 {
					t.Errorf("element %d: %v in float32, %v in float64", i, got, want)
				}
			}
		})
	}
}

// TestTrainInFloat64: a small model learns XOR far below what float32 resolves, is saved and comes back.
func TestTrainInFloat64(t *testing.T) {
	model := func() *nn.Sequential {
		m := nn.NewSequential(nn.NewScope(),
			func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 2, 8) },
			nn.Func(ops.Tanh).Make,
			func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 8, 1) })
		if err := m.Params().SetDType(graph.Float64); err != nil { // also after the layers are made
			t.Fatal(err)
		}
		return m
	}
	m := model()
	x, y := graph.FromFloat64([]float64{0, 0, 0, 1, 1, 0, 1, 1}, 4, 2), graph.FromFloat64([]float64{0, 1, 1, 0}, 4, 1)
	tr := train.New(train.Supervised(m, ops.MSE), &train.SGD{LR: .2, Momentum: .9})
	var loss float64
	for range 1500 {
		var err error
		if loss, err = tr.Step(x, y); err != nil {
			t.Fatal(err)
		}
	}
	if loss > 1e-24 { // an error of 1e-12 for each target; the least of float32 is some 1e-15
		t.Errorf("the loss is %v", loss)
	}
	path := filepath.Join(t.TempDir(), "xor.safetensors")
	if err := m.Params().Save(path); err != nil {
		t.Fatal(err)
	}
	again := model()
	if err := again.Params().Load(path); err != nil {
		t.Fatal(err)
	}
	if got, err := nn.NewPredictor(again).Predict(x); err != nil || math.Abs(got.F64[1]-1) > 1e-11 {
		t.Errorf("after loading %v, %v", got, err)
	}
}

// TestModelOfTheZooInFloat64: a constructor knows nothing of it.
func TestModelOfTheZooInFloat64(t *testing.T) {
	m := cnn.NewConvNet(10)
	if err := m.Params().SetDType(graph.Float64); err != nil {
		t.Fatal(err)
	}
	if got := m.BN1.Batches.Type().DType; got != graph.Int64 || m.Params().DType() != graph.Float64 {
		t.Errorf("the counter is of %v, the rest of %v", got, m.Params().DType())
	}
	images := graph.NewTensor(graph.Type{DType: graph.Float64, Shape: graph.Shape{2, 1, 28, 28}})
	if s, err := nn.Summarize(m, 1, 1, 28, 28); err != nil || s.Parameters != 50282 { // as in float32
		t.Errorf("the summary: %+v, %v", s, err)
	}
	y, err := nn.NewPredictor(m).Predict(images)
	if err != nil || y.DType != graph.Float64 {
		t.Errorf("%v, %v", y, err)
	}
}

// TestEmbeddingInFloat64: for integers the graph of a Predictor has the type of the model's parameters.
func TestEmbeddingInFloat64(t *testing.T) {
	m := nn.NewSequential(nn.NewScope(), func(s *nn.Scope) nn.Module { return nn.NewEmbedding(s, 9, 2) })
	if err := m.Params().SetDType(graph.Float64); err != nil {
		t.Fatal(err)
	}
	y, err := nn.NewPredictor(m).Predict(graph.FromInt64([]int64{3, 4}, 2))
	if err != nil || y.DType != graph.Float64 {
		t.Errorf("%v, %v", y, err)
	}
}

// TestSetDTypeTooLate: when one parameter has been read all stay as they are.
func TestSetDTypeTooLate(t *testing.T) {
	s := nn.NewScope()
	fc, bn := nn.NewLinear(s.Sub("fc"), 2, 2), nn.NewBatchNorm1D(s.Sub("bn"), 2)
	bn.Bias.Tensor()
	want := `nn: parameter "bn.bias": it has been read as float32: set the type before`
	if err := s.Params().SetDType(graph.Float64); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	more := nn.NewLinear(s.Sub("more"), 2, 2)
	if fc.Weight.Type().DType != graph.Float32 || more.Weight.Type().DType != graph.Float32 {
		t.Error("a part has changed")
	}
	if err := s.Params().SetDType(graph.Int64); err == nil ||
		!strings.Contains(err.Error(), "want float32 or float64") {
		t.Errorf("integers: %v", err)
	}
	if err := s.Params().SetDType(graph.Float32); err != nil {
		t.Errorf("what it is: %v", err)
	}
}
