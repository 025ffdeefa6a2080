// This file holds Rows, what a training came to, and the tables that it is written as.

package history

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/train/internal/damage"

	"github.com/stheno-ml/stheno/internal/files"
)

// Rows is a row for each epoch of a training: its end, its losses, all metrics and figures, the learning rate and
// the seconds that it took. It is plain data, to be looked through, drawn by train/curves, or written as a table:
//
//	result, err := fit.Run(ctx)
//	…
//	err = result.History.WriteFile("run.csv") // or run.jsonl, or events.out.tfevents.run, which TensorBoard reads
//
// All forms have the same columns: epoch, step, lr, seconds, train_loss and test_loss, then train/NAME for a figure
// over the training batches, test/NAME for a figure or metric over the test, and watch/NAME for what a train.Watch has
// seen, in the order of their names.
type Rows []Row

// Row is what an epoch came to.
type Row struct {
	Epoch     int // from 1
	Step      int // of all, at its end
	LR        float64
	TrainLoss float64
	Train     map[string]float64 // the figures of the task, over the training batches
	TestLoss  float64            // 0 without a test
	Test      map[string]float64 // figures and metrics, over the test
	Seconds   float64            // of training, since the beginning
	Watch     map[string]float64 // what a train.Watch has seen at its end, by Join; nil for nothing
}

// Join gives the rows the figures of the looks at their steps.
func (h Rows) Join(looks []Look) {
	for i := range h {
		for k := range looks {
			if looks[k].Step == h[i].Step {
				h[i].Watch = looks[k].Figures()
			}
		}
	}
}

// ErrDamaged is the kind of the errors of [ReadCSV], and train.ErrDamaged too: errors.Is(err, ErrDamaged).
var ErrDamaged = damage.Err

// ownColumns are the columns that each history has, and trainPrefix and testPrefix what stands before the names of
// others.
var ownColumns = []string{"epoch", "step", "lr", "seconds", "train_loss", "test_loss"}

const trainPrefix, testPrefix = "train/", "test/"

var figurePrefixes = []string{trainPrefix, testPrefix, watchPrefix}

// cell is a number of a row; a row that lacks it has none.
type cell struct {
	column string
	value  float64
}

// cells are the numbers of a row, without epoch and step, in the order of the columns.
func (r *Row) cells() (all []cell) {
	all = append(all, cell{"lr", r.LR}, cell{"seconds", r.Seconds}, cell{"train_loss", r.TrainLoss})
	if r.Test != nil {
		all = append(all, cell{"test_loss", r.TestLoss})
	}
	for _, name := range slices.Sorted(maps.Keys(r.Train)) {
		all = append(all, cell{trainPrefix + name, r.Train[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(r.Test)) {
		all = append(all, cell{testPrefix + name, r.Test[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(r.Watch)) {
		all = append(all, cell{watchPrefix + name, r.Watch[name]})
	}
	return all
}

// figures are the columns beside ownColumns, of all rows.
func (h Rows) figures() []string {
	seen := map[string]bool{}
	for i := range h {
		for _, c := range h[i].cells() {
			seen[c.column] = true
		}
	}
	for _, c := range ownColumns {
		delete(seen, c)
	}
	names := slices.Sorted(maps.Keys(seen))
	var sorted []string
	for _, prefix := range figurePrefixes {
		for _, c := range names {
			if strings.HasPrefix(c, prefix) {
				sorted = append(sorted, c)
			}
		}
	}
	return sorted
}

// WriteCSV writes a table of comma-separated values with a line of names. Numbers are written so that [ReadCSV] gives
// their bits back, NaN and infinities too; what a row lacks is an empty cell. A name with the end of a line in it is
// an error.
func (h Rows) WriteCSV(w io.Writer) error {
	figures := h.figures()
	for _, c := range figures {
		if strings.ContainsAny(c, "\r\n") {
			return fmt.Errorf("history: the name of column %q has the end of a line in it: give the figure another", c)
		}
	}
	columns := slices.Concat(ownColumns, figures)
	at := map[string]int{}
	for i, c := range columns {
		at[c] = i
	}
	out := csv.NewWriter(w)
	out.Write(columns) // Flush keeps the first error
	for i := range h {
		line := make([]string, len(columns))
		line[0], line[1] = strconv.Itoa(h[i].Epoch), strconv.Itoa(h[i].Step)
		for _, c := range h[i].cells() {
			line[at[c.column]] = strconv.FormatFloat(c.value, 'g', -1, 64)
		}
		out.Write(line)
	}
	out.Flush()
	return out.Error()
}

// WriteJSONLines writes a JSON object a line. A number that is not finite, which JSON has none for, is null.
func (h Rows) WriteJSONLines(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for i := range h {
		line := map[string]any{"epoch": h[i].Epoch, "step": h[i].Step}
		for _, c := range h[i].cells() {
			if line[c.column] = c.value; math.IsNaN(c.value) || math.IsInf(c.value, 0) {
				line[c.column] = nil
			}
		}
		if err := e.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// WriteFile writes the form that the name of a file says: .csv, .jsonl, or, with tfevents in it, TensorBoard's. The
// file is written whole or not at all.
func (h Rows) WriteFile(path string) error {
	write, err := h.writer(path)
	if err != nil {
		return err
	}
	return files.Replace(path, write)
}

// WriteFileWith joins the looks, as Join does, and writes as WriteFile does; events for TensorBoard have the
// histograms, too.
func (h Rows) WriteFileWith(path string, looks []Look) error {
	h.Join(looks)
	write, err := h.writer(path)
	if err != nil {
		return err
	}
	if ofEvents(path) {
		write = func(out io.Writer) error { return h.WriteEventsWith(out, looks) }
	}
	return files.Replace(path, write)
}

// CheckForm reports a name of a file that [Rows.WriteFile] knows no form of.
func CheckForm(path string) error {
	_, err := Rows(nil).writer(path)
	return err
}

func (h Rows) writer(path string) (func(io.Writer) error, error) {
	switch ext := filepath.Ext(path); {
	case ofEvents(path):
		return h.WriteEvents, nil
	case strings.EqualFold(ext, ".csv"):
		return h.WriteCSV, nil
	case strings.EqualFold(ext, ".jsonl"):
		return h.WriteJSONLines, nil
	}
	return nil, fmt.Errorf("history %s: the name says no known form; known are .csv, .jsonl, and names with "+
		"tfevents in them", path)
}

// ofEvents reports a name of a file of events.
func ofEvents(path string) bool { return strings.Contains(filepath.Base(path), "tfevents") }

// mostColumns is more than any history has.
const mostColumns = 1 << 14

// ReadCSV reads what [Rows.WriteCSV] has written. What is something else is an error of kind [ErrDamaged] that says
// the line.
func ReadCSV(r io.Reader) (Rows, error) {
	in := csv.NewReader(r)
	in.ReuseRecord = true
	columns, err := in.Read()
	switch {
	case err == io.EOF:
		return nil, damage.Errorf("history: there is no line of names")
	case err != nil:
		return nil, damage.Errorf("history: %w", err)
	}
	columns = slices.Clone(columns)
	if err := checkColumns(columns); err != nil {
		return nil, err
	}
	h := Rows{}
	for {
		cells, err := in.Read()
		if err == io.EOF {
			return h, nil
		}
		if err != nil {
			return nil, damage.Errorf("history: %w", err)
		}
		row, err := rowOf(columns, cells)
		if err != nil {
			line, _ := in.FieldPos(0)
			return nil, damage.Errorf("history: line %d: %w", line, err)
		}
		h = append(h, row)
	}
}

func checkColumns(columns []string) error {
	if len(columns) < len(ownColumns) || !slices.Equal(columns[:len(ownColumns)], ownColumns) {
		return damage.Errorf("history: the names of the columns are %.200q, want %q and more", columns, ownColumns)
	}
	if len(columns) > mostColumns {
		return damage.Errorf("history: it has %d columns, want at most %d", len(columns), mostColumns)
	}
	seen := map[string]bool{}
	for _, c := range columns {
		if seen[c] {
			return damage.Errorf("history: two columns are named %.200q", c)
		}
		seen[c] = true
		figure := func(prefix string) bool { return strings.HasPrefix(c, prefix) }
		if !slices.ContainsFunc(figurePrefixes, figure) && !slices.Contains(ownColumns, c) {
			return damage.Errorf("history: column %.200q is neither of the training nor of the test: want %sNAME, "+
				"%sNAME or %sNAME", c, trainPrefix, testPrefix, watchPrefix)
		}
	}
	return nil
}

// rowOf is the row of a line.
func rowOf(columns, cells []string) (row Row, err error) {
	row.Train = map[string]float64{}
	counts := map[string]*int{"epoch": &row.Epoch, "step": &row.Step}
	values := map[string]*float64{"lr": &row.LR, "seconds": &row.Seconds, "train_loss": &row.TrainLoss,
		"test_loss": &row.TestLoss}
	if cells[slices.Index(ownColumns, "test_loss")] != "" {
		row.Test = map[string]float64{}
	}
	for i, c := range columns {
		if n := counts[c]; n != nil {
			if *n, err = strconv.Atoi(cells[i]); err != nil || *n < 0 {
				return row, fmt.Errorf("%s is %.100q, want a whole number ≥ 0", c, cells[i])
			}
			continue
		}
		if cells[i] == "" && (values[c] == nil || c == "test_loss") {
			continue
		}
		v, err := strconv.ParseFloat(cells[i], 64)
		if err != nil {
			return row, fmt.Errorf("%.100s is %.100q, want a number", c, cells[i])
		}
		watched, ofWatch := strings.CutPrefix(c, watchPrefix)
		switch name, ofTrain := strings.CutPrefix(c, trainPrefix); {
		case values[c] != nil:
			*values[c] = v
		case ofTrain:
			row.Train[name] = v
		case ofWatch && row.Watch == nil:
			row.Watch = map[string]float64{watched: v}
		case ofWatch:
			row.Watch[watched] = v
		case row.Test == nil:
			return row, fmt.Errorf("%.100s is %v, and there is no test_loss", c, v)
		default:
			row.Test[strings.TrimPrefix(c, testPrefix)] = v
		}
	}
	return row, nil
}
