package kernel

// Reading and adding at places given by indices. Tensors are (outer, n, inner), and the indices are places on the axis
// n. They have been checked with Outside.

import (
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// Outside returns the place of the first index that is not in [0, n), or -1 if there is none.
func Outside(index []int64, n int) int {
	for i, k := range index {
		if uint64(k) >= uint64(n) {
			return i
		}
	}
	return -1
}

// Gather sets dst[o, j, :] = x[o, index[j], :], where x is (outer, n, inner) and dst (outer, len(index), inner).
func Gather[T scalar.Element](dst, x []T, index []int64, outer, n, inner int) {
	runIndex(indexJob[T]{do: gatherRows, dst: dst, src: x, index: index, n: n, inner: inner},
		outer*len(index), inner)
}

func (j *indexJob[T]) gather(row int) {
	o, k := row/len(j.index), j.index[row%len(j.index)]
	from := (o*j.n + int(k)) * j.inner
	copy(j.dst[row*j.inner:(row+1)*j.inner], j.src[from:])
}

// ScatterAdd sets dst (outer, n, inner) to the sums of the rows of x (outer, len(index), inner) by index. It is the
// transpose of Gather:
//
//	dst[o, k, :] = Σ x[o, j, :] over the j with index[j] = k, in rising order of j
func ScatterAdd[T scalar.Element](dst, x []T, index []int64, outer, n, inner int) {
	runIndex(indexJob[T]{do: scatterRows, dst: dst, src: x, index: index, n: n, inner: inner},
		outer*parallel.Blocks(inner, neighbours), (n+len(index))*min(inner, neighbours))
}

// neighbours is how many neighbours on the inner axis one item adds up: a few cache lines.
const neighbours = 64

func (j *indexJob[T]) scatterAdd(block int) {
	groups := parallel.Blocks(j.inner, neighbours)
	o := block / groups
	lo, hi := parallel.Bounds(block%groups, neighbours, j.inner)
	dst, src := j.dst[o*j.n*j.inner:], j.src[o*len(j.index)*j.inner:]
	if groups == 1 {
		clear(dst[:j.n*j.inner])
	} else {
		for k := range j.n {
			clear(dst[k*j.inner+lo : k*j.inner+hi])
		}
	}
	for i, k := range j.index {
		d := dst[int(k)*j.inner+lo : int(k)*j.inner+hi]
		x := src[i*j.inner+lo : i*j.inner+hi]
		vector.AddTo(d, x)
	}
}

// GatherAlong sets dst[o, j, i] = x[o, index[o, j, i], i], where x is (outer, n, inner), dst and index (outer, m,
// inner).
func GatherAlong[T scalar.Element](dst, x []T, index []int64, outer, n, inner int) {
	runIndex(indexJob[T]{do: gatherEach, dst: dst, src: x, index: index, n: n, inner: inner},
		outer, len(index)/outer)
}

func (j *indexJob[T]) gatherAlong(o int) {
	run := len(j.index) / (len(j.src) / (j.n * j.inner)) // elements of index for one o
	x := j.src[o*j.n*j.inner:]
	dst, index := j.dst[o*run:(o+1)*run], j.index[o*run:]
	for at := 0; at < run; at += j.inner {
		for i := range j.inner {
			dst[at+i] = x[int(index[at+i])*j.inner+i]
		}
	}
}

// ScatterAlong sets dst (outer, n, inner) to the sums of x by index, both (outer, m, inner). It is the transpose of
// GatherAlong: dst[o, index[o, j, i], i] += x[o, j, i], in rising order of j.
func ScatterAlong[T scalar.Element](dst, x []T, index []int64, outer, n, inner int) {
	runIndex(indexJob[T]{do: scatterEach, dst: dst, src: x, index: index, n: n, inner: inner},
		outer, len(index)/outer+n*inner)
}

func (j *indexJob[T]) scatterAlong(o int) {
	run := len(j.index) / (len(j.dst) / (j.n * j.inner))
	dst := j.dst[o*j.n*j.inner : (o+1)*j.n*j.inner]
	x, index := j.src[o*run:(o+1)*run], j.index[o*run:]
	clear(dst)
	for at := 0; at < run; at += j.inner {
		for i := range j.inner {
			dst[int(index[at+i])*j.inner+i] += x[at+i]
		}
	}
}

// OneHot sets dst (len(index), depth) to 1 at each index and to 0 elsewhere.
func OneHot[T scalar.Float](dst []T, index []int64, depth int) {
	clear(dst)
	for i, k := range index {
		dst[i*depth+int(k)] = 1
	}
}

// An indexFunc says what is done with each item. It is not a function value, because a value of a generic function
// would allocate.
type indexFunc uint8

const (
	gatherRows indexFunc = iota
	scatterRows
	gatherEach
	scatterEach
)

// indexJob does items of about the same cost. A block has one or several.
type indexJob[T scalar.Element] struct {
	do       indexFunc
	dst, src []T
	index    []int64
	n, inner int
	items    int
	share    int // items per block
}

var indexJobs, indexIntJobs reuse.Jobs // of floats, of integers

func runIndex[T scalar.Element](job indexJob[T], items, cost int) {
	pool := &indexJobs
	var zero T
	if _, ok := any(zero).(int64); ok {
		pool = &indexIntJobs
	}
	j := reuse.Take[indexJob[T], T](pool)
	*j = job
	j.items, j.share = items, max(1, vector.BlockSize/max(1, cost))
	if items*cost < vector.ParallelFrom {
		j.share = items
	}
	if items > 0 {
		parallel.Run(parallel.Blocks(items, j.share), j)
	}
	reuse.Give[T](pool, j)
}

func (j *indexJob[T]) Block(i int) {
	lo, hi := parallel.Bounds(i, j.share, j.items)
	for ; lo < hi; lo++ {
		switch j.do {
		case gatherRows:
			j.gather(lo)
		case scatterRows:
			j.scatterAdd(lo)
		case gatherEach:
			j.gatherAlong(lo)
		default:
			j.scatterAlong(lo)
		}
	}
}
