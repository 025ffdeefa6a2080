package proof

import (
	"math"
	"testing"
)

// TestShapesSeeFaults: what a kernel may do wrong is seen.
func TestShapesSeeFaults(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fault bool
		spoil func(all []float32)
	}{
		{"nothing is wrong", false, func([]float32) {}},
		{"an element is off by one", true, func(all []float32) { all[boundary+20]++ }},
		{"an element before the results is written", true, func(all []float32) { all[boundary-1] = 5 }},
		{"an element behind the results is written", true, func(all []float32) { all[len(all)-boundary] = 5 }},
		{"an element is not written", true, func(all []float32) { all[boundary+20] = float32(math.NaN()) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newTrial(1, 1)
			y := s.Result(40)
			for i := range y {
				y[i] = float32(i)
			}
			want := Wide(y)
			tc.spoil(s.results[0].all)
			s.Equal("y", y, want, 0)
			s.intact()
			if (s.fault != "") != tc.fault {
				t.Errorf("the fault is %q", s.fault)
			}
		})
	}
}
