// This file holds Kind, what rows have in common, and what some kinds can do beside.

package kind

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/stheno-ml/stheno/nn"
)

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

// Tell calls Log, if it is given.
func (o Generate) Tell(format string, args ...any) {
	if o.Log != nil {
		o.Log(format, args...)
	}
}

// Asked is a Generator of which more can be asked for than a number.
type Asked interface {
	Generator
	// Wishes are the flags that have something to say to it: "class" or "walk".
	Wishes() []string
}

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

// Tester is a kind whose models are evaluated with all rows of data that they have not learnt from.
type Tester interface {
	Kind
	// OpenTest opens data to evaluate a model of a form with; the set has no training part.
	OpenTest(ctx context.Context, source string, form *Form, log func(format string, args ...any)) (*Set, error)
}

// Augmenter is a kind of models of classes whose examples may be seen anew in each epoch.
type Augmenter interface {
	Kind
	// Augmented is the kind whose training sees them as a text says, KEY=VALUE,KEY=VALUE, in place of what is usual.
	Augmented(text string) (Kind, error)
}

// Balance is what is done about classes that are rare: either of both, or nothing.
type Balance struct {
	Weights  bool   // the loss weighs each class as data.ClassWeights does
	Sampling string // "over" or "under": as data.Oversample or data.Undersample chooses rows to learn from
}

// Check reports what does not exist, and what excludes each other.
func (b Balance) Check() error {
	switch {
	case b.Sampling != "" && !slices.Contains(Samplings(), b.Sampling):
		return fmt.Errorf("unknown sampling %q; known are %s", b.Sampling, known(b.Sampling, Samplings()))
	case b.Weights && b.Sampling != "":
		return errors.New("class weights and a sampling exclude each other: by either all classes count as much")
	}
	return nil
}

// Samplings are the words for ways to choose rows.
func Samplings() []string { return []string{"over", "under"} }

// Balancer is a kind of models of classes that learn from as much of each as one likes.
type Balancer interface {
	Kind
	// Balanced is the kind that learns so. The error says what does not exist.
	Balanced(b Balance) (Kind, error)
}
