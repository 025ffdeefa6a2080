// This file holds Sampler, which lets a model of sequences write, and Sampling, how it chooses a symbol.

package nn

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
	"github.com/stheno-ml/stheno/ops"
)

// Continuer is a model of sequences that reads on from run to run. Continue maps the next symbols x (N, T) of N
// sequences to logits (N, T, V) of the symbols behind each of them, from the State in which the run before has ended.
//
// A model that cannot read a sequence of any length says how many symbols it sees by a method Window() int.
type Continuer interface {
	Model
	Continue(x graph.Node) graph.Node
}

// Sampling says how a symbol is chosen from its logits z (V). The zero value draws from all by their softmax:
//
//	z ← z/Temperature                   above 1 the rare ones become likelier, below 1 the frequent ones
//	keep the TopK largest               Fan, Lewis and Dauphin, "Hierarchical neural story generation", ACL 2018
//	keep the largest that have TopP     Holtzman et al., "The curious case of neural text degeneration", ICLR 2020
//	draw by softmax(z) of what is kept
//
// TopP counts in shares of what TopK keeps: the fewest symbols, the likeliest first, that together have at least TopP.
// Of equal logits that of the lower number comes first.
type Sampling struct {
	Temperature float64 // 0 for 1; [ops.Zero] takes the largest logit and draws nothing ("greedy")
	TopK        int     // 0 for all; more than there are is all
	TopP        float64 // in (0, 1]; 0 for 1
	Never       []int64 // symbols that are not chosen, such as padding
	Seed        uint64  // of what is drawn; the same seed gives the same sequence
}

// Check reports a field that makes no sense.
func (o Sampling) Check() error {
	switch t := o.Temperature; {
	case t != ops.Zero && !(t >= 0 && t <= math.MaxFloat64):
		return fmt.Errorf("sampling: the Temperature is %v, want a number above 0, 0 for 1, or ops.Zero for the "+
			"largest logit", t)
	case o.TopK < 0:
		return fmt.Errorf("sampling: TopK is %d, want at least 1, or 0 for all", o.TopK)
	case !(o.TopP >= 0 && o.TopP <= 1):
		return fmt.Errorf("sampling: TopP is %v, want a share above 0 and up to 1, or 0 for 1", o.TopP)
	}
	return nil
}

// errNoLogits is the error of what weights make that are finite, but too large for what they are multiplied with.
var errNoLogits = errors.New("sampling: the logits are not finite: the weights that make them are too large")

// Choose returns the number of the symbol that is chosen by logits, given u, uniform in [0, 1): the first one, in the
// order of their numbers, at which the sum of the probabilities so far exceeds u. Logits that are not finite, but for
// -∞, which is never chosen, are an error.
func (o Sampling) Choose(logits []float64, u float64) (int64, error) {
	if err := o.Check(); err != nil {
		return 0, err
	}
	order := o.allowed(logits)
	if len(order) == 0 {
		return 0, fmt.Errorf("sampling: none of the %d symbols may be chosen", len(logits))
	}
	best := order[0]
	for _, i := range order {
		if math.IsNaN(logits[i]) || math.IsInf(logits[i], 1) {
			return 0, errNoLogits
		}
		if logits[i] > logits[best] {
			best = i
		}
	}
	switch {
	case math.IsInf(logits[best], -1):
		return 0, errNoLogits
	case o.Temperature == ops.Zero:
		return int64(best), nil
	}
	return o.draw(logits, order, logits[best], u), nil
}

// allowed are the numbers of the symbols that may be chosen.
func (o Sampling) allowed(logits []float64) []int {
	order := make([]int, 0, len(logits))
	for i := range logits {
		if !slices.Contains(o.Never, int64(i)) {
			order = append(order, i)
		}
	}
	return order
}

// draw draws one of the symbols in order, whose numbers ascend, of which the largest logit is given.
func (o Sampling) draw(logits []float64, order []int, largest, u float64) int64 {
	weight := func(i int) float64 {
		return math.Exp((logits[i] - largest) / cmp.Or(o.Temperature, 1))
	}
	cut := o.TopK > 0 && o.TopK < len(order)
	if cut || o.TopP > 0 && o.TopP < 1 {
		slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(logits[j], logits[i]) })
		if cut {
			order = order[:o.TopK]
		}
		order = nucleus(order, weight, cmp.Or(o.TopP, 1))
		slices.Sort(order)
	}
	at := u * total(order, weight)
	for _, i := range order {
		if at -= weight(i); at < 0 {
			return int64(i)
		}
	}
	return int64(order[len(order)-1]) // by rounding
}

// nucleus are the fewest symbols, from the first on, that together have the share p of the weight of all.
func nucleus(order []int, weight func(int) float64, p float64) []int {
	if p == 1 {
		return order
	}
	sum, want := 0., p*total(order, weight)
	for n, i := range order {
		if sum += weight(i); sum >= want {
			return order[:n+1]
		}
	}
	return order
}

func total(order []int, weight func(int) float64) (sum float64) {
	for _, i := range order {
		sum += weight(i)
	}
	return sum
}

// Sampler lets a model of sequences write: it reads a beginning, and then chooses one symbol after the other, each
// from the model's logits after all that was read and written before:
//
//	w, err := nn.NewSampler(model, nn.Sampling{Temperature: .8, TopK: 40, Seed: 1})
//	err = w.Read(vocabulary.Encode("It was")...)
//	for range 300 {
//		symbol, err := w.Next()
//		...
//	}
//
// A model with a Window that is full forgets: the later half of what it saw is read again, as if a text began there.
// A Sampler shares the model's parameters. It is used by one goroutine at a time.
type Sampler struct {
	options   Sampling
	prog      *graph.Program
	x, logits graph.Node
	key       rng.K
	drawn     uint64    // numbers so far
	one       []int64   // what a run reads
	wide      []float64 // the logits
	window    int       // how many symbols the model sees, 0 for all
	seen      []int64   // those, of a model with a window
	unread    []int64   // what was chosen, and is read when there is need
	begun     bool      // something was read since the beginning or Reset
}

// NewSampler returns a Sampler that has read nothing yet. What is wrong with the options or the model is an error.
func NewSampler(m Continuer, o Sampling) (*Sampler, error) {
	if isNil(m) {
		return nil, errors.New("sampling: there is no model")
	}
	if err := o.Check(); err != nil {
		return nil, err
	}
	g := &graph.Graph{DType: m.Params().DType()}
	s := &Sampler{options: o, x: g.Indices("x", 1, 1), one: make([]int64, 1)}
	s.options.Never = slices.Clone(o.Never)
	s.key = rng.Key(o.Seed, rng.HashString("generate"))
	s.logits = m.Continue(s.x) // (1, 1, V)
	if w, ok := m.(interface{ Window() int }); ok {
		s.window = w.Window()
	}
	var err error
	s.prog, err = g.Compile(s.logits)
	return s, err
}

// Window is how many symbols the model sees, 0 for all of them.
func (s *Sampler) Window() int { return s.window }

// Read lets the model read symbols behind those before. Of more than it sees it reads the last ones.
func (s *Sampler) Read(symbols ...int64) error {
	if w := s.window; w > 0 && len(symbols) > w {
		s.Reset()
		symbols = symbols[len(symbols)-w:]
	}
	s.unread = append(s.unread, symbols...)
	return s.catchUp()
}

// Next chooses the symbol that follows, and counts it as read. It is an error where nothing was read.
func (s *Sampler) Next() (int64, error) {
	if err := s.catchUp(); err != nil {
		return 0, err
	}
	if !s.begun {
		return 0, errors.New("sampling: nothing was read that a symbol could follow; Read a beginning first")
	}
	var u [1]float64
	rng.Uniform(u[:], s.key, s.drawn)
	s.drawn++
	logits := s.prog.Value(s.logits)
	s.wide = s.wide[:0]
	for i := range logits.Shape.Size() {
		s.wide = append(s.wide, logits.At(i))
	}
	symbol, err := s.options.Choose(s.wide, u[0])
	if err == nil {
		s.unread = append(s.unread, symbol)
	}
	return symbol, err
}

// Reset begins a new sequence. The random numbers go on, so that it becomes another one.
func (s *Sampler) Reset() {
	s.prog.Reset()
	s.seen, s.unread, s.begun = s.seen[:0], nil, false
}

// catchUp reads what was not read yet.
func (s *Sampler) catchUp() error {
	for len(s.unread) > 0 {
		if s.window > 0 && len(s.seen) == s.window {
			later := slices.Clone(s.seen[(s.window+1)/2:])
			s.prog.Reset()
			s.seen = s.seen[:0]
			s.unread = append(later, s.unread...)
		}
		if err := s.run(s.unread[0]); err != nil {
			s.unread = nil
			return err
		}
		s.unread = s.unread[1:]
	}
	return nil
}

// run reads one symbol.
func (s *Sampler) run(symbol int64) error {
	s.one[0] = symbol
	s.prog.Set(s.x, graph.FromInt64(s.one, 1, 1))
	var bad *graph.NonFiniteError
	switch err := s.prog.Run(); {
	case errors.As(err, &bad): // what a state would keep
		return errNoLogits
	case err != nil:
		return err
	}
	if s.window > 0 {
		s.seen = append(s.seen, symbol)
	}
	s.begun = true
	return nil
}
