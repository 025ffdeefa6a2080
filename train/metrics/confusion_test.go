package metrics

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestConfusion: the matrix of scikit-learn's documentation, and F1 of Keras's tests.
func TestConfusion(t *testing.T) {
	c, err := Confuse([]int64{2, 0, 2, 2, 0, 1}, []int64{0, 0, 2, 2, 0, 2}, 3)
	if err != nil || fmt.Sprint(c.Counts) != "[[2 0 0] [0 0 1] [1 0 2]]" {
		t.Errorf("%v, %v", c, err)
	}
	// keras/src/metrics/f_score_metrics_test.py: F1 of the classes .8, .5, .6667; micro .6667, macro .65556
	c = &Confusion{Counts: [][]int{{2, 0, 0}, {1, 1, 1}, {0, 0, 1}}}
	for k, want := range []float64{.8, .5, 2. / 3} {
		if got := c.Classes()[k].F1; math.Abs(got-want) > 1e-12 {
			t.Errorf("F1 of class %d is %v, want %v", k, got, want)
		}
	}
	for how, want := range map[Averaging]float64{Micro: 2. / 3, Macro: .65555556} {
		if got := c.Average(how).F1; math.Abs(got-want) > 1e-8 {
			t.Errorf("%v F1 is %v, want %v", how, got, want)
		}
	}
	if got := c.Average(7); got != (Scores{}) {
		t.Errorf("an average that there is not: %+v", got)
	}
}

// TestMicroIsAccuracy: of random predictions the micro scores are the accuracy, and so is the weighted recall.
func TestMicroIsAccuracy(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 100 {
		k, n := 1+r.IntN(6), 1+r.IntN(50)
		truth, predicted := make([]int64, n), make([]int64, n)
		for i := range n {
			truth[i], predicted[i] = int64(r.IntN(k)), int64(r.IntN(k))
		}
		c, err := Confuse(truth, predicted, k)
		want, other := Accuracy(truth, predicted)
		micro := c.Average(Micro)
		if err != nil || other != nil || c.Accuracy() != want || math.Abs(micro.F1-want) > 1e-12 ||
			micro.Precision != want || math.Abs(c.Average(Weighted).Recall-want) > 1e-12 || micro.Support != n {
			t.Fatalf("accuracy %v, of the matrix %v, micro %+v (%v, %v)", want, c.Accuracy(), micro, err, other)
		}
		if again := (&Confusion{Counts: c.Counts}); again.Add(c) != nil || again.Average(Micro).Support != 2*n {
			t.Fatalf("twice: %v", again)
		}
	}
}

func TestConfusionText(t *testing.T) {
	c := &Confusion{Counts: [][]int{{8, 2}, {1, 109}}, Names: []string{"猫", ""}}
	want := `truth \ taken for  猫    1
猫                  8    2
1                   1  109
`
	if got := c.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := c.Report(); !strings.Contains(got, "accuracy                     0.9750      120\n") {
		t.Errorf("got\n%s", got)
	}
	for _, bad := range []*Confusion{nil, {}, {Counts: [][]int{{1, 2}}}, {Counts: [][]int{{-1}}}} {
		got := fmt.Sprint(bad.String(), bad.Report(), bad.MCC(), bad.Average(Macro))
		if !strings.HasPrefix(got, "confusion: ") {
			t.Errorf("a matrix that is none is drawn as %s", got)
		}
		if err := c.Add(bad); err == nil {
			t.Errorf("%v is added", bad)
		}
	}
}
