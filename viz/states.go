// This file holds what a drawing of layers leaves out: ops that do nothing but carry states in and out of a layer.

package viz

import (
	"slices"

	"github.com/stheno-ml/stheno/graph"
)

// carriers are the views that move nothing but states. Some take a state apart, a row for each layer that reads it;
// for those it gives the state that their value is of. Others put the states together that the next run begins with.
// A reader of a drawing is to see the layers, with a state beside each that reads it; what carries it is told from
// depth -1 on, where every op is drawn.
func (r *reader) carriers(nodes []graph.Node) map[graph.Node]graph.Node {
	differentiated := map[graph.Node]bool{}
	for _, c := range r.g.Contributions() {
		differentiated[c.Of.Results()[0]] = true
	}
	isView := func(n graph.Node) bool {
		if n.Kind() != graph.KindOp || n.Phase() != graph.Forward || differentiated[n.Results()[0]] {
			return false
		}
		role, _ := graph.RoleOf(n)
		return role == graph.RoleView
	}
	all := map[graph.Node]graph.Node{}
	for _, n := range nodes {
		if isView(n) && len(n.Inputs()) == 1 {
			if in := n.Inputs()[0]; in.Kind() == graph.KindState {
				all[n] = in
			} else if of, ok := all[in]; ok && of.Valid() {
				all[n] = of
			}
		}
	}
	kept := r.keptInStates()
	for _, n := range slices.Backward(nodes) {
		if _, ok := all[n]; ok || !isView(n) || len(n.Results()) > 1 {
			continue
		}
		carries := kept[n]
		for _, u := range r.uses[n] {
			of, ok := all[u]
			carries = ok && !of.Valid()
			if !carries {
				break
			}
		}
		if carries {
			all[n] = graph.Node{}
		}
	}
	return all
}

// keptInStates are the nodes whose values are assigned to states.
func (r *reader) keptInStates() map[graph.Node]bool {
	kept := map[graph.Node]bool{}
	targets, values := r.g.Assigned()
	for i, to := range targets {
		if to.Kind() == graph.KindState {
			kept[values[i]] = true
		}
	}
	return kept
}
