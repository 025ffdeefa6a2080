package cnn_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// TestLeNet1998Counts: each layer has as many parameters as the paper says, 60,000 in all.
func TestLeNet1998Counts(t *testing.T) {
	p := cnn.NewLeNet1998().Params()
	for layer, want := range map[string]int{
		"c1": 156, "s2": 12, "c3": 1516, "s4": 32, "c5": 48_120, "f6": 10_164, "": 60_000,
	} {
		if got := p.Under(layer).Count(); got != want {
			t.Errorf("%q has %d parameters, want %d", layer, got, want)
		}
	}
}

// TestLeNet1998Codes: the pictures are of 1 and -1, and those of two digits differ in 12 places at least.
func TestLeNet1998Codes(t *testing.T) {
	codes := cnn.NewLeNet1998().Codes.Tensor()
	for i := range 10 {
		for _, v := range codes.Rows(i, i+1).F32 {
			if v != 1 && v != -1 {
				t.Fatalf("the picture of %d has a %g", i, v)
			}
		}
		for k := range i {
			differ := 0
			for at, v := range codes.Rows(i, i+1).F32 {
				if v != codes.Rows(k, k+1).F32[at] {
					differ++
				}
			}
			if differ < 12 {
				t.Errorf("%d and %d differ in %d places", i, k, differ)
			}
		}
	}
}

// TestLeNet1998Connections: a map of S2 changes those maps of C3 that table I of the paper connects it with, and no
// others.
func TestLeNet1998Connections(t *testing.T) {
	table := [6][]int{ // the rows of the paper's table: the maps of C3 that each map of S2 goes to
		{0, 4, 5, 6, 9, 10, 11, 12, 14, 15},
		{0, 1, 5, 6, 7, 10, 11, 12, 13, 15},
		{0, 1, 2, 6, 7, 8, 11, 13, 14, 15},
		{1, 2, 3, 6, 7, 8, 9, 12, 14, 15},
		{2, 3, 4, 7, 8, 9, 10, 12, 13, 15},
		{3, 4, 5, 8, 9, 10, 11, 13, 14, 15},
	}
	c3 := cnn.NewLeNet1998().C3
	g := &graph.Graph{}
	x := g.Input("x", 1, 6, 5, 5)
	y := c3.Forward(x) // (1, 16, 1, 1)
	p, err := g.Compile(y)
	if err != nil {
		t.Fatal(err)
	}
	for in := -1; in < 6; in++ {
		v := make([]float32, 6*25)
		for i := range v {
			if i/25 == in {
				v[i] = 1
			}
		}
		p.Set(x, v)
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		var changed []int
		for out, v := range p.Value(y).F32 {
			if v != c3.Bias.Tensor().F32[out] {
				changed = append(changed, out)
			}
		}
		if in < 0 && len(changed) > 0 || in >= 0 && !slices.Equal(changed, table[in]) {
			t.Errorf("map %d of S2 goes to %v", in, changed)
		}
	}
}

// TestLeNet1998Begins: weights and biases begin within ±2.4/fan, and nearly fill that.
func TestLeNet1998Begins(t *testing.T) {
	p := cnn.NewLeNet1998().Params()
	for name, fan := range map[string]float64{
		"c1.weight": 25, "s2.weight": 4, "s4.bias": 4, "c5.weight": 400, "f6.weight": 120,
	} {
		if most := float64(slices.Max(p.Get(name).Tensor().F32)); most > 2.4/fan || most < .5*2.4/fan {
			t.Errorf("%s: the largest is %g, want nearly %g", name, most, 2.4/fan)
		}
	}
	w := p.Get("c3.weight").Tensor().F32
	for first, fan := range map[int]float64{0: 75, 54 * 25: 150} { // map 0 reads 3 maps, and map 15 reads 6
		if most := float64(slices.Max(w[first : first+75])); most > 2.4/fan || most < .8*2.4/fan {
			t.Errorf("c3.weight from %d on: the largest is %g, want nearly %g", first, most, 2.4/fan)
		}
	}
}

// lenet1998Parity is what PyTorch gives, see testdata/lenet1998.py.
type lenet1998Parity struct {
	Logits    []float64            `json:"logits"`
	Gradients map[string][]float64 `json:"gradients"` // norm and first three elements
	Losses    []float64            `json:"losses"`
}

// TestLeNet1998Parity: the logits, equation 9, all gradients and four steps are those of the paper in PyTorch.
func TestLeNet1998Parity(t *testing.T) {
	raw, err := os.ReadFile("testdata/lenet1998.json")
	if err != nil {
		t.Fatal(err)
	}
	var want lenet1998Parity
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	y := graph.FromInt64([]int64{0, 3, 6, 9}, 4)
	for d, tol := range map[graph.DType]float64{graph.Float32: 1e-4, graph.Float64: 1e-7} {
		x := graph.NewTensor(graph.Type{DType: d, Shape: graph.Shape{4, 1, 28, 28}})
		put(x, numbers(4*784, 0))
		m := startLeNet1998(t, d)
		g := &graph.Graph{Mode: graph.Train, DType: d}
		xn, yn := nn.InputLike(g, "x", x.Type), nn.InputLike(g, "y", y.Type)
		o := m.Build(xn, yn)
		params := g.Trainable()
		grads := graph.Gradients(o.Loss, params...)
		p, err := g.Compile(append(grads, o.Loss, o.Pred)...)
		if err != nil {
			t.Fatal(err)
		}
		p.Set(xn, x)
		p.Set(yn, y)
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		if got := floats(p.Value(o.Pred)); !close(got, want.Logits, tol) {
			t.Errorf("%v: logits %v\nwant %v", d, got, want.Logits)
		}
		if len(grads) != len(want.Gradients) {
			t.Errorf("%v: there are %d gradients, want %d", d, len(grads), len(want.Gradients))
		}
		for i, dp := range grads {
			name := params[i].Name()
			if got := normAndHead(floats(p.Value(dp))); !close(got, want.Gradients[name], tol) {
				t.Errorf("%v: gradient of %s: %v, want %v", d, name, got, want.Gradients[name])
			}
		}
		trainer := train.New(startLeNet1998(t, d), &train.SGD{LR: .0005, Momentum: .9})
		for i, l := range want.Losses {
			if got, err := trainer.Step(x, y); err != nil || math.Abs(got/l-1) > tol {
				t.Errorf("%v: loss %d is %.9g, want %.9g; error %v", d, i, got, l, err)
			}
		}
	}
}

// startLeNet1998 is the network with the script's numbers, in its codes as well, and with its j.
func startLeNet1998(t *testing.T, d graph.DType) *cnn.LeNet1998 {
	t.Helper()
	m := cnn.NewLeNet1998()
	if err := m.Params().SetDType(d); err != nil {
		t.Fatal(err)
	}
	m.Reject = 100
	k := 0
	for p := range m.Params().All() {
		k++
		s := p.Type().Shape
		v, fan := numbers(s.Size(), k), 4
		if len(s) > 1 {
			fan = s[1:].Size()
		}
		for i := range v {
			switch {
			case p.Name() != "output.codes":
				v[i] = (v[i] - .5) * 4 / math.Sqrt(float64(fan))
			case v[i] < .5:
				v[i] = -1
			default:
				v[i] = 1
			}
		}
		put(p.Tensor(), v)
	}
	return m
}

// TestLeNet1998Misused: what it cannot read is an error of the graph, with its place.
func TestLeNet1998Misused(t *testing.T) {
	for _, c := range []struct {
		name, want string
		shape      []int
	}{
		{"pictures in colour", "c1: conv2d", []int{2, 3, 28, 28}},
		{"rows", "c1: conv2d", []int{2, 784}},
		{"pictures that are too small", "c5: conv2d", []int{2, 1, 20, 20}},
		{"pictures that are too large", "f6: linear", []int{2, 1, 64, 64}},
	} {
		g := &graph.Graph{}
		cnn.NewLeNet1998().Build(g.Input("x", c.shape...), g.Indices("y", 2))
		if err := g.Err(); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// The picture that F6 learns to draw for a 4.
func ExampleNewLeNet1998() {
	model := cnn.NewLeNet1998()
	fmt.Println(model.Params().Count())
	four := model.Codes.Tensor().Rows(4, 5).F32
	for row := range 12 {
		for _, v := range four[7*row : 7*row+7] {
			fmt.Print(map[float32]string{1: "#", -1: "."}[v])
		}
		fmt.Println()
	}
	// Output:
	// 60000
	// ....##.
	// ...###.
	// ...###.
	// ..#.##.
	// ..#.##.
	// .#..##.
	// .#..##.
	// #######
	// ....##.
	// ....##.
	// ....##.
	// ....##.
}
