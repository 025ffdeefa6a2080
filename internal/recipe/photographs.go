// This file holds the kind of models that tell the class of a photograph, or of a drawing, in any size.

package recipe

import (
	"context"
	"fmt"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// photographs is a classifier of square pictures, whose side is that of the row's size, in the channels that the data
// have: red, green and blue of photographs, one of digits.
type photographs struct {
	classifier
	classes   []string // of the network as it was published
	asTheyAre bool     // colour pictures do not vary from epoch to epoch
}

// newPhotographs is the kind of pictures of a side, with the classes of the published network.
func newPhotographs(side int, classes []string, build func(f Form) nn.Model) photographs {
	return photographs{classifier{input: graph.Shape{3, side, side}, build: build}, classes, false}
}

// smallSide is the side below which a network is given the first layers that papers on CIFAR use.
const smallSide = 64

// imageNet are the classes of ImageNet by number; their names are no part of the zoo.
var imageNet = func() (names []string) {
	for i := range 1000 {
		names = append(names, fmt.Sprint(i))
	}
	return names
}()

// cifar are the classes of CIFAR-10.
var cifar = strings.Fields("airplane automobile bird cat deer dog frog horse ship truck")

// Form is that of the published network.
func (k photographs) Form() Form { return Form{Input: k.input, Classes: k.classes, Pictures: true} }

// WithSide is the kind with pictures of another side.
func (k photographs) WithSide(n int) Kind {
	k.input = graph.Shape{3, n, n}
	return k
}

// Fits reports pictures that are not square, or not of one channel or three.
func (photographs) Fits(f Form) error {
	if !fits(f.Input) || f.Input[1] != f.Input[2] || f.Size.Size != 0 && f.Size.Size != f.Input[1] {
		return fmt.Errorf("an example has shape %v, the model takes square pictures of 1 or 3 channels, "+
			"sides of 1 to %d and the size that it says", f.Input, maxSide)
	}
	return nil
}

func (k photographs) Open(ctx context.Context, source string, form *Form, log func(string, ...any)) (*Set, error) {
	o := imageOptions{want: k.input, labels: true, any: true, varied: !k.asTheyAre, view: k.view, mix: k.mix}
	if form != nil {
		o.want, o.any = form.Input, false
	}
	return o.open(ctx, source, form, log)
}

func (k photographs) Build(f Form) *Model {
	built := k.build
	k.build = func(f Form) nn.Model { return normalised(built(f), f.Input[0]) }
	return k.classifier.Build(f)
}

// Notes say what is done to pictures.
func (k photographs) Notes() []string {
	begins := fmt.Sprintf(" Below a side of %d the network has other first layers, which are usual for CIFAR.",
		smallSide)
	if k.input[1] < smallSide {
		begins = " Its layers are the same for all sides."
	}
	return []string{
		fmt.Sprintf("Pictures are brought to the side of `--size`, usually %d: those of files by cubic "+
			"interpolation, drawings such as digits by zeros around them if an eighth or less is missing, "+
			"and else by linear interpolation.", k.input[1]) + begins,
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
