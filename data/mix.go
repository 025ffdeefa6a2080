// This file holds Mix, by which the examples of a batch are mixed with each other.

package data

import (
	"fmt"
	"iter"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/rng"
)

// Mix says how the examples of a batch are mixed with each other, so that a model sees what lies between them. The
// zero value leaves them as they are. Each batch draws λ ~ Beta(α, α) and a partner for each of its examples, the
// examples in another order:
//
//	mixup    x ← λ·x + (1-λ)·x[partner]                           y ← λ·y + (1-λ)·y[partner]
//	cutmix   a box of x, 1-λ of its area, is that of x[partner]    y ← λ·y + (1-λ)·y[partner]
//
// A small α gives examples that are nearly pure, 1 all shares alike. Where a box ends at the edge of the picture, λ is
// the share of what is left to see. If both are given, a batch has one of them, each with probability ½.
//
// Zhang, Cisse, Dauphin and Lopez-Paz, "mixup: beyond empirical risk minimization", ICLR 2018, take α from 0.1 to 0.4;
// Yun et al., "CutMix: regularization strategy to train strong classifiers with localizable features", ICCV 2019, 1.
type Mix struct {
	Mixup  float64 // α of mixup; 0 for none
	Cutmix float64 // α of cutmix; 0 for none
}

// mostAlpha is where all shares are ½ already.
const mostAlpha = 1e4

// Check reports a field that makes no sense.
func (m Mix) Check() error {
	for _, f := range []struct {
		name string
		v    float64
	}{{"Mixup", m.Mixup}, {"Cutmix", m.Cutmix}} {
		if !(f.v >= 0 && f.v <= mostAlpha) {
			return fmt.Errorf("mix: %s is %v, want an α of 0 to %g", f.name, f.v, mostAlpha)
		}
	}
	return nil
}

// Of returns the batches of a source, mixed. A batch (x, y) has floats x (N, …), of cutmix pictures (N, C, H, W), and
// y, which are the numbers of classes (N), or shares of them already (N, classes). Mixed y are shares (N, classes) of
// the type of x, as ops.CrossEntropy takes them in place of numbers. Without a Mix the source is returned.
//
// All is a function of (seed, epoch, number of the batch) alone, whatever GOMAXPROCS. A batch is valid until the next
// one. Of panics where the Mix makes no sense, and where there are no classes; other batches panic when they come.
func (m Mix) Of(s Source, classes int, seed uint64) Source {
	if err := m.Check(); err != nil {
		panic("data: " + err.Error())
	}
	if m == (Mix{}) {
		return s
	}
	if classes < 1 {
		panic(fmt.Sprintf("data: mix of %d classes, want at least 1", classes))
	}
	return mixed{s, m, classes, seed}
}

// mixed is the source of [Mix.Of].
type mixed struct {
	Source
	mix     Mix
	classes int
	seed    uint64
}

func (s mixed) Batches(epoch int) iter.Seq[[]graph.Tensor] {
	return s.of(epoch, 0, 1, s.Source.Batches(epoch))
}

func (s mixed) Stride(epoch, first, by int) iter.Seq[[]graph.Tensor] {
	return s.of(epoch, first, by, Stride(s.Source, epoch, first, by))
}

// of are batches first, first+by and so on of the source, mixed.
func (s mixed) of(epoch, first, by int, batches iter.Seq[[]graph.Tensor]) iter.Seq[[]graph.Tensor] {
	if batches == nil {
		return nil
	}
	return func(yield func([]graph.Tensor) bool) {
		key := rng.Key(s.seed, rng.HashString("data.mix")).Sub(uint64(epoch))
		body, number := mixer{classes: s.classes}, first
		for b := range batches {
			body.take(b)
			body.draw(s.mix, key.Sub(uint64(number)))
			parallel.Run(len(body.partner), &body)
			if !yield(body.batch) {
				return
			}
			number += by
		}
	}
}

// mixer mixes one batch, a row a block.
type mixer struct {
	classes int
	x, y    graph.Tensor   // of the source
	batch   []graph.Tensor // what they become
	partner []int          // of each row
	share   float64        // λ
	cut     bool           // a box of a picture is the partner's, rows [top, bottom) and columns [left, right)

	top, bottom, left, right int
}

// take takes a batch of the source. It panics where it cannot be mixed.
func (m *mixer) take(b []graph.Tensor) {
	if len(b) != 2 {
		panic(fmt.Sprintf("data: mix of batches of %d tensors, want 2, x and y", len(b)))
	}
	m.x, m.y = b[0], b[1]
	if !m.x.DType.IsFloat() || len(m.x.Shape) < 1 {
		panic(fmt.Sprintf("data: mix of x %v, want floats (N, …)", m.x.Type))
	}
	n := m.x.Shape[0]
	if m.batch == nil || !m.batch[0].Type.Equal(m.x.Type) {
		shares := graph.Type{DType: m.x.DType, Shape: graph.Shape{n, m.classes}}
		m.batch = []graph.Tensor{graph.NewTensor(m.x.Type), graph.NewTensor(shares)}
		m.partner = make([]int, n)
	}
	switch shares := m.batch[1].Type; {
	case m.y.DType == graph.Int64 && m.y.Shape.Equal(graph.Shape{n}):
		for i, class := range m.y.I64 {
			if class < 0 || class >= int64(m.classes) {
				panic(fmt.Sprintf("data: mix of class %d at row %d, but there are %d classes (0…%d)", class, i,
					m.classes, m.classes-1))
			}
		}
	case !m.y.Type.Equal(shares):
		panic(fmt.Sprintf("data: mix of y %v, want the numbers of classes (%d) in int64, or shares %v", m.y.Type, n,
			shares))
	}
}

// draw draws how the batch is mixed.
func (m *mixer) draw(mix Mix, key rng.K) {
	const ofShare, ofKind, ofRow, ofColumn = 0, 1, 2, 3
	rng.Permute(m.partner, key.Sub(0))
	m.cut = mix.Mixup == 0 || mix.Cutmix > 0 && key.IntN(ofKind, 2) == 1
	if !m.cut {
		m.share = shareOf(mix.Mixup, key.Uint64(ofShare))
		return
	}
	shape := m.x.Shape
	if len(shape) != 4 {
		panic(fmt.Sprintf("data: cutmix of x %v, want pictures (N, C, H, W)", m.x.Type))
	}
	h, w, side := shape[2], shape[3], math.Sqrt(1-shareOf(mix.Cutmix, key.Uint64(ofShare)))
	m.top, m.bottom = boxOf(h, int(side*float64(h)), key.IntN(ofRow, max(h, 1)))
	m.left, m.right = boxOf(w, int(side*float64(w)), key.IntN(ofColumn, max(w, 1)))
	m.share = 1 - float64((m.bottom-m.top)*(m.right-m.left))/float64(max(h*w, 1))
}

// shareOf is the λ ~ Beta(α, α) of a word of random bits: its quantile there.
func shareOf(alpha float64, word uint64) float64 {
	u := (float64(word>>11) + .5) * 0x1p-53 // in (0, 1)
	return distuv.Beta{Alpha: alpha, Beta: alpha}.Quantile(u)
}

// boxOf is the part of an axis of n pixels that a box of so many around the middle covers.
func boxOf(n, size, middle int) (lo, hi int) {
	lo = middle - size/2
	return max(lo, 0), min(lo+size, n)
}

// Block mixes row i.
func (m *mixer) Block(i int) {
	if m.x.DType == graph.Float64 {
		mixRow(m, i, m.batch[0].F64, m.x.F64)
		mixShares(m, i, m.batch[1].F64, m.y.F64)
		return
	}
	mixRow(m, i, m.batch[0].F32, m.x.F32)
	mixShares(m, i, m.batch[1].F32, m.y.F32)
}

// mixRow makes row i of dst of rows of src.
func mixRow[T rng.Float](m *mixer, i int, dst, src []T) {
	n, partner := len(src)/len(m.partner), m.partner[i]
	to, own, other := dst[i*n:(i+1)*n], src[i*n:(i+1)*n], src[partner*n:(partner+1)*n]
	if !m.cut {
		blend(to, own, other, m.share)
		return
	}
	copy(to, own)
	h, w := m.x.Shape[2], m.x.Shape[3]
	for plane := 0; plane < n; plane += h * w {
		for y := m.top; y < m.bottom; y++ {
			lo, hi := plane+y*w+m.left, plane+y*w+m.right
			copy(to[lo:hi], other[lo:hi])
		}
	}
}

// mixShares makes row i of the shares of classes, of the numbers of classes or, if there are some, of shares.
func mixShares[T rng.Float](m *mixer, i int, dst, src []T) {
	n, partner := m.classes, m.partner[i]
	to := dst[i*n : (i+1)*n]
	if m.y.DType.IsFloat() {
		blend(to, src[i*n:(i+1)*n], src[partner*n:(partner+1)*n], m.share)
		return
	}
	clear(to)
	to[m.y.I64[i]] += T(m.share)
	to[m.y.I64[partner]] += T(1 - m.share)
}

// blend writes share·own + (1-share)·other.
func blend[T rng.Float](dst, own, other []T, share float64) {
	a, b := T(share), T(1-share)
	for i := range dst {
		dst[i] = a*own[i] + b*other[i]
	}
}
