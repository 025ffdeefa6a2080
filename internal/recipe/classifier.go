// This file holds the kind of models that tell the class of a picture.

package recipe

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// classifier is a model of pictures of one shape, with a logit for each class.
type classifier struct {
	input graph.Shape
	build func(f Form) nn.Model
}

func (classifier) Word() string { return "classifier" }
func (classifier) Data() string { return "images" }

var digitNames = []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}

func (k classifier) Form() Form { return Form{Input: k.input, Classes: digitNames} }

func (k classifier) Open(ctx context.Context, source string, form *Form, log func(string, ...any)) (*Set, error) {
	return openImages(ctx, source, k.input, true, form, log)
}

// openImages opens images of a shape, with their labels or without.
func openImages(ctx context.Context, source string, want graph.Shape, labels bool, made *Form,
	log func(string, ...any)) (*Set, error) {
	set, err := data.OpenImages(ctx, source, data.FolderOptions{Height: want[1], Width: want[2], Gray: want[0] == 1}, log)
	if err != nil {
		return nil, err
	}
	if got := set.Train.X.Shape[1:]; !got.Equal(want) {
		return nil, fmt.Errorf("%s: an example has shape %v, the model takes %v: %w", set.Name, got, want, data.ErrDamaged)
	}
	if labels && made != nil && !slices.Equal(made.Classes, set.Classes) {
		return nil, fmt.Errorf("%s: the classes are %v, the model was made for %v: %w", set.Name, set.Classes, made.Classes,
			data.ErrDamaged)
	}
	learn, test := set.Train, set.Test
	form := Form{Input: want, Classes: set.Classes, Pictures: set.Pictures}
	if !labels {
		learn, test, form.Classes = learn.Inputs(), test.Inputs(), nil
	}
	return &Set{Form: form, TrainLen: learn.Len(), TestLen: test.Len(), Noun: "example", Each: 1, Tightest: learn.Len(),
		Train: func(batch int, seed uint64) train.Source { return learn.Seeded(seed).Shuffled(batch) },
		Test:  test.Ordered(testBatch)}, nil
}

// testBatch is how many pictures are evaluated at a time.
const testBatch = 250

func (k classifier) Build(f Form) *Model {
	m := k.build(f)
	return &Model{
		Model:   m,
		Task:    supervised(taskOf(m)),
		Metrics: []train.Metric{train.Accuracy()}, Integers: len(f.Classes),
		Input: pictures(f.Input),
		Batch: func(n int) []graph.Type {
			return []graph.Type{pictures(f.Input)(n), {DType: graph.Int64, Shape: graph.Shape{n}}}
		},
	}
}

// taskOf is the model itself where it is its own task, and else the task of telling classes by cross-entropy.
func taskOf(m nn.Model) train.Task {
	if own, ok := m.(train.Task); ok {
		return own
	}
	return train.Supervised(m, ops.CrossEntropy)
}

// pictures is the type of n pictures.
func pictures(shape graph.Shape) func(n int) graph.Type {
	return func(n int) graph.Type { return graph.Type{Shape: append(graph.Shape{n}, shape...)} }
}

func (classifier) Takes() string  { return "pictures (PNG, JPEG)" }
func (classifier) Sample() string { return "digit.png" }

// Predict tells the class of each picture.
func (k classifier) Predict(m *Model, files []string, top int) ([]Answer, *Picture, error) {
	x, err := readPictures(files, m.Form)
	if err != nil {
		return nil, nil, err
	}
	logits, err := nn.NewPredictor(m).Predict(x)
	if err != nil {
		return nil, nil, err
	}
	var all []Answer
	for i, f := range files {
		choices, err := ranked(logits.Rows(i, i+1).F32, m.Form.Classes)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, answerOf(f, choices, top))
	}
	return all, nil, nil
}

// answerOf is the answer to an input of which there are choices, the most likely first.
func answerOf(input string, choices []Choice, top int) Answer {
	best := choices[0]
	return Answer{
		Input:       input,
		Prediction:  best.Prediction,
		Probability: best.Probability,
		Uncertain:   !(best.Probability >= certain),
		Top:         choices[:min(top, len(choices))],
	}
}

// certain is the least probability of an answer that is not called uncertain: that it is right rather than wrong.
const certain = .5

// readPictures reads pictures as the data were that a model has learned from.
func readPictures(files []string, form Form) (graph.Tensor, error) {
	c, h, w := form.Input[0], form.Input[1], form.Input[2]
	x := graph.NewTensor(pictures(form.Input)(len(files)))
	for i, f := range files {
		img, err := readPicture(f, c, h, w, form.Pictures)
		if err != nil {
			return graph.Tensor{}, err
		}
		if !form.Pictures && slices.Max(img.F32) == 0 {
			return graph.Tensor{}, damaged{fmt.Errorf("%s: nothing is seen in it: no drawing stands out from its ground", f)}
		}
		copy(x.Rows(i, i+1).F32, img.F32)
	}
	return x, nil
}

func readPicture(path string, c, h, w int, asItIs bool) (graph.Tensor, error) {
	if asItIs || c != 1 {
		return data.ReadPicture(path, c, h, w)
	}
	return data.ReadImage(path, h, w)
}

// damaged is an input that was read and is not what it should be: data.ErrDamaged.
type damaged struct{ error }

func (damaged) Is(target error) bool { return target == data.ErrDamaged }

// ranked are the classes with the softmax of their logits, the most likely first; of equal ones the first. It is an
// error if a logit is not finite.
func ranked(logits []float32, classes []string) ([]Choice, error) {
	if !allFinite(logits) {
		return nil, errNoNumbers
	}
	largest := slices.Max(logits)
	choices, sum := make([]Choice, len(logits)), 0.
	for k, v := range logits {
		p := math.Exp(float64(v - largest))
		choices[k] = Choice{className(classes, k), p}
		sum += p
	}
	for k := range choices {
		choices[k].Probability /= sum
	}
	slices.SortStableFunc(choices, func(a, b Choice) int { return cmp.Compare(b.Probability, a.Probability) })
	return choices, nil
}

func className(classes []string, k int) string {
	if k < len(classes) {
		return classes[k]
	}
	return fmt.Sprint(k)
}
