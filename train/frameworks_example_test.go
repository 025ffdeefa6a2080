package train_test

import (
	"context"
	"fmt"
	"log"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// SimpleNN is a network of two layers for pictures of 28×28, written as a class of PyTorch is.
type SimpleNN struct {
	fc1, fc2 *nn.Linear
	scope    *nn.Scope
}

func NewSimpleNN() *SimpleNN {
	s := nn.NewScope()
	return &SimpleNN{
		fc1:   nn.NewLinear(s.Sub("fc1"), 784, 128),
		fc2:   nn.NewLinear(s.Sub("fc2"), 128, 10),
		scope: s,
	}
}

func (m *SimpleNN) Params() *nn.Params { return m.scope.Params() }

func (m *SimpleNN) Forward(x graph.Node) graph.Node {
	x = ops.Reshape(x, -1, 784)
	x = ops.ReLU(m.fc1.Forward(x))
	x = m.fc2.Forward(x)
	return ops.LogSoftmax(x, 1)
}

// A network and a loop, as PyTorch has them; docs/from-pytorch-and-keras.md has PyTorch's lines beside these.
func Example_fromPyTorch() {
	digits := data.DigitsN(0, 640, 200)
	model := NewSimpleNN()
	trainer := train.New(train.Supervised(model, ops.NLL), &train.Adam{LR: .001})
	for epoch := range 10 {
		for batch := range digits.Train.Batches(32, epoch) {
			loss, err := trainer.Step(batch.X, batch.Y)
			if err != nil {
				log.Fatal(err, loss)
			}
		}
	}
	scores, err := train.NewEvaluator(train.Supervised(model, ops.NLL), train.Accuracy()).
		Evaluate(digits.Test.Ordered(200))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(model.Params().Count(), "parameters, accuracy above 0.8:", scores.Metrics["accuracy"] > .8)
	// Output:
	// 101770 parameters, accuracy above 0.8: true
}

// dense is a layer of Keras: its weight begins with Xavier's values, its bias with 0.
func dense(in, out int) nn.Maker {
	return func(s *nn.Scope) nn.Module {
		return nn.NewLinear(s, in, out, nn.Affine{Weight: nn.XavierUniform(1), Bias: nn.Zeros})
	}
}

// A chain that is compiled and fitted, as Keras has it; docs/from-pytorch-and-keras.md has Keras's lines beside these.
func Example_fromKeras() {
	digits := data.DigitsN(0, 640, 200)
	model := nn.NewSequential(nn.NewScope(),
		nn.Flatten().Make,
		dense(784, 128), nn.Func(ops.ReLU).Make,
		nn.Dropout(.2).Make,
		dense(128, 10))
	adam := &train.Adam{LR: .001, Eps: 1e-7, Where: ops.InsideRoot}
	fit := train.Fit{
		Trainer: train.New(train.Supervised(model, ops.CrossEntropy), adam),
		Train:   digits.Train.Shuffled(32),
		Test:    digits.Test.Ordered(200),
		Metrics: []train.Metric{train.Accuracy()},
		Epochs:  10,
	}
	result, err := fit.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	last := result.History[len(result.History)-1]
	fmt.Println(len(result.History), "epochs, accuracy above 0.8:", last.Test["accuracy"] > .8)
	// Output:
	// 10 epochs, accuracy above 0.8: true
}

// forked is a model that is written as functions of nodes: what Keras calls the functional form.
type forked struct {
	stem, left, right, head *nn.Linear
	scope                   *nn.Scope
}

func newForked() *forked {
	s := nn.NewScope()
	return &forked{nn.NewLinear(s.Sub("stem"), 4, 8), nn.NewLinear(s.Sub("left"), 8, 3),
		nn.NewLinear(s.Sub("right"), 8, 5), nn.NewLinear(s.Sub("head"), 8, 2), s}
}

func (m *forked) Params() *nn.Params { return m.scope.Params() }

func (m *forked) Forward(x graph.Node) graph.Node {
	x = ops.ReLU(m.stem.Forward(x))   // (N, 8)
	a := ops.ReLU(m.left.Forward(x))  // (N, 3)
	b := ops.Tanh(m.right.Forward(x)) // (N, 5)
	merged := ops.Concat(1, a, b)     // (N, 8)
	merged = ops.Add(merged, x)       // a skip
	return m.head.Forward(merged)     // (N, 2)
}

// A branch and a merge: an input is a node, a layer is called on a node, and a model is what leads from one to
// another.
func Example_functional() {
	model := newForked()
	g := &graph.Graph{}
	inputs := g.Input("x", 6, 4)
	outputs := model.Forward(inputs)
	fmt.Println(inputs.Shape(), "→", outputs.Shape(), g.Err())

	x, y := graph.NewTensor(graph.Type{Shape: graph.Shape{6, 4}}), graph.FromInt64([]int64{0, 1, 0, 1, 0, 1}, 6)
	nn.NewRand(0, "x").Normal(x)
	trainer := train.New(train.Supervised(model, ops.CrossEntropy), &train.Adam{LR: .01})
	first, last := 0., 0.
	for step := range 50 {
		loss, err := trainer.Step(x, y)
		if err != nil {
			log.Fatal(err)
		}
		if last = loss; step == 0 {
			first = loss
		}
	}
	fmt.Println("the loss falls:", last < first/2)
	// Output:
	// (6, 4) → (6, 2) <nil>
	// the loss falls: true
}
