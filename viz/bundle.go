// This file holds bundles: where the parts of a model are more than a slide holds, neighbours share a box.

package viz

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/viz/internal/ladder"
	"github.com/stheno-ml/stheno/viz/internal/words"
)

// bundle puts neighbours among the parts of an open model into closed boxes until the drawing has few, each step only
// if the ones before it were not enough: operations that stand alone with those beside them; what pools, normalises or
// activates with the layer before it; layers whose results are pictures of one size, the stages of a network; and at
// last whatever is smallest.
func bundle(t *reading, root *layer) {
	b := &bundler{t: t, root: root}
	b.units()
	for _, joins := range []func(a, c []part) bool{b.bothLoose, b.belongs, b.sameStage} {
		if b.few() {
			return
		}
		b.join(joins)
	}
	for _, join := range []func(a, c []part) bool{b.alike, b.any} {
		for !b.few() && b.joinSmallest(join) {
		}
	}
}

// A bundler groups the parts of the root.
type bundler struct {
	t      *reading
	root   *layer
	groups [][]part
}

// units begins with a group for each part, and for equal layers together.
func (b *bundler) units() {
	for _, p := range b.root.parts {
		if n := len(b.groups); n > 0 && p.layer != nil && p.layer.twin {
			b.groups[n-1] = append(b.groups[n-1], p)
			continue
		}
		b.groups = append(b.groups, []part{p})
	}
}

// few reports whether the drawing of the groups has few boxes; the groups are then the parts of the root.
func (b *bundler) few() bool {
	b.root.parts = nil
	for _, g := range b.groups {
		if size(g) == 1 {
			b.root.parts = append(b.root.parts, g...)
			continue
		}
		together := &layer{path: b.root.path, parts: g, bundle: bundleName(b.root.path, g)}
		b.root.parts = append(b.root.parts, part{layer: together})
	}
	return b.root.rows() <= fewBoxes && assemble(b.t, b.root).Boxes() <= fewBoxes
}

// size counts what a group holds; equal layers are one.
func size(g []part) (n int) {
	for _, p := range g {
		if p.layer == nil || !p.layer.twin {
			n++
		}
	}
	return n
}

// bundleName names the layers of a group, "conv2 … conv3"; a group without any has no name.
func bundleName(base string, g []part) string {
	var layers []*layer
	for _, p := range g {
		if p.layer != nil {
			layers = append(layers, p.layer)
		}
	}
	switch len(layers) {
	case 0:
		return noName
	case 1:
		return layers[0].title(base)
	}
	return relative(base, layers[0].path) + " … " + relative(base, layers[len(layers)-1].path)
}

// noName is the name of a bundle of operations that stand alone.
const noName = " "

// join joins neighbours while the last group of a run and the next belong together.
func (b *bundler) join(together func(a, c []part) bool) {
	joined := b.groups[:1:1]
	for _, g := range b.groups[1:] {
		if last := len(joined) - 1; together(joined[last], g) {
			joined[last] = slices.Concat(joined[last], g)
			continue
		}
		joined = append(joined, g)
	}
	b.groups = joined
}

// loose reports whether a group is of operations that stand alone.
func (b *bundler) loose(g []part) bool {
	return !slices.ContainsFunc(g, func(p part) bool {
		if p.layer != nil {
			return true
		}
		a := &b.t.atoms[p.atom]
		return a.leaf || a.tone == ladder.ToneLoss || a.tone == ladder.ToneRandom
	})
}

func (b *bundler) bothLoose(a, c []part) bool { return b.loose(a) && b.loose(c) }

// belongs reports whether c pools, normalises or activates what the layers of a give.
func (b *bundler) belongs(a, c []part) bool {
	return a[0].layer != nil && b.loose(c) && !slices.ContainsFunc(c, func(p part) bool {
		tone := b.t.atoms[p.atom].tone
		return tone != ladder.TonePool && tone != ladder.ToneNorm && tone != ladder.ToneActivation
	})
}

// sameStage reports whether the last layers of both groups give pictures of one size, and nothing comes after that of
// a.
func (b *bundler) sameStage(a, c []part) bool {
	if a[len(a)-1].layer == nil || c[0].layer == nil {
		return false
	}
	x, y := b.result(a), b.result(c)
	return len(x) == 4 && len(y) == 4 && slices.Equal(x[2:], y[2:])
}

// result is the shape of what the last layer of a group gives, before it is pooled.
func (b *bundler) result(g []part) graph.Shape {
	for _, p := range slices.Backward(g) {
		if p.layer == nil {
			continue
		}
		for _, i := range slices.Backward(p.layer.atoms()) {
			if a := &b.t.atoms[i]; a.tone != ladder.TonePool {
				return a.types[0].Shape
			}
		}
	}
	return nil
}

// joinSmallest joins the two neighbours that hold the fewest operations together, of those that may share a box. It
// reports whether there were two.
func (b *bundler) joinSmallest(may func(a, c []part) bool) bool {
	best, least := -1, 0
	for i := range len(b.groups) - 1 {
		a, c := b.groups[i], b.groups[i+1]
		if n := b.operations(a) + b.operations(c); may(a, c) && (best < 0 || n < least) {
			best, least = i, n
		}
	}
	if best < 0 {
		return false
	}
	b.groups[best] = slices.Concat(b.groups[best], b.groups[best+1])
	b.groups = slices.Delete(b.groups, best+1, best+2)
	return true
}

// any reports whether neither group is an input, which stays alone.
func (b *bundler) any(a, c []part) bool { return !b.fixed(a) && !b.fixed(c) }

// alike leaves losses with losses and what stands alone, and random numbers alone.
func (b *bundler) alike(a, c []part) bool {
	return b.any(a, c) && !b.random(a) && !b.random(c) && (b.losses(a) == b.losses(c) || b.loose(a) || b.loose(c))
}

func (b *bundler) random(g []part) bool {
	return g[0].layer == nil && b.t.atoms[g[0].atom].tone == ladder.ToneRandom
}

func (b *bundler) fixed(g []part) bool { return g[0].layer == nil && b.t.atoms[g[0].atom].leaf }

func (b *bundler) losses(g []part) bool {
	return slices.ContainsFunc(g, func(p part) bool {
		return p.layer == nil && b.t.atoms[p.atom].tone == ladder.ToneLoss
	})
}

func (b *bundler) operations(g []part) (n int) {
	for _, p := range g {
		if p.layer != nil {
			n += len(p.layer.atoms())
		} else {
			n++
		}
	}
	return n
}

// bundled is what a bundle of operations that stand alone is called: "Scale, Exp, 2 Mul", or of many their number and
// the first of them.
func (t *reading) bundled(atoms []int) string {
	var labels []string
	counts := map[string]int{}
	for _, i := range atoms {
		label := t.atoms[i].label
		if counts[label]++; counts[label] == 1 {
			labels = append(labels, label)
		}
	}
	for i, label := range labels {
		if n := counts[label]; n > 1 {
			labels[i] = itoa(n) + " " + label
		}
	}
	if s := strings.Join(labels, ", "); utf8.RuneCountInString(s) <= longSummary {
		return s
	}
	labels = append(labels[:min(3, len(labels))], "…")
	return t.lang.Say(words.Bundle, len(atoms), strings.Join(labels, ", "))
}
