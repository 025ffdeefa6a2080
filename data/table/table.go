// This file holds tables: rows of numbers and names, of which one column is to be predicted by the others.

package table

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/internal/grid"
	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
)

// Table is a data set of rows of features. X of its parts is (N, len(Features)) float32; Y is (N) int64, the number of
// each row's class, or of a target that is a number (N, 1) float32.
type Table struct {
	Name        string
	Features    []string // the name of each column of X
	Target      string   // the name of what is predicted
	Classes     []string // the name of each label; nil of a target that is a number
	Train, Test data.Split

	// What Standardize has taken off each feature and divided it by; nil before.
	Mean, Deviation []float64

	Changes Report // what was done to the rows of the file: values that were filled in, rows that were left out

	named  []bool  // the features that are 1 for one name and 0 for the others; nil for none
	learnt Columns // of a file, but for mean and deviation
}

// Options say what a file of a table means. The zero value predicts the last column.
type Options struct {
	Target     string    // the column to predict, by its name or its number from 1; "" for the last
	Classes    bool      // the target is a class even if it looks like a number; what is no number always is
	Ignore     []string  // columns to leave out, such as a row's number
	Categories []string  // columns of numbers that are names, such as codes
	Ordinals   []Ordinal // columns of names that have an order
	Missing    Missing   // what stands for a value that is missing
	Constant   float64   // that of [MissingConstant]
	HeldOut    float64   // the share of the rows in Test; 0 for a fifth
	Seed       uint64    // of the draw of these rows
}

// Ordinal is a column of names that have an order, such as low, middle and high. It becomes one feature: the place of
// the name in Order, from 0. A name that Order lacks is an error.
type Ordinal struct {
	Column string // by its name or its number from 1
	Order  []string
}

// ErrNoColumn is the error of a column that is asked for and that a table does not have.
var ErrNoColumn = grid.ErrNoColumn

// Read reads a file of values separated by commas, tabs or semicolons, in UTF-8, fields perhaps in quotes, a row
// a line. The first line may name the columns: it does if it holds no number and stands above numbers, or above names
// other than its own, or if it holds no number but years, such as 1990, and a word of it stands above numbers. With
// semicolons 1,5 is the number 1.5.
//
// A column of numbers becomes a feature; a column of names becomes one feature for each name, which is 1 in the rows
// of that name and 0 in the others. "", ?, NA, N/A, NaN and null stand for a value that is missing, an error unless
// [Options] have a rule for it; a row without its target always is one.
// The parts are drawn by the seed, so that each has about the same share of every class.
//
// What the file does wrong is [data.ErrDamaged] and names file, line and column: a file of over 64 MiB, rows of
// different length, a word in a column of numbers, a column of over 100 names or with more than 1000 classes.
func Read(path string, o Options) (Table, error) {
	text, err := read.Text(path, grid.MaxBytes)
	if err != nil {
		return Table{}, err
	}
	return parseTable(path, text, o)
}

func parseTable(path, text string, o Options) (Table, error) {
	share, err := read.HeldOut(path, o.HeldOut)
	if err != nil {
		return Table{}, err
	}
	f, err := parseFrame(path, text, o)
	if err != nil {
		return Table{}, err
	}
	train, test := read.HoldOut(f.Len(), f.Labels(), share, o.Seed)
	return f.Table(train, test)
}

// Standardize returns the table with each feature less its mean and divided by its standard deviation,
//
//	x ← (x - mean) / deviation        the deviation of the whole: its square is Σ(x-mean)²/N
//
// both of the training part alone, so that nothing is learnt from the test part. Features of names stay 0 and 1, a
// feature of one value is divided by 1, and a table that is standardised already stays as it is.
func (t Table) Standardize() Table {
	if t.Mean != nil {
		return t
	}
	n, width := t.Train.Len(), len(t.Features)
	t.Mean, t.Deviation = make([]float64, width), make([]float64, width)
	for j := range width {
		t.Deviation[j] = 1
		if n > 0 && (t.named == nil || !t.named[j]) {
			t.Mean[j], t.Deviation[j] = moments(t.mustX("Train", t.Train.X), j, width)
		}
	}
	t.Train.X, t.Test.X = t.scaled("Train", t.Train.X), t.scaled("Test", t.Test.X)
	return t
}

// moments returns the mean and the deviation of column j.
func moments[T float32 | float64](x []T, j, width int) (mean, deviation float64) {
	n := 0.
	for i := j; i < len(x); i += width {
		mean += float64(x[i])
		n++
	}
	mean /= n
	for i := j; i < len(x); i += width {
		deviation += (float64(x[i]) - mean) * (float64(x[i]) - mean)
	}
	if deviation = math.Sqrt(deviation / n); deviation == 0 {
		deviation = 1
	}
	return mean, deviation
}

// scaled returns a standardised copy of x.
func (t Table) scaled(part string, x graph.Tensor) graph.Tensor {
	if isNone(x) {
		return x
	}
	t.mustX(part, x)
	x = x.Clone()
	standardize(x.F32, t.Mean, t.Deviation)
	return x
}

// standardize takes the mean off each feature of the rows in x, and divides it by the deviation.
func standardize(x []float32, mean, deviation []float64) {
	for i, v := range x {
		j := i % len(mean)
		x[i] = float32((float64(v) - mean[j]) / deviation[j])
	}
}

// mustX returns the elements of X. It panics when they are not a table's.
func (t Table) mustX(part string, x graph.Tensor) []float32 {
	if x.Check() != nil || x.DType != graph.Float32 || len(x.Shape) != 2 || x.Shape[1] != len(t.Features) {
		panic(fmt.Sprintf("table: Standardize of a table of %d features whose %s.X is %v", len(t.Features), part,
			x.Type))
	}
	return x.F32
}

// columnsOf returns the target and the features.
func columnsOf(g *grid.Grid, o Options) (target *grid.Column, features []*grid.Column, err error) {
	at, leave, named := len(g.Rows[0])-1, map[int]bool{}, map[int]bool{}
	if o.Target != "" {
		if at, err = g.Find(o.Target); err != nil {
			return nil, nil, err
		}
	}
	if err := mark(g, leave, o.Ignore); err != nil {
		return nil, nil, err
	}
	if leave[at] {
		return nil, nil, grid.ColumnError(fmt.Sprintf("%s: %s is what is predicted, and is to be left out, too",
			g.File, g.Place(at)))
	}
	if err := mark(g, named, o.Categories); err != nil {
		return nil, nil, err
	}
	orders, err := ordersOf(g, o.Ordinals)
	if err != nil {
		return nil, nil, err
	}
	if target, err = g.Target(at, o.Classes); err != nil {
		return nil, nil, err
	}
	for i := range g.Rows[0] {
		if i == at || leave[i] {
			continue
		}
		c, err := g.Feature(i, named[i], orders[i])
		if err != nil {
			return nil, nil, err
		}
		features = append(features, c)
	}
	if len(features) == 0 {
		return nil, nil, grid.ColumnError(fmt.Sprintf("%s: no column is left to predict %s by", g.File, g.Place(at)))
	}
	return target, features, nil
}

// ordersOf are those of columns of names that have one.
func ordersOf(g *grid.Grid, ordinals []Ordinal) (map[int][]string, error) {
	orders := map[int][]string{}
	for _, o := range ordinals {
		i, err := g.Find(o.Column)
		if err != nil {
			return nil, err
		}
		for k, name := range o.Order {
			if slices.Contains(o.Order[:k], name) {
				return nil, fmt.Errorf("%s: %s: the order has %q twice", g.File, g.Place(i), name)
			}
		}
		if len(o.Order) == 0 {
			return nil, fmt.Errorf("%s: %s: its order has no names", g.File, g.Place(i))
		}
		orders[i] = o.Order
	}
	return orders, nil
}

func mark(g *grid.Grid, set map[int]bool, names []string) error {
	for _, name := range names {
		i, err := g.Find(name)
		if err != nil {
			return err
		}
		set[i] = true
	}
	return nil
}

// Moons returns the built-in table: points (x, y) of two half circles that reach into each other, as those of
// scikit-learn's make_moons, 800 to train on and 200 to test with. The upper one is (cos a, sin a), the lower one
// (1 - cos a, ½ - sin a), with a uniform in [0, π), and normal noise of deviation 0.15 is added. It needs no file;
// point i of each part is of class i mod 2 and a function of (seed, part, i) alone.
//
// No straight line parts the classes: a linear classifier stays near 0.88, a network of 16 hidden units comes to 0.98.
func Moons(seed uint64) Table {
	return Table{
		Name:     "moons",
		Features: []string{"x", "y"},
		Target:   "moon",
		Classes:  []string{"upper", "lower"},
		Train:    moons(rng.Key(seed, rng.HashString("data.moons.train")), 800),
		Test:     moons(rng.Key(seed, rng.HashString("data.moons.test")), 200),
	}
}

func moons(key rng.K, n int) data.Split {
	const noise = .15
	x, y := make([]float32, 2*n), make([]int64, n)
	for i := range n {
		var angle [1]float64
		var bell [2]float64
		rng.Uniform(angle[:], key.Sub(uint64(i)), 0)
		rng.Normal(bell[:], key.Sub(uint64(i)), 4) // numbers 0 to 3 are of the block of the angle
		sin, cos := math.Sincos(math.Pi * angle[0])
		if y[i] = int64(i % 2); y[i] == 1 {
			sin, cos = .5-sin, 1-cos
		}
		x[2*i], x[2*i+1] = float32(cos+noise*bell[0]), float32(sin+noise*bell[1])
	}
	return data.Split{X: graph.FromFloat32(x, n, 2), Y: graph.FromInt64(y, n)}
}

// Open returns the table of a name that [data.Sources] lists, or of a file, as [Read] reads it by the options.
// log is as that of [data.OpenImages].
func Open(ctx context.Context, source string, o Options, log func(format string, args ...any)) (Table,
	error) {
	isName, err := read.LookUp(ctx, source, "table", "file")
	switch {
	case err != nil:
		return Table{}, err
	case isName:
		t := Moons(0)
		if o.Target != "" && o.Target != t.Target {
			return Table{}, fmt.Errorf("%s: there is no target %q; known is %s", source, o.Target, t.Target)
		}
		return t, nil
	}
	return Read(source, o)
}

// isNone reports the zero Tensor, which has no element and is no scalar.
func isNone(x graph.Tensor) bool { return len(x.Shape)+len(x.F32)+len(x.F64)+len(x.I64) == 0 }
