package cli

import (
	"math"
	"testing"
)

// TestFigure: a figure in a line of text, however large, is short.
func TestFigure(t *testing.T) {
	for _, c := range []struct {
		value float64
		want  string
	}{
		{0, "0.0000"}, {.12345, "0.1235"}, {-9999999, "-9999999.0000"}, {1e7, "1e+07"}, {-1.23456e308, "-1.235e+308"},
		{math.NaN(), "NaN"}, {math.Inf(1), "+Inf"},
	} {
		if got := Figure(c.value).String(); got != c.want {
			t.Errorf("%g: got %s, want %s", c.value, got, c.want)
		}
	}
}
