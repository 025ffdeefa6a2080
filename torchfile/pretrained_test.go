package torchfile_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/safetensors"
	"github.com/stheno-ml/stheno/torchfile"
)

// shared is where the data are that the project does not carry.
const shared = "../../shared/data"

// opened opens a file of shared/data/pretrained.
func opened(t *testing.T, path string) *torchfile.File {
	t.Helper()
	f, err := torchfile.OpenAny(filepath.Join(shared, "pretrained", path))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestPretrained: networks that others have trained are read as torch.load reads them.
func TestPretrained(t *testing.T) {
	b, err := os.ReadFile("testdata/pretrained.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]map[string][2]float64
	if err := json.Unmarshal(b, &all); err != nil || len(all) != 6 {
		t.Fatal(len(all), err)
	}
	for path, tensors := range all {
		t.Run(path, func(t *testing.T) {
			f := opened(t, path)
			if len(f.Names()) != len(tensors) {
				t.Errorf("tensors %v, want %d", f.Names(), len(tensors))
			}
			for name, want := range tensors {
				info, _ := f.Tensor(name)
				if info.DType == safetensors.I64 {
					continue // a counter of batches
				}
				w := make([]float64, info.Len())
				if err := f.ReadFloat64(name, w); err != nil {
					t.Fatal(err)
				}
				sum, placed, scale := 0., 0., 1.
				for i, v := range w {
					sum, placed, scale = sum+v, placed+v*float64(i+1)/float64(len(w)),
						scale+math.Abs(v)
				}
				if d := math.Abs(sum-want[0]) + math.Abs(placed-want[1]); d > 1e-7*scale {
					t.Errorf("%s: the sums are %v and %v, want %v", name, sum, placed, want)
				}
			}
		})
	}
}

// mnist is the network of shared/data/pretrained/mnist, which tracel-ai/burn has as an example.
type mnist struct {
	*nn.Scope
	conv         [3]*nn.Conv2D
	norm1, norm2 *nn.BatchNorm
	fc1, fc2     *nn.Linear
}

func newMNIST() *mnist {
	s := nn.NewScope()
	conv := func(name string, in, out int) *nn.Conv2D { return nn.NewConv2D(s.Sub(name), in, out, 3, ops.Conv{}) }
	return &mnist{
		Scope: s,
		conv:  [3]*nn.Conv2D{conv("conv1", 1, 8), conv("conv2", 8, 16), conv("conv3", 16, 24)},
		norm1: nn.NewBatchNorm2D(s.Sub("norm1"), 24), norm2: nn.NewBatchNorm1D(s.Sub("norm2"), 10),
		fc1: nn.NewLinear(s.Sub("fc1"), 24*22*22, 32), fc2: nn.NewLinear(s.Sub("fc2"), 32, 10),
	}
}

func (m *mnist) Forward(x graph.Node) graph.Node {
	x = ops.Scale(ops.AddScalar(x, -.1307), 1/.3081) // (N, 1, 28, 28)
	for _, c := range m.conv {
		x = ops.ReLU(c.Forward(x)) // (N, 24, 22, 22) in the end
	}
	x = ops.ReLU(m.fc1.Forward(ops.Flatten(m.norm1.Forward(x), 1))) // (N, 32)
	return m.norm2.Forward(m.fc2.Forward(x))                        // (N, 10)
}

// TestMNISTNetwork: two trainings of one network, in a file of PyTorch and in one of safetensors, are right for as
// many of the first digits as PyTorch 1.13 has them. Their layers have the same names and other weights.
func TestMNISTNetwork(t *testing.T) {
	dir := filepath.Join(shared, "mnist")
	images, err := data.ReadIDXFile(filepath.Join(dir, "t10k-images-idx3-ubyte.gz"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip(err)
	}
	labels, err2 := data.ReadIDXFile(filepath.Join(dir, "t10k-labels-idx1-ubyte.gz"))
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 400*28*28)
	for i := range x {
		x[i] = float32(images.Bytes[i]) / 255
	}
	for file, want := range map[string]int{"mnist.pt": 397, "mnist.safetensors": 396} {
		m := newMNIST()
		if err := m.Params().Load(filepath.Join(shared, "pretrained", "mnist", file)); err != nil {
			t.Fatal(err)
		}
		logits, err := nn.NewPredictor(m).Predict(graph.FromFloat32(x, 400, 1, 28, 28))
		if err != nil {
			t.Fatal(err)
		}
		right := 0
		for i, y := range labels.Bytes[:400] {
			row := logits.Rows(i, i+1).F32
			if row[y] == slices.Max(row) {
				right++
			}
		}
		if right != want {
			t.Errorf("%s: %d of 400 are right, want %d", file, right, want)
		}
	}
}

// A checkpoint of the older format, which torch.save has made of a dict with a state dict in it.
func ExampleOpen() {
	f, err := torchfile.Open("testdata/checkpoint.th")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	w, _ := f.Tensor("state_dict.0.weight")
	fmt.Println(w.DType, w.Shape, f.Metadata()["epoch"])

	s := nn.NewScope()
	nn.NewConv2D(s.Sub("0"), 1, 2, 3, ops.Conv{})
	nn.NewBatchNorm2D(s.Sub("1"), 2)
	report, err := s.Params().LoadFrom(f.File, nn.LoadOptions{Strip: "state_dict.", Partial: true})
	fmt.Println(report.Loaded, report.Missing, err)

	_, err = torchfile.Open("testdata/code.th") // it would run a command
	fmt.Println(errors.Is(err, safetensors.ErrFormat))
	// Output:
	// F32 [2 1 3 3] 3
	// [0.weight 0.bias 1.weight 1.bias 1.running_mean 1.running_var 1.num_batches_tracked] [] <nil>
	// true
}

// A file of weights is opened by what it begins with, whatever its name ends in.
func ExampleOpenAny() {
	for _, path := range []string{"testdata/one.pt", "testdata/one.th"} {
		f, err := torchfile.OpenAny(path)
		if err != nil {
			log.Fatal(err)
		}
		w := make([]float32, 2)
		err = f.ReadFloat32("tensor", w)
		fmt.Println(f.Names(), w, err, f.Close())
	}
	// Output:
	// [tensor] [1 2] <nil> <nil>
	// [tensor] [1 2] <nil> <nil>
}
