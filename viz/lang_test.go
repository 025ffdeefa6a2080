package viz

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/internal/flaws"
	"github.com/stheno-ml/stheno/viz/internal/words"
)

// TestChinese: in a Chinese drawing headings, legend, notes and tooltips are Chinese; what is not is a name of an op
// or of a value, or a shape.
func TestChinese(t *testing.T) {
	for _, d := range append(drawnModels(t), recurrentDrawn(t)) {
		for depth := -1; depth <= 2; depth++ {
			svg := written(t, func(b *bytes.Buffer) error {
				return WriteSVG(b, d.g, Options{Backward: true, Depth: depth, Lang: Chinese})
			})
			picture, err := flaws.Read(svg)
			if err != nil {
				t.Fatal(err)
			}
			if found := picture.Check(); len(found) > 0 {
				t.Errorf("%s, depth %d: %s", d.name, depth, found[0])
			}
			for p := range words.Count {
				en, zh := p.Texts()
				en = strings.TrimSpace(strings.NewReplacer("%s", "", "|", "").Replace(en))
				if len(en) < 5 || p == words.HeadForward || strings.Contains(zh, en) {
					continue // short ones occur in names
				}
				if strings.Contains(svg, ">"+en) || strings.Contains(svg, en+"<") {
					t.Errorf("%s, depth %d: %q is English", d.name, depth, en)
				}
			}
			if !strings.Contains(svg, `lang="zh"`) {
				t.Error("the document does not tell its language")
			}
		}
	}
}

func TestUnknownLanguage(t *testing.T) {
	g := &graph.Graph{}
	ops.ReLU(g.Input("x", 3))
	err := WriteSVG(new(bytes.Buffer), g, Options{Lang: "de"})
	if err == nil || err.Error() != `viz: language "de" is not known; known are "en" and "zh"` {
		t.Errorf("got %v", err)
	}
	if !slices.Equal(Langs(), []Lang{English, Chinese}) {
		t.Error(Langs())
	}
}
