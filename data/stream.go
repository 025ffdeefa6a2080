// This file holds the numbers of characters, and the batches of a long run of symbols.

package data

import (
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
)

// A Vocabulary numbers characters from 0, in the order of Unicode. As JSON it is the list of them, so that a file of
// weights can carry it:
//
//	["\n"," ","a","b"]
//
// The zero Vocabulary has no character.
type Vocabulary struct {
	symbols []rune // sorted
}

// NewVocabulary returns the vocabulary of the characters that occur in a text. Bytes that are no UTF-8 count as the
// character U+FFFD, here and in [Vocabulary.Encode].
func NewVocabulary(text string) Vocabulary {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	v := Vocabulary{make([]rune, 0, len(seen))}
	for r := range seen {
		v.symbols = append(v.symbols, r)
	}
	slices.Sort(v.symbols)
	return v
}

// Len returns the number of characters.
func (v Vocabulary) Len() int { return len(v.symbols) }

// Symbols returns the characters in the order of their numbers.
func (v Vocabulary) Symbols() []string {
	list := make([]string, len(v.symbols))
	for i, r := range v.symbols {
		list[i] = string(r)
	}
	return list
}

// Encode returns the number of each character of a text. The error names the first one that the vocabulary lacks, and
// its offset in bytes.
func (v Vocabulary) Encode(text string) ([]int64, error) {
	ids := make([]int64, 0, utf8.RuneCountInString(text))
	for at, r := range text {
		i, ok := slices.BinarySearch(v.symbols, r)
		if !ok {
			return nil, fmt.Errorf("character %q at offset %d is not in the vocabulary of %d characters", r, at,
				len(v.symbols))
		}
		ids = append(ids, int64(i))
	}
	return ids, nil
}

// Decode returns the text of these numbers. One that is no character's becomes U+FFFD.
func (v Vocabulary) Decode(ids []int64) string {
	var b strings.Builder
	for _, i := range ids {
		if i < 0 || i >= int64(len(v.symbols)) {
			b.WriteRune(utf8.RuneError)
			continue
		}
		b.WriteRune(v.symbols[i])
	}
	return b.String()
}

// MarshalJSON writes the list of the characters.
func (v Vocabulary) MarshalJSON() ([]byte, error) { return json.Marshal(v.Symbols()) }

// UnmarshalJSON reads the list of the characters, which must be sorted, as MarshalJSON writes it. Errors are
// [ErrDamaged].
func (v *Vocabulary) UnmarshalJSON(b []byte) error {
	var list []string
	if err := json.Unmarshal(b, &list); err != nil {
		return read.Damage("vocabulary: not a list of strings: " + err.Error())
	}
	symbols := make([]rune, len(list))
	for i, s := range list {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case n == 0 || n < len(s):
			return read.Damage(fmt.Sprintf("vocabulary: entry %d is not one character (got %q)", i, s))
		case i > 0 && r <= symbols[i-1]:
			return read.Damage(fmt.Sprintf("vocabulary: entry %d is out of order (got %q after %q)", i, r,
				symbols[i-1]))
		}
		symbols[i] = r
	}
	v.symbols = symbols
	return nil
}

// A Stream is one long run of symbols, as a model of language reads it.
type Stream struct {
	IDs []int64
}

// Len returns the number of symbols.
func (s Stream) Len() int { return len(s.IDs) }

// Split parts the stream into its first round(fraction·Len) symbols and the rest, which it shares. Unlike those of
// [Split.Divide], the parts stay whole passages. A fraction below 0 counts as 0, one above 1 as 1, and NaN panics.
func (s Stream) Split(fraction float64) (head, tail Stream) {
	if math.IsNaN(fraction) {
		panic("data: Split of a stream by a fraction of NaN")
	}
	cut := int(math.Round(min(max(fraction, 0), 1) * float64(len(s.IDs))))
	return Stream{s.IDs[:cut:cut]}, Stream{s.IDs[cut:]}
}

// Lanes returns the batches of truncated backpropagation through time: pairs of x and y (n, t) int64, where y is x one
// symbol later.
//
// The stream is cut into n lanes of (Len-1)/n symbols, and row i of all batches of an epoch reads lane i from its
// begin to its end, t symbols at a time: where a batch ends the next one goes on, so that a model may carry its state
// over. An epoch has ((Len-1)/n)/t batches, the same each time; symbols behind the last whole one are left out.
//
// A batch is valid until the next one: all batches of an epoch share one memory. Lanes panics when n or t is below 1,
// or when the stream has fewer than n·t+1 symbols, of which no batch can be made.
func (s Stream) Lanes(n, t int) Source {
	if n < 1 || t < 1 {
		panic(fmt.Sprintf("data: Lanes of %d rows and %d symbols, want at least 1 of each", n, t))
	}
	if l := (lanes{s.IDs, n, t}); l.Len() > 0 {
		return l
	}
	panic(fmt.Sprintf("data: Lanes of %d rows and %d symbols of a stream of %d: no batch is whole", n, t, len(s.IDs)))
}

// lanes is the source of [Stream.Lanes].
type lanes struct {
	ids  []int64
	n, t int
}

// length is the number of symbols of a lane.
func (l lanes) length() int { return max(len(l.ids)-1, 0) / l.n }

func (l lanes) Len() int { return l.length() / l.t }

func (l lanes) Batches(int) iter.Seq[[]graph.Tensor] {
	return l.pairs(func(step, row int) int { return row*l.length() + step*l.t })
}

// pairs are the batches of an epoch, given where the stretch of each row begins.
func (l lanes) pairs(begin func(step, row int) int) iter.Seq[[]graph.Tensor] {
	return func(yield func([]graph.Tensor) bool) {
		pair := graph.Type{DType: graph.Int64, Shape: graph.Shape{l.n, l.t}}
		x, y := graph.NewTensor(pair), graph.NewTensor(pair)
		for step := range l.Len() {
			for row := range l.n {
				from := begin(step, row)
				copy(x.I64[row*l.t:(row+1)*l.t], l.ids[from:])
				copy(y.I64[row*l.t:(row+1)*l.t], l.ids[from+1:])
			}
			if !yield([]graph.Tensor{x, y}) {
				return
			}
		}
	}
}

// Windows returns batches of stretches that begin anywhere in the stream: pairs of x and y (n, t) int64, where y is x
// one symbol later. They are for models that carry no state on, which from the same stretches in each epoch would
// learn where these begin. An epoch has as many batches as that of [Stream.Lanes], and so reads each symbol once on
// average; where stretches begin is a function of (seed, epoch) alone.
//
// A batch is valid until the next one: all batches of an epoch share one memory. Windows panics as Lanes does.
func (s Stream) Windows(n, t int, seed uint64) Source {
	if n < 1 || t < 1 {
		panic(fmt.Sprintf("data: Windows of %d rows and %d symbols, want at least 1 of each", n, t))
	}
	if l := (lanes{s.IDs, n, t}); l.Len() > 0 {
		return stretches{l, seed}
	}
	panic(fmt.Sprintf("data: Windows of %d rows and %d symbols of a stream of %d: no batch is whole", n,
		t, len(s.IDs)))
}

// stretches is the source of [Stream.Windows].
type stretches struct {
	lanes
	seed uint64
}

func (s stretches) Batches(epoch int) iter.Seq[[]graph.Tensor] {
	key := rng.Key(s.seed, rng.HashString("data.stretches")).Sub(uint64(epoch))
	return s.pairs(func(step, row int) int { return key.IntN(uint64(step*s.n+row), len(s.ids)-s.t) })
}
