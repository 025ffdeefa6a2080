package cnn_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/nn"
)

// TestPretrainedResNet20: the network that Idelbayev has trained for CIFAR-10 gives its known answer to a picture of
// zeros, read from the file of PyTorch as it is; one layer out of place gives another.
func TestPretrainedResNet20(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "data", "pretrained", "cifar-resnet", "resnet20-12fca82f.th")
	m := cnn.NewResNet20(10)
	answer := func() []float32 {
		y, err := nn.NewPredictor(m).Predict(graph.NewTensor(graph.Type{Shape: graph.Shape{1, 3, 32, 32}}))
		if err != nil {
			t.Fatal(err)
		}
		return y.F32
	}
	report, err := m.Params().LoadWith(path, nn.LoadOptions{Strip: "state_dict.module."})
	if errors.Is(err, os.ErrNotExist) {
		t.Skip(err)
	}
	if err != nil || len(report.Missing) > 0 {
		t.Fatal(report.Missing, err)
	}
	want := []float64{3.276047, -2.318933, .419073, 4.520217, -1.338563, .644854, .334888, -1.728834, .166675,
		-4.005504} // shared/data/SOURCES.md
	far := func(y []float32) (d float64) {
		for i, v := range y {
			d = max(d, math.Abs(float64(v)-want[i]))
		}
		return d
	}
	if y := answer(); far(y) > 1e-4 {
		t.Errorf("logits %v, want %v", y, want)
	}
	w := m.Params().Get("layer1.0.conv1.weight").Tensor().F32
	w[0], w[1] = w[1], w[0]
	if y := answer(); far(y) < 1e-4 { // negative control
		t.Error("the answer does not depend on the weights")
	}
}
