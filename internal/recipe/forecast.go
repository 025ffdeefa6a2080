// This file holds the kind of models that forecast the next value of a series.

package recipe

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/curves"
)

// forecasting is a model that maps windows (N, T, 1) to the values that follow them (N), and is its own task.
type forecasting interface {
	nn.Model
	train.Task
}

// forecast is a model of series, which looks back on a window of so many values.
type forecast struct {
	window  int
	build   func(f Form) forecasting
	reading Reading
	piped   []byte // what standard input has
}

// Scale is how a series was standardised: x ← (x - Mean) / Deviation, by the values that were learnt from. Column is
// the one that was asked for.
type Scale struct {
	Column    string  `json:"column,omitempty"`
	Mean      float64 `json:"mean"`
	Deviation float64 `json:"deviation"`
}

// valid reports a scale that leads from numbers to numbers, and back.
func (s Scale) valid() bool {
	return s.Deviation > 0 && s.Deviation <= math.MaxFloat32 && math.Abs(s.Mean) <= math.MaxFloat32
}

var sine = sync.OnceValue(func() data.Series { return data.Sine(0) })

func (forecast) Word() string { return "forecaster" }
func (forecast) Data() string { return "series" }

func (forecast) Form() Form {
	return Form{Scale: &Scale{Mean: sine().Mean, Deviation: sine().Deviation}}
}

func (forecast) Readings() []string { return []string{"column", "fill", "held-out", "ahead"} }

func (k forecast) Reading(r Reading) (Kind, error) {
	k.reading = r
	return k, r.check()
}

// options say how a file is read for a model, nil for one that is yet to be made.
func (k forecast) options(made *Form) data.SeriesOptions {
	o := data.SeriesOptions{Column: k.reading.Column, Fill: fills[k.reading.Fill], HeldOut: k.reading.HeldOut}
	if made != nil {
		o.Column = cmp.Or(o.Column, made.Scale.Column)
	}
	return o
}

func (k forecast) Open(ctx context.Context, source string, made *Form, log func(string, ...any)) (*Set, error) {
	s, err := data.OpenSeries(ctx, source, k.options(made), log)
	if err != nil {
		return nil, err
	}
	s.Name = source // as errors call it
	form := Form{Scale: &Scale{k.reading.Column, s.Mean, s.Deviation}}
	if made != nil {
		form.Scale, s.Mean, s.Deviation = made.Scale, made.Scale.Mean, made.Scale.Deviation
	}
	learn, test, err := s.Windows(k.window)
	if err != nil {
		return nil, damaged{err}
	}
	return &Set{Form: form, TrainLen: learn.Len(), TestLen: test.Len(), Noun: "value", Each: 1, Tightest: learn.Len(),
		Train:  func(batch int, seed uint64) train.Source { return learn.Seeded(seed).Shuffled(batch) },
		Test:   test.Ordered(testBatch),
		Beside: []Comparison{{constant("persistence", s.Persistence()), "rmse"}}}, nil
}

func (k forecast) Build(f Form) *Model {
	m := k.build(f)
	windows := func(n int) graph.Type { return graph.Type{Shape: graph.Shape{n, k.window, 1}} }
	return &Model{
		Model:   m,
		Task:    supervised(m),
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

func (forecast) Takes() string  { return "files of series (.csv; - for standard input)" }
func (forecast) Sample() string { return "series.csv" }
func (forecast) Plots()         {}

// Predict forecasts the values that follow each series, each of those after the first by the ones before it. The
// picture has a plot for each series.
func (k forecast) Predict(m *Model, files []string, _ int) (all []Answer, _ *Picture, err error) {
	next := nn.NewPredictor(m)
	var plots []curves.Forecast
	for _, f := range files {
		s, err := k.read(f, k.options(&m.Form))
		if err != nil {
			return nil, nil, err
		}
		if len(s.Values) < k.window {
			return nil, nil, damaged{fmt.Errorf("%s: too short a series: %d values, the model looks back on %d", f,
				len(s.Values), k.window)}
		}
		values, err := k.follow(next, *m.Form.Scale, s.Values[len(s.Values)-k.window:])
		if err != nil {
			return nil, nil, err
		}
		all = append(all, Answer{Input: f, Prediction: numbers(values, m.Form.Scale.Deviation), Next: values})
		told, err := k.oneAhead(next, *m.Form.Scale, s.Values)
		if err != nil {
			return nil, nil, err
		}
		known := s.Values[max(0, len(s.Values)-2*k.window):]
		plots = append(plots, curves.Forecast{Name: filepath.Base(f), Known: known, Told: told, Next: values})
	}
	title := "Forecast by the last " + strconv.Itoa(k.window) + " values"
	return all, &Picture{plot: func(path string) error { return curves.WriteForecasts(path, title, plots) }}, nil
}

// oneAhead forecasts the last values that are known, a window of them at most, each by those before it.
func (k forecast) oneAhead(next *nn.Predictor, scale Scale, values []float64) (told []float64, err error) {
	n := min(k.window, len(values)-k.window)
	if n == 0 {
		return nil, nil
	}
	x := graph.NewTensor(graph.Type{Shape: graph.Shape{n, k.window, 1}})
	for i := range x.F32 {
		row, t := i/k.window, i%k.window
		x.F32[i] = float32((values[len(values)-n-k.window+row+t] - scale.Mean) / scale.Deviation)
	}
	y, err := next.Predict(x)
	if err != nil {
		return nil, err
	}
	for _, v := range y.F32 {
		told = append(told, float64(v)*scale.Deviation+scale.Mean)
	}
	return told, nil
}

func (k forecast) WithInput(stdin io.Reader) (p Predictor, err error) {
	k.piped, err = readInput(stdin)
	return k, err
}

// read reads a file, or what standard input has.
func (k forecast) read(path string, o data.SeriesOptions) (data.Series, error) {
	if path == "-" {
		return data.ParseSeries(inputName, k.piped, o)
	}
	return data.ReadSeries(path, o)
}

// follow forecasts the values that follow a window.
func (k forecast) follow(next *nn.Predictor, scale Scale, window []float64) (values []float64, err error) {
	x := graph.NewTensor(graph.Type{Shape: graph.Shape{1, len(window), 1}})
	for i, v := range window {
		x.F32[i] = float32((v - scale.Mean) / scale.Deviation)
	}
	for range max(k.reading.Ahead, 1) {
		y, err := next.Predict(x)
		if err != nil {
			return nil, err
		}
		v := float64(y.F32[0])
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, errNoNumbers
		}
		values = append(values, v*scale.Deviation+scale.Mean)
		copy(x.F32, x.F32[1:])
		x.F32[len(window)-1] = y.F32[0]
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
