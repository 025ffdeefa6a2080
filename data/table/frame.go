// This file holds frames: tables that are not parted yet.

package table

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/internal/grid"
	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/graph"
)

// A Frame is a table before its rows are parted. It says how often and how they are parted, such as for a
// cross-validation, and what of it is cleaned; the rows are counted from 0:
//
//	f, err := table.ReadFrame("iris.csv", table.Options{})
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
	unnamed  int // columns of a file that has no names for them; 0 where they have names
	grid     *grid.Grid
	target   *grid.Column
	features []*grid.Column
	rows     []int // of the grid, those that the frame has
}

// ReadFrame reads a file as [Read] does, and parts it not: of the options HeldOut and Seed are not looked at.
// With [MissingDrop] rows that lack a value are left out.
func ReadFrame(path string, o Options) (Frame, error) {
	text, err := read.Text(path, grid.MaxBytes)
	if err != nil {
		return Frame{}, err
	}
	return parseFrame(path, text, o)
}

// OpenFrame returns the rows of both parts of the table of a name that [data.Sources] lists, or those of a file, as
// [ReadFrame] reads it by the options. log is as that of [data.OpenImages].
func OpenFrame(ctx context.Context, source string, o Options, log func(format string, args ...any)) (Frame,
	error) {
	isName, err := read.LookUp(ctx, source, "table", "file")
	if err != nil {
		return Frame{}, err
	}
	if !isName {
		return ReadFrame(source, o)
	}
	t, err := Open(ctx, source, o, log)
	if err != nil {
		return Frame{}, err
	}
	return t.frame(), nil
}

// frame is that of a table of numbers with classes, which is in no file.
func (t Table) frame() Frame {
	n, width := t.Train.Len()+t.Test.Len(), len(t.Features)
	f := Frame{Name: t.Name, Target: t.Target, Classes: t.Classes,
		grid: &grid.Grid{File: t.Name, Lines: countTo(n + 1)[1:]}, rows: countTo(n),
		target: &grid.Column{Name: t.Target, At: width, Names: t.Classes,
			Codes: slices.Concat(t.Train.Y.I64, t.Test.Y.I64)}}
	x := slices.Concat(t.Train.X.F32, t.Test.X.F32)
	for j, name := range t.Features {
		c := &grid.Column{Name: name, At: j, Numbers: make([]float64, n)}
		for i := range n {
			c.Numbers[i] = float64(x[i*width+j])
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

func parseFrame(path, text string, o Options) (Frame, error) {
	if err := o.check(path); err != nil {
		return Frame{}, err
	}
	g, err := grid.Read(path, text)
	if err != nil {
		return Frame{}, err
	}
	target, features, err := columnsOf(g, o)
	if err != nil {
		return Frame{}, err
	}
	f := Frame{Name: read.BaseName(path), Target: target.Name, Classes: target.Names, missing: o.Missing,
		constant: o.Constant, grid: g, target: target, features: features, rows: countTo(len(g.Rows))}
	if g.Names == nil {
		f.unnamed = len(g.Rows[0])
	}
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
	if f.target == nil || f.target.Codes == nil {
		return nil
	}
	labels := make([]int64, len(f.rows))
	for i, r := range f.rows {
		labels[i] = f.target.Codes[r]
	}
	return labels
}

// Folds are k folds of the rows: those of [data.StratifiedKFold], or of [data.KFold] if the target is a number.
func (f Frame) Folds(k int, seed uint64) ([]data.Fold, error) {
	if labels := f.Labels(); labels != nil {
		return data.StratifiedKFold(labels, k, seed)
	}
	return data.KFold(f.Len(), k, seed)
}

// HoldOut parts the rows as [Read] does: it draws, by the seed, a share of them to test with, a fifth if it is 0,
// and of each class the same share to within one row.
//
// It is an error if the share is not between 0 and 1, or if there are fewer than 2 rows.
func (f Frame) HoldOut(share float64, seed uint64) (data.Fold, error) {
	share, err := read.HeldOut(f.Name, share)
	if err != nil {
		return data.Fold{}, err
	}
	if f.Len() < 2 {
		return data.Fold{}, fmt.Errorf("%s: too few rows to part (got %d, want at least 2)", f.Name, f.Len())
	}
	train, test := read.HoldOut(f.Len(), f.Labels(), share, seed)
	return data.Fold{Train: train, Test: test}, nil
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
		t.Features, t.named = c.Header(t.Features, t.named)
	}
	if t.learnt, err = f.learn(learn); err != nil {
		return Table{}, err
	}
	rows := slices.Concat(learn, held)
	x, changes, err := f.fill(t.learnt.List, rows)
	if err != nil {
		return Table{}, err
	}
	t.Changes = append(t.Changes, changes...)
	all := data.Split{X: x, Y: f.target.Targets(rows)}
	t.Train, t.Test = all.Subset(0, len(learn)), all.Subset(len(learn), len(rows))
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

// fill returns the features (N, features) of rows of the grid. What is missing is filled as the columns say, and told.
func (f Frame) fill(columns []Column, rows []int) (x graph.Tensor, changes Report, err error) {
	width := widthOf(columns)
	if width > read.MaxCells/len(rows) {
		return x, nil, read.Damage(fmt.Sprintf("%s: too large (%d rows of %d features are over %d numbers)",
			f.grid.File, len(rows), width, read.MaxCells))
	}
	x = graph.NewTensor(graph.Type{Shape: graph.Shape{len(rows), width}})
	from := 0
	for i, c := range f.features {
		if lacking := c.Lacking(rows); len(lacking) > 0 {
			changes = append(changes, Change{Column: c.Name, What: "missing", Lines: f.grid.LinesOf(lacking),
				Put: c.Shown(columns[i].Fill)})
		}
		c.Put(columns[i].Fill, rows, x.F32[from:], width)
		from += columns[i].width()
	}
	return x, changes, nil
}

// Checksum is the SHA-256 of what the rows have in the columns of the features and in the target, as hexadecimal
// digits. Columns in another order in the file, or more of them, leave it as it is where [Columns.Open] has opened it.
func (f Frame) Checksum() string {
	sum := sha256.New()
	var b []byte
	columns := f.features
	if f.target != nil {
		columns = append(slices.Clone(columns), f.target)
	}
	for _, c := range columns {
		b = fmt.Appendf(b[:0], "%d %q %q %q\n", len(f.rows), c.Name, c.Names, c.Order)
		for _, r := range f.rows {
			b = c.Key(b, r)
		}
		sum.Write(b)
	}
	return hex.EncodeToString(sum.Sum(nil))
}
