// This file holds what a teacher would point at: units that are dead, gradients that vanish or explode, parameters
// that do not change, numbers that are not finite.

package trace

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
)

// The kinds of alarms.
const (
	Dead      = "dead"       // a unit of a ReLU that is 0 for all of the batch
	Vanishing = "vanishing"  // the gradient of a parameter is next to nothing beside it
	Exploding = "exploding"  // and this one far more than it
	Unchanged = "unchanged"  // a parameter that is what it was before
	NotFinite = "not finite" // NaN or an infinity that was made of finite numbers
)

// vanishes and explodes bound the norm of a gradient, relative to that of its parameter.
const vanishes, explodes = 1e-7, 1e3

// enough is how many numbers of a unit, of all examples and places, must be 0 for it to be called dead.
const enough = 16

// alarms are those of a state.
func (r *Recorder) alarms(values []graph.Tensor) (all []Alarm) {
	for i := range r.run.Nodes {
		for _, alarm := range []func(int, []graph.Tensor) (string, Text){r.notFinite, r.dead, r.unchanged} {
			if kind, text := alarm(i, values); kind != "" {
				all = append(all, Alarm{kind, i, text})
			}
		}
	}
	for _, p := range r.passes {
		for _, n := range p.order {
			if kind, text := r.strength(n, p.total[n], values); kind != "" {
				all = append(all, Alarm{kind, p.total[n], text})
			}
		}
	}
	return all
}

// notFinite finds where such numbers arise.
func (r *Recorder) notFinite(i int, values []graph.Tensor) (string, Text) {
	n, v := r.run.Nodes[i], values[i]
	if n.Kind == graph.KindConst.String() || !has(v) || finite(v) {
		return "", Text{}
	}
	for _, in := range n.Operands {
		if has(values[in]) && !finite(values[in]) {
			return "", Text{}
		}
	}
	s, _ := statistics(v)
	name := r.called(i)
	return NotFinite, Text{
		fmt.Sprintf("%s has %d NaN and %d infinite elements of %d.", name, s.NaN, s.Inf, v.Shape.Size()),
		fmt.Sprintf("%s 的 %d 个元素中有 %d 个 NaN、%d 个无穷大。", name, v.Shape.Size(), s.NaN, s.Inf),
	}
}

// dead finds units of a ReLU that pass nothing on, for no example of the batch.
func (r *Recorder) dead(i int, values []graph.Tensor) (string, Text) {
	n, v := r.run.Nodes[i], values[i]
	if n.Op != "relu" || n.Phase != graph.Forward.String() || len(n.Shape) == 0 || !has(v) {
		return "", Text{}
	}
	axis := len(n.Shape) - 1
	if len(n.Shape) > 3 || len(n.Shape) == 3 && r.isMap(i) {
		axis = 1
	}
	units := n.Shape[axis]
	inner := graph.Shape(n.Shape[axis+1:]).Size()
	active := make([]bool, units)
	for k := range v.Shape.Size() {
		if !(v.At(k) <= 0) {
			active[k/inner%units] = true
		}
	}
	var dead []string
	for u, a := range active {
		if !a {
			dead = append(dead, fmt.Sprint(u))
		}
	}
	if len(dead) == 0 || v.Shape.Size()/units < enough {
		return "", Text{}
	}
	count, list := len(dead), shortened(dead)
	return Dead, Text{
		fmt.Sprintf("Dead units of %s: %d of %d (%s). They give 0 for all of this batch, and pass no gradient back.",
			r.called(i), count, units, list),
		fmt.Sprintf("%s 的 %d 个单元中有 %d 个对这一批样本的输出全为 0，不再传回梯度（死亡单元：%s）。",
			r.called(i), units, count, list),
	}
}

// isMap reports whether a value of three axes is (N, C, L), as a convolution makes it, rather than (N, T, D).
func (r *Recorder) isMap(i int) bool {
	for n := r.run.Nodes[i]; len(n.Operands) > 0; n = r.run.Nodes[n.Operands[0]] {
		if n.Role == string(graph.RoleLinear) {
			return strings.HasPrefix(n.Op, "conv")
		}
	}
	return false
}

// shortened lists the first few.
func shortened(list []string) string {
	const most = 8
	if len(list) > most {
		return strings.Join(list[:most], ", ") + ", …"
	}
	return strings.Join(list, ", ")
}

// unchanged finds parameters whose update changes nothing, and frozen ones.
func (r *Recorder) unchanged(i int, values []graph.Tensor) (string, Text) {
	n := r.run.Nodes[i]
	switch {
	case n.Frozen && r.learns() && r.leaves[i].Param() != nil && !r.leaves[i].Param().Trainable():
		return Unchanged, Text{
			fmt.Sprintf("%s is frozen: no update changes it.", r.called(i)),
			fmt.Sprintf("%s 已冻结：更新不会改变它。", r.called(i)),
		}
	case n.Assigns < 0 || r.run.Nodes[n.Assigns].Kind != graph.KindParam.String() || !has(values[i]):
	case slices.Equal(raw(values[i]), raw(values[n.Assigns])):
		return Unchanged, Text{
			fmt.Sprintf("%s is the same after its update as before, to the bit.", r.called(n.Assigns)),
			fmt.Sprintf("%s 更新前后逐位相同。", r.called(n.Assigns)),
		}
	}
	return "", Text{}
}

// learns reports whether the program updates any parameter. One that does not, such as that of an evaluation, leaves
// all as it is, which is nothing to point at.
func (r *Recorder) learns() bool {
	return slices.ContainsFunc(r.run.Nodes, func(n Node) bool {
		return n.Assigns >= 0 && r.run.Nodes[n.Assigns].Kind == graph.KindParam.String()
	})
}

// strength compares the gradient of a parameter with it.
func (r *Recorder) strength(n, grad int, values []graph.Tensor) (string, Text) {
	w, g := values[n], values[grad]
	if r.run.Nodes[n].Kind != graph.KindParam.String() || !has(w) || !has(g) {
		return "", Text{}
	}
	a, b := norm(g), norm(w)
	what := Text{
		fmt.Sprintf("The gradient of %s has the norm %.3g, the parameter %.3g.", r.called(n), a, b),
		fmt.Sprintf("%s 的梯度的范数为 %.3g，参数的范数为 %.3g。", r.called(n), a, b),
	}
	switch {
	case !(b > 0) || math.IsInf(b, 0) || !(a >= 0) || math.IsInf(a, 0):
		return "", Text{}
	case a < vanishes*b:
		return Vanishing, what
	case a > explodes*b:
		return Exploding, what
	}
	return "", Text{}
}

// norm is the root of the sum of squares, computed so that no square overflows.
func norm(t graph.Tensor) (n float64) {
	for i := range t.Shape.Size() {
		n = math.Hypot(n, t.At(i))
	}
	return n
}

// called is how a text names a node.
func (r *Recorder) called(i int) string {
	n := r.run.Nodes[i]
	name := n.Name
	if n.Op != "" {
		if name = n.Label; name == "" {
			name = n.Op
		}
		if n.Scope != "" {
			name = n.Scope + " " + name
		}
	}
	return name
}
