// This file holds the kind of models that tell the class of a row of a table.

package kinds

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/table"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// Tabular is a model of the rows of tables, with a logit for each class.
type Tabular struct {
	Of      kind.Kind // that of the row's usual data
	reading kind.Reading
	balance kind.Balance
	piped   []byte // what standard input has
}

// tableEndings are those of files that are tables.
var tableEndings = []string{".csv", ".tsv", ".tab", ".data"}

// IsTable reports a source of rows: the known name of a table, or the path of a file that is called like one.
func IsTable(source string) bool {
	for _, s := range data.Sources() {
		if s.Name == source {
			return s.Kind == "table"
		}
	}
	info, err := os.Stat(source)
	return slices.Contains(tableEndings, strings.ToLower(filepath.Ext(source))) && (err != nil || !info.IsDir())
}

func (Tabular) Word() string { return "table classifier" }
func (Tabular) Data() string { return "table" }

// moonColumns are those of the built-in table.
var moonColumns = sync.OnceValue(func() table.Columns { return table.Moons(0).Standardize().Columns() })

func (Tabular) Form() kind.Form {
	c := moonColumns()
	return kind.Form{Input: graph.Shape{c.Width()}, Classes: c.Classes,
		Table: &kind.TableForm{Columns: c, Rows: 1, HeldOut: .2}}
}

func (Tabular) Readings() []string { return []string{"target", "ignore", "missing", "held-out"} }

func (k Tabular) Reading(r kind.Reading) (kind.Kind, error) {
	k.reading = r
	return k, r.Check()
}

// Frame opens a table whose target has classes, not parted yet.
func (k Tabular) Frame(ctx context.Context, source string, log func(string, ...any)) (table.Frame, error) {
	f, err := table.OpenFrame(ctx, source, k.reading.TableOptions(), log)
	switch n := len(f.Classes); {
	case err != nil:
	case 2*n > f.Len():
		return f, kind.TargetError{
			Err: fmt.Errorf("target %s has %d different values in %d rows, which are no classes; name "+
				"another column by --target", f.Target, n, f.Len())}
	case n > mostMeasured && measured(f.Classes):
		return f, kind.TargetError{
			Err: fmt.Errorf("target %s has %d different values that are numbers, not all whole: it "+
				"looks like a number to predict, and a %s tells classes; name a column of classes by --target",
				f.Target, n, k.Word())}
	}
	return f, err
}

// mostMeasured is how many different numbers that are not all whole are taken for classes, such as the stars of
// reviews, 0.5 to 5.
const mostMeasured = 20

// measured reports numbers that are not all whole.
func measured(values []string) bool {
	parts := false
	for _, v := range values {
		x, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return false
		}
		parts = parts || x != math.Trunc(x)
	}
	return parts
}

// Open opens a table, of which a share is held out, the same in each run. What a model of a form has learnt of columns
// stays.
func (k Tabular) Open(ctx context.Context, source string, made *kind.Form, log func(string, ...any)) (*kind.Set,
	error) {
	var f table.Frame
	var err error
	if made == nil {
		f, err = k.Frame(ctx, source, log)
	} else {
		f, err = made.Table.Open(ctx, source, log)
	}
	if err != nil {
		return nil, err
	}
	held := cmp.Or(k.reading.HeldOut, usualShare)
	parts, err := f.HoldOut(held, 0)
	if err != nil {
		return nil, kind.Damaged{Err: err}
	}
	form := kind.TableForm{HeldOut: held, Checksum: f.Checksum()}
	if made == nil {
		t, err := f.Table(parts.Train, parts.Test)
		if err != nil {
			return nil, err
		}
		t = t.Standardize()
		form.Columns = t.Columns()
		return k.SetOf(source, form, t.Train, t.Test, t.Changes)
	}
	form.Columns = made.Table.Columns
	all, changes, err := form.Split(f, slices.Concat(parts.Train, parts.Test))
	if err != nil {
		return nil, err
	}
	n := len(parts.Train)
	return k.SetOf(source, form, all.Subset(0, n), all.Subset(n, all.Len()), changes)
}

// usualShare is the share of the rows that is held out.
const usualShare = .2

// SetOf is the data of a table that is parted, and the form of a model that learns from them.
func (k Tabular) SetOf(source string, form kind.TableForm, learn, test data.Split, changes table.Report) (*kind.Set,
	error) {
	if err := form.Columns.Check(); err != nil {
		return nil, kind.Damaged{Err: fmt.Errorf("%s: %w", source, err)}
	}
	classes := form.Classes
	rows, err := k.sampled(learn.Y.I64, len(classes), form.Width())
	if err != nil {
		return nil, kind.Damaged{Err: fmt.Errorf("%s: %w", source, err)}
	}
	form.Rows, form.Majority = min(rows, learn.Len()), commonest(learn.Y.I64)
	if k.balance.Weights {
		if form.Weights, err = data.ClassWeights(learn.Y.I64, len(classes)); err != nil {
			return nil, err
		}
	}
	set := testOf(form, test)
	set.TrainLen, set.Tightest, set.Changes = rows, math.MaxInt, changes
	set.Train = func(batch int, seed uint64) train.Source {
		s := learn.Pick(k.sample(learn.Y.I64, seed)).Seeded(seed)
		return s.Shuffled(min(batch, s.Len()))
	}
	return set, nil
}

// testOf is the test part of a set.
func testOf(form kind.TableForm, test data.Split) *kind.Set {
	return &kind.Set{Form: kind.Form{Input: graph.Shape{form.Width()}, Classes: form.Classes, Table: &form},
		TestLen: test.Len(), Noun: "row", Each: 1, Test: test.Ordered(testBatch),
		Beside: []kind.Comparison{{Metric: constant("majority", shareOf(test.Y.I64, form.Majority)),
			With: "accuracy"}}}
}

// OpenTest opens the rows that were held out, if the file has those that the model learnt from, or all rows of another
// one.
func (k Tabular) OpenTest(ctx context.Context, source string, made *kind.Form, log func(string, ...any)) (*kind.Set,
	error) {
	form := *made.Table
	f, err := form.Open(ctx, source, log)
	if err != nil {
		return nil, err
	}
	var rows []int
	same := f.Checksum() == form.Checksum
	if same {
		parts, err := f.HoldOut(form.HeldOut, 0)
		if err != nil {
			return nil, kind.Damaged{Err: err}
		}
		rows = parts.Test
	}
	test, changes, err := form.Split(f, rows)
	if err != nil {
		return nil, err
	}
	set := testOf(form, test)
	set.Changes, set.Tested = changes, "all of the data"
	switch {
	case same:
		set.Tested = "held out of training"
	case made.Data == filepath.Base(source):
		log("%s: it has other rows than the %s that was learnt from: all are tested, those among them too that were "+
			"learnt from", source, made.Data)
	}
	return set, nil
}

// Fits reports a form that no such model has.
func (Tabular) Fits(f kind.Form) error {
	if f.Table == nil {
		return errors.New("it says nothing of the columns of a table")
	}
	if err := f.Table.Check(); err != nil {
		return err
	}
	if n := f.Table.Width(); !f.Input.Equal(graph.Shape{n}) {
		return fmt.Errorf("an example has shape %v, and its table %d features", f.Input, n)
	}
	if !slices.Equal(f.Classes, f.Table.Classes) {
		return fmt.Errorf("the classes are %v, and those of its table %v", firstOf(f.Classes),
			firstOf(f.Table.Classes))
	}
	return nil
}

// Build makes the model of the row's usual data for a form. Its decay and the weights of its classes are those of the
// form that it has when it begins to learn.
func (k Tabular) Build(f kind.Form) *kind.Model {
	m := k.Of.Build(f)
	m.Task = func(opt func() (train.Optimizer, error)) (train.Task, train.Optimizer, error) {
		o, err := opt()
		if err == nil {
			kind.Decay(o, 2/float64(m.Form.Table.Rows))
		}
		loss := ops.SmoothedCrossEntropy{Weights: m.Form.Table.Weights}
		return train.Supervised(m.Model, loss.Loss), o, err
	}
	return m
}

func (Tabular) Takes() string  { return "tables (.csv, .tsv; - for standard input)" }
func (Tabular) Sample() string { return "rows.csv" }

func (k Tabular) WithInput(stdin io.Reader) (p kind.Predictor, err error) {
	k.piped, err = readInput(stdin)
	return k, err
}

// Predict tells the class of each row of each file.
func (k Tabular) Predict(m *kind.Model, files []string, top int) (all []kind.Answer, _ *kind.Picture, err error) {
	predictor := nn.NewPredictor(m)
	for _, f := range files {
		name, in, err := k.read(m.Form.Table.Columns, f)
		if err != nil {
			return nil, nil, err
		}
		logits, err := predictor.Predict(in.X)
		if err != nil {
			return nil, nil, err
		}
		for i, line := range in.Lines {
			choices, err := ranked(logits.Rows(i, i+1).F32, m.Form.Classes)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: line %d: %w", name, line, err)
			}
			a := answerOf(fmt.Sprintf("%s, line %d", name, line), choices, top)
			a.Note = filled(in.Changes, line)
			all = append(all, a)
		}
	}
	return all, nil, nil
}

// read reads a file, or what standard input has.
func (k Tabular) read(c table.Columns, path string) (string, table.Inputs, error) {
	if path == "-" {
		in, err := c.ParseInputs(inputName, k.piped)
		return inputName, in, err
	}
	in, err := c.ReadInputs(path)
	return path, in, err
}

// filled says what stands for the values that the row of a line lacks.
func filled(changes table.Report, line int) string {
	var all []string
	for _, c := range changes {
		if _, ok := slices.BinarySearch(c.Lines, line); ok {
			all = append(all, fmt.Sprintf("%s is missing, and taken for %s", c.Column, c.Put))
		}
	}
	return strings.Join(all, "; ")
}
