// Package recipe is the table of the zoo: a row for each model, which says what it is made of, what it learns from,
// how it is trained, and what it should come to.
//
// The one idea: a row is data. What the rows of one kind have in common, how their data are opened, what a step makes
// small and what an answer looks like, stands in one file for each kind:
//
//	kind                   file               data      answers
//	classifier             classifier.go      images    the class of a picture of one size
//	classifier             photographs.go     images    the class of a picture of any size
//	sound classifier       sounds.go          sounds    the class of a sound, such as a word that is said
//	text classifier        sentences.go       labelled  the class of a text, and what its words moved
//	text classifier        finetuned.go       labelled  the class of a text, by what was learnt of masked words
//	forecaster             forecast.go        series    the next values
//	table classifier       tabular.go        table     the class of a row of a table
//	language model         language.go        text      text, character by character
//	line model             lines.go           lines     new lines, such as names
//	masked language model  masked.go          text      the words that are missing in a text
//	pairs of sequences     translation.go     pairs     the sequence that belongs to another, such as a translation
//	reconstruction         reconstruction.go  images    pictures beside what was made of them, and new pictures
//	of a class             conditional.go     images    new pictures of the classes
//	contrast               contrast.go        images    which pictures are most alike
//	game                   game.go            images    new pictures
//
// So a model enters the zoo in two places, its file under models and a row in table.go, and every verb of the command,
// every page and every test finds it there. Nothing in this package but the table knows the name of a model.
package recipe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/near"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/nn"
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

	Kind Kind
	Size Size // the usual one; what it leaves at 0 does not vary

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
	Tiny Size

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

// Size is how large a model is, in the numbers that its paper varies. 0 stands for the usual one.
type Size struct {
	Size  int `json:"size,omitempty"`  // side of a picture
	Width int `json:"width,omitempty"` // units of a layer
	Depth int `json:"depth,omitempty"` // layers
}

// Flags is the size on a command line: --size 32.
func (s Size) Flags() (flags []string) {
	for _, f := range []struct {
		name string
		v    int
	}{{"--size", s.Size}, {"--width", s.Width}, {"--depth", s.Depth}} {
		if f.v != 0 {
			flags = append(flags, f.name, fmt.Sprint(f.v))
		}
	}
	return flags
}

// Form is what a model is made for: the form of its data, and its size. A file of weights holds it.
type Form struct {
	Input      graph.Shape      `json:"input,omitempty"`    // of one example
	Stored     graph.Shape      `json:"stored,omitempty"`   // of a drawing of the data, which is then resized
	Classes    []string         `json:"classes,omitempty"`  // what labels mean
	Pictures   bool             `json:"pictures,omitempty"` // no drawing is looked for in inputs
	Vocabulary *data.Vocabulary `json:"vocabulary,omitempty"`
	Words      *data.Words      `json:"words,omitempty"`  // of texts that are classified, or lines
	Scale      *Scale           `json:"scale,omitempty"`  // of a series
	Table      *TableForm       `json:"table,omitempty"`  // of rows of a table
	Source     *data.Words      `json:"source,omitempty"` // of pairs
	Target     *data.Words      `json:"target,omitempty"`
	Transform  bool             `json:"transform,omitempty"` // pictures are as in TensorFlow
	Size       Size             `json:"size,omitzero"`
	Unroll     bool             `json:"-"`              // recurrent layers of small ops, step by step
	Data       string           `json:"data,omitempty"` // what it learnt from last: a known name, or that of a file
}

// Expect is a result that one should see: the figure of the last evaluation, on a source of data, after the usual
// training or so many steps.
type Expect struct {
	Figure string // "loss", or the name of a metric
	AtMost bool   // the bound is from above
	Bound  float64
	Data   string // a known name, or a path below shared/data
	Epochs int    // 0 for the usual number
	Steps  int    // 0 for no limit
	Size   Size   // of the model; what it leaves at 0 is usual

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
		after = fmt.Sprintf(" after %s steps", thousands(int64(e.Steps)))
	case e.Epochs > 0:
		after = fmt.Sprintf(" after %d epochs", e.Epochs)
	}
	if e.Size != (Size{}) {
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

// Set is data that were opened for a row.
type Set struct {
	Form     Form // of the data; its Size is the zero Size
	TrainLen int  // examples
	TestLen  int
	Noun     string // what an example is: "example", "character"
	Each     int    // examples of a row of a batch
	Train    func(batch int, seed uint64) train.Source
	Test     train.Source
	Tightest int // the largest batch that the training part allows
	Least    int // the smallest batch that teaches something; 0 for 1
	// Changes are what was done to the rows of a file. Tested says which rows the test part has, where that is not
	// always the same: "all of the data".
	Changes data.Report
	Tested  string
	// Beside are figures of the data to compare a model's with: what the last value again comes to, say.
	Beside []Comparison
	// Judge, if given, is the figures of a model's answers to the test part, which take too long to be measured after
	// each epoch: it is called once, at the end.
	Judge func(ctx context.Context, m *Model) (map[string]float64, error)
}

// Comparison is a figure of data, and that of the models which it is compared with: "loss", or the name of a metric.
type Comparison struct {
	train.Metric
	With string
}

// Figures are the metrics of a model on the data, and what they are compared with.
func (s *Set) Figures(m *Model) []train.Metric {
	all := slices.Clone(m.Metrics)
	for _, c := range s.Beside {
		all = append(all, c.Metric)
	}
	return all
}

// Kind is what rows have in common.
type Kind interface {
	// Word says what it is: "classifier".
	Word() string
	// Data is the kind of data that it learns from, as data.SourceInfo has it: "images".
	Data() string
	// Form is that of the usual data, which are not read.
	Form() Form
	// Open opens data: for a model of a form, or for one that is yet to be made if it is nil. An error says what the
	// kind takes.
	Open(ctx context.Context, source string, form *Form, log func(format string, args ...any)) (*Set, error)
	// Build makes the model.
	Build(f Form) *Model
}

// Model is a model that a row has made, and what the verbs need to know of it.
type Model struct {
	nn.Model // the whole, whose Forward is the pass that answers are made with
	Form     Form
	// Task makes the task of training with optimisers of the given kind, a new one each time.
	Task func(opt func() (train.Optimizer, error)) (train.Task, train.Optimizer, error)
	// Batch is the types of a batch of n examples.
	Batch func(n int) []graph.Type
	// Input is the type of what Forward takes, for n examples.
	Input   func(n int) graph.Type
	Metrics []train.Metric
	// Integers is the number that integers of a batch are below: of classes, or of characters.
	Integers int
	// Ranges are, where tensors of a batch differ in it, the least number of each and the number that all are below.
	Ranges [][2]int
	// Pass is, of a model whose answers are made of several tensors, what Forward is of one, and Inputs their types:
	// the first of those of a batch.
	Pass   func(x ...graph.Node) graph.Node
	Inputs func(n int) []graph.Type
	// Players are the names of those of a game, by which their losses are reported.
	Players []string
	// Average, if given, follows some of the parameters in training, and at the end is swapped for them.
	Average *train.Average
}

// Averaged does f while the average, if there is one, stands in the place of what it is of.
func (m *Model) Averaged(f func() error) error {
	if m.Average == nil {
		return f()
	}
	if err := m.Average.Swap(); err != nil {
		return err
	}
	return errors.Join(f(), m.Average.Swap())
}

// Answer adds the pass that answers are made with to a graph, with inputs for n examples.
func (m *Model) Answer(g *graph.Graph, n int) graph.Node {
	pass, types := m.pass(n)
	return pass(nn.InputsLike(g, types...)...)
}

// Summary is the table of the model's layers, for one example.
func (m *Model) Summary() (*nn.Summary, error) {
	pass, types := m.pass(1)
	return nn.SummarizePass(m, pass, types...)
}

func (m *Model) pass(n int) (func(x ...graph.Node) graph.Node, []graph.Type) {
	if m.Pass != nil {
		return m.Pass, m.Inputs(n)
	}
	return func(x ...graph.Node) graph.Node { return m.Forward(x[0]) }, []graph.Type{m.Input(n)}
}

// Numbers are tensors for a batch of n examples: floats uniform in [0, 1), and integers in their ranges.
func (m *Model) Numbers(n int, seed uint64) []graph.Tensor { return m.numbers(seed, m.Batch(n)) }

// InputNumbers are tensors for the inputs of Answer, as [Model.Numbers].
func (m *Model) InputNumbers(n int, seed uint64) []graph.Tensor {
	_, types := m.pass(n)
	return m.numbers(seed, types)
}

func (m *Model) numbers(seed uint64, types []graph.Type) (all []graph.Tensor) {
	for i, t := range types {
		x := graph.NewTensor(t)
		key := rng.Key(seed+uint64(i), rng.HashString("recipe"))
		rng.Uniform(x.F32, key, 0)
		low, above := 0, m.Integers
		if m.Ranges != nil {
			low, above = m.Ranges[i][0], m.Ranges[i][1]
		}
		for k := range x.I64 {
			x.I64[k] = int64(low + key.IntN(uint64(k), above-low))
		}
		all = append(all, x)
	}
	return all
}

// Answer is what a model says of an input.
type Answer struct {
	Input       string
	Lead        string // what stands before the prediction where it is shown: "most like "
	Prediction  string
	Probability float64  // 0 of an answer that has none
	Uncertain   bool     // it is more likely wrong than right
	Top         []Choice // the most likely, first of all the prediction

	Note  string    // what else is to be said: "cut to its first 62 words"
	Words []Word    // of a text, with what each has moved
	Next  []float64 // of a series, the values that follow; they have no probability
}

// Word is a word of a text, or a character, and what it has moved: above 0 towards the answer, below 0 away from it.
type Word struct {
	Word   string
	Weight float64
}

// Choice is one of several answers.
type Choice struct {
	Prediction  string
	Probability float64
}

// Predictor is a kind whose models answer to inputs, in files or, those of a [Listener], as they are.
type Predictor interface {
	// Predict answers to each of the inputs, with so many choices. Where the answer is a picture, it is returned as
	// well.
	Predict(m *Model, inputs []string, top int) ([]Answer, *Picture, error)
	// Takes says what the inputs are: "pictures (PNG, JPEG)".
	Takes() string
	// Sample is one, as it is written on a command line.
	Sample() string
}

// Plotter is a kind whose pictures are plots, which are written as SVG, too.
type Plotter interface {
	Predictor
	Plots()
}

// Comparer is a Predictor whose answer to an input depends on the others, and which needs at least two.
type Comparer interface {
	Predictor
	// Readable is the error of an input that cannot be read, and has to be left out.
	Readable(m *Model, input string) error
}

// Single is a Predictor that gives one answer to an input, and has no others to show.
type Single interface {
	Predictor
	Single()
}

// Starter is a kind whose models may begin with what one of another row has learnt.
type Starter interface {
	Base() string // the name of that row
	// Begin reads what the model takes from a file of the row's weights.
	Begin(m *Model, path string) error
}

// InputError is the error of an input that the model cannot read: a slip if it stands on the command line, and
// data.ErrDamaged if it comes from a file.
type InputError struct{ error }

// Is reports whether it is data.ErrDamaged.
func (InputError) Is(target error) bool { return target == data.ErrDamaged }

// Scaler is a kind whose pictures come in several sizes: the side is that of the row's Size.
type Scaler interface {
	WithSide(n int) Kind
	// Fits reports pictures of a form that the kind does not have.
	Fits(f Form) error
}

// Stretcher is a kind whose models learn from stretches of a text, of any length up to the usual one.
type Stretcher interface {
	Stretch() int
	WithStretch(n int) Kind
}

// Searcher is a kind whose models look for an answer by a beam, if one likes.
type Searcher interface {
	WithBeam(width int) Kind
}

// Product is what a model makes.
type Product uint8

const (
	Texts Product = iota
	Pictures
)

// Generator is a kind whose models make something new.
type Generator interface {
	Makes() Product
	// Most is how many characters, lines or pictures are made at once.
	Most() int
	Generate(ctx context.Context, m *Model, o Generate) (Generated, error)
}

// Generate is what is to be made.
type Generate struct {
	Prompt string // what a text begins with
	N      int    // characters, lines or pictures; 0 for the usual number
	Seed   uint64
	Class  string // that pictures are of; empty for each
	Walk   bool   // pictures lie on lines between codes, a row on one

	Sampling nn.Sampling // how the symbols of a text are chosen; its Seed is the one above
	// Piece, if given, is called with each piece of a text as it comes; all together are the text. Its error ends it.
	Piece func(piece string) error
	// Log, if given, is told what is worth knowing.
	Log func(format string, args ...any)
}

func (o Generate) log(format string, args ...any) {
	if o.Log != nil {
		o.Log(format, args...)
	}
}

// PromptError is the error of a prompt that the model cannot read.
type PromptError struct{ error }

// Asked is a Generator of which more can be asked for than a number.
type Asked interface {
	Generator
	// Wishes are the flags that have something to say to it: "class" or "walk".
	Wishes() []string
}

// ClassError is the error of a class that is asked for and that the model does not know.
type ClassError struct{ error }

// Mapper is a kind whose models have a code for each input.
type Mapper interface {
	Kind
	// Codes are those of the first inputs of the test part, at most so many.
	Codes(ctx context.Context, m *Model, source string, most int, log func(format string, args ...any)) (Codes, error)
}

// Generated is a text or a picture.
type Generated struct {
	Text    string
	Picture *Picture
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
func (r Recipe) Usual() Form {
	f := r.Kind.Form()
	f.Size = r.Size
	return f
}

// Sized is the row in another size. It is an error to vary what the row does not.
func (r Recipe) Sized(s Size) (Recipe, error) {
	for _, v := range []struct {
		name     string
		to, most int
		at       *int
	}{{"size", s.Size, maxSide, &r.Size.Size}, {"width", s.Width, maxSize, &r.Size.Width},
		{"depth", s.Depth, maxDepth, &r.Size.Depth}} {
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
	if k, ok := r.Kind.(Scaler); ok {
		r.Kind = k.WithSide(r.Size.Size)
	}
	if err := r.Fits(r.Usual()); err != nil || s == (Size{}) {
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
func (r Recipe) Fits(f Form) (err error) {
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

// maxSize is above every width that a model may have, maxSide above every side of a picture, maxDepth above every
// number of layers.
const maxSize, maxSide, maxDepth = 1 << 16, 1 << 10, 1 << 11

// New makes the model of the row for a form. What its size leaves at 0 is as usual.
func (r Recipe) New(f Form) *Model {
	s := f.Size
	f.Size = Size{cmp.Or(s.Size, r.Size.Size), cmp.Or(s.Width, r.Size.Width), cmp.Or(s.Depth, r.Size.Depth)}
	m := r.Kind.Build(f)
	m.Form = f
	return m
}

// Trainer makes the trainer of a model, with the optimiser of the given name and rate.
func (r Recipe) Trainer(m *Model, optimizer string, rate float64) (*train.Trainer, error) {
	task, opt, err := m.Task(func() (train.Optimizer, error) { return train.NewOptimizer(optimizer, rate) })
	if err != nil {
		return nil, err
	}
	if r.Decay > 0 {
		decay(opt, r.Decay)
	}
	t := train.New(task, opt)
	t.ClipNorm = r.ClipNorm
	return t, nil
}

// decay lets an optimiser decay the weights, if it can.
func decay(opt train.Optimizer, v float64) {
	switch opt := opt.(type) {
	case *train.SGD:
		opt.Decay = v
	case *train.Adam:
		opt.Decay = v
	case *train.AdamW:
		opt.Decay = v
	case *train.AdaGrad:
		opt.Decay = v
	case *train.RMSProp:
		opt.Decay = v
	case *train.Adadelta:
		opt.Decay = v
	case *train.Adamax:
		opt.Decay = v
	case *train.NAdam:
		opt.Decay = v
	case *train.RAdam:
		opt.Decay = v
	case *train.Lion:
		opt.Decay = v
	case *train.LARS:
		opt.Decay = v
	}
}

// supervised is the Task of a Model that is trained by one optimiser.
func supervised(task train.Task) func(func() (train.Optimizer, error)) (train.Task, train.Optimizer, error) {
	return func(opt func() (train.Optimizer, error)) (train.Task, train.Optimizer, error) {
		o, err := opt()
		return task, o, err
	}
}
