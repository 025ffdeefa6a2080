package train_test

import (
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// TestWatchFindsWhatIsWrong: a dead layer, and gradients that explode, stand in the numbers; a sound network has
// neither.
func TestWatchFindsWhatIsWrong(t *testing.T) {
	r := nn.NewRand(1, "watched")
	x, y := make([]float32, 8*28*28), make([]int64, 8)
	for i := range x {
		x[i] = float32(r.Float64())
	}
	for i := range y {
		y[i] = int64(i)
	}
	look := func(change func(p *graph.Param)) map[string]float64 {
		m := cnn.NewLeNet5(10)
		for p := range m.Params().All() {
			change(p)
		}
		w := &train.Watch{Of: train.New(train.Supervised(m, ops.CrossEntropy), &train.SGD{LR: .01}),
			Batch: []graph.Tensor{graph.FromFloat32(x, 8, 1, 28, 28), graph.FromInt64(y, 8)}}
		if err := w.Add(); err != nil {
			t.Fatal(err)
		}
		return w.Looks[0].Figures()
	}
	sound := look(func(*graph.Param) {})
	dead := look(func(p *graph.Param) {
		for i := range p.Tensor().F32 {
			if p.Name() == "conv2.bias" {
				p.Tensor().F32[i] = -100
			}
		}
	})
	exploding := look(func(p *graph.Param) {
		for i := range p.Tensor().F32 {
			p.Tensor().F32[i] *= 30
		}
	})
	if sound["conv2 ReLU/dead"] > .2 || sound["conv1.weight/gradient_norm"] > 10 ||
		sound["conv1.weight/gradient_norm"] == 0 || sound["conv1.weight/update_ratio"] > .1 {
		t.Errorf("the sound network: %v", sound)
	}
	if dead["conv2 ReLU/dead"] != 1 || dead["conv1.weight/gradient_norm"] != 0 ||
		dead["conv1.weight/update_ratio"] != 0 {
		t.Errorf("the dead layer: %v of it dead, and the gradient before it is %v", dead["conv2 ReLU/dead"],
			dead["conv1.weight/gradient_norm"])
	}
	if n := exploding["conv1.weight/gradient_norm"]; n < 1e4 || exploding["conv1.weight/update_ratio"] < 1 {
		t.Errorf("the gradients explode, and the norm is %v", n)
	}
}
