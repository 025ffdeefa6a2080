package nn_test

import (
	"math"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/safetensors"
)

// TestPredictorShared: goroutines that share a Predictor get their own answers, to the bit, whatever sizes the others
// ask for.
func TestPredictorShared(t *testing.T) {
	const goroutines, sizes = 8, 6 // more sizes than are kept
	each := 2000
	if testing.Short() {
		each = 100
	}
	p := nn.NewPredictor(mlp.New(4, 8, 3))
	input := func(g, i int) graph.Tensor {
		x := graph.NewTensor(graph.Type{Shape: graph.Shape{1 + i%sizes, 4}})
		for k := range x.F32 {
			x.F32[k] = float32((g*31+i*7+k)%97)/50 - 1
		}
		return x
	}
	want := make([][]float32, goroutines*97*sizes)
	at := func(g, i int) int { return g*97*sizes + i%(97*sizes) }
	for g := range goroutines {
		for i := range min(each, 97*sizes) {
			y, err := p.Predict(input(g, i))
			if err != nil {
				t.Fatal(err)
			}
			want[at(g, i)] = y.F32
		}
	}
	var wrong atomic.Int64
	var all sync.WaitGroup
	for g := range goroutines {
		all.Add(1)
		go func() {
			defer all.Done()
			for i := range each {
				y, err := p.Predict(input(g, i))
				if err != nil || !equal(y.F32, want[at(g, i)]) {
					wrong.Add(1)
				}
			}
		}()
	}
	all.Wait()
	if n := wrong.Load(); n > 0 {
		t.Errorf("%d of %d answers are wrong", n, goroutines*each)
	}
}

func equal(a, b []float32) bool {
	for i := range a {
		if len(a) != len(b) || a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

// TestPredictorKeepsFewPrograms: the memory of predictions of many sizes is that of a few.
func TestPredictorKeepsFewPrograms(t *testing.T) {
	p := nn.NewPredictor(cnn.NewLeNet5(10))
	kept := func(from, to int) uint64 {
		for n := from; n < to; n++ {
			if _, err := p.Predict(graph.NewTensor(graph.Type{Shape: graph.Shape{n, 1, 28, 28}})); err != nil {
				t.Fatal(err)
			}
		}
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	few := kept(56, 60)
	if many := kept(30, 60); many > few+few/4+1<<20 {
		t.Errorf("30 sizes keep %d bytes, 4 sizes %d", many, few)
	}
	runtime.KeepAlive(p)
}

// forward is a model that is a function.
type forward func(x graph.Node) graph.Node

func (f forward) Forward(x graph.Node) graph.Node { return f(x) }

// TestPredictorUsedWrongly: each is an error that says what was done.
func TestPredictorUsedWrongly(t *testing.T) {
	net := mlp.New(4, 3)
	good := graph.FromFloat32(make([]float32, 8), 2, 4)
	of := func(shape ...int) graph.Type { return graph.Type{Shape: shape} }
	for _, c := range []struct {
		name  string
		model nn.Module
		x     graph.Tensor
		batch int
		want  string
	}{
		{"no rows", net, graph.Tensor{Type: of(0, 4)}, 0,
			"predict: the input float32 (0, 4) has no elements, want at least a row"},
		{"rows without elements", net, graph.Tensor{Type: of(2, 0)}, 0,
			"predict: the input float32 (2, 0) has no elements"},
		{"a scalar", net, graph.FromFloat32([]float32{1}), 0,
			"predict: the input is a scalar, want rows along a first axis"},
		{"the zero tensor", net, graph.Tensor{}, 0, "predict: the input is a scalar"},
		{"fewer elements than the shape says", net, graph.Tensor{Type: of(2, 4), F32: make([]float32, 7)}, 0,
			"predict: the input: 7 elements"},
		{"elements of another type than it says", net, graph.Tensor{Type: of(2, 4), F64: make([]float64, 8)}, 0,
			"predict: the input: 0 elements of float32"},
		{"a size below 0", net, graph.Tensor{Type: of(-2, 4)}, 0, "predict: the input: axis 0 has size -2"},
		{"a shape whose product overflows", net, graph.Tensor{Type: of(1<<40, 1<<40)}, 0, "predict: the input: "},
		{"a type that there is not", net, graph.Tensor{Type: graph.Type{DType: 9, Shape: graph.Shape{2, 4}}}, 0,
			"predict: the input: there is no element type"},
		{"float64 for parameters of float32", net, graph.FromFloat64(make([]float64, 8), 2, 4), 0,
			`it holds float32, the graph is of float64`},
		{"integers for a layer of floats", net, graph.FromInt64(make([]int64, 8), 2, 4), 0, "int64"},
		{"rows of another width", net, graph.FromFloat32(make([]float32, 6), 2, 3), 0,
			"input has 3 features, weight expects 4"},
		{"a batch below 0", net, good, -1, "predict: the Batch is -1, want at least 1, or 0 for 256"},
		{"no model", nil, good, 0, "predict: there is no model"},
		{"a nil model", (*mlp.MLP)(nil), good, 0, "predict: there is no model"},
		{"a function that there is not", nn.Func(nil), good, 0, "func: there is no function: x (2, 4)"},
		{"a model that returns no node", forward(func(graph.Node) graph.Node { return graph.Node{} }), good, 0,
			"returns no node of the graph of its operand"},
		{"a model that returns a node of another graph",
			forward(func(graph.Node) graph.Node { return (&graph.Graph{}).Input("x", 2) }), good, 0,
			"returns no node of the graph"},
		{"a model that sums the rows", forward(func(x graph.Node) graph.Node { return ops.Sum(x, 0) }), good, 0,
			"does not keep the rows"},
		{"a model whose width depends on the rows",
			forward(func(x graph.Node) graph.Node { return ops.Concat(-1, x, ops.Transpose(x, 1, 0)) }),
			graph.FromFloat32(make([]float32, 6), 3, 2), 2, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := nn.NewPredictor(c.model)
			p.Batch = c.batch
			_, err := p.Predict(c.x)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	if _, err := (&nn.Predictor{}).Predict(good); err == nil ||
		!strings.Contains(err.Error(), "a Predictor comes from NewPredictor") {
		t.Errorf("the zero Predictor: %v", err)
	}
	if y, err := nn.NewPredictor(net).Predict(good); err != nil || !y.Shape.Equal(graph.Shape{2, 3}) {
		// negative control
		t.Errorf("a good input: %v, %v", y.Shape, err)
	}
}

// TestLoadPrefixOfNothing: the error names paths that are there, the nearest first.
func TestLoadPrefixOfNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "net.safetensors")
	ps := cnn.NewLeNet5(10).Params()
	if err := ps.Save(path); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, prefix, want string }{
		{"a slip of the pen", "covn1", `the model has no parameter under "covn1"; it has them under conv`},
		{"a part of a name", "conv", `no parameter under "conv"`},
		{"a dot at the end", "conv1.", `no parameter under "conv1."; it has them under conv1`},
	} {
		if err := ps.LoadPrefix(path, c.prefix); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	for _, prefix := range []string{"", "conv1", "conv1.weight"} { // negative control
		if err := ps.LoadPrefix(path, prefix); err != nil {
			t.Errorf("%q: %v", prefix, err)
		}
	}
}

// TestLoadOldCounters: a counter of batches may have shape (1) or be absent, nothing else may.
func TestLoadOldCounters(t *testing.T) {
	one := func(name string, shape []int, data any) safetensors.Tensor {
		return safetensors.Tensor{Name: name, Shape: shape, Data: data}
	}
	two := []float32{1, 2}
	rest := []safetensors.Tensor{one("weight", []int{2}, two), one("bias", []int{2}, two),
		one("running_mean", []int{2}, two)}
	variance := one("running_var", []int{2}, two)
	for _, c := range []struct {
		name  string
		extra []safetensors.Tensor
		want  int64
		fails string
	}{
		{"a scalar, as today", []safetensors.Tensor{variance, one("num_batches_tracked", nil, []int64{7})}, 7, ""},
		{"a tensor of one", []safetensors.Tensor{variance, one("num_batches_tracked", []int{1}, []int64{7})}, 7, ""},
		{"none", []safetensors.Tensor{variance}, 0, ""},
		{"a tensor of two", []safetensors.Tensor{variance, one("num_batches_tracked", []int{2}, []int64{7, 7})}, 3,
			"1 mis-shaped: num_batches_tracked: file (2), model ()"},
		{"no variance", nil, 3, "1 missing: running_var"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bn.safetensors")
			if err := safetensors.Write(path, append(rest[:3:3], c.extra...), nil); err != nil {
				t.Fatal(err)
			}
			s := nn.NewScope()
			b := nn.NewBatchNorm1D(s, 2)
			b.Batches.Tensor().I64[0] = 3
			err := s.Params().Load(path)
			if (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
				t.Errorf("got %v, want %s", err, c.fails)
			}
			if got := b.Batches.Tensor().I64[0]; got != c.want {
				t.Errorf("the counter is %d, want %d", got, c.want)
			}
		})
	}
}

// TestMomentumOfZero: running statistics stay as they are.
func TestMomentumOfZero(t *testing.T) {
	for _, c := range []struct{ momentum, want float64 }{{0, .1 * 2}, {ops.Zero, 0}, {.5, .5 * 2}} {
		b := nn.NewBatchNorm1D(nn.NewScope(), 1)
		b.Options.Momentum = c.momentum
		g := &graph.Graph{Mode: graph.Train}
		x := g.Input("x", 2, 1)
		prog, err := g.Compile(b.Forward(x))
		if err != nil {
			t.Fatal(err)
		}
		prog.Set(x, []float32{1, 3})
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		if got := b.RunningMean.Tensor().At(0); math.Abs(got-c.want) > 1e-7 {
			t.Errorf("momentum %v: the running mean is %v, want %v", c.momentum, got, c.want)
		}
	}
}
