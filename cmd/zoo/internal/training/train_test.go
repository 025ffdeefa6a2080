package training

import "testing"

// TestEndless: the number of epochs that stands for none where the steps are given is a number where they are not.
func TestEndless(t *testing.T) {
	for _, c := range []struct {
		steps int
		want  bool
	}{{0, false}, {3, true}} {
		if f := (trainFlags{epochs: endless, steps: c.steps}); f.bySteps() != c.want {
			t.Errorf("%d epochs and %d steps: by steps %v", endless, c.steps, !c.want)
		}
	}
}
