package kinds

import "testing"

func TestMajority(t *testing.T) {
	for _, c := range []struct {
		name           string
		learnt, tested []int64
		want           float64
	}{
		{"the most frequent class", []int64{0, 1, 1}, []int64{1, 0, 0, 0}, .25},
		{"the first of two", []int64{2, 1, 1, 2}, []int64{1, 1, 2, 0}, .5},
		{"a class that is not tested with", []int64{3, 3, 0}, []int64{0}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := majority(c.learnt, c.tested); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
