// This file holds Recipe, a row of the table, and what it should come to.

package recipe

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/internal/near"
	"github.com/stheno-ml/stheno/internal/plain"
	"github.com/stheno-ml/stheno/train"
)

// Recipe is a row of the table.
type Recipe struct {
	Name   string // as the command takes it
	Title  string // as a drawing and a page have it
	Family string // the package under models
	File   string // the Go file of the architecture
	Paper  string
	About  string   // one sentence
	Next   []string // what to read next: files and models

	Published  string   // the figures of the paper or of a known implementation
	Deviations []string // what is not as published

	Kind kind.Kind
	Size kind.Size // the usual one; what it leaves at 0 does not vary

	Data      string // the usual source, which is built in
	Epochs    int    // on the usual data
	Elsewhere int    // epochs on other data; 0 for as many
	Steps     int    // on other data, in place of epochs; 0 for Elsewhere
	Batch     int
	Optimizer string
	LR        float64
	Onward    float64 // the share of LR in a training that goes on from weights; 0 for all of it
	Decay     float64 // of the weights, by the optimiser; 0 for what it has usually
	ClipNorm  float64
	Schedule  func(step, steps int) float64
	Expect    []Expect
	Learns    float64 // the loss that some hundred steps on the usual data come below; 0 for a game

	// Tiny is the size of the model in tests that look at every row, where the usual one takes long; what it leaves
	// at 0 is usual.
	Tiny kind.Size

	// Unrolls says that the recurrent layers of the model can be made of small ops; see Form.Unroll.
	Unrolls bool

	// Tables, if given, is how the model learns from tables, too; see Recipe.Tabular.
	Tables *Tables

	// Theirs, if given, is what the model calls a tensor in the files of others, "" for one that it does not have.
	// Their "state_dict." and "module." are taken off before.
	Theirs func(name string) string

	// Transforms is whether the weights of others were learnt in TensorFlow, of pictures in [-1, 1].
	Transforms bool

	// Quick is about how long the usual training takes on two cores, of a model that generate trains first where it is
	// given no weights; 0 for one that it does not.
	Quick time.Duration
}

// EpochsOn is the usual number of epochs on a source of data.
func (r Recipe) EpochsOn(source string) int {
	if source != r.Data && r.Elsewhere > 0 {
		return r.Elsewhere
	}
	return r.Epochs
}

// Expect is a result that one should see: the figure of the last evaluation, on a source of data, after the usual
// training or so many steps.
type Expect struct {
	Figure string // "loss", or the name of a metric
	AtMost bool   // the bound is from above
	Bound  float64
	Data   string    // a known name, or a path below shared/data
	Epochs int       // 0 for the usual number
	Steps  int       // 0 for no limit
	Size   kind.Size // of the model; what it leaves at 0 is usual

	HeldOut float64 // the share of the data that is tested with; 0 for the usual one
}

// String writes "accuracy ≥ 0.99 on digits", and after what if that is not the usual training.
func (e Expect) String() string {
	sign := "≥"
	if e.AtMost {
		sign = "≤"
	}
	after := ""
	switch {
	case e.Steps > 0:
		after = fmt.Sprintf(" after %s steps", plain.Thousands(int64(e.Steps)))
	case e.Epochs > 0:
		after = fmt.Sprintf(" after %d epochs", e.Epochs)
	}
	if e.Size != (kind.Size{}) {
		after += " with " + strings.Join(e.Size.Flags(), " ")
	}
	if e.HeldOut > 0 {
		after += fmt.Sprintf(", of which %g %% are held out", 100*e.HeldOut)
	}
	return fmt.Sprintf("%s %s %g on %s%s", e.Figure, sign, e.Bound, e.Data, after)
}

// Holds reports whether the scores are within the bound.
func (e Expect) Holds(s train.Scores) bool {
	v, ok := s.Metrics[e.Figure]
	if e.Figure == "loss" {
		v, ok = s.Loss, true
	}
	if e.AtMost {
		return ok && v <= e.Bound
	}
	return ok && v >= e.Bound
}

// Find returns the row of a name. The error says which are known, nearest first.
func Find(name string) (Recipe, error) {
	for _, r := range Table() {
		if r.Name == name {
			return r, nil
		}
	}
	return Recipe{}, fmt.Errorf("unknown model %q; known are %s", name, strings.Join(near.Sort(name, Names()), ", "))
}

// Sources are the known names of data that the row takes.
func (r Recipe) Sources() (names []string) {
	for _, s := range data.Sources() {
		if s.Kind == r.Kind.Data() || s.Kind == "table" && r.Tables != nil {
			names = append(names, s.Name)
		}
	}
	return names
}

// Sources are the known names of data that any row takes.
func Sources() (names []string) {
	for _, r := range Table() {
		for _, s := range r.Sources() {
			if !slices.Contains(names, s) {
				names = append(names, s)
			}
		}
	}
	return names
}

// Names lists the models.
func Names() (names []string) {
	for _, r := range Table() {
		names = append(names, r.Name)
	}
	return names
}

// Usual is the form of the row's usual data, in its usual size.
func (r Recipe) Usual() kind.Form {
	f := r.Kind.Form()
	f.Size = r.Size
	return f
}

// Sized is the row in another size. It is an error to vary what the row does not.
func (r Recipe) Sized(s kind.Size) (Recipe, error) {
	for _, v := range []struct {
		name     string
		to, most int
		at       *int
	}{{"size", s.Size, kind.MaxSide, &r.Size.Size}, {"width", s.Width, kind.MaxSize, &r.Size.Width},
		{"depth", s.Depth, kind.MaxDepth, &r.Size.Depth}} {
		switch {
		case v.to == 0:
		case *v.at == 0:
			return r, fmt.Errorf("%s comes in one %s", r.Name, v.name)
		case v.to < 1 || v.to > v.most:
			return r, fmt.Errorf("the %s is %d, want 1 to %d", v.name, v.to, v.most)
		default:
			*v.at = v.to
		}
	}
	if k, ok := r.Kind.(kind.Scaler); ok {
		r.Kind = k.WithSide(r.Size.Size)
	}
	if err := r.Fits(r.Usual()); err != nil || s == (kind.Size{}) {
		return r, err
	}
	g := &graph.Graph{}
	r.New(r.Usual()).Answer(g, 1) // such as a width that heads do not divide
	if err := g.Err(); err != nil {
		return r, fmt.Errorf("%s is not made in this size: %w", r.Name, err)
	}
	return r, nil
}

// Fits reports a form that no model can have, since one of its tensors would be too large.
func (r Recipe) Fits(f kind.Form) (err error) {
	defer func() {
		switch said := recover().(type) {
		case nil:
		case string: // of a constructor that is given such a size
			err = fmt.Errorf("%s is not made in this size: %s", r.Name, said)
		default:
			panic(said)
		}
	}()
	r.New(f)
	return nil
}

// New makes the model of the row for a form. What its size leaves at 0 is as usual.
func (r Recipe) New(f kind.Form) *kind.Model {
	s := f.Size
	f.Size = kind.Size{Size: cmp.Or(s.Size, r.Size.Size), Width: cmp.Or(s.Width, r.Size.Width),
		Depth: cmp.Or(s.Depth, r.Size.Depth)}
	m := r.Kind.Build(f)
	m.Form = f
	return m
}

// Trainer makes the trainer of a model, with the optimiser of the given name and rate.
func (r Recipe) Trainer(m *kind.Model, optimizer string, rate float64) (*train.Trainer, error) {
	task, opt, err := m.Task(func() (train.Optimizer, error) { return train.NewOptimizer(optimizer, rate) })
	if err != nil {
		return nil, err
	}
	if r.Decay > 0 {
		kind.Decay(opt, r.Decay)
	}
	t := train.New(task, opt)
	t.ClipNorm = r.ClipNorm
	return t, nil
}
