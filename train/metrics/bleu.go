// This file holds BLEU, the score of translations.

package metrics

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"unicode"
)

// BLEU scores translations by the runs of words, up to four, that they have in common with references, from 0 to 100:
//
//	BP·exp(1/4 Σₙ log pₙ)        pₙ = matches of n words/runs of n words, of all sentences together
//	                             BP = e^(1-r/c) where c, the words of all, are fewer than r, those of the references
//
// A run matches as often as one of the references has it; of several references the one counts for r whose length is
// nearest. It is what sacreBLEU prints, to the last digit, for the same tokens and options. The zero value is its
// usual form.
//
// Papineni, Roukos, Ward and Zhu, "BLEU: a method for automatic evaluation of machine translation", ACL 2002; Post, "A
// call for clarity in reporting BLEU scores", WMT 2018.
type BLEU struct {
	Tokens func(text string) []string // cuts a sentence into words; nil for [Tokens13a]
	Order  int                        // the longest runs; 0 for 4
	// Floor is what no matches at all count as. At 0 the first such pₙ is half of what one match gives, the second a
	// quarter, and so on: sacreBLEU's "exp".
	Floor float64
	// Effective leaves out runs that are longer than any sentence, as one does to score a single sentence.
	Effective bool
}

// Score returns the score of the sentences, for which each of the references has one as well.
func (b BLEU) Score(sentences []string, references ...[]string) (float64, error) {
	switch {
	case len(sentences) == 0 || len(references) == 0:
		return 0, fmt.Errorf("bleu: there are %d sentences and %d references, want at least one of each",
			len(sentences), len(references))
	case b.Order < 0 || b.Order > maxOrder || !(b.Floor >= 0 && b.Floor <= 1):
		return 0, fmt.Errorf("bleu: Order is %d and Floor %v, want 0 to %d, and 0 to 1", b.Order, b.Floor, maxOrder)
	}
	for i, r := range references {
		if len(r) != len(sentences) {
			return 0, fmt.Errorf("bleu: reference %d has %d sentences, want %d", i, len(r), len(sentences))
		}
	}
	tokens := b.Tokens
	if tokens == nil {
		tokens = Tokens13a
	}
	s := newRuns(b.order())
	for i, sentence := range sentences {
		words := make([][]string, len(references))
		for k, r := range references {
			words[k] = tokens(r[i])
		}
		s.add(tokens(sentence), words)
	}
	return b.score(s), nil
}

// maxOrder is above every length of runs that says something.
const maxOrder = 100

func (b BLEU) order() int {
	if b.Order == 0 {
		return 4
	}
	return b.Order
}

// score is the score of counts.
func (b BLEU) score(s runs) float64 {
	order, logs, halves, any := b.order(), 0., 1., 0
	for n := range s.all {
		if s.all[n] == 0 {
			if b.Effective && n > 0 {
				order = n
				break
			}
			return 0
		}
		any += s.matches[n]
		p := float64(s.matches[n])
		switch {
		case s.matches[n] > 0:
		case b.Floor > 0:
			p = b.Floor
		default:
			halves /= 2
			p = halves
		}
		logs += math.Log(p / float64(s.all[n]))
	}
	if any == 0 {
		return 0
	}
	brevity := min(0, 1-float64(s.reference)/float64(s.words))
	return 100 * math.Exp(brevity+logs/float64(order))
}

// runs counts runs of 1, 2, … words.
type runs struct {
	matches, all     []int
	words, reference int // of all sentences, and of the references
}

func newRuns(order int) runs { return runs{matches: make([]int, order), all: make([]int, order)} }

// add counts those of a sentence.
func (s *runs) add(words []string, references [][]string) {
	s.words += len(words)
	nearest := len(references[0])
	for _, r := range references[1:] {
		near, now := abs(len(r)-len(words)), abs(nearest-len(words))
		if near < now || near == now && len(r) < nearest {
			nearest = len(r)
		}
	}
	s.reference += nearest
	for n := range s.all {
		allowed := map[string]int{}
		for _, r := range references {
			for run, k := range runsOf(r, n+1) {
				allowed[run] = max(allowed[run], k)
			}
		}
		for run, k := range runsOf(words, n+1) {
			s.all[n] += k
			s.matches[n] += min(k, allowed[run])
		}
	}
}

// runsOf counts the runs of n words.
func runsOf(words []string, n int) map[string]int {
	counts := map[string]int{}
	for i := 0; i+n <= len(words); i++ {
		counts[strings.Join(words[i:i+n], " ")]++
	}
	return counts
}

func abs(n int) int { return max(n, -n) }

// Tokens13a cuts a text of a European language into words and signs, as mteval-v13a.pl does, which the scores of
// papers are made with. A hyphen at the end of a line joins the word that goes on in the next one.
func Tokens13a(text string) []string {
	text = strings.ReplaceAll(text, "<skipped>", "")
	text = strings.ReplaceAll(text, "-\n", "")
	for _, entity := range [][2]string{{"&quot;", `"`}, {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}} {
		text = strings.ReplaceAll(text, entity[0], entity[1])
	}
	return signs(text)
}

// TokensZh cuts a text of Chinese into characters, and what is between them as [Tokens13a]. It is sacreBLEU's "zh".
func TokensZh(text string) []string {
	var b strings.Builder
	for _, r := range text {
		if unicode.Is(chinese, r) {
			b.WriteString(" " + string(r) + " ")
		} else {
			b.WriteRune(r)
		}
	}
	return signs(b.String())
}

// chinese are the characters and signs that stand alone.
var chinese = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x2600, 0x27bf, 1}, {0x2e80, 0x2fdf, 1}, {0x2ff0, 0x303f, 1}, {0x3100, 0x312f, 1}, {0x31a0, 0x31bf, 1},
		{0x31c0, 0x31ef, 1}, {0x3200, 0x4db5, 1}, {0x4e00, 0x9fbb, 1}, {0xf900, 0xfa2d, 1}, {0xfa30, 0xfa6a, 1},
		{0xfa70, 0xfad9, 1}, {0xfe10, 0xfe1f, 1}, {0xfe30, 0xfe4f, 1}, {0xff00, 0xffef, 1},
	},
	R32: []unicode.Range32{{0x20000, 0x2a6d6, 1}, {0x2f800, 0x2fa1d, 1}},
}

// signs cuts off signs, and dots and commas that stand in no number.
func signs(text string) []string {
	text = " " + text + " "
	for _, rule := range signRules {
		text = rule.from.ReplaceAllString(text, rule.to)
	}
	return strings.Fields(text)
}

var signRules = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile("([{-~\\[-` -&(-+:-@/])"), " $1 "},
	{regexp.MustCompile(`([^0-9])([.,])`), "$1 $2 "},
	{regexp.MustCompile(`([.,])([^0-9])`), " $1 $2"},
	{regexp.MustCompile(`([0-9])(-)`), "$1 $2 "},
}
