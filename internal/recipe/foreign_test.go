package recipe

import (
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/kinds"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/safetensors"
)

// small is a row of the network whose weights torchfile/testdata/files.py writes.
func small() Recipe {
	return Recipe{Name: "small", Kind: kinds.Classifier{
		Input: graph.Shape{1, 4, 4},
		New: func(kind.Form) nn.Model {
			return nn.NewSequential(nn.NewScope(),
				func(s *nn.Scope) nn.Module { return nn.NewConv2D(s, 1, 2, 3, ops.Conv{}) },
				func(s *nn.Scope) nn.Module { return nn.NewBatchNorm2D(s, 2) })
		},
	}}
}

// TestForeignWeights: a file that others have written is for the usual form of a row, whatever its format, and
// whatever they put before the names or beside the weights.
func TestForeignWeights(t *testing.T) {
	weights := map[string][]float32{"0.weight": make([]float32, 18), "0.bias": {1, 2}, "1.weight": {1, 1},
		"1.bias": {0, 0}, "1.running_mean": {0, 0}, "1.running_var": {1, 1}} // without num_batches_tracked
	shapes := map[string][]int{"0.weight": {2, 1, 3, 3}}
	written := func(t *testing.T, name func(string) string) string {
		path := filepath.Join(t.TempDir(), "w.safetensors")
		all := []safetensors.Tensor{{Name: "step", Shape: []int{1}, Data: []float32{1}}}
		if name("") == "" {
			all = nil
		}
		for n, w := range weights {
			shape := shapes[n]
			if shape == nil {
				shape = []int{len(w)}
			}
			all = append(all, safetensors.Tensor{Name: name(n), Shape: shape, Data: w})
		}
		if err := safetensors.Write(path, all, nil); err != nil {
			t.Fatal(err)
		}
		return path
	}
	before := func(prefix string) func(t *testing.T) string {
		return func(t *testing.T) string { return written(t, func(n string) string { return prefix + n }) }
	}
	of := func(name string) func(*testing.T) string {
		return func(*testing.T) string { return filepath.Join("..", "..", "torchfile", "testdata", name) }
	}
	nan := func(t *testing.T) string {
		weights["0.bias"][1] = float32(math.NaN())
		defer func() { weights["0.bias"][1] = 2 }()
		return before("")(t)
	}
	body := func(name string) string { return strings.TrimPrefix(name, "body.") }
	for _, c := range []struct {
		name   string
		file   func(t *testing.T) string
		theirs func(string) string
		want   string // part of the error
	}{
		{"a checkpoint of PyTorch, with an optimizer's state beside the weights", of("checkpoint.pt"), nil, ""},
		{"the same in the older format", of("checkpoint.th"), nil, ""},
		{"the same by a newer protocol", of("protocol4.pt"), nil, ""},
		{"the names of the model", before(""), nil, ""},
		{"of DataParallel", before("state_dict.module."), nil, ""},
		{"of another program", before("model_state_dict."), nil, ""},
		{"of names that the row knows", before("state_dict.body."), body, ""},
		{"of names that it does not know", before("state_dict.body."), nil, "6 missing: 0.weight, 0.bias, "},
		{"another model", of("tensors.pt"), nil, "6 missing: 0.weight"},
		{"a model as a whole", of("model.pt"), nil, `it asks for "torch.nn.modules.container.Sequential"`},
		{"code", of("code.th"), nil, `it asks for "posix.system"`},
		{"a weight that is no number", nan, nil, `tensor "0.bias" is not finite`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, path := small(), c.file(t)
			r.Theirs = c.theirs
			m, err := r.Load(path)
			switch {
			case c.want == "" && err != nil:
				t.Fatal(err)
			case c.want == "":
				if p := m.Params().Get("1.running_var").Tensor(); p.At(0) != 1 ||
					!m.Form.Input.Equal(graph.Shape{1, 4, 4}) {
					t.Errorf("got %v, in the form %v", p, m.Form)
				}
			case err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path):
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	r := small()
	if _, err := r.Load(of("code.pt")(t)); !errors.Is(err, safetensors.ErrFormat) {
		t.Errorf("code is %v", err)
	}
	m := r.New(r.Usual()) // a file of ours is taken as it is
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := r.Save(m, path); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Load(path); err != nil {
		t.Error(err)
	}
}

// TestTransforms: with weights of others the networks that were published for TensorFlow see pictures as there, and
// with none of ours.
func TestTransforms(t *testing.T) {
	path := filepath.Join(t.TempDir(), "theirs.safetensors")
	if err := safetensors.Write(path, []safetensors.Tensor{{Name: "x", Shape: []int{1}, Data: []float32{1}}},
		nil); err != nil {
		t.Fatal(err)
	}
	ops := func(r Recipe, f kind.Form) int {
		g := &graph.Graph{}
		r.New(f).Answer(g, 1)
		if err := g.Err(); err != nil {
			t.Fatal(err)
		}
		return len(g.Nodes())
	}
	for _, r := range Table() {
		want := r.Name == "googlenet" || r.Name == "inception_v3"
		f, err := r.formOf(path)
		if err != nil || f.Transform != want {
			t.Errorf("%s: with weights of others pictures are transformed: %v, want %v; %v", r.Name, f.Transform,
				want, err)
		}
		if want && ops(r, f) <= ops(r, r.Usual()) {
			t.Errorf("%s: nothing is done to the pictures", r.Name)
		}
		if f.Transform = true; !want && r.check(path, f) == nil {
			t.Errorf("%s: a file may say that pictures are transformed", r.Name)
		}
	}
}
