package graph

import (
	"slices"
	"testing"
	"time"
)

// sleep is the identity, and takes two milliseconds.
type sleep struct{}

func (sleep) String() string                       { return "sleep" }
func (sleep) Types(in []Type) ([]Type, error)      { return in[:1], nil }
func (sleep) Grad(_, _, _ []Node, _ []bool) []Node { return nil }
func (sleep) Eval(dst, in []Tensor) error {
	time.Sleep(2 * time.Millisecond)
	dst[0].CopyFrom(in[0])
	return nil
}
func (sleep) Flops([]Type) (products, others int64) { return 3, 4 }

// TestProfile: the time goes to the instruction that takes it, bytes count each operand once, and the runs are steps.
func TestProfile(t *testing.T) {
	g := &Graph{}
	x := g.Input("x", 3)
	y := Apply(times{}, Apply(sleep{}, x), x)
	p := mustCompile(t, g, Apply(total{}, Apply(flat{MakeDims(3, 1)}, Apply(times{}, y, y))))
	p.Set(x, []float32{1, 2, 3})
	profile, err := p.Profile(3)
	if err != nil {
		t.Fatal(err)
	}
	var bytes []int
	for i, in := range profile {
		bytes = append(bytes, in.Bytes)
		if slow := in.Time >= 2*time.Millisecond; slow != (in.Op == sleep{}) || in.Index != i {
			t.Errorf("%v took %v", in, in.Time)
		}
	}
	// sleep 3 → 3, times 3, 3 → 3, times of y by itself 3 → 3, a view, total 3 → 1
	if want := []int{24, 36, 24, 0, 16}; !slices.Equal(bytes, want) {
		t.Errorf("bytes %v, want %v", bytes, want)
	}
	if profile[0].Flops != 7 || p.StepNumber() != 3 {
		t.Errorf("%d operations and %d steps, want 7 and 3", profile[0].Flops, p.StepNumber())
	}
}

// TestProfileEndsAtLoss: a loss that is not finite is the error of a run, and no update is made.
func TestProfileEndsAtLoss(t *testing.T) {
	g := &Graph{Mode: Train}
	x, outputs, w := smallStep(g)
	p := mustCompile(t, g, outputs...)
	p.Set(x, []float32{1e30, 1, 1, 1})
	before := slices.Clone(w.Tensor().F32)
	if _, err := p.Profile(2); err == nil || err.Error() != "step 1: the loss is +Inf" {
		t.Errorf("got %v", err)
	}
	wantValue(t, "the parameter", w.Tensor(), before...)
}
