// This file holds how the kinds of models of pictures open their data.

package recipe

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/train"
)

// openImages opens images of a shape, with their labels or without. Pictures of a folder are read in this shape, and
// those of IDX files are resized.
func openImages(ctx context.Context, source string, want graph.Shape, labels bool, made *Form,
	log func(string, ...any)) (*Set, error) {
	return imageOptions{want: want, labels: labels}.open(ctx, source, made, log)
}

// imageOptions say what is made of images.
type imageOptions struct {
	want   graph.Shape // of an example
	labels bool
	any    bool // the channels may be others, as the data have them
	varied bool // colour pictures vary from epoch to epoch
	view   *data.View
	mix    data.Mix // of the examples of a batch in training
}

func (o imageOptions) open(ctx context.Context, source string, made *Form, log func(string, ...any)) (*Set, error) {
	h, w := o.want[1], o.want[2]
	set, err := data.OpenImages(ctx, source, data.FolderOptions{Height: h, Width: w, Gray: o.want[0] == 1}, log)
	if err != nil {
		return nil, err
	}
	stored := set.Train.X.Shape[1:]
	form := Form{Input: graph.Shape{stored[0], h, w}, Classes: set.Classes,
		Pictures: set.Pictures || !data.Drawn(set.Train.X)}
	if !o.any && stored[0] != o.want[0] {
		return nil, misfit("%s: an example has shape %v, the model takes %v", set.Name, stored, o.want)
	}
	if o.labels && made != nil && !slices.Equal(made.Classes, set.Classes) {
		return nil, misfit("%s: the classes are %v, the model was made for %v", set.Name, firstOf(set.Classes),
			firstOf(made.Classes))
	}
	learn, test := set.Train, set.Test
	if !o.labels {
		learn, test, form.Classes = learn.Inputs(), test.Inputs(), nil
	}
	sized := func(s train.Source) train.Source { return s }
	if !stored.Equal(form.Input) {
		form.Stored = stored
		sized = func(s train.Source) train.Source { return data.Resized(s, h, w) }
	}
	return &Set{
		Form: form, TrainLen: learn.Len(), TestLen: test.Len(), Noun: "example", Each: 1, Tightest: learn.Len(),
		Train: func(batch int, seed uint64) train.Source {
			s := learn.Seeded(seed)
			if o.view != nil {
				return o.mix.Of(sized(s.Viewed(*o.view, batch)), len(set.Classes), seed)
			}
			if o.varied && Varied(set) {
				return sized(s.Augmented(usualOf(h, w), batch))
			}
			return sized(s.Shuffled(batch))
		},
		Test: sized(test.Ordered(atOnce(form.Input))),
	}, nil
}

// Varied reports pictures that a model of photographs learns from varied, as is usual: those of colours.
func Varied(images data.Images) bool { return images.Pictures && images.Train.X.Shape[1] == 3 }

// usualOf is how colour pictures of such sides vary.
func usualOf(h, w int) data.Augmentation { return data.Augmentation{Pad: max(h, w) / 8, Flip: true} }

// Augmented is the kind that learns from views.
func (k classifier) Augmented(text string) (_ Kind, err error) {
	k.view = new(data.View)
	*k.view, k.mix, err = data.ParseMixedView(text)
	return k, err
}

// Augmented is the kind that learns from views.
func (k photographs) Augmented(text string) (_ Kind, err error) {
	k.view = new(data.View)
	*k.view, k.mix, err = data.ParseMixedView(text)
	return k, err
}

// mixes reports labels that are shares of classes in training.
func (k classifier) mixes() bool { return k.mix != data.Mix{} }

// Seeing is how pictures are seen as a model learns from them.
type Seeing struct {
	Usual bool // as colour pictures vary if nothing else is said; View and Mix are not looked at then
	View  data.View
	Mix   data.Mix // of the pictures of a column with each other
}

// of are the views of pictures.
func (s Seeing) of(few data.Split, seed uint64) train.Source {
	n := few.Len()
	if s.Usual {
		shape := few.X.Shape
		return few.Augmented(usualOf(shape[2], shape[3]), n)
	}
	return s.Mix.Of(few.Viewed(s.View, n), n, seed)
}

// Views is a grid of pictures of a source, and beside each, in its line, views of it: those of the first epochs.
func Views(images data.Images, how Seeing, lines, views int, seed uint64) *Picture {
	shape, n := images.Train.X.Shape[1:], images.Train.Len()
	lines = min(lines, n)
	numbers, order := make([]int, lines), make([]int64, lines)
	for i := range numbers {
		numbers[i], order[i] = i*n/lines, int64(i)
		if n >= lines*lines { // where classes come by turns, it is not always the same
			numbers[i] += i
		}
	}
	few := images.Train.Pick(numbers).Seeded(seed)
	few.Y = graph.FromInt64(order, lines)
	p := newGrid(shape, lines, 1+views)
	for i := range lines {
		p.put(i, 0, few.X.Rows(i, i+1).F32)
	}
	seen := how.of(few, seed)
	for epoch := range views {
		for batch := range few.Shuffled(lines).Batches(epoch) {
			order = slices.Clone(batch[1].I64)
		}
		for batch := range seen.Batches(epoch) { // in the same order
			for row, i := range order {
				p.put(int(i), 1+epoch, slices.Clone(batch[0].Rows(row, row+1).F32))
			}
		}
	}
	return p
}

// MisfitError is the error of data that a model was not made for, whatever else they are good for: data.ErrDamaged.
type MisfitError struct{ error }

// Is reports whether it is data.ErrDamaged.
func (MisfitError) Is(target error) bool { return target == data.ErrDamaged }

func misfit(format string, args ...any) error { return MisfitError{fmt.Errorf(format, args...)} }

// atOnce is how many pictures of a shape are evaluated at a time: 250 of 32×32, and 8 of 224×224.
func atOnce(shape graph.Shape) int { return max(1, min(250, 400*32*32/(shape[1]*shape[2]))) }

// firstOf writes the first of many classes.
func firstOf(classes []string) string {
	const most = 20
	if len(classes) <= most {
		return fmt.Sprint(classes)
	}
	return fmt.Sprintf("[%s … and %d more]", strings.Join(classes[:most], " "), len(classes)-most)
}

// fits reports a shape that pictures may have.
func fits(shape graph.Shape) bool {
	return len(shape) == 3 && (shape[0] == 1 || shape[0] == 3) && min(shape[1], shape[2]) >= 1 &&
		max(shape[1], shape[2]) <= maxSide
}

// testBatch is how many examples that are no pictures are evaluated at a time.
const testBatch = 250
