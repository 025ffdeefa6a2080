package outside

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/safetensors"
	"github.com/stheno-ml/stheno/train"
)

// compiled is the program of what f makes of x, with the gradient of the sum of that by x.
func compiled(t *testing.T, d graph.DType, n int,
	f func(x graph.Node) graph.Node) (p *graph.Program, x, y, dx graph.Node) {
	t.Helper()
	g := &graph.Graph{DType: d}
	x = g.Input("x", n)
	y = f(x)
	dx = graph.Gradients(ops.Sum(y), x)[0]
	p, err := g.Compile(y, dx)
	if err != nil {
		t.Fatal(err)
	}
	return p, x, y, dx
}

// TestSnake: values by hand, and the gradient by central differences in float64, with slopes of both orders.
func TestSnake(t *testing.T) {
	points := []float64{-3, -.5, 0, .25, 1, 4}
	for _, alpha := range []float64{.5, 1, 3} {
		f := func(x graph.Node) graph.Node { return Snake(x, alpha) }
		for order, f := range []func(x graph.Node) graph.Node{f,
			func(x graph.Node) graph.Node { return graph.Gradients(ops.Sum(f(x)), x)[0] }} {
			p, x, y, dx := compiled(t, graph.Float64, len(points), f)
			at := func(shift float64) (values, slopes []float64) {
				moved := make([]float64, len(points))
				for i, v := range points {
					moved[i] = v + shift
				}
				p.Set(x, moved)
				if err := p.Run(); err != nil {
					t.Fatal(err)
				}
				return p.Value(y).Clone().F64, p.Value(dx).Clone().F64
			}
			const h = 1e-5
			values, slopes := at(0)
			above, _ := at(h)
			below, _ := at(-h)
			for i, v := range points {
				sin := math.Sin(alpha * v)
				if want := v + sin*sin/alpha; order == 0 && math.Abs(values[i]-want) > 1e-12 {
					t.Errorf("alpha %v: snake(%v) is %v, want %v", alpha, v, values[i], want)
				}
				if want := (above[i] - below[i]) / (2 * h); math.Abs(slopes[i]-want) > 1e-8 {
					t.Errorf("alpha %v, order %d at %v: the slope is %v, by differences %v", alpha, order+1, v,
						slopes[i], want)
				}
			}
		}
	}
}

// TestSnakeFloat32: the same but for rounding, where the result takes the place of the operand.
func TestSnakeFloat32(t *testing.T) {
	p, x, y, _ := compiled(t, graph.Float32, 2, func(x graph.Node) graph.Node { return Snake(ops.Scale(x, 2), 1) })
	p.Set(x, []float32{.5, -1})
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{1 + math.Pow(math.Sin(1), 2), -2 + math.Pow(math.Sin(2), 2)} {
		if got := p.Value(y).At(i); math.Abs(got-want) > 1e-6 {
			t.Errorf("element %d: %v, want %v", i, got, want)
		}
	}
}

// TestSnakeMisused: the error has op, layer, shapes and the line of this module that adds the op.
func TestSnakeMisused(t *testing.T) {
	for _, c := range []struct {
		name, want string
		do         func(g *graph.Graph)
	}{
		{"an alpha of 0", "encoder: snake alpha=0: alpha is 0, want a positive finite number: x (2, 3) (snake.go:",
			func(g *graph.Graph) { Snake(g.Input("x", 2, 3), 0) }},
		{"no number", "encoder: snake alpha=NaN: alpha is NaN",
			func(g *graph.Graph) { Snake(g.Input("x", 2, 3), math.NaN()) }},
		{"integers", "encoder: snake alpha=1: x holds int64, want floats: x int64 (3)",
			func(g *graph.Graph) { Snake(g.Indices("x", 3), 1) }},
	} {
		g := &graph.Graph{}
		leave := g.Scope("encoder")
		c.do(g)
		leave()
		if err := g.Err(); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s:\ngot  %v\nwant %s", c.name, err, c.want)
		}
	}
}

// TestOrthogonal: WᵀW or WWᵀ is the identity times the square of the gain.
func TestOrthogonal(t *testing.T) {
	for _, d := range []graph.DType{graph.Float32, graph.Float64} {
		for _, shape := range [][]int{{4, 4}, {3, 7}, {7, 3}, {2, 3, 2, 2}, {1, 5}} {
			s := nn.NewScope()
			if err := s.Params().SetDType(d); err != nil {
				t.Fatal(err)
			}
			w := s.Param("w", Orthogonal(2), shape...).Tensor()
			out := shape[0]
			in := w.Shape.Size() / out
			n := min(out, in)
			for a := range n {
				for b := range n {
					product, want := 0., 0.
					for k := range max(out, in) {
						if out <= in {
							product += w.At(a*in+k) * w.At(b*in+k)
						} else {
							product += w.At(k*in+a) * w.At(k*in+b)
						}
					}
					if a == b {
						want = 4
					}
					if math.Abs(product-want) > 1e-5 {
						t.Errorf("%v %v: the product of %d and %d is %v, want %v", d, shape, a, b, product, want)
					}
				}
			}
		}
	}
}

// scalar is a model of one number, w·x.
func scalar(w float64) *nn.Sequential {
	return nn.NewSequential(nn.NewScope(), func(s *nn.Scope) nn.Module {
		return nn.NewLinear(s, 1, 1, nn.Affine{NoBias: true, Weight: nn.Constant(w)})
	})
}

// TestLion: steps by hand. The loss (w·1 - 0)² has the gradient 2w.
func TestLion(t *testing.T) {
	for _, c := range []struct {
		name string
		opt  *Lion
		want []float64 // the weight after each step
	}{
		{"two steps down", &Lion{LR: .25}, []float64{.75, .5}},
		{"beyond the least, where the mean of gradients is still positive",
			// w 1, 0.5, 0, -0.5: m is 0.02, 0.0298, 0.029502; 0.9·0.029502 - 0.1·1 is negative
			&Lion{LR: .5}, []float64{.5, 0, -.5, 0}},
		{"with decay: p - lr·(1 + 0.5p)", &Lion{LR: .25, Decay: .5}, []float64{.625, .296875}},
	} {
		m := scalar(1)
		tr := train.New(train.Supervised(m, ops.MSE), c.opt)
		x, y := graph.FromFloat32([]float32{1}, 1, 1), graph.FromFloat32([]float32{0}, 1, 1)
		for i, want := range c.want {
			if _, err := tr.Step(x, y); err != nil {
				t.Fatal(err)
			}
			if got := m.Params().Get("0.weight").Tensor().At(0); math.Abs(got-want) > 1e-6 {
				t.Errorf("%s: after step %d the weight is %v, want %v", c.name, i+1, got, want)
			}
		}
	}
}

// TestHighway: a closed gate hands x on, an open one what the layer makes of it; both in float64 too.
func TestHighway(t *testing.T) {
	for _, d := range []graph.DType{graph.Float32, graph.Float64} {
		for _, c := range []struct {
			name string
			gate float64
			want func(x float64) float64
		}{
			{"closed", -100, func(x float64) float64 { return x }},
			{"open", 100, func(x float64) float64 { return 3*x + math.Pow(math.Sin(3*x), 2) }},
			{"half", 0, func(x float64) float64 { return (x + 3*x + math.Pow(math.Sin(3*x), 2)) / 2 }},
		} {
			s := nn.NewScope()
			h := NewHighway(s, 1)
			ps := s.Params()
			ps.SetInit("gate.weight", nn.Zeros)
			ps.SetInit("gate.bias", nn.Constant(c.gate))
			ps.SetInit("plain.weight", nn.Constant(3))
			if err := ps.SetDType(d); err != nil {
				t.Fatal(err)
			}
			x := graph.NewTensor(graph.Type{DType: d, Shape: graph.Shape{1, 1}})
			set(x, 0, .4)
			y, err := nn.NewPredictor(h).Predict(x)
			if err != nil || math.Abs(y.At(0)-c.want(.4)) > 1e-6 {
				t.Errorf("%v, %s: %v, %v, want %v", d, c.name, y, err, c.want(.4))
			}
		}
	}
}

// TestLoadTorch: the weights of a checkpoint come under this model's names, the optimiser's state is left out, and
// what belongs to nobody is an error.
func TestLoadTorch(t *testing.T) {
	trained := NewClassifier(2, 4, 3)
	trained.Params().Init(5)
	torch := func(name string) string {
		for _, n := range torchNames {
			if rest, ok := strings.CutPrefix(name, n[1]); ok {
				return "module." + n[0] + rest
			}
		}
		return name
	}
	var file []safetensors.Tensor
	for p := range trained.Params().All() {
		file = append(file, safetensors.Tensor{Name: torch(p.Name()), Shape: p.Type().Shape, Data: p.Tensor().F32})
	}
	file = append(file, safetensors.Tensor{Name: "optimizer.step", Data: []int64{9}})
	path := filepath.Join(t.TempDir(), "torch.safetensors")
	if err := safetensors.Write(path, file, nil); err != nil {
		t.Fatal(err)
	}
	m := NewClassifier(2, 4, 3)
	if err := LoadTorch(m, path); err != nil {
		t.Fatal(err)
	}
	for p := range trained.Params().All() {
		for i, want := range p.Tensor().F32 {
			if got := m.Params().Get(p.Name()).Tensor().F32[i]; got != want {
				t.Fatalf("%s, element %d: %v, want %v", p.Name(), i, got, want)
			}
		}
	}
	file = append(file, safetensors.Tensor{Name: "module.ema", Data: []int64{9}})
	if err := safetensors.Write(path, file, nil); err != nil {
		t.Fatal(err)
	}
	if err := LoadTorch(m, path); err == nil || !strings.HasSuffix(err.Error(), "1 unexpected: module.ema") {
		t.Errorf("a tensor of nobody: %v", err)
	}
}

// spirals are two arms of points (N, 2), and which arm each is of.
func spirals(n int) (x, y graph.Tensor) {
	x = graph.NewTensor(graph.Type{Shape: graph.Shape{n, 2}})
	y = graph.NewTensor(graph.Type{DType: graph.Int64, Shape: graph.Shape{n}})
	for i := range n {
		arm := i % 2
		turn := 4 * float64(i) / float64(n)
		x.F32[2*i] = float32(turn / 4 * math.Cos(turn+float64(arm)*math.Pi))
		x.F32[2*i+1] = float32(turn / 4 * math.Sin(turn+float64(arm)*math.Pi))
		y.I64[i] = int64(arm)
	}
	return x, y
}

// All of it together: a model with layers, an operation and an initialiser of one's own is trained by an optimiser of
// one's own.
func Example() {
	x, y := spirals(64)
	model := NewClassifier(2, 16, 2)
	trainer := train.New(train.Supervised(model, ops.CrossEntropy), &Lion{LR: 3e-3})
	for range 200 {
		if _, err := trainer.Step(x, y); err != nil {
			fmt.Println(err)
			return
		}
	}
	scores, err := nn.NewPredictor(model).Predict(x)
	if err != nil {
		fmt.Println(err)
		return
	}
	right := 0
	for i, row := range rowsOf(scores) {
		if (row[1] > row[0]) == (y.I64[i] == 1) {
			right++
		}
	}
	fmt.Println(right, "of 64 points are on the right arm")
	// Output: 64 of 64 points are on the right arm
}
