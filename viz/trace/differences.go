// This file holds the comparison of gradients with central differences of the loss.

package trace

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
)

// few is how many elements a gradient has of which all are compared, and some how many of a larger one.
const few, some = 16, 4

// tolerance is how much a gradient may differ from central differences, relative to the larger of the two.
const tolerance = 1e-5

// A difference of the loss over a step h is off by about rounding·|L|/h. A gradient that is not distinct times as much
// is not told apart from 0: it is too small to measure.
const rounding, distinct = 0x1p-50, 100

// usualWidth is the step that is tried first, relative to the element, or to 1 if that is more. Smaller ones are for
// losses that bend or have a kink nearby, larger ones for gradients that are small beside the loss, and narrow ones,
// relative to the element alone, for small elements.
const usualWidth = 1e-5

var smaller, larger, narrow = []float64{1e-6, 1e-7, 1e-8, 1e-9, 1e-10}, []float64{1e-4, 1e-3, 1e-2},
	[]float64{1e-3, 1e-4, 1e-5, 1e-6}

// What an element's comparison says where there is no number.
const (
	kinked = "kink"
	faint  = "too small"
)

// target is a gradient that is compared.
type target struct {
	grad, node, loss int
	class            int // parameters first, then inputs, then what is between
	at               []int
	noise            float64 // what rounding on the way back may leave in the place of 0
	cone             []int   // the instructions between the node and the loss
	cost             int64   // of one element
	done             int     // elements
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
			replayed, err := again.compare(t, t.at[t.done], byGrad[t.grad])
			if err != nil {
				return nil, err
			}
			work -= (replayed - 1) * t.cost
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
		noise := distinct * rounding * p.largest(values)
		for _, n := range p.order {
			t := target{grad: p.total[n], node: n, loss: p.loss, class: r.class(n), noise: noise}
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

// largest is the largest number among the gradients of a pass.
func (p pass) largest(values []graph.Tensor) (most float64) {
	for _, n := range p.order {
		if g := values[p.total[n]]; has(g) && finite(g) {
			for i := range g.Shape.Size() {
				most = max(most, math.Abs(g.At(i)))
			}
		}
	}
	return most
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

// loss computes the loss where the elements of a node are moved.
func (p *replay) loss(t *target, move func(x []float64)) (float64, error) {
	defer clear(p.moved)
	x := p.memory(t.node)
	x.CopyFrom(p.values[t.node])
	move(x.F64)
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

// difference is what the loss does over a step.
type difference struct {
	h       float64
	d       float64 // (L(x+h) - L(x-h)) / 2h
	jump    float64 // how much the slopes to both sides differ
	off     float64 // from the gradient
	largest float64 // of d and the gradient
	bound   float64 // what rounding does to d
}

// measured reports a derivative that rounding does not hide.
func (d difference) measured() bool { return d.largest >= distinct*d.bound }

// agrees reports a gradient that is d, as far as that can be told.
func (d difference) agrees() bool {
	return d.off <= max(tolerance*d.largest, d.bound) && (d.measured() || d.largest == 0)
}

// apart is how far the gradient is off, relative to it, and error how far beyond what rounding explains.
func (d difference) apart() float64 { return relative(d.off, d.largest) }
func (d difference) error() float64 { return relative(max(0, d.off-d.bound), d.largest) }

func relative(off, largest float64) float64 {
	if largest == 0 {
		return 0
	}
	return off / largest
}

// comparison is an element whose gradient is compared.
type comparison struct {
	p        *replay
	t        *target
	at       int
	along    []float64 // the direction in which all elements move; nil for the element alone
	x, g     float64
	all      []difference
	best     int // of all, the one that agrees best, -1 for none
	replayed int64
}

// step adds the difference over a step. It is left out where the loss is not finite, or the step does not move the
// element.
func (c *comparison) step(h float64) (difference, error) {
	up, down, middle := c.x+h, c.x-h, c.p.values[c.t.loss].At(0)
	c.replayed++
	above, err := c.p.loss(c.t, c.to(up))
	if err != nil {
		return difference{}, err
	}
	below, err := c.p.loss(c.t, c.to(down))
	if err != nil {
		return difference{}, err
	}
	d := difference{h: h, d: (above - below) / (up - down)}
	d.jump = math.Abs((above-middle)/(up-c.x) - (middle-below)/(c.x-down))
	d.off, d.largest = math.Abs(d.d-c.g), max(math.Abs(d.d), math.Abs(c.g))
	d.bound = rounding * max(c.p.size(c.t.loss), math.Abs(above), math.Abs(below)) / h
	if !(up > c.x && c.x > down) || math.IsNaN(d.jump) || math.IsInf(d.jump, 0) || math.IsInf(d.d, 0) {
		return difference{off: math.Inf(1)}, nil
	}
	if d.agrees() && (c.best < 0 || d.apart() < c.all[c.best].apart()) {
		c.best = len(c.all)
	}
	c.all = append(c.all, d)
	return d, nil
}

// to moves the element to v, or all elements by v in their direction.
func (c *comparison) to(v float64) func(x []float64) {
	return func(x []float64) {
		if c.along == nil {
			x[c.at] = v
		}
		for i, a := range c.along {
			x[i] += v * a
		}
	}
}

// done reports a gradient that agrees so well that no other step is asked.
func (c *comparison) done() bool { return c.best >= 0 && c.all[c.best].apart() <= tolerance/10 }

// tries makes differences until one agrees well. Smaller steps are of use only where the usual one disagrees by more
// than rounding explains, and as long as rounding does not hide what they show.
func (c *comparison) tries() error {
	scale := max(1, math.Abs(c.x))
	usual, err := c.step(usualWidth * scale)
	if err != nil {
		return err
	}
	var hs []float64
	if usual.off > max(usual.bound, tolerance/10*usual.largest) {
		for _, w := range smaller {
			hs = append(hs, w*scale)
		}
		if x := math.Abs(c.x); x > 0 && x < narrow[0] {
			for _, w := range narrow {
				hs = append(hs, w*x)
			}
		}
	}
	for _, w := range larger {
		hs = append(hs, w*scale)
	}
	for _, h := range hs {
		if c.done() {
			return nil
		}
		if _, err := c.step(h); err != nil {
			return err
		}
	}
	slices.SortFunc(c.all, func(a, b difference) int { return cmp.Compare(a.h, b.h) })
	c.best = -1
	for i, d := range c.all {
		if d.agrees() && (c.best < 0 || d.apart() < c.all[c.best].apart()) {
			c.best = i
		}
	}
	return nil
}

// wider is the next step that is at least four times step i, -1 if there is none.
func (c *comparison) wider(i int) int {
	for k := i + 1; k < len(c.all); k++ {
		if c.all[k].h >= 4*c.all[i].h {
			return k
		}
	}
	return -1
}

// kink reports that the slopes to both sides stay apart however small the step is: those of a smooth loss come nearer
// to each other as it does. The smallest step that shows a jump counts, unless a smaller one would show it and does
// not.
func (c *comparison) kink() bool {
	if len(c.all) == 0 {
		return true // beside x the loss is not finite
	}
	for i, d := range c.all {
		if d.jump < distinct/5*d.bound || d.jump == 0 {
			continue
		}
		for _, s := range c.all[:i] {
			if 2*distinct/5*s.bound < d.jump {
				return false
			}
		}
		k := c.wider(i)
		return k >= 0 && d.jump >= c.all[k].jump/2
	}
	return false
}

// wrong reports that two steps show another derivative, each by more than what rounding, of the loss or on the way
// back, explains and what a wider step would change. Where gradients cancel, such as that of a mean of what sums to 1,
// next to nothing is left in the place of 0, which no rule can help.
func (c *comparison) wrong() bool {
	n := 0
	for i, d := range c.all {
		k := c.wider(i)
		if k < 0 || !d.measured() {
			continue
		}
		if d.off > max(tolerance*d.largest, d.bound, c.t.noise)+3*math.Abs(d.d-c.all[k].d) {
			n++
		}
	}
	return n >= 2
}

// tied reports that other elements have part in a kink: where numbers to be sorted are equal, the loss may have the
// same slope to both sides of each element alone, and yet no gradient. Of a smooth loss, slopes in two directions add
// up to that in their sum.
func (c *comparison) tied() (bool, error) {
	one := make([]float64, c.p.values[c.t.node].Shape.Size())
	one[c.at] = 1
	draw := rand.New(rand.NewPCG(uint64(c.t.node), 2))
	for range 4 {
		other, both := make([]float64, len(one)), make([]float64, len(one))
		for i := range other {
			other[i] = draw.NormFloat64() / 2
			both[i] = one[i] + other[i]
		}
		if bent, err := c.bent(both, one, other); bent || err != nil {
			return bent, err
		}
	}
	return false, nil
}

// bent reports that the slope in the first direction stays another than those in the others together, however small
// the step is.
func (c *comparison) bent(directions ...[]float64) (bool, error) {
	defects := comparison{p: c.p, t: c.t, best: -1}
	for _, h := range []float64{1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4} {
		d, finite := difference{h: h}, true
		for i, along := range directions {
			e := comparison{p: c.p, t: c.t, along: along, g: math.NaN(), best: -1}
			slope, err := e.step(h)
			if err != nil {
				return false, err
			}
			if i > 0 {
				slope.d = -slope.d
			}
			d.jump, d.bound, finite = d.jump+slope.d, d.bound+slope.bound, finite && len(e.all) > 0
			c.replayed++
		}
		if d.jump = math.Abs(d.jump); finite {
			defects.all = append(defects.all, d)
		}
	}
	return len(defects.all) > 0 && defects.kink(), nil
}

// size is the largest number that makes the loss: rounding is relative to that.
func (p *replay) size(loss int) float64 {
	size := math.Abs(p.values[loss].At(0))
	for _, n := range p.r.run.Nodes[loss].Operands {
		if v := p.values[n]; has(v) && v.DType.IsFloat() && finite(v) {
			for i := range v.Shape.Size() {
				size = max(size, math.Abs(v.At(i)))
			}
		}
	}
	return size
}

// compare adds one element to a check, and returns how often it did the instructions again.
func (p *replay) compare(t *target, at int, c *Check) (int64, error) {
	e := comparison{p: p, t: t, at: at, x: p.values[t.node].At(at), g: p.values[t.grad].At(at), best: -1}
	if err := e.tries(); err != nil {
		return 0, err
	}
	switch {
	case e.best >= 0:
		c.add(at, e.g, e.all[e.best])
	case e.kink():
		c.leaveOut(kinked)
	case e.wrong():
		tied, err := e.tied()
		switch {
		case err != nil:
			return 0, err
		case tied:
			c.leaveOut(kinked)
			return e.replayed, nil
		}
		c.OK = false
		c.add(at, e.g, slices.MinFunc(e.all, func(a, b difference) int { return cmp.Compare(a.off, b.off) }))
	default:
		c.leaveOut(faint)
	}
	return e.replayed, nil
}

func (c *Check) add(at int, g float64, d difference) {
	c.At, c.Error = append(c.At, at), max(c.Error, d.error())
	c.Symbolic, c.Numeric = append(c.Symbolic, g), append(c.Numeric, d.d)
}

// leaveOut says why an element is not compared.
func (c *Check) leaveOut(why string) {
	switch {
	case c.Why == "":
		c.Why = why
	case !strings.Contains(c.Why, why):
		c.Why = kinked + ", " + faint
	}
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
