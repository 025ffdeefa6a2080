package rnn_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/rnn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/safetensors"
)

// shared is where the data for development are, beside the project.
const shared = "../../../shared/data"

// shakespeare opens the character LSTM that ml5 has trained on Shakespeare, with the text, whose characters it numbers
// in the order of Unicode. It skips the test where the data are absent.
func shakespeare(t *testing.T) (*rnn.CharLSTM, corpus.Text) {
	t.Helper()
	dir := filepath.Join(shared, "pretrained", "char-lstm")
	raw, err := os.ReadFile(filepath.Join(dir, "vocab.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s: the data for development are not there", dir)
	}
	var number map[string]int
	if err == nil {
		err = json.Unmarshal(raw, &number)
	}
	if err != nil {
		t.Fatal(err)
	}
	// What wrote the file took u and U for the signs of Python's strings, and dropped them.
	number["u"], number["U"] = number["  "], number[""]
	text, err := corpus.OpenText(t.Context(), filepath.Join(shared, "text", "tinyshakespeare.txt"), t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	var order []int
	for _, s := range text.Vocabulary.Symbols() {
		order = append(order, number[s])
	}
	f, err := safetensors.OpenManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	m, err := rnn.FromTensorFlow(f, order)
	if err != nil {
		t.Fatal(err)
	}
	return m, text
}

// TestShakespeare: the weights of TensorFlow know Shakespeare here as they did there.
func TestShakespeare(t *testing.T) {
	m, text := shakespeare(t)
	_, test, err := text.Streams()
	if err != nil {
		t.Fatal(err)
	}
	loss := func() float64 {
		const lanes, length = 32, 100
		g := &graph.Graph{}
		x, y := g.Indices("x", lanes, length), g.Indices("y", lanes, length)
		out := m.Build(x, y).Loss
		prog, err := g.Compile(out)
		if err != nil {
			t.Fatal(err)
		}
		sum, n := 0., 0
		for batch := range test.Lanes(lanes, length).Batches(0) {
			prog.Set(x, batch[0])
			prog.Set(y, batch[1])
			if err := prog.Run(); err != nil {
				t.Fatal(err)
			}
			sum += prog.Float(out)
			n++
		}
		return sum / float64(n)
	}
	if got := loss(); got > 1.4 { // 1.3303: it has learnt from the whole text
		t.Errorf("the loss on the last tenth of the text is %.4f, want at most 1.4", got)
	}
	for _, w := range m.LSTM.Weights { // the negative control: without TensorFlow's forget bias
		b := w.BiasIH.Tensor().F32
		for i := len(b) / 4; i < len(b)/2; i++ {
			b[i]--
		}
	}
	if got := loss(); got < 1.5 {
		t.Errorf("without the forget bias it is %.4f", got)
	}
}

// write draws so many characters, each after all before it, by the model's probabilities.
func write(m *rnn.CharLSTM, v data.Vocabulary, prompt string, n int, seed uint64) (string, error) {
	ids, err := v.Encode(prompt)
	if err != nil {
		return "", err
	}
	g := &graph.Graph{}
	x := g.Indices("x", 1, 1)
	p := ops.Softmax(m.Continue(x), -1) // (1, 1, V)
	prog, err := g.Compile(p)
	if err != nil {
		return "", err
	}
	r := rand.New(rand.NewPCG(seed, 0))
	for i := 0; len(ids) < len(prompt)+n; i++ {
		prog.Set(x, []int{int(ids[i])})
		if err := prog.Run(); err != nil {
			return "", err
		}
		if i+1 < len(ids) {
			continue // of the prompt
		}
		at, next := r.Float64(), 0
		for k, q := range prog.Value(p).F32 {
			if next = k; at < float64(q) {
				break
			}
			at -= float64(q)
		}
		ids = append(ids, int64(next))
	}
	return v.Decode(ids), nil
}

// TestShakespeareWrites: nearly all words that the weights write are Shakespeare's.
func TestShakespeareWrites(t *testing.T) {
	m, text := shakespeare(t)
	known := map[string]bool{}
	for w := range strings.FieldsFuncSeq(text.Train+text.Test, notLetter) {
		known[w] = true
	}
	share := func(m *rnn.CharLSTM) (float64, string) {
		written, err := write(m, text.Vocabulary, "\n", 1000, 1)
		if err != nil {
			t.Fatal(err)
		}
		words, of := 0, 0
		for w := range strings.FieldsFuncSeq(written, notLetter) {
			if of++; known[w] {
				words++
			}
		}
		return float64(words) / float64(of), written
	}
	got, written := share(m)
	t.Logf("%.0f %% of the words are known:\n%s", 100*got, written)
	if got < .85 {
		t.Errorf("%.2f of the words are Shakespeare's, want 0.85", got)
	}
	if got, _ := share(rnn.NewCharLSTM(65, 128, 2)); got > .5 { // the negative control
		t.Errorf("%.2f of the words of untrained weights are Shakespeare's", got)
	}
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// small is a checkpoint of one cell, without a tensor if it is named, and with another shape of one.
func small(without, flat string) (*safetensors.File, error) {
	const v, hidden = 3, 2
	var all []safetensors.Tensor
	for i, c := range []struct {
		name  string
		shape []int
	}{{"embedding", []int{v, hidden}}, {"rnnlm/softmax_w", []int{hidden, v}}, {"rnnlm/softmax_b", []int{v}},
		{"rnnlm/multi_rnn_cell/cell_0/basic_lstm_cell/weights", []int{2 * hidden, 4 * hidden}},
		{"rnnlm/multi_rnn_cell/cell_0/basic_lstm_cell/biases", []int{4 * hidden}}} {
		n := graph.Shape(c.shape).Size()
		if c.name == flat {
			c.shape = []int{n, 1, 1}
		}
		values := make([]float32, n)
		for k := range values {
			values[k] = float32(100*i + k)
		}
		if c.name != without {
			all = append(all, safetensors.Tensor{Name: c.name, Shape: c.shape, Data: values})
		}
	}
	var b bytes.Buffer
	if err := safetensors.Encode(&b, all, nil); err != nil {
		return nil, err
	}
	return safetensors.NewFile(bytes.NewReader(b.Bytes()), int64(b.Len()), "small")
}

// TestFromTensorFlow: every tensor lies where it belongs, its characters in the order that is asked for.
func TestFromTensorFlow(t *testing.T) {
	f, err := small("", "")
	if err != nil {
		t.Fatal(err)
	}
	m, err := rnn.FromTensorFlow(f, []int{2, 0, 1})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]float32{
		"embedding.weight":  {4, 5, 0, 1, 2, 3},
		"out.weight":        {102, 105, 100, 103, 101, 104},
		"out.bias":          {202, 200, 201},
		"lstm.weight_ih_l0": {300, 308, 301, 309, 304, 312, 305, 313, 302, 310, 303, 311, 306, 314, 307, 315},
		"lstm.weight_hh_l0": {316, 324, 317, 325, 320, 328, 321, 329, 318, 326, 319, 327, 322, 330, 323, 331},
		"lstm.bias_ih_l0":   {400, 401, 405, 406, 402, 403, 406, 407},
		"lstm.bias_hh_l0":   make([]float32, 8),
	}
	for p := range m.Params().All() {
		if got := p.Tensor().F32; !slices.Equal(got, want[p.Name()]) {
			t.Errorf("%s is %v, want %v", p.Name(), got, want[p.Name()])
		}
	}
}

// TestFromTensorFlowErrors: a file that is no such checkpoint is told so.
func TestFromTensorFlowErrors(t *testing.T) {
	cell := "rnnlm/multi_rnn_cell/cell_0/basic_lstm_cell/"
	for _, c := range []struct {
		name, without, flat string
		order               []int
		want                string
	}{
		{"no embedding", "embedding", "", nil, "small: safetensors: format: embedding has shape (), want (V, hidden)"},
		{"an embedding of three axes", "", "embedding", nil, "embedding has shape (6, 1, 1), want (V, hidden)"},
		{"no output", "rnnlm/softmax_w", "", nil, "there is no rnnlm/softmax_w"},
		{"a bias of another shape", "", "rnnlm/softmax_b", nil, "rnnlm/softmax_b has shape (3, 1, 1), want (3)"},
		{"no cell", cell + "weights", "", nil, "there is no " + cell + "weights"},
		{"a cell without biases", cell + "biases", "", nil, "there is no " + cell + "biases"},
		{"a cell of another shape", "", cell + "weights", nil, "weights has shape (32, 1, 1), want (4, 8)"},
		{"an order of too few", "", "", []int{0, 1}, "small: the order does not have each of the numbers 0 to 2 once"},
		{"an order with a number twice", "", "", []int{0, 1, 1}, "each of the numbers 0 to 2 once"},
		{"an order beyond the file", "", "", []int{0, 1, 3}, "each of the numbers 0 to 2 once"},
	} {
		f, err := small(c.without, c.flat)
		if err != nil {
			t.Fatal(err)
		}
		_, err = rnn.FromTensorFlow(f, c.order)
		ofFile := errors.Is(err, safetensors.ErrFormat)
		if err == nil || !strings.Contains(err.Error(), c.want) || ofFile != (c.order == nil) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

// A checkpoint of three characters, of which the model wants the last one first. The folder of a published one is
// opened by safetensors.OpenManifest.
func ExampleFromTensorFlow() {
	f, err := small("", "")
	if err != nil {
		log.Fatal(err)
	}
	model, err := rnn.FromTensorFlow(f, []int{2, 0, 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(model.Params().Count(), model.Embedding.Weight.Tensor().F32)
	// Output: 63 [4 5 0 1 2 3]
}
