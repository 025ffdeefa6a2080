// This file holds tables: rows of numbers and names, of which one column is to be predicted by the others.

package data

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

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
	Train, Test Split

	// What Standardize has taken off each feature and divided it by; nil before.
	Mean, Deviation []float64

	Changes Report // what was done to the rows of the file: values that were filled in, rows that were left out

	named  []bool  // the features that are 1 for one name and 0 for the others; nil for none
	learnt Columns // of a file, but for mean and deviation
}

// TableOptions say what a file of a table means. The zero value predicts the last column.
type TableOptions struct {
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

// The limits of a table, which are checked before memory is taken.
const (
	maxTable      = 64 << 20 // bytes of a file
	maxCells      = 1 << 28  // numbers of X in both parts
	maxColumns    = 1 << 16
	maxCategories = 100 // names of a column, each of which becomes a column of X
	maxClasses    = 1000
)

// ReadTable reads a file of values separated by commas, tabs or semicolons, in UTF-8, fields perhaps in quotes, a row
// a line. The first line may name the columns: it does if it holds no number and stands above numbers, or above names
// other than its own, or if it holds no number but years, such as 1990, and a word of it stands above numbers. With
// semicolons 1,5 is the number 1.5.
//
// A column of numbers becomes a feature; a column of names becomes one feature for each name, which is 1 in the rows
// of that name and 0 in the others. "", ?, NA, N/A, NaN and null stand for a value that is missing, an error unless
// [TableOptions] have a rule for it; a row without its target always is one.
// The parts are drawn by the seed, so that each has about the same share of every class.
//
// What the file does wrong is [ErrDamaged] and names file, line and column: a file of over 64 MiB, rows of different
// length, a word in a column of numbers, a column of over 100 names or with more than 1000 classes.
func ReadTable(path string, o TableOptions) (Table, error) {
	text, err := readText(path, maxTable)
	if err != nil {
		return Table{}, err
	}
	return parseTable(path, text, o)
}

func parseTable(path, text string, o TableOptions) (Table, error) {
	share, err := heldOut(path, o.HeldOut)
	if err != nil {
		return Table{}, err
	}
	f, err := parseFrame(path, text, o)
	if err != nil {
		return Table{}, err
	}
	train, test := holdOut(f.Len(), f.Labels(), share, o.Seed)
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
	if isZero(x) {
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
		panic(fmt.Sprintf("data: Standardize of a table of %d features whose %s.X is %v", len(t.Features), part,
			x.Type))
	}
	return x.F32
}

// A column is one column of a table in memory.
type column struct {
	name    string
	at      int       // in the grid
	numbers []float64 // of each row, NaN where it is missing; nil of a column of names
	names   []string  // the different names; nil of a column of numbers
	order   []string  // of a column of numbers that are the places of names, these names
	codes   []int64   // of each row the place of its name, -1 where it is missing
}

// columns returns the target and the features.
func (g *grid) columns(o TableOptions) (target *column, features []*column, err error) {
	at, leave, named := len(g.rows[0])-1, map[int]bool{}, map[int]bool{}
	if o.Target != "" {
		if at, err = g.find(o.Target); err != nil {
			return nil, nil, err
		}
	}
	if err := g.mark(leave, o.Ignore); err != nil {
		return nil, nil, err
	}
	if leave[at] {
		return nil, nil, columnError(fmt.Sprintf("%s: %s is what is predicted, and is to be left out, too", g.file,
			g.place(at)))
	}
	if err := g.mark(named, o.Categories); err != nil {
		return nil, nil, err
	}
	orders, err := g.orders(o.Ordinals)
	if err != nil {
		return nil, nil, err
	}
	if target, err = g.target(at, o.Classes); err != nil {
		return nil, nil, err
	}
	for i := range g.rows[0] {
		if i == at || leave[i] {
			continue
		}
		c, err := g.feature(i, named[i], orders[i])
		if err != nil {
			return nil, nil, err
		}
		features = append(features, c)
	}
	if len(features) == 0 {
		return nil, nil, columnError(fmt.Sprintf("%s: no column is left to predict %s by", g.file, g.place(at)))
	}
	return target, features, nil
}

// orders are those of columns of names that have one.
func (g *grid) orders(ordinals []Ordinal) (map[int][]string, error) {
	orders := map[int][]string{}
	for _, o := range ordinals {
		i, err := g.find(o.Column)
		if err != nil {
			return nil, err
		}
		for k, name := range o.Order {
			if slices.Contains(o.Order[:k], name) {
				return nil, fmt.Errorf("%s: %s: the order has %q twice", g.file, g.place(i), name)
			}
		}
		if len(o.Order) == 0 {
			return nil, fmt.Errorf("%s: %s: its order has no names", g.file, g.place(i))
		}
		orders[i] = o.Order
	}
	return orders, nil
}

// feature reads column i: as the places of its names if they have an order.
func (g *grid) feature(i int, named bool, order []string) (*column, error) {
	if order == nil {
		return g.column(i, named, maxCategories)
	}
	c := &column{name: g.name(i), at: i, numbers: make([]float64, len(g.rows)), order: order}
	for r, row := range g.rows {
		k := slices.Index(order, row[i])
		if k < 0 && !missing(row[i]) {
			return nil, g.damaged(r, i, "%q is none of the names in its order, %s", row[i], strings.Join(order, ", "))
		}
		if c.numbers[r] = float64(k); k < 0 {
			c.numbers[r] = math.NaN()
		}
	}
	return c, nil
}

func (g *grid) mark(set map[int]bool, names []string) error {
	for _, name := range names {
		i, err := g.find(name)
		if err != nil {
			return err
		}
		set[i] = true
	}
	return nil
}

// target reads the column to predict, which lacks no value.
func (g *grid) target(at int, classes bool) (*column, error) {
	for i, row := range g.rows {
		if missing(row[at]) {
			return nil, g.damaged(i, at, "the target is missing (got %q)", row[at])
		}
	}
	c, err := g.column(at, classes, maxClasses)
	if err == nil && len(c.names) == 1 {
		return nil, damage(fmt.Sprintf("%s: %s: all rows are of one class, %s", g.file, g.place(at), c.names[0]))
	}
	return c, err
}

// column reads column i: as names if it is said to be one or holds no more numbers than other words.
func (g *grid) column(i int, named bool, most int) (*column, error) {
	numbers, words, first := 0, 0, 0
	for r, row := range g.rows {
		switch {
		case missing(row[i]):
		case g.isNumber(row[i]):
			numbers++
		default:
			if words++; words == 1 {
				first = r
			}
		}
	}
	switch {
	case numbers+words == 0:
		return nil, damage(fmt.Sprintf("%s: %s: no row has a value; leave it out (Ignore)", g.file, g.place(i)))
	case named || words >= numbers:
		return g.categories(i, most)
	case words > 0:
		return nil, g.damaged(first, i, "%q is no number, but %d others of the column are", g.rows[first][i], numbers)
	}
	c := &column{name: g.name(i), at: i, numbers: make([]float64, len(g.rows))}
	for r, row := range g.rows {
		if c.numbers[r], _ = g.number(row[i]); missing(row[i]) {
			c.numbers[r] = math.NaN()
		}
	}
	return c, nil
}

// categories reads column i as names, in the order of their numbers if they are such, else of their letters.
func (g *grid) categories(i, most int) (*column, error) {
	c := &column{name: g.name(i), at: i, codes: make([]int64, len(g.rows))}
	place := map[string]int64{}
	for _, row := range g.rows {
		if _, ok := place[row[i]]; !ok && !missing(row[i]) {
			place[row[i]] = 0
			c.names = append(c.names, row[i])
		}
	}
	if len(c.names) > most {
		return nil, damage(fmt.Sprintf("%s: %s: too many names (got %d different ones in %d rows, want at most %d)",
			g.file, g.place(i), len(c.names), len(g.rows), most))
	}
	slices.SortFunc(c.names, g.compare)
	for k, name := range c.names {
		place[name] = int64(k)
	}
	for r, row := range g.rows {
		c.codes[r] = -1
		if k, ok := place[row[i]]; ok {
			c.codes[r] = k
		}
	}
	return c, nil
}

// compare orders numbers by value and before words, which it orders by their letters.
func (g *grid) compare(a, b string) int {
	x, isX := g.number(a)
	y, isY := g.number(b)
	switch {
	case isX && isY && x != y:
		return cmp.Compare(x, y)
	case isX != isY && isX:
		return -1
	case isX != isY:
		return 1
	}
	return strings.Compare(a, b)
}

// header appends the names of the features that the column becomes.
func (c *column) header(features []string, named []bool) ([]string, []bool) {
	if c.names == nil {
		return append(features, c.name), append(named, false)
	}
	for _, name := range c.names {
		features, named = append(features, c.name+"="+name), append(named, true)
	}
	return features, named
}

// targets returns the labels of the rows (N), or the numbers (N, 1).
func (c *column) targets(rows []int) graph.Tensor {
	if c.codes != nil {
		labels := make([]int64, len(rows))
		for i, r := range rows {
			labels[i] = c.codes[r]
		}
		return graph.FromInt64(labels, len(labels))
	}
	y := make([]float32, len(rows))
	for i, r := range rows {
		y[i] = float32(c.numbers[r])
	}
	return graph.FromFloat32(y, len(y), 1)
}

// heldOut returns the share of a set's rows that are held out: a fifth if none is said.
func heldOut(path string, share float64) (float64, error) {
	if share == 0 {
		return .2, nil
	}
	if !(share > 0 && share < 1) {
		return 0, fmt.Errorf("%s: the share held out is %v, want it between 0 and 1", path, share)
	}
	return share, nil
}

// holdOut draws, by seed, which of n ≥ 2 examples are trained on and which are tested with: a share of them, at least
// one each, and of each class the same share to within one example. Without classes all are of one.
func holdOut(n int, classes []int64, share float64, seed uint64) (train, test []int) {
	order := make([]int, n)
	rng.Permute(order, rng.Key(seed, rng.HashString("data.holdout")))
	if classes != nil {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(classes[a], classes[b]) })
	}
	held := make([]bool, n)
	cut := min(max(int(math.Round(share*float64(n))), 1), n-1)
	for j := range cut {
		held[order[(2*j+1)*n/(2*cut)]] = true // evenly over the classes
	}
	for i, is := range held {
		if is {
			test = append(test, i)
		} else {
			train = append(train, i)
		}
	}
	return train, test
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

func moons(key rng.K, n int) Split {
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
	return Split{X: graph.FromFloat32(x, n, 2), Y: graph.FromInt64(y, n)}
}
