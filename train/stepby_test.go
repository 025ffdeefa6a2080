package train_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// TestStepBy: a step whose turns are traced is the step, to the bit, and an error of the caller's ends it.
func TestStepBy(t *testing.T) {
	x := graph.FromFloat32([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	y := graph.FromInt64([]int64{0, 1}, 2)
	weights := func(run func(train.Compiled) error) (all []float32, loss float64, err error) {
		m := mlp.New(3, 4, 2)
		tr := train.New(train.Supervised(m, ops.CrossEntropy), &train.Adam{LR: .1})
		tr.Compile.Teach = true
		for range 3 {
			if run == nil {
				loss, err = tr.Step(x, y)
			} else {
				loss, err = tr.StepBy(run, x, y)
			}
		}
		for p := range m.Params().All() {
			all = append(all, p.Tensor().F32...)
		}
		return all, loss, err
	}
	want, wantLoss, err := weights(nil)
	if err != nil {
		t.Fatal(err)
	}
	frames, lines := 0, 0
	got, loss, err := weights(func(c train.Compiled) error {
		c.Batch[0] = graph.Node{} // it is a copy
		return c.Program.Trace(func(f graph.Frame) error {
			if _, n := f.Nodes[0].Line(); n > 0 {
				lines++
			}
			frames++
			return nil
		})
	})
	if err != nil || !slices.Equal(got, want) || loss != wantLoss || frames < 60 || lines < frames/2 {
		t.Errorf("error %v, loss %v of %v, %d frames, %d with lines", err, loss, wantLoss, frames, lines)
	}
	mine := errors.New("enough")
	if _, _, err := weights(func(train.Compiled) error { return mine }); !errors.Is(err, mine) {
		t.Errorf("the error of the caller is %v", err)
	}
	tr := train.New(train.Supervised(mlp.New(3, 2), ops.CrossEntropy), &train.Adam{})
	if _, err := tr.StepBy(nil, x, y); err == nil || !strings.Contains(err.Error(), "train: StepBy: run is nil") {
		t.Errorf("nobody to run it: %v", err)
	}
}
