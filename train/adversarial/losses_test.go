package adversarial_test

import (
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
	"github.com/stheno-ml/stheno/train/adversarial"
)

// valueOf is the value of a loss.
func valueOf(t *testing.T, loss func(real, fake graph.Node) graph.Node, real, fake graph.Tensor) float64 {
	t.Helper()
	g := &graph.Graph{}
	y := loss(g.Constant(real), g.Constant(fake))
	prog, err := g.Compile(y)
	if err == nil {
		err = prog.Run()
	}
	if err != nil {
		t.Fatal(err)
	}
	return prog.Float(y)
}

// TestAdversarialLosses: what each loss is by its formula, of a discriminator that knows nothing and of one that knows
// something.
func TestAdversarialLosses(t *testing.T) {
	ln, sigma := math.Log, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	for _, c := range []struct {
		name       string
		loss       adversarial.Loss
		real, fake float64
		d, g       float64
	}{
		{"minimax, of D = ½", adversarial.Minimax{}, 0, 0, 2 * math.Ln2, -math.Ln2},
		{"minimax", adversarial.Minimax{}, 2, -1, -ln(sigma(2)) - ln(1-sigma(-1)), ln(1 - sigma(-1))},
		{"non-saturating, of D = ½", adversarial.NonSaturating{}, 0, 0, 2 * math.Ln2, math.Ln2},
		{"non-saturating", adversarial.NonSaturating{}, 2, -1, -ln(sigma(2)) - ln(1-sigma(-1)), -ln(sigma(-1))},
		{"with smooth labels", adversarial.NonSaturating{Smooth: .1}, 2, -1,
			-.9*ln(sigma(2)) - .1*ln(1-sigma(2)) - ln(1-sigma(-1)), -ln(sigma(-1))},
		{"least squares, of D = ½", adversarial.LeastSquares{}, .5, .5, .25, .125},
		{"least squares", adversarial.LeastSquares{}, 2, -1, 1, 2},
		{"hinge, within the margin", adversarial.Hinge{}, .5, -.25, .5 + .75, .25},
		{"hinge, beyond it", adversarial.Hinge{}, 2, -3, 0, 3},
		{"Wasserstein", adversarial.Wasserstein{}, 2, -1, -3, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			real, fake := column(c.real, c.real), column(c.fake, c.fake)
			d := valueOf(t, c.loss.Discriminator, real, fake)
			second := func(_, fake graph.Node) graph.Node { return c.loss.Generator(fake) }
			g := valueOf(t, second, real, fake)
			if math.Abs(d-c.d) > 1e-6 || math.Abs(g-c.g) > 1e-6 {
				t.Errorf("the losses are %v and %v, want %v and %v", d, g, c.d, c.g)
			}
		})
	}
}

// column is logits (N, 1).
func column(v ...float64) graph.Tensor {
	x := graph.NewTensor(graph.Type{Shape: graph.Shape{len(v), 1}})
	for i := range v {
		x.F32[i] = float32(v[i])
	}
	return x
}

// scripted are the pseudo-random numbers of testdata/penalty.py in [0, 1).
func scripted(n, salt int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = float64((i*7919+(i*i%10007)*31+salt*1047)%10007) / 10007
	}
	return v
}

// scriptedCritic is the critic of testdata/penalty.py: convolutions, one of them transposed, and normalisations of
// examples.
func scriptedCritic() *nn.Sequential {
	leaky := nn.Func(func(x graph.Node) graph.Node { return ops.LeakyReLU(x, .2) }).Make
	critic := nn.NewSequential(nn.NewScope(),
		func(s *nn.Scope) nn.Module { return nn.NewConv2D(s, 2, 4, 4, ops.Conv{Stride: 2, Pad: 1}) },
		func(s *nn.Scope) nn.Module { return nn.NewLayerNorm(s, 4, 4, 4) }, leaky,
		func(s *nn.Scope) nn.Module { return nn.NewConv2D(s, 4, 6, 3, ops.Conv{Pad: 1}) },
		func(s *nn.Scope) nn.Module { return nn.NewGroupNorm(s, 6, 6) }, leaky, // an instance norm
		func(s *nn.Scope) nn.Module { return nn.NewConvTranspose2D(s, 6, 3, 4, ops.Conv{Stride: 2, Pad: 1}) },
		nn.Func(ops.Tanh).Make, nn.Flatten().Make,
		func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 192, 5) }, nn.Func(ops.Softplus).Make,
		func(s *nn.Scope) nn.Module { return nn.NewLinear(s, 5, 1) })
	salt := 0
	for p := range critic.Params().All() {
		salt++
		shape := p.Type().Shape
		for i, u := range scripted(shape.Size(), salt) {
			if v := u - .5; len(shape) == 2 || len(shape) == 4 {
				u = v * 4 / math.Sqrt(float64(shape.Size()/shape[0]))
			} else {
				u = 1 + v
			}
			p.Tensor().F32[i] = float32(u)
		}
	}
	return critic
}

// TestPenalties: the penalties of a critic's slope, and their gradients by all its parameters, which go through those
// by x, are those of PyTorch.
func TestPenalties(t *testing.T) {
	raw, err := os.ReadFile("testdata/penalty.json")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]struct {
		Value     float64
		Gradients map[string][]float64 // norm and first four elements
	}{}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	x := graph.NewTensor(graph.Type{Shape: graph.Shape{3, 2, 8, 8}})
	for i, u := range scripted(len(x.F32), 50) {
		x.F32[i] = float32((u - .5) * 3)
	}
	for name, of := range map[string]func(f func(graph.Node) graph.Node, x graph.Node) graph.Node{
		"gradient penalty": func(f func(graph.Node) graph.Node, x graph.Node) graph.Node {
			return adversarial.GradientPenalty(f, x, x) // between x and x there is x alone
		},
		"r1": adversarial.R1,
	} {
		t.Run(name, func(t *testing.T) {
			critic, w := scriptedCritic(), want[name]
			g := &graph.Graph{Mode: graph.Train}
			in := g.Input("x", x.Shape...)
			penalty := of(critic.Forward, in)
			params := g.Trainable()
			grads := graph.Gradients(penalty, params...)
			prog, err := g.Compile(append(grads, penalty)...)
			if err != nil {
				t.Fatal(err)
			}
			prog.Set(in, x)
			if err := prog.Run(); err != nil {
				t.Fatal(err)
			}
			if got := prog.Float(penalty); math.Abs(got-w.Value) > 1e-5*w.Value {
				t.Errorf("the penalty is %v, want %v", got, w.Value)
			}
			if len(params) != len(w.Gradients) {
				t.Errorf("%d parameters, want %d", len(params), len(w.Gradients))
			}
			for i, p := range params {
				want := w.Gradients[p.Name()]
				got, norm := []float64{0}, 0.
				for k, v := range prog.Value(grads[i]).F32 {
					norm += float64(v) * float64(v)
					if k < 4 {
						got = append(got, float64(v))
					}
				}
				got[0] = math.Sqrt(norm)
				for k := range want { // a bias before a norm has a gradient of 0
					if math.Abs(got[k]-want[k]) > 1e-4*want[0]+1e-7 {
						t.Errorf("the gradient by %s is %v, want %v", p.Name(), got, want)
						break
					}
				}
			}
		})
	}
}

// TestPenaltyOfALine: the slope of what is linear is its weights, everywhere: R1 is half their square, and the
// gradient penalty is what they are beyond length 1. Of a slope of 0 it is 1, with a gradient of 0.
func TestPenaltyOfALine(t *testing.T) {
	x, fake := column(1, 2, 3), column(-1, 4, 0)
	for _, c := range []struct{ w, r1, penalty, slope float64 }{
		{3, 4.5, 4, 4}, {.5, .125, .25, -1}, {0, 0, 1, 0}, {-2, 2, 1, -2},
	} {
		g := &graph.Graph{Mode: graph.Train}
		w := graph.NewParam("w", graph.Type{})
		w.Tensor().F32[0] = float32(c.w)
		line := func(x graph.Node) graph.Node { return ops.Mul(x, g.Param(w)) }
		r1 := adversarial.R1(line, g.Constant(x))
		penalty := adversarial.GradientPenalty(line, g.Constant(x), g.Constant(fake))
		slope := graph.Gradients(penalty, g.Param(w))[0]
		prog, err := g.Compile(r1, penalty, slope)
		if err == nil {
			err = prog.Run()
		}
		if err != nil {
			t.Fatal(err)
		}
		got := [3]float64{prog.Float(r1), prog.Float(penalty), prog.Float(slope)}
		if want := [3]float64{c.r1, c.penalty, c.slope}; got != want {
			t.Errorf("of w = %v: R1, penalty and its gradient are %v, want %v", c.w, got, want)
		}
	}
}

// TestPenaltiesUsedWrongly: what a penalty cannot be taken of is an error of the graph that says why.
func TestPenaltiesUsedWrongly(t *testing.T) {
	sum := func(x graph.Node) graph.Node { return ops.Sum(x) }
	for _, c := range []struct {
		name  string
		build func(g *graph.Graph) graph.Node
		want  string
	}{
		{"fake ones of another shape", func(g *graph.Graph) graph.Node {
			return adversarial.GradientPenalty(sum, g.Input("x", 4, 3), g.Input("y", 4, 1))
		}, "gradient penalty: real and fake have shapes (4, 3) and (4, 1), want one shape (N, …)"},
		{"scalars", func(g *graph.Graph) graph.Node {
			return adversarial.GradientPenalty(sum, g.Input("x"), g.Input("y"))
		}, "gradient penalty: real and fake have shapes () and ()"},
		{"an op without a second derivative", func(g *graph.Graph) graph.Node {
			return graph.Gradients(adversarial.R1(func(x graph.Node) graph.Node {
				y, _ := ops.RNN(x, ops.Recurrence{WIH: weight(g, 1, 3), WHH: weight(g, 1, 1)})
				return y
			}, g.Input("x", 2, 4, 3)), g.Trainable()...)[0]
		}, "∂rnn"},
		{"a critic that is wrong itself", func(g *graph.Graph) graph.Node {
			wrong := func(x graph.Node) graph.Node { return ops.Linear(x, x, graph.Node{}) }
			return adversarial.R1(wrong, g.Input("x", 2, 3, 4))
		}, "linear"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{}
			c.build(g)
			if err := g.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func weight(g *graph.Graph, shape ...int) graph.Node {
	return g.Param(graph.NewParam("w", graph.Type{Shape: shape}))
}

// The losses of a discriminator that is half sure of itself, by two rules.
func ExampleLoss() {
	g := &graph.Graph{}
	real, fake := g.Constant(column(1, 3)), g.Constant(column(-2, 0))
	var losses []graph.Node
	for _, l := range []adversarial.Loss{adversarial.NonSaturating{}, adversarial.Hinge{}} {
		losses = append(losses, l.Discriminator(real, fake), l.Generator(fake))
	}
	prog, err := g.Compile(losses...)
	if err != nil {
		log.Fatal(err)
	}
	if err := prog.Run(); err != nil {
		log.Fatal(err)
	}
	for i, name := range []string{"non-saturating", "hinge"} {
		fmt.Printf("%s: %.3f %.3f\n", name, prog.Float(losses[2*i]), prog.Float(losses[2*i+1]))
	}
	// Output:
	// non-saturating: 0.591 1.410
	// hinge: 0.500 1.000
}

// A critic of Wasserstein's game learns with the penalty beside its loss.
func ExampleGradientPenalty() {
	s := nn.NewScope()
	critic, at := mlp.New(1, 32, 1), s.Param("at", nn.Zeros)
	game := &train.Game{
		Players: []train.Player{
			{Name: "critic", Params: critic.Params(), Optimizer: &train.Adam{LR: .02, Beta1: .5}},
			{Name: "generator", Params: s.Params(), Optimizer: &train.Adam{LR: .02, Beta1: .5}},
		},
		Batch: []string{"x"},
		Play: func(batch ...graph.Node) []train.Outcome {
			loss, real := adversarial.Wasserstein{}, batch[0]
			fake := ops.Add(ops.RandomNormal(real.Graph(), real.Shape()...), real.Graph().Param(at))
			d := loss.Discriminator(critic.Forward(real), critic.Forward(fake))
			penalty := adversarial.GradientPenalty(critic.Forward, real, fake)
			return []train.Outcome{
				{Loss: ops.WeightedSum([]float64{1, 10}, d, penalty)},
				{Loss: loss.Generator(critic.Forward(fake))},
			}
		},
	}
	trainer := train.New(game, nil)
	x := graph.NewTensor(graph.Type{Shape: graph.Shape{64, 1}})
	for step := range 400 {
		nn.NewRand(uint64(step), "x").Normal(x)
		for i := range x.F32 {
			x.F32[i] += 3 // real examples are N(3, 1)
		}
		if _, err := trainer.Step(x); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("made ones are N(%.0f, 1)\n", at.Tensor().At(0))
	// Output: made ones are N(3, 1)
}
