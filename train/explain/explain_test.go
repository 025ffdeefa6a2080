package explain_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train/explain"
)

// explained is what PyTorch 1.13 gives, see testdata/explain.py.
type explained struct {
	Classes  []int     `json:"classes"`
	Saliency []float64 `json:"saliency"`
	CAM      []float64 `json:"cam"`
}

// numbers are the script's pseudo-random numbers in [0, 1).
func numbers(n, salt int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = float64((i*7919+(i*i%10007)*31+salt*1047)%10007) / 10007
	}
	return v
}

// start gives parameters and running statistics the script's values, in float64.
func start[M nn.Model](m M) M {
	m.Params().SetDType(graph.Float64)
	k := 0
	for p := range m.Params().All() {
		t, shape := p.Tensor(), p.Type().Shape
		if t.F64 == nil { // a number of batches
			continue
		}
		k++
		for i, v := range numbers(shape.Size(), k) {
			switch {
			case len(shape) > 1:
				v = (v - .5) * 2 * math.Sqrt(3/float64(shape[1:].Size()))
			case strings.HasSuffix(p.Name(), "running_mean"):
				v -= .5
			default:
				v += .5
			}
			t.F64[i] = v
		}
	}
	return m
}

// apart is how far two lists are from each other, relative to the second.
func apart(got, want []float64) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	var diff, norm float64
	for i := range want {
		diff += (got[i] - want[i]) * (got[i] - want[i])
		norm += want[i] * want[i]
	}
	return math.Sqrt(diff / norm)
}

// TestPyTorch: saliency and Grad-CAM of a LeNet-5 and a residual network are PyTorch's, of the most likely classes and
// of others; those of others are no good for the most likely ones, which is the negative control.
func TestPyTorch(t *testing.T) {
	raw, err := os.ReadFile("testdata/explain.json")
	want := map[string]map[string]explained{}
	if err != nil || json.Unmarshal(raw, &want) != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		model nn.Model
		shape graph.Shape
		layer string
	}{
		{"lenet5", start(cnn.NewLeNet5(10)), graph.Shape{1, 1, 28, 28}, "conv2"},
		{"resnet20", start(cnn.NewResNet20(10, cnn.Options{Width: 4})), graph.Shape{2, 3, 16, 16}, "layer3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := graph.FromFloat64(numbers(c.shape.Size(), 0), c.shape...)
			for which, w := range want[c.name] {
				var classes []int
				if which == "other" {
					classes = w.Classes
				}
				s, err := explain.Saliency(c.model, x, explain.SaliencyOptions{Classes: classes})
				if err != nil {
					t.Fatal(err)
				}
				cam, err := explain.GradCAM(c.model, x, explain.GradCAMOptions{Classes: classes})
				if err != nil {
					t.Fatal(err)
				}
				named, err := explain.GradCAM(c.model, x, explain.GradCAMOptions{Classes: w.Classes, Layer: c.layer})
				if err != nil || !slices.Equal(named.Map.F64, cam.Map.F64) || !strings.HasPrefix(cam.Layer, c.layer) {
					t.Errorf("%s: the last maps of %s differ from the last ones, of %s; %v", which, c.layer,
						cam.Layer, err)
				}
				if d := apart(s.F64, w.Saliency); d > 1e-8 {
					t.Errorf("%s: saliency is %.1e apart from PyTorch's", which, d)
				}
				if d := apart(cam.Map.F64, w.CAM); d > 1e-8 {
					t.Errorf("%s: Grad-CAM is %.1e apart from PyTorch's", which, d)
				}
				if which == "other" && (apart(s.F64, want[c.name]["likely"].Saliency) < .01 ||
					apart(cam.Map.F64, want[c.name]["likely"].CAM) < .01) {
					t.Error("the maps are those of the most likely classes, too")
				}
			}
		})
	}
}

// square maps x (N, D) to one logit, ½·Σ x², whose derivative is x.
var square = nn.Func(func(x graph.Node) graph.Node {
	return ops.Scale(ops.Sum(ops.Mul(x, x), 1), .5)
})

// one is a model of one class.
func one(m nn.Module) nn.Module {
	return nn.Func(func(x graph.Node) graph.Node { return ops.Unsqueeze(m.Forward(x), 1) })
}

// TestSmooth: the mean over noisy copies is that of the derivatives at x + σ·z: of ½·Σ x² it is x and the mean of the
// noise, whose deviation is Noise·(max − min)/√copies. The same seed gives the same noise, another another, and a
// picture has the same map beside others.
func TestSmooth(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, 2*500)
	for i := range x {
		x[i] = 10 + r.Float64() // far from 0, so that |x| is x
	}
	both := graph.FromFloat64(x, 2, 500)
	smooth := func(x graph.Tensor, o explain.SaliencyOptions) []float64 {
		s, err := explain.Saliency(one(square), x, o)
		if err != nil {
			t.Fatal(err)
		}
		return s.F64
	}
	for _, c := range []struct{ set, noise float64 }{{0, .15}, {.4, .4}} {
		o := explain.SaliencyOptions{Smooth: 25, Noise: c.set, Seed: 3}
		got := smooth(both, o)
		for row := range 2 {
			part, sum := x[row*500:(row+1)*500], 0.
			for i, v := range part {
				sum += (got[row*500+i] - v) * (got[row*500+i] - v)
			}
			sigma := c.noise * (slices.Max(part) - slices.Min(part)) / math.Sqrt(25)
			if ratio := math.Sqrt(sum/500) / sigma; ratio < .9 || ratio > 1.1 { // 3 deviations are .095
				t.Errorf("the noise of row %d is %.3f times what it should be", row, ratio)
			}
		}
		if again := smooth(both, o); !slices.Equal(again, got) {
			t.Error("the same seed gives another map")
		}
		if alone := smooth(both.Rows(1, 2), o); !slices.Equal(alone, got[500:]) {
			t.Error("a picture has another map beside others")
		}
		o.Seed++
		if other := smooth(both, o); slices.Equal(other, got) {
			t.Error("another seed gives the same map")
		}
	}
}

// TestRandomRollouts: rows of a rollout add up to 1 whatever the attention, heads count as their mean, causal
// attention looks at nothing behind, and a layer in which each looks at itself changes nothing.
func TestRandomRollouts(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 50 {
		n, heads, layers := 1+r.IntN(6), 1+r.IntN(3), 1+r.IntN(4)
		var all, means []graph.Tensor
		for range layers {
			a := graph.NewTensor(graph.Type{Shape: graph.Shape{heads, n, n}})
			mean := graph.NewTensor(graph.Type{DType: graph.Float64, Shape: graph.Shape{n, n}})
			for h := range heads {
				for i := range n {
					row, sum := a.F32[(h*n+i)*n:(h*n+i+1)*n], float32(0)
					for j := range i + 1 {
						row[j] = r.Float32()
						sum += row[j]
					}
					for j := range i + 1 {
						row[j] /= sum
						mean.F64[i*n+j] += float64(row[j]) / float64(heads)
					}
				}
			}
			all, means = append(all, a), append(means, mean)
		}
		got, err := explain.Rollout(all...)
		if err != nil {
			t.Fatal(err)
		}
		self := graph.NewTensor(got.Type)
		for i := range n {
			sum := 0.
			for j := range n {
				if v := got.F64[i*n+j]; v < 0 || j > i && v != 0 {
					t.Errorf("element (%d, %d) is %v", i, j, v)
				}
				sum += got.F64[i*n+j]
			}
			if math.Abs(sum-1) > 1e-12 {
				t.Errorf("row %d adds up to %v", i, sum)
			}
			self.F64[i*n+i] = 1
		}
		for name, other := range map[string][]graph.Tensor{"means of heads": means, "itself": append(all, self)} {
			if also, err := explain.Rollout(other...); err != nil || apart(also.F64, got.F64) > 1e-12 {
				t.Errorf("%s: %v, want %v; %v", name, also, got, err)
			}
		}
	}
}

// TestRandomWords: with the margin linear in the vectors, what all words have moved adds up to it; a word that is
// looked up twice has both parts.
func TestRandomWords(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 20 {
		v, d, n, classes, twice := 2+r.IntN(5), 1+r.IntN(4), 1+r.IntN(6), 1+r.IntN(4), r.IntN(2) == 1
		table := graph.NewTensor(graph.Type{Shape: graph.Shape{v, d}})
		w := graph.NewTensor(graph.Type{Shape: graph.Shape{classes, d}})
		for _, t := range []graph.Tensor{table, w} {
			for i := range t.F32 {
				t.F32[i] = float32(r.NormFloat64())
			}
		}
		model := nn.Func(func(x graph.Node) graph.Node {
			g := x.Graph()
			e := ops.Embedding(g.Constant(table), x)
			if twice {
				e = ops.Add(e, ops.Embedding(g.Constant(table), x))
			}
			return ops.MatMulT(ops.Sum(e, 1), g.Constant(w), false, true)
		})
		x := graph.NewTensor(graph.Type{DType: graph.Int64, Shape: graph.Shape{1, n}})
		for i := range x.I64 {
			x.I64[i] = int64(r.IntN(v))
		}
		logits, err := nn.NewPredictor(model).Predict(x)
		if err != nil {
			t.Fatal(err)
		}
		class := r.IntN(classes)
		want := logits.At(class)
		for k := range classes {
			if k != class {
				want -= logits.At(k) / float64(classes-1)
			}
		}
		got, err := explain.Words(model, x, []int{class})
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.
		for i := range n {
			sum += got.At(i)
		}
		if math.Abs(sum-want) > 1e-4 {
			t.Errorf("%d words and %d classes: the words add up to %v, the margin is %v", n, classes, sum, want)
		}
	}
}

// TestErrors: what makes no sense is an error that says what.
func TestErrors(t *testing.T) {
	x := graph.FromFloat32([]float32{1, 2, 3, 4}, 1, 1, 2, 2)
	bad := func(v float64) graph.Tensor { return graph.FromFloat32([]float32{1, float32(v), 3, 4}, 1, 1, 2, 2) }
	ids := graph.FromInt64([]int64{1, 2}, 1, 2)
	matrix := graph.FromFloat32([]float32{1, 0, 0, 1}, 2, 2)
	saliency := func(m nn.Module, x graph.Tensor, o explain.SaliencyOptions) func() error {
		return func() error { _, err := explain.Saliency(m, x, o); return err }
	}
	cam := func(m nn.Module, x graph.Tensor, o explain.GradCAMOptions) func() error {
		return func() error { _, err := explain.GradCAM(m, x, o); return err }
	}
	words := func(m nn.Module, x graph.Tensor, classes []int) func() error {
		return func() error { _, err := explain.Words(m, x, classes); return err }
	}
	rollout := func(layers ...graph.Tensor) func() error {
		return func() error { _, err := explain.Rollout(layers...); return err }
	}
	attention := func(m nn.Module, x graph.Tensor) func() error {
		return func() error { _, err := explain.Attention(m, x); return err }
	}
	root := nn.Func(func(x graph.Node) graph.Node { return ops.Flatten(ops.Sqrt(x), 1) })
	flat := nn.Func(func(x graph.Node) graph.Node { return ops.Flatten(x, 1) })
	whole := nn.Func(func(x graph.Node) graph.Node { return x })
	lenet := cnn.NewLeNet5(10)
	digit := graph.NewTensor(graph.Type{Shape: graph.Shape{1, 1, 28, 28}})
	var none *cnn.LeNet5
	empty := graph.NewTensor(graph.Type{Shape: graph.Shape{1, 0}})
	for _, c := range []struct {
		name string
		do   func() error
		want string
	}{
		{"no model", saliency(nil, x, explain.SaliencyOptions{}), "saliency: there is no model"},
		{"a nil pointer as model", cam(none, x, explain.GradCAMOptions{}), "grad-cam: there is no model"},
		{"no picture", saliency(linear, graph.Tensor{}, explain.SaliencyOptions{}), "want rows along a first axis"},
		{"a picture without its elements", saliency(linear, graph.Tensor{Type: x.Type}, explain.SaliencyOptions{}),
			"saliency: x: "},
		{"a picture of no pixels", saliency(linear, empty, explain.SaliencyOptions{}),
			"has no elements"},
		{"NaN in a picture", saliency(linear, bad(math.NaN()), explain.SaliencyOptions{}),
			"x: element 1 of float32 (1, 1, 2, 2) is NaN"},
		{"infinity in a picture", cam(lenet, bad(math.Inf(1)), explain.GradCAMOptions{}), "x: element 1"},
		{"a picture of another size", cam(lenet, x, explain.GradCAMOptions{}), "conv2"},
		{"no logits", saliency(whole, x, explain.SaliencyOptions{}), "want logits (1, classes)"},
		{"a class too many", saliency(linear, x, explain.SaliencyOptions{Classes: []int{0, 1}}),
			"there are 2 classes for 1 rows"},
		{"a class that there is not", saliency(linear, x, explain.SaliencyOptions{Classes: []int{2}}),
			"the class of row 0 is 2, want 0 to 1"},
		{"a class below 0", cam(lenet, digit, explain.GradCAMOptions{Classes: []int{-1}}),
			"the class of row 0 is -1, want 0 to 9"},
		{"fewer copies than none", saliency(linear, x, explain.SaliencyOptions{Smooth: -1}), "Smooth is -1"},
		{"more copies than one waits for", saliency(linear, x, explain.SaliencyOptions{Smooth: 1 << 40}),
			"want 1 to 10000"},
		{"noise below 0", saliency(linear, x, explain.SaliencyOptions{Noise: -.1}), "Noise is -0.1"},
		{"noise that is no number", saliency(linear, x, explain.SaliencyOptions{Noise: math.NaN()}), "Noise is NaN"},
		{"saliency of words", saliency(flat, ids, explain.SaliencyOptions{}), "want logits"},
		{"a derivative that is infinite", saliency(root, bad(0), explain.SaliencyOptions{Classes: []int{1}}),
			"what the model makes of x: element 1 of float32 (1, 1, 2, 2) is +Inf"},
		{"feature maps of a model without", cam(linear, x, explain.GradCAMOptions{}),
			"the model has no feature maps"},
		{"a layer that there is not", cam(lenet, digit, explain.GradCAMOptions{Layer: "conv3"}),
			`no layer of feature maps "conv3"; it has conv`},
		{"a layer without maps", cam(lenet, digit, explain.GradCAMOptions{Layer: "fc1"}),
			`no layer of feature maps "fc1"`},
		{"maps of no pictures", cam(flat, graph.FromFloat32([]float32{1, 2}, 1, 2), explain.GradCAMOptions{}),
			"want pictures (N, C, H, W)"},
		{"words of a picture", words(linear, x, nil), "want numbers of words"},
		{"attention of a model without", attention(linear, x), "attention: the model has no attention"},
		{"attention of two texts", attention(whole, matrix), "want one text"},
		{"no layers", rollout(), "rollout: there is no layer"},
		{"a layer that is no square", rollout(graph.FromFloat32([]float32{1, 0}, 1, 2)),
			"layer 0: it is float32 (1, 2), want"},
		{"layers of different texts", rollout(matrix, graph.FromFloat32([]float32{1}, 1, 1)),
			"layer 1 is of 1 symbols, the first of 2"},
		{"a weight below 0", rollout(graph.FromFloat32([]float32{1, 0, -.5, 1}, 2, 2)),
			"element 2 of float32 (2, 2) is -0.5"},
		{"a weight that is no number", rollout(graph.FromFloat64([]float64{math.NaN()}, 1, 1)), "is NaN"},
		{"an infinite weight", rollout(graph.FromFloat64([]float64{math.Inf(1)}, 1, 1)), "is +Inf"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.do(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}
