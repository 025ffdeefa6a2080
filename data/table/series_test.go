package table

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/stheno-ml/stheno/data"
)

func TestReadSeries(t *testing.T) {
	for _, c := range []struct {
		name, in string
		o        SeriesOptions
		want     string // the column, the values and the cut, or the error after "f.csv: "
	}{
		{"the last column", lines("Month,Sold", "2020-01,3", "2020-02,4"), SeriesOptions{}, "Sold [3 4] 1"},
		{"a column by name", lines("a,b", "1,2", "3,4"), SeriesOptions{Column: "a"}, "a [1 3] 1"},
		{"a column by number", lines("1,2", "3,4"), SeriesOptions{Column: "1"}, "column 1 [1 3] 1"},
		{"one column, with empty lines at the end", "1\n2\n3\n4\n\n\n", SeriesOptions{HeldOut: .5},
			"column 1 [1 2 3 4] 2"},
		{"decimal commas", lines("a;b", "1;2,5", "3;4"), SeriesOptions{}, "b [2.5 4] 1"},
		{"a part of at least one value", lines("1", "2", "3"), SeriesOptions{HeldOut: .01}, "column 1 [1 2 3] 2"},
		{"and of not all", lines("1", "2", "3"), SeriesOptions{HeldOut: .99}, "column 1 [1 2 3] 1"},
		{"gaps filled by the last value", lines("x", "1", "NA", "?", "4", "NaN"), SeriesOptions{Fill: FillLast},
			"x [1 1 1 4 4] 4"},
		{"gaps filled by a line", lines("x", "1", "NA", "?", "4"), SeriesOptions{Fill: FillLine}, "x [1 2 3 4] 3"},

		{"a word above numbers, beside a year", lines("t,1990", "1,5", "2,6"), SeriesOptions{}, "1990 [5 6] 1"},
		{"a year that is asked for by name", lines("region,1990", "north,5", "south,6"), SeriesOptions{Column: "1990"},
			"1990 [5 6] 1"},
		{"the same line as values, by number", lines("Jan,1990", "Feb,980"), SeriesOptions{Column: "2"},
			"column 2 [1990 980] 1"},
		{"years that are values", lines("a,1990", "b,1991", "c,1995"), SeriesOptions{}, "column 2 [1990 1991 1995] 2"},
		{"dates beside such a value", lines("1990-01,1200", "1990-02,980"), SeriesOptions{}, "column 2 [1200 980] 1"},
		{"a gap beside such a value", lines(",1990", "1,980"), SeriesOptions{}, "column 2 [1990 980] 1"},

		{"a line of a word and a year", lines("region,1990", "north,5", "south,6"), SeriesOptions{},
			`line 1: "region" and "1990" may be names of columns or values: ask for the column by its name, 1990, ` +
				`or by its number, 2`},
		{"such a line above one value", lines("region,1990", "north,5"), SeriesOptions{Column: "1990"},
			"too few rows (got 1, want at least 2)"},
		{"a number with underscores", lines("x", "1", "1_000"), SeriesOptions{},
			`line 3, column 1 (x): "1_000" is no number`},
		{"a hexadecimal number", lines("x", "1", "0x1p4"), SeriesOptions{},
			`line 3, column 1 (x): "0x1p4" is no number`},
		{"infinity", lines("x", "1", "+Infinity"), SeriesOptions{}, `line 3, column 1 (x): "+Infinity" is no number`},
		{"another spelling of a missing value", lines("x", "1", "NAN"), SeriesOptions{},
			`line 3, column 1 (x): "NAN" is no number`},
		{"a gap", lines("t,x", "1,1", "2,", "3,3"), SeriesOptions{},
			`line 3, column 2 (x): the value is missing (got ""); the rules previous and linear fill it`},
		{"a gap at the begin", lines("x", "NA", "1", "2"), SeriesOptions{Fill: FillLast},
			`line 2, column 1 (x): the value is missing (got "NA"), and none stands before it to fill it by`},
		{"a gap at the end", lines("x", "1", "2", "NA"), SeriesOptions{Fill: FillLine},
			`line 4, column 1 (x): the value is missing (got "NA"), and none stands behind it to fill it by`},
		{"an empty line among values", lines("1", "", "3"), SeriesOptions{Fill: FillLast},
			"line 2: an empty line among values; write NA if one is missing"},
		{"a word", lines("1,2", "3,x", "4,5"), SeriesOptions{}, `line 2, column 2: "x" is no number`},
		{"a column of dates", lines("Month,Sold", "2020-01,3", "2020-02,4"), SeriesOptions{Column: "Month"},
			`line 2, column 1 (Month): "2020-01" is no number`},
		{"an unknown column", lines("a,b", "1,2", "3,4"), SeriesOptions{Column: "c"},
			`there is no column "c"; known are a, b`},
		{"an unknown rule", lines("1", "2"), SeriesOptions{Fill: 3},
			"there is no rule 3 to fill gaps by; known are NoFill, FillLast and FillLine"},
		{"one value", lines("x", "1"), SeriesOptions{}, "too few rows (got 1, want at least 2)"},
		{"nothing", "", SeriesOptions{}, "too few rows (got 0, want at least 2)"},
		{"a share beyond one", lines("1", "2"), SeriesOptions{HeldOut: 2},
			"the share held out is 2, want it between 0 and 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := parseSeries("f.csv", c.in, c.o)
			got := fmt.Sprint(s.Column, " ", s.Values, " ", s.Cut)
			if err != nil {
				got = strings.TrimPrefix(err.Error(), "f.csv: ")
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if err != nil && strings.HasPrefix(got, "line") && !errors.Is(err, data.ErrDamaged) {
				t.Errorf("%v is not ErrDamaged", err)
			}
		})
	}
	if _, err := ReadSeries(filepath.Join(t.TempDir(), "none"), SeriesOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// TestPersistence: the errors are those of sums over the files' columns by Python.
func TestPersistence(t *testing.T) {
	for _, c := range []struct {
		name  string
		share float64
		n     int
		want  float64
	}{
		{"airline-passengers", .33, 144, 48.04},
		{"monthly-sunspots", .2, 2820, 20.09},
		{"daily-min-temperatures", .2, 3650, 2.481},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := ReadSeries(filepath.Join(shared, "tables", c.name+".csv"), SeriesOptions{HeldOut: c.share})
			if errors.Is(err, os.ErrNotExist) {
				t.Skip(err)
			}
			if got := s.Persistence(); err != nil || len(s.Values) != c.n || math.Abs(got-c.want) > c.want/5000 {
				t.Errorf("got %.4f of %d values, %v; want %v", got, len(s.Values), err, c.want)
			}
		})
	}
	for name, s := range map[string]Series{
		"nothing to test with": {Values: []float64{1}, Cut: 1},
		"nothing before it":    {Values: []float64{1}},
		"the zero series":      {},
	} {
		if got := s.Persistence(); !math.IsNaN(got) {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestWindows(t *testing.T) {
	s := newSeries("s", "x", []float64{1, 3, 1, 3, 5, 7}, .34) // the training part 1 3 1 3 has mean 2, deviation 1
	train, test, err := s.Windows(3)
	if err != nil || s.Cut != 4 || s.Mean != 2 || s.Deviation != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	if got := fmt.Sprint(train.X, train.Y, test.X, test.Y); got !=
		"float32 (1, 3, 1) -1 1 -1 float32 (1) 1 float32 (2, 3, 1) 1 -1 1 -1 1 3 float32 (2) 3 5" {
		t.Errorf("got %s", got)
	}
	if got := s.Restore(3); got != 5 {
		t.Errorf("3 was %v", got)
	}
	if _, _, err := newSeries("s", "x", []float64{2, 2, 2}, .3).Windows(1); err != nil {
		t.Errorf("a constant series: %v", err)
	}
	for _, c := range []struct {
		name string
		s    Series
		t    int
		want string
	}{
		{"no value", s, 0, "s: no window of 0 values and the next one is in the training part of 4"},
		{"as many as the training part has", s, 4,
			"s: no window of 4 values and the next one is in the training part of 4"},
		{"much memory", Series{Name: "s", Values: make([]float64, 1<<15), Cut: 1 << 14}, 1<<13 + 1,
			"s: 24575 windows of 8193 values are over 268435456 numbers"},
		{"a cut behind the end", Series{Name: "s", Cut: 1}, 1, "s: the cut is at 1 of 0 values"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, _, err := c.s.Windows(c.t); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// TestSine: the built-in series is as hard as its comment says: by persistence, and by least squares.
func TestSine(t *testing.T) {
	s := Sine(0)
	if len(s.Values) != 1000 || s.Cut != 800 || !slices.Equal(s.Values, Sine(0).Values) ||
		slices.Equal(s.Values, Sine(1).Values) {
		t.Errorf("%d values, cut at %d, or not by seed", len(s.Values), s.Cut)
	}
	if got := s.Persistence(); math.Abs(got-.23) > .005 {
		t.Errorf("persistence has %.3f", got)
	}
	train, test, err := s.Windows(30)
	if err != nil {
		t.Fatal(err)
	}
	wide := func(x []float32, columns int) *mat.Dense {
		v := make([]float64, len(x))
		for i := range x {
			v[i] = float64(x[i])
		}
		return mat.NewDense(len(x)/columns, columns, v)
	}
	var w, y mat.Dense
	if err := w.Solve(wide(train.X.F32, 30), wide(train.Y.F32, 1)); err != nil {
		t.Fatal(err)
	}
	y.Mul(wide(test.X.F32, 30), &w)
	y.Sub(&y, wide(test.Y.F32, 1))
	if got := s.Deviation * mat.Norm(&y, 2) / math.Sqrt(200); math.Abs(got-.11) > .01 {
		t.Errorf("a linear model has %.3f", got)
	}
}

func FuzzSeries(f *testing.F) {
	for i, seed := range []string{"", "1\n2\n3", "a,b\n1,2\n3,NA\n4,5", "1\n\n2", "x\n?\n1\n?", "1e38;2\n3,5;4"} {
		f.Add(seed, i%3)
	}
	f.Fuzz(func(t *testing.T, in string, rule int) {
		s, err := parseSeries("f", in, SeriesOptions{Fill: Fill(rule)})
		if err != nil {
			return
		}
		if s.Cut < 1 || s.Cut >= len(s.Values) || slices.ContainsFunc(s.Values, math.IsNaN) {
			t.Errorf("%q gives %v, cut at %d", in, s.Values, s.Cut)
		}
		if train, test, err := s.Windows(1); s.Cut > 1 && (err != nil || train.Len()+test.Len() != len(s.Values)-1) {
			t.Errorf("%q: %d and %d windows, %v", in, train.Len(), test.Len(), err)
		}
	})
}

// A model forecasts the next value by the two before it, and must do better than to repeat the last one.
func ExampleReadSeries() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "ice.csv")
	if err := os.WriteFile(path, []byte("month,sold\n1,20\n2,NA\n3,40\n4,50\n5,70\n"), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	ice, err := ReadSeries(path, SeriesOptions{Column: "sold", Fill: FillLine})
	if err != nil {
		fmt.Println(err)
		return
	}
	train, test, err := ice.Windows(2)
	fmt.Println(ice.Values, ice.Cut, ice.Persistence())
	fmt.Printf("%v %v %.2f %v\n", train.X.Shape, test.X.Shape, ice.Restore(float64(test.Y.F32[0])), err)
	// Output:
	// [20 30 40 50 70] 4 20
	// (2, 2, 1) (1, 2, 1) 70.00 <nil>
}
