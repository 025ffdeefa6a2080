package viz

import (
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/plain"
	"github.com/stheno-ml/stheno/viz/internal/ladder"
	"github.com/stheno-ml/stheno/viz/internal/words"
)

// manyParams is the number of parameters from which a closed layer shows only how
// many there are.
const manyParams = 4

// paramsOf returns the parameters that atom i reads.
func (t *reading) paramsOf(i int) []operand {
	var list []operand
	for _, o := range t.atoms[i].operands {
		if o.atom < 0 && o.leaf.Kind() == graph.KindParam {
			list = append(list, o)
		}
	}
	return list
}

// leftBoxes returns what stands to the left of the atoms of a row: one box for its
// parameters, one for each that it shares with other rows, one for each input and
// constant.
func (a *assembler) leftBoxes(atoms []int, times int) []ladder.Box {
	var boxes []ladder.Box
	for _, group := range a.paramGroups(atoms) {
		b := a.t.paramBox(group, "", times)
		b.Shared = a.t.isShared(group[0].leaf, atoms)
		boxes = append(boxes, b)
	}
	seen := map[graph.Node]bool{}
	for _, i := range atoms {
		for _, o := range a.t.atoms[i].operands {
			if o.atom >= 0 && len(atoms) > 1 {
				seen[o.leaf] = true // a closed layer has the wire already
			}
		}
	}
	for _, i := range atoms {
		for _, o := range a.t.atoms[i].operands {
			if o.atom >= 0 || o.leaf.Kind() == graph.KindParam || seen[o.leaf] || hidden(o.leaf) {
				continue
			}
			seen[o.leaf] = true
			if b := a.t.leafBox(o); o.leaf.Kind() != graph.KindConst || !slices.Contains(boxes, b) {
				boxes = append(boxes, b) // a constant of one name and shape once: the masks of all layers
			}
		}
	}
	return boxes
}

// paramGroups returns the parameters of a row: its own ones first, then each that
// other operations share, or all of those as one where they are many.
func (a *assembler) paramGroups(atoms []int) [][]operand {
	var own, shared []operand
	var groups [][]operand
	seen := map[graph.Node]bool{}
	for _, i := range atoms {
		for _, o := range a.t.paramsOf(i) {
			switch {
			case seen[o.leaf]:
			case a.t.isShared(o.leaf, atoms):
				shared = append(shared, o)
			default:
				own = append(own, o)
			}
			seen[o.leaf] = true
		}
	}
	if a.t.values != nil && len(own) <= manyParams && !repeats(namesOf(own)) {
		for _, o := range own { // each with its value
			groups = append(groups, []operand{o})
		}
	} else if len(own) > 0 {
		groups = append(groups, own)
	}
	if len(shared) > manyParams {
		return append(groups, shared)
	}
	for _, o := range shared {
		groups = append(groups, []operand{o})
	}
	return groups
}

// isShared reports whether an atom outside the given ones reads the parameter too.
func (t *reading) isShared(param graph.Node, atoms []int) bool {
	for _, i := range t.paramReaders[param] {
		if !slices.Contains(atoms, i) {
			return true
		}
	}
	return false
}

// hidden reports whether a leaf is not worth a box: the step counter and scalar
// constants.
func hidden(n graph.Node) bool {
	return isStep(n) || n.Kind() == graph.KindConst && n.Size() == 1
}

// paramBox draws parameters, or with prefix "d" their gradients, of so many equal
// layers.
func (t *reading) paramBox(group []operand, prefix string, times int) ladder.Box {
	var names, paths []string
	elements := 0
	frozen := true
	for _, o := range group {
		names = append(names, prefix+o.name)
		paths = append(paths, o.leaf.Name()+" "+o.shape)
		elements += o.leaf.Size()
		frozen = frozen && !o.leaf.Param().Trainable()
	}
	b := ladder.Box{Tone: ladder.ToneParam, Label: strings.Join(names, " "), Detail: group[0].shape,
		About: strings.Join(paths, ", "), Frozen: frozen}
	if len(group) > manyParams || repeats(names) {
		b.Label, b.Detail = plain.Thousands(elements), t.lang.Say(words.Tensors, itoa(len(group)))
		if times > 1 {
			b.Label = itoa(times) + " × " + b.Label
		}
	}
	if prefix == "" && len(group) == 1 {
		b.Value = t.weighed(group[0].leaf)
	}
	if prefix != "" {
		b.Tone, b.Frozen = ladder.ToneGrad, false
	}
	return b
}

func namesOf(group []operand) (names []string) {
	for _, o := range group {
		names = append(names, o.name)
	}
	return names
}

// repeats reports whether a name occurs twice: the parameters are of several layers.
func repeats(names []string) bool {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return true
		}
	}
	return false
}

func (t *reading) leafBox(o operand) ladder.Box {
	b := ladder.Box{Tone: ladder.ToneData, Label: o.leaf.Name(), Detail: o.shape, About: o.name,
		Value: t.input(o.leaf)}
	switch o.leaf.Kind() {
	case graph.KindConst:
		b.Label = t.constLabel(o.leaf)
	case graph.KindState:
		b.Label = t.lang.Say(words.State, o.leaf.Name())
	}
	return b
}

// constLabel is const 1, or const where elements differ; of a constant that has a name it is that, h₀ = 0 or causal
// mask.
func (t *reading) constLabel(n graph.Node) string {
	name := strings.TrimSuffix(n.Name(), " "+n.Type().String())
	number, alike := strings.CutPrefix(name, constName+" ")
	switch label := n.Label(); {
	case label == "" && strings.HasPrefix(name, constName):
		return t.lang.Say(words.Const) + name[len(constName):]
	case label == "":
		return name
	case alike:
		return label + " = " + number
	default:
		return label
	}
}

// constName is how a tape prints a constant.
const constName = "const"

// rightBoxes returns the gradients of the parameters of a row. A shared parameter
// has one gradient, to which this row contributes.
func (a *assembler) rightBoxes(atoms []int, times int) []ladder.Box {
	got := map[graph.Node][]graph.Node{}
	for _, i := range atoms {
		p := a.t.atoms[i].pull
		if p == nil {
			continue
		}
		for _, c := range p.outs {
			if o := a.t.atoms[i].operands[c.operand]; o.atom < 0 {
				got[o.leaf] = append(got[o.leaf], c.d)
			}
		}
	}
	var boxes []ladder.Box
	for _, group := range a.paramGroups(atoms) {
		group = slices.DeleteFunc(slices.Clone(group), func(o operand) bool { return got[o.leaf] == nil })
		if len(group) == 0 {
			continue
		}
		b := a.t.paramBox(group, "d", times)
		if a.t.isShared(group[0].leaf, atoms) {
			b.Label = a.t.lang.Say(words.PartOf, b.Label)
			b.Shared = true
		}
		if len(group) == 1 {
			b.Value = a.gradientValue(group[0].leaf, got[group[0].leaf], b.Shared)
		}
		boxes = append(boxes, b)
	}
	return boxes
}

// gradientValue is what is shown of the gradient of a parameter to which a row hands these contributions: the whole,
// or the row's own where other rows read the parameter too.
func (a *assembler) gradientValue(param graph.Node, part []graph.Node, shared bool) *ladder.Value {
	switch {
	case !shared:
		return a.t.weighed(a.t.gradient(param))
	case len(part) == 1:
		return a.t.weighed(part[0])
	}
	return nil
}
