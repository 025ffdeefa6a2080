// This file holds the kind of models that tell the class of a picture.

package kinds

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// Classifier is a model of pictures of one shape, with a logit for each class. The model may be its own task.
type Classifier struct {
	Input graph.Shape
	New   func(f kind.Form) nn.Model
	view  *data.View // of each picture in training; nil for the picture itself
	mix   data.Mix   // of those of a batch, if there is a view
}

func (Classifier) Word() string { return "classifier" }
func (Classifier) Data() string { return "images" }

var digitNames = []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}

func (k Classifier) Form() kind.Form { return kind.Form{Input: k.Input, Classes: digitNames} }

func (k Classifier) Open(ctx context.Context, source string, form *kind.Form, log func(string, ...any)) (*kind.Set,
	error) {
	return imageOptions{want: k.Input, labels: true, view: k.view, mix: k.mix}.open(ctx, source, form, log)
}

func (k Classifier) Build(f kind.Form) *kind.Model {
	m := k.New(f)
	task, own := m.(train.Task)
	if !own {
		task = train.Supervised(m, ops.CrossEntropy)
	}
	return &kind.Model{
		Model:   m,
		Task:    kind.Supervised(task),
		Metrics: []train.Metric{train.Accuracy()}, Integers: len(f.Classes),
		Input: pictures(f.Input),
		Batch: func(n int) []graph.Type {
			return []graph.Type{pictures(f.Input)(n), {DType: graph.Int64, Shape: graph.Shape{n}}}
		},
	}
}

// pictures is the type of n pictures.
func pictures(shape graph.Shape) func(n int) graph.Type {
	return func(n int) graph.Type { return graph.Type{Shape: append(graph.Shape{n}, shape...)} }
}

func (Classifier) Takes() string  { return "pictures (PNG, JPEG)" }
func (Classifier) Sample() string { return "digit.png" }

// Predict tells the class of each picture.
func (k Classifier) Predict(m *kind.Model, files []string, top int) ([]kind.Answer, *kind.Picture, error) {
	x, err := readPictures(files, m.Form)
	if err != nil {
		return nil, nil, err
	}
	all, err := classesOf(m, x, files, top)
	return all, nil, err
}

// classesOf are the classes of pictures, each of a file.
func classesOf(m *kind.Model, x graph.Tensor, files []string, top int) (all []kind.Answer, err error) {
	predictor := nn.NewPredictor(m)
	predictor.Batch = AtOnce(m.Form.Input)
	logits, err := predictor.Predict(x)
	if err != nil {
		return nil, err
	}
	for i, f := range files {
		choices, err := ranked(logits.Rows(i, i+1).F32, m.Form.Classes)
		if err != nil {
			return nil, err
		}
		all = append(all, answerOf(f, choices, top))
	}
	return all, nil
}

// answerOf is the answer to an input of which there are choices, the most likely first.
func answerOf(input string, choices []kind.Choice, top int) kind.Answer {
	best := choices[0]
	return kind.Answer{
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
func readPictures(files []string, form kind.Form) (graph.Tensor, error) {
	x := graph.NewTensor(pictures(form.Input)(len(files)))
	for i, f := range files {
		img, err := readPicture(f, form)
		if err != nil {
			return graph.Tensor{}, err
		}
		if !form.Pictures && slices.Max(img.F32) == 0 {
			return graph.Tensor{},
				kind.Damaged{Err: fmt.Errorf("%s: nothing is seen in it: no drawing stands out from its ground", f)}
		}
		copy(x.Rows(i, i+1).F32, img.F32)
	}
	return x, nil
}

// readPicture reads a picture (C, H, W) as it is, or the drawing in it as the data have them.
func readPicture(path string, form kind.Form) (graph.Tensor, error) {
	c, h, w := form.Input[0], form.Input[1], form.Input[2]
	if form.Pictures || c != 1 {
		return data.ReadPicture(path, c, h, w)
	}
	if form.Stored == nil {
		return data.ReadImage(path, h, w)
	}
	img, err := data.ReadImage(path, form.Stored[1], form.Stored[2])
	if err != nil {
		return graph.Tensor{}, err
	}
	return data.ResizePictures(graph.FromFloat32(img.F32, append(graph.Shape{1}, img.Shape...)...), h, w), nil
}

// ranked are the classes with the softmax of their logits, the most likely first; of equal ones the first. It is an
// error if a logit is not finite.
func ranked(logits []float32, classes []string) ([]kind.Choice, error) {
	if !kind.AllFinite(logits) {
		return nil, kind.ErrNotFinite
	}
	largest := slices.Max(logits)
	choices, sum := make([]kind.Choice, len(logits)), 0.
	for k, v := range logits {
		p := math.Exp(float64(v - largest))
		choices[k] = kind.Choice{Prediction: className(classes, k), Probability: p}
		sum += p
	}
	for k := range choices {
		choices[k].Probability /= sum
	}
	slices.SortStableFunc(choices, func(a, b kind.Choice) int { return cmp.Compare(b.Probability, a.Probability) })
	return choices, nil
}

func className(classes []string, k int) string {
	if k < len(classes) {
		return classes[k]
	}
	return fmt.Sprint(k)
}
