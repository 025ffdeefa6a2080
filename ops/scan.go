// This file holds sums and products of all elements up to each element: cumulative sum and product.

package ops

import (
	"cmp"
	"fmt"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/scalar"
)

// CumSum is the sum of the elements along an axis up to each of them, itself included, added up in float64:
//
//	y[i] = Σ x[j] over j ≤ i        dx[i] = Σ dy[j] over j ≥ i
func CumSum(x graph.Node, axis int) graph.Node {
	k, err := axisIn(x, axis)
	if err != nil {
		return graph.Fail("cumsum", []graph.Node{x}, err)
	}
	return graph.Apply(scan{axis: k}, x)
}

// CumProd is the product of the elements along an axis up to each of them, itself included:
//
//	y[i] = Π x[j] over j ≤ i
//
// The gradient divides by nothing, so it is right where elements are 0.
func CumProd(x graph.Node, axis int) graph.Node {
	k, err := axisIn(x, axis)
	if err != nil {
		return graph.Fail("cumprod", []graph.Node{x}, err)
	}
	if !x.Valid() {
		return x
	}
	return graph.Apply(scan{axis: k, factors: true}, firstAlone(x, k), x)
}

// axisIn is axisOf of a node. It is 0 for a node that is not valid, whose error is known.
func axisIn(x graph.Node, axis int) (int, error) {
	if !x.Valid() {
		return 0, nil
	}
	return axisOf(axis, x.Rank())
}

// firstAlone is the first element along an axis, followed by zeros.
func firstAlone(x graph.Node, axis int) graph.Node {
	n := x.Dim(axis)
	return padAxis(Slice(x, axis, 0, 1, 1), axis, 0, n-1)
}

// padAxis puts zeros before and behind an axis.
func padAxis(x graph.Node, axis, before, after int) graph.Node {
	lo, hi := make([]int, x.Rank()), make([]int, x.Rank())
	lo[axis], hi[axis] = before, after
	return Pad(x, lo, hi, 0)
}

// scan goes along an axis, or back along it, from a state of 0:
//
//	y[i] = a[i]·y[i-1] + x[i]        a is 1 without factors
//
// The whole gradient of y[i] is g[i] = dy[i] + a[i+1]·g[i+1], a scan the other way. Then dx = g and da[i] =
// g[i]·y[i-1].
type scan struct {
	axis             int
	factors, reverse bool
}

func (o scan) String() string {
	s := fmt.Sprintf("cumsum axis=%d", o.axis)
	if o.factors {
		s = fmt.Sprintf("scan axis=%d", o.axis)
	}
	if o.reverse {
		s += " reverse"
	}
	return s
}
func (o scan) Operands() string { return "x a" }
func (o scan) Types(in []graph.Type) ([]graph.Type, error) {
	if err := cmp.Or(inRank(len(in[0].Shape), o.axis), sameFloats(in...)); err != nil {
		return nil, err
	}
	if o.factors && (len(in) != 2 || !in[1].Equal(in[0])) {
		return nil, fmt.Errorf("the factors are not of the type of x")
	}
	return in[:1], nil
}

func (o scan) Grad(y, dy, in []graph.Node, want []bool) []graph.Node {
	back := o
	back.reverse = !o.reverse
	if !o.factors {
		return []graph.Node{graph.Apply(back, dy[0])}
	}
	g := graph.Apply(back, dy[0], o.before(in[1], true))
	d := []graph.Node{g, {}}
	if want[1] {
		d[1] = Mul(g, o.before(y[0], false))
	}
	return d
}

// before is, for each element of x, the element one place before it in the order of the scan or, with behind, one
// place behind it. It is 0 where there is none.
func (o scan) before(x graph.Node, behind bool) graph.Node {
	n := x.Dim(o.axis)
	switch {
	case n == 1:
		return Expand(zero(x), x.Shape()...)
	case behind != o.reverse:
		return padAxis(Slice(x, o.axis, 1, n, 1), o.axis, 0, 1)
	}
	return padAxis(Slice(x, o.axis, 0, n-1, 1), o.axis, 1, 0)
}

func (o scan) Eval(dst, in []graph.Tensor) error {
	return graph.EvalFloats(o, dst, in, evalScan[float32], evalScan[float64])
}

func evalScan[T scalar.Float](o scan, dst, in []graph.Tensor) error {
	outer, n, inner := around(dst[0].Shape, o.axis)
	y, x := graph.Floats[T](dst[0]), graph.Floats[T](in[0])
	var a []T
	if o.factors {
		a = graph.Floats[T](in[1])
	}
	for i := range outer {
		for k := range inner {
			first, step := i*n*inner+k, inner
			if o.reverse {
				first, step = first+(n-1)*inner, -inner
			}
			state := 0.
			for j := range n {
				at := first + j*step
				if a != nil {
					state *= float64(a[at])
				}
				state += float64(x[at])
				y[at] = T(state)
			}
		}
	}
	return nil
}

// Flops: a sum, and with factors a product.
func (o scan) Flops(in []graph.Type) (products, others int64) { return each(1, in...) }
func (o scan) Draw([]graph.Type) (graph.Role, string) {
	if o.factors {
		return graph.RolePool, "Scan"
	}
	return graph.RolePool, "CumSum"
}
