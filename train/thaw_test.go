package train_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// threeLayers is a network, and the Thaw that lets its layers learn from the last to the first.
func threeLayers() (*mlp.MLP, *train.Thaw) {
	m := mlp.New(2, 3, 3, 2)
	return m, &train.Thaw{Of: m.Params(), From: []train.Part{{Path: "fc3", Epoch: 1}, {Path: "fc2", Epoch: 2},
		{Epoch: 4}}}
}

// learning lists the layers whose weight is trained.
func learning(ps *nn.Params) (names []string) {
	for p := range ps.All() {
		if name, ok := strings.CutSuffix(p.Name(), ".weight"); ok && p.Trainable() {
			names = append(names, name)
		}
	}
	return names
}

// TestThaw: in each epoch of a Fit, with a test and without, exactly the parts move that are to learn in it; the
// others keep their bits.
func TestThaw(t *testing.T) {
	x, y := graph.FromFloat32([]float32{1, 2, 3, 4, -1, 2, 0, 1}, 4, 2), graph.FromInt64([]int64{0, 1, 1, 0}, 4)
	batch := []graph.Tensor{x, y}
	for _, tested := range []bool{false, true} {
		m, thaw := threeLayers()
		fit := train.Fit{Trainer: train.New(train.Supervised(m, ops.CrossEntropy), &train.Adam{LR: .01}),
			Train: train.Fixed(batch, batch), Epochs: 5}
		if tested {
			fit.Test = train.Fixed(batch)
		}
		values := func() map[string][]float32 {
			all := map[string][]float32{}
			for _, l := range []string{"fc1", "fc2", "fc3"} {
				all[l] = slices.Clone(m.Params().Get(l + ".weight").Tensor().F32)
			}
			return all
		}
		before := values()
		var moved [][]string
		fit.Hook = train.Hooks(func(now train.Progress, _ *train.Control) {
			if now.Step < now.Steps || now.Scores != nil {
				return
			}
			var names []string
			for _, l := range []string{"fc1", "fc2", "fc3"} {
				if !slices.Equal(before[l], values()[l]) {
					names = append(names, l)
				}
			}
			moved, before = append(moved, names), values()
		}, thaw.Hook)
		if err := thaw.At(1); err != nil {
			t.Fatal(err)
		}
		if _, err := fit.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		want := "[[fc3] [fc2 fc3] [fc2 fc3] [fc1 fc2 fc3] [fc1 fc2 fc3]]"
		if got := fmt.Sprint(moved); got != want {
			t.Errorf("with a test %v: in each epoch move %s, want %s", tested, got, want)
		}
	}
}

// TestThawIsKept: what Keep returns brings another Thaw, of a network that is made anew, to the same parts; running
// statistics are never trained.
func TestThawIsKept(t *testing.T) {
	for epoch := range 6 {
		m, thaw := threeLayers()
		if epoch > 0 {
			if err := thaw.At(epoch); err != nil {
				t.Fatal(err)
			}
		}
		kept, err := thaw.Keep()
		if err != nil {
			t.Fatal(err)
		}
		n, again := threeLayers()
		if err := again.TakeUp(kept); err != nil {
			t.Fatal(err)
		}
		if got, want := learning(n.Params()), learning(m.Params()); !slices.Equal(got, want) {
			t.Errorf("epoch %d: %v learn, want %v", epoch, got, want)
		}
	}
	s := nn.NewScope()
	norm := nn.NewBatchNorm2D(s.Sub("bn"), 2)
	thaw := train.Thaw{Of: s.Params(), From: []train.Part{{Epoch: 1}}}
	if err := thaw.At(1); err != nil || norm.RunningMean.Trainable() || !norm.Weight.Trainable() {
		t.Errorf("statistics are trained; error %v", err)
	}
}

func TestThawMisused(t *testing.T) {
	m, good := threeLayers()
	var none *train.Thaw
	for _, c := range []struct {
		thaw  *train.Thaw
		epoch int
		want  string
	}{
		{none, 1, "thaw: the Thaw is nil"},
		{&train.Thaw{}, 1, "thaw: there is no Of"},
		{&train.Thaw{Of: m.Params()}, 1, "thaw: there is no part that learns: From is empty"},
		{good, 0, "thaw: the epoch is 0, and the first is 1"},
		{good, -3, "the epoch is -3"},
		{&train.Thaw{Of: m.Params(), From: []train.Part{{Path: "fc1"}}}, 1,
			`part 0, "fc1", learns from epoch 0 on, want at least 1`},
		{&train.Thaw{Of: m.Params(), From: []train.Part{{Path: "fc9", Epoch: 1}}}, 1,
			`there is no parameter under "fc9", the path of part 0`},
	} {
		before := learning(m.Params())
		if err := c.thaw.At(c.epoch); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
		if !slices.Equal(before, learning(m.Params())) {
			t.Errorf("%s: parts are changed", c.want)
		}
	}
	var control train.Control
	none.Hook(train.Progress{Epoch: 1}, &control)
	if control.Err == nil {
		t.Error("the hook of a nil Thaw says nothing")
	}
	for _, values := range []map[string]graph.Tensor{nil, {"epoch": graph.FromInt64([]int64{-1})},
		{"epoch": graph.FromFloat32([]float32{1})}} {
		if err := good.TakeUp(values); err == nil {
			t.Errorf("%v is taken up", values)
		}
	}
}

// The last layer learns alone in the first epoch, the one below it from the second on, and all from the fourth on.
func ExampleThaw() {
	model := mlp.New(2, 3, 3, 2)
	thaw := &train.Thaw{Of: model.Params(), From: []train.Part{
		{Path: "fc3", Epoch: 1}, {Path: "fc2", Epoch: 2}, {Path: "", Epoch: 4}}}
	x, y := graph.FromFloat32([]float32{1, 2, 3, 4}, 2, 2), graph.FromInt64([]int64{0, 1}, 2)
	trainer := train.New(train.Supervised(model, ops.CrossEntropy), &train.Adam{LR: 1e-3})
	for epoch := 1; epoch <= 4; epoch++ { // in a train.Fit: thaw.At(1), and fit.Hook = thaw.Hook
		if err := thaw.At(epoch); err != nil {
			fmt.Println(err)
			return
		}
		if _, err := trainer.Step(x, y); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("epoch", epoch, learning(model.Params()))
	}
	// Output:
	// epoch 1 [fc3]
	// epoch 2 [fc2 fc3]
	// epoch 3 [fc2 fc3]
	// epoch 4 [fc1 fc2 fc3]
}
