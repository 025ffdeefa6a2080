// This file holds the kind of models that learn without labels, from two views of each picture.

package kinds

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/schedule"
)

// Contrasting is a model whose Forward makes vectors of pictures, which are alike for views of one picture. What it
// knows of a picture is Encode of it. It is its own task, of two views.
type Contrasting interface {
	nn.Model
	train.Task
	encoding
}

// Contrast is a model of pictures of one shape. It learns from views of them, and is evaluated on so many pairs at a
// time, of which the loss is a function.
type Contrast struct {
	Input graph.Shape
	View  data.View
	Pairs int

	Temperature float64
	New         func(f kind.Form, temperature float64) Contrasting
}

func (Contrast) Word() string      { return "contrastive encoder" }
func (Contrast) Data() string      { return "images" }
func (k Contrast) Form() kind.Form { return kind.Form{Input: k.Input} }

func (k Contrast) Open(ctx context.Context, source string, _ *kind.Form, log func(string, ...any)) (*kind.Set, error) {
	set, form, err := readImages(ctx, source, k.Input, log)
	if err != nil {
		return nil, err
	}
	learn, test := data.Views{X: set.Train.X, View: k.View}, data.Views{X: set.Test.X, View: k.View}
	n := set.Train.Len()
	return &kind.Set{Form: form, TrainLen: n, TestLen: set.Test.Len(),
		Noun: "example", Each: 1, Tightest: n, Least: 2, // a picture is told from others of the batch
		Train: func(batch int, seed uint64) train.Source {
			learn.Seed = seed
			return learn.Shuffled(batch)
		},
		Test:  test.Ordered(k.Pairs),
		Judge: func(ctx context.Context, m *kind.Model) (map[string]float64, error) { return k.judge(ctx, m, set) },
	}, nil
}

func (k Contrast) Build(f kind.Form) *kind.Model {
	m := k.New(f, k.Temperature)
	return &kind.Model{
		Model: m,
		Task:  kind.Supervised(m),
		Input: pictures(f.Input),
		Batch: func(n int) []graph.Type { return []graph.Type{pictures(f.Input)(n), pictures(f.Input)(n)} },
	}
}

// judge is what a linear classifier comes to that sees what the model knows of the pictures, and what it comes to with
// a model that has learnt nothing.
func (k Contrast) judge(ctx context.Context, m *kind.Model, set data.Images) (map[string]float64, error) {
	figures := map[string]float64{}
	for name, model := range map[string]encoding{
		"probe":           m.Model.(encoding),
		"probe_untrained": k.New(m.Form, k.Temperature),
	} {
		accuracy, err := probe(ctx, model, set)
		if err != nil {
			return nil, err
		}
		figures[name] = accuracy
	}
	return figures, nil
}

// The training of a probe.
const (
	probeEpochs = 20
	probeBatch  = 250
	probeRate   = .01
)

// probe is the share of the test part that a linear classifier tells right, of what the model knows of the pictures,
// standardised by the training part.
func probe(ctx context.Context, m encoding, set data.Images) (float64, error) {
	encode := nn.NewPredictor(nn.Func(m.Encode))
	var parts [2]data.Split
	var mean, deviation []float64
	for i, s := range []data.Split{set.Train, set.Test} {
		h, err := encode.Predict(s.X)
		if err == nil && !kind.AllFinite(h.F32) {
			err = kind.ErrNotFinite
		}
		if err = cmp.Or(ctx.Err(), err); err != nil {
			return 0, err
		}
		if i == 0 {
			mean, deviation = spreads(h)
		}
		for k, d := 0, h.Shape[1]; k < len(h.F32); k++ {
			h.F32[k] = float32((float64(h.F32[k]) - mean[k%d]) / deviation[k%d])
		}
		parts[i] = data.Split{X: h, Y: s.Y}
	}
	s := nn.NewScope()
	linear := nn.NewLinear(s, len(mean), len(set.Classes))
	task := train.Supervised(layer{linear, s.Params()}, ops.CrossEntropy)
	fit := train.Fit{Trainer: train.New(task, &train.Adam{LR: probeRate}), Epochs: probeEpochs,
		Schedule: schedule.Cosine{}.At, Train: parts[0].Shuffled(min(probeBatch, parts[0].Len()))}
	if _, err := fit.Run(ctx); err != nil {
		return 0, err
	}
	scores, err := train.NewEvaluator(task, train.Accuracy()).Evaluate(parts[1].Ordered(testBatch))
	return scores.Metrics["accuracy"], err
}

// layer is a model of one layer.
type layer struct {
	nn.Module
	params *nn.Params
}

func (l layer) Params() *nn.Params { return l.params }

// spreads are the means and deviations of columns; a deviation is 1 where all are equal.
func spreads(h graph.Tensor) (mean, deviation []float64) {
	n, d := float64(h.Shape[0]), h.Shape[1]
	mean, deviation = make([]float64, d), make([]float64, d)
	for k, v := range h.F32 {
		mean[k%d] += float64(v) / n
	}
	for k, v := range h.F32 {
		away := float64(v) - mean[k%d]
		deviation[k%d] += away * away / n
	}
	for k, v := range deviation {
		if deviation[k] = math.Sqrt(v); v == 0 {
			deviation[k] = 1
		}
	}
	return mean, deviation
}

// Codes are what the model knows of pictures.
func (k Contrast) Codes(ctx context.Context, m *kind.Model, source string, most int,
	log func(string, ...any)) (kind.Codes, error) {
	return codesOf(ctx, k.Input, source, most, log, func(x, _ graph.Node) graph.Node {
		return m.Model.(encoding).Encode(x)
	})
}

func (Contrast) Takes() string  { return "two or more pictures (PNG, JPEG)" }
func (Contrast) Sample() string { return "digit.png other.png third.png" }

// Predict tells which of the others each picture is most like: the probability is that by which the loss sees two
// views of one picture in them. The pictures stand side by side, the one that each is most like below it.
func (k Contrast) Predict(m *kind.Model, files []string, top int) ([]kind.Answer, *kind.Picture, error) {
	if len(files) < 2 {
		return nil, nil, kind.InputError{Err: errors.New("one picture is compared with others: name two or more")}
	}
	x, err := readPictures(files, m.Form)
	if err != nil {
		return nil, nil, err
	}
	z, err := nn.NewPredictor(m).Predict(x)
	if err != nil {
		return nil, nil, err
	}
	columns := min(len(files), across)
	grid := kind.NewGrid(m.Form.Input, 2*((len(files)-1)/columns+1), columns)
	all := make([]kind.Answer, len(files))
	for i, f := range files {
		var others []string
		var logits []float32
		nearest := -1
		for j, other := range files {
			if j == i {
				continue
			}
			l := float32(cosine(z.Rows(i, i+1).F32, z.Rows(j, j+1).F32) / k.Temperature)
			if len(logits) == 0 || l > slices.Max(logits) {
				nearest = j
			}
			others, logits = append(others, other), append(logits, l)
		}
		choices, err := ranked(logits, others)
		if err != nil {
			return nil, nil, err
		}
		all[i] = answerOf(f, choices, top)
		all[i].Lead = "most like "
		grid.Put(i/columns*2, i%columns, x.Rows(i, i+1).F32)
		grid.Put(i/columns*2+1, i%columns, x.Rows(nearest, nearest+1).F32)
	}
	return all, grid, nil
}

// Readable reads a picture.
func (Contrast) Readable(m *kind.Model, file string) error {
	_, err := readPictures([]string{file}, m.Form)
	return err
}

// cosine is that of the angle between two vectors, 0 of one without length.
func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa) / math.Sqrt(bb)
}
