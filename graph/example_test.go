package graph_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"os"

	"gorgonia.org/gorgonia"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// vector is a parameter that begins with the given values.
func vector(name string, v ...float32) *graph.Param {
	p := graph.NewParam(name, graph.Type{Shape: graph.Shape{len(v)}})
	copy(p.Tensor().F32, v)
	return p
}

// must ends an example at an error.
func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// A graph is built, differentiated, compiled, and run.
func Example() {
	g := &graph.Graph{}
	x := g.Input("x", 3)
	loss := ops.Sum(ops.Square(x))
	dx := graph.Gradients(loss, x)[0]

	prog, err := g.Compile(loss, dx)
	if err != nil {
		log.Fatal(err)
	}
	prog.Set(x, []float32{1, 2, 3})
	if err := prog.Run(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(prog.Float(loss), prog.Value(dx).F32)
	// Output: 14 [2 4 6]
}

// The derivative of x·x is made of nodes like any other, so it can be differentiated again.
func ExampleGradients() {
	g := &graph.Graph{}
	x := g.Input("x")
	y := ops.Mul(x, x)
	dy := graph.Gradients(y, x)[0]
	ddy := graph.Gradients(dy, x)[0]
	prog, err := g.Compile(y, dy, ddy)
	must(err)
	prog.Set(x, 3.0)
	must(prog.Run())
	fmt.Println(prog.Float(y), prog.Float(dy), prog.Float(ddy))
	// Output: 9 6 2
}

// One program runs for many inputs. Its values are overwritten by the next run, so one that is kept is cloned.
func ExampleGraph_Compile() {
	g := &graph.Graph{}
	x := g.Input("x", 2)
	y := ops.Scale(x, 10)
	prog, err := g.Compile(y)
	must(err)
	prog.Set(x, []float32{1, 2})
	must(prog.Run())
	first := prog.Value(y).Clone()
	prog.Set(x, []float32{3, 4})
	must(prog.Run())
	fmt.Println(first.F32, prog.Value(y).F32)
	// Output: [10 20] [30 40]
}

// A value that does not fit an input is an error of the next run.
func ExampleProgram_Set() {
	g := &graph.Graph{}
	x := g.Input("x", 2)
	prog, err := g.Compile(ops.Neg(x))
	must(err)
	prog.Set(x, []float32{1, 2, 3})
	fmt.Println(prog.Run())
	// Output: set "x": got 3 elements, want 2 for shape (2)
}

// A tape of a lesson knows all that it computes; the usual one its outputs.
func ExampleProgram_Lookup() {
	g := &graph.Graph{}
	x := g.Input("x", 2)
	square := ops.Square(x)
	y := ops.Sum(square)
	for _, opt := range []graph.CompileOptions{{}, {Teach: true}} {
		prog, err := g.CompileWith(opt, y)
		if err != nil {
			log.Fatal(err)
		}
		prog.Set(x, []float32{2, 3})
		if err := prog.Run(); err != nil {
			log.Fatal(err)
		}
		v, ok := prog.Lookup(square)
		fmt.Println(v.F32, ok)
	}
	// Output:
	// [] false
	// [4 9] true
}

// A layer with its gradient, as a tape. Results are numbered as the nodes of the graph, and ∂w is the gradient of w.
// An instruction marked "in place" writes over an operand that nobody needs any more.
func ExampleProgram_WriteTo() {
	g := &graph.Graph{Mode: graph.Train}
	x := g.Input("x", 4, 3)
	w := g.Param(graph.NewParam("w", graph.Type{Shape: graph.Shape{2, 3}}))
	loss := ops.Mean(ops.Square(ops.Linear(x, w, graph.Node{})))
	dw := graph.Gradients(loss, w)[0]
	prog, err := g.Compile(loss, dw)
	must(err)
	if _, err := prog.WriteTo(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// -- forward
	// #  result  op               operands  type            layer  flop  moved   live
	// 0  %2      linear           x w       float32 (4, 2)           48  104 B   64 B
	// 1  %3      square           %2        float32 (4, 2)            8   64 B  128 B
	// 2  %4      mean axes=[0 1]  %3        float32 ()                8   36 B  128 B
	// -- backward
	// #  result  op                              operands  type            layer  flop  moved  live
	// 3  %10     fused(scale s=0.125·scale s=2)  %2        float32 (4, 2)           16   64 B  64 B  in place
	// 4  ∂w      matmul aᵀ                       %10 x     float32 (2, 3)           48  104 B  64 B
	// -- 5 instructions, 128 FLOP in one run
	// -- arena 128 B, peak live 128 B, unplanned 192 B; parameters 24 B, constants 0 B, outputs 28 B
}

// An observer sees each instruction with what it read and wrote.
func ExampleProgram_Trace() {
	g := &graph.Graph{}
	x := g.Input("x", 3)
	y := ops.Sum(ops.Exp(ops.Neg(ops.Square(x))))
	prog, err := g.CompileWith(graph.CompileOptions{NoFuse: true}, y) // an instruction for each node
	must(err)
	prog.Set(x, []float32{.5, 1, 2})
	must(prog.Trace(func(f graph.Frame) error {
		fmt.Printf("%-13s %.3f\n", f.Op, f.Out[0].F32)
		return nil
	}))
	// Output:
	// square        [0.250 1.000 4.000]
	// neg           [-0.250 -1.000 -4.000]
	// exp           [0.779 0.368 0.018]
	// sum axes=[0]  [1.165]
}

// Step is Trace with the loop turned around.
func ExampleProgram_Step() {
	g := &graph.Graph{}
	x := g.Input("x")
	prog, err := g.CompileWith(graph.CompileOptions{NoFuse: true}, ops.Square(ops.AddScalar(x, 1)))
	must(err)
	prog.Set(x, 2.0)
	for {
		frame, err := prog.Step()
		if err == io.EOF {
			break
		}
		must(err)
		fmt.Println(frame.Op, "gives", frame.Out[0].At(0))
	}
	// Output:
	// addscalar s=1 gives 3
	// square gives 9
}

// A node that serves the gradient of another names it.
func ExampleGraph_WriteTo() {
	g := &graph.Graph{}
	x := g.Input("x", 3)
	loss := ops.Sum(ops.Square(x))
	graph.Gradients(loss, x)
	if _, err := g.WriteTo(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// %0 = input "x" : float32 (3)
	// %1 = square %0 : float32 (3)
	// %2 = sum axes=[0] %1 : float32 ()
	// %3 = const 1 : float32 () backward of %2
	// %4 = reshape [1] %3 : float32 (1) backward of %2
	// %5 = expand [3] %4 : float32 (3) backward of %2
	// %6 = mul %5 %0 : float32 (3) backward of %1
	// %7 = scale s=2 %6 : float32 (3) backward of %1
}

// The values of a layer may be computed again on the way back instead of being kept: less memory for more operations,
// and the same bits. On the tape, such values have a star.
func ExampleCompileOptions_checkpoint() {
	g := &graph.Graph{}
	x := g.Input("x", 1000)
	h := x
	var layers []string
	for i := range 16 {
		layers = append(layers, fmt.Sprint("block.", i))
		leave := g.Scope(layers[i])
		h = ops.Add(h, ops.Sin(ops.Square(ops.Tanh(h))))
		leave()
	}
	loss := ops.Sum(h)
	dx := graph.Gradients(loss, x)[0]
	for _, opt := range []graph.CompileOptions{{}, {Checkpoint: layers}} {
		prog, err := g.CompileWith(opt, loss, dx)
		must(err)
		prog.Set(x, make([]float32, 1000))
		must(prog.Run())
		fmt.Println(graph.Bytes(prog.Memory().Arena), graph.Count(prog.Cost().Flops, "FLOP"), prog.Float(loss),
			prog.Value(dx).At(0))
	}
	// Output:
	// 129 kB 160 kFLOP 0 1
	// 72.6 kB 192 kFLOP 0 1
}

// For inference, parameters may be taken for constants: what depends on them alone is computed before the first run
// only. Here that is a normalisation's scaling of the weights.
func ExampleCompileOptions_constant() {
	channel := func(name string, v float32) *graph.Param { return vector(name, v) }
	mean, variance := channel("mean", 1), channel("variance", 3)
	w := graph.NewParam("w", graph.Type{Shape: graph.Shape{1, 1, 1, 1}})
	w.Tensor().F32[0] = 2
	g := &graph.Graph{}
	x := g.Input("x", 1, 1, 1, 2)
	y := ops.Conv2D(x, g.Param(w), graph.Node{}, ops.Conv{})
	y = ops.BatchNorm(y, graph.Node{}, graph.Node{}, g.Param(mean), g.Param(variance), ops.BatchNormOptions{Eps: 1})
	prog, err := g.CompileWith(graph.CompileOptions{Constant: true}, y)
	must(err)
	for _, in := range prog.Instructions() {
		fmt.Println(in.Phase, "", in.Op)
	}
	prog.Set(x, []float32{1, 2})
	run := func() {
		must(prog.Run())
		fmt.Println(prog.Value(y).F32)
	}
	run() // (2x - 1)/√(3 + 1)
	w.Tensor().F32[0] = 4
	prog.Refresh()
	run()
	// Output:
	// prepare  fold-weights
	// forward  conv2d
	// [0.5 1.5]
	// [1.5 3.5]
}

// Nodes made with Gorgonia's own functions take part in gradients and programs: here its tanh, of twice x.
func ExampleGraph_Import() {
	g := &graph.Graph{}
	x := g.Input("x", 2)
	doubled := ops.Scale(x, 2)
	tanh, err := gorgonia.Tanh(doubled.Gorgonia())
	must(err)
	y, err := g.Import(tanh)
	must(err)
	dx := graph.Gradients(ops.Sum(y), x)[0]
	prog, err := g.Compile(y, dx)
	must(err)
	prog.Set(x, []float32{0, .5})
	must(prog.Run())
	fmt.Printf("%.3f %.3f\n", prog.Value(y).F32, prog.Value(dx).F32)
	// Output: [0.000 0.762] [2.000 0.840]
}

// Scopes are the layers that nodes belong to, in tapes, drawings and errors.
func ExampleGraph_Scope() {
	g := &graph.Graph{}
	h := g.Input("x", 2)
	for _, layer := range []string{"block.0", "block.1"} {
		leave := g.Scope(layer)
		h = ops.ReLU(h)
		leave()
	}
	y := ops.Neg(h)
	for _, n := range g.Nodes() {
		fmt.Printf("%-5s %q\n", n.Name(), n.Scope())
	}
	fmt.Println(y.Inputs()[0].Scope())
	// Output:
	// x     ""
	// relu  "block.0"
	// relu  "block.1"
	// neg   ""
	// block.1
}

// A parameter belongs to the model. Graphs read it, and see its newest value.
func ExampleGraph_Param() {
	w := vector("w", 1, 2)
	g := &graph.Graph{}
	y := ops.Sum(g.Param(w))
	prog, err := g.Compile(y)
	must(err)
	for range 2 {
		must(prog.Run())
		fmt.Println(prog.Float(y))
		w.Tensor().F32[0] = 100
	}
	// Output:
	// 3
	// 102
}

// Parameters that are frozen when a graph is built are not among those that it trains.
func ExampleParam_SetTrainable() {
	w, b := vector("w", 1), vector("b", 2)
	w.SetTrainable(false)
	g := &graph.Graph{Mode: graph.Train}
	ops.Add(g.Param(w), g.Param(b))
	for _, n := range g.Trainable() {
		fmt.Println(n.Name())
	}
	// Output: b
}

// An assignment takes place at the end of a run: within the run the parameter has its old value.
func ExampleGraph_Assign() {
	count := vector("count", 0)
	g := &graph.Graph{}
	n := g.Param(count)
	g.Assign(n, ops.AddScalar(n, 1))
	before := ops.Scale(n, 1)
	prog, err := g.Compile(before)
	must(err)
	for range 3 {
		must(prog.Run())
		fmt.Println(prog.Value(before).F32, "then", count.Tensor().F32)
	}
	// Output:
	// [0] then [1]
	// [1] then [2]
	// [2] then [3]
}

// stop is the identity that hands no gradient back: a whole operation, with the four methods of an Op and NoGrad.
type stop struct{}

func (stop) String() string                                   { return "stop" }
func (stop) Types(in []graph.Type) ([]graph.Type, error)      { return in, nil }
func (stop) Grad(_, _, _ []graph.Node, _ []bool) []graph.Node { return nil }
func (stop) Eval(dst, in []graph.Tensor) error                { dst[0].CopyFrom(in[0]); return nil }
func (stop) NoGrad(operand int) bool                          { return true }

// An operation of one's own. As far as gradients can see, one of the factors of x·stop(x) is a constant.
func ExampleNoGrader() {
	g := &graph.Graph{}
	x := g.Input("x")
	y := ops.Mul(x, graph.Apply(stop{}, x))
	dx := graph.Gradients(y, x)[0]
	prog, err := g.Compile(y, dx)
	must(err)
	prog.Set(x, 3.0)
	must(prog.Run())
	fmt.Println(prog.Float(y), prog.Float(dx))
	// Output: 9 3
}

// The steps of the chain rule: each op hands a contribution to each of its operands.
func ExampleGraph_Contributions() {
	g := &graph.Graph{}
	x, w := g.Input("x", 2), g.Input("w", 2)
	graph.Gradients(ops.Sum(ops.Mul(x, w)), x, w)
	for _, c := range g.Contributions() {
		fmt.Printf("%s hands its operand %d: %s\n", c.Of.Name(), c.Operand, c.D.Name())
	}
	// Output:
	// sum axes=[0] hands its operand 0: expand [2]
	// mul hands its operand 0: mul
	// mul hands its operand 1: mul
}

// Ops do not fail on the spot. The first mistake is kept, with its layer, its operands and the line of the program.
func ExampleBuildError() {
	g := &graph.Graph{}
	x, w := g.Input("x", 8, 5), g.Input("w", 10, 4)
	leave := g.Scope("fc1")
	h := ops.Linear(x, w, graph.Node{})
	leave()
	y := ops.Softmax(h, 1) // of a node that there is not: no second message

	_, err := g.Compile(y)
	var mistake *graph.BuildError
	if !errors.As(err, &mistake) {
		log.Fatal(err)
	}
	fmt.Println(mistake.Scope)
	fmt.Println(mistake.Op)
	fmt.Println(mistake.Err)
	fmt.Println(mistake.Operands)
	// Output:
	// fc1
	// linear
	// input has 5 features, weight expects 4
	// x (8, 5), w (10, 4)
}

// Gorgonia's own tape machine runs the same graph, to the same bits.
func ExampleGraph_Stock() {
	g := &graph.Graph{}
	x := g.Input("x", 3)
	y := ops.Softmax(x, 0)
	stock, err := g.Stock(y)
	must(err)
	prog, err := g.Compile(y)
	must(err)
	for _, engine := range []interface {
		Set(graph.Node, any)
		Run() error
		Value(graph.Node) graph.Tensor
	}{stock, prog} {
		engine.Set(x, []float32{1, 2, 3})
		must(engine.Run())
		fmt.Printf("%.3f\n", engine.Value(y).F32)
	}
	// Output:
	// [0.090 0.245 0.665]
	// [0.090 0.245 0.665]
}

// A step whose loss is not finite changes no parameter. Check then finds where it began.
func ExampleNonFiniteError() {
	w := vector("w", 0)
	g := &graph.Graph{Mode: graph.Train}
	n := g.Param(w)
	loss := ops.Sum(ops.Log(n)) // ln 0
	dn := graph.Gradients(loss, n)[0]
	g.InPhase(graph.Update, func() {
		g.Assign(n, ops.SGD(n, dn, g.Scalar(.1), 0))
	})
	prog, err := g.Compile(loss)
	must(err)

	err = prog.Run()
	var bad *graph.NonFiniteError
	if !errors.As(err, &bad) {
		log.Fatal(err)
	}
	fmt.Println(bad)
	fmt.Println(prog.Check())
	fmt.Println("w is", w.Tensor().F32)
	// Output:
	// step 1: the loss is -Inf
	// step 1: instruction 0, log, is the first to give -Inf: %1 = log w : float32 (1)
	// w is [0]
}

func ExampleShape_Check() {
	fmt.Println(graph.Shape{64, 10}.Check())
	fmt.Println(graph.Shape{64, 0}.Check())
	fmt.Println(graph.Shape{1 << 32, 1 << 32}.Check())
	// Output:
	// <nil>
	// axis 1 has size 0, want at least 1: (64, 0)
	// (4294967296, 4294967296) has more than 2147483647 elements
}

// A finite loss can have a gradient that is not: the slope of the root at 0. No parameter changes.
func ExampleProgram_Check() {
	w := vector("w", 0, 4)
	g := &graph.Graph{Mode: graph.Train}
	n := g.Param(w)
	loss := ops.Sum(ops.Sqrt(n))
	dn := graph.Gradients(loss, n)[0]
	g.InPhase(graph.Update, func() {
		g.Assign(n, ops.SGD(n, dn, g.Scalar(.1), 0))
	})
	prog, err := g.CompileWith(graph.CompileOptions{NoFuse: true}, loss)
	must(err)
	fmt.Println(prog.Run())
	fmt.Println(prog.Check())
	fmt.Println("w is", w.Tensor().F32)
	// Output:
	// step 1: the gradient of w is +Inf at element 0
	// step 1: instruction 3, div, on the way back from sqrt, is the first to give +Inf: ∂w = div const5, %6 : float32 (2)
	// w is [0 4]
}

// An update that leads out of the finite numbers by itself is done, and the error says what it left.
func ExampleNonFiniteError_done() {
	w := vector("w", 1, 2)
	g := &graph.Graph{Mode: graph.Train}
	n := g.Param(w)
	loss := ops.Sum(ops.Square(n))
	dn := graph.Gradients(loss, n)[0]
	g.InPhase(graph.Update, func() {
		g.Assign(n, ops.SGD(n, dn, g.Scalar(1e38), 0)) // whose Eval returns graph.ErrNotFinite
	})
	prog, err := g.Compile(loss)
	must(err)
	fmt.Println(prog.Run())
	fmt.Println(prog.Run())
	// Output:
	// step 1: the update is done and left parameter "w" with -Inf at element 1, from finite numbers: instruction 3, sgd: the learning rate or the gradients are too large
	// step 2: the loss is +Inf
}

// The least loss so far begins at +Inf, which is no mistake.
func ExampleParam_SetUnbounded() {
	least := vector("least", float32(math.Inf(1)))
	least.SetUnbounded(true)
	g := &graph.Graph{}
	loss, n := g.Input("loss", 1), g.Param(least)
	g.Assign(n, ops.Minimum(n, loss))
	prog, err := g.Compile()
	must(err)
	for _, v := range []float32{3, 2, 5} {
		prog.Set(loss, []float32{v})
		must(prog.Run())
	}
	fmt.Println(least.Tensor().F32)
	// Output:
	// [2]
}

// A product of (2, 50) and (50, 3) is a sum of 50 terms.
func ExampleBounder() {
	g := &graph.Graph{}
	a, b := g.Input("a", 2, 50), g.Input("b", 50, 3)
	op := ops.MatMul(a, b).Op()
	fmt.Println(op.(graph.Bounder).Bound([]graph.Type{a.Type(), b.Type()}, []float64{2, 10}))
	// Output:
	// 1000
}

// What is written by hand, without the functions that make tensors, may not be one.
func ExampleTensor_Check() {
	t := graph.Tensor{Type: graph.Type{Shape: graph.Shape{2, 3}}, F32: []float32{1, 2, 3, 4}}
	fmt.Println(t.Check())
	fmt.Println(graph.FromFloat32([]float32{1, 2, 3, 4}, 2, 2).Check())
	// Output:
	// 4 elements of float32 do not fill shape (2, 3), which has 6
	// <nil>
}

// Two goroutines need two programs. The clone has the same inputs, and memory of its own.
func ExampleProgram_Clone() {
	g := &graph.Graph{}
	x := g.Input("x", 2)
	y := ops.Sum(ops.Square(x))
	prog, err := g.Compile(y)
	must(err)
	prog.Set(x, []float32{3, 4})
	other := prog.Clone()
	other.Set(x, []float32{1, 2})
	must(prog.Run())
	must(other.Run())
	fmt.Println(prog.Float(y), other.Float(y))
	// Output: 25 5
}

// The times of the single instructions, for a look at where a run spends them.
func ExampleProgram_Profile() {
	g := &graph.Graph{}
	x := g.Input("x", 8, 8)
	prog, err := g.Compile(ops.Sum(ops.MatMul(x, x)))
	must(err)
	prog.Set(x, make([]float32, 64))
	times, err := prog.Profile(10)
	must(err)
	for _, in := range times {
		rate := float64(in.Flops) / in.Time.Seconds() // differs from run to run
		fmt.Println(in.Op, in.Flops, rate > 0)
	}
	// Output:
	// matmul 1024 true
	// sum axes=[0 1] 64 true
}

// A statistic that two places of a graph update is updated twice in each run.
func ExampleGraph_Revise() {
	count := vector("count", 0)
	g := &graph.Graph{}
	for range 2 {
		g.Revise(g.Param(count), func(old graph.Node) graph.Node { return ops.AddScalar(old, 1) })
	}
	prog, err := g.Compile()
	must(err)
	must(prog.Run())
	fmt.Println(count.Tensor().F32)
	// Output: [2]
}

// A number that float32 makes 0 or infinite is refused by constants and ops of a graph of float32.
func ExampleDType_Holds() {
	fmt.Println(graph.Float32.Holds(1e300), graph.Float32.Holds(1e-60), graph.Float64.Holds(1e-60))
	fmt.Println(graph.Float32.Holds(math.Inf(-1)), graph.Float32.Holds(0.1))
	// Output:
	// false false true
	// true true
}

// A running sum: each run adds x to what the run before has left.
func ExampleGraph_State() {
	g := &graph.Graph{}
	x, h := g.Input("x", 2), g.State("h", 2)
	next := ops.Add(h, x)
	g.Assign(h, next)
	prog, err := g.Compile(next)
	must(err)
	prog.Set(x, []float32{1, 2})
	must(prog.Run())
	must(prog.Run())
	fmt.Println(prog.Value(next).F32)
	prog.Reset() // another sequence begins
	must(prog.Run())
	fmt.Println(prog.Value(next).F32)
	// Output:
	// [2 4]
	// [1 2]
}

// A parameter takes no memory, and its first value is not made, until something reads it.
func ExampleParam_Fill() {
	w := graph.NewParam("fc.weight", graph.Type{Shape: graph.Shape{2, 2}})
	w.Fill(func(dst graph.Tensor) {
		fmt.Println("filled")
		for i := range dst.F32 {
			dst.F32[i] = 1
		}
	})
	fmt.Println(w.Name(), w.Type())
	fmt.Println(w.Tensor())
	// Output:
	// fc.weight float32 (2, 2)
	// filled
	// float32 (2, 2) 1 1 1 1
}

// A parameter that nobody has read may still become one of float64.
func ExampleParam_SetDType() {
	w := graph.NewParam("w", graph.Type{Shape: graph.Shape{2}})
	fmt.Println(w.SetDType(graph.Float64), w.Tensor())
	fmt.Println(w.SetDType(graph.Float32))
	// Output:
	// <nil> float64 (2) 0 0
	// parameter "w": it has been read as float64: set the type before a graph or Tensor reads it
}

// A constant has no name of its own; a drawing shows the one that it is given.
func ExampleNode_Named() {
	g := &graph.Graph{}
	mask := g.Constant(graph.FromFloat32([]float32{1, 0, 1, 1}, 2, 2)).Named("causal mask")
	_, drawn := graph.RoleOf(mask)
	fmt.Println(mask.Label(), "|", drawn, "|", mask.Name())
	// Output: causal mask | causal mask | const float32 (2, 2)
}

// What kernels keep is for all programs, and can be given back when none is to run soon.
func ExampleReleaseKernelMemory() {
	g := &graph.Graph{}
	x := g.Input("x", 200, 300)
	prog, err := g.Compile(ops.Sum(ops.MatMulT(x, x, false, true)))
	must(err)
	prog.Set(x, make([]float32, 200*300))
	must(prog.Run())
	fmt.Println(graph.KernelMemory() > 0)
	graph.ReleaseKernelMemory()
	fmt.Println(graph.KernelMemory(), "bytes")
	// Output:
	// true
	// 0 bytes
}
