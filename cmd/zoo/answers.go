// This file holds how the answers of predict are shown.

package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/stheno-ml/stheno/cmd/zoo/internal/cli"
	"github.com/stheno-ml/stheno/internal/kind"
)

// predicted is the JSON of one prediction.
type predicted struct {
	lead        string       // what stands before the prediction as it is shown
	Input       string       `json:"input"`
	Prediction  string       `json:"prediction"`
	Probability cli.Figure   `json:"probability,omitzero"` // none of a series
	Uncertain   bool         `json:"uncertain,omitempty"`
	Top         []choice     `json:"top,omitempty"`
	Words       []word       `json:"words,omitempty"`
	Next        []cli.Figure `json:"next,omitempty"`
	Note        string       `json:"note,omitempty"`
	NotFinite   []string     `json:"not_finite,omitempty"`
}

// choice is one of several answers.
type choice struct {
	Prediction  string     `json:"prediction"`
	Probability cli.Figure `json:"probability"`
}

// word is a word of a text and what it has moved, towards the answer or, below 0, away from it.
type word struct {
	Word   string     `json:"word"`
	Weight cli.Figure `json:"weight"`
}

// predictedOf is an answer, with the most likely choices if more than one is asked for.
func predictedOf(w kind.Answer, top int) predicted {
	one := predicted{lead: w.Lead, Input: w.Input, Prediction: w.Prediction, Probability: cli.Figure(w.Probability),
		Uncertain: w.Uncertain, Note: w.Note}
	if top > 1 {
		for _, c := range w.Top {
			one.Top = append(one.Top, choice{c.Prediction, cli.Figure(c.Probability)})
		}
	}
	for _, v := range w.Words {
		one.Words = append(one.Words, word{v.Word, cli.Figure(v.Weight)})
	}
	for _, v := range w.Next {
		one.Next = append(one.Next, cli.Figure(v))
	}
	one.NotFinite = cli.NotFinite(one)
	return one
}

func (a *app) showPrediction(p predicted, drawn bool) {
	doubt := ""
	if p.Uncertain {
		doubt = ", uncertain"
	}
	a.showInput(p)
	switch {
	case len(p.Next) > 1:
		fmt.Fprintln(a.Stdout)
		for i, v := range strings.Split(p.Prediction, ", ") {
			fmt.Fprintf(a.Stdout, "%6d  %s\n", i+1, v)
		}
	case drawn, p.Next != nil:
		fmt.Fprintf(a.Stdout, ": %s%s\n", p.lead, p.Prediction)
	default:
		fmt.Fprintf(a.Stdout, ": %s%s (%s%s)%s\n", p.lead, cli.Shown(p.Prediction), percent(p.Probability), doubt,
			strongest(p.Words))
	}
	for i, c := range p.Top {
		if i > 0 {
			fmt.Fprintf(a.Stdout, "%*s  %s (%s)\n", utf8.RuneCountInString(cli.Shown(p.Input)), "",
				cli.Shown(c.Prediction), percent(c.Probability))
		}
	}
}

// percent writes "97.3 %", and what would read as nothing, such as the probability of a long sentence, as "2e-07 %".
func percent(p cli.Figure) string {
	if p > 0 && p < .0005 {
		return fmt.Sprintf("%.1g %%", 100*float64(p))
	}
	return fmt.Sprintf("%.1f %%", 100*float64(p))
}

// The colours of words that speak for the answer, and of those that speak against it.
const inGreen, inRed = "32", "31"

// showInput writes the input; on a terminal the words of a text that moved the answer are in colours.
func (a *app) showInput(p predicted) {
	if !a.Colours || len(p.Words) == 0 || utf8.RuneCountInString(p.Input) > cli.NameBound {
		fmt.Fprint(a.Stdout, cli.Shown(p.Input))
		return
	}
	least, rest := leastOf(p.Words), p.Input
	for _, w := range p.Words {
		at := strings.Index(strings.ToLower(rest), w.Word)
		if at < 0 || len(strings.ToLower(rest)) != len(rest) { // written otherwise
			continue
		}
		fmt.Fprint(a.Stdout, cli.Shown(rest[:at]))
		colour := ""
		switch {
		case float64(w.Weight) >= least:
			colour = inGreen
		case float64(w.Weight) <= -least:
			colour = inRed
		}
		a.Stdout.Paint(colour, cli.Shown(rest[at:at+len(w.Word)]))
		rest = rest[at+len(w.Word):]
	}
	fmt.Fprint(a.Stdout, cli.Shown(rest))
}

// named is how many words are named beside an answer.
const named = 3

// strongest names the words that have moved most: ", not +1.32, dull -0.40". Signs and spaces say nothing by
// themselves.
func strongest(words []word) string {
	least := leastOf(words)
	most := slices.DeleteFunc(slices.Clone(words), func(w word) bool {
		return math.Abs(float64(w.Weight)) < least || !strings.ContainsFunc(w.Word, isSaying)
	})
	slices.SortStableFunc(most, func(a, b word) int {
		return cmp.Compare(math.Abs(float64(b.Weight)), math.Abs(float64(a.Weight)))
	})
	text := ""
	for _, w := range most[:min(named, len(most))] {
		text += fmt.Sprintf(", %s %+.2f", cli.Shown(w.Word), float64(w.Weight))
	}
	return text
}

// isSaying reports what is neither a sign of punctuation nor a space.
func isSaying(r rune) bool { return !unicode.IsPunct(r) && !unicode.IsSpace(r) }

// leastOf is a fifth of what the strongest word has moved, below which one is not marked.
func leastOf(words []word) float64 {
	largest := 0.
	for _, w := range words {
		largest = max(largest, math.Abs(float64(w.Weight)))
	}
	return max(largest/5, math.SmallestNonzeroFloat64)
}
