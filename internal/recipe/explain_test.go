package recipe

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train/explain"
)

// TestExplainRows: of a row of each file that tells classes of pictures there is saliency, and a model with
// convolutions has feature maps that are smaller than the picture, with another map for another class.
func TestExplainRows(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Table() {
		if _, ok := r.Kind.(Explainer); !ok || r.Kind.Data() != "images" || seen[r.File] {
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

// TestChosen: the class that is explained is the answer or the one that is named, with its probability.
func TestChosen(t *testing.T) {
	logits, names := []float32{1, 3, 2}, []string{"ant", "bee", "2"}
	for _, c := range []struct {
		name, class string
		of          string
		number      int
		want        string // or the error
	}{
		{"the answer", "", "bee", 1, ""},
		{"by name", "ant", "ant", 0, ""},
		{"by number", "1", "bee", 1, ""},
		{"a name that is a number", "2", "2", 2, ""},
		{"no such number", "3", "", 0, "it is none of the model's 3 classes, whose numbers are 0 to 2"},
		{"no such name", "aunt", "", 0, "unknown class; known are ant, bee, 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer, of, number, err := chosen(logits, names, c.class)
			var class ClassError
			switch {
			case c.want != "" && (!errors.As(err, &class) || err.Error() != c.want):
				t.Errorf("got %v, want %s", err, c.want)
			case c.want == "" && (err != nil || answer.Prediction != "bee" || of.Prediction != c.of ||
				number != c.number || of.Probability > answer.Probability || (number == 1) != (of == answer)):
				t.Errorf("got %v, %v and %d; %v", answer, of, number, err)
			}
		})
	}
	_, _, _, err := chosen([]float32{1, 2}, slices.Repeat([]string{"a class of many"}, 40), "x")
	if err == nil || !strings.HasSuffix(err.Error(), "and 28 more") {
		t.Errorf("of many classes: %v", err)
	}
}

// TestOnePlace: the logits of one place of a text are those of the whole at that place.
func TestOnePlace(t *testing.T) {
	r, err := Find("gpt")
	if err != nil {
		t.Fatal(err)
	}
	r = tiny(t, r)
	m := r.New(r.Usual())
	x := m.InputNumbers(1, 5)[0]
	all, err := nn.NewPredictor(m).Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	one, err := nn.NewPredictor(onePlace{m, 3, 2, 7}).Predict(x)
	v := all.Shape[2]
	if err != nil || !slices.Equal(one.F32, all.F32[3*v+2:3*v+7]) {
		t.Errorf("got %v; %v", one, err)
	}
}
