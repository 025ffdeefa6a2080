package curves

import (
	"bytes"
	"math"
	"path/filepath"
	"strings"
	"testing"
)

// gains are two spreads of some trainings.
func gains() []Spread {
	return []Spread{
		{Name: "random", X: []float64{1, 5, 20}, Mean: []float64{20, 30, 50}, Least: []float64{18, 30, 45},
			Most: []float64{21, 30, 60}},
		{Name: "learnt", X: []float64{5, 20}, Mean: []float64{60, 70}, Least: []float64{55, 69},
			Most: []float64{65, 71}},
	}
}

// TestSpreads: a plot of spreads names them and their numbers, has an upright with two feet for each, and is the same
// every time.
func TestSpreads(t *testing.T) {
	opt := SpreadsOptions{Title: "few", X: "examples", Y: "accuracy"}
	draw := func(s []Spread) string {
		var b bytes.Buffer
		if err := writeSpreads(&b, s, opt, asSVG); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	svg := draw(gains())
	for _, want := range []string{"few", "random", "learnt", "examples", "accuracy", "1", "5", "20"} {
		if !strings.Contains(svg, ">"+want+"<") {
			t.Errorf("%q is not in the picture", want)
		}
	}
	if svg != draw(gains()) {
		t.Error("the same spreads are drawn otherwise")
	}
	narrow := gains()
	narrow[1].Least, narrow[1].Most = narrow[1].Mean, narrow[1].Mean
	if svg == draw(narrow) { // negative control
		t.Error("uprights are not seen")
	}
	one := []Spread{{Name: "one", X: []float64{5}, Mean: []float64{1}, Least: []float64{1}, Most: []float64{1}}}
	if !strings.Contains(draw(one), ">5<") {
		t.Error("a single number has no tick")
	}
}

func TestSpreadsMisused(t *testing.T) {
	with := func(f func(s *Spread)) []Spread {
		all := gains()
		f(&all[0])
		return all
	}
	for _, c := range []struct {
		name    string
		spreads []Spread
		want    string
	}{
		{"none", nil, "there are no spreads"},
		{"too many", make([]Spread, MostLines+1), "and colours for"},
		{"an empty one", []Spread{{Name: "a"}}, `spread "a": there are 0 numbers`},
		{"a mean that lacks", with(func(s *Spread) { s.Mean = s.Mean[:2] }), "3 numbers, 2 means"},
		{"X of 0", with(func(s *Spread) { s.X[0] = 0 }), "rise from above 0"},
		{"X that falls", with(func(s *Spread) { s.X[2] = 2 }), "rise from above 0"},
		{"X without end", with(func(s *Spread) { s.X[2] = math.Inf(1) }), "rise from above 0"},
		{"X of NaN", with(func(s *Spread) { s.X[1] = math.NaN() }), "rise from above 0"},
		{"a mean above the most", with(func(s *Spread) { s.Most[0] = 1 }), "the mean between the others"},
		{"a mean of NaN", with(func(s *Spread) { s.Mean[0] = math.NaN() }), "want finite numbers"},
		{"a most without end", with(func(s *Spread) { s.Most[0] = math.Inf(1) }), "want finite numbers"},
	} {
		err := WriteSpreads(filepath.Join(t.TempDir(), "a.svg"), c.spreads, SpreadsOptions{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}
