// This file holds attention in small ops, as it is where its weights are in memory, such as with dropout: a closed
// layer speaks of it as one op.

package viz

import (
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/viz/internal/ladder"
)

// attentions are the products of weights and values in some atoms, each with what it is called, and the products that
// the scores of these weights are; and the dropout of the weights, "" for none.
func (t *reading) attentions(atoms []int) (called map[int]string, scores map[int]bool, dropout string) {
	called, scores = map[int]string{}, map[int]bool{}
	for _, i := range atoms {
		a := &t.atoms[i]
		if a.label != productLabel || len(a.operands) != 2 {
			continue
		}
		weights := t.wayTo(a.operands[0].atom, softmaxLabel, longWay)
		if len(weights) == 0 {
			continue
		}
		from := t.wayTo(t.atoms[weights[0]].operands[0].atom, productLabel, longWay)
		if len(from) == 0 || !slices.Contains(atoms, from[0]) {
			continue
		}
		scores[from[0]], called[i] = true, "Attention"
		for _, k := range weights {
			if label := t.atoms[k].label; strings.HasPrefix(label, dropoutLabel) {
				dropout = ", " + strings.ToLower(label)
			}
		}
	}
	return called, scores, dropout
}

// How the ops that attention is made of are drawn.
const (
	productLabel = "MatMul"
	softmaxLabel = "Softmax"
	dropoutLabel = "Dropout"
)

// longWay is more steps than there are from a product to the weights, or from these to their scores.
const longWay = 6

// wayTo goes from an atom back to one of a label, some steps at most, past what works element by element, and dropout.
// It returns the way, the found one first; nothing if there is none.
func (t *reading) wayTo(i int, label string, steps int) []int {
	if i < 0 || steps == 0 {
		return nil
	}
	a := &t.atoms[i]
	switch {
	case a.label == label:
		return []int{i}
	case a.tone != ladder.ToneElementwise && !strings.HasPrefix(a.label, dropoutLabel):
		return nil
	}
	for _, o := range a.operands {
		if way := t.wayTo(o.atom, label, steps-1); way != nil {
			return append(way, i)
		}
	}
	return nil
}
