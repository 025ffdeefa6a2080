// This file holds how a graph shows names that are not unique: names identify nothing, but who reads a tape, an error
// or a drawing tells by them what is meant.

package graph

import (
	"fmt"
	"reflect"
	"strings"
)

// Label is the name of the model that the parameter belongs to, "" for none.
func (p *Param) Label() string {
	if label := p.must("Label").label.Load(); label != nil {
		return *label
	}
	return ""
}

// SetLabel names the model that the parameter belongs to, for graphs built from then on: they show it as label.name.
// Its Name, by which files know it, stays what it is.
func (p *Param) SetLabel(label string) { p.must("SetLabel").label.Store(&label) }

// Named gives n a label that drawings show, and returns n: that of a constant, which has no name of its own, such as
// "causal mask", or of a value that is read elsewhere, such as the "h" of a step that the next one begins with. It
// identifies nothing, and does nothing to a node that is not valid.
func (n Node) Named(label string) Node {
	if n.must("Named"); !n.v.bad {
		n.v.label = label
	}
	return n
}

// Label is what [Node.Named] has said, "" for nothing.
func (n Node) Label() string { return n.must("Label").label }

// shown is the name under its model's label.
func (p *Param) shown() string {
	if label := p.Label(); label != "" {
		return label + "." + p.name
	}
	return p.name
}

// unique is the name by which the graph shows a new leaf: the given one, and with #2, #3 and so on where another leaf
// is shown by that already.
func (g *Graph) unique(name string) string {
	shown := name
	for g.names[shown] {
		g.repeats[name]++
		shown = fmt.Sprintf("%s#%d", name, g.repeats[name]+1)
	}
	g.names[shown] = true
	return shown
}

// ScopeOf is [Graph.Scope] for a layer of the model that owner, a pointer, stands for. Where another model has a layer
// whose path begins with the same name, the first part of the path is that with #2, #3 and so on. So the layers of two
// models of one architecture are told apart.
func (g *Graph) ScopeOf(owner any, path string) func() {
	g.must("ScopeOf").init()
	if owner == nil || path == "" || !reflect.TypeOf(owner).Comparable() {
		return g.Scope(path)
	}
	first, rest := path, ""
	if i := strings.IndexByte(path, '.'); i >= 0 {
		first, rest = path[:i], path[i:]
	}
	place := ownedPlace{owner, first}
	if g.owned[place] == 0 {
		g.owners[first]++
		g.owned[place] = g.owners[first]
	}
	if n := g.owned[place]; n > 1 {
		first = fmt.Sprintf("%s#%d", first, n)
	}
	return g.Scope(first + rest)
}

// ownedPlace is the first part of the paths of a model's layers.
type ownedPlace struct {
	owner any
	first string
}
