// This file holds how data are read and answers are asked for, where there is more than one way.

package kind

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/stheno-ml/stheno/data/corpus"
	"github.com/stheno-ml/stheno/data/table"
	"github.com/stheno-ml/stheno/internal/near"
)

// Reading says how files are read, by the words of the command. The zero value is the usual way.
type Reading struct {
	Encoding    string   // of texts: "utf-8" or "latin-1"
	Swap        bool     // of pairs the second sentence is the source
	Text, Label string   // the columns of a table of sentences and of their classes
	Column      string   // of a series
	Target      string   // the column of the classes of a table
	Ignore      []string // columns of a table that are left out
	Missing     string   // the rule for values of a table that are missing
	Fill        string   // the rule by which gaps of a series are filled: "previous" or "linear"
	HeldOut     float64  // the share of the examples that is tested with
	Ahead       int      // how many values of a series are forecast
	Noise       float64  // how many decibels the sounds of the test part are above noise; 0 for no noise
}

// Reader is a kind whose files may be read in more than one way.
type Reader interface {
	Kind
	// Readings are the flags that have something to say to it: "encoding", "text", "label", "column", "fill",
	// "held-out", "swap", "ahead", "noise", "target", "ignore" or "missing".
	Readings() []string
	// Reading is the kind that reads so. The error says what does not exist.
	Reading(r Reading) (Kind, error)
}

// Listener is a [Predictor] of texts: an input is the text itself, and no name of a file.
type Listener interface {
	Predictor
	// Texts are those of a file, or of standard input if the path is "-": one a line, or one a row of a table.
	Texts(path string, stdin io.Reader) ([]string, error)
}

// Piped is a [Predictor] of files, of which one may be standard input: it is named "-".
type Piped interface {
	Predictor
	// WithInput has read standard input.
	WithInput(stdin io.Reader) (Predictor, error)
}

var (
	encodings = map[string]corpus.Encoding{"": corpus.UTF8, "utf-8": corpus.UTF8, "latin-1": corpus.Latin1}
	fills     = map[string]table.Fill{"": table.NoFill, "previous": table.FillLast, "linear": table.FillLine}
)

// Encodings are the words for the ways in which texts are written.
func Encodings() []string { return []string{"utf-8", "latin-1"} }

// Fills are the words for the rules by which gaps are filled.
func Fills() []string { return []string{"previous", "linear"} }

// TextEncoding is how texts are written.
func (r Reading) TextEncoding() corpus.Encoding { return encodings[r.Encoding] }

// GapFill is the rule by which gaps are filled.
func (r Reading) GapFill() table.Fill { return fills[r.Fill] }

// Check reports words that say nothing, and numbers beyond their range.
func (r Reading) Check() error {
	if _, ok := encodings[r.Encoding]; !ok {
		return fmt.Errorf("unknown encoding %q; known are %s", r.Encoding, known(r.Encoding, Encodings()))
	}
	if _, ok := fills[r.Fill]; !ok {
		return fmt.Errorf("unknown rule %q to fill gaps by; known are %s", r.Fill, known(r.Fill, Fills()))
	}
	if r.Missing != "" && !slices.Contains(MissingRules(), r.Missing) {
		return fmt.Errorf("unknown rule %q for what is missing; known are %s", r.Missing,
			known(r.Missing, MissingRules()))
	}
	if !(r.HeldOut >= 0 && r.HeldOut < 1) {
		return fmt.Errorf("the share held out is %v, want it above 0 and below 1", r.HeldOut)
	}
	if !(r.Noise >= -mostNoise && r.Noise <= mostNoise) {
		return fmt.Errorf("the sounds are %v dB above noise, want -%d to %d", r.Noise, mostNoise, mostNoise)
	}
	if r.Ahead < 0 || r.Ahead > mostAhead {
		return fmt.Errorf("the number of values to forecast is %d, want 1 to %d", r.Ahead, mostAhead)
	}
	return nil
}

// mostNoise is, in decibels, where a sound is all noise, or has none.
const mostNoise = 100

// mostAhead is more values than any forecast is worth.
const mostAhead = 1 << 12

func known(word string, words []string) string {
	return strings.Join(near.Sort(word, slices.Clone(words)), ", ")
}

// TableOptions say how a file is read for a model that is yet to be made.
func (r Reading) TableOptions() table.Options {
	rule := table.MissingMean
	if r.Missing != "" {
		rule, _ = table.ParseMissing(r.Missing) // which check has found to be known
	}
	return table.Options{Target: r.Target, Classes: true, Ignore: r.Ignore, Missing: rule}
}

// MissingRules are the words for rules that need no constant.
func MissingRules() []string {
	return slices.DeleteFunc(table.MissingRules(), func(s string) bool { return s == table.MissingConstant.String() })
}
