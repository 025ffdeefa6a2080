// This file holds Element, which says of what elements of the operands an element of the result is made.

package formula

import "slices"

// Kind is how an element of a result is made of elements of operands.
type Kind string

const (
	Elementwise   Kind = "elementwise"   // of those at the same place, broadcast as NumPy does
	Product       Kind = "product"       // of a row and a column
	Convolution   Kind = "convolution"   // of a window, and a kernel that is moved over it
	Window        Kind = "window"        // of a window
	Reduction     Kind = "reduction"     // of all along some axes
	Rearrangement Kind = "rearrangement" // of one at another place
	Lookup        Kind = "lookup"        // of those at places that another operand gives
	Along         Kind = "along"         // of all along an axis, each in its own way
	Recurrence    Kind = "recurrence"    // of all that comes before it in time
	Whole         Kind = "whole"         // of all elements of all operands
	Source        Kind = "source"        // of none: constants and random numbers
)

// Fold is how the terms are joined.
type Fold string

const (
	One  Fold = ""     // there is one term
	Sum  Fold = "sum"  // with weights, where terms have one
	Mean Fold = "mean" // the sum with weights 1/n
	Max  Fold = "max"
	Min  Fold = "min"
)

// Count says what n counts, which stands in formulas.
type Count string

const (
	Elements Count = "elements" // those of operand 0
	Axes     Count = "axes"     // those of operand 0 along the axes of the Element
	Rows     Count = "rows"     // those of operand 0, but for its last axis
	Batch    Count = "batch"    // the first axis of operand 0
)

// N is that number for an operand 0 of a shape, 0 if there is none.
func (e Element) N(shape []int) int {
	if e.Count == "" {
		return 0
	}
	n := 1
	for k, d := range shape {
		counts := false
		switch e.Count {
		case Elements:
			counts = true
		case Axes:
			counts = slices.Contains(e.Axes, k)
		case Rows:
			counts = k < len(shape)-1
		case Batch:
			counts = k == 0
		}
		if counts {
			n *= d
		}
	}
	return n
}

// Element says how an element of the first result is made of elements of the operands. Terms gives the terms of an
// element. Which fields count depends on the kind and its form:
//
//	elementwise                  the single term is Rule.Forward; with a fold the operands are added
//	elementwise   channel        operands of one axis are read at the second index
//	product                      TransA, TransB: y[…,i,j] = Σ a[…,i,k]·b[…,k,j]
//	product       linear         y[…,j] = Σ x[…,k]·w[j,k] + b[j]
//	convolution   forward        Geometry: y[n,k,i,j] = b[k] + Σ w[k,c,u,v]·x[n,c,i·stride-pad+u·dilation,…]
//	convolution   transposed     the same seen from x, Size the planes of the result
//	convolution   weights        the same seen from w, Size the kernel
//	window                       Geometry with Size
//	window        spread         the same backward: an element of the plane gets a share of each window that it is in
//	window        bins           bin i of n covers ⌊i·H/n⌋ to ⌈(i+1)·H/n⌉
//	window        spread bins    the same backward
//	reduction                    Axes, Keep
//	reduction     channel        all axes but the second
//	reduction     to             the axes along which the result was repeated
//	reduction     places         all places; a term is of all operands there
//	reduction     operands       all elements of all operands
//	rearrangement same           the same place in row order
//	rearrangement transpose      Axes: axis k of the result is axis Axes[k] of the operand
//	rearrangement repeat         the operand is broadcast
//	rearrangement channel        the place is the index of the second axis
//	rearrangement slice          Lo, Step
//	rearrangement pad            Lo, Step, Value where there is nothing
//	rearrangement flip           Axes
//	rearrangement concat         Axis
//	rearrangement split          Axis, Size of each result
//	lookup        take           Axis: y[…,j,…] = x[…,idx[j],…]
//	lookup        put            the same backward: those whose index is the place are added
//	lookup        take along     Axis: y[…,j,…] = x[…,idx[…,j,…],…]
//	lookup        put along      the same backward
//	lookup        take planes    the places in the planes are the indices
//	lookup        put planes     the same backward
//	along                        Axes; or as many as Last of the last axes; or one of Group groups of channels
//	along         prefix         Axis: Σ of all up to the place, or from it on with Reverse
type Element struct {
	Kind Kind    `json:"kind"`
	Form string  `json:"form,omitempty"`
	Fold Fold    `json:"fold,omitempty"`
	Term Formula `json:"term"` // one term; empty for the product of the operands that it reads
	// Count is what n counts, where it stands in the formulas.
	Count Count `json:"count,omitempty"`

	Axis     int       `json:"axis,omitempty"`
	Axes     []int     `json:"axes,omitempty"`
	Lo       []int     `json:"lo,omitempty"`
	Step     []int     `json:"step,omitempty"`
	Size     []int     `json:"size,omitempty"`
	Value    float64   `json:"value,omitempty"`
	Keep     bool      `json:"keep,omitempty"`
	Reverse  bool      `json:"reverse,omitempty"`
	TransA   bool      `json:"transA,omitempty"`
	TransB   bool      `json:"transB,omitempty"`
	Last     int       `json:"last,omitempty"`
	Group    int       `json:"group,omitempty"`
	Geometry *Geometry `json:"geometry,omitempty"`

	term string // in plain text
}

// Geometry is how windows lie on a padded plane: height, then width. A window over one axis has height 1.
type Geometry struct {
	Axes       int    `json:"axes"`
	Size       [2]int `json:"size,omitempty"` // of the window, where the op gives it
	Stride     [2]int `json:"stride"`
	Dilation   [2]int `json:"dilation"`
	Pad        [4]int `json:"pad"` // top, left, bottom, right
	Groups     int    `json:"groups"`
	ExcludePad bool   `json:"excludePad,omitempty"`
}

// Term is one term of an element: of each operand the place in row order, or -1 where the term does not read it.
type Term struct {
	Places []int
	Weight float64 // 1, or what the term is multiplied by
}

// Shapes are those of the operands and results of an op.
type Shapes struct {
	In, Out [][]int
	// Index is the value of an element of an operand of integers, which a lookup needs.
	Index func(operand, place int) int
}

// Terms are the terms of the element at a place, in row order, of a result. It returns nil for kinds that have none:
// recurrence, whole and source, for windows of more than 4096 elements along an axis, and for shapes that do not fit.
func (e Element) Terms(s Shapes, result, place int) (terms []Term) {
	defer func() {
		if recover() != nil { // the shapes are not those of the op
			terms = nil
		}
	}()
	if result >= len(s.Out) || len(s.In) == 0 || place < 0 || place >= size(s.Out[result]) {
		return nil
	}
	at := coordinates(s.Out[result], place)
	switch e.Kind {
	case Elementwise:
		return []Term{e.elementwise(s, at)}
	case Product:
		return e.product(s, at)
	case Convolution:
		return e.convolution(s, at)
	case Window:
		return e.window(s, at)
	case Reduction:
		return e.reduction(s, at)
	case Rearrangement:
		return e.rearrangement(s, result, at)
	case Lookup:
		return e.lookup(s, at)
	case Along:
		return e.along(s, at)
	}
	return nil
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// coordinates are those of a place in row order.
func coordinates(shape []int, place int) []int {
	at := make([]int, len(shape))
	for k := len(shape) - 1; k >= 0; k-- {
		at[k] = place % shape[k]
		place /= shape[k]
	}
	return at
}

// placeOf is the place of coordinates in row order, -1 outside.
func placeOf(shape []int, at ...int) int {
	place := 0
	for k, d := range shape {
		if at[k] < 0 || at[k] >= d {
			return -1
		}
		place = place*d + at[k]
	}
	return place
}

// repeated is the place in a shape that is broadcast to that of the coordinates.
func repeated(shape, at []int) int {
	c := slices.Clone(at[len(at)-len(shape):])
	for k, d := range shape {
		if d == 1 {
			c[k] = 0
		}
	}
	return placeOf(shape, c...)
}

// none is a term that reads nothing.
func none(s Shapes) Term {
	t := Term{Places: make([]int, len(s.In)), Weight: 1}
	for i := range t.Places {
		t.Places[i] = -1
	}
	return t
}

// reading is a term that reads one operand.
func reading(s Shapes, operand, place int) Term {
	t := none(s)
	t.Places[operand] = place
	return t
}

// everywhere is a term that reads all operands at one place.
func everywhere(s Shapes, at []int) Term {
	t := none(s)
	for i, shape := range s.In {
		if len(shape) <= len(at) {
			t.Places[i] = repeated(shape, at)
		}
	}
	return t
}

// elementwise is the term of all operands. One of a single axis is read by channel in that form.
func (e Element) elementwise(s Shapes, at []int) Term {
	t := everywhere(s, at)
	if e.Form != "channel" {
		return t
	}
	for i, shape := range s.In {
		if len(shape) == 1 && len(at) > 1 {
			t.Places[i] = at[1]
		}
	}
	return t
}

func (e Element) product(s Shapes, at []int) []Term {
	a, b := s.In[0], s.In[1]
	if e.Form == "linear" {
		a = append([]int{1}, a...) // a row at least
		at = append([]int{0}, at...)
	}
	n := len(at)
	j := at[n-1]
	i := 0
	if n > 1 {
		i = at[n-2]
	}
	turned := func(t bool, x, y int) []int {
		if t {
			return []int{y, x}
		}
		return []int{x, y}
	}
	inner := a[len(a)-1]
	if e.TransA {
		inner = a[len(a)-2]
	}
	var terms []Term
	for k := range inner {
		t := none(s)
		t.Places[0] = repeated(a, append(slices.Clone(at[:n-2]), turned(e.TransA, i, k)...))
		t.Places[1] = repeated(b, append(slices.Clone(at[:n-2]), turned(e.TransB, k, j)...))
		terms = append(terms, t)
	}
	if len(s.In) > 2 {
		terms = append(terms, reading(s, 2, j))
	}
	return terms
}

// plane are the height and the width of a shape (N, C, …).
func (g *Geometry) plane(shape []int) [2]int {
	if g.Axes == 1 {
		return [2]int{1, shape[2]}
	}
	return [2]int{shape[2], shape[3]}
}

// place is the place of (n, c, i, j).
func (g *Geometry) place(shape []int, n, c, i, j int) int {
	if g.Axes == 1 {
		return placeOf(shape, n, c, j)
	}
	return placeOf(shape, n, c, i, j)
}

// source is the coordinate that tap u of window i reads along an axis.
func (g *Geometry) source(axis, i, u int) int {
	return i*g.Stride[axis] - g.Pad[axis] + u*g.Dilation[axis]
}

func (e Element) convolution(s Shapes, at []int) []Term {
	g := e.Geometry
	switch e.Form {
	case "transposed":
		return e.transposed(s, at)
	case "weights":
		return e.weights(s, at)
	}
	x, w := s.In[0], s.In[1]
	n, k, row, column := at[0], at[1], 0, at[len(at)-1]
	if g.Axes == 2 {
		row = at[2]
	}
	kernel := g.plane(w)
	first := k / (w[0] / g.Groups) * w[1] // channel of the group
	var terms []Term
	for c := range w[1] {
		for u := range kernel[0] {
			for v := range kernel[1] {
				t := none(s)
				t.Places[0] = g.place(x, n, first+c, g.source(0, row, u), g.source(1, column, v))
				t.Places[1] = g.place(w, k, c, u, v)
				if t.Places[0] >= 0 { // else it reads the padding, which is 0
					terms = append(terms, t)
				}
			}
		}
	}
	return withBias(terms, s, k)
}

func withBias(terms []Term, s Shapes, channel int) []Term {
	if len(s.In) > 2 {
		return append(terms, reading(s, 2, channel))
	}
	return terms
}

// transposed: each element of the operand adds a copy of the kernel to the result.
func (e Element) transposed(s Shapes, at []int) []Term {
	g := e.Geometry
	x, w := s.In[0], s.In[1] // (N, C, …), (C, K/Groups, …)
	n, k, row, column := at[0], at[1], 0, at[len(at)-1]
	if g.Axes == 2 {
		row = at[2]
	}
	plane, kernel := g.plane(x), g.plane(w)
	group := k / w[1]
	channels := w[0] / g.Groups
	var terms []Term
	for c := group * channels; c < (group+1)*channels; c++ {
		for u := range kernel[0] {
			for v := range kernel[1] {
				i, okI := g.window(0, row, u, plane[0])
				j, okJ := g.window(1, column, v, plane[1])
				if !okI || !okJ {
					continue
				}
				t := none(s)
				t.Places[0] = g.place(x, n, c, i, j)
				t.Places[1] = g.place(w, c, k%w[1], u, v)
				terms = append(terms, t)
			}
		}
	}
	return withBias(terms, s, k)
}

// window is the window whose tap u reads a coordinate along an axis, of n windows.
func (g *Geometry) window(axis, coordinate, u, n int) (i int, ok bool) {
	from := coordinate + g.Pad[axis] - u*g.Dilation[axis]
	return from / g.Stride[axis], from >= 0 && from%g.Stride[axis] == 0 && from/g.Stride[axis] < n
}

// weights: a tap of the kernel meets the same places of all windows.
func (e Element) weights(s Shapes, at []int) []Term {
	g := e.Geometry
	x, y := s.In[0], s.In[1]
	k, c, u, v := at[0], at[1], 0, at[len(at)-1]
	if g.Axes == 2 {
		u = at[2]
	}
	group := k / (y[1] / g.Groups)
	plane := g.plane(y)
	var terms []Term
	for n := range x[0] {
		for i := range plane[0] {
			for j := range plane[1] {
				t := none(s)
				t.Places[0] = g.place(x, n, group*(x[1]/g.Groups)+c, g.source(0, i, u), g.source(1, j, v))
				t.Places[1] = g.place(y, n, k, i, j)
				if t.Places[0] >= 0 {
					terms = append(terms, t)
				}
			}
		}
	}
	return terms
}

// maxWindow is the largest window, by axis, of which the terms are listed.
const maxWindow = 1 << 12

// window lists what is in a window, or the windows that an element is in.
func (e Element) window(s Shapes, at []int) []Term {
	if e.Form == "bins" || e.Form == "spread bins" {
		return e.bins(s, at)
	}
	g, x := e.Geometry, s.In[0]
	n, c, row, column := at[0], at[1], 0, at[len(at)-1]
	if g.Axes == 2 {
		row = at[2]
	}
	plane := g.plane(x)
	if g.Size[0] > maxWindow || g.Size[1] > maxWindow {
		return nil
	}
	var terms []Term
	for u := range g.Size[0] {
		for v := range g.Size[1] {
			if e.Form != "spread" {
				if at := g.place(x, n, c, g.source(0, row, u), g.source(1, column, v)); at >= 0 {
					terms = append(terms, reading(s, 0, at))
				}
				continue
			}
			i, okI := g.window(0, row, u, plane[0])
			j, okJ := g.window(1, column, v, plane[1])
			if okI && okJ {
				t := reading(s, 0, g.place(x, n, c, i, j))
				t.Weight = 1 / float64(g.count(i, j, g.plane(s.Out[0])))
				terms = append(terms, t)
			}
		}
	}
	if e.Fold == Mean {
		for i := range terms {
			terms[i].Weight = 1 / float64(g.count(row, column, plane))
		}
	}
	return terms
}

// count is what the mean over window (i, j) of a plane divides by: the elements of the padded plane that are in it, or
// those of the plane.
func (g *Geometry) count(i, j int, plane [2]int) int {
	n := 1
	for axis, start := range [2]int{i, j} {
		in := 0
		for u := range g.Size[axis] {
			at := g.source(axis, start, u)
			if at >= 0 && at < plane[axis] || !g.ExcludePad && at < plane[axis]+g.Pad[axis+2] {
				in++
			}
		}
		n *= max(in, 1)
	}
	return n
}

// bins lists what is in a bin, or the bins that an element is in.
func (e Element) bins(s Shapes, at []int) []Term {
	x, y := s.In[0], s.Out[0]
	if e.Form == "spread bins" {
		x, y = y, x
	}
	count := [2]int{1, 1}
	if len(y) == 4 {
		count = [2]int{y[2], y[3]}
	}
	bin := func(axis, i int) (lo, hi int) {
		n := x[2+axis]
		return i * n / count[axis], ((i+1)*n + count[axis] - 1) / count[axis]
	}
	if e.Form == "bins" {
		i, j := 0, 0
		if len(at) == 4 {
			i, j = at[2], at[3]
		}
		top, bottom := bin(0, i)
		left, right := bin(1, j)
		var terms []Term
		for r := top; r < bottom; r++ {
			for c := left; c < right; c++ {
				t := reading(s, 0, placeOf(x, at[0], at[1], r, c))
				if e.Fold == Mean {
					t.Weight = 1 / float64((bottom-top)*(right-left))
				}
				terms = append(terms, t)
			}
		}
		return terms
	}
	var terms []Term
	for i := range count[0] {
		for j := range count[1] {
			top, bottom := bin(0, i)
			left, right := bin(1, j)
			if at[2] >= top && at[2] < bottom && at[3] >= left && at[3] < right {
				t := reading(s, 0, placeOf(y, []int{at[0], at[1], i, j}[:len(y)]...))
				t.Weight = 1 / float64((bottom-top)*(right-left))
				terms = append(terms, t)
			}
		}
	}
	return terms
}

// reduction goes over all places of the operand that are those of the result along the other axes.
func (e Element) reduction(s Shapes, at []int) []Term {
	x := s.In[0]
	var terms []Term
	switch e.Form {
	case "operands":
		for k, shape := range s.In {
			for i := range size(shape) {
				terms = append(terms, reading(s, k, i))
			}
		}
		return terms
	case "places":
		for i := range size(x) {
			terms = append(terms, everywhere(s, coordinates(x, i)))
		}
	default:
		for i := range size(x) {
			if e.belongs(coordinates(x, i), at, s.Out[0]) {
				terms = append(terms, reading(s, 0, i))
			}
		}
	}
	if e.Fold == Mean {
		for i := range terms {
			terms[i].Weight = 1 / float64(max(1, e.N(x)))
		}
	}
	return terms
}

// belongs reports whether an element of the operand is among those that make the result at the coordinates.
func (e Element) belongs(x, at, out []int) bool {
	switch e.Form {
	case "channel":
		return x[1] == at[0]
	case "to":
		return repeated(out, x) == placeOf(out, at...)
	}
	next := 0
	for k := range x {
		if slices.Contains(e.Axes, k) {
			if e.Keep {
				next++
			}
			continue
		}
		if x[k] != at[next] {
			return false
		}
		next++
	}
	return true
}

func (e Element) rearrangement(s Shapes, result int, at []int) []Term {
	x, operand := s.In[0], 0
	c := slices.Clone(at)
	place := -1
	switch e.Form {
	case "transpose":
		for k, axis := range e.Axes {
			c[axis] = at[k]
		}
	case "repeat":
		return []Term{reading(s, 0, repeated(x, at))}
	case "channel":
		c = []int{at[1]}
	case "slice":
		for k := range c {
			c[k] = e.Lo[k] + at[k]*e.step(k)
		}
	case "pad":
		for k := range c {
			from := at[k] - e.Lo[k]
			if from < 0 || from%e.step(k) != 0 {
				return []Term{none(s)}
			}
			c[k] = from / e.step(k)
		}
	case "flip":
		for _, axis := range e.Axes {
			c[axis] = x[axis] - 1 - at[axis]
		}
	case "concat":
		for operand < len(s.In)-1 && c[e.Axis] >= s.In[operand][e.Axis] {
			c[e.Axis] -= s.In[operand][e.Axis]
			operand++
		}
		x = s.In[operand]
	case "split":
		for _, n := range e.Size[:result] {
			c[e.Axis] += n
		}
	default:
		place = placeOf(s.Out[result], at...)
	}
	if place < 0 {
		place = placeOf(x, c...)
	}
	return []Term{reading(s, operand, place)}
}

// step is that along an axis, 1 where none is given.
func (e Element) step(axis int) int {
	if axis < len(e.Step) && e.Step[axis] > 0 {
		return e.Step[axis]
	}
	return 1
}

func (e Element) lookup(s Shapes, at []int) []Term {
	if s.Index == nil || len(s.In) < 2 {
		return nil
	}
	x, idx := s.In[0], s.In[1]
	read := func(place, index int) Term {
		t := reading(s, 0, place)
		t.Places[1] = index
		return t
	}
	var terms []Term
	switch e.Form {
	case "take":
		j := placeOf(idx, at[e.Axis:e.Axis+len(idx)]...)
		c := slices.Concat(at[:e.Axis], []int{s.Index(1, j)}, at[e.Axis+len(idx):])
		return []Term{read(placeOf(x, c...), j)}
	case "put":
		for j := range size(idx) {
			if s.Index(1, j) == at[e.Axis] {
				c := slices.Concat(at[:e.Axis], coordinates(idx, j), at[e.Axis+1:])
				terms = append(terms, read(placeOf(x, c...), j))
			}
		}
	case "take along":
		c := slices.Clone(at)
		j := placeOf(idx, at...)
		c[e.Axis] = s.Index(1, j)
		return []Term{read(placeOf(x, c...), j)}
	case "put along":
		for j := range size(idx) {
			c := coordinates(idx, j)
			c[e.Axis] = s.Index(1, j)
			if slices.Equal(c, at) {
				terms = append(terms, read(j, j))
			}
		}
	case "take planes":
		j := placeOf(idx, at...)
		return []Term{read((at[0]*x[1]+at[1])*size(x[2:])+s.Index(1, j), j)}
	case "put planes":
		plane := size(s.Out[0][2:])
		inPlane := placeOf(s.Out[0], at...) % plane
		for j := range size(idx) {
			if c := coordinates(idx, j); c[0] == at[0] && c[1] == at[1] && s.Index(1, j) == inPlane {
				terms = append(terms, read(j, j))
			}
		}
	}
	return terms
}

// along lists the row that an element of the result hangs on.
func (e Element) along(s Shapes, at []int) []Term {
	x := s.In[0]
	var terms []Term
	for i := range size(x) {
		c := coordinates(x, i)
		in := true
		for k := range c {
			in = in && (e.spans(k, len(c)) || k >= len(at) || c[k] == at[k] ||
				k == 1 && e.Group > 0 && c[k]/max(1, x[1]/e.Group) == at[k]/max(1, x[1]/e.Group))
		}
		if e.Form == "prefix" {
			in = in && (c[e.Axis] == at[e.Axis] || (c[e.Axis] < at[e.Axis]) != e.Reverse)
		}
		if in {
			terms = append(terms, reading(s, 0, i))
		}
	}
	return terms
}

// spans reports whether a row goes along an axis.
func (e Element) spans(axis, rank int) bool {
	switch {
	case e.Last > 0:
		return axis >= rank-e.Last
	case e.Group > 0:
		return axis >= 2
	case e.Form == "channel":
		return axis != 1
	case e.Form == "prefix":
		return axis == e.Axis
	}
	return slices.Contains(e.Axes, axis)
}
