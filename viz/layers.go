package viz

import (
	"strings"

	"github.com/stheno-ml/stheno/viz/internal/ladder"
)

// A layer is a run of consecutive atoms whose scopes begin with one path. A module
// that is called twice makes two layers of the same path.
type layer struct {
	path  string
	parts []part
	open  bool
	twins []*layer // equal layers that follow, which this one stands for
	twin  bool     // this one is such a twin

	bundle  string  // the name of a box that neighbours share, see there; "" for a layer
	carries []carry // what goes from each of them to the next, where they are steps of a recurrent network
}

// A part of a layer is a layer or, when that is nil, an atom.
type part struct {
	layer *layer
	atom  int
}

// buildLayers returns the tree of layers over all atoms. The root is the model.
func buildLayers(t *reading) *layer {
	root := &layer{open: true}
	root.fill(t, 0, len(t.atoms))
	root.adopt(t)
	return root
}

// fill makes the parts of l from the atoms first … end-1.
func (l *layer) fill(t *reading, first, end int) {
	for i := first; i < end; {
		child, ok := childPath(l.path, t.atoms[i].scope)
		if !ok {
			l.parts = append(l.parts, part{atom: i})
			i++
			continue
		}
		j := i + 1
		for j < end && within(child, t.atoms[j].scope) {
			j++
		}
		c := &layer{path: child}
		c.fill(t, i, j)
		if len(c.parts) == 1 && c.parts[0].layer != nil {
			c = c.parts[0].layer // a layer of nothing but another is no level of its own: encoder.layer
		}
		l.parts = append(l.parts, part{layer: c})
		i = j
	}
}

// childPath returns the path one level below parent on the way to scope; false when
// scope is parent itself.
func childPath(parent, scope string) (string, bool) {
	if scope == parent || parent != "" && !within(parent, scope) {
		return "", false
	}
	from := 1 // a name has at least one character, be it a dot
	if parent != "" {
		from = len(parent) + 2
	}
	if from < len(scope) {
		if k := strings.IndexByte(scope[from:], '.'); k >= 0 {
			return scope[:from+k], true
		}
	}
	return scope, true
}

// within reports whether scope is path or lies below it.
func within(path, scope string) bool {
	return scope == path || len(scope) > len(path) && scope[len(path)] == '.' && strings.HasPrefix(scope, path)
}

// adopt moves the activation, pooling and dropout that follow a linear layer into
// it, as one speaks of it: conv1 is a convolution with its ReLU and pooling. An op
// moves only if it reads nothing but the op before it and is its only reader.
func (l *layer) adopt(t *reading) {
	readers := t.readers()
	l.each(func(m *layer) {
		var parts []part
		for _, p := range m.parts {
			if n := len(parts); n > 0 && p.layer == nil && t.follows(parts[n-1].layer, p.atom, readers) {
				host := parts[n-1].layer
				host.parts = append(host.parts, p)
				continue
			}
			parts = append(parts, p)
		}
		m.parts = parts
	})
}

// readBy gives, for every atom, those that read it.
func (t *reading) readBy() [][]int {
	by := make([][]int, len(t.atoms))
	for i := range t.atoms {
		for _, o := range t.atoms[i].operands {
			if o.atom >= 0 {
				by[o.atom] = append(by[o.atom], i)
			}
		}
	}
	return by
}

// readers counts the forward readers of every atom.
func (t *reading) readers() []int {
	n := make([]int, len(t.atoms))
	for i := range t.atoms {
		for _, o := range t.atoms[i].operands {
			if o.atom >= 0 && !o.back {
				n[o.atom]++
			}
		}
	}
	return n
}

// follows reports whether atom i continues the linear layer host.
func (t *reading) follows(host *layer, i int, readers []int) bool {
	if host == nil || !host.isLinear(t) {
		return false
	}
	a := &t.atoms[i]
	switch a.tone {
	case ladder.ToneActivation, ladder.TonePool, ladder.ToneNorm, ladder.ToneRandom:
	default:
		return false
	}
	last := host.parts[len(host.parts)-1].atom
	return len(a.operands) == 1 && a.operands[0].atom == last && !a.operands[0].back && readers[last] == 1
}

// isLinear reports whether l is a single layer with weights: no layers inside, its
// first op a product or convolution.
func (l *layer) isLinear(t *reading) bool {
	for _, p := range l.parts {
		if p.layer != nil {
			return false
		}
	}
	return t.atoms[l.parts[0].atom].tone == ladder.ToneLinear && len(t.paramsOf(l.parts[0].atom)) > 0
}

// each calls f for l and every layer below, outer first.
func (l *layer) each(f func(*layer)) {
	f(l)
	for _, p := range l.parts {
		if p.layer != nil {
			p.layer.each(f)
		}
	}
}

// atoms returns the atoms of l in tape order.
func (l *layer) atoms() []int {
	var list []int
	for _, p := range l.parts {
		if p.layer != nil {
			list = append(list, p.layer.atoms()...)
		} else {
			list = append(list, p.atom)
		}
	}
	return list
}

// openTo opens all layers down to the given depth; the model itself is level 1.
func (l *layer) openTo(depth int) {
	l.open = depth > 0
	for _, p := range l.parts {
		if p.layer != nil {
			p.layer.openTo(depth - 1)
		}
	}
}

// height returns the number of levels of l.
func (l *layer) height() int {
	h := 0
	for _, p := range l.parts {
		if p.layer != nil {
			h = max(h, p.layer.height())
		}
	}
	return h + 1
}
