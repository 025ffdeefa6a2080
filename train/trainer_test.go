package train

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// vector is a model of one parameter whose loss is x·p, so that the gradient is what one feeds.
type vector struct{ p *graph.Param }

func newVector(v ...float32) vector {
	p := graph.NewParam("p", graph.Type{Shape: graph.Shape{len(v)}})
	copy(p.Tensor().F32, v)
	return vector{p}
}

func (m vector) Forward(x graph.Node) graph.Node { return ops.Sum(ops.Mul(x, x.Graph().Param(m.p))) }
func (m vector) Params() *nn.Params              { return &nn.Params{} }

// trainer returns a trainer of m, and the function that does a step with the given gradient.
func (m vector) trainer(opt Optimizer) (*Trainer, func(t *testing.T, dp ...float32)) {
	tr := New(Supervised(m, func(pred, _ graph.Node) graph.Node { return pred }), opt)
	none := graph.FromInt64([]int64{0}, 1)
	return tr, func(t *testing.T, dp ...float32) {
		t.Helper()
		if _, err := tr.Step(graph.FromFloat32(dp, len(dp)), none); err != nil {
			t.Fatal(err)
		}
	}
}

func (m vector) check(t *testing.T, tolerance float64, want ...float64) {
	t.Helper()
	for i, w := range want {
		if got := float64(m.p.Tensor().F32[i]); !(math.Abs(got-w) <= tolerance) {
			t.Errorf("element %d is %.8g, want %.8g", i, got, w)
		}
	}
}

// TestOptimizers: ten elements begin at 1; the first gradient is 0.01 for all, the next four are 0.1, 0.2, …, 1. The
// numbers are elements 0, 4 and 9 after each step, from the tests of Keras and from torch 1.13.
func TestOptimizers(t *testing.T) {
	tests := []struct {
		name string
		opt  Optimizer
		want [5][3]float64
	}{
		{"Keras Adagrad lr=.2 initial=.3 eps=1e-6", &AdaGrad{LR: .2, Initial: .3, Eps: 1e-6, Where: ops.InsideRoot},
			[5][3]float64{
				{.996349, .996349, .996349}, {.960434, .861522, .820944}, {.925084, .749725, .689071},
				{.890274, .652140, .578976}, {.855979, .564437, .482529}}},
		{"torch Adam lr=1e-3", &Adam{LR: 1e-3}, [5][3]float64{
			{.999, .999, .999}, {.998193, .998243, .998249}, {.997300, .997377, .997387}, {.996367, .996462, .996475},
			{.995412, .995520, .995535}}},
		{"torch AdamW lr=1 decay=.5 eps=2", &AdamW{LR: 1, Decay: .5, Eps: 2}, [5][3]float64{
			{.495025, .495025, .495025}, {.219813, .133694, .051358}, {.074794, -.079949, -.224291},
			{-.001382, -.202780, -.387815}, {-.041647, -.273615, -.484576}}},
		{"Keras AdamW lr=1 decay=.5 eps=2", &AdamW{LR: 1, Decay: .5, Eps: 2, Where: ops.InsideRoot}, [5][3]float64{
			{.499842, .499842, .499842}, {.248641, .243979, .238234}, {.122324, .112419, .100266},
			{.058612, .043861, .025830}, {.026293, .007275, -.015892}}},
		{"torch RMSprop lr=.01", &RMSProp{LR: .01}, [5][3]float64{
			{.900001, .900001, .900001}, {.800492, .800021, .800006}, {.729778, .729140, .729120},
			{.671848, .671119, .671096}, {.621533, .620744, .620720}}},
		{"torch RMSprop lr=.01 momentum=.9", &RMSProp{LR: .01, Momentum: .9}, [5][3]float64{
			{.900001, .900001, .900001}, {.710493, .710022, .710007}, {.469222, .468159, .468126},
			{.194148, .192462, .192409}, {-.103734, -.106040, -.106113}}},
		{"Keras RMSprop centred lr=1e-3", &RMSProp{LR: 1e-3, Rho: .9, Eps: 1e-7, Centred: true, Where: ops.InsideRoot},
			[5][3]float64{
				{.996685, .996685, .996685}, {.993334, .993346, .993349}, {.990765, .990792, .990797},
				{.988496, .988538, .988545}, {.986373, .986428, .986438}}},
		{"torch SGD lr=.1 momentum=.9", &SGD{LR: .1, Momentum: .9}, [5][3]float64{
			{.999, .999, .999}, {.9881, .9481, .8981}, {.96829, .85229, .70729}, {.940461, .716061, .435561},
			{.905415, .543455, .091005}}},
		{"torch SGD lr=.1 Nesterov=.9", &SGD{LR: .1, Momentum: .9, Nesterov: true}, [5][3]float64{
			{.9981, .9981, .9981}, {.97829, .90229, .80729}, {.950461, .766061, .535561}, {.915415, .593455, .191005},
			{.873873, .388109, -.219096}}},
		{"torch SGD lr=.1 momentum=.9 decay=.01", &SGD{LR: .1, Momentum: .9, Decay: .01}, [5][3]float64{
			{.998, .998, .998}, {.985202, .945202, .895202}, {.962699, .846739, .701789}, {.931483, .707275, .427015},
			{.892457, .531050, .079291}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := newVector(1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
			_, step := m.trainer(test.opt)
			for i, want := range test.want {
				dp := []float32{.1, .2, .3, .4, .5, .6, .7, .8, .9, 1}
				if i == 0 {
					dp = slices.Repeat([]float32{.01}, 10)
				}
				step(t, dp...)
				for j, e := range []int{0, 4, 9} {
					if got := float64(m.p.Tensor().F32[e]); math.Abs(got-want[j]) > 2e-6 {
						t.Errorf("step %d: element %d is %.6f, want %.6f", i+1, e, got, want[j])
					}
				}
			}
		})
	}
}

// TestEpsilon: a tiny first gradient tells the places of eps apart.
func TestEpsilon(t *testing.T) {
	tests := []struct {
		name string
		opt  Optimizer
		want float64
	}{
		{"RMSProp inside", &RMSProp{LR: 1e-3, Rho: .9, Where: ops.InsideRoot}, 9.99995e-6},
		{"RMSProp outside", &RMSProp{LR: 1e-3, Rho: .9}, 3.0653430e-3},
		{"AdaGrad inside", &AdaGrad{LR: .01, Eps: 1e-8, Where: ops.InsideRoot}, 9.9995e-5},
		{"AdaGrad outside", &AdaGrad{LR: .01, Eps: 1e-8}, 9.9009901e-3},
		{"Adam outside", &Adam{LR: 1e-3}, 9.9009901e-4},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := newVector(0)
			_, step := m.trainer(test.opt)
			step(t, 1e-6)
			m.check(t, 1e-5*test.want, -test.want)
		})
	}
}

func TestOptimizersByName(t *testing.T) {
	for _, name := range OptimizerNames() {
		opt, err := NewOptimizer(name, .25)
		if err != nil || opt.Rate() != .25 {
			t.Errorf("%s: rate %v, error %v", name, opt.Rate(), err)
		}
	}
	if _, err := NewOptimizer("adma", 1); err == nil ||
		!strings.Contains(err.Error(), `unknown optimizer "adma"; known are [sgd`) {
		t.Errorf("error is %v", err)
	}
}

// TestClip: torch 1.13 clip_grad_norm_ and clip_grad_value_ of (3, 4), then p -= gradient.
func TestClip(t *testing.T) {
	m := newVector(0, 0)
	tr, step := m.trainer(&SGD{LR: 1})
	tr.ClipNorm = 1
	step(t, 3, 4)
	m.check(t, 1e-7, -.59999988, -.79999984)

	m = newVector(0, 0)
	tr, step = m.trainer(&SGD{LR: 1})
	tr.ClipValue = 3.5
	step(t, 3, -4)
	m.check(t, 0, -3, 3.5)
}

func TestPenalty(t *testing.T) {
	m := newVector(1, -2)
	tr, step := m.trainer(&SGD{LR: 1})
	tr.task.(*Prediction).Penalty = func(params ...graph.Node) graph.Node {
		return ops.Scale(ops.L1Penalty(params...),
			.5)
	}
	step(t, 0, 0)
	m.check(t, 1e-7, .5, -1.5)
}

func TestRateChanges(t *testing.T) {
	m := newVector(1)
	tr, step := m.trainer(&SGD{LR: 1})
	tr.LR = .25
	step(t, 1)
	m.check(t, 0, .75)
	for _, bad := range []float64{-1, math.NaN(), math.Inf(1)} {
		tr.LR = bad
		if _, err := tr.Step(graph.FromFloat32([]float32{1}, 1), graph.FromInt64([]int64{0}, 1)); err == nil {
			t.Errorf("a rate of %v is taken", bad)
		}
	}
	m.check(t, 0, .75)
}

// TestNotFinite: the parameters and the count of steps stay as they were, and the error names the instruction.
func TestNotFinite(t *testing.T) {
	m := newVector(1, 2)
	tr, step := m.trainer(&Adam{LR: 1e-3})
	step(t, 1, 1)
	before := slices.Clone(m.p.Tensor().F32)
	_, err := tr.Step(graph.FromFloat32([]float32{1, float32(math.Inf(1))}, 2), graph.FromInt64([]int64{0}, 1))
	var bad *graph.NonFiniteError
	if !errors.As(err, &bad) || !strings.Contains(err.Error(), `input "x" is +Inf at element 1`) {
		t.Errorf("error is %v, want one that names the input", err)
	}
	if !slices.Equal(m.p.Tensor().F32, before) || tr.Steps() != 1 {
		t.Errorf("after the error the parameters are %v and the steps %d; before %v and 1", m.p.Tensor().F32,
			tr.Steps(), before)
	}
}

// TestBatchesOfTwoSizes: the programs share the parameters, the moments and the count.
func TestBatchesOfTwoSizes(t *testing.T) {
	x := graph.FromFloat32([]float32{1, 2, 3, 4, 4, 3, 2, 1, 0, 1, 0, 1}, 3, 4)
	y := graph.FromInt64([]int64{0, 1, 2}, 3)
	half := graph.FromFloat32(x.F32[:4], 1, 4)
	one := graph.FromInt64(y.I64[:1], 1)
	run := func(repeated bool) []float32 {
		m := mlp.New(4, 8, 3)
		tr := New(Supervised(m, ops.CrossEntropy), &Adam{LR: 1e-2})
		for i := range 6 {
			a, b := x, y
			if i%2 == 1 {
				a, b = half, one
				if repeated { // the mean over three times the same is the same
					a = graph.FromFloat32(slices.Repeat(half.F32, 3), 3, 4)
					b = graph.FromInt64([]int64{0, 0, 0}, 3)
				}
			}
			if _, err := tr.Step(a, b); err != nil {
				t.Fatal(err)
			}
		}
		return slices.Collect(m.Params().All())[0].Tensor().F32
	}
	for i, got := range run(false) {
		if want := run(true)[i]; math.Abs(float64(got-want)) > 1e-5 {
			t.Fatalf("element %d is %v, want %v", i, got, want)
		}
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	m := mlp.New(4, 8, 3)
	tr := New(Supervised(m, ops.CrossEntropy), &Adam{LR: 1e-2})
	x := graph.FromFloat32([]float32{1, 2, 3, 4, 4, 3, 2, 1, 0, 1, 0, 1}, 3, 4)
	y := graph.FromInt64([]int64{0, 1, 2}, 3)
	first, err := tr.Step(x, y)
	if err != nil {
		t.Fatal(err)
	}
	p, err := tr.Program(x.Type, y.Type)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { err = p.Run() }); n != 0 || err != nil {
		t.Errorf("%v allocations a run, error %v", n, err)
	}
	if last, err := tr.Step(x, y); err != nil || !(last < first/2) {
		t.Errorf("the loss went from %v to %v, error %v", first, last, err)
	}
}

func TestFrozen(t *testing.T) {
	m := mlp.New(4, 3)
	m.Params().Freeze("")
	_, err := New(Supervised(m, ops.CrossEntropy), &SGD{LR: 1}).Step(graph.FromFloat32(make([]float32, 4), 1, 4),
		graph.FromInt64([]int64{0}, 1))
	if err == nil || !strings.Contains(err.Error(), "no trainable parameters") {
		t.Errorf("error is %v", err)
	}
}
