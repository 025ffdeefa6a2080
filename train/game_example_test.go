package train_test

import (
	"fmt"
	"log"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// Two players of one number each: the chaser goes to where the runner is, the runner to a place two further. Each
// learns from the other's number and moves its own alone.
func ExampleGame() {
	s := nn.NewScope()
	chaser, runner := s.Param("chaser.at", nn.Zeros), s.Param("runner.at", nn.Zeros)
	game := &train.Game{
		Players: []train.Player{
			{Name: "chaser", Params: s.Params().Under("chaser"), Optimizer: &train.SGD{LR: .25}},
			{Name: "runner", Params: s.Params().Under("runner"), Optimizer: &train.SGD{LR: .25}},
		},
		Batch: []string{"ahead"},
		Play: func(batch ...graph.Node) []train.Outcome {
			g := batch[0].Graph()
			c, r := g.Param(chaser), g.Param(runner)
			return []train.Outcome{
				{Loss: ops.Mean(ops.Square(ops.Sub(c, r)))},
				{Loss: ops.Mean(ops.Square(ops.Sub(r, ops.Add(c, batch[0]))))},
			}
		},
	}
	trainer := train.New(game, nil)
	for range 3 {
		if _, err := trainer.Step(graph.FromFloat32([]float32{2}, 1)); err != nil {
			log.Fatal(err)
		}
		fmt.Println(chaser.Tensor().At(0), runner.Tensor().At(0))
	}
	// Output:
	// 0 1
	// 0.5 1.75
	// 1.125 2.4375
}

// A graph that is built by hand trains with every run of its program.
func ExampleMinimize() {
	g := &graph.Graph{Mode: graph.Train}
	x, y := g.Input("x", 4, 1), g.Input("y", 4, 1)
	loss := ops.MSE(mlp.New(1, 1).Forward(x), y)
	m := train.Minimize(loss, &train.SGD{LR: .1, Momentum: .9})
	prog, err := g.Compile(loss)
	if err != nil {
		log.Fatal(err)
	}
	points, heights := line()
	prog.Set(x, points)
	prog.Set(y, heights)
	for range 300 {
		if err := prog.Run(); err != nil {
			log.Fatal(err)
		}
	}
	for _, p := range m.Params {
		fmt.Printf("%s %.3f\n", p.Name(), p.Param().Tensor().At(0))
	}
	// Output:
	// fc1.weight 2.000
	// fc1.bias 1.000
}

// The learning rate of a graph built by hand changes between runs. The parameter goes down a slope of 1.
func ExampleMinimized_SetRate() {
	at := graph.NewParam("at", graph.Type{})
	g := &graph.Graph{Mode: graph.Train}
	loss := ops.Scale(g.Param(at), 1)
	m := train.Minimize(loss, &train.SGD{LR: 1})
	prog, err := g.Compile(loss)
	if err != nil {
		log.Fatal(err)
	}
	for range 3 {
		if err := prog.Run(); err != nil {
			log.Fatal(err)
		}
		fmt.Println("rate", m.Rate(), "at", at.Tensor().At(0))
		m.SetRate(m.Rate() / 2)
	}
	// Output:
	// rate 1 at -1
	// rate 0.5 at -1.5
	// rate 0.25 at -1.75
}

// An optimiser by hand: NewUpdate hands out its moments, and each gradient may be changed before its step. Here the
// gradient is normalised, so that the parameter moves by the rate at every slope.
func ExampleNewUpdate() {
	at := graph.NewParam("at", graph.Type{})
	at.Tensor().F32[0] = 3
	g := &graph.Graph{Mode: graph.Train}
	p := g.Param(at)
	loss := ops.Square(p)
	dp := graph.Gradients(loss, p)[0]
	g.InPhase(graph.Update, func() {
		opt, u := &train.SGD{LR: .5}, train.NewUpdate(g.Scalar(.5))
		opt.Update(u, p, ops.Sign(dp))
	})
	prog, err := g.Compile(loss)
	if err != nil {
		log.Fatal(err)
	}
	for range 3 {
		if err := prog.Run(); err != nil {
			log.Fatal(err)
		}
		fmt.Println(at.Tensor().At(0))
	}
	// Output:
	// 2.5
	// 2
	// 1.5
}

// A compiled step is run by hand through its handles: the batch, the learning rate, the loss.
func ExampleTrainer_Compiled() {
	x, y := line()
	trainer := train.New(train.Supervised(mlp.New(1, 1), ops.MSE), &train.SGD{LR: .1})
	steps, err := trainer.Compiled(x.Type, y.Type)
	if err != nil {
		log.Fatal(err)
	}
	s := steps[0] // a game has one for each player
	s.Program.Set(s.Batch[0], x)
	s.Program.Set(s.Batch[1], y)
	var losses []float64
	for step := range 100 {
		s.Program.Set(s.LR, .1/(1+float64(step)/100))
		if err := s.Program.Run(); err != nil {
			log.Fatal(err)
		}
		losses = append(losses, s.Program.Float(s.Loss))
	}
	fmt.Println(s.Program.Value(s.Pred).Shape, losses[99] < losses[0]/100)
	// Output: (4, 1) true
}

// The graph of a training step, to draw or to print: forward pass, loss and gradients, without the updates.
func ExampleTrainer_Graph() {
	x, y := line()
	trainer := train.New(train.Supervised(mlp.New(1, 8, 1), ops.MSE), &train.SGD{LR: .1})
	for _, backward := range []bool{false, true} {
		g, losses, err := trainer.Graph(backward, x.Type, y.Type)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(len(losses), "loss by", len(g.Trainable()), "parameters; gradients:",
			len(g.Contributions()) > 0)
	}
	// Output:
	// 1 loss by 4 parameters; gradients: false
	// 1 loss by 4 parameters; gradients: true
}

// running is a task with a State: the sum of all batches since the sequence began.
type running struct{ p *graph.Param }

func (t running) Build(batch ...graph.Node) train.Outcome {
	g := batch[0].Graph()
	sum := g.State("sum", batch[0].Shape()...)
	next := ops.Add(sum, batch[0])
	g.Assign(sum, next)
	return train.Outcome{Loss: ops.Mean(ops.Mul(next, g.Param(t.p)))}
}

// A State goes on from step to step, until Reset: another sequence begins.
func ExampleTrainer_Reset() {
	p := graph.NewParam("p", graph.Type{})
	p.Tensor().F32[0] = 1
	trainer := train.New(running{p}, &train.SGD{LR: 1e-30})
	for range 2 {
		for range 3 {
			loss, err := trainer.Step(graph.FromFloat32([]float32{1}, 1))
			if err != nil {
				log.Fatal(err)
			}
			fmt.Print(loss, " ")
		}
		if err := trainer.Reset(); err != nil {
			log.Fatal(err)
		}
	}
	// Output: 1 2 3 1 2 3
}
