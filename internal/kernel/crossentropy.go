package kernel

// The loss of classification, cross-entropy, over logits (N, C, inner) seen as N·inner rows of C.

import (
	"math"

	"github.com/stheno-ml/stheno/internal/kernel/scalar"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
	"github.com/stheno-ml/stheno/internal/parallel"
	"github.com/stheno-ml/stheno/internal/reuse"
)

// Classes are logits, the class of each row, and how they count. A row whose class is in Ignore does not count.
type Classes[T scalar.Float] struct {
	X         []T
	Target    []int64
	Weights   []T // weight of each class; nil for 1
	Smoothing float64
	Sum       bool // the loss is the sum over the rows, not divided by their weights
	// if not nil, Loss writes the loss of each row to it, and Grad reads dy of each row from it
	Each     []T
	Ignore   [2]int64
	N, Inner int // number of classes, and the distance between the classes of a row
}

// Loss returns the sum of the losses of the rows, and the sum of the weights of their classes t. The loss of a row is
//
//	l = -(1-ε)·w[t]·log p[t] - ε/C Σ_c w[c]·log p[c]
//
// If lse is not nil, it is set to the logarithm of Σ e^x of every row.
func (c Classes[T]) Loss(lse []T) (loss, weight float64) {
	j := reuse.Take[classesJob[T], T](&classesJobs)
	j.Classes, j.lse = c, lse
	blocks := j.run()
	for _, v := range j.partial[:blocks] {
		loss += v[0]
		weight += v[1]
	}
	reuse.Give[T](&classesJobs, j)
	return loss, weight
}

// Grad sets dx to dy times the gradient of the loss: of the sum over the rows divided by their weights, or of the sum
// alone if Sum is set. dx may be X. If Each is not nil, dy is also multiplied by the row's element of Each.
func (c Classes[T]) Grad(dx, lse []T, dy float64) {
	j := reuse.Take[classesJob[T], T](&classesJobs)
	j.Classes, j.lse, j.dx = c, lse, dx
	weight := 0.
	for _, t := range c.Target {
		if !c.ignored(t) {
			weight += c.weight(int(t))
		}
	}
	for k := range c.N {
		j.all += c.weight(k)
	}
	if j.factor = dy; !c.Sum {
		j.factor /= weight
	}
	j.run()
	reuse.Give[T](&classesJobs, j)
}

func (c *Classes[T]) ignored(t int64) bool { return t == c.Ignore[0] || t == c.Ignore[1] }

func (c *Classes[T]) weight(class int) float64 {
	if c.Weights == nil {
		return 1
	}
	return float64(c.Weights[class])
}

// row is the part of v from the first to the last class of row i.
func (c *Classes[T]) row(v []T, i int) []T {
	first := i/c.Inner*c.N*c.Inner + i%c.Inner
	return v[first : first+(c.N-1)*c.Inner+1]
}

var classesJobs reuse.Jobs

type classesJob[T scalar.Float] struct {
	Classes[T]
	lse, dx []T
	// of Grad: the sum of the weights of all classes, and dy divided by the weights of the rows
	all, factor float64
	share       int // rows per block
	partial     [vector.MaxPartials][2]float64
}

func (j *classesJob[T]) run() (blocks int) {
	rows := len(j.Target)
	j.share = max(1, vector.BlockSize/4/max(1, j.N), parallel.Blocks(rows, vector.MaxPartials))
	blocks = parallel.Blocks(rows, j.share)
	if rows*j.N < vector.ParallelFrom/4 {
		for i := range blocks {
			j.Block(i)
		}
	} else {
		parallel.Run(blocks, j)
	}
	return blocks
}

func (j *classesJob[T]) Block(i int) {
	lo, hi := parallel.Bounds(i, j.share, len(j.Target))
	if j.dx != nil {
		for r := lo; r < hi; r++ {
			j.grad(r, j.row(j.dx, r), j.row(j.X, r))
		}
		return
	}
	var sum [2]float64
	for r := lo; r < hi; r++ {
		loss, weight := j.loss(r, j.row(j.X, r))
		sum[0] += loss
		sum[1] += weight
		if j.Each != nil {
			j.Each[r] = T(loss)
		}
	}
	j.partial[i] = sum
}

func (j *classesJob[T]) loss(r int, x []T) (loss, weight float64) {
	t := j.Target[r]
	if j.ignored(t) && j.lse == nil {
		return 0, 0
	}
	top, total := sumExp(x, j.Inner)
	l := float64(top)
	if !math.IsInf(l, 0) {
		l += math.Log(total)
	}
	if j.lse != nil {
		j.lse[r] = T(l)
	}
	if j.ignored(t) {
		return 0, 0
	}
	weight = j.weight(int(t))
	if hard := (1 - j.Smoothing) * weight; hard != 0 { // with hard = 0, -ln p may be Inf
		loss = hard * (l - float64(x[int(t)*j.Inner]))
	}
	if j.Smoothing == 0 {
		return loss, weight
	}
	rest := 0. // Σ w·(l - x)
	switch {
	case !together[T](j.Inner):
		rest = j.spread(x, l)
	case j.Weights == nil:
		rest = float64(j.N)*l - vector.RowSum(x)
	default:
		if rest = vector.RowSum(j.Weights)*l - vector.Dot(j.Weights, x); scalar.IsNaN(rest) {
			rest = j.spread(x, l)
		}
	}
	return loss + j.Smoothing/float64(j.N)*rest, weight
}

// spread is Σ w·(l - x) over the classes. Classes of weight 0 are left out, because their x may be -Inf.
func (j *classesJob[T]) spread(x []T, l float64) (total float64) {
	for k := range j.N {
		if w := j.weight(k); w != 0 {
			total += w * (l - float64(x[k*j.Inner]))
		}
	}
	return total
}

// grad sets dx = factor·(mass·softmax(x) - q) for one row, with the target distribution q and its sum, mass.
func (j *classesJob[T]) grad(r int, dx, x []T) {
	t, step := j.Target[r], j.Inner
	if j.ignored(t) {
		for k := 0; k < len(dx); k += step {
			dx[k] = 0
		}
		return
	}
	factor := j.factor
	if j.Each != nil {
		factor *= float64(j.Each[r])
	}
	even := j.Smoothing / float64(j.N)
	hard := (1 - j.Smoothing) * j.weight(int(t))
	mass := hard + even*j.all
	// e^(x - lse) is e^(x - base)·share. A large lse has lost digits in rounding, so it is computed again.
	base, lse, share := j.lse[r], float64(j.lse[r]), factor*mass
	if math.Abs(lse) > exactSum {
		var total float64
		base, total = sumExp(x, step)
		lse, share = float64(base)+math.Log(total), share/total
	}
	at := int(t) * step
	// The element of the class itself subtracts 1 from about 1, so it is computed in float64.
	own := T(factor * (mass*math.Exp(float64(x[at])-lse) - even*j.weight(int(t)) - hard))
	if !together[T](step) {
		for k := range j.N {
			dx[k*step] = T(factor * (mass*math.Exp(float64(x[k*step])-lse) - even*j.weight(k)))
		}
		dx[at] = own
		return
	}
	for lo := 0; lo < len(x); lo += expBlock {
		hi := min(lo+expBlock, len(x))
		e := dx[lo:hi]
		shiftedExp(e, x[lo:hi], -base)
		vector.Scale(e, e, T(share))
		switch {
		case even == 0:
		case j.Weights == nil:
			vector.Shift(e, e, T(-factor*even))
		default:
			vector.AddScaled(e, e, j.Weights[lo:hi], T(-factor*even))
		}
	}
	dx[at] = own
}
