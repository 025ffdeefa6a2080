package transformer_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/transformer"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/safetensors"
	"github.com/stheno-ml/stheno/train"
)

// tolerance is the norm of a difference by that of what PyTorch gives.
const tolerance = 1e-5

// fixture is what PyTorch 1.13 gives of a model, see testdata/gpt.py and bert.py.
type fixture struct {
	*testing.T
	*safetensors.File
}

func openFixture(t *testing.T, name string) fixture {
	t.Helper()
	f, err := safetensors.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return fixture{t, f}
}

// weightsOf gives the model the weights of the file, which has each of them in its shape and no others. name is what
// the model calls a weight, nil for the same.
func (f fixture) weightsOf(m nn.Model, name func(string) string) {
	f.Helper()
	results := []string{"x", "y", "target", "types", "lengths", "pooled", "logits", "losses"}
	_, err := m.Params().LoadFrom(f.File, nn.LoadOptions{Rename: func(s string) string {
		switch {
		case strings.HasPrefix(s, "d.") || strings.HasPrefix(s, "after.") || slices.Contains(results, s):
			return ""
		case name != nil:
			return name(s)
		}
		return s
	}})
	if err != nil {
		f.Fatal(err)
	}
}

func (f fixture) floats(name string) []float32 {
	f.Helper()
	info, ok := f.Tensor(name)
	v := make([]float32, info.Len())
	if err := f.ReadFloat32(name, v); err != nil || !ok {
		f.Fatal(name, err)
	}
	return v
}

func (f fixture) indices(name string) graph.Tensor {
	f.Helper()
	info, ok := f.Tensor(name)
	v := graph.NewTensor(graph.Type{DType: graph.Int64, Shape: info.Shape})
	if err := f.ReadInt64(name, v.I64); err != nil || !ok {
		f.Fatal(name, err)
	}
	return v
}

// same compares with the tensor of the given name.
func (f fixture) same(name string, got []float32) {
	f.Helper()
	want := f.floats(name)
	if len(got) != len(want) {
		f.Fatalf("%s: there are %d numbers, want %d", name, len(got), len(want))
	}
	if d := distance(got, want); !(d <= tolerance) && !(nothing(got) && nothing(want)) {
		f.Errorf("%s differs from PyTorch's by %g of its norm", name, d)
	}
}

// nothing reports rounding errors of 0: the gradient of the biases of keys, which add the same to all scores.
func nothing(v []float32) bool {
	return !slices.ContainsFunc(v, func(v float32) bool { return v > 1e-7 || v < -1e-7 })
}

// distance is the norm of a difference by that of what is wanted.
func distance(got, want []float32) float64 {
	var difference, norm float64
	for i, w := range want {
		difference += math.Pow(float64(got[i])-float64(w), 2)
		norm += math.Pow(float64(w), 2)
	}
	return math.Sqrt(difference / norm)
}

// step compares logits, loss and gradients of the task with those in the file.
func (f fixture) step(task train.Task, batch ...graph.Tensor) {
	f.Helper()
	g := &graph.Graph{Mode: graph.Train}
	var in []graph.Node
	for i, b := range batch {
		in = append(in, g.Indices(fmt.Sprint("batch", i), b.Shape...))
	}
	o := task.Build(in...)
	params := g.Trainable()
	grads := graph.Gradients(o.Loss, params...)
	prog, err := g.Compile(append(grads, o.Loss, o.Pred)...)
	if err != nil {
		f.Fatal(err)
	}
	for i, b := range batch {
		prog.Set(in[i], b)
	}
	if err := prog.Run(); err != nil {
		f.Fatal(err)
	}
	f.same("logits", prog.Value(o.Pred).F32)
	for i, p := range params {
		f.same("d."+p.Name(), prog.Value(grads[i]).F32)
	}
}

// steps compares the losses of three steps of Adam, and the weights after them, with those in the file. Eps is far
// above the rounding errors in the gradient of the biases of keys, which is 0 by nature and would else be a
// direction.
func (f fixture) steps(m nn.Model, task train.Task, batch ...graph.Tensor) {
	f.Helper()
	trainer := train.New(task, &train.Adam{LR: 1e-2, Eps: 1e-4})
	var losses []float32
	for range 3 {
		loss, err := trainer.Step(batch...)
		if err != nil {
			f.Fatal(err)
		}
		losses = append(losses, float32(loss))
	}
	f.same("losses", losses)
	for p := range m.Params().All() {
		f.same("after."+p.Name(), p.Tensor().F32)
	}
}

// TestGPTParity: logits, loss, all gradients and three steps of Adam are PyTorch's, of GPT-2's form and of nanoGPT's.
func TestGPTParity(t *testing.T) {
	for file, nano := range map[string]bool{"gpt.safetensors": false, "nanogpt.safetensors": true} {
		t.Run(file, func(t *testing.T) {
			f := openFixture(t, file)
			m := transformer.NewGPT(transformer.GPTConfig{Vocabulary: 11, Context: 8, Width: 12, Heads: 3, Layers: 2,
				ExactGELU: nano, Untied: nano})
			f.weightsOf(m, nil)
			x, y := f.indices("x"), f.indices("y")
			f.step(m, x, y)
			f.steps(m, m, x, y)
		})
	}
}

// outcomeFunc is a task of all that it makes.
type outcomeFunc func(batch ...graph.Node) train.Outcome

func (f outcomeFunc) Inputs() []string                        { return []string{"x", "y", "types", "lengths"} }
func (f outcomeFunc) Build(batch ...graph.Node) train.Outcome { return f(batch...) }

// bertOfFixtures is the size of the model in testdata/bert.py.
func bertOfFixtures() transformer.BERTConfig {
	return transformer.BERTConfig{Vocabulary: 11, Context: 8, Width: 12, Heads: 3, Layers: 2, Inner: 20}
}

// TestBERTMaskedLMParity: logits, loss, all gradients and three steps of Adam are PyTorch's, of texts with padding.
func TestBERTMaskedLMParity(t *testing.T) {
	f := openFixture(t, "bert.safetensors")
	m := transformer.NewBERTMaskedLM(bertOfFixtures())
	f.weightsOf(m, transformer.BERTMaskedLMName)
	task := outcomeFunc(func(b ...graph.Node) train.Outcome {
		logits := m.Logits(b[0], b[2], b[3])
		rows := ops.Reshape(logits, -1, logits.Dim(2))
		return train.Outcome{Loss: ops.CrossEntropy(rows, ops.Reshape(b[1], -1)), Pred: logits}
	})
	batch := []graph.Tensor{f.indices("x"), f.indices("y"), f.indices("types"), f.indices("lengths")}
	f.step(task, batch...)
	f.steps(m, task, batch...)
}

// TestBERTParity: the description of each text is PyTorch's.
func TestBERTParity(t *testing.T) {
	f := openFixture(t, "bert.safetensors")
	m := transformer.NewBERT(bertOfFixtures())
	f.weightsOf(m, transformer.BERTName)
	g := &graph.Graph{}
	x, types, lengths := g.Indices("x", 3, 6), g.Indices("types", 3, 6), g.Indices("lengths", 3)
	y := m.Pool(m.Encode(x, types, lengths))
	prog, err := g.Compile(y)
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]graph.Node{"x": x, "types": types, "lengths": lengths} {
		prog.Set(n, f.indices(name))
	}
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	f.same("pooled", prog.Value(y).F32)
}

// TestBERTClassifierParity: logits, loss, all gradients and three steps of Adam are PyTorch's, of texts whose lengths
// their padding tells, and the file is read under its own names.
func TestBERTClassifierParity(t *testing.T) {
	f := openFixture(t, "bert_classifier.safetensors")
	m := transformer.NewBERTClassifier(bertOfFixtures(), 3)
	f.weightsOf(m, transformer.BERTClassifierName)
	task := train.Supervised(m, ops.CrossEntropy)
	f.step(task, f.indices("x"), f.indices("y"))
	f.steps(m, task, f.indices("x"), f.indices("y"))
}
