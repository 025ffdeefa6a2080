package train

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// apart is the largest difference of two lists, by the size of the numbers.
func apart(a, b []float64) (most float64) {
	for i := range a {
		most = math.Max(most, math.Abs(a[i]-b[i])/math.Max(1, math.Abs(b[i])))
	}
	return most
}

// TestAccumulate: steps in parts are those of one large batch, with every optimiser, clipped and penalised, for all
// numbers of parts, in float64 but for rounding.
func TestAccumulate(t *testing.T) {
	for name, opt := range optimizers() {
		random := nn.NewRand(1, name)
		rows := 12 * (1 + random.IntN(2))
		start := func(parts int) (*Trainer, *mlp.MLP) {
			m := mlp.New(4, 6, 3)
			if err := m.Params().SetDType(graph.Float64); err != nil {
				t.Fatal(err)
			}
			task := Supervised(m, ops.CrossEntropy)
			task.Penalty = func(p ...graph.Node) graph.Node { return ops.Scale(ops.L2Penalty(p...), .01) }
			tr := New(task, opt)
			tr.ClipNorm, tr.Accumulate = .3, parts
			return tr, m
		}
		steps := func(parts, rows int) (losses, bits []float64) {
			tr, m := start(parts)
			for i := range 4 {
				x := graph.NewTensor(graph.Type{DType: graph.Float64, Shape: graph.Shape{rows, 4}})
				nn.NewRand(uint64(i), "x").Normal(x)
				y := graph.FromInt64(slices.Repeat([]int64{0, 1, 2}, rows/3), rows)
				loss, err := tr.Step(x, y)
				if err != nil {
					t.Fatal(err)
				}
				losses = append(losses, loss)
			}
			return losses, bitsOf(m.Params())
		}
		losses, bits := steps(0, rows)
		for _, parts := range []int{1, 2, 3, 4, 6, 12} {
			gotLosses, got := steps(parts, rows)
			if d := math.Max(apart(gotLosses, losses), apart(got, bits)); d > 1e-11 {
				t.Errorf("%s: in %d parts it is %v apart", name, parts, d)
			}
		}
		if _, half := steps(0, rows/2); apart(half, bits) < 1e-9 { // as if a part were forgotten
			t.Errorf("%s: steps of half of the rows are not seen to be others", name)
		}
	}
}

// TestAccumulateInFit: samples, losses and figures are those of whole batches; random numbers are others in each part.
func TestAccumulateInFit(t *testing.T) {
	run := func(parts int) (Result, *nn.Params) {
		r := resumables()["adam"]()
		r.Trainer.Accumulate, r.Hook = parts, nil
		result, err := r.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return result, r.params
	}
	whole, _ := run(0)
	parts, params := run(2)
	again, same := run(2)
	if parts.Samples != whole.Samples || parts.Steps != whole.Steps || parts.TrainLoss == whole.TrainLoss {
		t.Errorf("got %+v, want %+v", parts, whole)
	}
	if again.TrainLoss != parts.TrainLoss || !slices.Equal(bitsOf(params), bitsOf(same)) {
		t.Error("the same training in parts differs")
	}

	// A task whose loss is the mean of what dropout leaves of ones: equal masks in both parts would give equal losses.
	p := nn.NewScope()
	layer := nn.NewLinear(p.Sub("l"), 1, 1)
	var losses []float64
	tr := New(TaskFunc(func(b ...graph.Node) graph.Node {
		return ops.Mean(ops.Mul(ops.Dropout(b[0], .5), layer.Forward(ops.Reshape(b[0], -1, 1))))
	}), &SGD{LR: 1e-9})
	tr.Accumulate = 2
	ones := graph.NewTensor(graph.Type{Shape: graph.Shape{128, 1}})
	for i := range ones.F32 {
		ones.F32[i] = 1
	}
	if _, err := tr.StepBy(func(c Compiled) error {
		err := c.Program.Run()
		losses = append(losses, c.Program.Float(c.Loss))
		return err
	}, ones); err != nil {
		t.Fatal(err)
	}
	if len(losses) != 2 || losses[0] == losses[1] {
		t.Errorf("the losses of the parts are %v", losses)
	}
}

// TestAccumulateMisused: each is an error that says what.
func TestAccumulateMisused(t *testing.T) {
	game := New(newPlayers().game(), nil)
	game.Accumulate = 2
	below := perceptron(4, 3).Trainer
	below.Accumulate = -1
	uneven := perceptron(4, 3).Trainer
	uneven.Accumulate = 4
	late := perceptron(4, 3)
	late.steps(t, 1)
	late.Accumulate = 2
	stateful := resumables()["states of two shapes"]().Trainer
	stateful.Accumulate = 2
	for want, c := range map[string]struct {
		t     *Trainer
		batch []graph.Tensor
	}{
		"this is a game":               {game, []graph.Tensor{normal(1, 8, 3), normal(2, 8, 2)}},
		"parts, Accumulate, is -1":     {below, late.batch(0)},
		"accumulated over 4 parts":     {uneven, late.batch(0)},
		"set before the first step: i": {late.Trainer, late.batch(0)},
		"for tasks without States":     {stateful, []graph.Tensor{normal(1, 4, 3), normal(2, 4, 2)}},
	} {
		if _, err := c.t.Step(c.batch...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
