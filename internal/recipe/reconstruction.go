// This file holds the kind of models that give back the picture that they are given.

package recipe

import (
	"context"
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// reconstructing is a model whose Forward gives back the picture, and which is its own task.
type reconstructing interface {
	nn.Model
	train.Task
}

// reconstruction is a model of pictures of one shape, without labels.
type reconstruction struct {
	input graph.Shape
	build func(f Form) reconstructing
}

func (reconstruction) Word() string { return "reconstruction" }
func (reconstruction) Data() string { return "images" }
func (k reconstruction) Form() Form { return Form{Input: k.input} }

func (k reconstruction) Open(ctx context.Context, source string, _ *Form, log func(string, ...any)) (*Set, error) {
	return openImages(ctx, source, k.input, false, nil, log)
}

func (k reconstruction) Build(f Form) *Model {
	m := k.build(f)
	return &Model{
		Model: m,
		Task:  supervised(m),
		Input: pictures(f.Input),
		Batch: func(n int) []graph.Type { return []graph.Type{pictures(f.Input)(n)} },
	}
}

func (reconstruction) Takes() string  { return "pictures (PNG, JPEG)" }
func (reconstruction) Sample() string { return "digit.png" }

// Predict gives back each picture: the prediction is how far it is from the picture, and the picture a row for each of
// them, the picture and what was made of it.
func (k reconstruction) Predict(m *Model, files []string, _ int) ([]Answer, *Picture, error) {
	x, err := readPictures(files, m.Form)
	if err != nil {
		return nil, nil, err
	}
	y, err := nn.NewPredictor(m).Predict(x)
	if err != nil {
		return nil, nil, err
	}
	var all []Answer
	rows := newGrid(m.Form.Input, len(files), 2)
	for i, f := range files {
		a, b := x.Rows(i, i+1).F32, y.Rows(i, i+1).F32
		sum := 0.
		for k := range a {
			d := float64(a[k]) - float64(b[k])
			sum += d * d
		}
		all = append(all, Answer{Input: f, Prediction: fmt.Sprintf("mean squared error %.5f", sum/float64(len(a))),
			Probability: 1})
		rows.put(i, 0, a)
		rows.put(i, 1, b)
	}
	return all, rows, nil
}
