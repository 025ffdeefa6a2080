// This file holds the kind of models that tell the class of a row of a table.

package recipe

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
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// Tables is how a model, made for another input, learns from the rows of a table. One setting serves tables of all
// sizes: features are standardised, and weights and biases have the prior N(0, ½). What is made small is the negative
// logarithm of their probability given N rows, divided by N,
//
//	cross-entropy + Σ w²/N
//
// so that the decay of the weights, 2/N, is the smaller the more rows there are to learn from. Rows that come again to
// balance the classes are counted once.
type Tables struct {
	Title     string // as a drawing has it
	Width     int    // units of a hidden layer
	Batch     int    // rows a step, or all if there are fewer
	Steps     int
	Optimizer string
	LR        float64
}

// Tester is a kind whose models are evaluated with all rows of data that they have not learnt from.
type Tester interface {
	Kind
	// OpenTest opens data to evaluate a model of a form with; the set has no training part.
	OpenTest(ctx context.Context, source string, form *Form, log func(format string, args ...any)) (*Set, error)
}

// TargetError is the error of a target that has no classes.
type TargetError struct{ error }

// TableForm is what a model of the rows of a table has learnt beside its weights: how their columns become its
// features, and which rows they were.
type TableForm struct {
	data.Columns
	Rows     int       `json:"rows"`                    // that it learnt from
	Majority int       `json:"majority"`                // the class that most of them are of
	Weights  []float64 `json:"class_weights,omitempty"` // of the loss
	HeldOut  float64   `json:"held_out"`                // the share of the file that it did not learn from
	Checksum string    `json:"checksum"`                // of the rows of the file
}

// check is the error of what no table has, such as in a damaged file.
func (t *TableForm) check() error {
	if err := t.Columns.Check(); err != nil {
		return err
	}
	switch n := len(t.Classes); {
	case n == 0:
		return errors.New("the target is a number, and no class")
	case t.Rows < 1:
		return fmt.Errorf("it learnt from %d rows", t.Rows)
	case t.Majority < 0 || t.Majority >= n:
		return fmt.Errorf("most rows are of class %d of %d", t.Majority, n)
	case t.Weights != nil && len(t.Weights) != n:
		return fmt.Errorf("there are %d weights of %d classes", len(t.Weights), n)
	case !(t.HeldOut > 0 && t.HeldOut < 1):
		return fmt.Errorf("the share held out is %v, want it between 0 and 1", t.HeldOut)
	}
	for _, w := range t.Weights {
		if !(w >= 0 && w <= math.MaxFloat32) {
			return fmt.Errorf("a class has the weight %v", w)
		}
	}
	return nil
}

// tabular is a model of the rows of tables, with a logit for each class.
type tabular struct {
	of      Kind // that of the row's usual data
	reading Reading
	balance Balance
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

// On is the row as it learns from a source: from the rows of a table, if it is one and the row takes tables.
func (r Recipe) On(source string) Recipe {
	if r.Tables == nil || !IsTable(source) {
		return r
	}
	return r.Tabular()
}

// Of is the row as the model in a file of weights has learnt: from the rows of a table, if that is what the file says.
// Of a file that cannot be read it is the row itself; Load tells what is wrong with it.
func (r Recipe) Of(weights string) Recipe {
	if r.Tables == nil || weights == "" || !isOfTable(weights) {
		return r
	}
	return r.Tabular()
}

// Tabular is the row as it learns from the rows of tables. It panics if it takes none.
func (r Recipe) Tabular() Recipe {
	if _, ok := r.Kind.(tabular); ok {
		return r
	}
	how := *r.Tables
	r.Kind, r.Title, r.Size = tabular{of: r.Kind}, how.Title, Size{Width: how.Width}
	r.Data, r.Elsewhere, r.Steps, r.Batch = "", 0, how.Steps, how.Batch
	r.Optimizer, r.LR, r.Schedule = how.Optimizer, how.LR, halfCosine
	return r
}

func (tabular) Word() string { return "table classifier" }
func (tabular) Data() string { return "table" }

// moonColumns are those of the built-in table.
var moonColumns = sync.OnceValue(func() data.Columns { return data.Moons(0).Standardize().Columns() })

func (tabular) Form() Form {
	c := moonColumns()
	return Form{Input: graph.Shape{c.Width()}, Classes: c.Classes, Table: &TableForm{Columns: c, Rows: 1, HeldOut: .2}}
}

func (tabular) Readings() []string { return []string{"target", "ignore", "missing", "held-out"} }

func (k tabular) Reading(r Reading) (Kind, error) {
	k.reading = r
	return k, r.check()
}

// TableOptions say how a file is read for a model that is yet to be made.
func (r Reading) TableOptions() data.TableOptions {
	rule := data.MissingMean
	if r.Missing != "" {
		rule, _ = data.ParseMissing(r.Missing) // which check has found to be known
	}
	return data.TableOptions{Target: r.Target, Classes: true, Ignore: r.Ignore, Missing: rule}
}

// MissingRules are the words for rules that need no constant.
func MissingRules() []string {
	return slices.DeleteFunc(data.MissingRules(), func(s string) bool { return s == data.MissingConstant.String() })
}

// OpenFrame opens the rows of a table for a model that is yet to be made, of a row that is [Recipe.Tabular]: it is a
// [TargetError] if their target has no classes.
func (r Recipe) OpenFrame(ctx context.Context, source string, log func(string, ...any)) (data.Frame, error) {
	return r.Kind.(tabular).frame(ctx, source, log)
}

func (k tabular) frame(ctx context.Context, source string, log func(string, ...any)) (data.Frame, error) {
	f, err := data.OpenFrame(ctx, source, k.reading.TableOptions(), log)
	switch n := len(f.Classes); {
	case err != nil:
	case 2*n > f.Len():
		return f, TargetError{fmt.Errorf("target %s has %d different values in %d rows, which are no classes; name "+
			"another column by --target", f.Target, n, f.Len())}
	case n > mostMeasured && measured(f.Classes):
		return f, TargetError{fmt.Errorf("target %s has %d different values that are numbers, not all whole: it "+
			"looks like a number to predict, and a %s tells classes; name a column of classes by --target", f.Target,
			n, k.Word())}
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
func (k tabular) Open(ctx context.Context, source string, made *Form, log func(string, ...any)) (*Set, error) {
	var f data.Frame
	var err error
	if made == nil {
		f, err = k.frame(ctx, source, log)
	} else {
		f, err = made.Table.Open(ctx, source, log)
	}
	if err != nil {
		return nil, err
	}
	held := cmp.Or(k.reading.HeldOut, usualShare)
	parts, err := f.HoldOut(held, 0)
	if err != nil {
		return nil, damaged{err}
	}
	form := TableForm{HeldOut: held, Checksum: f.Checksum()}
	if made == nil {
		t, err := f.Table(parts.Train, parts.Test)
		if err != nil {
			return nil, err
		}
		t = t.Standardize()
		form.Columns = t.Columns()
		return k.set(source, form, t.Train, t.Test, t.Changes)
	}
	form.Columns = made.Table.Columns
	all, changes, err := form.Split(f, slices.Concat(parts.Train, parts.Test))
	if err != nil {
		return nil, err
	}
	n := len(parts.Train)
	return k.set(source, form, all.Subset(0, n), all.Subset(n, all.Len()), changes)
}

// usualShare is the share of the rows that is held out.
const usualShare = .2

// set is the data of a table that is parted, and the form of a model that learns from them.
func (k tabular) set(source string, form TableForm, learn, test data.Split, changes data.Report) (*Set, error) {
	if err := form.Columns.Check(); err != nil {
		return nil, damaged{fmt.Errorf("%s: %w", source, err)}
	}
	classes := form.Classes
	rows, err := k.sampled(learn.Y.I64, len(classes), form.Width())
	if err != nil {
		return nil, damaged{fmt.Errorf("%s: %w", source, err)}
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
func testOf(form TableForm, test data.Split) *Set {
	return &Set{Form: Form{Input: graph.Shape{form.Width()}, Classes: form.Classes, Table: &form}, TestLen: test.Len(),
		Noun: "row", Each: 1, Test: test.Ordered(testBatch),
		Beside: []Comparison{{constant("majority", shareOf(test.Y.I64, form.Majority)), "accuracy"}}}
}

// OpenTest opens the rows that were held out, if the file has those that the model learnt from, or all rows of another
// one.
func (k tabular) OpenTest(ctx context.Context, source string, made *Form, log func(string, ...any)) (*Set, error) {
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
			return nil, damaged{err}
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
func (tabular) Fits(f Form) error {
	if f.Table == nil {
		return errors.New("it says nothing of the columns of a table")
	}
	if err := f.Table.check(); err != nil {
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
func (k tabular) Build(f Form) *Model {
	m := k.of.Build(f)
	m.Task = func(opt func() (train.Optimizer, error)) (train.Task, train.Optimizer, error) {
		o, err := opt()
		if err == nil {
			decay(o, 2/float64(m.Form.Table.Rows))
		}
		loss := ops.SmoothedCrossEntropy{Weights: m.Form.Table.Weights}
		return train.Supervised(m.Model, loss.Loss), o, err
	}
	return m
}

func (tabular) Takes() string  { return "tables (.csv, .tsv; - for standard input)" }
func (tabular) Sample() string { return "rows.csv" }

func (k tabular) WithInput(stdin io.Reader) (p Predictor, err error) {
	k.piped, err = readInput(stdin)
	return k, err
}

// Predict tells the class of each row of each file.
func (k tabular) Predict(m *Model, files []string, top int) (all []Answer, _ *Picture, err error) {
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
func (k tabular) read(c data.Columns, path string) (string, data.TableInputs, error) {
	if path == "-" {
		in, err := c.ParseInputs(inputName, k.piped)
		return inputName, in, err
	}
	in, err := c.ReadInputs(path)
	return path, in, err
}

// filled says what stands for the values that the row of a line lacks.
func filled(changes data.Report, line int) string {
	var all []string
	for _, c := range changes {
		if _, ok := slices.BinarySearch(c.Lines, line); ok {
			all = append(all, fmt.Sprintf("%s is missing, and taken for %s", c.Column, c.Put))
		}
	}
	return strings.Join(all, "; ")
}
