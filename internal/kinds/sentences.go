// This file holds the kind of models that tell the class of a text: of a sentence by its words, of a name by its
// characters.

package kinds

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/kind"
	"github.com/stheno-ml/stheno/nn"
	"github.com/stheno-ml/stheno/ops"
	"github.com/stheno-ml/stheno/train"
)

// Weighing is a model of the symbols of a text that can be asked what each of them has moved.
type Weighing interface {
	nn.Model
	// Embed maps symbols (N, T), 0 behind the end, to their vectors (N, T, D).
	Embed(x graph.Node) graph.Node
	// Classify maps vectors, of which lengths (N) count, to logits (N, classes).
	Classify(e, lengths graph.Node) graph.Node
}

// Sentences is a model of texts with a logit for each class.
type Sentences struct {
	Noun    string                     // what a text is called: "sentence"
	Symbol  string                     // and what it is made of: "word"
	Usual   func() corpus.Labelled     // the built-in data, with words of these options
	Words   data.WordOptions           // what the symbols of a text are
	Length  int                        // symbols of an example in drawings and tables
	Share   float64                    // of the texts of a file that are tested with
	New     func(f kind.Form) Weighing // the model
	reading kind.Reading
	reword  *corpus.Rewording // of each text in training; nil for the text itself
}

// What the symbols of texts are. Words that occur once are unknown, so that the model learns what to make of such.
var (
	ByWord      = data.WordOptions{Split: data.ByWord, Lower: true, Least: 2}
	ByCharacter = data.WordOptions{Split: data.ByCharacter}
)

// The data that are built in.
var (
	Reviews   = sync.OnceValue(func() corpus.Labelled { return worded(corpus.Reviews(0), ByWord) })
	Languages = sync.OnceValue(func() corpus.Labelled { return worded(corpus.Languages(0), ByCharacter) })
)

// worded is the same data with the words of some options, those of the training part.
func worded(l corpus.Labelled, o data.WordOptions) corpus.Labelled {
	texts := make([]string, len(l.Train))
	for i, s := range l.Train {
		texts[i] = s.Text
	}
	l.Words = data.NewWords(texts, o)
	return l
}

func (Sentences) Word() string { return "text classifier" }
func (Sentences) Data() string { return "labelled" }

func (k Sentences) Form() kind.Form {
	l := k.Usual()
	return kind.Form{Words: &l.Words, Classes: l.Classes}
}

func (Sentences) Readings() []string { return []string{"encoding", "text", "label", "held-out"} }

func (k Sentences) Reading(r kind.Reading) (kind.Kind, error) {
	k.reading = r
	return k, r.Check()
}

func (k Sentences) options() corpus.Options {
	return corpus.Options{Encoding: k.reading.TextEncoding(), Text: k.reading.Text, Label: k.reading.Label,
		HeldOut: cmp.Or(k.reading.HeldOut, k.Share)}
}

func (k Sentences) Open(ctx context.Context, source string, made *kind.Form, log func(string, ...any)) (*kind.Set,
	error) {
	l, err := corpus.OpenLabelled(ctx, source, k.options(), log)
	if err != nil {
		return nil, err
	}
	l = worded(l, k.Words)
	if made != nil {
		if !slices.Equal(made.Classes, l.Classes) {
			return nil, kind.Misfit("%s: the classes are %v, the model was made for %v", source, firstOf(l.Classes),
				firstOf(made.Classes))
		}
		l.Words = *made.Words
	}
	learn, test := l.Sequences()
	longest, long := shorten(mostSymbols, learn, test)
	tellLong(log, source, long, k.Noun, mostSymbols, k.Symbol)
	step := max(leastStep, (longest+shapes*leastStep-1)/(shapes*leastStep)*leastStep)
	form := kind.Form{Words: &l.Words, Classes: l.Classes}
	by, err := knownIn(l, k.reword, log)
	if err != nil {
		return nil, err
	}
	texts := varying{l, learn, step, by, func(ids []int64) []int64 { return ids[:min(len(ids), longest)] }}
	return &kind.Set{Form: form, TrainLen: learn.Len(), TestLen: test.Len(), Noun: k.Noun, Each: 1,
		Tightest: learn.Len(), Train: texts.source,
		Test: withoutLengths{test.Ordered(testBatch, step)},
		Beside: []kind.Comparison{{Metric: constant("majority", majority(learn.Labels, test.Labels)),
			With: "accuracy"}}}, nil
}

// Of a text the first mostSymbols are read. Lengths come in at most so many shapes, which is how many programs are
// kept for them, and in multiples of leastStep.
const mostSymbols, shapes, leastStep = 400, 4, 8

// shorten leaves out what stands behind the first symbols. It returns the length of the longest text that is left, and
// how many were longer.
func shorten(most int, parts ...data.Sequences) (longest, long int) {
	for _, s := range parts {
		for i, x := range s.X {
			if len(x) > most {
				s.X[i] = x[:most]
				long++
			}
			longest = max(longest, len(s.X[i]))
		}
	}
	return longest, long
}

// tellLong says of how many texts only the first symbols are read.
func tellLong(log func(string, ...any), name string, texts int, noun string, most int, unit string) {
	if texts > 0 {
		log("%s: of %s the first %d %ss are read, and no more", name, plural(texts, noun), most, unit)
	}
}

// noteOf says it of one text of so many symbols: "cut to its first 400 words", "" of one that is read to its end.
func noteOf(symbols, most int, unit string) string {
	if symbols <= most {
		return ""
	}
	return fmt.Sprintf("cut to its first %d %ss", most, unit)
}

// majority is the share of the tested labels that are the most frequent one of those that were learnt from.
func majority(learnt, tested []int64) float64 { return shareOf(tested, commonest(learnt)) }

// commonest is the class of most labels, of several the first.
func commonest(labels []int64) int {
	counts := map[int64]int{}
	for _, k := range labels {
		counts[k]++
	}
	best := labels[0]
	for k, n := range counts {
		if n > counts[best] || n == counts[best] && k < best {
			best = k
		}
	}
	return int(best)
}

// shareOf is that of a class among labels.
func shareOf(labels []int64, class int) float64 {
	n := 0.
	for _, k := range labels {
		if int(k) == class {
			n++
		}
	}
	return n / float64(len(labels))
}

// constant is a figure of the data, whatever the model.
func constant(name string, value float64) train.Metric {
	return train.Metric{Name: name, Score: func(_, target graph.Tensor) (sum float64, n int) {
		n = target.Shape[0]
		return value * float64(n), n
	}}
}

// withoutLengths is a source of sequences without their lengths: the models count for themselves.
type withoutLengths struct{ train.Source }

// Held gives what the source holds.
func (s withoutLengths) Held() iter.Seq[graph.Tensor] { return data.Held(s.Source) }

func (s withoutLengths) Batches(epoch int) iter.Seq[[]graph.Tensor] {
	return s.of(s.Source.Batches(epoch))
}

func (s withoutLengths) Stride(epoch, first, by int) iter.Seq[[]graph.Tensor] {
	return s.of(data.Stride(s.Source, epoch, first, by))
}

// of are batches of the source without the lengths.
func (s withoutLengths) of(batches iter.Seq[[]graph.Tensor]) iter.Seq[[]graph.Tensor] {
	if batches == nil {
		return nil
	}
	return func(yield func([]graph.Tensor) bool) {
		for b := range batches {
			if !yield([]graph.Tensor{b[0], b[2]}) {
				return
			}
		}
	}
}

func (k Sentences) Build(f kind.Form) *kind.Model {
	m := k.New(f)
	symbols := func(n int) graph.Type { return graph.Type{DType: graph.Int64, Shape: graph.Shape{n, k.Length}} }
	return &kind.Model{
		Model:   m,
		Task:    kind.Supervised(train.Supervised(m, ops.CrossEntropy)),
		Metrics: []train.Metric{train.Accuracy()},
		Ranges:  [][2]int{{data.Padding + 1, f.Words.Len()}, {0, len(f.Classes)}},
		Input:   symbols,
		Batch: func(n int) []graph.Type {
			return []graph.Type{symbols(n), {DType: graph.Int64, Shape: graph.Shape{n}}}
		},
	}
}

func (k Sentences) Takes() string {
	return k.Noun + orFiles
}

func (k Sentences) Sample() string { return fmt.Sprintf("%q", k.Usual().Test[0].Text) }
func (k Sentences) Unit() string   { return k.Symbol }

func (k Sentences) Texts(path string, stdin io.Reader) ([]string, error) {
	return readTexts(path, stdin, k.options())
}

// Predict tells the class of each text, and what each of its symbols has moved.
func (k Sentences) Predict(m *kind.Model, texts []string, top int) (all []kind.Answer, _ *kind.Picture, err error) {
	judges := map[int]*judge{}
	for _, text := range texts {
		ids, err := k.read(m, text)
		if err != nil {
			return nil, nil, err
		}
		t := (len(ids) + leastStep - 1) / leastStep * leastStep
		if judges[t] == nil {
			if judges[t], err = newJudge(m.Model.(Weighing), t, len(m.Form.Classes)); err != nil {
				return nil, nil, err
			}
		}
		logits, weights, err := judges[t].of(ids)
		if err != nil {
			return nil, nil, err
		}
		choices, err := ranked(logits, m.Form.Classes)
		if err != nil {
			return nil, nil, err
		}
		a, words := answerOf(text, choices, top), m.Form.Words.Split(text)
		a.Note = noteOf(len(words), mostSymbols, k.Symbol)
		for i, word := range words[:len(ids)] {
			a.Words = append(a.Words, kind.Word{Word: word, Weight: float64(weights[i])})
		}
		all = append(all, a)
	}
	return all, nil, nil
}

// read gives the numbers of the symbols of a text. It is an error if the model knows none of them.
func (k Sentences) read(m *kind.Model, text string) ([]int64, error) {
	ids, err := m.Form.Words.Encode(text)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(ids, func(id int64) bool { return id != data.Unknown }) {
		return nil, kind.InputError{Err: fmt.Errorf("%q: the model knows no %s of it", excerpt(text), k.Symbol)}
	}
	return ids[:min(len(ids), mostSymbols)], nil
}

// excerpt is the begin of a text, for errors.
func excerpt(text string) string {
	const most = 60
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// judge is a program for one text of up to T symbols.
type judge struct {
	prog               *graph.Program
	ids                graph.Tensor // (1, T)
	x, logits, weights graph.Node
}

// newJudge makes the program. What a symbol moves is gradient · input, the sum over its vector e of e·∂margin/∂e,
// where the margin is what the logit of the answer is above the mean of the others (Shrikumar et al., "Not just a
// black box", 2016): above 0 the symbol speaks for the answer, below 0 against it.
func newJudge(m Weighing, t, classes int) (*judge, error) {
	g := &graph.Graph{}
	j := &judge{x: g.Indices("x", 1, t)}
	j.ids = graph.NewTensor(j.x.Type())
	e := m.Embed(j.x)                         // (1, T, D)
	j.logits = m.Classify(e, nn.Lengths(j.x)) // (1, classes)
	others := 1 / float64(max(classes-1, 1))
	answer := ops.OneHot(ops.ArgMax(j.logits, 1), classes) // (1, classes)
	margin := ops.Sum(ops.Mul(j.logits, ops.AddScalar(ops.Scale(answer, 1+others), -others)))
	j.weights = ops.Sum(ops.Mul(e, graph.Gradients(margin, e)[0]), 2) // (1, T)
	var err error
	j.prog, err = g.Compile(j.logits, j.weights)
	return j, err
}

func (j *judge) of(ids []int64) (logits, weights []float32, err error) {
	clear(j.ids.I64[copy(j.ids.I64, ids):])
	j.prog.Set(j.x, j.ids)
	if err := j.prog.Run(); err != nil {
		return nil, nil, err
	}
	return j.prog.Value(j.logits).F32, j.prog.Value(j.weights).F32, nil
}
