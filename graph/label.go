// This file holds how a graph shows names that are not unique. Names identify nothing, but they tell the reader of a
// tape, an error or a drawing which value is meant.

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

// SetLabel names the model that the parameter belongs to, for graphs built from then on. They show the parameter as
// label.name. Its Name, which files have, stays the same.
func (p *Param) SetLabel(label string) { p.must("SetLabel").label.Store(&label) }

// Named gives n a label that drawings show, and returns n. It serves for a constant, which has no name of its own,
// such as "causal mask", and for a value that is read elsewhere, such as the "h" that one step of a recurrence passes
// to the next. The label identifies nothing. Named does nothing to a node that is not valid.
func (n Node) Named(label string) Node {
	if n.must("Named"); !n.v.bad {
		n.v.label = label
	}
	return n
}

// Label is the label that [Node.Named] has given to n, "" for none.
func (n Node) Label() string { return n.must("Label").label }

// shown is label.name, or the name if there is no label.
func (p *Param) shown() string {
	if label := p.Label(); label != "" {
		return label + "." + p.name
	}
	return p.name
}

// unique is the name by which the graph shows a new leaf: the given name, with #2, #3 and so on behind it if another
// leaf is shown by that name already.
func (g *Graph) unique(name string) string {
	shown := name
	for g.names[shown] {
		g.repeats[name]++
		shown = fmt.Sprintf("%s#%d", name, g.repeats[name]+1)
	}
	g.names[shown] = true
	return shown
}

// ScopeOf is [Graph.Scope] for a layer of a model; owner, a pointer, stands for the model. If another model has a
// layer whose path begins with the same name, ScopeOf adds #2, #3 and so on to the first part of the path. So the
// layers of two models of one architecture have different paths.
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
