package train

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/recent"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// sick is a model with a parameter of four elements and a batch norm, whose loss is any function of x, p, and what
// the norm makes of x.
type sick struct {
	p    *graph.Param
	norm *nn.BatchNorm
	loss func(x, p, normed graph.Node) graph.Node
}

func newSick(loss func(x, p, normed graph.Node) graph.Node) *sick {
	m := &sick{graph.NewParam("p", graph.Type{Shape: graph.Shape{4}}), nn.NewBatchNorm1D(nn.NewScope(), 4), loss}
	copy(m.p.Tensor().F32, []float32{1, 2, 3, 4})
	return m
}

func (m *sick) Forward(x graph.Node) graph.Node {
	return m.loss(x, x.Graph().Param(m.p), ops.Dropout(m.norm.Forward(x), .5))
}
func (m *sick) Params() *nn.Params { return &nn.Params{} }

// bits is all that a step may change.
func (m *sick) bits(tr *Trainer) (all []uint32) {
	params := []*graph.Param{m.p, m.norm.Weight, m.norm.Bias, m.norm.RunningMean, m.norm.RunningVar, m.norm.Batches}
	for _, p := range tr.moments {
		params = append(params, p)
	}
	slices.SortFunc(params, func(a, b *graph.Param) int { return strings.Compare(a.Name(), b.Name()) })
	for _, p := range params {
		for _, v := range p.Tensor().F32 {
			all = append(all, math.Float32bits(v))
		}
		for _, v := range p.Tensor().I64 {
			all = append(all, uint32(v))
		}
	}
	return append(all, uint32(tr.Steps()))
}

// optimizers are all kinds of steps.
func optimizers() map[string]Optimizer {
	all := map[string]Optimizer{"centred": &RMSProp{LR: 1e-2, Momentum: .9, Centred: true}}
	for _, name := range OptimizerNames() {
		all[name], _ = NewOptimizer(name, 1e-2)
	}
	return all
}

// TestStepThatIsNotFinite: nothing has changed, to the bit, and the error names the first that was not finite.
func TestStepThatIsNotFinite(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	fine := []float32{1, -1, 2, .5, 3, 1, -2, 1}
	zeroAt := func(p graph.Node) graph.Node {
		return ops.Sub(p, p.Graph().Constant(graph.FromFloat32([]float32{1, 0, 0, 0}, 4)))
	}
	for _, c := range []struct {
		name  string
		loss  func(x, p, normed graph.Node) graph.Node // nil for the sum of x·p
		spoil func(m *sick, x []float32)
		want  string // in the error
		says  bool   // the op says it itself
	}{
		{name: "the root at 0 has an infinite slope, and a finite loss",
			loss: func(_, p, _ graph.Node) graph.Node { return ops.Sum(ops.Sqrt(zeroAt(p))) },
			want: "is the first to give +Inf"},
		{name: "the logarithm of 0", loss: func(_, p, _ graph.Node) graph.Node { return ops.Sum(ops.Log(zeroAt(p))) },
			want: "is the first to give -Inf"},
		{name: "0/0", loss: func(_, p, _ graph.Node) graph.Node { return ops.Sum(ops.Div(zeroAt(p), zeroAt(p))) },
			want: "is the first to give NaN"},
		{name: "an exponential that overflows",
			loss: func(_, p, _ graph.Node) graph.Node { return ops.Sum(ops.Exp(ops.Scale(p, 100))) },
			want: "is the first to give +Inf"},
		{name: "a logarithm that is not chosen, at 0: its slope is infinite, and infinity times 0 is NaN",
			loss: func(_, p, _ graph.Node) graph.Node {
				q := zeroAt(p)
				return ops.Sum(ops.Where(ops.Greater(q, q.Graph().Scalar(0)), ops.Log(q), q))
			}, want: "log"}, // on the way back from it
		{name: "the norm of a vector of zeros",
			loss: func(_, p, _ graph.Node) graph.Node { return ops.Sqrt(ops.Sum(ops.Square(ops.Sub(p, p)))) },
			want: "is the first to give"},
		{name: "a NaN in the input", spoil: func(_ *sick, x []float32) { x[5] = nan },
			want: `input "x" is NaN at element 5 already`},
		{name: "an infinity in the input", spoil: func(_ *sick, x []float32) { x[2] = -inf },
			want: `input "x" is -Inf at element 2 already`},
		{name: "a NaN in a parameter", spoil: func(m *sick, _ []float32) { m.p.Tensor().F32[3] = nan },
			want: `parameter "p" is NaN at element 3 already`},
		{name: "an infinity in a parameter that the loss does not feel",
			loss:  func(_, p, _ graph.Node) graph.Node { return ops.Sum(ops.ReLU(p)) },
			spoil: func(m *sick, _ []float32) { m.p.Tensor().F32[1] = -inf },
			want:  `parameter "p" is -Inf at element 1 already`},
		{name: "an infinity in a running statistic",
			spoil: func(m *sick, _ []float32) { m.norm.RunningVar.Tensor().F32[0] = inf },
			want:  `parameter "running_var" is +Inf at element 0 already`},
		{name: "a variance that overflows, of a loss that does not", spoil: func(_ *sick, x []float32) {
			x[0],
				x[4] = 3e38, -3e38
		},
			loss: func(_, p, normed graph.Node) graph.Node {
				return ops.Add(ops.Sum(p),
					ops.Scale(ops.Sum(normed), 0))
			},
			want: "the variance of channel 0 is 9e+76, more than a running variance of float32 holds", says: true},
	} {
		for name, opt := range optimizers() {
			for _, form := range []string{"fused", "plain", "norm clipped", "values clipped"} {
				t.Run(fmt.Sprintf("%s/%s/%s", c.name, name, form), func(t *testing.T) {
					ok := true
					m := newSick(nil)
					m.loss = func(x, p, normed graph.Node) graph.Node {
						if loss := c.loss; loss != nil && !ok {
							return loss(x, p, normed)
						}
						return ops.Add(ops.Sum(ops.Mul(x, p)), ops.Sum(normed))
					}
					tr := New(Supervised(m, func(pred, _ graph.Node) graph.Node { return pred }), opt)
					tr.Compile.NoFuse = form == "plain"
					switch form {
					case "norm clipped":
						tr.ClipNorm = 1
					case "values clipped":
						tr.ClipValue = 1
					}
					x, none := graph.FromFloat32(slices.Clone(fine), 2, 4), graph.FromInt64([]int64{0}, 1)
					for range 2 {
						if _, err := tr.Step(x, none); err != nil {
							t.Fatal(err)
						}
					}
					if c.loss != nil { // another graph over the same parameters and moments
						copy(m.p.Tensor().F32, []float32{1, 2, 3, 4})
						ok, tr.programs = false, recent.List[*program]{}
					}
					if c.spoil != nil {
						c.spoil(m, x.F32)
					}
					before := m.bits(tr)
					for range 2 {
						_, err := tr.Step(x, none)
						var bad *graph.NonFiniteError
						if err == nil || !c.says && !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
							t.Fatalf("got %v, want %s", err, c.want)
						}
						if !slices.Equal(m.bits(tr), before) {
							t.Fatalf("something has changed")
						}
					}
					if c.spoil == nil || c.loss != nil {
						return
					}
					copy(x.F32, fine) // and all is well again
					for _, p := range []*graph.Param{m.p, m.norm.RunningVar} {
						ops := p.Tensor().F32
						for i := range ops {
							ops[i] = 1
						}
					}
					if _, err := tr.Step(x, none); err != nil || slices.Equal(m.bits(tr), before) { // negative control
						t.Errorf("a step that is fine: %v", err)
					}
				})
			}
		}
	}
}

// TestRateTooLarge: where the update itself leads out of the numbers it is done, the error names what it left, and
// the next step does not begin.
func TestRateTooLarge(t *testing.T) {
	for name, opt := range optimizers() {
		t.Run(name, func(t *testing.T) {
			for _, c := range []struct {
				name   string
				lr     float64
				dp     float32
				spoilt string
			}{
				{"an enormous rate", 1e38, 1e5, `parameter "p`},
				// the moment, or what is made of it
				{"a gradient whose square overflows", 1e-30, 1e25, `parameter "p`},
			} {
				if c.dp == 1e25 && !strings.Contains("adagrad rmsprop centred adam adamw", name) {
					continue // there is no second moment
				}
				if name == "adadelta" {
					continue // its first steps are far below the rate
				}
				if slices.Contains([]string{"amsgrad", "adamax", "nadam", "radam", "lion", "lars"}, name) {
					c.dp = .45 // their steps are of the size of the rate: the loss must not overflow before p does
				}
				m := newVector(1, 2)
				tr, _ := m.trainer(opt)
				tr.LR = c.lr
				none := graph.FromInt64([]int64{0}, 1)
				var bad *graph.NonFiniteError
				for range 50 { // adaptive steps are of the size of the rate
					_, err := tr.Step(graph.FromFloat32([]float32{c.dp, c.dp}, 2), none)
					if errors.As(err, &bad) {
						break
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				if bad == nil || !bad.Done || !strings.HasPrefix(bad.What, c.spoilt) {
					t.Errorf("%s: got %v, want that %s is spoilt", c.name, bad, c.spoilt)
					continue
				}
				steps := tr.Steps()
				if _, err := tr.Step(graph.FromFloat32([]float32{1, 1}, 2), none); !errors.As(err, &bad) ||
					bad.Done || tr.Steps() != steps {
					t.Errorf("%s: the next step gives %v", c.name, err)
				}
			}
		})
	}
}

// TestLargestGradients: finite numbers at the end of the range are no mistake, with a clip neither.
func TestLargestGradients(t *testing.T) {
	for _, clip := range []float64{0, 1} {
		m := newVector(make([]float32, 8)...)
		tr, step := m.trainer(&SGD{LR: 1e-10})
		tr.ClipNorm = clip
		x := slices.Repeat([]float32{math.MaxFloat32}, 8)
		step(t, x...)
		if m.p.Tensor().F32[0] == 0 {
			t.Errorf("with a clip at %v nothing is learnt", clip)
		}
	}
}

// TestMomentThatIsNotFinite: a moment that is spoilt between two steps is named, whether its memory was asked for or
// kept.
func TestMomentThatIsNotFinite(t *testing.T) {
	m := newVector(1, 2)
	tr, step := m.trainer(&Adam{LR: 1e-3})
	step(t, 1, 1)
	square := tr.moments[momentKey{m.p, "square"}].Tensor().F32
	step(t, 1, 1)
	square[1] = float32(math.Inf(1)) // by memory that was handed out before
	none := graph.FromInt64([]int64{0}, 1)
	if _, err := tr.Step(graph.FromFloat32([]float32{1, 1}, 2), none); err == nil ||
		!strings.Contains(err.Error(), `parameter "p.square`) {
		t.Errorf("got %v", err)
	}
	tr.moments[momentKey{m.p, "square"}].Tensor().F32[1] = float32(math.Inf(1))
	before := slices.Clone(m.p.Tensor().F32)
	if _, err := tr.Step(graph.FromFloat32([]float32{1, 1}, 2), none); err == nil ||
		!strings.Contains(err.Error(), `parameter "p.square" is +Inf at element 1 already before the run`) {
		t.Errorf("got %v", err)
	}
	m.check(t, 0, float64(before[0]), float64(before[1]))
}

// TestProductThatOverflows: a gradient that is known as finite from what it is made of, and one that is not.
func TestProductThatOverflows(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		name  string
		x, dy float32
		spoil bool // the input's memory, after it was set
		want  string
	}{
		{name: "of small numbers", x: 3, dy: 1e-3},
		{name: "that would do with one more", x: 1e16, dy: 1e16},
		{name: "of large numbers", x: 1e30, dy: 1e20, want: "the gradient of w is +Inf at element 0"},
		{name: "of an input that is spoilt later", x: 0, dy: 1, spoil: true, want: "is"},
	} {
		g := &graph.Graph{Mode: graph.Train}
		w := graph.NewParam("w", graph.Type{Shape: graph.Shape{16, 64}})
		x, n := g.Input("x", 2, 64), g.Param(w)
		loss := ops.Scale(ops.Sum(ops.Linear(x, n, graph.Node{})), float64(c.dy))
		d := graph.Gradients(loss, n)[0]
		g.InPhase(graph.Update, func() { g.Assign(n, ops.SGD(n, d, g.Scalar(1e-3), 0)) })
		p, err := g.Compile(loss)
		if err != nil {
			t.Fatal(err)
		}
		p.Set(x, graph.FromFloat32(slices.Repeat([]float32{c.x}, 128), 2, 64))
		if c.spoil {
			p.Value(x).F32[7] = inf
		}
		err = p.Run()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("a product %s: got %v", c.name, err)
		}
		if changed := slices.ContainsFunc(w.Tensor().F32,
			func(v float32) bool { return v != 0 }); changed != (c.want == "") {
			t.Errorf("a product %s: the parameter changed: %v", c.name, changed)
		}
	}
}
