// This file holds Forecast.

package rnn

import (
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// Forecast predicts the next value of a series by its last T:
//
//	x (N, T, 1) values
//	less the last one, by their deviation   (N, T, 1)
//	LSTM, its state after the last          (N, hidden)
//	linear                                  (N) z
//	last value + deviation · z              (N) the next value
//
// So the model predicts a change, and sees of a window its form alone: neither the level, which a trend takes beyond
// all that was learnt from, nor the size of the swings, which may grow with it. Where z is 0 it repeats the last
// value, which is persistence.
//
// Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9, 1997. To normalise each window and undo
// it is the reversible instance normalisation of Kim et al., ICLR 2022; the last value in the place of the mean is
// from Zeng et al., "Are transformers effective for time series forecasting?", AAAI 2023.
type Forecast struct {
	LSTM *nn.LSTM
	Out  *nn.Linear

	scope *nn.Scope
}

// NewForecast makes the model: with 32 hidden units it has 4,513 parameters, 4,480 + 33.
func NewForecast(hidden int) *Forecast {
	s := nn.NewScope()
	return &Forecast{
		LSTM:  nn.NewLSTM(s.Sub("lstm"), 1, hidden, nn.Recurrent{}),
		Out:   nn.NewLinear(s.Sub("out"), hidden, 1),
		scope: s,
	}
}

// Params returns lstm.weight_ih_l0, lstm.weight_hh_l0, lstm.bias_ih_l0, lstm.bias_hh_l0, out.weight, out.bias.
func (m *Forecast) Params() *nn.Params { return m.scope.Params() }

// Forward maps x (N, T, 1) to the value that follows each window, (N).
func (m *Forecast) Forward(x graph.Node) graph.Node {
	if !x.Valid() {
		return x
	}
	if x.Rank() != 3 || x.Dim(1) < 1 || x.Dim(2) != 1 {
		return graph.Failf("forecast", []graph.Node{x}, "x is %v, want windows of values (N, T, 1)", x.Type())
	}
	t := x.Dim(1)
	last := ops.Slice(x, 1, t-1, t, 1)                      // (N, 1, 1)
	deviation := m.scope.Apply("deviation", x, deviationOf) // (N, 1, 1)
	_, end := m.LSTM.ForwardFrom(nn.State{}, ops.Div(ops.Sub(x, last), deviation), graph.Node{})
	z := ops.Unsqueeze(m.Out.Forward(ops.Squeeze(end.H, 0)), 2)  // (N, 1, 1)
	return ops.Reshape(ops.Add(last, ops.Mul(deviation, z)), -1) // (N)
}

// leastVariance is what is added to the variance of a window, so that one of equal values has a deviation.
const leastVariance = 1e-6

// deviationOf is the standard deviation of each window of x (N, T, 1), (N, 1, 1).
func deviationOf(x graph.Node) graph.Node {
	return ops.Sqrt(ops.AddScalar(ops.VarKeep(x, 0, 1), leastVariance))
}

// Inputs are the windows, and the values that follow them.
func (m *Forecast) Inputs() []string { return []string{"x", "y"} }

// Build is the task: a small mean square of what is predicted less y (N), the value that follows each window x (N, T,
// 1).
func (m *Forecast) Build(batch ...graph.Node) train.Outcome {
	y := m.Forward(batch[0])
	return train.Outcome{Loss: ops.MSE(y, batch[1]), Pred: y}
}
