package train

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/models/mlp"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train/history"
	"github.com/stheno-ml/stheno/train/internal/look"
)

// setParam sets the values of a parameter by its name.
func setParam(ps *nn.Params, name string, v ...float32) {
	for p := range ps.All() {
		if p.Name() == name {
			copy(p.Tensor().F32, v)
		}
	}
}

// handMade is a network of one hidden layer whose numbers are easy: its second unit is dead.
func handMade() (*mlp.MLP, []graph.Tensor) {
	m := mlp.New(2, 2, 1)
	setParam(m.Params(), "fc1.weight", 1, 0, 0, 1)
	setParam(m.Params(), "fc1.bias", 0, -9)
	setParam(m.Params(), "fc2.weight", 2, 1)
	setParam(m.Params(), "fc2.bias", 0)
	x, y := graph.FromFloat32([]float32{1, -1, 3, 1}, 2, 2), graph.FromFloat32([]float32{0, 0}, 2, 1)
	return m, []graph.Tensor{x, y}
}

// TestWatch: each number of a look is that of hand arithmetic.
func TestWatch(t *testing.T) {
	m, batch := handMade()
	w := &Watch{Of: New(Supervised(m, ops.MSE), &SGD{LR: .5}), Batch: batch}
	if err := w.Add(); err != nil {
		t.Fatal(err)
	}
	// after ReLU 1 0 3 0; fc2 is 2 and 6, its gradient the same; that by its weight (2 + 18, 0), by its bias 8, by
	// fc1's weight (16, 2; 0, 0): rows (4, 0) and (12, 0) of the gradient times (1, -1) and (3, 1); by its bias (16,
	// 0)
	want := map[string]float64{
		"fc1 ReLU/mean": 1, "fc1 ReLU/deviation": math.Sqrt(1.5), "fc1 ReLU/dead": .5,
		"fc2 Linear/mean": 4, "fc2 Linear/deviation": 2,
		"fc1.weight/mean": .5, "fc1.weight/deviation": .5, "fc1.weight/gradient_mean": 12,
		"fc1.weight/gradient_deviation": math.Sqrt((40*40+8*8)/4 - 144), "fc1.weight/gradient_norm": math.Hypot(40, 8),
		"fc1.weight/update_ratio": math.Hypot(20, 4) / math.Sqrt2,
		"fc1.bias/mean":           -4.5, "fc1.bias/deviation": 4.5, "fc1.bias/gradient_mean": 8,
		"fc1.bias/gradient_deviation": 8, "fc1.bias/gradient_norm": 16, "fc1.bias/update_ratio": 8. / 9,
		"fc2.weight/mean": 1.5, "fc2.weight/deviation": .5, "fc2.weight/gradient_mean": 10,
		"fc2.weight/gradient_deviation": 10, "fc2.weight/gradient_norm": 20,
		"fc2.weight/update_ratio": 10 / math.Sqrt(5),
		"fc2.bias/mean":           0, "fc2.bias/deviation": 0, "fc2.bias/gradient_mean": 8,
		"fc2.bias/gradient_deviation": 0,
		"fc2.bias/gradient_norm":      8, // and no ratio, of a weight that is 0
	}
	got := w.Looks[0].Figures()
	for name, v := range want {
		if g, ok := got[name]; !ok || math.Abs(g-v) > 1e-5 {
			t.Errorf("%s is %v, want %v", name, g, v)
		}
	}
	if len(got) != len(want) {
		t.Errorf("there are %d figures, want %d: %v", len(got), len(want), got)
	}
	if v := w.Looks[0].Params[0].Value; v.Min != 0 || v.Max != 1 || v.Counts[0] != 2 ||
		v.Counts[len(v.Counts)-1] != 2 {
		t.Errorf("the histogram of fc1.weight is %+v", v)
	}
}

// TestWatchSeesTheStep: what a look says of the next step is what that step does, of each optimiser, with clipping,
// with parts of a batch, in a game, and with what batch norms and dropout do.
func TestWatchSeesTheStep(t *testing.T) {
	for name, opt := range optimizers() {
		for _, parts := range []int{0, 1} {
			m, batch := handMade()
			tr := New(Supervised(m, ops.MSE), opt)
			tr.ClipNorm, tr.Accumulate = 3, parts
			w := &Watch{Of: tr, Batch: batch}
			for range 3 {
				if err := w.Add(); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				before := valuesOf(m.Params(), nil)
				if _, err := tr.Step(batch...); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				i, seen := 0, w.Looks[len(w.Looks)-1].Params
				for p := range m.Params().All() {
					went := look.StepNorm(before[i], p.Tensor())
					if seen[i].Name != p.Name() || math.Abs(seen[i].Update-went) > 1e-5*(1+went) {
						t.Errorf("%s, step %d: %s went by %v, and a look says of %s %v", name, tr.Steps(), p.Name(),
							went, seen[i].Name, seen[i].Update)
					}
					i++
				}
			}
		}
	}
}

// TestWatchChangesNothing: parameters, moments, running statistics and the steps after it are as without, to the bit.
func TestWatchChangesNothing(t *testing.T) {
	for name, opt := range optimizers() {
		var ends [3][]uint32
		for i := range ends {
			m := newSick(nil)
			m.loss = func(x, p, normed graph.Node) graph.Node {
				return ops.Add(ops.Sum(ops.Mul(x, p)),
					ops.Sum(normed))
			}
			tr := New(Supervised(m, func(pred, _ graph.Node) graph.Node { return pred }), opt)
			batch := []graph.Tensor{graph.FromFloat32([]float32{1, -1, 2, .5, 3, 1, -2, 1}, 2, 4),
				graph.FromInt64([]int64{0}, 1)}
			w := &Watch{Of: tr, Batch: batch}
			for step := range 4 {
				if i == 1 {
					if err := w.Add(); err != nil {
						t.Fatal(err)
					}
				}
				if i == 2 && step == 2 {
					m.p.Tensor().F32[0]++ // the negative control
				}
				if _, err := tr.Step(batch...); err != nil {
					t.Fatal(err)
				}
			}
			ends[i] = m.bits(tr)
		}
		if !slices.Equal(ends[0], ends[1]) {
			t.Errorf("%s: a training that was looked at is another", name)
		}
		if slices.Equal(ends[0], ends[2]) {
			t.Errorf("%s: a training that was changed is the same", name)
		}
	}
}

// TestWatchInFit: a look at the end of each epoch, once, or each so many steps; and its checkpoint has what was seen.
func TestWatchInFit(t *testing.T) {
	run := func(every, stopAfter int, dir string) (w *Watch, h history.Rows, values []float64) {
		m, batch := handMade()
		source := Fixed(batch, batch, batch)
		w = &Watch{Of: New(Supervised(m, ops.MSE), &Adam{LR: .1}), Batch: batch, Every: every}
		f := Fit{Trainer: w.Of, Train: source, Test: Fixed(batch), Epochs: 3}
		stop := func(now Progress, c *Control) {
			if (now.Epoch-1)*3+now.Step == stopAfter && now.Scores == nil {
				c.Err = errors.New("killed")
			}
		}
		if f.Hook = Hooks(w.Hook, stop); dir != "" {
			f.Checkpoint = &Checkpoint{Dir: dir, Of: m.Params(), Every: 2, Resume: true,
				Also: map[string]Keeper{"watch": w}}
		}
		result, err := f.Run(context.Background())
		if err != nil && err.Error() != "killed" {
			t.Fatal(err)
		}
		w.Join(result.History)
		for i := range result.History {
			result.History[i].Seconds = 0
		}
		for i := range w.Looks {
			w.Looks[i].Seconds = 0
		}
		return w, result.History, bitsOf(m.Params())
	}
	steps := func(w *Watch) (all []int) {
		for _, l := range w.Looks {
			all = append(all, l.Step)
		}
		return all
	}
	plain, h, values := run(0, 0, "")
	if got := steps(plain); !slices.Equal(got, []int{3, 6, 9}) || len(h[2].Watch) < 20 || plain.Looks[2].Epoch != 3 {
		t.Errorf("there are looks at %v, and the row has %v", got, h[2].Watch)
	}
	often, h2, same := run(2, 0, "")
	if got := steps(often); !slices.Equal(got, []int{2, 3, 4, 6, 8, 9}) || !alike(h, h2) || !slices.Equal(same,
		values) {
		t.Errorf("each 2 steps there are looks at %v", got)
	}
	dir := t.TempDir()
	run(2, 7, dir)
	again, h3, same := run(2, 0, dir)
	if fmt.Sprint(again.Looks) != fmt.Sprint(often.Looks) || !alike(h3, h2) || !slices.Equal(same, values) {
		t.Errorf("gone on from a checkpoint there are looks at %v, want %v", steps(again), steps(often))
	}
}

// TestWatchOfAGame: all players' parameters have gradients by their own losses.
func TestWatchOfAGame(t *testing.T) {
	d, g := mlp.New(2, 4, 1), mlp.New(3, 4, 2)
	d.Params().SetLabel("d")
	g.Params().SetLabel("g")
	game := &Game{Players: []Player{{Name: "d", Params: d.Params(), Optimizer: &Adam{LR: .1}},
		{Name: "g", Params: g.Params(), Optimizer: &SGD{LR: .1}}},
		Play: func(b ...graph.Node) []Outcome {
			judged := d.Forward(g.Forward(b[0]))
			return []Outcome{{Loss: ops.Mean(ops.Square(judged))}, {Loss: ops.Neg(ops.Mean(judged))}}
		}}
	tr := New(game, nil)
	x := graph.FromFloat32([]float32{1, 2, 3, 4, 5, -6}, 2, 3)
	w := &Watch{Of: tr, Batch: []graph.Tensor{x}}
	if err := w.Add(); err != nil {
		t.Fatal(err)
	}
	if n := len(w.Looks[0].Params); n != 8 {
		t.Fatalf("there are %d parameters, want 8", n)
	}
	before := valuesOf(d.Params(), nil)
	if _, err := tr.Step(x); err != nil {
		t.Fatal(err)
	}
	i := 0
	for p := range d.Params().All() { // whose turn is the first
		went, found := look.StepNorm(before[i], p.Tensor()), false
		for _, s := range w.Looks[0].Params {
			found = found || math.Abs(s.Update-went) < 1e-5 && s.Value.N == p.Type().Shape.Size()
		}
		if !found {
			t.Errorf("%s of d went by %v, which no look says: %v", p.Name(), went, w.Looks[0].Params)
		}
		i++
	}
}

// TestUnitAxis: the axis of the units is that of the channels after a convolution, and else the last.
func TestUnitAxis(t *testing.T) {
	g := &graph.Graph{}
	s := nn.NewScope()
	conv := nn.NewConv1D(s.Sub("conv"), 3, 5, 3, ops.Conv{})
	linear := nn.NewLinear(s.Sub("fc"), 4, 6)
	if got := unitAxis(ops.ReLU(conv.Forward(g.Input("a", 2, 3, 9)))); got != 1 {
		t.Errorf("after Conv1D the units are on axis %d, want 1", got)
	}
	if got := unitAxis(ops.ReLU(linear.Forward(g.Input("b", 2, 7, 4)))); got != 2 {
		t.Errorf("after Linear the units are on axis %d, want 2", got)
	}
	if got := unitAxis(ops.ReLU(g.Input("c", 2, 7, 4, 4))); got != 1 {
		t.Errorf("of a picture the units are on axis %d, want 1", got)
	}
}

func TestWatchMistakes(t *testing.T) {
	m, batch := handMade()
	tr := New(Supervised(m, ops.MSE), &SGD{LR: 1})
	for want, w := range map[string]*Watch{
		"watch: the Watch is nil":      nil,
		"watch: there is no Of":        {Batch: batch},
		"a Trainer comes from New":     {Of: &Trainer{}, Batch: batch},
		"watch: there is no Batch":     {Of: tr},
		"watch: the field Every is -1": {Of: tr, Batch: batch, Every: -1},
		"watch: after step 0: x float32 (0) has no": {Of: tr,
			Batch: []graph.Tensor{{Type: graph.Type{Shape: graph.Shape{0}}}, batch[1]}},
		"the batch has 1 tensor": {Of: tr, Batch: batch[:1]},
	} {
		var c Control
		w.Hook(Progress{}, &c)
		for _, err := range []error{w.Add(), c.Err} {
			if !strings.Contains(fmt.Sprint(err), want) {
				t.Errorf("%v, want %q", err, want)
			}
		}
	}
	if w := (&Watch{Of: tr, Batch: batch, Looks: []history.Look{{Seconds: math.NaN()}}}); w.Add() != nil {
		t.Error("a look fails")
	} else if _, err := w.Keep(); err == nil {
		t.Error("NaN is kept")
	}
}

// FuzzLooks: what a checkpoint has is looks, or an error.
func FuzzLooks(f *testing.F) {
	m, batch := handMade()
	w := &Watch{Of: New(Supervised(m, ops.MSE), &SGD{LR: .01}), Batch: batch}
	if err := w.Add(); err != nil {
		f.Fatal(err)
	}
	for _, looks := range [][]history.Look{nil, w.Looks, {{Step: 1}, {Step: 2}}} {
		v, err := look.Pack(looks)
		if err != nil {
			f.Fatal(err)
		}
		var b []byte
		for _, i := range v.I64 {
			b = binary.LittleEndian.AppendUint64(b, uint64(i))
		}
		f.Add(b)
	}
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00[{xxxxxx"))
	f.Add(bytes.Repeat([]byte{0xff}, 8))
	f.Fuzz(func(t *testing.T, b []byte) {
		var all []int64
		for ; len(b) >= 8; b = b[8:] {
			all = append(all, int64(binary.LittleEndian.Uint64(b)))
		}
		looks, err := look.Unpack(graph.FromInt64(all, len(all)))
		if err != nil {
			return
		}
		if _, err := look.Pack(looks); err != nil {
			t.Errorf("what was read is not written: %v", err)
		}
		if err := history.Rows(nil).WriteEventsWith(io.Discard, looks); err != nil {
			t.Error(err)
		}
	})
}

// alike compares histories with NaN equal to NaN.
func alike(a, b history.Rows) bool {
	return fmt.Sprintf("%#v", a) == fmt.Sprintf("%#v", b) && len(a) == len(b)
}
