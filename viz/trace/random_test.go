package trace_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/trace"
)

// writer writes random programs: ops in unusual combinations, parameters that are shared, several losses, integers,
// stops, states and derivatives of derivatives.
type writer struct {
	*rand.Rand
	g      *graph.Graph
	pool   []graph.Node // of shape (2, 3, 4)
	shared []graph.Node // parameters, of (4, 4)
	index  graph.Node   // (2, 3) of 0 to 3
	states []graph.Node
	n      int // of names
}

func (w *writer) pick() graph.Node { return w.pool[max(w.IntN(len(w.pool)), w.IntN(len(w.pool)))] }

func (w *writer) param(shape ...int) graph.Node {
	w.n++
	v := make([]float64, graph.Shape(shape).Size())
	for i := range v {
		v[i] = w.NormFloat64() / 2
	}
	return w.g.Param(parameter(fmt.Sprintf("p%d", w.n), v, shape...))
}

// matrix is a parameter that may be in use elsewhere.
func (w *writer) matrix() graph.Node {
	if len(w.shared) == 0 || w.IntN(2) == 0 {
		w.shared = append(w.shared, w.param(4, 4))
	}
	return w.shared[w.IntN(len(w.shared))]
}

// functions work element by element.
var functions = []func(graph.Node) graph.Node{ops.Tanh, ops.Sigmoid, ops.Sin, ops.Cos, ops.Square, ops.Neg,
	ops.Softplus, ops.GELU, ops.SiLU, ops.Mish, ops.ReLU, ops.Abs, ops.Erf, ops.StopGradient,
	func(x graph.Node) graph.Node { return ops.LeakyReLU(x, .1) },
	func(x graph.Node) graph.Node { return ops.Clamp(x, -.5, .5) },
	func(x graph.Node) graph.Node { return ops.Log(ops.AddScalar(ops.Square(x), 1)) },
	func(x graph.Node) graph.Node { return ops.Reciprocal(ops.AddScalar(ops.Square(x), 1)) },
	func(x graph.Node) graph.Node { return ops.Sqrt(ops.AddScalar(ops.Square(x), .5)) },
}

// pairs work on two.
var pairs = []func(x, y graph.Node) graph.Node{ops.Add, ops.Sub, ops.Mul, ops.Maximum, ops.Minimum,
	func(x, y graph.Node) graph.Node { return ops.Div(x, ops.AddScalar(ops.Square(y), 1)) },
	func(x, y graph.Node) graph.Node { return ops.Where(ops.Less(x, y), x, ops.Scale(y, .5)) },
	func(x, y graph.Node) graph.Node { return ops.WeightedSum([]float64{2, -1, .5}, x, y, x) },
	func(x, y graph.Node) graph.Node { return ops.Mul(x, ops.StopGradient(y)) },
	func(x, y graph.Node) graph.Node {
		return ops.MatMul(ops.MatMulT(x, y, false, true), ops.Scale(x, .3)) // (2, 3, 3) (2, 3, 4)
	},
}

// reshaping, of (2, 3, 4) to itself by way of other shapes.
var reshaping = []func(w *writer, x graph.Node) graph.Node{
	func(w *writer, x graph.Node) graph.Node { return ops.Linear(x, w.matrix(), w.param(4)) },
	func(w *writer, x graph.Node) graph.Node { return ops.MatMul(x, w.matrix()) },
	func(w *writer, x graph.Node) graph.Node {
		m := w.matrix()
		return ops.MatMul(ops.MatMul(x, m), ops.Swap(m, 0, 1))
	},
	func(w *writer, x graph.Node) graph.Node { return ops.Softmax(x, w.IntN(3)) },
	func(w *writer, x graph.Node) graph.Node { return ops.LogSoftmax(x, w.IntN(3)) },
	func(w *writer, x graph.Node) graph.Node { return ops.LayerNorm(x, w.param(4), w.param(4), 1e-3) },
	func(w *writer, x graph.Node) graph.Node {
		parts := ops.Split(x, 2, 1, 3)
		return ops.Concat(2, parts[1], parts[0])
	},
	func(w *writer, x graph.Node) graph.Node { return ops.Sub(x, ops.MeanKeep(x, w.IntN(3))) },
	func(w *writer, x graph.Node) graph.Node { return ops.Mul(x, ops.SumKeep(x, w.IntN(3))) },
	func(w *writer, x graph.Node) graph.Node { return ops.Add(x, ops.MaxKeep(x, 2)) },
	func(w *writer, x graph.Node) graph.Node { return ops.Flip(ops.CumSum(x, 1), 2) },
	func(w *writer, x graph.Node) graph.Node { return ops.Transpose(ops.Transpose(x, 2, 0, 1), 1, 2, 0) },
	func(w *writer, x graph.Node) graph.Node {
		return ops.Conv1D(x, w.param(3, 3, 3), w.param(3), ops.Conv{Pad: 1})
	},
	func(w *writer, x graph.Node) graph.Node {
		p := ops.MaxPool1D(x, ops.Pool{Size: 2}) // (2, 3, 2)
		return ops.Concat(2, p, ops.AvgPool1D(x, ops.Pool{Size: 2}))
	},
	func(w *writer, x graph.Node) graph.Node { return ops.Dropout(x, .3) },
	func(w *writer, x graph.Node) graph.Node {
		return ops.Add(x, ops.Embedding(w.matrix(), w.index)) // (2, 3, 4)
	},
	func(w *writer, x graph.Node) graph.Node {
		y, _ := ops.Sort(x, 2, true)
		return y
	},
	func(w *writer, x graph.Node) graph.Node {
		h := w.g.State(fmt.Sprintf("h%d", len(w.states)), 2, 3, 4)
		w.states = append(w.states, h)
		z := ops.Tanh(ops.Add(x, ops.Scale(h, .5)))
		w.g.Assign(h, z)
		return z
	},
	func(w *writer, x graph.Node) graph.Node {
		h := ops.Norm(x, 2, 2) // (2, 3)
		return ops.Mul(x, ops.Reshape(h, 2, 3, 1))
	},
	func(w *writer, x graph.Node) graph.Node { return ops.Expand(ops.Mean(ops.Square(x)), 2, 3, 4) },
	func(w *writer, x graph.Node) graph.Node {
		top, _ := ops.TopK(x, 2, 2) // (2, 3, 2)
		return ops.Tile(top, 2, 2)
	},
}

func (w *writer) add() {
	x := w.pick()
	switch w.IntN(5) {
	case 0, 1:
		x = functions[w.IntN(len(functions))](x)
	case 2:
		x = pairs[w.IntN(len(pairs))](x, w.pick())
	default:
		x = reshaping[w.IntN(len(reshaping))](w, x)
	}
	w.pool = append(w.pool, x)
}

// loss is a number.
func (w *writer) loss() graph.Node {
	x := w.pick()
	switch w.IntN(5) {
	case 0:
		return ops.CrossEntropy(ops.Reshape(x, 6, 4), ops.Reshape(w.index, 6))
	case 1:
		return ops.MSE(x, w.pick())
	case 2:
		return ops.Sum(ops.Mul(x, w.pick()))
	case 3:
		return ops.Add(ops.Mean(x), ops.Scale(ops.L2Penalty(w.pick(), x), .1))
	}
	return ops.Mean(ops.Square(x))
}

// derived is a random program with the gradients that it was asked for, by loss.
type derived struct {
	prog   *graph.Program
	losses []graph.Node
	wrt    []graph.Node
	grads  [][]graph.Node
}

func randomProgram(t testing.TB, seed uint64) (d derived) {
	t.Helper()
	g := &graph.Graph{Mode: graph.Train, DType: graph.Float64, Seed: seed}
	w := &writer{Rand: rand.New(rand.NewPCG(seed, 5)), g: g}
	x := g.Input("x", 2, 3, 4)
	w.index = g.Indices("index", 2, 3)
	w.pool = append(w.pool, x, w.param(2, 3, 4))
	for range 1 + w.IntN(9) {
		w.add()
	}
	d.wrt = append(g.Trainable(), x)
	for range 1 + w.IntN(3) {
		d.losses = append(d.losses, w.loss())
		for range w.IntN(3) {
			w.add()
		}
	}
	out := append([]graph.Node{}, d.losses...)
	for _, l := range d.losses {
		d.grads = append(d.grads, graph.Gradients(l, d.wrt...))
		out = append(out, d.grads[len(d.grads)-1]...)
	}
	var err error
	d.prog, err = g.CompileWith(graph.CompileOptions{Teach: true}, out...)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	values, index := make([]float64, 24), make([]int, 6)
	for i := range values {
		values[i] = w.NormFloat64()
	}
	for i := range index {
		index[i] = w.IntN(4)
	}
	d.prog.Set(x, values)
	d.prog.Set(w.index, index)
	return d
}

// TestRandomPrograms: of random programs the contributions at each fork add up, central differences agree, each
// gradient that was asked for is known as that of its node and loss, and the file is read again.
func TestRandomPrograms(t *testing.T) {
	forks, compared := 0, 0
	for seed := range uint64(150) {
		d := randomProgram(t, seed)
		r, err := trace.NewRecorder(d.prog, trace.Options{Work: 1e6})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err := r.Add(trace.Text{}); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		run, err := r.Run()
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		run = through(t, run)
		forks += len(run.Forks)
		for _, f := range run.Forks {
			if off := apart(t, run, f); off > 1e-12 {
				t.Errorf("seed %d: %s: the contributions to the gradient of %s are off by %g", seed,
					run.Nodes[f.Sum].Name, run.Nodes[f.Node].Name, off)
			}
		}
		for _, c := range run.States[0].Checks {
			compared += len(c.At)
			if !c.OK || c.Error > 1e-5 {
				t.Errorf("seed %d: %s: %+v", seed, run.Nodes[c.Grad].Name, c)
			}
		}
		d.known(t, seed, r, run)
	}
	if forks < 200 || compared < 3000 {
		t.Errorf("%d forks and %d elements were looked at", forks, compared)
	}
}

// known fails where a gradient that was asked for is not known as that of its node and loss. One that is that of
// several, as those of both terms of a sum are, is known as that of one of them.
func (d derived) known(t testing.TB, seed uint64, r *trace.Recorder, run trace.Run) {
	t.Helper()
	type gradient struct{ of, loss int }
	all := map[int][]gradient{}
	for k := range d.losses {
		for i, grad := range d.grads[k] {
			if grad.Kind() != graph.KindConst {
				n := r.Node(grad)
				all[n] = append(all[n], gradient{r.Node(d.wrt[i]), r.Node(d.losses[k])})
			}
		}
	}
	for n, list := range all {
		node := run.Nodes[n]
		got := gradient{node.GradOf, run.Loss}
		if len(run.Losses) > 0 {
			got.loss = run.Losses[node.GradLoss]
		}
		if len(list) == 1 && (got.loss != list[0].loss || got.of != list[0].of) {
			t.Errorf("seed %d: %s is known as %v, want %v", seed, node.Name, got, list)
		}
	}
}

// apart is how far the contributions at a fork are from their sum, relative to the largest of them.
func apart(t testing.TB, run trace.Run, f trace.Fork) (off float64) {
	t.Helper()
	total := value(t, run, f.Sum)
	for i := range total.Shape.Size() {
		sum, largest := 0., 1.
		for _, s := range f.Steps {
			v := value(t, run, run.Steps[s].D).At(i)
			sum, largest = sum+v, max(largest, math.Abs(v))
		}
		off = max(off, math.Abs(sum-total.At(i))/largest)
	}
	return off
}
