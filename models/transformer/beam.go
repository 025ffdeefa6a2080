// This file holds the search for the most likely sequences of a model that writes symbol by symbol.

package transformer

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/stheno-ml/stheno/data"
)

// Beam says how a sequence is looked for, of which a model tells the probability of each symbol given those before.
// After each symbol the Width most likely beginnings are kept; one that has ended leaves, and takes its place with it.
// What comes first of all that have ended has the largest
//
//	log p(y)/((5 + |y|)/6)^Penalty        |y| symbols, the end among them
//
// so that with a Penalty above 0 longer ones are not put behind for their length alone. A Width of 1 takes the most
// likely symbol each time ("greedy"); one of all sequences finds the best. The zero value is greedy.
//
// Graves, "Sequence transduction with recurrent neural networks", 2012; the penalty is that of Wu et al., "Google's
// neural machine translation system", 2016, equation 14, who find .6 to .7 good.
type Beam struct {
	Width   int     // 0 for 1
	Penalty float64 // 0 for none
	Longest int     // most symbols before the end, which then follows; 0 for 50 more than the source has
	Never   []int64 // symbols that are never written, beside [data.Padding] and [data.Begin]
}

// width is the number of beginnings.
func (b Beam) width() int { return max(b.Width, 1) }

// check reports values that make no sense.
func (b Beam) check() error {
	switch {
	case b.Width < 0 || b.Width > maxBeam:
		return fmt.Errorf("the beam has width %d, want 1 to %d, or 0 for 1", b.Width, maxBeam)
	case b.Longest < 0:
		return fmt.Errorf("the longest is %d symbols, want at least 1, or 0 for the usual number", b.Longest)
	case !(b.Penalty >= 0 && b.Penalty <= math.MaxFloat64):
		return fmt.Errorf("the penalty is %v, want a number ≥ 0", b.Penalty)
	}
	return nil
}

// maxBeam is more than any search gains by.
const maxBeam = 1 << 10

// Hypothesis is a sequence that was found.
type Hypothesis struct {
	Symbols []int64 // without begin and end
	LogP    float64 // the logarithm of its probability, that of its end too
	Score   float64 // that with the length penalty
}

// score is the logarithm of a probability with the length penalty.
func (b Beam) score(logp float64, symbols int) float64 {
	return logp / math.Pow(float64(5+symbols)/6, b.Penalty)
}

// errNotFinite is the error of weights that are too large.
var errNotFinite = errors.New("the probabilities of symbols are not finite: the weights are too large")

// search finds sequences for n sources at once, the best first, by at most so many symbols. The beginnings of source i
// are in rows i·Width and so on. next adds a symbol to each of them, and gives the logarithms of the probabilities of
// what follows (n·Width, V), v of them a row: last are the symbols, and parents the rows that they are added to.
func (b Beam) search(n, v, longest int, next func(last, parents []int64) ([]float32, error)) ([][]Hypothesis, error) {
	s := newSearching(b, n, v)
	if !slices.Contains(s.never, false) {
		return nil, fmt.Errorf("none of the %d symbols may be written: Never has all but padding and begin", v)
	}
	for length := range longest + 1 {
		logp, err := next(s.last, s.parents)
		if err != nil {
			return nil, err
		}
		live := false
		for i := range n {
			if err := s.extend(i, logp, length == longest); err != nil {
				return nil, err
			}
			live = live || len(s.live[i]) > 0
		}
		if !live {
			break
		}
	}
	for _, all := range s.found {
		slices.SortStableFunc(all, func(x, y Hypothesis) int { return cmp.Compare(y.Score, x.Score) })
	}
	return s.found, nil
}

// searching is a search under way.
type searching struct {
	Beam
	v             int
	never         []bool         // of each symbol
	live          [][]Hypothesis // the beginnings of each source
	found         [][]Hypothesis
	last, parents []int64 // of each row; those of rows that are not live mean nothing
	next          []candidate
}

// candidate is a beginning with another symbol.
type candidate struct {
	logp   float64
	parent int // among the live ones of its source
	symbol int64
}

func newSearching(b Beam, n, v int) *searching {
	rows := n * b.width()
	s := &searching{Beam: b, v: v, never: make([]bool, v), live: make([][]Hypothesis, n),
		found: make([][]Hypothesis, n), last: make([]int64, rows), parents: make([]int64, rows)}
	for _, symbol := range append([]int64{data.Padding, data.Begin}, b.Never...) {
		if symbol >= 0 && symbol < int64(v) {
			s.never[symbol] = true
		}
	}
	for i := range s.live {
		s.live[i] = []Hypothesis{{}}
	}
	for row := range s.last {
		s.last[row], s.parents[row] = data.Begin, int64(row)
	}
	return s
}

// extend adds a symbol to the beginnings of source i, which is the end where they may not be longer.
func (s *searching) extend(i int, logp []float32, ends bool) error {
	first, room := i*s.width(), s.width()-len(s.found[i])
	s.next = s.next[:0]
	for k, h := range s.live[i] {
		row := logp[(first+k)*s.v : (first+k+1)*s.v]
		if slices.ContainsFunc(row, func(v float32) bool { return v != v }) {
			return errNotFinite
		}
		if ends {
			s.next = append(s.next, candidate{h.LogP + float64(row[data.End]), k, data.End})
		} else {
			s.candidates(k, h.LogP, row, room)
		}
	}
	var live []Hypothesis
	for _, c := range s.next {
		h := s.live[i][c.parent]
		if c.symbol == data.End {
			s.found[i] = append(s.found[i], Hypothesis{h.Symbols, c.logp, s.score(c.logp, len(h.Symbols)+1)})
			continue
		}
		s.last[first+len(live)], s.parents[first+len(live)] = c.symbol, int64(first+c.parent)
		live = append(live, Hypothesis{Symbols: append(slices.Clip(h.Symbols), c.symbol), LogP: c.logp})
	}
	s.live[i] = live
	return nil
}

// candidates puts the most likely symbols behind a beginning among the next ones, of which there are at most so many,
// the most likely first, and of equal ones the first.
func (s *searching) candidates(parent int, before float64, logp []float32, room int) {
	for symbol, v := range logp {
		c := candidate{before + float64(v), parent, int64(symbol)}
		full := len(s.next) == room
		if s.never[symbol] || full && c.logp <= s.next[room-1].logp {
			continue
		}
		if full {
			s.next = s.next[:room-1]
		}
		at := len(s.next)
		for at > 0 && s.next[at-1].logp < c.logp {
			at--
		}
		s.next = slices.Insert(s.next, at, c)
	}
}
