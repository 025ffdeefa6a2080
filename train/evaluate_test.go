package train

import (
	"context"
	"fmt"
	"iter"
	"math"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// same is a model whose predictions are its inputs; its one parameter has no part in them.
type same struct{ p *graph.Param }

func newSame() same { return same{graph.NewParam("p", graph.Type{})} }

func (m same) Forward(x graph.Node) graph.Node {
	return ops.Add(x, ops.Scale(x.Graph().Param(m.p), 0))
}
func (m same) Params() *nn.Params { return &nn.Params{} }

// inParts is x and y, so many rows at a time.
func inParts(x, y graph.Tensor, size int) Source {
	var batches [][]graph.Tensor
	for lo := 0; lo < x.Shape[0]; lo += size {
		hi := min(lo+size, x.Shape[0])
		batches = append(batches, []graph.Tensor{x.Rows(lo, hi), y.Rows(lo, hi)})
	}
	return Fixed(batches...)
}

// sequence is a source of one sequence, whatever it is.
type sequence iter.Seq[[]graph.Tensor]

func (s sequence) Len() int                             { return 1 }
func (s sequence) Batches(int) iter.Seq[[]graph.Tensor] { return iter.Seq[[]graph.Tensor](s) }

// TestLossOfAllRows: whatever the batch size, the loss of an evaluation is that of all rows at once, and so is that
// which Fit reports.
func TestLossOfAllRows(t *testing.T) {
	const rows, classes = 7, 3
	x, z := graph.NewTensor(graph.Type{Shape: graph.Shape{rows, classes}}),
		graph.NewTensor(graph.Type{Shape: graph.Shape{rows, classes}})
	for i := range x.F32 {
		x.F32[i], z.F32[i] = float32(i*7%10)/10, float32(i*3%10)/10
	}
	labels := map[string]graph.Tensor{
		"":                     graph.FromInt64([]int64{0, 1, 2, 2, 1, 0, 1}, rows),
		" with ignored labels": graph.FromInt64([]int64{0, -100, -100, 2, 1, 0, -100}, rows),
	}
	type test struct {
		name string
		loss Loss
		y    graph.Tensor
	}
	var tests []test
	for _, weights := range [][]float64{nil, {.5, 2, 3}} {
		for _, ignore := range []int{0, 2, ops.IgnoreZero} {
			for _, smoothing := range []float64{0, .2} {
				for _, r := range []ops.Reduction{ops.ReduceMean, ops.ReduceSum} {
					o := ops.SmoothedCrossEntropy{Smoothing: smoothing, Weights: weights, Ignore: ignore, Reduction: r}
					for name, y := range labels {
						tests = append(tests, test{fmt.Sprintf("cross-entropy %v%s", o, name), o.Loss, y})
						if smoothing == 0 {
							l := ops.NegativeLogLikelihood{Weights: weights, Ignore: ignore, Reduction: r}
							of := func(a, b graph.Node) graph.Node { return l.Loss(ops.LogSoftmax(a, 1), b) }
							tests = append(tests, test{fmt.Sprintf("likelihood %v%s", l, name), of, y})
						}
					}
				}
			}
		}
	}
	for _, r := range []ops.Reduction{ops.ReduceMean, ops.ReduceSum, ops.ReduceBatchMean} {
		for name, loss := range map[string]Loss{
			"squared": ops.SquaredError{Reduction: r}.Loss, "absolute": ops.AbsoluteError{Reduction: r}.Loss,
			"huber":     ops.Huber{Reduction: r}.Loss,
			"smooth L1": ops.SmoothL1{Reduction: r}.Loss, "bce": ops.BinaryCrossEntropy{Reduction: r}.Loss,
			"bce of logits": ops.BinaryCrossEntropy{Logits: true, Reduction: r}.Loss,
			"kl":            ops.KLDivergence{Reduction: r}.Loss} {
			tests = append(tests, test{name + " " + r.String(), loss, z})
		}
	}
	square := func(a, b graph.Node) graph.Node { return ops.Square(ops.Sub(a, b)) }
	tests = append(tests,
		test{"gauss", ops.KLGauss, z},
		test{"a mean by hand", func(a, b graph.Node) graph.Node { return ops.Mean(square(a, b)) }, z},
		test{"a sum by hand", func(a, b graph.Node) graph.Node { return ops.Sum(square(a, b)) }, z},
		test{"a sum by hand, divided by the rows", func(a, b graph.Node) graph.Node {
			return ops.Scale(ops.Sum(square(a, b)), 1/float64(a.Dim(0)))
		}, z},
		test{"a mean of row sums", func(a, b graph.Node) graph.Node { return ops.Mean(ops.Sum(square(a, b), 1)) }, z},
		test{"a weighted sum of a mean and a divergence", func(a, b graph.Node) graph.Node {
			return ops.WeightedSum([]float64{1, .3}, ops.MSE(a, b), ops.KLGauss(a, b))
		}, z},
		test{"a difference of a cross-entropy and an entropy", func(a, b graph.Node) graph.Node {
			return ops.Sub(ops.CrossEntropy(a, b), ops.Neg(ops.Mean(ops.Square(a))))
		}, labels[" with ignored labels"]},
		test{"a weighted sum of sums", func(a, b graph.Node) graph.Node {
			return ops.WeightedSum([]float64{1, .3}, ops.SquaredError{Reduction: ops.ReduceSum}.Loss(a, b),
				ops.AbsoluteError{Reduction: ops.ReduceSum}.Loss(a, b))
		}, z})
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			g := &graph.Graph{}
			a, b := nn.InputLike(g, "x", x.Type), nn.InputLike(g, "y", c.y.Type)
			loss := c.loss(a, b)
			prog, err := g.Compile(loss)
			if err != nil {
				t.Fatal(err)
			}
			prog.Set(a, x)
			prog.Set(b, c.y)
			if err := prog.Run(); err != nil {
				t.Fatal(err)
			}
			want := prog.Float(loss)
			for size := 1; size <= rows; size++ {
				task := Supervised(newSame(), c.loss)
				s, err := NewEvaluator(task).Evaluate(inParts(x, c.y, size))
				if err != nil || math.Abs(s.Loss-want) > 1e-6*(1+math.Abs(want)) {
					t.Errorf("batches of %d: the loss is %v, want %v; error %v", size, s.Loss, want, err)
				}
				fit := Fit{Trainer: New(task, &Adam{}), Epochs: 1,
					Train: inParts(x, c.y, size)}
				fit.Trainer.LR = 0
				r, err := fit.Run(context.Background())
				if err != nil && size < rows && strings.Contains(err.Error(), "targets are left out") {
					continue // a step on nothing but ignored labels is an error
				}
				if err != nil || math.Abs(r.TrainLoss-want) > 1e-6*(1+math.Abs(want)) {
					t.Errorf("training on batches of %d: the loss is %v, want %v; error %v", size, r.TrainLoss,
						want, err)
				}
			}
		})
	}
}

// TestLossByRows: the mean of the means of batches is another number, which the test above would find.
func TestLossByRows(t *testing.T) {
	x := graph.FromFloat32([]float32{1, 0, 5}, 3, 1)
	y := graph.FromFloat32([]float32{0, 0, 0}, 3, 1)
	s, err := NewEvaluator(Supervised(newSame(), ops.MSE)).Evaluate(inParts(x, y, 2))
	if err != nil || math.Abs(s.Loss-26./3) > 1e-6 || math.Abs(s.Loss-(.5+25)/2) < 1e-6 {
		t.Errorf("the loss is %v, want %v; error %v", s.Loss, 26./3, err)
	}
}

// TestAccuracy: rows that the loss leaves out count neither as hits nor as rows, and the class axis is the second.
func TestAccuracy(t *testing.T) {
	x := graph.FromFloat32([]float32{1, 0, 0, 1, 5, 0, 0, 2}, 4, 2)
	for _, c := range []struct {
		name string
		loss Loss
		y    []int64
		want float64
	}{
		{"all count", ops.CrossEntropy, []int64{0, 1, 1, 1}, .75},
		{"one is left out", ops.CrossEntropy, []int64{0, 1, -100, 1}, 1},
		{"those of class 1 are left out", ops.SmoothedCrossEntropy{Ignore: 1}.Loss, []int64{0, 1, 0, 1}, 1},
		{"those of class 0 are left out", ops.SmoothedCrossEntropy{Ignore: ops.IgnoreZero}.Loss,
			[]int64{0, 1, 1, 0}, .5},
		{"those of another number are left out", ops.SmoothedCrossEntropy{Ignore: 255}.Loss,
			[]int64{255, 1, 1, 255}, .5},
	} {
		for size := 1; size <= 4; size++ {
			s, err := NewEvaluator(Supervised(newSame(), c.loss),
				Accuracy()).Evaluate(inParts(x, graph.FromInt64(c.y, 4), size))
			if err != nil || s.Metrics["accuracy"] != c.want {
				t.Errorf("%s, batches of %d: %v, want %v; error %v", c.name, size, s.Metrics["accuracy"], c.want, err)
			}
		}
	}
	pixels := graph.FromFloat32([]float32{1, 0, 3, 0, 1, 2}, 1, 2, 3) // classes 0, 1, 0
	s, err := NewEvaluator(Supervised(newSame(), ops.CrossEntropy),
		Accuracy()).Evaluate(inParts(pixels, graph.FromInt64([]int64{0, 1, 1}, 1, 3), 1))
	if err != nil || math.Abs(s.Metrics["accuracy"]-2./3) > 1e-9 {
		t.Errorf("pixels: %v, error %v", s.Metrics, err)
	}
}

// TestEvaluatorUsedWrongly: each is an error that says what was done.
func TestEvaluatorUsedWrongly(t *testing.T) {
	x, y := graph.FromFloat32([]float32{1, 0, 0, 1}, 2, 2), graph.FromInt64([]int64{0, 1}, 2)
	good := inParts(x, y, 2)
	task := Supervised(newSame(), ops.CrossEntropy)
	regression := Supervised(newSame(), ops.MSE)
	whole := func(loss Loss) Task { return Supervised(newSame(), loss) }
	for _, c := range []struct {
		name    string
		task    Task
		metrics []Metric
		source  Source
		want    string
	}{
		{"no task", nil, nil, good, "evaluate: there is no task"},
		{"no model", &Prediction{Loss: ops.MSE}, nil, good, "evaluate: the task has no model"},
		{"no loss", &Prediction{Model: newSame()}, nil, good, "evaluate: the task has no loss"},
		{"no batches", task, nil, nil, "evaluate: there is no source of batches"},
		{"a sequence of nil", task, nil, sequence(nil), "evaluate: the source gives no sequence of batches"},
		{"an empty sequence", task, nil, Fixed(), "evaluate: there is no data"},
		{"a batch without rows", task, nil, inParts(graph.Tensor{Type: graph.Type{Shape: graph.Shape{1, 0}}},
			graph.FromInt64([]int64{0}, 1), 1), "evaluate: x float32 (1, 0) has no elements"},
		{"the accuracy of a regression", regression, []Metric{Accuracy()}, inParts(x, x, 2),
			"evaluate: accuracy: predictions are float32 (2, 2) and targets float32 (2, 2)"},
		{"the accuracy of labels of another shape", whole(func(p, _ graph.Node) graph.Node { return ops.Mean(p) }),
			[]Metric{Accuracy()},
			inParts(x, graph.FromInt64([]int64{0, 1}, 2, 1), 2),
			"evaluate: accuracy: targets have shape (2, 1), want (2)"},
		{"the accuracy of more classes than logits", whole(func(p, _ graph.Node) graph.Node { return ops.Mean(p) }),
			[]Metric{Accuracy()},
			inParts(x, graph.FromInt64([]int64{0, 2}, 2), 2),
			"evaluate: accuracy: target 2 at row 1, but there are 2 classes (0…1)"},
		{"a metric without Score", task, []Metric{{Name: "f1"}}, good, `evaluate: metric 0, "f1", has no Score`},
		{"a metric of fewer rows than none", task,
			[]Metric{{Name: "f1", Score: func(_, _ graph.Tensor) (float64, int) { return 1, -2 }}}, good,
			"evaluate: f1: its Score counts -2 rows, want at least 0"},
		{"two metrics of one name", task, []Metric{Accuracy(), Accuracy()}, good,
			`evaluate: two metrics are named "accuracy"`},
		{"labels that are all left out", task, nil, inParts(x, graph.FromInt64([]int64{-100, -100}, 2), 1),
			"all targets are left out"},
		{"a loss for each row", whole(ops.SquaredError{Reduction: ops.ReduceNone}.Loss), nil, inParts(x, x, 2),
			"the loss is float32 (2, 2), want a float scalar"},
		{"a loss that is no node", whole(func(_, _ graph.Node) graph.Node { return graph.Node{} }), nil, good,
			"the loss is no node of the graph of its operands"},
		{"two float types", regression, nil, inParts(x, graph.FromFloat64([]float64{1, 2, 3, 4}, 2, 2), 2),
			"evaluate: x holds float32 and y float64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := NewEvaluator(c.task, c.metrics...).Evaluate(c.source); err == nil ||
				!strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	e := NewEvaluator(task, Accuracy())
	_, err := e.Evaluate(sequence(func(yield func([]graph.Tensor) bool) {
		if _, err := e.Evaluate(good); err == nil || !strings.Contains(err.Error(), "at work for another goroutine") {
			t.Errorf("entered twice: %v", err)
		}
		yield([]graph.Tensor{x, y})
	}))
	if err != nil { // negative control
		t.Error(err)
	}
}
