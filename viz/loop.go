// This file holds what goes from a step of a recurrent network to the next, which a drawing of one step for all shows
// as a loop.

package viz

import (
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/viz/internal/ladder"
	"github.com/stheno-ml/stheno/viz/internal/words"
)

// A carry is a value that each layer of a run takes from the one before: h, say.
type carry struct {
	from, to int // atoms of the first layer: that which makes it, and one that reads it
	operand  int // of the reader
	name     string
	shape    string
}

// carried are the values that go from each layer of a run to the next, where the layers are steps of a recurrent
// network: they read the same parameters. A stack of layers that have their own is none, and needs no loop: what each
// takes from the one before is what the wires above and below the box show.
func (f *folder) carried(run []*layer) (list []carry) {
	first, second := run[0].atoms(), run[1].atoms()
	if !f.sameParams(first, second) {
		return nil
	}
	for k, i := range second {
		for n, o := range f.t.atoms[i].operands {
			r := slices.Index(first, o.atom)
			if r < 0 || o.back {
				continue
			}
			c := carry{from: first[r], to: first[k], operand: n, name: f.t.atoms[o.atom].called, shape: o.shape}
			if c.name == "" {
				c.name = f.t.lang.Say(words.Next)
			}
			list = append(list, c)
		}
	}
	return list
}

// sameParams reports whether equal layers read the same parameters, one at least.
func (f *folder) sameParams(first, second []int) bool {
	found := false
	for k := range first {
		for n, o := range f.t.atoms[first[k]].operands {
			if o.atom < 0 && o.leaf.Kind() == graph.KindParam {
				found = true
				if f.t.atoms[second[k]].operands[n].leaf != o.leaf {
					return false
				}
			}
		}
	}
	return found
}

// loopText names what goes from step to step, "h, c", or its gradients, "dh, dc"; "" for nothing.
func (a *assembler) loopText(carries []carry, back bool) string {
	var names []string
	for _, c := range carries {
		name := c.name
		if back {
			name = "d" + name
		}
		if !slices.Contains(names, name) && (!back || a.pulls(c)) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// pulls reports whether a carried value has a gradient, which goes from the next step to the one before.
func (a *assembler) pulls(c carry) bool {
	p := a.t.atoms[c.to].pull
	return p != nil && slices.ContainsFunc(p.outs, func(out contribution) bool { return out.operand == c.operand })
}

// loop marks the boxes of a row with what goes from step to step.
func (a *assembler) loop(r *ladder.Row, carries []carry) {
	r.Op.Loop = a.loopText(carries, false)
	if r.Back != nil {
		r.Back.Loop = a.loopText(carries, true)
	}
}

// connectSteps adds the edges between the rows of a step that stands for several: what a row makes is read in the next
// step by another.
func (a *assembler) connectSteps(l *layer) {
	between := map[[2]int][]carry{}
	var order [][2]int
	for _, c := range l.carries {
		rows := [2]int{a.rowOf[c.from], a.rowOf[c.to]}
		if between[rows] == nil {
			order = append(order, rows)
		}
		between[rows] = append(between[rows], c)
	}
	for _, rows := range order {
		from, to, carries := rows[0], rows[1], between[rows]
		if from == to {
			a.loop(&a.s.Rows[from], carries)
			continue
		}
		shape := carries[0].shape
		a.addEdge(ladder.Edge{From: ladder.Port{Row: from, Back: false}, To: ladder.Port{Row: to, Back: false},
			Shape: shape,
			Names: l.ends(a.loopText(carries, false))})
		if back := a.loopText(carries, true); back != "" {
			ends := l.ends(back)
			a.addEdge(ladder.Edge{From: ladder.Port{Row: to, Back: true}, To: ladder.Port{Row: from, Back: true},
				Shape: shape,
				Names: [2]string{ends[1], ends[0]}})
		}
	}
}

// ends tells a value as the step that makes it has it, and as the next reads it: h(t) and h(t-1).
func (l *layer) ends(names string) [2]string {
	before := "(t-1)"
	if l.reverse() {
		before = "(t+1)"
	}
	return [2]string{each(names, "(t)"), each(names, before)}
}

// each adds a suffix to each of some names.
func each(names, suffix string) string { return strings.ReplaceAll(names, ",", suffix+",") + suffix }

// reverse reports whether the steps go from the last to the first.
func (l *layer) reverse() bool {
	first, _ := strconv.Atoi(lastPart(l.path))
	second, _ := strconv.Atoi(lastPart(l.twins[0].path))
	return second < first
}

// allCarries are those of a layer and of all inside it: a closed layer with a recurrent one in it is recurrent itself.
func (l *layer) allCarries() (list []carry) {
	l.each(func(m *layer) { list = append(list, m.carries...) })
	return list
}

// innerSteps is the step that stands for the others in a layer that has steps in one place, and how many there are;
// nil in other layers. The first step may differ from the rest.
func (l *layer) innerSteps() (step *layer, count int) {
	l.each(func(m *layer) {
		for _, p := range m.parts {
			switch {
			case p.layer == nil || len(p.layer.carries) == 0:
			case step == nil:
				step, count = p.layer, len(m.parts)
			default:
				count = 0 // in two places
			}
		}
	})
	if count == 0 {
		return nil, 0
	}
	return step, count
}

// hiddenParts names the parts of a closed step, such as gates, which one cannot see: " → input, forget, cell, output".
func (l *layer) hiddenParts() string {
	var names []string
	for _, p := range l.parts {
		if p.layer != nil {
			names = append(names, lastPart(p.layer.path))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " → " + strings.Join(names, ", ")
}
