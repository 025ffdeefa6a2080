// This file holds how a CharLSTM is read from a checkpoint of TensorFlow.

package rnn

import (
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/safetensors"
)

// FromTensorFlow makes the model that a checkpoint of char-rnn-tensorflow holds, as ml5 has published some:
//
//	embedding (V, hidden)
//	rnnlm/multi_rnn_cell/cell_0/basic_lstm_cell/weights (2·hidden, 4·hidden), biases (4·hidden), cell_1/…
//	rnnlm/softmax_w (hidden, V), rnnlm/softmax_b (V)
//
// Character i of the model is the one that has number order[i] there; nil is the same numbers. The cells are those of
// [nn.RecurrentWeights.SetBasicLSTM], with the forget bias of 1 that TensorFlow adds when it runs. Sizes and the
// number of layers are the file's, and it is an error when they do not belong together.
//
//	f, err := safetensors.OpenManifest("char-lstm")
//	...
//	model, err := rnn.FromTensorFlow(f, nil)
func FromTensorFlow(f *safetensors.File, order []int) (*CharLSTM, error) {
	c := checkpoint{f: f}
	e, _ := f.Tensor("embedding")
	if len(e.Shape) != 2 {
		return nil, c.errorf("embedding has shape %v, want (V, hidden)", graph.Shape(e.Shape))
	}
	v, hidden := e.Shape[0], e.Shape[1]
	embedding := c.read("embedding", v, hidden)
	w, b := c.read("rnnlm/softmax_w", hidden, v), c.read("rnnlm/softmax_b", v)
	cells := c.cells(hidden)
	if order == nil {
		order = numbers(v)
	}
	switch sorted := slices.Sorted(slices.Values(order)); {
	case c.err != nil:
		return nil, c.err
	case len(cells) == 0:
		return nil, c.errorf("there is no %s", fmt.Sprintf(cellName, 0, "weights"))
	case !slices.Equal(sorted, numbers(v)):
		return nil, fmt.Errorf("%s: the order does not have each of the numbers 0 to %d once", f.Name(), v-1)
	}
	m := NewCharLSTM(v, hidden, len(cells))
	for i, cell := range cells {
		if err := m.LSTM.Weights[i].SetBasicLSTM(cell[0], cell[1], 1); err != nil {
			return nil, fmt.Errorf("%s: cell %d: %w", f.Name(), i, err)
		}
	}
	table, out, bias := m.Embedding.Weight.Tensor().F32, m.Out.Weight.Tensor().F32, m.Out.Bias.Tensor().F32
	for i, from := range order {
		copy(table[i*hidden:(i+1)*hidden], embedding.F32[from*hidden:])
		for k := range hidden {
			out[i*hidden+k] = w.F32[k*v+from]
		}
		bias[i] = b.F32[from]
	}
	return m, nil
}

// numbers are 0 … n-1.
func numbers(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// cellName is that of the weights or biases of a layer.
const cellName = "rnnlm/multi_rnn_cell/cell_%d/basic_lstm_cell/%s"

// checkpoint is a file that is read until something is wrong with it.
type checkpoint struct {
	f   *safetensors.File
	err error
}

func (c *checkpoint) errorf(format string, args ...any) error {
	return fmt.Errorf("%s: %w: %s", c.f.Name(), safetensors.ErrFormat, fmt.Sprintf(format, args...))
}

// cells are the weights and biases of the layers that there are.
func (c *checkpoint) cells(hidden int) (all [][2]graph.Tensor) {
	for {
		w, b := fmt.Sprintf(cellName, len(all), "weights"), fmt.Sprintf(cellName, len(all), "biases")
		if _, ok := c.f.Tensor(w); !ok || c.err != nil {
			return all
		}
		all = append(all, [2]graph.Tensor{c.read(w, 2*hidden, 4*hidden), c.read(b, 4*hidden)})
	}
}

// read reads a tensor of the shape, which is compared before anything is made.
func (c *checkpoint) read(name string, shape ...int) (t graph.Tensor) {
	if c.err != nil {
		return t
	}
	info, ok := c.f.Tensor(name)
	switch want := graph.Shape(shape); {
	case !ok:
		c.err = c.errorf("there is no %s", name)
	case !want.Equal(info.Shape):
		c.err = c.errorf("%s has shape %v, want %v", name, graph.Shape(info.Shape), want)
	case want.Size() == 0 || want.Check() != nil:
		c.err = c.errorf("%s has shape %v, which no weight has", name, want)
	default:
		t = graph.NewTensor(graph.Type{Shape: want})
		c.err = c.f.ReadFloat32(name, t.F32)
	}
	return t
}
