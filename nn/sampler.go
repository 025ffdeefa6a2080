// This file holds Sampler, which generates sequences with a model, and Sampling, which says how it chooses a symbol.

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

// Continuer is a model of sequences that goes on from run to run. Continue maps the next symbols x (N, T) of N
// sequences to logits (N, T, V) for the symbol that follows each of them. It begins in the State in which the run
// before ended.
//
// A model that sees only the last symbols of a sequence has a method Window() int, which says how many.
type Continuer interface {
	Model
	Continue(x graph.Node) graph.Node
}

// Sampling says how a symbol is chosen from its logits z (V). The zero value draws from all by their softmax:
//
//	z ← z/Temperature                   above 1 rare symbols become likelier, below 1 frequent symbols
//	keep the TopK largest               Fan, Lewis and Dauphin, "Hierarchical neural story generation", ACL 2018
//	keep the largest that have TopP     Holtzman et al., "The curious case of neural text degeneration", ICLR 2020
//	draw by softmax(z) of what is kept
//
// TopP is a share of the probability that TopK keeps: of these symbols, the likeliest first, it keeps the fewest that
// together have at least this share. Of symbols with equal logits the one with the lower number comes first.
type Sampling struct {
	Temperature float64 // 0 for 1; [ops.Zero] takes the largest logit without drawing ("greedy")
	TopK        int     // 0 for all; more than there are is all
	TopP        float64 // in (0, 1]; 0 for 1
	Never       []int64 // symbols that are never chosen, such as padding
	Seed        uint64  // of the random numbers; the same seed gives the same sequence
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

// errNoLogits is the error if weights are finite, but so large that the logits are not.
var errNoLogits = errors.New("sampling: the logits are not finite: the weights that make them are too large")

// Choose returns the number of a symbol, drawn by the logits with a number u that is uniform in [0, 1): it is the
// first symbol, in the order of the numbers, at which the sum of the probabilities so far exceeds u. A symbol with
// logit -∞ is never chosen. NaN, +∞, and logits that are all -∞, are an error.
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

// allowed returns the numbers of the symbols that are not in Never.
func (o Sampling) allowed(logits []float64) []int {
	order := make([]int, 0, len(logits))
	for i := range logits {
		if !slices.Contains(o.Never, int64(i)) {
			order = append(order, i)
		}
	}
	return order
}

// draw draws one of the symbols in order, which ascends; largest is their largest logit.
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
	return int64(order[len(order)-1]) // reached by rounding alone
}

// nucleus returns the fewest symbols, from the first on, that together have at least the share p of the whole weight.
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

// Sampler generates a sequence with a model. It reads a beginning, and then chooses one symbol after the other. Each
// is chosen from the logits that the model gives after all symbols before:
//
//	w, err := nn.NewSampler(model, nn.Sampling{Temperature: .8, TopK: 40, Seed: 1})
//	err = w.Read(vocabulary.Encode("It was")...)
//	for range 300 {
//		symbol, err := w.Next()
//		...
//	}
//
// If the Window of a model is full, the model starts again: it reads the later half of the symbols in the window, as
// if the sequence began there. A Sampler shares the parameters of the model. One goroutine at a time uses it.
type Sampler struct {
	options   Sampling
	prog      *graph.Program
	x, logits graph.Node
	key       rng.K
	drawn     uint64    // how many random numbers it has drawn
	one       []int64   // the symbol that a run reads
	wide      []float64 // the logits
	window    int       // how many symbols the model sees; 0 for all
	seen      []int64   // the symbols in the window
	unread    []int64   // symbols that the model has not read yet
	begun     bool      // a symbol was read since NewSampler or Reset
}

// NewSampler returns a Sampler that has read nothing yet. The error is a mistake in the options or the model.
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

// Window is how many symbols the model sees; 0 stands for all.
func (s *Sampler) Window() int { return s.window }

// Read lets the model read symbols after those it has read. If there are more than the model sees, it reads only the
// last.
func (s *Sampler) Read(symbols ...int64) error {
	if w := s.window; w > 0 && len(symbols) > w {
		s.Reset()
		symbols = symbols[len(symbols)-w:]
	}
	s.unread = append(s.unread, symbols...)
	return s.catchUp()
}

// Next chooses the symbol that follows, and counts it as read. It is an error if nothing was read before.
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

// Reset begins a new sequence. The random numbers go on, so the new sequence differs from the last one.
func (s *Sampler) Reset() {
	s.prog.Reset()
	s.seen, s.unread, s.begun = s.seen[:0], nil, false
}

// catchUp lets the model read the unread symbols.
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
	case errors.As(err, &bad): // a value for a state is not finite
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
