package kinds

import "testing"

// TestNumbers: a value is written so that it is told from others of its series.
func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		name             string
		value, deviation float64
		want             string
	}{
		{"six digits do", 433.15826, 100, "433.158"},
		{"none at the end", 421, 100, "421"},
		{"zero", 0, 100, "0"},
		{"far from 0, and close to its neighbours", 1e9 + 3.25, 2.5, "1000000003.25"},
		{"below 0", -1e9 - 3.25, 2.5, "-1000000003.25"},
		{"no more digits than a float64 has", 1, 1e-300, "1"},
	} {
		if got := numbers([]float64{c.value}, c.deviation); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}
