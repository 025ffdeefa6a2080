package nn_test

import (
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// spectral is what PyTorch gives of a layer, see testdata/spectral.py.
type spectral struct {
	Names       []string
	Train, Eval spectralPass
}

// spectralPass is that in one mode. Tensors are their norm and first six elements.
type spectralPass struct {
	Y         [][]float64
	Gradients map[string][]float64
	U, V      []float64
}

// scripted fills a tensor with the script's pseudo-random numbers in [-1, 1).
func scripted(x graph.Tensor, salt int) graph.Tensor {
	for i := range x.F32 {
		x.F32[i] = float32((float64((i*7919+(i*i%10007)*31+salt*1047)%10007)/10007 - .5) * 2)
	}
	return x
}

// kept is what the script keeps of a tensor.
func kept(x graph.Tensor) []float64 {
	v := []float64{0}
	for i := range x.Shape.Size() {
		v[0] += x.At(i) * x.At(i)
		if i < 6 {
			v = append(v, x.At(i))
		}
	}
	v[0] = math.Sqrt(v[0])
	return v
}

// TestSpectralNorm: a layer that is used twice in a training step, and then in evaluation, gives PyTorch's results,
// gradients, and singular vectors.
func TestSpectralNorm(t *testing.T) {
	raw, err := os.ReadFile("testdata/spectral.json")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]spectral{}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		make func(s *nn.Scope) nn.Module
		x    graph.Shape
	}{
		"linear": {func(s *nn.Scope) nn.Module { return nn.NewSpectralLinear(s, 7, 5) }, graph.Shape{3, 7}},
		"convolution": {func(s *nn.Scope) nn.Module {
			return nn.NewSpectralConv2D(s, 3, 4, 3, ops.Conv{Stride: 2, Pad: 1})
		}, graph.Shape{2, 3, 6, 6}},
	} {
		t.Run(name, func(t *testing.T) {
			s, w := nn.NewScope(), want[name]
			layer := c.make(s)
			var names []string
			for p := range s.Params().All() {
				names = append(names, p.Name())
			}
			slices.Sort(names)
			if !slices.Equal(names, w.Names) {
				t.Errorf("the parameters are %v, want %v", names, w.Names)
			}
			for i, name := range names {
				v := scripted(s.Params().Get(name).Tensor(), i+1)
				if length := float32(kept(v)[0]); name == "weight_u" || name == "weight_v" {
					for i := range v.F32 {
						v.F32[i] /= length
					}
				}
			}
			compareSpectral(t, graph.Train, s, layer, c.x, w.Train)
			compareSpectral(t, graph.Eval, s, layer, c.x, w.Eval)
		})
	}
}

func compareSpectral(t *testing.T, mode graph.Mode, s *nn.Scope, layer nn.Module, shape graph.Shape, w spectralPass) {
	t.Helper()
	g := &graph.Graph{Mode: mode}
	var outputs []graph.Node
	loss := g.Scalar(0)
	for i := range w.Y {
		y := layer.Forward(g.Constant(scripted(graph.NewTensor(graph.Type{Shape: shape}), 10+i)))
		by := g.Constant(scripted(graph.NewTensor(y.Type()), 12+i))
		loss, outputs = ops.Add(loss, ops.Sum(ops.Mul(y, by))), append(outputs, y)
	}
	params := g.Trainable()
	grads := graph.Gradients(loss, params...)
	prog, err := g.Compile(append(grads, outputs...)...)
	if err == nil {
		err = prog.Run()
	}
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, got, want []float64) {
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-5*want[0] {
				t.Errorf("%v: %s is %v, want %v", mode, what, got, want)
				return
			}
		}
	}
	for i, y := range outputs {
		check(fmt.Sprint("result ", i), kept(prog.Value(y)), w.Y[i])
	}
	for i, p := range params {
		check("the gradient by "+p.Name(), kept(prog.Value(grads[i])), w.Gradients[p.Name()])
	}
	check("u", kept(s.Params().Get("weight_u").Tensor()), w.U)
	check("v", kept(s.Params().Get("weight_v").Tensor()), w.V)
}

// TestSpectralNormConverges: behind some steps the largest singular value of the weight is 1, which it is not at
// first.
func TestSpectralNormConverges(t *testing.T) {
	s := nn.NewScope()
	layer := nn.NewSpectralLinear(s, 3, 2, nn.Affine{NoBias: true})
	copy(layer.Weight.Orig.Tensor().F32, []float32{3, 0, 4, 0, .5, 0}) // singular values 5 and ½
	stretch := func(mode graph.Mode) float64 {
		g := &graph.Graph{Mode: mode}
		y := ops.Norm(layer.Forward(g.Constant(graph.FromFloat32([]float32{.6, 0, .8}, 1, 3))), 2)
		prog, err := g.Compile(y)
		if err == nil {
			err = prog.Run()
		}
		if err != nil {
			t.Fatal(err)
		}
		return prog.Float(y)
	}
	if first := stretch(graph.Eval); math.Abs(first-1) < 1e-3 {
		t.Errorf("the layer makes a vector %v times as long before any step", first)
	}
	for range 10 {
		stretch(graph.Train)
	}
	if last := stretch(graph.Eval); math.Abs(last-1) > 1e-6 {
		t.Errorf("the layer makes a vector %v times as long, want 1", last)
	}
}

// The weight of a layer of a critic, divided by its largest singular value: 5 in the first row.
func ExampleSpectralNorm() {
	s := nn.NewScope()
	layer := nn.NewSpectralLinear(s, 2, 2, nn.Affine{NoBias: true})
	copy(layer.Weight.Orig.Tensor().F32, []float32{3, 4, 0, 0})
	g := &graph.Graph{Mode: graph.Train}
	weight := layer.Weight.Forward(g)
	prog, err := g.Compile(weight)
	if err != nil {
		log.Fatal(err)
	}
	if err := prog.Run(); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.1f\n", prog.Value(weight).F32)
	// Output: [0.6 0.8 0.0 0.0]
}
