package ops_test

import (
	"fmt"
	"log"
	"math"
	"strconv"
	"strings"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// Ops add nodes to a graph. The graph is compiled once, and then given values and run as often as one likes.
func Example() {
	g := &graph.Graph{}
	x, w, b := g.Input("x", 1, 2), g.Input("w", 3, 2), g.Input("b", 3)
	y := ops.ReLU(ops.Linear(x, w, b)) // (1, 3)

	prog, err := g.Compile(y)
	if err != nil { // shapes that do not fit are reported here
		log.Fatal(err)
	}
	prog.Set(x, []float32{1, 2})
	prog.Set(w, []float32{
		1, 0,
		1, 1,
		-1, -1,
	})
	prog.Set(b, []float32{10, 20, 0})
	if err := prog.Run(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(prog.Value(y))
	// Output: float32 (1, 3) 11 23 0
}

// The examples below work on constants, so that nothing needs to be set before a run.

// of is a constant of the given elements and shape.
func of(g *graph.Graph, shape []int, v ...float32) graph.Node {
	return g.Constant(graph.FromFloat32(v, shape...))
}

// row is a constant of one axis.
func row(g *graph.Graph, v ...float32) graph.Node { return of(g, []int{len(v)}, v...) }

// indices is a constant of integers.
func indices(g *graph.Graph, v ...int64) graph.Node {
	return g.Constant(graph.FromInt64(v, len(v)))
}

// show compiles the graph of the nodes, runs it, and prints the value of each to three digits, an axis a bracket.
func show(nodes ...graph.Node) {
	prog, err := nodes[0].Graph().Compile(nodes...)
	if err != nil {
		log.Fatal(err)
	}
	if err := prog.Run(); err != nil {
		log.Fatal(err)
	}
	for _, n := range nodes {
		fmt.Println(text(prog.Value(n)))
	}
}

func text(t graph.Tensor) string {
	if len(t.Shape) == 0 {
		return strconv.FormatFloat(math.Round(t.At(0)*1000)/1000+0, 'f', -1, 64) // + 0 makes -0 to 0
	}
	parts := make([]string, t.Shape[0])
	for i := range parts {
		part, err := t.Rows(i, i+1).Reshape(t.Shape[1:]...)
		if err != nil {
			log.Fatal(err)
		}
		parts[i] = text(part)
	}
	return "[" + strings.Join(parts, " ") + "]"
}

// Shapes are aligned at their last axis: the column is repeated for each element of the row, and the row for each of
// the column. What was repeated gets the sum of the gradients.
func ExampleAdd() {
	g := &graph.Graph{}
	column := of(g, []int{2, 1}, 1, 2)
	line := row(g, 10, 20, 30)
	y := ops.Add(column, line)
	d := graph.Gradients(ops.Sum(y), column, line)
	show(y, d[0], d[1])
	// Output:
	// [[11 21 31] [12 22 32]]
	// [[3] [3]]
	// [2 2 2]
}

func ExampleMatMul() {
	g := &graph.Graph{}
	a := of(g, []int{2, 2}, 1, 2, 3, 4)
	b := of(g, []int{2, 2}, 5, 6, 7, 8)
	show(ops.MatMul(a, b))
	// Output: [[19 22] [43 50]]
}

// A batch of matrices times one matrix: the axes before the last two broadcast.
func ExampleMatMul_batch() {
	g := &graph.Graph{}
	a := of(g, []int{2, 1, 2}, 1, 0, 0, 1) // two rows of a 2 × 2 identity
	b := of(g, []int{2, 3}, 1, 2, 3, 4, 5, 6)
	show(ops.MatMul(a, b)) // (2, 1, 3)
	// Output: [[[1 2 3]] [[4 5 6]]]
}

// Each row of w holds the weights of one output.
func ExampleLinear() {
	g := &graph.Graph{}
	x := of(g, []int{1, 3}, 1, 2, 3)
	w := of(g, []int{2, 3},
		1, 0, -1,
		1, 1, 1)
	b := row(g, 10, 20)
	show(ops.Linear(x, w, b), ops.Linear(x, w, graph.Node{})) // with a bias, and without
	// Output:
	// [[8 26]]
	// [[-2 6]]
}

// This kernel adds to each element its neighbour to the lower right.
func ExampleConv2D() {
	g := &graph.Graph{}
	x := of(g, []int{1, 1, 3, 3},
		1, 2, 3,
		4, 5, 6,
		7, 8, 9)
	w := of(g, []int{1, 1, 2, 2},
		1, 0,
		0, 1)
	show(ops.Conv2D(x, w, graph.Node{}, ops.Conv{}))          // (1, 1, 2, 2)
	show(ops.Conv2D(x, w, graph.Node{}, ops.Conv{Stride: 2})) // (1, 1, 1, 1)
	// Output:
	// [[[[6 8] [12 14]]]]
	// [[[[6]]]]
}

// Every element of x adds a copy of the kernel to y. With a stride of the kernel's size the copies lie side by side.
func ExampleConvTranspose2D() {
	g := &graph.Graph{}
	x := of(g, []int{1, 1, 1, 2}, 1, 2)
	w := of(g, []int{1, 1, 2, 2},
		1, 10,
		100, 1000)
	show(ops.ConvTranspose2D(x, w, graph.Node{}, ops.Conv{Stride: 2})) // (1, 1, 2, 4)
	show(ops.ConvTranspose2D(x, w, graph.Node{}, ops.Conv{}))          // (1, 1, 2, 3): they overlap
	// Output:
	// [[[[1 10 2 20] [100 1000 200 2000]]]]
	// [[[[1 12 20] [100 1200 2000]]]]
}

// The gradient of a maximum goes to where it was found.
func ExampleMaxPool2D() {
	g := &graph.Graph{}
	x := of(g, []int{1, 1, 2, 4},
		1, 2, 3, 9,
		5, 6, 7, 8)
	y := ops.MaxPool2D(x, ops.Pool{Size: 2}) // (1, 1, 1, 2)
	show(y, graph.Gradients(ops.Sum(y), x)[0])
	// Output:
	// [[[[6 9]]]]
	// [[[[0 0 0 1] [0 1 0 0]]]]
}

// Zeros of the padding count, unless they are excluded.
func ExampleAvgPool2D() {
	g := &graph.Graph{}
	x := of(g, []int{1, 1, 2, 2},
		1, 2,
		3, 6)
	show(ops.AvgPool2D(x, ops.Pool{Size: 2}))
	show(ops.AvgPool2D(x, ops.Pool{Size: 2, Pad: 1}))
	show(ops.AvgPool2D(x, ops.Pool{Size: 2, Pad: 1, ExcludePad: true}))
	// Output:
	// [[[[3]]]]
	// [[[[0.25 0.5] [0.75 1.5]]]]
	// [[[[1 2] [3 6]]]]
}

// logs are the natural logarithms of numbers: logits whose softmax is easy to see.
func logs(v ...float64) []float32 {
	l := make([]float32, len(v))
	for i, x := range v {
		l[i] = float32(math.Log(x))
	}
	return l
}

// The softmax of the logarithms of 1, 2 and 5 are their shares of 8.
func ExampleSoftmax() {
	g := &graph.Graph{}
	show(ops.Softmax(row(g, logs(1, 2, 5)...), -1))
	// Output: [0.125 0.25 0.625]
}

// The logarithm of a probability that is too small for a float is a number still.
func ExampleLogSoftmax() {
	g := &graph.Graph{}
	x := row(g, 0, 1000)
	show(ops.LogSoftmax(x, 0), ops.Log(ops.AddScalar(ops.Softmax(x, 0), 1e-30)))
	// Output:
	// [-1000 0]
	// [-69.078 0]
}

// The first row gives its class the probability 5/8, the second, which knows nothing, 1/3.
func ExampleCrossEntropy() {
	g := &graph.Graph{}
	x := of(g, []int{2, 3}, append(logs(1, 2, 5), 0, 0, 0)...)
	loss := ops.CrossEntropy(x, indices(g, 2, 0))
	show(loss)
	fmt.Printf("%.3f by hand\n", -(math.Log(5./8)+math.Log(1./3))/2)
	// Output:
	// 0.784
	// 0.784 by hand
}

// With smoothing 0.3 a third of 0.3 is wanted of each of three classes, and the rest of the right one.
func ExampleSmoothedCrossEntropy_Loss() {
	g := &graph.Graph{}
	x := of(g, []int{1, 3}, logs(1, 2, 5)...)
	show(ops.SmoothedCrossEntropy{Smoothing: .3}.Loss(x, indices(g, 2)))
	fmt.Printf("%.3f by hand\n", -.1*math.Log(1./8)-.1*math.Log(2./8)-.8*math.Log(5./8))
	// Output:
	// 0.723
	// 0.723 by hand
}

// In a Train graph the batch is normalised by its own mean 2.5 and variance 1.25, and a tenth of them goes into the
// running statistics, the variance being the unbiased 1.667 there. An Eval graph reads the running statistics.
func ExampleBatchNorm() {
	c := graph.Type{Shape: graph.Shape{1}}
	mean, variance := graph.NewParam("running_mean", c), graph.NewParam("running_var", c)
	variance.Tensor().F32[0] = 1
	for _, mode := range []graph.Mode{graph.Train, graph.Eval} {
		g := &graph.Graph{Mode: mode}
		x := of(g, []int{4, 1}, 1, 2, 3, 4)
		show(ops.BatchNorm(x, graph.Node{}, graph.Node{}, g.Param(mean), g.Param(variance), ops.BatchNormOptions{}))
		fmt.Printf("running mean %.3f, variance %.3f\n", mean.Tensor().At(0), variance.Tensor().At(0))
	}
	// Output:
	// [[-1.342] [-0.447] [0.447] [1.342]]
	// running mean 0.250, variance 1.067
	// [[0.726] [1.694] [2.663] [3.631]]
	// running mean 0.250, variance 1.067
}

// Each row is normalised by itself, so its scale is lost.
func ExampleLayerNorm() {
	g := &graph.Graph{}
	x := of(g, []int{2, 2}, 1, 3, 1000, 3000)
	show(ops.LayerNorm(x, graph.Node{}, graph.Node{}, 1e-5))
	// Output: [[-1 1] [-1 1]]
}

// What is kept is divided by the probability to be kept. The choice is a function of the graph's seed and the step; in
// an Eval graph there is no dropout at all.
func ExampleDropout() {
	g := &graph.Graph{Mode: graph.Train, Seed: 1}
	show(ops.Dropout(row(g, 1, 2, 3, 4, 5, 6, 7, 8), .5))

	g = &graph.Graph{Mode: graph.Eval}
	x := row(g, 1, 2)
	fmt.Println(ops.Dropout(x, .5) == x)
	// Output:
	// [2 0 0 0 10 12 14 16]
	// true
}

// Each example is left out or doubled as a whole, so that the sum with x is a block that some examples skip.
func ExampleDropPath() {
	g := &graph.Graph{Mode: graph.Train, Seed: 1}
	x := of(g, []int{4, 2}, 1, 2, 3, 4, 5, 6, 7, 8)
	show(ops.DropPath(x, .5))
	// Output: [[2 4] [0 0] [0 0] [0 0]]
}

// Bounds count from the end if negative, as in Python.
func ExampleSlice() {
	g := &graph.Graph{}
	x := row(g, 0, 1, 2, 3, 4, 5)
	show(ops.Slice(x, 0, 1, 4, 1))        // x[1:4]
	show(ops.Slice(x, 0, -2, ops.End, 1)) // x[-2:]
	show(ops.Slice(x, 0, 1, ops.End, 2))  // x[1::2]
	// Output:
	// [1 2 3]
	// [4 5]
	// [1 3 5]
}

func ExampleConcat() {
	g := &graph.Graph{}
	a := of(g, []int{2, 1}, 1, 2)
	b := of(g, []int{2, 2}, 3, 4, 5, 6)
	show(ops.Concat(1, a, b)) // (2, 3)
	// Output: [[1 3 4] [2 5 6]]
}

// Split undoes Concat.
func ExampleSplit() {
	g := &graph.Graph{}
	x := of(g, []int{2, 3},
		1, 3, 4,
		2, 5, 6)
	show(ops.Split(x, 1, 1, 2)...) // (2, 1) and (2, 2)
	// Output:
	// [[1] [2]]
	// [[3 4] [5 6]]
}

// Indices may come in any order, and more than once: then their gradients add up.
func ExampleGather() {
	g := &graph.Graph{}
	x := of(g, []int{2, 3},
		1, 2, 3,
		4, 5, 6)
	y := ops.Gather(x, indices(g, 2, 0, 2), 1)
	show(y, graph.Gradients(ops.Sum(y), x)[0])
	// Output:
	// [[3 1 3] [6 4 6]]
	// [[1 0 2] [1 0 2]]
}

// A table of three words in two dimensions, and a sentence of four.
func ExampleEmbedding() {
	g := &graph.Graph{}
	w := of(g, []int{3, 2},
		0, 1,
		10, 11,
		20, 21)
	show(ops.Embedding(w, indices(g, 2, 2, 0, 1))) // (4, 2)
	// Output: [[20 21] [20 21] [0 1] [10 11]]
}

func ExampleOneHot() {
	g := &graph.Graph{}
	show(ops.OneHot(indices(g, 2, 0), 3)) // (2, 3)
	// Output: [[0 0 1] [1 0 0]]
}

// Reshape keeps the elements in memory order; one size may be left open.
func ExampleReshape() {
	g := &graph.Graph{}
	x := of(g, []int{2, 3},
		1, 2, 3,
		4, 5, 6)
	show(ops.Reshape(x, 3, -1))
	// Output: [[1 2] [3 4] [5 6]]
}

// Transpose moves them: unlike Reshape to the same shape it makes rows of columns.
func ExampleTranspose() {
	g := &graph.Graph{}
	x := of(g, []int{2, 3},
		1, 2, 3,
		4, 5, 6)
	show(ops.Transpose(x, 1, 0))
	// Output: [[1 4] [2 5] [3 6]]
}

// The axes that are given disappear, all if none is given. SumKeep keeps them, with size 1.
func ExampleSum() {
	g := &graph.Graph{}
	x := of(g, []int{2, 3},
		1, 2, 3,
		4, 5, 6)
	show(ops.Sum(x), ops.Sum(x, 0), ops.Sum(x, -1), ops.SumKeep(x, -1))
	// Output:
	// 21
	// [5 7 9]
	// [6 15]
	// [[6] [15]]
}

// Several axes at once: the mean of each channel of x (N, C, T).
func ExampleMean() {
	g := &graph.Graph{}
	x := of(g, []int{2, 2, 2},
		1, 2, 10, 20,
		3, 4, 30, 40)
	show(ops.Mean(x, 0, 2)) // (C)
	// Output: [2.5 25]
}

// Correction 0 divides by n, as normalisation layers do, and 1 by n - 1, as statisticians do.
func ExampleVar() {
	g := &graph.Graph{}
	x := row(g, 1, 2, 3, 4)
	show(ops.Var(x, 0), ops.Var(x, 1))
	// Output:
	// 1.25
	// 1.667
}

// Of several largest elements the first gets the gradient.
func ExampleMax() {
	g := &graph.Graph{}
	x := of(g, []int{2, 3},
		1, 7, 7,
		6, 5, 4)
	y := ops.Max(x, 1)
	show(y, graph.Gradients(ops.Sum(y), x)[0])
	// Output:
	// [7 6]
	// [[0 1 0] [1 0 0]]
}

// The class that a classifier decides for is an integer.
func ExampleArgMax() {
	g := &graph.Graph{}
	logits := of(g, []int{2, 3},
		.1, .7, .2,
		2, -1, 0)
	class := ops.ArgMax(logits, 1)
	show(class)
	fmt.Println(class.Type())
	// Output:
	// [1 0]
	// int64 (2)
}

// Where keeps a function inside its domain: both branches are evaluated, so the logarithm, too, is given only what it
// can take.
func ExampleWhere() {
	g := &graph.Graph{}
	x, zero := row(g, -1, 0, 1, 2), g.Scalar(0)
	positive := ops.Greater(x, zero)
	safe := ops.Where(positive, x, g.Scalar(1))
	y := ops.Where(positive, ops.Log(safe), zero)
	show(y, graph.Gradients(ops.Sum(y), x)[0])
	// Output:
	// [0 0 0 0.693]
	// [0 0 1 0.5]
}

// An outlier pulls no harder than δ = 1.
func ExampleHuber_Loss() {
	g := &graph.Graph{}
	pred, target := row(g, 0.5, 100), row(g, 0, 0)
	loss := ops.Huber{Reduction: ops.ReduceSum}.Loss(pred, target)
	squared := ops.SquaredError{Reduction: ops.ReduceSum}.Loss(pred, target)
	show(loss, graph.Gradients(loss, pred)[0], graph.Gradients(squared, pred)[0])
	// Output:
	// 99.625
	// [0.5 1]
	// [1 200]
}

// A logit of 0 is a probability of ½, which costs ln 2 whatever the target. A certain mistake costs its logit, without
// overflow.
func ExampleBCEWithLogits() {
	g := &graph.Graph{}
	show(ops.BCEWithLogits(row(g, 0), row(g, 1)))
	show(ops.BCEWithLogits(row(g, 1000), row(g, 0)))
	// Output:
	// 0.693
	// 1000
}

// A standard normal distribution costs nothing; one that lies two deviations away costs 2²/2.
func ExampleKLGauss() {
	g := &graph.Graph{}
	logvar := of(g, []int{1, 1}, 0)
	show(ops.KLGauss(of(g, []int{1, 1}, 0), logvar), ops.KLGauss(of(g, []int{1, 1}, 2), logvar))
	// Output:
	// 0
	// 2
}

// Half the sum of squares has the weights themselves as its derivative.
func ExampleL2Penalty() {
	g := &graph.Graph{}
	w1, w2 := row(g, 1, 2), row(g, 3)
	penalty := ops.L2Penalty(w1, w2)
	show(append(graph.Gradients(penalty, w1, w2), penalty)...)
	// Output:
	// [1 2]
	// [3]
	// 7
}

// The loss of a variational autoencoder is a reconstruction and a divergence, weighed by β.
func ExampleWeightedSum() {
	g := &graph.Graph{}
	const beta = 0.25
	reconstruction, divergence := g.Scalar(3), g.Scalar(8)
	show(ops.WeightedSum([]float64{1, beta}, reconstruction, divergence))
	// Output: 5
}

// All gradients together are made as short as asked for; their direction stays.
func ExampleClipByNorm() {
	g := &graph.Graph{}
	dw, db := row(g, 3, 0), row(g, 4)
	norm := ops.GlobalNorm(dw, db)
	show(norm, ops.ClipByNorm(dw, norm, 1), ops.ClipByNorm(db, norm, 1))
	// Output:
	// 5
	// [0.6 0]
	// [0.8]
}

// Three steps down Σ p², by hand: the new p, p - 0.1·2p, is assigned at the end of each run.
func ExampleSGD() {
	p := graph.NewParam("p", graph.Type{Shape: graph.Shape{2}})
	copy(p.Tensor().F32, []float32{1, -2})

	g := &graph.Graph{Mode: graph.Train}
	x := g.Param(p)
	loss := ops.Sum(ops.Square(x))
	dx := graph.Gradients(loss, x)[0]
	g.InPhase(graph.Update, func() {
		g.Assign(x, ops.SGD(x, dx, g.Scalar(0.1), 0))
	})
	prog, err := g.Compile(loss)
	if err != nil {
		log.Fatal(err)
	}
	for range 3 {
		if err := prog.Run(); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("loss %.3f, then p = %.3f\n", prog.Float(loss), p.Tensor().F32)
	}
	// Output:
	// loss 5.000, then p = [0.800 -1.600]
	// loss 3.200, then p = [0.640 -1.280]
	// loss 2.048, then p = [0.512 -1.024]
}

// GELU weighs x by the probability that a normal number is smaller; GPT-2's form is close to it.
func ExampleGELU() {
	g := &graph.Graph{}
	x := row(g, -2.5, -1, 0, 1, 2.5)
	show(ops.GELU(x), ops.GELUTanh(x))
	// Output:
	// [-0.016 -0.159 0 0.841 2.484]
	// [-0.015 -0.159 0 0.841 2.485]
}

// StopGradient makes a constant of what it reads: y = x·stop(x²) has the derivative x², not 3x².
func ExampleStopGradient() {
	g := &graph.Graph{}
	x := g.Input("x")
	y := ops.Mul(x, ops.StopGradient(ops.Square(x)))
	dx := graph.Gradients(y, x)[0]
	prog, err := g.Compile(y, dx)
	if err != nil {
		log.Fatal(err)
	}
	prog.Set(x, 3.0)
	if err := prog.Run(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(prog.Float(y), prog.Float(dx))
	// Output: 27 9
}

// Two sequences go through a recurrence that adds up its input; of the second, only two steps count.
func ExampleRNNReLU() {
	g := &graph.Graph{}
	x := of(g, []int{2, 3, 1}, 1, 2, 3, 10, 20, 30)
	one := of(g, []int{1, 1}, 1)
	y, h := ops.RNNReLU(x, ops.Recurrence{WIH: one, WHH: one, Lengths: indices(g, 3, 2)})
	show(y, h)
	// Output:
	// [[[1] [3] [6]] [[10] [30] [0]]]
	// [[6] [30]]
}

// In reverse a sequence begins with the last vector that counts, and y stays in the order of x.
func ExampleRNN() {
	g := &graph.Graph{}
	x := of(g, []int{2, 3, 1}, 0, 0, 1, 0, 1, 0)
	one, half := of(g, []int{1, 1}, 1), of(g, []int{1, 1}, .5)
	y, h := ops.RNN(x, ops.Recurrence{WIH: one, WHH: half, Lengths: indices(g, 3, 2), Reverse: true})
	show(y, h)
	// Output:
	// [[[0.18] [0.363] [0.762]] [[0.363] [0.762] [0]]]
	// [[0.18] [0.363]]
}

// With weights of zero the gates are ½, and every step halves the cells.
func ExampleLSTM() {
	g := &graph.Graph{}
	x := g.Full(0, 1, 3, 2)
	y, h, c := ops.LSTM(x, ops.Recurrence{WIH: g.Full(0, 4, 2), WHH: g.Full(0, 4, 1), C0: of(g, []int{1, 1}, 8)})
	show(y, h, c)
	// Output:
	// [[[0.5] [0.482] [0.381]]]
	// [[0.381]]
	// [[1]]
}

// With weights of zero the gates are ½, and every step halves the state.
func ExampleGRU() {
	g := &graph.Graph{}
	x := g.Full(0, 1, 3, 2)
	y, h := ops.GRU(x, ops.Recurrence{WIH: g.Full(0, 3, 2), WHH: g.Full(0, 3, 1), H0: of(g, []int{1, 1}, 8)})
	show(y, h)
	// Output:
	// [[[4] [2] [1]]]
	// [[1]]
}

// A loss knows what it is a mean of, so that the means of two batches become the mean of both.
func ExampleParts() {
	g := &graph.Graph{}
	x, y := g.Input("x", 3, 2), g.Indices("y", 3)
	part := ops.Parts(ops.CrossEntropy(x, y), 3)[0]
	sum, count := part.Sum()
	p, err := g.Compile(sum, count)
	if err != nil {
		fmt.Println(err)
		return
	}
	p.Set(x, []float32{0, 0, 1, 2, 0, 0})
	p.Set(y, []int{0, ops.IgnoreIndex, 1}) // one is left out
	if err := p.Run(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.4f over %v targets\n", p.Float(sum), p.Float(count))
	// Output: 1.3863 over 2 targets
}

// Class 0 fills up texts that are shorter than others, and is left out as targets of IgnoreIndex are.
func ExampleSmoothedCrossEntropy_ignore() {
	g := &graph.Graph{}
	x := of(g, []int{3, 2}, 0, 9, 0, 0, 9, 0)
	show(ops.SmoothedCrossEntropy{Ignore: ops.IgnoreZero}.Loss(x, indices(g, 0, 1, ops.IgnoreIndex)))
	fmt.Printf("%.3f by hand\n", math.Log(2))
	// Output:
	// 0.693
	// 0.693 by hand
}

// Half of a photograph shows class 0 and half class 1, say: the target is a distribution, of as many floats as logits.
func ExampleSmoothedCrossEntropy_probabilities() {
	g := &graph.Graph{}
	x, q := of(g, []int{1, 2}, logs(1, 3)...), of(g, []int{1, 2}, .5, .5)
	show(ops.CrossEntropy(x, q))
	fmt.Printf("%.3f by hand\n", -.5*math.Log(1./4)-.5*math.Log(3./4))
	// Output:
	// 0.837
	// 0.837 by hand
}

// The loss of each example, to see which are hard. That of an example that is left out is 0.
func ExampleSmoothedCrossEntropy_none() {
	g := &graph.Graph{}
	x := of(g, []int{3, 2}, 0, 9, 0, 0, 9, 0)
	show(ops.SmoothedCrossEntropy{Reduction: ops.ReduceNone}.Loss(x, indices(g, 0, 1, ops.IgnoreIndex)))
	// Output: [9 0.693 0]
}

// Log-probabilities in, the mean of those of the right classes out, with the sign turned.
func ExampleNLL() {
	g := &graph.Graph{}
	logp := of(g, []int{2, 3},
		-1, -2, -3,
		-4, -5, -7)
	show(ops.NLL(logp, indices(g, 1, 2)))
	// Output: 4.5
}

// A class that is rare: what is missed counts three times.
func ExampleBinaryCrossEntropy_positive() {
	g := &graph.Graph{}
	x, target := row(g, 0, 0), row(g, 1, 0)
	show(ops.BinaryCrossEntropy{Logits: true, Positive: []float64{3}, Reduction: ops.ReduceNone}.Loss(x, target))
	// Output: [2.079 0.693]
}

// Rows of length 1. NormKeep leaves the axis, so that the rows divide by their lengths.
func ExampleNormKeep() {
	g := &graph.Graph{}
	x := of(g, []int{2, 2}, 3, 4, 0, -2)
	show(ops.Div(x, ops.NormKeep(x, 2, 1)))
	// Output: [[0.6 0.8] [0 -1]]
}

// How far a sample of 1, 2, 3 and 4 strays from its mean: as all that there is, and as a sample of more.
func ExampleStd() {
	g := &graph.Graph{}
	x := row(g, 1, 2, 3, 4)
	show(ops.Std(x, 0), ops.Std(x, 1))
	// Output:
	// 1.118
	// 1.291
}

// The logarithm of 1 + 2 + 5, of their logarithms.
func ExampleLogSumExp() {
	g := &graph.Graph{}
	show(ops.Exp(ops.LogSumExp(row(g, logs(1, 2, 5)...))))
	// Output: 8
}

// Each of two vectors with each of three.
func ExampleCosineSimilarity() {
	g := &graph.Graph{}
	a, b := of(g, []int{2, 1, 2}, 5, 0, 1, 1), of(g, []int{1, 3, 2}, 1, 0, 0, 1, -1, -1)
	show(ops.CosineSimilarity(a, b, -1))
	// Output: [[1 0 -0.707] [0.707 0.707 -1]]
}

// Two views of each of two examples: those of one point the same way, those of the other do not.
func ExampleNTXent_Scores() {
	g := &graph.Graph{}
	a, b := of(g, []int{2, 2}, 5, 0, 0, 1), of(g, []int{2, 2}, 1, 0, 0, -2)
	scores, other := ops.NTXent{Temperature: .5}.Scores(a, b)
	show(ops.Max(scores, 1), other)
	// Output:
	// [2 0 2 0]
	// [2 3 0 1]
}

// A step with a velocity, from moments of 0. The new moments are assigned to the old ones, as the parameter is.
func ExampleRMSProp() {
	g := &graph.Graph{}
	p, dp, lr := row(g, 1, 2), row(g, 3, -3), g.Scalar(.1)
	old := ops.RMSPropMoments{Square: row(g, 0, 0), Velocity: row(g, 0, 0)}
	next, moments := ops.RMSProp(p, dp, old, lr, ops.RMSPropOptions{Rho: .75, Eps: 1e-8, Mu: .9})
	show(next, moments.Square, moments.Velocity)
	// Output:
	// [0.8 2.2]
	// [2.25 2.25]
	// [2 -2]
}

// Halves go to the even number, so that they stay where they are on average.
func ExampleRound() {
	g := &graph.Graph{}
	show(ops.Round(row(g, -1.5, -.5, .5, 1.5, 2.5)))
	// Output: [-2 0 0 2 2]
}

// The remainder goes with the divisor, as an angle does with a turn; that of C goes with the dividend.
func ExampleRemainder() {
	g := &graph.Graph{}
	a, turn := row(g, 370, -10), g.Scalar(360)
	show(ops.Remainder(a, turn), ops.Fmod(a, turn))
	// Output:
	// [10 350]
	// [10 -10]
}

// How many of the guesses are right.
func ExampleCast() {
	g := &graph.Graph{}
	right := ops.Equal(indices(g, 3, 1, 2, 2), indices(g, 3, 1, 0, 2)) // 1 or 0
	show(ops.Cast(ops.Sum(right), graph.Int64))
	// Output: 3
}

// What has come in up to each day, and what a sum grows to.
func ExampleCumSum() {
	g := &graph.Graph{}
	show(ops.CumSum(row(g, 1, 2, 3, 4), 0), ops.CumProd(row(g, 2, 2, .5, 3), 0))
	// Output:
	// [1 3 6 10]
	// [2 4 2 6]
}

// Values and where they were.
func ExampleSort() {
	g := &graph.Graph{}
	show(ops.Sort(row(g, 3, 1, 2), 0, false))
	// Output:
	// [1 2 3]
	// [1 2 0]
}

// The two best guesses of each row.
func ExampleTopK() {
	g := &graph.Graph{}
	show(ops.TopK(of(g, []int{2, 3}, .1, .7, .2, .5, .1, .4), 2, 1))
	// Output:
	// [[0.7 0.2] [0.5 0.4]]
	// [[1 2] [0 2]]
}

// One bad measurement does not move it.
func ExampleMedian() {
	g := &graph.Graph{}
	show(ops.Median(row(g, 2, 900, 1, 3, 2), 0))
	// Output: 2
}

// Two rows go to place 1, and are added up there.
func ExampleScatterAdd() {
	g := &graph.Graph{}
	x, src := of(g, []int{2, 2}, 0, 0, 0, 0), of(g, []int{3, 2}, 1, 2, 10, 20, 30, 40)
	show(ops.ScatterAdd(x, indices(g, 0, 1, 1), src, 0))
	// Output: [[1 2] [40 60]]
}

// One element of each row is overwritten.
func ExamplePutAlong() {
	g := &graph.Graph{}
	x, idx := of(g, []int{2, 3}, 1, 2, 3, 4, 5, 6), g.Constant(graph.FromInt64([]int64{2, 0}, 2, 1))
	show(ops.PutAlong(x, idx, of(g, []int{2, 1}, -1, -2), 1))
	// Output: [[1 2 -1] [-2 5 6]]
}

// What a convolution sees beyond the border: a mirror, the border itself, or the other side.
func ExamplePadReflect() {
	g := &graph.Graph{}
	x, two, one := row(g, 1, 2, 3), []int{2}, []int{1}
	show(ops.PadReflect(x, two, one), ops.PadReplicate(x, two, one), ops.PadCircular(x, two, one))
	// Output:
	// [3 2 1 2 3 2]
	// [1 1 1 2 3 3]
	// [2 3 1 2 3 1]
}

// Twice as wide.
func ExampleInterpolate() {
	g := &graph.Graph{}
	x := of(g, []int{1, 1, 1, 2}, 0, 4)
	show(
		ops.Interpolate(x, 1, 4, ops.InterpolateOptions{}),
		ops.Interpolate(x, 1, 4, ops.InterpolateOptions{Mode: ops.Bilinear}),
		ops.Interpolate(x, 1, 4, ops.InterpolateOptions{Mode: ops.Bilinear, AlignCorners: true}))
	// Output:
	// [[[[0 0 4 4]]]]
	// [[[[0 1 3 4]]]]
	// [[[[0 1.333 2.667 4]]]]
}

// The mean unless something else is asked for; without a reduction a loss has an element for each of its operands'.
func ExampleReduction() {
	g := &graph.Graph{}
	pred, target := row(g, 1, 2, 5), row(g, 1, 1, 1)
	show(ops.SquaredError{}.Loss(pred, target),
		ops.SquaredError{Reduction: ops.ReduceSum}.Loss(pred, target),
		ops.SquaredError{Reduction: ops.ReduceNone}.Loss(pred, target))
	// Output:
	// 5.667
	// 17
	// [0 1 16]
}

// A momentum of 0 stands for the usual 0.1. One of Zero leaves the running statistics as they are.
func ExampleBatchNorm_zero() {
	c := graph.Type{Shape: graph.Shape{1}}
	for _, momentum := range []float64{0, ops.Zero} {
		mean, variance := graph.NewParam("running_mean", c), graph.NewParam("running_var", c)
		g := &graph.Graph{Mode: graph.Train}
		x := of(g, []int{4, 1}, 1, 2, 3, 4)
		show(ops.BatchNorm(x, graph.Node{}, graph.Node{}, g.Param(mean), g.Param(variance),
			ops.BatchNormOptions{Momentum: momentum}))
		fmt.Printf("running mean %.3f\n", mean.Tensor().At(0))
	}
	// Output:
	// [[-1.342] [-0.447] [0.447] [1.342]]
	// running mean 0.250
	// [[-1.342] [-0.447] [0.447] [1.342]]
	// running mean 0.000
}

// A slope for each of two channels.
func ExamplePReLU() {
	g := &graph.Graph{}
	x := g.Constant(graph.FromFloat32([]float32{-4, 1, -4, 1}, 1, 2, 2))
	show(ops.PReLU(x, g.Constant(graph.FromFloat32([]float32{.25, .5}, 2))))
	// Output: [[[-1 1] [-2 1]]]
}

// AlexNet's normalisation, whose alpha the paper does not divide by the number of neighbours.
func ExampleLocalResponseNorm() {
	g := &graph.Graph{}
	y := ops.LocalResponseNorm(g.Full(1, 1, 96, 2, 2), 5, ops.ResponseNorm{Alpha: 5 * 1e-4, K: 2})
	fmt.Println(y.Shape())
	// Output: (1, 96, 2, 2)
}

// Four channels become a picture of twice the height and width.
func ExamplePixelShuffle() {
	g := &graph.Graph{}
	x := g.Constant(graph.FromFloat32([]float32{1, 2, 3, 4, 5, 6, 7, 8}, 1, 4, 1, 2))
	show(ops.PixelShuffle(x, 2))
	// Output: [[[[1 3 2 4] [5 7 6 8]]]]
}

// The other way round.
func ExamplePixelUnshuffle() {
	g := &graph.Graph{}
	x := g.Constant(graph.FromFloat32([]float32{1, 3, 2, 4, 5, 7, 6, 8}, 1, 1, 2, 4))
	show(ops.PixelUnshuffle(x, 2))
	// Output: [[[[1 2]] [[3 4]] [[5 6]] [[7 8]]]]
}
