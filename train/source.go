// This file holds Source, where batches come from.

package train

import (
	"iter"

	"github.com/stheno-ml/stheno/graph"
)

// A Source gives the batches of an epoch. A batch has one tensor for each input of the task; all may share one memory,
// so that a batch is valid until the next. The sets of package data are sources, given a batch size.
type Source interface {
	Len() int // how many batches an epoch has
	Batches(epoch int) iter.Seq[[]graph.Tensor]
}

// Fixed is a source of the given batches, the same in each epoch.
func Fixed(batches ...[]graph.Tensor) Source { return fixed(batches) }

type fixed [][]graph.Tensor

func (f fixed) Len() int { return len(f) }

func (f fixed) Batches(int) iter.Seq[[]graph.Tensor] {
	return func(yield func([]graph.Tensor) bool) {
		for _, b := range f {
			if !yield(b) {
				return
			}
		}
	}
}
