// This file holds the patterns of layer normalisation.

package ops

import (
	"math/bits"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kernel/vector"
)

// layerNormPattern is, with means over the last axes and d = x - mean x,
//
//	d/√(mean d² + eps)
//
// or d times 1/√. With eps added to the deviation, or with the unbiased variance, the formula is another function.
func layerNormPattern(t graph.Term) (op graph.Op, in []graph.Term, ok bool) {
	d, sum, ok := overRoot(t)
	if !ok || d.Op() != (binary{vector.Sub}) {
		return nil, nil, false
	}
	plus, ok := sum.Op().(unary)
	if !ok || plus.f != vector.AddScalar {
		return nil, nil, false
	}
	x, mean := d.Operands()[0], d.Operands()[1]
	of, axes, ok := averaged(mean)
	if !ok || of != x || !keeps(mean, x, axes) {
		return nil, nil, false
	}
	variance := sum.Operands()[0]
	square, over, ok := averaged(variance)
	if !ok || over != axes || !keeps(sum, x, axes) || !squares(square, d) {
		return nil, nil, false
	}
	n := bits.OnesCount8(uint8(axes))
	return rowNorm{axes: n, eps: plus.p}, []graph.Term{x}, axes == (1<<n-1)<<(len(x.Type().Shape)-n)
}

// affinePattern is a layer normalisation without w times w, or one without b plus b.
func affinePattern(t graph.Term) (op graph.Op, in []graph.Term, ok bool) {
	f, ok := t.Op().(binary)
	if !ok || f.f != vector.Mul && f.f != vector.Add {
		return nil, nil, false
	}
	for k, y := range t.Operands() {
		o, ok := y.Op().(rowNorm)
		if !ok || o.groups > 0 || o.b || o.w && f.f == vector.Mul {
			continue
		}
		o.w, o.b = o.w || f.f == vector.Mul, f.f == vector.Add
		return o, append(y.Operands(), t.Operands()[1-k]), true
	}
	return nil, nil, false
}

// overRoot is t as d/√v or d·(1/√v).
func overRoot(t graph.Term) (d, v graph.Term, ok bool) {
	o, ok := t.Op().(binary)
	if !ok || o.f != vector.Div && o.f != vector.Mul {
		return d, v, false
	}
	d, root := t.Operands()[0], t.Operands()[1]
	if o.f == vector.Div {
		v, ok = argument(root, unary{f: vector.Sqrt})
		return d, v, ok
	}
	if v, ok = argument(d, unary{f: vector.Rsqrt}); ok {
		return root, v, true
	}
	v, ok = argument(root, unary{f: vector.Rsqrt})
	return d, v, ok
}

// averaged is t as the mean of x over axes.
func averaged(t graph.Term) (x graph.Term, axes axisSet, ok bool) {
	x, axes, by, ok := summed(t)
	if !ok {
		return x, 0, false
	}
	n := x.Type().Shape.Size() / reduce{axes: axes}.shape(x.Type().Shape, false).Size()
	return x, axes, isNumber(by*float64(n), 1)
}

// squares reports whether t is x².
func squares(t, x graph.Term) bool {
	if of, ok := argument(t, unary{f: vector.Square}); ok {
		return of == x
	}
	return t.Op() == (binary{vector.Mul}) && t.Operands()[0] == x && t.Operands()[1] == x
}
