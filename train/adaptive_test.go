package train

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/ops"
)

// pyTorch is what testdata/optimizers.py writes.
type pyTorch struct {
	Begin []float64
	Grads [][]float64
	Steps map[string][][]float64
	RAdam []float64
}

func readPyTorch(t *testing.T) (f pyTorch) {
	t.Helper()
	text, err := os.ReadFile("testdata/optimizers.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// asPyTorch are the optimisers of testdata/optimizers.py.
var asPyTorch = map[string]Optimizer{
	"amsgrad":           &Adam{LR: .1, AMSGrad: true},
	"amsgrad decay":     &Adam{LR: .1, Beta1: .5, Beta2: .8, Eps: 1e-3, Decay: .1, AMSGrad: true},
	"amsgrad decoupled": &AdamW{LR: .1, Beta1: .8, Beta2: .5, Eps: 1e-4, Decay: .2, AMSGrad: true},
	"adadelta":          &Adadelta{},
	"adadelta decay":    &Adadelta{LR: .5, Rho: .7, Eps: 1e-3, Decay: .1},
	"adamax":            &Adamax{LR: .02},
	"adamax decay":      &Adamax{LR: .1, Beta1: .6, Beta2: .8, Eps: 1e-2, Decay: .1},
	"nadam":             &NAdam{LR: .02},
	"nadam decay":       &NAdam{LR: .1, Beta1: .6, Beta2: .8, Eps: 1e-3, MomentumDecay: .5, Decay: .1},
	"radam":             &RAdam{LR: .02},
	"radam rectified":   &RAdam{LR: .1, Beta1: .7, Beta2: .9, Eps: 1e-3, Decay: .1},
	"radam never":       &RAdam{LR: .1, Beta1: .7, Beta2: .5},
	"lion":              &Lion{LR: .01},
	"lion decay":        &Lion{LR: .02, Beta1: .5, Beta2: .8, Decay: .1},
	"lars":              &LARS{LR: 2, Momentum: .9},
	"lars decay":        &LARS{LR: 5, Trust: .01, Momentum: .5, Decay: .1},
}

// stepper is a trainer of one parameter of a float type, whose loss is Σ x·p: it is fed its gradient.
func stepper(d graph.DType, opt Optimizer, begin []float64) (*graph.Param, *Trainer, func(dp []float64) error) {
	p := graph.NewParam("p", graph.Type{DType: d, Shape: graph.Shape{len(begin)}})
	setFloats(p.Tensor(), begin)
	tr := New(TaskFunc(func(b ...graph.Node) graph.Node {
		return ops.Sum(ops.Mul(b[0], b[0].Graph().Param(p)))
	}), opt)
	return p, tr, func(dp []float64) error {
		x := graph.NewTensor(p.Type())
		setFloats(x, dp)
		_, err := tr.Step(x)
		return err
	}
}

func setFloats(t graph.Tensor, v []float64) {
	for i, x := range v {
		if t.DType == graph.Float64 {
			t.F64[i] = x
		} else {
			t.F32[i] = float32(x)
		}
	}
}

// differs reports the first step whose parameter is not that of PyTorch; the rate is halved after three.
func (f *pyTorch) differs(d graph.DType, opt Optimizer, want [][]float64, tolerance float64) error {
	p, tr, step := stepper(d, opt, f.Begin)
	for i, dp := range f.Grads {
		if tr.LR = opt.Rate(); i >= 3 {
			tr.LR /= 2
		}
		if err := step(dp); err != nil {
			return err
		}
		for j, w := range want[i] {
			if got := p.Tensor().At(j); !(math.Abs(got-w) <= tolerance*(1+math.Abs(w))) {
				return fmt.Errorf("step %d: element %d is %.9g, want %.9g", i+1, j, got, w)
			}
		}
	}
	return nil
}

// TestOptimizersAsPyTorch: eight steps have PyTorch's numbers, in float64 to the last digits.
func TestOptimizersAsPyTorch(t *testing.T) {
	f := readPyTorch(t)
	if len(f.Steps) != len(asPyTorch) {
		t.Errorf("there are %d optimisers, in the file %d", len(asPyTorch), len(f.Steps))
	}
	for name, opt := range asPyTorch {
		t.Run(name, func(t *testing.T) {
			if err := f.differs(graph.Float64, opt, f.Steps[name], 1e-10); err != nil {
				t.Error(err)
			}
			if err := f.differs(graph.Float32, opt, f.Steps[name], 3e-6); err != nil {
				t.Errorf("float32: %v", err)
			}
		})
	}
}

// TestOptimizersAsPyTorchNotices: with a constant that is another none has PyTorch's numbers.
func TestOptimizersAsPyTorchNotices(t *testing.T) {
	f := readPyTorch(t)
	for name, opt := range map[string]Optimizer{
		"amsgrad":           &Adam{LR: .1, AMSGrad: true, Where: ops.InsideRoot},
		"amsgrad decay":     &Adam{LR: .1, Beta1: .5, Beta2: .8, Eps: 1e-3, Decay: .1},
		"amsgrad decoupled": &Adam{LR: .1, Beta1: .8, Beta2: .5, Eps: 1e-4, Decay: .2, AMSGrad: true},
		"adadelta":          &Adadelta{Eps: 1e-7},
		"adamax":            &Adamax{LR: .02, Eps: 1e-5},
		"nadam":             &NAdam{LR: .02, MomentumDecay: 3e-3},
		"nadam decay":       &NAdam{LR: .1, Beta1: .6, Beta2: .8, Eps: 1e-3, MomentumDecay: .5},
		"radam":             &RAdam{LR: .02, Beta2: .99},
		"radam rectified":   &RAdam{LR: .1, Beta1: .7, Beta2: .9, Eps: 1e-4, Decay: .1},
		"lion":              &Lion{LR: .01, Beta2: .8},
		"lars":              &LARS{LR: 2, Momentum: .9, Trust: 2e-3},
	} {
		if f.differs(graph.Float64, opt, f.Steps[name], 1e-10) == nil {
			t.Errorf("%s: the numbers are PyTorch's", name)
		}
	}
}

// TestRAdamForLong: the steps from the sixth on, which are the first that are rectified, are PyTorch's, in float32
// too.
func TestRAdamForLong(t *testing.T) {
	want := readPyTorch(t).RAdam
	for d, tolerance := range map[graph.DType]float64{graph.Float64: 1e-9, graph.Float32: 2e-5} {
		p, _, step := stepper(d, &RAdam{LR: .01}, []float64{1})
		for i := 1; i <= 1100; i++ {
			if err := step([]float64{math.Sin(float64(i))}); err != nil {
				t.Fatal(err)
			}
			if i%50 != 6 {
				continue
			}
			if got := p.Tensor().At(0); math.Abs(got-want[i/50]) > tolerance {
				t.Errorf("%v: after step %d it is %.9g, want %.9g", d, i, got, want[i/50])
			}
		}
	}
}

// TestGathered: in float32 what is gathered agrees with its formula in float64, from the first step to the last.
func TestGathered(t *testing.T) {
	for _, beta := range []float64{.5, .9, .99, .999, .9999} {
		g := &graph.Graph{}
		y := (&Update{Step: g.Step(), g: g}).gathered(beta)
		corrected := (&Update{Step: g.Step(), g: g}).correction(beta)
		prog, err := g.Compile(y, corrected)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []int{1, 2, 3, 5, 6, 10, 50, 500, 693, 1000, 5000, 1e6, 1e9} {
			prog.SetStep(step)
			if err := prog.Run(); err != nil {
				t.Fatal(err)
			}
			n := float64(step)
			want := 2/-math.Log(beta) - 2*n/math.Expm1(-n*math.Log(beta))
			if got := prog.Float(y); math.Abs(got-want) > 3e-6*want {
				t.Errorf("beta %v, step %d: got %.9g, want %.9g", beta, step, got, want)
			}
			if got, want := prog.Float(corrected), -math.Expm1(n*math.Log(beta)); math.Abs(got-want) > 3e-7*want {
				t.Errorf("beta %v, step %d: the correction is %.9g, want %.9g", beta, step, got, want)
			}
		}
	}
}

// TestLARSAtZero: a parameter or a gradient of zeros has the rate itself, and no 0/0.
func TestLARSAtZero(t *testing.T) {
	p, _, step := stepper(graph.Float32, &LARS{LR: .5}, []float64{0, 0})
	for _, dp := range [][]float64{{1, 2}, {0, 0}} {
		if err := step(dp); err != nil {
			t.Fatal(err)
		}
	}
	if got := p.Tensor().F32; got[0] != -.5 || got[1] != -1 {
		t.Errorf("got %v, want [-0.5 -1]", got)
	}
}

func TestAdaptiveMistakes(t *testing.T) {
	for want, opt := range map[string]Optimizer{
		"Adadelta: Rho is 1, want a number in [0, 1)":              &Adadelta{Rho: 1},
		"Adamax: Beta2 is -1, want a number in [0, 1)":             &Adamax{Beta2: -1},
		"NAdam: MomentumDecay is NaN, want a finite number":        &NAdam{MomentumDecay: math.NaN()},
		"RAdam: Eps is +Inf, want a finite number":                 &RAdam{Eps: math.Inf(1)},
		"Lion: Decay is -0.1, want a finite number":                &Lion{Decay: -.1},
		"LARS: LR is 0, and there is no usual one: set it, to 10":  &LARS{},
		"LARS: Trust is NaN, want a finite number that is not neg": &LARS{LR: 1, Trust: math.NaN()},
	} {
		_, _, step := stepper(graph.Float32, opt, []float64{1})
		if err := step([]float64{1}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s…", err, want)
		}
	}
}
