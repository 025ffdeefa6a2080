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

// classifier is a model of pictures of one shape, with a logit for each class. The model may be its own task.
type classifier struct {
	input graph.Shape
	build func(f Form) nn.Model
	view  *data.View // of each picture in training; nil for the picture itself
	mix   data.Mix   // of those of a batch, if there is a view
}

func (classifier) Word() string { return "classifier" }
func (classifier) Data() string { return "images" }

var digitNames = []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}

func (k classifier) Form() Form { return Form{Input: k.input, Classes: digitNames} }

func (k classifier) Open(ctx context.Context, source string, form *Form, log func(string, ...any)) (*Set, error) {
	return imageOptions{want: k.input, labels: true, view: k.view, mix: k.mix}.open(ctx, source, form, log)
}

func (k classifier) Build(f Form) *Model {
	m := k.build(f)
	task, own := m.(train.Task)
	if !own {
		task = train.Supervised(m, ops.CrossEntropy)
	}
	return &Model{
		Model:   m,
		Task:    supervised(task),
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

func (classifier) Takes() string  { return "pictures (PNG, JPEG)" }
func (classifier) Sample() string { return "digit.png" }

// Predict tells the class of each picture.
func (k classifier) Predict(m *Model, files []string, top int) ([]Answer, *Picture, error) {
	x, err := readPictures(files, m.Form)
	if err != nil {
		return nil, nil, err
	}
	all, err := classesOf(m, x, files, top)
	return all, nil, err
}

// classesOf are the classes of pictures, each of a file.
func classesOf(m *Model, x graph.Tensor, files []string, top int) (all []Answer, err error) {
	predictor := nn.NewPredictor(m)
	predictor.Batch = atOnce(m.Form.Input)
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
	x := graph.NewTensor(pictures(form.Input)(len(files)))
	for i, f := range files {
		img, err := readPicture(f, form)
		if err != nil {
			return graph.Tensor{}, err
		}
		if !form.Pictures && slices.Max(img.F32) == 0 {
			return graph.Tensor{},
				damaged{fmt.Errorf("%s: nothing is seen in it: no drawing stands out from its ground", f)}
		}
		copy(x.Rows(i, i+1).F32, img.F32)
	}
	return x, nil
}

// readPicture reads a picture (C, H, W) as it is, or the drawing in it as the data have them.
func readPicture(path string, form Form) (graph.Tensor, error) {
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
