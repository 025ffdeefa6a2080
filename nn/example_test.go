package nn_test

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/models/transformer"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/safetensors"
)

// A layer is made once, in a scope, and used in as many graphs as one likes.
func Example() {
	s := nn.NewScope()
	fc := nn.NewLinear(s.Sub("fc"), 784, 10)
	for _, batch := range []int{64, 1} {
		g := &graph.Graph{}
		y := fc.Forward(g.Input("x", batch, 784))
		fmt.Println(y.Shape(), "in", y.Scope())
	}
	// Output:
	// (64, 10) in fc
	// (1, 10) in fc
}

// The name of a parameter is the path of scopes to it.
func ExampleNewScope() {
	s := nn.NewScope()
	for i := range 2 {
		block := s.Subf("block.%d", i)
		nn.NewLinear(block.Sub("proj"), 4, 4, nn.Affine{NoBias: true})
		nn.NewLayerNorm(block.Sub("norm"), 4)
	}
	for p := range s.Params().All() {
		fmt.Println(p.Name(), p.Type().Shape)
	}
	// Output:
	// block.0.proj.weight (4, 4)
	// block.0.norm.weight (4)
	// block.0.norm.bias (4)
	// block.1.proj.weight (4, 4)
	// block.1.norm.weight (4)
	// block.1.norm.bias (4)
}

// A layer of one's own is a struct with a parameter, made in a scope, and a Forward.
func ExampleScope_Param() {
	s := nn.NewScope()
	gain := s.Param("gain", nn.Constant(2), 3)
	layer := nn.Func(func(x graph.Node) graph.Node { return ops.Mul(x, x.Graph().Param(gain)) })

	y, err := nn.NewPredictor(layer).Predict(graph.FromFloat32([]float32{1, 2, 3}, 1, 3))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(gain.Name(), y.F32)
	// Output: gain [2 4 6]
}

// Modules are numbered by their place in the chain, those without parameters too. The chain is a model, to train and
// to save.
func ExampleNewSequential() {
	model := nn.NewSequential(nn.NewScope(),
		func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 4, 8) },
		nn.Func(ops.ReLU).Make,
		func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 8, 2) })
	g := &graph.Graph{}
	fmt.Println(model.Forward(g.Input("x", 5, 4)).Shape(), model.Params().Count())
	for p := range model.Params().All() {
		fmt.Println(p.Name(), p.Type().Shape)
	}
	// Output:
	// (5, 2) 58
	// 0.weight (8, 4)
	// 0.bias (8)
	// 2.weight (2, 8)
	// 2.bias (2)
}

// A function without parameters takes its place in a chain.
func ExampleFunc_Make() {
	model := nn.NewSequential(nn.NewScope(), nn.Func(ops.ReLU).Make, nn.Flatten().Make)
	fmt.Println(model.Forward((&graph.Graph{}).Input("x", 2, 3, 4)).Shape())
	// Output: (2, 12)
}

// A chain inside a model knows its own parameters, by their names in the model.
func ExampleSequential_Params() {
	s := nn.NewScope()
	body := nn.NewSequential(s.Sub("body"),
		func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 4, 8) },
		nn.Func(ops.Tanh).Make)
	nn.NewLinear(s.Sub("head"), 8, 2)
	fmt.Println(body.Params().Count(), "of", s.Params().Count())
	fmt.Println(body.Params().Freeze(""), "are frozen")
	for p := range s.Params().All() {
		fmt.Println(p.Name(), p.Trainable())
	}
	// Output:
	// 40 of 58
	// 2 are frozen
	// body.0.weight false
	// body.0.bias false
	// head.weight true
	// head.bias true
}

// A predictor takes any number of rows, and sees the newest values of the parameters.
func ExampleNewPredictor() {
	fc := nn.NewLinear(nn.NewScope(), 2, 1, nn.Affine{NoBias: true})
	w := fc.Weight.Tensor().F32
	w[0], w[1] = 1, 10
	p := nn.NewPredictor(fc)
	p.Batch = 2 // rows at a time
	for range 2 {
		y, err := p.Predict(graph.FromFloat32([]float32{1, 1, 2, 2, 3, 3}, 3, 2))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(y)
		w[0] = 0
	}
	// Output:
	// float32 (3, 1) 11 22 33
	// float32 (3, 1) 10 20 30
}

// To train the last layer alone, freeze what is before it.
func ExampleParams_Freeze() {
	model := mlp.New(4, 8, 8, 2)
	fmt.Println(model.Params().Freeze("fc1")+model.Params().Freeze("fc2"), "are frozen")
	g := &graph.Graph{Mode: graph.Train}
	model.Forward(g.Input("x", 1, 4))
	for _, n := range g.Trainable() {
		fmt.Println(n.Name())
	}
	// Output:
	// 4 are frozen
	// fc3.weight
	// fc3.bias
}

// A value depends on the seed and the parameter's name alone: the second model has one more layer, and its first layer
// the same weights.
func ExampleParams_Init() {
	a, b := mlp.New(4, 3), mlp.New(4, 3, 2)
	first := func(m *mlp.MLP) float32 { return m.Layers[0].Weight.Tensor().F32[0] }
	before := first(a)
	fmt.Println(first(b) == before)
	a.Params().Init(7)
	fmt.Println(first(a) == before)
	a.Params().Init(0)
	fmt.Println(first(a) == before)
	// Output:
	// true
	// false
	// true
}

// A file that does not fit changes nothing, and the error lists all that is wrong with it.
func ExampleParams_Load() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "mlp.safetensors")
	if err := mlp.New(4, 3).Params().Save(path); err != nil {
		log.Print(err)
		return
	}

	err = mlp.New(4, 8, 3).Params().Load(path)
	var bad *nn.MismatchError
	if !errors.As(err, &bad) {
		log.Print(err)
		return
	}
	bad.Path = filepath.Base(bad.Path)
	fmt.Println(bad)
	// Output: load mlp.safetensors: 2 missing: fc2.weight, fc2.bias; 2 mis-shaped: fc1.weight: file (3, 4), model (8, 4) and fc1.bias: file (3), model (8)
}

// The bound is √(6/(100+200)) = 0.141.
func ExampleXavierUniform() {
	w := nn.NewScope().Param("w", nn.XavierUniform(nn.GainLinear), 100, 200)
	var largest, mean float64
	for _, v := range w.Tensor().F32 {
		largest = max(largest, math.Abs(float64(v)))
		mean += float64(v) / 20000
	}
	fmt.Printf("largest %.3f, mean near 0: %t\n", largest, math.Abs(mean) < 0.002)
	// Output: largest 0.141, mean near 0: true
}

// Nothing is further from 0 than two deviations, and the deviation of what is left is smaller.
func ExampleTruncatedNormal() {
	w := nn.NewScope().Param("w", nn.TruncatedNormal(.02, .04), 100, 200)
	largest, sum := 0., 0.
	for _, v := range w.Tensor().F32 {
		largest, sum = max(largest, math.Abs(float64(v))), sum+float64(v)*float64(v)
	}
	fmt.Printf("%.3f %.4f\n", largest, math.Sqrt(sum/20000))
	// Output: 0.040 0.0175
}

// A product with an orthogonal matrix keeps lengths, to the last digits.
func ExampleOrthogonal() {
	w := nn.NewScope().Param("w", nn.Orthogonal(1), 30, 30).Tensor()
	var sums [2]float64
	for j := range 30 {
		sums[0] += w.At(j) * w.At(j)    // row 0 by itself
		sums[1] += w.At(j) * w.At(30+j) // and by row 1
	}
	fmt.Printf("%.5f %t\n", sums[0], math.Abs(sums[1]) < 1e-6)
	// Output: 1.00000 true
}

// A residual block that half of the examples leave out in training, and none in use.
func ExampleDropPath() {
	s := nn.NewScope()
	branch, drop := nn.NewLinear(s.Sub("branch"), 3, 3), nn.DropPath(.5)
	for _, mode := range []graph.Mode{graph.Train, graph.Eval} {
		g := &graph.Graph{Mode: mode}
		x := g.Input("x", 6, 3)
		y := drop.Forward(branch.Forward(x))
		skipped := ops.Equal(ops.SumKeep(ops.Abs(y), 1), g.Scalar(0)) // (6, 1)
		prog, err := g.Compile(skipped)
		if err != nil {
			log.Fatal(err)
		}
		prog.Set(x, graph.FromFloat32([]float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 6, 3))
		if err := prog.Run(); err != nil {
			log.Fatal(err)
		}
		fmt.Println(prog.Value(skipped).F32)
	}
	// Output:
	// [0 1 0 0 0 1]
	// [0 0 0 0 0 0]
}

// Dropout of whole channels.
func ExampleSpatialDropout() {
	g := &graph.Graph{Mode: graph.Train}
	x := g.Input("x", 1, 4, 2) // four channels of two numbers
	y := nn.SpatialDropout(.5).Forward(x)
	prog, err := g.Compile(y)
	if err != nil {
		log.Fatal(err)
	}
	prog.Set(x, graph.FromFloat32([]float32{1, 2, 3, 4, 5, 6, 7, 8}, 1, 4, 2))
	if err := prog.Run(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(prog.Value(y).F32)
	// Output: [2 4 0 0 10 12 14 16]
}

// He's initialiser keeps the variance through ReLU: here √(2/200) = 0.1.
func ExampleHeNormal() {
	w := nn.NewScope().Param("w", nn.HeNormal(nn.GainReLU, nn.FanIn), 100, 200)
	var square float64
	for _, v := range w.Tensor().F32 {
		square += float64(v) * float64(v) / 20000
	}
	fmt.Printf("deviation %.2f\n", math.Sqrt(square))
	// Output: deviation 0.10
}

// Sixteen filters of 5 × 5 over three channels: each output sums 3·25 inputs, each input goes into 16·25 outputs.
func ExampleFans() {
	fmt.Println(nn.Fans(graph.Shape{16, 3, 5, 5}))
	// Output: 75 400
}

// In training a batch is normalised by its own statistics, and the layer keeps a running mean of them.
func ExampleNewBatchNorm1D() {
	s := nn.NewScope()
	bn := nn.NewBatchNorm1D(s, 1)
	g := &graph.Graph{Mode: graph.Train}
	x := g.Input("x", 4, 1)
	y := bn.Forward(x)
	prog, err := g.Compile(y)
	if err != nil {
		log.Fatal(err)
	}
	prog.Set(x, []float32{10, 10, 30, 30})
	if err := prog.Run(); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.3f\n", prog.Value(y).F32)
	for p := range s.Params().All() {
		fmt.Printf("%s %.3f\n", p.Name(), p.Tensor().At(0))
	}
	// Output:
	// [-1.000 -1.000 1.000 1.000]
	// weight 1.000
	// bias 0.000
	// running_mean 2.000
	// running_var 14.233
	// num_batches_tracked 1.000
}

// A recurrent layer reads sequences, and hands on a state that another stretch of them begins with.
func ExampleNewLSTM() {
	s := nn.NewScope()
	layer := nn.NewLSTM(s.Sub("lstm"), 28, 64, nn.Recurrent{Layers: 2, Dropout: .5})
	g := &graph.Graph{}
	y, state := layer.ForwardFrom(nn.State{}, g.Input("x", 16, 10, 28), graph.Node{})
	next, _ := layer.ForwardFrom(state, g.Input("more", 16, 5, 28), graph.Node{})
	fmt.Println(y.Shape(), state.H.Shape(), next.Shape())
	for p := range s.Params().All() {
		fmt.Println(p.Name(), p.Type().Shape)
	}
	// Output:
	// (16, 10, 64) (2, 16, 64) (16, 5, 64)
	// lstm.weight_ih_l0 (256, 28)
	// lstm.weight_hh_l0 (256, 64)
	// lstm.bias_ih_l0 (256)
	// lstm.bias_hh_l0 (256)
	// lstm.weight_ih_l1 (256, 64)
	// lstm.weight_hh_l1 (256, 64)
	// lstm.bias_ih_l1 (256)
	// lstm.bias_hh_l1 (256)
}

// Of both directions the states stand side by side.
func ExampleNewGRU() {
	s := nn.NewScope()
	layer := nn.NewGRU(s, 28, 64, nn.Recurrent{Bidirectional: true})
	g := &graph.Graph{}
	fmt.Println(layer.Forward(g.Input("x", 16, 10, 28)).Shape())
	fmt.Println(s.Params().Get("weight_hh_l0_reverse").Type().Shape)
	// Output:
	// (16, 10, 128)
	// (192, 64)
}

// Sequences of several lengths make one batch: what lies behind a length does not count, and the other direction
// begins at a sequence's own end.
func ExampleLSTM_ForwardFrom() {
	layer := nn.NewLSTM(nn.NewScope(), 2, 3, nn.Recurrent{Bidirectional: true})
	g := &graph.Graph{}
	x, lengths := g.Input("x", 2, 4, 2), g.Indices("lengths", 2)
	y, state := layer.ForwardFrom(nn.State{}, x, lengths)
	prog, err := g.Compile(y, state.H)
	if err != nil {
		log.Fatal(err)
	}
	prog.Set(x, make([]float32, 2*4*2))
	prog.Set(lengths, []int{4, 1})
	if err := prog.Run(); err != nil {
		log.Fatal(err)
	}
	short := prog.Value(y).Rows(1, 2) // (1, 4, 6)
	fmt.Println(state.H.Shape(), short.F32[0] != 0, short.F32[6:])
	// Output: (2, 2, 3) true [0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0]
}

// Unrolled, every step is a layer of its own in drawings, and every gate a part of it. The weights are the same.
func ExampleRecurrent_unroll() {
	s := nn.NewScope()
	layer := nn.NewLSTM(s.Sub("lstm"), 2, 3, nn.Recurrent{Unroll: true})
	g := &graph.Graph{}
	layer.Forward(g.Input("x", 1, 4, 2))
	for _, n := range g.Nodes() {
		if strings.HasPrefix(n.Scope(), "lstm.l0.cell.3") && n.Kind() == graph.KindOp && n.Result() == 0 {
			fmt.Println(n.Scope(), n.Op(), n.Shape())
		}
	}
	// Output:
	// lstm.l0.cell.3 squeeze [1 2] (1, 2)
	// lstm.l0.cell.3 linear (1, 12)
	// lstm.l0.cell.3 linear (1, 12)
	// lstm.l0.cell.3 add (1, 12)
	// lstm.l0.cell.3 split axis=1 [3 3 3 3] (1, 3)
	// lstm.l0.cell.3.input sigmoid (1, 3)
	// lstm.l0.cell.3.forget sigmoid (1, 3)
	// lstm.l0.cell.3.cell tanh (1, 3)
	// lstm.l0.cell.3.output sigmoid (1, 3)
	// lstm.l0.cell.3 mul (1, 3)
	// lstm.l0.cell.3 mul (1, 3)
	// lstm.l0.cell.3 add (1, 3)
	// lstm.l0.cell.3 tanh (1, 3)
	// lstm.l0.cell.3 mul (1, 3)
	// lstm.l0.cell.3 unsqueeze [1 1 3] (1, 1, 3)
}

// A loop of one's own over the steps, such as a decoder has: each step reads what the one before has answered.
func ExampleLSTMCell() {
	s := nn.NewScope()
	cell, out := nn.NewLSTMCell(s.Sub("cell"), 2, 8, nn.Recurrent{}), nn.NewLinear(s.Sub("out"), 8, 2)
	g := &graph.Graph{}
	x, state := g.Input("x", 16, 2), nn.State{}
	for range 5 {
		state = cell.Step(state, x)
		x = out.Forward(state.H) // (16, 2)
	}
	fmt.Println(x.Shape(), state.C.Shape())
	for p := range s.Params().All() {
		fmt.Println(p.Name(), p.Type().Shape)
	}
	// Output:
	// (16, 2) (16, 8)
	// cell.weight_ih (32, 2)
	// cell.weight_hh (32, 8)
	// cell.bias_ih (32)
	// cell.bias_hh (32)
	// out.weight (2, 8)
	// out.bias (2)
}

// The layer reads what Keras has learnt: kernels that are transposed, and one bias.
func ExampleRecurrentWeights_SetKeras() {
	layer := nn.NewRNN(nn.NewScope(), 2, 1, nn.Recurrent{})
	err := layer.Weights[0].SetKeras(graph.FromFloat32([]float32{.5, .25}, 2, 1),
		graph.FromFloat32([]float32{2}, 1, 1), graph.FromFloat32([]float32{.125}, 1))
	fmt.Println(err, layer.Weights[0].IH.Tensor().F32, layer.Weights[0].BiasIH.Tensor().F32)
	err = layer.Weights[0].SetKeras(graph.FromFloat32([]float32{.5, .25}, 1, 2), graph.Tensor{}, graph.Tensor{})
	fmt.Println(err)
	// Output:
	// <nil> [0.5 0.25] [0.125]
	// weights of Keras: the kernel is float32 (1, 2), want floats (2, 1)
}

// The body of a trained model is taken over, and the head is new: only what the file has under "fc1" is read.
func ExampleParams_LoadPrefix() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "mlp.safetensors")
	trained := mlp.New(4, 8, 3)
	trained.Params().Init(7)
	if err := trained.Params().Save(path); err != nil {
		log.Print(err)
		return
	}
	model := mlp.New(4, 8, 2)
	fmt.Println(model.Params().LoadPrefix(path, "fc1"))
	w := func(m *mlp.MLP) float32 { return m.Layers[0].Weight.Tensor().F32[0] }
	fmt.Println(w(model) == w(trained))
	// Output:
	// <nil>
	// true
}

// A checkpoint of PyTorch's DataParallel, whose names begin with "module.", and whose head has other classes: what
// fits is taken over, what does not is reported.
func ExampleParams_LoadWith() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "checkpoint.safetensors")
	if err := safetensors.Write(path, []safetensors.Tensor{
		{Name: "module.fc1.weight", Shape: []int{2, 2}, Data: []float32{1, 2, 3, 4}},
		{Name: "module.fc1.bias", Shape: []int{2}, Data: []float32{5, 6}},
		{Name: "module.fc.weight", Shape: []int{1000, 2}, Data: make([]float32, 2000)},
		{Name: "module.fc.bias", Shape: []int{1000}, Data: make([]float32, 1000)},
	}, nil); err != nil {
		log.Print(err)
		return
	}
	model := mlp.New(2, 2, 3)
	report, err := model.Params().LoadWith(path, nn.LoadOptions{
		Strip:   "module.",
		Rename:  strings.NewReplacer("fc.", "fc2.").Replace,
		Partial: true,
	})
	fmt.Println(err)
	fmt.Println("loaded:", report.Loaded)
	fmt.Println("mis-shaped:", strings.Join(report.MisShaped, "; "))
	fmt.Println(model.Layers[0].Weight.Tensor())
	// Output:
	// <nil>
	// loaded: [fc1.weight fc1.bias]
	// mis-shaped: fc2.weight: file (1000, 2), model (3, 2); fc2.bias: file (1000), model (3)
	// float32 (2, 2) 1 2 3 4
}

// The body of a network is taken from a file of another task: the prefix is taken off, the old head and what is no
// weight is left out, the new head is as before, and the report says all of it in a line.
func ExampleLoadReport() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "checkpoint.safetensors")
	if err := safetensors.Write(path, []safetensors.Tensor{
		{Name: "module.fc1.weight", Shape: []int{2, 2}, Data: []float32{1, 2, 3, 4}},
		{Name: "module.fc1.bias", Shape: []int{2}, Data: []float32{5, 6}},
		{Name: "module.fc2.weight", Shape: []int{1000, 2}, Data: make([]float32, 2000)},
		{Name: "module.fc2.bias", Shape: []int{1000}, Data: make([]float32, 1000)},
		{Name: "epoch", Shape: []int{1}, Data: []float32{90}},
	}, nil); err != nil {
		log.Print(err)
		return
	}
	report, err := mlp.New(2, 2, 3).Params().LoadWith(path, nn.LoadOptions{
		Strip: "module.",
		Rename: func(name string) string {
			if name == "epoch" || strings.HasPrefix(name, "fc2.") {
				return "" // left out
			}
			return name
		},
		Partial: true,
	})
	fmt.Println(report, err)
	// Output:
	// 2 loaded; 2 missing: fc2.weight, fc2.bias; 3 left out: epoch, module.fc2.bias, module.fc2.weight <nil>
}

// Weights that are part of the program, as by go:embed, are read from where they are.
func ExampleParams_LoadFrom() {
	trained := mlp.New(2, 3)
	trained.Params().Init(7)
	var weights bytes.Buffer
	if err := trained.Params().Encode(&weights); err != nil {
		log.Fatal(err)
	}
	f, err := safetensors.NewFile(bytes.NewReader(weights.Bytes()), int64(weights.Len()), "embedded weights")
	if err != nil {
		log.Fatal(err)
	}
	model := mlp.New(2, 3)
	report, err := model.Params().LoadFrom(f, nn.LoadOptions{})
	fmt.Println(report.Loaded, err)
	fmt.Println(model.Params().Get("fc1.bias").Tensor().At(0) == trained.Params().Get("fc1.bias").Tensor().At(0))
	_, err = mlp.New(2, 4).Params().LoadFrom(f, nn.LoadOptions{Under: "fc1.bias"})
	fmt.Println(err)
	// Output:
	// [fc1.weight fc1.bias] <nil>
	// true
	// load embedded weights: 1 mis-shaped: fc1.bias: file (3), model (4)
}

// A Predictor may be shared by goroutines.
func ExamplePredictor_Predict() {
	fc := nn.NewLinear(nn.NewScope(), 1, 1, nn.Affine{NoBias: true})
	fc.Weight.Tensor().F32[0] = 10
	p := nn.NewPredictor(fc)
	answers := make([]graph.Tensor, 3)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			var err error
			if answers[i], err = p.Predict(graph.FromFloat32([]float32{float32(i)}, 1, 1)); err != nil {
				log.Fatal(err)
			}
		})
	}
	all.Wait()
	fmt.Println(answers)
	// Output: [float32 (1, 1) 0 float32 (1, 1) 10 float32 (1, 1) 20]
}

// An input for a tensor: floats of the graph's type, or integers.
func ExampleInputLike() {
	g := &graph.Graph{DType: graph.Float64}
	fmt.Println(nn.InputLike(g, "x", graph.FromFloat64([]float64{1, 2}, 1, 2).Type).Type())
	fmt.Println(nn.InputLike(g, "y", graph.FromInt64([]int64{1}, 1).Type).Type())
	// Output:
	// float64 (1, 2)
	// int64 (1)
}

// An initialiser is a function: here that of He and others, with half of the weights 0.
func ExampleInit() {
	sparse := func(dst graph.Tensor, r *nn.Rand) {
		nn.HeNormal(nn.GainReLU, nn.FanIn)(dst, r)
		for i := range dst.F32 {
			if r.Float64() < .5 {
				dst.F32[i] = 0
			}
		}
	}
	w := nn.NewScope().Param("w", sparse, 100, 200)
	zeros := 0
	for _, v := range w.Tensor().F32 {
		if v == 0 {
			zeros++
		}
	}
	fmt.Printf("%.1f\n", float64(zeros)/20000)
	// Output: 0.5
}

// The numbers of a parameter are the same in every program.
func ExampleNewRand() {
	a, b := graph.NewTensor(graph.Type{Shape: graph.Shape{3}}), nn.NewScope().Param("fc.weight", nn.Normal(1), 3)
	nn.NewRand(0, "fc.weight").Normal(a)
	fmt.Println(a)
	fmt.Println(b.Tensor())
	// Output:
	// float32 (3) -0.243011 -0.31277 0.730532
	// float32 (3) -0.243011 -0.31277 0.730532
}

// The options of a layer with weight and bias are left out in the usual case.
func ExampleAffine() {
	s := nn.NewScope()
	nn.NewLinear(s.Sub("fc"), 4, 2)
	nn.NewConv2D(s.Sub("conv"), 3, 8, 5, ops.Conv{Stride: 2}, nn.Affine{NoBias: true})
	nn.NewLinear(s.Sub("head"), 4, 2, nn.Affine{Weight: nn.Constant(.5), Bias: nn.Zeros})
	for p := range s.Params().All() {
		fmt.Println(p.Name(), p.Type().Shape)
	}
	fmt.Println(s.Params().Get("head.weight").Tensor())
	// Output:
	// fc.weight (2, 4)
	// fc.bias (2)
	// conv.weight (8, 3, 5, 5)
	// head.weight (2, 4)
	// head.bias (2)
	// float32 (2, 4) 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5
}

// A model whose constructor has no such option gets another initialiser where it is made.
func ExampleParams_SetInit() {
	model := mlp.New(4, 3, 2)
	fmt.Println(model.Params().SetInit("fc2", nn.Zeros), "parameters begin with 0")
	fmt.Println(model.Params().Get("fc2.weight").Tensor())
	// Output:
	// 2 parameters begin with 0
	// float32 (2, 3) 0 0 0 0 0 0
}

// A model of float64: graphs have the type of the batch.
func ExampleParams_SetDType() {
	model := mlp.New(2, 3, 1)
	if err := model.Params().SetDType(graph.Float64); err != nil {
		log.Fatal(err)
	}
	y, err := nn.NewPredictor(model).Predict(graph.FromFloat64([]float64{1, 2}, 1, 2))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(model.Params().DType(), y.Type)
	// Output: float64 float64 (1, 1)
}

// Of four symbols the two likeliest come into question, and u decides between them; without a temperature it is the
// likeliest.
func ExampleSampling_Choose() {
	logits := []float64{math.Log(.1), math.Log(.4), math.Log(.3), math.Log(.2)}
	for _, how := range []nn.Sampling{{TopK: 2}, {TopP: .6}, {Temperature: ops.Zero}} {
		for _, u := range []float64{0, .5, .9} {
			symbol, err := how.Choose(logits, u)
			if err != nil {
				log.Fatal(err)
			}
			fmt.Print(symbol, " ")
		}
	}
	fmt.Println()
	// Output: 1 1 2 1 1 2 1 1 1
}

// A model that has learnt nothing writes at random, by the same seed the same. This one sees 16 symbols, and writes
// on.
func ExampleSampler() {
	model := transformer.NewGPT(transformer.GPTConfig{Vocabulary: 10, Context: 16, Width: 8, Heads: 2, Layers: 1})
	var first []int64
	for range 2 {
		writer, err := nn.NewSampler(model, nn.Sampling{Seed: 7})
		if err != nil {
			log.Fatal(err)
		}
		if err := writer.Read(3, 1, 4); err != nil {
			log.Fatal(err)
		}
		var text []int64
		for range 300 {
			symbol, err := writer.Next()
			if err != nil {
				log.Fatal(err)
			}
			text = append(text, symbol)
		}
		fmt.Println(len(text), slices.Equal(text, first) || first == nil)
		first = text
	}
	// Output:
	// 300 true
	// 300 true
}
