// This file holds the comparison of gradients with central differences of the loss.

package trace

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/stheno-ml/stheno/graph"
)

// few is how many elements a gradient has of which all are compared, and some how many of a larger one.
const few, some = 16, 4

// tolerance is how much a gradient may differ from central differences, relative to 1 or to the gradient, whichever is
// larger.
const tolerance = 1e-5

// widths are the steps of the differences, relative to 1 or to the element, whichever is larger. A smaller one is
// tried where the gradient differs: within the larger one there may be a kink, or the loss may bend too much.
var widths = []float64{1e-5, 1e-6, 1e-7}

// target is a gradient that is compared.
type target struct {
	grad, node, loss int
	class            int // parameters first, then inputs, then what is between
	at               []int
	cone             []int // the instructions between the node and the loss
	cost             int64 // of one element
	done             int   // elements
}

// check compares gradients with central differences,
//
//	∂L/∂x ≈ (L(x + h) - L(x - h)) / 2h
//
// element by element. L(x + h) comes from the instructions between the node and the loss, done again by their ops on
// memory of their own. What no gradient goes back through, a stop, stays as it was; random ops give the same numbers.
func (r *Recorder) check(values []graph.Tensor) ([]Check, error) {
	if r.opt.Checks == NoChecks || r.run.Float != graph.Float64.String() {
		return nil, nil
	}
	again := &replay{r: r, values: values, spare: make([]graph.Tensor, len(values)), scratch: map[int][]graph.Tensor{},
		moved: make([]bool, len(values))}
	targets := r.targets(values)
	byGrad := map[int]*Check{}
	work := r.opt.Work
	for more := true; more; {
		more = false
		for i := range targets {
			t := &targets[i]
			if t.done == len(t.at) || work < t.cost && (t.done > 0 || work < 0) {
				continue
			}
			work -= t.cost
			if byGrad[t.grad] == nil {
				byGrad[t.grad] = &Check{Grad: t.grad, OK: true}
			}
			if err := again.compare(t, t.at[t.done], byGrad[t.grad]); err != nil {
				return nil, err
			}
			t.done++
			more = true
		}
	}
	var all []Check
	for _, c := range byGrad {
		c.sort()
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b Check) int { return cmp.Compare(a.Grad, b.Grad) })
	return all, nil
}

// targets are the gradients that are known, those of parameters first.
func (r *Recorder) targets(values []graph.Tensor) []target {
	var all []target
	seen := map[int]bool{}
	for _, p := range r.passes {
		loss := values[p.loss]
		if !has(loss) || !finite(loss) {
			continue
		}
		for _, n := range p.order {
			t := target{grad: p.total[n], node: n, loss: p.loss, class: r.class(n)}
			if n == p.loss || seen[t.grad] || !has(values[t.grad]) || !has(values[n]) || !finite(values[t.grad]) {
				continue
			}
			seen[t.grad] = true
			t.at = r.places(n, values[t.grad])
			t.cone, t.cost = r.cone(n, p.loss)
			all = append(all, t)
		}
	}
	slices.SortStableFunc(all, func(a, b target) int { return cmp.Compare(a.class, b.class) })
	return all
}

func (r *Recorder) class(n int) int {
	switch r.run.Nodes[n].Kind {
	case graph.KindParam.String():
		return 0
	case graph.KindOp.String():
		return 2
	}
	return 1
}

// places are the elements of a gradient that are compared: of a large one the largest, and others drawn by the number
// of the node.
func (r *Recorder) places(n int, grad graph.Tensor) []int {
	size, most := grad.Shape.Size(), r.opt.Checks
	if most == 0 && size > few {
		most = some
	}
	var at []int
	if most == 0 || size <= most {
		for i := range size {
			at = append(at, i)
		}
		return at
	}
	largest := 0
	for i := range size {
		if math.Abs(grad.At(i)) > math.Abs(grad.At(largest)) {
			largest = i
		}
	}
	at = append(at, largest)
	for draw := rand.New(rand.NewPCG(uint64(n), 0)); len(at) < most; {
		if i := draw.IntN(size); !slices.Contains(at, i) {
			at = append(at, i)
		}
	}
	return at
}

// cone lists the instructions between a node and the loss, and what one element costs.
func (r *Recorder) cone(n, loss int) (cone []int, cost int64) {
	moved := map[int]bool{n: true}
	for i, e := range r.tape {
		for k, in := range e.in {
			if !moved[in] || e.stopped[k] {
				continue
			}
			for _, out := range e.out {
				if out != n && r.typeOf(out).DType.IsFloat() {
					moved[out] = true
				}
			}
			cone = append(cone, i)
			break
		}
		if slices.Contains(e.out, loss) {
			break
		}
	}
	needed := map[int]bool{loss: true}
	var kept []int
	for _, i := range slices.Backward(cone) {
		e := r.tape[i]
		if slices.ContainsFunc(e.out, func(o int) bool { return needed[o] }) {
			for _, in := range e.in {
				needed[in] = true
			}
			kept = append(kept, i)
			cost += 2 * e.cost
		}
	}
	slices.Reverse(kept)
	return kept, cost
}

// replay does instructions again.
type replay struct {
	r       *Recorder
	values  []graph.Tensor         // of the run
	spare   []graph.Tensor         // by node, of its own
	scratch map[int][]graph.Tensor // by instruction
	moved   []bool                 // the value is the spare one
}

// loss computes the loss where an element of a node is v.
func (p *replay) loss(t *target, at int, v float64) (float64, error) {
	defer clear(p.moved)
	x := p.memory(t.node)
	x.CopyFrom(p.values[t.node])
	x.F64[at] = v
	p.moved[t.node] = true
	for _, i := range t.cone {
		if err := p.evaluate(i); err != nil {
			return 0, err
		}
	}
	if !p.moved[t.loss] {
		return p.values[t.loss].At(0), nil
	}
	return p.spare[t.loss].At(0), nil
}

func (p *replay) evaluate(i int) (err error) {
	e := p.r.tape[i]
	defer func() {
		if said := recover(); said != nil { // an op of a user
			err = fmt.Errorf("instruction %d, done again, panics: %v", i, said)
		}
	}()
	in := make([]graph.Tensor, len(e.in))
	for k, n := range e.in {
		if in[k] = p.values[n]; p.moved[n] && !e.stopped[k] {
			in[k] = p.spare[n]
		}
	}
	var dst []graph.Tensor
	for _, n := range e.out {
		dst = append(dst, p.memory(n))
	}
	if p.scratch[i] == nil {
		for _, t := range e.scratch {
			p.scratch[i] = append(p.scratch[i], graph.NewTensor(t))
		}
	}
	if err := e.op.Eval(append(dst, p.scratch[i]...), in); err != nil {
		return fmt.Errorf("instruction %d, done again: %w", i, err)
	}
	for k, n := range e.out {
		p.moved[n] = dst[k].DType.IsFloat()
	}
	return nil
}

func (p *replay) memory(n int) graph.Tensor {
	if !has(p.spare[n]) {
		p.spare[n] = graph.NewTensor(p.r.typeOf(n))
	}
	return p.spare[n]
}

// compare adds one element to a check.
func (p *replay) compare(t *target, at int, c *Check) error {
	symbolic, x, middle := p.values[t.grad].At(at), p.values[t.node].At(at), p.values[t.loss].At(0)
	best, numeric, kink := math.Inf(1), 0., false
	for _, width := range widths {
		up, down := x+width*max(1, math.Abs(x)), x-width*max(1, math.Abs(x))
		above, err := p.loss(t, at, up)
		if err != nil {
			return err
		}
		below, err := p.loss(t, at, down)
		if err != nil {
			return err
		}
		d := (above - below) / (up - down)
		if off := math.Abs(d-symbolic) / max(1, math.Abs(d), math.Abs(symbolic)); off < best {
			best, numeric = off, d
		}
		if best <= tolerance/10 {
			break
		}
		right, left := (above-middle)/(up-x), (middle-below)/(x-down)
		kink = math.Abs(d-symbolic) <= .501*math.Abs(right-left) // the gradient lies between them
	}
	switch {
	case best <= tolerance/10:
	case kink || math.IsInf(best, 1):
		c.Why = "kink"
		return nil
	case best > tolerance:
		c.OK = false
	}
	c.At, c.Error = append(c.At, at), max(c.Error, best)
	c.Symbolic, c.Numeric = append(c.Symbolic, symbolic), append(c.Numeric, numeric)
	return nil
}

// sort puts the elements in their order.
func (c *Check) sort() {
	order := make([]int, len(c.At))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(c.At[a], c.At[b]) })
	sorted := Check{Grad: c.Grad, Error: c.Error, OK: c.OK, Why: c.Why, At: []int{}, Symbolic: []float64{},
		Numeric: []float64{}}
	for _, i := range order {
		sorted.At = append(sorted.At, c.At[i])
		sorted.Symbolic, sorted.Numeric = append(sorted.Symbolic, c.Symbolic[i]), append(sorted.Numeric, c.Numeric[i])
	}
	*c = sorted
}

func finite(t graph.Tensor) bool {
	for i := range t.Shape.Size() {
		if v := t.At(i); v-v != 0 {
			return false
		}
	}
	return true
}
