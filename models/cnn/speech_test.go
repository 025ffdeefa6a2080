package cnn_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/nn"
)

// TestSpeechNet: names and logits are PyTorch's, see testdata/speech.py, and there are as many parameters as is said.
func TestSpeechNet(t *testing.T) {
	raw, err := os.ReadFile("testdata/speech.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Names  []string
		Logits []float64
	}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	m := cnn.NewSpeechNet(16, 4, 5)
	var names, learnt []string
	for p := range m.Params().All() {
		names = append(names, p.Name())
		if !strings.Contains(p.Name(), "running") && !strings.Contains(p.Name(), "tracked") {
			learnt = append(learnt, p.Name())
		}
	}
	slices.Sort(names)
	slices.Sort(learnt)
	if !slices.Equal(names, want.Names) {
		t.Fatalf("the names are %v, want %v", names, want.Names)
	}
	for k, name := range learnt {
		p := m.Params().Get(name)
		fan := 16.
		if s := p.Type().Shape; len(s) > 1 {
			fan = float64(s[1:].Size())
		}
		for i, v := range numbers(p.Type().Shape.Size(), k+1) {
			p.Tensor().F32[i] = float32((v - .5) * 2 / math.Sqrt(fan))
		}
	}
	x := graph.NewTensor(graph.Type{Shape: graph.Shape{2, 1, 16, 24}})
	for i, v := range numbers(len(x.F32), 0) {
		x.F32[i] = float32(v)
	}
	y, err := nn.NewPredictor(m).Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float64, len(y.F32))
	for i, v := range y.F32 {
		got[i] = float64(v)
	}
	if !close(got, want.Logits, 1e-5) {
		t.Errorf("the logits are %v, want %v", got, want.Logits)
	}
	if got[0] += .01; close(got, want.Logits, 1e-5) {
		t.Error("negative control: a wrong logit is not found")
	}
	if n := cnn.NewSpeechNet(32, 16, 10).Params().Count(); n != 15418 {
		t.Errorf("it has %d parameters, want 15,418", n)
	}
}
