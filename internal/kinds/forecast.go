// This file holds the kind of models that forecast the next value of a series.

package kinds

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/table"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/curves"
)

// Forecasting is a model that maps windows (N, T, 1) to the values that follow them (N), and is its own task.
type Forecasting interface {
	nn.Model
	train.Task
}

// Forecast is a model of series, which looks back on a window of so many values.
type Forecast struct {
	Window  int
	New     func(f kind.Form) Forecasting
	reading kind.Reading
	piped   []byte // what standard input has
}

var sine = sync.OnceValue(func() table.Series { return table.Sine(0) })

func (Forecast) Word() string { return "forecaster" }
func (Forecast) Data() string { return "series" }

func (Forecast) Form() kind.Form {
	return kind.Form{Scale: &kind.Scale{Mean: sine().Mean, Deviation: sine().Deviation}}
}

func (Forecast) Readings() []string { return []string{"column", "fill", "held-out", "ahead"} }

func (k Forecast) Reading(r kind.Reading) (kind.Kind, error) {
	k.reading = r
	return k, r.Check()
}

// options say how a file is read for a model, nil for one that is yet to be made.
func (k Forecast) options(made *kind.Form) table.SeriesOptions {
	o := table.SeriesOptions{Column: k.reading.Column, Fill: k.reading.GapFill(), HeldOut: k.reading.HeldOut}
	if made != nil {
		o.Column = cmp.Or(o.Column, made.Scale.Column)
	}
	return o
}

func (k Forecast) Open(ctx context.Context, source string, made *kind.Form, log func(string, ...any)) (*kind.Set,
	error) {
	s, err := table.OpenSeries(ctx, source, k.options(made), log)
	if err != nil {
		return nil, err
	}
	s.Name = source // as errors call it
	form := kind.Form{Scale: &kind.Scale{Column: k.reading.Column, Mean: s.Mean, Deviation: s.Deviation}}
	if made != nil { // in its unit; the mean changes no answer, and one of other data may be far from these
		form.Scale, s.Deviation = made.Scale, made.Scale.Deviation
	}
	learn, test, err := s.Windows(k.Window)
	if err != nil {
		return nil, kind.Damaged{Err: err}
	}
	return &kind.Set{Form: form, TrainLen: learn.Len(), TestLen: test.Len(), Noun: "value", Each: 1,
		Tightest: learn.Len(),
		Train:    func(batch int, seed uint64) train.Source { return learn.Seeded(seed).Shuffled(batch) },
		Test:     test.Ordered(testBatch),
		Beside:   []kind.Comparison{{Metric: constant("persistence", s.Persistence()), With: "rmse"}}}, nil
}

func (k Forecast) Build(f kind.Form) *kind.Model {
	m := k.New(f)
	windows := func(n int) graph.Type { return graph.Type{Shape: graph.Shape{n, k.Window, 1}} }
	return &kind.Model{
		Model:   m,
		Task:    kind.Supervised(m),
		Metrics: []train.Metric{rootMeanSquare(f.Scale.Deviation)},
		Input:   windows,
		Batch:   func(n int) []graph.Type { return []graph.Type{windows(n), {Shape: graph.Shape{n}}} },
	}
}

// rootMeanSquare is the root of the mean square error, in the unit of the series.
func rootMeanSquare(deviation float64) train.Metric {
	return train.Metric{Name: "rmse", Of: math.Sqrt, Score: func(pred, target graph.Tensor) (sum float64, n int) {
		for i, y := range target.F32 {
			d := (float64(pred.F32[i]) - float64(y)) * deviation
			sum += d * d
		}
		return sum, len(target.F32)
	}}
}

func (Forecast) Takes() string  { return "files of series (.csv; - for standard input)" }
func (Forecast) Sample() string { return "series.csv" }
func (Forecast) Plots()         {}
func (Forecast) Single()        {}

// Predict forecasts the values that follow each series, each of those after the first by the ones before it. The
// picture has a plot for each series.
func (k Forecast) Predict(m *kind.Model, files []string, _ int) (all []kind.Answer, _ *kind.Picture, err error) {
	next := nn.NewPredictor(m)
	var plots []curves.Forecast
	for _, f := range files {
		a, plot, err := k.answer(m, next, f)
		if err != nil {
			return nil, nil, err
		}
		all, plots = append(all, a), append(plots, plot)
	}
	title := "Forecast by the last " + strconv.Itoa(k.Window) + " values"
	return all, kind.Plot(func(path string) error { return curves.WriteForecasts(path, title, plots) }), nil
}

// answer forecasts the values that follow the series of a file.
func (k Forecast) answer(m *kind.Model, next *nn.Predictor, file string) (a kind.Answer, plot curves.Forecast,
	err error) {
	s, err := k.read(file, k.options(&m.Form))
	if err != nil {
		return a, plot, err
	}
	if len(s.Values) < k.Window {
		return a, plot, kind.Damaged{Err: fmt.Errorf("%s: too short a series: %d values, the model looks back on %d",
			file, len(s.Values), k.Window)}
	}
	scale := m.Form.Scale.Deviation
	values, err := k.follow(next, scale, s.Values[len(s.Values)-k.Window:])
	if err == nil {
		plot.Told, err = k.oneAhead(next, scale, s.Values)
	}
	if errors.Is(err, data.ErrDamaged) {
		err = fmt.Errorf("%s: %w", file, err)
	}
	if err != nil {
		return a, plot, err
	}
	plot.Name, plot.Next = filepath.Base(file), values
	plot.Known = s.Values[max(0, len(s.Values)-2*k.Window):]
	swing, err := newSwing(s.Values[len(s.Values)-k.Window:], scale)
	return kind.Answer{Input: file, Prediction: numbers(values, swing.deviation), Next: values}, plot, err
}

// A swing is the last value of a window and the deviation of all, by which the model is shown the window: the answer
// depends on neither, and in float32 a value that is large beside the changes of its series has no digits left for
// these.
type swing struct{ last, deviation float64 }

// errTooFar is the error of values that no window can be made of.
var errTooFar = kind.Damaged{Err: errors.New("its values differ by more than numbers of 64 bits can")}

// newSwing is that of a window. Of one of equal values the deviation is the usual one.
func newSwing(window []float64, usual float64) (swing, error) {
	n := float64(len(window))
	w := swing{last: window[len(window)-1]}
	mean, largest := 0., 0.
	for _, v := range window {
		mean += (v - w.last) / n
		largest = max(largest, math.Abs(v-w.last))
	}
	switch {
	case math.IsInf(largest, 0):
		return w, errTooFar
	case largest == 0:
		w.deviation = usual
		return w, nil
	}
	for _, v := range window {
		d := (v - w.last - mean) / largest // or squares are too large, or too small
		w.deviation += d * d / n
	}
	w.deviation = largest * math.Sqrt(w.deviation)
	return w, nil
}

// show writes the window as the model sees it.
func (w swing) show(x []float32, window []float64) {
	for i, v := range window {
		x[i] = float32((v - w.last) / w.deviation)
	}
}

// restore is what the model says of the next value, in the unit of the series. It is an error if it is not finite.
func (w swing) restore(y float32) (float64, error) {
	v := w.last + float64(y)*w.deviation
	switch {
	case math.IsNaN(float64(y)) || math.IsInf(float64(y), 0):
		return 0, kind.ErrNotFinite
	case math.IsNaN(v) || math.IsInf(v, 0):
		return 0, errTooFar
	}
	return v, nil
}

// oneAhead forecasts the last values that are known, a window of them at most, each by those before it.
func (k Forecast) oneAhead(next *nn.Predictor, usual float64, values []float64) (told []float64, err error) {
	n := min(k.Window, len(values)-k.Window)
	if n == 0 {
		return nil, nil
	}
	x, swings := graph.NewTensor(graph.Type{Shape: graph.Shape{n, k.Window, 1}}), make([]swing, n)
	for row := range n {
		at := len(values) - n - k.Window + row
		window := values[at : at+k.Window]
		if swings[row], err = newSwing(window, usual); err != nil {
			return nil, err
		}
		swings[row].show(x.Rows(row, row+1).F32, window)
	}
	y, err := next.Predict(x)
	if err != nil {
		return nil, err
	}
	for row, v := range y.F32 {
		one, err := swings[row].restore(v)
		if err != nil {
			return nil, err
		}
		told = append(told, one)
	}
	return told, nil
}

func (k Forecast) WithInput(stdin io.Reader) (p kind.Predictor, err error) {
	k.piped, err = readInput(stdin)
	return k, err
}

// read reads a file, or what standard input has.
func (k Forecast) read(path string, o table.SeriesOptions) (table.Series, error) {
	if path == "-" {
		return table.ParseSeries(inputName, k.piped, o)
	}
	return table.ReadSeries(path, o)
}

// follow forecasts the values that follow a window.
func (k Forecast) follow(next *nn.Predictor, usual float64, window []float64) (values []float64, err error) {
	x := graph.NewTensor(graph.Type{Shape: graph.Shape{1, len(window), 1}})
	for range max(k.reading.Ahead, 1) {
		w, err := newSwing(window, usual)
		if err != nil {
			return nil, err
		}
		w.show(x.F32, window)
		y, err := next.Predict(x)
		if err != nil {
			return nil, err
		}
		v, err := w.restore(y.F32[0])
		if err != nil {
			return nil, err
		}
		values, window = append(values, v), append(window[1:len(window):len(window)], v)
	}
	return values, nil
}

// numbers writes 433.158, 421. Those that are large beside the deviation of their series have more digits than six, or
// all would read the same.
func numbers(values []float64, deviation float64) string {
	list := make([]string, len(values))
	for i, v := range values {
		digits := 4 + math.Ceil(math.Log10(math.Abs(v)/deviation))
		list[i] = strconv.FormatFloat(v, 'g', int(min(max(digits, 6), 17)), 64)
	}
	return strings.Join(list, ", ")
}
