package trace_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/viz/trace"
)

// twoLosses computes the gradients of a = x² + x and of b = (x² + 5x)·x, which share x².
func twoLosses(t testing.TB, x float64) trace.Run {
	t.Helper()
	g := &graph.Graph{DType: graph.Float64}
	in := g.Param(parameter("x", []float64{x}))
	square := ops.Mul(in, in)
	a := ops.Add(square, in).Named("a")
	b := ops.Mul(ops.Add(square, ops.Scale(in, 5)), in).Named("b")
	p, err := g.CompileWith(graph.CompileOptions{Teach: true}, a, b, graph.Gradients(a, in)[0],
		graph.Gradients(b, in)[0])
	must(t, err)
	return record(t, p, trace.Options{})
}

// TestTwoLosses: each gradient, each fork and each of its contributions says which loss it is of, and the
// contributions add up to the derivative of that loss alone.
func TestTwoLosses(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		x := 4*draw.Float64() - 2
		run := twoLosses(t, x)
		if len(run.Losses) != 2 || run.Nodes[run.Losses[0]].Called != "a" || run.Nodes[run.Losses[1]].Called != "b" {
			t.Fatalf("the losses are %v, want a and b", run.Losses)
		}
		for k, want := range []float64{2*x + 1, 3*x*x + 10*x} {
			fork := run.Forks[k]
			if fork.Loss != k || run.Nodes[fork.Sum].GradLoss != k {
				t.Errorf("fork %d is of loss %d, its sum of %d", k, fork.Loss, run.Nodes[fork.Sum].GradLoss)
			}
			sum := 0.
			for _, s := range fork.Steps {
				sum += value(t, run, run.Steps[s].D).At(0)
			}
			if math.Abs(sum-want) > 1e-12*max(1, math.Abs(want)) {
				t.Errorf("x = %v: the contributions to the gradient of loss %d add up to %v, want %v", x, k, sum, want)
			}
		}
	}
	if run := record(t, square(t), trace.Options{}); run.Losses != nil {
		t.Errorf("the losses of a program with one are %v, want none named", run.Losses)
	}
}

// TestMixedFork: a trace in which contributions of two losses add up is refused.
func TestMixedFork(t *testing.T) {
	run := twoLosses(t, 3)
	run.Forks[0].Steps = append(run.Forks[0].Steps, run.Forks[1].Steps[0])
	_, err := trace.New(trace.Text{}, run).WriteTo(&bytes.Buffer{})
	const want = "fork 0: it adds up gradients of loss 0, but step 5 is of loss 1"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}
