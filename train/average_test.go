package train_test

import (
	"errors"
	"fmt"
	"log"
	"math"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// The mean of what a parameter has been, in a loop by hand. The rate is too large, so that the parameter goes to and
// fro about the minimum at 0; its mean is nearer.
func ExampleAverage() {
	s := nn.NewScope()
	p := s.Param("p", nn.Ones)
	trainer := train.New(train.TaskFunc(func(b ...graph.Node) graph.Node {
		return ops.Mean(ops.Mul(b[0], ops.Square(b[0].Graph().Param(p))))
	}), &train.SGD{LR: .975})
	average := &train.Average{Of: s.Params(), Decay: .9}
	for range 40 {
		if _, err := trainer.Step(graph.FromFloat32([]float32{1}, 1)); err != nil {
			log.Fatal(err)
		}
		if err := average.Add(); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("now %.3f\n", p.Tensor().At(0))
	if err := average.Swap(); err != nil { // to use or to save; a second Swap goes on
		log.Fatal(err)
	}
	fmt.Printf("on average %.3f\n", p.Tensor().At(0))
	// Output:
	// now 0.129
	// on average 0.014
}

// TestAverage: the mean follows its formula, in both float types; integers and running statistics are taken along; and
// what is swapped twice is what it was.
func TestAverage(t *testing.T) {
	for _, d := range []graph.DType{graph.Float32, graph.Float64} {
		s := nn.NewScope()
		if err := s.Params().SetDType(d); err != nil {
			t.Fatal(err)
		}
		bn := nn.NewBatchNorm1D(s, 2)
		a := &train.Average{Of: s.Params(), Decay: .25}
		set := func(v float64) {
			for p := range s.Params().All() {
				p.Fill(func(dst graph.Tensor) { nn.Constant(v)(dst, nil) })
			}
		}
		want := 0.
		for n, v := range []float64{4, 8, -2, 1, 6} {
			set(v)
			if err := a.Add(); err != nil {
				t.Fatal(err)
			}
			share := min(.25, float64(n)/float64(n+10))
			want = share*want + (1-share)*v
		}
		for range 2 {
			if err := a.Swap(); err != nil {
				t.Fatal(err)
			}
			for p := range s.Params().All() {
				got, is := p.Tensor().At(0), want
				if p == bn.Batches {
					is = 6
				}
				if math.Abs(got-is) > 1e-6 {
					t.Errorf("%v: %s is %v, want %v", d, p.Name(), got, is)
				}
			}
			want = 6 // behind the second Swap
		}
	}
}

// TestAverageOfOthers: parameters that are no longer those of the first Add are an error, and no panic.
func TestAverageOfOthers(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(s *nn.Scope, a *train.Average) error
		want   string
	}{
		{"one more", func(s *nn.Scope, _ *train.Average) error { s.Param("q", nn.Ones, 2); return nil },
			"average: there were 1 parameters at the first Add, and q is one more"},
		{"another shape", func(_ *nn.Scope, a *train.Average) error {
			s := nn.NewScope()
			s.Param("p", nn.Ones, 4)
			a.Of = s.Params()
			return nil
		}, "average: p is float32 (4), and parameter 1 was float32 (3) at the first Add"},
		{"other parameters", func(_ *nn.Scope, a *train.Average) error { a.Of = nn.NewScope().Params(); return nil },
			"average: there are 0 parameters, and there were 1 at the first Add"},
		{"negative control: the same", func(*nn.Scope, *train.Average) error { return nil }, "<nil>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := nn.NewScope()
			s.Param("p", nn.Ones, 3)
			a := &train.Average{Of: s.Params(), Decay: .5}
			if err := errors.Join(a.Add(), c.change(s, a)); err != nil {
				t.Fatal(err)
			}
			for i, f := range []func() error{a.Add, a.Swap} {
				if got := fmt.Sprint(f()); got != c.want {
					t.Errorf("%s: %s, want %s", []string{"Add", "Swap"}[i], got, c.want)
				}
			}
		})
	}
}

// TestAverageAllocates: following costs no memory, but for the first time.
func TestAverageAllocates(t *testing.T) {
	a := &train.Average{Of: mlp.New(4, 3, 2).Params(), Decay: .999}
	if n := testing.AllocsPerRun(10, func() {
		if err := a.Add(); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestAverageOfAPlayer: it follows after each turn of its player, and after no other's. What is wrong with it is an
// error of the first step.
func TestAverageOfAPlayer(t *testing.T) {
	s := nn.NewScope()
	s.Param("a.p", nn.Zeros)
	s.Param("b.p", nn.Zeros)
	game := func(average *train.Average) *train.Trainer {
		return train.New(&train.Game{
			Players: []train.Player{
				{Name: "a", Params: s.Params().Under("a"), Optimizer: &train.SGD{LR: 1}},
				{Name: "b", Params: s.Params().Under("b"), Optimizer: &train.SGD{LR: 1}, Every: 2,
					Average: average},
			},
			Play: func(b ...graph.Node) []train.Outcome {
				g := b[0].Graph()
				return []train.Outcome{{Loss: ops.Neg(g.Param(s.Params().Get("a.p")))},
					{Loss: ops.Neg(g.Param(s.Params().Get("b.p")))}}
			},
		}, nil)
	}
	average := &train.Average{Of: s.Params(), Decay: .5}
	tr, x := game(average), graph.FromFloat32([]float32{0}, 1)
	for range 5 {
		if _, err := tr.Step(x); err != nil {
			t.Fatal(err)
		}
	}
	if err := average.Swap(); err != nil {
		t.Fatal(err)
	}
	// Behind steps 2 and 4, when a is 2 and 4, and b 1 and 2: d is 0, then 1/11.
	for name, want := range map[string]float64{"a.p": 2./11 + 40./11, "b.p": 1./11 + 20./11} {
		if got := s.Params().Get(name).Tensor().At(0); math.Abs(got-want) > 1e-6 {
			t.Errorf("the average of %s is %v, want %v", name, got, want)
		}
	}
	for _, c := range []struct {
		name    string
		average *train.Average
		want    string
	}{
		{"of nothing", &train.Average{Decay: .5}, `player "b": its Average: there is no Of`},
		{"of one decay", &train.Average{Of: s.Params(), Decay: 1},
			`player "b": its Average: the Decay is 1, want a number in [0, 1)`},
		{"of no decay", &train.Average{Of: s.Params(), Decay: math.NaN()}, "the Decay is NaN"},
		{"while it stands in the place of the parameters", average, "the parameters have the averages"},
	} {
		tr := game(c.average)
		var err error
		for range 2 {
			_, err = tr.Step(x)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	var none *train.Average
	if err := none.Add(); err == nil {
		t.Error("nil follows")
	}
}
