// This file holds how the kinds of models of pictures open their data.

package kinds

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/train"
)

// openImages opens images of a shape, with their labels or without. Pictures of a folder are read in this shape, and
// those of IDX files are resized.
func openImages(ctx context.Context, source string, want graph.Shape, labels bool, made *kind.Form,
	log func(string, ...any)) (*kind.Set, error) {
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

func (o imageOptions) open(ctx context.Context, source string, made *kind.Form, log func(string, ...any)) (*kind.Set,
	error) {
	h, w := o.want[1], o.want[2]
	set, err := data.OpenImages(ctx, source, data.FolderOptions{Height: h, Width: w, Gray: o.want[0] == 1}, log)
	if err != nil {
		return nil, err
	}
	stored := set.Train.X.Shape[1:]
	form := kind.Form{Input: graph.Shape{stored[0], h, w}, Classes: set.Classes,
		Pictures: set.Pictures || !data.Drawn(set.Train.X)}
	if !o.any && stored[0] != o.want[0] {
		return nil, kind.Misfit("%s: an example has shape %v, the model takes %v", set.Name, stored, o.want)
	}
	if o.labels && made != nil && !slices.Equal(made.Classes, set.Classes) {
		return nil, kind.Misfit("%s: the classes are %v, the model was made for %v", set.Name, firstOf(set.Classes),
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
	return &kind.Set{
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
		Test: sized(test.Ordered(AtOnce(form.Input))),
	}, nil
}

// Varied reports pictures that a model of photographs learns from varied, as is usual: those of colours.
func Varied(images data.Images) bool { return images.Pictures && images.Train.X.Shape[1] == 3 }

// usualOf is how colour pictures of such sides vary.
func usualOf(h, w int) data.Augmentation { return data.Augmentation{Pad: max(h, w) / 8, Flip: true} }

// Augmented is the kind that learns from views.
func (k Classifier) Augmented(text string) (_ kind.Kind, err error) {
	k.view = new(data.View)
	*k.view, k.mix, err = data.ParseMixedView(text)
	return k, err
}

// Augmented is the kind that learns from views.
func (k Photographs) Augmented(text string) (_ kind.Kind, err error) {
	k.view = new(data.View)
	*k.view, k.mix, err = data.ParseMixedView(text)
	return k, err
}

// Mixes reports labels that are shares of classes in training.
func (k Classifier) Mixes() bool { return k.mix != data.Mix{} }

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
func Views(images data.Images, how Seeing, lines, views int, seed uint64) *kind.Picture {
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
	p := kind.NewGrid(shape, lines, 1+views)
	for i := range lines {
		p.Put(i, 0, few.X.Rows(i, i+1).F32)
	}
	seen := how.of(few, seed)
	for epoch := range views {
		for batch := range few.Shuffled(lines).Batches(epoch) {
			order = slices.Clone(batch[1].I64)
		}
		for batch := range seen.Batches(epoch) { // in the same order
			for row, i := range order {
				p.Put(int(i), 1+epoch, slices.Clone(batch[0].Rows(row, row+1).F32))
			}
		}
	}
	return p
}

// AtOnce is how many pictures of a shape are evaluated at a time: 250 of 32×32, and 8 of 224×224.
func AtOnce(shape graph.Shape) int { return max(1, min(250, 400*32*32/(shape[1]*shape[2]))) }

// firstOf writes the first of many classes.
func firstOf(classes []string) string {
	const most = 20
	if len(classes) <= most {
		return fmt.Sprint(classes)
	}
	return fmt.Sprintf("[%s … and %d more]", strings.Join(classes[:most], " "), len(classes)-most)
}

// testBatch is how many examples that are no pictures are evaluated at a time.
const testBatch = 250

// codesOf are the codes of the first pictures of a test part.
func codesOf(ctx context.Context, input graph.Shape, source string, most int, log func(string, ...any),
	encode func(x, y graph.Node) graph.Node) (kind.Codes, error) {
	set, _, err := readImages(ctx, source, input, log)
	if err != nil {
		return kind.Codes{}, kind.SourceError{Err: err}
	}
	test := set.Test.Subset(0, min(most, set.Test.Len()))
	pass := func(in ...graph.Node) graph.Node { return encode(in[0], in[1]) }
	points, err := passed(pass, test.X, test.Y)
	if err == nil && !kind.AllFinite(points.F32) {
		err = kind.ErrNotFinite
	}
	return kind.Codes{Points: points, Labels: test.Y.I64, Classes: set.Classes}, err
}

// readImages reads images of a shape, which are resized to it if need be, with their labels; and the form of a model
// that is made for them.
func readImages(ctx context.Context, source string, want graph.Shape, log func(string, ...any)) (data.Images,
	kind.Form, error) {
	h, w := want[1], want[2]
	form := kind.Form{Input: want}
	set, err := data.OpenImages(ctx, source, data.FolderOptions{Height: h, Width: w, Gray: want[0] == 1}, log)
	if err != nil {
		return set, form, err
	}
	stored := set.Train.X.Shape[1:]
	if stored[0] != want[0] {
		return set, form, kind.Misfit("%s: an example has shape %v, the model takes %v", set.Name, stored, want)
	}
	if form.Pictures = set.Pictures; !stored.Equal(want) {
		form.Stored = stored
		set.Train.X, set.Test.X = data.ResizePictures(set.Train.X, h, w), data.ResizePictures(set.Test.X, h, w)
	}
	return set, form, nil
}
