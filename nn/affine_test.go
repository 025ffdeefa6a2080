package nn_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
)

// affine are the layers that take an Affine.
var affine = []struct {
	name string
	x    []int
	make func(s *nn.Scope, opt ...nn.Affine) nn.Module
}{
	{"NewLinear", []int{2, 4}, func(s *nn.Scope, opt ...nn.Affine) nn.Module { return nn.NewLinear(s, 4, 3, opt...) }},
	{"NewConv1D", []int{2, 4, 9}, func(s *nn.Scope, opt ...nn.Affine) nn.Module {
		return nn.NewConv1D(s, 4, 3, 3, ops.Conv{}, opt...)
	}},
	{"NewConv2D", []int{2, 4, 9, 9}, func(s *nn.Scope, opt ...nn.Affine) nn.Module {
		return nn.NewConv2D(s, 4, 3, 3, ops.Conv{}, opt...)
	}},
	{"NewConv2DRect", []int{2, 4, 9, 9}, func(s *nn.Scope, opt ...nn.Affine) nn.Module {
		return nn.NewConv2DRect(s, 4, 3, 3, 1, ops.Conv{}, opt...)
	}},
	{"NewConvTranspose2D", []int{2, 4, 9, 9}, func(s *nn.Scope, opt ...nn.Affine) nn.Module {
		return nn.NewConvTranspose2D(s, 4, 3, 3, ops.Conv{}, opt...)
	}},
}

// TestAffine: one struct serves all layers that have a weight and a bias.
func TestAffine(t *testing.T) {
	for _, c := range affine {
		t.Run(c.name, func(t *testing.T) {
			usual, zero := nn.NewScope(), nn.NewScope()
			c.make(usual)
			c.make(zero, nn.Affine{})
			if sum(usual.Params()) != sum(zero.Params()) || len(names(zero.Params())) != 2 {
				t.Errorf("the zero value is not the usual case: %v", names(zero.Params()))
			}
			s := nn.NewScope()
			l := c.make(s, nn.Affine{NoBias: true})
			if got := names(s.Params()); !slices.Equal(got, []string{"weight"}) {
				t.Errorf("without bias it has %v", got)
			}
			x := graph.NewTensor(graph.Type{Shape: c.x}) // of zeros, where only a bias makes y another number
			y, err := nn.NewPredictor(l).Predict(x)
			if err != nil || slices.Max(y.F32) != 0 || slices.Min(y.F32) != 0 {
				t.Errorf("without bias it maps 0 to %v, %v", y, err)
			}
			s = nn.NewScope()
			l = c.make(s, nn.Affine{Weight: nn.Constant(7), Bias: nn.Constant(5)})
			if got := s.Params().Get("weight").Tensor().At(0); got != 7 {
				t.Errorf("the weight is %v, want 7", got)
			}
			y, err = nn.NewPredictor(l).Predict(x)
			if err != nil || slices.Max(y.F32) != 5 || slices.Min(y.F32) != 5 {
				t.Errorf("a bias of 5 maps 0 to %v, %v", y, err)
			}
			two := panics(func() { c.make(nn.NewScope().Sub("fc"), nn.Affine{}, nn.Affine{}) })
			if want := "nn: fc: " + c.name + ": there are 2 Affine, want at most one"; two != want {
				t.Errorf("got %q, want %q", two, want)
			}
		})
	}
}

// TestSetInit: another initialiser holds for what is under the path, for values read or not, and for later seeds.
func TestSetInit(t *testing.T) {
	s := nn.NewScope()
	fc, bn := nn.NewLinear(s.Sub("fc"), 2, 2), nn.NewBatchNorm1D(s.Sub("bn"), 2)
	fc.Weight.Tensor()
	before := slices.Clone(fc.Bias.Tensor().F32)
	draw := func(dst graph.Tensor, r *nn.Rand) { dst.F32[0] = float32(100 + r.IntN(1000)) }
	ps := s.Params()
	if n := ps.SetInit("fc.weight", draw); n != 1 {
		t.Errorf("%d parameters, want 1", n)
	}
	first := fc.Weight.Tensor().F32[0]
	if first < 100 || !slices.Equal(before, fc.Bias.Tensor().F32) {
		t.Errorf("the weight is %v, the bias %v, before %v", first, fc.Bias.Tensor().F32, before)
	}
	ps.Init(1)
	if got := fc.Weight.Tensor().F32[0]; got < 100 || got == first {
		t.Errorf("another seed: %v, before %v", got, first)
	}
	if n := ps.SetInit("", nn.Constant(3)); n != 4 || bn.Weight.Tensor().At(0) != 3 ||
		bn.RunningVar.Tensor().At(0) != 1 {
		t.Errorf("everywhere: %d parameters, a running variance of %v", n, bn.RunningVar.Tensor())
	}
	if n := ps.SetInit("nowhere", nn.Zeros); n != 0 {
		t.Errorf("nowhere: %d parameters", n)
	}
	if words := panics(func() { ps.SetInit("", nil) }); !strings.Contains(words, "there is no initialiser") {
		t.Errorf("no initialiser: %q", words)
	}
}
