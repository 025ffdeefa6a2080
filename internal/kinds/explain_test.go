package kinds

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/internal/kind"
)

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
			var class kind.ClassError
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
