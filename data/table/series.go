// This file holds series: one number after the other in time, to be forecast by those before.

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

// Series is a data set of numbers in the order of time. Values before Cut are learnt from, those from it on are tested
// with. Mean and Deviation are those of the training part, the deviation 1 if all its values are one.
type Series struct {
	Name, Column    string
	Values          []float64
	Cut             int
	Mean, Deviation float64
}

// SeriesOptions say what a file of a series means. The zero value takes the last column, without gaps.
type SeriesOptions struct {
	Column  string  // by its name or its number from 1; "" for the last
	Fill    Fill    // what stands for a value that is missing
	HeldOut float64 // the share of the values in the test part, which are the last ones; 0 for a fifth
}

// Fill is the rule by which the gaps of a series are filled.
type Fill int

// The rules of filling.
const (
	NoFill   Fill = iota // a gap is an error
	FillLast             // previous: the last value before it, as whoever waits for the next value would have to
	FillLine             // linear: the straight line from the value before to the one behind, which knows the future
)

// ReadSeries reads a column of a file of a table, as [Read] reads its fields, a value a line in the order of
// time. Dates in other columns are not looked at. Where a first line such as region,1990 may name the columns or be
// values, it names them if Column is one of these names and is values if Column is a number; without a Column it is an
// error. "", ?, NA, N/A, NaN and null stand for a value that is missing, an error unless the options have a rule to
// fill it.
//
// What the file does wrong is [data.ErrDamaged] and names file, line and column: a word, a gap that has no value
// beside it to be filled by, an empty line among those of a file of one column, fewer than two values, over 64 MiB.
func ReadSeries(path string, o SeriesOptions) (Series, error) {
	text, err := read.Text(path, grid.MaxBytes)
	if err != nil {
		return Series{}, err
	}
	return parseSeries(path, text, o)
}

// ParseSeries returns the series of a text that is read already, as [ReadSeries] does. Name is that of where it comes
// from, for errors.
func ParseSeries(name string, text []byte, o SeriesOptions) (Series, error) {
	checked, err := read.CheckText(name, string(text))
	if err != nil {
		return Series{}, err
	}
	return parseSeries(name, checked, o)
}

func parseSeries(path, text string, o SeriesOptions) (Series, error) {
	share, err := read.HeldOut(path, o.HeldOut)
	if err != nil {
		return Series{}, err
	}
	g, err := grid.Read(path, text)
	if err != nil {
		return Series{}, err
	}
	column, err := seriesColumn(g, o.Column)
	if err != nil {
		return Series{}, err
	}
	values, err := valuesOf(g, column)
	if err != nil {
		return Series{}, err
	}
	if err := fillGaps(g, column, values, o.Fill); err != nil {
		return Series{}, err
	}
	return newSeries(read.BaseName(path), g.Name(column), values, share), nil
}

// seriesColumn returns the column that is asked for, by its name or its number; the last without either.
func seriesColumn(g *grid.Grid, asked string) (int, error) {
	first := g.Rows[0]
	last := len(first) - 1
	switch {
	case asked == "" && g.MayBeNames() && g.IsYearOverOthers(last):
		return 0,
			read.Damage(fmt.Sprintf("%s: line %d: %q and %q may be names of columns or values: ask for the column by "+
				"its name, %[4]s, or by its number, %d", g.File, g.Lines[0], first[0], first[last], last+1))
	case asked == "":
		return last, nil
	case g.MayBeNames() && slices.Contains(first, asked):
		g.NameColumns()
		if err := g.Check(2); err != nil {
			return 0, err
		}
	}
	return g.Find(asked)
}

// newSeries parts at least two values: round(share·N) are tested with, at least one and not all.
func newSeries(name, column string, values []float64, share float64) Series {
	n := len(values)
	held := min(max(int(math.Round(share*float64(n))), 1), n-1)
	s := Series{Name: name, Column: column, Values: values, Cut: n - held}
	s.Mean, s.Deviation = moments(values[:s.Cut], 0, 1)
	return s
}

// valuesOf reads the numbers of a column, NaN where one is missing.
func valuesOf(g *grid.Grid, column int) ([]float64, error) {
	values := make([]float64, len(g.Rows))
	if err := g.NoEmptyLine(); err != nil {
		return nil, err
	}
	for i, row := range g.Rows {
		v, ok := g.Number(row[column])
		switch {
		case grid.Missing(row[column]):
			v = math.NaN()
		case !ok:
			return nil, g.Damaged(i, column, "%q is no number", row[column])
		}
		values[i] = v
	}
	return values, nil
}

// fillGaps puts what the rule says where a value is missing.
func fillGaps(g *grid.Grid, column int, values []float64, rule Fill) error {
	if rule < NoFill || rule > FillLine {
		return fmt.Errorf("%s: there is no rule %d to fill gaps by; known are NoFill, FillLast and FillLine", g.File,
			int(rule))
	}
	for i := 0; i < len(values); i++ {
		if !math.IsNaN(values[i]) {
			continue
		}
		next := i
		for next < len(values) && math.IsNaN(values[next]) {
			next++
		}
		switch {
		case rule == NoFill:
			return g.Damaged(i, column, "the value is missing (got %q); the rules previous and linear fill it",
				g.Rows[i][column])
		case i == 0:
			return g.Damaged(i, column, "the value is missing (got %q), and none stands before it to fill it by",
				g.Rows[i][column])
		case rule == FillLine && next == len(values):
			return g.Damaged(i, column, "the value is missing (got %q), and none stands behind it to fill it by",
				g.Rows[i][column])
		}
		from := values[i-1]
		for k := i; k < next; k++ {
			values[k] = from
			if rule == FillLine {
				part := float64(k-i+1) / float64(next-i+1)
				values[k] = (1-part)*from + part*values[next]
			}
		}
	}
	return nil
}

// Windows returns the examples of the series: X (N, T, 1) float32 are t values in their order and Y (N) the one after
// them, all standardised by the training part,
//
//	x ← (x - Mean) / Deviation
//
// There is one for each value that has t before it: in the training part those before Cut, in the test part all from
// Cut on, of which the first windows reach back into what was learnt from, as they may: it is past. It is an error if
// no window of t values is in the training part, or if all are more than 2²⁸ numbers.
func (s Series) Windows(t int) (train, test data.Split, err error) {
	switch {
	case s.Cut < 0 || s.Cut > len(s.Values):
		return data.Split{}, data.Split{}, fmt.Errorf("%s: the cut is at %d of %d values", s.Name, s.Cut,
			len(s.Values))
	case t < 1 || t >= s.Cut:
		return data.Split{}, data.Split{},
			fmt.Errorf("%s: no window of %d values and the next one is in the training part of %d",
				s.Name, t, s.Cut)
	case t > read.MaxCells/len(s.Values):
		return data.Split{}, data.Split{}, fmt.Errorf("%s: %d windows of %d values are over %d numbers", s.Name,
			len(s.Values)-t, t, read.MaxCells)
	}
	scaled := make([]float32, len(s.Values))
	for i, v := range s.Values {
		scaled[i] = float32((v - s.Mean) / s.Deviation)
	}
	return windows(scaled, t, t, s.Cut), windows(scaled, t, s.Cut, len(scaled)), nil
}

// windows returns the examples whose targets are values [from, to).
func windows(values []float32, t, from, to int) data.Split {
	n := to - from
	x, y := make([]float32, n*t), make([]float32, n)
	for i := range n {
		copy(x[i*t:(i+1)*t], values[from+i-t:])
		y[i] = values[from+i]
	}
	return data.Split{X: graph.FromFloat32(x, n, t, 1), Y: graph.FromFloat32(y, n)}
}

// Restore returns what a standardised value was: y·Deviation + Mean. An error of standardised values, such as a root
// mean square, becomes one of values times Deviation.
func (s Series) Restore(y float64) float64 { return y*s.Deviation + s.Mean }

// Persistence returns the root of the mean square error of forecasting each value of the test part by the one before
// it, in the unit of the values. A model that is not below it has learnt nothing but to repeat. It is NaN if there is
// no value to test with, or none before the first.
func (s Series) Persistence() float64 {
	if s.Cut < 1 || s.Cut >= len(s.Values) {
		return math.NaN()
	}
	sum := 0.
	for i := s.Cut; i < len(s.Values); i++ {
		d := s.Values[i] - s.Values[i-1]
		sum += d * d
	}
	return math.Sqrt(sum / float64(len(s.Values)-s.Cut))
}

// Sine returns the built-in series: 1000 values of two waves and noise, of which the last 200 are tested with. It
// needs no file; the noise is a function of the seed.
//
//	sin(2πi/25) + ½·sin(2πi/60) + 0.1·normal(i)
//
// Noise cannot be forecast: nothing comes below a root mean square error of 0.1. Persistence has 0.23, a linear model
// of the last 30 values 0.11: the waves are that simple.
func Sine(seed uint64) Series {
	const n, noise = 1000, .1
	values := make([]float64, n)
	rng.Normal(values, rng.Key(seed, rng.HashString("data.sine")), 0)
	for i := range values {
		at := 2 * math.Pi * float64(i)
		values[i] = math.Sin(at/25) + .5*math.Sin(at/60) + noise*values[i]
	}
	return newSeries("sine", "value", values, .2)
}

// OpenSeries returns the series of a name that [data.Sources] lists, or of a file, as [ReadSeries] reads it by the
// options. log is as that of [data.OpenImages].
func OpenSeries(ctx context.Context, source string, o SeriesOptions, log func(format string, args ...any)) (Series,
	error) {
	isName, err := read.LookUp(ctx, source, "series", "file")
	switch {
	case err != nil:
		return Series{}, err
	case isName:
		return Sine(0), nil
	}
	return ReadSeries(source, o)
}
