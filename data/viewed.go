// This file holds pictures that vary from epoch to epoch with their labels, and how a View is written.

package data

import (
	"cmp"
	"errors"
	"fmt"
	"iter"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/internal/settings"
)

// Viewed returns the batches to train on as [Split.Shuffled] does, in the same order, each picture seen anew: X is
// (N, C, H, W) of float32 in [0, 1], and labels stay what they are. A view is a function of (seed, epoch, example)
// alone, whatever GOMAXPROCS, so it differs from epoch to epoch, and any epoch can be run again.
//
// A batch is valid until the next one. Viewed panics as Shuffled does, where X is no pictures, and where the View
// makes no sense, see [View.Check].
func (s Split) Viewed(v View, size int) Source {
	rows := s.mustHold("Viewed")
	if len(rows) > 0 && (s.X.DType != graph.Float32 || len(s.X.Shape) != 4) {
		panic(fmt.Sprintf("data: Viewed of pictures %v, want (N, C, H, W) of float32", s.X.Type))
	}
	if fault := v.fault(); fault != "" {
		panic("data: Viewed: " + fault)
	}
	numbers := make([]int64, rows.Len())
	for i := range numbers {
		numbers[i] = int64(i)
	}
	order := Rows{graph.FromInt64(numbers, len(numbers))}
	return seenAnew{v, rows, order.shuffled("Viewed", size, s.seed)}
}

// seenAnew is the source of [Split.Viewed]: its order gives the numbers of the examples.
type seenAnew struct {
	view  View
	rows  Rows
	order shuffled
}

func (s seenAnew) Len() int { return s.order.Len() }

func (s seenAnew) Batches(epoch int) iter.Seq[[]graph.Tensor] { return s.Stride(epoch, 0, 1) }

func (s seenAnew) Stride(epoch, first, by int) iter.Seq[[]graph.Tensor] {
	return func(yield func([]graph.Tensor) bool) {
		key := rng.Key(s.order.seed, rng.HashString("data.viewed")).Sub(uint64(epoch))
		batch := s.rows.like(s.order.size)
		body := eyes{view: s.view, key: key, x: s.rows[0], to: batch[0]}
		for b := range s.order.Stride(epoch, first, by) {
			body.numbers = b[0].I64
			parallel.Run(len(body.numbers), &body)
			for to, number := range body.numbers {
				for i, t := range s.rows[1:] {
					m := t.Shape[1:].Size()
					copyRow(batch[1+i], to*m, t, int(number)*m, m)
				}
			}
			if !yield(batch) {
				return
			}
		}
	}
}

// eyes look at the pictures of a batch, once at each.
type eyes struct {
	view    View
	key     rng.K // of the epoch
	x, to   graph.Tensor
	numbers []int64
}

// Block makes view i.
func (e *eyes) Block(i int) {
	s, number := e.x.Shape, int(e.numbers[i])
	look := looker{View: e.view, c: s[1], h: s[2], w: s[3], key: e.key.Sub(uint64(number))}
	look.at(e.to.Rows(i, i+1).F32, e.x.Rows(number, number+1).F32)
}

// Check reports a field that makes no sense.
func (v View) Check() error {
	if fault := v.fault(); fault != "" {
		return errors.New("view: " + fault)
	}
	return nil
}

// settings are the keys of a View as they are written, and what they stand for.
func (v *View) settings() settings.Settings {
	return settings.Settings{
		Numbers: map[string]*float64{"crop": &v.Crop, "stretch": &v.Stretch, "turn": &v.Turn, "shear": &v.Shear,
			"brightness": &v.Brightness, "contrast": &v.Contrast, "saturation": &v.Saturation, "hue": &v.Hue,
			"gray": &v.Gray, "blur": &v.Blur, "erase": &v.Erase},
		Flags: map[string]*bool{"flip": &v.Flip},
	}
}

// ViewKeys lists what [ParseView] knows, in the order of the alphabet.
func ViewKeys() []string { return new(View).settings().Keys() }

// ParseView reads a View as it is written on a command line: the names of fields in lower case with their numbers,
// such as "turn=15,crop=.6,flip". None is given twice.
func ParseView(text string) (View, error) {
	var v View
	if err := v.settings().Parse("view", text); err != nil {
		return View{}, err
	}
	return v, v.Check()
}

// ParseMixedView reads a View and a [Mix] that are written as one, such as "turn=15,mixup=.2".
func ParseMixedView(text string) (View, Mix, error) {
	var v View
	var m Mix
	s := v.settings()
	s.Numbers["mixup"], s.Numbers["cutmix"] = &m.Mixup, &m.Cutmix
	if err := s.Parse("view", text); err != nil {
		return View{}, Mix{}, err
	}
	return v, m, cmp.Or(v.Check(), m.Check())
}
