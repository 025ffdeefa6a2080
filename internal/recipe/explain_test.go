package recipe

import (
	"errors"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/train/explain"
)

// TestExplainRows: of a row of each file that tells classes of pictures there is saliency, and a model with
// convolutions has feature maps that are smaller than the picture, with another map for another class.
func TestExplainRows(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Table() {
		if _, ok := r.Kind.(kind.Explainer); !ok || r.Kind.Data() != "images" || seen[r.File] {
			continue
		}
		seen[r.File] = true
		t.Run(r.Name, func(t *testing.T) {
			r := tiny(t, r)
			m := r.New(r.Usual())
			x := m.InputNumbers(1, 3)[0]
			s, err := explain.Saliency(m, x, explain.SaliencyOptions{Classes: []int{1}})
			if err != nil || slices.Max(s.F32) == 0 {
				t.Errorf("there is no saliency: %v; %v", s, err)
			}
			c, err := explain.GradCAM(m, x, explain.GradCAMOptions{Classes: []int{1}})
			if !r.Convolves() {
				if !errors.Is(err, explain.ErrNoMaps) {
					t.Errorf("got %v, want %v", err, explain.ErrNoMaps)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.Maps[1] >= x.Shape[2] || c.Maps[1]*c.Maps[2] < 2 {
				t.Errorf("the maps of %s are %v", c.Layer, c.Maps)
			}
			other, err := explain.GradCAM(m, x, explain.GradCAMOptions{Classes: []int{2}})
			if err != nil || slices.Equal(other.Map.F32, c.Map.F32) && slices.Max(c.Map.F32) > 0 {
				t.Errorf("another class has the same map; %v", err)
			}
		})
	}
	if len(seen) < 7 {
		t.Errorf("only %d files were seen", len(seen))
	}
}
