// This file holds data sets of lines: short texts, such as names, that a model learns to write more of.

package corpus

import (
	"context"
	"fmt"

	"github.com/stheno-ml/stheno/data"
	"github.com/stheno-ml/stheno/data/internal/read"
	"github.com/stheno-ml/stheno/graph"
	"github.com/stheno-ml/stheno/internal/rng"
)

// Lines is a data set of short texts, such as names. The vocabulary is that of the characters of the training part.
type Lines struct {
	Name        string
	Train, Test []string
	Words       data.Words
	LeftOut     int // lines that were longer than was wanted
}

// ReadLines reads a file of short texts, one a line, without the spaces around them. Of the options Words and Target
// are not looked at: words are characters, and Longest counts them.
//
// The parts are drawn by the seed. A line that stands twice, and once in the test part, is put there, so that no line
// that is tested with was learnt from. What the file does wrong is [data.ErrDamaged] and names file and line, or
// offset: an empty line other than one at the end, one of over 64 KiB, bytes that are not of its encoding, over 256
// MiB, and fewer than two different lines.
func ReadLines(path string, o Options) (Lines, error) {
	list, err := readSentences(path, o.Encoding)
	if err != nil {
		return Lines{}, err
	}
	o.Words = data.WordOptions{Split: data.ByCharacter}
	l := Lines{Name: read.BaseName(path)}
	kept := list[:0]
	for _, line := range list {
		if o.tooLong(line, o.Words) {
			l.LeftOut++
			continue
		}
		kept = append(kept, line)
	}
	if l.LeftOut > 0 && len(kept) < 2 {
		return Lines{}, read.Damage(fmt.Sprintf("%s: too few lines of up to %d characters (got %d, and %d longer "+
			"ones; want at least 2)", path, o.Longest, len(kept), l.LeftOut))
	}
	train, test, err := partSentences(path, kept, nil, o)
	if err != nil {
		return Lines{}, err
	}
	l.Train, l.Test = at(kept, train), at(kept, test)
	l.Words = data.NewWords(l.Train, o.Words)
	return l, nil
}

// OpenLines returns the lines of a name that [data.Sources] lists, or of a file, as [ReadLines] reads it by the
// options. log is as that of [data.OpenImages].
func OpenLines(ctx context.Context, source string, o Options, log func(format string, args ...any)) (Lines,
	error) {
	isName, err := read.LookUp(ctx, source, "lines", "file")
	switch {
	case err != nil:
		return Lines{}, err
	case isName:
		return Names(0), nil
	}
	return ReadLines(source, o)
}

// Rows returns the numbers of both parts' characters as tuples (x, y) for a model that writes: x is [data.Begin] and
// the line, y the line and [data.End], both (n, T), and behind them stands [data.Padding]. T is t, or what the longest
// line needs where that is more. It is an error if there are more than 2²⁸ numbers.
func (l Lines) Rows(t int) (train, test data.Rows, err error) {
	var ids [2][][]int64
	for i, part := range [][]string{l.Train, l.Test} {
		for _, line := range part {
			of, _ := l.Words.Encode(line) // the error is always nil
			ids[i] = append(ids[i], of)
			t = max(t, len(of)+1)
		}
	}
	if n := len(l.Train) + len(l.Test); t > read.MaxCells/2/max(n, 1) {
		return nil, nil, fmt.Errorf("%s: %d lines of %d symbols are over %d numbers; leave the long ones out", l.Name,
			n, t, read.MaxCells)
	}
	return lineRows(ids[0], t), lineRows(ids[1], t), nil
}

func lineRows(ids [][]int64, t int) data.Rows {
	x, y := make([]int64, len(ids)*t), make([]int64, len(ids)*t)
	for i, line := range ids {
		x[i*t] = data.Begin
		copy(x[i*t+1:], line)
		y[i*t+copy(y[i*t:], line)] = data.End
	}
	return data.Rows{graph.FromInt64(x, len(ids), t), graph.FromInt64(y, len(ids), t)}
}

// Names returns the built-in lines: 9000 invented names to learn from and 1000 to test with. It needs no file; all is
// a function of the seed. A name is two to four syllables, each of consonants and vowels, and may end with more
// consonants:
//
//	name      syllable syllable [syllable [syllable]] [consonants]
//	syllable  consonants vowels
//
// Of each list the first ones are chosen most, as those of [Prose] are. Each name is drawn by itself, so that some are
// there more than once, in both parts too.
//
// A name can be read in one way only, so that its probability is the product of those of its choices, and the entropy
// of the names is known: [NamesEntropy].
func Names(seed uint64) Lines {
	l := Lines{Name: "names"}
	key := rng.Key(seed, rng.HashString("data.names"))
	for i := range uint64(10_000) {
		p := &proseWriter{key: key.Sub(i)}
		if name := p.inventName(); i < 9000 {
			l.Train = append(l.Train, name)
		} else {
			l.Test = append(l.Test, name)
		}
	}
	l.Words = data.NewWords(l.Train, data.WordOptions{Split: data.ByCharacter})
	return l
}

// NamesEntropy is that of [Names] in nats a character, the end of a name counting as one: the loss of a model on names
// that are new to it comes near it, and not below.
const NamesEntropy = 1.986

// The parts of names, the frequent ones first. Only a first syllable may begin with a vowel.
var (
	nameBegins = []string{"m", "", "l", "k", "s", "d", "r", "t", "n", "b", "v", "sh", "j", "h", "br", "f", "th", "g",
		"z", "dr", "st", "w", "p", "tr"}
	nameMiddles = []string{"l", "r", "n", "m", "d", "s", "t", "k", "v", "b", "ll", "nd", "sh", "nn", "th", "rd", "z",
		"ss", "g", "j", "tr", "lm"}
	nameVowels = []string{"a", "i", "e", "o", "u", "ia", "ei", "ae", "y"}
	nameEnds   = []string{"", "n", "s", "r", "l", "h", "th", "m", "x", "nd", "k", "rd"}
)

// inventName chooses the parts of a name.
func (p *proseWriter) inventName() string {
	choose := func(list []string) string { return list[p.below(len(list))] }
	name := choose(nameBegins) + choose(nameVowels)
	for range 1 + p.below(3) {
		name += choose(nameMiddles) + choose(nameVowels)
	}
	return name + choose(nameEnds)
}
