package ladder_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/viz/internal/flaws"
	"github.com/stheno-ml/stheno/viz/internal/ink"
	"github.com/stheno-ml/stheno/viz/internal/ladder"
)

// TestLabelsOfScenes: in random scenes no label is cut that its box holds, or would hold if it grew.
func TestLabelsOfScenes(t *testing.T) {
	for seed := range uint64(40) {
		s := randomScene(rand.New(rand.NewPCG(seed, 7)))
		for _, g := range []ladder.Geometry{{1, 1}, {2, 1}, {2, 2}, {1, 3}} {
			if cut := flaws.CutLabels(s, ladder.Layout(s, g), g); len(cut) > 0 {
				t.Errorf("scene %d, %+v: %q", seed, g, cut)
			}
		}
	}
}

// TestNotes: the line below the title is written in lines of whole facts, where the drawing is narrow.
func TestNotes(t *testing.T) {
	s := chainScene()
	s.Note = strings.Join([]string{"61,706 parameters", "batch 64",
		"a fact of so many words that no other stands beside it",
		"12 operations", "30 backward", "8 updates not drawn"}, ladder.FactGap)
	p := ladder.Layout(s, ladder.Geometry{2, 1})
	var lines []string
	for _, t := range p.Texts {
		if t.Quiet && t.Size == ink.LabelText {
			lines = append(lines, t.Plain())
		}
	}
	if got := strings.Join(lines, ladder.FactGap); got != s.Note || len(lines) < 2 {
		t.Errorf("the note is %q", lines)
	}
	if found := faults(t, p); len(found) > 0 {
		t.Error(found)
	}
}
