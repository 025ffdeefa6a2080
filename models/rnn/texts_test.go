package rnn_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/data/table"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/rnn"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/safetensors"
	"github.com/stheno-ml/stheno/train"
)

// recorded is what PyTorch 1.13 makes of a model of sequences, see testdata/texts.py.
type recorded struct {
	*testing.T
	file *safetensors.File
}

// openRecorded opens a record and gives the model its weights: each of them in its shape, and no others.
func openRecorded(t *testing.T, name string, m nn.Model) recorded {
	t.Helper()
	f, err := safetensors.Open("testdata/" + name + ".safetensors")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	_, err = m.Params().LoadFrom(f, nn.LoadOptions{Rename: func(s string) string {
		if strings.HasPrefix(s, "d.") || strings.HasPrefix(s, "after.") ||
			slices.Contains([]string{"x", "y", "pred", "losses"}, s) {
			return ""
		}
		return s
	}})
	if err != nil {
		t.Fatal(err)
	}
	return recorded{t, f}
}

// tensor reads floats or integers.
func (r recorded) tensor(name string) graph.Tensor {
	r.Helper()
	info, ok := r.file.Tensor(name)
	if !ok {
		r.Fatalf("there is no %s", name)
	}
	x := graph.NewTensor(graph.Type{Shape: info.Shape})
	if info.DType == "I64" {
		x = graph.NewTensor(graph.Type{DType: graph.Int64, Shape: info.Shape})
	}
	var err error
	if x.DType == graph.Int64 {
		err = r.file.ReadInt64(name, x.I64)
	} else {
		err = r.file.ReadFloat32(name, x.F32)
	}
	if err != nil {
		r.Fatal(err)
	}
	return x
}

// same wants what is recorded to 1e-5 of its norm.
func (r recorded) same(name string, got []float32) {
	r.Helper()
	if d := distant(got, r.tensor(name).F32); !(d <= 1e-5) {
		r.Errorf("%s differs from PyTorch's by %g of its norm", name, d)
	}
}

// distant is the norm of a difference by that of what is wanted.
func distant(got, want []float32) float64 {
	if len(got) != len(want) {
		return math.NaN()
	}
	var difference, norm float64
	for i, w := range want {
		difference += math.Pow(float64(got[i])-float64(w), 2)
		norm += math.Pow(float64(w), 2)
	}
	return math.Sqrt(difference / norm)
}

// TestTextsParity: predictions in both modes, loss, all gradients and three steps of Adam are PyTorch's, of sequences
// of different lengths.
func TestTextsParity(t *testing.T) {
	forecast := rnn.NewForecast(5)
	sentiment, language := rnn.NewSentiment(13, 6, 5, 3, 0), rnn.NewLanguage(11, 6, 4, 0)
	for name, c := range map[string]struct {
		model nn.Model
		task  train.Task
	}{
		"sentiment": {sentiment, train.Supervised(sentiment, ops.CrossEntropy)},
		"language":  {language, train.Supervised(language, ops.CrossEntropy)},
		"forecast":  {forecast, forecast},
	} {
		t.Run(name, func(t *testing.T) {
			r := openRecorded(t, name, c.model)
			x, y := r.tensor("x"), r.tensor("y")
			pred, err := nn.NewPredictor(c.model).Predict(x)
			if err != nil {
				t.Fatal(err)
			}
			r.same("pred", pred.F32)
			r.gradients(c.task, x, y)
			r.steps(c.model, c.task, x, y)
		})
	}
	r := openRecorded(t, "language", language)
	if d := distant(r.tensor("d.out.weight").F32, r.tensor("out.weight").F32); d < 1e-5 {
		t.Errorf("negative control: a gradient is apart from the weight by %g", d)
	}
}

// gradients compares the prediction and the gradients in a graph for training.
func (r recorded) gradients(task train.Task, x, y graph.Tensor) {
	r.Helper()
	g := &graph.Graph{Mode: graph.Train}
	in := []graph.Node{nn.InputLike(g, "x", x.Type), nn.InputLike(g, "y", y.Type)}
	o := task.Build(in...)
	params := g.Trainable()
	grads := graph.Gradients(o.Loss, params...)
	prog, err := g.Compile(append(grads, o.Pred)...)
	if err != nil {
		r.Fatal(err)
	}
	prog.Set(in[0], x)
	prog.Set(in[1], y)
	if err := prog.Run(); err != nil {
		r.Fatal(err)
	}
	r.same("pred", prog.Value(o.Pred).F32)
	for i, p := range params {
		r.same("d."+p.Name(), prog.Value(grads[i]).F32)
	}
}

// steps compares the losses of three steps of Adam, and the weights after them.
func (r recorded) steps(m nn.Model, task train.Task, x, y graph.Tensor) {
	r.Helper()
	trainer := train.New(task, &train.Adam{LR: 1e-2, Eps: 1e-4})
	var losses []float32
	for range 3 {
		loss, err := trainer.Step(x, y)
		if err != nil {
			r.Fatal(err)
		}
		losses = append(losses, float32(loss))
	}
	r.same("losses", losses)
	for p := range m.Params().All() {
		r.same("after."+p.Name(), p.Tensor().F32)
	}
}

// TestTextsCounts: the counts of the doc comments, and PyTorch's names.
func TestTextsCounts(t *testing.T) {
	for _, c := range []struct {
		name  string
		model nn.Model
		count int
		names string
	}{
		// 10000·64 + 2·(256·64 + 256·64 + 256 + 256) + 2·128 + 2
		{"sentiment", rnn.NewSentiment(10_000, 64, 64, 2, .5), 706_818, "embedding.weight lstm.weight_ih_l0 " +
			"lstm.weight_hh_l0 lstm.bias_ih_l0 lstm.bias_hh_l0 lstm.weight_ih_l0_reverse lstm.weight_hh_l0_reverse " +
			"lstm.bias_ih_l0_reverse lstm.bias_hh_l0_reverse out.weight out.bias"},
		// 60·64 + 192·64 + 192·64 + 192 + 192 + 18·64 + 18
		{"language", rnn.NewLanguage(60, 64, 18, .2), 29_970, "embedding.weight gru.weight_ih_l0 gru.weight_hh_l0 " +
			"gru.bias_ih_l0 gru.bias_hh_l0 out.weight out.bias"},
		// 128·1 + 128·32 + 128 + 128 + 32 + 1
		{"forecast", rnn.NewForecast(32), 4_513, "lstm.weight_ih_l0 lstm.weight_hh_l0 lstm.bias_ih_l0 " +
			"lstm.bias_hh_l0 out.weight out.bias"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var names []string
			for p := range c.model.Params().All() {
				names = append(names, p.Name())
			}
			if got := strings.Join(names, " "); got != c.names {
				t.Errorf("the parameters are\n%s, want\n%s", got, c.names)
			}
			if got := c.model.Params().Count(); got != c.count {
				t.Errorf("%d parameters, want %d", got, c.count)
			}
		})
	}
}

// TestPaddingChangesNothing: the logits of a text are the same, however much padding stands behind it.
func TestPaddingChangesNothing(t *testing.T) {
	for name, m := range map[string]nn.Model{"sentiment": rnn.NewSentiment(9, 6, 5, 3, .5),
		"language": rnn.NewLanguage(9, 6, 4, .5)} {
		t.Run(name, func(t *testing.T) {
			logits := func(ids []int64) []float32 {
				y, err := nn.NewPredictor(m).Predict(graph.FromInt64(ids, 1, len(ids)))
				if err != nil {
					t.Fatal(err)
				}
				return y.F32
			}
			short, long := logits([]int64{3, 8, 1}), logits([]int64{3, 8, 1, 0, 0, 0})
			if d := distant(long, short); !(d < 1e-6) {
				t.Errorf("padding changes the logits by %g: %v, %v", d, long, short)
			}
			if other := logits([]int64{3, 8, 1, 2, 0, 0}); distant(other, short) < 1e-6 {
				t.Error("negative control: a symbol changes nothing")
			}
			empty := logits([]int64{0, 0})
			if slices.ContainsFunc(empty, func(v float32) bool { return v != v }) {
				t.Errorf("the logits of nothing are %v", empty)
			}
		})
	}
}

// TestForecastForms: what is forecast follows a window in level and size, and a window of equal values has no swing.
func TestForecastForms(t *testing.T) {
	p := nn.NewPredictor(rnn.NewForecast(6))
	next := func(values ...float32) float32 {
		y, err := p.Predict(graph.FromFloat32(values, 1, len(values), 1))
		if err != nil {
			t.Fatal(err)
		}
		return y.F32[0]
	}
	base := next(1, 3, 2, 5)
	for _, c := range []struct {
		name      string
		got, want float32
	}{
		{"a higher level", next(101, 103, 102, 105), base + 100},
		{"larger swings", next(10, 30, 20, 50), 10 * base},
		{"equal values", next(7, 7, 7, 7), 7},
	} {
		if d := math.Abs(float64(c.got - c.want)); d > 1e-2 {
			t.Errorf("%s: %v follows, want %v", c.name, c.got, c.want)
		}
	}
	if other := next(1, 2, 3, 5); math.Abs(float64(other-base)) < 1e-3 {
		t.Error("negative control: the form of a window does not count")
	}
}

// TestTextsMisused: what the models cannot take is an error of the graph, and no panic.
func TestTextsMisused(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(g *graph.Graph)
		want  string
	}{
		{"a sentence of floats", func(g *graph.Graph) { rnn.NewSentiment(9, 6, 5, 3, 0).Forward(g.Input("x", 2, 3)) },
			"want"},
		{"a name that is no row", func(g *graph.Graph) { rnn.NewLanguage(9, 6, 4, 0).Forward(g.Indices("x", 3)) },
			"want"},
		{"windows without the axis of features",
			func(g *graph.Graph) { rnn.NewForecast(6).Forward(g.Input("x", 2, 3)) },
			"forecast: x is float32 (2, 3), want windows of values (N, T, 1)"},
		{"windows of two features", func(g *graph.Graph) { rnn.NewForecast(6).Forward(g.Input("x", 2, 3, 2)) },
			"want windows of values (N, T, 1)"},
		{"a window that failed before", func(g *graph.Graph) { rnn.NewForecast(6).Forward(g.Input("x", -1)) },
			`input "x"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{Mode: graph.Train}
			if c.build(g); g.Err() == nil || !strings.Contains(g.Err().Error(), c.want) {
				t.Errorf("got %v, want %s", g.Err(), c.want)
			}
		})
	}
}

// trained is the accuracy on the test part of a set of texts, after some epochs.
func trained(m nn.Model, l corpus.Labelled, epochs int, lr float64) (accuracy float64) {
	learn, test := l.Sequences()
	trainer := train.New(train.TaskFunc(func(b ...graph.Node) graph.Node {
		return ops.CrossEntropy(m.Forward(b[0]), b[2])
	}), &train.Adam{LR: lr})
	for epoch := range epochs {
		for batch := range learn.Bucketed(32, 8, 0).Batches(epoch) {
			if _, err := trainer.Step(batch...); err != nil {
				log.Fatal(err)
			}
		}
	}
	right := 0
	for batch := range test.Ordered(test.Len(), 8).Batches(0) {
		logits, err := nn.NewPredictor(m).Predict(batch[0])
		if err != nil {
			log.Fatal(err)
		}
		for i, label := range batch[2].I64 {
			if row := logits.Rows(i, i+1).F32; row[label] == slices.Max(row) {
				right++
			}
		}
	}
	return float64(right) / float64(test.Len())
}

// TestShuffledLabels: names whose labels are those of other names teach nothing but how frequent each label is.
func TestShuffledLabels(t *testing.T) {
	l := corpus.Languages(0)
	for i := range len(l.Train) / 2 {
		j := len(l.Train) - 1 - i
		l.Train[i].Label, l.Train[j].Label = l.Train[j].Label, l.Train[i].Label
	}
	m := rnn.NewLanguage(l.Words.Len(), 32, len(l.Classes), .2)
	if got := trained(m, l, 2, 8e-3); got > .3 {
		t.Errorf("%.3f are right, and guesses are for 0.24", got)
	}
}

// It reads reviews of films and tells praise from blame, which counts of words alone do for 0.69 of them.
func ExampleSentiment() {
	reviews := corpus.Reviews(0)
	model := rnn.NewSentiment(reviews.Words.Len(), 32, 32, len(reviews.Classes), .2)
	fmt.Println(trained(model, reviews, 4, 4e-3) > .85)
	// Output: true
}

// It tells from which of eight languages a name is, of which the largest has 0.24 of them.
func ExampleLanguage() {
	names := corpus.Languages(0)
	model := rnn.NewLanguage(names.Words.Len(), 32, len(names.Classes), .2)
	fmt.Println(trained(model, names, 2, 8e-3) > 3*.24)
	// Output: true
}

// It forecasts a series better than by saying that the next value is the last one.
func ExampleForecast() {
	series := table.Sine(0)
	learn, test, err := series.Windows(24)
	if err != nil {
		log.Fatal(err)
	}
	model := rnn.NewForecast(32)
	fit := train.Fit{Trainer: train.New(model, &train.Adam{LR: 4e-3}), Train: learn.Shuffled(16), Epochs: 5}
	if _, err := fit.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	scores, err := train.NewEvaluator(model).Evaluate(test.Ordered(200))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(math.Sqrt(scores.Loss)*series.Deviation < .8*series.Persistence())
	// Output: true
}
