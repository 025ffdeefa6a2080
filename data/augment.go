// This file holds Augmentation, which varies pictures as a model learns from them.

package data

import (
	"fmt"
	"iter"
	"slices"

	"github.com/stheno-ml/stheno/data/internal/picture"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
)

// Augmentation says how pictures vary from epoch to epoch, so that a model that learns from few sees more. The zero
// value leaves them as they are. What a CIFAR network is usually given is {Pad: 4, Flip: true}: Lee et al., "Deeply
// supervised nets", AISTATS 2015, and He et al., "Deep residual learning for image recognition", CVPR 2016, section
// 4.2. Digits and letters are not what they were when they are mirrored.
type Augmentation struct {
	Pad  int  // pixels of 0 that are put around a picture, of which a part of its own size is then cut out
	Flip bool // every second picture, on average, is mirrored: left becomes right
}

// Augmented returns the batches to train on as [Split.Shuffled] does, in the same order, each picture varied: X is
// (N, C, H, W) of float32, and labels stay what they are. How a picture is varied is a function of (seed, epoch,
// example) alone, so it differs from epoch to epoch, and any epoch can be run again. Padding is 0, which is black:
// numbers that are centred around their mean, if they are, should be so in the model.
//
// A batch is valid until the next one. Augmented panics as Shuffled does, where X is no pictures, and where Pad is
// below 0.
func (s Split) Augmented(a Augmentation, size int) Source {
	rows := s.mustHold("Augmented")
	if len(rows) > 0 && (s.X.DType != graph.Float32 || len(s.X.Shape) != 4) {
		panic(fmt.Sprintf("data: Augmented of pictures %v, want (N, C, H, W) of float32", s.X.Type))
	}
	if a.Pad < 0 || a.Pad > picture.MaxSide {
		panic(fmt.Sprintf("data: Augmented by %d pixels around a picture, want 0 to %d", a.Pad, picture.MaxSide))
	}
	numbers := make([]int64, rows.Len())
	for i := range numbers {
		numbers[i] = int64(i)
	}
	order := Rows{graph.FromInt64(numbers, len(numbers))}
	return augmented{a, rows, order.shuffled("Augmented", size, s.seed)}
}

// augmented is the source of [Split.Augmented]: its order gives the numbers of the examples.
type augmented struct {
	Augmentation
	rows  Rows
	order shuffled
}

func (s augmented) Len() int { return s.order.Len() }

func (s augmented) Batches(epoch int) iter.Seq[[]graph.Tensor] { return s.Stride(epoch, 0, 1) }

func (s augmented) Stride(epoch, first, by int) iter.Seq[[]graph.Tensor] {
	return func(yield func([]graph.Tensor) bool) {
		key := rng.Key(s.order.seed, rng.HashString("data.augment")).Sub(uint64(epoch))
		batch, x := s.rows.like(s.order.size), s.rows[0]
		n := x.Shape[1:].Size()
		for b := range s.order.Stride(epoch, first, by) {
			for to, number := range b[0].I64 {
				from := int(number)
				v := s.draw(key.Sub(uint64(number)))
				v.copy(batch[0].F32[to*n:(to+1)*n], x.F32[from*n:(from+1)*n], x.Shape[1:])
				for i, t := range s.rows[1:] {
					m := t.Shape[1:].Size()
					copyRow(batch[1+i], to*m, t, from*m, m)
				}
			}
			if !yield(batch) {
				return
			}
		}
	}
}

// A view is how one picture is varied: pixel (y, x) is the old one's (y+down, x+right), and then left is right.
type view struct {
	down, right int
	flip        bool
}

// draw draws the view of an example.
func (a Augmentation) draw(key rng.K) view {
	words := key.Uint32x4(0)
	shift := func(word uint32) int { return int(uint64(word)*uint64(2*a.Pad+1)>>32) - a.Pad }
	return view{down: shift(words[0]), right: shift(words[1]), flip: a.Flip && words[2]>>31 == 1}
}

// copy writes the view of src to dst, both of shape (C, H, W).
func (v view) copy(dst, src []float32, shape graph.Shape) {
	h, w := shape[1], shape[2]
	lo, hi := min(max(0, -v.right), w), max(min(w, w-v.right), 0) // the columns that the old picture has
	for at := 0; at < len(dst); at += w {
		row, y := dst[at:at+w], at/w%h+v.down
		clear(row)
		if y >= 0 && y < h && lo < hi {
			from := at + v.down*w
			copy(row[lo:hi], src[from+lo+v.right:from+hi+v.right])
		}
		if v.flip {
			slices.Reverse(row)
		}
	}
}
