// This file holds frames: tables that are not parted yet.

package data

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/stheno-ml/stheno/graph"
)

// A Frame is a table before its rows are parted. It says how often and how they are parted, such as for a
// cross-validation, and what of it is cleaned; the rows are counted from 0:
//
//	f, err := data.ReadFrame("iris.csv", data.TableOptions{})
//	folds, err := f.Folds(10, 0)
//	for _, fold := range folds {
//		t, err := f.Table(fold.Train, fold.Test)   // values that are missing are filled by those of fold.Train
//		t = t.Standardize()                        // and so are mean and deviation
//		...
//	}
//
// Nothing changes a frame: its methods return another one. The zero Frame has no rows.
type Frame struct {
	Name    string
	Target  string   // the name of what is predicted
	Classes []string // the name of each label; nil of a target that is a number
	Changes Report   // what was done so far to the rows of the file

	missing  Missing
	constant float64
	grid     *grid
	target   *column
	features []*column
	rows     []int // of the grid, those that the frame has
}

// ReadFrame reads a file as [ReadTable] does, and parts it not: of the options HeldOut and Seed are not looked at.
// With [MissingDrop] rows that lack a value are left out.
func ReadFrame(path string, o TableOptions) (Frame, error) {
	text, err := readText(path, maxTable)
	if err != nil {
		return Frame{}, err
	}
	return parseFrame(path, text, o)
}

// OpenFrame returns the rows of both parts of the table of a name that [Sources] lists, or those of a file, as
// [ReadFrame] reads it by the options. log is as that of [OpenImages].
func OpenFrame(ctx context.Context, source string, o TableOptions, log func(format string, args ...any)) (Frame,
	error) {
	isName, err := lookUp(ctx, source, "table", "file")
	if err != nil {
		return Frame{}, err
	}
	if !isName {
		return ReadFrame(source, o)
	}
	t, err := OpenTable(ctx, source, o, log)
	if err != nil {
		return Frame{}, err
	}
	return t.frame(), nil
}

// frame is that of a table of numbers with classes, which is in no file.
func (t Table) frame() Frame {
	n, width := t.Train.Len()+t.Test.Len(), len(t.Features)
	f := Frame{Name: t.Name, Target: t.Target, Classes: t.Classes,
		grid: &grid{file: t.Name, lines: countTo(n + 1)[1:]}, rows: countTo(n),
		target: &column{name: t.Target, at: width, names: t.Classes,
			codes: slices.Concat(t.Train.Y.I64, t.Test.Y.I64)}}
	x := slices.Concat(t.Train.X.F32, t.Test.X.F32)
	for j, name := range t.Features {
		c := &column{name: name, at: j, numbers: make([]float64, n)}
		for i := range n {
			c.numbers[i] = float64(x[i*width+j])
		}
		f.features = append(f.features, c)
	}
	return f
}

func countTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func parseFrame(path, text string, o TableOptions) (Frame, error) {
	if err := o.check(path); err != nil {
		return Frame{}, err
	}
	g, err := readGrid(path, text)
	if err != nil {
		return Frame{}, err
	}
	target, features, err := g.columns(o)
	if err != nil {
		return Frame{}, err
	}
	f := Frame{Name: baseName(path), Target: target.name, Classes: target.names, missing: o.Missing,
		constant: o.Constant, grid: g, target: target, features: features, rows: countTo(len(g.rows))}
	if o.Missing == MissingError {
		return f, f.complete()
	}
	if o.Missing == MissingDrop {
		return f.dropMissing()
	}
	return f, nil
}

// Len returns the number of rows.
func (f Frame) Len() int { return len(f.rows) }

// Labels are the numbers of the rows' classes; nil of a target that is a number.
func (f Frame) Labels() []int64 {
	if f.target == nil || f.target.codes == nil {
		return nil
	}
	labels := make([]int64, len(f.rows))
	for i, r := range f.rows {
		labels[i] = f.target.codes[r]
	}
	return labels
}

// Folds are k folds of the rows: those of [StratifiedKFold], or of [KFold] if the target is a number.
func (f Frame) Folds(k int, seed uint64) ([]Fold, error) {
	if labels := f.Labels(); labels != nil {
		return StratifiedKFold(labels, k, seed)
	}
	return KFold(f.Len(), k, seed)
}

// Table parts the rows: it returns a table of those to train on and of those to test with, by their numbers, which may
// come more than once. What is missing is filled by what the training rows have, and Changes tells of it.
//
// It is an error if a row is none of the frame's, if a part has no rows, or if none of the training rows has a value
// of a column that lacks some.
func (f Frame) Table(train, test []int) (Table, error) {
	learn, err := f.at("to train on", train)
	if err != nil {
		return Table{}, err
	}
	held, err := f.at("to test with", test)
	if err != nil {
		return Table{}, err
	}
	t := Table{Name: f.Name, Target: f.Target, Classes: f.Classes, Changes: slices.Clone(f.Changes)}
	for _, c := range f.features {
		t.Features, t.named = c.header(t.Features, t.named)
	}
	rows, width := len(learn)+len(held), len(t.Features)
	if width > maxCells/rows {
		return Table{}, damage(fmt.Sprintf("%s: too large (%d rows of %d features are over %d numbers)", f.grid.file,
			rows, width, maxCells))
	}
	x, y := graph.NewTensor(graph.Type{Shape: graph.Shape{rows, width}}), f.target.targets(append(learn, held...))
	from := 0
	for _, c := range f.features {
		if err := f.put(c, learn, held, x.F32[from:], width, &t.Changes); err != nil {
			return Table{}, err
		}
		from += max(len(c.names), 1)
	}
	all := Split{X: x, Y: y}
	t.Train, t.Test = all.Subset(0, len(learn)), all.Subset(len(learn), rows)
	return t, nil
}

// at are the rows of the grid that stand at places of the frame.
func (f Frame) at(what string, places []int) ([]int, error) {
	if len(places) == 0 {
		return nil, fmt.Errorf("%s: there are no rows %s", f.Name, what)
	}
	rows := make([]int, len(places))
	for i, p := range places {
		if p < 0 || p >= len(f.rows) {
			return nil, fmt.Errorf("%s: there is no row %d %s; there are %d (0…%d)", f.Name, p, what, len(f.rows),
				len(f.rows)-1)
		}
		rows[i] = f.rows[p]
	}
	return rows, nil
}

// put writes a column into x, whose rows have so many numbers, and fills what is missing.
func (f Frame) put(c *column, learn, held []int, x []float32, width int, changes *Report) error {
	rows := slices.Concat(learn, held)
	lacking := c.lacking(rows)
	var number float64
	var code int64
	if len(lacking) > 0 {
		var err error
		if number, code, err = f.filling(c, learn); err != nil {
			return err
		}
		*changes = append(*changes, Change{Column: c.name, What: "missing", Lines: f.grid.linesOf(lacking),
			Put: c.shown(number, code)})
	}
	for i, r := range rows {
		switch {
		case c.codes == nil && math.IsNaN(c.numbers[r]):
			x[i*width] = float32(number)
		case c.codes == nil:
			x[i*width] = float32(c.numbers[r])
		case c.codes[r] >= 0:
			x[i*width+int(c.codes[r])] = 1
		case code >= 0:
			x[i*width+int(code)] = 1
		}
	}
	return nil
}

// linesOf are the lines of the file on which rows begin, in rising order and each once.
func (g *grid) linesOf(rows []int) []int {
	lines := make([]int, len(rows))
	for i, r := range rows {
		lines[i] = g.lines[r]
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// lacking are those of the rows that have no value of the column.
func (c *column) lacking(rows []int) (all []int) {
	for _, r := range rows {
		if c.lacks(r) {
			all = append(all, r)
		}
	}
	return all
}

func (c *column) lacks(r int) bool {
	if c.codes != nil {
		return c.codes[r] < 0
	}
	return math.IsNaN(c.numbers[r])
}

// shown is a value of the column, in words.
func (c *column) shown(number float64, code int64) string {
	switch {
	case c.codes == nil:
		return strconv.FormatFloat(number, 'g', 6, 64)
	case code < 0:
		return "none of its names"
	}
	return c.names[code]
}
