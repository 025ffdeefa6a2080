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

	"github.com/stheno-ml/stheno/data/internal/trial"
)

// TestFrameTable: what is missing is filled by the training rows alone, by each of the rules, and told.
func TestFrameTable(t *testing.T) {
	text := lines("a,b,y", "1,x,no", "2,x,yes", "2,z,no", "9,z,yes", "?,z,no", "100,?,yes")
	for _, c := range []struct {
		rule   Missing
		number float32
		names  [2]float32 // x, z
		report string
	}{
		{MissingMean, 3.5, [2]float32{1, 0}, "a: 1 missing value is 3.5 (line 6)\nb: 1 missing value is x (line 7)"},
		{MissingMedian, 2, [2]float32{1, 0}, "a: 1 missing value is 2 (line 6)\nb: 1 missing value is x (line 7)"},
		{MissingFrequent, 2, [2]float32{1, 0}, "a: 1 missing value is 2 (line 6)\nb: 1 missing value is x (line 7)"},
		{MissingConstant, -7, [2]float32{0, 0},
			"a: 1 missing value is -7 (line 6)\nb: 1 missing value is none of its names (line 7)"},
	} {
		o := Options{Missing: c.rule}
		if c.rule == MissingConstant {
			o.Constant = -7
		}
		f, err := parseFrame("f.csv", text, o)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Table([]int{3, 2, 1, 0}, []int{4, 5})
		if err != nil {
			t.Fatal(err)
		}
		want := []float32{c.number, 0, 1, 100, c.names[0], c.names[1]}
		if !slices.Equal(got.Test.X.F32, want) || got.Changes.String() != c.report {
			t.Errorf("%v: %v, want %v\ngot  %s\nwant %s", c.rule, got.Test.X.F32, want, got.Changes, c.report)
		}
		if !slices.Equal(got.Train.X.F32[:3], []float32{9, 0, 1}) ||
			!slices.Equal(got.Train.Y.I64, []int64{1, 0, 1, 0}) {
			t.Errorf("%v: the training part is %v, %v", c.rule, got.Train.X.F32, got.Train.Y.I64)
		}
		if len(f.Changes) != 0 {
			t.Errorf("%v: the frame has changed", c.rule)
		}
	}
}

func TestFrameCleaned(t *testing.T) {
	text := lines("1,x,no", "?,x,yes", "0,z,no", "-0,z,no", "9,,yes", "0,z,yes", "1,x,no")
	f, err := parseFrame("f.csv", text, Options{Missing: MissingDrop})
	want := "column 1: 1 missing row is left out (line 2)\ncolumn 2: 1 missing row is left out (line 5)"
	if err != nil || f.Len() != 5 || f.Changes.String() != want {
		t.Errorf("%d rows, %v\ngot  %s\nwant %s", f.Len(), err, f.Changes, want)
	}
	d := f.Distinct()
	want += "\n2 duplicate rows are left out (lines 4, 7)"
	if d.Len() != 3 || d.Changes.String() != want || f.Len() != 5 || len(f.Changes) != 2 {
		t.Errorf("%d rows\ngot  %s\nwant %s", d.Len(), d.Changes, want)
	}
	if again := d.Distinct(); again.Len() != 3 || len(again.Changes) != 3 {
		t.Errorf("cleaned again: %d rows, %v", again.Len(), again.Changes)
	}
	if got := fmt.Sprint(d.Labels()); got != "[0 0 1]" {
		t.Errorf("labels %s", got)
	}
}

// TestInliers: outliers are those that numpy's quartiles, mean and deviation say.
func TestInliers(t *testing.T) {
	f, err := parseFrame("f", lines("1,5,0", "2,5,0", "3,5,0", "4,5,0", "14,5,0", "?,5,0", "99,5,0"),
		Options{Missing: MissingMean})
	if err != nil {
		t.Fatal(err)
	}
	rows := []int{0, 1, 2, 3, 4, 5} // of 1 2 3 4 14: quartiles 2 and 4, mean 4.8, deviation 4.7074
	for _, c := range []struct {
		o    Outliers
		want string
	}{
		{Outliers{IQR: 1.5}, "[0 1 2 3 5] column 1: 1 outlier row is left out (line 5)"}, // 14 > 4 + 1.5·2
		{Outliers{IQR: 5}, "[0 1 2 3 4 5] "},                                             // 14 = 4 + 5·2
		{Outliers{ZScore: 1.95}, "[0 1 2 3 5] column 1: 1 outlier row is left out (line 5)"},
		{Outliers{ZScore: 1.96}, "[0 1 2 3 4 5] "}, // (14-4.8)/4.7074 = 1.9544
		{Outliers{IQR: 5, ZScore: 1.9}, "[0 1 2 3 5] column 1: 1 outlier row is left out (line 5)"},
	} {
		kept, report, err := f.Inliers(rows, c.o)
		if got := fmt.Sprintf("%v %v", kept, report); err != nil || got != c.want {
			t.Errorf("%+v: got %s, want %s (%v)", c.o, got, c.want, err)
		}
	}
}

func TestFrameWrong(t *testing.T) {
	f, err := parseFrame("f", lines("1,0", "2,1", "3,0"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	parse := func(o Options, rows ...string) error { return failure(parseFrame("f", lines(rows...), o)) }
	inliers := func(rows []int, o Outliers) error {
		_, _, err := f.Inliers(rows, o)
		return err
	}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"no rows to train on", failure(f.Table(nil, []int{0})), "f: there are no rows to train on"},
		{"no rows to test with", failure(f.Table([]int{0}, nil)), "f: there are no rows to test with"},
		{"a row beyond all", failure(f.Table([]int{0, 3}, []int{1})),
			"there is no row 3 to train on; there are 3 (0…2)"},
		{"a row below 0", failure(f.Table([]int{0}, []int{-1})), "there is no row -1 to test with"},
		{"the zero frame", failure((Frame{}).Table([]int{0}, []int{0})), "there is no row 0"},
		{"folds of the zero frame", failure((Frame{}).Folds(2, 0)), "2 folds of 0 examples"},
		{"no rule for outliers", inliers([]int{0}, Outliers{}), "outliers: there is no rule"},
		{"a rule of NaN", inliers([]int{0}, Outliers{IQR: math.NaN()}), "outliers: the rules are IQR NaN"},
		{"a rule below 0", inliers([]int{0}, Outliers{ZScore: -1}), "ZScore -1"},
		{"outliers of no rows", inliers(nil, Outliers{IQR: 1}), "f: there are no rows to look at"},
		{"an unknown rule for what is missing", parse(Options{Missing: 9}, "1,2", "3,4"),
			"there is no rule Missing(9)"},
		{"a constant of NaN", parse(Options{Missing: MissingConstant, Constant: math.NaN()}, "1,2", "3,4"),
			"the constant for what is missing is NaN"},
		{"a constant without its rule", parse(Options{Constant: 1}, "1,2", "3,4"), "but the rule is error"},
		{"all rows lack a value", parse(Options{Missing: MissingDrop}, "?,2,a", "3,?,b", "1,2,c"),
			"too few rows lack no value (got 1 of 3, want at least 2)"},
		{"one class is left", parse(Options{Missing: MissingDrop}, "?,a", "3,b", "4,b"),
			"column 2: all rows that are left are of one class, b"},
		{"a name beyond its order", parse(Options{Ordinals: []Ordinal{{"1", []string{"low", "high"}}}},
			"low,2", "mid,4"), `line 2, column 1: "mid" is none of the names in its order, low, high`},
		{"an order of nothing", parse(Options{Ordinals: []Ordinal{{"1", nil}}}, "low,2", "mid,4"),
			"column 1: its order has no names"},
		{"a name twice in an order", parse(Options{Ordinals: []Ordinal{{"1", []string{"a", "b", "a"}}}}, "a,2",
			"b,4"), `column 1: the order has "a" twice`},
		{"an order of no column", parse(Options{Ordinals: []Ordinal{{"size", []string{"a"}}}}, "a,2", "b,4"),
			`there is no column "size"`},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, c.err, c.want)
		}
	}
	if _, err := ParseMissing("meen"); err == nil || !strings.Contains(err.Error(), "known are mean, ") {
		t.Errorf("an unknown word: %v", err)
	}
	for _, word := range MissingRules() {
		if m, err := ParseMissing(word); err != nil || m.String() != word {
			t.Errorf("%s is %v (%v)", word, m, err)
		}
	}
}

// TestOrdinals: names with an order are one feature, their places.
func TestOrdinals(t *testing.T) {
	o := Options{Ordinals: []Ordinal{{"size", []string{"low", "mid", "high"}}}, Missing: MissingMean}
	got, err := parseTable("f", lines("size,y", "high,1", "low,2", "?,3"), o)
	if err != nil || !strings.HasPrefix(drawn(got), "size []: [0] 2; ") || !strings.Contains(drawn(got), "[2] 1") {
		t.Errorf("%s (%v)", drawn(got), err)
	}
}

// TestFrameOfTables: the frame of a real table has all rows, and its folds the shares of its classes.
func TestFrameOfTables(t *testing.T) {
	f, err := ReadFrame(filepath.Join(shared, "tables", "iris.csv"), Options{})
	if errors.Is(err, os.ErrNotExist) {
		t.Skip(err)
	}
	folds, ferr := f.Folds(10, 0)
	if err != nil || ferr != nil || f.Len() != 150 || trial.Unfair(folds, 150, f.Labels()) != "" {
		t.Errorf("%d rows, %v, %v, %s", f.Len(), err, ferr, trial.Unfair(folds, 150, f.Labels()))
	}
	if d := f.Distinct(); d.Len() != 147 { // iris.csv has three rows again
		t.Errorf("%d rows are distinct: %v", d.Len(), d.Changes)
	}
	moons, err := OpenFrame(t.Context(), "moons", Options{}, nil)
	if err != nil || moons.Len() != 1000 || moons.Distinct().Len() != 1000 {
		t.Errorf("moons: %d rows, %v", moons.Len(), err)
	}
	whole := Moons(0)
	part, err := moons.Table(countTo(800), []int{999})
	if err != nil || !slices.Equal(part.Train.X.F32, whole.Train.X.F32) ||
		part.Test.Y.I64[0] != whole.Test.Y.I64[199] {
		t.Errorf("moons: other rows, %v", err)
	}
}

// failure is the error of a call.
func failure[T any](_ T, err error) error { return err }
