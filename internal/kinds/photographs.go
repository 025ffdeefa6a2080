// This file holds the kind of models that tell the class of a photograph, or of a drawing, in any size.

package kinds

import (
	"context"
	"fmt"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// Photographs is a classifier of square pictures, whose side is that of the row's size, in the channels that the data
// have: red, green and blue of photographs, one of digits.
type Photographs struct {
	Classifier
	classes   []string // of the network as it was published
	AsTheyAre bool     // colour pictures do not vary from epoch to epoch
}

// NewPhotographs is the kind of pictures of a side, with the classes of the published network.
func NewPhotographs(side int, classes []string, build func(f kind.Form) nn.Model) Photographs {
	return Photographs{Classifier{Input: graph.Shape{3, side, side}, New: build}, classes, false}
}

// SmallSide is the side below which a network is given the first layers that papers on CIFAR use.
const SmallSide = 64

// ImageNet are the classes of ImageNet by number; their names are no part of the zoo.
var ImageNet = func() (names []string) {
	for i := range 1000 {
		names = append(names, fmt.Sprint(i))
	}
	return names
}()

// CIFAR are the classes of CIFAR-10.
var CIFAR = strings.Fields("airplane automobile bird cat deer dog frog horse ship truck")

// Form is that of the published network.
func (k Photographs) Form() kind.Form {
	return kind.Form{Input: k.Input, Classes: k.classes, Pictures: true}
}

// WithSide is the kind with pictures of another side.
func (k Photographs) WithSide(n int) kind.Kind {
	k.Input = graph.Shape{3, n, n}
	return k
}

// Fits reports pictures that are not square, or not of one channel or three.
func (Photographs) Fits(f kind.Form) error {
	if !kind.IsPicture(f.Input) || f.Input[1] != f.Input[2] || f.Size.Size != 0 && f.Size.Size != f.Input[1] {
		return fmt.Errorf("an example has shape %v, the model takes square pictures of 1 or 3 channels, "+
			"sides of 1 to %d and the size that it says", f.Input, kind.MaxSide)
	}
	return nil
}

func (k Photographs) Open(ctx context.Context, source string, form *kind.Form, log func(string, ...any)) (*kind.Set,
	error) {
	o := imageOptions{want: k.Input, labels: true, any: true, varied: !k.AsTheyAre, view: k.view, mix: k.mix}
	if form != nil {
		o.want, o.any = form.Input, false
	}
	return o.open(ctx, source, form, log)
}

func (k Photographs) Build(f kind.Form) *kind.Model {
	built := k.New
	k.New = func(f kind.Form) nn.Model { return normalised(built(f), f.Input[0]) }
	return k.Classifier.Build(f)
}

// Notes say what is done to pictures.
func (k Photographs) Notes() []string {
	begins := fmt.Sprintf(" Below a side of %d the network has other first layers, which are usual for CIFAR.",
		SmallSide)
	if k.Input[1] < SmallSide {
		begins = " Its layers are the same for all sides."
	}
	return []string{
		fmt.Sprintf("Pictures are brought to the side of `--size`, usually %d: those of files by cubic "+
			"interpolation, drawings such as digits by zeros around them if an eighth or less is missing, "+
			"and else by linear interpolation.", k.Input[1]) + begins,
		"Its first layer, `normalize`, takes away the mean of each channel and divides by the deviation: " +
			"ImageNet's of colours, MNIST's of one channel.",
		"As it learns, colour pictures are shifted by up to an eighth of the side, and every second one is " +
			"mirrored; drawings are not.",
	}
}

// The means and deviations of channels: of ImageNet's pictures, as torchvision has them, and of MNIST's.
var (
	colourMean, colourDeviation = []float64{.485, .456, .406}, []float64{.229, .224, .225}
	inkMean, inkDeviation       = []float64{.1307}, []float64{.3081}
)

// normalised is a network whose first layer normalises the channels, and which has no parameters more.
func normalised(m nn.Model, channels int) nn.Model {
	n := normalisedModel{m, nn.NewScope(), nn.Normalize(colourMean, colourDeviation)}
	if channels == 1 {
		n.layer = nn.Normalize(inkMean, inkDeviation)
	}
	if task, own := m.(train.Task); own {
		return normalisedTask{n, task}
	}
	return n
}

type normalisedModel struct {
	nn.Model
	scope *nn.Scope
	layer nn.Func
}

func (m normalisedModel) normalise(x graph.Node) graph.Node {
	return m.scope.Apply("normalize", x, m.layer)
}

// Forward is that of the network behind the layer.
func (m normalisedModel) Forward(x graph.Node) graph.Node { return m.Model.Forward(m.normalise(x)) }

// normalisedTask is a network that is its own task.
type normalisedTask struct {
	normalisedModel
	task train.Task
}

// Build is that of the network behind the layer.
func (m normalisedTask) Build(batch ...graph.Node) train.Outcome {
	if len(batch) > 0 {
		batch = append([]graph.Node{m.normalise(batch[0])}, batch[1:]...)
	}
	return m.task.Build(batch...)
}

// Parts are the body of a network, which maps a picture to what the last layer reads, and the path of that layer.
func Parts(m *kind.Model) (body nn.Func, head string, ok bool) {
	if body = bodyOf(m.Model); body == nil {
		return nil, "", false
	}
	for p := range m.Params().All() {
		if path, weight := strings.CutSuffix(p.Name(), ".weight"); weight && len(p.Type().Shape) == 2 {
			head = path
		}
	}
	w := m.Params().Get(head + ".weight")
	return body, head, w != nil && w.Type().Shape[0] == len(m.Form.Classes)
}

func bodyOf(m nn.Model) nn.Func {
	switch m := m.(type) {
	case normalisedTask:
		return bodyOf(m.normalisedModel)
	case normalisedModel:
		if body := bodyOf(m.Model); body != nil {
			return func(x graph.Node) graph.Node { return body(m.normalise(x)) }
		}
	case interface {
		Features(x graph.Node) (graph.Node, []cnn.Map)
	}:
		return func(x graph.Node) graph.Node {
			y, _ := m.Features(x)
			return y
		}
	}
	return nil
}
