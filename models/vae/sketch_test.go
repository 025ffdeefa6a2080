package vae_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/vae"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/safetensors"
)

// quickdraw is where the decoder of ml5 is, beside the project.
const quickdraw = "../../../shared/data/pretrained/quickdraw-cvae"

// sketches are the decoder of ml5, and the number of each label. It skips the test where the data are absent.
func sketches(t *testing.T) (m *vae.SketchDecoder, number map[string]int) {
	t.Helper()
	f, err := safetensors.OpenLayers(quickdraw)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s: the data for development are not there", quickdraw)
	}
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(quickdraw, "manifest.json"))
	var manifest struct{ Labels []string }
	if err == nil {
		err = json.Unmarshal(raw, &manifest)
	}
	if err != nil {
		t.Fatal(err)
	}
	number = map[string]int{}
	for i, label := range manifest.Labels {
		number[label] = i + 1 // 0 stands for none
	}
	m = vae.NewSketchDecoder(16, len(manifest.Labels)+1)
	if err := m.FromKeras(f); err != nil {
		t.Fatal(err)
	}
	return m, number
}

// TestQuickDraw: the decoder of ml5 draws here what it draws there.
func TestQuickDraw(t *testing.T) {
	m, number := sketches(t)
	if got := m.Params().Count(); got != 62_721 {
		t.Errorf("%d parameters, want 62,721", got)
	}
	sum := func(m *vae.SketchDecoder, label string) (total float64) {
		z := graph.NewTensor(graph.Type{Shape: graph.Shape{1, 16 + 51}})
		z.F32[16+number[label]] = 1
		y, err := nn.NewPredictor(m).Predict(z)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range y.F32 {
			total += float64(v)
		}
		return total
	}
	if got := sum(m, "apple"); math.Abs(got-122.3272) > 5e-4 { // shared/data/SOURCES.md
		t.Errorf("the pixels of the mean apple add up to %.4f, want 122.3272", got)
	}
	if got := sum(m, "axe"); math.Abs(got-122.3272) < 1 { // the negative control
		t.Errorf("those of an axe add up to %.4f", got)
	}
}

// keras is a file of the decoder's weights under Keras' names, each value its place, without a tensor if it is named,
// and with another shape of one.
func keras(without, flat string) (*safetensors.File, error) {
	var all []safetensors.Tensor
	for _, c := range []struct {
		name  string
		shape []int
	}{{"dense_5/kernel", []int{3, 784}}, {"dense_5/bias", []int{784}},
		{"conv2d_transpose_1/kernel", []int{3, 3, 32, 16}}, {"conv2d_transpose_1/bias", []int{32}},
		{"conv2d_transpose_2/kernel", []int{3, 3, 16, 32}}, {"conv2d_transpose_2/bias", []int{16}},
		{"conv2d_transpose_3/kernel", []int{3, 3, 1, 16}}, {"conv2d_transpose_3/bias", []int{1}}} {
		values := make([]float32, graph.Shape(c.shape).Size())
		for i := range values {
			values[i] = float32(i)
		}
		if c.name == flat {
			c.shape = []int{len(values), 1}
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

// TestFromKeras: every number lies where it belongs.
func TestFromKeras(t *testing.T) {
	f, err := keras("", "")
	if err != nil {
		t.Fatal(err)
	}
	m := vae.NewSketchDecoder(1, 2)
	if err := m.FromKeras(f); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		p    *graph.Param
		at   []int // in PyTorch's order of axes
		want int   // the place in Keras'
	}{
		{"a unit of place 5 and channel 7, of input 2", m.Dense.Weight, []int{7*49 + 5, 2}, 2*784 + 5*16 + 7},
		{"its bias", m.Dense.Bias, []int{7*49 + 5}, 5*16 + 7},
		{"from channel 3 to 9 at (1, 2)", m.Deconv1.Weight, []int{3, 9, 1, 2}, ((1*3+2)*32+9)*16 + 3},
		{"the last of all", m.Deconv3.Weight, []int{15, 0, 2, 2}, 3*3*16 - 1},
		{"a bias of a convolution", m.Deconv2.Bias, []int{4}, 4},
	} {
		at := 0
		for axis, n := range c.p.Type().Shape {
			at = at*n + c.at[axis]
		}
		if got := c.p.Tensor().F32[at]; got != float32(c.want) {
			t.Errorf("%s: got %v, want %d", c.name, got, c.want)
		}
	}
}

// TestFromKerasErrors: a file that is no such decoder is told so, and nothing is changed.
func TestFromKerasErrors(t *testing.T) {
	for _, c := range []struct {
		name, without, flat string
		code                int
		want                string
	}{
		{"no bias", "conv2d_transpose_3/bias", "", 1,
			"small: safetensors: format: there is no conv2d_transpose_3/bias"},
		{"a kernel of two axes", "", "conv2d_transpose_1/kernel", 1,
			"conv2d_transpose_1/kernel has shape (4608, 1), want (3, 3, 32, 16)"},
		{"another code", "", "", 2, "dense_5/kernel has shape (3, 784), want (4, 784)"},
	} {
		f, err := keras(c.without, c.flat)
		if err != nil {
			t.Fatal(err)
		}
		m := vae.NewSketchDecoder(c.code, 2)
		before := slices.Clone(m.Dense.Weight.Tensor().F32)
		err = m.FromKeras(f)
		if err == nil || !errors.Is(err, safetensors.ErrFormat) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
		if !slices.Equal(m.Dense.Weight.Tensor().F32, before) {
			t.Errorf("%s: weights have changed", c.name)
		}
	}
}

// The decoder of three sketches by the numbers of a file of Keras. A folder of TensorFlow.js is opened by
// safetensors.OpenLayers.
func ExampleSketchDecoder_FromKeras() {
	f, err := keras("", "")
	if err != nil {
		log.Fatal(err)
	}
	model := vae.NewSketchDecoder(1, 2)
	if err := model.FromKeras(f); err != nil {
		log.Fatal(err)
	}
	z := graph.FromFloat32([]float32{0, 1, 0}, 1, 3) // the mean sketch of class 0
	sketch, err := nn.NewPredictor(model).Predict(z)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sketch.Shape)
	// Output: (1, 1, 28, 28)
}
