package recipe

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/kinds"
	"github.com/stheno-ml/stheno/nn"
)

// TestWeightsOfWords: what a word is said to move is what the margin of the answer changes by when its vector grows,
// by central differences.
func TestWeightsOfWords(t *testing.T) {
	for _, name := range []string{"sentiment", "language"} {
		t.Run(name, func(t *testing.T) {
			r := mustFind(t, name)
			k := r.Kind.(kinds.Sentences)
			m := r.New(r.Usual())
			for p := range m.Params().All() { // words of some weight
				for i := range p.Tensor().F32 {
					p.Tensor().F32[i] *= 2
				}
			}
			text := "the plot is not dull"
			if name == "language" {
				text = "melira"
			}
			all, _, err := k.Predict(m, []string{text}, 1)
			if err != nil {
				t.Fatal(err)
			}
			ids, err := m.Form.Words.Encode(text)
			if err != nil {
				t.Fatal(err)
			}
			answer := slices.Index(m.Form.Classes, all[0].Prediction)
			margin := func() float64 {
				logits, err := nn.NewPredictor(m).Predict(graph.FromInt64(ids, 1, len(ids)))
				if err != nil {
					t.Fatal(err)
				}
				others := 0.
				for i, v := range logits.F32 {
					if i != answer {
						others += float64(v) / float64(len(logits.F32)-1)
					}
				}
				return float64(logits.F32[answer]) - others
			}
			table := m.Params().Get("embedding.weight").Tensor()
			for i, w := range all[0].Words {
				row := table.Rows(int(ids[i]), int(ids[i])+1).F32
				before := slices.Clone(row)
				grown := func(by float32) float64 {
					for j, v := range before {
						row[j] = v * (1 + by)
					}
					defer copy(row, before)
					return margin()
				}
				const h = 1e-2
				want := (grown(h) - grown(-h)) / (2 * h)
				if d := math.Abs(w.Weight - want); d > 2e-3*(1+math.Abs(want)) {
					t.Errorf("%s moves %v, by differences %v", w.Word, w.Weight, want)
				}
			}
		})
	}
}

// TestTextsKeepTheirWords: a model that is gone on from reads other data by its own words.
func TestTextsKeepTheirWords(t *testing.T) {
	w := data.NewWords([]string{"film"}, kinds.ByWord)
	k := mustFind(t, "sentiment").Kind
	set, err := k.Open(context.Background(), "reviews", &kind.Form{Words: &w, Classes: []string{"neg", "pos"}}, t.Logf)
	if err != nil || set.Form.Words.Len() != w.Len() {
		t.Errorf("%v, %v", set, err)
	}
}

// TestSynonymsAreData: the checksum of texts that vary by synonyms is another where a letter of these is, and that of
// the texts as they are knows of none.
func TestSynonymsAreData(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.txt")
	sum := func(words, view string) string {
		t.Helper()
		if err := os.WriteFile(path, []byte(words), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Find("sentiment")
		if err == nil {
			r, err = r.Augmented(view)
		}
		if err != nil {
			t.Fatal(err)
		}
		set, err := r.Kind.Open(t.Context(), "reviews", nil, func(string, ...any) {})
		if err != nil {
			t.Fatal(err)
		}
		return data.Checksum(set.Train(8, 0))
	}
	by := "synonyms=" + path
	one, two, plain := sum("great fine", by), sum("great dull", by), sum("great fine", "swap=.1")
	if one == two || one == plain || one != sum("great fine", by) || plain != sum("great dull", "swap=.1") {
		t.Errorf("the checksums are %s and %s, and without synonyms %s", one, two, plain)
	}
}
