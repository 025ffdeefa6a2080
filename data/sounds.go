// This file holds data sets of labelled sounds, and the pictures of them that a model learns from.

package data

import (
	"cmp"
	"fmt"
	"iter"
	"slices"

	"github.com/stheno-ml/stheno/data/sound"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/parallel"
)

// Sounds is a data set of labelled sounds, parted into what a model learns from and what it is measured on.
type Sounds struct {
	Name        string
	Train, Test Clips
	Classes     []string // the name of each label
}

// Clips are labelled sounds of one channel: sound i is X[i], of Rate samples a second and of any length, and its label
// is Y[i]. Copying Clips shares the sounds, which nothing here changes.
type Clips struct {
	Rate int
	X    [][]float32
	Y    []int64
}

// Len returns the number of sounds.
func (c Clips) Len() int { return len(c.X) }

// Check reports sounds and labels that are not as many as each other, a rate below 1, and a sample that is not finite.
func (c Clips) Check() error {
	if len(c.X) != len(c.Y) {
		return fmt.Errorf("sounds: there are %d sounds and %d labels", len(c.X), len(c.Y))
	}
	if c.Rate < 1 {
		return fmt.Errorf("sounds: %d samples a second, want at least 1", c.Rate)
	}
	for i, x := range c.X {
		for t, v := range x {
			if v-v != 0 {
				return fmt.Errorf("sounds: sample %d of sound %d is %v", t, i, v)
			}
		}
	}
	return nil
}

// Noisy returns the same sounds in white noise, above which each is by so many decibels. The noise is a function of
// the seed and of the number of the sound, see [sound.Noise].
func (c Clips) Noisy(snr float64, seed uint64) (Clips, error) {
	if err := c.Check(); err != nil {
		return Clips{}, err
	}
	noisy := Clips{c.Rate, make([][]float32, len(c.X)), c.Y}
	for i, x := range c.X {
		var err error
		if noisy.X[i], err = sound.Noise(x, snr, sound.Draw{Seed: seed, Index: i}); err != nil {
			return Clips{}, fmt.Errorf("sounds: sound %d: %w", i, err)
		}
	}
	return noisy, nil
}

// Pictures returns the pictures of all sounds with their labels: X (N, 1, bands, frames) in [0, 1] as
// [sound.Painter.Paint] makes them, and Y (N). It is an error if the pictures are of another rate than the sounds.
func (c Clips) Pictures(m sound.LogMel) (Split, error) {
	if err := c.fits(m); err != nil {
		return Split{}, err
	}
	n := len(c.X)
	x := graph.NewTensor(graph.Type{Shape: graph.Shape{n, 1, m.Bands, m.Frames}})
	work := c.listeners(m, n)
	work.to, work.numbers = x, make([]int64, n)
	for i := range n {
		work.numbers[i] = int64(i)
	}
	parallel.Run(parallel.Blocks(n, hearing), work)
	return Split{X: x, Y: graph.FromInt64(slices.Clone(c.Y), n)}, nil
}

// Viewed returns the batches to train on as [Split.Shuffled] does of [Clips.Pictures], in the same order, each sound
// heard anew: stretched, higher or lower, in noise, and with a part of its picture hidden. A view is a function of
// (seed, epoch, sound) alone, whatever GOMAXPROCS. A sound that is so loud that its view is no float32 is heard as it
// is.
//
// A batch is valid until the next one. It is an error if there are fewer sounds than size, or if the view makes no
// sense.
func (c Clips) Viewed(m sound.LogMel, v sound.View, size int, seed uint64) (Source, error) {
	if err := cmp.Or(c.fits(m), v.Check()); err != nil {
		return nil, err
	}
	if size < 1 || size > len(c.X) {
		return nil, fmt.Errorf("sounds: batches of %d, want 1 to the number of sounds, which is %d", size, len(c.X))
	}
	numbers := make([]int64, len(c.X))
	for i := range numbers {
		numbers[i] = int64(i)
	}
	order := Rows{graph.FromInt64(numbers, len(numbers)), graph.FromInt64(slices.Clone(c.Y), len(c.Y))}
	return heardAnew{c, m, v, order.shuffled("Viewed", size, seed)}, nil
}

// fits reports sounds that no picture can be made of.
func (c Clips) fits(m sound.LogMel) error {
	if err := cmp.Or(c.Check(), m.Check()); err != nil {
		return err
	}
	if m.Rate != c.Rate {
		return fmt.Errorf("sounds: they have %d samples a second, the pictures %d", c.Rate, m.Rate)
	}
	return nil
}

// heardAnew is the source of [Clips.Viewed]: its order gives the numbers of the sounds, and their labels.
type heardAnew struct {
	clips Clips
	mel   sound.LogMel
	view  sound.View
	order shuffled
}

func (s heardAnew) Len() int { return s.order.Len() }

func (s heardAnew) Batches(epoch int) iter.Seq[[]graph.Tensor] {
	return func(yield func([]graph.Tensor) bool) {
		work := s.clips.listeners(s.mel, s.order.size)
		work.to = graph.NewTensor(graph.Type{Shape: graph.Shape{s.order.size, 1, s.mel.Bands, s.mel.Frames}})
		work.view, work.draw = s.view, sound.Draw{Seed: s.order.seed, Epoch: epoch}
		for b := range s.order.Batches(epoch) {
			work.numbers = b[0].I64
			parallel.Run(parallel.Blocks(s.order.size, hearing), work)
			if !yield([]graph.Tensor{work.to, b[1]}) {
				return
			}
		}
	}
}

// hearing is the number of sounds that one block of work makes pictures of.
const hearing = 8

// listeners make pictures of sounds: picture i of sound numbers[i]. Each block has a painter.
type listeners struct {
	clips    Clips
	painters []*sound.Painter
	columns  int
	view     sound.View
	draw     sound.Draw
	to       graph.Tensor
	numbers  []int64
}

// listeners are those for n pictures, which [Clips.fits] has found to be possible.
func (c Clips) listeners(m sound.LogMel, n int) *listeners {
	l := &listeners{clips: c, columns: m.Frames}
	for range parallel.Blocks(n, hearing) {
		p, err := sound.NewPainter(m)
		if err != nil {
			panic(err)
		}
		l.painters = append(l.painters, p)
	}
	return l
}

func (l *listeners) Block(b int) {
	lo, hi := parallel.Bounds(b, hearing, len(l.numbers))
	for i := lo; i < hi; i++ {
		x, draw := l.clips.X[l.numbers[i]], l.draw
		draw.Index = int(l.numbers[i])
		if l.view != (sound.View{}) {
			if y, err := l.view.Wave(x, draw); err == nil {
				x = y
			}
		}
		picture := l.to.Rows(i, i+1).F32
		if err := cmp.Or(l.painters[b].Paint(picture, x), l.view.Picture(picture, l.columns, draw)); err != nil {
			panic(err) // the sounds and the view were checked
		}
	}
}
