package train

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train/schedule"
)

// grouped trains a small model for a few steps of a schedule, and returns its parameters by name.
func grouped(t *testing.T, opt Optimizer) map[string]graph.Tensor {
	t.Helper()
	m := mlp.New(4, 5, 3)
	x, y := tableOf(12)
	f := Fit{Trainer: New(Supervised(m, ops.CrossEntropy), opt), Train: inParts(x, y, 3), Epochs: 2,
		Schedule: schedule.Cosine{}.At}
	if _, err := f.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	all := map[string]graph.Tensor{}
	for p := range m.Params().All() {
		all[p.Name()] = p.Tensor()
	}
	return all
}

// tableOf is n rows of four numbers, and their classes of three.
func tableOf(n int) (x, y graph.Tensor) {
	x, y = graph.NewTensor(graph.Type{Shape: graph.Shape{n, 4}}), graph.FromInt64(make([]int64, n), n)
	for i := range x.F32 {
		x.F32[i] = float32(math.Sin(float64(i * i)))
	}
	for i := range y.I64 {
		y.I64[i] = int64(i % 3)
	}
	return x, y
}

// TestByGroup: groups of one optimiser are that optimiser to the bit, and each parameter is stepped by its own.
func TestByGroup(t *testing.T) {
	adam := func(rate, decay float64) Optimizer { return &AdamW{LR: rate, Decay: decay} }
	alone, slow, bare := grouped(t, adam(.1, .5)), grouped(t, adam(.01, .5)), grouped(t, adam(.1, 0))
	alike := []Group{{Vectors, adam(.1, .5)}, {Under("fc2"), adam(.1, .5)}}
	same := grouped(t, &ByGroup{Groups: alike, Else: adam(.1, .5)})
	for name, want := range alone {
		if !slices.Equal(same[name].F32, want.F32) {
			t.Errorf("%s is another in groups of one optimiser", name)
		}
		if slices.Equal(want.F32, slow[name].F32) { // negative control
			t.Errorf("%s is the same at another rate", name)
		}
	}
	if slices.Equal(alone["fc1.weight"].F32, bare["fc1.weight"].F32) { // negative control
		t.Error("fc1.weight is the same without a decay")
	}
	one := grouped(t, &ByGroup{Groups: []Group{{Under(""), adam(.01, .5)}}, Else: adam(.1, 0)})
	for name, want := range slow {
		if off := furthest(one[name], want); off > 1e-6 {
			t.Errorf("%s, of a group of all, is off by %g from the group's own optimiser", name, off)
		}
	}
}

func furthest(a, b graph.Tensor) (off float64) {
	for i := range a.F32 {
		off = math.Max(off, math.Abs(float64(a.F32[i]-b.F32[i])))
	}
	return off
}

func TestUnder(t *testing.T) {
	of := Under("layer4", "fc")
	for name, want := range map[string]bool{"fc.weight": true, "fc2.weight": false, "layer4.0.conv1.weight": true,
		"layer40.weight": false, "fc": true, "body.fc.weight": false} {
		if got := of(graph.NewParam(name, graph.Type{Shape: graph.Shape{1}})); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestByGroupMistakes(t *testing.T) {
	sgd := &SGD{LR: .1}
	for _, c := range []struct {
		name string
		opt  Optimizer
		want string
	}{
		{"no other", &ByGroup{}, "ByGroup: its Else: there is no optimiser"},
		{"nothing that belongs to a group", &ByGroup{Groups: []Group{{nil, sgd}}, Else: sgd},
			"ByGroup: group 0 has no Of, which says what belongs to it"},
		{"a group without an optimiser", &ByGroup{Groups: []Group{{Vectors, nil}}, Else: sgd},
			"ByGroup: group 0: there is no optimiser"},
		{"an optimiser that makes no sense", &ByGroup{Groups: []Group{{Vectors, &Adam{Beta1: 2}}}, Else: sgd},
			"ByGroup: group 0: Adam: Beta1 is 2, want a number in [0, 1)"},
		{"a path that is not there", &ByGroup{Groups: []Group{{Under("fc9"), sgd}}, Else: sgd},
			"ByGroup: no parameter of the graph belongs to group 0"},
		{"a group that is hidden", &ByGroup{Groups: []Group{{Under(""), sgd}, {Vectors, sgd}}, Else: sgd},
			"ByGroup: no parameter of the graph belongs to group 1, or those that do belong to one before it"},
		{"a rate of nothing", &ByGroup{Else: signless{}},
			"ByGroup: its Else: the learning rate is 0, want a positive number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, y := tableOf(3)
			_, err := New(Supervised(mlp.New(4, 5, 3), ops.CrossEntropy), c.opt).Step(x, y)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	var m = mlp.New(4, 5, 3)
	m.Params().Freeze("fc1")
	x, y := tableOf(3)
	opt := &ByGroup{Groups: []Group{{Under("fc1"), sgd}}, Else: sgd}
	if _, err := New(Supervised(m, ops.CrossEntropy), opt).Step(x, y); err != nil {
		t.Errorf("a group that is frozen: %v", err)
	}
}

// signless is an optimiser of one's own without a rate.
type signless struct{}

func (signless) Rate() float64                      { return 0 }
func (signless) Update(u *Update, p, dp graph.Node) { u.g.Assign(p, p) }

// TestElasticNet: its gradient is l1·sign(w) + l2·w for weights, and nothing for biases.
func TestElasticNet(t *testing.T) {
	w := graph.NewParam("w", graph.Type{Shape: graph.Shape{1, 3}})
	copy(w.Tensor().F32, []float32{2, -4, 0})
	b := graph.NewParam("b", graph.Type{Shape: graph.Shape{1}})
	b.Tensor().F32[0] = 5
	g := &graph.Graph{}
	pw, pb := g.Param(w), g.Param(b)
	loss := ops.Add(ElasticNet(.5, .1)(pw, pb), ops.Sum(pb))
	grads := graph.Gradients(loss, pw, pb)
	prog, err := g.Compile(append(grads, loss)...)
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	got := append(slices.Clone(prog.Value(grads[0]).F32), prog.Value(grads[1]).F32...)
	for i, want := range []float32{.7, -.9, 0, 1} {
		if d := got[i] - want; d > 1e-6 || d < -1e-6 {
			t.Errorf("gradient %d is %v, want %v", i, got[i], want)
		}
	}
	for want, penalty := range map[string]func(...graph.Node) graph.Node{
		"l1 is -1, want a finite number that is not negative": ElasticNet(-1, 0),
		"l2 is NaN": ElasticNet(0, math.NaN()),
	} {
		task := Supervised(mlp.New(4, 3), ops.CrossEntropy)
		task.Penalty = penalty
		x, y := tableOf(3)
		if _, err := New(task, &SGD{LR: .1}).Step(x, y); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	g = &graph.Graph{}
	if n := ElasticNet(1, 1)(g.Param(b)); n.Valid() || !strings.Contains(g.Err().Error(), "there are no weights") {
		t.Errorf("of a bias alone: %v", g.Err())
	}
}
