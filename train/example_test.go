package train_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/cnn"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/schedule"
	"github.com/stheno-ml/stheno/viz"
)

// The program of the README, on fewer images.
func Example() {
	if err := learn(); err != nil {
		fmt.Println(err)
	}
	// Output: (200, 10)
}

func learn() error {
	model := cnn.NewLeNet5(10)           // initialised by (seed 0, parameter name)
	digits := data.DigitsN(0, 1000, 200) // generated images
	trainer := train.New(train.Supervised(model, ops.CrossEntropy), &train.Adam{LR: 1e-3})
	for epoch := range 2 {
		for batch := range digits.Train.Batches(64, epoch) {
			if _, err := trainer.Step(batch.X, batch.Y); err != nil { // compiles on the first batch
				return err
			}
		}
	}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := model.Params().Save(filepath.Join(dir, "lenet5.safetensors")); err != nil { // names are PyTorch's
		return err
	}
	logits, err := nn.NewPredictor(model).Predict(digits.Test.X) // evaluation graph, any batch size
	if err != nil {
		return err
	}
	fmt.Println(logits.Shape)
	return nil
}

// The same by hand, with the tape and a drawing.
func Example_byHand() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	model := cnn.NewLeNet5(10)
	g := &graph.Graph{Mode: graph.Train, Seed: 1}
	x, y := g.Input("x", 16, 1, 28, 28), g.Indices("y", 16)
	loss := ops.CrossEntropy(model.Forward(x), y)
	grads := graph.Gradients(loss, g.Trainable()...)
	prog, err := g.Compile(append(grads, loss)...)
	if err != nil {
		fmt.Println(err)
		return
	}
	prog.Set(x, make([]float32, 16*28*28))
	prog.Set(y, make([]int, 16))
	if err := prog.Run(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(prog.Value(grads[0]).Shape, len(prog.Instructions()))
	fmt.Println(viz.WriteFile(filepath.Join(dir, "lenet5.svg"), g, viz.Options{Backward: true}))
	// Output:
	// (6, 1, 5, 5) 29
	// <nil>
}

// line holds four points of y = 2x + 1.
func line() (x, y graph.Tensor) {
	return graph.FromFloat32([]float32{0, 1, 2, 3}, 4, 1), graph.FromFloat32([]float32{1, 3, 5, 7}, 4, 1)
}

// once is one batch.
func once(x, y graph.Tensor) train.Source { return train.Fixed([]graph.Tensor{x, y}) }

// A perceptron of one layer is a straight line: its weight and bias are found from four points.
func ExampleTrainer_Step() {
	x, y := line()
	model := mlp.New(1, 1)
	trainer := train.New(train.Supervised(model, ops.MSE), &train.SGD{LR: 0.1})
	for range 300 {
		if _, err := trainer.Step(x, y); err != nil {
			log.Fatal(err)
		}
	}
	l := model.Layers[0]
	fmt.Printf("%.3f x + %.3f after %d steps\n", l.Weight.Tensor().At(0), l.Bias.Tensor().At(0), trainer.Steps())
	// Output: 2.000 x + 1.000 after 300 steps
}

// A training is saved after two steps, and another trainer goes on from there, to the same bits.
func ExampleTrainer_Save() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	weights, training := filepath.Join(dir, "weights.safetensors"), filepath.Join(dir, "training.safetensors")
	x, y := line()
	start := func() (*mlp.MLP, *train.Trainer) {
		m := mlp.New(1, 1)
		return m, train.New(train.Supervised(m, ops.MSE), &train.Adam{LR: .1})
	}
	var losses [2]float64
	for i := range losses {
		model, trainer := start()
		for step := range 4 {
			if i == 1 && step == 2 { // as if the program had ended
				if err := errors.Join(model.Params().Save(weights), trainer.Save(training)); err != nil {
					log.Print(err)
					return
				}
				model, trainer = start()
				if err := errors.Join(model.Params().Load(weights), trainer.Load(training)); err != nil {
					log.Print(err)
					return
				}
			}
			if losses[i], err = trainer.Step(x, y); err != nil {
				log.Print(err)
				return
			}
		}
		fmt.Println(trainer.Steps(), "steps")
	}
	fmt.Println(losses[0] == losses[1])
	// Output:
	// 4 steps
	// 4 steps
	// true
}

// A mistake in the model arrives with the first step.
func ExampleNew() {
	x, _ := line()
	trainer := train.New(train.Supervised(mlp.New(2, 1), ops.MSE), &train.SGD{LR: 0.1})
	_, err := trainer.Step(x, x)
	var mistake *graph.BuildError
	if !errors.As(err, &mistake) {
		log.Fatal(err)
	}
	fmt.Println(mistake.Scope, mistake.Err)
	// Output: fc1 input has 1 features, weight expects 2
}

// Fit is the loop around the trainer: epochs, a schedule of the rate, an evaluation after each epoch, and progress.
func ExampleFit() {
	x, y := line()
	trainer := train.New(train.Supervised(mlp.New(1, 1), ops.MSE), &train.SGD{LR: 0.1})
	fit := train.Fit{
		Trainer:  trainer,
		Train:    once(x, y),
		Test:     once(x, y),
		Epochs:   300,
		Schedule: schedule.Cosine{}.At,
		Progress: func(p train.Progress) {
			if p.Scores != nil && p.Epoch%150 == 0 {
				fmt.Printf("epoch %d of %d: loss below 0.01: %t\n", p.Epoch, p.Epochs, p.Scores.Loss < 0.01)
			}
		},
	}
	result, err := fit.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Steps, "steps,", result.Samples, "samples")
	// Output:
	// epoch 150 of 300: loss below 0.01: true
	// epoch 300 of 300: loss below 0.01: true
	// 300 steps, 1200 samples
}

// A context that ends stops training after a whole step, and what was learned is kept.
func ExampleFit_interrupted() {
	x, y := line()
	ctx, stop := context.WithCancel(context.Background())
	fit := train.Fit{
		Trainer:  train.New(train.Supervised(mlp.New(1, 1), ops.MSE), &train.SGD{LR: 0.1}),
		Train:    once(x, y),
		Epochs:   300,
		Progress: func(train.Progress) { stop() },
	}
	result, err := fit.Run(ctx)
	fmt.Println(errors.Is(err, train.ErrInterrupted), result.Steps)
	// Output:
	// true 1
}

// This model's logits are its inputs, and three of the four largest are at the target.
func ExampleEvaluator() {
	model := mlp.New(2, 2)
	copy(model.Layers[0].Weight.Tensor().F32, []float32{1, 0, 0, 1})
	copy(model.Layers[0].Bias.Tensor().F32, []float32{0, 0})
	x := graph.FromFloat32([]float32{1, 0, 0, 1, 5, 0, 0, 2}, 4, 2)
	y := graph.FromInt64([]int64{0, 1, 1, 1}, 4)

	evaluator := train.NewEvaluator(train.Supervised(model, ops.CrossEntropy), train.Accuracy())
	scores, err := evaluator.Evaluate(once(x, y))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("loss %.3f, accuracy %.2f over %d rows\n", scores.Loss, scores.Metrics["accuracy"], scores.Rows)
	// Output:
	// loss 1.440, accuracy 0.75 over 4 rows
}

// Optimisers by name, with the constants that are usual for each.
func ExampleNewOptimizer() {
	opt, err := train.NewOptimizer("adamw", 1e-3)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%T with rate %g\n", opt, opt.Rate())
	_, err = train.NewOptimizer("adamw", -1)
	fmt.Println(err)
	fmt.Println(train.OptimizerNames())
	// Output:
	// *train.AdamW with rate 0.001
	// adamw: the learning rate is -1, want a positive number
	// [sgd momentum nesterov adagrad rmsprop adam adamw amsgrad adadelta adamax nadam radam lion lars]
}

// Ten steps of each optimiser that came after Adam, from 1 down the parabola p².
func ExampleMinimize_optimizers() {
	for _, opt := range []train.Optimizer{
		&train.Adam{LR: .1, AMSGrad: true}, &train.Adadelta{LR: 10}, &train.Adamax{LR: .1}, &train.NAdam{LR: .1},
		&train.RAdam{LR: .1}, &train.Lion{LR: .09}, &train.LARS{LR: 20, Trust: .01, Momentum: .5},
	} {
		p := graph.NewParam("p", graph.Type{Shape: graph.Shape{1}})
		p.Tensor().F32[0] = 1
		g := &graph.Graph{Mode: graph.Train}
		loss := ops.Sum(ops.Square(g.Param(p)))
		train.Minimize(loss, opt)
		prog, err := g.Compile(loss)
		if err != nil {
			log.Fatal(err)
		}
		for range 10 {
			if err := prog.Run(); err != nil {
				log.Fatal(err)
			}
		}
		fmt.Printf("%-15T %.3f\n", opt, p.Tensor().F32[0])
	}
	// Output:
	// *train.Adam     0.076
	// *train.Adadelta 0.697
	// *train.Adamax   0.229
	// *train.NAdam    0.323
	// *train.RAdam    0.188
	// *train.Lion     0.100
	// *train.LARS     -0.033
}

// signs is an optimiser of the caller's own: each step moves a weight by the rate, against the sign of the running
// sum of its gradients.
type signs struct{ rate float64 }

func (o signs) Rate() float64 { return o.rate }

func (o signs) Update(u *train.Update, p, dp graph.Node) {
	g := p.Graph()
	sum := u.Moment(p, "sum", 0)
	next := ops.Add(sum, dp)
	g.Assign(sum, next)
	g.Assign(p, ops.Sub(p, ops.Mul(u.LR, ops.Sign(next))))
}

func ExampleOptimizer() {
	x, y := line()
	model := mlp.New(1, 1)
	trainer := train.New(train.Supervised(model, ops.MSE), signs{rate: 0.25})
	before := model.Layers[0].Bias.Tensor().At(0)
	if _, err := trainer.Step(x, y); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("the bias moved by %.2f\n", model.Layers[0].Bias.Tensor().At(0)-before)
	// Output: the bias moved by 0.25
}

// The task of predicting may add a penalty of the parameters to its loss. Evaluation leaves it out.
func ExamplePrediction() {
	x, y := line()
	task := train.Supervised(mlp.New(1, 1), ops.MSE)
	task.Penalty = func(params ...graph.Node) graph.Node { return ops.Scale(ops.L2Penalty(params...), 1e3) }
	before, err := train.New(task, &train.SGD{LR: 1e-9}).Step(x, y)
	if err != nil {
		log.Fatal(err)
	}
	scores, err := train.NewEvaluator(task).Evaluate(once(x, y))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(before > scores.Loss)
	// Output: true
}

// Biases are not decayed, and the head learns ten times as fast as what is below it: a step from 1, where each
// gradient is 1.
func ExampleByGroup() {
	g := &graph.Graph{Mode: graph.Train}
	var params []graph.Node
	loss := g.Scalar(0)
	for i, name := range []string{"body.weight", "body.bias", "head.weight"} {
		p := graph.NewParam(name, graph.Type{Shape: []graph.Shape{{1, 1}, {1}, {1, 1}}[i]})
		p.Tensor().F32[0] = 1
		params = append(params, g.Param(p))
		loss = ops.Add(loss, ops.Sum(params[i]))
	}
	train.Minimize(loss, &train.ByGroup{
		Groups: []train.Group{
			{Of: train.Vectors, Optimizer: &train.SGD{LR: .1}},
			{Of: train.Under("head"), Optimizer: &train.SGD{LR: 1, Decay: .5}},
		},
		Else: &train.SGD{LR: .1, Decay: .5},
	})
	prog, err := g.Compile(loss)
	if err != nil {
		log.Fatal(err)
	}
	if err := prog.Run(); err != nil {
		log.Fatal(err)
	}
	for _, p := range params {
		fmt.Printf("%s %.2f\n", p.Param().Name(), p.Param().Tensor().At(0))
	}
	// Output:
	// body.weight 0.85
	// body.bias 0.90
	// head.weight -0.50
}

// The penalty of an elastic net, of weights alone.
func ExampleElasticNet() {
	g := &graph.Graph{}
	w := graph.NewParam("w", graph.Type{Shape: graph.Shape{1, 2}})
	b := graph.NewParam("b", graph.Type{Shape: graph.Shape{1}})
	copy(w.Tensor().F32, []float32{3, -4})
	b.Tensor().F32[0] = 100
	penalty := train.ElasticNet(.1, .01)(g.Param(w), g.Param(b))
	prog, err := g.Compile(penalty)
	if err != nil {
		log.Fatal(err)
	}
	if err := prog.Run(); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.3f\n", prog.Float(penalty)) // .1·(3 + 4) + ½·.01·(9 + 16)
	// Output: 0.825
}

// How large values and gradients are in the layers of a deep network whose initial values are too small.
func ExampleTrainer_Scales() {
	model := mlp.New(8, 16, 16, 16, 2)
	x, y := graph.NewTensor(graph.Type{Shape: graph.Shape{32, 8}}), graph.FromInt64(make([]int64, 32), 32)
	nn.NewRand(0, "x").Normal(x)
	rows, err := train.New(train.Supervised(model, ops.CrossEntropy), &train.Adam{}).Scales(x, y)
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range rows {
		if r.Layer == "Linear" {
			fmt.Printf("%s %.2f %.4f\n", r.Path, r.Value.Deviation, r.Gradient.Deviation)
		}
	}
	// Output:
	// fc1 0.60 0.0005
	// fc2 0.27 0.0013
	// fc3 0.21 0.0028
	// fc4 0.05 0.0153
}

// The optimisers of textbooks that add ε within the root, as Keras does: a step from 1, of a gradient of 0.001.
func ExampleAdaGrad() {
	for _, opt := range []train.Optimizer{
		&train.AdaGrad{LR: .1, Eps: 1e-6, Where: ops.InsideRoot},          // p ← p - lr·dp/√(s+ε), s ← s + dp²
		&train.AdaGrad{LR: .1, Eps: 1e-6},                                 // p ← p - lr·dp/(√s+ε)
		&train.RMSProp{LR: .1, Rho: .9, Eps: 1e-6, Where: ops.InsideRoot}, // s ← ρ·s + (1-ρ)·dp²
		&train.RMSProp{LR: .1, Rho: .9, Eps: 1e-6},
	} {
		p := graph.NewParam("p", graph.Type{Shape: graph.Shape{1}})
		p.Tensor().F32[0] = 1
		g := &graph.Graph{Mode: graph.Train}
		loss := ops.Scale(ops.Sum(g.Param(p)), 1e-3)
		train.Minimize(loss, opt)
		prog, err := g.Compile(loss)
		if err != nil {
			log.Fatal(err)
		}
		if err := prog.Run(); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%.4f\n", p.Tensor().F32[0])
	}
	// Output:
	// 0.9293
	// 0.9001
	// 0.9047
	// 0.6848
}

// The rate falls by a half after an evaluation that is no better: a plateau in the Hook of a Fit.
func ExampleFit_plateau() {
	x, y := line()
	plateau := schedule.Plateau{Factor: .5}
	fit := train.Fit{
		Trainer: train.New(train.Supervised(mlp.New(1, 1), ops.MSE), &train.SGD{LR: .4}),
		Train:   train.Fixed([]graph.Tensor{x, y}),
		Test:    train.Fixed([]graph.Tensor{x, y}),
		Epochs:  6,
		Hook: func(now train.Progress, c *train.Control) {
			if now.Scores != nil {
				c.Rate = .4 * plateau.Next(now.Scores.Loss)
			}
		},
	}
	result, err := fit.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range result.History {
		fmt.Printf("rate %.2f, loss %.2f\n", row.LR, row.TestLoss)
	}
	// Output:
	// rate 0.40, loss 254.17
	// rate 0.40, loss 1418.08
	// rate 0.20, loss 657.70
	// rate 0.10, loss 16.73
	// rate 0.10, loss 0.43
	// rate 0.10, loss 0.01
}

// Metrics of the caller's own: the share of predictions that are within a half of the target, and the root of the mean
// square error, however the rows are parted into batches.
func ExampleMetric() {
	near := train.Metric{Name: "near", Score: func(pred, target graph.Tensor) (sum float64, n int) {
		for i, v := range pred.F32 {
			if d := v - target.F32[i]; -.5 < d && d < .5 {
				sum++
			}
		}
		return sum, len(pred.F32)
	}}
	rmse := train.Metric{Name: "rmse", Of: math.Sqrt, Score: func(pred, target graph.Tensor) (sum float64, n int) {
		for i, v := range pred.F32 {
			sum += math.Pow(float64(v-target.F32[i]), 2)
		}
		return sum, len(pred.F32)
	}}
	model := mlp.New(1, 1)
	copy(model.Layers[0].Weight.Tensor().F32, []float32{1})
	copy(model.Layers[0].Bias.Tensor().F32, []float32{0})
	x, y := graph.FromFloat32([]float32{1, 2, 3, 4}, 4, 1), graph.FromFloat32([]float32{1, 2, 3, 7}, 4, 1)
	scores, err := train.NewEvaluator(train.Supervised(model, ops.MSE), near, rmse).Evaluate(once(x, y))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(scores.Metrics)
	// Output: map[near:0.75 rmse:1.5]
}

// Padding, symbol 0, is left out of the mean: of six targets four count, each as likely as the five symbols are.
func ExampleNextSymbolBy() {
	g := &graph.Graph{}
	y := g.Indices("y", 2, 3)
	o := train.NextSymbolBy(ops.SmoothedCrossEntropy{Ignore: ops.IgnoreZero}.Loss, g.Full(0, 2, 3, 5), y)
	prog, err := g.Compile(o.Loss)
	if err != nil {
		log.Fatal(err)
	}
	prog.Set(y, []int{1, 2, 0, 3, 4, 0})
	if err := prog.Run(); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.4f %v\n", prog.Float(o.Loss), o.Pred.Shape())
	// Output: 1.6094 (2, 3, 5)
}

// Logits that are all 0 leave every one of five symbols as likely: the loss is ln 5.
func ExampleNextSymbol() {
	g := &graph.Graph{}
	y := g.Indices("y", 2, 3)
	o := train.NextSymbol(g.Full(0, 2, 3, 5), y)
	prog, err := g.Compile(o.Loss)
	if err != nil {
		log.Fatal(err)
	}
	prog.Set(y, []int{0, 1, 2, 3, 4, 0})
	if err := prog.Run(); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.4f %v\n", prog.Float(o.Loss), o.Pred.Shape())
	// Output: 1.6094 (2, 3, 5)
}
