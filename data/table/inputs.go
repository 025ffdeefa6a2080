// This file holds the reading of rows by columns that are known: those of another file than was learnt from.

package table

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/internal/grid"
	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/near"
)

// Open returns the rows of a table that has these columns and the target: one of a name that [data.Sources] lists, or
// a file, whose first line names the columns if that of the training did; they may stand in another order, and there
// may be more. log is as that of [data.OpenImages]. With [MissingDrop] rows that lack a value are left out.
//
// What the file lacks, or has that the training rows did not, is [data.ErrDamaged] and names file, line and column: a
// column, a class or a name that is not known, a word in a column of numbers, a missing value without a rule for it.
func (c Columns) Open(ctx context.Context, source string, log func(format string, args ...any)) (Frame, error) {
	isName, err := read.LookUp(ctx, source, "table", "file")
	if err != nil {
		return Frame{}, err
	}
	if isName {
		t, err := Open(ctx, source, Options{}, log)
		if err != nil {
			return Frame{}, err
		}
		return c.of(t.frame())
	}
	text, err := read.Text(source, grid.MaxBytes)
	if err != nil {
		return Frame{}, err
	}
	return c.parse(source, text)
}

func (c Columns) parse(path, text string) (Frame, error) {
	g, places, err := c.grid(path, text)
	if err != nil {
		return Frame{}, err
	}
	at := places[len(c.List)]
	if at < 0 {
		return Frame{}, read.Damage(fmt.Sprintf("%s: line %d: there is no column %q, which is the target", path,
			max(g.Head, 1), c.Target))
	}
	f, err := c.frame(g, places)
	if err != nil {
		return Frame{}, err
	}
	for r, row := range g.Rows {
		if grid.Missing(row[at]) {
			return Frame{}, g.Damaged(r, at, "the target is missing (got %q)", row[at])
		}
	}
	if f.target, err = (Column{Name: c.Target, Names: c.Classes}).read(g, at); err != nil {
		return Frame{}, err
	}
	if c.Missing != MissingDrop {
		return f, nil
	}
	if f = f.dropped(); len(f.rows) == 0 {
		return Frame{}, read.Damage(fmt.Sprintf("%s: each of its %d rows lacks a value", path, len(g.Rows)))
	}
	return f, nil
}

// of returns a frame of numbers, which is of no file, with its columns in the order of these.
func (c Columns) of(f Frame) (Frame, error) {
	if err := c.Check(); err != nil {
		return Frame{}, fmt.Errorf("%s: %w", f.Name, err)
	}
	if f.Target != c.Target || !slices.Equal(f.Classes, c.Classes) {
		return Frame{}, read.Damage(fmt.Sprintf("%s: the target is %s, of %s, the model's is %s, of %s", f.Name,
			f.Target, strings.Join(f.Classes, ", "), c.Target, listed("", c.Classes)))
	}
	var features []*grid.Column
	for _, col := range c.List {
		i := slices.IndexFunc(f.features, func(has *grid.Column) bool { return has.Name == col.Name })
		if i < 0 || len(col.Names)+len(col.Order) > 0 {
			return Frame{}, read.Damage(fmt.Sprintf("%s: there is no column %q as the model reads it", f.Name,
				col.Name))
		}
		features = append(features, f.features[i])
	}
	f.features, f.missing = features, c.Missing
	return f, nil
}

// grid reads the fields of a file of at least one row, and says in which column of it each of these is, and last the
// target, -1 if it is not there.
func (c Columns) grid(path, text string) (*grid.Grid, []int, error) {
	if err := c.Check(); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	g, err := grid.ReadFields(path, text)
	if err != nil {
		return nil, nil, err
	}
	if c.isHeader(g) {
		g.NameColumns()
	}
	if err := g.Check(1); err != nil {
		return nil, nil, err
	}
	if err := g.NoEmptyLine(); err != nil {
		return nil, nil, err
	}
	if c.Unnamed > 0 {
		places, err := c.byPlace(g)
		return g, places, err
	}
	places, err := c.byName(g)
	return g, places, err
}

// isHeader reports whether the first row names columns: it has one of these names, or looks like it. Of a file without
// names it is passed over where it stands above numbers.
func (c Columns) isHeader(g *grid.Grid) bool {
	if len(g.Rows) == 0 {
		return false
	}
	if c.Unnamed == 0 {
		return slices.ContainsFunc(g.Rows[0], c.has) || g.IsHeader()
	}
	places, err := c.byPlace(g)
	if err != nil {
		return false
	}
	for i, col := range c.List {
		first := g.Rows[0][places[i]]
		if len(col.Names)+len(col.Order) == 0 && !g.IsNumber(first) && !grid.Missing(first) {
			return g.IsHeader()
		}
	}
	return false
}

// has reports the name of a column, or of the target.
func (c Columns) has(name string) bool {
	return name == c.Target || slices.ContainsFunc(c.List, func(col Column) bool { return col.Name == name })
}

func (c Columns) byName(g *grid.Grid) ([]int, error) {
	if g.Names == nil {
		return nil, read.Damage(fmt.Sprintf("%s: line %d: it names no columns, and the model knows them by their "+
			"names, such as %q", g.File, g.Lines[0], c.List[0].Name))
	}
	at := map[string]int{}
	for i := range g.Names {
		at[g.Name(i)] = i
	}
	places := make([]int, len(c.List)+1)
	for i, col := range c.List {
		place, ok := at[col.Name]
		if !ok {
			return nil, read.Damage(fmt.Sprintf("%s: line %d: there is no column %q, which the model reads; "+
				"there are %s", g.File, g.Head, col.Name, listed(col.Name, g.Names)))
		}
		places[i] = place
	}
	places[len(c.List)] = -1
	if place, ok := at[c.Target]; ok {
		places[len(c.List)] = place
	}
	return places, nil
}

// byPlace finds columns by their numbers. Those behind the target come one before where it is not there.
func (c Columns) byPlace(g *grid.Grid) ([]int, error) {
	without := 0
	switch n := len(g.Rows[0]); n {
	case c.Unnamed:
	case c.Unnamed - 1:
		without = 1
	default:
		return nil, read.Damage(fmt.Sprintf("%s: line %d: wrong number of fields (got %d, want %d, or %d without the "+
			"target, column %d)", g.File, g.Lines[0], n, c.Unnamed, c.Unnamed-1, c.TargetAt))
	}
	places := make([]int, len(c.List)+1)
	for i, col := range c.List {
		if places[i] = col.At - 1; col.At > c.TargetAt {
			places[i] -= without
		}
	}
	places[len(c.List)] = c.TargetAt - 1
	if without > 0 {
		places[len(c.List)] = -1
	}
	return places, nil
}

// listed writes names, those first that are most like a word, and not all of many.
func listed(like string, names []string) string {
	known, rest := near.Sort(like, slices.Clone(names)), ""
	if more := len(known) - grid.MostNames; more > 0 {
		known, rest = known[:grid.MostNames], fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(known, ", ") + rest
}

// frame reads the features. A missing value is an error unless there is a rule for it.
func (c Columns) frame(g *grid.Grid, places []int) (Frame, error) {
	f := Frame{Name: read.BaseName(g.File), Target: c.Target, Classes: slices.Clone(c.Classes), missing: c.Missing,
		unnamed: c.Unnamed, grid: g, rows: countTo(len(g.Rows))}
	for i, col := range c.List {
		one, err := col.read(g, places[i])
		if err != nil {
			return Frame{}, err
		}
		if c.Missing == MissingConstant && one.Codes == nil {
			f.constant = col.Fill
		}
		f.features = append(f.features, one)
	}
	if c.Missing == MissingError {
		return f, f.complete()
	}
	return f, nil
}

// read reads a column of the grid as the training rows had it.
func (c Column) read(g *grid.Grid, at int) (*grid.Column, error) {
	col := &grid.Column{Name: c.Name, At: at, Order: c.Order}
	if len(c.Names) > 0 {
		col.Names, col.Codes = c.Names, make([]int64, len(g.Rows))
	} else {
		col.Numbers = make([]float64, len(g.Rows))
	}
	known := slices.Concat(c.Names, c.Order)
	place := map[string]int{}
	for k, name := range known {
		place[name] = k
	}
	for r, row := range g.Rows {
		k, isKnown := place[row[at]]
		v, isNumber := g.Number(row[at])
		switch {
		case grid.Missing(row[at]):
			k, v = -1, math.NaN()
		case len(known) > 0 && !isKnown:
			return nil, g.Damaged(r, at, "want one of %s, got %q", listed(row[at], known), row[at])
		case len(known) > 0:
			v = float64(k)
		case !isNumber:
			return nil, g.Damaged(r, at, "want a number, got %q", row[at])
		}
		if col.Codes != nil {
			col.Codes[r] = int64(k)
		} else {
			col.Numbers[r] = v
		}
	}
	return col, nil
}

// Split returns rows of a frame that [Columns.Open] has opened, by their numbers, or all of them for nil, with the
// features that a model was made for: X (N, Width) standardised, Y as that of a [Table]. The report has what the frame
// has changed, and what is filled here.
//
// It is an error if the frame has other columns, if a row is none of its, or if a number is so far from those of the
// training rows that the feature is not finite in float32.
func (c Columns) Split(f Frame, rows []int) (data.Split, Report, error) {
	if rows == nil {
		rows = countTo(f.Len())
	}
	at, err := f.at("to read", rows)
	if err != nil {
		return data.Split{}, nil, err
	}
	x, changes, err := c.standardized(f, at)
	if err != nil {
		return data.Split{}, nil, err
	}
	return data.Split{X: x, Y: f.target.Targets(at)}, append(slices.Clone(f.Changes), changes...), nil
}

// standardized returns the features of rows of the grid.
func (c Columns) standardized(f Frame, rows []int) (x graph.Tensor, changes Report, err error) {
	same := func(has *grid.Column, col Column) bool {
		return has.Name == col.Name && slices.Equal(has.Names, col.Names) && slices.Equal(has.Order, col.Order)
	}
	if !slices.EqualFunc(f.features, c.List, same) {
		return x, nil, fmt.Errorf("%s: the frame was not opened by these columns", f.Name)
	}
	if x, changes, err = f.fill(c.List, rows); err != nil {
		return x, nil, err
	}
	var mean, deviation []float64
	var of []*grid.Column
	for i, col := range c.List {
		for range col.width() {
			mean, deviation = append(mean, col.Mean), append(deviation, col.Deviation)
			of = append(of, f.features[i])
		}
	}
	standardize(x.F32, mean, deviation)
	for i, v := range x.F32 {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			r, col := rows[i/len(of)], of[i%len(of)]
			return x, nil, f.grid.Damaged(r, col.At, "%v is too far from the numbers that were learnt from, which "+
				"differ by %v", col.Numbers[r], deviation[i%len(of)])
		}
	}
	return x, changes, nil
}

// Inputs are rows to answer to.
type Inputs struct {
	X       graph.Tensor // (N, features), standardised
	Lines   []int        // of the file, on which each row begins
	Changes Report       // values that were filled in
}

// ReadInputs reads the rows of a file that has these columns, as [Columns.Open] does, but that the target is not
// looked at and need not be there, one row is enough, and a missing value is an error with [MissingDrop], too.
func (c Columns) ReadInputs(path string) (Inputs, error) {
	text, err := read.Text(path, grid.MaxBytes)
	if err != nil {
		return Inputs{}, err
	}
	return c.inputs(path, text)
}

// ParseInputs is [Columns.ReadInputs] of a text that is read already. Name is that of where it comes from, for errors.
func (c Columns) ParseInputs(name string, text []byte) (Inputs, error) {
	checked, err := read.CheckText(name, string(text))
	if err != nil {
		return Inputs{}, err
	}
	return c.inputs(name, checked)
}

func (c Columns) inputs(path, text string) (in Inputs, err error) {
	g, places, err := c.grid(path, text)
	if err != nil {
		return in, err
	}
	f, err := c.frame(g, places)
	if err != nil {
		return in, err
	}
	if !c.Missing.fills() {
		if err := f.complete(); err != nil {
			return in, err
		}
	}
	in.Lines = g.Lines
	in.X, in.Changes, err = c.standardized(f, f.rows)
	return in, err
}
