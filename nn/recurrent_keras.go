// This file holds SetKeras and SetBasicLSTM, which copy weights of Keras and TensorFlow into recurrent layers.

package nn

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/stheno-ml/stheno/graph"
)

// SetKeras copies the weights of a recurrent layer of Keras: its kernel (in, G·H), its recurrent kernel (H, G·H), and
// its bias (G·H), or (2, G·H) for a GRU with reset_after. The zero Tensor stands for no bias. Keras has the transposes
// of PyTorch's weights, and the gates of a GRU in the order z, r, n. A GRU of Keras with reset_after=False is a GRU
// here with ResetBefore. If there is an error nothing is changed.
func (w RecurrentWeights) SetKeras(kernel, recurrent, bias graph.Tensor) error {
	in, hidden, gates := w.sizes()
	rows := graph.Shape{gates * hidden}
	if len(bias.Shape) == 2 && gates == 3 {
		rows = graph.Shape{2, gates * hidden}
	}
	err := cmp.Or(w.projects(), floats("kernel", kernel, in, gates*hidden),
		floats("recurrent kernel", recurrent, hidden, gates*hidden))
	if bias.Shape != nil {
		err = cmp.Or(err, w.takesBias(), floats("bias", bias, rows...))
	}
	if err != nil {
		return fmt.Errorf("weights of Keras: %w", err)
	}
	order := []int{0, 1, 2, 3}[:gates]
	if gates == 3 {
		order = []int{1, 0, 2}
	}
	w.set(kernel, recurrent, bias, order)
	return nil
}

// SetBasicLSTM copies the weights of a BasicLSTMCell of TensorFlow 1: its kernel (in + H, 4·H), for x and h side by
// side, and its bias (4·H). Its gates stand in the order i, g, f, o. forget, TensorFlow's forget_bias, whose default
// is 1, is added to the bias of f. If there is an error nothing is changed.
func (w RecurrentWeights) SetBasicLSTM(kernel, bias graph.Tensor, forget float64) error {
	in, hidden, gates := w.sizes()
	err := cmp.Or(w.projects(), w.takesBias(), floats("kernel", kernel, in+hidden, 4*hidden),
		floats("bias", bias, 4*hidden))
	if err == nil && gates != 4 {
		err = fmt.Errorf("the layer has %d gates, want 4, those of an LSTM", gates)
	}
	if err != nil {
		return fmt.Errorf("weights of a BasicLSTMCell: %w", err)
	}
	w.set(kernel.Rows(0, in), kernel.Rows(in, in+hidden), bias, []int{0, 2, 1, 3})
	b := w.BiasIH.Tensor()
	for i := hidden; i < 2*hidden; i++ {
		put(b, i, b.At(i)+forget)
	}
	return nil
}

func (w RecurrentWeights) sizes() (in, hidden, gates int) {
	ih, hh := w.IH.Type().Shape, w.HH.Type().Shape
	return ih[1], hh[1], ih[0] / hh[1]
}

// takesBias is an error if the layer has no biases.
func (w RecurrentWeights) takesBias() error {
	if w.BiasIH == nil {
		return errors.New("there is a bias, and the layer is made with NoBias")
	}
	return nil
}

// projects is an error if the layer has a projection.
func (w RecurrentWeights) projects() error {
	if w.HR != nil {
		return errors.New("the layer has a projection, and they have none")
	}
	return nil
}

// floats is an error unless t is a tensor of floats of the given shape.
func floats(name string, t graph.Tensor, shape ...int) error {
	if err := t.Check(); err != nil {
		return fmt.Errorf("the %s: %w", name, err)
	}
	if !t.DType.IsFloat() || !t.Shape.Equal(shape) {
		return fmt.Errorf("the %s is %v, want floats %v", name, t.Type, graph.Shape(shape))
	}
	return nil
}

// set copies a kernel (in, G·H), a recurrent kernel (H, G·H) and a bias (G·H) or (2, G·H) with the gates in another
// order: gate i of the layer is gate order[i] of the kernel.
func (w RecurrentWeights) set(kernel, recurrent, bias graph.Tensor, order []int) {
	turn(w.IH, kernel, 0, w.IH.Type().Shape[1], order)
	turn(w.HH, recurrent, 0, w.HH.Type().Shape[1], order)
	if w.BiasIH != nil {
		turn(w.BiasIH, bias, 0, 1, order)
		turn(w.BiasHH, bias, 1, 1, order)
	}
}

// turn makes p (G·H, n) the transpose of n rows of t (…, G·H), from the given row on, with the gates in the order of
// the layer. Rows that t does not have count as zeros.
func turn(p *graph.Param, t graph.Tensor, row, n int, order []int) {
	dst := p.Tensor()
	wide := dst.Shape[0]
	size := wide / len(order)
	for i := range wide {
		from := order[i/size]*size + i%size
		for k := range n {
			v := 0.
			if at := (row+k)*wide + from; at < t.Shape.Size() && t.Shape != nil {
				v = t.At(at)
			}
			put(dst, i*n+k, v)
		}
	}
}

// put sets element i of a tensor of floats to v.
func put(dst graph.Tensor, i int, v float64) {
	if dst.DType == graph.Float64 {
		dst.F64[i] = v
	} else {
		dst.F32[i] = float32(v)
	}
}
