// This file holds Loader, which makes batches beside the steps that use them, and Strider, a source that it can share.

package data

import (
	"fmt"
	"iter"
	"reflect"
	"slices"
	"sync"

	"github.com/stheno-ml/stheno/graph"
)

// A Loader gives the batches of a source, which its goroutines make while those before them are used. The batches and
// their order are those of the source, to the byte, however many goroutines there are:
//
//	fit.Train = data.Loader{Source: digits.Train.Viewed(view, 64), Workers: 2}
//
// Each goroutine makes its share of an epoch, every second batch of two, if the source is a [Strider]. One of any
// other source makes all. A goroutine holds Ahead batches that wait and one that is used or made, beside those of its
// source. A source that panics does so where its batch is asked for, after those before it. When the epoch ends, early
// or not, the goroutines have ended, so that one that is making a batch is waited for.
//
// A batch is valid until the next one: it is copied into memory that is used again. The methods panic without a
// Source, and where a number is below 0.
type Loader struct {
	Source  Source
	Workers int // goroutines; 0 for none: a batch is made when it is asked for
	Ahead   int // batches of each that are made and wait, at most; 0 for 2
}

// A Strider is a Source that makes some batches of an epoch at the cost of these alone.
type Strider interface {
	Source
	// Stride gives batches first, first+by, first+2·by and so on of an epoch, from 0 and as Batches gives them. It is
	// nil if the source is made of one that is no Strider.
	Stride(epoch, first, by int) iter.Seq[[]graph.Tensor]
}

// Stride gives some batches of an epoch of a source, or nil if it is no [Strider]: for sources that are made of
// others.
func Stride(s Source, epoch, first, by int) iter.Seq[[]graph.Tensor] {
	if strider, ok := s.(Strider); ok {
		return strider.Stride(epoch, first, by)
	}
	return nil
}

// Len returns the number of batches of an epoch.
func (l Loader) Len() int {
	l.mustHold()
	return l.Source.Len()
}

// Batches gives the batches of an epoch of the source. It is nil where those of the source are.
func (l Loader) Batches(epoch int) iter.Seq[[]graph.Tensor] {
	l.mustHold()
	parts := l.parts(epoch)
	if l.Workers == 0 || parts[0] == nil {
		return parts[0]
	}
	return func(yield func([]graph.Tensor) bool) {
		w := l.start(parts)
		defer w.stop()
		for i := 0; ; i++ {
			lane := w.lanes[i%len(w.lanes)]
			made, ok := <-lane.full
			switch {
			case !ok:
				return
			case made.panicked != nil:
				panic(made.panicked)
			case !yield(made.batch):
				return
			}
			lane.free <- made.batch
		}
	}
}

func (l Loader) mustHold() {
	if v := reflect.ValueOf(l.Source); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		panic("data: the Loader has no Source")
	}
	if l.Workers < 0 || l.Ahead < 0 {
		panic(fmt.Sprintf("data: the Loader has %d Workers and %d batches Ahead, want none below 0", l.Workers,
			l.Ahead))
	}
}

// parts are the batches that each goroutine makes: batch i is made by goroutine i modulo their number.
func (l Loader) parts(epoch int) (parts []iter.Seq[[]graph.Tensor]) {
	workers := min(l.Workers, l.Source.Len())
	for i := range workers {
		part := Stride(l.Source, epoch, i, workers)
		if part == nil {
			break
		}
		parts = append(parts, part)
	}
	if len(parts) < 2 {
		return []iter.Seq[[]graph.Tensor]{l.Source.Batches(epoch)}
	}
	return parts
}

// loading is an epoch under way.
type loading struct {
	lanes []lane
	quit  chan struct{} // closed when no more is wanted
	ended sync.WaitGroup
}

// A lane is how a goroutine hands its batches over, and gets their memory back.
type lane struct {
	full chan made
	free chan []graph.Tensor
}

// made is a batch, or what its source panicked with.
type made struct {
	batch    []graph.Tensor
	panicked any
}

// usualAhead is how many batches wait when nobody says.
const usualAhead = 2

func (l Loader) start(parts []iter.Seq[[]graph.Tensor]) *loading {
	ahead := l.Ahead
	if ahead == 0 {
		ahead = usualAhead
	}
	w := &loading{quit: make(chan struct{})}
	for range parts {
		lane := lane{make(chan made, ahead), make(chan []graph.Tensor, ahead+1)}
		for range ahead + 1 {
			lane.free <- nil // memory that is yet to be taken
		}
		w.lanes = append(w.lanes, lane)
	}
	for i, part := range parts {
		w.ended.Go(func() { w.work(w.lanes[i], part) })
	}
	return w
}

// stop ends the goroutines.
func (w *loading) stop() {
	close(w.quit)
	w.ended.Wait()
}

// work makes the batches of a lane.
func (w *loading) work(l lane, batches iter.Seq[[]graph.Tensor]) {
	defer close(l.full)
	whole := false
	defer func() {
		failed := recover()
		if failed == nil && !whole {
			failed = "data: the source of the Loader has ended its goroutine"
		}
		if failed != nil {
			w.hand(l, made{panicked: failed})
		}
	}()
	for b := range batches {
		var own []graph.Tensor
		select {
		case own = <-l.free:
			own = copied(own, b)
		case <-w.quit:
		}
		if !w.hand(l, made{batch: own}) {
			break
		}
	}
	whole = true
}

// hand hands a batch over, and reports whether it is wanted.
func (w *loading) hand(l lane, m made) bool {
	select {
	case <-w.quit:
		return false
	default:
	}
	select {
	case l.full <- m:
		return true
	case <-w.quit:
		return false
	}
}

// copied is a copy of a batch, in the memory of another where that is large enough.
func copied(own, batch []graph.Tensor) []graph.Tensor {
	if len(own) != len(batch) {
		own = make([]graph.Tensor, len(batch))
	}
	for i, t := range batch {
		to := &own[i]
		to.F32, to.F64 = append(to.F32[:0], t.F32...), append(to.F64[:0], t.F64...)
		to.I64 = append(to.I64[:0], t.I64...)
		if to.DType = t.DType; !to.Shape.Equal(t.Shape) || to.Shape == nil {
			to.Shape = slices.Clone(t.Shape) // others may hold the old one
		}
	}
	return own
}
