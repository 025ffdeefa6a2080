package bench

import (
	"encoding/gob"
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/form"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/train"
)

// outcome is what a first step gives: the loss and the gradient of each parameter, or the result of a forward pass.
type outcome struct {
	Loss    float64
	Names   []string
	Tensors [][]float32

	instructions int // of the tape
}

// keeper is an optimiser that also keeps the gradients, each in a moment of its parameter.
type keeper struct {
	train.Optimizer
	gradients []*graph.Param
}

func (k *keeper) Update(u *train.Update, p, dp graph.Node) {
	kept := u.Moment(p, "gradient", 0)
	p.Graph().Assign(kept, dp)
	k.gradients = append(k.gradients, kept.Param())
	k.Optimizer.Update(u, p, dp)
}

// first does the first step of a workload, compiled in some way. An observer, if given, sees each instruction.
func first(t testing.TB, w Workload, opt graph.CompileOptions, observe func(graph.Frame) error) (o outcome) {
	t.Helper()
	p := w.Problem(w.Batch)
	if w.Infer {
		return forward(t, p, opt, observe)
	}
	k := &keeper{Optimizer: p.Optimizer}
	trainer := train.New(train.Supervised(p.Model, p.Loss), k)
	trainer.Compile = opt
	if observe != nil {
		trainer.LR = 0 // the step below leaves the parameters alone and sets the inputs
	}
	var err error
	if o.Loss, err = trainer.Step(p.X, p.Y); err != nil {
		t.Fatalf("%s: %v", w.Name, err)
	}
	prog, err := trainer.Program(p.X.Type, p.Y.Type)
	if err != nil {
		t.Fatal(err)
	}
	o.instructions = len(prog.Instructions())
	if observe != nil {
		prog.SetStep(1)
		if err := prog.Trace(observe); err != nil {
			t.Fatalf("%s: %v", w.Name, err)
		}
	}
	for _, g := range k.gradients {
		o.Names, o.Tensors = append(o.Names, g.Name()), append(o.Tensors, g.Tensor().F32)
	}
	return o
}

func forward(t testing.TB, p Problem, opt graph.CompileOptions, observe func(graph.Frame) error) outcome {
	t.Helper()
	g := &graph.Graph{Mode: graph.Eval}
	x := nn.InputLike(g, "x", p.X.Type)
	y := p.Model.Forward(x)
	prog, err := g.CompileWith(opt, y)
	if err != nil {
		t.Fatal(err)
	}
	if prog.Set(x, p.X); observe != nil {
		err = prog.Trace(observe)
	} else {
		err = prog.Run()
	}
	if err != nil {
		t.Fatal(err)
	}
	return outcome{Names: []string{"result"}, Tensors: [][]float32{prog.Value(y).F32},
		instructions: len(prog.Instructions())}
}

// agreement is how far apart two computations of the same loss or gradient may be: the norm of the difference in
// relation to the norm. No workload has a parameter whose gradient is zero but for rounding, such as a bias before a
// batch norm, for which that would mean nothing; a part of a parameter, such as the bias of the keys of attention,
// weighs as little as it should.
const agreement = 1e-5

// disagreements are the tensors of got that are too far from those of want, and the loss if it is, one line each.
func (got outcome) disagreements(want outcome) (lines []string) {
	if d := math.Abs(got.Loss - want.Loss); !(d <= agreement*math.Abs(want.Loss)) {
		lines = append(lines, fmt.Sprintf("the loss is %v, want %v", got.Loss, want.Loss))
	}
	if !slices.Equal(got.Names, want.Names) {
		return append(lines, fmt.Sprintf("the tensors are %q, want %q", got.Names, want.Names))
	}
	for i, name := range want.Names {
		if d := apart(got.Tensors[i], want.Tensors[i]); !(d <= agreement) {
			lines = append(lines, fmt.Sprintf("%s: %.1e apart", name, d))
		}
	}
	return lines
}

// farthest is the largest distance of a tensor of got from that of want.
func (got outcome) farthest(want outcome) (most float64) {
	for i := range want.Tensors {
		most = max(most, apart(got.Tensors[i], want.Tensors[i]))
	}
	return most
}

// apart is the norm of the difference of two vectors in relation to that of the second.
func apart(got, want []float32) float64 {
	var d, w float64
	for i, v := range want {
		e := float64(got[i]) - float64(v)
		d += e * e
		w += float64(v) * float64(v)
	}
	if d == 0 {
		return 0
	}
	return math.Sqrt(d / w)
}

// TestDisagreements: an error in one element of one gradient is found, and one in the loss.
func TestDisagreements(t *testing.T) {
	w := Find("lenet5_b64_sgd")[0]
	w.Batch = 4
	want := first(t, w, graph.CompileOptions{}, nil)
	for i, name := range want.Names {
		got := first(t, w, graph.CompileOptions{}, nil)
		if lines := got.disagreements(want); len(lines) > 0 {
			t.Fatalf("two runs: %q", lines)
		}
		norm := apart(make([]float32, len(want.Tensors[i])), want.Tensors[i]) // 1
		for _, v := range want.Tensors[i] {
			norm += float64(v) * float64(v)
		}
		got.Tensors[i][0] += float32(2 * agreement * math.Sqrt(norm-1))
		if lines := got.disagreements(want); len(lines) != 1 || !strings.HasPrefix(lines[0], name) {
			t.Errorf("an error in %s gives %q", name, lines)
		}
	}
	got := want
	got.Loss *= 1 + 2*agreement
	if len(got.disagreements(want)) != 1 {
		t.Error("an error in the loss is not found")
	}
}

// choices are what a step decides by comparing numbers: which elements a ReLU lets through, and which of a window is
// its maximum. There a rounding may change a gradient by more than a rounding: one element of 262,144 makes 1/512 of
// the norm.
type choices struct {
	Sides   [][]side  // of the elements of the results of instructions that end with a ReLU
	Indices [][]int64 // results that are integers
}

// A side is where an element lies before a ReLU.
type side byte

const (
	negative side = iota // or 0
	barely               // positive, and no more than agreement times the root of the mean square of all
	positive
)

func sides(y []float32) []side {
	var squares float64
	for _, v := range y {
		squares += float64(v) * float64(v)
	}
	little := float32(agreement * math.Sqrt(squares/float64(len(y))))
	s := make([]side, len(y))
	for i, v := range y {
		switch {
		case v > little:
			s[i] = positive
		case v > 0:
			s[i] = barely
		}
	}
	return s
}

// record observes a step and notes its choices.
func (c *choices) record(f graph.Frame) error {
	y, indices := decided(f)
	if y != nil {
		c.Sides = append(c.Sides, sides(y))
	}
	if indices != nil {
		c.Indices = append(c.Indices, slices.Clone(indices))
	}
	return nil
}

// decided returns the results of an instruction that are chosen: those of a ReLU, and integers.
func decided(f graph.Frame) (y []float32, indices []int64) {
	if f.Phase != graph.Forward {
		return nil, nil
	}
	if last := f.Nodes[len(f.Nodes)-1]; last.Op() != nil && last.Op().String() == "relu" {
		y = f.Out[0].F32
	}
	for _, out := range f.Out {
		if out.I64 != nil {
			indices = out.I64
		}
	}
	return y, indices
}

// follower observes a step and has it choose as another did.
type follower struct {
	choices
	Count   int // of all choices
	Changed int // because they were others
	Far     int // of those, the ones of a ReLU that were far from 0 in either step
}

func (c *follower) follow(f graph.Frame) error {
	y, indices := decided(f)
	if y != nil {
		mine, theirs := sides(y), c.Sides[0]
		c.Sides = c.Sides[1:]
		c.Count += len(y)
		for i, s := range theirs {
			if (s == negative) == (mine[i] == negative) {
				continue
			}
			c.Changed++
			if max(s, mine[i]) == positive {
				c.Far++
			}
			if y[i] = 0; s != negative {
				y[i] = math.SmallestNonzeroFloat32
			}
		}
	}
	if indices != nil {
		c.Count += len(indices)
		for i, at := range c.Indices[0] {
			if indices[i] != at {
				c.Changed++
				indices[i] = at
			}
		}
		c.Indices = c.Indices[1:]
	}
	return nil
}

// TestFormsAgree: the loss and the gradient of every parameter are the same in all forms of the kernels that the
// processor has, to 1e-5 of their norms. The program of this test runs once more for each of the lesser forms, whose
// choices follow those of the best; those that differ are few, and hang on numbers that are 0 but for rounding.
func TestFormsAgree(t *testing.T) {
	if os.Getenv("STHENO_TEST_FOLLOW") != "" {
		follow(t)
		os.Exit(0)
	}
	if testing.Short() {
		t.Skip("needs plain kernels, which are slow")
	}
	self, err := os.Executable()
	if err != nil {
		t.Skip(err)
	}
	all := tried()
	want, chosen := make([]outcome, len(all)), make([]choices, len(all))
	for i, w := range all {
		want[i] = first(t, w.oneRow(), graph.CompileOptions{}, chosen[i].record)
	}
	active := form.Active().String()
	forms := []string{"plain", "avx2", "avx512"}
	for _, lesser := range forms[:slices.Index(forms, active)] {
		t.Run(lesser, func(t *testing.T) {
			c := exec.Command(self, "-test.run", "^TestFormsAgree$")
			c.Env = append(os.Environ(), "STHENO_TEST_FOLLOW=1", "STHENO_CPU="+lesser)
			in, err := c.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := c.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			defer c.Wait()
			defer in.Close()
			to, from := gob.NewEncoder(in), gob.NewDecoder(out)
			for i, w := range all {
				var got followed
				if err := to.Encode(chosen[i]); err != nil {
					t.Fatal(err)
				}
				if err := from.Decode(&got); err != nil {
					t.Fatal(err)
				}
				if got.Form != lesser {
					t.Fatalf("the kernels are %s", got.Form)
				}
				t.Logf("%s: %.1e apart, %d of %d choices differ", w.Name, got.Outcome.farthest(want[i]),
					got.Changed, got.Count)
				for _, line := range got.Outcome.disagreements(want[i]) {
					t.Errorf("%s: %s", w.Name, line)
				}
				if got.Changed*100_000 > got.Count || got.Far > 0 {
					t.Errorf("%s: %d of %d choices differ, %d of them not by a rounding", w.Name, got.Changed,
						got.Count, got.Far)
				}
			}
		})
	}
}

// oneRow is the workload, or one row of it where that takes long in plain Go.
func (w Workload) oneRow() Workload {
	if heavy[w.Name] {
		w.Batch = 1
	}
	return w
}

// followed is what the program of another form answers.
type followed struct {
	Form                string
	Outcome             outcome
	Count, Changed, Far int
}

// follow answers on standard output to the choices that come by standard input.
func follow(t *testing.T) {
	from, to := gob.NewDecoder(os.Stdin), gob.NewEncoder(os.Stdout)
	for _, w := range tried() {
		var c follower
		if err := from.Decode(&c.choices); err != nil {
			t.Fatal(err)
		}
		o := first(t, w.oneRow(), graph.CompileOptions{}, c.follow)
		if err := to.Encode(followed{form.Active().String(), o, c.Count, c.Changed, c.Far}); err != nil {
			t.Fatal(err)
		}
	}
}
