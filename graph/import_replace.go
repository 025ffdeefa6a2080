// This file holds Foreign, by which the packages above see an op of Gorgonia, to put an op of theirs in its place.

package graph

import (
	"fmt"
	"reflect"
	"slices"

	"gorgonia.org/gorgonia"
)

// Foreign is an op of Gorgonia, as [ImportOptions.Replace] sees it. A convolution, which Gorgonia makes of six ops, is
// one Foreign of function "Conv2d", with the image and the filter as operands.
type Foreign struct {
	Function string // the function that makes it in Gorgonia: "Mul", "SoftMax"
	Type     Type   // of the result
	op       gorgonia.Op
}

// Ints returns an attribute by the name of Gorgonia's field: a number, a list of numbers, or 1 or 0 for true or false.
// It is nil if the op has no such attribute.
func (f Foreign) Ints(name string) []int {
	if f.op == nil {
		return nil
	}
	v := fieldOf(f.op, name)
	switch v.Kind() {
	case reflect.Int:
		return []int{int(v.Int())}
	case reflect.Bool:
		if v.Bool() {
			return []int{1}
		}
		return []int{0}
	case reflect.Slice:
		list := make([]int, v.Len())
		for i := range list {
			if v.Index(i).Kind() != reflect.Int {
				return nil
			}
			list[i] = int(v.Index(i).Int())
		}
		return list
	}
	return nil
}

// replaced asks ImportOptions.Replace for a node in the place of Gorgonia's.
func (im *importer) replaced(f Foreign, in []Node) (out Node, ok bool, err error) {
	if im.opt.Replace == nil {
		return Node{}, false, nil
	}
	foreignLock.Unlock() // Replace may import nodes of Gorgonia
	defer foreignLock.Lock()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: Replace panics: %v", f.Function, r)
		}
	}()
	out, ok = im.opt.Replace(f, in)
	switch {
	case im.g.err != nil:
		return Node{}, false, im.g.err
	case !ok:
		return Node{}, false, nil
	case !out.Valid() || out.v.g != im.g:
		return Node{}, false, fmt.Errorf("%s: Replace gives no node of the graph", f.Function)
	case !out.v.t.Equal(f.Type):
		return Node{}, false, fmt.Errorf("%s: Replace gives %v, want %v", f.Function, out.v.t, f.Type)
	}
	return out, true, nil
}

// convolution is what Gorgonia makes of Conv2d: image → im2col → reshape, times filter → reshape, → reshape →
// transpose.
type convolution struct {
	image, filter *gorgonia.Node
	columns       gorgonia.Op
	inner         gorgonia.Nodes // the ops before the last, in order
}

// findConvolutions finds convolutions whose inner ops nothing else reads, and takes these ops out of the nodes to
// import.
func (im *importer) findConvolutions(kept map[*gorgonia.Node]bool) {
	readers := map[*gorgonia.Node]int{}
	for _, n := range im.e.AllNodes() {
		if kept[n] {
			for _, c := range operandsOf(im.e, n) {
				readers[c]++
			}
		}
	}
	for _, n := range im.e.AllNodes() {
		c, ok := im.convolutionOf(n)
		if !ok || !kept[n] || slices.ContainsFunc(c.inner, func(i *gorgonia.Node) bool {
			return readers[i] != 1 || slices.Contains(im.opt.Outputs, i)
		}) {
			continue
		}
		im.convolutions[n] = c
		for _, i := range c.inner {
			delete(kept, i)
		}
	}
}

// convolutionOf finds the convolution whose last op is n.
func (im *importer) convolutionOf(n *gorgonia.Node) (c convolution, ok bool) {
	if kindOf(n.Op()) != "transposeOp" || !slices.Equal((Foreign{op: n.Op()}).Ints("pattern"), []int{0, 3, 1, 2}) {
		return c, false
	}
	at := func(n *gorgonia.Node, kind string, operand int) *gorgonia.Node {
		if n == nil || kindOf(n.Op()) != kind {
			return nil
		}
		return operandsOf(im.e, n)[operand]
	}
	planes := at(n, "transposeOp", 0)
	product := at(planes, "reshapeOp", 0)
	patches, flat := at(product, "linAlgBinOp", 0), at(product, "linAlgBinOp", 1)
	columns := at(patches, "reshapeOp", 0)
	c.image, c.filter = at(columns, "im2colOp", 0), at(flat, "reshapeOp", 0)
	if c.image == nil || c.filter == nil || len(c.filter.Shape()) != 4 {
		return c, false
	}
	c.columns = columns.Op()
	c.inner = gorgonia.Nodes{columns, patches, flat, product, planes}
	slices.SortFunc(c.inner, func(a, b *gorgonia.Node) int { return int(a.ID() - b.ID()) })
	return c, true
}

// convolve asks Replace for one op in the place of a convolution. If there is none, it copies the inner ops.
func (im *importer) convolve(n *gorgonia.Node, c convolution) (done bool, err error) {
	t, err := typeOfForeign(n)
	if err != nil {
		return false, err
	}
	in := []Node{im.g.byBack[c.image], im.g.byBack[c.filter]}
	out, ok, err := im.replaced(Foreign{"Conv2d", t, c.columns}, in)
	if ok {
		im.g.byBack[n] = out
		return true, nil
	}
	if err != nil {
		return false, err
	}
	for _, i := range c.inner {
		if err := im.copy(i); err != nil {
			return false, err
		}
	}
	return false, nil
}
